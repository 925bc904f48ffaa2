"""What a format has no field for travels in one of its notes, and comes back from there.

A record is written, read again by the format's own reader, and compared: every field that
did not come back as it was goes, as JSON, into one note after `MARK`. When such a file is
read, the note completes the record, but where somebody changed a field in the meantime
(in Zotero, say) the change wins.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from references.formats.jsonl import FIELDS, from_json, to_json
from references.formats.latex import decode
from references.formats.values import issued
from references.record import Reference

MARK = "evidence-base: "
#: Fields that somebody may change in another program.
_EDITED = (
    "title",
    "authors",
    "year",
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
    "keywords",
)
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
    if reference.key != native.key:
        lost.insert(0, "key")
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


def _mark(value: Any) -> str:
    """A short mark of a value, to tell later whether it was changed."""
    return hashlib.sha256(repr(value).encode("utf-8", "replace")).hexdigest()[:8]


def pack(reference: Reference, native: Reference, lost: tuple[str, ...]) -> dict[str, Any]:
    """JSON-ready data of the lost fields.

    A field that must be empty again is listed under "empty"; "was" marks the values that the
    file has in its own words for a field that is carried as well.
    """
    data = to_json(reference, lost)
    if emptied := [name for name in lost if name not in data]:
        data["empty"] = emptied
    was = {
        name: _mark(getattr(native, name))
        for name in _EDITED
        if name in lost and getattr(native, name)
    }
    if was:
        data["was"] = was
    return data


def pack_text(reference: Reference, native: Reference, lost: tuple[str, ...]) -> str:
    """The note: `MARK` and the data on one line, in ASCII so that any file can hold it."""
    return MARK + json.dumps(pack(reference, native, lost))


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


def restore(native: Reference, data: Mapping[str, Any]) -> Reference:
    """`native` completed with what its note carried."""
    known = from_json(data)
    if isinstance(key := data.get("key"), str):
        known["key"] = key
    empty, was = data.get("empty"), data.get("was")
    for name in empty if isinstance(empty, list) else ():
        if name in FIELDS and name not in known:
            known[name] = getattr(Reference(key="x"), name)
    for name in _EDITED:
        mine = getattr(native, name)
        before = was.get(name) if isinstance(was, Mapping) else None
        if name in known and mine and _mark(mine) != before:
            del known[name]
    return replace(native, **known)
