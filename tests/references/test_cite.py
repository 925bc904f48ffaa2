"""Citations: Vancouver for whole, incomplete and hostile records."""

from __future__ import annotations

import warnings
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evidence.knowledge import KnowledgeBase
from references.errors import SettingError
from references.formats.vancouver import STYLES_FOLDER, cite
from references.record import Author, Reference

WHOLE = Reference(
    key="x",
    title="Cold and nerves: a trial.",
    authors=tuple(Author(family=f"Name{letter}", given="Jean-Paul A.") for letter in "ABC"),
    year=2020,
    journal="J Pain",
    volume="3",
    number="2",
    pages="11-14",
    doi="10.1000/xyz",
    pmid="123",
)


def test_a_whole_article() -> None:
    assert cite(WHOLE) == (
        "NameA JPA, NameB JPA, NameC JPA. Cold and nerves: a trial. "
        "J Pain. 2020;3(2):11-4. doi: 10.1000/xyz. PMID: 123."
    )


def test_six_authors_then_et_al() -> None:
    many = Reference(key="x", title="T", authors=tuple(Author(family=c) for c in "ABCDEFG"))
    assert cite(many).startswith("A, B, C, D, E, F, et al. T.")
    six = Reference(key="x", title="T", authors=tuple(Author(family=c) for c in "ABCDEF"))
    assert cite(six).startswith("A, B, C, D, E, F. T.")


def test_others_becomes_et_al() -> None:
    one = Reference(
        key="x",
        title="Why?",
        authors=(Author(family="Berg", given="Jan", particle="van den", suffix="Jr."),),
        more_authors=True,
    )
    assert cite(one) == "van den Berg J Jr, et al. Why? [date unknown]."


def test_missing_parts_say_so_in_both_languages() -> None:
    bare = Reference(key="x", journal="J Pain")
    assert cite(bare) == "[authors not seen]. [title unknown]. J Pain. [date unknown]."
    assert (
        cite(bare, language="fr") == "[auteurs non vus]. [titre inconnu]. J Pain. [date inconnue]."
    )


def test_an_organisation_stands_for_authors_where_it_published_the_work() -> None:
    guide = Reference(key="x", type="techreport", title="Guide", year=2020, publisher="HAS")
    assert cite(guide, language="fr") == "Guide. HAS; 2020."
    assert [guide.byline_in("fr"), guide.byline_in("en")] == ["HAS 2020", "HAS 2020"]
    article = replace(guide, type="article", journal="Douleurs", publisher="Elsevier")
    assert cite(article, language="fr").startswith("[auteurs non vus]. Guide. Douleurs. 2020")
    assert article.byline_in("fr") == "[auteurs non vus], Douleurs 2020"
    assert article.byline == "[authors not seen], Douleurs 2020"
    assert Reference(key="x").byline_in("fr") == "[auteurs non vus]"
    meeting = Reference(key="x", publisher="SIR, annual meeting 2025", year=2025)
    assert meeting.byline == "SIR, annual meeting 2025"


def test_groups_chapters_and_addresses() -> None:
    report = Reference(
        key="x",
        type="techreport",
        title="Guide",
        year=2020,
        publisher="HAS",
        authors=(Author(literal="Haute Autorité de santé"),),
        url="https://example.org/a",
    )
    assert cite(report, language="fr") == (
        "Haute Autorité de santé. Guide. HAS; 2020. Disponible sur: https://example.org/a"
    )
    chapter = Reference(
        key="x",
        type="incollection",
        title="Cold",
        journal="Nerves",
        year=2019,
        authors=(Author(family="Doe", given="Ann"),),
        publisher="Press",
        pages="3-9",
        extra={"editor": "Roe, Bob", "address": "Paris", "edition": "2"},
    )
    assert cite(chapter) == (
        "Doe A. Cold. In: Roe B, editor. Nerves. 2nd ed. Paris: Press; 2019. p. 3-9."
    )


def test_html_escapes_every_value() -> None:
    evil = '<script>alert("1")</script>&'
    hostile = Reference(
        key=evil,
        type="incollection",
        title=evil,
        authors=(Author(literal=evil), Author(family=evil, given=evil)),
        journal=evil,
        publisher=evil,
        url=evil,
        pages=evil,
        volume=evil,
        extra={"editor": evil, "edition": evil},
    )
    rendered = cite(hostile, format="html")
    assert "<" not in rendered
    assert '"' not in rendered
    assert "&lt;script&gt;" in rendered


def test_unknown_style_and_format_are_named() -> None:
    with pytest.raises(SettingError, match="there is: vancouver"):
        cite(WHOLE, style="oxford")
    with pytest.raises(SettingError, match="text or html"):
        cite(WHOLE, format="rtf")  # type: ignore[arg-type]


def test_the_style_is_valid_csl() -> None:
    from citeproc import CitationStylesStyle

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for path in STYLES_FOLDER.glob("*.csl"):
            CitationStylesStyle(str(path), validate=True)


def test_the_whole_corpus_is_cited_without_a_warning(kb: KnowledgeBase) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        citations = [cite(reference) for reference in kb.library.values()]
        for reference in kb.library.values():
            cite(reference, format="html", language="fr")
    for citation, reference in zip(citations, kb.library.values(), strict=True):
        assert reference.title.rstrip(".?!")[:30] in citation
        assert ".." not in citation.replace("...", "")
        assert str(reference.year or "[date unknown]") in citation


@given(
    st.builds(
        Reference,
        key=st.text(),
        type=st.sampled_from(["article", "misc", "book", "incollection", "weird"]),
        title=st.text(),
        authors=st.lists(
            st.builds(
                Author, family=st.text(), given=st.text(), suffix=st.text(), literal=st.text()
            ),
            max_size=9,
        ).map(tuple),
        more_authors=st.booleans(),
        year=st.none() | st.integers(1500, 2100),
        journal=st.text(),
        pages=st.text(),
        url=st.text(),
        extra=st.fixed_dictionaries({}, optional={"editor": st.text(), "edition": st.text()}),
    )
)
def test_any_record_is_cited(reference: Reference) -> None:
    text = cite(reference)
    assert text
    assert "\n" not in text
