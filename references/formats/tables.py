"""How a format is read: a table with one small function for each field.

The words of other formats that need no function stand in data files: `fields.tsv` (names of
fields) and `publication_types.tsv`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from importlib.resources import files
from typing import Any, TypeVar

from references.record import Reference

R = TypeVar("R")

#: A field of `Reference`: how it is read from a record of the format.
Fields = Mapping[str, Callable[[R], Any]]
#: A field of `Reference.extra`: how its BibTeX source is read; "" when the record has none.
Extras = Mapping[str, Callable[[R], str]]


def reference_from(record: R, fields: Fields[R], extras: Extras[R]) -> Reference:
    """The reference of one record, each field read by its own function.

    A field "extra" reads many values of `extra` at once; those with a function win over it.
    """
    known = {"key": "", "extra": {}, **{name: read(record) for name, read in fields.items()}}
    named = {name: value for name, read in extras.items() if (value := read(record))}
    return Reference(**{**known, "extra": known["extra"] | named})


@cache
def rows(name: str) -> tuple[tuple[str, ...], ...]:
    """The rows of a data file of this room, comments (#) left out."""
    text = (files("references.formats") / name).read_text(encoding="utf-8")
    return tuple(tuple(line.split("\t")) for line in text.splitlines() if line[:1] != "#")


def words_of_format(name: str, format: str) -> dict[str, str]:
    """The part of a data file for one format: its words, and ours."""
    return {theirs: ours for of, theirs, ours in rows(name) if of == format}
