"""The journal as JSON Lines, and a whole instance in one file: backup and restore.

A backup is a gzipped tar with `manifest.json`, `journal.jsonl`, `accounts.jsonl`,
`documents.jsonl` (drafts, checks of sources), and the files that people made and nothing can
rebuild: those that servers share (`shared_files`: pages, brought texts, records taken in and
records that wait) and drafts of earlier versions (`drafts/`). It does not depend on the database
it came from. The index, the caches and the key of sessions are not in it.

A backup takes its file's place only after it was read as `restore` reads it.
"""

from __future__ import annotations

import base64
import gzip
import io
import json
import os
import re
import shutil
import tarfile
import tempfile
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import IO, Any

from sqlalchemy import Connection, select

from evidence.journal.documents import KeptDocument, all_documents, write_documents
from evidence.journal.event import FIRST, JournalError, read_row, write_row
from evidence.journal.schema import ACCOUNT, EVENT, HEAD
from evidence.journal.shared_files import FILES, FOLDERS
from evidence.journal.store import Journal, account_payload, know_accounts, misfit
from references.files import replacing

FORMAT = 3  # 1 had no documents, 2 a member for each of them
FORMATS = (1, 2, FORMAT)
MAX_MEMBER = 50_000_000  # bytes that are held at once: of a document's line, or of all accounts
MAX_FILE = 5_000_000_000  # bytes of a file, of which some are held at a time
MAX_MANIFEST = 100_000
MAX_LINE = 1_000_000  # of the journal; an event holds less
MAX_MEMBERS = 500_000
MAX_HEADER = 10_000  # characters of a member's name and attributes
MAX_HEADERS = 100_000_000  # of all members
BATCH = 100  # events written at a time
BEGUN = ".evidence-backup."  # how the name of a backup begins while it is written
_FOLDERS = (*FOLDERS, "drafts")  # the last: what versions before documents kept there
_DOCUMENTS = "documents.jsonl"
_PART = 1_000_000  # bytes of a file that are looked at together


def lines(journal: Journal, connection: Connection | None = None) -> Iterator[str]:
    """Every event as one line of JSON, in order; as a transaction sees them, if one is given."""
    for row in journal.rows(connection):
        line = json.dumps(read_row(row).as_dict(), ensure_ascii=False, sort_keys=True)
        # Characters that some readers take for the end of a line.
        yield re.sub("[\u0085\u2028\u2029]", lambda m: f"\\u{ord(m[0]):04x}", line) + "\n"


def _files(instance: Path) -> list[Path]:
    """The files of an instance that a backup keeps."""
    paths = [path for folder in _FOLDERS for path in (instance / folder).rglob("*")]
    paths += [instance / name for name in FILES]
    return sorted(
        path for path in paths if path.is_file() and path.name[0] != "." and path.suffix != ".lock"
    )


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
    folder = target.parent
    with (
        replacing(target, mode=0o600, prefix=BEGUN) as stream,
        tempfile.TemporaryFile(dir=folder) as events,
        tempfile.TemporaryFile(dir=folder) as documents,
    ):
        with journal.reading() as connection:  # one state of the database
            accounts = [dict(row) for row in connection.execute(select(ACCOUNT)).mappings()]
            count, last = _spread(events, (line.encode() for line in lines(journal, connection)))
            kept, _ = _spread(documents, map(_written, all_documents(connection)))
        people = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in accounts).encode()
        with tarfile.open(fileobj=stream, mode="w:gz") as archive:
            _add(archive, "journal.jsonl", events)
            _add(archive, "accounts.jsonl", io.BytesIO(people))
            _add(archive, _DOCUMENTS, documents)
            manifest = {
                "format": FORMAT,
                "made": datetime.now(UTC).isoformat(timespec="seconds"),
                "events": count,
                "head": json.loads(last)["hash"] if count else FIRST,
                "accounts": len(accounts),
                "documents": kept,
                "files": sum(_added(archive, path, instance) for path in _files(instance)),
            }
            written = (json.dumps(manifest, indent=2) + "\n").encode()
            _add(archive, "manifest.json", io.BytesIO(written))
        _try(stream, target, instance)
    return manifest


def _try(written: IO[bytes], target: Path, instance: Path) -> None:
    """Read a backup that was written as `restore` will.

    Raises:
        JournalError: it would be refused.
    """
    try:
        written.flush()
        with os.fdopen(os.dup(written.fileno()), "rb") as stream:
            stream.seek(0)
            with _reading(target, stream) as archive:
                # As into an instance that is not there yet: a folder of this one may lie elsewhere.
                _Parts(archive, target.parent / f".{target.name}.tried")
    except JournalError as error:
        raise JournalError(
            "{target} was not written, for it could not be restored: {reason}",
            target=target,
            reason=error,
        ) from error


def _spread(stream: IO[bytes], written: Iterable[bytes]) -> tuple[int, bytes]:
    """Write lines to a stream; how many they are, and the last."""
    count, last = 0, b""
    for count, last in enumerate(written, 1):  # noqa: B007
        stream.write(last)
    return count, last


def _add(archive: tarfile.TarFile, name: str, stream: IO[bytes]) -> None:
    """Add what was written to a stream, from its beginning."""
    info = tarfile.TarInfo(name)
    info.size, info.mode = stream.seek(0, io.SEEK_END), 0o600
    stream.seek(0)
    archive.addfile(info, stream)


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
    """A document as a line of a backup."""
    fields = {
        **{name: getattr(document, name) for name in ("kind", "owner", "name", "revision")},
        "saved_at": document.saved_at.isoformat(),
        "body": base64.b64encode(document.body).decode(),
    }
    return json.dumps(fields, ensure_ascii=False).encode() + b"\n"


def _documents(archive: tarfile.TarFile) -> Iterator[KeptDocument]:
    """The documents of a backup, one by one.

    Raises:
        ValueError, LookupError, TypeError: one of them is damaged.
    """
    for written in _written_documents(archive):
        fields = json.loads(written)
        body = base64.b64decode(fields["body"], validate=True)
        at = datetime.fromisoformat(fields["saved_at"])
        kind, owner, name = (str(fields[one]) for one in ("kind", "owner", "name"))
        yield KeptDocument(kind, owner, name, int(fields["revision"]), at, len(body), body)


def _written_documents(archive: tarfile.TarFile) -> Iterator[bytes]:
    """What `_written` made of each document, as this version keeps it or the one before."""
    for info in archive.getmembers():  # looked up by name, each would cost as much as all
        if not info.isfile():
            continue
        if info.name == _DOCUMENTS:
            with _open(archive, info) as stream:
                yield from iter(lambda stream=stream: stream.readline(MAX_MEMBER), b"")  # type: ignore[misc]
        elif info.name.startswith("documents/"):
            yield _member(archive, info)


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
    headers = 0
    for count, info in enumerate(archive, 1):
        header = len(info.name) + sum(map(len, info.pax_headers.values()))
        headers += header
        if count > MAX_MEMBERS or header > MAX_HEADER or headers > MAX_HEADERS:
            raise JournalError("The backup holds more than one of ours could; it was not read.")


def _open(archive: tarfile.TarFile, name: str | tarfile.TarInfo) -> IO[bytes]:
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
            "The backup has no {name}; it is not one of ours or is cut short.", name=_named(name)
        )
    return stream


def _named(name: str | tarfile.TarInfo) -> str:
    return name if isinstance(name, str) else name.name


def _member(archive: tarfile.TarFile, name: str | tarfile.TarInfo, most: int = MAX_MEMBER) -> bytes:
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
            name=_named(name),
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
            if misfit(row, number, previous):
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
        if connection.execute(select(HEAD.c.number).with_for_update()).scalar_one():
            raise JournalError("Somebody wrote to this journal meanwhile; restore elsewhere.")
        last: dict[str, Any] = {}
        while batch := list(islice(rows, BATCH)):
            connection.execute(EVENT.insert(), batch)
            last = {name: batch[-1][name] for name in ("number", "hash")}
        if last:
            connection.execute(HEAD.update().values(last))
        if accounts:
            connection.execute(ACCOUNT.insert(), accounts)
        if not has_said:  # a backup of before accounts were kept in the chain
            know_accounts(connection)
        write_documents(connection, documents)


def _files_of_backup(archive: tarfile.TarFile, instance: Path) -> dict[Path, tarfile.TarInfo]:
    """The files of a backup: their members by where they belong.

    Raises:
        JournalError: one of them would lie outside the instance, or is too large.
    """
    kept = {}
    for info in archive.getmembers():
        parts = Path(info.name).parts
        if not info.isfile() or not ((*parts, "")[0] in _FOLDERS or info.name in FILES):
            continue
        tarfile.data_filter(info, str(instance))
        if ".." in parts or info.size > MAX_FILE:
            raise JournalError("The backup holds {name}, which is not one of ours.", name=info.name)
        kept[instance / info.name] = info
    return kept


def _is_in(archive: tarfile.TarFile, info: tarfile.TarInfo | None, path: Path) -> bool:
    """Whether a file is as a backup has it."""
    if info is None or info.size != path.stat().st_size:
        return False
    with _open(archive, info) as theirs, path.open("rb") as ours:
        return all(part == theirs.read(_PART) for part in iter(lambda: ours.read(_PART), b""))


class _Parts:
    """What a backup consists of, all of it read and found whole.

    Raises:
        JournalError, ValueError, LookupError, TypeError: it is damaged.
    """

    def __init__(self, archive: tarfile.TarFile, instance: Path) -> None:
        _check_members(archive)
        self.manifest = _manifest(archive)
        said = _check_parts(archive, self.manifest)
        self.has_said = bool(said)
        people = _member(archive, "accounts.jsonl").split(b"\n")
        self.accounts = [json.loads(line) for line in people if line]
        _check_accounts(self.accounts, said)
        self.files = _files_of_backup(archive, instance)


@contextmanager
def _reading(source: Path, stream: IO[bytes] | None = None) -> Iterator[tarfile.TarFile]:
    """A backup that is open: of a file, or of a stream that becomes one.

    Raises:
        JournalError: it is none, or is damaged.
    """
    try:
        with (
            _Unpacked(None if stream else source, "rb", fileobj=stream) as unpacked,
            tarfile.open(fileobj=unpacked, mode="r:") as archive,
        ):
            yield archive
    except (OSError, EOFError, tarfile.TarError, zlib.error) as error:
        raise JournalError(
            "{source} is not a readable backup ({error}).", source=source, error=error
        ) from error
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError) as error:
        raise JournalError(
            "{source} is a damaged backup ({error}).", source=source, error=error
        ) from error


def restore(journal: Journal, instance: Path, source: Path) -> dict[str, Any]:
    """Fill an empty journal and instance from a backup; returns its manifest.

    Everything is read and checked before anything is written. Files come first, events,
    accounts and documents last and in one transaction: a restore that was cut short is given again.

    Raises:
        JournalError: the journal is not empty, or the backup is damaged.
    """
    with journal.reading() as connection:
        in_use = next(all_documents(connection), None)  # who has an account stands in the chain
    with _reading(source) as archive:
        parts = _Parts(archive, instance)
        ours = all(_is_in(archive, parts.files.get(path), path) for path in _files(instance))
        if journal.head()[0] or in_use or not ours:
            raise JournalError(
                "This instance is not empty, and nothing is overwritten; "
                "restore into a new one with --instance DIR."
            )
        for path, info in parts.files.items():
            with _open(archive, info) as member, replacing(path) as stream:
                shutil.copyfileobj(member, stream)
        documents = _documents(archive)
        _write_rows(journal, _rows(archive), parts.accounts, documents, parts.has_said)
    return dict(parts.manifest)
