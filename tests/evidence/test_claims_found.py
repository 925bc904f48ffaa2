"""Which sentences of other publishers' pages are found to be claims, and of which kind.

The pages are restated and labelled by hand (docs/claims-found.md). Held just under what was
measured, on the pages that the rules were made with and on those that were kept back.
"""

from __future__ import annotations

from collections import Counter

import pytest

from bench.labelled_pages import LEFT_OUT, NO_CLAIM, measured, pages
from evidence.anchoring.segment import sentences
from evidence.claims.claim import KINDS
from evidence.knowledge import KnowledgeBase


def test_the_pages_are_many_and_of_both_sorts() -> None:
    names = ("developed_on", "kept_back", "learned_from", "blind", "learned_later", "blind_later")
    everything = [page for name in names for page in pages(name)]
    labels = [line.label for page in everything for line in page.lines]
    assert len({page.publisher for page in everything}) >= 130
    assert len(labels) >= 1800
    assert {page.about for page in everything} == {"treatment", "disease"}
    assert set(Counter(page.language for page in everything)) == {"fr", "en"}
    known = {LEFT_OUT, NO_CLAIM, *KINDS}
    assert all(set(label.split("/")) <= known for label in labels)


@pytest.mark.parametrize(
    ("name", "recall", "precision", "kinds"),
    [
        ("developed_on", 0.98, 0.95, 0.9),
        ("kept_back", 0.98, 0.94, 0.9),
        ("learned_from", 0.98, 0.94, 0.85),
        ("blind", 0.97, 0.93, 0.9),
        ("learned_later", 0.97, 0.95, 0.87),
        ("blind_later", 0.97, 0.95, 0.75),  # nothing was fitted on these
    ],
)
def test_claims_are_found_and_of_the_right_kind(
    name: str, recall: float, precision: float, kinds: float, kb: KnowledgeBase
) -> None:
    score, faults = measured(pages(name), kb)
    said = "\n".join(faults)
    assert score.recall >= recall, said
    assert score.precision >= precision, said
    assert score.kinds >= kinds, said


@pytest.mark.parametrize("about", ["treatment", "disease"])
@pytest.mark.parametrize("name", ["developed_on", "kept_back"])
def test_neither_sort_of_page_is_left_behind(name: str, about: str, kb: KnowledgeBase) -> None:
    score, faults = measured([page for page in pages(name) if page.about == about], kb)
    assert score.recall >= 0.93, "\n".join(faults)
    assert score.precision >= 0.88, "\n".join(faults)


@pytest.mark.parametrize(
    "line",
    ["Pas de névrome d'amputation, pas de douleurs névralgiques", "No scar, no night in hospital"],
)
def test_a_bold_line_that_denies_is_a_claim_and_still_a_heading(line: str) -> None:
    found = sentences(f"Le froid\n\n{line}\n\nLe geste dure vingt minutes.\n", "fr")[1]
    assert (found.text, found.form, found.is_claim) == (line, "heading", True)


@pytest.mark.parametrize(
    "line", ["Pourquoi pas de cicatrice ?", "Comment le nerf est traité", "Les complications"]
)
def test_other_headings_claim_nothing(line: str) -> None:
    found = sentences(f"Le froid\n\n{line}\n\nLe geste dure vingt minutes.\n", "fr")[1]
    assert (found.form, found.is_claim) == ("heading", False)


@pytest.mark.parametrize(
    ("line", "source"),
    [
        (
            "Références : Mulder JD. The causative mechanism. J Bone Joint Surg 1951;33:94-5.",
            "Mulder JD. The causative mechanism. J Bone Joint Surg 1951;33:94-5.",
        ),
        (
            "Safety and efficacy of excision in deep disease. PMID 12345678",
            "Safety and efficacy of excision in deep disease. PMID 12345678",
        ),
    ],
)
def test_a_source_is_one_wherever_it_is_printed(line: str, source: str) -> None:
    page = f"Le froid calme la douleur.\n\n{line}\n\nMerci à tous.\n"
    assert [s.text for s in sentences(page, "fr") if s.form == "source"] == [source]


@pytest.mark.parametrize("heading", ["Notes et références", "Nos sources", "Further reading"])
def test_what_stands_under_a_heading_of_sources_is_no_claim(heading: str) -> None:
    page = f"Le froid calme la douleur.\n\n{heading}\n\n• Efficacité du froid dans la douleur.\n"
    found = [s for s in sentences(page, "fr") if s.is_claim]
    assert [s.text for s in found] == ["Le froid calme la douleur."]


def test_a_row_says_something_beside_the_heads_of_its_columns_only() -> None:
    rows = "Moins de 60 ans | 8 %\nPlus de 60 ans | 50 %\n"
    alone = [s.is_claim for s in sentences(f"Le zona\n\n{rows}\nFin.\n", "fr") if s.form == "item"]
    assert alone == [False, False]
    page = f"Le zona\n\nÂge | Douleur qui dure\n{rows}\nFin.\n"
    headed = [s for s in sentences(page, "fr") if s.form == "item"]
    assert [s.is_claim for s in headed] == [False, True, True]
    assert headed[1].lead == "Âge | Douleur qui dure"


@pytest.mark.parametrize(
    ("heading", "lead", "kind"),
    [
        ("Quels sont les risques ?", "Les effets suivants sont fréquents :", "safety"),
        ("Causes", "On retrouve :", "cause"),
        ("Les symptômes", "Il peut s'agir de :", "symptom"),
        ("Contre-indications", "On y renonce en cas de :", "indication"),
    ],
)
def test_a_heading_decides_the_kind_of_the_list_below_it(
    heading: str, lead: str, kind: str
) -> None:
    page = f"Le patch de piment\n\n{heading}\n\n{lead}\n• une rougeur pendant deux jours ;\n"
    assert [one.kind for one in sentences(page, "fr") if one.form == "item"] == [kind]


@pytest.mark.parametrize(
    ("language", "line"),
    [("fr", "Le sport reprend après une semaine"), ("en", "Back to sport after two weeks")],
)
def test_a_time_in_words_is_a_figure(language: str, line: str) -> None:
    page = f"Le patch de piment\n\nSuites\n\n• {line}\n"
    assert [one.is_claim for one in sentences(page, language) if one.form == "item"] == [True]


@pytest.mark.parametrize("line", ["Page 1 / 1", "page 2 sur 4", "Page 1 of 2"])
def test_the_number_of_a_page_is_no_claim(line: str) -> None:
    found = sentences(f"Le froid calme la douleur.\n\n{line}\n\nFin du texte ici.\n", "fr")
    assert [s.text for s in found if s.is_claim] == ["Le froid calme la douleur."]
