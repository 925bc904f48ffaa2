"""Documents sent to a cluster that is busy: those that it puts off are sent again, no others."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from evidence.search.opensearch import bulk
from evidence.search.opensearch.address import ClusterAddress
from evidence.search.opensearch.bulk import Action, send
from evidence.search.opensearch.client import ClusterDown, client


@contextmanager
def busy(times: int, status: int = 200) -> Iterator[tuple[ClusterAddress, list[list[str]]]]:
    """What answers as a node whose queue is full so many times for documents with an odd name.

    OpenSearch puts single documents off so, with 429, in an answer that is otherwise well.
    """
    asked: list[list[str]] = []

    class Node(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            lines = self.rfile.read(int(self.headers["Content-Length"])).decode().splitlines()
            heads = [one["index"] for line in lines if "index" in (one := json.loads(line))]
            names = [head["_id"] for head in heads]
            assert {head["version_type"] for head in heads} == {"external_gte"}
            asked.append(names)
            full = len(asked) <= times
            items = [
                {"index": {"_id": name, "status": 429 if full and int(name) % 2 else 201}}
                for name in names
            ]
            content = json.dumps({"errors": full, "items": items}).encode()
            self.send_response(status if full else 200)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *args: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Node) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield ClusterAddress((f"http://127.0.0.1:{server.server_port}",)), asked
        server.shutdown()


@pytest.fixture(autouse=True)
def no_waiting(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    waited: list[float] = []
    monkeypatch.setattr("time.sleep", waited.append)
    return waited


def _some(count: int) -> list[Action]:
    return [Action(str(number), 1, {"key": str(number)}) for number in range(count)]


def test_what_is_put_off_is_sent_again(no_waiting: list[float]) -> None:
    with busy(3) as (address, asked):
        sent = send(client(address), "x", _some(6))
    assert (sent.written, sent.refused) == (6, 0)
    assert asked == [["0", "1", "2", "3", "4", "5"], *[["1", "3", "5"]] * 3]
    assert no_waiting == sorted(no_waiting)
    assert len(set(no_waiting)) == 3  # longer each time


def test_a_node_that_is_away_is_waited_for() -> None:
    with busy(4, status=503) as (address, asked):
        assert send(client(address), "x", _some(2)).written == 2
    assert len(asked) == 5


def test_a_cluster_that_stays_busy_is_told_of() -> None:
    with busy(1_000) as (address, _), pytest.raises(ClusterDown, match="too busy"):
        send(client(address), "x", _some(2))


def test_requests_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bulk, "_MOST_DOCUMENTS", 3)
    with busy(0) as (address, asked):
        assert send(client(address), "x", _some(8)).written == 8
    assert [len(names) for names in asked] == [3, 3, 2]
    monkeypatch.setattr(bulk, "_MOST_BYTES", 200)
    with busy(0) as (address, asked):
        send(client(address), "x", _some(6))
    assert len(asked) > 2
