"""A glance at a journal without what it takes to open one: is it of this release, how does it end?

Importing SQLAlchemy takes a third of the time of a search, which asks no more than whether anything
was recorded since the last one. A glance never makes, migrates or repairs a journal: where it sees
nothing, the journal is opened, which does so or says what is wrong.
"""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from evidence.instance import is_shared

#: The newest of the migrations, by which a journal tells its release.
NEWEST = "0003"
_WAIT = 4.0  # seconds for whoever is writing


def head_at_a_glance(instance: Path) -> str | None:
    """The hash of the last event of the journal in the folder of an instance.

    Returns:
        None where opening the journal has to tell: one in another place or of another release, or
        a file that is locked, damaged, or cannot be read where it is.
    """
    if is_shared(instance):
        return None
    try:
        address = f"{(instance / 'journal.sqlite').absolute().as_uri()}?mode=rw"
        with closing(sqlite3.connect(address, uri=True, timeout=_WAIT)) as connection:
            rows = connection.execute("SELECT version_num, hash FROM alembic_version, head")
            [(version, head)] = rows.fetchall()
    except (sqlite3.Error, OSError, ValueError):
        return None
    return str(head) if version == NEWEST else None
