"""The lines of a printed page put in the order in which they are read.

A PDF says where its words stand, not what they are. Columns are told from tables by how full
their lines are; a line goes on where the next word had no room on it; what is set larger than
the rest is a heading, and the lines of one heading are set alike.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from statistics import median

from evidence.originals.lines import BULLET, CELL, INDENT

#: Between columns there is at least this much room, in points.
_GUTTER = 9.0
#: Lines of prose have more characters than this, also in narrow columns.
_SHORT = 15
#: What is set this much larger than the text is a heading.
_LARGER = 1.12
_MARK = re.compile(r"[•·◦▪●■○□➢➤✓\uf0b7\uf0a7–-]|\[?\d{1,2}[\].)]")
_ITEM = re.compile(r"[•·◦▪●■○□➢➤✓\uf0b7\uf0a7–]\s*")
_NUMBERED = re.compile(r"\[?\d{1,2}[\].)]\s")
#: Volume and issue of a printed source, cut before its pages.
_CITED = re.compile(r"\d;\d+(?:\(\w+\))?:$")
_CUT = re.compile(r"(?<=\w)[-\u00ad\u2010]$")


@dataclass(frozen=True, slots=True)
class PrintedLine:
    """A line of words: its edges in points from the left and from the bottom of the page, and the
    size of its largest character."""

    text: str
    left: float
    right: float
    bottom: float
    top: float
    size: float

    def is_beside(self, other: PrintedLine, share: float = 0.5) -> bool:
        """True when the two stand on one level, by this share of the lower one."""
        shared = min(self.top, other.top) - max(self.bottom, other.bottom)
        return shared > share * min(self.top - self.bottom, other.top - other.bottom)

    def begins_columns(self, other: PrintedLine) -> bool:
        """True when a line of this size, level or a line lower, stands left or right of it."""
        apart = max(other.left - self.right, self.left - other.right)
        is_alike = max(self.size, other.size) < _LARGER * min(self.size, other.size)
        return is_alike and apart >= _GUTTER and self.bottom - other.top < 1.6 * self.size


def text_lines(pages: Sequence[Sequence[PrintedLine]]) -> list[str]:
    """The pages as lines of text: headings, paragraphs, items, rows of tables."""
    every = [line for page in pages for line in page]
    sizes = sorted(size for line in every for size in [line.size] * len(line.text))
    body = sizes[len(sizes) // 2] if sizes else 0.0
    heads = sorted({line.size for line in every if line.size > body * _LARGER}, reverse=True)
    blocks = [block for page in pages for block in _blocks(_with_marks(page), body)]
    lines: list[str] = []
    for block in blocks:
        if isinstance(block, str):
            _add_row(lines, block)
        else:
            _add_column(lines, block, heads)
    return lines


def _with_marks(page: Iterable[PrintedLine]) -> list[PrintedLine]:
    """Lines from the top to the bottom, bullets and numbers joined to what they stand before."""
    lines = sorted(page, key=lambda line: (-line.top, line.left))
    joined: list[PrintedLine] = []
    for line in lines:
        mark = next(
            (
                one
                for one in joined
                if _MARK.fullmatch(one.text)
                and one.is_beside(line)
                and -2 < line.left - one.right < 3 * line.size
            ),
            None,
        )
        if mark:
            joined.remove(mark)
            line = replace(line, text=f"{mark.text} {line.text}", left=mark.left)
        joined.append(line)
    return joined


def _blocks(lines: Sequence[PrintedLine], body: float) -> Iterator[list[PrintedLine] | str]:
    """Columns and rows of tables, in the order in which they are read."""
    start = 0
    while start < len(lines):
        stop, gutters = _reach(lines, start, body)
        if not gutters:
            yield list(lines[start:stop])
        else:
            block = lines[start:stop]
            edges = [-1.0, *gutters, float("inf")]
            columns = [[one for one in block if a < one.left <= b] for a, b in pairwise(edges)]
            if _is_table(columns):
                yield from _rows(columns)
            else:
                yield from columns
        start = stop


def _reach(lines: Sequence[PrintedLine], start: int, body: float) -> tuple[int, list[float]]:
    """Up to where lines stand in the columns that the first of them begin, and the left edges of
    these columns but the first; none for lines that stand one below the other."""

    def begins_columns(at: int) -> bool:
        return any(lines[at].begins_columns(other) for other in lines[at + 1 : at + 4])

    stop, gutters = start, list[float]()
    while stop < len(lines) and not begins_columns(stop):  # one below the other
        stop += 1
    if stop > start:
        return stop, []
    while stop < len(lines):
        line = lines[stop]
        is_alone = not any(one.is_beside(line) for one in lines[start:] if one is not line)
        usual = max([body, *(one.size for one in lines[start:stop])])
        if stop > start and is_alone and line.size > usual * _LARGER:
            break
        wider = _gutters(lines[start : stop + 1])
        if gutters and not wider:
            break
        gutters, stop = wider, stop + 1
    return (stop, gutters) if gutters else (max(stop, start + 1), [])


def _gutters(lines: Sequence[PrintedLine]) -> list[float]:
    """The left edges of the columns right of a strip in which no line stands."""
    edges: list[float] = []
    reach = None
    for line in sorted(lines, key=lambda line: line.left):
        if reach is not None and line.left - reach >= _GUTTER:
            edges.append(line.left)
        reach = line.right if reach is None else max(reach, line.right)
    return [edge - 0.01 for edge in edges]


def _is_table(columns: Sequence[Sequence[PrintedLine]]) -> bool:
    """True for lines side by side that are short, or do not fill their columns as prose does."""
    if len(columns) > 2:
        return True
    first, second = columns
    if any(median(len(line.text) for line in column) < _SHORT for column in columns):
        beside = [line for line in second if any(line.is_beside(one, 0.2) for one in first)]
        return len(beside) > 0.5 * min(len(first), len(second))
    return 2 * sum(_had_no_room(above, line, first) for above, line in pairwise(first)) < len(first)


def _had_no_room(above: PrintedLine, line: PrintedLine, column: Sequence[PrintedLine]) -> bool:
    """True when the first word of a line would not have fitted on the line above it."""
    word = line.text.split(maxsplit=1)[0]
    room = (line.right - line.left) / max(1, len(line.text)) * (len(word) + 1)
    return above.right + room > max(one.right for one in column)


def _rows(columns: Sequence[Sequence[PrintedLine]]) -> Iterator[str]:
    """The rows of a table; a line with nothing beside it goes on in the cell above it."""
    rows: list[list[list[PrintedLine]]] = []
    lines = sorted(
        ((line, at) for at, column in enumerate(columns) for line in column),
        key=lambda one: (-one[0].top, one[1]),
    )
    for line, at in lines:
        last = rows[-1] if rows else []
        is_same = any(line.is_beside(other, 0.15) for cell in last for other in cell)
        above = last[at][-1] if last and last[at] else None
        wraps = above is not None and 0 <= above.bottom - line.top < 0.35 * line.size
        if not is_same and not wraps:
            rows.append([[] for _ in columns])
        rows[-1][at].append(line)
    for row in rows:
        cells = (" ".join(line.text for line in cell) for cell in row)
        yield CELL.join(cell for cell in cells if cell)


def _add_row(lines: list[str], row: str) -> None:
    if lines and lines[-1] and CELL not in lines[-1]:
        lines.append("")
    lines.append(row)


def _add_column(lines: list[str], column: Sequence[PrintedLine], heads: Sequence[float]) -> None:
    """The lines of a column as headings, paragraphs and items."""
    above: PrintedLine | None = None
    for line in column:
        text = _ITEM.sub(f"{BULLET} ", line.text, count=1) if _ITEM.match(line.text) else line.text
        is_head = line.size in heads
        if above is None:
            # At the head of a column or a page a sentence may go on.
            goes_on = not is_head and text[:1].islower() and _is_open(lines)
        else:
            goes_on = _goes_on(above, line, text, column, is_head, above.size in heads)
        if goes_on:
            _join(lines, text)
        elif is_head:
            lines += ["", INDENT * max(0, heads.index(line.size) - 1) + text]
        else:
            is_new = (
                above is None or above.size in heads or above.bottom - line.top > 0.6 * line.size
            )
            if lines and is_new and not text.startswith(BULLET):
                lines.append("")
            lines.append(text)
        above = line
    if above is not None and above.size in heads:
        lines.append("")


def _is_open(lines: Sequence[str]) -> bool:
    """True when the last line ends inside a sentence."""
    last = next((line for line in reversed(lines) if line), "")
    return bool(last) and not last.endswith((".", "!", "?", ":", ";")) and CELL not in last


def _goes_on(
    above: PrintedLine,
    line: PrintedLine,
    text: str,
    column: Sequence[PrintedLine],
    is_head: bool,
    above_is_head: bool,
) -> bool:
    """True for a line that continues the one above it."""
    gap = above.bottom - line.top
    if text.startswith(BULLET) or is_head != above_is_head or gap > 0.9 * line.size:
        return False
    if is_head:
        return above.size == line.size and not above.text.endswith((".", "?", "!"))
    if text[0].islower() or _CUT.search(above.text):
        return not above.text.endswith((".", "!", "?", ";"))
    if _NUMBERED.match(text) or gap > 0.6 * line.size:
        return False
    return _had_no_room(above, line, column)


def _join(lines: list[str], text: str) -> None:
    """Put words on the last line that has any; a word cut there is whole again."""
    at = max(number for number, line in enumerate(lines) if line)
    del lines[at + 1 :]
    if _CUT.search(lines[at]) and text[0].islower():
        lines[at] = _CUT.sub("", lines[at]) + text
    elif _CITED.search(lines[at]) and text[0].isdigit():
        lines[at] += text
    else:
        lines[at] = f"{lines[at]} {text}"
