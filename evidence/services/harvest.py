"""What a service answers to a search, page by page, each page ready to be written down."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from evidence.services.searches import Stream
from references.formats.jsonl import to_json
from references.sources.clinicaltrials import ClinicalTrials
from references.sources.errors import BadAnswer, ServiceFailed
from references.sources.europepmc import EuropePMC
from references.sources.pubmed import PubMed
from references.sources.session import SERVICES, Session
from references.sources.work import Work

#: PubMed gives no more numbers for one search; nobody could screen more either.
MOST = 9_999
_PAGE = 100


@dataclass(frozen=True)
class HarvestedPage:
    """One page of what a service answered.

    Args:
        number: of the page in its stream, from 0.
        total: records the service has for the search.
        works: JSON-ready: `id`, `address`, `reference`, `notices`.
        following: what to ask the next page with; "" after the last one.
        left: PubMed numbers of the pages after this one.
    """

    number: int
    total: int
    works: tuple[Mapping[str, Any], ...]
    following: str
    left: tuple[str, ...] = ()


def pages(session: Session, stream: Stream, last: HarvestedPage | None) -> Iterator[HarvestedPage]:
    """The pages of a stream after `last`, as the service gives them now.

    An old answer cannot stand in for one that fails: what is new would be missing, and the
    period would count as searched.

    Raises:
        SourceError: the service does not answer, or has more records than anybody could screen.
    """
    answers = _HARVESTERS[stream.source](session, stream, last)
    while True:
        origins = session.listen()
        page = next(answers, None)
        if page is None:
            return
        if any(answer.stands_in for answer in origins):
            name = SERVICES[stream.source].name
            raise ServiceFailed(name, "{name} did not answer; only an old answer is kept.")
        yield page


def _check_total(stream: Stream, total: int) -> None:
    if total > MOST:
        name = SERVICES[stream.source].name
        raise BadAnswer(
            name,
            "The search '{search}' finds {total:,} records in {name}, more than {most:,}; "
            "narrow it or give --since.",
            search=stream.search,
            total=total,
            most=MOST,
        )


def _plain(works: Iterable[Work]) -> tuple[dict[str, Any], ...]:
    return tuple(
        {
            "id": work.id,
            "address": work.address,
            "reference": to_json(work.reference),
            "notices": [notice.type for notice in work.notices],
        }
        for work in works
    )


def _pubmed(
    session: Session, stream: Stream, last: HarvestedPage | None
) -> Iterator[HarvestedPage]:
    """PubMed gives all numbers at once; their records are asked a page at a time."""
    pubmed = PubMed(session, refresh=True)
    if last is None:
        limits: dict[str, Any] = {}
        if stream.since:
            limits = {
                "datetype": "edat",
                "mindate": f"{stream.since:%Y/%m/%d}",
                "maxdate": f"{stream.until:%Y/%m/%d}",
            }
        answer = pubmed.search(stream.query, most=MOST, **limits)
        _check_total(stream, answer.total)
        number, total, left = 0, answer.total, tuple(answer.pmids)
    else:
        number, total, left = last.number + 1, last.total, last.left
    while True:
        asked, left = left[:_PAGE], left[_PAGE:]
        works = _plain(pubmed.records(asked))
        yield HarvestedPage(number, total, works, "more" if left else "", left)
        if not left:
            return
        number += 1


def _europepmc(
    session: Session, stream: Stream, last: HarvestedPage | None
) -> Iterator[HarvestedPage]:
    service = EuropePMC(session, refresh=True)
    query = f"({stream.query})"
    if stream.since:
        query += f" AND (FIRST_IDATE:[{stream.since} TO {stream.until}])"
    return _page_by_page(
        stream, last, lambda at: service.search(query, most=_PAGE, cursor=at or "*")
    )


def _clinicaltrials(
    session: Session, stream: Stream, last: HarvestedPage | None
) -> Iterator[HarvestedPage]:
    trials = ClinicalTrials(session, refresh=True)
    return _page_by_page(
        stream, last, lambda at: trials.search(stream.query, stream.since, most=_PAGE, page=at)
    )


def _page_by_page(
    stream: Stream, last: HarvestedPage | None, ask: Callable[[str], Any]
) -> Iterator[HarvestedPage]:
    """The pages of a service that says with each of them what to ask the next one with."""
    number, following = (last.number + 1, last.following) if last else (0, "")
    total = last.total if last else 0
    while True:
        answer = ask(following)
        total = total or answer.total  # ClinicalTrials.gov tells it on the first page only
        _check_total(stream, total)
        following = answer.following
        yield HarvestedPage(number, total, _plain(answer.works), following)
        if not following:
            return
        number += 1


_Harvester = Callable[[Session, Stream, HarvestedPage | None], Iterator[HarvestedPage]]
_HARVESTERS: dict[str, _Harvester] = {
    "pubmed": _pubmed,
    "europepmc": _europepmc,
    "clinicaltrials": _clinicaltrials,
}
