"""How a format is read: a table with one small function for each field.

The words of other formats that need no function stand in data files: `fields.tsv` (names of
fields) and `publication_types.tsv`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from references.files import table
from references.record import Reference

R = TypeVar("R")

#: How each field is read from a record of the format.
Fields = Mapping[str, Callable[[R], Any]]
_OWN = frozenset(Reference.__dataclass_fields__)


def reference_from(record: R, fields: Fields[R]) -> Reference:
    """The reference of one record, each field read by its own function.

    What is no field of `Reference` goes into its `extra` as BibTeX source, unless it is "". A
    field "date" reads a `PartialDate`: year, month and day. A field "extra" reads many values of
    `extra` at once; those with a function win over it.
    """
    known: dict[str, Any] = {"key": "", "extra": {}}
    named: dict[str, str] = {}
    for name, read in fields.items():
        value = read(record)
        if name == "date":
            known["year"] = value.year
            named |= {"month": str(value.month or ""), "day": str(value.day or "")}
        elif name in _OWN:
            known[name] = value
        else:
            named[name] = value
    stated = {name: value for name, value in named.items() if value}
    return Reference(**{**known, "extra": known["extra"] | stated})


def rows(name: str) -> tuple[tuple[str, ...], ...]:
    """The rows of a data file of this room."""
    return table("references.formats", name)


def words_of_format(name: str, format: str) -> dict[str, str]:
    """The part of a data file for one format: its words, and ours."""
    return {theirs: ours for of, theirs, ours in rows(name) if of == format}
