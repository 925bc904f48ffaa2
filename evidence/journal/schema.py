"""The tables of the journal. Migrations make them; these definitions query them."""

from __future__ import annotations

from sqlalchemy import (
    Boolean,
    Column,
    Float,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
)

METADATA = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
    }
)

#: One row an event; `number` counts from 1 without gaps. Times are ISO 8601 in UTC, payloads
#: canonical JSON: what was hashed is what is stored.
EVENT = Table(
    "event",
    METADATA,
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("id", String(36), nullable=False, unique=True),
    Column("at", String(32), nullable=False),
    Column("by", String(80), nullable=False),
    Column("person", String(200), nullable=False),
    Column("kind", String(20), nullable=False),
    Column("text", String(80), nullable=False),
    Column("claim", String(80), nullable=False),
    Column("against", String(64), nullable=False),
    Column("result", String(64), nullable=False),
    Column("accepted", Boolean, nullable=False),
    Column("payload", Text, nullable=False),
    Column("previous", String(64), nullable=False),
    Column("hash", String(64), nullable=False, unique=True),
    Index(None, "text", "claim", "number"),
)

#: A single row (id 1): where the chain ends. Writers take turns on it.
HEAD = Table(
    "head",
    METADATA,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("number", Integer, nullable=False),
    Column("hash", String(64), nullable=False),
)

#: `version` grows with every change of password, role or state: a session that carries an
#: older one is over.
ACCOUNT = Table(
    "account",
    METADATA,
    Column("name", String(80), primary_key=True),
    Column("person", String(200), nullable=False),
    Column("role", String(20), nullable=False),
    Column("password", String(300), nullable=False),
    Column("disabled", Boolean, nullable=False),
    Column("version", Integer, nullable=False),
    Column("created", String(32), nullable=False),
)

#: Attempts to sign in, by name and client address; seconds since the epoch.
ATTEMPT = Table(
    "attempt",
    METADATA,
    Column("name", String(80), primary_key=True),
    Column("address", String(80), primary_key=True),
    Column("failures", Integer, nullable=False),
    Column("failed", Float, nullable=False),
    Column("succeeded", Float, nullable=False),
    Index(None, "address"),
)

__all__ = ["ACCOUNT", "ATTEMPT", "EVENT", "HEAD", "METADATA"]
