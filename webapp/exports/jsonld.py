"""What machines read in the pages: COinS, Highwire tags, unAPI, JSON-LD.

The forms follow what Zotero's translators look for (docs/interoperability.md).
"""

from __future__ import annotations

from typing import Any
from urllib.parse import quote, urlencode

from flask import Blueprint, Flask, Response, abort, request, url_for
from lxml import etree

from evidence.claims.claim import Claim
from evidence.claims.text import Text
from references.record import Author, Reference
from webapp.exports import files, zotero
from webapp.exports.zotero import item_type, where
from webapp.site import site, standing
from webapp.wording.display import external_addresses, lang_of, said
from webapp.wording.language import chosen_language
from webapp.wording.words import DESIGNS, VERDICTS

blueprint = Blueprint("metadata", __name__)

_GENRES = {
    "bookSection": "bookitem",
    "conferencePaper": "proceeding",
    "book": "book",
    "report": "report",
}


def _page(reference: Reference) -> str:
    return url_for("library.reference", key=reference.key, _external=True)


def _listed(author: Author) -> str:
    """A name as "family, given".

    A name without a given part ends with the comma: readers would otherwise take the last
    word of "De Stefano", or of a group, for the family name.
    """
    given = " ".join(part for part in (author.given, author.suffix) if part)
    return f"{author.short}, {given}".rstrip()


# ---- COinS ----------------------------------------------------------------------------


def coins(reference: Reference) -> str:
    """The reference as an OpenURL context object (Z39.88-2004) for a COinS span.

    Readers cut at "&" and "=", and read "+" as a space: every value is percent-encoded and a
    plus sign, which none of them can tell from a space, is written as its full-width form.
    A group that stands first has the field for corporations; one that stands elsewhere would
    lose its place there and is an author like the others.
    """
    kind = item_type(reference)
    pairs: list[tuple[str, str]] = [
        ("url_ver", "Z39.88-2004"),
        ("ctx_ver", "Z39.88-2004"),
        ("rfr_id", "info:sid/evidence-base"),
    ]
    if reference.doi:
        pairs.append(("rft_id", f"info:doi/{reference.doi}"))
    if reference.pmid:
        pairs.append(("rft_id", f"info:pmid/{reference.pmid}"))
    if reference.isbn:
        pairs.append(("rft_id", f"urn:isbn:{reference.isbn}"))
    pairs.append(("rft_id", where(reference) or _page(reference)))
    if kind == "journalArticle":
        pairs += [
            ("rft_val_fmt", "info:ofi/fmt:kev:mtx:journal"),
            ("rft.genre", "article"),
            ("rft.atitle", reference.title),
            ("rft.jtitle", reference.journal),
        ]
    elif kind in _GENRES:
        inside = kind in ("bookSection", "conferencePaper")
        pairs += [
            ("rft_val_fmt", "info:ofi/fmt:kev:mtx:book"),
            ("rft.genre", _GENRES[kind]),
            ("rft.atitle", reference.title if inside else ""),
            ("rft.btitle", reference.journal if inside else reference.title),
            ("rft.pub", reference.publisher),
        ]
    elif kind == "thesis":
        pairs += [
            ("rft_val_fmt", "info:ofi/fmt:kev:mtx:dissertation"),
            ("rft.title", reference.title),
            ("rft.inst", reference.publisher),
        ]
    else:
        pairs += [
            ("rft_val_fmt", "info:ofi/fmt:kev:mtx:dc"),
            ("rft.type", kind),
            ("rft.title", reference.title),
            ("rft.source", reference.journal),
            ("rft.publisher", reference.publisher),
        ]
    if kind == "journalArticle":
        pairs.append(("rft.pub", reference.publisher))
    if reference.authors and reference.authors[0].literal:
        pairs.append(("rft.aucorp", reference.authors[0].literal))
    pairs += [
        ("rft.au", _listed(author))
        for position, author in enumerate(reference.authors)
        if position or not author.literal
    ]
    first, _, last = reference.pages.partition("-")
    pairs += [
        ("rft.date", str(reference.year or "")),
        ("rft.volume", reference.volume),
        ("rft.issue", reference.number),
        ("rft.pages", reference.pages),
        ("rft.spage", first),
        ("rft.epage", last),
        ("rft.issn", reference.issn),
        ("rft.isbn", reference.isbn),
        ("rft.language", reference.language),
    ]
    kept = [(name, value.replace("+", "\uff0b")) for name, value in pairs if value]
    return urlencode(kept, quote_via=quote, safe="")


# ---- Highwire -------------------------------------------------------------------------


def highwire(reference: Reference) -> list[tuple[str, str]]:
    """The `meta` names and contents of a reference's page, as Highwire Press began them.

    Zotero takes a page with a title and no journal for a journal article; `z:itemType` says
    what it is instead.
    """
    kind = item_type(reference)
    first, _, last = reference.pages.partition("-")
    journal = {
        "bookSection": "citation_inbook_title",
        "conferencePaper": "citation_conference_title",
    }.get(kind, "citation_journal_title")
    pairs = [("citation_title", reference.title)]
    if kind not in ("journalArticle", "bookSection", "conferencePaper", "report", "thesis"):
        pairs.append(("z:itemType", kind))
        journal = "dc:source"
    pairs += [("citation_author", _listed(author)) for author in reference.authors]
    pairs += [
        ("citation_publication_date", str(reference.year or "")),
        (journal, reference.journal),
        ("citation_volume", reference.volume),
        ("citation_issue", reference.number),
        ("citation_firstpage", first),
        ("citation_lastpage", last),
        ("citation_doi", reference.doi),
        ("citation_pmid", reference.pmid),
        ("citation_issn", reference.issn),
        ("citation_isbn", reference.isbn),
        ("citation_language", reference.language),
        ("citation_keywords", "; ".join(reference.keywords)),
        ("citation_public_url", where(reference)),
        ("citation_abstract_html_url", _page(reference)),
    ]
    if reference.publisher:
        name = {
            "report": "citation_technical_report_institution",
            "thesis": "citation_dissertation_institution",
        }.get(kind, "citation_publisher")
        pairs.append((name, reference.publisher))
    return [(name, content) for name, content in pairs if content]


# ---- unAPI ----------------------------------------------------------------------------

#: Formats of unAPI, the fullest first: name, media type, address that explains it.
_UNAPI = {
    "rdf_zotero": (zotero.MEDIA_TYPE, "https://www.zotero.org/support/dev/data_formats"),
    "ris": (files.EXTENSIONS["ris"].media_type, "https://en.wikipedia.org/wiki/RIS_(file_format)"),
    "bibtex": (files.EXTENSIONS["bib"].media_type, "https://www.bibtex.org/Format/"),
    "csl-json": (
        files.EXTENSIONS["json"].media_type,
        "https://docs.citationstyles.org/en/stable/specification.html",
    ),
}
_EXPORTS = {"ris": "ris", "bibtex": "bib", "csl-json": "json"}


@blueprint.get("/unapi")
def unapi() -> Response:
    """unAPI version 1: the formats, those of one reference (`id`), or it in one (`format`)."""
    key = request.args.get("id", "")
    library = site().kb.library
    if key and key not in library:
        abort(404)
    asked = request.args.get("format", "")
    if key and asked:
        if asked == "rdf_zotero":
            return Response(
                zotero.rdf(library[key]), content_type=f"{zotero.MEDIA_TYPE}; charset=utf-8"
            )
        if asked not in _EXPORTS:
            abort(406)
        return files.answer([library[key]], _EXPORTS[asked], key)
    root = etree.Element("formats", {"id": key} if key else {})
    for name, (media_type, docs) in _UNAPI.items():
        etree.SubElement(root, "format", name=name, type=media_type, docs=docs)
    body = etree.tostring(root, xml_declaration=True, encoding="utf-8")
    return Response(body, 300 if key else 200, content_type="application/xml; charset=utf-8")


# ---- JSON-LD --------------------------------------------------------------------------


def _without_nothing(document: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in document.items() if value not in ("", None, [], {})}


def _person(author: Author) -> dict[str, str]:
    if author.literal:
        return {"@type": "Organization", "name": author.literal}
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
    found = []
    for concept_id in concept_ids:
        concept = vocabulary.get(concept_id)
        if concept is None or concept.facet != "indication":
            continue
        found.append(
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
    return found


def reference_ld(reference: Reference) -> dict[str, Any]:
    """A reference as schema.org's MedicalScholarlyArticle, or what else it is.

    MedicalEvidenceLevel is left out: schema.org means it for recommendations of guidelines.
    """
    kind = item_type(reference)
    types = {
        "journalArticle": ["ScholarlyArticle", "MedicalScholarlyArticle"],
        "report": ["Report"],
        "bookSection": ["Chapter"],
        "book": ["Book"],
        "thesis": ["Thesis"],
        "dataset": ["Dataset"],
    }.get(kind, ["CreativeWork"])
    design = DESIGNS.get(reference.study.design)
    part: Any = None
    if kind == "journalArticle" and reference.journal:
        part = _without_nothing(
            {"@type": "Periodical", "name": reference.journal, "issn": reference.issn}
        )
        if reference.volume:
            part = {
                "@type": "PublicationVolume",
                "volumeNumber": reference.volume,
                "isPartOf": part,
            }
        if reference.number:
            part = {"@type": "PublicationIssue", "issueNumber": reference.number, "isPartOf": part}
    elif reference.journal:
        part = {"@type": "CreativeWork", "name": reference.journal}
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
            "@id": _page(reference),
            "name": reference.title,
            "headline": reference.title if kind == "journalArticle" else "",
            "author": [_person(author) for author in reference.authors],
            "datePublished": str(reference.year or ""),
            "inLanguage": reference.language,
            "isPartOf": part,
            "pagination": reference.pages,
            "publisher": {"@type": "Organization", "name": reference.publisher}
            if reference.publisher
            else None,
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
    if not claim.is_assessed or claim.verdict == "not-checkable":
        return None
    page = url_for("texts.claim", text_id=text.id, claim_id=claim.id, _external=True)
    signed = standing().text(text.id).is_signed(claim)
    return _without_nothing(
        {
            "@type": "ClaimReview",
            "@id": page,
            "url": page,
            "claimReviewed": said(claim.statement),
            "inLanguage": chosen_language(),
            "creativeWorkStatus": "Published" if signed else "Proposed",
            "datePublished": claim.reviewed.on.isoformat() if claim.reviewed and signed else "",
            "author": {"@type": "Organization", "name": site().kb.name(chosen_language())},
            "reviewRating": {
                "@type": "Rating",
                "alternateName": str(VERDICTS[claim.verdict].name),
                "ratingExplanation": said(claim.rationale),
            },
            "itemReviewed": _without_nothing(
                {
                    "@type": "Claim",
                    "appearance": {"@type": "WebPage", "url": text.url} if text.url else None,
                    "author": {"@type": "Organization", "name": text.publisher}
                    if text.publisher
                    else None,
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
            "name": said(claim.statement),
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
            "name": said(text.title),
            "inLanguage": chosen_language(),
            "isBasedOn": _without_nothing(
                {
                    "@type": "WebPage",
                    "url": text.url,
                    "publisher": {"@type": "Organization", "name": text.publisher}
                    if text.publisher
                    else None,
                }
            )
            if text.url
            else None,
            "publisher": {"@type": "Organization", "name": site().kb.name(chosen_language())},
            "medicalAudience": [
                {"@type": "MedicalAudience", "audienceType": kind}
                for kind in ("Patient", "Clinician")
            ],
            "about": _about(tuple(concepts)),
        }
    )


def install(app: Flask) -> None:
    """Give the templates these forms."""
    app.jinja_env.globals.update(
        coins=coins,
        highwire=highwire,
        lang_of=lang_of,
        reference_ld=reference_ld,
        claim_page_ld=claim_page_ld,
        text_ld=text_ld,
    )
