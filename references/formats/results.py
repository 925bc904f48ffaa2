"""What a reading or a writing gives back, whatever the format."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from references.errors import Message, Problem, message, problem_in
from references.record import Reference


@dataclass(frozen=True)
class Reading:
    """What one file holds.

    `rejected` are records that could not be read (`field` names the record, as far as it can
    be told); `remarks` are about records that were read, or about the file as a whole. `deleted`
    are the PubMed numbers that an update of PubMed takes back.
    """

    references: tuple[Reference, ...]
    rejected: tuple[Problem, ...] = ()
    remarks: tuple[Problem, ...] = ()
    format: str = ""
    deleted: tuple[str, ...] = ()

    @property
    def problems(self) -> tuple[Problem, ...]:
        """Everything that should be mended, in the order of the file."""
        return tuple(sorted((*self.rejected, *self.remarks), key=lambda problem: problem.line))


def guessed(name: str, encoding: str) -> Problem:
    """The remark on a file whose encoding had to be guessed."""
    template = (
        "has bytes that are not UTF-8; read as {encoding}, look at the accents and save the "
        "file as UTF-8 if they are wrong"
        if encoding == "utf-8"
        else "is not UTF-8; read as {encoding}, look at the accents and save the file as "
        "UTF-8 if they are wrong"
    )
    return problem_in(name, 0, "", template, encoding=encoding)


@dataclass(frozen=True)
class Loss:
    """A field that a format has no place for, and that was left out of these records."""

    format: str
    field: str
    keys: tuple[str, ...]


class WrittenFile(NamedTuple):
    """A file's content, and what the format could not say."""

    content: str
    losses: tuple[Loss, ...]


def unique_keys(references: Sequence[Reference]) -> Iterator[tuple[Reference, str]]:
    """Each reference with a key of its own: a key used before gets "-2", "-3"..."""
    taken: set[str] = set()
    counts: dict[str, int] = {}
    for reference in references:
        key = reference.key
        while key in taken:
            counts[reference.key] = counts.get(reference.key, 1) + 1
            key = f"{reference.key}-{counts[reference.key]}"
        taken.add(key)
        yield reference, key


def losses_of(format: str, named: Iterable[tuple[str, Iterable[str]]]) -> tuple[Loss, ...]:
    """One `Loss` a field, from (key, fields) of each record."""
    keys: dict[str, list[str]] = {}
    for key, names in named:
        for name in names:
            keys.setdefault(name, []).append(key)
    return tuple(Loss(format, name, tuple(of)) for name, of in keys.items())


def summarised(losses: Iterable[Loss]) -> list[Message]:
    """One sentence a format for all fields left out, for a person who need not see each."""
    formats: dict[str, list[Loss]] = {}
    for loss in losses:
        formats.setdefault(loss.format, []).append(loss)
    return [_sentence(format, group) for format, group in formats.items()]


def _sentence(format: str, group: list[Loss]) -> Message:
    names = ", ".join(loss.field for loss in group)
    keys = {key for loss in group for key in loss.keys}
    records = (
        message("'{key}'", key=next(iter(keys)))
        if len(keys) == 1
        else message("{count} records", count=len(keys))
    )
    return message(
        "{format} has no field for {names} as written in {records}: left out. BibTeX and JSON "
        "Lines hold everything.",
        format=format,
        names=names,
        records=records,
    )
