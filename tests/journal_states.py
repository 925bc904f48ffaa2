"""What a journal makes of the claims of a register, for tests that look at a journal alone."""

from __future__ import annotations

from typing import Any

from evidence.claims.text import Text
from evidence.journal import ClaimState, Journal
from evidence.journal.state import state_of, states_of


def claim_states(journal: Journal, text: Text, *more: Any, **named: Any) -> dict[str, ClaimState]:
    """All claims of a text; further arguments as in `states_of`."""
    return states_of(text, journal.events(text.id), *more, **named)


def claim_state(
    journal: Journal, text: Text, claim_id: str, *more: Any, **named: Any
) -> ClaimState:
    """One claim of a text, there or not; further arguments as in `state_of`."""
    registered = next((claim for claim in text.claims if claim.id == claim_id), None)
    return state_of(claim_id, registered, journal.events(text.id, claim_id), *more, **named)
