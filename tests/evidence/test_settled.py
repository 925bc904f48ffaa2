"""Findings that a person has decided about: they stay settled until something new is found."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from evidence.journal import Journal
from evidence.services.settled import Settlement, reopen, settle, settled, settlements
from evidence.services.source_checks import StoredCheck, latest_check, store_check
from references.errors import UserError, message, problem_in
from references.notices import Notice
from references.record import Reference
from references.verify import Check, Cited
from references.verify.differences import Difference

CITED = Cited("martin2019", Reference("martin2019", title="Cold for pain of the pelvis", year=2018))
YEAR = Difference("year", "2018", "2019")
VOLUME = Difference("volume", "3", "4")
CROSSREF = Notice("retraction", "Crossref", doi="10.5555/notice")
PUBMED = Notice("retraction", "PubMed", doi="10.5555/notice")
SILENT = problem_in(
    "martin2019", 0, "notices", message("{services} did not answer", services=("Crossref",))
)


@pytest.fixture
def journal(instance: Path) -> Iterator[Journal]:
    with Journal.open(instance) as opened:
        yield opened


def _checked(instance: Path, check: Check, cited: Cited = CITED) -> StoredCheck:
    store_check(instance, cited, check)
    stored = latest_check(instance, cited.key)
    assert stored is not None
    return stored


def _differs(*differences: Difference, status: str = "differs") -> Check:
    return Check(CITED.key, status, differences=differences)


def test_who_when_and_why_stand_beside_the_finding(journal: Journal, instance: Path) -> None:
    check = _checked(instance, _differs(YEAR))
    made = settle(journal, instance, CITED.key, "  The print says\n2018. ", "anne", "Anne Martin")
    (stands,) = settlements(journal).values()
    assert stands == made
    assert (stands.by, stands.person, stands.reason) == (
        "anne",
        "Anne Martin",
        "The print says 2018.",
    )
    assert settled(check, settlements(journal)) == stands
    assert stands.as_dict()["at"][:10] == stands.at.date().isoformat()
    (event,) = journal.events("", "")
    assert event.kind == "finding-settled"
    assert journal.verify().ok


SAME = _differs(YEAR, VOLUME)
RETRACTED = replace(_differs(status="retracted"), notices=(CROSSREF, PUBMED))


@pytest.mark.parametrize(
    ("then", "now", "holds"),
    [
        (SAME, SAME, True),
        (SAME, _differs(YEAR), True),  # less than was seen
        (_differs(YEAR), SAME, False),
        (SAME, _differs(YEAR, replace(VOLUME, found="5")), False),
        (SAME, _differs(YEAR, VOLUME, status="retracted"), False),
        (SAME, replace(SAME, problems=(SILENT,)), False),  # a retraction may be missed
        (RETRACTED, replace(RETRACTED, notices=(PUBMED,)), True),  # the other was silent
        (
            RETRACTED,
            replace(RETRACTED, notices=(Notice("retraction", "PubMed", doi="10.5/2"),)),
            False,
        ),
        (_differs(status="not-located"), _differs(status="not-located"), True),
        (_differs(status="not-located"), _differs(YEAR), False),
        (_differs(status="not-located"), _differs(status="unchecked"), False),
    ],
)
def test_it_holds_until_the_services_say_something_new(
    journal: Journal, instance: Path, then: Check, now: Check, holds: bool
) -> None:
    _checked(instance, then)
    settle(journal, instance, CITED.key, "Looked at by hand.", "anne")
    decision = settled(_checked(instance, now), settlements(journal))
    assert isinstance(decision, Settlement) is holds


def test_it_ends_when_the_citation_changes(journal: Journal, instance: Path) -> None:
    _checked(instance, _differs(YEAR))
    settle(journal, instance, CITED.key, "Right as printed.", "anne")
    changed = replace(CITED, reference=replace(CITED.reference, volume="7"))
    assert settled(_checked(instance, _differs(YEAR), changed), settlements(journal)) is None


def test_a_check_of_what_stands_otherwise_now_cannot_be_settled(
    journal: Journal, instance: Path
) -> None:
    _checked(instance, _differs(YEAR))
    library = {CITED.key: replace(CITED.reference, volume="7")}
    with pytest.raises(UserError, match="has changed since it was checked"):
        settle(journal, instance, CITED.key, "Right as printed.", "anne", library=library)
    assert journal.events() == []
    library = {CITED.key: CITED.reference}
    settle(journal, instance, CITED.key, "Right as printed.", "anne", library=library)


def test_it_can_be_taken_back_and_the_history_stays(journal: Journal, instance: Path) -> None:
    check = _checked(instance, _differs(YEAR))
    settle(journal, instance, CITED.key, "Right as printed.", "anne")
    reopen(journal, CITED.key, "The publisher corrected it.", "paul")
    assert settled(check, settlements(journal)) is None
    assert [event.kind for event in journal.events()] == ["finding-settled", "finding-reopened"]
    with pytest.raises(UserError, match="Nothing is settled"):
        reopen(journal, CITED.key, "Again.", "paul")


@pytest.mark.parametrize(
    ("check", "reason", "seen", "says"),
    [
        (None, "Why not.", None, "was not checked yet"),
        (_differs(status="unchecked"), "Why not.", None, "was not checked yet"),
        (_differs(status="verified"), "Why not.", None, "Nothing was found"),
        (_differs(YEAR), " \n ", None, "Say why"),
        (_differs(YEAR), "x" * 2001, None, "longer than 2,000"),
        (_differs(YEAR), "Right.", "2020-01-01T00:00:00+00:00", "checked again meanwhile"),
    ],
)
def test_what_cannot_be_settled(
    journal: Journal, instance: Path, check: Check | None, reason: str, seen: str | None, says: str
) -> None:
    if check:
        _checked(instance, check)
    with pytest.raises(UserError, match=says):
        settle(journal, instance, CITED.key, reason, "anne", seen=seen)
    assert journal.events() == []
