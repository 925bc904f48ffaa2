"""A browser in which somebody types while the server is killed or the session ends."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests
from playwright.sync_api import APIResponse, Browser, Page, Route, expect

from evidence.journal import Journal
from evidence.journal.accounts import Accounts

PASSWORD = "quatre mots bien choisis"
CLAIM = "/desk/texts/vulvodynie-cryoneurolyse/claims/minimally-invasive"
OTHER = "/desk/texts/vulvodynie-cryoneurolyse/claims/imaging-guidance"
FIELD = "#rationale_fr"
STATUS, KEPT = ".decision [data-kept-status]", "Gardé, pas encore enregistré"


class Server:
    """`evidence serve` in a process of its own, to be killed and started again."""

    def __init__(self, instance: Path) -> None:
        self._instance = instance
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self._port = str(probe.getsockname()[1])
        self.address = f"http://127.0.0.1:{self._port}"
        self.start()

    def start(self) -> None:
        words = ("-m", "evidence", "--instance", str(self._instance), "serve", "--port", self._port)
        self._process = subprocess.Popen([sys.executable, *words], start_new_session=True)
        for _ in range(600):
            try:
                requests.get(f"{self.address}/healthz", timeout=5)
            except requests.ConnectionError:
                time.sleep(0.5)
            else:
                return
        raise AssertionError("the server does not answer")

    def kill(self) -> None:
        """As when the machine is switched off: nothing is put in order."""
        os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()


@pytest.fixture(scope="module")
def server(built_index: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server with one editor."""
    instance = shutil.copytree(built_index, tmp_path_factory.mktemp("killed") / "instance")
    with Journal.open(instance) as journal:
        Accounts(journal).add("editor", "editor", PASSWORD, "Dr Editor")
    running = Server(instance)
    yield running
    running.kill()


def _sign_in(page: Page) -> None:
    page.get_by_label("Nom du compte").fill("editor")
    page.get_by_label("Mot de passe").fill(PASSWORD)
    page.keyboard.press("Enter")


@pytest.fixture
def page(browser: Browser, server: Server) -> Iterator[Page]:
    """The claim, opened by the editor."""
    context = browser.new_context(base_url=server.address, locale="fr-FR")
    page = context.new_page()
    page.set_default_timeout(60_000)
    page.goto(CLAIM)
    _sign_in(page)
    page.locator(FIELD).wait_for()
    yield page
    context.close()


def _type(page: Page, words: str, kept: bool = True) -> str:
    page.locator(FIELD).fill("")
    page.locator(FIELD).press_sequentially(words)
    if kept:
        expect(page.locator(STATUS)).to_have_text(KEPT)
    return words


def test_reload_leaving_and_back(page: Page) -> None:
    words = _type(page, "Rechargée à la dernière lettre", kept=False)
    page.reload()
    expect(page.locator(FIELD)).to_have_value(words)
    words = _type(page, "Quittée puis revenue", kept=False)
    page.goto("/desk")
    page.go_back()
    expect(page.locator(FIELD)).to_have_value(words)


def test_kept_while_the_page_is_on_its_way_again(page: Page) -> None:
    page.goto(OTHER)
    words = "Écrit après la demande, gardé avant la réponse"
    page.locator(FIELD).focus()
    held: list[tuple[Route, APIResponse]] = []
    page.route(f"**{OTHER}", lambda route: held.append((route, route.fetch())))
    page.evaluate("setTimeout(() => location.reload())")
    while not held:  # the server has answered, the browser does not know yet
        page.wait_for_timeout(100)
    route, answer = held[0]
    with page.expect_response("**/desk/unsent") as kept:
        page.keyboard.insert_text(words)
    assert kept.value.ok
    page.wait_for_timeout(500)  # the script of the old page goes on
    assert words not in answer.text()
    with page.expect_navigation():
        route.fulfill(response=answer)
    expect(page.locator(FIELD)).to_have_value(words)
    expect(page.locator(STATUS)).to_have_text(KEPT)
    page.unroute(f"**{OTHER}")
    page.reload()
    expect(page.locator(FIELD)).to_have_value(words)


def test_the_server_is_killed_while_somebody_types(page: Page, server: Server) -> None:
    _type(page, "Avant")
    server.kill()
    words = _type(page, "Avant la panne, et pendant", kept=False)
    server.start()
    page.reload()
    expect(page.locator(FIELD)).to_have_value(words)


def test_signed_out_while_typing_then_sent(page: Page) -> None:
    words = _type(page, "Avant")
    page.context.clear_cookies()
    words = _type(page, "Avant et après la fin de la session", kept=False)
    page.get_by_role("button", name="Enregistrer la décision").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Se connecter")
    _sign_in(page)
    expect(page.locator(FIELD)).to_have_value(words)


def test_a_search_beside_the_form_leaves_it_as_it_is(page: Page) -> None:
    words = _type(page, "Avant de chercher", kept=False)
    page.locator("#q").fill("cryoneurolysis")
    page.locator("#q").press("Enter")
    expect(page.locator("#results .offers > li").first).to_be_visible()
    assert page.locator(FIELD).input_value() == words
    assert page.url.endswith(CLAIM)
