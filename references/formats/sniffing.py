"""The format of a text, told from its content and, failing that, from the name of its file."""

from __future__ import annotations

import re
from pathlib import Path

from references.errors import DataError, problem_in
from references.formats.registry import FORMATS, READABLE

HEAD = 200_000  # characters in which the format shows

#: What lines of a format look like; the one that comes first in a text decides.
_LINES = (
    ("ris", re.compile(r"^\s{0,3}TY {1,2}[-–—] ?", re.M)),
    ("ris", re.compile(r"^Record #\d+ of \d+\s*\n(?:ID|AU|TI): |^<\d+>\s*\n[A-Z]{2}  - ", re.M)),
    ("enw", re.compile(r"^%0 \w", re.M)),
    ("refworks", re.compile(r"^RT [A-Z][a-z]+.*\n(?:.*\n){0,3}?[A-Z][A-Z0-9] \S", re.M)),
    ("isi", re.compile(r"^PT [A-Z]\s*$", re.M)),
    ("nbib", re.compile(r"^(?:PMID ?-|PMC ?-|PMCR ?-|OWN ?-|STAT ?-|TI {2}-|FAU ?- )", re.M)),
    ("bibtex", re.compile(r"^[^\n%]{0,200}?@\s*[A-Za-z]+\s*[{(]", re.M)),
    ("ris", re.compile(r"^(?:T1|TI|AU|A1|JF|JO|PY|Y1|ER)  -", re.M)),
)
_RIS_END = re.compile(r"^TY {1,2}- (?:.*\n)+?ER {1,2}-", re.M)
_JSONL = re.compile(r'\{"key": ?"')
_PUBMED = re.compile(r"<(?:Pubmed|MedlineCitation|BookDocument|!DOCTYPE Pubmed|!DOCTYPE Medline)")
_ENDNOTE = re.compile(r"<(?:records?|xml)\b")
_EUROPEPMC = re.compile(r'"(?:authorString|resultList|fullTextIdList)"\s*:')
_DATACITE = re.compile(r'"(?:creators|resourceTypeGeneral|publicationYear)"\s*:')
_CROSSREF = re.compile(r'"message-type"|"reference-count"|"is-referenced-by-count"')
_CSL = re.compile(r'"(?:container-title|issued|author|id|type)"\s*:')


def sniff(text: str, name: str = "") -> str:
    """The format of a text.

    Raises:
        DataError: it is none that can be read.
    """
    head = text[:HEAD].lstrip("\ufeff \t\n")
    if re.match(r"<[^\d]", head):
        return _of_markup(head, name)
    if _JSONL.match(head):
        return "jsonl"
    if head[:1] in ("[", "{"):
        return _of_json(head)
    from references.formats.csv_records import is_table  # nothing before asks for tables

    if is_table(head):
        return "csv"
    lines = [
        (match.start(), order, format)
        for order, (format, pattern) in enumerate(_LINES)
        if (match := pattern.search(head))
    ]
    format = min(lines)[2] if lines else _of_name(name)
    # RIS has some tags of MEDLINE, which may stand before its TY.
    return "ris" if format == "nbib" and _RIS_END.search(head) else format


def _of_markup(head: str, name: str) -> str:
    if not _PUBMED.search(head):
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


def _of_json(head: str) -> str:
    if '"https://openalex.org/W' in head:
        return "openalex-json"
    if _EUROPEPMC.search(head):
        return "europepmc-json"
    if _DATACITE.search(head) and '"titles"' in head:
        return "datacite-json"
    if _CROSSREF.search(head):  # which CSL JSON can have from Crossref, and then an id
        is_csl = '"id"' in head[:3000] and '"message"' not in head
    else:
        is_csl = bool(_CSL.search(head)) or head[:2] == "{}" or head.startswith("[")
    return "csl-json" if is_csl else "crossref-json"


def _of_name(name: str) -> str:
    extension = Path(name.removesuffix(".gz")).suffix.lstrip(".").lower()
    for format in FORMATS.values():
        if extension in format.extensions:
            return format.name
    raise DataError(
        problem_in(
            name or "<text>",
            0,
            "",
            "is in no format that can be read; there are: {names}",
            names=", ".join(READABLE),
        )
    )
