"""A cluster that is away, slow, or says no: nobody waits twice, and what it said is passed on."""

from __future__ import annotations

import pickle
import socket
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from evidence.knowledge import KnowledgeBase
from evidence.search.index.folder import IndexFolder
from evidence.search.opensearch import building
from evidence.search.opensearch.address import ClusterAddress
from evidence.search.opensearch.building import ClusterIndex
from evidence.search.opensearch.client import Client, ClusterDown, ClusterRefused, kept_client


@pytest.fixture
def silent() -> Iterator[tuple[str, socket.socket]]:
    """A node that is frozen: connections are taken, nothing is answered."""
    with socket.create_server(("127.0.0.1", 0), backlog=50) as listening:
        listening.settimeout(0.2)
        yield f"http://127.0.0.1:{listening.getsockname()[1]}", listening


def _connections(listening: socket.socket) -> int:
    count = 0
    while True:
        try:
            listening.accept()[0].close()
        except TimeoutError:
            return count
        count += 1


def test_a_frozen_node_is_waited_for_once_and_then_left_alone(
    silent: tuple[str, socket.socket],
) -> None:
    url, listening = silent
    client = Client(ClusterAddress((url,)), 0.3, rests=60.0)
    with pytest.raises(ClusterDown, match="ReadTimeout"):
        client.get("")
    assert _connections(listening) == 1
    with pytest.raises(ClusterDown, match="ReadTimeout"):
        client.get("")
    assert _connections(listening) == 0


def test_a_client_that_loads_asks_again_at_once(silent: tuple[str, socket.socket]) -> None:
    url, listening = silent
    client = Client(ClusterAddress((url,)), 0.3)
    for _ in range(2):
        with pytest.raises(ClusterDown):
            client.get("")
    assert _connections(listening) == 2


def test_searches_of_a_process_share_what_they_know_of_the_nodes() -> None:
    address = ClusterAddress(("http://127.0.0.1:9",), "kept")
    assert kept_client(address) is kept_client(address)


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
