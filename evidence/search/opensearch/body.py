"""A reference as a cluster takes it: its terms, its columns, and a row of what ranking needs.

The terms find candidates; the row has their exact weights, so that the same code ranks them here
as ranks a whole index on one machine.
"""

from __future__ import annotations

import base64
import json
import zlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from evidence.search.index import embeddings
from evidence.search.index.documents import (
    MAX_POSITION,
    SECTION_GAP,
    Card,
    Document,
    RecordPart,
)
from evidence.search.index.embeddings import Vectors
from evidence.search.index.schema import FACET_FIELDS, NAME_FIELDS, RANKED, TITLE, kept_length
from evidence.search.language.analysis import analyzer
from evidence.search.opensearch.mapping import (
    CONCEPTS_BY,
    FILLER,
    LENGTH_BY,
    LIBRARY,
    LONGEST,
    MEANING,
    ORIGIN,
    OTHERS,
    PLACES,
    RECORD,
    ROW,
    SEQ,
    TITLE_LANGUAGE,
    WORDS,
    WORDS_BY,
)

#: A study that is about more concepts of one facet than this is less about each.
FEW = 2
#: Behind the five levels of evidence: designs that have none.
NOT_RANKED = 9


def body_of(
    document: Document,
    seq: int,
    digest: str = "",
    origin: str = LIBRARY,
    record: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """What is sent of a document.

    Args:
        document: as `evidence.search.index.documents.document_of` makes it.
        seq: its place in the library; where scores are equal the lower one comes first.
        digest: what it was made from.
        origin: the library, or the file that it was loaded from.
        record: what else is kept to be shown and is not searched.
    """
    words = TextTerms(document.parts)
    length = kept_length(words.length)
    weights = [(stem, max(1, round(WORDS_BY * weight))) for stem, weight in words.stems.items()]
    rest = LENGTH_BY * length - sum(weight for _, weight in weights)
    concepts = {concept: _half(weight) for concept, weight in document.concepts.items()}
    named = [(concept, max(1, round(CONCEPTS_BY * w))) for concept, w in concepts.items()]
    exact = {
        name: list(dict.fromkeys(values))
        for name, values in (document.names | document.facets).items()
        if values and name in _EXACT
    }
    level = exact.get("level")
    return {
        RANKED: _weighted([*weights, (FILLER, max(1, rest))]),
        "concept": _weighted([*named, (FILLER, 1)]),
        **{PLACES[language]: " ".join(places) for language, places in words.places.items()},
        WORDS: " ".join(_short(word) for word in words.words),
        TITLE: " ".join(_short(stem) for stem in words.title),
        **exact,
        TITLE_LANGUAGE: document.parts[0][0],
        "key": document.key,
        "digest": digest,
        ORIGIN: origin,
        "year": document.year,
        "participants": document.participants,
        "rank": int(level[0]) if level else NOT_RANKED,
        "stems": words.length,
        **{
            field: max(0, len(exact.get(f"{facet}_own", ())) - FEW)
            for facet, field in OTHERS.items()
        },
        SEQ: seq,
        ROW: _packed(_row(document, words, concepts, exact)),
        RECORD: {"passages": document.passages, **(record or {})},
    }


def _row(
    document: Document,
    words: TextTerms,
    concepts: Mapping[str, float],
    exact: Mapping[str, Sequence[str]],
) -> dict[str, Any]:
    """What ranking needs of a document, as exact as an index on disk has it."""
    return {
        "stems": {stem: _half(weight) for stem, weight in words.stems.items()},
        "title": list(words.title),
        "concepts": concepts,
        "exact": exact,
        "length": kept_length(words.length),
        "year": document.year,
        "participants": document.participants,
        "language": document.parts[0][0],
        "card": document.card,
    }


class TextTerms:
    """The terms of the running text of a document, as `index.postings` has them.

    `stems` are weighed, `title` those of the title, `words` as written, and `places` has by
    language the word at each place, gaps where none stands. `length` is counted in stems.
    """

    def __init__(self, parts: Iterable[tuple[str, float, list[str]]]) -> None:
        self.stems: dict[str, float] = {}
        self.title: dict[str, None] = {}
        self.words: dict[str, None] = {}
        self.places: dict[str, list[str]] = {}
        self.length = 0
        begin = 0
        for number, (language, weight, raws) in enumerate(parts):
            begin += self._add(language, weight, raws, begin, titled=number == 0) + SECTION_GAP

    def _add(
        self, language: str, weight: float, raws: list[str], begin: int, *, titled: bool
    ) -> int:
        """Take in a part that begins at a place; returns how many places it takes."""
        token_of = analyzer(language).token
        at = begin
        line: dict[int, str] = {}
        for raw in raws:
            token = token_of(raw)
            self.length += len(token.stems)
            for stem in token.stems:
                self.stems[stem] = self.stems.get(stem, 0.0) + weight
            if titled:
                self.title.update(dict.fromkeys(token.stems))
            for offset, word in token.words:
                if at + offset < MAX_POSITION:
                    self.words[word] = None
                    line.setdefault(at + offset, word)
            at += token.width
        if line:
            places = self.places.setdefault(language, [])
            places += [FILLER] * SECTION_GAP if places else []
            places += [_short(line.get(place, FILLER)) for place in range(begin, max(line) + 1)]
        return at - begin


#: Fields of names and facets: whatever else a document has is not looked up.
_EXACT = frozenset((*NAME_FIELDS, *FACET_FIELDS))


def _half(weight: float) -> float:
    """A weight as an index keeps it, in two bytes."""
    return float(np.float16(weight))


def _weighted(terms: Iterable[tuple[str, int]]) -> str:
    return " ".join(f"{_short(term)}|{weight}" for term, weight in terms)


def _short(term: str) -> str:
    return term[:LONGEST]


# ---- meaning ----


def add_vectors(bodies: Sequence[dict[str, Any]], made: Callable[[list[str]], Vectors]) -> None:
    """Give documents that are sent their vectors; `made` gives one for each text."""
    texts = [embeddings.text_of(passages_in(body[RECORD])) for body in bodies]
    if texts:
        for body, vector in zip(bodies, made(texts), strict=True):
            body[MEANING] = base64.b64encode(vector.astype("<f2").tobytes()).decode()


def vector_of(told: str) -> Vectors:
    """The vector of a document, as a cluster tells it."""
    packed = base64.urlsafe_b64decode(told + "=" * (-len(told) % 4))
    return np.frombuffer(packed, dtype="<f2").astype(np.float32)


# ---- the row ----


def _packed(row: Mapping[str, Any]) -> str:
    text = json.dumps(row, ensure_ascii=False, separators=(",", ":"))
    return base64.b64encode(zlib.compress(text.encode("utf-8", "replace"), 6)).decode()


def unpacked(row: str) -> dict[str, Any]:
    """The row of a document; a cluster tells it in the form of base64 that addresses take."""
    packed = base64.urlsafe_b64decode(row + "=" * (-len(row) % 4))
    values: dict[str, Any] = json.loads(zlib.decompress(packed))
    values["card"] = Card(*values["card"])
    return values


def passages_in(record: Mapping[str, Any]) -> list[RecordPart]:
    """The parts of a document, from what is kept to be shown."""
    return [RecordPart(*parts) for parts in json.loads(record["passages"])]
