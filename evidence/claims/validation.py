"""What a model refuses of a YAML file, told by line and field, with the mend."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from references.errors import Message, Problem, message, problem_in
from references.yamlfile import read_yaml

M = TypeVar("M", bound=BaseModel)

_FIELDS = message("write fields with their values here, one a line, as in name: value")
_LIST = message("write a list here, as in [one, two] or in lines that begin with a hyphen")
#: What a value has to be, by pydantic's names of errors.
_DUE = {
    "string_type": message("write text here; put a number or a date in quotes"),
    "model_type": _FIELDS,
    "model_attributes_type": _FIELDS,
    "dict_type": _FIELDS,
    "tuple_type": _LIST,
    "list_type": _LIST,
}


def _written(value: object) -> Message | str:
    """A value as people wrote it, in short."""
    if value is None or value == "":
        return message("nothing")
    if isinstance(value, dict):
        return message("fields with values")
    if isinstance(value, list | tuple | set):
        return message("a list")
    return f"'{str(value)[:60]}'"


def mend(error: Any) -> Message:
    """What is wrong with a value, from pydantic's error of it."""
    kind, context, value = error["type"], error.get("ctx", {}), _written(error["input"])
    if kind == "missing":
        return message("the field is missing; add it")
    if kind == "unassessed":
        return message("a claim without a verdict has none; write a verdict, or remove it")
    if kind == "extra_forbidden":
        return message("the field is unknown; remove it or mend its name")
    if kind == "string_too_short":
        return message("write something")
    if kind == "literal_error":
        return message(
            "{value} is not allowed; write one of {allowed}",
            value=value,
            allowed=tuple(re.findall("'[^']*'", context["expected"])),
        )
    if kind == "string_pattern_mismatch":
        if "http" in context.get("pattern", ""):
            return message(
                "{value} is no address; write one that begins with http:// or https://", value=value
            )
        return message(
            "{value} has not the right form; write lower case words with hyphens", value=value
        )
    if kind.startswith("date"):
        return message("{value} is no date; write one as 2025-03-31", value=value)
    if kind in _DUE:
        return message("{value} is written here; {mend}", value=value, mend=_DUE[kind])
    return message(
        "{reason}; mend the value", reason=f"{error['msg'][:1].lower()}{error['msg'][1:]}"
    )


def read_model(path: Path, model: type[M]) -> tuple[M | None, list[Problem]]:
    """The model of a YAML file, or None and every problem of the file, by line and field."""
    document = read_yaml(path)
    problems = list(document.problems)
    if document.root is None:
        empty = problem_in(path, 1, "", "the file is empty; write its fields or remove it")
        return None, problems or [empty]
    try:
        made = model.model_validate(document.value)
    except ValidationError as error:
        made = None
        problems += [
            problem_in(path, document.line_of(e["loc"]), document.field_of(e["loc"]), mend(e))
            for e in error.errors(include_url=False)
            if e["type"] != "invalid_key"
            and not any(e["loc"][: len(place)] == place for place in document.faults)
        ]
    return (None, problems) if problems else (made, [])
