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
from typing import TYPE_CHECKING, cast

from references.errors import SettingError

if TYPE_CHECKING:
    from evidence.knowledge import KnowledgeBase
    from evidence.search.engine import RankingEngine
    from evidence.search.opensearch.address import ClusterAddress
    from evidence.search.opensearch.building import ClusterIndex

ENGINES = ("whoosh", "opensearch")


def engine_of(engine: str = "") -> str:
    """The name of an engine, by default of the one that the settings name.

    Raises:
        SettingError: there is no such engine, or it is a cluster that no setting names.
    """
    from evidence.search.opensearch.address import URL, address_of

    address = address_of()
    chosen = engine or ("whoosh" if address is None else "opensearch")
    if chosen not in ENGINES:
        raise SettingError(
            "There is no engine '{engine}'; use --engine whoosh or opensearch.", engine=engine
        )
    if chosen == "opensearch" and address is None:
        raise SettingError(
            "Where the OpenSearch cluster is, {name} has to say: an address such as "
            "https://user:password@host:9200/evidence.",
            name=URL,
        )
    return chosen


def cluster_index(kb: KnowledgeBase, instance: str | os.PathLike[str]) -> ClusterIndex:
    """The index of a base in the cluster that the settings name."""
    from evidence.search import open_index
    from evidence.search.opensearch.address import address_of

    return open_index.cluster_index(kb, Path(instance), cast("ClusterAddress", address_of()))


def build_index(
    kb: KnowledgeBase,
    instance: str | os.PathLike[str],
    progress: Callable[[int, int], None] | None = None,
    *,
    engine: str = "",
) -> int:
    """Write the index anew; returns the number of documents.

    `progress` is called with the documents done and their total; `engine` is one of `ENGINES`, or
    the one that the settings name.

    Raises:
        SettingError: the engine is unknown, or its index cannot be written.
    """
    if engine_of(engine) == "opensearch":
        return cluster_index(kb, instance).build(progress)
    from evidence.search.index.folder import IndexFolder

    return IndexFolder(kb, Path(instance)).build(progress)


def roll_back(kb: KnowledgeBase, instance: str | os.PathLike[str], engine: str = "") -> str:
    """Search in the index before the one in use again; returns its name.

    Raises:
        SettingError: there is none, or the engine keeps none.
    """
    if engine_of(engine) != "opensearch":
        raise SettingError("Only an index in a cluster keeps the one before; build it anew.")
    return cluster_index(kb, instance).roll_back()


def open_engine(
    kb: KnowledgeBase,
    instance: str | os.PathLike[str],
    *,
    engine: str = "",
    progress: Callable[[int, int], None] | None = None,
    keeps_up: bool = False,
) -> RankingEngine:
    """The engine for a knowledge base; its index is built first when absent, updated when stale.

    An index in a cluster, which others search, is only updated by who keeps it up. A fresh index on
    this machine is opened without reading the references or the vocabulary files. Where the
    instance cannot be written, the index lasts as long as the process.

    Args:
        kb: whose references are searched.
        instance: the folder that holds the index.
        engine: one of `ENGINES`; by default the one that the settings name.
        progress: called with the documents done and their total while an index is built.
        keeps_up: whether a stale index in a cluster is brought up to date, as a server does; else
            it is searched as it is.

    Raises:
        SettingError: the engine is unknown, an index is needed and cannot be written, or that in
            the cluster is of another base.
        ClusterDown: the cluster does not answer.
    """
    from evidence.search import open_index
    from evidence.search.opensearch.address import address_of

    if engine_of(engine) == "opensearch":
        address = cast("ClusterAddress", address_of())
        return open_index.open_cluster(kb, Path(instance), address, progress, keeps_up=keeps_up)
    return open_index.open_whoosh(kb, Path(instance), progress)


def index_stamp(kb: KnowledgeBase, instance: str | os.PathLike[str]) -> str:
    """What changes whenever an index of a base is written in an instance; "" without one.

    Raises:
        ClusterDown: the cluster that holds the index does not answer.
    """
    if engine_of() == "opensearch":
        return cluster_index(kb, instance).stamp()
    from evidence.search.index.folder import pointer_of

    try:
        status = pointer_of(kb, Path(instance)).stat()
    except OSError:
        return ""
    return f"{status.st_ino} {status.st_mtime_ns}"
