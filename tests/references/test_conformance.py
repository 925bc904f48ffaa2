"""Files that others wrote: no record of them is lost, and what is refused is named.

The records of a file are counted by a measure that shares nothing with our readers.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from references.errors import DataError
from references.formats import READABLE, Reading, read


def _files(shared: Path, folder: str, *patterns: str) -> Iterator[Path]:
    for pattern in patterns:
        yield from sorted((shared / "conformance" / folder).rglob(pattern))


def _reading(path: Path, format: str = "auto") -> Reading:
    """The reading of a file; a refusal counts as its one problem."""
    try:
        return read(path, format)
    except DataError as error:
        return Reading((), tuple(error.problems))


def _entries(text: str) -> int:
    heads = re.findall(r"^[ \t]*@[ \t]*(\w+)[ \t\n]*[{(]", text.replace("\r", "\n"), re.M)
    return sum(head.lower() not in ("string", "preamble", "comment") for head in heads)


def _ris(text: str) -> int:
    return len(re.findall(r"^ER {1,2}-", text, re.M))


def _medline(text: str) -> int:
    return len(re.findall(r"^\W?PMID ?- *\d", text, re.M))


def _pubmed(text: str) -> int:
    return len(re.findall(r"</Pubmed(?:Book)?Article>", text))


@pytest.mark.parametrize(
    ("folder", "patterns", "count", "format"),
    [
        ("bibtex", ("*.bib",), _entries, "bibtex"),
        ("ris", ("*.ris",), _ris, "ris"),
        ("dedupe", ("*.ris",), _ris, "ris"),
        ("nbib", ("*.nbib", "MedlinePlain*.txt"), _medline, "nbib"),
        ("pubmed-xml", ("*.xml",), _pubmed, "pubmed-xml"),
    ],
)
def test_no_record_is_lost(
    shared: Path, folder: str, patterns: tuple[str, ...], count: Callable[[str], int], format: str
) -> None:
    total = 0
    for path in _files(shared, folder, *patterns):
        if path.stat().st_size > 1_000_000:  # one thousand records of a kind are enough
            continue
        reading = _reading(path)
        if reading.format != format:
            continue
        expected = count(path.read_bytes().decode("utf-8", "replace"))
        assert len(reading.references) + len(reading.rejected) >= expected, path
        for problem in reading.rejected:
            assert problem.line, problem
            assert problem.file == str(path)
        total += len(reading.references)
    assert total > 5


@pytest.mark.parametrize("format", READABLE)
def test_hostile_xml_is_refused_in_one_sentence(shared: Path, format: str) -> None:
    for path in _files(shared, "hostile", "*.xml", "*.txt"):
        if path.stat().st_size > 100_000:
            continue
        reading = _reading(path, format)
        for problem in (*reading.rejected, *reading.remarks):
            assert problem.file == str(path)
            assert "\n" not in str(problem)
        text = "".join(str(reference) for reference in reading.references)
        assert "root:" not in text
        assert len(text) < 10 * path.stat().st_size + 10_000
