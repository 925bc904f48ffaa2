"""How a record says that it may be the same work as another one, until a person decides."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from references.dedupe.compare import DOUBTFUL, SAME, Pair
from references.record import Reference

#: The field that names the records which may be the same work, separated by commas.
MARK = "possibleduplicate"
_MOST = 3  # records that one is marked with


def marked(reference: Reference, pairs: Iterable[Pair]) -> Reference:
    """The record with what it may be a duplicate of (`possibleduplicate`), and with what it is
    related to (`related`, `relatedtype`, as BibLaTeX names them).

    `pairs` are those a `Matcher` found for it, the surest first.
    """
    pairs = list(pairs)
    doubts = [pair.key_a for pair in pairs if pair.kind == DOUBTFUL][:_MOST]
    relation = next((pair for pair in pairs if pair.kind not in (SAME, DOUBTFUL)), None)
    extra = dict(reference.extra)
    if doubts:
        extra[MARK] = ", ".join(doubts)
    if relation:
        extra = {"related": relation.key_a, "relatedtype": relation.kind, **extra}
    return replace(reference, extra=extra) if extra != reference.extra else reference


def possible_duplicates(reference: Reference) -> tuple[str, ...]:
    """The keys of the records that may be the same work as this one; empty when none is marked."""
    return tuple(key for key in reference.extra.get(MARK, "").replace(",", " ").split() if key)
