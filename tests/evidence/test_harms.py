"""Serious harms: which words name one, which records are asked for, and what `check` lists."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from evidence.appraisal.harms import harm_table, harms_in, is_about, is_in_people
from evidence.checks.run import check_integrity
from evidence.knowledge import KnowledgeBase
from references.record import Finding, Harm, Reference, Study

FIRST = "vulvodynie-cryoneurolyse"
RARE = "severe-complications-rare"
#: The three records that were left out: what happened, and to how many out of how many.
LEFT_OUT = {
    "goss2020cryoneurotomy": ("55 patients", "one death", "one suicide"),
    "martinez2025splanchnic": ("41 patients", "two pneumothoraces", "chest tube"),
    "thoracic2002cryoanalgesia": ("43 patients", "three pneumothoraces"),
}


def harms_of(text: str) -> set[str]:
    reference = Reference("one", title="Cryoneurolysis: a trial", study=Study(harms=text))
    return {one.kind.id for one in harms_in(reference)}


@pytest.mark.parametrize(
    ("text", "harm"),
    [
        ("One perioperative death and one suicide.", "death"),
        ("Un patient est mort le lendemain.", "death"),
        ("The patient died of sepsis.", "infection"),
        ("One patient took his own life.", "suicide"),
        ("Three pneumothoraces; no neuritis or neuroma.", "pneumothorax"),
        ("A haemothorax needed a chest drain.", "pneumothorax"),
        ("Hématome ayant exigé une transfusion.", "bleeding"),
        ("Skin necrosis in 3 of 40.", "necrosis"),
        ("Nécrose cutanée chez une patiente.", "necrosis"),
        ("Abscess treated with intravenous antibiotics.", "infection"),
        ("Two infections, none serious.", "infection"),
        ("Facial palsy in 4.5%.", "palsy"),
        ("Déficit moteur du pied.", "palsy"),
        ("Pseudo-hernia of the flank.", "pseudohernia"),
        ("Permanent loss of sensation in two women.", "lasting-loss"),
        ("New neuropathic pain in 3 of 13.", "nerve-pain"),
        ("Painful neuroma after one year.", "nerve-pain"),
        ("A fall with hip fracture.", "fall"),
        ("Incontinence urinaire chez une femme.", "incontinence"),
        ("Erectile dysfunction in one man.", "sexual"),
        ("Two patients were reoperated, one readmitted.", "return"),
        ("One serious procedure-related event.", "serious"),
        ("Un hémopneumothorax.", "pneumothorax"),
        ("Respiratory failure in one.", "breathing"),
        ("Un AVC au lendemain.", "stroke"),
        ("One pneumonia with atelectasis.", "infection"),
        ("Surinfection du point de ponction.", "infection"),
        ("Urosepsis in one woman.", "infection"),
        ("Brûlure du troisième degré.", "frostbite"),
        ("Rectal injury requiring colostomy.", "organ"),
        ("Lost limb function.", "palsy"),
        ("Perte de motricité du pied.", "palsy"),
        ("Numbness that never resolved in 2 of 14.", "lasting-loss"),
        ("Sensory loss was permanent in two.", "lasting-loss"),
        ("Anesthésie définitive de la peau.", "lasting-loss"),
        ("Complex regional pain syndrome.", "nerve-pain"),
        ("Rétention d'urines chez deux femmes.", "incontinence"),
        ("Perte de l’orgasme.", "sexual"),
        ("Patiente hospitalisée trois jours.", "return"),
        # a denial ends where the next thing is counted, or at a turn of the sentence
        ("No neuroma; one death.", "death"),
        ("No deaths, two pneumothoraces.", "pneumothorax"),
        ("No deaths and two pneumothoraces.", "pneumothorax"),
        ("No infection but one death.", "death"),
        ("No complication except one death.", "death"),
        ("Aucun décès mais deux pneumothorax.", "pneumothorax"),
        ("No serious events: two infections.", "infection"),
        ("Deaths: 0, pneumothorax: 2.", "pneumothorax"),
        ("No systemic effects (two deaths).", "death"),
        # or where it is said who had it
        ("No benefit, death in one.", "death"),
        ("No relief, pneumothoraces in 2/41.", "pneumothorax"),
        ("No effect and skin necrosis in 3 of 20.", "necrosis"),
        ("No relief, wound infection (8%).", "infection"),
        ("No relief, the patient died.", "death"),
        ("Aucun bénéfice, décès d’une patiente.", "death"),
        ("Sans effet sur la douleur, pneumothorax chez deux patients.", "pneumothorax"),
        ("No fewer than two deaths.", "death"),
        # a denial of something else
        ("One death, without relation to the procedure.", "death"),
        ("Three infections; none was attributed to it.", "infection"),
        ("Deux décès, aucun lié au geste.", "death"),
        ("Not only infection but also necrosis.", "necrosis"),
        # a number that is not nought
        ("Deaths 0 vs 2.", "death"),
        ("Infection 0,5 %.", "infection"),
        ("Pneumothorax in 0 of 12 and 2 of 14.", "pneumothorax"),
    ],
)
def test_a_serious_harm_is_seen(text: str, harm: str) -> None:
    assert harm in harms_of(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "No pneumothorax.",
        "No deaths or suicides occurred.",
        "Aucun décès.",
        "Décès : aucun.",
        "Nul décès.",
        "Il n’y a eu ni décès, ni pneumothorax, ni infection.",
        "Aucune complication grave n’a été observée.",
        "Sans complication grave.",
        "Pas d’infection, ni d’hématome.",
        "Without serious complications.",
        "There were neither deaths nor infections.",
        "No death, pneumothorax, infection, neuroma, or permanent numbness.",
        "No patient died.",
        "No death in 120 patients over 5 years.",
        "No deaths (0/55).",
        "0 deaths in 55 patients.",
        "0 décès, 0 pneumothorax.",
        "Deaths: 0.",
        "Mortality 0%.",
        "Mortality at 30 days: 0%.",
        "Serious adverse events listed as 0.0%.",
        "Serious adverse events: 0 in the cryo group, 0 in the sham group.",
        "Pneumothorax in 0 of 12.",
        "Pneumothorax (0), infection (0).",
        "Pneumothorax did not occur.",
        "Deaths were not observed.",
        "Infection: none.",
        "No death, infection or necrosis in 31 patients.",
        "No deaths, infections in two trials.",
        "No bleeding, infection, or nerve injury in one-year follow-up.",
        "Aucun décès, pneumothorax ou infection chez les 40 patientes.",
        "Numbness was not permanent.",
        "Pneumothorax was ruled out in all.",
        "Absence of necrosis.",
        "Mild bruising and swelling, gone in two weeks.",
        "Deep cold causes cell death.",
    ],
)
def test_what_is_denied_or_slight_is_no_serious_harm(text: str) -> None:
    assert harms_of(text) == set()


def test_in_a_finding_the_complaint_that_was_treated_is_no_harm() -> None:
    def of(title: str, *findings: Finding) -> list[tuple[str, str]]:
        found = harms_in(Reference("one", title=title, findings=findings))
        return [(one.kind.id, one.field) for one in found]

    eased = Finding("stump neuroma pain", "", "8.3 to 3", "Neuroma pain fell.")
    assert of("Freezing of the stump neuroma", eased) == []
    relieved = Finding("relief", "", "", "Refractory neuralgia was eased in most.")
    assert of("Nerve freezing", relieved) == []
    harmed = Finding("complications", "", "2 of 30", "Two patients had a pneumothorax.")
    assert of("Freezing of the stump neuroma", harmed) == [("pneumothorax", "finding")]
    both = Finding("relief", "", "", "Pain relief in most; two had a pneumothorax.")
    assert of("Nerve freezing", both) == [("pneumothorax", "finding")]
    improved = Finding("outcome", "", "", "Pain improved in 30 patients and one patient died.")
    assert of("Nerve freezing", improved) == [("death", "finding")]
    case = Finding("necrosis", "", "1 of 1", "Muscle necrosis after freezing.")
    assert of("Necrosis after nerve freezing", case) == [("necrosis", "finding")]
    assert of("Nerve freezing", Finding("deaths", "", "0 of 40", "All lived.")) == []
    assert of("Nerve freezing", Finding("deaths", "", "2 of 40", "")) == [("death", "finding")]


def test_the_table_is_bilingual_and_names_concepts_that_exist(kb: KnowledgeBase) -> None:
    assert len({harm.id for harm in harm_table()}) == len(harm_table()) >= 15
    for harm in harm_table():
        assert harm.fr, harm.id
        assert harm.en, harm.id
        assert set(harm.concepts) <= {concept.id for concept in kb.vocabulary}, harm.id


@pytest.mark.parametrize(
    ("key", "asked"),
    [
        ("goss2020cryoneurotomy", True),  # cryoneurotomy
        ("martinez2025splanchnic", True),  # splanchnic nerve cryo- or alcohol neurolysis
        ("cmh2022shortlong", True),  # cryoablation, at the intercostal nerves
        ("tokuda2021longterm", False),  # cryoballoon in the heart, beside the phrenic nerve
        ("staender2005kryorhizotomy", True),
        ("myonecrosis2019", True),  # cryoneurolysis, no nerve in the record
        ("cornelis2023resolution", False),  # a lesion is frozen, not a nerve
        ("papalexis2023new", False),  # tumours are frozen
        ("abdelhafeez2019gabapentin", False),  # a drug
        ("robert2005decompression", False),  # an operation on the same nerve
        ("fang2018clinical", False),  # radiofrequency on the same nerve
    ],
)
def test_only_records_of_the_treatment_are_asked_for(
    kb: KnowledgeBase, key: str, asked: bool
) -> None:
    assert is_about(kb.library[key], "cryoneurolysis", kb.vocabulary) is asked


@pytest.fixture(scope="module")
def copy(kb: KnowledgeBase, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The bundled base in a folder of its own."""
    folder = tmp_path_factory.mktemp("base")
    shutil.copytree(kb.references_folder, folder / "references")
    shutil.copytree(kb.texts_folder, folder / "texts")
    (folder / "kb.toml").write_text('name = {fr = "Copie", en = "Copy"}\n')
    return folder


def listed(folder: Path) -> list[str]:
    """The warnings of the check that speak of a serious harm."""
    warnings = check_integrity(KnowledgeBase(folder)).warnings
    return [str(problem) for problem in warnings if "serious harm" in str(problem.message)]


def record(key: str, title: str, harms: str, nerve: str = "pudendal-nerve") -> str:
    return (
        f"@article{{{key},\n  author = {{Doe, Jane}},\n  title = {{{title}}},\n  year = {{2026}},\n"
        f"  nerve = {{{nerve}}},\n  harms = {{{harms}}},\n"
        "  provenance = {https://example.org/: all}\n}\n"
    )


@pytest.mark.parametrize(
    ("entry", "expected"),
    [
        (Harm("death of unknown cause", 1, 40, True), ["death"]),
        (Harm("drooling", 2, 40, True), ["serious"]),  # in no words of the table
        (Harm("death", 0, 40, True), []),
        (Harm("bruise", 9, 40, False), []),
        (Harm("bruise", 9, 40, None), []),
    ],
)
def test_an_entry_that_is_called_serious_names_a_harm(entry: Harm, expected: list[str]) -> None:
    found = harms_in(Reference("one", harms=(entry,)))
    assert [(one.kind.id, one.field) for one in found] == [(kind, "harm") for kind in expected]


def test_animals_are_no_patients() -> None:
    assert is_in_people(Reference("one", study=Study(design="case-series")))
    assert not is_in_people(Reference("one", study=Study(design="animal")))


def test_what_a_record_tested_is_asked_before_its_words(kb: KnowledgeBase) -> None:
    def about(**study: object) -> bool:
        reference = Reference("one", title="Cryoneurolysis against a block", study=Study(**study))
        return is_about(reference, "cryoneurolysis", kb.vocabulary)

    assert about(interventions=("percutaneous-cryoneurolysis",))
    assert not about(interventions=("nerve-block",))
    assert about(nerves=("pudendal-nerve",))  # an older record, read by its title


def test_the_bundled_base_leaves_out_no_serious_harm(kb: KnowledgeBase) -> None:
    findings = check_integrity(kb)
    assert [str(one) for one in findings.warnings if "serious harm" in str(one.message)] == []


def test_a_link_taken_out_is_listed_with_its_place_and_its_claim(copy: Path) -> None:
    register = copy / "texts" / f"{FIRST}.yaml"
    whole = register.read_text(encoding="utf-8")
    there = listed(copy)
    before, claim = whole.split(f"- id: {RARE}\n")
    taken = {
        "goss2020cryoneurotomy": "death (“death”), suicide (“suicide”)",
        "zobel2020neuropathic": "new nerve pain (“neuropathic”)",
        "martinez2025splanchnic": "pneumothorax (“pneumothoraces”)",
    }
    for key in taken:
        claim = re.sub(rf"    - reference: {key}\n(?:      .*\n)+", "", claim)
    register.write_text(f"{before}- id: {RARE}\n{claim}", encoding="utf-8")
    try:
        lines = [line for line in listed(copy) if line not in there]
        library = KnowledgeBase(copy).library
    finally:
        register.write_text(whole, encoding="utf-8")
    assert len(lines) == 3
    for key, harms in taken.items():
        place = library[key].place
        (line,) = (one for one in lines if f"[{key}.harms]" in one)
        assert line.startswith(f"{place.file}:{place.line} ")
        assert place.line > 1
        assert harms in line
        assert f"link it from one of {FIRST}/{RARE}" in line


def test_a_new_record_with_a_serious_harm_is_listed(copy: Path) -> None:
    """Whatever the harm and the language; denied ones and other treatments are not."""
    new, there = copy / "references" / "new.bib", listed(copy)
    freezing = "Cryoneurolysis of the pudendal nerve"
    new.write_text(
        record("anew", freezing, "Faecal incontinence in 2 of 20.")
        + record("bnew", "Cryoablation for pelvic pain", "One patient died.")
        + record("cnew", "Cryoneurolyse du nerf pudendal", "Un abcès opéré, sans décès.")
        + record("dnew", freezing, "No deaths, infection or incontinence; 0 readmissions.")
        + record("enew", freezing, "Passing bruises.")
        + record("fnew", "Duloxetine for vulvodynia", "One suicide.")
        + record("gnew", "Decompression of the pudendal nerve", "Two deaths, one abscess.")
        + record("hnew", "Cryoablation of renal tumours", "Two deaths.", nerve="")
    )
    try:
        lines = [line for line in listed(copy) if line not in there]
    finally:
        new.unlink()
    keys = [re.search(r"\[(\w+)\.", line) for line in lines]
    assert [key[1] if key else "" for key in keys] == ["anew", "bnew", "cnew"]
    assert "incontinence or retention (“incontinence”)" in lines[0]
    assert "death (“died”)" in lines[1]
    assert "infection (“abcès”)" in lines[2]


def test_what_was_left_out_stands_under_the_claim_with_its_figures(kb: KnowledgeBase) -> None:
    claim = kb.text(FIRST).claim(RARE)
    links = {link.reference: link for link in claim.links}
    for key, words in LEFT_OUT.items():
        assert links[key].stance in ("qualifies", "contradicts")
        assert links[key].directness.population == "indirect"
        for word in words:
            assert word in links[key].note.en, key
    for said in ("one death", "one suicide in 55", "five pneumothoraces"):
        assert said in claim.rationale.en
    for said in ("un décès", "un suicide chez 55", "cinq pneumothorax"):
        assert said in claim.rationale.fr
    assert (claim.verdict, claim.certainty) == ("partly-supported", "very-low")
