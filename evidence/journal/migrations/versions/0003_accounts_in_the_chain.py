"""Sessions that end at sign-out, accounts in the chain, and nothing replaced by an insertion."""

import hashlib
import json
import uuid
from datetime import UTC, datetime

import sqlalchemy as sa
from alembic import op

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
    for row in connection.execute(sa.text("SELECT * FROM account ORDER BY name")).mappings().all():
        _record(connection, row)


# What follows is how the chain was written at this revision, so that the migration does the same
# whatever becomes of the program.

_COLUMNS = (
    *("number", "id", "at", "by", "person", "kind", "text", "claim", "against", "result"),
    *("accepted", "payload", "previous"),
)


def _canonical(value: object) -> str:
    return json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":"))


def _record(connection: sa.Connection, account: sa.RowMapping) -> None:
    """Append the event that says which account there is."""
    payload = {
        "change": "known",
        "account": account["name"],
        "person": account["person"],
        "role": account["role"],
        "disabled": bool(account["disabled"]),
        "credential": hashlib.sha256(account["password"].encode()).hexdigest()[:32],
    }
    head = connection.execute(sa.text("SELECT number, hash FROM head WHERE id = 1")).one()
    row = {
        "number": head.number + 1,
        "id": str(uuid.uuid4()),
        "at": datetime.now(UTC).isoformat(timespec="microseconds"),
        "by": "evidence",
        "person": "evidence",
        "kind": "account",
        **dict.fromkeys(("text", "claim", "against", "result"), ""),
        "accepted": True,
        "payload": _canonical(payload),
        "previous": head.hash,
    }
    hashed = _canonical([row[name] for name in _COLUMNS])
    row["hash"] = hashlib.sha256(hashed.encode()).hexdigest()
    event = sa.table("event", *map(sa.column, (*_COLUMNS, "hash")))
    connection.execute(event.insert().values(row))
    connection.execute(
        sa.text("UPDATE head SET number = :number, hash = :hash WHERE id = 1"),
        {"number": row["number"], "hash": row["hash"]},
    )
