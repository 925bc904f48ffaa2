"""The calls of notes on a page, "(1)", "[2,3]", "douleur¹", "genou1-3": which source is meant.

A call is no word of the sentence it stands in (`evidence.anchoring.tokens` leaves it out); it says
where the author took the sentence from.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

_RAISED = "⁰¹²³⁴⁵⁶⁷⁸⁹"
_PLAIN = str.maketrans(_RAISED + "⁻·", "0123456789-,")
#: Between two numbers of one call.
_NEXT = r"\s?(?:[,;–-]|et|and)\s?"
_CALL = re.compile(
    rf"""
      \[\s?(?P<square>\d{{1,3}}(?:{_NEXT}\d{{1,3}})*)\s?\]
    | \((?:(?:réf|ref|note)s?\.?\s?)?(?P<round>\d{{1,2}}(?:{_NEXT}\d{{1,2}})*)\)
    | (?:(?<=[^\W\d_]{{4}})|(?<=[).,;:!?»]))(?P<raised>[{_RAISED}]+(?:[,·⁻–-][{_RAISED}]+)*)
    | (?<=[a-zà-ÿ]{{4}})(?P<glued>\d{{1,2}}(?:[,–-]\d{{1,2}})*)(?=[\s;:!?)»]|[.,](?!\d)|\Z)
    """,
    re.VERBOSE | re.IGNORECASE,
)
#: "trois (3) séances" writes a figure twice, "(24) heures" has a unit: neither calls a note.
_SAID_TWICE = re.compile(
    r"\b(?:une?|deux|trois|quatre|cinq|six|sept|huit|neuf|dix|onze|douze|quinze|vingt|trente|"
    r"one|two|three|four|five|seven|eight|nine|ten|eleven|twelve|twenty|thirty)\s?\Z",
    re.IGNORECASE,
)
_UNIT = re.compile(
    r"\s?(?:[%‰°]|(?:mm|cm|ml|mg|g|kg|ans?|mois|jours?|semaines?|heures?|h|min|minutes?|fois|"
    r"séances?|patient\w*|years?|months?|weeks?|days?|hours?|times|sessions?)\b)",
    re.IGNORECASE,
)
#: A number beyond this in brackets is a figure of the text: no patient page prints as many sources.
_MOST = 60
#: The longest a call is, in characters; what stands before it is looked at no further than this.
_NEAR = 12


@dataclass(frozen=True, slots=True)
class Call:
    """A call of notes: where it stands, and the numbers it gives, "1-3" written out."""

    start: int
    end: int
    numbers: tuple[int, ...]


def calls_in(text: str) -> Iterator[Call]:
    """The calls of notes in a text, in its order; the number of a list item is none."""
    for match in _CALL.finditer(text):
        numbers = _numbers(match.group(match.lastgroup or 0).translate(_PLAIN))
        if numbers and (match.lastgroup == "square" or _is_call(text, match, max(numbers))):
            yield Call(match.start(), match.end(), numbers)


def _is_call(text: str, match: re.Match[str], highest: int) -> bool:
    """False for a number in brackets that heads a line, repeats a figure or has a unit."""
    if match.lastgroup != "round" or highest > _MOST:
        return highest <= _MOST
    before = text[max(0, match.start() - _NEAR) : match.start()]
    if not before.rpartition("\n")[2].strip():
        return False
    return not _SAID_TWICE.search(before) and not _UNIT.match(text, match.end())


def _numbers(written: str) -> tuple[int, ...]:
    """The numbers of "1, 3-5", in order; none for a range that does not rise."""
    numbers: list[int] = []
    for part in re.split(r"[,;]|et|and", written):
        ends = [int(end) for end in re.findall(r"\d+", part)]
        if len(ends) == 2 and not ends[0] < ends[1] < ends[0] + _MOST:
            return ()
        numbers += range(ends[0], ends[-1] + 1) if ends else ()
    return tuple(dict.fromkeys(numbers))


def blanked(text: str) -> str:
    """A text with spaces for its calls of notes: everything stays in its place."""
    for call in calls_in(text):
        text = text[: call.start] + " " * (call.end - call.start) + text[call.end :]
    return text


def without_calls(words: str) -> str:
    """Words of a page without the calls of notes in them, and the space these stood in."""
    kept, at = "", 0
    for call in calls_in(words):
        kept += words[at : call.start].rstrip(" \u00a0\u202f")
        at = call.end
    return kept + words[at:]
