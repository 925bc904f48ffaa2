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

from flask import render_template

from references.formats.dates import issued
from references.formats.field_values import extra_names, extra_text
from references.formats.publication_types import csl_type
from references.record import Author, Reference
from webapp.exports.parts import address_of, xml_text

MEDIA_TYPE = "application/rdf+xml"

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


def _names(people: Iterable[Author]) -> list[tuple[str, str]]:
    return [(author.short, f"{author.given} {author.suffix}".strip()) for author in people]


def rdf(reference: Reference) -> str:
    """The reference as an RDF document, with what its study found as a note."""
    page = address_of(reference)
    note = render_template("_zotero_note.html", reference=reference, page=page)
    document = render_template(
        "_zotero.xml",
        reference=reference,
        page=page,
        fields=_fields(reference, item_type(reference)),
        authors=_names(reference.authors) + [("et al.", "")] * reference.more_authors,
        editors=_names(extra_names(reference, "editor")),
        note=note.strip(),
    )
    return xml_text(document)
