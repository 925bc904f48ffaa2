"""The stage of a text: who may see it, what its addresses say, what is remembered of it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import get_args

import pytest
from journal_made import THEN, event

from evidence.journal.event import Event
from evidence.journal.stage import (
    NEXT,
    STAGES,
    Stage,
    StageName,
    Stages,
    TextGone,
    digest,
    stage_at,
)

SECRET = hashlib.sha256(b"secret").hexdigest()


def made(number: int, stage: str, **more: str) -> Event:
    return event(number, "stage", claim="", payload={"stage": stage, **more})


def test_who_may_see_a_text_at_each_stage() -> None:
    assert STAGES == ("private", "in-review", "published", "withdrawn", "archived", "deleted")
    assert [one for one in STAGES if Stage(one).is_public] == ["published"]
    assert [one for one in STAGES if Stage(one).is_gone] == ["withdrawn", "deleted"]
    opened = [one for one in STAGES if Stage(one, link=SECRET).is_opened_by("secret")]
    assert opened == ["in-review"]
    assert not Stage("in-review", link=SECRET).is_opened_by("another")
    assert not Stage("in-review").is_opened_by("")
    assert digest("secret") == SECRET


def test_where_a_text_can_go_from_each_stage() -> None:
    """What is public leaves by being taken back or away, what is deleted stays so."""
    assert set(NEXT) == set(get_args(StageName))
    assert NEXT["deleted"] == ()
    assert "private" not in NEXT["published"]
    assert all("deleted" in NEXT[one] for one in STAGES if one != "deleted")


def test_a_review_link_ends_at_its_hour() -> None:
    now = datetime.now(UTC)
    assert not Stage("in-review").is_expired
    assert not Stage("in-review", until=now + timedelta(hours=1)).is_expired
    assert Stage("in-review", until=now).is_expired


def test_a_text_that_is_gone_says_how() -> None:
    assert "was withdrawn by those" in str(TextGone(Stage("withdrawn")))
    assert "was deleted by those" in str(TextGone(Stage("deleted")))


def test_a_stage_is_as_its_entry_says() -> None:
    words = {"shown": "A. M.", "reason": "ready", "link": SECRET}
    stage = stage_at(made(1, "in-review", until="2026-02-01T00:00:00+00:00", **words))
    assert stage == Stage(
        "in-review",
        THEN,
        "anne",
        "Dr Anne",
        "A. M.",
        "ready",
        datetime(2026, 2, 1, tzinfo=UTC),
        SECRET,
    )
    assert stage_at(made(1, "published")) == Stage("published", THEN, "anne", "Dr Anne")
    assert stage_at(event(1, "stage")).name == "private"


class Journal:
    """The entries about each text, and how often they were asked for."""

    def __init__(self, **texts: Sequence[Event]) -> None:
        self.texts = texts
        self.asked: list[str] = []

    @property
    def heads(self) -> Mapping[str, str]:
        return {name: f"head {len(events)}" for name, events in self.texts.items()} | {"": "x"}

    def events(self, text_id: str, claim_id: str) -> Sequence[Event]:
        assert claim_id == ""
        self.asked.append(text_id)
        return self.texts[text_id]


def test_stages_are_read_again_only_where_something_was_recorded(tmp_path: Path) -> None:
    published, withdrawn = made(1, "published"), made(2, "withdrawn")
    journal = Journal(a=[published], b=[event(1, "comment")], c=[published])
    stages = Stages(tmp_path)
    first = {"a": stage_at(published), "c": stage_at(published)}
    for _ in range(2):
        assert stages.now(journal.heads, journal.events) == first
    assert journal.asked == ["a", "b", "c"]
    journal.texts["a"] = [published, withdrawn]
    assert stages.now(journal.heads, journal.events)["a"].name == "withdrawn"
    assert journal.asked == ["a", "b", "c", "a"]
    del journal.texts["c"]  # another journal was put in its place
    assert stages.now(journal.heads, journal.events) == {"a": stage_at(withdrawn)}


def test_what_was_withdrawn_stays_so_while_the_journal_cannot_be_read(tmp_path: Path) -> None:
    review = made(1, "in-review", link=SECRET)
    journal = Journal(a=[made(1, "withdrawn")], b=[review])
    stages = Stages(tmp_path)
    assert stages.now({}, None) == {}
    known = stages.now(journal.heads, journal.events)
    assert known["b"].link == SECRET
    remembered = stages.now({}, None)
    assert remembered == {"a": known["a"], "b": replace(known["b"], link="")}
    written = tmp_path / "stages.json"
    assert json.loads(written.read_text("utf-8")) == {"a": "withdrawn", "b": "in-review"}
    assert Stages(tmp_path).now({}, None) == {"a": Stage("withdrawn"), "b": Stage("in-review")}
    journal.texts["c"] = []
    assert "c" not in Stages(tmp_path).now(journal.heads, journal.events)


def test_what_is_remembered_is_written_when_it_changed(tmp_path: Path) -> None:
    written = tmp_path / "stages.json"
    journal = Journal(a=[made(1, "published")])
    for _ in range(2):
        stages = Stages(tmp_path)
        stages.now(journal.heads, journal.events)
    before = written.stat().st_ino
    Stages(tmp_path).now(journal.heads, journal.events)
    assert written.stat().st_ino == before, "as it was: not written anew"
    journal.texts["a"] = [made(1, "published"), made(2, "withdrawn")]
    stages.now(journal.heads, journal.events)
    assert written.stat().st_ino != before
    written.unlink()
    stages.now(journal.heads, journal.events)
    assert not written.exists(), "this process wrote it, and nothing changed since"


@pytest.mark.parametrize("damaged", ["", "[]", "7", '{"a": "nowhere"}', '{"a": ["x"]}'])
def test_a_damaged_memory_is_none(tmp_path: Path, damaged: str) -> None:
    (tmp_path / "stages.json").write_text(damaged, "utf-8")
    assert Stages(tmp_path).now({}, None) == {}
