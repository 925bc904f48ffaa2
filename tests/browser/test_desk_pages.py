"""The desk in a real browser: a new text from nothing to a signed report, keyboard, axe, widths."""

from __future__ import annotations

import io
import re
import shutil
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Download, Page, expect
from tests_browser_pages import header_faults, served

from evidence.journal import Journal
from evidence.journal.accounts import ROLES, Accounts
from evidence.knowledge import KnowledgeBase

PASSWORD = "quatre mots bien choisis"
TEXT = "vulvodynie-cryoneurolyse"
CLAIM = f"/desk/texts/{TEXT}/claims/minimally-invasive"
#: A page of ours: nobody's text.
PAGE = """<!doctype html><html lang="fr">
<head><title>Le froid contre la douleur du genou</title></head>
<body><main><h1>Le froid contre la douleur du genou</h1>
<h2>Ce que c'est</h2>
<p>La cryoneurolyse consiste à geler un nerf avec une sonde très froide pour diminuer la douleur.
Le geste dure 30 à 45 minutes et se fait sous anesthésie locale.</p>
<h2>Résultats</h2>
<p>La cryoneurolyse diminue la douleur après une prothèse du genou.
L'effet dure six mois en moyenne.</p>
<h2>Risques</h2><ul><li>Un hématome au point de ponction est possible.</li></ul>
<h2>Références</h2><ul><li>Radnovich R, et al. Cryoneurolysis to treat the pain and symptoms of knee
osteoarthritis. Osteoarthritis Cartilage. 2017;25:1247-56.</li></ul></main></body></html>"""
PAGE_WORDS = """La cryothérapie diminue la douleur chez 80 % des patients.

Le froid bloque la conduction du nerf pendant 24 à 48 heures."""
Enter = Callable[..., Page]


@pytest.fixture(scope="module")
def desk_address(built_index: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A desk with an account for each role."""
    instance = shutil.copytree(built_index, tmp_path_factory.mktemp("desk") / "instance")
    with Journal.open(instance) as journal:
        for role in ROLES:
            Accounts(journal).add(role, role, PASSWORD, f"Dr {role.title()}")
    with served(KnowledgeBase(None, instance), instance) as found:
        yield found


@pytest.fixture
def enter(browser: Browser, desk_address: str) -> Iterator[Enter]:
    """`enter(role, path, width, scripts)`: a browser in French, signed in by typing."""
    contexts = []

    def enter_(role: str, path: str = "/desk", width: int = 1280, scripts: bool = True) -> Page:
        context = browser.new_context(
            base_url=desk_address,
            viewport={"width": width, "height": 900},
            locale="fr-FR",
            java_script_enabled=scripts,
            reduced_motion="reduce",
            accept_downloads=True,
        )
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(20_000)
        page.goto(path)
        page.get_by_label("Nom du compte").fill(role)
        page.get_by_label("Mot de passe").fill(PASSWORD)
        page.keyboard.press("Enter")
        page.wait_for_url(lambda url: "/login" not in url)
        return page

    yield enter_
    for context in contexts:
        context.close()


def _assess(page: Page, sentence: str) -> None:
    """Say what the literature says, take over the proposal, record."""
    verdict = page.locator("label.choice:has(.flag) input[name=verdict]")
    verdict.check()
    page.locator("label.choice:has(.flag) input[name=certainty]").check()
    page.locator("#rationale_fr").fill(sentence)
    page.get_by_role("button", name="Enregistrer la décision").click()
    expect(page.locator(".told")).to_contain_text("Votre décision est enregistrée")


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no-scripts"])
def test_a_new_page_from_nothing_to_a_signed_report(
    enter: Enter, tmp_path: Path, scripts: bool
) -> None:
    name = f"genou-{'avec' if scripts else 'sans'}"
    file = tmp_path / "genou.html"
    file.write_text(PAGE, encoding="utf-8")
    page = enter("administrator", scripts=scripts)
    page.get_by_role("link", name="Apporter un texte").click()
    page.get_by_label("Un fichier").set_input_files(file)
    page.get_by_label("Identifiant (peut rester vide)").fill(name)
    page.get_by_label("Éditeur", exact=True).fill("Hôpital d'exemple")
    page.get_by_role("button", name="Lire la page").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Le froid contre la douleur")
    kept = page.locator(".proposed:not(.dropped)")
    assert kept.count() >= 3
    kept.first.get_by_label("en anglais (peut venir plus tard)").fill("Cold on a nerve eases pain.")
    page.get_by_role("button", name="Écrire le registre").first.click()
    expect(page.locator(".told")).to_contain_text("Le registre est écrit")
    claims = page.locator("[data-rows] > li h3 a")
    addresses = [claims.nth(n).get_attribute("href") for n in range(claims.count())]
    assert len(addresses) >= 3
    # Link a suggested reference to the claim about the knee, with stance and directness.
    knee = page.locator("[data-rows] > li h3 a", has_text="prothèse du genou")
    knee.first.click()
    page.get_by_label("Chercher dans la bibliothèque pour cette affirmation").fill(
        "cryoneurolysis knee"
    )
    page.locator(".side-search").get_by_role("button", name="Chercher").click()
    offer = page.locator("#results .offers > li").first
    offer.locator("input[value=supports]").check()
    offer.get_by_label("Note en français").fill("L'essai montre une douleur moindre.")
    offer.locator("summary").click()
    offer.get_by_label("Population").select_option("direct")
    offer.get_by_role("button", name="Lier tout de suite").click()
    expect(page.locator(".links-list")).to_contain_text("appuie")
    for address in addresses:
        page.goto(str(address))
        _assess(page, "Décidé après lecture des études liées.")
        page.get_by_role("button", name="Signer au nom de Dr Administrator").click()
        expect(page.locator(".told")).to_contain_text("Signée par Dr Administrator")
    page.goto(f"/desk/texts/{name}")
    expect(page.locator(".meters")).to_contain_text(f"{len(addresses)} / {len(addresses)}")
    assert page.locator(".stage-signed").count() == len(addresses)
    # The reader shows it as everybody sees it.
    page.goto(str(addresses[0]).removeprefix("/desk"))
    expect(page.locator(".review")).to_contain_text("Signée par Dr Administrator")
    page.goto(f"/desk/texts/{name}")
    found: dict[str, bytes] = {}
    for form in ("DOCX", "HTML", "CSV"):
        with page.expect_download() as started:
            page.locator("#report ul").first.get_by_role("link", name=form).click()
        download: Download = started.value
        found[form] = Path(download.path()).read_bytes()
    report = found["HTML"].decode()
    assert "Dr Administrator" in report
    assert "Décidé après lecture des études liées" in report
    assert "word/document.xml" in zipfile.ZipFile(io.BytesIO(found["DOCX"])).namelist()
    assert len(found["CSV"].decode("utf-8-sig").splitlines()) > len(addresses)


PATHS = [
    "/desk",
    f"/desk/texts/{TEXT}",
    f"{CLAIM}?q=pain",
    f"{CLAIM}/links/goyal2022efficacy",
    f"/desk/texts/{TEXT}/original",
    f"/desk/texts/{TEXT}/history",
    f"/desk/texts/{TEXT}/page",
    f"/desk/texts/{TEXT}/data",
    "/desk/unsent",
    "/desk/texts/new",
    "/desk/people",
    "/desk/me",
]


def _draft(page: Page, name: str) -> list[str]:
    """Bring a page; the addresses of its draft and of the form that splits a claim."""
    page.goto("/desk/texts/new")
    page.locator("#words").fill(PAGE_WORDS)
    page.locator("#id").fill(name)
    page.locator("form.bring .primary").click()
    page.wait_for_url("**/desk/drafts/*")
    claim = str(page.locator(".proposed").first.get_attribute("id")).removeprefix("p-")
    return [f"/desk/drafts/{name}", f"/desk/drafts/{name}/split/{claim}"]


def _second(page: Page, words: str) -> None:
    """Open a claim, let somebody else decide first, and decide: the page that tells."""
    page.goto(CLAIM)
    other = page.context.new_page()
    for one, said in ((other, f"{words} first"), (page, f"{words} second")):
        if one is other:
            one.goto(CLAIM)
        one.locator("#rationale_en").fill(said)
        one.locator("#reason").fill("read again")
        one.locator(".decision .primary").click()
        one.wait_for_load_state()
    other.close()
    expect(page.locator("h1")).to_contain_text(re.compile("decided first|décidé avant"))


@pytest.mark.parametrize(("theme", "language"), [("light", "fr"), ("dark", "en")])
def test_axe_finds_nothing_on_the_desk(enter: Enter, theme: str, language: str) -> None:
    page = enter("administrator", width=1280 if theme == "light" else 375)
    page.goto(f"/desk?theme={theme}&lang={language}")
    problems = []

    def look(place: str) -> None:
        found = Axe().run(page)
        problems.extend(
            (place, v["id"], [n["html"][:160] for n in v["nodes"][:3]])
            for v in found.response["violations"]
        )

    for path in (*PATHS, *_draft(page, f"axe-{theme}")):
        page.goto(path)
        look(path)
    _second(page, theme)
    look("the page for whoever came second")
    assert problems == []


# Every control that can be seen, and which of them the keyboard reached.
WATCH = """() => {
  window.reached = new Set();
  document.addEventListener("focusin", (event) => window.reached.add(event.target));
  const all = "a[href], button, input:not([type=hidden]), select, textarea, summary";
  window.wanted = [...document.querySelectorAll(all)].filter((e) => e.checkVisibility());
  return window.wanted.length;
}"""
LEFT = """() => window.wanted.filter((e) => !window.reached.has(e) && !(e.type === "radio"
  && [...window.reached].some((r) => r.name === e.name))).map((e) => e.outerHTML.slice(0, 120))"""


def test_every_control_of_every_page_by_tab_alone(enter: Enter) -> None:
    page = enter("administrator")
    for path in (*PATHS, *_draft(page, "par-tabulation")):
        page.goto(path)
        for _ in range(page.evaluate(WATCH) + 3):
            page.keyboard.press("Tab")
        assert page.evaluate(LEFT) == [], path


def test_axe_finds_nothing_at_the_door(browser: Browser, desk_address: str) -> None:
    page = browser.new_page(base_url=desk_address)
    page.goto("/desk")
    assert Axe().run(page).response["violations"] == []
    page.close()


def test_a_phone_shows_every_page_without_scrolling_sideways(enter: Enter) -> None:
    page = enter("administrator", width=375)
    for path in PATHS:
        page.goto(path)
        wide = page.evaluate("document.documentElement.scrollWidth")
        assert wide <= 375, f"{path}: {wide}"


@pytest.mark.parametrize("language", ["fr", "en"])
def test_the_header_is_one_row_for_those_who_are_signed_in(enter: Enter, language: str) -> None:
    page = enter("administrator")  # the door is in the language the address asks for
    page.goto(f"/desk?lang={language}")
    expect(page.locator(".signed-in")).to_have_count(1)
    page.goto(f"/map?lang={language}")
    assert header_faults(page) == []
    page.set_viewport_size({"width": 360, "height": 800})
    page.locator("#menu > summary").click()
    expect(page.locator(".signed-in button")).to_be_in_viewport()


def test_claims_by_keyboard_alone(enter: Enter) -> None:
    page = enter("editor", f"/desk/texts/{TEXT}")
    first = page.locator("[data-rows] > li h3 a").nth(0)
    second = page.locator("[data-rows] > li h3 a").nth(1)
    page.keyboard.press("j")
    expect(first).to_be_focused()
    page.keyboard.press("j")
    expect(second).to_be_focused()
    page.keyboard.press("x")
    expect(page.locator("[data-rows] > li").nth(1).locator("[name=claim]")).to_be_checked()
    address = second.get_attribute("href")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(re.escape(str(address)) + "$"))
    # Every control of the decision is reached with Tab, and what is focused can be seen.
    wanted = set(
        page.locator("#decide [name]:not([type=hidden])").evaluate_all(
            "fields => fields.filter(f => f.checkVisibility()).map(f => f.name)"
        )
    )
    reached, page_end = set(), 400
    for _ in range(page_end):
        page.keyboard.press("Tab")
        name = page.evaluate(
            "document.activeElement.closest('#decide') && document.activeElement.name"
        )
        reached.add(name)
        if wanted <= reached:
            break
    assert wanted <= reached


def test_starting_from_the_proposal_keeps_what_was_typed(enter: Enter) -> None:
    page = enter("administrator")
    _draft(page, "proposition")
    page.get_by_role("button", name="Écrire le registre").first.click()
    page.locator("[data-rows] > li h3 a").first.click()
    assert page.locator(".decision input[type=radio]:checked").count() == 0
    page.locator("#rationale_fr").fill("Déjà écrit.")
    page.get_by_role("button", name="Partir de la proposition").press("Enter")
    expect(page.locator("[name=verdict][value=no-evidence-found]")).to_be_checked()
    expect(page.locator("#rationale_fr")).to_be_focused()
    expect(page.locator("[name=certainty][value=none]")).to_be_checked()
    expect(page.locator("#rationale_fr")).to_have_value("Déjà écrit.")


def test_errors_are_read_out_and_keep_what_was_typed(enter: Enter) -> None:
    page = enter("editor", CLAIM)
    page.locator("input[name=verdict][value=contradicted]").check()
    page.locator("#rationale_fr").fill("Ce que j'ai écrit.")
    page.locator("#reason").fill("")
    page.get_by_role("button", name="Enregistrer la décision").click()
    expect(page.locator("#errors")).to_be_focused()
    expect(page.locator("#rationale_fr")).to_have_value("Ce que j'ai écrit.")
