"""BibTeX and BibLaTeX as an exchange format; `references.bibtex` reads and writes them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from references import bibtex
from references.formats.reading import Reading, Written, unique_keys
from references.record import Reference

NAME = "bibtex"

#: What an entry takes from the one its `crossref` names, as BibTeX does.
_INHERITED = ("year", "publisher", "isbn", "issn", "volume")
_INHERITED_EXTRA = ("editor", "address", "location", "series", "month", "eventtitle")


def _inherit(reference: Reference, parent: Reference) -> Reference:
    known: dict[str, Any] = {
        name: getattr(parent, name) for name in _INHERITED if not getattr(reference, name)
    }
    if not reference.journal and reference.type in ("incollection", "inbook", "inproceedings"):
        known["journal"] = parent.journal or parent.title
    added = {name: parent.extra[name] for name in _INHERITED_EXTRA
             if name in parent.extra and name not in reference.extra}  # fmt: skip
    return replace(reference, extra={**reference.extra, **added}, **known)


def read(text: str, name: str = "<text>") -> Reading:
    """The entries of BibTeX text. An entry takes what it lacks from its `crossref`.

    Entries without a key, or with the key of another, are read.
    """
    found = bibtex.read_text(text, name, keyless=True)
    by_key = {reference.key.lower(): reference for reference in reversed(found.references)}
    references = []
    for reference in found.references:
        parent = by_key.get(reference.extra.get("crossref", "").strip("{} ").lower())
        if parent is not None and parent is not reference:
            reference = _inherit(reference, parent)
        references.append(reference)
    return Reading(tuple(references), found.rejected, found.remarks, NAME)


def write(references: Iterable[Reference]) -> Written:
    """BibTeX; it has a field for everything."""
    items = tuple(references)
    return Written(
        bibtex.write_text(replace(reference, key=key) for reference, key in unique_keys(items)), ()
    )
