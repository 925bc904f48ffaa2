"""Printed references in common styles, right and wrong, made from real records.

The records are those of the library; the styles are the usual ones; the errors are the kinds
that studies of quotation errors and of generated references report.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace

from service_double import Record

from references.record import Author, Reference


def _initials(author: Author) -> str:
    return author.initials


def _dotted(author: Author) -> str:
    return " ".join(f"{sign}." for sign in author.initials)


def vancouver(r: Reference) -> str:
    names = [f"{a.short} {_initials(a)}" for a in r.authors]
    listed = ", ".join(names[:6]) + (", et al" if len(names) > 6 else "")
    place = f"{r.year};{r.volume}" + (f"({r.number})" if r.number else "")
    place += f":{r.pages}" if r.pages else ""
    return f"{listed}. {r.title}. {r.journal}. {place.rstrip(';')}."


def vancouver_doi(r: Reference) -> str:
    return f"12. {vancouver(r)} doi: {r.doi}." if r.doi else vancouver(r)


def ama(r: Reference) -> str:
    names = [f"{a.short} {_initials(a)}" for a in r.authors]
    listed = ", ".join(names) if len(names) <= 6 else ", ".join(names[:3]) + ", et al"
    pages = f":{r.pages}" if r.pages else ""
    return f"{listed}. {r.title}. {r.journal}. {r.year};{r.volume}{pages}."


def apa(r: Reference) -> str:
    names = [f"{a.short}, {_dotted(a)}" for a in r.authors]
    listed = names[0] if len(names) == 1 else ", ".join(names[:-1]) + ", & " + names[-1]
    place = f", {r.volume}" + (f"({r.number})" if r.number else "") if r.volume else ""
    place += f", {r.pages.replace('-', '–')}" if r.pages else ""
    return f"{listed} ({r.year}). {r.title}. {r.journal}{place}." + (
        f" https://doi.org/{r.doi}" if r.doi else ""
    )


def harvard(r: Reference) -> str:
    names = [f"{a.short}, {_dotted(a).replace(' ', '')}" for a in r.authors]
    listed = names[0] if len(names) == 1 else ", ".join(names[:-1]) + " and " + names[-1]
    place = f", {r.volume}" if r.volume else ""
    place += f", pp. {r.pages}" if r.pages else ""
    return f"{listed} ({r.year}) '{r.title}', {r.journal}{place}."


def ieee(r: Reference) -> str:
    names = [f"{_dotted(a)} {a.short}" for a in r.authors]
    listed = names[0] if len(names) == 1 else ", ".join(names[:-1]) + ", and " + names[-1]
    place = f", vol. {r.volume}" if r.volume else ""
    place += f", no. {r.number}" if r.number else ""
    place += f", pp. {r.pages}" if r.pages else ""
    return f"[3] {listed}, “{r.title},” {r.journal}{place}, {r.year}."


def first_only(r: Reference) -> str:
    """As the first text prints them: first author, title, journal, year."""
    first = r.authors[0]
    more = " et al." if len(r.authors) > 1 else "."
    return f"{first.short} {_initials(first)}{more} {r.title}. {r.journal}. {r.year}."


def _listed(names: list[str], last: str, most: int = 10**6) -> str:
    if len(names) > most:
        return f"{names[0]}, et al"
    return names[0] if len(names) == 1 else ", ".join(names[:-1]) + last + names[-1]


def _given_first(a: Author) -> str:
    return f"{a.given} {a.short}"


def mla(r: Reference) -> str:
    names = [f"{r.authors[0].short}, {r.authors[0].given}", *map(_given_first, r.authors[1:])]
    place = f", vol. {r.volume}" if r.volume else ""
    place += f", no. {r.number}" if r.number else ""
    pages = f", pp. {r.pages}" if r.pages else ""
    listed = _listed(names, ", and ", 2).rstrip(".")
    return f"{listed}. “{r.title}.” {r.journal}{place}, {r.year}{pages}."


def chicago_note(r: Reference) -> str:
    listed = _listed(list(map(_given_first, r.authors)), " and ", 3)
    place = f" {r.volume}" if r.volume else ""
    place += f", no. {r.number}" if r.number else ""
    pages = f": {r.pages}" if r.pages else ""
    return f"4. {listed}, “{r.title},” {r.journal}{place} ({r.year}){pages}."


def chicago_author_date(r: Reference) -> str:
    names = [f"{r.authors[0].short}, {r.authors[0].given}", *map(_given_first, r.authors[1:])]
    place = f" {r.volume}" if r.volume else ""
    place += f" ({r.number})" if r.number else ""
    pages = f": {r.pages.replace('-', '–')}" if r.pages else ""
    listed = _listed(names, ", and ").rstrip(".")
    return f"{listed}. {r.year}. “{r.title}.” {r.journal}{place}{pages}." + (
        f" https://doi.org/{r.doi}." if r.doi else ""
    )


def nature(r: Reference) -> str:
    names = [f"{a.short}, {_dotted(a)}" for a in r.authors]
    listed = f"{names[0]} et al." if len(names) > 5 else _listed(names, " & ")
    place = f" {r.volume}" if r.volume else ""
    place += f", {r.pages.replace('-', '–')}" if r.pages else ""
    return f"{listed} {r.title}. {r.journal}{place} ({r.year})."


def elsevier(r: Reference) -> str:
    listed = ", ".join(f"{_dotted(a).replace(' ', '')} {a.short}" for a in r.authors)
    pages = f" {r.pages.replace('-', '–')}" if r.pages else ""
    return f"[7] {listed}, {r.title}, {r.journal} {r.volume} ({r.year}){pages}."


def acs(r: Reference) -> str:
    listed = "; ".join(f"{a.short}, {_dotted(a)}" for a in r.authors)
    place = f", {r.volume}" + (f" ({r.number})" if r.number else "") if r.volume else ""
    place += f", {r.pages}" if r.pages else ""
    return f"{listed} {r.title}. {r.journal} {r.year}{place}."


def french(r: Reference) -> str:
    """As French medical journals print them: spaces before the signs, short page ranges."""
    names = [f"{a.short} {_initials(a)}" for a in r.authors]
    listed = ", ".join(names[:3]) + (", et al." if len(names) > 3 else ".")
    first, _, last = r.pages.partition("-")
    same = next((n for n in range(len(first)) if first[n : n + 1] != last[n : n + 1]), 0)
    if first.isdigit() and last.isdigit() and len(first) == len(last):
        last = last[same:]
    pages = f" : {first}" + (f"-{last}" if last else "") if r.pages else ""
    return f"- {listed} {r.title}. {r.journal} {r.year} ; {r.volume}{pages}."


def iso_french(r: Reference) -> str:
    """ISO 690 as French libraries teach it."""
    names = [f"{a.short.upper()} {a.given}" for a in r.authors]
    place = f", vol. {r.volume}" if r.volume else ""
    place += f", n° {r.number}" if r.number else ""
    place += f", p. {r.pages}" if r.pages else ""
    return f"{_listed(names, ' et ')}. « {r.title} ». {r.journal}, {r.year}{place}."


STYLES: tuple[Callable[[Reference], str], ...] = (
    vancouver,
    vancouver_doi,
    ama,
    apa,
    harvard,
    ieee,
    first_only,
    mla,
    chicago_note,
    chicago_author_date,
    nature,
    elsevier,
    acs,
    french,
    iso_french,
)
#: Styles that shorten the author list, so that one more name cannot be seen.
SHORTENING = (ama, vancouver, vancouver_doi, mla, chicago_note, nature, french)


@dataclass(frozen=True)
class Case:
    """A printed reference, what is wrong with it ("" = nothing), and the status it deserves."""

    text: str
    error: str
    wanted: frozenset[str]
    key: str
    reference: Reference


def usable(references: Iterable[Reference]) -> list[Reference]:
    """Articles whose every core field was seen, with people as authors."""
    return [
        r
        for r in references
        if r.type == "article"
        and r.is_complete
        and not r.more_authors
        and r.journal
        and len(r.title.split()) >= 5
        and "(" not in r.title
        and all(a.family and a.given for a in r.authors)
    ]


def records(references: Iterable[Reference]) -> list[Record]:
    """The references as the services hold them."""
    return [
        Record(
            title=r.title,
            authors=[(a.short, a.given) for a in r.authors],
            year=r.year,
            journal=r.journal,
            volume=r.volume,
            issue=r.number,
            pages=r.pages,
            doi=r.doi or f"10.5555/{r.key}",
            pmid=r.pmid or str(20_000_000 + number),
        )
        for number, r in enumerate(references)
    ]


def _changed(r: Reference, error: str, others: list[Reference], chance: random.Random) -> Reference:
    other = chance.choice([o for o in others if o.journal != r.journal and o.title != r.title])
    if error == "year":
        return replace(r, year=(r.year or 2000) + chance.choice([-4, -2, 2, 3]))
    if error == "journal":
        return replace(r, journal=other.journal)
    if error == "authors":
        return replace(r, authors=other.authors)
    if error == "extra author":
        return replace(r, authors=(*r.authors, other.authors[0]))
    if error == "title":
        words = r.title.split()
        long = [n for n, w in enumerate(words) if n and len(w) > 5 and w.lower() != "systematic"]
        words[chance.choice(long or [1])] = "systematic"
        return replace(r, title=" ".join(words))
    if error == "volume":
        return replace(r, volume=str(int(r.volume) + 7) if r.volume.isdigit() else "7")
    if error == "invented":
        half, rest = r.title.split(), other.title.split()
        title = " ".join([*half[: len(half) // 2], *rest[len(rest) // 2 :]])
        # Three works: authors, year, journal and half a title of one would be that one, misprinted.
        third = chance.choice(others)
        while third is other:
            third = chance.choice(others)
        return replace(
            third,
            title=title,
            journal=other.journal,
            doi="",
            pmid="",
            pages="",
            volume=str(chance.randint(3, 60)),
            number="",
        )
    return r


ERRORS = (
    "",
    "",
    "",
    "",
    "year",
    "journal",
    "authors",
    "extra author",
    "title",
    "volume",
    "invented",
)


def cases(references: list[Reference], seed: int = 7) -> Iterator[Case]:
    """One case for each reference and style, the errors spread over them."""
    chance = random.Random(seed)
    for number, r in enumerate(references):
        for style in STYLES:
            error = ERRORS[(number + chance.randrange(len(ERRORS))) % len(ERRORS)]
            if style is first_only and error in ("volume", "extra author"):
                error = ""
            if style in SHORTENING and error == "extra author":
                error = "year"
            if error == "volume" and not r.volume:
                error = "year"
            changed = _changed(r, error, references, chance)
            wanted = {"": {"verified"}, "invented": {"not-located"}}.get(error, {"differs"})
            if error == "authors":
                wanted = {"differs", "not-located"}
            yield Case(style(changed), error, frozenset(wanted), r.key, changed)
