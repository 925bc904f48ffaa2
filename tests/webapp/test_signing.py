"""Signatures: by as many people as the base asks for, on what was shown, on no open comment."""

from __future__ import annotations

from pathlib import Path

import pytest
from desk_site import make_accounts, person, soup
from small_base import KEYS
from surfaces import World, ask, make_world, run

from evidence.journal import Journal
from evidence.journal.accounts import Accounts
from evidence.knowledge import KnowledgeBase
from webapp import create_app

CLAIM = """- id: {id}
  section: short
  anchor: {{start: Le bain {id}}}
  statement: {{fr: "Le bain {id}.", en: "The bath {id}."}}
  kind: efficacy
  verdict: no-evidence-found
  certainty: none
  certainty_reasons: [no-studies]
  rationale: {{fr: "Rien à étudier : {id}.", en: "Nothing to study: {id}."}}
"""
LINK = """  links:
  - {reference: KEY, stance: background, note: {fr: Une note., en: A note.}}
"""
TEXT = """id: bain
title: {fr: Le bain froid, en: The cold bath}
language: fr
sections:
- {id: short, heading: {fr: En bref, en: In short}}
claims:
""" + "".join(
    CLAIM.format(id=name) + LINK.replace("KEY", KEYS[0])
    for name in ("dure", "refroidit", "termine")
)
DESK = "/desk/texts/bain"


@pytest.fixture
def here(few: Path, tmp_path: Path) -> World:
    """A text of three decided claims in a base that asks for two signatures."""
    made = make_world(few, tmp_path, TEXT)
    with (made.base / "kb.toml").open("a", encoding="utf-8") as stream:
        stream.write("\n[signing]\nsignatures = 2\n")
    make_accounts(made.instance)
    app = create_app(KnowledgeBase(made.base, made.instance), made.instance)
    with Journal.open(made.instance) as journal:
        Accounts(journal).add("second", "approver", "quatre mots bien choisis", "Dr Second")
    return World(made.base, made.instance, app)


def test_two_different_people_sign(here: World) -> None:
    at = f"{DESK}/claims/dure"
    first, second = person(here.app, "approver"), person(here.app, "second")
    form = first.fields(at, "/sign")
    assert first.post(f"{at}/sign", form).status_code == 303
    page = first.get(at)
    assert "1 of 2 signatures" in page.select_one("#signature").text
    assert not page.select('form[action$="/sign"]'), "one person signs once"
    assert "1 of 2 signatures" in first.get(DESK).select_one("#c-dure").text
    assert "signature lapsed" not in first.get(DESK).select_one("#c-dure").text.lower()
    assert "1 of 2 signatures" in ask(here.app, "/texts/bain/claims/dure").text
    # Nor by a form of their own making.
    refused = first.post(f"{at}/sign", form | {"entry": ""})
    assert refused.status_code == 422
    assert "have signed it already" in soup(refused).select_one("#errors").text
    told = ask(here.app, "/api/v1/texts/bain/claims/dure").get_json()["reviewed"]
    assert (told["is_current"], told["signatures"], told["signatures_needed"]) == (False, 1, 2)
    assert run(here, "report", "bain", "--format", "json")["signed"] == 0

    assert second.post(f"{at}/sign", second.fields(at, "/sign")).status_code == 303
    assert "2 of 2 signatures" in second.get(at).select_one("#signature").text
    told = ask(here.app, "/api/v1/texts/bain/claims/dure").get_json()["reviewed"]
    assert (told["is_current"], told["signatures"]) == (True, 2)
    assert run(here, "report", "bain", "--format", "json")["signed"] == 1


def test_what_is_signed_together_is_shown_first(here: World) -> None:
    first = person(here.app, "approver")
    first.post(f"{DESK}/claims/termine/comments", {"words": "Is this so?"})
    listed = first.get(DESK)
    names = ("dure", "refroidit", "termine")
    hashes = {f"against-{n}": listed.select_one(f"[name=against-{n}]")["value"] for n in names}
    sent = {"action": "sign", "claim": list(names), "page": "", **hashes}
    answer = first.post(f"{DESK}/bulk", sent)
    assert answer.status_code == 200
    shown = soup(answer)
    assert [box["value"] for box in shown.select("[name=claim]")] == ["dure", "refroidit"]
    assert "Nothing to study: dure." in shown.text
    assert "No evidence found" in shown.select_one("#c-dure").text
    assert "open comment" in shown.text
    assert not first.get(f"{DESK}/claims/dure").select("#signature .signatures"), "not yet"
    # The comment hinders whoever skips the page, too.
    confirmed = sent | {"confirmed": "1"}
    assert first.post(f"{DESK}/bulk", confirmed).status_code == 303
    for name, signed in (("dure", 1), ("refroidit", 1), ("termine", 0)):
        page = first.get(f"{DESK}/claims/{name}")
        assert len(page.select("#signature .signatures li")) == signed, name
    # Sent twice it is signed once.
    assert first.post(f"{DESK}/bulk", confirmed).status_code == 303
    assert len(first.get(f"{DESK}/claims/dure").select("#signature .signatures li")) == 1
