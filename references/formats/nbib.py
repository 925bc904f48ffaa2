"""PubMed's tagged text (NBIB, MEDLINE), as the web site saves it and efetch gives it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace

from references.errors import Problem, problem_in
from references.formats import carry
from references.formats.kinds import PREPRINT
from references.formats.markup import plain
from references.formats.medline import descriptors, design_of, kind_of, status_of, untranslated
from references.formats.names import write_authors
from references.formats.reading import Reading, WrittenFile, losses_of
from references.formats.tagged import Record, medline_records
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
    read_name,
    read_names,
)
from references.record import Author, Place, Reference, Study

NAME = "nbib"
_LIST = "; "

#: Tags kept in `extra` under the names JabRef gives them; others as "medline-xx".
_EXTRA = {
    "AD": "affiliation",
    "TA": "shortjournal",
    "JID": "nlm-id",
    "PL": "country",
    "TT": "origtitle",
    "PT": "pubtype",
    "MH": "mesh",
    "EN": "edition",
    "CTI": "series",
    "VTI": "volumetitle",
    "NM": "chemicals",
    "RN": "registry-number",
    "GR": "grants",
    "COIS": "conflict-of-interest",
    "CI": "copyright",
    "PST": "pubstate",
    "OAB": "other-abstract",
    "OABL": "other-abstract-language",
    "SI": "databanks",
    "PUBM": "pubmodel",
    "PB": "publisher",
    "GN": "note",
}
_NOTICES = {
    "RIN": "RetractionIn",
    "ROF": "RetractionOf",
    "EIN": "ErratumIn",
    "EFR": "ErratumFor",
    "ECI": "ExpressionOfConcernIn",
    "ECF": "ExpressionOfConcernFor",
    "CRI": "CorrectedandRepublishedIn",
    "CRF": "CorrectedandRepublishedFrom",
    "UIN": "UpdateIn",
    "UOF": "UpdateOf",
    "CIN": "CommentIn",
    "CON": "CommentOn",
    "RPI": "RepublishedIn",
    "RPF": "RepublishedFrom",
    "SPIN": "SummaryIn",
    "DDIN": "DatasetDescribedIn",
    "DRIN": "DatasetUseReportedIn",
    "RRI": "RetractedandRepublishedIn",
    "RRF": "RetractedandRepublishedFrom",
    "ORI": "OriginalReportIn",
}
_READ = {
    "PMID",
    "TI",
    "BTI",
    "FAU",
    "AU",
    "CN",
    "FED",
    "ED",
    "FIR",
    "IR",
    "DP",
    "DEP",
    "JT",
    "VI",
    "IP",
    "PG",
    "LID",
    "AID",
    "PMC",
    "IS",
    "ISBN",
    "LA",
    "AB",
    "OT",
    "OTO",
    "SO",
    *_EXTRA,
    *_NOTICES,
}


def _title(values: list[str]) -> str:
    title = ""
    for value in values:
        text = plain(value)
        title = f"{title}{' ' if title[-1:] in '.?!:' else ': '}{text}" if title else text
    return title


def _names(record: Record, full: str, short: str, group: str = "") -> tuple[Author, ...]:
    """Full names, else short ones; groups stand where the file has them."""
    tags = (full, group) if record.has(full) else (short, group)
    found = []
    for tag, value in record.entries:
        if tag not in tags or not value or not tag:
            continue
        if tag == group:
            found.append(Author(literal=plain(value)))
        elif author := read_name(value):
            found.append(author)
    return tuple(found)


def _issn(record: Record) -> tuple[str, str]:
    """The first ISSN and another one."""
    found = list(dict.fromkeys(n for value in record.values("IS") if (n := issn_of(value))))
    return (found[0] if found else ""), (found[1] if len(found) > 1 else "")


def _doi(record: Record) -> str:
    values = record.values("LID", "AID", "DO")
    marked = [value for value in values if "[doi]" in value or value.lower().startswith("doi")]
    for value in [*marked, *(v for v in values if v.startswith("10.") and "[" not in v)]:
        if doi := doi_of(value.replace("[doi]", "").removeprefix("doi:")):
            return doi
    match = re.search(r"\bdoi: ?(10\.\S+)", record.first("SO"))
    return doi_of(match[1]) if match else ""


def reference_of(record: Record) -> Reference:
    """The reference of one MEDLINE record; design and status as in PubMed's XML."""
    extra: dict[str, str] = {}
    types = [plain(value) for value in record.values("PT")]
    headings = [plain(value) for value in record.values("MH")]
    year, month, day = date_of(record.first("DP"))
    if year is None:
        year, month, day = date_of(record.first("DEP", "SO"))
    epub = date_of(record.first("DEP"))
    if epub[0] is not None and epub != (year, month, day):
        extra["epub"] = "-".join(f"{part:02d}" for part in epub if part)
    dated(extra, month, day)
    authors = _names(record, "FAU", "AU", "CN")
    if authors and authors[-1].literal.rstrip(".").lower() in ("et al", "others"):
        authors = authors[:-1]
    _, more = read_names([*record.values("AU")[-1:], *record.values("FAU")[-1:]])
    if more:
        authors = tuple(a for a in authors if a.name.rstrip(".").lower() not in ("et al", "others"))
    for field, full, short in (("editor", "FED", "ED"), ("investigator", "FIR", "IR")):
        if names := _names(record, full, short):
            extra[field] = write_authors(names, False)
    chapter = untranslated(_title(record.values("TI")))
    book = _title(record.values("BTI"))
    issn, linking = _issn(record)
    if linking:
        extra["issn-linking"] = linking
    carried = None
    for tag in record.tags:
        texts = [text for value in record.values(tag) if (text := plain(value))]
        if tag == "GN":
            carried = next(
                (d for v in record.values(tag) if (d := carry.unpack_text(v)) is not None), None
            )
            texts = [plain(v) for v in record.values(tag) if carry.unpack_text(v) is None]
        if tag == "PB":
            continue
        if tag in _EXTRA:
            name = _EXTRA[tag]
        elif tag in _READ or (tag in ("PHST", "EDAT", "MHDA", "CRDT") and not texts):
            continue
        else:
            name = f"medline-{tag.lower()}"
        if texts:
            extra.setdefault(name, as_extra(_LIST.join(dict.fromkeys(texts))))
    notices = [f"{_NOTICES[tag]}: {plain(v)}" for tag, v in record.entries if tag in _NOTICES and v]
    if notices:
        extra["notices"] = as_extra(_LIST.join(notices))
    pii = next((v for v in record.values("AID", "LID") if "[pii]" in v), "")
    if pii:
        extra["pii"] = as_extra(plain(pii.replace("[pii]", "")))
    status = status_of(types)
    if not status and record.has("RIN", "RRI"):
        status = "retracted"
    elif not status and record.has("ECI"):
        status = "expression-of-concern"
    elif not status and record.has("EIN", "CRI"):
        status = "corrected"
    is_preprint = "preprint" in {kind.casefold() for kind in types}
    if is_preprint:
        extra["howpublished"] = PREPRINT
    kind = "misc" if is_preprint else kind_of(types)
    if book and kind == "article":
        kind = "incollection" if chapter and chapter != book else "book"
    words = [plain(value) for value in record.values("OT")]
    reference = Reference(
        key="",
        type=kind,
        title=chapter or book,
        authors=authors,
        more_authors=more,
        year=year,
        journal=(book if chapter and book != chapter else "") or plain(record.first("JT", "TA")),
        volume=plain(record.first("VI")),
        number=plain(record.first("IP")),
        pages=pages_of(record.first("PG")),
        doi=_doi(record),
        pmid=pmid_of(record.first("PMID")),
        pmcid=pmcid_of(record.first("PMC")) or pmcid_of(" ".join(record.values("OID"))),
        issn=issn,
        isbn=isbn_of(record.first("ISBN")),
        publisher=plain(record.first("PB")),
        language=language(record.first("LA")),
        abstract=plain(" ".join(record.values("AB"))),
        keywords=tuple(dict.fromkeys([*words, *descriptors(headings)])),
        study=Study(design=design_of(types)),
        status=status,
        extra=extra,
    )
    return carry.restore(reference, carried) if carried is not None else reference


def read(text: str, name: str = "<text>") -> Reading:
    """The references of MEDLINE text."""
    rejected: list[Problem] = []
    remarks: list[Problem] = []
    references = []
    for record in medline_records(text, name, remarks):
        if not any(value for tag, value in record.entries if tag not in ("OWN", "STAT")):
            rejected.append(
                problem_in(name, record.line, record.first("PMID"), "the record says nothing")
            )
            continue
        references.append(replace(reference_of(record), place=Place(name, record.line)))
    if not references and not rejected and text.strip():
        rejected.append(
            problem_in(name, 1, "", "no MEDLINE record was found: a record starts with 'PMID- '")
        )
    return Reading(tuple(references), tuple(rejected), tuple(remarks), NAME)


# ---- writing --------------------------------------------------------------------------

_MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]


def _lines(reference: Reference) -> list[tuple[str, str]]:
    year, month, day = issued(reference)
    date = " ".join(
        part
        for part in (str(year or ""), _MONTHS[month - 1] if month else "", str(day or ""))
        if part
    )
    is_book = reference.type in ("book", "collection", "proceedings")
    is_part = reference.type in ("incollection", "inbook")
    lines = [
        ("PMID", reference.pmid),
        ("OWN", extra_text(reference, "medline-own")),
        ("STAT", extra_text(reference, "medline-stat")),
    ]
    for name in ("issn", "issn-linking"):
        value = reference.issn if name == "issn" else extra_text(reference, name)
        lines.append(("IS", value and f"{value} ({'Linking' if name != 'issn' else 'Print'})"))
    lines += [
        ("ISBN", reference.isbn),
        ("VI", reference.volume),
        ("IP", reference.number),
        ("DP", date),
        ("BTI" if is_book else "TI", reference.title),
        ("PG", reference.pages),
        ("LID", reference.doi and f"{reference.doi} [doi]"),
        ("AB", reference.abstract),
    ]
    for author in reference.authors:
        if author.literal:
            lines.append(("CN", author.literal))
        else:
            lines += [
                ("FAU", inverted(author)),
                ("AU", f"{author.short} {author.initials}".strip()),
            ]
    if reference.more_authors:
        lines += [("FAU", "et al."), ("AU", "et al.")]
    for field, tag in (("editor", "FED"), ("investigator", "FIR")):
        lines += [(tag, inverted(author)) for author in extra_names(reference, field)]
    lines += [
        ("LA", reference.language),
        ("PB", reference.publisher),
        ("BTI" if is_part else "JT", reference.journal),
    ]
    headings = extra_text(reference, "mesh").split(_LIST)
    for tag, name in _EXTRA.items():
        values = extra_text(reference, name)
        if tag in ("MH", "PT", "AD", "GR", "SI", "NM"):
            lines += [(tag, value) for value in values.split(_LIST)]
        elif tag != "PB":
            lines.append((tag, values))
    for name in reference.extra:
        if re.fullmatch(r"medline-[a-z][a-z0-9]{1,3}", name) and name[8:] not in ("own", "stat"):
            lines.append((name[8:].upper(), extra_text(reference, name)))
    tags = {label: tag for tag, label in _NOTICES.items()}
    for notice in extra_text(reference, "notices").split(_LIST):
        label, _, words = notice.partition(": ")
        lines.append((tags.get(label, "GN"), words if label in tags else notice))
    known = set(descriptors(headings))
    lines += [("OT", word) for word in reference.keywords if word not in known]
    lines += [
        ("PMC", reference.pmcid),
        ("AID", (pii := extra_text(reference, "pii")) and f"{pii} [pii]"),
        ("AID", reference.doi and f"{reference.doi} [doi]"),
    ]
    return [(tag, " ".join(value.split())) for tag, value in lines if value and value.strip()]


def _text(lines: list[tuple[str, str]]) -> str:
    return "".join(f"{tag:4}- {value}\n" for tag, value in lines)


def write(references: Iterable[Reference]) -> WrittenFile:
    """MEDLINE text, one record after the other."""
    parts, found = [], []
    for reference in references:
        lines = _lines(reference)
        if not any(tag == "PMID" for tag, _ in lines):
            lines.insert(0, ("PMID", ""))
        text = _text(lines)
        native = next(
            (reference_of(record) for record in medline_records(text, "", [])), Reference("")
        )
        lost = carry.lost_fields(reference, native)
        if lost:
            lines.append(("GN", carry.pack_text(reference, native, lost)))
        parts.append(_text(lines))
        found.append((reference.key, carry.named(reference, native, lost)))
    return WrittenFile("\n".join(parts), losses_of("NBIB", found, "a general note (GN)"))
