"""A page as an outline: the headings above each of its sentences, and what announces it.

A short item says little by itself: "a bruise" is an effect under "Possible effects:" and none
under "These never happen:". What a passage borrows its meaning from are the headings above it, the
sentence that ends in a colon before its list, and the head of its table (the head of its row
stands in the row, which counts as its sentence).

Pages are plain text, in which headings have no level: one is taken to stand below another when it
is indented deeper (`evidence.originals.html` indents what is below `h2`) or has more "#", when its
text follows without an empty line while the other's does not, or when nothing stands between them.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import zip_longest

from evidence.anchoring.calls import Call, calls_in
from evidence.anchoring.segment import Sentence, sentences
from evidence.anchoring.tokens import Passage, TokenisedPage
from evidence.originals.lines import CELL, INDENT

#: The number of a heading: "2. ", "1.3) ", "2 - ", "IV. ", "B) ".
_NUMBER = re.compile(r"#*\s*(?:(?:\d{1,2}(?:\.\d{1,2})*|[IVX]{1,4}|[A-H])(?:[.)]|\s?[-–:])\s+)+")


@dataclass(frozen=True, slots=True)
class Surroundings:
    """The words a passage is read with: headings (the outermost first), lead and sentence.

    `lead` is what announces a list, or the head of a table; "" where there is none.
    """

    headings: tuple[str, ...] = ()
    lead: str = ""
    sentence: str = ""

    @property
    def path(self) -> str:
        """The headings on one line, the outermost first."""
        return " › ".join(self.headings)

    def as_dict(self) -> dict[str, object]:
        """The JSON form, which signatures are given on."""
        return {"headings": list(self.headings), "lead": self.lead, "sentence": self.sentence}


@dataclass(frozen=True, slots=True)
class OutlinePart:
    """A sentence, item, heading or source: its tokens, the parts above it and the one before it
    that announces it, by number (-1 for none)."""

    sentence: Sentence
    passage: Passage
    above: tuple[int, ...]
    lead: int


class Outline:
    """The parts of a page that have words, in its order."""

    def __init__(self, page: TokenisedPage, language: str) -> None:
        self.page = page
        self.parts = tuple(_parts(page, sentences(page.text, language)))
        self._starts = [part.passage.first for part in self.parts]

    def part_of(self, passage: Passage) -> OutlinePart | None:
        """The part in which a passage begins."""
        at = bisect_right(self._starts, passage.first) - 1
        return self.parts[at] if at >= 0 else None

    def above(self, passage: Passage) -> tuple[OutlinePart, ...]:
        """The headings above a passage, the outermost first."""
        part = self.part_of(passage)
        return tuple(self.parts[at] for at in part.above) if part else ()

    def lead(self, passage: Passage) -> OutlinePart | None:
        """What announces the list or heads the table that a passage stands in."""
        part = self.part_of(passage)
        return self.parts[part.lead] if part and part.lead >= 0 else None

    def around(self, passage: Passage) -> Surroundings:
        """The words a passage is read with."""
        lead = self.lead(passage)
        return Surroundings(
            tuple(_plain(one.sentence.text) for one in self.above(passage)),
            _plain(lead.sentence.text) if lead else "",
            _plain(" ".join(part.sentence.text for part in self._touched(passage))),
        )

    def calls(self, passage: Passage) -> tuple[int, ...]:
        """The numbers of the notes called in the sentences of a passage, or right after them."""
        numbers: dict[int, None] = {}
        text = self.page.text
        for part in self._touched(passage):
            at = bisect_right(self._starts, part.passage.first)
            end = self.parts[at].sentence.start if at < len(self.parts) else len(text)
            for call in self._calls:
                if part.sentence.start <= call.start < end:
                    numbers.update(dict.fromkeys(call.numbers))
        return tuple(numbers)

    @cached_property
    def _calls(self) -> tuple[Call, ...]:
        return tuple(calls_in(self.page.text))

    def _touched(self, passage: Passage) -> Iterator[OutlinePart]:
        """The parts that a passage touches."""
        first = max(0, bisect_right(self._starts, passage.first) - 1)
        for part in self.parts[first:]:
            if part.passage.first >= passage.last:
                return
            if part.passage.overlaps(passage):
                yield part


@lru_cache(maxsize=8)
def outline_of(text: str, language: str) -> Outline:
    """The outline of a page; kept, for one page is compared with several."""
    return Outline(TokenisedPage(text), language)


def _plain(words: str) -> str:
    return re.sub(r"[ \t\r\n]+", " ", words.lstrip("# ")).strip()  # other spaces are the page's


def _parts(page: TokenisedPage, found: Sequence[Sentence]) -> Iterator[OutlinePart]:
    """The parts of a page one after the other, each with what stands above it."""
    above: list[tuple[int, int]] = []  # level and number of the headings that are open
    lead = -1  # the part that announces what follows
    before: Sentence | None = None
    number = 0
    for sentence, following in zip_longest(found, found[1:]):
        passage = page.passage_at(_start(sentence), sentence.end)
        if passage.first >= passage.last:
            continue
        is_heading = sentence.form == "heading" and not _is_cut(page.text, sentence, following)
        level = _level(page.text, sentence, following) if is_heading else 0
        if is_heading:
            is_bare = before is not None and before.form == "heading"
            above = [one for one in above if one[0] < level or (is_bare and one[1] == number - 1)]
        if is_heading or before is None or not _goes_on(page.text, before, sentence, lead >= 0):
            lead = -1
        yield OutlinePart(sentence, passage, tuple(one for _, one in above), lead)
        if is_heading:
            above.append((level, number))
        elif _announces(sentence) or _heads_table(page.text, before, sentence):
            lead = number
        before, number = sentence, number + 1


def _is_cut(text: str, heading: Sentence, following: Sentence | None) -> bool:
    """True for the first line of a sentence that goes on on the next one."""
    return (
        following is not None
        and following.form == "sentence"
        and text.count("\n", heading.end, following.start) == 1
        and following.text[:1].islower()
    )


def _start(sentence: Sentence) -> int:
    """Where the words of a sentence start; the number of a heading is none of them."""
    number = _NUMBER.match(sentence.text) if sentence.form == "heading" else None
    return sentence.start + (number.end() if number else 0)


def _level(text: str, heading: Sentence, following: Sentence | None) -> int:
    """How deep a heading stands below others; only the order of these numbers means anything."""
    line = text[text.rfind("\n", 0, heading.start) + 1 : heading.end]
    deep = line.count(INDENT) + len(line.lstrip()) - len(line.lstrip().lstrip("#"))
    is_close = following is not None and text.count("\n", heading.end, following.start) == 1
    return deep or int(is_close)


def _announces(sentence: Sentence) -> bool:
    return sentence.form == "sentence" and sentence.text.rstrip().endswith(":")


def _heads_table(text: str, before: Sentence | None, row: Sentence) -> bool:
    """True for the first row of a table when it holds names, no figures."""
    if CELL not in row.text or any(map(str.isdigit, row.text)):
        return False
    return before is None or CELL not in before.text or "\n\n" in text[before.end : row.start]


def _goes_on(text: str, before: Sentence, sentence: Sentence, is_announced: bool) -> bool:
    """True for what a lead before it still announces: the next of its items, lines or rows."""
    between = text[before.end : sentence.start]
    if CELL in sentence.text:
        return CELL in before.text and between.count("\n") < 3
    if sentence.form == "item":
        return CELL not in before.text and (before.form == "item" or _announces(before))
    if not is_announced or "\n" not in between:
        return False
    # A list without bullets: lines, none of which ends a sentence.
    return before.form != "item" and not before.text.rstrip().endswith((".", "!", "?"))
