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
from evidence.summary import LOCATED, stands_alone
from references.record import Reference
from references.verify import cited_string
from webapp.desk.recording import candidates
from webapp.site import site
from webapp.wording.last_check import last_check

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


def attention_rows(view: StandingText) -> list[AttentionRow]:
    """Every claim of a text with what needs attention."""
    waiting = candidates()
    topics = frozenset(
        concept.id
        for concept in (site().kb.vocabulary if waiting else ())
        if concept.facet in ("indication", "population", "nerve")
    )
    rows = []
    for number, claim in enumerate(view.text.claims, 1):
        state = view.states[claim.id]
        new = _new_evidence(claim, last_signed(state), waiting, topics)
        reasons = _reasons(view, claim, state, new)
        rows.append(AttentionRow(number, claim, state, reasons, new, reviewed_by(state)))
    return rows


def _reasons(
    view: StandingText, claim: Claim, state: ClaimState, new: tuple[Reference, ...]
) -> tuple[str, ...]:
    """Why a claim needs attention, the most pressing first."""
    library, located = site().kb.library, view.located.get(claim.id)
    linked = [library[link.reference] for link in claim.links if link.reference in library]
    judged = claim.is_assessed
    contradicted = judged and claim.verdict == "contradicted"
    applies = {
        "conflict": bool(open_conflicts(state)),
        "retracted": any(reference.status == "retracted" for reference in linked),
        "contradicted": contradicted,
        "page-missing": located is not None and located.status == "missing",
        "page-changed": located is not None and located.status == "changed",
        "lapsed": state.lapsed,
        "to-assess": not judged,
        "unsupported": judged and not contradicted and stands_alone(claim),
        "new-evidence": bool(new),
        "comment": bool(state.open_comments),
    }
    return tuple(reason for reason in REASONS if applies[reason])


def unsettled(sources: Sequence[CitedSource]) -> tuple[CitedSource, ...]:
    """Cited sources not looked for yet, or that do not simply stand as cited and about which
    nobody has decided.
    """
    return tuple(
        source
        for source in sources
        if source.status not in LOCATED
        and not ((last := last_check(cited_string(source.cited))) and last.settlement)
    )


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
