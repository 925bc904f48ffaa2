"""What the best references have in common, asked for as well (pseudo-relevance feedback).

A claim seldom names everything that the studies behind it are about. What the references that
fit best were done in and how says what is missing, whatever the language: each reference near
the top is compared with their common profile (Rocchio, 1971, with concepts for terms).

Only what people recorded of a study takes part (indication, population, nerve, guidance,
design), not what its words happen to mention: with the latter, collections without such
records ranked worse (docs/search.md). Only the head of a ranking is reordered, so a large
index costs no more than a small one.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from evidence.search.index.schema import Ids, Scores
from evidence.search.index.statistics import IndexStatistics

#: Facets whose concepts make a profile. What was tested is not among them: where half of a
#: library is about one treatment, it drowned the rest (docs/search.md).
_FACETS = ("indication", "nerve", "population", "guidance", "design")


@dataclass(frozen=True, slots=True)
class _Table:
    """The concepts of every document: row n is `begins[n]:begins[n + 1]`, of length 1."""

    terms: tuple[tuple[str, str], ...]  # facet and concept, by number
    begins: Ids
    concepts: Ids
    values: Scores

    def rows(self, documents: Ids) -> tuple[Ids, Ids, Scores]:
        """For each concept of each document: whose it is (by place), which, how strong."""
        starts, sizes = self.begins[documents], np.diff(self.begins)[documents]
        place = np.repeat(np.arange(len(documents)), sizes)
        ends = np.cumsum(sizes)
        at = np.arange(len(place)) - np.repeat(ends - sizes, sizes) + np.repeat(starts, sizes)
        return place, self.concepts[at], self.values[at]


class Feedback:
    """Likeness of references to those that fit a claim best. Safe to share between threads."""

    def __init__(self, statistics: IndexStatistics) -> None:
        self._statistics = statistics

    @cached_property
    def _table(self) -> _Table:
        """Made from the facets when first asked for; narrower concepts count as broader ones."""
        terms = [(name, term) for name in _FACETS for term in self._statistics.index.terms(name)]
        lists = [self._statistics.exact(name, term) for name, term in terms]
        documents = np.concatenate([np.zeros(0, dtype=np.int64), *(ids for ids, _ in lists)])
        values = np.concatenate([np.zeros(0), *(gains for _, gains in lists)])
        concepts = np.repeat(np.arange(len(terms)), [len(ids) for ids, _ in lists])
        count = self._statistics.index.count
        lengths = np.sqrt(np.bincount(documents, values**2, minlength=count))
        order = np.argsort(documents, kind="stable")
        documents = documents[order]
        begins = np.searchsorted(documents, np.arange(count + 1))
        return _Table(tuple(terms), begins, concepts[order], values[order] / lengths[documents])

    def profile(self, best: Ids, scores: Scores) -> Scores | None:
        """The strongest common concepts of the best documents, by number; None without any.

        Documents are given best first, with their scores; only the first few count.
        """
        table = self._table
        count = self._statistics.parameters.best
        best, scores = best[:count], scores[:count]
        place, concepts, values = table.rows(best)
        if not len(concepts):
            return None
        shares = scores / scores.sum()
        profile: Scores = np.bincount(
            concepts, values * shares[place], minlength=len(table.terms)
        ).astype(np.float64)
        kept = self._statistics.parameters.profile
        if len(profile) > kept:
            profile[np.argpartition(-profile, kept)[kept:]] = 0.0
        return profile

    def fillings(self, size: int, profile: Scores) -> Iterator[tuple[tuple[str, str], int]]:
        """Of which concepts the first documents fill a head of this size, and how many of each."""
        fitted = self._statistics.parameters
        missing = fitted.head - size
        for concept in np.argsort(-profile, kind="stable")[: fitted.profile].tolist():
            if missing <= 0 or not profile[concept]:
                return
            yield (term := self._table.terms[concept]), missing + size
            missing -= max(0, self._statistics.frequency(*term) - size)

    def gains(self, head: Ids, scores: Scores, profile: Scores | None) -> tuple[Ids, Scores]:
        """What to add to the scores of which documents.

        `head` are the documents that fit best and `scores` theirs, best first and above 0;
        `profile` is what the best of them have in common. A short head is filled with
        documents about what that is most.
        """
        if profile is None:
            return head, np.zeros(len(head))
        fitted = self._statistics.parameters
        for concept in np.argsort(-profile, kind="stable")[: fitted.profile].tolist():
            if len(head) >= fitted.head or not profile[concept]:
                break
            others = np.setdiff1d(self._statistics.exact(*self._table.terms[concept])[0], head)
            head = np.concatenate((head, others[: fitted.head - len(head)]))
        place, concepts, values = self._table.rows(head)
        likeness = np.bincount(place, values * profile[concepts], minlength=len(head))
        share = fitted.feedback * float(scores[0]) / (float(likeness.max()) or 1.0)
        return head, (likeness * share).astype(np.float64)

    def shared(
        self, profile: Scores | None, documents: Sequence[int]
    ) -> list[tuple[str, float] | None]:
        """The concept that each document shares most with a profile, and how much."""
        shared: list[tuple[str, float] | None] = [None] * len(documents)
        if profile is None:
            return shared
        place, concepts, values = self._table.rows(np.array(documents, dtype=np.int64))
        likeness = values * profile[concepts]
        for at in np.argsort(likeness, kind="stable").tolist():  # the strongest comes last
            if likeness[at] > 0:
                _, concept = self._table.terms[int(concepts[at])]
                shared[int(place[at])] = (concept, float(likeness[at]))
        return shared
