"""Lists of concepts and the page of each."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml
from app_pages import Page
from bs4 import BeautifulSoup
from flask.testing import FlaskClient

from evidence.knowledge import KnowledgeBase
from evidence.studies import Studies
from references.record import Reference
from webapp import create_app
from webapp.lookups import LISTED


@pytest.mark.parametrize("facet", LISTED)
def test_lists_hold_every_studied_concept_of_a_facet(
    page: Page, kb: KnowledgeBase, facet: str
) -> None:
    studies = Studies(kb)
    soup = page(f"/indications/?facet={facet}")
    shown = {a["href"].rpartition("/")[2] for a in soup.select(".tree a")}
    assert shown == {c.id for c in kb.vocabulary.of_facet(facet) if studies.count(c.id)}


def test_every_concept_has_its_page(client: FlaskClient, kb: KnowledgeBase) -> None:
    for number, concept in enumerate(kb.vocabulary):
        answer = client.get(
            f"/indications/{concept.id}", headers={"Accept-Language": ("en", "fr")[number % 2]}
        )
        assert answer.status_code == 200, concept.id


def test_a_treatment_lists_the_studies_that_tested_it(page: Page, kb: KnowledgeBase) -> None:
    tested = set(kb.vocabulary.narrower("cryoneurolysis"))
    of = {key for key, r in kb.library.items() if tested & set(r.study.interventions)}
    soup = page("/indications/cryoneurolysis")
    assert int(soup.select_one(".tiles b").text.replace(",", "")) == len(of) > 100
    listed = {a["href"].rpartition("/")[2] for a in soup.select("main a[href*='/references/']")}
    assert listed
    assert listed <= of
    search = soup.select_one("a.button[href*='/search?']")["href"]
    assert "intervention=cryoneurolysis" in search
    assert page(search).select_one("#results-h").text.startswith(f"{len(of)} ")


def test_counts_include_narrower_concepts(kb: KnowledgeBase) -> None:
    studies = Studies(kb)
    for concept in kb.vocabulary:
        for parent in concept.broader:
            assert studies.keys_of(concept.id) <= studies.keys_of(parent)


def test_designs_add_up_and_the_best_level_comes_first(page: Page, kb: KnowledgeBase) -> None:
    soup = page("/indications/vulvodynia")
    rows = soup.select("table.designs tbody tr")
    numbers = [int(row.select("td")[1].text.split()[0]) for row in rows]
    assert sum(numbers) == Studies(kb).count("vulvodynia")
    levels = [
        int(cell["class"][1].removeprefix("l-")) or 9
        for cell in soup.select("table.studies tbody .level")
    ]
    assert levels == sorted(levels)


def test_participants_are_those_stated(page: Page, kb: KnowledgeBase) -> None:
    references = Studies(kb).of("vulvodynia")
    stated = sum(r.study.participants or 0 for r in references)
    tiles = page("/indications/vulvodynia").select(".tiles.figures b")
    assert tiles[1].text.replace(",", "") == str(stated)


def test_a_study_of_two_claims_is_counted_once(few: Path, tmp_path: Path) -> None:
    folder = shutil.copytree(few, tmp_path / "base")
    register = next((folder / "texts").glob("*.yaml"))
    text = yaml.safe_load(register.read_text("utf-8"))
    link = {
        "reference": "ilfeld2023phantom",
        "stance": "supports",
        "note": {"fr": "Un essai.", "en": "A trial."},
    }
    claim = {**text["claims"][0], "verdict": "partly-supported", "certainty": "low"}
    claim["population"] = ["phantom-limb-pain"]
    first = {**claim, "links": [link]}
    text["claims"] = [first, {**first, "id": "another"}]
    register.write_text(yaml.safe_dump(text, allow_unicode=True), "utf-8")
    base = KnowledgeBase(folder)
    client = create_app(base, tmp_path / "instance").test_client()
    answer = client.get("/indications/phantom-limb-pain?lang=en")
    assert answer.status_code == 200
    page = BeautifulSoup(answer.text, "lxml")
    tiles = {tile.span.text: tile.b.text for tile in page.select(".tiles.figures .tile")}
    assert tiles["linked to a claim"] == "1"
    assert not page.select(".tally"), "references are not counted for or against"
    claims = {a["href"].rpartition("/")[2] for a in page.select('a[href*="/claims/"]')}
    assert claims == {first["id"], "another"}


def test_studies_come_before_counts_and_names(page: Page) -> None:
    found = [h.get("id") for h in page("/indications/vulvodynia").select("main h2")]
    assert found[0] == "studies-h"
    assert found.index("designs-h") < found.index("names-h") == len(found) - 1


@pytest.mark.parametrize(
    ("query", "passes"),
    [
        ("design=rct", lambda r: r.study.design == "rct"),
        ("since=2020", lambda r: (r.year or 0) >= 2020),
        ("intervention=gabapentin", lambda r: "gabapentin" in r.study.interventions),
        ("words=Brown gabapentin", lambda r: r.key == "brown2018gabapentin"),
        ("design=rct&since=2100", lambda r: False),
    ],
)
def test_the_studies_of_a_concept_are_filtered(
    page: Page, kb: KnowledgeBase, query: str, passes: Callable[[Reference], bool]
) -> None:
    found = page(f"/indications/vulvodynia?lang=en&{query}")
    listed = {a["href"].split("?")[0].rpartition("/")[2] for a in found.select(".studies th a")}
    expected = {r.key for r in Studies(kb).of("vulvodynia") if passes(r)}
    if query.startswith("words"):
        assert expected <= listed
        assert all("abapentin" in row.text for row in found.select(".studies tbody tr"))
    else:
        assert len(expected) <= 60
        assert listed == expected
    assert found.select_one("[data-said]").text.split()[0] == str(len(listed))


def test_a_list_of_concepts_is_filtered_by_name_in_either_language(page: Page) -> None:
    found = page("/indications/?lang=en&name=nevralgie pudendale")
    names = [a["href"].rpartition("/")[2] for a in found.select(".tree a")]
    assert "pudendal-neuralgia" in names
    assert len(names) < 10
    assert found.select_one("#name-filter")["value"] == "nevralgie pudendale"


def test_narrower_and_broader_concepts_are_linked(page: Page, kb: KnowledgeBase) -> None:
    concept = kb.vocabulary["vulvodynia"]
    links = {
        a["href"].rpartition("/")[2] for a in page("/indications/vulvodynia").select(".around a")
    }
    narrower = {c.id for c in kb.vocabulary if concept.id in c.broader}
    assert links == narrower | set(concept.broader)


@pytest.mark.parametrize("term", ["vulvodynie", "D056650", "Vulvodynia"])
def test_a_term_or_a_mesh_id_leads_to_its_concept(client: FlaskClient, term: str) -> None:
    answer = client.get(f"/indications/{term}")
    assert answer.status_code == 301
    assert answer.headers["Location"] == "/indications/vulvodynia"


def test_unknown_concepts_and_lists_are_404_with_help(page: Page) -> None:
    soup = page("/indications/vulvodynja", "fr", status=404)
    assert "/indications/vulvodynia" in [a["href"] for a in soup.select("main a")]
    assert page("/indications/?facet=colour", status=404).select("main a")
