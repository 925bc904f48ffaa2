"""Recent changes: what readers see of the journal, and what stays on the desk."""

from __future__ import annotations

from pathlib import Path

import pytest
from desk_site import TEXT, soup
from flask import Flask

from evidence.journal import Entry, Journal
from evidence.knowledge import KnowledgeBase
from evidence.originals.loaded import FetchedPage
from evidence.originals.versions import Originals
from evidence.search.protocol import SearchEngine
from webapp import create_app

CLAIM = "minimally-invasive"


@pytest.fixture
def decided(kb: KnowledgeBase, engine: SearchEngine, tmp_path: Path) -> Flask:
    """An instance where a verdict was changed, a comment made and a page loaded."""
    claim = kb.text(TEXT).claim(CLAIM)
    with Journal.open(tmp_path) as journal:
        for entry in (
            Entry(
                "anne",
                "review",
                TEXT,
                CLAIM,
                claim.hash,
                {"changes": {"verdict": "mixed"}, "reason": "an inner reason"},
                "Dr Anne",
            ),
            Entry("anne", "comment", TEXT, CLAIM, payload={"words": "between us"}),
        ):
            journal.record(entry, claim)
    Originals(tmp_path).add(TEXT, FetchedPage("Une page.\n", "https://example.org/page", "html"))
    return create_app(kb, tmp_path, engine)


@pytest.mark.parametrize(("language", "words"), [("en", "Mixed"), ("fr", "Résultats discordants")])
def test_a_decision_is_told_with_what_it_replaced(
    decided: Flask, kb: KnowledgeBase, language: str, words: str
) -> None:
    answer = decided.test_client().get("/changes", headers={"Accept-Language": language})
    page = soup(answer)
    item = next(li for li in page.select(".uses li") if li.select_one("s"))
    assert item.a["href"].endswith(f"/claims/{CLAIM}")
    assert item.select_one(".verdict").text == words
    assert "Dr Anne" in item.text
    assert "example.org" in page.select_one(".day").text


def test_reasons_and_comments_stay_on_the_desk(decided: Flask) -> None:
    page = decided.test_client().get(f"/changes?text={TEXT}").text
    assert "an inner reason" not in page
    assert "between us" not in page


def test_without_a_journal_the_page_says_that_nothing_was_decided(
    kb: KnowledgeBase, engine: SearchEngine, tmp_path: Path
) -> None:
    client = create_app(kb, tmp_path, engine).test_client()
    page = soup(client.get("/changes", headers={"Accept-Language": "en"}))
    assert "Nothing has been decided" in page.main.text
    assert page.select_one(f'main a[href="/texts/{TEXT}"]')
    assert not (tmp_path / "journal.sqlite").exists()


@pytest.mark.parametrize(
    ("address", "status"),
    [
        ("/changes?page=0", 400),
        ("/changes?page=x", 400),
        ("/changes?page=²", 400),
        ("/changes?page=999999999", 200),
        ("/changes?page=99999999999999999999", 400),
        ("/changes?text=nothing", 404),
    ],
)
def test_addresses_that_say_nothing(decided: Flask, address: str, status: int) -> None:
    assert decided.test_client().get(address).status_code == status
