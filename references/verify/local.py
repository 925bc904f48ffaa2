"""A library as a source: works are looked up among its own references."""

from __future__ import annotations

from collections.abc import Iterable

from rapidfuzz import fuzz, process

from references.record import Reference
from references.sources.source import DOI, PMID, SEEK, Source
from references.sources.work import RETRACTION, Notice, Work, distinct
from references.verify.differences import clean_title, words


class LibrarySource(Source):
    """The references of a library, found by DOI, PubMed number and title."""

    id = "library"
    name = "the library"
    answers = frozenset({DOI, PMID, SEEK})

    def __init__(self, references: Iterable[Reference]) -> None:
        self._references = list(references)
        self._by_doi = {r.doi.lower(): r for r in self._references if r.doi}
        self._by_pmid = {r.pmid: r for r in self._references if r.pmid}
        self._titles = {
            number: " ".join(words(clean_title(reference.title)))
            for number, reference in enumerate(self._references)
            if reference.title and not reference.title.startswith("[")
        }

    def _work(self, reference: Reference) -> Work:
        return Work(
            source=self.id,
            id=reference.key,
            address="",
            reference=reference,
            years=frozenset({reference.year} if reference.year else ()),
            journals=distinct([reference.journal]),
            titles=distinct([reference.title]),
            notices=(Notice(RETRACTION, self.name),) if reference.status == "retracted" else (),
        )

    def by_doi(self, doi: str) -> Work | None:
        """The reference of a DOI."""
        found = self._by_doi.get(doi.lower())
        return self._work(found) if found else None

    def by_pmid(self, pmid: str) -> Work | None:
        """The reference of a PubMed number."""
        found = self._by_pmid.get(pmid)
        return self._work(found) if found else None

    def seek(self, cited: Reference, text: str = "") -> list[Work]:
        """The references whose titles are closest to the cited one, best first."""
        wanted = " ".join(words(clean_title(cited.title)))
        if not wanted:
            return []
        best = process.extract(
            wanted, self._titles, scorer=fuzz.token_sort_ratio, limit=5, score_cutoff=40
        )
        return [self._work(self._references[number]) for _, _, number in best]
