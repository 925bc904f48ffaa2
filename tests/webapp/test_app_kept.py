"""Pages that are kept are the right ones: for the language, the theme, the host, the reader."""

from __future__ import annotations

from pathlib import Path

from desk_site import TEXT, make_desk, person
from flask.testing import FlaskClient

from evidence.journal import Entry, Journal
from evidence.knowledge import KnowledgeBase
from evidence.search.protocol import SearchEngine
from webapp.http.caching import Pages

READER = f"/texts/{TEXT}"
CLAIM = "minimally-invasive"


def test_the_page_asked_for_longest_ago_makes_room() -> None:
    pages = Pages(most=2)
    for name in ("a", "b"):
        pages.keep(name, name.encode())
    assert pages.get("a") == b"a"
    pages.keep("c", b"c")
    assert [pages.get(name) for name in "abc"] == [b"a", None, b"c"]


def test_a_kept_page_has_all_headers_and_is_the_same(client: FlaskClient) -> None:
    first, again = client.get(READER), client.get(READER)
    assert first.data == again.data
    for name in ("ETag", "Vary", "Content-Security-Policy", "Content-Language", "Cache-Control"):
        assert first.headers[name] == again.headers[name], name


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
