"""Run a task on what strangers send in a process of its own, bounded in memory and time.

A Word file of one kilobyte can unpack to gigabytes, a PDF can keep a processor busy for hours,
a server can send one byte a minute. None of it can be known beforehand, and none of the
libraries that read pages limits itself: so a fresh interpreter does the work
(`evidence.originals.child`), and when it goes beyond its limits it ends, not the server.
"""

from __future__ import annotations

import json
import logging
import os
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

from evidence.extras import missing
from evidence.originals.loaded import OriginalError
from references.errors import SettingError, message_of

#: Of the child's address space, in bytes; an HTML page of 10 MB or a book in PDF fits.
MEMORY = 512 * 2**20
#: Of the child's processor, in seconds: the largest pages that are worth reading take five.
CPU_SECONDS = 20
#: From the start to the answer, in seconds, whatever a server or a busy machine does.
SECONDS = 60.0
#: Children at once in this process; the rest of a server's threads go on serving.
AT_ONCE = 3
#: How long one more waits for its turn, in seconds.
PATIENCE = 15.0

_log = logging.getLogger(__name__)
_turns = threading.BoundedSemaphore(AT_ONCE)


class OverLimit(Exception):
    """The task needed more memory or processor time than it may have, or crashed."""


class ReadingTooSlow(OverLimit):
    """The task was not done in time."""


def run(
    task: str, arguments: dict[str, Any], body: bytes = b"", seconds: float = SECONDS
) -> tuple[dict[str, Any], bytes]:
    """Let a child do a task; what it answers, and the bytes it brings.

    Args:
        task: one of `evidence.originals.child.TASKS`.
        arguments: what it needs to know, as JSON can say it.
        body: the bytes it works on.
        seconds: until it has to be done.

    Raises:
        OriginalError: the task says what is wrong, or too many are under way.
        OverLimit: it went beyond its limits, or crashed.
        MissingExtra: the packages that read such a page are not installed.
        SettingError: no process can be started.
    """
    limits = {"memory": MEMORY, "cpu": CPU_SECONDS, "seconds": seconds + 5}
    sent = (
        json.dumps({"task": task, "arguments": arguments, "limits": limits}).encode() + b"\n" + body
    )
    if not _turns.acquire(timeout=PATIENCE):
        raise OriginalError("Several pages are being read at this moment; try again in a minute.")
    try:
        answered = subprocess.run(
            [sys.executable, "-P", "-W", "ignore", "-m", "evidence.originals.child"],
            input=sent,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=seconds,
            env=_environment(),
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise ReadingTooSlow(f"more than {seconds} s") from error
    except OSError as error:
        raise SettingError(
            "The process that reads pages cannot be started ({reason}).", reason=error
        ) from error
    finally:
        _turns.release()
    head, _, brought = answered.stdout.partition(b"\n")
    return _understood(head, answered.returncode), brought


def _environment() -> dict[str, str]:
    """That of this process; the child finds the same packages."""
    places = [place or str(Path.cwd()) for place in sys.path]
    return {**os.environ, "PYTHONPATH": os.pathsep.join(places)}


def _understood(head: bytes, code: int) -> dict[str, Any]:
    """The answer of a child; one that was ended by its limits gives none."""
    try:
        answer: dict[str, Any] = json.loads(head)
    except ValueError as error:
        raise OverLimit(f"the child ended with {code}") from error
    if wrong := answer.get("wrong"):
        raise OriginalError(message_of(wrong))
    if absent := answer.get("missing"):
        _log.warning("A page cannot be read: %s", absent)
        raise missing("originals")
    if fault := answer.get("fault"):
        _log.warning("A page made its reader fail: %s", fault)
        raise OverLimit(fault)
    return answer
