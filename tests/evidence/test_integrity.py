"""`evidence check` on knowledge bases that are wrong on purpose."""

from __future__ import annotations

from pathlib import Path

import pytest

from evidence.checks.run import check_integrity
from evidence.knowledge import KnowledgeBase

BIB = """@article{whole2020,
    author = {Doe, Jane},
    title = {A whole record},
    year = {2020},
    design = {rct},
    provenance = {https://example.org/: everything},
    finding = {pain |  | -1.2 | Less pain.}
}

@article{bare,
    title = {[No title shown]},
    author = {others},
    provenance = {https://example.org/: little}
}
"""

TEXT = """id: page
title: {{fr: Page, en: Page}}
language: fr
sections:
- id: intro
  heading: {{fr: Début, en: Start}}
claims:
- id: one
  section: {section}
  anchor: {{start: trois mots ici}}
  statement: {{fr: Oui., en: Yes.}}
  kind: efficacy
  concepts: [{concept}]
  verdict: {verdict}
  certainty: {certainty}
  rationale: {{fr: Parce que., en: Because.}}
  links:
  - reference: {reference}
    stance: {stance}
    directness: {{population: {directness}}}
    finding: {finding}
    note: {{fr: Voilà., en: There.}}
"""

FINE = {
    "section": "intro",
    "concept": "vulvodynia",
    "verdict": "supported",
    "certainty": "low",
    "reference": "whole2020",
    "stance": "supports",
    "directness": "direct",
    "finding": "pain",
}


@pytest.fixture
def base(tmp_path: Path) -> Path:
    (tmp_path / "references").mkdir()
    (tmp_path / "texts").mkdir()
    (tmp_path / "kb.toml").write_text('name = {fr = "Essai", en = "Trial"}\n')
    (tmp_path / "references" / "a.bib").write_text(BIB)
    return tmp_path


def findings_of(base: Path, **changes: str) -> list[str]:
    (base / "texts" / "page.yaml").write_text(TEXT.format(**{**FINE, **changes}))
    return [str(problem) for problem in check_integrity(KnowledgeBase(base)).errors]


def test_a_sound_base_has_no_error(base: Path) -> None:
    assert findings_of(base) == []


@pytest.mark.parametrize(
    ("changes", "line", "says"),
    [
        ({"section": "outro"}, 9, "not a section"),
        ({"concept": "vulvodinia"}, 13, "not a concept"),
        (
            {"reference": "nobody2000", "stance": "background", "verdict": "mixed"},
            18,
            "no reference has the key 'nobody2000'",
        ),
        ({"finding": "sleep"}, 21, "no finding 'sleep'"),
        ({"directness": "indirect"}, 14, "indirect references only"),
        ({"reference": "bare", "finding": "''"}, 14, "incomplete references only"),
        ({"stance": "background"}, 14, "without any link that supports"),
        ({"verdict": "no-evidence-found"}, 14, "while a link supports it"),
        ({"verdict": "not-checkable"}, 15, "has the certainty 'none'"),
        ({"verdict": "proven"}, 14, "'proven' is not allowed; write one of 'supported'"),
        ({"stance": "agrees"}, 19, "is not allowed"),
    ],
)
def test_each_mistake_is_named_with_its_line_and_mend(
    base: Path, changes: dict[str, str], line: int, says: str
) -> None:
    (problem,) = findings_of(base, **changes)
    assert f"page.yaml:{line}" in problem
    assert says in problem


def test_an_unknown_field_and_a_missing_one_are_both_named(base: Path) -> None:
    wrong = TEXT.format(**FINE).replace("kind: efficacy", "sort: efficacy")
    (base / "texts" / "page.yaml").write_text(wrong)
    errors = [str(problem) for problem in check_integrity(KnowledgeBase(base)).errors]
    assert any("claims.one.kind" in e and "missing" in e for e in errors)
    assert any("claims.one.sort" in e and "unknown" in e for e in errors)


def test_broken_yaml_names_the_line_and_leaves_other_texts(base: Path) -> None:
    findings_of(base)
    (base / "texts" / "broken.yaml").write_text("id: broken\ntitle: {fr: [\n")
    kb = KnowledgeBase(base)
    assert list(kb.texts) == ["page"]
    (problem,) = check_integrity(kb).errors
    assert problem.file.endswith("broken.yaml")
    assert problem.line == 3


def test_a_broken_entry_leaves_the_others(base: Path) -> None:
    findings_of(base)
    (base / "references" / "b.bib").write_text(
        "@article{open, title = {never closed,\n  year = 2001\n\n"
        + BIB.replace("whole2020", "second").replace("bare", "third")
    )
    kb = KnowledgeBase(base)
    assert set(kb.library) == {"whole2020", "bare", "second", "third"}
    (problem,) = check_integrity(kb).errors
    assert problem.line == 1
    assert "not closed" in str(problem.message)


def test_the_same_key_twice_names_both_places(base: Path) -> None:
    findings_of(base)
    (base / "references" / "b.bib").write_text(BIB.split("\n\n")[0])
    (problem,) = check_integrity(KnowledgeBase(base)).errors
    assert "a.bib:1" in str(problem.message)
    assert problem.file.endswith("b.bib")


def test_a_signature_on_an_older_claim_is_a_warning(base: Path) -> None:
    findings_of(base)
    signed = (base / "texts" / "page.yaml").read_text()
    signed += "  reviewed: {by: Dr Doe, on: 2026-01-02, claim_hash: '00'}\n"
    (base / "texts" / "page.yaml").write_text(signed)
    findings = check_integrity(KnowledgeBase(base))
    assert findings.errors == []
    assert ["changed after it was signed" in str(w.message) for w in findings.warnings] == [True]


def test_what_may_be_one_work_is_told_with_both_places(base: Path) -> None:
    findings_of(base)
    entry = BIB.split("\n\n")[0].replace("whole2020", "again2020")
    marked = entry.replace("design =", "possibleduplicate = {whole2020, gone},\n    design =")
    (base / "references" / "b.bib").write_text(marked)
    warnings = map(str, check_integrity(KnowledgeBase(base)).warnings)
    first, second = (warning for warning in warnings if "again2020" in warning)
    assert "b.bib:1" in first
    assert "again2020.possibleduplicate" in first
    assert "may be the same work as 'whole2020' (a.bib, line 1)" in first
    assert "no reference has the key 'gone'" in second
    (base / "references" / "b.bib").write_text(entry)
    assert check_integrity(KnowledgeBase(base)).warnings == []
