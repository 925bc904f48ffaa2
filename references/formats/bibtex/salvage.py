"""What can still be read of an entry that breaks BibTeX's rules: its fields, one by one."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import NamedTuple

_HEAD = re.compile(r"\s*@\s*([A-Za-z]+)\s*[{(]\s*([^\s,={}\"]*)\s*,")
_NAME = re.compile(r"[\s,]*([^\s=,{}\"#%()]+(?:[ \t]+[^\s=,{}\"#%()]+){0,3})\s*=\s*")
_WORD = re.compile(r"[^\s,#{}\"=]+")
_BETWEEN = re.compile(r"\s*#\s*")
_CLOSED = re.compile(r"[\s,]*[})]\s*")
_STOP = re.compile(r"\\.|[{}\"]", re.S)


class Salvaged(NamedTuple):
    """An entry as far as it could be read; `fields` hold the parts of each value.

    `is_whole` tells that nothing but its last brace follows.
    """

    kind: str
    key: str
    fields: list[tuple[str, list[str]]]
    is_whole: bool


def salvaged(text: str, macros: Mapping[str, str]) -> Salvaged | None:
    """The fields of a broken entry, up to the first value that never ends; None without one.

    A missing comma is passed over, a name of several words joined.
    """
    head = _HEAD.match(text)
    if head is None:
        return None
    fields: list[tuple[str, list[str]]] = []
    at = head.end()
    while name := _NAME.match(text, at):
        parts, at = _value(text, name.end(), macros)
        if not parts:
            break
        fields.append(("_".join(name[1].split()), parts))
    is_whole = bool(_CLOSED.fullmatch(text, at))
    return Salvaged(head[1], head[2], fields, is_whole) if fields else None


def _value(text: str, at: int, macros: Mapping[str, str]) -> tuple[list[str], int]:
    """The parts of a value, and where it ends; no parts when it never does."""
    parts: list[str] = []
    while True:
        if text[at : at + 1] in ("{", '"'):
            end = _end_of(text, at)
            if end < 0:
                return [], len(text)
            parts.append(text[at + 1 : end - 1])
        elif word := _WORD.match(text, at):
            end = word.end()
            parts.append(macros[word[0]] if word[0] in macros else word[0])
        else:
            return [], at
        more = _BETWEEN.match(text, end)
        if more is None:
            return parts, end
        at = more.end()


def _end_of(text: str, start: int) -> int:
    """Behind the brace or quote that closes the one at `start`; -1 when none does."""
    depth = 0
    quoted = text[start] == '"'
    for stop in _STOP.finditer(text, start):
        mark = stop[0]
        if mark == "{":
            depth += 1
        elif mark == "}":
            depth -= 1
            if depth < 0:
                return -1
        closes = mark == "}" if not quoted else mark == '"' and stop.start() > start
        if closes and depth == 0:
            return stop.end()
    return -1
