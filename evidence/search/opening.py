"""Opening the current index, whatever state its files are in."""

from __future__ import annotations

import pickle
import struct
import time
import zlib
from pathlib import Path

from evidence.knowledge import KnowledgeBase
from evidence.search import whoosh_index as wi
from evidence.search.engine import WhooshEngine
from evidence.search.store import (
    BrokenIndexError,
    Current,
    IndexFolder,
    Progress,
    _say,
    read_vocabulary_of,
)

#: What reading damaged or vanished files raises, in Whoosh and here.
_DAMAGE = (
    BrokenIndexError, OSError, EOFError, ValueError, KeyError, IndexError, TypeError,
    AttributeError, AssertionError, struct.error, zlib.error, pickle.UnpicklingError, wi.Unreadable,
)  # fmt: skip
_TRIES = 3


def _open(current: Current) -> WhooshEngine:
    index = wi.OpenIndex(current.folder)
    if index.documents != current.documents:
        raise BrokenIndexError("the index does not hold the documents it was made from")
    return WhooshEngine(index, read_vocabulary_of(current.folder), current.folder)


def open_whoosh(kb: KnowledgeBase, instance: Path, progress: Progress | None) -> WhooshEngine:
    """The engine over a fresh index; see `evidence.search.open_engine`."""
    folder = IndexFolder(kb, instance)
    for attempt in range(_TRIES):
        current = None
        try:
            current = folder.current()
        except BrokenIndexError:
            _say("The search index was damaged; it is rebuilt from the references.")
        if current is None:
            folder.build(progress)
        elif not folder.is_fresh(current):
            try:
                folder.update(current, progress)
            except _DAMAGE:
                if attempt + 1 < _TRIES and not current.folder.is_dir():
                    continue  # another process replaced it meanwhile
                folder.build(progress)
        else:
            try:
                return _open(current)
            except _DAMAGE:
                time.sleep(0.02 * attempt)
                if attempt and current.folder.is_dir():
                    _say("The search index could not be read; it is rebuilt from the references.")
                    folder.build(progress)
    current = folder.current()
    assert current is not None  # noqa: S101 - it was just built
    return _open(current)
