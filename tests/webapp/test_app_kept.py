"""Pages that are kept are the right ones: for the language, the theme, the host, the reader."""

from __future__ import annotations

import gzip
import shutil
from pathlib import Path

import brotli
import pytest
import yaml
from bs4 import BeautifulSoup
from desk_site import TEXT, make_desk, person
from flask.testing import FlaskClient

from evidence.journal import Entry, Journal
from evidence.knowledge import KnowledgeBase
from evidence.search.protocol import SearchEngine
from webapp import create_app
from webapp.http.caching import KeptPage, Pages

READER = f"/texts/{TEXT}"
CLAIM = "minimally-invasive"


def test_the_pages_asked_for_longest_ago_make_room() -> None:
    pages = Pages(most=20)
    for name in "ab":
        pages.keep(name, KeptPage(name.encode() * 10))
    assert pages.get("a") == KeptPage(b"a" * 10)
    pages.keep("c", KeptPage(b"c" * 5))
    assert [pages.get(name) is not None for name in "abc"] == [True, False, True]
    pages.keep("a", KeptPage(b"a" * 15))  # again, and larger
    assert [pages.get(name) is not None for name in "ac"] == [True, True]
    pages.keep("d", KeptPage(b"d" * 21))  # more than there is room for
    assert [pages.get(name) for name in "abcd"] == [None] * 4


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
    assert made[3] == made[2] + 1, "the claim is made anew, and nothing else"


def test_each_language_theme_and_host_has_its_own(client: FlaskClient) -> None:
    seen = {client.get(READER, headers={"Accept-Language": code}).data for code in ("fr", "en")}
    client.set_cookie("theme", "dark")
    seen.add(client.get(READER, headers={"Accept-Language": "en"}).data)
    seen.add(
        client.get(READER, base_url="https://other.example", headers={"Accept-Language": "en"}).data
    )
    assert len(seen) == 4


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


def test_claims_whose_ids_are_numbers_are_not_taken_for_one_another(
    few: Path, tmp_path: Path
) -> None:
    """Claim 1 opened and claim 11 closed are two parts of a page."""
    folder = tmp_path / "base"
    shutil.copytree(few, folder)
    register = folder / "texts" / f"{TEXT}.yaml"
    plain = yaml.safe_load(register.read_text("utf-8"))
    plain["claims"][0]["id"], plain["claims"][1]["id"] = "1", "11"
    register.write_text(yaml.safe_dump(plain, allow_unicode=True), "utf-8")
    client = create_app(KnowledgeBase(folder), tmp_path / "instance").test_client()
    client.get(f"{READER}/claims/1")
    page = BeautifulSoup(client.get(READER).data, "lxml")
    shown = [one["data-claim"] for one in page.select(".section .claim h3 [data-claim]")]
    assert sorted(shown) == sorted(str(claim["id"]) for claim in plain["claims"])
    assert not page.select(".section .claim.is-open")
