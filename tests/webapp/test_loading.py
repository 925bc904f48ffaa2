"""At the desk a page that may be another one is looked at before it becomes a version."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from desk_site import PAGE, Person, bring, draft_form, make_accounts, person
from surfaces import World, ask, make_world, run

from evidence.originals.versions import Originals

AT = "/desk/texts/epaule/original"
WALL = "Espace patient\n\nIdentifiant\n\nMot de passe\n\nSe connecter\n\nMot de passe oublié ?"


@pytest.fixture
def here(few: Path, tmp_path: Path) -> World:
    """A desk to which a page was brought, and its register written and published."""
    made = make_world(few, tmp_path)
    make_accounts(made.instance)
    editor = person(made.app, "editor")
    bring(editor)
    editor.post("/desk/drafts/epaule", draft_form(editor, do="create"))
    run(made, "text", "publish", "epaule")
    return made


def load(editor: Person, words: str) -> str:
    """Upload a page; where it leads."""
    sent = {"file": (io.BytesIO(words.encode()), "page.md")}
    answer = editor.post(AT, sent, content_type="multipart/form-data")
    assert answer.status_code == 303
    return str(answer.location)


def versions(where: World) -> int:
    return len(Originals(where.instance).versions("epaule"))


def test_a_wall_is_shown_first_and_stored_only_when_told_to(here: World) -> None:
    editor = person(here.app, "editor")
    assert load(editor, WALL).endswith("/original/doubted")
    page = editor.get(f"{AT}/doubted")
    assert "asks to sign in" in page.select_one("[role=alert]").text
    assert "2 of 2 claims are not on it" in page.select_one("[role=alert]").text
    assert "Mot de passe" in page.select_one("blockquote").text
    assert versions(here) == 1
    assert "Mot de passe" not in ask(here.app, "/texts/epaule").text
    form = editor.fields(f"{AT}/doubted", "/doubted")
    assert editor.post(f"{AT}/doubted", form | {"do": "discard"}).status_code == 303
    assert versions(here) == 1
    # Nothing waits any more: the form of another window stores nothing.
    assert editor.post(f"{AT}/doubted", form | {"do": "keep"}).location.endswith("/doubted")
    assert versions(here) == 1

    load(editor, WALL)
    form = editor.fields(f"{AT}/doubted", "/doubted")
    assert editor.post(f"{AT}/doubted", form | {"do": "keep"}).location.endswith("/original")
    assert versions(here) == 2
    # The page itself is stored without a question, and so is one that changed a little.
    assert load(editor, PAGE).endswith("/original")
    assert load(editor, PAGE.replace("80 %", "70 %")).endswith("/original")
    assert versions(here) == 4


def test_a_reader_of_the_desk_may_not_settle_it(here: World) -> None:
    load(person(here.app, "editor"), WALL)
    reader = person(here.app, "reader")
    assert reader.client.get(f"{AT}/doubted").status_code == 403
    assert reader.post(f"{AT}/doubted", {"do": "keep"}).status_code == 403
    assert versions(here) == 1
