"""A page as a row of *tokens* whose form does not depend on typography.

Case, accents, ligatures, quotes, apostrophes, hyphens, soft hyphens, words cut at a line's end,
kinds of space, bullets and numbers of list items, calls of notes and end punctuation leave no
trace in them, while words, figures, decimal points, ranges, minus signs and characters such as
% or < do. Two passages with the same tokens are the same passage.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from functools import cached_property, lru_cache

from evidence.anchoring.calls import blanked
from references.normalise import fold

#: Characters that people type as others, besides what `fold` takes away.
_TYPED = {"×": "x", "−": "-", "≤": "<=", "≥": ">="}
#: Characters that count as letters and are used for an apostrophe.
_APOSTROPHES = "\u02b9\u02bb\u02bc\u02bd\u02c8\ua78c"
_DASH = "\\-\u2010-\u2015\u2212"
_TOKEN = re.compile(
    rf"""
      [^\W\d_]+                             # a word
    | \d+(?:[.,]\d+)*                       # a figure, with its decimal point
    | (?<=\d)\ ?[{_DASH}]\ ?(?=\d)          # a range: 24-48
    | (?<=[ (\[=<>:,])[{_DASH}](?=\d)       # a minus sign: at -20 °C
    | [%‰±<>=+/~≈]
    """,
    re.VERBOSE,
)
#: The number or letter of a list item, or an "o" that stands for a bullet.
_MARKER = re.compile(r"(?:^|(?<=\n)) *(?:o|\(?(?:\d{1,2}|[a-z]|[ivx]{2,4})\))(?= )")
_CUT_WORD = re.compile(r"(?<=[^\W\d_])[-\u00ad\u2010]\r?\n[ \t]*(?=[^\W\d_])")
#: Articles and pronouns, with which a sentence may begin.
_OPENER = re.compile(
    r"l(?:es?|a)?|une?|des|du|ce(?:s|t|tte)?|ils?|elles?|on|nous|vous|"
    r"the(?:se|y)?|an?|it|this|we|you"
)
_BREAK = re.compile(r"[.!?;:\n•·()]")
_STOP = re.compile(r"[.!?;\n•·]")


def _fold(text: str) -> tuple[str, list[int]]:
    """The text without what typography varies, and for each character its place in the original."""
    characters: list[str] = []
    places: list[int] = []
    previous = ""
    cut = {at for match in _CUT_WORD.finditer(text) for at in range(*match.span())}
    for place, character in enumerate(blanked(text)):
        if place in cut:
            continue
        if character in "\u2028\u2029\v\f\r\x85":
            character = "\n"
        category = unicodedata.category(character)
        if category in ("Cf", "Mn", "Me") or character == "\u00ad":
            continue  # soft hyphens, zero-width characters, accents written apart
        if category == "Zs" or character == "\t":
            form = " "
        elif character in _APOSTROPHES:
            form = "'"
        else:
            form = "".join(_TYPED.get(part, part) for part in fold(character))
        for letter in form:
            if letter == " " and previous == " ":
                continue
            characters.append(letter)
            places.append(place)
            previous = letter
    return "".join(characters), places


def _form(folded: str, match: re.Match[str]) -> str:
    """The token that some characters stand for; "24-48" and "24 to 48" read like "24 à 48"."""
    form, start, end = match.group().strip(), match.start(), match.end()
    if form[0].isdigit():
        return form.replace(",", ".")
    if form == "to":
        beside = folded[max(0, start - 2) : start] + folded[end : end + 2]
        return "a" if any(character.isdigit() for character in beside) else form
    if re.match(f"[{_DASH}]", form):
        return "a" if folded[start - 1 : start].isdigit() else "-"
    return form


@dataclass(frozen=True)
class Passage:
    """A part of a page: tokens `first` up to `last` (excluded)."""

    first: int
    last: int

    def overlaps(self, other: Passage) -> bool:
        """True when the two share a token."""
        return self.first < other.last and other.first < self.last


class TokenisedPage:
    """A text cut into tokens; built once, asked often."""

    def __init__(self, text: str) -> None:
        self.text = text
        folded, places = _fold(text)
        # Blanked, not cut out: places stay, and what stood around it is told apart.
        folded = _MARKER.sub(lambda match: " " * len(match.group()), folded)
        self.tokens: list[str] = []
        self._starts: list[int] = []
        self._ends: list[int] = []
        breaks: list[int] = []
        stops: list[int] = []
        end = 0
        for match in _TOKEN.finditer(folded):
            form = _form(folded, match)
            if not self.tokens or _BREAK.search(folded, end, match.start()):
                breaks.append(len(self.tokens))
                if not self.tokens or _STOP.search(folded, end, match.start()):
                    stops.append(len(self.tokens))
            end = match.end()
            self.tokens.append(form)
            self._starts.append(places[match.start()])
            self._ends.append(places[end - 1] + 1)
        #: Tokens at which a sentence, an item, a line or a parenthesis begins.
        self.breaks = breaks
        #: Those at which a sentence, an item or a line begins.
        self.stops = stops
        self._offsets = [0]
        for token in self.tokens:
            self._offsets.append(self._offsets[-1] + len(token))
        self._characters = "".join(self.tokens)

    def __len__(self) -> int:
        return len(self.tokens)

    def words(self, passage: Passage) -> str:
        """The tokens of a passage, with one space between."""
        return " ".join(self.tokens[passage.first : passage.last])

    def characters(self, passage: Passage) -> str:
        """The tokens of a passage run together: equal for the same passage retyped."""
        return self._characters[self._offsets[passage.first] : self._offsets[passage.last]]

    def beside(self, passage: Passage, right: bool, count: int) -> str:
        """`count` characters that stand next to a passage, in reading order."""
        if right:
            at = self._offsets[passage.last]
            return self._characters[at : at + count]
        at = self._offsets[passage.first]
        return self._characters[max(0, at - count) : at]

    def token_beside(self, passage: Passage, right: bool, count: int) -> int:
        """The token that begins `count` characters after a passage, or before it."""
        if right:
            return bisect_left(self._offsets, self._offsets[passage.last] + count)
        return bisect_left(self._offsets, self._offsets[passage.first] - count)

    def distance(self, first: int, last: int) -> int:
        """The characters from one token up to another; below zero when they stand the other way."""
        return self._offsets[last] - self._offsets[first]

    def span(self, passage: Passage) -> tuple[int, int]:
        """Where a passage stands in the original text, accents written apart included."""
        start, end = self._starts[passage.first], self._ends[passage.last - 1]
        while end < len(self.text) and unicodedata.category(self.text[end]) in ("Mn", "Me"):
            end += 1
        return start, end

    def passage_at(self, start: int, end: int) -> Passage:
        """The passage of the tokens that a span of the original touches."""
        return Passage(bisect_right(self._ends, start), bisect_left(self._starts, end))

    def quote(self, passage: Passage) -> str:
        """The passage as the page writes it."""
        start, end = self.span(passage)
        return self.text[start:end]

    def sentence(self, passage: Passage) -> Passage:
        """The passage widened to the stops around it."""
        left = self.stops[bisect_right(self.stops, passage.first) - 1]
        at = bisect_left(self.stops, passage.last)
        return Passage(left, self.stops[at] if at < len(self.stops) else len(self))

    def begins_sentence(self, token: int) -> bool:
        """True for an article or pronoun with a capital: "La", "It"; never inside a sentence."""
        return (
            token < len(self)
            and _OPENER.fullmatch(self.tokens[token]) is not None
            and self.text[self._starts[token]].isupper()
        )

    def find(self, phrase: str, first: int = 0, last: int | None = None) -> list[Passage]:
        """Every place where a phrase stands, whole words only, in order."""
        needle = characters_of(phrase)
        if not needle:
            return []
        stop = self._offsets[len(self) if last is None else min(last, len(self))]
        passages = []
        at = self._characters.find(needle, self._offsets[min(first, len(self))], stop)
        while at >= 0:
            begin = bisect_left(self._offsets, at)
            end = bisect_left(self._offsets, at + len(needle))
            if self._offsets[begin] == at and self._offsets[end] == at + len(needle):
                passages.append(Passage(begin, end))
            at = self._characters.find(needle, at + 1, stop)
        return passages

    @cached_property
    def headings(self) -> list[Passage]:
        """Lines that head a section: short, alone, without end punctuation, no list items."""
        lines = []
        at = 0
        for line in self.text.splitlines(keepends=True):
            plain = line.strip()
            if (
                0 < len(plain) <= 120
                and plain[0].isalnum()
                and not plain.endswith((".", ";", ",", ":"))
                and len(passage := self._line(at, at + len(line))) > 0
            ):
                lines.append(Passage(passage[0], passage[-1] + 1))
            at += len(line)
        return lines

    def _line(self, start: int, end: int) -> range:
        return range(bisect_left(self._starts, start), bisect_left(self._starts, end))


@lru_cache(maxsize=4096)
def characters_of(phrase: str) -> str:
    """The tokens of a phrase run together; kept, for the same few words are looked for often."""
    return "".join(TokenisedPage(phrase).tokens)
