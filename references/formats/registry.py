"""The formats by name, each with the module that reads and writes it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from importlib import import_module
from typing import Any

from references.formats.results import Reading, WrittenFile
from references.record import Reference


@dataclass(frozen=True)
class Format:
    """One format: its names, its module, and whether it is read and written.

    The module has functions `read(text, name)` and `write(references)`.
    """

    name: str
    label: str
    extensions: tuple[str, ...]
    media_type: str
    module: str
    is_read: bool = True
    is_written: bool = False

    @property
    def read(self) -> Callable[[Any, str], Reading]:
        """Reads text (XML: or a file); the second argument is the file's name in problems."""
        function: Callable[[Any, str], Reading] = self._module.read
        return function

    @property
    def write(self) -> Callable[[Iterable[Reference]], WrittenFile]:
        """Writes references."""
        function: Callable[[Iterable[Reference]], WrittenFile] = self._module.write
        return function

    @property
    def _module(self) -> Any:
        return import_module(f"references.formats.{self.module}")


_JSON, _XML = "application/json", "application/xml"
_CSL = "application/vnd.citationstyles.csl+json"
_DATACITE = "application/vnd.datacite.datacite+json"
_RIS = "application/x-research-info-systems"
_NBIB = "application/nbib"
_BIB, _JSONL = "application/x-bibtex", "application/jsonl"

FORMATS: dict[str, Format] = {
    format.name: format
    for format in (
        Format("bibtex", "BibTeX", ("bib", "bibtex"), _BIB, "bibtex.file", is_written=True),
        Format("ris", "RIS", ("ris",), _RIS, "ris", is_written=True),
        Format("nbib", "PubMed NBIB", ("nbib", "medline"), _NBIB, "nbib", is_written=True),
        Format("pubmed-xml", "PubMed XML", ("xml",), _XML, "pubmed_xml", is_written=True),
        Format("crossref-json", "Crossref JSON", ("json",), _JSON, "crossref_json"),
        Format("csl-json", "CSL JSON", ("json",), _CSL, "csl_json", is_written=True),
        Format("endnote-xml", "EndNote XML", ("xml",), _XML, "endnote_xml"),
        Format("openalex-json", "OpenAlex JSON", ("json",), _JSON, "openalex_json"),
        Format("europepmc-json", "Europe PMC JSON", ("json",), _JSON, "europepmc_json"),
        Format("isi", "Web of Science", ("ciw", "isi"), "text/plain", "isi"),
        Format("enw", "EndNote tagged text", ("enw",), "application/x-endnote-refer", "enw"),
        Format("refworks", "RefWorks tagged text", (), "text/plain", "refworks"),
        Format("datacite-json", "DataCite JSON", ("json",), _DATACITE, "datacite_json"),
        Format("csv", "CSV", ("csv", "tsv"), "text/csv", "csv_table", is_written=True),
        Format("jsonl", "JSON Lines", ("jsonl",), _JSONL, "jsonl", is_written=True),
    )
}
READABLE = tuple(name for name, format in FORMATS.items() if format.is_read)
WRITABLE = tuple(name for name, format in FORMATS.items() if format.is_written)
