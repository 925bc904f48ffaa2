"""Unsent words belong to who typed them, within bounds; stages move one at a time."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from desk_site import PASSWORD, Person, bring, draft_form, make_accounts, person, soup
from flask import Flask
from werkzeug.datastructures import MultiDict

from evidence.journal import Entry
from evidence.journal.documents import DRAFT_STEP, PAST_CHECK, TEXT_DRAFT, UNSENT_FORM
from evidence.knowledge import KnowledgeBase
from evidence.lifecycle import LeftBehind, StageMoved, finish_deletions, move
from evidence.services.source_checks import latest_checks, store_check
from references.verify import Check, cited_string
from webapp import create_app
from webapp.desk import unsent
from webapp.desk.lifecycle import MOST_LINKS
from webapp.desk.setup import settle
from webapp.site import Site

DRAFT = "/desk/drafts/epaule"
STATE = "/desk/texts/epaule/state"


@pytest.fixture
def app(few: Path, tmp_path: Path) -> Iterator[Flask]:
    instance = tmp_path / "instance"
    make_accounts(instance)
    made = create_app(KnowledgeBase(few, instance), instance)
    yield made
    made.extensions["site"].assembler.close()


@pytest.fixture
def site(app: Flask) -> Site:
    return app.extensions["site"]  # type: ignore[no-any-return]


def written(app: Flask) -> Person:
    """An administrator who has brought a text and written its register."""
    someone = person(app, "administrator")
    bring(someone)
    assert someone.post(DRAFT, draft_form(someone, do="create")).status_code == 303
    return someone


# ---- whose words ----------------------------------------------------------------------


def test_words_are_kept_only_for_what_an_account_may_do(app: Flask, site: Site) -> None:
    reader = person(app, "reader")
    sent = {"kept-form": "/desk/texts/new", "id": "x", "publisher": "y"}
    assert reader.post("/desk/unsent", sent).status_code == 403
    assert site.documents.list(UNSENT_FORM) == []
    assert person(app, "editor").post("/desk/unsent", sent).status_code == 303
    assert [one.owner for one in site.documents.list(UNSENT_FORM)] == ["editor"]


def test_an_account_keeps_no_more_than_it_may(
    app: Flask, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(unsent, "MOST_FORMS", 3)
    editor = person(app, "editor")

    def keep(number: int, words: str = "w") -> int:
        sent = {"kept-form": f"/desk/texts/t{number}/data", "title_fr": words}
        answer = editor.post("/desk/unsent", sent)
        page = soup(answer)
        if answer.status_code == 409:  # what was typed is on the page that says so
            assert "as many unsent words as an account may" in page.text
            field = page.select_one("[name=title_fr]")
            assert field.get("value", field.text).strip() == words.strip()
            assert "It is kept with" not in page.text
        return answer.status_code

    assert [keep(number) for number in range(5)] == [303, 303, 303, 409, 409]
    assert keep(0, "other words") == 303  # what is kept may change
    assert len(site.documents.list(UNSENT_FORM, "editor")) == 3
    monkeypatch.setattr(unsent, "MOST_BYTES", 2000)
    assert keep(0, "long " * 1000) == 409
    editor.post("/desk/unsent/forget", {"kept-form": "/desk/texts/t0/data", "kept-as": "none"})
    assert len(site.documents.list(UNSENT_FORM, "editor")) == 3
    assert (
        person(app, "approver")
        .post("/desk/unsent", {"kept-form": "/desk/texts/t9/data", "title_fr": "mine"})
        .status_code
        == 303
    )


def test_a_refused_form_shows_its_words_where_no_more_is_kept(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(unsent, "MOST_FORMS", 0)
    editor = person(app, "editor")
    answer = editor.post("/desk/texts/new", {"id": "Not An Id", "publisher": "Hospital"})
    assert answer.status_code == 422
    assert soup(answer).select_one("[name=publisher]")["value"] == "Hospital"


def carried(app: Flask, who: str, *, with_owner: bool) -> tuple[Person, dict[str, object]]:
    """A browser whose session ended while somebody typed, and the form to sign in that it got."""
    someone = person(app, who)
    bring(someone)
    form = draft_form(someone, title_en="Written by the first")
    if not with_owner:
        form.pop("kept-by", None)
    site: Site = app.extensions["site"]
    known = site.accounts.get(who)
    assert known is not None
    site.accounts.change_password(known, f"{PASSWORD} changed")  # which ends the sessions
    answer = someone.client.post(DRAFT, data={**form, "csrf_token": someone.token})
    assert answer.status_code == 401
    page = soup(answer)
    sent = {one["name"]: one.get("value", "") for one in page.select("main form [name]")}
    assert "Written by the first" in str(sent["typed"])
    return someone, sent


@pytest.mark.parametrize("with_owner", [True, False])
def test_words_carried_through_sign_in_reach_nobody_else(
    app: Flask, site: Site, with_owner: bool
) -> None:
    someone, form = carried(app, "editor", with_owner=with_owner)
    answer = someone.client.post(
        "/desk/login", data={**form, "name": "approver", "password": PASSWORD}, headers=EN
    )
    assert answer.status_code == 303
    assert site.documents.list(UNSENT_FORM, "approver") == []
    assert "somebody else typed" in soup(someone.client.get("/desk", headers=EN)).text


EN = {"Accept-Language": "en"}


@pytest.mark.parametrize("with_owner", [True, False])
def test_words_carried_through_sign_in_are_there_for_who_typed_them(
    app: Flask, site: Site, with_owner: bool
) -> None:
    someone, form = carried(app, "editor", with_owner=with_owner)
    answer = someone.client.post(
        "/desk/login", data={**form, "name": "editor", "password": f"{PASSWORD} changed"}
    )
    assert answer.status_code == 303
    (kept,) = site.documents.list(UNSENT_FORM, "editor")
    assert kept.name == DRAFT
    page = someone.get(DRAFT)
    assert page.select_one("[name=title_en]")["value"] == "Written by the first"


# ---- deletion -------------------------------------------------------------------------


def test_with_a_text_go_the_unsent_words_and_drafts_about_it(app: Flask, site: Site) -> None:
    someone = written(app)
    editor = person(app, "editor")
    for form in ("/desk/texts/epaule/data", "/desk/texts/epaule/claims/c/comment"):
        editor.post("/desk/unsent", {"kept-form": form, "words": "about it"})
    editor.post("/desk/unsent", {"kept-form": "/desk/texts/epaule-2/data", "words": "not of it"})
    site.documents.put(TEXT_DRAFT, "epaule", b"{}", None)
    site.documents.put(DRAFT_STEP, "epaule 000000001", b"{}", None)
    sent = {"to": "deleted", "seen": "private", "typed": "epaule"}
    assert someone.post(STATE, sent).status_code == 303
    left = [one.name for one in site.documents.list(UNSENT_FORM)]
    assert left == ["/desk/texts/epaule-2/data"]
    assert site.documents.list(TEXT_DRAFT) == site.documents.list(DRAFT_STEP) == []


def test_with_a_text_go_its_kept_files_and_the_checks_of_what_only_it_prints(
    app: Flask, site: Site
) -> None:
    someone = written(app)
    texts = site.instance / "texts"
    register = yaml.safe_load((texts / "epaule.yaml").read_text("utf-8"))
    printed = ["Only here. 2019.", "In two texts. 2020."]
    for name, cited in (("epaule", printed), ("epaule-2", printed[1:])):
        sources = [{"cited": one, "status": "unchecked"} for one in cited]
        changed = yaml.safe_dump({**register, "id": name, "sources": sources})
        (texts / f"{name}.yaml").write_text(changed, "utf-8")
    for end in (".yaml.kept-3", ".readings.yaml.kept-4"):
        (texts / f"epaule{end}").write_text("words", "utf-8")
    names = [*printed, "smith2020trial", "Asked on the command line. 2021."]
    for name in names:
        check = Check(name, "not-located")
        store_check(site.instance, cited_string(name), check)
        store_check(site.instance, cited_string(name), check)
    sent = {"to": "deleted", "seen": "private", "typed": "epaule"}
    assert someone.post(STATE, sent).status_code == 303
    assert not list(texts.glob("epaule.*"))
    assert (texts / "epaule-2.yaml").exists()
    assert sorted(latest_checks(site.instance)) == sorted(names[1:])
    past = [one.value()["name"] for one in site.documents.all(PAST_CHECK)]
    assert sorted(past) == sorted(2 * names[1:])


@pytest.mark.parametrize("how", ["desk", "start", "again"])
def test_a_deletion_that_was_cut_short_goes_on(
    app: Flask, site: Site, how: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    someone = written(app)
    page = site.instance / "originals" / "epaule" / "0001.txt"
    unlink = Path.unlink

    def fails(path: Path, missing_ok: bool = False) -> None:
        if path == page:
            raise PermissionError(13, "Permission denied")
        unlink(path, missing_ok=missing_ok)

    sent = {"to": "deleted", "seen": "private", "typed": "epaule"}
    with monkeypatch.context() as patched:
        patched.setattr(Path, "unlink", fails)
        answer = someone.post(STATE, sent)
        assert answer.status_code == 503
        assert "not all of its files are gone" in soup(answer).text
        again = soup(answer).select("main form [name]")
    assert page.exists()
    assert app.test_client().get("/texts/epaule").status_code == 410
    if how == "desk":
        sent = {field["name"]: field["value"] for field in again}
        assert someone.post(STATE, sent).status_code == 303
    elif how == "start":
        settle(app)
    else:
        assert page in finish_deletions(site.assembler, "epaule")
    assert not page.exists()
    assert not page.parent.exists()


# ---- stages ---------------------------------------------------------------------------


def test_of_two_who_move_a_text_at_once_one_does(app: Flask, site: Site) -> None:
    written(app)
    ready, results = threading.Barrier(4), []

    def go(by: str) -> None:
        ready.wait()
        try:
            results.append(move(site.assembler, "epaule", "published", by).stage.by)
        except StageMoved:
            results.append("told")

    threads = [threading.Thread(target=go, args=(f"p{number}",)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    stages = [e for e in site.assembler.journal.events("epaule", "") if e.kind == "stage"]
    assert [e.payload["stage"] for e in stages] == ["private", "published"]
    assert len(results) == 4


def test_nothing_is_recorded_where_the_stage_moved_meanwhile(app: Flask, site: Site) -> None:
    written(app)
    record = site.assembler.journal.record

    def late(entry: Entry, **more: object) -> object:
        """Somebody else is faster by a moment."""
        if entry.by == "slow":
            move(site.assembler, "epaule", "archived", "fast")
        return record(entry, **more)  # type: ignore[arg-type]

    site.assembler.journal.record = late  # type: ignore[method-assign, assignment]
    with pytest.raises(StageMoved):
        move(site.assembler, "epaule", "published", "slow")
    assert site.assembler.now().text("epaule").stage.name == "archived"


def test_words_of_a_refused_change_of_state_are_in_the_form_again(app: Flask) -> None:
    someone = written(app)
    sent = {"to": "deleted", "seen": "private", "typed": "epauel", "reason": "A page of nobody."}
    page = soup(someone.post(STATE, sent))
    assert page.select_one("#why-deleted")["value"] == "A page of nobody."
    assert page.select_one("#typed")["value"] == "epauel"
    assert page.select_one("#why-archived")["value"] == ""
    late = {"to": "published", "seen": "archived", "shown": "The team", "reason": "Read by two."}
    answer = someone.post(STATE, late)
    assert answer.status_code == 409
    page = soup(answer)
    assert page.select_one("#shown")["value"] == "The team"
    assert page.select_one("#why-published")["value"] == "Read by two."
    form = {one["name"]: one.get("value", "") for one in page.select("#publish form [name]")}
    assert someone.post(STATE, form).status_code == 303
    assert "Read by two." not in someone.get("/desk/unsent").text


def test_a_reason_for_a_state_out_of_reach_is_still_shown(app: Flask) -> None:
    someone = written(app)
    someone.post(STATE, {"to": "published", "seen": "private"})
    late = {"to": "in-review", "seen": "private", "reason": "For the board."}
    page = soup(someone.post(STATE, late))
    assert "For the board." in page.text


def test_a_session_forgets_links_that_open_nothing(app: Flask, site: Site) -> None:
    someone = person(app, "approver")
    for number in range(MOST_LINKS + 3):
        text_id = f"t{number}"
        bring(someone, text_id)
        address = f"/desk/drafts/{text_id}"
        someone.post(address, {**someone.fields(address, address), "do": "create"})
        state = f"/desk/texts/{text_id}/state"
        assert someone.post(state, {"to": "in-review", "seen": "private"}).status_code == 303
        if number == 0:
            someone.post(state, {"to": "private", "seen": "in-review"})
    with someone.client.session_transaction() as session:
        links = session["review-links"]
    assert "t0" not in links
    assert len(links) <= MOST_LINKS + 1
    assert f"t{MOST_LINKS + 2}" in links
    shown = someone.get(f"/desk/texts/t{MOST_LINKS + 2}/state").text
    assert re.search(r"/review/\S{20,}", shown)


def test_the_owner_of_words_is_no_word(app: Flask) -> None:
    with app.test_request_context():
        fields = MultiDict([("kept-by", "anne"), ("words", "x"), ("password", "p")])
        assert list(unsent.sent_fields(fields)) == [("words", "x")]


def test_a_file_that_cannot_be_removed_is_named(
    app: Flask, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    written(app)

    def fails(path: Path, missing_ok: bool = False) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "unlink", fails)
    with pytest.raises(LeftBehind, match=r"'epaule' is deleted .* Cannot remove .*epaule"):
        move(site.assembler, "epaule", "deleted", "anne")
