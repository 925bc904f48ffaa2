"""Texts, the reader and the claims."""

from __future__ import annotations

from urllib.parse import unquote

import pytest
from app_pages import TEXT, Page

from evidence.claims.claim import VERDICTS
from evidence.claims.text import Text
from evidence.knowledge import KnowledgeBase
from evidence.summary import stands_alone, summarise


@pytest.fixture(scope="module")
def text(kb: KnowledgeBase) -> Text:
    return kb.text(TEXT)


def test_home_counts_claims_by_verdict(page: Page, text: Text) -> None:
    (card,) = (one for one in page("/").select(".text-card") if one.select(f'[href$="/{TEXT}"]'))
    tally = {
        item.a["href"].rpartition("=")[2]: int(item.b.text) for item in card.select(".tally li")
    }
    expected = {v: sum(c.verdict == v for c in text.claims) for v in VERDICTS}
    assert tally == {v: n for v, n in expected.items() if n}
    assert sum(tally.values()) == len(text.claims)


def test_home_says_how_many_sources_were_not_located(page: Page, text: Text) -> None:
    unlocated = sum(source.status == "not-located" for source in text.sources)
    link = page("/").select_one(f'.text-card a[href="/sources/{TEXT}"]')
    assert link.text == f"{unlocated} of {len(text.sources)} cited sources not located as cited"


@pytest.mark.parametrize("language", ["fr", "en"])
def test_reader_shows_every_claim_with_mark_word_and_certainty(
    page: Page, text: Text, language: str
) -> None:
    soup = page(f"/texts/{TEXT}", language)
    shown = soup.select(".claim")
    assert [item["id"] for item in shown] == [
        f"c-{c.id}" for section in text.sections for c in text.claims_of(section.id)
    ]
    for item in shown:
        claim = text.claim(item["id"].removeprefix("c-"))
        assert item.select_one(".claim-mark use")["href"].startswith("#m-")
        assert item.select_one(".verdict-word").text.strip()
        assert bool(item.select_one(".certainty")) == (claim.verdict != "not-checkable")


def test_reader_counts_each_section(page: Page, text: Text) -> None:
    soup = page(f"/texts/{TEXT}")
    for section in text.sections:
        counts = soup.select(f"#s-{section.id} .section-counts li")
        total = sum(int(item.text.split()[0]) for item in counts)
        assert total == len(text.claims_of(section.id))


def test_what_nothing_supports_comes_first(page: Page, text: Text) -> None:
    attention = page(f"/texts/{TEXT}").select_one(".attention")
    first = attention.select("details")[0]
    assert first.has_attr("open")
    linked = [a["data-claim"] for a in first.select("a[data-claim]")]
    assert linked == [c.id for c in text.claims if stands_alone(c)]
    assert linked


def test_attention_groups_do_not_overlap(text: Text) -> None:
    summary = summarise(text)
    groups = [*summary.unsupported, *summary.disputed, *summary.overstated]
    assert len(groups) == len({claim.id for claim in groups})
    assert not any(claim.verdict == "not-checkable" for claim in groups)


def test_filter_by_verdict_is_in_the_address(page: Page, text: Text) -> None:
    soup = page(f"/texts/{TEXT}?verdict=partly-supported&verdict=no-evidence-found")
    shown = {item["id"].removeprefix("c-") for item in soup.select(".claim")}
    asked = {"partly-supported", "no-evidence-found"}
    assert shown == {c.id for c in text.claims if c.verdict in asked}
    ticked = [box["value"] for box in soup.select(".filter input[checked]")]
    assert set(ticked) == asked


def test_claim_opens_beside_the_text_without_script(page: Page, text: Text) -> None:
    claim = text.claims[3]
    soup = page(f"/texts/{TEXT}?claim={claim.id}")
    panel = soup.select_one("#panel")
    assert not panel.has_attr("hidden")
    assert panel.select_one("h2.statement").text == claim.statement.en.replace("'", "’")
    assert not soup.select_one("#panel h1")
    assert page(f"/texts/{TEXT}").select_one("#panel").has_attr("hidden")


@pytest.mark.parametrize("language", ["fr", "en"])
def test_every_claim_has_its_page_with_its_studies(
    page: Page, text: Text, kb: KnowledgeBase, language: str
) -> None:
    for claim in text.claims:
        soup = page(f"/texts/{TEXT}/claims/{claim.id}", language)
        rows = soup.select("table.summary tbody tr")
        assert len(rows) == len(claim.links), claim.id
        keys = [row.th.a["href"].removeprefix("/references/") for row in rows]
        assert sorted(keys) == sorted(link.reference for link in claim.links)
        for row in rows:
            assert row.select_one(".stance use")
            assert row.select_one(".level")
        assert bool(soup.select_one(".caveat")) == (claim.caveats is not None)
        reasons = soup.select(".reasons li")
        assert len(reasons) == len(claim.certainty_reasons)


def test_studies_of_a_claim_stand_by_stance_then_level(page: Page, text: Text) -> None:
    order = ["supports", "qualifies", "contradicts", "background"]
    claim = max(text.claims, key=lambda c: len({link.stance for link in c.links}))
    rows = page(f"/texts/{TEXT}/claims/{claim.id}").select("table.summary tbody tr")
    stances = [row["class"][0].removeprefix("s-") for row in rows]
    assert stances == sorted(stances, key=order.index)
    assert len(set(stances)) > 1


def test_passage_address_is_a_text_fragment_the_browser_can_read(page: Page, text: Text) -> None:
    checked = 0
    for claim in text.claims:
        soup = page(f"/texts/{TEXT}/claims/{claim.id}")
        link = soup.select_one('.actions a[rel="external"]')["href"]
        base, _, directive = link.partition("#:~:text=")
        assert base == text.url
        parts = directive.split(",")
        if claim.anchor.prefix:
            assert unquote(parts.pop(0)) == f"{claim.anchor.prefix}-"
        if claim.anchor.suffix:
            assert unquote(parts.pop()) == f"-{claim.anchor.suffix}"
        assert unquote(parts.pop(0)) == claim.anchor.start
        assert [unquote(part) for part in parts] == ([claim.anchor.end] if claim.anchor.end else [])
        inner = directive.replace("-,", ",").replace(",-", ",")
        assert "-" not in inner
        checked += "-" in claim.anchor.start
    assert checked, "no anchor holds a hyphen: the test would prove nothing"


def test_statement_is_shown_in_the_other_language_too(page: Page, text: Text) -> None:
    claim = text.claims[0]
    soup = page(f"/texts/{TEXT}/claims/{claim.id}", "en")
    other = soup.select_one(".other-language")
    assert other["lang"] == "fr"
    assert soup.html["lang"] == "en"


def test_keys_in_prose_become_links(page: Page) -> None:
    soup = page(f"/sources/{TEXT}")
    prose = soup.select(".source p.prose a")
    assert prose
    assert all(a["href"].startswith("/references/") for a in prose)


def test_claims_side_by_side(page: Page, text: Text) -> None:
    first, second = text.claims[0], text.claims[1]
    soup = page(f"/texts/{TEXT}/compare?claim={first.id}&claim={second.id}")
    assert len(soup.select(".side-by-side article")) == 2
    alone = page(f"/texts/{TEXT}/compare?claim={first.id}")
    assert not alone.select(".side-by-side")
    assert len(page(f"/texts/{TEXT}/compare").select("h1")) == 1


def test_cited_sources_say_not_located_and_never_fake(page: Page, text: Text) -> None:
    for language, words in (
        ("en", "Not located as cited"),
        ("fr", "Non retrouvée telle que citée"),
    ):
        soup = page(f"/sources/{TEXT}", language)
        assert len(soup.select(".source")) == len(text.sources)
        assert words in soup.text
        lowered = soup.select_one("main").text.lower()
        assert not {"fake", "hallucinat", "inventé", "fabricat"} & set(lowered.split())
        for item, source in zip(soup.select(".source"), text.sources, strict=True):
            assert len(item.select("table.nearest tbody tr")) == len(source.nearest)
            assert item.select(".differs"), "what differs is not shown"
