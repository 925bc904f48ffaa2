"""Zotero RDF: the form of a reference in which Zotero loses nothing.

Of the formats that unAPI can offer, Zotero takes its own RDF first. RIS, the next one, has no
place for PubMed numbers, makes articles of papers of other kinds and cuts keywords at commas.
What a type of item has no field for goes into Extra, by the names of CSL's variables, which
Zotero cites from there. https://www.zotero.org/support/kb/item_types_and_fields
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from importlib.resources import files

from flask import render_template, url_for
from lxml import etree

from references.formats.dates import issued
from references.formats.field_values import extra_names, extra_text
from references.formats.publication_types import csl_type
from references.record import Author, Reference
from webapp.exports.xmltext import xml_text

MEDIA_TYPE = "application/rdf+xml"
RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
ZOTERO = "http://www.zotero.org/namespaces/export#"
NAMES = {
    "rdf": RDF,
    "z": ZOTERO,
    "bib": "http://purl.org/net/biblio#",
    "dc": "http://purl.org/dc/elements/1.1/",
    "dcterms": "http://purl.org/dc/terms/",
    "foaf": "http://xmlns.com/foaf/0.1/",
}

#: Zotero's item type for each CSL type that our references have; anything else is a document.
_TYPES = {
    "article-journal": "journalArticle",
    "chapter": "bookSection",
    "paper-conference": "conferencePaper",
    "book": "book",
    "thesis": "thesis",
    "report": "report",
    "article": "preprint",
    "webpage": "webpage",
    "dataset": "dataset",
}


@cache
def _fields_of(kind: str) -> dict[str, str]:
    """CSL variable -> the field of an item type that holds it (`zotero_fields.tsv`)."""
    table = files(__package__).joinpath("zotero_fields.tsv").read_text("utf-8")
    rows = (line.split("\t") for line in table.splitlines())
    return {variable: name for item, variable, name in rows if item == kind}


def item_type(reference: Reference) -> str:
    """What kind of item Zotero makes of a reference."""
    return _TYPES.get(csl_type(reference), "document")


def web_address(reference: Reference) -> str:
    """The address of the work on the web, when the record has one."""
    return reference.url if reference.url.startswith(("http://", "https://")) else ""


def _date(reference: Reference) -> str:
    year, month, day = issued(reference)
    parts = [f"{year:04d}"] if year else []
    parts += [f"{part:02d}" for part in (month, day) if part]
    return "-".join(parts)


def _fields(reference: Reference, kind: str) -> dict[str, str]:
    """Zotero's fields, `extra` among them, without creators, tags and notes."""
    values = {
        "container-title": reference.journal,
        "container-title-short": extra_text(reference, "shortjournal"),
        "collection-title": extra_text(reference, "series"),
        "volume": reference.volume,
        "issue": reference.number,
        "page": reference.pages,
        "edition": extra_text(reference, "edition"),
        "publisher": reference.publisher,
        "publisher-place": extra_text(reference, "address"),
        "ISSN": reference.issn,
        "ISBN": reference.isbn,
        "PMID": reference.pmid,
        "PMCID": reference.pmcid,
    }
    fields = {
        "itemType": kind,
        "title": reference.title,
        "abstractNote": reference.abstract,
        "date": _date(reference),
        "DOI": reference.doi,
        "url": web_address(reference),
        "language": reference.language,
        "shortTitle": extra_text(reference, "shorttitle"),
    }
    fields |= {field: values.pop(name, "") for name, field in _fields_of(kind).items()}
    extra = [f"{name}: {value}" for name, value in values.items() if value]
    return fields | {"extra": "\n".join([*extra, f"Citation Key: {reference.key}"])}


def _add(parent: etree._Element, name: str, text: str = "") -> etree._Element:
    prefix, _, local = name.partition(":")
    element = etree.SubElement(parent, f"{{{NAMES[prefix]}}}{local}")
    element.text = xml_text(text) or None
    return element


def _people(
    item: etree._Element, role: str, people: Iterable[Author], *, more: bool = False
) -> None:
    listed = [(author.short, f"{author.given} {author.suffix}".strip()) for author in people]
    listed += [("et al.", "")] if more else []
    if not listed:
        return
    sequence = _add(_add(item, f"bib:{role}"), "rdf:Seq")
    for family, given in listed:
        person = _add(_add(sequence, "rdf:li"), "foaf:Person")
        _add(person, "foaf:surname", family)
        if given:
            _add(person, "foaf:givenName", given)


def rdf(reference: Reference) -> bytes:
    """The reference as an RDF document, with what its study found as a note."""
    page = url_for("library.reference", key=reference.key, _external=True)
    root = etree.Element(f"{{{RDF}}}RDF", nsmap=NAMES)
    item = _add(root, "rdf:Description")
    item.set(f"{{{RDF}}}about", page)
    for name, value in _fields(reference, item_type(reference)).items():
        if value:
            standard = {"title": "dc:title", "extra": "dc:description"}.get(name)
            _add(item, standard or f"z:{name}", value)
    _people(item, "authors", reference.authors, more=reference.more_authors)
    _people(item, "editors", extra_names(reference, "editor"))
    for keyword in reference.keywords:
        _add(item, "dc:subject", keyword)
    memo = _add(_add(item, "dcterms:isReferencedBy"), "bib:Memo")
    memo.set(f"{{{RDF}}}about", f"{page}#study")
    note = render_template("_zotero_note.html", reference=reference, page=page)
    _add(memo, "rdf:value", note.strip())
    document: bytes = etree.tostring(root, xml_declaration=True, encoding="utf-8")
    return document
