"""The tables of the journal as queries name them; what they are made of the migrations say."""

from __future__ import annotations

from sqlalchemy import Boolean, LargeBinary, MetaData, column, table

#: How the migrations call what they do not name themselves.
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
EVENT = table(
    "event",
    *map(column, ("number", "id", "at", "by", "person", "kind", "text", "claim", "against")),
    column("result"),
    column("accepted", Boolean),
    *map(column, ("payload", "previous", "hash")),
)

#: A single row (id 1): where the chain ends. Writers take turns on it.
HEAD = table("head", *map(column, ("id", "number", "hash")))

#: `version` grows with every change of password, role or state: a session that carries an
#: older one is over.
ACCOUNT = table(
    "account",
    *map(column, ("name", "person", "role", "password")),
    column("disabled", Boolean),
    *map(column, ("version", "created")),
)

#: Attempts to sign in, by name and client address; seconds since the epoch.
ATTEMPT = table("attempt", *map(column, ("name", "address", "failures", "failed", "succeeded")))

#: Who is signed in: `key` is the hash of a token that the browser keeps; `version` that of the
#: account when it signed in; seconds since the epoch.
SESSION = table("session", *map(column, ("key", "name", "version", "since")))

#: What is kept and may be changed or deleted (see `documents`); `revision` is the count of its
#: kind when it was written.
DOCUMENT = table(
    "document",
    *map(column, ("kind", "owner", "name", "revision", "saved_at")),
    column("body", LargeBinary),
)

#: How often anything of a kind was written or deleted.
DOCUMENT_KIND = table("document_kind", *map(column, ("kind", "changes")))
