"""The passages of a record that show why it was found, with the words that matched."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from operator import itemgetter

from evidence.search.index.documents import OF_THE_WORK, RecordPart

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
    parts: Iterable[RecordPart], find: Callable[[str], list[tuple[int, int]]], reader: str = "en"
) -> tuple[tuple[Runs, str], ...]:
    """The best passages of a record's parts, each with its language; the title first.

    Args:
        parts: the title is shown only when it matches, as all parts are.
        find: gives the spans of a text that matched.
        reader: the language of whoever reads, "fr" or "en". What is written in both is shown in
            it, and in the other one where only that matches.

    Returns:
        Passages with "fr" or "en", or "" for the language of the work itself.
    """
    title: list[tuple[Runs, str]] = []
    others: list[tuple[int, int, tuple[Runs, str]]] = []
    for place, section in enumerate(parts):
        matching = ((text, said, merge(find(text))) for text, said in _wordings(section, reader))
        text, said, spans = next((one for one in matching if one[2]), ("", "", []))
        if not spans:
            continue
        if section.part == "title":
            title.append((_runs(text, 0, len(text), spans), said))
            continue
        start, end, held = _window(text, spans)
        others.append((-held, place, (_runs(text, start, end, spans), said)))
    others.sort(key=lambda item: item[:2])
    return (*title, *(passage for _, _, passage in others[: MAX_PASSAGES - len(title)]))


def _wordings(section: RecordPart, reader: str) -> list[tuple[str, str]]:
    """The texts of a part with their languages, that of the reader first."""
    if section.part in OF_THE_WORK:
        return [(section.text, "")]
    texts = [(section.text, "en"), (section.french, "fr")]
    return sorted(filter(itemgetter(0), texts), key=lambda one: one[1] != reader)
