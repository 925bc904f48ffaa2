"""What a study found and harmed, in the words of a language."""

from __future__ import annotations

import re

import pytest

from evidence.knowledge import KnowledgeBase
from evidence.wording import terms
from evidence.wording.results import (
    harm_told,
    interval_words,
    relation_word,
    result_of,
    seen_word,
    study_words,
    unit_words,
)
from references.hosts import KINDS
from references.record import FAVOURS, RELATIONS, Finding, FindingWords, Harm, Study
from references.relations import RelatedRecord


@pytest.mark.parametrize(
    ("interval", "french", "english"),
    [
        ("-0.3 to 1.2", "−0,3 à 1,2", "−0.3 to 1.2"),
        ("-428 to 1,420", "−428 à 1\u202f420", "−428 to 1,420"),
        ("1.084 to 1.851", "1,084 à 1,851", "1.084 to 1.851"),
    ],
)
def test_intervals(interval: str, french: str, english: str) -> None:
    assert interval_words(interval, "fr") == french
    assert interval_words(interval, "en") == english


def test_a_figure_tells_its_interval_and_its_unit_once() -> None:
    told = Finding("pain", "6 months", "1.1 (95% CI 0.3 to 1.9)", interval="0.3 to 1.9")
    assert result_of(told, "en").figures == "1.1 (95% CI 0.3 to 1.9)"
    bare = Finding("pain", value="1.1", interval="0.3 to 1.9", unit="NRS 0-10", favours="neither")
    assert result_of(bare, "en").line == (
        "pain (1.1 [0.3 to 1.9], numeric scale 0-10 · no difference shown)"
    )
    in_french = Finding("pain", value="SMD 1.77", unit="SMD", french=FindingWords(value="DMS 1,77"))
    assert result_of(in_french, "fr").figures == "DMS 1,77"
    assert result_of(Finding("stay", value="2.9 days", unit="days"), "en").unit == ""


def test_every_unit_of_the_library_has_french_words(kb: KnowledgeBase) -> None:
    units = {finding.unit for one in kb.library.values() for finding in one.findings}
    parts = {part for unit in units for part in re.split("[,;] ", unit)}
    words = {part for part in parts if re.search(r"[a-z]{4}", part) and part != "mmHg"}
    assert words - set(terms.terms("unit")) == set()
    assert unit_words("NRS 0-10; MME", "fr") == (
        "échelle numérique de 0 à 10\u202f; mg d’équivalent morphine"
    )


def test_a_finding_without_a_figure_is_told_by_its_sentence() -> None:
    words = FindingWords("prise en charge", text="Par étapes.")
    steps = Finding("care", text="In steps.", french=words)
    assert result_of(steps, "en").told == "care: In steps."
    assert result_of(steps, "fr").told == "prise en charge\u00a0: Par étapes."


def test_harms() -> None:
    assert harm_told(Harm("death", 1, 55, True, "décès"), "fr").line == "décès (1 sur 55, grave)"
    assert harm_told(Harm("bruise", 1200, None, False), "fr").known == "1\u202f200, non grave"
    bare = harm_told(Harm("bruise", None, 55), "en")
    assert (bare.line, bare.people, bare.serious) == ("bruise", "", "")
    assert harm_told(Harm("bruise"), "fr").event.language == "en"


def test_texts_of_a_study_bear_their_language() -> None:
    study = Study(arms="one group", device="iovera", french={"arms": "un groupe"})
    assert study_words(study, "arms", "fr").language == "fr"
    assert study_words(study, "device", "fr").language == "en"
    assert not study_words(study, "relevance", "fr")


def test_every_side_relation_and_place_has_a_word() -> None:
    assert set(terms.terms("favours")) == set(FAVOURS)
    assert set(terms.terms("relation")) == set(terms.terms("inverse-relation")) == set(RELATIONS)
    assert set(terms.terms("seen-at")) == set(KINDS)
    assert relation_word(RelatedRecord("protocol-of", "a", True), "fr") == "protocole"
    assert seen_word("https://doi.org/10.1/x", "en") == "publisher’s page"
