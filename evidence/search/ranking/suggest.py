"""References for a claim: its concepts and its words, weighed together, with the reasons.

A claim is a sentence, so every word is an offer and none a demand. Words count by BM25, in
English as they are and in French also through `Bridge`; concepts count whatever words named
them and in whatever language. A claim of several sentences is asked as a whole and sentence by
sentence, so that the longest one does not drown the others. What the best references have in
common is asked for as well (`Feedback`).
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from evidence.search.protocol import Reason, Suggestion
from evidence.search.ranking.claim_query import (
    SHORT,
    SHORT_MEANING,
    WEIGHTS_WITH_MEANING,
    ClaimQuery,
    read_claim,
)
from evidence.search.ranking.feedback import HEAD, Feedback
from evidence.search.ranking.scope import has_evidence
from evidence.search.ranking.sorting import ASPECTS, Orders, best, together
from evidence.search.ranking.statistics import IndexStatistics
from evidence.search.request import Sort

MAX_CLAIM = 4000  # characters
MAX_SENTENCES = 12
_SENTENCE = re.compile(r"(?<=[^\W\d])[.!?]+\s+(?=[«\"]?\s?[A-ZÀ-Ý])|;\s+|\n+")


def score(lookup: IndexStatistics, parts: ClaimQuery) -> npt.NDArray[np.float64]:
    """The agreement of every document with a claim, 0 where there is none."""
    scores = np.zeros(lookup.index.count)
    for offer in parts.words:
        forms = offer.forms
        if len(forms) == 1:
            ((stem, weight),) = forms.items()
            ids, gains = lookup.term(stem)
            scores[ids] += gains if weight == 1.0 else gains * weight
            continue
        group = np.zeros(lookup.index.count)
        for stem, weight in forms.items():
            ids, gains = lookup.term(stem)
            group[ids] = np.maximum(group[ids], gains * weight)
        scores += group
    for concept, weight in parts.concepts.items():
        ids, gains = lookup.concept(concept)
        if len(ids):
            scores[ids] += gains * weight
    return scores


def _reasons(
    lookup: IndexStatistics, parts: ClaimQuery, numbers: Iterable[int]
) -> dict[int, list[Reason]]:
    """Why each of some documents agrees with a claim, strongest reason first."""
    wanted = np.array(sorted(numbers), dtype=np.int64)
    found: dict[int, list[Reason]] = {int(number): [] for number in wanted}

    def add(ids: npt.NDArray[np.int64], gains: npt.NDArray[np.float64], make: Reason) -> None:
        places = np.searchsorted(ids, wanted)
        for number, place in zip(wanted.tolist(), places.tolist(), strict=True):
            if place < len(ids) and ids[place] == number:
                weight = float(gains[place]) * make.weight
                found[number].append(Reason(make.kind, make.what, round(weight, 3)))

    for concept, weight in parts.concepts.items():
        add(*lookup.concept(concept), Reason("concept", concept, weight))
    for offer in parts.words:
        for stem, weight in offer.forms.items():
            add(*lookup.term(stem), Reason("words", offer.word, weight))
    for number, reasons in found.items():
        strongest: dict[tuple[str, str], Reason] = {}
        for reason in sorted(reasons, key=lambda r: -r.weight):
            strongest.setdefault((reason.kind, reason.what), reason)
        found[number] = list(strongest.values())
    return found


# ---- answers --------------------------------------------------------------------------


def _best(
    lookup: IndexStatistics, scores: npt.NDArray[np.float64], limit: int
) -> npt.NDArray[np.int64]:
    found = np.flatnonzero((scores > 0) & lookup.index.live)
    return best(found, scores[found], limit)


def with_meaning(
    parts: ClaimQuery, scores: npt.NDArray[np.float64], near: npt.NDArray[np.float64] | None
) -> npt.NDArray[np.float64]:
    """The scores with nearness in meaning added, where the index has it.

    Scores are divided by the best one and the cosine is added (relative score fusion);
    reciprocal rank fusion did worse on every development set (docs/search.md).
    """
    if near is None:
        return scores
    weight = SHORT_MEANING
    if len(parts.words) > SHORT:
        weight = WEIGHTS_WITH_MEANING[parts.language].meaning
    return scores / (scores.max() or 1.0) + weight * np.maximum(near, 0.0)


@dataclass(frozen=True, slots=True)
class _Ranking:
    """The documents for one claim or one sentence, best first."""

    parts: ClaimQuery
    words: npt.NDArray[np.float64]  # agreement in words and concepts, of every document
    near: npt.NDArray[np.float64] | None  # nearness in meaning of every document
    scores: npt.NDArray[np.float64]  # the final score of every document
    profile: npt.NDArray[np.float64] | None  # what the best have in common, by concept


def sentences(claim: str) -> list[str]:
    """The sentences of a claim that say something; none when there is only one."""
    found = [piece.strip() for piece in _SENTENCE.split(claim)]
    found = [piece for piece in found if len(piece.split()) > 3][:MAX_SENTENCES]
    return found if len(found) > 1 else []


def _together(
    whole: _Ranking, rankings: list[_Ranking]
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.int64] | None]:
    """The scores of a claim with those of its sentences; for each document its best sentence."""
    if not rankings:
        return whole.scores, None
    each = np.stack([ranking.scores / (ranking.scores.max() or 1.0) for ranking in rankings])
    highest = whole.scores.max() or 1.0
    return (whole.scores + highest * each.max(axis=0)) / 2, each.argmax(axis=0)


class Suggester:
    """References for claims, from one index. Safe to share between threads."""

    def __init__(self, lookup: IndexStatistics, feedback: Feedback, orders: Orders) -> None:
        self._lookup = lookup
        self._feedback = feedback
        self._orders = orders

    def _ranking(self, claim: str) -> _Ranking:
        lookup = self._lookup
        parts = read_claim(lookup, claim)
        words = score(lookup, parts)
        near = lookup.nearness(claim, parts.language)
        scores = with_meaning(parts, words, near)
        head = _best(lookup, scores, HEAD)
        profile = self._feedback.profile(head, scores[head]) if len(head) else None
        if profile is not None:
            documents, gains = self._feedback.gains(head, scores[head], profile)
            scores = scores.copy()
            scores[documents] += gains
        return _Ranking(parts, words, near, scores, profile)

    def rank(self, claim: str, limit: int = 100) -> tuple[Suggestion, ...]:
        """The best documents for a claim, without reasons."""
        claim = claim[:MAX_CLAIM]
        rankings = [self._ranking(sentence) for sentence in sentences(claim)]
        scores, _ = _together(self._ranking(claim), rankings)
        return tuple(
            Suggestion(self._lookup.card(number).key, float(scores[number]))
            for number in _best(self._lookup, scores, limit).tolist()
        )

    def suggest(
        self, claim: str, limit: int = 10, sort: Sort = "relevance"
    ) -> tuple[Suggestion, ...]:
        """References that bear on a claim, in the order asked for; empty when none does."""
        lookup = self._lookup
        claim = claim[:MAX_CLAIM]
        spoken = sentences(claim)
        whole = self._ranking(claim)
        rankings = [self._ranking(sentence) for sentence in spoken]
        if not any(has_evidence(lookup, r.parts, r.words, r.near) for r in (whole, *rankings)):
            return ()
        scores, sentence_of = _together(whole, rankings)
        ordered = _best(lookup, scores, limit)
        if sort != "relevance":
            chosen = np.zeros(lookup.index.count, dtype=bool)
            chosen[ordered] = True
            direct = self._orders.directness(whole.parts.concepts)
            ordered = self._orders.first(chosen, scores, sort, limit, direct)
        repeated = self._orders.repeated(ordered)
        numbers = together(ordered.tolist(), repeated)
        reasons = _reasons(lookup, whole.parts, numbers)
        shared = self._feedback.shared(whole.profile, numbers)
        found = []
        for number, common in zip(numbers, shared, strict=True):
            why = reasons[number][:8]
            if whole.near is not None:
                why.append(Reason("meaning", "", round(float(whole.near[number]), 3)))
            if common is not None and all(reason.what != common[0] for reason in why):
                why.append(Reason("related", common[0], round(common[1], 3)))
            part = "" if sentence_of is None else spoken[int(sentence_of[number])]
            found.append(
                Suggestion(
                    lookup.card(number).key,
                    float(scores[number]),
                    tuple(why),
                    part,
                    lookup.card(repeated[number]).key if number in repeated else "",
                )
            )
        return tuple(found)


def recognise(lookup: IndexStatistics, claim: str) -> dict[str, tuple[str, ...]]:
    """The concepts of a claim by what they say: population, intervention, outcome, design."""
    found: dict[str, dict[str, None]] = {name: {} for name in dict.fromkeys(ASPECTS.values())}
    claim = claim[:MAX_CLAIM]
    for mention in lookup.vocabulary.find(claim, lookup.bridge.language_of(claim)):
        found[ASPECTS[mention.concept.facet]][mention.concept.id] = None
    return {name: tuple(concepts) for name, concepts in found.items()}
