"""The evidence map, the timeline and the pain figures: right counts, nothing invented."""

from __future__ import annotations

import csv
import io
import re
from typing import Any

import pytest
from app_pages import uses_of
from bs4 import BeautifulSoup, Tag
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from evidence.knowledge import KnowledgeBase
from evidence.studies import Studies
from references.record import Finding, Reference
from webapp.pages.figures import CHANGES, LEVELS, place
from webapp.pages.painfigures import Point, figures_of, forest
from webapp.pages.timeline import years_of


def _page(client: FlaskClient, address: str) -> BeautifulSoup:
    answer = client.get(address)
    assert answer.status_code == 200, address
    return BeautifulSoup(answer.data, "lxml")


def _csv(client: FlaskClient, address: str) -> list[dict[str, str]]:
    answer = client.get(address)
    assert answer.status_code == 200
    assert answer.mimetype == "text/csv"
    return list(csv.DictReader(io.StringIO(answer.text)))


# ---- map ------------------------------------------------------------------------------


def test_every_bubble_leads_to_its_studies(client: FlaskClient) -> None:
    page = _page(client, "/map?lang=en")
    links = page.select("table.map a.bubble-link")
    assert len(links) > 50
    for link in links[::7]:
        count = int(link.select_one(".bubble-n b").get_text())  # type: ignore[union-attr]
        address = str(link["href"]).replace("/search?", "/api/v1/search?limit=0&")
        assert client.get(address).get_json()["total"] == count, address


def test_the_table_says_what_the_bubbles_show(client: FlaskClient, kb: KnowledgeBase) -> None:
    rows = _csv(client, "/map.csv?lang=en")
    studies = Studies(kb)
    top = max(int(row["studies"]) for row in rows)
    radii = {}
    for row in rows:
        designs = {row["design"]}
        if row["design"] == "systematic-review":
            designs.add("meta-analysis")
        found = [r for r in studies.of(row["indication"]) if r.study.design in designs]
        assert int(row["studies"]) == len(found)
        assert row["references"].split() == [r.key for r in found]
        known = [r.study.participants for r in found if r.study.participants is not None]
        assert int(row["participants"]) == sum(known)
        assert int(row["studies_without_number"]) == len(found) - len(known)
        stances = [{k.stance for _c, k in uses_of(kb, r.key)} for r in found]
        telling = {s for said in stances for s in said} - {"background"}
        expected = telling.pop() if len(telling) == 1 else "mixed" if telling else "not-rated"
        assert row["direction"] == expected
        for stance in ("supports", "qualifies", "contradicts", "background"):
            assert int(row[stance]) == sum(stance in said for said in stances)
        radii[row["indication"], row["design"]] = int(row["studies"])
    assert {row["direction"] for row in rows} >= {"supports", "mixed", "not-rated"}
    everything = _page(client, "/map?rows=all&lang=en")
    drawn = everything.select("table.map tbody .bubble circle")
    assert len(drawn) == len(rows)
    assert max(float(str(circle["r"])) for circle in drawn) == pytest.approx(21, abs=0.1)
    assert top == max(radii.values())


def test_a_direction_has_its_word_and_not_only_its_mark(client: FlaskClient) -> None:
    for language, words in (("en", "not rated"), ("fr", "non évalué")):
        page = _page(client, f"/map?lang={language}")
        cell = page.select_one("a.d-not-rated")
        assert cell is not None
        assert words in cell.get_text(" ")
        assert cell.select_one(".icon") is None
    legend = page.select_one(".map-legend")
    assert legend is not None
    for link in page.select("a.bubble-link"):
        classes = link.get("class")
        assert isinstance(classes, list)
        name = next(c for c in classes if c.startswith("d-")).removeprefix("d-")
        assert (link.select_one(".icon") is None) == (name == "not-rated")


def test_the_map_goes_down_to_narrower_indications(client: FlaskClient, kb: KnowledgeBase) -> None:
    page = _page(client, "/map?under=pelvic-pain&lang=en")
    first = page.select_one("table.map tbody tr th .count")
    assert first is not None
    assert int(first.get_text()) == Studies(kb).count("pelvic-pain")
    assert page.select("table.map tbody tr.depth-1")
    assert client.get("/map?under=nothing").status_code == 404
    assert client.get("/map?under=rct").status_code == 404
    assert client.get("/map.csv?under=nothing").status_code == 404


# ---- timeline -------------------------------------------------------------------------


def test_the_timeline_counts_every_dated_reference(client: FlaskClient, kb: KnowledgeBase) -> None:
    rows = _csv(client, "/map/years.csv")
    assert sum(int(row["references"]) for row in rows) == sum(
        1 for r in kb.library.values() if r.year
    )
    years = [int(row["year"]) for row in rows]
    assert years == list(range(min(years), max(years) + 1))
    page = _page(client, "/map?lang=en")
    bars = page.select(".timeline rect.all")
    assert len(bars) == sum(row["references"] != "0" for row in rows)
    table = {
        int(tr.th.get_text()): int(tr.td.get_text())
        for tr in page.select(".timeline tbody tr")
        if isinstance(tr.th, Tag) and isinstance(tr.td, Tag)
    }
    assert table == {
        int(row["year"]): int(row["references"]) for row in rows if row["references"] != "0"
    }


@given(st.lists(st.integers(1900, 2030) | st.none()))
def test_years_are_counted_once_each(years: list[int | None]) -> None:
    references = (Reference(key=f"a{i}", year=year) for i, year in enumerate(years))
    counted = years_of(references, lambda reference: 1 + (reference.year or 0) % 5)
    assert sum(year.references for year in counted) == sum(1 for year in years if year)
    strong = [year for year in years if year and year % 5 < 2]  # levels 1 and 2 of five
    assert sum(year.strong for year in counted) == len(strong)


# ---- pain -----------------------------------------------------------------------------


def _figure(outcome: str, value: str) -> Any:
    found = figures_of(Reference(key="a1", findings=(Finding(outcome, "", value),)))
    return found[0] if found else None


@pytest.mark.parametrize(
    ("outcome", "value", "points"),
    [
        (
            "pain NRS",
            "7.1 ± 1.1 -> 2.7 ± 2.2 (p < 0.0001)",
            [(7.1, 6.0, 8.2, "±"), (2.7, 0.5, 4.9, "±")],
        ),
        ("VAS", "8/10 (IQR 7-9) -> 0/10 (IQR 0-1)", [(8, 7, 9, "IQR"), (0, 0, 1, "IQR")]),
        ("pain 0-10", "7-10 -> 0-8", [(None, 7, 10, "range"), (None, 0, 8, "range")]),
        (
            "pain NRS",
            "6.2 (95% CI 5.2 to 7.3) -> 5.4 (4.2 to 6.6; ns) -> 2.0",
            [(6.2, 5.2, 7.3, "95 % CI"), (5.4, 4.2, 6.6, "95 % CI"), (2.0, None, None, "")],
        ),
    ],
)
def test_levels_are_read_as_printed(outcome: str, value: str, points: list[Any]) -> None:
    figure = _figure(outcome, value)
    assert figure.kind == "levels"
    assert [(p.value, p.low, p.high, p.kind) for p in figure.points] == [
        tuple(pytest.approx(v) if isinstance(v, float) else v for v in point) for point in points
    ]


@pytest.mark.parametrize(
    ("key", "time", "drawn"),
    [
        # As the abstracts print them; Nygaard 2025 prints 1.1 in favour of cryoneurolysis.
        ("ilfeld2022mastectomy", "postoperative day 2", ("0-10", -2.5, -3.5, -1.5, True)),
        ("ilfeld2023phantom", "4 months (primary)", ("0-10", -0.1, -1.0, 0.7, False)),
        ("nygaard2025efficacy", "6 months (secondary)", ("0-10", -1.1, -1.9, -0.3, True)),
        ("nygaard2025efficacy", "14 days (primary)", ("0-10", -0.49, -1.2, 0.3, True)),
    ],
)
def test_randomised_differences_stand_on_the_side_they_favour(
    kb: KnowledgeBase, key: str, time: str, drawn: tuple[Any, ...]
) -> None:
    found = forest([kb.library[key]]).differences
    (difference,) = (f.difference for f in found if f.finding.timepoint == time)
    assert difference is not None
    assert (
        *(difference.unit, difference.value, difference.low, difference.high),
        difference.turned,
    ) == drawn


def test_acute_and_lasting_pain_never_share_an_axis(client: FlaskClient) -> None:
    rows = _csv(client, "/indications/pain/figures.csv")
    courses = {row["reference"]: set() for row in rows}  # type: dict[str, set[str]]
    for row in rows:
        if row["shown_as"] == "difference":
            courses[row["reference"]].add(row["course"])
    assert courses["ilfeld2022mastectomy"] == {"acute"}
    assert courses["ilfeld2023phantom"] == courses["nygaard2025efficacy"] == {"chronic"}
    assert courses["park2021postsurgical"] == {"acute", "chronic"}
    page = _page(client, "/indications/pain?lang=en")
    for figure in page.select(".forest figure"):
        title = figure.select_one(".figure-title").text  # type: ignore[union-attr]
        if title.startswith("Acute pain"):
            assert "Ilfeld et al. 2023" not in figure.text
        if title.startswith("Lasting pain"):
            assert "Ilfeld et al. 2022" not in figure.text


def test_changes_of_named_groups_are_rows_of_their_own() -> None:
    value = "cryoneurolysis -1.9 (95% CI -2.4 to -1.3); sham -1.4 (95% CI -1.9 to -0.8)"
    reference = Reference(key="a1", findings=(Finding("NRS within-group change", "", value),))
    found = forest([reference])
    assert [(f.arm, f.points) for f in found.changes] == [
        ("cryoneurolysis", (Point(-1.9, -2.4, -1.3, "95 % CI"),)),
        ("sham", (Point(-1.4, -1.9, -0.8, "95 % CI"),)),
    ]


@pytest.mark.parametrize(
    ("outcome", "value", "why"),
    [
        ("pain VAS", "6.2 ± 1.9 -> 2.1 ± 2.7", "scale"),
        ("pain NRS", "67.5 ± 3 -> 50.0 ± 3", "scale"),
        ("pain NRS, between-group difference", "-0.1 (95% CI -1.0 to 0.7)", "difference"),
        ("pain NRS", "0 [0-1.4] vs 3.0 [2.0-5.0]", "groups"),
        ("NRS change", "0.5 [-0.5, 3.0] vs 0 [0, 3]", "groups"),
        ("pain (0-10)", "8 -> 2.4 -> 4", "interval"),
        ("NRS; opioid", "4.65 -> 2.4; 11.8 -> 4.6 MME", "shape"),
    ],
)
def test_what_cannot_honestly_stand_on_the_axis_says_why(
    outcome: str, value: str, why: str
) -> None:
    figure = _figure(outcome, value)
    assert (figure.kind, figure.why) == ("not-drawn", why)


@pytest.mark.parametrize(
    ("outcome", "value"),
    [
        ("pain, Cohen's d", "1.55 (95% CI 0.24 to 2.87)"),
        ("pain", "SMD 3.26 (2.60, 3.92), CI"),
        ("pain-free survival", "93.8% (95% CI 77.3-98.4)"),
        ("cold pain threshold", "21.6±1.2 degrees C"),
        ("hospital stay", "5 ± 1 -> 3 ± 1"),
    ],
)
def test_what_is_no_pain_score_is_not_taken_for_one(outcome: str, value: str) -> None:
    assert _figure(outcome, value) is None


@given(st.text(alphabet="0123456789.-±>()[],; CIQRrangevs%/to95", max_size=60))
def test_any_value_is_read_or_left_alone(value: str) -> None:
    figure = _figure("pain NRS", value)
    if figure is not None and figure.kind == "levels":
        for point in figure.points:
            assert (
                point.value is None
                or str(point.value).rstrip("0").rstrip(".") in re.sub(r"(\d)\.0+\b", r"\1", value)
                or f"{point.value:g}" in value
                or float(point.value) >= 0
            )
            assert point.value is None or 0 <= point.value <= 10
            if point.kind in ("95 % CI", "IQR", "range"):
                assert point.low is not None
                assert point.high is not None
                assert point.value is None or point.low <= point.value <= point.high


@given(st.floats(-20, 20))
def test_places_stay_on_the_axis(value: float) -> None:
    for axis in (LEVELS, CHANGES):
        at = float(place(value, axis).rstrip("%"))
        assert 0 <= at <= 100
    assert place(0, LEVELS) == "0.00%"
    assert place(10, LEVELS) == "100.00%"


def test_plots_have_their_data_as_a_table_and_as_csv(
    client: FlaskClient, kb: KnowledgeBase
) -> None:
    page = _page(client, "/indications/knee-pain?lang=en")
    plot = page.select_one("section.forest")
    assert plot is not None
    drawn = plot.select("table.plot tbody tr")
    listed = plot.select("details tbody tr")
    rows = _csv(client, "/indications/knee-pain/figures.csv")
    assert {row["shown_as"] for row in rows} == {"difference", "change"}
    assert len(drawn) == sum(row["shown_as"] in ("difference", "change") for row in rows)
    for link in plot.select("a[href*='.svg']"):
        picture = client.get(str(link["href"]))
        assert picture.mimetype == "image/svg+xml"
        heading = link.find_parent("figure").select_one(".figure-title")  # type: ignore[union-attr]
        assert etree.fromstring(picture.data).findtext("{*}title") == heading.text  # type: ignore[union-attr]
    assert len(listed) == sum(row["shown_as"] == "not-drawn" for row in rows)
    for row in rows:
        assert row["as_printed"] in [f.value for f in kb.library[row["reference"]].findings]
    assert all(svg.get("role") == "img" and svg.title for svg in plot.select("tbody svg[role]"))
    assert not page.select("[style]"), "the policy of the pages forbids styles in place"


def test_a_claim_without_a_figure_to_draw_has_no_plot(
    client: FlaskClient, kb: KnowledgeBase
) -> None:
    text = kb.texts["vulvodynie-cryoneurolyse"]
    shown = 0
    for claim in text.claims:
        found = forest(kb.library[k.reference] for k in claim.links if k.reference in kb.library)
        page = _page(client, f"/texts/{text.id}/claims/{claim.id}")
        expected = found.is_drawn and claim.kind in ("efficacy", "durability", "indication")
        assert bool(page.select("section.forest")) == expected, claim.id
        shown += expected
        answer = client.get(f"/texts/{text.id}/claims/{claim.id}/figures.csv")
        assert answer.status_code == 200
    assert 0 < shown < len(text.claims)
