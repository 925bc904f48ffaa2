"""Takes the pictures of the README with Chromium, of the demonstration (`make pictures`).

Two in each language: what the text amounts to, and its page with one claim opened beside it.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import sync_playwright

from webapp import create_app
from webapp.demo.making import TEXT, make
from webapp.serve import address_of
from webapp.server import make_server
from webapp.workers import listen

LANGUAGES = {"en": "en-GB", "fr": "fr-FR"}
SIZE = {"width": 1200, "height": 900}
#: The claim that stands open beside the page.
OPENED = "treatment-of-vulvodynia"


@contextmanager
def served(folder: Path) -> Iterator[str]:
    """Where the demonstration is served while the block runs."""
    made = make(folder)
    listening, ended = listen("127.0.0.1", 0), threading.Event()
    server = make_server(create_app(made.base, made.instance), listening, 4)
    thread = threading.Thread(target=server.serve, args=[lambda: not ended.is_set()])
    thread.start()
    yield address_of(listening).rstrip("/")
    ended.set()
    thread.join(5)


def take(address: str, folder: Path) -> list[Path]:
    """Take the pictures of a server that serves the demonstration; returns their files."""
    taken: list[Path] = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox", "--disable-gpu"]
        )
        for language, locale in LANGUAGES.items():
            page = browser.new_page(locale=locale, viewport=SIZE, reduced_motion="reduce")
            page.goto(f"{address}/texts/{TEXT}")
            page.locator("main details").first.evaluate("folded => folded.open = true")
            taken.append(folder / f"summary-{language}.png")
            page.screenshot(path=taken[-1])
            page.click(f".original a[data-claim='{OPENED}']")
            page.wait_for_selector(f".original a.is-open[data-claim='{OPENED}']")
            page.evaluate("document.querySelector('.original').scrollIntoView()")
            taken.append(folder / f"page-{language}.png")
            page.screenshot(path=taken[-1])
            page.close()
        browser.close()
    return taken


def main(folder: Path) -> None:
    """Write all pictures to a folder."""
    with tempfile.TemporaryDirectory() as place, served(Path(place)) as address:
        folder.mkdir(parents=True, exist_ok=True)
        take(address, folder)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
