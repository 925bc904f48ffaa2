"""Commands that end without warning at a chosen moment.

    python killed.py FOLDER

reads a line of JSON for each: `argv`, the `signal`, and `at`, which counts what the command does to
files below FOLDER (makes, opens for writing, renames, links, removes): just before the one of that
number it gets the signal; 0 is never. It answers with how the command ended, what it said, and how
many such moments it had. Each command runs in a fork of this process, which has everything
imported: only what is killed is waited for.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
from pathlib import Path
from typing import Any

#: Audit events of Python that change files; the first argument is the path or its folder.
CHANGES = frozenset(
    ("open", "os.rename", "os.remove", "os.rmdir", "os.mkdir", "os.link", "os.truncate")
)


class Moments:
    """Counts what this process does to files of a folder, and ends it at one of them."""

    def __init__(self, folder: str, at: int, signal: int) -> None:
        self._folder, self._at, self._signal = folder, at, signal
        self.count = 0

    def __call__(self, event: str, arguments: tuple[Any, ...]) -> None:
        if event not in CHANGES or not isinstance(arguments[0], str | bytes | os.PathLike):
            return
        if event == "open" and not int(arguments[2] or 0) & (os.O_WRONLY | os.O_RDWR):
            return
        if self._folder not in os.fsdecode(arguments[0]):
            return
        self.count += 1
        if self.count == self._at:
            os.kill(os.getpid(), self._signal)


def run(folder: str, argv: list[str], at: int, signal: int) -> dict[str, Any]:
    """Run one command in a child; how it ended."""
    with tempfile.TemporaryFile() as said, tempfile.TemporaryFile() as counted:
        child = os.fork()
        if child == 0:
            os.dup2(said.fileno(), 1)
            os.dup2(said.fileno(), 2)
            moments = Moments(folder, at, signal)
            sys.addaudithook(moments)
            code = 1
            try:
                COMMANDS.get(argv[0], main)(argv)
            except SystemExit as end:
                code = end.code if isinstance(end.code, int) else 0
            sys.stdout.flush()
            sys.stderr.flush()
            counted.write(str(moments.count).encode())
            counted.flush()
            os._exit(code)
        _, status = os.waitpid(child, 0)
        said.seek(0)
        counted.seek(0)
        return {
            "code": os.waitstatus_to_exitcode(status),
            "said": said.read().decode("utf-8", "replace"),
            "moments": int(counted.read() or 0),
        }


def take_a_source(argv: list[str]) -> None:
    """What the desk does when a located source is taken: `take BASE INSTANCE`."""
    base, instance = map(Path, argv[1:])
    record = Reference(
        "77",
        title="Cold water and the feet of postmen",
        authors=(Author("Hale", "Tom"),),
        year=2019,
        journal="Foot Notes",
        doi="10.5555/feet.77",
    )
    work = Work("crossref", "77", "https://example.org/works/77", record)
    take(KnowledgeBase(base, instance), Check("Hale T. Cold water.", "verified", (work,)))
    sys.exit(0)


if __name__ == "__main__":
    from evidence.cli import main as _main
    from evidence.knowledge import KnowledgeBase
    from evidence.search import engine, open_index  # noqa: F401
    from evidence.services import update, verification  # noqa: F401
    from evidence.services.taking import take
    from references.record import Author, Reference
    from references.sources.work import Work
    from references.verify import Check
    from webapp.publish import publisher  # noqa: F401

    def main(argv: list[str]) -> None:
        _main(argv)

    COMMANDS = {"take": take_a_source}
    for line in sys.stdin:
        wanted = json.loads(line)
        answer = run(sys.argv[1], wanted["argv"], wanted["at"], wanted["signal"])
        print(json.dumps(answer), flush=True)
