"""What a page of the desk asks for and records: entries of the journal, candidates, persons."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any, cast

from flask import g, request

from evidence.claims.claim import Bilingual, Claim
from evidence.journal import DecisionConflict, Entry, JournalUnavailable, Recorded
from evidence.journal.event import EventKind
from evidence.services.update import candidates_file
from references.formats.bibtex import read_file
from references.record import Reference
from webapp import outage
from webapp.accounts.session import signed_in
from webapp.site import refresh_standing, site, standing


def sent_entry(
    kind: EventKind,
    text_id: str,
    claim_id: str = "",
    payload: Mapping[str, Any] | None = None,
    against: str | None = None,
) -> Entry:
    """An entry of the journal in the name of who is signed in.

    Args:
        kind: what is done.
        text_id: the text it is done to.
        claim_id: the claim, "" for the text as a whole.
        payload: what the kind asks for.
        against: the hash of the claim that was seen; None for the one that the form carries,
            which then names the entry too, so that a form sent twice is one event.
    """
    me, name = signed_in(), ""
    if against is None:
        against, name = request.form.get("against", "")[:64], request.form.get("entry", "")
    try:
        entry_id = str(uuid.UUID(name))
    except ValueError:
        entry_id = str(uuid.uuid4())
    return Entry(me.name, kind, text_id, claim_id, against, payload or {}, me.person, entry_id)


def append(entry: Entry, registered: Claim | None = None) -> Recorded:
    """Append an entry; the event as recorded, with the conflict when somebody decided first.

    Args:
        entry: what is to be recorded.
        registered: the claim as its register has it, for decisions and signatures.

    Raises:
        JournalError: the entry is not valid.
    """
    recorded = site().assembler.journal.record(entry, registered)
    refresh_standing()
    return recorded


def record(entry: Entry, registered: Claim | None = None) -> DecisionConflict | None:
    """Append an entry; the conflict when somebody decided first. Arguments as in `append`."""
    return append(entry, registered).conflict


@lru_cache(maxsize=4)
def _records(path: Path, stamp: int) -> tuple[Reference, ...]:
    return tuple(read_file(path).references)


def candidates() -> tuple[Reference, ...]:
    """The records that `evidence update` found and nobody has screened yet."""
    path = candidates_file(site().instance)
    try:
        return _records(path, path.stat().st_mtime_ns)
    except OSError:
        return ()


def person_of(account: str) -> str:
    """The name a person signs with, or the account's own when it is unknown."""
    if "persons" not in g:
        try:
            g.persons = {one.name: one.person for one in site().accounts.all()}
        except JournalUnavailable as fault:
            outage.degrade(fault)
            g.persons = {}
    return cast(str, g.persons.get(account, account))


def claim_words(text_id: str, claim_id: str) -> Bilingual:
    """What a claim says, removed ones as they were last; its id when nothing is known of it."""
    text = standing().texts.get(text_id)
    state = text.states.get(claim_id) if text else None
    known = (state.claim or state.registered) if state else None
    return known.statement if known else Bilingual(fr=claim_id, en=claim_id)
