"""BibTeX and BibLaTeX files: read entry by entry, written by pybtex."""

from __future__ import annotations

import io
import re
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from pybtex.database import BibliographyData, Entry
from pybtex.database.output.bibtex import BibTeXError, Writer
from pybtex.exceptions import PybtexError

from references.errors import DataError, Problem, problem_in
from references.files import decoded, read_bytes, write_atomic
from references.formats.bibtex.fields import from_fields, to_fields
from references.formats.bibtex.inherit import ELSEWHERE, BibtexEntry, implied
from references.formats.bibtex.items import ITEM
from references.formats.bibtex.scan import STANDIN, entries, with_keys
from references.formats.bibtex.values import for_others
from references.formats.results import Reading, WrittenFile, unique_keys
from references.record import Place, Reference

NAME = "bibtex"


# ---- reading --------------------------------------------------------------------------


def read_text(text: str, name: str = "<text>", *, keyless: bool = False) -> Reading:
    """The references of BibTeX `text`; `name` is how problems call the file.

    A broken entry becomes a problem with its line and the mend; every other entry loads. An
    entry without a key is broken too.

    Args:
        text: of the file.
        name: of the file.
        keyless: read a file of others, not one of a library: an entry without a key is let in
            with the key "", and what can be read of a broken one is kept.
    """
    text = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    read_entries: list[BibtexEntry] = []
    rejected: list[Problem] = []
    remarks: list[Problem] = []
    torn: set[int] = set()  # lines of the entries that were salvaged
    for scanned in entries(with_keys(text), name, rejected, remarks, salvaging=keyless):
        line, kind, key, fields, is_whole = scanned
        if not is_whole:
            torn.add(line)
        if key == STANDIN:
            key = ""
            if not keyless:
                rejected.append(
                    problem_in(
                        name,
                        line,
                        "",
                        "the @{kind} entry has no key; write one after {{",
                        kind=kind,
                    )
                )
                continue
        values = _values(fields, Place(name, line), key, remarks)
        read_entries.append(BibtexEntry(kind.lower(), key, values, line))
    by_key = {entry.key.lower(): entry for entry in reversed(read_entries) if entry.key}
    known: dict[int, dict[str, str]] = {}
    references = tuple(
        from_fields(
            entry.kind,
            entry.key,
            entry.values,
            Place(name, entry.line),
            remarks,
            implied(entry, by_key, known) if ELSEWHERE & entry.values.keys() else None,
        )
        for entry in read_entries
    )
    if torn:
        references = tuple(
            replace(reference, status=reference.status or "incomplete")
            if reference.place.line in torn
            else reference
            for reference in references
        )
    return Reading(references, tuple(rejected), tuple(remarks), NAME)


#: Fields that ScienceDirect and others repeat, an item in each, and what joins them.
_LISTS = {"keywords": "; ", "keyword": "; ", "author": " and ", "editor": " and "}


def _values(
    fields: list[tuple[str, list[str]]], place: Place, key: str, remarks: list[Problem]
) -> dict[str, str]:
    """The fields of an entry by name; of two that differ the first, which is remarked."""
    values: dict[str, str] = {}
    for name, parts in fields:
        name = name.lower()
        value = re.sub(r"[ \t\r\n\f\v]+", " ", "".join(parts)).strip(" ")
        if name not in values:
            values[name] = value
        elif name in _LISTS:
            values[name] = _LISTS[name].join(dict.fromkeys(filter(None, (values[name], value))))
        elif value and value != values[name]:
            remarks.append(
                problem_in(
                    place.file,
                    place.line,
                    f"{key}.{name}".lstrip("."),
                    "the field is given twice; the first is kept, remove the other",
                )
            )
    return values


def read_file(path: Path, strict: bool = True) -> Reading:
    """The references of one .bib file (UTF-8).

    Args:
        path: of the file.
        strict: refuse a file in another encoding, as whoever writes it again must; else read
            what can be read and remark on it.

    Raises:
        DataError: the file cannot be opened, or `strict` and it is not text in UTF-8.
    """
    text, wrong = decoded(read_bytes(path), path)
    if wrong and strict:
        raise DataError(wrong)
    bibliography = read_text(text, str(path))
    return replace(bibliography, remarks=(*wrong, *bibliography.remarks))


def standing_alone(reference: Reference) -> Reference:
    """The reference with what other entries say of it in its own, in words that others read."""
    if not reference.implied:
        return for_others(reference)
    whole = {**reference.as_read, **reference.implied}
    return for_others(replace(reference, as_read=whole, implied={}))


def read(text: str, name: str = "<text>") -> Reading:
    """The entries of BibTeX text, each with what it takes from its `crossref` and `xdata`.

    Entries without a key, or with the key of another, are read.
    """
    reading = read_text(text, name, keyless=True)
    return replace(reading, references=tuple(map(standing_alone, reading.references)))


# ---- writing --------------------------------------------------------------------------


_BRACE = re.compile(r"[{}]")


class _EntryWriter(Writer):  # type: ignore[misc]
    """pybtex's writer, for values that are LaTeX already; always in braces, long lists broken."""

    def _encode(self, text: str) -> str:
        return text

    def check_braces(self, s: str) -> None:
        """pybtex's check, which looks at every letter, on the braces alone."""
        depth = 0
        for match in _BRACE.finditer(s):
            depth += 1 if match[0] == "{" else -1
            if depth < 0:
                break
        if depth:
            raise BibTeXError(f"the value has unmatched braces: {s[:60]}")

    def quote(self, s: str) -> str:
        self.check_braces(s)
        return "{" + s.replace(ITEM, " ;;\n        ") + "}"


def write_text(references: Iterable[Reference]) -> str:
    """BibTeX for the references, one entry after the other.

    Raises:
        DataError: a value has unmatched braces, or two references share a key.
    """
    data = BibliographyData()
    for reference in references:
        entry = Entry(reference.type, fields=list(to_fields(reference).items()))
        try:
            _EntryWriter().check_braces("".join(entry.fields.values()))
            data.add_entry(reference.key, entry)
        except PybtexError as error:
            raise DataError(
                problem_in(
                    reference.place.file or "<references>",
                    reference.place.line,
                    reference.key,
                    "cannot be written: {error}",
                    error=error,
                )
            ) from error
    stream = io.StringIO()
    _EntryWriter().write_stream(data, stream)
    return stream.getvalue()


def write_file(path: Path, references: Iterable[Reference]) -> None:
    """Write a .bib file atomically; errors as `write_text` and `write_atomic`."""
    write_atomic(path, write_text(references))


def write(references: Iterable[Reference]) -> WrittenFile:
    """BibTeX; it has a field for everything. Each entry stands alone, with a key of its own."""
    keyed = unique_keys(tuple(references))
    text = write_text(replace(standing_alone(reference), key=key) for reference, key in keyed)
    return WrittenFile(text, ())
