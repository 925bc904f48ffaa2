"""The level of evidence of a study: the Oxford 2011 table, decided here and nowhere else.

OCEBM Levels of Evidence Working Group, "The Oxford 2011 Levels of Evidence". The level stands on
a study, certainty on a claim; they never mix. Every condition: docs/appraisal.md.
"""

from __future__ import annotations

import re
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
REVIEWS = ("systematic-review", "meta-analysis")
_COHORTS = ("cohort-prospective", "cohort-retrospective")
_UNCONTROLLED = ("case-series", "case-report", "cross-sectional")
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


def _words(reference: Reference) -> str:
    findings = " ".join(finding.text for finding in reference.findings)
    study = reference.study
    return " ".join((reference.title, reference.abstract, study.arms, study.relevance, findings))


def _is_compared(reference: Reference) -> bool:
    """True when the record names what the studied group was compared with."""
    return bool(reference.study.comparator.strip())


def level(reference: Reference, kind: str = "efficacy") -> Level:
    """The Oxford 2011 level of a reference for a kind of claim.

    The table asks questions; a claim of kind `safety` is read as "common harms", all others
    as "does this intervention help?", the only columns whose rows are told by design alone.
    """
    question: Question = "harm" if kind == "safety" else "benefit"
    design = reference.study.design
    number: int | None = None
    provisional = False
    if design in REVIEWS:
        words = _words(reference)
        if _OBSERVATIONAL.search(words) and not _RANDOMISED.search(
            re.sub(r"non-?randomi[sz]\w*|(?:no|lack of) randomi[sz]\w*", "", words, flags=re.I)
        ):
            number = 3
            why = Bilingual(
                fr="revue d’études sans tirage au sort : un rang au-dessus de ces études",
                en="review of studies without randomisation: one rank above these studies",
            )
        else:
            number = 1
            provisional = not _RANDOMISED.search(words)
            why = Bilingual(
                fr="revue systématique d’essais randomisés"
                + (", si elle en contient : la notice ne le dit pas" if provisional else ""),
                en="systematic review of randomised trials"
                + (", if it has any: the record does not say" if provisional else ""),
            )
    elif design == "rct":
        number, why = 2, Bilingual(fr="essai randomisé", en="randomised trial")
    elif design == "nonrandomised-trial" or (design in _COHORTS and _is_compared(reference)):
        number = 3
        why = Bilingual(
            fr="étude contrôlée sans tirage au sort", en="controlled study without randomisation"
        )
    elif design in _COHORTS:
        number, provisional = 4, not reference.study.arms
        why = Bilingual(
            fr="cohorte sans groupe de comparaison connu : comptée comme une série de cas",
            en="cohort without a known comparison group: counted as a case series",
        )
    elif design == "case-control" or design in _UNCONTROLLED:
        number = 4
        why = Bilingual(
            fr="série de cas, cas isolé, étude transversale ou cas-témoins",
            en="case series, case report, cross-sectional or case-control study",
        )
    elif design in MECHANISM:
        number = 5
        why = Bilingual(
            fr="raisonnement à partir d’un mécanisme (animal, laboratoire, anatomie)",
            en="reasoning from a mechanism (animal, laboratory, anatomy)",
        )
    else:
        why = Bilingual(
            fr="la table ne classe pas les avis, recommandations, notes et protocoles",
            en="the table does not rank opinions, guidelines, notes and protocols",
        )
    return Level(number, question, _LABEL[number], why, provisional)
