"""An article, the work of a record, and sources that know works: verification without a network."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from references.formats.names import read_authors
from references.record import Reference
from references.sources.errors import SourceError
from references.sources.source import DOI, PMID, SEEK, Source
from references.sources.work import Work

ARTICLE = Reference(
    "a",
    title="Cold block of the pudendal nerve in chronic pelvic pain",
    authors=read_authors("Marchand, Anne and Oduya, Bola K.")[0],
    year=2018,
    journal="Journal of Pelvic Pain",
    volume="12",
    number="3",
    pages="145-152",
    doi="10.5555/jpp.2018.145",
    pmid="28000145",
)


def work_of(reference: Reference, source: str = "one", **more: Any) -> Work:
    """The work of a record; `more` are further fields of it."""
    fields: dict[str, Any] = {
        "years": frozenset({reference.year} if reference.year else ()),
        "journals": (reference.journal,),
        "titles": (reference.title,),
    }
    identifier = reference.doi or reference.pmid
    return Work(source, identifier, "https://example.org/", reference, **fields | more)


class SourceOfOurs(Source):
    """A source that knows some works; with `fault` it answers nothing."""

    answers = frozenset({DOI, PMID, SEEK})

    def __init__(self, name: str, works: Sequence[Reference | Work] = (), **flags: Any) -> None:
        self.id = self.name = name
        self._works = [one if isinstance(one, Work) else work_of(one, name) for one in works]
        self.fault: SourceError | None = None
        self.asked: list[str] = []
        for flag, value in flags.items():
            setattr(self, flag, value)

    def _answer(self, question: str) -> list[Work]:
        self.asked.append(question)
        if self.fault is not None:
            raise self.fault
        return self._works

    def by_doi(self, doi: str) -> Work | None:
        """The work of a DOI."""
        return next((work for work in self._answer(DOI) if work.reference.doi == doi), None)

    def by_pmid(self, pmid: str) -> Work | None:
        """The work of a PubMed number."""
        return next((work for work in self._answer(PMID) if work.reference.pmid == pmid), None)

    def seek(self, cited: Reference, text: str = "") -> list[Work]:
        """Every work."""
        return self._answer(SEEK)
