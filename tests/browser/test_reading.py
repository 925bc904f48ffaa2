"""What people do: read a claim, follow a reference, search, switch language, by keyboard too."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect
from tests_browser_pages import TEXT, Open

READER = f"/texts/{TEXT}"


def test_read_a_claim_beside_the_text_and_follow_a_reference(open_page: Open) -> None:
    page = open_page("/")
    page.locator(f"a.button[href='{READER}']").click()
    first = page.locator(".claim h3 a").first
    statement = first.inner_text()
    first.click()
    panel = page.get_by_role("complementary", name="Claim")
    expect(panel.get_by_role("heading", level=2)).to_have_text(statement)
    expect(panel.locator("h1")).to_have_count(0)
    assert "claim=" in page.url
    expect(first).to_have_attribute("aria-current", "true")
    study = panel.locator("table.summary tbody th a").first
    byline = study.inner_text()
    study.click()
    expect(page).to_have_url(re.compile("/references/"))
    expect(page.locator(".crumbs [aria-current]")).to_have_text(byline)
    expect(page.locator(".uses")).to_contain_text(statement)
    page.go_back()
    expect(panel.get_by_role("heading", level=2)).to_have_text(statement)


def test_a_passage_of_the_page_opens_its_claim_beside_it(page_loaded: str, open_page: Open) -> None:
    page = open_page(page_loaded + READER)
    passage = page.locator(".original a.claimed").nth(5)
    passage.focus()
    page.keyboard.press("Enter")
    panel = page.locator("#panel")
    expect(panel.locator(".statement")).to_be_focused()
    expect(passage).to_have_attribute("aria-current", "true")
    assert page.locator(".original a[aria-current]").count() >= 1
    page.keyboard.press("Escape")
    expect(panel).to_be_hidden()
    expect(passage).to_be_focused()
    page.get_by_role("link", name="The claims in our words").click()
    expect(page.locator(".claim").first).to_be_visible()
    page.locator(".overview > summary").click()
    page.locator(".overview .chip input").first.check()
    expect(page).to_have_url(re.compile("view=claims&verdict=|verdict=.*view=claims"))


def test_the_page_itself_is_read_without_scripts(page_loaded: str, open_page: Open) -> None:
    page = open_page(page_loaded + READER, scripts=False)
    page.locator(".original a.claimed").first.click()
    expect(page).to_have_url(re.compile("/claims/"))


def test_back_closes_the_claim_and_forward_opens_it(open_page: Open) -> None:
    page = open_page(READER)
    page.locator(".claim h3 a").nth(4).click()
    panel = page.locator("#panel")
    expect(panel).to_be_visible()
    page.go_back()
    expect(panel).to_be_hidden()
    page.go_forward()
    expect(panel).to_be_visible()


def test_escape_closes_the_claim_and_gives_the_focus_back(open_page: Open) -> None:
    page = open_page(READER)
    link = page.locator(".claim h3 a").nth(2)
    link.focus()
    page.keyboard.press("Enter")
    expect(page.locator("#panel .statement")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.locator("#panel")).to_be_hidden()
    expect(link).to_be_focused()
    assert "claim=" not in page.url


def test_on_a_phone_the_claim_comes_over_the_text(open_page: Open) -> None:
    page = open_page(READER, width=375)
    page.locator(".claim h3 a").nth(2).click()
    expect(page.locator("#panel .statement")).to_be_focused()
    box = page.locator("#panel").bounding_box()
    assert box is not None
    assert box["x"] == 0
    assert box["width"] == 375
    page.get_by_role("link", name="Close").click()
    expect(page.locator("#panel")).to_be_hidden()


def test_everything_works_without_scripts(open_page: Open) -> None:
    page = open_page(READER, scripts=False)
    statement = page.locator(".claim h3 a").first.inner_text()
    page.locator(".claim h3 a").first.click()
    expect(page).to_have_url(re.compile("/claims/"))
    expect(page.get_by_role("heading", level=1)).to_have_text(statement)
    expect(page.locator("button.copy").first).to_be_hidden()
    page.goto(READER)
    page.locator(".overview > summary").click()
    page.get_by_role("checkbox", name=re.compile("partly supported")).check()
    page.get_by_role("button", name="Apply").click()
    expect(page.locator(".filter-said")).to_contain_text("shown")
    page.goto("/search?q=vulvodynia")
    page.get_by_role("checkbox", name=re.compile("Randomised controlled trial")).check()
    page.get_by_role("button", name="Apply").click()
    expect(page).to_have_url(re.compile("design=rct"))
    page.locator(".themes a:visible").click()
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")


def test_filter_by_verdict_applies_at_once(open_page: Open) -> None:
    page = open_page(READER)
    everything = page.locator(".claim").count()
    page.locator(".overview > summary").click()
    page.get_by_role("checkbox", name=re.compile("no evidence found")).check()
    expect(page).to_have_url(re.compile("verdict=no-evidence-found"))
    expect(page.locator(".filter-said")).to_be_visible()
    shown = page.locator(".claim").count()
    assert 0 < shown < everything
    page.get_by_role("link", name=re.compile("Show all")).click()
    expect(page.locator(".claim")).to_have_count(everything)


def test_search_in_french_with_facets(open_page: Open) -> None:
    page = open_page("/", language="fr-FR")
    page.locator("#home-q").fill("névralgie pudendale")
    page.get_by_role("search", name="Chercher par indication, nerf ou mots").get_by_role(
        "button", name="Rechercher"
    ).click()
    expect(page.locator(".concept-chip").first).to_contain_text("névralgie pudendale")
    total = int(page.locator("#results-h").inner_text().split()[0])
    page.get_by_role("group", name="Type d’étude").get_by_role("checkbox").first.check()
    expect(page).to_have_url(re.compile("design="))
    expect(page.locator(".chosen")).to_be_visible()
    narrowed = int(page.locator("#results-h").inner_text().split()[0])
    assert 0 < narrowed < total
    assert "year=" not in page.url, "empty fields are in the address"
    page.locator(".hit h3 a").first.click()
    expect(page).to_have_url(re.compile("/references/"))


def test_switch_language_and_theme_are_remembered(open_page: Open) -> None:
    page = open_page("/indications/vulvodynia", language="fr-FR")
    expect(page.get_by_role("heading", level=1)).to_have_text("Vulvodynie")
    page.get_by_role("link", name="English").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Vulvodynia")
    page.get_by_role("link", name="Search", exact=True).first.click()
    expect(page.locator("html")).to_have_attribute("lang", "en")
    ground = "getComputedStyle(document.body).backgroundColor"
    light = page.evaluate(ground)
    page.get_by_role("link", name="Dark pages").click()
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    expect(page.get_by_role("link", name="Light pages")).to_be_visible()
    assert page.evaluate(ground) != light
    page.goto("/guide")
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")


def _press_until(page: Page, selector: str, key: str = "Tab", limit: int = 150) -> None:
    for _ in range(limit):
        page.keyboard.press(key)
        if page.evaluate("s => !!document.activeElement.closest(s)", selector):
            return
    pytest.fail(f"{selector} cannot be reached with {key}")


@pytest.mark.parametrize("language", ["fr-FR", "en-GB"])
@pytest.mark.parametrize("text", ["vulvodynie-cryoneurolyse", "morton-cryotherapie"])
def test_on_a_phone_the_answer_and_the_first_claim_are_on_the_first_screen(
    open_page: Open, text: str, language: str
) -> None:
    page = open_page(f"/texts/{text}", width=360, language=language)
    boxes = [page.locator(of).first.bounding_box() for of in (".answer", ".standing", ".claim")]
    answer, standing, claim = (box["y"] for box in boxes if box)
    assert answer < standing < claim < 800


def test_by_keyboard_alone(open_page: Open) -> None:
    page = open_page("/")
    page.keyboard.press("Tab")
    expect(page.locator(".skip")).to_be_focused()
    expect(page.locator(".skip")).to_be_in_viewport()
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_be_focused()
    page.keyboard.press("/")
    page.keyboard.type("phantom limb")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("q=phantom"))
    _press_until(page, ".hit h3 a")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("/references/"))
    page.goto(READER)
    _press_until(page, ".overview > summary")
    page.keyboard.press("Enter")
    _press_until(page, ".attention-list a")
    page.keyboard.press("Enter")
    expect(page.locator("#panel .statement")).to_be_focused()
    _press_until(page, "#panel table.summary th a")
    outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
    assert outline == "solid", "the focus cannot be seen"
    page.keyboard.press("Escape")
    expect(page.locator("#panel")).to_be_hidden()


def test_terms_explain_themselves_on_focus(open_page: Open) -> None:
    page = open_page("/references/goyal2022efficacy")
    term = page.locator(".reference-head .term").first
    term.focus()
    tip = page.get_by_role("tooltip")
    expect(tip).to_be_visible()
    assert len(tip.inner_text()) > 20
    expect(term).to_have_attribute("aria-describedby", "tip")
    page.keyboard.press("Escape")
    expect(tip).to_have_count(0)


def test_levels_and_terms_of_the_vocabulary_explain_themselves(open_page: Open) -> None:
    page = open_page("/references/goyal2022efficacy", language="fr-FR")
    tip = page.get_by_role("tooltip")
    page.locator(".reference-head a.level").hover()
    expect(tip).to_contain_text("essais randomisés")
    page.goto("/indications/pelvic-pain")
    page.locator(".around a[data-term]").first.focus()
    expect(tip).to_be_visible()


def test_the_address_of_a_claim_can_be_copied(open_page: Open) -> None:
    page = open_page(READER + "/claims/minimally-invasive")
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.get_by_role("button", name="Copy the address of this claim").click()
    expect(page.locator("#announce")).to_have_text("Copied")
    assert page.evaluate("navigator.clipboard.readText()") == page.url


WIDTHS = (320, 768, 1280, 1900)
PATHS = (
    "/",
    READER,
    READER + "/claims/minimally-invasive",
    f"/sources/{TEXT}",
    "/search?q=vulvodynia",
    "/references/goyal2022efficacy",
    "/references/cha2021intercostal",
    "/indications/",
    "/indications/vulvodynia",
    "/guide",
    "/changes",
)


@pytest.mark.parametrize("width", WIDTHS)
def test_no_page_is_wider_than_its_screen(open_page: Open, width: int) -> None:
    page = open_page("/guide", width=width, language="fr-FR")
    for path in PATHS:
        page.goto(path)
        over = page.evaluate(
            "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        )
        assert over <= 0, f"{path} is {over} pixels too wide at {width}"


def test_nothing_moves_while_a_page_loads(open_page: Open) -> None:
    page = open_page("/guide")
    for path in (*PATHS, "/map", "/changes"):
        page.goto(path, wait_until="networkidle")
        shift = page.evaluate(
            """() => new Promise(done => {
                let sum = 0;
                new PerformanceObserver(list => {
                    for (const entry of list.getEntries()) sum += entry.value;
                }).observe({type: "layout-shift", buffered: true});
                setTimeout(() => done(sum), 200);
            })"""
        )
        assert shift < 0.01, f"{path} moves by {shift}"


def test_print_leaves_the_frame_out(open_page: Open) -> None:
    page = open_page(READER + "/claims/minimally-invasive", theme="dark")
    page.emulate_media(media="print")
    expect(page.locator(".site-nav")).to_be_hidden()
    expect(page.locator(".preferences")).to_be_hidden()
    assert page.evaluate("getComputedStyle(document.body).color") == "rgb(0, 0, 0)"
