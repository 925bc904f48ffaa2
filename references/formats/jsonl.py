"""JSON Lines: one reference a line, every field, nothing lost."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import fields, is_dataclass
from typing import Any

from references.errors import Problem, message, problem_in
from references.formats.results import Reading, WrittenFile
from references.record import (
    Author,
    Finding,
    FindingWords,
    Harm,
    Place,
    Provenance,
    Reference,
    Relation,
    Study,
)

NAME = "jsonl"


def _plain(value: Any) -> Any:
    """A value as JSON has it; parts of a study, a person... that are empty are left out."""
    if is_dataclass(value):
        parts = {entry.name: _plain(getattr(value, entry.name)) for entry in fields(value)}
        return {name: part for name, part in parts.items() if part not in ("", [], {}, None)}
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    return dict(value) if isinstance(value, Mapping) else value


def _text(value: Any) -> str:
    if isinstance(value, int | float) and not isinstance(value, bool):
        return str(value)
    return value if isinstance(value, str) else ""


def _item(item: Mapping[str, Any], kind: type) -> Any:
    parts: dict[str, Any] = {}
    for entry in fields(kind):
        if entry.name in item:
            read: Callable[[Any], Any] = _PARTS.get((kind, entry.name), _text)
            parts[entry.name] = read(item[entry.name])
    return kind(**parts)


def _items(value: Any, kind: type) -> tuple[Any, ...]:
    if not isinstance(value, list):
        return ()
    return tuple(
        _item(item, kind)
        for item in value
        if isinstance(item, Mapping)
        and (kind is not Provenance or item.get("address"))
        and all(part in item for part in _NEEDED.get(kind, ()))
    )


def _french_words(value: Any) -> FindingWords:
    items = _items([value], FindingWords) if isinstance(value, Mapping) else ()
    return items[0] if items else FindingWords()


def _flag(value: Any) -> bool | None:
    return value if isinstance(value, bool) else None


def _whole(value: Any) -> int | None:
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 12:
        return int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _study(value: Any) -> Study:
    known: dict[str, Any] = {}
    for entry in fields(Study) if isinstance(value, Mapping) else ():
        if entry.name in value:
            empty = getattr(_NO_STUDY, entry.name)
            read: Callable[[Any], Any] = _OF_TYPE.get(type(empty), _text)
            known[entry.name] = read(value[entry.name])
    return Study(**known)


def _findings(value: Any) -> tuple[Finding, ...]:
    """Findings; one that names no outcome has none."""
    items = value if isinstance(value, list) else []
    return _items([{"outcome": "", **v} for v in items if isinstance(v, Mapping)], Finding)


def _words(value: Any) -> tuple[str, ...]:
    return tuple(_text(word) for word in value) if isinstance(value, list) else ()


def _mapping(value: Any) -> dict[str, str]:
    items = value.items() if isinstance(value, Mapping) else ()
    return {_text(name): _text(text) for name, text in items}


#: Parts without which an item is none.
_NEEDED = {Finding: ("outcome",), Harm: ("event",), Relation: ("kind", "key")}
_NO_STUDY = Study()
#: How a field of a study is read whose empty value has this type; most are texts.
_OF_TYPE: dict[type, Callable[[Any], Any]] = {tuple: _words, type(None): _whole, dict: _mapping}
#: How a part of an item is read that is no text.
_PARTS: dict[tuple[type, str], Callable[[Any], Any]] = {
    (Finding, "french"): _french_words,
    (Harm, "number"): _whole,
    (Harm, "of"): _whole,
    (Harm, "serious"): _flag,
}
_NOT_WRITTEN = ("key", "as_read", "implied", "place")
#: Everything a reference says, but for its key.
FIELDS = tuple(entry.name for entry in fields(Reference) if entry.name not in _NOT_WRITTEN)
#: How each of them is read; most are texts.
_READ: dict[str, Callable[[Any], Any]] = {
    **dict.fromkeys(FIELDS, _text),
    "authors": lambda value: _items(value, Author),
    "more_authors": lambda value: value is True,
    "year": _whole,
    "keywords": _words,
    "study": _study,
    "findings": _findings,
    "harms": lambda value: _items(value, Harm),
    "related": lambda value: _items(value, Relation),
    "provenance": lambda value: _items(value, Provenance),
    "unverified": _mapping,
    "extra": _mapping,
}
#: Those that are ours: other programs have no such field.
OURS = (
    *("type", "more_authors", "status", "added", "study", "findings", "harms", "related"),
    *("provenance", "unverified", "extra"),
)
#: Those that describe a publication, as any program does.
BIBLIOGRAPHIC = tuple(name for name in FIELDS if name not in OURS)


def to_json(reference: Reference, names: Iterable[str] = FIELDS) -> dict[str, Any]:
    """The named fields as JSON-ready data, empty ones left out."""
    data = {name: _plain(getattr(reference, name)) for name in names}
    return {name: value for name, value in data.items() if value not in ("", [], {}, None, False)}


def from_json(data: Mapping[str, Any]) -> dict[str, Any]:
    """Keyword arguments of `Reference` for what `to_json` wrote; wrong types are left out."""
    return {name: read(data[name]) for name, read in _READ.items() if name in data}


def read(text: str, name: str = "<text>") -> Reading:
    """The references of a file that `write` made. A line that is broken spoils only itself."""
    references: list[Reference] = []
    rejected: list[Problem] = []
    remarks: list[Problem] = []
    for number, line in enumerate(io.StringIO(text, newline="\n"), 1):
        if not line.strip():
            continue
        try:
            data = json.loads(line)
        except ValueError as error:
            rejected.append(
                problem_in(
                    name,
                    number,
                    "",
                    "is not JSON ({detail}); mend the line or export it again",
                    detail=message(getattr(error, "msg", str(error))),
                )
            )
            continue
        except RecursionError:
            rejected.append(problem_in(name, number, "", "nests too deeply to be a record"))
            continue
        if not isinstance(data, Mapping):
            rejected.append(problem_in(name, number, "", 'is not an object; write {"key": ...}'))
            continue
        reference = Reference(_text(data.get("key")), place=Place(name, number), **from_json(data))
        understood = {"key", *to_json(reference)}
        remarks += [
            problem_in(
                name,
                number,
                f"{reference.key}.{field}".lstrip("."),
                "is no field of a reference, or of another type; the value was left out",
            )
            for field, value in data.items()
            if field not in understood and value
        ]
        references.append(reference)
    return Reading(tuple(references), tuple(rejected), tuple(remarks), NAME)


def write(references: Iterable[Reference]) -> WrittenFile:
    """One JSON object a line, in the order given."""
    lines = (
        json.dumps({"key": reference.key, **to_json(reference)}, ensure_ascii=False) + "\n"
        for reference in references
    )
    return WrittenFile("".join(lines), ())
