"""`/api/v1`: texts, claims, sources, references, search, suggestions and concepts as JSON.

Every operation is a function from checked parameters to an answer; `openapi` describes them.
All of them read, none writes.
"""

from __future__ import annotations

import functools
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar
from urllib.parse import urlencode

from flask import Blueprint, Response, json, render_template, request, url_for
from pydantic import BaseModel, ValidationError

from evidence.claims.claim import STANCES, VERDICTS, Claim
from evidence.claims.text import Text
from evidence.search.protocol import Suggested
from evidence.search.request import SearchRequest
from references.concepts import Concept, fold
from references.errors import NotFound
from references.record import Reference
from webapp.api import openapi, schema
from webapp.exports.cito import cito
from webapp.http import problem
from webapp.pages.indications import by_design
from webapp.site import search_library, site, standing
from webapp.wording import citation
from webapp.wording.display import passage_address

VERSION = "v1"
blueprint = Blueprint("api", __name__, url_prefix=f"/api/{VERSION}")


@dataclass(frozen=True)
class Operation:
    """One address of the API: what it takes, what it answers, how it is described."""

    name: str
    rule: str
    summary: str
    parameters: type[schema.Parameters]
    answer: type[schema.AnswerModel]
    run: Callable[..., schema.AnswerModel]
    tag: str
    #: Values of path and query for the example of the documentation.
    example: Callable[[], dict[str, Any]] = field(default=dict)


OPERATIONS: list[Operation] = []
_P = TypeVar("_P", bound=schema.Parameters)


def _send(answer: schema.AnswerModel) -> Response:
    body = json.dumps(answer.plain(), ensure_ascii=False, sort_keys=False)
    response = Response(body, mimetype="application/json")
    response.headers["Access-Control-Allow-Origin"] = "*"
    response.headers["Content-Language"] = "fr, en"
    links: schema.Links | None = getattr(answer, "links", None)
    if isinstance(links, schema.Links):
        relations = links.plain()
        response.headers["Link"] = ", ".join(
            f'<{to}>; rel="{rel}"' for rel, to in relations.items()
        )
    return response


def read_parameters(model: type[_P]) -> _P:
    """The parameters of this request.

    Raises:
        BadParameters: one is unknown, given twice or has a value that cannot be used.
    """
    errors: list[dict[str, str]] = []
    values: dict[str, Any] = {}
    for name, given in request.args.lists():
        known = model.model_fields.get(name)
        if known is None:
            listed = ", ".join(model.model_fields) or "none"
            errors.append(
                {"parameter": name, "message": f"there is no such parameter; there are: {listed}"}
            )
        elif isinstance(known.default, tuple):
            values[name] = given
        elif len(given) > 1:
            errors.append({"parameter": name, "message": "is given more than once"})
        else:
            values[name] = given[0]
    try:
        parameters = model.model_validate(values)
    except ValidationError as error:
        errors += [
            {"parameter": str(e["loc"][0]), "message": e["msg"].removeprefix("Value error, ")}
            for e in error.errors(include_url=False, include_context=False)
        ]
    if errors:
        raise problem.BadParameters(errors)
    return parameters


def operation(
    rule: str,
    summary: str,
    parameters: type[schema.Parameters],
    answer: type[schema.AnswerModel],
    tag: str,
    example: Callable[[], dict[str, Any]] = dict,
) -> Callable[[Callable[..., schema.AnswerModel]], Callable[..., schema.AnswerModel]]:
    """Declare an operation: its address, its check of parameters and its description."""

    def declare(run: Callable[..., schema.AnswerModel]) -> Callable[..., schema.AnswerModel]:
        @functools.wraps(run)
        def view(**path: str) -> Response:
            return _send(run(read_parameters(parameters), **path))

        blueprint.add_url_rule(rule, run.__name__, view, methods=["GET"])
        OPERATIONS.append(
            Operation(run.__name__, rule, summary, parameters, answer, run, tag, example)
        )
        return run

    return declare


def _address(endpoint: str, **values: Any) -> str:
    return url_for(endpoint, _external=True, **values)


def page_links(parameters: schema.PagedAnswer, total: int) -> schema.Links:
    """The addresses of this part of a list and of the parts around it."""
    size = max(parameters.limit, 1)
    given = [(name, value) for name, value in request.args.items(multi=True) if name != "offset"]

    def at(offset: int) -> str:
        query = urlencode([*given, *([("offset", offset)] if offset else [])])
        return request.base_url + (f"?{query}" if query else "")

    offset = parameters.offset
    last = (max(total - 1, 0) // size) * size
    last = min(last, schema.MAX_OFFSET // size * size)
    following = offset + size
    return schema.Links(
        self=at(offset),
        first=at(0),
        last=at(last),
        prev=at(max(offset - size, 0)) if offset else None,
        next=at(following) if following < total and following <= schema.MAX_OFFSET else None,
    )


def _listed(
    listing: type[BaseModel],
    parameters: schema.PagedAnswer,
    found: Sequence[Any],
    item: Callable[[Any], schema.AnswerModel],
) -> Any:
    """A part of a list; only its own items are made."""
    part = found[parameters.offset : parameters.offset + parameters.limit]
    return listing(
        total=len(found),
        limit=parameters.limit,
        offset=parameters.offset,
        links=page_links(parameters, len(found)),
        items=tuple(item(one) for one in part),
    )


# ---- what is answered -----------------------------------------------------------------


def _both(text: Any) -> schema.Both | None:
    return schema.Both(fr=text["fr"], en=text["en"]) if text else None


def text_answer(text: Text) -> schema.TextAnswer:
    """A text as the API gives it."""
    verdicts: Counter[str] = Counter(claim.verdict for claim in text.claims)
    return schema.TextAnswer(
        id=text.id,
        title=_both(text.title),
        publisher=text.publisher,
        language=text.language,
        url=text.url or None,
        published=text.published,
        retrieved=text.retrieved,
        sections=tuple(
            schema.TextSection(id=section.id, heading=_both(section.heading))
            for section in text.sections
        ),
        claims=len(text.claims),
        verdicts={verdict: verdicts[verdict] for verdict in VERDICTS},
        references=len({link.reference for claim in text.claims for link in claim.links}),
        sources=len(text.sources),
        address=_address("texts.text", text_id=text.id),
        annotations=_address("annotations.collection", text_id=text.id),
        feed=_address("feeds.text", text_id=text.id),
    )


def claim_answer(text: Text, claim: Claim) -> schema.ClaimAnswer:
    """A claim as the API gives it: as `evidence claims --json`, with its addresses."""
    plain = claim.model_dump(mode="json", exclude_none=True)
    for name in ("statement", "rationale", "caveats"):
        if name in plain:
            plain[name] = _both(getattr(claim, name))
    plain["anchor"] = {name: words for name, words in plain["anchor"].items() if words}
    for link, linked in zip(plain["links"], claim.links, strict=True):
        link["note"] = _both(linked.note)
        link["cito"] = cito(link["stance"])
        link["finding"] = link["finding"] or None
    if claim.reviewed:
        plain["reviewed"]["is_current"] = standing().text(text.id).is_signed(claim)
    return schema.ClaimAnswer(
        text=text.id,
        hash=claim.hash,
        address=_address("texts.claim", text_id=text.id, claim_id=claim.id),
        passage=passage_address(text.url, claim.anchor) or None,
        **plain,
    )


def reference_answer(reference: Reference) -> schema.ReferenceAnswer:
    """A reference as the API gives it."""
    plain = reference.as_dict()
    for finding in plain.get("findings", ()):
        for name in ("timepoint", "value", "text"):
            finding[name] = finding[name] or None
    for source in plain.get("provenance", ()):
        source["seen"] = source["seen"] or None
    level = site().studies.level(reference)
    return schema.ReferenceAnswer(
        **{"study": {}, **plain},
        concepts=site().studies.concepts_of(reference),
        level=schema.LevelAnswer(
            number=level.number, provisional=level.provisional, why=_both(level.why)
        ),
        citation=citation.vancouver(reference.key),
        uses=tuple(
            schema.UseAnswer(
                text=text.id,
                claim=claim.id,
                stance=link.stance,
                address=_address("texts.claim", text_id=text.id, claim_id=claim.id),
            )
            for text, claim, link in standing().uses_of(reference.key)
        ),
        addresses=schema.ReferenceAddresses(
            html=_address("library.reference", key=reference.key),
            **{
                name: _address("library.export_reference", key=reference.key, extension=extension)
                for name, extension in (("bibtex", "bib"), ("ris", "ris"), ("csl_json", "json"))
            },
        ),
    )


def concept_answer(concept: Concept) -> schema.ConceptAnswer:
    """A concept as the API gives it."""
    return schema.ConceptAnswer(
        id=concept.id,
        facet=concept.facet,
        label=schema.Both(**concept.label),
        synonyms={language: tuple(terms) for language, terms in concept.synonyms.items()},
        mesh=concept.mesh or None,
        broader=concept.broader,
        narrower=tuple(c.id for c in site().kb.vocabulary if concept.id in c.broader),
        note=concept.note,
        references=site().studies.count(concept.id),
        address=_address("indications.concept", concept_id=concept.id),
    )


def _concept_or_404(name: str) -> Concept:
    concept = site().kb.vocabulary.resolve(name)
    if concept is None:
        raise NotFound(
            "No concept is called '{value}' in the vocabulary; look for it in "
            "/api/v1/concepts?term=…",
            value=name[:80],
        )
    return concept


def _reference_or_404(key: str) -> Reference:
    library = site().kb.library
    if key not in library:
        raise NotFound(
            "No reference has the key '{value}'; look for it in /api/v1/search?q=…", value=key[:200]
        )
    return library[key]


# ---- operations -----------------------------------------------------------------------


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


def _most_studied() -> str:
    studies = site().studies
    indications = site().kb.vocabulary.of_facet("indication")
    return max(indications, key=lambda c: studies.count(c.id)).id if indications else "indication"


def _texts_asked(text_id: str | None) -> list[Text]:
    """One text, or all of them, as readers see them."""
    if text_id:
        return [standing().public_text(text_id)]
    return list(standing().public.values())


@operation(
    "/texts", "All texts", schema.PagedAnswer, schema.TextList, "texts", lambda: {"limit": 1}
)
def texts(parameters: schema.PagedAnswer) -> schema.TextList:
    """The texts of the knowledge base, each with its claims counted by verdict."""
    found: schema.TextList = _listed(
        schema.TextList, parameters, list(standing().public.values()), text_answer
    )
    return found


@operation(
    "/texts/<text_id>", "One text", schema.Parameters, schema.TextAnswer, "texts", _first_text
)
def text(parameters: schema.Parameters, text_id: str) -> schema.TextAnswer:
    """One text and what it amounts to."""
    return text_answer(standing().public_text(text_id))


@operation(
    "/texts/<text_id>/claims/<claim_id>",
    "One claim",
    schema.Parameters,
    schema.ClaimAnswer,
    "claims",
    _first_claim,
)
def claim(parameters: schema.Parameters, text_id: str, claim_id: str) -> schema.ClaimAnswer:
    """One claim with its verdict, its certainty and its links to references."""
    text = standing().public_text(text_id)
    return claim_answer(text, text.claim(claim_id))


@operation(
    "/claims",
    "Claims of all texts",
    schema.ClaimsPage,
    schema.ClaimList,
    "claims",
    lambda: {"verdict": "no-evidence-found", "limit": 1},
)
def claims(parameters: schema.ClaimsPage) -> schema.ClaimList:
    """The claims of all texts in the order of their pages, narrowed by the parameters."""
    kb = site().kb
    texts = _texts_asked(parameters.text)
    within: set[str] = set()
    if parameters.concept:
        within = set(kb.vocabulary.narrower(_concept_or_404(parameters.concept).id))
    if parameters.reference:
        _reference_or_404(parameters.reference)
    rows = [
        (text, claim)
        for text in texts
        for claim in text.claims
        if parameters.verdict in (None, claim.verdict)
        and parameters.kind in (None, claim.kind)
        and (not parameters.concept or within.intersection(claim.all_concepts))
        and (
            not parameters.reference
            or any(link.reference == parameters.reference for link in claim.links)
        )
    ]
    found: schema.ClaimList = _listed(
        schema.ClaimList, parameters, rows, lambda row: claim_answer(*row)
    )
    return found


@operation(
    "/sources",
    "Sources printed by the texts",
    schema.SourcesPage,
    schema.SourceList,
    "sources",
    lambda: {"limit": 1},
)
def sources(parameters: schema.SourcesPage) -> schema.SourceList:
    """The sources that texts print, and whether they exist as cited."""
    texts = _texts_asked(parameters.text)
    rows = [
        (text, source)
        for text in texts
        for source in text.sources
        if parameters.status in (None, source.status)
    ]
    found: schema.SourceList = _listed(
        schema.SourceList,
        parameters,
        rows,
        lambda row: schema.SourceAnswer(
            text=row[0].id,
            cited=row[1].cited,
            status=row[1].status,
            reference=row[1].reference,
            nearest=row[1].nearest,
            looked=_both(row[1].looked),
            note=_both(row[1].note),
        ),
    )
    return found


@operation(
    "/references",
    "All references",
    schema.PagedAnswer,
    schema.ReferenceList,
    "references",
    lambda: {"limit": 1},
)
def references(parameters: schema.PagedAnswer) -> schema.ReferenceList:
    """The whole library in the order of keys; `/search` narrows it."""
    library = site().kb.library
    found: schema.ReferenceList = _listed(
        schema.ReferenceList,
        parameters,
        sorted(library),
        lambda key: reference_answer(library[key]),
    )
    return found


@operation(
    "/references/<key>",
    "One reference",
    schema.Parameters,
    schema.ReferenceAnswer,
    "references",
    _first_reference,
)
def reference(parameters: schema.Parameters, key: str) -> schema.ReferenceAnswer:
    """One reference: its fields, its study, its findings, where it was seen and is used."""
    return reference_answer(_reference_or_404(key))


def _years(span: str | None) -> tuple[int | None, int | None]:
    if not span:
        return None, None
    low, dash, high = span.partition("-")
    first = int(low) if low else None
    return first, (int(high) if high else None) if dash else first


@operation(
    "/search",
    "Search the library",
    schema.SearchPage,
    schema.SearchAnswer,
    "search",
    lambda: {"q": "vulvodynie", "limit": 1},
)
def search(parameters: schema.SearchPage) -> schema.SearchAnswer:
    """What `evidence search` answers, in French or English, with facets."""
    filters = {
        name: getattr(parameters, name)
        for name in ("indication", "nerve", "design", "guidance", "language", "stance")
    }
    answer = search_library(
        SearchRequest(
            query=parameters.q,
            filters={name: values for name, values in filters.items() if values},
            years=_years(parameters.year),
            verified=parameters.verified,
            sort=parameters.sort,
            limit=parameters.limit,
            offset=parameters.offset,
            expand=parameters.expand,
        )
    )
    return schema.SearchAnswer(
        **answer.as_dict(),
        limit=parameters.limit,
        offset=parameters.offset,
        links=page_links(parameters, answer.total),
    )


@operation(
    "/suggest",
    "References for a claim",
    schema.SuggestQuery,
    schema.SuggestAnswer,
    "search",
    lambda: {"text": "La cryoneurolyse est un traitement de la vulvodynie.", "limit": 2},
)
def suggest(parameters: schema.SuggestQuery) -> schema.SuggestAnswer:
    """References that bear on a claim in French or English, and why."""
    engine = site().engine
    suggested = Suggested(
        parameters.text,
        engine.recognise(parameters.text),
        engine.suggest(parameters.text, parameters.limit, parameters.sort),
    )
    return schema.SuggestAnswer.model_validate(suggested.as_dict())


@operation(
    "/concepts",
    "The vocabulary",
    schema.ConceptsPage,
    schema.ConceptList,
    "concepts",
    lambda: {"facet": "nerve", "limit": 1},
)
def concepts(parameters: schema.ConceptsPage) -> schema.ConceptList:
    """Concepts with their terms in both languages, in the order of the vocabulary."""
    begun = fold(parameters.term or "")
    rows = [
        concept
        for concept in site().kb.vocabulary
        if parameters.facet in (None, concept.facet)
        and (not begun or any(fold(term).startswith(begun) for term in concept.terms()))
    ]
    found: schema.ConceptList = _listed(schema.ConceptList, parameters, rows, concept_answer)
    return found


@operation(
    "/concepts/<concept_id>",
    "One concept",
    schema.Parameters,
    schema.ConceptAnswer,
    "concepts",
    lambda: {"concept_id": _most_studied()},
)
def concept(parameters: schema.Parameters, concept_id: str) -> schema.ConceptAnswer:
    """One concept, by its id, its MeSH id or one of its terms."""
    return concept_answer(_concept_or_404(concept_id))


@operation(
    "/indications",
    "Indications that are studied",
    schema.PagedAnswer,
    schema.ConceptList,
    "concepts",
    lambda: {"limit": 1},
)
def indications(parameters: schema.PagedAnswer) -> schema.ConceptList:
    """The indications that have references, most studied first."""
    studies = site().studies
    rows = [c for c in site().kb.vocabulary.of_facet("indication") if studies.count(c.id)]
    rows.sort(key=lambda c: (-studies.count(c.id), c.id))
    found: schema.ConceptList = _listed(schema.ConceptList, parameters, rows, concept_answer)
    return found


@operation(
    "/indications/<concept_id>",
    "What is known about an indication",
    schema.Parameters,
    schema.IndicationAnswer,
    "concepts",
    lambda: {"concept_id": _most_studied()},
)
def indication(parameters: schema.Parameters, concept_id: str) -> schema.IndicationAnswer:
    """Studies by design, links to claims by stance, and the references themselves."""
    kb, studies = site().kb, site().studies
    concept = _concept_or_404(concept_id)
    found = studies.of(concept.id)
    stances: Counter[str] = Counter(
        link.stance for r in found for _text, _claim, link in standing().uses_of(r.key)
    )
    within = set(kb.vocabulary.narrower(concept.id))
    return schema.IndicationAnswer(
        concept=concept_answer(concept),
        designs=tuple(
            schema.DesignAnswer(
                design=row.design,
                levels=row.levels,
                studies=row.studies,
                participants=row.participants,
                unknown=row.unknown,
            )
            for row in by_design(found)
        ),
        stances={stance: stances[stance] for stance in STANCES},
        references=tuple(reference.key for reference in found),
        claims=tuple(
            schema.UseOfClaim(
                text=text.id,
                claim=claim.id,
                verdict=claim.verdict,
                address=_address("texts.claim", text_id=text.id, claim_id=claim.id),
            )
            for text, claim in standing().claims()
            if within.intersection(claim.all_concepts)
        ),
    )


# ---- description ----------------------------------------------------------------------


def described() -> dict[str, Any]:
    """The OpenAPI document of this server."""
    return openapi.document(OPERATIONS, VERSION)


@blueprint.get("/openapi.json")
def openapi_document() -> Response:
    """OpenAPI 3.1."""
    read_parameters(schema.Parameters)
    response = Response(
        json.dumps(described(), ensure_ascii=False, sort_keys=False), mimetype="application/json"
    )
    response.headers["Access-Control-Allow-Origin"] = "*"
    return response


@blueprint.get("/")
def documentation() -> str:
    """The description as a page."""
    return render_template("api.html", document=described())
