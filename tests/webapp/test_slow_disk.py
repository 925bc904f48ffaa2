"""A disk on which nothing is written for a while: readers notice nothing, writers are told.

The server's own calls of the system wait (`slow_disk.c` in front of the library), so what hangs is
what would hang on a network drive that is away or a controller that retries.
"""

from __future__ import annotations

import shutil
import subprocess
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import requests
from desk_site import Person, make_accounts
from running import Running, linux, serving, somebody, until
from small_base import KEYS

from evidence.journal import Journal
from evidence.knowledge import KnowledgeBase

COMPILER = shutil.which("cc") or shutil.which("gcc")
TEXT = "vulvodynie-cryoneurolyse"
PAGES = ("/", f"/texts/{TEXT}", "/search?q=nerve", f"/references/{KEYS[0]}", "/api/v1/claims")
pytestmark = [linux, pytest.mark.skipif(COMPILER is None, reason="needs a C compiler")]


@dataclass
class Slow:
    """A server on a disk that can be made to hang."""

    running: Running
    instance: Path
    switch: Path
    claim: str

    def json(self, path: str = "/readyz") -> dict[str, object]:
        answer = requests.get(f"http://127.0.0.1:{self.running.port}{path}", timeout=60)
        return dict(answer.json())


@pytest.fixture
def slow(few: Path, tmp_path: Path) -> Iterator[Slow]:
    library, instance, switch = tmp_path / "slow.so", tmp_path / "instance", tmp_path / "slow"
    source = Path(__file__).resolve().parents[1] / "slow_disk.c"
    build = [str(COMPILER), "-shared", "-fPIC", "-o", str(library), str(source), "-ldl"]
    subprocess.run(build, check=True)
    make_accounts(instance)
    settings = {
        "LD_PRELOAD": str(library),
        "SLOW_FOLDER": str(instance),
        "SLOW_WHILE": str(switch),
    }
    with serving(few, instance, "--workers", "1", **settings) as running:
        claim = KnowledgeBase(few).text(TEXT).claims[0].id
        try:
            yield Slow(running, instance, switch, claim)
        finally:
            switch.unlink(missing_ok=True)


class Writers:
    """People who send a comment each, and strangers who guess a password, all at once."""

    def __init__(self, slow: Slow, people: list[Person], guessing: list[Person]) -> None:
        self.answers: dict[str, tuple[int, str]] = {}
        at = f"/desk/texts/{TEXT}/claims/{slow.claim}/comments"
        self._threads = [
            threading.Thread(target=self._comment, args=(one, at, f"Comment number {n}."))
            for n, one in enumerate(people)
        ]
        self._threads += [threading.Thread(target=self._guess, args=(one,)) for one in guessing]
        for thread in self._threads:
            thread.start()

    def _comment(self, who: Person, at: str, words: str) -> None:
        answer = who.post(at, {"words": words})
        self.answers[words] = answer.status_code, answer.get_data(as_text=True)

    def _guess(self, who: Person) -> None:
        answer = who.post("/desk/login", {"name": "nobody", "password": "four words of a guess"})
        self.answers[f"guess {id(who)}"] = answer.status_code, ""

    def wait(self) -> None:
        for thread in self._threads:
            thread.join(120)
            assert not thread.is_alive()


def test_reading_goes_on_and_nothing_acknowledged_is_lost(slow: Slow) -> None:
    port = slow.running.port
    people = [somebody(port, name) for name in ("editor", "approver", "administrator") * 4]
    guessing = [somebody(port) for _ in range(8)]
    assert all(one.token for one in [*people, *guessing])
    assert slow.json()["status"] == "ok"
    slow.switch.touch()
    writers = Writers(slow, people, guessing)
    # Three hold a place in which they wait for the disk; all others are told, and keep no thread.
    until(lambda: len(writers.answers) >= len(people) + len(guessing) - 3)
    assert {code for code, _page in writers.answers.values()} == {503}
    for words, (_code, page) in writers.answers.items():
        assert words in page or words.startswith("guess"), "what was typed is in the form again"
    for path in PAGES:
        read = requests.get(f"http://127.0.0.1:{port}{path}", timeout=60)
        assert read.status_code == 200, path
    told = slow.json()
    assert (told["journal"], told["instance"]) == ("slow", "slow")
    assert (told["status"], told["degraded"]) == ("degraded", ["journal", "instance"])
    assert slow.json("/healthz") == {"status": "ok"}
    slow.switch.unlink()
    writers.wait()
    taken = {words for words, (code, _page) in writers.answers.items() if code == 303}
    with Journal.open(slow.instance) as journal:
        assert journal.verify().ok
        kept = {str(event.payload["words"]) for event in journal.events(TEXT, slow.claim)}
    assert taken <= kept
    again = people[0].post(
        f"/desk/texts/{TEXT}/claims/{slow.claim}/comments", {"words": "The disk is back."}
    )
    assert again.status_code == 303
    assert slow.json()["instance"] == "ok"
