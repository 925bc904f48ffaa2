"""A real server on loopback and Debian's Chromium, driven by Playwright."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import requests
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright
from tests_browser_pages import TEXT, served

from evidence.knowledge import KnowledgeBase
from evidence.originals.loaded import FetchedPage
from evidence.originals.versions import Originals

CHROMIUM = shutil.which("chromium") or "/usr/bin/chromium"
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
Open = Callable[..., Page]
# What is expected comes when the server has answered, on a busy machine too.
expect.set_options(timeout=60_000)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Everything here needs the browser."""
    for item in items:
        if "tests/browser" in item.path.as_posix():
            item.add_marker("browser")


@pytest.fixture(scope="session")
def address(
    kb: KnowledgeBase, built_index: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    """Where waitress serves the bundled knowledge base."""
    instance = shutil.copytree(built_index, tmp_path_factory.mktemp("site") / "instance")
    with served(kb, instance) as address:
        yield address


@pytest.fixture(scope="session")
def page_loaded(
    kb: KnowledgeBase, built_index: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    """Where an instance is served that holds a page of the first text, made of its anchors."""
    instance = shutil.copytree(built_index, tmp_path_factory.mktemp("with-page") / "instance")
    text = kb.text(TEXT)
    words = "\n".join(
        f"\n{section.heading['fr']}\n\n"
        + "\n".join(
            f"Ici {' puis '.join(part for part in (c.anchor.start, c.anchor.end) if part)} suffit."
            for c in text.claims_of(section.id)
        )
        for section in text.sections
    )
    Originals(instance).add(TEXT, FetchedPage(words, "page.txt", "text"))
    with served(kb, instance) as address:
        requests.get(f"{address}/texts/{TEXT}", timeout=120)  # finds the passages, once
        yield address


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """One Chromium for all tests."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def open_page(browser: Browser, address: str) -> Iterator[Open]:
    """`open_page(path, width, language, theme, scripts)`: a page in a fresh browser profile.

    A message on the console (a blocked script, a broken one) fails the test; that a page
    which is not there answers 404 is no fault.
    """
    contexts: list[BrowserContext] = []
    said: list[str] = []

    def open_(
        path: str,
        width: int = 1280,
        language: str = "en-GB",
        theme: str = "light",
        scripts: bool = True,
    ) -> Page:
        context = browser.new_context(
            base_url=address,
            viewport={"width": width, "height": 900},
            locale=language,
            color_scheme=theme,  # type: ignore[arg-type]
            java_script_enabled=scripts,
            reduced_motion="reduce",
        )
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(15_000)
        page.on("console", lambda message: said.append(message.text))
        page.on("pageerror", lambda error: said.append(str(error)))
        page.goto(path)
        return page

    yield open_
    for context in contexts:
        context.close()
    assert [words for words in said if "responded with a status of 4" not in words] == []
