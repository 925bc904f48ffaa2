"""COinS: a reference as an OpenURL (Z39.88-2004) in a span, which reference managers collect.

The forms follow what Zotero's translators look for (docs/interoperability.md).
"""

from __future__ import annotations

from urllib.parse import quote, urlencode

from references.record import Reference
from webapp.exports.parts import address_of, inverted_name
from webapp.exports.zotero import item_type, web_address

_JOURNAL = {"atitle": "title", "jtitle": "journal", "pub": "publisher"}
_IN_BOOK = {"atitle": "title", "btitle": "journal", "pub": "publisher"}
_BOOK = {"btitle": "title", "pub": "publisher"}
_OTHER = {"title": "title", "source": "journal", "publisher": "publisher"}
#: Zotero's item type -> format, genre, and OpenURL key -> field of the record.
_FORMATS: dict[str, tuple[str, str, dict[str, str]]] = {
    "journalArticle": ("journal", "article", _JOURNAL),
    "bookSection": ("book", "bookitem", _IN_BOOK),
    "conferencePaper": ("book", "proceeding", _IN_BOOK),
    "book": ("book", "book", _BOOK),
    "report": ("book", "report", _BOOK),
    "thesis": ("dissertation", "", {"title": "title", "inst": "publisher"}),
}


def coins(reference: Reference) -> str:
    """The reference as the title of a COinS span.

    Readers cut at "&" and "=", and read "+" as a space: every value is percent-encoded and a
    plus sign, which none of them can tell from a space, is written as its full-width form.
    """
    pairs = [
        ("url_ver", "Z39.88-2004"),
        ("ctx_ver", "Z39.88-2004"),
        ("rfr_id", "info:sid/evidence-base"),
        *_identifiers(reference),
        *_work(reference),
        *_people(reference),
        *_place(reference),
    ]
    kept = [(name, value.replace("+", "\uff0b")) for name, value in pairs if value]
    return urlencode(kept, quote_via=quote, safe="")


def _identifiers(reference: Reference) -> list[tuple[str, str]]:
    named = (
        ("info:doi/", reference.doi),
        ("info:pmid/", reference.pmid),
        ("urn:isbn:", reference.isbn),
    )
    own = [("rft_id", f"{scheme}{value}") for scheme, value in named if value]
    return [*own, ("rft_id", web_address(reference) or address_of(reference))]


def _work(reference: Reference) -> list[tuple[str, str]]:
    kind = item_type(reference)
    form, genre, fields = _FORMATS.get(kind, ("dc", "", _OTHER))
    return [
        ("rft_val_fmt", f"info:ofi/fmt:kev:mtx:{form}"),
        ("rft.genre", genre),
        ("rft.type", kind if form == "dc" else ""),
        *((f"rft.{key}", getattr(reference, name)) for key, name in fields.items()),
    ]


def _people(reference: Reference) -> list[tuple[str, str]]:
    """Authors in their order.

    A group that stands first has the field for corporations; one that stands elsewhere would
    lose its place there and is an author like the others.
    """
    first, *others = reference.authors or (None,)
    people = [("rft.au", inverted_name(author)) for author in others if author]
    if first is None:
        return people
    group = ("rft.aucorp", first.literal)
    return [group if first.literal else ("rft.au", inverted_name(first)), *people]


def _place(reference: Reference) -> list[tuple[str, str]]:
    first, _, last = reference.pages.partition("-")
    return [
        ("rft.date", str(reference.year or "")),
        ("rft.volume", reference.volume),
        ("rft.issue", reference.number),
        ("rft.pages", reference.pages),
        ("rft.spage", first),
        ("rft.epage", last),
        ("rft.issn", reference.issn),
        ("rft.isbn", reference.isbn),
        ("rft.language", reference.language),
    ]
