"""Records that belong together: each side knows, and a study counts once."""

from __future__ import annotations

from references.library import Library
from references.record import Reference, Relation
from references.relations import RelatedRecord, studies_of


def record(key: str, *related: tuple[str, str]) -> Reference:
    return Reference(key, related=tuple(Relation(*one) for one in related))


LIBRARY = Library(
    [
        record("trial2020"),
        record("register2018", ("registration-of", "trial2020")),
        record("later2021", ("same-study", "trial2020")),
        record("letter2021", ("comment-on", "trial2020")),
        record("protocol2019", ("protocol-of", "later2021")),
        record("alone2022", ("comment-on", "gone1999")),
    ]
)


def test_both_records_know_what_one_of_them_says() -> None:
    assert LIBRARY.related_to("register2018") == (RelatedRecord("registration-of", "trial2020"),)
    assert LIBRARY.related_to("trial2020") == (
        RelatedRecord("registration-of", "register2018", is_inverse=True),
        RelatedRecord("same-study", "later2021"),
        RelatedRecord("comment-on", "letter2021", is_inverse=True),
    )


def test_what_both_say_is_told_once_and_a_key_that_is_not_there_never() -> None:
    library = Library([record("a1", ("same-work", "b2")), record("b2", ("same-work", "a1"))])
    assert library.related_to("a1") == (RelatedRecord("same-work", "b2"),)
    assert LIBRARY.related_to("alone2022") == ()


def test_a_study_has_one_name_through_all_its_records() -> None:
    studies = studies_of(["register2018", "letter2021", "protocol2019", "alone2022"], LIBRARY)
    assert studies["register2018"] == studies["protocol2019"]  # by way of two that are not asked
    assert len(set(studies.values())) == 3
    assert studies_of(["nobody1900"], LIBRARY) == {"nobody1900": "nobody1900"}
