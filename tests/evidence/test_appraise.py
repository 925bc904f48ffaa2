"""Levels, certainty and verdicts proposed by rules, each rule shown to bite."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evidence.appraisal.level import level, level_order
from evidence.appraisal.verdict import Proposal, propose
from evidence.claims.claim import (
    CERTAINTIES,
    STANCES,
    VERDICTS,
    Anchor,
    Bilingual,
    Claim,
    Directness,
    Link,
)
from evidence.knowledge import KnowledgeBase
from references.record import DESIGNS, Author, Finding, Reference, Relation, Study

SAYS = Bilingual(fr="-", en="-")
DIRECT = {"population": "direct", "intervention": "direct"}


def study(key: str, design: str = "rct", participants: int | None = 500, **more: Any) -> Reference:
    about = {name: more.pop(name) for name in ("comparison", "arms", "relevance") if name in more}
    return Reference(
        key=key,
        title=more.pop("title", "A study"),
        authors=more.pop("authors", (Author(family="Moreau"),)),
        year=more.pop("year", 2020),
        study=Study(design=design, participants=participants, **about),
        **more,
    )


def claim(*links: tuple[str, str, dict[str, str]], kind: str = "efficacy") -> Claim:
    return Claim(
        id="c",
        section="s",
        anchor=Anchor(start="x"),
        statement=SAYS,
        kind=kind,
        verdict="mixed",
        certainty="low",
        rationale=SAYS,
        links=[
            Link(reference=key, stance=stance, directness=Directness(**direct), note=SAYS)
            for key, stance, direct in links
        ],
    )


def of(
    references: Sequence[Reference],
    *stances: str,
    direct: dict[str, str] = DIRECT,
    kind: str = "efficacy",
) -> Proposal:
    stances = stances or ("supports",) * len(references)
    links = [(r.key, stance, direct) for r, stance in zip(references, stances, strict=True)]
    return propose(claim(*links, kind=kind), {r.key: r for r in references})


@pytest.mark.parametrize(
    ("reference", "number", "provisional"),
    [
        (study("a", "meta-analysis", title="Meta-analysis of randomized trials"), 1, False),
        (study("a", "systematic-review", title="A review"), 1, True),
        (study("a", "systematic-review", title="A review of case series"), 3, False),
        (study("a", "systematic-review", title="No randomized trials"), 3, False),
        (study("a", "systematic-review", arms="retrospective studies"), 3, False),
        (study("a", "systematic-review", relevance="Retrospective studies only."), 1, True),
        (study("a", "rct"), 2, False),
        (study("a", "nonrandomised-trial"), 3, False),
        (study("a", "cohort-prospective", comparison="usual care"), 3, False),
        (study("a", "cohort-prospective", arms="one"), 4, False),
        (study("a", "case-series"), 4, False),
        (study("a", "animal"), 5, False),
        (study("a", "guideline"), None, False),
        (study("a", ""), None, False),
    ],
)
def test_oxford_levels(reference: Reference, number: int | None, provisional: bool) -> None:
    found = level(reference, "efficacy")
    assert (found.number, found.provisional) == (number, provisional)
    assert found.why.fr
    assert found.why.en


def test_every_design_of_the_model_has_an_answer() -> None:
    ranked = {design for design in DESIGNS if level(study("a", design)).number}
    assert set(DESIGNS) - ranked == {
        "guideline",
        "narrative-review",
        "technical-note",
        "protocol",
        "editorial",
        "other",
    }


def test_the_order_by_level_is_level_then_newest_then_key() -> None:
    """By hand: Oxford levels 1, 2, 2, 2, 4, 5, then what the table does not rank."""
    right = [
        study("r", "meta-analysis", title="Randomized trials", year=1999),
        study("b", "rct", year=2021),
        study("a", "rct", year=2010),
        study("c", "rct", year=2010),
        study("d", "case-series", year=2024),
        study("e", "animal", year=2025),
        study("g", "guideline", year=2025),
        study("h", "guideline", year=None),
    ]
    mixed = [*right[3:], *right[:3]][::-1]
    assert sorted(mixed, key=level_order) == right


def test_safety_is_asked_as_harm() -> None:
    assert level(study("a"), "safety").question == "harm"
    assert level(study("a"), "efficacy").question == "benefit"


def test_a_large_direct_trial_supports_with_high_certainty() -> None:
    found = of([study("a")])
    assert (found.verdict, found.certainty, found.reasons) == ("supported", "high", ())


@pytest.mark.parametrize(
    ("references", "direct", "certainty", "reasons"),
    [
        ([study("a", participants=60)], DIRECT, "moderate", ("imprecision",)),
        ([study("a", participants=20)], DIRECT, "low", ("imprecision",)),
        ([study("a", participants=None)], DIRECT, "high", ()),
        ([study("a")], {"population": "indirect"}, "moderate", ("indirectness",)),
        ([study("a")], {"population": "indirect", "outcome": "indirect"}, "low", ("indirectness",)),
        ([study("a", status="expression-of-concern")], DIRECT, "moderate", ("risk-of-bias",)),
        ([study("a", status="verified")], DIRECT, "high", ()),
        ([study("a", status="corrected")], DIRECT, "high", ()),
        ([study("a", "case-series")], DIRECT, "very-low", ("risk-of-bias",)),
        ([study("a", "nonrandomised-trial")], DIRECT, "low", ()),
        ([study("a", "narrative-review")], DIRECT, "very-low", ()),
    ],
)
def test_each_reason_lowers(
    references: list[Reference], direct: dict[str, str], certainty: str, reasons: tuple[str, ...]
) -> None:
    found = of(references, direct=direct)
    assert (found.certainty, found.reasons) == (certainty, reasons)


def test_opposed_trials_are_mixed_and_inconsistent() -> None:
    found = of([study("a"), study("b")], "supports", "contradicts")
    assert (found.verdict, found.certainty) == ("mixed", "moderate")
    assert found.reasons == ("inconsistency",)


def test_a_large_effect_raises_what_nothing_lowered() -> None:
    finding = Finding("pain", value="RR 3.1 (95% CI 2.2-4.4)")
    found = of([study("a", "nonrandomised-trial", findings=(finding,))])
    assert (found.certainty, found.reasons) == ("moderate", ("large-effect",))
    small = of([study("a", "nonrandomised-trial", 60, findings=(finding,))])
    assert "large-effect" not in small.reasons


@pytest.mark.parametrize(
    ("ratio", "certainty"),
    [
        ("RR 0.6", "low"),
        ("RR 0.5", "moderate"),
        ("RR 0,3", "moderate"),
        ("RR 0.2", "high"),
        ("RR 1.9", "low"),
        ("OR = 2", "moderate"),
        ("HR of 5.0", "high"),
    ],
)
def test_a_large_effect_counts_both_ways(ratio: str, certainty: str) -> None:
    """Guyatt 2011, 1311-6: one grade for RR >= 2 or <= 0.5, two for RR >= 5 or <= 0.2."""
    protective = study("a", "nonrandomised-trial", findings=(Finding("relapse", value=ratio),))
    assert of([protective]).certainty == certainty


def test_the_effect_on_another_outcome_than_the_linked_one_raises_nothing() -> None:
    pain = Finding("pain", value="RR 6")
    sleep = Finding("sleep", value="RR 1.1")
    trial = study("a", "nonrandomised-trial", findings=(pain, sleep))
    linked = claim(("a", "supports", DIRECT))
    asked = linked.model_copy(
        update={"links": (linked.links[0].model_copy(update={"finding": "sleep"}),)}
    )
    assert propose(asked, {"a": trial}).certainty == "low"
    assert propose(linked, {"a": trial}).certainty == "high"


@pytest.mark.parametrize(
    ("stances", "verdict"),
    [
        (("supports", "supports"), "supported"),
        (("supports", "qualifies"), "partly-supported"),
        (("qualifies", "qualifies"), "partly-supported"),
        (("contradicts", "qualifies"), "mixed"),
        (("contradicts", "contradicts"), "contradicted"),
        (("background", "background"), "no-evidence-found"),
    ],
)
def test_verdicts_follow_the_weight(stances: tuple[str, str], verdict: str) -> None:
    assert of([study("a"), study("b")], *stances).verdict == verdict


def test_indirect_support_is_partial_and_indirect_qualification_is_no_evidence() -> None:
    far = {"population": "indirect", "intervention": "direct"}
    assert of([study("a")], direct=far).verdict == "partly-supported"
    assert of([study("a")], "qualifies", direct=far).verdict == "no-evidence-found"


def test_an_incomplete_record_does_not_carry_a_verdict_alone() -> None:
    assert of([study("a", authors=())]).verdict == "partly-supported"
    assert of([study("a", authors=()), study("b")]).verdict == "supported"


def test_what_is_proposed_is_what_the_rule_of_verdicts_lets_pass() -> None:
    """A link that says nothing of directness carries no claim, for the one as for the other."""
    unsaid = of([study("a")], direct={})
    assert unsaid.verdict == "partly-supported"
    assert unsaid.steps[-1].why.en.startswith("no link that supports says")


@pytest.mark.parametrize("status", ["retracted", "not-located"])
def test_a_retracted_or_missing_work_counts_nothing(status: str) -> None:
    found = of([study("a", status=status)])
    assert (found.verdict, found.certainty, found.reasons) == (
        "no-evidence-found",
        "none",
        ("no-studies",),
    )
    assert found.steps[0].references == ("a",)


def test_without_links_only_organisation_is_not_checkable() -> None:
    assert propose(claim(kind="organisation"), {}).verdict == "not-checkable"
    assert propose(claim(), {}).verdict == "no-evidence-found"


def test_a_study_counts_once_however_many_records_tell_it() -> None:
    small = study("a", "case-series", participants=60)
    registered = study("b", "protocol", related=(Relation("registration-of", "a"),))
    one, two = of([small]), of([small, registered])
    assert (two.verdict, two.certainty, two.reasons) == (one.verdict, one.certainty, one.reasons)
    assert [step.result for step in two.steps if step.rule == "evidence"] == ["1"]
    assert two.steps[0].references == ("b",)
    assert "study counted already" in two.steps[0].why.en
    twice = study("b", "case-series", participants=60)
    assert [step.result for step in of([small, twice]).steps if step.rule == "evidence"] == ["2"]


def test_the_weightier_record_of_a_study_counts_and_each_side_has_its_own() -> None:
    protocol = study("p", "protocol", related=(Relation("protocol-of", "t"),))
    found = of([protocol, study("t", "rct")])
    assert (found.verdict, found.certainty) == ("supported", "high")
    assert found.steps[0].references == ("p",)
    divided = of([protocol, study("t", "rct")], "contradicts", "supports")
    assert divided.steps[0].result == "2"


@pytest.mark.parametrize("kind", ["definition", "organisation"])
def test_what_no_study_measures_has_a_verdict_and_no_certainty(kind: str) -> None:
    found = of([study("a", "guideline")], kind=kind)
    assert (found.verdict, found.certainty, found.reasons) == ("supported", "none", ())


def test_what_differs_from_the_proposal_is_named() -> None:
    decided = claim(("a", "supports", DIRECT))
    found = propose(decided, {"a": study("a")})
    assert found.differs(decided) == ("verdict", "certainty")
    same = decided.model_copy(update={"verdict": "supported", "certainty": "high"})
    assert found.differs(same) == ()


designs = st.sampled_from(DESIGNS)


people = st.none() | st.integers(0, 5000)
directness = st.sampled_from([{}, DIRECT, {"population": "indirect"}])


@given(st.lists(st.tuples(designs, st.sampled_from(STANCES), people, directness), max_size=6))
def test_any_body_of_evidence_gets_a_whole_proposal(rows: list[Any]) -> None:
    library = {f"r{n}": study(f"r{n}", row[0], row[2]) for n, row in enumerate(rows)}
    links = [(f"r{n}", row[1], row[3]) for n, row in enumerate(rows)]
    found = propose(claim(*links), library)
    assert found.verdict in VERDICTS
    assert found.certainty in CERTAINTIES
    assert (found.certainty == "none") == (found.verdict in ("no-evidence-found", "not-checkable"))
    assert all(step.why.fr and step.why.en for step in found.steps)


def test_the_bundled_register_is_proposed_without_gaps(kb: KnowledgeBase) -> None:
    for text in kb.texts.values():
        for one in text.claims:
            found = propose(one, kb.library)
            assert {step.rule for step in found.steps} >= {"evidence", "start", "verdict"}
