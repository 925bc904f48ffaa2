"""Where a claim stands on a page, and what of its passage reads otherwise than it did."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from evidence.anchoring.outline import Surroundings

Status = Literal["found", "moved", "changed", "missing"]
PassagePart = Literal["heading", "lead", "sentence"]
PassageLapse = Literal["page-changed", "heading-changed", "lead-changed"]
_LAPSES: dict[PassagePart, PassageLapse] = {
    "sentence": "page-changed",
    "heading": "heading-changed",
    "lead": "lead-changed",
}


@dataclass(frozen=True)
class PassageChange:
    """A part of a passage that reads otherwise: its words then ("" where unknown) and now."""

    part: PassagePart
    before: str
    after: str

    @property
    def lapse(self) -> PassageLapse:
        """Why a signature on the passage as it was no longer holds."""
        return _LAPSES[self.part]


@dataclass(frozen=True)
class Located:
    """Where a claim stands in a page; `start` and `end` count characters, None if missing.

    `before` and `after` are the passage as it was and as it is, where they are known.
    `moved` also holds for a passage that changed as well. `places` counts the places the
    anchor points at equally well: more than one asks for a prefix or a suffix.

    A passage is heading path, lead and sentence: `around` is what it is read with now and
    `around_before` what it was, where that is known; `turned` names what of it reads otherwise, so
    that words which stand may count as changed. `calls` are the numbers of the notes called in its
    sentence.
    """

    claim: str
    status: Status
    similarity: float
    start: int | None = None
    end: int | None = None
    moved: bool = False
    before: str = ""
    after: str = ""
    places: int = 1
    around: Surroundings | None = None
    around_before: Surroundings | None = None
    turned: tuple[PassagePart, ...] = ()
    calls: tuple[int, ...] = ()

    @property
    def changes(self) -> tuple[PassageChange, ...]:
        """What reads otherwise than it did: heading, lead, sentence, with the words then and now.

        Words then are "" where only their digests were kept.
        """
        now, then = self.around or Surroundings(), self.around_before or Surroundings()
        words = {
            "heading": (then.path, now.path),
            "lead": (then.lead, now.lead),
            "sentence": (self.before, self.after),
        }
        return tuple(PassageChange(part, *words[part]) for part in self.turned)

    @property
    def lapses(self) -> tuple[PassageLapse, ...]:
        """Why a signature on the passage as it was no longer holds."""
        return tuple(dict.fromkeys(change.lapse for change in self.changes))

    def gone(self) -> Located:
        """The same claim where what was taken for its passage is none."""
        return missing(self.claim, self.similarity, self.before)

    def as_dict(self) -> dict[str, Any]:
        """The form of `evidence text anchor --json`."""
        return {
            "id": self.claim,
            "status": self.status,
            "similarity": round(self.similarity, 4),
            "start": self.start,
            "end": self.end,
            "moved": self.moved,
            "around": self.around.as_dict() if self.around else None,
            "turned": list(self.turned),
            "calls": list(self.calls),
        }


def missing(claim_id: str, score: float, before: str) -> Located:
    """A claim whose passage is not on the page; `before` are its words as they were."""
    return Located(claim_id, "missing", score, before=before, turned=("sentence",))
