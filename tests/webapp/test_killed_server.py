"""kill -9 of the server while people write: what was acknowledged is there, and the chain is whole.

`KILLS=200` kills that many of its processes; a few without it.
"""

from __future__ import annotations

import os
import random
import signal
import threading
import time
from pathlib import Path

import requests
from desk_site import PAGE, Person, make_accounts
from running import Running, linux, serving, somebody, until

from evidence.journal import Journal
from evidence.knowledge import KnowledgeBase

KILLS = int(os.environ.get("KILLS", "5"))
TEXT = "vulvodynie-cryoneurolyse"


class Writer:
    """Somebody who sends one comment after the other, and now and then a page."""

    def __init__(self, running: Running, name: str, claim: str) -> None:
        self.person: Person = somebody(running.port, name)
        assert self.person.token
        self.name, self.claim = name, claim
        self.comments: list[str] = []
        self.pages: list[str] = []
        self.sent = 0
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._write)
        self._thread.start()

    def _write(self) -> None:
        while not self._over.is_set():
            self.sent += 1
            words = f"{self.name} says number {self.sent}."
            try:
                if self.sent % 4:
                    at = f"/desk/texts/{TEXT}/claims/{self.claim}/comments"
                    if self.person.post(at, {"words": words}).status_code == 303:
                        self.comments.append(words)
                else:
                    page = {"id": f"{self.name}-{self.sent}", "words": PAGE}
                    if self.person.post("/desk/texts/new", page).status_code == 303:
                        self.pages.append(page["id"])
            except requests.RequestException:  # it was killed
                time.sleep(0.05)

    @property
    def taken(self) -> int:
        """How much was acknowledged."""
        return len(self.comments) + len(self.pages)

    def end(self) -> None:
        self._over.set()
        self._thread.join(120)
        assert not self._thread.is_alive()


@linux
def test_nothing_acknowledged_is_lost(few: Path, tmp_path: Path) -> None:
    instance, chance = tmp_path / "instance", random.Random(20261201)
    make_accounts(instance)
    claim = KnowledgeBase(few).text(TEXT).claims[0].id
    with serving(few, instance, "--workers", "2") as running:
        until(lambda: len(running.children) == 2)
        writers = [Writer(running, name, claim) for name in ("editor", "approver")]
        for number in range(KILLS):
            taken = sum(one.taken for one in writers)
            until(lambda before=taken: sum(one.taken for one in writers) > before)
            time.sleep(chance.uniform(0, 0.2 if number % 2 else 2))
            until(lambda: bool(running.children))
            os.kill(chance.choice(sorted(running.children)), signal.SIGKILL)
        until(lambda: all(one.pages for one in writers))
        for writer in writers:
            writer.end()
    comments = {words for writer in writers for words in writer.comments}
    pages = {name for writer in writers for name in writer.pages}
    print(f"{KILLS} kills, {len(comments)} comments and {len(pages)} pages acknowledged")
    assert comments
    with Journal.open(instance) as journal:
        assert journal.verify().ok
        events = journal.events()
    kept = [str(event.payload["words"]) for event in events if event.kind == "comment"]
    assert comments <= set(kept)
    assert len(kept) == len(set(kept)), "nothing is recorded twice"
    base = KnowledgeBase(few, instance)
    assert pages <= {path.name for path in (instance / "originals").iterdir()}
    assert not base.problems
