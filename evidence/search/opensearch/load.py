"""Files loaded into the index of a cluster, each by a process of its own, as streams.

A load can be stopped and begun again at any time: what is written is written under its own key and
the version of its file, the files that are done are listed in the index itself, and a new index is
only searched when all of it is there.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import closing
from dataclasses import dataclass, field, replace
from itertools import islice
from multiprocessing import get_context
from multiprocessing.queues import Queue
from pathlib import Path
from queue import Empty
from typing import Any

from evidence.knowledge import KnowledgeBase
from evidence.search.index import embeddings
from evidence.search.index.folder import IndexFolder
from evidence.search.opensearch.address import ClusterAddress
from evidence.search.opensearch.body import add_vectors
from evidence.search.opensearch.building import FILES, LOADING, ClusterIndex
from evidence.search.opensearch.building import version_of as release_of
from evidence.search.opensearch.bulk import Action, Sent, send
from evidence.search.opensearch.client import Client, client
from evidence.search.opensearch.loaded import body_of_loaded, key_of
from evidence.search.ranking_parameters import SearchParameters
from references.concepts import Vocabulary
from references.errors import DataError, Problem, SettingError, problem_in
from references.formats.results import Reading
from references.formats.streams import in_pieces
from references.identifiers import doi_key

#: Called with how many records were read, and which part of all files.
Progress = Callable[[int, float], None]
_FILE_OF_PUBMED = re.compile(r"pubmed(\d\d)n(\d{4})\.xml")
_PATIENCE = 30.0  # seconds that a node has to answer while it is loaded
_SLOW = 600.0  # seconds for what takes long in a large index
#: How safely a new index writes while it is loaded, and then.
_QUIET = {"index": {"translog": {"durability": "async"}}}
_LIVELY = {"index": {"translog": {"durability": "request"}}}
#: How long it is known of a record that it was deleted, so that an older file does not bring it
#: back; a minute is usual.
_MINDFUL = {"index": {"gc_deletes": "24h"}}
_PUBMED = 10**12  # more than seconds since 1970 will be


@dataclass
class LoadResult:
    """What a load did, or what one that was interrupted had done before."""

    index: str = ""
    documents: int = 0
    files: int = 0
    passed_over: int = 0
    is_searched: bool = True
    read: int = 0
    in_library: int = 0
    sent: Sent = field(default_factory=Sent)
    rejected: list[Problem] = field(default_factory=list)
    rejected_count: int = 0
    seconds: float = 0.0

    def as_dict(self) -> dict[str, Any]:
        """The form of `evidence load --json`."""
        return {
            "index": self.index,
            "searched": self.is_searched,
            "documents": self.documents,
            "files": self.files,
            "files_done_before": self.passed_over,
            "read": self.read,
            "written": self.sent.written,
            "deleted": self.sent.removed,
            "newer_there": self.sent.newer,
            "in_library": self.in_library,
            "rejected": self.rejected_count + self.sent.refused,
            "seconds": round(self.seconds, 1),
        }


@dataclass(frozen=True)
class FileProgress:
    """What a process tells of its file: so far, or at its end."""

    path: str
    read: int
    part: float
    in_library: int = 0
    sent: Sent = field(default_factory=Sent)
    rejected: tuple[Problem, ...] = ()
    rejected_count: int = 0


def load(
    kb: KnowledgeBase,
    instance: Path,
    address: ClusterAddress,
    files: Sequence[Path],
    *,
    anew: bool = False,
    processes: int = 1,
    shards: int = 1,
    progress: Progress = lambda done, part: None,
) -> LoadResult:
    """Load files beside the library, so that searches find what they hold.

    Records of PubMed stand under their number; an update file replaces them, and takes back those
    that it lists as deleted. What the library holds is not loaded: there its claims are known.

    Args:
        kb: whose library stands first, and whose vocabulary names concepts.
        instance: where abstracts of the library are kept.
        address: of the cluster.
        files: in any format that is read, gzipped or not.
        anew: load into a new index, which is searched in place of the old one once all files are
            in it; else into the one that is searched, if there is one made with this vocabulary.
        processes: how many files are read at once.
        shards: of a new index.
        progress: told how far it is.

    Raises:
        ClusterDown: the cluster is away for minutes; the same call goes on from there.
        DataError: no file can be read.
        SettingError: the settings of the base, or those of the cluster, cannot be used.
    """
    begun = time.monotonic()
    with closing(client(address, _PATIENCE)) as connection:
        release_of(connection)
        cluster = ClusterIndex(connection, kb, IndexFolder(kb, instance))
        index, is_new = _target(cluster, anew, shards)
        connection.put(f"{index}/_settings", _MINDFUL, patience=_SLOW)
        if is_new and "library" not in cluster.meta(index):
            connection.put(f"{index}/_settings", _QUIET, patience=_SLOW)
            cluster.remember(index, library=cluster.write_library(index))
        done: dict[str, Any] = dict(cluster.meta(index).get(FILES, {}))
        todo = [path for path in files if done.get(path.name) != _stamp(path)]
        result = LoadResult(index, passed_over=len(files) - len(todo))

        def mark(report: FileProgress) -> None:
            connection.post(f"{index}/_flush", patience=_SLOW)
            done[Path(report.path).name] = _stamp(Path(report.path))
            cluster.remember(index, **{FILES: done})

        with_meaning = cluster.keeps_meaning(index)
        job = _Job(address, index, kb.folder, instance, cluster.parameters, with_meaning)
        failed = _load_all(job, todo, processes, mark, progress, result)
        connection.post(f"{index}/_refresh", patience=_SLOW)
        if is_new:
            _finish(cluster, result, failed)
        result.documents = cluster.count(index)
    result.seconds = time.monotonic() - begun
    return result


def _target(cluster: ClusterIndex, anew: bool, shards: int) -> tuple[str, bool]:
    """The index to load into, and whether it is one that nobody searches yet."""
    current = cluster.current()
    begun = cluster.unfinished() if anew or current is None else None
    if begun and cluster.is_usable(begun) and cluster.has_same_words(begun):
        return begun, True
    if current and not anew:
        if cluster.is_usable(current) and cluster.has_same_words(current):
            return current, False
        raise SettingError(
            "The index that is searched was made with another vocabulary or another release; load "
            "all files anew with --new.",
        )
    name = cluster.new_name()
    cluster.create(name, shards, **{LOADING: True, FILES: {}})
    return name, True


def _finish(cluster: ClusterIndex, result: LoadResult, failed: int) -> None:
    """Let a loaded index be searched in place of the one before, where all files could be read."""
    index = result.index
    if failed:
        template = (
            "is not searched yet, because files could not be read ({count}); load with --new again "
            "when they are mended, or without them"
        )
        result.rejected.insert(0, problem_in(index, 0, "", template, count=failed))
        result.is_searched = False
        return
    if not cluster.is_fresh(index):
        cluster.update(index)  # the library changed while files were loaded
    cluster.client.put(f"{index}/_settings", _LIVELY, patience=_SLOW)
    cluster.finish(index)
    cluster.remember(index, **{LOADING: False})
    cluster.swap(index)


def version_of(path: Path) -> int:
    """What tells an older file from a newer one: PubMed numbers its own; else its day and time.

    All files of PubMed are newer than any other: what an export has of a record is a copy.
    """
    if match := _FILE_OF_PUBMED.match(path.name):
        return _PUBMED + int(match[1]) * 10_000 + int(match[2])
    return int(path.stat().st_mtime) if path.exists() else 0


def _stamp(path: Path) -> list[int]:
    """What a file that is done is known by, beside its name."""
    return [path.stat().st_size, version_of(path)] if path.exists() else [0, 0]


# ---- processes -------------------------------------------------------------------------


@dataclass(frozen=True)
class _Job:
    """What every process has to know."""

    address: ClusterAddress
    index: str
    base: Path
    instance: Path
    parameters: SearchParameters
    with_meaning: bool


def _load_all(
    job: _Job,
    files: list[Path],
    processes: int,
    mark: Callable[[FileProgress], None],
    progress: Progress,
    result: LoadResult,
) -> int:
    """Load files, several at a time; each is marked when the last of it is written.

    Returns how many could not be read.
    """
    sizes = {str(path): path.stat().st_size for path in files if path.exists()}
    total = sum(sizes.values()) or 1
    parts: dict[str, FileProgress] = {}
    context = get_context("spawn")
    told: Queue[FileProgress] = context.Queue()
    failed: list[DataError] = []

    def show() -> None:
        done = sum(sizes.get(path, 0) * report.part for path, report in parts.items())
        progress(sum(report.read for report in parts.values()), min(1.0, done / total))

    with ProcessPoolExecutor(
        max(1, min(processes, len(files))), context, _begin, (job, told)
    ) as pool:
        try:
            waiting = {pool.submit(_load_file, str(path)): path for path in files}
            while waiting:
                _listen(told, parts)
                show()
                for future in [one for one in waiting if one.done()]:
                    path = waiting.pop(future)
                    try:
                        report = future.result()
                    except DataError as error:
                        failed.append(error)
                        result.rejected += error.problems
                        result.rejected_count += 1
                        continue
                    except BrokenProcessPool as error:
                        raise SettingError(
                            "A process that read {path} was ended, perhaps because memory was "
                            "full; load again with fewer processes.",
                            path=path,
                        ) from error
                    parts[report.path] = replace(report, part=1.0)
                    mark(report)
                    _add(result, report)
                    show()
        except BaseException:
            running = list((pool._processes or {}).values())  # which a shutdown forgets
            pool.shutdown(wait=False, cancel_futures=True)
            for process in running:
                process.terminate()
            raise
    if failed and len(failed) == len(files):
        raise failed[0]
    return len(failed)


def _listen(told: Queue[FileProgress], parts: dict[str, FileProgress]) -> None:
    """Hear for a moment what processes tell."""
    try:
        report = told.get(timeout=0.3)
        while True:
            parts[report.path] = report
            report = told.get_nowait()
    except Empty:
        return


def _add(result: LoadResult, report: FileProgress) -> None:
    result.files += 1
    result.read += report.read
    result.in_library += report.in_library
    result.sent += report.sent
    result.rejected += report.rejected
    result.rejected_count += report.rejected_count


class _Worker:
    """What a process keeps between its files."""

    job: _Job
    told: Queue[FileProgress]
    client: Client
    vocabulary: Vocabulary
    known: frozenset[str]  # PubMed numbers and DOIs of the library
    keys: frozenset[str]  # of the library


def _begin(job: _Job, told: Queue[FileProgress]) -> None:
    _Worker.job, _Worker.told = job, told
    _Worker.client = client(job.address, _PATIENCE)
    kb = KnowledgeBase(job.base, job.instance)
    _Worker.vocabulary = kb.vocabulary
    library = kb.library.values()
    dois = (doi_key(one.doi) for one in library)
    _Worker.keys = frozenset(kb.library)
    _Worker.known = frozenset(filter(None, (*(one.pmid for one in library), *dois)))


def _load_file(name: str) -> FileProgress:
    """Load a file, piece by piece."""
    path = Path(name)
    version = version_of(path)
    part = 0.0

    def position(done: int, of: int) -> None:
        nonlocal part
        part = done / of if of else 0.0

    report = FileProgress(name, 0, 0.0)
    sent = Sent()
    for reading in in_pieces(path, position=position):
        known = [one for one in reading.references if _is_known(one.pmid, one.doi)]
        sent += send(_Worker.client, _Worker.job.index, _actions(reading, path, version))
        report = replace(
            report,
            read=report.read + len(reading.references),
            part=part,
            in_library=report.in_library + len(known),
            sent=sent,
            rejected=(*report.rejected, *reading.rejected)[:100],
            rejected_count=report.rejected_count + len(reading.rejected),
        )
        _Worker.told.put(replace(report, sent=Sent(), rejected=()))
    return report


def _is_known(pmid: str, doi: str) -> bool:
    known = _Worker.known
    return pmid in known or bool(doi and doi_key(doi) in known)


def _actions(reading: Reading, path: Path, version: int) -> Iterator[Action]:
    job = _Worker.job
    new = (one for one in reading.references if not _is_known(one.pmid, one.doi))
    while some := [replace(one, key=key_of(one)) for one in islice(new, embeddings.BATCH)]:
        bodies = [
            body_of_loaded(one, _Worker.vocabulary, job.parameters, path.name) for one in some
        ]
        if job.with_meaning:
            add_vectors(bodies, embeddings.encoder().encode)
        for one, body in zip(some, bodies, strict=True):
            yield Action(one.key, version, body)
    for number in reading.deleted:
        if (key := f"pmid-{number}") not in _Worker.keys:  # what the library took in stays there
            yield Action(key, version)
