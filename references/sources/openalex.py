"""OpenAlex: works by DOI and by title. Its public address asks for a key since 2026-02."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from references.formats.json_items import at_path
from references.formats.openalex_json import reference_of
from references.identifiers import bare_doi
from references.notices import RETRACTION, Notice
from references.record import Reference
from references.sources.errors import BadAnswer, NeedsKey, must_be_about
from references.sources.session import SERVICES, Reply
from references.sources.source import DOI, SEEK, Service, reads
from references.sources.work import Work, distinct, in_path, years_of

NAME = "openalex"


@reads(NAME)
def work_of(item: Mapping[str, Any]) -> Work:
    """The work of one OpenAlex item."""
    reference = reference_of(item)
    kind = str(item.get("type") or "")
    short = at_path(item, "primary_location", "source", "abbreviated_title")
    retracted = item.get("is_retracted") is True
    return Work(
        source=NAME,
        id=str(item.get("id") or "").rsplit("/", 1)[-1],
        address=str(item.get("id") or "https://openalex.org/"),
        reference=reference,
        years=years_of([item.get("publication_year"), item.get("publication_date")]),
        journals=distinct([reference.journal, short if reference.journal else ""]),
        titles=distinct([reference.title]),
        notices=(Notice(RETRACTION, "OpenAlex", text="is_retracted"),) if retracted else (),
        kind=kind,
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
        words = " ".join(cited.title.replace(",", " ").replace("|", " ").split())
        if not words:
            return []
        answer = self._get("works", {"filter": f"title.search:{words}", "per-page": 5})
        results = (
            answer.data.get("results") if answer and isinstance(answer.data, Mapping) else None
        )
        if not isinstance(results, list):
            raise BadAnswer(self.name, "OpenAlex's answer is not the result of a search.")
        self._session.count(at_path(answer.data, "meta", "count") if answer else None)
        return [work_of(item, answer) for item in results if isinstance(item, Mapping)]
