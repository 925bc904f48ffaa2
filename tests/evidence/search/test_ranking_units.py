"""Ranking over an index of nine small records, with numbers worked by hand.

BM25's idf (Robertson and Zaragoza, 2009) is ln(1 + (N - n + 0.5) / (n + 0.5)): with N = 9 it is
ln 6.667 for a word of one record and ln 2.857 for one of three.
"""

from __future__ import annotations

from dataclasses import astuple, replace
from math import exp, log, sqrt
from pathlib import Path

import numpy as np
import pytest
from nine_records import KEYS, RECORDS

from evidence.knowledge import KnowledgeBase
from evidence.search.index import writer
from evidence.search.index.documents import document_of
from evidence.search.index.lookup_fields import FieldIndex
from evidence.search.index.matches import Matches
from evidence.search.index.matching import matches_of
from evidence.search.index.reader import OpenIndex
from evidence.search.index.statistics import IndexStatistics
from evidence.search.query import nodes
from evidence.search.ranking.claim_query import (
    MAX_WORDS,
    ClaimQuery,
    QueryTerm,
    concept_weight,
    read_claim,
)
from evidence.search.ranking.evaluation import Evaluation, TreeEvaluator, ranked
from evidence.search.ranking.facets import Facets, choices
from evidence.search.ranking.feedback import Feedback
from evidence.search.ranking.scope import (
    Coverage,
    coverage,
    evidence_score,
    has_evidence,
    practical_words,
)
from evidence.search.ranking.sorting import Orders, best, together
from evidence.search.ranking.subjects import SubjectOrder, subjects_of
from evidence.search.ranking.suggest import (
    Suggester,
    recognise,
    score,
    sentences,
    with_meaning,
)
from evidence.search.ranking_parameters import DEFAULT
from evidence.search.request import SearchRequest
from references.concepts import Vocabulary
from references.record import Author

ONCE, THRICE = log(1 + 8.5 / 1.5), log(1 + 6.5 / 3.5)


@pytest.fixture(scope="module")
def vocabulary() -> Vocabulary:
    return KnowledgeBase().vocabulary


@pytest.fixture(scope="module")
def folder(vocabulary: Vocabulary, tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("index")
    writer.create(made, ((document_of(one, vocabulary), "") for one in RECORDS))
    return made


@pytest.fixture
def index(folder: Path, vocabulary: Vocabulary) -> IndexStatistics:
    found = IndexStatistics(OpenIndex(folder), vocabulary, folder)
    found.semantic = False
    return found


def keys(index: IndexStatistics, mask: np.ndarray) -> set[str]:
    return {index.card(number).key for number in np.flatnonzero(mask).tolist()}


# ---- words and trees --------------------------------------------------------------------


@pytest.fixture
def tree(index: IndexStatistics) -> TreeEvaluator:
    return TreeEvaluator(index, FieldIndex(index))


EN = Evaluation("en")
W = nodes.Words


def evaluated(tree: TreeEvaluator, node: nodes.Node, how: Evaluation = EN) -> Matches | None:
    """What a tree matches; None when it says nothing."""
    sought = tree.sought(node, how)
    return None if sought is None else matches_of(tree._statistics, sought)


@pytest.mark.parametrize(
    ("node", "found"),
    [
        (W("sham"), {"trial", "again", "planned"}),
        (W("sham blocks"), {"trial", "again"}),
        (W("sham sheep"), set()),
        (W("2010"), {"knee", "unread"}),  # said, or when it appeared
        (W("moreau"), set(KEYS) - {"unread"}),
        (W("IL-6"), {"serum"}),
        (W("follow-up"), {"serum"}),
        (W("followup"), {"serum"}),
        (nodes.Everything(), set(KEYS)),
        (nodes.Or((W("serum"), W("zoster"))), {"serum", "planned"}),
        (nodes.And((W("sham"), nodes.Not(W("zoster")))), {"trial", "again"}),
        (nodes.Not(W("sham")), set(KEYS) - {"trial", "again", "planned"}),
        (nodes.Range("year", 2019, 2021), {"trial", "again", "many"}),
        (nodes.Range("year", None, 2005), {"serum"}),
        (nodes.Range("year", 2022, None), {"planned"}),
        (nodes.Phrase("knee replacement"), {"knee"}),
        (nodes.Phrase("replacement knee"), set()),
        (nodes.Phrase("before a knee"), {"knee"}),
        (nodes.Prefix("pud"), {"frozen"}),
        (nodes.Concepts(("knee-arthroplasty",), "knee"), {"knee", "douleur", "many"}),
        (nodes.Phrase("unheard zeppelin", (W("zoster"), W("serum"))), {"planned"}),
        (nodes.Phrase("unheard zeppelin", (W("nothing"), W("serum"))), {"serum"}),
        (nodes.Phrase("knee replacement", (W("serum"),)), {"knee"}),
        (nodes.Phrase("unheard zeppelin", ()), set()),
        (W("IL6"), {"serum"}),
        (W("IL-7"), set()),
        (W("long-title"), {"trial", "again"}),
    ],
)
def test_what_a_tree_matches(
    tree: TreeEvaluator, index: IndexStatistics, node: nodes.Node, found: set[str]
) -> None:
    matches = evaluated(tree, node)
    assert matches is not None
    assert keys(index, matches.mask) == found
    assert not matches.scores[~matches.mask].any()


def test_words_that_are_too_common_say_nothing(tree: TreeEvaluator) -> None:
    assert evaluated(tree, W("the of and")) is None
    assert evaluated(tree, nodes.Not(W("the"))) is None
    how = Evaluation("en")
    wanted = tree.wanted(W("the"), how)
    assert not ranked(tree._statistics, wanted).mask.any()
    assert (wanted.whole, len(how.effort.notices)) == (0, 1)
    unsaid = evaluated(tree, nodes.Phrase("the of"))
    assert unsaid is None or not unsaid.mask.any()
    with pytest.raises(TypeError, match="not a query node"):
        evaluated(tree, nodes.Node())


def test_a_word_scores_by_its_rarity(tree: TreeEvaluator, index: IndexStatistics) -> None:
    serum, sham = evaluated(tree, W("zoster")), evaluated(tree, W("sham"))
    assert serum is not None
    assert sham is not None
    place = KEYS.index("planned")
    assert serum.scores[place] / sham.scores[place] == pytest.approx(ONCE / THRICE)
    year = evaluated(tree, W("2022"))
    assert year is not None
    assert year.scores[place] == pytest.approx(ONCE)


def test_french_words_reach_english_records_unless_that_is_switched_off(
    tree: TreeEvaluator, index: IndexStatistics
) -> None:
    def found(word: str, **more: bool) -> set[str]:
        matches = evaluated(tree, W(word), Evaluation("fr", **more))
        assert matches is not None
        return keys(index, matches.mask)

    assert "knee" in found("genou")
    assert found("genou", expand=False) == {"douleur"}
    assert found("sheep") == {"serum", "unread"}  # an English word in a French search


def test_with_few_answers_those_with_most_words_follow(
    tree: TreeEvaluator, index: IndexStatistics
) -> None:
    def effort(node: nodes.Node, how: Evaluation = EN) -> tuple[set[str], int]:
        wanted = tree.wanted(node, how)
        return keys(index, ranked(index, wanted).mask), wanted.whole

    assert effort(W("sham blocks zoster")) == ({"trial", "again", "planned"}, 0)
    assert effort(W("sham blocks")) == ({"trial", "again", "planned"}, 2)
    dated = nodes.And((W("sham blocks"), nodes.Not(W("2010"))))
    assert effort(dated) == ({"trial", "again"}, 2)  # a year is meant as it is
    assert effort(nodes.And((W("sham"), W("serum")), typed=True)) == (set(), 0)
    assert effort(nodes.Or((W("nothing"), W("nowhere")))) == (set(), 0)
    limited = nodes.And((W("sham blocks zoster"), nodes.Range("year", 2022, None)))
    assert effort(limited) == ({"planned"}, 0)
    off = replace(EN, expand=False)
    assert effort(W("sham blocks"), off) == ({"trial", "again"}, 2)
    assert effort(W("nothing nowhere")) == (set(), 0)
    assert effort(nodes.And((W("sham"), nodes.Field("title", "blocks")))) == ({"trial", "again"}, 2)


def test_what_a_query_names_stands_before_what_has_its_words(
    tree: TreeEvaluator, index: IndexStatistics
) -> None:
    wanted = tree.wanted(W("sham"), EN, [W("zoster"), W("serum")])
    assert len(wanted.works) == 2
    named = ranked(index, wanted)
    order = [KEYS[n] for n in np.argsort(-named.scores, kind="stable") if named.mask[n]]
    assert order[:2] == ["planned", "serum"]
    assert set(order) == {"planned", "serum", "trial", "again"}
    assert named.scores[KEYS.index("serum")] >= 1.0
    assert tree.wanted(W("sham"), EN, [W("nothing")]).works == ()


# ---- what a search is about ---------------------------------------------------------------


def test_a_study_of_more_of_the_subjects_goes_before(index: IndexStatistics) -> None:
    """Cryoneurolysis counts 1, a condition 0.8, of what only compares with it half."""
    index.parameters = replace(DEFAULT, condition=0.8, mentioned=0.5, titled=0.2, spread=0.5)
    shares = SubjectOrder(index).shares([("cryoneurolysis",), ("pudendal-neuralgia",)])
    assert shares is not None
    told = dict(zip(KEYS, shares.tolist(), strict=True))
    assert told["trial"] == pytest.approx(0.5 + 0.8)
    assert told["again"] == told["planned"] == pytest.approx(0.8)
    assert told["knee"] == pytest.approx(1.0)
    assert told["serum"] == told["unread"] == 0
    # Two conditions beyond two: a review of four is half as much about each.
    assert told["many"] == pytest.approx(0.8 / 2)
    assert told["frozen"] > told["trial"]
    order = SubjectOrder(index)
    assert order.shares([]) is None
    assert order.shares([("no-such-concept",)]) is None
    people = order.shares([("women",)])
    assert people is not None
    assert people[KEYS.index("frozen")] == pytest.approx(0.5)
    designs = order.shares([("rct",)])
    assert designs is not None
    assert designs[KEYS.index("trial")] == pytest.approx(0.5)
    either = order.shares([("women", "men")])
    assert either is not None
    assert either[KEYS.index("trial")] == pytest.approx(0.5)


def test_subjects_outweigh_words_and_incomplete_records_count_less(
    index: IndexStatistics, tree: TreeEvaluator
) -> None:
    index.parameters = replace(DEFAULT, unsound=0.8)
    matches = evaluated(tree, W("sheep"))
    assert matches is not None
    plain = SubjectOrder(index).by_subjects(subjects_of(W("sheep")), matches, 1.0)
    unread, serum = KEYS.index("unread"), KEYS.index("serum")
    assert plain.scores[unread] == pytest.approx(0.8 * matches.scores[unread])
    assert plain.scores[serum] == matches.scores[serum]
    about = nodes.Concepts(("cryoneurolysis",), "freezing")
    full = SubjectOrder(index).by_subjects(subjects_of(about), matches, 1.0)
    assert full.scores[KEYS.index("knee")] == 0  # it does not match
    everything = evaluated(tree, nodes.Everything())
    assert everything is not None
    shares = SubjectOrder(index).shares([("cryoneurolysis",)])
    assert shares is not None
    half = SubjectOrder(index).by_subjects(subjects_of(about), everything, 0.5)
    assert half.scores == pytest.approx(0.5 * shares)


# ---- orders -----------------------------------------------------------------------------


def test_the_best_and_ties_by_number() -> None:
    documents, scores = np.arange(10, 20), np.array([1, 5, 5, 2, 9, 0, 3, 3, 3, 1.0])
    assert best(documents, scores, 3).tolist() == [14, 11, 12]
    assert best(documents, scores, 2).tolist() == [14, 11]
    assert best(documents, scores, 0).tolist() == []
    assert best(documents, scores, 20).tolist()[:2] == [14, 11]
    assert len(best(documents, scores, 20)) == 10
    infinite = np.full(10, -np.inf)
    assert best(documents, infinite, 1).tolist() == [10]


def test_a_work_that_was_published_again_follows_the_first() -> None:
    assert together(["a", "b", "c", "d"], {"c": "a"}) == ["a", "c", "b", "d"]
    assert together(["a", "b"], {}) == ["a", "b"]
    assert together(["c", "a"], {"c": "z"}) == ["c", "a"]


def test_orders_of_results(index: IndexStatistics) -> None:
    orders, mask = Orders(index), np.ones(9, dtype=bool)
    scores = np.array([1.0, 2, 3, 4, 5, 6, 7, 8, 9])

    def first(sort: str, end: int = 9, **more: object) -> list[str]:
        return [KEYS[n] for n in orders.first(mask, scores, sort, end, **more)]  # type: ignore[arg-type]

    assert first("relevance", 2) == ["many", "planned"]
    assert first("newest", 4) == ["planned", "again", "many", "trial"]
    assert first("newest")[-1] == "unread"
    # Levels 2, 2, 2 (newest first), 4 (the cohort and the series), 5, then what is not ranked.
    levels = ["again", "trial", "knee", "douleur", "frozen", "serum", "planned", "many", "unread"]
    assert first("level") == levels
    assert first("level", 4) == levels[:4]
    assert first("level", 0) == []
    assert first("directness", 2) == ["many", "planned"]  # nothing to be direct about
    direct = orders.directness(["cryoneurolysis", "women"])
    assert direct is not None
    told = dict(zip(KEYS, direct.tolist(), strict=True))
    assert (told["frozen"], told["knee"], told["trial"], told["serum"]) == (2.0, 1.0, 0.5, 0.0)
    assert first("directness", 3, direct=direct) == ["frozen", "knee", "trial"]
    assert orders.directness(["pain-relief"]) is None
    assert orders.directness([]) is None
    both = orders.directness(["women", "men"])
    assert both is not None
    assert both.max() == 1.0
    none = np.zeros(9)
    assert [KEYS[n] for n in orders.first(mask, none, "relevance", 2)] == ["planned", "again"]


def test_works_that_are_there_twice(index: IndexStatistics) -> None:
    orders = Orders(index)
    trial, again, serum = (KEYS.index(key) for key in ("trial", "again", "serum"))
    assert orders.repeated(np.array([trial, serum, again])) == {again: trial}
    assert orders.repeated(np.array([again, trial])) == {trial: again}
    assert orders.repeated(np.array([trial, again]), start=2) == {}
    assert orders.repeated(np.array([again, serum])) == {}


# ---- facets -----------------------------------------------------------------------------


def test_choices_narrow_and_are_counted(index: IndexStatistics) -> None:
    facets = Facets(index)

    def chosen_of(
        asked: SearchRequest, filters: dict[str, tuple[str, ...]]
    ) -> dict[str, np.ndarray]:
        sought = choices(asked, filters)
        return {name: matches_of(index, one).mask for name, one in sought.items()}

    request = SearchRequest(
        "",
        years=(2015, 2020),
        verified=True,
        facets=("design", "year", "stance", "indication"),
        stances={"supports": frozenset({"trial", "knee", "none"}), "qualifies": frozenset()},
    )
    chosen = chosen_of(request, {"design": ("rct", "case-series")})
    assert keys(index, chosen["design"]) == {"frozen", "trial", "again", "knee"}
    assert keys(index, chosen["years"]) == {"frozen", "trial", "douleur", "many"}
    assert keys(index, chosen["verified"]) == set(KEYS) - {"unread"}
    counts = facets.counts(request, np.ones(9, dtype=bool), chosen)
    assert counts["design"] == {
        "case-series": 1,
        "rct": 1,
        "cohort-prospective": 1,
        "narrative-review": 1,
    }
    assert counts["year"] == {"2019": 1, "2015": 1}
    assert counts["stance"] == {"supports": 1}
    assert counts["indication"] == {"pudendal-neuralgia": 2}
    by_year = chosen_of(replace(request, years=(None, 2010), verified=False), {})
    assert set(by_year) == {"years"}
    assert keys(index, by_year["years"]) == {"knee", "serum"}
    late = chosen_of(replace(request, years=(2021, None), verified=False), {})
    assert keys(index, late["years"]) == {"again", "planned"}
    assert chosen_of(SearchRequest(""), {}) == {}
    stance = chosen_of(request, {"stance": ("supports", "qualifies")})["stance"]
    assert keys(index, stance) == {"trial", "knee"}
    assert keys(index, chosen_of(request, {"year": ("2019", "2021")})["year"]) == {
        "trial",
        "again",
    }
    facets.close()


def test_counts_are_in_order(index: IndexStatistics) -> None:
    request = SearchRequest("", facets=("indication", "year"))
    counts = Facets(index).counts(request, np.ones(9, dtype=bool), {})
    assert list(counts["indication"].items())[:2] == [
        ("pudendal-neuralgia", 5),
        ("knee-arthroplasty", 3),
    ]
    years = list(counts["year"])
    assert years == sorted(years, reverse=True)
    assert len(years) == 8


# ---- claims -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("facet", "language", "meaning", "weight"),
    [
        ("indication", "en", False, 1.25),
        ("nerve", "fr", False, 3.125),
        ("intervention", "fr", True, 2.5),
        ("population", "en", False, 0.5),
        ("anatomy", "fr", False, 1.25),
        ("outcome", "fr", True, 2.0),
        ("outcome", "en", True, 1.0),
    ],
)
def test_what_a_concept_of_a_claim_counts(
    facet: str, language: str, meaning: bool, weight: float
) -> None:
    fitted = replace(
        DEFAULT,
        subject=1.25,
        background=0.5,
        concepts_en=1.0,
        concepts_fr=2.5,
        concepts_fr_with_meaning=2.0,
        concepts_en_with_meaning=1.0,
    )
    assert concept_weight(facet, language, meaning, fitted) == pytest.approx(weight)


def test_a_claim_is_read(index: IndexStatistics) -> None:
    claim = read_claim(index, "Freezing the pudendal nerve helps the nerve.", ["women", "zzz"])
    assert claim.language == "en"
    words = [term.word for term in claim.words]
    assert words.count("nerve") == 1
    assert "the" not in words
    assert all(set(term.forms.values()) == {1.0} for term in claim.words)
    first = claim.words[0]
    assert (first.word, first.start, first.end) == ("Freezing", 0, 8)
    assert claim.concepts["pudendal-nerve"] == pytest.approx(DEFAULT.subject)
    assert claim.concepts["women"] == pytest.approx(DEFAULT.unnamed * DEFAULT.background)
    assert "zzz" not in claim.concepts
    assert ("pudendal-nerve", 13, 27) in claim.mentions
    named = read_claim(index, "Freezing in women", ["women"])
    assert named.concepts["women"] == pytest.approx(DEFAULT.background)
    french = read_claim(index, "La douleur du genou est traitée par le froid.")
    assert french.language == "fr"
    knee = next(term for term in french.words if term.word == "genou")
    assert len(knee.forms) > 1
    assert max(knee.forms.values()) == 1.0
    long = read_claim(
        index, " ".join(f"word{chr(97 + n // 26)}{chr(97 + n % 26)}x" for n in range(120))
    )
    assert len(long.words) <= MAX_WORDS


def test_the_agreement_of_a_claim_is_the_sum_of_its_words_and_concepts(
    index: IndexStatistics,
) -> None:
    zoster, sheep = index.term("zoster"), index.term("sheep")
    planned = KEYS.index("planned")
    one = ClaimQuery("en", [QueryTerm("zoster", 0, 6, {"zoster": 1.0})])
    assert score(index, one)[planned] == pytest.approx(zoster[1][0])
    half = ClaimQuery("en", [QueryTerm("zoster", 0, 6, {"zoster": 0.5})])
    assert score(index, half)[planned] == pytest.approx(zoster[1][0] / 2)
    forms = ClaimQuery("fr", [QueryTerm("x", 0, 1, {"zoster": 0.5, "sheep": 1.0, "sham": 0.0})])
    scored = score(index, forms)
    assert scored[planned] == pytest.approx(zoster[1][0] / 2)
    assert scored[sheep[0]] == pytest.approx(sheep[1])
    about = score(index, ClaimQuery("en", [], {"knee-arthroplasty": 2.0}))
    ids, gains = index.concept("knee-arthroplasty")
    recorded = dict(
        zip(*(part.tolist() for part in index.recorded("knee-arthroplasty")), strict=True)
    )
    for number, gain in zip(ids.tolist(), gains.tolist(), strict=True):
        assert about[number] == pytest.approx(2.0 * (gain + recorded.get(number, 0.0)))


def test_sentences_of_a_claim() -> None:
    four = "Cold blocks the nerve"
    assert sentences(f"{four}. {four}!") == [four, f"{four}!"]
    assert sentences(f"{four}; {four}") == [four, four]
    assert sentences(four) == []
    assert sentences(f"{four}. Too short it.") == []
    assert len(sentences(f"{four}. " * 20)) == 12


def test_nearness_in_meaning_is_added(index: IndexStatistics) -> None:
    """Scores are divided by the best one; a cosine below 0 takes nothing away."""
    index.parameters = replace(DEFAULT, few=2, meaning=1.5, meaning_of_few=0.2)
    scores, near = np.array([4.0, 2.0]), np.array([0.5, -0.5])
    words = [QueryTerm("w", 0, 1, {"w": 1.0})]
    many, few = ClaimQuery("en", words * 3), ClaimQuery("en", words * 2)
    assert with_meaning(index, many, scores, near).tolist() == [1.75, 0.5]
    assert with_meaning(index, few, scores, near).tolist() == pytest.approx([1.1, 0.5])
    assert with_meaning(index, many, np.zeros(2), near).tolist() == [0.75, 0.0]
    assert with_meaning(index, many, scores, None) is scores


# ---- what the best have in common -----------------------------------------------------------


def test_the_profile_of_the_best(index: IndexStatistics) -> None:
    index.parameters = replace(DEFAULT, best=2, profile=3, head=6, feedback=0.6)
    feedback = Feedback(index)
    again, knee, serum = (KEYS.index(key) for key in ("again", "knee", "serum"))
    profile = feedback.profile(np.array([again, knee, serum]), np.array([3.0, 1.0, 1.0]))
    assert profile is not None
    assert np.count_nonzero(profile) <= 3
    terms = feedback._table.terms
    told = {terms[n]: float(profile[n]) for n in np.flatnonzero(profile)}
    # rct stands in both: each record's vector has length 1, weighed by 3/4 and 1/4.
    rct = index.exact("design", "rct")[1][0]
    neuralgia = index.exact("indication", "pudendal-neuralgia")[1][0]
    assert ("design", "rct") in told
    assert ("indication", "pudendal-neuralgia") in told or neuralgia < rct
    head, scores = np.array([again, knee]), np.array([3.0, 1.0])
    documents, gains = feedback.gains(head, scores, profile)
    assert documents[:2].tolist() == head.tolist()
    assert len(documents) <= 6
    assert len(set(documents.tolist())) == len(documents)
    assert gains.max() == pytest.approx(0.6 * 3.0)
    assert feedback.gains(head, scores, None)[1].tolist() == [0.0, 0.0]
    unrecorded = feedback.profile(np.array([KEYS.index("unread")]), np.array([1.0]))
    assert unrecorded is None
    shared = feedback.shared(profile, [knee, serum])
    assert shared[0] is not None
    assert shared[0][1] > 0
    assert shared[1] is None or shared[1][1] > 0
    assert feedback.shared(None, [knee]) == [None]
    index.parameters = replace(index.parameters, head=2)
    assert len(feedback.gains(head, scores, profile)[0]) == 2


def test_the_vector_of_a_record_has_length_one(index: IndexStatistics) -> None:
    feedback = Feedback(index)
    place, _, values = feedback._table.rows(np.arange(9))
    lengths = np.sqrt(np.bincount(place, values**2, minlength=9))
    assert lengths[KEYS.index("unread")] == 0
    assert [lengths[n] for n in range(9) if n != KEYS.index("unread")] == pytest.approx([1.0] * 8)
    assert sqrt(2) > lengths.max()


# ---- does the library bear on it -------------------------------------------------------------


def test_how_far_the_library_covers_a_claim(index: IndexStatistics) -> None:
    index.parameters = replace(DEFAULT, rare=0.002)
    claim = ClaimQuery(
        "en",
        [
            QueryTerm("zoster", 0, 6, {"zoster": 1.0}),
            QueryTerm("sham", 7, 11, {"sham": 1.0}),
            QueryTerm("moon", 12, 16, {"moon": 1.0}),
            QueryTerm("pudendal", 17, 25, {"nowhere": 1.0}),
        ],
        mentions=[("pudendal-nerve", 17, 25), ("women", 17, 25)],
    )
    scores = np.zeros(9)
    scores[KEYS.index("planned")] = 1.0
    covers = coverage(index, claim, scores)
    never = log(1 + 9.5 / 0.5)
    total = ONCE + THRICE + 2 * never
    assert covers.covered == pytest.approx((ONCE + THRICE) / total)
    assert covers.known == pytest.approx(3 / 4)
    assert covers.named == pytest.approx(1 / 4)
    named = len(index.concept("pudendal-nerve")[0])
    assert exp(covers.subject) == pytest.approx(0.002 + named / 9)
    assert covers.practical == 0
    frozen = np.zeros(9)
    frozen[KEYS.index("frozen")] = 1.0
    assert coverage(index, claim, frozen).covered == pytest.approx(never / total)
    vague = replace(claim, mentions=[("women", 17, 25)])
    assert exp(coverage(index, vague, scores).subject) == pytest.approx(0.002)
    empty = coverage(index, ClaimQuery("en"), scores)
    assert astuple(empty) == (0.0, 0.0, log(0.002), 0.0, 0.0)


def test_words_of_the_visit_count_up_to_three(index: IndexStatistics) -> None:
    words = ["appointment", "parking", "invoice", "reception"]
    known = read_claim(index, " ".join(words))
    covers = coverage(index, known, np.ones(9))
    assert covers.practical == 3
    two = read_claim(index, "appointment parking of sheep")
    assert coverage(index, two, np.ones(9)).practical == 2
    assert coverage(index, read_claim(index, "sheep"), np.ones(9)).practical == 0


def test_the_decision_is_logistic(index: IndexStatistics) -> None:
    fitted = replace(
        DEFAULT,
        scope_start=-4.0,
        scope_covered=1.0,
        scope_known=2.0,
        scope_subject=3.0,
        scope_named=4.0,
        scope_practical=-5.0,
        scope_start_with_meaning=-1.0,
        scope_covered_with_meaning=0.0,
        scope_known_with_meaning=0.0,
        scope_subject_with_meaning=0.0,
        scope_named_with_meaning=0.0,
        scope_practical_with_meaning=0.0,
        scope_nearest=2.0,
    )
    covers = Coverage(1.0, 1.0, 1.0, 1.0, 1.0)
    assert evidence_score(fitted, covers) == pytest.approx(1.0)
    assert evidence_score(fitted, covers, 0.75) == pytest.approx(0.5)
    claim = read_claim(index, "sham")
    index.parameters = fitted
    assert not has_evidence(index, claim, np.zeros(9), None)
    assert has_evidence(index, claim, np.ones(9), np.full(9, 0.51))
    assert not has_evidence(index, claim, np.ones(9), np.full(9, 0.5))


# ---- suggestions ------------------------------------------------------------------------

CLAIM = "Freezing the pudendal nerve relieves pudendal neuralgia in women"


def test_suggestions_come_with_their_reasons(index: IndexStatistics) -> None:
    suggester = Suggester(index)
    found = suggester.suggest(CLAIM, 3)
    assert len(found) == 3
    assert found[0].key == "frozen"
    assert [one.score for one in found] == sorted((one.score for one in found), reverse=True)
    why = {(reason.kind, reason.what) for reason in found[0].why}
    assert {("concept", "pudendal-nerve"), ("words", "Freezing")} <= why
    weights = [r.weight for r in found[0].why if r.kind in ("concept", "words")]
    assert weights == sorted(weights, reverse=True)
    assert len(weights) <= 8
    assert all(reason.kind != "meaning" for one in found for reason in one.why)
    assert [(s.key, s.score) for s in suggester.rank(CLAIM, 3)] == [(s.key, s.score) for s in found]
    assert suggester.suggest("Solar panels power rural schools of the region") == ()


def test_suggestions_in_other_orders_are_the_same_ones(index: IndexStatistics) -> None:
    suggester = Suggester(index)
    by_relevance = {one.key for one in suggester.suggest(CLAIM, 4)}
    for sort in ("newest", "level", "directness"):
        assert {one.key for one in suggester.suggest(CLAIM, 4, sort)} == by_relevance  # type: ignore[arg-type]
    newest = suggester.suggest(CLAIM, 4, "newest")
    years = {one.key: one.year or 0 for one in RECORDS}
    alone = [years[one.key] for one in newest if not one.same_as]
    assert alone == sorted(alone, reverse=True)
    every = suggester.suggest(CLAIM, 9)
    doubled = [(one.key, one.same_as) for one in every if one.same_as]
    assert doubled in ([("again", "trial")], [("trial", "again")])


def test_each_suggestion_says_which_sentence_it_fits(index: IndexStatistics) -> None:
    knee = "Cooling before a knee replacement lowers opioid use"
    found = Suggester(index).suggest(f"{CLAIM}. {knee}.", 9)
    parts = {one.key: one.part for one in found}
    assert parts["frozen"] == CLAIM
    assert parts["knee"] == f"{knee}."
    assert {one.part for one in Suggester(index).suggest(CLAIM)} == {""}


def test_what_a_claim_says_by_its_parts(index: IndexStatistics) -> None:
    told = recognise(index, CLAIM)
    assert {"women", "pudendal-nerve", "pudendal-neuralgia"} <= set(told["population"])
    assert "cryoneurolysis" in told["intervention"]


# ---- what goes first, and what fills up -------------------------------------------------------


def test_no_incomplete_record_leads_while_a_complete_one_answers_well(
    vocabulary: Vocabulary, tmp_path: Path
) -> None:
    told = {"year": 2020, "authors": (Author("Moreau", "Anne"),)}
    whole = replace(RECORDS[0], type="article", journal="Pain", volume="1", pages="1-9", **told)
    records = [
        replace(whole, key="bare", status="unverified", unverified=("title", "year", "authors")),
        replace(whole, key="full", status="verified"),
        replace(whole, key="fuller", status="verified"),
        replace(whole, key="poor", authors=()),
    ]
    assert [one.is_complete for one in records] == [False, True, True, False]
    writer.create(tmp_path, ((document_of(one, vocabulary), "") for one in records))
    index = IndexStatistics(OpenIndex(tmp_path), vocabulary, tmp_path)
    orders, every = Orders(index), np.ones(4, dtype=bool)

    def first(ordered: list[int], *scores: float, mask: np.ndarray = every) -> list[int]:
        return orders.complete_first(np.array(ordered), mask, np.array(scores)).tolist()

    assert first([0, 3, 2, 1], 10.0, 3.0, 4.0, 8.0) == [2, 0, 3, 1]
    assert first([0, 3, 2, 1], 10.0, 1.9, 1.9, 8.0) == [0, 3, 2, 1]  # fits too little to lead
    assert first([0, 3, 2, 1], 10.0, 1.0, 2.0, 8.0) == [2, 0, 3, 1]  # a fifth is enough
    assert first([1, 0, 3, 2], 10.0, 12.0, 1.0, 8.0) == [1, 0, 3, 2]
    assert first([0, 3], 10.0, 3.0, 4.0, 8.0) == [2, 0]  # no more than were asked for
    assert first([0, 3], 10.0, 3.0, 4.0, 8.0, mask=np.array([1, 0, 0, 1], dtype=bool)) == [0, 3]
    assert first([], 10.0, 3.0, 4.0, 8.0) == []


def test_a_short_head_is_filled_with_what_the_best_have_in_common(index: IndexStatistics) -> None:
    index.parameters = replace(DEFAULT, best=2, profile=2, head=4)
    feedback = Feedback(index)
    names = feedback._table.terms
    profile = np.zeros(len(names))
    profile[names.index(("indication", "pudendal-neuralgia"))] = 0.9  # frozen, trial, again, ...
    profile[names.index(("design", "laboratory"))] = 0.5  # serum
    serum, knee = KEYS.index("serum"), KEYS.index("knee")
    documents, gains = feedback.gains(np.array([serum]), np.array([2.0]), profile)
    assert [KEYS[n] for n in documents] == ["serum", "frozen", "trial", "again"]
    assert gains.max() == pytest.approx(DEFAULT.feedback * 2.0)
    assert list(feedback.fillings(1, profile)) == [(("indication", "pudendal-neuralgia"), 4)]
    assert list(feedback.fillings(4, profile)) == []
    assert list(feedback.fillings(1, np.zeros(len(names)))) == []
    index.parameters = replace(index.parameters, head=9)
    filled = dict(feedback.fillings(1, profile))
    assert list(filled) == [("indication", "pudendal-neuralgia"), ("design", "laboratory")]
    assert filled["indication", "pudendal-neuralgia"] == 9
    # Five records are of the neuralgia, four of them not in a head of one: four are missing still.
    assert filled["design", "laboratory"] == 9 - (5 - 1)
    assert feedback.shared(profile, [serum, knee])[0] == (
        "laboratory",
        pytest.approx(0.5 * feedback._table.rows(np.array([serum]))[2].max()),
    )


def test_where_a_page_says_what_it_is_about_studies_of_that_come_alone(
    index: IndexStatistics,
) -> None:
    suggester = Suggester(index)
    plain = {
        one.key
        for one in suggester.suggest("The pudendal nerve aches before a knee replacement", 9)
    }
    around = suggester.suggest(
        "The pudendal nerve aches before a knee replacement",
        9,
        around="Pudendal neuralgia",
    )
    of_it = {one.key for one in RECORDS if "pudendal-neuralgia" in one.study.indications}
    assert plain - of_it
    assert {one.key for one in around} <= of_it
    claim = read_claim(index, "Cooling relieves pain", around="Pudendal neuralgia of a nerve")
    assert claim.subjects == ("pudendal-neuralgia",)
    other = read_claim(index, "It may follow a knee replacement", around="Pudendal neuralgia")
    assert other.subjects == ("pudendal-neuralgia",), "said by the way"
    alone = read_claim(index, "It may follow a knee replacement", around="Welcome")
    assert alone.subjects == ("knee-arthroplasty",)


def test_a_form_counts_by_its_weight(index: IndexStatistics) -> None:
    whole = score(index, ClaimQuery("en", [QueryTerm("sham", 0, 4, {"sham": 1.0})]))
    half = score(index, ClaimQuery("en", [QueryTerm("sham", 0, 4, {"sham": 0.5})]))
    twice = score(index, ClaimQuery("en", [QueryTerm("sham", 0, 4, {"sham": 2.0})]))
    assert half.tolist() == pytest.approx((whole / 2).tolist())
    assert twice.tolist() == pytest.approx((whole * 2).tolist())
    assert whole.max() > 0


def test_words_of_the_visit_are_those_of_their_language() -> None:
    words = practical_words()
    assert "appoint" in words["en"]  # as Porter's stemmer leaves "appointment"
    assert "appoint" not in words["fr"]
    assert "rendez-vous" not in words["en"]
    assert len(words["fr"]) > 50
    assert words["fr"] != words["en"]


def test_meaning_counts_by_how_many_words_a_claim_has(index: IndexStatistics) -> None:
    index.parameters = replace(DEFAULT, few=2, meaning=0.5, meaning_of_few=4.0)
    scores, near = np.array([2.0, 4.0, 0.0]), np.array([0.5, -1.0, 0.25])

    def of(count: int) -> list[float]:
        terms = [QueryTerm(str(n), n, n + 1, {str(n): 1.0}) for n in range(count)]
        return with_meaning(index, ClaimQuery("en", terms), scores, near).tolist()

    assert of(2) == [0.5 + 2.0, 1.0, 1.0]
    assert of(3) == [0.5 + 0.25, 1.0, 0.125]
    assert with_meaning(index, ClaimQuery("en"), np.zeros(3), near).tolist() == [2.0, 0.0, 1.0]
    assert with_meaning(index, ClaimQuery("en"), scores, None) is scores


def test_a_claim_of_two_sentences_is_ranked_by_both(index: IndexStatistics) -> None:
    """Half by the whole claim, half by the sentence a record fits best, each out of its best."""
    suggester = Suggester(index)
    knee = "Cooling before a knee replacement lowers opioid use."
    both = f"{CLAIM}. {knee}"
    each = [suggester._ranking(part).scores for part in sentences(both)]
    whole = suggester._ranking(both).scores
    best_part = np.maximum(*(one / one.max() for one in each))
    expected = (whole + whole.max() * best_part) / 2
    found = {one.key: one.score for one in suggester.rank(both)}
    assert found == pytest.approx({KEYS[n]: expected[n] for n in np.flatnonzero(expected > 0)})


def test_a_work_that_is_there_three_times_follows_the_first_of_them(
    vocabulary: Vocabulary, tmp_path: Path
) -> None:
    again = RECORDS[2]
    records = [RECORDS[1], again, replace(again, key="third", year=2023), RECORDS[4]]
    writer.create(tmp_path, ((document_of(one, vocabulary), "") for one in records))
    orders = Orders(IndexStatistics(OpenIndex(tmp_path), vocabulary, tmp_path))
    assert orders.repeated(np.array([3, 2, 0, 1])) == {0: 2, 1: 2}
    assert orders.repeated(np.array([3, 2, 0, 1]), start=3) == {1: 2}


def test_the_first_of_an_order_are_those_of_the_whole_order(index: IndexStatistics) -> None:
    orders, scores = Orders(index), np.arange(9.0)
    for end in range(10):
        first = orders.first(np.ones(9, dtype=bool), scores, "level", end)
        assert (
            first.tolist()
            == orders.first(np.ones(9, dtype=bool), scores, "level", 9)[:end].tolist()
        )
    same = np.isin(np.arange(9), (0, 4, 6))  # of 2015, of 2005, of no year
    assert orders.first(same, scores, "newest", 9).tolist() == [0, 4, 6]
    assert orders.first(same, -scores, "directness", 9, np.zeros(9)).tolist() == [0, 4, 6]
    assert orders.first(same, scores, "directness", 9, np.zeros(9)).tolist() == [6, 4, 0]
