"""The OpenAPI 3.1 document of the API, made from the models that check and answer."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode

from flask import current_app, request
from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from references.concepts import Vocabulary
from references.errors import UserError
from webapp.api import schema
from webapp.http import problem
from webapp.site import SearchUnavailable, site, standing

if TYPE_CHECKING:
    from webapp.api.operations import Operation

_REFERENCE = "#/components/schemas/{model}"
#: Parameters that take concepts of a facet; their ids are listed.
_CONCEPTS = ("indication", "nerve", "design", "guidance")

_PATH = {
    "text_id": ("The id of the text.", schema.Id),
    "claim_id": ("The id of the claim.", schema.Id),
    "key": ("The key of the reference.", schema.Key),
    "concept_id": ("The id of the concept, its MeSH id or one of its terms.", schema.Named),
}

ABOUT = """\
Claims of patient texts, the references that support, qualify or contradict them, and a search \
of the whole library in French or English. Everything can be read without a key; nothing can be \
written.

**Lists** take `limit` and `offset` and answer `total` and `links` (also in the `Link` header). \
**ETag**: send it back as `If-None-Match` and an unchanged answer is 304 without a body. \
**Errors** are `application/problem+json` (RFC 9457); a parameter that an operation does not \
have is an error. **Stable**: within v1 fields are added, never removed or given another meaning.
"""


def _types(model: type[BaseModel]) -> dict[str, Any]:
    return model.model_json_schema(ref_template=_REFERENCE)


def _inlined(node: Any, parts: dict[str, Any]) -> Any:
    """A schema of a parameter without references or titles, and without "or null"."""
    if isinstance(node, list):
        return [_inlined(item, parts) for item in node]
    if not isinstance(node, dict):
        return node
    if "$ref" in node:
        return _inlined(parts[node["$ref"].rsplit("/", 1)[1]], parts)
    if "anyOf" in node:
        kept = [item for item in node["anyOf"] if item != {"type": "null"}]
        if len(kept) == 1:
            rest = {name: value for name, value in node.items() if name != "anyOf"}
            return _inlined({**kept[0], **rest}, parts)
    return {
        name: _inlined(value, parts)
        for name, value in node.items()
        if name != "title" and not (name == "default" and value is None)
    }


def _query(model: type[BaseModel], vocabulary: Vocabulary, example: dict[str, Any]) -> list[Any]:
    types = _types(model)
    found = []
    for name, described in types.get("properties", {}).items():
        type_ = _inlined(described, types.get("$defs", {}))
        text = type_.pop("description", "")
        if name in _CONCEPTS:
            ids = [concept.id for concept in vocabulary.of_facet(name)]
            type_["items"] = {"type": "string", "enum": ids} if ids else type_["items"]
            text += " Ids of the vocabulary; MeSH ids and French or English names work too."
        if type_.get("type") == "array":
            text += " May be given several times: one of the values is enough."
            type_.pop("default", None)
        parameter: dict[str, Any] = {
            "name": name,
            "in": "query",
            "required": name in types.get("required", ()),
            "description": text,
            "schema": type_,
        }
        if type_.get("type") == "array":
            parameter |= {"style": "form", "explode": True}
        if name in example:
            parameter["example"] = example[name]
        found.append(parameter)
    return found


def _path(rule: str, example: dict[str, Any]) -> list[Any]:
    class Holder(BaseModel):
        pass

    found = []
    for name in re.findall(r"<(\w+)>", rule):
        text, type_ = _PATH[name]
        holder = type("Holder", (BaseModel,), {"__annotations__": {"value": type_}})
        plain = _inlined(_types(holder)["properties"]["value"], {})
        found.append(
            {"name": name, "in": "path", "required": True, "description": text, "schema": plain}
            | ({"example": example[name]} if name in example else {})
        )
    return found


def _answer(description: str, type_: str, example: Any = None) -> dict[str, Any]:
    content: dict[str, Any] = {"schema": {"$ref": _REFERENCE.format(model=type_)}}
    if example is not None:
        content["example"] = example
    return {
        "description": description,
        "headers": {
            "ETag": {
                "description": "Names this answer; send it back as If-None-Match.",
                "schema": {"type": "string"},
            }
        },
        "content": {"application/json": content},
    }


def _problem(description: str) -> dict[str, Any]:
    return {
        "description": description,
        "content": {
            problem.MEDIA_TYPE: {"schema": {"$ref": _REFERENCE.format(model="ProblemAnswer")}}
        },
    }


def _example(operation: Operation, values: dict[str, Any], root: str) -> Any:
    """What the operation really answers to its example, or None where it cannot now."""
    rule = operation.rule
    query = dict(values)
    for name in re.findall(r"<(\w+)>", rule):
        rule = rule.replace(f"<{name}>", quote(str(query.pop(name)), safe=""))
    path = {name: values[name] for name in re.findall(r"<(\w+)>", operation.rule)}
    address = f"{root}{rule}" + (f"?{urlencode(query)}" if query else "")
    parameters = operation.parameters.model_validate(query)
    try:
        with current_app.test_request_context(address, base_url=None):
            document = operation.run(parameters, **path).plain()
    except (UserError, SearchUnavailable):
        return None
    if "took_ms" in document:
        document["took_ms"] = 1.0  # the document does not change from one making to the next
    return document


@lru_cache(maxsize=8)
def _document(fingerprint: str, root: str, version: str, operations: tuple[Operation, ...]) -> Any:
    vocabulary = site().kb.vocabulary
    paths: dict[str, Any] = {}
    for operation in operations:
        example = operation.example()
        parameters = [
            *_path(operation.rule, example),
            *_query(operation.parameters, vocabulary, example),
        ]
        answers = {
            "200": _answer(
                operation.answer.__doc__ or "",
                operation.answer.__name__,
                _example(operation, example, root),
            ),
            "304": {"description": "Not changed since the answer whose ETag was sent."},
            "400": _problem("A parameter is unknown or has a value that cannot be used."),
        }
        if "<" in operation.rule or operation.name in ("claims", "sources"):
            answers["404"] = _problem("There is nothing of this name.")
        if operation.tag == "search":
            answers["503"] = _problem("The index cannot be opened just now.")
        paths[re.sub(r"<(\w+)>", r"{\1}", operation.rule)] = {
            "get": {
                "operationId": operation.name,
                "tags": [operation.tag],
                "summary": operation.summary,
                "description": " ".join((operation.run.__doc__ or "").split()),
                "parameters": parameters,
                "responses": answers,
            }
        }
    models: Iterable[type[BaseModel]] = dict.fromkeys(
        [*(operation.answer for operation in operations), schema.ProblemAnswer]
    )
    _, parts = models_json_schema(
        [(model, "serialization") for model in models], ref_template=_REFERENCE
    )
    return {
        "openapi": "3.1.0",
        "info": {
            "title": site().kb.name("en"),
            "version": version.lstrip("v") + ".0.0",
            "summary": "Claims of patient texts and the evidence behind them",
            "description": ABOUT,
        },
        "servers": [{"url": root}],
        "tags": [
            {"name": "texts", "description": "Patient texts."},
            {"name": "claims", "description": "What the texts say, and the verdicts."},
            {"name": "sources", "description": "What the texts cite."},
            {"name": "references", "description": "The library."},
            {"name": "search", "description": "Finding references."},
            {"name": "concepts", "description": "The vocabulary, and what is known."},
        ],
        "paths": paths,
        "components": {"schemas": parts["$defs"]},
    }


def document(operations: Iterable[Operation], version: str) -> dict[str, Any]:
    """The OpenAPI document, with examples taken from this knowledge base."""
    made_from = f"{site().fingerprint}-{standing().stamp}"
    root = f"{request.url_root.rstrip('/')}/api/{version}"
    found: dict[str, Any] = _document(made_from, root, version, tuple(operations))
    return found
