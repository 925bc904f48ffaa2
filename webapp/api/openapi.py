"""The OpenAPI 3.1 document of the API, made from what checks the requests and makes the answers."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any
from urllib.parse import quote, urlencode

from flask import Response, current_app, render_template, request
from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from evidence.parameters import Parameter, read
from evidence.search.index.documents import CONCEPT_FACETS
from evidence.search.request import CHOSEN
from references.concepts import Vocabulary
from references.errors import UserError
from webapp.api import answers
from webapp.api.operation import OPERATIONS, ROOT, VERSION, Operation, blueprint, plain_json
from webapp.api.operations import ID
from webapp.http import problem
from webapp.outage import SearchUnavailable
from webapp.site import site, standing

_REFERENCE = "#/components/schemas/{model}"
_ID = {"type": "string", "pattern": ID, "maxLength": 80}
_NAME = {"type": "string", "minLength": 1}
_PATH: dict[str, tuple[str, dict[str, Any]]] = {
    "text_id": ("The id of the text.", _ID),
    "claim_id": ("The id of the claim.", _ID),
    "key": ("The key of the reference.", {**_NAME, "maxLength": 200}),
    "concept_id": (
        "The id of the concept, its MeSH id or one of its terms.",
        {**_NAME, "maxLength": 80},
    ),
}
_PART = re.compile(r"<(\w+)>")

ABOUT = """\
Claims of patient texts, the references that support, qualify or contradict them, and a search \
of the whole library in French or English. Everything can be read without a key; nothing can be \
written.

**Lists** take `limit` and `offset` and answer `total` and `links` (also in the `Link` header). \
**ETag**: send it back as `If-None-Match` and an unchanged answer is 304 without a body. \
**Errors** are `application/problem+json` (RFC 9457); a parameter that an operation does not \
have is an error. **Stable**: within v1 fields are added, never removed or given another meaning.
"""
_TAGS = {
    "texts": "Patient texts.",
    "claims": "What the texts say, and the verdicts.",
    "sources": "What the texts cite.",
    "references": "The library.",
    "search": "Finding references.",
    "concepts": "The vocabulary, and what is known.",
}
_ETAG = {
    "description": "Names this answer; send it back as If-None-Match.",
    "schema": {"type": "string"},
}


def _in_query(parameter: Parameter, vocabulary: Vocabulary) -> dict[str, Any]:
    """A parameter of the query, described."""
    schema, text = parameter.schema(), parameter.description
    described: dict[str, Any] = {"name": parameter.name, "in": "query"}
    if parameter.name in CONCEPT_FACETS:
        ids = [concept.id for concept in vocabulary.of_facet(parameter.name)]
        schema["items"] = {"type": "string", "enum": ids} if ids else schema["items"]
        text += " Ids of the vocabulary; MeSH ids and French or English names work too."
    if parameter.several:
        text += " May be given several times"
        text += ": one of the values is enough." if parameter.name in CHOSEN else "."
        described |= {"style": "form", "explode": True}
    return described | {
        "required": parameter.required,
        "allowEmptyValue": not parameter.required,  # as a form sends it: it says nothing
        "description": text,
        "schema": schema,
    }


def _in_path(name: str) -> dict[str, Any]:
    """A part of the path, described."""
    text, schema = _PATH[name]
    return {"name": name, "in": "path", "required": True, "description": text, "schema": schema}


def _problem(description: str) -> dict[str, Any]:
    schema = {"$ref": _REFERENCE.format(model="ProblemAnswer")}
    return {"description": description, "content": {problem.MEDIA_TYPE: {"schema": schema}}}


def _responses(operation: Operation, example: Any) -> dict[str, Any]:
    """What may be answered, by status."""
    content: dict[str, Any] = {
        "schema": {"$ref": _REFERENCE.format(model=operation.answer.__name__)}
    }
    if example is not None:
        content["example"] = example
    responses = {
        "200": {
            "description": operation.answer.__doc__ or "",
            "headers": {"ETag": _ETAG},
            "content": {"application/json": content},
        },
        "304": {"description": "Not changed since the answer whose ETag was sent."},
        "400": _problem("A parameter is unknown or has a value that cannot be used."),
    }
    if operation.reader:
        responses["308"] = {
            "description": "Names from before (from, to, page); Location has those of today."
        }
    if "<" in operation.rule or operation.name in ("claims", "sources"):
        responses["404"] = _problem("There is nothing of this name.")
    if operation.tag == "search":
        responses["503"] = _problem("The index cannot be opened just now.")
    return responses


def _example(operation: Operation, values: dict[str, Any], root: str) -> Any:
    """What the operation really answers to its example, or None where it cannot now."""
    path = {name: values[name] for name in _PART.findall(operation.rule)}
    query = {name: str(value) for name, value in values.items() if name not in path}
    rule = _PART.sub(lambda part: quote(str(path[part[1]]), safe=""), operation.rule)
    address = f"{root}{rule}" + (f"?{urlencode(query)}" if query else "")
    try:
        with current_app.test_request_context(address, base_url=None):
            document = operation.run(**read(operation.parameters, query), **path).plain()
    except (UserError, SearchUnavailable):
        return None
    if "took_ms" in document:
        document["took_ms"] = 1.0  # the document does not change from one making to the next
    return document


def _described(operation: Operation, root: str) -> dict[str, Any]:
    """An operation, described with its example."""
    example, vocabulary = operation.example(), site().kb.vocabulary
    parameters = [_in_path(name) for name in _PART.findall(operation.rule)]
    parameters += [_in_query(parameter, vocabulary) for parameter in operation.parameters]
    for parameter in parameters:
        if parameter["name"] in example:
            parameter["example"] = example[parameter["name"]]
    return {
        "operationId": operation.name,
        "tags": [operation.tag],
        "summary": operation.summary,
        "description": " ".join((operation.run.__doc__ or "").split()),
        "parameters": parameters,
        "responses": _responses(operation, _example(operation, example, root)),
    }


@lru_cache(maxsize=8)
def _document(fingerprint: str, root: str) -> dict[str, Any]:
    answered = (operation.answer for operation in OPERATIONS)
    models: dict[type[BaseModel], None] = dict.fromkeys([*answered, answers.ProblemAnswer])
    _, parts = models_json_schema(
        [(model, "serialization") for model in models], ref_template=_REFERENCE
    )
    return {
        "openapi": "3.1.0",
        "info": {
            "title": site().kb.name("en"),
            "version": VERSION.lstrip("v") + ".0.0",
            "summary": "Claims of patient texts and the evidence behind them",
            "description": ABOUT,
        },
        "servers": [{"url": root}],
        "tags": [{"name": name, "description": text} for name, text in _TAGS.items()],
        "paths": {
            _PART.sub(r"{\1}", operation.rule): {"get": _described(operation, root)}
            for operation in OPERATIONS
        },
        "components": {"schemas": parts["$defs"]},
    }


def document() -> dict[str, Any]:
    """The OpenAPI document, with examples taken from this knowledge base."""
    return _document(
        f"{site().fingerprint}-{standing().stamp}", f"{request.url_root.rstrip('/')}{ROOT}"
    )


@blueprint.get(f"{ROOT}/openapi.json")
def openapi_document() -> Response:
    """OpenAPI 3.1."""
    read((), request.args)
    return plain_json(document())


@blueprint.get(f"{ROOT}/")
def documentation() -> str:
    """The description as a page."""
    return render_template("api.html", document=document())
