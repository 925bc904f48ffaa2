"""What a person decided about two records, known again whenever the two meet.

Keys change and records are completed, so a record is known by what it has: its identifiers, and
a digest of what it says of itself. A decision holds for two records that have one name each of
the two it was made about, and none of what both had: a DOI given to two works tells neither. Two
that say the same in everything are told by their keys, as long as they are what they were.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
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

    @property
    def is_of_twins(self) -> bool:
        """True when nothing but their keys tells the two records apart."""
        return self.names[0] == self.names[1]

    def is_first(self, record: Reference, other: Reference) -> bool:
        """Whether, of two records that it is about, `record` is its first one.

        Keys change: what only one of the two is known by comes before them.
        """
        if self.is_of_twins:
            return record.key == self.keys[0]
        first, second = self.names
        own, others = names_of(record), names_of(other)
        return bool((own - others) & (first - second)) or bool((others - own) & (second - first))

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
        self._by_keys: dict[frozenset[str], PairDecision] = {}  # of what only keys tell apart
        for decision in decisions:
            for a, b in _told_apart(*decision.names):
                self._by_names[frozenset((a, b))] = decision
            if decision.is_of_twins:
                self._by_keys[frozenset(decision.keys)] = decision

    def __bool__(self) -> bool:
        return bool(self._by_names or self._by_keys)

    def __iter__(self) -> Iterator[PairDecision]:
        """The decisions that count, each once."""
        made = [*self._by_names.values(), *self._by_keys.values()]
        return iter({id(decision): decision for decision in made}.values())

    def about(self, a: Reference | Traits, b: Reference | Traits) -> PairDecision | None:
        """The decision about two records; None when nobody has decided."""
        if not self:
            return None
        names, others = names_of(a), names_of(b)
        found = (self._by_names.get(frozenset(pair)) for pair in _told_apart(names, others))
        if decision := next(filter(None, found), None):
            return decision
        twins = self._by_keys.get(frozenset((a.key, b.key)))
        return twins if twins and twins.names[0] & names and twins.names[0] & others else None


def _told_apart(a: frozenset[str], b: frozenset[str]) -> list[tuple[str, str]]:
    """Each name of the one with each of the other, but for those that both have."""
    return [(x, y) for x in sorted(a - b) for y in sorted(b - a)]
