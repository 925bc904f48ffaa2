"""The journal as JSON Lines, and a whole instance in one file: backup and restore.

A backup is a gzipped tar with `manifest.json`, `journal.jsonl`, `accounts.jsonl` and
`originals/`; it does not depend on the database it came from. The index and the caches are not
in it: they are rebuilt.
"""

from __future__ import annotations

import io
import json
import os
import re
import tarfile
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import select

from evidence.journal.event import FIRST, JournalError, event_hash, read_row, write_row
from evidence.journal.schema import ACCOUNT, EVENT, HEAD
from evidence.journal.store import Journal
from references.errors import SettingError

FORMAT = 1
MAX_MEMBER = 50_000_000


def lines(journal: Journal) -> Iterator[str]:
    """Every event as one line of JSON, in order."""
    for row in journal.rows():
        line = json.dumps(read_row(row).as_dict(), ensure_ascii=False, sort_keys=True)
        # Signs that some readers take for the end of a line.
        yield re.sub("[\u0085\u2028\u2029]", lambda m: f"\\u{ord(m[0]):04x}", line) + "\n"


def backup(journal: Journal, instance: Path, target: Path) -> dict[str, Any]:
    """Write journal, accounts and originals to `target`; returns the manifest.

    The file is whole or not there at all; it holds hashes of passwords, so only its owner
    may read it.

    Raises:
        SettingError: it cannot be written.
        JournalError: the journal does not verify: a broken one is not passed on as a backup.
    """
    checked = journal.verify()
    if not checked.ok:
        raise JournalError(
            f"The journal does not verify ({checked.problem}); it is not backed up as if it did. "
            "Keep a copy of its database and restore an earlier backup."
        )
    with journal.reading() as connection:
        accounts = [dict(row) for row in connection.execute(select(ACCOUNT)).mappings()]
    originals = instance / "originals"
    files = sorted(p for p in originals.rglob("*") if p.is_file() and p.name[0] != ".")
    events = "".join(lines(journal)).encode()
    count = events.count(b"\n")
    manifest = {
        "format": FORMAT,
        "made": datetime.now(UTC).isoformat(timespec="seconds"),
        "events": count,
        "head": json.loads(events.rstrip(b"\n").rpartition(b"\n")[2])["hash"] if count else FIRST,
        "accounts": len(accounts),
        "originals": len(files),
    }
    people = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in accounts).encode()
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
        try:
            with os.fdopen(handle, "wb") as stream:
                with tarfile.open(fileobj=stream, mode="w:gz") as archive:
                    document = (json.dumps(manifest, indent=2) + "\n").encode()
                    for member, data in (
                        ("manifest.json", document),
                        ("journal.jsonl", events),
                        ("accounts.jsonl", people),
                    ):
                        info = tarfile.TarInfo(member)
                        info.size, info.mode = len(data), 0o600
                        archive.addfile(info, io.BytesIO(data))
                    for path in files:
                        inside = path.relative_to(instance).as_posix()
                        archive.add(path, inside, recursive=False)
                stream.flush()
                os.fsync(stream.fileno())
            os.replace(name, target)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise
    except OSError as error:
        raise SettingError(f"Cannot write {target}: {error.strerror or error}.") from error
    return manifest


def _member(archive: tarfile.TarFile, name: str) -> bytes:
    try:
        stream = archive.extractfile(name)
    except KeyError:
        stream = None
    if stream is None:
        raise JournalError(f"The backup has no {name}; it is not one of ours or is cut short.")
    return stream.read()


def _chain(raw: bytes, manifest: dict[str, Any]) -> list[dict[str, Any]]:
    rows, previous = [], FIRST
    # Not splitlines: a comment may hold signs that only Unicode calls ends of lines.
    for number, line in enumerate(raw.decode("utf-8").rstrip("\n").split("\n") if raw else [], 1):
        row = write_row(json.loads(line))
        if row["number"] != number or row["previous"] != previous or event_hash(row) != row["hash"]:
            raise JournalError(f"The backup was altered: its event {number} does not verify.")
        previous = row["hash"]
        rows.append(row)
    if len(rows) != manifest["events"] or previous != manifest["head"]:
        raise JournalError("The backup was altered: its journal is not the one of its manifest.")
    return rows


def restore(journal: Journal, instance: Path, source: Path) -> dict[str, Any]:
    """Fill an empty journal and instance from a backup; returns its manifest.

    The chain is checked before anything is written; events and accounts come in one
    transaction.

    Raises:
        JournalError: the journal is not empty, or the backup is damaged.
    """
    with journal.reading() as connection:
        has_accounts = connection.execute(select(ACCOUNT.c.name).limit(1)).first()
    if journal.head()[0] or has_accounts or any((instance / "originals").glob("*/*.json")):
        raise JournalError(
            "This instance is not empty, and nothing is overwritten; "
            "restore into a new one with --instance DIR."
        )
    try:
        with tarfile.open(source, "r:gz") as archive:
            manifest = json.loads(_member(archive, "manifest.json"))
            if manifest.get("format") != FORMAT:
                raise JournalError("The backup was made by a newer version; update the program.")
            rows = _chain(_member(archive, "journal.jsonl"), manifest)
            people = _member(archive, "accounts.jsonl").split(b"\n")
            accounts = [json.loads(line) for line in people if line]
            for info in archive.getmembers():
                parts = Path(info.name).parts
                if parts[0] == "originals" and info.isfile() and info.size <= MAX_MEMBER:
                    archive.extract(info, instance, filter="data")
        with journal.writing() as connection:
            head = connection.execute(
                select(HEAD.c.number).where(HEAD.c.id == 1).with_for_update()
            ).scalar_one()
            if head:
                raise JournalError("Somebody wrote to this journal meanwhile; restore elsewhere.")
            if rows:
                connection.execute(EVENT.insert(), rows)
                last = {"number": rows[-1]["number"], "hash": rows[-1]["hash"]}
                connection.execute(HEAD.update().where(HEAD.c.id == 1).values(last))
            if accounts:
                connection.execute(ACCOUNT.insert(), accounts)
    except (OSError, EOFError, tarfile.TarError) as error:
        raise JournalError(f"{source} is not a readable backup ({error}).") from error
    except (ValueError, KeyError, TypeError) as error:
        raise JournalError(f"{source} is a damaged backup ({error}).") from error
    return dict(manifest)
