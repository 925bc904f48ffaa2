"""Opening the current index, whatever state its files are in."""

from __future__ import annotations

import atexit
import pickle
import shutil
import struct
import tempfile
import time
import zlib
from pathlib import Path
from typing import TYPE_CHECKING

from evidence.knowledge import KnowledgeBase
from evidence.search.engine import WhooshEngine
from evidence.search.index.folder import (
    BrokenIndexError,
    Generation,
    IndexFolder,
    Progress,
    _say,
    read_vocabulary_of,
)
from evidence.search.index.reader import OpenIndex
from evidence.search.index.schema import Unreadable
from evidence.search.ranking_parameters import SearchParameters
from references.errors import DataError, SettingError

if TYPE_CHECKING:  # who searches on this machine does not wait for what a cluster needs
    from evidence.search.opensearch.address import ClusterAddress
    from evidence.search.opensearch.building import ClusterIndex
    from evidence.search.opensearch.engine import OpenSearchEngine

#: What reading damaged or vanished files raises, in Whoosh and here.
_DAMAGE = (
    BrokenIndexError,
    OSError,
    EOFError,
    ValueError,
    KeyError,
    IndexError,
    TypeError,
    AttributeError,
    AssertionError,
    struct.error,
    zlib.error,
    pickle.UnpicklingError,
    Unreadable,
)
_TRIES = 10
#: How many times a file that is missing or odd is tried again: another process may just have
#: replaced the index. After that it is damage.
_PATIENCE = 3


def _open(current: Generation, parameters: SearchParameters) -> WhooshEngine:
    index = OpenIndex(current.folder)
    if index.documents != current.documents:
        raise BrokenIndexError("the index does not hold the documents it was made from")
    return WhooshEngine(index, read_vocabulary_of(current.folder), current.folder, parameters)


def open_whoosh(kb: KnowledgeBase, instance: Path, progress: Progress | None) -> WhooshEngine:
    """The engine over a fresh index; see `evidence.search.open_engine`.

    Where the instance cannot be written, an index is made that lasts as long as the process.

    Raises:
        SettingError: there is no room for that either.
    """
    try:
        return _open_in(IndexFolder(kb, instance), progress)
    except SettingError as error:
        try:
            place = Path(tempfile.mkdtemp(prefix="evidence-index-"))
        except OSError:
            raise error from None
        _say(f"{error} Until then each run makes an index of its own.")
        atexit.register(shutil.rmtree, place, ignore_errors=True)
        return _open_in(IndexFolder(kb, instance, place), progress)


#: What this process last saw its library as in the index of an address. When it is the library
#: still and the index has another, somebody else wrote that: two servers with different libraries,
#: as while one release follows another, must not write theirs back in turn.
_seen: dict[tuple[ClusterAddress, str], object] = {}


def open_cluster(
    kb: KnowledgeBase,
    instance: Path,
    address: ClusterAddress,
    progress: Progress | None,
    *,
    keeps_up: bool = False,
) -> OpenSearchEngine:
    """The engine over the index in a cluster, which is written first where there is none.

    Args:
        kb: whose index it is.
        instance: where abstracts of the library are kept.
        address: of the cluster.
        progress: told how far a new index is.
        keeps_up: whether the library in the index is brought up to date; else it is searched as
            it is.

    Raises:
        ClusterDown: the cluster does not answer.
        SettingError: its index is that of another base, or of a release that wrote it otherwise.
    """
    from evidence.search.opensearch.client import ClusterRefused

    index = cluster_index(kb, instance, address)
    name = index.current()
    if name is None:
        try:
            index.build(progress)
        except ClusterRefused:  # a load that ended meanwhile removes what it did not make
            if index.current() is None:
                raise
        name = index.current()
    else:
        index.check(name)
        if keeps_up:
            _keep_up(index, name, address)
    return index.opened(str(name))


def _keep_up(index: ClusterIndex, name: str, address: ClusterAddress) -> None:
    """Bring the library in an index up to date, unless somebody else wrote another since."""
    state = index.state()
    if not index.is_fresh(name) and _seen.get((address, name)) != state:
        index.update(name)
    _seen[address, name] = state


def cluster_index(kb: KnowledgeBase, instance: Path, address: ClusterAddress) -> ClusterIndex:
    """The index of a base in a cluster, to be looked at or written."""
    from evidence.search.opensearch.building import ClusterIndex
    from evidence.search.opensearch.client import client

    return ClusterIndex(client(address), kb, IndexFolder(kb, instance))


def _open_in(folder: IndexFolder, progress: Progress | None) -> WhooshEngine:
    odd = 0
    for _ in range(_TRIES):
        try:
            current = folder.current()
            if current is not None and folder.is_fresh(current):
                return _open(current, folder.parameters)
            with folder.turn():
                current = folder.current()
                if current is None:
                    folder.build(progress)
                elif not folder.is_fresh(current):
                    folder.update(current, progress)
        except (SettingError, DataError):
            raise
        except _DAMAGE:
            odd += 1
            if odd <= _PATIENCE:
                time.sleep(0.02 * odd)
                continue
            _say("The search index was damaged; it is rebuilt from the references.")
            folder.build(progress)
            odd = 0
    raise SettingError(
        "The search index in {root} keeps changing under this process; stop whatever "
        "rebuilds it, or name another folder with --instance DIR.",
        root=folder.root,
    )
