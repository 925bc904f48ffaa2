"""`/metrics`: figures for Prometheus, of all processes of a server together.

Requests by route and status, how long they took, and the state of each part. Who may read them:
programs on this machine, addresses of `EVIDENCE_METRICS`, or whoever sends the token of
`EVIDENCE_METRICS_TOKEN` (`Authorization: Bearer ...`). For anybody else there is no such page.
Without the extra `metrics` nothing is counted and there is none either.
"""

from __future__ import annotations

import hmac
import ipaddress
import os
import re
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from flask import Blueprint, Flask, Response, abort, g, request

from evidence.extras import is_there
from webapp.http import caching, health

blueprint = Blueprint("metrics", __name__)
caching.declare(blueprint, live=True)

_SHARED = "PROMETHEUS_MULTIPROC_DIR"
#: Seconds: bounds of the histogram of durations.
_BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10)


@contextmanager
def shared() -> Iterator[None]:
    """A folder in which the processes of one server count together, as long as it runs.

    It is named in the environment, where prometheus-client looks for it when it is imported.
    """
    if _SHARED in os.environ or not is_there("metrics"):
        yield
        return
    with tempfile.TemporaryDirectory(prefix="evidence-metrics-") as folder:
        os.environ[_SHARED] = folder
        try:
            yield
        finally:
            del os.environ[_SHARED]


class _Counters:
    """What is counted in each process; made once, whatever apps it serves."""

    def __init__(self) -> None:
        from prometheus_client import Counter, Histogram

        labels = ("route", "method", "status")
        self.requests = Counter("evidence_requests", "Requests answered", labels)
        self.seconds = Histogram(
            "evidence_request_seconds", "Time to an answer", ("route",), buckets=_BUCKETS
        )


_made: list[_Counters] = []
_making = threading.Lock()


def _counters() -> _Counters:
    with _making:  # the first requests of a process come at once
        if not _made:
            _made.append(_Counters())
    return _made[0]


class _State:
    """The state of the parts, found out when it is asked for."""

    def collect(self) -> Any:
        """Gauges: each part 1 or 0, how much is shown, since when the index stands."""
        from prometheus_client.core import GaugeMetricFamily

        report = health.state()
        parts = GaugeMetricFamily("evidence_part_ok", "Whether a part works", labels=["part"])
        for part in health.PARTS:
            parts.add_metric([part], float(report[part] == health.OK))
        yield parts
        for name in ("references", "texts", "claims", "problems"):
            yield GaugeMetricFamily(f"evidence_{name}", f"Number of {name}", report[name])
        for name in ("index_seconds", "journal_events", "disk_free_bytes"):
            if report[name] is not None:
                yield GaugeMetricFamily(f"evidence_{name}", name.replace("_", " "), report[name])


def _may_read() -> bool:
    token = os.environ.get("EVIDENCE_METRICS_TOKEN", "").strip()
    given = request.headers.get("Authorization", "").removeprefix("Bearer ").strip()
    if token and hmac.compare_digest(token.encode(), given.encode()):
        return True
    try:
        client = ipaddress.ip_address(request.remote_addr or "")
    except ValueError:
        return False
    named = filter(None, re.split(r"[\s,]+", os.environ.get("EVIDENCE_METRICS", "").strip()))
    allowed = (ipaddress.ip_network(one, strict=False) for one in named)
    return client.is_loopback or any(client in network for network in allowed)


@blueprint.get("/metrics")
def metrics() -> Response:
    """The figures in the text format of Prometheus."""
    if not is_there("metrics") or not _may_read():
        abort(404)
    from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, CollectorRegistry, generate_latest
    from prometheus_client.multiprocess import MultiProcessCollector

    own = CollectorRegistry()
    own.register(_State())
    counted = REGISTRY
    if _SHARED in os.environ:
        counted = CollectorRegistry()
        collects: Any = MultiProcessCollector  # it has no types
        collects(counted)
    answer = Response(generate_latest(counted) + generate_latest(own))
    answer.headers["Content-Type"] = CONTENT_TYPE_LATEST
    answer.headers["Cache-Control"] = "no-store"
    return answer


def install(app: Flask) -> None:
    """Count every request, where the extra is there."""
    if not is_there("metrics"):
        return

    @app.before_request
    def begin() -> None:
        g.counted_from = time.perf_counter()

    @app.after_request
    def count(response: Response) -> Response:
        route = request.url_rule.rule if request.url_rule else "none"
        counters = _counters()
        method = request.method if request.method in ("GET", "HEAD", "POST") else "other"
        counters.requests.labels(route, method, str(response.status_code)).inc()
        begun = g.get("counted_from")
        if begun is not None:
            counters.seconds.labels(route).observe(time.perf_counter() - begun)
        return response
