"""`/healthz`: whether the app can answer, for monitors and load balancers.

A server that shows what it can while a part of it is away answers 200 with the status
"degraded" and the names of the parts, so that a load balancer leaves it in place and a monitor
sees it. Only a server that cannot search answers 503.
"""

from __future__ import annotations

import errno
import tempfile
from http import HTTPStatus

from flask import Blueprint, Response, jsonify

from webapp import outage
from webapp.http import caching, watching
from webapp.site import SearchUnavailable, site, standing

blueprint = Blueprint("health", __name__)
caching.declare(blueprint, live=True)

OK = "ok"


@blueprint.get("/healthz")
def healthz() -> tuple[Response, int]:
    """JSON: counts, the state of each part, `status` "ok" or "degraded", and which parts are."""
    kb, texts = site().kb, standing().public
    parts = {
        "journal": _journal(),
        "pages": _pages(),
        "search": _search(),
        "instance": _instance(),
        "files": "problems" if kb.problems or watching.fault() else OK,
    }
    degraded = [name for name, state in parts.items() if state != OK]
    report = {
        "status": "degraded" if degraded else OK,
        "degraded": degraded,
        **parts,
        "version": site().version,
        "engine": site().engine.name if parts["search"] == OK else None,
        "references": len(kb.library),
        "texts": len(texts),
        "claims": sum(len(text.claims) for text in texts.values()),
        "concepts": len(kb.vocabulary),
        "problems": len(kb.problems),
    }
    if fault := watching.fault():
        report["files_as_of_before"] = fault.since.isoformat(timespec="seconds")
    answer = jsonify(report)
    answer.headers["Cache-Control"] = "no-store"
    code = HTTPStatus.OK if parts["search"] == OK else HTTPStatus.SERVICE_UNAVAILABLE
    return answer, code


def _journal() -> str:
    """Whether what was decided, if anything, can be read."""
    return "unavailable" if standing().journal_error else OK


def _pages() -> str:
    """Whether the pages that were loaded can be read and compared."""
    faults = [fault for text in standing().texts.values() if (fault := text.page_fault)]
    for fault in faults:
        outage.note(fault)
    return "problems" if faults else OK


def _search() -> str:
    try:
        return OK if site().engine else "unavailable"
    except SearchUnavailable:
        return "unavailable"


def _instance() -> str:
    """Whether there is room to write where the instance writes; found out by writing."""
    try:
        with tempfile.NamedTemporaryFile(dir=site().instance, prefix=".health-") as probe:
            probe.write(bytes(4096))
            probe.flush()
    except OSError as error:
        full = error.errno in (errno.ENOSPC, errno.EDQUOT)
        return "full" if full else "not writable"
    return OK
