"""What a claim offers to a search: its words, in whatever forms, and its concepts."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from evidence.search.index.schema import RANKED
from evidence.search.index.statistics import IndexStatistics
from evidence.search.language.analysis import Word, analyzer
from evidence.search.ranking_parameters import SearchParameters
from references.concepts import Concept, Mention, Vocabulary
from references.normalise import fold

_SUBJECTS = ("indication", "nerve", "intervention")
#: What nearly every claim is about says nothing of which one it is.
_GENERAL = frozenset({"pain", "surgery", "pharmacotherapy", "infection", "inflammation"})
#: What says where in a person something is wrong.
_WHERE = ("indication", "nerve")
#: Letters from which on a word of a title tells what a page is about.
_TELLING = 5
_OF_ANY_PAGE = re.compile(
    r"(?:symptom|caus|trait|treat|diagnos|inform|patient|therap|compren|understand|guide|leaflet|"
    r"fiche|question|answer|repons|risk|risqu|benefi|effect|effet|about|expect|savoir|prevent|"
    r"definition|solution|indication|complication|result|procedure|intervention|technique|maladie|"
    r"disease|medic|notice|douleur|douloureu|pain|chroni|using|prescri|having|your|votre|operation|"
    r"surger|chirurg|conseil|advice|syndrom|condition|hospital|hopital)"
)
_BACKGROUND = ("anatomy", "population")
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
    """What a claim offers to a search: its words, and its concepts with their places.

    `subjects` are the conditions, nerves and treatments that it is about, those that only the
    heading above it or the title of its page names among them. Where neither it nor its page names
    a condition or a nerve, `title` is the word that says best what its page is about ("Rhizolysis
    of the facets").
    """

    language: str
    words: list[QueryTerm] = field(default_factory=list)
    concepts: dict[str, float] = field(default_factory=dict)
    subjects: tuple[str, ...] = ()
    title: QueryTerm | None = None
    mentions: list[tuple[str, int, int]] = field(default_factory=list)


def concept_weight(
    facet: str, language: str, with_meaning: bool, parameters: SearchParameters
) -> float:
    """What a concept of a claim counts, by its facet and by the language of the claim."""
    suffix = "_with_meaning" if with_meaning else ""
    weight: float = getattr(parameters, f"concepts_{language}{suffix}")
    if facet in _SUBJECTS:
        return weight * parameters.subject
    return weight * parameters.background if facet in _BACKGROUND else weight


def read_claim(
    statistics: IndexStatistics, claim: str, concepts: Iterable[str] = (), around: str = ""
) -> ClaimQuery:
    """The stems and concepts of a claim.

    Args:
        statistics: the index.
        claim: its words.
        concepts: those it is about, named in it or not.
        around: the heading above it, the title of its page.
    """
    query = ClaimQuery(statistics.translation.language_of(claim))
    taken: set[str] = set()
    for word in analyzer(query.language).words(claim)[:MAX_WORDS]:
        if not word.stems:
            continue
        for forms in _forms(word, query.language, statistics):
            new = {stem: weight for stem, weight in forms.items() if stem not in taken}
            if new:
                query.words.append(QueryTerm(word.text, word.start, word.end, new))
                taken.update(new)
    meaning, fitted = statistics.has_meaning, statistics.parameters
    mentions = statistics.vocabulary.named_here(claim, query.language, around)
    query.mentions = [(one.concept.id, one.start, one.end) for one in mentions]
    for concept in (mention.concept for mention in mentions):
        weight = concept_weight(concept.facet, query.language, meaning, fitted)
        query.concepts[concept.id] = weight
    for concept in filter(None, map(statistics.vocabulary.get, concepts)):
        weight = concept_weight(concept.facet, query.language, meaning, fitted)
        query.concepts.setdefault(concept.id, fitted.unnamed * weight)
    if around:
        query.subjects = _subjects(statistics.vocabulary, mentions, around, query.language)
        if not any(statistics.vocabulary[one].facet in _WHERE for one in query.subjects):
            query.title = _telling(statistics, around)
        for concept in map(statistics.vocabulary.__getitem__, query.subjects):
            weight = concept_weight(concept.facet, query.language, meaning, fitted)
            query.concepts.setdefault(concept.id, fitted.around * weight)
    return query


def _subjects(
    vocabulary: Vocabulary, named: Iterable[Mention], around: str, language: str
) -> tuple[str, ...]:
    """What a claim is about, of each facet: what its page is about, or what it names itself.

    A page about one condition speaks of others by the way ("it may follow a burn"): they are not
    what its claims are about, unless they are kinds of it. Treatments are those of both.
    """
    own = _of_subjects(mention.concept for mention in named)
    there = _of_subjects(one.concept for one in vocabulary.named_here(around, language, around))
    chosen: list[str] = []
    for facet in _SUBJECTS:
        mine, theirs = ([c.id for c in side if c.facet == facet] for side in (own, there))
        if facet == "intervention":
            chosen += mine + theirs
            continue
        kinds = {kind for one in theirs for kind in vocabulary.narrower(one)}
        chosen += [one for one in mine if one in kinds] + theirs if theirs else mine
    return tuple(dict.fromkeys(chosen))


def _telling(statistics: IndexStatistics, around: str) -> QueryTerm | None:
    """The word of a page's title that the fewest documents have, beside the treatments in it."""
    title = around.partition(". ")[0]
    language = statistics.translation.language_of(title)
    treatments = [
        (one.start, one.end)
        for one in statistics.vocabulary.named_here(title, language, around)
        if one.concept.facet == "intervention"
    ]
    terms = [
        QueryTerm(word.text, word.start, word.end, forms)
        for word in analyzer(language).words(title)
        if tells(word.text) and not any(a <= word.start < b for a, b in treatments)
        for forms in _forms(word, language, statistics)
    ]
    return min(terms, key=lambda term: _frequency(statistics, term), default=None)


def _frequency(statistics: IndexStatistics, term: QueryTerm) -> int:
    return max((statistics.frequency(RANKED, stem) for stem in term.forms), default=0)


def tells(word: str) -> bool:
    """True for a word of a title that says what its page is about, and not what pages are."""
    return len(word) >= _TELLING and not _OF_ANY_PAGE.match(fold(word))


def _of_subjects(concepts: Iterable[Concept]) -> list[Concept]:
    return [one for one in concepts if one.facet in _SUBJECTS and one.id not in _GENERAL]


def _forms(word: Word, language: str, statistics: IndexStatistics) -> list[dict[str, float]]:
    """The stems that stand for a word: each part of an English one counts by itself.

    Latin and English words stand in French sentences too.
    """
    if language == "en":
        return [{stem: 1.0} for stem in word.stems]
    raw = fold(word.text)
    forms = dict(statistics.translation.translate(raw))
    forms.update(dict.fromkeys(analyzer("en").token(raw).stems, 1.0))
    forms.update(dict.fromkeys(word.stems, 1.0))
    return [forms]
