"""The commands, as processes: shapes of the contract, exit codes, one sentence on errors."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from evidence.journal import Entry, Journal


@pytest.fixture(scope="module")
def instance(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("cli-instance")


def run(instance: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "evidence", *arguments, "--instance", str(instance)],
        capture_output=True,
        text=True,
    )


def answer(instance: Path, *arguments: str) -> Any:
    done = run(instance, *arguments, "--json")
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_index(instance: Path, corpus_size: int) -> None:
    report = answer(instance, "index")
    assert set(report) == {"documents", "seconds", "engine"}
    assert report["documents"] >= corpus_size
    assert report["engine"] == "whoosh"


def test_search(instance: Path) -> None:
    found = answer(
        instance,
        "search",
        "névralgie pudendale",
        "--limit",
        "3",
        "--year",
        "2010-2025",
        "--sort",
        "newest",
    )
    assert {"query", "total", "took_ms", "results", "facets", "did_you_mean"} <= set(found)
    assert len(found["results"]) == 3
    for result in found["results"]:
        assert {
            "key",
            "title",
            "year",
            "design",
            "score",
            "highlights",
            "concepts",
            "same_as",
        } == set(result)
        assert 2010 <= result["year"] <= 2025
    assert found["facets"]["design"]


def test_search_options_narrow(instance: Path) -> None:
    free = answer(instance, "search", "pain", "--limit", "0")
    tight = answer(
        instance,
        "search",
        "pain",
        "--design",
        "rct",
        "--language",
        "en",
        "--verified",
        "--indication",
        "postoperative-pain",
        "--limit",
        "0",
    )
    assert 0 < tight["total"] < free["total"]
    assert tight["results"] == []


def test_an_empty_search_browses(instance: Path, corpus_size: int) -> None:
    assert answer(instance, "search", "")["total"] >= corpus_size
    assert answer(instance, "search")["total"] >= corpus_size


def test_search_for_people(instance: Path) -> None:
    done = run(instance, "search", "phantom limb", "--limit", "2")
    assert done.returncode == 0
    assert "references (" in done.stdout
    assert "phantom" in done.stdout.lower()


def test_suggest(instance: Path, tmp_path: Path) -> None:
    claims = tmp_path / "claims.txt"
    claims.write_text("Le froid bloque le nerf pudendal.\n\nBananas are a yellow fruit.\n")
    found = answer(instance, "suggest", "--file", str(claims), "--limit", "4")
    assert [item["claim"] for item in found] == claims.read_text().split("\n")[0:3:2]
    assert len(found[0]["results"]) == 4
    assert {"key", "score", "why"} <= set(found[0]["results"][0])
    assert found[1]["results"] == []


def test_evaluate(instance: Path, tmp_path: Path) -> None:
    folder = tmp_path / "judged"
    (folder / "qrels").mkdir(parents=True)
    (folder / "queries.jsonl").write_text('{"_id": "q", "text": "phantom limb cryoneurolysis"}\n')
    (folder / "qrels" / "test.tsv").write_text("q\tilfeld2023phantom\t1\n")
    report = answer(instance, "evaluate", str(folder), "--no-semantic")
    assert {"ndcg@10", "recall@10", "recall@100", "mrr@10", "queries", "ms_per_query"} <= set(
        report
    )
    assert report["recall@100"] == 1.0


@pytest.mark.parametrize(
    "arguments",
    [
        ("search", "--pain"),
        ("search", "pain", "--indication", "qwertzuiop"),
        ("search", "pain", "--year", "soon"),
        ("search", "pain", "--limit", "-1"),
        ("search", "pain", "--engine", "opensearch"),
        ("suggest",),
        ("suggest", "--file", "/nowhere/at/all.txt"),
        ("evaluate", "/nowhere/at/all"),
    ],
)
def test_wrong_use_gets_one_sentence_and_two(instance: Path, arguments: tuple[str, ...]) -> None:
    done = run(instance, *arguments, "--json")
    assert done.returncode == 2
    assert "Traceback" not in done.stderr
    assert json.loads(done.stdout)["error"]


@pytest.mark.parametrize(
    "query",
    ["(" * 300, "x" * 100_000, "year:soon ab* nerve:zzz", "-hernia pain", "-70 °C", "\udcff"],
)
def test_odd_queries_end_well(instance: Path, query: str) -> None:
    assert "results" in answer(instance, "search", query)


def test_a_word_with_a_hyphen_in_front_is_left_out(instance: Path) -> None:
    every, less = (answer(instance, "search", *words) for words in (["knee"], ["knee", "-pain"]))
    assert 0 < less["total"] < every["total"]


#: Of the time of a search half: what verification, the journal and a cluster need.
_UNUSED = ("requests", "urllib3", "sqlalchemy", "alembic", "babel", "lxml", "scipy", "flask")


def _imported(instance: Path, *arguments: str) -> set[str]:
    """Which of those a command imports."""
    code = (
        "import sys; from evidence.cli import main\n"
        "try: main(sys.argv[1:])\n"
        f"finally: print([name for name in {_UNUSED!r} if name in sys.modules], file=sys.stderr)"
    )
    words = [sys.executable, "-c", code, *arguments, "--instance", str(instance)]
    done = subprocess.run(words, capture_output=True, text=True, check=True)
    return set(json.loads(done.stderr.splitlines()[-1].replace("'", '"')))


def test_a_search_imports_only_what_it_uses(instance: Path) -> None:
    answer(instance, "search", "pain")  # the index is there
    assert _imported(instance, "search", "pain") == set()
    with Journal.open(instance) as journal:
        journal.record(Entry("anne", "comment", "morton-cryotherapie", payload={"words": "Yes."}))
    assert "sqlalchemy" in _imported(instance, "search", "pain")  # something was recorded
    assert _imported(instance, "search", "pain") == set()


def test_a_journal_of_this_release_is_opened_without_its_migrations(instance: Path) -> None:
    with Journal.open(instance) as journal:
        journal.head()
    assert _imported(instance, "journal", "verify") == {"sqlalchemy"}
