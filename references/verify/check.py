"""Does a cited work exist as cited? Is it retracted, corrected, published since?

A citation is looked for by its identifiers first, then by its words. What is found is
compared field by field, and the check ends with one of these statuses:

- `verified`: the work exists and every field that can be compared agrees.
- `differs`: it exists, and some fields differ (they are listed).
- `several-candidates`: more than one work fits equally well.
- `not-located`: the sources that answered know no such work. Not more than that; if the
  general ones did not answer, it is `unchecked`.
- `retracted`, `expression-of-concern`, `corrected`: what was published about it since.
- `preprint-published-since`: cited as a preprint that has become an article.
- `unchecked`: too few sources answered to say anything.

A status is a lead for a person, not a judgement.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import partial
from typing import Any, TypeVar

from references.citation import parse
from references.concepts import fold
from references.record import Author, Reference
from references.sources.errors import Elsewhere, NeedsKey, SourceError, TooSlow
from references.sources.source import DOI, NOTICES, PMID, SEEK, Source
from references.sources.work import (
    CONCERN,
    CORRECTION,
    RETRACTION,
    Notice,
    Published,
    Work,
)
from references.verify import wellformed
from references.verify.compare import (
    Difference,
    authors_difference,
    differences,
    notice_of_title,
    same_journal,
    same_pages,
    same_title,
    shares_first_author,
    title_similarity,
    words,
)
from references.verify.retractions import RetractionList

# Title similarities (0 to 1), chosen on the labelled cases of docs/verification.md.
#: Titles this alike name one work when the authors agree.
NEAR = 0.85
#: ... and this alike when the whole author list and the year agree.
ALIKE = 0.70
#: The work an identifier leads to is the cited one, described wrongly, from here on.
IDENTIFIED = 0.60
#: Below this a hit is not worth showing.
SHOWN = 0.45

STATUSES = (
    "verified",
    "differs",
    "several-candidates",
    "not-located",
    "retracted",
    "corrected",
    "expression-of-concern",
    "preprint-published-since",
    "unchecked",
)

T = TypeVar("T")


@dataclass(frozen=True)
class Cited:
    """What is to be checked: a record, or a printed string with the record read from it."""

    key: str
    reference: Reference
    text: str = ""


def cited_string(text: str, key: str = "") -> Cited:
    """A printed reference, ready to be checked."""
    return Cited(key or text, parse(text).reference, text)


@dataclass(frozen=True)
class Look:
    """One place looked in: the source, the question, what came of it, and when.

    `outcome` is "found", "nothing", or the word of a `SourceError`; `copied` says that the
    answer is a copy in the cache, of the time in `when`.
    """

    source: str
    question: str
    outcome: str
    when: str
    copied: bool = False
    message: str = ""

    def as_dict(self) -> dict[str, Any]:
        """JSON-ready."""
        plain: dict[str, Any] = {
            "source": self.source, "question": self.question, "outcome": self.outcome,
            "when": self.when,
        }  # fmt: skip
        if self.copied:
            plain["copied"] = True
        return plain | ({"message": self.message} if self.message else {})

    @property
    def answered(self) -> bool:
        """True when the source gave an answer, even if it knows nothing."""
        return self.outcome in ("found", "nothing")


@dataclass(frozen=True)
class Candidate:
    """A work that comes close, and what differs."""

    work: Work
    similarity: float
    differences: tuple[Difference, ...]

    def as_dict(self) -> dict[str, Any]:
        """JSON-ready."""
        shown = self.work.reference
        plain = {
            "source": self.work.source, "id": self.work.id, "title": shown.title,
            "authors": [author.sort_name for author in shown.authors[:6]], "year": shown.year,
            "journal": shown.journal, "doi": shown.doi, "pmid": shown.pmid,
            "similarity": round(self.similarity, 2),
            "differences": [difference.as_dict() for difference in self.differences],
        }  # fmt: skip
        if self.work.notices:
            plain["notices"] = list(dict.fromkeys(notice.type for notice in self.work.notices))
        return {name: value for name, value in plain.items() if value not in ("", None)}


@dataclass(frozen=True)
class Check:
    """The result of one check."""

    key: str
    status: str
    works: tuple[Work, ...] = ()
    differences: tuple[Difference, ...] = ()
    candidates: tuple[Candidate, ...] = ()
    notices: tuple[Notice, ...] = ()
    published: tuple[Published, ...] = ()
    looked: tuple[Look, ...] = ()
    problems: tuple[wellformed.Finding, ...] = ()
    cited: str = ""

    @property
    def when(self) -> str:
        """When the check was made (ISO 8601, UTC)."""
        return max((look.when for look in self.looked), default="")

    @property
    def needs_a_person(self) -> bool:
        """True unless all is as it should be."""
        return self.status != "verified" or bool(self.problems)

    def as_dict(self) -> dict[str, Any]:
        """The form `evidence verify --json` prints."""
        plain: dict[str, Any] = {"key": self.key, "status": self.status}
        if self.cited:
            plain["cited"] = self.cited
        plain["matched"] = None
        if self.works:
            first = self.works[0]
            matched = {
                "source": first.source,
                "id": first.id,
                "address": first.address,
                "doi": next((w.reference.doi for w in self.works if w.reference.doi), ""),
                "pmid": next((w.reference.pmid for w in self.works if w.reference.pmid), ""),
                "title": first.reference.title,
                "also": [{"source": w.source, "id": w.id} for w in self.works[1:]],
            }
            plain["matched"] = {name: value for name, value in matched.items() if value}
        plain["differences"] = [difference.as_dict() for difference in self.differences]
        plain["candidates"] = [candidate.as_dict() for candidate in self.candidates]
        plain["notices"] = [notice.as_dict() for notice in self.notices]
        if self.published:
            plain["published"] = [published.as_dict() for published in self.published]
        plain["problems"] = [problem.as_dict() for problem in self.problems]
        plain["looked"] = [look.as_dict() for look in self.looked]
        return plain


# ---- is it the same work? -------------------------------------------------------------


@dataclass(frozen=True)
class Likeness:
    """How a citation and a work agree, before any judgement; None means not comparable."""

    title: float | None
    same_title: bool
    first_author: bool | None
    all_authors: bool
    year_distance: int | None
    journal: bool | None
    place: bool

    @property
    def score(self) -> float:
        """Orders hits: mostly the title, then first author, year and place."""
        total = 0.5 if self.title is None else self.title
        total += {True: 0.2, False: -0.2, None: 0.0}[self.first_author]
        if self.year_distance is not None:
            total += 0.1 if self.year_distance == 0 else -0.02 * min(self.year_distance, 5)
        return total + 0.2 * self.place + {True: 0.1, False: -0.05, None: 0.0}[self.journal]


def likeness(cited: Reference, work: Work) -> Likeness:
    """How `cited` and `work` agree."""
    found = work.reference
    titles = [title for title in work.titles if title]
    comparable = bool(cited.title and titles)
    distance = None
    if cited.year is not None and work.years:
        distance = min(abs(cited.year - year) for year in work.years)
    journal = (
        same_journal(cited.journal, work.journals) if cited.journal and work.journals else None
    )
    place = bool(
        cited.pages
        and found.pages
        and same_pages(cited.pages, found.pages)
        and cited.volume
        and cited.volume == found.volume
        and journal is not False
    )
    return Likeness(
        title=max(title_similarity(cited.title, t) for t in titles) if comparable else None,
        same_title=comparable and any(same_title(cited.title, title) for title in titles),
        first_author=shares_first_author(cited, found),
        all_authors=bool(cited.authors and found.authors)
        and authors_difference(cited, found) is None,
        year_distance=distance,
        journal=journal,
        place=place,
    )


def is_same_work(cited: Reference, work: Work, identified: bool = False) -> bool:
    """Whether `work` is the cited one, rightly or wrongly described.

    `identified` says that an identifier of the citation leads to `work`; less likeness is
    needed then. Without one, a hit that only resembles the citation is never taken for it:
    it is offered as a candidate.
    """
    like = likeness(cited, work)
    near_year = like.year_distance is None or like.year_distance <= 1
    if identified:
        if like.title is None:
            return like.first_author is not False
        return (
            like.same_title
            or like.title >= IDENTIFIED
            or like.place
            or (like.first_author is True and like.all_authors and near_year)
        )
    if like.title is None:
        return like.place and like.first_author is not False
    if like.same_title:
        telling = len(words(cited.title)) >= 4
        if like.first_author is not False:
            return telling or (like.first_author is True and near_year)
        return telling and (like.year_distance == 0 or like.journal is True or like.place)
    if like.place and like.first_author is True:
        return True
    if like.title >= NEAR:
        return like.first_author is True and (near_year or like.journal is True)
    if like.title >= ALIKE:
        return like.all_authors and len(cited.authors) >= 2 and near_year
    return False


def as_printed(cited: Cited, work: Work) -> Reference:
    """The citation, with what the printed string says literally in the words of `work`.

    Reading a printed string leaves doubts about where title and journal begin and end; if
    the very words of the work stand in it, they are what was cited.
    """
    reference = cited.reference
    if not cited.text:
        return reference
    text = re.sub(r"https?://\S+|10\.\d{4,9}/\S+", " ", cited.text)
    printed = list(words(text))
    joined = "".join(printed)
    for title in work.titles:
        flat = "".join(words(title))
        if (
            len(words(title)) >= 3
            and flat in joined
            and not same_title(reference.title, title)
            and _stands_alone(title, text)
        ):
            reference = replace(reference, title=title)
            joined = joined.replace(flat, " ", 1)
            break
    else:
        joined = joined.replace("".join(words(reference.title)), " ", 1)
    if not same_journal(reference.journal, work.journals):
        rest = " ".join(printed)
        for title in (reference.title, *work.titles):
            rest = rest.replace(" ".join(words(title)), " | ", 1)
        read = words(reference.journal)
        if read and any(" ".join(read) in " ".join(words(title)) for title in work.titles):
            read = ()  # the end of the title was taken for the journal
        for name in work.journals:
            named = words(name)
            # A word or two may be part of another journal's name, or of anything
            inside = " ".join(named) in " ".join(read)
            least = 0.6 * len(read) if inside else 2 if read else 1
            if not named or len(named) < least:
                continue
            if re.search(rf"(?<!\w){re.escape(' '.join(named))}(?!\w)", rest):
                reference = replace(reference, journal=name)
                break
    if work.years and reference.year not in work.years and not _says_plainly(reference.year, text):
        for title in work.titles:  # a year in the title is not the year of the work
            text = re.sub(re.escape(title.rstrip(".")), " ", text, flags=re.I)
        written = {int(y) for y in re.findall(r"(?<![\d.])(?:1[5-9]|20)\d\d(?!\d)", text)}
        agreed = {year for year in written & work.years if str(year) != work.reference.volume}
        if len(written) > 1 and agreed:
            reference = replace(reference, year=min(agreed))
    if not reference.authors and work.reference.authors:
        reference = _with_printed_authors(reference, work, printed)
    return reference


def _stands_alone(title: str, text: str) -> bool:
    """True when a title stands in a string between marks, not as a part of a longer one."""
    parts = re.findall(r"[^\W_]+", fold(title))
    pattern = r"[\W_]+".join(re.escape(part) for part in parts)
    return bool(re.search(rf"(?:^|[^\w\s]|\d)\s*{pattern}\s*(?:[^\w\s]|$)", fold(text)))


def _says_plainly(year: int | None, text: str) -> bool:
    """True when a string gives this year in a place that is for the year: "(2019)", "2019;"."""
    return year is not None and bool(re.search(rf"\({year}[a-z]?\)|\b{year}\s*;", text))


def _with_printed_authors(reference: Reference, work: Work, printed: list[str]) -> Reference:
    """The authors a string names before its title, where no name could be read from it.

    If the first author of the work is not among these words, they stand as they are: as
    somebody else's name.
    """
    joined = "".join(printed)
    title = next((flat for t in work.titles if (flat := "".join(words(t))) in joined), "")
    before = joined[: joined.index(title)] if title else joined
    if not re.search(r"[^\W\d]{3}", before):
        return reference
    families = ["".join(words(a.family or a.literal)) for a in work.reference.authors]
    if families[0] in before:
        named = tuple(
            author
            for author, family in zip(work.reference.authors, families, strict=True)
            if family in before
        )
        return replace(reference, authors=named, more_authors=len(named) < len(families))
    if title:
        count, length = 0, 0
        while length < len(before):
            length += len(printed[count])
            count += 1
        return replace(reference, authors=(Author(literal=" ".join(printed[:count])),))
    return reference


def _groups(works: Iterable[Work]) -> list[list[Work]]:
    """Works of several services that are one: by identifier, else by title, author and year."""
    groups: list[list[Work]] = []

    def is_one(a: Work, b: Work) -> bool:
        one, other = a.reference, b.reference
        if one.doi and other.doi:
            return one.doi.lower() == other.doi.lower()
        if one.pmid and other.pmid:
            return one.pmid == other.pmid
        return (
            a.is_preprint == b.is_preprint
            and same_title(one.title, other.title)
            and shares_first_author(one, other) is not False
            and bool(a.years & b.years or not a.years or not b.years)
            and (not a.journals or not b.journals
                 or any(same_journal(name, b.journals) for name in a.journals))
        )  # fmt: skip

    for work in works:
        home = next((g for g in groups if any(is_one(work, other) for other in g)), None)
        if home is None:
            groups.append([work])
        elif not any(other.source == work.source and other.id == work.id for other in home):
            home.append(work)
    return groups


def _is_notice(work: Work) -> bool:
    return bool(work.updates) or (
        bool(notice_of_title(work.reference.title)[1])
        and bool(re.match(r"\W*(?:retraction|notice|statement|erratum|corrig|correction|"
                          r"author correction|publisher correction|expression|editorial)",
                          work.reference.title, re.I))
    )  # fmt: skip


# ---- the check ------------------------------------------------------------------------


@dataclass
class _Search:
    """The state of one check."""

    cited: Cited
    looked: list[Look] = field(default_factory=list)
    pool: list[Work] = field(default_factory=list)
    asked: set[tuple[str, str, str]] = field(default_factory=set)
    by_identifier: set[tuple[str, str]] = field(default_factory=set)
    slow: set[str] = field(default_factory=set)

    def add(self, works: Iterable[Work], identified: bool = False) -> None:
        for work in works:
            if identified:
                self.by_identifier.add((work.source, work.id))
            if not any(w.source == work.source and w.id == work.id for w in self.pool):
                self.pool.append(work)


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
        search = _Search(cited)
        reference = cited.reference
        problems = self._problems(cited)
        self._by_identifiers(search)
        if not self._match(search):
            self._seek(search)
        match = self._match(search)
        looked_nearby: list[Work] = []
        if match is None and cited.text and self._nearby is not None:
            looked_nearby = self._nearby.seek(reference, cited.text)
        if isinstance(match, list):
            match = self._complete(search, match)
            return self._conclude(search, match, problems)
        several = match if isinstance(match, tuple) else ()
        return self._open_end(search, several, looked_nearby, problems)

    # -- asking --

    def _ask(
        self, search: _Search, source: Source, question: str, what: str, call: Callable[[], T]
    ) -> T | None:
        """The answer to a question, noted among the places looked in; None when it failed."""
        if source.id in search.slow or (source.id, question, what) in search.asked:
            return None
        search.asked.add((source.id, question, what))
        when = datetime.now(UTC)
        try:
            answer = call()
        except SourceError as error:
            if isinstance(error, TooSlow | Elsewhere):  # one citation waits for a service once
                search.slow.add(source.id)
            search.looked.append(
                Look(source.name, question, error.outcome, _stamp(when), message=str(error))
            )
            return None
        first = answer[0] if isinstance(answer, list) and answer else answer
        copied = isinstance(first, Work) and first.copied
        if isinstance(first, Work) and first.fetched:
            when = first.fetched
        outcome = "found" if answer else "nothing"
        search.looked.append(Look(source.name, question, outcome, _stamp(when), copied))
        return answer

    def _by_doi(self, search: _Search, source: Source, doi: str, identified: bool) -> bool:
        work = self._ask(search, source, DOI, doi.lower(), lambda: source.by_doi(doi))
        search.add([work] if work else [], identified)
        return work is not None

    def _by_pmid(self, search: _Search, source: Source, pmid: str, identified: bool) -> bool:
        work = self._ask(search, source, PMID, pmid, lambda: source.by_pmid(pmid))
        search.add([work] if work else [], identified)
        return work is not None

    def _by_identifiers(self, search: _Search) -> None:
        doi, pmid = search.cited.reference.doi, search.cited.reference.pmid
        found = False
        if doi:
            for source in self._sources:
                if DOI not in source.answers:
                    continue
                # A registry and PubMed, whose notices count; the others stand in for them.
                if found and source.id in ("datacite", "europepmc", "openalex"):
                    continue
                if source.id == "pubmed" and pmid:
                    continue
                found = self._by_doi(search, source, doi, True) or found
        if pmid:
            found = False
            for source in self._sources:
                if PMID in source.answers and not found:
                    found = self._by_pmid(search, source, pmid, True)

    def _seek(self, search: _Search) -> None:
        cited = search.cited
        if not cited.reference.title and not cited.text and not cited.reference.pages:
            return
        for source in self._sources:
            if SEEK not in source.answers:
                continue
            if source.id in ("europepmc", "openalex") and self._is_settled(search):
                continue
            call = partial(source.seek, cited.reference, cited.text)
            search.add(self._ask(search, source, SEEK, "", call) or [])

    def _is_settled(self, search: _Search) -> bool:
        match = self._match(search)
        return isinstance(match, list) and not differences(
            as_printed(search.cited, match[0]), match
        )

    # -- choosing --

    def _match(self, search: _Search) -> list[Work] | tuple[list[Work], ...] | None:
        """The group that is the cited work; a tuple of groups when several fit; None if none."""
        cited = search.cited
        fitting: list[tuple[int, float, list[Work], bool]] = []
        for group in _groups(work for work in search.pool if not _is_notice(work)):
            identified = any((w.source, w.id) in search.by_identifier for w in group)
            printed = [as_printed(cited, work) for work in group]
            if not any(
                is_same_work(reference, work, identified)
                for reference, work in zip(printed, group, strict=True)
            ):
                continue
            best = max(range(len(group)), key=lambda i: likeness(printed[i], group[i]).score)
            count = len(differences(printed[best], group))
            fitting.append((count, -likeness(printed[best], group[best]).score, group, identified))
        if not fitting:
            return self._from_notice(search)
        if named := [entry for entry in fitting if entry[3]]:
            fitting = named
        fitting.sort(key=lambda entry: entry[:2])
        least = fitting[0][0]
        rivals = [entry[2] for entry in fitting if entry[0] == least]
        if len(rivals) > 1:
            # A preprint and its article are told apart by what the citation says it is.
            as_preprint = _cites_preprint(cited.reference)
            kept = [g for g in rivals if any(w.is_preprint for w in g) == as_preprint]
            rivals = kept or rivals
        if len(rivals) > 1 and not named:
            return tuple(rivals)
        return rivals[0]

    def _from_notice(self, search: _Search) -> list[Work] | None:
        """The work behind a notice, when only the notice was found under the cited title."""
        cited = search.cited
        for notice in search.pool:
            if not _is_notice(notice):
                continue
            printed = as_printed(cited, notice)
            if not (
                same_title(printed.title, notice.reference.title)
                or (notice.source, notice.id) in search.by_identifier
            ):
                continue  # fmt: skip
            for _, identifier in notice.updates:
                for source in self._sources:
                    if DOI in source.answers and identifier.startswith("10."):
                        self._by_doi(search, source, identifier, False)
                    elif PMID in source.answers and identifier.isdigit():
                        self._by_pmid(search, source, identifier, False)
            for group in _groups(work for work in search.pool if not _is_notice(work)):
                if any(is_same_work(as_printed(cited, work), work) for work in group):
                    return group
            return [notice]
        return None

    # -- completing --

    def _complete(self, search: _Search, group: list[Work]) -> list[Work]:
        """The group with what every source that tells notices says about it."""
        doi = next((work.reference.doi for work in group if work.reference.doi), "")
        pmid = next((work.reference.pmid for work in group if work.reference.pmid), "")
        for source in self._sources:
            if not source.tells_notices or any(work.source == source.id for work in group):
                continue
            if pmid and PMID in source.answers and self._by_pmid(search, source, pmid, False):
                continue
            if doi and DOI in source.answers:
                self._by_doi(search, source, doi, False)
        same = [g for g in _groups(search.pool) if any(work in g for work in group)]
        merged = [work for g in same for work in g if not _is_notice(work) or work in group]
        if any(w.is_preprint for w in merged) and not any(w.published for w in merged):
            self._seek(search)
        return sorted(merged, key=lambda work: work not in group)

    def _notices(self, search: _Search, group: list[Work]) -> list[Notice]:
        found: dict[Notice, None] = {}
        dois = {work.reference.doi for work in group if work.reference.doi}
        if search.cited.reference.doi:
            dois.add(search.cited.reference.doi)
        pmids = {work.reference.pmid for work in group if work.reference.pmid}
        for work in group:
            for notice in work.notices:
                found[notice] = None
            if kind := notice_of_title(work.reference.title)[1]:
                found[Notice(kind, work.source, text=work.reference.title[:200])] = None
            for kind, about in work.updates:  # the notice itself is all that was found
                found[Notice(kind, work.source, doi=work.reference.doi,
                             text=f"the notice about {about}")] = None  # fmt: skip
        for source in self._sources:
            if NOTICES in source.answers:
                for doi in sorted(dois):
                    more = self._ask(
                        search, source, NOTICES, doi.lower(),
                        partial(source.notices, doi),
                    )  # fmt: skip
                    for notice in more or []:
                        found[notice] = None
        lowered = {doi.lower() for doi in dois} | pmids
        for work in search.pool:  # notices met while searching by title
            for kind, about in work.updates:
                if about.lower() in lowered:
                    found[Notice(kind, work.source, doi=work.reference.doi,
                                 pmid=work.reference.pmid,
                                 text=work.reference.title[:200])] = None  # fmt: skip
        if self.retractions is not None:
            records = [search.cited.reference, *(work.reference for work in group)]
            for notice in self.retractions.notices(*records):
                found[notice] = None
            search.looked.append(_look_at(self.retractions, bool(found)))
        order = {RETRACTION: 0, CONCERN: 1, CORRECTION: 2}
        # One event told by several services stays several lines: who says so matters.
        return sorted(found, key=lambda notice: order.get(notice.type, 3))

    # -- concluding --

    def _problems(self, cited: Cited) -> list[wellformed.Finding]:
        found = wellformed.check(replace(cited.reference, key=cited.key))
        if cited.text:  # what could not be read from a string is not missing from it
            found = [f for f in found if f.field in ("doi", "pmid", "pmcid", "year", "pages")
                     and "missing" not in f.message]  # fmt: skip
        elif self._journal_titles and (
            odd := wellformed.misspelt_journal(cited.reference, self._journal_titles)
        ):
            found.append(odd)
        return found

    def _conclude(
        self, search: _Search, group: list[Work], problems: list[wellformed.Finding]
    ) -> Check:
        cited = search.cited
        notices = self._notices(search, group)
        printed = as_printed(cited, group[0])
        differ = differences(printed, group)
        differ += self._wrong_identifiers(search, group, differ)
        published = [item for work in group for item in work.published]
        if any(work.is_preprint for work in group) and not published:
            published = self._published_since(search, group)
        kinds = {notice.type for notice in notices}
        if RETRACTION in kinds:
            status = "retracted"
        elif CONCERN in kinds:
            status = "expression-of-concern"
        elif differ:
            status = "differs"
        elif published:
            status = "preprint-published-since"
        elif CORRECTION in kinds:
            status = "corrected"
        else:
            status = "verified"
        others = [
            work for work in search.pool
            if work not in group and (work.source, work.id) in search.by_identifier
        ]  # fmt: skip
        return Check(
            cited.key, status, tuple(group), tuple(differ), tuple(self._ranked(cited, others)),
            tuple(notices), tuple(dict.fromkeys(published)), tuple(search.looked),
            (*problems, *self._unheard(search, status)), cited.text,
        )  # fmt: skip

    def _unheard(self, search: _Search, status: str) -> list[wellformed.Finding]:
        """A warning when a source of notices failed: what it knows may be missing."""
        if status == "retracted":
            return []
        tellers = {source.name for source in self._sources if source.tells_notices}
        silent = dict.fromkeys(
            look.source for look in search.looked
            if look.source in tellers and look.question != SEEK
            and not look.answered and look.outcome != NeedsKey.outcome
        )  # fmt: skip
        if not silent:
            return []
        message = f"{', '.join(silent)} did not answer: a notice may be missing; check again later"
        return [wellformed.Finding(search.cited.key, "notices", message)]

    def _wrong_identifiers(
        self, search: _Search, group: list[Work], differ: list[Difference]
    ) -> list[Difference]:
        """Cited identifiers that lead elsewhere, or nowhere."""
        told = {difference.field for difference in differ}
        reference = search.cited.reference
        found = []
        for name, value in (("doi", reference.doi), ("pmid", reference.pmid)):
            if not value or name in told:
                continue
            if any(str(getattr(w.reference, name)).lower() == value.lower() for w in group):
                continue
            elsewhere = next(
                (w for w in search.pool
                 if w not in group and str(getattr(w.reference, name)).lower() == value.lower()),
                None,
            )  # fmt: skip
            if elsewhere is not None:
                title = elsewhere.reference.title
                found.append(Difference(name, value, "", f"leads to another work: {title}"))
            elif name == "doi" and self._is_unregistered(search, value):
                found.append(Difference(name, value, "", "not registered with any agency found"))
            elif name == "pmid" and self._answered(search, PMID, value):
                found.append(Difference(name, value, "", "PubMed has no such record"))
        return found

    def _answered(self, search: _Search, question: str, what: str) -> bool:
        """True when a source was asked about this identifier and said it knows nothing."""
        names = {
            source.name for source in self._sources
            if (source.id, question, what.lower()) in search.asked
        }  # fmt: skip
        return any(
            look.source in names and look.question == question and look.outcome == "nothing"
            for look in search.looked
        )

    def _is_unregistered(self, search: _Search, doi: str) -> bool:
        """True when Crossref knows no work and no agency for a DOI.

        A 404 of Crossref alone proves nothing: DOIs are registered elsewhere too.
        """
        for source in self._sources:
            if NOTICES not in source.answers:
                continue
            unknown = any(
                look.source == source.name and look.question == DOI and look.outcome == "nothing"
                for look in search.looked
            )
            if not unknown:
                return False
            agency = self._ask(
                search, source, "registrar", doi.lower(),
                partial(source.registrar, doi),
            )  # fmt: skip
            return not agency
        return False

    def _published_since(self, search: _Search, group: list[Work]) -> list[Published]:
        """Articles with the title and the first author of a preprint, from the same search."""
        return [
            Published(work.reference.doi, work.reference.pmid, work.reference.title)
            for work in search.pool
            if work not in group
            and not work.is_preprint
            and not _is_notice(work)
            and work.reference.type in ("article", "inproceedings")
            and same_title(work.reference.title, group[0].reference.title)
            and shares_first_author(work.reference, group[0].reference)
        ]

    def _ranked(self, cited: Cited, works: Iterable[Work], most: int = 3) -> list[Candidate]:
        """The nearest works, each group once, with what differs."""
        ranked = []
        for group in _groups(works):
            printed = as_printed(cited, group[0])
            like = likeness(printed, group[0])
            ranked.append(
                Candidate(group[0], max(0.0, like.title or 0.0), tuple(differences(printed, group)))
            )
        ranked.sort(key=lambda entry: -likeness(cited.reference, entry.work).score)
        return ranked[:most]

    def _open_end(
        self,
        search: _Search,
        several: tuple[list[Work], ...],
        nearby: list[Work],
        problems: list[wellformed.Finding],
    ) -> Check:
        cited = search.cited
        identified = [w for w in search.pool if (w.source, w.id) in search.by_identifier]
        rivals = [work for group in several for work in group]
        if several:
            status = "several-candidates"
            candidates = self._ranked(cited, rivals, 5)
        else:
            status = "not-located" if self._was_sought(search) else "unchecked"
            rest = [
                work
                for work in (*search.pool, *nearby)
                if work not in identified and self._is_near(cited, work)
            ]
            candidates = self._ranked(cited, identified) + self._ranked(cited, rest)
        # Whatever else is wrong with a citation: it must not hide a retraction.
        notices = self._notices(search, [*identified, *rivals])
        if any(notice.type == RETRACTION for notice in notices):
            status = "retracted"
        reference = cited.reference
        if status == "not-located" and reference.url and not (reference.doi or reference.pmid):
            message = "the services list no web pages; open the address and look"
            problems = [*problems, wellformed.Finding(cited.key, "url", message)]
        return Check(
            cited.key, status, (), (), tuple(candidates), tuple(notices), (),
            tuple(search.looked), tuple(problems), cited.text,
        )  # fmt: skip

    def _was_sought(self, search: _Search) -> bool:
        """True when enough was answered for "not located" to mean something.

        Every kind of question needs an answer, and one of the general sources must have
        given some: a registry that is down is no reason to doubt a citation.
        """
        general = {source.name for source in self._sources if source.is_general}
        asked = [look for look in search.looked if look.outcome != NeedsKey.outcome]
        answered = [look for look in asked if look.answered]
        wide = [look for look in asked if look.source in general]
        return (
            bool(answered)
            and {look.question for look in asked} == {look.question for look in answered}
            and (not wide or any(look.answered for look in wide))
        )

    def _is_near(self, cited: Cited, work: Work) -> bool:
        like = likeness(cited.reference, work)
        return like.title is None or like.title >= SHOWN or like.place


def _look_at(retractions: RetractionList, found: bool) -> Look:
    return Look(
        f"list {retractions.name}",
        NOTICES,
        "found" if found else "nothing",
        _stamp(datetime.now(UTC)),
        message=retractions.age_note(),
    )


def _cites_preprint(reference: Reference) -> bool:
    said = f"{reference.journal} {reference.publisher} {reference.doi} {reference.extra}".lower()
    return bool(re.search(r"arxiv|biorxiv|medrxiv|preprint|ssrn|research square|10\.1101/", said))


def _stamp(when: datetime) -> str:
    return when.astimezone(UTC).isoformat(timespec="seconds")
