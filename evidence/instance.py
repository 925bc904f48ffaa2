"""The instance folder: what a running copy writes (index, journal, fetched pages, cache)."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

from platformdirs import user_data_dir


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


def journal_address(instance: Path) -> str:
    """Where the journal is: `EVIDENCE_JOURNAL_URL`, else SQLite in the instance folder."""
    given = os.environ.get("EVIDENCE_JOURNAL_URL", "").strip()
    return given or f"sqlite:///{instance / 'journal.sqlite'}"


def has_journal(instance: Path) -> bool:
    """True when anything may have been recorded; asking makes no journal."""
    own = instance / "journal.sqlite"
    try:
        there = own.exists()
    except OSError:  # the folder may not be looked into: opening the journal says why
        there = True
    return there or journal_address(instance) != f"sqlite:///{own}"
