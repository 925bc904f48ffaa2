"""The summary of findings in the words of a language: for pages, the report, the API and CSV."""

from __future__ import annotations

from dataclasses import dataclass

from evidence.appraisal.outcomes import Effect, OutcomeRow, summary_of_findings
from evidence.claims.claim import Claim
from evidence.knowledge import KnowledgeBase
from evidence.wording import counted, terms, typeset
from evidence.wording.results import Said, harm_told, result_of, side_word
from references.record import Reference

_AGAINST = {"en": " vs ", "fr": " contre "}
#: What has to be stated before evidence is called direct without saying in what; some studies
#: compare with nothing.
_TO_STATE = ("population", "intervention", "outcome")
_OF = {"en": " of ", "fr": " sur "}


@dataclass(frozen=True, slots=True)
class ToldEffect:
    """One line of a row: a study, what it measured and when, the figure, whom it favours.

    `tested` names the treatments where they are others than that of the claim.
    """

    reference: Reference
    tested: str
    outcome: Said
    timepoint: Said
    figures: str
    side: str
    absolute: str


@dataclass(frozen=True, slots=True)
class ToldRow:
    """A row in words; `row` is what it tells, `direction` whom all its effects favour."""

    row: OutcomeRow
    outcome: str
    comparison: str
    studies: str
    direction: str
    directness: str
    effects: tuple[ToldEffect, ...]


@dataclass(frozen=True, slots=True)
class ToldSummary:
    """The rows of a claim; `silent` are the linked works that report no outcome for it."""

    rows: tuple[ToldRow, ...]
    silent: tuple[Reference, ...]


def told_summary(claim: Claim, kb: KnowledgeBase, language: str) -> ToldSummary:
    """The summary of findings of a claim in the words of a language."""
    found = summary_of_findings(claim, kb.library)
    return ToldSummary(
        tuple(_row(row, claim, kb, language) for row in found.rows),
        tuple(kb.library[key] for key in found.silent),
    )


def _row(row: OutcomeRow, claim: Claim, kb: KnowledgeBase, language: str) -> ToldRow:
    treatments = {_treatment(effect, claim, kb, language) for effect in row.effects}
    treatment = treatments.pop() if len(treatments) == 1 else ""
    comparison = terms.name("comparison", row.comparison, language) if row.comparison else ""
    if row.other_treatment:
        other = terms.name("comparison", "other-treatment", language)
        comparison = ", ".join(filter(None, (other, comparison)))
    differs = terms.name("comparison", "differs", language)
    return ToldRow(
        row=row,
        outcome=terms.heading("outcome-group", row.outcome, language),
        comparison=comparison,
        studies=_counted(row, language),
        direction=differs
        if row.direction == "differs"
        else side_word(row.direction, treatment, language),
        directness=_directness(row, language),
        effects=tuple(_effect(effect, claim, kb, language) for effect in row.effects),
    )


def _counted(row: OutcomeRow, language: str) -> str:
    """Studies, people and reviews of a row: "4 studies, 411 people"."""
    animals = row.comparison == "animals"
    parts = []
    if row.studies:
        parts.append(counted(row.studies, "%(num)s study", "%(num)s studies", language))
    if row.people and animals:
        parts.append(counted(row.people, "%(num)s animal", "%(num)s animals", language))
    elif row.people:
        parts.append(counted(row.people, "%(num)s person", "%(num)s people", language))
    if row.unknown and not animals:
        parts.append(
            counted(row.unknown, "%(num)s without a number", "%(num)s without a number", language)
        )
    if row.reviews:
        parts.append(counted(row.reviews, "%(num)s review", "%(num)s reviews", language))
    return ", ".join(parts)


def _directness(row: OutcomeRow, language: str) -> str:
    """Indirect where any study is; direct only in what every study of the row is said to be."""
    if not row.indirect and not row.direct:
        return terms.name("directness-row", "unstated", language)
    kind, elements = ("indirect", row.indirect) if row.indirect else ("direct", row.direct)
    word = terms.name("directness-row", kind, language)
    if kind == "direct" and set(_TO_STATE) <= set(elements):
        return word
    names = (terms.name("directness", element, language) for element in elements)
    return f"{word} ({', '.join(names)})"


def _treatment(effect: Effect, claim: Claim, kb: KnowledgeBase, language: str) -> str:
    """What a study tested, where that is one thing: its own, or that of the claim among several."""
    tested = effect.study.reference.study.interventions
    if len(tested) > 1:
        meant = {one for name in claim.intervention for one in kb.vocabulary.narrower(name)}
        tested = tuple(one for one in tested if one in meant)
        if len(tested) > 1 and len(claim.intervention) == 1:
            tested = claim.intervention
    return kb.vocabulary.label(tested[0], language) if len(tested) == 1 else ""


def _effect(effect: Effect, claim: Claim, kb: KnowledgeBase, language: str) -> ToldEffect:
    nothing = Said("", language)
    absolute = _AGAINST[language].join(f"{n}{_OF[language]}{of}" for n, of in effect.absolute)
    reference = effect.study.reference
    tested = ""
    if "intervention" in effect.study.indirect:
        names = (kb.vocabulary.label(one, language) for one in reference.study.interventions[:3])
        tested = typeset(", ".join(names), language)
    if effect.harm is not None:
        told = harm_told(effect.harm, language)
        people = "" if absolute else told.people
        return ToldEffect(reference, tested, told.event, nothing, people, "", absolute)
    assert effect.finding is not None  # noqa: S101 - an effect is a finding or a harm
    result = result_of(effect.finding, language)
    return ToldEffect(
        reference=reference,
        tested=tested,
        outcome=result.outcome,
        timepoint=result.timepoint,
        figures=result.figures or result.text.text,
        side=side_word(effect.finding.favours, _treatment(effect, claim, kb, language), language),
        absolute=typeset(absolute, language),
    )
