"""CSL JSON, the exchange form of citation processors and of Zotero.

What CSL has no variable for is left out when it is written; `losses` tells which fields those
are. Files that we wrote before kept it in `custom`, from where it is read.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from references.formats.dates import issued
from references.formats.field_values import (
    as_extra,
    doi_of,
    extra_names,
    extra_text,
    language,
    pages_of,
)
from references.formats.json_items import (
    date_of_item,
    from_items,
    is_text,
    plain_at,
    plain_of,
    text_of,
    texts_of,
)
from references.formats.losses import lost_fields, named_losses, restored
from references.formats.markup import plain
from references.formats.names import read_name, write_authors
from references.formats.publication_types import csl_type, type_from
from references.formats.results import Reading, WrittenFile, losses_of, unique_keys
from references.formats.tables import Fields, reference_from, words_of_format
from references.identifiers import isbn_of, issn_of, pmcid_of, pmid_of
from references.normalise import whole_number
from references.preprints import PREPRINT
from references.record import Author, Reference

NAME = "csl-json"
_CUSTOM = "evidence-base"

#: CSL variables that BibTeX knows under another name, kept in `extra`: texts, names, dates.
_TEXTS = words_of_format("fields.tsv", NAME)
_NAMES = words_of_format("fields.tsv", "csl-json-name")
_DATES = words_of_format("fields.tsv", "csl-json-date")
#: The variables that a field is written to.
_WRITTEN = {
    **{"title": "title", "journal": "container-title", "volume": "volume", "number": "issue"},
    **{"pages": "page", "doi": "DOI", "pmid": "PMID", "pmcid": "PMCID", "issn": "ISSN"},
    **{"isbn": "ISBN", "publisher": "publisher", "language": "language", "url": "URL"},
    "abstract": "abstract",
}
#: What `status` says of a work that is retracted or doubted, before its state of publication.
_WARNINGS = {"retracted": "retracted", "expression-of-concern": "expression of concern"}
_READ_WARNINGS = {text: status for status, text in _WARNINGS.items()}
#: Names of variables that are read and not written: old ones, and one that the schema lacks.
_OLD_NAMES = ("journalAbbreviation", "shortTitle", "event", "article-number")
_FROM_EXTRA = {field: name for name, field in reversed(_TEXTS.items()) if name not in _OLD_NAMES}

Item = Mapping[str, Any]


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
    parts = {key: plain(str(value)) for key, value in name.items() if is_text(value)}
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


def _pages(item: Item) -> str:
    names = ("page", "page-first", "article-number", "eid")
    return next((pages for name in names if (pages := pages_of(text_of(item.get(name))))), "")


def _keywords(item: Item) -> tuple[str, ...]:
    keyword = text_of(item.get("keyword"))
    words = keyword.split(";" if ";" in keyword else ",")
    plains = map(plain, [*words, *texts_of(item.get("categories"))])
    return tuple(dict.fromkeys(word for word in plains if word))


def _other_variables(item: Item) -> dict[str, str]:
    extra: dict[str, str] = {}
    for name, field in _NAMES.items():
        if names := _authors(item.get(name)):
            extra[field] = write_authors(names)
    for name, field in _TEXTS.items():
        if text := plain_of(item, name):
            extra.setdefault(field, as_extra(text))
    for name, field in _DATES.items():
        if text := date_of_item(item.get(name)).iso:
            extra[field] = text
    if _warning(item):
        extra.pop(_TEXTS["status"], None)
    if text_of(item.get("type")) == "article":
        extra.setdefault("howpublished", PREPRINT)
    return extra


def _warning(item: Item) -> str:
    """ "retracted" or "expression-of-concern", where the item says so."""
    return _READ_WARNINGS.get(text_of(item.get("status")).strip().lower().replace("-", " "), "")


def _joined(item: Item, name: str) -> str:
    return " ".join(texts_of(item.get(name)))


_FIELDS: Fields[Item] = {
    "key": lambda item: text_of(item.get("id")).strip(),
    "type": lambda item: type_from("csl", text_of(item.get("type"))),
    "title": plain_at("title"),
    "authors": lambda item: _authors(item.get("author")),
    "journal": plain_at("container-title"),
    "volume": plain_at("volume"),
    "number": plain_at("issue"),
    "pages": _pages,
    "doi": lambda item: doi_of(text_of(item.get("DOI"))),
    "pmid": lambda item: pmid_of(text_of(item.get("PMID"))),
    "pmcid": lambda item: pmcid_of(text_of(item.get("PMCID"))),
    "issn": lambda item: issn_of(_joined(item, "ISSN")),
    "isbn": lambda item: isbn_of(_joined(item, "ISBN")),
    "publisher": plain_at("publisher"),
    "language": lambda item: language(text_of(item.get("language"))),
    "url": plain_at("URL"),
    "abstract": plain_at("abstract"),
    "keywords": _keywords,
    "extra": _other_variables,
    "status": _warning,
    "date": lambda item: date_of_item(item.get("issued")),
}


def reference_of(item: Item) -> Reference:
    """The reference of one CSL item."""
    reference = reference_from(item, _FIELDS)
    custom = item.get("custom")
    kept = custom.get(_CUSTOM) if isinstance(custom, Mapping) else None
    return restored(reference, kept) if isinstance(kept, Mapping) else reference


def native_item(reference: Reference) -> dict[str, Any]:
    """The reference in CSL's own variables, without what they cannot say."""
    item: dict[str, Any] = {"id": reference.key, "type": csl_type(reference)}
    item |= {name: text for field, name in _WRITTEN.items() if (text := getattr(reference, field))}
    if reference.keywords:
        item["keyword"] = "; ".join(reference.keywords)
    if reference.authors:
        item["author"] = [name_of(author) for author in reference.authors]
    parts = [part for part in issued(reference) if part is not None]
    if parts:
        item["issued"] = {"date-parts": [parts]}
    for field, name in _FROM_EXTRA.items():
        if text := extra_text(reference, field):
            item[name] = text
    if text := _WARNINGS.get(reference.status, ""):
        item["status"] = text
    for name, field in _NAMES.items():
        if names := extra_names(reference, field):
            item[name] = [name_of(author) for author in names]
    for name, field in _DATES.items():
        written = extra_text(reference, field).split("-")
        numbers = [whole_number(part) for part in written]
        if None not in numbers and len(written[0]) == 4:
            item[name] = {"date-parts": [numbers]}
    return item


def read(text: str, name: str = "<text>") -> Reading:
    """The references of a CSL JSON file: a list, one item, or an object with "items"."""
    return from_items(text, name, NAME, reference_of, ("items", "references"))


def write(references: Iterable[Reference]) -> WrittenFile:
    """A list of CSL items."""
    items, lost = [], []
    for reference, key in unique_keys(tuple(references)):
        item = native_item(reference)
        native = reference_of(item)
        item["id"] = key
        items.append(item)
        names = named_losses(reference, native, lost_fields(reference, native))
        lost.append((reference.key, names))
    content = json.dumps(items, ensure_ascii=False, indent=1) + "\n"
    return WrittenFile(content, losses_of("CSL JSON", lost))
