"""Forty printed references of our own in fifteen styles: what is read, field by field.

The larger labelled sets are measured where they are (`test_citation`); these hold the reader
in a bare clone too.
"""

from __future__ import annotations

import csv
from pathlib import Path
from typing import NamedTuple

import pytest

from references.formats.printed import parse
from references.record import Reference

SAMPLE = Path(__file__).parent.parent / "data" / "printed.tsv"


class PrintedReference(NamedTuple):
    """A printed reference and what a reader of its style sees in it."""

    style: str
    authors: str
    year: str
    title: str
    journal: str
    volume: str
    issue: str
    pages: str
    identifier: str
    printed: str


def _sample() -> list[PrintedReference]:
    lines = SAMPLE.read_text(encoding="utf-8").splitlines()
    rows = csv.reader((line for line in lines if line[:1] != "#"), "excel-tab", quoting=3)
    return [PrintedReference(*row) for row in rows]


def _fields(found: Reference) -> dict[str, str]:
    names = [a.short.title() if a.short.isupper() else a.short for a in found.authors]
    return {
        "authors": ";".join(names) + "+" * found.more_authors,
        "year": str(found.year),
        "title": found.title,
        "journal": found.journal,
        "volume": found.volume,
        "issue": found.number,
        "pages": found.pages,
    }


@pytest.mark.parametrize("case", _sample(), ids=lambda case: f"{case.style}, {case.printed[:30]}")
def test_a_printed_reference_is_read(case: PrintedReference) -> None:
    found = parse(case.printed)
    wanted = {name: getattr(case, name) for name in _fields(found)}
    assert _fields(found) == wanted
    numbers = {found.doi, found.pmid, found.pmcid} - {""}
    assert {number.lower() for number in numbers} == {case.identifier.lower()} - {""}


def test_the_sample_covers_the_styles() -> None:
    sample = _sample()
    assert len(sample) == 40
    assert len({case.style for case in sample}) >= 15
