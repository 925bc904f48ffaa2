"""What the desk knows of a text: register and journal together, the page, what it drifted from.

Everything is worked out anew when the journal grew, the page was loaded again, or the day
changed (signatures expire), and kept until then.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from functools import cached_property
from pathlib import Path
from typing import Any, cast

from flask import current_app, g

from evidence import drift
from evidence.accounts import Accounts
from evidence.claim import Bilingual, Claim, Review
from evidence.instance import has_journal
from evidence.journal import (
    ClaimState,
    Conflict,
    Entry,
    Event,
    Journal,
    JournalError,
    JournalUnavailable,
    Rules,
)
from evidence.journal.state import change
from evidence.knowledge import KnowledgeBase
from evidence.original import Originals, Version
from evidence.relocate import Located
from evidence.text import Text
from evidence.update import candidates_file
from references.bibtex import read_file
from references.record import Reference
from webapp import outage


@dataclass(frozen=True)
class View:
    """A text as it stands now.

    `text` holds every accepted decision, with `reviewed` as the journal knows it; `states`
    are in the order of the page, removed claims last known with `claim` None. `version` and
    `page` are the newest original, `drift` what became of the claims on it.
    """

    text: Text
    registered: Text
    states: Mapping[str, ClaimState]
    events: tuple[Event, ...]
    version: Version | None = None
    page: str = ""
    drift: drift.Drift | None = None

    @cached_property
    def located(self) -> dict[str, Located]:
        """Where each claim stands on the page."""
        return {found.claim: found for found in self.drift.claims} if self.drift else {}

    @property
    def page_hash(self) -> str:
        """The SHA-256 of the newest original, "" when none is loaded."""
        return self.version.sha256 if self.version else ""

    def state(self, claim_id: str) -> ClaimState | None:
        """The state of a claim that exists, or None."""
        state = self.states.get(claim_id)
        return state if state and state.claim else None


@dataclass
class Desk:
    """The journal, the accounts and the originals of the instance that this app serves."""

    kb: KnowledgeBase
    instance: Path
    _journal: Journal | None = None
    _views: dict[str, tuple[Any, View]] = field(default_factory=dict)
    _drifts: dict[str, tuple[Any, drift.Drift]] = field(default_factory=dict)
    _new: tuple[Any, tuple[Reference, ...]] = ((), ())
    _lock: threading.RLock = field(default_factory=threading.RLock)
    #: References suggested for a statement (French, English), with reasons: see `decision`.
    suggested: dict[tuple[str, str], tuple[tuple[str, tuple[str, ...]], ...]] = field(
        default_factory=dict
    )

    # ---- the journal --------------------------------------------------------------

    @property
    def has_journal(self) -> bool:
        """True when anything may have been recorded or anybody may have an account."""
        return self._journal is not None or has_journal(self.instance)

    @property
    def journal(self) -> Journal:
        """The journal, opened (and made) when first needed.

        Raises:
            JournalError: it cannot be used.
        """
        with self._lock:
            if self._journal is None:
                self._journal = Journal.open(self.instance)
            return self._journal

    @cached_property
    def accounts(self) -> Accounts:
        """Who may sign in."""
        return Accounts(self.journal)

    @cached_property
    def originals(self) -> Originals:
        """The pages that were loaded."""
        return Originals(self.instance)

    @cached_property
    def rules(self) -> Rules:
        """How long a signature holds, and how many are asked for."""
        return Rules.of(self.kb.settings)

    def record(
        self, entry: Entry, registered: Claim | None = None
    ) -> tuple[Event, Conflict | None]:
        """Append an event; the conflict when somebody decided first.

        Raises:
            JournalError: the entry is not valid.
        """
        recorded = self.journal.record(entry, registered)
        return recorded.event, recorded.conflict

    # ---- texts --------------------------------------------------------------------

    def stamp(self) -> str:
        """Changes whenever a page could show something else."""
        head = self.journal.head()[0] if self.has_journal else 0
        pages = self.originals.folder
        loaded = max((p.stat().st_mtime_ns for p in pages.glob("*")), default=0)
        return f"{head}-{loaded}-{len(self.kb.texts)}-{date.today().isoformat()}"

    def view(self, text_id: str) -> View:
        """The text as it stands now.

        Raises:
            NotFound: there is no such text.
        """
        text = self.kb.text(text_id)
        version = self.originals.latest(text_id)
        head = self.journal.head()[0] if self.has_journal else 0
        asked = (head, text, version.sha256 if version else "", datetime.now(UTC).date())
        with self._lock:
            known = self._views.get(text_id)
        if known and known[0][0] == head and known[0][1] is text and known[0][2:] == asked[2:]:
            return known[1]
        made = self._view(text, version)
        with self._lock:
            self._views[text_id] = (asked, made)
        return made

    def _view(self, text: Text, version: Version | None) -> View:
        if not self.has_journal and version is None:
            states = {c.id: ClaimState(c.id, c, c, rules=self.rules) for c in text.claims}
            return View(text, text, states, ())
        current = self.journal.current_text(text)
        found, page = None, ""
        if version:
            page = self.originals.text(version)
            found = self._drift(current, version, page)
        status = {one.claim: one.status for one in found.claims} if found else {}
        states = self.journal.states(text, self.kb.library, status, self.rules)
        claims = tuple(
            state.claim.model_copy(update={"reviewed": _review(state)})
            for state in states.values()
            if state.claim
        )
        return View(
            current.model_copy(update={"claims": claims}),
            text,
            states,
            tuple(self.journal.events(text.id)),
            version,
            page,
            found,
        )

    def _drift(self, text: Text, version: Version, page: str) -> drift.Drift:
        signed = self.journal.signed_pages(text.id)
        asked = (
            version.sha256,
            tuple(sorted(signed.items())),
            tuple((claim.id, claim.anchor) for claim in text.claims),
        )
        with self._lock:
            known = self._drifts.get(text.id)
        if known and known[0] == asked:
            return known[1]
        found = self.compare(text, page)
        with self._lock:
            self._drifts[text.id] = (asked, found)
        return found

    def compare(self, text: Text, page: str) -> drift.Drift:
        """What became of the claims of a text on a page."""
        folder = self.kb.text_path(text.id).parent
        return drift.check(
            text,
            page,
            self.originals,
            drift.read_trace(folder, text.id),
            self.journal.signed_pages(text.id),
            self.kb.vocabulary,
        )

    def texts_changed(self) -> None:
        """Read the registers again after one was written."""
        self.kb.read_texts_again()
        with self._lock:
            self._views.clear()
            self._drifts.clear()

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


def _review(state: ClaimState) -> Review | None:
    """Who signed the claim last; the journal comes before what the register says."""
    if not state.signatures:
        return state.registered.reviewed if state.registered else None
    last = state.signatures[-1].event
    same = [s.event for s in state.signatures if s.event.against == last.against]
    names = list(dict.fromkeys(event.person for event in same))
    return Review(by=", ".join(names), on=last.at.date(), claim_hash=last.against)


def claim_at(state: ClaimState, seen: str) -> Claim | None:
    """The claim as it was when its hash was `seen`, if register or journal know it."""
    claim = state.registered
    if claim and claim.hash == seen:
        return claim
    for event in state.pending:
        try:
            claim = change(claim, event)
        except JournalError:
            return None
        if claim and claim.hash == seen:
            return claim
    return None


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
    state = desk().view(text_id).states.get(claim_id) if text_id in desk().kb.texts else None
    known = (state.claim or state.registered) if state else None
    return known.statement if known else Bilingual(fr=claim_id, en=claim_id)
