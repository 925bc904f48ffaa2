"""A claim as its register and its events make it, and the signatures that stand on it.

Decisions form a row: each names the hash of the claim it was made against and the hash it
made. The register's own hash says where in that row it stands (all before it is already
written there); what comes after is applied. A register that was edited to something the row
does not contain starts anew: the decisions before are shown as stale, never dropped.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

from pydantic import ValidationError

from evidence.claims.claim import Claim, Link, Review, as_before
from evidence.claims.text import CitedSource, Text
from evidence.claims.validation import mend
from evidence.journal.event import ADDED, Entry, Event, JournalError, canonical
from references.errors import message
from references.record import Reference

#: Fields of a claim that a review may change; links have events of their own.
CHANGEABLE = frozenset(Claim.model_fields) - {"id", "links", "reviewed"}

#: Fields that are decided together.
_JUDGES = {"verdict", "certainty", "rationale"}

LapseReason = Literal[
    "claim-changed",
    "reference-changed",
    "reference-retracted",
    "page-changed",
    "heading-changed",
    "lead-changed",
    "expired",
]


@dataclass(frozen=True)
class Rules:
    """What makes a signature valid: for how many days, and how many people must sign."""

    valid_days: int = 730
    signatures: int = 1

    @classmethod
    def of(cls, settings: Mapping[str, Any]) -> Rules:
        """The rules of a knowledge base: `[signing]` of its settings, which were checked."""
        return cls(**settings.get("signing", {}))


@dataclass(frozen=True)
class Lapse:
    """Why a signature no longer holds; `what` names the reference where there is one."""

    reason: LapseReason
    what: str = ""


@dataclass(frozen=True)
class Signature:
    """A sign-off and, when it no longer holds, why."""

    event: Event
    lapses: tuple[Lapse, ...] = ()

    @property
    def holds(self) -> bool:
        """True when nothing it was given for has changed."""
        return not self.lapses


@dataclass(frozen=True)
class ClaimState:
    """A claim now: the register plus the accepted events.

    `registered` is the claim of the register (None when it was added since), `claim` the
    claim as decided (None when it was removed). `stale` are decisions made against a state
    that is no longer current. `pending` are decisions the register does not hold yet.
    """

    claim_id: str
    registered: Claim | None
    claim: Claim | None
    events: tuple[Event, ...] = ()
    stale: tuple[Event, ...] = ()
    pending: tuple[Event, ...] = ()
    signatures: tuple[Signature, ...] = ()
    rules: Rules = field(default_factory=Rules)

    @property
    def hash(self) -> str:
        """The hash to decide against."""
        return self.claim.hash if self.claim else ADDED

    @property
    def signers(self) -> Mapping[str, str]:
        """Who has a signature that holds, account to name: one of each person counts."""
        return {one.event.by: one.event.person for one in self.signatures if one.holds}

    @property
    def signed(self) -> bool:
        """True when enough different people's signatures hold."""
        return len(self.signers) >= self.rules.signatures

    @property
    def lapsed(self) -> bool:
        """True when a signature that it needs holds no more, and its signer gave no other."""
        signed_once = {one.event.by for one in self.signatures}
        return not self.signed and bool(signed_once - self.signers.keys())

    @property
    def review(self) -> Review | None:
        """Who signed the claim last; the journal comes before what the register says."""
        if not self.signatures:
            return self.registered.reviewed if self.registered else None
        last = self.signatures[-1].event
        same = [s.event for s in self.signatures if s.event.against == last.against]
        names = list(dict.fromkeys(event.person for event in same))
        return Review(by=", ".join(names), on=last.at.date(), claim_hash=last.against)

    @property
    def assignee(self) -> str:
        """The account the claim was last assigned to, "" for nobody."""
        given = [event for event in self.events if event.kind == "assignment"]
        return str(given[-1].payload.get("to", "")) if given else ""

    @property
    def open_comments(self) -> tuple[Event, ...]:
        """Comments that nobody has resolved, oldest first."""
        resolved = {e.payload.get("comment") for e in self.events if e.kind == "comment-resolved"}
        return tuple(e for e in self.events if e.kind == "comment" and e.id not in resolved)

    @property
    def reason(self) -> str:
        """The reason given for the present verdict and certainty, "" when there is none."""
        for event in reversed(self.events):
            if not event.accepted:
                continue
            if event.kind == "sign-off" and event.payload.get("note"):
                return str(event.payload["note"])
            if event.kind == "review":
                if reason := str(event.payload.get("reason", "")):
                    return reason
                if {"verdict", "certainty"} & set(event.payload.get("changes", {})):
                    return ""
        return ""

    @property
    def last(self) -> Event | None:
        """The newest event."""
        return self.events[-1] if self.events else None


def reference_digest(reference: Reference | None) -> str:
    """What a signature remembers of a linked reference: changes with anything it says."""
    if reference is None:
        return ""
    return hashlib.sha256(canonical(reference.as_dict()).encode()).hexdigest()


def signing_payload(
    claim: Claim,
    library: Mapping[str, Reference],
    page: str = "",
    proposal: Mapping[str, Any] | None = None,
    note: str = "",
    passage: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """What a sign-off stands on.

    `page` is the SHA-256 of the original it was read in ("" for none) and `passage` what was read
    there: headings, lead and sentence; `proposal` is what the rules proposed, and `note` the
    reason for deciding otherwise.
    """
    return {
        "references": {
            link.reference: reference_digest(library.get(link.reference)) for link in claim.links
        },
        "page": page,
        "passage": dict(passage or {}),
        "proposal": dict(proposal or {}),
        "note": note,
    }


def change(claim: Claim | None, entry: Entry | Event) -> Claim | None:
    """The claim after a decision.

    Raises:
        JournalError: the decision does not fit: an unknown field, a value the model refuses, a
            link that is not there.
    """
    try:
        if entry.kind == "claim-added":
            return _added(entry)
        if claim is None:
            raise JournalError(
                "There is no claim '{claim}' in '{text}'; it may have been removed.",
                claim=entry.claim,
                text=entry.text,
            )
        if entry.kind == "claim-removed":
            return None
        return Claim.model_validate(_CHANGES[entry.kind](claim.model_dump(mode="json"), entry))
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(step) for step in first["loc"]) or message("the claim")
        raise JournalError(
            "The decision is not valid: {place}: {reason}.", place=place, reason=mend(first)
        ) from error
    except (KeyError, TypeError, AttributeError) as error:
        raise JournalError(
            "The payload of a '{kind}' is not whole ({error}).", kind=entry.kind, error=error
        ) from error


def _added(entry: Entry | Event) -> Claim:
    claim = Claim.model_validate(entry.payload["claim"])
    if claim.id != entry.claim:
        raise JournalError(
            "The claim to add is called '{id}', the event '{claim}'.",
            id=claim.id,
            claim=entry.claim,
        )
    return claim


def _reviewed(plain: dict[str, Any], entry: Entry | Event) -> dict[str, Any]:
    changes = entry.payload["changes"]
    if unknown := sorted(set(changes) - CHANGEABLE):
        raise JournalError(
            "A review cannot change {fields}; it can change {changeable}.",
            fields=", ".join(unknown),
            changeable=", ".join(sorted(CHANGEABLE)),
        )
    if isinstance(entry, Event) and not plain["verdict"] and _JUDGES & changes.keys():
        # Recorded when an unassessed claim had a verdict to hold the place: what was decided as
        # the placeholder said is not among the changes.
        plain = plain | as_before(plain)
    return {**plain, **changes}


def whole(entry: Entry, claim: Claim | None) -> Entry:
    """A first judgement with its reasons for the certainty, also when there are none.

    It is then read alike whatever an unassessed claim held when it was recorded.
    """
    changes = entry.payload.get("changes")
    if entry.kind != "review" or claim is None or claim.is_assessed:
        return entry
    if not isinstance(changes, Mapping) or not _JUDGES & changes.keys():
        return entry
    judged = {"certainty_reasons": list(claim.certainty_reasons), **changes}
    return replace(entry, payload={**entry.payload, "changes": judged})


def _with_link(plain: dict[str, Any], entry: Entry | Event) -> dict[str, Any]:
    """With a link, in the place of one to the same reference, else at the end."""
    link = Link.model_validate(entry.payload["link"]).model_dump(mode="json")
    links = {one["reference"]: one for one in plain["links"]} | {link["reference"]: link}
    return {**plain, "links": list(links.values())}


def _without_link(plain: dict[str, Any], entry: Entry | Event) -> dict[str, Any]:
    reference = entry.payload["reference"]
    links = [one for one in plain["links"] if one["reference"] != reference]
    if len(links) == len(plain["links"]):
        raise JournalError(
            "'{claim}' has no link to '{reference}'; it may have been removed already.",
            claim=entry.claim,
            reference=reference,
        )
    return {**plain, "links": links}


#: Kind of a decision -> what it makes of the plain form of a claim.
_CHANGES: dict[str, Callable[[dict[str, Any], Entry | Event], dict[str, Any]]] = {
    "review": _reviewed,
    "link-added": _with_link,
    "link-removed": _without_link,
}


def replay(
    registered: Claim | None, events: Sequence[Event]
) -> tuple[Claim | None, list[Event], list[Event]]:
    """The claim after its accepted decisions; those pending; those that are stale.

    Pending are decisions applied on top of the register; stale ones were made against
    another state than the one they would change now.
    """
    decisions = [event for event in events if event.is_decision]
    accepted = [event for event in decisions if event.accepted]
    start = registered.hash if registered else ADDED
    written = [i for i, event in enumerate(accepted) if event.result == start]
    first = written[-1] + 1 if written else 0
    claim, pending = registered, []
    stale = [event for event in decisions if not event.accepted]
    for event in accepted[first:]:
        current = claim.hash if claim else ADDED
        if event.against != current:
            stale.append(event)
            continue
        try:
            claim = change(claim, event)
        except JournalError:  # made under an older model of a claim
            stale.append(event)
            continue
        pending.append(event)
    return claim, pending, sorted(stale, key=lambda event: event.number)


def _lapses(
    event: Event,
    claim: Claim | None,
    library: Mapping[str, Reference],
    drift: Mapping[str, Sequence[LapseReason]],
    rules: Rules,
    now: datetime,
) -> tuple[Lapse, ...]:
    lapses = []
    if claim is None or event.against != claim.hash:
        lapses.append(Lapse("claim-changed"))
    for key, digest in dict(event.payload.get("references", {})).items():
        reference = library.get(key)
        if reference is not None and reference.status == "retracted":
            lapses.append(Lapse("reference-retracted", key))
        elif reference_digest(reference) != digest:
            lapses.append(Lapse("reference-changed", key))
    lapses += [Lapse(reason) for reason in drift.get(event.claim, ())]
    if now - event.at > timedelta(days=rules.valid_days):
        lapses.append(Lapse("expired"))
    return tuple(lapses)


def state_of(
    claim_id: str,
    registered: Claim | None,
    events: Iterable[Event],
    library: Mapping[str, Reference] | None = None,
    drift: Mapping[str, Sequence[LapseReason]] | None = None,
    rules: Rules | None = None,
    now: datetime | None = None,
) -> ClaimState:
    """The state of one claim from its register entry and its events, oldest first.

    `drift` maps claims to what of their passage reads otherwise now than on the page they were
    signed against (`Located.lapses`).
    """
    events = tuple(events)
    rules = rules or Rules()
    claim, pending, stale = replay(registered, events)
    signatures = tuple(
        Signature(
            event,
            _lapses(event, claim, library or {}, drift or {}, rules, now or datetime.now(UTC)),
        )
        for event in events
        if event.kind == "sign-off" and event.accepted
    )
    return ClaimState(
        claim_id, registered, claim, events, tuple(stale), tuple(pending), signatures, rules
    )


def states_of(
    text: Text,
    events: Iterable[Event],
    library: Mapping[str, Reference] | None = None,
    drift: Mapping[str, Sequence[LapseReason]] | None = None,
    rules: Rules | None = None,
) -> dict[str, ClaimState]:
    """All claims of a text in the order of the page, added ones after the claim they name.

    Claims that were removed are there with `claim` None. `text` is the register, `events` are
    those of the text, oldest first; the other arguments as in `state_of`.
    """
    of_claim: dict[str, list[Event]] = {claim.id: [] for claim in text.claims}
    order = list(of_claim)
    for one in events:
        if not one.claim:
            continue
        if one.claim not in of_claim:
            of_claim[one.claim] = []
            after = str(one.payload.get("after", "")) if one.kind == "claim-added" else ""
            order.insert(order.index(after) + 1 if after in order else len(order), one.claim)
        of_claim[one.claim].append(one)
    registered = {claim.id: claim for claim in text.claims}
    now = datetime.now(UTC)
    return {
        claim_id: state_of(
            claim_id, registered.get(claim_id), of_claim[claim_id], library, drift, rules, now
        )
        for claim_id in order
    }


def sources_of(text: Text, events: Iterable[Event]) -> tuple[CitedSource, ...]:
    """The cited sources of a register with what was found when they were looked for since."""
    sources = list(text.sources)
    for one in events:
        if one.kind != "source-checked":
            continue
        for at, source in enumerate(sources):
            if source.cited == one.payload.get("cited"):
                known = {k: v for k, v in one.payload.items() if k in CitedSource.model_fields}
                sources[at] = CitedSource.model_validate({**source.model_dump(), **known})
    return tuple(sources)


def signed_pages_of(events: Iterable[Event]) -> dict[str, str]:
    """For each signed claim the SHA-256 of the original it was last signed against."""
    return {
        one.claim: str(one.payload.get("page", ""))
        for one in events
        if one.kind == "sign-off" and one.accepted and one.payload.get("page")
    }


def versions_after(claim: Claim | None, decisions: Iterable[Event]) -> Iterator[Claim]:
    """A claim, then what each decision makes of it, oldest first."""
    if claim:
        yield claim
    for event in decisions:
        claim = change(claim, event)
        if claim:
            yield claim


def versions_of(state: ClaimState) -> Iterator[Claim]:
    """The claim as the register has it, then after each decision made since, oldest first."""
    return versions_after(state.registered, state.pending)


def claim_at(state: ClaimState, seen: str) -> Claim | None:
    """The claim as it was when its hash was `seen`, if register or journal know it."""
    return next((claim for claim in versions_of(state) if claim.hash == seen), None)
