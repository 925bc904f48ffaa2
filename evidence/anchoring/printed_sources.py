"""The sources a page prints, found again on it like its claims: there, changed, gone, or new.

A register holds each source as the page printed it. The number a source is printed with, else its
place in the list, is what the calls of notes in the sentences mean (`evidence.anchoring.calls`).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

from rapidfuzz import fuzz

from evidence.anchoring.fingerprint import PageFingerprint
from evidence.anchoring.outline import Outline, OutlinePart
from evidence.anchoring.segment import Sentence
from evidence.anchoring.tokens import TokenisedPage
from evidence.claims.text import CitedSource

#: From this similarity on a printed source is the same one with another year, volume or title.
_SAME_FROM = 0.55
_NUMBER = re.compile(r"^\s*\[?(\d{1,3})\s?[\].)]\s*")
#: What hardly anything but a printed source has: a year, a DOI, a PubMed number.
_PRINTED = re.compile(r"\b(?:19|20)\d\d\b|\bdoi\b|\b10\.\d{4}|\bPMID\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class LocatedSource:
    """A cited source of a register on the page: `before` and `after` are its words then and now.

    `number` is what the calls of notes of the page name it by, 0 where that is not known; `span`
    is where it stands, in characters.
    """

    cited: str
    status: Literal["found", "changed", "missing"]
    before: str
    after: str = ""
    number: int = 0
    span: tuple[int, int] | None = None

    def as_dict(self) -> dict[str, Any]:
        """The form of `evidence text anchor --json`."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class _Printed:
    """A source as a page prints it, as it compares, and the number it has there."""

    sentence: Sentence
    words: str
    number: int


def locate_sources(
    cited: Sequence[CitedSource], outline: Outline, before: PageFingerprint | None = None
) -> tuple[tuple[LocatedSource, ...], tuple[Sentence, ...]]:
    """Each source of a register on a page, and the sources that the page prints newly.

    Args:
        cited: the sources of the register, in its order.
        outline: the page as it is now.
        before: the page as it was, if that is known: a source it printed otherwise than the
            register says did not change, one it printed that the register has not is not new.
    """
    now = _printed(outline)
    then = {one.words: one for one in _printed(before.outline)} if before and before.outline else {}
    wanted = [_words(source.cited) for source in cited]
    free = list({one.words: one for one in reversed(now)}.values())[::-1]
    pairs = _pairs(wanted, free)
    located = []
    for at, source in enumerate(cited):
        printed = pairs.get(at)
        if printed is None:
            # A page that prints no list of its sources has them in the order of the register.
            located.append(_unlisted(source.cited, outline, 0 if now else at + 1))
            continue
        old = _nearest(wanted[at], list(then.values()))
        is_same = wanted[at] == printed.words or bool(
            before and before.has(outline.page.text[printed.sentence.start : printed.sentence.end])
        )
        located.append(
            LocatedSource(
                source.cited,
                "found" if is_same else "changed",
                old.sentence.text if old else source.cited,
                printed.sentence.text,
                printed.number,
                (printed.sentence.start, printed.sentence.end),
            )
        )
    added = [
        one.sentence
        for one in free
        if one not in pairs.values()
        and _PRINTED.search(one.sentence.text)
        and not _of_rights(one.sentence, outline)
        and not (before and before.has(one.sentence.text))
    ]
    return tuple(located), tuple(added)


def _of_rights(sentence: Sentence, outline: Outline) -> bool:
    """Whether a line is the notice of whose page it is, of which the year changes each year."""
    lead = outline.page.text[max(0, sentence.start - 4) : sentence.start + 4].lower()
    return "©" in lead or "(c)" in lead or "copyright" in sentence.text.lower()


def _unlisted(cited: str, outline: Outline, number: int) -> LocatedSource:
    """A source that is none of the page's list: it may stand in a sentence."""
    for passage in outline.page.find(_NUMBER.sub("", cited, count=1)):
        words, span = outline.page.quote(passage), outline.page.span(passage)
        return LocatedSource(cited, "found", cited, words, number, span)
    return LocatedSource(cited, "missing", cited)


def _pairs(wanted: Sequence[str], printed: Sequence[_Printed]) -> dict[int, _Printed]:
    """The sources wanted with those printed, the most alike first, each once."""
    scored = [
        (fuzz.ratio(words, one.words) / 100, -at, -place)
        for at, words in enumerate(wanted)
        for place, one in enumerate(printed)
    ]
    pairs: dict[int, _Printed] = {}
    taken: set[int] = set()
    for score, at, place in sorted(scored, reverse=True):
        if score >= _SAME_FROM and -at not in pairs and place not in taken:
            pairs[-at] = printed[-place]
            taken.add(place)
    return pairs


def _words(text: str) -> str:
    """A source as it compares: without the number it is printed with."""
    return " ".join(TokenisedPage(_NUMBER.sub("", text, count=1)).tokens)


def _printed(outline: Outline) -> list[_Printed]:
    """The sources of a page in its order, by their own numbers, else by their place."""
    parts = [part for part in outline.parts if part.sentence.form == "source"]
    return [
        _Printed(part.sentence, _words(part.sentence.text), _number(outline, part) or place)
        for place, part in enumerate(parts, 1)
    ]


def _number(outline: Outline, part: OutlinePart) -> int:
    """The number before a source on its line, 0 for none."""
    text, start = outline.page.text, part.sentence.start
    line = text[text.rfind("\n", 0, start) + 1 :]
    number = _NUMBER.match(line)
    return int(number.group(1)) if number else 0


def _nearest(words: str, printed: Sequence[_Printed]) -> _Printed | None:
    scored = [(fuzz.ratio(words, one.words) / 100, at) for at, one in enumerate(printed)]
    score, at = max(scored, default=(0.0, 0))
    return printed[at] if score >= _SAME_FROM else None
