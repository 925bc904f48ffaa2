"""PubMed's tagged text (NBIB, MEDLINE), as the web site saves it and efetch gives it."""

from __future__ import annotations

from references.errors import Problem, problem_in
from references.formats.dates import PartialDate, date_of
from references.formats.field_values import as_extra, doi_of, language, pages_of
from references.formats.markup import plain
from references.formats.medline import (
    LIST,
    descriptors,
    design_of,
    kind_of,
    number_of,
    preprint_of,
    status_of,
    title_of,
)
from references.formats.names import read_name, read_names, write_authors
from references.formats.results import Reading
from references.formats.tables import Fields, reference_from, words_of_format
from references.formats.tagged_lines import Record, medline_records
from references.identifiers import isbn_of, issn_of, pmcid_of, pmid_of
from references.record import Author, Place, Study

NAME = "nbib"
#: Tags kept in `extra` under the names JabRef gives them; others as "medline-xx".
_TAGS = words_of_format("fields.tsv", NAME)
#: Tags of notices, and the RefType that PubMed's XML has for them.
_NOTICES = words_of_format("fields.tsv", "nbib-notice")
_OTHERS = ("et al", "others")


def _joined_title(record: Record, tag: str) -> str:
    title = ""
    for text in map(plain, record.values(tag)):
        title = f"{title}{' ' if title[-1:] in '.?!:' else ': '}{text}" if title else text
    return title


def _chapter(record: Record) -> str:
    return title_of(_joined_title(record, "TI"), plain(record.first("TT")))


def _book(record: Record) -> str:
    return title_of(_joined_title(record, "BTI"))


def _kind(record: Record) -> str:
    kind, chapter, book = kind_of(record.values("PT")), _chapter(record), _book(record)
    if book and kind == "article":
        return "incollection" if chapter and chapter != book else "book"
    return kind


def _names(record: Record, full: str, short: str, group: str = "") -> tuple[Author, ...]:
    """Full names, else short ones; groups stand where the file has them."""
    tags = (full, group) if record.has(full) else (short, group)
    names = []
    for tag, value in record.entries:
        if tag not in tags or not value or not tag:
            continue
        if tag == group:
            names.append(Author(literal=plain(value)))
        elif author := read_name(value):
            names.append(author)
    return tuple(names)


def _is_shortened(record: Record) -> bool:
    return read_names([*record.values("AU")[-1:], *record.values("FAU")[-1:]])[1]


def _authors(record: Record) -> tuple[Author, ...]:
    authors = _names(record, "FAU", "AU", "CN")
    if authors and authors[-1].literal.rstrip(".").lower() in _OTHERS:
        authors = authors[:-1]
    if not _is_shortened(record):
        return authors
    return tuple(a for a in authors if a.name.rstrip(".").lower() not in _OTHERS)


def _date(record: Record) -> PartialDate:
    date = date_of(record.first("DP"))
    return date if date.year is not None else date_of(record.first("DEP", "SO"))


def _epub(record: Record) -> str:
    """The day it was online, where that is another one than that of the issue."""
    date = date_of(record.first("DEP"))
    return date.iso if date.year is not None and date != _date(record) else ""


def _journal(record: Record) -> str:
    chapter, book = _chapter(record), _book(record)
    return (book if chapter and book != chapter else "") or plain(record.first("JT", "TA"))


def _issns(record: Record) -> list[str]:
    return list(dict.fromkeys(n for value in record.values("IS") if (n := issn_of(value))))


def _doi(record: Record) -> str:
    values = record.values("LID", "AID", "DO")
    marked = [value for value in values if "[doi]" in value or value.lower().startswith("doi")]
    for value in [*marked, *(v for v in values if v.startswith("10.") and "[" not in v)]:
        if doi := doi_of(value.replace("[doi]", "").removeprefix("doi:")):
            return doi
    return doi_of(record.first("SO"))


def _pii(record: Record) -> str:
    marked = (value for value in record.values("AID", "LID") if "[pii]" in value)
    return as_extra(plain(next(marked, "").replace("[pii]", "")))


def _number(record: Record) -> str:
    """The number that stands for the pages of an article; as its place, not as one more name."""
    marked = (value for value in record.values("LID") if "[pii]" in value)
    return number_of(plain(next(marked, "").replace("[pii]", "")))


def _keywords(record: Record) -> tuple[str, ...]:
    headings = descriptors(record.plains("MH"))
    return tuple(dict.fromkeys([*map(plain, record.values("OT")), *headings]))


def _status(record: Record) -> str:
    notices = {kind for tag, kind in _NOTICES.items() if record.has(tag)}
    return status_of(record.plains("PT"), notices)


def _notices(record: Record) -> str:
    lines = (
        f"{_NOTICES[tag]}: {plain(value)}"
        for tag, value in record.entries
        if tag in _NOTICES and value
    )
    return as_extra(LIST.join(lines))


def _other_tags(record: Record) -> dict[str, str]:
    extra: dict[str, str] = {}
    for tag in record.tags:
        name = _TAGS.get(tag, f"medline-{tag.lower()}")
        if name != "-" and tag not in _NOTICES and (texts := record.plains(tag)):
            extra.setdefault(name, as_extra(LIST.join(dict.fromkeys(texts))))
    return extra


_FIELDS: Fields[Record] = {
    "type": _kind,
    "title": lambda record: _chapter(record) or _book(record),
    "authors": _authors,
    "more_authors": _is_shortened,
    "journal": _journal,
    "volume": lambda record: plain(record.first("VI")),
    "number": lambda record: plain(record.first("IP")),
    "pages": lambda record: pages_of(record.first("PG")) or _number(record),
    "doi": _doi,
    "pmid": lambda record: pmid_of(record.first("PMID")),
    "pmcid": lambda record: (
        pmcid_of(record.first("PMC")) or pmcid_of(" ".join(record.values("OID")))
    ),
    "issn": lambda record: next(iter(_issns(record)), ""),
    "isbn": lambda record: isbn_of(record.first("ISBN")),
    "publisher": lambda record: plain(record.first("PB")),
    "language": lambda record: language(record.first("LA")),
    "abstract": lambda record: plain(" ".join(record.values("AB"))),
    "keywords": _keywords,
    "study": lambda record: Study(design=design_of(record.plains("PT"))),
    "status": _status,
    "extra": _other_tags,
    "epub": _epub,
    "date": _date,
    "editor": lambda record: write_authors(_names(record, "FED", "ED")),
    "investigator": lambda record: write_authors(_names(record, "FIR", "IR")),
    "issn-linking": lambda record: (_issns(record)[1:] or [""])[0],
    "notices": _notices,
    "pii": _pii,
    "howpublished": lambda record: preprint_of(record.plains("PT")),
}


def read(text: str, name: str = "<text>") -> Reading:
    """The references of MEDLINE text; design and status as in PubMed's XML."""
    rejected: list[Problem] = []
    remarks: list[Problem] = []
    references = []
    for record in medline_records(text, name, remarks):
        if not any(value for tag, value in record.entries if tag not in ("OWN", "STAT")):
            rejected.append(
                problem_in(name, record.line, record.first("PMID"), "the record says nothing")
            )
            continue
        references.append(reference_from(record, _FIELDS, Place(name, record.line)))
    if not references and not rejected and text.strip():
        rejected.append(
            problem_in(name, 1, "", "no MEDLINE record was found: a record starts with 'PMID- '")
        )
    return Reading(tuple(references), tuple(rejected), tuple(remarks), NAME)
