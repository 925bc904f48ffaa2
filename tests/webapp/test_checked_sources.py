"""What the services said, on the page of cited sources and on pages of references."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner
from desk_site import TEXT, make_desk, person, soup
from flask import Flask
from service_double import Record, Reply, ServiceDouble

from evidence.cli import cli
from evidence.journal import Journal
from evidence.knowledge import KnowledgeBase
from evidence.services.settled import settle
from evidence.services.source_checks import latest_check, store_check
from evidence.services.verification import check_now
from references.record import Reference
from references.verify import Check, Cited, cited_string
from references.verify.differences import Difference

KEY = "ilfeld2023phantom"
RETRACTION = {
    "type": "retraction",
    "label": "Retraction",
    "DOI": "10.5555/notice",
    "updated": {"date-parts": [[2025, 3, 4]]},
}


@pytest.fixture
def instance(tmp_path: Path) -> Path:
    return tmp_path / "instance"


@pytest.fixture
def app(instance: Path) -> Flask:
    return make_desk(instance, None)


@pytest.fixture
def double(monkeypatch: pytest.MonkeyPatch) -> Iterator[ServiceDouble]:
    near = Record(
        "Cryoneurolysis for chronic peripheral neuropathic pain: a case series",
        [("Cachemaille", "Matthieu"), ("Else", "Anna")],
        2022,
        "Pain Practice",
        volume="22",
        doi="10.5555/near",
    )
    with ServiceDouble([near]) as server:
        for name, base in server.environment.items():
            monkeypatch.setenv(name, base)
        yield server


def test_the_button_asks_anew_and_the_page_says_what_came_of_it(
    app: Flask, instance: Path, double: ServiceDouble
) -> None:
    at = f"/sources/{TEXT}"
    reader, editor = person(app), person(app, "editor")
    assert not reader.get(at).select("main form")
    assert not reader.get(at).select(".looked")
    before = reader.client.get(at, headers={"Accept-Language": "en"}).headers["ETag"]
    assert len(editor.get(at).select(".source form")) == 4
    for _ in range(2):
        asked = len(double.log)
        answer = editor.post(
            f"/desk/texts/{TEXT}/sources/check", {"source": "4", "back": "sources"}
        )
        assert answer.status_code == 303
        assert answer.headers["Location"].endswith(f"{at}#source-4")
        assert len(double.log) > asked  # kept answers are not good enough for the button
    page = editor.get(at)
    assert "looked for" in page.select_one("[role=status]").text
    page = reader.get(at)
    assert reader.client.get(at).headers["ETag"] != before
    fourth = page.select(".source")[3]
    assert {"Crossref", "PubMed", "Europe PMC"} <= {
        item.text.split(" by ")[0].strip() for item in fourth.select(".looked li")
    }
    assert fourth.select(".looked time[datetime]")
    assert not page.select(".source")[0].select(".looked")


def _as_held(reference: Reference) -> Record:
    """A reference as Crossref and PubMed hold it."""
    return Record(
        reference.title,
        [(a.short, a.given) for a in reference.authors],
        reference.year,
        reference.journal,
        volume=reference.volume,
        issue=reference.number,
        pages=reference.pages,
        doi=reference.doi,
        pmid=reference.pmid,
        services=("crossref", "pubmed"),
    )


def test_checking_again_sees_a_retraction_of_the_same_hour(
    app: Flask, instance: Path, double: ServiceDouble, kb: KnowledgeBase
) -> None:
    """The services send no ETag, as most of the real ones; an answer is kept for a day."""
    work = _as_held(kb.library[KEY])
    double.records.append(work)
    cited = [Cited(KEY, kb.library[KEY])]
    assert check_now(kb, instance, cited)[0].status == "verified"
    work.updated_by = [RETRACTION]
    asked = len(double.log)
    again = check_now(kb, instance, cited)[0]
    assert again.status == "retracted"
    assert {request.service for request in double.log[asked:]} >= {"crossref", "pubmed"}
    assert not any(one.copied for one in again.lookups)


def test_an_old_answer_that_stands_in_is_told(
    app: Flask, instance: Path, double: ServiceDouble, kb: KnowledgeBase
) -> None:
    double.records.append(_as_held(kb.library[KEY]))
    cited = [Cited(KEY, kb.library[KEY]), cited_string("Nobody N. The moon. Tides. 2001.")]
    found, lost = check_now(kb, instance, cited)
    assert (found.status, lost.status) == ("verified", "not-located")
    double.fault(Reply(b"", 500))
    found, lost = check_now(kb, instance, cited)
    assert (found.status, lost.status) == ("verified", "unchecked")
    assert all(one.copied for one in found.lookups if one.answered)
    assert "did not answer" in " ".join(str(problem.message) for problem in found.problems)


@pytest.mark.parametrize("language", ["en", "fr"])
def test_the_page_says_what_was_compared(
    language: str, app: Flask, instance: Path, double: ServiceDouble, kb: KnowledgeBase
) -> None:
    reference = kb.library[KEY]
    double.records.append(
        Record(
            reference.title,
            [(a.short, a.given) for a in reference.authors],
            reference.year,
            doi=reference.doi,
            services=("crossref",),
        )
    )
    assert check_now(kb, instance, [Cited(KEY, reference)])[0].status == "partly-verified"
    client = person(app).client
    page = soup(client.get(f"/references/{KEY}", headers={"Accept-Language": language}))
    said = [item.text for item in page.select(".compared li")]
    words = {
        "en": ("Compared: title, authors, year", "In no record of the work, and not compared: "),
        "fr": ("Comparé : titre, auteurs, année", "Dans aucune notice de la publication"),
    }[language]
    assert said[0].replace("\u00a0", " ").startswith(words[0])
    assert said[1].startswith(words[1])


def test_differences_are_shown_as_cited_and_as_found(
    app: Flask, instance: Path, double: ServiceDouble
) -> None:
    printed = app.extensions["site"].kb.text(TEXT).sources[3].cited
    double.records[0] = replace(
        double.records[0],
        title="Cryoneurolysis for chronic peripheral neuropathic pain: case series",
    )
    editor = person(app, "editor")
    editor.post(f"/desk/texts/{TEXT}/sources/check", {"source": "4"})
    stored = latest_check(instance, printed)
    assert stored is not None
    assert stored.status == "differs"
    row = (
        person(app)
        .get(f"/sources/{TEXT}")
        .select(".source")[3]
        .select_one("table:not(.nearest) tbody tr")
    )
    assert [cell.text.strip() for cell in row.select("th, td")] == ["year", "2023", "2022"]


@pytest.mark.parametrize("language", ["en", "fr"])
def test_a_retraction_stands_first_on_the_page_of_a_reference(
    language: str, app: Flask, instance: Path, double: ServiceDouble, kb: KnowledgeBase
) -> None:
    reference = kb.library[KEY]
    double.records.append(
        Record(
            reference.title,
            [(a.short, a.given) for a in reference.authors],
            reference.year,
            reference.journal,
            doi=reference.doi,
            updated_by=[RETRACTION],
            services=("crossref",),
        )
    )
    check_now(kb, instance, [Cited(KEY, reference)])
    answer = person(app).client.get(f"/references/{KEY}", headers={"Accept-Language": language})
    page = answer.get_data(as_text=True)
    words = {"en": "Retraction", "fr": "Rétractation"}[language]
    head, _, rest = page.partition('id="notices"')
    assert words in rest[:600]
    assert "10.5555/notice" in rest[:900]
    assert "<h2" not in head.partition("<main")[2]  # nothing but the title before it


def test_a_check_of_another_wording_is_called_old(
    app: Flask, instance: Path, double: ServiceDouble, kb: KnowledgeBase
) -> None:
    cited = Cited(KEY, replace(kb.library[KEY], year=1999))
    double.fault(Reply(b"", 500))
    from evidence.services.verification import open_checker, open_session

    store_check(instance, cited, open_checker(kb, open_session(instance)).check(cited))
    page = person(app).get(f"/references/{KEY}")
    assert "the citation has changed since" in page.text
    assert "Too few services answered" in page.text


def test_a_damaged_store_leaves_the_pages_standing(app: Flask, instance: Path) -> None:
    (instance / "source-checks.sqlite").write_bytes(b"no database" * 500)
    reader = person(app)
    assert reader.get(f"/sources/{TEXT}").select(".source")
    assert reader.get(f"/references/{KEY}").select("h1")


def test_an_editor_settles_a_finding_and_readers_see_it(
    app: Flask, instance: Path, double: ServiceDouble
) -> None:
    at = f"/sources/{TEXT}"
    reader, editor = person(app), person(app, "editor")
    editor.post(f"/desk/texts/{TEXT}/sources/check", {"source": "4", "back": "sources"})
    assert not reader.get(at).select(".settle, .settled")
    form = editor.get(at).select_one("#source-4 .settle form")
    sent = {field["name"]: field.get("value", "") for field in form.select("input[name]")}
    before = reader.client.get(at).headers["ETag"]
    answer = editor.post("/desk/findings", {**sent, "reason": "Looked at in the printed issue."})
    assert answer.headers["Location"].endswith(f"{at}#source-4")
    assert reader.client.get(at).headers["ETag"] != before
    shown = reader.get(at).select_one("#source-4 .settled")
    assert "Looked at in the printed issue." in shown.text
    assert shown.select("time[datetime]")
    assert not reader.get(at).select(".settle form")
    form = editor.get(at).select_one("#source-4 .settle form")
    sent = {field["name"]: field.get("value", "") for field in form.select("input[name]")}
    editor.post("/desk/findings", {**sent, "reason": "Not that issue."})
    assert not reader.get(at).select(".settled")
    sent["csrf_token"] = reader.token
    refused = reader.client.post("/desk/findings", data={**sent, "reason": "x"})
    assert refused.status_code in (302, 303, 401, 403)
    assert "finding-settled" not in [e.kind for e in Journal.open(instance).events()[-1:]]


def test_a_decision_does_not_stand_beside_another_citation(app: Flask, instance: Path) -> None:
    """The record was changed, and not checked since."""
    record, year = KnowledgeBase().library[KEY], Difference("year", "2022", "2023")
    before = Cited(KEY, replace(record, volume="99"))
    found = Check(KEY, "differs", differences=(year,))
    reader, editor = person(app), person(app, "editor")
    with Journal.open(instance) as journal:
        for cited, is_shown in ((Cited(KEY, record), 1), (before, 0)):
            store_check(instance, cited, found)
            settle(journal, instance, KEY, "Right as printed.", "anne")
            assert len(reader.get(f"/references/{KEY}").select(".settled")) == is_shown
    assert not editor.get(f"/references/{KEY}").select(".settle form")
    listed = CliRunner().invoke(cli, ["settle", "--instance", str(instance), "--json"])
    assert (listed.exit_code, json.loads(listed.stdout)[0]["holds"]) == (1, False)
    refused = CliRunner().invoke(cli, ["settle", KEY, "--reason", "x", "--instance", str(instance)])
    assert "has changed since it was checked" in str(refused.exception)
