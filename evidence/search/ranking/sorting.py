"""The orders of results: by relevance, age, level of evidence, directness; and their doubles.

None of the others is mixed into relevance: what fits the words best, what is best evidence
and what is evidence for just this are three questions, and the reader chooses.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import TypeVar

import numpy as np
import numpy.typing as npt

from evidence.search.index.documents import CONCEPT_FACETS
from evidence.search.query import parse as q
from evidence.search.ranking.statistics import IndexStatistics
from evidence.search.request import Sort

Mask = npt.NDArray[np.bool_]
Scores = npt.NDArray[np.float64]
Ids = npt.NDArray[np.int64]

#: Order of the designs when sorting by level of evidence, after OCEBM 2011 (therapy):
#: 1 systematic reviews, 2 randomised trials, 3 controlled cohorts, 4 case series and
#: case-control studies, 5 mechanism and opinion. Guidelines, which OCEBM does not rank,
#: follow the reviews they rest on.
LEVELS = {
    "systematic-review": 1.0,
    "meta-analysis": 1.0,
    "guideline": 1.5,
    "rct": 2.0,
    "nonrandomised-trial": 3.0,
    "cohort-prospective": 3.0,
    "cohort-retrospective": 3.5,
    "case-control": 4.0,
    "cross-sectional": 4.0,
    "case-series": 4.0,
    "case-report": 4.5,
    "narrative-review": 5.0,
    "cadaver": 5.2,
    "animal": 5.2,
    "laboratory": 5.2,
    "technical-note": 5.4,
    "protocol": 5.6,
    "editorial": 5.6,
    "other": 6.0,
}
UNKNOWN_LEVEL = 6.5

#: What a claim says about: the facets of its concepts by the question they answer.
ASPECTS = {
    "indication": "population",
    "population": "population",
    "nerve": "population",
    "anatomy": "population",
    "intervention": "intervention",
    "guidance": "intervention",
    "outcome": "outcome",
    "design": "design",
}
#: The aspects in which evidence is called direct or indirect here, as in GRADE.
DIRECT_IN = ("population", "intervention")
#: What a study counts that mentions a concept without being about it.
MENTIONED = 0.5


def best(found: Ids, scores: Scores, count: int) -> Ids:
    """The `count` documents with the highest scores, ties by document number."""
    if count <= 0:
        return found[:0]
    if len(found) > 4 * count:
        threshold = np.partition(scores, len(scores) - count)[len(scores) - count]
        if math.isfinite(threshold):
            kept = scores >= threshold
            found, scores = found[kept], scores[kept]
    return found[np.lexsort((found, -scores))[:count]]


def subjects(node: q.Node) -> tuple[str, ...]:
    """The concepts a query asks for, as words or as fields; none that it excludes."""
    match node:
        case q.Concepts(ids, _):
            return ids
        case q.Field(name, text) if name in CONCEPT_FACETS or name == "concept":
            return (text,)
        case q.And(parts) | q.Or(parts):
            return tuple(dict.fromkeys(c for part in parts for c in subjects(part)))
    return ()


Item = TypeVar("Item")


def together(items: Sequence[Item], repeated: Mapping[Item, Item]) -> list[Item]:
    """Items in order, each followed by those that are its work again."""
    found: list[Item] = []
    for item in items:
        if repeated.get(item) not in found:
            found.append(item)
            found += [other for other in items if repeated.get(other) == item]
    return found


class Orders:
    """The orders of the documents of one index. Safe to share between threads."""

    def __init__(self, lookup: IndexStatistics) -> None:
        self._lookup = lookup
        self._levels: Scores | None = None

    def levels(self) -> Scores:
        """The level of evidence of every document, 1 the best."""
        if self._levels is None:
            index = self._lookup.index
            levels = np.full(index.count, UNKNOWN_LEVEL)
            for design in index.terms("design_own"):
                ids, _ = index.postings("design_own", design)
                levels[ids] = LEVELS.get(design, UNKNOWN_LEVEL)
            self._levels = levels
        return self._levels

    def directness(self, concepts: Iterable[str]) -> Scores | None:
        """How direct every document is to concepts, from 0 to 2; None when they say nothing.

        For the population and for the intervention asked about, 1 for a study of one of their
        concepts or something narrower, half for one that mentions it.
        """
        vocabulary = self._lookup.vocabulary
        asked: dict[str, list[str]] = {}
        for concept in concepts:
            aspect = ASPECTS.get(vocabulary[concept].facet, "") if concept in vocabulary else ""
            if aspect in DIRECT_IN:
                asked.setdefault(aspect, []).append(concept)
        if not asked:
            return None
        total = np.zeros(self._lookup.index.count)
        for names in asked.values():
            share = np.zeros(self._lookup.index.count)
            for name in names:
                mentioned, _ = self._lookup.concept(name)
                share[mentioned] = np.maximum(share[mentioned], MENTIONED)
            for name in names:
                share[self._lookup.exact("about", name)[0]] = 1.0
            total += share
        return total

    def first(
        self, mask: Mask, scores: Scores, sort: Sort, end: int, direct: Scores | None = None
    ) -> Ids:
        """The first `end` documents of a set, ties by relevance and document number.

        `direct` is what `directness` says of what was asked; only that order needs it.
        """
        found = np.flatnonzero(mask)
        by_relevance = sort == "relevance" or (sort == "directness" and direct is None)
        if by_relevance and scores.any():
            return best(found, scores[found], end)
        relevance = -scores[found]
        years = -self._lookup.numbers("year")[found]
        if sort == "level":
            order = np.lexsort((found, years, relevance, self.levels()[found]))
        elif sort == "directness" and direct is not None:
            order = np.lexsort((found, years, relevance, -direct[found]))
        else:
            order = np.lexsort((found, relevance, years))
        return found[order[:end]]

    # ---- works published more than once ----

    def doubles(self, number: int) -> Ids:
        """The documents with the title of one, itself among them; empty when it has none."""
        work = self._lookup.card(number).work
        return self._lookup.exact("work", work)[0] if work else np.zeros(0, dtype=np.int64)

    def repeated(self, ordered: Ids, start: int = 0) -> dict[int, int]:
        """Documents of an order from a place on that are a work named before, and that one.

        The order itself is left as it is: what fits best stays where it fits.
        """
        found: dict[int, int] = {}
        for place in range(start, len(ordered)):
            number = int(ordered[place])
            doubles = self.doubles(number)
            if len(doubles) > 1:
                before = ordered[:place]
                first = before[np.isin(before, doubles)][:1]
                if len(first):
                    found[number] = int(first[0])
        return found
