"""How repeated guessing of passwords is slowed down, and why it locks nobody else out.

A name from one address waits longer after each wrong password. Beyond that, an address that tries
many names and a name that many addresses try are slowed to one attempt in some seconds: enough to
make guessing hopeless, and little for somebody else who signs in from there. Neither holds anybody
up who signed in from their address before, nor does the address where a browser carries a token of
signing in before (a "device cookie", as OWASP describes them).

No wait is longer than its delay, whatever the clock of the machine does.
"""

from __future__ import annotations

import hashlib

from sqlalchemy import Connection, delete, func, select, update

from evidence.journal.schema import ATTEMPT

FREE_TRIES = 5  # wrong passwords before waiting begins, for one name from one address
FREE_FROM_ADDRESS = 30  # ... and for all names from one address
FREE_FOR_NAME = 50  # ... and for one name from addresses that never signed in as it
LONGEST_WAIT = 900.0  # seconds, for one name from one address
LONGEST_SHARED_WAIT = 10.0  # seconds, for what others did
MEMORY = 3600.0  # seconds after which a failure is forgotten
KNOWN_FOR = 90 * 86_400.0  # seconds an address or a browser stays known after signing in


def token_of(device: str) -> str:
    """The place that stands for a browser: no secret of it is stored; "" without one."""
    return f"device {hashlib.sha256(device.encode()).hexdigest()[:40]}" if device else ""


def begin(connection: Connection, name: str, address: str, token: str, now: float) -> float:
    """Count an attempt before it is compared, so that many at once are not free.

    Returns:
        Seconds that it has to wait; above 0 it is not counted and must not be compared.
    """
    # Where the clock was set back: what happened "later" happened now.
    connection.execute(update(ATTEMPT).where(ATTEMPT.c.failed > now).values(failed=now))
    place = _place(connection, name, address, token, now)
    wait = _wait(connection, name, place, now)
    if wait <= 0:
        _remember(connection, name, place, now, right=False)
    return wait


def succeed(connection: Connection, name: str, address: str, token: str, now: float) -> None:
    """Forget the failures of somebody who signed in, and know their place from now on."""
    place = _place(connection, name, address, token, now)
    for one in dict.fromkeys((place, token or place)):
        _remember(connection, name, one, now, right=True)


def forget(connection: Connection, name: str) -> None:
    """Forget every attempt of a name."""
    connection.execute(delete(ATTEMPT).where(ATTEMPT.c.name == name))


def _place(connection: Connection, name: str, address: str, token: str, now: float) -> str:
    """By what an attempt is counted: the browser once it signed in, else the address."""
    return token if token and _knows(connection, name, token, now) else address


def _knows(connection: Connection, name: str, place: str, now: float) -> bool:
    """Whether somebody signed in as `name` from this place not long ago."""
    known = select(ATTEMPT.c.succeeded).where(
        (ATTEMPT.c.name == name) & (ATTEMPT.c.address == place)
    )
    return float(connection.execute(known).scalar() or 0.0) >= now - KNOWN_FOR


def _wait(connection: Connection, name: str, address: str, now: float) -> float:
    """How long the next attempt has to wait, in seconds."""

    def left(failures: int | None, last: float, free: int, longest: float) -> float:
        """Nobody waits at first; then it doubles, from the last failure on."""
        if not failures or failures < free:
            return 0.0
        return last + min(longest, 2.0 ** min(failures - free, 60)) - now

    recent = ATTEMPT.c.failed > now - MEMORY
    sums = select(func.sum(ATTEMPT.c.failures), func.max(ATTEMPT.c.failed)).where(recent)
    here = connection.execute(
        select(ATTEMPT.c.failures, ATTEMPT.c.failed, ATTEMPT.c.succeeded).where(
            (ATTEMPT.c.name == name) & (ATTEMPT.c.address == address)
        )
    ).one_or_none()
    # No wait is as long as a failure is remembered: one that is forgotten makes nobody wait.
    waits = [left(here.failures, here.failed, FREE_TRIES, LONGEST_WAIT)] if here else [0.0]
    if not here or here.succeeded < now - KNOWN_FOR:
        # Who signed in from here before is not held up by what others try.
        strangers = (ATTEMPT.c.name == name) & (ATTEMPT.c.succeeded < now - KNOWN_FOR)
        for those, free in (
            (ATTEMPT.c.address == address, FREE_FROM_ADDRESS),
            (strangers, FREE_FOR_NAME),
        ):
            failures, last = connection.execute(sums.where(those)).one()
            waits.append(left(failures, last, free, LONGEST_SHARED_WAIT))
    return max(waits)


def _remember(connection: Connection, name: str, address: str, now: float, right: bool) -> None:
    """Count an attempt, and forget those that no longer matter."""
    key = (ATTEMPT.c.name == name) & (ATTEMPT.c.address == address)
    row = connection.execute(select(ATTEMPT).where(key)).one_or_none()
    if right:
        values = {"failures": 0, "failed": 0.0, "succeeded": now}
    else:
        before = row.failures if row and row.failed > now - MEMORY else 0
        values = {"failures": before + 1, "failed": now, "succeeded": row.succeeded if row else 0.0}
    if row:
        connection.execute(ATTEMPT.update().where(key).values(values))
    else:
        connection.execute(ATTEMPT.insert().values(name=name, address=address, **values))
    connection.execute(
        delete(ATTEMPT).where(
            (ATTEMPT.c.failed < now - MEMORY) & (ATTEMPT.c.succeeded < now - KNOWN_FOR) & ~key
        )
    )
