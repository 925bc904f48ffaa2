"""How the parts of a report are put in words, the same in every form of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from evidence.report.content import (
    Report,
    ReportedClaim,
    ReportedReference,
    ReportedStudy,
)
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
    """How certain, and why not more; "" where there is nothing to grade."""
    reasons = f" ({', '.join(claim.reasons)})" if claim.reasons else ""
    return f"{claim.certainty_word}{reasons}" if claim.certainty_word else ""


def done(claim: ReportedClaim, label: Mapping[str, str]) -> str:
    """Who decided and who signed, and when; why no signature holds."""
    parts = []
    for name, act in (("decided_by", claim.decided), ("signed_by", claim.signed)):
        if act.people:
            parts.append(f"{label[name]} {', '.join(act.people)}, {act.on}")
    if claim.lapses and not claim.signed.people:
        parts.append(f"{label['lapsed_one']} ({', '.join(claim.lapses)})")
    elif not claim.signed.people:
        parts.append(label["unsigned"])
    return capitalised(" · ".join(parts))


def aside(claim: ReportedClaim, report: Report) -> str:
    """The small print of a claim: on what two readers differed, who decided and signed.

    That nobody has signed anything is said once, on the first page.
    """
    parts = []
    if claim.differences:
        seen = ", ".join(one.what for one in claim.differences)
        parts.append(f"{report.labels['readings_differ']}{colon(report.language)}{seen}")
    elif claim.readings:
        parts.append(report.labels["readings_agree"])
    if report.signed or claim.decided.people or claim.lapses:
        parts.append(done(claim, report.labels))
    return " · ".join(parts)


def departure(claim: ReportedClaim, label: Mapping[str, str], language: str) -> str:
    """What the rules proposed where the decision is another one, and why; "" where it is not."""
    one = claim.departure
    if one is None:
        return ""
    return f"{label['departs']} ({one.proposed}){colon(language)}{one.reason}"


def about_study_kind(design: str, level: str, participants: int | None, language: str) -> str:
    """What kind of study: design, level, participants."""
    parts = [design, level]
    if participants:
        one, many = "%(num)s participant", "%(num)s participants"
        parts.append(counted(participants, one, many, language))
    return ", ".join(filter(None, parts))


def about_reference(reference: ReportedReference, language: str) -> str:
    """What stands in brackets after a citation: design, level, participants, remark."""
    kind = about_study_kind(reference.design, reference.level, reference.participants, language)
    return ", ".join(filter(None, (kind, reference.remark)))


def about_study(
    study: ReportedStudy, label: Mapping[str, str], language: str
) -> Iterator[tuple[str, str]]:
    """What stands below a citation, a line a thing: what it is called, and what is said."""
    for name, lines in (("harms", study.harms), ("related", study.related)):
        if lines:
            yield label[name], {"fr": "\u202f; ", "en": "; "}[language].join(lines)
