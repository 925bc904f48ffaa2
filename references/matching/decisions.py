"""What a person decided about two records, known again whenever the two meet.

Keys change and records are completed, so a record is known by what it has: its identifiers, and
a digest of what it says of itself. A decision holds for two records that have one name each of
the two it was made about, and none of what both had: a DOI given to two works tells neither.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, get_args

from references.matching.traits import Traits, traits
from references.record import Reference

Decided = Literal["same", "different", "related"]
DECIDED: tuple[Decided, ...] = get_args(Decided)
_TELLING = ("doi", "pmid", "pmcid", "registration")


def names_of(record: Reference | Traits) -> frozenset[str]:
    """What a record is known by: identifiers; a digest of title, author, year and place; one of
    all that is compared, which tells two records apart of which one says less.
    """
    one = record if isinstance(record, Traits) else traits(record)
    ids = [f"{name}:{one.ids[name]}" for name in _TELLING if name in one.ids]
    said = [" ".join(one.words), one.family, str(one.year or ""), one.volume, one.page, one.form]
    rest = [one.journal, one.number, one.pages, *(author.short for author in one.authors)]
    return frozenset({*ids, f"record:{_digest(said)}", f"whole:{_digest([*said, *rest, *ids])}"})


def _digest(said: list[str]) -> str:
    return hashlib.sha256("\n".join(said).encode()).hexdigest()[:24]


@dataclass(frozen=True)
class PairDecision:
    """What somebody decided about two records.

    Attributes:
        keys: of the two records, as they were.
        names: what each of them was known by (`names_of`).
        decided: one work, two works, or two that belong together.
        relation: what the first is to the second (`references.record.RELATIONS`), if related.
        reason: why, in the words of whoever decided; may be empty.
    """

    keys: tuple[str, str]
    names: tuple[frozenset[str], frozenset[str]]
    decided: Decided
    relation: str = ""
    reason: str = ""

    @classmethod
    def of(
        cls, a: Reference, b: Reference, decided: Decided, relation: str = "", reason: str = ""
    ) -> PairDecision:
        """The decision about two records as they are."""
        return cls((a.key, b.key), (names_of(a), names_of(b)), decided, relation, reason)

    def as_dict(self) -> dict[str, Any]:
        """JSON-ready: what the journal keeps."""
        return {
            "keys": list(self.keys),
            "names": [sorted(names) for names in self.names],
            "decided": self.decided,
            "relation": self.relation,
            "reason": self.reason,
        }

    @classmethod
    def read(cls, plain: Mapping[str, Any]) -> PairDecision:
        """A decision from `as_dict`."""
        a, b = plain["keys"]
        first, second = map(frozenset, plain["names"])
        return cls((a, b), (first, second), plain["decided"], plain["relation"], plain["reason"])


class PairDecisions:
    """All that was decided; of two decisions about one pair the later one counts."""

    def __init__(self, decisions: Iterable[PairDecision] = ()) -> None:
        self._by_names: dict[frozenset[str], PairDecision] = {}
        for decision in decisions:
            for a, b in _told_apart(*decision.names):
                self._by_names[frozenset((a, b))] = decision

    def __bool__(self) -> bool:
        return bool(self._by_names)

    def about(self, a: Reference | Traits, b: Reference | Traits) -> PairDecision | None:
        """The decision about two records; None when nobody has decided."""
        if not self._by_names:
            return None
        pairs = _told_apart(names_of(a), names_of(b))
        found = (self._by_names.get(frozenset(pair)) for pair in pairs)
        return next(filter(None, found), None)


def _told_apart(a: frozenset[str], b: frozenset[str]) -> list[tuple[str, str]]:
    """Each name of the one with each of the other, but for those that both have."""
    return [(x, y) for x in sorted(a - b) for y in sorted(b - a)]
