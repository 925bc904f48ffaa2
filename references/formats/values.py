"""Values that several formats write alike: names, dates, pages, identifiers, languages."""

from __future__ import annotations

import re
from collections.abc import Iterable

from references.formats.bibtex_file import LANGUAGES, read_doi
from references.formats.latex import decode, encode
from references.formats.markup import plain
from references.formats.names import read_authors
from references.record import Author, Reference

_GROUP_WORDS = re.compile(
    r"\b(?:of|for|the|and|on|group|team|society|association|committee|consortium|institute|"
    r"department|ministry|organi[sz]ation|network|collaborat\w+|college|university|agency|"
    r"council|cent(?:er|re)|academy|foundation|study|trial|investigators|haute|soci[eé]t[eé]|"
    r"f[eé]d[eé]ration|groupe|inc|ltd|gmbh)\b",
    re.I,
)
_TRAILING_INITIALS = re.compile(r"^(?P<family>.+?)\s+(?P<given>(?:[A-Z]\.?[ -]?){1,4})$")
_SUFFIXES = {"jr", "sr", "ii", "iii", "iv", "2nd", "3rd", "4th"}

MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_FRENCH_MONTHS = ("janv", "fev", "mars", "avr", "mai", "juin", "juil", "aout", "sept")


def split_family(text: str) -> tuple[str, str]:
    """Particle and family name of "van der Berg": words in lower case that come first."""
    words = text.split()
    count = 0
    while count < len(words) - 1 and words[count][:1].islower():
        count += 1
    return " ".join(words[:count]), " ".join(words[count:])


def read_name(text: str) -> Author | None:
    """A name as "Family, Given, Suffix", "Family AB", "Given Family" or a group; None if empty."""
    text = plain(text).strip(" ;,")
    if not text:
        return None
    parts = [part.strip() for part in text.split(",")]
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
    if _GROUP_WORDS.search(text) or len(words) > 4 or any(sign.isdigit() for sign in text):
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
    """ "van der Berg, Jan, Jr.": how RIS and MEDLINE write a name; a group as it is."""
    if author.literal:
        return author.literal
    family = " ".join(part for part in (author.particle, author.family) if part)
    if not author.given and not author.suffix:
        return family if " " not in family else f"{family},"
    return ", ".join(part for part in (family, author.given, author.suffix) if part)


_OTHERS = re.compile(r"^(?:and\s+)?(?:others|et\s+al\.?)$", re.I)


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


def language(value: str) -> str:
    """ISO 639-1 of a language's name or code, the value itself when it is another one."""
    text = plain(value).strip().rstrip(".")
    lowered = text.lower()
    if re.fullmatch(r"[a-z]{2}[-_][a-z]{2,4}", lowered):
        return lowered[:2]
    return LANGUAGES.get(lowered, lowered if re.fullmatch(r"[a-z]{2}", lowered) else text)


def year_of(value: str) -> int | None:
    """The first plausible year of a date in any form."""
    match = re.search(r"(?<!\d)(1[5-9]\d\d|20\d\d|2100)(?!\d)", value)
    return int(match.group()) if match else None


def date_of(value: str) -> tuple[int | None, int | None, int | None]:
    """Year, month and day of "2013/04/18", "2013 Apr 18", "20130418", "2013-04", "JAN-FEB"."""
    text = plain(value)
    compact = re.fullmatch(r"(\d{4})(\d\d)(\d\d)", text)
    if compact:
        numbers = [int(part) for part in compact.groups()]
        return _checked(*numbers)
    year = year_of(text)
    rest = text.replace(str(year), " ", 1) if year else text
    month: int | None = None
    word = re.search(r"[^\W\d_]{3,}", rest)
    if word:
        start = word.group()[:4].lower().replace("û", "u").replace("é", "e")
        month = next((n for n, name in enumerate(MONTHS, 1) if start.startswith(name)), None)
        if month is None:
            month = next(
                (
                    n
                    for n, name in enumerate(_FRENCH_MONTHS, 1)
                    if start.startswith(name[:4]) or name.startswith(start)
                ),
                None,
            )
        day = re.search(r"(?<!\d)([0-3]?\d)(?!\d)", rest)
        return _checked(year, month, int(day.group(1)) if day and month else None)
    found = [int(part) for part in re.findall(r"(?<!\d)\d{1,2}(?!\d)", rest)]
    return _checked(year, found[0] if found else None, found[1] if len(found) > 1 else None)


def _checked(
    year: int | None, month: int | None, day: int | None
) -> tuple[int | None, int | None, int | None]:
    if year is not None and not 1500 <= year <= 2100:
        year = None
    if month is not None and not 1 <= month <= 12:
        return year, None, None
    if day is not None and not 1 <= day <= 31:
        day = None
    return year, month, day


def dated(extra: dict[str, str], month: int | None, day: int | None) -> None:
    """Put month and day where BibTeX has them."""
    if month:
        extra["month"] = str(month)
        if day:
            extra["day"] = str(day)


def issued(reference: Reference) -> tuple[int | None, int | None, int | None]:
    """Year, month and day of publication, as far as the record says."""
    year = reference.year
    if year is None:
        return None, None, None
    whole = reference.as_read.get("date", "")
    if year_of(whole) == year and "/" not in whole:
        _, month, day = date_of(whole)
        return year, month, day
    month_text = plain(decode(reference.extra.get("month", "")))
    if not month_text:
        return year, None, None
    if month_text.isdigit():
        _, month, _ = _checked(year, int(month_text), None)
    else:
        _, month, _ = date_of(f"{year} {month_text}")
    day_text = reference.extra.get("day", "").strip("{}").strip()
    day = int(day_text) if day_text.isdigit() and len(day_text) < 3 and month else None
    return _checked(year, month, day)


_FULL_RANGE = re.compile(r"^([A-Za-z]*)(\d+)-([A-Za-z]*)(\d+)$")


def pages_of(value: str) -> str:
    """ "1271-1277" with a plain hyphen; MEDLINE's "454-81" is written out."""
    text = re.sub(r"\s*[-\u2010-\u2015\u2212]+\s*", "-", plain(value))
    text = re.sub(r"^pp?\.?\s*(?=\d)", "", text, flags=re.I).strip("- ") if text else ""
    match = _FULL_RANGE.match(text)
    if match and not match[3] and len(match[4]) < len(match[2]):
        text = f"{match[1]}{match[2]}-{match[1]}{match[2][: -len(match[4])]}{match[4]}"
    return text


def doi_of(value: str) -> str:
    """The DOI in a value, without address, prefix or closing full stop; "" without one."""
    text = read_doi(plain(value)).strip().strip('"').rstrip(".,;")
    match = re.search(r"10\.\d{4,9}/\S+", text)
    return match.group().rstrip(".,;") if match else ""


def issn_of(value: str) -> str:
    """The first ISSN in a value as "1234-567X", else ""."""
    match = re.search(r"(?<![\dXx-])(\d{4})-?(\d{3}[\dXx])(?![\dXx-])", value)
    return f"{match[1]}-{match[2].upper()}" if match else ""


def isbn_of(value: str) -> str:
    """The first ISBN in a value, its digits only, else ""."""
    for match in re.finditer(r"(?<!\d)(?:97[89][- ]?)?(?:\d[- ]?){9}[\dXx](?!\d)", value):
        digits = re.sub(r"[- ]", "", match.group()).upper()
        if len(digits) in (10, 13):
            return digits
    return ""


def pmid_of(value: str) -> str:
    """The digits of a PubMed number, else ""."""
    match = re.fullmatch(r"(?:pmid:?\s*)?0*([1-9]\d{0,8})(?:\[pmid\])?", value.strip(), re.I)
    return match[1] if match else ""


def pmcid_of(value: str) -> str:
    """A PubMed Central number as "PMC123", else ""."""
    match = re.search(r"\bPMC\s?(\d{2,10})\b", value, re.I)
    return f"PMC{match[1]}" if match else ""


def extra_text(reference: Reference, name: str) -> str:
    """A field of `extra` (BibTeX source) as text."""
    value = reference.extra.get(name, "")
    return " ".join(decode(value).split()) if value else ""


def extra_names(reference: Reference, name: str) -> tuple[Author, ...]:
    """A list of names in `extra`, such as the editors."""
    value = reference.extra.get(name, "")
    return read_authors(value)[0] if value else ()


def as_extra(text: str) -> str:
    """Text as the BibTeX source that `extra` holds."""
    return encode(" ".join(text.split()))
