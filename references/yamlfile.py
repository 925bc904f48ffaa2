"""YAML files as people write them: safe, and with the booleans of YAML 1.2.

In YAML 1.1, which PyYAML reads, `on`, `no` and `y` are booleans: a key `on` or a country
code `no` would silently change. Here only `true` and `false` are.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import yaml

from references.errors import Problem, problem_in


class Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]
    """PyYAML's safe loader (the fast one where it is built) with YAML 1.2's booleans."""


_BOOLEAN = "tag:yaml.org,2002:bool"
Loader.yaml_implicit_resolvers = {
    first: [pair for pair in pairs if pair[0] != _BOOLEAN]
    for first, pairs in Loader.yaml_implicit_resolvers.items()
}
Loader.add_implicit_resolver(_BOOLEAN, re.compile(r"^(?:true|false)$"), list("tf"))


def read_yaml(path: Path) -> tuple[Any, str, list[Problem]]:
    """The document of a YAML file, its text, and the problem that kept it from being read."""
    try:
        text = path.read_text(encoding="utf-8")
        return yaml.load(text, Loader=Loader), text, []  # noqa: S506 - a safe loader
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
