"""The evidence map, the timeline and the pain figures: right counts, nothing invented."""

from __future__ import annotations

import csv
import io
import re
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
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


def _column(page: BeautifulSoup, row: str) -> dict[str, Tag]:
    """The cells of a row of the map by the name of their intervention."""
    (found,) = (
        tr
        for tr in page.select("table.map tbody tr")
        if tr.th and tr.th.a.text.replace("\u00ad", "") == row
    )  # type: ignore[union-attr]
    return {str(td["data-label"]): td for td in found.select("td[data-label]")}


def test_a_cell_leads_to_its_studies_and_to_a_search_that_finds_them(
    client: FlaskClient, kb: KnowledgeBase
) -> None:
    page = _page(client, "/map?lang=en")
    cells = page.select("table.map a.cell")
    assert len(cells) > 50
    for cell in cells[::9]:
        row, _, column = str(cell["id"]).removeprefix("q-").partition("~")
        opened = _page(client, f"/map?lang=en&cell={row}~{column}")
        listed = [str(a["href"]) for a in opened.select(".studies-in li > p:not(.over) a")]
        studies = Studies(kb)
        keys = studies.keys_of(row) & studies.keys_of(column)
        assert sorted(listed) == sorted(f"/references/{key}" for key in keys)
        address = str(cell["data-published"]).replace("/search?", "/api/v1/search?limit=0&")
        assert client.get(address).get_json()["total"] == len(keys), address


def test_the_question_of_a_text_is_framed_and_first_though_nobody_studied_it(
    client: FlaskClient,
) -> None:
    for address in ("/map?lang=en", "/map?lang=en&text=vulvodynie-cryoneurolyse"):
        page = _page(client, address)
        first = page.select_one("table.map tbody tr th a")
        assert first is not None
        assert first.text.replace("\u00ad", "") == "Vulvodynia"
        cell = _column(page, "Vulvodynia")["Cryoneurolysis"]
        assert "own" in cell["class"]
        assert "no study" in cell.text
    opened = _page(client, "/map?lang=en&cell=vulvodynia~cryoneurolysis")
    said = opened.select_one("#cell [data-said]")
    assert said is not None
    assert said.text == "Cryoneurolysis, vulvodynia: no study found"
    # The claims of the text stand there with their verdicts.
    assert "no evidence found" in opened.select_one("#cell .uses").text.lower()  # type: ignore[union-attr]
    freezing = _column(page, "Pudendal neuralgia")["Cryoneurolysis"]
    assert "no study" in freezing.text, "two narrative reviews and two editorials are no studies"
    assert "4 opinions" in freezing.text


def test_the_table_counts_studies_by_design_and_people_once(
    client: FlaskClient, kb: KnowledgeBase
) -> None:
    rows = {(r["condition"], r["intervention"]): r for r in _csv(client, "/map.csv?lang=en")}
    morton = rows["morton-neuroma", "cryoneurolysis"]
    # Read by hand in the library: Caporusso 2002 (20), Cazzato 2016 (20), Morton 2024 (54) and
    # the registered trial (10); a guideline, an editorial and one of no design stand apart.
    assert (morton["studies"], morton["participants"], morton["best_level"]) == ("4", "104", "2")
    assert (morton["rct"], morton["case-series"], morton["cohort-prospective"]) == ("1", "1", "1")
    assert morton["other_publications"] == "3"
    assert morton["asked_by_a_text"] == "yes"
    # People of the two reviews (590 in one) are not added to those of the studies in them.
    assert rows["morton-neuroma", "corticosteroid-injection"]["participants"] == "572"
    empty = rows["vulvodynia", "cryoneurolysis"]
    assert (empty["studies"], empty["participants"], empty["references"]) == ("0", "", "")
    for row in rows.values():
        counted = [kb.library[key] for key in row["references"].split()]
        assert len(counted) == int(row["studies"]) + int(row["other_publications"])
    assert not any("supports" in name or name == "direction" for name in morton)


def test_a_filter_leaves_what_passes_it(client: FlaskClient, kb: KnowledgeBase) -> None:
    trials = _csv(client, "/map.csv?design=rct&since=2015&until=2020&population=women")
    keys = {key for row in trials for key in row["references"].split()}
    assert keys
    women = Studies(kb).keys_of("women")
    for key in keys:
        reference = kb.library[key]
        assert reference.study.design == "rct"
        assert 2015 <= (reference.year or 0) <= 2020
        assert key in women
    by_name = _page(client, "/map?under=douleur pelvienne&lang=en")
    assert by_name.select_one("h1").text == "Evidence map: Pelvic pain"  # type: ignore[union-attr]


def test_the_map_of_outcomes_counts_what_was_reported(client: FlaskClient) -> None:
    rows = {
        (r["outcome"], r["intervention"]): r
        for r in _csv(client, "/map.csv?by=outcome&under=phantom-limb-pain")
    }
    measured = rows["pain-intensity", "cryoneurolysis"]["references"].split()
    assert "ilfeld2023phantom" in measured
    assert rows["pain-intensity", "cryoneurolysis"]["asked_by_a_text"] == ""


def test_the_map_goes_down_to_narrower_indications(client: FlaskClient, kb: KnowledgeBase) -> None:
    page = _page(client, "/map?under=pelvic-pain&lang=en")
    first = page.select_one("table.map tbody tr th .count")
    assert first is not None
    assert int(first.get_text()) == Studies(kb).count("pelvic-pain")
    assert page.select("table.map tbody tr.depth-1")
    for wrong in (
        *("under=nothing", "under=rct", "intervention=vulvodynia", "design=pain", "text=none"),
        "cell=vulvodynia~nothing",
    ):
        assert client.get(f"/map?{wrong}").status_code == 404, wrong
    assert client.get("/map?since=soon").status_code == 400
    assert client.get("/map.csv?under=nothing").status_code == 404


@pytest.mark.parametrize(
    ("typed", "asked"),
    [
        (
            {"population": "névrome de Morton", "intervention": "cryoneurolysis"},
            {"indication": "morton-neuroma", "intervention": "cryoneurolysis"},
        ),
        (
            {"population": "enfant", "comparator": "anesthésie péridurale", "outcome": "douleur"},
            {"population": "child", "q": "comparator:epidural-analgesia douleur"},
        ),
        (
            {"population": "hernie de Spiegel", "outcome": "numbness"},
            {"q": "hernie de Spiegel numbness"},
        ),
    ],
)
def test_a_question_in_four_fields_is_a_search(
    client: FlaskClient, typed: dict[str, str], asked: dict[str, str]
) -> None:
    answer = client.get("/pico", query_string=typed)
    assert answer.status_code == 302
    where = urlsplit(answer.headers["Location"])
    assert where.path == "/search"
    assert dict(parse_qsl(where.query)) == asked
    assert client.get(answer.headers["Location"]).status_code == 200


def test_the_fields_suggest_names_of_both_languages(client: FlaskClient) -> None:
    page = _page(client, "/pico?lang=fr")
    for field in page.select("form.pico input"):
        names = page.select_one(f"datalist#{field['list']}")
        assert names is not None
        assert page.select_one(f'label[for="{field["id"]}"]') is not None
    offered = {str(o["value"]): str(o.get("label", "")) for o in page.select("datalist option")}
    assert offered["vulvodynie"] == ""
    assert offered["vulvodynia"] == "vulvodynie"


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
