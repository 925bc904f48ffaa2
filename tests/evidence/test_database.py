"""The database of the journal when it is away: left alone, not waited for, read from a copy."""

from __future__ import annotations

import dataclasses
import random
import shutil
import socket
import sqlite3
import threading
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic.script import ScriptDirectory

from evidence.journal import Entry, Journal, JournalUnavailable, database
from evidence.journal.glance import NEWEST, head_at_a_glance
from evidence.journal.upgrading import migrations


class Line:
    """A server that takes connections, counts them, and hangs up or says nothing."""

    def __init__(self, silent: bool) -> None:
        self._silent = silent
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.address = f"postgresql://a@127.0.0.1:{self._socket.getsockname()[1]}/b"
        self.calls = 0
        self._kept: list[socket.socket] = []
        threading.Thread(target=self._answer, daemon=True).start()

    def _answer(self) -> None:
        while True:
            try:
                caller, _address = self._socket.accept()
            except OSError:
                return
            self.calls += 1
            if self._silent:
                self._kept.append(caller)
            else:
                caller.close()

    def close(self) -> None:
        for one in (self._socket, *self._kept):
            one.close()


@pytest.fixture
def hanging_up() -> Iterator[Line]:
    pytest.importorskip("psycopg")
    line = Line(silent=False)
    yield line
    line.close()


def test_a_database_that_failed_is_left_alone_for_a_while(hanging_up: Line) -> None:
    now = 1000.0
    journal = Journal(hanging_up.address, pause=5, clock=lambda: now)
    for _ in range(20):
        with pytest.raises(JournalUnavailable, match="cannot be used"):
            journal.head()
    first = hanging_up.calls
    assert first in (1, 2)  # the driver asks once more where encryption was refused
    now += 4.9
    with pytest.raises(JournalUnavailable):
        journal.record(Entry("anne", "comment", "t", "c", payload={"words": "-"}))
    assert hanging_up.calls == first
    now += 0.2
    for _ in range(20):
        with pytest.raises(JournalUnavailable):
            journal.head()
    assert hanging_up.calls == 2 * first


def test_those_who_wait_for_the_first_try_do_not_try_themselves(hanging_up: Line) -> None:
    journal = Journal(hanging_up.address, pause=5, clock=lambda: 0.0)
    said: list[str] = []

    def ask() -> None:
        try:
            journal.head()
        except JournalUnavailable as error:
            said.append(str(error))

    with journal._lock:  # somebody is opening it: the others queue up
        threads = [threading.Thread(target=ask) for _ in range(8)]
        for thread in threads:
            thread.start()
    for thread in threads:
        thread.join(30)
    assert len(said) == 8
    assert hanging_up.calls <= 4


def test_a_server_that_says_nothing_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("psycopg")
    monkeypatch.setitem(database.CONNECTING, "connect_timeout", "2")
    line = Line(silent=True)
    with pytest.raises(JournalUnavailable, match="timeout"):
        Journal(line.address).head()
    line.close()


def test_a_decision_that_is_wrong_does_not_close_the_journal(tmp_path: Path) -> None:
    journal = Journal(f"sqlite:///{tmp_path / 'journal.sqlite'}", clock=lambda: 0.0)
    with pytest.raises(RuntimeError), journal.reading():
        raise RuntimeError("a fault of the caller")
    assert journal.head()[0] == 0


def test_a_copy_holds_what_waits_in_the_log(tmp_path: Path) -> None:
    source, snapshot = tmp_path / "source", tmp_path / "snapshot"
    source.mkdir()
    snapshot.mkdir()
    with Journal.open(source) as journal:
        journal.record(Entry("anne", "comment", "bain", "c", payload={"words": "one"}))
        with sqlite3.connect(source / "journal.sqlite") as plain:
            plain.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        journal.record(Entry("anne", "comment", "bain", "c", payload={"words": "two"}))
        for name in ("journal.sqlite", "journal.sqlite-wal"):
            shutil.copyfile(source / name, snapshot / name)
        plain.close()
    copy = database._Copy(snapshot / "journal.sqlite")
    with Journal(f"sqlite:///{copy.file}") as read:
        assert [one.payload["words"] for one in read.events()] == ["one", "two"]
    assert not copy.is_stale()
    (snapshot / "journal.sqlite-wal").write_bytes(b"")
    assert copy.is_stale()


def test_a_glance_sees_the_head_that_the_journal_tells(tmp_path: Path) -> None:
    instance = tmp_path / "50%20 of #1? & more"  # signs that mean something in an address
    instance.mkdir()
    assert head_at_a_glance(instance) is None
    assert not (instance / "journal.sqlite").exists()
    entry = Entry("anne", "comment", "bain", payload={"words": "-"})
    with Journal.open(instance) as journal:
        for _ in range(2):
            journal.record(dataclasses.replace(entry, id=str(uuid.uuid4())))
            assert head_at_a_glance(instance) == journal.head()[1]  # in the log, not yet merged
    assert [one.name for one in tmp_path.iterdir()] == [instance.name]
    with Journal.open(instance) as journal:
        assert head_at_a_glance(instance) == journal.head()[1]


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE alembic_version SET version_num = '0002'",
        "UPDATE alembic_version SET version_num = '9999'",
        "DELETE FROM alembic_version",
        "DELETE FROM head",
        "DROP TABLE head",
    ],
)
def test_where_the_journal_has_to_tell_a_glance_sees_nothing(tmp_path: Path, change: str) -> None:
    with Journal.open(tmp_path) as journal:
        journal.head()
    with sqlite3.connect(tmp_path / "journal.sqlite") as plain:
        plain.execute(change)
    plain.close()
    assert head_at_a_glance(tmp_path) is None


def test_a_glance_at_another_database_or_at_no_database_sees_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "journal.sqlite").write_bytes(b"no database at all, and longer than a header" * 9)
    assert head_at_a_glance(tmp_path) is None
    (tmp_path / "journal.sqlite").unlink()
    with Journal.open(tmp_path) as journal:
        journal.head()
    assert head_at_a_glance(tmp_path)
    monkeypatch.setenv("EVIDENCE_JOURNAL_URL", f"sqlite:///{tmp_path / 'other.sqlite'}")
    assert head_at_a_glance(tmp_path) is None


def test_the_newest_release_of_the_tables_is_that_of_the_last_migration() -> None:
    assert ScriptDirectory.from_config(migrations()).get_current_head() == NEWEST


def test_random_bytes_are_a_sentence_wherever_they_stand(tmp_path: Path) -> None:
    """Reading and verifying a damaged file answers, or says that it cannot; nothing else."""
    with Journal.open(tmp_path) as journal:
        for number in range(30):
            words = {"words": f"comment {number} " * 40}
            journal.record(Entry("anne", "comment", "bain", "c", payload=words))
    whole = (tmp_path / "journal.sqlite").read_bytes()
    chance = random.Random(20)
    said: list[str] = []
    for number in range(60):
        damaged = bytearray(whole)
        for _ in range(8):
            damaged[chance.randrange(len(damaged))] = chance.randrange(256)
        path = tmp_path / f"{number}.sqlite"
        path.write_bytes(damaged)
        with Journal(f"sqlite:///{path}", pause=0) as journal:
            for ask in (journal.verify, journal.events, journal.head):
                try:
                    ask()
                except JournalUnavailable as error:
                    said.append(str(error))
    assert len(said) > 10
    assert all("cannot be used" in one or "is damaged" in one for one in said)
