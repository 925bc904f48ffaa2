"""Files of any size, gzipped or not, read piece by piece: memory stays flat.

A file of up to 4 MB is read whole, as `references.formats.read` does. A larger one is cut where a
record begins (tagged lines, JSON Lines, BibTeX) or read record by record (XML, tables); only JSON
that is one document has to be held as a whole.
"""

from __future__ import annotations

import codecs
import gzip
import io
import zlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any

from references.errors import DataError, Problem, problem_in
from references.formats import MAX_BYTES, csv_table, cuts, endnote_xml, pubmed_xml, read
from references.formats.decoding import WESTERN, Decoded, decode, with_newlines
from references.formats.results import Reading, guessed
from references.formats.sniffing import sniff
from references.formats.xml_safe import Readable
from references.record import Place, Reference

_WHOLE = 4_000_000  # bytes, unpacked, of a file that is read whole
_BATCH = 500  # records of XML and tables that are given at once
_BLOCK = 1 << 18  # bytes read at once

#: Told how many bytes of a file were read, and how many it has (0 when nobody knows).
Position = Callable[[int, int], None]


def in_pieces(
    path: Path, format: str = "auto", *, skip: int = 0, position: Position | None = None
) -> Iterator[Reading]:
    """The readings of the pieces of a file, one after the other; lines count from its beginning.

    A piece is a megabyte or 500 records, so a million records take as much memory as a thousand.
    Entries of BibTeX know every @string before theirs, and the entries of the whole file that a
    `crossref` or `xdata` names. A file is cut at the same places each time.

    Args:
        path: of a file, which may be gzipped.
        format: a name of `FORMATS`, or "auto".
        skip: how many pieces are passed over, because they were read before.
        position: told before each piece how far the file was read.

    Raises:
        DataError: the file cannot be opened or unpacked, is in no known format, or a record of it
            fills any memory. What stands before a damage was given.
    """
    with _opened(path) as stream:
        tell = position or (lambda done, of: None)
        for number, piece in enumerate(_pieces(stream, path, format)):
            tell(stream.done, stream.size)
            if number >= skip:
                yield piece()


_Piece = Callable[[], Reading]  # what reads a piece, when it is wanted


@dataclass
class _Stream:
    """The bytes of a file, unpacked, with what was looked at of it to begin with."""

    raw: Any
    unpacked: Any
    size: int
    name: str
    begun: bytes = b""

    @property
    def done(self) -> int:
        """How many bytes of the file, as it lies on the disk, were read."""
        return int(self.raw.tell()) if self.raw.seekable() else 0

    def read(self, size: int = -1, /) -> bytes:
        if self.begun:
            data, self.begun = self.begun, b""
            return data
        try:
            return bytes(self.unpacked.read(size))
        except (OSError, EOFError, zlib.error) as error:
            template = "is a damaged gzip file ({error}); get it again"
            raise DataError(problem_in(self.name, 0, "", template, error=error)) from error


class _Rest(io.RawIOBase):
    """A stream of which the first bytes were looked at."""

    def __init__(self, begun: bytes, raw: Any) -> None:
        self._begun = begun
        self._raw = raw

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        data = self._begun or self._raw.read(len(buffer))
        self._begun = data[len(buffer) :] if self._begun else b""
        data = data[: len(buffer)]
        buffer[: len(data)] = data
        return len(data)


@contextmanager
def _opened(path: Path) -> Iterator[_Stream]:
    try:
        with path.open("rb") as raw:
            size = path.stat().st_size if path.is_file() else 0
            magic = raw.read(2)
            rest = io.BufferedReader(_Rest(magic, raw))
            unpacked = gzip.GzipFile(fileobj=rest) if magic == b"\x1f\x8b" else rest
            yield _Stream(raw, unpacked, size, str(path))
    except IsADirectoryError as error:
        raise DataError(problem_in(path, 0, "", "is a folder; name the files in it")) from error
    except OSError as error:
        template = "cannot be read: {reason}; check its name and rights"
        raise DataError(problem_in(path, 0, "", template, reason=error)) from error


def _pieces(stream: _Stream, path: Path, format: str) -> Iterator[_Piece]:
    """What reads each piece of a stream."""
    name = str(path)
    head = _first(stream, _WHOLE)
    if len(head) < _WHOLE:
        yield lambda: read(head, format, name)
        return
    sample = _sample(head)
    kind = sniff(sample.text, name) if format == "auto" else format
    if kind.endswith("-json"):
        document = head + _first(stream, MAX_BYTES + 1 - len(head))
        yield lambda: read(document, kind, name)
        return
    if sample.is_guess:
        yield lambda: Reading((), (), (guessed(name, sample.encoding),), kind)
    stream.begun = head
    texts = _texts(stream, sample.encoding)
    if kind in _ONE_BY_ONE:
        yield from _batches(_ONE_BY_ONE[kind], texts, sample.text, name, kind)
    else:
        yield from _cut(texts, kind, path, sample)


def _sample(head: bytes) -> Decoded:
    """The beginning of a file as text; a character that is cut at its end is left out."""
    sample = decode(head)
    if not sample.is_guess:
        return sample
    cut = codecs.getincrementaldecoder("utf-8")("ignore")
    cut.decode(head[-4:])
    begun, _ = cut.getstate()
    return decode(head[: len(head) - len(begun)]) if begun else sample


def _cut(texts: Iterator[str], kind: str, path: Path, sample: Decoded) -> Iterator[_Piece]:
    """Pieces of tagged lines, JSON Lines or BibTeX, cut where a record begins."""
    name = str(path)

    def again() -> Iterator[str]:
        with _opened(path) as stream:
            lines = _lines(_texts(stream, sample.encoding), name)
            for _, text in cuts.pieces(lines, cuts.rule(kind, sample.text), name):
                yield text

    is_bibtex = kind == "bibtex"
    before = cuts.parents_of(again) if is_bibtex and path.is_file() else ""
    for line, text in cuts.pieces(_lines(texts, name), cuts.rule(kind, sample.text), name):
        yield partial(_of_text, before, text, kind, name, line)
        before += cuts.strings_of(text) if is_bibtex else ""


def _of_text(before: str, text: str, kind: str, name: str, line: int) -> Reading:
    """The reading of a piece that stands behind so many lines; `before` is what it needs."""
    extra = before.count("\n")
    return _moved(read(before + text, kind, name), extra, line - extra)


def _moved(reading: Reading, after: int, by: int) -> Reading:
    """What a reading tells behind a line, with the lines of its file."""
    references = tuple(
        replace(one, place=Place(one.place.file, one.place.line + by))
        for one in reading.references
        if one.place.line > after
    )
    rejected, remarks = (
        tuple(replace(one, line=one.line + by) for one in problems if one.line > after)
        for problems in (reading.rejected, reading.remarks)
    )
    return replace(reading, references=references, rejected=rejected, remarks=remarks)


def _first(stream: _Stream, size: int) -> bytes:
    """At most so many bytes of a stream, fewer only at its end."""
    parts: list[bytes] = []
    while size > 0 and (data := stream.read(min(size, 1 << 20))):
        parts.append(data)
        size -= len(data)
    return b"".join(parts)


def _texts(stream: Readable, encoding: str) -> Iterator[str]:
    """The text of a stream in blocks, with "\\n" at the end of each line."""
    decoder = codecs.getincrementaldecoder(encoding)(errors=WESTERN)
    held = ""
    while data := stream.read(_BLOCK):
        text = held + decoder.decode(data)
        held = "\r" * (len(text) - len(text.rstrip("\r")))  # the rest of a line end may follow
        yield with_newlines(text[: len(text) - len(held)])
    yield with_newlines(held + decoder.decode(b"", True))


def _lines(texts: Iterable[str], name: str) -> Iterator[str]:
    """The lines of a text that comes in blocks, without their ends."""
    rest: list[str] = []
    size = number = 0
    for text in texts:
        first, *more = text.split("\n")
        rest.append(first)
        size += len(first)
        if size > cuts.MOST:
            raise cuts.too_long(name, number + 1)
        if more:
            yield "".join(rest)
            yield from more[:-1]
            rest = [more[-1]]
            size = len(more[-1])
            number += len(more)
    yield "".join(rest)


class _Encoded:
    """The UTF-8 of a text that comes in blocks."""

    def __init__(self, texts: Iterator[str]) -> None:
        self._texts = texts

    def read(self, size: int = -1, /) -> bytes:
        text = next((text for text in self._texts if text), "")
        return text.encode("utf-8", "replace")


@dataclass
class _Found:
    """What is told of a file beside its records."""

    problems: list[Problem] = field(default_factory=list)
    deleted: list[str] = field(default_factory=list)


def _table(texts: Iterator[str], head: str, name: str, found: _Found) -> Iterator[Reference]:
    return csv_table.records(_lines(texts, name), head[: csv_table.HEAD], name, found.problems)


def _pubmed(texts: Iterator[str], head: str, name: str, found: _Found) -> Iterator[Reference]:
    return pubmed_xml.records(_Encoded(texts), name, found.problems, found.deleted)


def _endnote(texts: Iterator[str], head: str, name: str, found: _Found) -> Iterator[Reference]:
    return endnote_xml.records(_Encoded(texts), name, found.problems)


_Reader = Callable[[Iterator[str], str, str, _Found], Iterator[Reference]]
_ONE_BY_ONE: dict[str, _Reader] = {"csv": _table, "pubmed-xml": _pubmed, "endnote-xml": _endnote}


def _batches(
    reader: _Reader, texts: Iterator[str], head: str, name: str, kind: str
) -> Iterator[_Piece]:
    """The records of a file in groups, each with what was wrong in it."""
    found = _Found()
    records = reader(texts, head, name, found)
    while True:
        batch = tuple(islice(records, _BATCH))
        if not (batch or found.problems or found.deleted):
            return
        reading = Reading(batch, tuple(found.problems), (), kind, tuple(found.deleted))
        found.problems.clear()
        found.deleted.clear()
        yield partial(_same, reading)


def _same(reading: Reading) -> Reading:
    return reading
