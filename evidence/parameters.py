"""What an address, a form or a command may say: one table of parameters, read in one way.

A page, the API and a command read the same `Parameter`s, and the OpenAPI document and the help
of a command describe them, so that no two surfaces differ in a name or in what they take. What
may a line in here know? Values as people type them, and nothing of what they are for.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from difflib import get_close_matches
from functools import reduce
from typing import Any, Literal

from references.errors import Message, UserError, message
from references.normalise import whole_number

Bounds = tuple[int | None, int | None]
#: Values of an address: one, or several where a name is given several times.
Values = Mapping[str, str | Sequence[str]]

_COMPARED = re.compile(r"(>=|<=|≥|≤|>|<|=)(.*)$")
_TO = re.compile(r"\.\.+|…|\s+TO\s+|(?<=\d)\s*[-–—]\s*(?=\d|$)|^[-–—](?=\d)")
#: Years have four digits; of participants there may be any number.
_DIGITS = {"year": re.compile("[0-9]{4}"), "participants": re.compile("[0-9]{1,9}")}
MAX_FAULTS = 10  # faults of one address
#: A year or a range as the OpenAPI document describes it.
YEARS = r"^([0-9]{4}|[0-9]{4}(\.\.|-)([0-9]{4})?|(\.\.|-)[0-9]{4})$"


def bounds(name: str, comparison: str, value: str) -> Bounds | None:
    """The two ends, both included, of a year or a number, or of a range; None open.

    Args:
        name: "year" or "participants".
        comparison: what stands between the name and the value (":", ">=", ...).
        value: "2015", "2015..2025", "2015-", "..2020", ">=2015", ...

    Returns:
        None for what is neither a number nor a range. Ends in the wrong order are given as they
        stand.
    """
    value = value.strip().strip("[]{}")
    if comparison == ":" and (match := _COMPARED.match(value)):
        comparison, value = match.group(1), match.group(2)
    ends = [end.strip().strip("*") for end in _TO.split(value)]
    if len(ends) > 2 or not any(ends) or any(e and not _DIGITS[name].fullmatch(e) for e in ends):
        return None
    low, high = (int(end) if end else None for end in (ends[0], ends[-1]))
    if len(ends) == 2:
        return low, high
    match comparison:
        case ">" | ">=" | "≥":
            return int(ends[0]) + (comparison == ">"), None
        case "<" | "<=" | "≤":
            return None, int(ends[0]) - (comparison == "<")
    return low, high


def _in_order(years: Bounds | None) -> Bounds | None:
    """A range whose ends were given in the wrong order, as it was meant."""
    low, high = years or (None, None)
    return (high, low) if low is not None and high is not None and low > high else years


class BadParameters(UserError):
    """Parameters that do not exist here, or values that cannot be used.

    Args:
        faults: the name of each parameter that is wrong, with a sentence that says how.
    """

    def __init__(self, faults: Iterable[tuple[str, Message]]) -> None:
        self.faults = tuple(faults)
        super().__init__(
            reduce(
                lambda before, fault: message("{before} {fault}", before=before, fault=fault),
                (fault for _name, fault in self.faults),
            )
        )


@dataclass(frozen=True)
class Parameter:
    """One name that may be given, and what it may hold.

    Args:
        name: as it stands in an address, and behind two hyphens in a command.
        description: for the OpenAPI document and the help of a command.
        kind: "text", "number" (whole, of `low` to `high`), "years" (a year or a range) or
            "yes-no" ("true" or "false").
        default: its value where it is not given.
        several: it may be given more than once; its value is a tuple.
        most: how many times, where it may be given several times.
        longest: how many characters a text may have.
        choices: the only values of a text.
        pattern: the form of a text, described by `form`.
        required: it cannot be left out.
    """

    name: str
    description: str
    kind: Literal["text", "number", "years", "yes-no"] = "text"
    default: Any = None
    several: bool = False
    low: int = 0
    high: int = 0
    most: int = 0
    longest: int = 0
    choices: tuple[str, ...] = ()
    pattern: str = ""
    form: Message | None = None
    required: bool = False

    def read(self, value: str) -> Any:
        """A value as the program uses it.

        Raises:
            BadParameters: it cannot be used.
        """
        facts: dict[str, Any] = {field.name: getattr(self, field.name) for field in fields(self)}
        facts["value"] = value[:80]
        read: Any = value
        fault: Message | None = None
        if self.kind == "number":
            read = whole_number(value)
            if read is None or not self.low <= read <= self.high:
                fault = message(
                    "{name} is a whole number from {low} to {high}, not '{value}'.", **facts
                )
        elif self.kind == "years":
            read = _in_order(bounds("year", ":", value))
            if read is None:
                fault = message(
                    "{name} is a year or a range of years, as in 2015..2025, not '{value}'.",
                    **facts,
                )
        elif self.kind == "yes-no":
            read = value == "true"
            if value not in ("true", "false"):
                fault = message("{name} is true or false, not '{value}'.", **facts)
        elif self.choices and value not in self.choices:
            fault = message("{name} is one of {choices}, not '{value}'.", **facts)
        elif self.pattern and not re.search(self.pattern, value):
            fault = message("{name} is {form}, not '{value}'.", **facts)
        elif self.longest and len(value) > self.longest:
            fault = message("{name} has at most {longest} characters.", **facts)
        if fault:
            raise BadParameters([(self.name, fault)])
        return read

    def schema(self) -> dict[str, Any]:
        """What it may hold, as JSON Schema."""
        facts: dict[str, Any]
        if self.kind == "number":
            facts = {"type": "integer", "minimum": self.low, "maximum": self.high}
        elif self.kind == "yes-no":
            facts = {"type": "boolean"}
        else:
            pattern = YEARS if self.kind == "years" else self.pattern
            facts = {"type": "string", "maxLength": self.longest, "pattern": pattern}
            facts |= {"enum": list(self.choices), "minLength": int(self.required)}
            facts = {name: fact for name, fact in facts.items() if fact}
        if self.several:
            facts = {"type": "array", "items": facts, "maxItems": self.most}
        elif self.default is not None and self.kind != "years":
            facts["default"] = self.default
        return facts


#: What part of a list is asked for.
LIMIT = Parameter("limit", "How many items to answer.", "number", 20, low=1, high=200)
OFFSET = Parameter("offset", "How many items to pass over.", "number", 0, high=100_000)


def given(values: Values) -> dict[str, list[str]]:
    """What is given for each name. A field that was left empty says nothing and is left out."""
    lists = values.lists() if hasattr(values, "lists") else values.items()
    kept = {
        name: [one for one in ([held] if isinstance(held, str) else held) if one.strip()]
        for name, held in lists
    }
    return {name: held for name, held in kept.items() if held}


def read(parameters: Iterable[Parameter], values: Values) -> dict[str, Any]:
    """The value of every parameter: as given, else its default.

    Args:
        parameters: those that there are.
        values: what is given, by name.

    Raises:
        BadParameters: one is unknown, missing, given too often or has a value that cannot be used.
    """
    known = {parameter.name: parameter for parameter in parameters}
    faults = [(name, _unknown(name, list(known))) for name in values if name not in known]
    held = given(values)
    taken: dict[str, Any] = {}
    for name, parameter in known.items():
        try:
            taken[name] = _value(parameter, held.get(name, []))
        except BadParameters as error:
            faults += error.faults
    if faults:
        raise BadParameters(faults[:MAX_FAULTS])
    return taken


def _value(parameter: Parameter, held: list[str]) -> Any:
    """The value of one parameter."""
    name = parameter.name
    most = parameter.most if parameter.several else 1
    if len(held) > most:
        fault = message(
            "{name} is given more than {most} times."
            if parameter.several
            else "{name} is given more than once.",
            name=name,
            most=most,
        )
        raise BadParameters([(name, fault)])
    if parameter.several:
        return tuple(dict.fromkeys(parameter.read(one) for one in held))
    if held:
        return parameter.read(held[0])
    if parameter.required:
        raise BadParameters([(name, message("{name} is needed.", name=name))])
    return parameter.default


def _unknown(name: str, known: list[str]) -> Message:
    """The message for an unknown name: the nearest one, else all of them."""
    name = name[:80]
    if near := get_close_matches(name.lower(), known, n=1, cutoff=0.5):
        return message(
            "There is no parameter '{name}'; the nearest is {near}.", name=name, near=near[0]
        )
    if not known:
        return message("There is no parameter '{name}'; nothing can be given here.", name=name)
    return message(
        "There is no parameter '{name}'; there are: {names}.", name=name, names=tuple(known)
    )
