"""Formats of bibliographic files behind one registry: `read` any of them, `write` seven.

    >>> reading = read(Path("export.ris"))       # the format is found out
    >>> content, losses = write(reading.references, "csl-json")

A line in here knows records, files and their formats; no service, no library, no question of
whether two records are the same. A format is a module (`ris`, `isi`, `nbib`, `pubmed_xml`,
`endnote_xml`, `crossref_json`, `csl_json`, `openalex_json`, `europepmc_json`, `datacite_json`,
`jsonl`, `csv_table`, `enw`, `refworks`, the folder `bibtex`), imported when it is used: a table
with a function for each field (`tables`). They share what several formats write alike (`names`,
`name_lists`, `dates`, `field_values`, `publication_types`, `latex`, `markup`, `formulas`,
`medline`, and for writing `medline_values` and `pubmed_elements`), how a file is taken apart
(`decoding`, `tagged_lines`, `labelled`, `csv_records`, `json_items`, `xml_safe`, `xml_text`) and
what is given back (`results`, `losses`). `registry` lists the formats, `sniffing` tells them apart,
`streams` reads large files in pieces, which `cuts` finds in lines; `printed`, with
`printed_tagger`, `printed_model`, `printed_pieces`, `printed_names`, `printed_apart` and
`printed_patterns`, reads a printed reference; `vancouver` prints one from what `vancouver_item`
makes of it, and `bibliography` many in any style of CSL.
"""

from __future__ import annotations

import gzip
import io
import re
import zlib
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from references.errors import DataError, Problem, SettingError, problem_in
from references.files import read_bytes
from references.formats.decoding import decode, with_newlines
from references.formats.registry import FORMATS, READABLE, WRITABLE, Format
from references.formats.results import Loss, Reading, WrittenFile, guessed, summarised
from references.formats.sniffing import HEAD, sniff
from references.formats.xml_safe import is_unicode_xml
from references.record import Reference

MAX_BYTES = 500_000_000  # of one file; 20,000 PubMed records in XML are some 200 MB


def read(source: Path | bytes | str, format: str = "auto", name: str = "") -> Reading:
    """The references of a file, of its bytes or of its text.

    A record that cannot be read is in `rejected` with its line and the mend; the others are
    read.

    Args:
        source: a path; or the content itself, as bytes in any encoding or as text. At most
            `MAX_BYTES`, unpacked where the file is gzipped.
        format: a name of `FORMATS`, or "auto" to tell it by the content.
        name: what problems call the file; the path, when there is one.

    Raises:
        DataError: the file cannot be opened, is too large or is in no known format.
        SettingError: there is no such format.
    """
    if format != "auto" and format not in READABLE:
        raise SettingError(
            "No format '{format}' to read; there are: auto, {names}.",
            format=format,
            names=", ".join(READABLE),
        )
    label = name or (str(source) if isinstance(source, Path) else "<text>")
    if isinstance(source, Path) and (xml := _streamed(source, format)):
        return _with_remarks(FORMATS[xml].read(source, label), xml, label, [])
    remarks: list[Problem] = []
    text = _text(source, label, remarks)
    if format == "auto":
        if not text.strip():
            return Reading((), (), (problem_in(label, 0, "", "the file is empty"),), "")
        format = sniff(text, label)
    text, rest = _divided(text, format)
    reading = FORMATS[format].read(text, label)
    if rest:
        second = read(rest, "auto", label)
        reading = Reading(
            (*reading.references, *second.references),
            (*reading.rejected, *second.rejected),
            (*reading.remarks, *second.remarks),
        )
    if not reading.references and (other := _other(text, format)):
        problem = problem_in(
            label,
            0,
            "",
            "holds no record in {label}; it looks like {other}, read it with --format {name}",
            label=FORMATS[format].label,
            other=other.label,
            name=other.name,
        )
        return Reading((), (problem,), tuple(remarks), format)
    return _with_remarks(reading, format, label, remarks)


#: Where records of another format begin in a file, by the format of those before them.
_SECOND_PART = {
    "ris": re.compile(r"^(?=@[A-Za-z]+\s*\{\s*[^\s,{}]+\s*,)", re.M),
    "bibtex": re.compile(r"^(?=TY {2}- [A-Z]{3,6}\s*$)", re.M),
}


def _divided(text: str, format: str) -> tuple[str, str]:
    """A text in two where its end is in another format, as when two exports were put together.

    The second part has as many empty lines before it as it had lines: problems name the right one.
    """
    begin = _SECOND_PART[format].search(text) if format in _SECOND_PART else None
    if begin is None or not text[: begin.start()].strip():
        return text, ""
    before = text[: begin.start()]
    if format == "ris" and not re.search(r"^ER {1,2}-\s*\Z", before[-2000:], re.M):
        return text, ""  # a line of an abstract
    return before, "\n" * before.count("\n") + text[begin.start() :]


def _text(source: Path | bytes | str, name: str, remarks: list[Problem]) -> str:
    """The text of a source; an encoding that had to be guessed is remarked."""
    if isinstance(source, str):
        return with_newlines(source)
    decoded = decode(_bytes(source, name))
    if decoded.is_guess:
        remarks.append(guessed(name, decoded.encoding))
    return decoded.text


def _other(text: str, format: str) -> Format | None:
    """The format that a text seems to be in when it is another one."""
    try:
        other = FORMATS[sniff(text)]
    except DataError:
        return None
    return other if other.name != format else None


def _with_remarks(reading: Reading, format: str, label: str, remarks: list[Problem]) -> Reading:
    """The reading with what is to be remarked of its file as a whole."""
    if not (reading.references or reading.rejected):
        remarks.append(
            problem_in(label, 0, "", "holds no record in {label}", label=FORMATS[format].label)
        )
    return replace(reading, remarks=(*remarks, *reading.remarks), format=format)


def _streamed(path: Path, format: str) -> str:
    """The format of a file of XML that is read piece by piece; "" when it is to be decoded."""
    if format not in ("auto", "pubmed-xml", "endnote-xml") or not path.is_file():
        return ""
    if not 0 < path.stat().st_size <= MAX_BYTES or not is_unicode_xml(path):
        return ""
    if format == "auto":
        with path.open("rb") as stream:
            format = sniff(stream.read(HEAD).decode("utf-8", "ignore"), str(path))
    return format


def _bytes(source: Path | bytes, name: str) -> bytes:
    """The content of a file, of a gzip file what is in it.

    Raises:
        DataError: it cannot be opened, or is too large.
    """
    if isinstance(source, bytes):
        data = source
    else:
        if source.is_file():
            _check_size(source.stat().st_size, name)
        data = read_bytes(source)
    if data.startswith(b"\x1f\x8b"):
        try:
            with gzip.open(io.BytesIO(data)) as stream:
                data = stream.read(MAX_BYTES + 1)
        except (OSError, EOFError, zlib.error) as error:
            template = "is a damaged gzip file ({error}); get it again"
            raise DataError(problem_in(name, 0, "", template, error=error)) from error
    _check_size(len(data), name)
    return data


def _check_size(size: int, name: str) -> None:
    if size > MAX_BYTES:
        most = MAX_BYTES // 10**6
        template = "has {megabytes:.0f} MB, more than {most}; split it"
        raise DataError(problem_in(name, 0, "", template, megabytes=size / 1e6, most=most))


def write(references: Iterable[Reference], format: str) -> WrittenFile:
    """The content of a file in a format, and what the format could not say.

    Args:
        references: in the order in which they are to stand.
        format: a name of `WRITABLE`.

    Raises:
        DataError: a value cannot be written (BibTeX: unmatched braces).
        SettingError: there is no such format.
    """
    if format not in WRITABLE:
        raise SettingError(
            "No format '{format}' to write; there are: {names}.",
            format=format,
            names=", ".join(WRITABLE),
        )
    return FORMATS[format].write(references)


__all__ = [
    "FORMATS",
    "READABLE",
    "WRITABLE",
    "Format",
    "Loss",
    "Reading",
    "WrittenFile",
    "read",
    "sniff",
    "summarised",
    "write",
]
