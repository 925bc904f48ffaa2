"""PubMed through NCBI's E-utilities: esearch, esummary, efetch and ecitmatch.

https://www.ncbi.nlm.nih.gov/books/NBK25499/ describes them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from rapidfuzz import fuzz

from references.formats.pubmed_xml import reference_of
from references.formats.xml_text import text_at, texts_at
from references.identifiers import doi_in, doi_key
from references.normalise import page_range, whole_number
from references.notices import RETRACTION, Notice, notice_kind
from references.record import Reference
from references.sources.errors import BadAnswer, SourceError, must_be_about
from references.sources.session import SERVICES, Reply
from references.sources.source import DOI, PMID, SEEK, Service, reads
from references.sources.work import Published, Work, distinct, years_of

NAME = "pubmed"
#: Words PubMed leaves out of a title search and punctuation it reads as syntax.
_SYNTAX = re.compile(r"[^\w\s-]+")


@dataclass(frozen=True)
class PubmedPage:
    """What esearch found: how many records in all, and the numbers of this page."""

    total: int
    pmids: tuple[str, ...]


def _years(article: Any) -> frozenset[int]:
    paths = (
        "MedlineCitation/Article/Journal/JournalIssue/PubDate",
        "MedlineCitation/Article/ArticleDate",
        "BookDocument/Book/PubDate",
    )
    dates = (date for path in paths for date in article.iterfind(path))
    return years_of(text_at(date, "Year") or text_at(date, "MedlineDate") for date in dates)


def _kinds(article: Any) -> set[str]:
    paths = (
        "MedlineCitation/Article/PublicationTypeList/PublicationType",
        "BookDocument/PublicationType",
    )
    return {kind.lower() for path in paths for kind in texts_at(article, path)}


class _Comment(NamedTuple):
    """What was published about the work: its relation (RefType), its numbers, its words."""

    relation: str
    doi: str
    pmid: str
    words: str


def _comments(article: Any) -> list[_Comment]:
    comments = []
    for element in article.iterfind("MedlineCitation/CommentsCorrectionsList/CommentsCorrections"):
        words = text_at(element, "RefSource")
        doi = doi_in(words)
        pmid = text_at(element, "PMID")
        comments.append(_Comment(element.get("RefType", ""), doi, pmid, words))
    return comments


def _notices(article: Any) -> tuple[Notice, ...]:
    notices = [
        Notice(kind, "PubMed", pmid=comment.pmid, doi=comment.doi, text=comment.words)
        for comment in _comments(article)
        if comment.relation.endswith("In") and (kind := notice_kind(comment.relation))
    ]
    is_retracted = "retracted publication" in _kinds(article)
    if is_retracted and all(notice.type != RETRACTION for notice in notices):
        notices.append(Notice(RETRACTION, "PubMed", text="Retracted Publication"))
    return tuple(notices)


def _updates(article: Any) -> tuple[tuple[str, str], ...]:
    return tuple(
        (kind, comment.doi or comment.pmid)
        for comment in _comments(article)
        if comment.relation.endswith(("Of", "For")) and (kind := notice_kind(comment.relation))
    )


def _published(article: Any) -> tuple[Published, ...]:
    """The articles that a preprint became."""
    return tuple(
        Published(doi=comment.doi, pmid=comment.pmid, text=comment.words)
        for comment in _comments(article)
        if comment.relation == "UpdateIn" and "preprint" in _kinds(article)
    )


def _journals(article: Any, journal: str) -> tuple[str, ...]:
    paths = (
        "MedlineCitation/Article/Journal/Title",
        "MedlineCitation/Article/Journal/ISOAbbreviation",
        "MedlineCitation/MedlineJournalInfo/MedlineTA",
        "BookDocument/Book/BookTitle",
    )
    return distinct([journal, *(text_at(article, path) for path in paths)])


@reads(NAME)
def work_of(article: Any) -> Work:
    """The work of one `PubmedArticle` or `PubmedBookArticle` element."""
    reference = reference_of(article)
    vernacular = text_at(article, "MedlineCitation/Article/VernacularTitle")
    return Work(
        source=NAME,
        id=reference.pmid,
        address=f"https://pubmed.ncbi.nlm.nih.gov/{reference.pmid}/",
        reference=reference,
        years=_years(article),
        journals=_journals(article, reference.journal),
        titles=distinct([reference.title, vernacular]),
        notices=_notices(article),
        updates=_updates(article),
        published=_published(article),
    )


def title_terms(title: str, most: int = 12) -> str:
    """A PubMed query for a title: its longer words, each to be found in the title."""
    words = [word for word in _SYNTAX.sub(" ", title).split() if len(word.strip("-")) > 3]
    kept = sorted(words, key=len, reverse=True)[:most]
    return " AND ".join(f"{word}[ti]" for word in dict.fromkeys(w for w in words if w in kept))


class PubMed(Service):
    """Questions to PubMed."""

    id = NAME
    name = SERVICES[NAME].name
    answers = frozenset({DOI, PMID, SEEK})
    tells_notices = True
    numbers_works = True
    answers_many = PMID

    def _xml(self, path: str, **parameters: str | int) -> Reply | None:
        return self._session.get(
            NAME, path, {"db": "pubmed", **parameters}, kind="xml", refresh=self._refresh
        )

    def search(self, query: str, start: int = 0, most: int = 20, **more: str) -> PubmedPage:
        """The PubMed numbers a query finds (esearch), from `start`.

        `more` are esearch's own parameters (datetype, mindate, maxdate, sort).

        Raises:
            SourceError: no answer, or PubMed says the query is wrong.
        """
        answer = self._xml(
            "esearch.fcgi", term=query, retstart=start, retmax=most, retmode="xml", **more
        )
        root: Any = answer.data if answer else None
        if root is None or root.tag != "eSearchResult":
            raise BadAnswer(self.name, "PubMed's answer is not the result of a search.")
        total = whole_number(text_at(root, "Count"))
        if total is None:
            words = text_at(root, "ERROR") or text_at(root, "ErrorList") or "no count"
            raise BadAnswer(self.name, "PubMed did not run the search: {words}", words=words[:200])
        self._session.count(total)
        pmids = texts_at(root, "IdList/Id")
        return PubmedPage(total, tuple(p for p in pmids if p.isdigit()))

    def records(self, pmids: Sequence[str]) -> list[Work]:
        """The full records of up to 200 PubMed numbers (efetch)."""
        wanted = [pmid for pmid in pmids if pmid.isdigit()][:200]
        if not wanted:
            return []
        answer = self._xml("efetch.fcgi", id=",".join(wanted), retmode="xml")
        if answer is None:
            return []
        root: Any = answer.data
        if root.tag not in ("PubmedArticleSet", "PubmedArticle"):
            raise BadAnswer(self.name, "PubMed's answer holds no records.")
        articles = [root] if root.tag == "PubmedArticle" else list(root)
        return [
            work_of(article, answer)
            for article in articles
            if article.tag in ("PubmedArticle", "PubmedBookArticle")
        ]

    def titles(self, pmids: Iterable[str]) -> dict[str, str]:
        """The titles of PubMed numbers (esummary): light, for choosing what to fetch."""
        answer = self._xml("esummary.fcgi", id=",".join(pmids), retmode="xml")
        root: Any = answer.data if answer else None
        if root is None or root.tag != "eSummaryResult":
            raise BadAnswer(self.name, "PubMed's answer holds no summaries.")
        return {
            text_at(summary, "Id"): text_at(summary, "Item[@Name='Title']")
            for summary in root.iterfind("DocSum")
        }

    def by_pmid(self, pmid: str) -> Work | None:
        """The record of a PubMed number, or None when there is none."""
        works = self.records([pmid])
        work = next((one for one in works if one.id == pmid), None)
        if works and work is None:
            must_be_about(self.name, pmid, works[0].id)
        return work

    def by_doi(self, doi: str) -> Work | None:
        """The record with this DOI, or None; PubMed's hits are checked, it searches loosely."""
        page = self.search(f'"{doi}"[doi]' if '"' not in doi else f"{doi}[doi]", most=3)
        for work in self.records(page.pmids):
            if doi_key(work.reference.doi) == doi_key(doi):
                return work
        return None

    def match(self, journal: str, year: object, volume: str, page: str, author: str) -> str:
        """The PubMed number of a citation by its place in a journal (ecitmatch), or ""."""
        parts = [journal, str(year or ""), volume, page, author]
        line = "|".join(re.sub(r"[|\r\n]+", " ", part) for part in parts) + "|cited|"
        answer = self._session.get(
            NAME,
            "ecitmatch.cgi",
            {"db": "pubmed", "retmode": "xml", "bdata": line + "\r"},
            kind="text",
            refresh=self._refresh,
        )
        last = str(answer.data).strip().rsplit("|", 1)[-1].strip() if answer else ""
        return last if last.isascii() and last.isdigit() else ""

    def seek(self, cited: Reference, text: str = "") -> list[Work]:
        """The records closest to a citation: by its place in a journal, then by its title."""
        page = page_range(cited.pages)[0]
        if cited.journal and cited.year and cited.volume and page:
            author = cited.authors[0].family if cited.authors else ""
            pmid = self.match(cited.journal, cited.year, cited.volume, page, author)
            if pmid and (work := self.by_pmid(pmid)):
                return [work]
        return self._titled(cited.title, cited.authors[0].short if cited.authors else "")

    def _titled(self, title: str, author: str) -> list[Work]:
        """The records whose titles are closest to `title`, best first."""
        terms = title_terms(title)
        if not terms:
            return []
        page = self.search(terms, most=20)
        if not page.pmids:
            few = " AND ".join(terms.split(" AND ")[:5])
            if author:
                few = f"({few}) AND {_SYNTAX.sub(' ', author)}[au]"
            page = self.search(few, most=20) if few != terms else page
        pmids = list(page.pmids)
        if len(pmids) > 3:
            try:
                titles = self.titles(pmids)
                pmids.sort(key=lambda pmid: -fuzz.token_sort_ratio(titles.get(pmid, ""), title))
            except SourceError:
                pass  # the order of the search will do
        return self.records(pmids[:3])

    def many(self, dois: Sequence[str], pmids: Sequence[str]) -> list[Work]:
        """The records of many PubMed numbers; they name the notices about them."""
        return [
            work
            for start in range(0, len(pmids), 200)
            for work in self.records(pmids[start : start + 200])
        ]
