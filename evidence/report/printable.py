"""A report without the characters that no document can hold."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, is_dataclass, replace
from typing import Any, TypeVar, cast

from references.formats.xml_safe import FORBIDDEN

Part = TypeVar("Part")


def printable(part: Part) -> Part:
    """The same report, or part of one; a character that XML forbids has become a space.

    Word refuses a document that holds one, and a screen reader has no word for it.
    `evidence check` names where it came from.
    """
    return cast(Part, _printable(part))


def _printable(part: Any) -> Any:
    if isinstance(part, str):
        return FORBIDDEN.sub(" ", part)
    if isinstance(part, tuple):
        return tuple(map(_printable, part))
    if isinstance(part, Mapping):
        return {name: _printable(value) for name, value in part.items()}
    if is_dataclass(part) and not isinstance(part, type):
        return replace(
            part, **{one.name: _printable(getattr(part, one.name)) for one in fields(part)}
        )
    return part
