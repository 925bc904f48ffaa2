"""Errors made for people.

    UserError                 anything a person can mend; its text is the whole message
    ├── DataError             a file of ours or of somebody else says something wrong
    ├── SettingError          a setting, an option or a folder cannot be used
    ├── NotFound              a key, an identifier or a concept that nobody knows
    └── Unavailable           something the program needs is away for now, whatever was asked

A command prints the message and exits with 2; a page shows it with its status.
No traceback of a `UserError` ever reaches a user.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


class UserError(Exception):
    """Something a person can mend; `str(error)` is one clear sentence that says how."""

    def __str__(self) -> str:
        return str(self.args[0]) if self.args else ""


class SettingError(UserError):
    """A setting, an option, a port or a folder cannot be used as given."""


class Unavailable(UserError):
    """Something the program needs, a database or a disk, cannot be used for now."""


class NotFound(UserError, KeyError):
    """A key, an identifier or a concept that is not in the knowledge base."""


@dataclass(frozen=True)
class Problem:
    """One thing wrong with a file: where, in which field, and the mend.

    `line` counts from 1; 0 means the file as a whole.
    """

    file: str
    line: int
    field: str
    message: str

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}" if self.line else self.file
        field = f" [{self.field}]" if self.field else ""
        return f"{place}{field}: {self.message}"

    def as_dict(self) -> dict[str, str | int]:
        """The form that `evidence check --json` prints."""
        return {
            "file": self.file,
            "line": self.line,
            "field": self.field,
            "message": self.message,
        }


class DataError(UserError):
    """A file that cannot be used; carries the problems found in it."""

    def __init__(self, problems: list[Problem] | Problem) -> None:
        self.problems = [problems] if isinstance(problems, Problem) else list(problems)
        first = str(self.problems[0]) if self.problems else "the file cannot be read"
        more = len(self.problems) - 1
        super().__init__(first if more < 1 else f"{first} (and {more} more)")


def problem_in(path: str | Path, line: int, field: str, message: str) -> Problem:
    """A `Problem` of a file, its path shown as given."""
    return Problem(str(path), line, field, message)
