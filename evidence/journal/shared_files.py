"""The files of an instance on several servers: in the database, with a working copy on each.

Pages, brought texts, records taken in, candidates, fetched abstracts and the state of updates are
files: people read and edit them, and everything works on them without a database. Where the
database is outside the instance (`EVIDENCE_JOURNAL_URL`), each file is a document there too, and
the database's one counts: a change on one server reaches the others at their next request. A
server that cannot ask the database goes on with the copy it has.

What was written here and not handed on (by hand, by an earlier version, or before a crash) is
handed on at the next `sync`. Where somebody else wrote the same file meanwhile, theirs stands, and
the one of here is kept beside it as `<name>.kept-<revision>`: nothing is lost.
"""

from __future__ import annotations

import hashlib
import json
import logging
import os
import threading
import time
import uuid
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path

from filelock import FileLock

from evidence.instance import Overtaken, kept_beside, remove_file
from evidence.journal.documents import DocumentHead, Documents, KeptDocument, StaleDocument
from evidence.journal.event import JournalError, JournalUnavailable
from evidence.journal.store import Journal
from references.errors import SettingError
from references.files import write_atomic

log = logging.getLogger(__name__)

FILE = "file"  # of the documents that files are
STORE = "store"  # of the one that tells this database from another
#: What is shared of an instance folder; index, vectors, caches and locks are each server's own.
FOLDERS = ("originals", "waiting", "texts", "references")
FILES = ("abstracts.jsonl", "candidates.bib", "update-state.json")
KEPT_AS_LOADED = "originals/"
#: What a server knows of its working copy.
MANIFEST = "shared-files.json"
_AGAIN = 5.0  # seconds before a folder that cannot be written is tried again


@dataclass(frozen=True)
class Copy:
    """A file as it was last the same here and in the database."""

    revision: int
    size: int
    mtime: int  # nanoseconds
    sha256: str


class SharedFiles:
    """The files of an instance, shared with other servers; safe to share between threads."""

    def __init__(self, instance: Path, journal: Journal) -> None:
        self._instance = instance
        self._journal = journal
        self._documents = Documents(journal)
        self._manifest = instance / MANIFEST
        self._seen = -1  # changes of the database that the folder has
        self._tried = 0.0
        self._refused: set[tuple[str, int, int]] = set()  # files as they are that no database takes
        self._lock = threading.RLock()
        self._among_processes = FileLock(instance / f".{MANIFEST}.lock", thread_local=False)

    # ---- what servers do --------------------------------------------------------------

    @property
    def stamp(self) -> str:
        """How many changes of the database the folder has."""
        return str(max(0, self._seen))

    def pull(self, changes: int | None = None) -> None:
        """Bring the folder up to date; the first time in a process, hand on what is new here."""
        if self._seen < 0:
            self.sync()
        elif (self._documents.stamp(FILE) if changes is None else changes) != self._seen:
            with self._held() as copies:
                if copies is not None:
                    self._take(copies)

    def sync(self) -> None:
        """Hand on what was written here and nobody has yet; take what others wrote.

        Raises:
            JournalUnavailable: the database cannot be used.
        """
        with self._held() as copies:
            if copies is not None:
                self._hand_on(copies)
                self._take(copies)

    def push(self, paths: Iterable[Path]) -> None:
        """Hand on files that were written here, all of them or none."""
        with self.writing():
            copies = self._read_manifest()
            try:
                self._put(copies, [self._name(path) for path in paths])
            except StaleDocument as error:
                raise Overtaken(
                    "Somebody else wrote {files} meanwhile; look at it and try again.",
                    files=", ".join(path.name for path in paths),
                ) from error

    def remove(self, paths: Iterable[Path]) -> None:
        """Remove files for good: from the database first, which takes them from everybody."""
        paths = list(paths)
        with self.writing():
            copies = self._read_manifest()
            self._documents.delete_all(FILE, map(self._name, paths))
            for path in paths:
                remove_file(path)
                copies.pop(self._name(path), None)
            self._write_manifest(copies)

    @contextmanager
    def alone(self, name: str, wait: float = -1) -> Iterator[object]:
        """Hold a lock of the database, and one among the processes of this machine."""
        self._instance.mkdir(parents=True, exist_ok=True)
        with (
            FileLock(self._instance / f"{name}.lock").acquire(timeout=wait),
            self._journal.alone(name, wait),
        ):
            yield None

    # ---- the folder and the database --------------------------------------------------

    @contextmanager
    def _held(self) -> Iterator[dict[str, Copy] | None]:
        """The copies, while nobody else here changes them; None where the folder is no use."""
        with self._lock:
            if time.monotonic() < self._tried + _AGAIN:
                yield None
                return
            try:
                with self.writing():
                    yield self._read_manifest()
            except (OSError, SettingError) as error:
                self._tried = time.monotonic()
                log.error("What other servers wrote cannot be kept here: %s", error)

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Let nobody else here hand files on meanwhile: those that belong together go together."""
        with self._lock:
            self._instance.mkdir(parents=True, exist_ok=True)
            with self._among_processes:
                yield

    def _name(self, path: Path) -> str:
        return path.relative_to(self._instance).as_posix()

    def _here(self) -> Iterator[str]:
        """The names of the files that are shared, as they are in the folder now."""
        for folder in FOLDERS:
            for path in sorted((self._instance / folder).rglob("*")):
                if path.is_file() and path.suffix != ".lock" and _is_shared_name(path.name):
                    yield self._name(path)
        yield from (name for name in FILES if (self._instance / name).is_file())

    def _hand_on(self, copies: dict[str, Copy]) -> None:
        """Put what changed here into the database, unless another stands there."""
        for name in list(self._here()):
            path = self._instance / name
            known = copies.get(name)
            if known and _is_same(path, known):
                continue
            if known and name.startswith(KEPT_AS_LOADED):
                del copies[name]  # a page is as it was loaded: the one of the database comes back
                continue
            as_it_is = (name, path.stat().st_size, path.stat().st_mtime_ns)
            if as_it_is in self._refused:
                continue
            try:
                self._put(copies, [name])
            except JournalUnavailable:
                raise
            except StaleDocument as stale:
                if stale.current is None:  # removed for good
                    _remove(path)
                copies.pop(name, None)  # else `_take` writes theirs
            except JournalError as error:  # one file too large keeps no other from its servers
                self._refused.add(as_it_is)
                log.error("%s stays on this server: %s", path, error)

    def _put(self, copies: dict[str, Copy], names: list[str]) -> None:
        bodies = {}
        contents = {name: (self._instance / name).read_bytes() for name in names}
        for name, content in contents.items():
            known = copies.get(name)
            bodies[name] = (zlib.compress(content), known.revision if known else 0)
        for kept in self._documents.put_all(FILE, bodies):
            copies[kept.name] = self._noted(kept, contents[kept.name])
        self._write_manifest(copies)

    def _take(self, copies: dict[str, Copy]) -> None:
        """Write what others wrote, remove what others removed."""
        seen = self._documents.stamp(FILE)
        heads = {head.name: head for head in self._documents.list(FILE)}
        for name in sorted(set(copies) - set(heads)):
            _remove(self._instance / name)
            del copies[name]
        # The description of a page comes after the page: a version is there when it is.
        for name in sorted(heads, key=lambda one: (one.endswith(".json"), one)):
            if _is_ours(name) and self._is_new(heads[name], copies.get(name)):
                self._write(name, copies)
        self._write_manifest(copies)
        self._seen = seen

    def _is_new(self, head: DocumentHead, known: Copy | None) -> bool:
        return (
            known is None
            or known.revision != head.revision
            or not (self._instance / head.name).exists()
        )

    def _write(self, name: str, copies: dict[str, Copy]) -> None:
        document = self._documents.get(FILE, name)
        if document is None:  # removed a moment ago
            return
        content, path = _content(document), self._instance / name
        known = copies.get(name)
        is_noted = known is not None and path.exists() and _is_same(path, known)
        if not is_noted and path.exists() and path.read_bytes() != content:  # edited here
            beside = path.with_name(f"{path.name}.kept-{document.revision}")
            path.replace(beside)
            log.error("%s was changed elsewhere too; yours is %s.", path, beside.name)
        write_atomic(path, content)
        copies[name] = self._noted(document, content)

    def _noted(self, document: KeptDocument, content: bytes) -> Copy:
        """What is known of a file from now on; its time is that of the database, on all servers."""
        path = self._instance / document.name
        at = _nanoseconds(document.saved_at)
        os.utime(path, ns=(at, at))
        digest = hashlib.sha256(content).hexdigest()
        return Copy(document.revision, len(content), path.stat().st_mtime_ns, digest)

    # ---- what a server knows of its copy ----------------------------------------------

    def _store(self) -> str:
        """The name of this database: a copy of another one is no copy of this."""
        named = self._documents.change(STORE, "id", lambda id_: id_ or uuid.uuid4().hex.encode())
        return named.body.decode()

    def _read_manifest(self) -> dict[str, Copy]:
        try:
            written = json.loads(self._manifest.read_text(encoding="utf-8"))
            copies = {name: Copy(**one) for name, one in written["files"].items()}
            store = written["store"]
        except (OSError, ValueError, LookupError, TypeError, AttributeError):
            return {}
        newest = max((one.revision for one in copies.values()), default=0)
        known = self._documents.get(STORE, "id")
        # A database that was put back to an earlier day has not removed what came later.
        if known is None or known.body.decode() != store or self._documents.stamp(FILE) < newest:
            return {}
        return copies

    def _write_manifest(self, copies: dict[str, Copy]) -> None:
        known = self._documents.get(STORE, "id")
        store = known.body.decode() if known else self._store()
        files = {name: asdict(one) for name, one in sorted(copies.items())}
        write_atomic(self._manifest, json.dumps({"store": store, "files": files}, indent=0))


def _is_shared_name(name: str) -> bool:
    return not name.startswith(".") and ".kept-" not in name


def _remove(path: Path) -> None:
    """Remove what was removed for good elsewhere, with what was kept beside it here."""
    for one in (path, *kept_beside(path)):
        remove_file(one)


def _is_ours(name: str) -> bool:
    """Whether a file of the database belongs where files of an instance are."""
    parts = Path(name).parts
    return ".." not in parts and (name in FILES or parts[0] in FOLDERS)


def _content(document: KeptDocument) -> bytes:
    return zlib.decompress(document.body)


def _is_same(path: Path, known: Copy) -> bool:
    """Whether a file is as it was noted; what was only touched is."""
    status = path.stat()
    if (status.st_size, status.st_mtime_ns) == (known.size, known.mtime):
        return True
    return hashlib.sha256(path.read_bytes()).hexdigest() == known.sha256


def _nanoseconds(at: datetime) -> int:
    return int(at.timestamp() * 1_000_000) * 1000
