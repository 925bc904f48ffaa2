"""Crossref: works by DOI, by bibliographic query, and the notices about them.

Notices stand in two places, `updated-by` on the work and `update-to` on the notice; both
are read. Retraction Watch is part of both since 2025 (`source: retraction-watch`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from references.formats.crossref_json import reference_of
from references.formats.json_items import at_path, objects_of, text_of, texts_of
from references.identifiers import bare_doi, doi_key
from references.notices import Notice, notice_kind
from references.record import Reference
from references.sources.errors import BadAnswer, NotAsked, must_be_about
from references.sources.session import SERVICES, Reply
from references.sources.source import DOI, ISBN, NOTICES, SEEK, Service, reads
from references.sources.work import Published, Work, distinct, in_path, years_of

NAME = "crossref"
#: What Crossref calls a whole book.
_BOOKS = frozenset(("book", "monograph", "edited-book", "reference-book"))
#: DOIs in one question: an address has a length.
_AT_ONCE = 25


Item = Mapping[str, Any]

#: Dates of publication; when the record was deposited ("created") is none.
_DATES = ("published", "issued", "published-print", "published-online", "posted")


def _date_parts(date: Any) -> list[Any]:
    """Year, month and day of a date of Crossref's, as far as it gives them."""
    parts = date.get("date-parts") if isinstance(date, Mapping) else None
    return parts[0] if isinstance(parts, list) and parts and isinstance(parts[0], list) else []


def _years(item: Item) -> frozenset[int]:
    return years_of(part for name in _DATES for part in _date_parts(item.get(name))[:1])


def _notices(item: Item, name: str) -> list[Notice]:
    """The notices that `updated-by` or `update-to` lists; `doi` is that of the other work."""
    notices = []
    for entry in objects_of(item.get(name)):
        words = str(entry.get("label") or entry.get("type") or "")
        kind = notice_kind(str(entry.get("type") or "")) or notice_kind(words)
        numbers = (part for part in _date_parts(entry.get("updated")) if isinstance(part, int))
        date = "-".join(f"{part:02d}" for part in numbers)
        origin = str(entry.get("source") or "")
        text = f"{words} ({origin})" if origin and origin != "publisher" else words
        if kind:
            doi = bare_doi(entry.get("DOI"))
            notices.append(Notice(kind, "Crossref", doi=doi, date=date, text=text))
    return notices


def _titles(item: Item, title: str) -> tuple[str, ...]:
    titles, subtitles = texts_of(item.get("title")), texts_of(item.get("subtitle"))
    joined = [f"{title}: {subtitle}" for title in titles[:1] for subtitle in subtitles[:1]]
    return distinct([title, *titles, *joined, *texts_of(item.get("original-title"))])


@reads(NAME)
def work_of(item: Item) -> Work:
    """The work of one Crossref item."""
    doi, years = bare_doi(item.get("DOI")), _years(item)
    reference = reference_of(item)
    if not years:  # all that is left is when the record was deposited
        reference = replace(reference, year=None)
    of_others = _notices(item, "update-to")
    # a work retracted in place: the notice replaced the article
    in_place = [notice for notice in of_others if doi_key(notice.doi) == doi_key(doi)]
    articles = (
        bare_doi(entry.get("id"))
        for entry in objects_of(at_path(item, "relation", "is-preprint-of"))
    )
    return Work(
        source=NAME,
        id=doi,
        address=f"https://doi.org/{doi}" if doi else "https://search.crossref.org/",
        reference=reference,
        years=years,
        journals=distinct(
            [*texts_of(item.get("container-title")), *texts_of(item.get("short-container-title"))]
        ),
        titles=_titles(item, reference.title),
        notices=(*_notices(item, "updated-by"), *in_place),
        updates=tuple((notice.type, notice.doi) for notice in of_others if notice not in in_place),
        published=tuple(Published(doi=article) for article in articles if article),
        is_registered=True,
        kind=text_of(item.get("type")),
    )


class Crossref(Service):
    """Questions to Crossref's REST API."""

    id = NAME
    name = SERVICES[NAME].name
    answers = frozenset({DOI, ISBN, SEEK, NOTICES})
    is_general = True
    tells_notices = True
    answers_many = DOI

    def _message(
        self, path: str, parameters: Mapping[str, str | int] | None = None
    ) -> tuple[Mapping[str, Any], Reply] | None:
        answer = self._session.get(NAME, path, parameters, refresh=self._refresh)
        if answer is None:
            return None
        message = answer.data.get("message") if isinstance(answer.data, Mapping) else None
        if not isinstance(message, Mapping):
            raise BadAnswer(self.name, "{name} answered JSON that is not one of its own.")
        return message, answer

    def by_doi(self, doi: str) -> Work | None:
        """The work of this DOI, or None when Crossref does not register it."""
        message = self._message(f"works/{in_path(doi)}")
        if message is None:
            return None
        item, answer = message
        if not answer.redirected:  # a DOI can be another name of a work that has a first one
            must_be_about(self.name, doi, item.get("DOI"), *texts_of(item.get("aliases")))
        return work_of(item, answer)

    def _items(self, parameters: Mapping[str, str | int]) -> list[Work]:
        message = self._message("works", parameters)
        items = message[0].get("items") if message else None
        if message is None or not isinstance(items, list):
            raise BadAnswer(self.name, "{name}'s answer is not the result of a search.")
        self._session.count(message[0].get("total-results"))
        return [work_of(item, message[1]) for item in items if isinstance(item, Mapping)]

    def seek(self, cited: Reference, text: str = "") -> list[Work]:
        """The works closest to a citation by Crossref's own matching, best first."""
        if not text:
            names = " ".join(author.short for author in cited.authors[:3])
            parts = (names, cited.title, cited.journal, str(cited.year or ""))
            text = " ".join(part for part in parts if part)
        text = " ".join(text.split())[:1000]
        return self._items({"query.bibliographic": text, "rows": 5}) if text else []

    def by_isbn(self, isbn: str) -> Work | None:
        """The book of an ISBN; its chapters have the same one."""
        works = self._items({"filter": f"isbn:{isbn}", "rows": 20})
        return next((work for work in works if work.kind in _BOOKS), None)

    def registrar(self, doi: str) -> str:
        """The agency that registered a DOI (Crossref knows the others' too), or ""."""
        message = self._message(f"works/{in_path(doi)}/agency")
        if message is None:
            return ""
        agency = message[0].get("agency")
        if not isinstance(agency, Mapping) or not agency.get("id"):
            raise BadAnswer(self.name, "{name}'s answer names no agency.")
        return str(agency["id"])

    def notices(self, doi: str) -> list[Notice]:
        """The notices that say in `update-to` that they are about this DOI."""
        if "," in doi:  # a comma separates filters
            raise NotAsked(
                self.name, "{name} cannot be asked about a DOI with a comma for its notices."
            )
        return [
            Notice(
                kind,
                "Crossref",
                doi=work.id,
                text=work.reference.title[:200],
                date=str(work.reference.year or ""),
            )
            for work in self._items({"filter": f"updates:{doi}", "rows": 20})
            for kind, about in work.updates
            if doi_key(about) == doi_key(doi)
        ]

    def many(self, dois: Sequence[str], pmids: Sequence[str]) -> list[Work]:
        """The records of many DOIs, and the notices that say they are about them.

        Two questions for all of them, as filters of one name are alternatives. A comma separates
        filters: a DOI with one is asked about alone.
        """
        works = [work for doi in dois if "," in doi if (work := self.by_doi(doi))]
        plain = [doi for doi in dois if "," not in doi]
        for start in range(0, len(plain), _AT_ONCE):
            part = plain[start : start + _AT_ONCE]
            for name in ("doi", "updates"):
                filters = ",".join(f"{name}:{doi}" for doi in part)
                works += self._items({"filter": filters, "rows": 20 * _AT_ONCE})
        return works
