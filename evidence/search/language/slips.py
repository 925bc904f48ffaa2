"""Slips of spelling: which words people write when they mean another."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import chain

from rapidfuzz import process
from rapidfuzz.distance import OSA, Prefix

from evidence.search.language.translation import ENDINGS

#: What sounds alike, as one character; vowels are left out but for the first.
_SOUNDS = (
    (re.compile("ph"), "f"),
    (re.compile("(?<=.)h"), ""),
    (re.compile("sc(?=[eiy])|c(?=[eiy])|[st](?=i[oae])|z"), "s"),
    (re.compile("qu|[cq]"), "k"),
    (re.compile("(?<=.)x"), "ks"),
    (re.compile("(?<=.)[aeiouyw]"), ""),
    (re.compile(r"(.)\1+"), r"\1"),
)
#: Endings of words in both languages.
_ENDINGS = frozenset(chain(*((french, *english) for french, english in ENDINGS)))


def sound(word: str) -> str:
    """The consonants of a folded word as they sound, and its first letter."""
    for pattern, character in _SOUNDS:
        word = pattern.sub(character, word)
    return word


def is_slip(word: str, term: str, letters: int) -> bool:
    """Whether a folded word is a likely slip for a term that differs in some letters.

    One letter is missing, added or swapped with the next, but for the first; or both sound
    alike, and the more letters are off, the later they begin to differ. Another consonant makes
    another word: hypotonia is no slip of hypertonia.
    """
    same = Prefix.similarity(word, term)
    if sound(word) == sound(term):
        return same >= 2 * (letters - 1)
    moved = len(word) != len(term) or sorted(word) == sorted(term)
    return letters == 1 and moved and same > 0


def same_root(word: str, term: str) -> bool:
    """Whether two folded words are one root with two endings of their language."""
    same = Prefix.similarity(word, term)
    return any(
        word[root:] in _ENDINGS and term[root:] in _ENDINGS
        for root in range(max(4, same - 3), same + 1)
    )


def slips(word: str, terms: Iterable[str], reach: int) -> Iterator[tuple[str, int]]:
    """The terms for which people write a folded word, and how many letters each is off.

    At most `reach` letters: missing, added, other, or swapped with the next.
    """
    near = process.extract(word, list(terms), scorer=OSA.distance, score_cutoff=reach, limit=30)
    for term, distance, _ in near:
        letters = int(distance)
        if term.isalpha() and is_slip(word, term, letters):
            yield term, letters
