"""DataCite: works whose DOI Crossref does not register (arXiv, Zenodo, theses, data)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from references.formats.markup import plain
from references.identifiers import bare_doi
from references.preprints import PREPRINT
from references.record import Author, Reference
from references.sources.errors import BadAnswer, must_be_about, reads
from references.sources.session import SERVICES, Reply
from references.sources.source import DOI, Service
from references.sources.work import Published, Work, distinct, in_path, split_name, years_of

NAME = "datacite"
_TYPES = {
    "JournalArticle": "article",
    "Book": "book",
    "BookChapter": "incollection",
    "ConferencePaper": "inproceedings",
    "Dissertation": "phdthesis",
    "Report": "techreport",
    "Dataset": "dataset",
    "Software": "software",
}


def _items(value: Any) -> list[Mapping[str, Any]]:
    return [item for item in value if isinstance(item, Mapping)] if isinstance(value, list) else []


def _author(entry: Mapping[str, Any]) -> Author:
    name = plain(str(entry.get("name") or ""))
    if entry.get("nameType") == "Organizational":
        return Author(literal=name)
    if entry.get("familyName"):
        return Author(
            family=plain(str(entry["familyName"])), given=plain(str(entry.get("givenName") or ""))
        )
    return split_name(name)


@reads(SERVICES[NAME].name)
def work_of(attributes: Mapping[str, Any], answer: Reply | None = None) -> Work:
    """The work of the attributes of one DOI record."""
    types = attributes.get("types")
    kind = str(types.get("resourceTypeGeneral") or "") if isinstance(types, Mapping) else ""
    container = attributes.get("container")
    container = container if isinstance(container, Mapping) else {}
    titles = [plain(str(item.get("title") or "")) for item in _items(attributes.get("titles"))]
    year = attributes.get("publicationYear")
    first, last = (str(container.get(name) or "") for name in ("firstPage", "lastPage"))
    publisher = attributes.get("publisher")
    if isinstance(publisher, Mapping):
        publisher = publisher.get("name")
    doi = bare_doi(attributes.get("doi"))
    reference = Reference(
        key="",
        type=_TYPES.get(kind, "misc"),
        title=titles[0] if titles else "",
        authors=tuple(_author(entry) for entry in _items(attributes.get("creators"))),
        year=year if isinstance(year, int) else None,
        journal=plain(str(container.get("title") or "")),
        volume=str(container.get("volume") or ""),
        number=str(container.get("issue") or ""),
        pages=f"{first}-{last}" if first and last and first != last else first,
        doi=doi,
        publisher=plain(str(publisher or "")),
        language=str(attributes.get("language") or "")[:2],
        abstract=plain(
            " ".join(
                str(item.get("description") or "")
                for item in _items(attributes.get("descriptions"))
                if item.get("descriptionType") == "Abstract"
            )
        ),
        extra={"howpublished": PREPRINT} if kind == "Preprint" else {},
    )
    published = [
        Published(doi=other)
        for item in _items(attributes.get("relatedIdentifiers"))
        if kind in ("Preprint", "Text")
        and item.get("relationType") in ("IsVersionOf", "IsPreviousVersionOf", "IsPreprintOf")
        and (other := bare_doi(item.get("relatedIdentifier")))
        and other.split("/")[0].lower() != doi.split("/")[0].lower()
    ]
    return Work(
        source=NAME,
        id=doi,
        address=f"https://doi.org/{doi}",
        reference=reference,
        years=years_of(
            [
                year,
                *(
                    item.get("date")
                    for item in _items(attributes.get("dates"))
                    if item.get("dateType") in ("Issued", "Available", "Submitted")
                ),
            ]
        ),
        journals=distinct([reference.journal, reference.publisher]),
        titles=distinct(titles),
        published=tuple(published),
        is_registered=True,
        kind=kind,
        fetched=answer.fetched if answer else None,
        copied=answer.copied if answer else False,
    )


class DataCite(Service):
    """Questions to DataCite."""

    id = NAME
    name = SERVICES[NAME].name
    answers = frozenset({DOI})
    stands_in = True

    def by_doi(self, doi: str) -> Work | None:
        """The work of this DOI, or None when DataCite does not register it."""
        answer = self._session.get(NAME, f"dois/{in_path(doi)}", refresh=self._refresh)
        if answer is None:
            return None
        data = answer.data.get("data") if isinstance(answer.data, Mapping) else None
        attributes = data.get("attributes") if isinstance(data, Mapping) else None
        if not isinstance(attributes, Mapping):
            raise BadAnswer(self.name, "DataCite's answer is not a DOI record.")
        must_be_about(self.name, doi, attributes.get("doi"))
        return work_of(attributes, answer)
