"""Findings of verification that a person has decided about, and whether the decision still holds.

"Differs" may be right as it is printed, "not located" may have been looked at by hand, a
retraction may be known. Whoever decides says why; the journal keeps who, when and what was seen.
The decision covers what was seen and nothing else: it holds until the citation changes or the
services say something that they did not say then. What they no longer say does not matter.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from evidence.journal import Entry, Event, Journal
from evidence.journal.event import EventKind
from evidence.services.source_checks import StoredCheck, has_changed, latest_check
from references.errors import UserError
from references.record import Reference
from references.verify.watch import Watched

SETTLED: EventKind = "finding-settled"
REOPENED: EventKind = "finding-reopened"
#: A work as near as this to a citation that was not located is worth another look.
_NEAR = 0.9
_LONGEST = 2_000  # characters of a reason


@dataclass(frozen=True)
class Settlement:
    """A decision about what was found of one citation.

    Attributes:
        name: the key of the record, or the printed string.
        citation: the digest of the citation as it was (`StoredCheck.digest`).
        findings: what was seen, as `findings_of` names it.
        status: the status of the check that was decided about.
        reason: why it may stand, in the words of whoever decided.
        by, person: who did; the account and the name.
        at: when.
    """

    name: str
    citation: str
    findings: frozenset[str]
    status: str
    reason: str
    by: str
    person: str
    at: datetime

    def covers(self, digest: str, result: Mapping[str, Any]) -> bool:
        """Whether a check of a citation tells nothing that was not seen when this was decided."""
        return digest == self.citation and self.findings.issuperset(findings_of(result))

    def covers_watched(self, digest: str, watched: Watched) -> bool:
        """Whether nothing but notices that were seen then is told about a work now.

        Where a service was silent a notice may be missing: nobody has decided about that.
        """
        notices = _of_notices(one.as_dict() for one in watched.notices)
        return digest == self.citation and not watched.silent and self.findings.issuperset(notices)

    def as_dict(self) -> dict[str, Any]:
        """JSON-ready: what is shown beside a finding."""
        return {
            "by": self.by,
            "person": self.person,
            "at": self.at.isoformat(timespec="seconds"),
            "reason": self.reason,
        }


def findings_of(result: Mapping[str, Any]) -> tuple[str, ...]:
    """What a check found that asks for a person, one line each; empty where nothing does.

    Which service says so is left out: the decision holds when only one of them answers.

    Args:
        result: a check as it is stored (`Check.as_dict`).
    """
    return tuple(dict.fromkeys(_findings(result)))


def _findings(result: Mapping[str, Any]) -> Iterator[str]:
    status = result["status"]
    if status != "verified":
        yield f"status {status}"
    for one in result.get("differences", ()):
        yield f"differs {one['field']}: {one['cited']} | {one['found']}"
    yield from _of_notices(result.get("notices", ()))
    for one in result.get("problems", ()):
        yield f"problem {one['field']}: {one['message']}"
    for one in result.get("candidates", ()):
        told = one.get("notices", ())
        rival = status == "several-candidates" or one.get("similarity", 0) >= _NEAR
        if one["source"] != "library" and (rival or told):
            name = one.get("doi") or one.get("pmid") or f"{one['source']} {one.get('id', '')}"
            yield " ".join(("near", name.lower(), *told))


def _of_notices(notices: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    for one in notices:
        yield f"notice {one['type']} {one.get('doi') or one.get('pmid') or ''}".rstrip()


def settle(
    journal: Journal,
    instance: Path,
    name: str,
    reason: str,
    by: str,
    person: str = "",
    seen: str | None = None,
    library: Mapping[str, Reference] | None = None,
) -> Settlement:
    """Record that what was last found of a citation may stand.

    Args:
        journal: where it is recorded.
        instance: where the checks are kept.
        name: the key of the record, or the printed string.
        reason: why.
        by: the account, and
        person: the name of whoever decides.
        seen: when the check was made that was looked at (`StoredCheck.at`, ISO 8601); None for
            the last one, whichever it is.
        library: the records as they are now, by their keys.

    Raises:
        UserError: there is no such check, the record is another now, nothing was found, or no
            reason is given.
    """
    check = latest_check(instance, name)
    if check is None or check.status == "unchecked":
        raise UserError(
            "'{name}' was not checked yet, or no service answered; check it first.", name=name
        )
    if seen is not None and seen != check.at.isoformat():
        raise UserError("It was checked again meanwhile: look at what was found, then decide.")
    if has_changed(check, library or {}):
        raise UserError(
            "'{name}' has changed since it was checked; check it again, then decide.", name=name
        )
    findings = findings_of(check.result)
    if not findings:
        raise UserError("Nothing was found about '{name}' that has to be decided.", name=name)
    payload = {
        "citation": check.digest,
        "findings": list(findings),
        "status": check.status,
        "reason": _reason(reason),
    }
    return _settlement(_record(journal, SETTLED, name, payload, by, person))


def reopen(journal: Journal, name: str, reason: str, by: str, person: str = "") -> None:
    """Take back that a finding is settled.

    Raises:
        UserError: it is not, or no reason is given.
    """
    if name not in settlements(journal):
        raise UserError("Nothing is settled about '{name}'.", name=name)
    _record(journal, REOPENED, name, {"reason": _reason(reason)}, by, person)


def settlements(journal: Journal) -> dict[str, Settlement]:
    """The decision that stands about each citation, by its name; whether it covers what was found
    since, `Settlement.covers` says.

    Raises:
        JournalUnavailable: the journal cannot be read.
    """
    standing: dict[str, Settlement] = {}
    for event in journal.events("", ""):
        if event.kind == SETTLED:
            standing[event.payload["name"]] = _settlement(event)
        elif event.kind == REOPENED:
            standing.pop(event.payload["name"], None)
    return standing


def settled(check: StoredCheck, decisions: Mapping[str, Settlement]) -> Settlement | None:
    """The decision that covers all that a check found; None where something is open."""
    decision = decisions.get(check.name)
    return decision if decision and decision.covers(check.digest, check.result) else None


def _reason(words: str) -> str:
    """The reason as it is kept.

    Raises:
        UserError: there is none, or it is too long.
    """
    reason = " ".join(words.split())
    if not reason:
        raise UserError("Say why: the next person who looks at it will want to know.")
    if len(reason) > _LONGEST:
        raise UserError("The reason is longer than {most:,} characters; shorten it.", most=_LONGEST)
    return reason


def _record(
    journal: Journal, kind: EventKind, name: str, payload: Mapping[str, Any], by: str, person: str
) -> Event:
    entry = Entry(by, kind, "", payload={"name": name, **payload}, person=person)
    return journal.record(entry).event


def _settlement(event: Event) -> Settlement:
    said = event.payload
    return Settlement(
        said["name"],
        said["citation"],
        frozenset(said["findings"]),
        said["status"],
        said["reason"],
        event.by,
        event.person,
        event.at,
    )
