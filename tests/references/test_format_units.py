"""The parts of the readers and writers one by one, and the dialects of files in the wild.

Values are those of the formats' own descriptions (NLM's MEDLINE elements, the RIS and CSL
specifications, EndNote's XML, Crossref's and OpenAlex's schemas) and of files that their programs
write; what LaTeX, Unicode and Windows-1252 mean is theirs to say.
"""

from __future__ import annotations

import csv
import io
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from references.errors import DataError, Problem, SettingError
from references.formats import read, sniff, write
from references.formats.bibtex import fields as bibtex_fields
from references.formats.bibtex.file import read_text, write_text
from references.formats.csv_table import write as write_table
from references.formats.dates import PartialDate, checked, date_of, issued
from references.formats.decoding import decode as decode_bytes
from references.formats.field_values import as_extra, extra_text, language, pages_of
from references.formats.json_items import (
    at_path,
    date_of_item,
    from_first_to_last,
    objects_of,
    text_of,
    texts_of,
)
from references.formats.latex import decode, decode_address, encode
from references.formats.losses import lost_fields, named_losses, restored
from references.formats.markup import plain, raised
from references.formats.medline import (
    descriptors,
    design_of,
    kind_of,
    number_of,
    status_of,
    title_of,
)
from references.formats.names import (
    inverted,
    read_author,
    read_authors,
    read_name,
    read_names,
    split_family,
    split_name,
    write_author,
    write_authors,
)
from references.formats.printed import parse
from references.formats.publication_types import csl_type, ris_type, type_from
from references.formats.results import Loss, losses_of, summarised, unique_keys
from references.formats.sniffing import sniff as format_of
from references.formats.tagged_lines import (
    Record,
    isi_records,
    joined,
    medline_records,
    ris_records,
)
from references.formats.vancouver import cite
from references.formats.xml_safe import elements, is_unicode_xml
from references.record import Author, Finding, Harm, Provenance, Reference, Relation, Study


def one(text: str) -> Reference:
    """The only record of a text."""
    (reference,) = read(text.encode()).references
    return reference


# ---- dates ------------------------------------------------------------------------------


_ENGLISH_MONTHS = ("January", "February", "March", "April", "May", "June", "July", "August")
_ENGLISH_MONTHS += ("September", "October", "November", "December")
_FRENCH_MONTHS = ("janvier", "février", "mars", "avril", "mai", "juin", "juillet", "août")
_FRENCH_MONTHS += ("septembre", "octobre", "novembre", "décembre")
#: As French journals shorten them.
_SHORTENED = ("janv.", "févr.", "mars", "avr.", "mai", "juin", "juil.", "août")
_SHORTENED += ("sept.", "oct.", "nov.", "déc.")


@pytest.mark.parametrize(
    ("written", "date"),
    [
        ("2013/04/18", (2013, 4, 18)),
        ("2013 Apr 18", (2013, 4, 18)),
        ("18 avril 2013", (2013, 4, 18)),
        ("20130418", (2013, 4, 18)),
        ("2013-04", (2013, 4, None)),
        ("JAN-FEB", (None, 1, None)),
        ("2013 Août", (2013, 8, None)),
        ("févr. 2013", (2013, 2, None)),
        ("2013 Sept 31", (2013, 9, 31)),
        ("2013 Spring 3", (2013, None, None)),
        ("2013/13/18", (2013, None, None)),
        ("2013/12/32", (2013, 12, None)),
        ("2013///", (2013, None, None)),
        *((f"2013 {name}", (2013, n, None)) for n, name in enumerate(_ENGLISH_MONTHS, 1)),
        *((f"3 {name} 2013", (2013, n, 3)) for n, name in enumerate(_FRENCH_MONTHS, 1)),
        *((f"{name} 2013", (2013, n, None)) for n, name in enumerate(_SHORTENED, 1)),
        ("2013 Apr", (2013, 4, None)),
        ("2013 Apr 18-20", (2013, 4, 18)),
        ("2013 4 18 20", (2013, 4, 18)),
        ("18 Xyz 2013", (2013, None, None)),
        ("2013-00-18", (2013, None, None)),
        ("", (None, None, None)),
    ],
)
def test_dates_as_files_write_them(written: str, date: tuple[int | None, ...]) -> None:
    assert tuple(date_of(written)) == date


@pytest.mark.parametrize(
    ("parts", "date"),
    [
        ((1500,), (1500, None, None)),
        ((1499,), (None, None, None)),
        ((2100, 1, 1), (2100, 1, 1)),
        ((2101,), (None, None, None)),
        ((2000, 12, 31), (2000, 12, 31)),
        ((2000, 0, 3), (2000, None, None)),
        ((2000, 13, 3), (2000, None, None)),
        ((2000, 1, 0), (2000, 1, None)),
        ((2000, 1, 32), (2000, 1, None)),
    ],
)
def test_parts_of_dates_that_cannot_be_true(parts: tuple[int, ...], date: tuple[Any, ...]) -> None:
    assert tuple(checked(*parts)) == date


def test_a_date_in_one_form() -> None:
    assert PartialDate(2013, 4, 8).iso == "2013-04-08"
    assert PartialDate(2013, 4).iso == "2013-04"
    assert PartialDate().iso == ""


@pytest.mark.parametrize(
    ("extra", "as_read", "date"),
    [
        ({"month": "4", "day": "18"}, {}, (2013, 4, 18)),
        ({"month": "apr", "day": "{18}"}, {}, (2013, 4, 18)),
        ({"month": "13", "day": "18"}, {}, (2013, None, None)),
        ({"month": "4", "day": "180"}, {}, (2013, 4, None)),
        ({"day": "18"}, {}, (2013, None, None)),
        ({}, {"date": "2013-04-18"}, (2013, 4, 18)),
        ({}, {"date": "2013-04-18/2013-05-01"}, (2013, None, None)),
        ({"month": "may"}, {"date": "2012-04-18"}, (2013, 5, None)),
    ],
)
def test_when_a_record_was_published(
    extra: dict[str, str], as_read: dict[str, str], date: tuple[Any, ...]
) -> None:
    assert tuple(issued(Reference("a", year=2013, extra=extra, as_read=as_read))) == date
    assert issued(Reference("a", extra=extra)) == PartialDate()


# ---- names ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("written", "author"),
    [
        ("van der Berg, Jan", Author("Berg", "Jan", "van der")),
        ("Berg, Jan, Jr.", Author("Berg", "Jan", suffix="Jr.")),
        ("Berg, Jr., Jan", Author("Berg", "Jan", suffix="Jr.")),
        ("Berg, Jan, MD", Author("Berg", "Jan, MD")),
        ("Berg,", Author("Berg")),
        ("van Berg,", Author("Berg", particle="van")),
        ("Berg JP", Author("Berg", "J P")),
        ("Berg J.-P.", Author("Berg", "J.-P.")),
        ("van Berg JP", Author("Berg", "J P", "van")),
        ("Jan Berg", Author("Berg", "Jan")),
        ("Jan van Berg", Author("Berg", "Jan", "van")),
        ("van Berg", Author("Berg", "van")),
        ("Plato", Author("Plato")),
        ("Nerve Study Group", Author(literal="Nerve Study Group")),
        ("Haute Autorité", Author(literal="Haute Autorité")),
        ("Anna Maria Luisa Berta Conti", Author(literal="Anna Maria Luisa Berta Conti")),
        ("Anna Maria Luisa Conti", Author("Conti", "Anna Maria Luisa")),
        ("G20 Leaders", Author(literal="G20 Leaders")),
        ("Cold Probes, Inc.", Author(literal="Cold Probes, Inc.")),
        ("Inc, Jane", Author("Inc", "Jane")),
        (" ; ", None),
        ("", None),
    ],
)
def test_a_name_as_other_formats_write_it(written: str, author: Author | None) -> None:
    assert read_name(written) == author


@pytest.mark.parametrize(
    ("author", "written"),
    [
        (Author("Berg", "Jan", "van der", "Jr."), "van der Berg, Jan, Jr."),
        (Author("Berg"), "Berg"),
        (Author("Berg", particle="van"), "van Berg,"),
        (Author("Berg", suffix="Jr."), "Berg, Jr."),
        (Author(literal="Nerve Study Group"), "Nerve Study Group"),
        (Author(literal="Nerves"), "Nerves,"),
        (Author(literal="Nerves, Paris"), "Nerves, Paris"),
    ],
)
def test_a_name_as_ris_writes_it(author: Author, written: str) -> None:
    assert inverted(author) == written


def test_who_stands_for_the_rest_of_a_list() -> None:
    for last in ("et al.", "et al", "others", "and others", "Et al.,"):
        assert read_names(["Berg, Jan", last]) == ((Author("Berg", "Jan"),), True)
    assert read_names(["Berg, Jan", ""]) == ((Author("Berg", "Jan"),), False)
    assert split_family("van der Berg") == ("van der", "Berg")
    assert split_family("van") == ("", "van")


@pytest.mark.parametrize(
    ("printed", "author"),
    [
        ("Prologo JD", Author("Prologo", "J D")),
        ("Prologo, J. David", Author("Prologo", "J. David")),
        ("J. David Prologo", Author("Prologo", "J. David")),
        ("Prologo J-D", Author("Prologo", "J D")),
        ("Prologo.", Author("Prologo")),
        ("", Author()),
        ("JD", Author("JD")),
    ],
)
def test_a_name_as_services_print_it(printed: str, author: Author) -> None:
    assert split_name(printed) == author


@pytest.mark.parametrize(
    ("bibtex", "author"),
    [
        ("{Nerve Study Group}", Author(literal="Nerve Study Group")),
        ("{Nerve} and {Study}", None),
        ("Berg, Jan", Author("Berg", "Jan")),
        ("van der Berg, Jan", Author("Berg", "Jan", "van der")),
        ("Berg, Jr, Jan", Author("Berg", "Jan", suffix="Jr")),
        ("Berg, a, b, c", Author("Berg", "a, b, c")),
        ("{van Berg}, Jan", Author("van Berg", "Jan")),
        (r"M{\"u}ller, Hans", Author("Müller", "Hans")),
        ("Jan van der Berg", Author("Berg", "Jan", "van der")),
    ],
)
def test_names_by_the_rules_of_bibtex(bibtex: str, author: Author | None) -> None:
    if author is None:
        assert len(read_authors(bibtex)[0]) == 2
    else:
        assert read_author(bibtex) == author


@pytest.mark.parametrize(
    ("author", "bibtex"),
    [
        (Author("Berg", "Jan", "van der", "Jr"), "van der Berg, Jr, Jan"),
        (Author("van Berg", "Jan"), "{van Berg}, Jan"),
        (Author("Berg", "Jan", "Van"), "Van Berg, Jan"),
        (Author("Berg Conti"), "Berg Conti,"),
        (Author("Berg"), "Berg"),
        (Author("others"), "{others},"),
        (Author("Rock and Roll", "J"), "{Rock and Roll}, J"),
        (Author("Berg", suffix="Jr"), "Berg, Jr, "),
        (Author("R&D Team", "J"), r"{R\&D Team}, J"),
        (Author(literal="A, B"), "{A, B}"),
    ],
)
def test_names_as_bibtex_is_written(author: Author, bibtex: str) -> None:
    assert write_author(author) == bibtex
    if author.particle != "Van":  # which is none to BibTeX
        assert read_authors(write_authors([author], more=True)) == ((author,), True)


# ---- text -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("markup", "text"),
    [
        ("10<sup>5</sup> Pa", "10⁵ Pa"),
        ("CO<sub>2</sub>", "CO₂"),
        ("10<sup>5.2</sup>", "10^5.2"),
        ("X<sup>Ray</sup>", "XRay"),
        ("X<sub>max.</sub>", "Xmax."),
        ("p < 0.05 and r > 0.2", "p < 0.05 and r > 0.2"),
        ("a<br/>b", "a b"),
        ("<p>a</p><p>b</p>", "a b"),
        ("<i>in vivo</i>", "in vivo"),
        ("&amp;lt; 5", "< 5"),
        ("&amp;amp;amp;", "&amp;"),
        ("AT&T", "AT&T"),
        ("a\x07b", "ab"),
        ("<jats:italic>x</jats:italic>", "x"),
        ("<unknown>x</unknown>", "<unknown>x</unknown>"),
    ],
)
def test_markup_of_other_systems(markup: str, text: str) -> None:
    assert plain(markup) == text


def test_what_is_raised() -> None:
    assert raised("2", "sup") == "²"
    assert raised("2", "sub") == "₂"
    assert raised("<", "sup") == "<"


@pytest.mark.parametrize(
    ("latex", "text"),
    [
        (r"{\'e}tude", "étude"),
        (r"{CT} \& {MR}", "CT & MR"),
        ("a--b---c", "a–b—c"),
        ("``x''", "“x”"),
        ("?`Que?", "¿Que?"),
        ("100%", "100%"),
        (r"100\%", "100%"),
        ("5$", "5$"),
        ("{a", "a"),
        ("a} b", "a b"),
        (r"\alpha{}-x", "α-x"),
        ("x~y", "x\u00a0y"),
        ("plain", "plain"),
        (r"{\'e} and a -- b {X}", "é and a – b X"),
        (r"Nguy\~\^en", "Nguyễn"),
        (r"10$^{5}$ and CO$_2$", "10⁵ and CO₂"),
        (r"x\textsuperscript{2} y\textsubscript{3}", "x² y₃"),
        (r"R\&D 50\% a\_b \#1", "R&D 50% a_b #1"),
        ("}{ 50%", " 50%"),
        (r"\textless i\textgreater", "<i>"),
        ("!`Hola!", "¡Hola!"),
        ("A & B", "A & B"),
        (r"{\o}re {\AA}s {\ss} {\c c} {\v s}", "øre Ås ß ç š"),
    ],
)
def test_latex_and_what_it_means(latex: str, text: str) -> None:
    assert " ".join(decode(latex).split(" ")) == text


@pytest.mark.parametrize(
    "text", ["a--b", "``x''", "5 % of $ & #_~^{}\\", "<<x>>", ",,", "x\u00a0y", "?`"]
)
def test_any_text_comes_back_from_latex(text: str) -> None:
    assert decode(encode(text)) == text


def test_addresses_without_the_escapes_of_tools() -> None:
    assert decode_address(r"https://x.example/a\_b\%20{c}") == "https://x.example/a_b%20c"
    assert decode_address("https://x.example/~a") == "https://x.example/~a"


@pytest.mark.parametrize(
    ("value", "code"),
    [
        ("eng", "en"),
        ("French", "fr"),
        ("fr-CA", "fr"),
        ("en_US.", "en"),
        ("Klingon", "Klingon"),
        ("XX", "xx"),
    ],
)
def test_languages(value: str, code: str) -> None:
    assert language(value) == code


def test_values_of_several_formats() -> None:
    assert pages_of("1271&#8211;7") == "1271-1277"
    noted = Reference("a", extra={"note": r"{A}  \& b"})
    assert (extra_text(noted, "note"), extra_text(noted, "none")) == ("A & b", "")
    assert as_extra(" a  & b ") == r"a \& b"


# ---- bytes ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("data", "text", "encoding", "is_guess"),
    [
        ("é".encode(), "é", "utf-8", False),
        (b"\xef\xbb\xbf" + "é".encode(), "é", "utf-8", False),
        (b"\xff\xfe" + "é".encode("utf-16-le"), "é", "utf-16-le", False),
        (b"\xfe\xff" + "é".encode("utf-16-be"), "é", "utf-16-be", False),
        ("TY  - JOUR".encode("utf-16-le"), "TY  - JOUR", "utf-16-le", False),
        ("TY  - JOUR".encode("utf-16-be"), "TY  - JOUR", "utf-16-be", False),
        ("un été chaud".encode("cp1252"), "un été chaud", "cp1252", True),
        (b"du caf\xe9 \x93noir\x94 ici", "du café “noir” ici", "cp1252", True),
        ("é à ü".encode() + b" \xe9 a", "é à ü é a", "utf-8", True),
        ("abcé".encode()[:-1], "abc", "utf-8", True),
        (
            b"<?xml encoding='iso-8859-2'?>\xb1",
            "<?xml encoding='iso-8859-2'?>ą",
            "iso8859-2",
            False,
        ),
        (b"encoding=nonsense caf\xe9 x", "encoding=nonsense café x", "cp1252", True),
        (b"a\r\nb\rc", "a\nb\nc", "utf-8", False),
        (b"\xef\xbb\xbfcaf\xe9 et th\xe9 noir", "café et thé noir", "cp1252", True),
    ],
)
def test_bytes_of_any_origin(data: bytes, text: str, encoding: str, is_guess: bool) -> None:
    found = decode_bytes(data)
    assert (found.text, found.encoding, found.is_guess) == (text, encoding, is_guess)


def test_another_script_is_guessed() -> None:
    russian = "Холодовая блокада срамного нерва при хронической тазовой боли у женщин. " * 4
    assert decode_bytes(russian.encode("cp1251")).text == russian


# ---- which format -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "name", "format"),
    [
        ("TY  - JOUR\n", "", "ris"),
        ("TY - JOUR\n", "", "ris"),
        ("PT J\nAU x\n", "", "isi"),
        ("PMID- 12\n", "", "nbib"),
        ("% note\n@article{a,\n", "", "bibtex"),
        ("AU  - Berg\n", "", "ris"),
        ("\ufeff@book{x}", "", "bibtex"),
        ('{"key": "a"}', "", "jsonl"),
        ('{"id": "https://openalex.org/W1"}', "", "openalex-json"),
        ('{"resultList": {}}', "", "europepmc-json"),
        ('{"reference-count": 1, "title": ["x"]}', "", "crossref-json"),
        ('[{"reference-count": 1, "id": "a"}]', "", "csl-json"),
        ('{"message-type": "work", "message": {"id": 1}}', "", "crossref-json"),
        ('[{"issued": {}}]', "", "csl-json"),
        ("[]", "", "csl-json"),
        ("{}", "", "csl-json"),
        ('{"DOI": "x"}', "", "crossref-json"),
        ("<xml><records/></xml>", "", "endnote-xml"),
        ("<PubmedArticleSet/>", "", "pubmed-xml"),
        ("<other/>", "", "pubmed-xml"),
        ("nothing", "a.ris", "ris"),
        ("nothing", "a.CIW", "isi"),
    ],
)
def test_the_format_of_a_text(text: str, name: str, format: str) -> None:
    assert format_of(text, name) == format


@pytest.mark.parametrize(
    ("text", "name", "says"),
    [
        ("<!DOCTYPE html><p>", "a.html", "web page"),
        ("<HTML>", "", "web page"),
        ("a", "a.docx", "in no format"),
    ],
)
def test_what_is_no_format_is_told(text: str, name: str, says: str) -> None:
    with pytest.raises(DataError, match=says):
        sniff(text, name)


# ---- tagged lines -------------------------------------------------------------------------


def test_the_lines_of_a_record() -> None:
    record = Record(3, [("TI", "One"), ("KW", ""), ("AU", "A"), ("TI", "Two")])
    assert record.values("TI", "AU") == ["One", "A", "Two"]
    assert record.values("TI") == ["One", "Two"]
    assert record.first("KW", "AU", "TI") == "A"
    assert (record.has("KW"), record.has("KW", "TI")) == (False, True)
    assert record.tags == ["TI", "KW", "AU"]
    record.extend("more")
    record.extend("")
    assert record.values("TI") == ["One", "Two more"]
    assert record.last_tag == "TI"
    assert Record(1).last_tag == ""
    Record(1).extend("x")


def test_ris_in_the_dialects_of_its_writers() -> None:
    text = (
        "AU  - Headless\nER  - \n"
        "TY - JOUR\nTI - One space\nKW  - cold\nnerve\nAB  - first\nsecond\n\nER - \n"
        "TY  - BOOK\nTI  - Unclosed\n"
        "TY  - CHAP\nT1  - Last"
    )
    records = list(ris_records(text))
    assert [(r.line, r.closed, r.values("TI", "T1", "AU")) for r in records] == [
        (1, True, ["Headless"]),
        (3, True, ["One space"]),
        (11, False, ["Unclosed"]),
        (13, False, ["Last"]),
    ]
    assert records[1].values("KW") == ["cold", "nerve"]
    assert records[1].first("AB") == "first second"
    wide = list(ris_records("TY  - JOUR\nAB  - x\nNO - tag of ours\nER  - \n"))
    assert wide[0].first("AB") == "x NO - tag of ours"
    (mixed,) = ris_records("AU  - A\nTY  - JOUR\nTI  - x\nER  - ")
    assert (mixed.line, mixed.tags) == (1, ["AU", "TY", "TI"])
    assert [r.closed for r in ris_records("ER  - \nAU  - A")] == [True]


def test_a_stray_line_between_two_parts_of_a_record() -> None:
    def parts(*records: Record) -> list[list[str]]:
        return [record.tags for record in joined(records, ("TI",))]

    titled, rest = Record(1, [("TI", "x")]), Record(2, [("AU", "y")], closed=True)
    assert parts(titled, rest) == [["TI", "AU"]]
    assert titled.closed
    assert parts(Record(1, [("TI", "x")], closed=True), rest) == [["TI"], ["AU"]]
    assert parts(Record(1, [("JO", "x")]), rest) == [["JO"], ["AU"]]
    assert parts(Record(1, [("TI", "x")]), Record(2, [("TI", "y")])) == [["TI"], ["TI"]]


def test_medline_text_line_by_line() -> None:
    remarks: list[Problem] = []
    text = (
        "PMID- 1\nTI  - One\n      goes on\nstray line\n\nOWN - NLM\nPMID- 2\nAB  - x\n\n"
        "AU  - same record\nPMID- 3"
    )
    found = list(medline_records(text, "x", remarks))
    assert [(r.line, r.tags) for r in found] == [
        (1, ["PMID", "TI"]),
        (6, ["OWN", "PMID", "AB", "AU"]),
        (11, ["PMID"]),
    ]
    assert found[0].first("TI") == "One goes on"
    assert [problem.line for problem in remarks] == [4]


def test_isi_text_line_by_line() -> None:
    text = "FN x\nPT J\nAU Berg, J\n   Conti, A\nER\n\nPT B\nTI y\nPT J\nTI z\nEF"
    found = list(isi_records(text))
    assert [(r.line, r.closed, r.tags) for r in found] == [
        (2, True, ["PT", "AU"]),
        (7, False, ["PT", "TI"]),
        (9, False, ["PT", "TI"]),
    ]
    assert found[0].first("AU") == "Berg, J\nConti, A"


# ---- RIS --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("lines", "fields"),
    [
        ("TI  - A title\nT1  - part two", {"title": "A title: part two"}),
        ("TI  - A title?\nT1  - part two", {"title": "A title? part two"}),
        ("TI  - A title\nT1  - a TITLE", {"title": "A title"}),
        ("BT  - Book title", {"title": "Book title"}),
        ("BT  - Book title\nJF  - J", {"title": "", "journal": "J"}),
        ("TI  - x\nJF  - Journal of Pain\nJA  - J Pain", {"journal": "Journal of Pain"}),
        ("TI  - x\nJA  - J Pain\nJO  - Journal of Pain", {"journal": "Journal of Pain"}),
        ("TI  - Pain\nJA  - Pain", {"journal": "Pain"}),
        ("TY  - BOOK\nTI  - x", {"type": "book"}),
        ("TI  - x\nVL  - 12(3)", {"volume": "12", "number": "3"}),
        ("TI  - x\nVL  - 12(3)\nIS  - 4", {"volume": "12(3)", "number": "4"}),
        ("TI  - x\nSP  - 12\nEP  - 19", {"pages": "12-19"}),
        ("TI  - x\nSP  - 12-19\nEP  - 19", {"pages": "12-19"}),
        ("TI  - x\nSP  - 12\nEP  - 12", {"pages": "12"}),
        ("TI  - x\nM3  - 10.5555/a", {"doi": "10.5555/a"}),
        ("TI  - x\nN1  - see 10.5555/a", {"doi": ""}),
        ("TI  - x\nUR  - https://doi.org/10.5555/a", {"doi": "10.5555/a"}),
        ("TI  - x\nAN  - 12345\nDB  - PubMed", {"pmid": "12345"}),
        ("TI  - x\nAN  - 12345", {"pmid": ""}),
        ("TI  - x\nC2  - 12345 [pmid]", {"pmid": "12345"}),
        ("TI  - x\nUR  - https://pubmed.ncbi.nlm.nih.gov/12345/", {"pmid": "12345"}),
        ("TI  - x\nC2  - PMC12345", {"pmcid": "PMC12345"}),
        (
            "TI  - x\nL1  - https://www.ncbi.nlm.nih.gov/pmc/articles/PMC12345/",
            {"pmcid": "PMC12345"},
        ),
        ("TI  - x\nUR  - https://x.example/PMC12345", {"pmcid": ""}),
        ("TI  - x\nSN  - 1234-5679", {"issn": "1234-5679", "isbn": ""}),
        ("TI  - x\nSN  - 978-1-86016-359-3", {"issn": "", "isbn": "9781860163593"}),
        ("TI  - x\nKW  - a; b;a", {"keywords": ("a", "b")}),
        ("TI  - x\nKW  - a, b", {"keywords": ("a", "b")}),
        ("TI  - x\nKW  - a, b\nKW  - c", {"keywords": ("a, b", "c")}),
        ("TI  - x\nID  - berg2020", {"key": "berg2020"}),
        ("TI  - x\nID  - 17", {"key": ""}),
        ("TI  - x\nUR  - http://a.example; http://b.example", {"url": "http://a.example"}),
        ("TI  - x\nAB  - one\nN2  - one", {"abstract": "one"}),
        ("TI  - x\nAB  - one\nN2  - two", {"abstract": "one two"}),
        ("TI  - x\nPY  - 2013\nDA  - 2013/04/18/", {"year": 2013}),
        ("TI  - x\nDA  - 2012/04/18/\nPY  - 2013", {"year": 2012}),
        ("TI  - x\nAU  - Berg, J\nAU  - et al.", {"more_authors": True}),
    ],
)
def test_ris_field_by_field(lines: str, fields: dict[str, Any]) -> None:
    found = one(f"TY  - JOUR\n{lines}\nER  - \n")
    assert {name: getattr(found, name) for name in fields} == fields


@pytest.mark.parametrize(
    ("lines", "name", "text"),
    [
        ("PY  - 2013\nDA  - 2013/04/18/", "day", "18"),
        ("PY  - 2013\nDA  - 2012/04/18/", "day", ""),
        ("JF  - Journal of Pain\nJA  - J Pain", "shortjournal", "J Pain"),
        ("SN  - 1234-5679\nSN  - 2049-3630", "eissn", "2049-3630"),
        ("UR  - http://a.example\nUR  - http://b.example", "ris-ur", "http://b.example"),
        ("ID  - 17", "ris-id", "17"),
        ("ID  - berg2020", "ris-id", ""),
        ("N1  - read\nN1  - again", "note", "read; again"),
        ("DO  - 10.5555/a\nN1  - 10.5555/A", "note", ""),
        ("DO  - 10.5555/a\nM3  - 10.5555/a", "ris-m3", ""),
        ("A2  - Roux, Émile", "editor", "Roux, Émile"),
        ("AN  - 12345\nDB  - PubMed", "ris-db", ""),
        ("AN  - 12345\nDB  - Scopus", "ris-db", "Scopus"),
        ("C2  - 12345 [pmid]", "ris-c2", ""),
        ("U1  - 77", "ris-u1", "77"),
    ],
)
def test_what_ris_says_beside_its_fields(lines: str, name: str, text: str) -> None:
    assert extra_text(one(f"TY  - JOUR\nTI  - x\n{lines}\nER  - \n"), name) == text


def test_books_in_ris() -> None:
    book = one("TY  - BOOK\nT2  - Book\nSN  - 0306406152\nER  - \n")
    assert (book.type, book.title, book.journal, book.isbn) == ("book", "Book", "", "0306406152")
    whole = one("TY  - BOOK\nTI  - Book\nBT  - Series\nER  - \n")
    assert whole.journal == "Series"
    thesis = one("TY  - THES\nTI  - Same\nJ2  - Same\nER  - \n")
    assert thesis.journal == ""
    assert one("TY  - Journal Article\nTI  - x\nER  - \n").type == "article"


def test_ris_that_is_not_whole_is_remarked() -> None:
    found = read(b"TI  - x\nJF  - J\nER  - \nTY  - JOUR\nTI  - y\n", "ris")
    assert [r.type for r in found.references] == ["article", "article"]
    assert len(found.remarks) == 2
    empty = read(b"TY  - JOUR\nDB  - x\nER  - \n")
    assert (len(empty.references), len(empty.rejected)) == (0, 1)
    assert len(read(b"TY  - \nER  - \n").rejected) == 1
    assert read(b"nothing", "ris").rejected[0].line == 1
    assert read(b"  \n").rejected == ()


FULL = Reference(
    "berg2020",
    title="Cold and pain",
    authors=(Author("Berg", "Jan", "van"), Author(literal="Nerve Study Group")),
    more_authors=True,
    year=2020,
    journal="Journal of Pain",
    volume="12",
    number="3",
    pages="12-19",
    doi="10.5555/a",
    pmid="12345",
    pmcid="PMC77777",
    issn="1234-5679",
    language="en",
    url="https://x.example",
    abstract="Cold numbs.",
    keywords=("cold", "nerve"),
    extra={"month": "4", "day": "8", "editor": "Roux, Émile", "note": "read"},
)


def test_ris_is_written_line_by_line() -> None:
    content, losses = write([FULL, FULL], "ris")
    assert content.split("\r\n")[:13] == [
        "TY  - JOUR",
        "ID  - berg2020",
        "TI  - Cold and pain",
        "AU  - van Berg, Jan",
        "AU  - Nerve Study Group",
        "T2  - Journal of Pain",
        "A2  - Roux, Émile",
        "AB  - Cold numbs.",
        "DA  - 2020/04/08",
        "PY  - 2020",
        "DO  - 10.5555/a",
        "VL  - 12",
        "IS  - 3",
    ]
    assert "ID  - berg2020-2\r\n" in content
    assert [loss.field for loss in losses] == ["more_authors"]  # nobody is called "et al."
    whole = read(content.encode()).references[0]
    assert lost_fields(FULL, whole) == ("more_authors",)
    studied = Reference("a", title="x", study=Study(design="rct", arms="two"), status="verified")
    assert {loss.field for loss in write([studied], "ris").losses} >= {"design", "arms", "status"}


# ---- PubMed -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("lines", "fields"),
    [
        (
            "TI  - [La douleur].\nPT  - Journal Article",
            {"title": "[La douleur]", "type": "article"},
        ),
        ("TI  - [a] b [c]", {"title": "[a] b [c]"}),
        (
            "BTI - Book\nTI  - Chapter",
            {"type": "incollection", "journal": "Book", "title": "Chapter"},
        ),
        ("BTI - Book", {"type": "book", "journal": "", "title": "Book"}),
        (
            "FAU - Berg, Jan\nAU  - Berg J\nCN  - Nerve Group",
            {"authors": (Author("Berg", "Jan"), Author(literal="Nerve Group"))},
        ),
        ("AU  - Berg JP", {"authors": (Author("Berg", "J P"),)}),
        ("AU  - Berg J\nAU  - et al.", {"authors": (Author("Berg", "J"),), "more_authors": True}),
        ("FAU - Berg, Jan\nCN  - et al.", {"authors": (Author("Berg", "Jan"),)}),
        ("DP  - 2013 Apr 18", {"year": 2013}),
        ("DEP - 20130418", {"year": 2013}),
        ("LID - 10.5555/a [doi]", {"doi": "10.5555/a"}),
        ("AID - S0 [pii]\nAID - 10.5555/b [doi]", {"doi": "10.5555/b"}),
        ("SO  - Pain. 2013. doi: 10.5555/c.", {"doi": "10.5555/c"}),
        ("JT  - Journal of Pain\nTA  - J Pain", {"journal": "Journal of Pain"}),
        ("TA  - J Pain", {"journal": "J Pain"}),
        ("PT  - Randomized Controlled Trial\nPT  - Retracted Publication", {"status": "retracted"}),
        ("PT  - Expression of Concern", {"status": ""}),
        ("OT  - cold\nMH  - Pain/*therapy\nMH  - Pain/surgery", {"keywords": ("cold", "Pain")}),
        ("OID - NLM: PMC77777", {"pmcid": "PMC77777"}),
    ],
)
def test_medline_field_by_field(lines: str, fields: dict[str, Any]) -> None:
    found = one(f"PMID- 12\n{lines}\n")
    assert {name: getattr(found, name) for name in fields} == fields


def test_medline_beside_its_fields() -> None:
    found = one(
        "PMID- 12\nTI  - x\nDP  - 2013 Jun\nDEP - 20130418\nAID - S0 [pii]\nXX  - y\nIS  - "
        "1234-5679\nIS  - 2049-3630"
    )
    told = {name: extra_text(found, name) for name in ("epub", "pii", "medline-xx", "issn-linking")}
    assert told == {
        "epub": "2013-04-18",
        "pii": "S0",
        "medline-xx": "y",
        "issn-linking": "2049-3630",
    }
    same = one("PMID- 12\nTI  - x\nDEP - 20130418")
    assert extra_text(same, "epub") == ""
    empty = read(b"OWN - NLM\nSTAT- x\n")
    assert (empty.references, len(empty.rejected)) == ((), 1)
    assert [p.line for p in read(b"nothing", "nbib").rejected] == [1]


def test_what_pubmed_says_in_words() -> None:
    assert title_of("[Pain].", "La douleur.") == "[Pain]"
    assert title_of("[Not Available].", "La douleur.") == "La douleur"
    assert title_of("Pain in the U.S.") == "Pain in the U.S."
    assert title_of("Pain [sic]") == "Pain [sic]"


@pytest.mark.parametrize("pii", ["e42692", "104", "f813", "zqac012"])
def test_a_number_of_an_article_is_told_from_its_publishers(pii: str) -> None:
    assert number_of(pii) == pii


@pytest.mark.parametrize("pii", ["S0304-3959(19)30123-4", "5512345", "PONE-D-18-12345", "bmj.f813"])
def test_what_is_for_the_publisher_is_no_number_of_an_article(pii: str) -> None:
    assert number_of(pii) == ""
    assert design_of(["Randomized Controlled Trial"]) == "rct"
    assert design_of(["Journal Article"]) == ""
    assert kind_of(["Preprint"]) != ""
    assert status_of(["retracted publication"], ()) == "retracted"
    assert status_of([], ["ErratumIn"]) == "corrected"
    assert status_of([], []) == ""
    assert descriptors(["*Pain/therapy", "Pain", "Cold"]) == ("Pain", "Cold")


def pubmed(article: str, citation: str = "", data: str = "") -> Reference:
    return one(
        f"<PubmedArticleSet><PubmedArticle><MedlineCitation><PMID>12</PMID>{citation}<Article>"
        f"{article}</Article></MedlineCitation><PubmedData>{data}</PubmedData></PubmedArticle>"
        "</PubmedArticleSet>"
    )


@pytest.mark.parametrize(
    ("article", "fields"),
    [
        ("<ArticleTitle>[Douleur].</ArticleTitle>", {"title": "[Douleur]"}),
        ("<VernacularTitle>Douleur</VernacularTitle>", {"title": "Douleur"}),
        (
            "<Abstract><AbstractText Label='AIM'>a</AbstractText><AbstractText "
            "Label='UNLABELLED'>b</AbstractText></Abstract>",
            {"abstract": "AIM: a b"},
        ),
        (
            "<AuthorList CompleteYN='N'><Author><LastName>van Berg</LastName><ForeName>"
            "Jan</ForeName></Author></AuthorList>",
            {"authors": (Author("Berg", "Jan", "van"),), "more_authors": True},
        ),
        (
            "<AuthorList CompleteYN='Y'><Author><LastName>Berg</LastName><Initials>JP</Initials>"
            "</Author></AuthorList>",
            {"authors": (Author("Berg", "J P"),), "more_authors": False},
        ),
        ("<AuthorList CompleteYN='N'></AuthorList>", {"more_authors": False}),
        (
            "<AuthorList Type='editors'><Author><LastName>Roux</LastName></Author></AuthorList>",
            {"authors": ()},
        ),
        (
            "<AuthorList><Author><CollectiveName>Group</CollectiveName></Author></AuthorList>",
            {"authors": (Author(literal="Group"),)},
        ),
        (
            "<AuthorList><Author><ForeName>Plato</ForeName></Author></AuthorList>",
            {"authors": (Author("Plato"),)},
        ),
        (
            "<Pagination><StartPage>12</StartPage><EndPage>9</EndPage></Pagination>",
            {"pages": "12-19"},
        ),
        ("<Pagination><StartPage>12</StartPage></Pagination>", {"pages": "12"}),
        ("<Pagination><MedlinePgn>12-9</MedlinePgn></Pagination>", {"pages": "12-19"}),
        (
            "<Journal><JournalIssue><PubDate><MedlineDate>2013 Jan-Feb</MedlineDate></PubDate>"
            "</JournalIssue></Journal>",
            {"year": 2013},
        ),
        ("<ArticleDate><Year>2014</Year></ArticleDate>", {"year": 2014}),
        (
            "<ELocationID EIdType='doi' ValidYN='N'>10.5555/n</ELocationID><ELocationID "
            "EIdType='doi'>10.5555/y</ELocationID>",
            {"doi": "10.5555/y"},
        ),
        ("<Journal><ISOAbbreviation>J Pain</ISOAbbreviation></Journal>", {"journal": "J Pain"}),
        (
            "<PublicationTypeList><PublicationType>Meta-Analysis</PublicationType>"
            "</PublicationTypeList>",
            {"type": "article"},
        ),
    ],
)
def test_pubmed_xml_field_by_field(article: str, fields: dict[str, Any]) -> None:
    found = pubmed(article)
    assert {name: getattr(found, name) for name in fields} == fields
    assert found.pmid == "12"


def test_pubmed_xml_beside_its_fields() -> None:
    found = pubmed(
        "<Journal><ISSN>1234-5679</ISSN><JournalIssue><PubDate><Year>2013</Year></PubDate>"
        "</JournalIssue></Journal>"
        "<ArticleDate><Year>2012</Year><Month>04</Month><Day>08</Day></ArticleDate>",
        "<MedlineJournalInfo><ISSNLinking>2049-3630</ISSNLinking></MedlineJournalInfo>"
        "<MeshHeadingList><MeshHeading><DescriptorName MajorTopicYN='N'>Pain</DescriptorName>"
        "<QualifierName MajorTopicYN='Y'>therapy</QualifierName></MeshHeading></MeshHeadingList>"
        "<CommentsCorrectionsList><CommentsCorrections RefType='Cites'><PMID>1</PMID>"
        "</CommentsCorrections>"
        "<CommentsCorrections RefType='RetractionIn'><RefSource>Pain</RefSource><PMID>2</PMID>"
        "</CommentsCorrections></CommentsCorrectionsList>",
        "<ArticleIdList><ArticleId IdType='pmc'>PMC77777</ArticleId><ArticleId IdType='doi'>"
        "10.5555/a"
        "</ArticleId></ArticleIdList><ReferenceList><Reference><ArticleIdList><ArticleId "
        "IdType='pii'>no</ArticleId></ArticleIdList></Reference></ReferenceList>",
    )
    told = {n: extra_text(found, n) for n in ("epub", "issn-linking", "mesh", "notices", "pii")}
    assert told == {
        "epub": "2012-04-08",
        "issn-linking": "2049-3630",
        "mesh": "Pain/*therapy",
        "notices": "RetractionIn: Pain (PMID 2)",
        "pii": "",
    }
    assert (found.status, found.pmcid, found.doi, found.issn) == (
        "retracted",
        "PMC77777",
        "10.5555/a",
        "1234-5679",
    )
    same = pubmed(
        "", "<MedlineJournalInfo><ISSNLinking>2049-3630</ISSNLinking></MedlineJournalInfo>"
    )
    assert (same.issn, extra_text(same, "issn-linking")) == ("2049-3630", "")
    bare = one("<PubmedArticleSet><PubmedArticle><PMID>7</PMID></PubmedArticle></PubmedArticleSet>")
    assert (bare.pmid, bare.title) == ("7", "")


def test_books_of_pubmed() -> None:
    book = (
        "<PubmedBookArticle><BookDocument><PMID>7</PMID>{0}<Book><BookTitle>Book</BookTitle>"
        "<PubDate>"
        "<Year>1998</Year></PubDate><AuthorList Type='editors'><Author><LastName>Roux</LastName>"
        "</Author>"
        "</AuthorList><AuthorList Type='authors' CompleteYN='N'><Author><LastName>Berg</LastName>"
        "</Author>"
        "</AuthorList></Book></BookDocument></PubmedBookArticle>"
    )
    whole = one(f"<PubmedArticleSet>{book.format('')}</PubmedArticleSet>")
    assert (whole.type, whole.title, whole.journal, whole.year) == ("book", "Book", "", 1998)
    assert (whole.authors, whole.more_authors) == ((Author("Berg"),), True)
    assert extra_text(whole, "editor").startswith("Roux")
    chapter = one(
        f"<PubmedArticleSet>{book.format('<ArticleTitle>Part</ArticleTitle>')}</PubmedArticleSet>"
    )
    assert (chapter.type, chapter.title, chapter.journal) == ("incollection", "Part", "Book")


# ---- other XML --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("record", "fields"),
    [
        ("<isbn>1234-5679</isbn>", {"issn": "1234-5679", "isbn": ""}),
        ("<isbn>1234-5679 978-1-86016-359-3</isbn>", {"issn": "1234-5679", "isbn": ""}),
        (
            "<ref-type name='Book'>6</ref-type><isbn>1234-5679 978-1-86016-359-3</isbn>",
            {"issn": "1234-5679", "isbn": "9781860163593"},
        ),
        ("<accession-num>12345</accession-num>", {"pmid": "12345"}),
        (
            "<accession-num>12345</accession-num><remote-database-name>"
            "PubMed</remote-database-name>",
            {"pmid": "12345"},
        ),
        (
            "<accession-num>12345</accession-num><remote-database-name>"
            "Scopus</remote-database-name>",
            {"pmid": ""},
        ),
        (
            "<urls><related-urls><url>https://pubmed.ncbi.nlm.nih.gov/12345/</url></related-urls>"
            "</urls>",
            {"pmid": "12345"},
        ),
        ("<titles><secondary-title>J</secondary-title></titles>", {"journal": "J"}),
        (
            "<dates><year>2013</year><pub-dates><date>Apr 18</date></pub-dates></dates>",
            {"year": 2013},
        ),
        ("<ref-type>17</ref-type>", {"type": "article"}),
        (
            "<contributors><authors><author>Berg, J</author><author>et al.</author></authors>"
            "</contributors>",
            {"more_authors": True},
        ),
    ],
)
def test_endnote_field_by_field(record: str, fields: dict[str, Any]) -> None:
    found = one(
        f"<xml><records><record><titles><title>x</title></titles>{record}</record></records></xml>"
    )
    assert {name: getattr(found, name) for name in fields} == fields


def test_endnote_beside_its_fields() -> None:
    def told(record: str, name: str) -> str:
        return extra_text(one(f"<xml><records><record>{record}</record></records></xml>"), name)

    periodical = "<periodical><full-title>{}</full-title><abbr-1>J Pain</abbr-1></periodical>"
    assert told(periodical.format("Journal of Pain"), "shortjournal") == "J Pain"
    assert told(periodical.format("J Pain"), "shortjournal") == ""
    number = "<accession-num>WOS1</accession-num>"
    assert told(number, "endnote-accession") == "WOS1"
    assert told("<accession-num>12</accession-num>", "endnote-accession") == ""


def test_xml_of_strangers(tmp_path: Path) -> None:
    def read_xml(text: str) -> tuple[list[tuple[str, int]], list[Problem]]:
        problems: list[Problem] = []
        found = elements(text, ("record",), ("records",), "x", problems)
        return [(element.text, line) for element, line in found], problems

    assert read_xml("<records>\n<record>a</record>\n<record>b</record></records>") == (
        [("a", 2), ("b", 3)],
        [],
    )
    assert read_xml("<?xml version='1.0'?>\n\n<records>\n<record>a</record></records>")[0] == [
        ("a", 4)
    ]
    assert read_xml("<records/>") == ([], [])
    assert "another kind" in str(read_xml("<other/>")[1][0])
    assert "is empty" in str(read_xml(" \n")[1][0])
    assert read_xml("")[1][0].line == 1
    assert read_xml("<other/>")[1][0].line == 1
    refused = read_xml('<!DOCTYPE x [\n<!ENTITY a "b">]><records/>')[1][0]
    assert refused.line == 2
    assert "entities" in str(refused)
    cut = read_xml("<records>\n<record>a</record>\n<record>b")
    assert cut[0] == [("a", 2)]
    assert cut[1][0].line == 3
    assert read_xml("<records><record>a\x08b</record></records>")[0] == [("ab", 1)]
    inner = read_xml("<records><record><record>a</record></record></records>")[0]
    assert len(inner) == 1
    path = tmp_path / "x.xml"
    path.write_bytes(b"\xef\xbb\xbf<records><record>a\x08</record></records>")
    assert is_unicode_xml(path)
    problems: list[Problem] = []
    assert [e.text for e, _ in elements(path, ("record",), (), "x", problems)] == ["a"]
    for data in (b"no xml", b"<a>\xe9</a>", b"<a>\xc3"):
        path.write_bytes(data)
        assert not is_unicode_xml(path)
    assert not is_unicode_xml(tmp_path / "none")
    path.write_bytes(b"<!ENTITY a>")
    assert list(elements(path, ("record",), (), "x", problems)) == []
    assert len(problems) == 1


@pytest.mark.parametrize(
    ("inner", "text"),
    [
        ("CO<sub>2</sub> at 10<sup>5</sup>", "CO₂ at 10⁵"),
        ("<math><msup><mi>x</mi><mn>2</mn></msup></math>", "x²"),
        ("<math><msub><mi>x</mi><mn>2</mn></msub></math>", "x_2"),
        ("<math><msubsup><mi>η</mi><mi>p</mi><mn>2</mn></msubsup></math>", "η_p²"),
        (
            "<math><mfrac><mi>a</mi><mrow><mi>b</mi><mo>+</mo><mi>c</mi></mrow></mfrac></math>",
            "a/(b+c)",
        ),
        ("<math><msqrt><mi>a</mi><mi>b</mi></msqrt></math>", "√(ab)"),
        ("<math><mfenced><mi>a</mi><mi>b</mi></mfenced></math>", "(a,b)"),
    ],
)
def test_formulas_as_text(inner: str, text: str) -> None:
    assert pubmed(f"<ArticleTitle>{inner}</ArticleTitle>").title == text


# ---- JSON -------------------------------------------------------------------------------


def test_values_of_json() -> None:
    assert [text_of(v) for v in ("a", 3, True, None, ["", "b"], {})] == ["a", "3", "", "", "b", ""]
    assert texts_of(["a", 1, None, " "]) == ["a", "1"]
    assert texts_of("a") == ["a"]
    assert at_path({"a": {"b": 1}}, "a", "b") == 1
    assert at_path({"a": 1}, "a", "b") is None
    assert objects_of({"a": 1}) == [{"a": 1}]
    assert objects_of([1, {"a": 1}]) == [{"a": 1}]
    assert from_first_to_last("12", "19") == "12-19"
    assert from_first_to_last("12", "12") == "12"
    assert from_first_to_last("", "19") == ""


@pytest.mark.parametrize(
    ("value", "date"),
    [
        ({"date-parts": [[2013, 4, 18]]}, (2013, 4, 18)),
        ({"date-parts": [["2013", "4"]]}, (2013, 4, None)),
        ({"date-parts": [[2013, None, 18]]}, (2013, None, None)),
        ({"date-parts": [[12345]]}, (None, None, None)),
        ({"date-parts": []}, (None, None, None)),
        ({"raw": "in 2013"}, (2013, None, None)),
        ({"literal": "2013"}, (2013, None, None)),
        (2013, (2013, None, None)),
        (None, (None, None, None)),
    ],
)
def test_dates_of_csl(value: Any, date: tuple[Any, ...]) -> None:
    assert tuple(date_of_item(value)) == date


def test_broken_json_gives_its_whole_records() -> None:
    first = {"id": "a", "title": "One", "type": "book"}
    text = f'[\n{json.dumps(first)},\n{{"id": "b" "broken"}},\n{json.dumps({**first, "id": "c"})}\n'
    found = read(text.encode())
    assert [r.key for r in found.references] == ["a", "c"]
    assert [p.line for p in found.rejected] == [3]
    assert [r.place.line for r in found.references] == [2, 4]
    lines = "\n".join(json.dumps({**first, "id": name}) for name in "ab")
    by_line = read(lines.encode())
    assert (len(by_line.references), by_line.rejected) == (2, ())
    odd = read(f"[{json.dumps(first)},\n3]".encode())
    assert [(p.line, p.field) for p in odd.rejected] == [(2, "#2")]
    inside = read(f'{{"items": [{json.dumps(first)}]}}'.encode())
    assert [r.key for r in inside.references] == ["a"]


@pytest.mark.parametrize(
    ("item", "fields"),
    [
        ({"author": ["Berg, Jan"]}, {"authors": (Author("Berg", "Jan"),)}),
        ({"author": [{"name": "Group"}]}, {"authors": (Author(literal="Group"),)}),
        ({"author": [{"literal": "Group"}, {}, 3]}, {"authors": (Author(literal="Group"),)}),
        (
            {
                "author": [
                    {
                        "family": "Berg",
                        "dropping-particle": "de",
                        "non-dropping-particle": "la",
                        "suffix": "Jr",
                    }
                ]
            },
            {"authors": (Author("Berg", "", "de la", "Jr"),)},
        ),
        ({"page-first": "12"}, {"pages": "12"}),
        ({"page": "12-19", "page-first": "12"}, {"pages": "12-19"}),
        ({"keyword": "a, b"}, {"keywords": ("a", "b")}),
        ({"keyword": "a, b; c", "categories": ["d"]}, {"keywords": ("a, b", "c", "d")}),
        ({"ISSN": ["1234-5679", "2049-3630"]}, {"issn": "1234-5679"}),
        ({"type": "article"}, {"type": "misc"}),
        ({"type": "article-journal"}, {"type": "article"}),
    ],
)
def test_csl_field_by_field(item: dict[str, Any], fields: dict[str, Any]) -> None:
    found = one(json.dumps([{"id": "a", "type": "article-journal", "title": "x", **item}]))
    assert {name: getattr(found, name) for name in fields} == fields


def test_csl_as_processors_want_it() -> None:
    content, losses = write([FULL], "csl-json")
    (item,) = json.loads(content)
    assert item["issued"] == {"date-parts": [[2020, 4, 8]]}
    assert item["author"][0] == {"family": "Berg", "given": "Jan", "non-dropping-particle": "van"}
    assert item["author"][1] == {"literal": "Nerve Study Group"}
    assert item["editor"] == [{"family": "Roux", "given": "Émile"}]
    assert item["keyword"] == "cold; nerve"
    assert {loss.field for loss in losses} == {"more_authors"}
    undated = Reference("a", title="x", extra={"urldate": "2020-01-02", "origdate": "soon"})
    (plainly,) = json.loads(write([undated], "csl-json").content)
    assert plainly["accessed"] == {"date-parts": [[2020, 1, 2]]}
    assert "issued" not in plainly


@pytest.mark.parametrize(
    ("item", "fields"),
    [
        ({"title": ["A"], "subtitle": ["b"]}, {"title": "A: b"}),
        ({"title": ["A: b"], "subtitle": ["B"]}, {"title": "A: b"}),
        ({"title": [], "subtitle": ["b"]}, {"title": "b"}),
        (
            {"author": [{"family": "van Berg", "given": "Jan", "suffix": "Jr"}]},
            {"authors": (Author("Berg", "Jan", "van", "Jr"),)},
        ),
        ({"author": [{"given": "Plato"}]}, {"authors": (Author("Plato"),)}),
        ({"author": [{"name": "Group"}, {}]}, {"authors": (Author(literal="Group"),)}),
        ({"issued": {"date-parts": [[None]]}, "created": {"date-parts": [[2013]]}}, {"year": 2013}),
        (
            {"published": {"date-parts": [[2012]]}, "issued": {"date-parts": [[2013]]}},
            {"year": 2012},
        ),
        ({"article-number": "e12"}, {"pages": "e12"}),
        ({"container-title": ["Series", "Book"]}, {"journal": "Book"}),
        ({"updated-by": [{"type": "retraction"}]}, {"status": "retracted"}),
        (
            {"updated-by": [{"type": "expression_of_concern"}, {"type": "correction"}]},
            {"status": "expression-of-concern"},
        ),
        ({"updated-by": [{"type": "erratum"}]}, {"status": "corrected"}),
        ({"updated-by": [{"type": "new_version"}]}, {"status": ""}),
        ({"type": "posted-content"}, {"extra": {"howpublished": "Preprint"}}),
        ({"type": "posted-content", "subtype": "report"}, {"extra": {}}),
        (
            {"ISSN": ["1234-5679", "2049-3630"]},
            {"issn": "1234-5679", "extra": {"eissn": "2049-3630"}},
        ),
    ],
)
def test_crossref_field_by_field(item: dict[str, Any], fields: dict[str, Any]) -> None:
    found = one(json.dumps({"message-type": "work", "message": {"DOI": "10.5555/a", **item}}))
    assert {name: getattr(found, name) for name in fields} == fields


@pytest.mark.parametrize(
    ("item", "fields"),
    [
        (
            {"authorString": "Berg J, Conti A."},
            {"authors": (Author("Berg", "J"), Author("Conti", "A"))},
        ),
        (
            {"authorList": {"author": {"lastName": "Berg", "initials": "J"}}},
            {"authors": (Author("Berg", "J"),)},
        ),
        (
            {"authorList": {"author": [{"collectiveName": "Group"}, {"fullName": "Conti A"}]}},
            {"authors": (Author(literal="Group"), Author("Conti", "A"))},
        ),
        ({"pubTypeList": {"pubType": "Preprint"}}, {"type": "misc"}),
        ({"source": "PPR"}, {"type": "misc"}),
        ({"language": "eng"}, {"language": "en"}),
        ({"language": "Klingon"}, {"language": ""}),
        ({"journalInfo": {"journal": {"ESSN": "2049-3630"}}}, {"issn": "2049-3630"}),
        ({"title": "A title."}, {"title": "A title"}),
        ({"keywordList": {"keyword": ["a", "a", None]}}, {"keywords": ("a",)}),
    ],
)
def test_europepmc_field_by_field(item: dict[str, Any], fields: dict[str, Any]) -> None:
    result = {"id": "1", "source": "MED", "title": "x", **item}
    found = one(json.dumps({"resultList": {"result": [result]}}))
    assert {name: getattr(found, name) for name in fields} == fields


@pytest.mark.parametrize(
    ("item", "fields"),
    [
        ({"display_name": "x"}, {"title": "x"}),
        (
            {"authorships": [{"author": {"display_name": "Jan Berg"}}]},
            {"authors": (Author("Berg", "Jan"),)},
        ),
        (
            {
                "authorships": [
                    {"raw_author_name": "Berg J", "author": {"display_name": "Jan Berg"}}
                ]
            },
            {"authors": (Author("Berg", "J"),)},
        ),
        (
            {"primary_location": {"source": {"display_name": "Zenodo", "type": "repository"}}},
            {"journal": ""},
        ),
        (
            {
                "type": "preprint",
                "primary_location": {"source": {"display_name": "medRxiv", "type": "repository"}},
            },
            {"journal": "medRxiv", "extra": {"howpublished": "Preprint"}},
        ),
        (
            {"primary_location": {"source": {"display_name": "Pain", "type": "journal"}}},
            {"journal": "Pain"},
        ),
        ({"abstract_inverted_index": {"numbs.": [1], "Cold": [0]}}, {"abstract": "Cold numbs."}),
        ({"biblio": {"first_page": "12", "last_page": "19"}}, {"pages": "12-19"}),
        ({"ids": {"pmid": "https://pubmed.ncbi.nlm.nih.gov/12345"}}, {"pmid": "12345"}),
    ],
)
def test_openalex_field_by_field(item: dict[str, Any], fields: dict[str, Any]) -> None:
    found = one(json.dumps({"results": [{"id": "https://openalex.org/W1", **item}]}))
    assert {name: getattr(found, name) for name in fields} == fields


def test_isi_field_by_field() -> None:
    def isi(lines: str) -> Reference:
        return one(f"PT {lines}\nER\nEF\n")

    assert isi("B\nSO Book").type == "book"
    assert isi("B\nSO Book").journal == ""
    assert isi("B\nSO Book\nTI Part\nBP 12").type == "incollection"
    assert isi("B\nSO Series\nTI Book").type == "book"
    assert isi("B\nSO Series\nTI Book").journal == "Series"
    assert isi("J\nAU Berg, J\nAF Berg, Jan").authors == (Author("Berg", "Jan"),)
    assert isi("J\nAU Berg, J").authors == (Author("Berg", "J"),)
    assert isi("B\nBA Berg, J").authors == (Author("Berg", "J"),)
    assert isi("J\nCA Nerve Group").authors == (Author(literal="Nerve Group"),)
    assert isi("J\nBP 12\nEP 19").pages == "12-19"
    assert isi("J\nAR e12").pages == "e12"
    assert isi("J\nTI x\nPY 2013\nPD APR 18").extra == {"month": "4", "day": "18"}
    assert isi("J\nSN 1234-5679\nEI 2049-3630").extra == {"eissn": "2049-3630"}
    assert isi("J\nDE a; b; a").keywords == ("a", "b")
    assert isi("J\nTI x\nXX y\n   z").extra == {"wos-xx": "y z"}
    assert len(read(b"PT J\nTI x\n").remarks) == 1


# ---- losses, results, tables --------------------------------------------------------------


def test_what_a_format_cannot_say_is_named() -> None:
    native = Reference("x", title="Cold and pain", year=2020)
    lost = lost_fields(FULL, native)
    assert lost[0] == "key"
    assert {"authors", "pages", "extra"} <= set(lost)
    assert "title" not in lost
    assert "note" in named_losses(FULL, native, lost)
    assert "month" not in named_losses(FULL, native, lost)
    dated = Reference("a", year=2020, extra={"month": "4"})
    assert lost_fields(dated, Reference("a", year=2020)) == ("extra",)


def test_what_older_files_kept_in_custom_comes_back() -> None:
    kept = {"key": "berg2020", "pages": "1-9", "was": {"volume": "0" * 8}, "volume": "3"}
    native = Reference("x", title="Cold and pain", year=2020)
    again = restored(native, kept)
    assert (again.key, again.pages, again.volume) == ("berg2020", "1-9", "3")
    assert restored(replace(native, volume="99"), kept).volume == "99", "somebody changed it"
    assert restored(replace(native, volume="3"), {"empty": ["volume"], "was": {}}).volume == "3"
    item = {"id": "x", "title": "Cold", "custom": {"evidence-base": {"status": "verified"}}}
    (read_again,) = read(json.dumps([item]).encode(), "csl-json").references
    assert read_again.status == "verified"


def test_keys_and_losses_of_many_records() -> None:
    keys = [key for _, key in unique_keys([Reference(k) for k in ("a", "a", "a-2", "a")])]
    assert keys == ["a", "a-2", "a-2-2", "a-3"]
    losses = losses_of("RIS", [("a", ["arms"]), ("b", ["arms", "device"])])
    assert losses == (Loss("RIS", "arms", ("a", "b")), Loss("RIS", "device", ("b",)))
    (said,) = map(str, summarised(losses))
    assert "arms, device" in said
    assert "2 records: left out" in said


def test_kinds_of_publication_in_the_words_of_each_format() -> None:
    preprint = Reference("a", type="misc", extra={"howpublished": "Preprint"})
    assert (csl_type(preprint), csl_type(Reference("a", type="book"))) == ("article", "book")
    assert (
        csl_type(Reference("a", type="zzz")) == csl_type(Reference("a", type="misc")) != "article"
    )
    assert (ris_type(Reference("a")), ris_type(Reference("a", type="zzz"))) == ("JOUR", "GEN")
    assert (type_from("ris", " jour "), type_from("ris", "?")) == ("article", "misc")


def test_a_table_for_spreadsheets() -> None:
    whole = Reference(
        "a",
        title="=1+1",
        authors=(Author("Berg", "Jan"), Author("Roux")),
        more_authors=True,
        keywords=("a", "b"),
        findings=(Finding("pain", "3 months", "7", "Halved."),),
        harms=(Harm("death", 0, 60), Harm("pain")),
        related=(Relation("update-of", "b"),),
        provenance=(Provenance("https://a.example", "title"), Provenance("https://b.example")),
        unverified={"isbn": "1", "doi": ""},
        extra={"note": r"a \& b"},
        study=Study(design="rct", participants=60),
    )
    rows = csv.DictReader(io.StringIO(write_table([whole]).content.removeprefix("\ufeff")))
    (row,) = rows
    assert {name: row[name] for name in row if row[name]} == {
        "key": "a",
        "type": "article",
        "title": "'=1+1",
        "authors": "Berg, Jan; Roux; et al.",
        "keywords": "a; b",
        "design": "rct",
        "participants": "60",
        "findings": "pain | 3 months | 7 | Halved.",
        "adverse_events": "death | 0 | 60; pain",
        "related": "update-of | b",
        "provenance": "page: https://a.example; page: https://b.example",
        "unverified": "isbn=1; doi",
        "missing": "year",
        "other": "note: a & b",
    }


@pytest.mark.parametrize(
    ("changed", "part"),
    [
        ({}, "van Berg J, Nerve Study Group, et al. Cold and pain. "),
        ({"title": "Cold and pain."}, "Cold and pain. "),
        ({"title": "Why?"}, "Why? "),
        ({"title": ""}, "[title unknown]"),
        ({"pages": "12-"}, ":12."),
    ],
)
def test_vancouver(changed: dict[str, Any], part: str) -> None:
    from dataclasses import replace

    assert part in cite(replace(FULL, **changed))


def test_citations_in_what_is_asked_for() -> None:
    assert "&lt;" in cite(Reference("a", title="p < 5"), format="html")
    assert "[titre inconnu]" in cite(Reference("a", year=2020), language="fr")
    with pytest.raises(SettingError, match="No citation style"):
        cite(FULL, "apa")
    with pytest.raises(SettingError, match="text or html"):
        cite(FULL, format="pdf")  # type: ignore[arg-type]


# ---- BibTeX -----------------------------------------------------------------------------


def bib(fields: str, kind: str = "article") -> Reference:
    (reference,) = read_text(f"@{kind}{{a, {fields}}}").references
    return reference


@pytest.mark.parametrize(
    ("fields", "meant"),
    [
        ("year = {\\noopsort{1973b}1981}", {"year": 1981}),
        ("date = {2013-04-18}", {"year": 2013}),
        ("pages = {12--9}", {"pages": "12-19"}),
        ("keywords = {a, b}", {"keywords": ("a", "b")}),
        ("keywords = {a, b; c}", {"keywords": ("a, b", "c")}),
        ("language = {french}", {"language": "fr"}),
        ("journaltitle = {Pain}", {"journal": "Pain"}),
        ("school = {Lyon}", {"publisher": "Lyon"}),
        ("related = {a, b}", {"related": (), "extra": {"related": "a, b"}}),
        ("related = {update-of | b}", {"related": (Relation("update-of", "b"),)}),
        (
            "harm = {death | 1 | 60 | yes ;; pain | | | no ;; rash}",
            {"harms": (Harm("death", 1, 60, True), Harm("pain", None, None, False), Harm("rash"))},
        ),
        (
            "finding = {pain | 3 months | 7 | a | b | unit=NRS}",
            {"findings": (Finding("pain", "3 months", "7", "a | b", unit="NRS"),)},
        ),
        (
            "provenance = {https://a.example: title ;; https://b.example}",
            {
                "provenance": (
                    Provenance("https://a.example", "title"),
                    Provenance("https://b.example"),
                )
            },
        ),
        ("unverified = {isbn=1 ;; doi}", {"unverified": {"isbn": "1", "doi": ""}}),
        ("volume = {1}, volume = {2}", {"volume": "1"}),
        (
            "author = {Berg, Jan and others}",
            {"authors": (Author("Berg", "Jan"),), "more_authors": True},
        ),
    ],
)
def test_bibtex_field_by_field(fields: str, meant: dict[str, Any]) -> None:
    found = bib(fields)
    assert {name: getattr(found, name) for name in meant} == meant


def test_values_of_bibtex_that_mean_nothing_are_kept_and_told() -> None:
    found = read_text("@article{a, year = {soon}, date = {2013-02-30}, participants = {many}}")
    (reference,) = found.references
    assert [problem.field for problem in found.remarks] == ["a.year", "a.date", "a.participants"]
    assert reference.extra["participants"] == "many"
    assert read_text("@article{a, year = {}}").remarks == ()
    keyless = "@article{title = {x}}"
    assert len(read_text(keyless).rejected) == 1
    assert [r.key for r in read_text(keyless, keyless=True).references] == [""]
    assert bib("participants = {1,200}").study.participants == 1200
    assert bib("comparator = {sham, usual-care}").study.comparators == ("sham", "usual-care")
    assert bib("comparator = {Sham block}").study.comparison == "Sham block"
    assert bib("arms = {two}, arms_fr = {deux}").study.french == {"arms": "deux"}
    assert bib("arms_fr = {deux}").study.french == {}
    twice = read_text("@article{a, finding = {x ;; y}, finding_fr = {z}}")
    assert [problem.field for problem in twice.remarks] == ["a.finding_fr"]
    paired = bib("harm = {death ;; pain}, harm_fr = {= ;; douleur}")
    assert [harm.french for harm in paired.harms] == ["", "douleur"]


def test_what_an_entry_takes_from_others() -> None:
    text = (
        "@inproceedings{a, title = {Part}, crossref = {b}}"
        "@book{b, title = {Whole}, year = {1998}, author = {Berg, Jan}, doi = {10.5555/b}, xdata "
        "= {c}}"
        "@xdata{c, publisher = {Press}}"
        "@inbook{d, crossref = {b}, year = {1999}}"
        "@article{e, eprint = {12345}, eprinttype = {pubmed}}"
        "@article{f, crossref = {f}}"
    )
    found = {r.key: r for r in read_text(text).references}
    part = found["a"]
    assert (part.title, part.journal, part.year, part.publisher) == ("Part", "Whole", 1998, "Press")
    assert (part.authors, part.doi) == ((), "")
    assert found["d"].authors == (Author("Berg", "Jan"),)
    assert found["d"].year == 1999
    assert found["e"].pmid == "12345"
    assert found["f"].title == ""
    assert "year" not in write_text([part])
    assert "1998" in write([part], "bibtex").content


def test_bibtex_is_written_as_it_was_read() -> None:
    text = "@article{a,\n    title = {A {CT} study},\n    year = {2013},\n    odd = {x}\n}\n"
    (reference,) = read_text(text).references
    from dataclasses import replace

    assert "title = {A {CT} study}" in write_text([reference])
    changed = write_text([replace(reference, title="New & old", volume="3", year=None)])
    assert r"title = {New \& old}" in changed
    assert "year" not in changed
    assert "volume = {3}" in changed
    assert "odd = {x}" in changed
    assert "booktitle" in write_text([Reference("a", type="incollection", journal="Book")])
    assert "journal = " in write_text([Reference("a", journal="Book")])
    with pytest.raises(DataError, match="cannot be written"):
        write_text([Reference("a", extra={"x": "}{"})])
    with pytest.raises(DataError, match="cannot be written"):
        write_text([reference, reference])
    assert len(bibtex_fields.to_fields(Reference("a"))) == 0


# ---- printed references -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "fields"),
    [
        (
            "1. Berg J, Conti AB. Cold and pain in women. J Pain. 2013;12(3):145-52.",
            {
                "title": "Cold and pain in women",
                "journal": "J Pain",
                "year": 2013,
                "volume": "12",
                "number": "3",
                "pages": "145-152",
            },
        ),
        (
            "Berg, J., & Conti, A. B. (2013). Cold and pain in women. Journal of Pain, 12(3), "
            "145-152. https://doi.org/10.5555/a",
            {
                "title": "Cold and pain in women",
                "journal": "Journal of Pain",
                "year": 2013,
                "doi": "10.5555/a",
                "pages": "145-152",
            },
        ),
        (
            'Berg, Jan, and Anna Conti. "Cold and Pain in Women." Journal of Pain 12, no. 3 '
            "(2013): 145-52.",
            {
                "title": "Cold and Pain in Women",
                "journal": "Journal of Pain",
                "year": 2013,
                "volume": "12",
                "number": "3",
            },
        ),
        (
            "Berg J. Cold and pain in women. J Pain. 2013;12:e145. PMID: 12345678. PMCID: PMC77777",
            {"pages": "e145", "pmid": "12345678", "pmcid": "PMC77777"},
        ),
        (
            "Berg J. Cold and pain. arXiv:1801.00001v2. 2018.",
            {"doi": "10.48550/arXiv.1801.00001", "year": 2018},
        ),
        (
            "Berg J, et al. Cold and pain in women. Pain 2013; 12: 145.",
            {"more_authors": True, "journal": "Pain", "volume": "12", "pages": "145"},
        ),
        (
            "World Health Organization. Cold and pain in women. Geneva; 2013. Available from: "
            "https://x.example/a.",
            {
                "authors": (Author(literal="World Health Organization"),),
                "url": "https://x.example/a",
                "year": 2013,
            },
        ),
        (
            "Berg J. Does cold help? A trial in women. J Pain. 2013 Mar 5;12(Suppl 2):S45-9.",
            {"number": "Suppl 2", "pages": "S45-S49"},
        ),
        ("Berg J (2013). Guidelines of (2010) revisited in women. Pain 12:3-9.", {"year": 2013}),
        ("Berg J. Trends from 1990 on in women, Pain 12 2013", {"year": 2013}),
        ("Smith J et al., Pain 2013;164:1-9", {"title": "", "journal": "Pain", "volume": "164"}),
        (
            "Berg J. Cold and nerves in women. In: Roux E, editor. Handbook of pain. Lyon: "
            "Presses; 1998. p. 12-19.",
            {"title": "Cold and nerves in women", "year": 1998, "pages": "12-19"},
        ),
    ],
)
def test_printed_references_in_common_styles(text: str, fields: dict[str, Any]) -> None:
    found = parse(text)
    assert {name: getattr(found, name) for name in fields} == fields


# ---- BibTeX that breaks its rules -----------------------------------------------------------


@pytest.mark.parametrize(
    ("entry", "says"),
    [
        ("@article{a, title = {x}", "is not closed"),
        ("@article{a title = {x}}", ""),  # plain enough
        ("@article{a, title = {x} year = {2013}}", "comma is missing after the field 'title'"),
        ("@article a, title = {x}}", ""),  # nothing that starts an entry
        ("@article{a, title {x}}", "field 'title' has no '='"),
        ("@article{a, title = }", "field 'title' has no value"),
        ("@article{title = {x}}", "has no key"),
    ],
)
def test_what_is_wrong_with_an_entry_is_said(entry: str, says: str) -> None:
    """The rules of BibTeX: a key, a comma, name = value, balanced braces (btxdoc)."""
    found = read_text(f"\n{entry}\n@misc{{b, title = {{whole}}}}\n")
    assert [reference.key for reference in found.references][-1] == "b"
    told = [str(problem) for problem in (*found.rejected, *found.remarks)]
    assert any(says in one for one in told) is bool(told)
    assert bool(told) is bool(says)


def test_broken_entries_are_named_by_their_lines_and_spoil_no_other() -> None:
    text = (
        "@article{one, title = {First}}\n\n"
        "@article{two,\n  title = {Never closed,\n"
        "@article{three, title = {Third}}\n"
        "@string{j = {Journal of   Pain}}\n"
        "@article{four, title = {Fourth}, journal = j, month = jun, note = unheard}\n"
        "@comment{five, title = {No entry}}\n"
        "@preamble{{x}}\n"
        "@article{six, % a remark\n title = {50% of x}, author = {Berg, Jan}}\n"
        "@article{seven of us, title = {A \\{ too}}\n"
        "@article{eight,\n  author keywords = {cold; pain}, title = {Eighth}}\n"
    )
    found = read_text(text)
    keys = [reference.key for reference in found.references]
    assert [key for key in keys if key != "two"] == [
        "one",
        "three",
        "four",
        "six",
        "seven_of_us",
        "eight",
    ]
    by_key = {reference.key: reference for reference in found.references}
    assert by_key["four"].journal == "Journal of Pain"
    assert tuple(issued(replace(by_key["four"], year=2013)))[:2] == (2013, 6)
    assert by_key["eight"].title == "Eighth"
    told = [str(problem) for problem in (*found.rejected, *found.remarks)]
    assert any("3" in one and "not closed" in one for one in told)
    assert any("'unheard'" in one for one in told)
