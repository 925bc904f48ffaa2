"""From French words to English ones, for what the vocabulary does not know.

Medical French and English share most of their terms under different endings. A French word
is rewritten by the regular correspondences of endings and spellings, and only what the index
really contains is kept: nothing has to be prepared, and a wrong guess matches nothing.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cached_property, lru_cache
from itertools import chain

from evidence.search.language.analysis import (
    STOP,
    analyzer,
    likely_language,
    raw_tokens,
    without_elision,
)
from references.concepts import LANGUAGES, Vocabulary
from references.files import table
from references.normalise import fold

Endings = tuple[tuple[str, tuple[str, ...]], ...]

_ESTABLISHED = re.compile(r"^e(?=[cpst])")  # école, étude, espace: French é for Latin s


def read_pairs(name: str) -> list[tuple[str, str]]:
    """The pairs of a list beside this module, folded; empty lines and comments left out."""
    return [(fold(a), fold(b)) for a, b in table("evidence.search.language", name)]


_CORRESPONDENCES = read_pairs("correspondences.tsv")
#: French endings (folded) and what stands for them in English; the longest first.
ENDINGS: Endings = tuple(
    sorted(
        (
            (french[1:], tuple(ending[1:] for ending in english.split()))
            for french, english in _CORRESPONDENCES
            if french.startswith("-")
        ),
        key=lambda pair: -len(pair[0]),
    )
)
#: Spellings inside a word: French, English.
_INSIDE = [pair for pair in _CORRESPONDENCES if not pair[0].startswith("-")]


@lru_cache(maxsize=1)
def listed_words() -> frozenset[str]:
    """The folded words of our own list, French and English."""
    pairs = read_pairs("lexicon.tsv")
    return frozenset(word for french, english in pairs for word in (french, *english.split()))


@lru_cache(maxsize=1)
def lexicon() -> dict[str, tuple[str, ...]]:
    """French stem -> English words, of the list beside this module."""
    entries: dict[str, dict[str, None]] = {}
    pairs = read_pairs("lexicon.tsv")
    stems = analyzer("fr").stem_all([french for french, _english in pairs])
    for stem, (_french, english) in zip(stems, pairs, strict=True):
        entries.setdefault(stem, {}).update(dict.fromkeys(english.split()))
    return {french: tuple(english) for french, english in entries.items()}


def _all_terms(vocabulary: Vocabulary, language: str) -> str:
    """Every term of a language on a line of its own: one text is read faster than thousands."""
    return "\n".join(term for concept in vocabulary for term in concept.terms(language))


def in_english(word: str, endings: Endings = ENDINGS) -> list[str]:
    """What a folded French word becomes by the three longest of its endings that correspond."""
    rewritten: dict[str, None] = {}
    matched = 0
    for ending, replacements in endings:
        if word.endswith(ending) and len(word) - len(ending) >= 3:
            root = word[: len(word) - len(ending)] if ending else word
            rewritten.update(dict.fromkeys(root + r for r in replacements))
            matched += 1
            if matched == 3:
                break
    return list(rewritten)


class QueryTranslation:
    """Translations of French words into stems that an index contains."""

    def __init__(
        self,
        vocabulary: Vocabulary,
        has_stem: Callable[[str], bool],
        has_word: Callable[[str], bool],
    ) -> None:
        """`has_stem` and `has_word` tell whether the index has a stem, or a word as written."""
        self._vocabulary = vocabulary
        self._has_stem = has_stem
        self._has_word = has_word
        #: English stems of the index that a folded French word may stand for, with weights.
        self.translate = lru_cache(maxsize=50_000)(self._translate)

    def over(
        self, has_stem: Callable[[str], bool], has_word: Callable[[str], bool]
    ) -> QueryTranslation:
        """The same for another index, without reading the vocabulary again."""
        same = QueryTranslation(self._vocabulary, has_stem, has_word)
        same.__dict__["_languages"] = self._languages
        return same

    @cached_property
    def _languages(self) -> dict[str, str]:
        """The language of each word that the vocabulary has in one language only."""
        words = {
            language: {
                word
                for word in raw_tokens(_all_terms(self._vocabulary, language))
                if word.isalpha()
            }
            for language in LANGUAGES
        }
        return {
            word: language
            for language, other in (("fr", "en"), ("en", "fr"))
            for word in words[language] - words[other]
        }

    def language_of(self, text: str) -> str:
        """The language of a query or claim: "fr" or "en"."""
        return likely_language(text, self._known) or "en"

    def _known(self, word: str) -> str | None:
        language = self._languages.get(word)
        if language is not None:
            return language
        # Stems of short words coincide too often: "hot" would be the stem of "hôte".
        english = lexicon().get(analyzer("fr").stem(word)) if len(word) > 4 else None
        if english is None or word in english or self._has_word(word):
            return None  # not known, or a word of both
        return "fr"

    def _translate(self, word: str) -> tuple[tuple[str, float], ...]:
        bare = without_elision(word)
        if len(bare) < 4 or bare in STOP["fr"]:
            return ()
        stem = analyzer("en").stem
        own = stem(bare)
        translations: dict[str, float] = {}
        if "-" in bare and analyzer("fr").stem(bare) not in lexicon():
            parts = [part for part in bare.split("-") if part]
            for part in ("".join(parts), *parts):
                translations.update(self.translate(part))
            return tuple(translations.items())[:8]
        for english in lexicon().get(analyzer("fr").stem(bare), ()):
            if (translated := stem(english)) != own and self._has_stem(translated):
                translations[translated] = 1.0
        for candidate in map(stem, self._candidates(bare)):
            if candidate not in (own, *translations) and self._has_stem(candidate):
                translations[candidate] = 1.0
        return tuple(translations.items())[:6]

    @staticmethod
    def _candidates(word: str) -> list[str]:
        bases = [word]
        bases += [word.replace(french, english) for french, english in _INSIDE if french in word]
        if _ESTABLISHED.match(word):
            bases.append("s" + word[1:])
        return list(dict.fromkeys(chain.from_iterable(map(in_english, bases))))
