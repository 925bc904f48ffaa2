"""JSON Lines: one reference a line, every field, nothing lost."""

from __future__ import annotations

import io
import json
from collections.abc import Iterable, Mapping
from dataclasses import fields
from typing import Any

from references.errors import Problem, problem_in
from references.formats.reading import Reading, WrittenFile
from references.record import Author, Finding, Place, Provenance, Reference, Study

NAME = "jsonl"
_TEXTS = (
    "type",
    "title",
    "journal",
    "volume",
    "number",
    "pages",
    "doi",
    "pmid",
    "pmcid",
    "issn",
    "isbn",
    "publisher",
    "language",
    "url",
    "abstract",
    "status",
)
_MAPPINGS = ("unverified", "extra")
_STUDY_LISTS = ("indications", "population", "nerves", "guidance")
#: Everything a reference says, but for its key.
FIELDS = (
    *_TEXTS[:2],
    "authors",
    "more_authors",
    "year",
    *_TEXTS[2:],
    "keywords",
    "study",
    "findings",
    "provenance",
    *_MAPPINGS,
)


def _without_empty(item: Any) -> dict[str, Any]:
    values = {entry.name: getattr(item, entry.name) for entry in fields(item)}
    return {name: value for name, value in values.items() if value not in ("", (), None)}


def to_json(reference: Reference, names: Iterable[str] = FIELDS) -> dict[str, Any]:
    """The named fields as JSON-ready data, empty ones left out."""
    data: dict[str, Any] = {}
    for name in names:
        value = getattr(reference, name)
        if name in ("authors", "findings", "provenance"):
            value = [_without_empty(item) for item in value]
        elif name == "study":
            value = {
                k: list(v) if isinstance(v, tuple) else v for k, v in _without_empty(value).items()
            }
        elif name == "keywords":
            value = list(value)
        elif name in _MAPPINGS:
            value = dict(value)
        if value not in ("", [], {}, None, False):
            data[name] = value
    return data


def _text(value: Any) -> str:
    if isinstance(value, int | float) and not isinstance(value, bool):
        return str(value)
    return value if isinstance(value, str) else ""


def _items(value: Any, kind: type) -> tuple[Any, ...]:
    if not isinstance(value, list):
        return ()
    names = {entry.name for entry in fields(kind)}
    return tuple(
        kind(**{name: _text(v) for name, v in item.items() if name in names})
        for item in value
        if isinstance(item, Mapping)
        and (kind is not Provenance or item.get("address"))
        and (kind is not Finding or "outcome" in item)
    )


def _whole(value: Any) -> int | None:
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 12:
        return int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _study(value: Any) -> Study:
    known: dict[str, Any] = {}
    for entry in fields(Study):
        if not isinstance(value, Mapping) or entry.name not in value:
            continue
        found = value[entry.name]
        if entry.name in _STUDY_LISTS:
            known[entry.name] = tuple(_text(v) for v in found) if isinstance(found, list) else ()
        elif entry.name == "participants":
            known[entry.name] = _whole(found)
        else:
            known[entry.name] = _text(found)
    return Study(**known)


def from_json(data: Mapping[str, Any]) -> dict[str, Any]:
    """Keyword arguments of `Reference` for what `to_json` wrote; wrong types are left out."""
    known: dict[str, Any] = {}
    for name in FIELDS:
        if name not in data:
            continue
        value = data[name]
        if name == "authors":
            known[name] = _items(value, Author)
        elif name == "findings":
            known[name] = _items(
                [{"outcome": "", **v} for v in value if isinstance(v, Mapping)]
                if isinstance(value, list)
                else [],
                Finding,
            )
        elif name == "provenance":
            known[name] = _items(value, Provenance)
        elif name == "study":
            known[name] = _study(value)
        elif name == "keywords":
            known[name] = tuple(_text(v) for v in value) if isinstance(value, list) else ()
        elif name in _MAPPINGS:
            known[name] = (
                {_text(k): _text(v) for k, v in value.items()} if isinstance(value, Mapping) else {}
            )
        elif name == "year":
            known[name] = _whole(value)
        elif name == "more_authors":
            known[name] = value is True
        else:
            known[name] = _text(value)
    return known


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
            said = f"is not JSON ({getattr(error, 'msg', error)}); mend the line or export it again"
            rejected.append(problem_in(name, number, "", said))
            continue
        except RecursionError:
            rejected.append(problem_in(name, number, "", "nests too deeply to be a record"))
            continue
        if not isinstance(data, Mapping):
            rejected.append(problem_in(name, number, "", 'is not an object; write {"key": ...}'))
            continue
        reference = Reference(_text(data.get("key")), place=Place(name, number), **from_json(data))
        told = {"key", *to_json(reference)}
        remarks += [
            problem_in(
                name,
                number,
                f"{reference.key}.{field}".lstrip("."),
                "is no field of a reference, or of another type; the value was left out",
            )
            for field, value in data.items()
            if field not in told and value
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
