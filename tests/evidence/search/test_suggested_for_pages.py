"""References suggested for claims of a page: what its title and its headings are about counts.

`suggested.json`: 24 claims as pages make them, ours, each with the references that one person
judged pertinent by their records among those suggested with and without the page.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from evidence.knowledge import KnowledgeBase
from evidence.search.engine import WhooshEngine

JUDGED = json.loads((Path(__file__).parent / "suggested.json").read_text(encoding="utf-8"))


def shown(engine: WhooshEngine, row: dict[str, str], around: bool) -> list[str]:
    place = f"{row['title']}. {row['heading']}" if around else ""
    return [one.key for one in engine.suggest(row["claim"], 5, around=place)]


def test_three_in_five_of_the_first_five_are_pertinent(engine: WhooshEngine) -> None:
    share = {}
    for around in (False, True):
        pairs = [(key, row) for row in JUDGED for key in shown(engine, row, around)]
        share[around] = sum(key in row["pertinent"] for key, row in pairs) / len(pairs)
    assert share[True] >= 0.64, share
    assert share[True] > share[False] + 0.15, share


def test_other_conditions_are_spoken_of_by_the_way(engine: WhooshEngine) -> None:
    """On a page about a regional pain syndrome, burns are what it may follow, no subject."""
    claim, page = (
        "It may follow fractures, sprains, burns or cuts.",
        "Complex regional pain syndrome",
    )
    alone = [one.key for one in engine.suggest(claim, 5)]
    assert "finneran2019lfcn" in alone
    assert "finneran2019lfcn" not in [one.key for one in engine.suggest(claim, 5, around=page)]


def test_where_the_library_knows_nothing_of_the_condition_nothing_is_suggested(
    engine: WhooshEngine,
) -> None:
    claim = "The numbness may be so strong that it wakes you."
    assert engine.suggest(claim, 5)
    assert engine.suggest(claim, 5, around="Carpal tunnel syndrome. Symptoms") == ()


@pytest.mark.parametrize(
    ("page", "claim"),
    [
        ("Algie vasculaire faciale", "Elle débute en général entre 20 et 40 ans."),
        ("Cataract extraction", "The pain seldom lasts longer than a few hours."),
    ],
)
def test_of_what_the_library_does_not_know_nothing_is_suggested(
    engine: WhooshEngine, page: str, claim: str
) -> None:
    assert engine.suggest(claim, 5)
    assert engine.suggest(claim, 5, around=f"{page}. ") == ()


def test_the_part_of_the_body_in_a_title_counts(engine: WhooshEngine, kb: KnowledgeBase) -> None:
    claim, page = "Une infection est possible (moins de 0,5 %).", "Rhizolyse facettaire. Risques"
    found = [kb.library[one.key] for one in engine.suggest(claim, 5, around=page)]
    assert found
    assert all("facet" in f"{one.title} {one.abstract}".casefold() for one in found)


def test_a_title_without_a_concept_is_known_by_its_rarest_word(engine: WhooshEngine) -> None:
    claim = "Une nuit à l'hôpital est parfois nécessaire."
    found = [one.key for one in engine.suggest(claim, 5, around="La cimentoplastie vertébrale. ")]
    assert found == ["tan2023cementoplasty"]
