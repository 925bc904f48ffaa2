"""What people ask finds the judged claim that answers, in French and in English."""

from __future__ import annotations

from pathlib import Path

import pytest

from evidence.claim_search import ClaimSearch
from evidence.knowledge import KnowledgeBase
from evidence.search.request import SearchRequest
from evidence.standing import Assembler

KB = Path(__file__).parents[2] / "evidence"
QUESTIONS = [
    line.split("\t")
    for name in ("lay_questions.tsv", "more_lay_questions.tsv")
    for line in Path(__file__).with_name(name).read_text("utf-8").splitlines()
    if not line.startswith("#")
]


@pytest.fixture(scope="module")
def claims(tmp_path_factory: pytest.TempPathFactory) -> ClaimSearch:
    kb = KnowledgeBase(KB)
    standing = Assembler(kb, tmp_path_factory.mktemp("instance")).now()
    return ClaimSearch(standing.claims(), kb.vocabulary)


@pytest.mark.parametrize(("question", "answers"), QUESTIONS)
def test_the_claim_that_answers_is_first(claims: ClaimSearch, question: str, answers: str) -> None:
    hits = claims.search(question)
    assert hits
    assert f"{hits[0].text.id}/{hits[0].claim.id}" in answers.split()


@pytest.mark.parametrize(
    "query",
    [
        "piscine",
        "hernie inguinale",
        "phantom limb pain",
        "cryoneurolysis knee osteoarthritis",
        "combien coûte le traitement",
        "how much does it cost",
        "randomised trial of botulinum toxin",
        "",
        "?",
        "author:ilfeld vulvodynia",
        "vulvod*",
        "vulvodynia NOT cold",
        "10.1097/ALN.0000000000004429",
    ],
)
def test_nothing_is_shown_where_no_claim_answers(claims: ClaimSearch, query: str) -> None:
    assert claims.search(query) == ()


@pytest.mark.parametrize("query", ["vulvodynie", "cryoneurolysis", "Vulvodynia"])
def test_what_a_treatment_does_comes_first_of_a_subject(claims: ClaimSearch, query: str) -> None:
    assert claims.search(query)[0].claim.id == "treatment-of-vulvodynia"


def test_filters_and_later_pages_are_of_references(claims: ClaimSearch) -> None:
    assert claims.answering(SearchRequest("vulvodynie"))
    for narrowed in (
        SearchRequest("vulvodynie", offset=20),
        SearchRequest("vulvodynie", verified=True),
        SearchRequest("vulvodynie", years=(2020, None)),
        SearchRequest("vulvodynie", filters={"design": ("rct",)}),
    ):
        assert claims.answering(narrowed) == ()


def test_no_claims_answer_nothing() -> None:
    assert ClaimSearch((), KnowledgeBase(KB).vocabulary).search("est-ce dangereux") == ()
