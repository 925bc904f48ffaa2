"""Formats of bibliographic files behind one registry: `read` any of them, `write` most.

    >>> reading = read(Path("export.ris"))       # the format is found out
    >>> content, losses = write(reading.references, "csl-json")

Each format is a small module with `read(text, name)` and `write(references)`; it is imported
when it is used.
"""

from __future__ import annotations

import gzip
import io
import re
import zlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from importlib import import_module
from pathlib import Path
from typing import Any

from references.errors import DataError, Problem, SettingError, problem_in
from references.formats.decoding import decode
from references.formats.reading import Loss, Reading, WrittenFile, told
from references.formats.xml_safe import is_unicode_xml
from references.record import Reference

MAX_BYTES = 500_000_000  # of one file; 20,000 PubMed records in XML are some 200 MB


@dataclass(frozen=True)
class Format:
    """One format: its names, and the module and functions that read and write it."""

    name: str
    label: str
    extensions: tuple[str, ...]
    media_type: str
    module: str
    reads: str = "read"
    writes: str = "write"

    @property
    def read(self) -> Callable[[Any, str], Reading]:
        """Reads text (XML: or a file); the second argument is the file's name in problems."""
        function: Callable[[Any, str], Reading] = getattr(self._module(), self.reads)
        return function

    @property
    def write(self) -> Callable[[Iterable[Reference]], WrittenFile]:
        """Writes references."""
        function: Callable[[Iterable[Reference]], WrittenFile] = getattr(
            self._module(), self.writes
        )
        return function

    def _module(self) -> object:
        return import_module(f"references.formats.{self.module}")


FORMATS: dict[str, Format] = {
    format.name: format
    for format in (
        Format("bibtex", "BibTeX", ("bib", "bibtex"), "application/x-bibtex", "bibtex"),
        Format("ris", "RIS", ("ris",), "application/x-research-info-systems", "ris"),
        Format("nbib", "PubMed NBIB", ("nbib", "medline"), "application/nbib", "nbib"),
        Format("pubmed-xml", "PubMed XML", ("xml",), "application/xml", "pubmed_xml"),
        Format("crossref-json", "Crossref JSON", ("json",), "application/json", "crossref_json"),
        Format(
            "csl-json", "CSL JSON", ("json",), "application/vnd.citationstyles.csl+json", "csl_json"
        ),
        Format("endnote-xml", "EndNote XML", ("xml",), "application/xml", "endnote_xml"),
        Format(
            "openalex-json",
            "OpenAlex JSON",
            ("json",),
            "application/json",
            "service_json",
            "read_openalex",
            "",
        ),
        Format(
            "europepmc-json",
            "Europe PMC JSON",
            ("json",),
            "application/json",
            "service_json",
            "read_europepmc",
            "",
        ),
        Format("isi", "Web of Science", ("ciw", "isi"), "text/plain", "ris", "read_isi", ""),
        Format("csv", "CSV", ("csv",), "text/csv", "csv_table", reads=""),
        Format("jsonl", "JSON Lines", ("jsonl",), "application/jsonl", "jsonl"),
    )
}
READABLE = tuple(name for name, format in FORMATS.items() if format.reads)
WRITABLE = tuple(name for name, format in FORMATS.items() if format.writes)

_XML = ("pubmed-xml", "endnote-xml")
_HEAD = 200_000  # signs in which the format shows

_SIGNS = (
    ("ris", re.compile(r"^\s{0,3}TY {1,2}- ?", re.M)),
    ("isi", re.compile(r"^PT [A-Z]\s*$", re.M)),
    ("nbib", re.compile(r"^(?:PMID ?-|PMC ?-|PMCR ?-|OWN ?-|STAT ?-|TI {2}-|FAU ?- )", re.M)),
    ("bibtex", re.compile(r"^[^\n%]{0,200}?@\s*[A-Za-z]+\s*[{(]", re.M)),
    ("ris", re.compile(r"^(?:T1|TI|AU|A1|JF|JO|PY|Y1|ER)  -", re.M)),
)
_LINES = re.compile(r'\{"key": ?"')
_PUBMED = re.compile(r"<(?:Pubmed|MedlineCitation|BookDocument|!DOCTYPE Pubmed|!DOCTYPE Medline)")
_ENDNOTE = re.compile(r"<(?:records?|xml)\b")
_CROSSREF = re.compile(r'"(?:message-type|message|reference-count|is-referenced-by-count|DOI)"\s*:')
_CSL = re.compile(r'"(?:container-title|issued|author|id|type)"\s*:')


def sniff(text: str, name: str = "") -> str:
    """The format of a text, told from its content and, failing that, from the file's name.

    Raises:
        DataError: it is none that can be read.
    """
    head = text[:_HEAD].lstrip("\ufeff \t\n")
    if head.startswith("<"):
        if _PUBMED.search(head):
            return "pubmed-xml"
        if _ENDNOTE.search(head[:20_000]):
            return "endnote-xml"
        if "<html" in head[:2000].lower() or head[:14].lower() == "<!doctype html":
            raise DataError(
                problem_in(
                    name or "<text>",
                    0,
                    "",
                    "is a web page, not a file of references; use the export of the site",
                )
            )
        return "pubmed-xml"
    if _LINES.match(head):
        return "jsonl"
    if head[:1] in "[{" and head:
        if '"https://openalex.org/W' in head:
            return "openalex-json"
        if re.search(r'"(?:authorString|resultList|fullTextIdList)"\s*:', head):
            return "europepmc-json"
        if re.search(r'"message-type"|"reference-count"|"is-referenced-by-count"', head):
            return (
                "csl-json"
                if '"id"' in head[:3000] and '"message"' not in head
                else ("crossref-json")
            )
        if _CSL.search(head) or head[:2] in ("[]", "{}") or head.startswith("["):
            return "csl-json"
        return "crossref-json"
    found = [
        (match.start(), order, format)
        for order, (format, sign) in enumerate(_SIGNS)
        if (match := sign.search(head))
    ]
    if found:
        return min(found)[2]
    extension = Path(name).suffix.lstrip(".").lower()
    for format in FORMATS.values():
        if extension in format.extensions and format.reads:
            return format.name
        if extension in format.extensions:
            raise DataError(
                problem_in(
                    name,
                    0,
                    "",
                    "is {label}, which is written and not read; export the references as "
                    "RIS, BibTeX or CSL JSON",
                    label=format.label,
                )
            )
    raise DataError(
        problem_in(
            name or "<text>",
            0,
            "",
            "is in no format that can be read; there are: {names}",
            names=", ".join(READABLE),
        )
    )


def read(source: Path | bytes | str, format: str = "auto", name: str = "") -> Reading:
    """The references of a file, of its bytes or of its text.

    A record that cannot be read is in `rejected` with its line and the mend; the others are
    read. `format` is a name of `FORMATS` or "auto".

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
    shown = name or (str(source) if isinstance(source, Path) else "<text>")
    remarks: list[Problem] = []
    if isinstance(source, Path) and (xml := _streamed(source, format)):
        return _told(FORMATS[xml].read(source, shown), xml, shown, [])
    if isinstance(source, str):
        text = source.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    else:
        decoded = decode(_inflated(_bytes(source, shown), shown))
        text = decoded.text
        if decoded.is_guess:
            said = "has bytes that are not" if decoded.encoding == "utf-8" else "is not"
            remarks.append(
                problem_in(
                    shown,
                    0,
                    "",
                    "{said} UTF-8; read as {encoding}, look at the accents and save the "
                    "file as UTF-8 if they are wrong",
                    said=said,
                    encoding=decoded.encoding,
                )
            )
    if format == "auto":
        if not text.strip():
            return Reading((), (), (problem_in(shown, 0, "", "the file is empty"),), "")
        format = sniff(text, shown)
    reading = FORMATS[format].read(text, shown)
    if not reading.references and (other := _other(text, format)):
        said = f"holds no record in {FORMATS[format].label}; it looks like {other.label}, read it "
        said += f"with --format {other.name}"
        return Reading((), (problem_in(shown, 0, "", said),), tuple(remarks), format)
    return _told(reading, format, shown, remarks)


def _other(text: str, format: str) -> Format | None:
    """The format that a text seems to be in when it is another one."""
    try:
        found = FORMATS[sniff(text)]
    except DataError:
        return None
    return found if found.name != format else None


def _told(reading: Reading, format: str, shown: str, remarks: list[Problem]) -> Reading:
    """The reading with what is to be said of its file as a whole."""
    if not (reading.references or reading.rejected):
        remarks.append(
            problem_in(shown, 0, "", "holds no record in {label}", label=FORMATS[format].label)
        )
    return replace(reading, remarks=(*remarks, *reading.remarks), format=format)


def _streamed(path: Path, format: str) -> str:
    """The format of a file of XML that is read piece by piece; "" when it is to be decoded."""
    try:
        if format not in ("auto", *_XML) or not 0 < path.stat().st_size <= MAX_BYTES:
            return ""
    except OSError:
        return ""
    if not is_unicode_xml(path):
        return ""
    if format == "auto":
        with path.open("rb") as stream:
            format = sniff(stream.read(_HEAD).decode("utf-8", "ignore"), str(path))
    return format


def _inflated(data: bytes, name: str) -> bytes:
    """The content of a gzip file; other data as they are."""
    if not data.startswith(b"\x1f\x8b"):
        return data
    try:
        with gzip.open(io.BytesIO(data)) as stream:
            content = stream.read(MAX_BYTES + 1)
    except (OSError, EOFError, zlib.error) as error:
        raise DataError(
            problem_in(name, 0, "", "is a damaged gzip file ({error}); get it again", error=error)
        ) from error
    _check_size(len(content), name)
    return content


def _check_size(size: int, name: str) -> None:
    if size > MAX_BYTES:
        raise DataError(
            problem_in(
                name,
                0,
                "",
                "has {value:.0f} MB, more than {value2}; split it",
                value=size / 1e6,
                value2=MAX_BYTES // 10**6,
            )
        )


def _bytes(source: Path | bytes, name: str) -> bytes:
    if isinstance(source, bytes):
        size = len(source)
    else:
        try:
            size = source.stat().st_size
        except OSError as error:
            raise DataError(
                problem_in(
                    name,
                    0,
                    "",
                    "cannot be read: {strerror}; check its name",
                    strerror=error.strerror,
                )
            ) from error
    _check_size(size, name)
    if isinstance(source, bytes):
        return source
    if source.is_dir():
        raise DataError(problem_in(name, 0, "", "is a folder; name the files in it"))
    try:
        return source.read_bytes()
    except OSError as error:
        raise DataError(
            problem_in(
                name,
                0,
                "",
                "cannot be read: {strerror}; check its name and rights",
                strerror=error.strerror,
            )
        ) from error


def write(references: Iterable[Reference], format: str) -> WrittenFile:
    """The content of a file in a format, and what the format could not say.

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
    "told",
    "write",
]
