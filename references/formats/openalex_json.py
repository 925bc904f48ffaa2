"""OpenAlex's JSON: its works, in whatever envelope a tool saved its answers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from references.formats.field_values import doi_of
from references.formats.json_items import (
    at_path,
    from_first_to_last,
    from_saved_answers,
    objects_of,
    plain_at,
    text_at,
)
from references.formats.markup import plain
from references.formats.names import split_name
from references.formats.publication_types import type_from
from references.formats.results import Reading
from references.formats.tables import Fields, reference_from
from references.identifiers import pmid_of
from references.normalise import year_of
from references.preprints import PREPRINT
from references.record import Author, Reference

NAME = "openalex-json"
_JOURNAL = ("primary_location", "source")

Item = Mapping[str, Any]


def _authors(item: Item) -> tuple[Author, ...]:
    names = (
        text_at("raw_author_name")(entry) or text_at("author", "display_name")(entry)
        for entry in objects_of(item.get("authorships"))
    )
    return tuple(split_name(name) for name in names if name)


def _journal(item: Item) -> str:
    """The journal; a repository is where a copy lies, not where the work was published."""
    is_copy = at_path(item, *_JOURNAL, "type") == "repository"
    return (
        ""
        if is_copy and item.get("type") != "preprint"
        else plain_at(*_JOURNAL, "display_name")(item)
    )


def _pages(item: Item) -> str:
    first, last = (text_at("biblio", name)(item) for name in ("first_page", "last_page"))
    return from_first_to_last(first, last)


def _abstract(item: Item) -> str:
    """The text of an inverted index: OpenAlex publishes abstracts as word positions."""
    index = item.get("abstract_inverted_index")
    placed = [
        (place, str(word))
        for word, places in (index.items() if isinstance(index, Mapping) else ())
        if isinstance(places, list)
        for place in places
        if isinstance(place, int)
    ]
    return plain(" ".join(word for _, word in sorted(placed)))


_FIELDS: Fields[Item] = {
    "type": lambda item: type_from("openalex", text_at("type")(item)),
    "title": lambda item: plain(text_at("title")(item) or text_at("display_name")(item)),
    "authors": _authors,
    "year": lambda item: year_of(text_at("publication_year")(item)),
    "journal": _journal,
    "volume": text_at("biblio", "volume"),
    "number": text_at("biblio", "issue"),
    "pages": _pages,
    "doi": lambda item: doi_of(text_at("doi")(item)),
    "pmid": lambda item: pmid_of(text_at("ids", "pmid")(item)),
    "issn": text_at(*_JOURNAL, "issn_l"),
    "language": text_at("language"),
    "abstract": _abstract,
    "howpublished": lambda item: PREPRINT if item.get("type") == "preprint" else "",
}


def reference_of(item: Item) -> Reference:
    """The reference of one OpenAlex work."""
    return reference_from(item, _FIELDS)


def is_work(item: Item) -> bool:
    """True for an object that is a work of OpenAlex."""
    return str(item.get("id", "")).startswith("https://openalex.org/W")


def read(text: str, name: str = "<text>") -> Reading:
    """The works of OpenAlex answers."""
    return from_saved_answers(text, name, NAME, reference_of, is_work)
