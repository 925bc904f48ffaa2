"""Serious harms that a record names and that no safety claim links."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from evidence.appraisal import harms
from evidence.knowledge import KnowledgeBase
from references.errors import Problem, message, problem_in
from references.record import Reference


@dataclass(frozen=True, slots=True)
class _SafetyClaim:
    """A claim of kind safety: what was done to whom it speaks of, and what it links."""

    name: str  # text/claim
    interventions: frozenset[str]
    population: frozenset[str]  # with what is narrower; empty where the claim names nobody
    concepts: frozenset[str]
    linked: frozenset[str]

    def is_about(self, reference: Reference) -> bool:
        """Whether a record studied people of the claim."""
        study = reference.study
        studied = (*study.indications, *study.population)
        return not self.population or not self.population.isdisjoint(studied)


def _safety_claims(kb: KnowledgeBase) -> list[_SafetyClaim]:
    interventions = frozenset(one.id for one in kb.vocabulary.of_facet("intervention"))
    return [
        _SafetyClaim(
            f"{text.id}/{claim.id}",
            interventions.intersection(claim.intervention or claim.concepts),
            frozenset(one for name in claim.population for one in kb.vocabulary.narrower(name)),
            frozenset(claim.all_concepts),
            frozenset(link.reference for link in claim.links),
        )
        for text in kb.texts.values()
        for claim in text.claims
        if claim.kind == "safety"
    ]


def unlinked_harms(kb: KnowledgeBase) -> Iterator[Problem]:
    """Each record that names a serious harm which no safety claim that should links it.

    Only records about an intervention of a safety claim, in people, are asked for. A harm is
    linked when a claim that speaks of it links the record; where no claim speaks of it, when any
    about the same people does.
    """
    claims = _safety_claims(kb)
    interventions = sorted({name for claim in claims for name in claim.interventions})
    for reference in kb.library.values():
        named = harms.harms_in(reference) if harms.is_in_people(reference) else []
        about = [name for name in interventions if harms.is_about(reference, name, kb.vocabulary)]
        bearing = [claim for claim in claims if claim.interventions.intersection(about)]
        missed: list[str] = []
        wanted: dict[str, None] = {}
        for one in named:
            near = [claim for claim in bearing if claim.concepts.intersection(one.kind.concepts)]
            asked = near or [claim for claim in bearing if claim.is_about(reference)]
            if asked and not any(reference.key in claim.linked for claim in asked):
                missed.append(f"{one.kind.en} (“{one.words}”)")
                wanted.update(dict.fromkeys(claim.name for claim in asked))
        if missed:
            why = message(
                "names a serious harm that no safety claim links: {harms}; link it from one of "
                "{claims}",
                harms=tuple(missed),
                claims=tuple(wanted),
            )
            place, field = reference.place, f"{reference.key}.{named[0].field}"
            yield problem_in(place.file, place.line, field, why)
