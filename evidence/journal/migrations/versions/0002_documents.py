"""What people and the program keep beside the journal, and may change or delete."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table of documents, and the one that counts the changes of each kind."""
    op.create_table(
        "document",
        sa.Column("kind", sa.String(40), primary_key=True),
        sa.Column("owner", sa.String(80), primary_key=True),
        sa.Column("name", sa.String(200), primary_key=True),
        sa.Column("revision", sa.Integer, nullable=False),
        sa.Column("saved_at", sa.String(32), nullable=False),
        sa.Column("body", sa.LargeBinary, nullable=False),
    )
    op.create_table(
        "document_kind",
        sa.Column("kind", sa.String(40), primary_key=True),
        sa.Column("changes", sa.Integer, nullable=False),
    )
