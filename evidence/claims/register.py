"""Write registers: the YAML of texts and claims in the form people keep by hand.

One line a sentence, prose in double quotes, short lists and directness in one line, empty
fields left out: differences in git stay readable.
"""

from __future__ import annotations

import io
from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel
from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.scalarstring import DoubleQuotedScalarString

_EMPTY: tuple[Any, ...] = (None, "", [], {})


def plain(model: BaseModel) -> dict[str, Any]:
    """A model as its file writes it: fields in their order, without the empty ones."""

    def slim(value: Any) -> Any:
        if isinstance(value, dict):
            slimmed = {name: slim(one) for name, one in value.items()}
            return {name: one for name, one in slimmed.items() if one not in _EMPTY}
        return [slim(one) for one in value] if isinstance(value, list) else value

    slimmed: dict[str, Any] = slim(model.model_dump(mode="json"))
    return slimmed


def styled(value: Any, key: str = "") -> Any:
    """A plain value with the style registers have."""
    if isinstance(value, Mapping):
        made = CommentedMap((name, styled(one, name)) for name, one in value.items())
        if key in ("directness", "anchor"):
            made.fa.set_flow_style()
        return made
    if isinstance(value, list | tuple):
        sequence = CommentedSeq(styled(one) for one in value)
        if all(isinstance(one, str) for one in value):
            sequence.fa.set_flow_style()
        return sequence
    if isinstance(value, str) and any(character in value for character in " ’'\"#:"):
        return DoubleQuotedScalarString(value)
    return value


def dump(document: Any) -> str:
    """Styled YAML as text."""
    writer = YAML()
    writer.width = 10_000
    writer.indent(mapping=2, sequence=2, offset=0)
    stream = io.StringIO()
    writer.dump(styled(document) if not hasattr(document, "fa") else document, stream)
    return stream.getvalue()
