"""What a claim offers to a search: its words, in whatever forms, and its concepts."""

from __future__ import annotations

from dataclasses import dataclass, field

from evidence.search.analysis import analyzer
from evidence.search.ranking.statistics import IndexStatistics
from references.normalise import fold

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


@dataclass(frozen=True, slots=True)
class QueryTerm:
    """A word of a claim and the stems that may stand for it, with their weights.

    Of the stems the one that fits a document best counts, so that a word with many
    translations is still one word.
    """

    word: str
    start: int
    end: int
    forms: dict[str, float]


@dataclass(slots=True)
class ClaimQuery:
    """What a claim offers to a search: its words, and its concepts with their places."""

    language: str
    words: list[QueryTerm] = field(default_factory=list)
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


def read_claim(lookup: IndexStatistics, claim: str, weights: Weights | None = None) -> ClaimQuery:
    """The stems and concepts of a claim."""
    parts = ClaimQuery(lookup.bridge.language_of(claim))
    if weights is None:
        table = WEIGHTS_WITH_MEANING if lookup.has_meaning else WEIGHTS
        weights = table[parts.language]
    other = analyzer("en" if parts.language == "fr" else "fr")
    taken: set[str] = set()
    for word in analyzer(parts.language).words(claim)[:MAX_WORDS]:
        if not word.stems:
            continue
        if parts.language == "en":
            for stem in word.stems:
                if stem not in taken:
                    parts.words.append(QueryTerm(word.text, word.start, word.end, {stem: 1.0}))
                    taken.add(stem)
            continue
        raw = fold(word.text)
        # Latin and English words stand in French sentences too.
        forms = {stem: weights.translation * w for stem, w in lookup.bridge.translate(raw)}
        forms.update(dict.fromkeys(other.token(raw).stems, 1.0))
        forms.update(dict.fromkeys(word.stems, 1.0))
        forms = {stem: weight for stem, weight in forms.items() if stem not in taken}
        if forms:
            parts.words.append(QueryTerm(word.text, word.start, word.end, forms))
            taken.update(forms)
    for mention in lookup.vocabulary.find(claim, parts.language):
        concept = mention.concept
        parts.concepts[concept.id] = weights.concept * FACET_WEIGHTS.get(concept.facet, 1.0)
        parts.mentions.append((concept.id, mention.start, mention.end))
    return parts
