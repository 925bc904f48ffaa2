"""Files to download: references for reference managers, figures for spreadsheets."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence

from flask import Response

from references.formats import FORMATS, write
from references.record import Reference

#: The endings that the addresses of one reference have, and the format of each.
OF_ONE = {
    "bib": FORMATS["bibtex"],
    "ris": FORMATS["ris"],
    "json": FORMATS["csl-json"],
    "nbib": FORMATS["nbib"],
}
#: Those of many references.
EXTENSIONS = {**OF_ONE, "xml": FORMATS["pubmed-xml"], "csv": FORMATS["csv"]}


def answer(references: Sequence[Reference], extension: str, name: str) -> Response:
    """The references as a file to download, named after what they are."""
    chosen = EXTENSIONS[extension]
    content, _losses = write(references, chosen.name)
    response = Response(content)
    response.headers["Content-Type"] = f"{chosen.media_type}; charset=utf-8"
    response.headers["Content-Disposition"] = f'attachment; filename="{name}.{extension}"'
    return response


def csv_table(header: Sequence[str], rows: Iterable[Sequence[object]], name: str) -> Response:
    """A table as a CSV file to download."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(header)
    writer.writerows(rows)
    response = Response(out.getvalue(), content_type="text/csv; charset=utf-8")
    response.headers["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    return response
