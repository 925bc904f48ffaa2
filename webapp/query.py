"""A search as an address, and an address as a search."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from flask import abort, url_for
from werkzeug.datastructures import MultiDict

from evidence.search.request import SORTS, SearchRequest, Sort

#: Facets chosen by ticking values; years are a range.
TICKED = ("indication", "nerve", "design", "guidance", "language", "stance")
PAGE = 20  # results
MAX_PAGE = 500
MAX_CHOSEN = 40  # values of one facet
MAX_WORDS = 2000  # characters taken from the address; the engine cuts further and says so
_RANGE = re.compile(r"^\s*(\d{4})?\s*[-\u2013]\s*(\d{4})?\s*$")


def _year(value: str | None) -> int | None:
    value = (value or "").strip()
    if not value:
        return None
    if not value.isascii() or not value.isdigit() or len(value) != 4:
        abort(400)
    return int(value)


@dataclass(frozen=True)
class QueryString:
    """What the address of the search page says."""

    words: str = ""
    filters: dict[str, tuple[str, ...]] = field(default_factory=dict)
    since: int | None = None
    until: int | None = None
    verified: bool = False
    sort: Sort = "relevance"
    page: int = 1
    without: tuple[str, ...] = ()

    @classmethod
    def of(cls, values: MultiDict[str, str]) -> QueryString:
        """The query of an address; aborts with 400 where a value has not the right form.

        `year=2015-2025` is read like `from=2015&to=2025`; `year=2015` is that year alone.
        """
        filters = {
            name: tuple(dict.fromkeys(v[:80] for v in values.getlist(name) if v))[:MAX_CHOSEN]
            for name in TICKED
        }
        since, until = _year(values.get("from")), _year(values.get("to"))
        if span := values.get("year", "").strip():
            if match := _RANGE.match(span):
                since, until = _year(match.group(1)), _year(match.group(2))
            else:
                since = until = _year(span)
        sort = values.get("sort", "relevance")
        page = values.get("page", "1")
        if sort not in SORTS or not page.isascii() or not page.isdigit():
            abort(400)
        return cls(
            words=values.get("q", "").strip()[:MAX_WORDS],
            filters={name: chosen for name, chosen in filters.items() if chosen},
            since=since,
            until=until,
            verified=values.get("verified") in {"1", "on", "true"},
            sort=sort,
            page=min(max(int(page[:6]), 1), MAX_PAGE),
            without=tuple(dict.fromkeys(v[:80] for v in values.getlist("without")))[:MAX_CHOSEN],
        )

    def request(self, limit: int = PAGE, offset: int | None = None) -> SearchRequest:
        """What the engine is asked."""
        return SearchRequest(
            query=self.words,
            filters=self.filters,
            years=(self.since, self.until),
            verified=self.verified,
            sort=self.sort,
            limit=limit,
            offset=(self.page - 1) * PAGE if offset is None else offset,
            without=self.without,
        )

    def arguments(self, **changes: Any) -> dict[str, Any]:
        """The values of the address, with changes; what says nothing is left out.

        Every change but that of the page goes back to the first page.
        """
        values: dict[str, Any] = {
            "q": self.words,
            **self.filters,
            "from": self.since,
            "to": self.until,
            "verified": "1" if self.verified else None,
            "sort": self.sort if self.sort != "relevance" else None,
            "page": None,
            "without": self.without,
        }
        values.update(changes)
        if values["page"] == 1:
            values["page"] = None
        return {name: value for name, value in values.items() if value not in (None, "", ())}

    def address(self, **changes: Any) -> str:
        """The address of this search with changes."""
        return url_for("search.search", **self.arguments(**changes))

    def toggled(self, facet: str, value: str) -> str:
        """The address with one value of a facet added or taken away."""
        chosen = self.filters.get(facet, ())
        kept = tuple(v for v in chosen if v != value) if value in chosen else (*chosen, value)
        return self.address(**{facet: kept})

    @property
    def chosen(self) -> Iterator[tuple[str, str]]:
        """Facet and value of every choice."""
        return ((facet, value) for facet, values in self.filters.items() for value in values)

    @property
    def is_narrowed(self) -> bool:
        """True when anything but the words limits the search."""
        return bool(self.filters or self.since or self.until or self.verified)


def pages_around(page: int, last: int) -> list[int | None]:
    """Page numbers to offer: the ends, the neighbours, None for a gap."""
    wanted = sorted({1, last, *range(max(1, page - 2), min(last, page + 2) + 1)})
    shown: list[int | None] = []
    for number in wanted:
        if shown and shown[-1] is not None and number > shown[-1] + 1:
            shown.append(None)
        shown.append(number)
    return shown
