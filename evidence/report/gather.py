"""A report from all that an instance knows: register, journal, page."""

from __future__ import annotations

from pathlib import Path

from evidence.knowledge import KnowledgeBase
from evidence.report.content import Report, build
from evidence.standing import Assembler


def report_of(
    kb: KnowledgeBase, text_id: str, instance: Path, language: str | None = None
) -> Report:
    """The report of a text as things stand now, in its own language unless told otherwise.

    Raises:
        NotFound: there is no such text.
        UserError: the journal or the page cannot be read: a report without them says too much.
    """
    assembler = Assembler(kb, instance)
    try:
        standing = assembler.now().text(text_id).whole()
        number, head = assembler.journal.head() if assembler.has_journal else (0, "")
    finally:
        assembler.close()
    return build(
        kb,
        standing.text,
        language or standing.text.language,
        standing.states,
        standing.drift,
        standing.version,
        head if number else "",
    )
