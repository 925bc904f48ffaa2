"""`kb.toml`: what can be read of it, and what is wrong, by line and field.

A line that is not TOML, or a value that is not what its setting takes, is left out; the setting
has its default until somebody mends it.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from references.errors import Message, Problem, SettingError, message, problem_in
from references.files import decoded

_CONTACT = re.compile(r"[^@\s]+@[^@\s]+|https?://\S+")
_PLACE = re.compile(r" \(at (?:line (\d+), column \d+|end of document)\)$")
_TABLE = re.compile(r"\s*\[\[?\s*([\w.-]+)\s*\]")
_VALUE = re.compile(r"\s*[\"']?([\w.-]+)[\"']?\s*=")


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and bool(value.strip()) and len(value) < 200


def _is_name(value: Any) -> bool:
    if isinstance(value, dict):
        return set(value) <= {"fr", "en"} and all(map(_is_text, value.values()))
    return _is_text(value)


def _is_contact(value: Any) -> bool:
    return _is_text(value) and bool(_CONTACT.fullmatch(value))


def _is_count(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 < value < 1_000_000


def _are_tables(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(one, dict) for one in value)


def _are_numbers(value: Any) -> bool:
    return isinstance(value, dict) and all(isinstance(one, int | float) for one in value.values())


#: For each setting what it takes, and the words for that.
_FOLDERS = ("references", "vocabulary", "texts")
_FOLDER = (_is_text, message("write the name of a folder in quotes"))
_COUNT = (_is_count, message("write a whole number above zero"))
_SETTINGS: dict[str, tuple[Callable[[Any], bool], Message]] = {
    "name": (_is_name, message('write { fr = "…", en = "…" }')),
    "contact": (_is_contact, message("write a mail address, or that of a page (https://…)")),
    **dict.fromkeys(_FOLDERS, _FOLDER),
    "signing": (lambda value: isinstance(value, dict), message("write it as a table, [signing]")),
    "signing.valid_days": _COUNT,
    "signing.signatures": _COUNT,
    "search": (_are_numbers, message("write it as a table of numbers, [search]")),
    "searches": (_are_tables, message("write each search as a table, [[searches]]")),
}


#: After so many wrong lines a file is something else, and no more of it is looked at.
MOST_WRONG = 20


def read_settings(path: Path) -> tuple[dict[str, Any], list[Problem]]:
    """The settings of a knowledge base, and what is wrong with its `kb.toml`.

    Raises:
        SettingError: the file cannot be read at all; no file is a `FileNotFoundError`.
    """
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        raise
    except OSError as error:
        raise SettingError(
            "{path} cannot be read ({reason}); mend it.", path=path, reason=error
        ) from error
    text, problems = decoded(content, path)
    lines = text.removeprefix("\ufeff").splitlines()
    settings = _parsed(list(lines), path, problems)
    _check(settings, "", lines, path, problems)
    for name in _FOLDERS:
        if name in settings and not (path.parent / settings[name]).is_dir():
            why = message(
                "there is no folder '{folder}'; make it or mend its name", folder=settings[name]
            )
            problems.append(problem_in(path, _line_of(name, lines), name, why))
    return settings, problems


def _parsed(lines: list[str], path: Path, problems: list[Problem]) -> dict[str, Any]:
    """The TOML of some lines, without those that are wrong; these become problems."""
    while lines:
        try:
            return tomllib.loads("\n".join(lines))
        except (ValueError, RecursionError) as error:
            place = _PLACE.search(str(error))
            line = int(place[1]) if place and place[1] else _first_wrong(lines)
            line = min(line, len(lines))
            is_last = len(problems) >= MOST_WRONG
            why = message(
                "not readable TOML ({reason}); mend it, it and all below are left out until then"
                if is_last
                else "not readable TOML ({reason}); mend it, it is left out until then",
                reason=str(error)[: place.start()]
                if place
                else message("a value is too long or too deep"),
            )
            problems.append(problem_in(path, line, _name_at(line, lines), why))
            if lines[line - 1].strip() and not is_last:
                lines[line - 1] = ""
            else:  # it began further up and nothing is left to leave out
                del lines[line - 1 :]
    return {}


def _first_wrong(lines: list[str]) -> int:
    """The line (from 1) after the longest beginning that is TOML."""
    for length in range(len(lines) - 1, 0, -1):
        try:
            tomllib.loads("\n".join(lines[:length]))
        except (ValueError, RecursionError):
            continue
        return length + 1
    return 1


def _check(
    settings: dict[str, Any], table: str, lines: list[str], path: Path, problems: list[Problem]
) -> None:
    """Take the settings out that nobody knows or whose value is of another kind."""
    for key in list(settings):
        name = f"{table}{key}"
        line = _line_of(name, lines)
        if name not in _SETTINGS:
            why = message("there is no such setting; remove it or mend its name")
            problems.append(problem_in(path, line, name, why))
            del settings[key]
            continue
        fits, mend = _SETTINGS[name]
        if not fits(settings[key]):
            problems.append(
                problem_in(path, line, name, "is not what it should be; {mend}", mend=mend)
            )
            del settings[key]
        elif isinstance(settings[key], dict) and f"{name}." in " ".join(_SETTINGS):
            _check(settings[key], f"{name}.", lines, path, problems)


def _names(lines: list[str]) -> Iterator[tuple[int, str]]:
    """The lines (from 1) that begin a table or set a value, with its full name."""
    table = ""
    for number, line in enumerate(lines, 1):
        if name := _TABLE.match(line):
            table = name[1]
            yield number, table
        elif name := _VALUE.match(line):
            yield number, f"{table}.{name[1]}".lstrip(".")


def _name_at(line: int, lines: list[str]) -> str:
    return next((name for number, name in _names(lines) if number == line), "")


def _line_of(wanted: str, lines: list[str]) -> int:
    """The line (from 1) of a setting; that of its table, or 1, when it has none of its own."""
    while wanted:
        for number, name in _names(lines):
            if name == wanted or name.startswith(f"{wanted}."):
                return number
        wanted = wanted.rpartition(".")[0]
    return 1
