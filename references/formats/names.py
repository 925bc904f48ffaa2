"""Author lists as BibTeX writes them: particles, corporate authors, "and others".

Splitting follows BibTeX's own rules through pybtex.
"""

from __future__ import annotations

import re

from pybtex.bibtex.utils import split_name_list
from pybtex.database import Person

from references.formats.latex import decode, encode
from references.record import Author

OTHERS = "others"
_ENDS = (OTHERS, "et al.", "et al")  # what stands for the rest of a list
#: "Family, Given" without particle or markup: nine names in ten, read without BibTeX's rules.
_PLAIN = re.compile(r"([A-Z][^\W\d_]*(?:[ -][A-Z][^\W\d_]*)*), ([^\W\d_]+\.?(?: [^\W\d_]+\.?)*)")


def _is_braced(name: str) -> bool:
    """True when one pair of braces holds the whole name: a corporate author."""
    if not (name.startswith("{") and name.endswith("}")):
        return False
    depth = 0
    for position, sign in enumerate(name):
        depth += (sign == "{") - (sign == "}")
        if depth == 0:
            return position == len(name) - 1
    return False


def _commas(name: str) -> list[int]:
    """Where commas stand outside braces."""
    found, depth = [], 0
    for position, sign in enumerate(name):
        depth += (sign == "{") - (sign == "}")
        if sign == "," and depth == 0:
            found.append(position)
    return found


def _is_lower(word: str) -> bool:
    """True when BibTeX takes a word for a particle: its first letter is a small one."""
    letter = next((sign for sign in word if sign.isalpha()), "")
    return letter.islower()


def _clean(text: str) -> str:
    return " ".join(decode(text).split())


def read_author(name: str) -> Author:
    """One name in any of BibTeX's forms; more commas than it knows go to the given name."""
    name = " ".join(name.split())
    if _is_braced(name):
        return Author(literal=_clean(name[1:-1]))
    if plain := _PLAIN.fullmatch(name):
        return Author(family=plain[1], given=plain[2])
    commas = _commas(name)
    if len(commas) > 2:
        family, given = name[: commas[0]], name[commas[0] + 1 :]
        return Author(family=_clean(family), given=_clean(given))
    person = Person(name)
    return Author(
        family=_clean(" ".join(person.last_names)),
        given=_clean(" ".join([*person.first_names, *person.middle_names])),
        particle=_clean(" ".join(person.prelast_names)),
        suffix=_clean(" ".join(person.lineage_names)),
    )


def read_authors(value: str) -> tuple[tuple[Author, ...], bool]:
    """The authors of a BibTeX value, and whether it ends with "and others"."""
    names = [name for name in split_name_list(" ".join(value.split())) if name.strip()]
    more = bool(names) and names[-1].strip().lower() in _ENDS
    if more:
        names.pop()
    return tuple(read_author(name) for name in names), more


def _part(text: str, *, lower_start: bool = False) -> str:
    """A name part, in braces when BibTeX would otherwise split it or take it for a particle."""
    if not text:
        return ""
    encoded = encode(text)
    words = text.split()
    needs = (
        "," in text
        or any(word.lower() == "and" for word in words)
        or (not lower_start and any(_is_lower(word) for word in words))
        or (encoded != text and " " in encoded)
    )
    return "{" + encoded + "}" if needs else encoded


def write_author(author: Author) -> str:
    """The name in the form "particle Family, Suffix, Given" that `read_author` reads back."""
    if author.literal:
        return "{" + encode(author.literal) + "}"
    particle, name = author.particle, author.family
    if not name or not all(_is_lower(word) for word in particle.split()):
        # Not a particle to BibTeX: the family name begins with it.
        particle, name = "", " ".join(part for part in (particle, name) if part)
    family = " ".join(part for part in (_part(particle, lower_start=True), _part(name)) if part)
    parts = [family]
    if author.suffix:
        parts.append(_part(author.suffix, lower_start=True))
    if author.given or author.suffix:
        parts.append(_part(author.given, lower_start=True))
    if len(parts) == 1 and (" " in family or _is_braced(family) or family.lower() in _ENDS):
        # Without a comma two words would read as given name and family, braces as a group.
        return f"{family},"
    return ", ".join(parts)


def write_authors(authors: tuple[Author, ...], more: bool) -> str:
    """The value of an `author` field."""
    names = [write_author(author) for author in authors]
    if more:
        names.append(OTHERS)
    return " and ".join(names)
