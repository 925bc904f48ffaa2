"""Values that several formats write alike: languages, pages, identifiers, BibTeX source."""

from __future__ import annotations

import re
from typing import NamedTuple

from references.formats.latex import decode_address, encode, text_of
from references.formats.markup import plain
from references.formats.names import read_authors
from references.formats.tables import rows
from references.identifiers import doi_in, without_doi_label
from references.normalise import plain_pages
from references.record import Author, Reference

_NO_LANGUAGE = "und"  # "undetermined" in ISO 639-2
#: Names and codes of languages as files write them, to ISO 639-1.
LANGUAGES = {name: code for code, names in rows("languages.tsv") for name in names.split()}


def language(value: str) -> str:
    """ISO 639-1 of a language's name or code, the value itself when it is another one."""
    text = plain(value).strip().rstrip(".")
    lowered = text.lower()
    if lowered == _NO_LANGUAGE:
        return ""
    if re.fullmatch(r"[a-z]{2}[-_][a-z]{2,4}", lowered):
        return lowered[:2]
    return LANGUAGES.get(lowered, lowered if re.fullmatch(r"[a-z]{2}", lowered) else text)


_NO_PAGES = re.compile(
    r"\bno\b.*\bpaginat|\bno page|not (?:specified|available|paginated)|^n\.?/a\b", re.I
)


def pages_of(value: str) -> str:
    """Pages as a record holds them, of a value that may hold tags and entities.

    Databases such as Ovid's say in words that there are none.
    """
    text = plain(value)
    return "" if _NO_PAGES.search(text) else plain_pages(text)


class SourceLine(NamedTuple):
    """Where an article stands, as one line of a database tells it."""

    journal: str = ""
    volume: str = ""
    number: str = ""
    pages: str = ""


#: Ovid: "Pain. 12(3):101-110, 2020 Mar."
_SOURCE = re.compile(
    r"(?P<journal>\D.*?)[.,]? (?P<volume>\d[\w/-]*)(?: ?\((?P<number>[^)]+)\))?"
    r"(?: ?: ?(?P<pages>[\w-]+)|, \d{4}\b).*"
)


def source_of(text: str) -> SourceLine:
    """The place in a line about it, of Ovid or Cochrane, who name the journal only; no address."""
    if match := _SOURCE.fullmatch(text):
        return SourceLine(*(part or "" for part in match.groups()))
    return SourceLine() if "://" in text else SourceLine(text.rstrip(". "))


def read_doi(value: str) -> str:
    """The bare DOI of a BibTeX value that may be an address or carry "doi:"."""
    return without_doi_label(decode_address(value))


def doi_of(value: str) -> str:
    """The first DOI in a value that may hold tags, entities and escapes; "" without one."""
    return doi_in(decode_address(plain(value)))


def extra_text(reference: Reference, name: str) -> str:
    """A field of `extra` (BibTeX source) as text."""
    value = reference.extra.get(name, "")
    return text_of(value) if value else ""


def extra_names(reference: Reference, name: str) -> tuple[Author, ...]:
    """A list of names in `extra`, such as the editors."""
    value = reference.extra.get(name, "")
    return read_authors(value)[0] if value else ()


def as_extra(text: str) -> str:
    """Text as the BibTeX source that `extra` holds."""
    return encode(" ".join(text.split()))
