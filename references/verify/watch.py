"""Only the notices: what was published about works since, asked for many works at once.

For every day, and cheap: no title is looked for and nothing compared. A work is known by the
DOI or PubMed number that it is cited by, or that an earlier check found; about one without a
number nothing can be said here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import Any

from references.errors import Message, message
from references.identifiers import bare_doi, doi_key
from references.matching.titles import notice_of_title
from references.notices import CONCERN, CORRECTION, REINSTATEMENT, RETRACTION, Notice
from references.record import Reference
from references.sources.errors import SourceError
from references.sources.source import DOI, PMID, Source
from references.sources.work import Work
from references.verify.asking import stamp
from references.verify.notice_search import ordered, standing
from references.verify.result import Cited, Lookup
from references.verify.retractions import RetractionList

_GRAVITY = (
    (RETRACTION, "retracted"),
    (CONCERN, "expression-of-concern"),
    (REINSTATEMENT, "reinstated"),
    (CORRECTION, "corrected"),
)
NO_NOTICE, UNCHECKED = "no-notice", "unchecked"
_QUESTION = "notices"


@dataclass(frozen=True)
class Watched:
    """What is told about one work: its notices and the status they make.

    `status` is one of retracted, expression-of-concern, reinstated, corrected, no-notice, and
    unchecked where the work has no number, or no service that answered knows it.
    """

    cited: Cited
    doi: str
    pmid: str
    status: str
    notices: tuple[Notice, ...] = ()
    lookups: tuple[Lookup, ...] = ()
    problem: Message | None = None

    @property
    def silent(self) -> tuple[str, ...]:
        """The services that did not answer, or with an old copy only."""
        return _silent(self.lookups)

    def as_dict(self) -> dict[str, Any]:
        """JSON-ready."""
        plain: dict[str, Any] = {"key": self.cited.key, "status": self.status}
        plain |= {name: value for name in ("doi", "pmid") if (value := getattr(self, name))}
        plain["notices"] = [notice.as_dict() for notice in self.notices]
        plain["looked"] = [lookup.as_dict() for lookup in self.lookups]
        if self.problem:
            plain["problem"] = str(self.problem)
            plain["problem_parts"] = self.problem.as_dict()
        return plain


@dataclass
class _Answers:
    """What the sources said about a batch of works; of each answer, which numbers it is about."""

    works: list[Work]
    lookups: list[tuple[frozenset[str], Lookup]]

    def about(self, doi: str, pmid: str) -> tuple[Lookup, ...]:
        """The places where a work of these numbers was looked for."""
        names = _names(doi, pmid)
        return tuple(lookup for asked, lookup in self.lookups if names & asked)

    def known(self, doi: str, pmid: str) -> bool:
        """Whether any service knows the work."""
        names = _names(doi, pmid)
        return any(names & _names(work.reference.doi, work.reference.pmid) for work in self.works)


def watch(
    cited: Sequence[Cited],
    known: Mapping[str, tuple[str, str]],
    sources: Sequence[Source],
    retractions: RetractionList | None = None,
    at_once: int = 50,
) -> Iterator[Watched]:
    """The notices about works, in their order.

    Args:
        cited: the citations.
        known: DOI and PubMed number that an earlier check found, by the key of the citation.
        sources: those that answer for many works at once are asked (`Source.answers_many`); about
            a DOI that none of these knows, those that stand in for them (DataCite), one by one.
        retractions: the local list, if there is one.
        at_once: works that one question is about.
    """
    for start in range(0, len(cited), at_once):
        part = cited[start : start + at_once]
        numbers = [_numbers(one, known.get(one.key, ("", ""))) for one in part]
        answers = _asked(numbers, sources)
        for one, (doi, pmid) in zip(part, numbers, strict=True):
            yield _watched(one, doi, pmid, answers, retractions)


def _numbers(cited: Cited, known: tuple[str, str]) -> tuple[str, str]:
    """DOI and PubMed number of a work, as it is cited, else as a check found them."""
    reference = cited.reference
    return bare_doi(reference.doi) or known[0], reference.pmid or known[1]


def _asked(numbers: Sequence[tuple[str, str]], sources: Iterable[Source]) -> _Answers:
    dois = list(dict.fromkeys(doi for doi, _ in numbers if doi))
    pmids = list(dict.fromkeys(pmid for _, pmid in numbers if pmid))
    answers = _Answers([], [])
    asked = {DOI: frozenset(map(doi_key, dois)), PMID: frozenset(pmids)}
    registrars = []
    for source in sources:
        if source.answers_many and (dois or pmids):
            numbers_asked = asked[source.answers_many]
            _ask(answers, source, numbers_asked, partial(source.many, dois, pmids))
        elif source.stands_in and not source.tells_notices and DOI in source.answers:
            registrars.append(source)
    for doi, pmid in dict.fromkeys(numbers):
        is_told = answers.known(doi, pmid) or _silent(answers.about(doi, pmid))
        for source in registrars if doi and not is_told else ():
            _ask(answers, source, frozenset((doi_key(doi),)), partial(_one, source, doi))
    return answers


def _one(source: Source, doi: str) -> list[Work]:
    """What the agency that registered a DOI says of it; Crossref does not know these works."""
    work = source.by_doi(doi)
    return [work] if work else []


def _ask(
    answers: _Answers, source: Source, asked: frozenset[str], question: Callable[[], list[Work]]
) -> None:
    """Take in the answer of a source to a question about works of these numbers."""
    now, origins = stamp(datetime.now(UTC)), source.listen()
    try:
        found = question()
    except SourceError as error:
        failed = Lookup(source.name, _QUESTION, error.outcome, now, message=error.message)
        answers.lookups.append((asked, failed))
        return
    if not origins:  # none of the works has a number that it knows
        return
    answers.works += found
    lookup = Lookup(
        source.name,
        _QUESTION,
        "found" if found else "nothing",
        stamp(min(one.fetched for one in origins)),
        any(one.copied for one in origins),
        stands_in=any(one.stands_in for one in origins),
    )
    answers.lookups.append((asked, lookup))


def _watched(
    cited: Cited, doi: str, pmid: str, answers: _Answers, retractions: RetractionList | None
) -> Watched:
    notices = list(_about(doi, pmid, answers.works))
    if retractions is not None:
        found = Reference(cited.key, doi=doi, pmid=pmid)
        notices += retractions.notices(cited.reference, found, known=[found])
    kinds = standing(notices)
    status = next((name for kind, name in _GRAVITY if kind in kinds), NO_NOTICE)
    asked, is_known = answers.about(doi, pmid), answers.known(doi, pmid)
    problem = None
    silent = _silent(asked)
    if not (doi or pmid):
        problem = message("no DOI and no PubMed number is known; verify it once")
    elif silent:
        problem = message(
            "{services} did not answer: a notice may be missing; check again later",
            services=silent,
        )
    elif not is_known:
        problem = message(
            "no service of notices knows {number}: whether there is one cannot be told",
            number=doi or f"PMID {pmid}",
        )
    if status == NO_NOTICE and (not is_known or len(silent) == len(asked)):
        status = UNCHECKED
    return Watched(cited, doi, pmid, status, ordered(notices), asked, problem)


def _silent(asked: Iterable[Lookup]) -> tuple[str, ...]:
    return tuple(one.source for one in asked if not one.answered or one.stands_in)


def _names(doi: str, pmid: str) -> set[str]:
    return {name for name in (doi_key(doi), pmid) if name}


def _about(doi: str, pmid: str, works: Iterable[Work]) -> Iterator[Notice]:
    """The notices that records give about the work of a DOI or PubMed number."""
    names = _names(doi, pmid)
    for work in works:
        record = work.reference
        if names & _names(record.doi, record.pmid):
            yield from work.notices
            if kind := notice_of_title(record.title)[1]:
                yield Notice(kind, work.source, text=record.title[:200])
        for kind, about in work.updates:
            if about and doi_key(about) in names:
                text, date = record.title[:200], str(record.year or "")
                yield Notice(kind, work.source, record.doi, record.pmid, date=date, text=text)
