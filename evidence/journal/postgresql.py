"""Connections to PostgreSQL on which nobody waits without end.

A server that is frozen, or whose disk hangs, keeps its connections open and answers nothing:
no setting of the connection notices that, so whoever waits looks at the clock.
"""

from __future__ import annotations

import time
from collections.abc import Generator
from typing import Any

import psycopg
from sqlalchemy import Engine, event


def _until(waiting: Any, end: float) -> Generator[Any, Any, Any]:
    """Wait for a connection's socket, and wake it now and then so that it can look at the clock."""
    try:
        state = next(waiting)
        while True:
            came = yield state
            if not came and time.monotonic() > end:
                raise psycopg.OperationalError("the server does not answer")
            state = waiting.send(came)
    except StopIteration as done:
        return done.value


class Connection(psycopg.Connection[Any]):
    """A connection that is closed when the server lets a question wait too long."""

    #: How long an answer may take, in seconds.
    patience = 0.0

    def wait(self, gen: Any, *args: Any, **settings: Any) -> Any:
        """What the server answers.

        Raises:
            psycopg.OperationalError: it does not answer in time.
        """
        end = time.monotonic() + self.patience
        try:
            return super().wait(_until(gen, end), *args, **settings)
        except psycopg.OperationalError:
            if time.monotonic() > end:
                self.close()
            raise


def limit_waiting(engine: Engine, patience: float) -> None:
    """Let an engine make such connections.

    Args:
        engine: one of PostgreSQL.
        patience: how long an answer may take, in seconds.
    """

    @event.listens_for(engine, "do_connect")
    def connect(_dialect: Any, _record: Any, words: Any, settings: Any) -> Connection:
        connection = Connection.connect(*words, **settings)
        connection.patience = patience
        return connection

    @event.listens_for(engine, "checkin")
    def given_back(connection: Connection | None, _record: Any) -> None:
        if connection is not None:
            connection.patience = patience
