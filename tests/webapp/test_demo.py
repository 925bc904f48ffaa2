"""The demonstration: a page of ours, judged as the bundled texts judge the same claims."""

from __future__ import annotations

import json
import re
import socket
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest
import requests
from bs4 import BeautifulSoup

from evidence.checks.run import check_integrity
from evidence.cli import main
from evidence.journal import Journal
from evidence.knowledge import KnowledgeBase
from evidence.standing import Assembler, StandingText
from webapp.demo.making import PERSON, SIGNED, TEXT, Demonstration, make


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Demonstration:
    """The demonstration, made once."""
    return make(tmp_path_factory.mktemp("demo"))


def _standing(made: Demonstration) -> StandingText:
    assembler = Assembler(made.base, made.instance)
    try:
        text = assembler.now().text(TEXT).whole()
        assert text.states  # read while the journal is open
        return text
    finally:
        assembler.close()


def test_its_base_is_whole_and_each_claim_stands_on_its_page(made: Demonstration) -> None:
    assert check_integrity(made.base).errors == []
    text = _standing(made)
    assert Counter(one.status for one in text.located.values()) == {"found": 15}
    assert "n’existe pas" in text.page.splitlines()[2]
    assert text.registered.title.fr.startswith("Page fictive")


def test_it_judges_nothing_itself(made: Demonstration, kb: KnowledgeBase) -> None:
    bundled = {claim.id: claim for claim in kb.text("vulvodynie-cryoneurolyse").claims}
    own = {"section", "anchor", "caveats"}
    claims = made.base.text(TEXT).claims
    assert len({claim.verdict for claim in claims}) >= 4
    for claim in claims:
        assert claim.model_dump(exclude=own) == bundled[claim.id].model_dump(exclude=own)
        for words in (claim.rationale, claim.caveats):  # of no other page than ours
            assert words is None or not re.search(
                "même hôpital|same hospital|american-hospital", f"{words.fr} {words.en}"
            )


def test_the_library_bears_out_what_is_said_of_the_sources(made: Demonstration) -> None:
    right, wrong = made.base.text(TEXT).sources
    for source, agrees in ((right, True), (wrong, False)):
        reference = made.base.library[source.reference or ""]
        assert (f". {reference.year};" in source.cited) is agrees
        assert reference.title in source.cited
        assert source.cited in (made.instance / "originals" / TEXT / "0001.txt").read_text("utf-8")


def test_one_claim_is_signed_by_nobody_real(made: Demonstration) -> None:
    states = _standing(made).states
    assert [name for name, state in states.items() if state.signed] == [SIGNED]
    assert "fictive" in PERSON
    assert "fictional" in PERSON


def test_made_again_nothing_changes(made: Demonstration) -> None:
    def files() -> dict[str, int]:
        return {
            str(path.relative_to(made.folder)): path.stat().st_mtime_ns
            for part in ("base", "instance/originals")
            for path in (made.folder / part).rglob("*")
        }

    before = files()
    make(made.folder)
    assert files() == before
    with Journal.open(made.instance) as journal:
        assert [event.kind for event in journal.events()] == ["sign-off"]


def test_an_interrupted_run_is_completed(made: Demonstration, tmp_path: Path) -> None:
    (tmp_path / "base" / "texts").mkdir(parents=True)
    (tmp_path / "base" / "texts" / f"{TEXT}.yaml").write_text("id: page-fi", encoding="utf-8")
    assert [state.signed for state in _standing(make(tmp_path)).states.values()].count(True) == 1


def test_a_journal_in_use_is_not_signed_in(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("EVIDENCE_JOURNAL_URL", f"sqlite:///{tmp_path / 'in-use.sqlite'}")
    for words in (["--folder", str(tmp_path / "d")], ["--kb", str(tmp_path)]):
        with pytest.raises(SystemExit) as end:
            main(["demo", "--no-serve", *words])
        assert end.value.code == 2
    monkeypatch.delenv("EVIDENCE_JOURNAL_URL")
    monkeypatch.setenv("EVIDENCE_SEARCH_URL", "http://127.0.0.1:9/in-use")
    with pytest.raises(SystemExit):
        main(["demo", "--no-serve", "--folder", str(tmp_path / "d")])
    said = capsys.readouterr().err
    assert "EVIDENCE_JOURNAL_URL names a journal that is in use" in said
    assert "EVIDENCE_SEARCH_URL names a search cluster that is in use" in said
    assert "leave out --kb" in said
    assert list(tmp_path.rglob("*.sqlite")) == []


def test_the_command_publishes_it_and_leaves_the_instance_of_the_person_alone(
    made: Demonstration, instance: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as end:
        main(["demo", "--folder", str(made.folder), "--no-serve", "--json"])
    assert end.value.code == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["claims"], told["signed"], told["address"]) == (15, SIGNED, None)
    page = made.published / "texts" / TEXT / "claims" / SIGNED / "index.html"
    assert PERSON in BeautifulSoup(page.read_text("utf-8"), "lxml").get_text(" ", strip=True)
    assert list(instance.iterdir()) == []


def test_what_it_says_to_look_at_is_there(made: Demonstration) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    words = ["demo", "--folder", str(made.folder), "--port", str(port)]
    with subprocess.Popen(
        [sys.executable, "-u", "-m", "evidence", *words], stdout=subprocess.PIPE, text=True
    ) as server:
        assert server.stdout is not None
        said = ""
        for line in server.stdout:
            said += line
            if "evidence user add" in line:
                break
        try:
            addresses = re.findall(r"http://127\S+", said)
            assert len(addresses) == 5
            for address in addresses:
                assert requests.get(address, timeout=120).status_code == 200, address
            desk = requests.get(f"http://127.0.0.1:{port}/desk", timeout=60)
            assert "evidence user add NAME --role administrator" in desk.text
            assert str(made.folder) not in desk.text
        finally:
            server.terminate()
