"""What one opened index says of a term, a concept or a document, kept in bounded memory.

Everything that ranks stands on this: posting lists come decoded, with their BM25 scores.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from threading import Lock

import numpy as np
import numpy.typing as npt

from evidence.search.index import embeddings
from evidence.search.index import reader as wi
from evidence.search.index.documents import Card
from evidence.search.ranking.translation import Bridge
from references.concepts import Vocabulary

Scores = npt.NDArray[np.float64]
Ids = npt.NDArray[np.int64]

#: What a concept counts beside a word: it stands for all its synonyms.
CONCEPT_BOOST = 1.3
#: Half-way point of the weight of a concept in a document (see documents.CONCEPT_WEIGHTS).
CONCEPT_K = 1.0
CACHE_BYTES = 96 << 20


class _Cache:
    """Arrays by name, up to so many bytes; the oldest half goes when it is full."""

    def __init__(self, limit: int = CACHE_BYTES) -> None:
        self._limit = limit
        self._bytes = 0
        self._lock = Lock()
        self._items: dict[tuple[str, str], tuple[Ids, Scores]] = {}

    def get(self, key: tuple[str, str]) -> tuple[Ids, Scores] | None:
        return self._items.get(key)

    def put(self, key: tuple[str, str], item: tuple[Ids, Scores]) -> None:
        size = item[0].nbytes + item[1].nbytes + 200
        with self._lock:
            if self._bytes + size > self._limit:
                for old in list(self._items)[: len(self._items) // 2 + 1]:
                    ids, scores = self._items.pop(old)
                    self._bytes -= ids.nbytes + scores.nbytes + 200
            if key not in self._items:
                self._items[key] = item
                self._bytes += size

    def clear(self) -> None:
        with self._lock:
            self._items.clear()
            self._bytes = 0


class IndexStatistics:
    """An opened index, its vocabulary and what was read of them. Safe to share by threads."""

    def __init__(self, index: wi.OpenIndex, vocabulary: Vocabulary, folder: Path) -> None:
        self.index = index
        self.vocabulary = vocabulary
        self.folder = folder
        self.bridge = Bridge(index, vocabulary)
        self._cache = _Cache()
        self._cards: dict[int, Card] = {}
        self._numbers: dict[str, npt.NDArray[np.int64]] = {}
        self._meaning: embeddings.Vectors | None = None
        self._meaning_read = False
        self.semantic = True  # use nearness in meaning where the index has it

    @property
    def has_meaning(self) -> bool:
        """Whether nearness in meaning takes part: asked for, installed, and in the index."""
        if not self.semantic or not embeddings.is_installed():
            return False
        if not self._meaning_read:
            self._meaning = embeddings.read_matrix(self.folder)
            self._meaning_read = True
        return self._meaning is not None and len(self._meaning) == self.index.count

    def nearness(self, text: str, language: str) -> Scores | None:
        """How near in meaning each document is to a text (cosine), or None without vectors."""
        if not self.has_meaning or self._meaning is None:
            return None
        return embeddings.nearness(self._meaning, text, language)

    def close(self) -> None:
        """Free what is cached; the mapped files go with the last array that uses them."""
        self._cache.clear()
        self._cards.clear()

    def term(self, stem: str) -> tuple[Ids, Scores]:
        """Documents with a stem in the ranked field, and its BM25 score in each."""
        key = (wi.RANKED, stem)
        found = self._cache.get(key)
        if found is None:
            ids, weights = self.index.postings(wi.RANKED, stem)
            rarity = wi.idf(self.index.frequency(wi.RANKED, stem), self.index.count)
            scores = rarity * (weights * (wi.K1 + 1)) / (weights + self.index.norms[ids])
            found = ids, scores
            self._cache.put(key, found)
        return found

    def exact(self, name: str, term: str) -> tuple[Ids, Scores]:
        """Documents with a term in a field of names, each scored by the term's rarity."""
        key = (name, term)
        found = self._cache.get(key)
        if found is None:
            ids, _ = self.index.postings(name, term)
            rarity = wi.idf(self.index.frequency(name, term), self.index.count)
            found = ids, np.full(len(ids), rarity)
            self._cache.put(key, found)
        return found

    def has(self, name: str, term: str) -> bool:
        """Whether a field of names has a term."""
        return self.index.frequency(name, term) > 0

    def stand_in(self, language: str, places: Ids) -> npt.NDArray[np.bool_]:
        """Which places (as of `OpenIndex.positions`) stand in a part of this language."""
        begins = {
            name: self.index.positions(wi.EXACT, mark) for name, mark in wi.PART_MARKS.items()
        }
        last = {
            name: np.concatenate(([-1], starts))[np.searchsorted(starts, places, side="right")]
            for name, starts in begins.items()
        }
        return np.asarray(last[language] == np.maximum(last["en"], last["fr"]))

    def titled_in(self, language: str) -> Ids:
        """The documents whose title is in a language."""
        begins = self.index.positions(wi.EXACT, wi.PART_MARKS[language])
        return np.unique(begins[begins & 0xFFFFF == 0] >> 20)

    def concept(self, concept: str) -> tuple[Ids, Scores]:
        """Documents about a concept or something narrower, scored by rarity and directness."""
        key = ("concept", concept)
        found = self._cache.get(key)
        if found is None:
            ids, weights = self.index.postings("concept", concept)
            rarity = wi.idf(len(ids), self.index.count)
            gain = CONCEPT_BOOST * rarity * weights * (1 + CONCEPT_K) / (weights + CONCEPT_K)
            found = ids, gain
            self._cache.put(key, found)
        return found

    def linked(self, keys: Iterable[str]) -> Ids:
        """The documents of some keys; a key that is not in the index has none."""
        found = []
        for key in keys:
            ids, _ = self.exact("identifier", key.lower())
            found += [number for number in ids.tolist() if self.card(number).key == key]
        return np.array(found, dtype=np.int64)

    def numbers(self, name: str) -> npt.NDArray[np.int64]:
        """Year or participants of every document; 0 where it is not known."""
        found = self._numbers.get(name)
        if found is None:
            found = self._numbers[name] = self.index.numbers(name).astype(np.int64)
        return found

    def card(self, number: int) -> Card:
        """What a list shows of a document."""
        card = self._cards.get(number)
        if card is None:
            if len(self._cards) > 20_000:
                self._cards.clear()
            card = self._cards[number] = self.index.card(number)
        return card
