"""What a reading or a writing gives back, whatever the format."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from references.errors import Problem
from references.record import Reference


@dataclass(frozen=True)
class Reading:
    """What one file holds.

    `rejected` are records that could not be read (`field` names the record, as far as it can
    be told); `remarks` are about records that were read, or about the file as a whole.
    """

    references: tuple[Reference, ...]
    rejected: tuple[Problem, ...] = ()
    remarks: tuple[Problem, ...] = ()
    format: str = ""


@dataclass(frozen=True)
class Loss:
    """A field that a format has no place for, in these records.

    `kept` says where the value went all the same, "" when it is lost.
    """

    format: str
    field: str
    keys: tuple[str, ...]
    kept: str = ""

    def __str__(self) -> str:
        count = f"{len(self.keys)} records" if len(self.keys) != 1 else f"'{self.keys[0]}'"
        where = f"kept in {self.kept}" if self.kept else "left out"
        return f"{self.format} has no field for '{self.field}' as written in {count}: {where}."


def told(losses: Iterable[Loss]) -> list[str]:
    """One sentence for all fields that share a fate, for a person who need not see each."""
    fates: dict[tuple[str, str], list[Loss]] = {}
    for loss in losses:
        fates.setdefault((loss.format, loss.kept), []).append(loss)
    sentences = []
    for (format, kept), found in fates.items():
        names = ", ".join(loss.field for loss in found)
        keys = {key for loss in found for key in loss.keys}
        count = f"{len(keys)} records" if len(keys) != 1 else f"'{next(iter(keys))}'"
        where = f"kept in {kept}, which other programs show as text" if kept else "left out"
        sentences.append(f"{format} has no field for {names} as written in {count}: {where}.")
    return sentences


class WrittenFile(NamedTuple):
    """A file's content, and what the format could not say."""

    content: str | bytes
    losses: tuple[Loss, ...]


def losses_of(
    format: str, found: Iterable[tuple[str, Iterable[str]]], kept: str = ""
) -> tuple[Loss, ...]:
    """One `Loss` a field, from (key, fields) of each record."""
    keys: dict[str, list[str]] = {}
    for key, names in found:
        for name in names:
            keys.setdefault(name, []).append(key)
    return tuple(Loss(format, name, tuple(of), kept) for name, of in keys.items())


def unique_keys(references: Sequence[Reference]) -> Iterator[tuple[Reference, str]]:
    """Each reference with a key of its own: a key met before gets "-2", "-3"..."""
    taken: set[str] = set()
    counts: dict[str, int] = {}
    for reference in references:
        key = reference.key
        while key in taken:
            counts[reference.key] = counts.get(reference.key, 1) + 1
            key = f"{reference.key}-{counts[reference.key]}"
        taken.add(key)
        yield reference, key
