"""Does a cited work exist as cited? Is it retracted, corrected, published since?

A citation is looked for by its identifiers first, then by its words. What is found is
compared field by field, and the check ends with one of these statuses:

- `verified`: the work exists, and title, authors or identifier, and every other field that
  can be compared agree.
- `partly-verified`: it exists and nothing differs, but too little could be compared: no
  title, or something cited that no record of the work knows.
- `differs`: it exists, and some fields differ (they are listed).
- `several-candidates`: more than one work fits equally well.
- `not-located`: the sources that answered know no such work. Not more than that; if the
  general ones did not answer, it is `unchecked`.
- `retracted`, `expression-of-concern`, `reinstated`, `corrected`: what was published about it
  since, or about another version of it.
- `preprint-published-since`: cited as a preprint that has become an article.
- `unchecked`: too few sources answered to say anything.

A status is a lead for a person, not a judgement.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime

from references.errors import Message, Problem, message, problem_in
from references.formats.printed_apart import apart
from references.identifiers import doi_key
from references.matching.people import shares_first_author
from references.matching.titles import is_title_of_notice, notice_of_title, same_title
from references.notices import CONCERN, CORRECTION, REINSTATEMENT, RETRACTION
from references.sources.errors import NeedsKey
from references.sources.source import SEEK, Source
from references.sources.work import Published, Work
from references.verify import wellformed
from references.verify.asking import CandidateSearch, stamp
from references.verify.choice import Fit, choose, fit_of, fitting
from references.verify.differences import NOT_CITED, Difference
from references.verify.likeness import WORTH_SHOWING, groups, is_notice, is_same_work, likeness
from references.verify.notice_search import NoticeSearch, NoticesOfWork
from references.verify.result import Candidate, Check, Cited, Lookup
from references.verify.retractions import RetractionList


class Checker:
    """Checks citations against sources, a list of retractions, and a library for candidates."""

    def __init__(
        self,
        sources: Sequence[Source],
        retractions: RetractionList | None = None,
        nearby: Source | None = None,
        journal_titles: Sequence[str] = (),
    ) -> None:
        """`nearby` offers candidates for printed strings; what it holds verifies nothing."""
        self._sources = list(sources)
        self.retractions = retractions
        self._nearby = nearby
        self._journal_titles = journal_titles

    def check(self, cited: Cited) -> Check:
        """The check of one citation; failures of services are part of the result."""
        search = CandidateSearch(cited, self._sources)
        search.by_identifiers()
        if not _identifiers_suffice(search):
            search.by_words(lambda: _is_settled(search))
        fits = _choose(search)
        if not fits and (behind := _behind_notice(search)):
            fits = [fit_of(search.reading, behind)]
        if notice := _cited_notice(search):
            check = self._conclude(search, notice, of_a_notice=True)
        elif len(fits) == 1:
            check = self._conclude(search, fits[0])
        else:
            check = self._open_end(search, fits)
        if self.retractions is not None:
            is_listed = any(notice.source == self.retractions.name for notice in check.notices)
            lookup = _lookup_in(self.retractions, is_listed)
            check = replace(check, lookups=(*check.lookups, lookup))
        return check

    # -- concluding --

    def _conclude(self, search: CandidateSearch, fit: Fit, of_a_notice: bool = False) -> Check:
        """The check of a citation whose work was found.

        `of_a_notice`: what is cited is a notice itself, and what it says is of another work,
        unless it replaced the article under the article's own DOI.
        """
        cited = search.cited
        fit = _completed(search, fit)
        published = _published_since(search, fit)
        board = NoticeSearch(search, self.retractions)
        since = board.of_notice(fit) if of_a_notice else board.of_work(fit)
        differ = _with_identifiers(search, fit)
        status = _status(since, differ, fit, published)
        beside = [work for work in search.identified if work not in fit.works]
        beside += [work for other in since.others for work in other.works]
        return Check(
            cited.key,
            status,
            works=fit.works,
            comparison=fit.comparison,
            differences=tuple(differ),
            candidates=tuple(self._ranked(search, board, beside)),
            notices=since.notices,
            published=tuple(published),
            lookups=tuple(search.lookups),
            problems=(*self._problems(cited), *self._unanswered(search, status)),
            cited=cited.text,
        )

    def _open_end(self, search: CandidateSearch, rivals: Sequence[Fit]) -> Check:
        """The check of a citation whose work was not found, or not told from another one."""
        cited = search.cited
        board = NoticeSearch(search, self.retractions)
        if rivals:
            status = "several-candidates"
            works = [work for fit in rivals for work in fit.works]
            candidates = self._ranked(search, board, works, most=5)
        else:
            status = "not-located" if _was_sought(search, self._sources) else "unchecked"
            asked = self._nearby if cited.text else None
            nearby = asked.seek(cited.reference, cited.text) if asked else []
            near = [work for work in (*search.pool, *nearby) if _is_near(search, work)]
            candidates = self._ranked(search, board, search.identified)
            candidates += self._ranked(search, board, near)
        # Whatever else is wrong with a citation: it must not hide a retraction.
        since = board.of_citation(candidates, are_rivals=bool(rivals))
        if RETRACTION in since.kinds:
            status = "retracted"
        return Check(
            cited.key,
            status,
            candidates=tuple(candidates),
            notices=since.notices,
            lookups=tuple(search.lookups),
            problems=(*self._problems(cited), *_page_to_open(cited, status)),
            cited=cited.text,
        )

    def _ranked(
        self, search: CandidateSearch, board: NoticeSearch, works: Iterable[Work], most: int = 3
    ) -> list[Candidate]:
        """The nearest works, each once, with what differs and what was published about them."""
        reference = search.cited.reference
        nearest = groups(works)
        nearest.sort(key=lambda group: -likeness(reference, group[0]).score)
        ranked = []
        for group in nearest[:most]:
            fit = fit_of(search.reading, group)
            like = likeness(fit.printed, group[0]).title or 0.0
            notices = board.of_candidate(group)
            ranked.append(Candidate(group[0], like, fit.comparison, notices))
        return ranked

    # -- remarks --

    def _problems(self, cited: Cited) -> list[Problem]:
        """What is wrong with the form of the citation."""
        reference = replace(cited.reference, key=cited.key)
        if cited.text:  # what could not be read from a string is not missing from it
            read = ("doi", "pmid", "pmcid", "year", "pages")
            problems = [p for p in wellformed.check_form(reference) if p.field in read]
            return [*_of_several(cited), *problems]
        problems = wellformed.check(reference)
        if self._journal_titles and (
            misspelt := wellformed.misspelt_journal(reference, self._journal_titles)
        ):
            problems.append(misspelt)
        return problems

    def _unanswered(self, search: CandidateSearch, status: str) -> list[Problem]:
        """A warning when a source of notices failed: what it knows may be missing."""
        if status == "retracted":
            return []
        tellers = {source.name for source in self._sources if source.tells_notices}
        silent = dict.fromkeys(
            lookup.source
            for lookup in search.lookups
            if lookup.source in tellers
            and lookup.question != SEEK
            and (lookup.stands_in or not lookup.answered)
            and lookup.outcome != NeedsKey.outcome
        )
        if not silent:
            return []
        warning = message(
            "{services} did not answer: a notice may be missing; check again later",
            services=tuple(silent),
        )
        return [problem_in(search.cited.key, 0, "notices", warning)]


# ---- choosing ---------------------------------------------------------------------------


def _choose(search: CandidateSearch) -> list[Fit]:
    """The work that is cited, as far as the works met can tell; several when they fit alike."""
    fits = fitting(search.reading, search.pool, search.leads_to)
    return choose(search.cited.reference, fits)


def _identifiers_suffice(search: CandidateSearch) -> bool:
    """True when the identifiers led to the work as it was published, and to all that is cited.

    Otherwise the words may lead to a better one: an identifier can be that of a copy, of a
    preprint, or of something else. Without a title there are no words to look for.
    """
    fits = _choose(search)
    if len(fits) != 1:
        return False
    title = fits[0].comparison.verdicts["title"]
    return title == NOT_CITED or (fits[0].is_published and fits[0].is_whole)


def _is_settled(search: CandidateSearch) -> bool:
    """True when nothing is left to find out about the citation."""
    fits = _choose(search)
    if len(fits) != 1 or fits[0].comparison.differences:
        return False
    return fits[0].is_published and fits[0].is_whole


def _cited_notice(search: CandidateSearch) -> Fit | None:
    """The notice that is cited as such, if all that is cited is its own: "Retraction: …, p. 1"."""
    cited = search.cited.reference
    if not is_title_of_notice(cited.title):
        return None
    kind = notice_of_title(cited.title)[1]
    notices = (work for work in search.pool if notice_of_title(work.reference.title)[1] == kind)
    for group in groups(work for work in notices if is_title_of_notice(work.reference.title)):
        identified = any(search.leads_to(work) for work in group)
        fit = fit_of(search.reading, group, identified)
        placed = {"volume", "pages"} <= set(fit.comparison.agreed)
        if (identified or placed) and fit.is_whole and not fit.comparison.differences:
            return fit
    return None


def _behind_notice(search: CandidateSearch) -> list[Work]:
    """The work behind a notice, when only the notice was found under the cited title."""
    beside = search.reading.beside
    for notice in [work for work in search.pool if is_notice(work)]:
        titled = same_title(beside(notice).title, notice.reference.title)
        if not titled and not search.leads_to(notice):
            continue
        for _, identifier in notice.updates:
            search.by_any_identifier(identifier)
        for group in groups(work for work in search.pool if not is_notice(work)):
            if any(is_same_work(beside(work), work) for work in group):
                return group
        return [notice]
    return []


def _completed(search: CandidateSearch, fit: Fit) -> Fit:
    """The work with its records in every source, and what its preprint became looked for."""
    works = search.records_of(fit.works)
    if any(work.is_preprint for work in works):
        for published in [one for work in works for one in work.published]:
            search.by_any_identifier(published.doi or published.pmid)
        search.by_words(lambda: False)
    return fit_of(search.reading, works, fit.is_identified)


def _published_since(search: CandidateSearch, fit: Fit) -> list[Published]:
    """The articles a preprint became: those its records name, else those with its title and
    first author.
    """
    named = [one for work in fit.works for one in work.published]
    if named or not fit.is_preprint:
        return list(dict.fromkeys(named))
    preprint = fit.works[0].reference
    return [
        Published(work.reference.doi, work.reference.pmid, work.reference.title)
        for work in search.pool
        if work not in fit.works
        and not (work.is_preprint or work.stands_beside or is_notice(work))
        and work.reference.type in ("article", "inproceedings")
        and same_title(work.reference.title, preprint.title)
        and shares_first_author(work.reference, preprint)
    ]


# ---- saying -----------------------------------------------------------------------------


def _status(
    since: NoticesOfWork, differ: Collection[Difference], fit: Fit, published: Collection[Published]
) -> str:
    """The gravest thing that is to be said of a work that was found."""
    for status, applies in (
        ("retracted", RETRACTION in since.kinds),
        ("expression-of-concern", CONCERN in since.kinds),
        ("differs", bool(differ)),
        ("partly-verified", not fit.is_whole),
        ("preprint-published-since", bool(published)),
        ("reinstated", REINSTATEMENT in since.kinds),
        ("corrected", CORRECTION in since.kinds),
    ):
        if applies:
            return status
    return "verified"


def _with_identifiers(search: CandidateSearch, fit: Fit) -> list[Difference]:
    """The differences, with the cited identifiers that lead elsewhere, or nowhere."""
    differ = {difference.field: difference for difference in fit.comparison.differences}
    for name in ("doi", "pmid"):
        value = getattr(search.cited.reference, name)
        if not value or name in fit.comparison.agreed:
            continue
        known = differ.get(name, Difference(name, value, ""))
        if (elsewhere := _of_identifier(search, fit, name, value)) is not None:
            differ[name] = replace(known, note=_leads_to(elsewhere, fit))
        elif name == "doi" and search.is_unregistered(value):
            differ[name] = replace(known, note=message("not registered with any agency found"))
        elif name == "pmid" and search.is_unknown_to_pubmed(value):
            differ[name] = replace(known, note=message("PubMed has no such record"))
    return list(differ.values())


def _of_identifier(search: CandidateSearch, fit: Fit, name: str, value: str) -> Work | None:
    """The work an identifier leads to where that is not the work found."""
    for work in search.pool:
        is_same = doi_key(getattr(work.reference, name)) == doi_key(value)
        if is_same and work not in fit.works:
            return work
    return None


def _leads_to(work: Work, fit: Fit) -> Message:
    title = work.reference.title
    if work.is_preprint and any(same_title(title, w.reference.title) for w in fit.works):
        return message("leads to a preprint of the work")
    what = (
        message("a record of another kind ({kind})", kind=work.kind)
        if work.stands_beside
        else message("another work")
    )
    if title:
        return message("leads to {what}: {title}", what=what, title=title)
    return message("leads to {what} without title", what=what)


def _of_several(cited: Cited) -> list[Problem]:
    """That a string holds more than the reference that was checked."""
    count = len(apart(cited.text))
    if count == 1:
        return []
    advice = message(
        "the string holds {count} references, and only the first was checked; check each alone",
        count=count,
    )
    return [problem_in(cited.key, 0, "text", advice)]


def _page_to_open(cited: Cited, status: str) -> list[Problem]:
    """What to do when all that is cited is a web page."""
    reference = cited.reference
    if status != "not-located" or not reference.url or reference.doi or reference.pmid:
        return []
    advice = message("the services list no web pages; open the address and look")
    return [problem_in(cited.key, 0, "url", advice)]


def _was_sought(search: CandidateSearch, sources: Iterable[Source]) -> bool:
    """True when enough was answered for "not located" to mean something.

    Every kind of question needs an answer, and one of the general sources must have
    given some: a registry that is down is no reason to doubt a citation, and neither is what
    it said some other day.
    """
    general = {source.name for source in sources if source.is_general}
    asked = [one for one in search.lookups if one.outcome != NeedsKey.outcome]
    answered = [one for one in asked if one.answered and not one.stands_in]
    wide = [one for one in asked if one.source in general]
    return (
        bool(answered)
        and {one.question for one in asked} == {one.question for one in answered}
        and (not wide or any(one in answered for one in wide))
    )


def _is_near(search: CandidateSearch, work: Work) -> bool:
    """True for a work worth showing that no identifier led to."""
    if search.leads_to(work):
        return False
    like = likeness(search.cited.reference, work)
    return like.place or (like.title or 0.0) >= WORTH_SHOWING


def _lookup_in(retractions: RetractionList, is_listed: bool) -> Lookup:
    return Lookup(
        f"list {retractions.name}",
        "notices",
        "found" if is_listed else "nothing",
        stamp(datetime.now(UTC)),
        message=retractions.age_note(),
    )
