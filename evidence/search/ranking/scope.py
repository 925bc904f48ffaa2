"""Does anything in the library bear on a claim at all? That nothing does is an answer too.

Five numbers of how far the library, and its best document, cover a claim decide, together with
the nearness in meaning where it is known.
"""

from __future__ import annotations

from dataclasses import astuple, dataclass, fields
from functools import lru_cache
from math import log

import numpy as np
import numpy.typing as npt

from evidence.search.index import bm25
from evidence.search.index.schema import RANKED, Ids, Scores
from evidence.search.index.statistics import IndexStatistics
from evidence.search.language.analysis import analyzer, without_elision
from evidence.search.language.translation import read_pairs
from evidence.search.ranking.claim_query import ClaimQuery, QueryTerm
from evidence.search.ranking_parameters import SearchParameters
from references.concepts import LANGUAGES
from references.normalise import fold

#: Facets that say too little to tell that a library bears on a claim.
_VAGUE = frozenset({"population", "design"})


@lru_cache(maxsize=1)
def practical_words() -> dict[str, frozenset[str]]:
    """By language, the stems of words that speak of the visit rather than of medicine."""
    pairs = read_pairs("practical.tsv")
    return {
        language: frozenset(analyzer(language).stem(word) for of, word in pairs if of == language)
        for language in LANGUAGES
    }


@dataclass(frozen=True, slots=True)
class Coverage:
    """How far the library, and its best document, cover a claim."""

    #: The share of the claim's information (the rarity of its words) that the best document
    #: has, in words or as concepts.
    covered: float = 0.0
    #: The share of its words that the library knows at all.
    known: float = 0.0
    #: How common in the library is what it names: the logarithm of a share of documents.
    subject: float = 0.0
    #: The share of its words that name a concept the library has.
    named: float = 0.0
    #: How many of its words speak of the visit rather than of medicine, up to 3.
    practical: float = 0.0


def coverage(statistics: IndexStatistics, claim: ClaimQuery, scores: Scores) -> Coverage:
    """How far the library, and the document with the highest score, cover a claim."""
    rare, count = statistics.parameters.rare, statistics.total
    if not claim.words:
        return Coverage(subject=log(rare))
    best = int(np.argmax(scores))
    named_spans: list[tuple[int, int]] = []
    best_spans: list[tuple[int, int]] = []
    common = 0
    for concept, start, end in claim.mentions:
        if not (frequency := statistics.frequency("concept", concept)):
            continue
        ids, _ = statistics.concept(concept)
        named_spans.append((start, end))
        if statistics.vocabulary[concept].facet not in _VAGUE:
            common = max(common, frequency)
        if _has(ids, best):
            best_spans.append((start, end))
    total = covered = known = named = practical = 0.0
    for term in claim.words:
        frequency = max(statistics.frequency(RANKED, stem) for stem in term.forms)
        rarity = bm25.idf(frequency, count)
        total += rarity
        if _inside(term, best_spans) or any(
            _has(statistics.term(stem)[0], best) for stem in term.forms
        ):
            covered += rarity
        is_named = _inside(term, named_spans)
        named += is_named
        known += frequency > 0 or is_named
        practical += _is_practical(term.word, claim.language)
    words = len(claim.words)
    return Coverage(
        covered / total,
        known / words,
        log(rare + common / count),
        named / words,
        min(practical, 3),
    )


def _inside(term: QueryTerm, spans: list[tuple[int, int]]) -> bool:
    return any(start <= term.start and term.end <= end for start, end in spans)


def _is_practical(word: str, language: str) -> bool:
    stem, known = analyzer(language).stem, practical_words()[language]
    bare = without_elision(fold(word))
    return any(stem(part) in known for part in (bare, *bare.split("-")))


def _has(ids: Ids, number: int) -> bool:
    place = int(np.searchsorted(ids, number))
    return place < len(ids) and int(ids[place]) == number


def evidence_score(
    parameters: SearchParameters, covers: Coverage, nearest: float | None = None
) -> float:
    """The logarithm of the odds that something bears on a claim: above 0 when it is likelier.

    `nearest` is the highest cosine of any document, where nearness in meaning is known.
    """
    suffix = "" if nearest is None else "_with_meaning"
    weights = [getattr(parameters, f"scope_{one.name}{suffix}") for one in fields(Coverage)]
    start: float = getattr(parameters, f"scope_start{suffix}")
    if nearest is not None:
        start += parameters.scope_nearest * nearest
    return start + float(np.dot(astuple(covers), weights))


def has_evidence(
    statistics: IndexStatistics,
    claim: ClaimQuery,
    scores: Scores,
    near: npt.NDArray[np.float64] | None,
) -> bool:
    """Whether anything in the library bears on a claim at all.

    Args:
        statistics: the index.
        claim: what was read of the claim.
        scores: what its words and concepts give each document.
        near: the nearness in meaning of each document, if known.
    """
    if not scores.any():
        return False
    nearest = None if near is None else float(near.max())
    covers = coverage(statistics, claim, scores)
    return evidence_score(statistics.parameters, covers, nearest) > 0
