"""Sessions that end at sign-out, accounts in the chain, and nothing replaced by an insertion."""

import sqlalchemy as sa
from alembic import op

from evidence.journal.store import know_accounts

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the sessions and a trigger; record the accounts that there are."""
    op.create_table(
        "session",
        sa.Column("key", sa.String(64), primary_key=True),
        sa.Column("name", sa.String(80), nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("since", sa.Float, nullable=False),
    )
    connection = op.get_bind()
    if connection.dialect.name == "sqlite":
        # REPLACE removes the row in its way without asking the trigger that forbids deleting.
        op.execute(
            "CREATE TRIGGER event_no_replace BEFORE INSERT ON event WHEN EXISTS (SELECT 1 FROM "
            "event WHERE number = NEW.number OR id = NEW.id OR hash = NEW.hash) "
            "BEGIN SELECT RAISE(ABORT, 'the journal is append-only'); END"
        )
    know_accounts(connection)
