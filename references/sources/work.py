"""A work as a service describes it: the record, and what the service knows beside it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from urllib.parse import quote

from references.formats.tables import words_of_format
from references.normalise import year_of
from references.notices import Notice
from references.preprints import says_preprint
from references.record import Reference


@dataclass(frozen=True)
class Published:
    """The article a preprint became."""

    doi: str = ""
    pmid: str = ""
    text: str = ""

    def as_dict(self) -> dict[str, str]:
        """The stated parts, JSON-ready."""
        named = (("doi", self.doi), ("pmid", self.pmid), ("text", self.text))
        return {name: value for name, value in named if value}


#: Kinds of record that are not a publication of their own, in the words of Crossref, OpenAlex
#: and DataCite, their case and hyphens left out.
_BESIDE = words_of_format("publication_types.tsv", "no-work")


@dataclass(frozen=True)
class Work:
    """One work in one service.

    `years` holds every year it gives (online, print); `journals` every name of the journal;
    `titles` every form of the title, with and without subtitle or in the original language.
    `updates` are the works this one is itself a notice about: (kind, DOI). `kind` is the
    service's own word for what the record describes; `is_registered` says that the service is
    the agency that registered its DOI, and knows best what it is.
    """

    source: str
    id: str
    address: str
    reference: Reference
    years: frozenset[int] = frozenset()
    journals: tuple[str, ...] = ()
    titles: tuple[str, ...] = ()
    notices: tuple[Notice, ...] = ()
    updates: tuple[tuple[str, str], ...] = ()
    published: tuple[Published, ...] = ()
    is_registered: bool = False
    kind: str = ""
    fetched: datetime | None = field(default=None, compare=False)
    copied: bool = field(default=False, compare=False)

    @property
    def is_preprint(self) -> bool:
        """True for a record of a preprint, as the service says."""
        return says_preprint(self.reference)

    @property
    def stands_beside(self) -> bool:
        """True for a record of what belongs to a work or holds it, and is not the work.

        It can have the title of the article, or none at all, and knows less than the article.
        """
        return self.kind.lower().replace("-", "").replace(" ", "") in _BESIDE


@dataclass(frozen=True)
class ResultPage:
    """One page of a search: the total, the works, and where the next page begins ("" = end)."""

    total: int
    works: tuple[Work, ...]
    following: str = ""


def years_of(values: Iterable[object]) -> frozenset[int]:
    """The plausible years among values that may be numbers, dates or nothing."""
    return frozenset(filter(None, (year_of(str(value or "")) for value in values)))


def distinct(values: Iterable[object]) -> tuple[str, ...]:
    """The non-empty texts among values, each once, in order."""
    return tuple(dict.fromkeys(str(value).strip() for value in values if value))


def in_path(doi: str) -> str:
    """A DOI as a part of an address: the services take its slashes and brackets as they are."""
    return quote(doi, safe="/:;(),")
