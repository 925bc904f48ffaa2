"""kill -9 at any moment: nothing acknowledged is lost, and the next run finds all in order.

`KILLS=200` kills that often; some twenty without it.
"""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from evidence.journal import Journal
from evidence.journal.accounts import Accounts
from evidence.journal.archive import restore

KILLS = int(os.environ.get("KILLS", "8"))

#: Says "ready", then after each piece of work what is done.
WRITING = """
import sys
from pathlib import Path
from evidence.journal import Entry, Journal
with Journal.open(Path(sys.argv[1])) as journal:
    journal.head()
    print("ready", flush=True)
    for number in range(100_000):
        made = journal.record(Entry("anne", "comment", "t", payload={"words": str(number)}))
        print(made.event.hash, flush=True)
"""
BACKING = """
import sys
from pathlib import Path
from evidence.journal import Journal
from evidence.journal.archive import backup
with Journal.open(Path(sys.argv[1])) as journal:
    journal.head()
    print("ready", flush=True)
    for number in range(100_000):
        backup(journal, Path(sys.argv[1]), Path(sys.argv[2]) / f"{number % 3}.tar.gz")
        print("done", flush=True)
"""
REPLACING = """
import sys
from pathlib import Path
from references.files import write_atomic
print("ready", flush=True)
for number in range(100_000):
    write_atomic(Path(sys.argv[1]) / "few.bib", str(number % 10) * 200_000)
    print("done", flush=True)
"""


def killed(program: str, *arguments: Path, after: float) -> list[str]:
    """What a program had said when it was killed, some seconds after it was ready."""
    process = subprocess.Popen(
        [sys.executable, "-c", program, *map(str, arguments)], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    time.sleep(after)
    process.send_signal(signal.SIGKILL)
    said = process.stdout.read()
    process.wait()
    process.stdout.close()
    return said.rpartition("\n")[0].splitlines()


@pytest.fixture
def moments() -> list[float]:
    """When to kill, in seconds; the same in every run."""
    chance = random.Random(20261130)
    return [chance.uniform(0, 0.4) for _ in range(KILLS)]


def test_no_recorded_event_is_lost(tmp_path: Path, moments: list[float]) -> None:
    acknowledged: list[str] = []
    for after in moments:
        acknowledged += killed(WRITING, tmp_path, after=after)
    with Journal.open(tmp_path) as journal:
        assert journal.verify().ok
        assert set(acknowledged) <= {event.hash for event in journal.events()}
    assert acknowledged


def test_a_backup_is_whole_or_not_there_and_leaves_nothing(
    tmp_path: Path, moments: list[float]
) -> None:
    instance, backups = tmp_path / "instance", tmp_path / "backups"
    for folder in (instance, backups):
        folder.mkdir()
    with Journal.open(instance) as journal:
        Accounts(journal).add("anne", "administrator", "quatre mots bien choisis")
    for after in moments:
        killed(BACKING, instance, backups, after=after)
    for number, file in enumerate(sorted(backups.glob("*.tar.gz"))):
        other = tmp_path / f"restored{number}"
        other.mkdir()
        with Journal.open(other) as copy:
            restore(copy, other, file)
            assert copy.verify().ok
    left = [path for path in backups.iterdir() if path.name.startswith(".")]
    assert len(left) <= 1, "what one killed run had begun the next one sweeps away"


def test_a_file_is_the_old_one_or_the_new_one(tmp_path: Path, moments: list[float]) -> None:
    for after in moments:
        killed(REPLACING, tmp_path, after=after / 4)
        content = (tmp_path / "few.bib").read_text() if (tmp_path / "few.bib").exists() else ""
        assert content == content[:1] * (200_000 if content else 0)
    assert sum(path.name.startswith(".") for path in tmp_path.iterdir()) <= 1
