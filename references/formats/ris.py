"""RIS, as reference managers and publishers write it: read in any dialect, written as Zotero does.

What RIS has no tag for is left out when it is written; `losses` tells which fields those are.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import replace

from references.errors import Message, Problem, problem_in
from references.formats.dates import PartialDate, date_of, issued
from references.formats.field_values import (
    SourceLine,
    as_extra,
    doi_of,
    extra_names,
    extra_text,
    language,
    pages_of,
    source_of,
)
from references.formats.losses import lost_fields, named_losses
from references.formats.markup import plain
from references.formats.name_lists import joined_names, not_apart
from references.formats.names import inverted, read_names, write_authors
from references.formats.publication_types import ris_type, type_from
from references.formats.results import Reading, WrittenFile, losses_of, unique_keys
from references.formats.tables import Fields, reference_from, words_of_format
from references.formats.tagged_lines import Record, joined, ris_records
from references.identifiers import (
    begins_with_doi,
    doi_key,
    is_doi,
    isbn_of,
    issn_of,
    pmcid_of,
    pmid_of,
    printed_pmid,
    without_doi_label,
)
from references.record import Place, Reference

NAME = "ris"
_TAGS = words_of_format("fields.tsv", NAME)
_TITLES = ("TI", "T1", "CT")
_BOOKS = ("BOOK", "EBOOK", "EDBOOK", "SER")
_WITH_ISBN = (*_BOOKS, "CHAP", "ECHAP", "CONF", "CPAPER", "ENCYC", "DICT")
_NUMBERS = ("AN", "C2", "U1", "U2", "U4", "PM", "M2")  # may hold a PubMed number
_EDITORS = {
    "editor": ("A2", "ED"),
    "serieseditor": ("A3",),
    "translator": ("A4", "TA"),
}
_MARKED_PMID = re.compile(r"\s*pmid|pubmed \d|.*\[pmid\]\s*$", re.I)


# ---- reading --------------------------------------------------------------------------


def _kind(record: Record) -> str:
    kind = (record.values("TY") or [""])[-1].strip().upper()
    return "JOUR" if kind == "JOURNAL ARTICLE" else kind


def _title(record: Record) -> str:
    """Title lines joined as a reader would: ": " where no mark ends the one before."""
    title = ""
    for value in record.plains(*_TITLES):
        if not title:
            title = value
        elif value.casefold() not in title.casefold():
            title += " " + value if title[-1:] in ".?!:" else f": {value}"
    if not title and not record.has("JF", "JO"):
        title = plain(record.first("BT"))
    return title or (plain(record.first("T2")) if _kind(record) in _BOOKS else "")


def _journal(record: Record) -> str:
    """The full name of the journal, or of the book that holds the work."""
    kind, title = _kind(record), _title(record)
    names = record.plains("JF", "T2", "BT", "JO", "JA", "J1", "J2", "JN")
    if kind in ("BOOK", "EBOOK", "EDBOOK", "THES", "RPRT") and not record.has("JF", "JO", "T2"):
        names = [name for name in names if name != title]
    full = plain(record.first("JF")) or plain(record.first("T2"))
    if not full and plain(record.first("BT")) != title:
        full = plain(record.first("BT"))
    full = full or max(names, key=len, default="") or _source(record).journal
    return "" if kind in _BOOKS and full == title else full


def _source(record: Record) -> SourceLine:
    """Cochrane's and Ovid's line about the place."""
    return source_of(plain(record.first("SO")))


def _short_journal(record: Record) -> str:
    full = (_journal(record) or _title(record)).casefold()
    names = record.plains("J2", "JA", "J1", "JO")
    return next((name for name in names if name.casefold() != full), "")


def _date(record: Record) -> PartialDate:
    """The date that says most: PY and Y1 give the year, DA the day in the same year."""
    dates = [
        date_of(value)
        for value in record.values("PY", "Y1", "DA", "YR")
        if "received" not in value and "accepted" not in value
    ]
    year = next((date.year for date in dates if date.year is not None), None)
    if year is None:
        return PartialDate()
    same = [date for date in dates if date.year in (year, None)]
    best = max(same, key=lambda date: sum(part is not None for part in date[1:]))
    return PartialDate(year, best.month, best.day)


def _volume_and_number(record: Record) -> tuple[str, str]:
    """Volume and issue; some write both as the volume: "12(3)"."""
    source = _source(record)
    volume = plain(record.first("VL", "VO")) or source.volume
    number = plain(record.first("IS", "NO", "IP")) or source.number
    both = re.fullmatch(r"(\d+)\s*\((\d[\w-]*)\)", volume)
    return (both[1], both[2]) if both and not number else (volume, number)


def _number(record: Record) -> str:
    """The number that an article has instead of pages."""
    return pages_of(record.first("C7"))


def _pages(record: Record) -> str:
    first, last = record.first("SP"), record.first("EP")
    if not first:
        whole = record.first("PG") or _source(record).pages
        return pages_of(last) or _number(record) or pages_of(whole)
    if last and last != first and not (first.endswith(last) and "-" in first):
        return pages_of(f"{first}-{last}")
    return pages_of(first)


def _doi(record: Record) -> str:
    loose = record.values("M3", "N1", "UR", "L3", "M1", "LK")
    values = [*record.values("DO", "DI", "DOI"), *filter(begins_with_doi, loose)]
    return next((doi for value in values if (doi := doi_of(value))), "")


def _pmid(record: Record) -> str:
    """A number marked as PubMed's, that of PubMed as the database, or that of an address."""
    values = [value for value in record.values(*_NUMBERS, "ID") if _MARKED_PMID.match(value)]
    notes = map(printed_pmid, record.values("N1"))  # where Zotero keeps it
    values += [printed[0] for printed in notes if printed]
    source = " ".join(record.values("DB", "DP", "N1", "M2")).lower()
    if "pubmed" in source or "medline" in source:
        values += record.values("AN")
    addresses = map(printed_pmid, record.values("UR", "L1", "L2", "LK"))
    values += [printed[0] for printed in addresses if printed]
    return next((pmid for value in values if (pmid := pmid_of(value))), "")


def _pmcid(record: Record) -> str:
    addresses = (
        value
        for value in record.values("UR", "L1", "L2", "LK")
        if "/pmc/" in value.lower() or "pmc.ncbi" in value.lower()
    )
    values = [*record.values(*_NUMBERS, "ID"), *addresses]
    return next((pmcid for value in values if (pmcid := pmcid_of(value))), "")


def _issn(record: Record) -> str:
    return issn_of(re.sub(r"\b97[89][\d-]{10,14}", " ", " ; ".join(record.values("SN"))))


def _eissn(record: Record) -> str:
    """The second ISSN, where there are two: the electronic one."""
    issns = (issn_of(value) for value in record.values("SN"))
    return next((issn for issn in issns if issn and issn != _issn(record)), "")


def _isbn(record: Record) -> str:
    isbn, issn = isbn_of(" ; ".join(record.values("SN"))), _issn(record)
    of_issn = issn and isbn.startswith(issn.replace("-", ""))
    return "" if of_issn and _kind(record) not in _WITH_ISBN else isbn


def _abstract(record: Record) -> str:
    abstract = ""
    for text in record.plains("AB", "N2"):
        if text not in abstract:
            abstract = f"{abstract} {text}".strip()
    return abstract


def _urls(record: Record) -> list[str]:
    parts = (re.split(r";\s*(?=https?://)", value) for value in record.values("UR", "LK", "US"))
    return [url for part in parts for value in part if (url := value.strip())]


def _keywords(record: Record) -> tuple[str, ...]:
    values = record.plains("KW")
    if len(values) == 1:
        for separator in (";", " - ", ","):
            if separator in values[0]:
                values = values[0].split(separator)
                break
    return tuple(dict.fromkeys(word for value in values if (word := value.strip())))


def _key(record: Record) -> str:
    """The ID, if it can be a BibTeX key and says more than a number does."""
    value = plain(record.first("ID"))
    return value if re.fullmatch(r"[A-Za-z][\w:.+/-]{2,80}", value) else ""


def _notes(record: Record) -> str:
    """The notes that do not only repeat the DOI."""
    doi = _doi(record)
    notes = (plain(value) for value in record.values("N1") if not _repeats(value, doi))
    return as_extra("; ".join(notes))


def _repeats(value: str, doi: str) -> bool:
    """True for a note or an address that only repeats the DOI."""
    return is_doi(without_doi_label(value)) and doi_key(doi_of(value)) == doi_key(doi)


def _editors(tags: tuple[str, ...]) -> Callable[[Record], str]:
    """Reads the names in these tags, each once."""

    def read_editors(record: Record) -> str:
        names = [name for tag in tags for name in read_names(record.values(tag))[0]]
        return write_authors(dict.fromkeys(names))

    return read_editors


def _other_tags(record: Record) -> dict[str, str]:
    """What stands in tags that no other function reads, those that only repeat a number aside."""
    extra: dict[str, str] = {}
    doi, pmid, pmcid, short = (part(record) for part in (_doi, _pmid, _pmcid, _short_journal))
    for tag in record.tags:
        name = _TAGS.get(tag, f"ris-{tag.lower()}")
        texts = record.plains(tag)
        if name == "-":
            continue
        if tag == "J2":
            texts = [text for text in texts if text != short]
        elif tag in _NUMBERS:
            texts = [
                text
                for text in texts
                if not (pmid and pmid_of(text) == pmid)
                and not (pmcid and text.upper().removesuffix("[PMCID]") == pmcid)
            ]
        elif tag in ("M3", "L3"):
            texts = [text for text in texts if not _repeats(text, doi)]
        if texts:
            extra.setdefault(name, as_extra("; ".join(dict.fromkeys(texts))))
    if pmid and extra.get("ris-db", "").casefold() == "pubmed":
        del extra["ris-db"]
    return extra


_FIELDS: Fields[Record] = {
    "key": _key,
    "type": lambda record: type_from("ris", _kind(record)),
    "title": _title,
    "authors": lambda record: read_names(record.values("AU", "A1"))[0],
    "more_authors": lambda record: read_names(record.values("AU", "A1"))[1],
    "journal": _journal,
    "volume": lambda record: _volume_and_number(record)[0],
    "number": lambda record: _volume_and_number(record)[1],
    "pages": _pages,
    "doi": _doi,
    "pmid": _pmid,
    "pmcid": _pmcid,
    "issn": _issn,
    "isbn": _isbn,
    "publisher": lambda record: plain(record.first("PB")),
    "language": lambda record: language(record.first("LA")),
    "url": lambda record: next(iter(_urls(record)), ""),
    "abstract": _abstract,
    "keywords": _keywords,
    "extra": _other_tags,
    "date": _date,
    "eissn": _eissn,
    **{field: _editors(tags) for field, tags in _EDITORS.items()},
    "eid": lambda record: as_extra(_number(record)),
    "shortjournal": lambda record: as_extra(_short_journal(record)),
    "note": _notes,
    "ris-ur": lambda record: as_extra("; ".join(_urls(record)[1:])),
    "ris-id": lambda record: "" if _key(record) else as_extra(plain(record.first("ID"))),
}


def read(text: str, name: str = "<text>") -> Reading:
    """The references of RIS text; a record without TY or without ER is read and remarked."""
    rejected: list[Problem] = []
    remarks: list[Problem] = []
    references = []

    def remark(problems: list[Problem], template: str | Message) -> None:
        title = plain(record.first(*_TITLES))[:60]
        problems.append(problem_in(name, record.line, title, template))

    for record in joined(ris_records(text), _TITLES):
        beside = {tag for tag, value in record.entries if value} - {"TY"}
        if not beside or not set(record.tags) - {"TY", "DB", "DP"}:
            remark(rejected, "the record has no field beside its type")
            continue
        if not record.has("TY"):
            remark(
                remarks,
                "the record has no TY line; it was read, its type is a guess, add 'TY  - JOUR' or "
                "the like above it",
            )
            record.entries.insert(0, ("TY", "JOUR" if record.has("JF", "JO", "VL") else "GEN"))
        elif not record.closed:
            remark(
                remarks,
                "the record is not closed by an ER line; it was read as far as it goes, check that "
                "the file is whole",
            )
        if any(len(joined_names(value)) > 1 for value in record.values("AU", "A1")):
            remark(remarks, not_apart())
        references.append(reference_from(record, _FIELDS, Place(name, record.line)))
    if not references and not rejected and text.strip():
        rejected.append(
            problem_in(name, 1, "", "no RIS record was found: a record starts with 'TY  - '")
        )
    return Reading(tuple(references), tuple(rejected), tuple(remarks), NAME)


# ---- writing --------------------------------------------------------------------------


def _date_line(reference: Reference) -> str:
    year, month, day = issued(reference)
    return f"{year}/{month:02d}/" + (f"{day:02d}" if day else "") if month else ""


def _lines(reference: Reference, key: str) -> list[tuple[str, str]]:
    """The tags and values of a record, in the order in which Zotero writes them."""
    first, _, last = reference.pages.partition("-")
    others = {tag: field for tag, field in _TAGS.items() if field != "-"}
    others |= {
        name[4:].upper(): name
        for name in reference.extra
        if re.fullmatch("ris-[a-z][a-z0-9]", name)
    }
    lines = [
        ("TY", ris_type(reference)),
        ("ID", key),
        ("TI", reference.title),
        *(("AU", inverted(author)) for author in reference.authors),
        ("T2", reference.journal),
        *(
            (tags[0], inverted(author))
            for field, tags in _EDITORS.items()
            for author in extra_names(reference, field)
        ),
        ("AB", reference.abstract),
        ("DA", _date_line(reference)),
        ("PY", str(reference.year or "")),
        ("DO", reference.doi),
        ("VL", reference.volume),
        ("IS", reference.number),
        ("SP", first),
        ("EP", last),
        ("C7", extra_text(reference, "eid")),
        ("LA", reference.language),
        ("PB", reference.publisher),
        ("SN", reference.issn),
        ("SN", reference.isbn),
        ("SN", extra_text(reference, "eissn")),
        ("UR", reference.url),
        ("AN", reference.pmid),
        ("DB", "PubMed" if reference.pmid else ""),
        ("C2", reference.pmcid),
        ("N1", extra_text(reference, "note")),
        *(("KW", word) for word in reference.keywords),
        *((tag, extra_text(reference, field)) for tag, field in others.items()),
    ]
    return [(tag, " ".join(value.split())) for tag, value in lines if value.strip()]


def write(references: Iterable[Reference]) -> WrittenFile:
    """RIS text; line ends as its specification has them."""
    parts, lost = [], []
    for reference, key in unique_keys(tuple(references)):
        text = "".join(f"{tag}  - {value}\r\n" for tag, value in _lines(reference, key))
        text += "ER  - \r\n"
        (record,) = ris_records(text.replace("\r\n", "\n"))
        native = replace(reference_from(record, _FIELDS), key=reference.key)
        meant = replace(reference, pages=reference.pages.rstrip("-"))  # "82-" says no more
        names = named_losses(meant, native, lost_fields(meant, native))
        parts.append(text)
        lost.append((reference.key, names))
    return WrittenFile("\r\n".join(parts), losses_of("RIS", lost))
