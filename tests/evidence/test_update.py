"""The update: saved searches run against a real server, killed at any point, counted once."""

from __future__ import annotations

import json
import os
import random
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from service_double import Record, Reply, ServiceDouble

from evidence.knowledge import KnowledgeBase
from evidence.search.index.documents import read_abstracts
from evidence.services.merging import Count, identifiers
from evidence.services.searches import read_searches
from evidence.services.update import candidates_file, update
from references.errors import DataError, SettingError
from references.formats.bibtex import read_file
from references.matching import possible_duplicates
from references.record import Reference
from references.sources.session import Session, SourceSettings

BIB = """@article{ilfeld2020cryoneurolysis,
  author = {Ilfeld, Brian M. and Finneran, John J.},
  title = {Cryoneurolysis and Percutaneous Peripheral Nerve Stimulation to Treat Acute Pain},
  journal = {Anesthesiology},
  year = {2020},
  doi = {10.1097/ALN.0000000000003532},
}
"""
KB = """
name = { fr = "Essai", en = "Test" }
[[searches]]
id = "cold"
pubmed = "cryoneurolysis[tiab]"
europepmc = "TITLE_ABS:cryoneurolysis"
clinicaltrials = "cryoneurolysis"
[[searches]]
id = "pelvic"
pubmed = "pudendal neuralgia[tiab]"
"""

#: Two pages of a hundred: of works nobody knows, of works with the one of the library, of trials.
NEW, ALL, TRIALS = 104, 105, 101


def _records(count: int = NEW) -> list[Record]:
    made = [
        Record(
            title=f"Cryoneurolysis of the pudendal nerve in series {number} of women with pain",
            authors=[(f"Author{number % 40}", "Anne B")],
            year=2010 + number % 15,
            journal="Pain Medicine",
            volume=str(number),
            pages=f"{number}-{number + 5}",
            doi=f"10.5555/cold.{number}",
            pmid=str(30_000_000 + number),
            abstract=f"Abstract of study {number}: cryoneurolysis for pudendal neuralgia.",
        )
        for number in range(count)
    ]
    made.append(
        Record(
            title="Cryoneurolysis and Percutaneous Peripheral Nerve Stimulation to Treat "
            "Acute Pain",
            authors=[("Ilfeld", "Brian M"), ("Finneran", "John J")],
            year=2020,
            journal="Anesthesiology",
            doi="10.1097/ALN.0000000000003532",
            pmid="32898226",
            retracted=True,
            abstract="A review of two techniques.",
        )
    )
    return made


def _trial(number: int) -> dict[str, Any]:
    return {
        "protocolSection": {
            "identificationModule": {
                "nctId": f"NCT{number:08d}",
                "briefTitle": f"Cryoneurolysis trial {number}",
            },
            "statusModule": {"studyFirstPostDateStruct": {"date": "2023-05-01"}},
            "sponsorCollaboratorsModule": {"leadSponsor": {"name": "A hospital"}},
        }
    }


@pytest.fixture
def double() -> Iterator[ServiceDouble]:
    with ServiceDouble(_records(), [_trial(n) for n in range(1, TRIALS + 1)]) as server:
        yield server


@pytest.fixture
def base(tmp_path: Path) -> KnowledgeBase:
    folder = tmp_path / "kb"
    (folder / "references").mkdir(parents=True)
    (folder / "texts").mkdir()
    (folder / "kb.toml").write_text(KB, encoding="utf-8")
    (folder / "references" / "own.bib").write_text(BIB, encoding="utf-8")
    return KnowledgeBase(folder)


def _session(double: ServiceDouble) -> Session:
    settings = SourceSettings(bases=double.bases, total=5, read=3, connect=2, retries=1)
    return Session(settings, sleep=lambda seconds: None)


def test_finds_counts_and_proposes(
    base: KnowledgeBase, instance: Path, double: ServiceDouble
) -> None:
    report = update(base, instance, _session(double))
    # PubMed has all records (twice, both searches see all), and so has Europe PMC.
    assert report.found == ALL * 3 + TRIALS
    assert report.new == NEW + TRIALS
    assert report.duplicates == report.found - report.new
    by_name = {f"{s['search']}/{s['source']}": s for s in report.streams}
    assert by_name["cold/pubmed"]["new"] == NEW
    assert by_name["cold/pubmed"]["in_library"] == 1
    assert by_name["cold/europepmc"]["within_run"] == NEW
    assert by_name["cold/clinicaltrials"]["new"] == TRIALS
    assert by_name["pelvic/pubmed"]["new"] == 0
    for stream in report.streams:
        assert stream["found"] == stream["duplicates"] + stream["new"]
    assert {"key": "ilfeld2020cryoneurolysis", "type": "retraction", "source": "pubmed"} in (
        report.notices
    )
    candidates = {r.key: r for r in read_file(candidates_file(instance)).references}
    assert list(candidates) == report.added
    first = next(r for r in candidates.values() if r.doi == "10.5555/cold.7")
    assert first.pmid == "30000007"
    assert first.year == 2017
    assert "pudendal-neuralgia" in first.study.indications
    assert "pudendal-nerve" in first.study.nerves
    assert "cryoneurolysis" in first.extra["proposed"].split(", ")
    assert first.extra["foundby"] == "cold/pubmed, cold/europepmc, pelvic/pubmed"
    assert first.abstract == ""
    assert first.provenance[0].address == "https://pubmed.ncbi.nlm.nih.gov/30000007/"
    assert read_abstracts(instance)[first.key].startswith("Abstract of study 7:")
    assert read_abstracts(instance)["ilfeld2020cryoneurolysis"] == "A review of two techniques."
    trial = next(r for r in candidates.values() if r.number == "NCT00000001")
    assert trial.url == "https://clinicaltrials.gov/study/NCT00000001"


def test_second_run_asks_since_the_last_and_adds_only_what_is_new(
    base: KnowledgeBase, instance: Path, double: ServiceDouble
) -> None:
    update(base, instance, _session(double))
    double.log.clear()
    double.records.append(
        Record(
            "Cryoneurolysis in another place altogether",
            [("Neu", "N")],
            2026,
            "Pain",
            doi="10.5555/new",
            pmid="39999999",
        )
    )
    report = update(base, instance, _session(double))
    assert report.new == 1
    assert report.duplicates == report.found - 1
    since = report.streams[0]["since"]
    assert "" < since < str(date.today())
    search = double.asked("pubmed", "esearch")[0]
    assert search.parameters["mindate"] == since.replace("-", "/")
    assert search.parameters["datetype"] == "edat"
    assert f"FIRST_IDATE:[{since} TO " in double.asked("europepmc")[0].parameters["query"]
    trials = double.asked("clinicaltrials")[0].parameters["filter.advanced"]
    assert trials == f"AREA[LastUpdatePostDate]RANGE[{since},MAX]"
    assert len(read_file(candidates_file(instance)).references) == NEW + TRIALS + 1


def test_a_doubtful_record_is_screened_and_comes_back_no_more(
    base: KnowledgeBase, instance: Path
) -> None:
    """Its title and authors are those of the library, its DOI is none or another work's."""
    title = "Cryoneurolysis and Percutaneous Peripheral Nerve Stimulation to Treat Acute Pain"
    authors = [("Ilfeld", "Brian M"), ("Finneran", "John J")]
    doubtful = [
        Record(title, authors, 2020, "Anesthesiology", pmid="39000001"),
        Record(
            "Cryoneurolysis for the pain of knees",
            authors,
            2021,
            "Anesthesiology",
            doi="10.1097/ALN.0000000000003532",
            pmid="39000002",
        ),
    ]
    with ServiceDouble(doubtful, []) as double:
        report = update(base, instance, _session(double))
        assert report.new == 2
        assert [(doubt["key"], doubt["with"]) for doubt in report.doubtful] == [
            (key, "ilfeld2020cryoneurolysis") for key in report.added
        ]
        path = candidates_file(instance)
        assert [possible_duplicates(r) for r in read_file(path).references] == [
            ("ilfeld2020cryoneurolysis",),
            ("ilfeld2020cryoneurolysis",),
        ]
        path.write_text("", encoding="utf-8")
        again = update(base, instance, _session(double), since=date(2000, 1, 1))
        assert (again.new, again.doubtful) == (0, [])


def test_a_second_run_of_the_same_day_asks_again(
    base: KnowledgeBase, instance: Path, double: ServiceDouble, tmp_path: Path
) -> None:
    """Answers are kept for a day and have no ETag: an update is never answered by a copy."""
    session = Session(
        SourceSettings(bases=double.bases, retries=0, cache=tmp_path / "services.sqlite"),
        sleep=lambda seconds: None,
    )
    day = date(2024, 1, 1)
    update(base, instance, session, since=day)
    asked = [(request.path, request.service) for request in double.log]
    new = replace(double.records[0], title="Ice for nerves", doi="10.5555/new", pmid="39999999")
    double.records.append(new)
    report = update(base, instance, session, since=day)
    assert [(r.path, r.service) for r in double.log[len(asked) :]] == asked
    assert report.new == 1
    double.fault(Reply(b"", 500), "europepmc")
    failed = {
        f"{s['search']}/{s['source']}": s
        for s in update(base, instance, session, since=day).streams
    }
    assert "error" in failed["cold/europepmc"]  # the old answer does not stand in


def test_a_candidate_screened_out_does_not_come_back(
    base: KnowledgeBase, instance: Path, double: ServiceDouble
) -> None:
    update(base, instance, _session(double))
    path = candidates_file(instance)
    path.write_text("", encoding="utf-8")
    report = update(base, instance, _session(double), since=date(2000, 1, 1))
    assert report.new == 0
    assert read_file(path).references == ()


def test_a_changed_strategy_runs_over_the_whole_period(
    base: KnowledgeBase, instance: Path, double: ServiceDouble
) -> None:
    update(base, instance, _session(double))
    kb_toml = base.folder / "kb.toml"
    kb_toml.write_text(KB.replace("cryoneurolysis[tiab]", "cryo*[tiab]"), encoding="utf-8")
    report = update(KnowledgeBase(base.folder), instance, _session(double))
    periods = {f"{s['search']}/{s['source']}": s["since"] for s in report.streams}
    assert periods["cold/pubmed"] == ""
    assert periods["cold/europepmc"] != ""


def test_a_service_that_fails_ends_its_own_stream_only(
    base: KnowledgeBase, instance: Path, double: ServiceDouble
) -> None:
    double.fault(Reply(b"out of order", 500), service="europepmc")
    report = update(base, instance, _session(double))
    assert [stream["source"] for stream in report.failed] == ["europepmc"]
    assert "Europe PMC" in report.failed[0]["error"]
    assert report.new == NEW + TRIALS
    double.faults.clear()
    again = update(base, instance, _session(double))
    stream = next(s for s in again.streams if s["source"] == "europepmc")
    assert stream["since"] == ""
    assert stream["found"] == ALL
    assert again.new == 0


def test_a_failure_in_the_middle_counts_nothing_twice(
    base: KnowledgeBase, instance: Path, double: ServiceDouble
) -> None:
    calls = [0]

    def second_page_fails(request: Any) -> Reply | None:
        if request.service == "europepmc":
            calls[0] += 1
            return Reply(b"{", 200) if calls[0] == 2 else None
        return None

    double.faults.append(second_page_fails)
    report = update(base, instance, _session(double), only=["cold"])
    assert report.failed
    assert report.found == ALL + TRIALS
    again = update(base, instance, _session(double), only=["cold"])
    assert next(s for s in again.streams if s["source"] == "europepmc")["found"] == ALL
    assert again.new == 0


RUNNER = """
import sys
from evidence.cli import main
main(["update", "--kb", sys.argv[1], "--instance", sys.argv[2], "--json"])
"""


def _spawn(base: KnowledgeBase, instance: Path, double: ServiceDouble) -> subprocess.Popen[str]:
    environment = {
        **os.environ,
        **double.environment,
        "EVIDENCE_CONTACT": "a@example.org",
        "EVIDENCE_NCBI_KEY": "k",
    }
    environment.pop("EVIDENCE_OFFLINE", None)
    return subprocess.Popen(
        [sys.executable, "-c", RUNNER, str(base.folder), str(instance)],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def _normal(instance: Path) -> tuple[str, str, dict[str, Any]]:
    """What an instance holds, without the times of the run."""
    bib = re.sub(r"updaterun = \{[^}]*\}", "", candidates_file(instance).read_text("utf-8"))
    state = json.loads((instance / "update-state.json").read_text("utf-8"))
    state["runs"] = [
        {k: v for k, v in run.items() if k not in ("run", "resumed", "candidates")}
        for run in state["runs"]
    ]
    abstracts = (instance / "abstracts.jsonl").read_text("utf-8")
    kept = {row["key"]: row["abstract"] for row in map(json.loads, abstracts.splitlines())}
    return bib, json.dumps(kept, sort_keys=True), state


def test_killed_at_any_point_ends_like_one_that_ran_through(
    base: KnowledgeBase, tmp_path: Path, double: ServiceDouble
) -> None:
    through = tmp_path / "through"
    through.mkdir()
    process = _spawn(base, through, double)
    _, err = process.communicate()
    assert process.returncode == 1, err  # the library's retracted reference needs a person
    needed = len(double.log)
    wanted = _normal(through)
    chance = random.Random(20261124)
    for attempt in range(2):
        killed = tmp_path / f"killed{attempt}"
        killed.mkdir()
        kills = 0
        for _ in range(8):
            double.log.clear()
            process = _spawn(base, killed, double)
            after = chance.randint(1, max(2, needed // 3))
            while process.poll() is None and len(double.log) < after:
                time.sleep(0.002)
            time.sleep(chance.random() * 0.15)
            if process.poll() is None:
                process.send_signal(signal.SIGKILL)
                kills += 1
            process.communicate()
            if process.returncode in (0, 1):
                break
        else:
            process = _spawn(base, killed, double)
            process.communicate()
        assert kills > 0
        assert _normal(killed) == wanted
        assert not (killed / "update-run").exists()


@pytest.mark.parametrize("name", ["keep_abstracts", "write_file", "write_atomic", "end"])
def test_killed_in_every_step_of_the_merge(
    name: str,
    base: KnowledgeBase,
    instance: Path,
    double: ServiceDouble,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The process dies right before or right after each write of the last step."""
    import evidence.services.update as module

    class Killed(BaseException):
        pass

    owner: Any = {"end": module.OpenRun}.get(name, module)
    real = getattr(owner, name)
    for before in (True, False):

        def dies(*args: Any, before: bool = before, **kw: Any) -> None:
            if not before and not (name == "write_atomic" and "run.json" in str(args[0])):
                real(*args, **kw)
            if name == "write_atomic" and "run.json" in str(args[0]):
                real(*args, **kw)
                return
            raise Killed

        monkeypatch.setattr(owner, name, dies)
        with pytest.raises(Killed):
            update(base, instance, _session(double), only=["cold"])
        monkeypatch.setattr(owner, name, real)
    report = update(base, instance, _session(double), only=["cold"])
    state = json.loads((instance / "update-state.json").read_text("utf-8"))
    assert sum(run["new"] for run in state["runs"]) == NEW + TRIALS
    assert len(read_file(candidates_file(instance)).references) == NEW + TRIALS
    assert report.found == ALL * 2 + TRIALS


def test_one_update_at_a_time(base: KnowledgeBase, instance: Path, double: ServiceDouble) -> None:
    from filelock import FileLock

    with FileLock(instance / "update.lock"), pytest.raises(SettingError, match="Another update"):
        update(base, instance, _session(double))


def _pages_of_a_stopped_run(
    base: KnowledgeBase,
    instance: Path,
    double: ServiceDouble,
    monkeypatch: pytest.MonkeyPatch,
    search: str,
) -> Path:
    """The pages that a run has kept which was stopped when all was asked."""
    import evidence.services.update as module

    def stop(*_: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(module._Update, "_finish", stop)
    with pytest.raises(KeyboardInterrupt):
        update(base, instance, _session(double), only=[search])
    monkeypatch.undo()
    return instance / "update-run" / "pages.jsonl"


def test_a_torn_page_is_asked_again(
    base: KnowledgeBase, instance: Path, double: ServiceDouble, monkeypatch: pytest.MonkeyPatch
) -> None:
    pages = _pages_of_a_stopped_run(base, instance, double, monkeypatch, "cold")
    data = pages.read_bytes()
    pages.write_bytes(data[: len(data) - 500])
    report = update(base, instance, _session(double))
    assert report.resumed
    assert report.new == NEW + TRIALS


def test_pages_that_a_disk_spoilt_are_told_and_started_over(
    base: KnowledgeBase, instance: Path, double: ServiceDouble, monkeypatch: pytest.MonkeyPatch
) -> None:
    pages = _pages_of_a_stopped_run(base, instance, double, monkeypatch, "pelvic")
    first, _, rest = pages.read_bytes().partition(b"\n")
    pages.write_bytes(b"\0" * len(first) + b"\n" + rest)
    with pytest.raises(DataError, match=r"pages.jsonl.*--restart"):
        update(base, instance, _session(double))
    assert update(base, instance, _session(double), only=["pelvic"], restart=True).found == ALL


def test_bundled_searches_are_whole() -> None:
    searches = read_searches(KnowledgeBase())
    assert [search.id for search in searches] == ["cryoneurolysis", "vulvodynia-pudendal-neuralgia"]
    for search in searches:
        assert set(search.queries) == {"pubmed", "europepmc", "clinicaltrials"}
        assert set(search.label) == {"fr", "en"}
        for query in search.queries.values():
            assert query.count("(") == query.count(")")
            assert query.count('"') % 2 == 0
            assert query.count("[") == query.count("]")
        # PubMed ignores a truncation after fewer than four letters
        assert all(len(stem) >= 4 for stem in re.findall(r"([\w-]+)\*", search.queries["pubmed"]))


def test_bad_searches_are_told(base: KnowledgeBase) -> None:
    path = base.folder / "kb.toml"
    for table, words in (
        ('[[searches]]\npubmed = "x"\n', "id"),
        ('[[searches]]\nid = "a"\n', "no query"),
        ('[[searches]]\nid = "a"\npubmed = "x"\nscopus = "y"\n', "scopus"),
    ):
        path.write_text(table, encoding="utf-8")
        with pytest.raises(DataError, match=words):
            read_searches(KnowledgeBase(base.folder))


def test_broken_candidates_stop_the_merge_and_lose_nothing(
    base: KnowledgeBase, instance: Path, double: ServiceDouble
) -> None:
    path = candidates_file(instance)
    path.write_text("@article{broken, title = {never closed\n", encoding="utf-8")
    with pytest.raises(DataError, match="not closed"):
        update(base, instance, _session(double), only=["cold"])
    path.write_text("", encoding="utf-8")
    report = update(base, instance, _session(double), only=["cold"])
    assert report.resumed
    assert report.new == NEW + TRIALS


def test_identifiers() -> None:
    reference = Reference("a", doi="10.1/AbC", pmid="12", pmcid="PMC34", number="NCT00000001")
    assert identifiers(reference) == ("doi:10.1/abc", "pmid:12", "pmcid:34", "nct:00000001")
    assert identifiers(Reference("b", number="12")) == ()


def test_count_adds_up() -> None:
    count = Count(found=6, new=1, in_library=2, known_before=2, within_run=1)
    assert count.duplicates == 5
    assert count.found == count.duplicates + count.new
