"""YAML files read into models, with errors that name the line and the field."""

from __future__ import annotations

import functools
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ValidationError

from references.errors import Problem, problem_in
from references.yamlfile import Loader, read_yaml

M = TypeVar("M", bound=BaseModel)


@functools.lru_cache(maxsize=4)
def _compose(text: str) -> yaml.Node | None:
    return yaml.compose(text, Loader=Loader)


def line_of(text: str, location: tuple[str | int, ...]) -> int:
    """The line (from 1) at which a value, or its nearest enclosing one, stands in YAML."""
    node = _compose(text)
    line = node.start_mark.line + 1 if node else 1
    for step in location:
        found = None
        if isinstance(node, yaml.MappingNode):
            for key, value in node.value:
                if key.value == str(step):
                    found, line = value, key.start_mark.line + 1
        elif isinstance(node, yaml.SequenceNode) and isinstance(step, int):
            found = node.value[step] if step < len(node.value) else None
            line = found.start_mark.line + 1 if found else line
        if found is None:
            break
        node = found
    return line


def _mend(error: Any) -> str:
    kind, context = error["type"], error.get("ctx", {})
    if kind == "missing":
        return "the field is missing; add it"
    if kind == "extra_forbidden":
        return "the field is unknown; remove it or mend its name"
    if kind == "literal_error":
        return f"'{error['input']}' is not allowed; write one of {context['expected']}"
    if kind == "string_pattern_mismatch":
        return f"'{error['input']}' has not the right form; write lower case words with hyphens"
    return f"{error['msg'][:1].lower()}{error['msg'][1:]}; mend the value"


def _place(document: Any, location: tuple[str | int, ...]) -> str:
    """A location in words people use: list items by their id or reference."""
    names: list[str] = []
    for step in location:
        try:
            document = document[step]
        except (KeyError, IndexError, TypeError):
            document = None
        label = None
        if isinstance(step, int) and isinstance(document, dict):
            label = document.get("id") or document.get("reference")
        names.append(str(label or step))
    return ".".join(names)


def read_model(path: Path, model: type[M]) -> tuple[M | None, list[Problem]]:
    """The model of a YAML file, or None and every problem of the file, by line and field."""
    document, text, problems = read_yaml(path)
    if problems:
        return None, problems
    try:
        return model.model_validate(document), []
    except ValidationError as error:
        return None, [
            problem_in(path, line_of(text, e["loc"]), _place(document, e["loc"]), _mend(e))
            for e in error.errors()
        ]
