"""The level of evidence of a study: the Oxford 2011 table, decided here and nowhere else.

OCEBM Levels of Evidence Working Group, "The Oxford 2011 Levels of Evidence". The level stands on
a study, certainty on a claim; they never mix. Every condition: docs/appraisal.md.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from evidence.appraisal.reasons import because
from evidence.claims.claim import Bilingual
from references.record import Reference

Question = Literal["benefit", "harm"]

_RANDOMISED = re.compile(r"randomi[sz]|\brcts?\b|essais? (?:contrôlés?|randomis)", re.I)
_OBSERVATIONAL = re.compile(
    r"case (?:series|report)|retrospective|observational|non-?randomi[sz]|scoping|"
    r"no randomi[sz]|lack of randomi[sz]|séries? de cas|observationnel",
    re.I,
)
#: A review that says it found no randomised trials.
_DENIED_RANDOMISED = re.compile(r"non-?randomi[sz]\w*|(?:no|lack of) randomi[sz]\w*", re.I)

REVIEWS = ("systematic-review", "meta-analysis")
MECHANISM = ("animal", "laboratory", "cadaver")
OPINION = ("guideline", "narrative-review", "technical-note", "editorial", "protocol", "other", "")


@dataclass(frozen=True, slots=True)
class Level:
    """The Oxford 2011 level of one study for one kind of question; 1 is best.

    `number` is None for a design that the table does not rank. `why` says which row and on
    what condition; `provisional` is True when the record does not say whether it holds.
    """

    number: int | None
    question: Question
    why: Bilingual
    provisional: bool = False


#: What a rule answers: the number, the reason, and whether its condition is not known to hold.
_Row = tuple[int | None, str, bool]


def _words(reference: Reference) -> str:
    """What a record says of the work; our notes on why it is here say nothing of it."""
    study = reference.study
    said = [reference.title, reference.abstract, study.arms, study.comparison]
    said += [part for f in reference.findings for part in (f.outcome, f.value, f.text)]
    return " ".join(said)


def _review(reference: Reference) -> _Row:
    words = _words(reference)
    without_denied = _DENIED_RANDOMISED.sub("", words)
    if _OBSERVATIONAL.search(words) and not _RANDOMISED.search(without_denied):
        return 3, "review-observational", False
    is_known = bool(_RANDOMISED.search(words))
    return 1, "review-randomised" if is_known else "review-unknown", not is_known


def _cohort(reference: Reference) -> _Row:
    """A controlled study when the record names what the group was compared with."""
    study = reference.study
    if study.comparison.strip() or study.comparators:
        return 3, "controlled", False
    return 4, "cohort-alone", not study.arms


#: The Oxford 2011 table by design, where the design alone decides; the rest is not ranked.
_ROWS: dict[str, _Row] = {
    "rct": (2, "randomised", False),
    "nonrandomised-trial": (3, "controlled", False),
    **dict.fromkeys(
        ("case-control", "case-series", "case-report", "cross-sectional"),
        (4, "uncontrolled", False),
    ),
    **dict.fromkeys(MECHANISM, (5, "mechanism", False)),
}
#: Where the record has to say more than the design.
_RULES: dict[str, Callable[[Reference], _Row]] = {
    **dict.fromkeys(REVIEWS, _review),
    "cohort-prospective": _cohort,
    "cohort-retrospective": _cohort,
}


def level(reference: Reference, kind: str = "efficacy") -> Level:
    """The Oxford 2011 level of a reference for a kind of claim.

    The table asks questions; a claim of kind `safety` is read as "common harms", all others
    as "does this intervention help?", the only columns whose rows are told by design alone.
    Source: OCEBM Levels of Evidence Working Group, "The Oxford 2011 Levels of Evidence".

    Args:
        reference: its design decides, and for some designs what else its record says.
        kind: the kind of the claim that is asked about (`evidence.claims.claim.KINDS`).
    """
    design = reference.study.design
    rule = _RULES.get(design)
    row = rule(reference) if rule else _ROWS.get(design, (None, "unranked", False))
    number, reason, provisional = row
    question: Question = "harm" if kind == "safety" else "benefit"
    return Level(number, question, because(reason), provisional)


#: Where a design that the table does not rank stands in an order: behind level 5.
NOT_RANKED = 6


def level_order(
    reference: Reference, kind: str = "efficacy", known: Level | None = None
) -> tuple[int, int, str]:
    """Sorting key of the order "best level of evidence first", the only one there is.

    The level's number, what is not ranked last; then the newest year, what has no year last;
    then the key. Every list that is sorted by level follows it: lists of pages, and search,
    whose index keeps `level(reference).number` (`NOT_RANKED` for None), year and key.

    Args:
        reference: what is to be sorted.
        kind: the kind of claim that is asked about.
        known: the level, where it was worked out already.
    """
    number = (known or level(reference, kind)).number
    return (number or NOT_RANKED, -(reference.year or 0), reference.key)
