"""Names and titles as a query may write them: the forms under which they are indexed."""

from __future__ import annotations

import re
import unicodedata

from evidence.search.language.analysis import raw_tokens
from references.normalise import fold
from references.record import Author

_JOINTS = str.maketrans({"’": "'", "ʼ": "'", "‘": "'", "‐": "-", "‑": "-", "⁻": "-"})


def name_parts(word: str) -> list[str]:
    """The parts of a name as they may be typed: "vieira-baptista" gives both and itself.

    The first is the name with plain characters, so that a curly apostrophe finds a straight one.
    """
    word = word.translate(_JOINTS)
    parts = [part for part in re.split("[-']", word) if part]
    return [word, *parts, "".join(parts)] if len(parts) > 1 else [word]


#: Letters that some write with two: Böhm is Boehm, Åse is Aase.
_SPELLED_OUT = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "å": "aa", "ø": "oe"})
_SAINT = re.compile(r"\b(saint|sainte)(?=[- ])|\b(ste?)\.?(?=[- ])", re.IGNORECASE)
_SAINTS = {"saint": "st", "sainte": "ste", "st": "saint", "ste": "sainte"}
_INNER_CAPITAL = re.compile(r"(?<=[^\W\d_A-Z])(?=[A-Z])")


def author_forms(author: Author) -> list[str]:
    """The names of an author as others may type them, each folded: with and without joints, with
    letters spelled out, "St" for "Saint", "Mc Donald" for "McDonald", and a Chinese name in one.
    """
    names = [author.name]
    lowered = unicodedata.normalize("NFC", author.name.lower())
    if (spelled := lowered.translate(_SPELLED_OUT)) != lowered:
        names.append(spelled)
    if _SAINT.search(author.name):
        names.append(_SAINT.sub(lambda found: _SAINTS[found[0].lower().rstrip(".")], author.name))
    if len(apart := _INNER_CAPITAL.split(author.short)) > 1:
        names.append(" ".join(apart))
    forms = [part for name in names for word in raw_tokens(name) for part in name_parts(word)]
    family = plain_words(author.short).split()
    if len(family) > 1:
        forms.append("".join(family))
    if author.given and not author.short.isascii() and len(author.short) + len(author.given) <= 4:
        forms.append(fold(author.short + author.given))
    return list(dict.fromkeys(forms))


_PLAIN_WORD = re.compile(r"[^\W_]+")
_LINEAGE = frozenset({"jr", "sr", "2nd", "3rd", "ii", "iii", "iv"})
_SMALL_WORDS = """
    al da de del della den der des di dos du el la las le los of st ten ter the van von
"""
#: Small words in names; alone they are nobody's.
_PARTICLES = frozenset(_SMALL_WORDS.split())
OPENING = 4  # words of a title by which it is looked up


def plain_words(text: str) -> str:
    """The folded words of a text, one space between them, without any other character."""
    return " ".join(_PLAIN_WORD.findall(fold(text)))


def title_opening(text: str) -> str:
    """The first words of a title: how a title is recognised inside a longer text."""
    return " ".join(plain_words(text).split()[:OPENING])


def family_names(author: Author) -> list[str]:
    """What an author is called in a byline: with and without particle, each half of a double
    name, a group also by the abbreviation in brackets after its name.
    """
    if author.literal:
        bare = re.sub(r"\(.*?\)", " ", author.literal)
        known = [author.literal, bare, *re.findall(r"\((.*?)\)", author.literal)]
        return list(dict.fromkeys(filter(None, map(plain_words, known))))
    words = [w for w in plain_words(author.short or author.given).split() if w not in _LINEAGE]
    own = [word for word in words if word not in _PARTICLES]
    halves = [word for word in own if len(word) > 2]
    known = [" ".join(words), " ".join(own), "".join(words), *halves]
    return list(dict.fromkeys(filter(None, known)))
