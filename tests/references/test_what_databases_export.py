"""What databases and programs hand out today, at its oddest: nothing is torn, invented or lost."""

from __future__ import annotations

import gzip
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from references.formats import read
from references.formats.bibtex import read_text, to_fields
from references.formats.name_lists import joined_names
from references.formats.names import read_names
from references.formats.streams import in_pieces
from references.formats.vancouver import cite
from references.record import Author, Reference


def _one(text: str, format: str = "auto") -> Reference:
    (reference,) = read(text, format).references
    return reference


# ---- BibTeX ---------------------------------------------------------------------------

SCOPUS = """Scopus
EXPORT DATE: 3 March 2026

@ARTICLE{Roux2021,
author={Roux, L. and Martin, J.},
title={Cold after thoracotomy},
art_number={1234},
funding_text 1={Paid by the society.},
funding_text 2={And by another one.},
}
@ARTICLE{Martin2022,
title={Second record},
}
"""


def test_names_of_fields_may_have_spaces() -> None:
    first, second = read(SCOPUS).references
    assert (first.title, first.pages, second.title) == (
        "Cold after thoracotomy",
        "1234",
        "Second record",
    )
    assert first.extra["funding_text_2"] == "And by another one."


@pytest.mark.parametrize(
    "entry",
    [
        "@article{a,\n title = {Cold}, % the title\n % year = {1900},\n year = {2020}}",
        "@article{a, % first\n title = {Cold},\n year = 2020 % last\n}",
        '@article{a,\n title = "Cold", % a brace } and a quote "\n year = {2020}\n}',
    ],
)
def test_comments_between_fields_are_none_of_them(entry: str) -> None:
    (reference,) = read_text(entry).references
    assert (reference.title, reference.year, list(reference.extra)) == ("Cold", 2020, [])


def test_a_per_cent_sign_in_a_value_is_no_comment() -> None:
    assert _one('@article{a, title = "50\n% of nerves", year = {2020}}').title == "50 % of nerves"


@pytest.mark.parametrize(
    ("entry", "kept"),
    [
        ("@article{a, title = {Cold},\n doi = {10.5/a}\n year = {2020}}", ("Cold", "10.5/a", 2020)),
        ("@article{a, title = {Cold},\n doi = {10.5/a},\n year = {2020", ("Cold", "10.5/a", None)),
        ("@article{a, title = {Cold}\n doi = {10.5/a}\n", ("Cold", "10.5/a", None)),
    ],
)
def test_a_broken_entry_keeps_what_can_be_read(entry: str, kept: tuple[object, ...]) -> None:
    reading = read(entry + "\n@article{b, title = {Other}}", "bibtex")
    assert [one.title for one in reading.references] == ["Cold", "Other"]
    one = reading.references[0]
    assert (one.title, one.doi, one.year) == kept
    assert one.status == "incomplete"
    assert "the fields that could be read are kept" in str(reading.remarks[0])


def test_a_library_of_ours_is_not_read_by_halves() -> None:
    reading = read_text("@article{a, title = {Cold},\n doi = {10.5/a}\n year = {2020}}")
    assert not reading.references
    assert "a comma is missing" in str(reading.rejected[0])


@pytest.mark.parametrize(
    ("source", "text"),
    [
        (r"Nguy{\~\^e}n", "Nguyễn"),
        (r"Tr{\`\^a}n", "Trần"),
        ("CO<sub>2</sub> &amp; A&delta; <i>in vivo</i>", "CO₂ & Aδ in vivo"),
        ("{\\textless}i{\\textgreater}In vivo{\\textless}/i{\\textgreater}", "In vivo"),
        (r"Pain {\&}amp$\mathsemicolon$ cold", "Pain & cold"),
        ("Cold & nerves of CO$_2$ & heat", "Cold & nerves of CO₂ & heat"),
        ("10$^{-3}$ m and H$_2$O$_2$", "10⁻³ m and H₂O₂"),
        ("Cryo\u00adneuro\u200blysis of \u200enerves\ufeff", "Cryoneurolysis of nerves"),
        ("<jats:p>We froze <jats:italic>12</jats:italic> (p &lt; 0.05).</jats:p>", None),
        (
            "a <mml:math><mml:msup><mml:mi>x</mml:mi><mml:mn>2</mml:mn></mml:msup></mml:math>",
            "a x²",
        ),
        ("p < 0.05 and r > 0.2", "p < 0.05 and r > 0.2"),
    ],
)
def test_markup_of_any_system_becomes_text(source: str, text: str | None) -> None:
    reference = _one(f"@article{{a, title = {{{source}}}, author = {{{{{source}}}}}}}")
    expected = text or "We froze 12 (p < 0.05)."
    assert (reference.title, reference.authors[0].literal) == (expected, expected)


@pytest.mark.parametrize(
    "authors",
    [
        "Martin E, Dubois GA, Leroy K",
        "Martin, E, Dubois, GA, Leroy, K",
        "Martin, E.; Dubois, G. A.; Leroy, K.",
        "Martin, E. and Dubois, G. A.; Leroy, K.",
        "Martin E, Dubois GA & Leroy K",
    ],
)
def test_a_list_without_and_is_split_and_remarked(authors: str) -> None:
    for text in (
        f"@article{{a, title={{T}}, author={{{authors}}}}}",
        f"TY  - JOUR\nTI  - T\nAU  - {authors}\nER  - \n",
    ):
        if " and " in authors and text.startswith("TY"):
            continue
        reading = read(text)
        (reference,) = reading.references
        assert [f"{a.family} {a.initials}" for a in reference.authors] == [
            "Martin E",
            "Dubois GA",
            "Leroy K",
        ]
        assert "share one value" in str(reading.remarks[0])


@pytest.mark.parametrize(
    "name",
    [
        "Smith, John, Jr",
        "Smith, John, MD, PhD",
        "Johnson & Johnson",
        "García López, María José",
        "Springer Science and Business Media, LLC",
        "Department of Pain, Hospital X, Lyon, France",
        "U.S. Food and Drug Administration, Center for Drugs",
        "{Martin E, Dubois GA}",
    ],
)
def test_one_name_stays_one(name: str) -> None:
    assert joined_names(name) == [name]


@given(st.lists(st.from_regex(r"[A-Z][a-z]{2,8}", fullmatch=True), min_size=2, max_size=6))
def test_families_with_initials_are_split_where_they_end(families: list[str]) -> None:
    names = [f"{family} AB" for family in families]
    assert joined_names(", ".join(names)) == names
    assert joined_names(", ".join(f"{family}, A. B." for family in families)) in (
        [f"{family}, A. B." for family in families],
    )


def test_names_in_biblatex_own_form() -> None:
    value = (
        "family=Vries, given=Joke, prefix=de, useprefix=true and Smith, Ann "
        'and family=Beek, given="Jan", prefix=van der, given-i=J'
    )
    assert _one(f"@article{{a, title={{T}}, author={{{value}}}}}").authors == (
        Author(family="Vries", given="Joke", particle="de"),
        Author(family="Smith", given="Ann"),
        Author(family="Beek", given="Jan", particle="van der"),
    )


def test_subtitles_belong_to_their_titles_and_the_file_keeps_its_words() -> None:
    source = (
        "@article{a, title={Cold}, subtitle={A trial}, journaltitle={Pain}, "
        "journalsubtitle={Reports}, date={2020}}"
    )
    (reference,) = read_text(source).references
    assert (reference.title, reference.journal) == ("Cold: A trial", "Pain: Reports")
    assert to_fields(reference) == {
        "title": "Cold",
        "subtitle": "A trial",
        "journaltitle": "Pain",
        "journalsubtitle": "Reports",
        "date": "2020",
    }


@pytest.mark.parametrize(
    "text",
    [
        "@article{a, title={T}, volume={14}, eid={e17}}",
        "@article{a, title={T}, volume={14}, articleno={e17}}",
        "@article{a, title={T}, volume={14}, article-number={e17}}",
        "TY  - JOUR\nTI  - T\nVL  - 14\nC7  - e17\nER  - \n",
        "PMID- 1\nTI  - T.\nVI  - 14\nLID - e17 [pii]\n",
        '[{"type": "article-journal", "id": "a", "title": "T", "article-number": "e17"}]',
        "Title,Year,Volume,Art. No.\nT,2020,14,e17\n",
        "%0 Journal Article\n%T T\n%V 14\n%] e17\n",
    ],
)
def test_the_number_of_an_article_stands_for_its_pages(text: str) -> None:
    assert _one(text).pages == "e17"


def test_an_address_and_a_visit_that_a_note_tells() -> None:
    reference = _one(
        r"@misc{a, title={Site}, howpublished={\url{https://ex.org/a_b?c=1&d=2}},"
        " note={Accessed: 2020-01-05. PMID: 31234567}}"
    )
    assert (reference.url, reference.pmid) == ("https://ex.org/a_b?c=1&d=2", "31234567")
    assert reference.extra["urldate"] == "2020-01-05"


def test_repeated_keywords_are_all_kept() -> None:
    source = '@article{a, title={T}, keywords = "Cold", keywords = "Nerve", keywords = "Pain "}'
    reading = read(source)
    assert reading.references[0].keywords == ("Cold", "Nerve", "Pain")
    assert not reading.remarks


# ---- tagged text ----------------------------------------------------------------------

OVID = """
1.
TY  - JOUR
T1  - Cold one
A1  - Roux, J
SP  - No Pagination Specified
ER  -

NL  - English
C1  - France
1. exp cold/
2. pain.ti

2.
TY  - JOUR
T1  - Cold two
ER  -
NL  - English
"""


def test_what_ovid_prints_behind_a_record_is_no_record() -> None:
    first, second = read(OVID).references
    assert (first.title, first.pages, first.extra["ris-c1"]) == ("Cold one", "", "France")
    assert second.title == "Cold two"


@pytest.mark.parametrize(
    "text",
    [
        "ID  - 7\nTY  - JOUR\nTI  - One\nER  - \nID  - 8\nTY  - BOOK\nTI  - Two\nER  - \n",
        "DB  - X\nTI  - One\nTY  - JOUR\nVL  - 1\nER  - \n\nTI  - Two\nTY  - BOOK\nER  - \n",
    ],
)
def test_tags_of_ris_in_any_order(text: str) -> None:
    first, second = read(text).references
    assert [(one.title, one.type) for one in (first, second)] == [
        ("One", "article"),
        ("Two", "book"),
    ]


def test_an_empty_tag_is_no_text() -> None:
    assert _one("TY  - JOUR\nTI  - Two\nDB -\nER  - \n").title == "Two"


def test_editors_in_both_tags_are_kept() -> None:
    assert _one("TY  - BOOK\nTI  - T\nA2  - Roux, J\nED  - Martin, A\nER  - \n").extra[
        "editor"
    ] == ("Roux, J and Martin, A")


def test_two_formats_in_one_file() -> None:
    ris = "TY  - JOUR\nTI  - One\nER  - \n"
    bib = "@article{x, title={Two}, year={bad}}\n"
    reading = read(ris + "\n" + bib)
    assert [one.title for one in reading.references] == ["One", "Two"]
    assert reading.remarks[0].line == 5
    assert [one.title for one in read(bib + "\n" + ris).references] == ["Two", "One"]


@pytest.mark.parametrize("end", ["\r\r\n", "\r", "\u2028", "\n\n"])
def test_medline_with_odd_line_ends(end: str) -> None:
    lines = ["PMID- 1", "OWN - NLM", "STAT- MEDLINE", "TI  - Cold.", "FAU - Roux, J", "", "PMID- 2"]
    first, second = read(end.join([*lines, "TI  - Two."]).encode()).references
    assert (first.title, first.authors[0].family, second.pmid) == ("Cold", "Roux", "2")


@pytest.mark.parametrize(
    ("lines", "title"),
    [
        ("TI  - [Cold for pain].\nLA  - fre", "[Cold for pain]"),
        ("TI  - [Not Available].\nTT  - Le froid.", "Le froid"),
        ("TI  - Cold and nerves.", "Cold and nerves"),
        ("TI  - Does cold help?", "Does cold help?"),
    ],
)
def test_titles_as_medline_prints_them(lines: str, title: str) -> None:
    assert _one(f"PMID- 9\n{lines}\n").title == title


@pytest.mark.parametrize("suffix", ["Jr", "Sr", "2nd", "3rd", "II", "III"])
def test_a_suffix_is_no_initial(suffix: str) -> None:
    (author,) = _one(
        f"PMID- 9\nTI  - T.\nFAU - Doe, John A {suffix}\nAU  - Doe JA {suffix}"
    ).authors
    assert (author.initials, author.suffix) == ("JA", suffix)
    (short,) = _one(f"PMID- 9\nTI  - T.\nAU  - Doe JA {suffix}").authors
    assert (short.initials, short.suffix) == ("JA", suffix)


def test_names_in_chinese_stay_whole() -> None:
    reference = _one("@article{a, title={T}, author={王, 小明 and Li, Xiaoming}, year={2020}}")
    assert cite(reference).startswith("王小明, Li X. T.")


def test_an_author_marked_as_wrong_is_none() -> None:
    xml = (
        "<PubmedArticleSet><PubmedArticle><MedlineCitation><PMID>1</PMID><Article><ArticleTitle>T."
        '</ArticleTitle><AuthorList><Author ValidYN="N"><LastName>Wrong</LastName></Author>'
        '<Author ValidYN="Y"><LastName>Roux</LastName></Author></AuthorList></Article>'
        "</MedlineCitation></PubmedArticle></PubmedArticleSet>"
    )
    assert [author.family for author in _one(xml).authors] == ["Roux"]


# ---- size -----------------------------------------------------------------------------


CHAIN = " # ".join(['"x"'] * 20_000)


@pytest.mark.parametrize(
    ("text", "format"),
    [
        ("TY  - JOUR\n" * 20_000, "ris"),
        (f"@article{{a, title = {CHAIN}}}", "bibtex"),
        (f"@string{{a = {CHAIN}}}\n@article{{a, title = {{T}}}}", "bibtex"),
        ("".join(f"@string{{m{n} = {{v{n}}}}}\n" for n in range(20_000)), "bibtex"),
    ],
    ids=["types", "chain", "string", "strings"],
)
def test_reading_takes_time_in_proportion(text: str, format: str) -> None:
    def seconds(of: str) -> float:
        start = time.process_time()
        assert len(read(of, format).references) <= 1
        return time.process_time() - start

    small = text[: len(text) // 4]
    seconds(small)
    assert seconds(text) < 12 * seconds(small) + 0.5  # sixteen times as long when it is squared


def test_a_gzipped_file_is_read(tmp_path: Path) -> None:
    path = tmp_path / "x.ris.gz"
    path.write_bytes(gzip.compress(b"TY  - JOUR\nTI  - One\nER  - \n"))
    assert [one.title for one in read(path).references] == ["One"]


def _file_of(path: Path, count: int) -> Path:
    with gzip.open(path, "wt", encoding="utf-8") as stream:
        for number in range(count):
            stream.write(f"TY  - JOUR\nTI  - Cold {number}\nAB  - {'froid ' * 60}\nER  - \n\n")
    return path


def test_pieces_tell_the_lines_of_their_file(tmp_path: Path) -> None:
    path = _file_of(tmp_path / "x.ris.gz", 8_000)
    lines = [one.place.line for reading in in_pieces(path) for one in reading.references]
    assert lines == list(range(1, 8_000 * 5, 5))


def test_a_string_is_known_in_every_piece(tmp_path: Path) -> None:
    path = tmp_path / "x.bib"
    title = "x" * 1_500
    entries = (f"@article{{a{n}, title = {{{title}}}, journal = cold}}\n" for n in range(6_000))
    path.write_text("@string{cold = {J Cold}}\n" + "".join(entries))
    pieces = list(in_pieces(path))
    assert len(pieces) > 2
    assert {one.journal for piece in pieces for one in piece.references} == {"J Cold"}
    assert pieces[-1].references[-1].place.line == 6_001


def test_an_empty_line_of_an_abstract_ends_no_record() -> None:
    text = (
        "%0 Journal Article\n%T First title\n%A Doe, Jane\n%X One thing.\n\nAnother thing.\n"
        "%R 10.1000/abc\n%K pain\n\n%0 Journal Article\n%J A journal\n%V 3\n"
    )
    reading = read(text)
    (reference,) = reading.references
    assert (reference.title, reference.doi) == ("First title", "10.1000/abc")
    assert reference.abstract == "One thing. Another thing."
    assert len(reading.rejected) == 1


def test_a_record_without_title_is_no_rest_of_the_one_before() -> None:
    text = (
        "TY  - JOUR\nTI  - One\nAU  - Poe, E\nER  - \n\n"
        "AU  - Doe, J\nDO  - 10.1000/b\nPY  - 2020\nER  - \n"
    )
    first = read(text).references[0]
    assert ([one.family for one in first.authors], first.doi) == (["Poe"], "")


def test_a_semicolon_of_a_title_sets_nothing_apart() -> None:
    head = "PT\tAU\tTI\tSO\tPY\tAB\n"
    text = head + "J\tDoe, J; Poe, E\tPain; a review\tPAIN\t2021\tWe saw; we came.\n"
    (reference,) = read(text).references
    assert reference.title == "Pain; a review"
    assert reference.abstract == "We saw; we came."
    assert len(reference.authors) == 2


@pytest.mark.parametrize(
    "name", ["Doe J et al.", "Doe, J. et al.", "Doe J, et al", "Doe J and others"]
)
def test_and_others_is_nobody(name: str) -> None:
    authors, more = read_names([name])
    assert [one.family for one in authors] == ["Doe"]
    assert more
