"""A PostgreSQL server of our own, for tests that need a real one, or one that stops."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any


def _programs() -> Path | None:
    """The folder of PostgreSQL's programs, installed from Debian when that is possible."""

    def found() -> Path | None:
        paths = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
        on_path = shutil.which("initdb")
        return paths[-1].parent if paths else Path(on_path).parent if on_path else None

    if (folder := found()) is None and os.geteuid() == 0 and shutil.which("apt-get"):
        subprocess.run(["apt-get", "update", "-qq"], check=False, capture_output=True)
        subprocess.run(
            ["apt-get", "install", "-y", "-qq", "postgresql"], check=False, capture_output=True
        )
        folder = found()
    return folder


class PostgreSQL:
    """A server in a folder of its own; it can be stopped and started again."""

    def __init__(self, programs: Path) -> None:
        self._programs = programs
        self._folder = Path(tempfile.mkdtemp(prefix="evidence-pg-"))
        self._as_user: dict[str, Any] = {}
        if os.geteuid() == 0:  # PostgreSQL refuses to run as root
            self._as_user = {"user": "postgres", "group": "postgres", "extra_groups": []}
            shutil.chown(self._folder, "postgres", "postgres")
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self._port = probe.getsockname()[1]
        self.address = f"postgresql+psycopg://evidence@127.0.0.1:{self._port}/"
        self._data = self._folder / "data"
        self._run("initdb", "-A", "trust", "-U", "evidence", "-E", "UTF8", "--no-sync")

    @classmethod
    def made(cls) -> PostgreSQL | None:
        """A server that does not run yet, or None where there is no PostgreSQL."""
        programs = _programs()
        return cls(programs) if programs else None

    def _run(self, program: str, *words: object) -> None:
        command = [self._programs / program, "-D", self._data, *words]
        subprocess.run(
            [str(word) for word in command],
            check=True,
            capture_output=True,
            cwd=self._folder,
            **self._as_user,
        )

    def start(self) -> None:
        """Start it; it answers when this returns."""
        options = (
            f"-p {self._port} -c listen_addresses=127.0.0.1 "
            f"-c unix_socket_directories={self._folder}"
        )
        self._run("pg_ctl", "-w", "-o", options, "-l", self._folder / "log", "start")

    def stop(self) -> None:
        """Stop it at once, whoever is connected."""
        self._run("pg_ctl", "-m", "immediate", "-w", "stop")

    @contextmanager
    def frozen(self) -> Iterator[None]:
        """Its connections stay open meanwhile and nothing is answered."""
        first = (self._data / "postmaster.pid").read_text().split()[0]
        asked = ["ps", "-o", "pid=", "--ppid", first]
        children = subprocess.run(asked, check=True, capture_output=True, text=True).stdout
        numbers = [int(number) for number in (first, *children.split())]
        for number in numbers:
            os.kill(number, signal.SIGSTOP)
        try:
            yield
        finally:
            for number in numbers:
                os.kill(number, signal.SIGCONT)

    def remove(self) -> None:
        """Stop it and remove what it wrote."""
        self.stop()
        shutil.rmtree(self._folder, ignore_errors=True)
