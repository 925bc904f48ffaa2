"""YAML files read into models, with errors that name the line and the field."""

from __future__ import annotations

import functools
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ValidationError

from references.errors import Problem, problem_in

M = TypeVar("M", bound=BaseModel)
_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@functools.lru_cache(maxsize=4)
def _compose(text: str) -> yaml.Node | None:
    return yaml.compose(text, Loader=_LOADER)


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
            if step < len(node.value):
                found = node.value[step]
                line = found.start_mark.line + 1
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
        document = (
            document[step]
            if (isinstance(document, dict) and step in document)
            or (isinstance(document, list) and isinstance(step, int) and step < len(document))
            else None
        )
        label = None
        if isinstance(step, int) and isinstance(document, dict):
            label = document.get("id") or document.get("reference")
        names.append(str(label or step))
    return ".".join(names)


def read_yaml(path: Path) -> tuple[Any, str, list[Problem]]:
    """The document of a YAML file, its text, and the problem that kept it from being read."""
    try:
        text = path.read_text(encoding="utf-8")
        return yaml.load(text, Loader=_LOADER), text, []  # noqa: S506 - a safe loader
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        reason = getattr(error, "problem", None) or "not YAML"
        line = mark.line + 1 if mark else 0
        message = f"the file is not readable YAML ({reason}); mend this line or the one before"
    except UnicodeDecodeError:
        line, message = 0, "the file is not UTF-8 text; save it as UTF-8"
    except OSError as error:
        line, message = 0, f"cannot be read ({error.strerror}); check its name and permissions"
    return None, "", [problem_in(path, line, "", message)]


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
