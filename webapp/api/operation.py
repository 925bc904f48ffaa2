"""An operation of the API: a function from checked parameters to an answer, at its addresses.

It stands below `/api/v1/` and, where it answers what a page shows, at the page's address with
`.json` behind it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar, get_type_hints
from urllib.parse import urlencode

from flask import Blueprint, Response, json, request, url_for
from werkzeug.urls import iri_to_uri

from evidence.parameters import LIMIT, OFFSET, Parameter, Values, read
from webapp.api import answers, records
from webapp.query import own_parameters

VERSION = "v1"
ROOT = f"/api/{VERSION}"
#: Answers the addresses of the API and those of pages with `.json`.
blueprint = Blueprint("api", __name__)
PART = (LIMIT, OFFSET)
_A = TypeVar("_A", bound=records.ApiModel)
_L = TypeVar("_L", bound=answers.Listing[Any])


@dataclass(frozen=True)
class Operation:
    """One address of the API: what it takes, what it answers, how it is described.

    Args:
        name: of its function; its endpoint is `api.<name>`.
        rule: its address below `/api/v1`.
        summary: a line about it.
        parameters: what its query may hold.
        answer: the model of its answer.
        run: called with the values of path and query by name.
        tag: the group it is described in.
        example: values of path and query for the example of the documentation; of a list, its
            first item.
        reader: reads a query where the table of parameters does not do it alone.
    """

    name: str
    rule: str
    summary: str
    parameters: tuple[Parameter, ...]
    answer: type[records.ApiModel]
    run: Callable[..., records.ApiModel]
    tag: str
    example: Callable[[], dict[str, Any]] = lambda: {"limit": 1}
    reader: Callable[[Values], dict[str, Any]] | None = None

    def values(self, given: Values, path: dict[str, str]) -> dict[str, Any]:
        """The value of every parameter and of every part of the path.

        Raises:
            BadParameters: one is unknown or has a value that cannot be used.
        """
        parameters = [parameter for parameter in self.parameters if parameter.name not in path]
        return {**(self.reader(given) if self.reader else read(parameters, given)), **path}


OPERATIONS: list[Operation] = []
#: Endpoints of the pages that have their answer at their address with `.json`, and the parameters
#: of the page that it takes too.
_PAGES: dict[str, tuple[str, ...]] = {
    "texts.text": (),
    "texts.claim": (),
    "sources.sources": (),
    "indications.index": ("facet",),
    "indications.concept": (),
}


@blueprint.app_template_global()
def json_address() -> str:
    """The address of what this page shows as JSON; "" where the API has no such answer."""
    names = _PAGES.get(request.endpoint or "")
    if names is None:
        return ""
    query = urlencode({name: request.args[name] for name in names if request.args.get(name)})
    address = iri_to_uri(request.script_root + request.path.rstrip("/") + ".json")
    return f"{address}?{query}" if query else address


def operation(
    rule: str, summary: str, tag: str, *parameters: Parameter, page: str | bool = False, **more: Any
) -> Callable[[Callable[..., _A]], Callable[..., _A]]:
    """Declare an operation: its address, its check of parameters and its description.

    Args:
        page: whether a page shows the same at the same rule, or the rule of that page.
        more: `example` and `reader` of the `Operation`.
    """

    def declare(run: Callable[..., _A]) -> Callable[..., _A]:
        name = run.__name__
        answer = get_type_hints(run)["return"]
        declared = Operation(name, rule, summary, parameters, answer, run, tag, **more)
        OPERATIONS.append(declared)

        def view(**path: str) -> Response:
            return _send(run(**declared.values(request.args, path)))

        def view_of_page(**path: str) -> Response:
            return _send(run(**declared.values(own_parameters(), path)))

        blueprint.add_url_rule(f"{ROOT}{rule}", name, view, methods=["GET"])
        if page:
            at_page = f"{rule if page is True else page}.json"
            blueprint.add_url_rule(at_page, f"{name}_json", view_of_page, methods=["GET"])
        return run

    return declare


def _send(answer: records.ApiModel) -> Response:
    links = getattr(answer, "links", None)
    response = plain_json(answer.plain())
    response.headers["Content-Language"] = "fr, en"
    if isinstance(links, answers.Links):  # those of a list, not of a claim to references
        relations = links.plain().items()
        response.headers["Link"] = ", ".join(f'<{to}>; rel="{rel}"' for rel, to in relations)
    return response


def plain_json(document: dict[str, Any]) -> Response:
    """A document that a page of any site may read."""
    body = json.dumps(document, ensure_ascii=False, sort_keys=False)
    response = Response(body, mimetype="application/json")
    response.headers["Access-Control-Allow-Origin"] = "*"
    return response


def links_around(total: int, limit: int, offset: int) -> answers.Links:
    """The addresses in the API of this part of a list and of the parts around it."""
    size = max(limit, 1)
    endpoint = str(request.endpoint).removesuffix("_json")
    base = url_for(endpoint, _external=True)
    given = [*own_parameters().items(multi=True), *(request.view_args or {}).items()]
    given = [(name, value) for name, value in given if name != "offset"]

    def at(offset: int) -> str:
        query = urlencode([*given, *([("offset", str(offset))] if offset else [])])
        return base + (f"?{query}" if query else "")

    last = min((max(total - 1, 0) // size) * size, OFFSET.high // size * size)
    following = offset + size
    return answers.Links(
        self=at(offset),
        first=at(0),
        last=at(last),
        prev=at(max(offset - size, 0)) if offset else None,
        next=at(following) if following < total and following <= OFFSET.high else None,
    )


def part_of(
    listing: type[_L],
    rows: Sequence[Any],
    item: Callable[[Any], records.ApiModel],
    limit: int,
    offset: int,
) -> _L:
    """A part of a list; only its own items are made."""
    links = links_around(len(rows), limit, offset)
    items = tuple(item(one) for one in rows[offset : offset + limit])
    return listing(total=len(rows), limit=limit, offset=offset, links=links, items=items)
