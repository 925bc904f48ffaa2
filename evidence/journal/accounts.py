"""People who sign in: roles, passwords, sessions; who gave them to whom stands in the chain.

Passwords are in `passwords`, how guessing is slowed down in `attempts`. Every change of an account
is an event of the journal, so that one made in the database itself is found by its verification.
"""

from __future__ import annotations

import hashlib
import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal, get_args

from sqlalchemy import Connection, delete, select

from evidence.journal import attempts
from evidence.journal.event import Entry, canonical
from evidence.journal.passwords import (
    AccountError,
    Throttled,
    check_password,
    hashed,
    is_outdated,
    matches,
)
from evidence.journal.schema import ACCOUNT, SESSION
from evidence.journal.store import Journal, account_payload, append
from references.errors import NotFound

__all__ = [
    "ACTIONS",
    "ROLES",
    "SESSION_LASTS",
    "Account",
    "AccountError",
    "Accounts",
    "Role",
    "Throttled",
    "may",
]

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

#: Who changes accounts at the command line, as the journal names them.
COMMAND_LINE = "evidence"
#: A session ends so long after signing in, in seconds.
SESSION_LASTS = 12 * 3600.0
#: Seconds that the clock may be set back without ending the sessions of now.
_SET_BACK = 300.0


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
        self,
        name: str,
        role: str,
        password: str,
        person: str = "",
        replace: bool = False,
        by: str = COMMAND_LINE,
    ) -> Account:
        """Make an account; with `replace` give an existing one another password and role.

        Args:
            name: what it signs in with.
            role: one of `ROLES`.
            password: its first one.
            person: the name shown and signed with.
            replace: whether there may be one of this name.
            by: the account of who makes it.

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
        values = {"person": person, "role": role, "password": hashed(password), "disabled": False}
        with self._journal.writing() as connection:
            row = _row(connection, name)
            if row and replace and role != "administrator":
                _leave_an_administrator(connection, name)
            if row is None:
                created = datetime.now(UTC).isoformat(timespec="seconds")
                connection.execute(
                    ACCOUNT.insert().values(name=name, version=1, created=created, **values)
                )
            elif replace:
                _change(connection, row, version=row["version"] + 1, **values)
            else:
                raise AccountError(
                    "There is an account '{name}' already; change it with --replace.", name=name
                )
            attempts.forget(connection, name)
            return _recorded(connection, name, "changed" if row else "made", by)

    def disable(self, name: str, by: str = COMMAND_LINE) -> Account:
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
            _change(connection, row, version=row["version"] + 1, disabled=True)
            return _recorded(connection, name, "closed", by)

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
            Throttled: too many wrong passwords, or too many at once; nothing was compared.
        """
        name, address, token = name.strip().lower()[:80], address[:80], attempts.token_of(device)
        now = time.time() if now is None else now
        with self._journal.writing() as connection:
            wait = attempts.begin(connection, name, address, token, now)
            row = _row(connection, name)
        if wait > 0:
            raise Throttled(wait)
        if not matches(row["password"] if row else None, password) or not row or row["disabled"]:
            return None
        renewed = hashed(password) if is_outdated(row["password"]) else ""
        with self._journal.writing() as connection:
            attempts.succeed(connection, name, address, token, now)
            if renewed and row == _row(connection, name):
                _change(connection, row, password=renewed)
                _recorded(connection, name, "password", name)
        return _account(row)

    def change_password(self, account: Account, new: str) -> Account:
        """Give an account another password; its sessions elsewhere are over.

        That the person knows the old one is the caller's to ask (`authenticate`).

        Raises:
            AccountError: the password is weak, or the account was closed or changed meanwhile.
        """
        check_password(new, account.name, account.person)
        password = hashed(new)
        with self._journal.writing() as connection:
            row = _row(connection, account.name)
            if row is None or row["version"] != account.version or row["disabled"]:
                raise AccountError(
                    "The account '{name}' was changed meanwhile; sign in again.", name=account.name
                )
            _change(connection, row, version=account.version + 1, password=password)
            return _recorded(connection, account.name, "password", account.name)

    # ---- sessions -----------------------------------------------------------------------

    def begin_session(self, account: Account, now: float | None = None) -> str:
        """A session for somebody who proved who they are: the token that names it from now on."""
        token, now = secrets.token_urlsafe(32), time.time() if now is None else now
        with self._journal.writing() as connection:
            connection.execute(delete(SESSION).where(SESSION.c.since < now - SESSION_LASTS))
            connection.execute(
                SESSION.insert().values(
                    key=_key(token), name=account.name, version=account.version, since=now
                )
            )
        return token

    def of_session(self, token: str, now: float | None = None) -> Account | None:
        """Who a session belongs to; None when it is over."""
        now = time.time() if now is None else now
        query = select(ACCOUNT, SESSION.c.since).where(
            SESSION.c.key == _key(token),
            SESSION.c.name == ACCOUNT.c.name,
            SESSION.c.version == ACCOUNT.c.version,
            ACCOUNT.c.disabled.is_(False),
        )
        with self._journal.reading() as connection:
            row = connection.execute(query).mappings().one_or_none()
        fresh = row is not None and -_SET_BACK < now - row["since"] < SESSION_LASTS
        return _account(dict(row)) if row and fresh else None

    def end_session(self, token: str) -> None:
        """End a session: its token is worth nothing any more, wherever it was copied to."""
        with self._journal.writing() as connection:
            connection.execute(delete(SESSION).where(SESSION.c.key == _key(token)))


def _key(token: str) -> str:
    """What is stored of a token: whoever reads the database cannot sign in with it."""
    return hashlib.sha256(token.encode()).hexdigest()


def _change(connection: Connection, row: Mapping[str, Any], **values: Any) -> None:
    connection.execute(ACCOUNT.update().where(ACCOUNT.c.name == row["name"]).values(**values))


def _recorded(connection: Connection, name: str, change: str, by: str) -> Account:
    """An account after a change, which becomes an event of the journal in the same transaction."""
    row = _row(connection, name) or {}
    payload = account_payload(row, change)
    append(connection, Entry(by[:80], "account", "", payload=payload), canonical(payload))
    return _account(row)


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
