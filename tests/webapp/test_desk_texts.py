"""Texts brought to the desk and loaded again, sources, reports, and what all its pages keep to."""

from __future__ import annotations

import io
import re
from pathlib import Path

import pytest
from desk_site import (
    AT,
    PAGE,
    PASSWORD,
    TEXT,
    bring,
    draft_form,
    person,
    soup,
)
from flask import Flask

from evidence.journal import Journal
from evidence.knowledge import KnowledgeBase
from evidence.originals import bounded


def test_bring_split_merge_and_write_the_register(desk: Flask, tmp_path: Path) -> None:
    editor = person(desk, "editor")
    bring(editor)
    page = editor.get("/desk/drafts/epaule")
    names = [item["id"].removeprefix("p-") for item in page.select(".proposed:not(.dropped)")]
    assert len(names) >= 2
    assert (
        editor.post("/desk/drafts/epaule", draft_form(editor, do=f"split:{names[0]}"))
        .headers["Location"]
        .endswith(f"/split/{names[0]}")
    )
    wrong = editor.post(f"/desk/drafts/epaule/split/{names[0]}", {"words": "something\nelse"})
    assert wrong.status_code == 422
    first, second = "La cryothérapie diminue la douleur", "chez 80 % des patients"
    answer = editor.post(f"/desk/drafts/epaule/split/{names[0]}", {"words": f"{first}\n{second}"})
    assert answer.status_code == 303
    quotes = [q.text for q in editor.get("/desk/drafts/epaule").select(".proposed blockquote")]
    assert {first, second} <= set(quotes)
    editor.post("/desk/drafts/epaule", draft_form(editor, do=f"merge:{names[0]}"))
    quotes = [q.text for q in editor.get("/desk/drafts/epaule").select(".proposed blockquote")]
    assert f"{first} {second}" in quotes
    stale = draft_form(editor)
    stale["do"] = "create"
    answer = editor.post("/desk/drafts/epaule", stale)
    assert answer.status_code == 303
    assert answer.headers["Location"] == "/desk/texts/epaule"
    kb = KnowledgeBase(None, tmp_path / "instance")
    assert not kb.problems
    assert kb.text("epaule").title.fr
    assert editor.client.get("/texts/epaule").status_code == 200
    needs = editor.get("/desk/texts/epaule?needs=to-assess").select("[data-rows] > li h3")
    assert len(needs) == len(kb.text("epaule").claims)


def test_a_stale_draft_is_not_saved_over_another(desk: Flask) -> None:
    one, other = person(desk, "editor"), person(desk, "approver")
    bring(one)
    mine, theirs = draft_form(one, title_fr="Mon titre"), draft_form(other, title_fr="Leur titre")
    assert other.post("/desk/drafts/epaule", theirs).status_code == 303
    answer = one.post("/desk/drafts/epaule", mine)
    assert answer.status_code == 409
    assert soup(answer).select_one("#title_fr")["value"] == "Mon titre"
    row = [cell.text for cell in soup(answer).select(".merging tbody td")]
    assert "Leur titre" in row[1]
    assert "Mon titre" in row[2]
    assert other.get("/desk/drafts/epaule").select_one("#title_fr")["value"] == "Leur titre"
    kept = one.fields("/desk/drafts/epaule", "/desk/drafts/epaule")
    assert kept["title_fr"] == "Mon titre", "what was sent is lost"
    choice = {i["name"]: i["value"] for i in soup(answer).select("form.stack input[type=hidden]")}
    chosen = {**mine, **choice, "take-title_fr": "theirs", "publisher": "CHU"}
    assert one.post("/desk/drafts/epaule", chosen).status_code == 303
    page = other.get("/desk/drafts/epaule")
    assert page.select_one("#title_fr")["value"] == "Leur titre"
    assert page.select_one("#publisher")["value"] == "CHU"
    assert "Dr Editor" in page.select_one(".notice").text, "the first is not told"
    assert page.select_one("#history ins").text == "CHU"


def test_two_people_who_change_different_parts_of_a_draft_both_keep_theirs(desk: Flask) -> None:
    one, other = person(desk, "editor"), person(desk, "approver")
    bring(one)
    mine, theirs = draft_form(one, title_en="My title"), draft_form(other, publisher="CHU")
    assert other.post("/desk/drafts/epaule", theirs).status_code == 303
    assert one.post("/desk/drafts/epaule", mine).status_code == 303
    page = one.get("/desk/drafts/epaule")
    assert page.select_one("#title_en")["value"] == "My title"
    assert page.select_one("#publisher")["value"] == "CHU"


def test_a_merge_is_undone(desk: Flask) -> None:
    editor = person(desk, "editor")
    bring(editor)
    before = [q.text for q in editor.get("/desk/drafts/epaule").select(".proposed blockquote")]
    first = editor.get("/desk/drafts/epaule").select_one(".proposed")["id"].removeprefix("p-")
    editor.post("/desk/drafts/epaule", draft_form(editor, do=f"merge:{first}"))
    merged = [q.text for q in editor.get("/desk/drafts/epaule").select(".proposed blockquote")]
    assert len(merged) < len(before)
    editor.post("/desk/drafts/epaule", draft_form(editor, do="undo"))
    assert before == [q.text for q in editor.get("/desk/drafts/epaule").select("blockquote")]


def test_what_cannot_be_brought_is_explained(shared_desk: Flask) -> None:
    editor = person(shared_desk, "editor")
    for sent in (
        {},
        {"url": "http://127.0.0.1:9/"},
        {"url": "file:///etc/passwd"},
        {"words": "Bonjour."},
        {"words": PAGE, "id": TEXT},
        {"words": PAGE, "id": "../evil"},
    ):
        answer = editor.post("/desk/texts/new", sent)
        assert answer.status_code == 422, sent
        assert soup(answer).select_one("#errors li").text.strip()


def test_a_file_made_to_burst_is_refused_in_the_language_of_the_page(
    desk: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    editor = person(desk, "editor")
    monkeypatch.setattr(bounded, "CPU_SECONDS", 1)
    tables = b"<table>" * 2500 + b"<p>Le froid.</p>"
    for name, raw, says in (
        ("longue.txt", b"mot " * 70_000, "caract\u00e8res"),
        ("tables.html", tables, "plus de m\u00e9moire ou de temps"),
    ):
        answer = editor.client.post(
            "/desk/texts/new",
            data={"csrf_token": editor.token, "file": (io.BytesIO(raw), name)},
            content_type="multipart/form-data",
            headers={"Accept-Language": "fr"},
        )
        assert answer.status_code == 422
        assert says in soup(answer).select_one("#errors li").text


def test_what_people_type_is_shown_and_never_run(desk: Flask) -> None:
    evil = '<script>alert(1)</script>"><img src=x onerror=alert(1)>'
    admin = person(desk, "administrator")
    admin.post(
        "/desk/people", {"name": "eve", "person": evil, "role": "approver", "password": PASSWORD}
    )
    bring(admin)
    sent = draft_form(admin, do="create", title_fr=evil, publisher=evil, url="javascript:alert(1)")
    sent |= {name: evil for name in sent if name.startswith(("fr-", "en-", "heading-"))}
    sent["sources"] = f"{evil} A printed source. 2020."
    assert admin.post("/desk/drafts/epaule", sent).status_code == 303
    eve = person(desk, "eve")
    claim = eve.get("/desk/texts/epaule").select_one("[data-rows] > li h3 a")["href"]
    eve.post(f"{claim}/comments", {"words": evil})
    eve.post(f"{claim}/assign", {"to": "eve"})
    eve.post(
        f"{claim}/decide",
        {
            **eve.fields(claim, "/decide"),
            "verdict": "mixed",
            "certainty": "low",
            "rationale_fr": evil,
            "reason": evil,
        },
    )
    eve.post(
        "/desk/texts/epaule/original",
        {"file": (io.BytesIO(PAGE.encode()), f"{evil}.md")},
        content_type="multipart/form-data",
    )
    for address in (
        "/desk",
        "/desk/texts/epaule",
        claim,
        f"{claim}?q={evil}",
        "/desk/me",
        "/desk/texts/epaule/original",
        "/desk/texts/epaule/history",
        "/",
        "/texts/epaule",
        claim.removeprefix("/desk"),
        "/sources/epaule",
    ):
        page = eve.get(address)
        foreign = page.select("img[onerror], script:not([src], [type='application/ld+json'])")
        assert not foreign, address
        assert not page.select('a[href^="javascript:"]'), address
    assert evil in eve.get(claim).select_one("#discussion").text


def test_cited_sources_are_corrected_in_the_draft(desk: Flask, tmp_path: Path) -> None:
    editor = person(desk, "editor")
    bring(editor)
    printed = "Ilfeld BM. Cryoneurolysis. 2023.\n\n  Un livre sans titre. 2015. \n"
    sent = draft_form(editor, do="create", sources=printed)
    assert editor.post("/desk/drafts/epaule", sent).status_code == 303
    sources = KnowledgeBase(None, tmp_path / "instance").text("epaule").sources
    assert [source.cited for source in sources] == [
        "Ilfeld BM. Cryoneurolysis. 2023.",
        "Un livre sans titre. 2015.",
    ]
    assert {source.status for source in sources} == {"unchecked"}


def test_a_changed_page_shows_claim_by_claim_and_lapses_signatures(desk: Flask) -> None:
    approver = person(desk, "administrator")
    bring(approver)
    approver.post("/desk/drafts/epaule", draft_form(approver, do="create"))
    rows = approver.get("/desk/texts/epaule?order=page").select("[data-rows] > li h3 a")
    claim = next(a["href"] for a in rows if "80" in a.text)
    form = {
        **approver.fields(claim, "/decide"),
        "rationale_fr": "Aucune étude ne le dit.",
        "verdict": "no-evidence-found",
        "certainty": "none",
    }
    assert approver.post(f"{claim}/decide", form).status_code == 303
    assert approver.post(f"{claim}/sign", approver.fields(claim, "/sign")).status_code == 303
    assert "holds" in approver.get(claim).select_one("#signature").text
    changed = PAGE.replace("80 %", "95 %").replace(
        "Prenez", "La douleur revient chez la moitié des patients après six mois.\n\nPrenez"
    )
    answer = approver.post(
        "/desk/texts/epaule/original",
        {"file": (io.BytesIO(changed.encode()), "epaule.md")},
        content_type="multipart/form-data",
    )
    assert answer.status_code == 303
    page = approver.get("/desk/texts/epaule/original")
    assert [d.text.strip() for d in page.select(".changes del")] == ["80"]
    assert [i.text.strip() for i in page.select(".changes ins")] == ["95"]
    assert "the page has changed" in approver.get(claim).select_one("#signature").text
    add = page.select('form[action$="/claims"]')
    assert add, "the new sentence is not offered as a claim"
    sent = {i["name"]: i["value"] for i in add[0].select("input")}
    answer = approver.post("/desk/texts/epaule/claims", sent)
    assert answer.status_code == 303
    assert "moitié" in approver.get(answer.headers["Location"]).h1.text
    again = approver.fields("/desk/texts/epaule/original", "/anchor")
    assert approver.post(f"{claim}/anchor", again).status_code == 303
    assert "95" in approver.get(claim).select_one(".passage-box mark").text


def test_typography_alone_lapses_nothing(desk: Flask) -> None:
    admin = person(desk, "administrator")
    bring(admin)
    admin.post("/desk/drafts/epaule", draft_form(admin, do="create"))
    retyped = PAGE.replace("'", "’").replace(" %", "\u202f%")
    admin.post(
        "/desk/texts/epaule/original",
        {"file": (io.BytesIO(retyped.encode()), "epaule.md")},
        content_type="multipart/form-data",
    )
    assert not admin.get("/desk/texts/epaule?needs=page-changed").select("[data-rows] > li h3")


# ---- sources and reports --------------------------------------------------------------


def test_sources_offline_say_so_and_change_nothing(
    desk: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EVIDENCE_OFFLINE", "1")
    editor = person(desk, "editor")
    before = [li.text for li in editor.get(f"/desk/texts/{TEXT}").select(".sources-list p")]
    answer = editor.post(f"/desk/texts/{TEXT}/sources/check", {"source": "1"})
    assert answer.status_code == 303
    page = editor.get(f"/desk/texts/{TEXT}")
    assert "no service answered" in page.select_one(".told").text
    assert [li.text for li in page.select(".sources-list p")] == before
    with Journal.open(tmp_path / "instance") as journal:
        assert not [e for e in journal.events() if e.kind == "source-checked"]


@pytest.mark.parametrize("form", ["html", "docx", "csv", "json", "pdf"])
def test_reports_are_downloads(shared_desk: Flask, form: str) -> None:
    answer = person(shared_desk, "editor").client.get(f"/desk/texts/{TEXT}/report.{form}?in=fr")
    assert answer.status_code == 200
    assert f'filename="{TEXT}-fr.{form}"' in answer.headers["Content-Disposition"]
    assert len(answer.data) > 1000


def test_the_reports_are_reached_from_the_head_of_a_text(shared_desk: Flask) -> None:
    page = person(shared_desk, "editor").get(f"/desk/texts/{TEXT}")
    assert page.select_one(".actions a[href='#report']")
    assert len(page.select("#report a[hreflang]")) == 10


# ---- pages ----------------------------------------------------------------------------

PAGES = [
    "/desk",
    f"/desk/texts/{TEXT}",
    AT,
    f"{AT}/links/goyal2022efficacy",
    f"/desk/texts/{TEXT}/original",
    f"/desk/texts/{TEXT}/history",
    f"/desk/texts/{TEXT}/page",
    f"/desk/texts/{TEXT}/data",
    "/desk/unsent",
    "/desk/texts/new",
    "/desk/people",
    "/desk/me",
]


@pytest.mark.parametrize("address", PAGES)
def test_pages_of_the_desk_in_french_obey_the_policy(shared_desk: Flask, address: str) -> None:
    answer = person(shared_desk, "administrator").client.get(
        address, headers={"Accept-Language": "fr"}
    )
    assert answer.status_code == 200
    page = soup(answer)
    assert not page.select("[style], style, script:not([src])")
    assert len(page.select("h1")) == 1
    ids = [tag["id"] for tag in page.select("[id]")]
    assert len(ids) == len(set(ids)), sorted(i for i in ids if ids.count(i) > 1)[:5]
    for form in page.select('form[method="post"]'):
        assert form.select_one("[name=csrf_token]"), form["action"]
    for foreign in page.select("main [lang], main textarea, main option, main code"):
        foreign.decompose()
    words = set(re.findall(r"[a-z]+", page.main.text.lower()))
    assert not words & {"the", "and", "with", "which", "studies", "this", "from", "claim"}
