"""`evidence verify` and `evidence update` as people run them, against a server on loopback."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from service_double import Record, Reply, ServiceDouble

from evidence.knowledge import KnowledgeBase
from evidence.services.source_checks import latest_check
from references.formats.bibtex import read_file

GOOD = Record(
    "Percutaneous cryoneurolysis for refractory pudendal neuralgia",
    [("Martin", "Anne")],
    2019,
    "Journal of Pelvic Medicine",
    "J Pelvic Med",
    "12",
    "3",
    "145-152",
    "10.5555/jpm.1",
    "31000001",
)
BIB = """@article{good,
  author = {Martin, Anne},
  title = {Percutaneous cryoneurolysis for refractory pudendal neuralgia},
  journal = {J Pelvic Med},
  year = {2019},
  doi = {10.5555/jpm.1},
}

@article{wrong,
  author = {Martin, Anne},
  title = {Percutaneous cryoneurolysis for refractory pudendal neuralgia},
  year = {2009},
  pmid = {31000001},
}

@article{bare,
  doi = {10.5555/jpm.1},
  note = {kept},
}
"""

Runner = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def double() -> Iterator[ServiceDouble]:
    with ServiceDouble([GOOD]) as server:
        yield server


@pytest.fixture
def run(double: ServiceDouble, instance: Path) -> Runner:
    def evidence(*arguments: str, **settings: str) -> subprocess.CompletedProcess[str]:
        environment = {
            **os.environ,
            **double.environment,
            "EVIDENCE_INSTANCE": str(instance),
            "EVIDENCE_TIMEOUT": "5",
            **settings,
        }
        return subprocess.run(
            [sys.executable, "-m", "evidence", *arguments],
            env=environment,
            capture_output=True,
            text=True,
        )

    return evidence


def _json(done: subprocess.CompletedProcess[str]) -> Any:
    assert "Traceback" not in done.stderr
    return json.loads(done.stdout)


def test_verify_a_file(run: Runner, tmp_path: Path, instance: Path) -> None:
    bib = tmp_path / "refs.bib"
    bib.write_text(BIB, encoding="utf-8")
    done = run("verify", "--file", str(bib), "--json")
    assert done.returncode == 1
    results = {r["key"]: r for r in _json(done)["results"]}
    assert list(results) == ["good", "wrong", "bare"]
    assert results["good"]["status"] == "verified"
    assert results["good"]["matched"]["source"] == "crossref"
    assert results["good"]["matched"]["id"] == "10.5555/jpm.1"
    assert results["good"]["looked"][0]["when"]
    assert results["wrong"]["differences"] == [{"field": "year", "cited": "2009", "found": "2019"}]
    assert results["bare"]["problems"]
    stored = latest_check(instance, "wrong")
    assert stored is not None
    assert stored.status == "differs"
    assert "3/3 checked" in done.stderr
    assert "EVIDENCE_CONTACT" in done.stderr


def test_verify_exits_with_0_when_all_is_well(run: Runner, tmp_path: Path) -> None:
    bib = tmp_path / "refs.bib"
    bib.write_text(BIB.split("@article{wrong")[0], encoding="utf-8")
    done = run("verify", "--file", str(bib))
    assert done.returncode == 0, done.stdout + done.stderr
    assert "good: located as cited" in done.stdout


def test_refresh_asks_again(run: Runner, double: ServiceDouble, tmp_path: Path) -> None:
    """The services send no ETag; the work is retracted an hour after it was checked."""
    bib = tmp_path / "refs.bib"
    bib.write_text(BIB.split("@article{wrong")[0], encoding="utf-8")
    assert run("verify", "--file", str(bib)).returncode == 0
    asked = len(double.log)
    double.records = [replace(GOOD, retracted=True)]
    kept = run("verify", "--file", str(bib), "--json")
    assert len(double.log) == asked
    assert all(look["copied"] for look in _json(kept)["results"][0]["looked"])
    anew = _json(run("verify", "--file", str(bib), "--refresh", "--json"))["results"][0]
    assert {request.service for request in double.log[asked:]} >= {"crossref", "pubmed", "openalex"}
    assert anew["status"] == "retracted"
    assert not any("copied" in look for look in anew["looked"])
    asked = len(double.log)
    offline = run("verify", "--file", str(bib), "--refresh", "--offline", "--json")
    assert _json(offline)["results"][0]["status"] == "retracted"
    assert len(double.log) == asked


def test_what_was_compared_is_said(run: Runner, double: ServiceDouble) -> None:
    double.records = [replace(GOOD, volume="", services=("crossref",))]
    done = run(
        "verify",
        "--citation",
        "Martin A. Percutaneous cryoneurolysis for refractory "
        "pudendal neuralgia. J Pelvic Med. 2019;12(3):145-52.",
    )
    assert done.returncode == 1
    assert "located, partly checked" in done.stdout
    said = "compared: title, authors, year, journal, issue, pages; not compared: volume (known"
    assert said in done.stdout


def test_a_record_without_title_is_shown(run: Runner, double: ServiceDouble) -> None:
    double.records = [replace(GOOD, title="", kind="journal-issue", services=("crossref",))]
    done = run(
        "verify",
        "--citation",
        f"Petit L. Magnetic bracelets cure pudendal neuralgia. J Pelvic Med. 2019. doi:{GOOD.doi}",
    )
    assert "Traceback" not in done.stderr
    assert "not located as cited" in done.stdout
    assert "near: a record without title (2019; crossref 10.5555/jpm.1)" in done.stdout


def test_verify_a_printed_reference(run: Runner) -> None:
    done = run(
        "verify",
        "--json",
        "--citation",
        "Martin A. Percutaneous cryoneurolysis for "
        "refractory pudendal neuralgia. J Pelvic Med. 2018;12(3):145-52.",
    )
    assert done.returncode == 1
    result = _json(done)["results"][0]
    assert [d["field"] for d in result["differences"]] == ["year"]


def test_verify_the_sources_of_a_text(run: Runner) -> None:
    done = run("verify", "--text", "vulvodynie-cryoneurolyse", "--json")
    assert done.returncode == 1
    results = _json(done)["results"]
    assert len(results) == 4
    assert {result["status"] for result in results} == {"not-located"}
    assert all(result["candidates"] and result["looked"] for result in results)


def test_fill_shows_first_and_then_writes(run: Runner, tmp_path: Path) -> None:
    bib = tmp_path / "refs.bib"
    bib.write_text(BIB, encoding="utf-8")
    shown = run("verify", "--file", str(bib), "--fill", "--dry-run")
    assert "would fill title" in shown.stdout
    assert bib.read_text(encoding="utf-8") == BIB
    done = run("verify", "--file", str(bib), "--fill", "--json")
    document = _json(done)
    assert document["written"] == [str(bib)]
    found = {r.key: r for r in read_file(bib).references}
    assert found["bare"].title == GOOD.title
    assert found["bare"].pmid == GOOD.pmid
    assert found["bare"].extra["note"] == "kept"
    assert found["bare"].provenance[0].address == "https://doi.org/10.5555/jpm.1"
    assert found["wrong"].year == 2009  # differs: told, not overwritten
    assert found["wrong"].volume == "12"
    kept = next(r for r in document["results"] if r["key"] == "wrong")["kept"]
    assert [difference["field"] for difference in kept] == ["year"]
    run("verify", "--file", str(bib), "--fill", "--accept", "year")
    assert {r.key: r.year for r in read_file(bib).references}["wrong"] == 2019


def test_verify_offline_checks_the_form_and_says_so(
    run: Runner, tmp_path: Path, double: ServiceDouble
) -> None:
    bib = tmp_path / "refs.bib"
    bib.write_text(BIB.replace("10.5555/jpm.1", "10.5/x"), encoding="utf-8")
    done = run("verify", "--file", str(bib), "--json", EVIDENCE_OFFLINE="1")
    assert done.returncode == 1
    assert "Offline" in done.stderr
    results = _json(done)["results"]
    assert {result["status"] for result in results} == {"unchecked"}
    assert any(problem["field"] == "doi" for problem in results[0]["problems"])
    assert all(look["outcome"] == "offline" for r in results for look in r["looked"])
    assert double.log == []


def test_verify_uses_the_retraction_list(run: Runner, tmp_path: Path) -> None:
    bib, listed = tmp_path / "refs.bib", tmp_path / "rw.csv"
    bib.write_text(BIB, encoding="utf-8")
    listed.write_text("doi,retractionwatch\n10.5555/JPM.1,Retraction\n,Retraction\n")
    os.utime(listed, (1_600_000_000, 1_600_000_000))
    done = run("verify", "--file", str(bib), "--json", EVIDENCE_RETRACTIONS=str(listed))
    document = _json(done)
    assert {r["status"] for r in document["results"]} == {"retracted"}
    assert document["retractions"]["age_days"] > 30
    assert "days old" in done.stderr


@pytest.mark.parametrize(
    ("reply", "outcome"),
    [
        (Reply(b"", 500), "service-failed"),
        (Reply(b"", 429, headers={"Retry-After": "1000"}), "too-busy"),
        (Reply(b"{", declared_length=50), "bad-answer"),
        (Reply(b"<html>", type="text/html"), "bad-answer"),
        (Reply(b"", 302, headers={"Location": "http://example.org/"}), "redirected-elsewhere"),
        (Reply(b"", pause=30), "too-slow"),
    ],
    ids=["500", "429", "truncated", "html", "redirect", "slow"],
)
def test_every_failure_ends_in_a_status(
    reply: Reply, outcome: str, run: Runner, tmp_path: Path, double: ServiceDouble
) -> None:
    bib = tmp_path / "refs.bib"
    bib.write_text(BIB, encoding="utf-8")
    double.fault(reply)
    done = run("verify", "--file", str(bib), "--json", EVIDENCE_TIMEOUT="1")
    assert done.returncode == 1
    results = _json(done)["results"]
    assert {result["status"] for result in results} == {"unchecked"}
    assert outcome in {look["outcome"] for r in results for look in r["looked"]}


@pytest.mark.parametrize(
    ("arguments", "settings", "words"),
    [
        (["verify"], {}, "what to verify"),
        (["verify", "nosuchkey"], {}, "nosuchkey"),
        (["verify", "--text", "nosuchtext"], {}, "nosuchtext"),
        (["verify", "--citation", "x", "--dry-run"], {}, "--fill"),
        (
            ["verify", "--citation", "x"],
            {"EVIDENCE_CROSSREF_URL": "nonsense"},
            "EVIDENCE_CROSSREF_URL",
        ),
        (["verify", "--citation", "x"], {"EVIDENCE_RETRACTIONS": "/nowhere.csv"}, "/nowhere.csv"),
        (["verify", "--citation", "x"], {"EVIDENCE_TIMEOUT": "soon"}, "EVIDENCE_TIMEOUT"),
        (["update", "--search", "nosuch"], {}, "nosuch"),
        (["update", "--since", "yesterday"], {}, "yesterday"),
    ],
)
def test_wrong_use_is_told_in_a_sentence(
    arguments: list[str], settings: dict[str, str], words: str, run: Runner
) -> None:
    done = run(*arguments, **settings)
    assert done.returncode == 2
    assert words in done.stderr
    assert "Traceback" not in done.stderr


def test_update_through_the_command(run: Runner, instance: Path) -> None:
    done = run("update", "--json", "--search", "vulvodynia-pudendal-neuralgia")
    assert done.returncode == 0, done.stderr
    document = _json(done)
    found = {stream["source"]: stream["found"] for stream in document["searches"]}
    assert found == {"pubmed": 1, "europepmc": 0, "clinicaltrials": 0}
    assert (document["found"], document["duplicates"], document["new"]) == (1, 0, 1)
    assert document["added"] == ["martin2019percutaneous"]
    assert (instance / "candidates.bib").exists()
    again = _json(run("update", "--json"))
    assert again["new"] == 0


def test_an_interrupted_run_ends_at_once(
    tmp_path: Path, double: ServiceDouble, instance: Path
) -> None:
    """Not when the last slow service has answered: they answer after it has ended."""
    bib = tmp_path / "refs.bib"
    bib.write_text(BIB, encoding="utf-8")
    silent = threading.Event()
    double.before = lambda request: silent.wait() and None
    process = subprocess.Popen(
        [sys.executable, "-m", "evidence", "verify", "--file", str(bib), "--json"],
        env={
            **os.environ,
            **double.environment,
            "EVIDENCE_INSTANCE": str(instance),
            "EVIDENCE_TIMEOUT": "60",  # whoever waits for it asks the next service
        },
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        # A shell starts what runs in the background deaf to Ctrl-C, and so the tests themselves.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    while not double.log:
        time.sleep(0.01)
    process.send_signal(signal.SIGINT)
    try:
        _, messages = process.communicate()
        asked = len(double.log)
    finally:
        silent.set()
        process.kill()
    assert process.returncode == 130, messages
    assert asked <= 3  # what was under way at once
    assert "Traceback" not in messages


def test_a_settled_finding_is_told_and_asks_for_nobody(run: Runner, tmp_path: Path) -> None:
    file = tmp_path / "refs.bib"
    file.write_text(BIB.split("@article{bare")[0], encoding="utf-8")
    unknown = run("settle", "wrong", "--reason", "Right.")
    assert (unknown.returncode, "check it first" in unknown.stderr) == (2, True)
    assert run("verify", "--file", str(file), "--json").returncode == 1
    done = run("settle", "wrong", "--reason", "The print says 2009.", "--by", "anne")
    assert done.returncode == 0, done.stderr
    checked = run("verify", "--file", str(file), "--json")
    first, second = _json(checked)["results"]
    assert checked.returncode == 0
    assert "settled" not in first
    assert (second["status"], second["settled"]["by"]) == ("differs", "anne")
    assert "settled by anne" in run("verify", "--file", str(file)).stdout
    (listed,) = _json(run("settle", "--json"))
    assert (listed["name"], listed["holds"]) == ("wrong", True)
    file.write_text(file.read_text().replace("2009", "2008"), encoding="utf-8")
    assert run("verify", "--file", str(file)).returncode == 1
    assert run("settle").returncode == 1
    assert run("settle", "wrong", "--undo", "--reason", "Mended.").returncode == 0
    assert _json(run("settle", "--json")) == []


def test_fixes_are_written_to_another_file(run: Runner, tmp_path: Path) -> None:
    file, out = tmp_path / "refs.bib", tmp_path / "right.bib"
    file.write_text(BIB, encoding="utf-8")
    refused = run("verify", "--file", str(file), "--fixes", str(file))
    assert (refused.returncode, file.read_text(encoding="utf-8")) == (2, BIB)
    bundled = next(record.place.file for record in KnowledgeBase().library.values())
    library = Path(bundled).read_bytes()
    refused = run("verify", "--file", str(file), "--fixes", bundled)
    assert (refused.returncode, "a file of the library" in refused.stderr) == (2, True)
    assert Path(bundled).read_bytes() == library
    done = run("verify", "--file", str(file), "--fixes", str(out), "--json")
    told = _json(done)["fixes"]
    assert (told["file"], told["records"]) == (str(out), 3)
    records = {one.key: one for one in read_file(out).references}
    assert list(records) == ["good", "wrong", "bare"]
    assert records["wrong"].year == 2019
    assert records["bare"].extra["note"] == "kept"
    assert file.read_text(encoding="utf-8") == BIB
    plain = run("verify", "--file", str(file), "--fixes", str(out)).stdout
    assert "wrong: year put right: “2009” is “2019” now" in plain
    searched = [one for one in _json(done)["results"][0]["looked"] if "total" in one]
    assert all(one["seen"] <= one["total"] for one in searched)
