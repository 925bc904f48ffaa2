"""A node is killed, and one is frozen, while searches go on: none fails, none is answered in part.

Three nodes on loopback; `make test-scale` runs it. EVIDENCE_SCALE_SEARCHES says how many searches.
"""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import count

import pytest

from evidence.knowledge import KnowledgeBase
from evidence.search.index.documents import document_of
from evidence.search.opensearch import mapping
from evidence.search.opensearch.address import ClusterAddress
from evidence.search.opensearch.body import body_of
from evidence.search.opensearch.client import Client
from evidence.search.opensearch.engine import OpenSearchEngine
from evidence.search.request import SearchRequest
from tests.opensearch_node import Cluster, running

SEARCHES = int(os.environ.get("EVIDENCE_SCALE_SEARCHES", "0"))
THREADS = 3
QUERIES = ["pudendal neuralgia", "cryo* knee", '"phantom limb"', "sham OR placebo", "Ilfeld 2023"]

pytestmark = pytest.mark.skipif(not SEARCHES, reason="only where EVIDENCE_SCALE_SEARCHES says so")


@pytest.fixture(scope="module")
def cluster() -> Iterator[Cluster]:
    with running(3) as started:
        yield started


@pytest.fixture(scope="module")
def engine_there(cluster: Cluster, kb: KnowledgeBase) -> OpenSearchEngine:
    address = ClusterAddress(tuple(node.address for node in cluster.nodes), "scale")
    client = Client(address, 120.0)
    body = {
        "settings": mapping.settings(3, 1) | {"unassigned.node_left.delayed_timeout": "0"},
        "mappings": mapping.mapping(),
    }
    client.put("scale-1", body)
    lines: list[object] = []
    for seq, one in enumerate(kb.library.values()):
        lines += [{"index": {"_id": one.key}}, body_of(document_of(one, kb.vocabulary), seq)]
    for begin in range(0, len(lines), 200):
        assert not client.lines("scale-1/_bulk", lines[begin : begin + 200])["errors"]
    client.post("scale-1/_refresh")
    cluster.wait()
    return OpenSearchEngine(Client(address), "scale-1", kb.vocabulary)


def _told(engine: OpenSearchEngine, query: str) -> object:
    answer = engine.search(SearchRequest(query, limit=20))
    return answer.total, [hit.key for hit in answer.results], dict(answer.facets)


@pytest.mark.parametrize("blow", [signal.SIGKILL, signal.SIGSTOP])
def test_searches_go_on_whole_while_a_node_is_lost(
    cluster: Cluster, engine_there: OpenSearchEngine, blow: signal.Signals
) -> None:
    expected = {query: _told(engine_there, query) for query in QUERIES}
    done, wrong = count(), []
    struck = threading.Event()

    def search(number: int) -> None:
        query = QUERIES[number % len(QUERIES)]
        engine_there.knowledge.kept.clear()  # ask the cluster, not what is remembered
        try:
            if _told(engine_there, query) != expected[query]:
                wrong.append(f"{query}: another answer")
        except Exception as error:
            wrong.append(f"{query}: {error!r}")
        if next(done) == SEARCHES // 4:
            cluster.nodes[1].signal(blow)
            struck.set()

    with ThreadPoolExecutor(THREADS) as pool:
        list(pool.map(search, range(SEARCHES)))
    assert struck.is_set()
    assert wrong == []
    if blow == signal.SIGSTOP:
        cluster.nodes[1].signal(signal.SIGCONT)
    else:
        cluster.nodes[1].stop()
        cluster.start(cluster.nodes[1])
    cluster.wait()
    assert engine_there.health() == "ok"
    end = time.monotonic() + 60
    while engine_there.health() != "ok" and time.monotonic() < end:
        time.sleep(0.5)
    assert {query: _told(engine_there, query) for query in QUERIES} == expected
