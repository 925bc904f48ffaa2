"""What a reference says in MEDLINE's words, for both of PubMed's formats when they are written."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace

from references.formats.dates import issued
from references.formats.field_values import LANGUAGES, extra_text
from references.formats.losses import lost_fields, named_losses
from references.formats.medline import LIST, PUBMED_DESIGNS, descriptors, design_of
from references.formats.publication_types import pubmed_type
from references.identifiers import issn_of
from references.record import Reference

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_RETRACTED = "Retracted Publication"
#: NLM's codes of three letters by ours of two: the first that `languages.tsv` has for a language.
_CODES = {code: name for name, code in reversed(LANGUAGES.items()) if len(name) == 3}

#: Types of which PubMed has the book, and not an article.
BOOKS = ("book", "collection", "proceedings")
CHAPTERS = ("incollection", "inbook", "inreference")


def values_of(reference: Reference, name: str) -> list[str]:
    """The values that a reader joined in one field of `extra`."""
    return [value for value in extra_text(reference, name).split(LIST) if value.strip()]


def types_of(reference: Reference) -> list[str]:
    """Publication types: those it came with, else its kind; and what we know of its design."""
    types = values_of(reference, "pubtype") or [pubmed_type(reference)]
    design = PUBMED_DESIGNS.get(reference.study.design, "")
    if design and design_of(types) != reference.study.design:
        types.append(design)
    if reference.status == "retracted" and _RETRACTED not in types:
        types.append(_RETRACTED)
    return types


def keywords_of(reference: Reference) -> list[str]:
    """The keywords that are no subject headings, which have a place of their own."""
    headings = set(descriptors(values_of(reference, "mesh")))
    return [word for word in reference.keywords if word not in headings]


def language_code(reference: Reference) -> str:
    """The language in three letters, as NLM has it: "fre"; "" for one that is not known."""
    language = reference.language
    return _CODES.get(language, language if re.fullmatch("[a-z]{3}", language) else "")


def short_journal(reference: Reference) -> str:
    """The abbreviated name of the journal, or the one that is known."""
    return extra_text(reference, "shortjournal") or reference.journal


def serial_numbers(reference: Reference) -> dict[str, str]:
    """Each ISSN by its kind: "Print", "Electronic", "Linking"."""
    numbers = {
        "Print": reference.issn,
        "Electronic": extra_text(reference, "eissn"),
        "Linking": extra_text(reference, "issn-linking"),
    }
    return {kind: issn for kind, value in numbers.items() if (issn := issn_of(value))}


def date_parts(reference: Reference) -> tuple[str, str, str]:
    """Year, month and day of publication as PubMed writes them: "2021", "Mar", "8"."""
    year, month, day = issued(reference)
    return str(year or ""), _MONTHS[month - 1] if month else "", str(day or "")


def notices_of(reference: Reference) -> list[tuple[str, str]]:
    """The notices about a work: RefType and where each stands."""
    found: list[tuple[str, str]] = []
    for part in values_of(reference, "notices"):
        kind, _, where = part.partition(": ")
        if re.fullmatch("[A-Z][A-Za-z]+", kind) and where:
            found.append((kind, where))
        elif found:
            found[-1] = (found[-1][0], f"{found[-1][1]}{LIST}{part}")
    return found


def losses(reference: Reference, native: Reference) -> tuple[str, ...]:
    """What `native`, read from what was written, does not say; a number of an article is pages."""
    extra: Mapping[str, str] = reference.extra
    if extra_text(reference, "eid") == reference.pages:
        extra = {name: value for name, value in extra.items() if name != "eid"}
    meant = replace(reference, extra=extra)
    return named_losses(meant, native, lost_fields(meant, native))
