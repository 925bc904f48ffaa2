"""Incomplete records completed from the work that was found, with its provenance.

Only empty fields are filled, and fields whose value was remembered but never seen. A field
that holds something else than the source says is told and kept, unless it is named in
`accept`.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from typing import Any

from references.matching.merge import text_of_value
from references.matching.people import same_author
from references.record import Provenance, Reference
from references.sources.work import Work
from references.verify.differences import NOT_KNOWN, Difference
from references.verify.result import Check

_FIELDS = (
    *("title", "authors", "year", "journal", "volume", "number", "pages"),
    *("doi", "pmid", "pmcid", "issn", "language"),
)
#: Names of differences that are other names of fields.
_NAMES = {"issue": "number"}
#: Statuses of a check that a record keeps.
_KEPT = ("retracted", "corrected", "expression-of-concern")


@dataclass(frozen=True)
class Filled:
    """The outcome for one record: the record after, what was filled, what was kept."""

    reference: Reference
    filled: dict[str, str]
    kept: tuple[Difference, ...]

    def as_dict(self) -> dict[str, Any]:
        """JSON-ready."""
        return {"filled": self.filled, "kept": [difference.as_dict() for difference in self.kept]}


def _is_open(reference: Reference, name: str) -> bool:
    """True when a field is empty, not seen in any source, or stands in for one."""
    if name == "title":
        return "title" in reference.missing
    if name == "authors" and reference.more_authors:
        return True
    return not getattr(reference, name) or name in reference.unverified


def _completes(reference: Reference, work: Work, is_accepted: bool) -> bool:
    """True when the whole list of authors of a work begins like the cited one."""
    ours, theirs = reference.authors, work.reference.authors
    return not work.reference.more_authors and (
        is_accepted or (len(theirs) >= len(ours) and all(map(same_author, ours, theirs)))
    )


def fill(
    reference: Reference, check: Check, accept: Collection[str] = (), today: str = ""
) -> Filled:
    """`reference` completed from the works of its check; `today` dates the provenance.

    `accept` names differing fields whose found value is to replace the cited one.
    """
    untitled = check.not_compared.get("title") == NOT_KNOWN  # such a record proves nothing
    if not check.works or untitled:
        return Filled(reference, {}, check.differences)
    taken: dict[str, Any] = {}
    origins: dict[str, list[str]] = {}
    differing = {_NAMES.get(d.field, d.field): d for d in check.differences}
    for name in _FIELDS:
        wanted = _is_open(reference, name) or (name in differing and name in accept)
        if not wanted or (name in differing and name not in accept and getattr(reference, name)):
            continue
        for work in check.works:
            value = getattr(work.reference, name)
            if not value or (name == "authors" and not _completes(reference, work, name in accept)):
                continue
            if value == getattr(reference, name) and name not in reference.unverified:
                break
            taken[name] = value.rstrip(".") if name == "title" else value
            origins.setdefault(work.address, []).append(name)
            break
    kept = tuple(difference for name, difference in differing.items() if name not in taken)
    if not taken:
        return Filled(reference, {}, kept)
    unverified = {n: v for n, v in reference.unverified.items() if n not in taken}
    dated = f" (looked up {today})" if today else ""
    provenance = tuple(
        Provenance(address, f"{', '.join(names)}{dated}") for address, names in origins.items()
    )
    after = replace(
        reference, **taken, unverified=unverified, provenance=(*reference.provenance, *provenance)
    )
    if "authors" in taken:
        after = replace(after, more_authors=False)
    status = check.status if check.status in _KEPT else reference.status
    if status in ("incomplete", "") and after.is_complete:
        status = "verified" if not unverified and not kept else "partly-verified"
    after = replace(after, status=status)
    return Filled(after, {name: text_of_value(value) for name, value in taken.items()}, kept)
