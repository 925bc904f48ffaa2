"""Verification without a network: sources of our own, fields compared, a list of retractions."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from our_sources import ARTICLE, SourceOfOurs, work_of

from references.formats.names import read_authors
from references.matching.people import authors_difference, family_key
from references.preprints import PREPRINT
from references.record import Reference
from references.sources.errors import ServiceFailed
from references.sources.source import DOI, SEEK
from references.verify import Checker, Cited, agreement, cited_string, read_retractions
from references.verify.differences import AGREES, NOT_CITED, NOT_KNOWN, Difference, compare

# ---- fields -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("cited", "known", "verdict"),
    [
        ("145-152", ["145-152"], AGREES),
        ("145-52", ["145-152"], AGREES),
        ("145", ["145-152"], AGREES),
        ("145-151", ["145-152"], "145-152"),
        ("146-152", ["145-152"], "145-152"),
        ("e14", ["14"], AGREES),
        ("S45-51", ["S45-S51"], AGREES),
        ("45-51", ["S45-S51"], "S45-S51"),
        ("145-152", ["", "145-152"], AGREES),
        ("145-152", ["7-9", "145-152"], AGREES),  # one of the records is enough
        ("145-152", ["7-9", "1-2"], "7-9"),
        ("", ["145-152"], NOT_CITED),
        ("145-152", [""], NOT_KNOWN),
    ],
)
def test_pages_are_compared_with_every_record(cited: str, known: list[str], verdict: str) -> None:
    works = [work_of(replace(ARTICLE, pages=pages)) for pages in known]
    found = compare(replace(ARTICLE, pages=cited), works).verdicts["pages"]
    if isinstance(found, Difference):
        assert (found.field, found.cited, found.found) == ("pages", cited, verdict)
    else:
        assert found == verdict


def test_agreement_with_a_record_of_the_library() -> None:
    cited = cited_string(
        "Marchand A, Oduya BK. Cold block of the pudendal nerve in chronic pelvic pain. "
        "J Pelvic Pain. 2018;12(3):145-52."
    )
    assert agreement(cited, ARTICLE) == dict.fromkeys(
        ("title", "authors", "year", "journal", "volume", "issue", "pages"), True
    )
    other = replace(ARTICLE, title="Heat and the sacral plexus in sheep", year=2012, pages="")
    assert agreement(cited, other) == {
        "title": False,
        "authors": True,
        "year": False,
        "journal": True,
        "volume": True,
        "issue": True,
    }


# ---- who was heard ----------------------------------------------------------------------


UNKNOWN = Reference("u", title="Freezing the moon for pain in the tides", doi="10.5555/none")


@pytest.mark.parametrize(
    ("silent", "status"),
    [
        ((), "not-located"),
        (("helper",), "not-located"),
        (("registry",), "not-located"),  # PubMed covers all fields too
        (("registry", "pubmed"), "unchecked"),
        (("registry", "pubmed", "helper"), "unchecked"),
    ],
)
def test_what_was_not_heard_is_no_answer(silent: tuple[str, ...], status: str) -> None:
    sources = [
        SourceOfOurs("registry", is_general=True),
        SourceOfOurs("pubmed", is_general=True, numbers_works=True),
        SourceOfOurs("helper", stands_in=True),
    ]
    for source in sources:
        if source.name in silent:
            source.fault = ServiceFailed(source.name, "{name} failed.", name=source.name)
    check = Checker(sources).check(Cited("u", UNKNOWN))
    assert check.status == status
    heard = {lookup.source for lookup in check.lookups if lookup.answered}
    assert heard == {"registry", "pubmed", "helper"}.difference(silent)


@pytest.mark.parametrize(("tells", "fields"), [(True, ["notices"]), (False, [])])
def test_a_silent_source_of_notices_is_named(tells: bool, fields: list[str]) -> None:
    knows = SourceOfOurs("registry", [ARTICLE], is_general=True, tells_notices=True)
    silent = SourceOfOurs("other", tells_notices=tells)
    silent.fault = ServiceFailed("other", "{name} failed.", name="other")
    check = Checker([knows, silent]).check(Cited("a", ARTICLE))
    assert check.status == "verified"
    assert [problem.field for problem in check.problems] == fields
    assert all("other did not answer" in str(problem.message) for problem in check.problems)
    assert check.needs_a_person is tells


def test_what_stands_in_is_not_asked_where_a_registry_knows() -> None:
    registry = SourceOfOurs("registry", [ARTICLE], is_general=True)
    helper = SourceOfOurs("helper", [ARTICLE], stands_in=True)
    checker = Checker([registry, helper])
    assert checker.check(Cited("a", replace(ARTICLE, pmid=""))).status == "verified"
    assert helper.asked == []
    assert checker.check(Cited("u", UNKNOWN)).status == "not-located"
    assert helper.asked == [DOI, SEEK]


def test_a_preprint_is_one_whoever_says_so() -> None:
    said = replace(ARTICLE, journal="", extra={"howpublished": PREPRINT})
    assert work_of(said).is_preprint
    assert not work_of(ARTICLE).is_preprint


# ---- a list of retractions --------------------------------------------------------------


RABBITS = "Cooling of the vagus nerve and the fever of rabbits"


@pytest.mark.parametrize(
    ("cited", "kinds"),
    [
        (Reference("a", doi="10.5555/al.2010.44"), ["retraction"]),
        (Reference("a", doi="10.5555/AL.2010.44"), ["retraction"]),
        (Reference("a", pmid="20000044"), ["retraction"]),
        (
            Reference("a", title="Cooling of the Vagus Nerve and the fever of rabbits."),
            ["retraction"],
        ),
        (Reference("a", pmid="27000033"), ["retraction"]),  # the row has no DOI
        (Reference("a", doi="10.5555/tp.2017.501"), ["expression-of-concern"]),
        (Reference("a", doi="10.5555/tm.2022.9"), ["reinstatement"]),
        (Reference("a", doi="10.5555/ps.2013.210"), ["correction"]),
        (Reference("a", pmid="27000123"), ["retraction", "correction"]),
        (Reference("a", title="Ice"), []),  # a word is not enough to tell a work
        (Reference("a", doi="unavailable", pmid="0"), []),
        (Reference("a", doi="10.5555/al.2010.4"), []),
        (Reference("a", title=RABBITS.replace("rabbits", "rats")), []),
    ],
)
def test_the_sample_of_retractions(cited: Reference, kinds: list[str]) -> None:
    listed = read_retractions(Path(__file__).parent.parent / "data" / "retractions.csv")
    assert (listed.rows, str(listed.updated)) == (8, "2023-06-01")
    assert [notice.type for notice in listed.notices(cited)] == kinds


def test_a_row_by_title_is_of_the_same_people_and_version() -> None:
    listed = read_retractions(Path(__file__).parent.parent / "data" / "retractions.csv")
    titled = Reference("a", title="Long freezing of a short nerve in the mouse")
    assert [notice.type for notice in listed.notices(titled)] == ["retraction"]
    assert listed.notices(titled, is_preprint=False) == []  # the row is of the preprint
    theirs, ours = (read_authors(name)[0] for name in ("Tanaka, Yuki", "Stein, Ada"))
    assert listed.notices(replace(titled, authors=theirs))
    assert listed.notices(replace(titled, authors=ours)) == []


@pytest.mark.parametrize(
    ("cited", "known", "says"),
    [
        ("Moreau, Anne and Petit, Jean", "Moreau, Anne and Petit, Jean", None),
        ("Moreau, Anne and others", "Moreau, Anne and Petit, Jean", None),
        (
            "Moreau, Anne and Petit, Jean",
            "Moreau, Anne and Petit, Jean and Roux, Léa",
            "1 of 3 authors are missing",
        ),
        (
            "Petit, Jean and Moreau, Anne",
            "Moreau, Anne and Petit, Jean and Roux, Léa",
            "authors are missing or in another order",
        ),
        ("Petit, Jean and Moreau, Anne", "Moreau, Anne and Petit, Jean", "another order"),
        (
            "Moreau, Anne and Petit, Jean and Moreau, Anne",
            "Moreau, Anne and Petit, Jean",
            "more authors than the work has",
        ),
        ("{Nerve Study Group}", "{Nerve Study Group}", None),
        ("{Nerve Study Group}", "{Heart Failure Association}", "another group"),
        ("Moreau, Anne", "{Nerve Study Group}", "a group is named as the author"),
    ],
)
def test_what_sets_two_lists_of_authors_apart(cited: str, known: str, says: str | None) -> None:
    def by(names: str) -> Reference:
        return Reference("a", authors=read_authors(names)[0])

    named = replace(by(cited), more_authors="others" in cited)
    difference = authors_difference(named, by(known))
    assert (None if difference is None else str(difference)) == says


@pytest.mark.parametrize(
    ("name", "key"), [("Moreau, A.", "moreau"), ("Li, X.", "li"), ("B", ""), ("李, 明", "李")]
)
def test_an_initial_alone_names_no_family(name: str, key: str) -> None:
    assert family_key(read_authors(name)[0][0]) == key


def test_a_string_of_two_references_says_that_one_was_checked() -> None:
    """A right reference must not carry a second one through unseen."""
    first = "Smith J. Cold and nerves. Pain. 2010;150:1-5."
    second = "Roe B. Heat and nerves. J Pain. 2011;12:6-9."
    said = [problem.field for problem in Checker([]).check(cited_string(first)).problems]
    assert "text" not in said
    (problem,) = (
        one
        for one in Checker([]).check(cited_string(f"{first} {second}")).problems
        if one.field == "text"
    )
    assert "holds 2 references, and only the first was checked" in str(problem)
