"""Documents of a cluster that may answer a search, as arrays: ranked by the code that ranks all.

What a document has for a term comes from its own row; how rare the term is, from the whole index.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from evidence.search.index import embeddings
from evidence.search.index.algebra import Beginning, InPlaces, MostOf, Sought
from evidence.search.index.documents import Card, RecordPart
from evidence.search.index.schema import PARTICIPANTS, RANKED, TITLE, YEAR, Ids, Scores
from evidence.search.index.statistics import IndexStatistics
from evidence.search.language.translation import QueryTranslation
from evidence.search.opensearch.body import passages_in, unpacked, vector_of
from evidence.search.opensearch.knowledge import Asking
from evidence.search.opensearch.mapping import KEY, MEANING, ROW, SEQ
from evidence.search.ranking_parameters import SearchParameters
from references.concepts import Vocabulary

Mask = npt.NDArray[np.bool_]


class FoundRow:
    """One document: its row, and which of the named parts of the query it matches.

    Its key tells it from others: two that were loaded may have one place. Rows are not kept from
    one search for the next: to unpack 500 takes 20 ms, and the garbage collector longer with more.
    """

    def __init__(self, hit: Mapping[str, Any]) -> None:
        self.key = str(hit["fields"][KEY][0])
        self.place = int(hit["fields"][SEQ][0]), self.key
        self.vector = str(hit["fields"].get(MEANING, ("",))[0])
        self.matched = frozenset(hit.get("matched_queries", ()))
        self._packed = str(hit["fields"][ROW][0])

    @cached_property
    def row(self) -> dict[str, Any]:
        """What ranking needs of it; of a document that is in two lists, read once."""
        return unpacked(self._packed)


class Candidates:
    """Some documents, in the order of the library. What is known of them does not change."""

    def __init__(self, found: Iterable[FoundRow], asking: Asking) -> None:
        by_key = {one.key: one for one in found}
        self.all = sorted(by_key.values(), key=lambda one: one.place)
        self.count = len(self.all)
        self.live: Mask = np.ones(self.count, dtype=bool)
        self.average = asking.knowledge.measures.average
        self._asking = asking
        self._values: dict[str, dict[str, list[int]]] = {}
        self._postings: dict[tuple[str, str], tuple[Ids, Scores]] = {}

    def vectors(self) -> embeddings.Vectors:
        """The vector of each, zeros where one came without."""
        vectors = np.zeros((self.count, embeddings.DIMENSIONS), dtype=np.float32)
        for number, one in enumerate(self.all):
            if one.vector:
                vectors[number] = vector_of(one.vector)
        return vectors

    def forget(self) -> None:
        """Let go of the rows of a search that was answered.

        What reads them refers to itself in circles: the garbage collector, which would find them
        otherwise, took 150 ms for those of eight claims, in the midst of the ninth.
        """
        self.all = []
        self._values.clear()
        self._postings.clear()

    def lengths(self) -> Scores:
        return np.array([one.row["length"] for one in self.all], dtype=np.float64)

    def numbers(self, name: str) -> npt.NDArray[Any]:
        if name not in (YEAR, PARTICIPANTS):
            raise KeyError(name)
        return np.array([one.row[name] for one in self.all], dtype=np.int64)

    def postings(self, name: str, term: str) -> tuple[Ids, Scores]:
        if (name, term) not in self._postings:
            self._postings[name, term] = self._read(name, term)
        return self._postings[name, term]

    def _read(self, name: str, term: str) -> tuple[Ids, Scores]:
        if (part := _WEIGHED.get(name)) is None:
            ids = np.array(self._of(name).get(term, ()), dtype=np.int64)
            return ids, np.ones(len(ids))
        weights = np.array([one.row[part].get(term, 0.0) for one in self.all], dtype=np.float64)
        ids = np.flatnonzero(weights)
        return ids, weights[ids]

    def terms(self, name: str, prefix: str = "", limit: int | None = None) -> list[str]:
        return sorted(term for term in self._of(name) if term.startswith(prefix))[:limit]

    def positions(self, name: str, term: str) -> Ids:
        raise NotImplementedError("places are asked of the cluster")

    def frequency(self, name: str, term: str) -> int:
        return self._asking.known("frequency", (name, term), 0)

    def card(self, number: int) -> Card:
        card: Card = self.all[number].row["card"]
        return card

    def passages(self, number: int) -> list[RecordPart]:
        key = self.card(number).key
        return passages_in(self._asking.known("passages", key, {"passages": "[]"}))

    def _of(self, name: str) -> dict[str, list[int]]:
        """The values of a field, each with its documents."""
        if name not in self._values:
            values: dict[str, list[int]] = {}
            for number, one in enumerate(self.all):
                for value in one.row["title"] if name == TITLE else one.row["exact"].get(name, ()):
                    values.setdefault(value, []).append(number)
            self._values[name] = values
        return self._values[name]


#: Fields whose terms have weights, and what a row calls these.
_WEIGHED = {RANKED: "stems", "concept": "concepts"}


class CandidateStatistics(IndexStatistics):
    """What the whole index says of terms, and some of its documents as arrays."""

    def __init__(
        self,
        asking: Asking,
        vocabulary: Vocabulary,
        parameters: SearchParameters,
        translation: QueryTranslation,
        found: Candidates | None = None,
        names: Mapping[Sought, str] | None = None,
    ) -> None:
        """`names` are those under which parts of the query were asked for."""
        self._asking = asking
        self._names = names or {}
        own = translation.over(
            has_stem=lambda stem: self.frequency(RANKED, stem) > 0,
            has_word=lambda word: self.frequency("exact", word) > 0,
        )
        self._candidates = found or Candidates((), asking)
        super().__init__(self._candidates, vocabulary, Path(), parameters, own)

    # ---- the whole index ----

    @property
    def total(self) -> int:
        return self._asking.knowledge.measures.total

    def frequency(self, name: str, term: str) -> int:
        return self._asking.known("frequency", (name, term), 0)

    def how_many(self, sought: Sought) -> int:
        return self._asking.known("how many", sought, 0)

    def most_had(self, sought: MostOf) -> tuple[int, float]:
        covered = self._asking.known("covered", sought, 0.0)
        return self._asking.known("fullest", sought, 0), covered

    def cards(self, name: str, term: str) -> Iterator[Card]:
        return iter(self._asking.known("cards", (name, term), []))

    def values(self, name: str) -> list[str]:
        return self._asking.known("values", name, [])

    def near(self, word: str) -> list[str]:
        return self._asking.known("near", word, [])

    def expansions(self, name: str, beginning: str, most: int) -> int:
        return 0  # the cluster looks at all of them

    # ---- documents ----

    def in_places(self, sought: InPlaces) -> Mask:
        return self._named(sought)

    def begins(self, sought: Beginning) -> Mask:
        return self._named(sought)

    def _named(self, sought: Sought) -> Mask:
        """Which documents the cluster says have a part of the query."""
        name = self._names[sought]
        return np.array([name in one.matched for one in self._candidates.all], dtype=bool)

    def titled_in(self, language: str) -> Ids:
        titled = [one.row["language"] == language for one in self._candidates.all]
        return np.flatnonzero(np.array(titled, dtype=bool))

    def linked(self, keys: Iterable[str]) -> Ids:
        wanted = frozenset(keys)
        linked = [one.row["card"].key in wanted for one in self._candidates.all]
        return np.flatnonzero(np.array(linked, dtype=bool))

    # ---- meaning ----

    @property
    def has_meaning(self) -> bool:
        return self.semantic and self._asking.knowledge.has_vectors

    @cached_property
    def _vectors(self) -> embeddings.Vectors:
        return self._candidates.vectors()
