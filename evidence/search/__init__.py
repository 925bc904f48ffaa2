"""Search by indication, in French or English, and references for a claim.

`open_engine` gives the engine for a knowledge base. A search is read once (`query.plan`) and run
once (`engine`). A line in here may know the library, the vocabulary and the files of an instance;
of claims it knows the words it is asked with, and which references are linked (`stances`), never
a verdict. Imports go down this list:

- `open_index`, `evaluate`: the engine of an instance; how good its ranking is
- `opensearch`: the same on a cluster
- `beyond`: the question of a claim for other services, where the library has little
- `engine`: runs a plan, answers a claim
- `highlighting`, `ranking`: why, and in which order
- `query`: what was typed, as a plan
- `index`: references on disk and as arrays
- `language`: French and English words
- `request`, `protocol`: what is asked and answered
- `ranking_parameters`: every number that was fitted
- `stances`, beside them: which references are linked to claims, for one facet
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from references.errors import SettingError

if TYPE_CHECKING:
    from evidence.knowledge import KnowledgeBase
    from evidence.search.engine import WhooshEngine

ENGINES = ("whoosh", "opensearch")


def _known(engine: str) -> None:
    if engine == "opensearch":
        raise SettingError(
            "The OpenSearch engine is not part of this release; use --engine whoosh, which "
            "serves tens of thousands of references on one machine."
        )
    if engine not in ENGINES:
        raise SettingError("There is no engine '{engine}'; use --engine whoosh.", engine=engine)


def build_index(
    kb: KnowledgeBase,
    instance: str | os.PathLike[str],
    progress: Callable[[int, int], None] | None = None,
    *,
    engine: str = "whoosh",
) -> int:
    """Write the index anew; returns the number of documents.

    `progress` is called with the documents done and their total.

    Raises:
        SettingError: the engine is unknown or the instance folder cannot be written.
    """
    from evidence.search.index.folder import IndexFolder

    _known(engine)
    return IndexFolder(kb, Path(instance)).build(progress)


def open_engine(
    kb: KnowledgeBase,
    instance: str | os.PathLike[str],
    *,
    engine: str = "whoosh",
    progress: Callable[[int, int], None] | None = None,
) -> WhooshEngine:
    """The engine for a knowledge base; its index is built first when absent or stale.

    A fresh index is opened without reading the references or the vocabulary files. Where the
    instance cannot be written, the index lasts as long as the process.

    Args:
        kb: whose references are searched.
        instance: the folder that holds the index.
        engine: "whoosh", the only one.
        progress: called with the documents done and their total while an index is built.

    Raises:
        SettingError: the engine is unknown, or an index is needed and cannot be written.
    """
    from evidence.search import open_index

    _known(engine)
    return open_index.open_whoosh(kb, Path(instance), progress)


def index_stamp(kb: KnowledgeBase, instance: str | os.PathLike[str]) -> str:
    """What changes whenever an index of a base is written in an instance; "" without one."""
    from evidence.search.index.folder import pointer_of

    try:
        status = pointer_of(kb, Path(instance)).stat()
    except OSError:
        return ""
    return f"{status.st_ino} {status.st_mtime_ns}"
