from __future__ import annotations

import json
from pathlib import Path

import pytest

from evidence.knowledge import KnowledgeBase
from evidence.search.bridge import Bridge, lexicon
from evidence.search.engine import WhooshEngine
from evidence.search.evaluate import (
    evaluate,
    ndcg,
    percentile,
    read_judgements,
    read_queries,
    recall,
    reciprocal_rank,
)
from references.concepts import Vocabulary, fold
from references.errors import DataError


def test_a_claim_finds_studies_of_the_same_condition(
    engine: WhooshEngine, kb: KnowledgeBase
) -> None:
    for claim in (
        "La névralgie pudendale peut être traitée par cryoneurolyse sous scanner.",
        "Pudendal neuralgia can be treated by CT-guided cryoneurolysis.",
    ):
        found = engine.suggest(claim, 5)
        assert len(found) == 5
        told = [json.dumps(kb.library[s.key].as_dict(), ensure_ascii=False) for s in found]
        assert sum("pudend" in text.lower() for text in told) >= 4


def test_reasons_name_concepts_and_words(engine: WhooshEngine, kb: KnowledgeBase) -> None:
    claim = "Le froid bloque la conduction du nerf pudendal."
    for suggestion in engine.suggest(claim, 5):
        assert suggestion.why
        weights = [reason.weight for reason in suggestion.why]
        assert weights == sorted(weights, reverse=True)
        for reason in suggestion.why:
            if reason.kind == "concept":
                assert reason.what in kb.vocabulary
            elif reason.kind == "words":
                assert reason.what in claim


def test_suggestions_are_the_head_of_the_ranking(engine: WhooshEngine) -> None:
    claim = "Cryoneurolysis relieves phantom limb pain for several months."
    suggested = [s.key for s in engine.suggest(claim, 10)]
    assert suggested == [s.key for s in engine.rank(claim, 10)]


@pytest.mark.parametrize(
    "claim",
    [
        "Les panneaux photovoltaïques alimentent les écoles rurales en électricité.",
        "Microcin J25 encourages nucleoside triphosphate binding in bacteria.",
        "La filière du cacao emploie de nombreux petits producteurs.",
        "zzzz qqqq",
        "",
        "the of and",
    ],
)
def test_nothing_bears_on_some_claims(engine: WhooshEngine, claim: str) -> None:
    assert engine.suggest(claim) == ()


def test_the_claims_of_the_shipped_texts_have_answers(
    engine: WhooshEngine, kb: KnowledgeBase
) -> None:
    asked = [
        statement
        for text in kb.texts.values()
        for claim in text.claims
        if claim.links
        for statement in (claim.statement.fr, claim.statement.en)
    ]
    silent = [statement for statement in asked if not engine.suggest(statement)]
    assert len(silent) <= len(asked) * 0.06, silent


def test_linked_references_are_among_those_suggested(
    engine: WhooshEngine, kb: KnowledgeBase
) -> None:
    hits = wanted = 0
    for text in kb.texts.values():
        for claim in text.claims:
            linked = {link.reference for link in claim.links}
            for statement in (claim.statement.fr, claim.statement.en):
                hits += len(linked & {s.key for s in engine.rank(statement, 20)})
                wanted += min(len(linked), 20)
    assert wanted
    assert hits / wanted > 0.3


def test_very_long_claims_are_bounded(engine: WhooshEngine) -> None:
    assert len(engine.suggest("pudendal neuralgia freezing " * 20_000, 3)) <= 3


# ---- French to English ----------------------------------------------------------------


@pytest.mark.parametrize(
    ("french", "english"),
    [
        ("allodynie", "allodynia"),
        ("thoracotomie", "thoracotomy"),
        ("chronique", "chronic"),
        ("intercostale", "intercostal"),
        ("percutanées", "percutaneous"),
        ("genou", "knee"),
        ("côtes", "rib"),
        ("soulagement", "relief"),
    ],
)
def test_french_words_reach_english_ones(engine: WhooshEngine, french: str, english: str) -> None:
    from evidence.search.analysis import analyzer

    stem = analyzer("en").stem
    # A stem that both languages share is searched as it is.
    stems = [stem(fold(french)), *(found for found, _ in engine.bridge.translate(fold(french)))]
    assert stem(english) in stems


def test_only_words_of_the_index_come_out(engine: WhooshEngine) -> None:
    for word in ("neurologique", "zygomatique", "qwertique", "anticoagulants"):
        for stem, weight in engine.bridge.translate(word):
            assert engine.index.frequency("all", stem) > 0
            assert 0 < weight <= 1


def test_the_word_list_is_clean() -> None:
    words = lexicon()
    assert len(words) > 1500
    assert all(word.isascii() and word for english in words.values() for word in english)


def test_the_language_of_a_few_words(engine: WhooshEngine) -> None:
    bridge: Bridge = engine.bridge
    assert bridge.language_of("articulation sacro-iliaque") == "fr"
    assert bridge.language_of("genou") == "fr"
    assert bridge.language_of("knee") == "en"
    assert bridge.language_of("TKA") == "en"


# ---- measures -------------------------------------------------------------------------


def test_measures_on_a_ranking_worked_by_hand() -> None:
    judged = {"a": 2, "b": 1, "c": 0, "d": 1}
    ranked = ["c", "a", "x", "b"]
    # gains 0, 2, 0, 1 -> 2/log2(3) + 1/log2(5); ideal 2, 1, 1 -> 2 + 1/log2(3) + 1/log2(4)
    worked = (1.26186 + 0.43068) / (2 + 0.63093 + 0.5)
    assert ndcg(ranked, judged, 10) == pytest.approx(worked, abs=1e-4)
    assert ndcg(ranked, judged, 1) == 0
    assert recall(ranked, judged, 10) == pytest.approx(2 / 3)
    assert recall(ranked, judged, 2) == pytest.approx(1 / 3)
    assert reciprocal_rank(ranked, judged, 10) == 0.5
    assert reciprocal_rank(["x"], judged, 10) == 0
    assert percentile([3.0, 1.0, 2.0], 0.5) == 2.0


def _beir(folder: Path) -> Path:
    (folder / "qrels").mkdir(parents=True)
    documents = [
        {"_id": "1", "title": "Cold and nerve", "text": "Freezing blocks conduction."},
        {"_id": "2", "title": "Bananas", "text": "Yellow fruit of warm countries."},
    ]
    (folder / "corpus.jsonl").write_text("\n".join(map(json.dumps, documents)))
    queries = [{"_id": "q", "text": "freezing a nerve"}, {"_id": "r", "text": "fruit jaune"}]
    (folder / "queries.jsonl").write_text("\n".join(map(json.dumps, queries)))
    (folder / "qrels" / "test.tsv").write_text("query-id\tcorpus-id\tscore\nq\t1\t1\nr\t2\t1\n")
    return folder


def test_a_folder_is_evaluated(tmp_path: Path) -> None:
    report = evaluate(_beir(tmp_path / "b"), Vocabulary(), None)
    assert report["queries"] == 2
    assert report["ndcg@10"] == report["recall@10"] == report["mrr@10"] == 1.0
    assert set(report["ms_per_query"]) == {"p50", "p95", "p99"}


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("corpus.jsonl", "{broken", "corpus.jsonl:1"),
        ("queries.jsonl", '{"_id": "q"}\n[]', "queries.jsonl:2"),
        ("qrels/test.tsv", "a\tb\tc\nq\t1\tx\n", "test.tsv:2"),
    ],
)
def test_a_broken_folder_is_explained(tmp_path: Path, name: str, content: str, told: str) -> None:
    folder = _beir(tmp_path / "b")
    (folder / name).write_text(content)
    with pytest.raises(DataError, match=told):
        evaluate(folder, Vocabulary(), None)


def test_our_own_references_are_ranked_well(engine: WhooshEngine, shared: Path) -> None:
    folder = shared / "dev-judgements"
    report = evaluate(folder, Vocabulary(), engine)
    groups = report["groups"]
    assert groups["claim fr"]["ndcg@10"] > 0.36
    assert groups["short fr"]["ndcg@10"] > 0.6
    assert groups["short en"]["ndcg@10"] > 0.7
    assert len(read_queries(folder)) == 61
    assert len(read_judgements(folder)) >= 60
