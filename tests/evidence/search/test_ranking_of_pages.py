"""What claims of a page are asked with, and what each word of a search seeks.

What a page is about stands in docs/search.md: the condition of its title or heading, else the word
of its title that the fewest records have.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from nine_records import KEYS, RECORDS, record

from evidence.knowledge import KnowledgeBase
from evidence.search.index import writer
from evidence.search.index.algebra import (
    NOTHING,
    AllOf,
    AnyOf,
    BestOf,
    Exact,
    InConcept,
    InPlaces,
    Plain,
    Rare,
    Sought,
    Stem,
    Weighed,
    Within,
)
from evidence.search.index.documents import document_of
from evidence.search.index.lookup_fields import FieldIndex
from evidence.search.index.matching import matches_of
from evidence.search.index.reader import OpenIndex
from evidence.search.index.statistics import IndexStatistics
from evidence.search.query import nodes
from evidence.search.ranking.claim_query import (
    MAX_WORDS,
    ClaimQuery,
    QueryTerm,
    read_claim,
    tells,
)
from evidence.search.ranking.evaluation import Evaluation, TreeEvaluator, Wanted, ranked
from evidence.search.ranking.facets import Facets
from evidence.search.ranking.feedback import Feedback
from evidence.search.ranking.scope import coverage
from evidence.search.ranking.sorting import Orders, best
from evidence.search.ranking.subjects import SubjectOrder, subjects_of
from evidence.search.ranking.suggest import Suggester, recognise, score, sentences, sought_of
from evidence.search.ranking_parameters import DEFAULT
from evidence.search.request import SearchRequest
from references.concepts import Concept, Vocabulary


@pytest.fixture(scope="module")
def vocabulary() -> Vocabulary:
    return KnowledgeBase().vocabulary


def opened(folder: Path, vocabulary: Vocabulary, *records: Any) -> IndexStatistics:
    writer.create(folder, ((document_of(one, vocabulary), "") for one in records))
    found = IndexStatistics(OpenIndex(folder), vocabulary, folder)
    found.semantic = False
    return found


@pytest.fixture(scope="module")
def index(vocabulary: Vocabulary, tmp_path_factory: pytest.TempPathFactory) -> IndexStatistics:
    return opened(tmp_path_factory.mktemp("nine"), vocabulary, *RECORDS)


# ---- what a page is about -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("claim", "around", "subjects"),
    [
        ("It may follow a burn of the knee", "Pudendal neuralgia", ("pudendal-neuralgia",)),
        ("It may follow a burn", "Welcome", ("burns",)),
        ("It may follow a burn", "", ()),
        ("Trigeminal neuralgia hurts", "Neuralgia", ("trigeminal-neuralgia", "neuralgia")),
        (
            "A nerve block and freezing",
            "Cryoneurolysis of the pudendal nerve",
            ("pudendal-nerve", "nerve-block", "cryoneurolysis"),
        ),
        ("Cooling treats it", "Pain after surgery", ()),  # nearly every page is about these
    ],
)
def test_subjects_are_those_of_the_page_and_their_kinds(
    index: IndexStatistics, claim: str, around: str, subjects: tuple[str, ...]
) -> None:
    found = read_claim(index, claim, around=around)
    assert set(found.subjects) >= set(subjects)
    assert [one for one in found.subjects if one in subjects] == list(subjects)
    assert not {"pain", "surgery"} & set(found.subjects)
    if not around:
        assert (found.subjects, found.title) == ((), None)


def test_what_only_the_page_names_counts_half(index: IndexStatistics) -> None:
    around = "Pudendal neuralgia"
    weights = read_claim(index, "Freezing it helps women", ["men", "cryoneurolysis"], around)
    subject, background = DEFAULT.subject, DEFAULT.background
    assert weights.concepts["cryoneurolysis"] == pytest.approx(subject), "named in the claim"
    assert weights.concepts["women"] == pytest.approx(background)
    assert weights.concepts["men"] == pytest.approx(DEFAULT.unnamed * background)
    assert weights.concepts["pudendal-neuralgia"] == pytest.approx(DEFAULT.around * subject)
    given = read_claim(index, "It helps", ["pudendal-neuralgia"], around)
    assert given.concepts == {"pudendal-neuralgia": pytest.approx(DEFAULT.unnamed * subject)}


@pytest.mark.parametrize(
    ("around", "word"),
    [
        ("Sheep in winter", "winter"),  # one record has it, two have sheep
        ("Winter of sheep", "Winter"),
        ("Freezing of sheep", "sheep"),  # the treatment is none
        ("Your guide to sheep", "sheep"),
        ("Sheep. Unheard of winter", "sheep"),  # the title ends with its sentence
        ("Sham of ewes", None),  # too short to tell
        ("Chronic pain", None),
        ("Pudendal neuralgia in winter", None),  # the page names a condition
        ("La brebis en hiver", "hiver"),
    ],
)
def test_the_word_of_a_title_that_the_fewest_records_have(
    index: IndexStatistics, around: str, word: str | None
) -> None:
    title = read_claim(index, "Cooling helps", around=around).title
    if word is None or title is None:
        assert (title and title.word) == word
        return
    assert title.word.lower() == word.lower()


@pytest.mark.parametrize(
    ("word", "telling"),
    [
        ("sheep", True),
        ("ewes", False),
        ("Zoster", True),
        ("Symptoms", False),
        ("Traitement", False),
        ("Réponses", False),
        ("douleurs", False),
        ("undiagnosed", True),  # only its beginning counts
    ],
)
def test_words_that_tell_what_a_page_is_about(word: str, telling: bool) -> None:
    assert tells(word) is telling


def test_suggestions_of_a_page_without_a_condition_have_the_word_of_its_title(
    index: IndexStatistics,
) -> None:
    suggester = Suggester(index)

    def found(claim: str, around: str) -> set[str]:
        scores = suggester._ranking(claim, (), around).scores
        return {KEYS[n] for n in np.flatnonzero(scores > 0)}

    assert found("Serum of sheep in winter", "Sheep in winter") == {"unread"}
    everything = found("Serum of sheep in winter", "")
    assert everything >= {"serum", "unread"}
    assert found("Serum of sheep", "Unheard zeppelins") == set(), "of that nothing is known"
    assert found("Serum of sheep", "Freezing before a replacement") == {"knee"}, "it has both"
    frozen = found("Freezing before a replacement", "Freezing in winter")
    assert "unread" not in frozen, "no study of the treatment has the word: it says enough"
    assert "knee" in frozen


# ---- claims ---------------------------------------------------------------------------------


def test_as_many_words_of_a_claim_as_are_read(index: IndexStatistics) -> None:
    letters = "bcdfghjklm"
    words = [f"zz{a}{b}" for a in letters for b in letters]
    assert [term.word for term in read_claim(index, " ".join(words)).words] == words[:MAX_WORDS]
    assert MAX_WORDS == 96


def test_the_forms_of_a_french_word_are_those_of_both_languages(index: IndexStatistics) -> None:
    claim = read_claim(index, "La brebis passe dehors un hiver de cryoneurolyse.")
    assert claim.language == "fr"
    forms = {term.word: term.forms for term in claim.words}
    assert forms["hiver"] == {"winter": 1.0, "hiver": 1.0, "hiv": 1.0}
    assert all(0 < weight <= 1 for form in forms.values() for weight in form.values())


def test_a_part_of_an_english_compound_counts_by_itself(index: IndexStatistics) -> None:
    claim = read_claim(index, "CT-guided freezing, guided again")
    stems = [stem for term in claim.words for stem in term.forms]
    assert len(stems) == len(set(stems)), "each stem once"
    assert [term.word for term in claim.words].count("CT-guided") > 1
    assert all(len(term.forms) == 1 for term in claim.words)


def test_the_algebra_of_a_claim_scores_as_the_arrays_do(index: IndexStatistics) -> None:
    claims = (
        read_claim(index, "Freezing the pudendal nerve relieves neuralgia in women", ["rct"]),
        read_claim(index, "La douleur du genou après une prothèse", ["outcome-pain"]),
        ClaimQuery("en", [QueryTerm("x", 0, 1, {"sham": 0.5, "sheep": 2.0})], {"women": 0.3}),
    )
    for claim in claims:
        scores = matches_of(index, sought_of(index, claim)).scores
        assert scores == pytest.approx(score(index, claim))
        assert scores.any()


def test_concepts_by_the_parts_of_a_claim(index: IndexStatistics) -> None:
    told = recognise(index, "Freezing relieves it", "Pudendal neuralgia")
    assert "cryoneurolysis" in told["intervention"]
    for spaces, known in ((3986, True), (3987, False)):  # four thousand characters are read
        told = recognise(index, " " * spaces + "cryoneurolysis")
        assert ("cryoneurolysis" in told.get("intervention", ())) is known


@pytest.mark.parametrize(
    ("claim", "pieces"),
    [
        ("One two three four. Five six seven eight.", 2),
        ("One two three four. five six seven eight.", 0),  # no capital begins it
        ("One two three four? « Five six seven eight. »", 2),
        ("One two three four! Élan six seven eight", 2),
        ("One two three four\nfive six seven eight", 2),
        ("One two three four; five six seven eight", 2),
        ("About 3. Five six seven eight. Nine ten eleven twelve", 2),
        ("One two three. Five six seven eight.", 0),
    ],
)
def test_where_a_sentence_ends(claim: str, pieces: int) -> None:
    assert len(sentences(claim)) == pieces


def test_of_sentences_the_best_for_each_record_is_told(index: IndexStatistics) -> None:
    knee, nerve = "Cooling before a knee replacement helps.", "Freezing the pudendal nerve helps."
    parts = {
        one.key: one.part for one in Suggester(index).suggest(f"{nerve} {knee}", 9) if one.part
    }
    assert parts["knee"] == knee
    assert parts["frozen"] == nerve.rstrip(".") or parts["frozen"] == nerve


def test_reasons_are_rounded_and_name_what_is_shared_with_the_best(
    index: IndexStatistics,
) -> None:
    found = Suggester(index).suggest("Freezing the pudendal nerve", 9)
    assert found[0].key == "frozen"
    kinds = [reason.kind for reason in found[0].why]
    assert kinds[-1] == "related"
    assert found[0].why[-1].what not in {reason.what for reason in found[0].why[:-1]}
    for one in found:
        assert all(reason.weight == round(reason.weight, 3) for reason in one.why)
        assert all(reason.weight > 0 for reason in one.why)
        assert len({reason.what for reason in one.why}) == len(one.why), "each once"
    claim = read_claim(index, "Freezing the pudendal nerve")
    told = {reason.what: reason.weight for reason in found[0].why}
    for concept, weight in claim.concepts.items():
        ids, gains = index.concept(concept)
        (gain,) = gains[ids == KEYS.index("frozen")]
        assert told[concept] == pytest.approx(gain * weight, abs=0.001)


def test_a_strong_reason_stands_for_all_forms_of_its_word(index: IndexStatistics) -> None:
    suggester = Suggester(index)
    found = suggester.suggest("La douleur du genou avant une prothèse de genou", 9)
    knee = next(one for one in found if one.key == "knee")
    words = [reason.what for reason in knee.why if reason.kind == "words"]
    assert words.count("genou") == 1


def test_up_to_eight_concepts_and_words_are_given_as_reasons(index: IndexStatistics) -> None:
    claim = "Sham and blocks in a long title of seven words for pudendal neuralgia in men"
    found = Suggester(index).suggest(claim, 9)
    trial = next(one for one in found if one.key == "trial")
    weights = [reason.weight for reason in trial.why if reason.kind in ("concept", "words")]
    assert len(weights) == 8
    assert weights == sorted(weights, reverse=True)


def test_fillings_are_of_what_the_best_have_in_common(index: IndexStatistics) -> None:
    told = dict(Suggester(index).fillings("Freezing the pudendal nerve"))
    assert told
    assert all(count > 0 for count in told.values())
    assert {facet for facet, _ in told} <= {"indication", "nerve", "population", "design"}
    assert not dict(Suggester(index).fillings("unheard zeppelin"))


# ---- words ----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def tree(index: IndexStatistics) -> TreeEvaluator:
    return TreeEvaluator(index, FieldIndex(index))


words = nodes.Words


def word(
    tree: TreeEvaluator, typed: str, language: str = "en", expand: bool = True
) -> Sought | None:
    return tree.sought(words(typed), Evaluation(language, expand))


def named(typed: str) -> Exact:
    return Exact("author", typed)


def test_a_phrase_passes_over_words_that_are_small_in_its_language(tree: TreeEvaluator) -> None:
    def phrase(text: str, language: str = "en") -> Sought | None:
        return tree._phrase(text, language)

    knee = InPlaces(((0, "knee"), (1, "replacement")))
    assert phrase("knee replacement") == Within(knee, (Stem("knee"), Stem("replac")))
    assert phrase("plus de douleur", "fr") == Within(
        AnyOf(
            (
                InPlaces(((0, "plus"), (1, "de"), (2, "douleur")), "en"),
                InPlaces(((2, "douleur"),), "fr"),
            )
        ),
        (Stem("douleur"),),
    )
    small = phrase("the of")
    assert isinstance(small, Within)
    assert small.part == AnyOf((InPlaces(((0, "the"), (1, "of")), "fr"),))
    assert phrase("") is None


def test_an_abbreviation_in_capitals_is_no_word(tree: TreeEvaluator) -> None:
    assert word(tree, "AINS", "fr") == Exact("exact", "ains")
    assert word(tree, "ains", "fr") != Exact("exact", "ains")
    assert word(tree, "NSAID") == Exact("exact", "nsaid")
    for other in ("SHEEP", "NSAIDs", "CRYONEUROLYSIS", "IL-6"):
        assert not isinstance(word(tree, other), Exact), other


def test_an_abbreviation_has_six_letters_at_most(tmp_path: Path) -> None:
    names = ("ABCDEF", "ABCDEFG", "trial of XY")
    own = Vocabulary(
        Concept(f"c{n}", "outcome", {"fr": name, "en": name}) for n, name in enumerate(names)
    )
    index = opened(tmp_path, own, record("a", "Nothing", 2020))
    found = TreeEvaluator(index, FieldIndex(index))
    assert [found._abbreviates(one) for one in ("ABCDEF", "ABCDEFG", "XY")] == [True, False, False]


@pytest.mark.parametrize(("both", "are_enough"), [(9, False), (10, True), (11, True)])
def test_ten_records_with_all_words_are_enough(
    vocabulary: Vocabulary, tmp_path: Path, both: int, are_enough: bool
) -> None:
    records = [record(f"b{n:02}", "Serum of sheep", 2020) for n in range(both)]
    index = opened(tmp_path, vocabulary, *records, *(record(f"s{n}", "Serum", 2020) for n in "ab"))
    own = TreeEvaluator(index, FieldIndex(index))
    wanted = own.wanted(nodes.Words("serum sheep"), Evaluation("en"))
    assert wanted.whole == both
    assert wanted.about == (1.0 if are_enough else DEFAULT.about_most)


def test_only_words_that_stand_alone_are_meant_loosely(tree: TreeEvaluator) -> None:

    def loosely(node: nodes.Node, expand: bool = True) -> bool:
        wanted = tree.wanted(node, Evaluation("en", expand))
        assert wanted.whole == 2, "of sham and blocks"
        return wanted.about != 1.0

    sham, blocks = words("sham"), words("blocks")
    assert loosely(words("sham blocks"))
    assert loosely(nodes.And((sham, blocks)))
    assert not loosely(nodes.And((sham, blocks), typed=True))
    assert not loosely(words("sham blocks"), expand=False)
    for other in (nodes.Phrase("long title"), nodes.Field("title", "title"), nodes.Prefix("tit")):
        assert not loosely(nodes.And((words("sham blocks"), other)))
    assert not loosely(
        nodes.And((words("sham blocks"), nodes.Not(nodes.Phrase("knee replacement"))))
    )


def test_a_word_is_sought_in_its_forms(tree: TreeEvaluator) -> None:
    assert word(tree, "moreau") == BestOf((Stem("moreau"), named("moreau")))
    assert word(tree, "knee") == BestOf((Stem("knee"), Stem("kne"), named("knee"))), "in French"
    assert word(tree, "genou", "fr") == BestOf(
        (Stem("genou"), named("genou"), Weighed(Stem("knee"), DEFAULT.translation))
    )
    assert word(tree, "genou", "fr", expand=False) == BestOf((Stem("genou"), named("genou")))
    assert word(tree, "genou") == BestOf((Stem("genou"), named("genou"))), "no French search"
    dated = word(tree, "2010")
    assert isinstance(dated, BestOf)
    assert sum(isinstance(part, Rare) for part in dated.parts) == 1
    for other in ("1799", "2100", "20100", "2010a"):
        sought = word(tree, other)
        assert not isinstance(sought, BestOf) or not any(isinstance(p, Rare) for p in sought.parts)


def test_a_compound_is_sought_whole_or_in_its_parts(tree: TreeEvaluator) -> None:
    whole = BestOf((Stem("longtitl"), named("long-title")))
    parts = (Stem("long"), Stem("titl"))
    assert word(tree, "long-title") == Within(AnyOf((whole, Plain(AllOf(parts)))), (whole, *parts))
    guided = word(tree, "CT-guided")
    assert isinstance(guided, Within)
    assert guided.scores[-2:] == (Stem("ct"), Stem("guid"))
    assert isinstance(guided.part, AnyOf)
    assert isinstance(guided.part.parts[1], Plain)
    together = guided.part.parts[1].part
    assert isinstance(together, AllOf)
    assert isinstance(together.parts[-1], Within), "short parts stand side by side"
    month = word(tree, "3-month")
    assert isinstance(month, Within)
    assert month.scores == (BestOf((named("3-month"),)), Stem("3"), Stem("month"))
    assert isinstance(month.part, AnyOf)
    assert month.part.parts[1] == Plain(AllOf((Stem("3"), Stem("month")))), "a number and its unit"


def test_words_that_are_offered_stand_one_by_one(tree: TreeEvaluator) -> None:
    def offered(node: nodes.Node) -> list[Sought]:
        return list(tree._offered(node, Evaluation("en")))

    sham, sheep = (word(tree, one) for one in ("sham", "sheep"))
    assert offered(words("sham the sheep")) == [sham, sheep]
    assert offered(nodes.Or((words("sham"), nodes.Not(words("serum")), words("sheep")))) == [
        sham,
        sheep,
    ]
    assert offered(nodes.And((words("sham"), nodes.Phrase("the"), words("sheep"))))[0] == sham
    knee = nodes.Concepts(("knee-arthroplasty", "women"), "knee")
    assert offered(knee) == [
        AnyOf(
            (
                InConcept("knee-arthroplasty"),
                InConcept("women"),
                Weighed(word(tree, "knee") or NOTHING, DEFAULT.typed),
            )
        )
    ]
    assert offered(nodes.Concepts(("women",), "the")) == [AnyOf((InConcept("women"),))]


# ---- what is asked for beside its words -----------------------------------------------------


def order(index: IndexStatistics, wanted: Wanted) -> list[str]:
    found = ranked(index, wanted)
    places = np.argsort(-found.scores, kind="stable")
    return [KEYS[n] for n in places if found.mask[n]]


def test_what_is_named_goes_before_whatever_its_words(
    index: IndexStatistics, tree: TreeEvaluator
) -> None:
    how = Evaluation("en")
    wanted = tree.wanted(
        words("sham blocks title"), how, [words("serum"), words("winter"), words("nothing")]
    )
    assert len(wanted.works) == 2
    assert wanted.whole == 4, "what is named, and what has all words"
    assert wanted.about == 1.0
    assert order(index, wanted) == ["serum", "unread", "trial", "again"]
    both = tree.wanted(words("knee"), how, [words("sham"), words("zoster")])
    assert set(order(index, both)[:3]) == {"trial", "again", "planned"}
    without = Wanted(None, works=(word(tree, "serum") or NOTHING,))
    assert order(index, without) == ["serum"]
    assert without.every == AnyOf((*without.works, NOTHING))


def test_concepts_that_a_query_excludes_are_no_subjects() -> None:
    knee, women = nodes.Concepts(("knee",), "knee"), nodes.Concepts(("women", "girls"), "women")
    tree = nodes.And((knee, nodes.Not(women), nodes.Words("x"), nodes.Or((women,))))
    assert subjects_of(tree) == (("knee",), ("women", "girls"))


def test_of_more_than_two_conditions_each_counts_less(
    vocabulary: Vocabulary, tmp_path: Path
) -> None:
    conditions = (
        "pudendal-neuralgia",
        "knee-arthroplasty",
        "low-back-pain",
        "trigeminal-neuralgia",
    )
    records = [
        record(str(n), "Nothing", 2020, "rct", indications=conditions[:n]) for n in range(1, 5)
    ]
    index = opened(tmp_path, vocabulary, *records)
    shares = SubjectOrder(index).shares([("pudendal-neuralgia",)])
    assert shares is not None
    each = DEFAULT.condition / np.array([1, 1, 1 + DEFAULT.spread, 1 + 2 * DEFAULT.spread])
    assert shares.tolist() == pytest.approx(each.tolist())
    designs = SubjectOrder(index).shares([("rct",)])
    assert designs is not None
    assert len(set(designs.tolist())) == 1, "of designs a study has no more than its own"


def test_coverage_takes_the_best_document_and_each_word_once(index: IndexStatistics) -> None:
    claim = ClaimQuery(
        "en",
        [QueryTerm("sham", 0, 4, {"sham": 1.0}), QueryTerm("x", 5, 7, {"zoster": 1.0, "y": 1.0})],
        mentions=[("women", 0, 4), ("no-such", 0, 6), ("cryoneurolysis", 3, 6)],
    )
    scores = np.zeros(9)
    scores[[KEYS.index("planned"), KEYS.index("trial")]] = (2.0, 1.0)
    covers = coverage(index, claim, scores)
    assert (covers.covered, covers.known) == (1.0, 1.0)
    assert covers.named == 0.5, "a word stands in a concept only when all of it does"


def test_a_profile_has_no_more_concepts_than_it_may(index: IndexStatistics) -> None:
    feedback = Feedback(index)
    size = len(feedback._table.terms)
    documents, scores = np.arange(9), np.arange(9, 0, -1.0)

    def of(most: int) -> list[float]:
        index.parameters = DEFAULT.with_values({"profile": most}, "test")
        profile = feedback.profile(documents, scores)
        assert profile is not None
        return sorted((one for one in profile.tolist() if one), reverse=True)

    every = of(size)
    assert len(every) > 3
    assert of(size + 1) == every
    for most in (1, 2, len(every) - 1):
        assert of(most) == every[:most]
    index.parameters = DEFAULT


def test_a_head_is_filled_with_nothing_that_the_best_have_not(index: IndexStatistics) -> None:
    feedback = Feedback(index)
    terms = feedback._table.terms
    profile = np.zeros(len(terms))
    profile[terms.index(("indication", "pudendal-neuralgia"))] = 0.9
    serum = KEYS.index("serum")
    documents, gains = feedback.gains(np.array([serum]), np.array([2.0]), profile)
    neuralgia = ["frozen", "trial", "again", "planned", "many"]
    assert [KEYS[n] for n in documents] == ["serum", *neuralgia]
    assert gains[0] == 0
    assert gains.max() == pytest.approx(DEFAULT.feedback * 2.0)
    assert (gains[1:] > 0).all()
    alone, nothing = feedback.gains(np.array([serum]), np.array([2.0]), np.zeros(len(terms)))
    assert (alone.tolist(), nothing.tolist()) == ([serum], [0.0])
    # A record of one concept is wholly like it; one of several is less.
    shared = feedback.shared(profile, list(range(9)))
    assert {KEYS[n] for n, one in enumerate(shared) if one} == set(neuralgia)
    assert {one[0] for one in shared if one} == {"pudendal-neuralgia"}


def test_how_many_of_each_concept_fill_a_head(index: IndexStatistics) -> None:
    feedback = Feedback(index)
    terms = feedback._table.terms
    neuralgia, sheep = ("indication", "pudendal-neuralgia"), ("design", "laboratory")

    def of(size: int, head: int, **strength: float) -> list[tuple[tuple[str, str], int]]:
        index.parameters = DEFAULT.with_values({"head": head}, "test")
        profile = np.zeros(len(terms))
        profile[terms.index(neuralgia)] = strength["neuralgia"]
        profile[terms.index(sheep)] = strength["sheep"]
        return list(feedback.fillings(size, profile))

    # Five records are of the neuralgia, one of sheep.
    assert of(3, 4, neuralgia=0.9, sheep=0.5) == [(neuralgia, 4)]
    assert of(4, 4, neuralgia=0.9, sheep=0.5) == []
    assert of(3, 9, neuralgia=0.5, sheep=0.9) == [(sheep, 9), (neuralgia, 9)]
    assert of(3, 9, neuralgia=0.9, sheep=0.5) == [(neuralgia, 9), (sheep, 7)]
    assert of(3, 9, neuralgia=0.9, sheep=0.0) == [(neuralgia, 9)]
    index.parameters = DEFAULT


def test_records_of_which_nothing_was_recorded_have_nothing_in_common(
    vocabulary: Vocabulary, tmp_path: Path
) -> None:
    bare = [record(key, f"Sheep of {key}", 2020) for key in "ab"]
    index = opened(tmp_path, vocabulary, *bare)
    feedback = Feedback(index)
    assert feedback._table.terms == ()
    assert feedback.profile(np.array([0, 1]), np.array([2.0, 1.0])) is None
    found = Suggester(index)._ranking("Sheep in winter")
    assert found.profile is None
    assert (found.scores > 0).all()


# ---- orders ---------------------------------------------------------------------------------


def test_the_best_of_many_are_those_of_all() -> None:
    chance = np.random.default_rng(7)
    for count in (1, 2, 3, 5, 10):
        documents = np.arange(100, 140)
        scores = chance.integers(0, 6, 40).astype(float)
        pairs = sorted(zip(-scores, documents, strict=True))
        expected = [int(number) for _, number in pairs[:count]]
        assert best(documents, scores, count).tolist() == expected
        assert best(documents[:4], scores[:4], count).tolist() == [
            int(number)
            for _, number in sorted(zip(-scores[:4], documents[:4], strict=True))[:count]
        ]
    assert best(documents, scores, -1).tolist() == []


def test_concepts_are_direct_in_whom_and_by_what(index: IndexStatistics) -> None:
    asked = Orders(index).asked_of(
        ["women", "cryoneurolysis", "men", "no-such", "outcome-pain", "rct", "pudendal-neuralgia"]
    )
    assert asked == {
        "population": ["women", "men", "pudendal-neuralgia"],
        "intervention": ["cryoneurolysis"],
    }


def test_values_of_a_facet_that_nothing_has_are_not_listed(index: IndexStatistics) -> None:
    mask = np.zeros(9, dtype=bool)
    mask[[KEYS.index("serum"), KEYS.index("unread"), KEYS.index("knee")]] = True
    stances = {"supports": frozenset({"serum", "knee"}), "qualifies": frozenset({"knee"})}
    request = SearchRequest(
        "", facets=("design", "year", "stance"), stances=stances | {"contradicts": frozenset()}
    )
    facets = Facets(index)
    counts = facets.counts(request, mask, {})
    assert counts == {
        "design": {"rct": 1, "laboratory": 1},
        "year": {"2010": 1, "2005": 1},
        "stance": {"supports": 2, "qualifies": 1},
    }
    assert facets.counts(request, np.zeros(9, dtype=bool), {}) == {
        "design": {},
        "year": {},
        "stance": {},
    }
