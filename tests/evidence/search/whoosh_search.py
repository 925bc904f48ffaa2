"""Whoosh's own exhaustive search over our files: what our scores are compared with."""

from __future__ import annotations

from typing import Any

from whoosh import scoring
from whoosh.codec import whoosh3 as w3

from evidence.search.index.bm25 import idf
from evidence.search.index.codec import ArrayCodec, read_block
from evidence.search.ranking_parameters import DEFAULT


class ArrayMatcher(w3.W3LeafMatcher):
    """Whoosh's view of one of our blocks."""

    def _read_header(self) -> None:
        self._baseoffset = self._startoffset

    def _goto(self, position: int) -> None:
        ids, weights, _ = read_block(self._postfile.map, position)
        self._ids, self._weights = ids.tolist(), weights.astype(float).tolist()
        self._values = [None] * len(self._ids)
        self._i, self._blocklength, self._lastblock = 0, len(self._ids), True
        self._maxid, self._maxweight = self._ids[-1], max(self._weights)
        self._minlength, self._maxlength = 1, 1 << 20
        self._nextoffset = position


def _postings_reader(
    _codec: Any, dbfile: Any, terminfo: Any, format_: Any, term: Any = None, scorer: Any = None
) -> ArrayMatcher:
    offset, length = terminfo.extent()
    return ArrayMatcher(dbfile, offset, length, format_, term=term, scorer=scorer)


#: We read blocks without Whoosh's matchers; its searches need them.
ArrayCodec.postings_reader = _postings_reader


class BM25(scoring.BM25F):
    """Whoosh's BM25F with our parameters and our idf."""

    def __init__(self) -> None:
        super().__init__(B=DEFAULT.b, K1=DEFAULT.k1)

    def idf(self, searcher: Any, fieldname: str, text: str) -> float:
        return idf(searcher.doc_frequency(fieldname, text), searcher.doc_count_all())
