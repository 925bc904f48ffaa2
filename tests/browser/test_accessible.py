"""axe-core finds nothing, on any page, in both languages and themes, wide and narrow."""

from __future__ import annotations

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect
from tests_browser_pages import TEXT, Open

PAGES = (
    "/",
    f"/texts/{TEXT}",
    f"/texts/{TEXT}?verdict=mixed",
    f"/texts/{TEXT}?claim=minimally-invasive",
    f"/texts/{TEXT}/claims/treatment-of-vulvodynia",
    f"/texts/{TEXT}/compare?claim=treatment-of-vulvodynia&claim=minimally-invasive",
    f"/sources/{TEXT}",
    "/search?q=vulvodynia&design=rct",
    "/search?q=zzxxqqwwyy",
    "/search?q=cryoneurolisys",
    "/search?indication=no-such-thing",
    "/references/goyal2022efficacy",
    "/references/cha2021intercostal",
    "/references/goss2020cryoneurotomy",
    f"/texts/{TEXT}/claims/severe-complications-rare",
    "/indications/",
    "/indications/vulvodynia",
    "/guide",
    "/accessibility",
    "/changes",
    "/desk/login",
    "/nothing",
)
ALL = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice")
#: What changes with the theme and the width; the rest was looked at with the other pair.
LOOKS = ("color-contrast", "target-size", "link-in-text-block", "scrollable-region-focusable")


def _found(page: Page, rules: tuple[str, ...] = ALL) -> list[str]:
    answer = Axe().run(page, options={"runOnly": list(rules)})
    return [
        f"{page.url} {v['id']}: {v['help']}: {v['nodes'][0]['html'][:160]}"
        for v in answer.response["violations"]
    ]


@pytest.mark.parametrize(
    ("width", "language", "theme", "rules"),
    [
        (1280, "fr-FR", "light", ALL),
        (375, "en-GB", "dark", ALL),
        (375, "fr-FR", "light", LOOKS),
        (1280, "en-GB", "dark", LOOKS),
    ],
)
def test_axe_finds_nothing(
    open_page: Open, width: int, language: str, theme: str, rules: tuple[str, ...]
) -> None:
    page = open_page("/guide", width=width, language=language, theme=theme)
    found = []
    for path in PAGES:
        page.goto(path)
        found += _found(page, rules)
    assert found == []


def test_axe_finds_nothing_in_states_made_by_scripts(open_page: Open) -> None:
    page = open_page(f"/texts/{TEXT}")
    page.locator(".overview > summary").click()
    closed = page.locator(".attention details:not([open]) > summary")
    while closed.count():
        closed.first.click()
    page.locator(".claim h3 a").first.click()
    expect(page.locator("#panel .statement")).to_be_focused()
    found = _found(page)
    page.locator("#panel .term").first.focus()
    expect(page.get_by_role("tooltip")).to_be_visible()
    assert found + _found(page) == []


def test_axe_finds_nothing_on_the_page_itself(page_loaded: str, open_page: Open) -> None:
    page = open_page("/guide", width=375, language="en-GB", theme="dark")
    found = []
    for path in (
        f"/texts/{TEXT}",
        f"/texts/{TEXT}?verdict=mixed",
        f"/texts/{TEXT}?claim=puncture-bruise",
    ):
        page.goto(page_loaded + path)
        found += _found(page)
    assert found == []


def test_targets_are_large_enough(open_page: Open) -> None:
    """WCAG 2.2, 2.5.8: 24 by 24 pixels, but for links inside a sentence."""
    page = open_page("/guide", width=375)
    for path in (f"/texts/{TEXT}", "/search?q=vulvodynia", "/indications/"):
        page.goto(path)
        small = page.evaluate(
            """() => [...document.querySelectorAll("button, input, summary, nav a, .chips a,"
                + ".spine-marks a, .pages a, .tally a, .tree a, .languages a, .themes a")]
              .filter(e => e.offsetParent && !e.closest("label"))
              .map(e => [e.outerHTML.slice(0, 90), e.getBoundingClientRect()])
              .filter(([, box]) => box.width < 24 || box.height < 24)
              .map(([html, box]) => `${Math.round(box.width)}x${Math.round(box.height)} ${html}`)"""
        )
        assert small == [], path


def test_a_page_can_be_read_at_400_percent(open_page: Open) -> None:
    """1280 pixels at 400 % are 320: nothing is cut off, nothing scrolls sideways."""
    page = open_page(f"/texts/{TEXT}/claims/minimally-invasive", width=320)
    cut = page.evaluate(
        """() => [...document.querySelectorAll("main *")]
          .filter(e => e.offsetParent && !e.closest(".unseen"))
          .filter(e => e.getBoundingClientRect().right > innerWidth + 1)
          .map(e => e.outerHTML.slice(0, 100))"""
    )
    assert cut == []
