"""The reader with the page itself: every claim is on it, at its passage, and can be opened."""

from __future__ import annotations

from pathlib import Path

import pytest
from bs4 import BeautifulSoup
from desk_site import TEXT, soup
from flask import Flask

from evidence.anchoring.tokens import TokenisedPage as Anchored
from evidence.claims.text import Text
from evidence.knowledge import KnowledgeBase
from evidence.originals.loaded import FetchedPage
from evidence.originals.versions import Originals
from evidence.search.protocol import SearchEngine
from webapp import create_app

READER = f"/texts/{TEXT}"
FIRST = "Une page inventée pour l’essai"


def page_of(text: Text) -> str:
    """A page of our own that holds every passage once: a heading a section, items, a paragraph."""
    parts = [FIRST, ""]
    for section in text.sections:
        parts += [section.heading["fr"], ""]
        for number, claim in enumerate(text.claims_of(section.id)):
            anchor = claim.anchor
            words = anchor.start if not anchor.end else f"{anchor.start} ··· {anchor.end}"
            parts.append(f"• {words} ;" if number % 2 else f"Ici {words} suffit.")
        parts.append("")
    return "\n".join(parts)


@pytest.fixture(scope="module")
def loaded(
    kb: KnowledgeBase, engine: SearchEngine, tmp_path_factory: pytest.TempPathFactory
) -> Flask:
    """An app whose instance holds a page of the first text."""
    instance = tmp_path_factory.mktemp("with-page")
    Originals(instance).add(TEXT, FetchedPage(page_of(kb.text(TEXT)), "page.txt", "text"))
    return create_app(kb, instance, engine)


def read(app: Flask, address: str, language: str = "en") -> BeautifulSoup:
    """The parsed page of an address."""
    answer = app.test_client().get(address, headers={"Accept-Language": language})
    assert answer.status_code == 200
    return soup(answer)


def test_the_page_is_shown_word_for_word_in_its_own_language(loaded: Flask) -> None:
    page = read(loaded, READER)
    original = page.select_one(".original")
    assert original["lang"] == "fr"
    assert original.select_one("h2").text == FIRST
    for added in original.select(".unseen, .flag"):
        added.extract()
    shown = Anchored(original.get_text()).tokens
    assert shown == Anchored(page_of(KnowledgeBase().text(TEXT)).replace("•", " ")).tokens


@pytest.mark.parametrize("language", ["fr", "en"])
def test_every_claim_on_the_page_can_be_opened_and_says_its_verdict(
    loaded: Flask, kb: KnowledgeBase, language: str
) -> None:
    page = read(loaded, READER, language)
    links = page.select(".original a.claimed[data-claim], .claims a[data-claim]")
    text = kb.text(TEXT)
    assert {link["data-claim"] for link in links} == {c.id for c in text.claims}
    for claim in text.claims:
        place = page.find(id=f"c-{claim.id}")
        assert place is not None, claim.id
    for link in page.select(".original a.claimed"):
        if mark := link.select_one("use"):
            assert mark["href"].startswith("#m-")
            assert link.select_one(".unseen")["lang"] == language


def test_each_section_of_the_register_leads_to_its_place_on_the_page(
    loaded: Flask, kb: KnowledgeBase
) -> None:
    page = read(loaded, READER)
    for link in page.select(".spine a"):
        assert page.find(id=link["href"].partition("#")[2]) is not None, link["href"]


def test_the_filter_leaves_other_passages_as_plain_words(loaded: Flask, kb: KnowledgeBase) -> None:
    page = read(loaded, f"{READER}?verdict=mixed")
    marked = {a["data-claim"] for a in page.select(".original a, .claims a[data-claim]")}
    assert marked == {c.id for c in kb.text(TEXT).claims if c.verdict == "mixed"}
    assert page.select_one(".original h2").text == FIRST


def test_the_claims_in_our_words_stay_one_step_away(loaded: Flask, kb: KnowledgeBase) -> None:
    page = read(loaded, f"{READER}?view=claims&verdict=partly-supported")
    assert page.select_one(".original") is None
    assert page.select(".claim")
    kept = page.select_one(".filter input[name=view]")
    assert kept["value"] == "claims"
    tabs = page.select_one(".tabs")
    assert tabs.select_one("[aria-current]").text == "The claims in our words"


def test_a_claim_whose_passage_went_is_listed_below_the_page(
    kb: KnowledgeBase, engine: SearchEngine, tmp_path: Path
) -> None:
    text = kb.text(TEXT)
    Originals(tmp_path).add(TEXT, FetchedPage("Une page sans rapport.\n", "page.txt", "text"))
    page = read(create_app(kb, tmp_path, engine), READER)
    assert len(page.select(".original a")) == 0
    assert len(page.select(".section .claim")) == len(text.claims)
    assert (
        page.select_one("#missing-h").text == f"{len(text.claims)} claims are no longer on the page"
    )


def test_loading_a_page_changes_the_etag_of_the_reader(
    kb: KnowledgeBase, engine: SearchEngine, tmp_path: Path
) -> None:
    client = create_app(kb, tmp_path, engine).test_client()
    before = client.get(READER).headers["ETag"]
    assert client.get(READER, headers={"If-None-Match": before}).status_code == 304
    Originals(tmp_path).add(TEXT, FetchedPage(page_of(kb.text(TEXT)), "page.txt", "text"))
    assert client.get(READER, headers={"If-None-Match": before}).status_code == 200


def test_the_real_page_holds_every_claim_at_its_passage(
    shared: Path, kb: KnowledgeBase, engine: SearchEngine, tmp_path: Path
) -> None:
    words = (shared / "patient-text" / f"{TEXT}.fr.txt").read_text(encoding="utf-8")
    Originals(tmp_path).add(TEXT, FetchedPage(words, "page.txt", "text"))
    page = read(create_app(kb, tmp_path, engine), READER)
    marked = {a["data-claim"] for a in page.select(".original a.claimed")}
    assert marked == {c.id for c in kb.text(TEXT).claims}
    assert page.select_one("#missing-h") is None
