"""A work as a service describes it: the record, and what the service knows beside it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from urllib.parse import quote

from references.record import Reference

#: Kinds of notice, the gravest first.
RETRACTION, CONCERN, CORRECTION, REINSTATEMENT = (
    "retraction",
    "expression-of-concern",
    "correction",
    "reinstatement",
)

_KINDS = (
    ("reinstat", REINSTATEMENT),
    ("concern", CONCERN),
    ("retract", RETRACTION),
    ("withdraw", RETRACTION),
    ("removal", RETRACTION),
    ("rétract", RETRACTION),
    ("correct", CORRECTION),
    ("corrig", CORRECTION),
    ("errat", CORRECTION),
    ("addend", CORRECTION),
    ("republi", CORRECTION),
    ("clarification", CORRECTION),
)


def notice_kind(words: str) -> str:
    """The kind of notice a service's own words mean, or "" when they mean none.

    A partial retraction is a correction: the work stands.
    """
    lowered = words.lower().replace("_", " ").replace("-", " ")
    if "partial" in lowered and "retract" in lowered:
        return CORRECTION
    if "expressionofconcern" in lowered:
        return CONCERN
    return next((kind for sign, kind in _KINDS if sign in lowered), "")


@dataclass(frozen=True)
class Notice:
    """Something published about a work after it: a retraction, a correction, a concern.

    `source` is the service or list that says so; `doi` and `pmid` are the notice's own.
    `about` names the record it is about where that is not the one it is told with: another
    version of the same work.
    """

    type: str
    source: str
    doi: str = ""
    pmid: str = ""
    date: str = ""
    text: str = ""
    about: str = ""

    def as_dict(self) -> dict[str, str]:
        """The stated parts, JSON-ready."""
        named = ("type", "source", "doi", "pmid", "date", "text", "about")
        return {name: getattr(self, name) for name in named if getattr(self, name)}


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
#: and DataCite (their case and hyphens left out): parts of one and texts about it, ...
_PARTS = ("component", "reportcomponent", "supplementarymaterials", "peerreview", "paratext")
#: ... what holds several, ...
_HOLDERS = (
    *("journal", "journalissue", "journalvolume", "proceedings", "proceedingsseries"),
    *("bookseries", "bookset", "reportseries", "standardseries", "collection"),
)
#: ... and what is no text.
_NO_TEXTS = (
    *("dataset", "database", "image", "audiovisual", "sound", "software", "model", "workflow"),
    *("event", "service", "physicalobject", "interactiveresource", "grant", "award", "project"),
    *("instrument", "libguides"),
)
_BESIDE = frozenset((*_PARTS, *_HOLDERS, *_NO_TEXTS))


@dataclass(frozen=True)
class Work:
    """One work in one service.

    `years` holds every year it gives (online, print); `journals` every name of the journal;
    `titles` every form of the title, with and without subtitle or in the original language.
    `updates` are the works this one is itself a notice about: (kind, DOI). `kind` is the
    service's own word for what the record describes.
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
    is_preprint: bool = False
    kind: str = ""
    fetched: datetime | None = field(default=None, compare=False)
    copied: bool = field(default=False, compare=False)

    @property
    def stands_beside(self) -> bool:
        """True for a record of what belongs to a work or holds it, and is not the work.

        It can have the title of the article, or none at all, and knows less than the article.
        """
        return self.kind.lower().replace("-", "").replace(" ", "") in _BESIDE


def years_of(values: Iterable[object]) -> frozenset[int]:
    """The plausible years among values that may be numbers, dates or nothing."""
    found = set()
    for value in values:
        if match := re.search(r"\b(1[5-9]\d\d|20\d\d)\b", str(value or "")):
            found.add(int(match.group()))
    return frozenset(found)


def distinct(values: Iterable[object]) -> tuple[str, ...]:
    """The non-empty texts among values, each once, in order."""
    return tuple(dict.fromkeys(str(value).strip() for value in values if value))


def bare_doi(value: object) -> str:
    """A DOI without address or prefix, or "" when the value holds none."""
    text = re.sub(
        r"^(?:https?://(?:dx\.)?doi\.org/|doi:\s*)", "", str(value or "").strip(), flags=re.I
    )
    return text if re.match(r"10\.\d{4,9}/\S", text) else ""


def in_path(doi: str) -> str:
    """A DOI as a part of an address: the services take its slashes and brackets as they are."""
    return quote(doi, safe="/:;(),")


def bare_pmid(value: object) -> str:
    """The digits of a PubMed number or of its address, or "" when there are none."""
    match = re.fullmatch(
        r"(?:https?://(?:www\.)?(?:pubmed\.ncbi\.nlm\.nih\.gov|ncbi\.nlm\.nih\.gov/pubmed)/|pmid:?\s*)?"
        r"0*([1-9]\d{0,8})/?",
        str(value or "").strip(),
        re.I,
    )
    return match.group(1) if match else ""
