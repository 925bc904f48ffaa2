"""A real HTTP server on loopback that answers like the outside services.

It is fed with works (plain records) and shapes them as each service does: Crossref JSON,
PubMed's XML, Europe PMC, OpenAlex, DataCite and ClinicalTrials.gov JSON, after the recorded
answers of these services. Any path can be made to misbehave. The log keeps every request
with its time. Like most of the services it sends no ETag, unless `etags` is set.
"""

from __future__ import annotations

import json
import re
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit
from xml.sax.saxutils import escape

from rapidfuzz import fuzz, process

#: Crossref's types, in which the double thinks, in the words of two other services.
_OPENALEX = {
    "posted-content": "preprint",
    "dataset": "dataset",
    "peer-review": "peer-review",
    "component": "supplementary-materials",
    "journal-issue": "paratext",
}
_DATACITE = {"posted-content": "Preprint", "dataset": "Dataset", "peer-review": "PeerReview"}
#: Names that OpenAlex gives as the source, and DataCite as the publisher, of a deposit.
REPOSITORIES = ("Figshare", "Zenodo", "HAL", "PubMed Central", "medRxiv")
SERVICES = (
    *("pubmed", "crossref", "europepmc", "openalex", "datacite", "clinicaltrials"),
    "openlibrary",
)


@dataclass
class Record:
    """One work, as the double knows it: authors are (family, given), a group ("", name).

    `services` are those that have it; `kind` is Crossref's type (component, dataset,
    journal-issue, peer-review, posted-content ...); without a title it is an untitled record.
    """

    title: str
    authors: list[tuple[str, str]] = field(default_factory=list)
    year: int | None = None
    journal: str = ""
    short_journal: str = ""
    volume: str = ""
    issue: str = ""
    pages: str = ""
    doi: str = ""
    pmid: str = ""
    pmcid: str = ""
    isbn: str = ""
    abstract: str = ""
    kind: str = "journal-article"
    services: tuple[str, ...] = ("crossref", "pubmed", "europepmc", "openalex")
    online_year: int | None = None
    retracted: bool = False
    updated_by: list[dict[str, Any]] = field(default_factory=list)
    update_to: list[dict[str, Any]] = field(default_factory=list)
    comments: list[tuple[str, str, str]] = field(default_factory=list)
    preprint_of: str = ""
    replaced_by: str = ""
    language: str = "eng"

    @property
    def folded(self) -> str:
        """What a search sees."""
        names = " ".join(family for family, _ in self.authors)
        return f"{names} {self.title} {self.journal} {self.year or ''}".lower()


@dataclass
class Request:
    """One request the double received."""

    path: str
    parameters: dict[str, str]
    headers: dict[str, str]
    at: float
    service: str


@dataclass
class Reply:
    """What the double sends back."""

    body: bytes = b""
    status: int = 200
    type: str = "application/json"
    headers: dict[str, str] = field(default_factory=dict)
    declared_length: int | None = None
    pause: float = 0.0
    trickle: float = 0.0


def as_json(data: Any, **more: Any) -> Reply:
    return Reply(json.dumps(data, ensure_ascii=False).encode(), **more)


def as_xml(text: str) -> Reply:
    return Reply(text.encode(), type="text/xml; charset=UTF-8")


class ServiceDouble:
    """The server; use it as a context manager, or `start` and `stop`."""

    def __init__(
        self, records: Iterable[Record] = (), trials: Iterable[dict[str, Any]] = ()
    ) -> None:
        self.records = list(records)
        self.trials = list(trials)
        self.log: list[Request] = []
        self.faults: list[Callable[[Request], Reply | None]] = []
        self.etags = False
        self.before: Callable[[Request], None] = lambda request: None
        self._lock = threading.Lock()
        double = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *_: Any) -> None:
                pass

            def do_GET(self) -> None:
                double._answer(self)

        class Server(ThreadingHTTPServer):
            daemon_threads = True
            request_queue_size = 64

            def handle_error(self, *_: Any) -> None:
                pass  # a client that gave up is part of the tests

        self._server = Server(("127.0.0.1", 0), Handler)

    # -- life --

    def __enter__(self) -> ServiceDouble:
        return self.start()

    def __exit__(self, *_: Any) -> None:
        self.stop()

    def start(self) -> ServiceDouble:
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}"

    @property
    def bases(self) -> dict[str, str]:
        return {name: f"{self.address}/{name}" for name in SERVICES}

    @property
    def environment(self) -> dict[str, str]:
        return {f"EVIDENCE_{name.upper()}_URL": base for name, base in self.bases.items()}

    def asked(self, service: str = "", path: str = "") -> list[Request]:
        with self._lock:
            return [r for r in self.log if service in ("", r.service) and path in r.path]

    # -- misbehaving --

    def fault(self, reply: Reply, service: str = "", path: str = "", times: int = 10**9) -> None:
        """Answer `reply` to the next `times` requests to a service or path."""
        left = [times]

        def rule(request: Request) -> Reply | None:
            if service not in ("", request.service) or path not in request.path or left[0] < 1:
                return None
            left[0] -= 1
            return reply

        self.faults.append(rule)

    # -- answering --

    def _answer(self, handler: BaseHTTPRequestHandler) -> None:
        parts = urlsplit(handler.path)
        service = parts.path.split("/")[1] if parts.path.count("/") else ""
        parameters = {k: v[-1] for k, v in parse_qs(parts.query, keep_blank_values=True).items()}
        request = Request(parts.path, parameters, dict(handler.headers), time.monotonic(), service)
        with self._lock:
            self.log.append(request)
            reply = next((r for fault in self.faults if (r := fault(request))), None)
        self.before(request)
        if reply is None:
            answer = getattr(self, f"_{service}", None)
            path = unquote(parts.path.removeprefix(f"/{service}/"))
            reply = answer(path, parameters) if answer else Reply(b"no such service", 404)
        tag = f'"{abs(hash(reply.body))}"'
        if reply.status == 200 and handler.headers.get("If-None-Match") == tag:
            handler.send_response(304)
            handler.send_header("ETag", tag)
            handler.end_headers()
            return
        if reply.pause:
            time.sleep(reply.pause)
        handler.send_response(reply.status)
        handler.send_header("Content-Type", reply.type)
        length = len(reply.body) if reply.declared_length is None else reply.declared_length
        handler.send_header("Content-Length", str(length))
        if self.etags and reply.status == 200 and reply.declared_length is None:
            handler.send_header("ETag", tag)
        if service == "crossref":
            handler.send_header("x-rate-limit-limit", "50")
            handler.send_header("x-rate-limit-interval", "1s")
        for name, value in reply.headers.items():
            handler.send_header(name, value)
        handler.end_headers()
        if reply.trickle:
            for byte in reply.body:
                handler.wfile.write(bytes([byte]))
                handler.wfile.flush()
                time.sleep(reply.trickle)
        else:
            handler.wfile.write(reply.body)
        if reply.declared_length is not None and reply.declared_length > len(reply.body):
            handler.close_connection = True

    def _of(self, service: str) -> list[Record]:
        return [record for record in self.records if service in record.services]

    def _nearest(self, service: str, text: str, rows: int) -> list[Record]:
        records = self._of(service)
        best = process.extract(
            text.lower(), [r.folded for r in records], scorer=fuzz.token_set_ratio, limit=rows
        )
        return [records[index] for _, _, index in best]

    # Crossref

    def _crossref(self, path: str, parameters: dict[str, str]) -> Reply:
        if path.startswith("works/"):
            doi = path.removeprefix("works/")
            if doi.endswith("/agency"):
                doi = doi.removesuffix("/agency")
                for service in ("crossref", "datacite"):
                    if self._with_doi(service, doi):
                        return as_json({"message": {"DOI": doi, "agency": {"id": service}}})
                return Reply(b"Resource not found.", 404, "text/plain")
            record = self._with_doi("crossref", doi)
            if record is None:
                return Reply(b"Resource not found.", 404, "text/plain")
            return as_json(
                {"status": "ok", "message-type": "work", "message": crossref_item(record)}
            )
        if path == "works":
            rows = int(parameters.get("rows", "20"))
            filters = parameters.get("filter", "").lower()
            dois = re.findall(r"\bdoi:([^,]+)", filters)
            if about := re.findall(r"updates:([^,]+)", filters):
                found = [
                    r
                    for r in self._of("crossref")
                    if any(str(u.get("DOI", "")).lower() in about for u in r.update_to)
                ]
            elif isbn := re.findall(r"isbn:(\d+)", filters):
                found = [r for r in self._of("crossref") if r.isbn in isbn]
            elif dois:
                found = [r for r in self._of("crossref") if r.doi and r.doi.lower() in dois]
            else:
                found = self._nearest("crossref", parameters.get("query.bibliographic", ""), rows)
            items = [crossref_item(record) for record in found[:rows]]
            return as_json(
                {
                    "status": "ok",
                    "message-type": "work-list",
                    "message": {"total-results": len(items), "items": items},
                }
            )
        return Reply(b"Resource not found.", 404, "text/plain")

    def _with_doi(self, service: str, doi: str) -> Record | None:
        return next((r for r in self._of(service) if r.doi and r.doi.lower() == doi.lower()), None)

    # Open Library

    def _openlibrary(self, path: str, parameters: dict[str, str]) -> Reply:
        wanted = parameters.get("bibkeys", "").removeprefix("ISBN:")
        books = {
            f"ISBN:{book.isbn}": {
                "title": book.title.partition(": ")[0],
                "subtitle": book.title.partition(": ")[2],
                "authors": [
                    {"name": f"{given} {family}".strip()} for family, given in book.authors
                ],
                "publish_date": f"June {book.year}",
                "publishers": [{"name": book.journal}],
                "identifiers": {"isbn_13": [book.isbn]},
                "key": f"/books/OL{book.isbn[-5:]}M",
            }
            for book in self._of("openlibrary")
            if path == "api/books" and book.isbn == wanted
        }
        return as_json(books)

    # PubMed

    def _pubmed(self, path: str, parameters: dict[str, str]) -> Reply:
        records = [record for record in self._of("pubmed") if record.pmid]
        if path == "esearch.fcgi":
            found = self._pubmed_search(records, parameters.get("term", ""))
            start, most = int(parameters.get("retstart", 0)), int(parameters.get("retmax", 20))
            ids = "".join(f"<Id>{r.pmid}</Id>" for r in found[start : start + most])
            return as_xml(
                '<?xml version="1.0" encoding="UTF-8" ?><!DOCTYPE eSearchResult PUBLIC '
                '"-//NLM//DTD esearch 20060628//EN" "https://example.org/esearch.dtd">'
                f"<eSearchResult><Count>{len(found)}</Count><RetMax>{most}</RetMax>"
                f"<RetStart>{start}</RetStart><IdList>{ids}</IdList><TranslationSet/>"
                f"<QueryTranslation>{escape(parameters.get('term', ''))}</QueryTranslation>"
                "</eSearchResult>"
            )
        wanted = parameters.get("id", "").split(",")
        chosen = [record for pmid in wanted for record in records if record.pmid == pmid]
        if path == "efetch.fcgi":
            body = "".join(pubmed_article(record) for record in chosen)
            return as_xml(f'<?xml version="1.0" ?><PubmedArticleSet>{body}</PubmedArticleSet>')
        if path == "esummary.fcgi":
            body = "".join(
                f"<DocSum><Id>{r.pmid}</Id>"
                f"<Item Name='Title' Type='String'>{escape(r.title)}</Item></DocSum>"
                for r in chosen
            )
            return as_xml(f'<?xml version="1.0" ?><eSummaryResult>{body}</eSummaryResult>')
        if path == "ecitmatch.cgi":
            line = parameters.get("bdata", "").strip()
            _, year, volume, page, *_ = (*line.split("|"), "", "", "", "")
            found = [
                r
                for r in records
                if r.volume == volume and str(r.year) == year and r.pages.split("-")[0] == page
            ]
            return Reply(
                f"{line}{found[0].pmid if len(found) == 1 else 'NOT_FOUND'}\n".encode(),
                type="text/plain",
            )
        return Reply(b"no such tool", 404, "text/plain")

    def _pubmed_search(self, records: list[Record], term: str) -> list[Record]:
        if match := re.fullmatch(r'"?(10\.[^"]*?)"?\[doi\]', term):
            return [r for r in records if r.doi.lower() == match.group(1).lower()]
        words = [word.lower() for word in re.findall(r"([\w-]+)\[ti\]", term)]
        if words:
            return [r for r in records if all(word in r.title.lower() for word in words)]
        return records

    # Europe PMC

    def _europepmc(self, path: str, parameters: dict[str, str]) -> Reply:
        records = self._of("europepmc")
        query, most = parameters.get("query", ""), int(parameters.get("pageSize", "25"))
        if match := re.search(r'DOI:"([^"]+)"', query):
            found = [r for r in records if r.doi.lower() == match.group(1).lower()]
        elif match := re.search(r"PMCID:(PMC\d+)", query):
            found = [r for r in records if r.pmcid == match.group(1)]
        elif match := re.search(r"EXT_ID:(\d+)", query):
            found = [r for r in records if r.pmid == match.group(1)]
        elif match := re.match(r'TITLE:"([^"]+)"', query):
            wanted = re.sub(r"\W+", " ", match.group(1).lower())
            found = [r for r in records if wanted in re.sub(r"\W+", " ", r.title.lower())]
        elif words := re.findall(r"TITLE:([\w-]+)", query):
            found = [r for r in records if all(word.lower() in r.title.lower() for word in words)]
        else:
            found = records
        mark = parameters.get("cursorMark", "*")
        start = 0 if mark == "*" else int(mark)
        page = found[start : start + most]
        return as_json(
            {
                "version": "6.9",
                "hitCount": len(found),
                "nextCursorMark": str(start + len(page)),
                "resultList": {"result": [europepmc_result(record) for record in page]},
            }
        )

    # OpenAlex

    def _openalex(self, path: str, parameters: dict[str, str]) -> Reply:
        records = self._of("openalex")
        if path.startswith("works/doi:"):
            record = self._with_doi("openalex", path.removeprefix("works/doi:"))
            return as_json(openalex_work(record)) if record else Reply(b"{}", 404)
        text = parameters.get("filter", "").removeprefix("title.search:")
        wanted = text.lower()
        best = process.extract(
            wanted,
            [r.title.lower() for r in records],
            scorer=fuzz.token_sort_ratio,
            limit=int(parameters.get("per-page", "5")),
            score_cutoff=55,
        )
        found = [records[index] for _, _, index in best]
        return as_json(
            {"meta": {"count": len(found)}, "results": [openalex_work(record) for record in found]}
        )

    # DataCite

    def _datacite(self, path: str, parameters: dict[str, str]) -> Reply:
        if path == "dois":
            wanted = re.sub(r"\W+", " ", parameters.get("query", "").partition(":")[2]).strip()
            found = [
                record
                for record in self._of("datacite")
                if wanted.lower() in re.sub(r"\W+", " ", record.title.lower())
            ]
            return as_json({"data": [datacite_record(record) for record in found[:5]]})
        record = self._with_doi("datacite", path.removeprefix("dois/"))
        if record is None:
            return as_json({"errors": [{"status": "404"}]}, status=404)
        return as_json({"data": datacite_record(record)})

    # ClinicalTrials.gov

    def _clinicaltrials(self, path: str, parameters: dict[str, str]) -> Reply:
        if path.startswith("studies/"):
            number = path.removeprefix("studies/")
            study = next(
                (
                    t
                    for t in self.trials
                    if t["protocolSection"]["identificationModule"]["nctId"] == number
                ),
                None,
            )
            return as_json(study) if study else Reply(b"NCT number not found", 404, "text/plain")
        most, start = int(parameters["pageSize"]), int(parameters.get("pageToken") or 0)
        page = self.trials[start : start + most]
        data: dict[str, Any] = {"totalCount": len(self.trials), "studies": page}
        if start + most < len(self.trials):
            data["nextPageToken"] = str(start + most)
        return as_json(data)


def datacite_record(record: Record) -> dict[str, Any]:
    """A DataCite record."""
    related = [
        {"relationType": kind, "relatedIdentifier": doi}
        for kind, doi in (
            ("IsVersionOf", record.preprint_of),
            ("IsObsoletedBy", record.replaced_by),
        )
        if doi
    ]
    return {
        "id": record.doi,
        "attributes": {
            "doi": record.doi,
            "titles": [{"title": record.title}],
            "creators": [
                {"name": f"{family}, {given}", "familyName": family, "givenName": given}
                for family, given in record.authors
            ],
            "publicationYear": record.year,
            "publisher": record.journal or "arXiv",
            "types": {"resourceTypeGeneral": _DATACITE.get(record.kind, "JournalArticle")},
            "container": {} if record.journal in REPOSITORIES else {"title": record.journal},
            "relatedIdentifiers": related,
        },
    }


def crossref_item(record: Record) -> dict[str, Any]:
    """A Crossref work."""
    item: dict[str, Any] = {
        "DOI": record.doi,
        "type": record.kind,
        "title": [record.title] if record.title else [],
        "author": [
            {"sequence": "additional", "affiliation": []}
            | ({"family": family, "given": given} if family else {"name": given})
            for family, given in record.authors
        ],
        "issued": {"date-parts": [[record.year]]},
        "container-title": [record.journal] if record.journal else [],
        "short-container-title": [record.short_journal] if record.short_journal else [],
    }
    if record.online_year:
        item["published-online"] = {"date-parts": [[record.online_year, 12, 1]]}
    for name, value in (("volume", record.volume), ("issue", record.issue), ("page", record.pages)):
        if value:
            item[name] = value
    if record.updated_by:
        item["updated-by"] = record.updated_by
    if record.update_to:
        item["update-to"] = record.update_to
    if record.preprint_of:
        item["relation"] = {"is-preprint-of": [{"id-type": "doi", "id": record.preprint_of}]}
    return item


def pubmed_article(record: Record) -> str:
    """A PubmedArticle, with initials and the forms PubMed prints."""
    authors = "".join(
        f"<Author ValidYN='Y'><LastName>{escape(family)}</LastName>"
        f"<ForeName>{escape(given)}</ForeName>"
        f"<Initials>{escape(''.join(w[0] for w in given.split() if w))}</Initials></Author>"
        if family
        else f"<Author ValidYN='Y'><CollectiveName>{escape(given)}</CollectiveName></Author>"
        for family, given in record.authors
    )
    comments = "".join(
        f"<CommentsCorrections RefType='{kind}'><RefSource>{escape(words)}</RefSource>"
        f"<PMID Version='1'>{pmid}</PMID></CommentsCorrections>"
        for kind, pmid, words in record.comments
    )
    kinds = ["Journal Article", *(["Retracted Publication"] if record.retracted else [])]
    kinds += ["Preprint"] if record.kind == "posted-content" else []
    types = "".join(f"<PublicationType UI='D1'>{kind}</PublicationType>" for kind in kinds)
    online = (
        f"<ArticleDate DateType='Electronic'><Year>{record.online_year}</Year><Month>12</Month>"
        "<Day>01</Day></ArticleDate>"
        if record.online_year
        else ""
    )
    abstract = (
        f"<Abstract><AbstractText>{escape(record.abstract)}</AbstractText></Abstract>"
        if record.abstract
        else ""
    )
    doi = f"<ArticleId IdType='doi'>{escape(record.doi)}</ArticleId>" if record.doi else ""
    return (
        f"<PubmedArticle><MedlineCitation Status='MEDLINE' Owner='NLM'>"
        f"<PMID Version='1'>{record.pmid}</PMID><Article PubModel='Print-Electronic'><Journal>"
        f"<JournalIssue CitedMedium='Internet'><Volume>{record.volume}</Volume>"
        f"<Issue>{record.issue}</Issue><PubDate><Year>{record.year or ''}</Year></PubDate>"
        f"</JournalIssue><Title>{escape(record.journal)}</Title>"
        f"<ISOAbbreviation>{escape(record.short_journal or record.journal)}</ISOAbbreviation>"
        f"</Journal><ArticleTitle>{escape(record.title)}.</ArticleTitle>"
        f"<Pagination><MedlinePgn>{record.pages}</MedlinePgn></Pagination>{abstract}"
        f"<AuthorList CompleteYN='Y'>{authors}</AuthorList><Language>{record.language}</Language>"
        f"<PublicationTypeList>{types}</PublicationTypeList>{online}</Article>"
        f"<CommentsCorrectionsList>{comments}</CommentsCorrectionsList></MedlineCitation>"
        f"<PubmedData><ArticleIdList><ArticleId IdType='pubmed'>{record.pmid}</ArticleId>{doi}"
        "</ArticleIdList></PubmedData></PubmedArticle>"
    )


def europepmc_result(record: Record) -> dict[str, Any]:
    """A Europe PMC result (resultType=core)."""
    initials = [
        (family, "".join(word[0] for word in given.split())) for family, given in record.authors
    ]
    return {
        "id": record.pmid or record.doi,
        "source": "PPR" if record.kind == "posted-content" else "MED",
        "pmid": record.pmid,
        "pmcid": record.pmcid,
        "doi": record.doi,
        "title": record.title + ".",
        "authorString": ", ".join(f"{family} {first}" for family, first in initials) + ".",
        "authorList": {
            "author": [
                {
                    "fullName": f"{family} {first}",
                    "lastName": family,
                    "firstName": given,
                    "initials": first,
                }
                if family
                else {"collectiveName": given}
                for (family, first), (_, given) in zip(initials, record.authors, strict=True)
            ]
        },
        "journalInfo": {
            "volume": record.volume,
            "issue": record.issue,
            "yearOfPublication": record.year,
            "journal": {
                "title": record.journal,
                "ISOAbbreviation": record.short_journal,
                "medlineAbbreviation": record.short_journal,
            },
        },
        "pubYear": str(record.year or ""),
        "pageInfo": record.pages,
        "abstractText": record.abstract,
        "language": record.language,
        "pubTypeList": {
            "pubType": ["Journal Article", *(["Retracted Publication"] if record.retracted else [])]
        },
    }


def openalex_work(record: Record) -> dict[str, Any]:
    """An OpenAlex work."""
    first, _, last = record.pages.partition("-")
    return {
        "id": f"https://openalex.org/W{abs(hash(record.title + record.doi)) % 10**9}",
        "doi": f"https://doi.org/{record.doi}" if record.doi else None,
        "title": record.title,
        "publication_year": record.year,
        "ids": {"pmid": f"https://pubmed.ncbi.nlm.nih.gov/{record.pmid}"} if record.pmid else {},
        "type": _OPENALEX.get(record.kind, "article"),
        "authorships": [
            {"raw_author_name": f"{given} {family}".strip()} for family, given in record.authors
        ],
        "primary_location": {
            "source": {
                "display_name": record.journal,
                "type": "repository" if record.journal in REPOSITORIES else "journal",
            }
        },
        "biblio": {
            "volume": record.volume or None,
            "issue": record.issue or None,
            "first_page": first or None,
            "last_page": last or None,
        },
        "is_retracted": record.retracted,
    }
