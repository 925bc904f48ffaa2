"""What of a text needs an editor first, claim by claim, from its state alone."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from evidence.claims.claim import Claim
from evidence.claims.text import CitedSource
from evidence.journal import ClaimState, Event
from evidence.standing import StandingText
from evidence.summary import stands_alone
from references.record import Reference
from webapp.desk.state import Desk

#: Reasons to look at a claim, the most pressing first.
REASONS = (
    "conflict",
    "retracted",
    "contradicted",
    "page-missing",
    "page-changed",
    "lapsed",
    "to-assess",
    "unsupported",
    "new-evidence",
    "comment",
)
#: Statuses of cited sources that a person has to look at.
_UNSETTLED = {
    "not-located",
    "retracted",
    "several-candidates",
    "expression-of-concern",
    "unchecked",
    "differs",
    "partly-verified",
}


@dataclass(frozen=True)
class AttentionRow:
    """A claim as the dashboard lists it."""

    number: int
    claim: Claim
    state: ClaimState
    reasons: tuple[str, ...]
    new: tuple[Reference, ...]
    reviewed: Event | None

    @property
    def stage(self) -> str:
        """How far the claim is: "signed", "reviewed" or "open"."""
        if self.state.signed:
            return "signed"
        return "reviewed" if self.reviewed else "open"

    @property
    def urgency(self) -> tuple[int, int]:
        """Sorting key: the most pressing reason, then the order of the page."""
        first = REASONS.index(self.reasons[0]) if self.reasons else len(REASONS)
        return first, self.number


def reviewed_by(state: ClaimState) -> Event | None:
    """The last review of the claim as it is now, or None when nobody looked at it so far."""
    for event in reversed(state.events):
        if event.kind == "review" and event.accepted and event.result == state.hash:
            return event
    return None


def last_signed(state: ClaimState) -> datetime | None:
    """When the claim was last signed."""
    return state.signatures[-1].event.at if state.signatures else None


def open_conflicts(state: ClaimState) -> tuple[Event, ...]:
    """Decisions that came second and that their author has not decided again since."""
    return tuple(
        event
        for event in state.stale
        if not event.accepted
        and not any(
            later.number > event.number
            and later.by == event.by
            and later.accepted
            and (later.is_decision or later.kind == "sign-off")
            for later in state.events
        )
    )


def _new_evidence(
    claim: Claim, since: datetime | None, candidates: Iterable[Reference], topics: frozenset[str]
) -> tuple[Reference, ...]:
    if since is None:
        return ()
    wanted = topics.intersection(claim.all_concepts)
    linked = {link.reference for link in claim.links}
    return tuple(
        reference
        for reference in candidates
        if reference.key not in linked
        and wanted.intersection(reference.study.concepts)
        and str(reference.extra.get("updaterun", "9"))[:10] >= since.date().isoformat()
    )


def rows(desk: Desk, view: StandingText) -> list[AttentionRow]:
    """Every claim of a text with what needs attention."""
    library: Mapping[str, Reference] = desk.kb.library
    candidates = desk.candidates()
    topics = (
        frozenset(
            concept.id
            for concept in desk.kb.vocabulary
            if concept.facet in ("indication", "population", "nerve")
        )
        if candidates
        else frozenset()
    )
    found = []
    for number, claim in enumerate(view.text.claims, 1):
        state = view.states[claim.id]
        reviewed = reviewed_by(state)
        new = _new_evidence(claim, last_signed(state), candidates, topics)
        told = set()
        if open_conflicts(state):
            told.add("conflict")
        if any(
            (reference := library.get(link.reference)) and reference.status == "retracted"
            for link in claim.links
        ):
            told.add("retracted")
        status = view.located[claim.id].status if claim.id in view.located else ""
        if status == "missing":
            told.add("page-missing")
        elif status == "changed":
            told.add("page-changed")
        if state.lapsed or (state.signatures and not state.signed):
            told.add("lapsed")
        if not claim.is_assessed:
            told.add("to-assess")
        elif claim.verdict == "contradicted":
            told.add("contradicted")
        elif stands_alone(claim):
            told.add("unsupported")
        if new:
            told.add("new-evidence")
        if state.open_comments:
            told.add("comment")
        ordered = tuple(reason for reason in REASONS if reason in told)
        found.append(AttentionRow(number, claim, state, ordered, new, reviewed))
    return found


def unsettled(sources: Sequence[CitedSource]) -> tuple[CitedSource, ...]:
    """Cited sources not looked for yet, or that do not simply stand as cited."""
    return tuple(source for source in sources if source.status in _UNSETTLED)


@dataclass(frozen=True)
class Progress:
    """How far a text is: claims in all, looked at, signed, and each reason counted."""

    claims: int
    reviewed: int
    signed: int
    reasons: Mapping[str, int]
    sources: int

    @classmethod
    def of(cls, rows: Sequence[AttentionRow], sources: Sequence[CitedSource]) -> Progress:
        """Counted from the rows of a text and its cited sources."""
        counted = Counter(reason for row in rows for reason in row.reasons)
        return cls(
            len(rows),
            sum(row.stage in ("reviewed", "signed") for row in rows),
            sum(row.stage == "signed" for row in rows),
            {reason: counted[reason] for reason in REASONS if counted[reason]},
            len(unsettled(sources)),
        )
