"""Precision and recall on labelled cases; docs/verification.md has the figures of all of them."""

from __future__ import annotations

import measure_verification as measured
import pytest


@pytest.mark.parametrize("verified", [True, False], ids=["verified", "needs-a-person"])
def test_hallmark(verified: bool, shared: object, sample: measured.Measured) -> None:
    precision, recall = sample.rates(verified)
    assert precision >= 0.95
    assert recall >= 0.95


@pytest.fixture(scope="module")
def sample() -> measured.Measured:
    folder = measured.SHARED / "citations" / "hallmark"
    if not folder.is_dir():
        pytest.skip("the labelled cases are not here (set EVIDENCE_SHARED)")
    records, labelled = measured.hallmark(folder)
    return measured.measure(records, labelled[::9])


def test_printed_references() -> None:
    records, labelled = measured.printed()
    found = measured.measure(records, labelled[::9])
    for verified in (True, False):
        precision, recall = found.rates(verified)
        assert precision >= 0.95
        assert recall >= 0.95
    # each kind of error is found for what it is
    assert found.by_kind["invented"]["not-located"] == found.by_kind["invented"].total()
    assert found.by_kind["year"]["differs"] >= 0.95 * found.by_kind["year"].total()
