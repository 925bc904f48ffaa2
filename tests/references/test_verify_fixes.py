"""`--fixes`: what the check is sure of is put right, and nothing else is touched."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from service_double import Record, ServiceDouble

from references.formats import write
from references.formats.bibtex import read_text
from references.record import Author, Reference
from references.sources import all_sources
from references.sources.session import Session, SourceSettings
from references.verify import Checker, Cited
from references.verify.fixes import Fixes, fixes

WORK = Record(
    "Percutaneous cryoneurolysis for refractory pudendal neuralgia in women",
    [("Martin", "Anne"), ("Berg", "Ole"), ("Chen", "Li")],
    2019,
    "Journal of Pelvic Medicine",
    "J Pelvic Med",
    "12",
    "3",
    "145-152",
    "10.5555/jpm.1",
    "31000001",
)
RIGHT = Reference(
    "martin2019",
    title=WORK.title,
    authors=(Author("Martin", "Anne"), Author("Berg", "Ole"), Author("Chen", "Li")),
    year=2019,
    journal="J Pelvic Med",
    volume="12",
    number="3",
    pages="145-52",
    doi="10.5555/jpm.1",
    pmid="31000001",
)

ELSEWHERE = {"year": 2017, "journal": "Cardiovasc Intervent Radiol", "volume": "40", "number": "2"}


@pytest.fixture
def double() -> Iterator[ServiceDouble]:
    with ServiceDouble([replace(WORK)]) as server:
        yield server


def _fixed(double: ServiceDouble, cited: Reference) -> Fixes:
    bases = {
        name.removeprefix("EVIDENCE_").removesuffix("_URL").lower(): base
        for name, base in double.environment.items()
        if name.endswith("_URL")
    }
    session = Session(SourceSettings(bases=bases, total=10))
    checker = Checker(all_sources(session))
    return fixes(cited, checker.check(Cited(cited.key, cited)))


def test_what_is_right_stays_as_it_is_written(double: ServiceDouble) -> None:
    fixed = _fixed(double, RIGHT)
    assert fixed.reference == RIGHT
    assert (fixed.changes, fixed.left) == ((), ())


@pytest.mark.parametrize(
    ("wrong", "right"),
    [
        ({"journal": "Pain"}, {"journal": "Journal of Pelvic Medicine"}),
        ({"volume": "21"}, {"volume": "12"}),
        ({"number": "4", "doi": ""}, {"number": "3", "doi": "10.5555/jpm.1"}),
        ({"pages": "245-252"}, {"pages": "145-152"}),
        ({"year": 2009}, {"year": 2019}),
        ({"pmid": "31999999"}, {"pmid": "31000001"}),
        ({"doi": "10.5555/jpm.7"}, {"doi": "10.5555/jpm.1"}),
        ({"title": WORK.title.replace("women", "men")}, {"title": WORK.title}),
        ({"authors": RIGHT.authors[:2]}, {"authors": RIGHT.authors}),
        ({"volume": "", "pages": "", "pmid": ""}, {"volume": "12", "pages": "145-152"}),
    ],
)
def test_one_wrong_field_is_put_right(
    double: ServiceDouble, wrong: dict[str, object], right: dict[str, object]
) -> None:
    fixed = _fixed(double, replace(RIGHT, **wrong))
    for name, value in right.items():
        assert getattr(fixed.reference, name) == value, name
    others = {"title", "authors", "year"} - wrong.keys()
    assert all(getattr(fixed.reference, name) == getattr(RIGHT, name) for name in others)
    assert {change.field for change in fixed.changes} >= right.keys()
    assert all(change.source.startswith("http") for change in fixed.changes)


@pytest.mark.parametrize(
    "wrong",
    [
        # another title and no identifier: perhaps another work
        {"title": WORK.title.replace("women", "men"), "doi": "", "pmid": ""},
        # another first author and nothing but the title
        {"authors": (Author("Moreau", "Luc"),), "doi": "", "pmid": "", "volume": "", "pages": ""},
        # a year alone, told by the title and the authors only: perhaps an earlier report
        {"year": 2009, "doi": "", "pmid": "", "volume": "", "pages": "", "journal": ""},
        # the abstract of a congress, of which the services know only the article that followed
        {
            **{"year": 2017, "journal": "Cardiovasc Intervent Radiol", "volume": "40"},
            **{"number": "S2", "pages": "S145", "doi": "", "pmid": ""},
        },
        # the same in the supplement of the journal that printed the article
        {"number": "", "pages": "S145", "doi": "", "pmid": ""},
        # an abstract with a number of its own, which no service knows
        {**ELSEWHERE, "doi": "10.5555/congress.145", "pmid": ""},
        # a year that differs and no place: none is filled in beside it
        {**ELSEWHERE, "doi": "", "pmid": "", "volume": "", "pages": "", "journal": ""},
    ],
)
def test_what_is_not_sure_is_left_and_said(double: ServiceDouble, wrong: dict[str, object]) -> None:
    cited = replace(RIGHT, **wrong)
    fixed = _fixed(double, cited)
    for name in wrong:
        assert getattr(fixed.reference, name) == getattr(cited, name)


@pytest.mark.parametrize("wrong", [{"volume": "21"}, {"pages": "245-252"}, {"number": "4"}])
def test_one_wrong_number_of_a_place_is_put_right_without_an_identifier(
    double: ServiceDouble, wrong: dict[str, object]
) -> None:
    fixed = _fixed(double, replace(RIGHT, **wrong, doi="", pmid=""))
    assert fixed.reference.doi == RIGHT.doi
    for name in wrong:
        assert getattr(fixed.reference, name) == getattr(RIGHT, name).replace("-52", "-152")


def test_services_that_contradict_each_other_are_not_believed(double: ServiceDouble) -> None:
    double.records[:] = [
        replace(WORK, services=("crossref",), volume="13"),
        replace(WORK, services=("pubmed",), volume="14"),
    ]
    fixed = _fixed(double, replace(RIGHT, volume="99"))
    assert fixed.reference.volume == "99"
    (left,) = fixed.left
    assert (left.field, str(left.why)) == ("volume", "the services contradict each other")


def test_a_work_that_was_not_found_is_not_touched(double: ServiceDouble) -> None:
    cited = Reference("x", title="Nothing of the kind was ever printed", year=2001, volume="3")
    assert _fixed(double, cited) == Fixes(cited)


def test_other_fields_and_spellings_of_the_file_stay(double: ServiceDouble) -> None:
    text = (
        "@article{Martin:2019,\n  author = {Martin, Anne and Berg, Ole and Chen, Li},\n"
        f"  title = {{{WORK.title}}},\n  journal = {{J Pelvic Med}},\n  year = 2019,\n"
        "  volume = {21},\n  doi = {10.5555/jpm.1},\n  file = {:a.pdf:PDF},\n"
        "  groups = {Cold},\n}\n"
    )
    (cited,) = read_text(text).references
    fixed = _fixed(double, cited)
    (again,) = read_text(write([fixed.reference], "bibtex").content).references
    assert again.key == "Martin:2019"
    assert again.volume == "12"
    assert (again.extra["file"], again.extra["groups"]) == (":a.pdf:PDF", "Cold")
    assert again.journal == "J Pelvic Med"
