"""Files of an instance on two servers of one database, of either kind; each has its own folder."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from filelock import Timeout

from evidence.instance import Overtaken
from evidence.journal import Entry, Journal
from evidence.journal.archive import backup, restore
from evidence.journal.documents import Documents
from evidence.journal.shared_files import MANIFEST, SharedFiles
from evidence.services.shared_pace import LONGEST, ServerTurns
from evidence.services.source_checks import digest_of, latest_check, latest_checks
from references.verify import cited_string


@pytest.fixture(params=["sqlite", "postgresql"])
def address(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A database outside the instances."""
    found = f"sqlite:///{tmp_path / 'shared.sqlite'}"
    if request.param == "postgresql":
        found = str(request.getfixturevalue("database"))
    monkeypatch.setenv("EVIDENCE_JOURNAL_URL", found)
    return found


@pytest.fixture
def two(address: str, tmp_path: Path) -> Iterator[tuple[SharedFiles, SharedFiles]]:
    journals = [Journal(address) for _ in range(2)]
    yield tuple(  # type: ignore[misc]
        SharedFiles(tmp_path / name, journal)
        for name, journal in zip(("one", "other"), journals, strict=True)
    )
    for journal in journals:
        journal.close()


def write(folder: Path, name: str, content: str) -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content, encoding="utf-8")
    return path


def test_what_an_instance_had_before_goes_to_the_others_once(
    two: tuple[SharedFiles, SharedFiles], tmp_path: Path
) -> None:
    one, other = two
    files = {
        "texts/bain.yaml": "id: bain\n",
        "texts/bain.readings.yaml": "[]\n",
        "originals/bain/0001.txt": "page",
        "originals/bain/0001.json": "{}",
        "waiting/originals/bain/0001.txt": "another",
        "references/taken.bib": "@article{a}\n",
        "candidates.bib": "@article{b}\n",
        "update-state.json": "{}",
        "abstracts.jsonl": '{"key": "a", "abstract": "b"}\n',
    }
    own = {"secret-key": "s", "index/x": "i", "cache/y": "c", "references/taken.lock": "", ".x": ""}
    own |= {"texts/.x": "hidden", "texts/bain.yaml.kept-3": "beside", "texts/.y.kept-3": "z"}
    for name, content in (files | own).items():
        write(tmp_path / "one", name, content)
    one.pull()
    other.pull()
    for name, content in files.items():
        there = tmp_path / "other" / name
        assert there.read_text("utf-8") == content
        assert there.stat().st_mtime_ns == (tmp_path / "one" / name).stat().st_mtime_ns
    assert not any((tmp_path / "other" / name).exists() for name in own)
    saved = {head.name: head.saved_at for head in one._documents.list("file")}
    assert set(saved) == set(files)
    for name, at in saved.items():
        written = (tmp_path / "one" / name).stat().st_mtime
        assert abs(written - at.timestamp()) < 0.001, "as old as the database says, everywhere"
    assert one.stamp == other.stamp
    before = one.stamp
    one.sync()
    other.sync()
    assert one.stamp == other.stamp == before


def test_what_no_database_takes_stays_here_and_keeps_nothing_else(
    two: tuple[SharedFiles, SharedFiles], tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    one, other = two
    long_name = f"texts/{'b' * 230}.yaml"  # a document is called by at most 200 characters
    write(tmp_path / "one", long_name, "id: b\n")
    write(tmp_path / "one", "texts/last.yaml", "id: last\n")
    for _ in range(3):
        one.sync()
    other.pull()
    assert (tmp_path / "other" / "texts/last.yaml").exists()
    assert (tmp_path / "one" / long_name).exists()
    assert caplog.text.count("stays on this server") == 1


@pytest.mark.parametrize("by_hand", ["by hand\n", "typed by hand\n"])
def test_of_two_that_wrote_the_same_both_are_kept(
    two: tuple[SharedFiles, SharedFiles],
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
    by_hand: str,
) -> None:
    one, other = two
    path = write(tmp_path / "one", "texts/bain.yaml", "first\n")
    one.push([path])
    other.pull()
    theirs = write(tmp_path / "other", "texts/bain.yaml", by_hand)
    path.write_text("second\n")
    one.push([path])
    with pytest.raises(Overtaken, match=r"bain\.yaml"):
        other.push([theirs])
    other.sync()
    assert theirs.read_text() == "second\n"
    (kept,) = theirs.parent.glob("bain.yaml.kept-*")
    assert kept.read_text() == by_hand
    assert f"changed elsewhere too; yours is {kept.name}" in caplog.text
    one.pull()
    assert path.read_text() == "second\n"
    assert not list(path.parent.glob("*.kept-*"))


def test_what_was_kept_beside_goes_with_what_is_removed(
    two: tuple[SharedFiles, SharedFiles], tmp_path: Path
) -> None:
    """It holds the words of a text that was deleted as much as the text's own file."""
    one, other = two
    path = write(tmp_path / "one", "texts/bain.yaml", "first\n")
    one.push([path])
    other.pull()
    theirs = write(tmp_path / "other", "texts/bain.yaml", "by hand\n")
    namesake = write(tmp_path / "other", "texts/bain-2.yaml.kept-1", "of another text\n")
    path.write_text("second\n")
    one.push([path])
    other.sync()
    assert len(list(theirs.parent.glob("bain.yaml*"))) == 2
    one.remove([path])
    other.pull()
    assert list(theirs.parent.iterdir()) == [namesake]


def test_what_was_edited_by_hand_goes_to_the_others(
    two: tuple[SharedFiles, SharedFiles], tmp_path: Path
) -> None:
    one, other = two
    path = write(tmp_path / "one", "texts/bain.yaml", "first\n")
    one.push([path])
    other.pull()
    path.write_text("mended\n")
    one.sync()
    other.pull()
    assert (tmp_path / "other" / "texts" / "bain.yaml").read_text() == "mended\n"


def test_a_page_that_was_damaged_here_comes_back(
    two: tuple[SharedFiles, SharedFiles], tmp_path: Path
) -> None:
    one, _other = two
    page = write(tmp_path / "one", "originals/bain/0001.txt", "as it was loaded")
    gone = write(tmp_path / "one", "originals/bain/0002.txt", "another")
    one.push([page, gone])
    page.write_text("damaged")
    gone.unlink()
    one.sync()
    assert page.read_text() == "as it was loaded"
    assert gone.read_text() == "another"


def test_what_was_removed_does_not_come_back(
    two: tuple[SharedFiles, SharedFiles], tmp_path: Path
) -> None:
    one, other = two
    path = write(tmp_path / "one", "texts/bain.yaml", "first\n")
    one.push([path])
    other.pull()
    theirs = tmp_path / "other" / "texts" / "bain.yaml"
    theirs.write_text("edited while it was removed\n")
    one.remove([path])
    other.sync()
    assert not path.exists()
    assert not theirs.exists()
    one.sync()
    assert not path.exists()


def test_another_database_is_given_all_and_takes_nothing(
    two: tuple[SharedFiles, SharedFiles], tmp_path: Path
) -> None:
    one, _other = two
    path = write(tmp_path / "one", "texts/bain.yaml", "first\n")
    one.push([path])
    with Journal(f"sqlite:///{tmp_path / 'anew.sqlite'}") as anew:
        SharedFiles(tmp_path / "one", anew).sync()
        assert path.read_text() == "first\n"
        assert [head.name for head in Documents(anew).list("file")] == ["texts/bain.yaml"]


def test_a_manifest_that_was_cut_short_costs_nothing(
    two: tuple[SharedFiles, SharedFiles], tmp_path: Path
) -> None:
    one, _other = two
    path = write(tmp_path / "one", "texts/bain.yaml", "first\n")
    one.push([path])
    (tmp_path / "one" / MANIFEST).write_text('{"store": "x", "files": {"tex')
    one.sync()
    assert path.read_text() == "first\n"
    assert json.loads((tmp_path / "one" / MANIFEST).read_text())["files"]


def test_a_name_that_leads_out_of_the_folder_is_passed_over(
    two: tuple[SharedFiles, SharedFiles], address: str, tmp_path: Path
) -> None:
    one, _other = two
    with Journal(address) as journal:
        Documents(journal).put("file", "texts/../../escaped.yaml", b"", None)
        Documents(journal).put("file", "/etc/escaped", b"", None)
    one.pull()
    assert not (tmp_path / "escaped.yaml").exists()


def test_one_at_a_time_on_whichever_server(two: tuple[SharedFiles, SharedFiles]) -> None:
    one, other = two
    with one.alone("update"), pytest.raises(Timeout), other.alone("update", 0):
        raise AssertionError
    with other.alone("update", 0), one.alone("another", 0):
        pass
    order: list[str] = []
    with one.alone("update"):
        waiting = threading.Thread(target=lambda: _note(other, order))
        waiting.start()
        order.append("first")
    waiting.join()
    assert order == ["first", "second"]


def _note(files: SharedFiles, order: list[str]) -> None:
    with files.alone("update"):
        order.append("second")


def test_a_backup_has_each_file_once_and_fills_another_database(
    two: tuple[SharedFiles, SharedFiles], address: str, tmp_path: Path
) -> None:
    one, _other = two
    one.push([write(tmp_path / "one", "texts/bain.yaml", "first\n")])
    with Journal(address) as journal:
        journal.record(Entry("anne", "comment", "bain", "c", payload={"words": "x"}))
        made = backup(journal, tmp_path / "one", tmp_path / "b.tar.gz")
    assert (made["files"], made["documents"]) == (1, 0)
    with Journal(f"sqlite:///{tmp_path / 'anew.sqlite'}") as anew:
        restore(anew, tmp_path / "third", tmp_path / "b.tar.gz")
        SharedFiles(tmp_path / "third", anew).sync()
        fourth = SharedFiles(tmp_path / "fourth", anew)
        fourth.pull()
    assert (tmp_path / "fourth" / "texts" / "bain.yaml").read_text() == "first\n"


# ---- turns of services ----------------------------------------------------------------


def test_the_pace_is_that_of_all_together(address: str) -> None:
    with Journal(address) as mine, Journal(address) as theirs:
        paces = [ServerTurns(Documents(journal), lambda: 1000.0) for journal in (mine, theirs)]
        waits = [paces[number % 2].turn("crossref", 0.5) for number in range(4)]
        assert waits == [0.0, 0.5, 1.0, 1.5]
        assert paces[0].turn("pubmed", 1.0) == 0.0
        paces[1].hold("pubmed", 30.0)
        assert paces[0].turn("pubmed", 1.0) == 30.0
        wrong = ServerTurns(Documents(theirs), lambda: 0.0)  # a clock that is far behind
        assert wrong.turn("crossref", 0.5) <= LONGEST


# ---- what earlier versions kept -------------------------------------------------------


OLD_CHECKS = """
CREATE TABLE checks (number INTEGER PRIMARY KEY, name TEXT NOT NULL, at TEXT NOT NULL,
    status TEXT NOT NULL, digest TEXT NOT NULL, needs_a_person INTEGER NOT NULL,
    result TEXT NOT NULL);
"""


def test_checks_of_an_earlier_version_are_taken_over_with_their_history(
    address: str, tmp_path: Path
) -> None:
    import sqlite3

    cited = cited_string("Durbec O. Une référence imprimée. Revue. 2021.")
    one, other = tmp_path / "one", tmp_path / "other"
    one.mkdir()
    other.mkdir()
    with sqlite3.connect(one / "source-checks.sqlite") as old:
        old.executescript(OLD_CHECKS)
        for day, status in (("01", "not-located"), ("02", "differs")):
            result = json.dumps({"status": status, "looked": []})
            row = (cited.key, f"2026-03-{day}T10:00:00+00:00", status, digest_of(cited), 1, result)
            old.execute(
                "INSERT INTO checks (name, at, status, digest, needs_a_person, result) "
                "VALUES (?, ?, ?, ?, ?, ?)",
                row,
            )
    old.close()
    assert latest_checks(other) == {}
    found = latest_check(one, cited.key)
    assert found is not None
    assert (found.status, found.needs_a_person) == ("differs", True)
    assert latest_check(other, cited.key) == found
    assert not (one / "source-checks.sqlite").exists()
    assert not list(one.glob("source-checks.sqlite*")), "it would outlive a text that is deleted"
    with Journal(address) as journal:
        assert len(Documents(journal).list("source-check-past")) == 2


# ---- two servers start ----------------------------------------------------------------


def test_servers_that_start_at_once_make_the_tables_once(database: str, tmp_path: Path) -> None:
    program = (
        "from evidence.journal import Journal\n"
        "from pathlib import Path\n"
        "print(Journal.open(Path('.')).head()[0])\n"
    )
    started = [
        subprocess.Popen(
            [sys.executable, "-c", program],
            env={"EVIDENCE_JOURNAL_URL": database, "PYTHONPATH": ":".join(sys.path)},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            cwd=tmp_path,
            text=True,
        )
        for _ in range(4)
    ]
    told = [one.communicate() for one in started]
    assert [out for out, _errors in told] == ["0\n"] * 4, told
    with Journal(database) as journal:
        journal.record(Entry("anne", "comment", "t", "c", payload={"words": str(uuid.uuid4())}))
        assert journal.verify().ok
