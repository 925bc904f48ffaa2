"""Documents that match something, and their scores: how such sets are put together.

Every search is answered exhaustively: each posting of each term is added up, term at a time, so
the best ten are the best ten (Whoosh's limited search can lose some).
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from evidence.search.index.schema import Ids, Scores

Mask = npt.NDArray[np.bool_]


class Matches(NamedTuple):
    """For every document whether it matches, and its score: 0 where it does not."""

    mask: Mask
    scores: Scores


def no_matches(count: int) -> Matches:
    """No match in an index of `count` documents."""
    return Matches(np.zeros(count, dtype=bool), np.zeros(count))


def without_score(mask: Mask) -> Matches:
    """Documents that match without being the better for it."""
    return Matches(mask, np.zeros(len(mask)))


def most_had(items: Sequence[Matches], told: Sequence[float]) -> tuple[int, float]:
    """The most items that any document has, and the most that those of one tell together."""
    return int(_counts(items).max(initial=0)), float(_covered(items, told).max(initial=0.0))


def _counts(items: Sequence[Matches]) -> Ids:
    counts: Ids = np.sum([item.mask for item in items], axis=0)
    return counts


def _covered(items: Sequence[Matches], told: Sequence[float]) -> Scores:
    pairs = zip(items, told, strict=True)
    covered: Scores = np.sum([rarity * item.mask for item, rarity in pairs], axis=0)
    return covered


def most_of(
    items: Sequence[Matches], told: Sequence[float], share: float, most: tuple[int, float]
) -> Matches:
    """What has as many items as possible but one in three, and enough of what they tell.

    Args:
        items: what is wanted.
        told: how much each item tells.
        share: of the most that any document is told, what is enough.
        most: what `most_had` says of all documents.
    """
    fullest, covered = most
    mask = (_counts(items) >= fewest_of(fullest)) & (_covered(items, told) >= share * covered)
    scores = reduce(np.add, [item.scores for item in items])
    scores[~mask] = 0.0
    return Matches(mask, scores)


def fewest_of(fullest: int) -> int:
    """How many items are enough, where the fullest document has so many."""
    return max(1, fullest - max(1, fullest // 3))
