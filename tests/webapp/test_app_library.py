"""Reference pages, exports and related references."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace

import pytest
from app_pages import Page, uses_of
from bs4 import BeautifulSoup, Tag
from flask.testing import FlaskClient
from small_base import KEYS, small_base

from evidence.knowledge import KnowledgeBase
from evidence.search import open_engine
from evidence.studies import Studies
from evidence.wording.results import result_of
from references.formats.bibtex import read_text as read_bibtex
from references.record import Finding, FindingWords
from webapp import create_app


def test_every_reference_has_its_page(client: FlaskClient, kb: KnowledgeBase) -> None:
    for number, key in enumerate(kb.library):
        language = ("fr", "en")[number % 2]
        answer = client.get(f"/references/{key}", headers={"Accept-Language": language})
        assert answer.status_code == 200, key


def test_reference_shows_study_findings_and_provenance(page: Page, kb: KnowledgeBase) -> None:
    reference = kb.library["goyal2022efficacy"]
    soup = page(f"/references/{reference.key}")
    rows = soup.select("table.outcomes tbody tr")
    assert len(rows) == len(reference.findings)
    assert rows[0].th.text == reference.findings[0].outcome
    assert len(soup.select(".provenance li")) == len(reference.provenance)
    addresses = [a["href"] for a in soup.select(".places a")]
    assert f"https://doi.org/{reference.doi}" in addresses
    assert f"https://pubmed.ncbi.nlm.nih.gov/{reference.pmid}/" in addresses
    assert "Goyal S, Kumar A" in soup.select_one(".citation").text


def test_what_is_unverified_is_marked_and_never_a_plain_fact(page: Page, kb: KnowledgeBase) -> None:
    reference = next(r for r in kb.library.values() if r.unverified.get("year") and r.year is None)
    soup = page(f"/references/{reference.key}")
    value = reference.unverified["year"]
    assert value in soup.select_one(".unverified .doubt").text
    assert value not in soup.select_one(".where").text
    assert soup.select_one(".notice")
    assert "year" in soup.select_one(".notice").text


def test_claims_that_use_a_reference_are_listed_with_their_stance(
    page: Page, kb: KnowledgeBase
) -> None:
    key = max(kb.library, key=lambda k: len(uses_of(kb, k)))
    items = page(f"/references/{key}").select(".uses li")
    assert len(items) == len(uses_of(kb, key)) > 1
    assert all(item.select_one(".stance") and item.select_one(".verdict") for item in items)


def test_findings_are_french_on_a_french_page(page: Page) -> None:
    shown = page("/references/nygaard2025efficacy", "fr")
    first = shown.select("table.outcomes tbody tr")[0]
    assert first.select("[lang]") == []
    cells = [" ".join(cell.get_text().split()) for cell in first.select("th, td")]
    assert cells[1] == "14 jours (critère principal)"
    assert "échelle numérique de 0 à 10" in cells[2]
    assert cells[3].endswith("Pas de différence montrée")
    english = page("/references/nygaard2025efficacy").select("table.outcomes tbody tr")[0]
    assert "No difference shown" in english.get_text()


def test_what_is_english_only_says_so() -> None:
    finding = Finding("pain", "3 months", "7.1 to 3.4", "Pain was halved.")
    in_french = replace(finding, french=FindingWords(outcome="douleur", text="Douleur divisée."))
    told, translated = (result_of(one, "fr") for one in (finding, in_french))
    assert {part.language for part in (told.outcome, told.timepoint, told.value)} == {"en"}
    assert {part.language for part in (translated.outcome, translated.value)} == {"fr"}


def test_harms_are_counted_in_a_table(page: Page) -> None:
    rows = page("/references/goss2020cryoneurotomy", "fr").select("table.harms tbody tr")
    cells = [[cell.get_text(strip=True) for cell in row.select("th, td")] for row in rows]
    assert cells == [
        ["décès périopératoire", "1 sur 55", "Grave"],
        ["suicide", "1 sur 55", "Grave"],
    ]


def test_related_records_are_shown_from_both_sides(page: Page) -> None:
    for key, other, word in (
        ("nygaard2021protocol", "nygaard2025efficacy", "Protocole de"),
        ("nygaard2025efficacy", "nygaard2021protocol", "Protocole"),
    ):
        items = page(f"/references/{key}", "fr").select("[aria-labelledby=belongs-h] li")
        said = {item.a["href"]: item.select_one(".relation").get_text() for item in items}  # type: ignore[union-attr,index]
        assert said[f"/references/{other}"] == word


def test_where_it_was_seen_is_told_by_the_kind_of_place(page: Page, kb: KnowledgeBase) -> None:
    reference = kb.library["nygaard2025efficacy"]
    shown = page("/references/nygaard2025efficacy", "fr")
    places = [" ".join(item.get_text().split()) for item in shown.select(".provenance li")]
    assert places[0] == "Vu sur PubMed pubmed.ncbi.nlm.nih.gov/39883054"
    assert any(place.startswith("Copie d’une notice de registre ichgcp.net") for place in places)
    told = shown.get_text()
    assert not [source.seen for source in reference.provenance if source.seen in told]


def test_a_work_without_authors_says_so_in_the_language_of_the_page(
    page: Page, kb: KnowledgeBase
) -> None:
    key = next(key for key, one in kb.library.items() if one.authors_unseen and one.journal)
    for language, words in (("fr", "[auteurs non vus]"), ("en", "[authors not seen]")):
        shown = page(f"/references/{key}", language)
        assert words in shown.select_one(".crumbs").get_text()  # type: ignore[union-attr]
        assert shown.select_one(".citation").get_text().startswith(f"{words}.")  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("extension", "media"),
    [
        ("bib", "application/x-bibtex"),
        ("ris", "application/x-research-info-systems"),
        ("json", "application/vnd.citationstyles.csl+json"),
    ],
)
def test_exports(client: FlaskClient, extension: str, media: str) -> None:
    answer = client.get(f"/references/goyal2022efficacy.{extension}")
    assert answer.status_code == 200
    assert answer.mimetype == media
    assert f'filename="goyal2022efficacy.{extension}"' in answer.headers["Content-Disposition"]
    body = answer.get_data(as_text=True)
    assert "10.4103/ija.ija_154_22" in body
    if extension == "json":
        assert json.loads(body)[0]["id"] == "goyal2022efficacy"
    if extension == "ris":
        assert body.startswith("TY  - JOUR")
    if extension == "bib":
        bibliography = read_bibtex(body, "export.bib")
        assert [r.key for r in bibliography.references] == ["goyal2022efficacy"]


def test_related_references_share_concepts_and_say_which(page: Page, kb: KnowledgeBase) -> None:
    key = "mcdonald2012multilevel"
    related = Studies(kb).related(key)
    assert related
    own = set(Studies(kb).concepts_of(kb.library[key]))
    for other, shared in related:
        assert other.key != key
        assert shared
        assert {c.id for c in shared} <= own
    items = page(f"/references/{key}").select(".related li")
    assert [i.a["href"] for i in items] == [f"/references/{r.key}" for r, _ in related]


def test_unknown_reference_suggests_near_keys(page: Page) -> None:
    soup = page("/references/goyal2022eficacy", status=404)
    assert "/references/goyal2022efficacy" in [a["href"] for a in soup.select("main a")]


def test_library_is_browsed_on_the_search_page(client: FlaskClient) -> None:
    answer = client.get("/references/")
    assert answer.status_code == 302
    assert answer.headers["Location"] == "/search"


@pytest.fixture(scope="module")
def doubtful_site(
    kb: KnowledgeBase, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[FlaskClient]:
    """Three references, of which one is marked as perhaps the same as another."""
    folder = small_base(kb, tmp_path_factory.mktemp("base"))
    path = folder / "references" / "few.bib"
    text = path.read_text(encoding="utf-8")
    mark = f"{{{KEYS[0]},\n    possibleduplicate = {{{KEYS[1]}}},"
    path.write_text(text.replace(f"{{{KEYS[0]},", mark), encoding="utf-8")
    instance = tmp_path_factory.mktemp("instance")
    small = KnowledgeBase(folder)
    engine = open_engine(small, instance)
    yield create_app(small, instance, engine, {"TESTING": True}).test_client()
    engine.close()


@pytest.mark.parametrize(
    ("language", "says"),
    [("en", "Possibly the same work as:"), ("fr", "Peut-être la même publication que\u00a0:")],
)
def test_what_may_be_one_work_is_said_on_both_pages(
    doubtful_site: FlaskClient, language: str, says: str
) -> None:
    def notice(key: str) -> Tag | None:
        answer = doubtful_site.get(f"/references/{key}", headers={"Accept-Language": language})
        return BeautifulSoup(answer.text, "lxml").select_one("#doubles")

    for key, other in ((KEYS[0], KEYS[1]), (KEYS[1], KEYS[0])):
        told = notice(key)
        assert told is not None
        assert says in told.text
        assert [a["href"] for a in told.select("a")] == [f"/references/{other}"]
    assert notice(KEYS[2]) is None


def test_the_ways_to_a_work_stand_in_its_head(page: Page, kb: KnowledgeBase) -> None:
    reference = next(one for one in kb.library.values() if one.doi and one.pmid and one.pmcid)
    head = page(f"/references/{reference.key}?lang=en").select_one(".reference-head")
    assert head is not None
    ways = {a.get_text(strip=True): a["href"] for a in head.select("a.take")}
    assert ways["DOI"] == f"https://doi.org/{reference.doi}"
    assert ways["PubMed"].endswith(f"/{reference.pmid}/")
    assert ways["Full text (PMC)"].endswith(f"/{reference.pmcid}/")
    assert {a["href"].rpartition(".")[2] for a in head.select(".take-menu a")} >= {"bib", "ris"}
    trial = page("/references/nygaard2025efficacy?lang=en").select_one(".reference-head")
    assert trial is not None
    assert "No difference shown" in trial.text
    assert "87 participants" in trial.text
