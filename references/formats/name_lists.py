"""Names that stand in one value without the "and" or the line of its own that each should have."""

from __future__ import annotations

import re

from references.errors import Message, message

#: What may stand for the rest of a list.
ENDS = frozenset(("others", "et al.", "et al", "and others"))
_INITIALS = r"(?:[^\W\d_a-zß-ÿ]\.?[ -]?){1,4}"
_SHORT = re.compile(
    rf"[^\W\d_][^,;]*\s{_INITIALS}(?:\s(?:Jr|Sr|2nd|3rd|II|III)\.?)?"
)  # "Dubois GA"
_TURNED = re.compile(
    r"(?:[A-ZÀ-Þ]-?){1,3} (?:[^\W\d_][\w'’-]* ){0,2}[A-ZÀ-Þ][\w'’-]+"
)  # "GA Dubois"
_GIVEN = re.compile(rf"{_INITIALS}|[^\W\d_]+\.?(?:[ -][^\W\d_]+\.?)?")
_FAMILY = re.compile(r"(?:[^\W\d_]['’]?[^\W\d_]*[ -]?){1,3}")
_FULL = re.compile(r"[^\W\d_][\w.'’-]*(?: [\w.'’-]+){1,3}")
#: What follows a name after a comma and is none.
_TITLES = re.compile(
    r"(?:jr|sr|2nd|3rd|ii|iii|iv|md|m\.d|phd|ph\.d|msc|bsc|rn|mph|dds|dvm|frcs|facs|esq|inc|ltd|llc|"
    r"gmbh|corp|plc)\.?",
    re.I,
)
#: Words that only the names of groups have.
GROUP_WORDS = re.compile(
    r"\b(?:of|for|the|and|on|group|team|society|association|committee|consortium|institute|"
    r"department|ministry|organi[sz]ation|network|collaborat\w+|college|university|agency|"
    r"council|cent(?:er|re)|academy|foundation|study|trial|investigators|haute|soci[eé]t[eé]|"
    r"f[eé]d[eé]ration|groupe|hospital|clinic|h[oô]pital|laborator\w+|inc|ltd|"
    r"gmbh)\b",
    re.I,
)
_AMPERSAND = re.compile(r"\s\\?&\s")


def not_apart() -> Message:
    """What is said of a list that was split."""
    return message(
        "the names of the authors share one value; they were split where one seems to end, look "
        "at them"
    )


def joined_names(name: str) -> list[str]:
    """The names of a value that joins several by semicolons, commas or "&"; else the value alone.

    Told by form: "Doe, Jane; Roe, Rick", "Martin E, Dubois GA", "Peik, C, Pot, C",
    "Jane Doe, Rick Roe, Eve Poe". What may be one person ("Smith, John, Jr") or a group stays.
    """
    if name.startswith("{") or not re.search("[;,&]", name):
        return [name]
    if "{" in name and _is_held_together(name):
        return [name]
    if ";" in name:
        parts = _parts(name, ";")
        return parts if len(parts) > 1 else [name]
    *before, last = _AMPERSAND.split(name)
    if before:
        parts = [*_by_commas(", ".join(before)), last]
        return parts if all(map(_is_person, parts)) else [name]
    return _by_commas(name)


def _is_held_together(name: str) -> bool:
    """True for a name with a separator within braces, which belongs to it."""
    depth = 0
    for character in name:
        depth += (character == "{") - (character == "}")
        if depth > 0 and character in ",;&":
            return True
    return False


def _parts(name: str, separator: str) -> list[str]:
    return [part for one in name.split(separator) if (part := one.strip(" ,"))]


def _is_person(name: str) -> bool:
    family, comma, given = name.partition(",")
    if comma:
        return bool(_FAMILY.fullmatch(family.strip()) and _GIVEN.fullmatch(given.strip()))
    return bool(_SHORT.fullmatch(name))


def _by_commas(name: str) -> list[str]:
    parts = _parts(name, ",")
    ends = [parts.pop()] if len(parts) > 2 and parts[-1].lower() in ENDS else []
    if len(parts) < 2 or any(_TITLES.fullmatch(part) for part in parts):
        return [name]
    people = [part for part in parts if not GROUP_WORDS.search(part)]
    if len(people) > 1 and people == parts and all(map(_TURNED.fullmatch, people)):
        return parts + ends
    if len(people) > 1 and all(map(_SHORT.fullmatch, people)) and people[0] == parts[0]:
        return parts + ends
    if people != parts:
        return [name]
    if len(parts) > 3 and len(parts) % 2 == 0:
        families, givens = parts[::2], parts[1::2]
        if all(map(_FAMILY.fullmatch, families)) and all(map(_GIVEN.fullmatch, givens)):
            pairs = zip(families, givens, strict=True)
            return [f"{family}, {given}" for family, given in pairs] + ends
    if len(parts) > 2 and all(map(_FULL.fullmatch, parts)):
        return parts + ends
    return [name]
