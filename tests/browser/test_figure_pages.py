"""The map, the plots and the page of the API in a browser: axe, keyboard, width, no script."""

from __future__ import annotations

import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect
from tests_browser_pages import TEXT, Open

PAGES = (
    "/map",
    "/map?rows=all",
    "/map?under=pelvic-pain",
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


def test_a_bubble_is_reached_and_opened_with_the_keyboard(open_page: Open) -> None:
    page = open_page("/map", language="en-GB")
    bubble = page.locator("a.bubble-link").nth(3)
    count = bubble.locator("b").inner_text()
    bubble.focus()
    outline = bubble.evaluate("e => getComputedStyle(e).outlineStyle")
    assert outline != "none"
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(r"/search\?"))
    expect(page.locator("#results-h")).to_contain_text(count)


def test_the_map_and_the_plots_work_without_scripts(open_page: Open) -> None:
    page = open_page("/map", language="en-GB", scripts=False)
    expect(page.locator("table.map .bubble").first).to_be_visible()
    page.goto("/indications/knee-pain")
    plot = page.locator("table.plot .drawn svg").first
    expect(plot).to_be_visible()
    square = page.locator("table.plot tbody .after rect").first.bounding_box()
    frame = plot.bounding_box()
    assert square is not None
    assert frame is not None
    # -1.9 points on an axis from -10 to 2 stands at 67.5 % of it.
    middle = square["x"] + square["width"] / 2 - frame["x"]
    assert middle / frame["width"] == pytest.approx(0.675, abs=0.02)


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
