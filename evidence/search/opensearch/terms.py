"""What is sought, as a cluster is asked for it: the algebra in OpenSearch's query language.

Two forms of each: what matches, and the same with scores that order candidates as the ranking here
does. What a score needs to know of the whole index, it asks the statistics.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from evidence.search.index import bm25
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
from evidence.search.index.documents import SUBJECTS
from evidence.search.index.matches import fewest_of
from evidence.search.index.schema import EXACT, RANKED, TITLE
from evidence.search.index.statistics import IndexStatistics
from evidence.search.opensearch.mapping import (
    FILLER,
    LONGEST,
    OTHERS,
    PLACES,
    TITLE_LANGUAGE,
    WORDS,
)

Query = dict[str, Any]
ALL: Query = {"match_all": {}}
NONE: Query = {"match_none": {}}
#: A score that was added up in four bytes may be off by this share.
_ROUNDING = 1e-5


def field_of(name: str) -> str:
    """The field of a cluster that has the terms of a field here."""
    return WORDS if name == EXACT else name


def term_of(name: str, term: str) -> str:
    """A term as a field has it: those of running text are cut."""
    return term[:LONGEST] if name in (RANKED, EXACT, TITLE, "concept") else term


def has(name: str, term: str) -> Query:
    """What has a term in a field."""
    return {"term": {field_of(name): {"value": term_of(name, term)}}}


def constant(query: Query, score: float) -> Query:
    """The same with one score for all."""
    return {"constant_score": {"filter": query, "boost": score}}


def any_of(queries: Sequence[Query]) -> Query:
    """What any query has, the scores added up."""
    if not queries:
        return NONE
    return queries[0] if len(queries) == 1 else {"bool": {"should": list(queries)}}


def all_of(queries: Iterable[Query]) -> Query:
    """What all have, without a score."""
    return {"bool": {"filter": list(queries)}}


def boosted(query: Query, weight: float) -> Query:
    """The same with scores that count so much."""
    return query if weight == 1.0 else {"bool": {"must": [query], "boost": weight}}


def matching(sought: Sought, statistics: IndexStatistics) -> Query:
    """What matches, whatever its score."""
    match sought:
        case AllThere():
            return ALL
        case Stem(stem):
            return has(RANKED, stem)
        case Exact(name, term):
            return has(name, term)
        case InConcept(concept):
            return has("concept", concept)
        case Between(name, low, high):
            bounds = {"gte": max(1, low or 1)} | ({} if high is None else {"lte": high})
            return {"range": {name: bounds}}
        case InPlaces(words, language):
            return _in_places(words, language)
        case Beginning(name, text):
            return {"prefix": {field_of(name): {"value": text}}}
        case TitledIn(language):
            return has(TITLE_LANGUAGE, language)
        case Keyed(keys):
            return {"terms": {"key": sorted(keys)}}
        case AnyOf(parts) | BestOf(parts):
            return any_of([matching(part, statistics) for part in parts])
        case AllOf(parts):
            return all_of(matching(part, statistics) for part in parts)
        case MostOf():
            return _most_of(sought, statistics)
        case Except(part):
            return {"bool": {"must_not": [matching(part, statistics)]}}
        case Plain(part) | Weighed(part) | Rare(part) | Within(part):
            return matching(part, statistics)
    raise TypeError(f"not in the algebra: {sought!r}")


def scoring(sought: Sought, statistics: IndexStatistics) -> Query:
    """What matches, with its score."""
    fitted = statistics.parameters
    match sought:
        case Stem(stem):
            return {"term": {RANKED: {"value": term_of(RANKED, stem), "boost": fitted.k1 + 1}}}
        case InConcept(concept):
            boost = fitted.concept_boost * (1 + fitted.concept_k)
            return {"term": {"concept": {"value": term_of("concept", concept), "boost": boost}}}
        case Exact(name, term):
            rarity = bm25.idf(statistics.frequency(name, term), statistics.total)
            return constant(has(name, term), rarity)
        case Beginning() | Rare():
            rarity = bm25.idf(statistics.how_many(sought), statistics.total)
            return constant(matching(sought, statistics), rarity)
        case AnyOf(parts):
            return any_of([scoring(part, statistics) for part in parts])
        case BestOf(parts):
            queries = [scoring(part, statistics) for part in parts]
            return {"dis_max": {"queries": queries}} if len(queries) > 1 else any_of(queries)
        case AllOf(parts):
            return {"bool": {"must": [scoring(part, statistics) for part in parts]}}
        case MostOf(parts):
            scores = [scoring(part, statistics) for part in parts]
            return {"bool": {"filter": [matching(sought, statistics)], "should": scores}}
        case Within(part, parts):
            scores = [scoring(one, statistics) for one in parts]
            return {"bool": {"filter": [matching(part, statistics)], "should": scores}}
        case Weighed(part, weight):
            return boosted(scoring(part, statistics), weight)
    return constant(matching(sought, statistics), 0.0)


def _in_places(words: tuple[tuple[int, str], ...], language: str) -> Query:
    """Where words stand at their distances; a second word of one place stands somewhere else."""
    first: dict[int, str] = {}
    beside = []
    for offset, word in words:
        if first.setdefault(offset, word) != word:
            beside.append(has(EXACT, word))
    begin, end = min(first), max(first)
    text = " ".join(first.get(at, FILLER)[:LONGEST] for at in range(begin, end + 1))
    fields = [PLACES[language]] if language else list(PLACES.values())
    phrase = any_of([{"match_phrase": {field: {"query": text}}} for field in fields])
    return all_of([phrase, *beside]) if beside else phrase


def _most_of(sought: MostOf, statistics: IndexStatistics) -> Query:
    """What has enough of the parts, and enough of what they tell."""
    fullest, covered = statistics.most_had(sought)
    least = sought.share * covered * (1 - _ROUNDING)
    return all_of(
        [
            {
                "bool": {
                    "should": [matching(part, statistics) for part in sought.parts],
                    "minimum_should_match": fewest_of(fullest),
                }
            },
            {"function_score": {"query": told_by(sought, statistics), "min_score": least}},
        ]
    )


def told_by(sought: MostOf, statistics: IndexStatistics) -> Query:
    """What any of the parts has, scored by what those it has tell together."""
    pairs = zip(sought.parts, statistics.told(sought), strict=True)
    return any_of([constant(matching(part, statistics), rarity) for part, rarity in pairs])


def counted_by(sought: MostOf, statistics: IndexStatistics) -> Query:
    """What any of the parts has, scored by how many it has."""
    return any_of([constant(matching(part, statistics), 1.0) for part in sought.parts])


# ---- the order by subjects, as `ranking.subjects` has it ------------------------------


def sound(query: Query, statistics: IndexStatistics) -> Query:
    """The same, what is incomplete or a protocol counting less."""
    unsound = {"bool": {"must_not": [has("flag", "sound")]}}
    worth = statistics.parameters.unsound
    return {"boosting": {"positive": query, "negative": unsound, "negative_boost": worth}}


def shares(
    asked: Iterable[tuple[str, ...]], statistics: IndexStatistics, weight: float, most_others: int
) -> list[Query]:
    """How much documents are studies of what is asked, as scores to be added.

    Args:
        asked: concepts, each with others that the same words may mean.
        statistics: the vocabulary and the numbers that were fitted.
        weight: what a study of one subject counts.
        most_others: how many further concepts of one facet any document has.
    """
    queries = []
    for ids in asked:
        known = [one for one in ids if one in statistics.vocabulary]
        if known:
            ways = [_share(one, statistics, weight, most_others) for one in known]
            queries.append({"dis_max": {"queries": ways}})
    return queries


def _share(concept: str, statistics: IndexStatistics, weight: float, most_others: int) -> Query:
    fitted, facet = statistics.parameters, statistics.vocabulary[concept].facet
    weight *= statistics.subject_weight(concept)
    ways = []
    for others in range(most_others + 1) if facet in (*SUBJECTS, "population") else (None,):
        among, focus = [], 1.0
        if others is not None:
            among = [{"term": {OTHERS[facet]: {"value": others}}}]
            focus = 1 / (1 + fitted.spread * others)
        for name, share in (("about", 1.0), ("comparator", fitted.mentioned)):
            ways.append(constant(all_of([has(name, concept), *among]), weight * share * focus))
    titled = constant(has("titled", concept), weight * fitted.titled)
    return any_of([{"dis_max": {"queries": ways}}, titled])
