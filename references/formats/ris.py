"""RIS, as reference managers and publishers write it, and the ISI dialect of Web of Science."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace

from references.errors import Problem, problem_in
from references.formats import carry
from references.formats.kinds import PARTS, from_ris, ris_type
from references.formats.markup import plain
from references.formats.names import write_authors
from references.formats.reading import Reading, WrittenFile, losses_of, unique_keys
from references.formats.tagged import Record, isi_records, joined, ris_records
from references.formats.values import (
    as_extra,
    date_of,
    dated,
    doi_of,
    extra_names,
    extra_text,
    inverted,
    isbn_of,
    issn_of,
    issued,
    language,
    pages_of,
    pmcid_of,
    pmid_of,
    read_names,
    year_of,
)
from references.record import Place, Reference

NAME = "ris"
ISI = "isi"
_TITLES = ("TI", "T1", "CT")
_BOOKS = ("BOOK", "EBOOK", "EDBOOK", "SER", "CHAP", "ECHAP", "CONF", "CPAPER", "ENCYC", "DICT")

#: Tags that BibTeX has a field for, kept in `extra`; other tags go there as "ris-xx".
_EXTRA = {
    "CY": "address",
    "ET": "edition",
    "T3": "series",
    "J2": "shortjournal",
    "ST": "shorttitle",
    "AD": "affiliation",
    "Y2": "urldate",
    "TT": "origtitle",
    "CN": "callnumber",
    "NV": "volumes",
    "SE": "section",
    "OP": "origpublication",
}
_EDITORS = {
    "A2": "editor",
    "ED": "editor",
    "A3": "serieseditor",
    "A4": "translator",
    "TA": "translator",
}
_READ = {
    "TY",
    "ER",
    "TI",
    "T1",
    "CT",
    "BT",
    "T2",
    "JF",
    "JO",
    "JA",
    "J1",
    "AU",
    "A1",
    "PY",
    "Y1",
    "DA",
    "VL",
    "VO",
    "IS",
    "SP",
    "EP",
    "DO",
    "SN",
    "UR",
    "AB",
    "N2",
    "KW",
    "PB",
    "LA",
    "N1",
    *_EXTRA,
    *_EDITORS,
}


def _title(values: list[str]) -> str:
    """Title lines joined as a reader would: ": " where no mark ends the one before."""
    title = ""
    for value in values:
        if not title:
            title = value
        elif value.casefold() not in title.casefold():
            title += " " + value if title[-1:] in ".?!:" else f": {value}"
    return title


def _plains(record: Record, *tags: str) -> list[str]:
    return [text for value in record.values(*tags) if (text := plain(value))]


def _date(record: Record) -> tuple[int | None, int | None, int | None]:
    """The date that says most: PY and Y1 give the year, DA the day in the same year."""
    found = [
        date_of(value)
        for value in record.values("PY", "Y1", "DA")
        if "received" not in value and "accepted" not in value
    ]
    year = next((date[0] for date in found if date[0] is not None), None)
    if year is None:
        return None, None, None
    same = [date for date in found if date[0] in (year, None)]
    best = max(same, key=lambda date: sum(part is not None for part in date[1:]))
    return year, best[1], best[2]


def _journal(record: Record, kind: str, title: str) -> tuple[str, str]:
    """The full name of the journal (or book) and its abbreviation."""
    names = _plains(record, "JF", "T2", "BT", "JO", "JA", "J1", "J2")
    if kind in ("BOOK", "EBOOK", "EDBOOK", "THES", "RPRT") and not record.has("JF", "JO", "T2"):
        names = [name for name in names if name != title]
    full = plain(record.first("JF")) or plain(record.first("T2"))
    if not full:
        full = plain(record.first("BT")) if title != plain(record.first("BT")) else ""
    full = full or max(names, key=len, default="")
    short = next(
        (
            name
            for name in _plains(record, "J2", "JA", "J1", "JO")
            if name.casefold() != full.casefold()
        ),
        "",
    )
    return full, short


def _identifiers(record: Record) -> dict[str, str]:
    doi = next(
        (found for value in record.values("DO", "DI") if (found := doi_of(value))), ""
    ) or next(
        (
            found
            for value in [*record.values("M3", "N1", "UR", "L3", "M1", "LK")]
            if re.match(r"\s*(?:doi\b|10\.\d{4,9}/|https?://(?:dx\.)?doi\.org/)", value, re.I)
            and (found := doi_of(value))
        ),
        "",
    )
    pmid = pmcid = ""
    source = " ".join(record.values("DB", "DP", "N1", "M2")).lower()
    numbers = [*record.values("AN", "M2", "C2", "ID", "U1", "U2", "U4", "PM")]
    for value in numbers:
        if value.lower().rstrip().endswith("[pmid]") or value.lower().startswith("pmid"):
            pmid = pmid or pmid_of(value)
        pmcid = pmcid or pmcid_of(value)
    if not pmid and ("pubmed" in source or "medline" in source):
        pmid = next((n for value in record.values("AN") if (n := pmid_of(value))), "")
    for value in record.values("UR", "L1", "L2", "LK"):
        match = re.search(r"(?:pubmed\.ncbi\.nlm\.nih\.gov|/pubmed)/(\d{1,9})\b", value)
        pmid = pmid or (match[1] if match else "")
        if "/pmc/" in value.lower() or "pmc.ncbi" in value.lower():
            pmcid = pmcid or pmcid_of(value)
    return {"doi": doi, "pmid": pmid, "pmcid": pmcid}


def _is_identifier(value: str, found: dict[str, str]) -> bool:
    """True for a note or address that only repeats the DOI."""
    return (
        bool(found["doi"])
        and bool(
            re.fullmatch(r"(?:doi:?\s*|https?://(?:dx\.)?doi\.org/)?10\.\S+", value.strip(), re.I)
        )
        and doi_of(value).casefold() == found["doi"].casefold()
    )


def _urls(record: Record) -> list[str]:
    found = []
    for value in record.values("UR", "LK"):
        found += [part.strip() for part in re.split(r";\s*(?=https?://)", value)]
    return [url for url in found if url]


def _keywords(record: Record) -> tuple[str, ...]:
    values = _plains(record, "KW")
    if len(values) == 1:
        for separator in (";", " - ", ","):
            if separator in values[0]:
                values = values[0].split(separator)
                break
    return tuple(dict.fromkeys(word for value in values if (word := value.strip())))


def reference_of(record: Record) -> Reference:
    """The reference of one RIS record."""
    extra: dict[str, str] = {}
    kind = (record.values("TY") or [""])[-1].strip().upper()
    if kind == "JOURNAL ARTICLE":
        kind = "JOUR"
    title = (
        _title(_plains(record, *_TITLES))
        or (plain(record.first("BT")) if not record.has("JF", "JO") else "")
        or (plain(record.first("T2")) if kind in _BOOKS[:4] else "")
    )
    journal, short = _journal(record, kind, title)
    if kind in _BOOKS[:4] and journal == title:
        journal = ""
    year, month, day = _date(record)
    dated(extra, month, day)
    found = _identifiers(record)
    first, last = record.first("SP"), record.first("EP")
    if last and last != first and not (first.endswith(last) and "-" in first):
        pages = pages_of(f"{first}-{last}")
    else:
        pages = pages_of(first)
    serials = " ; ".join(record.values("SN"))
    issn = issn_of(re.sub(r"\b97[89][\d-]{10,14}", " ", serials))
    isbn = isbn_of(serials)
    if isbn and kind not in _BOOKS and issn and isbn.startswith(issn.replace("-", "")):
        isbn = ""
    others = [n for value in record.values("SN") if (n := issn_of(value)) and n != issn]
    if others:
        extra["eissn"] = others[0]
    abstracts = _plains(record, "AB", "N2")
    abstract = abstracts[0] if abstracts else ""
    for more_text in abstracts[1:]:
        if more_text not in abstract:
            abstract += " " + more_text
    urls = _urls(record)
    authors, more = read_names(record.values("AU", "A1"))
    for tag, field in _EDITORS.items():
        names, _ = read_names(record.values(tag))
        if names and field not in extra:
            extra[field] = write_authors(names, False)
    if short:
        extra["shortjournal"] = as_extra(short)
    notes = []
    carried = None
    for value in record.values("N1"):
        data = carry.unpack_text(value)
        if data is not None:
            carried = data
        elif not _is_identifier(value, found):
            notes.append(plain(value))
    if notes:
        extra["note"] = as_extra("; ".join(notes))
    if len(urls) > 1:
        extra["ris-ur"] = as_extra("; ".join(urls[1:]))
    for tag in record.tags:
        texts = _plains(record, tag)
        if tag in _EXTRA:
            texts = [text for text in texts if text != short] if tag == "J2" else texts
            name = _EXTRA[tag]
        elif tag in _READ or tag in ("DI",):
            continue
        else:
            name = f"ris-{tag.lower()}"
            texts = [text for text in texts if not _consumed(tag, text, found)]
        if texts and name not in extra:
            extra[name] = as_extra("; ".join(dict.fromkeys(texts)))
    if found["pmid"] and extra.get("ris-db", "").casefold() == "pubmed":
        del extra["ris-db"]
    volume = plain(record.first("VL", "VO"))
    number = plain(record.first("IS"))
    both = re.fullmatch(r"(\d+)\s*\((\d[\w-]*)\)", volume)
    if both and not number:
        volume, number = both.groups()
    reference = Reference(
        key=plain(record.first("ID")) if _is_key(record.first("ID")) else "",
        type=from_ris(kind),
        title=title,
        authors=authors,
        more_authors=more,
        year=year,
        journal=journal,
        volume=volume,
        number=number,
        pages=pages,
        doi=found["doi"],
        pmid=found["pmid"],
        pmcid=found["pmcid"],
        issn=issn,
        isbn=isbn,
        publisher=plain(record.first("PB")),
        language=language(record.first("LA")),
        url=urls[0] if urls else "",
        abstract=abstract,
        keywords=_keywords(record),
        extra=extra,
    )
    if record.first("ID") and not reference.key:
        extra["ris-id"] = as_extra(plain(record.first("ID")))
    return carry.restore(reference, carried) if carried is not None else reference


def _is_key(value: str) -> bool:
    """True for an ID that can be a BibTeX key and says more than a number does."""
    return bool(re.fullmatch(r"[A-Za-z][\w:.+/-]{2,80}", value.strip()))


def _consumed(tag: str, text: str, found: dict[str, str]) -> bool:
    """True when a value of a loose tag is one of the identifiers already read."""
    if tag in ("AN", "C2", "U1", "U2", "U4", "PM", "M2", "ID"):
        return bool(text) and (
            (bool(found["pmid"]) and pmid_of(text) == found["pmid"])
            or (bool(found["pmcid"]) and text.upper().removesuffix("[PMCID]") == found["pmcid"])
            or tag == "ID"
        )
    return tag in ("M3", "L3") and _is_identifier(text, found)


def read(text: str, name: str = "<text>") -> Reading:
    """The references of RIS text; a record without TY or without ER is read and remarked."""
    rejected: list[Problem] = []
    remarks: list[Problem] = []
    references = []
    for record in joined(ris_records(text, name, remarks), _TITLES):
        shown = plain(record.first(*_TITLES))[:60]
        if not (set(record.tags) - {"TY", "DB", "DP"}) or not any(
            value for tag, value in record.entries if tag != "TY"
        ):
            rejected.append(
                problem_in(name, record.line, shown, "the record has no field beside its type")
            )
            continue
        if not record.has("TY"):
            remarks.append(
                problem_in(
                    name,
                    record.line,
                    shown,
                    "the record has no TY line; it was read, its "
                    "type is a guess, add 'TY  - JOUR' or the like above it",
                )
            )
            record.entries.insert(0, ("TY", "JOUR" if record.has("JF", "JO", "VL") else "GEN"))
        elif not record.closed:
            remarks.append(
                problem_in(
                    name,
                    record.line,
                    shown,
                    "the record is not closed by an ER line; it "
                    "was read as far as it goes, check that the file is whole",
                )
            )
        references.append(replace(reference_of(record), place=Place(name, record.line)))
    if not references and not rejected and text.strip():
        rejected.append(
            problem_in(name, 1, "", "no RIS record was found: a record starts with 'TY  - '")
        )
    return Reading(tuple(references), tuple(rejected), tuple(remarks), NAME)


# ---- writing --------------------------------------------------------------------------


def _lines(reference: Reference, key: str) -> list[tuple[str, str]]:
    kind = ris_type(reference)
    is_part = reference.type in PARTS
    lines = [("TY", kind), ("ID", key), ("TI", reference.title)]
    lines += [("AU", inverted(author)) for author in reference.authors]
    if reference.more_authors:
        lines.append(("AU", "et al."))
    for field, tag in (("editor", "A2"), ("serieseditor", "A3"), ("translator", "A4")):
        lines += [(tag, inverted(author)) for author in extra_names(reference, field)]
    year, month, day = issued(reference)
    lines.append(("PY", str(year) if year else ""))
    if month:
        lines.append(("DA", f"{year}/{month:02d}/" + (f"{day:02d}" if day else "")))
    lines += [
        ("T2" if is_part or kind != "JOUR" else "JF", reference.journal),
        ("VL", reference.volume),
        ("IS", reference.number),
    ]
    first, dash, last = reference.pages.partition("-")
    lines += [("SP", first), ("EP", last)] if dash and last else [("SP", reference.pages)]
    lines += [
        ("DO", reference.doi),
        ("AN", reference.pmid),
        ("DB", "PubMed" if reference.pmid else ""),
        ("C2", reference.pmcid),
        ("SN", reference.issn),
        ("SN", reference.isbn),
        ("SN", extra_text(reference, "eissn")),
        ("PB", reference.publisher),
        ("LA", reference.language),
        ("UR", reference.url),
        ("AB", reference.abstract),
        ("N1", extra_text(reference, "note")),
    ]
    lines += [("KW", word) for word in reference.keywords]
    for tag, field in _EXTRA.items():
        lines.append((tag, extra_text(reference, field)))
    for name in reference.extra:
        if re.fullmatch(r"ris-[a-z][a-z0-9]", name):
            lines.append((name[4:].upper(), extra_text(reference, name)))
    return [(tag, " ".join(value.split())) for tag, value in lines if value.strip()]


def _text(lines: list[tuple[str, str]]) -> str:
    return "".join(f"{tag}  - {value}\r\n" for tag, value in lines) + "ER  - \r\n"


def write(references: Iterable[Reference]) -> WrittenFile:
    """RIS text; line ends as its specification has them."""
    parts, found = [], []
    for reference, key in unique_keys(tuple(references)):
        lines = _lines(reference, key)
        text = _text(lines).replace("\r\n", "\n")
        native = next((reference_of(record) for record in ris_records(text, "", [])), Reference(""))
        lost = carry.lost_fields(reference, native)
        if lost:
            lines.append(("N1", carry.pack_text(reference, native, lost)))
        parts.append(_text(lines))
        found.append((reference.key, carry.named(reference, native, lost)))
    return WrittenFile("\r\n".join(parts), losses_of("RIS", found, "a note (N1)"))


# ---- ISI ------------------------------------------------------------------------------

_ISI_KINDS = {"J": "article", "B": "book", "C": "inproceedings", "S": "book", "P": "patent"}
_ISI_EXTRA = {
    "J9": "shortjournal",
    "PA": "affiliation",
    "PI": "address",
    "SE": "series",
    "CT": "eventtitle",
    "CL": "venue",
    "FU": "grants",
    "UT": "wos-ut",
    "ID": "wos-id",
    "DT": "pubtype",
}
_ISI_READ = {
    "PT",
    "AU",
    "AF",
    "BA",
    "BF",
    "CA",
    "GP",
    "BE",
    "TI",
    "SO",
    "LA",
    "DE",
    "AB",
    "SN",
    "EI",
    "BN",
    "PD",
    "PY",
    "VL",
    "IS",
    "BP",
    "EP",
    "AR",
    "DI",
    "PM",
    "PU",
    *_ISI_EXTRA,
}


def _isi_reference(record: Record) -> Reference:
    def one(*tags: str) -> str:
        return plain(record.first(*tags).replace("\n", " "))

    def several(*tags: str) -> list[str]:
        return [part for value in record.values(*tags) for part in value.split("\n")]

    extra: dict[str, str] = {}
    authors, more = read_names(several("AF") or several("AU") or several("BF", "BA"))
    groups, _ = read_names(f"{name}, " if "," not in name else name for name in several("CA", "GP"))
    groups = tuple(replace(a, literal=a.name, family="", given="", particle="") for a in groups)
    editors, _ = read_names(several("BE"))
    if editors:
        extra["editor"] = write_authors(editors, False)
    year = year_of(one("PY"))
    _, month, day = date_of(f"{year or ''} {one('PD')}")
    dated(extra, month, day)
    for tag in record.tags:
        if tag not in _ISI_READ or tag in _ISI_EXTRA:
            name = _ISI_EXTRA.get(tag, f"wos-{tag.lower()}")
            if text := plain("; ".join(part.replace("\n", " ") for part in record.values(tag))):
                extra.setdefault(name, as_extra(text))
    kind = _ISI_KINDS.get(one("PT"), "article")
    if kind == "book" and one("SO") and one("TI") and one("BP", "AR"):
        kind = "incollection"
    issns = [n for n in (issn_of(one("SN")), issn_of(one("EI"))) if n]
    if len(issns) > 1:
        extra["eissn"] = issns[1]
    pages = f"{one('BP')}-{one('EP')}" if one("EP") else one("BP")
    return Reference(
        key="",
        type=kind,
        title=one("TI"),
        authors=(*authors, *groups),
        more_authors=more,
        year=year,
        journal=one("SO") if kind != "book" or one("TI") else "",
        volume=one("VL"),
        number=one("IS"),
        pages=pages_of(pages or one("AR")),
        doi=doi_of(one("DI")),
        pmid=pmid_of(one("PM")),
        issn=issns[0] if issns else "",
        isbn=isbn_of(one("BN")),
        publisher=one("PU"),
        language=language(one("LA")),
        abstract=one("AB"),
        keywords=tuple(dict.fromkeys(w for part in one("DE").split(";") if (w := part.strip()))),
        extra=extra,
    )


def read_isi(text: str, name: str = "<text>") -> Reading:
    """The references of a Web of Science export with field tags."""
    remarks: list[Problem] = []
    references = []
    for record in isi_records(text, name, remarks):
        if not record.closed:
            remarks.append(
                problem_in(
                    name,
                    record.line,
                    plain(record.first("TI"))[:60],
                    "the record is not closed by an ER line; check that the file is whole",
                )
            )
        references.append(replace(_isi_reference(record), place=Place(name, record.line)))
    return Reading(tuple(references), (), tuple(remarks), ISI)
