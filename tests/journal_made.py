"""Claims, events and journals made at no cost, for tests that look at the journal alone."""

from __future__ import annotations

import tempfile
from dataclasses import replace
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

from evidence.claims.claim import Anchor, Bilingual, Claim, Link
from evidence.journal.event import Event
from evidence.journal.state import change
from evidence.journal.store import Journal

SAYS = Bilingual(fr="mot", en="word")
THEN = datetime(2026, 1, 1, tzinfo=UTC)


def claim(name: str = "eases", **more: Any) -> Claim:
    """A claim that was assessed, with one link."""
    fields: dict[str, Any] = {
        "section": "s",
        "anchor": Anchor(start="x"),
        "statement": SAYS,
        "kind": "efficacy",
        "verdict": "mixed",
        "certainty": "low",
        "rationale": SAYS,
        "links": [Link(reference="a", stance="supports", note=SAYS)],
    }
    return Claim(id=name, **{**fields, **more})


def event(number: int = 1, kind: str = "review", **more: Any) -> Event:
    """An event about that claim, in no chain."""
    fields: dict[str, Any] = {
        "number": number,
        "id": f"e{number}",
        "at": THEN,
        "by": "anne",
        "person": "Dr Anne",
        "kind": kind,
        "text": "t",
        "claim": "eases",
        "against": "",
        "result": "",
        "accepted": True,
        "payload": {},
        "previous": "",
        "hash": "",
    }
    return Event(**{**fields, **more})


def decided(
    number: int, before: Claim | None, kind: str, **payload: Any
) -> tuple[Event, Claim | None]:
    """A decision made against a claim, and the claim after it."""
    against = before.hash if before else ""
    draft = event(number, kind, against=against, payload=payload)
    after = change(before, draft)
    return replace(draft, result=after.hash if after else ""), after


@cache
def _empty() -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        with Journal.open(Path(folder)) as opened:
            opened.head()
        return (Path(folder) / "journal.sqlite").read_bytes()


def new_journal(folder: Path) -> Journal:
    """A journal without events in a folder; making its tables anew would take a while."""
    (folder / "journal.sqlite").write_bytes(_empty())
    return Journal.open(folder)
