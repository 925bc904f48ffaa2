"""Only the notices, for every day; and the whole list of Retraction Watch."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
from click.testing import CliRunner
from service_double import Record, Reply, ServiceDouble

from evidence.cli import cli
from evidence.journal import Journal
from evidence.services.retractions import bring, brought_file
from evidence.services.settled import settle
from evidence.services.source_checks import latest_check, store_check
from references.errors import DataError, UserError
from references.formats.bibtex import read_text
from references.verify import Check, Cited, configured

RETRACTED = {"type": "retraction", "label": "Retraction", "DOI": "10.5555/n"}
WORKS = [
    Record(
        f"Cold number {word} for pain of the pelvis",
        [("Martin", "Anne")],
        2019,
        "Pain",
        doi=f"10.5555/w{n}",
        pmid=f"3100000{n}",
        services=("crossref", "pubmed"),
    )
    for n, word in enumerate(("one", "two", "three", "four"))
]
NOTICE = Record(
    "Retraction: Cold number three for pain of the pelvis",
    year=2024,
    doi="10.5555/notice",
    update_to=[{"type": "retraction", "DOI": "10.5555/w2"}],
    services=("crossref",),
)
CORRECTED = {"type": "correction", "DOI": "10.5555/w2"}
BIB = "".join(
    f"@article{{w{n}, title = {{{work.title}}}, author = {{Martin, Anne}}, year = {{2019}}, "
    f"journal = {{Pain}}, {'pmid' if n == 1 else 'doi'} = "
    f"{{{work.pmid if n == 1 else work.doi}}} }}\n"
    for n, work in enumerate(WORKS)
)
WHOLE = """Title,Author,OriginalPaperDOI,OriginalPaperPubMedID,RetractionNature,RetractionDate
"Cold number four
for pain of the pelvis",Martin A,10.5555/W3,0,Retraction,3/4/2025 0:00
"""


@pytest.fixture
def double(monkeypatch: pytest.MonkeyPatch) -> Iterator[ServiceDouble]:
    with ServiceDouble([replace(work) for work in WORKS]) as server:
        for name, base in server.environment.items():
            monkeypatch.setenv(name, base)
        yield server


def _run(instance: Path, *arguments: str) -> tuple[int, dict[str, dict[str, object]]]:
    done = CliRunner().invoke(cli, [*arguments, "--instance", str(instance), "--json"])
    document = json.loads(done.stdout)
    return done.exit_code, {one["key"]: one for one in document.get("results", [])}


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "refs.bib"
    path.write_text(BIB, encoding="utf-8")
    return path


def test_many_works_are_asked_about_in_three_questions(
    double: ServiceDouble, instance: Path, file: Path
) -> None:
    code, told = _run(instance, "verify", "--file", str(file), "--only-retractions")
    assert code == 0
    assert {one["status"] for one in told.values()} == {"no-notice"}
    assert len(double.log) == 3  # Crossref's records and notices, PubMed's records


def test_notices_are_told_wherever_they_stand(
    double: ServiceDouble, instance: Path, file: Path
) -> None:
    double.records[0].updated_by = [RETRACTED]
    double.records[1].title = f"RETRACTED: {WORKS[1].title}"
    double.records.append(NOTICE)
    code, told = _run(instance, "verify", "--file", str(file), "--only-retractions")
    assert code == 1
    assert [told[key]["status"] for key in ("w0", "w1", "w2", "w3")] == [
        *("retracted", "retracted", "retracted", "no-notice")
    ]
    assert told["w2"]["new"] is True
    stored = latest_check(instance, "w2")
    assert stored is not None  # checked wholly, for pages and desk
    assert stored.status == "retracted"
    assert latest_check(instance, "w3") is None
    asked = len(double.log)
    _code, again = _run(instance, "verify", "--file", str(file), "--only-retractions")
    assert again["w2"]["new"] is False
    assert len(double.log) == asked + 3


def test_what_is_settled_asks_for_nobody(double: ServiceDouble, instance: Path, file: Path) -> None:
    double.records.append(NOTICE)
    assert _run(instance, "verify", "--file", str(file), "--only-retractions")[0] == 1
    with Journal.open(instance) as journal:
        settle(journal, instance, "w2", "Cited as a retracted work.", "anne")
    code, told = _run(instance, "verify", "--file", str(file), "--only-retractions")
    assert (code, told["w2"]["settled"]["by"]) == (0, "anne")  # type: ignore[index]


def test_a_settled_work_that_differs_alarms_only_for_what_is_new(
    double: ServiceDouble, instance: Path, file: Path
) -> None:
    """Its correction was seen; a silent service and a second correction were not."""
    double.records.append(replace(NOTICE, title="Correction", update_to=[CORRECTED]))
    file.write_text(BIB.replace("{2019}", "{2018}"), encoding="utf-8")
    assert _run(instance, "verify", "--file", str(file))[0] == 1
    with Journal.open(instance) as journal:
        for key in ("w0", "w1", "w2", "w3"):
            settle(journal, instance, key, "Cited by its online year.", "anne")
    daily = ("verify", "--file", str(file), "--only-retractions")
    code, told = _run(instance, *daily)
    assert (code, told["w2"]["status"], told["w2"]["new"]) == (0, "corrected", False)
    double.fault(Reply(b"<html>", type="text/html"), "pubmed")
    code, told = _run(instance, *daily)
    assert code == 1
    assert not any("settled" in one for one in told.values())
    double.faults.clear()
    double.records.append(
        replace(NOTICE, title="Another", doi="10.5555/second", update_to=[CORRECTED])
    )
    code, told = _run(instance, *daily)
    assert (code, told["w2"]["new"]) == (1, True)
    stored = latest_check(instance, "w2")
    assert stored is not None
    assert {one["doi"] for one in stored.result["notices"]} == {"10.5555/notice", "10.5555/second"}
    assert _run(instance, *daily)[1]["w2"]["new"] is False


def test_of_a_work_that_no_service_knows_nothing_is_said(
    double: ServiceDouble, instance: Path, file: Path
) -> None:
    """The others of its batch were found: that tells nothing of it."""
    text = "@article{none, title = {Cold}, year = {2019}, doi = {10.5555/nobody} }\n"
    file.write_text(BIB + text, encoding="utf-8")
    code, told = _run(instance, "verify", "--file", str(file), "--only-retractions")
    assert (code, told["none"]["status"]) == (1, "unchecked")
    assert "knows 10.5555/nobody" in str(told["none"]["problem"])
    looked = {key: [one["source"] for one in told[key]["looked"]] for key in ("w0", "w1", "none")}
    assert looked == {"w0": ["Crossref"], "w1": ["PubMed"], "none": ["Crossref", "DataCite"]}
    assert {told[key]["status"] for key in ("w0", "w1", "w2", "w3")} == {"no-notice"}


def test_a_work_of_datacite_is_watched_by_what_datacite_says(
    double: ServiceDouble, instance: Path, file: Path
) -> None:
    """Crossref and PubMed do not know it; its own agency does, every day."""
    data = Record("Cold in numbers", year=2019, doi="10.5281/zenodo.1", services=("datacite",))
    double.records.append(data)
    text = "@misc{data, title = {Cold in numbers}, year = {2019}, doi = {10.5281/Zenodo.1} }\n"
    file.write_text(BIB + text, encoding="utf-8")
    daily = ("verify", "--file", str(file), "--only-retractions")
    code, told = _run(instance, *daily)
    assert (code, told["data"]["status"]) == (0, "no-notice")
    assert [one["source"] for one in told["data"]["looked"]] == ["Crossref", "DataCite"]
    assert [one["source"] for one in told["w0"]["looked"]] == ["Crossref"]
    assert len(double.log) == 4
    data.title = "WITHDRAWN: Cold in numbers"
    code, told = _run(instance, *daily)
    assert (code, told["data"]["status"]) == (1, "retracted")
    data.title, data.replaced_by = "Cold in numbers", "10.5281/zenodo.2"
    code, told = _run(instance, *daily)
    assert (code, told["data"]["status"]) == (1, "corrected")
    assert [one["doi"] for one in told["data"]["notices"]] == ["10.5281/zenodo.2"]
    double.fault(Reply(b"<html>", type="text/html"), "datacite")
    code, told = _run(instance, *daily)
    assert (code, told["data"]["status"]) == (1, "unchecked")
    assert {told[key]["status"] for key in ("w0", "w1", "w2", "w3")} == {"no-notice"}


def test_silence_and_works_without_a_number_are_told(
    double: ServiceDouble, instance: Path, tmp_path: Path
) -> None:
    file = tmp_path / "bare.bib"
    text = "@article{bare, title = {Cold number one for pain}, year = {2019} }\n"
    file.write_text(text + BIB.splitlines()[0], encoding="utf-8")
    code, told = _run(instance, "verify", "--file", str(file), "--only-retractions")
    assert (code, told["bare"]["status"]) == (1, "unchecked")
    assert "verify it once" in str(told["bare"]["problem"])
    (bare, _other) = read_text(file.read_text(encoding="utf-8")).references
    found = Check("bare", "verified")
    store_check(instance, Cited("bare", bare), found)
    double.fault(Reply(b"", 500))
    code, told = _run(instance, "verify", "--file", str(file), "--only-retractions", "--restart")
    assert (code, told["w0"]["status"]) == (1, "unchecked")
    assert "did not answer" in str(told["w0"]["problem"])


# ---- the whole list -------------------------------------------------------------------


class _Publisher(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        body = {"/list.csv": WHOLE.encode(), "/page": b"<html>no list</html>"}.get(self.path)
        self.send_response(302 if self.path == "/moved" else 200 if body else 404)
        self.send_header("Content-Length", str(len(body or b"")))
        self.end_headers()
        self.wfile.write(body or b"")

    def log_message(self, *_: object) -> None:
        """Nothing."""


@pytest.fixture
def publisher() -> Iterator[str]:
    server = HTTPServer(("127.0.0.1", 0), _Publisher)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def test_the_list_is_fetched_and_used_without_the_network(
    publisher: str,
    instance: Path,
    file: Path,
    double: ServiceDouble,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("EVIDENCE_RETRACTIONS_URL", f"{publisher}/list.csv")
    assert _run(instance, "retractions")[0] == 0
    assert brought_file(instance).read_text(encoding="utf-8") == WHOLE
    listed = configured(brought_file(instance))
    assert listed is not None
    assert (listed.rows, str(listed.updated)) == (1, "2025-03-04")
    _code, told = _run(instance, "verify", "--file", str(file), "--only-retractions")
    assert told["w3"]["status"] == "retracted"
    _code, told = _run(instance, "verify", "--file", str(file), "--offline")
    assert told["w3"]["status"] == "retracted"


@pytest.mark.parametrize("path", ["/none", "/moved"])
def test_what_is_not_sent_leaves_the_old_list(publisher: str, instance: Path, path: str) -> None:
    brought_file(instance).write_text(WHOLE, encoding="utf-8")
    with pytest.raises(UserError, match="did not send the list"):
        bring(instance, publisher + path)
    with pytest.raises(DataError):
        bring(instance, f"{publisher}/page")
    with pytest.raises(UserError, match="cannot be read"):
        bring(instance, str(instance / "none.csv"))
    with pytest.raises(UserError, match=r"^127\.0\.0\.1") as told:
        bring(instance, f"{publisher}{path}".replace("//", "//anne:secret-token@"))
    assert "secret" not in str(told.value)
    assert [one.name for one in instance.glob("retractions*")] == ["retractions.csv"]
    assert brought_file(instance).read_text(encoding="utf-8") == WHOLE
