"""YAML files read into models, with errors that name the line and the field."""

from __future__ import annotations

import functools
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ValidationError

from references.errors import Problem, problem_in
from references.yamlfile import Loader, Location, YamlDocument, line_in, read_yaml

M = TypeVar("M", bound=BaseModel)

#: What is due, by pydantic's names of errors.
_DUE = {
    "string_type": "write text here; put a number or a date in quotes",
    "model_type": "write fields with their values here, one a line, as in name: value",
    "model_attributes_type": "write fields with their values here, one a line, as in name: value",
    "dict_type": "write fields with their values here, one a line, as in name: value",
    "tuple_type": "write a list here, as in [one, two] or in lines that begin with a hyphen",
    "list_type": "write a list here, as in [one, two] or in lines that begin with a hyphen",
    "string_too_short": "write something",
}


@functools.lru_cache(maxsize=4)
def _compose(text: str) -> yaml.Node | None:
    return yaml.compose(text, Loader=Loader)


def line_of(text: str, location: Location) -> int:
    """The line (from 1) at which a value, or its nearest enclosing one, stands in YAML."""
    return line_in(_compose(text), location)


def _shown(value: object) -> str:
    """A value as people wrote it, in short."""
    if value is None or value == "":
        return "nothing"
    if isinstance(value, (dict, list, tuple, set)):
        return "a list" if not isinstance(value, dict) else "fields with values"
    return f"'{str(value)[:60]}'"


def _mend(error: Any) -> str:
    kind, context = error["type"], error.get("ctx", {})
    if kind == "missing":
        return "the field is missing; add it"
    if kind == "extra_forbidden":
        return "the field is unknown; remove it or mend its name"
    found = _shown(error["input"])
    if kind == "literal_error":
        return f"{found} is not allowed; write one of {context['expected']}"
    if kind == "string_pattern_mismatch":
        if "http" in context.get("pattern", ""):
            return f"{found} is no address; write one that begins with http:// or https://"
        return f"{found} has not the right form; write lower case words with hyphens"
    if kind.startswith("date"):
        return f"{found} is no date; write one as 2025-03-31"
    if kind in _DUE:
        return (
            f"{found} is written here; {_DUE[kind]}" if kind != "string_too_short" else _DUE[kind]
        )
    return f"{error['msg'][:1].lower()}{error['msg'][1:]}; mend the value"


def read_model(path: Path, model: type[M]) -> tuple[M | None, list[Problem]]:
    """The model of a YAML file, or None and every problem of the file, by line and field."""
    document = read_yaml(path)
    problems = list(document.problems)
    if problems and document.root is None:
        return None, problems
    if document.root is None:
        return None, [problem_in(path, 1, "", "the file is empty; write its fields or remove it")]
    try:
        made = model.model_validate(document.value)
    except ValidationError as error:
        problems += _wrong(path, document, error)
    return (made, []) if not problems else (None, problems)


def _wrong(path: Path, document: YamlDocument, error: ValidationError) -> list[Problem]:
    """What the model refuses, but for the values that could not even be read."""
    return [
        problem_in(path, document.line_of(e["loc"]), document.field_of(e["loc"]), _mend(e))
        for e in error.errors(include_url=False)
        if e["type"] != "invalid_key"
        and not any(e["loc"][: len(place)] == place for place in document.faults)
    ]
