"""A journal that is new, or of an earlier release, gets the tables of this one."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

from evidence.journal.event import JournalUnavailable


def migrations() -> Config:
    """Where Alembic finds the migrations."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    return config


def upgrade(connection: Connection, place: str) -> None:
    """Make the tables, or bring them up to date, in a transaction in which nobody else does.

    Args:
        connection: of that transaction.
        place: what the journal is called when something is wrong with it.

    Raises:
        JournalUnavailable: a later release made the tables.
    """
    config = migrations()
    current = MigrationContext.configure(connection).get_current_revision()
    known = {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}
    if current is not None and current not in known:
        raise JournalUnavailable(
            "The journal {place} was written by a newer version of this program; "
            "update the program.",
            place=place,
        )
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
