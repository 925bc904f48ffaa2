"""The texts as they stand: register, accepted decisions, page and drift, put together here only.

A register says what a text claimed when its file was written; the journal says what people
decided since; the page says what still stands there. Whoever shows, counts, searches, exports
or reports claims asks this module, so that every address gives one answer.

    Assembler      a knowledge base and an instance; `now()` gives the texts as they stand
    Standing       all texts at one moment, and which claims each reference bears on
    StandingText   one text: for editors whole, for readers what has been assessed

What a reader may be told (`public`): the assessed claims of a text that is published, and nothing
of a text at any other stage (`evidence.journal.stage`) or of which no claim has been assessed. A
published text that never had a claim is public: there is nothing to assess in it.
"""

from __future__ import annotations

import hashlib
import logging
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any

from evidence.claims.claim import STANCES, Claim, Link
from evidence.claims.text import CitedSource, Text
from evidence.instance import Sharing, has_journal
from evidence.journal.event import Event, JournalError
from evidence.journal.sharing import sharing_of
from evidence.journal.stage import Stage, StageName, Stages, TextGone
from evidence.journal.state import (
    ClaimState,
    Rules,
    signed_pages_of,
    signing_payload,
    sources_of,
    states_of,
    versions_of,
)
from evidence.journal.text_data import changed_text, dismissals
from evidence.knowledge import no_text, stamp_of_files
from evidence.summary import Status, standing_summary
from references.errors import UserError

if TYPE_CHECKING:  # a search needs neither the comparison of pages nor a database
    from evidence.anchoring.drift import Drift
    from evidence.anchoring.located import Located
    from evidence.claims.readings import ClaimReadings
    from evidence.claims.summary import Summary
    from evidence.journal.store import Journal
    from evidence.knowledge import KnowledgeBase
    from evidence.originals.versions import Version

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class StandingText:
    """A text as it stands, read from the journal at one moment; the rest is worked out on demand.

    `registered` is the register as written, `events` all that happened to the text since, oldest
    first. `version` is the newest original of the page, None when there is none. `stage` says
    who may see it. Where the journal could not be read, `journal_error` says why and the register
    stands alone.
    """

    registered: Text
    kb: KnowledgeBase
    events: tuple[Event, ...] = ()
    rules: Rules = field(default_factory=Rules)
    version: Version | None = None
    journal_error: JournalError | None = None
    page_error: UserError | None = None
    read_page: Callable[[Version], str] = lambda version: ""
    compare: Callable[[StandingText, str], Drift] | None = None
    stage: Stage = field(default_factory=lambda: Stage("published"))
    serial: int = field(default_factory=count(1).__next__, compare=False)  # of each state

    def whole(self) -> StandingText:
        """The same text, for whoever decides on it or signs it.

        Raises:
            UserError: the journal or the page cannot be read, so that something is missing.
        """
        error = self.journal_error or self.page_fault
        if error is not None:
            raise error
        return self

    # ---- register and decisions -------------------------------------------------------

    @cached_property
    def _decided(self) -> dict[str, ClaimState]:
        """The claims with their decisions; whether signatures still hold is in `states`."""
        return states_of(self.registered, self.events)

    @cached_property
    def text(self) -> Text:
        """The text with every accepted decision in it, drafted claims included."""
        claims = tuple(
            state.claim.model_copy(update={"reviewed": state.review})
            for state in self._decided.values()
            if state.claim
        )
        data = changed_text(self.registered, self.events)
        return data.model_copy(update={"claims": claims, "sources": sources_of(data, self.events)})

    @cached_property
    def public(self) -> Text | None:
        """Of a published text its assessed claims; None when readers see nothing of it."""
        if not self.stage.is_public:
            return None
        assessed = tuple(claim for claim in self.text.claims if claim.is_assessed)
        if self._decided and not assessed:  # claims there are, or were until they were removed
            return None
        kept = {claim.section for claim in assessed}
        only_drafted = {claim.section for claim in self.unassessed} - kept
        sections = tuple(one for one in self.text.sections if one.id not in only_drafted)
        public = self.text.model_copy(update={"claims": assessed, "sections": sections})
        return public.model_copy(update={"summary": standing_summary(public)})

    @property
    def status(self) -> Status:
        """How many of the claims that readers see were read twice and signed, and as of when."""
        shown = self.public or self.text
        days = [claim.reviewed.on for claim in shown.claims if claim.reviewed]
        if self.registered.summary and self.registered.summary.written:
            days.append(self.registered.summary.written)
        return Status(
            claims=len(shown.claims),
            read_twice=sum(claim.id in self.readings for claim in shown.claims),
            signed=sum(self.is_signed(claim) for claim in shown.claims),
            as_of=max(days, default=None),
        )

    @property
    def unassessed(self) -> tuple[Claim, ...]:
        """The drafted claims on which nobody has decided so far."""
        return tuple(claim for claim in self.text.claims if not claim.is_assessed)

    def was_assessed(self, claim_id: str) -> bool:
        """Whether a claim, there or removed, was ever more than a draft.

        Of one whose removal is written in the register only its events are left.
        """
        state = self._decided.get(claim_id)
        if state is None:
            return False
        if versions := tuple(versions_of(state)):
            return any(claim.is_assessed for claim in versions)
        return any(event.accepted and _assesses(event) for event in state.events)

    def is_signed(self, claim: Claim) -> bool:
        """Whether enough signatures hold on a claim as it is now.

        The journal comes before what the register says of signatures.
        """
        state = self.states.get(claim.id)
        if state and state.signatures:
            return state.signed
        return claim.reviewed is not None and claim.reviewed.claim_hash == claim.hash

    def signing_payload(self, claim: Claim, note: str = "") -> dict[str, Any]:
        """What a signature on a claim, as it was seen, stands on: references, page, proposal.

        `note` is the reason for deciding otherwise than the rules propose.
        """
        from evidence.appraisal.verdict import propose

        proposal = propose(claim, self.kb.library)
        proposed = {"verdict": proposal.verdict, "certainty": proposal.certainty}
        located = self.located.get(claim.id)
        passage = located.around.as_dict() if located and located.around else None
        return signing_payload(claim, self.kb.library, self.page_hash, proposed, note, passage)

    @cached_property
    def readings(self) -> Mapping[str, ClaimReadings]:
        """What two readers made of its claims, each on their own; by claim, those there still."""
        made = self.kb.readings(self.registered.id)
        return {claim.id: made[claim.id] for claim in self.text.claims if claim.id in made}

    def state(self, claim_id: str) -> ClaimState | None:
        """The state of a claim that exists, or None."""
        state = self.states.get(claim_id)
        return state if state and state.claim else None

    # ---- the page ---------------------------------------------------------------------

    @cached_property
    def _compared(self) -> tuple[str, Drift | None, UserError | None]:
        """The page, what became of the claims on it, and why neither could be read."""
        if self.version is None or self.compare is None:
            return "", None, None
        try:
            page = self.read_page(self.version)
            return page, self.compare(self, page), None
        except UserError as error:
            log.error("the page of %s cannot be read: %s", self.registered.id, error)
            return "", None, error

    @property
    def page_fault(self) -> UserError | None:
        """Why the newest original cannot be read or compared, or None."""
        return self.page_error or self._compared[2]

    @property
    def page(self) -> str:
        """The plain text of the newest original, "" when there is none."""
        return self._compared[0]

    @property
    def drift(self) -> Drift | None:
        """What became of the claims on the newest original, None when there is none."""
        return self._compared[1]

    @cached_property
    def states(self) -> Mapping[str, ClaimState]:
        """The claims in the order of the page; removed ones are there with `claim` None."""
        lapses = {one.claim: one.lapses for one in self.drift.claims} if self.drift else {}
        return states_of(self.registered, self.events, self.kb.library, lapses, self.rules)

    @cached_property
    def located(self) -> dict[str, Located]:
        """Where each claim stands on the page."""
        return {one.claim: one for one in self.drift.claims} if self.drift else {}

    def own_sources(self, claim_id: str) -> tuple[tuple[int, CitedSource], ...]:
        """The printed sources that the sentence of a claim calls, by number, as last checked."""
        located = self.located.get(claim_id)
        called = self.drift.called_by(located) if self.drift and located else ()
        known = {source.cited: source for source in self.text.sources}
        return tuple((one.number, known[one.cited]) for one in called if one.cited in known)

    @property
    def page_hash(self) -> str:
        """The SHA-256 of the newest original, "" when none is loaded."""
        return self.version.sha256 if self.version else ""


def _assesses(event: Event) -> bool:
    """True for an event that only an assessed claim can have: a signature, a rationale."""
    changes = event.payload.get("changes", {}) if event.kind == "review" else {}
    return event.kind == "sign-off" or "rationale" in changes


@dataclass(frozen=True)
class Standing:
    """All texts of a base and an instance as they stood at one moment.

    `texts` are all of them, for editors; everything else is what readers may be told. `stamp`
    changes whenever any of it could be different.
    """

    stamp: str
    texts: Mapping[str, StandingText]
    journal_error: JournalError | None = None
    summaries: Mapping[str, Summary] = field(default_factory=dict)
    gone: Mapping[str, Stage] = field(default_factory=dict)

    def text(self, text_id: str) -> StandingText:
        """A text of any state, for editors.

        Raises:
            NotFound: there is no such text.
        """
        if text := self.texts.get(text_id):
            return text
        raise no_text(text_id, self.texts)

    @cached_property
    def public(self) -> Mapping[str, Text]:
        """The texts that readers see, by id, each with its assessed claims."""
        return {name: one.public for name, one in self.texts.items() if one.public is not None}

    def public_text(self, text_id: str) -> Text:
        """A text as readers see it.

        Raises:
            NotFound: there is no such text, or readers do not see it.
            TextGone: it was withdrawn or deleted.
        """
        if text_id in self.gone:
            raise TextGone(self.gone[text_id])
        if text := self.public.get(text_id):
            return text
        raise no_text(text_id, self.public)

    def claims(self) -> Iterator[tuple[Text, Claim]]:
        """The assessed claims of all texts, in the order of their pages."""
        return ((text, claim) for text in self.public.values() for claim in text.claims)

    @cached_property
    def concept_summaries(self) -> Mapping[str, Summary]:
        """What is known of a concept, by concept, where the verdicts it rests on still stand."""
        verdicts = {f"{text.id}/{claim.id}": claim.judgement for text, claim in self.claims()}
        return {
            concept: summary
            for concept, summary in self.summaries.items()
            if summary.holds(verdicts)
        }

    @cached_property
    def _uses(self) -> Mapping[str, list[tuple[Text, Claim, Link]]]:
        uses: dict[str, list[tuple[Text, Claim, Link]]] = {}
        for text, claim in self.claims():
            for link in claim.links:
                uses.setdefault(link.reference, []).append((text, claim, link))
        return uses

    def uses_of(self, key: str) -> list[tuple[Text, Claim, Link]]:
        """Where a reference is linked: text, assessed claim and link."""
        return self._uses.get(key, [])

    @cached_property
    def stances(self) -> Mapping[str, frozenset[str]]:
        """Keys of the references linked to assessed claims, by the stance of the link."""
        return {
            stance: frozenset(
                key
                for key, uses in self._uses.items()
                if any(link.stance == stance for _text, _claim, link in uses)
            )
            for stance in STANCES
        }


class Assembler:
    """Puts the texts of a base and an instance together, anew only where something changed.

    Other processes write too: `now()` looks at dates and journal. Safe to share between threads.
    """

    def __init__(self, kb: KnowledgeBase, instance: Path, beside: Assembler | None = None) -> None:
        from evidence.originals.versions import Originals

        self.kb = kb
        self.instance = instance
        self._journal: Journal | None = beside._journal if beside else None  # the open one
        self._opening = threading.Lock()
        self.files: Sharing = beside.files if beside else sharing_of(instance, lambda: self.journal)
        self.originals = Originals(instance, self.files)
        self._heads: tuple[str, dict[str, str]] = ("", {})
        self.stamps: dict[str, int] = {}  # how often documents of each kind had changed, at last
        self._stages = Stages(instance)
        self._standing: Standing | None = None
        self._texts: dict[str, tuple[tuple[object, ...], StandingText]] = {}
        self._drifts: dict[str, tuple[tuple[object, ...], Drift]] = {}

    # ---- the journal ------------------------------------------------------------------

    @property
    def has_journal(self) -> bool:
        """True when anything may have been recorded; asking makes no journal."""
        return self._journal is not None or has_journal(self.instance)

    @property
    def journal(self) -> Journal:
        """The journal, opened (and made) when first needed.

        Raises:
            JournalError: it cannot be used.
        """
        from evidence.journal.store import Journal

        with self._opening:
            if self._journal is None:
                self._journal = Journal.open(self.instance)
            return self._journal

    def close(self) -> None:
        """Give the connections of the journal back."""
        journal, self._journal = self._journal, None
        if journal is not None:
            journal.close()

    # ---- the texts --------------------------------------------------------------------

    def now(self) -> Standing:
        """The texts as they stand now; the registers alone when the journal cannot be read."""
        try:
            head, heads = self._journal_heads()
            self.files.pull(self.stamps.get("file", 0))
            error = None
        except JournalError as away:
            head, heads, error = "away", {}, away
        registers = self.kb.read_texts_again()
        today = datetime.now(UTC).date().isoformat()  # signatures expire
        pages = self.files.stamp or stamp_of_files(self.originals.folder)
        stamp = hashlib.sha256("\0".join((registers, head, pages, today)).encode()).hexdigest()[:24]
        if (standing := self._standing) is None or standing.stamp != stamp:
            standing = self._standing = self._assemble(stamp, heads, today, error)
        return standing

    def _journal_heads(self) -> tuple[str, dict[str, str]]:
        """The hash of the last event of all, and of each text."""
        if not self.has_journal:
            return "", {}
        head, self.stamps = self.journal.pulse()
        if self._heads[0] != head:
            self._heads = head, self.journal.text_heads()
        return self._heads

    def _assemble(
        self, stamp: str, heads: Mapping[str, str], today: str, error: JournalError | None
    ) -> Standing:
        def standing(
            stamp: str, heads: Mapping[str, str], rules: Rules, error: JournalError | None
        ) -> Standing:
            events_of = self.journal.events if self.has_journal and not error else None
            stages = self._stages.now(heads, events_of)
            texts = {
                registered.id: self._text(registered, heads, today, rules, error, stages)
                for registered in self.kb.texts.values()
                if not ((known := stages.get(registered.id)) and known.name == "deleted")
            }
            at = stages | {name: one.stage for name, one in texts.items()}
            gone = {name: stage for name, stage in at.items() if stage.is_gone}
            return Standing(stamp, texts, error, self.kb.summaries, gone)

        try:
            return standing(stamp, heads, Rules.of(self.kb.settings), error)
        except JournalError as away:  # between its head and its events, or no rules to sign by
            return standing(f"{stamp}-away", {}, Rules(), away)

    def _text(
        self,
        registered: Text,
        heads: Mapping[str, str],
        today: str,
        rules: Rules,
        error: JournalError | None,
        stages: Mapping[str, Stage],
    ) -> StandingText:
        usual: StageName = "private" if self.kb.is_brought(registered.id) else "published"
        stage = stages.get(registered.id) or Stage(registered.state or usual)
        version, page_error = self._version(registered.id)
        head, read = heads.get(registered.id, ""), self.kb.readings(registered.id)
        key = (id(registered), head, version, str(page_error), today, str(error), stage, read)
        known = self._texts.get(registered.id)
        if known and known[0] == key and known[1].registered is registered:
            return known[1]
        made = StandingText(
            registered,
            self.kb,
            tuple(self.journal.events(registered.id)) if head else (),
            rules,
            version,
            error,
            page_error,
            self.originals.text,
            self._known_drift,
            stage,
        )
        self._texts[registered.id] = key, made
        return made

    def _version(self, text_id: str) -> tuple[Version | None, UserError | None]:
        try:
            return self.originals.latest(text_id), None
        except UserError as error:
            log.error("the original of %s cannot be read: %s", text_id, error)
            return None, error

    def _known_drift(self, standing: StandingText, page: str) -> Drift:
        """`compare`, worked out again only when page, anchors or signatures changed."""
        text = standing.text
        key = (
            standing.page_hash,
            tuple(sorted(signed_pages_of(standing.events).items())),
            tuple((claim.id, claim.anchor) for claim in text.claims),
            tuple(dismissals(standing.events)),
        )
        known = self._drifts.get(text.id)
        if known and known[0] == key:
            return known[1]
        drift = self.compare(standing, page)
        self._drifts[text.id] = key, drift
        return drift

    def compare(self, standing: StandingText, page: str) -> Drift:
        """What became of the claims of a text, as it stands, on a page.

        Raises:
            UserError: an earlier version of the page, or its trace, is damaged.
        """
        from evidence.anchoring import drift

        text = standing.text
        return drift.check(
            text,
            page,
            self.originals,
            drift.read_fingerprint(self.kb.text_path(text.id).parent, text.id),
            signed_pages_of(standing.events),
            self.kb.vocabulary,
        ).without(dismissals(standing.events))
