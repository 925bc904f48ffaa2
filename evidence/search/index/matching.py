"""What an index here has of what is sought, as arrays over its documents.

Every search is answered exhaustively: each posting of each term is added up, term at a time, so
the best ten are the best ten (Whoosh's limited search can lose some).
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import reduce
from typing import Protocol

import numpy as np

from evidence.search.index.algebra import (
    AllOf,
    AllThere,
    AnyOf,
    Beginning,
    BestOf,
    Between,
    Exact,
    Except,
    InConcept,
    InPlaces,
    Keyed,
    MostOf,
    Plain,
    Rare,
    Sought,
    Stem,
    TitledIn,
    Weighed,
    Within,
)
from evidence.search.index.bm25 import idf
from evidence.search.index.matches import Mask, Matches, most_of, no_matches, without_score
from evidence.search.index.schema import Ids, Scores


class SoughtDocuments(Protocol):
    """Documents as arrays, with what the whole index says of terms: see `statistics`."""

    @property
    def live(self) -> Mask: ...
    @property
    def total(self) -> int: ...
    def how_many(self, sought: Sought) -> int: ...
    def told(self, sought: MostOf) -> list[float]: ...
    def most_had(self, sought: MostOf) -> tuple[int, float]: ...
    def term(self, stem: str) -> tuple[Ids, Scores]: ...
    def exact(self, name: str, term: str) -> tuple[Ids, Scores]: ...
    def concept(self, concept: str) -> tuple[Ids, Scores]: ...
    def numbers(self, name: str) -> Ids: ...
    def in_places(self, sought: InPlaces) -> Mask: ...
    def begins(self, sought: Beginning) -> Mask: ...
    def titled_in(self, language: str) -> Ids: ...
    def linked(self, keys: Iterable[str]) -> Ids: ...


def matches_of(statistics: SoughtDocuments, sought: Sought) -> Matches:
    """Which documents match, and their scores: 0 where they do not."""
    match sought:
        case Stem() | Exact() | InConcept():
            return _of_postings(statistics, [postings_of(statistics, sought)])
        case AnyOf(parts):
            return _any_of(statistics, parts)
        case BestOf(parts):
            return _best_of(statistics, parts)
        case AllOf(parts):
            found = [matches_of(statistics, part) for part in parts]
            mask = reduce(np.logical_and, [one.mask for one in found])
            return _within(mask, reduce(np.add, [one.scores for one in found]))
        case MostOf(parts, share):
            items = [matches_of(statistics, part) for part in parts]
            return most_of(items, statistics.told(sought), share, statistics.most_had(sought))
        case Within(part, scores):
            mask = matches_of(statistics, part).mask
            return _within(mask, _any_of(statistics, scores).scores)
        case Weighed(part, weight):
            mask, gains = matches_of(statistics, part)
            return Matches(mask, gains * weight)
        case Rare(part):
            mask = matches_of(statistics, part).mask
            rarity = idf(statistics.how_many(part), statistics.total)
            return Matches(mask, np.where(mask, rarity, 0.0))
        case Beginning():
            return matches_of(statistics, Rare(Plain(sought)))
    return without_score(_mask_of(statistics, sought))


def _mask_of(statistics: SoughtDocuments, sought: Sought) -> Mask:
    """Which documents match what has no scores."""
    live = statistics.live
    match sought:
        case AllThere():
            return live.copy()
        case Plain(Beginning() as beginning):
            return statistics.begins(beginning)
        case Plain(part):
            return matches_of(statistics, part).mask
        case Except(part):
            return live & ~matches_of(statistics, part).mask
        case Between(name, low, high):
            values = statistics.numbers(name)
            mask = live & (values > 0)
            if low is not None:
                mask &= values >= low
            if high is not None:
                mask &= values <= high
            return mask
        case InPlaces():
            return statistics.in_places(sought)
        case TitledIn(language):
            return _marked(len(live), statistics.titled_in(language))
        case Keyed(keys):
            return _marked(len(live), statistics.linked(keys))
    raise TypeError(f"not in the algebra: {sought!r}")


def postings_of(statistics: SoughtDocuments, sought: Sought) -> tuple[Ids, Scores]:
    """The documents of a term with their scores."""
    match sought:
        case Stem(stem):
            return statistics.term(stem)
        case Exact(name, term):
            return statistics.exact(name, term)
        case InConcept(concept):
            return statistics.concept(concept)
        case Weighed(part, weight):
            ids, gains = postings_of(statistics, part)
            return ids, gains * weight
    mask, scores = matches_of(statistics, sought)
    ids = np.flatnonzero(mask)
    return ids, scores[ids]


def _of_postings(statistics: SoughtDocuments, postings: list[tuple[Ids, Scores]]) -> Matches:
    matches = no_matches(len(statistics.live))
    for ids, gains in postings:
        matches.mask[ids] = True
        matches.scores[ids] += gains
    return matches


def _any_of(statistics: SoughtDocuments, parts: tuple[Sought, ...]) -> Matches:
    return _of_postings(statistics, [postings_of(statistics, part) for part in parts])


def _best_of(statistics: SoughtDocuments, parts: tuple[Sought, ...]) -> Matches:
    mask, scores = no_matches(len(statistics.live))
    for ids, gains in (postings_of(statistics, part) for part in parts):
        mask[ids] = True
        scores[ids] = np.maximum(scores[ids], gains)
    return Matches(mask, scores)


def _within(mask: Mask, scores: Scores) -> Matches:
    scores[~mask] = 0.0
    return Matches(mask, scores)


def _marked(count: int, ids: Ids) -> Mask:
    mask = np.zeros(count, dtype=bool)
    mask[ids] = True
    return mask
