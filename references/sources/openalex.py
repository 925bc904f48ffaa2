"""OpenAlex: works by DOI and by title. Its public address asks for a key since 2026-02."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from references.formats.markup import plain
from references.identifiers import bare_doi, pmid_of
from references.notices import Notice
from references.preprints import PREPRINT
from references.record import Reference
from references.sources.errors import BadAnswer, NeedsKey, must_be_about, reads
from references.sources.session import SERVICES, Reply
from references.sources.source import DOI, SEEK, Service
from references.sources.work import Work, distinct, in_path, split_name, years_of

NAME = "openalex"


def _part(item: Mapping[str, Any], *path: str) -> Any:
    value: Any = item
    for step in path:
        value = value.get(step) if isinstance(value, Mapping) else None
    return value


def _abbreviations(item: Mapping[str, Any], journal: str) -> list[str]:
    short = _part(item, "primary_location", "source", "abbreviated_title")
    return [str(short)] if journal and short else []


def _abstract(index: Any) -> str:
    """The text of an inverted index: OpenAlex publishes abstracts as word positions."""
    if not isinstance(index, Mapping):
        return ""
    placed = [
        (place, str(word))
        for word, places in index.items()
        if isinstance(places, list)
        for place in places
        if isinstance(place, int)
    ]
    return plain(" ".join(word for _, word in sorted(placed)))


@reads(SERVICES[NAME].name)
def work_of(item: Mapping[str, Any], answer: Reply | None = None) -> Work:
    """The work of one OpenAlex item."""
    first, last = (str(_part(item, "biblio", name) or "") for name in ("first_page", "last_page"))
    entries = item.get("authorships")
    names = [
        str(_part(entry, "raw_author_name") or _part(entry, "author", "display_name") or "")
        for entry in (entries if isinstance(entries, list) else [])
        if isinstance(entry, Mapping)
    ]
    kind = str(item.get("type") or "")
    journal = str(_part(item, "primary_location", "source", "display_name") or "")
    if _part(item, "primary_location", "source", "type") == "repository" and kind != "preprint":
        journal = ""  # where a copy lies, not where the work was published
    year = item.get("publication_year")
    reference = Reference(
        key="",
        type={
            "article": "article",
            "book": "book",
            "book-chapter": "incollection",
            "review": "article",
            "letter": "article",
        }.get(kind, "misc"),
        title=plain(str(item.get("title") or item.get("display_name") or "")),
        authors=tuple(split_name(name) for name in names if name),
        year=year if isinstance(year, int) else None,
        journal=plain(journal),
        volume=str(_part(item, "biblio", "volume") or ""),
        number=str(_part(item, "biblio", "issue") or ""),
        pages=f"{first}-{last}" if first and last and last != first else first,
        doi=bare_doi(item.get("doi")),
        pmid=pmid_of(_part(item, "ids", "pmid")),
        issn=str(_part(item, "primary_location", "source", "issn_l") or ""),
        language=str(item.get("language") or ""),
        abstract=_abstract(item.get("abstract_inverted_index")),
        extra={"howpublished": PREPRINT} if kind == "preprint" else {},
    )
    retracted = item.get("is_retracted") is True
    return Work(
        source=NAME,
        id=str(item.get("id") or "").rsplit("/", 1)[-1],
        address=str(item.get("id") or "https://openalex.org/"),
        reference=reference,
        years=years_of([year, item.get("publication_date")]),
        journals=distinct([reference.journal, *_abbreviations(item, journal)]),
        titles=distinct([reference.title]),
        notices=(Notice("retraction", "OpenAlex", text="is_retracted"),) if retracted else (),
        kind=kind,
        fetched=answer.fetched if answer else None,
        copied=answer.copied if answer else False,
    )


class OpenAlex(Service):
    """Questions to OpenAlex."""

    id = NAME
    name = SERVICES[NAME].name
    answers = frozenset({DOI, SEEK})
    stands_in = True
    is_general = True
    tells_notices = True

    def _get(self, path: str, parameters: Mapping[str, str | int] | None = None) -> Reply | None:
        settings = self._session.settings
        if not settings.openalex_key and not settings.is_own(NAME):
            raise NeedsKey(
                self.name, "OpenAlex was not asked: it wants a key (set EVIDENCE_OPENALEX_KEY)."
            )
        return self._session.get(NAME, path, parameters, refresh=self._refresh)

    def by_doi(self, doi: str) -> Work | None:
        """The work of this DOI, or None."""
        answer = self._get(f"works/doi:{in_path(doi)}")
        if answer is None:
            return None
        if not isinstance(answer.data, Mapping) or "id" not in answer.data:
            raise BadAnswer(self.name, "OpenAlex's answer is not a work.")
        if not answer.redirected:  # as it does when two of its works were merged
            must_be_about(self.name, doi, bare_doi(answer.data.get("doi")))
        return work_of(answer.data, answer)

    def seek(self, cited: Reference, text: str = "") -> list[Work]:
        """The works closest to a citation by its title."""
        return self.find(cited.title)

    def find(self, title: str, rows: int = 5) -> list[Work]:
        """The works whose titles are closest to `title`, best first."""
        words = " ".join(title.replace(",", " ").replace("|", " ").split())
        if not words:
            return []
        answer = self._get("works", {"filter": f"title.search:{words}", "per-page": rows})
        results = (
            answer.data.get("results") if answer and isinstance(answer.data, Mapping) else None
        )
        if not isinstance(results, list):
            raise BadAnswer(self.name, "OpenAlex's answer is not the result of a search.")
        return [work_of(item, answer) for item in results if isinstance(item, Mapping)]
