"""Filters and facets: what is chosen, and how many results each further choice would leave."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import NamedTuple

import numpy as np

from evidence.search.index.algebra import AnyOf, Between, Exact, Keyed, Plain, Sought
from evidence.search.index.documents import CONCEPT_FACETS
from evidence.search.index.matches import Mask
from evidence.search.index.schema import Ids
from evidence.search.index.statistics import IndexStatistics
from evidence.search.request import SearchRequest

Choices = dict[str, Sought]  # by facet, what has one of the chosen values


def choices(request: SearchRequest, filters: Mapping[str, tuple[str, ...]]) -> Choices:
    """For each facet with a choice, and for other limits, what remains.

    `filters` are those of the request, with concepts by their ids.
    """
    chosen: Choices = {
        name: AnyOf(tuple(_having(name, value, request) for value in values))
        for name, values in filters.items()
    }
    if request.years != (None, None):
        chosen["years"] = Between("year", *request.years)
    if request.verified:
        chosen["verified"] = _having("flag", "verified", request)
    return chosen


def _having(name: str, value: str, request: SearchRequest) -> Sought:
    """What has one value of a facet."""
    if name == "year":
        return Between("year", int(value), int(value))
    if name == "stance":
        return Keyed(frozenset(request.stances.get(value, ())))
    return Plain(Exact(name, value))


class _FacetValues(NamedTuple):
    """A facet: its values, and which document has which, as two parallel arrays."""

    values: list[str]
    documents: Ids
    numbers: Ids


class Facets:
    """The facets of one index. Safe to share between threads."""

    def __init__(self, statistics: IndexStatistics) -> None:
        self._statistics = statistics
        self._facet = lru_cache(maxsize=None)(self._read)

    def close(self) -> None:
        """Free what is kept."""
        self._facet.cache_clear()

    def counts(
        self, request: SearchRequest, mask: Mask, choices: Mapping[str, Mask]
    ) -> dict[str, dict[str, int]]:
        """The counts of each facet among what all choices but its own leave of a set."""
        counts = {}
        for name in request.facets:
            others = [chosen for facet, chosen in choices.items() if facet != name]
            counts[name] = self._count(
                name, np.logical_and.reduce([mask, *others]), request.stances
            )
        return counts

    def _count(
        self, name: str, mask: Mask, stances: Mapping[str, frozenset[str]]
    ) -> dict[str, int]:
        """How many documents of a set have each value, most frequent first; newest, of years."""
        if name == "stance":
            linked = {
                stance: int(mask[self._statistics.linked(keys)].sum())
                for stance, keys in stances.items()
            }
            pairs = sorted(linked.items(), key=lambda pair: -pair[1])
        elif name == "year":
            years, totals = np.unique(self._statistics.numbers("year")[mask], return_counts=True)
            numbered = zip(years.tolist(), totals.tolist(), strict=True)
            pairs = [(str(year), count) for year, count in reversed(list(numbered)) if year]
        else:
            facet = self._facet(name)
            chosen = facet.numbers[mask[facet.documents]]
            totals = np.bincount(chosen, minlength=len(facet.values))
            there = np.flatnonzero(totals)
            order = there[np.argsort(-totals[there], kind="stable")]
            named = map(facet.values.__getitem__, order.tolist())
            pairs = list(zip(named, totals[order].tolist(), strict=True))
        return {value: count for value, count in pairs if count}

    def _read(self, name: str) -> _FacetValues:
        index = self._statistics.index
        listed = f"{name}_own" if name in CONCEPT_FACETS else name
        values = index.terms(listed)
        documents = [index.postings(name, value)[0] for value in values]
        numbers = np.repeat(np.arange(len(values)), [len(ids) for ids in documents])
        empty = np.zeros(0, dtype=np.int64)
        return _FacetValues(values, np.concatenate([empty, *documents]), numbers)
