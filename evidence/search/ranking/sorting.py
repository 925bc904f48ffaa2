"""The orders of results: by relevance, age, level of evidence, directness; and their doubles.

None of the others is mixed into relevance: what fits the words best, what is best evidence
and what is evidence for just this are three questions, and the reader chooses.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from typing import TypeVar

import numpy as np

from evidence.claims.pico import PARTS
from evidence.search.index.matches import Mask
from evidence.search.index.schema import Ids, Scores
from evidence.search.index.statistics import IndexStatistics
from evidence.search.request import Sort

#: The parts of a claim in which evidence is called direct or indirect here, as in GRADE.
DIRECT_IN = ("population", "intervention")
#: Behind the five levels of the Oxford table: designs that it does not rank.
NOT_RANKED = 9
#: Of the score of an incomplete record that fits best: what a complete one needs to lead instead.
LEADS = 0.2


def best(documents: Ids, scores: Scores, count: int) -> Ids:
    """The `count` documents with the highest scores, ties by document number.

    `scores` are those of the documents, one by one.
    """
    if count <= 0:
        return documents[:0]
    if len(documents) > 4 * count:
        threshold = np.partition(scores, len(scores) - count)[len(scores) - count]
        if math.isfinite(threshold):
            kept = scores >= threshold
            documents, scores = documents[kept], scores[kept]
    return documents[np.lexsort((documents, -scores))[:count]]


Item = TypeVar("Item")


def together(items: Sequence[Item], repeated: Mapping[Item, Item]) -> list[Item]:
    """Items in order, each followed by those that are its work again."""
    ordered: list[Item] = []
    for item in items:
        if repeated.get(item) not in ordered:
            ordered.append(item)
            ordered += [other for other in items if repeated.get(other) == item]
    return ordered


class Orders:
    """The orders of the documents of one index. Safe to share between threads."""

    def __init__(self, statistics: IndexStatistics) -> None:
        self._statistics = statistics

    @cached_property
    def _levels(self) -> Ids:
        """The level of evidence of every document, as `evidence.appraisal.level` decides it."""
        index = self._statistics.index
        levels = np.full(index.count, NOT_RANKED)
        for number in index.terms("level"):
            levels[index.postings("level", number)[0]] = int(number)
        return levels

    def asked_of(self, concepts: Iterable[str]) -> dict[str, list[str]]:
        """The concepts, by the parts of a claim in which evidence is direct or not."""
        asked: dict[str, list[str]] = {}
        for concept in concepts:
            known = self._statistics.vocabulary.get(concept)
            if known is not None and (part := PARTS[known.facet]) in DIRECT_IN:
                asked.setdefault(part, []).append(concept)
        return asked

    def directness(self, concepts: Iterable[str]) -> Scores | None:
        """How direct every document is to concepts, from 0 to 2; None when they say nothing.

        For the population and for the intervention asked about, 1 for a study of one of their
        concepts or something narrower, half for one that mentions it.
        """
        statistics = self._statistics
        asked = self.asked_of(concepts)
        if not asked:
            return None
        total = np.zeros(statistics.index.count)
        for names in asked.values():
            share = np.zeros(statistics.index.count)
            for name in names:
                share[statistics.concept(name)[0]] = statistics.parameters.mentioned
            for name in names:
                share[statistics.exact("about", name)[0]] = 1.0
            total += share
        return total

    def first(
        self, mask: Mask, scores: Scores, sort: Sort, end: int, direct: Scores | None = None
    ) -> Ids:
        """The first `end` documents of a set, ties by document number.

        By level the newest come first within a level, then it goes by key, as on the pages of
        indications; in the other orders relevance breaks ties. `direct` is what `directness`
        says of what was asked; only that order needs it.
        """
        documents = np.flatnonzero(mask)
        by_relevance = sort == "relevance" or (sort == "directness" and direct is None)
        if by_relevance and scores.any():
            return best(documents, scores[documents], end)
        relevance = -scores[documents]
        years = -self._statistics.numbers("year")[documents]
        if sort == "level":
            return self._by_level(documents, years, end)
        if sort == "directness" and direct is not None:
            order = np.lexsort((documents, years, relevance, -direct[documents]))
        else:
            order = np.lexsort((documents, relevance, years))
        return documents[order[:end]]

    def complete_first(self, ordered: Ids, mask: Mask, scores: Scores) -> Ids:
        """An order by relevance that no incomplete record leads while a complete one answers.

        The best complete record of the set is taken to the front, if it fits well enough; the
        others stay in their order.
        """
        complete = np.zeros(self._statistics.index.count, dtype=bool)
        complete[self._statistics.exact("flag", "verified")[0]] = True
        if not len(ordered) or complete[ordered[0]]:
            return ordered
        among = np.flatnonzero(mask & complete)
        lead = best(among, scores[among], 1)
        if not len(lead) or scores[lead[0]] < LEADS * scores[ordered[0]]:
            return ordered
        return np.concatenate((lead, ordered[ordered != lead[0]]))[: len(ordered)]

    def _by_level(self, documents: Ids, years: Ids, end: int) -> Ids:
        """The first by level; keys are looked up only of those that may be among them."""
        ranks = self._levels[documents] * 10_000 + years  # years are negative, down to -9999
        if end <= 0:
            return documents[:0]
        if end < len(documents):
            kept = ranks <= np.partition(ranks, end - 1)[end - 1]
            documents, ranks = documents[kept], ranks[kept]
        keys = [self._statistics.card(number).key for number in documents.tolist()]
        order = sorted(range(len(documents)), key=lambda place: (ranks[place], keys[place]))
        return documents[order[:end]]

    # ---- works published more than once ----

    def repeated(self, ordered: Ids, start: int = 0) -> dict[int, int]:
        """Documents of an order from a place on that are a work named before, and that one.

        The order itself is left as it is: what fits best stays where it fits.
        """
        again: dict[int, int] = {}
        for place in range(start, len(ordered)):
            number = int(ordered[place])
            if work := self._statistics.card(number).work:
                before = ordered[:place]
                first = before[np.isin(before, self._statistics.exact("work", work)[0])][:1]
                if len(first):
                    again[number] = int(first[0])
        return again
