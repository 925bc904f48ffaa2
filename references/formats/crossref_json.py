"""Crossref's JSON: one work, a list of works, or an answer of its interface."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from references.formats import carry
from references.formats.csl_json import date_of_item
from references.formats.json_items import from_items, text_of, texts_of
from references.formats.kinds import PREPRINT, crossref_type, from_crossref
from references.formats.markup import plain
from references.formats.names import write_authors
from references.formats.reading import Reading, WrittenFile, losses_of
from references.formats.values import (
    as_extra,
    dated,
    doi_of,
    extra_names,
    extra_text,
    isbn_of,
    issn_of,
    issued,
    language,
    pages_of,
    split_family,
)
from references.record import Author, Reference

NAME = "crossref-json"
_CUSTOM = "evidence-base"
_DATES = ("published", "published-print", "issued", "published-online", "posted", "created")
_EXTRA = {"publisher-location": "address", "edition-number": "edition", "article-number": "eid"}
_RETRACTED = ("retraction", "withdrawal", "removal")


def _name(entry: Any) -> Author | None:
    if not isinstance(entry, Mapping):
        return None
    family, given, group, suffix = (
        plain(text_of(entry.get(part))) for part in ("family", "given", "name", "suffix")
    )
    if not family and not given:
        return Author(literal=group) if group else None
    particle, family = split_family(family or given)
    return Author(
        family=family, given=given if family != given else "", particle=particle, suffix=suffix
    )


def _name_of(author: Author) -> dict[str, str]:
    if author.literal:
        return {"name": author.literal}
    parts = {"given": author.given, "family": author.short, "suffix": author.suffix}
    return {name: value for name, value in parts.items() if value}


def _names(value: Any) -> tuple[Author, ...]:
    return (
        tuple(name for entry in value if (name := _name(entry))) if isinstance(value, list) else ()
    )


def _title(item: Mapping[str, Any]) -> str:
    title = plain(text_of(item.get("title")))
    subtitle = plain(text_of(item.get("subtitle")))
    if subtitle and subtitle.casefold() not in title.casefold():
        return f"{title}: {subtitle}" if title else subtitle
    return title


def _status(item: Mapping[str, Any]) -> str:
    """ "retracted" and the like, from the notices that Crossref lists about the work."""
    kinds = (
        [
            text_of(entry.get("type")).lower().replace("_", "-")
            for entry in item.get("updated-by") or ()
            if isinstance(entry, Mapping)
        ]
        if isinstance(item.get("updated-by"), list)
        else []
    )
    if any(kind in _RETRACTED for kind in kinds):
        return "retracted"
    if any("concern" in kind for kind in kinds):
        return "expression-of-concern"
    return "corrected" if any("corr" in kind or "errat" in kind for kind in kinds) else ""


def reference_of(item: Mapping[str, Any]) -> Reference:
    """The reference of one Crossref work (the object under "message" or in "items")."""
    extra: dict[str, str] = {}
    dates = [date_of_item(item.get(name)) for name in _DATES]
    date = next((date for date in dates if date[0] is not None), (None, None, None))
    dated(extra, date[1], date[2])
    if editors := _names(item.get("editor")):
        extra["editor"] = write_authors(editors, False)
    if translators := _names(item.get("translator")):
        extra["translator"] = write_authors(translators, False)
    for name, field in _EXTRA.items():
        if text := plain(text_of(item.get(name))):
            extra[field] = as_extra(text)
    containers = [plain(text) for text in texts_of(item.get("container-title"))]
    if len(containers) > 1:
        extra["series"] = as_extra(containers[0])
    if short := plain(text_of(item.get("short-container-title"))):
        extra["shortjournal"] = as_extra(short)
    kind = text_of(item.get("type"))
    if kind == "posted-content" and text_of(item.get("subtype")) in ("", "preprint"):
        extra["howpublished"] = PREPRINT
    issns = [found for text in texts_of(item.get("ISSN")) if (found := issn_of(text))]
    if len(issns) > 1:
        extra["eissn"] = issns[1]
    authors = _names(item.get("author"))
    reference = Reference(
        key="",
        type=from_crossref(kind),
        title=_title(item),
        authors=authors,
        year=date[0],
        journal=containers[-1] if containers else "",
        volume=plain(text_of(item.get("volume"))),
        number=plain(text_of(item.get("issue"))),
        pages=pages_of(text_of(item.get("page")) or text_of(item.get("article-number"))),
        doi=doi_of(text_of(item.get("DOI"))),
        issn=issns[0] if issns else "",
        isbn=isbn_of(" ".join(texts_of(item.get("ISBN")))),
        publisher=plain(text_of(item.get("publisher"))),
        language=language(text_of(item.get("language"))),
        url=plain(text_of(item.get("URL"))),
        abstract=plain(text_of(item.get("abstract"))),
        keywords=tuple(dict.fromkeys(plain(word) for word in texts_of(item.get("subject")))),
        status=_status(item),
        extra=extra,
    )
    carried = item.get(_CUSTOM)
    return carry.restore(reference, carried) if isinstance(carried, Mapping) else reference


def _native(reference: Reference) -> dict[str, Any]:
    texts = {
        "DOI": reference.doi,
        "volume": reference.volume,
        "issue": reference.number,
        "page": reference.pages,
        "publisher": reference.publisher,
        "language": reference.language,
        "URL": reference.url,
        "abstract": reference.abstract,
    }
    lists = {
        "title": reference.title,
        "container-title": reference.journal,
        "short-container-title": extra_text(reference, "shortjournal"),
        "ISSN": reference.issn,
        "ISBN": reference.isbn,
    }
    item: dict[str, Any] = {"type": crossref_type(reference)}
    item |= {name: value for name, value in texts.items() if value}
    item |= {name: [value] for name, value in lists.items() if value}
    item.setdefault("title", [])
    if eissn := extra_text(reference, "eissn"):
        item["ISSN"] = [*item.get("ISSN", []), eissn]
    if series := extra_text(reference, "series"):
        item["container-title"] = [series, *item.get("container-title", [])]
    if reference.keywords:
        item["subject"] = list(reference.keywords)
    for name, authors in (
        ("author", reference.authors),
        ("editor", extra_names(reference, "editor")),
        ("translator", extra_names(reference, "translator")),
    ):
        if authors:
            item[name] = [_name_of(author) for author in authors]
    for name, field in _EXTRA.items():
        if text := extra_text(reference, field):
            item[name] = text
    parts = [part for part in issued(reference) if part is not None]
    if parts:
        item["issued"] = {"date-parts": [parts]}
    return item


def is_work(item: Mapping[str, Any]) -> bool:
    """True when an object says something a reference can hold."""
    return bool(item.get("DOI")) or isinstance(item.get("title"), list)


def read(text: str, name: str = "<text>") -> Reading:
    """The works of a file: an answer with "message" and "items", a list, or one work."""
    return from_items(text, name, NAME, reference_of, ("message", "items"), is_work)


def write(references: Iterable[Reference]) -> WrittenFile:
    """An answer with all works, as Crossref's interface gives one."""
    items, found = [], []
    for reference in references:
        item = _native(reference)
        native = reference_of(item)
        lost = carry.lost_fields(reference, native)
        if lost:
            item[_CUSTOM] = carry.pack(reference, native, lost)
        items.append(item)
        found.append((reference.key, carry.named(reference, native, lost)))
    document = {
        "status": "ok",
        "message-type": "work-list",
        "message": {"total-results": len(items), "items": items},
    }
    content = json.dumps(document, ensure_ascii=False, indent=1) + "\n"
    return WrittenFile(
        content, losses_of("Crossref JSON", found, "the item's 'evidence-base' object")
    )
