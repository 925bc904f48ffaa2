"""Europe PMC's JSON: its results (resultType=core), in whatever envelope a tool saved them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from references.formats.field_values import doi_of, language, pages_of
from references.formats.json_items import at_path, from_saved_answers, plain_at, text_at
from references.formats.markup import plain
from references.formats.medline import title_of
from references.formats.names import split_name
from references.formats.results import Reading
from references.formats.tables import Fields, reference_from
from references.identifiers import pmid_of
from references.normalise import year_of
from references.preprints import PREPRINT
from references.record import Author, Reference

NAME = "europepmc-json"

Item = Mapping[str, Any]


def entries(item: Item, outer: str, inner: str) -> list[Any]:
    """A list of the service's JSON; one entry may stand there without its list."""
    value = at_path(item, outer, inner)
    return value if isinstance(value, list) else [] if value is None else [value]


def kinds(item: Item) -> list[str]:
    """The publication types, in small letters."""
    return [str(kind).lower() for kind in entries(item, "pubTypeList", "pubType")]


def is_preprint(item: Item) -> bool:
    """True for a preprint."""
    return "preprint" in kinds(item) or item.get("source") == "PPR"


def _author(entry: Any) -> Author | None:
    if not isinstance(entry, Mapping):
        return None
    if group := entry.get("collectiveName"):
        return Author(literal=plain(str(group)))
    family, given = entry.get("lastName"), entry.get("firstName") or entry.get("initials")
    if family:
        return Author(family=plain(str(family)), given=plain(str(given or "")))
    return split_name(str(entry["fullName"])) if entry.get("fullName") else None


def _authors(item: Item) -> tuple[Author, ...]:
    named = map(_author, entries(item, "authorList", "author"))
    names = text_at("authorString")(item).rstrip(".").split(",")
    return tuple(author for author in named if author) or tuple(
        split_name(name) for name in names if name.strip()
    )


def _language(item: Item) -> str:
    code = language(text_at("language")(item))
    return code if len(code) == 2 else ""


def _keywords(item: Item) -> tuple[str, ...]:
    words = (str(word).strip() for word in entries(item, "keywordList", "keyword") if word)
    return tuple(dict.fromkeys(words))


#: Of paper and electronic editions, as answers have them and as the documentation does.
_ISSN = ("issn", "essn", "ISSN", "ESSN")
_FIELDS: Fields[Item] = {
    "type": lambda item: "misc" if is_preprint(item) else "article",
    "title": lambda item: title_of(plain_at("title")(item)),
    "authors": _authors,
    "year": lambda item: year_of(text_at("pubYear")(item)),
    "journal": plain_at("journalInfo", "journal", "title"),
    "volume": text_at("journalInfo", "volume"),
    "number": text_at("journalInfo", "issue"),
    "pages": lambda item: pages_of(text_at("pageInfo")(item)),
    "doi": lambda item: doi_of(text_at("doi")(item)),
    "pmid": lambda item: pmid_of(text_at("pmid")(item)),
    "pmcid": text_at("pmcid"),
    "issn": lambda item: next(
        filter(None, (text_at("journalInfo", "journal", name)(item) for name in _ISSN)), ""
    ),
    "language": _language,
    "abstract": plain_at("abstractText"),
    "keywords": _keywords,
    "howpublished": lambda item: PREPRINT if is_preprint(item) else "",
}


def reference_of(item: Item) -> Reference:
    """The reference of one result."""
    return reference_from(item, _FIELDS)


def is_work(item: Item) -> bool:
    """True for an object that is a result of Europe PMC."""
    return "id" in item and "source" in item and ("title" in item or "authorString" in item)


def read(text: str, name: str = "<text>") -> Reading:
    """The works of Europe PMC answers."""
    return from_saved_answers(text, name, NAME, reference_of, is_work)
