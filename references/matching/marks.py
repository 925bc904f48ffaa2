"""How a record says that it may be the same work as another one, until a person decides."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from references.matching.compare import DOUBTFUL, SAME, Pair
from references.record import Reference, Relation

#: The field that names the records which may be the same work, separated by commas.
MARK = "possibleduplicate"
_MOST = 3  # more would hide what matters


def doubts(pairs: Iterable[Pair]) -> list[Pair]:
    """The pairs that a person has to look at, the surest first and no more than three."""
    return [pair for pair in pairs if pair.kind == DOUBTFUL][:_MOST]


def relation(pairs: Iterable[Pair]) -> Pair | None:
    """The surest pair of two publications that belong together without being one, if any."""
    return next((pair for pair in pairs if pair.kind not in (SAME, DOUBTFUL)), None)


def marked(reference: Reference, pairs: Sequence[Pair]) -> Reference:
    """The record with what it may be a duplicate of (`possibleduplicate`), and with what it is
    related to (`related`, with the kind of pair as the relation).

    `pairs` are those a `Matcher` found for it, the surest first.
    """
    extra = dict(reference.extra)
    if doubtful := doubts(pairs):
        extra[MARK] = ", ".join(pair.key_a for pair in doubtful)
    related = reference.related
    if (near := relation(pairs)) and near.key_a not in {one.key for one in related}:
        related = (*related, Relation(near.kind, near.key_a))
    if extra == reference.extra and related == reference.related:
        return reference
    return replace(reference, extra=extra, related=related)


def possible_duplicates(reference: Reference) -> tuple[str, ...]:
    """The keys of the records that may be the same work as this one; empty when none is marked."""
    return tuple(reference.extra.get(MARK, "").replace(",", " ").split())
