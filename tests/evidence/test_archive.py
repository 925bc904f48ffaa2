"""Backup and restore, from either database into either, checked before anything is written."""

from __future__ import annotations

import io
import json
import subprocess
import sys
import tarfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from evidence.journal import Entry, Journal, JournalError
from evidence.journal.accounts import Accounts
from evidence.journal.archive import BEGUN, backup, lines, restore
from evidence.journal.documents import Documents
from evidence.originals.load import read_bytes
from evidence.originals.versions import Originals
from references.files import replacing

PASSWORD = "quatre mots bien choisis"
WORK = (
    "texts/bain.yaml",
    "drafts/genou.json",
    "references/taken.bib",
    "waiting/originals/bain/0001.txt",
    "abstracts.jsonl",
    "candidates.bib",
)


@pytest.fixture
def instance(tmp_path: Path) -> Path:
    folder = tmp_path / "one"
    folder.mkdir()
    return folder


@pytest.fixture
def journal(instance: Path) -> Iterator[Journal]:
    """A journal with events, an account and an original beside it."""
    with Journal.open(instance) as opened:
        for words in ("première", "deuxième « note »", "third \u2028 line"):
            opened.record(Entry("anne", "comment", "bain", "c", payload={"words": words}))
        Accounts(opened).add("anne", "approver", PASSWORD, "Dr Anne")
        Originals(instance).add("bain", read_bytes(b"Le bain calme.", "a.txt"))
        for name in WORK:
            (instance / name).parent.mkdir(exist_ok=True, parents=True)
            (instance / name).write_text(f"what is in {name}", "utf-8")
        (instance / "secret-key").write_text("not for others", "utf-8")
        (instance / "references" / "taken.lock").touch()
        yield opened


KILLED = """
import sys
from pathlib import Path
from evidence.journal import Journal
from evidence.journal.archive import backup, restore
command, instance, file = sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3])
with Journal.open(instance) as journal:
    print("open", flush=True)
    (backup if command == "backup" else restore)(journal, instance, file)
"""


def altered(source: Path, target: Path, member: str, change: Any) -> None:
    """A copy of a backup with one member changed."""
    with tarfile.open(source) as old, tarfile.open(target, "w:gz") as new:
        for info in old.getmembers():
            data = old.extractfile(info).read()  # type: ignore[union-attr]
            if info.name == member:
                data = change(data)
            info.size = len(data)
            new.addfile(info, io.BytesIO(data))


def test_a_backup_brings_everything_back(journal: Journal, instance: Path, tmp_path: Path) -> None:
    file, other = tmp_path / "b.tar.gz", tmp_path / "two"
    other.mkdir()
    made = backup(journal, instance, file)
    assert (made["events"], made["accounts"], made["files"]) == (4, 1, 9)
    assert file.stat().st_mode & 0o077 == 0
    with Journal.open(other) as copy:
        assert restore(copy, other, file) == made
        assert copy.verify().ok
        assert copy.head() == journal.head()
        assert copy.events() == journal.events()
        assert list(lines(copy)) == list(lines(journal))
        assert all(len(line.splitlines()) == 1 for line in lines(copy))
        assert Accounts(copy).authenticate("anne", PASSWORD, "::1") is not None
        copy.record(Entry("anne", "comment", "bain", "c", payload={"words": "and on"}))
        assert copy.verify(made["head"]).events == 5
    version = Originals(other).latest("bain")
    assert version is not None
    assert Originals(other).text(version) == "Le bain calme."
    for name in WORK:
        assert (other / name).read_text("utf-8") == f"what is in {name}"
    assert not (other / "secret-key").exists()
    assert not (other / "references" / "taken.lock").exists()
    with tarfile.open(file) as archive:
        assert not [name for name in archive.getnames() if "secret" in name or "sqlite" in name]


def test_an_empty_instance_can_be_backed_up(tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
    with Journal.open(tmp_path / "a") as one, Journal.open(tmp_path / "b") as other:
        backup(one, tmp_path / "a", tmp_path / "x.tar.gz")
        assert restore(other, tmp_path / "b", tmp_path / "x.tar.gz")["events"] == 0


def test_a_folder_that_lies_on_another_disk_is_backed_up(tmp_path: Path) -> None:
    for name in ("a", "b", "disk/bain"):
        (tmp_path / name).mkdir(parents=True)
    (tmp_path / "disk/bain/0001.txt").write_text("page", "utf-8")
    (tmp_path / "a/originals").symlink_to(tmp_path / "disk")
    with Journal.open(tmp_path / "a") as one, Journal.open(tmp_path / "b") as other:
        backup(one, tmp_path / "a", tmp_path / "x.tar.gz")
        restore(other, tmp_path / "b", tmp_path / "x.tar.gz")
    assert (tmp_path / "b/originals/bain/0001.txt").read_text("utf-8") == "page"


def test_nothing_is_restored_over_something(
    journal: Journal, instance: Path, tmp_path: Path
) -> None:
    backup(journal, instance, tmp_path / "b.tar.gz")
    with pytest.raises(JournalError, match="not empty"):
        restore(journal, instance, tmp_path / "b.tar.gz")
    third = tmp_path / "three"
    (third / "texts").mkdir(parents=True)
    (third / "texts" / "mine.yaml").write_text("id: mine", "utf-8")
    with Journal.open(third) as copy, pytest.raises(JournalError, match="not empty"):
        restore(copy, third, tmp_path / "b.tar.gz")
    assert (third / "texts" / "mine.yaml").read_text("utf-8") == "id: mine"


def test_a_restore_or_backup_that_was_killed_is_given_again(
    journal: Journal, instance: Path, tmp_path: Path
) -> None:
    for number in range(60):
        (instance / "originals" / f"{number}.txt").write_text("words " * 2000, "utf-8")
    good, other = tmp_path / "b.tar.gz", tmp_path / "two"
    other.mkdir()
    made = backup(journal, instance, good)
    before = good.read_bytes()
    for command, folder in (("backup", instance), ("restore", other)):
        for delay in (0.0, 0.01, 0.03):
            process = subprocess.Popen(
                [sys.executable, "-c", KILLED, command, folder, good],
                stdout=subprocess.PIPE,
                text=True,
            )
            assert process.stdout is not None
            assert process.stdout.readline() == "open\n"
            time.sleep(delay)
            process.kill()
            process.wait()
            if command == "restore" and process.returncode == 0:
                break  # it was faster
    with tarfile.open(good) as archive:
        assert "journal.jsonl" in archive.getnames(), "a backup cut short took the old one's place"
    good.write_bytes(before)
    with Journal.open(other) as copy:
        if not copy.head()[0]:
            assert restore(copy, other, good) == made
        assert copy.events() == journal.events()
        assert copy.verify().ok
    assert len(list((other / "originals").glob("*.txt"))) == 60


@pytest.mark.parametrize(
    ("member", "change", "says"),
    [
        ("journal.jsonl", lambda d: d.replace("première".encode(), b"autre"), "event 1 does not"),
        ("journal.jsonl", lambda d: d.rsplit(b"\n", 2)[0] + b"\n", "not the one of its manifest"),
        ("journal.jsonl", lambda d: b"[]\n", "damaged"),
        ("manifest.json", lambda d: d.replace(b'"format": 3', b'"format": 4'), "newer version"),
        ("manifest.json", lambda d: b"{", "damaged"),
        ("accounts.jsonl", lambda d: b"x\n", "damaged"),
    ],
)
def test_an_altered_backup_is_refused_whole(
    journal: Journal, instance: Path, tmp_path: Path, member: str, change: Any, says: str
) -> None:
    good, bad, other = tmp_path / "a.tar.gz", tmp_path / "b.tar.gz", tmp_path / "two"
    other.mkdir()
    backup(journal, instance, good)
    altered(good, bad, member, change)
    with Journal.open(other) as copy:
        with pytest.raises(JournalError, match=says):
            restore(copy, other, bad)
        assert copy.head()[0] == 0
        assert Accounts(copy).all() == []


def test_a_backup_never_writes_outside_the_instance(
    journal: Journal, instance: Path, tmp_path: Path
) -> None:
    good, other = tmp_path / "a.tar.gz", tmp_path / "two"
    other.mkdir()
    backup(journal, instance, good)
    bad = tmp_path / "bad.tar.gz"
    with tarfile.open(good) as old, tarfile.open(bad, "w:gz") as new:
        for info in old.getmembers():
            new.addfile(info, old.extractfile(info))
        info = tarfile.TarInfo("originals/../../escaped.txt")
        info.size = 1
        new.addfile(info, io.BytesIO(b"x"))
    with Journal.open(other) as copy, pytest.raises(JournalError):
        restore(copy, other, bad)
    assert not list(tmp_path.rglob("escaped.txt"))
    assert not (tmp_path.parent / "escaped.txt").exists()


def test_a_broken_journal_is_not_backed_up(
    journal: Journal, instance: Path, tmp_path: Path
) -> None:
    with journal.engine.connect() as connection:
        connection.exec_driver_sql("DROP TRIGGER event_no_update")
        connection.exec_driver_sql("UPDATE event SET person = 'Eve' WHERE number = 1")
        connection.commit()
    with pytest.raises(JournalError, match="does not verify"):
        backup(journal, instance, tmp_path / "b.tar.gz")
    assert not (tmp_path / "b.tar.gz").exists()


def test_the_commands(evidence: Any, tmp_path: Path) -> None:
    file, other = tmp_path / "b.tar.gz", tmp_path / "other"
    evidence("user", "add", "anne", "--password-stdin", stdin=f"{PASSWORD}\n")
    made = json.loads(evidence("backup", file, "--json").stdout)
    assert (made["accounts"], made["events"]) == (1, 1)
    evidence("restore", file, "--instance", other)
    rows = json.loads(evidence("user", "list", "--instance", other, "--json").stdout)
    assert [row["name"] for row in rows] == ["anne"]
    assert "not empty" in evidence("restore", file, code=2).stderr
    (tmp_path / "text.txt").write_text("no backup")
    new = tmp_path / "third"
    said = evidence("restore", tmp_path / "text.txt", "--instance", new, code=2).stderr
    assert "not a readable backup" in said


class _Zeros(io.RawIOBase):
    """As many NUL bytes as are asked for."""

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        return bytes(size)


def _zeros(archive: tarfile.TarFile, name: str, size: int) -> None:
    info = tarfile.TarInfo(name)
    info.size = size
    archive.addfile(info, _Zeros())


def _manifest_of_gigabytes(archive: tarfile.TarFile) -> None:
    _zeros(archive, "manifest.json", 300_000_000)


def _journal_of_one_line(archive: tarfile.TarFile) -> None:
    manifest = json.dumps({"format": 1, "events": 1, "head": ""}).encode()
    info = tarfile.TarInfo("manifest.json")
    info.size = len(manifest)
    archive.addfile(info, io.BytesIO(manifest))
    _zeros(archive, "journal.jsonl", 300_000_000)


def _name_of_gigabytes(archive: tarfile.TarFile) -> None:
    header = tarfile.TarInfo("././@LongLink")
    header.type, header.size = tarfile.GNUTYPE_LONGNAME, 300_000_000
    archive.addfile(header, _Zeros())


def _many_long_names(archive: tarfile.TarFile) -> None:
    for number in range(30):
        archive.addfile(tarfile.TarInfo("n" * 10_000_000 + str(number)))


RESTORED = """
import resource, sys
from pathlib import Path
from evidence.journal import Journal, JournalError
from evidence.journal.archive import restore
with Journal.open(Path(sys.argv[1])) as journal:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    try:
        restore(journal, Path(sys.argv[1]), Path(sys.argv[2]))
    except JournalError as error:
        print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before, error)
"""


@pytest.mark.parametrize(
    "bomb",
    [_manifest_of_gigabytes, _journal_of_one_line, _name_of_gigabytes, _many_long_names],
    ids=lambda bomb: str(bomb.__name__),
)
def test_an_archive_made_to_burst_takes_no_memory(bomb: Any, tmp_path: Path) -> None:
    file = tmp_path / "bomb.tar.gz"
    with tarfile.open(file, "w:gz", format=tarfile.GNU_FORMAT) as archive:
        bomb(archive)
    (tmp_path / "new").mkdir()
    done = subprocess.run(
        [sys.executable, "-c", RESTORED, tmp_path / "new", file],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    grown, _, said = done.stdout.partition(" ")
    assert int(grown) < 150_000, "kilobytes"  # each unpacks to 300 MB
    assert "backup" in said


@pytest.mark.parametrize("manifest", [b"[]", b"7", b"null", b"[" * 90_000])
def test_a_manifest_that_is_none_is_said(
    manifest: bytes, journal: Journal, instance: Path, tmp_path: Path
) -> None:
    backup(journal, instance, tmp_path / "b.tar.gz")
    altered(tmp_path / "b.tar.gz", tmp_path / "x.tar.gz", "manifest.json", lambda _: manifest)
    (tmp_path / "new").mkdir()
    with Journal.open(tmp_path / "new") as copy, pytest.raises(JournalError, match="backup"):
        restore(copy, tmp_path / "new", tmp_path / "x.tar.gz")


def test_a_member_without_a_name_is_passed_over(
    journal: Journal, instance: Path, tmp_path: Path
) -> None:
    made = backup(journal, instance, tmp_path / "b.tar.gz")
    with (
        tarfile.open(tmp_path / "b.tar.gz") as old,
        tarfile.open(tmp_path / "x.tgz", "w:gz") as new,
    ):
        for info in old.getmembers():
            new.addfile(info, old.extractfile(info))
        new.addfile(tarfile.TarInfo(""))
    (tmp_path / "new").mkdir()
    with Journal.open(tmp_path / "new") as copy:
        assert restore(copy, tmp_path / "new", tmp_path / "x.tgz") == made


def test_a_draft_discarded_while_a_backup_is_written_is_left_out(
    journal: Journal, instance: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from evidence.journal import archive

    listed = archive._files

    def then_discarded(folder: Path) -> list[Path]:
        found = listed(folder)
        (folder / "drafts" / "genou.json").unlink(missing_ok=True)
        return found

    monkeypatch.setattr(archive, "_files", then_discarded)
    manifest = backup(journal, instance, tmp_path / "b.tar.gz")
    monkeypatch.undo()
    other = tmp_path / "other"
    other.mkdir()
    with Journal.open(other) as copy:
        assert restore(copy, other, tmp_path / "b.tar.gz") == manifest
        assert copy.verify().ok
    assert not (other / "drafts" / "genou.json").exists()
    assert manifest["files"] == len(listed(other))


def test_what_a_killed_backup_had_begun_is_swept_away(
    journal: Journal, instance: Path, tmp_path: Path
) -> None:
    left = tmp_path / ".evidence-backup.abcd1234"
    left.write_bytes(b"half")
    mine = tmp_path / ".evidence-backups-of-mine"
    mine.write_bytes(b"whole")
    with replacing(tmp_path / "slow.tar.gz", prefix=BEGUN) as under_way:
        backup(journal, instance, tmp_path / "b.tar.gz")
        under_way.write(b"done")
    assert sorted(p.name for p in tmp_path.iterdir() if p.is_file()) == [
        mine.name,
        "b.tar.gz",
        "slow.tar.gz",
    ]


def test_a_backup_whose_accounts_were_altered_is_refused(
    journal: Journal, instance: Path, tmp_path: Path
) -> None:
    backup(journal, instance, tmp_path / "b.tar.gz")
    altered(
        tmp_path / "b.tar.gz",
        tmp_path / "c.tar.gz",
        "accounts.jsonl",
        lambda data: data.replace(b"approver", b"administrator"),
    )
    other = tmp_path / "other"
    other.mkdir()
    with Journal.open(other) as copy, pytest.raises(JournalError, match="its accounts"):
        restore(copy, other, tmp_path / "c.tar.gz")


def test_a_backup_of_the_form_before_is_read(
    journal: Journal, instance: Path, tmp_path: Path
) -> None:
    """It had a member for each document."""
    kept = Documents(journal)
    for number in range(3):
        kept.put("text-draft", f"t{number}", f"draft {number}".encode(), None)
    backup(journal, instance, tmp_path / "b.tar.gz")
    before = tmp_path / "before.tar.gz"
    with tarfile.open(tmp_path / "b.tar.gz") as new, tarfile.open(before, "w:gz") as old:
        for info in new.getmembers():
            data = new.extractfile(info).read()  # type: ignore[union-attr]
            parts = {info.name: data.replace(b'"format": 3', b'"format": 2')}
            if info.name == "documents.jsonl":
                lines_ = enumerate(data.splitlines(), 1)
                parts = {f"documents/{number:06}.json": line for number, line in lines_}
            for info.name, part in parts.items():
                info.size = len(part)
                old.addfile(info, io.BytesIO(part))
    for file in (before, tmp_path / "b.tar.gz"):
        other = tmp_path / f"from {file.name}"
        other.mkdir()
        with Journal.open(other) as copy:
            assert restore(copy, other, file)["documents"] == 3
            assert list(Documents(copy).all("text-draft")) == list(kept.all("text-draft"))


def test_a_backup_with_more_documents_than_members_is_restored(
    journal: Journal, instance: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every check of a source stays; a service that checks each week has 100,000 in some years."""
    monkeypatch.setattr("evidence.journal.archive.MAX_MEMBERS", 100)
    kept = Documents(journal)
    kept.put_all("source-check-past", {f"{n:06}": (b"{}", None) for n in range(150)})
    other = tmp_path / "two"
    other.mkdir()
    backup(journal, instance, tmp_path / "b.tar.gz")
    with Journal.open(other) as copy:
        assert restore(copy, other, tmp_path / "b.tar.gz")["documents"] == 150
        assert len(Documents(copy).list("source-check-past")) == 150


@pytest.mark.parametrize(
    ("limit", "most"), [("MAX_MEMBERS", 5), ("MAX_FILE", 10), ("MAX_MEMBER", 40), ("MAX_LINE", 80)]
)
def test_what_could_not_be_restored_is_not_backed_up(
    journal: Journal,
    instance: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    limit: str,
    most: int,
) -> None:
    monkeypatch.setattr(f"evidence.journal.archive.{limit}", most)
    (tmp_path / "b.tar.gz").write_bytes(b"the backup of yesterday")
    with pytest.raises(JournalError, match="could not be restored"):
        backup(journal, instance, tmp_path / "b.tar.gz")
    assert (tmp_path / "b.tar.gz").read_bytes() == b"the backup of yesterday"
    assert [path.name for path in tmp_path.iterdir() if path.is_file()] == ["b.tar.gz"]


def test_a_file_larger_than_what_is_held_at_once_is_restored(
    journal: Journal, instance: Path, tmp_path: Path
) -> None:
    """Records of a large collection that were taken in, or their abstracts."""
    large = instance / "abstracts.jsonl"
    large.write_bytes(b"0123456789\n" * 6_000_000)
    other = tmp_path / "two"
    other.mkdir()
    backup(journal, instance, tmp_path / "b.tar.gz")
    with Journal.open(other) as copy:
        restore(copy, other, tmp_path / "b.tar.gz")
    assert (other / "abstracts.jsonl").read_bytes() == large.read_bytes()
