"""How posting lists are kept: one block of plain little-endian arrays each, in Whoosh's files.

Whoosh's own posting blocks (pickled tuples of 128 postings) take most of the time of a search, and
its writer passes each posting through five Python calls. The codec here keeps Whoosh's files and
replaces the inside of a posting list: one block, written in one piece and read by numpy without
copying.

    header  magic, postings, positions, highest weight
    ids     uint32 document numbers, ascending
    weights float16 weighted term frequencies
    and in positional fields, uint16 positions, as many for each document as its weight
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator
from typing import Any
from zlib import crc32

import numpy as np
import numpy.typing as npt
from whoosh.codec import whoosh3 as w3
from whoosh.filedb import filetables

from evidence.search.index.postings import Postings
from evidence.search.index.schema import Ids

_MAGIC = b"EvB1"
HEADER = struct.Struct("<4sIIf")
_BLOCK = np.dtype([("magic", "S4"), ("postings", "<u4"), ("places", "<u4"), ("high", "<f4")])
#: A term's entry in Whoosh's dictionary: W3TermInfo's fields, then where its postings are.
_ENTRY = np.dtype(
    [
        ("inlined", "u1"),
        ("total", ">f4"),
        ("postings", ">u4"),
        ("shortest", "u1"),
        ("longest", "u1"),
        ("high", ">f4"),
        ("first", ">u4"),
        ("last", ">u4"),
        ("offset", ">i8"),
        ("length", ">i4"),
    ]
)
_LENGTHS_OF = struct.Struct("!ii")
_POINTER = struct.Struct("!Iq")  # these two as Whoosh's files have them


class TermWriter(filetables.OrderedHashWriter):  # type: ignore[misc]
    """Whoosh's term dictionary, written many terms at a time and hashed by CRC-32.

    The file is the one Whoosh's own reader reads; MD5 and one system call a term were half
    of the time of writing an index.
    """

    def __init__(self, dbfile: Any) -> None:
        filetables.HashWriter.__init__(self, dbfile, hashtype=1)
        self.index = filetables.GrowableArray("I")
        self.lastkey = b""

    def add_all(self, items: Iterable[tuple[bytes, bytes]]) -> None:
        """Add terms, given in order, with their entries."""
        place = self.dbfile.tell()
        chunks, places, buckets = [], [], self.buckets
        for key, value in items:
            chunk = _LENGTHS_OF.pack(len(key), len(value)) + key + value
            hashed = crc32(key)
            buckets[hashed & 255].append((hashed, place))
            chunks.append(chunk)
            places.append(place)
            place += len(chunk)
        self.dbfile.write(b"".join(chunks))
        self.index.array.extend(places)

    def _write_hashes(self) -> None:
        empty = (0, 0)
        pack = _POINTER.pack
        for entries in self.buckets:
            count = 2 * len(entries)
            self.directory.append((self.dbfile.tell(), count))
            table = [empty] * count
            for entry in entries:
                slot = (entry[0] >> 8) % count
                while table[slot] is not empty:
                    slot = (slot + 1) % count
                table[slot] = entry
            self.dbfile.write(b"".join([pack(*entry) for entry in table]))


class ArrayFieldWriter(w3.W3FieldWriter):  # type: ignore[misc]
    """Writes whole posting lists from a `PostingsBuilder`."""

    def __init__(self, codec: Any, storage: Any, segment: Any) -> None:
        super().__init__(codec, storage, segment)
        # Nothing but Whoosh's header is written yet: begin the same file anew.
        file: Any = super().__getattribute__("_tindex").dbfile
        file.file.seek(0)
        self._tindex: Any = TermWriter(file)
        self._fieldmap: dict[str, int] = {}
        self._tindex.extras["fieldmap"] = self._fieldmap

    def add_postings(
        self, schema: Any, lengths: Any, items: Iterable[tuple[str, Postings]]
    ) -> None:
        for name, postings in items:
            self.start_field(name, schema[name])
            self._write(postings)
            self.finish_field()

    def _write(self, field: Postings) -> None:
        order = np.argsort(field.terms, kind="stable")
        starts = np.concatenate(([0], np.cumsum(np.bincount(field.terms))))
        weights = field.weights[order]
        ids = field.documents[order].astype("<u4")
        id_bytes, weight_bytes = ids.data.cast("B"), weights.astype("<f2").data.cast("B")
        place_bytes, places_at = memoryview(b""), starts * 0
        if field.places is not None:
            places, places_at = _in_order(field.places, field.weights, order, starts)
            place_bytes = places.astype("<u2").data.cast("B")
        del order
        texts = sorted((name.encode("utf-8"), n) for n, name in enumerate(field.names))
        numbers = np.array([number for _, number in texts], dtype=np.int64)

        blocks = np.zeros(len(texts), dtype=_BLOCK)
        blocks["magic"] = _MAGIC
        blocks["postings"] = np.diff(starts)[numbers]
        blocks["places"] = np.diff(places_at)[numbers]
        blocks["high"] = np.maximum.reduceat(weights, starts[:-1])[numbers]
        sizes = blocks.itemsize + 6 * blocks["postings"] + 2 * blocks["places"]
        # The entries as W3TermInfo.to_bytes writes them, without making the objects.
        rows = np.zeros(len(texts), dtype=_ENTRY)
        rows["total"] = np.add.reduceat(weights, starts[:-1])[numbers]
        rows["postings"], rows["high"] = blocks["postings"], blocks["high"]
        rows["first"], rows["last"] = ids[starts[:-1]][numbers], ids[starts[1:] - 1][numbers]
        rows["length"] = sizes
        rows["offset"] = self._postfile.tell() + np.cumsum(sizes, dtype=np.int64) - sizes

        begin, place = starts.tolist(), places_at.tolist()
        heads, entries = _sliced(blocks), _sliced(rows)
        write = self._postfile.file.write
        for (_, number), head in zip(texts, heads, strict=True):
            at, end = begin[number], begin[number + 1]
            write(head)
            write(id_bytes[4 * at : 4 * end])
            write(weight_bytes[2 * at : 2 * end])
            write(place_bytes[2 * place[number] : 2 * place[number + 1]])
        prefix = w3.pack_ushort(self._fieldid)
        self._tindex.add_all(
            (prefix + text, e) for (text, _), e in zip(texts, entries, strict=True)
        )


def _sliced(rows: npt.NDArray[Any]) -> Iterator[bytes]:
    """The bytes of each row of a structured array."""
    data, size = rows.tobytes(), rows.itemsize
    return (data[at : at + size] for at in range(0, len(data), size))


def _in_order(places: Any, counts: Any, order: Ids, starts: Ids) -> tuple[Any, Ids]:
    """The places of postings put in another order, and where each term's places begin."""
    counts = counts.astype(np.int64)
    begins = np.cumsum(counts) - counts
    counts = counts[order]
    ends = np.cumsum(counts)
    begins = begins[order] - (ends - counts)
    gather = np.repeat(begins, counts)
    gather += np.arange(len(gather))
    return places[gather], np.concatenate(([0], ends))[starts]


def read_block(
    data: Any, offset: int
) -> tuple[npt.NDArray[np.uint32], npt.NDArray[np.float16], npt.NDArray[np.uint16]]:
    """Ids, weights and positions of the block at `offset`, as views of `data`.

    Raises:
        ValueError: there is no block at that place.
    """
    magic, count, places, _ = HEADER.unpack_from(data, offset)
    if magic != _MAGIC:
        raise ValueError("no posting block where the dictionary points")
    at = offset + HEADER.size
    ids = np.frombuffer(data, dtype="<u4", count=count, offset=at)
    weights = np.frombuffer(data, dtype="<f2", count=count, offset=at + 4 * count)
    positions = np.frombuffer(data, dtype="<u2", count=places, offset=at + 6 * count)
    return ids, weights, positions


class ArrayCodec(w3.W3Codec):  # type: ignore[misc]
    """Whoosh's codec with the blocks of this module."""

    def field_writer(self, storage: Any, segment: Any) -> ArrayFieldWriter:
        return ArrayFieldWriter(self, storage, segment)
