"""What is marked in a passage is what the query matched, no more and no less."""

from __future__ import annotations

import pytest
from any_holdings import ANY

from evidence.knowledge import KnowledgeBase
from evidence.search.highlighting.marking import Marker
from evidence.search.highlighting.passages import Runs, highlight, merge
from evidence.search.index.documents import RecordPart
from evidence.search.query.parse import parse, with_concepts
from references.concepts import Vocabulary

EMPTY = Vocabulary()


def marked(query: str, text: str, vocabulary: Vocabulary, language: str = "en") -> list[str]:
    node = with_concepts(parse(query, vocabulary, ANY).node, vocabulary, frozenset())
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


def _passages(text: str, word: str) -> tuple[Runs, ...]:
    marker = Marker(parse(word, EMPTY, ANY).node, "en", EMPTY, None)
    return tuple(runs for runs, _ in highlight([RecordPart("abstract", text)], marker))


def test_the_passage_shown_is_where_most_matches_are() -> None:
    beginning = "A nerve. " + "Filler without what was asked for. " * 20
    cluster = "The nerve was frozen; then this nerve and that nerve recovered."
    (passage,) = _passages(beginning + cluster + " More filler, much more of it." * 20, "nerve")
    text = "".join(run for run, _ in passage)
    assert [run for run, matched in passage if matched] == ["nerve"] * 3
    assert cluster in text
    assert text.startswith("… ")
    assert text.endswith(" …")
    assert 200 <= len(text) <= 260 + len("…  …")


def test_a_passage_begins_and_ends_with_whole_words() -> None:
    words = [f"word{number}" for number in range(200)]
    words[100] = "nerve"
    (passage,) = _passages(" ".join(words), "nerve")
    inside = "".join(run for run, _ in passage).strip("… ").split()
    first = words.index(inside[0])
    assert inside == words[first : first + len(inside)]
    assert 0 < 100 - first < 10  # some words before the match, most of them after


def test_a_short_text_is_shown_whole_and_overlapping_matches_once() -> None:
    (passage,) = _passages("Cold on a nerve block.", '"nerve block" nerve')
    assert passage == (("Cold on a ", False), ("nerve block", True), (".", False))


@pytest.mark.parametrize(
    ("spans", "merged"),
    [
        ([(5, 9), (0, 3)], [(0, 3), (5, 9)]),
        ([(0, 4), (2, 9), (3, 5)], [(0, 9)]),
        ([(0, 4), (4, 6)], [(0, 6)]),
        ([], []),
    ],
)
def test_spans_that_touch_are_one(
    spans: list[tuple[int, int]], merged: list[tuple[int, int]]
) -> None:
    assert merge(spans) == merged
