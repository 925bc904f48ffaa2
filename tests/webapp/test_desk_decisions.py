"""Deciding at the desk: two editors, links, signatures, comments, several claims at once."""

from __future__ import annotations

import io
import uuid
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from desk_site import (
    AT,
    CLAIM,
    PAGE,
    PASSWORD,
    TEXT,
    bring,
    decision,
    draft_form,
    make_desk,
    person,
    soup,
)
from flask import Flask
from journal_states import claim_state

from evidence.journal import Journal
from evidence.journal.accounts import Accounts
from evidence.search.protocol import SearchEngine


def test_a_decision_that_differs_asks_for_a_reason_and_reaches_the_reader(desk: Flask) -> None:
    editor = person(desk, "editor")
    sent = decision(editor, verdict="not-checkable", certainty="none", reason="")
    answer = editor.post(f"{AT}/decide", sent)
    assert answer.status_code == 422
    assert "differs from the proposal" in soup(answer).select_one("#errors").text
    checked = soup(answer).select_one("[name=verdict][checked]")
    assert checked["value"] == "not-checkable", "what was chosen is lost"
    assert (
        "Not checkable"
        not in editor.get(f"/texts/{TEXT}/claims/{CLAIM}").select_one(".judgement").text
    )
    answer = editor.post(f"{AT}/decide", {**sent, "reason": "Two trials say otherwise."})
    assert answer.status_code == 303
    page = editor.get(f"/texts/{TEXT}/claims/{CLAIM}")
    assert "Not checkable" in page.select_one(".judgement").text
    assert "Decided by Dr Editor" in page.select_one(".review").text
    assert "Two trials say otherwise." in editor.get(AT).select_one("#history").text


def test_a_form_sent_twice_is_one_decision(desk: Flask) -> None:
    editor = person(desk, "editor")
    sent = decision(editor, rationale_en="Said once.", reason="as before")
    for _ in range(2):
        assert editor.post(f"{AT}/decide", sent).status_code == 303
    assert editor.get(AT).select_one("#history").text.count("Dr Editor") == 1


def test_the_second_editor_is_told_and_nothing_is_overwritten(desk: Flask) -> None:
    one, other = person(desk, "editor"), person(desk, "approver")
    first = decision(one, rationale_en="The first wording.", reason="read again")
    second = decision(other, rationale_en="The second wording.", reason="read too")
    assert one.post(f"{AT}/decide", first).status_code == 303
    answer = other.post(f"{AT}/decide", second)
    assert answer.status_code == 409
    page = soup(answer)
    cells = [cell.text for cell in page.select("tbody td")]
    assert any("The first wording." in cell for cell in cells)
    assert any("The second wording." in cell for cell in cells)
    reader = other.get(f"/texts/{TEXT}/claims/{CLAIM}").text
    assert "The first wording." in reader
    assert "The second wording." not in reader
    history = other.get(AT)
    assert "came second, not applied" in history.select_one("#history").text
    row = other.get(f"/desk/texts/{TEXT}?needs=conflict").select("[data-rows] > li h3 a")
    assert [link["href"] for link in row] == [AT]
    inputs = page.select('form[action$="/decide"] input')
    again = {i["name"]: i["value"] for i in inputs if i["type"] == "hidden"}
    again |= {"take-rationale": "yours", "reason": "read too"}
    assert other.post(f"{AT}/decide", again).status_code == 303
    assert "The second wording." in other.get(f"/texts/{TEXT}/claims/{CLAIM}").text
    assert not other.get(f"/desk/texts/{TEXT}?needs=conflict").select("[data-rows] > li h3")


def test_link_change_and_unlink(desk: Flask) -> None:
    editor = person(desk, "editor")
    linked = {
        a["href"].rpartition("/")[2] for a in editor.get(AT).select("#links .links-list h4 a")
    }
    key = next(k for k in editor_library(desk) if k not in linked)
    form = f"{AT}/links/{key}"
    sent = editor.fields(form, f"/links/{key}")
    assert editor.post(form, {**sent, "note_fr": "Une note."}).status_code == 422
    sent |= {"stance": "qualifies", "population": "indirect", "note_fr": "Une note."}
    assert editor.post(form, sent).status_code == 303
    row = editor.get(AT).select_one(f'.links-list a[href="/references/{key}"]').find_parent("li")
    assert "qualifies" in row.text
    assert "Population: indirect" in row.text
    removal = {**editor.fields(AT, "/decide"), "do": f"unlink:{key}"}
    assert editor.post(f"{AT}/decide", removal).status_code == 303
    assert not editor.get(AT).select(f'.links-list a[href="/references/{key}"]')


def editor_library(app: Flask) -> list[str]:
    """Keys of the library."""
    return list(app.extensions["site"].kb.library)


def test_search_and_suggestions_beside_the_claim(shared_desk: Flask) -> None:
    page = person(shared_desk, "editor").get(f"{AT}?q=cryoneurolysis")
    assert len(page.select("#results .offers > li")) > 3
    assert len(page.select(".suggested .offers > li")) > 3
    assert "because of" in page.select_one(".suggested").text
    assert page.select(".rules > li")


def test_sign_lapse_and_sign_again(desk: Flask) -> None:
    approver, editor = person(desk, "approver"), person(desk, "editor")
    sent = {**approver.fields(AT, "/sign"), "note": "Discussed in the group."}
    answer = approver.post(f"{AT}/sign", sent)
    assert answer.status_code == 303, soup(answer).select_one("#errors")
    review = editor.get(f"/texts/{TEXT}/claims/{CLAIM}").select_one(".review").text
    assert "Signed by Dr Approver" in review
    assert "no longer holds" not in review
    editor.post(f"{AT}/decide", decision(editor, rationale_en="Another word.", reason="clearer"))
    review = editor.get(f"/texts/{TEXT}/claims/{CLAIM}").select_one(".review").text
    assert "no longer holds" in review
    lapsed = editor.get(f"/desk/texts/{TEXT}?needs=lapsed").select("[data-rows] > li h3 a")
    assert [link["href"] for link in lapsed] == [AT]
    assert "claim or its links have changed" in editor.get(AT).select_one("#signature").text


def test_nobody_signs_a_page_they_did_not_see(desk: Flask) -> None:
    admin = person(desk, "administrator")
    bring(admin)
    admin.post("/desk/drafts/epaule", draft_form(admin, do="create"))
    page = admin.get("/desk/texts/epaule")
    claim = page.select_one("[data-rows] > li h3 a")["href"]
    name = claim.rpartition("/")[2]
    form = {
        **admin.fields(claim, "/decide"),
        "verdict": "no-evidence-found",
        "certainty": "none",
        "rationale_fr": "Rien.",
    }
    assert admin.post(f"{claim}/decide", form).status_code == 303
    seen, listed = admin.fields(claim, "/sign"), admin.get("/desk/texts/epaule")
    bulk = {
        "action": "sign",
        "confirmed": "1",
        "claim": name,
        "page": listed.select_one("[name=page]")["value"],
        f"against-{name}": listed.select_one(f"[name=against-{name}]")["value"],
    }
    admin.post(
        "/desk/texts/epaule/original",
        {"file": (io.BytesIO(PAGE.replace("24 à 48", "2 à 4").encode()), "epaule.md")},
        content_type="multipart/form-data",
    )
    answer = admin.post(f"{claim}/sign", seen)
    assert answer.status_code == 409
    assert "loaded again" in soup(answer).select_one("#errors").text
    admin.post("/desk/texts/epaule/bulk", bulk)
    assert not admin.get("/desk/texts/epaule?stage=signed").select("[data-rows] > li h3")
    assert admin.post(f"{claim}/sign", admin.fields(claim, "/sign")).status_code == 303


def test_drafted_claims_are_neither_reviewed_nor_signed_unseen(desk: Flask) -> None:
    admin = person(desk, "administrator")
    bring(admin)
    admin.post("/desk/drafts/epaule", draft_form(admin, do="create"))
    page = admin.get("/desk/texts/epaule")
    assert [t.text for t in page.select(".tile b")] == ["0"] * 6, "undecided claims have a verdict"
    ids = [box["value"] for box in page.select("[name=claim]")]
    hashes = {f"against-{i}": page.select_one(f"[name=against-{i}]")["value"] for i in ids}
    for action in ("review", "sign"):
        sent = {
            "action": action,
            "confirmed": "1",
            "claim": ids,
            "page": page.select_one("[name=page]")["value"],
        }
        admin.post("/desk/texts/epaule/bulk?stage=open", {**sent, **hashes})
        told = admin.get("/desk/texts/epaule").select_one(".told").text
        assert f"{len(ids)} claims are still to be assessed" in told
    first = page.select_one("[data-rows] > li h3 a")["href"]
    form = admin.get(first).select_one("#decide form")
    assert not form.select("[name=verdict][checked], [name=certainty][checked]")
    answer = admin.post(f"{first}/decide", admin.fields(first, "/decide"))
    assert answer.status_code == 422
    said = soup(answer).select_one("#errors").text
    assert "Choose a verdict" in said
    assert "Choose a certainty" in said
    sent = {**admin.fields(first, "/decide"), "do": "take", "rationale_fr": "à moitié"}
    assert admin.post(f"{first}/decide", sent).status_code == 303
    page = admin.get(first)
    assert page.select_one("[name=rationale_fr]").text == "à moitié"
    taken = page.select("#decide [checked]")
    assert {box["value"] for box in taken} >= {"no-evidence-found", "none"}


def test_from_one_claim_to_the_next_that_waits(desk: Flask) -> None:
    admin = person(desk, "administrator")
    bring(admin)
    admin.post("/desk/drafts/epaule", draft_form(admin, do="create"))
    rows = admin.get("/desk/texts/epaule?order=page").select("[data-rows] > li h3 a")
    addresses = [a["href"] for a in rows]
    here, seen = addresses[-1], []
    for _ in addresses:
        seen.append(here)
        sent = {
            **admin.fields(here, "/decide"),
            "verdict": "no-evidence-found",
            "certainty": "none",
            "rationale_en": "Nothing.",
            "then": "next",
        }
        here = admin.post(f"{here}/decide", sent).headers["Location"]
    assert sorted(seen) == sorted(addresses)
    assert here == "/desk/texts/epaule"
    here = addresses[0]
    for _ in addresses:
        here = admin.post(f"{here}/sign", {**admin.fields(here, "/sign"), "then": "next"}).headers[
            "Location"
        ]
    assert here == "/desk/texts/epaule"
    assert len(admin.get("/desk/texts/epaule?stage=signed").select("[data-rows] > li h3")) == len(
        addresses
    )


def test_eight_editors_at_once_through_the_app(tmp_path: Path, engine: SearchEngine) -> None:
    app = make_desk(tmp_path / "instance", engine)
    text = app.extensions["site"].kb.text(TEXT)
    with Journal.open(tmp_path / "instance") as journal:
        for number in range(8):
            Accounts(journal).add(f"ed{number}", "editor", PASSWORD)

    def work(number: int) -> int:
        someone, conflicts = person(app, f"ed{number}"), 0
        token, sent = someone.token, decision(someone, reason="read")
        for turn in range(4):
            sent |= {
                "rationale_en": f"{number}-{turn}",
                "rationale_fr": f"{number}-{turn}",
                "entry": str(uuid.uuid4()),
                "csrf_token": token,
            }
            while (answer := someone.client.post(f"{AT}/decide", data=sent)).status_code == 409:
                conflicts += 1
                shown = soup(answer).select_one('form[action$="/decide"] [name=against]')
                sent |= {"against": shown["value"], "entry": str(uuid.uuid4())}
            assert answer.status_code == 303
            with Journal.open(tmp_path / "instance") as journal:
                sent["against"] = claim_state(journal, text, CLAIM).hash
        return conflicts

    with ThreadPoolExecutor(8) as pool:
        conflicts = sum(pool.map(work, range(8)))
    with Journal.open(tmp_path / "instance") as journal:
        assert journal.verify().ok
        events = journal.events(TEXT, CLAIM)
    done = [e.payload["changes"]["rationale"]["en"] for e in events if e.accepted]
    assert sorted(done) == sorted(f"{n}-{t}" for n in range(8) for t in range(4))
    assert len(events) == len(done) + conflicts


def test_comments_wait_until_resolved(desk: Flask) -> None:
    editor, approver = person(desk, "editor"), person(desk, "approver")
    editor.post(f"{AT}/comments", {"words": "<b>Is this so?</b>"})
    page = approver.get(AT)
    assert "<b>Is this so?</b>" in page.select_one("#discussion .words").text
    resolve = page.select_one('form[action$="/resolve"]')["action"]
    other = person(desk, "editor")
    assert other.post(resolve).status_code == 303
    assert approver.post(resolve).status_code == 404
    assert not approver.get(AT).select("#discussion .words")


def test_assign_filter_and_review_several_at_once(desk: Flask) -> None:
    editor = person(desk, "editor")
    page = editor.get(f"/desk/texts/{TEXT}")
    ids = [box["value"] for box in page.select("[name=claim]")][:3]
    hashes = {f"against-{i}": page.select_one(f"[name=against-{i}]")["value"] for i in ids}
    answer = editor.post(
        f"/desk/texts/{TEXT}/bulk",
        {"action": "assign", "to": "approver", "claim": ids, **hashes},
    )
    assert answer.status_code == 303
    mine = person(desk, "approver").get(f"/desk/texts/{TEXT}?assignee=approver")
    assert sorted(box["value"] for box in mine.select("[name=claim]")) == sorted(ids)
    everything = {
        box["value"]: page.select_one(f"[name=against-{box['value']}]")["value"]
        for box in page.select("[name=claim]")
    }
    editor.post(
        f"/desk/texts/{TEXT}/bulk",
        {
            "action": "review",
            "claim": list(everything),
            **{f"against-{i}": value for i, value in everything.items()},
        },
    )
    reviewed = editor.get(f"/desk/texts/{TEXT}?stage=reviewed").select("[data-rows] > li h3")
    left = editor.get(f"/desk/texts/{TEXT}?stage=open").select("[data-rows] > li h3")
    assert len(reviewed) + len(left) == len(everything)
    assert reviewed, "nothing agreed with the proposal"
