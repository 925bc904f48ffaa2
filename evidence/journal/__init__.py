"""The journal: what people decided, said and signed; append-only, chained by hash.

    schema         the tables as queries name them; `migrations` makes them append-only
    event          one event and its hash
    state          a claim as the register and its events make it; signatures and how they lapse
    text_data      what events make of a text itself; sentences that are no claims
    merging        whether a decision fits a claim that changed after it was seen
    stage          who may see a text: private, in review, published, withdrawn, archived, deleted
    database       SQLite or PostgreSQL: opened when needed, left alone for a while when it is away
    upgrading      tables made, or brought up to date, by the migrations
    glance         the head of a journal in a file, without SQLAlchemy
    places         few write at once, and who would wait for a slow disk is told
    postgresql     connections to a server on which nobody waits without end
    store          the journal itself
    documents      what is kept and may be changed or deleted: drafts
    shared_files   the files of an instance on several servers, with a working copy on each
    sharing        whether the files of an instance are shared at all
    accounts       people who sign in, their sessions, and what each role may do
    passwords      which are too easy; hashed and compared, a few at once
    attempts       how guessing is slowed down without locking others out
    apply          accepted decisions back into the YAML register
    register_file  a register as lines, of which some are replaced
    archive        JSON Lines export, backup and restore

What may a line in here know? Claims and texts as written (`evidence.claims`), and references. It
knows no page, no search and no service. Everything the rest of the program needs is exported
here; what needs a database is imported when it is asked for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from evidence.journal.event import (
    ADDED,
    DECISIONS,
    EVENT_KINDS,
    Entry,
    Event,
    JournalError,
    JournalUnavailable,
)
from evidence.journal.state import (
    ClaimState,
    Lapse,
    Rules,
    Signature,
    reference_digest,
    signing_payload,
)

if TYPE_CHECKING:
    from evidence.journal.store import DecisionConflict, Journal, Recorded, Verification

__all__ = [
    "ADDED",
    "DECISIONS",
    "EVENT_KINDS",
    "ClaimState",
    "DecisionConflict",
    "Entry",
    "Event",
    "Journal",
    "JournalError",
    "JournalUnavailable",
    "Lapse",
    "Recorded",
    "Rules",
    "Signature",
    "Verification",
    "reference_digest",
    "signing_payload",
]


def __getattr__(name: str) -> object:
    """What stands in `store`, imported on demand: importing SQLAlchemy takes 0.7 seconds."""
    if name in __all__:
        from evidence.journal import store

        return getattr(store, name)
    raise AttributeError(name)
