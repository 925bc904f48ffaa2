"""A published site in Chromium, on a plain file server below a path: search, claims, languages."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect
from small_base import served, small_base
from tests_browser_pages import TEXT

from evidence.knowledge import KnowledgeBase
from webapp.publish.publisher import publish_to

PATH = "/hospital/evidence"


@pytest.fixture(scope="module")
def published(kb: KnowledgeBase, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a small published site."""
    base = small_base(kb, tmp_path_factory.mktemp("base"))
    folder = tmp_path_factory.mktemp("public")
    publish_to(KnowledgeBase(base), folder)
    with served(folder, PATH) as address:
        yield address


@pytest.fixture
def page(browser: Browser, published: str) -> Iterator[Page]:
    """A page of a fresh profile; a word on the console or a failed request fails the test."""
    context = browser.new_context(reduced_motion="reduce", viewport={"width": 1280, "height": 900})
    page = context.new_page()
    page.set_default_timeout(15_000)
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.on(
        "response",
        lambda answer: said.append(f"{answer.status} {answer.url}") if answer.status > 399 else 0,
    )
    yield page
    context.close()
    assert said == []


def _titles(page: Page) -> list[str]:
    expect(page.locator("#results-h")).to_have_text(re.compile(r"\d"))
    return page.locator("#hits h3 a").all_inner_texts()


@pytest.mark.parametrize(
    ("place", "words", "key"),
    [
        ("search/", "membre fantôme", "ilfeld2023phantom"),
        ("search/", "nerfs intercostaux", "cha2021intercostal"),
        ("en/search/", "phantom limb", "ilfeld2023phantom"),
        ("en/search/", "membre fantôme", "ilfeld2023phantom"),
    ],
)
def test_the_search_finds_in_both_languages(
    page: Page, published: str, place: str, words: str, key: str
) -> None:
    page.goto(f"{published}/{place}")
    everything = len(_titles(page))
    assert everything == 3, "an empty search browses"
    page.get_by_role("searchbox").fill(words)
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(r"\?q="))
    expect(page.locator("#hits mark").first).to_be_visible()
    expect(page.locator("#hits h3 a").first).to_have_attribute("href", re.compile(key))
    page.locator("#hits h3 a").first.click()
    expect(page).to_have_url(re.compile(rf"{PATH}/(en/)?references/{key}/$"))


def test_a_search_is_narrowed_and_kept_in_the_address(page: Page, published: str) -> None:
    page.goto(f"{published}/en/search/?q=cryoneurolysis&design=rct")
    expect(page.locator("#hits h3 a")).to_have_count(1)
    expect(page.locator("#design")).to_have_value("rct")
    page.locator("#design").select_option("")
    page.locator("#search-form button[type=submit]").click()
    expect(page.locator("#hits h3 a")).not_to_have_count(1)
    page.go_back()
    expect(page.locator("#hits h3 a")).to_have_count(1)


# The three references are of 2021, 2021 and 2023.
@pytest.mark.parametrize(
    ("years", "count"),
    [
        ("year=2021", 2),
        ("year=2021..2021", 2),
        ("year=..1990", 0),
        ("year=2022..", 1),
        ("from=2021&to=2021", 2),
        ("utm_source=news&lang=en", 3),
    ],
)
def test_years_are_asked_for_as_on_a_server(
    page: Page, published: str, years: str, count: int
) -> None:
    page.goto(f"{published}/en/search/?{years}")
    expect(page.locator("#results-h")).not_to_have_text("Results")
    expect(page.locator("#hits h3 a")).to_have_count(count)


@pytest.mark.parametrize(
    ("place", "words", "claim", "verdict"),
    [
        ("search/", "qui suit la patiente après ?", "follow-up-by-team", "Non vérifiable"),
        (
            "en/search/",
            "which doctor do I see",
            "team-of-interventional-radiologists",
            "Not checkable",
        ),
        ("en/search/", "référente suit", "follow-up-by-team", "Not checkable"),
    ],
)
def test_judged_claims_come_before_the_references(
    page: Page, published: str, place: str, words: str, claim: str, verdict: str
) -> None:
    page.goto(f"{published}/{place}?q={words}")
    first = page.locator("#claims .answer").first
    expect(first.locator("a")).to_have_attribute("href", re.compile(f"/claims/{claim}/$"))
    expect(first.locator(".verdict")).to_contain_text(verdict)
    first.locator("a").click()
    expect(page.locator("h1")).to_be_visible()
    page.goto(f"{published}/{place}?q={words}&design=rct")
    expect(page.locator("#results-h")).not_to_have_text(re.compile("^(Results|Résultats)$"))
    expect(page.locator("#answers")).to_be_hidden()


def test_every_page_searches(page: Page, published: str) -> None:
    page.goto(f"{published}/en/guide/")
    page.keyboard.press("/")
    page.keyboard.type("phantom limb")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(rf"{PATH}/en/search/\?q=phantom"))
    expect(page.locator("#hits h3 a").first).to_have_attribute("href", re.compile("ilfeld"))


def test_nothing_found_is_said(page: Page, published: str) -> None:
    page.goto(f"{published}/en/search/?q=zzxxqqwwyy")
    expect(page.locator("#results-h")).to_have_text("Nothing was found")


def test_a_claim_opens_beside_the_text_and_its_links_lead_somewhere(
    page: Page, published: str
) -> None:
    page.goto(f"{published}/en/texts/{TEXT}/")
    page.locator("a[data-claim=follow-up-by-team]").click()
    panel = page.get_by_role("complementary", name="Claim")
    expect(panel.get_by_role("heading", level=2)).to_be_visible()
    panel.locator("table.summary tbody th a").first.click()
    expect(page).to_have_url(f"{published}/en/references/mahnken2021cirse/")
    page.goto(f"{published}/en/texts/{TEXT}/?claim=follow-up-by-team")
    expect(panel.get_by_role("heading", level=2)).to_be_visible()


def test_the_language_is_switched_on_the_same_page(page: Page, published: str) -> None:
    page.goto(f"{published}/references/ilfeld2023phantom/")
    page.get_by_role("link", name="English").click()
    expect(page).to_have_url(f"{published}/en/references/ilfeld2023phantom/")
    expect(page.locator("html")).to_have_attribute("lang", "en")
    page.get_by_role("link", name="Français").click()
    expect(page).to_have_url(f"{published}/references/ilfeld2023phantom/")


def test_axe_finds_nothing(page: Page, published: str) -> None:
    found = []
    for place in (
        "",
        f"texts/{TEXT}/",
        "en/search/?q=cryoneurolysis",
        "search/?q=zzxxqqwwyy",
        "references/ilfeld2023phantom/",
        "indications/",
    ):
        page.goto(f"{published}/{place}")
        if "search" in place:
            expect(page.locator("#results-h")).not_to_have_text(re.compile("^Results|^Résultats"))
        answer = Axe().run(page)
        found += [
            f"{page.url} {v['id']}: {v['help']} {v['nodes'][0]['html'][:160]}"
            for v in answer.response["violations"]
        ]
    assert found == []
