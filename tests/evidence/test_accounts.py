"""Accounts: what each role may do, passwords, and guessing that locks nobody else out."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from evidence.journal import Entry, Journal, attempts, passwords
from evidence.journal.accounts import (
    ACTIONS,
    ROLES,
    SESSION_LASTS,
    AccountError,
    Accounts,
    Throttled,
    may,
)
from references.errors import NotFound

PASSWORD = "quatre mots bien choisis"
NOW = 1_800_000_000.0


@pytest.fixture
def people(tmp_path: Path) -> Iterator[Accounts]:
    with Journal.open(tmp_path) as journal:
        yield Accounts(journal)


@pytest.fixture
def anne(people: Accounts) -> Accounts:
    people.add("anne", "approver", PASSWORD, "Dr Anne Moreau")
    return people


def fails(people: Accounts, name: str, address: str, now: float) -> None:
    assert people.authenticate(name, "a wrong password", address, now) is None


def test_each_role_may_what_the_one_before_it_may_and_more() -> None:
    allowed = [{action for action in ACTIONS if may(role, action)} for role in ROLES]
    for less, more in pairwise(allowed):
        assert less < more
    assert allowed[0] == {"read"}
    assert allowed[-1] == set(ACTIONS)
    assert not may("editor", "sign")
    assert may("approver", "sign")
    assert not may("approver", "accounts")
    assert not may("nobody", "read")
    with pytest.raises(ValueError, match="unknown action"):
        may("editor", "fly")


def test_signing_in(anne: Accounts) -> None:
    account = anne.authenticate(" Anne ", PASSWORD, "10.0.0.1", NOW)
    assert account is not None
    assert (account.person, account.role, account.version) == ("Dr Anne Moreau", "approver", 1)
    assert anne.authenticate("anne", PASSWORD + "x", "10.0.0.1", NOW) is None
    assert anne.authenticate("nobody", PASSWORD, "10.0.0.1", NOW) is None


def test_the_password_is_not_stored(anne: Accounts, tmp_path: Path) -> None:
    data = b"".join(path.read_bytes() for path in tmp_path.glob("journal.sqlite*"))
    assert PASSWORD.encode() not in data
    assert b"$argon2id$" in data


def test_the_same_password_typed_on_another_keyboard(people: Accounts) -> None:
    people.add("lea", "editor", "cafe\u0301 noir et chaud")
    assert people.authenticate("lea", "café noir et chaud", "::1", NOW) is not None


@pytest.mark.parametrize(
    ("name", "role", "password", "says"),
    [
        ("a", "editor", PASSWORD, "cannot be a name"),
        ("anne moreau", "editor", PASSWORD, "cannot be a name"),
        ("luc", "boss", PASSWORD, "no role"),
        ("luc", "editor", "short", "12 to 200"),
        ("luc", "editor", "x" * 201, "12 to 200"),
        ("luc", "editor", "aaaaaaaaaaaaaaaa", "too easy"),
        ("luc.durand.dr", "editor", "Luc.Durand.Dr", "too easy"),
        ("anne", "editor", PASSWORD, "already"),
    ],
)
def test_accounts_that_are_refused(
    anne: Accounts, name: str, role: str, password: str, says: str
) -> None:
    with pytest.raises(AccountError, match=says):
        anne.add(name, role, password)
    assert [account.name for account in anne.all()] == ["anne"]


def test_replacing_and_disabling_end_sessions(anne: Accounts) -> None:
    again = anne.add("anne", "editor", "encore quatre mots ailleurs", replace=True)
    assert (again.version, again.role) == (2, "editor")
    assert anne.authenticate("anne", PASSWORD, "::1", NOW) is None
    assert anne.disable("anne").version == 3
    assert anne.authenticate("anne", "encore quatre mots ailleurs", "::1", NOW) is None
    with pytest.raises(NotFound, match="no account 'luc'"):
        anne.disable("luc")


def test_the_last_administrator_stays(people: Accounts) -> None:
    people.add("root", "administrator", PASSWORD)
    with pytest.raises(AccountError, match="only administrator"):
        people.disable("root")
    with pytest.raises(AccountError, match="only administrator"):
        people.add("root", "editor", PASSWORD, replace=True)
    people.add("root", "administrator", PASSWORD, replace=True)
    people.add("other", "administrator", PASSWORD)
    assert people.disable("root").disabled


def test_guessing_is_slowed_more_and_more(anne: Accounts) -> None:
    now = NOW
    for _ in range(attempts.FREE_TRIES):
        fails(anne, "anne", "10.0.0.9", now)
    with pytest.raises(Throttled) as first:
        anne.authenticate("anne", PASSWORD, "10.0.0.9", now)
    now += first.value.seconds
    fails(anne, "anne", "10.0.0.9", now)
    with pytest.raises(Throttled) as second:
        anne.authenticate("anne", PASSWORD, "10.0.0.9", now)
    assert second.value.seconds > first.value.seconds
    assert "try again in" in str(second.value)
    now += second.value.seconds
    assert anne.authenticate("anne", PASSWORD, "10.0.0.9", now) is not None
    fails(anne, "anne", "10.0.0.9", now)  # the count began anew


def test_guessing_from_elsewhere_locks_nobody_out(
    anne: Accounts, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(attempts, "FREE_FOR_NAME", 8)  # hashing fifty times takes its time
    assert anne.authenticate("anne", PASSWORD, "192.0.2.1", NOW) is not None
    for number in range(attempts.FREE_FOR_NAME):
        fails(anne, "anne", f"198.51.100.{number}", NOW)
    with pytest.raises(Throttled):
        anne.authenticate("anne", PASSWORD, "203.0.113.7", NOW)
    assert anne.authenticate("anne", PASSWORD, "192.0.2.1", NOW) is not None


def test_an_address_that_tries_many_names_is_slowed(
    anne: Accounts, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(attempts, "FREE_FROM_ADDRESS", 6)
    for number in range(attempts.FREE_FROM_ADDRESS):
        fails(anne, f"name{number}", "10.0.0.9", NOW)
    with pytest.raises(Throttled):
        anne.authenticate("one-more", PASSWORD, "10.0.0.9", NOW)
    assert anne.authenticate("anne", PASSWORD, "10.0.0.8", NOW) is not None


def test_failures_are_forgotten(anne: Accounts) -> None:
    for _ in range(attempts.FREE_TRIES):
        fails(anne, "anne", "10.0.0.9", NOW)
    later = NOW + attempts.MEMORY + 1
    for _ in range(attempts.FREE_TRIES):
        fails(anne, "anne", "10.0.0.9", later)
    with pytest.raises(Throttled):
        anne.authenticate("anne", PASSWORD, "10.0.0.9", later)


def test_many_guesses_at_once_are_not_free(anne: Accounts) -> None:
    def guess(number: int) -> str:
        try:
            anne.authenticate("anne", f"guess number {number}", "10.0.0.9", NOW)
        except Throttled:
            return "slowed"
        return "compared"

    with ThreadPoolExecutor(8) as pool:
        outcomes = list(pool.map(guess, range(24)))
    assert outcomes.count("compared") == attempts.FREE_TRIES


def test_who_never_guessed_waits_some_seconds_for_neighbours_who_did(anne: Accounts) -> None:
    now = NOW
    for number in range(45):
        try:
            fails(anne, f"name{number}", "10.0.0.9", now)
        except Throttled as error:
            now += error.seconds
            fails(anne, f"name{number}", "10.0.0.9", now)
    with pytest.raises(Throttled) as waits:
        anne.authenticate("anne", PASSWORD, "10.0.0.9", now)
    assert waits.value.seconds <= attempts.LONGEST_SHARED_WAIT
    assert anne.authenticate("anne", PASSWORD, "10.0.0.9", now + waits.value.seconds) is not None


def test_a_clock_set_back_by_a_day_ends_the_wait_it_began(anne: Accounts) -> None:
    for _ in range(attempts.FREE_TRIES):
        fails(anne, "anne", "10.0.0.1", NOW)
    before = NOW - 86_400
    with pytest.raises(Throttled) as waits:
        anne.authenticate("anne", PASSWORD, "10.0.0.1", before)
    assert anne.authenticate("anne", PASSWORD, "10.0.0.1", before + waits.value.seconds)


def test_a_clock_that_is_set_back_makes_nobody_wait_longer(anne: Accounts) -> None:
    for _ in range(attempts.FREE_TRIES):
        fails(anne, "anne", "10.0.0.1", NOW)
    with pytest.raises(Throttled) as waits:
        anne.authenticate("anne", PASSWORD, "10.0.0.1", NOW - 86_400)
    assert waits.value.seconds == 1


def test_the_right_password_never_waits_for_others_signing_in_at_the_same_moment(
    people: Accounts,
) -> None:
    names = [f"editor{number}" for number in range(8)]
    for name in names:
        people.add(name, "editor", PASSWORD)
    with ThreadPoolExecutor(8) as pool:  # all behind one address, with the clock of this machine
        found = list(pool.map(lambda n: people.authenticate(n, PASSWORD, "10.0.0.1"), names))
    assert [account and account.name for account in found] == names


def test_a_browser_that_signed_in_before_is_not_held_up_by_its_neighbours(anne: Accounts) -> None:
    token = "a token made at random"
    assert anne.authenticate("anne", PASSWORD, "10.0.0.9", NOW, token) is not None
    for _ in range(attempts.FREE_TRIES):
        fails(anne, "anne", "10.0.0.9", NOW)
    with pytest.raises(Throttled):
        anne.authenticate("anne", PASSWORD, "10.0.0.9", NOW)
    with pytest.raises(Throttled):
        anne.authenticate("anne", PASSWORD, "10.0.0.9", NOW, "a token that was guessed")
    assert anne.authenticate("anne", PASSWORD, "10.0.0.9", NOW, token) is not None
    with pytest.raises(Throttled):  # the browser's success says nothing of the address
        anne.authenticate("anne", PASSWORD, "10.0.0.9", NOW)
    for _ in range(attempts.FREE_TRIES):  # and a stolen browser gets no more tries than others
        assert anne.authenticate("anne", "a wrong password", "10.0.0.9", NOW, token) is None
    with pytest.raises(Throttled):
        anne.authenticate("anne", PASSWORD, "10.0.0.9", NOW, token)


def test_another_password_ends_sessions_and_is_checked(anne: Accounts) -> None:
    account = anne.get("anne")
    assert account is not None
    with pytest.raises(AccountError, match="12 to 200"):
        anne.change_password(account, "short")
    changed = anne.change_password(account, "encore quatre mots ailleurs")
    assert changed.version == account.version + 1
    assert anne.get("anne") == changed
    assert anne.authenticate("anne", PASSWORD, "::1", NOW) is None
    assert anne.authenticate("anne", "encore quatre mots ailleurs", "::1", NOW) == changed
    with pytest.raises(AccountError, match="changed meanwhile"):
        anne.change_password(account, "une troisième suite de mots")


def test_the_commands(evidence: Any) -> None:
    made = json.loads(
        evidence(
            "user",
            "add",
            "c.martin",
            "--role",
            "approver",
            "--person",
            "Dr Claire Martin",
            "--password-stdin",
            "--json",
            stdin=f"{PASSWORD}\n",
        ).stdout
    )
    assert (made["name"], made["person"], made["role"]) == (
        "c.martin",
        "Dr Claire Martin",
        "approver",
    )
    assert (
        "already"
        in evidence(
            "user", "add", "c.martin", "--password-stdin", code=2, stdin=f"{PASSWORD}\n"
        ).stderr
    )
    assert (
        "12 to 200"
        in evidence("user", "add", "x.y", "--password-stdin", code=2, stdin="a\n").stderr
    )
    assert "can no longer" in evidence("user", "disable", "c.martin").stdout
    rows = json.loads(evidence("user", "list", "--json").stdout)
    assert [(row["name"], row["disabled"]) for row in rows] == [("c.martin", True)]
    assert "Claire Martin" in evidence("user", "list").stdout
    assert "no account" in evidence("user", "disable", "none", code=2).stderr
    said = evidence("user", "add", "zoe", code=2, stdin="").stderr
    assert "--password-stdin" in said


@pytest.mark.parametrize(
    "password",
    [
        *("administrator", "motdepasse12", "Password1234", "123456789012", "azertyuiopqs"),
        *("hopital12345", "hôpital12345", "editor editor", "qwertyuiop123", "abcdefghijkl"),
        *("motdepassemotdepasse", "Bonjour123456", "marseille13000", "abcabcabcabcabc"),
        *("Anne Moreau 1975", "1975-03-12-1975", "iloveyou12345"),
    ],
)
def test_a_password_that_many_take_is_refused(people: Accounts, password: str) -> None:
    with pytest.raises(AccountError, match="too easy"):
        people.add("editor", "editor", password, "Dr Anne Moreau")
    assert people.all() == []


@pytest.mark.parametrize(
    "password",
    [PASSWORD, "correct horse battery staple", "Qx7$kLm92#pT", "trois chats sur un toit"],
)
def test_words_that_hold_out_are_taken(people: Accounts, password: str) -> None:
    assert people.add("editor", "editor", password, "Dr Anne Moreau").role == "editor"


def test_a_session_ends_at_sign_out_after_its_time_and_with_its_account(anne: Accounts) -> None:
    account = anne.get("anne")
    assert account is not None
    mine, other = anne.begin_session(account, NOW), anne.begin_session(account, NOW)
    assert anne.of_session(mine, NOW) == anne.of_session(other, NOW + 1) == account
    assert anne.of_session("guessed", NOW) is None
    anne.end_session(mine)
    assert anne.of_session(mine, NOW) is None
    assert anne.of_session(other, NOW + SESSION_LASTS - 1) == account
    assert anne.of_session(other, NOW + SESSION_LASTS) is None
    assert anne.of_session(other, NOW - 86_400) is None  # a clock set back prolongs nothing
    anne.change_password(account, "encore quatre mots ailleurs")
    assert anne.of_session(other, NOW) is None


def test_what_the_database_keeps_of_a_session_opens_none(anne: Accounts, tmp_path: Path) -> None:
    account = anne.get("anne")
    assert account is not None
    token = anne.begin_session(account)
    stored = b"".join(path.read_bytes() for path in tmp_path.glob("journal.sqlite*"))
    assert token.encode() not in stored


def test_who_made_whom_what_stands_in_the_chain(anne: Accounts, tmp_path: Path) -> None:
    anne.add("luc", "editor", PASSWORD, "Luc", by="anne")
    anne.add("luc", "administrator", PASSWORD, "Luc", replace=True, by="anne")
    anne.add("root", "administrator", PASSWORD)
    anne.disable("luc", by="anne")
    with Journal.open(tmp_path) as journal:
        told = [
            (e.by, e.payload["change"], e.payload["account"], e.payload["role"])
            for e in journal.events()
        ]
        assert told == [
            ("evidence", "made", "anne", "approver"),
            ("anne", "made", "luc", "editor"),
            ("anne", "changed", "luc", "administrator"),
            ("evidence", "made", "root", "administrator"),
            ("anne", "closed", "luc", "administrator"),
        ]
        assert journal.verify().ok
        assert PASSWORD not in json.dumps([e.as_dict() for e in journal.events()])


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE account SET role = 'administrator' WHERE name = 'anne'",
        "UPDATE account SET disabled = 1 WHERE name = 'anne'",
        "UPDATE account SET password = 'x' WHERE name = 'anne'",
        "DELETE FROM account WHERE name = 'anne'",
        "INSERT INTO account SELECT 'eve', person, role, password, disabled, version, created "
        "FROM account",
    ],
)
def test_an_account_changed_in_the_database_is_found(
    anne: Accounts, tmp_path: Path, change: str
) -> None:
    with closing(sqlite3.connect(tmp_path / "journal.sqlite")) as database:
        database.execute(change)
        database.commit()
    with Journal.open(tmp_path) as journal:
        checked = journal.verify()
    assert not checked.ok
    assert "is not as the journal recorded it" in str(checked.problem)


@pytest.mark.parametrize("how", ["REPLACE", "INSERT OR REPLACE"])
@pytest.mark.parametrize("key", ["number", "id", "hash"])
def test_replace_does_not_pass_the_triggers(
    anne: Accounts, tmp_path: Path, how: str, key: str
) -> None:
    columns = "number id at by person kind text claim against result accepted payload previous hash"
    values = ", ".join(
        column if column == key else f"{column} || 'x'" if column != "number" else "number + 9"
        for column in columns.split()
    )
    with closing(sqlite3.connect(tmp_path / "journal.sqlite")) as database:
        before = database.execute("SELECT * FROM event").fetchall()
        with pytest.raises(sqlite3.IntegrityError, match="append-only"):
            database.execute(f"{how} INTO event SELECT {values} FROM event")
        assert database.execute("SELECT * FROM event").fetchall() == before


def test_accounts_of_an_older_journal_are_taken_into_the_chain(tmp_path: Path) -> None:
    with Journal.open(tmp_path) as journal:
        Accounts(journal).add("anne", "editor", PASSWORD)
    with closing(sqlite3.connect(tmp_path / "journal.sqlite")) as database:
        for undone in (
            "DROP TRIGGER event_no_delete",
            "DROP TRIGGER event_no_replace",
            "DROP TABLE session",
            "DELETE FROM event",
            f"UPDATE head SET number = 0, hash = '{'0' * 64}'",
            "CREATE TRIGGER event_no_delete BEFORE DELETE ON event "
            "BEGIN SELECT RAISE(ABORT, 'the journal is append-only'); END",
            "UPDATE alembic_version SET version_num = '0002'",
        ):
            database.execute(undone)
        database.commit()
    with Journal.open(tmp_path) as journal:
        assert journal.verify().ok
        (event,) = journal.events()
        assert (event.kind, event.payload["change"], event.payload["role"]) == (
            "account",
            "known",
            "editor",
        )


def test_an_unknown_name_costs_the_work_of_a_known_one(
    anne: Accounts, monkeypatch: pytest.MonkeyPatch
) -> None:
    anne.add("bob", "editor", PASSWORD)
    anne.disable("bob")
    worked: list[str] = []
    hasher = passwords._hasher()

    class Noting:
        """The hasher, which notes what it works out: with which memory, passes and lanes."""

        def __getattr__(self, name: str) -> Any:
            return getattr(hasher, name)

        def hash(self, password: str) -> str:
            worked.append("a hash")
            return hasher.hash(password)

        def verify(self, stored: str, password: str) -> bool:
            worked.append(stored.rpartition("$")[0].rpartition("$")[0])
            return hasher.verify(stored, password)

    monkeypatch.setattr(passwords, "_hasher", lambda: Noting())
    costs = {}
    for name, password in (
        ("anne", "a wrong password"),
        ("nobody", "a wrong password"),
        ("bob", PASSWORD),
        ("no\0body", PASSWORD),
        ("n" * 5000, "p" * 5000),
    ):
        worked.clear()
        assert anne.authenticate(name, password, f"::{len(costs)}", NOW) is None
        costs[name] = list(worked)
    assert all(cost == costs["anne"] for cost in costs.values()), costs
    assert len(costs["anne"]) == 1


def test_many_who_sign_in_at_once_take_their_turns(
    people: Accounts, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = [f"editor{number}" for number in range(4)]
    for name in names:
        people.add(name, "editor", PASSWORD)
    working: list[int] = []
    most: list[int] = []
    verify = passwords._hasher().verify

    class Counting:
        def verify(self, stored: str, password: str) -> bool:
            working.append(1)
            most.append(len(working))
            try:
                return verify(stored, password)
            finally:
                working.pop()

        check_needs_rehash = staticmethod(passwords._hasher().check_needs_rehash)

    monkeypatch.setattr(passwords, "_hasher", lambda: Counting())
    monkeypatch.setattr(passwords, "PATIENCE", 600.0)  # a busy machine takes its time
    with ThreadPoolExecutor(16) as pool:
        found = list(
            pool.map(lambda n: people.authenticate(names[n % 4], PASSWORD, f"::{n}"), range(16))
        )
    assert all(found)
    assert max(most) <= passwords.AT_ONCE


def test_an_entry_sent_again_with_other_words_is_a_second_event(tmp_path: Path) -> None:
    first = Entry("anne", "comment", "t", payload={"words": "one"})
    with Journal.open(tmp_path) as journal:
        made = journal.record(first).event
        assert journal.record(first).event == made
        second = journal.record(replace(first, payload={"words": "two"})).event
        assert [e.payload["words"] for e in journal.events()] == ["one", "two"]
        assert second.id != first.id
        assert journal.verify().ok
