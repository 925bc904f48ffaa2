"""The journal itself: one chain of events in SQLite or PostgreSQL.

Writers take turns on one row (SQLite: an immediate transaction; PostgreSQL: a row lock), look
at the claim's current state and append; whoever decided against an older state is told, and
what they decided is kept as a stale event. Nothing is ever changed or deleted: triggers in the
database refuse it, and the chain of hashes shows it if somebody removes the triggers.
"""

from __future__ import annotations

import hashlib
import json
import re
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import takewhile
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, func, select

from evidence.claims.claim import Claim
from evidence.instance import journal_address
from evidence.journal.database import Database
from evidence.journal.event import (
    ADDED,
    AGAINST_A_CLAIM,
    DECISIONS,
    EVENT_KINDS,
    FIRST,
    MAX_PAYLOAD,
    OF_THE_INSTANCE,
    SEEN,
    Entry,
    Event,
    JournalError,
    canonical,
    event_hash,
    read_row,
)
from evidence.journal.merging import still_fits
from evidence.journal.schema import ACCOUNT, DOCUMENT_KIND, EVENT, HEAD
from evidence.journal.state import change, replay, versions_after, whole
from references.errors import Message, message


@dataclass(frozen=True)
class DecisionConflict:
    """Somebody decided first. `seen` is the claim as the second one saw it (None when that
    state is unknown), `yours` what they would have made of it, `current` how it stands now,
    `since` the decisions in between."""

    seen: Claim | None
    yours: Claim | None
    current: Claim | None
    since: tuple[Event, ...]


@dataclass(frozen=True)
class Recorded:
    """The event as recorded, and the conflict when it was not accepted."""

    event: Event
    conflict: DecisionConflict | None = None


@dataclass(frozen=True)
class Verification:
    """What checking the chain gave: `broken` is the first event that does not fit."""

    events: int
    head: str
    broken: int | None = None
    problem: Message | None = None

    @property
    def ok(self) -> bool:
        """True when every event follows from the one before."""
        return self.problem is None

    def as_dict(self) -> dict[str, Any]:
        """The form of `evidence journal verify --json`."""
        return {
            "ok": self.ok,
            "events": self.events,
            "head": self.head,
            "broken": self.broken,
            "problem": str(self.problem or ""),
        }


class Journal(Database):
    """Open with `Journal.open(instance)`; one object may be used by several threads."""

    @classmethod
    def open(cls, instance: Path) -> Journal:
        """The journal of an instance (or of `EVIDENCE_JOURNAL_URL`), opened when first used."""
        return cls(journal_address(instance))

    def __enter__(self) -> Journal:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    # ---- writing ------------------------------------------------------------------

    def record(
        self,
        entry: Entry,
        registered: Claim | None = None,
        where: Callable[[Sequence[Event]], None] | None = None,
    ) -> Recorded:
        """Append an event; the claim of the register is needed for decisions and sign-offs.

        A decision or a sign-off against a state that is no longer current is recorded as
        not accepted, and the conflict returned: nothing is overwritten, nothing is lost. What
        still fits the claim as it stands (`merging`) is recorded against that; its payload then
        names the state that was `seen`. The same entry (by `id`) sent twice is one event, and one
        that was not accepted is told so again; with other words it is an event of its own.

        Args:
            entry: what happened.
            registered: the claim as its register has it.
            where: looks at what happened to the text (or to the claim) before, while nobody else
                records, and raises where the entry no longer belongs there.

        Raises:
            JournalError: the entry is not valid.
            JournalUnavailable: the database cannot be used.
        """
        payload = _checked(entry)
        with self.writing() as connection:
            _end(connection)  # writers take turns from here
            if where is not None:
                where(self._events(connection, entry.text, entry.claim))
            before = (
                self._events(connection, entry.text, entry.claim)
                if entry.kind in AGAINST_A_CLAIM
                else []
            )
            if known := self._recorded(connection, entry.id) or _signed(entry, before):
                if _is_the_same(known, entry):
                    return Recorded(known, _told_again(entry, known, registered, before))
                entry = _corrected(entry, known, registered, before)
            accepted, result, conflict = True, entry.against, None
            if entry.kind in AGAINST_A_CLAIM:
                entry, (accepted, result, conflict) = _decide(entry, registered, before)
                payload = _canonical_payload(entry)
            event = append(connection, entry, payload, result, accepted)
        return Recorded(event, conflict)

    # ---- reading ------------------------------------------------------------------

    def _recorded(self, connection: Connection, entry_id: str) -> Event | None:
        query = select(EVENT).where(EVENT.c.id == entry_id)
        row = connection.execute(query).mappings().one_or_none()
        return read_row(dict(row)) if row else None

    def _events(
        self,
        connection: Connection,
        text_id: str | None = None,
        claim_id: str | None = None,
        after: int = 0,
        limit: int | None = None,
    ) -> list[Event]:
        query = select(EVENT).where(EVENT.c.number > after).order_by(EVENT.c.number)
        if text_id is not None:
            query = query.where(EVENT.c.text == text_id)
        if claim_id is not None:
            query = query.where(EVENT.c.claim == claim_id)
        if limit is not None:
            query = query.limit(limit)
        return [read_row(dict(row)) for row in connection.execute(query).mappings()]

    def events(
        self,
        text_id: str | None = None,
        claim_id: str | None = None,
        after: int = 0,
        limit: int | None = None,
    ) -> list[Event]:
        """Events in order, of everything, of a text or of one claim ("" for the text itself)."""
        with self.reading() as connection:
            return self._events(connection, text_id, claim_id, after, limit)

    def rows(self, connection: Connection | None = None) -> Iterator[dict[str, Any]]:
        """Every row as stored, in order, in one transaction, which may have begun before."""
        with self.reading() if connection is None else nullcontext(connection) as begun:
            result = begun.execution_options(yield_per=500).execute(
                select(EVENT).order_by(EVENT.c.number)
            )
            for row in result.mappings():
                yield dict(row)

    def head(self) -> tuple[int, str]:
        """How many events there are, and the hash of the last one."""
        with self.reading() as connection:
            row = connection.execute(select(HEAD.c.number, HEAD.c.hash)).one()
            return row.number, row.hash

    def pulse(self) -> tuple[str, dict[str, int]]:
        """The hash of the last event, and how often documents of each kind changed: one look."""
        with self.reading() as connection:
            head = connection.execute(select(HEAD.c.hash)).scalar_one()
            kinds = connection.execute(select(DOCUMENT_KIND.c.kind, DOCUMENT_KIND.c.changes))
            return head, {row.kind: row.changes for row in kinds}

    def text_heads(self) -> dict[str, str]:
        """The hash of the last event of each text that has any: changes with each event."""
        last = select(func.max(EVENT.c.number)).group_by(EVENT.c.text)
        query = select(EVENT.c.text, EVENT.c.hash).where(EVENT.c.number.in_(last))
        with self.reading() as connection:
            return {row.text: row.hash for row in connection.execute(query)}

    def verify(self, head: str = "") -> Verification:
        """Recompute the chain from its first event to its head, and compare the accounts with it.

        `head` is a hash noted earlier (a report prints it): it must be in the chain, which
        shows when the end of the journal was cut off.
        """
        previous, count, noted = FIRST, 0, not head
        accounts: dict[str, dict[str, Any]] = {}
        for row in self.rows():
            count += 1
            if problem := misfit(row, count, previous):
                return Verification(count, previous, row["number"], problem)
            previous = row["hash"]
            noted = noted or previous == head
            if row["kind"] == "account":
                said = json.loads(row["payload"])
                accounts[said["account"]] = said
        problem = self._wrong_end(count, previous) or self._altered_account(count, accounts)
        if problem is None and not noted:
            problem = message("the head {head} noted earlier is not in the chain", head=head[:12])
        return Verification(count, previous, None, problem)

    def _wrong_end(self, count: int, last: str) -> Message | None:
        """What is wrong with the recorded head of a chain, given how many events it has."""
        with self.reading() as connection:
            head = connection.execute(select(HEAD.c.number, HEAD.c.hash)).one_or_none()
            newest = connection.execute(select(func.max(EVENT.c.number))).scalar() or 0
        if head is None:
            return message("the end of the chain is not recorded")
        # More events than were read: somebody has recorded one meanwhile.
        if newest == count and (head.number, head.hash) != (count, last):
            return message(
                "the journal ends with event {count}, its head says {number}",
                count=count,
                number=head.number,
            )
        return None

    def _altered_account(self, count: int, said: Mapping[str, Mapping[str, Any]]) -> Message | None:
        """The first account that is not as the events of a chain of `count` left it."""
        with self.reading() as connection:
            newest = connection.execute(select(func.max(EVENT.c.number))).scalar() or 0
            rows = connection.execute(select(ACCOUNT).order_by(ACCOUNT.c.name)).mappings().all()
        if newest != count:  # somebody has recorded an event meanwhile
            return None
        stored = {row["name"]: account_payload(dict(row), "") for row in rows}
        for name in sorted({*said, *stored}):
            then = {**said[name], "change": ""} if name in said else None
            if then != stored.get(name):
                return message("the account '{name}' is not as the journal recorded it", name=name)
        return None


def account_payload(row: Mapping[str, Any], change: str) -> dict[str, Any]:
    """What the journal keeps of an account: who may do what, and which password is theirs.

    Args:
        row: of the account, as stored.
        change: what was done: made, changed, closed, password, or known (before this was kept).
    """
    return {
        "change": change,
        "account": row["name"],
        "person": row["person"],
        "role": row["role"],
        "disabled": bool(row["disabled"]),
        # Of a salted hash: it tells that a password was replaced and nothing about it.
        "credential": hashlib.sha256(row["password"].encode()).hexdigest()[:32],
    }


def know_accounts(connection: Connection) -> None:
    """Record the accounts that there are, made before the journal kept them."""
    for row in connection.execute(select(ACCOUNT).order_by(ACCOUNT.c.name)).mappings().all():
        payload = account_payload(dict(row), "known")
        append(connection, Entry("evidence", "account", "", payload=payload), canonical(payload))


def append(
    connection: Connection,
    entry: Entry,
    payload: str,
    result: str = "",
    accepted: bool = True,
) -> Event:
    """Write an event at the end of the chain, in a transaction that writes.

    Args:
        connection: of `Database.writing`, so that nobody else appends meanwhile.
        entry: what happened.
        payload: its payload as canonical JSON.
        result: the hash of the claim after it.
        accepted: False for a decision against an older state.
    """
    head = _end(connection)
    row: dict[str, Any] = {
        "number": head.number + 1,
        "id": entry.id,
        "at": datetime.now(UTC).isoformat(timespec="microseconds"),
        "by": entry.by,
        "person": entry.person or entry.by,
        "kind": entry.kind,
        "text": entry.text,
        "claim": entry.claim,
        "against": entry.against,
        "result": result,
        "accepted": accepted,
        "payload": payload,
        "previous": head.hash,
    }
    row["hash"] = event_hash(row)
    connection.execute(EVENT.insert().values(row))
    connection.execute(HEAD.update().values(number=row["number"], hash=row["hash"]))
    return read_row(row)


def _end(connection: Connection) -> Any:
    """Where the chain ends, held until the end of the transaction."""
    return connection.execute(select(HEAD.c.number, HEAD.c.hash).with_for_update()).one()


def misfit(row: Mapping[str, Any], number: int, previous: str) -> Message | None:
    """Why a row is not event `number` of a chain whose event before has the hash `previous`."""
    if row["number"] != number:
        return message("event {number} is missing", number=number)
    if row["previous"] != previous:
        return message("event {number} does not follow the one before it", number=number)
    if not _is_as_recorded(row):
        return message("event {number} was altered after it was recorded", number=number)
    return None


def _is_as_recorded(row: Mapping[str, Any]) -> bool:
    try:
        return bool(event_hash(row) == row["hash"])
    except (TypeError, ValueError):  # something that was never text stands in a column
        return False


#: Column -> how many characters it holds.
_LENGTHS = {"by": 80, "text": 80, "claim": 80, "against": 64, "id": 36}


def _checked(entry: Entry) -> str:
    """The canonical payload of an entry that may be recorded.

    Raises:
        JournalError: it may not.
    """
    if entry.kind not in EVENT_KINDS:
        raise JournalError(
            "'{kind}' is no kind of event; use {kinds}.",
            kind=entry.kind,
            kinds=", ".join(EVENT_KINDS),
        )
    for name, limit in _LENGTHS.items():
        value = getattr(entry, name)
        if len(value) > limit or "\0" in value:
            raise JournalError(
                "The field '{name}' of the event is too long or not text.", name=name
            )
    if not entry.by.strip() or not (entry.text or entry.kind in OF_THE_INSTANCE):
        raise JournalError("An event needs a person and a text.")
    if len(entry.person) > 200:
        raise JournalError("The name of the person is longer than 200 characters; shorten it.")
    if entry.kind in AGAINST_A_CLAIM and not entry.claim:
        raise JournalError("A '{kind}' needs the claim it is about.", kind=entry.kind)
    if entry.kind == "comment" and not str(entry.payload.get("words", "")).strip():
        raise JournalError("The comment is empty; write something.")
    return _canonical_payload(entry)


def _canonical_payload(entry: Entry) -> str:
    try:
        payload = canonical(dict(entry.payload))
        payload.encode()
    except (TypeError, ValueError, UnicodeEncodeError) as error:
        raise JournalError("The event holds something that is not plain text or JSON.") from error
    if re.search(r"(?<!\\)(?:\\\\)*\\u0000", payload):
        raise JournalError("The event holds a NUL character, which is not plain text.")
    if len(payload) > MAX_PAYLOAD:
        raise JournalError(
            "The event holds more than {most:,} characters; shorten it.", most=MAX_PAYLOAD
        )
    return payload


def _signed(entry: Entry, before: Sequence[Event]) -> Event | None:
    """The same signature by the same person, given a moment ago on a claim that did not change."""
    since = takewhile(lambda one: one.kind not in DECISIONS, reversed(before))
    same = (one for one in since if one.accepted and one.against == entry.against)
    return next(
        (one for one in same if entry.kind == "sign-off" and _is_the_same(one, entry)), None
    )


def _is_the_same(known: Event, entry: Entry) -> bool:
    """Whether an entry is one that was recorded already, sent again."""

    def content(one: Event | Entry) -> tuple[object, ...]:
        words = {name: value for name, value in one.payload.items() if name != SEEN}
        if isinstance(changes := words.get("changes"), Mapping):  # `whole` adds no reasons
            words["changes"] = {"certainty_reasons": [], **changes}
        return one.by, one.kind, one.text, one.claim, canonical(words)

    return content(known) == content(entry)


def _told_again(
    entry: Entry, known: Event, registered: Claim | None, before: list[Event]
) -> DecisionConflict | None:
    """The conflict of an entry that came second and is sent again: it is still not applied."""
    if known.accepted:
        return None
    current, pending, _ = replay(registered, before)
    return _conflict(entry, registered, current, pending, before)


def _corrected(entry: Entry, known: Event, registered: Claim | None, before: list[Event]) -> Entry:
    """A form that was sent before, with other words now: an event of its own.

    Where nothing happened between the two, it corrects what its first sending made of the claim.
    """
    current, pending, _ = replay(registered, before)
    last = pending[-1] if pending else None
    follows = bool(last and current and last.id == known.id and entry.against == _seen(known))
    against = current.hash if follows and current else entry.against
    return replace(entry, id=str(uuid.uuid4()), against=against)


def _seen(event: Event) -> str:
    """The hash of the claim that whoever sent an event saw."""
    return str(event.payload.get(SEEN, event.against))


def _decide(
    entry: Entry, registered: Claim | None, before: list[Event]
) -> tuple[Entry, tuple[bool, str, DecisionConflict | None]]:
    """An entry as it is recorded; whether it is accepted, its result, the conflict if not."""
    current, pending, _ = replay(registered, before)
    now = current.hash if current else ADDED
    entry = whole(entry, current)
    if entry.against != now:
        versions = versions_after(registered, pending)
        seen = next((one for one in versions if one.hash == entry.against), None)
        if not still_fits(entry, seen, current):
            conflict = _conflict(entry, registered, current, pending, before)
            return entry, (False, entry.against, conflict)
        entry = replace(entry, against=now, payload={**entry.payload, SEEN: entry.against})
    if entry.kind == "sign-off":
        if current is None:
            raise JournalError("There is no claim '{claim}' to sign.", claim=entry.claim)
        return entry, (True, now, None)
    after = change(current, entry)
    return entry, (True, after.hash if after else ADDED, None)


def _conflict(
    entry: Entry,
    registered: Claim | None,
    current: Claim | None,
    pending: Sequence[Event],
    before: Sequence[Event],
) -> DecisionConflict:
    # The state that was seen, if the journal or the register knows it.
    versions = versions_after(registered, pending)
    seen = next((one for one in versions if one.hash == entry.against), None)
    yours = seen
    if entry.kind in DECISIONS:
        try:
            yours = change(seen or current, entry)
        except JournalError:
            yours = None
    # What was not accepted made no state, though it names the one that it was made against.
    made = (one for one in before if one.accepted and one.kind in AGAINST_A_CLAIM)
    last_seen = max((one.number for one in made if one.result == entry.against), default=0)
    since = (one for one in before if one.is_decision and one.accepted and one.number > last_seen)
    return DecisionConflict(seen, yours, current, tuple(since))
