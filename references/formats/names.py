"""Names of people and groups, as BibTeX writes them and as other formats do.

BibTeX's lists are split by its own rules, through pybtex; what other formats write is told by
its form: "Family, Given", "Family AB", "Given Family", or the words that only groups have.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from itertools import accumulate

from pybtex.bibtex.utils import split_name_list
from pybtex.database import Person

from references.formats.latex import decode, encode
from references.formats.markup import plain
from references.record import Author

OTHERS = "others"
_ENDS = (OTHERS, "et al.", "et al")  # what stands for the rest of a list
#: "Family, Given" without particle or markup: nine names in ten, read without BibTeX's rules.
_PLAIN = re.compile(r"([A-Z][^\W\d_]*(?:[ -][A-Z][^\W\d_]*)*), ([^\W\d_]+\.?(?: [^\W\d_]+\.?)*)")


_GROUP_WORDS = re.compile(
    r"\b(?:of|for|the|and|on|group|team|society|association|committee|consortium|institute|"
    r"department|ministry|organi[sz]ation|network|collaborat\w+|college|university|agency|"
    r"council|cent(?:er|re)|academy|foundation|study|trial|investigators|haute|soci[eé]t[eé]|"
    r"f[eé]d[eé]ration|groupe|inc|ltd|gmbh)\b",
    re.I,
)
_TRAILING_INITIALS = re.compile(r"^(?P<family>.+?)\s+(?P<given>(?:[A-Z]\.?[ -]?){1,4})$")
_SUFFIXES = {"jr", "sr", "ii", "iii", "iv", "2nd", "3rd", "4th"}
_OTHERS = re.compile(r"^(?:and\s+)?(?:others|et\s+al\.?)$", re.I)


def _depths(name: str) -> list[int]:
    """How many braces are open after each character."""
    return list(accumulate((character == "{") - (character == "}") for character in name))


def _is_braced(name: str) -> bool:
    """True when one pair of braces holds the whole name: a corporate author."""
    *inside, end = _depths(name) or [1]
    return name[:1] == "{" and end == 0 and 0 not in inside


def _commas(name: str) -> list[int]:
    """Where commas stand outside braces."""
    return [at for at, depth in enumerate(_depths(name)) if depth == 0 and name[at] == ","]


def _is_lower(word: str) -> bool:
    """True when BibTeX takes a word for a particle: its first letter is a small one."""
    letter = next((character for character in word if character.isalpha()), "")
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


def write_authors(authors: Iterable[Author], more: bool = False) -> str:
    """The value of an `author` field."""
    names = [write_author(author) for author in authors]
    if more:
        names.append(OTHERS)
    return " and ".join(names)


# ---- other formats --------------------------------------------------------------------

#: What stands behind the comma of a company, where a person has a given name.
_COMPANY_FORMS = frozenset(("inc", "llc", "ltd", "gmbh", "plc", "corp"))


def split_family(text: str) -> tuple[str, str]:
    """Particle and family name of "van der Berg": words in lower case that come first."""
    words = text.split()
    count = 0
    while count < len(words) - 1 and words[count][:1].islower():
        count += 1
    return " ".join(words[:count]), " ".join(words[count:])


def read_name(text: str) -> Author | None:
    """A name as "Family, Given, Suffix", "Family AB", "Given Family" or a group; None if empty."""
    text = plain(text).strip(" ;")
    is_family = text.endswith(",") and text.count(",") == 1  # as `inverted` writes one alone
    text = text.strip(" ,")
    if not text:
        return None
    if is_family:
        particle, family = split_family(text)
        return Author(family=family, particle=particle)
    parts = [part.strip() for part in text.split(",")]
    if len(parts) == 2 and parts[1].rstrip(".").lower() in _COMPANY_FORMS:
        return Author(literal=text)
    if len(parts) > 1:
        particle, family = split_family(parts[0])
        suffix = ""
        rest = [part for part in parts[1:] if part]
        if len(rest) > 1 and rest[-1].rstrip(".").lower() in _SUFFIXES:
            suffix = rest.pop()
        elif len(rest) > 1 and rest[0].rstrip(".").lower() in _SUFFIXES:
            suffix = rest.pop(0)
        return Author(family=family, given=", ".join(rest), particle=particle, suffix=suffix)
    words = text.split()
    if len(words) == 1:
        return Author(family=text)
    if (
        _GROUP_WORDS.search(text)
        or len(words) > 4
        or any(character.isdigit() for character in text)
    ):
        return Author(literal=text)
    if match := _TRAILING_INITIALS.match(text):
        particle, family = split_family(match["family"])
        initials = match["given"].strip()
        given = initials if "." in initials or "-" in initials else " ".join(initials)
        return Author(family=family, given=" ".join(given.split()), particle=particle)
    lower = [index for index, word in enumerate(words[:-1]) if word[:1].islower()]
    start = lower[0] if lower and lower[0] > 0 else len(words) - 1
    particle, family = split_family(" ".join(words[start:]))
    return Author(family=family, given=" ".join(words[:start]), particle=particle)


def inverted(author: Author) -> str:
    """ "van der Berg, Jan, Jr.": how RIS writes a name.

    A group that would be read as a person ends with a comma, as EndNote has it.
    """
    if author.literal:
        is_plain = "," in author.literal or read_name(author.literal) == author
        return author.literal if is_plain else f"{author.literal},"
    family = " ".join(part for part in (author.particle, author.family) if part)
    if not author.given and not author.suffix:
        return family if " " not in family else f"{family},"
    return ", ".join(part for part in (family, author.given, author.suffix) if part)


def read_names(names: Iterable[str]) -> tuple[tuple[Author, ...], bool]:
    """The authors of a list of names, and whether it ends with "et al." or "others"."""
    authors: list[Author] = []
    more = False
    for name in names:
        if _OTHERS.match(name.strip(" ,.;") + ("." if name.strip().endswith("al.") else "")):
            more = True
        elif author := read_name(name):
            authors.append(author)
    return tuple(authors), more


def split_name(name: str) -> Author:
    """An author as services print one: "Prologo JD", "Prologo, J. David", "J. David Prologo".

    Unlike `read_name` it takes no name for that of a group, however long it is: services say
    which authors are groups, or list people only.
    """
    name = " ".join(name.split()).strip(" .,;")
    if "," in name:
        family, _, given = name.partition(",")
        return Author(family=family.strip(), given=given.strip())
    words = name.split()
    if len(words) > 1 and re.fullmatch(r"[A-Z](?:[-. ]?[A-Z]){0,4}", words[-1]):
        return Author(family=" ".join(words[:-1]), given=" ".join(words[-1].replace("-", "")))
    if len(words) > 1:
        return Author(family=words[-1], given=" ".join(words[:-1]))
    return Author(family=name) if name else Author()
