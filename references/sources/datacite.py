"""DataCite: works whose DOI Crossref does not register (arXiv, Zenodo, theses, data)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from references.formats.json_items import at_path, from_first_to_last, objects_of, plain_at
from references.formats.markup import plain
from references.formats.names import split_name
from references.formats.publication_types import type_from
from references.formats.tables import Fields, reference_from
from references.identifiers import bare_doi
from references.normalise import year_of
from references.preprints import PREPRINT
from references.record import Author, Reference
from references.sources.errors import BadAnswer, must_be_about
from references.sources.session import SERVICES
from references.sources.source import DOI, SEEK, Service, reads
from references.sources.work import Published, Work, distinct, in_path, years_of

NAME = "datacite"

Attributes = Mapping[str, Any]

#: Relations to the article that a preprint became.
_PREPRINT_OF = ("IsVersionOf", "IsPreviousVersionOf", "IsPreprintOf")


def _kind(attributes: Attributes) -> str:
    return plain_at("types", "resourceTypeGeneral")(attributes)


def _titles(attributes: Attributes) -> list[str]:
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
    "type": lambda attributes: type_from("datacite", _kind(attributes)),
    "title": lambda attributes: next(iter(_titles(attributes)), ""),
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
    "howpublished": lambda attributes: PREPRINT if _kind(attributes) == PREPRINT else "",
}


def _years(attributes: Attributes) -> frozenset[int]:
    dates = (
        item.get("date")
        for item in objects_of(attributes.get("dates"))
        if item.get("dateType") in ("Issued", "Available", "Submitted")
    )
    return years_of([attributes.get("publicationYear"), *dates])


def _published(attributes: Attributes, doi: str) -> tuple[Published, ...]:
    """The articles that a preprint became: related works that another publisher registered."""
    if _kind(attributes) not in (PREPRINT, "Text"):
        return ()
    others = (
        bare_doi(item.get("relatedIdentifier"))
        for item in objects_of(attributes.get("relatedIdentifiers"))
        if item.get("relationType") in _PREPRINT_OF
    )
    registrant = doi.split("/")[0].lower()
    return tuple(
        Published(doi=other)
        for other in others
        if other and other.split("/")[0].lower() != registrant
    )


@reads(NAME)
def work_of(attributes: Attributes) -> Work:
    """The work of the attributes of one DOI record."""
    reference = reference_from(attributes, _FIELDS)
    return Work(
        source=NAME,
        id=reference.doi,
        address=f"https://doi.org/{reference.doi}",
        reference=reference,
        years=_years(attributes),
        journals=distinct([reference.journal, reference.publisher]),
        titles=distinct(_titles(attributes)),
        published=_published(attributes, reference.doi),
        is_registered=True,
        kind=_kind(attributes),
    )


class DataCite(Service):
    """Questions to DataCite."""

    id = NAME
    name = SERVICES[NAME].name
    answers = frozenset({DOI, SEEK})
    stands_in = True

    def by_doi(self, doi: str) -> Work | None:
        """The work of this DOI, or None when DataCite does not register it."""
        answer = self._session.get(NAME, f"dois/{in_path(doi)}", refresh=self._refresh)
        if answer is None:
            return None
        attributes = at_path(answer.data, "data", "attributes")
        if not isinstance(attributes, Mapping):
            raise BadAnswer(self.name, "DataCite's answer is not a DOI record.")
        must_be_about(self.name, doi, attributes.get("doi"))
        return work_of(attributes, answer)

    def seek(self, cited: Reference, text: str = "") -> list[Work]:
        """The works closest to a citation by its title, best first."""
        words = re.findall(r"[^\W_]+", cited.title)[:40]
        if not words:
            return []
        answer = self._session.get(
            NAME,
            "dois",
            {"query": f'titles.title:"{" ".join(words)}"', "page[size]": 5},
            refresh=self._refresh,
        )
        records = at_path(answer.data, "data") if answer else None
        if not isinstance(records, list):
            raise BadAnswer(self.name, "DataCite's answer is not the result of a search.")
        found = (at_path(record, "attributes") for record in objects_of(records))
        return [work_of(one, answer) for one in found if isinstance(one, Mapping)]
