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

from references.sources.errors import NeedsKey
from references.sources.source import SEEK, Source
from references.sources.work import CONCERN, CORRECTION, REINSTATEMENT, RETRACTION, Published, Work
from references.verify import wellformed
from references.verify.as_printed import as_printed
from references.verify.asking import CandidateSearch, stamp
from references.verify.choice import Fit, choose, fit_of, fitting
from references.verify.differences import NOT_CITED, Difference, same_title, shares_first_author
from references.verify.likeness import SHOWN, groups, is_notice, is_same_work, likeness
from references.verify.notices import Notices, Told
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
        if not _is_found(search):
            search.by_words(lambda: _is_settled(search))
        found = _choose(search)
        if not found and (behind := _behind_notice(search)):
            found = [fit_of(cited, behind)]
        if len(found) == 1:
            check = self._conclude(search, found[0])
        else:
            check = self._open_end(search, found)
        if self.retractions is not None:
            told = any(notice.source == self.retractions.name for notice in check.notices)
            check = replace(check, looked=(*check.looked, _look_at(self.retractions, told)))
        return check

    # -- concluding --

    def _conclude(self, search: CandidateSearch, found: Fit) -> Check:
        """The check of a citation whose work was found."""
        cited = search.cited
        found = _completed(search, found)
        published = _published_since(search, found)
        board = Notices(search, self.retractions)
        told = board.of_work(found)
        differ = _with_identifiers(search, found)
        status = _status(told, differ, found, published)
        beside = [work for work in search.identified if work not in found.works]
        beside += [work for other in told.others for work in other.works]
        return Check(
            cited.key,
            status,
            works=found.works,
            comparison=found.comparison,
            differences=tuple(differ),
            candidates=tuple(self._ranked(search, board, beside)),
            notices=told.notices,
            published=tuple(published),
            looked=tuple(search.looked),
            problems=(*self._problems(cited), *self._unheard(search, status)),
            cited=cited.text,
        )

    def _open_end(self, search: CandidateSearch, rivals: Sequence[Fit]) -> Check:
        """The check of a citation whose work was not found, or not told from another one."""
        cited = search.cited
        board = Notices(search, self.retractions)
        if rivals:
            status = "several-candidates"
            works = [work for fit in rivals for work in fit.works]
            candidates = self._ranked(search, board, works, most=5)
        else:
            status = "not-located" if _was_sought(search, self._sources) else "unchecked"
            near = [w for w in (*search.pool, *self._near(cited)) if _is_near(search, w)]
            candidates = self._ranked(search, board, search.identified)
            candidates += self._ranked(search, board, near)
        # Whatever else is wrong with a citation: it must not hide a retraction.
        told = board.of_citation(candidates, are_rivals=bool(rivals))
        if RETRACTION in told.kinds:
            status = "retracted"
        return Check(
            cited.key,
            status,
            candidates=tuple(candidates),
            notices=told.notices,
            looked=tuple(search.looked),
            problems=(*self._problems(cited), *_page_to_open(cited, status)),
            cited=cited.text,
        )

    def _ranked(
        self, search: CandidateSearch, board: Notices, works: Iterable[Work], most: int = 3
    ) -> list[Candidate]:
        """The nearest works, each once, with what differs and what was published about them."""
        reference = search.cited.reference
        found = groups(works)
        found.sort(key=lambda group: -likeness(reference, group[0]).score)
        ranked = []
        for group in found[:most]:
            fit = fit_of(search.cited, group)
            like = likeness(fit.printed, group[0]).title or 0.0
            notices = board.of_candidate(group)
            ranked.append(Candidate(group[0], like, fit.comparison, notices))
        return ranked

    def _near(self, cited: Cited) -> list[Work]:
        if not cited.text or self._nearby is None:
            return []
        return self._nearby.seek(cited.reference, cited.text)

    # -- remarks --

    def _problems(self, cited: Cited) -> list[wellformed.Finding]:
        """What is wrong with the form of the citation."""
        found = wellformed.check(replace(cited.reference, key=cited.key))
        if cited.text:  # what could not be read from a string is not missing from it
            read = ("doi", "pmid", "pmcid", "year", "pages")
            found = [f for f in found if f.field in read and "missing" not in str(f.message)]
        elif self._journal_titles and (
            odd := wellformed.misspelt_journal(cited.reference, self._journal_titles)
        ):
            found.append(odd)
        return found

    def _unheard(self, search: CandidateSearch, status: str) -> list[wellformed.Finding]:
        """A warning when a source of notices failed: what it knows may be missing."""
        if status == "retracted":
            return []
        tellers = {source.name for source in self._sources if source.tells_notices}
        silent = dict.fromkeys(
            look.source
            for look in search.looked
            if look.source in tellers
            and look.question != SEEK
            and (look.stands_in or not look.answered)
            and look.outcome != NeedsKey.outcome
        )
        if not silent:
            return []
        message = f"{', '.join(silent)} did not answer: a notice may be missing; check again later"
        return [wellformed.Finding(search.cited.key, "notices", message)]


# ---- choosing ---------------------------------------------------------------------------


def _choose(search: CandidateSearch) -> list[Fit]:
    """The work that is cited, as far as the works met can tell; several when they fit alike."""
    return choose(search.cited, fitting(search.cited, search.pool, search.leads_to))


def _is_found(search: CandidateSearch) -> bool:
    """True when the identifiers led to the work as it was published, and to all that is cited.

    Otherwise the words may lead to a better one: an identifier can be that of a copy, of a
    preprint, or of something else. Without a title there are no words to look for.
    """
    found = _choose(search)
    if len(found) != 1:
        return False
    title = found[0].comparison.verdicts["title"]
    return title == NOT_CITED or (found[0].is_published and found[0].is_whole)


def _is_settled(search: CandidateSearch) -> bool:
    """True when nothing is left to find out about the citation."""
    found = _choose(search)
    if len(found) != 1 or found[0].comparison.differences:
        return False
    return found[0].is_published and found[0].is_whole


def _behind_notice(search: CandidateSearch) -> list[Work]:
    """The work behind a notice, when only the notice was found under the cited title."""
    cited = search.cited
    for notice in [work for work in search.pool if is_notice(work)]:
        titled = same_title(as_printed(cited, notice).title, notice.reference.title)
        if not titled and not search.leads_to(notice):
            continue
        for _, identifier in notice.updates:
            search.by_any_identifier(identifier)
        for group in groups(work for work in search.pool if not is_notice(work)):
            if any(is_same_work(as_printed(cited, work), work) for work in group):
                return group
        return [notice]
    return []


def _completed(search: CandidateSearch, found: Fit) -> Fit:
    """The work with its records in every source, and what its preprint became looked for."""
    works = search.records_of(found.works)
    if any(work.is_preprint for work in works):
        for published in [one for work in works for one in work.published]:
            search.by_any_identifier(published.doi or published.pmid)
        search.by_words(lambda: False)
    return fit_of(search.cited, works, found.is_identified)


def _published_since(search: CandidateSearch, found: Fit) -> list[Published]:
    """The articles a preprint became: those its records name, else those with its title and
    first author.
    """
    named = [one for work in found.works for one in work.published]
    if named or not found.is_preprint:
        return list(dict.fromkeys(named))
    preprint = found.works[0].reference
    return [
        Published(work.reference.doi, work.reference.pmid, work.reference.title)
        for work in search.pool
        if work not in found.works
        and not (work.is_preprint or work.stands_beside or is_notice(work))
        and work.reference.type in ("article", "inproceedings")
        and same_title(work.reference.title, preprint.title)
        and shares_first_author(work.reference, preprint)
    ]


# ---- saying -----------------------------------------------------------------------------


def _status(
    told: Told, differ: Collection[Difference], found: Fit, published: Collection[Published]
) -> str:
    """The gravest thing that is to be said of a work that was found."""
    for status, applies in (
        ("retracted", RETRACTION in told.kinds),
        ("expression-of-concern", CONCERN in told.kinds),
        ("differs", bool(differ)),
        ("partly-verified", not found.is_whole),
        ("preprint-published-since", bool(published)),
        ("reinstated", REINSTATEMENT in told.kinds),
        ("corrected", CORRECTION in told.kinds),
    ):
        if applies:
            return status
    return "verified"


def _with_identifiers(search: CandidateSearch, found: Fit) -> list[Difference]:
    """The differences, with the cited identifiers that lead elsewhere, or nowhere."""
    differ = {difference.field: difference for difference in found.comparison.differences}
    for name in ("doi", "pmid"):
        value = getattr(search.cited.reference, name)
        if not value or name in found.comparison.agreed:
            continue
        known = differ.get(name, Difference(name, value, ""))
        if (elsewhere := _of_identifier(search, found, name, value)) is not None:
            differ[name] = replace(known, note=_leads_to(elsewhere, found))
        elif name == "doi" and search.is_unregistered(value):
            differ[name] = replace(known, note="not registered with any agency found")
        elif name == "pmid" and search.is_unknown_to_pubmed(value):
            differ[name] = replace(known, note="PubMed has no such record")
    return list(differ.values())


def _of_identifier(search: CandidateSearch, found: Fit, name: str, value: str) -> Work | None:
    """The work an identifier leads to where that is not the work found."""
    for work in search.pool:
        same = str(getattr(work.reference, name)).lower() == value.lower()
        if same and work not in found.works:
            return work
    return None


def _leads_to(work: Work, found: Fit) -> str:
    title = work.reference.title
    if work.is_preprint and any(same_title(title, w.reference.title) for w in found.works):
        return "leads to a preprint of the work"
    what = f"a record of another kind ({work.kind})" if work.stands_beside else "another work"
    return f"leads to {what}: {title}" if title else f"leads to {what} without title"


def _page_to_open(cited: Cited, status: str) -> list[wellformed.Finding]:
    """What to do when all that is cited is a web page."""
    reference = cited.reference
    if status != "not-located" or not reference.url or reference.doi or reference.pmid:
        return []
    message = "the services list no web pages; open the address and look"
    return [wellformed.Finding(cited.key, "url", message)]


def _was_sought(search: CandidateSearch, sources: Iterable[Source]) -> bool:
    """True when enough was answered for "not located" to mean something.

    Every kind of question needs an answer, and one of the general sources must have
    given some: a registry that is down is no reason to doubt a citation, and neither is what
    it said some other day.
    """
    general = {source.name for source in sources if source.is_general}
    asked = [look for look in search.looked if look.outcome != NeedsKey.outcome]
    answered = [look for look in asked if look.answered and not look.stands_in]
    wide = [look for look in asked if look.source in general]
    return (
        bool(answered)
        and {look.question for look in asked} == {look.question for look in answered}
        and (not wide or any(look in answered for look in wide))
    )


def _is_near(search: CandidateSearch, work: Work) -> bool:
    """True for a work worth showing that no identifier led to."""
    if search.leads_to(work):
        return False
    like = likeness(search.cited.reference, work)
    return like.place or (like.title or 0.0) >= SHOWN


def _look_at(retractions: RetractionList, found: bool) -> Lookup:
    return Lookup(
        f"list {retractions.name}",
        "notices",
        "found" if found else "nothing",
        stamp(datetime.now(UTC)),
        message=retractions.age_note(),
    )
