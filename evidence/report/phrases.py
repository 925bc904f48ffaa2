"""How the parts of a report are put in words, the same in every form of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from evidence.report.content import ReportedClaim, ReportedReference, ReportedStudy
from evidence.wording import counted
from evidence.wording.terms import capitalised

#: Colours of the verdicts, dark enough for white paper and 4.5:1; the word always stands beside.
COLOURS: dict[str | None, str] = {
    "supported": "1B6E3C",
    "partly-supported": "5B6B00",
    "mixed": "8A5A00",
    "contradicted": "A3261C",
    "no-evidence-found": "6B4A86",
    "not-checkable": "555B66",
    None: "555B66",  # nobody has decided
}


def colon(language: str) -> str:
    """A colon and a space, with the space before it that French asks for."""
    return "\u00a0: " if language == "fr" else ": "


def certainty(claim: ReportedClaim) -> str:
    """How certain, and why not more."""
    reasons = f" ({', '.join(claim.reasons)})" if claim.reasons else ""
    return f"{claim.certainty_word}{reasons}"


def signature(claim: ReportedClaim, label: Mapping[str, str]) -> str:
    """Who signed and when, or why no signature holds."""
    if claim.signed_by:
        return f"{label['signed_by']} {', '.join(claim.signed_by)}, {claim.signed_on}"
    if claim.lapses:
        return f"{label['lapsed_one']} ({', '.join(claim.lapses)})"
    return label["unsigned"]


def linked_numbers(claim: ReportedClaim, language: str) -> str:
    """The numbers of the linked references by their stance: "supports: 1, 2 · qualifies: 3"."""
    return " · ".join(
        f"{stance}{colon(language)}{', '.join(map(str, numbers))}"
        for stance, numbers in claim.evidence
    )


def about_reference(reference: ReportedReference, language: str) -> str:
    """What stands in brackets after a citation: design, level, participants, remark."""
    parts = [reference.design, reference.level]
    if reference.participants:
        one, many = "%(num)s participant", "%(num)s participants"
        parts.append(counted(reference.participants, one, many, language))
    parts.append(reference.remark)
    return ", ".join(part for part in parts if part)


def about_study(
    study: ReportedStudy, label: Mapping[str, str], language: str
) -> Iterator[tuple[str, str]]:
    """What stands below a citation, a line a thing: what it is called, and what is said."""
    for name, said in study.facts:
        yield capitalised(name), said
    for name, lines in (
        ("found", study.results),
        ("harms", study.harms),
        ("related", study.related),
        ("seen", study.seen),
    ):
        if lines:
            yield label[name], {"fr": "\u202f; ", "en": "; "}[language].join(lines)
