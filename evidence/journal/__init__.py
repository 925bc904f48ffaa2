"""The journal: what people decided, said and signed; append-only, chained by hash.

    schema   the tables, and triggers that refuse to change what was written
    event    one event and its hash
    state    a claim as the register and its events make it; signatures and how they lapse
    database SQLite or PostgreSQL: opened when needed, left alone for a while when it is away
    store    the journal itself
    apply    accepted decisions back into the YAML register
    archive  JSON Lines export, backup and restore

Everything the rest of the program needs is exported here.
"""

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
