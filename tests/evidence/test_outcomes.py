"""The summary of findings on a claim: rows, people, direction, what is left out."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from evidence.appraisal.outcomes import OutcomeRow, absolutes, outcome_group, summary_of_findings
from evidence.appraisal.told import ToldRow, told_summary
from evidence.claims.claim import Bilingual, Claim, Directness, Link
from evidence.knowledge import KnowledgeBase
from references.formats import write
from references.record import Finding, Harm, Reference, Study


@pytest.fixture(scope="module")
def base() -> KnowledgeBase:
    return KnowledgeBase()


def _claim(base: KnowledgeBase, claim_id: str) -> Claim:
    return base.text("vulvodynie-cryoneurolyse").claim(claim_id)


@pytest.mark.parametrize(
    ("value", "pairs"),
    [
        ("31 of 40 patients (78%); 70 treatments", ((31, 40),)),
        ("32 of 44 (73%) vs 21 of 45 (47%), P = 0.02", ((32, 44), (21, 45))),
        ("64% (16/25)", ((16, 25),)),
        ("8/10 to 3/10", ()),
        ("0.49 (95% CI -0.3 to 1.2)", ()),
    ],
)
def test_people_are_counted_only_where_they_are_printed(
    value: str, pairs: tuple[tuple[int, int], ...]
) -> None:
    assert absolutes(value) == pairs


@pytest.mark.parametrize(
    ("outcome", "group"),
    [
        ("NRS average pain, difference between groups", "pain"),
        ("patients helped", "relief"),
        ("mean time to recurrence", "time"),
        ("long-term pain and numbness", "nerve-harm"),
        ("daily inpatient opioid", "medication"),
        ("hospital stay", "stay"),
        ("studies included", "other"),
    ],
)
def test_outcomes_are_told_apart_by_their_words(outcome: str, group: str) -> None:
    assert outcome_group(Finding(outcome)) == group


def test_rows_keep_controlled_results_apart_and_count_each_person_once(
    base: KnowledgeBase,
) -> None:
    found = summary_of_findings(_claim(base, "pain-falls-in-many"), base.library)
    rows = {(r.outcome, r.comparison, r.other_treatment): r for r in found.rows}
    controlled = rows["pain", "controlled", False]
    keys = {effect.study.key for effect in controlled.effects}
    assert {"ilfeld2023phantom", "nygaard2025efficacy"} <= keys
    # Two results of one trial are its people once: 144, 87 and 180, as the trials print them.
    assert keys == {"ilfeld2023phantom", "nygaard2025efficacy", "radnovich2017knee"}
    assert (controlled.studies, controlled.people) == (3, 144 + 87 + 180)
    assert controlled.direction == "differs"
    alone = rows["pain", "uncontrolled", False]
    assert alone.reviews == 1, "a review counts people whom studies count too"
    assert alone.direction == "improvement"
    # Lidocaine and desipramine are not what the claim is about.
    assert {e.study.key for e in rows["pain", "controlled", True].effects} == {"foster2010oral"}


def test_what_bears_nothing_is_left_out(base: KnowledgeBase) -> None:
    claim = _claim(base, "pain-falls-in-many")
    shown = {e.study.key for r in summary_of_findings(claim, base.library).rows for e in r.effects}
    assert not shown & {link.reference for link in claim.links_of("background")}
    assert "levesque2022recommendations" not in shown, "a guideline measured nothing"
    unjudged = claim.model_copy(update={"verdict": None, "certainty": None, "rationale": None})
    assert not summary_of_findings(unjudged, base.library)


def test_adverse_events_have_their_people_and_serious_ones_come_first(
    base: KnowledgeBase,
) -> None:
    found = summary_of_findings(_claim(base, "severe-complications-rare"), base.library)
    names = [r.outcome for r in found.rows if not r.other_treatment]
    assert names.index("serious-events") < names.index("other-events")
    serious = next(r for r in found.rows if r.outcome == "serious-events")
    said = {e.study.key: e.absolute for e in serious.effects}
    assert said["radnovich2017knee"] == ((0, 121),)
    nobody = [e.harm is not None and e.harm.number == 0 for e in serious.effects]
    assert any(nobody)
    assert nobody == sorted(nobody), "what happened to somebody is not behind what did not"


def test_the_side_is_said_with_the_name_of_the_treatment(base: KnowledgeBase) -> None:
    claim = _claim(base, "pain-falls-in-many")
    sides = {
        language: {
            effect.side
            for row in told_summary(claim, base, language).rows
            for effect in row.effects
        }
        for language in ("en", "fr")
    }
    assert {"favours cryoneurolysis", "no difference shown"} <= sides["en"]
    assert "en faveur du traitement testé (cryoneurolyse)" in sides["fr"]
    assert "amélioration, sans groupe témoin" in sides["fr"]


def test_only_what_every_study_states_is_called_direct(base: KnowledgeBase) -> None:
    for text in base.texts.values():
        for claim in text.claims:
            for told in told_summary(claim, base, "en").rows:
                links = [effect.study.link.directness.as_dict() for effect in told.row.effects]
                stated = [set(one) for one in links]
                if any("indirect" in one.values() for one in links):
                    assert told.directness.startswith("indirect ("), claim.id
                elif all({"population", "intervention", "outcome"} <= one for one in stated):
                    assert told.directness == "direct", claim.id
                elif not set.intersection(*stated):
                    assert told.directness == "directness not stated", claim.id
                else:
                    assert told.directness.startswith("direct ("), claim.id


def _study(key: str, design: str, people: int | None, *, favours: str = "") -> Reference:
    return Reference(
        key,
        title=f"Cold of {key}",
        year=2020,
        study=Study(design=design, participants=people, interventions=("cryoneurolysis",)),
        findings=(Finding("pain", value="6 to 2", favours=favours),),
    )


def _base_of(records: list[Reference], base: KnowledgeBase, folder: Path) -> KnowledgeBase:
    """A base of its own with some records, and the words of the bundled one."""
    shutil.copytree(base.vocabulary_folder, folder / "vocabulary")
    (folder / "few.bib").write_text(write(records, "bibtex")[0], "utf-8")
    (folder / "kb.toml").write_text('references = "."\ntexts = "."\nvocabulary = "vocabulary"\n')
    return KnowledgeBase(folder)


@pytest.fixture(scope="module")
def told(
    base: KnowledgeBase, tmp_path_factory: pytest.TempPathFactory
) -> Callable[[str, str], dict[str, ToldRow]]:
    """The rows of a claim to which six small records are linked, by their comparison."""
    records = [
        _study("rats", "animal", 12, favours="improvement"),
        _study("mice", "animal", None, favours="improvement"),
        _study("one", "rct", 40, favours="intervention"),
        _study("two", "rct", None, favours="intervention"),
        _study("review", "systematic-review", 900, favours="intervention"),
        _study("series", "case-series", 1, favours="improvement"),
    ]
    own = _base_of(records, base, tmp_path_factory.mktemp("outcomes"))

    def rows(language: str, outcome: str = "direct") -> dict[str, ToldRow]:
        about = Directness.model_validate({"outcome": outcome})
        claim = _claim(base, "pain-falls-in-many").model_copy(
            update={
                "links": tuple(
                    Link(
                        reference=one.key,
                        stance="supports",
                        finding="pain",
                        directness=about,
                        note=Bilingual(fr="-", en="-"),
                    )
                    for one in records
                )
            }
        )
        return {row.row.comparison: row for row in told_summary(claim, own, language).rows}

    return rows


def test_who_was_counted_is_said_in_words(
    told: Callable[..., dict[str, ToldRow]],
) -> None:
    english = {name: row.studies for name, row in told("en").items()}
    assert english == {
        "controlled": "2 studies, 40 people, 1 without a number, 1 review",
        "uncontrolled": "1 study, 1 person",
        "animals": "2 studies, 12 animals",
    }
    french = {name: row.studies.replace("\u00a0", " ") for name, row in told("fr").items()}
    assert french["uncontrolled"] == "1 étude, 1 personne"
    assert french["animals"] == "2 études, 12 animaux"


def test_how_direct_a_row_is(told: Callable[..., dict[str, ToldRow]]) -> None:
    assert {row.directness for row in told("en").values()} == {"direct (outcome)"}
    assert {row.directness for row in told("en", "indirect").values()} == {"indirect (outcome)"}


@pytest.mark.parametrize(
    ("comparison", "other_treatment", "apart"),
    [
        ("controlled", False, False),
        ("", False, False),
        ("animals", False, True),
        ("controlled", True, True),
        ("animals", True, True),
    ],
)
def test_what_is_not_about_the_treatment_in_people_stands_apart(
    comparison: str, other_treatment: bool, apart: bool
) -> None:
    row = OutcomeRow("pain", comparison, other_treatment, (), 0, 0, 0, 0, "", ())
    assert row.is_apart is apart


def test_what_cannot_be_a_count_of_people_is_none() -> None:
    assert absolutes("1 of 1") == ()
    assert absolutes("9 of 8") == ()
    assert absolutes("8 of 8") == ((8, 8),)
    assert absolutes("1 of 2") == ((1, 2),)


# ---- a row by the treatments its studies tested ---------------------------------------------

#: Records named after what they tested; percutaneous cryoneurolysis and a cryoprobe are narrower
#: than cryoneurolysis in the vocabulary, a nerve block and surgery are something else.
_TESTED = {
    "cold": ("cryoneurolysis",),
    "needle": ("percutaneous-cryoneurolysis",),
    "needle-block": ("nerve-block", "percutaneous-cryoneurolysis"),
    "needle-probe": ("percutaneous-cryoneurolysis", "cryoprobe", "nerve-block"),
    "four": ("nerve-block", "surgery", "yoga", "massage"),
    "untold": (),
}


@pytest.fixture(scope="module")
def tested(base: KnowledgeBase, tmp_path_factory: pytest.TempPathFactory) -> KnowledgeBase:
    records = [
        Reference(
            key,
            title=f"A trial of {key}",
            year=2020,
            study=Study(design="rct", participants=40, interventions=treatments),
            findings=(Finding("pain", value="9 of 20 vs 4 of 20", favours="intervention"),),
            harms=(Harm("nausea", 2, 40, serious=False), Harm("bruise", 3, None, serious=True)),
        )
        for key, treatments in _TESTED.items()
    ]
    return _base_of(records, base, tmp_path_factory.mktemp("tested"))


def _rows(
    base: KnowledgeBase,
    own: KnowledgeBase,
    abouts: dict[str, dict[str, str]],
    language: str = "en",
    **more: Any,
) -> tuple[ToldRow, ...]:
    """The rows of a claim about cryoneurolysis to which records are linked, so direct each."""
    links = tuple(
        Link(
            reference=key,
            stance="supports",
            finding="pain",
            directness=Directness.model_validate(about),
            note=Bilingual(fr="-", en="-"),
        )
        for key, about in abouts.items()
    )
    claim = _claim(base, "pain-falls-in-many").model_copy(update={"links": links, **more})
    return told_summary(claim, own, language).rows


@pytest.mark.parametrize(
    ("keys", "meant", "direction", "sides"),
    [
        (("needle",), ("cryoneurolysis",), "percutaneous cryoneurolysis", ()),
        (("needle-block",), ("cryoneurolysis",), "percutaneous cryoneurolysis", ()),
        (("needle-block",), ("nerve-block",), "nerve block", ()),
        (("needle-probe",), ("cryoneurolysis",), "cryoneurolysis", ()),
        (("needle-probe",), ("cryoneurolysis", "nerve-block"), "the treatment", ()),
        (("four",), ("cryoneurolysis",), "the treatment", ()),
        (("untold",), ("cryoneurolysis",), "the treatment", ()),
        (("cold", "needle-probe"), ("cryoneurolysis",), "cryoneurolysis", ()),
        (
            ("cold", "needle"),
            ("cryoneurolysis",),
            "the treatment",
            ("cryoneurolysis", "percutaneous cryoneurolysis"),
        ),
    ],
)
def test_a_row_names_the_treatment_where_its_studies_tested_one(
    base: KnowledgeBase,
    tested: KnowledgeBase,
    keys: tuple[str, ...],
    meant: tuple[str, ...],
    direction: str,
    sides: tuple[str, ...],
) -> None:
    (row,) = _rows(base, tested, {key: {} for key in keys}, intervention=meant)
    assert row.direction == f"favours {direction}"
    each = sides or (direction,) * len(keys)
    assert [effect.side for effect in row.effects] == [f"favours {one}" for one in each]
    assert {effect.absolute for effect in row.effects} == {"9 of 20 vs 4 of 20"}
    assert {effect.tested for effect in row.effects} == {""}


@pytest.mark.parametrize(
    ("abouts", "words"),
    [
        ([("population", "intervention", "outcome")], "direct"),
        ([("population", "intervention", "outcome", "comparator")], "direct"),
        ([("population", "intervention")], "direct (population, intervention)"),
        ([("population", "intervention", "comparator")], "direct (population, intervention, "),
        ([("population", "outcome"), ("outcome",)], "direct (outcome)"),
        ([("outcome",), ("population", "outcome")], "direct (outcome)"),
        ([("population",), ("outcome",)], "directness not stated"),
        ([()], "directness not stated"),
    ],
)
def test_direct_without_saying_in_what_only_where_all_three_are_stated(
    base: KnowledgeBase, tested: KnowledgeBase, abouts: list[tuple[str, ...]], words: str
) -> None:
    stated = [dict.fromkeys(one, "direct") for one in abouts]
    (row,) = _rows(base, tested, dict(zip(("cold", "needle"), stated, strict=False)))
    assert row.directness.startswith(words)
    assert ("(" in row.directness) is ("(" in words)


def test_another_treatment_is_named_up_to_three(base: KnowledgeBase, tested: KnowledgeBase) -> None:
    (row,) = _rows(base, tested, {"four": {"intervention": "indirect"}})
    assert row.comparison == "another treatment, against a control group"
    assert row.directness == "indirect (intervention)"
    assert [effect.tested for effect in row.effects] == ["nerve block, surgery, yoga"]
    (french,) = _rows(base, tested, {"four": {"intervention": "indirect"}}, "fr")
    assert [effect.absolute.replace("\u00a0", " ") for effect in french.effects] == [
        "9 sur 20 contre 4 sur 20"
    ]


def test_adverse_events_say_of_how_many_once(base: KnowledgeBase, tested: KnowledgeBase) -> None:
    rows = {row.row.outcome: row for row in _rows(base, tested, {"cold": {}}, kind="safety")}
    assert list(rows) == ["serious-events", "other-events", "pain"]
    told = {
        name: [(e.absolute, e.figures, e.side) for e in row.effects] for name, row in rows.items()
    }
    assert told["other-events"] == [("2 of 40", "", "")]
    assert told["serious-events"] == [("", "3", "")], "of how many is not said"
    assert rows["serious-events"].comparison == rows["serious-events"].direction == ""
