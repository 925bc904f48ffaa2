"""A claim without a verdict: as it is written, as it was written before, and what is decided on it.

The hashes are those that the program gave when a drafted claim had a verdict to hold the place:
decisions of that time name them.
"""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from evidence.claims.claim import Claim
from evidence.claims.register import plain
from evidence.journal import Entry, JournalError
from evidence.journal.event import Event
from evidence.journal.state import change, replay

BARE: dict[str, Any] = {
    "id": "cold",
    "section": "effects",
    "anchor": {"start": "le froid soulage"},
    "statement": {"fr": "Le froid soulage.", "en": "[to translate] Le froid soulage."},
    "kind": "efficacy",
}
BEFORE = BARE | {
    "verdict": "no-evidence-found",
    "certainty": "none",
    "certainty_reasons": ["no-studies"],
    "rationale": {"fr": "[à évaluer]", "en": "[to assess]"},
}
DRAFTED = "364b570d61939ece279230705264bfc2f20d0bbddc033b8653ed19d25d01bba6"
DECIDED = "011464d2ba4da36260607c99547695eec12ff7aeaf58d8d38169d4665d872430"
NOTHING = {"fr": "Rien.", "en": "Nothing."}


def recorded(changes: dict[str, Any], against: str, result: str) -> Event:
    """A review as the journal holds it."""
    values: dict[str, Any] = dict.fromkeys(Event.__dataclass_fields__, "")
    values |= {"number": 1, "kind": "review", "text": "bain", "claim": "cold", "accepted": True}
    values |= {"against": against, "result": result, "payload": {"changes": changes}}
    return Event(**values)


def test_it_is_written_without_verdict_and_read_so_from_before() -> None:
    bare, before = Claim.model_validate(BARE), Claim.model_validate(BEFORE)
    for claim in (bare, before):
        assert (claim.verdict, claim.certainty, claim.is_assessed) == (None, None, False)
        assert claim.judgement == "unassessed"
        assert claim.hash == DRAFTED
    assert {"verdict", "certainty", "rationale"}.isdisjoint(plain(bare))


@pytest.mark.parametrize(
    ("more", "field", "kind"),
    [
        ({"verdict": "mixed"}, "certainty", "missing"),
        ({"verdict": "mixed", "certainty": "low"}, "rationale", "missing"),
        ({"certainty": "low"}, "certainty", "unassessed"),
        ({"rationale": NOTHING}, "rationale", "unassessed"),
    ],
)
def test_a_judgement_is_whole_or_is_not(more: dict[str, Any], field: str, kind: str) -> None:
    with pytest.raises(ValidationError) as refused:
        Claim.model_validate(BARE | more)
    assert (field, kind) in [(e["loc"][0], e["type"]) for e in refused.value.errors()]


def test_what_was_decided_before_still_stands() -> None:
    """What a decision had in common with the placeholder was not among its changes."""
    drafted = Claim.model_validate(BEFORE)
    claim, pending, stale = replay(drafted, [recorded({"rationale": NOTHING}, DRAFTED, DECIDED)])
    assert claim is not None
    assert (claim.verdict, claim.certainty) == ("no-evidence-found", "none")
    assert claim.hash == DECIDED
    assert (len(pending), stale) == (1, [])


def test_nothing_is_decided_by_leaving_the_verdict_out() -> None:
    drafted = Claim.model_validate(BARE)
    entry = Entry("ada", "review", "bain", "cold", DRAFTED, {"changes": {"rationale": NOTHING}})
    with pytest.raises(JournalError, match="rationale"):
        change(drafted, entry)
    reworded = Entry("ada", "review", "bain", "cold", DRAFTED, {"changes": {"kind": "safety"}})
    made = change(drafted, reworded)
    assert made is not None
    assert (made.kind, made.is_assessed) == ("safety", False)
