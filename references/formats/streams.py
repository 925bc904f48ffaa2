"""Files of any size, gzipped or not, read piece by piece: memory stays flat."""

from __future__ import annotations

import gzip
import re
import zlib
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import IO

from references.errors import DataError, problem_in
from references.formats.decoding import WESTERN, decode, with_newlines
from references.formats.registry import FORMATS
from references.formats.results import Reading
from references.formats.sniffing import HEAD, sniff
from references.record import Place

_PIECE = 1_000_000  # characters of a file that are read at once, and what is left of a record
#: The line with which a record begins, by format; a file is only cut there.
_BEGINS = {
    "ris": re.compile(r"TY {1,2}- "),
    "nbib": re.compile(r"PMID ?- ?"),
    "enw": re.compile(r"%0 "),
    "refworks": re.compile(r"RT [A-Z]"),
    "isi": re.compile(r"PT [A-Z]"),
    "jsonl": re.compile(r"\{"),
    "bibtex": re.compile(r"@[A-Za-z]+\s*[{(]"),
}
_STRING = re.compile(r"^@string\b.*(?:\n(?!@).*)*", re.I | re.M)


def in_pieces(path: Path, format: str = "auto") -> Iterator[Reading]:
    """The readings of the pieces of a file, one after the other; lines count from its beginning.

    A piece is a megabyte, cut where a record begins, so a million records take as much memory as a
    thousand. Entries of BibTeX know the @string of all pieces before theirs, and take nothing from
    a `crossref` in another piece.

    Args:
        path: of a file, which may be gzipped.
        format: a name of `FORMATS` that is written in lines, or "auto".

    Raises:
        DataError: the file cannot be opened or unpacked, or its format is not read in pieces.
    """
    try:
        yield from _readings(path, format)
    except (OSError, EOFError, zlib.error) as error:
        template = "cannot be read: {reason}; check its name and rights"
        raise DataError(problem_in(path, 0, "", template, reason=error)) from error


def _readings(path: Path, format: str) -> Iterator[Reading]:
    with _opened(path) as stream:
        sample = decode(stream.read(HEAD))
    if format == "auto":
        format = sniff(sample.text, path.name.removesuffix(".gz"))
    if format not in _BEGINS:
        template = "is {label}, which is not read in pieces"
        label = FORMATS[format].label if format in FORMATS else format
        raise DataError(problem_in(path, 0, "", template, label=label))
    strings = ""
    with _opened(path) as stream:
        for line, piece in _pieces(stream, sample.encoding, _BEGINS[format]):
            reading = FORMATS[format].read(strings + piece, str(path))
            yield _moved(reading, line - strings.count("\n"))
            if format == "bibtex":
                strings += "".join(f"{one.rstrip()}\n" for one in _STRING.findall(piece))


def _opened(path: Path) -> IO[bytes]:
    stream: IO[bytes] = path.open("rb")
    is_packed = stream.read(2) == b"\x1f\x8b"
    stream.seek(0)
    return gzip.open(stream) if is_packed else stream  # type: ignore[return-value]


def _pieces(stream: IO[bytes], encoding: str, begins: re.Pattern[str]) -> Iterator[tuple[int, str]]:
    """How many lines stand before each piece, and its text."""
    lines: list[str] = []
    size = number = start = 0
    for raw in stream:
        for line in with_newlines(raw.decode(encoding, WESTERN)).splitlines(keepends=True):
            if size > _PIECE and begins.match(line):
                yield start, "".join(lines)
                lines, size, start = [], 0, number
            lines.append(line)
            size += len(line)
            number += 1
    yield start, "".join(lines)


def _moved(reading: Reading, by: int) -> Reading:
    """A reading of a piece with the lines of its file."""
    references = tuple(
        replace(one, place=Place(one.place.file, one.place.line + by)) for one in reading.references
    )
    rejected, remarks = (
        tuple(replace(one, line=one.line + by) if one.line else one for one in problems)
        for problems in (reading.rejected, reading.remarks)
    )
    return replace(reading, references=references, rejected=rejected, remarks=remarks)
