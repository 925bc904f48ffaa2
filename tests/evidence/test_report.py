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
from pdfminer.pdfdocument import PDFDocument
from pdfminer.pdfpage import PDFPage
from pdfminer.pdfparser import PDFParser
from pdfminer.pdftypes import resolve1

from evidence.checks.run import check_integrity
from evidence.claims.claim import Anchor, Bilingual, Directness, Link
from evidence.journal import Entry, Journal, signing_payload
from evidence.knowledge import KnowledgeBase
from evidence.originals.load import read_bytes
from evidence.originals.versions import Originals
from evidence.report import FORMATS, Report, build, render, report_of
from evidence.report.voice import tidy
from evidence.standing import Assembler, StandingText
from references.errors import SettingError
from references.library import Library
from references.record import Finding, Harm


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
    assert (made.language, made.title.text, len(made.claims)) == ("fr", "Le bain froid", 3)
    facts = dict(made.facts)
    assert facts["Adresse"] == "https://example.org/bain"
    assert facts["Consultée le"] == "15 janvier 2026"
    assert facts["Page comparée"].startswith("non chargée")
    assert [(name, count) for name, _, count, _ in made.verdicts] == [
        ("supported", 1),
        ("partly-supported", 1),
        ("no-evidence-found", 1),
    ]
    assert [(why, [one.id for one in claims]) for why, claims in made.groups] == [
        ("Ce qu’aucune étude trouvée n’appuie (1)", ["lasts-minutes"]),
        ("Ce que les études n’appuient qu’en partie (1)", ["effect-lasts-weeks"]),
        ("Ce qui est étayé et pourrait être plus précis (1)", ["eases-pain"]),
    ]
    assert [(one.number, one.todo) for one in made.by_urgency] == [
        (2, "revoir"),
        (3, "revoir"),
        (1, "reformuler"),
    ]
    first = made.claims[0]
    assert (first.verdict_word, first.certainty_word) == ("Étayée", "certitude élevée")
    assert tuple(first.evidence) == (("appuie", (1,)),)
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
    assert by_id["eases-pain"].signed.people == ("Dr Anne Moreau",)
    assert by_id["effect-lasts-weeks"].page_word == "Changed on the page"
    assert by_id["effect-lasts-weeks"].lapses == ("the page has changed",)
    assert made.signed == 1
    assert [why for why, _ in made.groups] == [
        "What studies contradict (1)",
        "What has changed on the page since it was read (1)",
        "What is supported and could be more precise (1)",
    ]
    changed = by_id["effect-lasts-weeks"].quoted
    assert "durer toujours" in changed.words
    assert "plusieurs semaines" in changed.was
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
    assert made.groups[0][0] == "What rests on a retracted study (1)"
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
        assert flat(claim.statement.text) in text
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
            "glance",
            "sentences",
            "evidence",
            "sources",
            "references",
            "method",
            "versions",
        )
    ]
    glance, table = document.tables
    assert len(glance.rows) == 1 + 3  # its head, and a line for each claim
    assert len(table.rows) == 1 + 3 + 3  # its head, three groups, a claim in each
    cells = [cell.text for row in table.rows for cell in row.cells]
    written = "\n".join(paragraph.text for paragraph in document.paragraphs)
    for claim in made.claims:
        assert any(claim.quoted.words in cell for cell in cells)
        assert any(claim.wrong.text in cell for cell in cells)
        assert claim.statement.text in written
        assert claim.rationale.text in written
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
            assert render(made, "html").count(b'<section id="claim-') == len(made.claims)
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
    assert "Read twice, seen differently: " in render(made, "html").decode()
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


# ---- for the author of the page --------------------------------------------------------


def with_changes(kb: KnowledgeBase, claim_id: str, **changes: Any) -> StandingText:
    """The small text with one claim changed as an editor would."""
    text = kb.text("bain")
    claims = tuple(
        one.model_copy(update=changes) if one.id == claim_id else one for one in text.claims
    )
    return StandingText(text.model_copy(update={"claims": claims}), kb)


def claim_of(report: Report, name: str) -> Any:
    return next(one for one in report.claims if one.id == name)


def every_form(report: Report) -> dict[str, str]:
    """The words of a report in each of its forms."""
    document = docx.Document(io.BytesIO(render(report, "docx")))
    cells = [cell.text for table in document.tables for row in table.rows for cell in row.cells]
    html = lxml.html.document_fromstring(render(report, "html").decode())
    words = {
        "html": html.body.text_content(),
        "docx": "\n".join([*cells, *(one.text for one in document.paragraphs)]),
        "pdf": extract_text(io.BytesIO(render(report, "pdf"))),
        "csv": render(report, "csv").decode("utf-8-sig"),
        "json": json.dumps(json.loads(render(report, "json")), ensure_ascii=False),
    }
    return {form: flat(text) for form, text in words.items()}


def test_the_pages_own_sentence_is_quoted_with_heading_and_lead(
    small: KnowledgeBase, instance: Path, page: Path
) -> None:
    text = page.read_text("utf-8").replace("peut durer", "peut durer (1)")
    Originals(instance).add("bain", read_bytes(text.encode(), "a.txt"))
    made = report_of(small, "bain", instance)
    quoted = claim_of(made, "effect-lasts-weeks").quoted
    assert quoted.headings[-1].startswith("Quels effets")
    assert quoted.words == "L’effet apparaît en quelques jours et peut durer plusieurs semaines."
    assert quoted.is_whole


def test_an_item_is_quoted_with_what_announces_it(
    small: KnowledgeBase, instance: Path, page: Path
) -> None:
    standing = with_changes(small, "effect-lasts-weeks", anchor=Anchor(start="rougeur passagère"))
    originals = Originals(instance)
    originals.add("bain", read_bytes(page.read_bytes(), "a.txt"))
    version = originals.latest("bain")
    assert version is not None
    standing = replace(
        standing,
        version=version,
        read_page=originals.text,
        compare=Assembler(small, instance).compare,
    )
    quoted = claim_of(build(small, standing, "fr"), "effect-lasts-weeks").quoted
    assert quoted.lead.startswith("Les effets possibles incluent")
    assert quoted.words.startswith("rougeur passagère")


def test_without_the_page_its_sentence_is_quoted_by_its_ends(
    small: KnowledgeBase, instance: Path
) -> None:
    made = report_of(small, "bain", instance)
    assert claim_of(made, "lasts-minutes").quoted.words == "Il dure 20 … 30 minutes"
    for form in ("html", "docx", "pdf"):
        assert "Il dure 20 … 30 minutes" in every_form(made)[form]
    assert any("premiers et derniers mots" in one for one in made.notices)


def test_what_editors_typed_of_a_link_is_in_every_form(small: KnowledgeBase) -> None:
    finding = Finding("pain at 30 minutes", value="2.1 points less", interval="1.2 to 3.0")
    harm = Harm("frostbite", 3, 420, True)
    rows = [
        replace(r, findings=(finding,), harms=(harm,)) if r.key == "moreau2020" else r
        for r in small.library.values()
    ]
    small.__dict__["library"] = Library(rows)
    links = (
        Link(
            reference="moreau2020",
            stance="qualifies",
            directness=Directness(population="direct", outcome="indirect"),
            finding="pain at 30 minutes",
            note=Bilingual(fr="Essai mené en hiver.", en="A trial run in winter."),
        ),
    )
    standing = with_changes(small, "eases-pain", links=links, kind="safety")
    made = build(small, standing, "en")
    for form, words in every_form(made).items():
        for told in ("A trial run in winter.", "2.1 points less", "frostbite (3 of 420, serious)"):
            assert told in words, (form, told)
        assert "indirect: outcome" in words, form
    (link,) = json.loads(render(made, "json"))["sections"][0]["claims"][0]["links"]
    assert link["elements"] == {"population": "direct", "outcome": "indirect"}


def test_who_decided_and_why_otherwise_is_in_every_form(
    small: KnowledgeBase, instance: Path
) -> None:
    claim = small.text("bain").claim("eases-pain")
    with Journal.open(instance) as journal:
        payload = {"changes": {"certainty": "very-low"}, "reason": "Essai interrompu tôt."}
        entry = Entry("lea", "review", "bain", claim.id, claim.hash, payload, "Léa Martin")
        journal.record(entry, claim)
    sign(instance, small, "eases-pain", "Dr Anne Moreau")
    made = report_of(small, "bain", instance)
    one = claim_of(made, "eases-pain")
    assert (one.decided.people, one.signed.people) == (("Léa Martin",), ("Dr Anne Moreau",))
    assert one.departure is not None
    assert one.departure.proposed.startswith("étayée")
    for form, words in every_form(made).items():
        for told in ("Essai interrompu tôt.", "Léa Martin", "Dr Anne Moreau"):
            assert told in words, (form, told)


def test_a_source_nobody_looked_for_has_no_neighbours(small: KnowledgeBase) -> None:
    text = small.text("bain")
    source = text.sources[0].model_copy(
        update={"status": "unchecked", "reference": None, "nearest": ("durand2021",)}
    )
    standing = StandingText(text.model_copy(update={"sources": (source,)}), small)
    made = build(small, standing, "fr")
    assert made.sources[0].nearest == ()
    for words in every_form(made).values():
        assert "dix personnes" in words.lower()  # the note of a link is
        assert "les plus proches" not in words
    assert "Pas encore recherchée" in every_form(made)["html"]


def test_what_is_not_translated_is_marked_and_said(small: KnowledgeBase) -> None:
    only_french = Bilingual(fr="Un essai bien mené.", en="[to translate] Un essai bien mené.")
    standing = with_changes(small, "eases-pain", rationale=only_french)
    made = build(small, standing, "en")
    assert made.untranslated == 1
    assert made.warning.startswith("1 passage has not been translated and is printed in French")
    for form, words in every_form(made).items():
        assert "to translate" not in words, form
        assert "à traduire" not in words, form
    html = lxml.html.document_fromstring(render(made, "html").decode())
    marked = [one.text_content() for one in html.xpath("//span[@lang='fr']")]
    assert marked.count("Un essai bien mené.") == 2  # on the first page and with the evidence
    claim = json.loads(render(made, "json"))["sections"][0]["claims"][0]
    assert claim["languages"] == {"rationale": "fr", "wrong": "fr"}
    document = docx.Document(io.BytesIO(render(made, "docx")))
    runs = [run for one in document.paragraphs for run in one.runs if "bien mené" in run.text]
    assert runs[0]._r.xpath("string(.//w:lang/@w:val)") == "fr-FR"
    assert build(small, standing, "fr").warning == ""


def test_words_copied_under_both_languages_are_in_the_one_they_read_like(
    small: KnowledgeBase,
) -> None:
    words = "La douleur baisse chez la plupart des patientes, sans groupe témoin."
    made = build(
        small, with_changes(small, "eases-pain", caveats=Bilingual(fr=words, en=words)), "en"
    )
    assert claim_of(made, "eases-pain").caveats.language == "fr"
    assert made.untranslated == 1


def test_no_certainty_is_told_beside_links_that_cannot_be_graded(small: KnowledgeBase) -> None:
    standing = with_changes(
        small, "eases-pain", certainty="none", certainty_reasons=("no-studies",)
    )
    made = build(small, standing, "fr")
    assert claim_of(made, "eases-pain").certainty == "none"
    assert claim_of(made, "eases-pain").certainty_word == ""
    assert claim_of(made, "eases-pain").reasons == ()
    assert "aucune étude" in claim_of(made, "lasts-minutes").reasons  # where there is none


def test_a_note_call_leaves_no_gap_before_the_stop() -> None:
    assert tidy("La douleur du genou .\nElle dure 2,5 jours , parfois .5 jour") == (
        "La douleur du genou. Elle dure 2,5 jours, parfois .5 jour"
    )


def test_an_article_without_its_journal_is_incomplete(small: KnowledgeBase) -> None:
    rows = [replace(r, journal="") if r.key == "moreau2020" else r for r in small.library.values()]
    small.__dict__["library"] = Library(rows)
    made = build(small, StandingText(small.text("bain"), small), "fr")
    remarks = {one.key: one.remark for one in made.references}
    assert remarks == {"moreau2020": "notice incomplète", "durand2021": ""}


def test_nobody_reads_more_than_twelve_pages_for_a_page_of_six_hundred_words(
    kb: KnowledgeBase, instance: Path
) -> None:
    """The registers of two pages of that length, with 163 and 161 links."""
    for text_id in ("morton-cryotherapie", "nevralgie-pudendale"):
        raw = render(report_of(kb, text_id, instance, "fr"), "pdf")
        assert len(list(PDFPage.get_pages(io.BytesIO(raw)))) <= 12
        first = flat(extract_text(io.BytesIO(raw), page_numbers=[0]))
        assert "Votre phrase" in first
        # The first table is one page: a line for every claim, with its verdict.
        claims = report_of(kb, text_id, instance, "fr").claims
        for word in {claim.verdict_word for claim in claims}:
            assert first.count(word) >= sum(claim.verdict_word == word for claim in claims)


def test_one_of_two_signatures_is_told(base: Path, instance: Path) -> None:
    with (base / "kb.toml").open("a", encoding="utf-8") as settings:
        settings.write("\n[signing]\nsignatures = 2\n")
    kb = KnowledgeBase(base)
    sign(instance, kb, "eases-pain", "Dr Anne Moreau")
    made = report_of(kb, "bain", instance, "fr")
    claim = next(one for one in made.claims if one.id == "eases-pain")
    assert (claim.signatures.have, claim.signatures.needed) == (1, 2)
    assert made.signed == 0
    html = flat(lxml.html.fromstring(render(made, "html")).text_content())
    assert "Signée" in html
    assert "1/2" in html
    assert "signatures : 1 sur 2" in html


def test_pdf_is_tagged_titled_and_says_its_language(small: KnowledgeBase, instance: Path) -> None:
    """What PDF/UA-1 (ISO 14289-1, 7.1 and 7.2) asks of the document as a whole."""
    raw = render(report_of(small, "bain", instance), "pdf")
    catalogue = PDFDocument(PDFParser(io.BytesIO(raw))).catalog
    assert resolve1(catalogue["Lang"]) in (b"fr", "fr")
    assert resolve1(resolve1(catalogue["MarkInfo"])["Marked"]) is True
    assert resolve1(resolve1(catalogue["ViewerPreferences"])["DisplayDocTitle"]) is True
    assert b"pdfuaid:part" in resolve1(catalogue["Metadata"]).get_data()
    kinds: set[str] = set()

    def walk(node: Any) -> None:
        node = resolve1(node)
        for child in node if isinstance(node, list) else [node]:
            child = resolve1(child)
            if isinstance(child, dict):
                kinds.add(str(child.get("S", "")).strip("/'"))
                walk(child.get("K", []))

    walk(catalogue["StructTreeRoot"])
    assert {"Document", "H1", "H2", "Table", "TR", "TH", "TD", "P", "L", "LI", "Link"} <= kinds


def test_an_odd_character_breaks_no_form_and_is_told_by_check(
    base: Path, small: KnowledgeBase
) -> None:
    odd = Bilingual(fr="Le bain\x0bfroid\uffff calme.", en="A cold\x0bbath\uffff eases.")
    made = build(small, with_changes(small, "eases-pain", statement=odd), "fr")
    assert claim_of(made, "eases-pain").statement.text == "Le bain froid  calme."
    for words in every_form(made).values():
        assert "Le bain froid" in words
    register = base / "texts" / "bain.yaml"
    plain = register.read_text("utf-8")
    register.write_text(plain.replace("A cold bath eases pain.", '"A cold\\vbath"'), "utf-8")
    library = base / "references" / "feet.bib"
    library.write_text(library.read_text("utf-8").replace("ten walkers", "ten\uffff walkers"))
    told = [str(one) for one in check_integrity(KnowledgeBase(base)).warnings]
    assert any("U+000B" in one and "bain.yaml" in one for one in told)
    assert any("U+FFFF" in one and "durand2021.title" in one for one in told)


def test_the_command_warns_of_what_is_not_translated(
    evidence: Callable[..., Any], base: Path
) -> None:
    register = base / "texts" / "bain.yaml"
    text = register.read_text("utf-8").replace("en: One trial.", 'en: "[to translate] Un essai."')
    register.write_text(text, "utf-8")
    done = evidence("report", "bain", "--language", "en", "--output", base / "r.html")
    assert "1 passage has not been translated" in done.stderr
    assert evidence("report", "bain", "--output", base / "r.html").stderr == ""
