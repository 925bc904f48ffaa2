"""Whether a decision still fits a claim that changed after it was seen.

Two additions do not contradict each other: another link, or another field that nobody touched
meanwhile. A judgement (verdict, certainty, what the literature says) was made on the links and on
the judgement that were seen, so it fits only while all of these are as they were.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from evidence.claims.claim import Claim, Link
from evidence.journal.event import Entry

#: Fields that are decided together, and with the links in view.
JUDGEMENT = frozenset({"verdict", "certainty", "certainty_reasons", "rationale", "caveats"})


def _link(claim: Claim, key: str) -> Link | None:
    return next((link for link in claim.links if link.reference == key), None)


def still_fits(entry: Entry, seen: Claim | None, current: Claim | None) -> bool:
    """Whether a decision made on `seen` says the same of `current`.

    Args:
        entry: the decision.
        seen: the claim as whoever decided saw it, None when that state is unknown.
        current: the claim as it stands, None when it was removed.
    """
    if seen is None or current is None:
        return False
    if entry.kind in ("link-added", "link-removed"):
        key = str(linked_reference(entry.kind, entry.payload))
        return _link(seen, key) == _link(current, key)
    changes = entry.payload.get("changes")
    if entry.kind != "review" or not isinstance(changes, Mapping) or not changes:
        return False
    looked_at = set(changes)
    if looked_at & JUDGEMENT:
        looked_at |= JUDGEMENT | {"links"}
    return all(getattr(seen, name, None) == getattr(current, name, None) for name in looked_at)


def linked_reference(kind: str, payload: Mapping[str, Any]) -> object:
    """The key of the reference that an event about a link names, None when it names none."""
    link = payload.get("link") if kind == "link-added" else payload
    return link.get("reference") if isinstance(link, Mapping) else None
