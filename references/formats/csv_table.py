"""A table for spreadsheets: one reference a row, UTF-8 with the mark that Excel needs."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Iterable, Iterator

from references.errors import Problem
from references.formats import csv_records, isi
from references.formats.csv_records import TAGS, before_headers, headed, rows_of
from references.formats.jsonl import BIBLIOGRAPHIC
from references.formats.latex import decode
from references.formats.results import Reading, WrittenFile
from references.formats.tagged_lines import Record, lines_of
from references.hosts import seen_at
from references.normalise import plain_cell
from references.record import Place, Reference, Study

_STUDY = tuple(Study.__dataclass_fields__)
_COLUMNS = (
    *("key", "type", *BIBLIOGRAPHIC),
    *_STUDY[: _STUDY.index("harms")],
    *("findings", "harms", "adverse_events", "relevance", "related"),
    *("added", "status", "unverified", "provenance", "missing", "other"),
)
HEAD = 200_000  # characters in which the headers end
_BETWEEN = "; "
_SERIOUS = {True: "serious", False: "not serious", None: ""}


def _parts(*parts: object) -> str:
    """What is known of an item, its parts in a line."""
    return " | ".join(str(part) for part in parts if part not in (None, ""))


def _authors(reference: Reference) -> Iterable[str]:
    yield from (author.sort_name for author in reference.authors)
    if reference.more_authors:
        yield "et al."


#: The columns that are no plain value of a reference or its study: their items.
_ITEMS: dict[str, Callable[[Reference], Iterable[str]]] = {
    "authors": _authors,
    "findings": lambda reference: (
        _parts(f.outcome, f.timepoint, f.value, f.interval, f.unit, f.favours, f.text)
        for f in reference.findings
    ),
    "adverse_events": lambda reference: (
        _parts(h.event, h.number, h.of, _SERIOUS[h.serious]) for h in reference.harms
    ),
    "related": lambda reference: (_parts(one.kind, one.key) for one in reference.related),
    "provenance": lambda reference: (
        f"{seen_at(source.address)}: {source.address}" for source in reference.provenance
    ),
    "other": lambda reference: (
        f"{name}: {' '.join(decode(text).split())}" for name, text in reference.extra.items()
    ),
    "unverified": lambda reference: (
        f"{name}={value}" if value else name for name, value in reference.unverified.items()
    ),
}


def _cell(reference: Reference, column: str) -> str:
    if items := _ITEMS.get(column):
        return _BETWEEN.join(items(reference))
    study = reference.study
    value = getattr(study if hasattr(study, column) else reference, column)
    if isinstance(value, tuple):
        return _BETWEEN.join(value)
    return "" if value is None else str(value)


def _safe(text: str) -> str:
    return plain_cell(" ".join(text.split()))


def write(references: Iterable[Reference]) -> WrittenFile:
    """The table; fields without a column of their own stand in the last one, "other"."""
    stream = io.StringIO()
    table = csv.writer(stream, lineterminator="\r\n")
    table.writerow(_COLUMNS)
    for reference in references:
        table.writerow([_safe(_cell(reference, column)) for column in _COLUMNS])
    return WrittenFile("\ufeff" + stream.getvalue(), ())


def read(text: str, name: str = "<text>") -> Reading:
    """The references of a table that a database, a program or we wrote.

    Findings, harms, relations and provenance of ours are not read: each shares its cell.
    """
    problems: list[Problem] = []
    found = tuple(records(lines_of(text), text[:HEAD], name, problems))
    return Reading(found, tuple(problems), (), csv_records.NAME)


def records(
    lines: Iterable[str], head: str, name: str, problems: list[Problem]
) -> Iterator[Reference]:
    """What `read` gives, one by one; arguments as `csv_records.records`."""
    before = before_headers(head)
    line = head.split("\n")[before] if before else head.lstrip("\ufeff\n ").partition("\n")[0]
    delimiter, headers = headed(line)
    if set(headers) >= TAGS:
        return _of_tags(rows_of(lines, delimiter, len(headers), name, problems, before), name)
    return csv_records.records(lines, head, name, problems)


#: The tags of Web of Science whose values a semicolon sets apart.
_LISTS = frozenset({"AU", "AF", "BA", "BE", "BF", "CA", "DE", "ED", "GP", "ID"})


def _of_tags(table: Iterator[tuple[int, list[str]]], name: str) -> Iterator[Reference]:
    """A table whose headers are the tags of Web of Science: authors and editors are lists."""
    tags: list[str] = []
    for line, cells in table:
        if not any(cell.strip() for cell in cells):
            continue
        if not tags:
            tags = [header.strip("\ufeff ") for header in cells]
            continue
        listed = [
            (tag, re.sub("; *", "\n", cell) if tag in _LISTS else cell)
            for tag, cell in zip(tags, cells, strict=False)
        ]
        yield isi.reference_of(Record(line, listed), Place(name, line))
