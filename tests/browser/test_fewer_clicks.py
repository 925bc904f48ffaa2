"""A page of fourteen claims from nothing to the signed report: every click is counted."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, expect
from tests_browser_pages import served

from evidence.journal import Journal
from evidence.journal.accounts import Accounts
from evidence.knowledge import KnowledgeBase

PASSWORD = "quatre mots bien choisis"
#: A page of ours, written for this test: nobody's text.
SENTENCES = (
    "La cryoneurolyse diminue la douleur après une prothèse du genou.",
    "L'effet de la cryoneurolyse dure trois mois chez 70 % des patients.",
    "La cryoneurolyse réduit la consommation d'opioïdes après l'opération.",
    "Un hématome est possible chez 2 % des personnes.",
    "La toxine botulique soulage la vulvodynie pendant trois à six mois.",
    "Les infiltrations guidées par échographie améliorent la douleur pudendale.",
    "La radiofréquence pulsée réduit la névralgie pudendale chez 60 % des patients.",
    "La kinésithérapie du plancher pelvien améliore les douleurs pendant les rapports.",
    "Le froid bloque la conduction du nerf pendant 24 à 48 heures.",
    "Une infection est rare, dans moins de 1 % des cas.",
    "Les antidépresseurs tricycliques diminuent la douleur neuropathique.",
    "La neurostimulation transcutanée soulage la vulvodynie provoquée.",
    "La lidocaïne locale réduit la douleur du vestibule.",
    "Le geste n'augmente pas le risque de faiblesse musculaire.",
)
PAGE = "# Le froid et les nerfs\n\n" + "\n\n".join(SENTENCES) + "\n"


@pytest.fixture(scope="module")
def desk(built_index: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A desk with one administrator."""
    instance = shutil.copytree(built_index, tmp_path_factory.mktemp("clicks") / "instance")
    with Journal.open(instance) as journal:
        Accounts(journal).add("admin", "administrator", PASSWORD, "Dr Admin")
    with served(KnowledgeBase(None, instance), instance) as found:
        yield found


class Hand:
    """A hand that counts its clicks; what is typed goes where the keyboard is."""

    def __init__(self, page: Page) -> None:
        self.page, self.clicks = page, 0

    def click(self, what: Locator) -> None:
        self.clicks += 1
        what.click()


def _decide(hand: Hand, link: bool) -> None:
    page = hand.page
    if link:
        hand.click(page.locator(".offers .stances label").nth(1))  # qualifies
        hand.click(page.locator(".offers [id^=note_fr]").first)
        page.keyboard.type("Le résumé le dit.")
    hand.click(page.get_by_role("button", name="Partir de la proposition"))
    expect(page.locator("#rationale_fr")).to_be_focused()
    page.keyboard.type("Lu dans les études liées, ou cherché sans trouver.")
    with page.expect_navigation():
        hand.click(page.get_by_role("button", name="Enregistrer et ouvrir la suivante"))
    expect(page.locator("#errors")).to_have_count(0)


def test_fourteen_claims_to_the_signed_report_in_sixty_clicks(
    browser: Browser, desk: str, tmp_path: Path
) -> None:
    file = tmp_path / "froid.md"
    file.write_text(PAGE, "utf-8")
    context = browser.new_context(base_url=desk, locale="fr-FR", accept_downloads=True)
    page = context.new_page()
    page.set_default_timeout(60_000)
    page.goto("/desk")
    page.get_by_label("Nom du compte").fill("admin")
    page.get_by_label("Mot de passe").fill(PASSWORD)
    page.keyboard.press("Enter")
    hand = Hand(page)
    hand.click(page.get_by_role("link", name="Apporter un texte"))
    hand.clicks += 2  # the field, and the file in the window that it opens
    page.get_by_label("Un fichier").set_input_files(file)
    hand.click(page.get_by_role("button", name="Lire la page"))
    expect(page.locator(".proposed:not(.dropped)")).to_have_count(14)
    hand.click(page.get_by_role("button", name="Écrire le registre").first)
    hand.click(page.locator("[data-rows] > li h3 a").first)
    for number in range(14):
        _decide(hand, link=number % 2 == 0)
    hand.click(page.get_by_role("button", name="Tout cocher"))
    hand.click(page.locator("button[name=action][value=sign]"))
    page.wait_for_load_state()
    if page.get_by_role("button", name="Signer les affirmations").count():
        hand.click(page.get_by_role("button", name="Signer les affirmations"))  # shown first
    expect(page.locator(".stage-signed")).to_have_count(14)
    with page.expect_download() as started:
        hand.click(page.locator("#report ul").first.get_by_role("link", name="DOCX"))
    assert started.value.suggested_filename.endswith("-fr.docx")
    context.close()
    assert hand.clicks <= 60, hand.clicks
