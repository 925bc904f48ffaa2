"""What the references of a report say, and what two readers made of its claims, in words."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from evidence.appraisal.told import ToldEffect, told_summary
from evidence.claims.claim import Claim
from evidence.claims.readings import ClaimReadings
from evidence.knowledge import KnowledgeBase
from evidence.report.content import ReportedDifference, ReportedOutcome, ReportedStudy
from evidence.wording import results, terms, typeset
from references.record import Reference


def reported_study(kb: KnowledgeBase, reference: Reference, language: str) -> ReportedStudy:
    """What a reference says of its study, in the words of a language."""
    related = (
        f"{results.relation_word(one, language)} {kb.library[one.key].byline_in(language)}"
        for one in kb.library.related_to(reference.key)
    )
    seen = (results.seen_word(source.address, language) for source in reference.provenance)
    return ReportedStudy(
        facts=tuple(_facts(kb, reference, language)),
        results=tuple(one.told for one in results.results_of(reference, language)),
        harms=tuple(one.line for one in results.harms_of(reference, language)),
        related=tuple(related),
        seen=tuple(dict.fromkeys(seen)),
    )


def _facts(kb: KnowledgeBase, reference: Reference, language: str) -> Iterator[tuple[str, str]]:
    study = reference.study

    def labels(concepts: Iterable[str]) -> str:
        names = (kb.vocabulary.label(concept, language) for concept in concepts)
        return typeset(", ".join(names), language)

    def words(name: str) -> str:
        return results.study_words(study, name, language).text

    facts = (
        ("interventions", labels(study.interventions)),
        ("population", labels((*study.population, *study.indications))),
        ("comparators", labels(study.comparators)),
        ("comparison", words("comparison")),
        ("arms", words("arms")),
        ("device", words("device")),
        ("follow-up", words("followup")),
        ("harms", words("harms")),
        ("relevance", words("relevance")),
    )
    return ((terms.name("field", name, language), said) for name, said in facts if said)


def reported_differences(
    kb: KnowledgeBase, reading: ClaimReadings, claim: Claim, language: str
) -> Iterator[ReportedDifference]:
    """What two readers saw differently of a claim, and how each was settled."""
    for kind in ("verdict", "certainty"):
        first, second = getattr(reading.first, kind), getattr(reading.second, kind)
        if first != second:
            settled = getattr(claim, kind)
            yield ReportedDifference(
                what=terms.name("claim-field", kind, language),
                first=terms.name(kind, first, language),
                second=terms.name(kind, second, language),
                settled=terms.name(kind, settled, language),
                **_why(reading, kind, language),
            )
    for one in reading.differing:
        reference = kb.library.get(one.reference)
        yield ReportedDifference(
            what=reference.byline_in(language) if reference else one.reference,
            first=terms.name("stance-read", one.first, language),
            second=terms.name("stance-read", one.second, language),
            settled=terms.name("stance-read", one.settled, language),
            **_why(reading, one.reference, language),
        )


def reported_outcomes(
    kb: KnowledgeBase, claim: Claim, language: str
) -> tuple[ReportedOutcome, ...]:
    """The summary of findings on a claim, in the words of a language."""
    return tuple(
        ReportedOutcome(
            outcome=told.outcome,
            comparison=told.comparison,
            studies=told.studies,
            direction=told.direction,
            directness=told.directness,
            effects=tuple(_effect_line(effect, language) for effect in told.effects),
        )
        for told in told_summary(claim, kb, language).rows
    )


def _effect_line(effect: ToldEffect, language: str) -> str:
    facts = (
        *(effect.tested, effect.outcome.text, effect.timepoint.text),
        *(effect.absolute, effect.figures, effect.side),
    )
    colon = {"en": ": ", "fr": "\u00a0: "}[language]
    return (
        effect.reference.byline_in(language)
        + colon
        + " · ".join(dict.fromkeys(filter(None, facts)))
    )


def _why(reading: ClaimReadings, reference: str, language: str) -> dict[str, str]:
    written = language if reading.whys(reference, language) else "en"
    words = typeset(" ".join(reading.whys(reference, written)), written)
    return {"why": words, "why_language": written}
