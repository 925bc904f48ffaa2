"""A text goes from one stage to another: who, when and why is recorded, files go with it.

What the stages are stands in `evidence.journal.stage`; who sees what of a text is decided by
`evidence.standing`. The desk and the commands ask this module, so that both do the same.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from evidence.instance import kept_beside
from evidence.journal.event import Entry, Event
from evidence.journal.stage import NEXT, Stage, StageName, digest, stage_at, stage_of
from evidence.knowledge import READINGS
from evidence.standing import Assembler, StandingText
from references.errors import SettingError, UserError

if TYPE_CHECKING:
    from evidence.journal.documents import Documents

#: For how many days a review link opens a text, unless somebody says otherwise.
REVIEW_DAYS = 14
LONGEST_REVIEW = 365


class StageError(UserError):
    """A text cannot go to the stage it was to go to."""


class StageMoved(StageError):
    """Somebody brought the text to another stage meanwhile."""


class LeftBehind(UserError):
    """A text is deleted, and something of it could not be removed."""


@dataclass(frozen=True)
class Transition:
    """A text that went to another stage.

    `secret` is that of the new review link, told this once: the journal keeps its digest.
    `removed` are the files that went with it.
    """

    text_id: str
    before: Stage
    stage: Stage
    secret: str = ""
    removed: tuple[Path, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """The form of `evidence text publish --json` and its like."""
        stage = self.stage
        plain: dict[str, Any] = {
            "text": self.text_id,
            "state": stage.name,
            "before": self.before.name,
            "since": stage.since.isoformat() if stage.since else None,
            "by": stage.person,
            "shown": stage.shown or None,
            "reason": stage.reason or None,
        }
        if stage.until:
            plain |= {"until": stage.until.isoformat(), "link": f"/review/{self.secret}"}
        if stage.name == "deleted":
            plain["removed"] = [str(path) for path in self.removed]
        return plain


@dataclass(frozen=True)
class Deletion:
    """What deleting a text means: files that go, entries that stay, and whether its register does.

    A register of the knowledge base itself stays in its folder, for whoever keeps that; here it
    is shown no more.
    """

    files: tuple[Path, ...]
    events: int
    register_stays: bool


def move(
    assembler: Assembler,
    text_id: str,
    to: StageName,
    by: str,
    *,
    person: str = "",
    shown: str = "",
    reason: str = "",
    days: int = REVIEW_DAYS,
) -> Transition:
    """Record that a text goes to a stage, and remove the files of one that is deleted.

    Args:
        assembler: the texts of an instance.
        text_id: the text.
        to: the stage it goes to.
        by: the account of who does it.
        person: their name, for editors.
        shown: the name that readers are told, "" for none.
        reason: why, in their words.
        days: for how long a review link opens it.

    Raises:
        NotFound: there is no such text.
        StageError: a text does not go there from where it is.
        StageMoved: somebody brought it to another stage a moment ago; nothing is recorded.
        LeftBehind: it is deleted, and a file of it cannot be removed.
        JournalError: it cannot be recorded.
    """
    text = assembler.now().text(text_id).whole()
    before, secret = text.stage, ""
    if to not in NEXT[before.name]:
        raise _refusal(text_id, before.name, to)
    payload: dict[str, Any] = {"stage": to, "reason": " ".join(reason.split())}
    if to == "published":
        payload["shown"] = " ".join(shown.split())
    if to == "in-review":
        if not 0 < days <= LONGEST_REVIEW:
            raise StageError("A review link lasts from 1 to {most} days.", most=LONGEST_REVIEW)
        secret = secrets.token_urlsafe(32)
        until = datetime.now(UTC).replace(microsecond=0) + timedelta(days=days)
        payload |= {"link": digest(secret), "until": until.isoformat()}
    files = _files(assembler, text_id) if to == "deleted" else ()
    if to == "deleted":
        payload["files"] = [path.name for path in files]

    def still_there(events: Sequence[Event]) -> None:
        newest = stage_of(events)
        if (newest.since if newest else None) != before.since:
            raise StageMoved(
                "Somebody changed the state of '{text}' a moment ago: look again.", text=text_id
            )

    entry = Entry(by, "stage", text_id, payload=payload, person=person)
    recorded = assembler.journal.record(entry, where=still_there)
    if to == "deleted":
        _clear(assembler, text_id)
    assembler.now()  # which remembers it for when the journal is away
    return Transition(text_id, before, stage_at(recorded.event), secret, files)


def _refusal(text_id: str, before: StageName, to: StageName) -> StageError:
    if to == before:
        return StageError("'{text}' is in that state already.", text=text_id)
    if to == "withdrawn":
        return StageError("'{text}' is not published: there is nothing to withdraw.", text=text_id)
    return StageError("'{text}' is published: withdraw it first.", text=text_id)


def note_brought(assembler: Assembler, text_id: str, by: str, person: str = "") -> None:
    """Record that a text was brought and is private: nobody but editors sees it."""
    payload = {"stage": "private", "reason": ""}
    assembler.journal.record(Entry(by, "stage", text_id, payload=payload, person=person))


def deletion(assembler: Assembler, text: StandingText) -> Deletion:
    """What deleting a text would mean now."""
    text_id = text.registered.id
    files = _files(assembler, text_id)
    return Deletion(files, len(text.events), not assembler.kb.is_brought(text_id))


def finish_deletions(assembler: Assembler, text_id: str = "") -> tuple[Path, ...]:
    """Remove what deletions that were cut short have left: of one text, or of all.

    Returns:
        The files that were removed.

    Raises:
        LeftBehind, JournalError: it cannot be removed still.
    """
    left: tuple[Path, ...] = ()
    for name, stage in assembler.now().gone.items():
        if stage.name == "deleted" and text_id in ("", name):
            files = _files(assembler, name)
            if files or text_id:
                _clear(assembler, name)
            left += files
    return left


def _files(assembler: Assembler, text_id: str) -> tuple[Path, ...]:
    """The files of the instance about a text; of a register of the base itself there is none."""
    instance, brought = assembler.instance, assembler.kb.brought_folder
    files: list[Path] = []
    if brought is not None:
        for end in (".yaml", READINGS, ".trace.json"):
            path = brought / f"{text_id}{end}"
            files += [one for one in (path, *kept_beside(path)) if one.is_file()]
    for pages in (instance / "originals", instance / "waiting" / "originals"):
        files += sorted((pages / text_id).glob("*"))
    files += [path for path in (instance / "drafts" / f"{text_id}.json",) if path.is_file()]
    return tuple(files)


def _clear(assembler: Assembler, text_id: str) -> None:
    """Remove what is kept of a text: drafts, unsent words of whomever, checks, then its files.

    Raises:
        LeftBehind: a file cannot be removed; to delete the text again goes on from there.
    """
    from evidence.journal.documents import DRAFT_STEP, TEXT_DRAFT, UNSENT_FORM, Documents

    documents = Documents(assembler.journal)
    about = re.compile(rf"/desk/(texts|drafts)/{re.escape(text_id)}(/|$)")
    for head in documents.list(UNSENT_FORM):
        form = documents.get(head.kind, head.name, head.owner)
        with suppress(ValueError, LookupError, TypeError):  # what no form is tells of no text
            if form and about.match(str(form.value()["form"])):
                documents.delete(head.kind, head.name, head.owner)
    documents.delete(TEXT_DRAFT, text_id)
    for head in documents.list(DRAFT_STEP):
        if head.name.partition(" ")[0] == text_id:
            documents.delete(DRAFT_STEP, head.name)
    _clear_checks(assembler, documents, text_id)
    files = _files(assembler, text_id)
    try:
        assembler.files.remove(files)
    except SettingError as error:
        raise LeftBehind(
            "'{text}' is deleted and nobody sees it, but not all of its files are gone: {error} "
            "Mend that and delete it again; the server goes on too when it starts.",
            text=text_id,
            error=error,
        ) from error
    for folder in {path.parent for path in files if path.parent.parent.name == "originals"}:
        with suppress(OSError):  # a page that came in just now
            folder.rmdir()


def _clear_checks(assembler: Assembler, documents: Documents, text_id: str) -> None:
    """Remove what services said of the references that this text prints and no other does.

    Its register tells them, and so goes after them.
    """
    from evidence.journal.documents import PAST_CHECK, SOURCE_CHECK, place_of

    register = assembler.kb.texts.get(text_id)
    others = {
        source.cited
        for name, one in assembler.now().texts.items()
        if name != text_id
        for source in one.registered.sources
    }
    printed = {source.cited for source in register.sources} if register else set()
    places = {place_of(cited) for cited in printed - others}
    for kind in (SOURCE_CHECK, PAST_CHECK):
        names = [one.name for one in documents.list(kind) if one.name.partition(" ")[0] in places]
        if names:
            documents.delete_all(kind, names)


def waiting_since_before(texts: Iterable[StandingText]) -> tuple[str, ...]:
    """Texts that were brought before texts had stages: they are private until somebody decides."""
    return tuple(
        one.registered.id
        for one in texts
        if one.stage.name == "private"
        and one.stage.since is None
        and one.registered.state is None
        and one.journal_error is None
    )
