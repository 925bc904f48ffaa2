"""Pages that are kept are the right ones: for the language, the theme, the host, the reader."""

from __future__ import annotations

import gzip
import shutil
import tracemalloc
from dataclasses import replace
from pathlib import Path

import brotli
import pytest
import yaml
from desk_site import TEXT, make_desk, person, soup
from flask.testing import FlaskClient

from evidence.journal import Entry, Journal
from evidence.knowledge import KnowledgeBase
from evidence.search.protocol import SearchEngine
from webapp import create_app
from webapp.http.caching import KeptPage, pages_kept
from webapp.http.kept import Kept
from webapp.wording.citation import vancouver

READER = f"/texts/{TEXT}"
CLAIM = "minimally-invasive"


def test_the_pages_asked_for_longest_ago_make_room() -> None:
    pages = pages_kept(30_000)
    for name in "ab":
        pages.keep(name, KeptPage(name.encode() * 12_000))
    assert pages.get("a") == KeptPage(b"a" * 12_000)
    pages.keep("c", KeptPage(b"c" * 6_000))
    assert [pages.get(name) is not None for name in "abc"] == [True, False, True]
    pages.keep("a", KeptPage(b"a" * 20_000))  # again, and larger
    assert [pages.get(name) is not None for name in "ac"] == [True, True]
    pages.keep("d", KeptPage(b"d" * 30_000))  # more than there is room for
    assert pages.get("d") is None


def test_what_nobody_asks_for_again_pushes_out_nothing_that_somebody_does() -> None:
    """A robot, or somebody who means ill, asks for thousands of searches once each."""
    kept: Kept[str] = Kept(1000, lambda _key, value: len(value))
    useful = [f"page {number}" for number in range(30)]
    for name in useful:
        kept.keep(name, name.ljust(20))
        assert kept.get(name) == name.ljust(20)
    for number in range(10_000):
        kept.keep(number, "x" * 20)
        assert len(kept) <= 50
    assert [kept.get(name) for name in useful] == [name.ljust(20) for name in useful]
    for number in range(10_000):  # nor do others take more room for being asked for twice
        kept.keep(number, "y" * 20)
        assert kept.get(number) == "y" * 20
        assert len(kept) <= 50
    kept.keep(0, "z" * 1001)
    assert kept.get(0) is None


def test_what_is_kept_takes_no_more_memory_than_it_may(client: FlaskClient) -> None:
    """Of short answers too, of which anybody can ask for as many as they like."""
    answer = client.get("/unapi")
    pages, most = pages_kept(400_000), 400_000
    tracemalloc.start()
    for number in range(1000):
        headers = [(f"{name} "[:-1], f"{value} "[:-1]) for name, value in answer.headers]
        kept = KeptPage(answer.data + b" ", tuple(headers))
        pages.keep(f"{number:032} gzip, br", kept)
    taken = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    assert most / 3 < taken < most * 1.1


def test_somebody_signed_in_gets_the_tokens_of_no_other_session(
    tmp_path: Path, engine: SearchEngine
) -> None:
    someone = person(make_desk(tmp_path / "instance", engine), "editor")
    for address in (READER, "/references/aalto2019combination"):
        answer = someone.client.get(address)
        kept = {"If-None-Match": answer.headers.get("ETag", 'W/"none"')}
        assert someone.post("/desk/logout").status_code == 303
        assert someone.sign_in("editor").status_code == 303
        again = someone.client.get(address, headers=kept)
        assert again.status_code == 200, "the page of the session before, with its token"
        token = soup(again).select_one("[name=csrf_token]")["value"]
        left = someone.client.post("/desk/logout", data={"csrf_token": token})
        assert left.status_code == 303
        assert someone.sign_in("editor").status_code == 303


def test_a_claim_is_not_taken_for_another_that_is_open(
    few: Path, kb: KnowledgeBase, tmp_path: Path
) -> None:
    """Ids may be digits: claim 1 while it is open is not claim 11."""
    base = Path(shutil.copytree(few, tmp_path / "base"))
    (register,) = (base / "texts").glob("*.yaml")
    plain = yaml.safe_load(register.read_text("utf-8"))
    first, second = plain["claims"][:2]
    first["id"], second["id"], second["section"] = "1", "11", first["section"]
    register.write_text(yaml.safe_dump(plain, allow_unicode=True), "utf-8")
    client = create_app(KnowledgeBase(base), tmp_path / "instance").test_client()
    shown = {}
    for opened in ("1", "11"):
        answer = client.get(f"{READER}?view=claims&claim={opened}")
        assert answer.status_code == 200
        found = soup(answer).select("li.claim")
        shown[opened] = [one["id"] for one in found]
    assert shown["1"] == shown["11"]
    assert len(set(shown["1"])) == len(shown["1"])


def test_a_citation_is_of_the_record_as_it_is_now(client: FlaskClient, kb: KnowledgeBase) -> None:
    before = kb.library["aalto2019combination"]
    with client.application.test_request_context("/"):
        assert before.title.split()[0] in vancouver(before)
        assert "Anew" in vancouver(replace(before, title="Anew and under the same key"))
        assert "Anew" not in vancouver(before)


def test_a_kept_page_is_sent_in_the_form_its_reader_takes(client: FlaskClient) -> None:
    plain = client.get(READER, headers={"Accept-Encoding": "identity"}).data
    for name, unpacked in (("gzip", gzip.decompress), ("br", brotli.decompress)):
        first, again = (client.get(READER, headers={"Accept-Encoding": name}) for _ in range(2))
        for answer in (first, again):
            assert answer.headers["Content-Encoding"] == name
            assert "Accept-Encoding" in answer.headers["Vary"]
            assert unpacked(answer.data) == plain
        assert first.headers["ETag"] == again.headers["ETag"]
    assert client.get(READER, headers={"Accept-Encoding": "identity"}).data == plain


def test_a_part_made_once_is_made_again_when_what_it_shows_changes(
    client: FlaskClient,
) -> None:
    search = "/search?q=cryoneurolysis"
    first = client.get(search, headers={"Accept-Language": "en"}).get_data(as_text=True)
    french = client.get(search, headers={"Accept-Language": "fr"}).get_data(as_text=True)
    assert "Choose " in first
    assert "Choose " not in french
    elsewhere = client.get(
        search, base_url="https://other.example", headers={"Accept-Language": "en"}
    )
    assert "//localhost" not in elsewhere.get_data(as_text=True)


def test_a_kept_page_has_all_headers_and_is_the_same(client: FlaskClient) -> None:
    first, again = client.get(READER), client.get(READER)
    assert first.data == again.data
    for name in ("ETag", "Vary", "Content-Security-Policy", "Content-Language", "Cache-Control"):
        assert first.headers[name] == again.headers[name], name


@pytest.mark.parametrize(
    "path",
    [
        "/references/aalto2019combination.bib",
        f"/feeds/texts/{TEXT}",
        f"{READER}.json",
        "/search.csv?q=cryoneurolysis",
        "/sitemap.xml",
    ],
)
def test_answers_of_every_kind_are_kept_with_what_they_say_of_themselves(
    client: FlaskClient, path: str
) -> None:
    first, again = client.get(path), client.get(path)
    assert (first.status_code, again.data) == (200, first.data)
    own = {"X-Request-Id", "Date"}
    said = [sorted(h for h in one.headers if h[0] not in own) for one in (first, again)]
    assert said[0] == said[1]
    assert first.headers["X-Request-Id"] != again.headers["X-Request-Id"]


def test_a_decision_on_a_text_leaves_the_parts_of_references_as_they_are(
    tmp_path: Path, engine: SearchEngine, kb: KnowledgeBase
) -> None:
    app = make_desk(tmp_path / "instance", engine)
    reader, parts = person(app).client, app.extensions["fragments"]
    pages = ("/search?q=cryoneurolysis", f"{READER}/claims/{CLAIM}")
    made = []
    for _ in range(2):
        for page in pages:
            assert reader.get(page).status_code == 200
            made.append(len(parts))
        claim = kb.text(TEXT).claim(CLAIM)
        with Journal.open(tmp_path / "instance") as journal:
            journal.record(Entry("editor", "comment", TEXT, CLAIM, claim.hash, {"words": "-"}))
    assert made[0] == made[2] - (made[1] - made[0]), "a search made parts anew"
    assert made[3] == made[2] + 2, "the claim and its studies are made anew, and nothing else"


@pytest.mark.parametrize(
    ("address", "taken"),
    [
        ("/", ""),
        (READER, f"claim={CLAIM} verdict=supported view=claims lang=en"),
        (f"{READER}/claims/{CLAIM}", "lang=en"),
        (f"{READER}/compare", f"claim={CLAIM}"),
        ("/references/aalto2019combination", "lang=en"),
        ("/indications/", "facet=nerve name=pain"),
        ("/indications/chronic-pain", "design=rct intervention=cryoneurolysis since=2000 words=a"),
        ("/changes", f"text={TEXT} page=2"),
    ],
)
def test_made_up_parameters_make_no_pages_of_their_own(
    client: FlaskClient, address: str, taken: str
) -> None:
    """Those that a page takes do, each of them."""
    pages = client.application.extensions["pages"]
    page, count = client.get(address), len(pages)
    assert page.status_code == 200
    for made_up in ("made-up=1", "q=pain", "utm_source=x&made-up=2"):
        again = client.get(f"{address}?{made_up}")
        assert (again.headers["ETag"], again.data) == (page.headers["ETag"], page.data)
    assert len(pages) == count
    tags = {page.headers["ETag"]}
    for one in taken.split():
        tags.add(client.get(f"{address}?{one}&made-up=1").headers["ETag"])
    assert len(tags) == 1 + len(taken.split())


def test_each_language_theme_and_host_has_its_own(client: FlaskClient) -> None:
    seen = {client.get(READER, headers={"Accept-Language": code}).data for code in ("fr", "en")}
    client.set_cookie("theme", "dark")
    seen.add(client.get(READER, headers={"Accept-Language": "en"}).data)
    seen.add(
        client.get(READER, base_url="https://other.example", headers={"Accept-Language": "en"}).data
    )
    assert len(seen) == 4


def test_each_prefix_that_the_site_is_served_below_has_its_own(client: FlaskClient) -> None:
    alone, below = (
        client.get("/guide", base_url=f"http://localhost{prefix}") for prefix in ("", "/evidence")
    )
    assert alone.headers["ETag"] != below.headers["ETag"]
    ways = [a["href"] for a in soup(below).select("a[href^='/'], link[href^='/']")]
    assert ways
    assert all(way.startswith("/evidence/") for way in ways), ways


def test_a_decision_shows_at_once_and_a_name_to_nobody_else(
    tmp_path: Path, engine: SearchEngine, kb: KnowledgeBase
) -> None:
    app = make_desk(tmp_path / "instance", engine)
    reader, editor = person(app).client, person(app, "editor").client
    address = f"{READER}/claims/{CLAIM}"
    before = reader.get(address).text
    assert "Dr Editor" in editor.get(address).text
    assert reader.get(address).text == before
    claim = kb.text(TEXT).claim(CLAIM)
    with Journal.open(tmp_path / "instance") as journal:
        journal.record(
            Entry(
                "editor",
                "review",
                TEXT,
                CLAIM,
                claim.hash,
                {"changes": {"verdict": "mixed"}, "reason": "-"},
                "Dr Editor",
            ),
            claim,
        )
    assert reader.get(address).text != before
