"""Lines of plain text, as every form of a page is written down."""

from __future__ import annotations

import re
from collections.abc import Iterable

BULLET = "•"
#: Between the cells of one row of a table.
CELL = " | "
#: Before a heading below another one, once for each level: an em space, which typography ignores.
INDENT = "\u2003"


def count_words(text: str) -> int:
    """How many words a text has."""
    return sum(1 for _ in re.finditer(r"\w+", text))


def tidy(lines: Iterable[str]) -> str:
    """The lines without space at their ends, bullets with their words, single empty lines."""
    tidied: list[str] = []
    pending = False
    for line in lines:
        plain = line.strip(" \t")
        if plain == BULLET:
            pending = True
        elif plain.strip():
            if pending and not plain.startswith(BULLET):
                plain = f"{BULLET} {plain}"
            if plain.startswith(BULLET) and tidied[-1:] == [""] and tidied[-2].startswith(BULLET):
                tidied.pop()  # an empty line between two items of one list would part them
            tidied.append(plain)
            pending = False
        elif tidied and tidied[-1] and not pending:
            tidied.append("")
    return "\n".join(tidied).strip() + "\n"
