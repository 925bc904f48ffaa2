"""The level of evidence of a study: the Oxford 2011 table, decided here and nowhere else.

OCEBM Levels of Evidence Working Group, "The Oxford 2011 Levels of Evidence". The table asks
questions, each with rows of its own: how common is it, is the test accurate, what happens without
treatment, does it help, what are the harms. The question follows from the kind of the claim. The
level stands on a study, certainty on a claim; they never mix. Every condition: docs/appraisal.md.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from evidence.appraisal.reasons import because
from evidence.claims.claim import Bilingual
from references.record import Reference

Question = Literal["benefit", "harm", "prevalence", "diagnosis", "prognosis"]

_RANDOMISED = re.compile(r"randomi[sz]|\brcts?\b|essais? (?:contrôlés?|randomis)", re.I)
_OBSERVATIONAL = re.compile(
    r"case (?:series|report)|retrospective|observational|non-?randomi[sz]|scoping|"
    r"no randomi[sz]|lack of randomi[sz]|séries? de cas|observationnel",
    re.I,
)
#: A review that says it found no randomised trials.
_DENIED_RANDOMISED = re.compile(r"non-?randomi[sz]\w*|(?:no|lack of) randomi[sz]\w*", re.I)

#: Words of a sample that was drawn, or of everybody counted.
_SAMPLED = re.compile(
    r"random(?:ly)?[- ](?:selected|sampl)|population-based|general population|nationwide|national "
    r"(?:survey|register|registry)|census|représentati|population générale|recensement",
    re.I,
)
_SURVEYS = re.compile(
    r"prevalen|inciden|epidemiolog|surveys?\b|prévalen|épidémiolog|enquêtes?", re.I
)
_REFERENCE_STANDARD = re.compile(
    r"reference standard|gold standard|blinded|sensitivity and specificity|étalon|en aveugle", re.I
)
_ACCURACY = re.compile(r"accura|sensitivity|specificity|diagnos|likelihood ratio|exactitude", re.I)
_INCEPTION = re.compile(r"inception|newly diagnosed|first episode|nouveaux cas|début récent", re.I)

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
    provisional: bool


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


def _survey(reference: Reference) -> _Row:
    """A random sample or a census is the best there is; other samples are not."""
    if _SAMPLED.search(_words(reference)):
        return 1, "survey-sampled", True
    return 3, "survey-unsampled", False


def _accuracy(reference: Reference) -> _Row:
    known = bool(_REFERENCE_STANDARD.search(_words(reference)))
    return 2, "accuracy" if known else "accuracy-unknown", not known


def _prognosis(reference: Reference) -> _Row:
    if _INCEPTION.search(_words(reference)):
        return 2, "inception", False
    return 3, "followed", False


def _review_if(said: re.Pattern[str], number: int, reason: str) -> Callable[[Reference], _Row]:
    """A review, at best as good as one of the studies the question asks for."""

    def row(reference: Reference) -> _Row:
        known = bool(said.search(_words(reference)))
        return number, reason if known else f"{reason}-unknown", not known

    return row


#: A row of the table: the same for every study of a design, or asked of its record.
_Rule = _Row | Callable[[Reference], _Row]
_COHORTS = ("cohort-prospective", "cohort-retrospective")
_SERIES = ("case-series", "case-report", "case-control")
_BENEFIT: dict[str, _Rule] = {
    "rct": (2, "randomised", False),
    "nonrandomised-trial": (3, "controlled", False),
    **dict.fromkeys((*_SERIES, "cross-sectional"), (4, "uncontrolled", False)),
    **dict.fromkeys(MECHANISM, (5, "mechanism", False)),
    **dict.fromkeys(REVIEWS, _review),
    **dict.fromkeys(_COHORTS, _cohort),
}
#: The Oxford 2011 table: for each question the rows by design; what is missing is not ranked.
#: Screening asks as benefit does and has the same rows; there is no kind of claim of its own.
_TABLE: dict[Question, dict[str, _Rule]] = {
    "benefit": _BENEFIT,
    "harm": _BENEFIT,
    "prevalence": {
        "cross-sectional": _survey,
        **dict.fromkeys(_COHORTS, _survey),
        **dict.fromkeys(REVIEWS, _review_if(_SURVEYS, 2, "review-surveys")),
        **dict.fromkeys(_SERIES, (4, "series", False)),
    },
    "diagnosis": {
        "cross-sectional": _accuracy,
        **dict.fromkeys(_COHORTS, (3, "accuracy-followed", False)),
        **dict.fromkeys(REVIEWS, _review_if(_ACCURACY, 1, "review-accuracy")),
        **dict.fromkeys(_SERIES, (4, "series", False)),
        **dict.fromkeys(MECHANISM, (5, "mechanism", False)),
    },
    "prognosis": {
        "cohort-prospective": _prognosis,
        "cohort-retrospective": _prognosis,
        "rct": (3, "control-arm", False),
        "nonrandomised-trial": (3, "followed", False),
        **dict.fromkeys(REVIEWS, _review_if(_INCEPTION, 1, "review-inception")),
        **dict.fromkeys((*_SERIES, "cross-sectional"), (4, "series", False)),
    },
}
#: The question that a kind of claim asks; every other one asks whether something helps. A cause is
#: read as a harm of what one is exposed to, a symptom as how common it is among the ill: the table
#: has no column of their own.
QUESTIONS: dict[str, Question] = {
    "safety": "harm",
    "cause": "harm",
    "frequency": "prevalence",
    "symptom": "prevalence",
    "diagnosis": "diagnosis",
    "course": "prognosis",
}


def level(reference: Reference, kind: str = "efficacy") -> Level:
    """The Oxford 2011 level of a reference for a kind of claim.

    Source: OCEBM Levels of Evidence Working Group, "The Oxford 2011 Levels of Evidence".

    Args:
        reference: its design decides, and for some designs what else its record says.
        kind: the kind of the claim that is asked about (`evidence.claims.claim.KINDS`).
    """
    question = QUESTIONS.get(kind, "benefit")
    rule = _TABLE[question].get(reference.study.design, (None, "unranked", False))
    number, reason, provisional = rule(reference) if callable(rule) else rule
    if number is None and reference.study.design in _BENEFIT:
        reason = "not-of-question"
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
