"""Searches of specialists, judged from the records: what a study tested and in whom.

`specialist.json` holds ten searches for each of the main concepts, five in French and five in
English. `first`: one of these comes first; `five`: all of these are among the first five;
`never`: none of these is; `about`: of the first five at least four are about one of these concepts
(or a narrower one) in each field. Judged by reading the records, not from what the engine found.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from evidence.knowledge import KnowledgeBase
from evidence.search.engine import WhooshEngine
from evidence.search.request import SearchRequest
from references.record import Reference, Study

JUDGED: dict[str, list[dict[str, Any]]] = json.loads(
    (Path(__file__).parent / "specialist.json").read_text("utf-8")
)
SEARCHES = [(concept, search) for concept, searches in JUDGED.items() for search in searches]

#: What `about` asks of a record, by field.
VALUES: dict[str, Callable[[Study], tuple[str, ...]]] = {
    "intervention": lambda study: study.interventions,
    "indication": lambda study: study.indications,
    "nerve": lambda study: study.nerves,
    "design": lambda study: (study.design,),
}


def off_topic(kb: KnowledgeBase, reference: Reference, about: dict[str, list[str]]) -> bool:
    """Whether in some field the record has none of the concepts asked for, nor a narrower one."""
    for field, concepts in about.items():
        asked = {narrower for concept in concepts for narrower in kb.vocabulary.narrower(concept)}
        if not asked & set(VALUES[field](reference.study)):
            return True
    return False


def faults(kb: KnowledgeBase, found: list[str], judged: dict[str, Any]) -> Iterator[str]:
    """What is wrong with the first five of a search."""
    if "first" in judged and found[:1] and found[0] not in judged["first"]:
        yield f"first is {found[0]}, not {' or '.join(judged['first'])}"
    for key in judged.get("five", []):
        if key not in found:
            yield f"{key} is not among the first five"
    for key in judged.get("never", []):
        if key in found:
            yield f"{key} is among the first five"
    if about := judged.get("about"):
        strays = [key for key in found if off_topic(kb, kb.library[key], about)]
        if len(strays) > 1:
            yield f"not about it: {', '.join(strays)}"


#: Of forty searches three may go wrong (issue 12).
WRONG = 3 / 40


def wrong(engine: WhooshEngine, kb: KnowledgeBase, judged: dict[str, Any]) -> list[str]:
    """What is wrong with the first five results of a search."""
    answer = engine.search(SearchRequest(judged["query"], limit=5))
    found = [hit.key for hit in answer.results]
    return list(faults(kb, found, judged)) if found else ["nothing found"]


def test_specialists_find_it_in_the_first_five(engine: WhooshEngine, kb: KnowledgeBase) -> None:
    missed = {one["query"]: told for _, one in SEARCHES if (told := wrong(engine, kb, one))}
    assert len(missed) <= WRONG * len(SEARCHES), json.dumps(missed, indent=1, ensure_ascii=False)


@pytest.mark.parametrize("query", ["névralgie pudendale cryoneurolyse", "pudendal cryoneurolysis"])
def test_the_study_of_freezing_the_pudendal_nerve_comes_first(
    engine: WhooshEngine, kb: KnowledgeBase, query: str
) -> None:
    (judged,) = (judged for _, judged in SEARCHES if judged["query"] == query)
    assert wrong(engine, kb, judged) == []
    assert engine.search(SearchRequest(query)).results[0].key == "prologo2018cryoablation"


def test_the_judgements_are_whole(kb: KnowledgeBase) -> None:
    """Ten searches a concept, half of them French; what they name exists."""
    for concept, searches in JUDGED.items():
        assert concept in kb.vocabulary
        assert [search["language"] for search in searches].count("fr") == 5
        assert len(searches) == len({search["query"] for search in searches}) == 10
        for search in searches:
            assert set(search) <= {"query", "language", "first", "five", "never", "about"}
            assert search.keys() & {"first", "five", "about"}, search["query"]
            for group in ("first", "five", "never"):
                assert set(search.get(group, [])) <= set(kb.library), search["query"]
            assert not set(search.get("never", [])) & {
                *search.get("first", []),
                *search.get("five", []),
            }
            for field, concepts in search.get("about", {}).items():
                assert field in VALUES
                assert all(name in kb.vocabulary for name in concepts), search["query"]
