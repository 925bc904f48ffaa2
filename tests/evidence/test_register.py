"""The shipped registers of claims: complete, anchored, honest."""

from __future__ import annotations

import re
from pathlib import Path
from typing import get_args

import pytest

from evidence.appraisal.verdict import bar_to_support
from evidence.checks.run import check_integrity
from evidence.claims.claim import SourceStatus
from evidence.claims.text import Text
from evidence.knowledge import KnowledgeBase
from references.verify import STATUSES

FIRST = "vulvodynie-cryoneurolyse"


@pytest.fixture(scope="module")
def text(kb: KnowledgeBase) -> Text:
    return kb.text(FIRST)


@pytest.fixture(scope="module")
def original(shared: Path) -> str:
    return (shared / "patient-text" / f"{FIRST}.fr.txt").read_text(encoding="utf-8")


def test_the_knowledge_base_has_no_error(kb: KnowledgeBase) -> None:
    findings = check_integrity(kb)
    assert [str(problem) for problem in findings.errors] == []
    assert findings.counts["claims"] >= 50


def test_every_anchor_picks_one_passage_of_the_original(text: Text, original: str) -> None:
    lost = []
    for claim in text.claims:
        anchor = claim.anchor
        before, after = anchor.prefix, anchor.suffix
        places = 0
        at = original.find(anchor.start)
        while at >= 0:
            stop = at + len(anchor.start)
            if anchor.end:
                end = original.find(anchor.end, at)
                stop = end + len(anchor.end) if end >= 0 else -1
            # a list mark of the plain text is no text of the page
            fits = stop > 0 and original[:at].rstrip(" \n•").endswith(before.strip())
            fits = fits and original[max(stop, 0) :].lstrip(" \n•").startswith(after.strip())
            places += bool(fits)
            at = original.find(anchor.start, at + 1)
        if places != 1:
            lost.append(f"{claim.id}: {places} places")
    assert lost == []


def test_every_section_has_claims_in_the_order_of_the_page(text: Text, original: str) -> None:
    order = [section.id for section in text.sections]
    assert all(text.claims_of(section) for section in order)
    ranks = [order.index(claim.section) for claim in text.claims]
    assert ranks == sorted(ranks)


def test_every_list_item_of_the_original_has_a_claim(text: Text, original: str) -> None:
    places = [original.find(claim.anchor.start) for claim in text.claims]
    body = original[: original.index("Sources & crédits")]
    start = 0
    for line in body.splitlines(keepends=True):
        if line.strip().startswith("•"):
            assert any(start <= place < start + len(line) for place in places), line
        start += len(line)


def test_supported_rests_on_something_direct_and_complete(kb: KnowledgeBase, text: Text) -> None:
    for claim in text.claims:
        if claim.verdict == "supported":
            carrying = [(one, kb.library[one.reference]) for one in claim.links_of("supports")]
            assert not bar_to_support(carrying), claim.id
            supporting = [kb.library[link.reference] for link in claim.links_of("supports")]
            assert any(reference.is_complete for reference in supporting), claim.id


def test_nothing_claims_that_cryoneurolysis_was_studied_in_vulvodynia(text: Text) -> None:
    for claim in text.claims:
        if claim.kind == "efficacy" and "vulvodynia" in claim.population:
            assert claim.verdict != "supported", claim.id
            assert claim.certainty in ("low", "very-low", "none"), claim.id


def test_the_four_printed_sources_have_a_status_and_nearest_records(
    kb: KnowledgeBase, text: Text
) -> None:
    assert len(text.sources) == 4
    for source in text.sources:
        assert source.status == "not-located"
        assert source.nearest
        assert all(key in kb.library for key in source.nearest)
        assert source.note


def test_no_long_passage_of_the_original_is_shipped(original: str) -> None:
    def words(value: str) -> list[str]:
        return re.findall(r"[^\W_]+", value.lower())

    def runs(value: list[str]) -> set[tuple[str, ...]]:
        return {tuple(value[i : i + 12]) for i in range(len(value) - 11)}

    body = original[: original.index("Sources & crédits")]
    shipped = Path("evidence/texts") / f"{FIRST}.yaml"
    path = Path(__file__).resolve().parents[2] / shipped
    assert not runs(words(body)) & runs(words(path.read_text(encoding="utf-8")))


def test_french_is_typeset_one_way_throughout(text: Text) -> None:
    def french() -> list[str]:
        found = [text.title.fr, *(section.heading.fr for section in text.sections)]
        for source in text.sources:
            found += [part.fr for part in (source.looked, source.note) if part]
        for claim in text.claims:
            parts = [claim.statement, claim.rationale, claim.caveats]
            parts += [link.note for link in claim.links]
            found += [part.fr for part in parts if part]
        return found

    wrong = re.compile(
        r"[^\u202f][;?!](?:\s|$)"  # a narrow space before ; ? !
        r"|[^\u00a0]:\s"  # a no-break space before :
        r"|«[^\u00a0]|[^\u00a0]»"
        r"|\d %|\d °C|\w'\w"
    )
    assert [value for value in french() if wrong.search(value)] == []


def test_a_cited_source_may_have_every_status_that_a_check_can_give() -> None:
    assert get_args(SourceStatus) == STATUSES
