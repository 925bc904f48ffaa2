"""Accounts: what each role may do, passwords, and guessing that locks nobody else out."""

from __future__ import annotations

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from evidence.journal import Journal, accounts
from evidence.journal.accounts import ACTIONS, ROLES, AccountError, Accounts, Throttled, may
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
    again = anne.add("anne", "editor", "another fine password", replace=True)
    assert (again.version, again.role) == (2, "editor")
    assert anne.authenticate("anne", PASSWORD, "::1", NOW) is None
    assert anne.disable("anne").version == 3
    assert anne.authenticate("anne", "another fine password", "::1", NOW) is None
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
    for _ in range(accounts.FREE_TRIES):
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
    monkeypatch.setattr(accounts, "FREE_FOR_NAME", 8)  # hashing fifty times takes its time
    assert anne.authenticate("anne", PASSWORD, "192.0.2.1", NOW) is not None
    for number in range(accounts.FREE_FOR_NAME):
        fails(anne, "anne", f"198.51.100.{number}", NOW)
    with pytest.raises(Throttled):
        anne.authenticate("anne", PASSWORD, "203.0.113.7", NOW)
    assert anne.authenticate("anne", PASSWORD, "192.0.2.1", NOW) is not None


def test_an_address_that_tries_many_names_is_slowed(
    anne: Accounts, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(accounts, "FREE_FROM_ADDRESS", 6)
    for number in range(accounts.FREE_FROM_ADDRESS):
        fails(anne, f"name{number}", "10.0.0.9", NOW)
    with pytest.raises(Throttled):
        anne.authenticate("one-more", PASSWORD, "10.0.0.9", NOW)
    assert anne.authenticate("anne", PASSWORD, "10.0.0.8", NOW) is not None


def test_failures_are_forgotten(anne: Accounts) -> None:
    for _ in range(accounts.FREE_TRIES):
        fails(anne, "anne", "10.0.0.9", NOW)
    later = NOW + accounts.MEMORY + 1
    for _ in range(accounts.FREE_TRIES):
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
    assert outcomes.count("compared") == accounts.FREE_TRIES


def test_a_clock_that_is_set_back_makes_nobody_wait_longer(anne: Accounts) -> None:
    for _ in range(accounts.FREE_TRIES):
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
    for _ in range(accounts.FREE_TRIES):
        fails(anne, "anne", "10.0.0.9", NOW)
    with pytest.raises(Throttled):
        anne.authenticate("anne", PASSWORD, "10.0.0.9", NOW)
    with pytest.raises(Throttled):
        anne.authenticate("anne", PASSWORD, "10.0.0.9", NOW, "a token that was guessed")
    assert anne.authenticate("anne", PASSWORD, "10.0.0.9", NOW, token) is not None
    with pytest.raises(Throttled):  # the browser's success says nothing of the address
        anne.authenticate("anne", PASSWORD, "10.0.0.9", NOW)
    for _ in range(accounts.FREE_TRIES):  # and a stolen browser gets no more tries than others
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
