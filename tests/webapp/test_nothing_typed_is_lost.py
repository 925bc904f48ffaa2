"""Forms of the desk interrupted in more than thirty ways: no letter is lost.

Each way begins with words typed in a form and ends with somebody signed in who opens the form (or,
where what it was about is gone, the list of unsent words) and finds every letter.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from desk_site import (
    AT,
    CLAIM,
    PASSWORD,
    TEXT,
    Person,
    bring,
    decision,
    draft_form,
    own_base,
    person,
    soup,
)
from flask import Flask
from werkzeug.test import TestResponse

from evidence.search.protocol import SearchEngine
from webapp import create_app

#: What a person types: quotes, a tag, spaces that do not break, another script, several lines.
WORDS = "L’essai dit « non » :\r\n<b>40 %</b> & δ, 痛み\r\n\r\nfin"
LINE = "L’essai dit « non » : <b>40 %</b> & δ, 痛み"
KEY = "goyal2022efficacy"


@dataclass(frozen=True)
class Form:
    """A form of the desk: the page that shows it, where it is sent to, a field to type in."""

    page: str
    action: str
    field: str
    words: str = WORDS

    def typed(self, someone: Person) -> dict[str, object]:
        """The form as its page shows it, with the words typed in."""
        return {**_fields(someone, self.page, self.action), self.field: self.words}

    def shown(self, someone: Person) -> str:
        """What stands in the field when its page is opened."""
        return str(_fields(someone, self.page, self.action)[self.field])


def _fields(someone: Person, page: str, action: str) -> dict[str, object]:
    shown = soup(someone.client.get(page, headers={"Accept-Language": "en"}, follow_redirects=True))
    form = shown.select_one(f'form[action="{action}"]')
    assert form is not None, shown.select_one("h1")
    fields: dict[str, object] = {}
    for field in form.select("input[name], textarea[name], select[name]"):
        name, kind = str(field["name"]), field.get("type", "")
        if kind in ("radio", "checkbox") and not field.has_attr("checked"):
            continue
        if field.name == "select":
            chosen = field.select_one("option[selected]") or field.select_one("option")
            value = chosen["value"] if chosen else ""
        else:
            value = field.text if field.name == "textarea" else field.get("value", "on")
        if name == "concept":
            fields[name] = [*fields.get(name, []), value]  # type: ignore[misc]
        else:
            fields[name] = value
    return fields


DECIDE = Form(AT, f"{AT}/decide", "rationale_fr")
FORMS = {
    "decide": DECIDE,
    "comment": Form(AT, f"{AT}/comments", "words"),
    "link": Form(f"{AT}/links/{KEY}", f"{AT}/links/{KEY}", "note_fr"),
    "remove": Form(AT, f"{AT}/remove", "reason"),
    "bring": Form("/desk/texts/new", "/desk/texts/new", "words"),
    "draft": Form("/desk/drafts/epaule", "/desk/drafts/epaule", "title_en", LINE),
    "data": Form(f"/desk/texts/{TEXT}/data", f"/desk/texts/{TEXT}/data", "title_en", LINE),
}


def same(shown: str, words: str) -> bool:
    """Whether a field shows what was typed; browsers write the ends of lines in their own way."""
    return shown.replace("\r\n", "\n") == words.replace("\r\n", "\n")


def keep(someone: Person, form: Form, fields: dict[str, object]) -> dict[str, object]:
    """What the script does as somebody types; the form as it stands afterwards."""
    answer = someone.client.post(
        "/desk/unsent", data=fields, headers={"Accept": "application/json"}
    )
    assert answer.status_code == 200
    kept = json.loads(answer.data)
    return {**fields, "kept-as": kept["as"], "kept-count": kept["count"]}


def sign_in_on(someone: Person, answer: TestResponse, name: str = "administrator") -> TestResponse:
    """Sign in with the form of a page, whatever it carries."""
    form = soup(answer).select_one('form[action="/desk/login"]')
    assert form is not None
    fields = {str(i["name"]): i.get("value", "") for i in form.select("input[name]")}
    return someone.client.post("/desk/login", data={**fields, "name": name, "password": PASSWORD})


# ---- each form, with the session gone in each way ---------------------------------------


def _signed_out_elsewhere(desk: Flask, someone: Person, fields: dict[str, object]) -> None:
    """The session is ended while the form is open."""
    cookie = someone.client.get_cookie("evidence-session")
    assert cookie is not None
    someone.post("/desk/logout")
    someone.client.set_cookie("evidence-session", cookie.value)


def _cookie_gone(desk: Flask, someone: Person, fields: dict[str, object]) -> None:
    someone.client.delete_cookie("evidence-session")


@pytest.mark.parametrize("gone", [_signed_out_elsewhere, _cookie_gone])
@pytest.mark.parametrize("name", FORMS)
def test_a_session_that_ended_while_typing(
    desk: Flask, name: str, gone: Callable[[Flask, Person, dict[str, object]], None]
) -> None:
    form, someone = FORMS[name], person(desk, "administrator")
    if name == "draft":
        bring(someone)
    fields = form.typed(someone)
    gone(desk, someone, fields)
    refused = someone.client.post(form.action, data=fields)
    assert refused.status_code in (400, 401)
    wrong = soup(refused).select_one('form[action="/desk/login"]')
    sent = {str(i["name"]): i.get("value", "") for i in wrong.select("input[name]")}
    again = someone.client.post(
        "/desk/login", data={**sent, "name": "administrator", "password": "not this one at all"}
    )
    assert again.status_code == 401
    led = sign_in_on(someone, again)
    assert led.status_code == 303
    assert led.headers["Location"] == form.page, "one is not where one was"
    assert same(form.shown(someone), form.words)


@pytest.mark.parametrize("name", FORMS)
def test_what_is_kept_as_it_is_typed_is_there_for_a_second_server(
    desk: Flask, name: str, engine: SearchEngine
) -> None:
    form, someone = FORMS[name], person(desk, "administrator")
    if name == "draft":
        bring(someone)
    keep(someone, form, form.typed(someone))
    instance = desk.extensions["site"].instance
    other = person(create_app(own_base(instance), instance, engine), "administrator")
    assert same(form.shown(other), form.words)
    assert not same(form.shown(person(desk, "approver")), form.words)


# ---- the decision, interrupted ------------------------------------------------------------


def test_saved_for_later_without_scripts(desk: Flask) -> None:
    editor = person(desk, "editor")
    answer = editor.client.post("/desk/unsent", data={**DECIDE.typed(editor), "later": "1"})
    assert answer.headers["Location"] == AT
    assert same(DECIDE.shown(editor), WORDS)
    assert AT in str(editor.get("/desk/unsent"))


def test_a_form_of_an_older_session(desk: Flask) -> None:
    editor = person(desk, "editor")
    fields = DECIDE.typed(editor)
    editor.post("/desk/logout")
    editor.sign_in("editor")
    answer = editor.client.post(DECIDE.action, data=fields)
    assert answer.status_code == 400
    assert soup(answer).select_one(f'a[href="{AT}"]')
    assert same(DECIDE.shown(editor), WORDS)


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ],
)
def test_what_another_site_sends_is_nobodys_words(desk: Flask, headers: dict[str, str]) -> None:
    """Or a forged decision, refused, would stand in the form as if its editor had typed it."""
    editor = person(desk, "editor")
    fields = {**DECIDE.typed(editor), "csrf_token": "guessed"}
    answer = editor.client.post(DECIDE.action, data=fields, headers=headers)
    assert answer.status_code == 400
    assert not same(DECIDE.shown(editor), WORDS)


def test_a_role_taken_away_and_given_back(desk: Flask) -> None:
    editor, accounts = person(desk, "editor"), desk.extensions["site"].accounts
    fields = DECIDE.typed(editor)
    accounts.add("editor", "reader", PASSWORD, "Dr Editor", replace=True)
    editor.sign_in("editor")
    fields["csrf_token"] = editor.token
    assert editor.client.post(DECIDE.action, data=fields).status_code == 403
    accounts.add("editor", "editor", PASSWORD, "Dr Editor", replace=True)
    editor.sign_in("editor")
    assert same(DECIDE.shown(editor), WORDS)


def test_a_refused_form_that_is_left(desk: Flask) -> None:
    editor = person(desk, "editor")
    fields = {**DECIDE.typed(editor), "certainty": ""}
    assert editor.client.post(DECIDE.action, data=fields).status_code == 422
    editor.get("/desk")
    assert same(DECIDE.shown(editor), WORDS)


def test_longer_than_allowed_is_said_and_kept_whole(desk: Flask) -> None:
    editor, words = person(desk, "editor"), "mot " * 3000 + "fin"
    for form, status in ((DECIDE, 422), (FORMS["comment"], 422)):
        long = words if form is DECIDE else words * 3
        answer = editor.post(form.action, {**form.typed(editor), form.field: long})
        assert answer.status_code == status
        assert "Shorten it" in soup(answer).text
        assert form.shown(editor) == long


@pytest.mark.parametrize("step", ["search", "take", f"link:{KEY}"])
def test_a_step_on_the_way_keeps_the_rest(desk: Flask, step: str) -> None:
    editor = person(desk, "editor")
    fields = {**DECIDE.typed(editor), "do": step, "q": "pain"}
    fields |= {f"stance@{KEY}": "background", f"note_fr@{KEY}": "Une note."}
    answer = editor.client.post(DECIDE.action, data=fields)
    assert answer.status_code == 303
    assert answer.headers["Location"].startswith(AT)
    assert same(DECIDE.shown(editor), WORDS)
    if step.startswith("link"):
        assert "Une note." in editor.get(AT).select_one(".links-list").text
        rest = {**_fields(editor, AT, DECIDE.action), "reason": "lu"}
        assert editor.client.post(DECIDE.action, data=rest).status_code == 303, "a conflict with me"


def test_an_address_that_only_takes_forms_leads_to_the_claim(desk: Flask) -> None:
    editor = person(desk, "editor")
    for address in (f"{AT}/decide", f"{AT}/comments", f"{AT}/comments/none/resolve", f"{AT}/sign"):
        answer = editor.client.get(address)
        assert answer.status_code == 303
        assert answer.headers["Location"] == AT


def test_a_claim_removed_meanwhile_leaves_the_words(desk: Flask) -> None:
    editor, approver = person(desk, "editor"), person(desk, "approver")
    fields = DECIDE.typed(editor)
    gone = {**_fields(approver, AT, f"{AT}/remove"), "reason": "double"}
    assert approver.client.post(f"{AT}/remove", data=gone).status_code == 303
    answer = editor.client.post(DECIDE.action, data=fields)
    assert answer.status_code == 404
    assert LINE.partition(" :")[0] in soup(answer).text
    assert "痛み" in editor.get("/desk/unsent").text


def test_a_draft_finished_or_thrown_away_meanwhile(desk: Flask) -> None:
    form = FORMS["draft"]
    for end in ("create", "discard"):
        editor, other = person(desk, "editor"), person(desk, "approver")
        bring(editor)
        fields = form.typed(editor)
        if end == "create":
            made = other.post(form.action, draft_form(other, do="create"))
        else:
            made = other.post(f"{form.action}/discard")
        assert made.status_code == 303
        assert editor.client.post(form.action, data=fields).status_code == 404
        assert LINE in editor.get("/desk/unsent").text
        if end == "create":
            (desk.extensions["site"].kb.text_path("epaule")).unlink()


def test_the_journal_is_away_while_sending(desk: Flask, tmp_path: Path) -> None:
    editor = person(desk, "editor")
    fields = DECIDE.typed(editor)
    fields["reason"] = "lu"
    holder = sqlite3.connect(desk.extensions["site"].instance / "journal.sqlite")
    holder.execute("BEGIN EXCLUSIVE")
    answer = editor.client.post(DECIDE.action, data=fields)
    holder.close()
    assert answer.status_code == 503
    shown = [field.text for field in soup(answer).select("textarea")]
    assert any("痛み" in words for words in shown), "the answer does not show what was typed"


# ---- two tabs ---------------------------------------------------------------------------


def test_two_tabs_of_one_form_are_both_kept_and_told(desk: Flask) -> None:
    editor = person(desk, "editor")
    first, second = DECIDE.typed(editor), DECIDE.typed(editor)
    second["rationale_fr"] = "de l’autre fenêtre"
    keep(editor, DECIDE, first)
    keep(editor, DECIDE, second)
    page = editor.get(AT)
    assert "open elsewhere with other words" in page.text
    others = [a["href"] for a in page.select("a[href^='?kept=']")]
    shown = {page.select_one("#rationale_fr").text} | {
        editor.get(f"{AT}{one}").select_one("#rationale_fr").text for one in others
    }
    assert {words.replace("\r\n", "\n") for words in shown} == {
        WORDS.replace("\r\n", "\n"),
        "de l’autre fenêtre",
    }


def test_a_tab_opened_on_kept_words_does_not_overwrite_those_that_go_on(desk: Flask) -> None:
    editor = person(desk, "editor")
    first = keep(editor, DECIDE, DECIDE.typed(editor))
    second = _fields(editor, AT, DECIDE.action)  # shows the words of the first, with its name
    keep(editor, DECIDE, {**first, "rationale_fr": "la suite"})
    keep(editor, DECIDE, {**second, "rationale_fr": "une autre suite"})
    kept = editor.get("/desk/unsent").text
    assert "la suite" in kept
    assert "une autre suite" in kept


def test_words_are_forgotten_once_they_are_recorded_or_thrown_away(desk: Flask) -> None:
    editor = person(desk, "editor")
    fields = keep(editor, DECIDE, {**DECIDE.typed(editor), "reason": "lu"})
    assert editor.client.post(DECIDE.action, data=fields).status_code == 303
    assert "Everything you typed is recorded." in editor.get("/desk/unsent").text
    fields = keep(editor, FORMS["comment"], FORMS["comment"].typed(editor))
    thrown = {name: fields[name] for name in ("csrf_token", "kept-as", "kept-form")}
    assert editor.client.post("/desk/unsent/forget", data=thrown).status_code == 303
    assert FORMS["comment"].shown(editor) == ""


# ---- two people ---------------------------------------------------------------------------


def test_two_links_by_two_people_both_stand(desk: Flask) -> None:
    one, other = person(desk, "editor"), person(desk, "approver")
    linked = {a["href"].rpartition("/")[2] for a in one.get(AT).select(".links-list h4 a")}
    keys = [key for key in desk.extensions["site"].kb.library if key not in linked][:2]
    forms = []
    for someone, key in zip((one, other), keys, strict=True):
        sent = someone.fields(f"{AT}/links/{key}", f"/links/{key}")
        forms.append((someone, key, {**sent, "stance": "background", "note_fr": f"de {key}"}))
    for someone, key, sent in forms:
        assert someone.post(f"{AT}/links/{key}", sent).status_code == 303
    page = one.get(AT).select_one(".links-list").text
    assert all(f"de {key}" in page for key in keys)


def test_two_links_to_one_study_are_settled_field_by_field(desk: Flask) -> None:
    one, other = person(desk, "editor"), person(desk, "approver")
    at = f"{AT}/links/{KEY}"
    mine = {**one.fields(at, f"/links/{KEY}"), "stance": "supports", "note_fr": "le mien"}
    theirs = {**other.fields(at, f"/links/{KEY}"), "stance": "background", "note_fr": "le leur"}
    assert other.post(at, theirs).status_code == 303
    answer = one.post(at, mine)
    assert answer.status_code == 409
    page = soup(answer)
    hidden = page.select("form.stack input[type=hidden]")
    chosen = {str(i["name"]): i["value"] for i in hidden}
    chosen |= {"take-stance": "theirs", "take-note": "yours"}
    assert one.post(at, chosen).status_code == 303
    row = one.get(AT).select_one(f'.links-list a[href="/references/{KEY}"]').find_parent("li")
    assert "background" in row.select_one(".stance").text
    assert "le mien" in row.text


def test_a_conflict_is_not_recorded_by_reloading_it(desk: Flask) -> None:
    one, other = person(desk, "editor"), person(desk, "approver")
    mine = decision(one, rationale_fr=WORDS, reason="lu")
    assert (
        other.post(f"{AT}/decide", decision(other, rationale_fr="autre", reason="lu")).status_code
        == 303
    )
    for _ in range(2):
        answer = one.post(f"{AT}/decide", mine)
        assert answer.status_code == 409
        assert "is recorded" not in soup(answer).text
    assert same(DECIDE.shown(one), WORDS), "left, the words are gone"
    events = desk.extensions["site"].assembler.journal.events(TEXT, CLAIM)
    assert [event.accepted for event in events] == [True, False]


def test_different_fields_of_two_people_do_not_conflict(desk: Flask) -> None:
    one, other = person(desk, "editor"), person(desk, "approver")
    first = decision(one, statement_en="It is done through the skin.", reason="lu")
    second = decision(other, rationale_en="Said otherwise.", reason="lu")
    assert one.post(f"{AT}/decide", first).status_code == 303
    assert other.post(f"{AT}/decide", second).status_code == 303
    page = other.get(AT)
    assert page.select_one("#statement_en").text == "It is done through the skin."
    assert page.select_one("#rationale_en").text == "Said otherwise."


def test_a_second_sending_with_other_words_is_a_second_event(desk: Flask) -> None:
    editor = person(desk, "editor")
    sent = decision(editor, rationale_en="Once.", reason="lu")
    for words in ("Once.", "Once.", "Twice."):  # sent, reloaded, Back and other words
        assert editor.post(f"{AT}/decide", {**sent, "rationale_en": words}).status_code == 303
    events = desk.extensions["site"].assembler.journal.events(TEXT, CLAIM)
    said = [event.payload["changes"]["rationale"]["en"] for event in events if event.accepted]
    assert said == ["Once.", "Twice."]
    history = editor.get(AT).select_one("#history")
    assert "Once." in history.text
    assert history.select_one("ins")


def test_the_data_of_a_text_by_two_people(desk: Flask) -> None:
    form, one, other = FORMS["data"], person(desk, "editor"), person(desk, "approver")
    mine, theirs = form.typed(one), form.typed(other)
    theirs |= {"title_en": "Their title", "publisher": "CHU"}
    assert other.client.post(form.action, data=theirs).status_code == 303
    answer = one.client.post(form.action, data=mine)
    assert answer.status_code == 409
    page = soup(answer)
    assert "Their title" in page.select_one(".merging").text
    assert same(form.shown(one), LINE), "left, the words are gone"
    shown = page.select("form.stack input:not([type=radio])")
    chosen = {**mine, **{str(i["name"]): i["value"] for i in shown}, "take-title_en": "yours"}
    assert one.client.post(form.action, data=chosen).status_code == 303
    text = one.get(form.page)
    assert text.select_one("#title_en")["value"] == LINE
    assert text.select_one("#publisher")["value"] == "CHU"


def test_a_page_loaded_again_meanwhile_keeps_the_reason_of_a_dismissal(desk: Flask) -> None:
    editor = person(desk, "editor")
    bring(editor)
    editor.post("/desk/drafts/epaule", draft_form(editor, do="create"))
    page = editor.get("/desk/texts/epaule/page")
    form = page.select_one('form[action$="/dismissed"]')
    fields = {str(i["name"]): i.get("value", "") for i in form.select("input[name]")}
    sent = {**fields, "reason": LINE}
    stale = editor.post("/desk/texts/epaule/dismissed", {**sent, "page": "another"})
    assert stale.status_code == 303
    assert LINE in editor.get("/desk/unsent").text
    assert editor.post("/desk/texts/epaule/dismissed", sent).status_code == 303
    gone = editor.get("/desk/texts/epaule/page").select_one(".is-dismissed")
    assert LINE in gone.text
    assert "Dr Editor" in gone.text
    undo = {str(i["name"]): i.get("value", "") for i in gone.select("form input[name]")}
    assert editor.post("/desk/texts/epaule/dismissed/undo", undo).status_code == 303
    assert not editor.get("/desk/texts/epaule/page").select(".is-dismissed")
