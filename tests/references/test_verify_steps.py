"""The steps of a check one by one: what agrees, which work is meant, what was published since.

What is expected comes from the documented rules (docs/verification.md) and from how journals,
registries and Retraction Watch write: a retraction counts, a withdrawn preprint says nothing of
the article, a copy that knows little proves little.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from our_sources import ARTICLE, SourceOfOurs, work_of

from references.errors import DataError
from references.formats.names import read_authors
from references.notices import CONCERN, CORRECTION, REINSTATEMENT, RETRACTION, Notice
from references.preprints import PREPRINT
from references.record import Author, Place, Provenance, Reference
from references.sources.errors import BadAnswer, NeedsKey, ServiceFailed, TooSlow
from references.sources.source import DOI, NOTICES, PMID, REGISTRAR, SEEK
from references.sources.work import Published, Work
from references.verify import (
    Check,
    Checker,
    Cited,
    LibrarySource,
    cited_string,
    read_retractions,
    wellformed,
)
from references.verify.as_printed import CitationReading
from references.verify.asking import CandidateSearch
from references.verify.choice import Fit, choose, fit_of, fitting
from references.verify.differences import (
    AGREES,
    NOT_CITED,
    NOT_KNOWN,
    NOT_READ,
    Difference,
    compare,
)
from references.verify.fill import fill
from references.verify.likeness import (
    Likeness,
    cites_text,
    groups,
    is_notice,
    is_same_work,
    likeness,
)
from references.verify.notice_search import NoticeSearch, standing
from references.verify.result import Candidate, Lookup
from references.verify.retractions import RetractionList

OTHER = Reference(
    "o",
    title="Gangrene of the sheep in winter",
    authors=read_authors("Stein, Ada")[0],
    year=2001,
    journal="Annals of Sheep",
    volume="3",
    pages="9-14",
    doi="10.5555/sheep",
)


def by(names: str) -> tuple[Author, ...]:
    return read_authors(names)[0]


def bare(reference: Reference = ARTICLE, **more: Any) -> Reference:
    """The record without identifiers."""
    return replace(reference, **{"doi": "", "pmid": "", **more})


# ---- likeness ---------------------------------------------------------------------------

ALIKE: dict[str, Any] = {
    "title": 1.0,
    "same_title": True,
    "first_author": True,
    "all_authors": True,
    "year_distance": 0,
    "journal": True,
    "place": True,
}


@pytest.mark.parametrize(
    ("changed", "score"),
    [
        ({}, 1.6),  # title 1, author 0.2, year 0.1, place 0.2, journal 0.1
        ({"title": None}, 1.1),
        ({"first_author": False}, 1.2),
        ({"first_author": None}, 1.4),
        ({"year_distance": 1}, 1.48),
        ({"year_distance": 5}, 1.4),
        ({"year_distance": 40}, 1.4),
        ({"year_distance": None}, 1.5),
        ({"place": False}, 1.4),
        ({"journal": False}, 1.45),
        ({"journal": None}, 1.5),
    ],
)
def test_the_score_orders_hits(changed: dict[str, Any], score: float) -> None:
    assert Likeness(**{**ALIKE, **changed}).score == pytest.approx(score)


@pytest.mark.parametrize(("distance", "near"), [(None, True), (0, True), (1, True), (2, False)])
def test_a_year_apart_is_near(distance: int | None, near: bool) -> None:
    assert Likeness(**{**ALIKE, "year_distance": distance}).near_year is near


def test_how_a_citation_and_a_work_agree() -> None:
    work = work_of(ARTICLE, years=frozenset({2017, 2020}))
    like = likeness(replace(ARTICLE, year=2014, pages="145-52"), work)
    assert like == Likeness(1.0, True, True, True, 3, True, True)
    apart = likeness(OTHER, work)
    assert (apart.same_title, apart.first_author, apart.all_authors) == (False, False, False)
    assert (apart.year_distance, apart.journal, apart.place) == (16, False, False)
    nothing = likeness(Reference("x"), work_of(Reference("y"), journals=(), titles=()))
    assert nothing == Likeness(None, False, None, False, None, None, False)


@pytest.mark.parametrize(
    ("changed", "is_place"),
    [
        ({}, True),
        ({"pages": ""}, False),
        ({"pages": "146"}, False),
        ({"volume": ""}, False),
        ({"volume": "13"}, False),
        ({"journal": "Annals of Sheep"}, False),
        ({"journal": ""}, True),
    ],
)
def test_a_place_is_volume_and_page_of_one_journal(changed: dict[str, str], is_place: bool) -> None:
    assert likeness(replace(ARTICLE, **changed), work_of(ARTICLE)).place is is_place


NEARLY = ARTICLE.title.replace("pudendal", "perineal")  # 0.89 alike
ROUGHLY = "Block of a nerve in pelvic pain by cold, chronic"
LONG_AGO = {"year": 1999, "journal": "", "volume": ""}


@pytest.mark.parametrize(
    ("changed", "identified", "is_same"),
    [
        ({}, False, True),
        ({"authors": ()}, False, True),
        ({"authors": by("Stein, Ada")}, False, True),  # year, journal and place agree
        ({"authors": by("Stein, Ada"), "year": 2017, "journal": "", "volume": ""}, False, False),
        ({"authors": by("Stein, Ada"), "journal": "", "volume": ""}, False, True),  # the year
        ({"authors": by("Stein, Ada"), "year": 1999, "volume": ""}, False, True),  # the journal
        (LONG_AGO, False, True),
        ({"title": NEARLY, "volume": ""}, False, True),
        ({"title": NEARLY, "year": 1999, "volume": ""}, False, True),
        ({"title": NEARLY, **LONG_AGO}, False, False),
        ({"title": NEARLY, "volume": "", "authors": ()}, False, False),
        ({"title": NEARLY, "authors": by("Stein, Ada")}, False, False),
        ({"title": OTHER.title}, False, True),  # the place and the first author
        ({"title": OTHER.title, "authors": by("Stein, Ada")}, False, False),
        ({"title": OTHER.title, "volume": ""}, False, False),
        ({"title": OTHER.title, "volume": ""}, True, True),  # by the same people in that year
        ({"title": OTHER.title, "volume": "", "authors": by("Stein, Ada")}, True, False),
        ({"title": OTHER.title, "volume": "", "year": 1999}, True, False),
        ({"title": OTHER.title, "authors": by("Stein, Ada")}, True, True),  # the place
        ({"title": NEARLY, "volume": "", "authors": by("Stein, Ada")}, True, True),
        ({"title": ""}, False, True),
        ({"title": "", "volume": ""}, False, False),
        ({"title": "", "volume": ""}, True, True),
        ({"title": "", "authors": by("Stein, Ada")}, True, False),
        ({"title": "", "volume": "", "journal": "Annals of Sheep"}, True, False),
        ({"title": "", "year": 2001}, True, False),
    ],
)
def test_a_record_of_the_cited_work(
    changed: dict[str, Any], identified: bool, is_same: bool
) -> None:
    assert is_same_work(replace(ARTICLE, **changed), work_of(ARTICLE), identified) is is_same


def test_a_short_title_needs_the_author_and_the_year() -> None:
    short = replace(ARTICLE, title="Pelvic pain", journal="", volume="")
    work = work_of(short)
    assert is_same_work(short, work)
    assert is_same_work(replace(short, year=2019), work)
    assert not is_same_work(replace(short, year=2020), work)
    assert not is_same_work(replace(short, authors=()), work)
    assert not is_same_work(replace(short, authors=by("Stein, Ada")), work)


def test_much_of_a_title_is_enough_with_all_authors_and_the_year() -> None:
    asked = bare(
        title="Cold block of the sciatic nerve in acute pelvic pain", journal="", volume=""
    )
    work = work_of(ARTICLE)
    like = likeness(asked, work).title
    assert like is not None
    assert 0.70 <= like < 0.85
    assert is_same_work(asked, work)
    assert not is_same_work(
        replace(asked, authors=asked.authors[:1]), work_of(bare(authors=asked.authors[:1]))
    )
    assert not is_same_work(replace(asked, authors=(*asked.authors, *by("Stein, Ada"))), work)
    assert not is_same_work(replace(asked, year=2020), work)


@pytest.mark.parametrize(
    ("type", "journal", "is_text"),
    [("misc", "", False), ("dataset", "", False), ("misc", "Pain", True), ("article", "", True)],
)
def test_what_is_cited_as_a_text(type: str, journal: str, is_text: bool) -> None:
    assert cites_text(Reference("a", type=type, journal=journal)) is is_text


def test_notices() -> None:
    assert is_notice(work_of(ARTICLE, updates=((RETRACTION, "10.5555/x"),)))
    assert is_notice(work_of(bare(title="Retraction: Cold and pain")))
    assert not is_notice(work_of(bare(title="RETRACTED: Cold and pain")))


@pytest.mark.parametrize(
    ("one", "other", "count"),
    [
        ({}, {}, 1),
        ({}, {"doi": "10.5555/JPP.2018.145", "title": "Other"}, 1),
        ({}, {"doi": "10.5555/other"}, 2),
        ({"doi": ""}, {"doi": "", "title": "Other"}, 1),  # the PubMed number
        ({"doi": ""}, {"doi": "", "pmid": "1"}, 2),
        ({"doi": "", "pmid": ""}, {}, 1),
        ({"doi": "", "pmid": ""}, {"title": "Other"}, 2),
        ({"doi": "", "pmid": ""}, {"authors": by("Stein, Ada")}, 2),
        ({"doi": "", "pmid": ""}, {"authors": ()}, 1),
        ({"doi": "", "pmid": ""}, {"year": 2017}, 2),
        ({"doi": "", "pmid": ""}, {"year": None}, 1),
        ({"doi": "", "pmid": ""}, {"journal": "Annals of Sheep"}, 2),
        ({"doi": "", "pmid": ""}, {"extra": {"howpublished": PREPRINT}}, 2),
    ],
)
def test_records_of_one_work(one: dict[str, Any], other: dict[str, Any], count: int) -> None:
    works = [work_of(replace(ARTICLE, **one)), work_of(replace(ARTICLE, **other), "two")]
    assert len(groups(works)) == count
    assert len(groups(works[::-1])) == count


def test_a_group_holds_one_doi_and_each_record_once() -> None:
    first, second = work_of(ARTICLE), work_of(replace(ARTICLE, doi="10.5555/other", pmid=""), "two")
    between = work_of(bare(), "three", journals=())
    assert [len(group) for group in groups([first, between, second])] == [2, 1]
    assert groups([first, first]) == [[first]]
    assert len(groups([first, replace(first, id="x")])[0]) == 2
    assert len(groups([first, replace(first, source="x")])[0]) == 2
    beside = work_of(bare(), "three", kind="dataset")
    assert len(groups([first, beside])) == 2


# ---- field by field -----------------------------------------------------------------------


def test_every_field_has_a_verdict() -> None:
    cited = replace(ARTICLE, title="Cold", authors=(), year=2017, number="4", pages="")
    found = compare(cited, [work_of(replace(ARTICLE, doi=""), years=frozenset({2018, 2019}))])
    assert {d.field: (d.cited, d.found) for d in found.differences} == {
        "title": ("Cold", ARTICLE.title),
        "year": ("2017", "2018 or 2019"),
        "issue": ("4", "3"),
    }
    assert found.agreed == ("journal", "volume", "pmid")
    assert found.not_compared == {"authors": NOT_CITED, "pages": NOT_CITED, "doi": NOT_KNOWN}
    assert found.compared == ("title", "year", "journal", "volume", "issue", "pmid")
    assert found.evidence == 4  # journal 1, volume 1, an identifier 2
    assert found.as_dict()["compared"] == list(found.compared)
    printed = compare(cited, [work_of(ARTICLE)], printed=True)
    assert printed.not_compared == {"authors": NOT_READ, "pages": NOT_READ}


def test_a_whole_citation_is_title_and_people_or_identifier_and_nothing_unknown() -> None:
    known = work_of(ARTICLE)
    assert compare(ARTICLE, [known]).is_whole()
    assert compare(bare(), [known]).is_whole()
    assert compare(replace(ARTICLE, authors=()), [known]).is_whole()
    assert not compare(bare(authors=()), [known]).is_whole()
    assert not compare(replace(ARTICLE, title=""), [known]).is_whole()
    unjournalled = work_of(ARTICLE, journals=())
    assert not compare(ARTICLE, [unjournalled]).is_whole()
    assert compare(ARTICLE, [unjournalled]).is_whole(("journal",))
    assert compare(ARTICLE, [work_of(replace(ARTICLE, number="", pages=""))]).is_whole()
    assert not compare(ARTICLE, [work_of(replace(ARTICLE, volume=""))]).is_whole()


def test_a_subtitle_that_no_record_has_is_unknown() -> None:
    full = replace(ARTICLE, title=f"{ARTICLE.title}: a trial of ice")
    found = compare(full, [work_of(ARTICLE)])
    assert found.verdicts["subtitle"] == NOT_KNOWN
    assert not found.is_whole()
    assert "subtitle" not in compare(ARTICLE, [work_of(full)]).verdicts
    both = [work_of(ARTICLE), work_of(full, "two")]
    assert compare(full, both).is_whole()
    other = work_of(replace(ARTICLE, title=f"{ARTICLE.title}: a study of heat"))
    assert isinstance(compare(full, [work_of(ARTICLE), other]).verdicts["title"], Difference)


def test_a_title_that_is_none_was_not_cited_and_is_not_known() -> None:
    untitled = work_of(ARTICLE, titles=("[Not Available]",))
    assert compare(ARTICLE, [untitled]).verdicts["title"] == NOT_KNOWN
    assert compare(replace(ARTICLE, title="?"), [untitled]).verdicts["title"] == NOT_CITED


def test_of_several_lists_of_authors_the_nearest_is_told() -> None:
    cited = replace(ARTICLE, authors=by("Marchand, Anne"))
    short = work_of(ARTICLE)
    more = by(" and ".join(f"Moreau{n}x, A." for n in "abcdefghi"))
    long = work_of(replace(ARTICLE, authors=(*ARTICLE.authors, *more)), "two")
    found = compare(cited, [short, long]).verdicts["authors"]
    assert isinstance(found, Difference)
    assert str(found.note) == "1 of 2 authors are missing"
    many = replace(ARTICLE, authors=by(" and ".join(f"Moreau{n}x, A." for n in "abcdefghi")))
    told = compare(OTHER, [work_of(many)]).verdicts["authors"]
    assert isinstance(told, Difference)
    assert told.found.count(";") == 8
    assert told.found.endswith("; et al.")
    eight = compare(OTHER, [work_of(replace(many, authors=many.authors[:8]))]).verdicts["authors"]
    assert isinstance(eight, Difference)
    assert "et al." not in eight.found
    assert "note_parts" in told.as_dict()
    assert Difference("year", "1", "2").as_dict() == {"field": "year", "cited": "1", "found": "2"}
    assert compare(ARTICLE, [work_of(OTHER), short]).verdicts["authors"] == AGREES


# ---- a printed string beside a work -------------------------------------------------------


def beside(text: str, work: Work, **more: Any) -> Reference:
    cited = cited_string(text)
    return CitationReading(replace(cited, reference=replace(cited.reference, **more))).beside(work)


PRINTED = (
    "Marchand A, Oduya BK. Cold block of the pudendal nerve in chronic pelvic pain. "
    "J Pelvic Pain. 2018;12(3):145-52."
)


def test_the_words_of_the_work_in_the_string_are_what_was_cited() -> None:
    work = work_of(ARTICLE)
    misread = beside(PRINTED, work, title="chronic pelvic pain", journal="Pain")
    assert (misread.title, misread.journal) == (ARTICLE.title, "Pain")
    assert beside(PRINTED, work, title="").title == ARTICLE.title
    longer = "Marchand A. Is cold block of the pudendal nerve in chronic pelvic pain of use? Pain."
    assert beside(longer, work, title="x").title == "x"  # a part of a longer title
    two = work_of(replace(ARTICLE, title="Cold block"))
    assert beside("Marchand A. Cold block. Pain. 2018.", two, title="x").title == "x"
    assert not CitationReading(Cited("a", ARTICLE)).is_printed
    assert CitationReading(Cited("a", ARTICLE)).beside(work_of(OTHER)) is ARTICLE


@pytest.mark.parametrize(
    ("text", "journal", "read"),
    [
        ("Marchand A. {t}. Journal of Pelvic Pain. 2018", "in Pain", "Journal of Pelvic Pain"),
        ("Marchand A. {t}. Journal of Pelvic Pain. 2018", "", "Journal of Pelvic Pain"),
        ("Marchand A. {t}. J Pelvic Pain. 2018", "J Pelvic Pain", "J Pelvic Pain"),
        ("Marchand A. {t}. Annals. 2018", "Annals", "Annals"),
        ("Marchand A. {t}. The new Journal of Pelvic Pains. 2018", "", ""),
    ],
)
def test_the_journal_that_stands_in_the_string(text: str, journal: str, read: str) -> None:
    found = beside(text.format(t=ARTICLE.title), work_of(ARTICLE), journal=journal)
    assert found.journal == read


def test_a_word_of_a_title_or_of_another_journal_is_no_journal() -> None:
    pain = work_of(ARTICLE, journals=("Pain",))
    assert beside(f"Marchand A. {ARTICLE.title}. 2018.", pain, journal="").journal == ""
    assert (
        beside(f"Marchand A. {ARTICLE.title}. Clin J Pain. 2018.", pain, journal="Clin J").journal
        == "Clin J"
    )
    assert (
        beside(f"Marchand A. {ARTICLE.title}. Pain. 2018.", pain, journal="pelvic pain").journal
        == "Pain"
    )


@pytest.mark.parametrize(
    ("text", "read", "year"),
    [
        ("Marchand A. 2018 guidelines. Pain 2020 12 145", 2020, 2018),
        ("Marchand A (2020). Pain 2018", 2020, 2020),
        ("Marchand A (2020a). Pain 2018", 2020, 2020),
        ("Marchand A. Pain 2020;12. Accessed 2018", 2020, 2020),
        ("Marchand A. Pain 2020 12", 2020, 2020),
        ("Marchand A. Pain 2018 2020", 2018, 2018),
        ("Marchand A. Pain 2020 2021", 2020, 2020),
    ],
)
def test_the_year_that_is_printed_beside_another(text: str, read: int, year: int) -> None:
    work = work_of(ARTICLE, titles=())
    assert beside(text, work, year=read).year == year


def test_a_year_in_the_title_or_the_volume_is_not_that_of_the_work() -> None:
    title = "Guidelines of 2018 on cold."
    titled = work_of(ARTICLE, titles=(title,))
    assert beside(f"Marchand A. {title} Pain 2020 2021", titled, year=2020).year == 2020
    volume = work_of(replace(ARTICLE, volume="2018"), titles=())
    assert beside("Marchand A. Pain 2020 2018", volume, year=2020).year == 2020


@pytest.mark.parametrize(
    ("record", "read", "volume"),
    [
        ({"volume": "", "number": "3"}, "3", ""),
        ({"volume": "", "number": "3"}, "4", "4"),
        ({"volume": "", "number": "", "pages": "145-152"}, "145", ""),
        ({"volume": "", "number": "", "pages": "145-152"}, "152", ""),
        ({"volume": "7", "number": "3"}, "3", "3"),
    ],
)
def test_a_number_that_is_no_volume(record: dict[str, str], read: str, volume: str) -> None:
    work = work_of(replace(ARTICLE, **record))
    assert beside(PRINTED, work, volume=read).volume == volume


@pytest.mark.parametrize(
    ("text", "names", "more"),
    [
        ("Marchand and Oduya: {t}. 2018", ["Marchand", "Oduya"], False),
        ("Marchand: {t}. 2018", ["Marchand"], True),
        ("Stein: {t}. 2018", ["stein"], False),
        ("{t}. 2018", [], False),
        ("12: {t}. 2018", [], False),
    ],
)
def test_people_that_stand_before_the_title(text: str, names: list[str], more: bool) -> None:
    found = beside(text.format(t=ARTICLE.title), work_of(ARTICLE), authors=())
    assert [author.short for author in found.authors] == names
    assert found.more_authors is more
    kept = beside(text.format(t=ARTICLE.title), work_of(ARTICLE), authors=by("Roux, Léa"))
    assert [author.short for author in kept.authors] == ["Roux"]


# ---- which work is meant ------------------------------------------------------------------


def fits(cited: Reference, *works: Work, led: Sequence[Work] = ()) -> list[str]:
    reading = CitationReading(Cited("a", cited))
    found = fitting(reading, works, lambda work: work in led)
    return [fit.works[0].source for fit in choose(cited, found)]


PREPRINTED = replace(
    ARTICLE,
    doi="10.1101/2018.01.01.1",
    pmid="",
    journal="",
    volume="",
    number="",
    pages="",
    extra={"howpublished": PREPRINT},
)


def test_the_work_that_agrees_in_more_is_meant() -> None:
    article, copy = (
        work_of(ARTICLE, "j"),
        work_of(bare(doi="10.5555/copy", volume="", pages=""), "c"),
    )
    assert fits(bare(), copy, article) == ["j"]
    assert fits(bare(), article, copy) == ["j"]
    assert fits(OTHER, article) == []
    assert fits(bare(), work_of(bare(title=f"Erratum: {ARTICLE.title}"), "n"), article) == ["j"]


def test_what_an_identifier_leads_to_goes_first() -> None:
    one = work_of(replace(ARTICLE, doi="10.5555/1", pmid=""), "one")
    two = work_of(replace(ARTICLE, doi="10.5555/2", pmid="", pages=""), "two")
    cited = bare(pages="", number="")
    assert fits(cited, one, two, led=[two]) == ["two"]
    apart = work_of(replace(ARTICLE, doi="10.5555/3", pmid="", pages="200-209"), "three")
    assert fits(cited, one, apart) == ["one", "three"]
    repeated = work_of(replace(ARTICLE, doi="10.5555/3", pmid=""), "three")
    assert fits(cited, one, repeated) == ["one"]  # nothing sets the two apart


def test_a_preprint_is_meant_where_a_server_is_cited() -> None:
    article, preprint = work_of(ARTICLE, "j"), work_of(PREPRINTED, "p", journals=("medRxiv",))
    cited = bare(volume="", number="", pages="", journal="medRxiv")
    assert fits(cited, article, preprint) == ["p"]
    assert fits(replace(cited, journal="J Pelvic Pain"), article, preprint) == ["j"]
    assert fits(replace(cited, journal=""), article, preprint) == ["j"]
    # Where only the preprint was found, it is shown.
    assert fits(replace(cited, journal="J Pelvic Pain"), preprint) == ["p"]


def test_data_is_meant_only_where_it_is_cited() -> None:
    data = work_of(bare(doi="10.5061/dryad.1", journal=""), "d", kind="dataset", journals=())
    article = work_of(ARTICLE, "j")
    assert fits(bare(), data) == []
    assert fits(bare(), data, article) == ["j"]
    named = replace(ARTICLE, doi="10.5061/dryad.1", pmid="")
    assert fits(named, data, led=[data]) == ["d"]
    assert fits(named, data, article, led=[data]) == ["j"]
    loose = bare(type="dataset", journal="", volume="", number="", pages="")
    assert fits(loose, article, data, led=[data]) == ["d"]
    assert fits(replace(loose, type="misc"), article, data, led=[data]) == ["j"]


def fit(*works: Work, cited: Reference = ARTICLE) -> Fit:
    return fit_of(CitationReading(Cited("a", cited)), works)


def test_what_a_fit_is() -> None:
    article, preprint = work_of(ARTICLE), work_of(PREPRINTED, "p", journals=())
    data = work_of(bare(), "d", kind="dataset")
    assert fit(article).is_published
    assert not fit(article).is_preprint
    assert fit(preprint, article).is_preprint
    assert not fit(preprint, article).is_published
    assert fit(data).stands_beside
    assert not fit(data).is_published
    assert not fit(data, article).stands_beside
    assert fit(replace(data, is_registered=True), article).stands_beside
    assert not fit(work_of(bare(journal=""), "x")).is_published
    nearest = fit(work_of(bare(authors=by("Stein, Ada"))), article)
    assert nearest.score == pytest.approx(1.6)
    named = bare(PREPRINTED, journal="medRxiv")
    assert fit(preprint, cited=named).is_whole  # registries do not tell the server
    assert not fit(work_of(bare(), journals=()), cited=bare()).is_whole


# ---- what was published since ---------------------------------------------------------------


@pytest.mark.parametrize(
    ("events", "kinds"),
    [
        ([], set()),
        ([(RETRACTION, "2020")], {RETRACTION}),
        ([(RETRACTION, "2020"), (REINSTATEMENT, "2021")], {REINSTATEMENT}),
        ([(RETRACTION, "2022"), (REINSTATEMENT, "2021")], {RETRACTION}),
        ([(RETRACTION, "2021-03"), (REINSTATEMENT, "2021")], {REINSTATEMENT}),
        ([(RETRACTION, "2021-03-04"), (REINSTATEMENT, "2021-02")], {RETRACTION}),
        ([(RETRACTION, ""), (REINSTATEMENT, "2021")], {REINSTATEMENT}),
        ([(RETRACTION, "2022"), (REINSTATEMENT, "2021"), (REINSTATEMENT, "2023")], {REINSTATEMENT}),
        ([(CONCERN, "2020"), (REINSTATEMENT, "2021")], {CONCERN, REINSTATEMENT}),
        ([(CORRECTION, "2020"), (RETRACTION, "2021")], {CORRECTION, RETRACTION}),
    ],
)
def test_a_retraction_holds_until_the_work_is_reinstated(
    events: list[tuple[str, str]], kinds: set[str]
) -> None:
    assert standing(Notice(kind, "x", date=when) for kind, when in events) == kinds


def told(cited: Reference, *works: Work, **flags: Any) -> Check:
    return Checker([SourceOfOurs("registry", works, is_general=True, **flags)]).check(
        Cited("a", cited)
    )


RETRACTED = (Notice(RETRACTION, "registry", date="2020"),)


def test_notices_are_told_the_gravest_first_and_each_once() -> None:
    several = (Notice(CORRECTION, "registry"), Notice(CONCERN, "registry"), *RETRACTED * 2)
    found = told(ARTICLE, work_of(ARTICLE, "registry", notices=several))
    assert [notice.type for notice in found.notices] == [RETRACTION, CONCERN, CORRECTION]
    assert found.status == "retracted"
    titled = work_of(replace(ARTICLE, title=f"RETRACTED: {ARTICLE.title}"), "registry")
    assert told(ARTICLE, titled).status == "retracted"


@pytest.mark.parametrize(
    ("kinds", "changed", "status"),
    [
        ((), {}, "verified"),
        ((CONCERN, CORRECTION), {}, "expression-of-concern"),
        ((CORRECTION,), {}, "corrected"),
        ((CORRECTION,), {"year": 2011}, "differs"),
        ((RETRACTION,), {"year": 2011}, "retracted"),
        ((RETRACTION, REINSTATEMENT), {}, "reinstated"),
        ((), {"title": ""}, "partly-verified"),
    ],
)
def test_the_gravest_is_the_status(
    kinds: tuple[str, ...], changed: dict[str, Any], status: str
) -> None:
    notices = tuple(Notice(kind, "registry") for kind in kinds)
    work = work_of(ARTICLE, "registry", notices=notices)
    assert told(replace(ARTICLE, **changed), work).status == status


VERSION = replace(ARTICLE, doi="10.5555/version", pmid="")


@pytest.mark.parametrize(
    ("cited", "version", "is_said", "is_shown"),
    [
        # by the same people: it has to be said of the work, unless the place tells them apart
        (ARTICLE, VERSION, True, False),
        (ARTICLE, replace(VERSION, volume="13"), False, True),
        (ARTICLE, replace(VERSION, pages="1-9"), False, True),
        (ARTICLE, replace(VERSION, journal="Annals of Sheep"), False, True),
        (ARTICLE, replace(VERSION, number="4"), True, False),
        (ARTICLE, replace(VERSION, year=2011), False, True),  # beside an identifier
        (bare(), replace(VERSION, year=2011), True, False),
        (ARTICLE, replace(VERSION, authors=by("Stein, Ada")), False, True),
        (ARTICLE, replace(VERSION, authors=()), True, False),
        (bare(authors=()), replace(VERSION, authors=()), True, False),
        (ARTICLE, replace(VERSION, extra={"howpublished": PREPRINT}), False, False),
        (ARTICLE, replace(VERSION, title=NEARLY), False, False),
        (replace(ARTICLE, year=2011), replace(VERSION, title=NEARLY), False, True),
        (ARTICLE, OTHER, False, False),
    ],
)
def test_a_retraction_of_another_version(
    cited: Reference, version: Reference, is_said: bool, is_shown: bool
) -> None:
    article, other = work_of(ARTICLE), work_of(version, "two", notices=RETRACTED)
    asking = search(cited)
    asking.pool += [article, other]
    found = NoticeSearch(asking, None).of_work(fit_of(asking.reading, [article]))
    assert (found.kinds == {RETRACTION}, bool(found.others)) == (is_said, is_shown)
    assert [notice.about for notice in found.notices] == ["10.5555/version"] * is_said


def test_of_a_short_title_a_version_needs_the_author() -> None:
    short = work_of(replace(ARTICLE, title="Pelvic pain", authors=()))
    other = replace(
        short, source="two", reference=replace(short.reference, doi="10.5555/v", pmid="")
    )
    asking = search(bare(short.reference))
    asking.pool += [short, replace(other, notices=RETRACTED)]
    found = NoticeSearch(asking, None).of_work(fit_of(asking.reading, [short]))
    assert (found.kinds, len(found.others)) == (frozenset(), 1)


def test_a_retracted_candidate_is_told_when_it_is_meant() -> None:
    def kinds(cited: Reference, work: Work, by_identifier: bool = False) -> set[str]:
        source = SourceOfOurs("one", [work])
        asking = search(cited, source)
        if by_identifier:
            asking.by_doi(source, work.reference.doi, identified=True)
        candidate = Candidate(work, 1.0, compare(cited, [work]), RETRACTED)
        return set(NoticeSearch(asking, None).of_citation([candidate], are_rivals=False).kinds)

    article = work_of(ARTICLE, "one")
    assert kinds(bare(), article) == {RETRACTION}
    assert kinds(bare(authors=by("Stein, Ada")), article) == set()
    assert kinds(bare(authors=()), article) == set()
    assert kinds(bare(title=OTHER.title), article) == set()
    assert kinds(bare(title=OTHER.title), article, by_identifier=True) == {RETRACTION}
    preprint = work_of(PREPRINTED, "one")
    assert kinds(bare(), preprint) == set()
    assert kinds(bare(journal="medRxiv"), preprint) == {RETRACTION}


def test_a_retracted_article_is_told_where_its_preprint_is_cited() -> None:
    preprint = work_of(PREPRINTED, "registry", journals=())
    retracted = work_of(ARTICLE, "registry", notices=RETRACTED)
    assert told(replace(PREPRINTED, extra={}), preprint, retracted).status == "retracted"


def test_what_a_preprint_became_is_asked_for() -> None:
    class Silent(SourceOfOurs):
        def seek(self, cited: Reference, text: str = "") -> list[Work]:
            return []

    became = (Published(doi=ARTICLE.doi),)
    preprint = work_of(PREPRINTED, "registry", journals=(), published=became)
    article = work_of(ARTICLE, "registry", notices=RETRACTED)
    registry = Silent("registry", [preprint, article], is_general=True)
    found = Checker([registry]).check(Cited("a", replace(PREPRINTED, extra={})))
    assert (found.status, found.works) == ("retracted", (preprint,))


def test_the_work_behind_a_notice_is_asked_for() -> None:
    notice = work_of(
        bare(OTHER, title=f"Retraction: {ARTICLE.title}", doi="10.5555/notice"),
        "registry",
        updates=((RETRACTION, ARTICLE.doi),),
    )

    class Seeks(SourceOfOurs):
        def seek(self, cited: Reference, text: str = "") -> list[Work]:
            return [notice]

    registry = Seeks("registry", [ARTICLE], is_general=True)
    found = Checker([registry]).check(Cited("a", bare()))
    assert (found.status, found.works[0].reference) == ("retracted", ARTICLE)
    apart = Checker([registry]).check(Cited("a", bare(OTHER)))
    assert apart.status == "not-located"


def test_words_are_asked_for_when_identifiers_leave_a_doubt() -> None:
    def asked(cited: Reference, *works: Work) -> bool:
        source = SourceOfOurs("registry", works, is_general=True)
        Checker([source]).check(Cited("a", cited))
        return SEEK in source.asked

    assert not asked(ARTICLE, work_of(ARTICLE, "registry"))
    assert not asked(replace(ARTICLE, title=""), work_of(ARTICLE, "registry"))
    assert asked(ARTICLE, work_of(ARTICLE, "registry", years=frozenset()))
    assert asked(ARTICLE, work_of(replace(ARTICLE, journal=""), "registry"))
    assert asked(ARTICLE, work_of(OTHER, "registry"))
    source = SourceOfOurs("registry", [ARTICLE], tells_notices=True)
    asking = search(ARTICLE, source)
    (_, other) = asking.records_of([work_of(ARTICLE, "one")])
    assert not asking.leads_to(other)


def test_a_correction_of_another_version_is_not_told() -> None:
    corrected = work_of(VERSION, "registry", notices=(Notice(CORRECTION, "registry"),))
    found = told(bare(), work_of(ARTICLE, "registry"), corrected)
    assert (found.status, found.notices) == ("verified", ())


def test_the_article_that_a_preprint_became() -> None:
    named = work_of(
        PREPRINTED, "registry", journals=(), published=(Published(doi=ARTICLE.doi, text="x"),)
    )
    cited = replace(PREPRINTED, extra={})
    article = work_of(ARTICLE, "registry")
    assert told(cited, named, article).status == "preprint-published-since"
    retracted = replace(article, notices=RETRACTED)
    assert told(cited, named, retracted).status == "retracted"
    unnamed = replace(named, published=())
    found = told(cited, unnamed, article)
    assert found.published == (Published(ARTICLE.doi, ARTICLE.pmid, ARTICLE.title),)
    apart = work_of(replace(ARTICLE, authors=by("Stein, Ada")), "registry")
    assert told(cited, unnamed, apart).published == ()
    assert told(cited, unnamed, work_of(replace(ARTICLE, type="book"), "registry")).published == ()


def test_a_notice_that_turned_up_leads_to_its_work() -> None:
    notice = work_of(
        bare(title=f"Retraction: {ARTICLE.title}", doi="10.5555/notice"),
        "registry",
        updates=((RETRACTION, ARTICLE.doi),),
    )
    found = told(bare(), work_of(ARTICLE, "registry"), notice)
    assert (found.status, found.notices[0].doi) == ("retracted", "10.5555/notice")
    asked = bare(title=notice.reference.title, pages="300")
    alone = told(asked, notice)
    assert (alone.status, alone.works) == ("retracted", (notice,))
    assert told(bare(OTHER), notice).status == "not-located"


def test_rivals_and_candidates() -> None:
    one = work_of(replace(ARTICLE, doi="10.5555/1", pmid=""), "registry")
    two = work_of(replace(ARTICLE, doi="10.5555/2", pmid="", pages="200-209"), "registry")
    cited = bare(pages="", number="")
    found = told(cited, one, two)
    assert (found.status, len(found.candidates)) == ("several-candidates", 2)
    assert told(cited, one, replace(two, notices=RETRACTED)).status == "retracted"
    near = told(
        bare(authors=by("Stein, Ada"), title=NEARLY, volume=""), work_of(ARTICLE, "registry")
    )
    assert (near.status, len(near.candidates)) == ("not-located", 1)
    assert near.candidates[0].similarity == pytest.approx(0.9, abs=0.06)
    shown = near.candidates[0].as_dict()
    assert shown["differences"][0]["field"] == "title"
    assert "notices" not in shown
    many = replace(ARTICLE, authors=by(" and ".join(f"Moreau{n}x, A." for n in "abcdefgh")))
    work = work_of(many, notices=RETRACTED * 2)
    listed = Candidate(work, 0.876, compare(many, [work]), RETRACTED * 2).as_dict()
    assert (len(listed["authors"]), listed["similarity"]) == (6, 0.88)
    assert listed["notices"] == [RETRACTION]


# ---- asking -------------------------------------------------------------------------------


def search(cited: Reference, *sources: SourceOfOurs, text: str = "") -> CandidateSearch:
    return CandidateSearch(Cited("a", cited, text), sources)


def test_nobody_is_asked_twice_nor_again_when_slow() -> None:
    source = SourceOfOurs("one", [ARTICLE])
    asking = search(ARTICLE, source)
    assert asking.by_doi(source, ARTICLE.doi)
    assert asking.by_doi(source, ARTICLE.doi.upper()) is None
    assert asking.by_pmid(source, "1") is None
    assert source.asked == [DOI, PMID]
    assert [(one.question, one.outcome) for one in asking.lookups] == [
        (DOI, "found"),
        (PMID, "nothing"),
    ]
    slow = SourceOfOurs("two")
    slow.fault = TooSlow("two", "{name} is slow.", name="two")
    asking = search(ARTICLE, slow)
    asking.by_identifiers()
    asking.by_words(lambda: False)
    assert slow.asked == [DOI]
    failing = SourceOfOurs("two")
    failing.fault = ServiceFailed("two", "{name} failed.", name="two")
    asking = search(ARTICLE, failing)
    asking.by_identifiers()
    asking.by_words(lambda: False)
    assert failing.asked == [DOI, PMID, SEEK]


def test_an_answer_that_cannot_be_read_is_forgotten() -> None:
    class Forgets(SourceOfOurs):
        forgotten = 0

        def forget(self) -> None:
            self.forgotten += 1

    for fault, count in ((BadAnswer, 1), (ServiceFailed, 0)):
        source = Forgets("one")
        source.fault = fault("one", "{name} sent nonsense.", name="one")
        search(ARTICLE, source).by_doi(source, ARTICLE.doi)
        assert source.forgotten == count


def test_who_is_asked_for_which_identifier() -> None:
    registry = SourceOfOurs("registry", [ARTICLE])
    pubmed = SourceOfOurs("pubmed", [ARTICLE], numbers_works=True)
    helper = SourceOfOurs("helper", [ARTICLE], stands_in=True)
    search(ARTICLE, registry, pubmed, helper).by_identifiers()
    assert (registry.asked, pubmed.asked, helper.asked) == ([DOI, PMID], [], [])
    for source in (registry, pubmed, helper):
        source.asked.clear()
    search(replace(ARTICLE, pmid=""), pubmed, helper).by_identifiers()
    assert (pubmed.asked, helper.asked) == ([DOI], [])
    untitled = SourceOfOurs("registry", [work_of(ARTICLE, "registry", titles=())])
    search(replace(ARTICLE, pmid=""), untitled, helper).by_identifiers()
    assert helper.asked == [DOI]
    helper.asked.clear()
    search(bare(), helper).by_identifiers()
    assert helper.asked == []
    seeks = SourceOfOurs("seeks", [ARTICLE], answers=frozenset({SEEK}))
    search(ARTICLE, seeks).by_identifiers()
    assert seeks.asked == []


def test_words_are_asked_for_where_there_are_any() -> None:
    for fields, text, asked in (
        ({"title": "", "pages": ""}, "", []),
        ({"title": ""}, "", [SEEK]),
        ({"pages": ""}, "", [SEEK]),
        ({"title": "", "pages": ""}, "Marchand 2018", [SEEK]),
    ):
        source = SourceOfOurs("one", [ARTICLE])
        search(replace(ARTICLE, **fields), source, text=text).by_words(lambda: False)
        assert source.asked == asked
    helper, registry = SourceOfOurs("helper", [ARTICLE], stands_in=True), SourceOfOurs("one")
    search(ARTICLE, registry, helper).by_words(lambda: True)
    assert (registry.asked, helper.asked) == ([SEEK], [])


def test_the_records_of_a_work_are_those_of_every_teller() -> None:
    own = work_of(ARTICLE, "one")
    teller = SourceOfOurs("teller", [ARTICLE], tells_notices=True)
    silent = SourceOfOurs("silent", [ARTICLE])
    asking = search(ARTICLE, teller, silent)
    assert [work.source for work in asking.records_of([own])] == ["one", "teller"]
    assert (teller.asked, silent.asked) == ([PMID], [])
    asking = search(ARTICLE, teller)
    assert len(asking.records_of([work_of(ARTICLE, "teller")])) == 1
    unnumbered = SourceOfOurs("teller", [replace(ARTICLE, pmid="")], tells_notices=True)
    assert len(search(ARTICLE, unnumbered).records_of([own])) == 2
    assert unnumbered.asked == [PMID, DOI]


def test_an_identifier_that_another_record_names() -> None:
    source = SourceOfOurs("one", [ARTICLE])
    for identifier, asked in (("10.5555/x", [DOI]), ("28000145", [PMID]), ("see there", [])):
        source.asked.clear()
        search(OTHER, source).by_any_identifier(identifier)
        assert source.asked == asked


class Registry(SourceOfOurs):
    """A registry of DOIs that knows the agencies of other ones."""

    answers = frozenset({DOI, PMID, SEEK, NOTICES, REGISTRAR})
    agency = ""
    about: tuple[Notice, ...] = ()

    def registrar(self, doi: str) -> str:
        return self.agency

    def notices(self, doi: str) -> list[Notice]:
        self.asked.append(NOTICES)
        return list(self.about)


def test_a_doi_is_unregistered_only_when_no_agency_knows_it() -> None:
    for agency, unregistered in (("", True), ("DataCite", False)):
        registry = Registry("registry", agency=agency)
        asking = search(ARTICLE, registry)
        assert not asking.is_unregistered(ARTICLE.doi)  # nobody was asked
        asking.by_identifiers()
        assert asking.is_unregistered(ARTICLE.doi) is unregistered
        pubmed = SourceOfOurs("pubmed", numbers_works=True)
        asking = search(ARTICLE, pubmed)
        asking.by_identifiers()
        assert asking.is_unknown_to_pubmed(ARTICLE.pmid)
        assert not asking.is_unknown_to_pubmed("1")
    other = SourceOfOurs("other")
    asking = search(ARTICLE, other)
    asking.by_identifiers()
    assert not asking.is_unknown_to_pubmed(ARTICLE.pmid)
    assert not asking.is_unregistered(ARTICLE.doi)


def test_notices_are_asked_for_once_by_doi() -> None:
    registry = Registry("registry", [ARTICLE], is_general=True, about=RETRACTED)
    found = Checker([registry]).check(Cited("a", ARTICLE))
    assert found.status == "retracted"
    assert registry.asked.count(NOTICES) == 1


def test_a_wrong_identifier_is_told_with_what_it_leads_to() -> None:
    def notes(cited: Reference, *works: Work, **flags: Any) -> dict[str, str]:
        registry = Registry("registry", works, is_general=True, numbers_works=True, **flags)
        found = Checker([registry]).check(Cited("a", cited))
        return {one.field: str(one.note or "") for one in found.differences}

    article, other = work_of(ARTICLE, "registry"), work_of(OTHER, "registry")
    wrong = replace(ARTICLE, doi=OTHER.doi, pmid="")
    assert notes(wrong, article, other) == {"doi": f"leads to another work: {OTHER.title}"}
    data = replace(other, kind="dataset")
    assert notes(wrong, article, data) == {
        "doi": f"leads to a record of another kind (dataset): {OTHER.title}"
    }
    untitled = replace(other, reference=replace(OTHER, title=""), titles=())
    assert notes(wrong, article, untitled) == {"doi": "leads to another work without title"}
    preprint = work_of(PREPRINTED, "registry")
    early = replace(ARTICLE, doi=PREPRINTED.doi, pmid="")
    assert notes(early, article, preprint) == {"doi": "leads to a preprint of the work"}
    unknown = replace(ARTICLE, doi="10.5555/none", pmid="")
    assert notes(unknown, article) == {"doi": "not registered with any agency found"}
    assert notes(unknown, article, agency="DataCite") == {"doi": ""}
    misnumbered = replace(ARTICLE, doi="", pmid="1")
    assert notes(misnumbered, article) == {"pmid": "PubMed has no such record"}


@pytest.mark.parametrize(
    ("fault", "status"),
    [(NeedsKey, "unchecked"), (ServiceFailed, "unchecked"), (None, "not-located")],
)
def test_not_located_means_that_somebody_looked(fault: Any, status: str) -> None:
    registry = SourceOfOurs("registry", is_general=True)
    if fault is not None:
        registry.fault = fault("registry", "{name} says no.", name="registry")
    assert Checker([registry]).check(Cited("a", OTHER)).status == status
    helper = SourceOfOurs("helper")
    found = Checker([registry, helper]).check(Cited("a", OTHER))
    assert found.status == ("unchecked" if fault is ServiceFailed else "not-located")


def test_a_web_page_alone_is_opened_by_a_person() -> None:
    page = Reference("w", type="online", title="A page on cold and nerves", url="https://x.example")
    for cited, fields in (
        (page, ["url"]),
        (replace(page, doi="10.5555/none"), []),
        (replace(page, url=""), []),
    ):
        found = told(cited)
        assert [one.field for one in found.problems if one.field == "url"] == fields


def test_a_silent_teller_is_no_matter_for_what_is_retracted_or_needs_a_key() -> None:
    known = SourceOfOurs("registry", [work_of(ARTICLE, "registry", notices=RETRACTED)])
    silent = SourceOfOurs("silent", tells_notices=True)
    silent.fault = ServiceFailed("silent", "{name} failed.", name="silent")
    assert Checker([known, silent]).check(Cited("a", ARTICLE)).problems == ()
    well = SourceOfOurs("registry", [ARTICLE])
    silent.fault = NeedsKey("silent", "{name} needs a key.", name="silent")
    assert Checker([well, silent]).check(Cited("a", ARTICLE)).problems == ()


def test_what_the_library_holds_is_offered_for_printed_strings() -> None:
    library = LibrarySource([replace(ARTICLE, status="retracted"), replace(OTHER, title="[Sheep]")])
    found = library.by_doi(ARTICLE.doi.upper())
    assert found is not None
    assert [notice.type for notice in found.notices] == [RETRACTION]
    assert library.by_pmid(ARTICLE.pmid) is not None
    assert library.by_pmid("") is None
    assert library.by_doi("10.5555/none") is None
    assert [work.id for work in library.seek(bare(title="Cold block of a pudendal nerve"))] == ["a"]
    assert library.seek(bare(title="Sheep")) == []
    assert library.seek(bare(title="")) == []
    registry = SourceOfOurs("registry", is_general=True)
    checker = Checker([registry], nearby=LibrarySource([ARTICLE]))
    printed = cited_string("Stein A. Cold block of pudendal nerves in chronic pelvic pain. 1999.")
    assert [c.work.source for c in checker.check(printed).candidates] == ["library"]
    read = Cited("a", replace(printed.reference, key="a"))
    assert checker.check(read).candidates == ()


# ---- completing a record --------------------------------------------------------------------


def check_of(cited: Reference, *works: Work, status: str = "verified") -> Check:
    comparison = compare(cited, works)
    return Check("a", status, works, comparison, comparison.differences)


def test_only_empty_fields_are_filled_and_the_source_is_named() -> None:
    work = work_of(replace(ARTICLE, title=f"{ARTICLE.title}."))
    cited = replace(ARTICLE, title="", pages="", volume="13", unverified={"journal": "x"})
    found = fill(cited, check_of(cited, work), today="2026-11-30")
    after = found.reference
    assert found.filled == {"title": ARTICLE.title, "pages": "145-152"} | (
        {"journal": ARTICLE.journal} if "journal" in found.filled else {}
    )
    assert (after.title, after.pages, after.volume) == (ARTICLE.title, "145-152", "13")
    assert [one.field for one in found.kept] == ["volume"]
    assert after.unverified == {}
    assert after.provenance == (
        Provenance("https://example.org/", "title, journal, pages (looked up 2026-11-30)"),
    )
    assert after.status == "partly-verified"  # the volume is kept as it was
    accepted = fill(cited, check_of(cited, work), accept=("volume",))
    assert (accepted.reference.volume, accepted.kept) == ("12", ())
    assert accepted.reference.status == "verified"
    assert accepted.reference.provenance[0].seen == "title, journal, volume, pages"


def test_an_issue_is_the_number_of_a_record() -> None:
    cited = replace(ARTICLE, number="4")
    check = check_of(cited, work_of(ARTICLE))
    assert fill(cited, check).filled == {}
    assert [one.field for one in fill(cited, check).kept] == ["issue"]
    assert fill(cited, check, accept=("number",)).filled == {"number": "3"}


def test_a_list_of_authors_is_completed_by_a_longer_one_that_begins_alike() -> None:
    cut = replace(ARTICLE, authors=ARTICLE.authors[:1], more_authors=True)
    found = fill(cut, check_of(cut, work_of(ARTICLE)))
    assert (found.reference.authors, found.reference.more_authors) == (ARTICLE.authors, False)
    assert fill(replace(cut, volume="13"), check_of(cut, work_of(ARTICLE))).reference.volume == "13"
    apart = work_of(replace(ARTICLE, authors=(*by("Stein, Ada"), *ARTICLE.authors)))
    assert "authors" not in fill(cut, Check("a", "verified", (apart,))).filled
    whole = work_of(replace(ARTICLE, more_authors=True))
    assert "authors" not in fill(cut, Check("a", "verified", (whole,))).filled
    shorter = work_of(replace(ARTICLE, authors=ARTICLE.authors[:1]))
    both = replace(ARTICLE, more_authors=True)
    assert "authors" not in fill(both, Check("a", "verified", (shorter,))).filled


def test_a_record_without_title_proves_nothing() -> None:
    cited = replace(ARTICLE, pages="")
    untitled = work_of(ARTICLE, titles=())
    found = fill(cited, check_of(cited, untitled))
    assert (found.reference, found.filled) == (cited, {})
    assert fill(cited, Check("a", "not-located")).reference == cited
    assert fill(ARTICLE, check_of(ARTICLE, work_of(ARTICLE))).reference == ARTICLE


@pytest.mark.parametrize(
    ("before", "status", "after"),
    [
        ("", "verified", "verified"),
        ("incomplete", "verified", "verified"),
        ("partly-verified", "verified", "partly-verified"),
        ("verified", "retracted", "retracted"),
        ("", "corrected", "corrected"),
    ],
)
def test_the_status_of_a_completed_record(before: str, status: str, after: str) -> None:
    cited = replace(ARTICLE, pages="", status=before)
    assert fill(cited, check_of(cited, work_of(ARTICLE), status=status)).reference.status == after
    assert fill(cited, check_of(cited, work_of(ARTICLE))).as_dict() == {
        "filled": {"pages": "145-152"},
        "kept": [],
    }


# ---- well-formed --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fields", "wrong"),
    [
        ({}, []),
        ({"doi": "10.5555/a."}, ["doi"]),
        ({"doi": "doi:10.5555/a"}, ["doi"]),
        ({"doi": "11.5555/a"}, ["doi"]),
        ({"pmid": "PMID 12"}, ["pmid"]),
        ({"pmid": "60000000"}, []),
        ({"pmid": "60000001"}, ["pmid"]),
        ({"pmcid": "12"}, ["pmcid"]),
        ({"pmcid": "PMC1234567"}, []),
        ({"issn": "0317-8471"}, []),  # ISO 3297's example
        ({"issn": "0317-8472"}, ["issn"]),
        ({"issn": "0317-8471, 0317-8472"}, ["issn"]),
        ({"issn": "0317-8471 (print)"}, []),
        ({"isbn": "978-0-306-40615-7"}, []),
        ({"isbn": "978-0-306-40615-8"}, ["isbn"]),
        ({"isbn": "0-306-40615-2; 12345"}, []),
        ({"isbn": "0-306-40615-2 (paper), 0-306-40615-3"}, ["isbn"]),
        ({"year": 9999}, ["year"]),
        ({"year": 1599}, ["year"]),
        ({"year": 1600}, []),
        ({"pages": "12-9"}, []),  # 12 to 19
        ({"pages": "120-110"}, ["pages"]),
        ({"pages": "7-7"}, []),
        ({"pages": "1-1501"}, []),
        ({"pages": "1-1502"}, ["pages"]),
        ({"pages": "e12-3000"}, []),
        ({"title": "", "authors": (), "year": None}, ["title", "authors", "year"]),
    ],
)
def test_what_cannot_be_right_in_a_record(fields: dict[str, Any], wrong: list[str]) -> None:
    reference = replace(ARTICLE, **fields)
    assert [problem.field for problem in wellformed.check(reference)] == wrong
    core = {"title", "authors"} | ({"year"} if fields.get("year", 1) is None else set())
    assert [p.field for p in wellformed.check_form(reference)] == [
        field for field in wrong if field not in core
    ]


def test_the_place_of_a_problem_is_that_of_the_record() -> None:
    wrong = replace(ARTICLE, doi="x")
    assert wellformed.check(wrong)[0].file == "a"
    placed = wellformed.check(replace(wrong, place=Place("lib.bib", 12)))[0]
    assert (placed.file, placed.line) == ("lib.bib", 12)


def test_a_journal_nearly_as_one_of_the_library() -> None:
    titles = wellformed.journals(
        [ARTICLE, OTHER, replace(OTHER, key="p"), replace(OTHER, type="book", journal="Book")]
    )
    assert titles == ("Annals of Sheep", "Journal of Pelvic Pain")
    found = wellformed.misspelt_journal(replace(ARTICLE, journal="Journal of Pelvik Pain"), titles)
    assert found is not None
    assert "Journal of Pelvic Pain" in str(found.message)
    for journal in ("Journal of Pelvic Pain", "J Pelvic Pain", "Annals", "Journal of Plants"):
        assert wellformed.misspelt_journal(replace(ARTICLE, journal=journal), titles) is None
    short = replace(ARTICLE, journal="Paiin")
    assert wellformed.misspelt_journal(short, ["Paiinn"]) is None
    book = replace(ARTICLE, type="book", journal="Journal of Pelvik Pain")
    assert wellformed.misspelt_journal(book, titles) is None


def test_records_that_share_an_identifier() -> None:
    other = replace(OTHER, key="b", doi=ARTICLE.doi.upper(), pmid="1")
    found = wellformed.duplicates([ARTICLE, other, OTHER, replace(ARTICLE, key="c")])
    assert {key: [p.field for p in problems] for key, problems in found.items()} == {
        "b": ["doi"],
        "c": ["doi", "pmid"],
    }
    assert wellformed.duplicates([bare(), bare()]) == {}


# ---- results, and the list of retractions ---------------------------------------------------


def test_what_a_check_tells() -> None:
    works = (work_of(bare(), "one"), work_of(ARTICLE, "two"))
    cited = replace(ARTICLE, year=2011, pages="", language="en")
    comparison = compare(cited, works)
    lookups = (
        Lookup("one", DOI, "found", "2026-01-01", copied=True),
        Lookup("two", DOI, "failed", "2026-02-01"),
    )
    check = Check("a", "differs", works, comparison, comparison.differences, lookups=lookups)
    assert check.when == "2026-02-01"
    assert check.needs_a_person
    plain = check.as_dict()
    assert plain["matched"]["doi"] == ARTICLE.doi
    assert plain["matched"]["also"] == [{"source": "two", "id": ARTICLE.doi}]
    assert plain["looked"][0]["copied"] is True
    assert "copied" not in plain["looked"][1]
    assert "cited" not in plain
    assert "published" not in plain
    assert plain["not_compared"] == {"pages": NOT_CITED}
    assert [one.answered for one in lookups] == [True, False]
    assert Lookup("x", DOI, "nothing", "").answered
    empty = Check("a", "verified")
    assert (empty.when, empty.needs_a_person, empty.as_dict()["matched"]) == ("", False, None)
    assert Check("a", "not-located").needs_a_person
    extra = replace(check, differences=(Difference("zzz", "1", "2"),))
    assert extra.compared[-1] == "zzz"
    assert cited_string("Moreau A. Cold.").key == "Moreau A. Cold."


def test_the_age_of_a_list() -> None:
    listed = RetractionList("list.csv", date(2026, 1, 1))
    assert listed.age_days(date(2026, 1, 31)) == 30
    assert listed.age_days(date(2025, 12, 1)) == 0
    assert listed.age_note(date(2026, 1, 31)) is None
    assert "31 days old" in str(listed.age_note(date(2026, 2, 1)))
    assert RetractionList().age_days() is None
    assert RetractionList().age_note() is None


def test_a_row_with_other_identifiers_is_of_another_work(tmp_path: Path) -> None:
    title = "Long freezing of a short nerve in mice"
    path = tmp_path / "list.csv"
    path.write_text(
        "DOI,PMID,Title,Nature,Date,Author,Article Type\n"
        f"10.5555/x,77,{title},Retraction;Correction,03/04/2021,Tanaka Yuki,Research\n",
        "utf-8",
    )
    listed = read_retractions(path)
    titled = Reference("a", title=title)
    assert str(listed.updated) == "2021-03-04"
    assert {(n.type, n.date) for n in listed.notices(titled)} == {
        (RETRACTION, "2021-03-04"),
        (CORRECTION, "2021-03-04"),
    }
    for known, count in (
        ({"doi": "10.5555/X"}, 2),
        ({"pmid": "77"}, 2),
        ({"doi": "10.5555/y"}, 0),
        ({"pmid": "78"}, 0),
        ({"doi": "10.5555/y", "pmid": "77"}, 2),
        ({}, 2),
    ):
        assert len(listed.notices(titled, known=[replace(titled, **known)])) == count
    assert listed.notices(Reference("a", title="Long freezing of mice")) == []


def test_a_list_without_dates_is_as_old_as_its_file(tmp_path: Path) -> None:
    path = tmp_path / "list.csv"
    path.write_bytes(b"doi\n10.5555/caf\xe9\n")
    listed = read_retractions(path)
    assert listed.rows == 1
    assert listed.updated is not None
    assert [n.type for n in listed.notices(Reference("a", doi="10.5555/café"))] == [RETRACTION]
    path.write_text("name\nx\n")
    with pytest.raises(DataError, match="names no column"):
        read_retractions(path)
