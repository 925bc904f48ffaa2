"""References for a claim: its concepts and its words, weighed together, with the reasons.

A claim is a sentence, so every word is an offer and none a demand. Words count by BM25, in
English as they are and in French also through `Bridge`; concepts count whatever words named
them and in whatever language.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from evidence.search.analysis import analyzer, guess_language
from evidence.search.protocol import Reason, Suggestion
from references.concepts import fold

if TYPE_CHECKING:
    from evidence.search.engine import WhooshEngine

#: Facets that say whom a claim is about, what is done to them, and what comes of it.
POPULATION = ("indication", "population", "anatomy", "nerve")
INTERVENTION = ("intervention", "guidance")
OUTCOME = ("outcome",)

MAX_WORDS = 96
MAX_CLAIM = 4000  # characters


@dataclass(slots=True)
class Parts:
    """What a claim offers to a search: words and concepts with their weights.

    `words` maps each word of the claim to the stems that may stand for it: of these the one
    that fits a document best counts, so that a word with many translations is one word.
    """

    language: str
    words: dict[str, dict[str, float]] = field(default_factory=dict)
    concepts: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Weights:
    """How much each kind of agreement counts; fitted on the development sets."""

    concept: float = 1.0
    translation: float = 0.7
    population: float = 1.0
    intervention: float = 1.0
    outcome: float = 1.0


DEFAULT = Weights()


def read_claim(engine: WhooshEngine, claim: str, weights: Weights = DEFAULT) -> Parts:
    """The stems and concepts of a claim."""
    parts = Parts(guess_language(claim))
    other = analyzer("en" if parts.language == "fr" else "fr")
    taken: set[str] = set()
    for word in analyzer(parts.language).words(claim)[:MAX_WORDS]:
        if not word.stems:
            continue
        if parts.language == "en":
            for stem in word.stems:
                if stem not in taken:
                    parts.words[f"{word.text}\0{stem}"] = {stem: 1.0}
                    taken.add(stem)
            continue
        raw = fold(word.text)
        # Latin and English words stand in French sentences too.
        forms = {stem: weights.translation * w for stem, w in engine.bridge.translate(raw)}
        forms.update(dict.fromkeys(other.token(raw).stems, 1.0))
        forms.update(dict.fromkeys(word.stems, 1.0))
        forms = {stem: weight for stem, weight in forms.items() if stem not in taken}
        if forms:
            parts.words[word.text] = forms
            taken.update(forms)
    roles = {
        **dict.fromkeys(POPULATION, weights.population),
        **dict.fromkeys(INTERVENTION, weights.intervention),
        **dict.fromkeys(OUTCOME, weights.outcome),
    }
    for mention in engine.vocabulary.find(claim, guess_language(claim)):
        concept = mention.concept
        parts.concepts[concept.id] = weights.concept * roles.get(concept.facet, 0.5)
    return parts


def score(engine: WhooshEngine, parts: Parts) -> npt.NDArray[np.float64]:
    """The agreement of every document with a claim, 0 where there is none."""
    scores = np.zeros(engine.index.count)
    for forms in parts.words.values():
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
    for word, forms in parts.words.items():
        for stem, weight in forms.items():
            add(*engine.term(stem), Reason("words", word.split("\0")[0], weight))
    for number, reasons in found.items():
        strongest: dict[tuple[str, str], Reason] = {}
        for reason in sorted(reasons, key=lambda r: -r.weight):
            strongest.setdefault((reason.kind, reason.what), reason)
        found[number] = list(strongest.values())
    return found


def _best(
    engine: WhooshEngine, scores: npt.NDArray[np.float64], limit: int
) -> npt.NDArray[np.int64]:
    from evidence.search.engine import best

    found = np.flatnonzero((scores > 0) & engine.index.live)
    return best(found, scores[found], limit)


def rank(
    engine: WhooshEngine, claim: str, limit: int = 100, weights: Weights = DEFAULT
) -> tuple[Suggestion, ...]:
    """The best documents for a claim, without reasons."""
    scores = score(engine, read_claim(engine, claim[:MAX_CLAIM], weights))
    return tuple(
        Suggestion(str(engine.card(number)[0]), float(scores[number]))
        for number in _best(engine, scores, limit).tolist()
    )


def suggest(engine: WhooshEngine, claim: str, limit: int = 10) -> tuple[Suggestion, ...]:
    """References that bear on a claim, best first; empty when none does."""
    parts = read_claim(engine, claim[:MAX_CLAIM])
    scores = score(engine, parts)
    numbers = _best(engine, scores, limit).tolist()
    reasons = _reasons(engine, parts, numbers)
    return tuple(
        Suggestion(str(engine.card(number)[0]), float(scores[number]), tuple(reasons[number][:8]))
        for number in numbers
    )
