"""`evidence serve` as process 1 of a container: told to end it ends, and it buries its dead."""

from __future__ import annotations

import http.client
import os
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from running import ROOT, until

UNSHARE, NSENTER = shutil.which("unshare"), shutil.which("nsenter")


def children(parent: int) -> dict[int, str]:
    """The children of a process, each with its state as /proc has it ("Z" is a zombie)."""
    found = {}
    for status in Path("/proc").glob("[0-9]*/stat"):
        try:
            state, above, *_ = status.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if above == str(parent):
            found[int(status.parent.name)] = state
    return found


@pytest.fixture
def served(few: Path, tmp_path: Path) -> Iterator[tuple[subprocess.Popen[str], int, int]]:
    """The process that made the namespace, the first one within, and the port it serves."""
    if os.geteuid() != 0 or UNSHARE is None or NSENTER is None:
        pytest.skip("a namespace of processes needs root and unshare")
    if subprocess.run([UNSHARE, "--pid", "--fork", "--mount-proc", "true"], check=False).returncode:
        pytest.skip("this machine makes no namespaces")
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    words = [UNSHARE, "--pid", "--fork", "--mount-proc", "--kill-child", sys.executable]
    words += ["-m", "evidence", "serve", "--kb", str(few), "--instance", str(tmp_path / "instance")]
    process = subprocess.Popen(
        [*words, "--port", str(port), "--workers", "2"],
        cwd=ROOT,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    try:
        assert process.stdout is not None
        assert process.stdout.readline().startswith("Serving")
        (inner,) = children(process.pid)
        yield process, inner, port
    finally:
        process.kill()
        process.wait()
        process.stdout.close()  # type: ignore[union-attr]


def ask(port: int) -> int:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    try:
        connection.request("GET", "/guide")
        return connection.getresponse().status
    finally:
        connection.close()


def test_it_is_told_to_reload_and_to_end_and_keeps_no_zombies(
    served: tuple[subprocess.Popen[str], int, int],
) -> None:
    process, inner, port = served
    assert ask(port) == 200
    begun = children(inner)
    assert len(begun) == 2
    # Whoever loses its parent within becomes a child of process 1, as a reader of a page may.
    orphan = [str(NSENTER), "--target", str(inner), "--pid", "--mount", "sh", "-c", "sleep 1 & :"]
    subprocess.run(orphan, check=True)
    until(lambda: len(children(inner)) == 3)
    until(lambda: len(children(inner)) == 2)
    os.kill(inner, signal.SIGHUP)
    until(lambda: len(children(inner)) == 2 and not begun.keys() & children(inner).keys())
    assert ask(port) == 200
    assert "Z" not in children(inner).values()
    os.kill(inner, signal.SIGTERM)
    assert process.wait(60) == 0
