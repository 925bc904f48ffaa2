"""What this server writes of each request, and how: one line of JSON, or of text on a terminal.

A line names the route, never the address that was asked for; who asked by kind ("visitor",
"editor"), never by name; no query, cookie, host or client's address. Requests that meet no route or
are refused are written at most `REFUSED_A_MINUTE` times a minute, then counted: no stranger fills
the log.

    install     numbers each request (`X-Request-Id`) and writes it when it is answered
    configure   where and how a process writes; `evidence serve` asks for it
"""

from __future__ import annotations

import json
import logging
import os
import re
import sys
import threading
import time
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from flask import Flask, Response, g, has_request_context, request

log = logging.getLogger(__name__)

HEADER = "X-Request-Id"
#: Lines a minute about requests that no route answers or that were refused.
REFUSED_A_MINUTE = 60
#: Characters kept of one message and of one traceback.
_MOST = 8_000
_ID = re.compile(r"[A-Za-z0-9_-]{8,64}")
#: What a record of the standard library has; anything else is a field of ours.
_PLAIN = {*vars(logging.makeLogRecord({})), "message", "asctime", "taskName"}


@dataclass(frozen=True)
class LogSettings:
    """`EVIDENCE_LOG` (json or text), `EVIDENCE_LOG_LEVEL`, `EVIDENCE_SLOW_REQUEST` in seconds."""

    form: str
    level: str
    slow: float

    @classmethod
    def of_environment(cls) -> LogSettings:
        """The settings as they are; checked before by `evidence.environment`."""
        form = os.environ.get("EVIDENCE_LOG", "").strip().lower()
        level = os.environ.get("EVIDENCE_LOG_LEVEL", "").strip().lower()
        slow = os.environ.get("EVIDENCE_SLOW_REQUEST", "").strip()
        return cls(
            form or ("text" if sys.stderr.isatty() else "json"),
            level or "info",
            float(slow) if slow else 1.0,
        )


def request_id() -> str:
    """The number of the request that is answered, "" outside of one."""
    return str(g.get("request_id", "")) if has_request_context() else ""


class JsonLines(logging.Formatter):
    """A record as one line of JSON: time in UTC, level, logger, message, request, our fields."""

    def format(self, record: logging.LogRecord) -> str:
        """The line; a traceback is a field of it."""
        line: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage()[:_MOST],
        }
        if number := request_id():
            line["request_id"] = number
        line |= {name: value for name, value in vars(record).items() if name not in _PLAIN}
        if record.exc_info:
            line["traceback"] = self.formatException(record.exc_info)[-_MOST:]
        return json.dumps(line, ensure_ascii=False, default=str)


class TextLines(logging.Formatter):
    """The same for somebody who looks on."""

    def format(self, record: logging.LogRecord) -> str:
        """Time, level, message, then our fields as name=value."""
        at = datetime.fromtimestamp(record.created).astimezone().isoformat(timespec="seconds")
        fields = {n: v for n, v in vars(record).items() if n not in _PLAIN}
        more = " ".join(f"{name}={value}" for name, value in fields.items())
        words = record.getMessage()[:_MOST].replace("\n", " ")
        line = " ".join(filter(None, (at, record.levelname.lower(), words, more)))
        if record.exc_info:
            line += "\n" + self.formatException(record.exc_info)[-_MOST:]
        return line


def configure() -> None:
    """Let this process and its children write to standard error as the settings say."""
    settings = LogSettings.of_environment()
    handler = logging.StreamHandler()
    handler.setFormatter(JsonLines() if settings.form == "json" else TextLines())
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(settings.level.upper())
    for noisy in ("fontTools", "weasyprint", "urllib3", "alembic", "pdfminer"):
        logging.getLogger(noisy).setLevel(logging.ERROR)
    global _configured
    _configured = settings


#: Set once a process writes what it answers; a library that embeds the app writes nothing.
_configured: LogSettings | None = None


class _Refused:
    """Counts the requests that were refused, and lets some of them through to the log."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._minute, self._count = 0, 0

    def may_be_written(self, minute: int) -> bool:
        """Whether one more may be written; what was left out is told once a minute is over."""
        with self._lock:
            left_out = self._count - REFUSED_A_MINUTE
            told = 0
            if minute != self._minute:
                told, self._minute, self._count = max(0, left_out), minute, 0
            self._count += 1
            written = self._count <= REFUSED_A_MINUTE
        if told:
            log.info("%s more refused requests are not written", told)
        return written


def install(app: Flask) -> None:
    """Number every request; write it when it is answered."""
    refused = _Refused()

    @app.before_request
    def begin() -> None:
        given = request.headers.get(HEADER, "")
        g.request_id = given if _ID.fullmatch(given) else uuid.uuid4().hex
        g.begun = time.perf_counter()

    @app.after_request
    def end(response: Response) -> Response:
        response.headers[HEADER] = g.get("request_id") or uuid.uuid4().hex
        if _configured is not None:
            _write(_configured, refused, response)
        return response


def _write(settings: LogSettings, refused: _Refused, response: Response) -> None:
    seconds = time.perf_counter() - g.get("begun", time.perf_counter())
    is_slow = seconds >= settings.slow
    level = logging.WARNING if is_slow else logging.INFO
    if not log.isEnabledFor(level):
        return
    route = request.url_rule.rule if request.url_rule else None
    is_refused = route is None or response.status_code in (400, 401, 403, 405, 413, 429)
    if is_refused and not refused.may_be_written(int(time.monotonic() // 60)):
        return
    # Only where somebody asked who it is: a line in the log is no reason to read the journal.
    account = g.get("account")
    log.log(
        level,
        "slow request" if is_slow else "request",
        extra={
            "method": request.method if request.method in _METHODS else "other",
            "route": route,
            "status": response.status_code,
            "duration_ms": round(seconds * 1000, 1),
            "user": account.role if account else "visitor",
        },
    )


_METHODS = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}
