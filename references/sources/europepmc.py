"""Europe PMC: search with abstracts, preprints and notices; no key needed.

https://europepmc.org/RestfulWebService
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from references.formats.markup import plain
from references.identifiers import bare_doi, pmid_of
from references.normalise import plain_pages
from references.notices import Notice, notice_kind
from references.preprints import PREPRINT
from references.record import Author, Reference
from references.sources.errors import BadAnswer, must_be_about, reads
from references.sources.session import SERVICES, Reply
from references.sources.source import DOI, PMID, SEEK, Service
from references.sources.work import Published, Work, distinct, split_name, years_of

NAME = "europepmc"
_LANGUAGES = {
    "eng": "en",
    "fre": "fr",
    "fra": "fr",
    "ger": "de",
    "deu": "de",
    "spa": "es",
    "ita": "it",
    "por": "pt",
    "rus": "ru",
    "chi": "zh",
    "jpn": "ja",
}


@dataclass(frozen=True)
class ResultPage:
    """One page of a search: the total, the works, and where the next page begins ("" = end)."""

    total: int
    works: tuple[Work, ...]
    following: str = ""


def _list(item: Mapping[str, Any], outer: str, inner: str) -> list[Any]:
    """A list of the service's JSON; one entry may stand there without its list."""
    holder = item.get(outer)
    value = holder.get(inner) if isinstance(holder, Mapping) else None
    return value if isinstance(value, list) else [] if value is None else [value]


def _author(entry: Any) -> Author | None:
    if not isinstance(entry, Mapping):
        return None
    if group := entry.get("collectiveName"):
        return Author(literal=plain(str(group)))
    family, given = entry.get("lastName"), entry.get("firstName") or entry.get("initials")
    if family:
        return Author(family=plain(str(family)), given=plain(str(given or "")))
    return split_name(str(entry["fullName"])) if entry.get("fullName") else None


@reads(SERVICES[NAME].name)
def work_of(item: Mapping[str, Any], answer: Reply | None = None) -> Work:
    """The work of one result (resultType=core)."""
    journal_info = item.get("journalInfo")
    journal_info = journal_info if isinstance(journal_info, Mapping) else {}
    journal = journal_info.get("journal")
    journal = journal if isinstance(journal, Mapping) else {}
    text = {key: str(value) for key, value in item.items() if isinstance(value, str | int)}
    kinds = [str(kind).lower() for kind in _list(item, "pubTypeList", "pubType")]
    is_preprint = "preprint" in kinds or item.get("source") == "PPR"
    years = years_of(
        [
            text.get("pubYear"),
            journal_info.get("yearOfPublication"),
            journal_info.get("printPublicationDate"),
            text.get("electronicPublicationDate"),
        ]
    )
    authors = tuple(a for e in _list(item, "authorList", "author") if (a := _author(e)))
    if not authors and text.get("authorString"):
        names = text["authorString"].rstrip(".").split(",")
        authors = tuple(split_name(name) for name in names if name.strip())
    pmid, doi = pmid_of(text.get("pmid")), bare_doi(text.get("doi"))
    language = text.get("language", "")
    reference = Reference(
        key="",
        type="misc" if is_preprint else "article",
        title=plain(text.get("title", "")).rstrip("."),
        authors=authors,
        year=int(text["pubYear"][:4]) if re.match(r"\d{4}", text.get("pubYear", "")) else None,
        journal=plain(str(journal.get("title") or "")),
        volume=str(journal_info.get("volume") or ""),
        number=str(journal_info.get("issue") or ""),
        pages=plain_pages(text.get("pageInfo", "")),
        doi=doi,
        pmid=pmid,
        pmcid=text.get("pmcid", ""),
        issn=str(journal.get("ISSN") or journal.get("ESSN") or ""),
        language=_LANGUAGES.get(language, language if len(language) == 2 else ""),
        abstract=plain(text.get("abstractText", "")),
        keywords=distinct(_list(item, "keywordList", "keyword")),
        extra={"howpublished": PREPRINT} if is_preprint else {},
    )
    notices, updates, published = [], [], []
    for entry in _list(item, "commentCorrectionList", "commentCorrection"):
        if not isinstance(entry, Mapping):
            continue
        relation = str(entry.get("type") or "")
        other = pmid_of(entry.get("id")) if entry.get("source") in (None, "MED") else ""
        words = str(entry.get("reference") or "")
        kind = notice_kind(relation)
        if kind and relation.lower().endswith(" in"):
            notices.append(Notice(kind, "Europe PMC", pmid=other, text=words))
        elif kind:
            updates.append((kind, other))
        elif relation.lower() in ("preprint of", "update in"):
            published.append(Published(pmid=other, text=words))
    if any("retracted" in kind for kind in kinds) and not any(
        notice.type == "retraction" for notice in notices
    ):
        notices.append(Notice("retraction", "Europe PMC", text="Retracted Publication"))
    source, number = text.get("source", "MED"), text.get("id", pmid)
    return Work(
        source=NAME,
        id=number,
        address=f"https://europepmc.org/article/{source}/{number}",
        reference=reference,
        years=years,
        journals=distinct(
            [
                journal.get("title"),
                journal.get("ISOAbbreviation"),
                journal.get("medlineAbbreviation"),
            ]
        ),
        titles=distinct([reference.title, plain(text.get("vernacularTitle", ""))]),
        notices=tuple(notices),
        updates=tuple(updates),
        published=tuple(published),
        fetched=answer.fetched if answer else None,
        copied=answer.copied if answer else False,
    )


def _quoted(text: str) -> str:
    return '"' + re.sub(r'["\\]+', " ", text).strip() + '"'


class EuropePMC(Service):
    """Questions to Europe PMC."""

    id = NAME
    name = SERVICES[NAME].name
    answers = frozenset({DOI, PMID, SEEK})
    stands_in = True
    tells_notices = True

    def search(self, query: str, most: int = 25, cursor: str = "*") -> ResultPage:
        """One page of a search; `cursor` is what the page before gave as `following`."""
        answer = self._session.get(
            NAME,
            "search",
            {
                "query": query,
                "format": "json",
                "resultType": "core",
                "pageSize": most,
                "cursorMark": cursor,
            },
            refresh=self._refresh,
        )
        data = answer.data if answer else None
        if not isinstance(data, Mapping) or "resultList" not in data:
            words = data.get("errMsg", "") if isinstance(data, Mapping) else ""
            raise BadAnswer(
                self.name, f"Europe PMC's answer is not the result of a search. {words}".strip()
            )
        works = tuple(
            work_of(item, answer)
            for item in _list(data, "resultList", "result")
            if isinstance(item, Mapping)
        )
        total = data.get("hitCount")
        following = str(data.get("nextCursorMark") or "")
        ended = following == cursor or len(works) < most
        return ResultPage(
            int(str(total)) if str(total).isdigit() else len(works),
            works,
            "" if ended else following,
        )

    def by_doi(self, doi: str) -> Work | None:
        """The work of this DOI, or None."""
        works = self.search(f"DOI:{_quoted(doi)}", most=5).works
        return next((w for w in works if w.reference.doi.lower() == doi.lower()), None)

    def by_pmid(self, pmid: str) -> Work | None:
        """The work of this PubMed number, or None."""
        works = self.search(f"EXT_ID:{pmid} AND SRC:MED", most=5).works
        found = next((work for work in works if work.reference.pmid == pmid), None)
        if works and found is None:
            must_be_about(self.name, pmid, works[0].reference.pmid)
        return found

    def seek(self, cited: Reference, text: str = "") -> list[Work]:
        """The works closest to a citation by its title."""
        return self.find(cited.title, cited.authors[0].short if cited.authors else "")

    def find(self, title: str, author: str = "", rows: int = 5) -> list[Work]:
        """The works whose titles are closest to `title`, best first."""
        words = re.findall(r"[^\W_]+(?:-[^\W_]+)*", title)[:40]
        if not words:
            return []
        works = self.search(f"TITLE:{_quoted(' '.join(words))}", most=rows).works
        if not works:
            longer = [word for word in words if len(word) > 4][:6] or words[:6]
            query = " AND ".join(f"TITLE:{word}" for word in longer)
            query += f" AND AUTH:{_quoted(author)}" if author else ""
            works = self.search(query, most=rows).works
        return list(works)
