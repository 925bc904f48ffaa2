"""Europe PMC: search with abstracts, preprints and notices; no key needed.

https://europepmc.org/RestfulWebService
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from references.formats import europepmc_json as record
from references.formats.json_items import at_path, plain_at, text_at
from references.identifiers import doi_key, pmid_of
from references.normalise import whole_number
from references.notices import RETRACTION, Notice, notice_kind
from references.record import Reference
from references.sources.errors import BadAnswer, must_be_about
from references.sources.session import SERVICES
from references.sources.source import DOI, PMCID, PMID, SEEK, Service, reads
from references.sources.work import Published, ResultPage, Work, distinct, years_of

NAME = "europepmc"


Item = Mapping[str, Any]


def _years(item: Item) -> frozenset[int]:
    return years_of(
        [
            text_at("pubYear")(item),
            at_path(item, "journalInfo", "yearOfPublication"),
            at_path(item, "journalInfo", "printPublicationDate"),
            text_at("electronicPublicationDate")(item),
        ]
    )


def _journals(item: Item) -> tuple[str, ...]:
    names = ("title", "isoabbreviation", "ISOAbbreviation", "medlineAbbreviation")
    return distinct(at_path(item, "journalInfo", "journal", name) for name in names)


def _comments(item: Item) -> list[tuple[str, str, str]]:
    """What was published about the work: the relation, the PubMed number, the words."""
    entries = record.entries(item, "commentCorrectionList", "commentCorrection")
    return [
        (
            str(entry.get("type") or "").lower(),
            pmid_of(entry.get("id")) if entry.get("source") in (None, "MED") else "",
            str(entry.get("reference") or ""),
        )
        for entry in entries
        if isinstance(entry, Mapping)
    ]


def _notices(item: Item) -> tuple[Notice, ...]:
    notices = [
        Notice(kind, "Europe PMC", pmid=pmid, text=words)
        for relation, pmid, words in _comments(item)
        if (kind := notice_kind(relation)) and relation.endswith(" in")
    ]
    is_retracted = any("retracted" in kind for kind in record.kinds(item))
    if is_retracted and all(notice.type != RETRACTION for notice in notices):
        notices.append(Notice(RETRACTION, "Europe PMC", text="Retracted Publication"))
    return tuple(notices)


@reads(NAME)
def work_of(item: Item) -> Work:
    """The work of one result (resultType=core)."""
    reference = record.reference_of(item)
    source = text_at("source")(item) or "MED"
    number = text_at("id")(item) or reference.pmid
    comments = _comments(item)
    return Work(
        source=NAME,
        id=number,
        address=f"https://europepmc.org/article/{source}/{number}",
        reference=reference,
        years=_years(item),
        journals=_journals(item),
        titles=distinct([reference.title, plain_at("vernacularTitle")(item)]),
        notices=_notices(item),
        updates=tuple(
            (kind, pmid)
            for relation, pmid, _ in comments
            if (kind := notice_kind(relation)) and not relation.endswith(" in")
        ),
        published=tuple(
            Published(pmid=pmid, text=words)
            for relation, pmid, words in comments
            if relation in ("preprint of", "update in") and not notice_kind(relation)
        ),
    )


def _quoted(text: str) -> str:
    return '"' + re.sub(r'["\\]+', " ", text).strip() + '"'


class EuropePMC(Service):
    """Questions to Europe PMC."""

    id = NAME
    name = SERVICES[NAME].name
    answers = frozenset({DOI, PMID, PMCID, SEEK})
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
            words = at_path(data, "errMsg")
            if not words:
                raise BadAnswer(self.name, "Europe PMC's answer is not the result of a search.")
            raise BadAnswer(
                self.name, "Europe PMC's answer is not the result of a search. {words}", words=words
            )
        works = tuple(
            work_of(item, answer)
            for item in record.entries(data, "resultList", "result")
            if isinstance(item, Mapping)
        )
        total = whole_number(str(data.get("hitCount")))
        self._session.count(total)
        following = str(data.get("nextCursorMark") or "")
        ended = following == cursor or len(works) < most
        return ResultPage(
            len(works) if total is None else total,
            works,
            "" if ended else following,
        )

    def by_doi(self, doi: str) -> Work | None:
        """The work of this DOI, or None."""
        works = self.search(f"DOI:{_quoted(doi)}", most=5).works
        return next((w for w in works if doi_key(w.reference.doi) == doi_key(doi)), None)

    def by_pmid(self, pmid: str) -> Work | None:
        """The work of this PubMed number, or None."""
        works = self.search(f"EXT_ID:{pmid} AND SRC:MED", most=5).works
        work = next((one for one in works if one.reference.pmid == pmid), None)
        if works and work is None:
            must_be_about(self.name, pmid, works[0].reference.pmid)
        return work

    def by_pmcid(self, pmcid: str) -> Work | None:
        """The work of this PubMed Central number, or None."""
        works = self.search(f"PMCID:{pmcid}", most=5).works
        return next((one for one in works if one.reference.pmcid.upper() == pmcid.upper()), None)

    def seek(self, cited: Reference, text: str = "") -> list[Work]:
        """The works closest to a citation by its title, best first."""
        words = re.findall(r"[^\W_]+(?:-[^\W_]+)*", cited.title)[:40]
        if not words:
            return []
        works = self.search(f"TITLE:{_quoted(' '.join(words))}", most=5).works
        if not works:
            longer = [word for word in words if len(word) > 4][:6] or words[:6]
            query = " AND ".join(f"TITLE:{word}" for word in longer)
            if cited.authors:
                query += f" AND AUTH:{_quoted(cited.authors[0].short)}"
            works = self.search(query, most=5).works
        return list(works)
