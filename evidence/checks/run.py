"""Every rule of a knowledge base, run.

Errors make the base wrong; warnings are worth a look.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from evidence.checks import (
    certainty,
    characters,
    claims,
    doubles,
    findings,
    links,
    records,
    safety,
    summaries,
    terms,
    wording,
)
from evidence.checks.rule import Rule
from evidence.knowledge import KnowledgeBase
from references.errors import Problem

ERRORS: tuple[Rule, ...] = (
    records.fields,
    records.concepts,
    records.relations,
    claims.registers,
    summaries.claims_named,
)
WARNINGS: tuple[Rule, ...] = (
    records.status,
    records.provenance,
    records.design,
    records.participants,
    findings.intervals,
    findings.repeated,
    claims.unwritten,
    characters.registers,
    characters.records,
    claims.signatures,
    links.counted_twice,
    links.across,
    links.incomplete_alone,
    links.stale_notes,
    certainty.reasons,
    certainty.ungraded,
    summaries.stale,
    summaries.numbers_named,
    summaries.languages,
    doubles.shared,
    safety.unlinked_harms,
    doubles.doubts,
    terms.shared,
    wording.registers,
    wording.records,
)


@dataclass
class Findings:
    """What the checks found; `counts` says how much was looked at."""

    errors: list[Problem] = field(default_factory=list)
    warnings: list[Problem] = field(default_factory=list)
    counts: dict[str, int] = field(default_factory=dict)

    def as_dict(self) -> dict[str, Any]:
        """The form of `evidence check --json`."""
        return {
            "errors": [problem.as_dict() for problem in self.errors],
            "warnings": [problem.as_dict() for problem in self.warnings],
            "counts": self.counts,
        }


def check_integrity(kb: KnowledgeBase) -> Findings:
    """Run every check on a knowledge base; reads files only, never the network.

    Nothing is raised for what is wrong: `errors` make the base wrong, `warnings` are worth a look,
    and each names file, line, field and mend.
    """
    found = Findings(errors=list(kb.problems))
    for rule in ERRORS:
        found.errors += rule(kb)
    for rule in WARNINGS:
        found.warnings += rule(kb)
    texts = kb.texts.values()
    found.counts = {
        "references": len(kb.library),
        "incomplete": sum(not reference.is_complete for reference in kb.library.values()),
        "concepts": len(kb.vocabulary),
        "texts": len(texts),
        "claims": sum(len(text.claims) for text in texts),
        "unassessed": sum(not claim.is_assessed for text in texts for claim in text.claims),
        "links": sum(len(claim.links) for text in texts for claim in text.claims),
        "sources": sum(len(text.sources) for text in texts),
    }
    return found


def relative_to(base: Path, problem: Problem) -> Problem:
    """The problem with its file relative to `base`, where it is below it."""
    path = Path(problem.file)
    if path.is_absolute() and path.is_relative_to(base):
        return replace(problem, file=str(path.relative_to(base)))
    return problem
