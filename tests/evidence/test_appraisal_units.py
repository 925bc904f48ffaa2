"""The rules of appraisal at their thresholds, with bodies of evidence added up by hand.

A study weighs 6 minus its Oxford level: a trial 4, a controlled study 3, a case series 2, an
experiment 1; what the table does not rank 1; half when indirect, half when incomplete. Four
hundred participants are GRADE's (Guyatt 2011, 1283-93); docs/appraisal.md names the others.
"""

from __future__ import annotations

from typing import Any

import pytest

from evidence.appraisal.certainty import certainty_of, sums_of, weigh
from evidence.appraisal.harms import harms_in, is_about
from evidence.appraisal.level import level, level_order
from evidence.appraisal.reasons import because
from evidence.appraisal.verdict import Proposal, Step, propose
from evidence.claims.claim import Anchor, Bilingual, Claim, Directness, Link
from evidence.knowledge import KnowledgeBase
from references.record import Author, Finding, Reference, Relation, Study

SAYS = Bilingual(fr="-", en="-")
DIRECT = {"population": "direct"}
FAR = {"population": "indirect"}
TRIAL, CONTROLLED, SERIES, ANIMAL, ADVICE = (
    "rct",
    "nonrandomised-trial",
    "case-series",
    "animal",
    "editorial",
)


def study(key: str, design: str = TRIAL, people: int | None = 500, **more: Any) -> Reference:
    about = {name: more.pop(name) for name in ("comparison", "comparators", "arms") if name in more}
    fields: dict[str, Any] = {"title": "A study", "authors": (Author("Moreau"),), "year": 2020}
    return Reference(
        key, study=Study(design=design, participants=people, **about), **{**fields, **more}
    )


def of(*rows: tuple[Any, ...], kind: Any = "efficacy") -> Proposal:
    """The proposal for studies given as (reference or design, stance, directness)."""
    library, links = {}, []
    for number, (what, stance, *direct) in enumerate(rows):
        reference = study(f"r{number}", what) if isinstance(what, str) else what
        library[reference.key] = reference
        about = Directness(**(direct[0] if direct else DIRECT))
        links.append(Link(reference=reference.key, stance=stance, directness=about, note=SAYS))
    return propose(asked(*links, kind=kind), library)


def asked(*links: Link, kind: Any = "efficacy") -> Claim:
    return Claim(
        id="c",
        section="s",
        anchor=Anchor(start="x"),
        statement=SAYS,
        kind=kind,
        verdict="mixed",
        certainty="low",
        rationale=SAYS,
        links=links,
    )


def step(found: Proposal, rule: str) -> Step:
    (one,) = (one for one in found.steps if one.rule == rule)
    return one


def supports(design: Any, times: int = 1) -> list[tuple[Any, ...]]:
    return [(design, "supports")] * times


# ---- weights ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("reference", "direct", "weight"),
    [
        (study("a", "meta-analysis", title="Randomised trials"), DIRECT, 5),
        (study("a"), DIRECT, 4),
        (study("a", CONTROLLED), DIRECT, 3),
        (study("a", SERIES), DIRECT, 2),
        (study("a", ANIMAL), DIRECT, 1),
        (study("a", ADVICE), DIRECT, 1),
        (study("a"), FAR, 2),
        (study("a"), {**FAR, "outcome": "indirect"}, 2),
        (study("a", authors=()), DIRECT, 2),
        (study("a", authors=()), FAR, 1),
        (study("a", status="retracted"), DIRECT, 0),
        (study("a", status="not-located"), DIRECT, 0),
        (study("a", status="corrected"), DIRECT, 4),
    ],
)
def test_what_a_study_weighs(reference: Reference, direct: dict[str, str], weight: float) -> None:
    link = Link(reference="a", stance="supports", directness=Directness(**direct), note=SAYS)
    (weighed,) = weigh(asked(link), {"a": reference})
    assert weighed.weight == weight
    assert sums_of([weighed]) == {"supports": weight, "qualifies": 0, "contradicts": 0}
    assert weighed.indirect == tuple(name for name, value in direct.items() if value == "indirect")
    assert weigh(asked(link), {}) == []
    background = link.model_copy(update={"stance": "background"})
    assert weigh(asked(background), {"a": reference})[0].weight == 0


@pytest.mark.parametrize(
    ("design", "kind", "start"),
    [
        (TRIAL, "efficacy", 3),
        ("meta-analysis", "efficacy", 1),  # the record does not say of what
        (CONTROLLED, "efficacy", 1),
        (SERIES, "efficacy", 1),
        (ANIMAL, "efficacy", 0),
        (ANIMAL, "mechanism", 1),
        ("cadaver", "mechanism", 1),
        ("guideline", "efficacy", 0),
        ("guideline", "procedure", 1),
        ("guideline", "preparation", 1),
        (ADVICE, "procedure", 0),
        ("", "efficacy", 0),
    ],
)
def test_where_certainty_starts(design: str, kind: str, start: int) -> None:
    """Balshem 2011: randomised trials start high, observational studies low."""
    link = Link(reference="a", stance="supports", note=SAYS)
    (weighed,) = weigh(asked(link, kind=kind), {"a": study("a", design)})
    assert weighed.start == start


def test_a_review_of_trials_starts_high_and_one_of_case_series_low() -> None:
    link = Link(reference="a", stance="supports", note=SAYS)
    for title, start in (("Randomised trials", 3), ("A review of case series", 1)):
        (weighed,) = weigh(asked(link), {"a": study("a", "systematic-review", title=title)})
        assert weighed.start == start


# ---- verdicts ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rows", "verdict", "shares"),
    [
        (supports(TRIAL), "supported", "supports 4, qualifies 0, contradicts 0"),
        # contradiction from one fifth of the weight is mixed, from three fifths the answer
        ([*supports(TRIAL, 4), (TRIAL, "contradicts")], "mixed", "supports 16, "),
        ([*supports(TRIAL, 4), (CONTROLLED, "contradicts")], "supported", "contradicts 3"),
        ([*supports(TRIAL, 2), *[(TRIAL, "contradicts")] * 3], "contradicted", "contradicts 12"),
        ([*supports(TRIAL, 1), (TRIAL, "contradicts")], "mixed", "contradicts 4"),
        ([(TRIAL, "qualifies"), (TRIAL, "contradicts")], "mixed", "qualifies 4, contradicts 4"),
        ([(TRIAL, "qualifies")] + [(TRIAL, "contradicts")] * 2, "contradicted", "contradicts 8"),
        # up to two fifths may qualify
        ([*supports(TRIAL, 3), (TRIAL, "qualifies"), (TRIAL, "qualifies")], "supported", "8"),
        ([*supports(TRIAL), (CONTROLLED, "qualifies")], "partly-supported", "qualifies 3"),
        # what only qualifies supports in part when it is ranked and direct
        ([(TRIAL, "qualifies")], "partly-supported", "supports 0"),
        ([(ADVICE, "qualifies")], "no-evidence-found", "qualifies 1"),
        ([(TRIAL, "qualifies", FAR)], "no-evidence-found", "qualifies 2"),
        # indirect or incomplete records alone support in part
        ([(TRIAL, "supports", FAR)], "partly-supported", "supports 2"),
        ([(TRIAL, "supports", FAR), (TRIAL, "supports")], "supported", "supports 6"),
        ([(study("a", authors=()), "supports")], "partly-supported", "supports 2"),
        (
            [(study("a", authors=()), "supports"), (TRIAL, "supports", FAR)],
            "partly-supported",
            "supports 4",
        ),
        ([(TRIAL, "background")], "no-evidence-found", "supports 0"),
    ],
)
def test_verdicts_by_weight(rows: list[tuple[Any, ...]], verdict: str, shares: str) -> None:
    found = of(*rows)
    assert found.verdict == verdict
    last = step(found, "verdict")
    assert shares in last.why.en
    assert shares in last.why.fr
    assert last.result == verdict


def test_an_organisation_with_studies_is_judged_by_them() -> None:
    assert of((TRIAL, "supports"), kind="organisation").verdict == "supported"
    assert of((TRIAL, "background"), kind="organisation").verdict == "not-checkable"
    assert of((TRIAL, "background"), kind="organisation").certainty == "none"


def test_the_first_step_counts_the_studies() -> None:
    one = step(of((TRIAL, "supports")), "evidence")
    assert (one.result, one.why.en, one.references) == ("1", "1 study counts", ())
    more = step(of((TRIAL, "supports"), (TRIAL, "supports"), (TRIAL, "background")), "evidence")
    assert (more.result, more.references) == ("2", ("r2",))
    assert more.why.en.startswith("2 studies count; 1 left out")


# ---- certainty --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("people", "certainty", "words"),
    [
        (400, "high", "400 participants in all"),
        (399, "moderate", "399 participants in all, fewer than 400"),
        (50, "moderate", "fewer than 400"),
        (49, "low", "49 participants in all, fewer than 50"),
        (None, "high", "not known"),
        (0, "high", "not known"),
    ],
)
def test_how_many_people_are_enough(people: int | None, certainty: str, words: str) -> None:
    found = of((study("a", people=people), "supports"))
    assert found.certainty == certainty
    assert words in step(found, "imprecision").why.en
    assert step(found, "imprecision").change == {"high": 0, "moderate": -1, "low": -2}[certainty]


@pytest.mark.parametrize("kind", ["definition", "organisation"])
def test_what_is_right_or_not_is_not_graded(kind: str) -> None:
    found = of((study("a", people=20), "supports"), kind=kind)
    assert (found.verdict, found.certainty, found.reasons) == ("supported", "none", ())
    assert "not graded" in step(found, "start").why.en


def test_people_are_added_up_and_matter_only_for_studies_of_people() -> None:
    halves = [(study(name, people=200), "supports") for name in "ab"]
    assert of(*halves).certainty == "high"
    with_unknown = [(study("a", people=60), "supports"), (study("b", people=None), "supports")]
    assert "60 participants" in step(of(*with_unknown), "imprecision").why.en
    for found in (
        of((study("a", ANIMAL, 8), "supports"), kind="mechanism"),
        of((study("a", TRIAL, 8), "supports"), kind="procedure"),
        of((study("a", ADVICE, 8), "supports")),
    ):
        assert step(found, "imprecision").why.en == "does not apply here"
    mixed = of(
        (study("a", ANIMAL, 8), "supports"), (study("b", SERIES, 8), "supports"), kind="mechanism"
    )
    assert "16 participants" in step(mixed, "imprecision").why.en


def test_only_the_studies_that_start_highest_are_graded() -> None:
    found = of((study("a", people=500), "supports"), (study("b", SERIES, 10), "supports"))
    start = step(found, "start")
    assert (start.references, start.result, start.change) == (("a",), "high", 0)
    assert "(1)" in start.why.en
    assert found.certainty == "high"


@pytest.mark.parametrize(
    ("rows", "change", "share"),
    [
        ([*supports(TRIAL, 4), (TRIAL, "contradicts")], -1, "20%"),
        ([*supports(TRIAL, 4), (CONTROLLED, "contradicts")], 0, ""),
        ([(TRIAL, "supports"), *[(TRIAL, "contradicts")] * 3], -1, "25%"),
        ([(TRIAL, "qualifies"), (TRIAL, "contradicts")], 0, ""),
    ],
)
def test_when_studies_oppose_each_other(
    rows: list[tuple[Any, ...]], change: int, share: str
) -> None:
    judged = step(of(*rows), "inconsistency")
    assert judged.change == change
    assert share in judged.why.en
    assert len(judged.references) == (len(rows) if change else 0)


@pytest.mark.parametrize(
    ("directs", "change", "words"),
    [
        ([DIRECT], 0, "at least one study is direct"),
        ([{}], 0, "do not say whether"),
        ([{}, DIRECT], 0, "at least one study is direct"),
        ([FAR], -1, "indirect: population"),
        ([FAR, DIRECT], 0, "direct"),
        ([FAR, {"outcome": "indirect"}], -1, "indirect: population, outcome"),
        ([{**FAR, "outcome": "indirect"}], -2, "indirect: population, outcome"),
        ([{**FAR, "outcome": "indirect"}, FAR], -1, "indirect: population"),
        ([{"intervention": "indirect", "comparator": "indirect"}], -2, "intervention, comparator"),
    ],
)
def test_indirectness(directs: list[dict[str, str]], change: int, words: str) -> None:
    judged = step(of(*((TRIAL, "supports", direct) for direct in directs)), "indirectness")
    assert judged.change == change
    assert judged.why.en.endswith(words) or words in judged.why.en
    assert len(judged.references) == (len(directs) if change else 0)


def test_bias_that_a_record_tells() -> None:
    doubtful = study("a", status="expression-of-concern")
    judged = step(of((doubtful, "supports"), (TRIAL, "supports")), "risk-of-bias")
    assert (judged.change, judged.references) == (-1, ("a",))
    lone = step(of((SERIES, "supports"), (SERIES, "supports")), "risk-of-bias")
    assert (lone.change, lone.references) == (-1, ("r0", "r1"))
    beside = step(of((SERIES, "supports"), (CONTROLLED, "supports")), "risk-of-bias")
    assert (beside.change, beside.references) == (0, ())


@pytest.mark.parametrize(
    ("finding", "change"),
    [
        (Finding("relapse", value="RR 2.0"), 1),
        (Finding("relapse", text="The odds ratio of 1.99 was small."), 0),
        (Finding("relapse", text="Hazard ratio: 0,5"), 1),
        (Finding("relapse", value="OR 0.51"), 0),
        (Finding("relapse", value="OR = 5"), 2),
        (Finding("relapse", value="HR 0.2"), 2),
        (Finding("relapse", value="HR 0"), 0),
        (Finding("relapse", value="7 of 9"), 0),
    ],
)
def test_large_effects(finding: Finding, change: int) -> None:
    found = of((study("a", CONTROLLED, findings=(finding,)), "supports"))
    raised = [one for one in found.steps if one.rule == "large-effect"]
    assert [one.change for one in raised] == ([change] if change else [])
    assert found.certainty == ("low", "moderate", "high")[change]
    assert found.reasons == (("large-effect",) if change else ())


def test_a_large_effect_names_the_studies_that_show_it() -> None:
    large = study("a", CONTROLLED, findings=(Finding("x", value="RR 3"),))
    huge = study("b", CONTROLLED, findings=(Finding("x", value="RR 6"),))
    assert step(of((large, "supports"), (huge, "supports")), "large-effect").references == ("b",)
    assert step(of((large, "supports"), (CONTROLLED, "supports")), "large-effect").references == (
        "a",
    )
    trial = study("a", TRIAL, findings=(Finding("x", value="RR 6"),))
    assert of((trial, "supports")).certainty == "high"  # no higher, and no step
    assert all(one.rule != "large-effect" for one in of((trial, "supports")).steps)


def test_certainty_stays_between_very_low_and_high() -> None:
    worst = study("a", SERIES, 10, status="expression-of-concern")
    found = of((worst, "supports", {**FAR, "outcome": "indirect"}))
    assert found.certainty == "very-low"
    assert found.reasons == ("risk-of-bias", "indirectness", "imprecision")
    assert [one.result for one in found.steps][-2:] == ["very-low", found.verdict]
    assert certainty_of("efficacy", [])[:2] == ("none", ("no-studies",))


def test_an_animal_alone_is_very_low_and_a_mechanism_low() -> None:
    assert of((ANIMAL, "supports")).certainty == "very-low"
    assert of((ANIMAL, "supports"), kind="mechanism").certainty == "low"


# ---- levels and their order ---------------------------------------------------------------


@pytest.mark.parametrize(
    ("fields", "number", "provisional"),
    [
        ({"comparison": "usual care"}, 3, False),
        ({"comparators": ("sham",)}, 3, False),
        ({"comparison": " ", "arms": "one"}, 4, False),
        ({}, 4, True),
    ],
)
@pytest.mark.parametrize("design", ["cohort-prospective", "cohort-retrospective"])
def test_a_cohort_is_controlled_when_its_record_says_by_what(
    design: str, fields: dict[str, Any], number: int, provisional: bool
) -> None:
    found = level(study("a", design, **fields))
    assert (found.number, found.provisional) == (number, provisional)


@pytest.mark.parametrize(
    ("title", "number", "provisional"),
    [
        ("A review of RCTs", 1, False),
        ("Revue d’essais randomisés", 1, False),
        ("A review of randomised and non-randomised studies", 1, False),
        ("A review of non-randomised studies", 3, False),
        ("Lack of randomized trials", 3, False),
        ("A scoping review", 3, False),
        ("A review", 1, True),
    ],
)
def test_what_a_review_is_of(title: str, number: int, provisional: bool) -> None:
    found = level(study("a", "systematic-review", title=title))
    assert (found.number, found.provisional) == (number, provisional)
    said = study("a", "systematic-review", title="x", findings=(Finding("pain", text=title),))
    assert level(said).number == number


def test_the_key_of_the_order_by_level() -> None:
    assert level_order(study("a", year=2019)) == (2, -2019, "a")
    assert level_order(study("a", ADVICE, year=None)) == (6, 0, "a")
    known = level(study("b", SERIES))
    assert level_order(study("a"), known=known)[0] == 4
    assert level(study("a"), "safety").question == "harm"
    assert level(study("a"), "durability").question == "benefit"


def test_a_reason_in_two_languages() -> None:
    """A value in two languages stands in the sentence of its own."""
    both = Bilingual(fr="un", en="one")
    found = because("indirect", elements=both)
    assert found.fr.endswith(": un")
    assert found.en.endswith(": one")
    assert "(25%" in because("opposed", share=0.25).en


# ---- harms ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("title", "study_of", "intervention", "is_one"),
    [
        ("Cryoneurolysis of the pudendal nerve", {}, "cryoneurolysis", True),
        ("Cryoablation of the pudendal nerve", {}, "cryoneurolysis", True),
        ("Cryoablation of a tumour", {}, "cryoneurolysis", False),
        ("Cryoablation of a tumour", {"nerves": ("pudendal-nerve",)}, "cryoneurolysis", True),
        ("Exercises for the pudendal nerve", {}, "cryoneurolysis", False),
        ("A nerve block of the hand", {}, "nerve-block", True),
        ("Cryoneurolysis of the hand", {}, "nerve-block", False),
        ("Cold", {"interventions": ("nerve-block",)}, "cryoneurolysis", False),
        ("Cold", {"interventions": ("cryoneurolysis",)}, "cryoneurolysis", True),
    ],
)
def test_what_a_record_is_about(
    title: str, study_of: dict[str, Any], intervention: str, is_one: bool
) -> None:
    reference = Reference("a", title=title, study=Study(**study_of))
    assert is_about(reference, intervention, KnowledgeBase().vocabulary) is is_one


def test_words_of_a_harm_as_they_are_written() -> None:
    """The words found are those of the record, with their capitals; each kind once."""
    text = "Two Pneumothoraces; one pneumothorax more. Death in one."
    found = harms_in(Reference("a", title="x", study=Study(harms=text)))
    assert [(one.kind.id, one.words) for one in found] == [
        ("death", "Death"),
        ("pneumothorax", "Pneumothoraces"),
    ]
    folded = harms_in(Reference("a", title="x", study=Study(harms="Œdème, puis décès en un jour.")))
    assert [one.words for one in folded] == ["deces"]
    both = Reference(
        "a",
        title="x",
        study=Study(harms="One death."),
        findings=(Finding("deaths", value="2 of 40", text="Two fatal haemorrhages."),),
    )
    assert [(one.kind.id, one.field) for one in harms_in(both)] == [
        ("death", "harms"),
        ("bleeding", "finding"),
    ]
    mechanism = (
        Finding("mechanism", text="Cold brings death."),
        Finding("deaths", value="2 of 40"),
    )
    assert [one.kind.id for one in harms_in(Reference("a", title="x", findings=mechanism))] == [
        "death"
    ]
    keyword = Reference("a", title="x", keywords=("neuroma",), findings=(Finding("neuroma pain"),))
    assert harms_in(keyword) == []


# ---- the Oxford table by question, row by row as it is printed (OCEBM 2011) ---------------


@pytest.mark.parametrize(
    ("kind", "design", "words", "number"),
    [
        ("frequency", "cross-sectional", "a random sample of women", 1),
        ("frequency", "systematic-review", "surveys of prevalence", 2),
        ("frequency", "cross-sectional", "women in our clinic", 3),
        ("frequency", "case-series", "", 4),
        ("frequency", "animal", "", None),
        ("diagnosis", "systematic-review", "diagnostic accuracy", 1),
        ("diagnosis", "cross-sectional", "against a reference standard", 2),
        ("diagnosis", "cohort-prospective", "", 3),
        ("diagnosis", "case-control", "", 4),
        ("diagnosis", "cadaver", "", 5),
        ("course", "systematic-review", "inception cohorts", 1),
        ("course", "cohort-prospective", "an inception cohort", 2),
        ("course", "cohort-retrospective", "", 3),
        ("course", "rct", "", 3),
        ("course", "case-series", "", 4),
        ("course", "laboratory", "", None),
        ("symptom", "cross-sectional", "population-based", 1),
        ("cause", "case-control", "", 4),
        ("safety", "rct", "", 2),
    ],
)
def test_each_question_has_rows_of_its_own(
    kind: str, design: str, words: str, number: int | None
) -> None:
    reference = Reference("a", title=words or "x", study=Study(design=design))
    assert level(reference, kind).number == number


@pytest.mark.parametrize(
    ("kind", "design", "words", "provisional"),
    [
        ("frequency", "cross-sectional", "a random sample of women", True),  # local? nobody says
        ("frequency", "cross-sectional", "women in our clinic", False),
        ("frequency", "case-series", "", False),
        ("diagnosis", "cohort-prospective", "", False),
        ("diagnosis", "case-control", "", False),
        ("course", "rct", "", False),
        ("course", "nonrandomised-trial", "", False),
        ("course", "case-series", "", False),
        ("efficacy", "systematic-review", "observational studies", False),
        ("efficacy", "systematic-review", "everything", True),
        ("efficacy", "editorial", "", False),
    ],
)
def test_a_level_is_provisional_where_its_condition_is_not_known(
    kind: str, design: str, words: str, provisional: bool
) -> None:
    reference = Reference("a", title=words or "x", study=Study(design=design))
    assert level(reference, kind).provisional is provisional


def test_only_domains_of_certainty_change_it() -> None:
    assert step(of(*supports(TRIAL, 2)), "verdict").change == 0


# ---- questions that nobody answers by drawing lots ----------------------------------------


@pytest.mark.parametrize(
    ("kind", "design", "words", "start"),
    [
        ("frequency", "cross-sectional", "a random sample of women", 3),  # level 1
        ("frequency", "systematic-review", "surveys of prevalence", 3),  # 2
        ("frequency", "cross-sectional", "women in our clinic", 2),  # 3
        ("frequency", "case-series", "", 1),  # 4
        ("frequency", "animal", "", 0),  # not ranked
        ("diagnosis", "cross-sectional", "against a reference standard", 3),
        ("diagnosis", "cohort-prospective", "", 2),
        ("diagnosis", "cadaver", "", 1),  # 5
        ("course", "cohort-prospective", "an inception cohort", 3),
        ("course", "rct", "", 2),
        ("safety", "cohort-prospective", "an inception cohort", 1),  # a harm: lots are drawn
    ],
)
def test_where_certainty_starts_for_what_is_observed(
    kind: str, design: str, words: str, start: int
) -> None:
    """Iorio 2015 and Schünemann 2008: the design that the question asks for starts high."""
    link = Link(reference="a", stance="supports", note=SAYS)
    reference = Reference("a", title=words or "x", study=Study(design=design))
    (weighed,) = weigh(asked(link, kind=kind), {"a": reference})
    assert weighed.start == start


def test_the_best_level_of_an_observed_question_is_said() -> None:
    survey = study("a", "cross-sectional", title="A random sample of women")
    review = study("b", "systematic-review", title="Surveys of prevalence")
    for rows, number, count in (
        ((survey, review), 1, 2),
        ((review, survey), 1, 2),
        ((review,), 2, 1),
    ):
        found = of(*((one, "supports") for one in rows), kind="frequency")
        assert f"of level {number} for this question ({count})" in step(found, "start").why.en
    unranked = of((ANIMAL, "supports"), kind="frequency")
    assert "opinion or mechanism (1)" in step(unranked, "start").why.en


# ---- what counts once, and which finding --------------------------------------------------


def test_records_of_one_study_count_once_on_a_side() -> None:
    again = study("b", related=(Relation("same-study", "a"),))
    other = study("c")
    library = {one.key: one for one in (study("a", SERIES), again, other)}

    def weights(*stances: tuple[str, str]) -> list[float]:
        links = [Link(reference=key, stance=stance, note=SAYS) for key, stance in stances]  # type: ignore[arg-type]
        return [one.weight for one in weigh(asked(*links), library)]

    assert weights(("a", "supports"), ("b", "supports"), ("c", "supports")) == [0, 4, 4]
    assert weights(("a", "supports"), ("b", "contradicts")) == [2, 4], "each side by itself"


def test_a_large_effect_is_that_of_the_finding_a_link_rests_on() -> None:
    """Guyatt 2011, 1311-6: and only where nothing has lowered the certainty."""
    found = (Finding("pain", value="RR 1.2"), Finding("relapse", value="RR 6"))

    def changes(finding: str, people: int = 500) -> list[int]:
        link = Link(
            reference="a",
            stance="supports",
            finding=finding,
            directness=Directness(**DIRECT),  # type: ignore[arg-type]
            note=SAYS,
        )
        proposal = propose(asked(link), {"a": study("a", CONTROLLED, people, findings=found)})
        return [one.change for one in proposal.steps if one.rule == "large-effect"]

    assert (changes("pain"), changes("relapse"), changes("")) == ([], [2], [2])
    assert changes("relapse", 399) == []


def test_the_elements_in_which_a_study_is_direct() -> None:
    about = Directness(population="direct", outcome="indirect", comparator="direct")
    link = Link(reference="a", stance="supports", directness=about, note=SAYS)
    (weighed,) = weigh(asked(link), {"a": study("a")})
    assert (weighed.direct, weighed.indirect) == (("population", "comparator"), ("outcome",))
