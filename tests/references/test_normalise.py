"""Words compared: what is spelling is one, what is another word stays another."""

from __future__ import annotations

import pytest

from references.normalise import comparable_words, joined_words

#: British and American spellings of one word, from the dictionaries of either.
SPELLINGS = (
    "anaesthesia anesthesia",
    "haemorrhage hemorrhage",
    "oedema edema",
    "oestrogen estrogen",
    "randomised randomized",
    "ischaemia ischemia",
    "catheterisation catheterization",
    "tumours tumors",
    "behavioural behavioral",
    "fibre fiber",
    "centres centers",
    "labelled labeled",
    "analysed analyzed",
    "catalogue catalog",
    "orthopaedic orthopedic",
    "oedema edema",
    "dyspnoea dyspnea",
    "enrolled enroled",
    "programmes programs",
    "ageing aging",
    "manoeuvre maneuver",
    "sulphate sulfate",
    "generalisability generalizability",
)


@pytest.mark.parametrize("pair", SPELLINGS)
def test_british_and_american_spelling_are_one_word(pair: str) -> None:
    british, american = pair.split()
    assert comparable_words(british) == comparable_words(american)
    assert comparable_words(f"A {british} study") == comparable_words(f"a {american.upper()} Study")


@pytest.mark.parametrize(
    "pair",
    [
        "four for",
        "hour hor",
        "excise excize",
        "toes tes",
        "filled filed",
        "size sisal",
        "ablation oblation",
        "nerve nervous",
    ],
)
def test_other_words_stay_apart(pair: str) -> None:
    one, other = pair.split()
    assert comparable_words(one) != comparable_words(other)


def test_marks_letters_and_entities_leave_no_trace() -> None:
    words = comparable_words("β-blockers &amp; the nerf d’Alcock")
    assert words == ("beta", "blockers", "and", "the", "nerf", "dalcock")


@pytest.mark.parametrize(
    "pair",
    [
        "gastro-oesophageal gastroesophageal",
        "phyto-oestrogens phytoestrogens",
        "intra-epithelial intraepithelial",
    ],
)
def test_a_compound_is_one_word_with_a_hyphen_or_without(pair: str) -> None:
    one, other = pair.split()
    assert joined_words(one) == joined_words(other)
