"""EndNote's XML, as EndNote, Zotero and screening tools export it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from references.errors import Problem
from references.formats.dates import PartialDate, date_of
from references.formats.field_values import as_extra, doi_of, language, pages_of
from references.formats.names import read_names, write_authors
from references.formats.publication_types import type_from
from references.formats.results import Reading
from references.formats.tables import Fields, reference_from, words_of_format
from references.formats.xml_safe import Readable, elements
from references.formats.xml_text import text_at, texts_at
from references.identifiers import isbn_of, issn_of, pmcid_of, pmid_of
from references.normalise import year_of
from references.record import Author, Place, Reference

NAME = "endnote-xml"
_EDITORS = {
    "editor": "secondary-authors",
    "serieseditor": "tertiary-authors",
    "endnote-subsidiary": "subsidiary-authors",
    "translator": "translated-authors",
}
_WITH_ISBN = ("book", "collection", "incollection", "inbook", "inproceedings")
_PUBMED = ("pubmed", "medline", "nlm")  # in the name of a database, or an address


def _first(record: Any, *paths: str) -> str:
    return next((text for path in paths if (text := text_at(record, path))), "")


def _type(record: Any) -> str:
    kind = record.find("ref-type")
    name = (kind.get("name") if kind is not None else "") or text_at(kind)
    return type_from("endnote", name)


def _names(record: Any, kind: str) -> tuple[tuple[Author, ...], bool]:
    return read_names(texts_at(record, f"contributors/{kind}/author"))


def _date(record: Any) -> PartialDate:
    year = year_of(text_at(record, "dates/year"))
    return date_of(f"{year or ''} {text_at(record, 'dates/pub-dates/date')}")._replace(year=year)


def _journal(record: Any) -> str:
    return _first(
        record,
        "periodical/full-title",
        "titles/secondary-title",
        "titles/alt-title",
        "alt-periodical/full-title",
    )


def _short_journal(record: Any) -> str:
    short = _first(record, "periodical/abbr-1", "alt-periodical/abbr-1", "titles/alt-title")
    return short if short != _journal(record) else ""


def _urls(record: Any) -> list[str]:
    return texts_at(record, "urls/related-urls/url") + texts_at(record, "urls/web-urls/url")


def _accession_pmid(record: Any) -> str:
    """The accession number, when the database is PubMed, or not named."""
    number = text_at(record, "accession-num")
    database = f"{text_at(record, 'remote-database-name')} {' '.join(_urls(record))}".lower()
    is_pubmed = not database.strip() or any(name in database for name in _PUBMED)
    return pmid_of(number) if is_pubmed and len(number) < 10 else ""


def _pmid(record: Any) -> str:
    pages = (url.rstrip("/").rpartition("/")[2] for url in _urls(record) if "pubmed" in url)
    return _accession_pmid(record) or next((n for page in pages if (n := pmid_of(page))), "")


def _serials(record: Any) -> tuple[str, str]:
    """ISSN and ISBN, which share an element; digits that read as both belong to one."""
    text = text_at(record, "isbn")
    issn, isbn = issn_of(text), isbn_of(text)
    if isbn and issn and _type(record) not in _WITH_ISBN:
        return issn, ""
    return ("" if issn and isbn.startswith(issn.replace("-", "")) else issn), isbn


def _number(record: Any) -> str:
    """The number that an article has instead of pages."""
    return pages_of(text_at(record, "custom7"))


def _text(*paths: str) -> Callable[[Any], str]:
    """Reads the first text at these paths."""
    return lambda record: _first(record, *paths)


def _editors(kind: str) -> Callable[[Any], str]:
    return lambda record: write_authors(_names(record, kind)[0])


def _joined(path: str) -> Callable[[Any], str]:
    return lambda record: as_extra("; ".join(texts_at(record, path)))


_FIELDS: Fields[Any] = {
    "type": _type,
    "title": _text("titles/title"),
    "authors": lambda record: _names(record, "authors")[0],
    "more_authors": lambda record: _names(record, "authors")[1],
    "journal": _journal,
    "volume": _text("volume"),
    "number": _text("number", "issue"),
    "pages": lambda record: pages_of(text_at(record, "pages")) or _number(record),
    "doi": lambda record: doi_of(text_at(record, "electronic-resource-num")),
    "pmid": _pmid,
    "pmcid": lambda record: pmcid_of(text_at(record, "custom2")),
    "issn": lambda record: _serials(record)[0],
    "isbn": lambda record: _serials(record)[1],
    "publisher": _text("publisher"),
    "language": lambda record: language(text_at(record, "language")),
    "url": lambda record: next(iter(_urls(record)), ""),
    "abstract": _text("abstract"),
    "keywords": lambda record: tuple(dict.fromkeys(texts_at(record, "keywords/keyword"))),
    "date": _date,
    "eid": lambda record: as_extra(_number(record)),
    "shortjournal": lambda record: as_extra(_short_journal(record)),
    **{field: _editors(kind) for field, kind in _EDITORS.items()},
    **{field: _joined(path) for path, field in words_of_format("fields.tsv", NAME).items()},
    "endnote-url": lambda record: as_extra("; ".join(_urls(record)[1:])),
    "endnote-accession": lambda record: (
        "" if _accession_pmid(record) else as_extra(text_at(record, "accession-num"))
    ),
}


def records(
    source: str | Path | Readable, name: str, problems: list[Problem]
) -> Iterator[Reference]:
    """The records of a file, one by one; arguments as `xml_safe.elements`."""
    for element, line in elements(source, ("record",), ("xml", "records"), name, problems):
        yield reference_from(element, _FIELDS, Place(name, line))


def read(source: str | Path, name: str = "<text>") -> Reading:
    """The records of an EndNote XML file."""
    problems: list[Problem] = []
    references = tuple(records(source, name, problems))
    return Reading(references, tuple(problems), (), NAME)
