"""The certainty of the body of evidence that is linked to a claim, one function a GRADE domain.

Sources: the GRADE series in J Clin Epidemiol 2011;64 (Balshem 401-6, Guyatt 407-15, 1283-93,
1294-302, 1303-10, 1311-6); for prognosis Iorio et al., BMJ 2015;350:h870; for tests Schünemann et
al., BMJ 2008;336:1106-10. Rules see only what the library records; every rule and what it
cannot see: docs/appraisal.md.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from evidence.appraisal.level import MECHANISM, OPINION, REVIEWS, Level, level
from evidence.appraisal.reasons import because
from evidence.claims.claim import Bilingual, Certainty, CertaintyReason, Claim, Link
from references.record import Reference
from references.relations import studies_of

#: Kinds that no study measures: they are right or wrong, and have no certainty.
UNGRADED = ("definition", "organisation")
#: Kinds that say what is agreed rather than what was measured.
AGREED = ("definition", "procedure", "preparation", "organisation")

#: Questions that nobody answers by drawing lots.
OBSERVED = ("prevalence", "diagnosis", "prognosis")

#: Participants below which GRADE calls a continuous outcome imprecise (Guyatt 2011, 1283-93).
ENOUGH = 400
#: Ours: so few that one or two people would turn the result.
FEW = 50
#: Ours: the share of the weight on the lesser side from which studies oppose each other.
OPPOSED = 0.2

CERTAINTY_ORDER: tuple[Certainty, ...] = ("very-low", "low", "moderate", "high")

_UNUSABLE = ("retracted", "not-located")
_ELEMENTS = ("population", "intervention", "comparator", "outcome")
_RATIO = re.compile(
    r"\b(?:RR|OR|HR|relative risk|odds ratio|hazard ratio|risque relatif)\b\s*(?:=|:|of|de)?\s*"
    r"(\d+(?:[.,]\d+)?)",
    re.I,
)


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


# ---- what counts ----------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class WeighedStudy:
    """A linked study and what it counts: its level, its weight, where certainty starts for it.

    `start` is a place in `CERTAINTY_ORDER`.
    """

    link: Link
    reference: Reference
    level: Level
    weight: float
    start: int

    @property
    def key(self) -> str:
        """The key of the reference."""
        return self.reference.key

    @property
    def indirect(self) -> tuple[str, ...]:
        """The elements in which the study is indirect evidence for the claim."""
        return indirect_elements(self.link)

    @property
    def direct(self) -> tuple[str, ...]:
        """The elements in which the study is said to be direct evidence for the claim."""
        stated = self.link.directness.as_dict()
        return tuple(name for name, value in stated.items() if value == "direct")


def indirect_elements(link: Link) -> tuple[str, ...]:
    """Which of population, intervention, comparator and outcome a link calls indirect."""
    return tuple(name for name, value in link.directness.as_dict().items() if value == "indirect")


def _start(reference: Reference, at: Level, kind: str) -> int:
    """Where certainty starts for one study (Balshem 2011): randomised high, others low.

    What is asked of people who are only observed starts high where the study is of the design that
    the question asks for: prognosis (Iorio 2015), tests (Schünemann 2008), and frequency as well.
    """
    design = reference.study.design
    if at.question in OBSERVED:
        return 0 if at.number is None else 3 if at.number <= 2 else 2 if at.number == 3 else 1
    if design == "rct" or (design in REVIEWS and at.number == 1 and not at.provisional):
        return 3
    if design in MECHANISM:
        return 1 if kind == "mechanism" else 0
    if design == "guideline" and kind in AGREED:
        return 1
    if design in OPINION:
        return 0
    return 1


def _weight(link: Link, reference: Reference, at: Level) -> float:
    """What a link counts towards the verdict; 0 for a work that is retracted or not located.

    Ours: 6 minus the level (an unranked design counts 1), half when the study is indirect in
    some element, half when author, year or title of the record were not seen in a source.
    """
    if reference.status in _UNUSABLE or link.stance == "background":
        return 0.0
    value = float(6 - at.number) if at.number else 1.0
    if indirect_elements(link):
        value /= 2
    if not reference.is_complete:
        value /= 2
    return value


def weigh(claim: Claim, library: Mapping[str, Reference]) -> list[WeighedStudy]:
    """The linked studies that the library holds, in the order of the links.

    Of several records of one study on the same side of the claim only the weightiest counts, the
    first of equals.
    """
    weighed = []
    for link in claim.links:
        reference = library.get(link.reference)
        if reference is not None:
            at = level(reference, claim.kind)
            start, weight = _start(reference, at, claim.kind), _weight(link, reference, at)
            weighed.append(WeighedStudy(link, reference, at, weight, start))
    study = studies_of((one.key for one in weighed), library)
    counting: dict[tuple[str, str], WeighedStudy] = {}
    for one in sorted(weighed, key=lambda one: -one.weight):
        counting.setdefault((study[one.key], one.link.stance), one)
    kept = {id(one) for one in counting.values()}
    return [one if id(one) in kept else replace(one, weight=0.0) for one in weighed]


def sums_of(body: Sequence[WeighedStudy]) -> dict[str, float]:
    """The weight of a body of evidence on each side of a claim."""
    return {
        stance: sum(study.weight for study in body if study.link.stance == stance)
        for stance in ("supports", "qualifies", "contradicts")
    }


def keys_of(body: Sequence[WeighedStudy]) -> tuple[str, ...]:
    """The keys of a body of evidence, in order."""
    return tuple(study.key for study in body)


# ---- the domains ----------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Body:
    """What is graded: every study that counts, and those among them that start highest."""

    kind: str
    all: Sequence[WeighedStudy]
    best: Sequence[WeighedStudy]
    top: int


@dataclass(frozen=True, slots=True)
class _Judgement:
    """What a domain says: grades to go down (or up), why, and which studies made it so."""

    change: int
    why: Bilingual
    studies: Sequence[WeighedStudy] = ()


def _risk_of_bias(body: _Body) -> _Judgement:
    """What design and status tell; conduct is for a person to judge."""
    doubtful = [study for study in body.best if study.reference.status == "expression-of-concern"]
    if doubtful:
        return _Judgement(-1, because("bias-concern"), doubtful)
    if body.top == 1 and all(study.level.number == 4 for study in body.best):
        return _Judgement(-1, because("bias-no-group"), body.best)
    return _Judgement(0, because("bias-unread"))


def _inconsistency(body: _Body) -> _Judgement:
    """The stances disagree among what counts."""
    sums = sums_of(body.all)
    share = min(sums["supports"], sums["contradicts"]) / (sum(sums.values()) or 1.0)
    if share < OPPOSED:
        return _Judgement(0, because("consistent"))
    sides = ("supports", "contradicts")
    against = [study for study in body.all if study.link.stance in sides]
    return _Judgement(-1, because("opposed", share=share), against)


def _indirectness(body: _Body) -> _Judgement:
    """Population, intervention, comparator and outcome of the best studies."""
    elements = [set(study.indirect) for study in body.best]
    if all(elements):
        shared = set.intersection(*elements)
        named = shared or set.union(*elements)
        words = [because(f"element-{element}") for element in _ELEMENTS if element in named]
        both = Bilingual(fr=", ".join(w.fr for w in words), en=", ".join(w.en for w in words))
        return _Judgement(
            -2 if len(shared) >= 2 else -1, because("indirect", elements=both), body.best
        )
    is_stated = any(study.link.directness.as_dict() for study in body.best)
    return _Judgement(0, because("direct" if is_stated else "directness-unstated"))


def _imprecision(body: _Body) -> _Judgement:
    """How many people the best studies hold together."""
    only_mechanism = all(study.reference.study.design in MECHANISM for study in body.best)
    if body.kind in AGREED or body.top == 0 or only_mechanism:
        return _Judgement(0, because("people-no-matter"))
    people = sum(study.reference.study.participants or 0 for study in body.best)
    if not people:
        return _Judgement(0, because("people-unknown"))
    if people >= ENOUGH:
        return _Judgement(0, because("people-enough", people=people))
    bound, change = (FEW, -2) if people < FEW else (ENOUGH, -1)
    return _Judgement(change, because("people-few", people=people, bound=bound), body.best)


def _publication_bias(_: _Body) -> _Judgement:
    return _Judgement(0, because("publication-unknown"))


def large_effects(body: Sequence[WeighedStudy], at_least: float = 2) -> list[WeighedStudy]:
    """The studies with a ratio of risks of at least 2 (or at most 0.5) in the finding they rest on.

    Args:
        body: the studies to look at.
        at_least: another ratio, above 1; its inverse counts as well.
    """
    ratios = [
        (float(ratio.group(1).replace(",", ".")), study)
        for study in body
        for finding in study.reference.findings
        if not study.link.finding or finding.outcome == study.link.finding
        if (ratio := _RATIO.search(f"{finding.value} {finding.text}"))
    ]
    return [study for value, study in ratios if value >= at_least or 0 < value <= 1 / at_least]


def _large_effect(body: _Body) -> _Judgement | None:
    """A ratio of risks far from 1, either way (Guyatt 2011, 1311-6)."""
    large, huge = large_effects(body.best), large_effects(body.best, 5)
    if not large:
        return None
    return _Judgement(2 if huge else 1, because("large-effect"), huge or large)


_DOMAINS: dict[CertaintyReason, Callable[[_Body], _Judgement]] = {
    "risk-of-bias": _risk_of_bias,
    "inconsistency": _inconsistency,
    "indirectness": _indirectness,
    "imprecision": _imprecision,
    "publication-bias": _publication_bias,
}


def _judgements(body: _Body) -> Iterator[tuple[CertaintyReason, _Judgement]]:
    """What each domain says; raising only for observational evidence that nothing has lowered."""
    lowered = False
    for rule, domain in _DOMAINS.items():
        judgement = domain(body)
        lowered = lowered or judgement.change != 0
        yield rule, judgement
    if body.top == 1 and not lowered and (raised := _large_effect(body)):
        yield "large-effect", raised


def _why_start(best: Sequence[WeighedStudy], top: int) -> Bilingual:
    at = best[0].level
    if at.question in OBSERVED and at.number:
        number = min(study.level.number or at.number for study in best)
        return because("best-level", level=number, count=len(best))
    return because(f"best-is-{top}", count=len(best))


def certainty_of(
    kind: str, body: Sequence[WeighedStudy]
) -> tuple[Certainty, tuple[CertaintyReason, ...], list[Step]]:
    """The certainty of a body of evidence, the domains that moved it, and every step.

    Args:
        kind: the kind of the claim.
        body: the studies that count, each with a weight.
    """
    if not body:
        return "none", ("no-studies",), [Step("start", 0, "none", because("nothing-to-grade"))]
    if kind in UNGRADED:
        return "none", (), [Step("start", 0, "none", because("not-graded"))]
    grade = top = max(study.start for study in body)
    best = [study for study in body if study.start == top]
    why = _why_start(best, top)
    steps = [Step("start", 0, CERTAINTY_ORDER[grade], why, keys_of(best))]
    reasons: list[CertaintyReason] = []
    for rule, judgement in _judgements(_Body(kind, body, best, top)):
        grade = min(3, max(0, grade + judgement.change))
        if judgement.change:
            reasons.append(rule)
        keys = keys_of(judgement.studies)
        steps.append(Step(rule, judgement.change, CERTAINTY_ORDER[grade], judgement.why, keys))
    return CERTAINTY_ORDER[grade], tuple(reasons), steps
