"""Notices: what is published about a work after it, retractions first.

What a line in here may know: the words by which services and titles name a notice.
"""

from __future__ import annotations

from dataclasses import dataclass

#: Kinds of notice, the gravest first.
RETRACTION, CONCERN, CORRECTION, REINSTATEMENT = (
    "retraction",
    "expression-of-concern",
    "correction",
    "reinstatement",
)

#: The kind that a part of a word means; the first of this table that occurs counts.
_KINDS = {
    "reinstat": REINSTATEMENT,
    "concern": CONCERN,
    "retract": RETRACTION,
    "withdraw": RETRACTION,
    "removal": RETRACTION,
    "rétract": RETRACTION,
    "correct": CORRECTION,
    "corrig": CORRECTION,
    "errat": CORRECTION,
    "addend": CORRECTION,
    "republi": CORRECTION,
    "clarification": CORRECTION,
}


def notice_kind(words: str) -> str:
    """The kind of notice a service's own words mean, or "" when they mean none.

    A partial retraction is a correction: the work stands.
    """
    lowered = words.lower().replace("_", " ").replace("-", " ")
    if "partial" in lowered and "retract" in lowered:
        return CORRECTION
    return next((kind for part, kind in _KINDS.items() if part in lowered), "")


@dataclass(frozen=True)
class Notice:
    """Something published about a work after it: a retraction, a correction, a concern.

    `source` is the service or list that says so; `doi` and `pmid` are the notice's own.
    `about` names the record it is about where that is not the one it was found with: another
    version of the same work.
    """

    type: str
    source: str
    doi: str = ""
    pmid: str = ""
    date: str = ""
    text: str = ""
    about: str = ""

    def as_dict(self) -> dict[str, str]:
        """The stated parts, JSON-ready."""
        named = ("type", "source", "doi", "pmid", "date", "text", "about")
        return {name: getattr(self, name) for name in named if getattr(self, name)}
