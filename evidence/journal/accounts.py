"""People who sign in: roles, passwords, and how repeated guessing is slowed down.

Passwords are hashed with Argon2id (RFC 9106, the library's recommended parameters). Guessing is
slowed for the pair of name and client address, and for an address that tries many names. Nobody
can lock somebody else out: guesses from elsewhere hold nobody up who signed in from their address
before, and guesses from the same address (a hospital often has a single one) hold nobody up whose
browser carries a token of signing in before (a "device cookie", as OWASP describes them).
"""

from __future__ import annotations

import hashlib
import time
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cache
from typing import Any, Literal, get_args

from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error, InvalidHashError
from sqlalchemy import Connection, delete, func, select

from evidence.journal.schema import ACCOUNT, ATTEMPT
from evidence.journal.store import Journal
from references.errors import NotFound, UserError

Role = Literal["reader", "editor", "approver", "administrator"]
ROLES: tuple[Role, ...] = get_args(Role)

#: What each role may do beyond the one before it.
_ADDED: dict[str, tuple[str, ...]] = {
    "reader": ("read",),
    "editor": (
        "comment",
        "assign",
        "link",
        "review",
        "check-source",
        "load",
        "draft",
        "report",
        "send-for-review",
    ),
    "approver": ("sign", "remove-claim", "resolve", "publish"),
    "administrator": ("accounts", "apply", "backup", "delete-text"),
}
ACTIONS = tuple(action for role in ROLES for action in _ADDED[role])

SHORTEST, LONGEST = 12, 200
FREE_TRIES = 5  # wrong passwords before waiting begins, for one name from one address
FREE_FROM_ADDRESS = 30  # ... and for all names from one address
FREE_FOR_NAME = 50  # ... and for one name from addresses that never signed in as it
LONGEST_WAIT = 900.0  # seconds
MEMORY = 3600.0  # seconds after which a failure is forgotten
KNOWN_FOR = 90 * 86_400.0  # seconds an address or a browser stays known after signing in


class AccountError(UserError):
    """An account cannot be made or changed as asked."""


class Throttled(UserError):
    """Too many wrong passwords; `seconds` is how long to wait."""

    def __init__(self, seconds: float) -> None:
        self.seconds = max(1, round(seconds))
        super().__init__("Too many attempts; try again in {seconds} seconds.", seconds=self.seconds)


@dataclass(frozen=True)
class Account:
    """Somebody who may sign in. A session that carries another `version` is over."""

    name: str
    person: str
    role: Role
    disabled: bool
    version: int
    created: datetime


def may(role: str, action: str) -> bool:
    """Whether a role may do something; an unknown role may do nothing.

    Raises:
        ValueError: there is no such action (a mistake in the program).
    """
    if action not in ACTIONS:
        raise ValueError(f"unknown action {action!r}")
    if role not in ROLES:
        return False
    reached = ROLES[: ROLES.index(role) + 1]
    return any(action in _ADDED[one] for one in reached)


@cache
def _hasher() -> PasswordHasher:
    return PasswordHasher()


@cache
def _nobody() -> str:
    """A hash to compare with when the name is unknown, so that the answer takes as long."""
    return _hasher().hash("nobody has this password")


def _normal(password: str) -> str:
    return unicodedata.normalize("NFKC", password)


def check_password(password: str, name: str, person: str = "") -> None:
    """Refuse a password that is too easy: length is what counts (NIST SP 800-63B).

    Raises:
        AccountError: it is too short, too long, one character over and over, or a name.
    """
    plain = _normal(password)
    if not SHORTEST <= len(plain) <= LONGEST:
        raise AccountError(
            "A password has {shortest} to {longest} characters; several words do.",
            shortest=SHORTEST,
            longest=LONGEST,
        )
    simple = "".join(plain.lower().split())
    if len(set(simple)) < 5 or simple in (name.lower(), "".join(person.lower().split())):
        raise AccountError("This password is too easy to guess; take several words.")


class Accounts:
    """The accounts of an instance; they live in the journal's database."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal

    @property
    def is_empty(self) -> bool:
        """Whether nobody has an account yet."""
        with self._journal.reading() as connection:
            return connection.execute(select(ACCOUNT.c.name).limit(1)).first() is None

    def all(self) -> list[Account]:
        """Everybody, by name."""
        with self._journal.reading() as connection:
            rows = connection.execute(select(ACCOUNT).order_by(ACCOUNT.c.name)).mappings()
            return [_account(dict(row)) for row in rows]

    def get(self, name: str) -> Account | None:
        """The account of this name, or None."""
        with self._journal.reading() as connection:
            row = _row(connection, name.lower())
            return _account(row) if row else None

    def add(
        self, name: str, role: str, password: str, person: str = "", replace: bool = False
    ) -> Account:
        """Make an account; with `replace` give an existing one another password and role.

        `person` is the name shown and signed with.

        Raises:
            AccountError: the name is taken or not usable, the role unknown, the password weak, or
                nobody would be left to keep the accounts.
        """
        name = name.strip().lower()
        if not 2 <= len(name) <= 80 or not all(c.isalnum() or c in "._-@" for c in name):
            raise AccountError(
                "'{name}' cannot be a name of an account; use 2 to 80 letters, digits, . _ - @.",
                name=name,
            )
        if role not in ROLES:
            raise AccountError(
                "'{role}' is no role; use one of {roles}.", role=role, roles=", ".join(ROLES)
            )
        person = " ".join(person.split()) or name
        if len(person) > 200:
            raise AccountError("The name of the person is longer than 200 characters.")
        check_password(password, name, person)
        hashed = _hasher().hash(_normal(password))
        with self._journal.writing() as connection:
            row = _row(connection, name)
            if row and replace and role != "administrator":
                _leave_an_administrator(connection, name)
            values = {"person": person, "role": role, "password": hashed, "disabled": False}
            if row is None:
                created = datetime.now(UTC).isoformat(timespec="seconds")
                connection.execute(
                    ACCOUNT.insert().values(name=name, version=1, created=created, **values)
                )
            elif replace:
                connection.execute(
                    ACCOUNT.update()
                    .where(ACCOUNT.c.name == name)
                    .values(version=row["version"] + 1, **values)
                )
            else:
                raise AccountError(
                    "There is an account '{name}' already; change it with --replace.", name=name
                )
            connection.execute(delete(ATTEMPT).where(ATTEMPT.c.name == name))
        account = self.get(name)
        if account is None:  # removed between the two transactions: there is no such command
            raise AccountError("The account '{name}' is gone.", name=name)
        return account

    def disable(self, name: str) -> Account:
        """Close an account and end its sessions; what it wrote and signed stays.

        Raises:
            NotFound: there is no such account.
            AccountError: it is the last administrator that can sign in.
        """
        name = name.strip().lower()
        with self._journal.writing() as connection:
            row = _row(connection, name)
            if row is None:
                raise NotFound("There is no account '{name}'; see 'evidence user list'.", name=name)
            _leave_an_administrator(connection, name)
            connection.execute(
                ACCOUNT.update()
                .where(ACCOUNT.c.name == name)
                .values(disabled=True, version=row["version"] + 1)
            )
        return _account({**row, "disabled": True, "version": row["version"] + 1})

    def authenticate(
        self,
        name: str,
        password: str,
        address: str,
        now: float | None = None,
        device: str = "",
    ) -> Account | None:
        """The account when name and password are right, else None.

        `address` is the client's network address; `now` is in seconds since the epoch; `device`
        is a random token that the client keeps. Once somebody signed in with it, their further
        attempts are counted by it and no longer by the address.

        Raises:
            Throttled: too many wrong passwords; nothing was compared.
        """
        name, address = name.strip().lower()[:80], address[:80]
        token = f"device {hashlib.sha256(device.encode()).hexdigest()[:40]}" if device else ""
        now = time.time() if now is None else now
        with self._journal.writing() as connection:
            place = token if token and _knows(connection, name, token, now) else address
            wait = _wait(connection, name, place, now)
            # Counted before it is compared: many attempts at once are not free.
            if wait <= 0:
                _remember(connection, name, place, now, right=False)
            row = _row(connection, name)
        if wait > 0:
            raise Throttled(wait)
        hashed = row["password"] if row else _nobody()
        matches = True
        try:
            _hasher().verify(hashed, _normal(password[: LONGEST + 1]))
        except (Argon2Error, InvalidHashError):
            matches = False
        if not matches or row is None or row["disabled"]:
            return None
        with self._journal.writing() as connection:
            for one in dict.fromkeys((place, token or place)):
                _remember(connection, name, one, now, right=True)
            if _hasher().check_needs_rehash(hashed):
                connection.execute(
                    ACCOUNT.update()
                    .where(ACCOUNT.c.name == name)
                    .values(password=_hasher().hash(_normal(password)))
                )
        return _account(row)

    def change_password(self, account: Account, new: str) -> Account:
        """Give an account another password; its sessions elsewhere are over.

        That the person knows the old one is the caller's to ask (`authenticate`).

        Raises:
            AccountError: the password is weak, or the account was closed or changed meanwhile.
        """
        check_password(new, account.name, account.person)
        hashed = _hasher().hash(_normal(new))
        with self._journal.writing() as connection:
            done = connection.execute(
                ACCOUNT.update()
                .where(ACCOUNT.c.name == account.name)
                .where(ACCOUNT.c.version == account.version)
                .where(ACCOUNT.c.disabled.is_(False))
                .values(password=hashed, version=account.version + 1)
            )
            if done.rowcount != 1:
                raise AccountError(
                    "The account '{name}' was changed meanwhile; sign in again.", name=account.name
                )
        return replace(account, version=account.version + 1)


def _leave_an_administrator(connection: Connection, name: str) -> None:
    """Refuse to take the last open administrator away.

    Raises:
        AccountError: nobody else could keep the accounts.
    """
    administrators = connection.execute(
        select(ACCOUNT.c.name)
        .where(ACCOUNT.c.role == "administrator")
        .where(ACCOUNT.c.disabled.is_(False))
    ).scalars()
    if list(administrators) == [name]:
        raise AccountError("'{name}' is the only administrator; make another one first.", name=name)


def _row(connection: Connection, name: str) -> dict[str, Any] | None:
    """The row of an account, or None."""
    row = connection.execute(select(ACCOUNT).where(ACCOUNT.c.name == name)).mappings()
    account = row.one_or_none()
    return dict(account) if account else None


def _account(row: Mapping[str, Any]) -> Account:
    return Account(
        row["name"],
        row["person"],
        row["role"],
        bool(row["disabled"]),
        row["version"],
        datetime.fromisoformat(row["created"]),
    )


def _delay(failures: int, free: int) -> float:
    """Seconds to wait after a number of failures: none at first, then doubling."""
    return min(LONGEST_WAIT, 2.0 ** (failures - free)) if failures >= free else 0.0


def _knows(connection: Connection, name: str, place: str, now: float) -> bool:
    """Whether somebody signed in as `name` from this place not long ago."""
    known = select(ATTEMPT.c.succeeded).where(
        (ATTEMPT.c.name == name) & (ATTEMPT.c.address == place)
    )
    return float(connection.execute(known).scalar() or 0.0) >= now - KNOWN_FOR


def _wait(connection: Connection, name: str, address: str, now: float) -> float:
    """How long the next attempt has to wait, in seconds."""

    def left(row: tuple[int | None, float | None], free: int) -> float:
        delay = _delay(row[0] or 0, free)
        # Without a delay nobody waits, not even when the last attempt was made just now.
        # Nor does anybody wait longer than the delay when the clock has been set back.
        return min(delay, (row[1] or 0.0) + delay - now) if delay else 0.0

    recent = ATTEMPT.c.failed > now - MEMORY
    sums = select(func.sum(ATTEMPT.c.failures), func.max(ATTEMPT.c.failed)).where(recent)
    here = connection.execute(
        select(ATTEMPT.c.failures, ATTEMPT.c.failed, ATTEMPT.c.succeeded).where(
            (ATTEMPT.c.name == name) & (ATTEMPT.c.address == address)
        )
    ).one_or_none()
    failures = here.failures if here and here.failed > now - MEMORY else 0
    waits = [left((failures, here.failed if here else 0.0), FREE_TRIES)]
    if not here or here.succeeded < now - KNOWN_FOR:
        # Who signed in from here before is not held up by what others try.
        strangers = (ATTEMPT.c.name == name) & (ATTEMPT.c.succeeded < now - KNOWN_FOR)
        for those, free in (
            (ATTEMPT.c.address == address, FREE_FROM_ADDRESS),
            (strangers, FREE_FOR_NAME),
        ):
            waits.append(left(tuple(connection.execute(sums.where(those)).one()), free))
    return max(waits)


def _remember(connection: Connection, name: str, address: str, now: float, right: bool) -> None:
    """Count an attempt, and forget those that no longer matter."""
    key = (ATTEMPT.c.name == name) & (ATTEMPT.c.address == address)
    row = connection.execute(select(ATTEMPT).where(key)).mappings().one_or_none()
    if row is None:
        values = {"failures": 0, "failed": 0.0, "succeeded": 0.0}
        connection.execute(ATTEMPT.insert().values(name=name, address=address, **values))
    else:
        values = {n: row[n] for n in ("failures", "failed", "succeeded")}
    if right:
        values = {"failures": 0, "failed": 0.0, "succeeded": now}
    else:
        stale = values["failed"] <= now - MEMORY
        values |= {"failures": 1 if stale else values["failures"] + 1, "failed": now}
    connection.execute(ATTEMPT.update().where(key).values(**values))
    connection.execute(
        delete(ATTEMPT).where(
            (ATTEMPT.c.failed < now - MEMORY) & (ATTEMPT.c.succeeded < now - KNOWN_FOR) & ~key
        )
    )
