"""The words of the page that a claim points at, with the words around them."""

from __future__ import annotations

import re
from dataclasses import dataclass

from evidence.anchoring.drift import Part, compare
from evidence.anchoring.located import Located
from evidence.claims.claim import Claim
from evidence.standing import StandingText

AROUND = 220  # characters shown on each side, within its paragraph or item
_BLOCK = re.compile(r"\n\s*(?:\n|•)\s*")


@dataclass(frozen=True)
class ShownPassage:
    """A passage of the page; `changes` are what of it reads otherwise now (a "lapse"), each with
    its runs of words."""

    located: Located
    before: str
    words: str
    after: str
    changes: tuple[tuple[str, tuple[Part, ...]], ...] = ()


def passage_of(view: StandingText, claim: Claim) -> ShownPassage | None:
    """The passage of a claim on the newest original, or None when none is loaded."""
    located = view.located.get(claim.id)
    if located is None:
        return None
    changes = tuple(
        (one.lapse, tuple(compare(one.before, one.after)))
        for one in located.changes
        if located.status != "missing"
    )
    if located.start is None or located.end is None:
        return ShownPassage(located, "", located.before, "", changes)
    start = max(0, located.start - AROUND)
    before = view.page[start : located.start]
    after = view.page[located.end : located.end + AROUND]
    if start and not _BLOCK.search(before):
        before = "…" + before.partition(" ")[2]
    if located.end + AROUND < len(view.page) and not _BLOCK.search(after):
        after = after.rpartition(" ")[0] + "…"
    before, after = _BLOCK.split(before)[-1], _BLOCK.split(after)[0]
    return ShownPassage(located, before, view.page[located.start : located.end], after, changes)
