"""References as files for reference managers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from flask import Response

from references.formats import write
from references.record import Reference


class Extension(NamedTuple):
    """A way out: what people call it, its format in the registry, its media type."""

    name: str
    format: str
    media_type: str


EXTENSIONS = {
    "bib": Extension("BibTeX", "bibtex", "application/x-bibtex"),
    "ris": Extension("RIS", "ris", "application/x-research-info-systems"),
    "json": Extension("CSL JSON", "csl-json", "application/vnd.citationstyles.csl+json"),
    "csv": Extension("CSV", "csv", "text/csv"),
}


def answer(references: Sequence[Reference], extension: str, name: str) -> Response:
    """The references as a file to download, named after what they are."""
    chosen = EXTENSIONS[extension]
    response = Response(write(references, chosen.format), mimetype=chosen.media_type)
    response.headers["Content-Type"] = f"{chosen.media_type}; charset=utf-8"
    response.headers["Content-Disposition"] = f'attachment; filename="{name}.{extension}"'
    return response
