"""Atom feeds: valid, complete and found from the pages they belong to."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

import feedparser
import pytest
from bs4 import BeautifulSoup
from flask.testing import FlaskClient
from lxml import etree

from evidence.knowledge import KnowledgeBase
from webapp.exports.feeds import ENTRIES

SCHEMA = etree.RelaxNG(etree.parse(Path(__file__).with_name("atom.rng")))


def _feed(client: FlaskClient, address: str) -> Any:
    answer = client.get(address)
    assert answer.status_code == 200
    assert answer.mimetype == "application/atom+xml"
    SCHEMA.assertValid(etree.fromstring(answer.data))
    feed = feedparser.parse(answer.data)
    assert feed.bozo is False
    assert feed.version == "atom10"
    ids = [entry.id for entry in feed.entries]
    assert len(ids) == len(set(ids))
    for entry in feed.entries:
        assert datetime.fromisoformat(entry.updated).tzinfo is not None
    return feed


@pytest.mark.parametrize("language", ["fr", "en"])
@pytest.mark.parametrize(
    "query",
    [
        "",
        "q=pudendal",
        "q=genou&design=rct&year=2015..",
        "indication=vulvodynia&stance=supports",
        "q=zzzzqqqq",
        "q=%00%0b%ef%bf%bf%3Cb%3E%26",
        "q=douleur&sort=level",
    ],
)
def test_any_search_has_a_feed(client: FlaskClient, query: str, language: str) -> None:
    feed = _feed(client, f"/feeds/search?{query}&lang={language}")
    page = client.get(f"/api/v1/search?{query}").get_json()
    if query.startswith(("q=pud", "q=gen", "q=zzz", "ind")):
        assert len(feed.entries) == min(page["total"], ENTRIES)
    alternate = next(link.href for link in feed.feed.links if link.rel == "alternate")
    assert "/search" in alternate
    assert "/feeds/" not in alternate


def test_what_entered_the_library_last_comes_first(client: FlaskClient, kb: KnowledgeBase) -> None:
    feed = _feed(client, "/feeds/search?q=pudendal")
    told = [kb.library[entry.id.rsplit("/", 1)[1]] for entry in feed.entries]
    assert len(told) > 5
    entered = [(reference.added, reference.year or 0) for reference in told]
    assert entered == sorted(entered, reverse=True)
    dates = [entry.updated for entry in feed.entries]
    assert dates == sorted(dates, reverse=True)
    for entry, reference in zip(feed.entries, told, strict=True):
        assert entry.updated.startswith(reference.added or "2026-11-29")
    assert [author.name for author in feed.entries[0].authors] == [
        author.name for author in told[0].authors
    ]


def test_new_evidence_bears_on_the_claims_of_its_text(
    client: FlaskClient, kb: KnowledgeBase
) -> None:
    feed = _feed(client, "/feeds/texts/morton-cryotherapie/evidence?lang=en")
    assert 0 < len(feed.entries) <= ENTRIES
    text = kb.texts["morton-cryotherapie"]
    linked = {link.reference for claim in text.claims for link in claim.links}
    about = kb.vocabulary.narrower("morton-neuroma")
    for entry in feed.entries:
        terms = {tag.term for tag in entry.tags}
        assert entry.id.rsplit("/", 1)[1] in linked or terms.intersection(about)
    page = BeautifulSoup(client.get("/texts/morton-cryotherapie").data, "lxml")
    assert page.select_one('a[href="/feeds/texts/morton-cryotherapie/evidence"]')
    assert client.get("/feeds/texts/none/evidence").status_code == 404


def test_the_feed_of_a_text_has_its_verdicts(client: FlaskClient, kb: KnowledgeBase) -> None:
    text = kb.texts["vulvodynie-cryoneurolyse"]
    feed = _feed(client, f"/feeds/texts/{text.id}?lang=en")
    assert len(feed.entries) == len(text.claims)
    by_claim = {entry.id.rsplit("/", 1)[1]: entry for entry in feed.entries}
    for claim in text.claims:
        terms = [tag.term for tag in by_claim[claim.id].tags]
        assert terms == [claim.verdict, claim.certainty, claim.kind]
    dates = [entry.updated for entry in feed.entries]
    assert dates == sorted(dates, reverse=True)
    assert client.get("/feeds/texts/none").status_code == 404


def test_a_search_that_cannot_be_read_has_no_feed(client: FlaskClient) -> None:
    assert client.get("/feeds/search?nerve=no-such-nerve").status_code == 400
    assert client.get("/feeds/search?page=x").status_code == 400


@pytest.mark.parametrize("address", ["/search?q=pudendal&design=rct", "/texts/{text}"])
def test_pages_name_their_feed(client: FlaskClient, kb: KnowledgeBase, address: str) -> None:
    page = client.get(address.format(text="vulvodynie-cryoneurolyse")).data
    link = BeautifulSoup(page, "lxml").find("link", type="application/atom+xml")
    assert link is not None
    assert _feed(client, str(link["href"])).entries
