"""Taking references from files into a .bib file: keys, the same work twice, provenance."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from references.errors import DataError, Problem
from references.formats import Reading, read
from references.formats.jsonl import BIBLIOGRAPHIC
from references.intake.keys import is_key, make_key
from references.intake.target import read_target, write_target
from references.matching import (
    SAME,
    FieldConflict,
    Matcher,
    Pair,
    PairDecisions,
    doubts,
    marked,
    merge,
    relation,
    wording,
)
from references.record import Provenance, Reference

#: Called with the records done and their number.
Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Joined:
    """An incoming record that is a work already there.

    `key` is the key it would have had, `merged` what became of the known record; None when
    that record stands in another file and was left as it is.
    """

    key: str
    known: str
    filled: tuple[str, ...] = ()
    conflicts: tuple[FieldConflict, ...] = ()
    written: bool = False


@dataclass(frozen=True)
class RelatedEntry:
    """A new record related to a known one: `kind` as in `references.matching.KINDS`."""

    key: str
    known: str
    kind: str


@dataclass(frozen=True)
class Doubt:
    """A new record that may be the same work as a known one: a person decides. `why` in words."""

    key: str
    known: str
    why: str


@dataclass
class Intake:
    """What an import did, or would do."""

    target: Path
    read: int = 0
    added: list[Reference] = field(default_factory=list)
    merged: list[Joined] = field(default_factory=list)
    doubtful: list[Doubt] = field(default_factory=list)
    related: list[RelatedEntry] = field(default_factory=list)
    rejected: list[Problem] = field(default_factory=list)
    remarks: list[Problem] = field(default_factory=list)

    def as_dict(self) -> dict[str, Any]:
        """The form of `evidence import --json`."""
        return {
            "read": self.read,
            "added": [reference.key for reference in self.added],
            "merged": [
                {
                    "key": joined.key,
                    "with": joined.known,
                    "filled": list(joined.filled),
                    "conflicts": [asdict(conflict) for conflict in joined.conflicts],
                    "written": joined.written,
                }
                for joined in self.merged
            ],
            "doubtful": [
                {"key": doubt.key, "with": doubt.known, "why": doubt.why} for doubt in self.doubtful
            ],
            "related": [
                {"key": relation.key, "to": relation.known, "kind": relation.kind}
                for relation in self.related
            ],
            "rejected": [
                {"file": p.file, "record": p.field, "line": p.line, "reason": str(p.message)}
                for p in self.rejected
            ],
            "remarks": [problem.as_dict() for problem in self.remarks],
            "target": str(self.target),
        }


#: What tells whether two records say the same.
_COMPARED = tuple(name for name in BIBLIOGRAPHIC if name not in ("keywords", "language"))
#: What a record may bring without being another one.
_BESIDE = frozenset({"provenance", "status", "keywords", "language"})


def _with_provenance(reference: Reference, file: str) -> Reference:
    """The record with the file as the place where its facts were seen, if it names none."""
    if reference.provenance:
        return reference
    seen = ", ".join(name for name in BIBLIOGRAPHIC if getattr(reference, name))
    status = reference.status or ("incomplete" if reference.missing else "")
    source = Provenance(re.sub(r"[\s:;|]+", "_", file), seen)
    return replace(reference, provenance=(source,), status=status)


def _is_kept(key: str, format: str) -> bool:
    """True for a key that a person knows: that of a BibTeX entry, or what looks like one.

    Other formats number their records ("CN-01234567"), or name them by an address.
    """
    return is_key(key) and (
        format == "bibtex" or bool(re.fullmatch(r"[A-Za-z][\w.:+-]*[a-z][\w.:+-]*", key))
    )


def _digest(reference: Reference) -> int:
    """What two records share that say word for word the same, however little it is."""
    return hash((reference.type, *(getattr(reference, name) for name in _COMPARED)))


def _says_nothing_new(known: Reference, incoming: Reference) -> bool:
    """True when everything `incoming` says stands in `known`: to leave it out loses nothing."""
    extra = known.extra.items() | incoming.extra.items()
    merged = merge(known, incoming)
    return (
        known.type == incoming.type
        and wording(known.title) == wording(incoming.title)
        and not merged.conflicts
        and set(merged.filled) <= _BESIDE
        and len(extra) == len({name for name, _ in extra})
    )


def take_in(
    files: Iterable[Path],
    target: Path,
    library: Iterable[Reference] = (),
    *,
    format: str = "auto",
    dry_run: bool = False,
    progress: Progress | None = None,
    decisions: PairDecisions | None = None,
) -> Intake:
    """Read files, and add what is new to `target`.

    A record that is the same work as one in `library`, in `target` or earlier in the files
    is not added: the known record is completed when it stands in `target`, and left as it
    is elsewhere. One that may be the same is added and marked (`references.matching.marked`).
    What `target` holds beside (comments, broken entries) stays as it is. What a person has
    decided about two records (`decisions`) is not asked again.

    Raises:
        DataError: `target`, or the only file given, cannot be read.
        SettingError: `target` cannot be written, or there is no such format.
    """
    intake = Intake(target)
    readings = _readings(files, format, intake)
    text, there = read_target(target)
    taking = _Taking(intake, library, there, decisions)
    total = sum(len(reading.references) for _, reading in readings)
    for name, reading in readings:
        for incoming in reading.references:
            intake.read += 1
            if progress is not None:
                progress(intake.read, total)
            taking.take(_with_provenance(incoming, name), reading.format)
    intake.added = list(taking.new.values())
    if not dry_run and (taking.new or taking.changed):
        lines = {taking.here[key].place.line: record for key, record in taking.changed.items()}
        write_target(target, text, lines, intake.added)
    return intake


class _Taking:
    """The works known so far, and what becomes of each record that comes in.

    `here` are the records of the file written to, `new` those to add to it, `changed` those
    of it that were completed.
    """

    def __init__(
        self,
        intake: Intake,
        library: Iterable[Reference],
        there: Reading,
        decisions: PairDecisions | None,
    ) -> None:
        self._intake = intake
        self.here = {reference.key: reference for reference in there.references}
        self.new: dict[str, Reference] = {}
        self.changed: dict[str, Reference] = {}
        self._known = {reference.key: reference for reference in library} | self.here
        self._taken = {key.lower() for key in self._known}
        self._taken |= {problem.field.lower() for problem in there.rejected}
        self._whole: dict[str, Reference] = {}  # with what the records that were left out say
        self._matcher = Matcher(self._known.values(), decisions)
        self._alike: dict[int, list[str]] = {}  # keys by what the records say
        for key, record in self._known.items():
            self._alike.setdefault(_digest(record), []).append(key)

    def take(self, reference: Reference, format: str) -> None:
        """Add a record, or complete the one that is the same work."""
        wanted = reference.key
        keeps = _is_kept(wanted, format) and wanted.lower() not in self._taken
        key = wanted if keeps else make_key(reference, self._taken)
        reference = replace(reference, key=key)
        pairs = self._matcher.matches(reference)
        if same := self._same(wanted, reference, pairs):
            self._join(same, wanted or key, reference)
        else:
            self._add(reference, pairs)

    def _same(self, wanted: str, reference: Reference, pairs: list[Pair]) -> str:
        """The key of the same work: it is proved to be, or the record says nothing new.

        So a file that is imported again adds nothing, however little its records say.
        """
        if pairs and pairs[0].kind == SAME:
            return pairs[0].key_a
        alike = self._alike.get(_digest(reference), [])
        for key in (*alike, wanted) if reference.title else alike:
            if (known := self._known.get(key)) and _says_nothing_new(known, reference):
                return key
        return ""

    def _add(self, reference: Reference, pairs: list[Pair]) -> None:
        self._matcher.add(reference)
        key, intake = reference.key, self._intake
        intake.doubtful += [Doubt(key, pair.key_a, pair.why) for pair in doubts(pairs)]
        if near := relation(pairs):
            intake.related.append(RelatedEntry(key, near.key_a, near.kind))
        reference = marked(reference, pairs)
        self.new[key] = self._known[key] = reference
        self._alike.setdefault(_digest(reference), []).append(key)
        self._taken.add(key.lower())

    def _join(self, key: str, wanted: str, reference: Reference) -> None:
        """Complete the known record `key` with an incoming one.

        What both say counts for the next record, even where it cannot be written: another
        one may have the pages of the first and contradict the second.
        """
        merged = merge(self._known[key], reference)
        can_write = key in self.new or key in self.here
        filled = tuple(name for name in merged.filled if name != "provenance")
        self._whole[key] = merge(self._whole.get(key, self._known[key]), reference).reference
        self._matcher.add(self._whole[key])
        if can_write and filled:
            self._known[key] = merged.reference
            (self.new if key in self.new else self.changed)[key] = merged.reference
        self._intake.merged.append(
            Joined(wanted, key, filled, merged.conflicts, can_write and bool(filled))
        )


def _readings(files: Iterable[Path], format: str, intake: Intake) -> list[tuple[str, Reading]]:
    readings: list[tuple[str, Reading]] = []
    failed: list[DataError] = []
    for path in files:
        try:
            reading = read(path, format)
        except DataError as error:
            failed.append(error)
            intake.rejected += error.problems
            continue
        readings.append((path.name, reading))
        intake.rejected += reading.rejected
        intake.remarks += reading.remarks
        intake.read += len(reading.rejected)
    if failed and not readings:
        raise failed[0]
    return readings
