"""Crossref's JSON: one work, a list of works, or an answer of its interface."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from references.formats.dates import PartialDate
from references.formats.field_values import as_extra, doi_of, language, pages_of
from references.formats.json_items import (
    date_of_item,
    from_items,
    plain_at,
    plain_of,
    text_of,
    texts_of,
)
from references.formats.markup import plain
from references.formats.names import split_family, write_authors
from references.formats.publication_types import type_from
from references.formats.results import Reading
from references.formats.tables import Fields, reference_from
from references.identifiers import isbn_of, issn_of
from references.preprints import PREPRINT
from references.record import Author, Reference

NAME = "crossref-json"
_DATES = ("published", "published-print", "issued", "published-online", "posted", "created")
_RETRACTED = ("retraction", "withdrawal", "removal")

Item = Mapping[str, Any]


def _name(entry: Any) -> Author | None:
    if not isinstance(entry, Mapping):
        return None
    family, given, group, suffix = (
        plain_of(entry, part) for part in ("family", "given", "name", "suffix")
    )
    if not family and not given:
        return Author(literal=group) if group else None
    particle, family = split_family(family or given)
    return Author(
        family=family, given=given if family != given else "", particle=particle, suffix=suffix
    )


def _names(item: Item, name: str) -> tuple[Author, ...]:
    entries = item.get(name)
    names = map(_name, entries if isinstance(entries, list) else [])
    return tuple(name for name in names if name)


def _title(item: Item) -> str:
    title, subtitle = plain_of(item, "title"), plain_of(item, "subtitle")
    if subtitle and subtitle.casefold() not in title.casefold():
        return f"{title}: {subtitle}" if title else subtitle
    return title


def _date(item: Item) -> PartialDate:
    dates = (date_of_item(item.get(name)) for name in _DATES)
    return next((date for date in dates if date.year is not None), PartialDate())


def _containers(item: Item) -> list[str]:
    """The names of what holds the work, a series first."""
    return [plain(text) for text in texts_of(item.get("container-title"))]


def _issns(item: Item) -> list[str]:
    return [issn for text in texts_of(item.get("ISSN")) if (issn := issn_of(text))]


def _status(item: Item) -> str:
    """ "retracted" and the like, from the notices that Crossref lists about the work."""
    entries = item.get("updated-by")
    kinds = [
        text_of(entry.get("type")).lower().replace("_", "-")
        for entry in (entries if isinstance(entries, list) else [])
        if isinstance(entry, Mapping)
    ]
    if any(kind in _RETRACTED for kind in kinds):
        return "retracted"
    if any("concern" in kind for kind in kinds):
        return "expression-of-concern"
    return "corrected" if any("corr" in kind or "errat" in kind for kind in kinds) else ""


def _preprint(item: Item) -> str:
    is_posted = text_of(item.get("type")) == "posted-content"
    return PREPRINT if is_posted and text_of(item.get("subtype")) != "report" else ""


def _source(name: str) -> Callable[[Item], str]:
    return lambda item: as_extra(plain_of(item, name))


_FIELDS: Fields[Item] = {
    "type": lambda item: type_from("crossref", text_of(item.get("type"))),
    "title": _title,
    "authors": lambda item: _names(item, "author"),
    "journal": lambda item: (_containers(item) or [""])[-1],
    "volume": plain_at("volume"),
    "number": plain_at("issue"),
    "pages": lambda item: pages_of(
        text_of(item.get("page")) or text_of(item.get("article-number"))
    ),
    "doi": lambda item: doi_of(text_of(item.get("DOI"))),
    "issn": lambda item: next(iter(_issns(item)), ""),
    "isbn": lambda item: isbn_of(" ".join(texts_of(item.get("ISBN")))),
    "publisher": plain_at("publisher"),
    "language": lambda item: language(text_of(item.get("language"))),
    "url": plain_at("URL"),
    "abstract": plain_at("abstract"),
    "keywords": lambda item: tuple(dict.fromkeys(map(plain, texts_of(item.get("subject"))))),
    "status": _status,
    "date": _date,
    "editor": lambda item: write_authors(_names(item, "editor")),
    "translator": lambda item: write_authors(_names(item, "translator")),
    "address": _source("publisher-location"),
    "edition": _source("edition-number"),
    "eid": _source("article-number"),
    "series": lambda item: as_extra(_containers(item)[0]) if len(_containers(item)) > 1 else "",
    "shortjournal": _source("short-container-title"),
    "howpublished": _preprint,
    "eissn": lambda item: (_issns(item)[1:] or [""])[0],
}


def reference_of(item: Item) -> Reference:
    """The reference of one Crossref work (the object under "message" or in "items")."""
    return reference_from(item, _FIELDS)


def is_work(item: Item) -> bool:
    """True when an object says something a reference can hold."""
    return bool(item.get("DOI")) or isinstance(item.get("title"), list)


def read(text: str, name: str = "<text>") -> Reading:
    """The works of a file: an answer with "message" and "items", a list, or one work."""
    return from_items(text, name, NAME, reference_of, ("message", "items"), is_work)
