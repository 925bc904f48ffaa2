"""A search as an address: what the parameters of this one say, and the addresses beside it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from flask import request, url_for
from werkzeug.datastructures import MultiDict
from werkzeug.routing import RequestRedirect
from werkzeug.urls import iri_to_uri

from evidence.parameters import OFFSET
from evidence.search.request import SearchRequest, current
from webapp.tracking import OF_EVERY_PAGE, meant_parameters

PAGE = 20  # results of a page whose address does not say how many


def requested_search(limit: int = PAGE) -> SearchRequest:
    """The search that this address asks for.

    Args:
        limit: how many results, where the address does not say.

    Raises:
        RequestRedirect: the address has former names of parameters; it leads to the current ones.
        BadParameters: an unknown name, or a value that cannot be used.
    """
    values = own_parameters()
    today = current(values, limit)
    if today is not None:
        raise redirected_to(today)
    return SearchRequest.from_mapping(values, limit=limit)


def redirected_to(parameters: dict[str, Any]) -> RequestRedirect:
    """A redirect to this address with other parameters; those that every page takes are kept."""
    own = {name: request.args[name] for name in OF_EVERY_PAGE if name in request.args}
    query = urlencode(parameters | own, doseq=True)
    path = iri_to_uri(request.script_root + request.path)
    return RequestRedirect(f"{path}?{query}" if query else path)


def own_parameters() -> MultiDict[str, str]:
    """The parameters of this address but those that every page takes, and those that track."""
    return MultiDict(
        (name, value)
        for name, value in meant_parameters().items(multi=True)
        if name not in OF_EVERY_PAGE
    )


@dataclass(frozen=True)
class SearchAddress:
    """The address of a search, for links to it and to others like it."""

    request: SearchRequest

    @property
    def page(self) -> int:
        """Which page of the results this is; the first is 1."""
        return self.request.offset // self.size + 1

    @property
    def size(self) -> int:
        """How many results a page has."""
        return max(self.request.limit, 1)

    def arguments(self, **changes: Any) -> dict[str, Any]:
        """The parameters of the address, with changes; what says nothing is left out.

        Every change but that of the page (from 1) goes back to the first page.
        """
        values: dict[str, Any] = {**self.request.as_mapping(limit=PAGE), "offset": None}
        if page := changes.pop("page", 0):
            values["offset"] = min((page - 1) * self.size, OFFSET.high)
        values |= changes
        return {name: value for name, value in values.items() if value}

    def address(self, **changes: Any) -> str:
        """The address of this search with changes."""
        return url_for("search.search", **self.arguments(**changes))

    def toggled(self, facet: str, value: str) -> str:
        """The address with one value of a facet added or taken away."""
        chosen = self.request.filters.get(facet, ())
        kept = tuple(v for v in chosen if v != value) if value in chosen else (*chosen, value)
        return self.address(**{facet: kept})

    @property
    def chosen(self) -> Iterator[tuple[str, str]]:
        """Facet and value of every choice."""
        return ((name, value) for name, values in self.request.filters.items() for value in values)

    @property
    def is_narrowed(self) -> bool:
        """True when anything but the words limits the search."""
        return bool(self.request.filters or any(self.request.years) or self.request.verified)

    def pages_around(self, last: int) -> list[int | None]:
        """Numbers of pages to offer: the ends, the neighbours, None for a gap."""
        near = range(max(1, self.page - 2), min(last, self.page + 2) + 1)
        offered: list[int | None] = []
        for number in sorted({1, last, *near}):
            if offered and offered[-1] is not None and number > offered[-1] + 1:
                offered.append(None)
            offered.append(number)
        return offered
