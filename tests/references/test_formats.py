"""Formats: what is written comes back, from any format to any other; what cannot is told."""

from __future__ import annotations

import csv
import io
import json
import re
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from reference_strategies import references

from references.errors import DataError, SettingError
from references.formats import FORMATS, READABLE, WRITABLE, read, sniff, summarised, write
from references.formats.decoding import decode
from references.formats.jsonl import FIELDS
from references.formats.losses import lost_fields
from references.formats.markup import plain
from references.record import (
    Author,
    Finding,
    FindingWords,
    Harm,
    Provenance,
    Reference,
    Relation,
    Study,
)

WHOLE = ("bibtex", "jsonl")  # these lose nothing
BOTH = [name for name in FORMATS if name in READABLE and name in WRITABLE]

FULL = Reference(
    key="doe2024cold",
    type="article",
    title="Cold & nerves: 5 < 6 µm of «givre»",
    authors=(
        Author(family="Doe", given="Jane A.", particle="van der"),
        Author(literal="Nerve Study Group"),
        Author(family="Roe", given="Richard", suffix="Jr."),
    ),
    more_authors=True,
    year=2024,
    journal="Journal of Cold",
    volume="12",
    number="3",
    pages="1271-1277",
    doi="10.1000/abc(1)<2>;3",
    pmid="12345678",
    pmcid="PMC7654321",
    issn="1234-567X",
    publisher="Press",
    language="en",
    url="https://example.org/a?b=c&d=e",
    abstract="Background: cold. Results: p < 0.05.",
    keywords=("cold", "nerves, peripheral"),
    study=Study(
        design="rct",
        participants=60,
        indications=("pudendal-neuralgia",),
        arms="a | b",
        french={"arms": "a | c"},
    ),
    findings=(
        Finding(
            *("pain 0-10", "3 months", "7 to 3", "Halved."),
            interval="2 to 4",
            unit="NRS",
            favours="intervention",
            french=FindingWords(outcome="douleur 0-10", text="Réduite de moitié."),
        ),
    ),
    harms=(Harm("pneumothorax", 0, 60, None, "pneumothorax"), Harm("death", 1, None, True)),
    related=(Relation("update-of", "doe2020cold"),),
    added="2026-11-30",
    provenance=(Provenance("https://example.org/a", "title, authors"),),
    unverified={"isbn": "remembered", "note": ""},
    status="partly-verified",
    extra={"note": "A note", "editor": "Poe, Edgar and Coe, Ann", "month": "4", "odd": "x {Y}"},
)
#: Fields that each format says in its own words: other programs see them.
NATIVE = (
    "title",
    "authors",
    "more_authors",
    "year",
    "journal",
    "volume",
    "number",
    "pages",
    "doi",
    "pmid",
    "pmcid",
    "issn",
    "language",
    "abstract",
    "keywords",
    "publisher",
    "url",
)


@pytest.mark.parametrize("format", WHOLE)
def test_a_full_record_comes_back_whole(format: str) -> None:
    content, _ = write([FULL], format)
    reading = read(content, format)
    assert reading.rejected == ()
    (again,) = reading.references
    assert lost_fields(FULL, again) == ()


def test_csl_says_the_main_fields_in_its_own_words() -> None:
    content, losses = write([FULL], "csl-json")
    (item,) = json.loads(content)
    assert "custom" not in item
    (again,) = read(json.dumps([item]), "csl-json").references
    differing = {name for name in NATIVE if getattr(again, name) != getattr(FULL, name)}
    assert differing == {"more_authors"}
    assert {loss.field for loss in losses} == {
        "more_authors",
        "design",
        "participants",
        "indications",
        "arms",
        "french",
        "findings",
        "harms",
        "related",
        "added",
        "provenance",
        "unverified",
        "status",
        "odd",
    }
    (sentence,) = map(str, summarised(losses))
    assert sentence.startswith("CSL JSON has no field for more_authors, ")
    assert "as written in 'doe2024cold': left out. BibTeX and JSON Lines hold" in sentence


@pytest.mark.parametrize(
    ("status", "said", "state", "lost"),
    [
        ("retracted", "retracted", "", set()),
        ("expression-of-concern", "expression of concern", "", set()),
        ("retracted", "retracted", "forthcoming", {"pubstate"}),
        ("", "forthcoming", "forthcoming", set()),
        ("corrected", "forthcoming", "forthcoming", {"status"}),
    ],
)
def test_csl_says_a_retraction(status: str, said: str, state: str, lost: set[str]) -> None:
    extra = {"pubstate": state} if state else {}
    content, losses = write(
        [Reference("doe", title="Cold", status=status, extra=extra)], "csl-json"
    )
    assert json.loads(content)[0]["status"] == said
    assert {loss.field for loss in losses} == lost
    (again,) = read(content, "csl-json").references
    assert again.status == ("" if "status" in lost else status)
    assert again.extra.get("pubstate", "") == ("" if "pubstate" in lost else state)


#: As Zotero writes it, tag by tag; what RIS has no tag for is not there.
FULL_AS_RIS = """TY  - JOUR
ID  - doe2024cold
TI  - Cold & nerves: 5 < 6 µm of «givre»
AU  - van der Doe, Jane A.
AU  - Nerve Study Group
AU  - Roe, Richard, Jr.
T2  - Journal of Cold
A2  - Poe, Edgar
A2  - Coe, Ann
AB  - Background: cold. Results: p < 0.05.
DA  - 2024/04/
PY  - 2024
DO  - 10.1000/abc(1)<2>;3
VL  - 12
IS  - 3
SP  - 1271
EP  - 1277
LA  - en
PB  - Press
SN  - 1234-567X
UR  - https://example.org/a?b=c&d=e
AN  - 12345678
DB  - PubMed
C2  - PMC7654321
N1  - A note
KW  - cold
KW  - nerves, peripheral
"""


def test_ris_is_written_as_other_programs_write_it() -> None:
    content, losses = write([FULL], "ris")
    assert content == FULL_AS_RIS.replace("\n", "\r\n") + "ER  - \r\n"
    assert {loss.field for loss in losses} == {
        "more_authors",
        "design",
        "participants",
        "indications",
        "arms",
        "french",
        "findings",
        "harms",
        "related",
        "added",
        "provenance",
        "unverified",
        "status",
        "odd",
    }
    assert "as written in 'doe2024cold': left out." in str(summarised(losses)[0])
    (again,) = read(content).references
    lost = {name for name in NATIVE if getattr(again, name) != getattr(FULL, name)}
    assert lost <= {"more_authors"}


@pytest.mark.parametrize(
    ("pages", "lines"),
    [
        ("82-", ["SP  - 82"]),
        ("e1521", ["SP  - e1521"]),
        ("S12-S19", ["SP  - S12", "EP  - S19"]),
        ("", []),
    ],
)
def test_pages_in_ris(pages: str, lines: list[str]) -> None:
    content, losses = write([Reference("a", title="T", pages=pages)], "ris")
    assert [line for line in content.splitlines() if line[:2] in ("SP", "EP")] == lines
    assert losses == ()


@given(reference=references)
def test_ris_loses_no_more_than_it_says(reference: Reference) -> None:
    content, losses = write([reference], "ris")
    (again,) = read(content, "ris").references
    named = {loss.field for loss in losses}
    for name in ("title", "year", "doi", "pmid", "abstract", "journal", "volume", "keywords"):
        if (value := getattr(reference, name)) and name not in named:
            assert getattr(again, name) == value, name


@pytest.mark.parametrize("format", WHOLE)
@given(reference=references)
def test_any_record_comes_back_from_any_format(format: str, reference: Reference) -> None:
    (again,) = read(write([reference], format).content, format).references
    assert {
        name: (getattr(reference, name), getattr(again, name))
        for name in lost_fields(reference, again)
    } == {}


@given(reference=references, first=st.sampled_from(WHOLE), second=st.sampled_from(WHOLE))
def test_conversion_between_any_two_formats(reference: Reference, first: str, second: str) -> None:
    (once,) = read(write([reference], first).content, first).references
    (twice,) = read(write([once], second).content, second).references
    assert lost_fields(reference, twice) == ()


@given(st.lists(references, max_size=3), st.sampled_from(BOTH))
def test_no_record_is_lost_and_the_format_is_found_out(items: list[Reference], format: str) -> None:
    content = write(items, format).content
    reading = read(content, format)
    assert len(reading.references) == len(items)
    if items:
        assert sniff(content) == format


@given(st.binary(max_size=400), st.sampled_from(READABLE))
@example(data=b"\x1f\x8b no gzip", format="ris")
def test_any_bytes_are_read_or_refused_in_one_sentence(data: bytes, format: str) -> None:
    try:
        reading = read(data, format, "x")
        problems = (*reading.rejected, *reading.remarks)
    except DataError as error:
        problems = tuple(error.problems)
    for problem in problems:
        assert problem.file == "x"
        assert "\n" not in str(problem)


@pytest.mark.parametrize("format", BOTH)
@given(data=st.data())
def test_a_cut_file_gives_what_came_before(format: str, data: st.DataObject) -> None:
    whole = write([FULL, FULL, FULL], format).content.encode()
    reading = read(whole[: data.draw(st.integers(0, len(whole)))], format)
    assert len(reading.references) <= 3
    for again in reading.references[:-1]:
        assert again.title == FULL.title


@pytest.mark.parametrize(
    ("encoding", "mark"),
    [
        ("utf-8", b""),
        ("utf-8", b"\xef\xbb\xbf"),
        ("utf-16-le", b"\xff\xfe"),
        ("utf-16-be", b"\xfe\xff"),
        ("utf-16-le", b""),
        ("utf-16-be", b""),
        ("latin-1", b""),
        ("cp1252", b""),
    ],
)
@pytest.mark.parametrize("ends", ["\n", "\r\n", "\r"])
def test_encodings_and_line_ends(encoding: str, mark: bytes, ends: str) -> None:
    text = "TY  - JOUR\nAU  - Müller, Zoë\nTI  - Névralgie à l'aine\nPY  - 2020\nER  - \n"
    (found,) = read(mark + text.replace("\n", ends).encode(encoding)).references
    assert found.title == "Névralgie à l'aine"
    assert found.authors == (Author(family="Müller", given="Zoë"),)


def test_other_scripts_without_unicode() -> None:
    text = "TY  - JOUR\nTI  - " + "Лечение невралгии полового нерва холодом. " * 20 + "\nER  - \n"
    reading = read(text.encode("cp1251"))
    assert reading.references[0].title.startswith("Лечение невралгии")
    assert "cp1251" in str(reading.remarks[0])


def test_a_few_foreign_bytes_in_unicode() -> None:
    assert decode("é à ü ".encode() * 5 + b"\xe9 fin").text.endswith("é fin")
    assert decode("é".encode()[:1]).text == ""


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        ("A <i>B</i> &amp; C", "A B & C"),
        ("CO<sub>2</sub> at 10<sup>5</sup>", "CO₂ at 10⁵"),
        ("p &lt; 0.05 and r > 0.2", "p < 0.05 and r > 0.2"),
        ("&lt;i&gt;in vitro&lt;/i&gt;", "in vitro"),
        ("x < y > z <unknown>", "x < y > z <unknown>"),
        ("<jats:p>One</jats:p><jats:p>Two</jats:p>", "One Two"),
        ("a&nbsp;b&#233;&#xE9;", "a béé"),
        ("lone \ud800 sign\x00", "lone sign"),
        ("AT&T &unknown; R&D", "AT&T &unknown; R&D"),
    ],
)
def test_markup_becomes_text(raw: str, text: str) -> None:
    assert plain(raw) == text


@pytest.mark.parametrize("format", WRITABLE)
def test_every_format_writes_the_empty_list(format: str) -> None:
    content, losses = write([], format)
    assert losses == ()
    assert format in ("csv", "csl-json", "pubmed-xml") or content == ""


def test_the_table_tells_harms_sides_and_the_kind_of_place() -> None:
    told = Reference(
        key="a",
        findings=(Finding("pain", value="0.49", interval="-0.3 to 1.2", favours="neither"),),
        harms=(Harm("death", 1, 55, True), Harm("bruise")),
        provenance=(Provenance("https://pubmed.ncbi.nlm.nih.gov/1", "flattened table"),),
    )
    (row,) = csv.DictReader(io.StringIO(write([told], "csv").content.removeprefix("\ufeff")))
    assert row["findings"] == "pain | 0.49 | -0.3 to 1.2 | neither"
    assert row["adverse_events"] == "death | 1 | 55 | serious; bruise"
    assert row["provenance"] == "pubmed: https://pubmed.ncbi.nlm.nih.gov/1"


def test_formula_cells_are_defused() -> None:
    content = write([Reference(key="a", title='=HYPERLINK("http://x")')], "csv").content
    assert "'=HYPERLINK" in content
    assert content.startswith("\ufeff")


def test_jsonl_says_every_field() -> None:
    content = write([FULL], "jsonl").content
    (line,) = content.splitlines()
    assert {"key", *FIELDS} - set(json.loads(line)) == {"isbn"}


def test_unknown_formats_and_files_are_named(tmp_path: Path) -> None:
    with pytest.raises(SettingError, match="there are: auto, bibtex"):
        read("", "docx")
    with pytest.raises(SettingError, match="there are: bibtex"):
        write([], "isi")
    with pytest.raises(DataError, match="cannot be read"):
        read(tmp_path / "none.bib")
    with pytest.raises(DataError, match="in no format"):
        read("nothing of the kind")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("<eSummaryResult><DocSum/></eSummaryResult>", "1: holds no record: .*<eSummaryResult>"),
        ('[{"id": "a"},\n 3,\n {"id": "b"}]', r"2 \[#2\]: record 2 is not an object"),
        (
            '{"message": {"items": [{"DOI": "10.1/x", "message-type": 1},\n{}]}}',
            r"2 \[#2\]: record 2 describes no work",
        ),
        ('{"key": "a", "title": "A"}\n{"key": "b", \n', "2: is not JSON"),
    ],
)
def test_what_is_no_record_is_named_with_its_line(text: str, said: str) -> None:
    (problem,) = read(text, name="x").rejected
    assert re.match(rf"x:{said}", str(problem))


@pytest.mark.parametrize("text", ["<PubmedArticleSet/>", "% nothing\n@comment{none}", "[]"])
def test_a_file_without_records_says_so(text: str) -> None:
    reading = read(text)
    assert reading.references == reading.rejected == ()
    assert "holds no record" in str(reading.remarks[0])


def test_jsonl_tells_what_it_does_not_understand() -> None:
    reading = read('{"key": "a", "title": "T", "year": "2020", "colour": 1, "doi": [2]}\n')
    assert reading.references == (Reference("a", title="T", year=2020),)
    assert [problem.field for problem in reading.remarks] == ["a.colour", "a.doi"]


def test_our_own_table_comes_back() -> None:
    reference = Reference(
        "roux2020cold",
        title="Cold",
        authors=(Author(family="Roux", given="Émile", particle="de"),),
        year=2020,
        keywords=("cold", "nerve"),
        study=Study(design="rct", participants=40, nerves=("pudendal-nerve",)),
    )
    assert read(write([reference], "csv").content).references == (reference,)


@pytest.mark.parametrize("name", ["pubmed.xml", "endnote.xml"])
def test_a_file_of_xml_is_read_as_its_text_is(name: str, tmp_path: Path) -> None:
    content = (Path(__file__).parent.parent / "data" / "formats" / name).read_bytes()
    path = tmp_path / "x.xml"
    spoilt = content.replace(b"Cryoneurolysis", b"Cryo\x0bneurolysis")
    for data, count in (
        (content, 2),
        (b"\xef\xbb\xbf" + spoilt, 2),
        (content[:-200], 1),
        (b"<a>", 0),
        (b"<!ENTITY a 'b'>", 0),
    ):
        path.write_bytes(data)
        from_file, from_text = read(path), read(data, name=str(path))
        assert from_file == from_text
        assert len(from_file.references) == count
        assert all(reference.title for reference in from_file.references)
