"""The gate before any speed: our best ten are those of Whoosh's exhaustive search."""

from __future__ import annotations

import gzip
import json
import random
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import numpy as np
import pytest
from whoosh import index
from whoosh import query as wq
from whoosh_search import BM25

from evidence.search.engine import WhooshEngine
from evidence.search.index import writer
from evidence.search.index.algebra import AllOf, AnyOf, Except, Sought, Stem
from evidence.search.index.documents import document_of
from evidence.search.index.mapped_files import MappedStorage
from evidence.search.index.matching import matches_of
from evidence.search.index.reader import OpenIndex
from evidence.search.index.schema import RANKED
from evidence.search.ranking.sorting import best
from references.concepts import Vocabulary
from references.record import Reference


def whoosh_scores(folder: Path, query: wq.Query) -> dict[int, float]:
    """Every match of a query with Whoosh's own matchers, over the same files."""
    storage = MappedStorage(str(folder))
    with index.FileIndex(storage, indexname="MAIN").searcher(weighting=BM25()) as searcher:
        return {hit.docnum: hit.score for hit in searcher.search(query, limit=None)}


def _queries(terms: list[str], drawn: random.Random, count: int) -> Iterator[tuple[str, list[str]]]:
    kinds = ["or", "and", "mixed", "not"]
    for number in range(count):
        kind = kinds[number % 4]
        size = drawn.randint(4, 19) if kind == "or" else drawn.randint(2, 3)
        yield kind, drawn.sample(terms, min(size, len(terms)))


def _ours(engine: WhooshEngine, kind: str, terms: list[str]) -> tuple[np.ndarray, np.ndarray]:
    """The same query in the algebra that searches are answered by."""
    stems = tuple(map(Stem, terms))
    sought: Sought
    if kind == "or":
        sought = AnyOf(stems)
    elif kind == "and":
        sought = AllOf(stems)
    elif kind == "mixed":
        sought = AllOf((AnyOf(stems[:2]), stems[-1]))
    else:
        sought = AllOf((stems[0], Except(stems[1])))
    matches = matches_of(engine.statistics, sought)
    return matches.mask, matches.scores


def _theirs(kind: str, terms: list[str]) -> wq.Query:
    leaves = [wq.Term(RANKED, term) for term in terms]
    if kind == "or":
        return wq.Or(leaves)
    if kind == "and":
        return wq.And(leaves)
    if kind == "mixed":
        return wq.And([wq.Or(leaves[:2]), leaves[-1]])
    # Whoosh's AndNot passes the first document through unlooked at; its Not scores 1.
    return wq.And([leaves[0], wq.Not(leaves[1])])


def _compare(engine: WhooshEngine, folder: Path, count: int) -> int:
    drawn = random.Random(7)
    every = engine.statistics.index.terms(RANKED)
    frequent = sorted(every, key=lambda t: -engine.statistics.index.frequency(RANKED, t))[:600]
    terms = sorted({*frequent, *drawn.sample(every, min(len(every), 600))})
    storage = MappedStorage(str(folder))
    compared = 0
    with index.FileIndex(storage, indexname="MAIN").searcher(weighting=BM25()) as searcher:
        for kind, chosen in _queries(terms, drawn, count):
            mask, scores = _ours(engine, kind, chosen)
            found = np.flatnonzero(mask)
            ours = [(int(n), scores[n]) for n in best(found, scores[found], 10)]
            hits = searcher.search(_theirs(kind, chosen), limit=None)
            theirs = sorted(
                ((hit.docnum, hit.score - (kind == "not")) for hit in hits),
                key=lambda h: (-h[1], h[0]),
            )
            assert len(found) == len(theirs), (kind, chosen)
            for (number, score), (expected, right) in zip(ours, theirs, strict=False):
                assert score == pytest.approx(right, rel=1e-9), (kind, chosen)
                assert number == expected or score == pytest.approx(right, rel=1e-12)
            compared += 1
    return compared


def test_the_best_ten_equal_whooshs_exhaustive_answer(engine: WhooshEngine) -> None:
    assert _compare(engine, engine.statistics.folder, 520) == 520


def test_also_over_several_segments_with_deletions(tmp_path: Path) -> None:
    made = [
        (document_of(Reference(key=f"k{i}", title=_title(i)), Vocabulary()), "") for i in range(90)
    ]
    writer.create(tmp_path, made[:60])
    writer.change(tmp_path, [3, 17], made[60:80])
    writer.change(tmp_path, [61, 5], made[80:])
    engine = WhooshEngine(OpenIndex(tmp_path), Vocabulary(), tmp_path)
    assert len(engine.statistics.index.segments) == 3
    assert engine.statistics.index.documents == 86
    assert _compare(engine, tmp_path, 200) == 200


def _title(number: int) -> str:
    drawn = random.Random(number)
    words = ["nerve", "cold", "pain", "knee", "rib", "trial", "probe", "ice", "limb", "block"]
    return " ".join(drawn.choices(words, k=drawn.randint(2, 30)))


def test_the_best_ten_at_ten_thousand_abstracts(shared: Path, tmp_path: Path) -> None:
    with gzip.open(shared / "scale" / "records-50k.jsonl.gz", "rt", encoding="utf-8") as lines:
        records = [json.loads(line) for line in islice(lines, 10_000)]
    writer.create(
        tmp_path,
        (
            (
                document_of(
                    Reference(
                        key=r["key"],
                        title=r.get("title", ""),
                        abstract=r.get("abstract", ""),
                        language="en",
                    ),
                    Vocabulary(),
                ),
                "",
            )
            for r in records
        ),
    )
    engine = WhooshEngine(OpenIndex(tmp_path), Vocabulary(), tmp_path)
    assert _compare(engine, tmp_path, 80) == 80


def test_phrases_are_found_where_they_stand(engine: WhooshEngine) -> None:
    drawn = random.Random(3)
    for number in drawn.sample(range(engine.statistics.index.count), 60):
        title = engine.statistics.index.passages(number)[0][1]
        words = [w for w in title.split() if w.isalpha() and w.isascii()]
        if len(words) < 4:
            continue
        phrase = " ".join(title.split()[1:4])
        if any(len(w) > 3 for w in phrase.split()):
            sought = engine.evaluator._phrase(phrase, "en")
            assert sought is not None
            assert matches_of(engine.statistics, sought)[0][number], (title, phrase)


def test_ties_go_to_the_first_document() -> None:
    scores = np.array([1.0, 3.0, 3.0, 2.0, 3.0] + [0.5] * 50)
    assert best(np.arange(55), scores, 3).tolist() == [1, 2, 4]
    assert best(np.arange(55), scores, 2).tolist() == [1, 2]
    assert best(np.arange(55), scores, 0).tolist() == []
