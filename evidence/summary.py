"""What a text amounts to: its claims counted, and what needs an editor's attention."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import date

from evidence.claims.claim import CERTAINTIES, VERDICTS, Claim
from evidence.claims.summary import Summary
from evidence.claims.text import CitedSource, Section, Text

#: Statuses after which a cited source stands as the text describes it.
LOCATED = {
    "verified",
    "partly-verified",
    "reinstated",
    "corrected",
    "preprint-published-since",
}


@dataclass(frozen=True)
class SectionSummary:
    """A section, its claims (all, and those a filter selects), the assessed ones by verdict."""

    section: Section
    claims: tuple[Claim, ...]
    selected: tuple[Claim, ...]
    counts: dict[str, int]


@dataclass(frozen=True)
class TextSummary:
    """A text as its first page shows it."""

    text: Text
    sections: tuple[SectionSummary, ...]
    counts: dict[str, int]
    references: int

    @property
    def graded(self) -> dict[str, dict[str, int]]:
        """How many claims each certainty has, by verdict: best certainty first."""
        counted: Counter[tuple[str, str]] = Counter(
            (c.verdict, c.certainty) for c in self.text.claims if c.verdict and c.certainty
        )
        return {
            verdict: {
                certainty: counted[verdict, certainty]
                for certainty in CERTAINTIES
                if counted[verdict, certainty]
            }
            for verdict in VERDICTS
        }

    @property
    def unsupported(self) -> tuple[Claim, ...]:
        """Claims that no study supports, in the order of the page."""
        return tuple(claim for claim in self.text.claims if stands_alone(claim))

    @property
    def disputed(self) -> tuple[Claim, ...]:
        """Claims that studies contradict, and that some study supports too."""
        return tuple(
            claim
            for claim in self.text.claims
            if claim.is_assessed
            and claim.verdict in {"contradicted", "mixed"}
            and not stands_alone(claim)
        )

    @property
    def overstated(self) -> tuple[Claim, ...]:
        """Claims supported in part, with a caveat that the text leaves out."""
        return tuple(
            claim
            for claim in self.text.claims
            if claim.caveats
            and claim.is_assessed
            and claim.verdict not in {"contradicted", "mixed", "not-checkable"}
            and not stands_alone(claim)
        )

    @property
    def unlocated(self) -> tuple[CitedSource, ...]:
        """Cited sources that were looked for and do not stand as cited."""
        return tuple(s for s in self.text.sources if s.status not in {*LOCATED, "unchecked"})

    @property
    def looked_in(self) -> tuple[str, ...]:
        """Where people looked for the sources that do not stand as cited, each place once."""
        return tuple(dict.fromkeys(place for one in self.unlocated for place in one.places))

    @property
    def unsought(self) -> tuple[CitedSource, ...]:
        """Cited sources that nobody has looked for so far."""
        return tuple(s for s in self.text.sources if s.status == "unchecked")

    @property
    def selected(self) -> int:
        """How many claims the filter selects."""
        return sum(len(part.selected) for part in self.sections)


@dataclass(frozen=True)
class Status:
    """How far the verdicts on a text may be relied on: who read its claims, who signed them."""

    claims: int
    read_twice: int
    signed: int
    as_of: date | None


def stands_alone(claim: Claim) -> bool:
    """True when a study could support the claim and none of those linked does."""
    return (
        claim.is_assessed
        and claim.verdict != "not-checkable"
        and (claim.verdict == "no-evidence-found" or not claim.links_of("supports"))
    )


def _counts(claims: tuple[Claim, ...]) -> dict[str, int]:
    counted: Counter[str] = Counter(claim.judgement for claim in claims)
    return {verdict: counted[verdict] for verdict in VERDICTS}


def summarise(text: Text, verdicts: tuple[str, ...] = ()) -> TextSummary:
    """The summary of a text; with verdicts, only claims of these are selected."""
    sections = []
    for section in text.sections:
        claims = text.claims_of(section.id)
        selected = tuple(c for c in claims if not verdicts or c.judgement in verdicts)
        sections.append(SectionSummary(section, claims, selected, _counts(claims)))
    return TextSummary(
        text,
        tuple(sections),
        _counts(text.claims),
        len({link.reference for claim in text.claims for link in claim.links}),
    )


def standing_summary(public: Text) -> Summary | None:
    """The summary of a text as long as the verdicts it was written for still stand."""
    verdicts = {claim.id: claim.judgement for claim in public.claims}
    return public.summary if public.summary and public.summary.holds(verdicts) else None
