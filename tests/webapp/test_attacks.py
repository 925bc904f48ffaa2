"""The attack suite as a test: nothing of it gets through."""

from __future__ import annotations

from pathlib import Path

from attacks import attacked, failures


def test_no_attack_gets_through(tmp_path: Path) -> None:
    with attacked(tmp_path) as site:
        outcome = list(failures(site))
    assert len(outcome) >= 150
    assert [f"{attack.name}: {wrong}" for attack, wrong in outcome if wrong] == []
