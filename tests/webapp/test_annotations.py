"""Web Annotations: valid against the W3C's model, exact about the passage, silent about the rest.

The schema says in JSON Schema what https://www.w3.org/TR/annotation-model/ asks with MUST for
the parts that we use, and refuses parts that we do not.
"""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import unquote

import pytest
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from evidence.claims.claim import Anchor
from evidence.knowledge import KnowledgeBase
from webapp.exports.annotations import CONTEXT, MEDIA_TYPE, selectors
from webapp.exports.cito import CITO

IRI = {"type": "string", "pattern": r"^https?://[^\s<>\"{}|\\^`]+$"}
DATE_TIME = {"type": "string", "pattern": r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$"}
QUOTE = {
    "type": "object",
    "properties": {
        "type": {"const": "TextQuoteSelector"},
        "exact": {"type": "string"},
        "prefix": {"type": "string", "minLength": 1},
        "suffix": {"type": "string", "minLength": 1},
    },
    "required": ["type", "exact"],
    "additionalProperties": False,
}
SELECTOR = {
    "oneOf": [
        QUOTE,
        {
            "type": "object",
            "properties": {
                "type": {"const": "FragmentSelector"},
                "value": {"type": "string", "pattern": r"^:~:text=[^\s#]+$"},
                "conformsTo": IRI,
            },
            "required": ["type", "value"],
            "additionalProperties": False,
        },
        {
            "type": "object",
            "properties": {
                "type": {"const": "RangeSelector"},
                "startSelector": QUOTE,
                "endSelector": QUOTE,
            },
            "required": ["type", "startSelector", "endSelector"],
            "additionalProperties": False,
        },
    ]
}
MOTIVATIONS = [
    "assessing",
    "bookmarking",
    "classifying",
    "commenting",
    "describing",
    "editing",
    "highlighting",
    "identifying",
    "linking",
    "moderating",
    "questioning",
    "replying",
    "tagging",
]
BODY = {
    "oneOf": [
        {
            "type": "object",
            "properties": {
                "type": {"const": "TextualBody"},
                "value": {"type": "string", "minLength": 1},
                "format": {"const": "text/plain"},
                "language": {"enum": ["fr", "en"]},
                "purpose": {"enum": MOTIVATIONS},
            },
            "required": ["type", "value"],
            "additionalProperties": False,
        },
        {
            "type": "object",
            "properties": {
                "type": {"const": "SpecificResource"},
                "purpose": {"enum": MOTIVATIONS},
                "source": {
                    "type": "object",
                    "properties": {"id": IRI, "type": {"enum": ["Text", "Dataset"]}},
                    "patternProperties": {
                        "^cito:[A-Za-z]+$": {
                            "type": "object",
                            "properties": {"id": IRI},
                            "required": ["id"],
                            "additionalProperties": False,
                        }
                    },
                    "required": ["id"],
                    "additionalProperties": False,
                },
            },
            "required": ["source"],
            "additionalProperties": False,
        },
    ]
}
ANNOTATION = {
    "type": "object",
    "properties": {
        "@context": {"const": CONTEXT},
        "id": IRI,
        "type": {"const": "Annotation"},
        "motivation": {"enum": MOTIVATIONS},
        "generator": {
            "type": "object",
            "properties": {"id": IRI, "type": {"const": "Software"}, "name": {"type": "string"}},
            "required": ["id"],
            "additionalProperties": False,
        },
        "creator": {"type": "object", "required": ["name"]},
        "modified": DATE_TIME,
        "canonical": IRI,
        "body": {"type": "array", "items": BODY, "minItems": 1},
        "target": {
            "type": "object",
            "properties": {
                "type": {"const": "SpecificResource"},
                "source": IRI,
                "selector": {"type": "array", "items": SELECTOR, "minItems": 1},
                "state": {
                    "type": "object",
                    "properties": {"type": {"const": "TimeState"}, "sourceDate": DATE_TIME},
                    "required": ["type", "sourceDate"],
                    "additionalProperties": False,
                },
            },
            "required": ["source"],
            "additionalProperties": False,
        },
    },
    "required": ["id", "type", "target"],
    "additionalProperties": False,
}
PAGE = {
    "type": "object",
    "properties": {
        "@context": {"const": CONTEXT},
        "id": IRI,
        "type": {"const": "AnnotationPage"},
        "startIndex": {"type": "integer", "minimum": 0},
        "items": {"type": "array", "items": ANNOTATION},
        "next": IRI,
        "prev": IRI,
        "partOf": {"type": "object", "required": ["id"]},
    },
    "required": ["id", "type", "items"],
    "additionalProperties": False,
}
COLLECTION = {
    "type": "object",
    "properties": {
        "@context": {"const": CONTEXT},
        "id": IRI,
        "type": {"const": "AnnotationCollection"},
        "label": {"type": "string"},
        "total": {"type": "integer", "minimum": 0},
        "first": PAGE,
        "last": IRI,
    },
    "required": ["@context", "id", "type", "total", "first"],
    "additionalProperties": False,
}


def _valid(document: Any, schema: dict[str, Any]) -> None:
    errors = list(Draft202012Validator(schema).iter_errors(document))
    assert errors == [], errors[0]


@pytest.fixture(scope="module")
def text_id(kb: KnowledgeBase) -> str:
    return "vulvodynie-cryoneurolyse"


def test_the_collection_is_valid_and_has_every_claim(
    client: FlaskClient, kb: KnowledgeBase, text_id: str
) -> None:
    answer = client.get(f"/texts/{text_id}/annotations.jsonld")
    assert answer.headers["Content-Type"] == MEDIA_TYPE
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    collection = answer.get_json(force=True)
    _valid(collection, COLLECTION)
    claims = kb.texts[text_id].claims
    items = collection["first"]["items"]
    assert collection["total"] == len(claims) == len(items)
    assert collection["id"] == f"http://localhost/texts/{text_id}/annotations.jsonld"
    for claim, item in zip(claims, items, strict=True):
        assert claim.id in item["id"]
        assert item["target"]["source"] == kb.texts[text_id].url
        assert {
            "type": "TextualBody",
            "purpose": "classifying",
            "format": "text/plain",
            "value": f"verdict: {claim.verdict}",
        } in item["body"]


def test_pages_and_single_annotations_can_be_fetched(
    client: FlaskClient, kb: KnowledgeBase, text_id: str
) -> None:
    collection = client.get(f"/texts/{text_id}/annotations.jsonld").get_json(force=True)
    page = client.get(collection["first"]["id"]).get_json(force=True)
    _valid(page, PAGE)
    assert page["partOf"] == {"id": collection["id"], "total": collection["total"]}
    assert page["items"] == collection["first"]["items"]
    first = collection["first"]["items"][0]
    one = client.get(first["id"]).get_json(force=True)
    _valid(one, ANNOTATION)
    assert one == {"@context": CONTEXT, **first}
    for wrong, status in (("0", 400), ("9", 404), ("x", 400), ("-1", 400)):
        assert client.get(f"/texts/{text_id}/annotations.jsonld?page={wrong}").status_code == status
    assert client.get("/texts/none/annotations.jsonld").status_code == 404


def test_every_link_names_its_reference_and_its_stance(
    client: FlaskClient, kb: KnowledgeBase, text_id: str
) -> None:
    collection = client.get(f"/texts/{text_id}/annotations.jsonld").get_json(force=True)
    for claim, item in zip(kb.texts[text_id].claims, collection["first"]["items"], strict=True):
        linked = [body["source"] for body in item["body"] if body["type"] == "SpecificResource"]
        assert [source["id"].rsplit("/", 1)[1] for source in linked] == [
            link.reference for link in claim.links
        ]
        for source, link in zip(linked, claim.links, strict=True):
            assert source[f"cito:{CITO[link.stance]}"] == {"id": item["canonical"]}


def test_only_the_words_of_anchors_are_quoted(kb: KnowledgeBase, text_id: str) -> None:
    for claim in kb.texts[text_id].claims:
        anchor = claim.anchor
        allowed = {anchor.start, anchor.end, anchor.prefix, anchor.suffix, ""}
        for selector in selectors(anchor):
            if selector["type"] == "FragmentSelector":
                words = re.split(r"-,|,-|,", selector["value"].removeprefix(":~:text="))
                assert {unquote(part) for part in words} <= {
                    " ".join(part.split()) for part in allowed
                }
            for quote in (
                selector,
                selector.get("startSelector", {}),
                selector.get("endSelector", {}),
            ):
                for name in ("exact", "prefix", "suffix"):
                    assert quote.get(name, "") in allowed


words = st.text(alphabet=st.characters(codec="utf-8", exclude_categories=["Cs", "Cc"]), min_size=1)


@given(
    st.builds(
        Anchor,
        start=words,
        end=words | st.just(""),
        prefix=words | st.just(""),
        suffix=words | st.just(""),
    )
)
def test_the_selectors_of_any_anchor_are_valid(anchor: Anchor) -> None:
    found = selectors(anchor)
    for selector in found:
        _valid(selector, SELECTOR)
    assert any(selector["type"] == "TextQuoteSelector" for selector in found)
    if anchor.end:
        passage = next(s for s in found if s["type"] == "RangeSelector")
        # A range stops before its end selector: the end words must not be in it.
        assert passage["endSelector"]["exact"] == ""
        assert passage["endSelector"]["prefix"] == anchor.end
