"""What events make of a text: its title, address and sources; sentences that claim nothing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from pydantic import ValidationError

from evidence.claims.text import Text
from evidence.journal.event import Event

#: Fields of a text that an event `text-changed` may change, beside "headings" and "sources".
PLAIN = ("title", "url", "publisher", "language")


def changed_text(text: Text, events: Iterable[Event]) -> Text:
    """A text with what was changed of its data since its register was written.

    Headings go by the id of their section. Sources are the whole list; one that the register
    knows, by what is printed, keeps what was found out about it. A change that does not fit the
    model of a text (an older program wrote it) is passed over.
    """
    for event in events:
        if event.kind == "text-changed" and event.accepted:
            try:
                text = _with(text, dict(event.payload.get("changes", {})))
            except (ValidationError, TypeError, AttributeError, KeyError):
                continue
    return text


def _with(text: Text, changes: Mapping[str, Any]) -> Text:
    plain = text.model_dump(mode="json")
    plain |= {name: changes[name] for name in PLAIN if name in changes}
    headings = changes.get("headings", {})
    for section in plain["sections"]:
        section["heading"] = headings.get(section["id"], section["heading"])
    if "sources" in changes:
        known = {source["cited"]: source for source in plain["sources"]}
        plain["sources"] = [known.get(one["cited"], one) for one in changes["sources"]]
    data = {name: plain[name] for name in (*PLAIN, "sections", "sources")}
    changed = Text.model_validate({"id": text.id, **data})
    return text.model_copy(update={name: getattr(changed, name) for name in data})


def flat(words: str) -> str:
    """A sentence as it is remembered: however its spaces and lines fall on the page."""
    return " ".join(words.split())


def dismissals(events: Iterable[Event]) -> dict[str, Event]:
    """The sentences of a page that somebody said are no claims, each with the event, by words."""
    said: dict[str, Event] = {}
    for event in events:
        words = event.payload.get("words", "")
        for one in words if isinstance(words, list) else [words]:
            if event.kind == "sentence-dismissed":
                said[flat(str(one))] = event
            elif event.kind == "dismissal-undone":
                said.pop(flat(str(one)), None)
    return said
