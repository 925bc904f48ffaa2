"""Several references in one string, taken apart where a boundary is plain.

Plain is: a number one higher than that in front of the string, or the end of a place (pages, DOI,
PubMed number), before names and, behind these, a year and a place of their own.
"""

from __future__ import annotations

import re

from references.formats.printed_patterns import CAPITALS, SMALL, YEAR

_FAMILY = rf"(?:[{SMALL}]{{2,4}} ){{0,2}}[{CAPITALS}][{CAPITALS}{SMALL}'’‐-]+"
#: "Roe B," · "van der Berg JA;" · "Roe, B. A."
_SECOND = rf"(?: [{CAPITALS}][{CAPITALS}{SMALL}'’‐-]+)?"
_NAME = rf"{_FAMILY}(?:{_SECOND} [{CAPITALS}]{{1,4}}[.,;]|, [{CAPITALS}]\.)"
_NUMBERED = re.compile(r"\s*(?P<open>[\[(]?)(?P<number>\d{1,3})(?P<close>[.)\]]{1,2})\s+")
_PAGES = r"[:,] ?[A-Za-z]?\d+(?:\s?[-–]\s?[A-Za-z]?\d+)?"
_NUMBER = r"(?:https?://\S+|(?:doi: ?)?10\.\d{4,9}/\S+?|PM(?:C?ID|ID): ?(?:PMC)?\d+)"
#: Where a place ends and names begin.
_BEHIND_PLACE = re.compile(rf"(?:{_PAGES}|{_NUMBER})[.;]?\s+(?={_NAME})")
#: What each part has to have to be a reference of its own.
_PLACE = re.compile(rf"{YEAR};? ?\d+|\d+ ?(?:\(\d+\))?[:,] ?[A-Za-z]?\d+|{_NUMBER}")
_LONGEST = 20_000  # characters looked at: more than any few references have


def apart(text: str) -> list[str]:
    """The references in a string, in order; the string alone where no boundary is plain."""
    text = text.strip()
    parts = _by_number(text[:_LONGEST]) or _by_place(text[:_LONGEST])
    return [part.strip() for part in parts] or [text]


def _by_number(text: str) -> list[str]:
    first = _NUMBERED.match(text)
    if not first:
        return []
    starts, number = [0], int(first["number"])
    opened, closed = re.escape(first["open"]), re.escape(first["close"])
    while True:
        number += 1
        label = re.compile(rf"(?<=[\w.)\]/]) {opened}{number}{closed}\s+(?=[{CAPITALS}{SMALL}])")
        found = label.search(text, starts[-1] + 1)
        if not found:
            break
        starts.append(found.start())
    return _whole(text, starts)


def _by_place(text: str) -> list[str]:
    ends = [found.end() for found in _BEHIND_PLACE.finditer(text)]
    return _whole(text, [0, *ends])


def _whole(text: str, starts: list[int]) -> list[str]:
    """The parts from each start to the next, if there are several and each can stand alone."""
    ends = [*starts[1:], len(text)]
    parts = [text[start:end] for start, end in zip(starts, ends, strict=True)]
    if len(parts) == 1:
        return []
    return parts if all(re.search(YEAR, part) and _PLACE.search(part) for part in parts) else []
