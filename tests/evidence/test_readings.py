"""What two readers made of a claim stands beside its register and is no text."""

from __future__ import annotations

import shutil
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
import yaml

from evidence.checks.run import check_integrity
from evidence.claims.claim import STANCES
from evidence.claims.readings import Agreement, ClaimReadings, RecordRead, agreement_of
from evidence.knowledge import BUNDLED, READINGS, KnowledgeBase

SHIPPED = sorted((BUNDLED / "texts").glob(f"*{READINGS}"))


def test_readings_are_no_text(base: Path) -> None:
    before = KnowledgeBase(base)
    texts, files, fingerprint = set(before.texts), before.files(), before.fingerprint()
    (base / "texts" / f"bain{READINGS}").write_text("- claim: eases-pain\n", "utf-8")
    after = KnowledgeBase(base)
    assert (set(after.texts), after.files(), after.fingerprint()) == (texts, files, fingerprint)
    assert check_integrity(after).errors == []


def test_readings_brought_to_an_instance_are_no_text(base: Path, instance: Path) -> None:
    brought = instance / "texts"
    brought.mkdir()
    shutil.move(base / "texts" / "bain.yaml", brought / "bain.yaml")
    (brought / f"bain{READINGS}").write_text("- claim: eases-pain\n", "utf-8")
    kb = KnowledgeBase(base, instance)
    assert (set(kb.texts), kb.problems) == ({"bain"}, [])


def readings_file(folder: Path, words: str) -> Path:
    path = folder / "texts" / f"bain{READINGS}"
    path.write_text(words, "utf-8")
    return path


TWO = """
- claim: eases-pain
  first: {verdict: supported, certainty: low}
  second: {verdict: mixed, certainty: low}
  agreement: {records: 50, stance_percent: 70.0, stance_kappa: 0.4}
  note: a field of later
  records:
%s
  differences:
    - {reference: verdict, settled: mixed, why: {fr: Un essai contredit., en: One trial.}}
    - {reference: doe2020, settled: supports, why: Too few to say.}
"""


def _rows(counts: dict[tuple[str, str], int]) -> str:
    pairs = [pair for pair, count in counts.items() for _ in range(count)]
    return "\n".join(
        f"    - {{reference: doe{number}, first: {one}, second: {two}, settled: supports}}"
        for number, (one, two) in enumerate(pairs)
    )


def test_agreement_over_several_claims_counts_what_both_left_out(base: Path) -> None:
    # The example of many textbooks: 20 and 15 of 50 alike, 5 and 10 apart give a kappa of 0.4.
    told = {("supports", "supports"): 20, ("supports", "not-linked"): 5}
    told[("not-linked", "supports")] = 10
    readings_file(base, TWO % _rows(told))  # 15 records that both left out are counted only
    (one,) = KnowledgeBase(base).readings("bain").values()
    together = agreement_of([one])
    assert together.records == 50
    assert together.stance_percent == 70
    assert together.stance_kappa == pytest.approx(0.4)
    assert agreement_of([]).sentence("fr") == ""
    assert together.sentence("en") == (
        "The same stance for 70% of 50 records (Cohen’s kappa 0.40)."
    )
    assert "(kappa de Cohen 0,40)" in together.sentence("fr")
    assert (one.same_verdict, one.same_certainty, len(one.differing)) == (False, True, 15)
    assert one.whys("verdict", "fr") == ("Un essai contredit.",)
    assert (one.whys("doe2020", "fr"), one.whys("doe2020", "en")) == ((), ("Too few to say.",))
    assert one.has_untranslated


def test_readers_who_always_agree_have_no_kappa() -> None:
    row = RecordRead(reference="a", first="supports", second="supports")
    alike = ClaimReadings(claim="x", agreement=Agreement(records=1), records=(row,))
    assert agreement_of([alike]) == Agreement(records=1, stance_percent=100)
    assert agreement_of([alike]).sentence("en") == "The same stance for 100% of 1 records."


def test_a_broken_file_of_readings_is_told_and_shows_nothing(base: Path) -> None:
    path = readings_file(base, "- claim: eases-pain\n  records: none\n")
    kb = KnowledgeBase(base)
    assert kb.readings("bain") == {}
    (problem,) = kb.problems
    assert (problem.file, problem.line) == (str(path), 2)


def test_readings_are_read_again_when_their_file_was_written(base: Path) -> None:
    kb = KnowledgeBase(base)
    before = kb.texts_stamp()
    assert kb.readings("bain") == {}
    readings_file(base, "- claim: eases-pain\n")
    assert list(kb.readings("bain")) == ["eases-pain"]
    assert kb.texts_stamp() != before


def kappa(pairs: list[tuple[str, str]]) -> float:
    """Cohen's kappa of two readers (Cohen 1960)."""
    count = len(pairs)
    seen = sum(one == two for one, two in pairs) / count
    first, second = (Counter(pair[at] for pair in pairs) for at in (0, 1))
    chance = sum(first[name] * second[name] for name in first) / count**2
    return (seen - chance) / (1 - chance)


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.name)
def test_shipped_readings_add_up_and_the_register_follows_them(
    kb: KnowledgeBase, path: Path
) -> None:
    text = kb.text(path.name.removesuffix(READINGS))
    readings: list[dict[str, Any]] = yaml.safe_load(path.read_text(encoding="utf-8"))
    for one in readings:
        claim = text.claim(one["claim"])
        stances = {link.reference: link.stance for link in claim.links}
        neither = [("not-linked", "not-linked")] * len(one.get("neither", []))
        pairs = [(row["first"], row["second"]) for row in one["records"]] + neither
        assert {stance for pair in pairs for stance in pair} <= {*STANCES, "not-linked"}
        added = one.get("added", [])
        read = [row["reference"] for row in (*one["records"], *added)] + one.get("neither", [])
        assert len(read) == len(set(read))
        assert set(read) >= set(stances)
        assert all(item["why"] for item in added)
        for row in (*one["records"], *added):
            assert row["settled"] == stances.get(row["reference"], "not-linked"), row
        agreed = sum(first == second for first, second in pairs)
        figures = one["agreement"]
        assert figures["records"] == len(pairs)
        assert figures["stance_percent"] == pytest.approx(100 * agreed / len(pairs), abs=0.05)
        if agreed < len(pairs):
            assert figures["stance_kappa"] == pytest.approx(kappa(pairs), abs=0.005)
        explained = {item.get("reference") for item in one.get("differences", [])}
        for row in one["records"]:
            if row["settled"] not in (row["first"], row["second"]):
                assert row["reference"] in explained, (one["claim"], row)
        assert all(item["why"] for item in one.get("differences", []))
