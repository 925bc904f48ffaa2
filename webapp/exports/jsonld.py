"""JSON-LD: references, claims and texts in the words of schema.org, for search engines."""

from __future__ import annotations

from typing import Any

from flask import url_for

from evidence.claims.claim import Claim
from evidence.claims.text import Text
from references.record import Author, Reference
from webapp.exports.parts import address_of
from webapp.exports.zotero import item_type
from webapp.site import site, standing
from webapp.wording.display import external_addresses, localised
from webapp.wording.examined import examined, examined_claim
from webapp.wording.language import chosen_language
from webapp.wording.words import DESIGNS, VERDICTS


def _without_nothing(document: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in document.items() if value not in ("", None, [], {})}


def _organisation(name: str) -> dict[str, str] | None:
    return {"@type": "Organization", "name": name} if name else None


def _person(author: Author) -> dict[str, str]:
    if group := _organisation(author.literal):
        return group
    return _without_nothing(
        {
            "@type": "Person",
            "name": author.name,
            "familyName": author.short,
            "givenName": author.given,
        }
    )


def _about(concept_ids: tuple[str, ...]) -> list[dict[str, Any]]:
    """Indications as medical conditions; other concepts are not diseases and left out."""
    vocabulary = site().kb.vocabulary
    conditions = []
    for concept_id in concept_ids:
        concept = vocabulary.get(concept_id)
        if concept is None or concept.facet != "indication":
            continue
        conditions.append(
            _without_nothing(
                {
                    "@type": "MedicalCondition",
                    "@id": url_for("indications.concept", concept_id=concept.id, _external=True),
                    "name": concept.label[chosen_language()],
                    "code": {
                        "@type": "MedicalCode",
                        "codeValue": concept.mesh,
                        "codingSystem": "MeSH",
                    }
                    if concept.mesh
                    else None,
                }
            )
        )
    return conditions


#: Zotero's item type -> types of schema.org.
_TYPES = {
    "journalArticle": ["ScholarlyArticle", "MedicalScholarlyArticle"],
    "report": ["Report"],
    "bookSection": ["Chapter"],
    "book": ["Book"],
    "thesis": ["Thesis"],
    "dataset": ["Dataset"],
}


def _part_of(reference: Reference, kind: str) -> dict[str, Any] | None:
    """The issue of the volume of the journal, or the work that holds a chapter."""
    if not reference.journal:
        return None
    if kind != "journalArticle":
        return {"@type": "CreativeWork", "name": reference.journal}
    part = _without_nothing(
        {"@type": "Periodical", "name": reference.journal, "issn": reference.issn}
    )
    for name, number in (("Volume", reference.volume), ("Issue", reference.number)):
        if number:
            of = f"{name.lower()}Number"
            part = {"@type": f"Publication{name}", of: number, "isPartOf": part}
    return part


def reference_ld(reference: Reference) -> dict[str, Any]:
    """A reference as schema.org's MedicalScholarlyArticle, or what else it is.

    MedicalEvidenceLevel is left out: schema.org means it for recommendations of guidelines.
    """
    kind = item_type(reference)
    types = _TYPES.get(kind, ["CreativeWork"])
    design = DESIGNS.get(reference.study.design)
    identifiers = [
        {"@type": "PropertyValue", "propertyID": name, "value": value}
        for name, value in (
            ("DOI", reference.doi),
            ("PMID", reference.pmid),
            ("PMCID", reference.pmcid),
        )
        if value
    ]
    return {"@context": "https://schema.org"} | _without_nothing(
        {
            "@type": types if len(types) > 1 else types[0],
            "@id": address_of(reference),
            "name": reference.title,
            "headline": reference.title if kind == "journalArticle" else "",
            "author": [_person(author) for author in reference.authors],
            "datePublished": str(reference.year or ""),
            "inLanguage": reference.language,
            "isPartOf": _part_of(reference, kind),
            "pagination": reference.pages,
            "publisher": _organisation(reference.publisher),
            "isbn": reference.isbn,
            "identifier": identifiers,
            "sameAs": [address for _, _, address in external_addresses(reference)],
            "keywords": ", ".join(reference.keywords),
            "publicationType": str(design.name) if design and kind == "journalArticle" else None,
            "about": _about(site().studies.concepts_of(reference)),
        }
    )


def claim_ld(text: Text, claim: Claim) -> dict[str, Any] | None:
    """A claim as a ClaimReview; None when nobody has judged it, or no study could answer it.

    The rating is the verdict's word and the rationale. It has no number: "no evidence found"
    stands nowhere on a scale from false to true.
    """
    if claim.verdict in (None, "not-checkable"):
        return None
    page = url_for("texts.claim", text_id=text.id, claim_id=claim.id, _external=True)
    signed = standing().text(text.id).is_signed(claim)
    return _without_nothing(
        {
            "@type": "ClaimReview",
            "@id": page,
            "url": page,
            "claimReviewed": localised(claim.statement),
            "inLanguage": chosen_language(),
            "creativeWorkStatus": "Published" if signed else "Proposed",
            "datePublished": claim.reviewed.on.isoformat() if claim.reviewed and signed else "",
            "author": _organisation(site().kb.name(chosen_language())),
            "reviewRating": {
                "@type": "Rating",
                "alternateName": str(VERDICTS[claim.verdict].name),
                "ratingExplanation": localised(claim.rationale),
            },
            "itemReviewed": _without_nothing(
                {
                    "@type": "Claim",
                    "appearance": {"@type": "WebPage", "url": text.url} if text.url else None,
                    "author": _organisation(text.publisher),
                }
            ),
            "citation": [
                {
                    "@type": "CreativeWork",
                    "@id": url_for("library.reference", key=link.reference, _external=True),
                }
                for link in claim.links
                if link.reference in site().kb.library
            ],
        }
    )


def claim_page_ld(text: Text, claim: Claim) -> dict[str, Any]:
    """The page of a claim: a MedicalWebPage about what the claim is about."""
    return {"@context": "https://schema.org"} | _without_nothing(
        {
            "@type": "MedicalWebPage",
            "url": url_for("texts.claim", text_id=text.id, claim_id=claim.id, _external=True),
            "name": examined_claim(claim),
            "inLanguage": chosen_language(),
            "about": _about(claim.all_concepts),
            "mainEntity": claim_ld(text, claim),
        }
    )


def text_ld(text: Text) -> dict[str, Any]:
    """The reader's page of a text: a MedicalWebPage; each claim's page has its review."""
    concepts = dict.fromkeys(c for claim in text.claims for c in claim.all_concepts)
    return {"@context": "https://schema.org"} | _without_nothing(
        {
            "@type": "MedicalWebPage",
            "url": url_for("texts.text", text_id=text.id, _external=True),
            "name": examined(text),
            "description": localised(text.summary),
            "inLanguage": chosen_language(),
            "isBasedOn": _without_nothing(
                {
                    "@type": "WebPage",
                    "url": text.url,
                    "name": localised(text.title),
                    "publisher": _organisation(text.publisher),
                }
            )
            if text.url
            else None,
            "publisher": _organisation(site().kb.name(chosen_language())),
            "medicalAudience": [
                {"@type": "MedicalAudience", "audienceType": kind}
                for kind in ("Patient", "Clinician")
            ],
            "about": _about(tuple(concepts)),
        }
    )
