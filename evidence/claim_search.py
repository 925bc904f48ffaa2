"""Which judged claims answer what somebody types: the first half of every search.

A claim is found by what it is about (its concepts, and those that its words name), by the words of
its statement in either language, and, lightly, by those of its rationale. What lay people say is
told by `questions.tsv`: "est-ce dangereux" asks about serious harms, though no claim has the word.
The claims are those of one moment, as readers see them; there are hundreds, and a scan of all
takes a millisecond.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain
from typing import Any

from evidence.claims.claim import Bilingual, Claim
from evidence.claims.text import Text
from evidence.search.language.analysis import STOP, analyzer, likely_language, raw_tokens
from evidence.search.request import SearchRequest
from references.concepts import LANGUAGES, Vocabulary
from references.files import table
from references.identifiers import whole_identifier
from references.normalise import fold

#: How many claims a search shows before its references.
SHOWN = 3

ENOUGH = 0.45  # of what a question says, by weight: what a claim must have of it to answer it
NEAR_BEST = 0.6  # of the best claim's score: what another one must have to stand beside it
ASKED = 4.0  # weight of what a question asks about, where a rare word has about as much
OF_KIND = 1.5  # weight of asking for a kind of claim only
AGAIN = 0.2  # of a word that has told already what is asked about, if a claim has it too
BESIDE = 0.15  # of the second thing that a claim has of what is asked about
SUBJECT = 0.06  # gained with each concept of the title that a claim is about
LATER = 0.88  # of each further thing that a row of the table names, to the one before
MENTIONED = 0.9  # of a concept among those of a claim, to one that is its outcome or is said
NARROWER = 0.7  # of a concept under the one that is asked for
BROADER = 0.5  # of a concept over the one that is asked for, where it is no condition or nerve
SAID = 0.7  # of a concept that the statement names and the register does not
TITLED = 3.0  # of a concept of the title of its text that a claim is about
ABOUT = 0.6  # of a concept or word that the title of the text has, to one of the claim's own
REASONED = 0.3  # of a word that stands in the rationale only
UNKNOWN = 2.0  # weight of a word that no claim has
LENGTH = 0.12  # how far a long statement, which says much else, stands behind a short one

GENERAL = 10  # concepts under one from which on it is a field and no condition: pain

#: Facets in which a claim answers for what is asked or for nothing: hips are no knees.
_WHOM = ("indication", "nerve", "anatomy", "population", "intervention")

#: Where only a subject is named: what a treatment does comes first, then what it risks.
_KINDS = {"efficacy": 1.2, "safety": 1.12, "durability": 1.08, "indication": 1.04}

_PART = re.compile(r"[-‐‑'’ʼ]")
#: Operators, fields and stars ask for records, not for an answer.
_FOR_RECORDS = re.compile(
    r"\b(?:AND|OR|NOT|ET|OU|SAUF)\b|\w(?::|>=|<=|=|>|<)\S|\*|(?:^|\s)-\w|&&|\|\|"
)


@dataclass(frozen=True, slots=True)
class ClaimHit:
    """A claim that answers, its text, and how well it fits."""

    text: Text
    claim: Claim
    score: float

    def as_dict(self) -> dict[str, Any]:
        """The form of `evidence search --json` and of the API."""
        return {
            "text": self.text.id,
            "claim": self.claim.id,
            "statement": {language: self.claim.statement[language] for language in LANGUAGES},
            "verdict": self.claim.verdict,
            "certainty": self.claim.certainty,
            "score": round(self.score, 4),
        }


@dataclass(frozen=True, slots=True)
class _Row:
    """A row of the table: for each word the forms it may have, and what is asked about."""

    words: tuple[frozenset[str], ...]
    about: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Unit:
    """One thing that a question says: its weight, and what satisfies it, each in part or whole."""

    weight: float
    features: Mapping[str, float]
    extra: bool = False  # not missed where a claim lacks it
    needed: bool = False  # a claim that lacks it is no answer
    topic: bool = True  # tells a subject, not what is asked about it


def _stems(text: str, language: str) -> list[str]:
    """The stems of all words of a text, small ones too, elisions and hyphens taken apart."""
    parts = [part for raw in raw_tokens(text) for part in _PART.split(raw) if part]
    return analyzer(language).stem_all(parts)


def _form(word: str, language: str) -> str:
    """A folded word without the ending of its plural, in French of its feminine.

    Stems would not do: those of "effective" and "effect" are one.
    """
    form = word.rstrip("es") if language == "fr" else word.removesuffix("s")
    return form if len(form) > 2 else word


@lru_cache(maxsize=1)
def _rows() -> dict[str, list[_Row]]:
    """The table by language, rows of more words first."""
    rows: dict[str, list[_Row]] = {language: [] for language in LANGUAGES}
    for language, pattern, *about in table("evidence", "questions.tsv"):
        words = tuple(
            frozenset(_form(fold(one), language) for one in word.split("|"))
            for word in pattern.replace("'", " ").split()
        )
        rows[language].append(_Row(words, tuple(" ".join(about).split())))
    for listed in rows.values():
        listed.sort(key=lambda row: -len(row.words))
    return rows


def asks_claims(request: SearchRequest) -> bool:
    """Whether a search may be answered by claims.

    Not on later pages, and not where anything narrows it: filters are of references.
    """
    narrowed = request.filters or any(request.years) or request.verified or request.offset
    return not (narrowed or _asks_for_records(request.query))


def _asks_for_records(query: str) -> bool:
    """Whether a query has operators, fields or stars, or is an identifier."""
    return bool(_FOR_RECORDS.search(query) or whole_identifier(query))


def lay_words(claim: Claim, language: str) -> tuple[str, ...]:
    """The words with which lay people ask what a claim answers, each once.

    Args:
        claim: what answers.
        language: "fr" or "en".
    """
    about = {*claim.all_concepts, *claim.outcome}
    return tuple(
        dict.fromkeys(
            word
            for code, pattern, *told in table("evidence", "questions.tsv")
            if code == language and any(about.intersection(names.split()[:1]) for names in told)
            for word in pattern.replace("|", " ").split()
        )
    )


def passed_over(language: str) -> frozenset[str]:
    """The folded words that say nothing of what is asked: small ones, and those of any question."""
    idle = (row.words[0] for row in _rows()[language] if not row.about)
    return STOP[language].union(*idle)


class ClaimSearch:
    """The claims of one moment, to be searched. Safe to share between threads."""

    def __init__(self, claims: Iterable[tuple[Text, Claim]], vocabulary: Vocabulary) -> None:
        self._vocabulary = vocabulary
        self._titles: dict[str, frozenset[str]] = {}
        self._claims = list(claims)
        self._features = [self._of(text, claim) for text, claim in self._claims]
        self._having: dict[str, list[int]] = {}  # feature -> places of the claims that have it
        for place, features in enumerate(self._features):
            for name in features:
                self._having.setdefault(name, []).append(place)
        lengths = [len(claim.statement.en.split()) for _text, claim in self._claims]
        mean = sum(lengths) / len(lengths) if lengths else 1
        self._worth = [
            (1 + SUBJECT * len(self._subjects(text).intersection(claim.all_concepts)))
            / (1 - LENGTH + LENGTH * max(length / mean, 0.5))
            for (text, claim), length in zip(self._claims, lengths, strict=True)
        ]

    def search(self, query: str, limit: int = SHOWN) -> tuple[ClaimHit, ...]:
        """The claims that answer a question, best first; none where none does.

        What has operators, fields or stars, or is an identifier, asks for records.
        """
        if not self._claims or _asks_for_records(query):
            return ()
        units = list(self._units(query))
        topic = all(unit.topic for unit in units)
        whole = sum(unit.weight for unit in units if not unit.extra)
        hits = []
        asked = {name for unit in units for name in unit.features}
        for place in sorted({one for name in asked for one in self._having.get(name, ())}):
            (text, claim), features = self._claims[place], self._features[place]
            had = [_satisfied(unit, features) for unit in units]
            if any(unit.needed and not share for unit, share in zip(units, had, strict=True)):
                continue
            own = sum(unit.weight * share for unit, share in zip(units, had, strict=True))
            if whole and own / whole >= ENOUGH:
                prior = _KINDS.get(claim.kind, 1.0) if topic else 1.0
                hits.append(ClaimHit(text, claim, own * self._worth[place] * prior))
        hits.sort(key=lambda hit: -hit.score)
        return tuple(hit for hit in hits[:limit] if hit.score >= NEAR_BEST * hits[0].score)

    def answering(self, request: SearchRequest) -> tuple[ClaimHit, ...]:
        """The claims to show before the references of a search.

        None where `asks_claims` says so.
        """
        return self.search(request.query) if asks_claims(request) else ()

    # ---- what a claim has ----

    def _of(self, text: Text, claim: Claim) -> dict[str, float]:
        """The features of a claim: kind, concepts, words, each with how much it is about it."""
        features = {f"kind:{claim.kind}": 0.8}

        def add(names: Iterable[str], share: float) -> None:
            for name in names:
                features[name] = max(features.get(name, 0.0), share)

        add((*claim.outcome, *claim.population, *claim.intervention), 1.0)
        add(claim.all_concepts, MENTIONED)
        add(_words(claim.statement), 1.0)
        add(_words(text.title), ABOUT)
        if claim.rationale:
            add(_words(claim.rationale), REASONED)
        title = self._subjects(text)
        add(self._named(claim.statement), SAID)
        add(title, ABOUT)
        add(title.intersection(claim.all_concepts), TITLED)
        for name, share in tuple(features.items()):
            if name in self._vocabulary:
                add(self._above(name), share * NARROWER)
        return features

    def _subjects(self, text: Text) -> frozenset[str]:
        """The concepts that the title of a text names."""
        if text.id not in self._titles:
            self._titles[text.id] = frozenset(self._named(text.title))
        return self._titles[text.id]

    def _named(self, words: Bilingual) -> Iterator[str]:
        for language in LANGUAGES:
            for mention in self._vocabulary.find(words[language], language):
                yield mention.concept.id

    def _above(self, name: str) -> Iterator[str]:
        """The concepts over one, so that whoever asks for them finds what is narrower."""
        for broader in self._vocabulary[name].broader:
            if broader in self._vocabulary:
                yield broader
                yield from self._above(broader)

    # ---- what a question says ----

    def _units(self, query: str) -> Iterator[_Unit]:
        """What a question says, each part of it once."""
        language = likely_language(query)
        said: set[str] = set()
        idle: set[str] = set()
        for one in (language,) if language else LANGUAGES:
            asked, used, passed = _asked(query, one)
            said |= used
            idle |= passed
            for about in asked:
                weight = OF_KIND if all(":" in name for name in about) else ASKED
                features = {name: LATER**rank for rank, name in enumerate(about)}
                yield _Unit(weight, features, topic=False)
        for words, concepts in self._concepts(query, language).items():
            tokens = raw_tokens(words)
            telling = [
                token for token in tokens if not any(token in STOP[one] for one in LANGUAGES)
            ]
            if 2 * sum(token in said for token in telling) < max(len(telling), 1):
                said.update(tokens)
                whom = all(map(self._is_needed, concepts))
                features = dict.fromkeys(concepts, 1.0)
                for broader in () if whom else chain(*map(self._above, concepts)):
                    features.setdefault(broader, BROADER)
                yield _Unit(max(map(self._rarity, concepts)), features, needed=whom)
        for token in raw_tokens(query):
            for part in _PART.split(token):
                if len(part) < 3 or part in idle or any(part in STOP[one] for one in LANGUAGES):
                    continue
                names = [f"{one}:{analyzer(one).stem(part)}" for one in LANGUAGES]
                weight = max(map(self._rarity, names)) * (AGAIN if part in said else 1)
                yield _Unit(weight, dict.fromkeys(names, 1.0), extra=part in said)

    def _is_needed(self, name: str) -> bool:
        """Whether whoever asks about a concept is not answered by what is said of another."""
        under = self._vocabulary.narrower(name)
        return self._vocabulary[name].facet in _WHOM and len(under) < GENERAL

    def _concepts(self, query: str, language: str | None) -> dict[str, list[str]]:
        named: dict[str, list[str]] = {}
        for mention in self._vocabulary.find(query, language):
            named.setdefault(mention.words, []).append(mention.concept.id)
        return named

    def _rarity(self, name: str) -> float:
        """What it says of a claim that it has a feature: much where few have it."""
        holding = self._having.get(name)
        return math.log(1 + len(self._claims) / len(holding)) if holding else UNKNOWN


@lru_cache(maxsize=64)  # the title of a text is asked for with each of its claims
def _words(words: Bilingual) -> tuple[str, ...]:
    return tuple(
        f"{language}:{stem}" for language in LANGUAGES for stem in _stems(words[language], language)
    )


def _asked(query: str, language: str) -> tuple[list[tuple[str, ...]], set[str], set[str]]:
    """What a question asks about by the table, its words that say so, and those to pass over."""
    tokens = [part for raw in raw_tokens(query) for part in _PART.split(raw) if part]
    places = {token: _form(token, language) for token in tokens}
    asked: list[tuple[str, ...]] = []
    used: set[str] = set()
    passed: set[str] = set()
    forms = set(places.values())
    for row in _rows()[language]:
        if forms.isdisjoint(row.words[0]):
            continue  # so it is of most rows
        matched = {
            next((typed for typed, form in places.items() if form in word), "")
            for word in row.words
        }
        if "" in matched or len(matched) < len(row.words) or matched & used:
            continue
        used |= matched
        if row.about:
            asked.append(row.about)
        else:
            passed |= matched
    return asked, used, passed


def _satisfied(unit: _Unit, features: Mapping[str, float]) -> float:
    """How far a claim has one thing that a question says; of a subject, its text counts too."""
    most = TITLED if unit.topic else 1.0
    shares = sorted(
        share * min(features.get(name, 0.0), most) for name, share in unit.features.items()
    )
    return shares[-1] + (BESIDE * shares[-2] if len(shares) > 1 else 0.0)
