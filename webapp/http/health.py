"""`/healthz`: am I alive? `/readyz`: can I serve, and what do I do without?

A server that shows what it can while a part of it is away answers 200 at `/readyz` with the status
"degraded", the names of the parts and since when, so that a load balancer leaves it in place and a
monitor sees it. Only a server that cannot search answers 503. Neither tells a path, a host or a
name: what exactly is wrong is in the log. Both say "stopping" and 503 once the server is to end.
"""

from __future__ import annotations

import errno
import shutil
import tempfile
import threading
import time
from concurrent.futures import Future
from datetime import UTC, datetime
from http import HTTPStatus
from pathlib import Path
from typing import Any

from flask import Blueprint, Response, jsonify

from evidence.journal import JournalError
from evidence.journal.places import SLOW
from webapp import outage
from webapp.http import caching, watching
from webapp.outage import SearchUnavailable
from webapp.site import site, standing

blueprint = Blueprint("health", __name__)
caching.declare(blueprint, live=True)

OK = "ok"
#: Set when this server was told to end: it still answers, and whoever spreads requests over
#: several servers is to send it no more.
stopping = threading.Event()
#: The parts of a server, as `/readyz` and `/metrics` name them.
PARTS = ("journal", "pages", "search", "instance", "files")


@blueprint.get("/healthz")
def healthz() -> tuple[Response, int]:
    """JSON: this process answers. Whoever gets no answer may start it again."""
    if stopping.is_set():
        return _live({"status": "stopping"}), HTTPStatus.SERVICE_UNAVAILABLE
    return _live({"status": OK}), HTTPStatus.OK


@blueprint.get("/readyz")
def readyz() -> tuple[Response, int]:
    """JSON: counts, the state of each part, whether and which are degraded, and since when."""
    if stopping.is_set():
        return _live({"status": "stopping"}), HTTPStatus.SERVICE_UNAVAILABLE
    report = state()
    code = HTTPStatus.SERVICE_UNAVAILABLE if report["search"] == "unavailable" else HTTPStatus.OK
    return _live(report), code


def _live(report: dict[str, Any]) -> Response:
    answer = jsonify(report)
    answer.headers["Cache-Control"] = "no-store"
    return answer


class _Since:
    """Since when this process has seen each part fail."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._first: dict[str, str] = {}

    def told(self, degraded: list[str]) -> dict[str, str]:
        """The time at which each part that fails now was first seen to."""
        now = datetime.now(UTC).isoformat(timespec="seconds")
        with self._lock:
            self._first = {part: self._first.get(part, now) for part in degraded}
            return dict(self._first)


_since = _Since()


def state() -> dict[str, Any]:
    """What `/readyz` says. Ages are in seconds; None is not known or not there."""
    kb, texts = site().kb, standing().public
    parts = {
        "journal": _journal(),
        "pages": _pages(),
        "search": _search(),
        "instance": _instance(),
        "files": _files(),
    }
    degraded = [name for name in PARTS if parts[name] != OK]
    return {
        "status": "degraded" if degraded else OK,
        "degraded": degraded,
        "since": _since.told(degraded),
        **parts,
        "version": site().version,
        "engine": site().engine.name if parts["search"] != "unavailable" else None,
        "references": len(kb.library),
        "texts": len(texts),
        "claims": sum(len(text.claims) for text in texts.values()),
        "concepts": len(kb.vocabulary),
        "problems": len(kb.problems),
        "index_seconds": _index_age(),
        "journal_events": _events() if parts["journal"] != "unavailable" else None,
        "disk_free_bytes": _free(),
    }


def _journal() -> str:
    """Whether what was decided, if anything, can be read."""
    if standing().journal_error:
        return "unavailable"
    assembler = site().assembler
    return "slow" if assembler.has_journal and assembler.journal.is_slow else OK


def _events() -> int | None:
    assembler = site().assembler
    try:
        return assembler.journal.head()[0] if assembler.has_journal else 0
    except JournalError as fault:
        outage.note(fault)
        return None


def _pages() -> str:
    """Whether the pages that were loaded can be read and compared."""
    faults = [fault for text in standing().texts.values() if (fault := text.page_fault)]
    for fault in faults:
        outage.note(fault)
    return "problems" if faults else OK


def _search() -> str:
    try:
        with site().searching() as engine:
            return engine.health()
    except SearchUnavailable:
        return "unavailable"


def _files() -> str:
    """Whether the files of the base could be read, and are those that are shown."""
    kb = site().kb
    if kb.problems or watching.fault():
        return "problems"
    try:
        newest = max((path.stat().st_mtime for path in kb.library_files()), default=0.0)
    except OSError:
        return "problems"
    return "newer than what is shown" if newest > site().since else OK


def _index_age() -> int | None:
    """Seconds since the index that is current was made."""
    made = [path.stat().st_mtime for path in (site().instance / "index").glob("*/current.json")]
    return max(0, round(time.time() - max(made))) if made else None


def _free() -> int | None:
    try:
        return shutil.disk_usage(site().instance).free
    except OSError:
        return None


class _Disk:
    """Looks whether it can be written to, by writing; no request waits for one that hangs."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._looking: Future[str] | None = None

    def look(self, folder: Path) -> str:
        """What is found, or that it takes its time."""
        with self._lock:
            looking = self._looking
            if looking is None or looking.done():
                looking = Future()
                threading.Thread(target=_look, args=(folder, looking), daemon=True).start()
                self._looking = looking  # not before: where no thread begins, the next tries again
        try:
            return looking.result(SLOW)
        except TimeoutError:
            return "slow"


_disk = _Disk()


def _instance() -> str:
    """Whether there is room to write where the instance writes."""
    return _disk.look(site().instance)


def _look(folder: Path, found: Future[str]) -> None:
    found.set_result(_written(folder))


def _written(folder: Path) -> str:
    try:
        with tempfile.NamedTemporaryFile(dir=folder, prefix=".health-") as probe:
            probe.write(bytes(4096))
            probe.flush()
    except OSError as error:
        full = error.errno in (errno.ENOSPC, errno.EDQUOT)
        return "full" if full else "not writable"
    return OK
