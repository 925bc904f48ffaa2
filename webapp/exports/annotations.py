"""`/texts/<id>/annotations.jsonld`: the claims of a text as W3C Web Annotations.

The target is the publisher's page; the selectors hold the few words of the anchor, never the
sentence itself. https://www.w3.org/TR/annotation-model/
"""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, abort, json, request, url_for

from evidence.anchoring.anchor import text_fragment
from evidence.claims.claim import Anchor, Claim, Link
from evidence.claims.text import Text
from webapp.exports.cito import CITO, NAMESPACE
from webapp.lookups import claim_or_404, requested_page, text_or_404
from webapp.site import site

blueprint = Blueprint("annotations", __name__)

MODEL = "http://www.w3.org/ns/anno.jsonld"
MEDIA_TYPE = f'application/ld+json; profile="{MODEL}"'
CONTEXT = [MODEL, {"cito": NAMESPACE}]
#: What the value of a fragment selector means.
TEXT_FRAGMENTS = "https://wicg.github.io/scroll-to-text-fragment/"
PAGE = 100  # annotations


def _quote(exact: str, prefix: str = "", suffix: str = "") -> dict[str, str]:
    selector = {"type": "TextQuoteSelector", "exact": exact}
    if prefix:
        selector["prefix"] = prefix
    if suffix:
        selector["suffix"] = suffix
    return selector


def selectors(anchor: Anchor) -> list[dict[str, Any]]:
    """The passage of an anchor in the words of the model, most exact first.

    A passage from `start` to `end` cannot be quoted without the sentence between: the text
    fragment says it exactly; the range ends before its end selector, which is therefore the
    empty place after `end`; the quotation of `start` alone, less precise, is there for
    clients that know no other selector.
    """
    fragment = {
        "type": "FragmentSelector",
        "conformsTo": TEXT_FRAGMENTS,
        "value": text_fragment(anchor).removeprefix("#"),
    }
    if not anchor.end:
        return [_quote(anchor.start, anchor.prefix, anchor.suffix), fragment]
    passage = {
        "type": "RangeSelector",
        "startSelector": _quote(anchor.start, anchor.prefix),
        "endSelector": _quote("", anchor.end, anchor.suffix),
    }
    return [fragment, passage, _quote(anchor.start, anchor.prefix)]


def _linked(text: Text, claim: Claim, link: Link) -> dict[str, Any]:
    """A reference as a body: where it is, and by CiTO what it says of the claim."""
    page = url_for("texts.claim", text_id=text.id, claim_id=claim.id, _external=True)
    return {
        "type": "SpecificResource",
        "purpose": "linking",
        "source": {
            "id": url_for("library.reference", key=link.reference, _external=True),
            "type": "Text",
            f"cito:{CITO[link.stance]}": {"id": page},
        },
    }


def _words(purpose: str, value: str) -> dict[str, str]:
    return {"type": "TextualBody", "purpose": purpose, "format": "text/plain", "value": value}


def annotation(text: Text, claim: Claim) -> dict[str, Any]:
    """One claim as an annotation, without its context."""
    page = url_for("texts.claim", text_id=text.id, claim_id=claim.id, _external=True)
    bodies: list[dict[str, Any]] = [
        {**_words(purpose, words[language]), "language": language}
        for purpose, words in (("describing", claim.statement), ("assessing", claim.rationale))
        for language in ("fr", "en")
        if words and words.is_written_in(language)
    ]
    judged = (f"verdict: {claim.verdict}", f"certainty: {claim.certainty}")
    bodies += [_words("classifying", value) for value in judged]
    bodies += [_linked(text, claim, link) for link in claim.links]
    target: dict[str, Any] = {
        "type": "SpecificResource",
        "source": text.url or url_for("texts.text", text_id=text.id, _external=True),
        "selector": selectors(claim.anchor),
    }
    if text.retrieved:
        target["state"] = {
            "type": "TimeState",
            "sourceDate": f"{text.retrieved.isoformat()}T00:00:00Z",
        }
    document: dict[str, Any] = {
        "id": url_for(".one", text_id=text.id, claim_id=claim.id, _external=True),
        "type": "Annotation",
        "motivation": "assessing",
        "generator": {
            "id": url_for("texts.home", _external=True),
            "type": "Software",
            "name": site().kb.name("en"),
        },
        "canonical": page,
        "body": bodies,
        "target": target,
    }
    if claim.reviewed:
        document["creator"] = {"type": "Person", "name": claim.reviewed.by}
        document["modified"] = f"{claim.reviewed.on.isoformat()}T00:00:00Z"
    return document


def _send(document: dict[str, Any]) -> Response:
    body = json.dumps({"@context": CONTEXT, **document}, ensure_ascii=False, sort_keys=False)
    response = Response(body, content_type=MEDIA_TYPE)
    response.headers["Access-Control-Allow-Origin"] = "*"
    response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    response.headers["Link"] = '<http://www.w3.org/ns/ldp#Resource>; rel="type"'
    response.headers["Content-Language"] = "fr, en"
    return response


@blueprint.get("/texts/<text_id>/annotations.jsonld")
def collection(text_id: str) -> Response:
    """All claims of a text as a collection; `page` asks for one page of it, from 1."""
    text = text_or_404(text_id)
    own = url_for(".collection", text_id=text.id, _external=True)
    last = max(1, -(-len(text.claims) // PAGE))
    number = requested_page()
    if number > last:
        abort(404)
    begin = (number - 1) * PAGE
    page: dict[str, Any] = {
        "id": f"{own}?page={number}",
        "type": "AnnotationPage",
        "startIndex": begin,
        "items": [annotation(text, claim) for claim in text.claims[begin : begin + PAGE]],
    }
    if number < last:
        page["next"] = f"{own}?page={number + 1}"
    if number > 1:
        page["prev"] = f"{own}?page={number - 1}"
    if "page" in request.args:
        return _send({**page, "partOf": {"id": own, "total": len(text.claims)}})
    return _send(
        {
            "id": own,
            "type": "AnnotationCollection",
            "label": text.title[text.language],
            "total": len(text.claims),
            "first": page,
            "last": f"{own}?page={last}",
        }
    )


@blueprint.get("/texts/<text_id>/claims/<claim_id>/annotation.jsonld")
def one(text_id: str, claim_id: str) -> Response:
    """One claim as an annotation."""
    text = text_or_404(text_id)
    return _send(annotation(text, claim_or_404(text, claim_id)))
