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
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from evidence.search.analysis import analyzer
from evidence.search.bearing import bears
from evidence.search.feedback import HEAD
from evidence.search.order import ASPECTS, best, together
from evidence.search.protocol import Reason, Sort, Suggestion
from references.concepts import fold

if TYPE_CHECKING:
    from evidence.search.engine import WhooshEngine

#: The same condition, nerve or intervention says more than the same part of the body or the
#: same kind of people.
FACET_WEIGHTS = {
    "indication": 1.25,
    "nerve": 1.25,
    "intervention": 1.25,
    "anatomy": 0.5,
    "population": 0.5,
}
MAX_WORDS = 96
MAX_CLAIM = 4000  # characters
MAX_SENTENCES = 12
_SENTENCE = re.compile(r"(?<=[^\W\d])[.!?]+\s+(?=[«\"]?\s?[A-ZÀ-Ý])|;\s+|\n+")


@dataclass(frozen=True, slots=True)
class Offer:
    """A word of a claim and the stems that may stand for it, with their weights.

    Of the stems the one that fits a document best counts, so that a word with many
    translations is still one word.
    """

    word: str
    start: int
    end: int
    forms: dict[str, float]


@dataclass(slots=True)
class Parts:
    """What a claim offers to a search: its words, and its concepts with their places."""

    language: str
    words: list[Offer] = field(default_factory=list)
    concepts: dict[str, float] = field(default_factory=dict)
    mentions: list[tuple[str, int, int]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Weights:
    """How much each kind of agreement counts; fitted on the development sets."""

    concept: float
    translation: float = 1.0
    meaning: float = 1.0  # of a cosine of 1, beside a best score of 1


#: Most of the literature is English. Of a French claim the words reach it by translation
#: only, so its concepts, which are the same in both languages, count more.
WEIGHTS = {"fr": Weights(concept=2.5), "en": Weights(concept=1.0)}
#: Where nearness in meaning crosses the languages too, concepts need not do so alone.
WEIGHTS_WITH_MEANING = {
    "fr": Weights(concept=2.0, meaning=1.5),
    "en": Weights(concept=1.0, meaning=1.5),
}
#: Of a few words the meaning is vague: it orders what the words leave equal.
SHORT = 4
SHORT_MEANING = 0.2


def read_claim(engine: WhooshEngine, claim: str, weights: Weights | None = None) -> Parts:
    """The stems and concepts of a claim."""
    parts = Parts(engine.bridge.language_of(claim))
    if weights is None:
        table = WEIGHTS_WITH_MEANING if engine.has_meaning else WEIGHTS
        weights = table[parts.language]
    other = analyzer("en" if parts.language == "fr" else "fr")
    taken: set[str] = set()
    for word in analyzer(parts.language).words(claim)[:MAX_WORDS]:
        if not word.stems:
            continue
        if parts.language == "en":
            for stem in word.stems:
                if stem not in taken:
                    parts.words.append(Offer(word.text, word.start, word.end, {stem: 1.0}))
                    taken.add(stem)
            continue
        raw = fold(word.text)
        # Latin and English words stand in French sentences too.
        forms = {stem: weights.translation * w for stem, w in engine.bridge.translate(raw)}
        forms.update(dict.fromkeys(other.token(raw).stems, 1.0))
        forms.update(dict.fromkeys(word.stems, 1.0))
        forms = {stem: weight for stem, weight in forms.items() if stem not in taken}
        if forms:
            parts.words.append(Offer(word.text, word.start, word.end, forms))
            taken.update(forms)
    for mention in engine.vocabulary.find(claim, parts.language):
        concept = mention.concept
        parts.concepts[concept.id] = weights.concept * FACET_WEIGHTS.get(concept.facet, 1.0)
        parts.mentions.append((concept.id, mention.start, mention.end))
    return parts


def score(engine: WhooshEngine, parts: Parts) -> npt.NDArray[np.float64]:
    """The agreement of every document with a claim, 0 where there is none."""
    scores = np.zeros(engine.index.count)
    for offer in parts.words:
        forms = offer.forms
        if len(forms) == 1:
            ((stem, weight),) = forms.items()
            ids, gains = engine.term(stem)
            scores[ids] += gains if weight == 1.0 else gains * weight
            continue
        group = np.zeros(engine.index.count)
        for stem, weight in forms.items():
            ids, gains = engine.term(stem)
            group[ids] = np.maximum(group[ids], gains * weight)
        scores += group
    for concept, weight in parts.concepts.items():
        ids, gains = engine.concept(concept)
        if len(ids):
            scores[ids] += gains * weight
    return scores


def _reasons(engine: WhooshEngine, parts: Parts, numbers: Iterable[int]) -> dict[int, list[Reason]]:
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
        add(*engine.concept(concept), Reason("concept", concept, weight))
    for offer in parts.words:
        for stem, weight in offer.forms.items():
            add(*engine.term(stem), Reason("words", offer.word, weight))
    for number, reasons in found.items():
        strongest: dict[tuple[str, str], Reason] = {}
        for reason in sorted(reasons, key=lambda r: -r.weight):
            strongest.setdefault((reason.kind, reason.what), reason)
        found[number] = list(strongest.values())
    return found


# ---- answers --------------------------------------------------------------------------


def _best(
    engine: WhooshEngine, scores: npt.NDArray[np.float64], limit: int
) -> npt.NDArray[np.int64]:
    found = np.flatnonzero((scores > 0) & engine.index.live)
    return best(found, scores[found], limit)


def with_meaning(
    parts: Parts, scores: npt.NDArray[np.float64], near: npt.NDArray[np.float64] | None
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

    parts: Parts
    words: npt.NDArray[np.float64]  # agreement in words and concepts, of every document
    near: npt.NDArray[np.float64] | None  # nearness in meaning of every document
    scores: npt.NDArray[np.float64]  # the final score of every document
    profile: npt.NDArray[np.float64] | None  # what the best have in common, by concept


def _ranking(engine: WhooshEngine, claim: str) -> _Ranking:
    parts = read_claim(engine, claim)
    words = score(engine, parts)
    near = engine.nearness(claim, parts.language)
    scores = with_meaning(parts, words, near)
    head = _best(engine, scores, HEAD)
    profile = engine.feedback.profile(head, scores[head]) if len(head) else None
    if profile is not None:
        documents, gains = engine.feedback.gains(head, scores[head], profile)
        scores = scores.copy()
        scores[documents] += gains
    return _Ranking(parts, words, near, scores, profile)


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


def rank(engine: WhooshEngine, claim: str, limit: int = 100) -> tuple[Suggestion, ...]:
    """The best documents for a claim, without reasons."""
    claim = claim[:MAX_CLAIM]
    rankings = [_ranking(engine, sentence) for sentence in sentences(claim)]
    scores, _ = _together(_ranking(engine, claim), rankings)
    return tuple(
        Suggestion(str(engine.card(number)[0]), float(scores[number]))
        for number in _best(engine, scores, limit).tolist()
    )


def suggest(
    engine: WhooshEngine, claim: str, limit: int = 10, sort: Sort = "relevance"
) -> tuple[Suggestion, ...]:
    """References that bear on a claim, in the order asked for; empty when none does."""
    claim = claim[:MAX_CLAIM]
    spoken = sentences(claim)
    whole = _ranking(engine, claim)
    rankings = [_ranking(engine, sentence) for sentence in spoken]
    if not any(bears(engine, r.parts, r.words, r.near) for r in (whole, *rankings)):
        return ()
    scores, sentence_of = _together(whole, rankings)
    ordered = _best(engine, scores, limit)
    if sort != "relevance":
        chosen = np.zeros(engine.index.count, dtype=bool)
        chosen[ordered] = True
        ordered = engine.orders.first(chosen, scores, sort, limit, whole.parts.concepts)
    repeated = engine.orders.repeated(ordered)
    numbers = together(ordered.tolist(), repeated)
    reasons = _reasons(engine, whole.parts, numbers)
    shared = engine.feedback.shared(whole.profile, numbers)
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
                str(engine.card(number)[0]), float(scores[number]), tuple(why), part,
                str(engine.card(repeated[number])[0]) if number in repeated else "",
            )
        )  # fmt: skip
    return tuple(found)


def recognise(engine: WhooshEngine, claim: str) -> dict[str, tuple[str, ...]]:
    """The concepts of a claim by what they say: population, intervention, outcome, design."""
    found: dict[str, dict[str, None]] = {name: {} for name in dict.fromkeys(ASPECTS.values())}
    claim = claim[:MAX_CLAIM]
    for mention in engine.vocabulary.find(claim, engine.bridge.language_of(claim)):
        found[ASPECTS[mention.concept.facet]][mention.concept.id] = None
    return {name: tuple(concepts) for name, concepts in found.items()}
