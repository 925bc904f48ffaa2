"""DataCite: works whose DOI Crossref does not register (arXiv, Zenodo, theses, data)."""

from __future__ import annotations

import re
from collections.abc import Mapping

from references.formats.datacite_json import Attributes, kind_of, reference_of, titles_of
from references.formats.json_items import at_path, objects_of
from references.identifiers import bare_doi
from references.notices import CORRECTION, Notice
from references.preprints import PREPRINT
from references.record import Reference
from references.sources.errors import BadAnswer, must_be_about
from references.sources.session import SERVICES
from references.sources.source import DOI, SEEK, Service, reads
from references.sources.work import Published, Work, distinct, in_path, years_of

NAME = "datacite"

#: Relations to the article that a preprint became.
_PREPRINT_OF = ("IsVersionOf", "IsPreviousVersionOf", "IsPreprintOf")

#: The relation to what replaces a work; a newer version alone replaces nothing.
_REPLACED_BY = "IsObsoletedBy"


def _years(attributes: Attributes) -> frozenset[int]:
    dates = (
        item.get("date")
        for item in objects_of(attributes.get("dates"))
        if item.get("dateType") in ("Issued", "Available", "Submitted")
    )
    return years_of([attributes.get("publicationYear"), *dates])


def _notices(attributes: Attributes) -> tuple[Notice, ...]:
    """What replaces a work, as its own record says; DataCite has no notices of another kind."""
    others = (
        bare_doi(item.get("relatedIdentifier"))
        for item in objects_of(attributes.get("relatedIdentifiers"))
        if item.get("relationType") == _REPLACED_BY
    )
    return tuple(
        Notice(CORRECTION, DataCite.name, doi=other, text=_REPLACED_BY) for other in others
    )


def _published(attributes: Attributes, doi: str) -> tuple[Published, ...]:
    """The articles that a preprint became: related works that another publisher registered."""
    if kind_of(attributes) not in (PREPRINT, "Text"):
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
    reference = reference_of(attributes)
    return Work(
        source=NAME,
        id=reference.doi,
        address=f"https://doi.org/{reference.doi}",
        reference=reference,
        years=_years(attributes),
        journals=distinct([reference.journal, reference.publisher]),
        titles=distinct(titles_of(attributes)),
        notices=_notices(attributes),
        published=_published(attributes, reference.doi),
        is_registered=True,
        kind=kind_of(attributes),
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
        self._session.count(at_path(answer.data, "meta", "total") if answer else None)
        found = (at_path(record, "attributes") for record in objects_of(records))
        return [work_of(one, answer) for one in found if isinstance(one, Mapping)]
