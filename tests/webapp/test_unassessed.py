"""A drafted claim nobody has judged says nothing to the public, on no address and in no file."""

from __future__ import annotations

import io
import json
import re
from pathlib import Path

import pytest
from desk_site import Person, make_accounts, person
from flask import Flask
from small_base import KEYS
from surfaces import LANGUAGES, World, addresses, ask, links, make_world, run, told, walk

from evidence.knowledge import KnowledgeBase
from webapp.publish.publisher import publish_to

OWN = """id: bain
title: {fr: Le bain froid, en: The cold bath}
language: fr
sources:
- {cited: Moreau A. Le bain. 2020., status: not-located}
- {cited: Petit L. Le froid. 2021., status: unchecked}
sections:
- {id: short, heading: {fr: En bref, en: In short}}
claims:
- id: steady
  section: short
  anchor: {start: Le bain froid}
  statement: {fr: Le bain dure dix minutes., en: The bath takes ten minutes.}
  kind: procedure
  verdict: not-checkable
  certainty: none
  rationale: {fr: Rien à étudier., en: Nothing to study.}
"""
PAGE = """# La radiofréquence de l'épaule

## Les effets

La radiofréquence diminue la douleur de l'épaule chez 80 % des patients.

La radiofréquence réduit le recours aux opioïdes pendant six mois.

## Les risques

La radiofréquence peut provoquer une brûlure de la peau.

## Sources

- Zylberman Q. Une œuvre sur l'épaule. Revue imaginaire. 2019.
- Quenaud K. Une autre œuvre sur l'épaule. Revue imaginaire. 2020.
"""
#: What a draft writes where a person has still to write.
MARK = re.compile(r"\[(?:to (?:translate|assess|reword)|à (?:traduire|évaluer|reformuler))\]")
NO_EVIDENCE = re.compile("No evidence found|Aucune preuve trouvée|no-evidence-found")


def bring(editor: Person) -> list[str]:
    """A page becomes a register at the desk; the ids of its claims."""
    sent = {"id": "epaule", "file": (io.BytesIO(PAGE.encode()), "epaule.md")}
    answer = editor.post("/desk/texts/new", sent, content_type="multipart/form-data")
    assert answer.status_code == 303
    form = editor.fields("/desk/drafts/epaule", "/desk/drafts/epaule")
    assert editor.post("/desk/drafts/epaule", form | {"do": "create"}).status_code == 303
    rows = editor.get("/desk/texts/epaule").select("[name=claim]")
    ids = [str(box["value"]) for box in rows]
    assert len(ids) == 3
    return ids


def decide(editor: Person, claim_id: str, **values: object) -> None:
    at = f"/desk/texts/epaule/claims/{claim_id}"
    made = {
        "verdict": "mixed",
        "certainty": "low",
        "reason": "as read",
        "rationale_fr": "Deux essais se contredisent.",
        **values,
    }
    answer = editor.post(f"{at}/decide", editor.fields(at, "/decide") | made)
    assert answer.status_code == 303


def values(claims: list[str]) -> dict[str, list[str]]:
    return {
        "text_id": ["bain", "epaule"],
        "text": ["bain", "epaule"],
        "claim_id": ["steady", *claims],
        "key": [*KEYS],
        "concept_id": ["shoulder-pain", "pain", "radiofrequency", "phantom-limb-pain"],
        "extension": ["bib", "ris", "json", "csl.json", "csv"],
        "name": ["levels"],
        "secret": ["nobody-knows-it"],
    }


@pytest.fixture(scope="module")
def untouched(few: Path, tmp_path_factory: pytest.TempPathFactory) -> World:
    """A server to which nothing was brought."""
    return make_world(few, tmp_path_factory.mktemp("untouched"), OWN)


@pytest.fixture(scope="module")
def drafted(few: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[World, list[str]]:
    """A server at whose desk a page was brought and its register written."""
    world = make_world(few, tmp_path_factory.mktemp("drafted"), OWN)
    make_accounts(world.instance)
    return world, bring(person(world.app, "editor"))


def _judged(world: World) -> tuple[World, list[str]]:
    make_accounts(world.instance)
    editor = person(world.app, "editor")
    ids = bring(editor)
    decide(editor, ids[0])
    at = f"/desk/texts/epaule/claims/{ids[1]}"
    link = editor.fields(f"{at}/links/{KEYS[0]}", f"/links/{KEYS[0]}")
    sent = link | {"stance": "supports", "note_fr": "Une note."}
    assert editor.post(f"{at}/links/{KEYS[0]}", sent).status_code == 303
    approver, at = person(world.app, "approver"), "/desk/texts/epaule/state"
    assert approver.post(at, approver.fields(at, "/state")).status_code == 303
    return world, ids


@pytest.fixture(scope="module")
def judged(few: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[World, list[str]]:
    """As `drafted`; the first claim is decided, in French alone, the second linked only."""
    return _judged(make_world(few, tmp_path_factory.mktemp("judged"), OWN))


@pytest.fixture
def judged_to_change(few: Path, tmp_path: Path) -> tuple[World, list[str]]:
    """As `judged`, for a test that goes on deciding."""
    return _judged(make_world(few, tmp_path, OWN))


# ---- nobody has judged ----------------------------------------------------------------


def test_a_register_just_written_changes_nothing_for_the_public(
    untouched: World, drafted: tuple[World, list[str]]
) -> None:
    world, ids = drafted
    asked = addresses(world.app, values(ids))
    assert any("/texts/epaule" in address for address in asked)
    for address in asked:
        for language in LANGUAGES:
            answer = ask(world.app, address, language)
            other = ask(untouched.app, address, language)
            assert answer.status_code == other.status_code, address
            assert told(answer.text) == told(other.text), (address, language)
            assert not MARK.search(answer.text), address


def test_its_addresses_are_not_there(drafted: tuple[World, list[str]]) -> None:
    world, ids = drafted
    for path in (
        "/texts/epaule",
        f"/texts/epaule/claims/{ids[0]}",
        "/sources/epaule",
        "/feeds/texts/epaule",
        "/texts/epaule/annotations.jsonld",
        "/api/v1/texts/epaule",
        f"/api/v1/texts/epaule/claims/{ids[0]}",
    ):
        assert ask(world.app, path).status_code == 404, path


def test_it_is_not_published(drafted: tuple[World, list[str]], tmp_path: Path) -> None:
    world, _ids = drafted
    kb = KnowledgeBase(world.base, world.instance)
    done = publish_to(kb, tmp_path, address="https://www.example.org/e", instance=world.instance)
    assert done.broken == []
    files = [path for path in tmp_path.rglob("*") if path.suffix in (".html", ".xml", ".jsonld")]
    assert len(files) > 20
    for path in files:
        assert "epaule" not in str(path)
        words = path.read_text("utf-8")
        assert not re.search("epaule|Zylberman", words), path
        assert not MARK.search(words), path


def test_an_editor_reads_it_and_is_told_that_nobody_else_does(
    drafted: tuple[World, list[str]],
) -> None:
    world, ids = drafted
    editor = person(world.app, "editor")
    page = editor.get("/texts/epaule")
    assert "Only editors see this text" in page.select_one(".notice").text
    assert page.select_one(".text-head .meta").text.startswith("read on")  # it has no publisher
    listed = editor.get("/texts/epaule?view=claims").select(".claims .verdict-word")
    assert [word.text for word in listed] == ["Not assessed yet"] * 3
    link = editor.get(f"/desk/texts/epaule/claims/{ids[0]}").select_one(".claim-facts > a")
    assert link.text == "Read it as it would be shown"
    told_at_the_desk = editor.get("/desk/texts/epaule").select_one(".reason-list").text
    assert "Cited sources not looked for yet" in told_at_the_desk
    for address in (
        "/texts/epaule",
        f"/texts/epaule/claims/{ids[0]}",
        f"/texts/epaule/compare?claim={ids[0]}&claim={ids[1]}",
    ):
        page = editor.get(address)
        for legend in page.select(".zero, .tiles"):
            legend.decompose()
        assert not NO_EVIDENCE.search(str(page)), address
        assert "ClaimReview" not in str(page)
        assert not MARK.search(str(page)), address
    desk = editor.get(f"/desk/texts/epaule/claims/{ids[0]}")
    (shown,) = desk.select(f'a[href="/texts/epaule/claims/{ids[0]}"]')
    assert shown.text == "Read it as it would be shown"
    assert person(world.app, "reader").client.get("/texts/epaule").status_code == 404


def test_commands_call_it_unassessed(drafted: tuple[World, list[str]]) -> None:
    world, ids = drafted
    rows = {row["id"]: row for row in run(world, "claims")}
    assert {rows[i]["verdict"] for i in ids} == {None}
    assert {rows[i]["certainty"] for i in ids} == {None}
    assert {rows[i]["assessed"] for i in ids} == {False}
    assert rows["steady"]["assessed"] is True
    assert [row["id"] for row in run(world, "claims", "--verdict", "unassessed")] == ids
    assert run(world, "claims", "--verdict", "no-evidence-found") == []
    texts = {row["text"]: row for row in run(world, "text", "list")}
    assert texts["epaule"] | {"claims": 3, "unassessed": 3, "public": False} == texts["epaule"]
    assert texts["bain"] | {"claims": 1, "unassessed": 0, "public": True} == texts["bain"]


def test_the_check_names_what_is_still_to_write(drafted: tuple[World, list[str]]) -> None:
    world, ids = drafted
    found = run(world, "check")
    assert found["counts"]["unassessed"] == 3
    assert found["errors"] == []
    warned = {problem["field"] for problem in found["warnings"]}
    assert {f"{i}.verdict" for i in ids} <= warned
    assert {f"{i}.statement" for i in ids} <= warned
    assert "title" in warned
    lines = (world.instance / "texts" / "epaule.yaml").read_text("utf-8").splitlines()
    for problem in (p for p in found["warnings"] if p["file"].endswith("epaule.yaml")):
        around = "".join(lines[problem["line"] - 1 : problem["line"] + 3])
        assert MARK.search(around) or problem["field"].endswith(".verdict"), problem
    run(world, "check", "--strict", code=1)


def test_the_report_counts_no_verdict(drafted: tuple[World, list[str]]) -> None:
    world, _ids = drafted
    report = run(world, "report", "epaule", "--format", "json")
    claims = [claim for part in report["sections"] for claim in part["claims"]]
    assert [claim["assessed"] for claim in claims] == [False] * 3
    assert [claim["verdict"] for claim in claims] == [None] * 3
    assert report["verdicts"] == {}
    # Nobody has decided: nothing is asked of the author, nothing is signed, nobody is named.
    assert [(claim["group"], claim["departure"]) for claim in claims] == [("", None)] * 3
    for act in ("decided", "signed"):
        assert [claim[act]["people"] for claim in claims] == [[]] * 3
    assert all(claim["quoted"]["words"] for claim in claims)
    told = " ".join(report["method"])
    assert "Affirmations pas encore évaluées\u00a0: 3." in told
    assert "Sources pas encore recherchées\u00a0: 2." in told
    whole = json.dumps(report, ensure_ascii=False)
    assert not MARK.search(whole)
    assert {source["status_word"] for source in report["sources"]} == {"Pas encore recherchée"}


@pytest.mark.parametrize("form", ["html", "docx", "csv"])
@pytest.mark.parametrize("language", LANGUAGES)
def test_reports_of_every_form_are_made_of_it(
    drafted: tuple[World, list[str]], form: str, language: str
) -> None:
    editor = person(drafted[0].app, "editor")
    answer = editor.client.get(f"/desk/texts/epaule/report.{form}?in={language}")
    assert answer.status_code == 200
    if form != "docx":
        assert not MARK.search(answer.text)
        assert "Not assessed yet" in answer.text or "Pas encore évaluée" in answer.text


# ---- one claim is judged --------------------------------------------------------------


def test_only_what_was_judged_is_public(judged: tuple[World, list[str]]) -> None:
    world, ids = judged
    app = world.app
    text = ask(app, "/api/v1/texts/epaule").get_json()
    assert text["claims"] == 1
    assert {v: n for v, n in text["verdicts"].items() if n} == {"mixed": 1}
    assert [s["id"] for s in text["sections"]] == ["effets"]
    listed = ask(app, "/api/v1/claims?text=epaule").get_json()["items"]
    assert [claim["id"] for claim in listed] == ids[:1]
    assert ask(app, f"/texts/epaule/claims/{ids[0]}").status_code == 200
    for hidden in ids[1:]:
        for path in (
            "/texts/epaule/claims/{}",
            "/api/v1/texts/epaule/claims/{}",
            "/texts/epaule/claims/{}/annotation.jsonld",
        ):
            assert ask(app, path.format(hidden)).status_code == 404
    page = ask(app, "/texts/epaule").text
    assert "2 more claims of this page have not been assessed so far" in page
    # A link to a claim that nobody judged says nothing of the reference.
    assert ask(app, f"/api/v1/references/{KEYS[0]}").get_json()["uses"] == []
    assert ask(app, "/api/v1/search?stance=supports").get_json()["total"] == 0


def test_the_desk_leads_to_the_public_page_of_a_claim_only_where_there_is_one(
    judged: tuple[World, list[str]],
) -> None:
    world, ids = judged
    editor = person(world.app, "editor")
    for name, shown in zip(ids, (True, False, False), strict=True):
        page = editor.get(f"/desk/texts/epaule/claims/{name}")
        assert bool(page.select(f'a[href="/texts/epaule/claims/{name}"]')) is shown


def test_no_surface_says_more_than_was_judged(judged: tuple[World, list[str]]) -> None:
    world, ids = judged
    named: set[str] = set()
    for address, language, answer in walk(world.app, values(ids)):
        if answer.status_code != 200:
            continue
        named |= links(answer.text)
        assert not MARK.search(answer.text), (address, language)
        for hidden in ids[1:]:
            assert f"claims/{hidden}" not in answer.text, (address, hidden)
        if "/texts/epaule" not in address:
            assert "réduit le recours aux opioïdes" not in answer.text, address
    dead = {path for path in named if ask(world.app, path).status_code >= 400}
    assert dead == set()
    feed = ask(world.app, "/feeds/texts/epaule").text
    assert feed.count("<entry>") == 1
    review = ask(world.app, f"/texts/epaule/claims/{ids[0]}").text
    assert review.count("ClaimReview") == 1


def test_what_changed_tells_of_no_earlier_verdict(judged: tuple[World, list[str]]) -> None:
    """The place of a verdict in a draft is no verdict that a decision replaced."""
    page = ask(judged[0].app, "/changes?text=epaule").text
    assert "Mixed" in page
    assert "<s>" not in page
    assert "opioïdes" not in page


def test_a_claim_removed_before_anybody_judged_it_leaves_no_trace(
    judged_to_change: tuple[World, list[str]],
) -> None:
    world, ids = judged_to_change
    at = f"/desk/texts/epaule/claims/{ids[2]}"
    approver = person(world.app, "approver")
    sent = approver.fields(at, "/remove") | {"reason": "not a claim"}
    assert approver.post(f"{at}/remove", sent).status_code == 303
    # The history of the desk keeps it, and leads to no page that is not there.
    history = approver.get("/desk/texts/epaule/history")
    assert "brûlure" in history.text
    assert not history.select(f'a[href$="/claims/{ids[2]}"]')
    for language in LANGUAGES:
        assert ids[2] not in ask(world.app, "/changes", language).text
    # Nor when the register says so too; what was judged and removed keeps its history.
    sent = approver.fields(at.replace(ids[2], ids[0]), "/remove") | {"reason": "said twice"}
    run(world, "journal", "apply")
    decide(person(world.app, "editor"), ids[1])
    assert approver.post(f"{at.replace(ids[2], ids[0])}/remove", sent).status_code == 303
    run(world, "journal", "apply")
    page = ask(world.app, "/changes").text
    assert ids[2] not in page
    assert ids[0] in page


def test_all_judged_claims_removed_hide_the_text_again(
    judged_to_change: tuple[World, list[str]],
) -> None:
    world, ids = judged_to_change
    approver = person(world.app, "approver")
    for name in ids:
        at = f"/desk/texts/epaule/claims/{name}"
        sent = approver.fields(at, "/remove") | {"reason": "not a claim"}
        assert approver.post(f"{at}/remove", sent).status_code == 303
    assert ask(world.app, "/texts/epaule").status_code == 404
    assert "epaule" not in ask(world.app, "/").text
    # Nor does the register show it once it has no claim left.
    assert run(world, "journal", "apply", "epaule")["texts"][0]["removed"] == ids
    assert ask(world.app, "/texts/epaule").status_code == 404
    assert "epaule" not in ask(world.app, "/sitemap.xml").text


# ---- sources nobody looked for --------------------------------------------------------


@pytest.mark.parametrize(
    ("language", "unsought", "located"),
    [
        ("en", "not looked for yet", "not located as cited"),
        ("fr", "pas encore recherchées", "non retrouvées telles que citées"),
    ],
)
def test_sources_not_looked_for_are_not_called_not_located(
    judged: tuple[World, list[str]], language: str, unsought: str, located: str
) -> None:
    app: Flask = judged[0].app
    for address in ("/texts/epaule", "/texts/epaule?view=claims"):
        page = ask(app, address, language).text
        assert f"2 {'cited sources' if language == 'en' else 'sources citées'} {unsought}" in page
        assert located not in page, address
    sources = ask(app, "/sources/epaule", language).text
    assert ("Not looked for yet" if language == "en" else "Pas encore recherchée") in sources
    assert ("Nobody has looked" if language == "en" else "Personne n’a encore recherché") in sources
    assert ("was looked for as it is cited" if language == "en" else "a été recherchée") not in (
        sources
    )
    home = ask(app, "/", language).text
    # One text has two sources nobody looked for, the other one that was and one that was not.
    assert re.search(r"1 (of|sources? citées? sur) 1 ", home)
    assert not re.search(r"[02] (of|sources? citées? sur) 2 ", home)


def test_the_api_and_the_mixed_headline(judged: tuple[World, list[str]]) -> None:
    app = judged[0].app
    found = ask(app, "/api/v1/sources?text=epaule").get_json()["items"]
    assert [one["status"] for one in found] == ["unchecked"] * 2
    assert ask(app, "/api/v1/sources?status=not-located&text=epaule").get_json()["total"] == 0
    mixed = ask(app, "/sources/bain").text
    assert "The sources printed under the text, but 1, were looked for" in mixed
