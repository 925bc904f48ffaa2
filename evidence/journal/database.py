"""The database that holds the journal: opened when first needed, reported when unavailable.

Whatever keeps it from being used (a server that is stopped, a damaged file, a full disk) is a
`JournalUnavailable`, which says nothing about what was asked. After a failure nobody asks again
for some seconds, so that a server whose database is away stays fast; then the first who comes
tries, and the journal is there again as soon as it is back.

A file that cannot be written where it is (a read-only or a full disk) is read from a copy.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout
from sqlalchemy import Connection, Engine, TextClause, create_engine, event, inspect, text
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError, SQLAlchemyError

from evidence.extras import missing
from evidence.journal.event import JournalUnavailable
from evidence.journal.glance import NEWEST
from evidence.journal.places import NoPlace, WritingPlaces
from references.errors import Message, message

#: Seconds that a reader and a writer wait for a database that others hold.
READING_WAIT, WRITING_WAIT = 4, 20
#: Seconds beyond that after which a PostgreSQL that says nothing is taken to be away.
SILENCE = 4
#: Seconds in which PostgreSQL must take a connection, and acknowledge what it was sent.
CONNECTING = {"connect_timeout": "3", "tcp_user_timeout": "8000"}
#: Seconds after a failure in which the database is not asked again.
PAUSE = 5.0

_ADVISORY = 0x45564944  # the lock number of our migrations in PostgreSQL
_RELEASE = text("SELECT version_num FROM alembic_version")
#: Locks by name, held by a connection until it gives them back or ends.
_TRY_LOCK = text("SELECT pg_try_advisory_lock(hashtextextended(:name, 0))")
_UNLOCK = text("SELECT pg_advisory_unlock(hashtextextended(:name, 0))")
_ASKED_AGAIN = 0.1  # seconds between two tries of a lock that others hold
#: What SQLite says of a file that may be whole and cannot be opened for writing here.
_UNWRITABLE = (
    sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_READONLY,
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_IOERR,
)


#: Device and number of a file, whether it may be written, its size and when it was changed.
_Identity = tuple[int, int, bool, int, int]


class Cooldown:
    """After a failure the database is left alone for some seconds."""

    def __init__(self, pause: float, clock: Callable[[], float]) -> None:
        self._pause, self._clock = pause, clock
        self._until = 0.0
        self._lock = threading.Lock()
        self.reason: Message | None = None
        self.failures = 0

    def check(self) -> None:
        """Let the first who comes after the pause try; the others wait for what that finds.

        Raises:
            JournalUnavailable: the database failed a moment ago.
        """
        with self._lock:
            if self.reason and self._clock() < self._until:
                raise JournalUnavailable(self.reason)
            self._until = self._clock() + self._pause

    def begin(self, reason: Message) -> None:
        """The database failed."""
        with self._lock:
            self.failures += 1
            self.reason, self._until = reason, self._clock() + self._pause

    def end(self) -> None:
        """The database answered."""
        with self._lock:
            self.reason = None


class Database:
    """An SQLite file or a PostgreSQL database; one object may be used by several threads."""

    def __init__(
        self, address: str | Path, pause: float = PAUSE, clock: Callable[[], float] = time.monotonic
    ) -> None:
        """Nothing is opened before it is needed.

        Args:
            address: of the database, as SQLAlchemy writes it, or a file of SQLite.
            pause: seconds after a failure in which the database is not asked again.
            clock: tells the seconds.

        Raises:
            JournalUnavailable: the address is none, or the driver is not installed.
        """
        self.url = _url(address)
        self.backend = self.url.get_backend_name()
        self.place = self.url.render_as_string(hide_password=True)
        self._cooldown = Cooldown(pause, clock)
        self._places = WritingPlaces()
        self._lock = threading.RLock()
        self._engine: Engine | None = None
        self._seen: _Identity | None = None  # the file that is open
        self._was_there = False
        self._copy: _Copy | None = None

    @property
    def engine(self) -> Engine:
        """The engine of the open database.

        Raises:
            JournalUnavailable: it cannot be opened.
        """
        with self._explained():
            return self._open()

    def close(self) -> None:
        """Give the connections back; the next use opens it again."""
        with self._lock:
            if self._engine is not None:
                self._engine.dispose()
            if self._copy is not None:
                self._copy.remove()
            self._engine = self._copy = None

    # ---- transactions -----------------------------------------------------------------

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A transaction that sees one state of the journal.

        Raises:
            JournalUnavailable: the database cannot be used.
        """
        self._cooldown.check()
        with self._explained(), self._open().connect() as connection:
            if self.backend == "postgresql":
                connection = connection.execution_options(isolation_level="REPEATABLE READ")
            with connection.begin():
                yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """A transaction that writes, alone. When it fails, reading may still be possible.

        Raises:
            JournalUnavailable: the database cannot be used or written, or only slowly.
        """
        self._cooldown.check()
        with (
            self._turn(),
            self._explained(rest=False),
            self._open(to_write=True).connect() as connection,
        ):
            connection = connection.execution_options(writing=True)
            with connection.begin():
                yield connection

    @contextmanager
    def _turn(self) -> Iterator[None]:
        with ExitStack() as held:
            try:
                held.enter_context(self._places.one())
            except NoPlace as error:
                raise JournalUnavailable(
                    "The journal {place} is slow: what others write has been waiting for its disk "
                    "or its server for seconds; try again in a moment.",
                    place=self.place,
                ) from error
            yield

    @property
    def is_slow(self) -> bool:
        """Whether what this process writes takes seconds, or did a moment ago."""
        return self._places.are_slow

    @contextmanager
    def alone(self, name: str, wait: float = -1) -> Iterator[None]:
        """Hold a lock of the database by name, on whichever server it is asked for.

        Args:
            name: of what is to be done by one at a time.
            wait: seconds to wait for whoever holds it; below 0 without end.

        Raises:
            Timeout: somebody holds it still.
            JournalUnavailable: the database cannot be used.
        """
        if self.backend == "sqlite":
            with FileLock(f"{self.url.database}.{name}.lock").acquire(timeout=wait):
                yield
            return
        lock = {"name": f"evidence {name}"}
        with self._explained():
            connection = self._open().connect().execution_options(isolation_level="AUTOCOMMIT")
        with connection:
            began = time.monotonic()
            while not self._answer(connection, _TRY_LOCK, lock):
                if 0 <= wait <= time.monotonic() - began:
                    raise Timeout(name)
                time.sleep(_ASKED_AGAIN)
            try:
                yield
            finally:
                with suppress(SQLAlchemyError):  # a connection that is gone holds no lock
                    connection.execute(_UNLOCK, lock)

    def _answer(self, connection: Connection, question: TextClause, values: Any) -> Any:
        with self._explained():
            return connection.execute(question, values).scalar_one()

    @contextmanager
    def _explained(self, rest: bool = True) -> Iterator[None]:
        """Errors of the database as sentences; with `rest` it is left alone for a while then."""
        try:
            yield
        except DBAPIError as error:
            lines = str(error.orig).strip().splitlines()
            reason = message(
                "The journal {place} cannot be used ({reason}); check that the database "
                "runs, that its address (EVIDENCE_JOURNAL_URL) is right and that it may be "
                "written.",
                place=self.place,
                reason=lines[0][:120] if lines else message("no reason given"),
            )
            raise self._failed(reason, rest) from error
        except (SQLAlchemyError, OSError, UnicodeDecodeError) as error:
            reason = message(
                "The journal {place} cannot be used ({reason}).", place=self.place, reason=error
            )
            raise self._failed(reason, rest) from error
        except Exception:
            self._cooldown.end()  # the database answered: it is what was asked that cannot be
            raise
        self._cooldown.end()

    def _failed(self, reason: Message, rest: bool) -> JournalUnavailable:
        if rest:
            self._cooldown.begin(reason)
        return JournalUnavailable(reason)

    # ---- opening ----------------------------------------------------------------------

    def _open(self, to_write: bool = False) -> Engine:
        """The engine, its tables made or migrated. A file that was replaced is opened anew.

        So is one that was changed in its place: the connections would go on with the pages they
        remember, and write beside a file that is cut. Merging the write-ahead log changes it
        too, once in some hundred commits; opening it again is cheap.
        """
        failures = self._cooldown.failures
        with self._lock:
            now = self._identity()
            if self._was_there and now is None:  # a new one would look as if all were well
                raise JournalUnavailable(
                    "The journal {place} is gone; put the file back where it was.", place=self.place
                )
            self._was_there = now is not None
            if self._engine is not None:
                stale = self._copy is not None and (to_write or self._copy.is_stale())
                if now == self._seen and not stale:
                    return self._engine
                self.close()
            if failures != self._cooldown.failures:  # another thread tried while this one waited
                again = message(
                    "The journal {place} cannot be used; try again in a moment.", place=self.place
                )
                raise JournalUnavailable(self._cooldown.reason or again)
            try:
                self._engine = self._opened()
            except DBAPIError as error:
                code = getattr(error.orig, "sqlite_errorcode", 0)
                if to_write or code & 0xFF not in _UNWRITABLE or self._identity() is None:
                    raise
                self._copy = _Copy(Path(str(self.url.database)))
                self._engine = self._opened(self._copy)
            self._seen = self._identity()
            self._was_there = self._seen is not None
            return self._engine

    def _opened(self, copy: _Copy | None = None) -> Engine:
        engine = _engine(self.url.set(database=str(copy.file)) if copy else self.url)
        try:
            _migrate(engine, self.place)
        except BaseException:
            engine.dispose()
            raise
        return engine

    def _identity(self) -> _Identity | None:
        """Which file the address names now, and in what state; None without one."""
        if not _is_file(self.url):
            return None
        try:
            status = Path(str(self.url.database)).stat()
        except FileNotFoundError:
            return None
        effective = os.access in os.supports_effective_ids
        writable = os.access(str(self.url.database), os.W_OK, effective_ids=effective)
        return status.st_dev, status.st_ino, writable, status.st_size, status.st_mtime_ns


class _Copy:
    """A journal that can only be read, copied with what waits to be merged into it."""

    def __init__(self, original: Path) -> None:
        self._originals = (original, original.with_name(f"{original.name}-wal"))
        self._folder = tempfile.TemporaryDirectory(prefix="evidence-journal-")
        self.file = Path(self._folder.name) / original.name
        self._stamp = self._now()
        for path in self._originals:
            if path.exists():
                shutil.copyfile(path, self.file.with_name(path.name))

    def _now(self) -> list[tuple[int, int]]:
        statuses = [path.stat() for path in self._originals if path.exists()]
        return [(status.st_size, status.st_mtime_ns) for status in statuses]

    def is_stale(self) -> bool:
        """Whether somebody wrote to the original meanwhile."""
        return self._now() != self._stamp

    def remove(self) -> None:
        """Throw the copy away."""
        self._folder.cleanup()


def _url(address: str | Path) -> URL:
    if isinstance(address, Path):
        return URL.create("sqlite", database=str(address))
    try:
        url = make_url(address)
        if url.drivername in ("postgres", "postgresql"):
            url = url.set(drivername="postgresql+psycopg")
        if url.get_backend_name() not in ("sqlite", "postgresql"):
            raise JournalUnavailable(
                "EVIDENCE_JOURNAL_URL names '{drivername}'; write sqlite:///FILE or "
                "postgresql://USER@HOST/DATABASE.",
                drivername=url.drivername,
            )
        url.get_dialect().import_dbapi()
    except (ArgumentError, ValueError) as error:
        raise JournalUnavailable(
            "EVIDENCE_JOURNAL_URL is not an address of a database; "
            "write sqlite:///FILE or postgresql://USER@HOST/DATABASE."
        ) from error
    except (NoSuchModuleError, ImportError) as error:
        raise JournalUnavailable(missing("postgresql").message) from error
    return url


def _is_file(url: URL) -> bool:
    name = url.database or ""
    return url.get_backend_name() == "sqlite" and bool(name) and not name.startswith((":", "file:"))


def _engine(url: URL) -> Engine:
    if url.get_backend_name() == "sqlite":
        engine = create_engine(url, connect_args={"timeout": READING_WAIT})
        if _is_file(url):
            _own_file(str(url.database))
        _prepare_sqlite(engine)
        return engine
    wanted = {name: value for name, value in CONNECTING.items() if name not in url.query}
    engine = create_engine(url, pool_pre_ping=True, connect_args=wanted)
    _prepare_postgresql(engine)
    return engine


def _own_file(database: str) -> None:
    """Make the file of a new journal readable by its owner alone: hashes of passwords are in it.

    SQLite gives the files beside it (the write-ahead log) the same permissions.
    """
    try:
        os.close(os.open(database, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
    except OSError:  # it is there already, or cannot be made: then opening it says why
        return


def _wait(connection: Connection) -> int:
    writing = connection.get_execution_options().get("writing")
    return WRITING_WAIT if writing else READING_WAIT


def _prepare_sqlite(engine: Engine) -> None:
    """Real transactions: the driver's own habit of committing before some statements is off."""

    @event.listens_for(engine, "connect")
    def connected(connection: Any, _: Any) -> None:
        connection.isolation_level = None
        cursor = connection.cursor()
        cursor.execute("PRAGMA journal_mode = WAL")
        cursor.execute("PRAGMA synchronous = FULL")  # a commit survives a power cut
        cursor.execute("PRAGMA foreign_keys = ON")
        cursor.execute("PRAGMA secure_delete = ON")  # what is deleted is not left in the file
        cursor.close()

    @event.listens_for(engine, "begin")
    def begun(connection: Connection) -> None:
        writing = connection.get_execution_options().get("writing")
        connection.exec_driver_sql(f"PRAGMA busy_timeout = {_wait(connection) * 1000}")
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writing else "BEGIN")


def _prepare_postgresql(engine: Engine) -> None:
    """Nobody waits without end, for a lock or for a server that hangs."""
    from evidence.journal.postgresql import limit_waiting  # its driver need not be installed

    limit_waiting(engine, READING_WAIT + SILENCE)

    @event.listens_for(engine, "begin")
    def begun(connection: Connection) -> None:
        driven: Any = connection.connection.driver_connection
        driven.patience = _wait(connection) + SILENCE
        connection.exec_driver_sql(f"SET LOCAL lock_timeout = '{_wait(connection)}s'")


def _migrate(engine: Engine, place: str) -> None:
    """Make the tables, or bring them up to date."""
    with engine.connect() as connection, connection.begin():
        made = inspect(connection).has_table("alembic_version")
        if made and connection.execute(_RELEASE).scalar_one_or_none() == NEWEST:
            return
    from evidence.journal.upgrading import upgrade  # imports Alembic

    with engine.connect() as plain:
        connection = plain.execution_options(writing=True)
        with connection.begin():
            if engine.dialect.name == "postgresql":
                connection.execute(text(f"SELECT pg_advisory_xact_lock({_ADVISORY})"))
            upgrade(connection, place)
