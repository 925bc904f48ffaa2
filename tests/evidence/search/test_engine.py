from __future__ import annotations

import itertools
import random
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evidence.knowledge import KnowledgeBase
from evidence.search import open_engine
from evidence.search.engine import WhooshEngine
from evidence.search.protocol import Answer
from evidence.search.query.values import SearchError
from evidence.search.request import FACETS, SearchRequest


def find(engine: WhooshEngine, query: str, limit: int = 10, **more: object) -> Answer:
    return engine.search(SearchRequest(query, limit=limit, **more))  # type: ignore[arg-type]


def notices(answer: Answer) -> list[str]:
    return [str(notice) for notice in answer.notices]


def keys(answer: Answer) -> list[str]:
    return [hit.key for hit in answer.results]


# ---- what an expert expects -----------------------------------------------------------


def test_vestibulodynia_in_french(engine: WhooshEngine) -> None:
    answer = find(engine, "vestibulodynie", 5)
    assert "provoked-vestibulodynia" in answer.concepts
    assert all(
        "vestibulod" in hit.title.lower() or "vulvodyn" in hit.title.lower()
        for hit in answer.results
    )
    assert keys(answer) == keys(find(engine, "vestibulodynies", 5))


def test_pudendal_neuralgia_and_cold_in_french(engine: WhooshEngine, kb: KnowledgeBase) -> None:
    answer = find(engine, "névralgie pudendale cryothérapie", 5)
    assert {"pudendal-neuralgia", "cryotherapy"} <= set(answer.concepts)
    for hit in answer.results:
        told = (
            hit.title
            + kb.library[hit.key].study.relevance
            + " ".join(f.text for f in kb.library[hit.key].findings)
        ).lower()
        assert "pudend" in told or "pudendal-neuralgia" in hit.concepts


def test_abbreviations(engine: WhooshEngine) -> None:
    answer = find(engine, "TKA cryo", 10)
    assert answer.total > 10
    assert all("knee" in (hit.title.lower() + " ".join(hit.concepts)) for hit in answer.results)


def test_phantom_limb(engine: WhooshEngine) -> None:
    answer = find(engine, "phantom limb", 8)
    assert sum("phantom" in hit.title.lower() for hit in answer.results) >= 6
    french = find(engine, "douleur du membre fantôme", 8)
    assert len(set(keys(answer)) & set(keys(french))) >= 5


def test_accents_do_not_matter(engine: WhooshEngine) -> None:
    assert keys(find(engine, "névralgie")) == keys(find(engine, "nevralgie"))


# ---- the language of queries ----------------------------------------------------------


def test_phrases_are_exact(engine: WhooshEngine) -> None:
    loose = find(engine, "limb phantom", 200, expand=False)
    exact = find(engine, '"phantom limb"', 200, expand=False)
    assert 0 < exact.total <= loose.total
    assert find(engine, '"limb phantom"', expand=False).total == 0


def test_beginnings_of_words(engine: WhooshEngine) -> None:
    every = find(engine, "cryo*", 0).total
    assert every >= find(engine, "cryoneurolysis", 0, expand=False).total > 0


def test_beginnings_of_compounds_names_and_identifiers(
    engine: WhooshEngine, kb: KnowledgeBase
) -> None:
    assert set(keys(find(engine, "cryo-analg*", 200))) == set(keys(find(engine, "cryoanalg*", 200)))
    reference = next(r for r in kb.library.values() if r.doi)
    assert reference.key in keys(find(engine, f"doi:{reference.doi[:-2].upper()}*", 200))
    assert set(keys(find(engine, "author:ilf*", 200))) >= set(
        keys(find(engine, "author:ilfeld", 9))
    )


def test_too_many_words_that_begin_so_are_cut_and_that_is_said(
    engine: WhooshEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert find(engine, "con* OR pro*").notices == ()
    monkeypatch.setattr("evidence.search.index.lookup_fields.MAX_EXPANSION", 3)
    assert "first 3 words" in notices(find(engine, "con*"))[0]


def test_a_language_nobody_writes_in_is_said_to_be_unknown(engine: WhooshEngine) -> None:
    answer = find(engine, "language:zz")
    assert answer.total == 0
    assert "languages here are" in notices(answer)[0]
    assert find(engine, "language:français").notices == ()


def test_short_parts_of_a_compound_stand_side_by_side(engine: WhooshEngine) -> None:
    apart = set(keys(find(engine, "CT guided", 200, expand=False)))
    together = set(keys(find(engine, "CT-guided", 200, expand=False)))
    phrase = set(keys(find(engine, '"CT guided"', 200, expand=False)))
    assert together
    assert phrase <= together < apart


def test_fields(engine: WhooshEngine, kb: KnowledgeBase) -> None:
    authors = find(engine, "author:ilfeld", 200)
    assert {hit.key for hit in authors.results} == {
        key
        for key, reference in kb.library.items()
        if any("ilfeld" in author.name.lower() for author in reference.authors)
    }
    years = find(engine, "year:2015..2018", 200)
    assert years.total == sum(
        1 for r in kb.library.values() if r.year is not None and 2015 <= r.year <= 2018
    )
    many = find(engine, "n>200", 200)
    assert many.total == sum((r.study.participants or 0) > 200 for r in kb.library.values())


def test_negation_and_alternatives(engine: WhooshEngine) -> None:
    phantom = set(keys(find(engine, "phantom", 200, expand=False)))
    knee = set(keys(find(engine, "knee", 200, expand=False)))
    assert set(keys(find(engine, "phantom OR knee", 200, expand=False))) == phantom | knee
    assert set(keys(find(engine, "knee NOT phantom", 200, expand=False))) == knee - phantom
    assert set(keys(find(engine, "knee AND phantom", 200, expand=False))) == knee & phantom


def test_an_identifier_goes_to_its_record(engine: WhooshEngine, kb: KnowledgeBase) -> None:
    reference = next(r for r in kb.library.values() if r.doi and r.pmid)
    for query in (
        reference.doi,
        f"https://doi.org/{reference.doi}",
        reference.key,
        f"pmid:{reference.pmid}",
    ):
        answer = find(engine, query)
        assert keys(answer) == [reference.key], query
    assert find(engine, reference.doi.upper()).redirect == reference.key


def test_an_unknown_identifier_is_said_to_be_unknown(engine: WhooshEngine) -> None:
    answer = find(engine, "10.9999/nobody.has.this")
    assert answer.total == 0
    assert "10.9999/nobody.has.this" in notices(answer)[0]


def test_an_empty_query_browses(engine: WhooshEngine, kb: KnowledgeBase) -> None:
    answer = find(engine, "   ", 3)
    assert answer.total == len(kb.library)
    assert [hit.year for hit in answer.results] == sorted(
        (hit.year or 0 for hit in answer.results), reverse=True
    )


def test_when_no_record_has_all_words_most_are_enough_and_it_is_said(
    engine: WhooshEngine,
) -> None:
    answer = find(engine, "phantom limb xylophone")
    assert answer.total > 0
    assert answer.understood is not None
    assert "OR" in answer.understood
    assert any("No reference has all" in notice for notice in notices(answer))
    assert find(engine, "phantom AND xylophone").total == 0


def test_words_too_common_are_said_to_be_so(engine: WhooshEngine) -> None:
    answer = find(engine, "the of and")
    assert answer.total == 0
    assert "too common" in notices(answer)[0]


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("cryoneurolisys phantom", "cryoneurolysis phantom"),
        ("neurpathic", "neuropathic"),
        ("nevralgei pudendale", "névralgie pudendale"),
        ("endometriosse", "endométriose"),
        ("trijumo", "trijumeau"),
        ("vulvodinya", "vulvodynia"),
    ],
)
def test_did_you_mean(engine: WhooshEngine, typed: str, meant: str) -> None:
    assert find(engine, typed).did_you_mean == meant


def test_right_spellings_are_left_alone(engine: WhooshEngine) -> None:
    for query in ("névralgie pudendale", "phantom limb pain", "Ilfeld", "cryoanalgésie"):
        assert find(engine, query).did_you_mean is None, query


def test_a_concept_can_be_switched_off(engine: WhooshEngine) -> None:
    on = find(engine, "phantom limb", 200)
    off = find(engine, "phantom limb", 200, without=on.concepts)
    assert on.concepts
    assert off.concepts == ()
    assert off.total <= on.total
    assert find(engine, "phantom limb", 200, expand=False).concepts == ()


# ---- facets, filters, order, pages ----------------------------------------------------

QUERIES = ["", "pain", "cryo*", "nerf pudendal", "knee OR rib", '"nerve block"', "year:2015..2025"]


@pytest.mark.parametrize("query", QUERIES)
def test_the_count_of_a_value_is_what_choosing_it_finds(engine: WhooshEngine, query: str) -> None:
    answer = find(engine, query, 0)
    assert tuple(answer.facets) == FACETS
    for name, counts in answer.facets.items():
        for value, count in list(counts.items())[:6]:
            chosen = find(engine, query, 0, filters={name: (value,)})
            assert chosen.total == count, (query, name, value)


@pytest.mark.parametrize("query", QUERIES)
def test_values_of_a_facet_are_alternatives_and_facets_narrow_each_other(
    engine: WhooshEngine, query: str
) -> None:
    drawn = random.Random(query)
    everything = {hit.key for hit in _all(engine, query, {})}
    facets = find(engine, query, 0).facets
    single = {
        (name, value): {hit.key for hit in _all(engine, query, {name: (value,)})}
        for name, counts in facets.items()
        for value in list(counts)[:4]
    }
    for (first, a), (second, b) in drawn.sample(list(itertools.combinations(single, 2)), 12):
        both = {hit.key for hit in _all(engine, query, {first: (a,), second: (b,)})}
        if first == second:
            both = {hit.key for hit in _all(engine, query, {first: (a, b)})}
            assert both == single[first, a] | single[second, b]
        else:
            assert both == single[first, a] & single[second, b]
        assert both <= everything


def test_counts_of_a_facet_ignore_its_own_choice_only(engine: WhooshEngine) -> None:
    free = find(engine, "pain", 0)
    chosen = find(engine, "pain", 0, filters={"design": ("rct",)})
    assert chosen.facets["design"] == free.facets["design"]
    assert chosen.facets["language"] != free.facets["language"]
    both = find(engine, "pain", 0, filters={"design": ("rct",), "language": ("en",)})
    assert sum(both.facets["design"].values()) <= sum(free.facets["design"].values())
    assert both.facets["design"]["rct"] == both.total


def _all(engine: WhooshEngine, query: str, filters: dict[str, tuple[str, ...]]) -> list[object]:
    found: list[object] = []
    while True:
        answer = engine.search(
            SearchRequest(
                query, filters=filters, limit=200, offset=len(found), highlight=False, facets=()
            )
        )
        found += answer.results
        if len(found) >= answer.total:
            return found


def test_a_broad_concept_includes_what_is_narrower(engine: WhooshEngine, kb: KnowledgeBase) -> None:
    narrower = set(kb.vocabulary.narrower("vulvodynia"))
    answer = find(engine, "", 200, filters={"indication": ("vulvodynia",)})
    assert {hit.key for hit in answer.results} == {
        key for key, reference in kb.library.items() if narrower & set(reference.study.indications)
    }


def test_a_filter_may_be_named_by_any_term(engine: WhooshEngine) -> None:
    by_id = find(engine, "", 0, filters={"indication": ("pudendal-neuralgia",)}).total
    assert find(engine, "", 0, filters={"indication": ("névralgie pudendale",)}).total == by_id > 0


@pytest.mark.parametrize(
    "filters", [{"indication": ("qwertzuiop",)}, {"colour": ("red",)}, {"year": ("soon",)}]
)
def test_wrong_filters_are_explained(
    engine: WhooshEngine, filters: dict[str, tuple[str, ...]]
) -> None:
    with pytest.raises(SearchError):
        find(engine, "pain", filters=filters)


def test_years_and_verified(engine: WhooshEngine, kb: KnowledgeBase) -> None:
    found = find(engine, "", 0, years=(2020, None), verified=True)
    assert found.total == sum(
        1 for r in kb.library.values() if (r.year or 0) >= 2020 and r.is_complete
    )


def test_newest_first(engine: WhooshEngine) -> None:
    years = [hit.year or 0 for hit in find(engine, "pain", 100, sort="newest").results]
    assert years == sorted(years, reverse=True)


#: Key, design, title, comparator and year, in the order that the Oxford 2011 table gives: reviews
#: of randomised trials, randomised trials, controlled cohorts, case series and case-control
#: studies, mechanisms; then what it does not rank. The newest first within a level, then by key.
OXFORD = [
    ("d2022", "systematic-review", "Freezing: a review of randomised trials", "", 2022),
    ("z2019", "meta-analysis", "Freezing: meta-analysis of randomized trials", "", 2019),
    ("a2024", "rct", "Freezing compared with sham", "sham", 2024),
    ("b2024", "rct", "Freezing compared with a block", "block", 2024),
    ("m2001", "rct", "Freezing, a first trial", "sham", 2001),
    ("c2023", "cohort-prospective", "Freezing or not", "no freezing", 2023),
    ("y2020", "nonrandomised-trial", "Freezing on alternate days", "no freezing", 2020),
    ("e2025", "case-series", "Freezing in twelve", "", 2025),
    ("f2018", "case-control", "Freezing and falls", "no falls", 2018),
    ("x1990", "case-report", "Freezing in one", "", 1990),
    ("g2026", "animal", "Freezing of rats", "", 2026),
    ("h2017", "cadaver", "Freezing, where the probe goes", "", 2017),
    ("i2026", "guideline", "Freezing: recommendations", "", 2026),
    ("j2016", "editorial", "Freezing, at last", "", 2016),
]


def test_by_level_of_evidence(small_base: Callable[..., KnowledgeBase], tmp_path: Path) -> None:
    drawn = random.Random(1).sample(OXFORD, len(OXFORD))
    records = (
        f"@article{{{key}, title = {{{title}}}, year = {{{year}}}, langid = {{english}}, "
        f"design = {{{design}}}, comparator = {{{comparator}}}}}"
        for key, design, title, comparator, year in drawn
    )
    opened = open_engine(small_base("\n".join(records)), tmp_path / "instance")
    wanted = [key for key, *_ in OXFORD]
    assert keys(find(opened, "freezing", 50, sort="level")) == wanted
    assert keys(find(opened, "", 4, offset=5, sort="level")) == wanted[5:9]


def test_by_directness(engine: WhooshEngine, kb: KnowledgeBase) -> None:
    def is_about(key: str, concept: str) -> bool:
        study = kb.library[key].study
        named = kb.vocabulary.named_in(f"{study.arms}. {kb.library[key].title}", "en")
        own = {*study.concepts, *(c for c in named if kb.vocabulary[c].facet == "intervention")}
        return any(concept in (c, *kb.vocabulary.broader(c)) for c in own)

    query = "cryoneurolyse névralgie pudendale"
    answer = find(engine, query, 200, sort="directness")
    assert set(answer.concepts) == {"cryoneurolysis", "pudendal-neuralgia"}
    direct = [sum(is_about(hit.key, c) for c in answer.concepts) for hit in answer.results]
    assert direct[0] == 2
    assert direct.index(1) == direct.count(2)  # those about both come first, without exception
    assert sorted(keys(answer)) == sorted(keys(find(engine, query, 200)))
    field = find(engine, "indication:pudendal-neuralgia pain", 200, sort="directness")
    assert all(is_about(hit.key, "pudendal-neuralgia") for hit in field.results)
    assert not any("names no condition" in notice for notice in notices(field))


def test_directness_to_nothing_is_said_so(engine: WhooshEngine) -> None:
    answer = find(engine, "consensus terminology", 50, sort="directness")
    assert any("names no condition" in notice for notice in notices(answer))
    assert keys(answer) == keys(find(engine, "consensus terminology", 50))


def test_a_work_published_twice_is_told(engine: WhooshEngine) -> None:
    query = "consensus terminology classification persistent vulvar pain"
    for sort in ("relevance", "newest", "level", "directness"):
        hits = find(engine, query, 60, sort=sort).results
        places = {hit.key: place for place, hit in enumerate(hits)}
        doubles = [hit for hit in hits if hit.same_as]
        assert {(hit.key, hit.same_as) for hit in doubles} & {
            ("bornstein2016consensus", "bornstein2016consensusjlgtd"),
            ("bornstein2016consensusjlgtd", "bornstein2016consensus"),
        }
        assert all(places[hit.key] > places[hit.same_as] for hit in doubles)
        second = max(places[key] for key in places if key.startswith("bornstein2016consensus"))
        alone = find(engine, query, 1, offset=second, sort=sort).results[0]
        assert alone.same_as.startswith("bornstein2016consensus")  # though it is pages before


@pytest.mark.parametrize("sort", ["relevance", "newest", "level", "directness"])
@pytest.mark.parametrize("query", QUERIES)
def test_pages_are_slices_of_one_order(engine: WhooshEngine, query: str, sort: str) -> None:
    whole = keys(find(engine, query, 60, sort=sort))
    paged = [
        key
        for start in range(0, 60, 7)
        for key in keys(find(engine, query, 7, offset=start, sort=sort))
    ]
    assert paged[: len(whole)] == whole
    assert len(set(whole)) == len(whole)


def test_a_limit_is_capped_and_an_offset_may_pass_the_end(engine: WhooshEngine) -> None:
    assert len(find(engine, "", 10_000).results) == 200
    assert find(engine, "pain", offset=10**12).results == ()


def test_highlights_are_the_words_of_the_record(engine: WhooshEngine, kb: KnowledgeBase) -> None:
    answer = find(engine, "douleur membre fantôme", 10)
    for hit in answer.results:
        assert hit.highlights
        reference = kb.library[hit.key]
        told = " ".join([reference.title, *(f"{f.outcome} {f.text}" for f in reference.findings)])
        for passage in hit.highlights:
            assert any(matched for _, matched in passage)
            text = "".join(run for run, _ in passage)
            assert len(text) < 700
        if hit.title in ("".join(r for r, _ in hit.highlights[0]),):
            assert hit.title in told


# ---- hostile input, threads -----------------------------------------------------------

HOSTILE = [
    "(" * 500,
    "(" * 5000 + "a" + ")" * 5000,
    "a" * 100_000,
    "a " * 50_000,
    " ".join(f"word{i}" for i in range(10_000)),
    " OR ".join(f"w{i}" for i in range(10_000)),
    "*",
    "**",
    "*a*",
    "a*",
    "?",
    "[a TO z]",
    "[a TO b}",
    "{* TO *}",
    "pain^0",
    "pain~3/2",
    "\x00\x01\x02",
    "\ud800",
    "\u202eniap\u202c",
    "ألم العصب",
    "כאב",
    "🙂" * 300,
    "e" + "\u0301" * 5000,
    "NOT " * 400 + "a",
    "a AND NOT NOT b",
    "AND OR NOT",
    '"' * 999,
    "foo:bar:baz:qux",
    "year:abc OR",
    "'; DROP TABLE x; --",
    "<script>alert(1)</script>",
    "%s%n{0}",
    "\\",
    "-",
    "+-+-",
    ":",
    "::::",
    "title:",
    "title:()",
    "year:..",
    "n>",
    "10.1000/" + "x" * 5000,
    " ".join(f"pre{chr(97 + i)}*" for i in range(26)),
    "the",
    "🙂 OR \x00",
]


@pytest.mark.parametrize("query", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_queries_get_an_answer(engine: WhooshEngine, query: str) -> None:
    answer = find(engine, query)
    assert answer.total >= len(answer.results)
    assert all("\n" not in notice for notice in notices(answer))


PIECES = [
    *("(", ")", '"', "«", "AND", "OR", "NOT", "ET", "-", "*", "a*", "cryo*", ":", "{", "]", "n>"),
    *("year:", "title:", "nerve:", "design:", "indication:", "concept:", "guidance:", "language:"),
    *("author:", "journal:", "doi:", "key:", "soon", "2015..", "Ilfeld", "et al.", "2023", "the"),
    *("pudendal", "la", "l’", "\x00", "\u200b", "\ud800", "10.1/x", "%2F"),
]
ODD = st.text(max_size=80) | st.lists(st.sampled_from(PIECES), max_size=30).map(" ".join)


@given(query=ODD, glued=st.booleans())
def test_a_query_is_never_an_error(engine: WhooshEngine, query: str, glued: bool) -> None:
    answer = find(engine, query.replace(" ", "") if glued else query, facets=())
    assert answer.total >= len(answer.results)


def test_threads_share_one_engine(engine: WhooshEngine) -> None:
    queries = [*QUERIES, "phantom limb", "author:ilfeld", "TKA cryo", "vulvodinie"]
    alone = {query: keys(find(engine, query)) for query in queries}
    engine.statistics.cache.clear()
    engine.statistics.card.cache_clear()
    with ThreadPoolExecutor(8) as pool:
        together = list(pool.map(lambda q: (q, keys(find(engine, q))), queries * 20))
    assert all(found == alone[query] for query, found in together)


def test_a_full_cache_changes_nothing(engine: WhooshEngine) -> None:
    before = keys(find(engine, "nerve pain cold"))
    engine.statistics.cache.clear()
    engine.statistics.cache.limit, limit = 4000, engine.statistics.cache.limit
    try:
        assert keys(find(engine, "nerve pain cold")) == before
        assert engine.statistics.cache.bytes <= 8000
    finally:
        engine.statistics.cache.limit = limit
