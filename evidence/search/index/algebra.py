"""What is looked for, as a small algebra: which documents match, and what each has for it.

A query, a filter or a claim is written down in these terms once, with all that is known of words in
them. Arrays over an index here (`matching`) or a cluster elsewhere then answer the same question.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


class Sought:
    """A set of documents, each with a score."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class AllThere(Sought):
    """All documents, without a score."""


@dataclass(frozen=True, slots=True)
class Stem(Sought):
    """What has a stem in its text, scored by BM25."""

    stem: str


@dataclass(frozen=True, slots=True)
class Exact(Sought):
    """What has a value in a field of names, scored by its rarity."""

    name: str
    term: str


@dataclass(frozen=True, slots=True)
class InConcept(Sought):
    """What names a concept, or something narrower, scored by rarity and weight."""

    concept: str


@dataclass(frozen=True, slots=True)
class Between(Sought):
    """What has a number between two bounds, both included, without a score; None is open."""

    name: str
    low: int | None
    high: int | None


@dataclass(frozen=True, slots=True)
class InPlaces(Sought):
    """Where words stand at their distances, in parts of a language or in any; without a score."""

    words: tuple[tuple[int, str], ...]
    language: str = ""


@dataclass(frozen=True, slots=True)
class Beginning(Sought):
    """What has a term that begins so, up to a number of terms; scored by its rarity.

    It is the rarity of the beginning: of a document that has any of its terms.
    """

    name: str
    text: str
    most: int


@dataclass(frozen=True, slots=True)
class TitledIn(Sought):
    """What has its title in a language, without a score."""

    language: str


@dataclass(frozen=True, slots=True)
class Keyed(Sought):
    """The documents of some keys, without a score."""

    keys: frozenset[str]


@dataclass(frozen=True, slots=True)
class AnyOf(Sought):
    """What at least one part has; the scores add up."""

    parts: tuple[Sought, ...]


@dataclass(frozen=True, slots=True)
class BestOf(Sought):
    """What at least one part has; the highest score counts."""

    parts: tuple[Sought, ...]


@dataclass(frozen=True, slots=True)
class AllOf(Sought):
    """What all parts have; the scores add up."""

    parts: tuple[Sought, ...]


@dataclass(frozen=True, slots=True)
class MostOf(Sought):
    """What has as many parts as possible but one in three, and enough of what they tell.

    A part that few documents have tells more than a common one; `share` is the share of the most
    that any document has of it.
    """

    parts: tuple[Sought, ...]
    share: float


@dataclass(frozen=True, slots=True)
class Except(Sought):
    """What a set does not have, without a score."""

    part: Sought


@dataclass(frozen=True, slots=True)
class Plain(Sought):
    """A set without its scores."""

    part: Sought


@dataclass(frozen=True, slots=True)
class Weighed(Sought):
    """A set whose scores count so much."""

    part: Sought
    weight: float


@dataclass(frozen=True, slots=True)
class Within(Sought):
    """One set, with the scores that others give its documents, added up."""

    part: Sought
    scores: tuple[Sought, ...]


@dataclass(frozen=True, slots=True)
class Rare(Sought):
    """A set each of whose documents is scored by how few they are."""

    part: Sought


NOTHING = AnyOf(())


def any_known(parts: Iterable[Sought | None]) -> Sought | None:
    """What any part has, the scores added up; None when no part says anything."""
    known = tuple(part for part in parts if part is not None)
    return (known[0] if len(known) == 1 else AnyOf(known)) if known else None


def all_known(parts: Iterable[Sought | None], most: float = 1.0) -> Sought | None:
    """What all parts have, or below 1 most of them; parts that say nothing (None) are passed over.

    None when there is no other.
    """
    known = tuple(part for part in parts if part is not None)
    if len(known) < 2:
        return known[0] if known else None
    return AllOf(known) if most >= 1 else MostOf(known, most)
