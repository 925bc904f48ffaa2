"""References as files for reference managers."""

from __future__ import annotations

from collections.abc import Sequence

from flask import Response

from references.formats import FORMATS, write
from references.record import Reference

#: The endings that the addresses of exports have, and the format of each.
EXTENSIONS = {
    "bib": FORMATS["bibtex"],
    "ris": FORMATS["ris"],
    "json": FORMATS["csl-json"],
    "csv": FORMATS["csv"],
}


def answer(references: Sequence[Reference], extension: str, name: str) -> Response:
    """The references as a file to download, named after what they are."""
    chosen = EXTENSIONS[extension]
    content, _losses = write(references, chosen.name)
    response = Response(content)
    response.headers["Content-Type"] = f"{chosen.media_type}; charset=utf-8"
    response.headers["Content-Disposition"] = f'attachment; filename="{name}.{extension}"'
    return response
