"""Works of a library that come nearest to a printed source: near enough to look at, no proof.

A source names a work by its identifiers, its authors, its year, its journal and its title, in any
measure. A work is near where these agree; one by other people in another year is another work,
however alike the titles.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from rapidfuzz import fuzz, utils

from references.formats.printed import parse
from references.library import Library
from references.matching.journals import same_journal
from references.normalise import fold
from references.record import Reference

#: From this on (of 100, rapidfuzz's token set ratio) titles are alike.
ALIKE = 85
#: From this on, their lengths too, they are the same.
SAME = 95
#: A title of fewer words names a subject and no work.
FEW_WORDS = 4
#: Works shown.
MOST = 3


@dataclass(frozen=True, slots=True)
class _Likeness:
    """How a work agrees with a printed source; None where one of them says nothing."""

    title: float  # of 100
    same_title: bool
    author: bool | None
    year: bool | None
    journal: bool | None

    @property
    def is_near(self) -> bool:
        """Whether the work is worth a look."""
        agree = sum(part is True for part in (self.author, self.year, self.journal))
        if self.author is False:
            return self.same_title and (self.year is True or self.journal is True)
        if self.same_title:
            return agree > 0
        if self.title >= ALIKE:
            return self.author is True or (self.author is None and agree > 0)
        return self.title == 0 and self.author is True and self.year is True and agree == 3

    @property
    def points(self) -> float:
        """The order of the works that are near."""
        parts = (self.author, self.year, self.journal)
        return self.title / 100 + sum(part is True for part in parts) + self.same_title


def nearest_works(cited: str, library: Library, limit: int = MOST) -> tuple[str, ...]:
    """Keys of the works that come nearest to a printed source, the nearest first.

    A work with an identifier of the source is the work, and stands alone.
    """
    printed = parse(cited)
    named = [key for key, work in library.items() if _same_number(printed, work)]
    if named:
        return tuple(named[:limit])
    words = set(fold(cited).replace(".", " ").split()) | set(utils.default_process(cited).split())
    near = [
        (likeness.points, key)
        for key, work in library.items()
        if _may_be_near(words, work) and (likeness := _likeness(cited, printed, work)).is_near
    ]
    return tuple(key for _, key in sorted(near, key=lambda one: (-one[0], one[1]))[:limit])


def _may_be_near(words: set[str], work: Reference) -> bool:
    """Whether a look at the rest pays: the first author or a third of the title is there."""
    if work.authors and fold(work.authors[0].family).split(" ")[-1] in words:
        return True
    title = fold(work.title).split()
    return 3 * sum(word in words for word in title) >= len(title)


def _same_number(printed: Reference, work: Reference) -> bool:
    pairs = (
        (printed.doi.lower(), work.doi.lower()),
        (printed.pmid, work.pmid),
        (printed.pmcid, work.pmcid),
    )
    return any(mine and mine == theirs for mine, theirs in pairs)


def _likeness(cited: str, printed: Reference, work: Reference) -> _Likeness:
    title, same_title = _titles(printed.title, work.title)
    return _Likeness(
        title,
        same_title or _stands_in(work.title, cited),
        _same_author(cited, printed, work),
        abs(printed.year - work.year) <= 1 if printed.year and work.year else None,
        same_journal(printed.journal, [work.journal]) if printed.journal and work.journal else None,
    )


def _titles(printed: str, known: str) -> tuple[float, bool]:
    """How alike two titles are (of 100), and whether they are the same.

    Half of the printed words must stand in the other, and a short title is like none but itself.
    """
    mine, theirs = utils.default_process(printed), utils.default_process(known)
    words, others = set(mine.split()), set(theirs.split())
    if not words or not others:
        return 0.0, False
    is_same = fuzz.ratio(mine, theirs) >= SAME
    if not is_same and (len(words) < FEW_WORDS or 2 * len(words & others) < len(words)):
        return 1.0, False
    return max(1.0, fuzz.token_set_ratio(mine, theirs)), is_same


def _stands_in(title: str, cited: str) -> bool:
    """Whether a title of some words stands in a source between its stops."""
    words = fold(title).split()
    if len(words) < 2:
        return False
    between = r"\W+".join(map(re.escape, words))
    return bool(re.search(rf"(?:\A|[.,:;)]\s*){between}\s*(?:[.,;(]|\Z)", fold(cited)))


def _same_author(cited: str, printed: Reference, work: Reference) -> bool | None:
    """Whether the first author that is printed is among those of the work.

    Where the printed names could not be told apart, the first author of the work may stand there.
    """
    if not work.authors:
        return None
    if not printed.authors:
        family = fold(work.authors[0].family)
        is_there = bool(family) and re.search(rf"\b{re.escape(family)}\b", fold(cited))
        return True if is_there else None
    first = fold(printed.authors[0].family)
    return any(fold(author.family) == first for author in work.authors)
