"""How the cluster is: its health, its index, and whether its scores are ours."""

from __future__ import annotations

from dataclasses import dataclass

from evidence.search.opensearch.building import ClusterIndex, version_of
from evidence.search.opensearch.engine import OpenSearchEngine

#: How far a score in the cluster may be from ours, as a share: it adds up in four bytes.
NEAR = 1e-3


@dataclass(frozen=True, slots=True)
class Examination:
    """What was seen: the status of the cluster, its index with its documents, two scores."""

    status: str
    index: str | None
    usable: bool = False
    fresh: bool = False
    documents: int = 0
    ours: float = 0.0
    theirs: float = 0.0

    @property
    def agrees(self) -> bool:
        """Whether a score there is the one that our formula gives."""
        return abs(self.ours - self.theirs) <= NEAR * max(self.ours, self.theirs, 1.0)


def examined(index: ClusterIndex, engine: OpenSearchEngine | None = None) -> Examination:
    """The cluster and its index as they are.

    Raises:
        ClusterDown: the cluster does not answer.
        SettingError: it is too old, or lets nobody in.
    """
    version_of(index.client)
    status: str = index.client.get("_cluster/health")["status"]
    name = index.current()
    if name is None:
        return Examination(status, None)
    usable = index.is_usable(name)
    if not usable:
        return Examination(status, name)
    opened = engine or index.opened(name)
    ours, theirs = opened.one_score()
    count = opened.knowledge.measures.documents
    return Examination(status, name, True, index.is_fresh(name), count, ours, theirs)
