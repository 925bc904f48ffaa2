"""Journals: the same one, under a full name, an abbreviation or an acronym."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable, Sequence
from itertools import product

from references.normalise import comparable_words, fold

#: Words that abbreviations leave out, ...
_SMALL_WORDS = (
    "a an the of and in on for to with de la le les l d des du et en und der die das fur del "
    "della di e i"
)
#: ... and what may be left out at the end of a journal's name.
_PLACE_WORDS = (
    "north america united states kingdom great britain england london europe france paris "
    "volume edition"
)
#: What follows a colon or a point and only says whose journal it is, or of what kind.
_DESCRIBES = re.compile(
    r"\s*[:.;]\s+(?=(?:(?:the|an?|l['’]|une?)\s*)?(?:official|(?:[\w,-]+ ){0,4}journal\b|"
    r"technology at|basic, translational|organ\b|publication|publ\b|revue\b|organe\b|"
    r"bulletin of|incorporating|including)).*",
    re.IGNORECASE,
)
#: The same name in another language: "Canadian journal of anaesthesia = Journal canadien ...".
_PARALLEL = re.compile(r"\s+=\s+|\s*/\s*(?=Journal|Revue|Annales|Archives)")
_MEETINGS = "Conference|Symposium|Workshop|Congress|Meeting|Annual"
_LEADING_ACRONYM = re.compile(r"([A-Z]{3,6})\s*[:.]\s+(?=\S)")
_SMALL, _PLACES = frozenset(_SMALL_WORDS.split()), frozenset(_PLACE_WORDS.split())
_COUNTRIES = {
    "usa": ("united", "states", "america"),
    "us": ("united", "states"),
    "uk": ("united", "kingdom"),
}
#: "2019", "12th": the number of a meeting in the name of its proceedings.
_MEETING = re.compile(r"(?:19|20)\d\d|\d{1,3}(?:st|nd|rd|th)")


@functools.lru_cache(maxsize=16_384)
def _significant(name: str) -> tuple[str, ...]:
    """The words of a journal's name that its abbreviation must stand for."""
    name = re.sub(r"\((?:[^()]*)\)", " ", name)
    name = re.sub(r"\b[dl]['’]", " ", name, flags=re.I)  # Annales d'Anesthésie
    name = re.sub(r"\bU\.?\s?S\.?\s?A\b\.?", "USA", name)
    words: list[str] = []
    for word in comparable_words(name):
        if word not in _SMALL and not _MEETING.fullmatch(word):
            words += _COUNTRIES.get(word, (word,))
    return tuple(words)


def _shortens(short: str, long: str) -> bool:
    """True when `short` can abbreviate `long`: its beginning, or a contraction (Natl, Intl)."""
    if not short or short[0] != long[0]:
        return False
    if long.startswith(short):
        return True
    if len(short) > 0.5 * len(long):
        return False  # too long for a contraction: a misspelling, or another field (Neuroradiol)
    rest = iter(long)
    return all(letter in rest for letter in short)


def _abbreviates(short: Sequence[str], long: Sequence[str]) -> bool:
    """True when each word shortens the one at its place: "Obstet Gynecol Clin" for the name
    that ends with "… Clinics of North America" too.
    """
    if len(short) != len(long) and not (
        3 <= len(short) < len(long) and _PLACES.issuperset(long[len(short) :])
    ):
        return False
    return all(_shortens(a, b) for a, b in zip(short, long, strict=False))


def _is_acronym(short: str, long: Sequence[str]) -> bool:
    """True when the letters of `short` begin consecutive words, two or more, to the end of `long`.

    One word is no acronym: "Pain" does not stand for the "Clinical Journal of Pain".
    """
    letters = fold(short)
    if not 3 <= len(letters) <= 10 or not letters.isalpha():
        return False

    @functools.cache
    def fits(at: int, word: int) -> bool:
        if at == len(letters) or word == len(long):
            return at == len(letters) and word == len(long)
        return any(
            fits(at + taken, word + 1)
            for taken in range(1, len(letters) - at + 1)
            if long[word].startswith(letters[at : at + taken])
        )

    return any(fits(0, start) for start in range(len(long) - 1))


def _names_itself(one: str, other: str) -> bool:
    """True when one name is an acronym that stands in the other as that of a meeting.

    "… (CVPR)", "Proceedings of the AAAI Conference"; "BMJ" is no "BMJ Open".
    """
    short, long = sorted((one.strip(), other), key=len)
    if not re.fullmatch(r"[A-Z][A-Za-z]*[A-Z]", short):
        return False
    named = rf"\({re.escape(short)}\)|(?<![\w-]){re.escape(short)} (?:{_MEETINGS})\b"
    return bool(re.search(named, long))


def _forms(name: str) -> list[tuple[str, ...]]:
    """The words of a journal's name in the forms in which catalogues print it.

    With and without what only describes it, in each language, with and without an acronym
    before it, a hyphenated word as one too. What else follows a colon is another journal:
    "Neurology: Clinical Practice".
    """
    names = [name, _DESCRIBES.sub("", name)]
    names += [part for one in list(names) for part in _PARALLEL.split(one)[:2]]
    for one in list(names):
        lead = _LEADING_ACRONYM.match(one)
        if lead and _is_acronym(lead[1], _significant(one[lead.end() :])):
            names.append(one[lead.end() :])
    names += [one.replace("-", "") for one in names if "-" in one]
    return list(dict.fromkeys(filter(None, map(_significant, names))))


def same_journal(cited: str, names: Iterable[str]) -> bool:
    """True when `cited` is one of the names of a journal, or abbreviates one or the reverse."""
    return any(_is_one(cited, name) for name in names)


@functools.lru_cache(maxsize=65_536)
def _is_one(cited: str, name: str) -> bool:
    for ours, theirs in product(_forms(cited), _forms(name)):
        if "".join(ours) == "".join(theirs):
            return True
        if _abbreviates(ours, theirs) or _abbreviates(theirs, ours):
            return True
        short, long = sorted((theirs, ours), key=len)
        if len(short) == 1 and len(long) > 2 and _is_acronym(short[0], long):
            return True
    return _names_itself(cited, name)


def may_be_same_journal(one: str, other: str) -> bool:
    """True for the same journal, and where a name of four words or more begins or ends the other.

    Databases print a journal's name in two languages side by side. It is not enough to call a
    citation right ("Journal of Clinical Medicine" begins "… Medicine Research"), but no reason
    to keep two records apart that agree in all else.
    """
    if same_journal(one, [other]):
        return True
    short, long = sorted((comparable_words(one), comparable_words(other)), key=len)
    return len(short) > 3 and short in (long[: len(short)], long[-len(short) :])
