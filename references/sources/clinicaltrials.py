"""ClinicalTrials.gov, version 2 of its interface: registered trials, for the update."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from references.formats.markup import plain
from references.record import Author, Reference, Study
from references.sources.errors import BadAnswer, must_be_about, reads
from references.sources.session import SERVICES, Session
from references.sources.work import Work, distinct, years_of

NAME = "clinicaltrials"


@dataclass(frozen=True)
class Trials:
    """One page of a search: the total, the trials, and where the next page begins ("" = end)."""

    total: int
    works: tuple[Work, ...]
    following: str = ""


def _part(item: Any, *path: str) -> Any:
    for step in path:
        item = item.get(step) if isinstance(item, Mapping) else None
    return item


@reads(SERVICES[NAME].name)
def work_of(study: Mapping[str, Any]) -> Work:
    """A registered trial as a work; its registry number stands in `number`.

    The design says "protocol": a registration announces a study, it reports no result.
    """
    protocol = study.get("protocolSection")
    number = str(_part(protocol, "identificationModule", "nctId") or "")
    brief = plain(str(_part(protocol, "identificationModule", "briefTitle") or ""))
    official = plain(str(_part(protocol, "identificationModule", "officialTitle") or ""))
    sponsor = plain(str(_part(protocol, "sponsorCollaboratorsModule", "leadSponsor", "name") or ""))
    posted = _part(protocol, "statusModule", "studyFirstPostDateStruct", "date")
    years = years_of([posted])
    people = _part(protocol, "designModule", "enrollmentInfo", "count")
    state = str(_part(protocol, "statusModule", "overallStatus") or "")
    address = f"https://clinicaltrials.gov/study/{number}"
    reference = Reference(
        key="",
        type="misc",
        title=official or brief,
        authors=(Author(literal=sponsor),) if sponsor else (),
        year=min(years, default=None),
        number=number,
        publisher="ClinicalTrials.gov",
        url=address,
        abstract=plain(str(_part(protocol, "descriptionModule", "briefSummary") or "")),
        keywords=distinct(
            value
            for name in ("conditions", "keywords")
            if isinstance(values := _part(protocol, "conditionsModule", name), list)
            for value in values
        ),
        study=Study(design="protocol", participants=people if isinstance(people, int) else None),
        extra={"note": state.replace("_", " ").capitalize()} if state else {},
    )
    return Work(NAME, number, address, reference, years=years, titles=distinct([official, brief]))


class ClinicalTrials:
    """Questions to ClinicalTrials.gov."""

    id = NAME
    name = SERVICES[NAME].name

    def __init__(self, session: Session, refresh: bool = False) -> None:
        self._session, self._refresh = session, refresh

    def by_number(self, number: str) -> Work | None:
        """The trial of a registry number (NCT…), or None."""
        answer = self._session.get(
            NAME, f"studies/{number}", {"format": "json"}, refresh=self._refresh
        )
        if answer is None:
            return None
        if not isinstance(answer.data, Mapping) or "protocolSection" not in answer.data:
            raise BadAnswer(self.name, "ClinicalTrials.gov's answer is not a study.")
        work = work_of(answer.data)
        must_be_about(self.name, number, work.id)
        return work

    def search(
        self, query: str, since: date | None = None, most: int = 100, page: str = ""
    ) -> Trials:
        """One page of the trials a query finds, those updated from `since` on."""
        parameters: dict[str, str | int] = {
            "query.term": query,
            "format": "json",
            "pageSize": most,
            "countTotal": "true",
        }
        if since:
            parameters["filter.advanced"] = f"AREA[LastUpdatePostDate]RANGE[{since},MAX]"
        if page:
            parameters["pageToken"] = page
        answer = self._session.get(NAME, "studies", parameters, refresh=self._refresh)
        studies = _part(answer.data, "studies") if answer else None
        if answer is None or not isinstance(studies, list):
            raise BadAnswer(self.name, "ClinicalTrials.gov's answer is not the result of a search.")
        works = tuple(work_of(study) for study in studies if isinstance(study, Mapping))
        total = _part(answer.data, "totalCount")
        return Trials(
            total if isinstance(total, int) else len(works),
            works,
            str(_part(answer.data, "nextPageToken") or ""),
        )
