"""How the parts of a report are put in words, the same in every form of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

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


#: The characters of a sentence that fit on its line of the first table.
_LINE = 54
#: What the first table can tell of a claim, in the order of its columns: the label above it, what
#: stands in it. A column that says nothing of any claim is left out.
_COLUMNS: Mapping[str, Callable[[ReportedClaim], str]] = {
    "number": lambda claim: str(claim.number),
    "col_sentence": lambda claim: claim.quoted.in_brief(_LINE) or claim.statement.text[:_LINE],
    "col_verdict": lambda claim: claim.verdict_word,
    "col_certainty": lambda claim: claim.certainty_short,
    "col_references": lambda claim: str(len(claim.links) or ""),
    "col_todo": lambda claim: claim.todo,
    "col_signed": lambda claim: str(claim.signatures) if claim.signatures.have else "",
}


def at_a_glance(report: Report) -> tuple[tuple[str, ...], list[tuple[ReportedClaim, list[str]]]]:
    """The first table: its columns by their labels, and a line a claim, urgent ones first."""
    claims = report.by_urgency
    columns = [name for name, tell in _COLUMNS.items() if any(map(tell, claims))]
    return tuple(columns), [(one, [_COLUMNS[name](one) for name in columns]) for one in claims]


def certainty(claim: ReportedClaim) -> str:
    """How certain, and why not more; "" where there is nothing to grade."""
    reasons = f" ({', '.join(claim.reasons)})" if claim.reasons else ""
    return f"{claim.certainty_word}{reasons}" if claim.certainty_word else ""


def done(claim: ReportedClaim, label: Mapping[str, str]) -> str:
    """Who decided and who signed, and when; how many signatures hold; why none does."""
    parts = []
    for name, act in (("decided_by", claim.decided), ("signed_by", claim.signed)):
        if act.people:
            parts.append(f"{label[name]} {', '.join(act.people)}, {act.on}")
    have, needed = claim.signatures.have, claim.signatures.needed
    if needed > 1:
        parts.append(label["signatures_of"].format(have=have, needed=needed))
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
    if report.signed or claim.decided.people or claim.lapses or claim.signatures.have:
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
