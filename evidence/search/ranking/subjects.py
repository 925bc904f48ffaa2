"""What a search is about goes before what merely mentions it.

A concept has little to say by its rarity where a library is about it: of 650 references on nerves
that are frozen, half name freezing somewhere. So what was recorded of a study decides first: of the
condition, nerve and treatment that a search names, a study of all comes before a study of some,
however often others speak of them. Within that the words decide.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from evidence.search.index.documents import SUBJECTS
from evidence.search.index.matches import Matches
from evidence.search.index.schema import Scores
from evidence.search.index.statistics import IndexStatistics
from evidence.search.query import nodes

#: Concepts of a facet up to which a study is about each.
FEW = 2
#: Facets of which a study may have more than it is about.
_COUNTED = (*SUBJECTS, "population")


def subjects_of(node: nodes.Node) -> tuple[tuple[str, ...], ...]:
    """The concepts that a query names, each with others that the same words may mean."""
    return tuple(leaf.ids for leaf in nodes.leaves(node) if isinstance(leaf, nodes.Concepts))


class SubjectOrder:
    """The order of documents by what they are studies of. Safe to share between threads."""

    def __init__(self, statistics: IndexStatistics) -> None:
        self._statistics = statistics

    def by_subjects(
        self, asked: Iterable[tuple[str, ...]], matches: Matches, weight: float
    ) -> Matches:
        """Matches, with scores by which a study of more of the subjects asked for goes before.

        What is incomplete answers a little less well. With a `weight` below 1 words may outweigh
        subjects.
        """
        mask, scores = matches
        scores = scores * self._statistics.soundness
        shares = self.shares(asked)
        if shares is not None:
            scores = scores + shares * (weight * max(float(scores.max(initial=0.0)), 1.0))
            scores[~mask] = 0.0
        return Matches(mask, scores)

    def shares(self, asked: Iterable[tuple[str, ...]]) -> Scores | None:
        """How many of some subjects each document is a study of; None when there are none.

        Args:
            asked: concepts, each with others that the same words may mean.
        """
        statistics = self._statistics
        shares: Scores | None = None
        for ids in asked:
            known = [concept for concept in ids if concept in statistics.vocabulary]
            if not known:
                continue
            share = np.zeros(statistics.index.count)
            for concept in known:
                share = np.maximum(share, self._share(concept))
            shares = share if shares is None else shares + share
        return shares

    def _share(self, concept: str) -> Scores:
        """How much each document is a study of a concept."""
        statistics, fitted = self._statistics, self._statistics.parameters
        share = np.zeros(statistics.index.count)
        share[statistics.exact("comparator", concept)[0]] = fitted.mentioned
        share[statistics.exact("about", concept)[0]] = 1.0
        share *= self._focus(statistics.vocabulary[concept].facet)
        share[statistics.exact("titled", concept)[0]] += fitted.titled
        return share * statistics.subject_weight(concept)

    def _focus(self, facet: str) -> Scores | float:
        """How much the concepts of a facet are what each document is about, from 0 to 1.

        A review of ten conditions is less about each than a study of one.
        """
        if facet not in _COUNTED:
            return 1.0
        others = np.maximum(self._statistics.concepts_recorded(facet) - FEW, 0.0)
        return 1 / (1 + self._statistics.parameters.spread * others)
