"""Texts, the reader and the claims."""

from __future__ import annotations

import csv
import io
from urllib.parse import unquote

import pytest
from app_pages import TEXT, Page
from bs4 import BeautifulSoup
from flask.testing import FlaskClient

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
    assert link.text == (
        f"{unlocated} of {len(text.sources)} cited sources not located as cited on the public web "
        "and in open indexes of publications; Crossref and PubMed not asked yet"
    )


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


@pytest.mark.parametrize("language", ["fr", "en"])
def test_the_answer_comes_before_any_count(page: Page, text: Text, language: str) -> None:
    assert text.summary
    for address, card in (
        ("/", f'.text-card:has(a[href="/texts/{TEXT}"])'),
        (f"/texts/{TEXT}", ""),
    ):
        soup = page(address, language)
        shown = soup.select_one(card) if card else soup.main
        first = shown.select_one(".answer, .standing, .counted")
        assert first.text == text.summary[language].replace("'", "’"), address
        standing = shown.select_one(".standing").text
        assert standing.startswith(str(len(text.claims)))
        said = "signed by nobody yet" if language == "en" else "pas encore signées"
        assert said in standing
        assert ("30 November 2026" if language == "en" else "30 novembre 2026") in standing


def test_reader_counts_claims_once_each_verdict_with_its_certainties(
    page: Page, text: Text
) -> None:
    soup = page(f"/texts/{TEXT}", "fr")
    counted = {
        chip.input["value"]: chip.select_one(".counted").text
        for chip in soup.select(".overview .chip")
    }
    assert sum(int(words.split()[0]) for words in counted.values()) == len(text.claims)
    assert counted["supported"].endswith(" étayées")
    assert counted["not-checkable"].endswith(" non vérifiables")
    on_paper = [one.text for one in soup.select(".on-paper .counted")]
    assert on_paper == list(counted.values())
    assert len(soup.select(".counted")) == 2 * len(counted)  # one of the two is shown
    low = sum((c.verdict, c.certainty) == ("supported", "low") for c in text.claims)
    chip = soup.select_one('.chip:has([value="supported"])')
    assert f"{low} de certitude faible" in chip.select_one(".how-sure").text


def test_titles_say_whose_text_is_examined(page: Page) -> None:
    soup = page(f"/texts/{TEXT}")
    assert soup.title.text.startswith(
        "Examined: “Vulvodynia: treatment by cryoneurolysis”, a page of American Hospital of Paris"
    )
    assert soup.h1.text.startswith("Text examined")
    claim = page(f"/texts/{TEXT}/claims/treatment-of-vulvodynia")
    assert claim.title.text.startswith(
        "Examined: “Cryoneurolysis is a treatment for vulvodynia” – No evidence found"
    )
    assert claim.select_one(".over").text.startswith("Claim examined")


def test_a_weak_verdict_does_not_look_like_a_firm_one(page: Page, text: Text) -> None:
    items = {item["id"]: item["class"] for item in page(f"/texts/{TEXT}").select(".claim")}
    for claim in text.claims:
        weak = claim.certainty in ("low", "very-low")
        assert ("weak" in items[f"c-{claim.id}"]) == weak, claim.id


def test_a_concept_begins_with_its_answer(page: Page, kb: KnowledgeBase) -> None:
    soup = page("/indications/vulvodynia")
    assert soup.select_one(".answer").text == kb.summaries["vulvodynia"]["en"]
    assert [a["href"].rpartition("/")[2] for a in soup.select(".standing a")] == [
        name.rpartition("/")[2] for name in kb.summaries["vulvodynia"].claims
    ]


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
    assert len(soup.select("table.compare thead th")) == 2
    alone = page(f"/texts/{TEXT}/compare?claim={first.id}")
    assert not alone.select("table.compare")
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


def test_claims_are_compared_aspect_by_aspect_and_shared_studies_first(
    page: Page, kb: KnowledgeBase
) -> None:
    text = kb.texts["vulvodynie-cryoneurolyse"]
    ids = ("pain-falls-in-many", "effect-within-weeks")
    address = f"/texts/{text.id}/compare?lang=en&claim={ids[0]}&claim={ids[1]}"
    table = page(address).select_one("table.compare")
    assert table is not None
    for row in table.select("tbody tr:not(.compare-head)"):
        assert len(row.select("td")) == 2, "a cell a claim, side by side"
    linked = [{link.reference for link in text.claim(one).links} for one in ids]
    marked = [a["href"].rpartition("/")[2] for a in table.select(".is-shared th a")]
    assert set(marked) == linked[0] & linked[1]
    every = [a["href"].rpartition("/")[2] for a in table.select("tr th[scope=row] a")]
    assert every[: len(marked)] == marked
    assert set(every) == linked[0] | linked[1]


def test_the_bare_address_of_a_comparison_offers_every_claim(page: Page, kb: KnowledgeBase) -> None:
    text = kb.texts["vulvodynie-cryoneurolyse"]
    for query in ("", "?claim=pain-falls-in-many"):
        form = page(f"/texts/{text.id}/compare{query}").select_one("form.compare-picker")
        assert form is not None
        offered = {o["value"] for o in form.select("select")[1].select("option")} - {""}
        assert offered == {claim.id for claim in text.claims}


def test_a_claim_has_its_summary_of_findings_on_its_page_and_as_csv(client: FlaskClient) -> None:
    address = "/texts/vulvodynie-cryoneurolyse/claims/pain-falls-in-many"
    soup = BeautifulSoup(client.get(f"{address}?lang=en").data, "lxml")
    first = soup.select_one("table.sof tbody tr")
    assert first is not None
    words = " ".join(first.get_text(" ").split())
    assert words.startswith("Pain against a control group 3 studies, 411 people")
    assert "Favours cryoneurolysis" in words
    assert "Indirect (population)" in words
    rows = list(csv.DictReader(io.StringIO(client.get(f"{address}/findings.csv?lang=en").text)))
    assert len(rows) == len(soup.select("table.sof .effects li"))
    helped = next(row for row in rows if row["reference"] == "evans1981cryoanalgesia")
    assert (helped["n_of_n"], helped["certainty"]) == ("31 of 40", "very-low")
    answer = client.get(f"/api/v1{address}").get_json()["findings"]
    assert sum(len(row["effects"]) for row in answer) == len(rows)
    assert answer[0]["direction"] == "differs"
    assert answer[0]["people"] == 411
