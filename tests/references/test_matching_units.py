"""What is the same, by hand: names as catalogues print them, pairs of records as databases do.

The values come from outside the code: NLM's abbreviations of journals, registers of trials, the
numbers of Cochrane reviews, the worked examples of ISO 2108 (ISBN), similarities worked by hand.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from references.formats.names import read_authors
from references.matching.compare import Pair, compare
from references.matching.decisions import PairDecision, PairDecisions
from references.matching.journals import may_be_same_journal, same_journal
from references.matching.marks import MARK, doubts, marked, possible_duplicates
from references.matching.matcher import Matcher, find_duplicates
from references.matching.merge import merge
from references.matching.numbers import first_page_digits, number_key, same_issue, same_pages
from references.matching.people import (
    authors_difference,
    same_author,
    shares_authors,
    shares_first_author,
)
from references.matching.titles import (
    clean_title,
    fullest,
    is_head,
    is_title_of_notice,
    likeness_of_words,
    notice_of_title,
    same_title,
    stated_titles,
    title_similarity,
    wording,
)
from references.matching.traits import blocks, traits
from references.record import Author, Finding, Provenance, Reference, Relation, Study


def by(names: str) -> tuple[Author, ...]:
    return read_authors(names)[0]


def record(key: str = "a", **more: Any) -> Reference:
    more["authors"] = by(more.get("authors", ""))
    return Reference(key, **more)


# ---- titles -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("title", "bare", "kind"),
    [
        ("RETRACTED: Ileal-lymphoid-nodular hyperplasia", "Ileal-lymphoid-nodular hyperplasia", 1),
        ("Retraction of: Cold and pain", "Cold and pain", 1),
        ("[Retracted] Cold and pain", "Cold and pain", 1),
        ("Cold and pain [Retracted]", "Cold and pain", 1),
        ("WITHDRAWN: Interventions for pain", "Interventions for pain", 1),
        ("Expression of concern: Cold and pain", "Cold and pain", 2),
        ("Erratum to: Cold and pain", "Cold and pain", 3),
        ("Corrigendum: Cold and pain", "Cold and pain", 3),
        ("Retraction “Cold and pain”", "“Cold and pain”", 1),
        ("Retraction of the eyelid in thyroid disease", None, 0),
        ("Removed: a novel", None, 0),  # Elsevier writes it in capitals
        ("REMOVED: Cold and pain", "Cold and pain", 1),
        ("Erratum:", "Erratum:", 3),
    ],
)
def test_words_of_notices(title: str, bare: str | None, kind: int) -> None:
    kinds = ("", "retraction", "expression-of-concern", "correction")
    assert notice_of_title(title) == (title if bare is None else bare, kinds[kind])


def test_a_retracted_work_is_no_notice() -> None:
    assert is_title_of_notice("Retraction: Cold and pain")
    assert is_title_of_notice("Erratum to: Cold and pain")
    assert not is_title_of_notice("RETRACTED: Cold and pain")
    assert not is_title_of_notice("Correction of scoliosis by casting")


@pytest.mark.parametrize(
    ("title", "clean"),
    [
        ("[La douleur pelvienne].", "La douleur pelvienne"),
        ("Pelvic pain [in French]", "Pelvic pain"),
        ("RETRACTED: [Pelvic pain]", "Pelvic pain"),
        ("Pelvic pain. ", "Pelvic pain"),
        (f"Pelvic pain [{'x' * 41}]", f"Pelvic pain [{'x' * 41}]"),
    ],
)
def test_a_title_without_what_databases_put_around_it(title: str, clean: str) -> None:
    assert clean_title(title) == clean


def test_what_stands_for_a_title_is_none() -> None:
    given = ["[Not Available]", "Untitled.", "...", "No title available", "Pain", ""]
    assert stated_titles(given) == ["Pain"]


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("Follow-up of tumours", "Followup of tumors.", True),
        ("Cryoneurolysis for pain", "Cryoneurolysis for pain: a randomised trial", True),
        ("Cryoneurolysis for pain: a randomised trial", "Cryoneurolysis for pain", True),
        ("Chronic pain", "Chronic pain: a review", False),  # two words are too few
        ("Chronic pelvic pain", "Chronic pelvic pain - a review", True),
        ("Chronic pelvic pain", "Chronic pelvic pain in women", False),
        ("Chronic pelvic pain", "Is it? Chronic pelvic pain", False),  # the end is no head
        ("α-Lipoic acid in neuropathy", "Alpha-lipoic acid in neuropathy", True),
        ("", "", False),
        ("", "Chronic pelvic pain", False),
    ],
)
def test_titles_are_the_same_but_for_a_subtitle(one: str, other: str, same: bool) -> None:
    assert same_title(one, other) is same
    assert same_title(other, one) is same


def test_the_head_of_a_longer_title() -> None:
    whole = "Freezing the pudendal nerve: a case series"
    assert is_head("Freezing the pudendal nerve", whole)
    assert not is_head(whole, whole)
    assert not is_head("Freezing nerves", "Freezing nerves: a case series")
    assert not is_head(whole, "Freezing the pudendal nerve")
    assert fullest(["Freezing the pudendal nerve", whole, "Pain"]) == [whole, "Pain"]


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("Pain at -20 °C", "Pain at 20 °C", False),
        ("Pain at −20 °C", "Pain at -20 °C", True),
        ("Ages 20-30", "Ages 20 30", True),
        ("Ages 12 3", "Ages 1 23", False),
        ("Effect in ♂ rats", "Effect in ♀ rats", False),
        ("Doses < 5 mg", "Doses > 5 mg", False),
        ("Follow-up", "Follow up", True),
    ],
)
def test_what_turns_a_title_round_is_of_its_wording(one: str, other: str, same: bool) -> None:
    assert (wording(one) == wording(other)) is same


def test_without_words_there_is_no_wording() -> None:
    assert wording("?!") == ()


@pytest.mark.parametrize(
    ("one", "other", "likeness"),
    [
        ("abcd", "abxd", 0.75),  # 3 of 4 letters in common: 2 * 3 / 8
        ("pain pelvic", "pelvic pain", 1.0),
        ("abcd", "efgh", 0.0),
    ],
)
def test_likeness_worked_by_hand(one: str, other: str, likeness: float) -> None:
    assert likeness_of_words(one, other) == pytest.approx(likeness)
    assert title_similarity(one, f"{other}.") == pytest.approx(likeness)


def test_a_missing_title_is_like_nothing() -> None:
    assert title_similarity("", "Pain") == title_similarity("Pain", "") == 0.0
    assert title_similarity("", "") == 0.0


# ---- people -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("Müller, Hans", "Mueller, H.", True),
        ("Müller, Hans", "Muller, H", True),
        ("van der Berg, Jan", "Berg, J.", True),
        ("{van der Berg}, Jan", "van der Berg, J.", True),
        ("García-López, Ana", "García, A.", True),
        ("García-López, Ana", "López, A.", True),
        ("Li-Wu, Ana", "Li, A.", False),  # halves of three letters or fewer tell nobody
        ("Smith, Jr, John", "Smith, John", True),
        ("Smith III, John", "Smith, John", True),
        ("Smith, John", "Smith, Jane", False),
        ("Smith, John", "Smith, Peter", False),
        ("Smith, J.", "Smith, Peter", False),
        ("Smith, John", "Smith,", True),
        ("Smith, J. David", "Smith, David", True),
        ("Smith, JD", "Smith, David", False),
        ("Smith, JOHN", "Smith, Jane", False),
        ("Smith, Anna", "Smith, Al", False),
        ("Smith, Wei-Li", "Smith, W L", True),
        ("Smith, J. Bo", "Smith, Bo", False),  # two letters may be initials
        ("Smith, Johanes", "Smith, Johannes", True),  # a slip: one letter of eight
        ("Smith, Jonh", "Smith, John", False),  # two of four
        ("Smith, Catherine", "Smith, Katherine", False),
        ("Smith, Catherine", "Smith, Catharine", True),
        ("Smith, Kath", "Smith, Katherine", True),
        ("Wei, Zhang", "Zhang, Wei", True),
        ("Wei, Zhang", "Zhang, Li", False),
        ("Smith, John", "Smyth, John", False),
        ("Martin AB", "Martin, Anne B.", True),
        ("Martin AB", "Martin, Paul", False),
        ("Martin AB", "Marten, Anne B.", False),
    ],
)
def test_two_names_of_one_person(one: str, other: str, same: bool) -> None:
    first, second = by(one)[0], by(other)[0]
    assert same_author(first, second) is same
    assert same_author(second, first) is same


def test_initials_are_cited_for_a_name_that_is_known() -> None:
    """ "JF" may be Jane; who is known as JF need not be the Jane that was cited."""
    cited, known = by("Smith, JF")[0], by("Smith, Jane")[0]
    assert same_author(cited, known)
    assert not same_author(known, cited)
    assert not same_author(by("Smith, JFKL")[0], known)
    assert same_author(by("Smith, JAN")[0], by("Smith, Johanna")[0])  # three capitals
    assert not same_author(by("Smith, Jef")[0], known)


def test_the_first_authors() -> None:
    ours, theirs = record(authors="Petit, Jean and Roux, Léa"), record(authors="Petit, J.")
    assert shares_first_author(ours, theirs) is True
    assert shares_first_author(ours, record(authors="Roux, Léa")) is False
    assert shares_first_author(ours, record()) is None
    assert shares_first_author(record(), ours) is None


@pytest.mark.parametrize(
    ("ours", "theirs", "shares"),
    [
        ("Petit, J. and Roux, L.", "Petit, J. and Blanc, M.", True),
        ("Roux, L. and Petit, J.", "Petit, J. and Roux, L.", True),
        ("Roux, L. and Petit, J.", "Petit, J. and Blanc, M.", True),  # half of two
        ("Roux, L. and Petit, J. and Noir, A.", "Blanc, M. and Petit, J. and Vert, P.", False),
        ("{Golde T. E.}", "Golde, Todd E.", True),
        ("Lee, A.", "Leeson, B.", False),  # three letters name nobody
        ("Roux, L.", "Noir, A. and Roux, L.", True),
        ("Roux, L.", "Noir, A.", False),
    ],
)
def test_lists_that_databases_made_of_one(ours: str, theirs: str, shares: bool) -> None:
    assert shares_authors(by(ours), by(theirs)) is shares
    assert shares_authors(by(theirs), by(ours)) is shares


@pytest.mark.parametrize(
    ("cited", "known", "says"),
    [
        (
            "Petit, Jean and Moreau, Anne and others",
            "Moreau, Anne and Petit, Jean",
            "authors are missing or in another order",
        ),
        ("Moreau, Anne and Petit, Jean", "Moreau, Anne and others", None),
        (
            "Blanc, Marc and Petit, Jean",
            "Moreau, Anne and others",
            "not authors of the work: Blanc",
        ),
        ("Moreau, Anne", "Moreau, Anne and Petit, Jean", "1 of 2 authors are missing"),
        ("Moreau, Anne and {Nerve Group}", "Moreau, Anne", None),
        ("{Nerve Study Group}", "Moreau, Anne", "not authors of the work: Nerve Study Group"),
        ("{The nerve study group}", "{Nerve Study Group}", None),
        ("", "Moreau, Anne", None),
        ("Moreau, Anne", "", None),
    ],
)
def test_lists_that_are_cut(cited: str, known: str, says: str | None) -> None:
    def read(names: str) -> Reference:
        authors, more = read_authors(names)
        return Reference("a", authors=authors, more_authors=more)

    difference = authors_difference(read(cited), read(known))
    if says is None or not says.startswith("not authors"):
        assert (None if difference is None else str(difference)) == says
    else:
        assert difference is not None
        assert str(difference).startswith(says)


# ---- journals: NLM's abbreviations --------------------------------------------------------


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("N Engl J Med", "The New England Journal of Medicine", True),
        (
            "Obstet Gynecol Clin North Am",
            "Obstetrics and Gynecology Clinics of North America",
            True,
        ),
        ("Obstet Gynecol Clin", "Obstetrics and Gynecology Clinics of North America", True),
        ("Natl Med J India", "The National Medical Journal of India", True),
        ("J Pain", "Journal of Pain", True),
        ("J Pain", "Journal of Pain Research", False),
        ("JAMA", "Journal of the American Medical Association", True),
        ("BJOG", "BJOG: an international journal of obstetrics and gynaecology", True),
        ("BJOG : an international journal of obstetrics and gynaecology", "BJOG", True),
        ("J Pain: official journal of a society", "Journal of Pain", True),
        ("J Pain", "Journal of Pain: official journal of a society", True),
        ("J Heart", "Journal of Pain: official journal of a society", False),
        ("BMJ", "British Medical Journal", True),
        ("NEJM", "New England Journal of Medicine", True),
        ("JAM", "Journal of the American Medical Association", False),
        ("JAMAX", "Journal of the American Medical Association", False),
        ("JAmMedAss", "Journal of the American Medical Association", True),
        ("PNAS", "Proceedings of the National Academy of Sciences", True),
        ("Proc Natl Acad Sci U S A", "Proceedings of the National Academy of Sciences USA", True),
        (
            "Proc Natl Acad Sci USA",
            "Proceedings of the National Academy of Sciences of the United States of America",
            True,
        ),
        ("Ann Anesth", "Annales d'Anesthésie", True),
        ("Pain", "Pain Medicine", False),
        ("Pain (Amsterdam)", "Pain", True),
        ("Gynecol Oncol", "Gynaecologic Oncology", True),
        ("Lancet", "Lancet Oncology", False),
        ("Pain", "The Clinical Journal of Pain", False),  # its last word is no acronym
        ("Medicine", "New England Journal of Medicine", False),
        ("AJOG", "American Journal of Obstetrics and Gynecology", True),
        ("MMWR", "Morbidity and Mortality Weekly Report", True),
        ("Lancet", "The Lancet. Oncology", False),
        ("Am J Surgrey", "American Journal of Surgery", False),  # too long for a contraction
        ("JM", "Journal of Medicine", False),
        ("PM", "Pain Medicine", False),  # two letters stand for too much
        ("CJP", "Clinical Journal of Pain", True),
        ("", "Pain", False),
        ("Pain", "", False),
        ("CVPR", "IEEE Conference on Computer Vision and Pattern Recognition (CVPR)", True),
        ("Proceedings of the 12th Pain Congress", "Proceedings of the Pain Congress 2019", True),
        ("AAAI", "Proceedings of the AAAI Conference on Artificial Intelligence", True),
        ("BMJ", "BMJ Open", False),
        ("Neuromodulation", "Neuromodulation: Technology at the Neural Interface", True),
        (
            "Brain Stimulation",
            "Brain Stimulation: Basic, Translational, and Clinical Research in Neuromodulation",
            True,
        ),
        ("Allergy", "Allergy: European Journal of Allergy and Clinical Immunology", True),
        ("Neurology", "Neuroradiology", False),
        ("J Neurol", "J Neuroradiol", False),
        ("Oncology", "Oncoimmunology", False),
        ("Can J Anaesth", "Canadian Journal of Anesthesia/Journal canadien d'anesthésie", True),
        ("JAMA", "JAMA Surgery", False),
        ("JAMA", "JAMA Network Open", False),
        ("JAMA", "JAMA : the journal of the American Medical Association", True),
        ("Neurology", "Neurology: Clinical Practice", False),
        ("J Neurosurg", "Journal of Neurosurgery: Spine", False),
        ("Radiology", "Radiology: Artificial Intelligence", False),
        ("Headache", "Headache: The Journal of Head and Face Pain", True),
        ("AJR", "AJR. American journal of roentgenology", True),
        ("AJR Am J Roentgenol", "AJR. American journal of roentgenology", True),
        ("Br J Anaesth", "BJA: British Journal of Anaesthesia", True),
        ("J Bone Joint Surg Am", "Journal of bone and joint surgery. American volume", True),
        (
            "Can J Anaesth",
            "Canadian journal of anaesthesia = Journal canadien d'anesthésie",
            True,
        ),
        (
            "Eur J Cardiothorac Surg",
            "European journal of cardio-thoracic surgery : official journal of an association",
            True,
        ),
    ],
)
def test_a_journal_under_its_names(one: str, other: str, same: bool) -> None:
    assert same_journal(one, [other]) is same


def test_one_of_several_names_is_enough() -> None:
    assert same_journal("Schmerz", ["Pain", "Der Schmerz"])
    assert not same_journal("Schmerz", [])


@pytest.mark.parametrize(
    ("one", "other", "may"),
    [
        ("Journal of Clinical Medicine", "Journal of Clinical Medicine Research", True),
        ("Revue de la douleur", "Schmerz. Revue de la douleur", True),
        ("Journal of Pain", "Journal of Pain Research", False),  # three words are too few
        ("Annals of Clinical Medicine", "Journal of Clinical Medicine Research", False),
        ("Pain", "Pain", True),
    ],
)
def test_journals_that_may_be_one(one: str, other: str, may: bool) -> None:
    assert may_be_same_journal(one, other) is may
    assert may_be_same_journal(other, one) is may


# ---- numbers ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("written", "key"),
    [
        ("Vol. 012 Suppl 1", "12s1"),
        ("12 Supplement 1", "12s1"),
        ("volume 7", "7"),
        ("n° 3", "3"),
        ("3–4", "3-4"),
        ("100", "100"),
        ("A-10", "a-10"),
        ("", ""),
    ],
)
def test_a_number_in_one_form(written: str, key: str) -> None:
    assert number_key(written) == key


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("3", "4", False),
        ("5", "5-6", True),
        ("Suppl 5", "5", True),
        ("3", "Spring", True),
        ("", "3", True),
        ("5-6", "6-7", True),
        ("5-6", "7-8", False),
    ],
)
def test_issues(one: str, other: str, same: bool) -> None:
    assert same_issue(one, other) is same_issue(other, one) is same


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("e123", "123", True),
        ("0123", "123", True),
        ("p. 12", "12", True),
        ("Article 7", "7", True),
        ("12-12", "12-19", True),  # some services repeat the first page
        ("12-18", "12-19", False),
        ("12-18", "13-18", False),
        ("S12-20", "S12-S20", True),
    ],
)
def test_pages(one: str, other: str, same: bool) -> None:
    assert same_pages(one, other) is same_pages(other, one) is same


def test_the_digits_of_the_first_page() -> None:
    assert first_page_digits("S045-51") == "45"
    assert first_page_digits("iv") == ""


# ---- traits -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fields", "ids"),
    [
        ({"number": "NCT01234567"}, {"registration": "NCT01234567"}),
        ({"extra": {"eprint": "NCT01234567"}}, {"registration": "NCT01234567"}),
        ({"pages": "nct01234567"}, {"registration": "NCT01234567"}),
        ({"number": "3", "pages": "NCT01234567"}, {"registration": "NCT01234567"}),
        ({"number": "NCT01234567", "volume": "3"}, {}),  # an article about the trial
        ({"number": "NCT01234567", "journal": "medRxiv"}, {}),
        (
            {"doi": "10.5555/ABC", "pmid": "12", "pmcid": "pmc3"},
            {"doi": "10.5555/abc", "pmid": "12", "pmcid": "PMC3"},
        ),
        # ISO 2108: 0-306-40615-2 is 978-0-306-40615-7
        ({"type": "book", "isbn": "0-306-40615-2"}, {"isbn": "9780306406157 1"}),
        (
            {"type": "book", "isbn": "978-0-306-40615-7", "volume": "2"},
            {"isbn": "9780306406157 1 2"},
        ),
        (
            {"type": "book", "isbn": "0306406152", "extra": {"edition": "Second"}},
            {"isbn": "9780306406157 2"},
        ),
        (
            {"type": "book", "isbn": "0306406152", "extra": {"edition": "3rd ed."}},
            {"isbn": "9780306406157 3"},
        ),
        ({"type": "book", "isbn": "12 34-5"}, {"isbn": "12345 1"}),
        ({"type": "book"}, {}),
        ({"type": "incollection", "isbn": "0306406152"}, {}),
        ({"isbn": "0306406152"}, {}),
    ],
)
def test_identifiers_of_a_record(fields: dict[str, Any], ids: dict[str, str]) -> None:
    kind = {} if "type" in fields else {"type": "misc"}
    assert traits(record(title="A trial of cold", **{**kind, **fields})).ids == ids


@pytest.mark.parametrize(
    ("fields", "number"),
    [
        ({"doi": "10.1002/14651858.CD000998.pub3"}, "CD000998"),
        ({"journal": "Cochrane Database Syst Rev", "pages": "CD000998"}, "CD000998"),
        ({"journal": "Lancet", "pages": "CD000998"}, ""),
        ({"journal": "Cochrane Database Syst Rev", "pages": "12-14"}, ""),
    ],
)
def test_the_number_of_a_cochrane_review(fields: dict[str, str], number: str) -> None:
    assert traits(record(**fields)).cochrane == number


@pytest.mark.parametrize(
    ("fields", "flags"),
    [
        ({"title": "Erratum to: Cold and pain"}, {"notice"}),
        ({"title": "Author Correction: Cold and pain"}, {"notice"}),
        ({"title": "Publisher's correction to: Cold and pain"}, {"notice"}),
        ({"title": "Notice of Retraction: Cold and pain"}, {"notice"}),
        ({"title": "Editorial expression of concern: Cold and pain"}, {"notice"}),
        ({"title": "Cold and pain: reply"}, {"notice"}),
        ({"title": "Response of nerves"}, {"notice"}),
        ({"title": "Responses of nerves to cold"}, set()),
        ({"title": "RETRACTED: Cold and pain"}, set()),
        ({"title": "Cold", "extra": {"pubtype": "Published Erratum"}}, {"notice"}),
        ({"title": "Cold", "extra": {"pubtype": "Retraction of Publication"}}, {"notice"}),
        ({"title": "Cold: study design and rationale"}, {"protocol"}),
        ({"title": "Protocol for a trial of cold"}, {"protocol"}),
        ({"title": "Cold", "study": Study(design="protocol")}, {"protocol"}),
        ({"title": "Abstract 12: Cold and pain"}, {"abstract"}),
        ({"title": "Cold", "extra": {"pubtype": "Meeting Abstract"}}, {"abstract"}),
        ({"title": "Cold", "journal": "Conference abstracts of 2019"}, {"abstract"}),
        ({"title": "Cold", "number": "Suppl 1", "pages": "S12"}, {"abstract"}),
        ({"title": "Cold", "volume": "3 Suppl", "pages": "S12"}, {"abstract"}),
        ({"title": "Cold", "number": "Suppl 1", "pages": "S12-S20"}, set()),
        ({"title": "Cold", "number": "1", "pages": "12"}, set()),
        ({"title": "Cold", "type": "inproceedings"}, {"abstract"}),
        ({"title": "Cold for pain (updated review)"}, {"update"}),
    ],
)
def test_what_a_record_is_of(fields: dict[str, Any], flags: set[str]) -> None:
    found = traits(record(**fields))
    assert {
        name
        for name in ("notice", "protocol", "abstract", "update")
        if getattr(found, f"is_{name}")
    } == flags


def test_a_title_without_what_databases_put_before_it() -> None:
    assert traits(record(title="[Title not shown] Cold and pain")).title == "cold and pain"
    assert traits(record(title="[Cold and pain]")).title == "cold and pain"
    assert traits(record(title="[Title not shown]")).title == "title not shown"
    assert traits(record(title="Abstract No. 4: Cold and pain")).title == "cold and pain"
    assert traits(record(title="Retracted article: Cold and pain")).title == "cold and pain"


def test_a_word_before_a_colon_is_no_title() -> None:
    assert traits(record(title="Pain: a review of cold")).beginnings == frozenset()
    assert len(traits(record(title="Pelvic pain: a review of cold")).beginnings) == 1


def test_numbers_and_people_of_a_record() -> None:
    found = traits(record(title="Part two of 3 trials", authors="B and Moreau, Anne", pages="12-"))
    assert found.numbers == {"2", "3"}
    assert found.family == "moreau"  # what may be an initial names nobody
    assert (found.pages, found.page) == ("12", "12")
    assert traits(record(pages="in press")).pages == ""


def test_records_of_one_work_share_a_block() -> None:
    one = record(title="Freezing the pudendal nerve in women", year=2018, volume="12", pages="9-14")
    other = replace(one, title="Congélation", journal="Pain", year=2018)
    shared = set(blocks(traits(one))) & set(blocks(traits(other)))
    assert shared == {"place 12 9 2018"}
    worded = replace(one, title="Pudendal freezing of a nerve", volume="", pages="", year=None)
    assert set(blocks(traits(one))) & set(blocks(traits(worded))) == {
        "words freezing pudendal",
        "words freezing nerve",
        "words pudendal nerve",
    }
    assert list(blocks(traits(record()))) == []


# ---- pairs ------------------------------------------------------------------------------

TRIAL: dict[str, Any] = {
    "title": "Cold block of the pudendal nerve in chronic pelvic pain",
    "authors": "Marchand, Anne and Oduya, Bola",
    "year": 2018,
    "journal": "Journal of Pelvic Pain",
    "volume": "12",
    "number": "3",
    "pages": "145-152",
}
ELSEWHERE = {"journal": "Anaesthesia", "volume": "70", "pages": "9-14"}
SHORT = {"title": "Vulvodynia"}
LETTER = {"title": "Letter to the editor"}


def pair(one: dict[str, Any], other: dict[str, Any]) -> Pair | None:
    """The pair of the trial changed in one way and in another."""
    a, b = ({**TRIAL, **fields} for fields in (one, other))
    found = compare(traits(record("a", **a)), traits(record("b", **b)))
    turned = compare(traits(record("b", **b)), traits(record("a", **a)))
    assert (found and found.kind) == (turned and turned.kind)
    return found


@pytest.mark.parametrize(
    ("one", "other", "kind"),
    [
        # title, pages and what supports them
        ({}, {}, "same"),
        ({}, {"journal": "J Pelvic Pain", "pages": "145-52"}, "same"),
        ({}, {"pages": ""}, "doubtful"),
        ({}, {"pages": "145"}, "same"),
        ({}, {"pages": "200-210"}, "doubtful"),
        ({}, {"year": 2019}, "same"),  # online first
        ({"volume": ""}, {"year": 2019}, "doubtful"),
        ({}, {"year": 2021}, "doubtful"),
        ({"authors": "", "year": None, "volume": ""}, {}, "doubtful"),  # only the journal agrees
        ({"authors": "", "year": None}, {}, "same"),  # journal and volume
        ({}, {"authors": "Stein, Ada"}, "doubtful"),
        ({}, {"authors": "Stein, Ada", "pages": "200-210"}, None),
        # a subtitle
        ({}, {"title": f"{TRIAL['title']}: a trial"}, "same"),
        ({}, {"title": f"{TRIAL['title']}: a trial", "pages": "145"}, "doubtful"),
        ({}, {"title": f"{TRIAL['title']}: part 2"}, "doubtful"),
        ({"authors": ""}, {"title": f"{TRIAL['title']}: a trial"}, "doubtful"),
        # what many works are called
        (SHORT, SHORT, "same"),
        ({**SHORT, "authors": ""}, SHORT, "doubtful"),
        (LETTER, LETTER, "same"),
        ({**LETTER, "authors": ""}, LETTER, "doubtful"),
        # identifiers
        ({"doi": "10.5555/a"}, {"doi": "10.5555/A"}, "same"),
        ({"doi": "10.5555/a"}, {"doi": "10.5555/b"}, "doubtful"),
        ({"pmid": "1"}, {"pmid": "2", **ELSEWHERE}, "copublication"),
        ({"pmid": "1"}, {"pmid": "2", **ELSEWHERE, "year": 2019}, "copublication"),
        ({"pmid": "1"}, {"pmid": "2", **ELSEWHERE, "year": 2022}, "update"),
        ({"doi": "10.5555/a", "pmid": "1"}, {"doi": "10.5555/a", "pmid": "2"}, "doubtful"),
        ({"doi": "10.5555/a"}, {"doi": "10.5555/a", "authors": "Stein, Ada"}, "doubtful"),
        ({"doi": "10.5555/a"}, {"doi": "10.5555/a", "pages": "200"}, "same"),
        ({"doi": "10.5555/a", **SHORT}, {"doi": "10.5555/a", **SHORT, "pages": "200"}, "doubtful"),
        ({"doi": "10.5555/a"}, {"doi": "10.5555/a", "title": ""}, "same"),
        ({"doi": "10.5555/a"}, {"doi": "10.5555/a", "title": "", "year": 2011}, "doubtful"),
        ({"pmid": "1"}, {"pmid": "1", "title": "Cryoneurolyse du nerf honteux"}, "same"),
        ({"doi": "10.5555/a"}, {"doi": "10.5555/a", "title": "Gangrene of sheep"}, "doubtful"),
        (
            {"doi": "10.5555/a"},
            {"doi": "10.5555/a", "title": "Gangrene of sheep", "pages": "9"},
            None,
        ),
        # two publications of one study
        ({}, {"journal": "medRxiv", "volume": "", "number": "", "pages": ""}, "preprint"),
        ({}, {"title": f"{TRIAL['title']}: protocol", **ELSEWHERE}, "protocol"),
        ({}, {"study": Study(design="protocol"), **ELSEWHERE}, "protocol"),
        (
            {},
            {"type": "misc", "journal": "", "volume": "", "number": "NCT01234567", "pages": ""},
            "registration",
        ),
        ({}, {"title": f"Erratum to: {TRIAL['title']}", "pages": "300"}, "notice"),
        ({}, {**ELSEWHERE, "pages": "S9", "number": "Suppl 1"}, "conference-abstract"),
        ({}, {"type": "phdthesis", **ELSEWHERE}, "other-type"),
        ({"type": "book"}, {"type": "incollection", **ELSEWHERE}, "other-type"),
        ({}, {"type": "incollection"}, "same"),  # a series is a journal to some
        ({}, {"type": "phdthesis"}, "doubtful"),
        ({"doi": "10.5555/a"}, {"doi": "10.5555/a", "type": "techreport"}, "same"),
        ({"doi": "10.5555/a"}, {"doi": "10.5555/a", "type": "phdthesis"}, "doubtful"),
        ({}, ELSEWHERE, "copublication"),
        ({}, {**ELSEWHERE, "year": 2022}, "update"),
        ({}, {**ELSEWHERE, "authors": ""}, None),
        ({"pmid": "1"}, {"pmid": "2", **ELSEWHERE, "authors": "Stein, Ada"}, None),
        ({"pmid": "1", **SHORT}, {"pmid": "2", **SHORT, **ELSEWHERE}, None),
        ({}, {**ELSEWHERE, "year": 2019}, "copublication"),
        ({}, {**ELSEWHERE, "year": 2020}, "update"),
        ({}, {"title": f"{TRIAL['title']}: an update", **ELSEWHERE, "year": 2021}, "update"),
        ({}, {"title": f"{TRIAL['title']}: an update", **ELSEWHERE}, None),
        ({"doi": "10.5555/a"}, {"doi": "10.5555/a", "title": f"{TRIAL['title']}: part 2"}, "same"),
        (
            {"doi": "10.5555/a", "pages": ""},
            {"doi": "10.5555/a", "title": f"{TRIAL['title']}: part 2"},
            "doubtful",
        ),
        (
            {"doi": "10.5555/a", "pages": ""},
            {"doi": "10.5555/a", "title": f"{TRIAL['title']}: a trial"},
            "same",
        ),
        # versions, whatever they are called and whoever revised them
        (
            {"doi": "10.1002/14651858.CD000998.pub2", "volume": ""},
            {"doi": "10.1002/14651858.CD000998.pub3", "title": "Ice", "authors": "Stein, Ada"},
            "update",
        ),
        (
            {"doi": "10.1002/14651858.CD000998.pub2", "volume": ""},
            {"doi": "10.1002/14651858.CD000999", "title": "Ice", "authors": "Stein, Ada"},
            None,
        ),
        (
            {"doi": "10.1002/14651858.CD000998.pub2"},
            {"doi": "10.1002/14651858.CD000998.pub3"},
            "update",
        ),
        ({"doi": "10.48550/arxiv.1801.00001v1"}, {"doi": "10.48550/arxiv.1801.00001v2"}, "update"),
        # nearly the title
        ({}, {"title": TRIAL["title"].replace("nerve", "nerves"), "pages": ""}, "doubtful"),
        ({}, {"title": TRIAL["title"].replace("nerve", "nerves"), "pages": "9"}, "companion"),
        (
            {"title": f"{TRIAL['title']} 1"},
            {"title": f"{TRIAL['title']} 2", "pages": "160-170"},
            "companion",
        ),
        (
            {"title": f"{TRIAL['title']} 1"},
            {"title": f"{TRIAL['title']} 2", "pages": "160-170", "year": 2019},
            "companion",
        ),
        (
            {"title": f"{TRIAL['title']} 1"},
            {"title": f"{TRIAL['title']} 2", "pages": "160-170", "year": 2020},
            None,
        ),
        ({"title": f"{TRIAL['title']} 1"}, {"title": f"{TRIAL['title']} 2", **ELSEWHERE}, None),
        # a title that was cut off in the middle: from 25 letters on
        ({"volume": "", "pages": ""}, {"title": TRIAL["title"][:40], "year": 2018}, "doubtful"),
        ({"volume": "", "pages": ""}, {"title": TRIAL["title"][:23]}, None),
        ({"volume": "", "pages": ""}, {"title": TRIAL["title"][-40:]}, "doubtful"),
        ({"title": "Gangrene of the sheep in winter"}, {"title": "", "volume": "9"}, None),
        ({}, {"title": "Gangrene of the sheep in winter", **ELSEWHERE}, None),
        ({}, {"title": "Gangrene of the sheep in winter"}, "doubtful"),  # in one place
    ],
)
def test_what_two_records_are_to_each_other(
    one: dict[str, Any], other: dict[str, Any], kind: str | None
) -> None:
    found = pair(one, other)
    assert (None if found is None else found.kind) == kind


def test_a_pair_says_why() -> None:
    found = pair({}, {"pages": "200-210", "year": 2021})
    assert found is not None
    assert found.why == "title, authors, journal, number, volume agree; year, pages differ"
    assert found.as_dict() == {
        "a": "a",
        "b": "b",
        "kind": "doubtful",
        "agree": ["title", "authors", "journal", "number", "volume"],
        "differ": ["year", "pages"],
    }
    bare = {"authors": "", "journal": "", "volume": "", "number": "", "pages": ""}
    lone = pair(bare, bare)
    assert lone is not None
    assert lone.why == "title, year agree; no identifier and no pages that both give"
    one = Pair("a", "b", "doubtful", ("title",), ("authors",))
    assert one.why.startswith("title agrees; authors differ")
    assert Pair("a", "b", "doubtful", (), ("year", "doi")).why == "year, doi differ"


# ---- many records -----------------------------------------------------------------------


def test_a_crowd_that_shares_only_a_year_and_a_page_is_not_compared() -> None:
    """Sixty records in one block say too little; a DOI in common always says enough."""

    def numbered(number: int) -> Reference:
        words = f"{chr(97 + number // 26)}{chr(97 + number % 26)}" * 3
        return record(f"r{number}", title=words, authors="Lee, A.", year=2018, pages="1")

    asked = record("new", title="Zzzz", authors="Lee, A.", year=2018, volume="4", pages="1")
    for count, seen in ((60, True), (61, False)):
        matcher = Matcher(
            [replace(numbered(n), volume="4", journal=f"Journal {n}") for n in range(count)]
        )
        assert bool(matcher.matches(asked)) is seen
    crowd = [replace(numbered(n), doi="10.5555/supplement") for n in range(61)]
    assert len(Matcher(crowd).matches(replace(crowd[0], key="new"))) >= 1


def test_the_surest_comes_first_and_a_record_can_be_told_again() -> None:
    same, apart = record("z", **TRIAL), record("a", **{**TRIAL, "pages": "", "volume": ""})
    other = record("m", **{**TRIAL, **ELSEWHERE})
    matcher = Matcher([other, apart, same])
    new = record("new", **TRIAL)
    assert [(p.key_a, p.kind) for p in matcher.matches(new)] == [
        ("z", "same"),
        ("a", "doubtful"),
        ("m", "copublication"),
    ]
    found = matcher.same(new)
    assert found is not None
    assert found.key_a == "z"
    less, more = replace(apart, key="b", journal="", number=""), replace(apart, key="c")
    kinds = Matcher([less, more]).matches(new)
    assert [(p.key_a, p.kind) for p in kinds] == [("c", "doubtful"), ("b", "doubtful")]
    matcher.add(replace(same, year=2001))
    assert matcher.same(new) is None
    assert [(p.key_a, p.key_b) for p in find_duplicates([other, same])] == [("m", "z")]


def test_at_most_three_doubts_are_marked_on_a_record() -> None:
    pairs = [Pair(f"d{n}", "new", "doubtful", ("title",), ()) for n in range(4)]
    near = Pair("p", "new", "preprint", ("title",), ())
    same = Pair("s", "new", "same", ("title",), ())
    assert [p.key_a for p in doubts([same, near, *pairs])] == ["d0", "d1", "d2"]
    new = record("new")
    found = marked(new, [same, *pairs, near])
    assert found.extra == {MARK: "d0, d1, d2"}
    assert found.related == (Relation("preprint", "p"),)
    assert possible_duplicates(found) == ("d0", "d1", "d2")
    assert possible_duplicates(new) == ()
    assert marked(new, [same]) is new
    assert marked(found, [near]) is found


# ---- merged -----------------------------------------------------------------------------


def test_one_record_made_of_two() -> None:
    a = record(
        title="[Cold]",
        authors="Moreau, Anne",
        more_authors=True,
        journal="J Pain",
        pages="145",
        year=2018,
        unverified={"doi": "", "issn": ""},
        provenance=(Provenance("https://a.example", "title, year"),),
        keywords=("cold",),
        extra={"note": "ours"},
        study=Study(design="rct", french={"arms": "deux"}),
    )
    b = record(
        "b",
        title="Cold and pain",
        authors="Moreau, A. and Petit, Jean",
        journal="Pain",
        pages="145-150",
        year=2019,
        doi="10.5555/a",
        publisher="",
        provenance=(Provenance("https://a.example", "year, doi"), Provenance("https://b.example")),
        keywords=("pain", "cold"),
        findings=(Finding("pain"),),
        extra={"note": "theirs", "month": "may", MARK: "x"},
        study=Study(design="cohort", participants=12, harms="none", french={"harms": "aucun"}),
        status="retracted",
    )
    found = merge(a, b)
    merged = found.reference
    assert (merged.title, merged.doi, merged.year, merged.journal, merged.pages) == (
        "Cold and pain",
        "10.5555/a",
        2018,
        "J Pain",
        "145",
    )
    assert [one.family for one in merged.authors] == ["Moreau", "Petit"]
    assert not merged.more_authors
    assert [(c.field, c.kept, c.other) for c in found.conflicts] == [
        ("year", "2018", "2019"),
        ("journal", "J Pain", "Pain"),
    ]
    assert merged.provenance == (
        Provenance("https://a.example", "title, year, doi"),
        Provenance("https://b.example"),
    )
    assert merged.keywords == ("cold", "pain")
    assert merged.extra == {"note": "ours", "month": "may"}
    assert (merged.study.design, merged.study.participants, merged.study.harms) == (
        "rct",
        12,
        "none",
    )
    assert merged.study.french == {"arms": "deux", "harms": "aucun"}
    assert merged.unverified == {"issn": ""}
    assert merged.status == "retracted"
    assert set(found.filled) == {
        *("title", "authors", "doi", "participants", "harms", "french", "provenance"),
        *("keywords", "findings", "month", "status"),
    }


def test_merging_changes_no_more_than_it_says() -> None:
    whole = record(title="Cold and pain", authors="Moreau, Anne", year=2018, status="corrected")
    found = merge(whole, replace(whole, key="b", title="Cold and Pain.", status="retracted"))
    assert (found.reference, found.filled, found.conflicts) == (whole, (), ())
    other = replace(
        whole, key="b", authors=by("Stein, Ada"), volume="4", study=Study(french={"a": "b"})
    )
    found = merge(whole, other)
    assert found.filled == ("volume",)
    assert [(c.field, c.kept, c.other) for c in found.conflicts] == [
        ("authors", "Moreau, Anne", "Stein, Ada")
    ]
    assert found.reference.study == Study()
    # Two pages at one address that the record itself keeps apart stay apart.
    two = (Provenance("https://a.example", "title"), Provenance("https://a.example", "year"))
    kept = merge(replace(whole, provenance=two), replace(whole, provenance=(two[1],)))
    assert kept.reference.provenance == two


def test_what_a_person_decided_comes_before_what_the_records_say() -> None:
    more = {"authors": "Moreau, Anne", "year": 2020, "doi": "10.5555/b"}
    one = record("a", title="Cold block of the pudendal nerve", **more)
    other = replace(one, key="b", pages="1-9")
    (pair,) = find_duplicates([one, other])
    assert pair.kind == "same"
    apart = PairDecisions([PairDecision.of(one, other, "different")])
    assert find_duplicates([one, other], apart) == []
    related = PairDecisions([PairDecision.of(one, other, "related", "update-of")])
    assert find_duplicates([one, other], related) == []
    doubtful = replace(one, key="c", doi="")
    (pair,) = find_duplicates([one, doubtful])
    assert pair.kind == "doubtful"
    same = PairDecisions([PairDecision.of(one, doubtful, "same")])
    (pair,) = find_duplicates([one, doubtful], same)
    assert pair.kind == "same"


def test_records_that_only_their_keys_tell_apart() -> None:
    one = record("a", title="Cold block of the pudendal nerve", authors="Moreau, Anne", year=2020)
    twin = replace(one, key="b")
    made = PairDecision.of(one, twin, "different")
    decisions = PairDecisions([made])
    assert made.is_of_twins
    assert decisions.about(one, twin) == decisions.about(twin, one) == made
    changed = replace(one, title="Heat", authors=())
    assert decisions.about(changed, twin) is None, "the record of that key is another now"
    assert decisions.about(one, replace(changed, key="b")) is None
    assert decisions.about(one, replace(one, key="c")) is None
