"""What is asked of a cluster for one search or claim: lists of candidates, best first.

The scores in the cluster only choose candidates; each list is long enough that what is shown first
is in it, and what the ranking here compares with, the best by words alone, has a list of its own.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from evidence.search.engine import SearchQuestion
from evidence.search.index.algebra import (
    AllOf,
    AnyOf,
    Beginning,
    BestOf,
    Except,
    InPlaces,
    Keyed,
    MostOf,
    Plain,
    Rare,
    Sought,
    Weighed,
    Within,
)
from evidence.search.index.documents import CONCEPT_FACETS
from evidence.search.index.schema import RANKED
from evidence.search.index.statistics import IndexStatistics
from evidence.search.opensearch.mapping import COLUMNS_ONLY, KEY, MEANING, ROW, SEQ
from evidence.search.opensearch.terms import (
    NONE,
    Query,
    all_of,
    any_of,
    constant,
    has,
    matching,
    scoring,
    shares,
    sound,
)
from evidence.search.ranking.sorting import Orders

#: Documents that are ranked here for one list: pages up to there are ordered by all that counts.
WINDOW = 500
#: Documents that are fetched beside twice those of the pages asked for.
_MORE = 30
#: Of the best by words alone; the first is what others are compared with.
_HEAD = 5
#: What a point of directness counts beside any relevance.
_DIRECT = 1000.0
_BY_SCORE = [{"_score": "desc"}, {SEQ: "asc"}]
_NEWEST = [{"year": "desc"}, {"_score": "desc"}, {SEQ: "asc"}]
_BY_LEVEL = [{"rank": "asc"}, {"year": "desc"}, {"key": "asc"}]
_YEARS = 4000
_VALUES = 20_000


def _part(question: SearchQuestion) -> tuple[int, int]:
    """From where a list of a search is fetched, and how much: its pages from the first on.

    The order there is the one here but for the last digits of scores, so that twice as many hold
    the first pages. By directness, years break ties here.
    """
    if question.end > WINDOW:
        return question.start, question.end - question.start
    if question.plan.request.sort == "directness":
        return 0, WINDOW
    return 0, min(WINDOW, 2 * question.end + _MORE)


def placed_in(sought: Sought | None) -> Iterator[Sought]:
    """The parts that only the cluster can tell of a document: places and beginnings of words."""
    match sought:
        case InPlaces() | Beginning():
            yield sought
        case AnyOf(parts) | BestOf(parts) | AllOf(parts) | MostOf(parts):
            for part in parts:
                yield from placed_in(part)
        case Within(part, scores):
            for one in (part, *scores):
                yield from placed_in(one)
        case Except(part) | Plain(part) | Weighed(part) | Rare(part):
            yield from placed_in(part)


@dataclass(slots=True)
class Lists:
    """Makes the lists of one search: `names` are those of the parts that the cluster tells."""

    statistics: IndexStatistics
    names: Mapping[Sought, str] = field(default_factory=dict)
    with_meaning: bool = False  # whether each document brings its vector

    def body(self, query: Query, size: int, sort: Any = None, start: int = 0, **more: Any) -> Query:
        """One list, with the row of each document, and which of the named parts it has."""
        told = [
            {"constant_score": {"filter": matching(one, self.statistics), "boost": 0.0, "_name": n}}
            for one, n in self.names.items()
        ]
        return {
            "query": {"bool": {"must": [query], "should": told}} if told else query,
            "from": start,
            "size": size,
            "sort": sort or _BY_SCORE,
            "docvalue_fields": [KEY, SEQ, ROW, *([MEANING] if self.with_meaning else [])],
            **COLUMNS_ONLY,
            "track_total_hits": False,
            **more,
        }

    # ---- searches ----

    def by_words(self, question: SearchQuestion) -> Query:
        """What is wanted, scored by its words and concepts alone."""
        sought = question.wanted.sought
        return NONE if sought is None else sound(scoring(sought, self.statistics), self.statistics)

    def offered(self, question: SearchQuestion) -> Query:
        """The words of a query that names works, of which a document need not have all."""
        words = [scoring(one, self.statistics) for one in question.wanted.offered]
        return sound(any_of(words), self.statistics)

    def by_subjects(self, question: SearchQuestion, best: float, most_others: int) -> Query:
        """The same with what studies are about; `best` is the best score by words."""
        wanted, words = question.wanted, self.by_words(question)
        weight = wanted.about * max(best, 1.0)
        about = shares(wanted.asked, self.statistics, weight, most_others)
        return {"bool": {"must": [words], "should": about}} if about else words

    def named_first(self, question: SearchQuestion, query: Query, step: float) -> Query:
        """What is named before the rest, the surest first, in the order of what is offered."""
        works = [matching(one, self.statistics) for one in question.wanted.works]
        ways = [{"bool": {"must": [query], "must_not": works}}]
        for place, work in enumerate(works):
            first = constant(work, step * (len(works) - place))
            ways.append({"bool": {"must": [first], "must_not": works[:place]}})
        offered = self.offered(question)
        ways.append({"bool": {"filter": [any_of(works)], "should": [offered]}})
        return any_of(ways)

    def main(self, question: SearchQuestion, query: Query, *, by_score: bool) -> Query:
        """The list of a search, with all that is counted of it; its pages are in it."""
        statistics, request = self.statistics, question.plan.request
        sort: Any = _BY_SCORE if by_score else _NEWEST
        if request.sort == "newest":
            sort = _NEWEST
        elif request.sort == "level":
            sort = _BY_LEVEL
        elif request.sort == "directness":
            bonus = self._directness(question)
            if bonus:
                query, sort = {"bool": {"must": [query], "should": bonus}}, _BY_SCORE
        chosen = {name: matching(one, statistics) for name, one in question.chosen.items()}
        start, size = _part(question)
        body = self.body(query, size, sort, start, aggs=self._counts(question, chosen))
        if chosen:
            body["post_filter"] = all_of(chosen.values())
        return body | {"track_total_hits": True}

    def lead(self, question: SearchQuestion, query: Query) -> Query:
        """The best complete record of what is chosen."""
        chosen = [matching(one, self.statistics) for one in question.chosen.values()]
        complete = {"bool": {"must": [query], "filter": [has("flag", "verified"), *chosen]}}
        return self.body(complete, 1)

    def _directness(self, question: SearchQuestion) -> list[Query]:
        asked = Orders(self.statistics).asked_of(question.reading.subjects)
        mentioned = self.statistics.parameters.mentioned
        return [
            {
                "dis_max": {
                    "queries": [
                        constant(has(name, concept), _DIRECT * share)
                        for concept in names
                        for name, share in (("about", 1.0), ("concept", mentioned))
                    ]
                }
            }
            for names in asked.values()
        ]

    def _counts(self, question: SearchQuestion, chosen: Mapping[str, Query]) -> Query:
        """How many match, and for each facet what its values leave beside the other choices."""
        request = question.plan.request
        counts: Query = {"found": {"filter": {"match_all": {}}}}
        for name in request.facets:
            others = all_of(one for facet, one in chosen.items() if facet != name)
            inside: Query = {"terms": {"field": name, "size": _VALUES}}
            if name == "year":
                inside = {"terms": {"field": name, "size": _YEARS, "order": {"_key": "desc"}}}
            if name == "stance":
                kept = {s: Keyed(keys) for s, keys in request.stances.items()}
                each = {s: matching(one, self.statistics) for s, one in kept.items()}
                if not each:
                    continue
                inside = {"filters": {"filters": each}}
            counts[f"facet {name}"] = {"filter": others, "aggs": {"values": inside}}
        return counts

    # ---- claims ----

    def of_claim(self, sought: Sought) -> Query:
        """The best for a claim by its words and concepts."""
        return self.body(scoring(sought, self.statistics), WINDOW)

    def keyed(self, keys: Sequence[str]) -> Query:
        """The documents of some keys."""
        return self.body(matching(Keyed(frozenset(keys)), self.statistics), len(keys))

    def of_subjects(
        self,
        sought: Sought,
        subjects: Iterable[str],
        title: Iterable[str],
        best: float,
        most_others: int,
    ) -> Query:
        """The best for a claim of what is about the subjects of its page.

        With `title` only what has one of these stems, too; without subjects, whatever has one.
        """
        asked = [(one,) for one in subjects]
        weight = self.statistics.parameters.about * best / max(1, len(asked))
        named = [has("concept", one) for (one,) in asked]
        titled = [has(RANKED, stem) for stem in title]
        wanted = [any_of(queries) for queries in (named, titled) if queries]
        about = shares(asked, self.statistics, weight, most_others)
        words = scoring(sought, self.statistics)
        return self.body({"bool": {"filter": wanted, "should": [words, *about]}}, WINDOW)

    def first_of(self, name: str, term: str, size: int) -> Query:
        """The first documents of the library with a term."""
        return self.body(constant(has(name, term), 0.0), size, [{SEQ: "asc"}])

    def head(self, query: Query, size: int = _HEAD) -> Query:
        """The first of a list."""
        return self.body(query, size)


def counts_in(
    answer: Any, question: SearchQuestion, statistics: IndexStatistics
) -> dict[str, dict[str, int]]:
    """The counts of each facet, as `ranking.facets` has them."""
    counts: dict[str, dict[str, int]] = {}
    for name in question.plan.request.facets:
        buckets: Any = answer["aggregations"].get(f"facet {name}", {"values": {"buckets": {}}})
        buckets = buckets["values"]["buckets"]
        if name == "stance":
            pairs = [(stance, int(buckets[stance]["doc_count"])) for stance in buckets]
            known = list(question.plan.request.stances)
            pairs.sort(key=lambda pair: (-pair[1], known.index(pair[0])))
        elif name == "year":
            pairs = [(str(one["key"]), one["doc_count"]) for one in buckets if one["key"]]
        else:
            own = f"{name}_own" if name in CONCEPT_FACETS else name
            told = {str(one["key"]): int(one["doc_count"]) for one in buckets}
            pairs = [(value, told.get(value, 0)) for value in statistics.values(own)]
            pairs.sort(key=lambda pair: (-pair[1], pair[0]))
        counts[name] = {value: count for value, count in pairs if count}
    return counts
