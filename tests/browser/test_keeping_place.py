"""A reader keeps the place: header, tabs, a claim's address, filters, Back, paper."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect
from tests_browser_pages import TEXT, Open, header_faults

READER = f"/texts/{TEXT}"
CLAIM = "severe-complications-rare"


@pytest.mark.parametrize("language", ["fr-FR", "en-GB"])
def test_the_header_is_one_row_at_every_width(open_page: Open, language: str) -> None:
    page = open_page("/map", language=language)
    assert header_faults(page) == []


def test_the_search_of_a_phone_opens_in_the_header(open_page: Open) -> None:
    page = open_page("/guide", width=360)
    page.get_by_role("button", name="Search").click()
    expect(page.locator("#mini-q")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.locator("#mini-q")).to_be_hidden()
    expect(page.get_by_role("button", name="Search")).to_be_focused()
    page.keyboard.press("/")
    page.keyboard.type("phantom limb")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("/search.*q=phantom"))


def test_search_and_menu_of_a_phone_work_without_scripts(open_page: Open) -> None:
    page = open_page("/guide", width=360, scripts=False)
    page.get_by_text("Menu", exact=True).locator("..").click()
    page.get_by_role("navigation", name="Main").get_by_role("link", name="Evidence map").click()
    expect(page).to_have_url(re.compile("/map$"))
    page.locator(".search-open").click()
    expect(page).to_have_url(re.compile("/search$"))


def _tabs_to_first_claim(page: Page) -> int:
    for tabs in range(1, 40):
        page.keyboard.press("Tab")
        if page.evaluate("!!document.activeElement.closest('.claim')"):
            return tabs
    pytest.fail("no claim within 40 tabs")


@pytest.mark.parametrize("width", [360, 1440])
def test_at_most_fifteen_tabs_from_the_skip_links_to_the_first_claim(
    open_page: Open, width: int
) -> None:
    page = open_page(READER, width=width)
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the claims")).to_be_focused()
    assert _tabs_to_first_claim(page) <= 15
    page.goto(READER)
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    assert _tabs_to_first_claim(page) <= 2


def test_the_marks_of_all_claims_are_one_stop_with_arrow_keys(open_page: Open) -> None:
    page = open_page(READER)
    page.locator(".spine").evaluate("one => { one.closest('details').open = true; }")
    links = page.locator(".spine a")
    assert links.count() > 60
    assert page.locator(".spine a[tabindex='0']").count() == 1
    links.first.focus()
    page.keyboard.press("ArrowRight")
    expect(links.nth(1)).to_be_focused()
    page.keyboard.press("ArrowDown")
    expect(page.locator(".spine > li").nth(1).locator("a").nth(1)).to_be_focused()
    page.keyboard.press("Tab")
    assert not page.evaluate("!!document.activeElement.closest('.spine')")
    page.keyboard.press("Shift+Tab")
    expect(page.locator(".spine > li").nth(1).locator("a").nth(1)).to_be_focused()


def test_without_scripts_a_link_skips_the_marks(open_page: Open) -> None:
    page = open_page(READER, scripts=False)
    page.locator("summary:has(#glance)").click()
    link = page.get_by_role("link", name="Skip the marks of all claims")
    link.focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert page.locator(".spine a:focus").count() == 0
    assert page.locator(".attention :focus").count() == 1


@pytest.mark.parametrize("width", [360, 768, 1440])
def test_the_address_of_a_claim_opens_at_its_passage(open_page: Open, width: int) -> None:
    page = open_page(f"{READER}?claim={CLAIM}", width=width)
    expect(page.locator("#panel .statement")).to_be_focused()
    link = page.locator(f".claim a[data-claim={CLAIM}]")
    expect(link).to_have_attribute("aria-current", "true")
    passage = link.bounding_box()
    panel = page.locator("#panel").bounding_box()
    assert passage is not None
    assert panel is not None
    assert passage["y"] >= 0
    lowest = 900 if width == 1440 else panel["y"]
    assert passage["y"] + passage["height"] <= lowest
    assert 0 <= panel["y"] < 900 - 300, "the panel is not beside its passage"


def test_without_scripts_the_fragment_brings_the_passage(open_page: Open) -> None:
    page = open_page(f"{READER}/claims/{CLAIM}", scripts=False, width=360)
    page.locator(".crumbs a").last.click()
    expect(page).to_have_url(re.compile(rf"claim={CLAIM}#c-{CLAIM}$"))
    expect(page.locator(f"#c-{CLAIM}")).to_be_in_viewport()
    expect(page.locator("#panel .statement")).to_be_in_viewport()


def test_on_a_phone_the_sheet_leaves_the_sentence_and_gives_the_focus_back(
    open_page: Open,
) -> None:
    page = open_page(READER, width=360)
    link = page.locator(".claim h3 a").nth(40)
    link.scroll_into_view_if_needed()
    link.click()
    expect(page.locator("#panel .statement")).to_be_focused()
    sentence, sheet = link.bounding_box(), page.locator("#panel").bounding_box()
    assert sentence is not None
    assert sheet is not None
    assert 0 <= sentence["y"] <= sentence["y"] + sentence["height"] <= sheet["y"]
    page.evaluate("scrollTo(0, 0)")
    page.keyboard.press("Escape")
    expect(link).to_be_focused()
    expect(link).to_be_in_viewport()


def _place(page: Page) -> tuple[int, str]:
    return tuple(page.evaluate("[scrollY, document.activeElement.value]"))


def test_a_facet_narrows_in_place_and_back_undoes_it(open_page: Open) -> None:
    page = open_page("/search?q=pain", width=1280)
    heading = page.locator("#results-h")
    everything = heading.inner_text()
    box = page.get_by_role("checkbox", name="Randomised controlled trial")
    box.focus()
    page.evaluate("scrollTo(0, 250)")
    page.keyboard.press("Space")
    expect(page).to_have_url(re.compile(r"q=pain&design=rct$"))
    expect(heading).not_to_have_text(everything)
    assert _place(page) == (250, "rct")
    expect(page.locator("#announce")).to_have_text(re.compile(r"^\d+ references"))
    narrowed = page.locator("#announce").inner_text()
    page.locator(".hit h3 a").nth(2).click()
    expect(page).to_have_url(re.compile("/references/"))
    page.go_back()
    expect(page.locator("#results-h")).to_contain_text(narrowed.split()[0])
    expect(box).to_be_checked()
    page.go_back()
    expect(heading).to_have_text(everything)
    expect(box).not_to_be_checked()
    page.get_by_role("checkbox", name="Retrospective cohort").check()
    expect(page).to_have_url(re.compile(r"q=pain&design=cohort-retrospective$"))
    page.get_by_role("link", name="Français").click()
    expect(page).to_have_url(re.compile("design=cohort-retrospective&lang=fr"))


def test_a_removed_filter_leaves_the_focus_at_the_results(open_page: Open) -> None:
    page = open_page("/search?q=pain&design=rct&design=animal")
    page.locator(".chosen a").first.click()
    expect(page).to_have_url(re.compile(r"q=pain&design=animal$"))
    expect(page.locator("#results-h")).to_be_focused()


def test_on_a_phone_a_button_shows_the_results(open_page: Open) -> None:
    page = open_page("/search?q=pain", width=360)
    page.locator("#narrow > summary").click()
    page.get_by_role("checkbox", name="Randomised controlled trial").check()
    expect(page).to_have_url(re.compile("design=rct"))
    button = page.get_by_role("button", name=re.compile(r"^Show \d+ results$"))
    expect(button).to_be_in_viewport()
    n = re.findall(r"\d+", button.inner_text())[0]
    button.click()
    expect(page.locator("#results-h")).to_be_focused()
    expect(page.locator("#results-h")).to_be_in_viewport()
    expect(page.locator("#results-h")).to_contain_text(f"{n} references")


def test_verdicts_filter_in_place_and_back_shows_all(open_page: Open) -> None:
    page = open_page(READER)
    page.locator("summary:has(#glance)").click()
    everything = page.locator(".claim").count()
    box = page.get_by_role("checkbox", name=re.compile("No evidence found|no evidence found"))
    box.check()
    expect(page.locator("#announce")).to_have_text(re.compile(r"^\d+ claims? shown$"))
    assert page.locator(".claim").count() == int(page.locator("#announce").inner_text().split()[0])
    expect(box).to_be_focused()
    page.get_by_role("button", name=re.compile(r"^Show \d+ claims$")).click()
    expect(page.locator(".claim").first).to_be_in_viewport()
    page.locator("summary:has(#glance)").click()
    page.go_back()
    expect(page.locator(".claim")).to_have_count(everything)
    expect(box).not_to_be_checked()


def test_a_sheet_of_paper_is_light_unfolded_and_says_where_from(open_page: Open) -> None:
    page = open_page(READER, theme="dark")
    page.pdf()
    origin = page.locator(".sheet").text_content() or ""
    assert re.fullmatch(rf"http\S+{READER} · Printed on \d+ \w+ \d{{4}}\.", origin)
    folded = page.locator(".attention details:not([open]) li").first
    page.emulate_media(media="print", color_scheme="dark")
    expect(folded).to_be_visible()
    ground = page.locator(".tone-supported").first
    colour = ground.evaluate("one => getComputedStyle(one).getPropertyValue('--supported-ground')")
    assert colour == "#e2f1e5"


def test_the_map_is_whole_on_paper(open_page: Open) -> None:
    page = open_page("/map")
    sheets = re.findall(rb"/MediaBox \[0 0 (\d+)[.\d]* (\d+)", page.pdf(prefer_css_page_size=True))
    assert sheets
    assert all(int(width) > int(height) for width, height in sheets)
    page.set_viewport_size({"width": 1047, "height": 718})  # A4 on its side, less its margins
    page.emulate_media(media="print")
    over = page.evaluate(
        "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    )
    assert over <= 0


@pytest.mark.parametrize("scripts", [True, False])
def test_results_that_are_ticked_stay_ticked_and_are_cited(open_page: Open, scripts: bool) -> None:
    page = open_page("/search?q=phantom+limb", scripts=scripts)
    boxes = page.locator(".hit input[name=key]")
    keys = [boxes.nth(place).get_attribute("value") for place in (0, 2)]
    boxes.nth(0).check()
    boxes.nth(2).check()
    expect(page).to_have_url(re.compile(r"/search\?q=phantom\+limb$"))
    page.get_by_role("button", name="Cite").click()
    expect(page.locator("#citations li")).to_have_count(2)
    for key in keys:
        expect(page.locator(f'#citations a[href$="/references/{key}"]')).to_be_visible()
