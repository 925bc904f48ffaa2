from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from evidence.knowledge import KnowledgeBase
from evidence.search import build_index, open_engine
from evidence.search.engine import WhooshEngine
from evidence.search.index.folder import MAX_SEGMENTS, IndexFolder
from evidence.search.request import SearchRequest
from references.errors import SettingError
from tests.evidence.search.conftest import SMALL

Make = Callable[..., KnowledgeBase]


def keys(engine: WhooshEngine, query: str) -> set[str]:
    return {hit.key for hit in engine.search(SearchRequest(query, limit=50)).results}


def pointer(base: KnowledgeBase, instance: Path) -> dict[str, object]:
    found: dict[str, object] = json.loads(
        (IndexFolder(base, instance).root / "current.json").read_text()
    )
    return found


def test_an_index_is_built_when_absent(small_base: Make, instance: Path) -> None:
    engine = open_engine(small_base(), instance)
    assert keys(engine, "cryotherapie pudendale") >= {"martin2018nevralgie"}
    assert keys(engine, "IL-6") == {"anon"}
    assert keys(engine, '"vitamin D"') == {"anon"}
    assert keys(engine, '"-70 °C"') == {"anon"}


def test_a_fresh_index_is_opened_without_reading_references(
    small_base: Make, instance: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    base = small_base()
    build_index(base, instance)
    again = KnowledgeBase(base.folder)
    monkeypatch.setattr("references.library.read_file", lambda path: pytest.fail("read a .bib"))
    assert keys(open_engine(again, instance), "vulvodynia") == {"ilfeld2020cryo"}


def test_progress_is_told(small_base: Make, instance: Path) -> None:
    told: list[tuple[int, int]] = []
    assert build_index(small_base(), instance, lambda done, total: told.append((done, total))) == 4
    assert told[-1][0] == told[-1][1]


def test_a_changed_reference_is_found_without_a_rebuild(small_base: Make, instance: Path) -> None:
    open_engine(small_base(), instance)
    changed = SMALL.replace("Serum IL-6", "Serum IL-8")
    changed += "@misc{new, title = {Ice on the sural nerve}, year = {2024}}\n"
    engine = open_engine(small_base(changed), instance)
    assert len(engine.statistics.index.segments) == 2
    assert keys(engine, "IL-8") == {"anon"}
    assert keys(engine, '"IL-6"') == set()
    assert keys(engine, "sural") == {"new"}
    assert engine.statistics.index.documents == 5


def test_a_removed_reference_is_gone(small_base: Make, instance: Path) -> None:
    open_engine(small_base(), instance)
    engine = open_engine(small_base(SMALL[: SMALL.index("@misc")]), instance)
    assert keys(engine, "IL-6") == set()
    assert engine.search(SearchRequest("")).total == 3
    assert engine.search(SearchRequest("design:laboratory")).total == 0


def test_many_small_changes_end_in_a_new_index(small_base: Make, instance: Path) -> None:
    for number in range(MAX_SEGMENTS + 3):
        bib = SMALL + f"@misc{{new, title = {{Ice number{number}}}, year = {{2024}}}}\n"
        engine = open_engine(small_base(bib), instance)
        assert len(engine.statistics.index.segments) <= MAX_SEGMENTS
        assert keys(engine, f"number{number}") == {"new"}
        assert engine.search(SearchRequest("")).total == 5


def test_touching_a_file_rebuilds_nothing(small_base: Make, instance: Path) -> None:
    base = small_base()
    open_engine(base, instance)
    before = pointer(base, instance)["folder"]
    for path in base.files():
        os.utime(path)
    open_engine(KnowledgeBase(base.folder), instance)
    assert pointer(base, instance)["folder"] == before


def test_a_changed_vocabulary_makes_a_new_index(small_base: Make, instance: Path) -> None:
    base = small_base()
    own = base.folder / "vocabulary"
    own.mkdir()
    term = "- id: sham\n  facet: outcome\n  label: {fr: simulacre, en: sham}\n"
    (own / "a.yaml").write_text(term)
    first = open_engine(KnowledgeBase(base.folder), instance)
    assert first.search(SearchRequest("dummy")).concepts == ()
    (own / "a.yaml").write_text(term + "  synonyms: {en: [dummy]}\n")
    answer = open_engine(KnowledgeBase(base.folder), instance).search(SearchRequest("dummy"))
    assert answer.concepts == ("sham",)
    assert [hit.key for hit in answer.results] == ["ilfeld2020cryo"]


def test_abstracts_of_the_instance_are_searched(small_base: Make, instance: Path) -> None:
    base = small_base()
    open_engine(base, instance)
    record = {"key": "smith2019knee", "abstract": "Quadriceps strength was preserved."}
    (instance / "abstracts.jsonl").write_text(json.dumps(record) + "\nnot json\n")
    assert keys(open_engine(base, instance), "quadriceps") == {"smith2019knee"}


def test_two_bases_do_not_share_an_index(small_base: Make, instance: Path, tmp_path: Path) -> None:
    one = small_base()
    other = tmp_path / "other"
    (other / "references").mkdir(parents=True)
    (other / "kb.toml").write_text("")
    (other / "references" / "x.bib").write_text("@misc{only, title = {Alone}}")
    open_engine(one, instance)
    assert keys(open_engine(KnowledgeBase(other), instance), "") == {"only"}
    assert len(keys(open_engine(one, instance), "")) == 4


def _damage_none(path: Path) -> None:
    path.unlink()


def _damage_short(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def _damage_garbage(path: Path) -> None:
    size = path.stat().st_size
    path.write_bytes(bytes(7 * i % 251 for i in range(size)))


@pytest.mark.parametrize("damage", [_damage_none, _damage_short, _damage_garbage])
@pytest.mark.parametrize("ending", [".pst", ".trm", ".toc", "vocabulary.json", "current.json"])
def test_a_damaged_index_is_rebuilt_and_said_so(
    small_base: Make,
    instance: Path,
    damage: Callable[[Path], None],
    ending: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    base = small_base()
    open_engine(base, instance)
    root = IndexFolder(base, instance).root
    damage(next(path for path in root.rglob(f"*{ending}")))
    engine = open_engine(base, instance)
    assert keys(engine, "vulvodynia") == {"ilfeld2020cryo"}
    if (ending, damage) != ("current.json", _damage_none):
        assert "rebuilt" in capsys.readouterr().err


def test_an_interrupted_build_leaves_the_old_index(
    small_base: Make, instance: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    base = small_base()
    open_engine(base, instance)

    def stop(done: int, total: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        build_index(base, instance, stop)
    assert keys(open_engine(base, instance), "vulvodynia") == {"ilfeld2020cryo"}
    folders = [p for p in IndexFolder(base, instance).root.iterdir() if p.is_dir()]
    assert len(folders) == 1


def test_an_open_engine_outlives_its_files(small_base: Make, instance: Path) -> None:
    engine = open_engine(small_base(), instance)
    for _ in range(2):
        build_index(small_base(), instance)
    assert keys(engine, "infrapatellar") == {"smith2019knee"}
    assert engine.search(SearchRequest("knee")).results[0].highlights


WORK = """
import sys
from evidence.knowledge import KnowledgeBase
from evidence.search import build_index, open_engine
from evidence.search.request import SearchRequest
base = KnowledgeBase(sys.argv[1])
for turn in range(int(sys.argv[4])):
    if sys.argv[3] == "build":
        build_index(base, sys.argv[2])
    answer = open_engine(base, sys.argv[2]).search(SearchRequest("vulvodynia"))
    assert [hit.key for hit in answer.results] == ["ilfeld2020cryo"], answer
"""


def test_processes_may_build_and_search_at_once(small_base: Make, instance: Path) -> None:
    base = small_base()
    running = [
        subprocess.Popen(
            [sys.executable, "-c", WORK, str(base.folder), str(instance), kind, turns],
            stderr=subprocess.PIPE,
            text=True,
        )
        for kind, turns in (("build", "6"), ("build", "6"), ("search", "20"))
    ]
    for process in running:
        _, errors = process.communicate()
        assert process.returncode == 0, errors


def test_a_folder_that_cannot_be_written_is_said_so(
    small_base: Make,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    blocked = tmp_path / "instance"
    blocked.mkdir()
    (blocked / "index").write_text("a file where a folder should be")
    engine = open_engine(small_base(), blocked)
    assert engine.search(SearchRequest("")).total > 0
    assert "--instance" in capsys.readouterr().err
    with pytest.raises(SettingError, match="--instance"):
        build_index(small_base(), blocked)
    with monkeypatch.context() as nowhere:
        nowhere.setattr("tempfile.tempdir", str(tmp_path / "nowhere"))
        with pytest.raises(SettingError, match="--instance"):
            open_engine(small_base(), blocked)


def test_an_engine_that_is_not_there_is_refused_in_one_sentence(
    small_base: Make, instance: Path
) -> None:
    with pytest.raises(SettingError, match="EVIDENCE_SEARCH_URL"):
        open_engine(small_base(), instance, engine="opensearch")
    with pytest.raises(SettingError, match="--engine whoosh"):
        build_index(small_base(), instance, engine="lucene")
