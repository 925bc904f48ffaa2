"""A reference as an element of PubMed's XML, in the order of NLM's DTD.

Each function below reads as the part of the DTD that it writes. What the DTD has no element for
is left out.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from references.formats.dates import date_of
from references.formats.field_values import extra_names, extra_text
from references.formats.medline_values import (
    BOOKS,
    CHAPTERS,
    date_parts,
    keywords_of,
    language_code,
    notices_of,
    serial_numbers,
    short_journal,
    types_of,
    values_of,
)
from references.formats.xml_safe import FORBIDDEN
from references.identifiers import pmcid_of
from references.record import Author, Reference

DOCTYPE = (
    '<!DOCTYPE PubmedArticleSet PUBLIC "-//NLM//DTD PubMedArticle, 1st January 2025//EN" '
    '"https://dtd.nlm.nih.gov/ncbi/pubmed/out/pubmed_250101.dtd">'
)
#: What the DTD lets these attributes be.
_MODELS = ("Print", "Print-Electronic", "Electronic", "Electronic-Print", "Electronic-eCollection")
_STATES: tuple[str, ...] = (
    "Completed",
    "In-Process",
    "PubMed-not-MEDLINE",
    "In-Data-Review",
    "Publisher",
)
_STATES += ("MEDLINE", "OLDMEDLINE")
_OWNERS = ("NLM", "NASA", "PIP", "KIE", "HSR", "HMD", "NOTNLM")
_NOTICES = re.compile(
    "(?:Comment|Erratum|ExpressionOfConcern|Republished|CorrectedandRepublished|Reprint"
    "|RetractedandRepublished|Retraction|Update)(?:In|On|From|For|Of)"
    "|SummaryForPatientsIn|OriginalReportIn|AssociatedDataset|AssociatedPublication"
)
_UNKNOWN_LANGUAGE = "und"  # NLM's code for it; the DTD wants one
_UNKNOWN_NUMBER = "0"  # of a substance, as NLM has it
_REGISTERS = {"NCT": "ClinicalTrials.gov", "ISRCTN": "ISRCTN"}

_Part = Any  # an element, its text, or None


def _required(tag: str, *parts: _Part, **attributes: str) -> Any:
    """An element, also without content; parts that are None or "" are left out of it."""
    from lxml import etree

    element = etree.Element(tag, {name: FORBIDDEN.sub("", attributes[name]) for name in attributes})
    for part in parts:
        if isinstance(part, str):
            element.text = FORBIDDEN.sub("", part) or None
        elif part is not None:
            element.append(part)
    return element


def _optional(tag: str, *parts: _Part, **attributes: str) -> Any | None:
    """An element, None when there is nothing in it."""
    element = _required(tag, *parts, **attributes)
    return element if element.text or len(element) else None


# ---- what articles and books have alike -----------------------------------------------


def _person(tag: str, author: Author) -> Any | None:
    if author.literal:
        return _required(tag, _optional("CollectiveName", author.literal), ValidYN="Y")
    family = " ".join(part for part in (author.particle, author.family) if part)
    if not (family or author.given):
        return None
    return _required(
        tag,
        _required("LastName", family or author.given),
        _optional("ForeName", author.given if family else ""),
        _optional("Initials", author.initials if family else ""),
        _optional("Suffix", author.suffix),
        ValidYN="Y",
    )


def _authors(authors: Iterable[Author], kind: str = "authors", *, whole: bool = True) -> Any | None:
    people = (_person("Author", author) for author in authors)
    return _optional("AuthorList", *people, CompleteYN="Y" if whole else "N", Type=kind)


def _date(tag: str, reference: Reference) -> Any:
    year, month, day = date_parts(reference)
    return _required(tag, _required("Year", year), _optional("Month", month), _optional("Day", day))


def _pages(reference: Reference) -> Any | None:
    first, _, last = reference.pages.partition("-")
    return _optional(
        "Pagination",
        _optional("StartPage", first),
        _optional("EndPage", last if first else ""),
        _optional("MedlinePgn", reference.pages),
    )


def _identifiers(reference: Reference) -> Any:
    numbers = {
        "pubmed": reference.pmid,
        "doi": reference.doi,
        "pmc": pmcid_of(reference.pmcid),
        "pii": extra_text(reference, "pii"),
    }
    known = [_optional("ArticleId", value, IdType=kind) for kind, value in numbers.items()]
    if not any(numbers.values()):
        known = [_required("ArticleId", IdType="pubmed")]
    return _required("ArticleIdList", *known)


def _types(reference: Reference) -> list[Any]:
    # UI is the number of a type in MeSH, which a record does not keep; the DTD wants it.
    return [_required("PublicationType", kind, UI="") for kind in types_of(reference)]


def _abstract(reference: Reference) -> Any | None:
    if not reference.abstract:
        return None
    text = _required("AbstractText", reference.abstract)
    return _required(
        "Abstract", text, _optional("CopyrightInformation", extra_text(reference, "copyright"))
    )


def _keywords(reference: Reference) -> Any | None:
    words = (_optional("Keyword", word, MajorTopicYN="N") for word in keywords_of(reference))
    return _optional("KeywordList", *words, Owner="NOTNLM")


# ---- articles -------------------------------------------------------------------------


def _journal(reference: Reference) -> Any:
    kind, issn = next(iter(serial_numbers(reference).items()), ("", ""))
    issue = _required(
        "JournalIssue",
        _optional("Volume", reference.volume),
        _optional("Issue", reference.number),
        _date("PubDate", reference),
        CitedMedium="Internet" if kind == "Electronic" else "Print",
    )
    return _required(
        "Journal",
        _optional("ISSN", issn, IssnType=kind) if kind in ("Print", "Electronic") else None,
        issue,
        _optional("Title", reference.journal),
        _optional("ISOAbbreviation", extra_text(reference, "shortjournal")),
    )


def _data_banks(reference: Reference) -> Any | None:
    """The numbers of registers whose name is known."""
    banks = []
    for value in values_of(reference, "databanks"):
        name, _, number = value.rpartition("/")
        name = name or next((_REGISTERS[p] for p in _REGISTERS if number.startswith(p)), "")
        if name and number:
            numbers = _required("AccessionNumberList", _required("AccessionNumber", number))
            banks.append(_required("DataBank", _required("DataBankName", name), numbers))
    return _optional("DataBankList", *banks, CompleteYN="Y")


def _electronic_date(reference: Reference) -> Any | None:
    date = date_of(extra_text(reference, "epub"))
    if None in date:
        return None
    parts = zip(("Year", "Month", "Day"), date, strict=True)
    elements = (_required(name, f"{part:02d}") for name, part in parts)
    return _required("ArticleDate", *elements, DateType="Electronic")


def _article(reference: Reference) -> Any:
    model = extra_text(reference, "pubmodel")
    place = _optional("ELocationID", reference.doi, EIdType="doi", ValidYN="Y")
    pages = _pages(reference)
    if place is None and pages is None:  # the DTD wants one of them
        pages = _required("Pagination", _required("MedlinePgn"))
    authors = _authors(reference.authors, whole=not reference.more_authors)
    return _required(
        "Article",
        _journal(reference),
        _required("ArticleTitle", reference.title),
        pages,
        place,
        _abstract(reference),
        _authors(extra_names(reference, "editor"), "editors") if authors is None else authors,
        _required("Language", language_code(reference) or _UNKNOWN_LANGUAGE),
        _data_banks(reference),
        _required("PublicationTypeList", *_types(reference)),
        _optional("VernacularTitle", extra_text(reference, "origtitle")),
        _electronic_date(reference),
        PubModel=model if model in _MODELS else "Print",
    )


def _notices(reference: Reference) -> Any | None:
    notices = []
    for kind, words in notices_of(reference):
        where, _, number = words.partition(" (PMID ")
        if _NOTICES.fullmatch(kind):
            source, pmid = _required("RefSource", where), _optional("PMID", number.rstrip(")"))
            if pmid is not None:
                pmid.set("Version", "1")
            notices.append(_required("CommentsCorrections", source, pmid, RefType=kind))
    return _optional("CommentsCorrectionsList", *notices)


def _headings(reference: Reference) -> Any | None:
    headings = []
    for heading in values_of(reference, "mesh"):
        names = [name for name in heading.split("/") if name.strip("* ")]
        elements = [
            _required(
                "QualifierName" if at else "DescriptorName",
                name.lstrip("*"),
                MajorTopicYN="Y" if name.startswith("*") else "N",
                UI="",
            )
            for at, name in enumerate(names)
        ]
        headings.append(_optional("MeshHeading", *elements))
    return _optional("MeshHeadingList", *headings)


def _chemicals(reference: Reference) -> Any | None:
    substances = (
        _required(
            "Chemical",
            _required("RegistryNumber", _UNKNOWN_NUMBER),
            _required("NameOfSubstance", name, UI=""),
        )
        for name in values_of(reference, "chemicals")
    )
    return _optional("ChemicalList", *substances)


def _of_article(reference: Reference) -> Any:
    state, owner = (extra_text(reference, f"medline-{name}") for name in ("stat", "own"))
    people = (_person("Investigator", one) for one in extra_names(reference, "investigator"))
    citation = _required(
        "MedlineCitation",
        _required("PMID", reference.pmid, Version="1"),
        _article(reference),
        _required(
            "MedlineJournalInfo",
            _optional("Country", extra_text(reference, "country")),
            _required("MedlineTA", short_journal(reference)),
            _optional("NlmUniqueID", extra_text(reference, "nlm-id")),
            _optional("ISSNLinking", serial_numbers(reference).get("Linking", "")),
        ),
        _chemicals(reference),
        _notices(reference),
        _headings(reference),
        _keywords(reference),
        _optional("CoiStatement", extra_text(reference, "conflict-of-interest")),
        _optional("InvestigatorList", *people),
        Status=state if state in _STATES else "Publisher",
        Owner=owner if owner in _OWNERS else "NOTNLM",
    )
    data = _required(
        "PubmedData",
        _required("PublicationStatus", extra_text(reference, "pubstate")),
        _identifiers(reference),
    )
    return _required("PubmedArticle", citation, data)


# ---- books and their chapters ---------------------------------------------------------


def _of_book(reference: Reference) -> Any:
    is_chapter = reference.type in CHAPTERS
    authors = _authors(reference.authors, whole=not reference.more_authors)
    book = _required(
        "Book",
        _required(
            "Publisher",
            _required("PublisherName", reference.publisher),
            _optional("PublisherLocation", extra_text(reference, "address")),
        ),
        _required("BookTitle", reference.journal if is_chapter else reference.title),
        _date("PubDate", reference),
        None if is_chapter else authors,
        _authors(extra_names(reference, "editor"), "editors"),
        _optional("Volume", reference.volume),
        _optional("Edition", extra_text(reference, "edition")),
        _optional("CollectionTitle", extra_text(reference, "series")),
        _optional("Isbn", reference.isbn),
        _optional("Medium", extra_text(reference, "medium")),
    )
    document = _required(
        "BookDocument",
        _required("PMID", reference.pmid, Version="1"),
        _identifiers(reference),
        book,
        _required("ArticleTitle", reference.title) if is_chapter else None,
        _pages(reference),
        _optional("Language", language_code(reference)),
        authors if is_chapter else None,
        *_types(reference),
        _abstract(reference),
        _keywords(reference),
    )
    return _required("PubmedBookArticle", document)


def element_of(reference: Reference) -> Any:
    """A PubmedArticle; of a book or its chapter a PubmedBookArticle."""
    is_book = reference.type in (*BOOKS, *CHAPTERS)
    return _of_book(reference) if is_book else _of_article(reference)
