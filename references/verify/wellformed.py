"""Whether a record can be right at all: checks that need no network.

Each check looks at one record (or at all together) and gives problems with the mend.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime

from rapidfuzz import fuzz, process

from references.errors import Message, Problem, message, problem_in
from references.identifiers import HIGHEST_PMID, doi_key, is_doi, is_issn, is_pmcid, is_pmid, isbn13
from references.matching.journals import same_journal
from references.normalise import comparable_words, page_range, whole_number
from references.record import Reference

_LONGEST = 1500  # pages of one work
_FIRST_YEAR = 1600  # the first journals are of 1665
_MISSING = {
    "title": message("the title is missing"),
    "authors": message("the authors are missing"),
    "year": message("the year is missing"),
}


def _identifiers(reference: Reference) -> Iterator[tuple[str, Message]]:
    doi, pmid, pmcid = reference.doi, reference.pmid, reference.pmcid
    if doi and not is_doi(doi):
        yield (
            "doi",
            message("'{doi}' is not a DOI; a DOI begins with 10. and has a slash", doi=doi),
        )
    elif doi and doi[-1] in ".,;:":
        yield "doi", message("'{doi}' ends with '{end}'; remove it", doi=doi, end=doi[-1])
    if pmid and not is_pmid(pmid):
        yield "pmid", message("'{pmid}' is not a PubMed number; write its digits only", pmid=pmid)
    elif pmid and int(pmid) > HIGHEST_PMID:
        yield "pmid", message("'{pmid}' is higher than any PubMed number; mend it", pmid=pmid)
    if pmcid and not is_pmcid(pmcid):
        yield "pmcid", message("'{pmcid}' is not a PMC number; write PMC and digits", pmcid=pmcid)
    wrong = "'{number}' is not an {kind}: its check digit or its length is wrong"
    for issn in re.split(r"[\s,;]+", reference.issn):
        issn = re.sub(r"\(.*?\)", "", issn)
        if re.search(r"\d", issn) and not is_issn(issn):
            yield "issn", message(wrong, number=issn, kind="ISSN")
    for isbn in re.split(r"[,;]|\s{2,}", reference.isbn):
        isbn = isbn.strip()
        digits = re.sub(r"[- ]", "", isbn)
        if re.search(r"\d{6}", digits) and not isbn13(re.sub(r"\(.*?\)", "", isbn)):
            yield "isbn", message(wrong, number=isbn, kind="ISBN")


def _figures(reference: Reference) -> Iterator[tuple[str, Message]]:
    year = reference.year
    if year is not None and year > datetime.now(UTC).year + 1:
        yield "year", message("{year} lies in the future", year=year)
    elif year is not None and year < _FIRST_YEAR:
        yield "year", message("{year} is before any journal", year=year)
    first, last = map(whole_number, page_range(reference.pages))
    if first is not None and last is not None:
        if last < first:
            yield "pages", message("'{pages}' ends before it begins", pages=reference.pages)
        elif last - first > _LONGEST:
            yield "pages", message("'{pages}' are more than 1,500 pages", pages=reference.pages)


def _problem(reference: Reference, field: str, wrong: Message) -> Problem:
    place = reference.place
    return problem_in(place.file or reference.key, place.line, field, wrong)


def check_form(reference: Reference) -> list[Problem]:
    """What cannot be right in a record: identifiers, year, pages."""
    wrong = (*_identifiers(reference), *_figures(reference))
    return [_problem(reference, field, template) for field, template in wrong]


def check(reference: Reference) -> list[Problem]:
    """What is wrong with one record in itself: its form, and what it has to have."""
    return check_form(reference) + [
        _problem(reference, field, _MISSING[field]) for field in reference.missing
    ]


def journals(references: Iterable[Reference]) -> tuple[str, ...]:
    """The journal titles of a library, the more frequent first."""
    counted: dict[str, int] = {}
    for reference in references:
        if reference.type == "article" and reference.journal:
            counted[reference.journal] = counted.get(reference.journal, 0) + 1
    return tuple(sorted(counted, key=lambda name: (-counted[name], name)))


def misspelt_journal(reference: Reference, titles: Sequence[str]) -> Problem | None:
    """A journal one or two letters away from one of the library's that is not the same."""
    ours = " ".join(comparable_words(reference.journal))
    if reference.type != "article" or len(ours) < 8 or same_journal(reference.journal, titles):
        return None
    folded = {title: " ".join(comparable_words(title)) for title in titles}
    best = process.extractOne(ours, folded, scorer=fuzz.ratio, score_cutoff=93)
    if best is None:
        return None
    wrong = message(
        "'{journal}' is no title of the library; is '{title}' meant?",
        journal=reference.journal,
        title=best[2],
    )
    return _problem(reference, "journal", wrong)


def duplicates(references: Iterable[Reference]) -> dict[str, list[Problem]]:
    """By key, the records that share a DOI or a PubMed number with one before them."""
    first: dict[tuple[str, str], str] = {}
    shared: dict[str, list[Problem]] = {}
    for reference in references:
        for field, value in (("doi", doi_key(reference.doi)), ("pmid", reference.pmid)):
            if not value:
                continue
            key = first.setdefault((field, value), reference.key)
            if key != reference.key:
                wrong = message("the same {name} as '{key}': one work", name=field.upper(), key=key)
                shared.setdefault(reference.key, []).append(_problem(reference, field, wrong))
    return shared
