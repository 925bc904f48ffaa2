"""A page that is another one is looked at before it is stored; the page itself never is.

The pages are of our own making, after what servers answer: the kinds are theirs.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sample_page import PAGE as SAMPLE
from sample_page import claims

from evidence.anchoring import drift
from evidence.anchoring.doubts import doubts
from evidence.claims.text import Section, Text
from evidence.originals.versions import Originals

Run = Callable[..., Any]
TEXT = Text(
    id="bain",
    title={"fr": "Le bain", "en": "The bath"},
    language="fr",
    sections=(Section(id="s", heading={"fr": "S", "en": "S"}),),
    claims=tuple(claims()),
)

OTHER = (
    "L’atelier de reliure ouvre le mardi. On y apprend à coudre des cahiers, à tendre une toile "
    "et à dorer un titre. Les inscriptions se prennent à l’accueil de la médiathèque, au premier "
    "étage, et le matériel est fourni. Une exposition montre les livres de la saison passée. "
)
PAGES: dict[str, tuple[str, str]] = {
    "404-fr": ("error", "Erreur 404\n\nLa page que vous cherchez n’existe plus ou a été déplacée."),
    "404-en": ("error", "404 Not Found\n\nThe page you are looking for could not be found here."),
    "500-fr": ("error", "Erreur interne du serveur\n\nVeuillez réessayer plus tard, ou appelez."),
    "500-en": ("error", "Internal Server Error\n\nThe server could not complete your request."),
    "maintenance": ("error", "Le site est en maintenance.\n\nNous revenons dans quelques minutes."),
    "503-en": ("error", "Service Unavailable\n\nPlease try again in a few minutes, thank you."),
    "robot": ("error", "Just a moment\n\nChecking your browser before you reach this web site."),
    "forbidden": ("error", "Accès refusé\n\nVous n’avez pas la permission de voir ce document."),
    "cookies-fr": (
        "cookies",
        "Nous utilisons des cookies\n\nNos 128 partenaires et nous stockons des informations sur "
        "votre appareil. Tout accepter. Continuer sans accepter. Paramétrer mes choix.",
    ),
    "cookies-en": (
        "cookies",
        "Before you continue\n\nWe use cookies to deliver our services and measure audiences. "
        "Accept all. Reject all. More options.",
    ),
    "sign-in-fr": (
        "sign-in",
        "Espace patient\n\nIdentifiant\n\nMot de passe\n\nSe connecter\n\nMot de passe oublié ?",
    ),
    "sign-in-en": (
        "sign-in",
        "Members area\n\nSign in to read this article. Email address. Password. Forgot it?",
    ),
    "empty": ("empty", "Accueil\n\nMenu"),
    "other": ("missing", OTHER),
    "english": (
        "language",
        "The workshop opens on Tuesdays. You learn how to sew a notebook, how to stretch a cloth "
        "over a board and how to gild a title. Please register at the desk of the library.",
    ),
}


def found(page: str, tmp_path: Path, before: str = "") -> set[str]:
    """The kinds of doubt about a page, with the version before it."""
    originals = Originals(tmp_path)
    earlier = drift.check(TEXT, before, originals) if before else None
    made = doubts(TEXT, page, drift.check(TEXT, page, originals), earlier)
    return {one.kind for one in made}


@pytest.mark.parametrize("name", PAGES)
def test_a_page_in_the_way_is_told_from_the_page(name: str, tmp_path: Path) -> None:
    kind, page = PAGES[name]
    kinds = found(page, tmp_path)
    assert kind in kinds
    assert "missing" in kinds


@pytest.mark.parametrize(
    "page",
    [
        SAMPLE,
        SAMPLE + "\n\nNous utilisons des cookies. Tout accepter. Refuser.",
        "Se connecter\n\nMot de passe\n\n" + SAMPLE,
        SAMPLE + "\n\nErreur 404 : page introuvable",
    ],
    ids=["itself", "with a banner", "with a form", "with a stray error"],
)
def test_the_page_itself_is_stored_without_a_question(page: str, tmp_path: Path) -> None:
    assert found(page, tmp_path) == set()


def test_what_was_missing_before_is_no_news(tmp_path: Path) -> None:
    half = SAMPLE[: len(SAMPLE) // 3]
    assert "missing" in found(half, tmp_path)
    assert found(half + "\n\nUne phrase nouvelle.", tmp_path, before=half) == set()


@pytest.mark.parametrize("name", PAGES)
def test_on_another_page_no_claim_is_changed(name: str, tmp_path: Path) -> None:
    statuses = {one.status for one in drift.check(TEXT, PAGES[name][1], Originals(tmp_path)).claims}
    assert statuses == {"missing"}


def test_the_command_stores_it_only_when_told_to(evidence: Run, page: Path, tmp_path: Path) -> None:
    evidence("text", "load", "bain", page)
    wrong = tmp_path / "wrong.txt"
    wrong.write_text(PAGES["404-fr"][1], "utf-8")
    refused = evidence("text", "load", "bain", wrong, "--json", code=1)
    document = json.loads(refused.stdout)
    assert document["stored"] is False
    assert "error" in {one["kind"] for one in document["doubts"]}
    assert document["claims"]["changed"] == 0
    assert "--accept" in evidence("text", "load", "bain", wrong, code=1).stderr
    (row,) = json.loads(evidence("text", "list", "--json").stdout)
    assert len(row["versions"]) == 1
    kept = json.loads(evidence("text", "load", "bain", wrong, "--accept", "--json").stdout)
    assert (kept["stored"], kept["version"]) == (True, 2)
    again = json.loads(evidence("text", "load", "bain", page, "--json").stdout)
    assert (again["stored"], again["version"]) == (True, 3)
