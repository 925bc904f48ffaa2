"""What is known of a whole index in a cluster, asked for many things at a time.

Reading a query asks about words one after another, as if the index were at hand. What is not known
is noted and taken for nothing; then all of it is asked for in one request and the reading is done
again, until it asks for nothing new (`Asking.settled`).
"""

from __future__ import annotations

import time
from collections.abc import Callable, Hashable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from threading import Lock
from typing import Any, TypeVar

import numpy as np

from evidence.search.index import embeddings
from evidence.search.index.schema import RANKED, TITLE
from evidence.search.index.statistics import IndexStatistics
from evidence.search.opensearch.body import unpacked, vector_of
from evidence.search.opensearch.client import Client, ClusterDown, ClusterRefused
from evidence.search.opensearch.mapping import (
    COLUMNS_ONLY,
    FILLER,
    KEY,
    LIBRARY,
    MEANING,
    MODEL,
    ORIGIN,
    OTHERS,
    ROW,
    SEQ,
    WORDS,
)
from evidence.search.opensearch.terms import Query, counted_by, field_of, matching, term_of, told_by

#: Seconds between tries while not all shards answer: a lost node is noticed in that time.
_PAUSES = (0.1, 0.3, 0.6, 1.0, 2.0, 3.0)
#: Rounds after which reading a query must have asked all it has to ask.
_ROUNDS = 20
#: Things of one kind that are kept; the older half goes when there are more.
_KEPT = 100_000
#: Words near to another that are looked at.
_NEAR = 1000
_CARDS = 500  # works that begin with the same words
_VALUES = 20_000  # values of a facet
_VECTORS = 2000  # vectors that are read at once
_NEAREST = 500  # documents of the library that may answer a claim by their meaning alone

Value = TypeVar("Value")
Result = TypeVar("Result")
#: What may be asked for: its kind and what it is about.
Thing = tuple[str, Hashable]


@dataclass(frozen=True, slots=True)
class Measures:
    """The numbers of an index: its documents, their mean length, the most concepts beyond two.

    `total` is what frequencies of terms are shares of: they count documents that were replaced or
    deleted until the cluster clears these away, and so does `total`; `documents` does not.
    """

    documents: int
    total: int
    average: float
    most_others: int


class Knowledge:
    """What was asked of one index in a cluster. Safe to share between threads.

    An index whose documents change gets another one: see `stamp` of the engine.
    """

    def __init__(self, client: Client, index: str) -> None:
        self.client = client
        self.index = index
        self.kept: dict[Thing, Any] = {}
        self._lock = Lock()
        self.routes = self._routes()
        self.measures = self._measures()
        #: Whether nearness in meaning takes part: installed here, and a vector in each document.
        self.has_vectors = embeddings.is_installed() and self._model() == embeddings.MODEL

    def _model(self) -> str:
        told = self.client.get(f"{self.index}/_mapping")
        meta = next(iter(told.values()))["mappings"].get("_meta", {})
        return str(meta.get(MODEL, ""))

    @cached_property
    def library(self) -> tuple[list[str], embeddings.Vectors]:
        """The keys of the documents of the library, with their vectors: read when first asked."""
        keys: list[str] = []
        vectors: list[embeddings.Vectors] = []
        after: list[Any] = []
        while True:
            body: Query = {
                "query": {"term": {ORIGIN: LIBRARY}},
                "size": _VECTORS,
                "sort": [{KEY: "asc"}],
                "docvalue_fields": [KEY, MEANING],
                **COLUMNS_ONLY,
            }
            hits = self.search(body | ({"search_after": after} if after else {}))["hits"]["hits"]
            for told in (hit["fields"] for hit in hits if MEANING in hit["fields"]):
                keys.append(told[KEY][0])
                vectors.append(vector_of(told[MEANING][0]))
            if len(hits) < _VECTORS:
                break
            after = hits[-1]["sort"]
        none = np.zeros((0, embeddings.DIMENSIONS), dtype=np.float32)
        return keys, np.stack(vectors) if vectors else none

    def nearest(self, text: str, multilingual: float) -> list[str]:
        """The keys of the documents of the library that are nearest in meaning to a text."""
        keys, vectors = self.library
        cosines = embeddings.nearness(vectors, text, multilingual)
        return [keys[number] for number in np.argsort(-cosines, kind="stable")[:_NEAREST]]

    def remember(self, thing: Thing, value: Any) -> None:
        """Keep an answer."""
        with self._lock:
            if len(self.kept) >= _KEPT:
                for old in list(self.kept)[: _KEPT // 2]:
                    del self.kept[old]
            self.kept[thing] = value

    def search(self, body: Query, **parameters: Any) -> Any:
        """One search of this index, whole or not at all."""
        more = {"search_type": "dfs_query_then_fetch", "allow_partial_search_results": False}
        path = f"{self.index}/_search"
        return persistently(lambda: whole(self.client.post(path, body, **more, **parameters)))

    def searches(self, bodies: Sequence[Query]) -> list[Any]:
        """Several searches at once, each whole."""
        if not bodies:
            return []
        head = {"search_type": "dfs_query_then_fetch", "allow_partial_search_results": False}
        lines = [line for body in bodies for line in (head, body)]

        def asked() -> list[Any]:
            answers = self.client.lines(f"{self.index}/_msearch", lines)["responses"]
            return [whole(answer) for answer in answers]

        return persistently(asked)

    def _routes(self) -> list[str]:
        """A value for each shard that leads to it."""
        shards: dict[int, str] = {}
        count = len(self.client.get(f"{self.index}/_search_shards")["shards"])
        for number in range(100 * count):
            if len(shards) == count:
                break
            there = self.client.get(f"{self.index}/_search_shards", routing=number)["shards"]
            shards.setdefault(there[0][0]["shard"], str(number))
        return list(shards.values())

    def _measures(self) -> Measures:
        found = self.search(
            {
                "size": 0,
                "track_total_hits": True,
                "aggs": {
                    "length": {"avg": {"field": "stems"}},
                    **{name: {"max": {"field": name}} for name in OTHERS.values()},
                },
            }
        )
        sums = {name: one["value"] for name, one in found["aggregations"].items()}
        average = sums.pop("length") or 1.0
        most = max((int(value or 0) for value in sums.values()), default=0)
        return Measures(found["hits"]["total"]["value"], self._total(), average, most)

    def _total(self) -> int:
        """How many documents the statistics of terms are of, on all shards."""
        options = {
            "doc": {RANKED: FILLER},  # which all have
            "per_field_analyzer": {RANKED: "whitespace"},
            "field_statistics": True,
            "positions": False,
            "offsets": False,
            "payloads": False,
        }
        requests = [{"_index": self.index, "routing": route, **options} for route in self.routes]
        vectors = (shard.get("term_vectors", {}) for shard in self.vectors(requests))
        told = (one[RANKED]["field_statistics"]["doc_count"] for one in vectors if RANKED in one)
        return sum(max(0, int(count)) for count in told)

    def vectors(self, requests: Sequence[Query]) -> list[Any]:
        """What shards tell of the terms of documents, all of them or none."""

        def asked() -> list[Any]:
            shards: list[Any] = self.client.post("_mtermvectors", {"docs": requests})["docs"]
            if any("error" in shard for shard in shards):
                raise _partial()
            return shards

        return persistently(asked)


class PartialAnswer(ClusterDown):
    """Some shards did not answer: what the others say is no answer."""


def persistently(ask: Callable[[], Result]) -> Result:
    """What is asked, again where only some shards answered: another copy may be found meanwhile.

    Raises:
        PartialAnswer: it is so at each try.
    """
    for pause in _PAUSES:
        try:
            return ask()
        except PartialAnswer:
            time.sleep(pause)
    return ask()


def whole(answer: Any) -> Any:
    """An answer of all shards.

    Raises:
        PartialAnswer: some did not answer; what the others say is no answer.
        ClusterRefused: the cluster said no.
    """
    if "error" in answer:
        error = answer["error"]
        root = (error.get("root_cause") or [error])[0]
        status = int(answer.get("status", 500))
        if status in (429, 503, 502, 504):
            raise _partial()
        raise ClusterRefused(status, str(root.get("type", "")), str(root.get("reason", "")))
    shards = answer.get("_shards", {})
    if shards.get("failed") or answer.get("timed_out"):
        raise _partial()
    return answer


def fetched(client: Client, index: str, keys: Sequence[str]) -> list[Any]:
    """The documents with these keys as the cluster tells them, those included that are not there.

    Raises:
        ClusterDown: it does not answer for all of them.
    """

    def asked() -> list[Any]:
        documents: list[Any] = client.post(f"{index}/_mget", {"ids": list(keys)})["docs"]
        if any("error" in one for one in documents):
            raise _partial()
        return documents

    return persistently(asked)


def _partial() -> PartialAnswer:
    return PartialAnswer(
        "The search cluster could not answer from all of its shards; see its health, and search "
        "again."
    )


@dataclass(slots=True)
class Asking:
    """What one search asks of an index, and what of it is still unknown."""

    knowledge: Knowledge
    #: What the query language of the cluster is written with; it asks here in turn.
    statistics: IndexStatistics = field(init=False)
    unknown: dict[Thing, None] = field(default_factory=dict)
    misses: int = 0  # how often something was not known
    own: dict[Thing, Any] = field(default_factory=dict)  # of this search, not kept for others

    def known(self, kind: str, what: Hashable, otherwise: Value) -> Value:
        """What is known of something; noted, and `otherwise`, where nothing is yet."""
        thing = kind, what
        for answers in (self.own, self.knowledge.kept):
            if thing in answers:
                value: Value = answers[thing]
                return value
        self.unknown[thing] = None
        self.misses += 1
        return otherwise

    def settled(self, read: Callable[[], Result]) -> Result:
        """What `read` gives once nothing that it asks for is unknown."""
        for _ in range(_ROUNDS):
            self.unknown.clear()
            try:
                with np.errstate(divide="ignore", invalid="ignore"):
                    result = read()
            except Exception:  # of what is not known yet nothing can be made at times
                if not self.unknown:
                    raise
            else:
                if not self.unknown:
                    return result
            self.ask()
        raise RuntimeError(f"still unknown: {list(self.unknown)[:5]}")

    # ---- asking ----

    def ask(self) -> None:
        """Ask for what is unknown, but for what depends on other things that are.

        Which words there are comes first: most of what else is asked for depends on it.
        """
        if self._ask_for_terms():
            return
        if keys := self._all_unknown("passages"):
            self._passages(keys)
        questions = []
        waiting = [one for one in self.unknown if one[0] != "passages"]
        for thing in waiting:  # what one depends on is appended, and asked for in its turn
            misses, known = self.misses, len(self.unknown)
            body, told = self._question(*thing)
            if self.misses == misses:
                questions.append((thing, body, told))
            new = list(self.unknown)[known:]
            waiting += [one for one in new if one[0] != "frequency"]
        answers = self.knowledge.searches([body for _, body, _ in questions])
        for (thing, _, told), answer in zip(questions, answers, strict=True):
            self.knowledge.remember(thing, told(answer))
        self._ask_for_terms()

    def _ask_for_terms(self) -> bool:
        """Ask how frequent some terms are; whether there were any."""
        terms = self._all_unknown("frequency")
        if terms:
            for term, count in _frequencies(self.knowledge, terms):
                self.knowledge.remember(("frequency", term), count)
        return bool(terms)

    def _all_unknown(self, kind: str) -> list[Any]:
        return [what for one, what in self.unknown if one == kind]

    def _passages(self, keys: list[str]) -> None:
        for one in fetched(self.knowledge.client, self.knowledge.index, keys):
            record = one["_source"]["record"] if one.get("found") else {"passages": "[]"}
            self.own["passages", one["_id"]] = record

    def _question(self, kind: str, what: Any) -> tuple[Query, Callable[[Any], Any]]:
        """What is asked for something, and what the answer tells of it."""
        match kind:
            case "how many":
                counted = {
                    "query": matching(what, self.statistics),
                    "size": 0,
                    "track_total_hits": True,
                }
                return counted, lambda answer: answer["hits"]["total"]["value"]
            case "fullest":
                return _top(counted_by(what, self.statistics)), lambda answer: round(
                    _highest(answer)
                )
            case "covered":
                return _top(told_by(what, self.statistics)), _highest
            case "cards":
                name, term = what
                body = {
                    "query": {"term": {field_of(name): term_of(name, term)}},
                    "size": _CARDS,
                    "sort": [SEQ],
                    "docvalue_fields": [ROW],
                    **COLUMNS_ONLY,
                    "track_total_hits": False,
                }
                return body, lambda answer: [
                    unpacked(hit["fields"][ROW][0])["card"] for hit in answer["hits"]["hits"]
                ]
            case "values":
                values = {"terms": {"field": what, "size": _VALUES}}
                return {"size": 0, "aggs": {"values": values}}, lambda answer: sorted(
                    str(one["key"]) for one in answer["aggregations"]["values"]["buckets"]
                )
            case "near":
                return _near(what), lambda answer: sorted(
                    one["text"] for part in answer["suggest"]["near"] for one in part["options"]
                )
        raise KeyError(kind)


def _top(query: Query) -> Query:
    return {"query": query, "size": 1, **COLUMNS_ONLY, "track_total_hits": False}


def _highest(answer: Any) -> float:
    return float(answer["hits"]["max_score"] or 0.0)


def _near(word: str) -> Query:
    term = {
        "field": WORDS,
        "suggest_mode": "always",
        "max_edits": 2,
        "prefix_length": 1,
        "min_word_length": 4,
        "size": _NEAR,
        "shard_size": _NEAR,
        "accuracy": 0.0,
        "max_inspections": 100,
        "string_distance": "damerau_levenshtein",
    }
    return {"size": 0, "suggest": {"near": {"text": word, "term": term}}}


def _frequencies(
    knowledge: Knowledge, terms: Sequence[tuple[str, str]]
) -> Iterator[tuple[tuple[str, str], int]]:
    """How many documents have each of some terms, whole shards added up.

    A document that is none, with these terms, is shown to each shard, which tells how often it
    has them: one request however many terms.
    """
    by_field: dict[str, list[str]] = {}
    for name, term in terms:
        by_field.setdefault(field_of(name), []).append(term_of(name, term))
    running = {RANKED, TITLE, WORDS, "concept"}
    document: dict[str, Any] = {
        name: " ".join(dict.fromkeys(values)) if name in running else list(dict.fromkeys(values))
        for name, values in by_field.items()
    }
    options = {
        "doc": document,
        "per_field_analyzer": dict.fromkeys(running & set(document), "whitespace"),
        "term_statistics": True,
        "field_statistics": False,
        "positions": False,
        "offsets": False,
        "payloads": False,
    }
    requests = [
        {"_index": knowledge.index, "routing": route, **options} for route in knowledge.routes
    ]
    totals: dict[tuple[str, str], int] = {}
    for shard in knowledge.vectors(requests):
        for name, vector in shard.get("term_vectors", {}).items():
            for term, told in vector["terms"].items():
                key = name, term
                totals[key] = totals.get(key, 0) + int(told.get("doc_freq", 0))
    for name, term in terms:
        yield (name, term), totals.get((field_of(name), term_of(name, term)), 0)
