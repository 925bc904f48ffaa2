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
        pairs = [(row["first"], row["second"]) for row in one["records"]]
        assert {stance for pair in pairs for stance in pair} <= {*STANCES, "not-linked"}
        added = one.get("added", [])
        read = [row["reference"] for row in (*one["records"], *added)]
        assert len(read) == len(set(read))
        assert set(read) >= set(stances)
        assert all(item["why"] for item in added)
        for row in (*one["records"], *added):
            assert row["settled"] == stances.get(row["reference"], "not-linked"), row
        agreed = sum(first == second for first, second in pairs)
        figures = one["agreement"]
        assert figures["records"] == len(pairs)
        assert figures["stance_percent"] == pytest.approx(100 * agreed / len(pairs), abs=0.05)
        assert figures["stance_kappa"] == pytest.approx(kappa(pairs), abs=0.005)
        differing = {row["reference"] for row in one["records"] if row["first"] != row["second"]}
        settled = {item.get("reference") for item in one["differences"]}
        assert differing <= settled
        assert all(item["why"] for item in one["differences"])
