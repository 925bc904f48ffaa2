"""The journal away, the disk full or read-only: reading goes on and says so, nothing is lost.

The faults are real ones: a file that is cut, a server that is stopped, a small file system that
is filled or mounted read-only. The site is a small base with one decision in its journal.
"""

from __future__ import annotations

import json
import logging
import os
import random
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from bs4 import BeautifulSoup
from desk_site import PASSWORD, Person, soup
from flask import Flask
from postgresql_server import PostgreSQL
from small_base import small_base

from evidence.claims.claim import Claim
from evidence.journal import Entry, Journal, JournalUnavailable, database
from evidence.journal.accounts import Accounts
from evidence.knowledge import KnowledgeBase
from evidence.search import open_engine
from evidence.search.protocol import SearchEngine
from webapp import create_app, outage

TEXT = "vulvodynie-cryoneurolyse"
DECIDED = {"fr": "Ainsi en a décidé la rédaction.", "en": "The editors decided it so."}
#: What a reader is told where decisions cannot be read.
NOTICE = {"fr": "ce que vous voyez est le registre seul", "en": "the register alone, without them"}
WORDS = "Un long commentaire dont aucun mot ne doit se perdre, même ce soir."


def record_decision(journal: Journal, claim: Claim) -> None:
    """An account, and a decision on the wording of a claim."""
    Accounts(journal).add("anne", "administrator", PASSWORD, "Dr Anne Martin")
    entry = Entry(
        "anne",
        "review",
        TEXT,
        claim.id,
        claim.hash,
        {"changes": {"statement": DECIDED}, "reason": "plainer"},
        "Dr Anne Martin",
    )
    assert journal.record(entry, claim).event.accepted


class Site:
    """A base, an instance with a journal, and an app over both."""

    def __init__(self, base: Path, instance: Path, engine: SearchEngine) -> None:
        self.base, self.instance, self._engine = base, instance, engine
        self.journal_file = instance / "journal.sqlite"
        self.kb = KnowledgeBase(base, instance)
        self.claim = self.kb.text(TEXT).claims[0]
        self.address = f"/texts/{TEXT}/claims/{self.claim.id}"
        self.pages = (
            "/",
            f"/texts/{TEXT}",
            self.address,
            f"/texts/{TEXT}/compare?claim={self.claim.id}",
            "/changes",
            "/guide",
            "/indications/",
            "/map",
            f"/sources/{TEXT}",
            "/references/ilfeld2023phantom",
            "/search?q=nerve",
        )
        self.programs = (
            "/api/v1/texts",
            "/api/v1/claims",
            f"/api/v1/texts/{TEXT}",
            "/sitemap.xml",
            f"/texts/{TEXT}/annotations.jsonld",
            f"/feeds/texts/{TEXT}",
        )

    def app(self) -> Flask:
        """The app as a server starts it."""
        return create_app(KnowledgeBase(self.base, self.instance), self.instance, self._engine)


@pytest.fixture(scope="module")
def made(kb: KnowledgeBase, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, SearchEngine]:
    """A small base, its engine, and an instance to copy."""
    folder = tmp_path_factory.mktemp("outage")
    base = small_base(kb, folder / "base")
    (folder / "instance").mkdir()
    small = KnowledgeBase(base)
    with Journal.open(folder / "instance") as journal:
        record_decision(journal, small.text(TEXT).claims[0])
    return folder, open_engine(small, folder / "instance")


@pytest.fixture
def site(made: tuple[Path, SearchEngine], tmp_path: Path) -> Site:
    folder, engine = made
    shutil.copytree(folder / "instance", tmp_path / "instance")
    return Site(folder / "base", tmp_path / "instance", engine)


@pytest.fixture(autouse=True)
def no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody waits for locks or between two tries, and no fault was logged before."""
    monkeypatch.setattr(database, "READING_WAIT", 0)
    monkeypatch.setattr(database, "WRITING_WAIT", 0)
    monkeypatch.setattr(database.Database.__init__, "__defaults__", (0.0, lambda: 0.0))
    monkeypatch.setattr(outage, "_logged", {})


def in_language(app: Flask, address: str, language: str) -> Any:
    return app.test_client().get(address, headers={"Accept-Language": language})


def reads_the_decision(app: Flask, site: Site) -> bool:
    return DECIDED["en"] in in_language(app, site.address, "en").get_data(as_text=True)


def check_reading(app: Flask, site: Site, secrets: tuple[str, ...]) -> None:
    """Every page is there from the register, says so, is kept by nobody, and tells nothing."""
    registered = site.claim.statement
    for language in ("fr", "en"):
        for address in site.pages:
            answer = in_language(app, address, language)
            shown = answer.get_data(as_text=True)
            assert answer.status_code == 200, address
            assert NOTICE[language] in BeautifulSoup(shown, "lxml").select_one("main").text
            assert (answer.headers["Cache-Control"], "ETag" in answer.headers) == (
                "no-store",
                False,
            )
            assert not [word for word in secrets if word in shown], address
        page = soup(in_language(app, site.address, language)).text
        assert DECIDED[language] not in page
        assert " ".join(registered[language].split()[-2:]) in " ".join(page.split())
    for address in site.programs:
        answer = app.test_client().get(address)
        assert answer.status_code == 200, address
        assert answer.headers["Cache-Control"] == "no-store"
        assert "register alone" in answer.headers["Evidence-Notice"]
        assert not [word for word in secrets if word in answer.get_data(as_text=True)], address


def check_desk_is_closed(person: Person, site: Site, secrets: tuple[str, ...]) -> None:
    """Desk and sign-in say 503 with what was typed, and that nothing was recorded."""
    token = person.known_token
    comments = f"/desk/texts/{TEXT}/claims/{site.claim.id}/comments"
    sign_in = {"csrf_token": token, "name": "anne", "password": PASSWORD, "next": "/desk"}
    for language, recorded, later in (
        ("fr", "n’a pas été enregistré", "dans une minute"),
        ("en", "was not recorded", "in a minute"),
    ):
        headers = {"Accept-Language": language}
        answers = {
            "desk": person.client.get("/desk", headers=headers),
            "login": person.client.get("/desk/login", headers=headers),
            "comment": person.client.post(
                comments, data={"csrf_token": token, "words": WORDS, "entry": "e"}, headers=headers
            ),
            "sign in": person.client.post("/desk/login", data=sign_in, headers=headers),
        }
        for name, answer in answers.items():
            shown = answer.get_data(as_text=True)
            assert (answer.status_code, "Retry-After" in answer.headers) == (503, True), name
            assert later in shown
            assert not [word for word in (*secrets, PASSWORD) if word in shown], name
        back = soup(answers["comment"])
        assert recorded in back.select_one("main").text
        form = back.select_one(f'form[action="{comments}"]')
        assert form.select_one("textarea[name=words]").text.strip() == WORDS
        assert form.select_one("input[name=entry]")["value"] == "e"
        assert form.select_one("input[name=csrf_token]")["value"]
        assert soup(answers["sign in"]).select_one("input[name=name]")["value"] == "anne"


def signed_in(app: Flask) -> Person:
    person = Person(app.test_client())
    assert person.sign_in("anne").status_code == 303
    person.known_token = person.token  # type: ignore[attr-defined]
    return person


def moved_to(app: Flask, person: Person) -> Person:
    """The same browser at a server that was started again."""
    other = Person(app.test_client())
    for cookie in person.client._cookies.values():
        other.client._cookies[cookie._storage_key] = cookie
    other.known_token = person.known_token  # type: ignore[attr-defined]
    return other


# ---- SQLite ---------------------------------------------------------------------------

Break = Callable[[Site], Callable[[], None]]


def _write_over(content: Callable[[bytes], bytes]) -> Break:
    def broken(site: Site) -> Callable[[], None]:
        whole = site.journal_file.read_bytes()
        site.journal_file.write_bytes(content(whole))
        return lambda: site.journal_file.write_bytes(whole) and None

    return broken


def _removed(site: Site) -> Callable[[], None]:
    site.journal_file.rename(site.instance / "moved")
    return lambda: (site.instance / "moved").rename(site.journal_file) and None


def _a_folder(site: Site) -> Callable[[], None]:
    mend = _removed(site)
    site.journal_file.mkdir()

    def mended() -> None:
        site.journal_file.rmdir()
        mend()

    return mended


def _locked(site: Site) -> Callable[[], None]:
    holder = sqlite3.connect(site.journal_file, isolation_level=None)
    holder.execute("PRAGMA locking_mode = EXCLUSIVE")
    holder.execute("BEGIN EXCLUSIVE")
    holder.execute("INSERT INTO attempt VALUES ('somebody', 'somewhere', 0, 0, 0)")
    return holder.close


def _damaged_row(site: Site) -> Callable[[], None]:
    with sqlite3.connect(site.journal_file) as connection:
        rule = connection.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")
        for name, _sql in rule.fetchall():
            connection.execute(f"DROP TRIGGER {name}")
        last = "SELECT number, payload FROM event ORDER BY number DESC"
        number, payload = connection.execute(last).fetchone()
        connection.execute("UPDATE event SET payload = '{cut' WHERE number = ?", (number,))
    connection.close()

    def mended() -> None:
        with sqlite3.connect(site.journal_file) as connection:
            connection.execute("UPDATE event SET payload = ? WHERE number = ?", (payload, number))
        connection.close()

    return mended


def _without_tables(site: Site) -> Callable[[], None]:
    shutil.copyfile(site.journal_file, site.instance / "kept")
    with sqlite3.connect(site.journal_file) as connection:
        for name in ("head", "event", "account"):
            connection.execute(f"DROP TABLE {name}")
    connection.close()
    return lambda: (site.instance / "kept").replace(site.journal_file) and None


BROKEN_FILES: dict[str, Break] = {
    "cut in half": _write_over(lambda whole: whole[: len(whole) // 2]),
    "random bytes": _write_over(lambda whole: random.Random(7).randbytes(len(whole))),
    "text": _write_over(lambda whole: b"This is no database.\n" * 400),
    "a folder": _a_folder,
    "locked for long": _locked,
    "without its tables": _without_tables,
}


@pytest.mark.parametrize("fault", BROKEN_FILES)
def test_a_server_over_a_broken_journal_shows_the_register_and_says_so(
    site: Site, fault: str
) -> None:
    before = site.app()
    person = signed_in(before)
    assert reads_the_decision(before, site)
    before.extensions["site"].assembler.journal.close()
    mend = BROKEN_FILES[fault](site)
    app = site.app()
    person = moved_to(app, person)
    secrets = (str(site.instance), "journal.sqlite", "sqlite", "Traceback")
    check_reading(app, site, secrets)
    check_desk_is_closed(person, site, secrets)
    health = app.test_client().get("/readyz")
    assert health.status_code == 200
    assert (health.json["status"], health.json["journal"]) == ("degraded", "unavailable")
    assert health.json["degraded"] == ["journal"]
    assert not [word for word in secrets if word in health.get_data(as_text=True)]
    mend()
    # Back as soon as the file is, without a new start, the sessions as they were.
    assert reads_the_decision(app, site)
    assert NOTICE["en"] not in in_language(app, "/", "en").get_data(as_text=True)
    assert app.test_client().get("/readyz").json["status"] == "ok"
    assert person.get("/desk").select_one("h1").text == "The editors’ desk"


def test_a_journal_removed_under_a_running_server_is_missed_and_not_made_anew(site: Site) -> None:
    app = site.app()
    person = signed_in(app)
    assert reads_the_decision(app, site)
    mend = _removed(site)
    check_reading(app, site, (str(site.instance), "journal.sqlite"))
    check_desk_is_closed(person, site, (str(site.instance),))
    assert not site.journal_file.exists()
    assert app.test_client().get("/readyz").json["journal"] == "unavailable"
    # What may have been decided is not said to be missing, nor that nothing was decided.
    perhaps = f"/texts/{TEXT}/claims/decided-at-the-desk"
    assert app.test_client().get(perhaps).status_code == 503
    assert app.test_client().get("/texts/nothing").status_code == 404
    assert "Nothing has been decided" not in in_language(app, "/changes", "en").text
    mend()
    assert app.test_client().get(perhaps).status_code == 404
    assert reads_the_decision(app, site)
    assert person.get("/desk")


@pytest.mark.parametrize("fault", ["cut in half", "random bytes", "text"])
def test_a_journal_damaged_under_a_running_server_is_missed(site: Site, fault: str) -> None:
    """Connections that are open remember the pages they read: they would see no fault."""
    app = site.app()
    person = signed_in(app)
    assert reads_the_decision(app, site)
    with sqlite3.connect(site.journal_file) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()
    mend = BROKEN_FILES[fault](site)
    secrets = (str(site.instance), "journal.sqlite", "sqlite", "Traceback")
    check_reading(app, site, secrets)
    check_desk_is_closed(person, site, secrets)
    assert app.test_client().get("/readyz").json["degraded"] == ["journal"]
    mend()
    assert reads_the_decision(app, site)
    assert person.get("/desk")


def test_a_journal_that_was_replaced_is_read_anew(site: Site, tmp_path: Path) -> None:
    app = site.app()
    assert reads_the_decision(app, site)
    app.extensions["site"].assembler.journal.close()
    with Journal(f"sqlite:///{tmp_path / 'other.sqlite'}") as other:
        other.head()
    (tmp_path / "other.sqlite").replace(site.journal_file)
    assert not reads_the_decision(app, site)
    assert NOTICE["en"] not in in_language(app, "/", "en").get_data(as_text=True)


def test_an_event_that_cannot_be_read_is_said_where_it_is_missing(site: Site) -> None:
    app = site.app()
    mend = _damaged_row(site)
    answer = in_language(app, site.address, "en")
    assert answer.status_code == 200
    assert NOTICE["en"] in answer.get_data(as_text=True)
    assert "ETag" not in answer.headers
    assert app.test_client().get("/readyz").json["degraded"] == ["journal"]
    mend()
    assert reads_the_decision(app, site)
    assert app.test_client().get("/readyz").json["status"] == "ok"


def test_members_are_told_that_nobody_can_be_let_in(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EVIDENCE_READING", "members")
    before = site.app()
    person = signed_in(before)
    before.extensions["site"].assembler.journal.close()
    BROKEN_FILES["text"](site)
    app = site.app()
    assert moved_to(app, person).client.get("/").status_code == 503
    assert app.test_client().get("/").status_code == 503
    problem = app.test_client().get("/api/v1/texts")
    assert (problem.status_code, problem.mimetype) == (503, "application/problem+json")
    assert str(site.instance) not in problem.get_data(as_text=True)
    assert problem.headers["Retry-After"]
    assert app.test_client().get("/readyz").status_code == 200


def test_a_fault_is_logged_once_with_its_place(
    site: Site, caplog: pytest.LogCaptureFixture
) -> None:
    BROKEN_FILES["text"](site)
    app = site.app()
    with caplog.at_level(logging.WARNING):
        for _ in range(5):
            for address in site.pages:
                app.test_client().get(address)
    (record,) = caplog.records
    assert str(site.journal_file) in record.getMessage()
    assert record.exc_info is None


@pytest.fixture
def as_nobody(site: Site) -> Iterator[Site]:
    """The site where an ordinary user may read the base and write the instance."""
    place = Path(tempfile.mkdtemp(prefix="evidence-nobody-"))
    shutil.copytree(site.base, place / "base")
    shutil.copytree(site.instance, place / "instance")
    engine = site._engine
    user = 65534 if os.geteuid() == 0 else os.geteuid()
    place.chmod(0o755)
    for path in (place / "instance").rglob("*"):
        os.chown(path, user, -1)
    os.chown(place / "instance", user, -1)
    before = os.geteuid()
    os.seteuid(user)
    try:
        yield Site(place / "base", place / "instance", engine)
    finally:
        os.seteuid(before)
        shutil.rmtree(place)


@pytest.mark.parametrize("mode", [0o000, 0o200])
def test_a_journal_nobody_may_read_is_a_journal_away(as_nobody: Site, mode: int) -> None:
    as_nobody.journal_file.chmod(mode)
    app = as_nobody.app()
    check_reading(app, as_nobody, (str(as_nobody.instance),))
    assert app.test_client().get("/readyz").json["degraded"] == ["journal"]
    as_nobody.journal_file.chmod(0o600)
    assert reads_the_decision(app, as_nobody)


def test_a_journal_that_may_only_be_read_is_read(as_nobody: Site) -> None:
    as_nobody.journal_file.chmod(0o400)
    app = as_nobody.app()
    assert reads_the_decision(app, as_nobody)
    assert Person(app.test_client()).sign_in("anne").status_code == 503
    assert reads_the_decision(app, as_nobody)
    for path in as_nobody.instance.glob("journal.sqlite*"):
        path.chmod(0o600)
    assert Person(app.test_client()).sign_in("anne").status_code == 303


# ---- PostgreSQL -----------------------------------------------------------------------


def test_a_postgresql_that_does_not_run_is_a_journal_away(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("psycopg")
    monkeypatch.setenv("EVIDENCE_JOURNAL_URL", "postgresql://keeper@127.0.0.1:9/ledger")
    app = site.app()
    secrets = ("keeper", "127.0.0.1", "ledger", "postgresql", "refused")
    check_reading(app, site, secrets)
    for address in ("/desk", "/desk/login"):
        answer = in_language(app, address, "en")
        assert answer.status_code == 503
        assert not [word for word in secrets if word in answer.get_data(as_text=True)]
    assert app.test_client().get("/readyz").json["degraded"] == ["journal"]


@pytest.fixture(scope="module")
def postgresql() -> Iterator[PostgreSQL]:
    """A PostgreSQL to stop and start again."""
    pytest.importorskip("psycopg")
    server = PostgreSQL.made()
    if server is None:
        pytest.skip("PostgreSQL is not here and cannot be installed (apt-get install postgresql)")
    server.start()
    yield server
    server.remove()


def test_a_postgresql_that_stops_and_comes_back(
    site: Site, postgresql: PostgreSQL, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EVIDENCE_JOURNAL_URL", f"{postgresql.address}postgres")
    app = site.app()
    record_decision(app.extensions["site"].assembler.journal, site.claim)
    person = signed_in(app)
    assert reads_the_decision(app, site)
    postgresql.stop()
    secrets = ("evidence@", "127.0.0.1", "psycopg", "Traceback")
    check_reading(app, site, secrets)
    check_desk_is_closed(person, site, secrets)
    assert app.test_client().get("/readyz").json["journal"] == "unavailable"
    postgresql.start()
    assert reads_the_decision(app, site)
    assert app.test_client().get("/readyz").json["status"] == "ok"
    assert person.get("/desk")


def test_a_postgresql_that_hangs_is_given_up(
    site: Site, postgresql: PostgreSQL, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database, "SILENCE", 1)
    monkeypatch.setitem(database.CONNECTING, "connect_timeout", "2")
    monkeypatch.setenv("EVIDENCE_JOURNAL_URL", f"{postgresql.address}postgres")
    app = site.app()
    assert app.test_client().get("/readyz").json["status"] == "ok"
    with postgresql.frozen():
        health = app.test_client().get("/readyz")
        assert (health.status_code, health.json["degraded"]) == (200, ["journal"])
        assert in_language(app, site.address, "en").status_code == 200
    assert app.test_client().get("/readyz").json["status"] == "ok"


# ---- the disk -------------------------------------------------------------------------


@pytest.fixture
def disk(made: tuple[Path, SearchEngine], tmp_path: Path) -> Iterator[Site]:
    """The site on a file system of its own, of eight megabytes."""
    place = tmp_path / "disk"
    place.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs", str(place)]
    if os.geteuid() or subprocess.run(mount, check=False, capture_output=True).returncode:
        pytest.skip("only root may mount a small disk, and not everywhere")
    folder, engine = made
    try:
        instance = place / "instance"
        ours = ("journal.sqlite", "index")
        instance.mkdir()
        for name in ours:
            copy = shutil.copytree if (folder / "instance" / name).is_dir() else shutil.copyfile
            copy(folder / "instance" / name, instance / name)
        yield Site(folder / "base", instance, engine)
    finally:
        subprocess.run(["umount", "-l", str(place)], check=False)


def fill(site: Site) -> Callable[[], None]:
    """Take all the room there is; returns how to give it back."""
    filler = site.instance / "filler"
    handle = os.open(filler, os.O_CREAT | os.O_WRONLY)
    try:
        while os.write(handle, bytes(4096)):
            pass
    except OSError:
        os.close(handle)
    return filler.unlink


def test_on_a_full_disk_reading_goes_on_and_nothing_typed_is_lost(disk: Site) -> None:
    app = disk.app()
    person = signed_in(app)
    free = fill(disk)
    assert reads_the_decision(app, disk)
    assert in_language(app, "/search?q=nerve", "en").status_code == 200
    comments = f"/desk/texts/{TEXT}/claims/{disk.claim.id}/comments"
    sent = {"csrf_token": person.known_token, "words": WORDS * 200, "entry": "full"}  # type: ignore[attr-defined]
    answer = person.client.post(comments, data=sent, headers={"Accept-Language": "en"})
    assert answer.status_code == 503
    assert str(disk.instance) not in answer.get_data(as_text=True)
    assert soup(answer).select_one("textarea[name=words]").text.strip() == WORDS * 200
    health = app.test_client().get("/readyz")
    assert (health.status_code, health.json["degraded"]) == (200, ["instance"])
    assert health.json["instance"] == "full"
    page = {
        "words": "Le froid endort le nerf et diminue la douleur de la vulve.",
        "id": "nouveau",
        "csrf_token": person.known_token,
    }  # type: ignore[attr-defined]
    assert person.client.post("/desk/texts/new", data=page).status_code == 503
    free()
    assert person.client.post(comments, data=sent).status_code == 303
    assert WORDS in person.get(f"/desk/texts/{TEXT}/claims/{disk.claim.id}").text
    assert person.client.post("/desk/texts/new", data=page).status_code == 303
    assert app.test_client().get("/readyz").json["status"] == "ok"
    assert app.extensions["site"].assembler.journal.verify().ok


def test_a_server_starts_on_a_full_disk(disk: Site) -> None:
    free = fill(disk)
    app = disk.app()
    assert reads_the_decision(app, disk)
    with pytest.raises(JournalUnavailable):
        Accounts(app.extensions["site"].assembler.journal).add("bob", "reader", PASSWORD)
    free()
    assert (
        Accounts(app.extensions["site"].assembler.journal).add("bob", "reader", PASSWORD).name
        == "bob"
    )
    assert reads_the_decision(app, disk)


@pytest.fixture
def read_only(disk: Site) -> Site:
    subprocess.run(
        ["mount", "-o", "remount,ro", str(disk.instance.parent)], check=True, capture_output=True
    )
    return disk


def test_a_read_only_instance_is_served(read_only: Site) -> None:
    app = create_app(KnowledgeBase(read_only.base, read_only.instance), read_only.instance)
    assert reads_the_decision(app, read_only)
    for address in read_only.pages:
        assert in_language(app, address, "fr").status_code == 200, address
    health = app.test_client().get("/readyz").json
    assert (health["degraded"], health["instance"]) == (["instance"], "not writable")
    assert (health["journal"], health["search"]) == ("ok", "ok")
    login = Person(app.test_client()).sign_in("anne")
    assert login.status_code == 503
    assert str(read_only.instance) not in login.get_data(as_text=True)


def test_commands_that_read_work_on_a_read_only_instance(read_only: Site) -> None:
    def run(*words: str) -> subprocess.CompletedProcess[str]:
        places = ["--kb", str(read_only.base), "--instance", str(read_only.instance)]
        return subprocess.run(
            [sys.executable, "-m", "evidence", *words, *places],
            capture_output=True,
            text=True,
            check=False,
        )

    for words, says in (
        (("search", "nerve"), "phantom"),
        (("text", "list"), TEXT),
        (("claims",), read_only.claim.id),
        (("report", TEXT, "--format", "json", "--language", "en"), DECIDED["en"]),
        (("journal", "verify"), "2 events"),
        (("user", "list"), "Anne Martin"),
    ):
        done = run(*words)
        assert (done.returncode, says in done.stdout) == (0, True), (words, done.stderr)
    done = run("user", "disable", "anne")
    assert done.returncode == 2
    assert "cannot be used" in done.stderr
    assert "failed at something it should not" not in done.stderr


def test_verifying_where_there_is_no_journal_makes_none(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "evidence", "journal", "verify", "--instance", str(tmp_path)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert "There is no journal in" in done.stderr
    assert list(tmp_path.iterdir()) == []


# ---- drafts ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b"{}",
        b'"words"',
        b"\xff\xfe",
        b'{"id": "damaged"}',
        b'{"id": "damaged", "claims": 5}',
        b'{"id": "damaged", "claims": [{"id": 1}]}',
    ],
)
def test_a_damaged_draft_is_named_and_the_others_are_shown(site: Site, content: bytes) -> None:
    app = site.app()
    person = signed_in(app)
    brought = {"words": "Le froid endort le nerf et diminue la douleur de la vulve.", "id": "whole"}
    assert person.post("/desk/texts/new", brought).status_code == 303
    damaged = site.instance / "drafts" / "damaged.json"
    damaged.parent.mkdir()
    damaged.write_bytes(content)
    page = person.get("/desk").select_one("#drafts-h").parent
    assert page.select_one('a[href="/desk/drafts/whole"]')
    assert "“damaged” is damaged" in page.text
    assert str(site.instance) not in page.text
    shown = person.get("/desk/drafts/damaged", 500)
    assert "Throw it away and bring the page again" in shown.text
    assert person.get("/desk/drafts/whole")
    assert person.post("/desk/drafts/damaged/discard").status_code == 303
    assert not damaged.exists()
    assert "is damaged" not in person.get("/desk").text


def test_a_draft_of_another_shape_is_damaged(site: Site) -> None:
    app = site.app()
    person = signed_in(app)
    brought = {"words": "Le froid endort le nerf et diminue la douleur de la vulve.", "id": "whole"}
    assert person.post("/desk/texts/new", brought).status_code == 303
    documents = app.extensions["site"].documents
    whole = documents.get("text-draft", "whole").value()
    one = whole["claims"][0]
    for changes in (
        {"page": 5},
        {"id": "other"},
        {"sections": [["a"]]},
        {"claims": [one | {"signs": ["x"]}]},
        {"claims": [one | {"start": "x"}]},
        {"revision": "1"},
        {"colour": "blue"},
    ):
        documents.put("text-draft", "whole", json.dumps(whole | changes).encode(), None)
        assert "“whole” is damaged" in person.get("/desk").text, changes
    documents.put("text-draft", "whole", json.dumps(whole).encode(), None)
    assert "is damaged" not in person.get("/desk").text


def test_a_draft_of_an_earlier_version_is_taken_over_once(site: Site) -> None:
    app = site.app()
    person = signed_in(app)
    words = "Le froid endort le nerf et diminue la douleur de la vulve."
    assert person.post("/desk/texts/new", {"words": words, "id": "whole"}).status_code == 303
    documents = app.extensions["site"].documents
    kept = documents.get("text-draft", "whole")
    documents.delete("text-draft", "whole")
    old = site.instance / "drafts" / "whole.json"  # as it was kept before there were documents
    old.parent.mkdir(exist_ok=True)
    old.write_bytes(kept.body)
    assert words in person.get("/desk/drafts/whole").text
    assert not old.exists()
    assert documents.get("text-draft", "whole").value() == kept.value()
