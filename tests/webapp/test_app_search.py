"""The search page: facets, concepts, sorting, pages, exports, errors; all in the address."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import cast
from urllib.parse import parse_qs, urlsplit

import pytest
from app_pages import Page
from bs4 import BeautifulSoup
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from evidence.knowledge import KnowledgeBase
from evidence.parameters import BadParameters
from evidence.search.protocol import SearchEngine
from evidence.search.request import PARAMETERS, SearchRequest
from references.record import Reference
from webapp import create_app
from webapp.query import PAGE, SearchAddress


def _total(soup: object) -> int:
    return int(soup.select_one("#results-h").text.split()[0].replace(",", ""))  # type: ignore[attr-defined]


def test_without_words_the_whole_library_is_listed(page: Page, kb: KnowledgeBase) -> None:
    assert _total(page("/search")) == len(kb.library)


def test_french_words_find_english_papers_and_name_the_concept(page: Page) -> None:
    soup = page("/search?q=vestibulodynie", "fr")
    assert _total(soup) > 5
    chips = [a["href"] for a in soup.select(".concept-chip a")]
    assert any("vestibulodynia" in href for href in chips)
    assert soup.select(".hit mark")


@pytest.mark.parametrize(
    ("language", "legends"),
    [("en", {"intervention", "population"}), ("fr", {"intervention", "population"})],
)
def test_what_was_tested_and_in_whom_narrow_the_results(
    page: Page, kb: KnowledgeBase, language: str, legends: set[str]
) -> None:
    soup = page("/search?q=vulvodynia", language)
    assert legends <= {one.text.strip().lower() for one in soup.select("fieldset.facet legend")}
    box = soup.select_one("input[name=intervention]")
    narrowed = page(f"/search?q=vulvodynia&intervention={box['value']}", language)
    assert _total(narrowed) == int(box.parent.select_one(".count").text)
    label = kb.vocabulary[box["value"]].label[language]
    assert any(label in chip.text for chip in narrowed.select(".chosen a"))


@pytest.mark.parametrize(("language", "other"), [("en", "fr"), ("fr", "en")])
def test_passages_are_in_the_language_of_the_reader(page: Page, language: str, other: str) -> None:
    passages = page("/search?q=vestibulodynie", language).select(".passage")
    languages = [passage["lang"] for passage in passages]
    assert languages.count(language) > languages.count(other)


def test_a_recognised_concept_can_be_switched_off_and_on(page: Page) -> None:
    soup = page("/search?q=phantom+limb+pain")
    off = soup.select_one(".chip-off")["href"]
    assert "without=" in off
    less = page(off)
    assert _total(less) <= _total(soup)
    again = less.select_one(".understood .note a")["href"]
    assert "without=" not in again


def test_facets_narrow_and_their_counts_are_right(page: Page, kb: KnowledgeBase) -> None:
    soup = page("/search?q=vulvodynia")
    box = soup.select_one('input[name="design"]')
    count = int(box.parent.select_one(".count").text)
    narrowed = page(f"/search?q=vulvodynia&design={box['value']}")
    assert _total(narrowed) == count
    for link in narrowed.select(".hit h3 a"):
        assert kb.library[link["href"].rpartition("/")[2]].study.design == box["value"]
    others = narrowed.select('input[name="design"]')
    assert len(others) > 1, "the other values of a chosen facet can no longer be added"


def test_values_of_one_facet_add_up_and_facets_intersect(page: Page) -> None:
    rct = _total(page("/search?design=rct"))
    both = page("/search?design=rct&design=meta-analysis")
    assert _total(both) > rct
    crossed = page("/search?design=rct&design=meta-analysis&language=fr")
    assert _total(crossed) < _total(both)
    chosen = both.select(".chosen li")
    assert len(chosen) == 3  # two values and "remove all"
    left = chosen[0].a["href"]
    assert _total(page(left)) < _total(both)


def test_years_by_range_and_by_short_form(page: Page, kb: KnowledgeBase) -> None:
    expected = sum(r.year is not None and 2015 <= r.year <= 2018 for r in kb.library.values())
    assert _total(page("/search?year=2015..2018")) == expected
    assert _total(page("/search?year=2015-2018")) == expected
    newer = sum(r.year is not None and r.year >= 2015 for r in kb.library.values())
    assert _total(page("/search?year=2015..")) == newer


def test_only_verified_records(page: Page, kb: KnowledgeBase) -> None:
    soup = page("/search?verified=true")
    assert 0 < _total(soup) < len(kb.library)
    assert not soup.select(".hit .flag")


def test_newest_first(page: Page, kb: KnowledgeBase) -> None:
    links = page("/search?sort=newest").select(".hit h3 a")
    years = [kb.library[a["href"].rpartition("/")[2]].year or 0 for a in links]
    assert years == sorted(years, reverse=True)


def test_pages_follow_each_other_without_gap(page: Page) -> None:
    first = page("/search?q=cryoneurolysis")
    second = page(first.select_one('a[rel="next"]')["href"])
    keys = [[a["href"] for a in soup.select(".hit h3 a")] for soup in (first, second)]
    assert len(keys[0]) == 20
    assert not set(keys[0]) & set(keys[1])
    assert second.select_one("ol.hits")["start"] == "21"


def test_a_page_beyond_the_last_leads_to_the_last(client: FlaskClient) -> None:
    answer = client.get("/search?q=vulvodynia&offset=8000")
    assert answer.status_code == 302
    assert parse_qs(urlsplit(answer.headers["Location"]).query)["q"] == ["vulvodynia"]


def test_an_identifier_goes_to_its_record(client: FlaskClient, kb: KnowledgeBase) -> None:
    reference = next(r for r in kb.library.values() if r.doi and r.pmid)
    for words in (reference.doi, f"https://doi.org/{reference.doi}", reference.key):
        answer = client.get("/search", query_string={"q": words})
        assert answer.status_code == 302, words
        assert answer.headers["Location"] == f"/references/{reference.key}"


@pytest.mark.parametrize("language", ["fr", "en"])
def test_did_you_mean_asks_once_and_never_a_right_query(page: Page, language: str) -> None:
    found = page("/search?q=la cryoneurolyze est-elle utile xqzw ?", language)
    asked = found.select_one(".did-you-mean").text
    assert "la cryoneurolyse est-elle utile xqzw ?" in asked
    assert asked.count("?") == 1
    for right in ("est-ce dangereux", "la cryoneurolyse est-elle efficace dans la vulvodynie ?"):
        assert page(f"/search?q={right}", language).select_one(".did-you-mean") is None


def test_did_you_mean(page: Page) -> None:
    link = page("/search?q=cryoneurolisys").select_one(".did-you-mean a")
    assert link.text == "cryoneurolysis"


@pytest.mark.parametrize("language", ["fr", "en"])
def test_empty_result_helps(page: Page, language: str) -> None:
    soup = page("/search?q=zzxxqqwwyy&design=rct", language)
    assert soup.select(".empty li a")
    assert soup.select_one(".empty .note")


@pytest.mark.parametrize(
    "query",
    [
        "*",
        "pain^0",
        "[a TO b}",
        "NOT NOT NOT",
        '"',
        "(((",
        "pmid:1*",
        "year:abc",
        "a" * 10_000,
        "AND",
        "foo:bar",
        "year:soon",
        "ab*",
        "nerve:zzz",
        "design: what",
        "x " * 2500,
        "<script>alert(1)</script>",
        "title:",
        "\x00",
        "   ",
    ],
)
def test_hostile_words_get_a_page(client: FlaskClient, query: str) -> None:
    for language in ("fr", "en"):
        answer = client.get(
            "/search", query_string={"q": query}, headers={"Accept-Language": language}
        )
        assert answer.status_code in {200, 302}
        body = answer.get_data(as_text=True)
        assert "Traceback" not in body
        assert "<script>alert" not in body


_PIECES = [
    *("(", ")", '"', "AND", "NOT", "-", "*", "a*", "year:", "nerve:", "author:", "soon", "n>"),
    *("2015..", "\x00", "é" * 300, "Ilfeld", "et al.", "10.1/x", "%2F", "🙂"),
]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(query=st.text(max_size=60) | st.lists(st.sampled_from(_PIECES), max_size=20).map(" ".join))
def test_no_words_are_an_error_on_any_surface(client: FlaskClient, query: str) -> None:
    for address in ("/search", "/api/v1/search", "/feeds/search", "/search.csv"):
        answer = client.get(address, query_string={"q": query})
        assert answer.status_code in {200, 302}, (address, answer.get_data(as_text=True)[:300])


def test_what_was_read_as_words_is_told_in_the_language_of_the_reader(page: Page) -> None:
    address = "/search?q=Surgery+of+the+pudendal+nerve:+a+review"
    assert "'nerve: a' was read as words" in page(address, "en").select_one(".notice").text
    assert "« nerve: a » a été lu comme des mots" in page(address, "fr").select_one(".notice").text


@pytest.mark.parametrize(
    "address",
    [
        "/search?page=x",
        "/search?page=-1",
        "/search?year=20..",
        "/search?offset=-20",
        "/search?limit=500",
        "/search?stance=proves",
        "/search?sort=worst",
        "/search?year=1999-abc",
        "/search?page=%C2%B2",
    ],
)
def test_values_of_the_wrong_form_are_refused_with_advice(page: Page, address: str) -> None:
    soup = page(address, status=400)
    assert soup.select_one("main a[href='/search']")


def test_an_unknown_concept_in_a_filter_is_told(page: Page) -> None:
    soup = page("/search?indication=no-such-thing", "fr", status=400)
    alert = soup.select_one("[role=alert]")
    assert "no-such-thing" in alert.text
    assert "ne s’appelle" in alert.text
    assert soup.select_one("#q")["aria-invalid"] == "true"


@pytest.mark.parametrize("extension", ["bib", "ris", "csl.json", "csv"])
def test_results_can_be_taken_along(
    client: FlaskClient, engine: SearchEngine, extension: str
) -> None:
    total = engine.search(SearchRequest("vulvodynia", {"design": ("rct",)})).total
    answer = client.get(f"/search.{extension}?q=vulvodynia&design=rct&offset=20")
    assert answer.status_code == 200
    body = answer.get_data(as_text=True)
    counted = {
        "bib": body.count("\n@") + body.startswith("@"),
        "ris": body.count("TY  - "),
        "csl.json": len(json.loads(body)) if extension == "csl.json" else 0,
        "csv": len(list(csv.DictReader(io.StringIO(body.removeprefix("\ufeff"))))),
    }[extension]
    assert counted == total


def test_search_without_index_says_so(
    kb: KnowledgeBase, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    blocked = tmp_path / "instance"
    blocked.write_text("a file where the instance folder should be")
    client = create_app(kb, blocked).test_client()
    with monkeypatch.context() as nowhere:  # nor is there room for an index of its own
        nowhere.setattr("tempfile.tempdir", str(tmp_path / "nowhere"))
        for language, words in (("en", "can still be read"), ("fr", "restent lisibles")):
            answer = client.get("/search?q=pain", headers={"Accept-Language": language})
            assert answer.status_code == 503
            assert words in answer.get_data(as_text=True)
        health = client.get("/readyz")
        assert (health.status_code, health.json["search"]) == (503, "unavailable")
        assert client.get("/references/goyal2022efficacy").status_code == 200


# ---- the query as an address -----------------------------------------------------------

_words = st.text(max_size=40).map(str.strip)
_years = st.none() | st.integers(1000, 9999)
_ids = st.text("abcdefghijklmnopqrstuvwxyz-", min_size=1, max_size=20)
_queries = st.builds(
    SearchRequest,
    query=_words,
    filters=st.fixed_dictionaries(
        {},
        optional={
            **dict.fromkeys(
                ("indication", "nerve", "design", "guidance"),
                st.lists(_ids, min_size=1, max_size=4, unique=True).map(tuple),
            ),
            "language": st.sampled_from([("fr",), ("en", "de")]),
            "stance": st.sampled_from([("supports",), ("background", "qualifies")]),
        },
    ),
    years=st.tuples(_years, _years).map(lambda ends: tuple(sorted(ends)) if all(ends) else ends),
    verified=st.booleans(),
    sort=st.sampled_from(["relevance", "newest", "level", "directness"]),
    limit=st.integers(1, 200),
    expand=st.booleans(),
    without=st.lists(_ids, max_size=3, unique=True).map(tuple),
)


@given(query=_queries, page=st.integers(1, 500))
def test_a_query_survives_its_address(app: Flask, query: SearchRequest, page: int) -> None:
    with app.test_request_context():
        address = SearchAddress(query).address(page=page)
    values = parse_qs(urlsplit(address).query)
    again = SearchRequest.from_mapping(values, limit=PAGE)
    assert again == replace(query, offset=(page - 1) * query.limit)


@given(
    values=st.dictionaries(
        st.sampled_from([parameter.name for parameter in PARAMETERS]), st.text(max_size=30)
    )
)
def test_any_address_is_read_or_refused(values: dict[str, str]) -> None:
    with suppress(BadParameters):
        query = SearchRequest.from_mapping(values)
        assert 0 <= query.limit <= 200
        assert query.sort in ("relevance", "newest", "level", "directness")


@given(last=st.integers(1, 500), data=st.data())
def test_pages_offered_hold_both_ends_and_this_one(last: int, data: st.DataObject) -> None:
    page = data.draw(st.integers(1, last))
    address = SearchAddress(SearchRequest(limit=20, offset=(page - 1) * 20))
    shown = [number for number in address.pages_around(last) if number]
    assert shown == sorted(set(shown))
    assert {1, last, page} <= set(shown)
    assert len(shown) <= 7


def test_judged_claims_come_before_references(page: Page) -> None:
    soup = page("/search?q=est-ce dangereux", "fr")
    first = soup.select_one(".answer")
    assert first.h3.text == "Les complications graves publiées sont rares."
    assert "tayée en partie" in first.text
    assert "certitude très faible" in first.text.lower()
    assert not page("/search?q=est-ce dangereux&design=rct").select(".answer")


def test_results_are_ticked_cited_and_taken_along(page: Page, client: FlaskClient) -> None:
    soup = page("/search?q=phantom limb")
    box = soup.select_one(".hit input[name=key]")
    assert box["form"] == "selection"
    chosen = f"key={box['value']}&key=finneran2021prospects"
    cited = page(f"/selection?{chosen}")
    assert len(cited.select("#citations li")) == 2
    file = client.get(f"/selection.ris?{chosen}")
    assert file.data.decode().count("TY  - ") == 2
    assert client.get("/selection?key=nobody1900").status_code == 404
    assert client.get(f"/selection?{chosen}&key=nobody1900").status_code == 404
    assert not page("/selection").select("#citations")


class Loaded:
    """An engine whose index holds records that the library has not, and how often it was asked."""

    def __init__(self, engine: SearchEngine, records: dict[str, Reference]) -> None:
        self._engine, self._records, self.asked = engine, records, 0

    def __getattr__(self, name: str) -> object:
        return getattr(self._engine, name)

    def records(self, keys: Iterable[str]) -> dict[str, Reference]:
        self.asked += 1
        return {key: self._records[key] for key in keys if key in self._records}


def test_the_index_is_asked_once_for_all_that_was_ticked(
    kb: KnowledgeBase, engine: SearchEngine, tmp_path: Path
) -> None:
    one = kb.library["finneran2021prospects"]
    held = {f"pmid-{n}": replace(one, key=f"pmid-{n}") for n in range(1, 1000)}
    loaded = Loaded(engine, held)
    client = create_app(kb, tmp_path, cast(SearchEngine, loaded)).test_client()
    keys = [one.key, *list(held)[:20]]
    asked = "&".join(f"key={key}" for key in keys)
    page = BeautifulSoup(client.get(f"/selection?{asked}").data, "lxml")
    links = [str(link["href"]).rsplit("/", 1)[1] for link in page.select("#citations a")]
    assert (links, loaded.asked) == (keys, 1)
    too_many = "&".join(f"key={key}" for key in held)
    assert client.get(f"/selection?{too_many}").status_code == 400
    assert loaded.asked == 1


def test_an_incomplete_record_does_not_lead(page: Page) -> None:
    first = page("/search?q=sacral neuromodulation pudendal").select_one(".hit")
    assert first.select_one(".flag") is None
    assert page("/search?q=sacral neuromodulation pudendal").select(".hit .flag")
