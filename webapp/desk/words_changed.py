"""What an event of the journal changed, in words: what stood there before, and since."""

from __future__ import annotations

from collections.abc import Iterator

from evidence.anchoring.drift import Part, compare
from evidence.claims.claim import Bilingual, Claim
from evidence.journal import Event
from evidence.journal.event import SEEN
from evidence.journal.state import claim_at
from webapp.desk.forms import typed
from webapp.site import standing
from webapp.wording.words import names

Changed = tuple[str, list[Part]]


def words_of_event(event: Event) -> list[Changed]:
    """Each text that an event changed, with the runs of words that went, came and stayed.

    Events that came second tell so too: what they would have changed.
    """
    if event.kind == "text-changed":
        before, after = event.payload.get("before", {}), event.payload.get("after", {})
        return [(name, compare(before.get(name, ""), new)) for name, new in after.items()]
    if event.kind == "review":
        return list(_of_review(event))
    if event.kind == "link-added":
        return list(_of_link(event))
    return []


def _before(event: Event) -> Claim | None:
    """The claim as whoever made an event saw it, where register or journal know it still."""
    text = standing().texts.get(event.text)
    state = text.states.get(event.claim) if text else None
    return claim_at(state, str(event.payload.get(SEEN, event.against))) if state else None


def _of_review(event: Event) -> Iterator[Changed]:
    claim, labels = _before(event), names("claim-field")
    for name, value in event.payload.get("changes", {}).items():
        if isinstance(value, dict) and {"fr", "en"} <= set(value):
            old = getattr(claim, name, None) if claim and claim.is_assessed else None
            yield from _both(str(labels.get(name, name)), old, Bilingual.model_validate(value))


def _of_link(event: Event) -> Iterator[Changed]:
    claim, made = _before(event), event.payload.get("link", {})
    links = claim.links if claim else ()
    old = next((link.note for link in links if link.reference == made.get("reference")), None)
    if note := made.get("note"):
        yield from _both(str(names("claim-field").get("note", "note")), old, Bilingual(**note))


def _both(label: str, old: Bilingual | None, new: Bilingual) -> Iterator[Changed]:
    for language in ("fr", "en"):
        before, after = typed(old, language), typed(new, language)
        if before != after:
            yield f"{label} ({language})", compare(before, after)
