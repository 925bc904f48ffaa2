"""Studies of what is asked for come before what mentions it; notes of ours are found by name."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from evidence.knowledge import KnowledgeBase
from evidence.search import open_engine
from evidence.search.engine import WhooshEngine
from evidence.search.protocol import Answer
from evidence.search.request import SearchRequest

#: `frozen` freezes the pudendal nerve; `mentions` names both again and again and does neither;
#: `unread` is as `frozen`, but nobody saw its authors; `planned` has found nothing yet.
BASE = """
@article{mentions,
  title = {Care of chronic pain}, author = {Doe, Jane}, year = {2024}, langid = {english},
  design = {narrative-review}, indication = {chronic-pain}, intervention = {physiotherapy},
  finding = {pudendal neuralgia | | | Cryoneurolysis for pudendal neuralgia: cryoneurolysis of the
    pudendal nerve, cryoneurolysis again. Pudendal neuralgia needs care.},
}
@article{frozen,
  title = {An outpatient treatment}, author = {Roe, Ann}, year = {2015}, langid = {english},
  design = {case-series}, indication = {pudendal-neuralgia}, nerve = {pudendal-nerve},
  intervention = {percutaneous-cryoneurolysis}, population = {women},
  finding = {pain | 6 months | | Pain fell.},
  finding_fr = {douleur | 6 mois | | La douleur a nettement baissé.},
  relevance = {The sole work of its kind; no sham trial of levetiracetam was seen.},
  relevance_fr = {Seul travail de ce genre ; aucun essai du lévétiracétam.},
  provenance = {https://pubmed.ncbi.nlm.nih.gov/123/: title and figures},
}
@misc{unread,
  title = {An outpatient treatment of the pelvis}, year = {2016}, langid = {english},
  design = {case-series}, indication = {pudendal-neuralgia}, nerve = {pudendal-nerve},
  intervention = {percutaneous-cryoneurolysis}, population = {women},
  finding = {pain | 6 months | | Pain fell.},
}
@misc{planned,
  title = {An outpatient treatment, a protocol}, author = {Poe, Ed}, year = {2017},
  langid = {english}, design = {protocol}, indication = {pudendal-neuralgia},
  nerve = {pudendal-nerve}, intervention = {percutaneous-cryoneurolysis}, population = {women},
}
@article{blocked,
  title = {Blocks compared}, author = {Moe, Tim}, year = {2019}, langid = {english},
  design = {rct}, indication = {pudendal-neuralgia}, nerve = {pudendal-nerve},
  intervention = {pudendal-block}, comparator = {cryoneurolysis}, population = {men},
  harm = {transient zoster rash | 1 | 30 | no}, harm_fr = {zona passager},
}
@article{many,
  title = {A survey of the field}, author = {Noe, Eve}, year = {2020}, langid = {english},
  design = {narrative-review}, intervention = {cryoneurolysis},
  indication = {pudendal-neuralgia, trigeminal-neuralgia, intercostal-neuralgia, low-back-pain,
    knee-osteoarthritis, phantom-limb-pain, occipital-neuralgia},
}
"""


@pytest.fixture
def small(small_base: Callable[..., KnowledgeBase], tmp_path: Path) -> WhooshEngine:
    engine = open_engine(small_base(BASE), tmp_path / "instance")
    engine.statistics.semantic = False
    return engine


def found(engine: WhooshEngine, query: str, **more: object) -> list[str]:
    return [hit.key for hit in ask(engine, query, **more).results]


def ask(engine: WhooshEngine, query: str, **more: object) -> Answer:
    return engine.search(SearchRequest(query, **more))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "query", ["névralgie pudendale cryoneurolyse", "pudendal neuralgia cryoneurolysis"]
)
def test_a_study_of_all_that_is_named_comes_first(small: WhooshEngine, query: str) -> None:
    order = found(small, query)
    assert order[0] == "frozen"
    assert set(order[:4]) == {"frozen", "unread", "planned", "many"}
    # However often one names both, or compares with the treatment, it comes behind them.
    assert set(order[4:]) == {"mentions", "blocked"}


def test_a_study_of_one_thing_is_more_about_it_than_a_review_of_seven(small: WhooshEngine) -> None:
    assert found(small, "névralgie pudendale cryoneurolyse").index("many") > 0


def test_what_is_incomplete_or_planned_is_not_first_where_another_answers_as_well(
    small: WhooshEngine,
) -> None:
    order = found(small, "outpatient treatment pudendal neuralgia")
    assert order[0] == "frozen"
    assert {"unread", "planned"} <= set(order[1:])


@pytest.mark.parametrize(
    "query", ["levetiracetam", "lévétiracétam", "levetiracetam sham", "pubmed", "sole work"]
)
def test_notes_of_ours_are_not_searched(small: WhooshEngine, query: str) -> None:
    answer = ask(small, query)
    assert "frozen" not in [hit.key for hit in answer.results]
    assert small.suggest(f"{query} was studied in a trial.") == ()


@pytest.mark.parametrize(
    "query",
    [
        "relevance:levetiracetam",
        "pertinence:lévétiracétam",
        'relevance:"sham trial"',
        "relevance:levet*",
        "provenance:figures",
        "provenance:title AND outpatient",
    ],
)
def test_notes_of_ours_are_found_by_name(small: WhooshEngine, query: str) -> None:
    assert found(small, query) == ["frozen"]


@pytest.mark.parametrize(
    ("query", "keys"),
    [
        ("intervention:cryoneurolysis", {"frozen", "unread", "planned", "many"}),
        ("traitement:cryoneurolyse", {"frozen", "unread", "planned", "many"}),
        ("comparator:cryoneurolysis", {"blocked"}),
        ("comparateur:cryoneurolyse", {"blocked"}),
        ("population:femmes", {"frozen", "unread", "planned"}),
        ("population:men", {"blocked"}),
    ],
)
def test_what_was_tested_against_what_and_in_whom_are_fields(
    small: WhooshEngine, query: str, keys: set[str]
) -> None:
    assert set(found(small, query)) == keys


def test_what_was_tested_and_in_whom_are_facets(small: WhooshEngine) -> None:
    answer = ask(small, "", filters={"intervention": ("cryoneurolysis",)})
    assert {hit.key for hit in answer.results} == {"frozen", "unread", "planned", "many"}
    assert answer.facets["population"] == {"women": 3}
    assert answer.facets["intervention"]["pudendal-block"] == 1
    both = {"intervention": ("cryoneurolyse",), "population": ("women",)}
    assert ask(small, "", filters=both).total == 3


def test_our_french_words_are_searched_and_shown_to_who_reads_french(small: WhooshEngine) -> None:
    assert found(small, '"nettement baissé"') == ["frozen"]
    assert found(small, "zona") == ["blocked"]
    for reader, passage, language in (
        ("fr", "douleur. 6 mois. La douleur a nettement baissé.", "fr"),
        ("en", "pain. 6 months. Pain fell.", "en"),
    ):
        (hit,) = ask(small, "key:frozen douleur", reader=reader).results
        shown = ["".join(run for run, _ in passage) for passage in hit.highlights]
        assert hit.languages[shown.index(passage)] == language
    (hit,) = ask(small, '"nettement baissé"', reader="en").results
    assert hit.languages == ("fr",)  # only the French says so


def test_where_few_have_all_words_those_with_most_are_shown_too(small: WhooshEngine) -> None:
    answer = ask(small, "outpatient protocol")
    assert answer.results[0].key == "planned"
    assert {hit.key for hit in answer.results} == {"planned", "frozen", "unread"}
    assert "shown too" in str(answer.notices[-1])
    for strict in (
        '"a protocol" outpatient',
        "title:protocol outpatient",
        "outpatient AND protocol",
    ):
        assert found(small, strict) == ["planned"], strict


def test_a_claim_is_answered_by_what_editors_say_it_is_about(small: WhooshEngine) -> None:
    claim = "Pain falls after the treatment of the neuralgia."
    plain, told = (
        {one.key: one for one in small.suggest(claim, concepts=concepts)}["blocked"]
        for concepts in ((), ("pudendal-block",))
    )
    assert told.score > plain.score
    assert "pudendal-block" in {reason.what for reason in told.why}
    assert "pudendal-block" not in {reason.what for reason in plain.why}
