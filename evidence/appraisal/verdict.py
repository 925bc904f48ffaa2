"""Propose the level of a study, the certainty of a claim and its verdict, rule by rule.

A proposal for a person to accept or to change, not a GRADE assessment: rules see only what
the library records. Every rule, its source and what it cannot see: docs/appraisal.md.

Sources: OCEBM Levels of Evidence Working Group, "The Oxford 2011 Levels of Evidence";
the GRADE series in J Clin Epidemiol 2011;64 (Balshem 401-6, Guyatt 407-15, 1283-93, 1294-302,
1303-10, 1311-6). The level stands on the study, certainty on the claim; they never mix.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import cast

from evidence.appraisal.level import MECHANISM, OPINION, REVIEWS, Level, level
from evidence.claims.claim import Bilingual, Certainty, CertaintyReason, Claim, Link, Verdict
from references.record import Reference

#: Kinds that say what is agreed rather than what was measured.
AGREED = ("definition", "procedure", "preparation", "organisation")

#: Participants below which GRADE calls a continuous outcome imprecise (Guyatt 2011, 1283-93).
ENOUGH = 400
#: Ours: so few that one or two people would turn the result.
FEW = 50

CERTAINTY_ORDER: tuple[Certainty, ...] = ("very-low", "low", "moderate", "high")


@dataclass(frozen=True, slots=True)
class Step:
    """One rule applied: what it looked at, what it changed, and why.

    `rule` names a heading of docs/appraisal.md; `change` counts grades of certainty.
    """

    rule: str
    change: int
    result: str
    why: Bilingual
    references: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Proposal:
    """What the rules propose for a claim, and every step on the way."""

    verdict: Verdict
    certainty: Certainty
    reasons: tuple[CertaintyReason, ...]
    steps: tuple[Step, ...]

    def differs(self, claim: Claim) -> tuple[str, ...]:
        """Which of "verdict" and "certainty" a claim decides otherwise: this asks for a reason."""
        pairs = (
            ("verdict", self.verdict, claim.verdict),
            ("certainty", self.certainty, claim.certainty),
        )
        return tuple(name for name, proposed, decided in pairs if proposed != decided)


# ---- what counts ----------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Weighed:
    link: Link
    reference: Reference
    level: Level
    weight: float
    start: int  # index into CERTAINTY_ORDER; -1 carries no certainty

    @property
    def key(self) -> str:
        return self.reference.key


_UNUSABLE = ("retracted", "not-located")
_INDIRECT = ("population", "intervention", "comparator", "outcome")


def _indirect_elements(link: Link) -> tuple[str, ...]:
    return tuple(name for name, value in link.directness.as_dict().items() if value == "indirect")


def _start(reference: Reference, found: Level, kind: str) -> int:
    """Where certainty starts for one study (Balshem 2011): randomised high, others low."""
    design = reference.study.design
    if design == "rct" or (design in REVIEWS and found.number == 1 and not found.provisional):
        return 3
    if design in MECHANISM:
        return 1 if kind == "mechanism" else 0
    if design == "guideline" and kind in AGREED:
        return 1
    if design in OPINION:
        return 0
    return 1


def weight(link: Link, reference: Reference, kind: str) -> float:
    """What a link counts towards the verdict; 0 for a work that is retracted or not located.

    Ours: 6 minus the level (an unranked design counts 1), half when the study is indirect in
    some element, half when author, year or title of the record were not seen in a source.
    """
    if reference.status in _UNUSABLE or link.stance == "background":
        return 0.0
    number = level(reference, kind).number
    value = float(6 - number) if number else 1.0
    if _indirect_elements(link):
        value /= 2
    if not reference.is_complete:
        value /= 2
    return value


def _weigh(claim: Claim, library: Mapping[str, Reference]) -> list[_Weighed]:
    found = []
    for link in claim.links:
        reference = library.get(link.reference)
        if reference is None:
            continue
        at = level(reference, claim.kind)
        start = _start(reference, at, claim.kind)
        found.append(_Weighed(link, reference, at, weight(link, reference, claim.kind), start))
    return found


# ---- certainty ------------------------------------------------------------------------

_RATIO = re.compile(
    r"\b(?:RR|OR|HR|relative risk|odds ratio|hazard ratio|risque relatif)\b\s*(?:=|:|of|de)?\s*"
    r"(\d+(?:[.,]\d+)?)",
    re.I,
)


def _keys(body: Sequence[_Weighed]) -> tuple[str, ...]:
    return tuple(item.key for item in body)


def _certainty(
    claim: Claim, body: Sequence[_Weighed], steps: list[Step]
) -> tuple[Certainty, tuple[CertaintyReason, ...]]:
    if not body:
        steps.append(
            Step(
                "start",
                0,
                "none",
                Bilingual(
                    fr="aucune étude utilisable n’est liée : rien à graduer",
                    en="no usable study is linked: nothing to grade",
                ),
            )
        )
        return "none", ("no-studies",)
    top = max(item.start for item in body)
    best = [item for item in body if item.start == top]
    grade = top
    reasons: list[CertaintyReason] = []
    kinds = {
        3: ("essais randomisés", "randomised trials"),
        1: ("études d’observation ou consensus", "observational studies or consensus"),
        0: ("avis ou mécanismes", "opinion or mechanism"),
    }
    steps.append(
        Step(
            "start",
            0,
            CERTAINTY_ORDER[grade],
            Bilingual(
                fr=f"les meilleures données liées sont : {kinds[top][0]} ({len(best)})",
                en=f"the best linked evidence is: {kinds[top][1]} ({len(best)})",
            ),
            _keys(best),
        )
    )

    def step(
        rule: CertaintyReason, change: int, fr: str, en: str, body: Sequence[_Weighed] = ()
    ) -> None:
        nonlocal grade
        after = min(3, max(0, grade + change))
        if change:
            reasons.append(rule)
        grade = after
        steps.append(
            Step(rule, change, CERTAINTY_ORDER[grade], Bilingual(fr=fr, en=en), _keys(body))
        )

    # Risk of bias: what design and status tell; conduct is for a person to judge.
    doubtful = [item for item in best if item.reference.status == "expression-of-concern"]
    bare = [item for item in best if item.level.number == 4]
    if doubtful:
        step(
            "risk-of-bias",
            -1,
            "une mise en garde de l’éditeur pèse sur une étude",
            "an expression of concern stands on a study",
            doubtful,
        )
    elif top == 1 and bare and len(bare) == len(best):
        step(
            "risk-of-bias",
            -1,
            "aucune étude n’a de groupe de comparaison",
            "no study has a comparison group",
            bare,
        )
    else:
        step(
            "risk-of-bias",
            0,
            "rien dans les notices ; la conduite des études reste à lire (RoB 2, ROBINS-I)",
            "nothing in the records; the conduct of the studies is to be read (RoB 2, ROBINS-I)",
        )

    # Inconsistency: the stances disagree among what counts.
    sums = {
        stance: sum(i.weight for i in body if i.link.stance == stance)
        for stance in ("supports", "qualifies", "contradicts")
    }
    all_weight = sum(sums.values()) or 1.0
    opposed = min(sums["supports"], sums["contradicts"]) / all_weight
    if opposed >= 0.2:
        against = [item for item in body if item.link.stance in ("supports", "contradicts")]
        step(
            "inconsistency",
            -1,
            f"les études s’opposent ({opposed:.0%} du poids d’un côté)",
            f"the studies oppose each other ({opposed:.0%} of the weight on one side)",
            against,
        )
    else:
        step(
            "inconsistency",
            0,
            "les études ne s’opposent pas nettement",
            "the studies do not clearly oppose each other",
        )

    # Indirectness: population, intervention, comparator, outcome of the best studies.
    elements = [set(_indirect_elements(item.link)) for item in best]
    shared = set.intersection(*elements) if elements else set()
    stated = [item for item in best if item.link.directness.as_dict()]
    names = {
        "population": ("population", "population"),
        "intervention": ("geste", "intervention"),
        "comparator": ("comparateur", "comparator"),
        "outcome": ("critère", "outcome"),
    }
    if elements and all(elements):
        change = -2 if len(shared) >= 2 else -1
        what = sorted(shared or set().union(*elements), key=_INDIRECT.index)
        step(
            "indirectness",
            change,
            "toutes les études sont indirectes : " + ", ".join(names[n][0] for n in what),
            "all studies are indirect: " + ", ".join(names[n][1] for n in what),
            best,
        )
    elif not stated:
        step(
            "indirectness",
            0,
            "les liens ne disent pas si les études sont directes : à préciser",
            "the links do not say whether the studies are direct: to be stated",
        )
    else:
        step("indirectness", 0, "au moins une étude est directe", "at least one study is direct")

    # Imprecision: how many people the best studies hold together.
    animals = all(item.reference.study.design in MECHANISM for item in best)
    if claim.kind in AGREED or top == 0 or animals:
        step("imprecision", 0, "sans objet ici", "does not apply here")
    else:
        counts = [item.reference.study.participants for item in best]
        people = sum(count or 0 for count in counts)
        if not any(counts):
            step(
                "imprecision",
                0,
                "le nombre de participants n’est pas connu",
                "the number of participants is not known",
            )
        elif people < ENOUGH:
            step(
                "imprecision",
                -2 if people < FEW else -1,
                f"{people} participants en tout, moins de {FEW if people < FEW else ENOUGH}",
                f"{people} participants in all, fewer than {FEW if people < FEW else ENOUGH}",
                best,
            )
        else:
            step(
                "imprecision", 0, f"{people} participants en tout", f"{people} participants in all"
            )
    step(
        "publication-bias",
        0,
        "les notices ne permettent pas d’en juger",
        "the records do not allow a judgement",
    )

    # Raising: only observational evidence that nothing has lowered (Guyatt 2011, 1311-6).
    if top == 1 and not reasons:
        ratios = [
            (float(match.group(1).replace(",", ".")), item)
            for item in best
            for finding in item.reference.findings
            if not item.link.finding or finding.outcome == item.link.finding
            for match in [_RATIO.search(f"{finding.value} {finding.text}")]
            if match
        ]
        large = [item for value, item in ratios if value >= 2 or 0 < value <= 0.5]
        huge = [item for value, item in ratios if value >= 5 or 0 < value <= 0.2]
        if large:
            step(
                "large-effect",
                2 if huge else 1,
                "un rapport de risques d’au moins 2 (ou d’au plus 0,5)",
                "a risk ratio of at least 2 (or at most 0.5)",
                huge or large,
            )
    return CERTAINTY_ORDER[grade], tuple(dict.fromkeys(reasons))


# ---- verdict --------------------------------------------------------------------------


def _verdict(claim: Claim, body: Sequence[_Weighed], steps: list[Step]) -> Verdict:
    sums = {
        stance: sum(item.weight for item in body if item.link.stance == stance)
        for stance in ("supports", "qualifies", "contradicts")
    }
    whole = sum(sums.values())

    def decide(verdict: str, fr: str, en: str) -> Verdict:
        shares = ", ".join(f"{name} {value:g}" for name, value in sums.items())
        steps.append(
            Step(
                "verdict",
                0,
                verdict,
                Bilingual(fr=f"{fr} ({shares})", en=f"{en} ({shares})"),
                _keys(body),
            )
        )
        return cast(Verdict, verdict)

    if not whole:
        if claim.kind == "organisation":
            return decide(
                "not-checkable",
                "dit comment un lieu s’organise : rien à chercher",
                "says how a place is organised: no study to look for",
            )
        return decide(
            "no-evidence-found",
            "aucune étude liée ne soutient ni ne contredit",
            "no linked study supports or contradicts",
        )
    supports, qualifies, contradicts = (sums[s] / whole for s in sums)
    if contradicts >= 0.6:
        return decide(
            "contradicted", "l’essentiel du poids contredit", "most of the weight contradicts"
        )
    if contradicts >= 0.2:
        if supports + qualifies < 0.2:
            return decide("contradicted", "le poids contredit", "the weight contradicts")
        return decide("mixed", "le poids est partagé", "the weight is divided")
    if not supports:
        near = [item for item in body if item.level.number and not _indirect_elements(item.link)]
        if not near:
            return decide(
                "no-evidence-found",
                "rien ne soutient ; ce qui nuance est indirect ou n’est qu’un avis",
                "nothing supports; what qualifies is indirect or an opinion only",
            )
        return decide(
            "partly-supported",
            "les études nuancent sans soutenir pleinement",
            "the studies qualify without full support",
        )
    carrying = [item for item in body if item.link.stance == "supports"]
    firm = [item for item in carrying if item.reference.is_complete]
    if not firm:
        return decide(
            "partly-supported",
            "seules des notices incomplètes soutiennent",
            "only incomplete records support",
        )
    if all(_indirect_elements(item.link) for item in firm):
        return decide(
            "partly-supported",
            "seules des études indirectes soutiennent",
            "only indirect studies support",
        )
    if qualifies > 0.4:
        return decide(
            "partly-supported",
            "une bonne part du poids nuance",
            "a good part of the weight qualifies",
        )
    return decide(
        "supported",
        "le poids soutient, avec au moins une étude directe",
        "the weight supports, with at least one study not known to be indirect",
    )


def propose(claim: Claim, library: Mapping[str, Reference]) -> Proposal:
    """What the rules propose for a claim from its links, step by step.

    References that are retracted or not located as cited, and links whose stance is
    background, count nothing and are named in the first step.
    """
    weighed = _weigh(claim, library)
    body = [item for item in weighed if item.weight]
    steps: list[Step] = []
    left_out = [item for item in weighed if not item.weight]
    steps.append(
        Step(
            "evidence",
            0,
            str(len(body)),
            Bilingual(
                fr=f"{len(body)} étude(s) comptent"
                + (
                    f" ; {len(left_out)} laissée(s) de côté (contexte, rétractée, introuvable)"
                    if left_out
                    else ""
                ),
                en=f"{len(body)} stud{'y counts' if len(body) == 1 else 'ies count'}"
                + (
                    f"; {len(left_out)} left out (background, retracted, not located)"
                    if left_out
                    else ""
                ),
            ),
            _keys(left_out),
        )
    )
    certainty, reasons = _certainty(claim, body, steps)
    verdict = _verdict(claim, body, steps)
    if verdict in ("not-checkable", "no-evidence-found"):
        certainty, reasons = "none", ("no-studies",)
    return Proposal(verdict, certainty, reasons, tuple(steps))
