"""EndNote's XML, as EndNote, Zotero and screening tools export it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

from references.errors import Problem
from references.formats import carry
from references.formats.kinds import endnote_type, from_endnote
from references.formats.markup import plain, raised
from references.formats.names import write_authors
from references.formats.reading import Reading, WrittenFile, losses_of
from references.formats.values import (
    as_extra,
    date_of,
    dated,
    doi_of,
    extra_names,
    extra_text,
    inverted,
    isbn_of,
    issn_of,
    issued,
    language,
    pages_of,
    pmcid_of,
    pmid_of,
    read_names,
    year_of,
)
from references.formats.xml_safe import elements
from references.record import Place, Reference

NAME = "endnote-xml"

#: EndNote's number for a type: its name.
_NUMBERS = {
    "17": "Journal Article",
    "43": "Electronic Article",
    "19": "Magazine Article",
    "23": "Newspaper Article",
    "6": "Book",
    "44": "Electronic Book",
    "28": "Edited Book",
    "5": "Book Section",
    "60": "Electronic Book Section",
    "10": "Conference Proceedings",
    "47": "Conference Paper",
    "32": "Thesis",
    "27": "Report",
    "46": "Government Document",
    "12": "Web Page",
    "56": "Blog",
    "59": "Dataset",
    "45": "Online Database",
    "9": "Computer Program",
    "34": "Unpublished Work",
    "36": "Manuscript",
    "25": "Patent",
    "58": "Standard",
    "53": "Encyclopedia",
    "52": "Dictionary",
    "13": "Generic",
}
_BY_NAME = {name: number for number, name in _NUMBERS.items()}
_EXTRA = {
    "pub-location": "address",
    "edition": "edition",
    "auth-address": "affiliation",
    "work-type": "worktype",
    "section": "section",
    "call-num": "callnumber",
    "label": "endnote-label",
    "num-vols": "volumes",
    "orig-pub": "origpublication",
    "titles/tertiary-title": "series",
    "titles/short-title": "shorttitle",
    "titles/translated-title": "origtitle",
    "remote-database-name": "endnote-database",
    "remote-database-provider": "endnote-provider",
    "notes": "note",
    "research-notes": "annote",
    "custom1": "endnote-custom1",
    "custom3": "endnote-custom3",
    "custom4": "endnote-custom4",
    "custom5": "endnote-custom5",
    "custom6": "endnote-custom6",
    "custom7": "endnote-custom7",
    "misc1": "endnote-misc1",
    "misc2": "endnote-misc2",
    "misc3": "endnote-misc3",
    "caption": "endnote-caption",
    "access-date": "urldate",
    "reprint-edition": "reprint",
    "reviewed-item": "revieweditem",
}


def _flat(element: Any) -> str:
    parts = [element.text or ""]
    for child in element:
        inner = _flat(child) if isinstance(child.tag, str) else ""
        face = child.get("face", "") if isinstance(child.tag, str) else ""
        kind = {"superscript": "sup", "subscript": "sub"}.get(face)
        parts.append(raised(inner, kind) if kind and inner.strip() else inner)
        parts.append(child.tail or "")
    return "".join(parts)


def _text(record: Any, path: str) -> str:
    found = record.find(path)
    return plain(_flat(found)) if found is not None else ""


def _texts(record: Any, path: str) -> list[str]:
    return [text for found in record.findall(path) if (text := plain(_flat(found)))]


def reference_of(record: Any) -> Reference:
    """The reference of one `record` element."""
    extra: dict[str, str] = {}
    kind = record.find("ref-type")
    number = _text(record, "ref-type")
    name = (kind.get("name") if kind is not None else "") or _NUMBERS.get(number, "")
    year = year_of(_text(record, "dates/year"))
    date = _text(record, "dates/pub-dates/date")
    _, month, day = date_of(f"{year or ''} {date}")
    dated(extra, month, day)
    titles = _texts(record, "titles/title")
    journal = (
        _text(record, "periodical/full-title")
        or _text(record, "titles/secondary-title")
        or _text(record, "titles/alt-title")
        or _text(record, "alt-periodical/full-title")
    )
    short = (
        _text(record, "periodical/abbr-1")
        or _text(record, "alt-periodical/abbr-1")
        or _text(record, "titles/alt-title")
    )
    if short and short != journal:
        extra["shortjournal"] = as_extra(short)
    authors, more = read_names(_texts(record, "contributors/authors/author"))
    for path, field in (
        ("secondary-authors", "editor"),
        ("tertiary-authors", "serieseditor"),
        ("subsidiary-authors", "endnote-subsidiary"),
        ("translated-authors", "translator"),
    ):
        names, _ = read_names(_texts(record, f"contributors/{path}/author"))
        if names:
            extra[field] = write_authors(names, False)
    carried = None
    for path, field in _EXTRA.items():
        texts = []
        for found in record.findall(path):
            data = carry.unpack_text(_flat(found))
            if data is not None:
                carried = data
            elif text := plain(_flat(found)):
                texts.append(text)
        if texts:
            extra.setdefault(field, as_extra("; ".join(texts)))
    urls = _texts(record, "urls/related-urls/url") + _texts(record, "urls/web-urls/url")
    if len(urls) > 1:
        extra["endnote-url"] = as_extra("; ".join(urls[1:]))
    accession = _text(record, "accession-num")
    database = f"{_text(record, 'remote-database-name')} {' '.join(urls)}".lower()
    pmid = (
        pmid_of(accession)
        if len(accession) < 10
        and (
            not database.strip()
            or "pubmed" in database
            or "medline" in database
            or "nlm" in database
        )
        else ""
    )
    if accession and not pmid:
        extra["endnote-accession"] = as_extra(accession)
    if not pmid:
        for url in urls:
            if "pubmed" in url:
                pmid = pmid or pmid_of(url.rstrip("/").rpartition("/")[2])
    numbers = _text(record, "isbn")
    doi_text = _text(record, "electronic-resource-num")
    kind_of = from_endnote(name)
    is_book = kind_of in ("book", "collection", "incollection", "inbook", "inproceedings")
    isbn = isbn_of(numbers)
    issn = issn_of(numbers)
    if isbn and issn and not is_book:
        isbn = ""
    elif isbn and issn and isbn.startswith(issn.replace("-", "")):
        issn = ""
    reference = Reference(
        key="",
        type=kind_of,
        title=titles[0] if titles else "",
        authors=authors,
        more_authors=more,
        year=year,
        journal=journal,
        volume=_text(record, "volume"),
        number=_text(record, "number") or _text(record, "issue"),
        pages=pages_of(_text(record, "pages")),
        doi=doi_of(doi_text),
        pmid=pmid,
        pmcid=pmcid_of(_text(record, "custom2")),
        issn=issn,
        isbn=isbn,
        publisher=_text(record, "publisher"),
        language=language(_text(record, "language")),
        url=urls[0] if urls else "",
        abstract=_text(record, "abstract"),
        keywords=tuple(dict.fromkeys(_texts(record, "keywords/keyword"))),
        extra=extra,
    )
    return carry.restore(reference, carried) if carried is not None else reference


def read(source: str | Path, name: str = "<text>") -> Reading:
    """The records of an EndNote XML file."""
    problems: list[Problem] = []
    references = [
        replace(reference_of(element), place=Place(name, line))
        for element, line in elements(source, ("record",), ("xml", "records"), name, problems)
    ]
    return Reading(tuple(references), tuple(problems), (), NAME)


# ---- writing --------------------------------------------------------------------------


def _add(parent: Any, path: str, text: str = "") -> Any:
    """The element at a path below `parent`, its last step new; a text without forbidden signs."""
    from lxml import etree

    *steps, last = path.split("/")
    for step in steps:
        found = parent.find(step)
        parent = found if found is not None else etree.SubElement(parent, step)
    child = etree.SubElement(parent, last)
    if text:
        try:
            child.text = text
        except ValueError:
            child.text = "".join(sign for sign in text if sign.isprintable())
    return child


def _element(reference: Reference) -> Any:
    from lxml import etree

    record = etree.Element("record")
    name = endnote_type(reference)
    kind = _add(record, "ref-type", _BY_NAME.get(name, "13"))
    kind.set("name", name)
    names = [inverted(author) for author in reference.authors]
    if reference.more_authors:
        names.append("et al.")
    for text in names:
        _add(record, "contributors/authors/author", text)
    for path, field in (
        ("secondary", "editor"),
        ("tertiary", "serieseditor"),
        ("translated", "translator"),
    ):
        for author in extra_names(reference, field):
            _add(record, f"contributors/{path}-authors/author", inverted(author))
    year, month, day = issued(reference)
    simple = [
        ("titles/title", reference.title),
        ("titles/secondary-title", reference.journal),
        ("periodical/full-title", reference.journal if reference.type == "article" else ""),
        ("periodical/abbr-1", extra_text(reference, "shortjournal")),
        ("volume", reference.volume),
        ("number", reference.number),
        ("pages", reference.pages),
        ("dates/year", str(year) if year else ""),
        ("dates/pub-dates/date", f"{month:02d}" + (f"/{day:02d}" if day else "") if month else ""),
        ("publisher", reference.publisher),
        ("isbn", " ".join(part for part in (reference.issn, reference.isbn) if part)),
        ("accession-num", reference.pmid),
        ("electronic-resource-num", reference.doi),
        ("custom2", reference.pmcid),
        ("language", reference.language),
        ("abstract", reference.abstract),
        ("urls/related-urls/url", reference.url),
    ]
    for path, text in simple:
        if text.strip():
            _add(record, path, text)
    for word in reference.keywords:
        _add(record, "keywords/keyword", word)
    for path, field in _EXTRA.items():
        if text := extra_text(reference, field):
            _add(record, path, text)
    return record


def write(references: Iterable[Reference]) -> WrittenFile:
    """An EndNote XML file."""
    from lxml import etree

    root = etree.Element("xml")
    records = etree.SubElement(root, "records")
    found = []
    for reference in references:
        element = _element(reference)
        native = reference_of(element)
        lost = carry.lost_fields(reference, native)
        if lost:
            _add(element, "research-notes", carry.pack_text(reference, native, lost))
        records.append(element)
        found.append((reference.key, carry.named(reference, native, lost)))
    etree.indent(root, space=" ")
    content: bytes = etree.tostring(root, xml_declaration=True, encoding="UTF-8")
    return WrittenFile(content + b"\n", losses_of("EndNote XML", found, "the research notes"))
