"""What whoever runs a server sees of it: alive, ready, figures, and its log."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from small_base import small_base

from evidence.knowledge import KnowledgeBase
from webapp import create_app
from webapp.http import logs

SECRETS = ("vulvodynie secrete", "203.0.113.9", "wiretap-cookie", "Mozilla", "localhost")


@pytest.fixture
def base(kb: KnowledgeBase, tmp_path: Path) -> Path:
    return small_base(kb, tmp_path / "base")


@pytest.fixture
def app(base: Path, tmp_path: Path) -> Flask:
    return create_app(KnowledgeBase(base), tmp_path / "instance")


@pytest.fixture
def written(monkeypatch: pytest.MonkeyPatch) -> Iterator[io.StringIO]:
    """What a configured process writes to its log."""
    stream = io.StringIO()
    root = logging.getLogger()
    before = root.handlers, root.level
    monkeypatch.setattr("sys.stderr", stream)
    monkeypatch.setenv("EVIDENCE_LOG", "json")
    monkeypatch.setattr(logs, "_configured", None)
    logs.configure()
    yield stream
    root.handlers, _ = before
    root.setLevel(before[1])


def lines(stream: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


# ---- alive and ready ------------------------------------------------------------------


def test_alive_says_nothing_else(app: Flask) -> None:
    answer = app.test_client().get("/healthz")
    assert (answer.status_code, answer.json) == (200, {"status": "ok"})


def test_ready_names_what_is_degraded_and_since_when(
    app: Flask, base: Path, tmp_path: Path
) -> None:
    client = app.test_client()
    report = client.get("/readyz").json
    assert (report["status"], report["degraded"], report["since"]) == ("ok", [], {})
    assert report["index_seconds"] >= 0
    assert report["disk_free_bytes"] > 0
    (tmp_path / "instance" / "journal.sqlite").write_bytes(b"no database" * 100)
    first = client.get("/readyz").json
    assert first["degraded"] == ["journal"]
    again = client.get("/readyz").json
    assert again["since"] == first["since"]
    assert set(first["since"]) == {"journal"}
    assert str(tmp_path) not in json.dumps(first)


# ---- figures --------------------------------------------------------------------------


def test_figures_of_requests_and_parts(app: Flask) -> None:
    pytest.importorskip("prometheus_client")
    client = app.test_client()
    client.get("/search?q=vulvodynie")
    client.get("/nowhere-at-all")
    answer = client.get("/metrics")
    assert answer.status_code == 200
    text = answer.get_data(as_text=True)
    assert 'evidence_requests_total{method="GET",route="/search",status="200"}' in text
    assert 'route="none",status="404"' in text
    assert 'evidence_request_seconds_bucket{le="0.05",route="/search"}' in text
    assert 'evidence_part_ok{part="search"} 1.0' in text
    assert "evidence_index_seconds" in text
    assert "vulvodynie" not in text
    assert "nowhere" not in text


def test_figures_are_for_this_machine_named_addresses_and_the_token(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("prometheus_client")
    client = app.test_client()

    def status(address: str, **headers: str) -> int:
        place = {"REMOTE_ADDR": address}
        return client.get("/metrics", environ_base=place, headers=headers).status_code

    assert [status("127.0.0.1"), status("::1")] == [200, 200]
    assert status("10.1.2.3") == 404
    monkeypatch.setenv("EVIDENCE_METRICS", "10.1.0.0/16")
    assert [status("10.1.2.3"), status("10.2.2.3")] == [200, 404]
    monkeypatch.setenv("EVIDENCE_METRICS_TOKEN", "a-token-of-some-length")
    assert status("10.2.2.3", Authorization="Bearer a-token-of-some-length") == 200
    assert status("10.2.2.3", Authorization="Bearer another-token-of-length") == 404
    assert status("10.2.2.3", Authorization="Bearer ") == 404


# ---- the log --------------------------------------------------------------------------


def test_every_answer_is_numbered(app: Flask) -> None:
    client = app.test_client()
    first, second = (client.get("/guide").headers["X-Request-Id"] for _ in range(2))
    assert first != second
    given = client.get("/guide", headers={"X-Request-Id": "from-the-proxy-1"})
    assert given.headers["X-Request-Id"] == "from-the-proxy-1"
    for odd in ("x", "a b c d e f g h", "a" * 65, "<script>alert(1)"):
        answer = client.get("/guide", headers={"X-Request-Id": odd})
        assert answer.headers["X-Request-Id"] != odd
    assert client.get("/nowhere").headers["X-Request-Id"]


def test_a_request_is_a_line_without_what_was_asked(app: Flask, written: io.StringIO) -> None:
    client = app.test_client()
    client.set_cookie("wiretap", "wiretap-cookie")
    answer = client.get(
        "/search?q=vulvodynie+secrete",
        environ_base={"REMOTE_ADDR": "203.0.113.9"},
        headers={"User-Agent": "Mozilla"},
    )
    client.get("/vulvodynie secrete")
    line = next(one for one in lines(written) if one.get("route") == "/search")
    assert line["request_id"] == answer.headers["X-Request-Id"]
    assert (line["method"], line["status"], line["user"]) == ("GET", 200, "visitor")
    assert line["duration_ms"] > 0
    assert line["time"].endswith("+00:00")
    for secret in SECRETS:
        assert secret not in written.getvalue()


def test_a_slow_request_is_a_warning(
    app: Flask, written: io.StringIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stderr", written)
    monkeypatch.setenv("EVIDENCE_SLOW_REQUEST", "0")
    logs.configure()
    app.test_client().get("/guide")
    line = next(one for one in lines(written) if one.get("route") == "/guide")
    assert (line["level"], line["message"]) == ("warning", "slow request")


def test_refused_requests_do_not_fill_the_log(app: Flask, written: io.StringIO) -> None:
    client = app.test_client()
    for number in range(3 * logs.REFUSED_A_MINUTE):
        client.get(f"/nowhere-{number}")
    refused = [one for one in lines(written) if one.get("status") == 404]
    assert len(refused) <= 2 * logs.REFUSED_A_MINUTE  # the minute may have turned meanwhile
    client.get("/guide")
    assert lines(written)[-1]["route"] == "/guide"


def test_a_fault_is_one_line_with_its_traceback(app: Flask, written: io.StringIO) -> None:
    try:
        raise ValueError("long " * 10_000)
    except ValueError:
        logging.getLogger("x").exception("it failed")
    (line,) = lines(written)
    assert line["message"] == "it failed"
    assert line["traceback"].startswith("long") or "ValueError" in line["traceback"]
    assert len(written.getvalue()) < 20_000


def test_a_library_that_embeds_the_app_writes_nothing(
    app: Flask, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(logs, "_configured", None)
    with caplog.at_level(logging.DEBUG, logger="webapp"):
        app.test_client().get("/guide")
    assert not [one for one in caplog.records if one.name == "webapp.http.logs"]
