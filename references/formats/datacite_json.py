"""DataCite's JSON: one record, a list of them, or an answer of its interface."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from references.formats.json_items import (
    from_first_to_last,
    from_saved_answers,
    objects_of,
    plain_at,
)
from references.formats.markup import plain
from references.formats.names import split_name
from references.formats.publication_types import type_from
from references.formats.results import Reading
from references.formats.tables import Fields, reference_from
from references.identifiers import bare_doi
from references.normalise import year_of
from references.preprints import PREPRINT
from references.record import Author, Reference

NAME = "datacite-json"

Attributes = Mapping[str, Any]


def kind_of(attributes: Attributes) -> str:
    """The general kind of what a DOI names, in DataCite's words."""
    return plain_at("types", "resourceTypeGeneral")(attributes)


def titles_of(attributes: Attributes) -> list[str]:
    """The titles, the main one first."""
    return [plain_at("title")(item) for item in objects_of(attributes.get("titles"))]


def _author(entry: Attributes) -> Author:
    name = plain_at("name")(entry)
    if entry.get("nameType") == "Organizational":
        return Author(literal=name)
    if family := plain_at("familyName")(entry):
        return Author(family=family, given=plain_at("givenName")(entry))
    return split_name(name)


def _authors(attributes: Attributes) -> tuple[Author, ...]:
    authors = map(_author, objects_of(attributes.get("creators")))
    return tuple(author for author in authors if author.name)


def _pages(attributes: Attributes) -> str:
    first, last = (plain_at("container", name)(attributes) for name in ("firstPage", "lastPage"))
    return from_first_to_last(first, last)


def _publisher(attributes: Attributes) -> str:
    value = attributes.get("publisher")
    return (
        plain_at("publisher", "name")(attributes)
        if isinstance(value, Mapping)
        else plain(str(value or ""))
    )


def _abstract(attributes: Attributes) -> str:
    texts = (
        str(item.get("description") or "")
        for item in objects_of(attributes.get("descriptions"))
        if item.get("descriptionType") == "Abstract"
    )
    return plain(" ".join(texts))


_FIELDS: Fields[Attributes] = {
    "type": lambda attributes: type_from("datacite", kind_of(attributes)),
    "title": lambda attributes: next(iter(titles_of(attributes)), ""),
    "authors": _authors,
    "year": lambda attributes: year_of(plain_at("publicationYear")(attributes)),
    "journal": plain_at("container", "title"),
    "volume": plain_at("container", "volume"),
    "number": plain_at("container", "issue"),
    "pages": _pages,
    "doi": lambda attributes: bare_doi(attributes.get("doi")),
    "publisher": _publisher,
    "language": lambda attributes: plain_at("language")(attributes)[:2],
    "abstract": _abstract,
    "howpublished": lambda attributes: PREPRINT if kind_of(attributes) == PREPRINT else "",
}


def reference_of(attributes: Attributes) -> Reference:
    """The reference of the attributes of one DOI."""
    return reference_from(attributes, _FIELDS)


def is_work(item: Attributes) -> bool:
    """True for the attributes of a DOI."""
    return isinstance(item.get("titles"), list) and ("doi" in item or "creators" in item)


def read(text: str, name: str = "<text>") -> Reading:
    """The works of a saved answer, of a list or of one record."""
    return from_saved_answers(text, name, NAME, reference_of, is_work)
