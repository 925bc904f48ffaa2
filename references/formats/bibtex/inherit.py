"""What an entry takes from other entries: BibLaTeX's `crossref` and `xdata`, and `eprint`."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from references.formats.bibtex.fields import ALIASES
from references.formats.dates import date_of
from references.identifiers import printed_pmcid, printed_pmid


@dataclass(frozen=True, slots=True)
class BibtexEntry:
    """One entry as its file has it, names in lower case; `line` is where it starts."""

    kind: str
    key: str
    values: Mapping[str, str]
    line: int


#: What an entry takes from the one its `crossref` names, by the rules of BibLaTeX (manual,
#: appendix B); identifiers and what describes the other work alone are left there.
_SHARED = re.compile(
    "year|date|month|journal|journaltitle|booktitle|shortjournal|volume|number|publisher"
    "|organization|institution|address|location|editor|series|edition|isbn|issn|eventtitle"
    "|eventdate|venue|howpublished|language|langid"
)
_IN_BOOKS = re.compile(
    "inbook|bookinbook|suppbook|incollection|suppcollection|inproceedings|conference|inreference"
)
_NOTES = ("note", "annote", "annotation", "extra")
#: Fields that may say what other fields are there for.
ELSEWHERE = frozenset({"crossref", "xdata", "eprint", "howpublished", *_NOTES})
_ADDRESS = re.compile(r"\\url\s*\{\s*([^{}\s]+)\s*\}|(https?://[^\s{},]+)")
_ACCESSED = re.compile(
    r"\b(?:accessed|retrieved|visited|viewed|cited|consult[ée]+e?|acc[ée]d[ée]+e?)\b"
    r"(?:\s+(?:on|le|at))?\s*:?\s*(\d{4}-\d\d(?:-\d\d)?|\d{4}\s+[^\W\d]+\.?\s+\d{1,2}"
    r"|\d{1,2}(?:er|st|nd|rd|th)?\s+[^\W\d]+\.?\s+\d{4}|[^\W\d]+\.?\s+\d{1,2},?\s+\d{4})",
    re.I,
)
_PUBMED = re.compile(r"pubmed|pmid|medline", re.IGNORECASE)


def _filled(kind: str, name: str, parent: str) -> str:
    """The field that an entry of a kind fills with field `name` of its parent; "" for none."""
    if name == "title" and _IN_BOOKS.fullmatch(kind):
        return "booktitle"
    if name == "title" and parent == "periodical":
        return "journaltitle"
    if name == "subtitle":
        return "booksubtitle" if _IN_BOOKS.fullmatch(kind) else ""
    if name == "author":
        return name if kind in ("inbook", "bookinbook", "suppbook") else ""
    return name if _SHARED.fullmatch(name) else ""


def implied(
    entry: BibtexEntry,
    by_key: Mapping[str, BibtexEntry],
    known: dict[int, dict[str, str]],
    depth: int = 8,
) -> dict[str, str]:
    """The fields that an entry takes from `xdata` and `crossref` entries, and its PubMed number.

    What it says itself, under whatever name, is never replaced. `known` are the answers given
    before: entries that name each other in circles or in crowds are read once.
    """
    if id(entry) in known or not depth:
        return known.get(id(entry), {})
    taken = known[id(entry)] = {}
    values = entry.values
    named = {ALIASES.get(name, name) for name in values}

    def offer(name: str, value: str) -> None:
        if name and value and ALIASES.get(name, name) not in named:
            taken[name] = value
            named.add(ALIASES.get(name, name))

    for field_name in ("xdata", "crossref"):
        for key in values.get(field_name, "").lower().split(","):
            parent = by_key.get(key.strip("{} "))
            if parent is None or parent is entry:
                continue
            more = implied(parent, by_key, known, depth - 1)
            for name, value in (*parent.values.items(), *more.items()):
                is_data = field_name == "xdata" and name != "xdata"
                offer(name if is_data else _filled(entry.kind, name, parent.kind), value)
    if _PUBMED.fullmatch(values.get("eprinttype") or values.get("archiveprefix") or ""):
        offer("pmid", values.get("eprint", ""))
    _offer_from_notes(values, offer)
    return taken


def _offer_from_notes(values: Mapping[str, str], offer: Callable[[str, str], None]) -> None:
    """The address and the day of a visit that a note tells, and Zotero's PubMed number."""
    notes = "; ".join(values[name] for name in _NOTES if name in values)
    if pmid := printed_pmid(notes):
        offer("pmid", pmid[0])
    if pmcid := printed_pmcid(notes):
        offer("pmcid", pmcid[0])
    address = _ADDRESS.search(values.get("howpublished", ""))
    if address:
        offer("url", address[1] or address[2])
    if (address or values.get("url")) and (visit := _ACCESSED.search(notes)):
        day = date_of(visit[1])
        offer("urldate", day.iso if day.year else "")
