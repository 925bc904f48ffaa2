"""The journal as JSON Lines, and a whole instance in one file: backup and restore.

A backup is a gzipped tar with `manifest.json`, `journal.jsonl`, `accounts.jsonl`, a member for
each document (drafts; `documents/`), and the files that people made and nothing can rebuild: pages
(`originals/`), registers brought at the desk (`texts/`), drafts of earlier versions (`drafts/`),
and the records that wait for screening with the searches that found them. It does not depend on
the database it came from. The index, the caches and the key of sessions are not in it.
"""

from __future__ import annotations

import base64
import gzip
import io
import json
import re
import tarfile
import zlib
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import IO, Any

from sqlalchemy import Connection, select

from evidence.journal.documents import (
    OF_SERVERS,
    KeptDocument,
    all_documents,
    write_documents,
)
from evidence.journal.event import FIRST, JournalError, event_hash, read_row, write_row
from evidence.journal.schema import ACCOUNT, DOCUMENT, EVENT, HEAD
from evidence.journal.store import Journal, account_payload, know_accounts
from references.files import replacing, write_atomic

FORMAT = 2  # 1 had no documents
FORMATS = (1, FORMAT)
MAX_MEMBER = 50_000_000  # bytes of a file, or of all accounts
MAX_MANIFEST = 100_000
MAX_LINE = 1_000_000  # of the journal; an event holds less
MAX_MEMBERS = 100_000
MAX_HEADER = 10_000  # characters of a member's name and attributes
BATCH = 100  # events written at a time
BEGUN = ".evidence-backup."  # how the name of a backup begins while it is written
FOLDERS = ("originals", "texts", "drafts")
FILES = ("candidates.bib", "update-state.json")


def lines(journal: Journal, connection: Connection | None = None) -> Iterator[str]:
    """Every event as one line of JSON, in order; as a transaction sees them, if one is given."""
    for row in journal.rows(connection):
        line = json.dumps(read_row(row).as_dict(), ensure_ascii=False, sort_keys=True)
        # Characters that some readers take for the end of a line.
        yield re.sub("[\u0085\u2028\u2029]", lambda m: f"\\u{ord(m[0]):04x}", line) + "\n"


def _files(instance: Path) -> list[Path]:
    """The files of an instance that a backup keeps."""
    paths = [path for folder in FOLDERS for path in (instance / folder).rglob("*")]
    paths += [instance / name for name in FILES]
    return sorted(path for path in paths if path.is_file() and path.name[0] != ".")


def backup(journal: Journal, instance: Path, target: Path) -> dict[str, Any]:
    """Write journal, accounts and files to `target`; returns the manifest.

    The file is whole or not there at all; it holds hashes of passwords, so only its owner
    may read it.

    Raises:
        SettingError: it cannot be written.
        JournalError: the journal does not verify: a broken one is not passed on as a backup.
    """
    checked = journal.verify()
    if not checked.ok:
        raise JournalError(
            "The journal does not verify ({problem}); it is not backed up as if it did. "
            "Keep a copy of its database and restore an earlier backup.",
            problem=checked.problem,
        )
    with journal.reading() as connection:
        accounts = [dict(row) for row in connection.execute(select(ACCOUNT)).mappings()]
        documents = [_written(document) for document in all_documents(connection)]
        events = "".join(lines(journal, connection)).encode()
    count = events.count(b"\n")
    people = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in accounts).encode()
    with (
        replacing(target, mode=0o600, prefix=BEGUN) as stream,
        tarfile.open(fileobj=stream, mode="w:gz") as archive,
    ):
        _add(archive, "journal.jsonl", events)
        _add(archive, "accounts.jsonl", people)
        for number, data in enumerate(documents, 1):
            _add(archive, f"documents/{number:06}.json", data)
        manifest = {
            "format": FORMAT,
            "made": datetime.now(UTC).isoformat(timespec="seconds"),
            "events": count,
            "head": json.loads(events.rstrip(b"\n").rpartition(b"\n")[2])["hash"]
            if count
            else FIRST,
            "accounts": len(accounts),
            "documents": len(documents),
            "files": sum(_added(archive, path, instance) for path in _files(instance)),
        }
        _add(archive, "manifest.json", (json.dumps(manifest, indent=2) + "\n").encode())
    return manifest


def _add(archive: tarfile.TarFile, name: str, data: bytes) -> None:
    info = tarfile.TarInfo(name)
    info.size, info.mode = len(data), 0o600
    archive.addfile(info, io.BytesIO(data))


def _added(archive: tarfile.TarFile, path: Path, instance: Path) -> bool:
    """Add a file; False when somebody discarded it meanwhile."""
    try:
        stream = path.open("rb")
    except FileNotFoundError:
        return False
    with stream:  # files are replaced, never written to: this one stays as it is
        name = path.relative_to(instance).as_posix()
        archive.addfile(archive.gettarinfo(arcname=name, fileobj=stream), stream)
    return True


def _written(document: KeptDocument) -> bytes:
    """A document as the member of a backup."""
    fields = {
        **{name: getattr(document, name) for name in ("kind", "owner", "name", "revision")},
        "saved_at": document.saved_at.isoformat(),
        "body": base64.b64encode(document.body).decode(),
    }
    return json.dumps(fields, ensure_ascii=False).encode()


def _documents(archive: tarfile.TarFile) -> Iterator[KeptDocument]:
    """The documents of a backup, one by one.

    Raises:
        ValueError, LookupError, TypeError: one of them is damaged.
    """
    for info in archive.getmembers():
        if not (info.isfile() and info.name.startswith("documents/")):
            continue
        fields = json.loads(_member(archive, info.name))
        body = base64.b64decode(fields["body"], validate=True)
        at = datetime.fromisoformat(fields["saved_at"])
        kind, owner, name = (str(fields[one]) for one in ("kind", "owner", "name"))
        yield KeptDocument(kind, owner, name, int(fields["revision"]), at, len(body), body)


class _Unpacked(gzip.GzipFile):
    """A gzipped file that never gives more than `MAX_MEMBER` bytes at a time.

    An archive of some megabytes unpacks to gigabytes, and tarfile reads at once whatever length
    the header of a member announces.
    """

    def read(self, size: int | None = -1) -> bytes:
        if size is None or not 0 <= size <= MAX_MEMBER:
            raise tarfile.ReadError("a part of it is larger than any of ours")
        return super().read(size)


def _check_members(archive: tarfile.TarFile) -> None:
    """Look at the headers one by one, before tarfile collects them all.

    Raises:
        JournalError: there are more of them, or longer ones, than a backup of ours has.
    """
    for count, info in enumerate(archive, 1):
        header = len(info.name) + sum(map(len, info.pax_headers.values()))
        if count > MAX_MEMBERS or header > MAX_HEADER:
            raise JournalError("The backup holds more than one of ours could; it was not read.")


def _open(archive: tarfile.TarFile, name: str) -> IO[bytes]:
    """A member of a backup.

    Raises:
        JournalError: it is not there.
    """
    try:
        stream = archive.extractfile(name)
    except KeyError:
        stream = None
    if stream is None:
        raise JournalError(
            "The backup has no {name}; it is not one of ours or is cut short.", name=name
        )
    return stream


def _member(archive: tarfile.TarFile, name: str, most: int = MAX_MEMBER) -> bytes:
    """The bytes of a member, up to a limit.

    Raises:
        JournalError: it is not there, or is larger than any of ours.
    """
    with _open(archive, name) as stream:
        content = stream.read(most + 1)
    if len(content) > most:
        raise JournalError(
            "The backup holds more than {most:,} bytes of {name}; it is damaged.",
            most=most,
            name=name,
        )
    return content


def _manifest(archive: tarfile.TarFile) -> dict[str, Any]:
    manifest = json.loads(_member(archive, "manifest.json", MAX_MANIFEST))
    if not isinstance(manifest, dict):
        raise JournalError("The backup has no fields in its manifest.json; it is not one of ours.")
    if manifest.get("format") not in FORMATS:
        raise JournalError("The backup was made by a newer version; update the program.")
    return manifest


def _rows(archive: tarfile.TarFile) -> Iterator[dict[str, Any]]:
    """The events of a backup, one by one, each found to follow the one before."""
    previous = FIRST
    with _open(archive, "journal.jsonl") as stream:
        # Lines of bytes: a comment may hold characters that only Unicode calls ends of lines.
        for number, line in enumerate(iter(lambda: stream.readline(MAX_LINE), b""), 1):
            row = write_row(json.loads(line))
            follows = row["number"] == number and row["previous"] == previous
            if not follows or event_hash(row) != row["hash"]:
                raise JournalError(
                    "The backup was altered: its event {number} does not verify.", number=number
                )
            previous = row["hash"]
            yield row


def _check_parts(archive: tarfile.TarFile, manifest: dict[str, Any]) -> dict[str, Any]:
    """What the events of a backup say of its accounts, by name.

    Raises:
        JournalError: they do not follow from one another, or its parts are not those of the
            manifest.
    """
    count, head, said = 0, FIRST, {}
    for row in _rows(archive):
        count, head = row["number"], row["hash"]
        if row["kind"] == "account":
            payload = json.loads(row["payload"])
            said[payload["account"]] = {**payload, "change": ""}
    if count != manifest["events"] or head != manifest["head"]:
        raise JournalError("The backup was altered: its journal is not the one of its manifest.")
    if sum(1 for _ in _documents(archive)) != manifest.get("documents", 0):
        raise JournalError("The backup was altered: documents of its manifest are not in it.")
    return said


def _check_accounts(accounts: list[dict[str, Any]], said: dict[str, Any]) -> None:
    """Compare the accounts of a backup with its events, where these name any.

    Raises:
        JournalError: somebody altered the accounts.
    """
    if said and {row["name"]: account_payload(row, "") for row in accounts} != said:
        raise JournalError("The backup was altered: its accounts are not those of its journal.")


def _write_rows(
    journal: Journal,
    rows: Iterator[dict[str, Any]],
    accounts: list[dict[str, Any]],
    documents: Iterator[KeptDocument],
    has_said: bool,
) -> None:
    """Fill an empty journal in one transaction, some events at a time."""
    with journal.writing() as connection:
        head = connection.execute(
            select(HEAD.c.number).where(HEAD.c.id == 1).with_for_update()
        ).scalar_one()
        if head:
            raise JournalError("Somebody wrote to this journal meanwhile; restore elsewhere.")
        last: dict[str, Any] = {}
        while batch := list(islice(rows, BATCH)):
            connection.execute(EVENT.insert(), batch)
            last = {name: batch[-1][name] for name in ("number", "hash")}
        if last:
            connection.execute(HEAD.update().where(HEAD.c.id == 1).values(last))
        if accounts:
            connection.execute(ACCOUNT.insert(), accounts)
        if not has_said:  # a backup of before accounts were kept in the chain
            know_accounts(connection)
        write_documents(connection, documents)


def _files_of_backup(archive: tarfile.TarFile, instance: Path) -> dict[Path, str]:
    """The files of a backup: their names in it by where they belong.

    Raises:
        JournalError: one of them would lie outside the instance, or is too large.
    """
    kept = {}
    for info in archive.getmembers():
        parts = Path(info.name).parts
        if not info.isfile() or not ((*parts, "")[0] in FOLDERS or info.name in FILES):
            continue
        tarfile.data_filter(info, str(instance))
        if ".." in parts or info.size > MAX_MEMBER:
            raise JournalError("The backup holds {name}, which is not one of ours.", name=info.name)
        kept[instance / info.name] = info.name
    return kept


def restore(journal: Journal, instance: Path, source: Path) -> dict[str, Any]:
    """Fill an empty journal and instance from a backup; returns its manifest.

    Everything is read and checked before anything is written. Files come first, events,
    accounts and documents last and in one transaction: a restore that was cut short is given again.

    Raises:
        JournalError: the journal is not empty, or the backup is damaged.
    """
    with journal.reading() as connection:
        in_use = connection.execute(select(ACCOUNT.c.name).limit(1)).first() or (
            connection.execute(
                select(DOCUMENT.c.name).where(DOCUMENT.c.kind.not_in(OF_SERVERS)).limit(1)
            ).first()
        )
    try:
        with (
            _Unpacked(source, "rb") as unpacked,
            tarfile.open(fileobj=unpacked, mode="r:") as archive,
        ):
            _check_members(archive)
            manifest = _manifest(archive)
            said = _check_parts(archive, manifest)
            people = _member(archive, "accounts.jsonl").split(b"\n")
            accounts = [json.loads(line) for line in people if line]
            _check_accounts(accounts, said)
            kept = _files_of_backup(archive, instance)
            ours = all(
                path in kept and _member(archive, kept[path]) == path.read_bytes()
                for path in _files(instance)
            )
            if journal.head()[0] or in_use or not ours:
                raise JournalError(
                    "This instance is not empty, and nothing is overwritten; "
                    "restore into a new one with --instance DIR."
                )
            for path, name in kept.items():
                write_atomic(path, _member(archive, name))
            _write_rows(journal, _rows(archive), accounts, _documents(archive), bool(said))
    except (OSError, EOFError, tarfile.TarError, zlib.error) as error:
        raise JournalError(
            "{source} is not a readable backup ({error}).", source=source, error=error
        ) from error
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError) as error:
        raise JournalError(
            "{source} is a damaged backup ({error}).", source=source, error=error
        ) from error
    return dict(manifest)
