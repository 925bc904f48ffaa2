"""OpenSearch for tests: nodes on loopback, unpacked from the zip that its own tests use."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import urllib.request
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

VERSION = "3.5.0"
OLDEST_JAVA = 21
ARTEFACT = f"org.opensearch.distribution.integ-test-zip:opensearch:{VERSION}:zip"
BUILD = Path(__file__).parent.parent / "build" / "opensearch"
_KEPT = (
    Path.home() / ".m2/repository/org/opensearch/distribution/integ-test-zip/opensearch" / VERSION
)
_PATIENCE = 180.0  # seconds until a cluster is there, on a busy machine


def missing(reason: str) -> None:
    """Skip for a reason; where the scale is required to be tested, fail with it."""
    if os.environ.get("EVIDENCE_REQUIRE_SCALE") == "1":
        pytest.fail(f"OpenSearch tests: {reason}")
    pytest.skip(f"OpenSearch tests: {reason}")


def java() -> Path | None:
    """The folder of a Java that is new enough."""
    named = [os.environ.get(name, "") for name in ("OPENSEARCH_JAVA_HOME", "JAVA_HOME")]
    places = [*filter(None, named), *map(str, sorted(Path("/usr/lib/jvm").glob("*")))]
    for place in map(Path, places):
        if not (place / "bin" / "java").exists():
            continue
        told = subprocess.run(
            [place / "bin" / "java", "-version"], capture_output=True, text=True, check=False
        ).stderr
        found = re.search(r'version "(\d+)', told)
        if found and int(found[1]) >= OLDEST_JAVA:
            return place
    return None


def archive() -> Path | None:
    """The zip: where it was put, where Maven keeps it, or fetched by Maven."""
    name = f"opensearch-{VERSION}.zip"
    for place in (BUILD / name, _KEPT / name):
        if place.exists():
            return place
    if shutil.which("mvn") is None:
        return None
    BUILD.mkdir(parents=True, exist_ok=True)
    get = ["mvn", "-B", "-q", "dependency:copy", f"-Dartifact={ARTEFACT}"]
    for _ in range(3):  # 190 MB: a line that breaks is not yet a machine without it
        subprocess.run([*get, f"-DoutputDirectory={BUILD}"], check=False, capture_output=True)
        if (BUILD / name).exists():
            return BUILD / name
    return None


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass
class Node:
    """One node: its port, and its process while it runs."""

    name: str
    port: int
    transport: int
    folder: Path
    process: subprocess.Popen[bytes] | None = None

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def signal(self, number: int) -> None:
        """Send a signal to all processes of this node: it has a session of its own."""
        if self.process is not None:
            os.killpg(self.process.pid, number)

    def stop(self) -> None:
        if self.process is None:
            return
        self.signal(signal.SIGCONT)
        self.signal(signal.SIGKILL)
        self.process.wait(30)
        self.process = None


class Cluster:
    """Some nodes from one unpacked zip. They run as nobody where we are root, as they must."""

    def __init__(self, home: Path, java_home: Path, folder: Path, count: int, heap: str) -> None:
        self._home, self._java, self._heap = home, java_home, heap
        self._folder = folder
        self.nodes = [
            Node(f"n{number}", free_port(), free_port(), folder / f"n{number}")
            for number in range(1, count + 1)
        ]
        for node in self.nodes:
            self._prepare(node)

    def _prepare(self, node: Node) -> None:
        for part in ("data", "logs", "tmp"):
            (node.folder / part).mkdir(parents=True)
        shutil.copytree(self._home / "config", node.folder / "config")
        options = node.folder / "config" / "jvm.options"
        lines = options.read_text().splitlines()
        unwanted = ("gc.log", "-Xlog", "HeapDump", "ErrorFile", "-Xms", "-Xmx")
        kept = [line for line in lines if not any(word in line for word in unwanted)]
        options.write_text("\n".join(kept) + "\n")
        seeds = [f"127.0.0.1:{one.transport}" for one in self.nodes]
        names = [one.name for one in self.nodes]
        told = {
            "cluster.name": "evidence-test",
            "node.name": node.name,
            "network.host": "127.0.0.1",
            "http.port": node.port,
            "transport.port": node.transport,
            "action.auto_create_index": False,
            "cluster.routing.allocation.disk.threshold_enabled": False,
            "path.data": str(node.folder / "data"),
            "path.logs": str(node.folder / "logs"),
        }
        if len(self.nodes) == 1:
            told["discovery.type"] = "single-node"
        else:
            told |= {
                "discovery.seed_hosts": seeds,
                "cluster.initial_cluster_manager_nodes": names,
                "cluster.fault_detection.follower_check.timeout": "2s",
                "cluster.fault_detection.leader_check.timeout": "2s",
            }
        written = "\n".join(f"{key}: {json.dumps(value)}" for key, value in told.items())
        (node.folder / "config" / "opensearch.yml").write_text(written + "\n")
        if os.getuid() == 0:
            for path in (node.folder, *node.folder.rglob("*")):
                shutil.chown(path, "nobody", "nogroup")

    def start(self, node: Node) -> None:
        environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(node.folder),
            "JAVA_HOME": str(self._java),
            "OPENSEARCH_JAVA_HOME": str(self._java),
            "OPENSEARCH_PATH_CONF": str(node.folder / "config"),
            "OPENSEARCH_TMPDIR": str(node.folder / "tmp"),
            "OPENSEARCH_JAVA_OPTS": f"-Xms{self._heap} -Xmx{self._heap}",
        }
        who = {"user": "nobody", "group": "nogroup", "extra_groups": []}
        with (node.folder / "out.log").open("wb") as out:
            node.process = subprocess.Popen(
                [self._home / "bin" / "opensearch"],
                env=environment,
                stdout=out,
                stderr=subprocess.STDOUT,
                cwd=node.folder,
                start_new_session=True,
                **(who if os.getuid() == 0 else {}),  # type: ignore[call-overload]
            )

    def wait(self, status: str = "green") -> None:
        """Until all nodes are there and all shards have the status."""
        query = f"wait_for_nodes={len(self.nodes)}&wait_for_status={status}&timeout=5s"
        end = time.monotonic() + _PATIENCE
        while time.monotonic() < end:
            for node in self.nodes:
                if node.process is not None and node.process.poll() is not None:
                    raise RuntimeError((node.folder / "out.log").read_text()[-2000:])
                try:
                    url = f"{node.address}/_cluster/health?{query}"
                    with urllib.request.urlopen(url, timeout=8) as answer:
                        if not json.load(answer)["timed_out"]:
                            return
                except (OSError, ValueError):
                    time.sleep(0.5)
        raise RuntimeError("the cluster is not there in time")

    @property
    def address(self) -> str:
        return ",".join(node.address for node in self.nodes)


@contextmanager
def running(count: int = 1, heap: str = "512m") -> Iterator[Cluster]:
    """A cluster that runs while a test needs it; skips where none can be had."""
    java_home = java()
    if java_home is None:
        missing(f"no Java {OLDEST_JAVA} or newer; set JAVA_HOME")
    home = Path(os.environ.get("EVIDENCE_OPENSEARCH_HOME", ""))
    # Not below the folders of pytest, which only their owner may enter.
    folder = Path(tempfile.mkdtemp(prefix="evidence-opensearch-"))
    folder.chmod(0o755)
    try:
        if not (home / "bin" / "opensearch").exists():
            zipped = archive()
            if zipped is None:
                missing(f"the zip of OpenSearch {VERSION} is neither here nor to be fetched")
            home = _unpacked(zipped, folder)
        cluster = Cluster(home, java_home, folder, count, heap)
        try:
            for node in cluster.nodes:
                cluster.start(node)
            cluster.wait()
            yield cluster
        finally:
            for node in cluster.nodes:
                node.stop()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _unpacked(zipped: Path | None, folder: Path) -> Path:
    assert zipped is not None
    with zipfile.ZipFile(zipped) as content:
        content.extractall(folder)
    home = folder / f"opensearch-{VERSION}"
    for program in (home / "bin").iterdir():
        program.chmod(0o755)
    return home
