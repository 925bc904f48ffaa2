"""Books are looked for by their ISBN, in either length."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from service_double import Record, Reply, ServiceDouble

from references.record import Author, Reference
from references.sources import all_sources
from references.sources.session import Session, SourceSettings
from references.verify import Check, Checker, Cited

#: Both lengths of one number: the check digits are worked out by hand (ISO 2108).
LONG, SHORT = "9780306406157", "0-306-40615-2"
BOOK = Record(
    "Pain of the pelvis: a handbook for clinics",
    [("Martin", "Anne"), ("Berg", "Ole")],
    2011,
    "Example Press",
    isbn=LONG,
    services=("openlibrary",),
    kind="book",
)
CITED = Reference(
    "martin2011",
    type="book",
    title="Pain of the pelvis",
    authors=(Author("Martin", "A."), Author("Berg", "O.")),
    year=2011,
    publisher="Example Press",
    isbn=SHORT,
)


@pytest.fixture
def double() -> Iterator[ServiceDouble]:
    with ServiceDouble([replace(BOOK)]) as server:
        yield server


def _check(double: ServiceDouble, cited: Reference) -> Check:
    bases = {
        name.removeprefix("EVIDENCE_").removesuffix("_URL").lower(): base
        for name, base in double.environment.items()
    }
    session = Session(SourceSettings(bases=bases, total=10))
    return Checker(all_sources(session)).check(Cited(cited.key, cited))


@pytest.mark.parametrize("isbn", [SHORT, "0306406152", LONG, "978-0-306-40615-7"])
def test_a_book_is_verified_by_its_isbn(double: ServiceDouble, isbn: str) -> None:
    check = _check(double, replace(CITED, isbn=isbn))
    assert check.status == "verified"
    assert check.works[0].source == "openlibrary"
    assert {"title", "authors", "year"} <= set(check.compared)


def test_the_book_is_found_in_crossref_and_its_chapters_are_not_it(double: ServiceDouble) -> None:
    book = replace(BOOK, services=("crossref",), doi="10.5555/book")
    chapter = replace(book, title="Cold", doi="10.5555/book.3", kind="book-chapter")
    double.records[:] = [chapter, book]
    check = _check(double, CITED)
    assert (check.status, check.works[0].reference.doi) == ("verified", "10.5555/book")


@pytest.mark.parametrize(
    ("changes", "field"),
    [({"year": 2001}, "year"), ({"authors": (Author("Zorn", "B."),)}, "authors")],
)
def test_what_differs_is_told(
    double: ServiceDouble, changes: dict[str, object], field: str
) -> None:
    check = _check(double, replace(CITED, **changes))
    assert check.status == "differs"
    assert field in [difference.field for difference in check.differences]


def test_an_isbn_of_another_book_is_shown(double: ServiceDouble) -> None:
    other = replace(CITED, title="The nerves of the horse", authors=(Author("Zorn", "B."),))
    check = _check(double, other)
    assert check.status == "not-located"
    assert check.candidates[0].work.source == "openlibrary"


def test_a_wrong_check_digit_and_a_chapter_ask_nobody_by_isbn(double: ServiceDouble) -> None:
    check = _check(double, replace(CITED, isbn="0-306-40615-3"))
    assert "isbn" in [problem.field for problem in check.problems]
    _check(double, replace(CITED, type="incollection"))
    assert double.asked("openlibrary") == []


@pytest.mark.parametrize("body", [b"[]", b"null", b'{"ISBN:9780306406157": 3}', b"<html>"])
def test_an_answer_of_another_shape_is_no_answer(double: ServiceDouble, body: bytes) -> None:
    double.fault(Reply(body, 200, "application/json"), service="openlibrary")
    check = _check(double, CITED)
    (asked,) = (one for one in check.lookups if one.source == "Open Library")
    assert asked.outcome == "bad-answer"
