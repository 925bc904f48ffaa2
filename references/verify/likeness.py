"""Can this record be of the cited work, rightly or wrongly described?"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from references.identifiers import doi_key
from references.matching.journals import same_journal
from references.matching.numbers import same_pages
from references.matching.people import authors_difference, shares_first_author
from references.matching.titles import is_title_of_notice, same_title, title_similarity
from references.normalise import comparable_words
from references.record import Reference
from references.sources.work import Work
from references.verify.differences import titles_of

# Title similarities (0 to 1), chosen on the labelled cases of docs/verification.md.
#: Titles this alike name one work when the authors agree.
NEAR = 0.85
#: ... and this alike when the whole author list and the year agree.
ALIKE = 0.70
#: The work an identifier leads to is the cited one, described wrongly, from here on.
IDENTIFIED = 0.60
#: Below this a hit is not worth showing.
WORTH_SHOWING = 0.45


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

    @property
    def near_year(self) -> bool:
        """True unless the years are more than one apart."""
        return self.year_distance is None or self.year_distance <= 1


def likeness(cited: Reference, work: Work) -> Likeness:
    """How `cited` and `work` agree."""
    record = work.reference
    titles = titles_of([work])
    comparable = bool(comparable_words(cited.title) and titles)
    distance = None
    if cited.year is not None and work.years:
        distance = min(abs(cited.year - year) for year in work.years)
    journal = (
        same_journal(cited.journal, work.journals) if cited.journal and work.journals else None
    )
    place = bool(
        cited.pages
        and record.pages
        and same_pages(cited.pages, record.pages)
        and cited.volume
        and cited.volume == record.volume
        and journal is not False
    )
    return Likeness(
        title=max(title_similarity(cited.title, t) for t in titles) if comparable else None,
        same_title=comparable and any(same_title(cited.title, title) for title in titles),
        first_author=shares_first_author(cited, record),
        all_authors=bool(cited.authors and record.authors)
        and authors_difference(cited, record) is None,
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
    if like.title is None:
        return _is_same_untitled(like, identified)
    if identified:
        return (
            like.same_title
            or like.title >= IDENTIFIED
            or like.place
            or (like.first_author is True and like.all_authors and like.near_year)
        )
    if like.same_title:
        telling = len(comparable_words(cited.title)) >= 4
        if like.first_author is not False:
            return telling or (like.first_author is True and like.near_year)
        return telling and (like.year_distance == 0 or like.journal is True or like.place)
    if like.place and like.first_author is True:
        return True
    if like.title >= NEAR:
        return like.first_author is True and (like.near_year or like.journal is True)
    if like.title >= ALIKE:
        return like.all_authors and len(cited.authors) >= 2 and like.near_year
    return False


def _is_same_untitled(like: Likeness, identified: bool) -> bool:
    """The same where one side has no title: nothing else may contradict then."""
    if like.first_author is False:
        return False
    if not identified:
        return like.place
    return like.journal is not False and like.near_year


# ---- what kind of thing is cited, or found ------------------------------------------------

#: BibTeX types that people give to anything.
_LOOSE = ("misc", "online", "electronic", "www", "dataset", "software", "")


def cites_text(cited: Reference) -> bool:
    """True when the citation is of an article, a book or a chapter, not of data or a web page."""
    return bool(cited.journal) or cited.type not in _LOOSE


def is_notice(work: Work) -> bool:
    """True for a record of a notice about another work."""
    return bool(work.updates) or is_title_of_notice(work.reference.title)


def groups(works: Iterable[Work]) -> list[list[Work]]:
    """Works of several services that are one: by identifier, else by title, author and year."""
    grouped: list[list[Work]] = []
    for work in works:
        home = next((group for group in grouped if _belongs(work, group)), None)
        if home is None:
            grouped.append([work])
        elif not any(other.source == work.source and other.id == work.id for other in home):
            home.append(work)
    return grouped


def _belongs(work: Work, group: list[Work]) -> bool:
    """True when a record is of the group's work, and no other record of it says otherwise."""
    return any(_is_one(work, other) for other in group) and not any(
        work.reference.doi
        and other.reference.doi
        and doi_key(work.reference.doi) != doi_key(other.reference.doi)
        for other in group
    )


def _is_one(a: Work, b: Work) -> bool:
    one, other = a.reference, b.reference
    if one.doi and other.doi:
        return doi_key(one.doi) == doi_key(other.doi)
    if one.pmid and other.pmid:
        return one.pmid == other.pmid
    return (
        a.is_preprint == b.is_preprint
        and a.stands_beside == b.stands_beside
        and same_title(one.title, other.title)
        and shares_first_author(one, other) is not False
        and bool(a.years & b.years or not a.years or not b.years)
        and (
            not a.journals
            or not b.journals
            or any(same_journal(name, b.journals) for name in a.journals)
        )
    )
