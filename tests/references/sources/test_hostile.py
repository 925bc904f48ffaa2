"""Answers of random shapes: a check always ends in a status."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from typing import Any

import pytest
from service_double import Reply, Request, ServiceDouble

from references.record import Author, Reference
from references.sources import all_sources
from references.sources.session import Session, SourceSettings
from references.verify import STATUSES, Checker, Cited

_KEYS = [
    "message",
    "items",
    "DOI",
    "title",
    "subtitle",
    "author",
    "issued",
    "date-parts",
    "container-title",
    "update-to",
    "updated-by",
    "type",
    "relation",
    "is-preprint-of",
    "resultList",
    "result",
    "authorList",
    "journalInfo",
    "journal",
    "pubTypeList",
    "commentCorrectionList",
    "results",
    "authorships",
    "biblio",
    "ids",
    "data",
    "attributes",
    "titles",
    "creators",
    "types",
    "dates",
    "relatedIdentifiers",
    "id",
    "doi",
    "pmid",
    "family",
    "given",
    "name",
    "volume",
    "page",
    "published",
    "abstract",
    "ISSN",
    "language",
    "publicationYear",
    "hitCount",
    "pubYear",
]
_TAGS = [
    "PubmedArticle",
    "MedlineCitation",
    "PMID",
    "Article",
    "Journal",
    "JournalIssue",
    "PubDate",
    "Year",
    "Title",
    "AuthorList",
    "Author",
    "LastName",
    "ArticleTitle",
    "Pagination",
    "MedlinePgn",
    "CommentsCorrectionsList",
    "CommentsCorrections",
    "PublicationTypeList",
    "PublicationType",
    "Count",
    "IdList",
    "Id",
    "ArticleIdList",
    "ArticleId",
    "PubmedData",
    "Abstract",
    "AbstractText",
    "ArticleDate",
    "MedlineDate",
    "Language",
    "MeshHeadingList",
    "MeshHeading",
    "DescriptorName",
]
_VALUES = (None, "", 0, -1, 3.5, True, "x" * 50, "10.1234/x", "2019", [], {})


def _json(chance: random.Random, depth: int = 0) -> Any:
    kind = chance.random()
    if depth > 3 or kind < 0.35:
        return chance.choice(_VALUES)
    if kind < 0.6:
        return [_json(chance, depth + 1) for _ in range(chance.randint(0, 4))]
    return {chance.choice(_KEYS): _json(chance, depth + 1) for _ in range(chance.randint(0, 9))}


def _xml(chance: random.Random, tag: str, depth: int = 0) -> str:
    inner = ""
    if depth < 6:
        inner = "".join(
            _xml(chance, chance.choice(_TAGS), depth + 1) for _ in range(chance.randint(0, 4))
        )
    text = chance.choice(["", "2019", "x", "1-5", "31000001"])
    return f"<{tag} RefType='RetractionIn' IdType='doi'>{inner}{text}</{tag}>"


@pytest.fixture
def wild() -> Iterator[ServiceDouble]:
    chance = random.Random(20261124)

    def anything(request: Request) -> Reply:
        if "fcgi" in request.path:
            root = chance.choice(["PubmedArticleSet", "eSearchResult", "eSummaryResult"])
            return Reply(_xml(chance, root).encode(), type="text/xml")
        names = (
            "DOI",
            "title",
            "author",
            "issued",
            "container-title",
            "update-to",
            "updated-by",
            "relation",
        )
        item = {name: _json(chance) for name in names}
        data = {
            "message": chance.choice([item, {"items": [item, _json(chance)]}, _json(chance)]),
            "resultList": {"result": [_json(chance), _json(chance)]},
            "results": [_json(chance)],
            "data": {"attributes": _json(chance)},
            "id": _json(chance),
            "title": _json(chance),
            "authorships": _json(chance),
        }
        return Reply(json.dumps(data if chance.random() > 0.2 else _json(chance)).encode())

    with ServiceDouble() as server:
        server.faults.append(anything)
        yield server


def test_a_check_always_ends_in_a_status(wild: ServiceDouble) -> None:
    settings = SourceSettings(bases=wild.bases, total=5, retries=0)
    checker = Checker(all_sources(Session(settings, sleep=lambda seconds: None)))
    cited = Reference(
        "a",
        title="A title of some length here",
        doi="10.1234/x",
        pmid="31000001",
        year=2019,
        journal="J",
        volume="1",
        pages="1-5",
        authors=(Author(family="Smith", given="J"),),
    )
    for _ in range(40):
        assert checker.check(Cited("a", cited)).status in STATUSES
    assert len(wild.log) > 160
