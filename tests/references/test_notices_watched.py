"""The notices about many works at once, asked of sources that know some of them.

What is expected comes from docs/verification.md: what no service knows is unchecked, never "no
notice"; who did not answer is named; of several notices the gravest is the status.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from our_sources import ARTICLE, SourceOfOurs, work_of

from references.notices import CONCERN, CORRECTION, REINSTATEMENT, RETRACTION, Notice
from references.record import Reference
from references.sources.errors import ServiceFailed
from references.sources.session import AnswerOrigin
from references.sources.source import DOI, PMID
from references.sources.work import Work
from references.verify.result import Cited
from references.verify.watch import Watched, watch

FETCHED = datetime(2026, 1, 1, tzinfo=UTC)


class Teller(SourceOfOurs):
    """A source that answers for many works at once, and counts what it is asked."""

    answers_many = DOI
    copied = False
    stands_in = False

    def listen(self) -> list[AnswerOrigin]:
        """Where answers come from, noted while they are given."""
        self.heard: list[AnswerOrigin] = []
        return self.heard

    def many(self, dois: Sequence[str], pmids: Sequence[str]) -> list[Work]:
        """The works of these numbers."""
        self.asked.append(f"{len(dois)} {len(pmids)}")
        if self.fault is not None:
            raise self.fault
        numbers = dois if self.answers_many == DOI else pmids
        if numbers:
            self.heard.append(AnswerOrigin(FETCHED, self.copied, stands_in=self.stands_in))
        return [
            one
            for one in self._works
            if one.updates or {one.reference.doi, one.reference.pmid} & {*numbers}
        ]


def watched(*sources: Teller, cited: Reference = ARTICLE, **more: Any) -> Watched:
    (one,) = watch([Cited(cited.key, cited)], more.get("known", {}), sources)
    return one


@pytest.mark.parametrize(
    ("kinds", "status"),
    [
        ((), "no-notice"),
        ((CORRECTION,), "corrected"),
        ((CORRECTION, CONCERN), "expression-of-concern"),
        ((CORRECTION, CONCERN, RETRACTION), "retracted"),
        ((RETRACTION, REINSTATEMENT), "reinstated"),
    ],
)
def test_the_gravest_notice_is_the_status(kinds: tuple[str, ...], status: str) -> None:
    dates = ("2020-01-01", "2021-01-01", "2022-01-01")
    notices = tuple(
        Notice(kind, "one", date=date) for kind, date in zip(kinds, dates, strict=False)
    )
    one = watched(Teller("one", [work_of(ARTICLE, notices=notices)]))
    assert (one.status, one.problem, one.silent) == (status, None, ())
    assert one.as_dict()["status"] == status


def test_a_work_that_nobody_knows_is_unchecked() -> None:
    one = watched(Teller("one", []))
    assert one.status == "unchecked"
    assert "10.5555/jpp.2018.145" in str(one.problem)
    assert "PMID 28000145" in str(
        watched(Teller("one", [], answers_many=PMID), cited=replace(ARTICLE, doi="")).problem
    )


def test_a_work_without_a_number_is_asked_of_nobody() -> None:
    teller = Teller("one", [ARTICLE])
    one = watched(teller, cited=replace(ARTICLE, doi="", pmid=""))
    assert (one.status, teller.asked) == ("unchecked", [])
    assert "no DOI and no PubMed number" in str(one.problem)
    found = watched(
        teller, cited=replace(ARTICLE, doi="", pmid=""), known={"a": ("10.5555/jpp.2018.145", "")}
    )
    assert (found.status, found.doi, found.pmid) == ("no-notice", "10.5555/jpp.2018.145", "")
    cited = watched(teller, known={"a": ("10.5555/other", "9")})
    assert (cited.doi, cited.pmid) == (ARTICLE.doi, ARTICLE.pmid), "what is cited comes first"


def test_who_did_not_answer_is_named() -> None:
    silent = Teller("silent")
    silent.fault = ServiceFailed("silent", "{name} failed")
    one = watched(silent, Teller("one", [ARTICLE]))
    assert (one.status, one.silent) == ("no-notice", ("silent",))
    assert "silent did not answer" in str(one.problem)
    alone = watched(silent)
    assert (alone.status, alone.silent) == ("unchecked", ("silent",))
    old = watched(Teller("old", [ARTICLE], stands_in=True))
    assert (old.status, old.silent) == ("unchecked", ("old",)), "an old copy tells nothing new"
    assert watched(Teller("copy", [ARTICLE], copied=True)).status == "no-notice"


def test_a_notice_under_its_own_number_leads_to_the_work() -> None:
    notice = replace(ARTICLE, key="n", title="Notice of retraction", doi="10.5555/n", pmid="")
    about = work_of(notice, updates=((RETRACTION, "10.5555/JPP.2018.145"),))
    teller = Teller("one", [ARTICLE, about])
    one = watched(teller)
    assert one.status == "retracted"
    assert [(each.doi, each.date) for each in one.notices] == [("10.5555/n", "2018")]


def test_works_are_asked_in_batches_each_number_once() -> None:
    teller = Teller("one", [ARTICLE])
    cited = [Cited(f"k{n}", replace(ARTICLE, key=f"k{n}")) for n in range(5)]
    found = list(watch(cited, {}, [teller], at_once=2))
    assert [one.cited.key for one in found] == ["k0", "k1", "k2", "k3", "k4"]
    assert teller.asked == ["1 1", "1 1", "1 1"]
