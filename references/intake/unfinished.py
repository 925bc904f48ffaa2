"""What an import has so far, kept beside its target: memory stays flat, and it can be gone on with.

The records stand in it as the BibTeX that will be written, so nothing is lost on the way; the
target itself is written once, at the end.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from references.errors import SettingError
from references.formats.bibtex import read_text, write_text
from references.record import Reference

_SMALL = 4_000_000  # bytes of all files of an import that is not worth a file beside its target
_SCHEMA = """
CREATE TABLE IF NOT EXISTS records (
    key TEXT PRIMARY KEY, is_new INTEGER NOT NULL, title TEXT NOT NULL, entry TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS state (name TEXT PRIMARY KEY, value TEXT NOT NULL);
"""


class Unfinished:
    """Records that are new or completed, by key, in the order in which they came."""

    def __init__(self, target: Path, files: Iterable[Path], keeps: bool) -> None:
        """Open what an import of the same files into the same target left, or begin.

        Args:
            target: the file that will be written.
            files: what is imported.
            keeps: whether an import that is interrupted shall go on.

        Raises:
            SettingError: it cannot be written beside the target, or another import does so.
        """
        stamps = [_stamp(path) for path in files]
        size = sum(stamp[1] for stamp in stamps)
        self.path = target.with_name(f".{target.name}.import") if keeps and size > _SMALL else None
        try:
            if self.path is not None:
                self.path.parent.mkdir(parents=True, exist_ok=True)
            self._database = sqlite3.connect(
                self.path or ":memory:", timeout=0, isolation_level=None
            )
            self._database.execute("PRAGMA locking_mode = EXCLUSIVE")
            self._database.executescript(_SCHEMA)
            self._database.execute("BEGIN IMMEDIATE")
            if self.state.get("of") != (of := [stamps, _stamp(target)]):
                self._database.execute("DELETE FROM records")
                self._database.execute("DELETE FROM state")
                self.keep(of=of)
        except (OSError, sqlite3.Error) as error:
            raise SettingError(
                "Cannot write {path}: {value}. Choose another place or change the permissions "
                "of its folder.",
                path=self.path,
                value=error,
            ) from error

    @property
    def state(self) -> dict[str, Any]:
        """What was kept of how far the import is."""
        rows = self._database.execute("SELECT name, value FROM state")
        return {name: json.loads(value) for name, value in rows}

    def keep(self, **state: Any) -> None:
        """Keep all so far, and how far it is: from here an interrupted import goes on."""
        rows = [(name, json.dumps(value)) for name, value in state.items()]
        self._database.executemany("INSERT OR REPLACE INTO state VALUES (?, ?)", rows)
        self._database.execute("COMMIT")
        self._database.execute("BEGIN IMMEDIATE")

    def put(self, reference: Reference, is_new: bool) -> None:
        """Keep a record in place of what stood under its key."""
        self._database.execute(
            "INSERT INTO records VALUES (?, ?, ?, ?) ON CONFLICT (key) DO UPDATE SET "
            "title = excluded.title, entry = excluded.entry",
            (reference.key, is_new, reference.title, write_text([reference])),
        )

    def get(self, key: str) -> Reference | None:
        """The record with a key."""
        row = self._database.execute("SELECT entry FROM records WHERE key = ?", (key,)).fetchone()
        return read_text(row[0]).references[0] if row else None

    def is_new(self, key: str) -> bool:
        """True for a record that the target does not hold."""
        row = self._database.execute("SELECT is_new FROM records WHERE key = ?", (key,)).fetchone()
        return bool(row and row[0])

    def records(self) -> Iterator[Reference]:
        """All of them, read again."""
        for (entry,) in self._database.execute("SELECT entry FROM records ORDER BY rowid"):
            yield from read_text(entry).references

    def new(self) -> list[tuple[str, str]]:
        """Key and title of the new ones."""
        rows = self._database.execute("SELECT key, title FROM records WHERE is_new ORDER BY rowid")
        return rows.fetchall()

    def new_entries(self) -> Iterator[str]:
        """The new ones as BibTeX."""
        rows = self._database.execute("SELECT entry FROM records WHERE is_new ORDER BY rowid")
        return (entry for (entry,) in rows)

    def changed(self) -> Mapping[str, str]:
        """The BibTeX of those that the target holds and that were completed, by key."""
        rows = self._database.execute("SELECT key, entry FROM records WHERE NOT is_new")
        return dict(rows.fetchall())

    def close(self, *, ended: bool) -> None:
        """Let go of it; once the import has `ended`, remove it too."""
        self._database.close()
        if ended and self.path is not None:
            self.path.unlink(missing_ok=True)


def _stamp(path: Path) -> list[Any]:
    """What tells a file from a later one of its name: its place, size and date."""
    try:
        there = path.stat()
    except OSError:
        return [str(path), 0, 0]
    return [str(path.resolve()), there.st_size, there.st_mtime_ns]
