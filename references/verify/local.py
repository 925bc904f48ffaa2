"""A library as a source: works are looked up among its own references."""

from __future__ import annotations

from collections.abc import Iterable

from rapidfuzz import fuzz, process

from references.identifiers import doi_key
from references.matching.titles import clean_title
from references.normalise import comparable_words
from references.notices import RETRACTION, Notice
from references.record import Reference
from references.sources.source import DOI, PMID, SEEK, Source
from references.sources.work import Work, distinct
from references.verify.as_printed import CitationReading
from references.verify.choice import fit_of
from references.verify.differences import AGREES, Difference
from references.verify.result import Cited


def _work_of(reference: Reference) -> Work:
    is_retracted = reference.status == "retracted"
    return Work(
        source=LibrarySource.id,
        id=reference.key,
        address="",
        reference=reference,
        years=frozenset({reference.year} if reference.year else ()),
        journals=distinct([reference.journal]),
        titles=distinct([reference.title]),
        notices=(Notice(RETRACTION, LibrarySource.name),) if is_retracted else (),
    )


class LibrarySource(Source):
    """The references of a library, found by DOI, PubMed number and title."""

    id = "library"
    name = "the library"
    answers = frozenset({DOI, PMID, SEEK})

    def __init__(self, references: Iterable[Reference]) -> None:
        self._references = list(references)
        self._by_doi = {doi_key(r.doi): r for r in self._references if r.doi}
        self._by_pmid = {r.pmid: r for r in self._references if r.pmid}
        self._titles = {
            number: " ".join(comparable_words(clean_title(reference.title)))
            for number, reference in enumerate(self._references)
            if reference.title and not reference.title.startswith("[")
        }

    def by_doi(self, doi: str) -> Work | None:
        """The reference of a DOI."""
        reference = self._by_doi.get(doi_key(doi))
        return _work_of(reference) if reference else None

    def by_pmid(self, pmid: str) -> Work | None:
        """The reference of a PubMed number."""
        reference = self._by_pmid.get(pmid)
        return _work_of(reference) if reference else None

    def seek(self, cited: Reference, text: str = "") -> list[Work]:
        """The references whose titles are closest to the cited one, best first."""
        wanted = " ".join(comparable_words(clean_title(cited.title)))
        if not wanted:
            return []
        best = process.extract(
            wanted, self._titles, scorer=fuzz.token_sort_ratio, limit=5, score_cutoff=40
        )
        return [_work_of(self._references[number]) for _, _, number in best]


def agreement(cited: Cited, reference: Reference) -> dict[str, bool]:
    """Whether the fields of a record agree with a citation; those not compared are left out."""
    verdicts = fit_of(CitationReading(cited), [_work_of(reference)]).comparison.verdicts
    return {
        name: verdict == AGREES
        for name, verdict in verdicts.items()
        if verdict == AGREES or isinstance(verdict, Difference)
    }
