"""Does anything in the library bear on a claim at all? That nothing does is an answer too.

Five signs of how far the library, and its best document, cover a claim decide, together with
the nearness in meaning where it is known.
"""

from __future__ import annotations

from dataclasses import astuple, dataclass
from functools import lru_cache
from importlib.resources import files
from math import log

import numpy as np
import numpy.typing as npt

from evidence.search.analysis import analyzer, without_elision
from evidence.search.index import reader as wi
from evidence.search.ranking.claim_query import ClaimQuery, QueryTerm
from evidence.search.ranking.statistics import IndexStatistics
from references.concepts import LANGUAGES
from references.normalise import fold

#: Facets that say too little to tell that a library bears on a claim.
_VAGUE = frozenset({"population", "design"})
#: What the rarest subject counts: one document in five hundred.
RARE = 0.002


@lru_cache(maxsize=1)
def practical_words() -> dict[str, frozenset[str]]:
    """By language, the stems of words that speak of the visit rather than of medicine."""
    text = files("evidence.search").joinpath("practical.tsv").read_text(encoding="utf-8")
    pairs = [line.split("\t") for line in fold(text).splitlines() if not line.startswith("#")]
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

    def sum(self, weights: Coverage) -> float:
        """The signs added up, each as much as it weighs."""
        return float(np.dot(astuple(self), astuple(weights)))


def signs(lookup: IndexStatistics, parts: ClaimQuery, scores: npt.NDArray[np.float64]) -> Coverage:
    """How far the library, and the document with the highest score, cover a claim."""
    if not parts.words:
        return Coverage(subject=log(RARE))
    best = int(np.argmax(scores))
    named_spans: list[tuple[int, int]] = []
    spans: list[tuple[int, int]] = []
    common = 0
    for concept, start, end in parts.mentions:
        ids, _ = lookup.concept(concept)
        if not len(ids):
            continue
        named_spans.append((start, end))
        if lookup.vocabulary[concept].facet not in _VAGUE:
            common = max(common, len(ids))
        if _has(ids, best):
            spans.append((start, end))
    total = covered = known = named = practical = 0.0
    for offer in parts.words:
        frequency = max(len(lookup.term(stem)[0]) for stem in offer.forms)
        rarity = wi.idf(frequency, lookup.index.count)
        total += rarity
        if _inside(offer, spans) or any(_has(lookup.term(s)[0], best) for s in offer.forms):
            covered += rarity
        is_named = _inside(offer, named_spans)
        named += is_named
        known += frequency > 0 or is_named
        practical += _is_practical(offer.word, parts.language)
    count = len(parts.words)
    return Coverage(
        covered / total,
        known / count,
        log(RARE + common / lookup.index.count),
        named / count,
        min(practical, 3),
    )


def _inside(offer: QueryTerm, spans: list[tuple[int, int]]) -> bool:
    return any(start <= offer.start and offer.end <= end for start, end in spans)


def _is_practical(word: str, language: str) -> bool:
    stem, known = analyzer(language).stem, practical_words()[language]
    bare = without_elision(fold(word))
    return any(stem(part) in known for part in (bare, *bare.split("-")))


def _has(ids: npt.NDArray[np.int64], number: int) -> bool:
    place = int(np.searchsorted(ids, number))
    return place < len(ids) and int(ids[place]) == number


#: A logistic decision over `signs`, and over the nearness in meaning of the nearest document
#: where there is one. Fitted on answered claims and on statements nothing here answers, of
#: other fields of medicine and of daily hospital life; set so that about 1 in 30 answered
#: claims is lost (docs/search.md).
BEARING = (Coverage(5.35, 5.15, 0.3, 4.63, -0.51), -4.37)
BEARING_WITH_MEANING = (Coverage(5.08, 4.31, 0.09, 4.96, -0.29), -7.72)
BEARING_NEAREST = 11.46


def has_evidence(
    lookup: IndexStatistics,
    parts: ClaimQuery,
    scores: npt.NDArray[np.float64],
    near: npt.NDArray[np.float64] | None,
) -> bool:
    """Whether anything in the library bears on a claim at all.

    `scores` are those of its words and concepts, `near` the nearness in meaning if known.
    """
    if not scores.any():
        return False
    weights, start = BEARING if near is None else BEARING_WITH_MEANING
    if near is not None:
        start += BEARING_NEAREST * float(near.max())
    return start + signs(lookup, parts, scores).sum(weights) > 0
