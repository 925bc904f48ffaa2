"""A node of OpenSearch of our own, where the distribution and a Java are there."""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

#: The folder of an unpacked OpenSearch.
HOME = "EVIDENCE_OPENSEARCH_HOME"
_SECONDS = 240


def _free_port() -> int:
    with socket.socket() as asked:
        asked.bind(("127.0.0.1", 0))
        return int(asked.getsockname()[1])


@contextmanager
def node() -> Iterator[str]:
    """The address of a node that lives as long as this is open.

    Skips the test where there is none to start, or fails it with EVIDENCE_REQUIRE_SCALE=1.
    """
    home = Path(os.environ.get(HOME, ""))
    java = os.environ.get("JAVA_HOME") or os.environ.get("OPENSEARCH_JAVA_HOME")
    if not os.environ.get(HOME) or not (home / "bin/opensearch").exists() or not java:
        reason = f"OpenSearch tests: set {HOME} to an unpacked OpenSearch 3 and JAVA_HOME"
        if os.environ.get("EVIDENCE_REQUIRE_SCALE") == "1":
            pytest.fail(reason)
        pytest.skip(reason)
    folder = Path(tempfile.mkdtemp(prefix="evidence-node-"))
    try:
        port = _free_port()
        process = _start(home, java, folder, port)
        try:
            address = f"http://127.0.0.1:{port}"
            _wait(address, process)
            yield address
        finally:
            process.terminate()
            process.wait(60)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _start(home: Path, java: str, folder: Path, port: int) -> subprocess.Popen[bytes]:
    config = folder / "config"
    shutil.copytree(home / "config", config)
    options = (config / "jvm.options").read_text("utf-8").splitlines()
    kept = (one for one in options if "logs/" not in one and "HeapDump" not in one)
    (config / "jvm.options").write_text("\n".join(kept) + "\n", "utf-8")
    (config / "opensearch.yml").write_text(
        "discovery.type: single-node\nnetwork.host: 127.0.0.1\naction.auto_create_index: false\n"
        "cluster.routing.allocation.disk.threshold_enabled: false\n"
        f"http.port: {port}\ntransport.port: {_free_port()}\n"
        f"path.data: {folder}/data\npath.logs: {folder}/logs\n",
        "utf-8",
    )
    (folder / "tmp").mkdir()
    user = "nobody" if os.getuid() == 0 else None  # it refuses to run as root
    if user:
        of = pwd.getpwnam(user)
        for path in (folder, *folder.rglob("*")):
            os.chown(path, of.pw_uid, of.pw_gid)
    environment = {
        **{name: os.environ[name] for name in ("PATH", "LANG") if name in os.environ},
        "JAVA_HOME": java,
        "OPENSEARCH_JAVA_HOME": java,
        "OPENSEARCH_PATH_CONF": str(config),
        "OPENSEARCH_TMPDIR": str(folder / "tmp"),
        "OPENSEARCH_JAVA_OPTS": "-Xms512m -Xmx512m",
        "HOME": str(folder),
    }
    with (folder / "out.log").open("wb") as log:
        return subprocess.Popen(
            [home / "bin/opensearch"],
            env=environment,
            cwd=folder,
            user=user,
            extra_groups=[] if user else None,
            stdout=log,
            stderr=subprocess.STDOUT,
        )


def _wait(address: str, process: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + _SECONDS
    while time.monotonic() < until and process.poll() is None:
        try:
            urllib.request.urlopen(f"{address}/_cluster/health?wait_for_status=yellow", timeout=5)
            return
        except (urllib.error.URLError, OSError):
            time.sleep(0.5)
    pytest.fail("OpenSearch did not start")
