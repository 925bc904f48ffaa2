"""Documents beside the journal: what is kept and may be changed or deleted, unlike events.

Drafts are the first of them. A document is known by its kind, its owner ("" for one that belongs
to everybody) and its name. Each change of a kind is counted, and the count at which a document
was written is its revision: no revision comes twice, not even after a document was deleted. Who
writes names the revision that was seen; whoever comes second is told, and nothing is overwritten.
They stand in the same database as the journal, so every server that shares it sees the same ones.
What is deleted is gone: no history keeps it.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, and_, func, select, text

from evidence.instance import journal_address
from evidence.journal.database import Database
from evidence.journal.event import JournalError
from evidence.journal.schema import DOCUMENT, DOCUMENT_KIND
from references.errors import message

#: Kinds that tell of one text: drafts by its id, their steps, and forms by their address.
TEXT_DRAFT, DRAFT_STEP, UNSENT_FORM = "text-draft", "text-draft-step", "form"
#: The latest check of each key or printed string by its `place_of`; every check, by its time too.
SOURCE_CHECK, PAST_CHECK = "source-check", "source-check-past"
MAX_BODY = 30_000_000  # bytes of a document
#: Column -> how many characters it holds.
_LENGTHS = {"kind": 40, "owner": 80, "name": 200}
#: Counts a change of a kind, and is the row on which writers of a kind take turns.
_COUNTED = text(
    "INSERT INTO document_kind (kind, changes) VALUES (:kind, 1) "
    "ON CONFLICT (kind) DO UPDATE SET changes = document_kind.changes + 1 RETURNING changes"
)


@dataclass(frozen=True)
class DocumentHead:
    """What a list says of a document; `size` is that of its body in bytes."""

    kind: str
    owner: str
    name: str
    revision: int
    saved_at: datetime
    size: int


@dataclass(frozen=True)
class KeptDocument(DocumentHead):
    """A document with its body."""

    body: bytes

    def value(self) -> Any:
        """The body read as JSON.

        Raises:
            ValueError: it is none.
        """
        return json.loads(self.body)


class StaleDocument(JournalError):
    """Somebody wrote the document meanwhile; `current` is what stands there, None when nothing."""

    def __init__(self, current: KeptDocument | None) -> None:
        super().__init__(
            message("Somebody else saved this meanwhile: compare before you save again.")
        )
        self.current = current


class Documents:
    """The documents of a database; safe to share between threads."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def get(self, kind: str, name: str, owner: str = "") -> KeptDocument | None:
        """A document, or None when there is none.

        Raises:
            JournalUnavailable: the database cannot be used (so everywhere below).
        """
        with self._database.reading() as connection:
            return _found(connection, kind, owner, name)

    def put(
        self, kind: str, name: str, body: bytes, expected: int | None, owner: str = ""
    ) -> KeptDocument:
        """Keep a document; returns it with its new revision.

        Args:
            kind: what it is, a word of the program.
            name: what tells it from others of its kind and owner.
            body: its content.
            expected: the revision it was made from, 0 for none; None takes the place of whatever
                stands there.
            owner: the account it belongs to, "" for everybody.

        Raises:
            StaleDocument: another revision stands there.
            JournalError: a name or the body is too long.
        """
        with self._database.writing() as connection:
            return _put(connection, (kind, owner, name), body, expected)

    def put_all(
        self, kind: str, bodies: Mapping[str, tuple[bytes, int | None]], owner: str = ""
    ) -> list[KeptDocument]:
        """Keep several documents of one kind and owner, all of them or none.

        Args:
            kind: what they are.
            bodies: content and expected revision (as in `put`) by name.
            owner: the account they belong to, "" for everybody.

        Raises:
            StaleDocument: another revision of one of them stands there; nothing is kept.
            JournalError: a name or a body is too long.
        """
        with self._database.writing() as connection:
            return [
                _put(connection, (kind, owner, name), body, expected)
                for name, (body, expected) in bodies.items()
            ]

    def change(
        self, kind: str, name: str, new: Callable[[bytes], bytes], owner: str = ""
    ) -> KeptDocument:
        """Make a document anew from what it is, alone: others wait meanwhile.

        Args:
            kind: what it is.
            name: what tells it from others.
            new: its content, of that of now (empty for none); quick, as others wait for it.
            owner: the account it belongs to.
        """
        with self._database.writing() as connection:
            connection.execute(_COUNTED, {"kind": kind})  # writers of a kind take turns from here
            current = _found(connection, kind, owner, name)
            body = new(current.body if current else b"")
            return _put(connection, (kind, owner, name), body, None)

    def delete_all(self, kind: str, names: Iterable[str]) -> None:
        """Remove documents of everybody for good, all of them or none."""
        with self._database.writing() as connection:
            connection.execute(_COUNTED, {"kind": kind})
            for name in names:
                connection.execute(DOCUMENT.delete().where(_named(kind, "", name)))

    def delete(self, kind: str, name: str, owner: str = "", expected: int | None = None) -> bool:
        """Remove a document for good; whether there was one.

        Raises:
            StaleDocument: another revision than the expected one stands there.
        """
        with self._database.writing() as connection:
            connection.execute(_COUNTED, {"kind": kind})
            current = _found(connection, kind, owner, name)
            if current and expected is not None and current.revision != expected:
                raise StaleDocument(current)
            connection.execute(DOCUMENT.delete().where(_named(kind, owner, name)))
        return current is not None

    def list(self, kind: str, owner: str | None = None) -> list[DocumentHead]:
        """The documents of a kind by owner and name; those of one owner when it is given."""
        query = select(*_HEAD, func.length(DOCUMENT.c.body).label("size"))
        query = query.where(DOCUMENT.c.kind == kind).order_by(DOCUMENT.c.owner, DOCUMENT.c.name)
        if owner is not None:
            query = query.where(DOCUMENT.c.owner == owner)
        with self._database.reading() as connection:
            return [DocumentHead(**_timed(row)) for row in connection.execute(query).mappings()]

    def all(self, kind: str, owner: str = "") -> Iterator[KeptDocument]:
        """The documents of a kind and an owner with their bodies, by name."""
        query = select(DOCUMENT).where(DOCUMENT.c.kind == kind, DOCUMENT.c.owner == owner)
        with self._database.reading() as connection:
            rows = connection.execution_options(yield_per=100).execute(
                query.order_by(DOCUMENT.c.name)
            )
            yield from map(_read, rows.mappings())

    def stamp(self, kind: str) -> int:
        """How often anything of a kind was written or deleted: another number, another content."""
        query = select(DOCUMENT_KIND.c.changes).where(DOCUMENT_KIND.c.kind == kind)
        with self._database.reading() as connection:
            return connection.execute(query).scalar() or 0


def place_of(name: str) -> str:
    """The name of the document of something whose own name may be long."""
    return hashlib.sha256(name.encode()).hexdigest()


def _put(
    connection: Connection, place: tuple[str, str, str], body: bytes, expected: int | None
) -> KeptDocument:
    """`put`, of a document at a place (kind, owner, name), in a transaction that writes."""
    values = _checked(*place, body)
    revision = connection.execute(_COUNTED, {"kind": place[0]}).scalar_one()
    current = _found(connection, *place)
    if expected is not None and expected != (current.revision if current else 0):
        raise StaleDocument(current)
    values |= {"revision": revision, "saved_at": datetime.now(UTC).isoformat()}
    if current:
        connection.execute(DOCUMENT.update().where(_named(*place)).values(values))
    else:
        connection.execute(DOCUMENT.insert().values(values))
    return _read({**values, "size": len(body)})


@cache
def _opened(address: str | Path, _process: int) -> Documents:
    return Documents(Database(address))


def documents_of(instance: Path) -> Documents:
    """The documents of an instance; a process opens their database once."""
    return _opened(journal_address(instance), os.getpid())


_HEAD = [DOCUMENT.c[name] for name in ("kind", "owner", "name", "revision", "saved_at")]


def _named(kind: str, owner: str, name: str) -> Any:
    columns = DOCUMENT.c
    return and_(columns.kind == kind, columns.owner == owner, columns.name == name)


def _timed(row: Any) -> dict[str, Any]:
    return {**row, "saved_at": datetime.fromisoformat(row["saved_at"])}


def _read(row: Any) -> KeptDocument:
    body = bytes(row["body"])
    return KeptDocument(**{**_timed(row), "body": body, "size": len(body)})


def _found(connection: Connection, kind: str, owner: str, name: str) -> KeptDocument | None:
    query = select(DOCUMENT).where(_named(kind, owner, name))
    row = connection.execute(query).mappings().one_or_none()
    return _read(row) if row else None


def _checked(kind: str, owner: str, name: str, body: bytes) -> dict[str, Any]:
    """The columns of a document that may be kept.

    Raises:
        JournalError: it may not.
    """
    values = {"kind": kind, "owner": owner, "name": name}
    for column, value in values.items():
        if len(value) > _LENGTHS[column] or "\0" in value:
            raise JournalError(
                "The field '{name}' of the document is too long or not text.", name=column
            )
    if len(body) > MAX_BODY:
        raise JournalError(
            "The document holds more than {most:,} bytes; shorten it.", most=MAX_BODY
        )
    return {**values, "body": body}


# ---- whole, for backups ---------------------------------------------------------------


#: Kinds that belong to the servers of a database and not to what people made: copies of files that
#: a backup has as files, the key of sessions, the name of the database, the pace of services.
OF_SERVERS = ("file", "secret", "store", "pace")


def all_documents(connection: Connection) -> Iterator[KeptDocument]:
    """Every document that people made, one by one, as a backup keeps them."""
    own = select(DOCUMENT).where(DOCUMENT.c.kind.not_in(OF_SERVERS))
    rows = connection.execution_options(yield_per=20).execute(
        own.order_by(DOCUMENT.c.kind, DOCUMENT.c.owner, DOCUMENT.c.name)
    )
    for row in rows.mappings():
        yield _read(row)


def write_documents(connection: Connection, documents: Iterator[KeptDocument]) -> None:
    """Put documents into a database that has none, with the revisions they had.

    Raises:
        JournalError: one of them cannot be kept.
    """
    changes: dict[str, int] = {}
    for one in documents:
        values = _checked(one.kind, one.owner, one.name, one.body)
        values |= {"revision": one.revision, "saved_at": one.saved_at.isoformat()}
        connection.execute(DOCUMENT.insert().values(values))
        changes[one.kind] = max(one.revision, changes.get(one.kind, 0))
    if changes:
        rows = [{"kind": kind, "changes": count} for kind, count in changes.items()]
        connection.execute(DOCUMENT_KIND.delete())
        connection.execute(DOCUMENT_KIND.insert(), rows)
