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


def _read(arguments: dict[str, Any], body: bytes) -> Answer:
    from evidence.originals.convert import convert

    page = convert(body, arguments["name"], arguments["content_type"])
    said = {"text": page.text, "form": page.form, "title": page.title, "changes": page.changes}
    return said, b""


def _fetch(arguments: dict[str, Any], _body: bytes) -> Answer:
    from evidence.originals.network import get

    raw, path, content_type = get(arguments["url"], arguments["allow_private"])
    return {"path": path, "content_type": content_type}, raw


TASKS: dict[str, Callable[[dict[str, Any], bytes], Answer]] = {"read": _read, "fetch": _fetch}


def _limit(memory: int, cpu: int, seconds: float) -> None:
    """Limit this process, where the system can; its parent has a time limit of its own."""
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
    signal.setitimer(signal.ITIMER_REAL, seconds)  # in case the parent is gone


def _done(task: str, arguments: dict[str, Any], body: bytes) -> Answer:
    try:
        return TASKS[task](arguments, body)
    except OriginalError as error:
        return {"wrong": error.message.as_dict()}, b""
    except ImportError as error:
        if error.path:  # it is installed, and did not fit into memory
            sys.exit("more memory than it may take")
        return {"missing": str(error).partition("\n")[0]}, b""
    except MemoryError:
        sys.exit("more memory than it may take")
    except Exception as error:  # whatever a page makes a parser raise becomes a message
        place = traceback.extract_tb(error.__traceback__)[-1]
        at = f"{Path(place.filename).name}:{place.lineno}"
        return {"fault": f"{type(error).__name__} at {at}: {error}"[:500]}, b""


def main() -> None:
    """Do the one task that is asked for on standard input."""
    head, _, body = sys.stdin.buffer.read().partition(b"\n")
    wanted = json.loads(head)
    _limit(**wanted["limits"])
    answer, brought = _done(wanted["task"], wanted["arguments"], body)
    sys.stdout.buffer.write(json.dumps(answer).encode() + b"\n" + brought)
    sys.stdout.buffer.flush()


if __name__ == "__main__":
    main()
