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

import string
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any


class _Formatter(string.Formatter):
    """Fills the places of a template; formatted numbers get the separators of its language."""

    def __init__(self, translate: Callable[[str], str]) -> None:
        super().__init__()
        thousands, decimals = translate("1,234.5")[1], translate("1,234.5")[-2]
        self._separators = str.maketrans({",": thousands, ".": decimals})

    def format_field(self, value: object, format_spec: str) -> str:
        """One value; a number without a format (a year, a port) stays as it is."""
        text = str(super().format_field(value, format_spec))
        is_number = isinstance(value, int | float)
        return text.translate(self._separators) if format_spec and is_number else text


@dataclass(frozen=True)
class Message:
    """A sentence for a person: an English template, and values for its `{names}`.

    The template is the key of its translation, so the sentence can be given in any language
    wherever it is shown. A value may be a message or an error itself, an `OSError` (what the
    system says is wrong), or a tuple of values, which is listed with commas. `str(message)` is
    the sentence in English.
    """

    template: str
    values: Mapping[str, object] = field(default_factory=dict)

    def rendered(self, translate: Callable[[str], str]) -> str:
        """The sentence in a language: `translate` gives a template in it."""
        template = translate(self.template)
        if not self.values:
            return template
        values = {name: _rendered(value, translate) for name, value in self.values.items()}
        return _Formatter(translate).vformat(template, (), values)

    def __str__(self) -> str:
        return self.rendered(str)

    def __hash__(self) -> int:
        return hash(str(self))

    def as_dict(self) -> dict[str, object]:
        """JSON-ready, to be made a message again by `message_of` when it is shown."""
        values = {name: _stored(value) for name, value in self.values.items()}
        return {"template": self.template, "values": values}


def _stored(value: object) -> object:
    if isinstance(value, Message):
        return value.as_dict()
    if isinstance(value, tuple):
        return [_stored(one) for one in value]
    return value if isinstance(value, int | float) else str(value)


def message_of(plain: Mapping[str, Any]) -> Message:
    """The message that `Message.as_dict` was made of."""
    return Message(
        str(plain["template"]), {name: _restored(value) for name, value in plain["values"].items()}
    )


def _restored(value: Any) -> object:
    if isinstance(value, Mapping):
        return message_of(value)
    return tuple(map(_restored, value)) if isinstance(value, list) else value


def _rendered(value: object, translate: Callable[[str], str]) -> object:
    if isinstance(value, Message | UserError | Problem):
        return value.rendered(translate)
    if isinstance(value, OSError):
        return translate(value.strerror) if value.strerror else str(value)
    if isinstance(value, tuple):
        return ", ".join(str(_rendered(one, translate)) for one in value)
    return value


def message(template: str, /, **values: object) -> Message:
    """A sentence for a person, with what stands in its places."""
    return Message(template, values)


class UserError(Exception):
    """Something a person can mend; its message is one clear sentence that says how.

    Args:
        template: the sentence in English, with `{names}` where values stand.
        values: what stands there.
    """

    def __init__(self, template: str | Message, /, **values: object) -> None:
        self.message = template if isinstance(template, Message) else Message(template, values)
        super().__init__(str(self.message))

    def __str__(self) -> str:
        return str(self.message)

    def rendered(self, translate: Callable[[str], str]) -> str:
        """The whole message in a language: `translate` gives a template in it."""
        return self.message.rendered(translate)


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
    message: Message | str

    def __str__(self) -> str:
        return self.rendered(str)

    def rendered(self, translate: Callable[[str], str]) -> str:
        """File, line and field, and the message in a language."""
        place = f"{self.file}:{self.line}" if self.line else self.file
        field = f" [{self.field}]" if self.field else ""
        return translate("{place}: {problem}").format(
            place=f"{place}{field}", problem=_rendered(self.message, translate)
        )

    def as_dict(self, translate: Callable[[str], str] = str) -> dict[str, str | int]:
        """The form that `evidence check --json` prints, its message in a language."""
        return {
            "file": self.file,
            "line": self.line,
            "field": self.field,
            "message": str(_rendered(self.message, translate)),
        }


class DataError(UserError):
    """A file that cannot be used; carries the problems found in it."""

    def __init__(self, problems: list[Problem] | Problem) -> None:
        self.problems = [problems] if isinstance(problems, Problem) else list(problems)
        more = len(self.problems) - 1
        first = self.problems[0] if self.problems else message("the file cannot be read")
        super().__init__(
            message("{first} (and {more} more)", first=first, more=more)
            if more > 0
            else message("{first}", first=first)
        )


def problem_in(
    path: str | Path, line: int, field: str, template: str | Message, /, **values: object
) -> Problem:
    """A `Problem` of a file, its path shown as given."""
    words = template if isinstance(template, Message) else Message(template, values)
    return Problem(str(path), line, field, words)
