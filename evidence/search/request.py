"""One search as it is asked, and the one table of parameters it is asked by.

The page, the API and the command read a `SearchRequest` with `SearchRequest.from_mapping` from
the same `PARAMETERS`; none has a name or a form of a value of its own.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any, Literal, get_args

from evidence.claims.stance import STANCES
from evidence.parameters import (
    OFFSET,
    BadParameters,
    Bounds,
    Parameter,
    Values,
    given,
    read,
)
from references.errors import message
from references.normalise import whole_number

Sort = Literal["relevance", "newest", "level", "directness"]
SORTS: tuple[Sort, ...] = get_args(Sort)

#: Facets whose values are chosen by name; a year is a range.
CHOSEN = (
    *("indication", "nerve", "intervention", "population", "design", "guidance"),
    *("language", "stance"),
)
#: Facets by which results are counted and filtered. Values are concept ids, but for
#: `year` (a year), `language` (ISO 639-1), `stance` (of the links to a reference, which the
#: request brings along: an index knows nothing of claims).
FACETS = (
    *("indication", "nerve", "intervention", "population", "design", "guidance"),
    *("year", "language", "stance"),
)

LIMIT = 10  # results, where nothing says how many
MAX_LIMIT = 200
MAX_QUERY = 1000  # characters; longer queries are cut and the answer says so
_MOST = 40  # values of one facet

SORT = Parameter(
    "sort",
    "The order: by relevance, newest first, by level of evidence, or by directness to the "
    "population and the intervention asked about.",
    default="relevance",
    choices=SORTS,
)
PARAMETERS = (
    Parameter(
        "q",
        "Words, a phrase between quotation marks, an indication, a nerve, a title, author and "
        "year, a printed reference, a DOI, a PMID, or fields such as author:ilfeld "
        "year:2020..2025; without it the library is browsed. Nothing written here is an error: "
        f"what could not be read as meant is told in `notices`. {MAX_QUERY} characters are read.",
        default="",
    ),
    Parameter(
        "indication", "Only studies of this indication.", several=True, most=_MOST, longest=80
    ),
    Parameter("nerve", "Only studies of this nerve.", several=True, most=_MOST, longest=80),
    Parameter(
        "intervention",
        "Only studies that tested or describe this treatment.",
        several=True,
        most=_MOST,
        longest=80,
    ),
    Parameter("population", "Only studies of these people.", several=True, most=_MOST, longest=80),
    Parameter("design", "Only studies of this design.", several=True, most=_MOST, longest=80),
    Parameter(
        "guidance", "Only studies guided by this imaging.", several=True, most=_MOST, longest=80
    ),
    Parameter(
        "year", "A year or a range: 2020, 2015..2025, 2015.., ..2010.", "years", (None, None)
    ),
    Parameter(
        "language",
        "Only publications in this language (ISO 639-1).",
        several=True,
        most=_MOST,
        pattern="^[a-z]{2}$",
        form=message("a code of two letters such as fr"),
    ),
    Parameter(
        "stance",
        "Only references linked to a claim with this stance.",
        several=True,
        most=len(STANCES),
        choices=STANCES,
    ),
    Parameter(
        "verified",
        "Only references whose title, authors and year were seen in a source.",
        "yes-no",
        False,
    ),
    SORT,
    Parameter("limit", "How many results to answer.", "number", LIMIT, high=MAX_LIMIT),
    OFFSET,
    Parameter(
        "expand", "Search synonyms in both languages and narrower concepts too.", "yes-no", True
    ),
    Parameter(
        "without",
        "Concepts that are searched only as typed, without their synonyms (ids).",
        several=True,
        most=_MOST,
        longest=80,
    ),
)
#: Former names of parameters: bookmarks are redirected.
FORMER = ("from", "to", "page")


@dataclass(frozen=True, slots=True)
class SearchRequest:
    """One search. Values of a facet are alternatives; facets narrow each other.

    `filters` maps a facet to the chosen values; a concept value includes its narrower
    concepts. `years` is an inclusive range, either end open. `expand` off searches only the
    words as typed; `without` names concepts whose expansion the user switched off.
    `facets` are those to count and `highlight` says whether passages are marked: a caller
    that shows neither saves their time.
    """

    query: str = ""
    filters: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    years: Bounds = (None, None)
    verified: bool = False  # only references whose core fields were all seen in a source
    sort: Sort = "relevance"
    limit: int = LIMIT
    offset: int = 0
    expand: bool = True
    without: tuple[str, ...] = ()
    facets: tuple[str, ...] = FACETS
    highlight: bool = True
    reader: str = "en"  # the language of passages that are written in both
    stances: Mapping[str, frozenset[str]] = field(default_factory=dict)

    @classmethod
    def from_mapping(cls, values: Values, *, limit: int = LIMIT, **more: Any) -> SearchRequest:
        """The search that an address, a form or a command says.

        Args:
            values: by name, a value or several; names are those of `PARAMETERS`.
            limit: how many results, where the values do not say.
            more: fields that no parameter says: `stances`, `facets`, `highlight`, `reader`.

        Raises:
            BadParameters: an unknown name, or a value that cannot be used.
        """
        taken = read(PARAMETERS, values)
        if not given(values).get("limit"):
            taken["limit"] = limit
        return cls.of(taken, **more)

    @classmethod
    def of(cls, values: Mapping[str, Any], **more: Any) -> SearchRequest:
        """The search that parameters say which were read already, each with its value."""
        return cls(
            query=values["q"].strip()[: 2 * MAX_QUERY],  # the engine cuts further and says so
            filters={name: values[name] for name in CHOSEN if values[name]},
            years=values["year"],
            **{name: values[name] for name in _PLAIN},
            **more,
        )

    def as_mapping(self, *, limit: int = LIMIT) -> dict[str, str | tuple[str, ...]]:
        """The parameters that say this search; those that say nothing are left out.

        Args:
            limit: how many results are meant where no limit is given.
        """
        low, high = self.years
        years = f"{low or ''}" if low == high else f"{low or ''}..{high or ''}"
        values: dict[str, Any] = {"q": self.query, **self.filters, "year": years}
        for name, default in (_PLAIN | {"limit": limit}).items():
            value = getattr(self, name)
            if value != default:
                values[name] = value if isinstance(value, tuple) else str(value).lower()
        return {name: value for name, value in values.items() if value}


#: Parameters that are fields of a request under their own names, and what they are if not given.
_PLAIN: dict[str, Any] = {
    one.name: one.default if not one.several else ()
    for one in PARAMETERS
    if one.name in {each.name for each in fields(SearchRequest)}
}


def current(values: Values, limit: int) -> dict[str, Any] | None:
    """The same search with the current names; None where no former name is used.

    Args:
        values: by name; `from` and `to` were the ends of `year`, `page` counted from 1, and
            `verified` was 1.
        limit: how many results a page has where `limit` is not given.

    Raises:
        BadParameters: a page that is no number.
    """
    renamed = given(values)
    old = {name: renamed.pop(name, [""])[0] for name in FORMER if name in values}
    if {"1", "on"}.issuperset(renamed.get("verified", ["true"])):
        old["verified"] = "true"
        renamed["verified"] = ["true"]
    since, until = old.get("from", "").strip(), old.get("to", "").strip()
    if since or until:
        renamed.setdefault("year", [since if since == until else f"{since}..{until}"])
    if page := old.get("page"):
        number = whole_number(page)
        if number is None:
            fault = message("page is a whole number, not '{value}'.", value=page[:80])
            raise BadParameters([("page", fault)])
        size = whole_number(renamed.get("limit", [""])[0]) or limit
        if number > 1:
            renamed["offset"] = [str(min((number - 1) * size, OFFSET.high))]
    return renamed if old else None
