"""A command that is killed between any two things it writes, and given again, does the same.

Each command is run whole once; then it is ended just before one of the moments at which it
changes files (`killed.py`), by SIGKILL, SIGTERM or SIGINT, and given again. What comes out is what
the whole run made, the journal verifies, and nothing is left lying about. `KILLS=200` tries that
many moments a command; three without it. (`evidence update` has its own in `test_update.py`.)
"""

from __future__ import annotations

import json
import os
import random
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from foot_page import PAGE
from service_double import Record, ServiceDouble

from evidence.journal import Entry, Journal
from evidence.journal.accounts import Accounts
from evidence.journal.archive import backup, restore
from evidence.knowledge import KnowledgeBase
from evidence.originals.load import read_bytes
from evidence.originals.versions import Originals
from evidence.search import open_engine
from evidence.search.request import SearchRequest
from evidence.services.source_checks import latest_check
from references.formats.bibtex import read_file

KILLS = int(os.environ.get("KILLS", "3"))
SIGNALS = (signal.SIGKILL, signal.SIGKILL, signal.SIGTERM, signal.SIGINT)
#: What a file that was begun and not finished is called.
BEGUN = re.compile(r"\.[\w.-]*\.?\w{8}$")
RIS = "".join(
    f"TY  - JOUR\nTI  - Cold water and nerve number {n}\nAU  - Hale, T{n}\nPY  - 2019\n"
    f"JO  - Foot Notes\nDO  - 10.5555/feet.{n}\nER  - \n\n"
    for n in range(5)
)
NERVE = "- id: foot-nerve\n  facet: nerve\n  label: {fr: nerf du pied, en: foot nerve}\n"
GOOD = Record(
    "A randomized trial of cold baths",
    [("Moreau", "Anne"), ("Petit", "Luc")],
    2020,
    "Foot Journal",
    "Foot J",
    "12",
    "",
    "34-40",
    "10.5555/feet.1",
    "31000001",
)


@dataclass(frozen=True)
class Place:
    """Where a command runs: everything it may write lies below `root`."""

    root: Path

    @property
    def base(self) -> Path:
        return self.root / "base"

    @property
    def instance(self) -> Path:
        return self.root / "instance"

    @property
    def kb(self) -> KnowledgeBase:
        return KnowledgeBase(self.base, self.instance)

    def tree(self, folder: str) -> dict[str, bytes]:
        found = (path for path in (self.root / folder).rglob("*") if path.is_file())
        return {str(path.relative_to(self.root)): path.read_bytes() for path in found}


@dataclass(frozen=True)
class Command:
    """A command, what comes before it, and what it is to have made."""

    words: Callable[[Place], list[str]]
    made: Callable[[Place], Any]
    before: Callable[[Place], None] = lambda place: None
    #: How it may end when it is given again: what it had finished may refuse to be done twice.
    ends: tuple[int, ...] = (0,)


def _found(place: Place) -> Any:
    engine = open_engine(place.kb, place.instance)
    answer = engine.search(SearchRequest.from_mapping({"q": "cold"}))
    engine.close()
    return sorted(hit.key for hit in answer.results)


def _stale(place: Place) -> None:
    """An index, and files that are newer than it."""
    open_engine(place.kb, place.instance).close()
    path = place.base / "references" / "feet.bib"
    path.write_text(path.read_text("utf-8").replace("ten walkers", "ten cold walkers"), "utf-8")


def _decided(place: Place) -> None:
    with Journal.open(place.instance) as journal:
        claim = place.kb.text("bain").claims[0]
        payload = {"changes": {"certainty": "moderate"}}
        journal.record(Entry("anne", "review", "bain", claim.id, claim.hash, payload))


def _worked(place: Place) -> None:
    """An instance with some of everything."""
    _decided(place)
    with Journal.open(place.instance) as journal:
        Accounts(journal).add("anne", "approver", "quatre mots bien choisis", "Dr Anne")
    Originals(place.instance).add("bain", read_bytes(PAGE.encode(), "a.txt"))


def _backed_up(place: Place) -> None:
    _worked(place)
    with Journal.open(place.instance) as journal:
        backup(journal, place.instance, place.root / "b.tar.gz")
    shutil.rmtree(place.instance)


def _kept(place: Place) -> Any:
    """What an instance holds, whatever made it."""
    with Journal.open(place.instance) as journal:
        assert journal.verify().ok
        events = [event.kind for event in journal.events()]
        people = [one.name for one in Accounts(journal).all()]
    return events, people, _pages(place)


def _restored(place: Place) -> Any:
    other = place.root / "other"
    shutil.rmtree(other, ignore_errors=True)
    other.mkdir()
    with Journal.open(other) as journal:
        restore(journal, other, place.root / "b.tar.gz")
        assert journal.verify().ok
        return [event.kind for event in journal.events()]


def _pages(place: Place) -> Any:
    originals = Originals(place.instance)
    return [originals.text(version) for version in originals.versions("bain")]


def _keys(path: Path) -> list[str]:
    return [one.key for one in read_file(path).references]


def _published(place: Place) -> Any:
    """All files but those of the search, which Pagefind does not make twice alike."""
    files = place.tree("public").items()
    return {name: content for name, content in files if not re.search(r"pagefind|/\.", name)}


def _checked(place: Place) -> Any:
    keys = ("moreau2020", "durand2021")
    return [check and check.status for key in keys for check in [latest_check(place.instance, key)]]


def _stages(place: Place) -> Any:
    with Journal.open(place.instance) as journal:
        return [event.kind for event in journal.events("bain")]


COMMANDS = {
    "index": Command(lambda at: ["index"], _found),
    "index anew": Command(lambda at: ["index"], _found, _stale),
    "import": Command(
        lambda at: ["import", str(at.root / "a.ris"), "--to", str(at.base / "references/new.bib")],
        lambda at: _keys(at.base / "references" / "new.bib"),
        lambda at: (at.root / "a.ris").write_text(RIS) and None,
    ),
    "text load": Command(
        lambda at: ["text", "load", "bain", str(at.root / "bain.txt")],
        _pages,
        lambda at: (at.root / "bain.txt").write_text(PAGE, "utf-8") and None,
    ),
    "text publish": Command(lambda at: ["text", "publish", "bain"], _stages, ends=(0, 2)),
    "journal apply": Command(lambda at: ["journal", "apply"], lambda at: at.tree("base"), _decided),
    "backup": Command(
        lambda at: ["backup", str(at.root / "b.tar.gz"), "--replace"], _restored, _worked
    ),
    "restore": Command(
        lambda at: ["restore", str(at.root / "b.tar.gz")], _kept, _backed_up, ends=(0, 2)
    ),
    "publish": Command(lambda at: ["publish", str(at.root / "public")], _published, ends=(0, 1)),
    "verify": Command(lambda at: ["verify", "--all"], _checked, ends=(0, 1)),
    "take": Command(
        lambda at: ["take", str(at.base), str(at.instance)],
        lambda at: _keys(at.instance / "references" / "taken.bib"),
    ),
}


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("killed")


@pytest.fixture(scope="module")
def runner(root: Path) -> Iterator[Callable[..., dict[str, Any]]]:
    """Runs commands, and ends them: `run(words, at, signal)`."""
    with ServiceDouble([GOOD]) as double:
        process = subprocess.Popen(
            [sys.executable, Path(__file__).with_name("killed.py"), root],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, **double.environment, "EVIDENCE_TIMEOUT": "5"},
        )
        assert process.stdin is not None
        assert process.stdout is not None

        def run(words: list[str], at: int, how: int) -> dict[str, Any]:
            print(
                json.dumps({"argv": words, "at": at, "signal": how}), file=process.stdin, flush=True
            )
            answer: dict[str, Any] = json.loads(process.stdout.readline())
            return answer

        yield run
        process.stdin.close()
        process.wait()
        process.stdout.close()


def _begin(root: Path, base: Path, command: Command) -> Place:
    """A place as it is before a command."""
    place = Place(root / "place")
    shutil.rmtree(place.root, ignore_errors=True)
    shutil.copytree(base, place.base)
    place.instance.mkdir()
    (place.base / "vocabulary").mkdir()
    (place.base / "vocabulary" / "nerve.yaml").write_text(NERVE, "utf-8")
    command.before(place)
    return place


@pytest.mark.parametrize("name", COMMANDS)
def test_given_again_it_does_what_it_would_have_done(
    name: str, root: Path, base: Path, runner: Callable[..., dict[str, Any]]
) -> None:
    command = COMMANDS[name]
    place = _begin(root, base, command)
    words = command.words(place)
    if name != "take":
        words = [*words, "--kb", str(place.base), "--instance", str(place.instance)]
    whole = runner(words, 0, 0)
    assert whole["code"] in command.ends, whole["said"]
    assert whole["moments"] > 0
    made = command.made(place)
    chance = random.Random(20261130)
    for _ in range(KILLS):
        place = _begin(root, base, command)
        at, how = chance.randint(1, whole["moments"]), chance.choice(SIGNALS)
        killed = runner(words, at, how)
        again = runner(words, 0, 0)
        story = f"ended by {how.name} at {at} of {whole['moments']}: {killed}; then {again}"
        assert again["code"] in command.ends, story
        assert "should not" not in again["said"], story
        assert command.made(place) == made, story
        left = [path for path in place.root.rglob(".*") if BEGUN.fullmatch(path.name)]
        # Of indexes there may be the current one, and two whole ones that others may still read.
        left += list(place.root.glob("instance/index/*/*/"))[3:]
        assert not left, f"{story}; left {left}"
        with Journal.open(place.instance) as journal:
            assert journal.verify().ok, story
