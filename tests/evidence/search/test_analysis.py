from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evidence.search.language.analysis import analyzer, likely_language
from references.normalise import fold


@pytest.mark.parametrize(
    ("text", "terms"),
    [
        ("IL-6", {"il", "6", "il6"}),
        ("vitamin D", {"vitamin", "d"}),
        ("5-HT3", {"5", "ht3", "5ht3"}),
        ("5-HT₃", {"5", "ht3", "5ht3"}),
        ("β-amyloid", {"beta", "amyloid", "betaamyloid"}),
        ("beta-amyloid", {"beta", "amyloid", "betaamyloid"}),
        ("TNFα", {"tnf", "alpha", "tnfalpha"}),
        ("CT-guided", {"ct", "guid", "ctguid"}),
        ("-70 °C", {"-70c", "70"}),
        ("−70°C", {"-70c", "70"}),
        ("p = 0.05", {"p", "0.05"}),
        ("Alcock's canal", {"alcock", "canal"}),
    ],
)
def test_biomedical_tokens_survive(text: str, terms: set[str]) -> None:
    assert set(analyzer("en").stems(text)) == terms


def test_a_range_of_temperatures_is_not_below_zero() -> None:
    assert "-70c" not in analyzer("en").stems("warmed from 20-70 °C")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("percutanée", "percutanee"),
        ("percutanées", "percutanee"),
        ("NÉVRALGIES", "névralgie"),
        ("l’étude", "etude"),
        ("d'Alcock", "alcock"),
        ("œdème", "oedeme"),
    ],
)
def test_french_meets_with_and_without_accents(one: str, other: str) -> None:
    assert analyzer("fr").stems(one) == analyzer("fr").stems(other) != []


def test_stop_words_of_a_language_are_left_out() -> None:
    assert analyzer("fr").stems("le froid et les nerfs") == analyzer("fr").stems("froid nerfs")
    assert analyzer("en").stems("the cold of a nerve") == analyzer("en").stems("cold nerve")


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Le froid coupe le passage des messages", "fr"),
        ("névralgie pudendale", "fr"),
        ("Cold blocks conduction along the nerve", "en"),
        ("phantom limb", "en"),
    ],
)
def test_the_language_is_guessed(text: str, language: str) -> None:
    assert (likely_language(text) or "en") == language


def test_a_text_that_does_not_tell_has_no_likely_language() -> None:
    assert likely_language("TKA cryo") is None
    assert likely_language("TKA", {"tka": "fr"}.get) == "fr"


@given(st.text(max_size=200))
def test_words_stand_where_they_say(text: str) -> None:
    for language in ("en", "fr"):
        for word in analyzer(language).words(text):
            assert text[word.start : word.end] == word.text
            assert word.text


@given(st.text(max_size=200))
def test_a_word_of_a_query_gives_the_terms_of_a_document(text: str) -> None:
    analyze = analyzer("en")
    spread = [stem for word in analyze.words(text) for stem in word.stems]
    assert spread == analyze.stems(text)


@given(st.text(alphabet="abcdéèαβ-'’ 12.°C", max_size=60))
def test_analysis_does_not_mind_case(text: str) -> None:
    assert analyzer("fr").stems(fold(text)) == analyzer("fr").stems(text)
