"""The index on disk: Whoosh's schema, segments, term dictionary and columns.

Every import of Whoosh is in this module. Written against whoosh3 3.54.0; only calls that
Whoosh 2.7.4 has as well are used, so either can be installed.

Whoosh's own posting blocks (pickled tuples of 128 postings) take most of the time of a
search, and its writer passes each posting through five Python calls. The codec here keeps
Whoosh's files and replaces the inside of a posting list: one block of plain little-endian
arrays, written in one piece and read by numpy without copying. Whoosh's matchers read the
same blocks, which is how the tests compare our scores with Whoosh's exhaustive ones.

    header  magic, postings, positions, highest weight
    ids     uint32 document numbers, ascending
    weights float16 weighted term frequencies
    and in positional fields, uint16 positions, as many for each document as its weight

What of Whoosh's known faults touches us is mended here: opening a file copies all of it
(`MappedFile` does not), and readers share a file position (every read here names its own).
Its limited search, which can lose the best results, and its facets are not used at all.
"""

from __future__ import annotations

import gc
import json
import mmap
import struct
from array import array
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from copy import copy
from dataclasses import dataclass
from math import log
from pathlib import Path
from typing import Any
from zlib import crc32

import numpy as np
import numpy.typing as npt
import whoosh
from whoosh import columns, fields, formats, index, scoring
from whoosh.codec import whoosh3 as w3
from whoosh.filedb import filetables
from whoosh.filedb.filestore import FileStorage
from whoosh.filedb.structfile import StructFile
from whoosh.util.numeric import byte_to_length
from whoosh.writing import SegmentWriter

from evidence.search.analysis import Token, analyzer
from evidence.search.index.documents import MAX_POSITION, SECTION_GAP, Card, Document

#: Change it when fields, weights or the layout of a block change: older indexes are rebuilt.
SCHEMA = 15

RANKED = "all"  # the one field that is scored: weighted stems of every part
TITLE = "title"  # stems of the title
EXACT = "exact"  # words as written, folded, with positions: phrases, prefixes, spelling
#: Stand in EXACT where a part of a record begins, by the language it was analysed in. No word
#: contains such a sign.
PART_MARKS = {"en": "\x02en", "fr": "\x02fr"}
CARD = "card"
PASSAGES = "passages"
DIGEST = "digest"
YEAR = "year"
PARTICIPANTS = "participants"

#: Whoosh's own release: an index written with another one is made anew.
RELEASE = f"whoosh {whoosh.versionstring()}"

#: BM25 (Robertson and Zaragoza, 2009), fitted on the development sets of docs/search.md.
K1 = 1.2
B = 0.75

_LENGTH_COLUMN = f"_{RANKED}_len"
_RAW = {YEAR: ">u2", PARTICIPANTS: ">u4", _LENGTH_COLUMN: "u1"}
_MAGIC = b"EvB1"
_HEADER = struct.Struct("<4sIIf")
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
_LENGTHS = np.array([byte_to_length(code) for code in range(256)], dtype=np.float64)

#: What Whoosh raises when a folder holds no index it can read.
Unreadable: type[Exception] = index.IndexError

Ids = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]


class Terms(fields.FieldType):  # type: ignore[misc]
    """A field whose terms are prepared by `documents`; the writer hands them over whole."""

    def __init__(self, *, ranked: bool = False) -> None:
        super().__init__(analyzer=None, format=formats.Frequency(), scorable=ranked)

    def index(self, value: Any, **options: Any) -> Iterator[Any]:
        raise NotImplementedError("documents are added by IndexWriter.add")


NAME_FIELDS = (
    *("author", "family", "initials", "first"),  # of all authors; what the first is called
    *("opening", "journal", "identifier", "work", "about"),
)
FACET_FIELDS = (
    "indication",
    "indication_own",
    "nerve",
    "nerve_own",
    "guidance",
    "guidance_own",
    "design",
    "design_own",
    "language",
    "flag",
)


def _schema() -> Any:
    columns_of = {
        CARD: columns.VarBytesColumn(),
        PASSAGES: columns.CompressedBytesColumn(level=1),
        DIGEST: columns.FixedBytesColumn(24),
        YEAR: columns.NumericColumn("H"),
        PARTICIPANTS: columns.NumericColumn("I"),
    }
    schema = fields.Schema()
    schema.add(RANKED, Terms(ranked=True))
    schema.add(EXACT, Terms())
    for name in (TITLE, "concept", *NAME_FIELDS, *FACET_FIELDS):
        schema.add(name, Terms())
    for name, column in columns_of.items():
        schema.add(name, fields.COLUMN(column))
    return schema


# ---- files ----------------------------------------------------------------------------


class _Reading:
    """A file-like view of mapped memory, for the few sequential reads Whoosh does."""

    def __init__(self, view: memoryview) -> None:
        self._view = view
        self._at = 0

    def read(self, size: int = -1) -> bytes:
        end = len(self._view) if size is None or size < 0 else self._at + size
        data = bytes(self._view[self._at : end])
        self._at += len(data)
        return data

    def readinto(self, target: Any) -> int:
        data = self.read(len(target))
        target[: len(data)] = data
        return len(data)

    def readline(self) -> bytes:
        rest = bytes(self._view[self._at :])
        return self.read(rest.find(b"\n") + 1 or len(rest))

    def seek(self, place: int, whence: int = 0) -> int:
        self._at = place + (0, self._at, len(self._view))[whence]
        return self._at

    def tell(self) -> int:
        return self._at


class MappedFile(StructFile):  # type: ignore[misc]
    """A file in mapped memory: nothing is copied, and `get` is safe in any thread."""

    def __init__(self, path: Path) -> None:
        with path.open("rb") as file:
            size = path.stat().st_size
            self.map = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) if size else b""
        self._view = memoryview(self.map)
        super().__init__(_Reading(self._view), name=str(path))
        self.is_real = False

    def get(self, position: int, length: int) -> bytes:
        return bytes(self._view[position : position + length])

    def get_array(self, position: int, typecode: str, length: int) -> Any:
        values = array(typecode)
        values.frombytes(self.get(position, length * values.itemsize))
        values.byteswap()  # Whoosh writes big-endian arrays
        return values

    def subset(self, position: int, length: int, name: str | None = None) -> Any:
        raise NotImplementedError("compound files are not written")

    def close(self) -> None:
        """Leave the memory to the arrays that still look at it."""
        self.is_closed = True


class MappedStorage(FileStorage):  # type: ignore[misc]
    """A folder whose files are opened as `MappedFile`."""

    def open_file(self, name: str, **options: Any) -> Any:
        return MappedFile(Path(self.folder) / name)


# ---- posting lists --------------------------------------------------------------------


class _Field:
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


class _Meanings(dict[str, int]):
    """Raw token -> its number; what a new one stands for is worked out once."""

    def __init__(self, texts: Texts, language: str) -> None:
        super().__init__()
        self._texts = texts
        self._token = analyzer(language).token

    def __missing__(self, raw: str) -> int:
        number = self[raw] = self._texts.learn(self._token(raw))
        return number


class Texts:
    """The running text of all documents: token numbers first, postings by array operations.

    Tokens are gathered as numbers and, a quarter of a million at a time, turned into postings of
    three fields; Python looks at a token only the first time it meets it.
    """

    BATCH = 1 << 18

    def __init__(self) -> None:
        self._known = {language: _Meanings(self, language) for language in ("en", "fr")}
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


class Pool:
    """What Whoosh's writer calls its posting pool: here, flat arrays instead of tuples."""

    def __init__(self) -> None:
        self.texts = Texts()
        self.fields: dict[str, _Field] = {}

    def __getitem__(self, name: str) -> _Field:
        return self.fields.setdefault(name, _Field())

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
    """Writes whole posting lists from a `Pool`."""

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
    magic, count, places, _ = _HEADER.unpack_from(data, offset)
    if magic != _MAGIC:
        raise ValueError("no posting block where the dictionary points")
    at = offset + _HEADER.size
    ids = np.frombuffer(data, dtype="<u4", count=count, offset=at)
    weights = np.frombuffer(data, dtype="<f2", count=count, offset=at + 4 * count)
    positions = np.frombuffer(data, dtype="<u2", count=places, offset=at + 6 * count)
    return ids, weights, positions


class ArrayMatcher(w3.W3LeafMatcher):  # type: ignore[misc]
    """Whoosh's view of a block, for Whoosh's own searches (used by the tests)."""

    def _read_header(self) -> None:
        self._baseoffset = self._startoffset

    def _goto(self, position: int) -> None:
        data = self._postfile.map
        ids, weights, _ = read_block(data, position)
        self._ids, self._weights = ids.tolist(), weights.astype(float).tolist()
        self._values = [None] * len(self._ids)
        self._i, self._blocklength, self._lastblock = 0, len(self._ids), True
        self._maxid, self._maxweight = self._ids[-1], max(self._weights)
        self._minlength, self._maxlength = 1, 1 << 20
        self._nextoffset = position


class ArrayCodec(w3.W3Codec):  # type: ignore[misc]
    """Whoosh's codec with the blocks of this module."""

    def field_writer(self, storage: Any, segment: Any) -> ArrayFieldWriter:
        return ArrayFieldWriter(self, storage, segment)

    def postings_reader(
        self, dbfile: Any, terminfo: Any, format_: Any, term: Any = None, scorer: Any = None
    ) -> ArrayMatcher:
        offset, length = terminfo.extent()
        return ArrayMatcher(dbfile, offset, length, format_, term=term, scorer=scorer)


# ---- writing --------------------------------------------------------------------------


class IndexWriter(SegmentWriter):  # type: ignore[misc]
    """Adds `Document`s to an index; `commit` makes them one segment."""

    def __init__(self, ix: Any) -> None:
        super().__init__(ix, codec=ArrayCodec(), compound=False)
        self.pool = Pool()

    def add(self, document: Document, digest: str = "") -> None:
        """Index one document; `digest` tells later whether its reference has changed."""
        number, pool, out = self.docnum, self.pool, self.perdocwriter
        out.start_doc(number)
        length = pool.texts.add(number, document.parts)
        out.add_field(RANKED, self.schema[RANKED], None, length)
        pool["concept"].add(number, document.concepts)
        for names in (document.names, document.facets):
            for name, values in names.items():
                if values:
                    pool[name].add(number, dict.fromkeys(values, 1.0))
        card = json.dumps(document.card, ensure_ascii=False, separators=(",", ":"))
        for name, value in (
            (CARD, card.encode()),
            (PASSAGES, document.passages.encode()),
            (DIGEST, digest.ljust(24)[:24].encode()),
            (YEAR, document.year),
            (PARTICIPANTS, document.participants),
        ):
            out.add_column_value(name, self.schema[name].column_type, value)
        out.finish_doc()
        self._added = True
        self.docnum += 1


@contextmanager
def _without_collection() -> Iterator[None]:
    """Python's cycle collector off: it took a third of the time and finds nothing here."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def create(folder: Path, documents: Iterable[tuple[Document, str]]) -> int:
    """Write a new index into an empty folder; returns the number of documents."""
    writer = IndexWriter(index.FileIndex.create(FileStorage(str(folder)), _schema(), "MAIN"))
    count = 0
    try:
        with _without_collection():
            for document, digest in documents:
                writer.add(document, digest)
                count += 1
            writer.commit(merge=False)
    except BaseException:
        if not writer.is_closed:
            writer.cancel()
        raise
    return count


def change(folder: Path, removed: Iterable[int], added: Iterable[tuple[Document, str]]) -> None:
    """Remove documents by number and add others, as one new segment."""
    writer = IndexWriter(index.FileIndex(FileStorage(str(folder)), indexname="MAIN"))
    try:
        with _without_collection():
            for number in removed:
                writer.delete_document(number)
            for document, digest in added:
                writer.add(document, digest)
            writer.commit(merge=False)
    except BaseException:
        if not writer.is_closed:
            writer.cancel()
        raise


# ---- reading --------------------------------------------------------------------------


class BM25(scoring.BM25F):  # type: ignore[misc]
    """Whoosh's BM25F with the parameters and the idf used here (tests compare with it)."""

    def __init__(self) -> None:
        super().__init__(B=B, K1=K1)

    def idf(self, searcher: Any, fieldname: str, text: str) -> float:
        return idf(searcher.doc_frequency(fieldname, text), searcher.doc_count_all())


def idf(frequency: float, documents: int) -> float:
    """Inverse document frequency as Lucene computes it: positive for any term."""
    return log(1 + (documents - frequency + 0.5) / (frequency + 0.5))


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
        """The same files in a newer index: only its deletions may be others."""
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
        self.norms = K1 * (1 - B + B * self.lengths() / self.average)

    @property
    def documents(self) -> int:
        """Documents that are not deleted."""
        return int(self.live.sum())

    def numbers(self, name: str) -> npt.NDArray[Any]:
        """The column `year` or `participants`, one value a document; 0 where unknown."""
        parts = [segment.numbers[name] for segment in self.segments]
        return np.concatenate(parts) if parts else np.zeros(0, dtype=np.int64)

    def lengths(self) -> Floats:
        """The length of each document, as Whoosh keeps it (rounded to one byte)."""
        parts = [_LENGTHS[s.numbers[_LENGTH_COLUMN]] for s in self.segments]
        return np.concatenate(parts) if parts else np.zeros(0)

    def postings(self, name: str, term: str) -> tuple[Ids, Floats]:
        """Documents that have a term, with its weight in each; deleted ones left out."""
        ids: list[Any] = []
        weights: list[Any] = []
        for segment, found, weight, _ in self._blocks(name, term):
            numbers, strengths = found.astype(np.int64), weight.astype(np.float64)
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
        for segment, found, weight, places in self._blocks(name, term):
            counts = weight.astype(np.int64)
            parts.append((np.repeat(found.astype(np.int64) + segment.base, counts) << 20) + places)
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
                total += _HEADER.unpack_from(segment.postings, extent)[1]
        return total

    def terms(self, name: str, prefix: str = "", limit: int | None = None) -> list[str]:
        """Terms of a field that start with a prefix, in order, at most `limit` a segment."""
        start = prefix.encode("utf-8", "replace")
        found: set[str] = set()
        for segment in self.segments:
            if name not in segment.terms._fieldmap:
                continue
            for count, (field_name, text) in enumerate(segment.terms.terms_from(name, start)):
                if field_name != name or not text.startswith(start):
                    break
                if limit is not None and count >= limit:
                    break
                found.add(text.decode("utf-8"))
        return sorted(found)

    def _place(self, number: int) -> tuple[_Segment, int]:
        for segment in reversed(self.segments):
            if number >= segment.base:
                return segment, number - segment.base
        raise IndexError(number)

    def card(self, number: int) -> Card:
        """What a list shows of a document."""
        segment, local = self._place(number)
        return Card(*json.loads(segment.cards[local]))

    def passages(self, number: int) -> list[tuple[str, str]]:
        """The parts of a document, as (part, text)."""
        segment, local = self._place(number)
        return [(part, text) for part, text in json.loads(segment.passages[local])]

    def digests(self) -> dict[str, tuple[int, str]]:
        """Key -> (document number, digest) of every live document."""
        found: dict[str, tuple[int, str]] = {}
        for segment in self.segments:
            for local in range(segment.count):
                if segment.live is None or segment.live[local]:
                    number = segment.base + local
                    found[self.card(number).key] = (
                        number,
                        segment.digests[local].decode().strip(),
                    )
        return found
