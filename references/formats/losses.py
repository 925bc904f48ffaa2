"""What a format has no field for: found by reading again what was written, and told.

RIS and CSL JSON leave it out; BibTeX and JSON Lines hold everything. The CSL JSON that we wrote
before had it in the `custom` object of an item: `restored` brings it back.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from references.formats.dates import issued
from references.formats.jsonl import BIBLIOGRAPHIC, FIELDS, from_json, to_json
from references.formats.latex import text_of
from references.record import Reference

_DATE_PARTS = ("month", "day")


def _meaning(reference: Reference, name: str) -> Any:
    value = getattr(reference, name)
    if name == "extra":
        return {key: text_of(text) for key, text in value.items() if key not in _DATE_PARTS}
    return dict(value) if isinstance(value, Mapping) else value


def lost_fields(reference: Reference, native: Reference) -> tuple[str, ...]:
    """Fields of `reference` that `native`, what its file gives back, does not say alike."""
    lost = [name for name in FIELDS if _meaning(reference, name) != _meaning(native, name)]
    if reference.key != native.key:
        lost.insert(0, "key")
    if "extra" not in lost and issued(reference) != issued(native):
        lost.append("extra")
    return tuple(lost)


def named_losses(reference: Reference, native: Reference, lost: tuple[str, ...]) -> tuple[str, ...]:
    """The names of lost fields as a person would say them: "design", not "study"."""
    names: list[str] = []
    for field in lost:
        value = getattr(reference, field)
        if field == "study":
            mine, theirs = (to_json(one, ["study"]).get("study", {}) for one in (reference, native))
            names += [name for name, said in mine.items() if theirs.get(name) != said]
        elif field == "extra":
            mine, theirs = _meaning(reference, "extra"), _meaning(native, "extra")
            names += [name for name, text in mine.items() if theirs.get(name) != text]
        elif value not in ("", (), None, False) and value != {}:
            names.append(field)
    return tuple(dict.fromkeys(names))


def _digest(value: Any) -> str:
    """A short mark of a value, to tell later whether it was changed."""
    return hashlib.sha256(repr(value).encode("utf-8", "replace")).hexdigest()[:8]


def restored(native: Reference, data: Mapping[str, Any]) -> Reference:
    """`native` completed with what `custom` held; what somebody changed since then wins.

    Lost fields that were empty are listed under "empty"; "was" marks the values that the file has
    in its own words for a field that is held as well.
    """
    known = from_json(data)
    if isinstance(key := data.get("key"), str):
        known["key"] = key
    empty, was = data.get("empty"), data.get("was")
    for name in empty if isinstance(empty, list) else ():
        if name in FIELDS and name not in known:
            known[name] = getattr(Reference(key="x"), name)
    for name in set(known) & set(BIBLIOGRAPHIC):
        value = getattr(native, name)
        before = was.get(name) if isinstance(was, Mapping) else None
        if value and _digest(value) != before:
            del known[name]
    return replace(native, **known)
