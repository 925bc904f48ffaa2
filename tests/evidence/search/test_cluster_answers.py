"""What a cluster says no to, and how an index is finished on one of several nodes."""

from __future__ import annotations

import pickle
import time
from pathlib import Path
from typing import Any

import pytest

from evidence.knowledge import KnowledgeBase
from evidence.search.index.folder import IndexFolder
from evidence.search.opensearch import building
from evidence.search.opensearch.address import ClusterAddress
from evidence.search.opensearch.building import ClusterIndex
from evidence.search.opensearch.client import Client, ClusterDown, ClusterRefused


def test_what_a_cluster_refuses_is_the_same_in_another_process() -> None:
    said = ClusterRefused(400, "illegal_argument_exception", "no such setting")
    again = pickle.loads(pickle.dumps(said))
    assert (str(again), again.status, again.kind) == (str(said), 400, said.kind)


class Told(Client):
    """A client of a cluster of three nodes that makes copies for a while."""

    def __init__(self, healths: list[dict[str, Any]]) -> None:
        super().__init__(ClusterAddress(("http://127.0.0.1:9",)))
        self.healths = healths
        self.asked: list[Any] = []

    def request(self, method: str, path: str, body: Any = None, **parameters: Any) -> Any:
        self.asked.append((method, path, body))
        if path == "_cluster/health":
            return {"number_of_data_nodes": 3}
        return self.healths.pop(0) if path.startswith("_cluster/health/") else {}


def test_a_finished_index_has_a_copy_and_is_waited_for_while_it_is_made(
    kb: KnowledgeBase, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(building, "_GREEN", 10.0)
    clock = iter(range(0, 1000, 9))  # each look is nine seconds after the one before
    monkeypatch.setattr(time, "monotonic", lambda: float(next(clock)))
    monkeypatch.setattr(time, "sleep", lambda seconds: None)
    making = {"status": "yellow", "initializing_shards": 1}
    client = Told([making] * 9 + [{"status": "green"}])
    ClusterIndex(client, kb, IndexFolder(kb, tmp_path)).finish("evidence-x")
    (settings,) = [body for method, _, body in client.asked if method == "PUT"]
    assert settings["index"]["number_of_replicas"] == 1
    assert client.healths == []
    client.healths = [{"status": "yellow", "initializing_shards": 0}] * 9
    with pytest.raises(ClusterDown, match="not made"):
        ClusterIndex(client, kb, IndexFolder(kb, tmp_path)).finish("evidence-x")
