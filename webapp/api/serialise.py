"""Things of the knowledge base as the answers of the API."""

from __future__ import annotations

from collections import Counter
from typing import Any

from flask import url_for

from evidence.appraisal.outcomes import Effect, OutcomeRow, summary_of_findings
from evidence.claims.claim import VERDICTS, Claim
from evidence.claims.readings import Agreement, ClaimReadings, agreement_of
from evidence.claims.text import CitedSource, Text
from evidence.wording import LANGUAGES
from references.concepts import Concept
from references.hosts import seen_at
from references.record import Reference
from webapp.api import answers, records
from webapp.exports.cito import cito
from webapp.site import site, standing
from webapp.wording import citation
from webapp.wording.display import passage_address

#: Where a reference can be had, and the ending of that address.
_EXPORTS = {"bibtex": "bib", "ris": "ris", "csl_json": "json", "nbib": "nbib"}


def page_address(endpoint: str, **values: Any) -> str:
    """The whole address of a page."""
    return url_for(endpoint, _external=True, **values)


def both(text: Any) -> answers.Both | None:
    """A text in both languages; None where there is none."""
    return answers.Both(fr=text["fr"], en=text["en"]) if text else None


def text_answer(text: Text) -> answers.TextAnswer:
    """A text as the API gives it."""
    verdicts: Counter[str] = Counter(claim.judgement for claim in text.claims)
    view = standing().text(text.id)
    read, stage = view.readings, view.stage
    readings = [read[claim.id] for claim in text.claims if claim.id in read]
    return answers.TextAnswer(
        id=text.id,
        title=both(text.title),
        summary=both(text.summary),
        publisher=text.publisher,
        language=text.language,
        url=text.url or None,
        published=text.published,
        retrieved=text.retrieved,
        state=stage.name,
        published_here=stage.since.date() if stage.since else None,
        published_by=stage.shown or None,
        sections=tuple(
            answers.TextSection(id=section.id, heading=both(section.heading))
            for section in text.sections
        ),
        claims=len(text.claims),
        verdicts={verdict: verdicts[verdict] for verdict in VERDICTS},
        references=len({link.reference for claim in text.claims for link in claim.links}),
        sources=len(text.sources),
        read_twice=len(readings),
        agreement=_agreement(agreement_of(readings)) if readings else None,
        address=page_address("texts.text", text_id=text.id),
        annotations=page_address("annotations.collection", text_id=text.id),
        feed=page_address("feeds.text", text_id=text.id),
    )


def _agreement(agreement: Agreement) -> answers.AgreementAnswer:
    return answers.AgreementAnswer(**agreement.model_dump())


def _readings(reading: ClaimReadings) -> answers.ReadingsAnswer:
    first, second = (
        answers.ReaderAnswer(**reader.model_dump()) for reader in (reading.first, reading.second)
    )
    return answers.ReadingsAnswer(
        first=first,
        second=second,
        agreement=_agreement(reading.agreement),
        records=tuple(answers.RecordReadAnswer(**one.model_dump()) for one in reading.records),
        differences=tuple(
            answers.DifferenceAnswer(
                reference=one.reference,
                settled=one.settled,
                why={code: why for code in LANGUAGES if (why := one.why_in(code))},
            )
            for one in reading.differences
        ),
    )


def _effect(effect: Effect) -> records.EffectAnswer:
    finding, harm = effect.finding, effect.harm
    return records.EffectAnswer(
        reference=effect.study.key,
        finding=records.FindingAnswer(
            outcome=finding.outcome,
            timepoint=finding.timepoint or None,
            value=finding.value or None,
            text=finding.text or None,
            interval=finding.interval or None,
            unit=finding.unit or None,
            favours=finding.favours or None,
        )
        if finding
        else None,
        harm=records.HarmAnswer(
            event=harm.event,
            number=harm.number,
            of=harm.of,
            serious=harm.serious,
            french=harm.french or None,
        )
        if harm
        else None,
        absolute=tuple(records.AbsoluteAnswer(number=n, of=of) for n, of in effect.absolute),
    )


def _outcome(row: OutcomeRow) -> records.OutcomeAnswer:
    return records.OutcomeAnswer(
        outcome=row.outcome,
        comparison=row.comparison or None,
        other_treatment=row.other_treatment,
        studies=row.studies,
        reviews=row.reviews,
        people=row.people,
        unknown=row.unknown,
        direction=row.direction or None,
        indirect=row.indirect,
        effects=tuple(map(_effect, row.effects)),
    )


def claim_with_findings(text: Text, claim: Claim) -> answers.ClaimAnswer:
    """A claim with its summary of findings."""
    rows = summary_of_findings(claim, site().kb.library).rows
    findings = tuple(map(_outcome, rows)) or None
    return claim_answer(text, claim).model_copy(update={"findings": findings})


def claim_answer(text: Text, claim: Claim) -> answers.ClaimAnswer:
    """A claim as the API gives it: as `evidence claims --json`, with its addresses."""
    plain = claim.model_dump(mode="json", exclude_none=True)
    for name in ("statement", "rationale", "caveats"):
        if name in plain:
            plain[name] = both(getattr(claim, name))
    plain["anchor"] = {name: words for name, words in plain["anchor"].items() if words}
    for link, linked in zip(plain["links"], claim.links, strict=True):
        link["note"] = both(linked.note)
        link["cito"] = cito(link["stance"])
        link["finding"] = link["finding"] or None
    if claim.reviewed:
        view = standing().text(text.id)
        plain["reviewed"]["is_current"] = view.is_signed(claim)
        if (state := view.state(claim.id)) and state.signatures:
            plain["reviewed"]["signatures"] = len(state.signers)
            plain["reviewed"]["signatures_needed"] = state.rules.signatures
    reading = standing().text(text.id).readings.get(claim.id)
    return answers.ClaimAnswer(
        text=text.id,
        readings=_readings(reading) if reading else None,
        hash=claim.hash,
        address=page_address("texts.claim", text_id=text.id, claim_id=claim.id),
        passage=passage_address(text.url, claim.anchor) or None,
        **plain,
    )


def source_answer(text: Text, source: CitedSource) -> answers.SourceAnswer:
    """A source of a text as the API gives it."""
    return answers.SourceAnswer(
        text=text.id,
        cited=source.cited,
        status=source.status,
        reference=source.reference,
        nearest=source.nearest,
        looked=both(source.looked),
        note=both(source.note),
    )


def reference_answer(reference: Reference) -> answers.ReferenceAnswer:
    """A reference as the API gives it."""
    plain = reference.as_dict()
    for finding in plain.get("findings", ()):
        finding.setdefault("outcome", "")
    for harm in plain.get("harms", ()):
        harm["french"] = harm["french"] or None
    plain["provenance"] = [
        records.ProvenanceAnswer(address=source.address, place=seen_at(source.address))
        for source in reference.provenance
    ]
    plain["related"] = [
        records.RelatedAnswer(
            relation=one.kind,
            key=one.key,
            inverse=one.is_inverse,
            address=page_address("library.reference", key=one.key),
        )
        for one in site().kb.library.related_to(reference.key)
    ]
    level = site().studies.level(reference)
    return answers.ReferenceAnswer(
        **{"study": {}, **plain},
        concepts=site().studies.concepts_of(reference),
        level=answers.LevelAnswer(
            number=level.number, provisional=level.provisional, why=both(level.why)
        ),
        citation=citation.vancouver(reference),
        uses=tuple(
            answers.UseAnswer(
                text=text.id,
                claim=claim.id,
                stance=link.stance,
                address=page_address("texts.claim", text_id=text.id, claim_id=claim.id),
            )
            for text, claim, link in standing().uses_of(reference.key)
        ),
        addresses=answers.ReferenceAddresses(
            html=page_address("library.reference", key=reference.key),
            **{
                name: page_address("library.export_reference", key=reference.key, extension=ending)
                for name, ending in _EXPORTS.items()
            },
        ),
    )


def concept_answer(concept: Concept) -> answers.ConceptAnswer:
    """A concept as the API gives it."""
    return answers.ConceptAnswer(
        id=concept.id,
        facet=concept.facet,
        label=answers.Both(**concept.label),
        synonyms={language: tuple(terms) for language, terms in concept.synonyms.items()},
        mesh=concept.mesh or None,
        broader=concept.broader,
        narrower=tuple(c.id for c in site().kb.vocabulary if concept.id in c.broader),
        note=concept.note,
        references=site().studies.count(concept.id),
        address=page_address("indications.concept", concept_id=concept.id),
    )
