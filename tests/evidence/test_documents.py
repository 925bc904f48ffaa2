"""What is kept beside the journal: revisions, two writers, backups, and what is deleted is gone."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from postgresql_server import PostgreSQL
from sqlalchemy import create_engine, text

from evidence.journal import Entry, Journal, JournalError
from evidence.journal.archive import backup, restore
from evidence.journal.documents import MAX_BODY, Documents, StaleDocument


@pytest.fixture(scope="module")
def postgresql() -> Iterator[str]:
    """The address of a PostgreSQL server that lives as long as the tests."""
    pytest.importorskip("psycopg")
    server = PostgreSQL.made()
    if server is None:
        pytest.skip("PostgreSQL is not here and cannot be installed (apt-get install postgresql)")
    server.start()
    try:
        yield server.address
    finally:
        server.remove()


@pytest.fixture(params=["sqlite", "postgresql"])
def address(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of an empty database of either kind."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'journal.sqlite'}"
    server, name = str(request.getfixturevalue("postgresql")), f"d{uuid.uuid4().hex[:12]}"
    engine = create_engine(f"{server}postgres", isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    engine.dispose()
    return server + name


@pytest.fixture
def journal(address: str) -> Iterator[Journal]:
    with Journal(address) as opened:
        yield opened


@pytest.fixture
def documents(journal: Journal) -> Documents:
    return Documents(journal)


def test_what_is_put_is_what_is_there(documents: Documents) -> None:
    assert documents.get("form", "a") is None
    kept = documents.put("form", "a", b'{"x": "\xc3\xa9"}', 0, "anne")
    found = documents.get("form", "a", "anne")
    assert found == kept
    assert found
    assert found.value() == {"x": "é"}
    assert found.size == 11
    assert documents.get("form", "a") is None  # of nobody in particular: another document
    assert documents.get("form", "a", "berthe") is None


def test_whoever_comes_second_is_told_and_nothing_is_overwritten(documents: Documents) -> None:
    first = documents.put("form", "a", b"1", 0)
    second = documents.put("form", "a", b"2", first.revision)
    for expected in (0, first.revision):
        with pytest.raises(StaleDocument) as told:
            documents.put("form", "a", b"3", expected)
        assert told.value.current == second
    with pytest.raises(StaleDocument):
        documents.delete("form", "a", expected=first.revision)
    assert documents.get("form", "a") == second
    assert documents.put("form", "a", b"4", None).body == b"4"


def test_no_revision_comes_twice_not_even_after_a_deletion(documents: Documents) -> None:
    first = documents.put("form", "a", b"1", 0)
    assert documents.delete("form", "a", expected=first.revision)
    assert not documents.delete("form", "a")
    with pytest.raises(StaleDocument) as told:  # a form that was opened before the deletion
        documents.put("form", "a", b"old", first.revision)
    assert told.value.current is None
    assert documents.put("form", "a", b"new", 0).revision > first.revision


def test_lists_name_what_there_is_and_the_stamp_moves_with_every_change(
    documents: Documents,
) -> None:
    assert documents.stamp("form") == 0
    documents.put("form", "b", b"22", 0, "anne")
    documents.put("form", "a", b"1", 0, "berthe")
    documents.put("other", "c", b"1", 0)
    stamp = documents.stamp("form")
    assert [(one.owner, one.name, one.size) for one in documents.list("form")] == [
        ("anne", "b", 2),
        ("berthe", "a", 1),
    ]
    assert [one.name for one in documents.list("form", "berthe")] == ["a"]
    documents.delete("form", "b", "anne")
    assert documents.stamp("form") > stamp


def test_of_many_writers_one_wins_each_round(address: str) -> None:
    won: list[int] = []

    def write(number: int) -> None:
        with Journal(address) as own:
            try:
                Documents(own).put("form", "a", b"%d" % number, 0)
            except StaleDocument:
                return
            won.append(number)

    with Journal(address) as opened:
        opened.head()
    threads = [threading.Thread(target=write, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with Journal(address) as opened:
        found = Documents(opened).get("form", "a")
    assert len(won) == 1
    assert found
    assert found.body == b"%d" % won[0]


@pytest.mark.parametrize(
    ("kind", "name", "owner", "body"),
    [
        ("k" * 41, "a", "", b""),
        ("k", "a" * 201, "", b""),
        ("k", "a", "o" * 81, b""),
        ("k", "a\0", "", b""),
        ("k", "a", "", b"x" * (MAX_BODY + 1)),
    ],
)
def test_what_does_not_fit_is_refused(
    documents: Documents, kind: str, name: str, owner: str, body: bytes
) -> None:
    with pytest.raises(JournalError, match=r"too long|more than"):
        documents.put(kind, name, body, 0, owner)
    assert documents.stamp(kind) == 0


def test_what_is_deleted_is_not_left_in_the_file(tmp_path: Path) -> None:
    secret = b"a half-typed judgement about a colleague"
    with Journal.open(tmp_path) as journal:
        documents = Documents(journal)
        documents.put("form", "a", secret * 500, 0)
        documents.delete("form", "a")
        with journal.engine.connect() as connection:
            connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    left = b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
    assert secret not in left


def test_a_backup_brings_documents_back_with_their_revisions(
    journal: Journal, documents: Documents, tmp_path: Path
) -> None:
    instance, other = tmp_path / "one", tmp_path / "two"
    instance.mkdir()
    other.mkdir()
    journal.record(Entry("anne", "comment", "bain", "c", payload={"words": "oui"}))
    documents.put("form", "a", b"\x00\xff", 0, "anne")
    kept = documents.put("form", "b", b"2", 0, "anne")
    made = backup(journal, instance, tmp_path / "b.tar.gz")
    assert made["documents"] == 2
    with Journal.open(other) as copy:
        assert restore(copy, other, tmp_path / "b.tar.gz") == made
        again = Documents(copy)
        assert again.get("form", "b", "anne") == kept
        assert again.get("form", "a", "anne").body == b"\x00\xff"  # type: ignore[union-attr]
        assert again.put("form", "c", b"", 0).revision > kept.revision
        with pytest.raises(JournalError, match="is not empty"):
            restore(copy, other, tmp_path / "b.tar.gz")
