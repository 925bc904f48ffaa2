"""Two servers of one database behind a real nginx, restarted one by one while people use them."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from desk_site import PASSWORD, make_accounts
from test_behind_nginx import ROOT, TEXT, Browser, documented, free_port, fronted

READ = ("/", f"/texts/{TEXT}", "/search?q=pain", "/api/v1/texts", "/healthz")
FORM = "/desk/texts/new"


@dataclass
class OneOfTwo:
    """`evidence serve` at a port of its own, with a folder of its own."""

    base: Path
    instance: Path
    port: int = field(default_factory=free_port)
    process: subprocess.Popen[str] | None = None

    def start(self) -> None:
        settings = {"EVIDENCE_TRUSTED_PROXIES": "127.0.0.1"}
        command = [sys.executable, "-m", "evidence", "serve", "--kb", str(self.base)]
        with (self.instance.parent / f"{self.port}.log").open("a") as log:
            self.process = subprocess.Popen(
                [*command, "--instance", str(self.instance), "--port", str(self.port)],
                env={**os.environ, **settings},
                cwd=ROOT,
                text=True,
                stdout=subprocess.PIPE,
                stderr=log,
            )
        assert self.process.stdout is not None
        assert self.process.stdout.readline().startswith("Serving")

    def health(self) -> tuple[int, str]:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/healthz", timeout=30) as got:
                return got.status, json.load(got)["status"]
        except urllib.error.HTTPError as told:
            return told.code, json.load(told)["status"]

    def stop(self) -> int:
        """End it as systemd does; what it says of itself meanwhile is looked at."""
        assert self.process is not None
        assert self.process.stdout is not None
        self.process.send_signal(signal.SIGTERM)
        end = time.monotonic() + 60
        while (told := self.health()) == (200, "ok"):
            assert time.monotonic() < end
        assert told == (503, "stopping")
        code = self.process.wait(120)
        self.process.stdout.close()
        return code


class Load:
    """People who read and one who types, until they are told to stop."""

    def __init__(self, port: int, editor: Browser) -> None:
        self.statuses: list[tuple[str, int]] = []
        self.lost: list[str] = []
        self._over = threading.Event()
        self._threads = [
            threading.Thread(target=self._ask, args=(Browser(port), n)) for n in range(3)
        ]
        self._threads.append(threading.Thread(target=self._type, args=(editor,)))

    def __enter__(self) -> Load:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        for thread in self._threads:
            thread.join()

    def _noted(self, browser: Browser, path: str, form: dict[str, str] | None = None) -> None:
        try:
            self.statuses.append((path, browser.ask(path, form).status))
        except OSError as error:
            self.lost.append(f"{path}: {error}")

    def _ask(self, browser: Browser, number: int) -> None:
        while not self._over.is_set():
            self._noted(browser, READ[number % len(READ)])
            number += 1

    def _type(self, editor: Browser) -> None:
        number = 0
        token = editor.ask("/desk/me").page.select_one("[name=csrf_token]")["value"]
        while not self._over.is_set():
            number += 1
            sent = {"csrf_token": token, "kept-form": FORM, "publisher": f"words {number}"}
            self._noted(editor, "/desk/unsent", sent)


def test_a_rolling_restart_loses_no_request(
    few: Path, database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EVIDENCE_JOURNAL_URL", database)
    servers = [OneOfTwo(few, tmp_path / name / "instance") for name in ("one", "other")]
    for server in servers:
        server.instance.mkdir(parents=True)
    make_accounts(servers[0].instance)
    folder = tmp_path / "nginx"
    folder.mkdir()

    def configured(port: int) -> str:
        ours = {
            "10.0.0.11:8000": f"127.0.0.1:{servers[0].port}",
            "10.0.0.12:8000": f"127.0.0.1:{servers[1].port}",
            "listen 443": f"listen 127.0.0.1:{port}",
            "/etc/ssl/evidence": str(folder),
        }
        return documented(ours, "upstream evidence")

    try:
        for server in servers:
            server.start()
        with fronted(folder, configured) as port:
            editor = Browser(port)
            token = editor.ask("/desk/login").page.select_one("[name=csrf_token]")["value"]
            form = {"csrf_token": token, "name": "editor", "password": PASSWORD}
            assert editor.ask("/desk/login", form).status == 303
            with Load(port, editor) as load:
                for server in servers:
                    before = len(load.statuses)
                    assert server.stop() == 0
                    server.start()
                    while len(load.statuses) < before + 20:
                        time.sleep(0.1)
            assert load.lost == []
            wrong = {
                (path, status) for path, status in load.statuses if status not in (200, 303)
            } - {("/healthz", 503)}  # which nginx passed on from a server that stops
            assert wrong == set()
            typed = [path for path, _status in load.statuses if path == "/desk/unsent"]
            assert typed
            assert f"words {len(typed)}" in editor.ask("/desk/unsent").text
    finally:
        for server in servers:
            if server.process is not None and server.process.poll() is None:
                server.process.terminate()
                server.process.wait(60)
