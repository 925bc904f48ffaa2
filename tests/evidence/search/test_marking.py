"""What is marked in a passage is what the query matched, no more and no less."""

from __future__ import annotations

import pytest

from evidence.knowledge import KnowledgeBase
from evidence.search.highlighting.marking import Marker
from evidence.search.highlighting.passages import merge
from evidence.search.query.parse import parse, with_concepts
from references.concepts import Vocabulary


def marked(query: str, text: str, vocabulary: Vocabulary, language: str = "en") -> list[str]:
    node = with_concepts(parse(query, vocabulary).node, vocabulary, frozenset())
    spans = merge(Marker(node, language, vocabulary, None)(text))
    return [text[start:end] for start, end in spans]


@pytest.mark.parametrize(
    ("query", "text", "found"),
    [
        ("freezing nerves", "A frozen nerve; freezing nerves", ["nerve", "freezing", "nerves"]),
        (
            '"nerve block"',
            "a block of a nerve, a nerve block and a Nerve  Block",
            ["nerve block", "Nerve  Block"],
        ),
        ('"pain of the nerve"', "the pain of a nerve, nerve pain", ["pain of a nerve"]),
        ('"IL-6 level"', "IL-6 levels, IL-6 level, IL 6 level", ["IL-6 level", "IL 6 level"]),
        (
            '"l’anesthésie locale"',
            "sous anesthésie locale ; locale anesthésie",
            ["anesthésie locale"],
        ),
        ("cryo*", "Cryoneurolysis, or cryo-analgesia", ["Cryoneurolysis", "cryo-analgesia"]),
        ("knee NOT rib", "knee and rib", ["knee"]),
        ("percutanee", "une voie percutanée", ["percutanée"]),
        ("œdème", "un oedème, un œdème", ["oedème", "œdème"]),
        ("β-amyloid", "beta-amyloid and β‑amyloid", ["beta-amyloid", "β‑amyloid"]),
        ("author:smith year:2020", "smith 2020", []),
        ("the of", "the size of it", []),
    ],
)
def test_words_phrases_and_beginnings(query: str, text: str, found: list[str]) -> None:
    assert marked(query, text, Vocabulary()) == found


def test_a_concept_is_marked_by_any_of_its_names(kb: KnowledgeBase) -> None:
    text = "Après une PTG, la névralgie pudendale; pudendal neuralgia after TKA."
    for query in ("pudendal neuralgia", "indication:pudendal-neuralgia"):
        assert marked(query, text, kb.vocabulary) == ["névralgie pudendale", "pudendal neuralgia"]


def test_hundreds_of_signs_outside_ascii_keep_their_places() -> None:
    text = "ﬁbre œ " * 40 + "nerf — α‑bloc … nerf"
    assert marked("nerf", text, Vocabulary(), "fr") == ["nerf", "nerf"]
    assert marked("fibre", text, Vocabulary(), "fr") == ["ﬁbre"] * 40
