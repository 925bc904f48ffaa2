"""PubMed's XML: article sets, single articles, books, as efetch and the web site give them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from references.errors import Problem
from references.formats import carry, mathml
from references.formats.kinds import PREPRINT
from references.formats.latex import decode
from references.formats.markup import plain, raised
from references.formats.medline import descriptors, design_of, kind_of, status_of, untranslated
from references.formats.names import write_authors
from references.formats.reading import Reading, WrittenFile, losses_of
from references.formats.values import (
    as_extra,
    date_of,
    dated,
    doi_of,
    extra_names,
    extra_text,
    isbn_of,
    issn_of,
    issued,
    language,
    pages_of,
    pmcid_of,
    pmid_of,
    split_family,
    year_of,
)
from references.formats.xml_safe import elements
from references.record import Author, Place, Reference, Study

NAME = "pubmed-xml"
_RECORDS = ("PubmedArticle", "PubmedBookArticle", "MedlineCitation", "BookDocument")
_ROOTS = ("PubmedArticleSet", "PubmedBookArticleSet", "MedlineCitationSet")
_LIST = "; "


def _flat(element: Any) -> str:
    """The text of an element with its superscripts, subscripts and mathematics."""
    parts = [element.text or ""]
    for child in element:
        tag = child.tag if isinstance(child.tag, str) else ""
        name = tag.rpartition("}")[2].lower()
        inner = "" if not tag else mathml.words(child) if name == "math" else _flat(child)
        if name in ("sup", "sub") and inner:
            inner = raised(inner, name)
        parts.append(inner)
        parts.append(child.tail or "")
    return "".join(parts)


def _text(element: Any, path: str = "") -> str:
    found = element.find(path) if path else element
    return "" if found is None else plain(_flat(found))


def _texts(element: Any, path: str) -> list[str]:
    return [text for found in element.findall(path) if (text := _text(found))]


def _abstract(element: Any) -> str:
    parts = []
    for found in element.findall("Abstract/AbstractText"):
        label = (found.get("Label") or "").strip()
        text = _text(found)
        if text:
            parts.append(f"{label}: {text}" if label and label.upper() != "UNLABELLED" else text)
    return " ".join(parts)


def _author(element: Any) -> Author | None:
    if group := _text(element, "CollectiveName"):
        return Author(literal=group)
    family = _text(element, "LastName")
    given = _text(element, "ForeName") or _text(element, "FirstName")
    if not given:
        given = " ".join(_text(element, "Initials"))
    if not family:
        return Author(family=given) if given else None
    particle, family = split_family(family)
    return Author(family=family, given=given, particle=particle, suffix=_text(element, "Suffix"))


def _authors(element: Any | None) -> tuple[tuple[Author, ...], bool]:
    if element is None:
        return (), False
    found = tuple(author for child in element.findall("Author") if (author := _author(child)))
    return found, element.get("CompleteYN") == "N" and bool(found)


def _date(element: Any | None) -> tuple[int | None, int | None, int | None]:
    if element is None:
        return None, None, None
    if words := _text(element, "MedlineDate"):
        return date_of(words)
    parts = (_text(element, "Year"), _text(element, "Month"), _text(element, "Day"))
    return date_of(" ".join(part for part in parts if part))


def _headings(citation: Any) -> list[str]:
    """Subject headings as MEDLINE writes them: "Pain/*therapy", one a qualifier set."""
    found = []
    for heading in citation.findall("MeshHeadingList/MeshHeading"):
        name = heading.find("DescriptorName")
        if name is None:
            continue
        parts = [("*" if name.get("MajorTopicYN") == "Y" else "") + _text(name)]
        for qualifier in heading.findall("QualifierName"):
            major = "*" if qualifier.get("MajorTopicYN") == "Y" else ""
            parts.append(major + _text(qualifier))
        found.append("/".join(parts))
    return found


def _ids(record: Any) -> dict[str, str]:
    """Identifiers by kind, of the record itself and not of the works it cites."""
    found: dict[str, str] = {}
    places = (
        "PubmedData/ArticleIdList/ArticleId",
        "PubmedBookData/ArticleIdList/ArticleId",
        "BookDocument/ArticleIdList/ArticleId",
        "ArticleIdList/ArticleId",
    )
    for path in places:
        for element in record.findall(path):
            found.setdefault((element.get("IdType") or "").lower(), _text(element))
    for path in (
        "MedlineCitation/Article/ELocationID",
        "Article/ELocationID",
        "BookDocument/Book/ELocationID",
        "Book/ELocationID",
    ):
        for element in record.findall(path):
            if element.get("ValidYN") != "N":
                found.setdefault((element.get("EIdType") or "").lower(), _text(element))
    return found


def _put(extra: dict[str, str], name: str, value: str) -> None:
    if value and name not in extra:
        extra[name] = as_extra(value)


def _notices(citation: Any, extra: dict[str, str]) -> str:
    """The status that notices about the work give; each notice is kept in words."""
    kinds, words = [], []
    for element in citation.findall("CommentsCorrectionsList/CommentsCorrections"):
        kind = element.get("RefType") or ""
        if kind == "Cites":
            continue
        kinds.append(kind)
        source = _text(element, "RefSource")
        number = _text(element, "PMID")
        words.append(f"{kind}: {source}" + (f" (PMID {number})" if number else ""))
    _put(extra, "notices", _LIST.join(words))
    if "RetractionIn" in kinds:
        return "retracted"
    if "ExpressionOfConcernIn" in kinds:
        return "expression-of-concern"
    return "corrected" if {"ErratumIn", "CorrectedandRepublishedIn"} & set(kinds) else ""


def _article(record: Any) -> Reference:
    citation = record if record.tag == "MedlineCitation" else record.find("MedlineCitation")
    article = citation.find("Article") if citation is not None else None
    if citation is None or article is None:
        return Reference(key="", pmid=pmid_of(_text(record, ".//PMID")))
    extra: dict[str, str] = {}
    ids = _ids(record)
    journal = article.find("Journal")
    issue = journal.find("JournalIssue") if journal is not None else None
    date = _date(issue.find("PubDate")) if issue is not None else (None, None, None)
    electronic = _date(article.find("ArticleDate"))
    year, month, day = date if date[0] is not None else electronic
    dated(extra, month, day)
    if electronic[0] is not None and electronic != (year, month, day):
        extra["epub"] = "-".join(f"{part:02d}" for part in electronic if part)
    types = _texts(article, "PublicationTypeList/PublicationType")
    headings = _headings(citation)
    words = _texts(citation, "KeywordList/Keyword")
    title = _text(article, "ArticleTitle")
    vernacular = _text(article, "VernacularTitle")
    issn = _text(journal, "ISSN") if journal is not None else ""
    linking = _text(citation, "MedlineJournalInfo/ISSNLinking")
    _put(extra, "pubtype", _LIST.join(types))
    _put(extra, "mesh", _LIST.join(headings))
    _put(extra, "origtitle", vernacular)
    _put(
        extra,
        "shortjournal",
        _text(citation, "MedlineJournalInfo/MedlineTA")
        or (_text(journal, "ISOAbbreviation") if journal is not None else ""),
    )
    if linking and linking != issn and issn:
        _put(extra, "issn-linking", linking)
    _put(extra, "nlm-id", _text(citation, "MedlineJournalInfo/NlmUniqueID"))
    _put(extra, "country", _text(citation, "MedlineJournalInfo/Country"))
    _put(extra, "pii", ids.get("pii", ""))
    affiliations = [
        text
        for path in ("AuthorList/Author/AffiliationInfo/", "AuthorList/Author/", "")
        for text in _texts(article, f"{path}Affiliation")
    ]
    _put(extra, "affiliation", _LIST.join(dict.fromkeys(affiliations)))
    _put(extra, "chemicals", _LIST.join(_texts(citation, "ChemicalList/Chemical/NameOfSubstance")))
    _put(
        extra,
        "note",
        _LIST.join(
            note for note in _texts(citation, "GeneralNote") if carry.unpack_text(note) is None
        ),
    )
    _put(extra, "copyright", _text(article, "Abstract/CopyrightInformation"))
    _put(extra, "conflict-of-interest", _text(citation, "CoiStatement"))
    _put(extra, "databanks", _LIST.join(_texts(article, "DataBankList//AccessionNumber")))
    _put(
        extra,
        "grants",
        _LIST.join(" ".join(_texts(grant, "*")) for grant in article.findall("GrantList/Grant")),
    )
    _put(extra, "other-abstract", _LIST.join(_texts(citation, "OtherAbstract/AbstractText")))
    investigators = [
        author
        for element in citation.findall("InvestigatorList/Investigator")
        if (author := _author(element))
    ]
    if investigators:
        extra["investigator"] = write_authors(tuple(investigators), False)
    for name, path in (
        ("pubmodel", ""),
        ("pubstate", "PubmedData/PublicationStatus"),
    ):
        _put(extra, name, _text(record, path) if path else article.get("PubModel") or "")
    notice = _notices(citation, extra)
    if "preprint" in {kind.casefold() for kind in types}:
        extra["howpublished"] = PREPRINT
    authors, more = _authors(article.find("AuthorList"))
    editors = [
        author
        for element in article.findall("AuthorList[@Type='editors']/Author")
        if (author := _author(element))
    ]
    if editors:
        extra["editor"] = write_authors(tuple(editors), False)
        if article.find("AuthorList").get("Type") == "editors":
            authors, more = (), False
    return Reference(
        key="",
        type="misc" if extra.get("howpublished") == PREPRINT else kind_of(types),
        title=untranslated(title) or vernacular,
        authors=authors,
        more_authors=more,
        year=year,
        journal=_text(journal, "Title")
        if journal is not None and _text(journal, "Title")
        else extra_plain(extra, "shortjournal"),
        volume=_text(issue, "Volume") if issue is not None else "",
        number=_text(issue, "Issue") if issue is not None else "",
        pages=_pages(article.find("Pagination")) or pages_of(ids.get("article-number", "")),
        doi=doi_of(ids.get("doi", "")),
        pmid=pmid_of(_text(citation, "PMID")),
        pmcid=pmcid_of(ids.get("pmc", "") or ids.get("pmcid", "")),
        issn=issn_of(issn) or issn_of(linking),
        language=language(_text(article, "Language")),
        abstract=_abstract(article),
        keywords=tuple(dict.fromkeys([*words, *descriptors(headings)])),
        study=Study(design=design_of(types)),
        status=status_of(types) or notice,
        extra=extra,
    )


def extra_plain(extra: dict[str, str], name: str) -> str:
    """The text of a value just put into `extra`."""
    return " ".join(decode(extra.get(name, "")).split())


def _pages(element: Any | None) -> str:
    if element is None:
        return ""
    if pages := _text(element, "MedlinePgn"):
        return pages_of(pages)
    first, last = _text(element, "StartPage"), _text(element, "EndPage")
    return pages_of(f"{first}-{last}" if last else first)


def _book(record: Any) -> Reference:
    document = record if record.tag == "BookDocument" else record.find("BookDocument")
    book = document.find("Book") if document is not None else None
    if document is None:
        return Reference(key="", type="book", pmid=pmid_of(_text(record, ".//PMID")))
    if book is None:
        book = document
    extra: dict[str, str] = {}
    ids = _ids(record)
    date = _date(book.find("PubDate"))
    if date[0] is None:
        date = _date(document.find("ContributionDate"))
    dated(extra, date[1], date[2])
    types = _texts(document, "PublicationType")
    chapter = _text(document, "ArticleTitle")
    lists = [*document.findall("AuthorList"), *book.findall("AuthorList")]
    authors, more = next(
        (_authors(found) for found in lists if found.get("Type") != "editors"), ((), False)
    )
    editors = tuple(
        a for found in lists if found.get("Type") == "editors" for a in _authors(found)[0]
    )
    if editors:
        extra["editor"] = write_authors(editors, False)
    investigators = [
        a for e in document.findall("InvestigatorList/Investigator") if (a := _author(e))
    ]
    if investigators:
        extra["investigator"] = write_authors(tuple(investigators), False)
    title = _text(book, "BookTitle")
    _put(extra, "pubtype", _LIST.join(types))
    _put(extra, "address", _text(book, "Publisher/PublisherLocation"))
    _put(extra, "edition", _text(book, "Edition"))
    _put(extra, "series", _text(book, "CollectionTitle"))
    _put(extra, "medium", _text(book, "Medium"))
    _put(extra, "copyright", _text(document, "Abstract/CopyrightInformation"))
    _put(extra, "sections", _LIST.join(_texts(document, "Sections/Section/SectionTitle")))
    return Reference(
        key="",
        type="incollection" if chapter and chapter != title else "book",
        title=chapter or title,
        authors=authors,
        more_authors=more,
        year=date[0] or year_of(_text(book, "PubDate")),
        journal=title if chapter and chapter != title else "",
        volume=_text(book, "Volume"),
        pages=_pages(document.find("Pagination")),
        doi=doi_of(ids.get("doi", "")),
        pmid=pmid_of(_text(document, "PMID")),
        pmcid=pmcid_of(ids.get("pmc", "")),
        isbn=isbn_of(_text(book, "Isbn")),
        publisher=_text(book, "Publisher/PublisherName"),
        language=language(_text(document, "Language")),
        abstract=_abstract(document),
        keywords=tuple(dict.fromkeys(_texts(document, "KeywordList/Keyword"))),
        study=Study(design=design_of(types)),
        status=status_of(types),
        extra=extra,
    )


def reference_of(record: Any) -> Reference:
    """The reference of a PubmedArticle, PubmedBookArticle, MedlineCitation or BookDocument.

    Takes an element of lxml or of the standard library. The design is the one that PubMed's
    indexers gave as publication type, if it is one of ours; `status` tells a retraction.
    """
    reference = _book(record) if "Book" in str(record.tag) else _article(record)
    for note in record.iter("GeneralNote"):
        carried = carry.unpack_text(_flat(note))
        if carried is not None:
            return carry.restore(reference, carried)
    return reference


def read(source: str | Path, name: str = "<text>") -> Reading:
    """The records of a file; one record stands for each PubmedArticle or PubmedBookArticle."""
    problems: list[Problem] = []
    references = []
    for element, line in elements(source, _RECORDS, _ROOTS, name, problems):
        references.append(replace(reference_of(element), place=Place(name, line)))
    return Reading(tuple(references), tuple(problems), (), NAME)


# ---- writing --------------------------------------------------------------------------


def _add(parent: Any, tag: str, text: str = "", **attributes: str) -> Any:
    from lxml import etree

    child = etree.SubElement(parent, tag, attributes)
    if text:
        try:
            child.text = text
        except ValueError:  # signs that XML forbids; the note has the value as it is
            child.text = "".join(sign for sign in text if sign.isprintable())
    return child


def _add_authors(parent: Any, authors: Iterable[Author], **attributes: str) -> None:
    found = tuple(authors)
    if not found:
        return
    container = _add(parent, "AuthorList", **attributes)
    for author in found:
        element = _add(container, "Author", ValidYN="Y")
        if author.literal:
            _add(element, "CollectiveName", author.literal)
            continue
        _add(element, "LastName", " ".join(p for p in (author.particle, author.family) if p))
        if author.given:
            _add(element, "ForeName", author.given)
            _add(element, "Initials", author.initials)
        if author.suffix:
            _add(element, "Suffix", author.suffix)


def _add_date(parent: Any, tag: str, reference: Reference) -> None:
    date = _add(parent, tag)
    for name, part in zip(("Year", "Month", "Day"), issued(reference), strict=True):
        if part is not None:
            _add(date, name, f"{part:02d}")


def _split(reference: Reference, name: str) -> list[str]:
    return [part for part in extra_text(reference, name).split(_LIST) if part]


def _element(reference: Reference) -> Any:
    """A PubmedArticle with the reference's fields, in the order of PubMed's DTD."""
    from lxml import etree

    record = etree.Element("PubmedArticle")
    citation = _add(record, "MedlineCitation", Status="Publisher", Owner="NOTNLM")
    _add(citation, "PMID", reference.pmid, Version="1")
    article = _add(citation, "Article", PubModel=extra_text(reference, "pubmodel") or "Print")
    journal = _add(article, "Journal")
    if reference.issn:
        _add(journal, "ISSN", reference.issn, IssnType="Print")
    issue = _add(journal, "JournalIssue", CitedMedium="Print")
    if reference.volume:
        _add(issue, "Volume", reference.volume)
    if reference.number:
        _add(issue, "Issue", reference.number)
    _add_date(issue, "PubDate", reference)
    _add(journal, "Title", reference.journal)
    short = extra_text(reference, "shortjournal")
    if short:
        _add(journal, "ISOAbbreviation", short)
    _add(article, "ArticleTitle", reference.title)
    if reference.pages:
        _add(_add(article, "Pagination"), "MedlinePgn", reference.pages)
    if reference.doi:
        _add(article, "ELocationID", reference.doi, EIdType="doi", ValidYN="Y")
    if reference.abstract:
        _add(_add(article, "Abstract"), "AbstractText", reference.abstract)
    _add_authors(
        article,
        reference.authors,
        CompleteYN="N" if reference.more_authors else "Y",
        Type="authors",
    )
    _add_authors(article, extra_names(reference, "editor"), CompleteYN="Y", Type="editors")
    _add(article, "Language", reference.language)
    types = _add(article, "PublicationTypeList")
    for kind in _split(reference, "pubtype") or ["Journal Article"]:
        _add(types, "PublicationType", kind)
    if vernacular := extra_text(reference, "origtitle"):
        _add(article, "VernacularTitle", vernacular)
    info = _add(citation, "MedlineJournalInfo")
    for tag, field in (
        ("Country", "country"),
        ("MedlineTA", "shortjournal"),
        ("NlmUniqueID", "nlm-id"),
        ("ISSNLinking", "issn-linking"),
    ):
        if text := extra_text(reference, field):
            _add(info, tag, text)
    headings = _split(reference, "mesh")
    if headings:
        mesh = _add(citation, "MeshHeadingList")
        for heading in headings:
            element = _add(mesh, "MeshHeading")
            for number, part in enumerate(heading.split("/")):
                tag = "QualifierName" if number else "DescriptorName"
                _add(element, tag, part.lstrip("*"), MajorTopicYN="Y" if part[:1] == "*" else "N")
    known = set(descriptors(headings))
    words = [word for word in reference.keywords if word not in known]
    if words:
        keywords = _add(citation, "KeywordList", Owner="NOTNLM")
        for word in words:
            _add(keywords, "Keyword", word, MajorTopicYN="N")
    data = _add(record, "PubmedData")
    _add(data, "PublicationStatus", extra_text(reference, "pubstate") or "ppublish")
    ids = _add(data, "ArticleIdList")
    numbers = {
        "pubmed": reference.pmid,
        "doi": reference.doi,
        "pmc": reference.pmcid,
        "pii": extra_text(reference, "pii"),
    }
    for kind, value in numbers.items():
        if value:
            _add(ids, "ArticleId", value, IdType=kind)
    return record


def _elements(references: Iterable[Reference]) -> Iterator[tuple[Any, str, tuple[str, ...]]]:
    for reference in references:
        element = _element(reference)
        native = reference_of(element)
        lost = carry.lost_fields(reference, native)
        if lost:
            citation = element.find("MedlineCitation")
            _add(citation, "GeneralNote", carry.pack_text(reference, native, lost), Owner="NOTNLM")
        yield element, reference.key, carry.named(reference, native, lost)


def write(references: Iterable[Reference]) -> WrittenFile:
    """A PubmedArticleSet."""
    from lxml import etree

    root = etree.Element("PubmedArticleSet")
    found = []
    for element, key, lost in _elements(references):
        root.append(element)
        found.append((key, lost))
    etree.indent(root, space=" ")
    content: bytes = etree.tostring(root, xml_declaration=True, encoding="utf-8")
    return WrittenFile(content + b"\n", losses_of("PubMed XML", found, "a GeneralNote"))
