"""A printed citation as a record, for programs that ask by this name.

What a line in here may know: where printed strings are read.
"""

from __future__ import annotations

from references.formats.printed import parse
from references.formats.printed_apart import apart

__all__ = ["apart", "parse"]
