"""A report from all that an instance knows: register, journal, page."""

from __future__ import annotations

from pathlib import Path

from evidence import drift
from evidence.journal import Journal, Rules
from evidence.knowledge import KnowledgeBase
from evidence.original import Originals
from evidence.report.content import Report, build


def report_of(
    kb: KnowledgeBase, text_id: str, instance: Path, language: str | None = None
) -> Report:
    """The report of a text as things stand now, in its own language unless told otherwise.

    Raises:
        NotFound: there is no such text.
        JournalError: the journal cannot be read.
    """
    text = kb.text(text_id)
    originals = Originals(instance)
    latest = originals.latest(text_id)
    with Journal.open(instance) as journal:
        current = journal.current_text(text)
        found = None
        if latest:
            found = drift.check(
                current,
                originals.text(latest),
                originals,
                drift.read_trace(kb.texts_folder, text_id),
                journal.signed_pages(text_id),
            )
        status = {one.claim: one.status for one in found.claims} if found else {}
        states = journal.states(text, kb.library, status, Rules.of(kb.settings))
        number, head = journal.head()
    return build(
        kb, current, language or text.language, states, found, latest, head if number else ""
    )
