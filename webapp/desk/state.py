"""What a page of the desk asks for: the texts whole, the journal, who may sign in, candidates."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, cast

from flask import current_app, g

from evidence.claims.claim import Bilingual, Claim
from evidence.journal import DecisionConflict, Entry, Event, Journal, JournalUnavailable
from evidence.journal.accounts import Accounts
from evidence.knowledge import KnowledgeBase
from evidence.originals.versions import Originals
from evidence.services.update import candidates_file
from evidence.standing import Assembler, StandingText
from references.formats.bibtex import read_file
from references.record import Reference
from webapp.http import outage
from webapp.site import look_again, standing


@dataclass
class Desk:
    """The journal, the accounts and the originals of the instance that this app serves."""

    assembler: Assembler
    _new: tuple[Any, tuple[Reference, ...]] = ((), ())
    _lock: threading.RLock = field(default_factory=threading.RLock)
    #: References suggested for a statement (French, English), with reasons: see `decision`.
    suggested: dict[tuple[str, str], tuple[tuple[str, tuple[str, ...]], ...]] = field(
        default_factory=dict
    )

    @property
    def kb(self) -> KnowledgeBase:
        """The base whose texts are decided on."""
        return self.assembler.kb

    @property
    def instance(self) -> Path:
        """The folder of the journal, the pages and the texts that were brought."""
        return self.assembler.instance

    @property
    def originals(self) -> Originals:
        """The pages that were loaded."""
        return self.assembler.originals

    @property
    def has_journal(self) -> bool:
        """True when anything may have been recorded or anybody may have an account."""
        return self.assembler.has_journal

    @property
    def journal(self) -> Journal:
        """The journal, opened (and made) when first needed.

        Raises:
            JournalError: it cannot be used.
        """
        return self.assembler.journal

    @cached_property
    def accounts(self) -> Accounts:
        """Who may sign in."""
        return Accounts(self.journal)

    def record(
        self, entry: Entry, registered: Claim | None = None
    ) -> tuple[Event, DecisionConflict | None]:
        """Append an event; the conflict when somebody decided first.

        Raises:
            JournalError: the entry is not valid.
        """
        recorded = self.journal.record(entry, registered)
        look_again()
        return recorded.event, recorded.conflict

    def view(self, text_id: str) -> StandingText:
        """A text as it stands now, with all that an editor decides on.

        Raises:
            NotFound: there is no such text.
            UserError: the journal or the page cannot be read.
        """
        return standing().text(text_id).whole()

    def candidates(self) -> tuple[Reference, ...]:
        """The records that `evidence update` found and nobody has screened yet."""
        path = candidates_file(self.instance)
        try:
            stamp = path.stat().st_mtime_ns
        except OSError:
            return ()
        with self._lock:
            if self._new[0] == stamp:
                return self._new[1]
        found = tuple(read_file(path).references)
        with self._lock:
            self._new = (stamp, found)
        return found


def desk() -> Desk:
    """The desk of the app that answers this request."""
    return cast(Desk, current_app.extensions["desk"])


def person_of(account: str) -> str:
    """The name a person signs with, or the account's own when it is unknown."""
    if "persons" not in g:
        try:
            g.persons = {one.name: one.person for one in desk().accounts.all()}
        except JournalUnavailable as fault:
            outage.met(fault)
            g.persons = {}
    return cast(str, g.persons.get(account, account))


def claim_words(text_id: str, claim_id: str) -> Bilingual:
    """What a claim says, removed ones as they were last; its id when nothing is known of it."""
    text = standing().texts.get(text_id)
    state = text.states.get(claim_id) if text else None
    known = (state.claim or state.registered) if state else None
    return known.statement if known else Bilingual(fr=claim_id, en=claim_id)
