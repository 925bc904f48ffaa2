"""`/api/v1`: texts, claims, sources, references, search, suggestions and concepts as JSON.

Every operation is a function from checked parameters to an answer. All of them read, none writes.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import Any, get_args

from evidence.claims.claim import STANCES, VERDICTS, Kind, SourceStatus
from evidence.claims.text import Text
from evidence.parameters import LIMIT, Parameter, Values, read
from evidence.search import request as searching
from evidence.search.beyond import suggested
from evidence.search.request import SearchRequest, Sort
from evidence.wording import translation
from references.concepts import Concept
from references.errors import NotFound, message
from references.formats.bibliography import OURS
from references.normalise import fold
from webapp.api import answers
from webapp.api.operation import PART, links_around, operation, part_of
from webapp.api.serialise import (
    claim_answer,
    claim_with_findings,
    concept_answer,
    page_address,
    reference_answer,
    source_answer,
    text_answer,
)
from webapp.lookups import LISTED
from webapp.pages.indications import by_design
from webapp.query import redirected_to
from webapp.site import claims_for, search_library, site, standing
from webapp.wording.citation import in_style
from webapp.wording.language import chosen_language

#: The form of the id of a text, a claim or a concept.
ID = r"^[a-z0-9]+(-[a-z0-9]+)*$"
_AN_ID = message("an id: small letters and digits, with hyphens between")
_FACETS = (
    *("indication", "nerve", "intervention", "guidance", "outcome", "anatomy", "design"),
    "population",
)


def _of_text(what: str) -> Parameter:
    description = f"Only {what} of this text."
    return Parameter("text", description, pattern=ID, form=_AN_ID, longest=80)


def _concept_or_404(name: str) -> Concept:
    concept = site().kb.vocabulary.resolve(name)
    if concept is None:
        raise NotFound(
            "No concept is called '{name}' in the vocabulary; look for it in "
            "/api/v1/concepts?term=…",
            name=name[:80],
        )
    return concept


# ---- examples -------------------------------------------------------------------------


def _first_text() -> dict[str, Any]:
    return {"text_id": next(iter(standing().public), "text")}


def _first_claim() -> dict[str, Any]:
    for text, claim in standing().claims():
        return {"text_id": text.id, "claim_id": claim.id}
    return {"text_id": "text", "claim_id": "claim"}


def _first_reference() -> dict[str, Any]:
    kb = site().kb
    used = (key for key in kb.library if standing().uses_of(key) and kb.library[key].is_complete)
    return {"key": next(used, next(iter(kb.library), "key"))}


def _most_studied() -> dict[str, Any]:
    studies = site().studies
    indications = site().kb.vocabulary.of_facet("indication")
    most = max(indications, key=lambda c: studies.count(c.id)).id if indications else "indication"
    return {"concept_id": most}


# ---- texts, claims, sources -----------------------------------------------------------


def _requested_texts(text_id: str | None) -> list[Text]:
    """One text, or all of them, as readers see them."""
    if text_id:
        return [standing().public_text(text_id)]
    return list(standing().public.values())


@operation("/texts", "All texts", "texts", *PART)
def texts(limit: int, offset: int) -> answers.TextList:
    """The texts of the knowledge base, each with its claims counted by verdict."""
    every = list(standing().public.values())
    return part_of(answers.TextList, every, text_answer, limit, offset)


@operation("/texts/<text_id>", "One text", "texts", page=True, example=_first_text)
def text(text_id: str) -> answers.TextAnswer:
    """One text and what it amounts to."""
    return text_answer(standing().public_text(text_id))


@operation(
    "/texts/<text_id>/claims/<claim_id>", "One claim", "claims", page=True, example=_first_claim
)
def claim(text_id: str, claim_id: str) -> answers.ClaimAnswer:
    """One claim with its verdict, its certainty, its links and the summary of findings."""
    text = standing().public_text(text_id)
    return claim_with_findings(text, text.claim(claim_id))


@operation(
    "/claims",
    "Claims of all texts",
    "claims",
    *PART,
    _of_text("claims"),
    Parameter("verdict", "Only claims with this verdict.", choices=tuple(VERDICTS)),
    Parameter("kind", "Only claims of this kind.", choices=get_args(Kind)),
    Parameter(
        "concept",
        "Only claims about this concept or a narrower one (its id).",
        pattern=ID,
        form=_AN_ID,
        longest=80,
    ),
    Parameter("reference", "Only claims linked to this reference.", longest=200),
    example=lambda: {"verdict": "no-evidence-found", "limit": 1},
)
def claims(
    limit: int,
    offset: int,
    text: str | None,
    verdict: str | None,
    kind: str | None,
    concept: str | None,
    reference: str | None,
) -> answers.ClaimList:
    """The claims of all texts in the order of their pages, narrowed by the parameters."""
    texts = _requested_texts(text)
    within: set[str] = set()
    if concept:
        within = set(site().kb.vocabulary.narrower(_concept_or_404(concept).id))
    if reference:
        _ = site().reference(reference)  # or there is none of this key
    rows = [
        (text, claim)
        for text in texts
        for claim in text.claims
        if verdict in (None, claim.verdict)
        and kind in (None, claim.kind)
        and (not concept or within.intersection(claim.all_concepts))
        and (not reference or any(link.reference == reference for link in claim.links))
    ]
    return part_of(answers.ClaimList, rows, lambda row: claim_answer(*row), limit, offset)


@operation(
    "/sources",
    "Sources printed by the texts",
    "sources",
    *PART,
    _of_text("sources"),
    Parameter("status", "Only sources with this status.", choices=get_args(SourceStatus)),
    page="/sources/<text>",
)
def sources(limit: int, offset: int, text: str | None, status: str | None) -> answers.SourceList:
    """The sources that texts print, and whether they exist as cited."""
    rows = [
        (text, source)
        for text in _requested_texts(text)
        for source in text.sources
        if status in (None, source.status)
    ]
    return part_of(answers.SourceList, rows, lambda row: source_answer(*row), limit, offset)


# ---- references and search ------------------------------------------------------------


@operation("/references", "All references", "references", *PART)
def references(limit: int, offset: int) -> answers.ReferenceList:
    """The whole library in the order of keys; `/search` narrows it."""
    library = site().kb.library
    rows = [library[key] for key in sorted(library)]
    return part_of(answers.ReferenceList, rows, reference_answer, limit, offset)


@operation("/references/<key>", "One reference", "references", example=_first_reference)
def reference(key: str) -> answers.ReferenceAnswer:
    """One reference: its fields, its study, its findings, where it was seen and is used."""
    return reference_answer(site().reference(key))


@operation(
    "/references/<key>/citation",
    "One reference in a citation style",
    "references",
    Parameter(
        "style",
        "A CSL style by its name: vancouver, or with the public styles installed apa, ama ...",
        longest=80,
    ),
    example=_first_reference,
)
def citation(key: str, style: str | None) -> answers.CitationAnswer:
    """The citation of one reference, its words in the language of the answer."""
    name = style or OURS
    (made,) = in_style([site().reference(key)], name)
    return answers.CitationAnswer(key=key, style=name, text=made.text)


def _read_search(values: Values) -> dict[str, Any]:
    today = searching.current(values, searching.LIMIT)
    if today is not None:
        raise redirected_to(today)
    return read(searching.PARAMETERS, values)


@operation(
    "/search",
    "Search the library",
    "search",
    *searching.PARAMETERS,
    page=True,
    reader=_read_search,
    example=lambda: {"q": "vulvodynie", "limit": 1},
)
def search(**values: Any) -> answers.SearchAnswer:
    """What `evidence search` answers, in French or English: claims, references and facets."""
    search_request = SearchRequest.of(values, reader=chosen_language())
    answer = search_library(search_request)
    return answers.SearchAnswer(
        **answer.as_dict(translation(chosen_language())),
        claims=tuple(answers.ClaimHitAnswer(**hit.as_dict()) for hit in claims_for(search_request)),
        limit=search_request.limit,
        offset=search_request.offset,
        links=links_around(answer.total, search_request.limit, search_request.offset),
    )


@operation(
    "/suggest",
    "References for a claim",
    "search",
    Parameter(
        "text", "The claim, in French or English.", longest=4000, pattern=r"\S", required=True
    ),
    replace(LIMIT, description="How many references to suggest.", default=10, high=100),
    replace(
        searching.SORT,
        description=f"{searching.SORT.description} Those suggested are the most relevant.",
    ),
    example=lambda: {"text": "La cryoneurolyse est un traitement de la vulvodynie.", "limit": 2},
)
def suggest(text: str, limit: int, sort: Sort) -> answers.SuggestAnswer:
    """References that bear on a claim in French or English, and why."""
    with site().searching() as engine:
        found = suggested(engine, site().kb.vocabulary, text, limit, sort)
    return answers.SuggestAnswer.model_validate(found.as_dict())


# ---- concepts -------------------------------------------------------------------------


@operation(
    "/concepts",
    "The vocabulary",
    "concepts",
    *PART,
    Parameter("facet", "Only concepts of this facet.", choices=_FACETS),
    Parameter(
        "term",
        "Only concepts one of whose French or English terms begins with this; case and accents "
        "do not matter.",
        longest=80,
    ),
    example=lambda: {"facet": "nerve", "limit": 1},
)
def concepts(limit: int, offset: int, facet: str | None, term: str | None) -> answers.ConceptList:
    """Concepts with their terms in both languages, in the order of the vocabulary."""
    begun = fold(term or "")
    rows = [
        concept
        for concept in site().kb.vocabulary
        if facet in (None, concept.facet)
        and (not begun or any(fold(name).startswith(begun) for name in concept.terms()))
    ]
    return part_of(answers.ConceptList, rows, concept_answer, limit, offset)


@operation("/concepts/<concept_id>", "One concept", "concepts", example=_most_studied)
def concept(concept_id: str) -> answers.ConceptAnswer:
    """One concept, by its id, its MeSH id or one of its terms."""
    return concept_answer(_concept_or_404(concept_id))


@operation(
    "/indications",
    "Indications that are studied",
    "concepts",
    *PART,
    Parameter("facet", "Concepts of this facet.", default="indication", choices=LISTED),
    page=True,
)
def indications(limit: int, offset: int, facet: str) -> answers.ConceptList:
    """The indications, or concepts of another facet, that have references, most studied first."""
    studies = site().studies
    rows = sorted(studies.studied(facet), key=lambda c: (-studies.count(c.id), c.id))
    return part_of(answers.ConceptList, rows, concept_answer, limit, offset)


@operation(
    "/indications/<concept_id>",
    "What is known about an indication",
    "concepts",
    page=True,
    example=_most_studied,
)
def indication(concept_id: str) -> answers.IndicationAnswer:
    """Studies by design, links to claims by stance, and the references themselves."""
    concept = _concept_or_404(concept_id)
    studied = site().studies.of(concept.id)
    stances: Counter[str] = Counter(
        link.stance for r in studied for _text, _claim, link in standing().uses_of(r.key)
    )
    within = set(site().kb.vocabulary.narrower(concept.id))
    return answers.IndicationAnswer(
        concept=concept_answer(concept),
        designs=tuple(
            answers.DesignAnswer.model_validate(row, from_attributes=True)
            for row in by_design(studied)
        ),
        stances={stance: stances[stance] for stance in STANCES},
        references=tuple(reference.key for reference in studied),
        claims=tuple(
            answers.UseOfClaim(
                text=text.id,
                claim=claim.id,
                verdict=claim.verdict,
                address=page_address("texts.claim", text_id=text.id, claim_id=claim.id),
            )
            for text, claim in standing().claims()
            if within.intersection(claim.all_concepts)
        ),
    )
