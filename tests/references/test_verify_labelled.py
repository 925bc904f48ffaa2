"""Precision and recall on labelled cases; docs/verification.md has the figures of all of them."""

from __future__ import annotations

import measure_verification as measured
import printed_cases
import pytest
from service_double import Record, ServiceDouble

from references.library import Library
from references.sources import all_sources
from references.sources.session import Session, SourceSettings
from references.verify import Checker, Cited, cited_string


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
    for status in ("verified", "differs", "not-located"):
        precision, recall = found.rates_of(status)
        assert precision >= 0.95
        assert recall >= 0.90
    # each kind of error is found for what it is
    assert found.by_kind["invented"]["not-located"] == found.by_kind["invented"].total()
    assert found.by_kind["year"]["differs"] >= 0.95 * found.by_kind["year"].total()


def test_bare_twins_change_nothing() -> None:
    """Every work has a record of its title that knows little: no reference is worse off."""
    records, labelled = measured.printed()
    found = measured.measure(measured.with_twins(records), labelled[::45])
    for verified in (True, False):
        precision, recall = found.rates(verified)
        assert precision >= 0.98
        assert recall >= 0.98
    precision, recall = found.rates_of("differs")
    assert precision >= 0.95
    assert recall >= 0.95


def _retract(record: Record, route: int, records: list[Record]) -> None:
    """Tell of a retraction in one of the ways the services do."""
    notice = {
        "type": "retraction",
        "DOI": f"10.5555/notice.{record.pmid}",
        "updated": {"date-parts": [[2024, 1, 1]]},
        "source": "retraction-watch",
    }
    if route == 0:
        record.updated_by = [notice]
    elif route == 1:
        about = {**notice, "DOI": record.doi}
        records.append(
            Record(
                "Retraction", [], 2024, doi=notice["DOI"], update_to=[about], services=("crossref",)
            )
        )
    elif route == 2:
        record.comments = [("RetractionIn", "39000000", "J. 2024;1:1")]
    elif route == 3:
        record.retracted = True
    else:
        record.update_to = [{**notice, "DOI": record.doi}]


def test_no_retraction_is_missed() -> None:
    """Whatever the way it is told, and however the work is cited."""
    references = printed_cases.usable(Library.read(measured.ROOT / "references/corpus").values())
    references = references[::2]
    records = printed_cases.records(references)
    cited: list[Cited] = []
    for number, (reference, record) in enumerate(zip(references, list(records), strict=True)):
        _retract(record, number % 5, records)
        full = Cited(
            reference.key,
            measured.with_identifiers(reference, record.doi, record.pmid),
        )
        forms = [
            full,
            Cited(reference.key, measured.with_identifiers(reference, record.doi, "")),
            Cited(reference.key, measured.with_identifiers(reference, "", record.pmid)),
            Cited(reference.key, measured.with_identifiers(reference, "", "")),
            cited_string(printed_cases.vancouver(reference)),
            cited_string(printed_cases.first_only(reference)),
        ]
        cited += [forms[number % 6], forms[(number + 3) % 6]]
    with ServiceDouble(records) as double:
        session = Session(SourceSettings(bases=double.bases, total=20), sleep=lambda s: None)
        checker = Checker(all_sources(session))
        missed = [item.key for item in cited if checker.check(item).status != "retracted"]
    assert len(cited) > 150
    assert missed == []
