"""The server that ships: several processes, a graceful end, clients that keep it waiting."""

from __future__ import annotations

import http.client
import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from desk_site import PASSWORD, make_accounts, soup
from flask import Flask
from running import ROOT, linux, serving, until

from evidence.knowledge import KnowledgeBase
from webapp import create_app, server
from webapp.http.security import HEADERS
from webapp.server import make_server
from webapp.workers import listen

# ---- processes --------------------------------------------------------------------------


@linux
def test_processes_are_replaced_reloaded_and_ended(few: Path, tmp_path: Path) -> None:
    with serving(few, tmp_path / "instance", "--workers", "2") as site:
        until(lambda: len(site.children) == 2)
        assert site.get() == 200
        first = site.children
        os.kill(min(first), signal.SIGKILL)
        until(lambda: len(site.children) == 2 and min(first) not in site.children)
        second = site.children
        assert len(first & second) == 1

        statuses: list[int] = []
        ended = threading.Event()

        def ask() -> None:
            while not ended.is_set():
                try:
                    statuses.append(site.get("/healthz"))
                except (OSError, http.client.HTTPException):
                    statuses.append(0)

        asking = threading.Thread(target=ask)
        asking.start()
        site.process.send_signal(signal.SIGHUP)
        until(lambda: len(site.children) == 2 and not site.children & second)
        ended.set()
        asking.join()
        assert set(statuses) == {200}, "a request was lost while the processes changed"

        site.process.send_signal(signal.SIGTERM)
        assert site.process.wait(60) == 0
    assert not site.children


@linux
def test_a_reload_runs_the_program_as_it_is_now_or_goes_on(few: Path, tmp_path: Path) -> None:
    program = tmp_path / "program"
    for room in ("evidence", "references", "webapp"):
        shutil.copytree(ROOT / room, program / room, ignore=shutil.ignore_patterns("corpus"))
    with serving(few, tmp_path / "instance", program=program) as site:
        assert site.get("/healthz") == 200
        until(lambda: len(site.children) == 1)
        first = site.children
        health = program / "webapp" / "http" / "health.py"
        health.write_text(health.read_text().replace('"/healthz"', '"/of-tomorrow"'))
        site.process.send_signal(signal.SIGHUP)
        until(lambda: len(site.children) == 1 and not site.children & first)
        assert site.get("/of-tomorrow") == 200

        second = site.children
        health.write_text("raise RuntimeError('half an upgrade')\n")
        site.process.send_signal(signal.SIGHUP)
        until(lambda: "half an upgrade" in (tmp_path / "log").read_text())
        assert site.get("/of-tomorrow") == 200
        assert site.children & second == second


@linux
def test_children_end_when_nobody_looks_after_them(few: Path, tmp_path: Path) -> None:
    with serving(few, tmp_path / "instance") as site:
        until(lambda: len(site.children) == 1)
        (child,) = site.children
        site.process.kill()
        until(lambda: not Path(f"/proc/{child}").exists())


def refused(base: Path, instance: Path, port: int, **settings: str) -> str:
    """What `evidence serve` says that cannot begin."""
    options = ["--kb", str(base), "--instance", str(instance), "--port", str(port)]
    done = subprocess.run(
        [sys.executable, "-m", "evidence", "serve", *options, "--workers", "2"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        env={**os.environ, "EVIDENCE_LANG": "en", **settings},
        check=False,
    )
    assert (done.returncode, done.stdout) == (2, "")
    return done.stderr


def test_what_keeps_a_server_from_starting_is_said_once(few: Path, tmp_path: Path) -> None:
    with listen("127.0.0.1", 0) as taken:
        port = taken.getsockname()[1]
        assert f"Port {port} on 127.0.0.1 is in use" in refused(few, tmp_path, port)
    said = refused(few, tmp_path, port, EVIDENCE_TRUSTED_HOSTS="a..b")
    assert said.count("EVIDENCE_TRUSTED_HOSTS names 'a..b'") == 1
    assert "Traceback" not in said


# ---- one process, and its clients ---------------------------------------------------------


@pytest.fixture(scope="module")
def small_app(kb: KnowledgeBase, few: Path, tmp_path_factory: pytest.TempPathFactory) -> Flask:
    instance = tmp_path_factory.mktemp("serving")
    make_accounts(instance)
    app = create_app(KnowledgeBase(few), instance)
    started, go_on = threading.Event(), threading.Event()

    @app.get("/slow")
    def slow() -> str:
        started.set()
        go_on.wait(60)
        return "done"

    app.extensions["slow"] = started, go_on
    return app


@contextmanager
def in_a_thread(app: Flask, threads: int = 4) -> Iterator[tuple[int, threading.Event]]:
    listening, ended = listen("127.0.0.1", 0), threading.Event()
    port = listening.getsockname()[1]
    made = make_server(app, listening, threads)
    thread = threading.Thread(target=made.serve, args=[lambda: not ended.is_set()])
    thread.start()
    try:
        yield port, ended
    finally:
        ended.set()
        thread.join(60)
    assert not thread.is_alive()


def connect(port: int) -> socket.socket:
    made = socket.create_connection(("127.0.0.1", port), timeout=30)
    return made


def status_of(port: int, path: str = "/guide") -> int:
    with connect(port) as made:
        made.sendall(
            f"GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".encode()
        )
        return int(made.recv(100).split()[1])


def is_closed(made: socket.socket) -> bool:
    """Whether the server ends a connection, in good time."""
    try:
        while made.recv(65_536):
            pass
    except ConnectionError:
        pass
    except TimeoutError:
        return False
    return True


def test_a_request_under_way_is_finished_before_the_end(small_app: Flask) -> None:
    started, go_on = small_app.extensions["slow"]
    with in_a_thread(small_app) as (port, ended):
        asking = connect(port)
        asking.sendall(b"GET /slow HTTP/1.1\r\nHost: localhost\r\n\r\n")
        idle = connect(port)
        assert started.wait(30)
        ended.set()
        assert is_closed(idle)
        go_on.set()
        answer = b""
        while not answer.endswith(b"done"):
            more = asking.recv(65_536)
            assert more, "the answer was cut"
            answer += more
        assert answer.startswith(b"HTTP/1.1 200")
        with pytest.raises(OSError, match="refused"):
            connect(port)


BEGINNINGS = {
    "nothing": b"",
    "half a line": b"GET / HT",
    "a header without end": b"GET / HTTP/1.1\r\nHost: localhost\r\nX: " + b"x" * 100,
    "a body that never comes": b"POST /desk/login HTTP/1.1\r\nHost: localhost\r\n"
    b"Content-Length: 1000\r\n\r\nname=",
    "a chunk that never comes": b"POST /desk/login HTTP/1.1\r\nHost: localhost\r\n"
    b"Transfer-Encoding: chunked\r\n\r\n400\r\nname=",
}


@pytest.mark.parametrize("trickles", [False, True])
def test_slow_clients_keep_nobody_waiting_and_are_closed(
    small_app: Flask, monkeypatch: pytest.MonkeyPatch, trickles: bool
) -> None:
    for name in ("IDLE_SECONDS", "HEAD_SECONDS", "GRACE"):
        monkeypatch.setattr(server, name, 1.0)
    with in_a_thread(small_app) as (port, _ended):
        slow = {name: [connect(port) for _ in range(24)] for name in BEGINNINGS}
        for name, connections in slow.items():
            for one in connections:
                one.sendall(BEGINNINGS[name])
        assert status_of(port) == 200
        everyone = [one for connections in slow.values() for one in connections]
        end = time.monotonic() + 30
        while trickles and everyone and time.monotonic() < end:
            time.sleep(0.3)
            everyone = [one for one in everyone if _takes(one)]
        assert not (trickles and everyone), "a client that sends a byte now and then goes on"
        for name, connections in slow.items():
            assert all(map(is_closed, connections)), name
        assert status_of(port) == 200


def _takes(one: socket.socket) -> bool:
    try:
        one.sendall(b"x")
    except OSError:
        return False
    return True


def test_when_there_is_no_room_the_slowest_makes_some(
    small_app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server, "CONNECTIONS", 20)
    with in_a_thread(small_app) as (port, _ended):
        slow = [connect(port) for _ in range(40)]
        for one in slow:
            one.sendall(b"GET / HT")
        for _ in range(5):
            assert status_of(port) == 200
        assert is_closed(slow[0])


HEAD = "{method} {path} HTTP/1.1\r\nHost: localhost\r\n{more}\r\n"


@pytest.mark.parametrize(
    ("path", "more", "status"),
    [
        ("/desk/login", "Content-Length: 900000000\r\n", 413),
        ("/search", "Content-Length: 70000\r\n", 413),
        ("/desk/bring", "Content-Length: 20000000\r\nCookie: evidence-session=forged\r\n", 413),
        ("/search", "Transfer-Encoding: chunked\r\n", 413),
        ("/", "".join(f"X-{n}: y\r\n" for n in range(200)), 400),
        ("/", "X: " + "x" * 40_000 + "\r\n", 431),
        ("/", "Content-Length: -5\r\n", 400),
        ("/", "no header\r\n", 400),
    ],
)
def test_too_much_is_refused_before_it_is_sent(
    small_app: Flask, path: str, more: str, status: int
) -> None:
    head = HEAD.format(method="POST", path=path, more=more).encode()
    with in_a_thread(small_app) as (port, _ended), connect(port) as made:
        made.sendall(head)
        if "chunked" in more:
            try:
                for _ in range(100):
                    made.sendall(b"2000\r\n" + b"x" * 0x2000 + b"\r\n")
            except OSError:
                pass
        answer = made.recv(65_536).decode()
        assert int(answer.split()[1]) == status
        for name in HEADERS:
            assert f"{name.lower()}:" in answer.lower()


def test_somebody_signed_in_may_send_a_page(small_app: Flask) -> None:
    with in_a_thread(small_app) as (port, _ended):
        browser = small_app.test_client()
        form = soup(browser.get("/desk/login"))
        token = form.select_one("[name=csrf_token]")["value"]  # type: ignore[index]
        browser.post(
            "/desk/login", data={"csrf_token": token, "name": "editor", "password": PASSWORD}
        )
        cookie = browser.get_cookie("evidence-session")
        assert cookie is not None
        more = f"Content-Length: 5000000\r\nCookie: evidence-session={cookie.value}\r\n"
        with connect(port) as made:
            made.sendall(HEAD.format(method="POST", path="/desk/bring", more=more).encode())
            made.settimeout(1)
            with pytest.raises(TimeoutError):  # it waits for the rest
                made.recv(100)
