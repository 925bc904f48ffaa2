"""The level of evidence of a study: the Oxford 2011 table, decided here and nowhere else.

OCEBM Levels of Evidence Working Group, "The Oxford 2011 Levels of Evidence". The level stands on
a study, certainty on a claim; they never mix. Every condition: docs/appraisal.md.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

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
    label: Bilingual
    why: Bilingual
    provisional: bool = False


_LABEL = {
    1: Bilingual(fr="niveau 1", en="level 1"),
    2: Bilingual(fr="niveau 2", en="level 2"),
    3: Bilingual(fr="niveau 3", en="level 3"),
    4: Bilingual(fr="niveau 4", en="level 4"),
    5: Bilingual(fr="niveau 5", en="level 5"),
    None: Bilingual(fr="non classé", en="not ranked"),
}

#: What a rule answers: the number, why, and whether the condition is not known to hold.
_Row = tuple[int | None, Bilingual, bool]


def _words(reference: Reference) -> str:
    findings = " ".join(finding.text for finding in reference.findings)
    study = reference.study
    return " ".join((reference.title, reference.abstract, study.arms, study.relevance, findings))


def _review(reference: Reference) -> _Row:
    words = _words(reference)
    without_denied = _DENIED_RANDOMISED.sub("", words)
    if _OBSERVATIONAL.search(words) and not _RANDOMISED.search(without_denied):
        why = Bilingual(
            fr="revue d’études sans tirage au sort : un rang au-dessus de ces études",
            en="review of studies without randomisation: one rank above these studies",
        )
        return 3, why, False
    if _RANDOMISED.search(words):
        why = Bilingual(
            fr="revue systématique d’essais randomisés", en="systematic review of randomised trials"
        )
        return 1, why, False
    why = Bilingual(
        fr="revue systématique d’essais randomisés, si elle en contient : la notice ne le dit pas",
        en="systematic review of randomised trials, if it has any: the record does not say",
    )
    return 1, why, True


def _randomised(_: Reference) -> _Row:
    return 2, Bilingual(fr="essai randomisé", en="randomised trial"), False


def _controlled(_: Reference) -> _Row:
    why = Bilingual(
        fr="étude contrôlée sans tirage au sort", en="controlled study without randomisation"
    )
    return 3, why, False


def _cohort(reference: Reference) -> _Row:
    """A controlled study when the record names what the group was compared with."""
    if reference.study.comparator.strip():
        return _controlled(reference)
    why = Bilingual(
        fr="cohorte sans groupe de comparaison connu : comptée comme une série de cas",
        en="cohort without a known comparison group: counted as a case series",
    )
    return 4, why, not reference.study.arms


def _uncontrolled(_: Reference) -> _Row:
    why = Bilingual(
        fr="série de cas, cas isolé, étude transversale ou cas-témoins",
        en="case series, case report, cross-sectional or case-control study",
    )
    return 4, why, False


def _mechanism(_: Reference) -> _Row:
    why = Bilingual(
        fr="raisonnement à partir d’un mécanisme (animal, laboratoire, anatomie)",
        en="reasoning from a mechanism (animal, laboratory, anatomy)",
    )
    return 5, why, False


def _unranked(_: Reference) -> _Row:
    why = Bilingual(
        fr="la table ne classe pas les avis, recommandations, notes et protocoles",
        en="the table does not rank opinions, guidelines, notes and protocols",
    )
    return None, why, False


#: The Oxford 2011 table, a rule for each design; a design that is not here is not ranked.
_RULES: dict[str, Callable[[Reference], _Row]] = {
    **dict.fromkeys(REVIEWS, _review),
    "rct": _randomised,
    "nonrandomised-trial": _controlled,
    "cohort-prospective": _cohort,
    "cohort-retrospective": _cohort,
    "case-control": _uncontrolled,
    "case-series": _uncontrolled,
    "case-report": _uncontrolled,
    "cross-sectional": _uncontrolled,
    **dict.fromkeys(MECHANISM, _mechanism),
}


def level(reference: Reference, kind: str = "efficacy") -> Level:
    """The Oxford 2011 level of a reference for a kind of claim.

    The table asks questions; a claim of kind `safety` is read as "common harms", all others
    as "does this intervention help?", the only columns whose rows are told by design alone.
    """
    number, why, provisional = _RULES.get(reference.study.design, _unranked)(reference)
    question: Question = "harm" if kind == "safety" else "benefit"
    return Level(number, question, _LABEL[number], why, provisional)


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
        kind: the kind of claim that is asked about.
        known: the level, where it was worked out already.
    """
    number = (known or level(reference, kind)).number
    return (number or NOT_RANKED, -(reference.year or 0), reference.key)
