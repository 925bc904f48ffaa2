"""What a search answers, whatever engine runs underneath; what it is asked is a `SearchRequest`."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

from evidence.search.request import SearchRequest, Sort
from references.errors import Message, Unavailable
from references.record import Reference


class EngineAway(Unavailable):
    """The engine cannot answer for now, whatever it is asked."""


@dataclass(frozen=True, slots=True)
class Hit:
    """One reference found. `highlights` are passages as (text, is_match) runs, never HTML.

    `languages` says of each passage whether it is in French or English, "" being the language of
    the work. `same_as` is the key of one that fits better and has the same title: a work
    published twice.
    """

    key: str
    score: float
    title: str
    year: int | None
    design: str
    concepts: tuple[str, ...] = ()
    highlights: tuple[tuple[tuple[str, bool], ...], ...] = ()
    same_as: str = ""
    languages: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer to a search.

    `facets` maps a facet to its values and counts, most frequent first; counts of a facet
    ignore the choices made in that facet itself, so that further values can be added.
    `concepts` are those recognised in the query; `understood` says in words how the query
    was read when that differs from what was typed; `notices` are sentences for the user.
    `redirect` is the key of a record when the query was its identifier.
    """

    query: str
    total: int
    took_ms: float
    results: tuple[Hit, ...]
    facets: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    did_you_mean: str | None = None
    concepts: tuple[str, ...] = ()
    understood: str | None = None
    notices: tuple[Message, ...] = ()
    redirect: str | None = None

    def as_dict(self, translate: Callable[[str], str] = str) -> dict[str, Any]:
        """The form of `evidence search --json`, its notices in the language of `translate`."""
        return {
            "query": self.query,
            "total": self.total,
            "took_ms": round(self.took_ms, 2),
            "results": [
                {
                    "key": hit.key,
                    "title": hit.title,
                    "year": hit.year,
                    "design": hit.design,
                    "score": round(hit.score, 4),
                    "highlights": [
                        "".join(f"**{run}**" if match else run for run, match in passage)
                        for passage in hit.highlights
                    ],
                    "concepts": list(hit.concepts),
                    "same_as": hit.same_as or None,
                }
                for hit in self.results
            ],
            "facets": {name: dict(counts) for name, counts in self.facets.items()},
            "did_you_mean": self.did_you_mean,
            "concepts": list(self.concepts),
            "understood": self.understood,
            "notices": [notice.rendered(translate) for notice in self.notices],
            "redirect": self.redirect,
        }


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a reference is suggested.

    Something the claim names (a concept id), words in common, nearness in meaning (a cosine),
    or `related`: a concept id it shares with the references that fit best, not named by the
    claim.
    """

    kind: Literal["concept", "words", "meaning", "related"]
    what: str
    weight: float


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A reference suggested for a claim, best first, with the reasons.

    `part` is the sentence it fits best when the claim has several. `same_as` is the key of
    the suggestion just before it with the same title: a work published twice, or its update.
    """

    key: str
    score: float
    why: tuple[Reason, ...] = ()
    part: str = ""
    same_as: str = ""


@dataclass(frozen=True, slots=True)
class Beyond:
    """A question for the services beyond the library, and the addresses that ask it."""

    pubmed: str
    europe_pmc: str
    pubmed_address: str
    europe_pmc_address: str

    def as_dict(self) -> dict[str, dict[str, str]]:
        """The JSON form."""
        return {
            "pubmed": {"query": self.pubmed, "url": self.pubmed_address},
            "europepmc": {"query": self.europe_pmc, "url": self.europe_pmc_address},
        }


@dataclass(frozen=True, slots=True)
class Suggested:
    """A claim, what was recognised in it and the references suggested for it.

    `beyond` is its question for other services where these are few.
    """

    claim: str
    recognised: Mapping[str, tuple[str, ...]]
    suggestions: tuple[Suggestion, ...]
    beyond: Beyond | None = None

    def as_dict(self) -> dict[str, Any]:
        """The form of `evidence suggest --json`."""
        return {
            "claim": self.claim,
            "recognised": {aspect: list(ids) for aspect, ids in self.recognised.items()},
            "results": [
                {
                    "key": suggestion.key,
                    "score": round(suggestion.score, 4),
                    "part": suggestion.part or None,
                    "same_as": suggestion.same_as or None,
                    "why": [
                        {"kind": why.kind, "what": why.what, "weight": why.weight}
                        for why in suggestion.why
                    ],
                }
                for suggestion in self.suggestions
            ],
            "beyond": self.beyond.as_dict() if self.beyond else None,
        }


#: The keys of records that only an index holds: nobody chose them.
INDEXED_KEY = re.compile(r"(?:pmid-[1-9]\d{0,9}|(?:doi|record)-[0-9a-f]{16})")


class SearchEngine(Protocol):
    """An index that can be searched. One engine object may be used by several threads."""

    name: str

    def search(self, request: SearchRequest) -> Answer:
        """Raises `SearchError` with one helpful sentence when the query cannot be read."""
        ...

    def suggest(
        self,
        claim: str,
        limit: int = 10,
        sort: Sort = "relevance",
        concepts: Sequence[str] = (),
        around: str = "",
    ) -> tuple[Suggestion, ...]:
        """References that bear on a claim in French or English; empty when none does.

        `concepts` are those that somebody said the claim is about, named in it or not; `around`
        is the heading above it and the title of its page.
        """
        ...

    def recognise(self, claim: str, around: str = "") -> Mapping[str, tuple[str, ...]]:
        """Concept ids of a claim: its population, intervention, outcome, design."""
        ...

    def records(self, keys: Iterable[str]) -> Mapping[str, Reference]:
        """References that only the index holds, not the library, by key."""
        ...

    def health(self) -> str:
        """How what holds the index is: "ok", "degraded" or "unavailable"."""
        ...

    def close(self) -> None:
        """Free files and memory."""
        ...
