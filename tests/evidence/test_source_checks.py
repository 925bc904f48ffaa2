"""Results of checks and abstracts kept in the instance, and a verify run that is interrupted."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest
from service_double import Record, ServiceDouble

from evidence.knowledge import KnowledgeBase
from evidence.search.index.documents import read_abstracts
from evidence.services.abstracts import keep_abstracts
from evidence.services.source_checks import digest_of, latest_check, latest_checks, store_check
from evidence.services.verification import CheckRun, check_now
from references.errors import SettingError
from references.record import Provenance, Reference
from references.verify import Check, Cited, LibrarySource, cited_string
from references.verify.check import Checker


def _cited(number: int = 1) -> Cited:
    return Cited(f"key{number}", Reference(f"key{number}", title=f"Title number {number} of all"))


def test_the_latest_check_counts_and_the_history_stays(instance: Path) -> None:
    assert latest_check(instance, "key1") is None
    assert latest_checks(instance) == {}
    store_check(instance, _cited(), Check("key1", "not-located"))
    store_check(instance, _cited(), Check("key1", "verified"))
    found = latest_check(instance, "key1")
    assert found is not None
    assert found.status == "verified"
    assert found.result["status"] == "verified"
    assert found.at.tzinfo is not None
    assert found.digest == digest_of(_cited())
    assert list(latest_checks(instance)) == ["key1"]


def test_a_printed_string_is_its_own_name(instance: Path) -> None:
    cited = cited_string("Durbec O. Une référence imprimée. Revue. 2021.")
    store_check(instance, cited, Check(cited.key, "not-located", cited=cited.text))
    found = latest_check(instance, "Durbec O. Une référence imprimée. Revue. 2021.")
    assert found is not None
    assert found.status == "not-located"


def test_the_digest_follows_what_is_cited_only() -> None:
    reference = Reference("a", title="A", year=2020)
    same = Reference(
        "a", title="A", year=2020, provenance=(Provenance("https://x", "all"),), status="verified"
    )
    other = Reference("a", title="A", year=2021)
    assert digest_of(Cited("a", reference)) == digest_of(Cited("a", same))
    assert digest_of(Cited("a", reference)) != digest_of(Cited("a", other))


def test_many_threads_store_at_once(instance: Path) -> None:
    threads = [
        threading.Thread(
            target=store_check, args=(instance, _cited(n), Check(f"key{n}", "verified"))
        )
        for n in range(20)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(latest_checks(instance)) == 20


def test_a_damaged_store_is_told(instance: Path) -> None:
    (instance / "source-checks.sqlite").write_bytes(b"no database" * 200)
    with pytest.raises(SettingError, match=r"source-checks\.sqlite"):
        latest_check(instance, "a")


class _Interrupted(BaseException):
    pass


class _Stopping(LibrarySource):
    """A library that is switched off after some questions."""

    def __init__(self, references: list[Reference], after: int) -> None:
        super().__init__(references)
        self.left, self.asked = after, 0
        self._lock = threading.Lock()

    def seek(self, cited: Reference, text: str = "") -> list[object]:  # type: ignore[override]
        with self._lock:
            self.asked += 1
            self.left -= 1
            if self.left < 0:
                raise _Interrupted
        return super().seek(cited, text)  # type: ignore[return-value]


@pytest.fixture
def many() -> list[Cited]:
    return [_cited(n) for n in range(12)]


def test_an_interrupted_run_goes_on(instance: Path, many: list[Cited]) -> None:
    records = [item.reference for item in many]
    first = CheckRun(instance, many)
    with pytest.raises(_Interrupted):
        list(first.results(Checker([_Stopping(records, 6)])))
    kept = len(latest_checks(instance))
    assert 1 <= kept <= 6
    second = CheckRun(instance, many)
    assert second.resumed
    library = _Stopping(records, 100)
    results = list(second.results(Checker([library])))
    assert library.asked == 12 - kept
    assert [one.cited.key for one in results] == [item.key for item in many]
    # A title is all that these citations state
    assert {one.result["status"] for one in results} == {"partly-verified"}
    assert not CheckRun(instance, many).resumed


def test_a_changed_record_is_checked_again(instance: Path, many: list[Cited]) -> None:
    records = [item.reference for item in many]
    with pytest.raises(_Interrupted):
        list(CheckRun(instance, many).results(Checker([_Stopping(records, 11)])))
    done = next(iter(latest_checks(instance)))
    changed = [
        Cited(item.key, Reference(item.key, title="Something else entirely, and unknown"))
        if item.key == done
        else item
        for item in many
    ]
    results = {
        one.cited.key: one.result
        for one in CheckRun(instance, changed).results(Checker([_Stopping(records, 99)]))
    }
    assert results[done]["status"] == "not-located"


def test_abstracts_are_kept_and_a_torn_line_harms_nothing(instance: Path) -> None:
    keep_abstracts(instance, {"a": "First  abstract.\n"})
    keep_abstracts(instance, {"b": "Second.", "c": "  "})
    keep_abstracts(instance, {"a": "First abstract, mended."})
    path = instance / "abstracts.jsonl"
    size = path.stat().st_size
    keep_abstracts(instance, {"b": "Second."})
    assert path.stat().st_size == size  # known already
    with path.open("ab") as file:
        file.write(b'{"key": "torn", "abstr')
    keep_abstracts(instance, {"d": "Fourth."})
    kept = {"a": "First abstract, mended.", "b": "Second.", "d": "Fourth."}
    assert dict(read_abstracts(instance)) == kept


def test_check_now_asks_anew_and_keeps_the_result(
    instance: Path, kb: KnowledgeBase, monkeypatch: pytest.MonkeyPatch
) -> None:
    record = Record(
        "Cryoneurolysis of the pudendal nerve",
        [("Martin", "Anne")],
        2019,
        "Pain Practice",
        doi="10.5555/pp.1",
    )
    cited = cited_string("Martin A. Cryoneurolysis of the pudendal nerve. Pain Pract. 2018.")
    with ServiceDouble([record]) as double:
        for name, base in double.environment.items():
            monkeypatch.setenv(name, base)
        check_now(kb, instance, [cited])
        asked = len(double.log)
        check_now(kb, instance, [cited])
        assert len(double.log) > asked
    found = latest_check(instance, cited.key)
    assert found is not None
    assert found.status == "differs"
    assert [d["field"] for d in found.result["differences"]] == ["year"]
