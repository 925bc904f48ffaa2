"""A search is asked in one way: page, API, command and feed take the same names and values."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from bs4 import BeautifulSoup
from click.testing import CliRunner
from flask import Flask
from flask.testing import FlaskClient

from evidence.cli import cli
from evidence.search.request import PARAMETERS

Pairs = list[tuple[str, str]]

#: Searches as pairs of an address; a command has the same names as options.
SEARCHES: list[Pairs] = [
    [("q", "vulvodynie")],
    [("q", "vulvodynie"), ("limit", "5")],
    [("q", "vulvodynie"), ("limit", "5"), ("offset", "5")],
    [("q", "genou"), ("design", "rct")],
    [("q", "genou"), ("design", "rct"), ("design", "cohort-prospective"), ("sort", "newest")],
    [("q", "pudendal"), ("expand", "false")],
    [("q", "pudendal"), ("expand", "false"), ("limit", "0")],
    [("q", "vulvodinia")],
    [("q", "phantom limb"), ("without", "phantom-limb-pain")],
    [("q", "cryoneurolysis"), ("sort", "level"), ("limit", "20")],
    [("q", "cryoneurolysis"), ("sort", "directness")],
    [("q", "year:2015..2018")],
    [("q", "author:ilfeld"), ("year", "2020")],
    [("year", "2015..2025")],
    [("year", "2015..")],
    [("year", "2018..2015")],
    [("year", "..2010")],
    [("year", "2015-2018")],
    [("year", "-1995")],
    [("indication", "phantom-limb-pain"), ("year", "2010..2025"), ("verified", "true")],
    [("indication", "vulvodynie")],
    [("nerve", "pudendal-nerve"), ("guidance", "ct")],
    [("nerve", "nerf pudendal")],
    [("stance", "contradicts"), ("language", "en")],
    [("stance", "supports"), ("stance", "qualifies")],
    [("language", "fr"), ("language", "en"), ("sort", "newest"), ("offset", "20")],
    [("verified", "true"), ("limit", "3")],
    [("q", ""), ("year", ""), ("design", ""), ("sort", "newest")],
    [("q", "névralgie pudendale"), ("year", "2000.."), ("verified", "false")],
]
#: What is refused, and the parameter that is named.
REFUSED: list[tuple[Pairs, str]] = [
    ([("year", "soon")], "year"),
    ([("year", "20..")], "year"),
    ([("year", "2015..2018..2020")], "year"),
    ([("limit", "201")], "limit"),
    ([("limit", "-1")], "limit"),
    ([("limit", "+5")], "limit"),
    ([("limit", "²")], "limit"),
    ([("offset", "1_000")], "offset"),
    ([("offset", "100001")], "offset"),
    ([("language", "english")], "language"),
    ([("without", "x" * 81)], "without"),
]


def _options(pairs: Pairs) -> list[str]:
    words = [value for name, value in pairs if name == "q"]
    for name, value in pairs:
        if (name, value) == ("expand", "false"):
            words.append("--no-expansion")
        elif (name, value) == ("verified", "true"):
            words.append("--verified")
        elif name not in ("q", "verified"):
            words += [f"--{name}", value]
    return words


def _command(app: Flask, pairs: Pairs) -> Any:
    done = CliRunner().invoke(
        cli, ["search", *_options(pairs), "--instance", app.instance_path, "--json"]
    )
    assert done.exit_code == 0, done.output
    return json.loads(done.stdout)


def _keys(page: str) -> tuple[int, list[str]]:
    soup = BeautifulSoup(page, "lxml")
    heading = soup.select_one("#results-h")
    assert heading is not None
    total = int(heading.get_text().split()[0].replace(",", ""))
    return total, [str(a["href"]).rpartition("/")[2] for a in soup.select(".hit h3 a")]


@pytest.mark.parametrize("pairs", SEARCHES, ids=urlencode)
def test_page_api_and_command_give_one_answer(
    app: Flask, client: FlaskClient, pairs: Pairs
) -> None:
    address = urlencode(pairs if "limit" in dict(pairs) else [*pairs, ("limit", "10")])
    api = client.get(f"/api/v1/search?{address}").get_json()
    printed = _command(app, pairs)
    of_page = client.get(f"/search.json?{address}").get_json()
    for name in printed.keys() - {"took_ms"}:
        assert api[name] == printed[name], name
    assert api.keys() == of_page.keys()
    for name in api.keys() - {"took_ms"}:
        assert of_page[name] == api[name], name
    total, keys = _keys(client.get(f"/search?{address}", headers={"Accept-Language": "en"}).text)
    assert total == printed["total"]
    assert printed["total"] or printed["did_you_mean"]
    assert sorted(keys) == sorted(hit["key"] for hit in printed["results"])


@pytest.mark.parametrize(("pairs", "named"), REFUSED, ids=str)
def test_page_api_and_command_refuse_the_same(
    app: Flask, client: FlaskClient, pairs: Pairs, named: str
) -> None:
    address = urlencode(pairs)
    for place in ("/search", "/search.csv", "/feeds/search"):
        assert client.get(f"{place}?{address}").status_code == 400, place
    problem = client.get(f"/api/v1/search?{address}", headers={"Accept-Language": "en"})
    assert (problem.status_code, problem.mimetype) == (400, "application/problem+json")
    (error,) = problem.get_json()["errors"]
    assert error["parameter"] == named
    page = client.get(f"/search?{address}", headers={"Accept-Language": "en"}).text
    assert error["message"] in BeautifulSoup(page, "lxml").get_text()
    done = CliRunner().invoke(cli, ["search", *_options(pairs), "--instance", app.instance_path])
    assert error["message"] == str(done.exception)


@pytest.mark.parametrize(
    ("wrong", "right"),
    [("yaer", "year"), ("indications", "indication"), ("ofset", "offset"), ("Limit", "limit")],
)
def test_an_unknown_name_is_refused_with_the_nearest(
    app: Flask, client: FlaskClient, wrong: str, right: str
) -> None:
    for place in ("/search", "/search.json", "/search.bib", "/feeds/search", "/api/v1/search"):
        answer = client.get(f"{place}?{wrong}=1", headers={"Accept-Language": "en"})
        assert answer.status_code == 400, place
        assert f"the nearest is {right}" in BeautifulSoup(answer.text, "lxml").get_text(), place
    done = CliRunner().invoke(cli, ["search", f"--{wrong}", "1"])
    assert done.exit_code == 2
    assert f"--{right}" in done.output


@pytest.mark.parametrize(
    "tracking",
    [
        "utm_source=news&utm_medium=email&utm_campaign=mai",
        "fbclid=IwAR0x&gclid=Cj0K&msclkid=1a2b",
        "mc_cid=12ab&mc_eid=UNIQID&_ga=2.1.3&_gl=1*1x",
        "UTM_Source=news&xtor=EREC-1&mtm_campaign=a&_hsenc=p2A&mkt_tok=x",
    ],
)
@pytest.mark.parametrize(
    "place", ["/search", "/search.json", "/search.bib", "/feeds/search", "/indications.json"]
)
def test_what_mailers_and_social_sites_add_says_nothing(
    client: FlaskClient, place: str, tracking: str
) -> None:
    search = "" if place.startswith("/ind") else "q=pudendal&year=2015..&"
    without = client.get(f"{place}?{search.rstrip('&')}")
    answer = client.get(f"{place}?{search}{tracking}")
    assert (without.status_code, answer.status_code) == (200, 200)
    assert answer.headers["ETag"] == without.headers["ETag"]
    for name in ("utm_", "fbclid", "mc_eid", "xtor"):
        assert name not in answer.text.lower()
    moved = client.get(f"/search?q=pain&page=3&{tracking}").headers["Location"]
    assert parse_qs(urlsplit(moved).query) == {"q": ["pain"], "offset": ["40"]}


def test_a_feed_holds_the_part_that_is_asked_for_and_a_file_everything(client: FlaskClient) -> None:
    search = "q=cryoneurolysis&sort=level"
    api = client.get(f"/api/v1/search?{search}&limit=200").get_json()
    keys = [hit["key"] for hit in api["results"]]
    feed = BeautifulSoup(client.get(f"/feeds/search?{search}&limit=7&offset=3").text, "xml")
    assert [str(e.id.text).rpartition("/")[2] for e in feed.find_all("entry")] == keys[3:10]
    rows = client.get(f"/search.csl.json?{search}&limit=7&offset=3").get_json()
    assert len(rows) == api["total"]
    assert [row["id"] for row in rows][:200] == keys
    page = BeautifulSoup(client.get(f"/search?{search}&limit=5&offset=5").text, "lxml")
    links = [str(a["href"]) for a in page.select('.export a, link[type="application/atom+xml"]')]
    assert len(links) == 7
    assert not any("limit=" in link or "offset=" in link for link in links)


@pytest.mark.parametrize(
    "address",
    [
        "/texts/{text}?verdict=&claim=&view=",
        "/texts/{text}/compare?claim=",
        "/indications/?facet=",
        "/changes?page=&text=",
        "/map?under=&rows=&text=&by=&intervention=&design=&population=&since=&until=&cell=",
        "/pico?population=&intervention=&comparator=&outcome=",
        "/search?" + "&".join(f"{parameter.name}=" for parameter in PARAMETERS),
    ],
)
def test_what_a_form_leaves_empty_says_nothing(
    client: FlaskClient, first_claim: tuple[str, str], address: str
) -> None:
    assert client.get(address.format(text=first_claim[0])).status_code == 200


def test_the_api_takes_what_it_describes_and_nothing_of_others(client: FlaskClient) -> None:
    assert client.get("/api/v1/search?q=pain&utm_source=news").status_code == 400


def test_an_address_of_many_faults_is_refused_as_well(client: FlaskClient) -> None:
    problem = client.get("/api/v1/search?" + "&".join(f"x{n}=1" for n in range(3000)))
    assert problem.status_code == 400
    assert len(problem.get_json()["errors"]) == 10


def test_what_is_wrong_is_told_in_french(client: FlaskClient) -> None:
    french = {"Accept-Language": "fr"}
    page = client.get("/search?yaer=2015", headers=french).text
    assert "Il n’y a pas de paramètre" in page
    assert "le plus proche est year" in page
    problem = client.get("/api/v1/search?year=soon&limit=x", headers=french).get_json()
    assert {error["parameter"] for error in problem["errors"]} == {"year", "limit"}
    assert all("non «" in error["message"] for error in problem["errors"])


@pytest.mark.parametrize(
    ("before", "today"),
    [
        ("q=a&from=2015&to=2018", {"q": ["a"], "year": ["2015..2018"]}),
        ("q=a&from=2015", {"q": ["a"], "year": ["2015.."]}),
        ("q=a&to=2018&from=", {"q": ["a"], "year": ["..2018"]}),
        ("from=2015&to=2015", {"year": ["2015"]}),
        ("q=a&from=&to=", {"q": ["a"]}),
        ("from=&to=", {}),
        (
            "design=rct&design=protocol&from=2001",
            {"design": ["rct", "protocol"], "year": ["2001.."]},
        ),
    ],
)
@pytest.mark.parametrize("place", ["/search", "/search.ris", "/feeds/search", "/api/v1/search"])
def test_addresses_of_before_are_led_on(
    client: FlaskClient, place: str, before: str, today: dict[str, list[str]]
) -> None:
    answer = client.get(f"{place}?{before}")
    assert answer.status_code == 308
    target = urlsplit(answer.headers["Location"])
    assert (target.path, parse_qs(target.query)) == (place, today)


@pytest.mark.parametrize(
    ("place", "before", "today"),
    [
        ("/search", "q=pain&page=3&lang=en", {"q": ["pain"], "offset": ["40"], "lang": ["en"]}),
        ("/search", "q=pain&page=1", {"q": ["pain"]}),
        ("/search", "verified=1", {"verified": ["true"]}),
        ("/search", "verified=1&verified=on", {"verified": ["true"]}),
        ("/api/v1/search", "verified=1", {"verified": ["true"]}),
        (
            "/search",
            "page=2&_external=x&endpoint=y",
            {"offset": ["20"], "_external": ["x"], "endpoint": ["y"]},
        ),
        ("/search", "page=2&limit=50", {"limit": ["50"], "offset": ["50"]}),
        ("/api/v1/search", "page=2", {"offset": ["10"]}),
    ],
)
def test_pages_of_before_are_led_to_their_offset(
    client: FlaskClient, place: str, before: str, today: dict[str, list[str]]
) -> None:
    answer = client.get(f"{place}?{before}")
    assert answer.status_code == 308
    assert parse_qs(urlsplit(answer.headers["Location"]).query) == today


@pytest.mark.parametrize(
    ("page", "api"),
    [
        ("/texts/{text}", "/texts/{text}"),
        ("/texts/{text}/claims/{claim}", "/texts/{text}/claims/{claim}"),
        ("/sources/{text}", "/sources?text={text}"),
        ("/indications/", "/indications"),
        ("/indications/?facet=nerve&utm_source=news", "/indications?facet=nerve"),
        ("/indications/vulvodynia", "/indications/vulvodynia"),
        (
            "/search?q=pudendal&design=rct&year=2015..",
            "/search?q=pudendal&design=rct&year=2015..&limit=20",
        ),
    ],
)
def test_a_page_names_its_answer_as_json(
    client: FlaskClient, first_claim: tuple[str, str], page: str, api: str
) -> None:
    text, claim = first_claim
    soup = BeautifulSoup(client.get(page.format(text=text, claim=claim)).text, "lxml")
    link = soup.select_one('link[rel="alternate"][type="application/json"]')
    assert link is not None
    path = page.partition("?")[0].rstrip("/").format(text=text, claim=claim)
    assert urlsplit(str(link["href"])).path == f"{path}.json"
    found = client.get(str(link["href"])).get_json()
    expected = client.get("/api/v1" + api.format(text=text, claim=claim)).get_json()
    assert found | {"took_ms": 0} == expected | {"took_ms": 0}


@pytest.mark.parametrize(
    ("address", "status"),
    [
        ("/texts/none.json", 404),
        ("/texts/none/claims/none.json", 404),
        ("/sources/none.json", 404),
        ("/indications/no-such-thing.json", 404),
        ("/indications.json?limit=x", 400),
        ("/search.json?nerve=no-such-nerve", 400),
    ],
)
def test_what_is_not_there_is_a_problem_document(
    client: FlaskClient, address: str, status: int
) -> None:
    answer = client.get(address)
    assert (answer.status_code, answer.mimetype) == (status, "application/problem+json")


def test_the_language_of_the_page_is_no_parameter_of_the_search(client: FlaskClient) -> None:
    assert client.get("/search.json?q=pain&lang=en").status_code == 200
    assert client.get("/search?q=pain&lang=en").status_code == 200


@pytest.fixture
def first_claim(client: FlaskClient) -> tuple[str, str]:
    """A text and a claim of it."""
    claim = client.get("/api/v1/claims?limit=1").get_json()["items"][0]
    return claim["text"], claim["id"]
