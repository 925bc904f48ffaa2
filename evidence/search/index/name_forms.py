"""Names and titles as a query may write them: the forms under which they are indexed."""

from __future__ import annotations

import re

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
