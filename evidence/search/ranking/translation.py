"""From French words to English ones, for what the vocabulary does not know.

Medical French and English share most of their terms under different endings. A French word
is rewritten by the regular correspondences of endings and spellings, and whatever the index
really contains is kept: nothing has to be prepared, and a wrong guess finds nothing.
"""

from __future__ import annotations

import re
from functools import cached_property, lru_cache
from importlib.resources import files
from itertools import chain

from evidence.search.analysis import (
    STOP,
    analyzer,
    likely_language,
    raw_tokens,
    without_elision,
)
from evidence.search.index import reader as wi
from references.concepts import LANGUAGES, Vocabulary
from references.normalise import fold

#: French endings (folded) and what stands for them in English; tried longest first.
ENDINGS: tuple[tuple[str, tuple[str, ...]], ...] = tuple(
    sorted(
        {
            "ique": ("ic", "ical", "ics"),
            "iques": ("ic", "ical", "ics"),
            "ie": ("y", "ia"),
            "ies": ("y", "ia"),
            "logie": ("logy",),
            "graphie": ("graphy",),
            "scopie": ("scopy",),
            "algie": ("algia",),
            "emie": ("emia", "aemia"),
            "pathie": ("pathy",),
            "ite": ("itis", "ity", "ite"),
            "ites": ("itis", "ities"),
            "ose": ("osis", "ose"),
            "oses": ("osis", "oses"),
            "yse": ("ysis", "yze"),
            "yses": ("yses", "ysis"),
            "lyse": ("lysis",),
            "ese": ("esis", "ese"),
            "ase": ("ase", "asis"),
            "iase": ("iasis",),
            "aque": ("ac", "acal"),
            "aques": ("ac", "acal"),
            "ome": ("oma", "ome"),
            "omes": ("omas", "omes"),
            "isme": ("ism",),
            "ismes": ("isms",),
            "iste": ("ist",),
            "istes": ("ists",),
            "tion": ("tion",),
            "ement": ("ement", "ly"),
            "ment": ("ment", "ly"),
            "eur": ("or", "er", "our"),
            "eurs": ("ors", "ers"),
            "trice": ("tor",),
            "eux": ("ous",),
            "euse": ("ous",),
            "euses": ("ous",),
            "oire": ("ory",),
            "oires": ("ory", "ories"),
            "aire": ("ary", "ar", "aire"),
            "aires": ("ary", "ar", "aries"),
            "al": ("al",),
            "ale": ("al",),
            "ales": ("al",),
            "aux": ("al", "als"),
            "el": ("al", "el"),
            "elle": ("al",),
            "els": ("al",),
            "elles": ("al",),
            "if": ("ive",),
            "ive": ("ive",),
            "ifs": ("ive",),
            "ives": ("ive",),
            "e": ("", "e", "a", "ed", "um", "us"),
            "es": ("s", "es", "ed", "as"),
            "ee": ("ed", "ee", "ea"),
            "ees": ("ed", "ees"),
            "er": ("e", "ate", ""),
            "ant": ("ant", "ing"),
            "ante": ("ant", "ing"),
            "antes": ("ant", "ing"),
            "ence": ("ence", "ency"),
            "ance": ("ance", "ancy"),
            "ine": ("in", "ine"),
            "ines": ("ins", "ines"),
            "ien": ("ian",),
            "ienne": ("ian",),
            "iens": ("ians",),
            "iennes": ("ian",),
            "ure": ("ure",),
            "able": ("able",),
            "ible": ("ible",),
            "ide": ("id", "ide"),
            "ides": ("ids", "ides"),
            "gramme": ("gram",),
            "metre": ("meter",),
            "re": ("er", "re"),
            "res": ("ers", "res"),
            "isation": ("ization", "isation"),
            "iser": ("ize", "ise"),
            "ise": ("ized", "ize"),
            "isee": ("ized",),
            "isees": ("ized",),
            "ises": ("ized",),
            "ateur": ("ator",),
            "ifie": ("ified",),
            "ifier": ("ify",),
            "oide": ("oid",),
            "oides": ("oids",),
            "eine": ("ein", "eine"),
            "ile": ("ile", "il"),
            "ene": ("ene", "en", "enous"),
            "gene": ("gen", "genic", "gene"),
            "": ("",),
            "s": ("s", ""),
            "phage": ("phagus", "phage"),
            "us": ("us",),
            "is": ("is",),
        }.items(),
        key=lambda pair: -len(pair[0]),
    )
)
#: Spellings inside a word: French, English.
INSIDE = (
    ("nevr", "neur"),
    ("oe", "e"),
    ("hemato", "hemato"),
    ("quin", "kin"),
    ("cin", "kin"),
    ("psych", "psych"),
    ("estro", "estro"),
    ("oestr", "estr"),
    ("rh", "rh"),
    ("rythm", "rhythm"),
    ("ortho", "ortho"),
    ("squelett", "skelet"),
    ("mouvement", "movement"),
    ("ecchym", "ecchym"),
    ("gastr", "gastr"),
    ("caract", "charact"),
    ("mecan", "mechan"),
    ("tec", "tech"),
    ("foetus", "fetus"),
    ("leuco", "leuko"),
    ("infirmi", "infirm"),
    ("trait", "treat"),
    ("etud", "stud"),
    ("espec", "spec"),
    ("etat", "stat"),
    ("ech", "sc"),
    ("respons", "respons"),
    ("reponse", "response"),
    ("exerc", "exerc"),
    ("adress", "address"),
    ("syndrom", "syndrom"),
)
_ESTABLISHED = re.compile(r"^e(?=[cpst])")  # école, étude, espace: French é for Latin s


def _lexicon_lines() -> list[tuple[str, str]]:
    """The list beside this module: a folded French word, and its English ones."""
    text = files("evidence.search").joinpath("lexicon.tsv").read_text(encoding="utf-8")
    pairs = (line.partition("\t") for line in fold(text).splitlines() if line[:1] not in ("", "#"))
    return [(french, english) for french, _, english in pairs]


@lru_cache(maxsize=1)
def french_words() -> frozenset[str]:
    """The folded French words of our own list."""
    return frozenset(french for french, _ in _lexicon_lines())


@lru_cache(maxsize=1)
def lexicon() -> dict[str, tuple[str, ...]]:
    """French stem -> English words, of the list beside this module."""
    found: dict[str, dict[str, None]] = {}
    stem = analyzer("fr").stem
    for french, english in _lexicon_lines():
        found.setdefault(stem(french), {}).update(dict.fromkeys(english.split()))
    return {french: tuple(english) for french, english in found.items()}


def _all_terms(vocabulary: Vocabulary, language: str) -> str:
    """Every term of a language on a line of its own: one text is read faster than thousands."""
    return "\n".join(term for concept in vocabulary for term in concept.terms(language))


Endings = tuple[tuple[str, tuple[str, ...]], ...]


def in_english(word: str, endings: Endings = ENDINGS) -> list[str]:
    """What a folded French word becomes by the three longest of its endings that correspond."""
    found: dict[str, None] = {}
    matched = 0
    for ending, replacements in endings:
        if word.endswith(ending) and len(word) - len(ending) >= 3:
            root = word[: len(word) - len(ending)] if ending else word
            found.update(dict.fromkeys(root + r for r in replacements))
            matched += 1
            if matched == 3:
                break
    return list(found)


class Bridge:
    """Translations of French words into stems that an index contains."""

    def __init__(self, index: wi.OpenIndex, vocabulary: Vocabulary) -> None:
        self._index = index
        self._vocabulary = vocabulary
        self._cache: dict[str, tuple[tuple[str, float], ...]] = {}

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
        if english is None or word in english or self._index.frequency(wi.EXACT, word):
            return None  # not known, or a word of both
        return "fr"

    def translate(self, word: str) -> tuple[tuple[str, float], ...]:
        """English stems of the index that a folded French word may stand for, with weights."""
        found = self._cache.get(word)
        if found is None:
            if len(self._cache) > 50_000:
                self._cache.clear()
            found = self._cache[word] = tuple(self._translate(word))
        return found

    def _translate(self, word: str) -> list[tuple[str, float]]:
        bare = without_elision(word)
        if len(bare) < 4 or bare in STOP["fr"]:
            return []
        stem = analyzer("en").stem
        own = stem(bare)
        found: dict[str, float] = {}
        if "-" in bare and analyzer("fr").stem(bare) not in lexicon():
            parts = [part for part in bare.split("-") if part]
            for part in ("".join(parts), *parts):
                found.update(self.translate(part))
            return list(found.items())[:8]
        for english in lexicon().get(analyzer("fr").stem(bare), ()):
            english_stem = stem(english)
            if english_stem != own and self._index.frequency(wi.RANKED, english_stem):
                found[english_stem] = 1.0
        for candidate in self._candidates(bare):
            candidate_stem = stem(candidate)
            if candidate_stem == own or candidate_stem in found:
                continue
            if self._index.frequency(wi.RANKED, candidate_stem):
                found[candidate_stem] = 1.0
        return list(found.items())[:6]

    @staticmethod
    def _candidates(word: str) -> list[str]:
        bases = [word]
        for french, english in INSIDE:
            if french in word and french != english:
                bases.append(word.replace(french, english))
        if _ESTABLISHED.match(word):
            bases.append("s" + word[1:])
        return list(dict.fromkeys(chain.from_iterable(map(in_english, bases))))
