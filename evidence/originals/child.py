"""The process that reads or fetches one page for another one (`evidence.originals.bounded`).

It takes one line of JSON and bytes from its standard input, sets its own limits, and answers
with one line of JSON and bytes.
"""

from __future__ import annotations

import contextlib
import json
import signal
import sys
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

from evidence.originals.loaded import OriginalError

Answer = tuple[dict[str, Any], bytes]


def _read(asked: dict[str, Any], body: bytes) -> Answer:
    from evidence.originals.convert import convert

    found = convert(body, asked["name"], asked["content_type"])
    return {"text": found.text, "form": found.form, "title": found.title}, b""


def _fetch(asked: dict[str, Any], _body: bytes) -> Answer:
    from evidence.originals.network import get

    raw, path, content_type = get(asked["url"], asked["allow_private"])
    return {"path": path, "content_type": content_type}, raw


TASKS: dict[str, Callable[[dict[str, Any], bytes], Answer]] = {"read": _read, "fetch": _fetch}


def _limit(memory: int, cpu: int, seconds: float) -> None:
    """Bound this process, where the system can; the one that started it waits no longer anyhow."""
    try:
        import resource
    except ImportError:  # Windows
        return
    for what, most in (
        (resource.RLIMIT_AS, memory),
        (resource.RLIMIT_CPU, cpu),
        (resource.RLIMIT_CORE, 0),
    ):
        with contextlib.suppress(ValueError, OSError):  # a narrower limit is set, or none can be
            resource.setrlimit(what, (most, most))
    signal.setitimer(signal.ITIMER_REAL, seconds)  # should nobody wait any more


def _done(task: str, asked: dict[str, Any], body: bytes) -> Answer:
    try:
        return TASKS[task](asked, body)
    except OriginalError as error:
        return {"wrong": error.message.as_dict()}, b""
    except ImportError as error:
        if error.path:  # it is there, and could not be brought into memory
            sys.exit("more memory than it may take")
        return {"missing": str(error).partition("\n")[0]}, b""
    except MemoryError:
        sys.exit("more memory than it may take")
    except Exception as error:  # whatever a stranger's page brings about, the reader is told
        place = traceback.extract_tb(error.__traceback__)[-1]
        at = f"{Path(place.filename).name}:{place.lineno}"
        return {"fault": f"{type(error).__name__} at {at}: {error}"[:500]}, b""


def main() -> None:
    """Do the one task that is asked for on standard input."""
    head, _, body = sys.stdin.buffer.read().partition(b"\n")
    wanted = json.loads(head)
    _limit(**wanted["limits"])
    answer, brought = _done(wanted["task"], wanted["asked"], body)
    sys.stdout.buffer.write(json.dumps(answer).encode() + b"\n" + brought)
    sys.stdout.buffer.flush()


if __name__ == "__main__":
    main()
