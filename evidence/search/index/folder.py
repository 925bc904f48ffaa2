"""The index folder of an instance: built when absent or stale, replaced in one step.

    <instance>/index/<base>/current.json     which generation is current, and made from what
    <instance>/index/<base>/<generation>/    Whoosh's files and the vocabulary they were made with

A generation is written in a folder of its own and becomes current by the renaming of one
small file, so a reader sees an old index or a new one, never half of one. Two processes may
build at once: each writes its own folder and the last to finish is current. Small changes
are added to a copy whose old files are hard links.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import sys
import time
import zlib
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import numpy as np
from filelock import FileLock, Timeout

from evidence.knowledge import KnowledgeBase, content_of
from evidence.search.index import embeddings, schema, writer
from evidence.search.index.documents import (
    Document,
    abstracts_file,
    digest,
    document_of,
    read_abstracts,
)
from evidence.search.index.reader import OpenIndex
from evidence.search.language.analysis import ANALYSIS
from evidence.search.ranking_parameters import read_parameters
from references.concepts import Concept, TermContext, Vocabulary
from references.errors import SettingError
from references.files import being_written, is_being_written, write_atomic
from references.record import Reference

Progress = Callable[[int, int], None]

#: More segments than this, or more deleted documents than a quarter: write the index anew.
MAX_SEGMENTS = 8


#: Bytes of a file of an index that is read whole to be compared, whenever the index is opened.
MOST_READ = 16 * 2**20


#: Seconds to wait for another process that writes the index.
_TURN = 300.0
#: When one of these differs no document is as it was: the whole index is written anew.
_WHOLE = ("vocabulary", "schema", "release", "meaning")


class BrokenIndexError(Exception):
    """The files of an index are not what was written; it is rebuilt."""


@dataclass(frozen=True, slots=True)
class Generation:
    """The current generation: its folder and what it was made from."""

    folder: Path
    state: dict[str, Any]
    stat: dict[str, Any]
    documents: int
    files: dict[str, list[int]]  # size, time of change and checksum of each


def _say(message: str) -> None:
    sys.stderr.write(message + "\n")


def _hash(paths: list[Path]) -> str:
    total = hashlib.sha256()
    for path in paths:
        total.update(content_of(path))
    return total.hexdigest()


def pointer_of(kb: KnowledgeBase, place: Path) -> Path:
    """The file that names the current index of a base, below the folder of an instance."""
    name = hashlib.blake2b(str(kb.folder).encode(), digest_size=6).hexdigest()
    return place / "index" / name / "current.json"


class IndexFolder:
    """The index of one knowledge base in one instance."""

    def __init__(self, kb: KnowledgeBase, instance: Path, place: Path | None = None) -> None:
        """`place` is written to instead of an instance that can only be read.

        Raises:
            SettingError: the search parameters of the base cannot be used.
        """
        self.kb = kb
        self.instance = instance
        self._place = place or instance
        self._pointer = pointer_of(kb, self._place)
        self.root = self._pointer.parent
        self.parameters = read_parameters(kb.settings, kb.folder / "kb.toml")

    # ---- what is there, and is it fresh ----

    def stat(self) -> dict[str, Any]:
        """Size and time of change of each file the index is made from: a cheap first look."""
        stats = {}
        for path in [*self.kb.library_files(), abstracts_file(self.instance)]:
            try:
                status = path.stat()
                stats[str(path)] = [status.st_size, status.st_mtime_ns]
            except OSError:
                continue
        return stats

    def _made_with(self) -> dict[str, Any]:
        """What an index is made with, whatever its contents; all of it is cheap to tell."""
        return {
            "schema": [schema.SCHEMA, ANALYSIS, self.parameters.of_documents],
            "release": schema.RELEASE,
            "meaning": embeddings.MODEL if embeddings.is_installed() else "",
        }

    def state(self) -> dict[str, Any]:
        """What decides whether an index is fresh: contents, schema, analysis, release."""
        abstracts = abstracts_file(self.instance)
        return {
            "base": self.kb.library_fingerprint(),
            "vocabulary": _hash(sorted(self.kb.vocabulary_folder.glob("*.yaml"))),
            "abstracts": _hash([abstracts]) if abstracts.exists() else "",
            **self._made_with(),
        }

    def current(self) -> Generation | None:
        """The current generation, whole; None when there is none.

        Raises:
            BrokenIndexError: its files are not those that were written.
        """
        try:
            written = json.loads(self._pointer.read_text(encoding="utf-8"))
            folder = self.root / str(written["folder"])
            files = written["files"]
            current = Generation(
                folder, written["state"], written["stat"], int(written["documents"]), files
            )
        except FileNotFoundError:
            return None
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise BrokenIndexError(str(self._pointer)) from error
        for name, written in files.items():
            try:
                is_as_written = _is_as_written(folder / name, *written)
            except OSError as error:
                raise BrokenIndexError(str(folder / name)) from error
            if not is_as_written:
                raise BrokenIndexError(str(folder / name))
        return current

    def is_fresh(self, current: Generation) -> bool:
        """Whether the files are those the index was made from."""
        if any(current.state.get(name) != value for name, value in self._made_with().items()):
            return False
        return current.stat == self.stat() or current.state == self.state()

    # ---- writing ----

    @contextmanager
    def turn(self) -> Iterator[None]:
        """One process writes at a time; the next one finds what the one before it wrote."""
        lock = FileLock(self.root / ".lock")
        try:
            self.root.mkdir(parents=True, exist_ok=True)
            lock.acquire(timeout=_TURN)
        except (OSError, Timeout):  # then two may write, each a generation of its own
            yield
            return
        try:
            yield
        finally:
            lock.release()

    @contextmanager
    def _generation(self) -> Iterator[Path]:
        """A new folder to write a generation in; it goes when anything fails."""
        with ExitStack() as writing:
            try:
                folder = self.root / f"{time.strftime('%Y%m%dT%H%M%S')}-{uuid4().hex[:8]}"
                writing.enter_context(being_written(folder))
            except OSError as error:
                raise SettingError(
                    "The index cannot be written to {root} ({reason}); name a folder that "
                    "can be with --instance DIR or EVIDENCE_INSTANCE.",
                    root=self.root,
                    reason=error,
                ) from error
            try:
                yield folder
            except OSError as error:
                shutil.rmtree(folder, ignore_errors=True)
                raise SettingError(
                    "The index could not be written to {folder} ({value}); free some space or "
                    "name another folder with --instance DIR.",
                    folder=folder,
                    value=error,
                ) from error
            except BaseException:
                shutil.rmtree(folder, ignore_errors=True)
                raise

    def _publish(
        self,
        folder: Path,
        state: dict[str, Any],
        stat: dict[str, Any],
        n: int,
        before: Generation | None = None,
    ) -> None:
        """Make a finished generation the current one, and remove those before it.

        Of files that are those of the generation before under a second name, the checksum is
        known.
        """
        files = {}
        for path in sorted(folder.iterdir()):
            if path.is_file() and not path.name.endswith("LOCK"):
                status = path.stat()
                if before and path.name in before.files and _is_link(path, before.folder):
                    files[path.name] = before.files[path.name]
                    continue
                files[path.name] = [
                    status.st_size,
                    status.st_mtime_ns,
                    zlib.crc32(path.read_bytes()),
                ]
        pointer = {
            "folder": folder.name,
            "documents": n,
            "state": state,
            "stat": stat,
            "files": files,
        }
        write_atomic(self._pointer, json.dumps(pointer))
        self._sweep(folder)

    def _sweep(self, current: Path) -> None:
        """Remove older generations, but those another process may be reading or writing."""
        others = []
        for other in self.root.iterdir():
            try:
                if other.is_dir() and other != current:
                    others.append((other.stat().st_mtime, other))
            except OSError:
                continue  # another process removed it
        for place, (modified, other) in enumerate(sorted(others, reverse=True)):
            age = time.time() - modified
            finished = (other / "vocabulary.json").exists()
            is_left = not finished and not is_being_written(other)
            if is_left or age > 3600 or (finished and (age > 60 or place >= 2)):
                shutil.rmtree(other, ignore_errors=True)

    def _documents(self, progress: Progress | None) -> Iterator[tuple[Document, str]]:
        library, vocabulary = self.kb.library, self.kb.vocabulary
        abstracts = read_abstracts(self.instance)
        total = len(library)
        for done, reference in enumerate(library.values(), 1):
            abstract = abstracts.get(reference.key, "")
            document = document_of(reference, vocabulary, abstract, self.parameters)
            yield document, digest(reference, abstract)
            if progress is not None:
                progress(done, total)

    def build(self, progress: Progress | None = None) -> int:
        """Write the whole index anew; returns the number of documents.

        Raises:
            SettingError: the instance folder cannot be written.
        """
        stat, state = self.stat(), self.state()
        with self._generation() as folder:
            count = writer.create(folder, self._documents(progress))
            self._embed(folder, progress)
            _write_vocabulary(folder, self.kb.vocabulary)
            self._publish(folder, state, stat, count)
        return count

    def _embed(
        self,
        folder: Path,
        progress: Progress | None = None,
        before: OpenIndex | None = None,
    ) -> None:
        """Write the vectors of the documents of a generation, where the extra is installed.

        After a change of the index `before`, only documents that came are read and embedded:
        numbers of documents stay as they are.
        """
        if not embeddings.is_installed():
            return
        old = embeddings.read_matrix(folder) if before is not None else None
        (folder / embeddings.MATRIX).unlink(missing_ok=True)
        index = OpenIndex(folder, before)
        if before is None or old is None or len(old) != before.count:
            old = np.zeros((0, embeddings.DIMENSIONS), dtype=np.float32)
        texts = [embeddings.text_of(index.passages(n)) for n in range(len(old), index.count)]
        made = embeddings.VectorCache(self._place).vectors(texts, progress)
        embeddings.write_matrix(folder, np.concatenate((old, made)))

    def update(self, current: Generation, progress: Progress | None = None) -> int:
        """Bring the index up to date, writing only what changed when that is little."""
        state = self.state()
        same = all(current.state.get(k) == state[k] for k in _WHOLE)
        if not same:
            return self.build(progress)
        index = OpenIndex(current.folder)
        known = index.digests()
        abstracts = read_abstracts(self.instance)
        wanted: dict[str, tuple[Reference, str]] = {}
        for reference in self.kb.library.values():
            wanted[reference.key] = reference, digest(reference, abstracts.get(reference.key, ""))
        changed = [k for k, (_, d) in wanted.items() if k not in known or known[k][1] != d]
        gone = [k for k in known if k not in wanted]
        lost = index.count - len(known) + len(changed) + len(gone)
        if len(index.segments) >= MAX_SEGMENTS or lost * 4 > max(index.count, 200):
            return self.build(progress)
        removed = [known[k][0] for k in (*changed, *gone) if k in known]
        vocabulary = self.kb.vocabulary
        added = [
            (document_of(r, vocabulary, abstracts.get(r.key, ""), self.parameters), mark)
            for r, mark in (wanted[key] for key in changed)
        ]
        self.change(current, index, removed, added, state, self.stat())
        return len(wanted)

    def change(
        self,
        current: Generation,
        index: OpenIndex,
        removed: list[int],
        added: list[tuple[Document, str]],
        state: dict[str, Any],
        stat: dict[str, Any],
    ) -> Path:
        """A new generation from the current one, open as `index`, with documents changed."""
        with self._generation() as folder:
            for path in current.folder.iterdir():
                if path.is_file() and not path.name.endswith("LOCK"):
                    _link(path, folder / path.name)
            writer.change(folder, removed, added)
            self._embed(folder, before=index)
            total = current.documents - len(removed) + len(added)
            self._publish(folder, state, stat, total, current)
        return folder


def _is_as_written(path: Path, size: int, modified: int, checksum: int) -> bool:
    """Whether a file holds what was written. A rotten disk changes no dates, so they are believed
    of large files only, where reading all would take longer than a search."""
    status = path.stat()
    if status.st_size != size:
        return False
    if size > MOST_READ and status.st_mtime_ns == modified:
        return True
    return zlib.crc32(path.read_bytes()) == checksum


def _is_link(path: Path, folder: Path) -> bool:
    """Whether a file is the one of the same name in another folder, under a second name."""
    try:
        return path.samefile(folder / path.name)
    except OSError:
        return False


def _link(source: Path, target: Path) -> None:
    """Give a file a second name; copy it where the file system has no hard links."""
    try:
        os.link(source, target)
    except OSError:
        shutil.copy2(source, target)


# ---- the vocabulary beside the index --------------------------------------------------


def _write_vocabulary(folder: Path, vocabulary: Vocabulary) -> None:
    concepts = [asdict(concept) for concept in vocabulary]
    write_atomic(folder / "vocabulary.json", json.dumps(concepts, ensure_ascii=False))


def read_vocabulary_of(folder: Path) -> Vocabulary:
    """The vocabulary an index was made with; reading it here is much faster than from YAML."""
    concepts = json.loads((folder / "vocabulary.json").read_text(encoding="utf-8"))
    for concept in concepts:
        concept["broader"] = tuple(concept["broader"])
        for words in (concept["synonyms"], concept["variants"]):
            words.update({language: tuple(terms) for language, terms in words.items()})
        concept["context"] = tuple(
            TermContext(**{name: tuple(words) for name, words in context.items()})
            for context in concept["context"]
        )
    return Vocabulary(Concept(**concept) for concept in concepts)
