"""One record made of two that are the same work."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import Any

from references.matching.journals import same_journal
from references.matching.marks import MARK
from references.matching.numbers import same_pages
from references.matching.people import same_author
from references.matching.titles import same_title
from references.normalise import comparable_words
from references.record import Provenance, Reference, Study


@dataclass(frozen=True, slots=True)
class FieldConflict:
    """A field on which two records of one work disagree; the first record's value stands."""

    field: str
    kept: str
    other: str


@dataclass(frozen=True, slots=True)
class Merged:
    """One record made of two, the fields taken from the second, and where they disagree."""

    reference: Reference
    filled: tuple[str, ...]
    conflicts: tuple[FieldConflict, ...]


_GRAVE = ("retracted", "expression-of-concern", "corrected")
#: The fields that are taken from the second record, ...
_FILLED = (
    *("title", "authors", "year", "journal", "volume", "number", "pages"),
    *("doi", "pmid", "pmcid", "issn", "isbn", "publisher", "language", "url", "abstract"),
)
#: ... and those of them on which two records of one work may differ.
_NOT_COMPARED = frozenset(("number", "issn", "isbn", "publisher", "language", "url", "abstract"))


def text_of_value(value: Any) -> str:
    """The value of a field as people read it: names with semicolons between, "" for none."""
    if isinstance(value, tuple):
        return "; ".join(author.sort_name for author in value)
    return "" if value is None else str(value)


def _agree(name: str, mine: Any, other: Any) -> bool:
    """True when two values of a field say the same, typography and abbreviation aside."""
    if mine == other:
        return True
    if name == "authors":
        return all(same_author(one, two) for one, two in zip(mine, other, strict=False))
    if name == "pages":
        return same_pages(mine, other)
    if name == "journal":
        return same_journal(mine, [other])
    if name == "title":
        return same_title(mine, other)
    return comparable_words(str(mine)) == comparable_words(str(other))


def _is_open(a: Reference, b: Reference, name: str) -> bool:
    """True when what `b` has in a field completes what `a` has there.

    A title in brackets stands for one that no source showed; "and others" cuts a list short.
    """
    mine, other = getattr(a, name), getattr(b, name)
    if name == "title" and mine.startswith("[") and not other.startswith("["):
        return True
    is_cut = name == "authors" and a.more_authors and len(other) > len(mine)
    return not mine or (is_cut and _agree(name, mine, other))


def merge(a: Reference, b: Reference) -> Merged:
    """`a` completed with what `b` knows beside it.

    Nothing that `a` says is overwritten, but for a title in brackets and for an author list
    that "and others" cuts short. Provenance of both is kept, in order. Where they disagree
    stands in `conflicts`.
    """
    changes: dict[str, Any] = {}
    conflicts: list[FieldConflict] = []
    for name in _FILLED:
        mine, other = getattr(a, name), getattr(b, name)
        if not other:
            continue
        if _is_open(a, b, name):
            changes[name] = other
        elif name not in _NOT_COMPARED and not _agree(name, mine, other):
            conflicts.append(FieldConflict(name, text_of_value(mine), text_of_value(other)))
    filled = [*changes]
    if "authors" in changes:
        changes["more_authors"] = b.more_authors
    study = {
        entry.name: getattr(b.study, entry.name)
        for entry in fields(Study)
        if not getattr(a.study, entry.name) and getattr(b.study, entry.name)
    }
    if french := {name: text for name, text in b.study.french.items() if name in study}:
        study["french"] = {**a.study.french, **french}
    elif "french" in study:
        del study["french"]
    if study:
        changes["study"] = replace(a.study, **study)
    # A doubt about `b` is not one about `a`: a person may have settled it already.
    extra = {name: value for name, value in b.extra.items() if name not in (*a.extra, MARK)}
    if extra:
        changes["extra"] = {**a.extra, **extra}
    longer: dict[str, Any] = {
        "provenance": _both_provenances(a.provenance, b.provenance),
        "keywords": _added(a.keywords, b.keywords),
        "findings": _added(a.findings, b.findings),
        "harms": _added(a.harms, b.harms),
        "related": _added(a.related, b.related),
    }
    longer = {name: value for name, value in longer.items() if value != getattr(a, name)}
    filled += [*study, *longer, *extra]
    if b.status in _GRAVE and a.status not in _GRAVE:
        changes["status"] = b.status
        filled.append("status")
    unverified = {name: value for name, value in a.unverified.items() if name not in filled}
    merged = replace(a, **changes, **longer, unverified=unverified)
    return Merged(merged, tuple(filled), tuple(conflicts))


def _added(mine: tuple[Any, ...], other: tuple[Any, ...]) -> tuple[Any, ...]:
    return (*mine, *(item for item in other if item not in mine))


def _both_provenances(
    mine: tuple[Provenance, ...], other: tuple[Provenance, ...]
) -> tuple[Provenance, ...]:
    """Sources of both records; what two sources at one address show is put together."""
    by_address = {source.address: source for source in mine}
    if len(by_address) < len(mine):  # the record itself keeps two apart
        return _added(mine, other)
    for source in other:
        known = by_address.setdefault(source.address, source)
        parts = known.seen.split(", ")
        new = [part for part in source.seen.split(", ") if part and part not in parts]
        if new:
            seen = ", ".join([*filter(None, parts), *new])
            by_address[source.address] = replace(known, seen=seen)
    return tuple(by_address.values())
