"""A source that a page prints, taken into the library of the instance when it has been located.

The record is what the services answered, with the addresses where they did; it stands in
`references/taken.bib` of the instance, beside the references of the base, which are not touched.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from evidence.instance import OneServer, Sharing
from evidence.knowledge import KnowledgeBase
from evidence.search.index.documents import abstracts_file
from evidence.services.abstracts import keep_abstracts
from evidence.services.doubles import kept_decisions
from evidence.services.merging import propose
from references.errors import SettingError, UserError
from references.formats.bibtex import write_file
from references.formats.jsonl import BIBLIOGRAPHIC
from references.intake.intake import take_in
from references.intake.keys import make_key
from references.record import Provenance, Reference
from references.sources.work import Work
from references.verify import Check

#: What a check must have found before its work may stand in the library.
LOCATED = frozenset({"verified", "partly-verified", "differs", "corrected", "reinstated"})


class NotLocated(UserError):
    """No service knows the source as it is cited."""


@dataclass(frozen=True)
class Taken:
    """The key of the work, and whether it is new in the library."""

    key: str
    is_new: bool


def take(kb: KnowledgeBase, check: Check, files: Sharing | None = None) -> Taken:
    """Take the work that a check located into the library of the instance.

    A work that is there already is named and left as it is.

    Args:
        kb: the base of an instance.
        check: of a printed source, made now.
        files: hands the library of the instance on to other servers.

    Raises:
        NotLocated: the check located none, or one that is retracted or doubtful.
        SettingError: the instance cannot be written.
    """
    works = [work for work in check.works if work.source != "library"]
    known = [work.id for work in check.works if work.source == "library" and work.id in kb.library]
    if known:
        return Taken(known[0], False)
    if check.status not in LOCATED or not works or kb.taken_file is None:
        raise NotLocated(
            "The source could not be located as it is cited, so there is no record to take."
        )
    return _into_library(kb, lambda: _record(works, kb), files)


def take_indexed(kb: KnowledgeBase, record: Reference, files: Sharing | None = None) -> Taken:
    """Take a record that only the index holds into the library of the instance, under its key.

    Its abstract is kept beside it, as fetched ones are: searches find it by that as before.

    Raises:
        SettingError: the instance cannot be written.
    """
    file = record.pmid and f"https://pubmed.ncbi.nlm.nih.gov/{record.pmid}/"
    seen = ", ".join(name for name in BIBLIOGRAPHIC if getattr(record, name))
    abstract = record.abstract
    record = replace(
        record,
        abstract="",
        added=datetime.now(UTC).date().isoformat(),
        provenance=(Provenance(file, seen),) if file else record.provenance,
        status=record.status or ("incomplete" if record.missing else ""),
    )
    found = propose(record, abstract, kb.vocabulary)
    return _into_library(kb, lambda: found, files, abstract)


def _into_library(
    kb: KnowledgeBase, make: Callable[[], Reference], files: Sharing | None, abstract: str = ""
) -> Taken:
    """Write a record beside those of the instance, unless the library has the work.

    Raises:
        SettingError: the instance cannot be written.
        JournalUnavailable: what was decided about pairs of records cannot be read.
    """
    if kb.taken_file is None:
        raise SettingError("There is no instance to take the record into; name one.")
    taken, instance = kb.taken_file, kb.taken_file.parent.parent
    files = files or OneServer(instance)
    taken.parent.mkdir(parents=True, exist_ok=True)
    with files.alone("taken"), tempfile.TemporaryDirectory() as folder:
        files.pull()
        kb.read_library_again()
        record = make()
        answer = Path(folder) / "answer.bib"
        write_file(answer, [record])
        decisions = kept_decisions(instance)
        intake = take_in([answer], taken, kb.library.values(), decisions=decisions)
        written = [taken]
        if abstract and intake.added:
            keep_abstracts(instance, {intake.added[0].key: abstract})
            written.append(abstracts_file(instance))
        files.push(written)
    kb.read_library_again()
    if intake.added:
        return Taken(intake.added[0].key, True)
    return Taken(intake.merged[0].known, False)


def _record(works: list[Work], kb: KnowledgeBase) -> Reference:
    """The record of the first work, what only others say filled in, and where it was seen."""
    first = works[0].reference
    filled = {
        name: value
        for name in BIBLIOGRAPHIC
        if not getattr(first, name)
        and (value := next((v for w in works if (v := getattr(w.reference, name))), None))
    }
    record = replace(first, **filled)
    seen = ", ".join(name for name in BIBLIOGRAPHIC if getattr(record, name))
    record = replace(
        record,
        key=make_key(record, kb.library),
        abstract="",
        added=datetime.now(UTC).date().isoformat(),
        provenance=tuple(Provenance(work.address, seen) for work in works if work.address),
        status="incomplete" if record.missing else "verified",
    )
    return propose(record, first.abstract, kb.vocabulary)
