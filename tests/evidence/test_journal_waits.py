"""How long is waited for the database, and by whom: with a clock of their own, not that of a wall.

docs/journal.md: readers wait 4 seconds for a lock and writers 20; few write at once, and who would
wait for a slow disk is told.
"""

from __future__ import annotations

import os
import sqlite3
import threading
from collections.abc import Callable, Generator, Iterator
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any

import pytest
from filelock import Timeout
from journal_made import new_journal
from sqlalchemy import text

from evidence.journal import database, places
from evidence.journal.database import Cooldown, Database
from evidence.journal.event import Entry, JournalUnavailable
from evidence.journal.places import NoPlace, WritingPlaces
from evidence.journal.sharing import sharing_of
from evidence.journal.store import Journal
from references.errors import message


class Clock:
    """Seconds as a test sets them; with `step` each look takes some."""

    def __init__(self, now: float = 0.0, step: float = 0.0) -> None:
        self.now, self.step = now, step

    def __call__(self) -> float:
        self.now += self.step
        return self.now


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Journal]:
    with new_journal(tmp_path) as opened:
        yield opened


def note(words: str = "x") -> Entry:
    return Entry("anne", "comment", "t", payload={"words": words})


# ---- places -------------------------------------------------------------------------------


def test_three_write_at_once_and_one_more_waits_while_they_are_quick() -> None:
    clock = Clock()
    one_by_one = WritingPlaces(clock)
    with ExitStack() as held:
        for second in (0.0, 0.5, 1.0):
            clock.now = second
            held.enter_context(one_by_one.one())
        assert not one_by_one.are_slow
        clock.now, clock.step = 1.0, 0.9  # at the first look there is a tenth of a second left
        with pytest.raises(NoPlace), one_by_one.one():
            raise AssertionError
        assert clock.now == pytest.approx(2.8)
    with one_by_one.one():
        pass


def test_who_waits_takes_the_place_that_is_left() -> None:
    one_by_one, taken, done = WritingPlaces(), threading.Event(), threading.Event()

    def write() -> None:
        with one_by_one.one():
            taken.set()
        done.set()

    with ExitStack() as held:
        for _ in range(places.PLACES - 1):
            held.enter_context(one_by_one.one())
        with one_by_one.one():
            fourth = threading.Thread(target=write)
            fourth.start()
            assert not taken.wait(0.1)
        assert taken.wait(30)
    assert done.wait(30)
    fourth.join()


def test_slow_is_more_than_two_seconds_and_remembered_for_thirty() -> None:
    clock = Clock()
    one_by_one = WritingPlaces(clock)
    assert not one_by_one.are_slow
    with one_by_one.one():
        clock.now = 2.0
        assert not one_by_one.are_slow
    assert not one_by_one.are_slow
    with one_by_one.one():
        clock.now = 4.1
        assert one_by_one.are_slow
    for later, slow in ((4.1, True), (34.0, True), (34.1, False)):
        clock.now = later
        assert one_by_one.are_slow is slow


def test_a_place_is_left_by_whoever_fails() -> None:
    one_by_one = WritingPlaces(Clock())
    for _ in range(2 * places.PLACES):
        with pytest.raises(RuntimeError), one_by_one.one():
            raise RuntimeError
    assert not one_by_one.are_slow


def test_a_journal_whose_places_are_taken_says_that_it_is_slow(
    journal: Journal, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert not journal.is_slow
    monkeypatch.setattr(places, "SLOW", -1.0)
    with ExitStack() as held:
        for _ in range(places.PLACES):
            held.enter_context(journal._places.one())
        with pytest.raises(JournalUnavailable, match="is slow"):
            journal.record(note())
        assert journal.is_slow
        assert journal.head()[0] == 0, "who only reads goes on"
    assert journal.record(note()).event.number == 1


# ---- SQLite -------------------------------------------------------------------------------


def test_how_a_connection_is_prepared(journal: Journal) -> None:
    def asked(connection: Any, name: str) -> Any:
        return connection.execute(text(f"PRAGMA {name}")).scalar_one()

    with journal.reading() as connection:
        assert asked(connection, "busy_timeout") == 4_000
        kept = ("journal_mode", "synchronous", "foreign_keys", "secure_delete")
        assert [asked(connection, name) for name in kept] == ["wal", 2, 1, 1]
    with journal.writing() as connection:
        assert asked(connection, "busy_timeout") == 20_000


def test_a_reader_sees_one_state_and_a_failed_writer_leaves_none(journal: Journal) -> None:
    with journal.reading() as connection:
        before = len(list(journal.rows(connection)))
        threading_done(lambda: journal.record(note()))
        assert len(list(journal.rows(connection))) == before

    def half_done() -> None:
        with journal.writing() as connection:
            for table in ("head", "none"):
                connection.execute(text(f"DELETE FROM {table}"))

    with pytest.raises(JournalUnavailable, match="no such table"):
        half_done()
    assert journal.head()[0] == 1


def threading_done(what: Callable[[], object]) -> None:
    thread = threading.Thread(target=what)
    thread.start()
    thread.join()


def test_a_lock_by_name_is_held_by_one(journal: Journal, tmp_path: Path) -> None:
    order: list[str] = []

    def wait(name: str) -> None:
        with Journal.open(tmp_path).alone(name):
            order.append(name)

    with journal.alone("update"):
        waiting = threading.Thread(target=wait, args=("update",))
        waiting.start()
        threading_done(lambda: wait("another"))
        with pytest.raises(Timeout), Journal.open(tmp_path).alone("update", 0):
            raise AssertionError
        order.append("first")
    waiting.join()
    assert order == ["another", "first", "update"]
    assert (tmp_path / "journal.sqlite.update.lock").exists()


# ---- a file that is replaced, gone, damaged, or cannot be written -----------------------------


def test_a_file_that_was_replaced_is_opened_anew(journal: Journal, tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    journal.record(note("one"))
    engine = journal.engine
    assert journal.engine is engine
    with new_journal(other) as second:
        for words in ("two", "three"):
            second.record(note(words))
    journal.close()
    assert [one.payload["words"] for one in journal.events()] == ["one"]
    for left in tmp_path.glob("journal.sqlite-*"):
        left.unlink()
    os.replace(other / "journal.sqlite", tmp_path / "journal.sqlite")
    assert [one.payload["words"] for one in journal.events()] == ["two", "three"]
    assert journal.engine is not engine


def test_a_file_that_cannot_be_opened_to_write_is_read_from_a_copy(tmp_path: Path) -> None:
    with new_journal(tmp_path) as journal:
        journal.record(note("one"))
    whole = (tmp_path / "journal.sqlite").read_bytes()
    # What writers share stands beside the file: here it cannot.
    (tmp_path / "journal.sqlite-shm").symlink_to(tmp_path / "nowhere" / "x")
    with Journal.open(tmp_path) as journal:
        assert [one.payload["words"] for one in journal.events()] == ["one"]
        copy = journal._copy
        assert copy is not None
        assert copy.file.name == "journal.sqlite"
        assert copy.file.parent.name.startswith("evidence-journal-")
        assert journal.head()[0] == 1
        assert journal._copy is copy, "as long as the original is as it was"
        with pytest.raises(JournalUnavailable, match="cannot be used"):
            journal.record(note("two"))
        assert (tmp_path / "journal.sqlite").read_bytes() == whole
        assert not copy.file.exists(), "whoever writes looks at the original"
        assert journal.head()[0] == 1, "a writer that failed keeps nobody from reading"
        (tmp_path / "journal.sqlite-shm").unlink()
        assert journal.record(note("two")).event.number == 2
        assert journal._copy is None


def test_a_file_that_is_no_journal_is_said_and_left_alone_for_five_seconds(tmp_path: Path) -> None:
    path, clock = tmp_path / "journal.sqlite", Clock(100.0)
    path.write_bytes(b"no database at all, and longer than a header" * 9)
    opened = Journal(path, clock=clock)
    with pytest.raises(JournalUnavailable, match=r"journal\.sqlite cannot be used \(file is not a"):
        opened.head()
    path.unlink()
    with new_journal(tmp_path):
        pass
    for later, works in ((104.9, False), (105.0, True)):
        clock.now = later
        if works:
            assert opened.head()[0] == 0
        else:
            with pytest.raises(JournalUnavailable, match="file is not a database"):
                opened.head()
    opened.close()
    with pytest.raises(JournalUnavailable, match=r"cannot be used \(unable to open"):
        Journal(tmp_path / "none" / "journal.sqlite").head()


def test_what_the_database_says_is_one_line_of_a_sentence(journal: Journal) -> None:
    long = "x" * 200
    with (
        pytest.raises(JournalUnavailable) as told,
        journal.writing() as connection,
    ):
        connection.execute(text(f"SELECT {long}"))
    said = str(told.value)
    assert f"(no such column: {'x' * 104});" in said, "a hundred and twenty characters of it"
    assert "\n" not in said
    assert journal.head()[0] == 0


def test_a_pause_begins_again_with_each_failure_and_ends_with_an_answer() -> None:
    clock = Clock()
    rest = Cooldown(5.0, clock)
    for failures in (1, 2):
        rest.begin(message("away"))
        assert rest.failures == failures
        clock.now += 4.9
        with pytest.raises(JournalUnavailable, match="away"):
            rest.check()
        clock.now += 0.1
        rest.check()
    rest.end()
    assert (rest.reason, rest.failures) == (None, 2)
    rest.check()
    rest.check()


# ---- addresses ----------------------------------------------------------------------------


def test_addresses_as_they_are_written(tmp_path: Path) -> None:
    for scheme in ("postgres", "postgresql", "postgresql+psycopg"):
        found = Database(f"{scheme}://anne:secret@localhost/journal")
        assert (found.url.drivername, found.backend) == ("postgresql+psycopg", "postgresql")
        assert "secret" not in found.place
        assert found.place.endswith("anne:***@localhost/journal")
    file = Database(tmp_path / "50%20 #1?.sqlite")
    assert (file.backend, file.url.database) == ("sqlite", str(tmp_path / "50%20 #1?.sqlite"))
    with pytest.raises(JournalUnavailable, match="postgresql"):
        Database("postgresql+pg8000://localhost/journal")


def test_a_database_in_memory_is_no_file() -> None:
    for address in ("sqlite://", "sqlite:///:memory:", "sqlite:///file:x?mode=memory&uri=true"):
        assert not database._is_file(Database(address).url)
    assert database._is_file(Database("sqlite:///x").url)
    assert not database._is_file(Database("postgresql://localhost/x").url)
    assert Database("sqlite://")._identity() is None


def test_files_are_shared_where_the_database_is_outside(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def kind(address: str) -> str:
        monkeypatch.setenv("EVIDENCE_JOURNAL_URL", address)
        return type(sharing_of(tmp_path, lambda: Journal.open(tmp_path))).__name__

    assert kind("") == "OneServer"
    assert kind(f"sqlite:///{tmp_path / 'shared.sqlite'}") == "SharedFiles"
    assert kind("nonsense") == "OneServer"


# ---- PostgreSQL ---------------------------------------------------------------------------


def test_an_answer_is_waited_for_until_the_clock_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    psycopg = pytest.importorskip("psycopg")
    from evidence.journal import postgresql

    clock = Clock(10.0)
    monkeypatch.setattr("evidence.journal.postgresql.time.monotonic", clock)

    def asks() -> Generator[str, int, str]:
        return f"came {(yield 'read')} {(yield 'write')}"

    def waiting() -> Generator[Any, Any, Any]:
        return postgresql._until(asks(), 12.0)

    one = waiting()
    assert next(one) == "read"
    clock.now = 20.0
    assert one.send(1) == "write", "what came is taken, however late"
    with pytest.raises(StopIteration) as ended:
        one.send(2)
    assert ended.value.value == "came 1 2"
    clock.now = 12.0
    other = waiting()
    next(other)
    assert other.send(0) == "write", "nothing came, and there is time"
    clock.now = 12.1
    with pytest.raises(psycopg.OperationalError, match="does not answer"):
        other.send(0)


def test_a_damaged_file_is_said(journal: Journal, tmp_path: Path) -> None:
    journal.record(note())
    journal.close()
    with closing(sqlite3.connect(tmp_path / "journal.sqlite")) as plain:
        plain.execute("PRAGMA writable_schema = ON")
        plain.execute("DELETE FROM sqlite_master WHERE name = 'head'")
        plain.commit()
    with Journal.open(tmp_path) as damaged, pytest.raises(JournalUnavailable, match="no such tab"):
        damaged.head()
