"""Serve a base and ask it what a hospital would; write the figures to docs/performance.md.

    python -m bench.load [--seconds 60] [--rate 300] [--workers 2] [--references 0]
                         [--command "evidence serve --port {port}"] [--output FILE]

The loop is open: requests have fixed times of arrival, and a latency counts from when its request
should have been sent, so that a server that stops for a second is seen to have stopped for all who
came in it. No more than `AT_ONCE` are under way; those for which there is no room are errors. The
mix is `bench.mix`, the server one of its own with an instance of its own. Beside it, in the same
run and at the same rate: the same page as a file of nginx, and Datasette with a row of as many
references. Processor time is that of the server's processes alone, and holds on a busy machine;
latencies do not.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import shlex
import shutil
import socket
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import urlopen

import aiohttp
import psutil

from bench.mix import Mix, Request
from bench.records import records
from evidence.knowledge import KnowledgeBase
from references.formats.bibtex import write_text

ROOT = Path(__file__).resolve().parent.parent
#: Requests under way at once; connections, which are kept open.
AT_ONCE, CONNECTIONS = 1000, 64
#: Seconds for a server to begin, and for an answer.
BEGIN, ANSWER = 300.0, 30.0
BEGINS, ENDS = "<!-- load: written by make load -->", "<!-- end of load -->"


@dataclass
class Seen:
    """What a run has seen: latencies in seconds, answers by kind, processor time, memory."""

    latencies: list[float] = field(default_factory=list)
    statuses: Counter[str] = field(default_factory=Counter)
    seconds: float = 0.0
    cpu: float = 0.0
    memory: tuple[float, float] = (0.0, 0.0)  # MB, at the start and at the end

    @property
    def errors(self) -> int:
        """Requests that were not answered, or with an error of the server."""
        return sum(n for what, n in self.statuses.items() if what[:1] not in "234")

    def percentile(self, share: float) -> float:
        """A percentile of the latencies, in ms."""
        ordered = sorted(self.latencies) or [0.0]
        return ordered[min(len(ordered) - 1, int(share * len(ordered)))] * 1000

    @property
    def cpu_a_request(self) -> float:
        """Milliseconds of processor time a request."""
        return self.cpu * 1000 / max(len(self.latencies), 1)

    def row(self, name: str) -> str:
        """The run as a row of a table."""
        done = len(self.latencies)
        before, after = self.memory
        return (
            f"| {name} | {done / self.seconds:.0f} | {self.cpu_a_request:.2f} | "
            f"{self.percentile(0.5):.1f} / {self.percentile(0.95):.1f} / "
            f"{self.percentile(0.99):.1f} | {self.errors} of {done + self.errors} | "
            f"{before:.0f} / {after:.0f} |"
        )


class Client:
    """Asks a server for requests at their times, and remembers ETags as browsers do."""

    def __init__(self, address: str, session: aiohttp.ClientSession) -> None:
        self._address = address
        self._session = session
        self._etags: dict[tuple[str, str], str] = {}
        self._room = asyncio.Semaphore(AT_ONCE)

    async def run(self, requests: Sequence[Request], rate: float) -> Seen:
        """Send each request at its time; what they met."""
        seen = Seen()
        begun = time.perf_counter()
        tasks = []
        for number, request in enumerate(requests):
            due = begun + number / rate
            await asyncio.sleep(max(0.0, due - time.perf_counter()))
            tasks.append(asyncio.create_task(self._ask(request, due, seen)))
        await asyncio.gather(*tasks)
        seen.seconds = time.perf_counter() - begun
        return seen

    async def _ask(self, request: Request, due: float, seen: Seen) -> None:
        if self._room.locked():
            seen.statuses["no room"] += 1
            return
        known = (request.path, request.language)
        headers = {"Accept-Language": request.language, "Accept-Encoding": "gzip, br"}
        if request.again and known in self._etags:
            headers["If-None-Match"] = self._etags[known]
        try:
            async with (
                self._room,
                self._session.get(self._address + request.path, headers=headers) as answer,
            ):
                await answer.read()
                if etag := answer.headers.get("ETag"):
                    self._etags[known] = etag
                status = str(answer.status)
        except (aiohttp.ClientError, TimeoutError) as error:
            seen.statuses[type(error).__name__] += 1
            return
        seen.statuses[status] += 1
        if status < "500":
            seen.latencies.append(time.perf_counter() - due)


class Watched:
    """The processes of a server: their processor time in seconds, their memory in MB."""

    def __init__(self, root: int) -> None:
        self._root = psutil.Process(root)

    def _all(self) -> list[psutil.Process]:
        return [self._root, *self._root.children(recursive=True)]

    def cpu(self) -> float:
        """Seconds of user and system time so far."""
        return sum(one.cpu_times().user + one.cpu_times().system for one in self._all())

    def memory(self) -> float:
        """Their own memory (unique set size)."""
        return sum(one.memory_full_info().uss for one in self._all()) / 2**20


async def drive(
    port: int, root: int, requests: Sequence[Request], rate: float, warm: Sequence[Request]
) -> Seen:
    """Load a server, after requests that do not count."""
    watched = Watched(root)
    connector = aiohttp.TCPConnector(limit=CONNECTIONS)
    timeout = aiohttp.ClientTimeout(total=ANSWER)
    async with aiohttp.ClientSession(
        connector=connector, timeout=timeout, auto_decompress=False
    ) as session:
        client = Client(f"http://127.0.0.1:{port}", session)
        await client.run(warm, rate / 2)
        cpu, memory = watched.cpu(), watched.memory()
        seen = await client.run(requests, rate)
        seen.cpu, seen.memory = watched.cpu() - cpu, (memory, watched.memory())
    return seen


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


@contextmanager
def serving(command: Sequence[str], port: int, path: str, log: Path) -> Iterator[int]:
    """A server while it answers `path`: the id of its first process."""
    with log.open("ab") as out:
        process = subprocess.Popen(command, stdout=out, stderr=out)  # noqa: S603 - ours
        try:
            end = time.monotonic() + BEGIN
            while True:
                try:
                    urlopen(f"http://127.0.0.1:{port}{path}", timeout=10).close()
                    break
                except OSError as error:
                    refused = isinstance(error, HTTPError) and error.code < 500
                    if refused or process.poll() is not None or time.monotonic() > end:
                        raise SystemExit(f"{command[0]}: {error}; see {log}") from error
                    time.sleep(0.2)
            yield process.pid
        finally:
            process.terminate()
            try:
                process.wait(timeout=60)
            except subprocess.TimeoutExpired:
                process.kill()


NGINX = """daemon off; pid {folder}/pid; error_log {folder}/error; worker_processes 2;
events {{ worker_connections 256; }}
http {{ access_log off; client_body_temp_path {folder}; proxy_temp_path {folder};
  fastcgi_temp_path {folder}; uwsgi_temp_path {folder}; scgi_temp_path {folder};
  server {{ listen 127.0.0.1:{port}; root {folder}; }} }}
"""


def of_files(page: bytes, folder: Path, port: int) -> tuple[list[str], str] | None:
    """nginx with a page of ours as a file, and its path; None where there is no nginx."""
    program = shutil.which("nginx", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
    if program is None:
        return None
    folder.chmod(0o711)  # started as root, nginx reads as somebody else
    (folder / "page.html").write_bytes(page)
    (folder / "nginx.conf").write_text(NGINX.format(folder=folder, port=port))
    return [program, "-p", str(folder), "-c", str(folder / "nginx.conf")], "/page.html"


def of_rows(kb: KnowledgeBase, folder: Path, port: int) -> tuple[list[str], str] | None:
    """Datasette with a row for each reference, and the path of one; None where it is not there."""
    try:
        import datasette  # noqa: F401
    except ImportError:
        return None
    database = folder / "library.db"
    with sqlite3.connect(database) as rows:
        rows.execute("CREATE TABLE works (key TEXT PRIMARY KEY, title, journal, year, abstract)")
        rows.executemany(
            "INSERT INTO works VALUES (?, ?, ?, ?, ?)",
            [(r.key, r.title, r.journal, r.year, r.abstract) for r in kb.library.values()],
        )
    key = next(iter(kb.library))
    command = [sys.executable, "-m", "datasette", "serve", str(database), "-p", str(port)]
    return command, f"/library/works/{key}"


def base_of(count: int, folder: Path, shared: Path) -> Path | None:
    """The bundled base, or a copy of it with so many generated references more."""
    if not count:
        return None
    bundled, copy = KnowledgeBase(), folder / "base"
    shutil.copytree(bundled.texts_folder, copy / "texts")
    shutil.copytree(bundled.references_folder, copy / "references")
    shutil.copytree(bundled.vocabulary_folder, copy / "vocabulary")
    shutil.copy(bundled.summaries_path, copy)
    settings = (bundled.folder / "kb.toml").read_text(encoding="utf-8")
    settings = settings.replace("../references/corpus", "references")
    (copy / "kb.toml").write_text(settings.replace("../references/", ""), encoding="utf-8")
    made = [one.reference() for one in records(count, shared)[0]]
    (copy / "references" / "generated.bib").write_text(write_text(made), encoding="utf-8")
    return copy


def measure(given: argparse.Namespace, folder: Path) -> dict[str, Seen]:
    """Our server, then the peers, one after another."""
    base = base_of(given.references, folder, given.shared)
    kb = KnowledgeBase(base)
    mix = Mix(kb)
    requests = list(mix.requests(int(given.seconds * given.rate)))
    warm = list(mix.requests(int(given.warm * given.rate / 2)))
    port = free_port()
    command = shlex.split(given.command.format(port=port, workers=given.workers))
    os.environ["EVIDENCE_INSTANCE"] = str(folder / "instance")
    where = ["--kb", str(base)] if base else []
    index = [sys.executable, "-m", "evidence", "index", *where]
    subprocess.run(index, check=True, stdout=subprocess.DEVNULL)  # noqa: S603 - ours
    log, found = folder / "log", {}
    text = next(iter(kb.texts))
    with serving([*command, *where], port, "/readyz", log) as process:
        found["evidence"] = asyncio.run(drive(port, process, requests, given.rate, warm))
        with urlopen(f"http://127.0.0.1:{port}/texts/{text}") as answer:
            page = answer.read()
    for name, peer in (("nginx, a file", of_files), ("Datasette, a row", of_rows)):
        port = free_port()
        content = page if peer is of_files else kb
        begun = peer(content, folder, port)  # type: ignore[operator]
        if begun is None or not given.peers:
            continue
        one = Request("peer", begun[1], "en", again=False)
        count = min(len(requests), int(10 * given.rate))
        run = [one] * count
        try:
            with serving(begun[0], port, begun[1], log) as process:
                found[name] = asyncio.run(drive(port, process, run, given.rate, run[:50]))
        except (SystemExit, OSError, psutil.Error) as error:
            print(f"{name} is left out: {error}", file=sys.stderr)
    return found


def render(found: dict[str, Seen], given: argparse.Namespace, load: float) -> str:
    """The figures as a table, and those of the peers as ratios."""
    ours = found["evidence"]
    lines = [
        f"- {os.cpu_count()} cores, {given.workers} processes, {given.rate:.0f} requests a second "
        f"wanted for {given.seconds:.0f} s; load of the machine when the run began: {load:.1f}",
        f"- answers: {', '.join(f'{n} × {what}' for what, n in sorted(ours.statuses.items()))}",
        "",
        "|  | requests a second | processor time a request (ms) | p50 / p95 / p99 (ms) "
        "| errors | memory, start / end (MB) |",
        "|---|---|---|---|---|---|",
        *(seen.row(name) for name, seen in found.items()),
        "",
    ]
    for name, seen in found.items():
        if seen is not ours:
            lines.append(
                f"- ours takes {ours.cpu_a_request / max(seen.cpu_a_request, 1e-3):.1f} times the "
                f"processor time of {name}"
            )
    return "\n".join(lines) + "\n"


def main() -> None:
    """Run, print the figures and write them between their marks of the page."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--warm", type=float, default=10.0, help="seconds that do not count")
    parser.add_argument("--rate", type=float, default=300.0, help="requests a second")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--references", type=int, default=0, help="generated ones, beside ours")
    parser.add_argument("--shared", type=Path, default=ROOT.parent / "shared")
    parser.add_argument("--no-peers", dest="peers", action="store_false")
    ours = f"{sys.executable} -m evidence serve --port {{port}} --workers {{workers}}"
    parser.add_argument("--command", default=ours, help="another server, which names {port}")
    parser.add_argument("--output", type=Path, help="a page with the marks of these figures")
    given = parser.parse_args()
    load = os.getloadavg()[0]
    with tempfile.TemporaryDirectory(prefix="evidence-load-") as folder:
        found = measure(given, Path(folder))
    shown = render(found, given, load)
    print(shown)
    if given.output:
        page = given.output.read_text(encoding="utf-8")
        before, rest = page.split(BEGINS)
        after = rest.split(ENDS)[1]
        given.output.write_text(f"{before}{BEGINS}\n\n{shown}\n{ENDS}{after}", encoding="utf-8")


if __name__ == "__main__":
    main()
