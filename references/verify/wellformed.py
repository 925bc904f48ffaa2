"""Whether a record can be right at all: checks that need no network.

Each check looks at one record (or at all together) and gives findings with the mend.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from rapidfuzz import fuzz, process
from stdnum import isbn as isbn_rules
from stdnum import issn as issn_rules

from references.record import Reference
from references.verify.differences import page_range, same_journal, words

_DOI = re.compile(r"10\.\d{4,9}(?:\.\d+)*/[^\s]+")
#: Above this no PubMed number has been given out (41 million in late 2025).
_HIGHEST_PMID = 60_000_000


@dataclass(frozen=True)
class Finding:
    """Something wrong with one field of one record, and what to do."""

    key: str
    field: str
    message: str

    def as_dict(self) -> dict[str, str]:
        """JSON-ready."""
        return {"field": self.field, "message": self.message}


def _identifiers(reference: Reference) -> Iterator[tuple[str, str]]:
    doi = reference.doi
    if doi and not _DOI.fullmatch(doi):
        yield "doi", f"'{doi}' is not a DOI; a DOI begins with 10. and has a slash"
    elif doi and doi[-1] in ".,;:":
        yield "doi", f"'{doi}' ends with '{doi[-1]}'; remove the sign"
    pmid = reference.pmid
    if pmid and not re.fullmatch(r"[1-9]\d{0,8}", pmid):
        yield "pmid", f"'{pmid}' is not a PubMed number; write its digits only"
    elif pmid and int(pmid) > _HIGHEST_PMID:
        yield "pmid", f"'{pmid}' is higher than any PubMed number; mend it"
    if reference.pmcid and not re.fullmatch(r"(?:PMC)?[1-9]\d{2,9}(?:\.\d+)?", reference.pmcid):
        yield "pmcid", f"'{reference.pmcid}' is not a PMC number; write PMC and digits"
    for issn in re.split(r"[\s,;]+", reference.issn):
        issn = re.sub(r"\(.*?\)", "", issn)
        if re.search(r"\d", issn) and not issn_rules.is_valid(issn):
            yield "issn", f"'{issn}' is not an ISSN: its check digit or its length is wrong"
    for isbn in re.split(r"[,;]|\s{2,}", reference.isbn):
        if re.search(r"\d{6}", isbn.replace("-", "").replace(" ", "")) and not isbn_rules.is_valid(
            re.sub(r"\(.*?\)", "", isbn).strip()
        ):
            yield "isbn", f"'{isbn.strip()}' is not an ISBN: its check digit or its length is wrong"


def _figures(reference: Reference) -> Iterator[tuple[str, str]]:
    this_year = datetime.now(UTC).year
    if reference.year is not None and reference.year > this_year + 1:
        yield "year", f"{reference.year} lies in the future"
    elif reference.year is not None and reference.year < 1600:
        yield "year", f"{reference.year} is before any journal"
    first, last = page_range(reference.pages)
    if first.isdigit() and last.isdigit() and int(last) < int(first):
        yield "pages", f"'{reference.pages}' ends before it begins"
    elif first.isdigit() and last.isdigit() and int(last) - int(first) > 1500:
        yield "pages", f"'{reference.pages}' are more than 1,500 pages"


def _core(reference: Reference) -> Iterator[tuple[str, str]]:
    for name in reference.missing:
        yield name, f"the {name} {'are' if name == 'authors' else 'is'} missing"


def check(reference: Reference) -> list[Finding]:
    """What is wrong with one record in itself."""
    found = (*_identifiers(reference), *_figures(reference), *_core(reference))
    return [Finding(reference.key, name, message) for name, message in found]


def journals(references: Iterable[Reference]) -> tuple[str, ...]:
    """The journal titles of a library, the more frequent first."""
    counted: dict[str, int] = {}
    for reference in references:
        if reference.type == "article" and reference.journal:
            counted[reference.journal] = counted.get(reference.journal, 0) + 1
    return tuple(sorted(counted, key=lambda name: (-counted[name], name)))


def misspelt_journal(reference: Reference, titles: Sequence[str]) -> Finding | None:
    """A journal one or two letters away from one of the library's that is not the same."""
    ours = " ".join(words(reference.journal))
    if reference.type != "article" or len(ours) < 8:
        return None
    if any(same_journal(reference.journal, [title]) for title in titles):
        return None
    folded = {title: " ".join(words(title)) for title in titles}
    best = process.extractOne(ours, folded, scorer=fuzz.ratio, score_cutoff=93)
    if best is None:
        return None
    return Finding(
        reference.key,
        "journal",
        f"'{reference.journal}' is no title of the library; is '{best[2]}' meant?",
    )


def duplicates(references: Iterable[Reference]) -> list[Finding]:
    """Records that share a DOI or a PubMed number with one before them."""
    seen: dict[tuple[str, str], str] = {}
    found = []
    for reference in references:
        for name, value in (("doi", reference.doi.lower()), ("pmid", reference.pmid)):
            if not value:
                continue
            first = seen.setdefault((name, value), reference.key)
            if first != reference.key:
                found.append(
                    Finding(reference.key, name, f"the same {name.upper()} as '{first}': one work")
                )
    return found
