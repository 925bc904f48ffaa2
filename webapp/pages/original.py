"""The page itself as the reader shows it: its blocks, cut where passages of claims begin and end.

The page is the plain text that was loaded into this instance. Passages may overlap; a run of
words leads to the shortest of those it belongs to, and every claim has its mark where its
passage ends, so that none is out of reach.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import Literal

from evidence.anchoring.located import Located
from evidence.anchoring.segment import sentences
from evidence.claims.text import Text

Form = Literal["heading", "item", "paragraph"]
_BULLET = re.compile(r"\s*[•·▪◦*–-]\s+")


@dataclass(frozen=True, slots=True)
class TextRun:
    """Words of the page; `claims` they belong to (the shortest passage first)."""

    words: str
    claims: tuple[str, ...] = ()
    begins: tuple[str, ...] = ()
    ends: tuple[str, ...] = ()

    @property
    def last(self) -> str:
        """The last word, which stays on one line with the mark that follows it."""
        return self.words.rpartition(" ")[2]


@dataclass(frozen=True, slots=True)
class Block:
    """A heading, a paragraph or an item of a list; `sections` of the register begin here."""

    form: Form
    runs: tuple[TextRun, ...]
    sections: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PageWithPassages:
    """The page in blocks, and the claims whose passage is not on it."""

    blocks: tuple[Block, ...]
    missing: tuple[str, ...]


def page_with_passages(
    text: Text, page: str, located: Mapping[str, Located], ids: Iterable[str]
) -> PageWithPassages:
    """The page of a text with the passages of some claims.

    Args:
        text: its sections and claims.
        page: the plain text of the original; offsets of `located` count its characters.
        located: where each claim stands, by its id.
        ids: the claims to show, for example those a filter leaves.
    """
    chosen = set(ids)
    spans: dict[str, tuple[int, int]] = {}
    for claim in text.claims:
        place = located.get(claim.id)
        if place and place.start is not None and place.end is not None:
            spans[claim.id] = (place.start, place.end)
    first: dict[int, list[str]] = {}
    lines = _lines(page, text.language)
    for section in text.sections:
        starts = [spans[c.id][0] for c in text.claims_of(section.id) if c.id in spans]
        if starts:
            first.setdefault(_head_of(lines, min(starts)), []).append(section.id)
    drawn = {claim: span for claim, span in spans.items() if claim in chosen}
    blocks = tuple(
        Block(form, _runs(page, start, end, drawn), tuple(first.get(number, ())))
        for number, (form, start, end) in enumerate(lines)
    )
    missing = tuple(c.id for c in text.claims if c.id in chosen and c.id not in spans)
    return PageWithPassages(blocks, missing)


@lru_cache(maxsize=16)
def _lines(page: str, language: str) -> tuple[tuple[Form, int, int], ...]:
    """Each block's form and where its words start and end."""
    heads = {one.start for one in sentences(page, language) if one.form == "heading"}
    blocks: list[tuple[Form, int, int]] = []
    at, open_ = 0, False
    for line in page.splitlines(keepends=True):
        words = line.strip()
        start = at + len(line) - len(line.lstrip())
        end = start + len(words)
        bullet = _BULLET.match(line)
        if not words:
            open_ = False
        elif start in heads or at in heads:
            blocks.append(("heading", start, end))
            open_ = False
        elif bullet:
            blocks.append(("item", at + bullet.end(), end))
            open_ = True
        elif open_:
            form, began, _end = blocks[-1]
            blocks[-1] = (form, began, end)
        else:
            blocks.append(("paragraph", start, end))
            open_ = True
        at += len(line)
    return tuple(blocks)


def _head_of(lines: tuple[tuple[Form, int, int], ...], place: int) -> int:
    """The block where the section of a place begins: its heading, else its own block."""
    own = max((n for n, (_f, start, _e) in enumerate(lines) if start <= place), default=0)
    heads = [n for n in range(own + 1) if lines[n][0] == "heading"]
    return heads[-1] if heads else own


def _runs(
    page: str, start: int, end: int, spans: Mapping[str, tuple[int, int]]
) -> tuple[TextRun, ...]:
    """The words of a block, cut where a passage begins or ends."""
    here = {c: s for c, s in spans.items() if s[0] < end and start < s[1]}
    inner = (place for span in here.values() for place in span if start < place < end)
    runs = []
    for left, right in pairwise(sorted({start, end, *inner})):
        inside = [c for c, s in here.items() if s[0] <= left and right <= s[1]]
        if page[left:right].isspace() and not any({left, right} & set(here[c]) for c in inside):
            inside = []  # a space between two passages within a third is nothing to open
        inside.sort(key=lambda c: here[c][1] - here[c][0])
        runs.append(
            TextRun(
                page[left:right],
                tuple(inside),
                tuple(c for c in inside if here[c][0] == left),
                tuple(c for c in inside if here[c][1] == right),
            )
        )
    return tuple(runs)
