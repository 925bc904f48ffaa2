"""Reading an index: terms, posting lists and columns as arrays.

Whoosh's limited search, which can lose the best results, and its facets are not used at all.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from copy import copy
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from whoosh import columns, index
from whoosh.codec import whoosh3 as w3
from whoosh.util.numeric import byte_to_length

from evidence.search.index.codec import HEADER, ArrayCodec, read_block
from evidence.search.index.documents import Card, RecordPart
from evidence.search.index.mapped_files import MappedStorage
from evidence.search.index.schema import (
    CARD,
    DIGEST,
    PARTICIPANTS,
    PASSAGES,
    RANKED,
    YEAR,
    Ids,
    Scores,
    Unreadable,
)

_LENGTH_COLUMN = f"_{RANKED}_len"
_RAW = {YEAR: ">u2", PARTICIPANTS: ">u4", _LENGTH_COLUMN: "u1"}
_LENGTHS = np.array([byte_to_length(code) for code in range(256)], dtype=np.float64)


class _Segment:
    """One segment, opened for reading."""

    def __init__(self, storage: MappedStorage, segment: Any, base: int) -> None:
        self.name: str = segment.segment_id()
        self.count: int = segment.doc_count_all()
        self.length_sum: int = segment._fieldlengths.get(RANKED, 0)
        self.terms = ArrayCodec().terms_reader(storage, segment)
        self.postings = self.terms._postfile.map
        self.documents = w3.W3PerDocReader(storage, segment)
        # Every file is opened now: later it may be gone, and what is mapped stays readable.
        self._folder, self._segment = Path(storage.folder), segment
        self.numbers = {name: self._raw(name, dtype) for name, dtype in _RAW.items()}
        self.cards = self._column(CARD, columns.VarBytesColumn())
        self.passages = self._column(PASSAGES, columns.CompressedBytesColumn(level=1))
        self.digests = self._column(DIGEST, columns.FixedBytesColumn(24))
        self._stand(segment, base)

    def _stand(self, segment: Any, base: int) -> None:
        """Where its documents begin among all, and which of them are deleted."""
        self.base = base
        self.live: npt.NDArray[np.bool_] | None = None
        if segment.has_deletions():
            self.live = np.ones(self.count, dtype=bool)
            self.live[list(segment.deleted_docs())] = False

    def again(self, segment: Any, base: int) -> _Segment:
        """The same files in a newer index: only its deletions may differ."""
        same = copy(self)
        same._stand(segment, base)
        return same

    def _raw(self, name: str, dtype: str) -> npt.NDArray[Any]:
        """A numeric column as one array; Whoosh leaves trailing defaults out."""
        path = self._folder / w3.W3Codec.column_filename(self._segment, name)
        values = np.zeros(self.count, dtype=np.dtype(dtype).newbyteorder("="))
        if path.exists():
            stored = np.fromfile(path, dtype=dtype)
            values[: len(stored)] = stored
        return values

    def _column(self, name: str, column: Any) -> Any:
        reader = self.documents._cached_reader(name, column)
        if reader is None:
            raise Unreadable(f"the column {name} is not there")
        return reader


class OpenIndex:
    """An index opened for reading: posting lists and columns as arrays.

    Document numbers run over all segments. Nothing here changes after opening, so one
    object serves any number of threads. `before` is the same index as it was before a
    change: its segments, whose files never change, need not be opened again.
    """

    def __init__(self, folder: Path, before: OpenIndex | None = None) -> None:
        storage = MappedStorage(str(folder), supports_mmap=False)
        whole = index.FileIndex(storage, indexname="MAIN")
        self.schema = whole.schema
        self.segments: list[_Segment] = []
        opened = {segment.name: segment for segment in before.segments} if before else {}
        base = 0
        for segment in whole._segments():
            known = opened.get(segment.segment_id())
            self.segments.append(
                known.again(segment, base) if known else _Segment(storage, segment, base)
            )
            base += segment.doc_count_all()
        self.count = base  # deleted documents included
        lives = [s.live if s.live is not None else np.ones(s.count, bool) for s in self.segments]
        self.live: npt.NDArray[np.bool_] = (
            np.concatenate(lives) if lives else np.zeros(0, dtype=bool)
        )
        self.has_deletions = any(s.live is not None for s in self.segments)
        self.average = sum(s.length_sum for s in self.segments) / (base or 1) or 1.0
        #: The parts of a document.
        self.passages = lru_cache(maxsize=2000)(self._passages)

    @property
    def documents(self) -> int:
        """Documents that are not deleted."""
        return int(self.live.sum())

    def numbers(self, name: str) -> npt.NDArray[Any]:
        """The column `year` or `participants`, one value a document; 0 where unknown."""
        parts = [segment.numbers[name] for segment in self.segments]
        return np.concatenate(parts) if parts else np.zeros(0, dtype=np.int64)

    def lengths(self) -> Scores:
        """The length of each document, as Whoosh keeps it (rounded to one byte)."""
        parts = [_LENGTHS[s.numbers[_LENGTH_COLUMN]] for s in self.segments]
        return np.concatenate(parts) if parts else np.zeros(0)

    def postings(self, name: str, term: str) -> tuple[Ids, Scores]:
        """Documents that have a term, with its weight in each; deleted ones left out."""
        ids: list[Any] = []
        weights: list[Any] = []
        for segment, local_ids, weight, _ in self._blocks(name, term):
            numbers, strengths = local_ids.astype(np.int64), weight.astype(np.float64)
            if segment.live is not None:
                kept = segment.live[numbers]
                numbers, strengths = numbers[kept], strengths[kept]
            ids.append(numbers + segment.base)
            weights.append(strengths)
        if len(ids) == 1:
            return ids[0], weights[0]
        if not ids:
            return np.zeros(0, dtype=np.int64), np.zeros(0)
        return np.concatenate(ids), np.concatenate(weights)

    def positions(self, name: str, term: str) -> Ids:
        """Places of a word, sorted, each as document * 2**20 + position."""
        parts = []
        for segment, local_ids, weight, places in self._blocks(name, term):
            counts = weight.astype(np.int64)
            parts.append(
                (np.repeat(local_ids.astype(np.int64) + segment.base, counts) << 20) + places
            )
        return np.concatenate(parts) if parts else np.zeros(0, dtype=np.int64)

    def _blocks(self, name: str, term: str) -> Iterator[tuple[_Segment, Any, Any, Any]]:
        text = term.encode("utf-8", "replace")
        for segment in self.segments:
            extent = self._extent(segment, name, text)
            if extent is not None:
                yield segment, *read_block(segment.postings, extent)

    @staticmethod
    def _extent(segment: _Segment, name: str, text: bytes) -> int | None:
        terms = segment.terms
        try:
            at, _ = terms._range_for_key(name, text)
        except KeyError:
            return None
        # The last twelve bytes of a term's entry are the offset and length of its postings.
        offset: int = terms._dbfile.get_long(at + w3.W3TermInfo._struct.size)
        return offset

    def frequency(self, name: str, term: str) -> int:
        """How many documents have a term, deleted ones included until they are merged away."""
        text, total = term.encode("utf-8", "replace"), 0
        for segment in self.segments:
            extent = self._extent(segment, name, text)
            if extent is not None:
                total += HEADER.unpack_from(segment.postings, extent)[1]
        return total

    def terms(self, name: str, prefix: str = "", limit: int | None = None) -> list[str]:
        """Terms of a field that start with a prefix, in order, at most `limit` a segment."""
        start = prefix.encode("utf-8", "replace")
        matching: set[str] = set()
        for segment in self.segments:
            if name not in segment.terms._fieldmap:
                continue
            for count, (field_name, text) in enumerate(segment.terms.terms_from(name, start)):
                if field_name != name or not text.startswith(start):
                    break
                if limit is not None and count >= limit:
                    break
                matching.add(text.decode("utf-8"))
        return sorted(matching)

    def _place(self, number: int) -> tuple[_Segment, int]:
        for segment in reversed(self.segments):
            if number >= segment.base:
                return segment, number - segment.base
        raise IndexError(number)

    def card(self, number: int) -> Card:
        """What a list shows of a document."""
        segment, local = self._place(number)
        return Card(*json.loads(segment.cards[local]))

    def _passages(self, number: int) -> list[RecordPart]:
        segment, local = self._place(number)
        return [RecordPart(*parts) for parts in json.loads(segment.passages[local])]

    def digests(self) -> dict[str, tuple[int, str]]:
        """Key -> (document number, digest) of every live document."""
        digests: dict[str, tuple[int, str]] = {}
        for segment in self.segments:
            for local in range(segment.count):
                if segment.live is None or segment.live[local]:
                    number = segment.base + local
                    digests[self.card(number).key] = (
                        number,
                        segment.digests[local].decode().strip(),
                    )
        return digests
