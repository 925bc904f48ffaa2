"""The API: what it answers, how it refuses, and whether its description is true."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from app_pages import uses_of
from click.testing import CliRunner
from flask import Flask
from flask.testing import FlaskClient
from jsonschema import Draft202012Validator
from openapi_spec_validator import validate
from waitress import create_server

from evidence.cli import cli
from evidence.knowledge import KnowledgeBase
from webapp import create_app

ROOT = "/api/v1"


def _get(client: FlaskClient, address: str) -> Any:
    answer = client.get(ROOT + address)
    assert answer.status_code == 200, answer.text
    assert answer.mimetype == "application/json"
    return answer.get_json()


def _command(app: Flask, *arguments: str) -> Any:
    done = CliRunner().invoke(cli, [*arguments, "--instance", app.instance_path, "--json"])
    assert done.exit_code == 0, done.output
    return json.loads(done.stdout)


@pytest.fixture(scope="module")
def document(app: Flask) -> dict[str, Any]:
    found: dict[str, Any] = app.test_client().get(f"{ROOT}/openapi.json").get_json()
    return found


def test_suggest_answers_what_the_command_prints(app: Flask, client: FlaskClient) -> None:
    claim = "La cryoneurolyse soulage la névralgie pudendale pendant plusieurs mois."
    (printed,) = _command(app, "suggest", claim, "--limit", "4")
    answer = client.get(f"{ROOT}/suggest", query_string={"text": claim, "limit": 4}).get_json()
    assert printed["results"]
    assert answer == printed


def test_claims_answer_what_the_command_prints(app: Flask, client: FlaskClient) -> None:
    printed = _command(app, "claims", "--verdict", "no-evidence-found")
    answered = _get(client, "/claims?verdict=no-evidence-found&limit=200")
    assert [c["id"] for c in answered["items"]] == [c["id"] for c in printed]
    for ours, theirs in zip(answered["items"], printed, strict=True):
        for name in ("statement", "verdict", "certainty", "rationale", "hash", "concepts"):
            assert ours[name] == theirs[name]
        assert [(k["reference"], k["stance"]) for k in ours["links"]] == [
            (k["reference"], k["stance"]) for k in theirs["links"]
        ]
        assert ours["passage"].startswith("https://")
        assert "#:~:text=" in ours["passage"]


def test_the_links_of_a_list_lead_through_all_of_it(client: FlaskClient, kb: KnowledgeBase) -> None:
    seen: list[str] = []
    address = f"{ROOT}/references?limit=100"
    pages = 0
    while address:
        answer = client.get(address)
        page = answer.get_json()
        seen += [item["key"] for item in page["items"]]
        found = re.findall(r'<([^>]+)>; rel="(\w+)"', answer.headers["Link"])
        relations = {rel: to for to, rel in found}
        assert relations == page["links"]
        address = page["links"].get("next", "").removeprefix("http://localhost")
        pages += 1
    assert seen == sorted(kb.library)
    assert pages == -(-len(kb.library) // 100)
    last = client.get(page["links"]["last"].removeprefix("http://localhost")).get_json()
    assert last["items"] == page["items"]


def test_a_reference_has_everything_that_is_known_of_it(
    client: FlaskClient, kb: KnowledgeBase
) -> None:
    key = "ilfeld2023phantom"
    answer = _get(client, f"/references/{key}")
    reference = kb.library[key]
    for name, value in reference.as_dict().items():
        if name not in ("findings", "provenance", "study"):
            assert answer[name] == value, name
    assert [f["outcome"] for f in answer["findings"]] == [f.outcome for f in reference.findings]
    assert answer["study"]["participants"] == reference.study.participants
    assert {(u["claim"], u["stance"]) for u in answer["uses"]} == {
        (claim.id, link.stance) for claim, link in uses_of(kb, key)
    }


def test_a_record_answers_what_was_tested_found_and_harmed(
    client: FlaskClient, kb: KnowledgeBase
) -> None:
    answer = _get(client, "/references/nygaard2025efficacy")
    study, finding = answer["study"], answer["findings"][0]
    assert study["interventions"] == ["cryoneurolysis"]
    assert "sham-procedure" in study["comparators"]
    assert study["comparison"].startswith("sham procedure")
    assert study["french"]["arms"].startswith("cryoneurolyse (44) contre")
    assert (finding["interval"], finding["unit"]) == ("-0.3 to 1.2", "NRS 0-10")
    assert finding["favours"] == "neither"
    assert finding["french"]["timepoint"] == "14\xa0jours (critère principal)"
    protocol = {"relation": "protocol-of", "key": "nygaard2021protocol", "inverse": True}
    assert protocol.items() <= answer["related"][0].items()
    (back,) = _get(client, "/references/nygaard2021protocol")["related"]
    assert (back["key"], back["inverse"]) == ("nygaard2025efficacy", False)
    assert {one["place"] for one in answer["provenance"]} >= {"pubmed", "registry-copy"}
    assert not any("seen" in one for one in answer["provenance"])
    harms = _get(client, "/references/goss2020cryoneurotomy")["harms"]
    assert harms[0] == {
        "event": "perioperative death",
        "number": 1,
        "of": 55,
        "serious": True,
        "french": "décès périopératoire",
    }
    entered = next(key for key, one in kb.library.items() if one.added)
    assert _get(client, f"/references/{entered}")["added"] == kb.library[entered].added


def test_a_claim_answers_both_readings(client: FlaskClient, kb: KnowledgeBase) -> None:
    text, claim = "vulvodynie-cryoneurolyse", "severe-complications-rare"
    read = kb.readings(text)[claim]
    answer = _get(client, f"/texts/{text}/claims/{claim}")["readings"]
    assert answer["first"]["verdict"] == read.first.verdict
    assert answer["agreement"]["records"] == read.agreement.records
    assert len(answer["records"]) == len(read.records)
    assert all(one["why"] for one in answer["differences"])
    summary = _get(client, f"/texts/{text}")
    assert summary["read_twice"] == len(kb.readings(text))
    assert 0 < summary["agreement"]["stance_kappa"] < 1


def test_concepts_are_found_by_id_term_and_mesh(client: FlaskClient) -> None:
    by_id = _get(client, "/concepts/vulvodynia")
    assert _get(client, "/concepts/vulvodynie") == by_id
    assert _get(client, f"/concepts/{by_id['mesh']}") == by_id
    begun = _get(client, "/concepts?term=vulvod&limit=200")["items"]
    assert "vulvodynia" in {concept["id"] for concept in begun}
    counts = [c["references"] for c in _get(client, "/indications?limit=200")["items"]]
    assert counts == sorted(counts, reverse=True)
    assert counts[-1] > 0


def test_what_is_known_of_an_indication_adds_up(client: FlaskClient, kb: KnowledgeBase) -> None:
    known = _get(client, "/indications/vulvodynia")
    assert sum(row["studies"] for row in known["designs"]) == len(known["references"])
    assert len(known["references"]) == known["concept"]["references"]
    links = [link for key in known["references"] for _c, link in uses_of(kb, key)]
    for stance, count in known["stances"].items():
        assert count == sum(link.stance == stance for link in links)


def test_the_sources_are_those_of_the_text(client: FlaskClient, kb: KnowledgeBase) -> None:
    text = kb.texts["vulvodynie-cryoneurolyse"]
    answer = _get(client, f"/sources?text={text.id}&limit=200")
    assert [s["cited"] for s in answer["items"]] == [s.cited for s in text.sources]


# ---- refusals -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("address", "parameter"),
    [
        ("/texts?colour=red", "colour"),
        ("/texts?limit=0", "limit"),
        ("/texts?limit=201", "limit"),
        ("/texts?limit=+1", "limit"),
        ("/texts?limit=1_0", "limit"),
        ("/texts?limit=%EF%BC%91", "limit"),
        ("/texts?limit=1&limit=2", "limit"),
        ("/texts?offset=-1", "offset"),
        ("/texts/vulvodynie-cryoneurolyse?limit=1", "limit"),
        ("/claims?verdict=true", "verdict"),
        ("/search?q=a*", None),
        ("/search?q=" + "a" * 5000, None),
        ("/search?year=2020-", None),
        ("/search?year=20200", "year"),
        ("/search?verified=yes", "verified"),
        ("/search?stance=proves", "stance"),
        ("/search?language=english", "language"),
        ("/suggest", "text"),
        ("/suggest?text=%20%20", "text"),
        ("/suggest?text=pain&limit=0", "limit"),
        ("/openapi.json?x=1", "x"),
    ],
)
def test_parameters_are_checked(client: FlaskClient, address: str, parameter: str | None) -> None:
    answer = client.get(ROOT + address)
    if parameter is None:
        assert answer.status_code == 200
        return
    assert answer.status_code == 400
    assert answer.mimetype == "application/problem+json"
    assert [error["parameter"].split(".")[0] for error in answer.get_json()["errors"]] == [
        parameter
    ]


@pytest.mark.parametrize(
    ("method", "address", "status"),
    [
        ("GET", "/api/", 404),
        ("GET", "/api/v2/texts", 404),
        ("GET", f"{ROOT}/nothing", 404),
        ("GET", f"{ROOT}/texts/none", 404),
        ("GET", f"{ROOT}/texts/vulvodynie-cryoneurolyse/claims/none", 404),
        ("GET", f"{ROOT}/references/none2020", 404),
        ("GET", f"{ROOT}/concepts/no-such-thing", 404),
        ("GET", f"{ROOT}/claims?text=none", 404),
        ("GET", f"{ROOT}/claims?reference=none", 404),
        ("GET", f"{ROOT}/search?nerve=zzz", 400),
        ("GET", f"{ROOT}/search?indication=no-such-thing", 400),
        ("GET", f"{ROOT}/search?lang=fr", 400),
        ("GET", f"{ROOT}/search?theme=dark", 400),
        ("POST", f"{ROOT}/texts", 405),
        ("DELETE", f"{ROOT}/references/ilfeld2023phantom", 405),
    ],
)
def test_every_error_is_a_problem_document(
    client: FlaskClient, method: str, address: str, status: int
) -> None:
    answer = client.open(address, method=method)
    assert answer.status_code == status
    assert answer.mimetype == "application/problem+json"
    problem = answer.get_json()
    assert problem["status"] == status
    assert problem["title"]
    assert len(problem["detail"]) > 10
    assert problem["instance"] == address
    assert "Set-Cookie" not in answer.headers
    if status == 405:
        assert {"GET", "HEAD"} <= set(answer.allow)


@pytest.mark.parametrize("key", ["not-there", "aalto2019", "pmid-1"])
@pytest.mark.parametrize("rest", ["", "/citation", "/citation?style=vancouver"])
def test_a_reference_that_nobody_knows_is_not_found(
    client: FlaskClient, key: str, rest: str
) -> None:
    answer = client.get(f"{ROOT}/references/{key}{rest}")
    assert (answer.status_code, answer.content_type) == (404, "application/problem+json")
    assert key in answer.get_json()["detail"]
    assert client.get(f"/unapi?id={key}&format=ris").status_code == 404
    assert client.get(f"{ROOT}/claims?reference={key}").status_code == 404


def test_a_base_without_references_is_described(tmp_path: Path, few: Path) -> None:
    empty = Path(shutil.copytree(few, tmp_path / "base"))
    (empty / "references" / "few.bib").write_text("", encoding="utf-8")
    for register in (empty / "texts").iterdir():
        register.unlink()
    client = create_app(KnowledgeBase(empty), tmp_path / "instance").test_client()
    assert client.get(f"{ROOT}/openapi.json").get_json()["openapi"] == "3.1.0"
    assert client.get(f"{ROOT}/").status_code == 200


def test_errors_outside_the_api_are_pages(client: FlaskClient) -> None:
    assert client.get("/nothing").mimetype == "text/html"
    refused = client.post("/search")
    assert refused.status_code == 405
    assert "GET" in refused.allow


def test_an_unchanged_answer_is_not_sent_again(client: FlaskClient) -> None:
    first = client.get(f"{ROOT}/texts")
    etag = first.headers["ETag"]
    again = client.get(f"{ROOT}/texts", headers={"If-None-Match": etag})
    assert (again.status_code, again.data) == (304, b"")
    assert again.headers["ETag"] == etag
    other = client.get(f"{ROOT}/texts?limit=1", headers={"If-None-Match": etag})
    assert other.status_code == 200
    for any_version in ("*", f'{etag}, "x"'):
        lost = client.get(f"{ROOT}/texts/none", headers={"If-None-Match": any_version})
        assert lost.status_code == 404


def test_any_page_may_read_the_api(client: FlaskClient) -> None:
    for address in (f"{ROOT}/texts", f"{ROOT}/openapi.json", f"{ROOT}/nothing"):
        answer = client.get(address, headers={"Origin": "https://example.org"})
        assert answer.headers["Access-Control-Allow-Origin"] == "*"
        assert "Access-Control-Allow-Credentials" not in answer.headers


# ---- description ----------------------------------------------------------------------


def test_the_description_is_valid_and_complete(app: Flask, document: dict[str, Any]) -> None:
    validate(document)
    assert document["openapi"].startswith("3.1")
    rules = {
        re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule.rule.removeprefix(ROOT))
        for rule in app.url_map.iter_rules()
        if rule.rule.startswith(f"{ROOT}/")
    }
    assert set(document["paths"]) == rules - {"/", "/openapi.json"}


def test_the_description_does_not_change_by_itself(client: FlaskClient) -> None:
    assert client.get(f"{ROOT}/openapi.json").data == client.get(f"{ROOT}/openapi.json").data


def test_every_operation_has_an_example_that_fits_its_description(
    document: dict[str, Any],
) -> None:
    for path, methods in document["paths"].items():
        media = methods["get"]["responses"]["200"]["content"]["application/json"]
        schema = {**media["schema"], "components": document["components"]}
        errors = list(Draft202012Validator(schema).iter_errors(media["example"]))
        assert errors == [], path


def test_the_documentation_names_every_operation_in_both_languages(
    client: FlaskClient, document: dict[str, Any]
) -> None:
    for language in ("fr", "en"):
        page = client.get(f"{ROOT}/?lang={language}").text
        for path in document["paths"]:
            assert f"{ROOT}{path}" in page
    assert "Interface de programmation" in client.get(f"{ROOT}/?lang=fr").text


@pytest.fixture(scope="module")
def server(app: Flask) -> Iterator[str]:
    """The address of a real server (waitress) of the app on a free port of this machine."""
    served = create_server(app, host="127.0.0.1", port=0, threads=4)
    thread = threading.Thread(target=served.run, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{served.effective_port}"
    served.close()
    thread.join(timeout=5)


def test_the_server_does_what_its_description_says(server: str, tmp_path: Path) -> None:
    """Schemathesis asks the server what the description allows, and what it does not."""
    done = subprocess.run(
        [
            Path(sys.executable).parent / "st",
            "run",
            f"{server}{ROOT}/openapi.json",
            "--max-examples",
            "15",
            "--workers",
            "1",
            "--no-color",
            "--generation-deterministic",
        ],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]
    assert "No issues found" in done.stdout
