"""What verification found, kept in the instance: one row a check, nothing overwritten.

A check is stored under the key of its record, or under the printed string of a text's
source. The app shows the latest; the history stays.
"""

from __future__ import annotations

import hashlib
import json
import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from references.errors import SettingError
from references.formats.bibtex import to_fields
from references.verify import Check, Cited

_TABLE = """
CREATE TABLE IF NOT EXISTS checks (
    number INTEGER PRIMARY KEY,
    name TEXT NOT NULL,
    at TEXT NOT NULL,
    status TEXT NOT NULL,
    digest TEXT NOT NULL,
    needs_a_person INTEGER NOT NULL,
    result TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS checks_by_name ON checks (name, number);
"""


@dataclass(frozen=True)
class StoredCheck:
    """One check as it was stored.

    `result` is what `evidence verify --json` printed: status, matched, differences,
    candidates, notices, and `looked` (where, when). `digest` tells whether the citation has
    changed since: compare it with `digest_of`.
    """

    name: str
    at: datetime
    status: str
    digest: str
    needs_a_person: bool
    result: dict[str, Any]


def digest_of(cited: Cited) -> str:
    """SHA-256 of what was checked: changes when the citation changes."""
    own = ("provenance", "status", "unverified", "finding", "relevance")
    fields = {name: value for name, value in to_fields(cited.reference).items() if name not in own}
    plain = json.dumps([cited.text, fields], sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(plain.encode()).hexdigest()


def _connect(path: Path, to_read: bool) -> sqlite3.Connection:
    if to_read and not os.access(path.parent, os.W_OK):  # and so nothing changes there meanwhile
        return sqlite3.connect(f"{path.absolute().as_uri()}?immutable=1", uri=True)
    connection = sqlite3.connect(path, timeout=15)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.executescript(_TABLE)
    return connection


@contextmanager
def _open(instance: Path, to_read: bool = False) -> Iterator[sqlite3.Connection]:
    path = instance / "source-checks.sqlite"
    try:
        with closing(_connect(path, to_read)) as connection, connection:
            yield connection
    except (sqlite3.Error, ValueError) as error:
        raise SettingError(
            "The results of checks in {path} cannot be used ({error}); move the file away "
            "or choose another instance folder.",
            path=path,
            error=error,
        ) from error


def store_check(instance: Path, cited: Cited, check: Check) -> None:
    """Keep the result of a check.

    Raises:
        SettingError: the instance cannot be written.
    """
    at = datetime.now(UTC).isoformat(timespec="microseconds")
    plain = json.dumps(check.as_dict(), ensure_ascii=False)
    with _open(instance) as database:
        database.execute(
            "INSERT INTO checks (name, at, status, digest, needs_a_person, result) "
            "VALUES (?, ?, ?, ?, ?, ?)",
            (cited.key, at, check.status, digest_of(cited), check.needs_a_person, plain),
        )


def stamp(instance: Path) -> str:
    """Changes whenever a check was stored: for copies of pages that show checks."""
    times = []
    for name in ("source-checks.sqlite", "source-checks.sqlite-wal"):
        try:
            status = (instance / name).stat()
        except OSError:
            continue
        if status.st_size:  # whoever reads makes an empty one for a moment
            times.append(str(status.st_mtime_ns))
    return "-".join(times)


def _stored(row: tuple[Any, ...]) -> StoredCheck:
    name, at, status, digest, needs, result = row
    return StoredCheck(
        name, datetime.fromisoformat(at), status, digest, bool(needs), json.loads(result)
    )


_COLUMNS = "name, at, status, digest, needs_a_person, result"


def latest_check(instance: Path, name: str) -> StoredCheck | None:
    """The last check of a key or of a printed string, or None when there was none."""
    if not (instance / "source-checks.sqlite").exists():
        return None
    with _open(instance, to_read=True) as database:
        row = database.execute(
            f"SELECT {_COLUMNS} FROM checks WHERE name = ? ORDER BY number DESC LIMIT 1",  # noqa: S608
            (name,),
        ).fetchone()
        return _stored(row) if row else None


def latest_checks(instance: Path) -> dict[str, StoredCheck]:
    """The last check of every key and printed string that was ever checked."""
    if not (instance / "source-checks.sqlite").exists():
        return {}
    with _open(instance, to_read=True) as database:
        rows = database.execute(
            f"SELECT {_COLUMNS} FROM checks WHERE number IN "  # noqa: S608
            "(SELECT max(number) FROM checks GROUP BY name)"
        ).fetchall()
        return {row[0]: _stored(row) for row in rows}
