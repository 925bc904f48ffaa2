"""Reports in five forms and two languages, with what an author of a page needs to see."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from itertools import pairwise
from pathlib import Path
from typing import Any

import docx
import lxml.html
import pytest
from journal_states import claim_state
from pdfminer.high_level import extract_text

from evidence.journal import Entry, Journal, signing_payload
from evidence.knowledge import KnowledgeBase
from evidence.originals.load import read_bytes
from evidence.originals.versions import Originals
from evidence.report import FORMATS, build, render, report_of
from evidence.standing import StandingText
from references.errors import SettingError
from references.library import Library


@pytest.fixture
def instance(tmp_path: Path) -> Path:
    folder = tmp_path / "instance"
    folder.mkdir()
    return folder


def flat(text: str) -> str:
    return " ".join(text.replace("\u202f", " ").replace("\u00ad", "").split())


def sign(instance: Path, kb: KnowledgeBase, name: str, person: str) -> None:
    with Journal.open(instance) as journal:
        state = claim_state(journal, kb.text("bain"), name)
        assert state.claim is not None
        payload = signing_payload(state.claim, kb.library)
        entry = Entry("anne", "sign-off", "bain", name, state.hash, payload, person)
        assert journal.record(entry, state.registered).conflict is None


def test_a_report_of_a_register_alone(small: KnowledgeBase, instance: Path) -> None:
    made = report_of(small, "bain", instance)
    assert (made.language, made.title, len(made.claims)) == ("fr", "Le bain froid", 3)
    facts = dict(made.facts)
    assert facts["Adresse"] == "https://example.org/bain"
    assert facts["Consultée le"] == "15 janvier 2026"
    assert facts["Page comparée"].startswith("non chargée")
    assert [(name, count) for name, _, count, _ in made.verdicts] == [
        ("supported", 1),
        ("partly-supported", 1),
        ("no-evidence-found", 1),
    ]
    assert [why for why, _ in made.first] == ["Aucune preuve trouvée"]
    first = made.claims[0]
    assert (first.verdict_word, first.certainty_word) == ("Étayée", "certitude élevée")
    assert first.evidence == (("appuie", (1,)),)
    assert made.references[0].key == "moreau2020"
    assert "Foot Journal" in made.references[0].citation
    assert (made.references[0].design, made.references[0].level) == ("essai randomisé", "niveau 2")
    assert made.sources[0].status_word == "Retrouvée, mais différente"
    assert "A randomized trial of cold baths" in made.sources[0].located
    assert made.reviewers == ()
    assert {"Registre et décisions", "Base de connaissances", "Programme"} <= {
        n for n, _ in made.hashes
    }


def test_decisions_signatures_and_the_page_are_in_it(
    small: KnowledgeBase, instance: Path, page: Path
) -> None:
    text = small.text("bain")
    claim = text.claim("lasts-minutes")
    with Journal.open(instance) as journal:
        payload = {"changes": {"verdict": "contradicted", "certainty": "low"}}
        journal.record(Entry("anne", "review", "bain", claim.id, claim.hash, payload), claim)
    sign(instance, small, "eases-pain", "Dr Anne Moreau")
    sign(instance, small, "effect-lasts-weeks", "Dr Anne Moreau")
    originals = Originals(instance)
    old = page.read_bytes()
    originals.add("bain", read_bytes(old, "a.txt"))
    originals.add("bain", read_bytes(old.replace(b"plusieurs semaines", b"toujours"), "a.txt"))
    made = report_of(small, "bain", instance, "en")
    by_id = {one.id: one for one in made.claims}
    assert by_id["lasts-minutes"].verdict_word == "Contradicted"
    assert by_id["eases-pain"].signed_by == ("Dr Anne Moreau",)
    assert by_id["effect-lasts-weeks"].page_word == "Changed on the page"
    assert by_id["effect-lasts-weeks"].lapses == ("the page has changed",)
    assert made.signed == 1
    assert [why for why, _ in made.first] == [
        "Contradicted",
        "Page changed",
    ]
    assert [(one.person, one.claims, one.lapsed) for one in made.reviewers] == [
        ("Dr Anne Moreau", 1, 1)
    ]
    assert len(dict(made.hashes)["Journal"]) == 64
    assert dict(made.facts)["Page compared"].endswith("(version 2)")


def test_a_retracted_work_comes_first(small: KnowledgeBase) -> None:
    rows = [
        replace(r, status="retracted") if r.key == "moreau2020" else r
        for r in small.library.values()
    ]
    small.__dict__["library"] = Library(rows)
    made = build(small, StandingText(small.text("bain"), small), "en")
    assert made.first[0][0] == "Retracted reference"
    assert made.references[0].remark == "retracted"


def test_the_hash_of_a_text_follows_what_it_says(small: KnowledgeBase) -> None:
    text = small.text("bain")

    def found(changed: Any) -> str:
        made = build(small, StandingText(changed, small), "en")
        return dict(made.hashes)["Register and decisions"]

    assert found(text) == found(text.model_copy(update={"retrieved": date(2026, 2, 1)}))
    claim = text.claims[0].model_copy(update={"certainty": "low"})
    assert found(text) != found(text.model_copy(update={"claims": (claim, *text.claims[1:])}))


@pytest.mark.parametrize("language", ["fr", "en"])
def test_html_is_whole_linked_and_needs_nothing_from_outside(
    small: KnowledgeBase, instance: Path, language: str
) -> None:
    page = render(report_of(small, "bain", instance, language), "html").decode()
    tree = lxml.html.document_fromstring(page)
    assert tree.get("lang") == language
    ids = {element.get("id") for element in tree.iter() if element.get("id")}
    links = [a.get("href") for a in tree.iter("a")]
    assert {link[1:] for link in links if link.startswith("#")} <= ids
    assert not tree.xpath("//script | //link | //img | //iframe")
    assert "url(" not in page
    levels = [int(h.tag[1]) for h in tree.iter("h1", "h2", "h3")]
    assert levels[0] == 1
    assert all(b - a <= 1 for a, b in pairwise(levels))
    assert all(th.get("scope") for th in tree.iter("th"))


def test_html_escapes_what_people_write(small: KnowledgeBase, instance: Path) -> None:
    claim = small.text("bain").claim("lasts-minutes")
    evil = '<script>alert(1)</script> & "quotes"'
    with Journal.open(instance) as journal:
        changes = {"statement": {"fr": evil, "en": evil}, "caveats": {"fr": evil, "en": evil}}
        journal.record(
            Entry("x", "review", "bain", claim.id, claim.hash, {"changes": changes}), claim
        )
    sign(instance, small, "eases-pain", evil)
    page = render(report_of(small, "bain", instance), "html").decode()
    assert "<script>" not in page
    assert page.count("&lt;script&gt;") >= 3


@pytest.mark.parametrize("language", ["fr", "en"])
def test_pdf_holds_the_same_words_in_order(
    small: KnowledgeBase, instance: Path, language: str
) -> None:
    made = report_of(small, "bain", instance, language)
    raw = render(made, "pdf")
    assert raw.startswith(b"%PDF-")
    text = flat(extract_text(io.BytesIO(raw)))
    for claim in made.claims:
        assert flat(claim.verdict_word) in text
        assert flat(claim.statement) in text
    assert flat(made.labels["versions"]) in text
    assert dict(made.hashes)[made.labels["hash_text"]][:20] in text.replace(" ", "")


@pytest.mark.parametrize("language", ["fr", "en"])
def test_docx_has_headings_tables_and_links(
    small: KnowledgeBase, instance: Path, language: str
) -> None:
    made = report_of(small, "bain", instance, language)
    document = docx.Document(io.BytesIO(render(made, "docx")))
    heads = [p.text for p in document.paragraphs if p.style.name.startswith("Heading 1")]
    assert heads == [
        made.labels[n]
        for n in (
            "summary",
            "first",
            "method",
            "table",
            "sources",
            "reviewers",
            "references",
            "versions",
        )
    ]
    assert [len(table.rows) - 1 for table in document.tables] == [2, 1]
    cells = [cell.text for table in document.tables for row in table.rows for cell in row.cells]
    for claim in made.claims:
        assert any(claim.statement in cell for cell in cells)
        assert any(claim.rationale in cell for cell in cells)
    assert document.core_properties.language == language
    assert {rel.target_ref for rel in document.part.rels.values() if rel.is_external} == {
        "https://example.org/bain"
    }


def test_csv_opens_in_a_spreadsheet_and_is_no_formula(small: KnowledgeBase, instance: Path) -> None:
    claim = small.text("bain").claim("lasts-minutes")
    with Journal.open(instance) as journal:
        changes = {"statement": {"fr": "=1+1", "en": "=1+1"}}
        journal.record(
            Entry("x", "review", "bain", claim.id, claim.hash, {"changes": changes}), claim
        )
    raw = render(report_of(small, "bain", instance), "csv")
    assert raw.startswith(b"\xef\xbb\xbf")
    rows = list(csv.DictReader(io.StringIO(raw.decode("utf-8-sig"), newline="")))
    assert [row["id"] for row in rows] == ["eases-pain", "lasts-minutes", "effect-lasts-weeks"]
    assert rows[1]["statement"] == "'=1+1"
    assert rows[0]["references"] == "appuie: moreau2020"


def test_json_says_everything(small: KnowledgeBase, instance: Path) -> None:
    made = report_of(small, "bain", instance)
    document = json.loads(render(made, "json"))
    assert document["verdicts"]["supported"] == 1
    assert document["sections"][0]["claims"][0]["id"] == "eases-pain"
    assert document["references"][0]["number"] == 1


def test_an_unknown_format_is_said(small: KnowledgeBase, instance: Path) -> None:
    with pytest.raises(SettingError, match="use one of html"):
        render(report_of(small, "bain", instance), "odt")


def test_the_bundled_texts_report_in_both_languages(kb: KnowledgeBase, instance: Path) -> None:
    for text_id in kb.texts:
        for language in ("fr", "en"):
            made = report_of(kb, text_id, instance, language)
            assert len(made.claims) == len(kb.text(text_id).claims)
            assert all(one.citation != one.key for one in made.references)
            assert render(made, "html").count(b"<tr id=") == len(made.claims)
            assert render(made, "docx")


def test_references_are_told_with_their_study(kb: KnowledgeBase, instance: Path) -> None:
    made = report_of(kb, "vulvodynie-cryoneurolyse", instance, "fr")
    told = {one.key: one.study for one in made.references}
    trial = told["nygaard2025efficacy"]
    assert dict(trial.facts)["interventions"] == "cryoneurolyse"
    assert trial.results[0].endswith("échelle numérique de 0 à 10 · pas de différence montrée)")
    assert trial.related == ("protocole Nygaard et al. 2021",)
    assert "vu sur PubMed" in trial.seen
    assert told["goss2020cryoneurotomy"].harms == (
        "décès périopératoire (1 sur 55, grave)",
        "suicide (1 sur 55, grave)",
    )
    page, document = render(made, "html").decode(), docx.Document(io.BytesIO(render(made, "docx")))
    written = "\n".join(one.text for one in document.paragraphs)
    for words in ("suicide (1 sur 55, grave)", "protocole Nygaard et al. 2021"):
        assert words in page
        assert words in written
    seen = kb.library["nygaard2025efficacy"].provenance[0].seen
    assert seen
    assert seen not in page + written


def test_what_two_readers_saw_differently_is_in_it(kb: KnowledgeBase, instance: Path) -> None:
    made = report_of(kb, "vulvodynie-cryoneurolyse", instance, "en")
    read = kb.readings("vulvodynie-cryoneurolyse")
    (claim,) = (one for one in made.claims if one.id == "severe-complications-rare")
    assert len(claim.differences) >= len(read[claim.id].differing)
    assert claim.readings[-1].startswith("The same stance for")
    assert any("weighed independently" in part for part in made.method)
    assert f'id="read-{claim.number}"' in render(made, "html").decode()
    rows = list(csv.DictReader(io.StringIO(render(made, "csv").decode("utf-8-sig"))))
    (row,) = (row for row in rows if row["id"] == claim.id)
    apart = next(one for one in read[claim.id].differing if one.first != one.second)
    words = {"not-linked": "left out"}
    first, second, settled = (
        words.get(one, one) for one in (apart.first, apart.second, apart.settled)
    )
    name = kb.library[apart.reference].byline
    assert f"{name}: {first} / {second} → {settled}" in row["read_differently"]


def test_the_command(evidence: Callable[..., Any], tmp_path: Path) -> None:
    for form in FORMATS:
        file = tmp_path / f"r.{form}"
        done = evidence("report", "bain", "--format", form, "--output", file, "--json")
        assert json.loads(done.stdout)["bytes"] == file.stat().st_size > 500
    assert "<!doctype html>" in evidence("report", "bain").stdout
    english = evidence("report", "bain", "--language", "en").stdout
    assert "Version hashes" in english
    assert json.loads(evidence("report", "bain", "--format", "json", "--json").stdout)["text_id"]
    assert "--output" in evidence("report", "bain", "--format", "pdf", "--json", code=2).stderr
    assert "No text 'none'" in evidence("report", "none", code=2).stderr


def test_one_participant_is_one(kb: KnowledgeBase, tmp_path: Path) -> None:
    page = render(report_of(kb, "vulvodynie-cryoneurolyse", tmp_path, "en"), "html").decode()
    assert "1 participant," in page
    assert ", 1 participants" not in page
