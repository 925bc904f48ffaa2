"""Summary of findings on a claim: a row an outcome and a comparison, as GRADEpro lays it out.

Rows hold what the linked studies found, never a pooled figure. The certainty is that of the claim.
What counts are the links that bear on the claim: background, retracted works and opinions without
people are left out, and of several records of one study each person is counted once.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from evidence.appraisal.certainty import WeighedStudy, weigh
from evidence.appraisal.level import MECHANISM, OPINION, REVIEWS
from evidence.claims.claim import Claim
from references.record import Finding, Harm, Reference
from references.relations import studies_of

#: Kinds of claims that studies answer with outcomes.
MEASURED = ("efficacy", "durability", "safety", "indication")

#: Kinds of outcomes by the words of a finding: the first that fits; "other" when none does.
_GROUPS: dict[str, re.Pattern[str]] = {
    name: re.compile(words, re.I)
    for name, words in {
        "nerve-harm": r"adverse|complication|harm|injur|palsy|pneumo|infection|necrosis|kidney|"
        r"neurapraxia|hyp[oae]+sthesi|dysaesthesi|neuropath|numb|allodynia|hyperalgesi|sensibility|"
        r"safety|readmission",
        "stay": r"\bstay\b|\bICU\b|ventilat",
        "medication": r"opioid|analgesic|medication|morphine|\bMME\b",
        "time": r"duration|time to|recurrence|return|lasting|still|months after|repeat|remission|"
        r"recover|resolution",
        "relief": r"respon|improve|helped|relief|satisf|\bcure|better|PGIC|impression|success|"
        r"%.*reduction",
        "function": r"function|motor|activity|orgasm|sexual",
        "pain": r"pain|\bNRS|\bNPRS|\bVNRS|\bVAS|\bNRPS|WOMAC|McGill",
    }.items()
}
#: The order of rows: what people feel first; adverse events come before it where they are asked.
GROUPS = ("pain", "relief", "time", "function", "medication", "stay", "nerve-harm", "other")
HARM_GROUPS = ("serious-events", "other-events", "unrated-events")
COMPARISONS = ("controlled", "uncontrolled", "uncompared", "animals", "")

#: Outcome, comparison, whether another treatment than that of the claim was tested.
_Place = tuple[str, str, bool]
_CONTROLLED = ("intervention", "comparator", "neither")
_COUNTED = re.compile(r"(?<![\d.,])(\d+)(?: of |/)(\d+)(?![\d.,])(?! ?%)")


@dataclass(frozen=True, slots=True)
class Effect:
    """What one study says on an outcome: a finding or an adverse event."""

    study: WeighedStudy
    finding: Finding | None = None
    harm: Harm | None = None

    @property
    def absolute(self) -> tuple[tuple[int, int], ...]:
        """How many of how many people, one pair a group; empty where the record does not say."""
        if self.harm is not None:
            known = self.harm.number is not None and self.harm.of is not None
            return ((self.harm.number or 0, self.harm.of or 0),) if known else ()
        return absolutes(self.finding.value if self.finding else "")


@dataclass(frozen=True, slots=True)
class OutcomeRow:
    """One outcome under one comparison, with the effects of its studies.

    `people` adds up those of studies that are no reviews, each study once; `unknown` of them do
    not say how many took part. `direction` is what all effects favour, "differs", or "".
    `other_treatment`: what was tested is not what the claim is about. `indirect`: the elements in
    which any study is; `direct`: those in which every study is said to be.
    """

    outcome: str
    comparison: str
    other_treatment: bool
    effects: tuple[Effect, ...]
    studies: int
    reviews: int
    people: int
    unknown: int
    direction: str
    indirect: tuple[str, ...]
    direct: tuple[str, ...] = ()

    @property
    def is_apart(self) -> bool:
        """True for what is not about the treatment of the claim in people."""
        return self.other_treatment or self.comparison == "animals"


@dataclass(frozen=True, slots=True)
class SummaryOfFindings:
    """The rows of a claim, and the linked works that report no outcome for it."""

    rows: tuple[OutcomeRow, ...] = ()
    silent: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.rows)


def absolutes(value: str) -> tuple[tuple[int, int], ...]:
    """The "n of N" that a figure prints: one, or those of two groups that are compared."""
    pairs = [(int(n), int(of)) for n, of in _COUNTED.findall(value)]
    pairs = [(n, of) for n, of in pairs if n <= of and of > 1]
    if len(pairs) == 2 and " vs " in value:
        return tuple(pairs)
    return tuple(pairs) if len(pairs) == 1 else ()


def summary_of_findings(claim: Claim, library: Mapping[str, Reference]) -> SummaryOfFindings:
    """What the studies linked to a claim found, by outcome and comparison."""
    if claim.kind not in MEASURED or not claim.is_assessed:
        return SummaryOfFindings()
    linked = [one for one in weigh(claim, library) if _bears(one)]
    effects: dict[_Place, list[Effect]] = {}
    for study in linked:
        for place, effect in _effects(study, claim.kind):
            effects.setdefault(place, []).append(effect)
    told = {effect.study.key for group in effects.values() for effect in group}
    order = (*HARM_GROUPS, *GROUPS) if claim.kind == "safety" else (*GROUPS, *HARM_GROUPS)

    def rank(place: _Place) -> tuple[bool, int, int]:
        outcome, comparison, other_treatment = place
        return other_treatment, order.index(outcome), COMPARISONS.index(comparison)

    places = sorted(effects, key=rank)
    return SummaryOfFindings(
        tuple(_row(place, effects[place], library) for place in places),
        tuple(dict.fromkeys(one.key for one in linked if one.key not in told)),
    )


def _bears(study: WeighedStudy) -> bool:
    usable = study.reference.status not in ("retracted", "not-located")
    return usable and study.link.stance != "background"


def _effects(study: WeighedStudy, kind: str) -> Iterator[tuple[_Place, Effect]]:
    """The findings that a link rests on; for safety, the adverse events of the record too."""
    reference = study.reference
    if reference.study.design in OPINION and reference.study.participants is None:
        return
    animals = reference.study.design in MECHANISM
    other = "intervention" in study.indirect
    for finding in reference.findings:
        group = outcome_group(finding)
        # A figure of no outcome and no side describes the work: "studies included".
        if finding.outcome == study.link.finding and (group != "other" or finding.favours):
            at = "animals" if animals else _comparison(finding)
            yield (group, at, other), Effect(study, finding=finding)
    # What happened to animals is a finding about nerves, not an adverse event of patients.
    for harm in reference.harms if kind == "safety" and not animals else ():
        events = {True: "serious-events", False: "other-events", None: "unrated-events"}
        yield (events[harm.serious], "", other), Effect(study, harm=harm)


def outcome_group(finding: Finding) -> str:
    """Which kind of outcome a finding is of: one of `GROUPS`."""
    return next((name for name, words in _GROUPS.items() if words.search(finding.outcome)), "other")


def _comparison(finding: Finding) -> str:
    if finding.favours in _CONTROLLED:
        return "controlled"
    return "uncontrolled" if finding.favours else "uncompared"


def _row(place: _Place, effects: list[Effect], library: Mapping[str, Reference]) -> OutcomeRow:
    outcome, comparison, other_treatment = place
    records = {effect.study.key: effect.study.reference for effect in effects}
    reviews = [key for key, one in records.items() if one.study.design in REVIEWS]
    people = people_of((key for key in records if key not in reviews), library)
    sides = {effect.finding.favours for effect in effects if effect.finding}
    elements = dict.fromkeys(name for effect in effects for name in effect.study.indirect)
    # What happened to somebody stands before what happened to nobody; then the best level.
    ordered = sorted(
        effects,
        key=lambda one: (
            one.harm is not None and one.harm.number == 0,
            one.study.level.number or 9,
            -one.study.weight,
        ),
    )
    return OutcomeRow(
        outcome=outcome,
        comparison=comparison,
        other_treatment=other_treatment,
        effects=tuple(ordered),
        studies=len(people),
        reviews=len(reviews),
        people=sum(filter(None, people.values())),
        unknown=sum(number is None for number in people.values()),
        direction=sides.pop() if len(sides) == 1 else "differs" if sides else "",
        indirect=tuple(elements),
        direct=tuple(name for name in effects[0].study.direct if _all_direct(effects, name)),
    )


def _all_direct(effects: Sequence[Effect], element: str) -> bool:
    """True when every study of a row is said to be direct in one element."""
    return all(element in effect.study.direct for effect in effects)


def people_of(keys: Iterable[str], library: Mapping[str, Reference]) -> dict[str, int | None]:
    """The people of each study behind some records: the most that one of its records counts."""
    asked = tuple(keys)
    study = studies_of(asked, library)
    people: dict[str, int | None] = {}
    for key in asked:
        said = (people.get(study[key]), library[key].study.participants)
        known = [number for number in said if number is not None]
        people[study[key]] = max(known) if known else None
    return people
