"""JSON files of records: lists, envelopes, a record a line, and what a broken one still holds."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from references.errors import Problem, message, problem_in
from references.formats.dates import PartialDate, checked
from references.formats.markup import plain
from references.formats.results import Reading
from references.normalise import year_of
from references.record import Place, Reference

_DECODER = json.JSONDecoder()
_GAP = re.compile(r"[\s,]*")


def is_text(value: Any) -> bool:
    """True for what can stand for a text: a string or a number."""
    return isinstance(value, str | int | float) and not isinstance(value, bool)


def text_of(value: Any) -> str:
    """A value as text; the first of a list; "" for anything else."""
    if isinstance(value, list):
        return next((text for item in value if (text := text_of(item))), "")
    return str(value) if is_text(value) else ""


def texts_of(value: Any) -> list[str]:
    """All texts of a value that may be one text or a list of them."""
    values = value if isinstance(value, list) else [value]
    return [str(item) for item in values if is_text(item) and str(item).strip()]


def plain_of(item: Mapping[str, Any], name: str) -> str:
    """The text of a value of an object without tags and entities; the first of a list."""
    return plain(text_of(item.get(name)))


def at_path(item: Any, *path: str) -> Any:
    """What stands at a path of keys in objects within objects; None when a step is missing."""
    for step in path:
        item = item.get(step) if isinstance(item, Mapping) else None
    return item


def text_at(*path: str) -> Callable[[Mapping[str, Any]], str]:
    """Reads the text or number at a path of keys, the first of a list; "" when there is none."""
    return lambda item: text_of(at_path(item, *path))


def plain_at(*path: str) -> Callable[[Mapping[str, Any]], str]:
    """Reads what `text_at` does, without tags and entities."""
    return lambda item: plain(text_of(at_path(item, *path)))


def objects_of(value: Any) -> list[Mapping[str, Any]]:
    """The objects of a value that may be one or a list of them."""
    values = value if isinstance(value, list) else [value]
    return [item for item in values if isinstance(item, Mapping)]


def from_first_to_last(first: str, last: str) -> str:
    """The pages of a record that says where a work begins and ends."""
    return f"{first}-{last}" if first and last and first != last else first


def date_of_item(value: Any) -> PartialDate:
    """The date of a CSL date; the first of a range."""
    if not isinstance(value, Mapping):
        return PartialDate(year_of(str(value))) if is_text(value) else PartialDate()
    parts = value.get("date-parts")
    first = parts[0] if isinstance(parts, list) and parts else None
    numbers: list[int] = []
    for part in first if isinstance(first, list) else ():
        text = str(part).strip()
        if not (text.isascii() and text.isdigit() and len(text) < 5):
            break
        numbers.append(int(text))
    date = checked(*numbers[:3]) if numbers else PartialDate()
    if date.year is None:
        return PartialDate(
            year_of(" ".join(text_of(value.get(name)) for name in ("literal", "raw")))
        )
    return date


def _items_of(data: Any, envelopes: Sequence[str]) -> list[Any] | None:
    """The list of records in a document; an envelope may hold an envelope."""
    for _ in range(4):
        if isinstance(data, list):
            return data
        if not isinstance(data, Mapping):
            return None
        inner = next(
            (data[name] for name in envelopes if isinstance(data.get(name), list | dict)), None
        )
        if inner is None:
            return [data]
        data = inner
    return None


def _salvage(text: str) -> Iterator[tuple[Any, int]]:
    """The whole objects of a broken list or of a file with one object a line, and where."""
    position = text.find("[") + 1 if text.lstrip()[:1] == "[" else 0
    first = re.compile(r"[\s,]*?(\n[ \t]*)?\{").match(text, position)
    next_item = re.compile(re.escape(first[1]) + r"\{") if first and first[1] else None
    while position < len(text):
        position = _GAP.match(text, position).end()  # type: ignore[union-attr]
        if text[position : position + 1] != "{":
            line_end = text.find("\n", position)
            if line_end < 0:
                return
            position = line_end + 1
            continue
        try:
            item, end = _DECODER.raw_decode(text, position)
        except (ValueError, RecursionError):
            following = next_item.search(text, position + 1) if next_item else None
            if following is None:
                return
            position = following.end() - 1
            continue
        yield item, position
        position = end


def _lines_of(text: str, count: int, envelopes: Sequence[str]) -> list[int]:
    """The lines where the records of a whole document begin; zeros when that cannot be told."""
    names = "|".join(map(re.escape, envelopes))
    opening = re.compile(rf"\s*\[|.*?\"(?:{names})\"\s*:\s*\[", re.S).match(text)
    position = opening.end() if opening else 0
    lines: list[int] = []
    line, seen = 1, 0
    try:
        while len(lines) < count:
            position = _GAP.match(text, position).end()  # type: ignore[union-attr]
            line += text.count("\n", seen, position)
            seen = position
            lines.append(line)
            _, position = _DECODER.raw_decode(text, position)
    except ValueError:
        return [0] * count
    return lines


def from_items(
    text: str,
    name: str,
    format: str,
    reference_of: Callable[[Mapping[str, Any]], Reference],
    envelopes: Sequence[str],
    is_record: Callable[[Mapping[str, Any]], bool] = bool,
) -> Reading:
    """The references of a JSON file.

    A broken file gives its whole records; what is broken is said with its line.

    Args:
        text: of the file.
        name: of the file, for problems.
        format: its name in `FORMATS`.
        reference_of: reads one record.
        envelopes: the keys under which the list of records may stand.
        is_record: tells a record from an object that describes no work.
    """
    rejected: list[Problem] = []
    items = _parsed(text, name, envelopes, rejected)
    references = []
    places: list[int] | None = None
    for number, (item, start) in enumerate(items, 1):
        is_object = isinstance(item, Mapping)
        line = text.count("\n", 0, start) + 1 if start else 0
        if is_object and is_record(item):
            references.append(replace(reference_of(item), place=Place(name, line)))
            continue
        if not line:
            places = _lines_of(text, len(items), envelopes) if places is None else places
            line = places[number - 1]
        reason = message("describes no work") if is_object else message("is not an object")
        rejected.append(
            problem_in(
                name, line, f"#{number}", "record {number} {reason}", number=number, reason=reason
            )
        )
    return Reading(tuple(references), tuple(rejected), (), format)


def _parsed(
    text: str, name: str, envelopes: Sequence[str], rejected: list[Problem]
) -> list[tuple[Any, int]]:
    """The records of a file, and where they start (0 in a whole document)."""
    try:
        items = _items_of(json.loads(text), envelopes) if text.strip() else []
    except RecursionError:
        rejected.append(problem_in(name, 1, "", "the JSON nests too deeply to be records"))
        return []
    except ValueError as error:
        salvaged = list(_salvage(text))
        lines = [line for line in text.splitlines() if line.strip()]
        if len(salvaged) != len(lines) or len(salvaged) < 2:
            rejected.append(
                problem_in(
                    name,
                    getattr(error, "lineno", 0),
                    "",
                    "is not JSON from here on ({detail}); records that are whole were "
                    "read, mend or export the file again",
                    detail=message(getattr(error, "msg", str(error))),
                )
            )
        return salvaged
    if items is None:
        rejected.append(problem_in(name, 1, "", "the file holds no list of records"))
    return [(item, 0) for item in items or []]


_DEPTH = 8  # of envelopes in envelopes


def _works(
    data: Any, is_work: Callable[[Mapping[str, Any]], bool], depth: int = _DEPTH
) -> Iterator[Mapping[str, Any]]:
    if isinstance(data, Mapping):
        if is_work(data):
            yield data
            return
        data = list(data.values())
    if isinstance(data, list) and depth:
        for item in data:
            yield from _works(item, is_work, depth - 1)


def from_saved_answers(
    text: str,
    name: str,
    format: str,
    reference_of: Callable[[Mapping[str, Any]], Reference],
    is_work: Callable[[Mapping[str, Any]], bool],
) -> Reading:
    """The works of a service's answers, in whatever envelope a tool saved them.

    Arguments as of `from_items`.
    """
    try:
        data = json.loads(text)
    except (ValueError, RecursionError) as error:
        problem = problem_in(
            name,
            getattr(error, "lineno", 0),
            "",
            "is not whole JSON ({detail}); save the answer again",
            detail=message(getattr(error, "msg", "it nests too deeply")),
        )
        return Reading((), (problem,), (), format)
    place = Place(name, 0)
    references = tuple(replace(reference_of(item), place=place) for item in _works(data, is_work))
    return Reading(references, (), (), format)
