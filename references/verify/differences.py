"""A cited record against a work found: field by field, with what each says.

Two values agree when only typography, abbreviation or completeness sets them apart: case,
accents, hyphens, British or American spelling, initials for given names, an abbreviated
journal, a shortened page range, a left-out subtitle (`references.matching` decides). Any other
difference is listed; a word changed in a title is a difference, however similar the whole.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from references.errors import Message
from references.identifiers import doi_key
from references.matching.journals import same_journal
from references.matching.numbers import number_key, same_pages
from references.matching.people import authors_difference
from references.matching.titles import (
    clean_title,
    fullest,
    is_head,
    same_title,
    stated_titles,
    title_similarity,
)
from references.normalise import comparable_words
from references.record import Reference
from references.sources.work import Work


@dataclass(frozen=True)
class Difference:
    """One field in which a citation and the work differ.

    `found` may be empty (not stated); `note` says in words what sets the two apart.
    """

    field: str
    cited: str
    found: str
    note: Message | None = None

    def as_dict(self) -> dict[str, Any]:
        """JSON-ready; `note` only where there is one, its parts beside it."""
        plain: dict[str, Any] = {"field": self.field, "cited": self.cited, "found": self.found}
        if self.note:
            plain |= {"note": str(self.note), "note_parts": self.note.as_dict()}
        return plain


def _names(reference: Reference) -> str:
    names = [author.sort_name for author in reference.authors[:8]]
    more = reference.more_authors or len(reference.authors) > 8
    return "; ".join(names) + ("; et al." if more else "")


#: What a citation states, in the order in which it is compared.
FIELDS = ("title", "authors", "year", "journal", "volume", "issue", "pages", "doi", "pmid")
#: What agreement in a field says for a work being the one that is cited. Title, authors and
#: identifiers tell works apart; a year or a volume is shared by thousands.
_WEIGHTS = {"title": 2, "authors": 2, "doi": 2, "pmid": 2}
#: Fields a record must know before it can stand for a citation that states them. Services
#: leave out issue and pages of works they know well.
_NEEDED = ("title", "subtitle", "authors", "year", "journal", "volume")

#: Why a field was not compared: the citation does not state it, nothing was read for it in a
#: printed string, or no record of the work knows it.
NOT_CITED, NOT_READ, NOT_KNOWN = "not-cited", "not-read", "not-known"
AGREES = "agrees"
#: What comparing one field gives: the difference, or one of the words above.
Verdict = Difference | str


@dataclass(frozen=True)
class Comparison:
    """A citation against the records of one work: what every field came to."""

    verdicts: Mapping[str, Verdict]

    @property
    def differences(self) -> tuple[Difference, ...]:
        """The fields in which the citation differs from every record."""
        return tuple(v for v in self.verdicts.values() if isinstance(v, Difference))

    @property
    def agreed(self) -> tuple[str, ...]:
        """The fields that agree."""
        return tuple(name for name, verdict in self.verdicts.items() if verdict == AGREES)

    @property
    def compared(self) -> tuple[str, ...]:
        """The fields that were compared, whatever came of it."""
        return tuple(name for name in self.verdicts if name not in self.not_compared)

    @property
    def not_compared(self) -> dict[str, str]:
        """The fields that were not compared, and why."""
        reasons = (NOT_CITED, NOT_READ, NOT_KNOWN)
        return {
            name: verdict
            for name, verdict in self.verdicts.items()
            if isinstance(verdict, str) and verdict in reasons
        }

    @property
    def evidence(self) -> int:
        """How much speaks for the records being the cited work: what agrees, weighted."""
        return sum(_WEIGHTS.get(name, 1) for name in self.agreed)

    def is_whole(self, excused: Sequence[str] = ()) -> bool:
        """True when enough agrees to call the citation verified, once nothing differs.

        That is the title, with the authors or an identifier, and no field (but the `excused`)
        that the citation states and the records do not know. Nothing compared is no agreement.
        """
        named = {"authors", "doi", "pmid"} & set(self.agreed)
        unknown = {name for name in _NEEDED if self.verdicts.get(name) == NOT_KNOWN}
        unknown -= set(excused)
        return "title" in self.agreed and bool(named) and not unknown

    def as_dict(self) -> dict[str, Any]:
        """JSON-ready: `compared` and `not_compared`."""
        return {"compared": list(self.compared), "not_compared": self.not_compared}


def compare(cited: Reference, works: Sequence[Work], printed: bool = False) -> Comparison:
    """`cited` against `works`, the records that several services have of one work.

    A field agrees when it agrees with one of them. `printed` says that the citation was read
    from a string: what it seems to leave out may only have been misread.
    """
    verdicts: dict[str, Verdict] = {
        "title": _title(cited, works),
        "authors": _authors(cited, works),
        "year": _year(cited, works),
        "journal": _journal(cited, works),
    }
    for name, (field, is_same) in _PLAIN.items():
        values = (getattr(work.reference, field) for work in works)
        verdicts[name] = _one_of(name, getattr(cited, field), values, is_same)
    if verdicts["title"] == AGREES and _lacks_subtitle(cited.title, works):
        verdicts["subtitle"] = NOT_KNOWN
    if printed:
        verdicts = {
            name: NOT_READ if verdict == NOT_CITED else verdict
            for name, verdict in verdicts.items()
        }
    return Comparison(verdicts)


def titles_of(works: Iterable[Work]) -> list[str]:
    """The titles that the records give."""
    return stated_titles(title for work in works for title in work.titles)


def _lacks_subtitle(cited: str, works: Sequence[Work]) -> bool:
    """True when the citation has a subtitle that no record has."""
    full = fullest(titles_of(works))
    return not any(same_title(cited, title) and not is_head(title, cited) for title in full)


def _title(cited: Reference, works: Sequence[Work]) -> Verdict:
    titles = titles_of(works)
    if not comparable_words(clean_title(cited.title)):
        return NOT_CITED
    if not titles:
        return NOT_KNOWN
    # A subtitle may be left out in the citation; in a record only if no other one has it
    full = fullest(titles)
    if any(
        same_title(cited.title, title) and (title in full or not is_head(title, cited.title))
        for title in titles
    ):
        return AGREES
    closest = max(full, key=lambda title: title_similarity(cited.title, title))
    return Difference("title", cited.title, closest)


def _authors(cited: Reference, works: Sequence[Work]) -> Verdict:
    named = [work.reference for work in works if work.reference.authors]
    if not cited.authors:
        return NOT_CITED
    if not named:
        return NOT_KNOWN
    notes = [(authors_difference(cited, record), record) for record in named]
    differing = [(note, record) for note, record in notes if note is not None]
    if len(differing) < len(notes):
        return AGREES
    # Of what several records say, the shortest: the list that is nearest to the cited one
    note, record = min(differing, key=lambda one: (len(str(one[0])), -len(one[1].authors)))
    return Difference("authors", _names(cited), _names(record), note)


def _year(cited: Reference, works: Sequence[Work]) -> Verdict:
    years = sorted({year for work in works for year in work.years})
    if cited.year is None:
        return NOT_CITED
    if not years:
        return NOT_KNOWN
    if cited.year in years:
        return AGREES
    return Difference("year", str(cited.year), " or ".join(map(str, years)))


def _journal(cited: Reference, works: Sequence[Work]) -> Verdict:
    names = [name for work in works for name in work.journals]
    return _one_of("journal", cited.journal, names, lambda one, name: same_journal(one, [name]))


def _same_number(one: str, other: str) -> bool:
    return number_key(one) == number_key(other)


def _same_identifier(one: str, other: str) -> bool:
    return doi_key(one) == doi_key(other)


def _one_of(
    name: str, cited: str, values: Iterable[str], is_same: Callable[[str, str], bool]
) -> Verdict:
    """A cited value against those of the records: it agrees when it is the same as one."""
    known = [value for value in values if value]
    if not cited:
        return NOT_CITED
    if not known:
        return NOT_KNOWN
    agrees = any(is_same(cited, value) for value in known)
    return AGREES if agrees else Difference(name, cited, known[0])


#: Fields that hold one value each, by their name in a difference: the field of the record, and
#: when two values are the same.
_PLAIN: Mapping[str, tuple[str, Callable[[str, str], bool]]] = {
    "volume": ("volume", _same_number),
    "issue": ("number", _same_number),
    "pages": ("pages", same_pages),
    "doi": ("doi", _same_identifier),
    "pmid": ("pmid", _same_identifier),
}
