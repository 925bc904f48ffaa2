"""Printed references as reports about other parsers have them: the whole string, all its fields.

The works are made up; each form is one that people met in print, in PDFs, or behind a button
"Cite", and that a parser (once this one) misread.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from references.formats.printed import parse

DATA = Path(__file__).parent.parent / "data"
ROWS = [
    line.split("\t")
    for line in (DATA / "printed_reports.tsv").read_text("utf-8").splitlines()
    if not line.startswith("#")
]


@pytest.mark.parametrize("row", ROWS, ids=[row[0][:60] for row in ROWS])
def test_all_fields(row: list[str]) -> None:
    found = parse(row[0])
    names = "; ".join(author.literal or author.sort_name for author in found.authors)
    assert row[1:] == [
        names + "+" * found.more_authors,
        str(found.year),
        found.title,
        found.journal,
        found.volume,
        found.number,
        found.pages,
    ]
