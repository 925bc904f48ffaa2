"""How the files of an instance get to other servers: asked of whoever puts texts together."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from evidence.instance import OneServer, Sharing, is_shared
from evidence.journal.event import JournalError

if TYPE_CHECKING:  # who has one server needs no database for its files
    from evidence.journal.store import Journal


def sharing_of(instance: Path, journal: Callable[[], Journal]) -> Sharing:
    """How an instance shares its files: with nobody, unless its database is outside it.

    Args:
        instance: the folder.
        journal: opens the database.
    """
    if not is_shared(instance):
        return OneServer(instance)
    from evidence.journal.shared_files import SharedFiles

    try:
        return SharedFiles(instance, journal())
    except JournalError:  # no address of a database: the journal says so when it is asked for
        return OneServer(instance)
