"""A page of our own with the anchors of its claims, set by hand: what holds in a bare clone."""

from __future__ import annotations

import csv
from pathlib import Path

from evidence.claims.claim import Anchor, Bilingual, Claim

FOLDER = Path(__file__).resolve().parent.parent / "data" / "anchoring"
PAGE = (FOLDER / "bain.txt").read_text(encoding="utf-8")


def claim(name: str, start: str, end: str = "", **more: str) -> Claim:
    """A claim of which only the anchor matters."""
    words = Bilingual(fr="-", en="-")
    return Claim(
        id=name,
        section="s",
        anchor=Anchor(start=start, end=end, **more),
        statement=words,
        kind="efficacy",
        verdict="mixed",
        certainty="low",
        rationale=words,
    )


def claims() -> list[Claim]:
    """The claims of the page, in its order."""
    with (FOLDER / "anchors.tsv").open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream, delimiter="\t", quoting=csv.QUOTE_NONE))
    return [claim(row["id"], row["start"], row["end"]) for row in rows]
