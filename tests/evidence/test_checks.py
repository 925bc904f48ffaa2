"""Each fault that an audit found, put into a sound base: exactly that rule speaks.

The base in `tests/data/checks` breaks no rule. A case changes one value of it and names the field
and the words of
the one problem that must follow.
"""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from evidence.checks.figures import Estimate, estimates, numbers
from evidence.checks.run import Findings, check_integrity
from evidence.checks.wording import differences
from evidence.knowledge import KnowledgeBase

#: A base that breaks no rule; no work in it exists.
SOUND = Path(__file__).parent.parent / "data" / "checks"


@pytest.fixture
def base(tmp_path: Path) -> Path:
    return Path(shutil.copytree(SOUND, tmp_path / "base"))


def check(base: Path) -> Findings:
    return check_integrity(KnowledgeBase(base))


def changed(base: Path, file: str, old: str, new: str) -> Findings:
    """What the check finds once a value of a file is another one."""
    path = base / file
    whole = path.read_text()
    assert old in whole, f"the base does not hold {old!r}"
    path.write_text(whole.replace(old, new, 1))
    return check(base)


def test_the_base_breaks_no_rule(base: Path) -> None:
    found = check(base)
    assert found.errors == []
    assert [str(one) for one in found.warnings] == []


@pytest.mark.parametrize(
    ("old", "new", "field", "says"),
    [
        ("favours=neither", "favours=nobody", "trial2020.finding", "'nobody' is no side"),
        ("bruise | 3 | 20", "bruise | 30 | 20", "trial2020.harm", "happened to 30 of 20"),
        ("added = {2026-11-30}", "added = {30/11/2026}", "trial2020.added", "is no day"),
        ("registration-of", "register-of", "register2018.related", "is no relation"),
        ("registration-of | trial2020", "registration-of | gone", "register2018.related", "'gone'"),
        ("comparator = {placebo}", "comparator = {crush}", "hernia1998.comparators", "'crush'"),
        (
            "comparator = {placebo}",
            "comparator = {women}",
            "hernia1998.comparators",
            "of the facet population",
        ),
        (
            "intervention = {cryoneurolysis},\n    comparator",
            "intervention = {vulvodynia},\n    comparator",
            "trial2020.interventions",
            "of the facet indication",
        ),
        ("harm_fr = {bleu}", "harm_fr = {bleu ;; fièvre}", "trial2020.harm_fr", "as many items"),
    ],
)
def test_what_no_record_may_say_is_an_error(
    base: Path, old: str, new: str, field: str, says: str
) -> None:
    (error,) = changed(base, "references/a.bib", old, new).errors
    assert error.field == field
    assert says in str(error.message)
    assert error.line == next(
        number
        for number, line in enumerate((base / "references/a.bib").read_text().splitlines(), 1)
        if field.partition(".")[0] + "," in line
    )


@pytest.mark.parametrize(
    ("old", "new", "field", "says"),
    [
        # said to be seen, and not
        (
            "issue not shown}",
            "issue}",
            "trial2020.unverified.number",
            "says that https://example.org/trial showed it",
        ),
        # design and people
        (
            "Two years after the freezing of a nerve in vulvodynia",
            "Freezing of a nerve: a randomized trial",
            "later2022.design",
            "the title speaks of rct",
        ),
        (
            "Two years after the freezing of a nerve in vulvodynia",
            "Freezing of the sciatic nerve in rats",
            "later2022.design",
            "the title speaks of animal, laboratory",
        ),
        (
            "Freezing after hernia repair",
            "Freezing after hernia repair: a systematic review",
            "hernia1998.design",
            "systematic-review",
        ),
        ("participants = {42}", "participants = {45}", "trial2020.participants", "hold 42 people"),
        (
            "| Pain fell.",
            "| Pain fell after 30 procedures.",
            "later2022.participants",
            "30 is a number of knees, nerves or procedures",
        ),
        # figures
        (
            "17.5 to 3.25",
            "SMD 0.49 (95\\% CI -0.3 to 0.2), P = 0.198",
            "later2022.finding",
            "0.49 is not within -0.3 to 0.2",
        ),
        (
            "17.5 to 3.25 | Pain fell.",
            "17.5 | Pain fell. | interval=3.1 to 12.5",
            "later2022.finding",
            "17.5 is not within 3.1 to 12.5",
        ),
        (
            "Pain fell. | favours",
            "Pain fell. ;; sitting | 2 years | 17.5 to 3.25 | They sat. | favours",
            "later2022.finding",
            "the same figures at the same time",
        ),
        (
            "Pain fell. | favours",
            "Pain fell. ;; relief | 2 years | -17.5 to 3.25 | It fell. | favours",
            "later2022.finding",
            "the same figures with another sign",
        ),
        # two records that may be one
        (
            "url = {https://example.org/trials/14}",
            "url = {https://www.example.org/trials/12/}",
            "later2022.url",
            "the same url stands in trial2020",
        ),
        (
            "volume = {14},\n    pages = {101--108}",
            "volume = {12},\n    pages = {34--36}",
            "later2022.pages",
            "the same pages stands in trial2020",
        ),
        (
            "Freezing after hernia repair",
            "Freezing after hernia repair (NCT01234567)",
            "hernia1998.registration",
            "the same registration stands in register2018: NCT01234567",
        ),
        (
            "17.5 to 3.25",
            "0.49 (-0.3 to 1.2)",
            "later2022.finding",
            "the same finding stands in trial2020",
        ),
    ],
)
def test_a_fault_of_a_record_fires_its_rule_alone(
    base: Path, old: str, new: str, field: str, says: str
) -> None:
    (warning,) = changed(base, "references/a.bib", old, new).warnings
    assert warning.field == field
    assert says in str(warning.message)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("a randomised sham-controlled trial", "a non-randomised comparison"),
        ("number=3", "doi=10.1000/1"),  # the provenance does not speak of it
        ("0.49 (95\\% CI -0.3 to 1.2), P = 0.198 | It", "0.49 (SD 2.1), P = 0.198 | It"),
        ("12 vs 9 | Relief", "-55.5 vs 12.5 | Relief"),  # other figures
        ("later2022,", "later2022,\n    related = {same-study | trial2020},"),
        ("url = {https://example.org/trials/14}", "url = {https://example.org/}"),
        ("infection treated by antibiotics | 1", "infection treated by antibiotics | 0"),
    ],
)
def test_a_value_that_is_right_fires_nothing(base: Path, old: str, new: str) -> None:
    if "non-randomised" in new:
        changed(
            base,
            "references/a.bib",
            "design = {rct},\n    participants = {42}",
            "design = {nonrandomised-trial},\n    participants = {42}",
        )
    if "SD" in new:
        changed(base, "references/a.bib", "0,49 (IC à 95 \\% -0,3 à 1,2)", "0,49 (ET 2,1)")
    if "-55.5" in new:
        changed(base, "references/a.bib", "| 12 contre 9", "| -55,5 contre 12,5")
    if "same-study" in new:  # then they may share what they like, and count once
        changed(base, "references/a.bib", "trials/14", "trials/12")
    assert changed(base, "references/a.bib", old, new).warnings == []


LATER = "design = {case-series},\n    participants = {30}"


@pytest.mark.parametrize(
    ("file", "old", "new", "field", "says"),
    [
        (
            "texts/page.yaml",
            "reference: register2018\n    stance: background",
            "reference: register2018\n    stance: supports",
            "relief.links.3",
            "'register2018' and 'trial2020' are one study",
        ),
        (
            "references/a.bib",
            "participants = {48},\n    indication = {vulvodynia}",
            "participants = {48},\n    indication = {acute-pain, postoperative-pain}",
            "relief.links.2.directness",
            "about chronic or neuropathic pain, 'hernia1998' about acute pain",
        ),
        (
            "references/a.bib",
            "indication = {vulvodynia},\n    population = {women},\n    comparator = {placebo}",
            "indication = {chronic-pain},\n    population = {men},\n    comparator = {placebo}",
            "relief.links.2.directness",
            "about women, 'hernia1998' about men",
        ),
        (
            "references/a.bib",
            "design = {rct},\n    participants = {48}",
            "design = {animal},\n    participants = {48}",
            "relief.links.2.directness",
            "about patients, 'hernia1998' about animals",
        ),
        (
            "texts/page.yaml",
            "{fr: Essai (numéro non vu)., en: Trial (issue not seen).}",
            "{fr: Essai (année à confirmer)., en: Trial (year to be confirmed).}",
            "relief.trial2020.note",
            "the record has: year",
        ),
        (
            "texts/page.yaml",
            "reference: hernia1998",
            "reference: unseen",
            "relief.verdict",
            "is 'mixed' on incomplete records only: unseen",
        ),
        (
            "texts/page.yaml",
            "[imprecision, inconsistency]",
            "[no-studies]",
            "relief.certainty_reasons",
            "a linked study supports the claim",
        ),
        *(
            (
                "texts/page.yaml",
                "certainty: very-low",
                f"certainty: very-low\n  certainty_reasons: [{reason}]",
                "harm.certainty_reasons",
                f"'{reason}' is given, but {against}",
            )
            for reason, against in (
                ("inconsistency", "all linked studies point the same way"),
                ("indirectness", "no link calls its study indirect"),
                ("large-effect", "no finding has a ratio"),
                ("dose-response", "no finding compares doses"),
            )
        ),
        (
            "texts/page.yaml",
            "certainty: none",
            "certainty: low",
            "meaning.certainty",
            "which no study measures",
        ),
        (
            "texts/page.yaml",
            "reference: later2022\n    stance: qualifies\n    note: {fr: Une infection.",
            "reference: trial2020\n    stance: qualifies\n    note: {fr: Une infection.",
            "later2022.harm",
            "infection (“infection treated by antibiotics”); link it from one of page/harm",
        ),
        (
            "vocabulary/all.yaml",
            "label: {fr: placebo, en: placebo}",
            "label: {fr: placebo, en: placebo}\n  synonyms: {fr: [], en: [sham procedure]}",
            "placebo.synonyms",
            "'sham procedure' names sham-procedure as well",
        ),
    ],
)
def test_a_fault_of_a_claim_fires_its_rule_alone(
    base: Path, file: str, old: str, new: str, field: str, says: str
) -> None:
    found = changed(base, file, old, new)
    assert found.errors == []
    (warning,) = found.warnings
    assert warning.field == field
    assert says in str(warning.message)
    assert warning.line > 0


@pytest.mark.parametrize("change", ["indirect", "qualifies"])
def test_other_people_may_be_told_as_indirect_or_qualify(base: Path, change: str) -> None:
    old = "stance: contradicts\n    directness: {population: direct}"
    new = {
        "indirect": "stance: contradicts\n    directness: {population: indirect}",
        "qualifies": "stance: qualifies\n    directness: {population: direct}",
    }[change]
    changed(base, "texts/page.yaml", old, new)
    changed(base, "texts/page.yaml", "verdict: mixed", "verdict: partly-supported")
    men = "indication = {chronic-pain},\n    population = {men},\n    comparator = {placebo}"
    women = men.replace("chronic-pain", "vulvodynia").replace("{men}", "{women}")
    assert changed(base, "references/a.bib", women, men).warnings == []


@pytest.mark.parametrize(
    "kept",
    [
        (
            "texts/page.yaml",
            "certainty: very-low",
            "certainty: very-low\n  certainty_reasons: [risk-of-bias]",
        ),
        ("references/a.bib", LATER, "design = {animal},\n    participants = {30}"),
    ],
    ids=["a series may be biased", "nobody was harmed"],
)
def test_what_a_record_bears_out_stays(base: Path, kept: tuple[str, str, str]) -> None:
    assert changed(base, *kept).warnings == []


def test_a_controlled_study_alone_bears_out_no_risk_of_bias(base: Path) -> None:
    reasons = "certainty: very-low\n  certainty_reasons: [risk-of-bias]"
    changed(base, "texts/page.yaml", "certainty: very-low", reasons)
    controlled = "design = {nonrandomised-trial},\n    participants = {30}"
    (warning,) = changed(base, "references/a.bib", LATER, controlled).warnings
    assert "all linked studies have a control group" in str(warning.message)


def test_enough_people_bear_out_no_imprecision(base: Path) -> None:
    reasons = "certainty: very-low\n  certainty_reasons: [imprecision]"
    assert changed(base, "texts/page.yaml", "certainty: very-low", reasons).warnings == []
    many = "design = {case-series},\n    participants = {400}"  # Guyatt 2011, 1283-93
    (warning,) = changed(base, "references/a.bib", LATER, many).warnings
    assert warning.field == "harm.certainty_reasons"
    assert "'imprecision' is given, but the direct studies hold 400 people" in str(warning.message)


# ---- French beside English ------------------------------------------------------------


@pytest.mark.parametrize(
    ("file", "old", "new", "field", "says"),
    [
        (
            "texts/page.yaml",
            "froid peut soulager",
            "froid soulage",
            "relief.statement",
            "says 'may'",
        ),
        (
            "texts/page.yaml",
            "soulager en quelques semaines",
            "soulager après quelques semaines",
            "relief.statement",
            "'après quelques semaines' and the English 'within a few weeks'",
        ),
        (
            "references/a.bib",
            "0,49 (IC à",
            "0,94 (IC à",
            "trial2020.finding_fr",
            "only: 0.49, 0.94",
        ),
        (
            "references/a.bib",
            "| Elle peut baisser.",
            "| Elle baisse.",
            "trial2020.finding_fr",
            "'may'",
        ),
        (
            "references/a.bib",
            "contre simulation (22)",
            "contre simulation (23)",
            "trial2020.arms_fr",
            "22, 23",
        ),
        ("references/a.bib", "{bleu}", "{aucun bleu}", "trial2020.harm_fr", "says 'aucun'"),
    ],
)
def test_what_one_language_says_alone_is_told_where_it_stands(
    base: Path, file: str, old: str, new: str, field: str, says: str
) -> None:
    (warning,) = changed(base, file, old, new).warnings
    assert warning.field == field
    assert says in str(warning.message)


@pytest.mark.parametrize(
    ("french", "english"),
    [
        ("La douleur peut baisser.", "Pain falls."),
        ("La douleur baisse.", "Pain may fall."),
        ("Le geste est réservé à quelques situations.", "The procedure may be considered."),
        ("Les autres causes doivent être écartées.", "Other causes are excluded."),
        ("Les autres causes sont écartées.", "Other causes must be excluded."),
        ("Le froid ne détruit pas le nerf.", "Cold destroys the nerve."),
        ("Le froid détruit le nerf.", "Cold does not destroy the nerve."),
        ("Aucun effet indésirable.", "An adverse event."),
        ("Une série sans témoin.", "A series with controls."),
        ("Aucun décès ; une infection.", "No death; no infection."),  # sentence by sentence
        ("Les complications sont rares.", "There are complications."),
        ("Le médecin vérifie.", "The doctor always checks."),
        ("Jamais proposé en premier.", "Offered first."),
        ("Soulagement après quelques semaines.", "Relief within a few weeks."),
        ("Une gêne de quelques jours.", "Discomfort for a few weeks."),
        ("Un effet de plusieurs mois.", "An effect of several years."),
        ("Une séance de deux heures.", "A session of two days."),
        ("Une séance de trente minutes.", "A session of thirty days."),
        ("Une hypersensibilité traduit une origine.", "Hypersensitivity points to an origin."),
        ("31 femmes sur 40", "31 of 41 women"),
        ("Deux essais sur trois.", "Two trials in four."),
        ("une baisse de 2,5", "a fall of 25"),
        ("variation de -2,5", "a change of 2.5"),
        ("1 106 femmes", "1,160 women"),
        ("Le soulagement est en général net.", "Relief is clear."),
    ],
)
def test_a_difference_of_meaning_is_seen(french: str, english: str) -> None:
    assert [str(one) for one in differences(french, english)]


@pytest.mark.parametrize(
    ("french", "english"),
    [
        ("La douleur peut baisser.", "Pain may fall."),
        ("Un bleu est possible.", "There may be a bruise."),
        (
            "La douleur toucherait une personne sur treize.",
            "Pain may affect one person in thirteen.",
        ),
        ("recherche jusqu’au 27 mai 2024", "search to 27 May 2024"),
        ("Il faut davantage d’essais.", "More trials are needed."),
        ("Réservé aux répondeurs.", "Kept for those who respond."),
        ("Un seul cas sans groupe témoin.", "A single uncontrolled case."),
        ("Le critère n’a pas été atteint.", "The endpoint was missed."),
        ("La douleur a baissé de moitié.", "Pain halved."),
        ("Un tiers à six mois.", "A third at half a year."),
        (
            "Quatre-vingt-quatre personnes en dix-huit jours.",
            "Eighty-four people in eighteen days.",
        ),
        ("du 1er au 98e jour", "day 1 to day 98"),
        ("du 13 juin 2016 au 28 août 2019", "2016-06-13 to 2019-08-28"),
        ("dernière prise à J-3", "last dose on day -3"),
        ("de 52 à 93 %", "52%-93%"),
        ("1 106 femmes", "1,106 women"),
        ("0,49 (IC à 95 % -0,3 à 1,2)", "0.49 (95% CI -0.3 to 1.2)"),
        ("Série de dix ans à trois groupes.", "A ten-year, three-arm series."),
        ("Une demi-heure environ.", "About half an hour."),
    ],
)
def test_the_same_in_other_words_is_not(french: str, english: str) -> None:
    assert [str(one) for one in differences(french, english)] == []


# ---- figures --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "language", "expected"),
    [
        ("0.49 (-0.3 to 1.2)", "en", (0.49, -0.3, 1.2)),
        ("MD -140.14 MME (95% CI -266.79 to -13.49; P = 0.03)", "en", (-140.14, -266.79, -13.49)),
        ("mean difference 496 (95% CI -428 to 1,420)", "en", (496, -428, 1420)),
        ("odds ratio 5.5 (95% CI 1.7-17.8)", "en", (5.5, 1.7, 17.8)),
        ("0,49 (IC à 95 % -0,3 à 1,2)", "fr", (0.49, -0.3, 1.2)),
        ("8 (7 à 9)", "fr", (8, 7, 9)),
    ],
)
def test_an_estimate_is_read_as_its_language_writes_it(
    text: str, language: str, expected: tuple[float, float, float]
) -> None:
    assert list(estimates(text, language)) == [Estimate(*expected)]


@pytest.mark.parametrize("text", ["12 women (18-45)", "40 (2007-2010)", "87 (44 vs 43)"])
def test_ages_years_and_arms_are_no_intervals(text: str) -> None:
    assert list(estimates(text)) == []


def test_a_hyphen_in_a_range_is_no_minus() -> None:
    assert numbers("5 (1-3), 52%-93%, COVID-19, -2.5") == (5, 1, 3, 52, 93, -2.5)
    assert numbers("1 106 femmes, -0,5 à 0,3", "fr") == (1106, -0.5, 0.3)
