"""Which of the works found is the cited one?

It is chosen by the evidence for it, the fields that agree, and not by the fewest differences:
a record that knows little can differ in little. Of those that agree in as much, the one that
can be compared in more fields is taken.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from references.matching.journals import same_journal
from references.preprints import cites_preprint
from references.record import Reference
from references.sources.work import Work
from references.verify.as_printed import CitationReading
from references.verify.differences import Comparison, compare
from references.verify.likeness import cites_text, groups, is_notice, is_same_work, likeness


@dataclass(frozen=True)
class Fit:
    """A work that can be the cited one: its records, and the citation beside them.

    `printed` is the citation as it reads with this work at hand; `score` orders works that
    are otherwise alike.
    """

    works: tuple[Work, ...]
    printed: Reference
    comparison: Comparison
    score: float
    is_identified: bool = False

    @property
    def is_preprint(self) -> bool:
        """True for a preprint."""
        return any(work.is_preprint for work in self.works)

    @property
    def stands_beside(self) -> bool:
        """True for data, a part, a review: what is not a publication of its own.

        Who registered the DOI knows best.
        """
        registered = [work for work in self.works if work.is_registered]
        return all(work.stands_beside for work in registered or self.works)

    @property
    def is_published(self) -> bool:
        """True for the work as a journal published it, which other versions only repeat."""
        journal = any(work.reference.journal for work in self.works)
        return journal and not self.is_preprint and not self.stands_beside

    @property
    def is_whole(self) -> bool:
        """True when the citation is verified by this work, if nothing differs."""
        named = self.is_preprint and cites_preprint(self.printed)
        # The registries do not tell the server of a preprint apart from its publisher
        return self.comparison.is_whole(("journal",) if named else ())


def fit_of(reading: CitationReading, works: Sequence[Work], is_identified: bool = False) -> Fit:
    """The citation beside the records of one work."""
    printed = [reading.beside(work) for work in works]
    scores = [likeness(one, work).score for one, work in zip(printed, works, strict=True)]
    best = scores.index(max(scores))
    comparison = compare(printed[best], works, printed=reading.is_printed)
    return Fit(tuple(works), printed[best], comparison, scores[best], is_identified)


def fitting(
    reading: CitationReading, pool: Iterable[Work], leads_to: Callable[[Work], bool]
) -> list[Fit]:
    """The works of a pool that can be the cited one; `leads_to` says that a cited identifier
    leads to a record.
    """
    fits = []
    for group in groups(work for work in pool if not is_notice(work)):
        identified = any(leads_to(work) for work in group)
        if any(is_same_work(reading.beside(work), work, identified) for work in group):
            fits.append(fit_of(reading, group, identified))
    return fits


def choose(cited: Reference, fits: Sequence[Fit]) -> list[Fit]:
    """The work that is cited; several when they fit equally and are not the same one."""
    kept = _of_the_cited_kind(cited, fits)
    if not kept:
        return []
    ranks = [_rank(cited, fit) for fit in kept]
    rivals = [fit for fit, rank in zip(kept, ranks, strict=True) if rank == max(ranks)]
    rivals.sort(key=lambda fit: (not fit.is_identified, not fit.is_published, -fit.score))
    if rivals[0].is_identified:
        return rivals[:1]
    first = rivals[0]
    return [first, *(fit for fit in rivals[1:] if _is_another(fit, first))]


def _of_the_cited_kind(cited: Reference, fits: Sequence[Fit]) -> list[Fit]:
    """The works without those that are no article, where an article is cited and found."""
    kept = list(fits)
    if cites_text(cited):
        kept = [fit for fit in kept if not fit.stands_beside or _is_meant(fit)]
        kept = [fit for fit in kept if not fit.stands_beside] or kept
    return [fit for fit in kept if _agrees_in_version(fit)] or kept


def _is_meant(fit: Fit) -> bool:
    """True for a data set (or the like) whose own identifier and title are cited.

    A figure, an issue or a review seldom has a title: its DOI alone is no evidence.
    """
    return fit.is_identified and "title" in fit.comparison.agreed


def _agrees_in_version(fit: Fit) -> bool:
    """False for a preprint where a journal is cited, and for an article where a server is."""
    cited = fit.printed
    if not cited.journal:
        return True
    if not fit.is_preprint:
        return not cites_preprint(cited)
    names = [name for work in fit.works for name in work.journals]
    return cites_preprint(cited) or same_journal(cited.journal, names)


def _rank(cited: Reference, fit: Fit) -> tuple[int, int, int, int]:
    """Orders works: by what agrees, by their kind, by what can be compared at all."""
    if fit.stands_beside:
        kind = 2 if cited.type in ("dataset", "software") else 0
    else:
        kind = 2 if fit.is_preprint == cites_preprint(cited) else 1
    described = set(fit.comparison.compared) - {"doi", "pmid"}
    return fit.comparison.evidence, kind, len(described), -len(fit.comparison.differences)


def _is_another(one: Fit, other: Fit) -> bool:
    """True when two works with the same title are two publications, not one and its copy."""
    if one.is_published != other.is_published:
        return False
    differences = compare(one.works[0].reference, other.works).differences
    return any(d.field in ("year", "journal", "volume", "issue", "pages") for d in differences)
