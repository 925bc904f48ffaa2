"""Postings made ready to be written: every occurrence of a term, as flat arrays."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from evidence.search.index.documents import MAX_POSITION, SECTION_GAP
from evidence.search.index.schema import EXACT, PART_MARKS, RANKED, TITLE, Ids
from evidence.search.language.analysis import Token, analyzer


class _FieldPostings:
    """The postings of one field, gathered document by document."""

    def __init__(self) -> None:
        self.numbers: dict[str, int] = {}
        self.terms = array("I")
        self.documents = array("I")
        self.weights = array("f")

    def add(self, document: int, weights: dict[str, float]) -> None:
        numbers = self.numbers
        self.terms.extend([numbers.setdefault(term, len(numbers)) for term in weights])
        self.documents.extend([document] * len(weights))
        self.weights.extend(weights.values())

    def postings(self) -> Postings:
        return Postings(
            list(self.numbers),
            np.frombuffer(self.terms, dtype=np.uint32),
            np.frombuffer(self.documents, dtype=np.uint32),
            np.frombuffer(self.weights, dtype=np.float32),
        )


@dataclass(frozen=True, slots=True)
class Postings:
    """All postings of a field: parallel arrays, each document's after those before it.

    `names` are the terms by number. In a positional field `places` holds, posting after
    posting, as many positions as the posting's weight.
    """

    names: list[str]
    terms: npt.NDArray[np.uint32]
    documents: npt.NDArray[np.uint32]
    weights: npt.NDArray[np.float32]
    places: npt.NDArray[np.uint16] | None = None


class _TokenNumbers(dict[str, int]):
    """Raw token -> its number; what a new one stands for is worked out once."""

    def __init__(self, texts: _TextPostings, language: str) -> None:
        super().__init__()
        self._texts = texts
        self._token = analyzer(language).token

    def __missing__(self, raw: str) -> int:
        number = self[raw] = self._texts.learn(self._token(raw))
        return number


class _TextPostings:
    """The running text of all documents: token numbers first, postings by array operations.

    Tokens are gathered as numbers and, a quarter of a million at a time, turned into postings of
    three fields; Python looks at a token only the first time it meets it.
    """

    BATCH = 1 << 18

    def __init__(self) -> None:
        self._known = {language: _TokenNumbers(self, language) for language in ("en", "fr")}
        self._stems: dict[str, int] = {}
        self._words: dict[str, int] = {}
        self._stem_counts = array("I")  # of each raw token: how many stems, which, ...
        self._stem_numbers = array("I")
        self._word_counts = array("I")  # ... how many words, which, at which offset, ...
        self._word_numbers = array("I")
        self._word_offsets = array("I")
        self._widths = array("I")  # ... and how many positions it takes
        self._lengths: list[int] = []
        self._marks = {
            language: self._words.setdefault(mark, len(self._words))
            for language, mark in PART_MARKS.items()
        }
        self._tokens = array("I")
        self._sections: list[tuple[int, int, float, bool, int]] = []
        self._done: dict[str, list[tuple[Any, ...]]] = {RANKED: [], EXACT: [], TITLE: []}

    def learn(self, token: Token) -> int:
        """Number a new raw token."""
        number = len(self._widths)
        stems, words = self._stems, self._words
        for stem in token.stems:
            self._stem_numbers.append(stems.setdefault(stem, len(stems)))
        for offset, word in token.words:
            self._word_numbers.append(words.setdefault(word, len(words)))
            self._word_offsets.append(offset)
        self._stem_counts.append(len(token.stems))
        self._word_counts.append(len(token.words))
        self._widths.append(token.width)
        self._lengths.append(len(token.stems))
        return number

    def add(self, document: int, parts: Iterable[tuple[str, float, list[str]]]) -> int:
        """Take in the parts of a document; returns its length in stems."""
        begin = len(self._tokens)
        for place, (language, weight, raws) in enumerate(parts):
            self._tokens.extend(map(self._known[language].__getitem__, raws))
            mark = self._marks[language]
            self._sections.append((document, len(raws), weight, place == 0, mark))
        length = sum(map(self._lengths.__getitem__, self._tokens[begin:]))
        if len(self._tokens) >= self.BATCH:
            self.digest()
        return length

    def digest(self) -> None:
        """Turn the tokens taken in so far into postings."""
        tokens = np.frombuffer(self._tokens, dtype=np.uint32).astype(np.int64)
        if not len(tokens):
            return
        documents, counts, weights, titles, marks = (
            np.array(column) for column in zip(*self._sections, strict=True)
        )
        section = np.repeat(np.arange(len(counts)), counts)
        # Where each token stands: the widths before it in its part, after those of the parts
        # before, with a gap between parts so that no phrase runs from one into the next.
        widths = np.frombuffer(self._widths, dtype=np.uint32).astype(np.int64)[tokens]
        before = np.cumsum(widths) - widths
        ends = np.cumsum(counts)
        starts = ends - counts
        total = np.concatenate((before, [before[-1] + widths[-1]]))
        spans = total[ends] - total[starts] + SECTION_GAP
        offsets = np.cumsum(spans) - spans
        first = np.concatenate(([True], documents[1:] != documents[:-1]))
        offsets -= np.repeat(offsets[first], np.diff(np.flatnonzero(np.append(first, True))))
        places = before - total[starts][section] + offsets[section]

        which, stems = _spread(self._stem_counts, self._stem_numbers, tokens)
        self._done[RANKED].append(_sum(stems, documents[section[which]], weights[section[which]]))
        titled = titles[section[which]]
        self._done[TITLE].append(
            _sum(stems[titled], documents[section[which]][titled], np.ones(int(titled.sum())))
        )
        which, words = _spread(self._word_counts, self._word_numbers, tokens)
        _, shifts = _spread(self._word_counts, self._word_offsets, tokens)
        at = places[which] + shifts
        words, at = np.concatenate((words, marks)), np.concatenate((at, offsets))
        owners = np.concatenate((documents[section[which]], documents))
        kept = at < MAX_POSITION
        self._done[EXACT].append(_sum(words[kept], owners[kept], None, at[kept]))
        self._tokens = array("I")
        self._sections = []

    @property
    def fields(self) -> list[str]:
        """The fields that have postings."""
        return [name for name, parts in self._done.items() if any(len(p[0]) for p in parts)]

    def take(self, name: str) -> Postings:
        """The postings of a field, which are not kept here any longer."""
        columns_of: list[Any] = [list(column) for column in zip(*self._done.pop(name), strict=True)]
        joined: list[Any] = []
        for column in columns_of:
            joined.append(None if column[0] is None else np.concatenate(column))
            column.clear()
        terms, documents, weights, places = joined
        names = list(self._words if name == EXACT else self._stems)
        used = np.bincount(terms, minlength=len(names)) > 0
        numbers = (np.cumsum(used) - 1).astype(np.uint32)
        kept = [names[number] for number in np.flatnonzero(used).tolist()]
        return Postings(kept, numbers[terms], documents, weights, places)


def _spread(counts: Any, values: Any, tokens: Ids) -> tuple[Ids, Ids]:
    """The values of each token one after another, and which token each is of."""
    sizes = np.frombuffer(counts, dtype=np.uint32).astype(np.int64)
    begins = np.cumsum(sizes) - sizes
    own = sizes[tokens]
    which = np.repeat(np.arange(len(tokens)), own)
    ends = np.cumsum(own)
    index_of = np.arange(len(which)) - np.repeat(ends - own, own) + np.repeat(begins[tokens], own)
    flat = np.frombuffer(values, dtype=np.uint32) if len(values) else np.zeros(0, np.uint32)
    return which, flat[index_of].astype(np.int64)


def _order(keys: Ids) -> Ids:
    """The order of keys, equal ones as they stand.

    Each key is sorted together with its place, as one number: three times as fast as argsort.
    """
    bits = len(keys).bit_length()
    if int(keys.max(initial=0)).bit_length() + bits > 63:
        return np.argsort(keys, kind="stable")
    packed = (keys << bits) | np.arange(len(keys))
    packed.sort()
    return packed & ((1 << bits) - 1)


def _sum(
    terms: Ids, documents: Ids, weights: Any, places: Ids | None = None
) -> tuple[Any, Any, Any, Any]:
    """One posting for each term and document: weights added up, or places gathered."""
    width = int(documents.max(initial=0)) + 1
    keys = terms * width + documents
    order = _order(keys)
    ordered = keys[order]
    begins = np.flatnonzero(np.concatenate(([True], ordered[1:] != ordered[:-1]))[: len(ordered)])
    heads = ordered[begins]
    if weights is None:
        added = np.diff(np.append(begins, len(ordered))).astype(np.float32)
    elif len(begins):
        added = np.add.reduceat(weights[order], begins).astype(np.float32)
    else:
        added = np.zeros(0, dtype=np.float32)
    return (
        (heads // width).astype(np.uint32),
        (heads % width).astype(np.uint32),
        added,
        None if places is None else places[order].astype(np.uint16),
    )


class PostingsBuilder:
    """What Whoosh's writer calls its posting pool: here, flat arrays instead of tuples."""

    def __init__(self) -> None:
        self.texts = _TextPostings()
        self.fields: dict[str, _FieldPostings] = {}

    def __getitem__(self, name: str) -> _FieldPostings:
        return self.fields.setdefault(name, _FieldPostings())

    def iter_postings(self) -> Iterator[tuple[str, Postings]]:
        """Each field with its postings, in order of names; what was handed over is let go."""
        self.texts.digest()
        for name in sorted([*self.fields, *self.texts.fields]):
            if name not in self.fields:
                yield name, self.texts.take(name)
            elif (field := self.fields.pop(name)).terms:
                yield name, field.postings()

    def cleanup(self) -> None:
        self.fields.clear()
