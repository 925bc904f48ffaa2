"""Names of people and groups, as BibTeX writes them and as other formats do.

BibTeX's lists are split by its own rules, through pybtex; what other formats write is told by
its form: "Family, Given", "Family AB", "Given Family", or the words that only groups have.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace
from itertools import accumulate

from pybtex.bibtex.utils import split_name_list
from pybtex.database import Person

from references.formats.latex import encode, text_of
from references.formats.markup import plain
from references.formats.name_lists import ENDS, GROUP_WORDS, joined_names
from references.record import Author

OTHERS = "others"
#: "Family, Given" without particle or markup: nine names in ten, read without BibTeX's rules.
_PLAIN = re.compile(r"([A-Z][^\W\d_]*(?:[ -][A-Z][^\W\d_]*)*), ([^\W\d_]+\.?(?: [^\W\d_]+\.?)*)")
_TRAILING_INITIALS = re.compile(r"^(?P<family>.+?)\s+(?P<given>(?:[A-Z]\.?[ -]?){1,4})$")
_SUFFIXES = {"jr", "sr", "ii", "iii", "iv", "2nd", "3rd", "4th"}
_AND_OTHERS = re.compile(r"[\s,;]+(?:and\s+others|et\s+al\.?)\s*$", re.I)
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


def read_author(name: str) -> Author:
    """One name in any of BibTeX's forms; more commas than it knows go to the given name."""
    name = " ".join(name.split())
    if _is_braced(name):
        return Author(literal=text_of(name[1:-1]))
    if plain := _PLAIN.fullmatch(name):
        return Author(family=plain[1], given=plain[2])
    commas = _commas(name)
    if keyed := _keyed(name, commas):
        return keyed
    if len(commas) > 2:
        family, given = name[: commas[0]], name[commas[0] + 1 :]
        return Author(family=text_of(family), given=text_of(given))
    person = Person(name)
    return Author(
        family=text_of(" ".join(person.last_names)),
        given=text_of(" ".join([*person.first_names, *person.middle_names])),
        particle=text_of(" ".join(person.prelast_names)),
        suffix=text_of(" ".join(person.lineage_names)),
    )


_KEY = re.compile(r"\s*(family|given|prefix|suffix|[a-z]+(?:-i)?)\s*=\s*(.*)", re.S)


def _keyed(name: str, commas: list[int]) -> Author | None:
    """A name in BibLaTeX's extended form: "family=Vries, given=Joke, prefix=de"."""
    if "=" not in name:
        return None
    starts = [0, *(at + 1 for at in commas)]
    parts = [name[start:end] for start, end in zip(starts, [*commas, len(name)], strict=True)]
    keys = [_KEY.fullmatch(part) for part in parts]
    known = {key[1]: text_of(key[2].strip(' "')) for key in keys if key}
    if len(known) < len(parts) or not {"family", "given"} & set(known):
        return None
    return Author(
        family=known.get("family", ""),
        given=known.get("given", ""),
        particle=known.get("prefix", ""),
        suffix=known.get("suffix", ""),
    )


def read_authors(value: str) -> tuple[tuple[Author, ...], bool]:
    """The authors of a BibTeX value, and whether it ends with "and others"."""
    split = split_name_list(" ".join(value.split()))
    lists = [joined_names(one) for one in split if one.strip()]
    more = bool(lists) and lists[-1][-1].strip().lower() in ENDS
    if more:
        lists[-1].pop()
    authors: list[Author] = []
    for names in lists:
        # Where BibTeX's "and" is missing, so are the other rules of BibTeX.
        if len(names) > 1:
            authors += filter(None, (read_name(text_of(name)) for name in names))
        else:
            authors += map(read_author, names)
    return tuple(authors), more


def _part(text: str, *, lower_start: bool = False) -> str:
    """A name part, in braces when BibTeX would otherwise split it or take it for a particle."""
    if not text:
        return ""
    encoded = encode(text)
    words = text.split()
    needs = (
        bool(set(text) & set(",;&="))
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
    if len(parts) == 1 and (" " in family or _is_braced(family) or family.lower() in ENDS):
        # Without a comma two words would read as given name and family, braces as a group.
        return f"{family},"
    name = ", ".join(parts)
    return name if len(joined_names(name)) == 1 else ", ".join(["{" + family + "}", *parts[1:]])


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


def _is_suffix(word: str) -> bool:
    return word.rstrip(".").lower() in _SUFFIXES


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
        *names, last = rest[-1].split() if rest else [""]
        # "Doe, John A Jr", as MEDLINE writes it; not the initials of "Macfarlane, Alan JR".
        if names and _is_suffix(last) and (last not in ("JR", "SR") or names[0].isupper()):
            rest, suffix = [*rest[:-1], " ".join(names)], last
        if len(rest) > 1 and _is_suffix(rest[-1]):
            suffix = rest.pop()
        elif len(rest) > 1 and _is_suffix(rest[0]):
            suffix = rest.pop(0)
        return Author(family=family, given=", ".join(rest), particle=particle, suffix=suffix)
    words = text.split()
    if len(words) == 1:
        return Author(family=text)
    if len(words) > 2 and _is_suffix(words[-1]) and not GROUP_WORDS.search(text):
        person = read_name(" ".join(words[:-1]))
        return person and replace(person, suffix=words[-1])
    if GROUP_WORDS.search(text) or len(words) > 4 or any(character.isdigit() for character in text):
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
    given = list(names)
    bare = [_AND_OTHERS.sub("", one) for one in given]
    more = bare != given
    for name in (name for joined in bare for name in joined_names(joined)):
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
