"""The instance folder: what a running copy writes (index, journal, fetched pages, cache)."""

from __future__ import annotations

import os
from pathlib import Path

from platformdirs import user_data_dir

from references.errors import SettingError


def instance_path(chosen: str | Path | None = None) -> Path:
    """The folder as chosen, else `EVIDENCE_INSTANCE`, else the user's; it may not exist yet."""
    return Path(
        chosen or os.environ.get("EVIDENCE_INSTANCE") or user_data_dir("evidence", False)
    ).expanduser()


def instance_folder(chosen: str | Path | None = None) -> Path:
    """The folder an instance writes to: as chosen, else `EVIDENCE_INSTANCE`, else the user's.

    Raises:
        SettingError: it cannot be made or written.
    """
    folder = instance_path(chosen)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        probe = folder / f".writable-{os.getpid()}"
        probe.touch()
        probe.unlink()
    except OSError as error:
        raise SettingError(
            f"The instance folder {folder} cannot be written ({error.strerror}); "
            "name another one with --instance DIR or EVIDENCE_INSTANCE."
        ) from error
    return folder


def journal_address(instance: Path) -> str:
    """Where the journal is: `EVIDENCE_JOURNAL_URL`, else SQLite in the instance folder."""
    given = os.environ.get("EVIDENCE_JOURNAL_URL", "").strip()
    return given or f"sqlite:///{instance / 'journal.sqlite'}"


def has_journal(instance: Path) -> bool:
    """True when anything may have been recorded; asking makes no journal."""
    own = instance / "journal.sqlite"
    return own.exists() or journal_address(instance) != f"sqlite:///{own}"
