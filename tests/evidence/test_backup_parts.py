"""A backup part by part: what is in it, what it may hold at most, what a restore refuses."""

from __future__ import annotations

import gzip
import io
import json
import tarfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from journal_made import new_journal

from evidence.journal import archive
from evidence.journal.documents import Documents, KeptDocument
from evidence.journal.event import Entry, JournalError
from evidence.journal.store import Journal, account_payload


@pytest.fixture
def instance(tmp_path: Path) -> Path:
    folder = tmp_path / "one"
    folder.mkdir()
    return folder


@pytest.fixture
def journal(instance: Path) -> Iterator[Journal]:
    with new_journal(instance) as opened:
        for words in ("première", "a\u0085b\u2028c\u2029d"):
            opened.record(Entry("anne", "comment", "bain", "c", payload={"words": words}))
        yield opened


@pytest.fixture
def other(tmp_path: Path) -> Iterator[Journal]:
    (tmp_path / "two").mkdir()
    with new_journal(tmp_path / "two") as opened:
        yield opened


def packed(target: Path, members: dict[str, bytes], **more: Any) -> Path:
    """A gzipped tar of such members."""
    with tarfile.open(target, "w:gz", **more) as made:
        for name, data in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            made.addfile(info, io.BytesIO(data))
    return target


def members(source: Path) -> dict[str, bytes]:
    with tarfile.open(source) as opened:
        return {one.name: opened.extractfile(one).read() for one in opened.getmembers()}  # type: ignore[union-attr]


def test_what_is_written(journal: Journal, instance: Path, tmp_path: Path) -> None:
    for name in ("texts/bain.yaml", "drafts/old.json", "references/taken.bib", "candidates.bib"):
        (instance / name).parent.mkdir(exist_ok=True)
        (instance / name).write_text(name, "utf-8")
    (instance / "references" / "taken.lock").touch()
    (instance / "candidates.bib").chmod(0o640)
    Documents(journal).put("form", "é", b"\x00\xff", 0, "anne")
    Documents(journal).put("secret", "key", b"of a server", 0)
    manifest = archive.backup(journal, instance, tmp_path / "b.tar.gz")
    assert datetime.fromisoformat(manifest["made"]).tzinfo is UTC
    assert {key: one for key, one in manifest.items() if key != "made"} == {
        **{"format": 3, "events": 2, "head": journal.head()[1], "accounts": 0, "documents": 1},
        "files": 4,
    }
    held = members(tmp_path / "b.tar.gz")
    assert list(held) == [
        *("journal.jsonl", "accounts.jsonl", "documents.jsonl", "candidates.bib"),
        *("drafts/old.json", "references/taken.bib", "texts/bain.yaml", "manifest.json"),
    ]
    assert json.loads(held["manifest.json"]) == manifest
    first, second = held["journal.jsonl"].decode().splitlines()
    assert list(json.loads(first)) == sorted(json.loads(first)), "in one order, to be compared"
    assert "première" in first
    assert json.loads(second)["payload"] == {"words": "a\u0085b\u2028c\u2029d"}
    (document,) = held["documents.jsonl"].decode().splitlines()
    assert json.loads(document)["body"] == "AP8="
    assert '"name": "é"' in document


def test_nothing_is_restored_over_anything(
    journal: Journal, instance: Path, other: Journal, tmp_path: Path
) -> None:
    two, file = tmp_path / "two", tmp_path / "b.tar.gz"
    for folder in (instance, two):
        (folder / "texts").mkdir()
    (instance / "texts" / "bain.yaml").write_bytes(b"x" * 1_000_001)
    archive.backup(journal, instance, file)

    def is_refused() -> bool:
        try:
            archive.restore(other, two, file)
        except JournalError as error:
            return "is not empty" in str(error)
        return False

    there = two / "texts" / "bain.yaml"
    for content in (b"x" * 1_000_000, b"x" * 1_000_002, b"x" * 1_000_000 + b"y", b""):
        there.write_bytes(content)
        assert is_refused()
        assert there.read_bytes() == content
    there.write_bytes(b"x" * 1_000_001)  # a restore that was cut short is given again
    more = two / "texts" / "more.yaml"
    more.touch()
    assert is_refused()
    more.unlink()
    Documents(other).put("form", "a", b"", 0)
    assert is_refused()
    Documents(other).delete("form", "a")
    Documents(other).put("store", "id", b"this database", 0)  # of the servers, not of people
    assert not is_refused()
    assert is_refused()


def test_documents_come_back_in_a_database_that_counts_on(
    journal: Journal, instance: Path, other: Journal, tmp_path: Path
) -> None:
    documents = Documents(journal)
    for name in "aab":
        documents.put("form", name, b"x", None)
    documents.put("note", "c", b"y", 0)
    kept = [*documents.all("form"), *documents.all("note")]
    assert [one.revision for one in kept] == [2, 3, 1]
    Documents(other).put("store", "id", b"this database", 0)
    archive.backup(journal, instance, tmp_path / "b.tar.gz")
    archive.restore(other, tmp_path / "two", tmp_path / "b.tar.gz")
    again = Documents(other)
    assert [*again.all("form"), *again.all("note")] == kept
    assert (again.stamp("form"), again.stamp("note")) == (3, 1)
    assert again.put("form", "a", b"z", 2).revision == 4


def test_many_events_come_back_whole(
    instance: Path, other: Journal, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(archive, "BATCH", 2)
    with new_journal(instance) as journal:
        for number in range(5):
            journal.record(Entry("anne", "comment", "t", payload={"words": str(number)}))
        archive.backup(journal, instance, tmp_path / "b.tar.gz")
        archive.restore(other, tmp_path / "two", tmp_path / "b.tar.gz")
        assert list(other.rows()) == list(journal.rows())
        assert other.head() == journal.head()
        assert other.verify().ok


# ---- what is refused ----------------------------------------------------------------------


def chain(journal: Journal) -> list[dict[str, Any]]:
    return [json.loads(line) for line in archive.lines(journal)]


def test_events_that_do_not_follow_from_one_another_are_refused(
    journal: Journal, other: Journal, tmp_path: Path
) -> None:
    from evidence.journal.event import event_hash, write_row

    file, two = tmp_path / "b.tar.gz", tmp_path / "two"
    Documents(journal).put("form", "a", b"x", 0)
    archive.backup(journal, tmp_path / "one", file)
    held = members(file)

    def rehashed(**changed: Any) -> bytes:
        """The journal with its second event changed by somebody who can work out hashes."""
        first, second = chain(journal)
        second |= changed
        second["hash"] = event_hash(write_row(second))
        return "".join(json.dumps(one) + "\n" for one in (first, second)).encode()

    manifest = json.loads(held["manifest.json"])
    cases: list[tuple[dict[str, Any], str]] = [
        ({"journal.jsonl": rehashed(number=3)}, "event 2 does not verify"),
        ({"journal.jsonl": rehashed(previous="0" * 64)}, "event 2 does not verify"),
        ({"journal.jsonl": rehashed(by="eva")}, "not the one of its manifest"),
        ({"manifest.json": {**manifest, "events": 3}}, "not the one of its manifest"),
        ({"manifest.json": {**manifest, "head": "0" * 64}}, "not the one of its manifest"),
        ({"manifest.json": {**manifest, "documents": 0}}, "documents of its manifest"),
        ({"manifest.json": {**manifest, "documents": 2}}, "documents of its manifest"),
        ({"manifest.json": {**manifest, "format": 0}}, "newer version"),
        ({"documents.jsonl": b"{}\n"}, "damaged backup"),
        ({"documents.jsonl": b"[]\n"}, "damaged backup"),
        ({"accounts.jsonl": b"x\n"}, "damaged backup"),
    ]
    for changed, says in cases:
        parts = {
            name: part if isinstance(part, bytes) else json.dumps(part).encode()
            for name, part in changed.items()
        }
        packed(tmp_path / "c.tar.gz", held | parts)
        with pytest.raises(JournalError, match=says):
            archive.restore(other, two, tmp_path / "c.tar.gz")
    assert other.head()[0] == 0
    archive.restore(other, two, packed(tmp_path / "c.tar.gz", held))


@pytest.mark.parametrize(
    ("limit", "fits"),
    [("MAX_MEMBERS", 2), ("MAX_HEADER", 3), ("MAX_HEADERS", 5)],
)
def test_headers_up_to_a_limit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, limit: str, fits: int
) -> None:
    """Two members, with names of two and of three characters."""
    file = packed(tmp_path / "x.tar.gz", {"ab": b"", "abc": b""})
    for most, is_read in ((fits, True), (fits - 1, False)):
        monkeypatch.setattr(archive, limit, most)
        with tarfile.open(file) as opened:
            if is_read:
                archive._check_members(opened)
                continue
            with pytest.raises(JournalError, match="more than one of ours"):
                archive._check_members(opened)


def test_attributes_of_a_member_count_with_its_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = "é" * 120  # too long for a plain header: it stands among the attributes as well
    file = packed(tmp_path / "x.tar.gz", {name: b""}, format=tarfile.PAX_FORMAT)
    for most, is_read in ((240, True), (239, False)):
        monkeypatch.setattr(archive, "MAX_HEADER", most)
        with tarfile.open(file) as opened:
            if is_read:
                archive._check_members(opened)
                continue
            with pytest.raises(JournalError, match="more than one of ours"):
                archive._check_members(opened)


def test_a_member_up_to_a_limit(tmp_path: Path) -> None:
    file = packed(tmp_path / "x.tar.gz", {"ten": b"0123456789", "folder/a": b""})
    with tarfile.open(file) as opened:
        assert archive._member(opened, "ten", 10) == b"0123456789"
        with pytest.raises(JournalError, match=r"more than 9 bytes of ten; it is damaged"):
            archive._member(opened, "ten", 9)
        with pytest.raises(JournalError, match="has no eleven"):
            archive._member(opened, "eleven")
        assert archive._named(opened.getmember("ten")) == "ten"


def test_no_more_than_a_part_is_unpacked_at_a_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(archive, "MAX_MEMBER", 4)
    with gzip.open(tmp_path / "x.gz", "wb") as stream:
        stream.write(b"0123456789")
    with archive._Unpacked(tmp_path / "x.gz", "rb") as unpacked:
        assert unpacked.read(0) == b""
        assert unpacked.read(4) == b"0123"
        for size in (5, -1, None):
            with pytest.raises(tarfile.ReadError):
                unpacked.read(size)


@pytest.mark.parametrize(
    ("name", "is_refused"),
    [
        ("texts/../../escaped", True),
        ("drafts/../escaped", True),
        ("/texts/escaped", False),  # of no folder of ours
        ("index/x", False),
    ],
)
def test_a_file_that_would_lie_elsewhere_is_refused_or_passed_over(
    journal: Journal, other: Journal, tmp_path: Path, name: str, is_refused: bool
) -> None:
    archive.backup(journal, tmp_path / "one", tmp_path / "b.tar.gz")
    packed(tmp_path / "c.tar.gz", {**members(tmp_path / "b.tar.gz"), name: b"x"})
    before = {path for path in tmp_path.rglob("*") if path.suffix == ""}
    if is_refused:
        with pytest.raises(JournalError, match=r"not one of ours|not a readable backup"):
            archive.restore(other, tmp_path / "two", tmp_path / "c.tar.gz")
    else:
        archive.restore(other, tmp_path / "two", tmp_path / "c.tar.gz")
    assert {path for path in tmp_path.rglob("*") if path.suffix == ""} == before


def test_a_file_larger_than_any_of_ours_is_refused(
    journal: Journal,
    other: Journal,
    instance: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    (instance / "texts").mkdir()
    (instance / "texts" / "t.yaml").write_bytes(b"0123456789")
    (instance / "abstracts.jsonl").write_bytes(b"01234")
    file = tmp_path / "b.tar.gz"
    archive.backup(journal, instance, file)
    monkeypatch.setattr(archive, "MAX_FILE", 9)
    with pytest.raises(JournalError, match=r"holds texts/t\.yaml, which is not one of ours"):
        archive.restore(other, tmp_path / "two", file)
    monkeypatch.setattr(archive, "MAX_FILE", 10)
    archive.restore(other, tmp_path / "two", file)
    assert (tmp_path / "two" / "abstracts.jsonl").read_bytes() == b"01234"


def test_documents_of_either_form_are_read(tmp_path: Path) -> None:
    kept = [
        KeptDocument("form", "anne", name, number, datetime(2026, 1, 1, tzinfo=UTC), 2, b"\x00\xff")
        for number, name in enumerate(("a", "é"), 1)
    ]
    lines = [archive._written(one) for one in kept]
    forms = (
        {"documents.jsonl": b"".join(lines), "documentation": b"x"},
        {"documents/1.json": lines[0], "documents/2.json": lines[1].rstrip(), "texts/x": b""},
    )
    for form in forms:
        with tarfile.open(packed(tmp_path / "x.tar.gz", form)) as opened:
            assert list(archive._documents(opened)) == kept


def test_an_altered_journal_is_not_backed_up(journal: Journal, tmp_path: Path) -> None:
    with journal.engine.connect() as connection:
        for statement in ("DROP TRIGGER event_no_update", "UPDATE event SET by = 'x'"):
            connection.exec_driver_sql(statement)
        connection.commit()
    with pytest.raises(JournalError, match="does not verify"):
        archive.backup(journal, tmp_path / "one", tmp_path / "b.tar.gz")
    assert not (tmp_path / "b.tar.gz").exists()


def test_what_could_not_be_restored_is_not_kept(
    journal: Journal, instance: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(archive, "MAX_LINE", 80)
    with pytest.raises(JournalError, match="was not written, for it could not be restored"):
        archive.backup(journal, instance, tmp_path / "b.tar.gz")
    assert [path.name for path in tmp_path.iterdir()] == ["one"]


def test_a_file_that_somebody_discards_meanwhile_is_left_out(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("x", "utf-8")
    with tarfile.open(tmp_path / "x.tar", "w") as made:
        assert [archive._added(made, tmp_path / name, tmp_path) for name in "ab"] == [True, False]
        assert made.getnames() == ["a"]


def test_an_instance_that_somebody_writes_to_meanwhile_is_not_filled(other: Journal) -> None:
    other.record(Entry("anne", "comment", "t", payload={"words": "x"}))
    with pytest.raises(JournalError, match="Somebody wrote to this journal meanwhile"):
        archive._write_rows(other, iter(()), [], iter(()), True)
    assert other.head()[0] == 1


def test_the_accounts_of_a_backup_are_those_of_its_events(tmp_path: Path) -> None:
    row = {"name": "a", "person": "A", "role": "editor", "password": "p", "disabled": False}
    said = {"a": account_payload(row, "")}
    archive._check_accounts([row], said)
    archive._check_accounts([row], {})  # made before accounts were in the chain
    for rows in ([], [{**row, "role": "approver"}], [row, {**row, "name": "b"}]):
        with pytest.raises(JournalError, match="its accounts are not those of its journal"):
            archive._check_accounts(rows, said)
