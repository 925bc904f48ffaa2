"""Text to terms: one tokeniser for documents and queries, French and English stemming.

Case and accents are folded before stemming, so that "percutanée" and "percutanee" meet.
Tokens that biomedicine needs survive: `IL-6` gives il, 6 and il6; `5-HT3` gives 5, ht3 and
5ht3; `β-amyloid` and `beta-amyloid` give beta, amyloid and betaamyloid; `vitamin D` keeps
its letter; `-70 °C` is the one token -70c beside its number. A number and its unit are two words
however they are joined: `3-month`, `3 months`, `10mm`. English words are stemmed in their American
spelling. Chinese, Japanese and Korean, which put no spaces between words, are cut into pairs of
characters that overlap, as Lucene's CJKBigramFilter does.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from threading import Lock
from typing import NamedTuple

import Stemmer

from references.files import table
from references.normalise import GREEK, american, fold

#: Change it when any rule of this module changes: indexes made with another are rebuilt.
ANALYSIS = 6

_NOT_ASCII = re.compile(r"[^\x00-\x7f]")
_IN_GREEK = re.compile("[" + "".join(GREEK) + "]")

#: A word with what hyphens and apostrophes join to it; a temperature; a number with
#: decimals; a word that begins with a digit. Most tokens are of the first kind.
_TOKEN = re.compile(
    r"[^\W\d_][^\W_]*(?:[-‐‑⁻'’ʼ][^\W_]+)*"
    r"|(?:(?<![\w.])[-−–])?\d+(?:[.,]\d+)?\s?°\s?[cf]\b"
    r"|\d+(?:[.,]\d+)+(?![^\W_])"
    r"|\d[^\W_]*(?:[-‐‑⁻][^\W_]+)*"
)
#: The same where there are ASCII characters only, which is found faster.
_ASCII_TOKEN = re.compile(
    r"[a-z][a-z0-9]*(?:[-'][a-z0-9]+)*|\d+(?:[.,]\d+)+(?![a-z0-9])|\d[a-z0-9]*(?:-[a-z0-9]+)*"
)
_ELIDED = re.compile(r"^(?:[ldjmnstc]|qu|jusqu|lorsqu|puisqu)['’ʼ]")
_POSSESSIVE = re.compile(r"['’ʼ]s$")
_JOINT = re.compile("[-‐‑⁻'’ʼ]")
_APOSTROPHE = re.compile("['’ʼ]")
_DIGITS = re.compile(r"\d+(?:[.,]\d+)?")
#: A number and what it counts: a word, or a unit of measure.
_MEASURE = re.compile(
    r"(\d+(?:[.,]\d+)?)(?:[-‐‑⁻](?=[a-z])([a-z]{3,})|[-‐‑⁻]?(mm|cm|ml|mg|kg|mcg|µg|hz|khz|mhz|kpa))"
)
_CJK = re.compile("([\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\uf900-\ufaff]+)")

STOP = {
    language: frozenset(
        word
        for of, words in table("evidence.search.language", "stop.tsv")
        if of == language
        for word in words.split()
    )
    for language in ("en", "fr")
}
#: Words that only one of the two languages has: enough to tell which one a query is in.
_TELLS = {"fr": STOP["fr"] - STOP["en"], "en": STOP["en"] - STOP["fr"]}
_FRENCH_MARKS = re.compile(r"[àâçéèêëîïôùû]|\b(?:[ldjmnstc]|qu)['’]", re.IGNORECASE)


class Token(NamedTuple):
    """A token's stems (compounds give several) and its words by offset from its position."""

    stems: tuple[str, ...]
    words: tuple[tuple[int, str], ...]
    width: int
    joined: bool = False  # the last stem is all parts written as one


@dataclass(frozen=True, slots=True)
class Word:
    """A word of a query: where it stands, its parts, and its terms in the index."""

    text: str
    start: int
    end: int
    stems: tuple[str, ...]
    words: tuple[str, ...]


def _spell_greek(raw: str) -> str:
    """Greek letters by name, set apart from what surrounds them: tnfα -> tnf-alpha."""
    spelled = _IN_GREEK.sub(lambda m: f"-{GREEK[m.group()]}-", raw)
    return re.sub("-{2,}", "-", spelled).strip("-")


class Analyzer:
    """Terms of one language. Its caches make it fast; they are safe to share by threads."""

    def __init__(self, language: str) -> None:
        self.language = "fr" if language == "fr" else "en"
        self._stop = STOP[self.language]
        # Its own cache is left out: this one keeps tokens, and theirs is sorted each time it fills.
        self._stemmer = Stemmer.Stemmer("french" if self.language == "fr" else "english", 0)
        self._lock = Lock()
        #: What one raw token (of `raw_tokens`) stands for.
        self.token = lru_cache(maxsize=400_000)(self._analyse)

    def stem(self, word: str) -> str:
        """The stem of one folded word."""
        if len(word) < 3:
            return word
        if self.language == "en":
            word = american(word)
        with self._lock:  # a Stemmer must not be used by two threads at once
            return str(self._stemmer.stemWord(word))

    def stem_all(self, words: Sequence[str]) -> list[str]:
        """The stems of many folded words, in their order: much faster than one by one."""
        spelt = map(american, words) if self.language == "en" else words
        with self._lock:
            stems = self._stemmer.stemWords(list(spelt))
        return [w if len(w) < 3 else str(s) for w, s in zip(words, stems, strict=True)]

    def _analyse(self, raw: str) -> Token:
        if raw.isascii() and raw.isalpha():  # nearly all: nothing to take off or apart
            return (
                Token((), (), 1) if raw in self._stop else Token((self.stem(raw),), ((0, raw),), 1)
            )
        if _CJK.search(raw):
            return self._in_pairs(raw)
        if "°" in raw:
            number = _DIGITS.search(raw)
            degrees = number.group().replace(",", ".") if number else ""
            minus = "-" if raw[0] in "-−–" else ""
            whole = f"{minus}{degrees}{raw[-1]}"
            return Token((whole, degrees), ((0, degrees), (0, whole)), 1)
        text = _POSSESSIVE.sub("", _ELIDED.sub("", raw))
        if _IN_GREEK.search(text):
            text = _spell_greek(text)
        if text[:1].isdigit() and _DIGITS.fullmatch(text):
            number_text = text.replace(",", ".")
            return Token((number_text,), ((0, number_text),), 1)
        if measure := _MEASURE.fullmatch(text):
            counted = (measure[1].replace(",", "."), measure[2] or measure[3])
            return Token(tuple(map(self.stem, counted)), tuple(enumerate(counted)), 2)
        parts = [part for part in _JOINT.split(text) if part]
        if len(parts) == 1:
            if text in self._stop:
                return Token((), (), 1)
            return Token((self.stem(parts[0]),), ((0, parts[0]),), 1)
        kept = [(i, part) for i, part in enumerate(parts) if part not in self._stop]
        stems = [self.stem(part) for _, part in kept]
        words = list(kept)
        joined = len(parts) <= 3 and not _APOSTROPHE.search(text)
        if joined:
            whole = "".join(parts)
            own = self.stem(whole)
            stems = [stem for stem in stems if stem != own] + [own]
            words.append((0, whole))
        return Token(tuple(dict.fromkeys(stems)), tuple(words), len(parts), joined)

    @staticmethod
    def _in_pairs(raw: str) -> Token:
        """A run of characters without spaces, in pairs; Latin words in it stand by themselves."""
        words: list[str] = []
        for piece in filter(None, re.split(_CJK, raw)):
            if _CJK.fullmatch(piece) and len(piece) > 1:
                words += [piece[at : at + 2] for at in range(len(piece) - 1)]
            else:
                words.append(piece)
        return Token(tuple(dict.fromkeys(words)), tuple(enumerate(words)), len(words))

    def stems(self, text: str) -> list[str]:
        """The stems of a text, in order, stop words left out."""
        token = self.token
        return [stem for raw in raw_tokens(text) for stem in token(raw).stems]

    def words(self, text: str) -> list[Word]:
        """The words of a query with their places in the text as typed."""
        typed = []
        for raw, start, end in tokens_with_places(text):
            token = self.token(raw)
            words = tuple(word for _, word in token.words)
            typed.append(Word(text[start:end], start, end, token.stems, words))
        return typed


def _fold_with_places(text: str) -> tuple[str, Sequence[int]]:
    """The folded text and, for each of its characters, the place in `text` it came from."""
    if text.isascii():
        return text.lower(), range(len(text))
    pieces: list[str] = []
    places: list[int] = []
    done = 0
    for character in _NOT_ASCII.finditer(text):
        place = character.start()
        folded = fold(character.group())
        pieces += (text[done:place].lower(), folded)
        places += range(done, place)
        places += [place] * len(folded)
        done = place + 1
    pieces.append(text[done:].lower())
    places += range(done, len(text))
    return "".join(pieces), places


def tokens_with_places(text: str) -> Iterator[tuple[str, int, int]]:
    """The raw tokens of a text, each with the start and the end it has in the text."""
    folded, places = _fold_with_places(text)
    pattern = _ASCII_TOKEN if folded.isascii() else _TOKEN
    for match in pattern.finditer(folded):
        yield match.group(), places[match.start()], places[match.end() - 1] + 1


def raw_tokens(text: str) -> list[str]:
    """The tokens of a text as they stand, folded: what `Analyzer.token` explains."""
    folded = fold(text)
    return (_ASCII_TOKEN if folded.isascii() else _TOKEN).findall(folded)


@lru_cache(maxsize=4)
def analyzer(language: str) -> Analyzer:
    """The analyzer of a language ("fr"; anything else is analysed as English)."""
    return Analyzer("fr" if language == "fr" else "en")


#: The words of a phrase, each with its offset from the first.
PlacedWords = list[tuple[int, str]]


def placed(text: str, analyze: Analyzer) -> PlacedWords:
    """The words of a phrase with their offsets, as the index keeps positions."""
    words: PlacedWords = []
    place = 0
    for raw in raw_tokens(text):
        token = analyze.token(raw)
        whole = raw.replace("-", "")
        words += [
            (place + offset, word)
            for offset, word in token.words
            if word and (token.width == 1 or len(word) < len(whole))
        ]
        place += token.width
    return words


def without_elision(word: str) -> str:
    """A French word without the elided one before it: "effet" for "l'effet"."""
    return _ELIDED.sub("", word)


def likely_language(text: str, known: Callable[[str], str | None] | None = None) -> str | None:
    """ "fr" or "en", whichever the words of a text speak for; None when nothing tells.

    Function words, elisions and French letters decide; where they do not, `known` may tell the
    language of a folded word.
    """
    words = raw_tokens(text)
    french = sum(1 for word in words if word in _TELLS["fr"] or _ELIDED.match(word))
    english = sum(1 for word in words if word in _TELLS["en"])
    french += 2 * min(3, len(_FRENCH_MARKS.findall(text)))
    if french == english and known is not None:
        languages = [known(word) for raw in words for word in (raw, *raw.split("-"))]
        french, english = languages.count("fr"), languages.count("en")
    if french == english:
        return None
    return "fr" if french > english else "en"
