"""Forty pairs of kinds that people meet: companion papers, parts, populations, registrations,
conference versions, translations, and one work as two databases tell it.

The works are made up. `fresh_pairs.txt` has three lines a pair: what the two are (several kinds
where either will do; "not-same" is anything but one work), then the two records, fields between
bars. "=" stands for what the first record says.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from references.formats.names import read_name
from references.record import Reference

_FIELDS = (
    "title",
    "authors",
    "journal",
    "year",
    "volume",
    "number",
    "pages",
    "doi",
    "pmid",
    "type",
)


def pairs() -> Iterator[tuple[str, tuple[str, ...], Reference, Reference]]:
    """Label, what the two may be to each other, and the two records."""
    lines = (Path(__file__).parent / "fresh_pairs.txt").read_text("utf-8").splitlines()
    for head, one, other in zip(lines[::3], lines[1::3], lines[2::3], strict=True):
        label, _bar, wanted = head.partition(" | ")
        a = _values(one)
        b = {name: (a[name] if value == "=" else value) for name, value in _values(other).items()}
        kinds = tuple(kind.strip() for kind in wanted.split(","))
        yield label, kinds, _record("a", a), _record("b", b)


def _values(line: str) -> dict[str, str]:
    given = [*line.strip().split("|"), *("" for _ in _FIELDS)]
    return dict(zip(_FIELDS, given, strict=False))


def _record(key: str, values: dict[str, str]) -> Reference:
    authors = tuple(
        author
        for name in values["authors"].split(";")
        if name.strip()
        if (author := read_name(name.strip()))
    )
    plain = {name: values[name] for name in _FIELDS if name not in ("authors", "year", "type")}
    year = int(values["year"]) if values["year"] else None
    return Reference(key, type=values["type"] or "article", authors=authors, year=year, **plain)
