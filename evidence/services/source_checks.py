"""What verification found, kept beside the journal: a document a check, nothing overwritten.

A check is stored under the key of its record, or under the printed string of a text's
source. The app shows the latest; the history stays, but for strings that only a deleted text
printed. Every server of the database has the same.

Earlier versions kept them in `source-checks.sqlite` of the instance: what stands there goes to the
others when it is first read, and the file goes: what a text prints would outlive it there.
"""

from __future__ import annotations

import hashlib
import json
import os
import sqlite3
from collections.abc import Iterable, Mapping
from contextlib import closing
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from evidence.instance import has_journal
from evidence.journal import JournalUnavailable
from evidence.journal.documents import (
    PAST_CHECK,
    SOURCE_CHECK,
    Documents,
    documents_of,
    place_of,
)
from references.errors import SettingError
from references.formats.bibtex import to_fields
from references.record import Reference
from references.verify import Check, Cited

_OLD_FILE = "source-checks.sqlite"


@dataclass(frozen=True)
class StoredCheck:
    """One check as it was stored.

    `result` is what `evidence verify --json` printed: status, matched, differences,
    candidates, notices, and `looked` (where, when). `digest` tells whether the citation has
    changed since: compare it with `digest_of`.
    """

    name: str
    at: datetime
    status: str
    digest: str
    needs_a_person: bool
    result: dict[str, Any]


def digest_of(cited: Cited) -> str:
    """SHA-256 of what was checked: changes when the citation changes."""
    own = ("provenance", "status", "unverified", "finding", "relevance")
    fields = {name: value for name, value in to_fields(cited.reference).items() if name not in own}
    plain = json.dumps([cited.text, fields], sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(plain.encode()).hexdigest()


def has_changed(check: StoredCheck, library: Mapping[str, Reference]) -> bool:
    """Whether the record of the library that a check was about is another now.

    A printed string is its own name: it cannot change.
    """
    record = library.get(check.name)
    return record is not None and check.digest != digest_of(Cited(check.name, record))


def store_check(instance: Path, cited: Cited, check: Check) -> None:
    """Keep the result of a check.

    Raises:
        JournalUnavailable: the database cannot be written.
    """
    documents = documents_of(instance)
    _take_over(instance, documents)
    at = datetime.now(UTC)
    result = check.as_dict()
    made = StoredCheck(cited.key, at, check.status, digest_of(cited), check.needs_a_person, result)
    _keep(documents, [made])


def _keep(documents: Documents, made: Iterable[StoredCheck]) -> None:
    """Keep checks, oldest first: in the history, then as the latest where none is newer."""
    made = list(made)
    documents.put_all(PAST_CHECK, {_moment(one): (_written(one), None) for one in made})
    for one in {check.name: check for check in made}.values():

        def newer(body: bytes, one: StoredCheck = one) -> bytes:
            return body if body and _read(body).at > one.at else _written(one)

        documents.change(SOURCE_CHECK, place_of(one.name), newer)


def latest_check(instance: Path, name: str) -> StoredCheck | None:
    """The last check of a key or of a printed string, or None when there was none.

    Raises:
        JournalUnavailable: the database cannot be used.
        SettingError: what an earlier version kept is damaged.
    """
    left = _left_over(instance)
    kept = (
        documents_of(instance).get(SOURCE_CHECK, place_of(name)) if has_journal(instance) else None
    )
    return _read(kept.body) if kept else left.get(name)


def latest_checks(instance: Path) -> dict[str, StoredCheck]:
    """The last check of every key and printed string that was ever checked.

    Raises:
        JournalUnavailable: the database cannot be used.
        SettingError: what an earlier version kept is damaged.
    """
    found = dict(_left_over(instance))
    if has_journal(instance):
        checks = (_read(one.body) for one in documents_of(instance).all(SOURCE_CHECK))
        found |= {check.name: check for check in checks}
    return found


def _moment(check: StoredCheck) -> str:
    """The name of the document of one check in the history."""
    return f"{place_of(check.name)} {check.at.isoformat(timespec='microseconds')}"


def _written(check: StoredCheck) -> bytes:
    plain = {**asdict(check), "at": check.at.isoformat(timespec="microseconds")}
    return json.dumps(plain, ensure_ascii=False).encode()


def _read(body: bytes) -> StoredCheck:
    plain = json.loads(body)
    return StoredCheck(**{**plain, "at": datetime.fromisoformat(plain["at"])})


# ---- what earlier versions kept -------------------------------------------------------


def _old_checks(path: Path) -> list[StoredCheck]:
    """The checks in the file of an earlier version, oldest first.

    Raises:
        SettingError: it is damaged.
    """
    try:
        # Where nobody writes, SQLite is told so: else it would make files beside this one.
        how = "mode=rw" if os.access(path.parent, os.W_OK) else "immutable=1"
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?{how}", uri=True)) as old:
            rows = old.execute(
                "SELECT name, at, status, digest, needs_a_person, result FROM checks "
                "ORDER BY number"
            ).fetchall()
        return [
            StoredCheck(
                name, datetime.fromisoformat(at), status, digest, bool(needs), json.loads(result)
            )
            for name, at, status, digest, needs, result in rows
        ]
    except (sqlite3.Error, ValueError, TypeError) as error:
        raise SettingError(
            "The results of checks in {path} cannot be used ({error}); move the file away "
            "or choose another instance folder.",
            path=path,
            error=error,
        ) from error


def _take_over(instance: Path, documents: Documents) -> None:
    """Keep what an earlier version kept with the others, once."""
    path = instance / _OLD_FILE
    if not path.exists():
        return
    known = {one.name for one in documents.list(PAST_CHECK)}
    _keep(documents, [one for one in _old_checks(path) if _moment(one) not in known])
    path.unlink(missing_ok=True)


def _left_over(instance: Path) -> Mapping[str, StoredCheck]:
    """What an earlier version kept and could not be taken over: this instance is only read."""
    if not (instance / _OLD_FILE).exists():
        return {}
    try:
        _take_over(instance, documents_of(instance))
    except (JournalUnavailable, OSError):
        return {check.name: check for check in _old_checks(instance / _OLD_FILE)}
    return {}
