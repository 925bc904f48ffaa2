"""The questions of one check: what was asked, what was answered, and the works that turned up."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from typing import TypeVar

from references.identifiers import (
    bare_doi,
    doi_in,
    doi_key,
    isbn13,
    isbn_of,
    printed_doi,
    printed_pmcid,
    printed_pmid,
    printed_trial_number,
    unescaped,
)
from references.notices import Notice
from references.record import Reference
from references.sources.errors import BadAnswer, Elsewhere, SourceError, TooSlow
from references.sources.source import (
    DOI,
    ISBN,
    NOTICES,
    PMCID,
    PMID,
    REGISTRAR,
    SEEK,
    TRIAL,
    Source,
)
from references.sources.work import Work
from references.verify.as_printed import CitationReading
from references.verify.differences import titles_of
from references.verify.likeness import groups, is_notice
from references.verify.result import Cited, Lookup

T = TypeVar("T")


def stamp(when: datetime) -> str:
    """A time as results hold it: ISO 8601, UTC, to the second."""
    return when.astimezone(UTC).isoformat(timespec="seconds")


def _by_pmcid(source: Source, number: str) -> Work | None:
    return source.by_pmcid(number)


def _by_trial(source: Source, number: str) -> Work | None:
    return source.by_trial(number)


def _by_isbn(source: Source, isbn: str) -> Work | None:
    return source.by_isbn(isbn)


_ASKED_BY = {PMCID: _by_pmcid, TRIAL: _by_trial, ISBN: _by_isbn}
#: Parts of a book: the ISBN that they give is that of the whole.
_PARTS = frozenset(("incollection", "inbook", "inproceedings"))


def _identifiers(cited: Reference) -> dict[str, str]:
    """What a citation names its work by, in its fields or in its address, by question."""
    url = unescaped(cited.url)
    in_address = {
        name: found[0] if (found := printed(url)) else ""
        for name, printed in ((DOI, printed_doi), (PMID, printed_pmid), (PMCID, printed_pmcid))
    }
    # An article tells the number of its trial too, and is not its registration.
    own = () if cited.journal or cited.pages else (cited.number, cited.url, *cited.extra.values())
    trial = printed_trial_number(" ".join(own))
    return {
        DOI: doi_in(cited.doi) or cited.doi or in_address[DOI],
        PMID: cited.pmid or in_address[PMID],
        PMCID: cited.pmcid or in_address[PMCID],
        TRIAL: trial if trial.startswith("NCT") else "",
        ISBN: "" if cited.type in _PARTS else isbn13(isbn_of(cited.isbn)),
    }


@dataclass
class CandidateSearch:
    """The state of one check. No question is asked twice."""

    cited: Cited
    sources: Sequence[Source]
    lookups: list[Lookup] = field(default_factory=list)
    pool: list[Work] = field(default_factory=list)
    _asked: set[tuple[str, str, str]] = field(default_factory=set)
    _identified: set[tuple[str, str]] = field(default_factory=set)
    _unknown: set[tuple[str, str, str]] = field(default_factory=set)
    _notices: dict[str, list[Notice]] = field(default_factory=dict)
    _slow: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.reading = CitationReading(self.cited)

    # -- what was found --

    def leads_to(self, work: Work) -> bool:
        """True when an identifier of the citation led to this record."""
        return (work.source, work.id) in self._identified

    @property
    def identified(self) -> list[Work]:
        """The records that identifiers of the citation led to."""
        return [work for work in self.pool if self.leads_to(work)]

    def _add(self, works: Iterable[Work], identified: bool = False) -> None:
        for work in works:
            if identified:
                self._identified.add((work.source, work.id))
            if not any(w.source == work.source and w.id == work.id for w in self.pool):
                self.pool.append(work)

    # -- asking --

    def ask(self, source: Source, question: str, what: str, call: Callable[[], T]) -> T | None:
        """The answer to a question, noted among the places looked in; None when it failed."""
        if source.id in self._slow or (source.id, question, what) in self._asked:
            return None
        self._asked.add((source.id, question, what))
        now, origins = stamp(datetime.now(UTC)), source.listen()
        try:
            answer = call()
        except SourceError as error:
            if isinstance(error, BadAnswer):
                source.forget()
            if isinstance(error, TooSlow | Elsewhere):  # one citation waits for a service once
                self._slow.add(source.id)
            self.lookups.append(
                Lookup(source.name, question, error.outcome, now, message=error.message)
            )
            return None
        if not answer:
            self._unknown.add((source.id, question, what))
        self.lookups.append(
            Lookup(
                source.name,
                question,
                "found" if answer else "nothing",
                stamp(min(one.fetched for one in origins)) if origins else now,
                any(one.copied for one in origins),
                stands_in=any(one.stands_in for one in origins),
                seen=len(answer) if isinstance(answer, list) and question == SEEK else None,
                total=max((one.total for one in origins if one.total is not None), default=None)
                if question == SEEK
                else None,
            )
        )
        return answer

    def by_doi(self, source: Source, doi: str, identified: bool = False) -> Work | None:
        """The record of a DOI in a source, kept in the pool."""
        work = self.ask(source, DOI, doi_key(doi), lambda: source.by_doi(doi))
        self._add([work] if work else [], identified)
        return work

    def by_pmid(self, source: Source, pmid: str, identified: bool = False) -> Work | None:
        """The record of a PubMed number in a source, kept in the pool."""
        work = self.ask(source, PMID, pmid, lambda: source.by_pmid(pmid))
        self._add([work] if work else [], identified)
        return work

    def by_identifiers(self) -> None:
        """Ask for the identifiers of the citation, those in its address among them."""
        named = _identifiers(self.cited.reference)
        doi, pmid = named[DOI], named[PMID]
        is_known = False
        for source in self.sources if doi else ():
            if DOI not in source.answers or (source.numbers_works and pmid):
                continue
            # A registry and PubMed, whose notices count; the others stand in for them.
            if is_known and source.stands_in:
                continue
            work = self.by_doi(source, doi, identified=True)
            is_known = is_known or (work is not None and bool(titles_of([work])))
        for source in self.sources if pmid else ():
            if PMID in source.answers and self.by_pmid(source, pmid, identified=True):
                break
        for question in _ASKED_BY:
            number = named[question]
            for source in self.sources if number and not (doi or pmid) else ():
                if question in source.answers:
                    call = partial(_ASKED_BY[question], source, number)
                    work = self.ask(source, question, number, call)
                    self._add([work] if work else [], identified=True)

    def by_words(self, is_settled: Callable[[], bool]) -> None:
        """Ask for the words of the citation; the sources that stand in, until it is settled."""
        cited = self.cited
        if not cited.reference.title and not cited.text and not cited.reference.pages:
            return
        for source in self.sources:
            if SEEK not in source.answers or (source.stands_in and is_settled()):
                continue
            call = partial(source.seek, cited.reference, cited.text)
            self._add(self.ask(source, SEEK, "", call) or [])

    def notices_about(self, doi: str) -> list[Notice]:
        """The notices that say they are about a DOI, from the sources that can be asked so."""
        doi = doi_key(doi)
        if doi not in self._notices:
            self._notices[doi] = [
                notice
                for source in self.sources
                if NOTICES in source.answers
                for notice in self.ask(source, NOTICES, doi, partial(source.notices, doi)) or []
            ]
        return self._notices[doi]

    def records_of(self, works: Sequence[Work]) -> list[Work]:
        """The records with those of the same work from every source that tells notices."""
        doi = next((work.reference.doi for work in works if work.reference.doi), "")
        pmid = next((work.reference.pmid for work in works if work.reference.pmid), "")
        for source in self.sources:
            if not source.tells_notices or any(work.source == source.id for work in works):
                continue
            if pmid and PMID in source.answers and self.by_pmid(source, pmid):
                continue
            if doi and DOI in source.answers:
                self.by_doi(source, doi)
        records = list(works)
        for group in groups([*works, *self.pool]):
            if any(work in group for work in works):
                records += [w for w in group if w not in records and not is_notice(w)]
        return records

    def by_any_identifier(self, identifier: str) -> None:
        """Ask for a DOI or a PubMed number that another record names."""
        for source in self.sources:
            if DOI in source.answers and bare_doi(identifier):
                self.by_doi(source, identifier)
            elif PMID in source.answers and identifier.isdigit():
                self.by_pmid(source, identifier)

    # -- what the answers amount to --

    def is_unknown_to_pubmed(self, pmid: str) -> bool:
        """True when PubMed answered that it has no record of a number."""
        return any(
            (source.id, PMID, pmid) in self._unknown
            for source in self.sources
            if source.numbers_works
        )

    def is_unregistered(self, doi: str) -> bool:
        """True when Crossref knows no work and no agency for a DOI.

        A 404 of Crossref alone proves nothing: DOIs are registered elsewhere too.
        """
        doi = doi_key(doi)
        for source in self.sources:
            if NOTICES in source.answers and (source.id, DOI, doi) in self._unknown:
                self.ask(source, REGISTRAR, doi, partial(source.registrar, doi))
                return (source.id, REGISTRAR, doi) in self._unknown
        return False
