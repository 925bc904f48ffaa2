"""What a report says: data only, in one language, ready to be written in any form."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from evidence.wording import counted


@dataclass(frozen=True)
class ReportedStudy:
    """What a reference says, in words: a line a finding, an adverse event, a related record.

    `facts` are what was tested, in whom, against what ..., each with what it is called; `seen`
    are the kinds of places where all this was seen.
    """

    facts: tuple[tuple[str, str], ...] = ()
    results: tuple[str, ...] = ()
    harms: tuple[str, ...] = ()
    related: tuple[str, ...] = ()
    seen: tuple[str, ...] = ()


@dataclass(frozen=True)
class ReportedReference:
    """A linked reference: its number, its citation, what kind of study it is."""

    number: int
    key: str
    citation: str
    design: str = ""
    level: str = ""
    participants: int | None = None
    remark: str = ""
    address: str = ""
    study: ReportedStudy = ReportedStudy()


@dataclass(frozen=True)
class ReportedOutcome:
    """A row of the summary of findings: what and against what, who, whom it favours, each study."""

    outcome: str
    comparison: str
    studies: str
    direction: str
    directness: str
    effects: tuple[str, ...]

    @property
    def head(self) -> str:
        """The outcome with its comparison, who was studied, and how directly, in one line."""
        what = ", ".join(filter(None, (self.outcome, self.comparison)))
        return " · ".join(filter(None, (what, self.studies, self.direction, self.directness)))


@dataclass(frozen=True)
class ReportedDifference:
    """What two readers saw differently: a reference, the verdict or the certainty."""

    what: str
    first: str
    second: str
    settled: str
    why: str
    why_language: str  # that of the report, or English where nothing else was written


@dataclass(frozen=True)
class ReportedClaim:
    """A claim as the table shows it. `evidence` maps a stance to numbers of references.

    A claim nobody has decided on is not `assessed`: it has no verdict, no certainty, no reasons.
    `readings` says how far two readers agreed; nothing where it was not read twice.
    """

    number: int
    id: str
    section: str
    statement: str
    assessed: bool
    verdict: str | None
    verdict_word: str
    certainty: str | None
    certainty_word: str
    reasons: tuple[str, ...]
    rationale: str
    caveats: str
    evidence: tuple[tuple[str, tuple[int, ...]], ...]
    page_state: str
    page_word: str
    signed_by: tuple[str, ...]
    signed_on: str
    lapses: tuple[str, ...]
    hash: str
    readings: tuple[str, ...] = ()
    differences: tuple[ReportedDifference, ...] = ()
    outcomes: tuple[ReportedOutcome, ...] = ()


@dataclass(frozen=True)
class ReportedSource:
    """A source the page prints, and what was found when it was looked for."""

    cited: str
    status: str
    status_word: str
    located: str
    nearest: tuple[str, ...]
    looked: str
    note: str


@dataclass(frozen=True)
class Reviewer:
    """Somebody who signed: how many claims still carry the signature, how many no longer."""

    person: str
    first: str
    last: str
    claims: int
    lapsed: int


@dataclass(frozen=True)
class Report:
    """A whole report in one language."""

    language: str
    text_id: str
    title: str
    facts: tuple[tuple[str, str], ...]
    made: str
    verdicts: tuple[tuple[str, str, int, str], ...]
    signed: int
    first: tuple[tuple[str, tuple[tuple[str, str], ...]], ...]
    method: tuple[str, ...]
    sections: tuple[tuple[str, tuple[ReportedClaim, ...]], ...]
    references: tuple[ReportedReference, ...]
    sources: tuple[ReportedSource, ...]
    reviewers: tuple[Reviewer, ...]
    hashes: tuple[tuple[str, str], ...]
    notices: tuple[str, ...] = ()
    labels: Mapping[str, str] = field(default_factory=dict)

    @property
    def claims(self) -> tuple[ReportedClaim, ...]:
        """All claims, in the order of the page."""
        return tuple(claim for _, claims in self.sections for claim in claims)

    @property
    def read_apart(self) -> tuple[ReportedClaim, ...]:
        """The claims that two readers saw differently."""
        return tuple(claim for claim in self.claims if claim.differences)

    @property
    def measured(self) -> tuple[ReportedClaim, ...]:
        """The claims that have a summary of findings."""
        return tuple(claim for claim in self.claims if claim.outcomes)

    @property
    def counted(self) -> str:
        """How many claims there are, are signed and wait for somebody to decide, in words."""
        waiting = sum(not claim.assessed for claim in self.claims)
        parts = [
            counted(len(self.claims), "%(num)s claim", "%(num)s claims", self.language),
            counted(self.signed, "%(num)s signed", "%(num)s signed", self.language),
            counted(waiting, "%(num)s not assessed yet", "%(num)s not assessed yet", self.language),
        ]
        return ", ".join(parts if waiting else parts[:2])

    def as_dict(self) -> dict[str, Any]:
        """The JSON form."""
        plain = asdict(self)
        plain.pop("labels")
        plain["facts"] = dict(self.facts)
        plain["hashes"] = dict(self.hashes)
        plain["verdicts"] = {name: count for name, _, count, _ in self.verdicts}
        plain["sections"] = [
            {"heading": heading, "claims": [asdict(claim) for claim in claims]}
            for heading, claims in self.sections
        ]
        plain["first"] = [
            {"why": why, "items": [{"number": n, "words": w} for n, w in items]}
            for why, items in self.first
        ]
        return plain
