"""The map, the plots and the page of the API in a browser: axe, keyboard, width, no script."""

from __future__ import annotations

import re
from itertools import pairwise

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect
from tests_browser_pages import TEXT, Open

PAGES = (
    "/map",
    "/map?rows=all",
    "/map?under=pelvic-pain",
    "/map?cell=morton-neuroma~cryoneurolysis",
    "/map?by=outcome&design=rct",
    "/pico",
    "/indications/knee-pain",
    "/indications/morton-neuroma",
    "/api/v1/",
)
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


@pytest.mark.parametrize("width", [1280, 375])
@pytest.mark.parametrize(("language", "theme"), [("fr-FR", "dark"), ("en-GB", "light")])
def test_axe_finds_nothing_and_nothing_is_wider_than_the_page(
    open_page: Open, width: int, language: str, theme: str
) -> None:
    page = open_page("/guide", width=width, language=language, theme=theme)
    found = []
    for path in PAGES:
        page.goto(path)
        answer = Axe().run(page, options={"runOnly": RULES})
        found += [
            f"{path} {v['id']}: {v['help']}: {v['nodes'][0]['html'][:160]}"
            for v in answer.response["violations"]
        ]
        widths = page.evaluate("[document.documentElement.scrollWidth, innerWidth]")
        assert widths[0] <= widths[1], path
    assert found == [], "\n".join(found)


def test_a_cell_opens_in_place_with_the_keyboard_and_back_closes_it(open_page: Open) -> None:
    page = open_page("/map", language="en-GB")
    cell = page.locator("#q-vulvodynia\\~cryoneurolysis")
    expect(cell).to_contain_text("no study")
    cell.focus()
    assert cell.evaluate("e => getComputedStyle(e).outlineStyle") != "none"
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(r"/map\?cell=vulvodynia~cryoneurolysis$"))
    expect(page.locator("#cell h2")).to_be_in_viewport()
    expect(cell).to_be_focused()
    expect(cell).to_have_attribute("aria-expanded", "true")
    expect(page.locator("#announce")).to_have_text("Cryoneurolysis, vulvodynia: no study found")
    page.get_by_role("link", name="Close").click()
    expect(page.locator("#cell")).to_have_count(0)
    expect(cell).to_be_focused()
    page.go_back()
    expect(page.locator("#cell")).to_have_count(1)
    page.go_back()
    expect(page.locator("#cell")).to_have_count(0)


def test_without_scripts_a_cell_is_a_link_to_its_list(open_page: Open) -> None:
    page = open_page("/map", language="en-GB", scripts=False, width=360)
    page.locator("#q-morton-neuroma\\~cryoneurolysis").click()
    expect(page).to_have_url(re.compile("#cell$"))
    expect(page.locator("#cell h2")).to_be_in_viewport()
    expect(page.locator("#cell .studies-in").first.locator("> li")).to_have_count(4)


def test_on_a_phone_the_map_is_a_list_by_condition(open_page: Open) -> None:
    page = open_page("/map", language="fr-FR", width=360)
    cells = page.locator("table.map tr:first-child td[data-label]")
    boxes = [cells.nth(n).bounding_box() for n in range(cells.count())]
    assert len(boxes) > 3
    for above, below in pairwise(boxes):
        assert above is not None
        assert below is not None
        assert above["y"] + above["height"] <= below["y"] + 1
        assert above["width"] > 300
    expect(page.locator("table.map td.none").first).to_be_hidden()


def test_a_filter_of_the_map_narrows_it_in_place(open_page: Open) -> None:
    page = open_page("/map", language="en-GB")
    page.locator("#map-narrow > summary").click()
    design = page.get_by_label("Design")
    design.focus()
    design.select_option("rct")
    expect(page).to_have_url(re.compile(r"/map\?design=rct$"))
    expect(page.locator("#announce")).to_have_text(re.compile(r"^\d+ references on this map$"))
    expect(design).to_be_focused()
    page.go_back()
    expect(design).to_have_value("")


def test_the_map_and_the_plots_work_without_scripts(open_page: Open) -> None:
    page = open_page("/map", language="en-GB", scripts=False)
    expect(page.locator("table.map .bubble").first).to_be_visible()
    page.goto("/indications/knee-pain")
    # A difference of 0.49 points drawn towards the treatment, on an axis from -2 to 2: 37.75 %
    # of it. A change of -1.9 within a group, on an axis from -10 to 2: 67.5 %.
    for plot, share in zip(page.locator("table.plot").all(), (0.3775, 0.675), strict=True):
        drawn = plot.locator(".drawn svg").first
        expect(drawn).to_be_visible()
        square = plot.locator("tbody .after rect").first.bounding_box()
        frame = drawn.bounding_box()
        assert square is not None
        assert frame is not None
        middle = square["x"] + square["width"] / 2 - frame["x"]
        assert middle / frame["width"] == pytest.approx(share, abs=0.01)


def test_the_bars_of_the_timeline_stand_on_one_ground(open_page: Open) -> None:
    page = open_page("/map", width=375, language="fr-FR")
    bottoms = page.locator(".timeline rect.all").evaluate_all(
        "bars => bars.map(bar => Math.round(bar.getBoundingClientRect().bottom))"
    )
    assert len(set(bottoms)) == 1


def test_a_claim_opened_beside_the_text_keeps_its_plot(open_page: Open) -> None:
    page = open_page(f"/texts/{TEXT}", language="en-GB")
    with_plot = page.evaluate(
        """async () => {
          for (const link of document.querySelectorAll('.claim a[data-claim]')) {
            const text = await (await fetch(link.href)).text();
            if (text.includes('class="forest"')) return link.dataset.claim;
          }
        }"""
    )
    assert with_plot
    page.locator(f'.claim a[data-claim="{with_plot}"]').click()
    expect(page.locator(".panel section.forest .drawn svg").first).to_be_visible()
