"""Values that several formats write alike: languages, pages, identifiers, BibTeX source."""

from __future__ import annotations

import re

from references.formats.latex import decode, decode_address, encode
from references.formats.markup import plain
from references.formats.names import read_authors
from references.formats.tables import rows
from references.record import Author, Reference

#: Names and codes of languages as files write them, to ISO 639-1.
LANGUAGES = {name: code for code, names in rows("languages.tsv") for name in names.split()}


def language(value: str) -> str:
    """ISO 639-1 of a language's name or code, the value itself when it is another one."""
    text = plain(value).strip().rstrip(".")
    lowered = text.lower()
    if re.fullmatch(r"[a-z]{2}[-_][a-z]{2,4}", lowered):
        return lowered[:2]
    return LANGUAGES.get(lowered, lowered if re.fullmatch(r"[a-z]{2}", lowered) else text)


_FULL_RANGE = re.compile(r"^([A-Za-z]*)(\d+)-([A-Za-z]*)(\d+)$")


def pages_of(value: str) -> str:
    """ "1271-1277" with a plain hyphen; MEDLINE's "454-81" is written out."""
    text = re.sub(r"\s*[-\u2010-\u2015\u2212]+\s*", "-", plain(value))
    text = re.sub(r"^pp?\.?\s*(?=\d)", "", text, flags=re.I).strip("- ") if text else ""
    match = _FULL_RANGE.match(text)
    if match and not match[3] and len(match[4]) < len(match[2]):
        text = f"{match[1]}{match[2]}-{match[1]}{match[2][: -len(match[4])]}{match[4]}"
    return text


def read_doi(value: str) -> str:
    """The bare DOI of a value that may be an address or carry "doi:"."""
    return re.sub(
        r"^(?:https?://(?:dx\.)?doi\.org/|doi:\s*)", "", decode_address(value).strip(), flags=re.I
    )


def doi_of(value: str) -> str:
    """The DOI in a value, without address, prefix or closing full stop; "" without one."""
    text = read_doi(plain(value)).strip().strip('"').rstrip(".,;")
    match = re.search(r"10\.\d{4,9}/\S+", text)
    return match.group().rstrip(".,;") if match else ""


def issn_of(value: str) -> str:
    """The first ISSN in a value as "1234-567X", else ""."""
    match = re.search(r"(?<![\dXx-])(\d{4})-?(\d{3}[\dXx])(?![\dXx-])", value)
    return f"{match[1]}-{match[2].upper()}" if match else ""


def isbn_of(value: str) -> str:
    """The first ISBN in a value, its digits only, else ""."""
    for match in re.finditer(r"(?<!\d)(?:97[89][- ]?)?(?:\d[- ]?){9}[\dXx](?!\d)", value):
        digits = re.sub(r"[- ]", "", match.group()).upper()
        if len(digits) in (10, 13):
            return digits
    return ""


def pmid_of(value: str) -> str:
    """The digits of a PubMed number, else ""."""
    match = re.fullmatch(r"(?:pmid:?\s*)?0*([1-9]\d{0,8})(?:\[pmid\])?", value.strip(), re.I)
    return match[1] if match else ""


def pmcid_of(value: str) -> str:
    """A PubMed Central number as "PMC123", else ""."""
    match = re.search(r"\bPMC\s?(\d{2,10})\b", value, re.I)
    return f"PMC{match[1]}" if match else ""


def extra_text(reference: Reference, name: str) -> str:
    """A field of `extra` (BibTeX source) as text."""
    value = reference.extra.get(name, "")
    return " ".join(decode(value).split()) if value else ""


def extra_names(reference: Reference, name: str) -> tuple[Author, ...]:
    """A list of names in `extra`, such as the editors."""
    value = reference.extra.get(name, "")
    return read_authors(value)[0] if value else ()


def as_extra(text: str) -> str:
    """Text as the BibTeX source that `extra` holds."""
    return encode(" ".join(text.split()))
