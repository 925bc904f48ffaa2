"""One event of the journal: what was done, by whom, to which claim, against which state."""

from __future__ import annotations

import hashlib
import json
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal, get_args

from references.errors import Unavailable, UserError

EventKind = Literal[
    "review",  # verdict, certainty, wording ...: payload {"changes": {field: value}, "reason"}
    "link-added",  # payload {"link": {...}}
    "link-removed",  # payload {"reference": key, "reason"}
    "claim-added",  # payload {"claim": {...}, "after": claim id or ""}
    "claim-removed",  # payload {"reason"}
    "comment",  # payload {"words"}
    "comment-resolved",  # payload {"comment": event id}
    "assignment",  # payload {"to": account or ""}
    "sign-off",  # payload of `signing_payload`
    "source-checked",  # payload {"cited", "status", "reference", "nearest", "looked"}
    "applied",  # payload {"sha256"}: the register was written
    "text-changed",  # title, address, sources ...: payload {"changes": {field: value}, "before"}
    "sentence-dismissed",  # of the page, is no claim: payload {"words", "reason"}
    "dismissal-undone",  # payload {"words"}
    "stage",  # of the text: payload {"stage", "reason", "shown", "until", "link"}
    "account",  # payload of `account_payload`: who may sign in as what; of no text
    "finding-settled",  # of verification; payload {"name", "citation", "findings", "status", ...}
    "finding-reopened",  # payload {"name", "reason"}
    "pair-decided",  # of two records; payload of `references.matching.PairDecision`
]
EVENT_KINDS: tuple[str, ...] = get_args(EventKind)
#: Events that change a claim; they are accepted only against its current state.
DECISIONS = ("review", "link-added", "link-removed", "claim-added", "claim-removed")
#: Events that name the state of the claim somebody saw.
AGAINST_A_CLAIM = (*DECISIONS, "sign-off")
#: Events of the instance as a whole, which belong to no text.
OF_THE_INSTANCE = ("account", "finding-settled", "finding-reopened", "pair-decided")
#: The state hash of a claim that does not exist yet, or no longer.
ADDED = ""

#: In the payload of a decision that fitted a claim changed meanwhile: the hash that was seen.
SEEN = "seen"
MAX_PAYLOAD = 100_000  # characters
FIRST = "0" * 64  # what the first event names as the one before


class JournalError(UserError):
    """An event cannot be recorded, or the journal cannot be used."""


class JournalUnavailable(JournalError, Unavailable):
    """The journal cannot be used now, whatever was asked of it."""


@dataclass(frozen=True)
class Entry:
    """What somebody wants recorded.

    `against` is the hash of the claim they saw (`Claim.hash`, "" for none). `id` makes a
    repeated submission the same event. `person` is the name shown and signed with.
    """

    by: str
    kind: EventKind
    text: str
    claim: str = ""
    against: str = ""
    payload: Mapping[str, Any] = field(default_factory=dict)
    person: str = ""
    id: str = field(default_factory=lambda: str(uuid.uuid4()))


@dataclass(frozen=True)
class Event:
    """A recorded entry. `accepted` is False for a decision made against an older state.

    `result` is the hash of the claim after the event; `previous` and `hash` are the chain.
    """

    number: int
    id: str
    at: datetime
    by: str
    person: str
    kind: EventKind
    text: str
    claim: str
    against: str
    result: str
    accepted: bool
    payload: Mapping[str, Any]
    previous: str
    hash: str

    @property
    def is_decision(self) -> bool:
        """True for an event that changes a claim."""
        return self.kind in DECISIONS

    def as_dict(self) -> dict[str, Any]:
        """The form of one line of `evidence journal export`."""
        return {**self.__dict__, "at": self.at.isoformat(), "payload": dict(self.payload)}


def canonical(value: Any) -> str:
    """JSON with one spelling: sorted keys, no spaces, Unicode as it is."""
    return json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":"))


def event_hash(row: Mapping[str, Any]) -> str:
    """The SHA-256 of an event's row, the hash before it included.

    `row` holds the columns of the table, `at` and `payload` as they are stored.
    """
    hashed = [name for name in Event.__dataclass_fields__ if name != "hash"]
    content = [bool(row[name]) if name == "accepted" else row[name] for name in hashed]
    return hashlib.sha256(canonical(content).encode()).hexdigest()


def read_row(row: Mapping[str, Any]) -> Event:
    """An event from its row.

    Raises:
        JournalUnavailable: the row is damaged.
    """
    fields = {name: row[name] for name in Event.__dataclass_fields__}
    try:
        fields["at"] = datetime.fromisoformat(row["at"])
        fields["payload"] = json.loads(row["payload"])
        fields["accepted"] = bool(row["accepted"])
        if not isinstance(fields["payload"], dict) or fields["kind"] not in EVENT_KINDS:
            raise ValueError
    except (TypeError, ValueError) as error:
        raise JournalUnavailable(
            "Event {number!r} of the journal is damaged; see 'evidence journal verify'.",
            number=row["number"],
        ) from error
    return Event(**fields)


def write_row(event: Mapping[str, Any]) -> dict[str, Any]:
    """The row of an exported event (`Event.as_dict`).

    Raises:
        KeyError, TypeError: a field is missing.
    """
    row = {name: event[name] for name in Event.__dataclass_fields__}
    row["payload"] = canonical(event["payload"])
    return row
