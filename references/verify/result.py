"""What a check is asked and what it answers: the citation, the places looked in, the result."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from references.errors import Message, Problem
from references.formats.printed import parse
from references.notices import Notice
from references.record import Reference
from references.sources.work import Published, Work
from references.verify.differences import Comparison, Difference

STATUSES = (
    *("verified", "partly-verified", "differs", "several-candidates", "not-located", "retracted"),
    *("reinstated", "corrected", "expression-of-concern", "preprint-published-since", "unchecked"),
)


@dataclass(frozen=True)
class Cited:
    """What is to be checked: a record, or a printed string with the record read from it."""

    key: str
    reference: Reference
    text: str = ""


def cited_string(text: str, key: str = "") -> Cited:
    """A printed reference, ready to be checked."""
    return Cited(key or text, parse(text), text)


@dataclass(frozen=True)
class Lookup:
    """One place looked in: the source, the question, what came of it, and when.

    `outcome` is "found", "nothing", or the word of a `SourceError`; `copied` says that the
    answer is a copy in the cache, of the time in `when`; `stands_in`, that the service was
    asked anew and failed, so that this copy is all there is. Of a search, `seen` works were looked
    at of the `total` that the service counts.
    """

    source: str
    question: str
    outcome: str
    when: str
    copied: bool = False
    message: Message | None = None
    stands_in: bool = False
    seen: int | None = None
    total: int | None = None

    def as_dict(self) -> dict[str, Any]:
        """JSON-ready."""
        plain: dict[str, Any] = {"source": self.source, "question": self.question}
        plain |= {"outcome": self.outcome, "when": self.when}
        if self.copied:
            plain["copied"] = True
        if self.seen is not None and self.total is not None:
            plain |= {"seen": self.seen, "total": max(self.seen, self.total)}
        if self.message:
            plain |= {"message": str(self.message), "message_parts": self.message.as_dict()}
        return plain

    @property
    def answered(self) -> bool:
        """True when the source gave an answer, even if it knows nothing."""
        return self.outcome in ("found", "nothing")


@dataclass(frozen=True)
class Candidate:
    """A work that comes close, how it compares, and what was published about it since."""

    work: Work
    similarity: float
    comparison: Comparison
    notices: tuple[Notice, ...] = ()

    @property
    def differences(self) -> tuple[Difference, ...]:
        """What differs."""
        return self.comparison.differences

    def as_dict(self) -> dict[str, Any]:
        """JSON-ready; a record without title has an empty one."""
        record = self.work.reference
        plain: dict[str, Any] = {"source": self.work.source, "id": self.work.id}
        plain |= {"kind": self.work.kind, "title": record.title}
        plain |= {
            "authors": [author.sort_name for author in record.authors[:6]],
            "year": record.year,
            "journal": record.journal,
            "doi": record.doi,
            "pmid": record.pmid,
            "similarity": round(self.similarity, 2),
            "differences": [difference.as_dict() for difference in self.differences],
        }
        plain |= self.comparison.as_dict()
        if self.notices:
            plain["notices"] = list(dict.fromkeys(notice.type for notice in self.notices))
        stated = {name: value for name, value in plain.items() if value not in ("", None)}
        return {"title": "", **stated}


@dataclass(frozen=True)
class Check:
    """The result of one check.

    `comparison` is None where no work was taken for the cited one.
    """

    key: str
    status: str
    works: tuple[Work, ...] = ()
    comparison: Comparison | None = None
    differences: tuple[Difference, ...] = ()
    candidates: tuple[Candidate, ...] = ()
    notices: tuple[Notice, ...] = ()
    published: tuple[Published, ...] = ()
    lookups: tuple[Lookup, ...] = ()
    problems: tuple[Problem, ...] = ()
    cited: str = ""

    @property
    def when(self) -> str:
        """When the check was made (ISO 8601, UTC)."""
        return max((lookup.when for lookup in self.lookups), default="")

    @property
    def needs_a_person(self) -> bool:
        """True unless all is as it should be."""
        return self.status != "verified" or bool(self.problems)

    @property
    def compared(self) -> tuple[str, ...]:
        """The fields that were compared with the work found, alike or not."""
        differing = {difference.field for difference in self.differences}
        compared = self.comparison.compared if self.comparison else ()
        return (*compared, *sorted(differing.difference(compared)))

    @property
    def not_compared(self) -> dict[str, str]:
        """The fields that were not, each with the reason: not-cited, not-read, not-known."""
        reasons = self.comparison.not_compared if self.comparison else {}
        return {name: why for name, why in reasons.items() if name not in self.compared}

    def as_dict(self) -> dict[str, Any]:
        """The form `evidence verify --json` prints."""
        plain: dict[str, Any] = {"key": self.key, "status": self.status}
        if self.cited:
            plain["cited"] = self.cited
        plain["matched"] = _matched(self.works)
        plain["compared"] = list(self.compared)
        plain["not_compared"] = self.not_compared
        plain["differences"] = [difference.as_dict() for difference in self.differences]
        plain["candidates"] = [candidate.as_dict() for candidate in self.candidates]
        plain["notices"] = [notice.as_dict() for notice in self.notices]
        if self.published:
            plain["published"] = [published.as_dict() for published in self.published]
        plain["problems"] = [stored_problem(problem) for problem in self.problems]
        plain["looked"] = [lookup.as_dict() for lookup in self.lookups]
        return plain


def stored_problem(problem: Problem) -> dict[str, Any]:
    """A problem as results hold it: where it stands is known from the result."""
    plain: dict[str, Any] = {"field": problem.field, "message": str(problem.message)}
    if isinstance(problem.message, Message):
        plain["message_parts"] = problem.message.as_dict()
    return plain


def _matched(works: tuple[Work, ...]) -> dict[str, Any] | None:
    """The records of the work found: the first one, and where the others are."""
    if not works:
        return None
    first = works[0]
    matched: dict[str, Any] = {
        "source": first.source,
        "id": first.id,
        "address": first.address,
        "doi": next((w.reference.doi for w in works if w.reference.doi), ""),
        "pmid": next((w.reference.pmid for w in works if w.reference.pmid), ""),
        "title": first.reference.title,
        "also": [{"source": w.source, "id": w.id} for w in works[1:]],
    }
    return {name: value for name, value in matched.items() if value}
