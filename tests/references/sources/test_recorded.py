"""The services' own recorded answers, sent again by a server on loopback."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest
import yaml
from service_double import Reply, ServiceDouble, as_json

from references.formats.markup import plain
from references.record import Reference
from references.sources.crossref import Crossref
from references.sources.errors import BadAnswer, SourceError
from references.sources.europepmc import EuropePMC
from references.sources.openalex import OpenAlex
from references.sources.pubmed import PubMed
from references.sources.session import Session, SourceSettings

_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@pytest.fixture
def double() -> Iterator[ServiceDouble]:
    with ServiceDouble() as server:
        yield server


@pytest.fixture
def session(double: ServiceDouble) -> Session:
    return Session(
        SourceSettings(bases=double.bases, total=10, retries=0), sleep=lambda seconds: None
    )


def _send(double: ServiceDouble, reply: Reply) -> None:
    double.faults.clear()
    double.fault(reply)


def _cassettes(shared: Path) -> Iterator[tuple[str, int, bytes, str]]:
    folder = shared / "conformance/crossref-http/sckott__habanero/test/cassettes"
    for path in sorted(folder.rglob("*.yaml")):
        for exchange in yaml.load(path.read_bytes(), Loader=_LOADER)["interactions"]:
            body = exchange["response"]["body"].get("string") or b""
            body = body.encode() if isinstance(body, str) else body
            if body[:2] == b"\x1f\x8b":
                body = gzip.decompress(body)
            headers = {k.lower(): v[0] for k, v in exchange["response"]["headers"].items()}
            yield (
                exchange["request"]["uri"],
                exchange["response"]["status"]["code"],
                body,
                headers.get("content-type", ""),
            )


def test_every_recorded_crossref_answer(
    shared: Path, double: ServiceDouble, session: Session
) -> None:
    works = lists = nothing = refused = 0
    outcomes: set[int] = set()
    crossref = Crossref(session)
    for uri, status, body, kind in _cassettes(shared):
        _send(double, Reply(body, status, kind))
        session.standings["crossref"].answered()
        path = uri.split("api.crossref.org/")[-1].split("?")[0]
        if path.startswith("works/") and path.count("/") == 2:
            try:
                work = crossref.by_doi(unquote(path.removeprefix("works/")))
            except SourceError as error:
                refused += str(error).startswith("Crossref")
                outcomes.add(status)
                continue
            if work is None:
                nothing += 1
                assert status == 404
                continue
            works += 1
            item = json.loads(body)["message"]
            assert work.id == item["DOI"]
            assert work.titles[0].startswith(item["title"][0][:20].strip())
            assert work.reference.year in (work.years or {None})
            assert work.journals == tuple(
                dict.fromkeys(item["container-title"] + item.get("short-container-title", []))
            )
        elif path == "works" or path.endswith("/works"):
            try:
                found = crossref.seek(Reference("x"), "anything")
            except SourceError as error:
                refused += str(error).startswith("Crossref")
                outcomes.add(status)
                continue
            items = json.loads(body)["message"].get("items", []) if status == 200 else []
            assert len(found) == len(items)
            lists += len(found)
            for work, item in zip(found, items, strict=True):
                assert work.id == item.get("DOI", "")
    assert works >= 3
    assert lists >= 100
    assert nothing >= 1
    assert refused >= 1
    assert outcomes <= {301, 400, 404}  # 404 of a search is no answer


def test_recorded_notices_are_read(shared: Path, double: ServiceDouble, session: Session) -> None:
    """PLOS ONE 10.1371/journal.pone.0033693 and its like: every update of every item is seen."""
    seen = 0
    crossref = Crossref(session)
    for _, status, body, kind in _cassettes(shared):
        if status != 200 or (b'"update-to"' not in body and b'"updated-by"' not in body):
            continue
        message = json.loads(body)["message"]
        items = message.get("items", [message])
        _send(double, as_json({"message": {"items": items}}, type=kind or "application/json"))
        for work, item in zip(crossref.seek(Reference("x"), "x"), items, strict=True):
            for entry in item.get("update-to") or []:
                told = [about for _, about in work.updates] + [n.doi for n in work.notices]
                # a new version is no notice about the work
                assert (entry["DOI"] in told) == (entry["type"] != "new_version")
            for entry in item.get("updated-by") or []:
                told = [notice.doi for notice in work.notices]
                assert (entry["DOI"] in told) == (entry["type"] != "new_version")
                seen += entry["type"] == "correction"
    assert seen >= 2


def test_recorded_europe_pmc_results(shared: Path, double: ServiceDouble, session: Session) -> None:
    folder = shared / "conformance/europepmc-http/petermr__pygetpapers/resources"
    count = 0
    for path in sorted(folder.rglob("eupmc_result.json")):
        item = json.loads(path.read_text(encoding="utf-8"))
        item = item.get("full", item)
        _send(double, as_json({"hitCount": 1, "resultList": {"result": [item]}}))
        work = EuropePMC(session).by_doi(item["doi"])
        assert work is not None
        assert work.reference.doi == item["doi"]
        assert work.reference.pmid == item.get("pmid", "")
        assert work.reference.title == plain(item["title"]).rstrip(".")
        assert len(work.reference.authors) == len(item["authorList"]["author"])
        assert str(work.reference.year) == item["pubYear"]
        assert work.reference.volume == item["journalInfo"].get("volume", "")
        assert work.reference.abstract
        assert item["journalInfo"]["journal"]["title"] in work.journals
        count += 1
    assert count >= 8


def test_recorded_openalex_works(shared: Path, double: ServiceDouble, session: Session) -> None:
    folder = shared / "conformance/openalex-http/petermr__pygetpapers"
    count = 0
    for path in sorted(folder.rglob("openalex-result.json")):
        item = json.loads(path.read_text(encoding="utf-8"))
        _send(double, as_json(item))
        work = OpenAlex(session).by_doi(item["doi"].removeprefix("https://doi.org/"))
        assert work is not None
        assert f"https://doi.org/{work.reference.doi}" == item["doi"]
        assert work.reference.title == " ".join(item["title"].split())
        assert work.reference.year == item["publication_year"]
        assert len(work.reference.authors) == len(item["authorships"])
        assert all(author.family for author in work.reference.authors)
        assert work.journals[0] == item["primary_location"]["source"]["display_name"]
        assert bool(work.notices) == item["is_retracted"]
        count += 1
    assert count >= 8


def test_recorded_pubmed_answers(shared: Path, double: ServiceDouble, session: Session) -> None:
    folder = shared / "conformance/pubmed-xml"
    pubmed = PubMed(session)
    articles = searches = summaries = others = 0
    for path in sorted(folder.rglob("*.xml")):
        body = path.read_bytes()
        _send(double, Reply(body, type="text/xml"))
        session.standings["crossref"].answered()
        try:
            found = pubmed.records(["1"])
            articles += len(found)
            for work in found:
                if work.id:
                    assert work.id.isdigit()
                    assert work.reference.title
        except BadAnswer:
            others += 1
        try:
            searches += pubmed.search("x").total >= 0
        except BadAnswer:
            others += 1
        try:
            summaries += len(pubmed.titles(["1"]))
        except BadAnswer:
            others += 1
    assert articles >= 8
    assert searches >= 3
    assert summaries >= 2
    assert others >= 10
