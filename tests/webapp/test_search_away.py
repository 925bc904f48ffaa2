"""The cluster away: searches say so in words, every other page goes on and nobody waits.

The cluster is a socket on loopback that takes connections and never answers, as a frozen node.
"""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from flask import Flask, render_template
from small_base import small_base

from evidence.knowledge import KnowledgeBase
from evidence.search.opensearch import client as speaking
from evidence.search.opensearch.address import ClusterAddress, address_of
from evidence.search.opensearch.client import Client, ClusterDown, client
from evidence.search.opensearch.knowledge import PartialAnswer
from evidence.search.opensearch.loaded import records
from references.errors import SettingError
from webapp import create_app
from webapp.http import watching

#: An address of a record that only an index could know.
KEY = "pmid-987001"


@pytest.fixture
def frozen() -> Iterator[socket.socket]:
    """A node that accepts and says nothing."""
    with socket.create_server(("127.0.0.1", 0), backlog=64) as listening:
        yield listening


def url_of(listening: socket.socket) -> str:
    return f"http://127.0.0.1:{listening.getsockname()[1]}"


@pytest.fixture(scope="module")
def base(kb: KnowledgeBase, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return small_base(kb, tmp_path_factory.mktemp("away") / "base")


@pytest.fixture
def app(
    base: Path, frozen: socket.socket, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Flask:
    monkeypatch.setenv("EVIDENCE_SEARCH_URL", f"{url_of(frozen)}/away")
    monkeypatch.setattr(client, "__defaults__", (0.2,))
    instance = tmp_path / "instance"
    return create_app(KnowledgeBase(base, instance), instance)


def get(app: Flask, address: str, language: str = "en") -> Any:
    return app.test_client().get(address, headers={"Accept-Language": language})


def connections(listening: socket.socket) -> int:
    """How many connections were made that nobody looked at yet."""
    listening.setblocking(False)
    count = 0
    while True:
        try:
            listening.accept()
            count += 1
        except BlockingIOError:
            return count


@pytest.mark.parametrize(
    ("address", "language", "words"),
    [
        ("/search?q=nerve", "en", "does not answer just now"),
        ("/search?q=nerf", "fr", "ne répond pas pour l’instant"),
        ("/search.bib?q=nerve", "en", "does not answer just now"),
        ("/api/v1/search?q=nerve", "en", "does not answer just now"),
        ("/api/v1/suggest?text=nerve", "en", "does not answer just now"),
        (f"/references/{KEY}", "en", "does not answer just now"),
        (f"/api/v1/references/{KEY}", "en", "does not answer just now"),
    ],
)
def test_a_search_that_cannot_be_answered_is_503_and_tells_no_address(
    app: Flask, address: str, language: str, words: str
) -> None:
    answer = get(app, address, language)
    shown = answer.get_data(as_text=True)
    assert (answer.status_code, answer.headers["Cache-Control"]) == (503, "no-store")
    assert "Retry-After" in answer.headers
    assert words in shown
    assert "127.0.0.1" not in shown.replace("http://127.0.0.1/", "")
    assert "evidence index" not in shown
    assert "disk" not in shown


def test_a_key_that_no_index_could_know_is_404_all_the_same(app: Flask) -> None:
    for address in ("/references/nothing", "/api/v1/references/nothing"):
        assert get(app, address).status_code == 404


def test_a_cluster_that_was_away_is_not_asked_by_the_next_reader(
    app: Flask, frozen: socket.socket
) -> None:
    assert get(app, "/search?q=nerve").status_code == 503
    assert connections(frozen) >= 1
    assert get(app, "/search?q=nerve").status_code == 503
    assert get(app, f"/references/{KEY}").status_code == 503
    assert connections(frozen) == 0


def test_pages_that_need_no_search_do_not_ask_the_cluster(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watching, "EVERY", 0.0)
    asking: list[str] = []

    def stamp() -> str:
        asking.append(threading.current_thread().name)
        return ""

    monkeypatch.setattr(app.extensions["site"], "index_stamp", stamp)
    assert get(app, "/guide").status_code == 200
    watch = app.extensions["watch"]
    with watch._looking:  # it is over when this can be had
        assert asking
        assert threading.main_thread().name not in asking


@pytest.mark.parametrize(
    ("language", "words"), [("en", "only the index holds"), ("fr", "que dans l’index")]
)
def test_a_page_that_lacks_records_of_the_index_says_so_and_is_kept_by_nobody(
    app: Flask, monkeypatch: pytest.MonkeyPatch, language: str, words: str
) -> None:
    site = app.extensions["site"]
    known = next(iter(site.kb.library))
    shown: list[list[str]] = []

    def listing() -> str:
        shown.append(list(site.references([known, KEY])))
        return render_template("accessibility.html")

    whole = get(app, "/accessibility", language)
    assert (words in whole.text, "ETag" in whole.headers) == (False, True)
    monkeypatch.setitem(app.view_functions, "guide.accessibility", listing)
    lacking = get(app, "/accessibility?again=1", language)
    assert (shown, lacking.status_code, words in lacking.text) == ([[known]], 200, True)
    assert (lacking.headers["Cache-Control"], "ETag" in lacking.headers) == ("no-store", False)


# ---- the client ----


def test_a_node_that_hangs_is_not_waited_for_again_and_again(frozen: socket.socket) -> None:
    connection = Client(ClusterAddress((url_of(frozen),)), 0.2)
    with pytest.raises(ClusterDown):
        connection.get("")
    assert connections(frozen) == 1


def test_all_who_ask_share_what_is_known_of_nodes() -> None:
    address = ClusterAddress(("http://127.0.0.1:9",))
    assert client(address) is client(address)
    assert client(address, 30.0) is not client(address)


def test_a_password_beyond_ascii_goes_as_utf_8() -> None:
    address = address_of({"EVIDENCE_SEARCH_URL": "https://u:p%E2%82%AC@host:9200/x"})
    assert address is not None
    # base64 of "u:p€" in UTF-8
    assert speaking._authorization(address) == {"Authorization": "Basic dTpw4oKs"}


@pytest.mark.parametrize("written", [",", " , ,"])
def test_an_address_of_no_host_is_told(written: str) -> None:
    with pytest.raises(SettingError, match="not the address of a cluster"):
        address_of({"EVIDENCE_SEARCH_URL": f"{written}"})


@contextmanager
def answering(body: bytes) -> Iterator[str]:
    """A node that answers everything with one body."""

    class Answer(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answer)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


def test_a_record_of_a_shard_that_is_away_is_not_said_to_be_missing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("evidence.search.opensearch.knowledge._PAUSES", (0.0,))
    answer = (
        b'{"docs":[{"_index":"x","_id":"pmid-1","error":'
        b'{"type":"no_shard_available_action_exception","reason":"no shard"}}]}'
    )
    with answering(answer) as address, pytest.raises(PartialAnswer):
        records(Client(ClusterAddress((address,))), "x", ["pmid-1"])
