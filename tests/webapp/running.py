"""`evidence serve` as a process of its own, and people who use it over the wire."""

from __future__ import annotations

import http.client
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import requests
from desk_site import Person

ROOT = Path(__file__).resolve().parents[2]
linux = pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="looks into /proc")


class Running:
    """`evidence serve` on a small base."""

    def __init__(self, process: subprocess.Popen[str], port: int) -> None:
        self.process, self.port = process, port

    def get(self, path: str = "/texts/vulvodynie-cryoneurolyse") -> int:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        try:
            connection.request("GET", path)
            answer = connection.getresponse()
            answer.read()
            return answer.status
        finally:
            connection.close()

    @property
    def children(self) -> set[int]:
        found = set()
        for status in Path("/proc").glob("[0-9]*/stat"):
            try:
                fields = status.read_text().rpartition(")")[2].split()
            except OSError:
                continue
            if fields[1] == str(self.process.pid) and fields[0] != "Z":
                found.add(int(status.parent.name))
        return found


def until(true: Callable[[], bool], seconds: float = 120) -> None:
    """Wait for something that is to happen."""
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.1)


@contextmanager
def serving(
    base: Path, instance: Path, *options: str, program: Path = ROOT, **settings: str
) -> Iterator[Running]:
    """A server on a base and an instance, with these options and settings of the environment."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "evidence", "serve", "--kb", str(base), "--port", str(port)]
    with (instance.parent / "log").open("w") as log:
        process = subprocess.Popen(
            [*command, "--instance", str(instance), *options],
            cwd=program,
            text=True,
            stdout=subprocess.PIPE,
            stderr=log,
            start_new_session=True,
            env={**os.environ, **settings},
        )
    try:
        assert process.stdout is not None
        assert process.stdout.readline().startswith("Serving")
        yield Running(process, port)
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(60)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
        if process.stdout is not None:
            process.stdout.close()


class _Answer:
    """An answer over the wire, as pages of tests read it."""

    def __init__(self, answer: requests.Response) -> None:
        self.status_code, self.headers = answer.status_code, answer.headers
        self._text = answer.text

    def get_data(self, as_text: bool = True) -> str:
        return self._text


class _Browser:
    """The calls of Flask's test client that `desk_site.Person` makes, over the wire."""

    def __init__(self, port: int) -> None:
        self._at, self._session = f"http://127.0.0.1:{port}", requests.Session()
        self._session.trust_env = False

    def get(self, path: str, follow_redirects: bool = False, **more: Any) -> _Answer:
        more.setdefault("timeout", 120)
        asked = self._session.get(self._at + path, allow_redirects=follow_redirects, **more)
        return _Answer(asked)

    def post(self, path: str, data: Mapping[str, Any], **more: Any) -> _Answer:
        more.setdefault("timeout", 120)
        return _Answer(
            self._session.post(self._at + path, data=data, allow_redirects=False, **more)
        )

    def get_cookie(self, name: str) -> Any:
        return next((one for one in self._session.cookies if one.name == name), None)


def somebody(port: int, name: str = "") -> Person:
    """A new browser at a running server, signed in when there is a name."""
    found = Person(_Browser(port))  # type: ignore[arg-type]
    if name:
        assert found.sign_in(name).status_code == 303
    return found
