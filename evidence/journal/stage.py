"""The stage a text is at: who may see it, since when and by whose decision.

    private     editors see it
    in-review   and whoever has a link with a secret, for some days
    published   everybody sees its assessed claims
    withdrawn   it was published and is taken back: its addresses say so
    archived    kept and out of the way; editors see it
    deleted     its files are gone; what the journal says of it stays

The newest entry about it decides. A text without one is at the stage its register names; else
that of a knowledge base is published, and one that was brought to an instance private.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal, get_args

from evidence.journal.event import Event
from references.errors import NotFound, SettingError, message
from references.files import write_atomic

StageName = Literal["private", "in-review", "published", "withdrawn", "archived", "deleted"]
STAGES: tuple[StageName, ...] = get_args(StageName)

#: Where a text can go from each stage. One that is public leaves by being withdrawn or archived.
NEXT: Mapping[StageName, tuple[StageName, ...]] = {
    "private": ("in-review", "published", "archived", "deleted"),
    "in-review": ("private", "in-review", "published", "archived", "deleted"),
    "published": ("withdrawn", "archived", "deleted"),
    "withdrawn": ("private", "in-review", "published", "archived", "deleted"),
    "archived": ("private", "in-review", "published", "deleted"),
    "deleted": (),
}


@dataclass(frozen=True)
class Stage:
    """A stage and the entry that made it.

    Attributes:
        name: the stage.
        since: when it was entered; None where a register says so, or the folder it stands in.
        by: the account that did it.
        person: the name of whoever did it, for editors.
        shown: the name that readers are told, as the person chose; "" for none.
        reason: why, in their words.
        until: when a review link expires.
        link: the SHA-256 of the secret in a review link.
    """

    name: StageName
    since: datetime | None = None
    by: str = ""
    person: str = ""
    shown: str = ""
    reason: str = ""
    until: datetime | None = None
    link: str = ""

    @property
    def is_public(self) -> bool:
        """Whether readers may see the text."""
        return self.name == "published"

    @property
    def is_gone(self) -> bool:
        """Whether its addresses say that it is there no longer."""
        return self.name in ("withdrawn", "deleted")

    @property
    def is_expired(self) -> bool:
        """Whether the review link of the text no longer opens it."""
        return self.until is not None and self.until <= datetime.now(UTC)

    def is_opened_by(self, secret: str) -> bool:
        """Whether this is the secret of the review link; it may have expired."""
        return self.name == "in-review" and hmac.compare_digest(self.link, digest(secret))


class TextGone(NotFound):
    """A text that was there and is there no longer, by somebody's decision."""

    def __init__(self, stage: Stage) -> None:
        withdrawn = message(
            "This text was withdrawn by those who examined it; nothing of it is shown here."
        )
        deleted = message(
            "This text was deleted by those who examined it; nothing of it is left here."
        )
        super().__init__(withdrawn if stage.name == "withdrawn" else deleted)


def digest(secret: str) -> str:
    """What the journal keeps of the secret of a review link."""
    return hashlib.sha256(secret.encode()).hexdigest()


def stage_of(events: Iterable[Event]) -> Stage | None:
    """The stage that the newest entry about it made; None when there is no such entry."""
    made = [event for event in events if event.kind == "stage"]
    return stage_at(made[-1]) if made else None


def stage_at(event: Event) -> Stage:
    """The stage that an entry about it made."""
    payload = event.payload
    until = str(payload.get("until", ""))
    return Stage(
        payload["stage"] if payload.get("stage") in STAGES else "private",
        event.at,
        event.by,
        event.person,
        str(payload.get("shown", "")),
        str(payload.get("reason", "")),
        datetime.fromisoformat(until) if until else None,
        str(payload.get("link", "")),
    )


class Stages:
    """The stages of all texts of an instance, read again only where something was recorded.

    They are kept in `stages.json` too: a text that was withdrawn stays so for a server that
    starts while its journal cannot be read.
    """

    def __init__(self, instance: Path) -> None:
        self._path = instance / "stages.json"
        self._known: dict[str, tuple[str, Stage | None]] = {}
        self._written: dict[str, StageName] | None = None

    def now(
        self, heads: Mapping[str, str], events_of: Callable[[str, str], Sequence[Event]] | None
    ) -> dict[str, Stage]:
        """The stage of each text that has an entry about it.

        Args:
            heads: the hash of the last event of each text.
            events_of: the events about a text and a claim, "" for the text as a whole; None while
                the journal cannot be read or is not found: what was withdrawn stays so.
        """
        if events_of is None:
            return self._remembered()
        for text_id, head in heads.items():
            if text_id and self._known.get(text_id, ("", None))[0] != head:
                self._known[text_id] = head, stage_of(events_of(text_id, ""))
        known = {text_id: self._known[text_id][1] for text_id in heads if text_id}
        stages = {text_id: stage for text_id, stage in known.items() if stage}
        names = {text_id: stage.name for text_id, stage in stages.items()}
        if names != (self._read() if self._written is None else self._written):
            with suppress(SettingError):  # an instance that can only be read is read
                write_atomic(self._path, json.dumps(names, indent=1, sort_keys=True))
        self._written = names
        return stages

    def _remembered(self) -> dict[str, Stage]:
        """The stages as they were when the journal could be read last.

        A review link is not opened on the word of a memory.
        """
        known = {text_id: stage for text_id, (_head, stage) in self._known.items() if stage}
        written = {text_id: Stage(name) for text_id, name in self._read().items()}
        return {name: replace(stage, link="") for name, stage in (written | known).items()}

    def _read(self) -> dict[str, StageName]:
        try:
            names = json.loads(self._path.read_text("utf-8"))
            return {str(text_id): name for text_id, name in names.items() if name in STAGES}
        except (OSError, ValueError, AttributeError):
            return {}
