"""What every source can be asked, services and libraries alike."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from references.notices import Notice
from references.record import Reference
from references.sources.errors import BadAnswer
from references.sources.session import SERVICES, AnswerOrigin, Reply, Session
from references.sources.work import Work

DOI, PMID, PMCID, TRIAL, ISBN = "doi", "pmid", "pmcid", "trial", "isbn"
SEEK, NOTICES, REGISTRAR = "title", "notices", "registrar"


class Source:
    """Something that knows works. `answers` names the questions it understands.

    `is_general` says that it covers all fields and kinds of work, so that not being found
    there means something; `tells_notices`, that its works carry what was published about
    them since; `stands_in`, that it is asked where the registries and PubMed know nothing;
    `numbers_works`, that it gives out the PubMed numbers; `answers_many`, that it tells the
    notices about many works at once.

    Every method may raise `SourceError`; None and an empty list mean "nothing known". A work
    that is returned for an identifier is the work of that identifier: an answer about
    something else is a `BadAnswer`.
    """

    id = ""
    name = ""
    answers: frozenset[str] = frozenset()
    is_general = False
    tells_notices = False
    stands_in = False
    numbers_works = False
    answers_many = ""

    def by_doi(self, doi: str) -> Work | None:
        """The work of a DOI."""
        return None

    def by_pmid(self, pmid: str) -> Work | None:
        """The work of a PubMed number."""
        return None

    def by_pmcid(self, pmcid: str) -> Work | None:
        """The work of a PubMed Central number, "PMC" and digits."""
        return None

    def by_trial(self, number: str) -> Work | None:
        """The registration of a trial, by its number."""
        return None

    def by_isbn(self, isbn: str) -> Work | None:
        """The book of an ISBN of thirteen digits."""
        return None

    def seek(self, cited: Reference, text: str = "") -> list[Work]:
        """The works that come closest to a citation; `text` is how it was printed."""
        return []

    def notices(self, doi: str) -> list[Notice]:
        """Notices that say they are about this DOI."""
        return []

    def many(self, dois: Sequence[str], pmids: Sequence[str]) -> list[Work]:
        """The records of many works at once, and the notices that say they are about them."""
        return []

    def registrar(self, doi: str) -> str:
        """The agency that registered a DOI, or "" when none did."""
        return ""

    def listen(self) -> list[AnswerOrigin]:
        """A list that takes in when the answers to the next questions were fetched."""
        return []

    def forget(self) -> None:
        """Keep no copy of the answers since `listen` was called: they were of no use."""


class Service(Source):
    """A source that is asked over the network, through one session.

    With `refresh` it is asked again even where a fresh copy of its answer is kept.
    """

    def __init__(self, session: Session, refresh: bool = False) -> None:
        self._session, self._refresh = session, refresh

    def listen(self) -> list[AnswerOrigin]:
        """A list that takes in when the answers to the next questions were fetched."""
        return self._session.listen()

    def forget(self) -> None:
        """Keep no copy of the answers since `listen` was called: they were of no use."""
        self._session.forget()


def reads(service: str) -> Callable[[Callable[[Any], Work]], Callable[..., Work]]:
    """Declare the function that reads one record of a service.

    It then also takes the `Reply` that the record came with, of which the work keeps when it was
    fetched; a record of a shape that it cannot read is a `BadAnswer`: the answers of strangers
    are checked where we know how they vary, and this is for the rest.
    """
    name = SERVICES[service].name

    def declare(function: Callable[[Any], Work]) -> Callable[..., Work]:
        @functools.wraps(function)
        def read(record: Any, answer: Reply | None = None) -> Work:
            try:
                work = function(record)
            except (TypeError, ValueError, LookupError, AttributeError) as error:
                raise BadAnswer(
                    name, "{name} sent a record of a shape that cannot be read."
                ) from error
            return replace(work, fetched=answer.fetched, copied=answer.copied) if answer else work

        return read

    return declare
