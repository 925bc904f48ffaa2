"""One record made of two that are the same work."""

from __future__ import annotations

from collections.abc import Mapping
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
_FILLED = (
    "title",
    "authors",
    "year",
    "journal",
    "volume",
    "number",
    "pages",
    "doi",
    "pmid",
    "pmcid",
    "issn",
    "isbn",
    "publisher",
    "language",
    "url",
    "abstract",
)
_COMPARED = ("title", "authors", "year", "journal", "volume", "pages", "doi", "pmid", "pmcid")


def _shown(value: Any) -> str:
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


def merge(a: Reference, b: Reference) -> Merged:
    """`a` completed with what `b` knows beside it.

    Nothing that `a` says is overwritten, but for a title in brackets, which stands for one
    that no source showed, and for an author list that "and others" cuts short. Provenance of
    both is kept, in order. Where they disagree is told.
    """
    changes: dict[str, Any] = {}
    filled: list[str] = []
    conflicts: list[FieldConflict] = []
    for name in _FILLED:
        mine, other = getattr(a, name), getattr(b, name)
        if not other:
            continue
        is_standin = name == "title" and mine.startswith("[") and not other.startswith("[")
        is_cut = (
            name == "authors"
            and a.more_authors
            and len(other) > len(mine)
            and _agree(name, mine, other)
        )
        if not mine or is_standin or is_cut:
            changes[name] = other
            filled.append(name)
        elif name in _COMPARED and not _agree(name, mine, other):
            conflicts.append(FieldConflict(name, _shown(mine), _shown(other)))
    if "authors" in filled:
        changes["more_authors"] = b.more_authors
    study = {
        entry.name: getattr(b.study, entry.name)
        for entry in fields(Study)
        if not getattr(a.study, entry.name) and getattr(b.study, entry.name)
    }
    if study:
        changes["study"] = replace(a.study, **study)
        filled += study
    provenance = _both_provenances(a, b)
    if provenance != a.provenance:
        changes["provenance"] = provenance
        filled.append("provenance")
    for name in ("keywords", "findings"):
        added = tuple(item for item in getattr(b, name) if item not in getattr(a, name))
        if added:
            changes[name] = (*getattr(a, name), *added)
            filled.append(name)
    # A doubt about `b` is not one about `a`: a person may have settled it already.
    extra = {name: value for name, value in b.extra.items() if name not in (*a.extra, MARK)}
    if extra:
        changes["extra"] = {**a.extra, **extra}
        filled += extra
    if b.status in _GRAVE and a.status not in _GRAVE:
        changes["status"] = b.status
        filled.append("status")
    unverified = _still_unverified(a.unverified, filled)
    if unverified != dict(a.unverified):
        changes["unverified"] = unverified
    return Merged(replace(a, **changes), tuple(filled), tuple(conflicts))


def _both_provenances(a: Reference, b: Reference) -> tuple[Provenance, ...]:
    """Sources of both records; what two sources at one address show is put together."""
    found = {source.address: source for source in a.provenance}
    for source in b.provenance:
        known = found.get(source.address)
        if known is None:
            found[source.address] = source
            continue
        seen = known.seen.split(", ")
        new = [part for part in source.seen.split(", ") if part and part not in seen]
        if new:
            found[source.address] = replace(known, seen=", ".join([*filter(None, seen), *new]))
    if len(found) == len(a.provenance) or len({s.address for s in a.provenance}) == len(
        a.provenance
    ):
        return tuple(found.values())
    return (*a.provenance, *(s for s in b.provenance if s not in a.provenance))


def _still_unverified(unverified: Mapping[str, str], filled: list[str]) -> dict[str, str]:
    return {name: value for name, value in unverified.items() if name not in filled}
