"""CSL JSON, the exchange form of citation processors and of Zotero.

What CSL has no variable for is carried in `custom`, which processors ignore.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from references.formats import carry
from references.formats.json_items import from_items, is_text, text_of, texts_of
from references.formats.kinds import PREPRINT, csl_type, from_csl
from references.formats.markup import plain
from references.formats.names import write_authors
from references.formats.reading import Reading, WrittenFile, losses_of, unique_keys
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
    pmcid_of,
    pmid_of,
    read_name,
    year_of,
)
from references.record import Author, Reference

NAME = "csl-json"
_CUSTOM = "evidence-base"

#: CSL variables that BibTeX knows under another name, kept in `extra`.
_EXTRA = {
    "publisher-place": "address",
    "edition": "edition",
    "note": "note",
    "genre": "genre",
    "collection-title": "series",
    "container-title-short": "shortjournal",
    "title-short": "shorttitle",
    "event-title": "eventtitle",
    "event-place": "venue",
    "archive": "archive",
    "source": "source",
    "chapter-number": "chapter",
    "number-of-pages": "pagetotal",
    "medium": "medium",
    "version": "version",
    "call-number": "callnumber",
    "annote": "annote",
    "section": "section",
    "original-title": "origtitle",
    "number-of-volumes": "volumes",
    "dimensions": "dimensions",
    "archive_location": "archivelocation",
    "status": "pubstate",
    "number": "csl-number",
    "collection-number": "seriesnumber",
    "references": "references",
    "scale": "scale",
    "journalAbbreviation": "shortjournal",
    "shortTitle": "shorttitle",
    "event": "eventtitle",
    "jurisdiction": "jurisdiction",
    "authority": "authority",
    "reviewed-title": "reviewedtitle",
    "original-publisher": "origpublisher",
    "original-publisher-place": "origlocation",
    "archive-place": "archiveplace",
}
_NAMES = {
    "editor": "editor",
    "translator": "translator",
    "collection-editor": "serieseditor",
    "container-author": "bookauthor",
    "director": "director",
    "composer": "composer",
    "illustrator": "illustrator",
    "interviewer": "interviewer",
    "recipient": "recipient",
    "original-author": "origauthor",
    "reviewed-author": "reviewedauthor",
    "editorial-director": "editorialdirector",
}
_DATES = {
    "accessed": "urldate",
    "original-date": "origdate",
    "event-date": "eventdate",
    "submitted": "submitted",
}


def name_of(author: Author) -> dict[str, str]:
    """A CSL name."""
    if author.literal:
        return {"literal": author.literal}
    parts = {
        "family": author.family,
        "given": author.given,
        "non-dropping-particle": author.particle,
        "suffix": author.suffix,
    }
    return {name: value for name, value in parts.items() if value}


def _author(name: Any) -> Author | None:
    if isinstance(name, str):
        return read_name(name)
    if not isinstance(name, Mapping):
        return None
    parts = {key: plain(value) for key, value in name.items() if is_text(value)}
    if parts.get("literal") or (parts.get("name") and not parts.get("family")):
        return Author(literal=parts.get("literal") or parts["name"])
    particle = " ".join(
        part
        for part in (parts.get("dropping-particle"), parts.get("non-dropping-particle"))
        if part
    )
    family = parts.get("family", "")
    given = parts.get("given", "")
    if not family and not given:
        return None
    return Author(family=family, given=given, particle=particle, suffix=parts.get("suffix", ""))


def _authors(value: Any) -> tuple[Author, ...]:
    names = value if isinstance(value, list) else []
    return tuple(author for name in names if (author := _author(name)))


def date_of_item(value: Any) -> tuple[int | None, int | None, int | None]:
    """Year, month and day of a CSL date; the first of a range."""
    if not isinstance(value, Mapping):
        return (year_of(str(value)), None, None) if is_text(value) else (None, None, None)
    parts = value.get("date-parts")
    first = parts[0] if isinstance(parts, list) and parts else None
    numbers: list[int] = []
    for part in first if isinstance(first, list) else ():
        text = str(part).strip()
        if not (text.isascii() and text.isdigit() and len(text) < 5):
            break
        numbers.append(int(text))
    if not numbers or not 1500 <= numbers[0] <= 2100:
        words = " ".join(text_of(value.get(name)) for name in ("literal", "raw"))
        return year_of(words), None, None
    month = numbers[1] if len(numbers) > 1 and 1 <= numbers[1] <= 12 else None
    day = numbers[2] if month and len(numbers) > 2 and 1 <= numbers[2] <= 31 else None
    return numbers[0], month, day


def _iso(value: Any) -> str:
    return "-".join(f"{part:02d}" for part in date_of_item(value) if part)


def reference_of(item: Mapping[str, Any]) -> Reference:
    """The reference of one CSL item."""
    extra: dict[str, str] = {}
    year, month, day = date_of_item(item.get("issued"))
    dated(extra, month, day)
    for name, field in _NAMES.items():
        if names := _authors(item.get(name)):
            extra[field] = write_authors(names, False)
    for name, field in _EXTRA.items():
        if (text := plain(text_of(item.get(name)))) and field not in extra:
            extra[field] = as_extra(text)
    for name, field in _DATES.items():
        if text := _iso(item.get(name)):
            extra[field] = text
    kind = text_of(item.get("type"))
    if kind == "article":
        extra.setdefault("howpublished", PREPRINT)
    categories = texts_of(item.get("categories"))
    keyword = text_of(item.get("keyword"))
    separator = ";" if ";" in keyword else ","
    keywords = [plain(word) for word in [*keyword.split(separator), *categories]]
    reference = Reference(
        key=text_of(item.get("id")).strip(),
        type=from_csl(kind),
        title=plain(text_of(item.get("title"))),
        authors=_authors(item.get("author")),
        year=year,
        journal=plain(text_of(item.get("container-title"))),
        volume=plain(text_of(item.get("volume"))),
        number=plain(text_of(item.get("issue"))),
        pages=pages_of(text_of(item.get("page")) or text_of(item.get("page-first"))),
        doi=doi_of(text_of(item.get("DOI"))),
        pmid=pmid_of(text_of(item.get("PMID"))),
        pmcid=pmcid_of(text_of(item.get("PMCID"))),
        issn=issn_of(" ".join(texts_of(item.get("ISSN")))),
        isbn=isbn_of(" ".join(texts_of(item.get("ISBN")))),
        publisher=plain(text_of(item.get("publisher"))),
        language=language(text_of(item.get("language"))),
        url=plain(text_of(item.get("URL"))),
        abstract=plain(text_of(item.get("abstract"))),
        keywords=tuple(dict.fromkeys(word for word in keywords if word)),
        extra=extra,
    )
    custom = item.get("custom")
    carried = custom.get(_CUSTOM) if isinstance(custom, Mapping) else None
    return carry.restore(reference, carried) if isinstance(carried, Mapping) else reference


def native_item(reference: Reference) -> dict[str, Any]:
    """The reference in CSL's own variables, without what they cannot say."""
    item: dict[str, Any] = {"id": reference.key, "type": csl_type(reference)}
    texts = {
        "title": reference.title,
        "container-title": reference.journal,
        "volume": reference.volume,
        "issue": reference.number,
        "page": reference.pages,
        "DOI": reference.doi,
        "PMID": reference.pmid,
        "PMCID": reference.pmcid,
        "ISSN": reference.issn,
        "ISBN": reference.isbn,
        "publisher": reference.publisher,
        "language": reference.language,
        "URL": reference.url,
        "abstract": reference.abstract,
        "keyword": "; ".join(reference.keywords),
    }
    item |= {name: value for name, value in texts.items() if value}
    if reference.authors:
        item["author"] = [name_of(author) for author in reference.authors]
    parts = [part for part in issued(reference) if part is not None]
    if parts:
        item["issued"] = {"date-parts": [parts]}
    for name, field in _EXTRA.items():
        if name not in ("journalAbbreviation", "shortTitle", "event") and (
            text := extra_text(reference, field)
        ):
            item[name] = text
    for name, field in _NAMES.items():
        if names := extra_names(reference, field):
            item[name] = [name_of(author) for author in names]
    for name, field in _DATES.items():
        numbers = extra_text(reference, field).split("-")
        if all(number.isdigit() for number in numbers) and len(numbers[0]) == 4:
            item[name] = {"date-parts": [[int(number) for number in numbers]]}
    return item


def to_item(reference: Reference) -> tuple[dict[str, Any], tuple[str, ...]]:
    """The CSL item of a reference, and the fields that it holds in `custom` only."""
    item = native_item(reference)
    native = reference_of(item)
    lost = carry.lost_fields(reference, native)
    if lost:
        item["custom"] = {_CUSTOM: carry.pack(reference, native, lost)}
    return item, carry.named(reference, native, lost)


def read(text: str, name: str = "<text>") -> Reading:
    """The references of a CSL JSON file: a list, one item, or an object with "items"."""
    return from_items(text, name, NAME, reference_of, ("items", "references"))


def write(references: Iterable[Reference]) -> WrittenFile:
    """A list of CSL items."""
    items, found = [], []
    for reference, key in unique_keys(tuple(references)):
        item, lost = to_item(reference)
        item["id"] = key
        items.append(item)
        found.append((reference.key, lost))
    content = json.dumps(items, ensure_ascii=False, indent=1) + "\n"
    return WrittenFile(content, losses_of("CSL JSON", found, "the item's 'custom' object"))
