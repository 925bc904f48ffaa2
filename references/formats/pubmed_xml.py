"""PubMed's XML: article sets, single articles, books, as efetch and the web site give them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

from references.errors import Problem
from references.formats.dates import PartialDate, date_of
from references.formats.field_values import as_extra, doi_of, language, pages_of
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
from references.formats.medline_values import losses
from references.formats.names import split_family, write_authors
from references.formats.pubmed_elements import DOCTYPE, element_of
from references.formats.results import Reading, WrittenFile, losses_of
from references.formats.tables import Fields, reference_from
from references.formats.xml_safe import Readable, elements
from references.formats.xml_text import text_at, texts_at
from references.identifiers import isbn_of, issn_of, pmcid_of, pmid_of
from references.normalise import year_of
from references.record import Author, Place, Reference, Study

NAME = "pubmed-xml"
_RECORDS = ("PubmedArticle", "PubmedBookArticle", "MedlineCitation", "BookDocument")
_DELETED = "DeleteCitation"
_ROOTS = ("PubmedArticleSet", "PubmedBookArticleSet", "MedlineCitationSet")


class _Article(NamedTuple):
    """The elements in which the fields of an article stand."""

    record: Any
    citation: Any
    article: Any


class _Book(NamedTuple):
    """The elements in which the fields of a book, or of its chapter, stand."""

    record: Any
    document: Any
    book: Any


# ---- what both have -------------------------------------------------------------------


def _abstract(element: Any) -> str:
    parts = []
    for part in element.findall("Abstract/AbstractText"):
        label = (part.get("Label") or "").strip()
        text = text_at(part)
        if text:
            parts.append(f"{label}: {text}" if label and label.upper() != "UNLABELLED" else text)
    return " ".join(parts)


def _author(element: Any) -> Author | None:
    if group := text_at(element, "CollectiveName"):
        return Author(literal=group)
    family = text_at(element, "LastName")
    given = text_at(element, "ForeName") or text_at(element, "FirstName")
    given = given or " ".join(text_at(element, "Initials"))
    if not family:
        return Author(family=given) if given else None
    particle, family = split_family(family)
    return Author(family=family, given=given, particle=particle, suffix=text_at(element, "Suffix"))


def _people(elements: Iterable[Any]) -> tuple[Author, ...]:
    valid = (element for element in elements if element.get("ValidYN") != "N")
    return tuple(author for element in valid if (author := _author(element)))


def _date(element: Any | None) -> PartialDate:
    if element is None:
        return PartialDate()
    if words := text_at(element, "MedlineDate"):
        return date_of(words)
    return date_of(" ".join(text_at(element, part) for part in ("Year", "Month", "Day")))


def _pages(element: Any | None) -> str:
    if element is None:
        return ""
    if pages := text_at(element, "MedlinePgn"):
        return pages_of(pages)
    first, last = text_at(element, "StartPage"), text_at(element, "EndPage")
    return pages_of(f"{first}-{last}" if last else first)


def _identifier(record: Any, *kinds: str) -> str:
    """An identifier of the record itself, and not of the works it cites; kinds in our order."""
    lists = ("PubmedData/", "PubmedBookData/", "BookDocument/", "")
    places = ("MedlineCitation/Article/", "Article/", "BookDocument/Book/", "Book/")
    for kind in kinds:
        for path in lists:
            for element in record.findall(f"{path}ArticleIdList/ArticleId"):
                if (element.get("IdType") or "").lower() == kind:
                    return text_at(element)
        for path in places:
            for element in record.findall(f"{path}ELocationID"):
                is_kind = (element.get("EIdType") or "").lower() == kind
                if is_kind and element.get("ValidYN") != "N":
                    return text_at(element)
    return ""


def _extra_list(texts: Iterable[str]) -> str:
    return as_extra(LIST.join(texts))


# ---- articles -------------------------------------------------------------------------


def _types(parts: _Article) -> list[str]:
    return texts_at(parts.article, "PublicationTypeList/PublicationType")


def _electronic_date(parts: _Article) -> PartialDate:
    return _date(parts.article.find("ArticleDate"))


def _article_date(parts: _Article) -> PartialDate:
    date = _date(parts.article.find("Journal/JournalIssue/PubDate"))
    return date if date.year is not None else _electronic_date(parts)


def _epub(parts: _Article) -> str:
    """The day it was online, where that is another one than that of the issue."""
    date = _electronic_date(parts)
    return date.iso if date.year is not None and date != _article_date(parts) else ""


def _author_list(parts: _Article) -> Any | None:
    """The first list of authors, unless it is one of editors."""
    authors = parts.article.find("AuthorList")
    return None if authors is None or authors.get("Type") == "editors" else authors


def _article_authors(parts: _Article) -> tuple[Author, ...]:
    authors = _author_list(parts)
    return () if authors is None else _people(authors.findall("Author"))


def _is_shortened(parts: _Article) -> bool:
    authors = _author_list(parts)
    return (
        authors is not None and authors.get("CompleteYN") == "N" and bool(_article_authors(parts))
    )


def _short_journal(parts: _Article) -> str:
    return text_at(parts.citation, "MedlineJournalInfo/MedlineTA") or text_at(
        parts.article, "Journal/ISOAbbreviation"
    )


def _linking(parts: _Article) -> str:
    issn, linking = text_at(parts.article, "Journal/ISSN"), _linking_issn(parts)
    return linking if issn and linking != issn else ""


def _linking_issn(parts: _Article) -> str:
    return text_at(parts.citation, "MedlineJournalInfo/ISSNLinking")


def _headings(parts: _Article) -> list[str]:
    """Subject headings as MEDLINE writes them: "Pain/*therapy", one a qualifier set."""
    headings = []
    for heading in parts.citation.findall("MeshHeadingList/MeshHeading"):
        name = heading.find("DescriptorName")
        if name is None:
            continue
        names = [("*" if name.get("MajorTopicYN") == "Y" else "") + text_at(name)]
        for qualifier in heading.findall("QualifierName"):
            major = "*" if qualifier.get("MajorTopicYN") == "Y" else ""
            names.append(major + text_at(qualifier))
        headings.append("/".join(names))
    return headings


def _affiliations(parts: _Article) -> str:
    places = ("AuthorList/Author/AffiliationInfo/", "AuthorList/Author/", "")
    texts = (text for path in places for text in texts_at(parts.article, f"{path}Affiliation"))
    return _extra_list(dict.fromkeys(texts))


def _notice_elements(parts: _Article) -> list[Any]:
    notices = parts.citation.findall("CommentsCorrectionsList/CommentsCorrections")
    return [element for element in notices if element.get("RefType") != "Cites"]


def _notices(parts: _Article) -> str:
    """Each notice in words: its kind, where it stands, its PubMed number."""
    lines = []
    for element in _notice_elements(parts):
        number = text_at(element, "PMID")
        source = text_at(element, "RefSource") + (f" (PMID {number})" if number else "")
        lines.append(f"{element.get('RefType') or ''}: {source}")
    return _extra_list(lines)


def _article_status(parts: _Article) -> str:
    return status_of(_types(parts), {e.get("RefType") or "" for e in _notice_elements(parts)})


def _article_keywords(parts: _Article) -> tuple[str, ...]:
    words = texts_at(parts.citation, "KeywordList/Keyword")
    return tuple(dict.fromkeys([*words, *descriptors(_headings(parts))]))


def _article_pages(parts: _Article) -> str:
    number = _identifier(parts.record, "article-number")
    place = parts.article.find("ELocationID[@EIdType='pii']")
    return (
        _pages(parts.article.find("Pagination"))
        or pages_of(number)
        or number_of("" if place is None else text_at(place))
    )


def _vernacular(parts: _Article) -> str:
    """The title in the language of the work."""
    return text_at(parts.article, "VernacularTitle")


def _in_article(path: str) -> Callable[[_Article], str]:
    """Reads the text at a path below `Article`."""
    return lambda parts: text_at(parts.article, path)


def _in_citation(path: str) -> Callable[[_Article], str]:
    """Reads the texts at a path below `MedlineCitation`, as BibTeX source."""
    return lambda parts: _extra_list(texts_at(parts.citation, path))


_ARTICLE: Fields[_Article] = {
    "type": lambda parts: kind_of(_types(parts)),
    "title": lambda parts: title_of(text_at(parts.article, "ArticleTitle"), _vernacular(parts)),
    "authors": _article_authors,
    "more_authors": _is_shortened,
    "journal": lambda parts: text_at(parts.article, "Journal/Title") or _short_journal(parts),
    "volume": _in_article("Journal/JournalIssue/Volume"),
    "number": _in_article("Journal/JournalIssue/Issue"),
    "pages": _article_pages,
    "doi": lambda parts: doi_of(_identifier(parts.record, "doi")),
    "pmid": lambda parts: pmid_of(text_at(parts.citation, "PMID")),
    "pmcid": lambda parts: pmcid_of(_identifier(parts.record, "pmc", "pmcid")),
    "issn": lambda parts: (
        issn_of(text_at(parts.article, "Journal/ISSN")) or issn_of(_linking_issn(parts))
    ),
    "language": lambda parts: language(text_at(parts.article, "Language")),
    "abstract": lambda parts: _abstract(parts.article),
    "keywords": _article_keywords,
    "study": lambda parts: Study(design=design_of(_types(parts))),
    "status": _article_status,
    "date": _article_date,
    "epub": _epub,
    "pubtype": lambda parts: _extra_list(_types(parts)),
    "mesh": lambda parts: _extra_list(_headings(parts)),
    "origtitle": lambda parts: as_extra(title_of(_vernacular(parts))),
    "shortjournal": lambda parts: as_extra(_short_journal(parts)),
    "issn-linking": lambda parts: as_extra(_linking(parts)),
    "nlm-id": lambda parts: as_extra(text_at(parts.citation, "MedlineJournalInfo/NlmUniqueID")),
    "country": lambda parts: as_extra(text_at(parts.citation, "MedlineJournalInfo/Country")),
    "pii": lambda parts: as_extra(_identifier(parts.record, "pii")),
    "affiliation": _affiliations,
    "chemicals": _in_citation("ChemicalList/Chemical/NameOfSubstance"),
    "note": _in_citation("GeneralNote"),
    "copyright": lambda parts: as_extra(text_at(parts.article, "Abstract/CopyrightInformation")),
    "conflict-of-interest": lambda parts: as_extra(text_at(parts.citation, "CoiStatement")),
    "databanks": lambda parts: _extra_list(
        texts_at(parts.article, "DataBankList//AccessionNumber")
    ),
    "grants": lambda parts: _extra_list(
        " ".join(texts_at(grant, "*")) for grant in parts.article.findall("GrantList/Grant")
    ),
    "other-abstract": _in_citation("OtherAbstract/AbstractText"),
    "investigator": lambda parts: write_authors(
        _people(parts.citation.findall("InvestigatorList/Investigator"))
    ),
    "editor": lambda parts: write_authors(
        _people(parts.article.findall("AuthorList[@Type='editors']/Author"))
    ),
    "pubmodel": lambda parts: as_extra(parts.article.get("PubModel") or ""),
    "pubstate": lambda parts: as_extra(text_at(parts.record, "PubmedData/PublicationStatus")),
    "notices": _notices,
    "howpublished": lambda parts: preprint_of(_types(parts)),
}


# ---- books and their chapters ---------------------------------------------------------


def _book_date(parts: _Book) -> PartialDate:
    date = _date(parts.book.find("PubDate"))
    return date if date.year is not None else _date(parts.document.find("ContributionDate"))


def _is_chapter(parts: _Book) -> bool:
    return text_at(parts.document, "ArticleTitle") not in ("", text_at(parts.book, "BookTitle"))


def _book_people(parts: _Book, are_editors: bool) -> list[Any]:
    """The lists of authors, or of editors; those of the chapter first."""
    lists = [*parts.document.findall("AuthorList"), *parts.book.findall("AuthorList")]
    return [people for people in lists if (people.get("Type") == "editors") == are_editors]


def _book_authors(parts: _Book) -> tuple[Author, ...]:
    lists = _book_people(parts, are_editors=False)
    return _people(lists[0].findall("Author")) if lists else ()


def _is_book_shortened(parts: _Book) -> bool:
    lists = _book_people(parts, are_editors=False)
    return bool(lists) and lists[0].get("CompleteYN") == "N" and bool(_book_authors(parts))


def _in_book(path: str) -> Callable[[_Book], str]:
    """Reads the text at a path below `Book`, as BibTeX source."""
    return lambda parts: as_extra(text_at(parts.book, path))


_BOOK: Fields[_Book] = {
    "type": lambda parts: "incollection" if _is_chapter(parts) else "book",
    "title": lambda parts: title_of(
        text_at(parts.document, "ArticleTitle") or text_at(parts.book, "BookTitle")
    ),
    "authors": _book_authors,
    "more_authors": _is_book_shortened,
    "journal": lambda parts: (
        title_of(text_at(parts.book, "BookTitle")) if _is_chapter(parts) else ""
    ),
    "volume": lambda parts: text_at(parts.book, "Volume"),
    "pages": lambda parts: _pages(parts.document.find("Pagination")),
    "doi": lambda parts: doi_of(_identifier(parts.record, "doi")),
    "pmid": lambda parts: pmid_of(text_at(parts.document, "PMID")),
    "pmcid": lambda parts: pmcid_of(_identifier(parts.record, "pmc")),
    "isbn": lambda parts: isbn_of(text_at(parts.book, "Isbn")),
    "publisher": lambda parts: text_at(parts.book, "Publisher/PublisherName"),
    "language": lambda parts: language(text_at(parts.document, "Language")),
    "abstract": lambda parts: _abstract(parts.document),
    "keywords": lambda parts: tuple(dict.fromkeys(texts_at(parts.document, "KeywordList/Keyword"))),
    "study": lambda parts: Study(design=design_of(texts_at(parts.document, "PublicationType"))),
    "status": lambda parts: status_of(texts_at(parts.document, "PublicationType"), ()),
    "date": _book_date,
    "year": lambda parts: _book_date(parts).year or year_of(text_at(parts.book, "PubDate")),
    "editor": lambda parts: write_authors(
        author
        for people in _book_people(parts, are_editors=True)
        for author in _people(people.findall("Author"))
    ),
    "investigator": lambda parts: write_authors(
        _people(parts.document.findall("InvestigatorList/Investigator"))
    ),
    "pubtype": lambda parts: _extra_list(texts_at(parts.document, "PublicationType")),
    "address": _in_book("Publisher/PublisherLocation"),
    "edition": _in_book("Edition"),
    "series": _in_book("CollectionTitle"),
    "medium": _in_book("Medium"),
    "copyright": lambda parts: as_extra(text_at(parts.document, "Abstract/CopyrightInformation")),
    "sections": lambda parts: _extra_list(
        texts_at(parts.document, "Sections/Section/SectionTitle")
    ),
}


# ---- files ----------------------------------------------------------------------------


def reference_of(record: Any) -> Reference:
    """The reference of a PubmedArticle, PubmedBookArticle, MedlineCitation or BookDocument.

    Takes an element of lxml or of the standard library. The design is the one that PubMed's
    indexers gave as publication type, if it is one of ours; `status` tells a retraction.
    """
    if "Book" in str(record.tag):
        document = record if record.tag == "BookDocument" else record.find("BookDocument")
        if document is None:
            return Reference(key="", type="book", pmid=pmid_of(text_at(record, ".//PMID")))
        book = document.find("Book")
        book = document if book is None else book
        return reference_from(_Book(record, document, book), _BOOK)
    citation = record if record.tag == "MedlineCitation" else record.find("MedlineCitation")
    article = citation.find("Article") if citation is not None else None
    if article is None:
        return Reference(key="", pmid=pmid_of(text_at(record, ".//PMID")))
    return reference_from(_Article(record, citation, article), _ARTICLE)


def records(
    source: str | Path | Readable, name: str, problems: list[Problem], deleted: list[str]
) -> Iterator[Reference]:
    """The records of a file, one by one; arguments as `xml_safe.elements`.

    `deleted` gets the PubMed numbers that a daily update file says are no more.
    """
    for element, line in elements(source, (*_RECORDS, _DELETED), _ROOTS, name, problems):
        if element.tag == _DELETED:
            deleted += filter(None, map(pmid_of, texts_at(element, "PMID")))
        else:
            yield replace(reference_of(element), place=Place(name, line))


def read(source: str | Path, name: str = "<text>") -> Reading:
    """The records of a file; one record stands for each PubmedArticle or PubmedBookArticle."""
    problems: list[Problem] = []
    deleted: list[str] = []
    references = tuple(records(source, name, problems, deleted))
    return Reading(references, tuple(problems), (), NAME, tuple(deleted))


def write(references: Iterable[Reference]) -> WrittenFile:
    """A PubmedArticleSet, valid by NLM's DTD where it has a record."""
    from lxml import etree

    root = etree.Element("PubmedArticleSet")
    lost = []
    for reference in references:
        element = element_of(reference)
        lost.append((reference.key, losses(reference, reference_of(element))))
        root.append(element)
    etree.indent(root, space=" ")
    content: bytes = etree.tostring(
        root, doctype=DOCTYPE, xml_declaration=True, encoding="UTF-8", pretty_print=True
    )
    return WrittenFile(content.decode("utf-8"), losses_of("PubMed XML", lost))
