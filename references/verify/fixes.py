"""A citation put right where the check is sure what is right, and nowhere else.

What differs is replaced only when the work is known beyond doubt without the field in question,
and when every record that states the field says the same: two services that contradict each
other are told, not believed. An author list, a title or a year that is wrong may be the sign of
another work, so these need more than the others. Where several fields of the place differ and no
number tells the work, it may be another publication of the same title and people, as a congress
abstract is of the article that followed: then nothing of its place is touched or filled in.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from typing import Any

from references.errors import Message, message
from references.identifiers import doi_key
from references.matching.journals import same_journal
from references.matching.merge import text_of_value
from references.matching.numbers import number_key, same_pages
from references.matching.people import authors_difference
from references.matching.titles import clean_title, same_title
from references.record import Reference
from references.sources.work import Work
from references.verify.differences import Difference
from references.verify.result import Check

#: Name of a difference -> the field of the record.
_FIELDS = {
    **{"title": "title", "authors": "authors", "year": "year", "journal": "journal"},
    **{"volume": "volume", "issue": "number", "pages": "pages", "doi": "doi", "pmid": "pmid"},
}
#: What is filled in where a citation is silent.
_FILLED = ("doi", "pmid", "pmcid", "journal", "year", "volume", "number", "pages")
#: Statuses in which one work was taken for the cited one.
_FOUND = frozenset(
    (
        *("verified", "partly-verified", "differs", "retracted", "reinstated", "corrected"),
        *("expression-of-concern", "preprint-published-since"),
    )
)
_PLACE = frozenset({"journal", "volume", "pages"})
_WHERE = _PLACE | {"year", "issue"}


@dataclass(frozen=True)
class FieldChange:
    """A field put right: what was cited ("" for nothing), what stands there now, who says so."""

    field: str
    before: str
    after: str
    source: str


@dataclass(frozen=True)
class FieldLeft:
    """A field that differs and was left as it is, and why."""

    field: str
    cited: str
    found: str
    why: Message


@dataclass(frozen=True)
class Fixes:
    """A citation after it was put right, what changed, and what was left."""

    reference: Reference
    changes: tuple[FieldChange, ...] = ()
    left: tuple[FieldLeft, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """JSON-ready."""
        return {
            "key": self.reference.key,
            "changes": [vars(change) for change in self.changes],
            "left": [
                {**vars(one), "why": str(one.why), "why_parts": one.why.as_dict()}
                for one in self.left
            ],
        }


def fixes(reference: Reference, check: Check) -> Fixes:
    """A cited record put right by its check.

    Args:
        reference: as it is cited.
        check: of this record.
    """
    if check.status not in _FOUND or not check.works or check.comparison is None:
        left = [_left(one.field, one.cited, one.found, _NO_WORK) for one in check.differences]
        return Fixes(reference, left=tuple(left))
    values: dict[str, Any] = {}
    changes: list[FieldChange] = []
    left = []
    agreed = frozenset(check.comparison.agreed)
    is_there = _is_there(agreed, check.differences)
    for difference in check.differences:
        name = _FIELDS.get(difference.field, "")
        unsure = _unsure(difference.field, agreed, is_there)
        stating = [work for work in check.works if _stated(work, name)] if name else []
        if unsure is None and not stating:
            unsure = message("no record of the work states it")
        if unsure is None and not _agree(name, stating):
            unsure = message("the services contradict each other")
        if unsure is not None:
            left.append(_left(difference.field, difference.cited, difference.found, unsure))
            continue
        values[name] = _value(name, stating)
        changes.append(
            FieldChange(name, difference.cited, text_of_value(values[name]), stating[0].address)
        )
    if _is_sure(agreed) and is_there:
        for name in _FILLED:
            stating = [work for work in check.works if _stated(work, name)]
            is_silent = not getattr(reference, name) and name not in values
            if is_silent and stating and _agree(name, stating):
                values[name] = _value(name, stating)
                shown = text_of_value(values[name])
                changes.append(FieldChange(name, "", shown, stating[0].address))
    after = replace(reference, **values)
    if "authors" in values:
        after = replace(after, more_authors=False)
    return Fixes(after, tuple(changes), tuple(left))


_NO_WORK = message("no single work was found that is surely meant")


def _left(name: str, cited: str, found: str, why: Message) -> FieldLeft:
    return FieldLeft(name, cited, found, why)


def _is_sure(agreed: Collection[str]) -> bool:
    """True when title and people, or the title and an identifier, are those of the work."""
    return "title" in agreed and bool({"authors", "doi", "pmid"}.intersection(agreed))


def _is_there(agreed: Collection[str], differences: Collection[Difference]) -> bool:
    """True when the work was surely published where it is cited, or a number tells which it is."""
    if {"doi", "pmid"}.intersection(agreed):
        return True
    differing = [one for one in differences if one.field in _WHERE]
    supplement = any(_in_supplement(one.cited) != _in_supplement(one.found) for one in differing)
    if len(differing) > 1 or supplement:
        return False
    return _PLACE.issubset(agreed) or ("year" in agreed and not _PLACE.isdisjoint(agreed))


def _in_supplement(value: str) -> bool:
    """Whether pages are those of a supplement: S145."""
    return value[:1].upper() == "S" and value[1:2].isdigit()


def _unsure(name: str, agreed: frozenset[str], is_there: bool) -> Message | None:
    """Why a field must not be replaced, given what agrees; None when it may.

    `is_there` says that the work was surely published where it is cited.
    """
    identified = bool(agreed & {"doi", "pmid"})
    placed = agreed >= _PLACE
    enough = {
        # A changed word makes another title: the people and a number of the work must agree.
        "title": identified and "authors" in agreed,
        "authors": "title" in agreed and (identified or placed),
        "year": _is_sure(agreed) and (identified or (placed and is_there)),
        "doi": {"title", "authors"} <= agreed and is_there,
        "pmid": {"title", "authors"} <= agreed and is_there,
    }
    if enough.get(name, _is_sure(agreed) and is_there and name in _FIELDS):
        return None
    return message("too little else agrees to be sure that this work is meant")


def _stated(work: Work, name: str) -> bool:
    """Whether a record states a field wholly; copies and lists cut short are no measure."""
    if name == "authors":
        return bool(work.reference.authors) and not work.reference.more_authors
    return bool(getattr(work.reference, name)) and not work.stands_beside


#: When two values of a field say the same.
_SAME: dict[str, Callable[[Any, Any], bool]] = {
    "title": same_title,
    "journal": lambda one, other: same_journal(one, [other]),
    "volume": lambda one, other: number_key(one) == number_key(other),
    "number": lambda one, other: number_key(one) == number_key(other),
    "pages": same_pages,
    "doi": lambda one, other: doi_key(one) == doi_key(other),
}


def _agree(name: str, works: Sequence[Work]) -> bool:
    """True when all records that state a field say the same."""
    first = works[0].reference
    for other in (work.reference for work in works[1:]):
        if name == "authors":
            if authors_difference(first, other) is not None:
                return False
            continue
        one, two = getattr(first, name), getattr(other, name)
        if one != two and not (name in _SAME and _SAME[name](one, two)):
            return False
    if name == "year":  # the year of print and the year online
        return len({year for work in works for year in work.years} or {first.year}) == 1
    return True


def _value(name: str, works: Sequence[Work]) -> Any:
    """The value of a field as the first record has it, the fullest of a page range or a title."""
    values = [getattr(work.reference, name) for work in works]
    if name == "title":
        return clean_title(max(values, key=len)).rstrip(".")
    return max(values, key=len) if name in ("pages", "journal") else values[0]
