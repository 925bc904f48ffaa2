"""Originals of texts under one name: `evidence.originals` holds them, a module for each part."""

from evidence.originals.load import fetch, language_of, load, read_bytes
from evidence.originals.loaded import Loaded, OriginalError
from evidence.originals.versions import Originals, Version

__all__ = [
    "Loaded",
    "OriginalError",
    "Originals",
    "Version",
    "fetch",
    "language_of",
    "load",
    "read_bytes",
]
