"""What a format has no field for travels in one of its notes, and comes back from there.

A record is written, read again by the format's own reader, and compared: every field that
did not come back as it was goes, as JSON, into one note after `MARK`. When such a file is
read, the note completes the record, but where somebody changed a field in the meantime
(in Zotero, say) the change wins.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from references.formats.jsonl import FIELDS, from_json, to_json
from references.formats.values import issued
from references.latex import decode
from references.record import Author, Reference

MARK = "evidence-base: "
_DATE_PARTS = ("month", "day")


def _meaning(reference: Reference, name: str) -> Any:
    value = getattr(reference, name)
    if name == "extra":
        return {
            key: " ".join(decode(text).split())
            for key, text in value.items()
            if key not in _DATE_PARTS
        }
    return dict(value) if isinstance(value, Mapping) else value


def lost_fields(reference: Reference, native: Reference) -> tuple[str, ...]:
    """Fields of `reference` that `native`, what its file gives back, does not say alike."""
    lost = [name for name in FIELDS if _meaning(reference, name) != _meaning(native, name)]
    if "extra" not in lost and issued(reference) != issued(native):
        lost.append("extra")
    return tuple(lost)


def named(reference: Reference, native: Reference, lost: tuple[str, ...]) -> tuple[str, ...]:
    """The names of lost fields as a person would say them: "design", not "study"."""
    names: list[str] = []
    for field in lost:
        value = getattr(reference, field)
        if field == "study":
            names += to_json(reference, ["study"]).get("study", {})
        elif field == "extra":
            mine, theirs = _meaning(reference, "extra"), _meaning(native, "extra")
            names += [name for name, text in mine.items() if theirs.get(name) != text]
        elif value not in ("", (), None, False) and value != {}:
            names.append(field)
    return tuple(dict.fromkeys(names))


def pack(reference: Reference, lost: tuple[str, ...]) -> dict[str, Any]:
    """JSON-ready data of the lost fields; a field that must be empty again is listed."""
    data = to_json(reference, lost)
    if emptied := [name for name in lost if name not in data]:
        data["empty"] = emptied
    return data


def pack_text(reference: Reference, lost: tuple[str, ...]) -> str:
    """The note: `MARK` and the data on one line, in ASCII so that any file can hold it."""
    return MARK + json.dumps(pack(reference, lost))


def unpack_text(note: str) -> dict[str, Any] | None:
    """The data of a note that `pack_text` wrote, else None."""
    start = note.find(MARK.strip())
    if start < 0 or note[:start].strip():
        return None
    body = note[start + len(MARK.strip()) :].strip()
    try:
        data = json.loads(body)
    except (ValueError, RecursionError):
        return None
    return data if isinstance(data, dict) else None


def _simple(value: Any) -> str:
    """Letters and digits only: two values that differ in more were changed by somebody."""
    if isinstance(value, tuple):
        parts = [part.sort_name if isinstance(part, Author) else str(part) for part in value]
        value = " ".join(parts)
    return re.sub(r"[\W_]+", "", str(value)).casefold()


def restore(native: Reference, data: Mapping[str, Any]) -> Reference:
    """`native` completed with what its note carried."""
    known = from_json(data)
    empty = data.get("empty")
    for name in empty if isinstance(empty, list) else ():
        if name in FIELDS and name not in known:
            known[name] = getattr(Reference(key="x"), name)
    for name in ("title", "authors", "journal", "abstract", "publisher", "keywords"):
        mine = getattr(native, name)
        if name in known and mine and _changed(mine, known[name]):
            del known[name]
    for name in ("year", "doi", "pmid", "volume", "number", "pages"):
        mine, carried = getattr(native, name), known.get(name)
        if name in known and mine and carried and _changed(mine, carried):
            del known[name]
    return replace(native, **known)


def _changed(mine: Any, carried: Any) -> bool:
    return bool(_simple(mine)) and bool(_simple(carried)) and _simple(mine) != _simple(carried)
