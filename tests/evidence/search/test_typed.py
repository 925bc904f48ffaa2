"""What people type, whatever their keyboard, alphabet and side of the Atlantic: `typed.tsv`.

Each query must be answered first by the record that it is meant for, of a library of 25 made-up
ones (`typed.bib`) with the letters and forms of names that files of databases bring.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from evidence.knowledge import KnowledgeBase
from evidence.search import open_engine
from evidence.search.protocol import SearchEngine
from evidence.search.request import SearchRequest

HERE = Path(__file__).parent
ROWS = [
    tuple(line.split("\t"))
    for line in (HERE / "typed.tsv").read_text("utf-8").splitlines()
    if not line.startswith("#")
]


@pytest.fixture(scope="module")
def typed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SearchEngine]:
    folder = tmp_path_factory.mktemp("typed")
    base = folder / "base"
    for name in ("references", "texts"):
        (base / name).mkdir(parents=True)
    (base / "kb.toml").write_text('name = {fr = "tapés", en = "typed"}\n', "utf-8")
    (base / "references" / "all.bib").write_bytes((HERE / "typed.bib").read_bytes())
    engine = open_engine(KnowledgeBase(base), folder / "instance")
    yield engine
    engine.close()


def test_there_are_enough_queries() -> None:
    assert len(ROWS) >= 150
    assert len({query for query, _ in ROWS}) == len(ROWS)


def test_each_query_finds_its_record(typed: SearchEngine) -> None:
    wrong = []
    for query, key in ROWS:
        answer = typed.search(SearchRequest(query=query))
        first = answer.redirect or next((hit.key for hit in answer.results), "nothing")
        if first != key:
            wrong.append(f"{query}: {first}, not {key}")
    assert not wrong


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("fibre", "fiber"),
        ("ischaemia", "ischemia"),
        ("multicentre", "multicenter"),
        ("coeliac", "celiac"),
        ("randomised", "randomized"),
        ("paediatric", "pediatric"),
        ("tumour", "tumor"),
        ("labelled", "labeled"),
        ("3-month", "3 months"),
        ("12-month", "12 months"),
        ("6 weeks", "6-week"),
    ],
)
def test_two_spellings_find_the_same(engine: SearchEngine, one: str, other: str) -> None:
    found = [
        {hit.key for hit in engine.search(SearchRequest(query=query, limit=200)).results}
        for query in (one, other)
    ]
    assert found[0] == found[1]
    assert found[0]


def asked(engine: SearchEngine, query: str) -> tuple[str | None, list[str]]:
    answer = engine.search(SearchRequest(query=query))
    return answer.understood, [notice.template for notice in answer.notices]


def test_spoken_operators_are_what_people_mean_by_them(engine: SearchEngine) -> None:
    understood, notices = asked(engine, "phantom not protocol")
    assert understood == "phantom AND NOT protocol"
    assert any("was read as {operator}" in one for one in notices)
    understood, _ = asked(engine, "douleur ou brûlure")
    assert understood == "douleur OR brûlure"


@pytest.mark.parametrize(
    "query",
    [
        "is it safe or not",
        "does cold harm the nerve or not at all",
        "phantom 'not' protocol",
        "or",
        "not",
        "pain not",
        "cold OR heat not sham",
        "nerve block not effective",
        "treatments not working",
        "pain not otherwise specified",
        "Pain relief, not cure",
        "Botox: friend or foe?",
    ],
)
def test_the_same_words_in_a_sentence_are_words(engine: SearchEngine, query: str) -> None:
    assert not any("was read as {operator}" in one for one in asked(engine, query)[1])


def test_an_abbreviation_is_no_plural_of_another_word(engine: SearchEngine) -> None:
    found = {hit.key for hit in engine.search(SearchRequest(query="AINS", limit=50)).results}
    assert "callesen1998cryoanalgesia" not in found  # of the groin, "aine"
