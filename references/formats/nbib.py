"""PubMed's tagged text (NBIB, MEDLINE), as the web site saves it and efetch gives it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator

from references.errors import Problem, problem_in
from references.formats.dates import PartialDate, date_of
from references.formats.field_values import (
    as_extra,
    doi_of,
    extra_names,
    extra_text,
    language,
    pages_of,
)
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
from references.formats.medline_values import (
    BOOKS,
    CHAPTERS,
    date_parts,
    keywords_of,
    language_code,
    losses,
    notices_of,
    serial_numbers,
    short_journal,
    types_of,
    values_of,
)
from references.formats.names import inverted, read_name, read_names, write_authors
from references.formats.results import Reading, WrittenFile, losses_of
from references.formats.tables import Fields, reference_from, words_of_format
from references.formats.tagged_lines import Record, medline_records
from references.identifiers import isbn_of, issn_of, pmcid_of, pmid_of
from references.record import Author, Place, Reference, Study

NAME = "nbib"
#: Tags kept in `extra` under the names JabRef gives them; others as "medline-xx".
_TAGS = words_of_format("fields.tsv", NAME)
#: Tags of notices, and the RefType that PubMed's XML has for them.
_NOTICES = words_of_format("fields.tsv", "nbib-notice")
_OTHERS = ("et al", "others")
_OTHER_ISSNS = {"Electronic": "eissn", "Linking": "issn-linking"}


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


def _issns(record: Record) -> dict[str, str]:
    """Each ISSN and what is said of it: "1234-5679 (Linking)"; one without a word links."""
    kinds: dict[str, str] = {}
    for value in record.values("IS"):
        if issn := issn_of(value):
            kinds.setdefault(issn, "Electronic" if "(electronic)" in value.lower() else "Linking")
    return kinds


def _other_issn(kind: str) -> Callable[[Record], str]:
    """Reads the first ISSN of a kind behind the one that stands for the journal."""
    return lambda record: next(
        (issn for issn, of in list(_issns(record).items())[1:] if of == kind), ""
    )


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
    **{name: _other_issn(kind) for kind, name in _OTHER_ISSNS.items()},
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


# ---- writing --------------------------------------------------------------------------

Lines = list[tuple[str, str]]

#: Tags of which each value has a line of its own.
_LISTED = ("MH", "AD", "GR", "SI", "NM", "RN", "PHST")
#: Tags that have a line of their own below, and those that begin a record.
_ASIDE = ("PT", "TA", "OWN", "STAT")


def _named(author: Author, full: str, short: str) -> Lines:
    """A person in full and with initials: "de Azevedo, Walter F Jr", "de Azevedo WF Jr"."""
    if not author.suffix or not author.given:
        name = inverted(author)
    else:
        name = f"{author.short}, {author.given} {author.suffix}"
    initials = " ".join(filter(None, (author.initials, author.suffix.rstrip("."))))
    return [(full, name), (short, f"{author.short or author.given} {initials}".strip())]


def _author_lines(reference: Reference) -> Lines:
    lines: Lines = []
    for author in reference.authors:
        lines += [("CN", author.literal)] if author.literal else _named(author, "FAU", "AU")
    return lines


def _place_lines(reference: Reference, tag: str) -> Lines:
    pii = extra_text(reference, "pii")
    return [
        (tag, f"{value} [{kind}]")
        for value, kind in ((pii, "pii"), (reference.doi, "doi"))
        if value
    ]


def _other_lines(reference: Reference) -> Lines:
    """What `extra` holds under the names that reading gives to tags."""
    fields = {tag: name for tag, name in _TAGS.items() if name != "-" and tag not in _ASIDE}
    fields |= {
        name[8:].upper(): name
        for name in reference.extra
        if re.fullmatch("medline-[a-z]{2,4}", name) and name[8:].upper() not in _ASIDE
    }
    return [
        (tag, value)
        for tag, name in fields.items()
        for value in (
            values_of(reference, name) if tag in _LISTED else [extra_text(reference, name)]
        )
    ]


def _lines(reference: Reference) -> Iterator[tuple[str, str]]:
    """The tags and values of a record, nearly in the order in which PubMed writes them."""
    is_book, is_chapter = reference.type in BOOKS, reference.type in CHAPTERS
    notices = {kind: tag for tag, kind in _NOTICES.items()}
    yield "PMID", pmid_of(reference.pmid)
    yield "OWN", extra_text(reference, "medline-own") or "NOTNLM"
    yield "STAT", extra_text(reference, "medline-stat") or "Publisher"
    for kind, issn in serial_numbers(reference).items():
        yield "IS", f"{issn} ({kind})"
    yield "ISBN", reference.isbn
    yield "VI", reference.volume
    yield "IP", reference.number
    yield "DP", " ".join(date_parts(reference))
    yield "BTI" if is_book else "TI", reference.title
    yield "PG", reference.pages
    yield from _place_lines(reference, "LID")
    yield "AB", reference.abstract
    # Behind an author AD would be of that one alone.
    yield from _other_lines(reference)
    yield from _author_lines(reference)
    for editor in extra_names(reference, "editor"):
        yield from _named(editor, "FED", "ED")
    for person in extra_names(reference, "investigator"):
        yield from _named(person, "FIR", "IR")
    yield "LA", language_code(reference)
    for kind in types_of(reference):
        yield "PT", kind
    yield "DEP", extra_text(reference, "epub").replace("-", "")
    yield "PB", reference.publisher
    yield "TA", "" if is_chapter else short_journal(reference)
    yield "BTI" if is_chapter else "JT", reference.journal
    for kind, where in notices_of(reference):
        yield notices.get(kind, ""), where
    for word in keywords_of(reference):
        yield "OT", word
    yield "PMC", pmcid_of(reference.pmcid)
    yield from _place_lines(reference, "AID")


def _text(reference: Reference) -> str:
    values = ((tag, " ".join(value.split())) for tag, value in _lines(reference))
    return "".join(f"{tag:4}- {value}\n" for tag, value in values if tag and value)


def write(references: Iterable[Reference]) -> WrittenFile:
    """MEDLINE text, one record after the other, as PubMed saves it."""
    parts, lost = [], []
    for reference in references:
        text = _text(reference)
        (record,) = medline_records(text, "", [])
        parts.append(text)
        lost.append((reference.key, losses(reference, reference_from(record, _FIELDS))))
    return WrittenFile("\n".join(parts), losses_of("NBIB", lost))
