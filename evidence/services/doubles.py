"""Pairs of records that may be one work: found, decided by a person, written into the files.

An import, an update or a check marks what may be there already (`references.matching.marks`).
Whoever decides is asked once: the journal keeps the decision, everything that compares records
knows it from then on, and `write` brings the library in line with it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from evidence.claims.text import Text
from evidence.instance import has_journal
from evidence.journal import Entry, Journal
from evidence.journal.event import EventKind
from evidence.knowledge import KnowledgeBase
from references.errors import UserError
from references.formats.bibtex import read_file, write_text
from references.intake.target import read_target, write_target
from references.matching import (
    DOUBTFUL,
    MARK,
    Decided,
    Pair,
    PairDecision,
    PairDecisions,
    find_duplicates,
    merge,
    pair_of,
    possible_duplicates,
)
from references.record import RELATIONS, Reference, Relation

DECIDED_EVENT: EventKind = "pair-decided"
#: What a person can say that two records are to each other, beside one work or two.
RELATED_AS = tuple(name for name in RELATIONS if name != "same-work")
_LONGEST = 2_000  # characters of a reason


@dataclass(frozen=True)
class DoubtfulPair:
    """Two records that may be one work, and what agrees and differs."""

    a: Reference
    b: Reference
    pair: Pair

    def as_dict(self) -> dict[str, Any]:
        """JSON-ready."""
        shown = ("title", "year", "journal", "volume", "number", "pages", "doi", "pmid", "type")
        sides = {
            side: {
                "key": one.key,
                "file": Path(one.place.file).name,
                "authors": [author.sort_name for author in one.authors[:6]],
                **{name: value for name in shown if (value := getattr(one, name))},
            }
            for side, one in (("a", self.a), ("b", self.b))
        }
        agree, differ = list(self.pair.agree), list(self.pair.differ)
        return {**sides, "agree": agree, "differ": differ, "why": self.pair.why}


def decisions_of(journal: Journal) -> list[PairDecision]:
    """What was decided about pairs, oldest first.

    Raises:
        JournalUnavailable: the journal cannot be read.
    """
    events = journal.events("", "")
    return [PairDecision.read(event.payload) for event in events if event.kind == DECIDED_EVENT]


def kept_decisions(instance: Path) -> PairDecisions:
    """What was decided in an instance; nothing where it has no journal yet.

    Raises:
        JournalUnavailable: the journal cannot be read.
    """
    if not has_journal(instance):
        return PairDecisions()
    with Journal.open(instance) as journal:
        return PairDecisions(decisions_of(journal))


def open_pairs(
    library: Mapping[str, Reference],
    candidates: Iterable[Reference],
    decisions: PairDecisions,
    everything: bool = False,
) -> list[DoubtfulPair]:
    """The pairs that nobody has decided about, each once, in the order of the records.

    Args:
        library: the references by key.
        candidates: what waits to be screened; compared with the library and with each other.
        decisions: of people.
        everything: compare all records with all, not only those that carry the mark.
    """
    records = {**library}
    for one in candidates:
        records.setdefault(one.key, one)
    found: dict[frozenset[str], DoubtfulPair] = {}
    pairs = find_duplicates(records.values(), decisions) if everything else []
    doubtful = [(pair.key_a, pair.key_b) for pair in pairs if pair.kind == DOUBTFUL]
    marked = [(one.key, key) for one in records.values() for key in possible_duplicates(one)]
    for key, other in (*marked, *doubtful):
        a, b = records.get(key), records.get(other)
        if a is None or b is None or a is b or decisions.about(a, b):
            continue
        pair = pair_of(a, b) or Pair(a.key, b.key, DOUBTFUL, (), ())
        found.setdefault(frozenset((key, other)), DoubtfulPair(a, b, pair))
    return list(found.values())


def decide(
    journal: Journal,
    a: Reference,
    b: Reference,
    decided: Decided,
    by: str,
    person: str = "",
    relation: str = "",
    reason: str = "",
) -> PairDecision:
    """Record what a person decided about two records.

    Raises:
        UserError: they are one record, or the relation is none.
    """
    if a.key == b.key:
        raise UserError("'{key}' is one record: name two.", key=a.key)
    if (decided == "related") != bool(relation) or (relation and relation not in RELATED_AS):
        raise UserError(
            "Say what the first record is to the second: {relations}.",
            relations=", ".join(RELATED_AS),
        )
    reason = " ".join(reason.split())
    if len(reason) > _LONGEST:
        raise UserError("The reason is longer than {most:,} characters; shorten it.", most=_LONGEST)
    made = PairDecision.of(a, b, decided, relation, reason)
    journal.record(Entry(by, DECIDED_EVENT, "", payload=made.as_dict(), person=person))
    return made


# ---- into the files -------------------------------------------------------------------


@dataclass(frozen=True)
class FileChange:
    """What became of a record: `done` is "unmarked", "related", "merged" or "removed"."""

    key: str
    other: str
    done: str
    file: str


def candidates_of(file: Path) -> tuple[Reference, ...]:
    """The records that wait to be screened; none where the file is not there."""
    return read_file(file).references if file.exists() else ()


def write(
    kb: KnowledgeBase,
    candidates: Iterable[Reference],
    decisions: PairDecisions,
    dry_run: bool,
    texts: Iterable[Text] = (),
) -> list[FileChange]:
    """Bring the files in line with what was decided, about marked pairs and all others.

    Two works lose the mark, related ones get their relation. Of one work the record that
    claims or other records name stays, else that of the library, and is completed from the other
    one, which goes; when both are named both stay, related as one work published twice.

    Args:
        kb: its library and registers.
        candidates: what waits to be screened.
        decisions: of people.
        dry_run: write nothing.
        texts: as they stand, with what was linked at the desk (`evidence.standing`): what they
            name stays beside what the registers name.

    Raises:
        SettingError: a file cannot be written.
    """
    records = {**kb.library}
    for one in candidates:
        records.setdefault(one.key, one)
    named = _named_by((*kb.texts.values(), *texts))
    named |= {one.key for reference in records.values() for one in reference.related}
    tidying = _Tidying(records, named, kb.library)
    marks = [(one.key, key) for one in records.values() for key in possible_duplicates(one)]
    marked = {frozenset(pair) for pair in marks}
    unmarked = (one.keys for one in decisions if frozenset(one.keys) not in marked)
    for key, other in (*marks, *dict.fromkeys(unmarked)):
        tidying.carry_out(key, other, decisions)
    if not dry_run:
        for file in sorted({change.file for change in tidying.changes}):
            _write_file(Path(file), records, tidying.now)
    return tidying.changes


def _named_by(texts: Iterable[Text]) -> set[str]:
    """The keys of the records that texts link or found for what they cite."""
    named = set()
    for text in texts:
        named |= {link.reference for claim in text.claims for link in claim.links}
        for source in text.sources:
            named |= {source.reference or "", *source.nearest}
    return named


class _Tidying:
    """The records as they will be: `now` by key, None for one that goes."""

    def __init__(
        self,
        records: Mapping[str, Reference],
        named: Collection[str],
        library: Mapping[str, Reference],
    ) -> None:
        self._records, self._named, self._library = records, named, library
        self.now: dict[str, Reference | None] = {}
        self.changes: list[FileChange] = []

    def carry_out(self, key: str, other: str, decisions: PairDecisions) -> None:
        """Do with a record, marked perhaps, and what it may be what was decided, if anything."""
        marked, beside = self._now(key), self._now(other)
        if marked is None or beside is None or marked is beside:
            return
        decision = decisions.about(self._records[key], self._records[other])
        if decision is None:
            return
        marked = _unmarked(marked, other)
        if decision.decided == "different":
            self._set(marked, other, "unmarked")
        elif decision.decided == "related":
            first_is_marked = decision.is_first(self._records[key], self._records[other])
            subject, to = (marked, beside) if first_is_marked else (beside, marked)
            self._set(marked, other, "unmarked")
            self._set(_related(subject, decision.relation, to.key), to.key, "related")
        elif key not in self._named or other not in self._named:
            keeps, goes = sorted((beside, marked), key=self._worth, reverse=True)
            self._set(merge(keeps, goes).reference, goes.key, "merged")
            self._remove(goes.key, keeps.key)
        elif Relation("same-work", key) in beside.related:
            self._set(marked, other, "unmarked")
        else:
            self._set(_related(marked, "same-work", other), other, "related")

    def _worth(self, reference: Reference) -> tuple[bool, bool]:
        """Of two records of one work the one stays that others name, else that of the library."""
        return reference.key in self._named, reference.key in self._library

    def _now(self, key: str) -> Reference | None:
        return self.now.get(key, self._records[key]) if key in self._records else None

    def _set(self, reference: Reference, other: str, done: str) -> None:
        """Note how a record becomes; one that is so already is no change."""
        key = reference.key
        if done != "merged" and reference == self._now(key):
            return
        self.now[key] = reference
        self.changes.append(FileChange(key, other, done, self._records[key].place.file))

    def _remove(self, key: str, other: str) -> None:
        self.now[key] = None
        self.changes.append(FileChange(key, other, "removed", self._records[key].place.file))


def _unmarked(reference: Reference, other: str) -> Reference:
    """The record without the doubt about another one."""
    left = [key for key in possible_duplicates(reference) if key != other]
    extra = {name: value for name, value in reference.extra.items() if name != MARK}
    if left:
        extra[MARK] = ", ".join(left)
    return replace(reference, extra=extra)


def _related(reference: Reference, relation: str, key: str) -> Reference:
    """The record with a relation in place of what an import suspected."""
    if Relation(relation, key) in reference.related:
        return reference
    others = [one for one in reference.related if one.key != key]
    return replace(reference, related=(*others, Relation(relation, key)))


def _write_file(
    file: Path, records: Mapping[str, Reference], now: Mapping[str, Reference | None]
) -> None:
    text, there = read_target(file)
    changed = {
        one.place.line: write_text([kept]) if (kept := now[one.key]) else ""
        for one in there.references
        if one.key in now and records[one.key].place.file == str(file)
    }
    write_target(file, text, changed)
