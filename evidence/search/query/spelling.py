"""Did you mean: a word that is written nowhere, replaced by the nearest one that is.

A query that is rightly written is never questioned: only words that are in no dictionary of
either language, in no name of the vocabulary and in no record are looked at, and only where
few records have all that was asked for. What is proposed for them is a name of the vocabulary, a
word of the library or a common one, if the slip is one that people make (`slips`).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from itertools import chain, islice, product
from typing import NamedTuple

from rapidfuzz.distance import Prefix

from evidence.search.index.schema import EXACT, RANKED
from evidence.search.index.statistics import IndexStatistics
from evidence.search.language.analysis import analyzer, raw_tokens, tokens_with_places
from evidence.search.language.dictionary import counterparts, dictionary, forms, is_word
from evidence.search.language.slips import same_root, slips
from evidence.search.query.nodes import Field, Node, Phrase, Words, leaves
from references.concepts import LANGUAGES, Vocabulary
from references.normalise import fold

FEW = 5  # records: with this many, the query needs no correction
SHORTEST = 5  # letters of a word whose spelling is judged
ABBREVIATION = 6  # letters, at most, of a word in capitals that is taken for an abbreviation
MAX_WORDS = 4  # words of a query that are replaced

_APOSTROPHES = ("'", "’", "ʼ")

_PART = re.compile(r"[^-‐‑⁻'’ʼ]+")


class _WordSource(NamedTuple):
    """Folded words to propose, and what is asked of them."""

    terms: Iterable[str]
    reach: int  # letters by which a slip may be off, at most
    handicap: float  # what its words count as farther off than they are
    min_frequency: int = 0  # records that must have a word, or it may be a slip itself


@lru_cache(maxsize=4)
def _names_in(vocabulary: Vocabulary) -> dict[str, dict[str, str]]:
    """Folded words of the vocabulary's names, and how each language writes them.

    Variants are left out: common misspellings are among them.
    """
    written: dict[str, dict[str, str]] = {}
    for concept, language in product(vocabulary, LANGUAGES):
        for term in concept.names(language):
            for word in re.findall(r"[^\W\d_]+", term):
                if len(word) >= SHORTEST and not word.isupper():
                    written.setdefault(fold(word), {}).setdefault(language, word.lower())
    return written


class Speller:
    """Proposes spellings for words that neither language, nor anything here, has."""

    def __init__(self, statistics: IndexStatistics) -> None:
        self._index = statistics

    @property
    def _names(self) -> dict[str, dict[str, str]]:
        return _names_in(self._index.vocabulary)

    def _written(self, word: str, language: str) -> str:
        """A folded word as a language writes it, or as the other does where only that has it."""
        if spoken := dictionary(language).words.get(word):
            return spoken
        names = self._names.get(word, {})
        return names.get(language) or next(iter(names.values()), word)

    def _known(self, word: str) -> bool:
        """Whether a folded word is written anywhere; what is slow to look up is asked last."""
        if any(self._index.frequency(name, word) for name in (EXACT, "author", "journal")):
            return True
        stems = chain(*(analyzer(language).token(word).stems for language in LANGUAGES))
        return (
            any(self._index.frequency(RANKED, stem) for stem in stems)
            or any(form in self._names for form in forms(word))
            or is_word(word)
        )

    def _sources(self, word: str, name: bool) -> Iterator[_WordSource]:
        """Names of the vocabulary first, which are what is searched for here."""
        size = len(word)
        yield _WordSource(self._names, 3 if size > 6 else 1, 0)
        if size > 5:
            read = self._index.near(word)
            yield _WordSource(read, 2 if size > 6 else 1, 0.5, min_frequency=3)
        if size > 6 and not name:
            common = chain(*(dictionary(language).common for language in LANGUAGES))
            yield _WordSource(common, 2 if size > 8 else 1, 1)

    def _candidates(self, word: str, name: bool) -> dict[str, float]:
        """What may be meant by a folded word, and how far off each is."""
        distances: dict[str, float] = {}
        for terms, reach, handicap, min_frequency in self._sources(word, name):
            for term, letters in slips(word, terms, reach):
                another = term in counterparts(word) or (handicap and same_root(word, term))
                if not another and self._index.frequency(EXACT, term) >= min_frequency:
                    distances.setdefault(term, letters + handicap)
        return distances

    def nearest(self, word: str, language: str, name: bool = False) -> str | None:
        """The word nearest to a folded one, as `language` writes it; None when none is near.

        What may be the `name` of somebody is not taken for an everyday word.
        """
        cost = self._candidates(word, name)
        spoken = dictionary(language).words

        def order(term: str) -> tuple[float, bool, int, int, str]:
            records = self._index.frequency(EXACT, term)
            return cost[term], term not in spoken, -Prefix.similarity(word, term), -records, term

        best = min(cost, key=order, default="")
        return self._written(best, language) if best else None

    def suggest(self, text: str, node: Node, total: int, language: str) -> str | None:
        """The query with its unknown words replaced by near ones, all else as it was typed.

        None when nothing is to be replaced, or when `total` records are enough.
        """
        if total >= FEW:
            return None
        asked = frozenset(raw_tokens(_plain(node)))
        unknown = (typed for typed in _words(text, asked) if not self._known(fold(typed[0])))
        proposal = text
        for word, start, end in reversed(list(islice(unknown, MAX_WORDS))):
            if better := self.nearest(fold(word), language, word.istitle()):
                proposal = proposal[:start] + _in_case_of(word, better) + proposal[end:]
        return None if proposal == text else proposal


def _words(text: str, asked: frozenset[str]) -> Iterator[tuple[str, int, int]]:
    """The words of a query whose spelling can be judged, each with its place.

    They are among those `asked` for as words, and are no abbreviation, no elided word (`l'`,
    `qu'`, `don't`) and no combining form (`gastro-`), which dictionaries do not list.
    """
    for token, start, end in tokens_with_places(text):
        if token not in asked:
            continue
        for part in _PART.finditer(text, start, end):
            word, after = part[0], text[part.end() : end]
            if len(word) < SHORTEST or not fold(word).isalpha():
                continue
            if word.isupper() and len(word) <= ABBREVIATION:
                continue
            if after[:1] in _APOSTROPHES and after[1:].lower() != "s":
                continue
            if after and word[-1] in "oO":
                continue
            yield word, part.start(), part.end()


def _in_case_of(typed: str, word: str) -> str:
    """A word in capitals where the typed one is, or with a first capital where it has one."""
    if typed.isupper():
        return word.upper()
    return word[:1].upper() + word[1:] if typed[0].isupper() else word


def _plain(node: Node) -> str:
    """The words of a query that were looked up as words; names of people are not judged."""
    return " ".join(
        leaf.text
        for leaf in leaves(node, excluded=True)
        if isinstance(leaf, Words | Phrase) or (isinstance(leaf, Field) and leaf.name == "title")
    )
