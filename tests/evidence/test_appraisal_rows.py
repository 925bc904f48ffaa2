"""Rows of the Oxford table with their reasons, and rows of a summary of findings, by hand.

OCEBM 2011 as docs/appraisal.md prints it; GRADEpro lays a summary out by outcome.
"""

from __future__ import annotations

from typing import Any

import pytest

from evidence.appraisal.certainty import certainty_of, indirect_elements, weigh
from evidence.appraisal.harms import harms_in, is_in_people
from evidence.appraisal.level import level
from evidence.appraisal.outcomes import Effect, SummaryOfFindings, summary_of_findings
from evidence.appraisal.verdict import bar_to_support, propose
from evidence.claims.claim import Anchor, Bilingual, Claim, Directness, Link
from references.record import Author, Finding, Harm, Reference, Relation, Study

SAYS = Bilingual(fr="-", en="-")


# ---- levels ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "design", "words", "number", "why", "provisional"),
    [
        ("efficacy", "meta-analysis", "randomised trials", 1, "review of randomised trials", False),
        ("efficacy", "meta-analysis", "x", 1, "trials, if it has any: the record does", True),
        ("efficacy", "meta-analysis", "case reports", 3, "studies without randomisation", False),
        ("efficacy", "cohort-prospective", "x", 4, "counted as a case series", True),
        ("efficacy", "nonrandomised-trial", "x", 3, "controlled study without", False),
        ("efficacy", "cross-sectional", "x", 4, "case series, case report, cross-", False),
        ("efficacy", "animal", "x", 5, "reasoning from a mechanism", False),
        ("efficacy", "editorial", "x", None, "does not rank opinions", False),
        ("frequency", "cross-sectional", "recensement", 1, "random sample or of everybody", True),
        ("frequency", "cohort-prospective", "x", 3, "sample not drawn at random", False),
        ("frequency", "meta-analysis", "enquêtes", 2, "systematic review of surveys", False),
        ("frequency", "meta-analysis", "x", 2, "surveys, if it has any: the record", True),
        ("frequency", "case-report", "x", 4, "case series or case-control study", False),
        ("frequency", "rct", "x", None, "this design for this question", False),
        ("frequency", "guideline", "x", None, "does not rank opinions", False),
        ("diagnosis", "cross-sectional", "étalon", 2, "of a test against a reference", False),
        ("diagnosis", "cross-sectional", "x", 2, "read blind: the record does not say", True),
        ("diagnosis", "meta-analysis", "exactitude", 1, "accuracy of a test", False),
        ("diagnosis", "meta-analysis", "x", 1, "test, if it has any: the record", True),
        ("diagnosis", "cohort-prospective", "x", 3, "people not consecutive", False),
        ("course", "cohort-prospective", "nouveaux cas", 2, "inception cohort", False),
        ("course", "cohort-retrospective", "x", 3, "not from the beginning", False),
        ("course", "meta-analysis", "newly diagnosed", 1, "review of inception cohorts", False),
        ("course", "meta-analysis", "x", 1, "cohorts, if it has any: the record", True),
        ("course", "rct", "x", 3, "control arm of a randomised trial", False),
        ("course", "nonrandomised-trial", "x", 3, "people followed", False),
        ("course", "cross-sectional", "x", 4, "case series or case-control", False),
    ],
)
def test_a_level_says_why_and_whether_its_condition_is_known(
    kind: str, design: str, words: str, number: int | None, why: str, provisional: bool
) -> None:
    found = level(Reference("a", title=words, study=Study(design=design)), kind)
    assert (found.number, found.provisional) == (number, provisional)
    assert why in found.why.en
    questions = {"efficacy": "benefit", "frequency": "prevalence", "course": "prognosis"}
    assert found.question == questions.get(kind, kind)


@pytest.mark.parametrize(
    "reference",
    [
        Reference("a", title="x", abstract="randomised", study=Study(design="meta-analysis")),
        Reference("a", title="x", study=Study(design="meta-analysis", arms="randomised")),
        Reference("a", title="x", study=Study(design="meta-analysis", comparison="randomised")),
        *(
            Reference("a", title="x", study=Study(design="meta-analysis"), findings=(one,))
            for one in (
                Finding("randomised"),
                Finding("x", value="randomised"),
                Finding("x", text="randomised"),
            )
        ),
    ],
)
def test_what_a_record_says_anywhere_decides(reference: Reference) -> None:
    assert not level(reference).provisional


# ---- where nothing is graded ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "body", "reasons", "why"),
    [
        ("efficacy", (), ("no-studies",), ""),
        ("definition", (), ("no-studies",), ""),
        ("definition", ("rct",), (), "not graded"),
        ("organisation", ("rct",), (), "not graded"),
    ],
)
def test_where_nothing_is_graded_the_one_step_changes_nothing(
    kind: Any, body: tuple[str, ...], reasons: tuple[str, ...], why: str
) -> None:
    library = {f"r{n}": work(f"r{n}", design) for n, design in enumerate(body)}
    weighed = weigh(asked(*map(link, library), kind=kind), library)
    certainty, told, (step,) = certainty_of(kind, weighed)
    assert (certainty, told) == ("none", reasons)
    assert (step.rule, step.change, step.result, step.references) == ("start", 0, "none", ())
    assert why in step.why.en


# ---- summaries ------------------------------------------------------------------------------


def link(key: str, finding: str = "pain", stance: Any = "supports", **directness: Any) -> Link:
    about = Directness(**directness)
    return Link(reference=key, stance=stance, finding=finding, directness=about, note=SAYS)


def asked(*links: Link, kind: Any = "efficacy", **more: Any) -> Claim:
    fields: dict[str, Any] = {"verdict": "mixed", "certainty": "low", "rationale": SAYS}
    return Claim(
        id="c",
        section="s",
        anchor=Anchor(start="x"),
        statement=SAYS,
        kind=kind,
        links=links,
        **{**fields, **more},
    )


def work(key: str, design: str = "rct", people: int | None = 40, **more: Any) -> Reference:
    fields: dict[str, Any] = {"title": key, "authors": (Author("Moreau"),), "year": 2020}
    return Reference(key, study=Study(design=design, participants=people), **{**fields, **more})


def pain(value: str = "", favours: str = "intervention", outcome: str = "pain") -> Finding:
    return Finding(outcome, value=value, favours=favours)


def found(claim: Claim, *works: Reference) -> SummaryOfFindings:
    return summary_of_findings(claim, {one.key: one for one in works})


def test_only_claims_that_are_measured_and_assessed_have_one() -> None:
    one = work("a", findings=(pain(),))
    for kind in ("efficacy", "durability", "safety", "indication"):
        assert found(asked(link("a"), kind=kind), one)
    assert not found(asked(link("a"), kind="definition"), one)
    assess = Bilingual(fr="[à évaluer]", en="[to assess]")
    open_one = asked(link("a"), verdict=None, certainty=None, rationale=assess)
    assert not found(open_one, one)
    assert found(open_one, one) == SummaryOfFindings((), ())


def test_the_findings_that_count_are_those_a_link_rests_on() -> None:
    findings = (
        pain("1"),
        pain("2", favours=""),
        pain("3", outcome="relapse"),
        pain("4", outcome="works", favours=""),
        pain("5", outcome="works"),
    )
    one = work("a", findings=findings)

    def values(outcome: str) -> list[tuple[str, str, list[str]]]:
        rows = found(asked(link("a", outcome)), one).rows
        return [
            (row.outcome, row.comparison, [e.finding.value for e in row.effects if e.finding])
            for row in rows
        ]

    assert values("pain") == [("pain", "controlled", ["1"]), ("pain", "uncompared", ["2"])]
    assert values("works") == [("other", "controlled", ["5"])]
    assert values("nothing") == []
    assert found(asked(link("a", "nothing")), one).silent == ("a",)
    assert found(asked(link("a", "pain")), one).silent == ()


def test_what_does_not_bear_on_a_claim_is_neither_told_nor_silent() -> None:
    works = [
        work("retracted", status="retracted", findings=(pain(),)),
        work("lost", status="not-located"),
        work("behind", findings=(pain(),)),
        work("opinion", "editorial", None, findings=(pain(),)),
        work("counted", "guideline", 12, findings=(pain(),)),
    ]
    claim = asked(
        *(
            link(one.key, stance="background" if one.key == "behind" else "supports")
            for one in works
        )
    )
    summary = found(claim, *works)
    assert [[e.study.key for e in row.effects] for row in summary.rows] == [["counted"]]
    assert summary.silent == ("opinion",)


def test_rows_stand_by_treatment_outcome_and_comparison() -> None:
    works = [
        work("rat", "animal", findings=(pain(),)),
        work("alone", "case-series", findings=(pain(favours="improvement"),)),
        work("other", findings=(pain(),)),
        work("trial", findings=(pain(),)),
        work("odd", findings=(pain(outcome="hospital stay"), pain(outcome="function"))),
    ]
    claim = asked(
        link("rat"),
        link("alone"),
        link("other", intervention="indirect"),
        link("trial"),
        link("odd", "hospital stay"),
        link("odd", "function"),
    )
    rows = found(claim, *works).rows
    assert [(row.outcome, row.comparison, row.other_treatment) for row in rows] == [
        ("pain", "controlled", False),
        ("pain", "uncontrolled", False),
        ("pain", "animals", False),
        ("function", "controlled", False),
        ("stay", "controlled", False),
        ("pain", "controlled", True),
    ]
    assert [row.is_apart for row in rows] == [False, False, True, False, False, True]


def test_who_is_counted_in_a_row() -> None:
    works = [
        work("a", people=40, findings=(pain(), pain(outcome="pain again"))),
        work("a2", people=60, findings=(pain(),), related=(Relation("same-study", "a"),)),
        work("b", people=None, findings=(pain(favours="comparator"),)),
        work("c", people=3, findings=(pain(),)),
        work("r", "meta-analysis", 900, findings=(pain(),)),
    ]
    (row,) = found(asked(*(link(one.key) for one in works)), *works).rows
    assert (row.studies, row.reviews, row.people, row.unknown) == (3, 1, 63, 1)
    assert row.direction == "differs"
    (alone,) = found(asked(link("a")), *works).rows
    assert (alone.studies, alone.reviews, alone.people, alone.unknown) == (1, 0, 40, 0)
    assert alone.direction == "intervention"
    (unknown,) = found(asked(link("b")), *works).rows
    assert (unknown.studies, unknown.people, unknown.unknown) == (1, 0, 1)


def test_within_a_row_the_best_stands_first() -> None:
    works = [
        work("opinion", "guideline", findings=(pain(),)),
        work("controlled", "nonrandomised-trial", findings=(pain(),)),
        work("unsigned", authors=(), findings=(pain(),)),
        work("trial", findings=(pain(),)),
    ]
    (row,) = found(asked(*(link(one.key) for one in works)), *works).rows
    assert [e.study.key for e in row.effects] == ["trial", "unsigned", "controlled", "opinion"]


def test_how_direct_a_row_is() -> None:
    works = [work(key, findings=(pain(),)) for key in "ab"]
    (row,) = found(
        asked(
            link("a", population="direct", outcome="direct"),
            link("b", population="indirect", outcome="direct", comparator="indirect"),
        ),
        *works,
    ).rows
    assert (row.indirect, row.direct) == (("population", "comparator"), ("outcome",))
    assert indirect_elements(link("a", outcome="indirect")) == ("outcome",)


def test_adverse_events_are_told_for_safety_only() -> None:
    harms = (
        Harm("none", 0, 40, serious=True),
        Harm("death", 1, 40, serious=True),
        Harm("bruise", 2, None, serious=False),
        Harm("odd", None, 40, serious=None),
    )
    one = work("a", harms=harms, findings=(pain("9 of 20"),))
    rat = work("rat", "animal", harms=harms)
    links = (link("a"), link("rat"))
    rows = found(asked(*links, kind="safety"), one, rat).rows
    assert [row.outcome for row in rows] == [
        "serious-events",
        "other-events",
        "unrated-events",
        "pain",
    ]
    events = [[e.harm.event for e in row.effects if e.harm] for row in rows]
    assert events == [["death", "none"], ["bruise"], ["odd"], []]
    assert [e.absolute for e in rows[0].effects] == [((1, 40),), ((0, 40),)]
    assert [row.effects[0].absolute for row in rows[1:]] == [(), (), ((9, 20),)]
    assert {row.comparison for row in rows[:3]} == {""}
    assert all(row.direction == "" for row in rows[:3])
    assert [row.outcome for row in found(asked(*links), one, rat).rows] == ["pain"]
    assert found(asked(*links, kind="safety"), one, rat).silent == ("rat",)
    assert Effect(rows[0].effects[0].study).absolute == ()


# ---- verdicts and harms ---------------------------------------------------------------------


def test_what_bars_a_claim_from_being_called_supported() -> None:
    whole, bare = work("a"), work("b", authors=())
    near, far = link("a", population="direct"), link("a", population="indirect")
    assert bar_to_support([]) == "only-incomplete"
    assert bar_to_support([(near, bare)]) == "only-incomplete"
    assert bar_to_support([(near, whole)]) == ""
    assert bar_to_support([(far, whole)]) == "only-indirect"
    assert bar_to_support([(far, whole), (near, bare)]) == "only-indirect"
    assert bar_to_support([(far, whole), (near, whole)]) == ""
    assert bar_to_support([(link("a"), whole)]) == "directness-unsaid"
    assert bar_to_support([(far, whole), (link("a"), whole)]) == "directness-unsaid"


def test_what_a_claim_decides_otherwise() -> None:
    library = {"a": work("a", people=500)}
    claim = asked(link("a", population="direct"))
    proposal = propose(claim, library)
    assert (proposal.verdict, proposal.certainty) == ("supported", "high")

    def differs(**decided: Any) -> tuple[str, ...]:
        return proposal.differs(claim.model_copy(update=decided))

    assert differs() == ("verdict", "certainty")
    assert differs(verdict="supported") == ("certainty",)
    assert differs(certainty="high") == ("verdict",)
    assert differs(verdict="supported", certainty="high") == ()


@pytest.mark.parametrize(
    ("said", "kinds"),
    [
        ("Two deaths.", ["death"]),
        ("No deaths, but one pneumothorax.", ["pneumothorax"]),
        ("Deaths: 0 of 40.", []),
        ("Deaths: 0 of 40; pneumothorax in 2.", ["pneumothorax"]),
        ("Deaths in 40 people: none.", []),
        ("No pneumothorax, two deaths.", ["death"]),
        ("No pneumothorax or death.", []),
        ("Death and pneumothorax were not seen.", []),
        ("Aucun décès, sauf un pneumothorax.", ["pneumothorax"]),
        ("Un décès ; jamais de pneumothorax.", ["death"]),
        ("Deaths 0.0%.", []),
        ("Deaths 0.5%.", ["death"]),
        ("Deaths 0,5 %.", ["death"]),
        ("Of 40 patients, death in none.", []),
    ],
)
def test_a_denied_harm_is_none(said: str, kinds: list[str]) -> None:
    named = harms_in(Reference("a", title="x", study=Study(harms=said)))
    assert [one.kind.id for one in named] == kinds


def test_serious_entries_that_happened_to_somebody() -> None:
    harms = (
        Harm("pneumothorax", 0, 40, serious=True),
        Harm("death of a patient", None, 40, serious=True),
        Harm("something odd", 1, 40, serious=True),
        Harm("bleeding", 1, 40, serious=False),
    )
    named = harms_in(Reference("a", title="x", harms=harms))
    assert [(one.kind.id, one.field, one.words) for one in named] == [
        ("death", "harm", "death of a patient"),
        ("serious", "harm", "something odd"),
    ]


def test_what_people_were_treated_for_is_no_harm() -> None:
    def kinds(title: str, *findings: Finding) -> list[str]:
        return [one.kind.id for one in harms_in(Reference("a", title=title, findings=findings))]

    assert kinds("Cold", Finding("neuroma", value="2 of 40")) != []
    assert kinds("Cold for neuroma", Finding("neuroma", value="2 of 40")) == []
    assert kinds("Cold", Finding("pain", text="Neuroma pain improved in two.")) == []
    assert kinds("Cold", Finding("mechanism", text="Two deaths.")) == []


@pytest.mark.parametrize("design", ["animal", "laboratory", "cadaver"])
def test_nobody_is_harmed_where_nobody_was_treated(design: str) -> None:
    assert not is_in_people(work("a", design))
    assert is_in_people(work("a"))
    assert is_in_people(work("a", ""))
