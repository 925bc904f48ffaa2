"""The tables of the journal: what was released stays as it is, and what is recorded fits in them.

SQLite takes words of any length; PostgreSQL refuses what is longer than its column.
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from alembic.script import ScriptDirectory
from journal_made import new_journal
from sqlalchemy import text

from evidence.journal.documents import Documents
from evidence.journal.event import EVENT_KINDS, Entry, JournalUnavailable
from evidence.journal.glance import NEWEST
from evidence.journal.store import Journal, know_accounts
from evidence.journal.upgrading import migrations

#: Column -> its type, as databases in use have it.
RELEASED = {
    "event": {
        **{"number": "INTEGER", "id": "VARCHAR(36)", "at": "VARCHAR(32)", "by": "VARCHAR(80)"},
        **{"person": "VARCHAR(200)", "kind": "VARCHAR(20)", "text": "VARCHAR(80)"},
        **{"claim": "VARCHAR(80)", "against": "VARCHAR(64)", "result": "VARCHAR(64)"},
        **{"accepted": "BOOLEAN", "payload": "TEXT"},
        **{"previous": "VARCHAR(64)", "hash": "VARCHAR(64)"},
    },
    "head": {"id": "INTEGER", "number": "INTEGER", "hash": "VARCHAR(64)"},
    "account": {
        **{"name": "VARCHAR(80)", "person": "VARCHAR(200)", "role": "VARCHAR(20)"},
        **{"password": "VARCHAR(300)", "disabled": "BOOLEAN", "version": "INTEGER"},
        "created": "VARCHAR(32)",
    },
    "attempt": {
        **{"name": "VARCHAR(80)", "address": "VARCHAR(80)", "failures": "INTEGER"},
        **{"failed": "FLOAT", "succeeded": "FLOAT"},
    },
    "document": {
        **{"kind": "VARCHAR(40)", "owner": "VARCHAR(80)", "name": "VARCHAR(200)"},
        **{"revision": "INTEGER", "saved_at": "VARCHAR(32)", "body": "BLOB"},
    },
    "document_kind": {"kind": "VARCHAR(40)", "changes": "INTEGER"},
    "session": {
        **{"key": "VARCHAR(64)", "name": "VARCHAR(80)", "version": "INTEGER"},
        "since": "FLOAT",
    },
}
KEYS = {
    **{"event": ["number"], "head": ["id"], "account": ["name"], "session": ["key"]},
    **{"attempt": ["name", "address"], "document": ["kind", "owner", "name"]},
    "document_kind": ["kind"],
}


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Journal]:
    """A journal whose tables are made here, one migration after the other."""
    with Journal.open(tmp_path) as opened:
        yield opened


def test_the_tables_are_as_they_were_released(journal: Journal) -> None:
    with journal.engine.connect() as connection:
        for table, columns in RELEASED.items():
            rows = connection.execute(text(f"PRAGMA table_info({table})")).mappings().all()
            assert {one["name"]: one["type"] for one in rows} == columns
            assert [one["name"] for one in rows if not one["notnull"]] == []
            assert [one["name"] for one in rows if one["pk"]] == KEYS[table]
            indexes = connection.execute(text(f"PRAGMA index_list({table})")).mappings().all()
            alone = [
                connection.execute(text(f"PRAGMA index_info({one['name']})")).mappings().one()
                for one in indexes
                if one["origin"] == "u"
            ]
            unique = {"hash", "id"} if table == "event" else set()
            assert {one["name"] for one in alone} == unique
        names = connection.execute(
            text("SELECT type, name FROM sqlite_master WHERE type IN ('index', 'trigger')")
        ).all()
        start = connection.execute(text("SELECT id, number, hash FROM head")).one()
    own = {(kind, name) for kind, name in names if not name.startswith("sqlite_")}
    assert own == {
        ("index", "ix_event_text_claim_number"),
        ("index", "ix_attempt_address"),
        *(("trigger", f"event_no_{action}") for action in ("update", "delete", "replace")),
    }
    assert tuple(start) == (1, 0, "0" * 64)


def test_what_the_program_writes_fits() -> None:
    def longest(table: str, column: str) -> int:
        return int(RELEASED[table][column].removeprefix("VARCHAR(").removesuffix(")"))

    assert max(map(len, EVENT_KINDS)) <= longest("event", "kind")
    assert len("2026-01-01T00:00:00.000000+00:00") == longest("event", "at")
    assert longest("event", "id") == len("00000000-0000-0000-0000-000000000000")
    assert longest("event", "hash") == len(hashlib.sha256().hexdigest())


def test_words_as_long_as_their_columns_are_kept(journal: Journal) -> None:
    long = Entry(
        "b" * 80, "comment", "t" * 80, "c" * 80, "a" * 64, {"words": "x"}, "p" * 200, "i" * 36
    )
    assert journal.record(long).event.person == "p" * 200
    kept = Documents(journal).put("k" * 40, "n" * 200, b"x", 0, "o" * 80)
    assert Documents(journal).get("k" * 40, "n" * 200, "o" * 80) == kept


def test_accounts_of_before_are_taken_into_the_chain_in_their_order(tmp_path: Path) -> None:
    """A journal of the release before sessions: its accounts stand in no event."""
    with new_journal(tmp_path) as journal:
        last = journal.record(Entry("eva", "comment", "t", payload={"words": "é"})).event
    with closing(sqlite3.connect(tmp_path / "journal.sqlite")) as database:
        for number, name in enumerate(("luc", "anne")):
            database.execute(
                "INSERT INTO account VALUES (?, ?, 'editor', ?, ?, 1, '2026-01-01T00:00:00+00:00')",
                (name, f"Dr {name} é", f"hash of {name}", number),
            )
        for undone in (
            "DROP TRIGGER event_no_replace",
            "DROP TABLE session",
            "UPDATE alembic_version SET version_num = '0002'",
        ):
            database.execute(undone)
        database.commit()
    with Journal.open(tmp_path) as journal:
        assert journal.verify().ok
        comment, *known = journal.events()
        assert comment == last
        assert [(one.number, one.by, one.person, one.accepted) for one in known] == [
            (2, "evidence", "evidence", True),
            (3, "evidence", "evidence", True),
        ]
        for one, name in zip(known, ("anne", "luc"), strict=True):
            assert one.kind == "account"
            assert (one.text, one.claim, one.against, one.result) == ("", "", "", "")
            assert one.payload == {
                "change": "known",
                "account": name,
                "person": f"Dr {name} é",
                "role": "editor",
                "disabled": name == "anne",
                "credential": hashlib.sha256(f"hash of {name}".encode()).hexdigest()[:32],
            }
        row = list(journal.rows())[1]
        assert row["payload"] == json.dumps(
            known[0].payload, sort_keys=True, ensure_ascii=False, separators=(",", ":")
        )
        assert journal.head() == (3, known[1].hash)
        assert len({row["id"] for row in journal.rows()}) == 3


def test_a_journal_of_a_newer_program_is_left_alone(tmp_path: Path) -> None:
    with new_journal(tmp_path) as journal:
        journal.head()
    with closing(sqlite3.connect(tmp_path / "journal.sqlite")) as database:
        database.execute("UPDATE alembic_version SET version_num = '9999'")
        database.commit()
    with (
        Journal.open(tmp_path) as journal,
        pytest.raises(JournalUnavailable, match="newer version of this program"),
    ):
        journal.head()


def test_migrations_run_in_the_journal_and_nowhere_else() -> None:
    from alembic import command

    assert ScriptDirectory.from_config(migrations()).get_current_head() == NEWEST
    with pytest.raises(SystemExit, match="when the journal is opened"):
        command.upgrade(migrations(), "head")


# ---- what somebody changes in the database itself ---------------------------------------------


def tampered(folder: Path, *statements: str) -> Journal:
    """The journal after somebody with access to its file took the triggers away and did this."""
    with closing(sqlite3.connect(folder / "journal.sqlite")) as database:
        for name in ("update", "delete", "replace"):
            database.execute(f"DROP TRIGGER IF EXISTS event_no_{name}")
        for statement in statements:
            database.execute(statement)
        database.commit()
    return Journal.open(folder)


@pytest.mark.parametrize(
    "change",
    [
        *(f"by = 'eva{n}'" for n in range(4)),
        *(f'payload = \'{{"words":"{n}"}}\'' for n in range(4)),
        *("at = '2026-01-01'", "person = ''", "kind = 'review'", "text = 'u'", "claim = 'c'"),
        *("against = 'x'", "result = 'x'", "accepted = 0", "id = 'x'", "hash = 'x'"),
        *("claim = x'ff'", "payload = 7", "by = x'00'"),
    ],
)
def test_an_event_that_was_altered_is_found(tmp_path: Path, change: str) -> None:
    with new_journal(tmp_path) as journal:
        for text_id in "abc":
            journal.record(Entry("anne", "comment", text_id, payload={"words": "x"}))
    with tampered(tmp_path, f"UPDATE event SET {change} WHERE number = 2") as journal:
        found = journal.verify()
    assert (found.ok, found.broken, found.events) == (False, 2, 2)
    assert "event 2 was altered" in str(found.problem)


@pytest.mark.parametrize(
    ("statement", "name"),
    [
        ("UPDATE account SET role = 'administrator' WHERE name = 'luc'", "luc"),
        ("UPDATE account SET password = 'x' WHERE name = 'luc'", "luc"),
        ("UPDATE account SET person = 'x' WHERE name = 'zoe'", "zoe"),
        ("UPDATE account SET disabled = 1 WHERE name = 'anne'", "anne"),
        ("DELETE FROM account WHERE name = 'luc'", "luc"),
        ("UPDATE account SET name = 'bob' WHERE name = 'zoe'", "bob"),
        ("UPDATE account SET version = 9", None),  # a session ends, which harms nobody
    ],
)
def test_an_account_that_was_altered_is_found(
    tmp_path: Path, statement: str, name: str | None
) -> None:
    with new_journal(tmp_path) as journal, journal.writing() as connection:
        for one in ("luc", "anne", "zoe"):
            connection.execute(
                text(
                    "INSERT INTO account VALUES "
                    f"('{one}', 'P', 'editor', 'h', 0, 1, '2026-01-01T00:00:00+00:00')"
                )
            )
        know_accounts(connection)
    with tampered(tmp_path) as journal:
        assert journal.verify().ok
        assert [one.payload["account"] for one in journal.events()] == ["anne", "luc", "zoe"]
    with tampered(tmp_path, statement) as journal:
        found = journal.verify()
    assert found.ok is (name is None)
    assert found.broken is None
    if name:
        assert f"the account '{name}' is not as the journal recorded it" in str(found.problem)


@pytest.mark.parametrize("events", [0, 1])
def test_an_account_of_which_nothing_was_recorded_is_found(tmp_path: Path, events: int) -> None:
    with new_journal(tmp_path) as journal:
        for _ in range(events):
            journal.record(Entry("anne", "comment", "t", payload={"words": "x"}))
    added = "INSERT INTO account VALUES ('eva', 'E', 'administrator', 'h', 0, 1, '2026-01-01')"
    with tampered(tmp_path, added) as journal:
        assert "the account 'eva'" in str(journal.verify().problem)
