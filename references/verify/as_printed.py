"""A printed string read again, with the work at hand that it may be a citation of.

Reading a printed string leaves doubts about where title and journal begin and end; if the very
words of the work stand in it, they are what was cited.
"""

from __future__ import annotations

import re
from dataclasses import replace

from references.identifiers import without_addresses
from references.matching.journals import same_journal
from references.matching.titles import same_title
from references.normalise import comparable_words, fold, joined_words, page_range, years_in
from references.record import Author, Reference
from references.sources.work import Work
from references.verify.result import Cited


class CitationReading:
    """A citation as it reads beside each work it may be of; worked out once a work."""

    def __init__(self, cited: Cited) -> None:
        self.cited = cited
        self._text = without_addresses(cited.text)
        self._words = list(comparable_words(self._text))
        self._beside: dict[tuple[str, str], Reference] = {}

    @property
    def is_printed(self) -> bool:
        """True for a citation that was read from a string."""
        return bool(self.cited.text)

    def beside(self, work: Work) -> Reference:
        """The citation, with what its string says literally in the words of `work`."""
        if not self.is_printed:
            return self.cited.reference
        name = (work.source, work.id)
        if name not in self._beside:
            self._beside[name] = self._read(work)
        return self._beside[name]

    def _read(self, work: Work) -> Reference:
        reference, text, words = self.cited.reference, self._text, self._words
        reference = replace(reference, title=_title(reference, work, text, "".join(words)))
        reference = replace(
            reference,
            journal=_journal(reference, work, " ".join(words)),
            year=_year(reference, work, text),
            volume=_volume(reference, work),
        )
        if not reference.authors and work.reference.authors:
            reference = _with_printed_authors(reference, work, words)
        return reference


def _title(reference: Reference, work: Work, text: str, joined: str) -> str:
    """The first title of the work that stands in the string by itself, else the one read."""
    for title in work.titles:
        if (
            len(comparable_words(title)) >= 3
            and joined_words(title) in joined
            and not same_title(reference.title, title)
            and _stands_alone(title, text)
        ):
            return title
    return reference.title


def _journal(reference: Reference, work: Work, rest: str) -> str:
    """The first name of the journal that stands in the string outside the title."""
    if same_journal(reference.journal, work.journals):
        return reference.journal
    for title in (reference.title, *work.titles):
        rest = rest.replace(" ".join(comparable_words(title)), " | ", 1)
    read = comparable_words(reference.journal)
    if read and any(" ".join(read) in " ".join(comparable_words(title)) for title in work.titles):
        read = ()  # the end of the title was taken for the journal
    for name in work.journals:
        named = comparable_words(name)
        # A word or two may be part of another journal's name, or of anything
        inside = " ".join(named) in " ".join(read)
        least = 0.6 * len(read) if inside else 2 if read else 1
        if not named or len(named) < least:
            continue
        if re.search(rf"(?<!\w){re.escape(' '.join(named))}(?!\w)", rest):
            return name
    return reference.journal


def _year(reference: Reference, work: Work, text: str) -> int | None:
    """A year of the work that is printed beside the one read, which may be of something else."""
    year = reference.year
    if not work.years or year in work.years or _says_plainly(year, text):
        return year
    for title in work.titles:  # a year in the title is not the year of the work
        text = re.sub(re.escape(title.rstrip(".")), " ", text, flags=re.I)
    written = years_in(text)
    agreed = {one for one in written & work.years if str(one) != work.reference.volume}
    return min(agreed) if len(written) > 1 and agreed else year


def _volume(reference: Reference, work: Work) -> str:
    """The volume read, unless the work has none and the number is its issue or one of its pages."""
    record = work.reference
    others = (record.number, *page_range(record.pages))
    misread = not record.volume and fold(reference.volume) in others
    return "" if misread else reference.volume


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
    title = next((flat for t in work.titles if (flat := joined_words(t)) in joined), "")
    before = joined[: joined.index(title)] if title else joined
    if not re.search(r"[^\W\d]{3}", before):
        return reference
    families = [joined_words(a.family or a.literal) for a in work.reference.authors]
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
