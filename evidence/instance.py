"""The instance folder: what a running copy writes (index, journal, fetched pages, cache).

Where several servers use one database, the files that people made are in that database, and the
folder of each server is a working copy of them (`Sharing`).
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterable
from glob import escape
from pathlib import Path
from typing import Protocol

from filelock import FileLock
from platformdirs import user_data_dir

from references.errors import SettingError, UserError


def instance_path(chosen: str | Path | None = None) -> Path:
    """The folder as chosen, else `EVIDENCE_INSTANCE`, else the user's; it may not exist yet."""
    return Path(
        chosen or os.environ.get("EVIDENCE_INSTANCE") or user_data_dir("evidence", False)
    ).expanduser()


def instance_folder(chosen: str | Path | None = None) -> Path:
    """The folder an instance writes to: as chosen, else `EVIDENCE_INSTANCE`, else the user's.

    It is made where it can be. One that can only be read is read: whoever writes to it says
    that it cannot be written.
    """
    folder = instance_path(chosen)
    with contextlib.suppress(OSError):
        folder.mkdir(parents=True, exist_ok=True)
    return folder


def journal_address(instance: Path) -> str | Path:
    """Where the journal is: `EVIDENCE_JOURNAL_URL`, else the file in the instance folder.

    The file is not written as an address: signs in the name of a folder mean something there.
    """
    own = instance / "journal.sqlite"
    given = os.environ.get("EVIDENCE_JOURNAL_URL", "").strip()
    return own if given in ("", f"sqlite:///{own}") else given


def is_shared(instance: Path) -> bool:
    """Whether the database is outside the instance, so that other servers may use it too."""
    return isinstance(journal_address(instance), str)


def has_journal(instance: Path) -> bool:
    """True when anything may have been recorded; asking makes no journal."""
    own = instance / "journal.sqlite"
    try:
        there = own.exists()
    except OSError:  # the folder may not be looked into: opening the journal says why
        there = True
    return there or is_shared(instance)


class Sharing(Protocol):
    """How the files of an instance get to other servers, and theirs here."""

    @property
    def stamp(self) -> str:
        """Another one after every change, the same on every server; "" where nothing is shared."""

    def pull(self, changes: int | None = None) -> None:
        """Bring the folder up to date with what others wrote; cheap where nobody did.

        Args:
            changes: how many the database counts, for whoever has just asked it.

        Raises:
            JournalUnavailable: the database cannot be used; the folder is as it was.
        """

    def sync(self) -> None:
        """Hand on whatever was written here, too, by whomever.

        Raises:
            JournalUnavailable: the database cannot be used.
        """

    def push(self, paths: Iterable[Path]) -> None:
        """Hand on files that were written here, all of them or none.

        Raises:
            Overtaken: somebody wrote one of them meanwhile.
            JournalUnavailable: the database cannot be used.
        """

    def remove(self, paths: Iterable[Path]) -> None:
        """Remove files for good, here and everywhere.

        Raises:
            SettingError: one cannot be removed.
            JournalUnavailable: the database cannot be used; nothing was removed.
        """

    def writing(self) -> contextlib.AbstractContextManager[object]:
        """Write files that belong together: nobody hands some of them on meanwhile."""

    def alone(self, name: str, wait: float = -1) -> contextlib.AbstractContextManager[object]:
        """Do something that nobody else does at the same time, on whichever server.

        Args:
            name: of what is done.
            wait: seconds to wait for others; below 0 without end.

        Raises:
            filelock.Timeout: somebody else does it still.
        """


class Overtaken(UserError):
    """Somebody on another server wrote the same file meanwhile."""


class OneServer:
    """The files of an instance with one server: its folder is all there is."""

    stamp = ""

    def __init__(self, instance: Path) -> None:
        self._instance = instance

    def pull(self, changes: int | None = None) -> None:
        """Nobody else writes."""

    def sync(self) -> None:
        """Nobody else reads."""

    def push(self, paths: Iterable[Path]) -> None:
        """Nobody else reads."""

    def remove(self, paths: Iterable[Path]) -> None:
        """Remove files.

        Raises:
            SettingError: one cannot be removed.
        """
        for path in paths:
            remove_file(path)

    def writing(self) -> contextlib.AbstractContextManager[object]:
        """Nobody hands files on."""
        return contextlib.nullcontext()

    def alone(self, name: str, wait: float = -1) -> contextlib.AbstractContextManager[object]:
        """Hold a lock among the processes of this machine.

        Raises:
            filelock.Timeout: another process holds it still.
        """
        return FileLock(self._instance / f"{name}.lock").acquire(timeout=wait)


def kept_beside(path: Path) -> list[Path]:
    """What was written in a file here while another server wrote it too (`<name>.kept-N`)."""
    return sorted(path.parent.glob(f"{escape(path.name)}.kept-*"))


def remove_file(path: Path) -> None:
    """Remove a file that may be gone already.

    Raises:
        SettingError: it cannot be removed.
    """
    try:
        path.unlink(missing_ok=True)
    except OSError as error:
        raise SettingError("Cannot remove {path}: {reason}.", path=path, reason=error) from error
