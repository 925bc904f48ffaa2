"""Taking references from files into a .bib file: keys, the same work twice, provenance."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

from references.errors import DataError, Problem
from references.formats import Reading
from references.formats.jsonl import BIBLIOGRAPHIC
from references.formats.streams import in_pieces
from references.intake.keys import is_key, make_key
from references.intake.target import read_target, write_target
from references.intake.unfinished import Unfinished
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

#: Called with how many records were read, and which part of all files.
Progress = Callable[[int, float], None]
_KEPT_EVERY = 5_000  # records after which an interrupted import goes on


class Added(NamedTuple):
    """A new record of the target."""

    key: str
    title: str


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
    """What an import did, or would do.

    Of an import that was gone on with, `before` says how many records had been read; what is
    told one by one (`merged`, `doubtful`...) is of those that came after.
    """

    target: Path
    read: int = 0
    added: list[Added] = field(default_factory=list)
    merged: list[Joined] = field(default_factory=list)
    doubtful: list[Doubt] = field(default_factory=list)
    related: list[RelatedEntry] = field(default_factory=list)
    rejected: list[Problem] = field(default_factory=list)
    remarks: list[Problem] = field(default_factory=list)
    before: int = 0

    def as_dict(self) -> dict[str, Any]:
        """The form of `evidence import --json`."""
        return {
            "read": self.read,
            "read_before": self.before,
            "added": [added.key for added in self.added],
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

    The files are read piece by piece, and of what is new no more is held in memory than tells it
    from other works. An import of large files that is interrupted goes on with what it had, when
    the same files are imported again into the same target.

    Raises:
        DataError: `target`, or the only file given, cannot be read.
        SettingError: `target` cannot be written, or there is no such format.
    """
    paths = list(files)
    text, there = read_target(target)
    unfinished = Unfinished(target, paths, keeps=not dry_run)
    ended = False
    try:
        intake = Intake(target)
        taking = _Taking(intake, library, there, unfinished, decisions)
        _read_all(paths, format, taking, unfinished, progress)
        intake.added = [Added(*row) for row in unfinished.new()]
        lines = {one.key: one.place.line for one in there.references}
        changed = {lines[key]: entry for key, entry in unfinished.changed().items()}
        if not dry_run and (changed or intake.added):
            write_target(target, text, changed, unfinished.new_entries())
        ended = True
    finally:
        unfinished.close(ended=ended)
    return intake


def _read_all(
    paths: list[Path],
    format: str,
    taking: _Taking,
    unfinished: Unfinished,
    progress: Progress | None,
) -> None:
    """Take what all files hold, from where an earlier import was interrupted."""
    intake = taking.intake
    state = unfinished.state
    first, skip = state.get("file", 0), state.get("pieces", 0)
    intake.read = intake.before = kept = state.get("read", 0)
    failed: list[DataError] = []
    for number, path in enumerate(paths[first:], first):
        part = _part_of(paths, number)
        tell = partial(_tell, progress, intake, part)
        start = skip if number == first else 0
        try:
            pieces = in_pieces(path, format, skip=start, position=tell)
            for done, reading in enumerate(pieces, start + 1):
                taking.take_all(reading, path.name)
                if intake.read - kept > _KEPT_EVERY:
                    unfinished.keep(file=number, pieces=done, read=intake.read)
                    kept = intake.read
        except DataError as error:
            failed.append(error)
            intake.rejected += error.problems
    if progress is not None:
        progress(intake.read, 1.0)
    if failed and len(failed) == len(paths) and not intake.read:
        raise failed[0]


def _part_of(paths: list[Path], number: int) -> tuple[float, float]:
    """Where the bytes of a file begin and end among those of all files, from 0 to 1."""
    sizes = [path.stat().st_size if path.is_file() else 0 for path in paths]
    total = sum(sizes) or 1
    return sum(sizes[:number]) / total, sum(sizes[: number + 1]) / total


def _tell(
    progress: Progress | None, intake: Intake, part: tuple[float, float], done: int, of: int
) -> None:
    if progress is not None:
        progress(intake.read, part[0] + (part[1] - part[0]) * (done / of if of else 0.0))


class _Taking:
    """The works known so far, and what becomes of each record that comes in.

    `here` are the records of the file written to; new ones and those of it that were completed
    are in `unfinished`.
    """

    def __init__(
        self,
        intake: Intake,
        library: Iterable[Reference],
        there: Reading,
        unfinished: Unfinished,
        decisions: PairDecisions | None,
    ) -> None:
        self.intake = intake
        self._here = {reference.key: reference for reference in there.references}
        self._unfinished = unfinished
        self._library = {reference.key: reference for reference in library} | self._here
        self._taken = {key.lower() for key in self._library}
        self._taken |= {problem.field.lower() for problem in there.rejected}
        self._whole: dict[str, Reference] = {}  # with what the records that were left out say
        self._matcher = Matcher((), decisions)
        self._alike: dict[int, str | list[str]] = {}  # keys by what the records say
        for record in (*self._library.values(), *unfinished.records()):
            self._matcher.add(record)
            self._remember(record)

    def _remember(self, record: Reference) -> None:
        self._taken.add(record.key.lower())
        digest = _digest(record)
        there = self._alike.setdefault(digest, record.key)
        if isinstance(there, list):
            there.append(record.key)
        elif there != record.key:
            self._alike[digest] = [there, record.key]

    def _known(self, key: str) -> Reference | None:
        return self._unfinished.get(key) or self._library.get(key)

    def take_all(self, reading: Reading, file: str) -> None:
        """Take what a piece of a file holds."""
        intake = self.intake
        for incoming in reading.references:
            self.take(_with_provenance(incoming, file), reading.format)
        intake.read += len(reading.references) + len(reading.rejected)
        intake.rejected += reading.rejected
        intake.remarks += reading.remarks

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
        there = self._alike.get(_digest(reference), [])
        alike = [there] if isinstance(there, str) else there
        for key in (*alike, wanted) if reference.title else alike:
            if (known := self._known(key)) and _says_nothing_new(known, reference):
                return key
        return ""

    def _add(self, reference: Reference, pairs: list[Pair]) -> None:
        self._matcher.add(reference)
        key, intake = reference.key, self.intake
        intake.doubtful += [Doubt(key, pair.key_a, pair.why) for pair in doubts(pairs)]
        if near := relation(pairs):
            intake.related.append(RelatedEntry(key, near.key_a, near.kind))
        reference = marked(reference, pairs)
        self._unfinished.put(reference, is_new=True)
        self._remember(reference)

    def _join(self, key: str, wanted: str, reference: Reference) -> None:
        """Complete the known record `key` with an incoming one.

        What both say counts for the next record, even where it cannot be written: another
        one may have the pages of the first and contradict the second.
        """
        known = self._known(key) or self._library[key]
        merged = merge(known, reference)
        is_new = self._unfinished.is_new(key)
        can_write = is_new or key in self._here
        filled = tuple(name for name in merged.filled if name != "provenance")
        whole = merge(self._whole.get(key, known), reference).reference
        self._matcher.add(whole)
        if can_write and filled:
            self._unfinished.put(merged.reference, is_new)
        if whole != (merged.reference if can_write else known):
            self._whole[key] = whole
        self.intake.merged.append(
            Joined(wanted, key, filled, merged.conflicts, can_write and bool(filled))
        )
