"""EndNote's tagged text (`.enw`, Refer) and RefWorks' tagged text: a label and a value a line."""

from __future__ import annotations

import re
from collections.abc import Iterator

from references.errors import Problem, problem_in
from references.formats.dates import PartialDate, date_of
from references.formats.field_values import as_extra, doi_of, language, pages_of
from references.formats.json_items import from_first_to_last
from references.formats.markup import plain
from references.formats.names import read_names, write_authors
from references.formats.publication_types import type_from
from references.formats.results import Reading
from references.formats.tables import Fields, reference_from, words_of_format
from references.formats.tagged_lines import Record
from references.identifiers import isbn_of, issn_of, pmcid_of, pmid_of, printed_pmid
from references.normalise import year_of
from references.record import Place

ENDNOTE, REFWORKS = "enw", "refworks"
_LINES = {
    ENDNOTE: re.compile(r"^%(\S)(?: (.*))?$"),
    REFWORKS: re.compile(r"^([A-Z][A-Z0-9])(?: (.*))?$"),
}
_FIRST = {ENDNOTE: "0", REFWORKS: "RT"}
#: Our names for the labels: those of EndNote's are signs, which say nothing to who reads here.
_NAMES = {of: words_of_format("fields.tsv", of) for of in (ENDNOTE, REFWORKS)}


def _is_first(line: str, format: str) -> bool:
    match = _LINES[format].match(line.rstrip().lstrip("\ufeff"))
    return match is not None and match[1] == _FIRST[format]


def _records(text: str, format: str) -> Iterator[Record]:
    """The records, their labels in our words; each begins with its type or behind an empty line."""
    line_of, names = _LINES[format], _NAMES[format]
    # Where records begin with their type, an empty line is one of an abstract.
    begun = any(_is_first(line, format) for line in text.split("\n"))
    record: Record | None = None
    gap = False
    for number, line in enumerate(text.split("\n"), 1):
        line = line.rstrip().lstrip("\ufeff")
        match = line_of.match(line)
        if match is None:
            gap = gap or not line
            if line and record is not None and (begun or not gap):
                record.extend(line.strip(), "; " if record.last_tag == "keywords" else " ")
            continue
        label, value = match[1], (match[2] or "").strip()
        if record is None or label == _FIRST[format] or (gap and not begun and record.has("title")):
            if record is not None:
                yield record
            record = Record(number)
        gap = False
        record.entries.append((names.get(label, f"{format}-{label.lower()}"), value))
    if record is not None:
        yield record


def _journal(record: Record) -> str:
    return plain(record.first("journal", "book"))


def _pages(record: Record) -> str:
    pages = from_first_to_last(record.first("pages"), record.first("lastpage"))
    return pages_of(pages) or pages_of(record.first("eid"))


def _date(record: Record) -> PartialDate:
    year = year_of(record.first("year")) or year_of(record.first("date"))
    return date_of(f"{year or ''} {record.first('date')}")._replace(year=year)


def _pmid(record: Record) -> str:
    is_pubmed = re.search("pubmed|medline|nlm", " ".join(record.values("database", "url")), re.I)
    printed = map(printed_pmid, record.values("url", "note"))
    numbers = [pmid_of(record.first("accession")) if is_pubmed else ""]
    return next(filter(None, [*numbers, *(one[0] for one in printed if one)]), "")


def _keywords(record: Record) -> tuple[str, ...]:
    words = (word for value in record.plains("keywords") for word in value.split(";"))
    return tuple(dict.fromkeys(word.strip() for word in words if word.strip()))


def _people(record: Record, name: str) -> str:
    return write_authors(read_names(record.values(name))[0])


_KNOWN = """
type title authors journal book volume number pages lastpage year date doi serial publisher language
url abstract keywords editor serieseditor translator eid pmcid
"""
_NO_EXTRA = frozenset(_KNOWN.split())


def _others(record: Record) -> dict[str, str]:
    named = (name for name in record.tags if name not in _NO_EXTRA)
    return {name: as_extra("; ".join(record.plains(name))) for name in named if record.has(name)}


_FIELDS: Fields[Record] = {
    "title": lambda record: plain(record.first("title")),
    "authors": lambda record: read_names(record.values("authors"))[0],
    "more_authors": lambda record: read_names(record.values("authors"))[1],
    "journal": _journal,
    "volume": lambda record: plain(record.first("volume")),
    "number": lambda record: plain(record.first("number")),
    "pages": _pages,
    "doi": lambda record: doi_of(" ".join(record.values("doi"))),
    "pmid": _pmid,
    "pmcid": lambda record: pmcid_of(record.first("pmcid")),
    "issn": lambda record: issn_of(" ; ".join(record.values("serial"))),
    "isbn": lambda record: isbn_of(" ; ".join(record.values("serial"))),
    "publisher": lambda record: plain(record.first("publisher")),
    "language": lambda record: language(record.first("language")),
    "url": lambda record: plain(record.first("url")),
    "abstract": lambda record: plain(record.first("abstract")),
    "keywords": _keywords,
    "extra": _others,
    "date": _date,
    "eid": lambda record: as_extra(pages_of(record.first("eid"))),
    "editor": lambda record: _people(record, "editor"),
    "serieseditor": lambda record: _people(record, "serieseditor"),
    "translator": lambda record: _people(record, "translator"),
}


def read(text: str, name: str, format: str) -> Reading:
    """The references of a text in one of the two formats."""
    types = "endnote" if format == ENDNOTE else format
    fields = {**_FIELDS, "type": lambda record: type_from(types, record.first("type"))}
    records: list[Record] = []
    rejected: list[Problem] = []
    for record in _records(text, format):
        if record.has("title", "authors", "doi"):
            records.append(record)
        else:
            sentence = "the record has no title, authors or DOI"
            rejected.append(problem_in(name, record.line, "", sentence))
    references = [reference_from(record, fields, Place(name, record.line)) for record in records]
    return Reading(tuple(references), tuple(rejected), (), format)
