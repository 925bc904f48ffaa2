"""ClinicalTrials.gov, version 2 of its interface: registered trials."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from references.formats.json_items import at_path, plain_at
from references.formats.tables import Fields, reference_from
from references.record import Author, Study
from references.sources.errors import BadAnswer, must_be_about
from references.sources.session import SERVICES
from references.sources.source import TRIAL, Service, reads
from references.sources.work import ResultPage, Work, distinct, years_of

NAME = "clinicaltrials"


Trial = Mapping[str, Any]


def _text(*path: str) -> Callable[[Trial], str]:
    """Reads the value at a path of keys below `protocolSection` as text."""
    return plain_at("protocolSection", *path)


_NUMBER = _text("identificationModule", "nctId")
_BRIEF_TITLE = _text("identificationModule", "briefTitle")
_OFFICIAL_TITLE = _text("identificationModule", "officialTitle")
_SPONSOR = _text("sponsorCollaboratorsModule", "leadSponsor", "name")
_STATE = _text("statusModule", "overallStatus")


def _address(study: Trial) -> str:
    return f"https://clinicaltrials.gov/study/{_NUMBER(study)}"


def _years(study: Trial) -> frozenset[int]:
    return years_of([_text("statusModule", "studyFirstPostDateStruct", "date")(study)])


def _keywords(study: Trial) -> tuple[str, ...]:
    lists = (
        at_path(study, "protocolSection", "conditionsModule", name)
        for name in ("conditions", "keywords")
    )
    return distinct(word for words in lists if isinstance(words, list) for word in words)


def _announced(study: Trial) -> Study:
    """A "protocol": a registration announces a study, it reports no result."""
    people = at_path(study, "protocolSection", "designModule", "enrollmentInfo", "count")
    return Study(design="protocol", participants=people if isinstance(people, int) else None)


_FIELDS: Fields[Trial] = {
    "type": lambda study: "misc",
    "title": lambda study: _OFFICIAL_TITLE(study) or _BRIEF_TITLE(study),
    "authors": lambda study: (Author(literal=_SPONSOR(study)),) if _SPONSOR(study) else (),
    "year": lambda study: min(_years(study), default=None),
    "number": _NUMBER,
    "publisher": lambda study: "ClinicalTrials.gov",
    "url": _address,
    "abstract": _text("descriptionModule", "briefSummary"),
    "keywords": _keywords,
    "study": _announced,
    "note": lambda study: _STATE(study).replace("_", " ").capitalize(),
}


@reads(NAME)
def work_of(study: Trial) -> Work:
    """A registered trial as a work; its registry number stands in `number`."""
    return Work(
        source=NAME,
        id=_NUMBER(study),
        address=_address(study),
        reference=reference_from(study, _FIELDS),
        years=_years(study),
        titles=distinct([_OFFICIAL_TITLE(study), _BRIEF_TITLE(study)]),
    )


class ClinicalTrials(Service):
    """Questions to ClinicalTrials.gov."""

    id = NAME
    name = SERVICES[NAME].name
    answers = frozenset({TRIAL})

    def by_trial(self, number: str) -> Work | None:
        """The registration with this number, or None."""
        answer = self._session.get(NAME, f"studies/{number}", refresh=self._refresh)
        if answer is None:
            return None
        if not isinstance(answer.data, Mapping):
            raise BadAnswer(self.name, "ClinicalTrials.gov's answer is not a registration.")
        work = work_of(answer.data, answer)
        must_be_about(self.name, number, work.id)
        return work

    def search(
        self, query: str, since: date | None = None, most: int = 100, page: str = ""
    ) -> ResultPage:
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
        studies = at_path(answer.data, "studies") if answer else None
        if answer is None or not isinstance(studies, list):
            raise BadAnswer(self.name, "ClinicalTrials.gov's answer is not the result of a search.")
        works = tuple(work_of(study) for study in studies if isinstance(study, Mapping))
        total = at_path(answer.data, "totalCount")
        return ResultPage(
            total if isinstance(total, int) else len(works),
            works,
            str(at_path(answer.data, "nextPageToken") or ""),
        )
