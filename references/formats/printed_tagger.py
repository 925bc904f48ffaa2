"""What each piece of a printed reference is: a trained tagger's opinion.

A linear-chain conditional random field over words, numbers and marks (Peng and McCallum 2006,
doi:10.1016/j.ipm.2005.09.002; GROBID and AnyStyle use the same method). Its model,
`printed.json.gz`, is fitted by `bench/fit_printed.py`.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from references.formats.printed_patterns import YEAR

if TYPE_CHECKING:
    from references.formats.printed_model import FittedTagger

MODEL = Path(__file__).with_name("printed.json.gz")

_TOKEN = re.compile(r"\w+|[^\w\s]")
_YEAR = re.compile(f"{YEAR}[a-z]?")
_OPENING, _CLOSING = "“«„‘([", "”»’)]"
_AROUND = 3  # so many tokens on each side tell of one


class PrintedToken(NamedTuple):
    """A word, a number or a mark, and where it stands."""

    text: str
    start: int
    end: int


class Span(NamedTuple):
    """Neighbouring tokens of one label."""

    label: str
    start: int
    end: int


def tokens(text: str) -> list[PrintedToken]:
    """The words, numbers and marks of a text in their order."""
    return [PrintedToken(match.group(), *match.span()) for match in _TOKEN.finditer(text)]


def tagged(text: str) -> list[Span]:
    """The pieces of a printed reference in their order; see `bench.printed_parts.LABELS`."""
    parts = tokens(text)
    if not parts:
        return []
    spans: list[Span] = []
    for token, label in zip(parts, _model().tag(features(text, parts)), strict=True):
        if spans and spans[-1].label == label:
            spans[-1] = Span(label, spans[-1].start, token.end)
        else:
            spans.append(Span(label, token.start, token.end))
    return spans


@cache
def _model() -> FittedTagger:
    from references.formats.printed_model import FittedTagger  # and numpy, once a string is read

    return FittedTagger.read(MODEL)


def features(text: str, parts: list[PrintedToken]) -> list[list[str]]:
    """What the tagger is told of each token."""
    shapes = [_shape(token.text) for token in parts]
    around = ["^"] * _AROUND + shapes + ["$"] * _AROUND
    lower = ["^"] * _AROUND + [_word(token.text) for token in parts] + ["$"] * _AROUND
    style = " ".join(shapes[:4])
    quoted = any(mark in text for mark in '“«"')
    told = []
    for place, ((token, _), wide) in enumerate(
        zip(zip(parts, shapes, strict=True), _wide(text, parts, shapes), strict=True)
    ):
        at = place + _AROUND
        s, w = around, lower
        found = [f"w{o}={w[at + o]}" for o in (-2, -1, 0, 1, 2)]
        found += [f"s{o}={s[at + o]}" for o in range(-_AROUND, _AROUND + 1)]
        found += [
            f"a={s[at - 1]} {s[at]}",
            f"b={s[at]} {s[at + 1]}",
            f"c={s[at - 1]} {s[at]} {s[at + 1]}",
            f"d={s[at - 2]} {s[at - 1]} {s[at]}",
            f"e={s[at]} {s[at + 1]} {s[at + 2]}",
            f"f={s[at - 2]} {s[at - 1]} {s[at]} {s[at + 1]} {s[at + 2]}",
            f"g={s[at]} {s[at + 1]} {s[at + 2]} {s[at + 3]}",
            f"h={w[at - 1]} {s[at]}",
            f"i={s[at]} {w[at + 1]}",
            f"j={w[at - 1]} {w[at]}",
            f"style={style}|{s[at - 1]} {s[at]}",
            f"quoted={quoted} {s[at]}",
        ]
        if token.text[0].isalpha():
            found += [f"end={w[at][-3:]}", f"start={w[at][:3]}"]
        told.append(found + wide)
    return told


def _wide(text: str, parts: list[PrintedToken], shapes: list[str]) -> Iterator[list[str]]:
    """What the rest of the text tells of each token: its place, and the marks on both sides."""
    count = len(parts)
    ahead = _marks_ahead(shapes)
    numbers_left = sum(shape[0] == "0" for shape in shapes)
    years = stops = 0
    inside, behind, since = "", "^", 0
    for place, (token, shape) in enumerate(zip(parts, shapes, strict=True)):
        if token.text in _OPENING or (token.text in "\"'" and not inside and _apart(text, token)):
            inside = token.text
        elif inside and (token.text in _CLOSING or token.text == inside):
            inside = ""
        numbers_left -= shape[0] == "0"
        mark, far, next_shape = ahead[place]
        yield [
            f"place={10 * place // count}",
            "first" if not place else "later",
            f"in={inside}",
            f"gap={text[token.start - 1 : token.start] == ' '}",
            f"years={min(years, 2)} {shape}",
            f"stops={min(stops, 4)}",
            f"numbers={min(numbers_left, 4)}",
            f"behind={behind} {min(since, 6)}",
            f"ahead={mark} {min(far, 6)}",
            f"between={behind} {mark}",
            f"next={mark} {next_shape}",
            f"left={stops and 1} {min(years, 1)} {min(numbers_left, 3)}",
        ]
        years += shape == "0year"
        if shape in '.,;:()[]"“”«»?!':
            stops += shape in ".?!" and since > 0
            behind, since = shape, 0
        else:
            since += 1


def _apart(text: str, token: PrintedToken) -> bool:
    """True when a straight quotation mark stands before a word, not inside or behind it."""
    return not text[token.start - 1 : token.start].strip() or token.start == 0


def _marks_ahead(shapes: list[str]) -> list[tuple[str, int, str]]:
    """For each token the next mark, how far it is, and what stands behind it."""
    found: list[tuple[str, int, str]] = []
    mark, far, behind = "$", 0, "$"
    for place in range(len(shapes) - 1, -1, -1):
        found.append((mark, far, behind))
        if shapes[place] in '.,;:()[]"“”«»?!':
            mark, far = shapes[place], 0
            behind = shapes[place + 1] if place + 1 < len(shapes) else "$"
        else:
            far += 1
    return found[::-1]


def _word(text: str) -> str:
    """A word as it is compared: small letters without accents; every digit alike."""
    flat = "".join(
        sign for sign in unicodedata.normalize("NFKD", text) if not unicodedata.combining(sign)
    )
    return re.sub(r"\d", "0", flat.lower())


def _shape(text: str) -> str:
    """What a token looks like: "Xx" for Pain, "X" for J, "00" for 12, "0year", a mark itself."""
    if not (text[0].isalnum() or text[0] == "_"):
        return "-" if text in "–—‐‑−" else text
    if text.isdigit():
        return "0year" if _YEAR.fullmatch(text) else "0" * min(len(text), 5)
    if any(sign.isdigit() for sign in text):
        return "0year" if _YEAR.fullmatch(text) else "0x" if text[0].isdigit() else "0X"
    if text.isupper():
        return "X" * min(len(text), 4)
    return "Xx" if text[0].isupper() and text[1:].islower() else "xx" if text.islower() else "xX"
