"""How good the ranking is, on judged searches in BEIR layout.

A folder holds `queries.jsonl` and `qrels/test.tsv`, and `corpus.jsonl` unless the judged
documents are the references of the knowledge base. Measures are those of trec_eval, by
ir-measures: gain is the judged degree, discounted by log2(rank + 1).
"""

from __future__ import annotations

import json
import math
import tempfile
import time
from collections.abc import Callable, Container, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any
from uuid import uuid4

from evidence.search.engine import RankingEngine, WhooshEngine
from evidence.search.index import embeddings, writer
from evidence.search.index.documents import Document, document_of
from evidence.search.index.reader import OpenIndex
from evidence.search.opensearch.address import ClusterAddress
from evidence.search.opensearch.body import add_vectors, body_of
from evidence.search.opensearch.bulk import Action, send
from evidence.search.opensearch.client import client
from evidence.search.opensearch.engine import OpenSearchEngine
from evidence.search.opensearch.mapping import MODEL, mapping, settings
from evidence.search.ranking_parameters import DEFAULT, SearchParameters
from references.concepts import Vocabulary
from references.errors import DataError, Problem, problem_in
from references.record import Reference

_PATIENCE = 120.0  # seconds that a cluster has to write or remove a corpus
_AT_ONCE = 200  # documents of a corpus that are made at once

Judgements = dict[str, dict[str, int]]


@dataclass(frozen=True, slots=True)
class JudgedQuery:
    """One judged search: a claim or a few words."""

    id: str
    text: str
    kind: str = ""
    language: str = ""


def _lines(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    try:
        with path.open(encoding="utf-8") as lines:
            for number, line in enumerate(lines, 1):
                if line.strip():
                    try:
                        record = json.loads(line)
                        record["_id"]
                    except (ValueError, KeyError, TypeError):
                        raise DataError(
                            problem_in(path, number, "", "not a JSON object with an _id; mend it")
                        ) from None
                    yield number, record
    except (OSError, UnicodeDecodeError) as error:
        raise _unreadable(path, error) from error


def _unreadable(path: Path, error: Exception) -> DataError:
    return DataError(
        problem_in(path, 0, "", "cannot be read ({error}); a BEIR folder needs it", error=error)
    )


def read_queries(folder: Path) -> list[JudgedQuery]:
    """The searches of a folder."""
    queries = []
    for _, record in _lines(folder / "queries.jsonl"):
        more = record.get("metadata") or record
        queries.append(
            JudgedQuery(
                str(record["_id"]),
                str(record.get("text", "")),
                str(more.get("kind", "")),
                str(more.get("lang", "")),
            )
        )
    return queries


def read_judgements(folder: Path) -> Judgements:
    """Query id -> document id -> degree."""
    path = folder / "qrels" / "test.tsv"
    judgements: Judgements = {}
    problems: list[Problem] = []
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise _unreadable(path, error) from error
    for number, line in enumerate(lines, 1):
        parts = line.split("\t")
        if number == 1 and not parts[-1].strip().lstrip("-").isdigit():
            continue
        if not line.strip():
            continue
        try:
            query, document, degree = parts
            judgements.setdefault(query, {})[document] = int(degree)
        except ValueError:
            problems.append(
                problem_in(path, number, "", "write query, document and degree between tabs")
            )
    if problems:
        raise DataError(problems)
    return judgements


def corpus_documents(
    folder: Path, vocabulary: Vocabulary, parameters: SearchParameters
) -> Iterator[tuple[Document, str]]:
    """The documents of a folder with a corpus, as `writer.create` takes them."""
    for _, record in _lines(folder / "corpus.jsonl"):
        reference = Reference(
            key=str(record["_id"]),
            title=str(record.get("title") or ""),
            abstract=str(record.get("text") or ""),
        )
        yield document_of(reference, vocabulary, parameters=parameters), ""


def corpus_engine(
    folder: Path,
    vocabulary: Vocabulary,
    work: Path,
    vectors: embeddings.VectorCache | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> WhooshEngine:
    """An engine over the corpus of a BEIR folder, its index written into `work`."""
    writer.create(work, corpus_documents(folder, vocabulary, DEFAULT))
    index = OpenIndex(work)
    if vectors is not None:
        texts = [embeddings.text_of(index.passages(number)) for number in range(index.count)]
        embeddings.write_matrix(work, vectors.vectors(texts, progress))
    return WhooshEngine(index, vocabulary, work)


@contextmanager
def corpus_in_cluster(
    folder: Path, vocabulary: Vocabulary, address: ClusterAddress, *, with_meaning: bool
) -> Iterator[OpenSearchEngine]:
    """An engine over the corpus of a BEIR folder, in an index of its own that goes with it.

    Raises:
        DataError: the cluster refuses a document.
    """
    connection = client(address, _PATIENCE)
    name = f"{address.prefix}-judged-{uuid4().hex[:12]}"
    model = embeddings.MODEL if with_meaning else ""
    connection.put(name, {"settings": settings(), "mappings": mapping({MODEL: model})})
    try:
        documents = enumerate(corpus_documents(folder, vocabulary, DEFAULT))
        while some := [body_of(one, place) for place, (one, _) in islice(documents, _AT_ONCE)]:
            if with_meaning:
                add_vectors(some, embeddings.encoder().encode)
            sent = send(connection, name, (Action(body["key"], 1, body) for body in some))
            if sent.refused:
                raise DataError(sent.problems)
        connection.post(f"{name}/_refresh")
        yield OpenSearchEngine(connection, name, vocabulary)
    finally:
        connection.delete(name)


# ---- measures -------------------------------------------------------------------------


#: As ir-measures (MacAvaney et al., ECIR 2022) calls them, and as the report does.
MEASURES = {"nDCG@10": "ndcg@10", "R@10": "recall@10", "R@100": "recall@100", "RR@10": "mrr@10"}


def measures_by_query(
    rankings: Mapping[str, Sequence[str]], judgements: Judgements
) -> dict[str, dict[str, float]]:
    """The measures of each ranking, by the id of its query; 0 where nothing relevant is found.

    The measures are trec_eval's, which orders by score: the place in a ranking stands for it.
    """
    import ir_measures

    run = {
        query: {document: float(-place) for place, document in enumerate(ranked)}
        for query, ranked in rankings.items()
    }
    judged = {query: judgements[query] for query in rankings}
    by_query = {query: dict.fromkeys(MEASURES.values(), 0.0) for query in rankings}
    measures = [ir_measures.parse_measure(name) for name in MEASURES]
    for metric in ir_measures.iter_calc(measures, judged, run):
        by_query[metric.query_id][MEASURES[str(metric.measure)]] = metric.value
    return by_query


def percentile(values: Sequence[float], share: float) -> float:
    """The value below which a share of the values lies (nearest rank)."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, max(0, math.ceil(share * len(ordered)) - 1))]


_ALL = 1 << 30  # references: more than there are


def measure(
    engine: RankingEngine,
    queries: Sequence[JudgedQuery],
    judgements: Judgements,
    limit: int = 100,
    among: Container[str] | None = None,
) -> dict[str, Any]:
    """The measures over all judged queries, in the form of `evidence evaluate --json`.

    `among` are the documents that there were when somebody judged: those that came later are
    taken out of the rankings, as nobody said whether they are relevant (Sakai, SIGIR 2007).
    """
    judged = [
        query for query in queries if any(d > 0 for d in judgements.get(query.id, {}).values())
    ]
    times: list[float] = []
    rankings: dict[str, list[str]] = {}
    for query in judged:
        started = time.perf_counter()
        ranked = engine.rank(query.text, limit if among is None else _ALL)
        kept = (one.key for one in ranked if among is None or one.key in among)
        rankings[query.id] = list(islice(kept, limit))
        times.append((time.perf_counter() - started) * 1000)
    measured = measures_by_query(rankings, judgements)
    count = len(judged) or 1
    report: dict[str, Any] = {
        name: round(sum(values[name] for values in measured.values()) / count, 4)
        for name in MEASURES.values()
    }
    groups: dict[str, list[float]] = {}
    for query in judged:
        name = " ".join(part for part in (query.kind, query.language) if part)
        groups.setdefault(name, []).append(measured[query.id]["ndcg@10"])
    report["queries"] = len(judged)
    report["ms_per_query"] = {
        f"p{int(share * 100)}": round(percentile(times, share), 3) if times else 0.0
        for share in (0.5, 0.95, 0.99)
    }
    if len(groups) > 1:
        report["groups"] = {
            name: {"ndcg@10": round(sum(gains) / len(gains), 4), "queries": len(gains)}
            for name, gains in sorted(groups.items())
        }
    return report


def evaluate(
    folder: Path,
    vocabulary: Vocabulary,
    engine: RankingEngine | None,
    limit: int = 100,
    vectors: embeddings.VectorCache | None = None,
    progress: Callable[[int, int], None] | None = None,
    among: Container[str] | None = None,
    address: ClusterAddress | None = None,
) -> dict[str, Any]:
    """Measure a folder; `engine` serves folders without a corpus of their own.

    With `vectors` the corpus is embedded and nearness in meaning takes part. `among`: see
    `measure`; only for such folders. With an `address` a corpus is indexed and searched in that
    cluster, and removed there in the end.

    Raises:
        DataError: the folder is not in BEIR layout.
    """
    queries, judgements = read_queries(folder), read_judgements(folder)
    if not (folder / "corpus.jsonl").exists():
        if engine is None:
            raise DataError(problem_in(folder / "corpus.jsonl", 0, "", "is not there"))
        return measure(engine, queries, judgements, limit, among)
    if address is not None:
        there = corpus_in_cluster(folder, vocabulary, address, with_meaning=vectors is not None)
        with there as searched:
            return measure(searched, queries, judgements, limit)
    with tempfile.TemporaryDirectory(prefix="evidence-evaluate-") as name:
        own = corpus_engine(folder, vocabulary, Path(name), vectors, progress)
        return measure(own, queries, judgements, limit)
