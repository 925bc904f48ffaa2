"""What was published about a work since: by every source, and about its other versions too.

A retraction of any version is reported, whichever record was taken for the cited work: a copy or a
preprint of a retracted article knows nothing of the retraction. The other way round does not
hold: a preprint that was withdrawn says nothing about the article.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace

from references.identifiers import doi_key
from references.matching.people import shares_first_author
from references.matching.titles import notice_of_title, same_title, title_similarity
from references.normalise import comparable_words
from references.notices import CONCERN, CORRECTION, REINSTATEMENT, RETRACTION, Notice
from references.preprints import cites_preprint
from references.record import Reference
from references.sources.work import Work
from references.verify.asking import CandidateSearch
from references.verify.choice import Fit, fit_of
from references.verify.differences import titles_of
from references.verify.likeness import NEAR, groups, is_notice, likeness
from references.verify.result import Candidate
from references.verify.retractions import RetractionList

_ORDER = {RETRACTION: 0, CONCERN: 1, REINSTATEMENT: 2, CORRECTION: 3}
#: What is said of a work when it was published about another version of it.
_GRAVE = frozenset({RETRACTION, CONCERN})


def standing(notices: Iterable[Notice]) -> set[str]:
    """The kinds of notice that hold: a retraction does not once the work was reinstated.

    A retraction without a date is taken for the one that was undone.
    """
    notices = list(notices)
    kinds = {notice.type for notice in notices}
    reinstated = max((n.date for n in notices if n.type == REINSTATEMENT), default="")
    if REINSTATEMENT in kinds and not any(
        notice.type == RETRACTION and _is_later(notice.date, reinstated) for notice in notices
    ):
        kinds.discard(RETRACTION)
    elif RETRACTION in kinds:
        kinds.discard(REINSTATEMENT)
    return kinds


def _is_later(one: str, other: str) -> bool:
    """True when a date is later than another, as far as both go (2021, 2021-03, 2021-03-04)."""
    shared = min(len(one), len(other))
    return one[:shared] > other[:shared]


@dataclass(frozen=True)
class NoticesOfWork:
    """Notices, the kinds that hold, and other works of that title, or nearly, retracted since."""

    notices: tuple[Notice, ...] = ()
    kinds: frozenset[str] = frozenset()
    others: tuple[Fit, ...] = ()


class NoticeSearch:
    """Asks for the notices of one check."""

    def __init__(self, search: CandidateSearch, retractions: RetractionList | None) -> None:
        self._search, self._retractions = search, retractions

    def of_work(self, fit: Fit) -> NoticesOfWork:
        """What was published about the work found, and about the versions of it."""
        cited = self._search.cited.reference
        known = [work.reference for work in fit.works] if fit.is_published else []
        own = self._of(fit.works, {cited.doi}) + self._listed(
            [cited, *(work.reference for work in fit.works)], known, fit.is_preprint
        )
        kinds, others = standing(own), []
        for version in self._versions(fit):
            notices = self._of(version.works)
            grave = standing(notices) & _GRAVE
            if grave and not self._is_of_the_work(fit, version):
                others.append(version)
            elif grave:
                about = version.works[0]
                name = about.reference.doi or about.reference.pmid or about.address
                own += [replace(one, about=name) for one in notices if one.type in grave]
                kinds |= grave
        return NoticesOfWork(ordered(own), frozenset(kinds), tuple(others))

    def of_notice(self, fit: Fit) -> NoticesOfWork:
        """What was published about a notice that is cited itself.

        Its words are about another work, and its title is that of another work: only what names
        its own numbers counts. A work retracted in place has such a title too.
        """
        references = [work.reference for work in fit.works]
        own = [notice for work in fit.works for notice in work.notices]
        for doi in sorted({doi_key(one.doi) for one in references} - {""}):
            own += self._search.notices_about(doi)
        own += self._listed([replace(one, title="") for one in references], [], False)
        return NoticesOfWork(ordered(own), frozenset(standing(own)))

    def of_candidate(self, works: Sequence[Work]) -> tuple[Notice, ...]:
        """What was published about a work that is only shown."""
        records = self._search.records_of(works)
        references = [work.reference for work in records]
        is_preprint = any(work.is_preprint for work in records)
        return ordered(self._of(records) + self._listed(references, references, is_preprint))

    def of_citation(self, candidates: Sequence[Candidate], are_rivals: bool) -> NoticesOfWork:
        """What was published about the works that a citation may mean.

        `are_rivals` says that each of `candidates` can be the cited work.
        """
        reference = self._search.cited.reference
        notices = self._listed([reference], [], cites_preprint(reference))
        kinds = standing(notices)
        for candidate in candidates:
            if are_rivals or self._is_meant(candidate.work):
                notices += candidate.notices
                kinds |= standing(candidate.notices)
        return NoticesOfWork(ordered(notices), frozenset(kinds))

    def _is_meant(self, work: Work) -> bool:
        """True when an identifier, or the title and the first author, are those of a work."""
        if self._search.leads_to(work):
            return True
        reference = self._search.cited.reference
        like = likeness(reference, work)
        wrong_version = work.is_preprint and not cites_preprint(reference)
        return like.same_title and like.first_author is True and not wrong_version

    def _versions(self, fit: Fit) -> list[Fit]:
        """The other works of the pool with the title of the work or the cited one, what the
        cited identifiers lead to, and what a preprint became; where the citation is not wholly
        right, also those with nearly that title.
        """
        search = self._search
        right = fit.is_published and fit.is_whole and not fit.comparison.differences
        versions = []
        for group in groups(work for work in search.pool if not is_notice(work)):
            if any(work in fit.works for work in group):
                continue
            identified = any(search.leads_to(work) for work in group)
            alike = _is_titled_alike(fit, group, nearly=not right)
            if identified or alike or _became(fit, group):
                works = search.records_of(group)
                versions.append(fit_of(search.reading, works, identified))
        return versions

    def _is_of_the_work(self, fit: Fit, version: Fit) -> bool:
        """True when what is published about another record has to be said of the cited work."""
        if version.is_identified or _became(fit, version.works):
            return True
        if not _is_titled_alike(fit, version.works):
            return False
        return _shares_people(fit, version) and not _is_set_apart(fit, version)

    def _of(self, works: Sequence[Work], dois: Collection[str] = ()) -> list[Notice]:
        """What the sources say about records of one work; `dois` are further ones of it."""
        notices = [notice for work in works for notice in work.notices]
        for work in works:
            if kind := notice_of_title(work.reference.title)[1]:
                notices.append(Notice(kind, work.source, text=work.reference.title[:200]))
            for kind, _about in work.updates:  # only the notice itself turned up
                text = work.reference.title[:200]
                notices.append(Notice(kind, work.source, doi=work.reference.doi, text=text))
        names = {doi_key(doi) for doi in (*dois, *(work.reference.doi for work in works))}
        for doi in sorted(names - {""}):
            notices += self._search.notices_about(doi)
        names |= {work.reference.pmid for work in works}
        for work in self._search.pool:  # notices that turned up while searching by title
            for kind, about in work.updates:
                if about and doi_key(about) in names:
                    record = work.reference
                    notices.append(
                        Notice(kind, work.source, record.doi, record.pmid, text=record.title[:200])
                    )
        return notices

    def _listed(
        self, references: Sequence[Reference], known: Sequence[Reference], is_preprint: bool
    ) -> list[Notice]:
        """What the list of retractions says about a work; see `RetractionList.notices`."""
        if self._retractions is None:
            return []
        return self._retractions.notices(*references, known=known, is_preprint=is_preprint)


def ordered(notices: Iterable[Notice]) -> tuple[Notice, ...]:
    """Each notice once, the gravest first.

    One event told by several services stays several lines: who says so matters.
    """
    distinct = dict.fromkeys(notices)
    return tuple(sorted(distinct, key=lambda notice: _ORDER.get(notice.type, 4)))


def _became(fit: Fit, group: Sequence[Work]) -> bool:
    """True for the article that a preprint's own record names."""
    became = {doi_key(one.doi) or one.pmid for work in fit.works for one in work.published}
    named = {name for w in group for name in (doi_key(w.reference.doi), w.reference.pmid)}
    return bool(named & (became - {""}))


def _is_titled_alike(fit: Fit, group: Sequence[Work], nearly: bool = False) -> bool:
    """True for a publication with the title of the work or the cited one, or `nearly` so."""
    if any(work.is_preprint or work.stands_beside for work in group):
        return False
    titles = [title for title in (fit.printed.title, *titles_of(fit.works)) if title]
    return any(
        same_title(one, other) or (nearly and title_similarity(one, other) >= NEAR)
        for one in titles
        for other in titles_of(group)
    )


def _shares_people(fit: Fit, version: Fit) -> bool:
    """True when the first authors agree, or nobody is named and the title is telling."""
    people = [fit.printed, *(work.reference for work in fit.works)]
    agree = [shares_first_author(one, w.reference) for one in people for w in version.works]
    telling = len(comparable_words(version.works[0].reference.title)) >= 4
    return True in agree or (telling and False not in agree)


def _is_set_apart(fit: Fit, version: Fit) -> bool:
    """True when the citation is clearly of the work found and not of the other publication.

    Something that tells where it was published must agree with the one and not with the
    other; beside an identifier, the year will do. Copies and preprints can do no such thing.
    """
    if not fit.is_published:
        return False
    agreed = set(fit.comparison.agreed)
    telling = {"journal", "volume", "pages"}
    if agreed & {"doi", "pmid"}:
        telling.add("year")
    differing = {difference.field for difference in version.comparison.differences}
    return bool(telling & agreed & differing)
