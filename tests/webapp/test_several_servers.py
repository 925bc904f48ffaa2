"""Two servers of one database, each with a folder of its own: what one writes the other shows."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from desk_site import PAGE, Person, bring, draft_form, make_accounts, person
from flask import Flask
from sqlalchemy import select

from evidence.journal.documents import documents_of
from evidence.journal.schema import ATTEMPT
from evidence.knowledge import KnowledgeBase
from evidence.originals.loaded import FetchedPage
from evidence.originals.waiting import Waiting
from evidence.services.source_checks import latest_check, store_check
from evidence.services.taking import take
from references.record import Author, Reference
from references.sources.work import Work
from references.verify import Check, cited_string
from webapp import create_app
from webapp.site import Site

NEW_PAGE = PAGE.replace("80 %", "40 %")


@dataclass
class Server:
    """One server: its app and its folder."""

    app: Flask
    instance: Path

    @property
    def site(self) -> Site:
        return self.app.extensions["site"]  # type: ignore[no-any-return]

    def sees(self, address: str) -> int:
        """The status that a reader gets."""
        return self.app.test_client().get(address).status_code

    def etag(self, address: str) -> str:
        return self.app.test_client().get(address).headers["ETag"]


@pytest.fixture
def servers(
    few: Path, database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[tuple[Server, Server]]:
    """Two servers of one database, without a folder that both have."""
    monkeypatch.setenv("EVIDENCE_JOURNAL_URL", database)
    folders = [tmp_path / name for name in ("one", "other")]
    make_accounts(folders[0])
    made = [Server(create_app(KnowledgeBase(few, one), one), one) for one in folders]
    yield made[0], made[1]
    for server in made:
        server.site.assembler.close()
        documents_of(server.instance)._database.close()


def both(servers: tuple[Server, Server], name: str) -> tuple[Person, Person]:
    """Somebody who signed in at the first server, with the same cookie at the second."""
    here = person(servers[0].app, name)
    assert here.token  # which is in the cookie from now on
    there = person(servers[1].app)
    for cookie in list(here.client._cookies.values()):  # type: ignore[union-attr]
        there.client.set_cookie(cookie.key, cookie.value)
    return here, there


def test_who_signed_in_at_one_is_signed_in_at_the_other(servers: tuple[Server, Server]) -> None:
    here, there = both(servers, "editor")
    assert "Dr Editor" in there.get("/desk/me").text
    # The token of a form of one server is good at the other.
    sent = there.client.post("/desk/logout", data={"csrf_token": here.token})
    assert sent.status_code == 303
    here.get("/desk/me", 302)


def test_a_draft_begun_on_one_is_finished_on_the_other(servers: tuple[Server, Server]) -> None:
    one, other = servers
    here, there = both(servers, "approver")
    bring(here)
    form = draft_form(there, title_en="Cold and the shoulder", do="create")
    assert there.post("/desk/drafts/epaule", form).status_code == 303
    assert "Cold and the shoulder" in here.get("/desk/texts/epaule").text  # at once, on both
    assert one.site.assembler.originals.latest("epaule") is not None
    assert other.site.assembler.originals.latest("epaule") is not None
    here.get("/desk/drafts/epaule", 404)
    assert one.sees("/texts/epaule") == other.sees("/texts/epaule") == 404  # nobody published it


def test_a_published_text_a_page_and_a_withdrawal_are_seen_on_both(
    servers: tuple[Server, Server],
) -> None:
    one, other = servers
    here, there = both(servers, "approver")
    bring(here)
    here.post("/desk/drafts/epaule", draft_form(here, do="create"))
    assert one.etag("/api/v1/texts") == other.etag("/api/v1/texts")
    before = other.etag("/api/v1/texts")
    state = "/desk/texts/epaule/state"
    assert here.post(state, {"to": "published", "seen": "private"}).status_code == 303
    assert "published" in there.get(state).select_one(".answer").text.lower()
    assert other.etag("/api/v1/texts") != before
    assert one.etag("/api/v1/texts") == other.etag("/api/v1/texts")
    one.site.assembler.originals.add("epaule", FetchedPage(NEW_PAGE, "again.md", "markdown"))
    latest = other.site.assembler.now().text("epaule")
    assert latest.version is not None
    assert (latest.version.number, "40 %" in latest.page) == (2, True)
    assert there.post(state, {"to": "withdrawn", "seen": "published"}).status_code == 303
    assert one.sees("/texts/epaule") == 410


def test_a_text_deleted_on_one_is_gone_from_the_folder_of_the_other(
    servers: tuple[Server, Server],
) -> None:
    _one, other = servers
    here, _there = both(servers, "administrator")
    bring(here)
    here.post("/desk/drafts/epaule", draft_form(here, do="create"))
    other.site.assembler.now()
    assert (other.instance / "texts" / "epaule.yaml").exists()
    sent = {"to": "deleted", "seen": "private", "typed": "epaule"}
    assert here.post("/desk/texts/epaule/state", sent).status_code == 303
    other.site.assembler.now()
    for server in servers:
        assert not (server.instance / "texts" / "epaule.yaml").exists()
        assert not list((server.instance / "originals").glob("epaule/*"))
    assert other.sees("/texts/epaule") == 410


def test_two_pages_loaded_at_once_are_two_versions(servers: tuple[Server, Server]) -> None:
    pages = [f"{PAGE}\nVersion {number} of it.\n" for number in range(6)]
    added = []

    def add(server: Server, page: str) -> None:
        added.append(server.site.assembler.originals.add("cold", FetchedPage(page, "x", "text")))

    threads = [
        threading.Thread(target=add, args=(servers[number % 2], page))
        for number, page in enumerate(pages)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(version.number for version, _new in added) == [1, 2, 3, 4, 5, 6]
    for server in servers:
        originals = server.site.assembler.originals
        server.site.assembler.files.pull()
        texts = [originals.text(version) for version in originals.versions("cold")]
        assert sorted(texts) == sorted(FetchedPage(page, "x", "text").text for page in pages)


def test_a_page_that_waits_is_accepted_on_the_other(servers: tuple[Server, Server]) -> None:
    one, other = servers
    page = FetchedPage(PAGE, "x", "text", "Titre", "fr", b"raw")
    Waiting(one.instance, one.site.assembler.files).keep("cold", page)
    other.site.assembler.files.pull()
    waiting = Waiting(other.instance, other.site.assembler.files)
    assert waiting.page("cold") == page
    waiting.forget("cold")
    one.site.assembler.files.pull()
    assert Waiting(one.instance).page("cold") is None


def test_a_check_of_a_source_is_seen_on_both(servers: tuple[Server, Server]) -> None:
    one, other = servers
    cited = cited_string("Durbec O. Une référence imprimée. Revue. 2021.")
    before = other.etag("/")
    store_check(one.instance, cited, Check(cited.key, "not-located", cited=cited.text))
    found = latest_check(other.instance, cited.key)
    assert found is not None
    assert found.status == "not-located"
    assert other.etag("/") != before


def test_what_is_taken_into_the_library_is_in_that_of_both(servers: tuple[Server, Server]) -> None:
    one, other = servers
    for server, title in ((one, "Cold water and postmen"), (other, "Warm water and bakers")):
        record = Reference(
            "77",
            title=title,
            authors=(Author("Hale", "Tom"),),
            year=2019,
            journal="Foot Notes",
            doi=f"10.5555/{title[:4]}",
        )
        work = Work("crossref", "77", "https://example.org/77", record)
        assembler = server.site.assembler
        assert take(assembler.kb, Check(title, "verified", (work,)), assembler.files).is_new
    for server in servers:
        server.site.assembler.now()
        titles = {reference.title for reference in server.site.assembler.kb.library.values()}
        assert {"Cold water and postmen", "Warm water and bakers"} <= titles


def test_wrong_passwords_count_on_both(servers: tuple[Server, Server]) -> None:
    for number in range(4):
        tried = {"name": "reader", "password": f"wrong {number}"}
        assert person(servers[number % 2].app).post("/desk/login", tried).status_code == 401
    for server in servers:
        with server.site.assembler.journal.reading() as connection:
            assert connection.execute(select(ATTEMPT.c.failures)).scalars().all() == [4]


def test_words_typed_on_one_are_in_the_form_of_the_other(servers: tuple[Server, Server]) -> None:
    here, there = both(servers, "editor")
    bring(here)
    form = draft_form(here, title_en="Half a title")
    assert (
        here.post("/desk/unsent", {**form, "kept-form": "/desk/drafts/epaule"}).status_code == 303
    )
    assert there.get("/desk/drafts/epaule").select_one("[name=title_en]")["value"] == "Half a title"


def test_a_server_whose_database_is_away_shows_what_it_has(
    servers: tuple[Server, Server], monkeypatch: pytest.MonkeyPatch
) -> None:
    one, other = servers
    here, _there = both(servers, "approver")
    bring(here)
    here.post("/desk/drafts/epaule", draft_form(here, do="create"))
    other.site.assembler.now()
    monkeypatch.setenv("EVIDENCE_JOURNAL_URL", "postgresql://nobody@127.0.0.1:1/none")
    alone = create_app(KnowledgeBase(other.site.kb.folder, other.instance), other.instance)
    texts = alone.extensions["site"].assembler.now().texts
    assert "epaule" in texts
    assert json.loads((other.instance / "shared-files.json").read_text())["files"]
    assert alone.test_client().get("/").status_code == 200
    assert alone.secret_key == other.app.secret_key == one.app.secret_key
