"""The passages of a record that show why it was found, with the words that matched."""

from __future__ import annotations

from collections.abc import Callable, Sequence

Runs = tuple[tuple[str, bool], ...]

MAX_PASSAGES = 3
MAX_LENGTH = 260  # characters of one passage


def merge(spans: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """Spans in order, overlapping ones joined."""
    merged: list[tuple[int, int]] = []
    for start, end in sorted(spans):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged


def _runs(text: str, start: int, end: int, spans: Sequence[tuple[int, int]]) -> Runs:
    runs: list[tuple[str, bool]] = []
    at = start
    for begin, stop in spans:
        if begin < start or stop > end:
            continue
        if begin > at:
            runs.append((text[at:begin], False))
        runs.append((text[begin:stop], True))
        at = stop
    if at < end:
        runs.append((text[at:end], False))
    if start > 0 and runs:
        runs.insert(0, ("… ", False))
    if end < len(text) and runs:
        runs.append((" …", False))
    return tuple(runs)


def _window(text: str, spans: Sequence[tuple[int, int]]) -> tuple[int, int, int]:
    """The part of a text that holds most matches: start, end and how many it holds."""
    if len(text) <= MAX_LENGTH:
        return 0, len(text), len(spans)
    best = (0, 0, 0)
    for i, (start, _) in enumerate(spans):
        held = sum(1 for _, stop in spans[i:] if stop - start <= MAX_LENGTH - 40)
        if held > best[2]:
            best = (start, 0, held)
    start = max(0, best[0] - 40)
    if start > 0:
        space = text.find(" ", start)
        start = space + 1 if 0 <= space < best[0] else start
    end = min(len(text), start + MAX_LENGTH)
    if end < len(text):
        space = text.rfind(" ", start, end)
        end = space if space > best[0] else end
    return start, end, best[2]


def highlight(
    parts: Sequence[tuple[str, str]], find: Callable[[str], list[tuple[int, int]]]
) -> tuple[Runs, ...]:
    """The best passages of a record's parts; the title first when it matches.

    `find` gives the spans of a text that matched.
    """
    title: list[Runs] = []
    others: list[tuple[int, int, Runs]] = []
    for place, (part, text) in enumerate(parts):
        spans = merge(find(text))
        if not spans:
            continue
        if part == "title":
            title.append(_runs(text, 0, len(text), spans))
            continue
        start, end, held = _window(text, spans)
        others.append((-held, place, _runs(text, start, end, spans)))
    others.sort(key=lambda item: item[:2])
    return (*title, *(runs for _, _, runs in others[: MAX_PASSAGES - len(title)]))
