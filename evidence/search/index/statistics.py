"""What one opened index says of a term, a concept or a document, kept in bounded memory.

Everything that ranks stands on this: posting lists come decoded, with their BM25 scores.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import cached_property, lru_cache
from pathlib import Path
from threading import Lock
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from evidence.search.index import bm25, embeddings
from evidence.search.index.algebra import Beginning, InPlaces, MostOf, Sought
from evidence.search.index.documents import CONCEPT_FACETS, SUBJECTS, Card, RecordPart
from evidence.search.index.matches import Matches, most_had
from evidence.search.index.matching import matches_of
from evidence.search.index.schema import EXACT, PART_MARKS, PARTICIPANTS, RANKED, YEAR, Ids, Scores
from evidence.search.language.translation import QueryTranslation
from evidence.search.ranking_parameters import DEFAULT, SearchParameters
from references.concepts import FACETS, Vocabulary

CACHE_BYTES = 96 << 20
MAX_NEAR = 60_000  # words of an index that are compared with a mistyped one


class _Cache:
    """Arrays by name, up to `limit` bytes; the oldest half goes when it is full."""

    def __init__(self, limit: int = CACHE_BYTES) -> None:
        self.limit = limit
        self.bytes = 0
        self._lock = Lock()
        self._items: dict[tuple[str, str], tuple[Ids, Scores]] = {}

    def get(
        self, name: str, term: str, make: Callable[[str, str], tuple[Ids, Scores]]
    ) -> tuple[Ids, Scores]:
        """The cached value of a term in a field, made when it is missing."""
        item = self._items.get((name, term))
        if item is None:
            item = make(name, term)
            self._put((name, term), item)
        return item

    def _put(self, key: tuple[str, str], item: tuple[Ids, Scores]) -> None:
        size = item[0].nbytes + item[1].nbytes + 200
        with self._lock:
            if self.bytes + size > self.limit:
                for old in list(self._items)[: len(self._items) // 2 + 1]:
                    ids, scores = self._items.pop(old)
                    self.bytes -= ids.nbytes + scores.nbytes + 200
            if key not in self._items:
                self._items[key] = item
                self.bytes += size

    def clear(self) -> None:
        with self._lock:
            self._items.clear()
            self.bytes = 0


class SearchedIndex(Protocol):
    """Documents as arrays: a whole index, or those of one that may answer a search."""

    count: int  # documents in the arrays
    live: npt.NDArray[np.bool_]
    average: float  # the mean length of the documents of the whole index

    def lengths(self) -> Scores: ...
    def numbers(self, name: str) -> npt.NDArray[Any]: ...
    def postings(self, name: str, term: str) -> tuple[Ids, Scores]: ...
    def positions(self, name: str, term: str) -> Ids: ...
    def frequency(self, name: str, term: str) -> int: ...
    def terms(self, name: str, prefix: str = "", limit: int | None = None) -> list[str]: ...
    def card(self, number: int) -> Card: ...
    def passages(self, number: int) -> list[RecordPart]: ...


class IndexStatistics:
    """An opened index, its vocabulary and what was read of them. Safe to share by threads.

    `index` has the documents that are ranked. What is rare among all is asked of `frequency`,
    `how_many` and `total`, which are of the whole index even where `index` has only those of its
    documents that may answer.
    """

    def __init__(
        self,
        index: SearchedIndex,
        vocabulary: Vocabulary,
        folder: Path,
        parameters: SearchParameters = DEFAULT,
        translation: QueryTranslation | None = None,
    ) -> None:
        self.index = index
        self.vocabulary = vocabulary
        self.folder = folder
        self.parameters = parameters
        self.translation = translation or QueryTranslation(
            vocabulary,
            has_stem=lambda stem: self.frequency(RANKED, stem) > 0,
            has_word=lambda word: self.frequency(EXACT, word) > 0,
        )
        self.semantic = True  # use nearness in meaning where the index has it
        self.cache = _Cache()
        self._norms = bm25.norms(index.lengths(), index.average, parameters.k1, parameters.b)
        #: What a list shows of a document.
        self.card = lru_cache(maxsize=20_000)(index.card)
        self._linked = lru_cache(maxsize=64)(self._documents_of)
        self._how_many = lru_cache(maxsize=2000)(self._counted)
        #: What of the documents here matches: what was counted is ranked next. Not to be changed.
        self.matches = lru_cache(maxsize=4)(self._matches)
        #: How many concepts of a facet were recorded of each document. Not to be changed.
        self.concepts_recorded = lru_cache(maxsize=len(FACETS))(self._concepts_recorded)

    def close(self) -> None:
        """Free what is kept; the mapped files go with the last array that uses them."""
        self.cache.clear()
        for kept in (self.card, self._linked, self._how_many, self.matches, self.concepts_recorded):
            kept.cache_clear()

    # ---- the whole index ----

    @property
    def live(self) -> npt.NDArray[np.bool_]:
        """Which of the documents in the arrays are not deleted."""
        return self.index.live

    @property
    def total(self) -> int:
        """All documents, deleted ones included until they are merged away."""
        return self.index.count

    def frequency(self, name: str, term: str) -> int:
        """How many of all documents have a term."""
        return self.index.frequency(name, term)

    def how_many(self, sought: Sought) -> int:
        """How many of all documents match."""
        return self._how_many(sought)

    def _counted(self, sought: Sought) -> int:
        return int(np.count_nonzero(self.matches(sought).mask))

    def _matches(self, sought: Sought) -> Matches:
        return matches_of(self, sought)

    def most_had(self, sought: MostOf) -> tuple[int, float]:
        """The most parts of some that any document has, and the most that those of one tell."""
        return most_had([matches_of(self, part) for part in sought.parts], self.told(sought))

    def told(self, sought: MostOf) -> list[float]:
        """How much each of some parts tells: what few documents have tells more."""
        return [bm25.idf(self.how_many(part), self.total) for part in sought.parts]

    def cards(self, name: str, term: str) -> Iterator[Card]:
        """What a list shows of each document with a term."""
        return map(self.card, self.exact(name, term)[0].tolist())

    def values(self, name: str) -> list[str]:
        """All values of a facet, in order."""
        return self.index.terms(name)

    def near(self, word: str) -> list[str]:
        """Words of the index that may be meant by a word that is not in it."""
        return self.index.terms(EXACT, word[0], MAX_NEAR)

    def _concepts_recorded(self, facet: str) -> Scores:
        recorded = np.zeros(self.index.count)
        for concept in self.index.terms(f"{facet}_own"):
            recorded[self.index.postings(f"{facet}_own", concept)[0]] += 1.0
        return recorded

    # ---- terms ----

    def term(self, stem: str) -> tuple[Ids, Scores]:
        """Documents with a stem in the ranked field, and its BM25 score in each."""
        return self.cache.get(RANKED, stem, self._term)

    def _term(self, name: str, stem: str) -> tuple[Ids, Scores]:
        ids, weights = self.index.postings(name, stem)
        rarity = bm25.idf(self.frequency(name, stem), self.total)
        return ids, bm25.scores(weights, self._norms[ids], rarity, self.parameters.k1)

    def exact(self, name: str, term: str) -> tuple[Ids, Scores]:
        """Documents with a term in a field of names, each scored by the term's rarity."""
        return self.cache.get(name, term, self._exact)

    def _exact(self, name: str, term: str) -> tuple[Ids, Scores]:
        ids, _ = self.index.postings(name, term)
        rarity = bm25.idf(self.frequency(name, term), self.total)
        return ids, np.full(len(ids), rarity)

    def concept(self, concept: str) -> tuple[Ids, Scores]:
        """Documents about a concept or something narrower, scored by rarity and directness."""
        return self.cache.get("concept", concept, self._concept)

    def _concept(self, name: str, concept: str) -> tuple[Ids, Scores]:
        ids, weights = self.index.postings(name, concept)
        half = self.parameters.concept_k
        rarity = bm25.idf(self.frequency(name, concept), self.total)
        gain = self.parameters.concept_boost * rarity
        return ids, gain * weights * (1 + half) / (weights + half)

    def recorded(self, concept: str) -> tuple[Ids, Scores]:
        """Documents of which a concept, or something narrower, was recorded; scored by rarity.

        None where records have no field for concepts of its kind.
        """
        known = self.vocabulary.get(concept)
        if known is None or known.facet not in CONCEPT_FACETS:
            return np.zeros(0, dtype=np.int64), np.zeros(0)
        ids, gains = self.exact(known.facet, concept)
        return ids, gains * (self.parameters.concept_boost * self.parameters.recorded)

    def subject_weight(self, concept: str) -> float:
        """What a concept counts as the subject of a search, from 0 (none) to 1."""
        fitted, known = self.parameters, self.vocabulary.get(concept)
        if known is None:
            return 0.0
        if known.facet == "intervention":
            return 1.0
        return fitted.condition if known.facet in SUBJECTS else fitted.mentioned

    def has(self, name: str, term: str) -> bool:
        """Whether a field of names has a term."""
        return self.frequency(name, term) > 0

    # ---- parts of documents ----

    def in_places(self, sought: InPlaces) -> npt.NDArray[np.bool_]:
        """The documents where words stand at their distances from each other."""
        index, words = self.index, sought.words
        begin = min((offset for offset, _ in words), default=0)  # small words may stand before it
        rarest_first = sorted(words, key=lambda word: index.frequency(EXACT, word[1]))
        starts: Ids | None = None
        for offset, word in rarest_first:
            places = index.positions(EXACT, word) - (offset - begin)
            starts = places if starts is None else np.intersect1d(starts, places)
            if not len(starts):
                break
        mask = np.zeros(index.count, dtype=bool)
        if starts is not None and len(starts):
            here = self.stand_in(sought.language, starts) if sought.language else slice(None)
            mask[starts[here] >> 20] = True
        return mask & index.live

    def expansions(self, name: str, beginning: str, most: int) -> int:
        """How many terms of a field begin so, as far as it matters: up to one more than `most`."""
        return len(self.index.terms(name, beginning, most + 1))

    def begins(self, sought: Beginning) -> npt.NDArray[np.bool_]:
        """The documents with a term that begins so."""
        mask = np.zeros(self.index.count, dtype=bool)
        for term in self.index.terms(sought.name, sought.text, sought.most)[: sought.most]:
            mask[self.exact(sought.name, term)[0]] = True
        return mask

    def stand_in(self, language: str, places: Ids) -> npt.NDArray[np.bool_]:
        """Which places (as of `OpenIndex.positions`) stand in a part of this language."""
        begins = {name: self.index.positions(EXACT, mark) for name, mark in PART_MARKS.items()}
        last = {
            name: np.concatenate(([-1], starts))[np.searchsorted(starts, places, side="right")]
            for name, starts in begins.items()
        }
        return np.asarray(last[language] == np.maximum(last["en"], last["fr"]))

    def titled_in(self, language: str) -> Ids:
        """The documents whose title is in a language."""
        begins = self.index.positions(EXACT, PART_MARKS[language])
        return np.unique(begins[begins & 0xFFFFF == 0] >> 20)

    # ---- documents ----

    def linked(self, keys: Iterable[str]) -> Ids:
        """The documents of some keys; a key that is not in the index has none."""
        return self._linked(frozenset(keys))

    def _documents_of(self, keys: frozenset[str]) -> Ids:
        numbers: list[int] = []
        for key in keys:
            ids, _ = self.exact("identifier", key.lower())
            numbers += [number for number in ids.tolist() if self.card(number).key == key]
        return np.array(numbers, dtype=np.int64)

    @cached_property
    def _numbers(self) -> dict[str, Ids]:
        return {name: self.index.numbers(name).astype(np.int64) for name in (YEAR, PARTICIPANTS)}

    def numbers(self, name: str) -> Ids:
        """Year or participants of every document; 0 where it is not known."""
        return self._numbers[name]

    @cached_property
    def soundness(self) -> Scores:
        """What the score of every document is worth: less of incomplete records and protocols."""
        worth = np.full(self.index.count, self.parameters.unsound)
        worth[self.exact("flag", "sound")[0]] = 1.0
        return worth

    # ---- meaning ----

    @cached_property
    def _vectors(self) -> embeddings.Vectors | None:
        return embeddings.read_matrix(self.folder)

    @property
    def has_meaning(self) -> bool:
        """Whether nearness in meaning takes part: asked for, installed, and in the index."""
        if not self.semantic or not embeddings.is_installed():
            return False
        return self._vectors is not None and len(self._vectors) == self.index.count

    def nearness(self, text: str, language: str) -> Scores | None:
        """How near in meaning each document is to a text (cosine), or None without vectors."""
        if not self.has_meaning or self._vectors is None:
            return None
        fitted = self.parameters
        share = fitted.multilingual_fr if language == "fr" else fitted.multilingual_en
        return embeddings.nearness(self._vectors, text, share)
