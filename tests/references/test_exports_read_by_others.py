"""What we export, read back by libraries that are not ours, field by field."""

from __future__ import annotations

import io
import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from lxml import etree
from pybtex.database import parse_string

from evidence.knowledge import KnowledgeBase
from references.formats import read, write
from references.formats.bibtex import to_fields
from references.formats.latex import text_of
from references.formats.names import inverted
from references.formats.pubmed_elements import DOCTYPE
from references.record import Author, Reference, Study

SAMPLES = (
    Reference(
        "roux2020cold",
        title="Cold & nerves: 50 % of Aδ fibres at −60 °C, a {trial}",
        authors=(
            Author(family="Roux", given="Émile", particle="de"),
            Author(family="Smith", given="Alan B.", suffix="Jr"),
            Author(literal="Cold and Ice Study Group"),
        ),
        year=2020,
        journal="Journal of Cold & Ice",
        volume="12",
        number="3",
        pages="e17",
        doi="10.5555/jci_1",
        pmid="31234567",
        issn="1234-5679",
        language="en",
        url="https://example.org/a_b?c=1&d=2",
        abstract="We froze 12 nerves (p < 0.05).",
        keywords=("cold", "nerve"),
        study=Study(design="rct", participants=12),
        extra={"eid": "e17", "month": "3"},
    ),
    Reference(
        "berg1998book",
        type="incollection",
        title="Froid et douleur",
        authors=(Author(family="Berg", given="Jan"),),
        more_authors=True,
        year=1998,
        journal="Handbook of Cold",
        pages="12-19",
        publisher="Springer Science and Business Media",
        isbn="9781860163593",
        language="fr",
        extra={"editor": "Moreau, Luc and Petit, Ann", "address": "Lyon", "edition": "2"},
    ),
)
BIBTEX = write(SAMPLES, "bibtex").content
RIS = write(SAMPLES, "ris").content.replace("\r\n", "\n")
_PLAIN = ("title", "year", "volume", "number", "doi", "pmid", "issn", "isbn", "url", "publisher")


def _stated(reference: Reference) -> dict[str, str]:
    values = {name: str(getattr(reference, name) or "") for name in _PLAIN}
    return {name: value for name, value in values.items() if value}


def test_pybtex_reads_our_bibtex() -> None:
    data = parse_string(BIBTEX, "bibtex")
    assert list(data.entries) == [reference.key for reference in SAMPLES]
    for reference in SAMPLES:
        entry = data.entries[reference.key]
        read = {name: text_of(entry.fields[name]) for name in _stated(reference)}
        assert read == _stated(reference)
        families = [" ".join([*p.prelast_names, *p.last_names]) for p in entry.persons["author"]]
        expected = [author.short for author in reference.authors]
        expected += ["others"] if reference.more_authors else []
        assert [text_of(family) for family in families] == expected


def test_bibtexparser_reads_our_bibtex() -> None:
    bibtexparser = pytest.importorskip("bibtexparser")
    parser = bibtexparser.bparser.BibTexParser(ignore_nonstandard_types=False)
    entries = {entry["ID"]: entry for entry in bibtexparser.loads(BIBTEX, parser).entries}
    for reference in SAMPLES:
        read = {name: text_of(entries[reference.key][name]) for name in _stated(reference)}
        assert read == _stated(reference)


@pytest.mark.skipif(shutil.which("biber") is None, reason="needs biber, of Debian's package biber")
def test_biber_has_nothing_to_say_of_our_bibtex(tmp_path: Path) -> None:
    (tmp_path / "all.bib").write_text(BIBTEX, encoding="utf-8")
    done = subprocess.run(
        ["biber", "--tool", "--output-file=out.bib", "all.bib"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, re.findall("ERROR.*|WARN.*", done.stdout)) == (0, []), done.stdout
    again = parse_string((tmp_path / "out.bib").read_text(encoding="utf-8"), "bibtex")
    assert len(again.entries) == len(SAMPLES)
    publisher = again.entries["berg1998book"].fields["publisher"]
    assert text_of(publisher) == "Springer Science and Business Media"


def _tags(record: str) -> dict[str, list[str]]:
    """The lines of a record by Zotero's rule: two characters, two spaces, a hyphen, a space."""
    tags: dict[str, list[str]] = {}
    for line in record.strip().split("\n"):
        tag, value = re.fullmatch(r"([A-Z][A-Z0-9])  - (.*)", line).groups()  # type: ignore[union-attr]
        tags.setdefault(tag, []).append(value)
    return tags


def test_our_ris_keeps_the_rules_that_zotero_and_endnote_read_by() -> None:
    first, second = map(_tags, re.split(r"\nER  - \n", RIS)[:2])
    assert next(iter(first)) == next(iter(second)) == "TY"
    assert (first["TY"], second["TY"]) == (["JOUR"], ["CHAP"])
    assert first["AU"] == [inverted(author) for author in SAMPLES[0].authors]
    assert second["AU"] == ["Berg, Jan"]  # nobody is called "et al."
    assert (first["T2"], first["PY"], first["SP"], first["C7"]) == (
        ["Journal of Cold & Ice"],
        ["2020"],
        ["e17"],
        ["e17"],
    )
    assert (second["SP"], second["EP"], second["A2"]) == (
        ["12"],
        ["19"],
        ["Moreau, Luc", "Petit, Ann"],
    )
    assert "N1" not in first
    assert "rct" not in RIS  # no note of ours


def test_rispy_reads_our_ris() -> None:
    rispy = pytest.importorskip("rispy")
    for reference, entry in zip(SAMPLES, rispy.loads(RIS), strict=True):
        assert entry["title"] == reference.title
        assert entry["authors"] == [inverted(author) for author in reference.authors]
        assert entry["year"] == str(reference.year)
        assert entry["secondary_title"] == reference.journal
        assert entry["start_page"] == reference.pages.partition("-")[0]
        assert entry.get("doi", "") == reference.doi
        assert entry.get("abstract", "") == reference.abstract
        assert tuple(entry.get("keywords", ())) == reference.keywords


def test_csl_json_is_what_a_processor_reads() -> None:
    from citeproc.source.json import CiteProcJSON

    items: list[dict[str, Any]] = json.loads(write(SAMPLES, "csl-json").content)
    source = CiteProcJSON(items)
    for reference, one in zip(SAMPLES, items, strict=True):
        assert one["title"] == str(source[reference.key.lower()].title) == reference.title
        assert one["issued"]["date-parts"][0][0] == reference.year
        assert one["page"] == reference.pages
        assert [name.get("family", name.get("literal")) for name in one["author"]] == [
            author.literal or author.family for author in reference.authors
        ]


#: What the schema of CSL JSON (1.0.2) has, beside the place for notes of programs (`custom`).
_SCHEMA = [
    line.split("\t")
    for line in (Path(__file__).parent / "csl_schema.tsv").read_text("utf-8").splitlines()
]
CSL_VARIABLES, CSL_TYPES = (
    {name for of, name in _SCHEMA if of == kind} for kind in ("variable", "type")
)
CSL_NAME = frozenset({"family", "given", "non-dropping-particle", "suffix", "literal"})


def test_csl_json_keeps_to_its_schema(kb: KnowledgeBase) -> None:
    written = write([*SAMPLES, *kb.library.values()], "csl-json")
    for item in json.loads(written.content):
        assert item.keys() <= CSL_VARIABLES, item["id"]
        assert item["type"] in CSL_TYPES
        for value in item.values():
            if isinstance(value, list):
                assert all(name and name.keys() <= CSL_NAME for name in value), item["id"]
            elif isinstance(value, dict):
                assert value.keys() == {"date-parts"}
                assert all(isinstance(part, int) for part in value["date-parts"][0])
            else:
                assert isinstance(value, str)


def test_what_was_read_as_one_publisher_is_written_as_one() -> None:
    assert to_fields(SAMPLES[1])["publisher"] == "{Springer Science and Business Media}"


# ---- PubMed's formats -----------------------------------------------------------------

NBIB = write(SAMPLES, "nbib").content
PUBMED_XML = write(SAMPLES, "pubmed-xml").content


def test_nbib_reads_our_nbib() -> None:
    nbib = pytest.importorskip("nbib")
    first, second = nbib.read(NBIB)
    assert {name: first[name] for name in ("title", "journal", "journal_abbreviated", "doi")} == {
        "title": SAMPLES[0].title,
        "journal": SAMPLES[0].journal,
        "journal_abbreviated": SAMPLES[0].journal,
        "doi": SAMPLES[0].doi,
    }
    assert (first["pubmed_id"], first["publication_date"]) == (31234567, "2020 Mar")
    assert (first["journal_volume"], first["journal_issue"], first["pages"]) == ("12", "3", "e17")
    assert [one["author"] for one in first["authors"]] == ["de Roux, Émile", "Smith, Alan B. Jr"]
    assert [one["author_abbreviated"] for one in first["authors"]] == ["de Roux É", "Smith AB Jr"]
    assert first["corporate_author"] == "Cold and Ice Study Group"
    assert first["publication_types"] == ["Journal Article", "Randomized Controlled Trial"]
    assert (first["abstract"], first["keywords"]) == (SAMPLES[0].abstract, ["cold", "nerve"])
    assert (first["print_issn"], first["language"]) == ("1234-5679", "eng")
    assert (second["title"], second["publication_date"]) == (SAMPLES[1].title, "1998")
    assert second["language"] == "fre"
    assert "pubmed_id" not in second


def test_biopython_reads_our_nbib() -> None:
    medline = pytest.importorskip("Bio.Medline")
    first, second = medline.parse(io.StringIO(NBIB))
    assert (first["TI"], first["AB"]) == (SAMPLES[0].title, SAMPLES[0].abstract)
    assert (first["JT"], first["TA"]) == (SAMPLES[0].journal, SAMPLES[0].journal)
    assert (first["PMID"], first["DP"], first["PG"]) == ("31234567", "2020 Mar", "e17")
    assert (first["FAU"], first["CN"]) == (
        ["de Roux, Émile", "Smith, Alan B. Jr"],
        ["Cold and Ice Study Group"],
    )
    assert first["AID"] == ["10.5555/jci_1 [doi]"]
    assert (second["BTI"], second["ISBN"], second["EN"]) == (
        ["Handbook of Cold"],
        ["9781860163593"],
        ["2"],
    )
    assert (second["FED"], second["PB"]) == (
        ["Moreau, Luc", "Petit, Ann"],
        ["Springer Science and Business Media"],
    )
    assert "GN" not in first


def _dtd() -> Any:
    entrez = pytest.importorskip("Bio.Entrez")
    folder = Path(entrez.__file__).parent / "DTDs"
    return etree.DTD(folder / DOCTYPE.rpartition("/")[2].strip('">'))


def test_our_pubmed_xml_is_valid(kb: KnowledgeBase) -> None:
    dtd = _dtd()
    bare = Reference("x", type="misc")
    for references in (SAMPLES, (bare,), tuple(kb.library.values())):
        content = write(references, "pubmed-xml").content
        assert content.splitlines()[1] == DOCTYPE
        valid = dtd.validate(etree.fromstring(content.encode()))
        assert valid, dtd.error_log.filter_from_errors()
        assert "GeneralNote" not in content


def test_biopython_reads_our_pubmed_xml() -> None:
    entrez = pytest.importorskip("Bio.Entrez")
    found = entrez.read(io.BytesIO(PUBMED_XML.encode()))
    (article,), (book,) = found["PubmedArticle"], found["PubmedBookArticle"]
    citation = article["MedlineCitation"]
    stated = citation["Article"]
    assert (citation["PMID"], stated["ArticleTitle"]) == ("31234567", SAMPLES[0].title)
    assert [
        (one["LastName"], one["ForeName"], one["Initials"], one.get("Suffix", ""))
        for one in stated["AuthorList"][:2]
    ] == [("de Roux", "Émile", "É", ""), ("Smith", "Alan B.", "AB", "Jr")]
    assert stated["AuthorList"][2]["CollectiveName"] == "Cold and Ice Study Group"
    journal = stated["Journal"]
    assert (journal["Title"], journal["ISSN"]) == (SAMPLES[0].journal, "1234-5679")
    assert citation["MedlineJournalInfo"]["MedlineTA"] == SAMPLES[0].journal
    issue = journal["JournalIssue"]
    assert (issue["Volume"], issue["Issue"], issue["PubDate"]) == (
        "12",
        "3",
        {"Year": "2020", "Month": "Mar"},
    )
    assert stated["Pagination"] == {"StartPage": "e17", "MedlinePgn": "e17"}
    assert (stated["Language"], stated["ELocationID"]) == (["eng"], [SAMPLES[0].doi])
    assert stated["Abstract"]["AbstractText"] == [SAMPLES[0].abstract]
    assert stated["PublicationTypeList"] == ["Journal Article", "Randomized Controlled Trial"]
    assert citation["KeywordList"] == [["cold", "nerve"]]
    assert article["PubmedData"]["ArticleIdList"] == ["31234567", SAMPLES[0].doi]
    document = book["BookDocument"]
    whole = document["Book"]
    assert (document["ArticleTitle"], whole["BookTitle"]) == (SAMPLES[1].title, "Handbook of Cold")
    assert (whole["Publisher"]["PublisherName"], whole["Publisher"]["PublisherLocation"]) == (
        "Springer Science and Business Media",
        "Lyon",
    )
    assert [one["LastName"] for one in whole["AuthorList"][0]] == ["Moreau", "Petit"]
    assert [one["LastName"] for one in document["AuthorList"][0]] == ["Berg"]
    assert (whole["Isbn"], whole["Edition"], document["Language"]) == (
        ["9781860163593"],
        "2",
        ["fre"],
    )


@pytest.mark.parametrize("format", ["nbib", "pubmed-xml"])
def test_what_only_pubmed_says_goes_back_to_it(format: str) -> None:
    notice = "RetractionIn: Pain. 2021;9(1):3; discussion 4 (PMID 31234568)"
    reference = Reference(
        "cold",
        title="[Cold]",
        year=2021,
        journal="Journal of Cold",
        status="retracted",
        language="fr",
        issn="1234-5679",
        extra={
            "pubtype": "Journal Article; Retracted Publication",
            "mesh": "*Cold/therapy/*adverse effects; Pain",
            "notices": notice,
            "origtitle": "Froid",
            "shortjournal": "J Cold",
            "epub": "2020-12-05",
            "issn-linking": "2049-3630",
            "chemicals": "Lidocaine; Water",
            "databanks": "ClinicalTrials.gov/NCT01234567",
        },
    )
    content, lost = write([reference], format)
    (again,) = read(content).references
    stated = {name: text_of(again.extra.get(name, "")) for name in reference.extra}
    expected = dict(reference.extra)
    if format == "pubmed-xml":  # the name of the register stands in an element of its own
        expected["databanks"] = "NCT01234567"
    assert stated == expected
    assert (again.status, again.language, again.title) == ("retracted", "fr", "[Cold]")
    assert {loss.field for loss in lost} <= {"key", "databanks"}


def test_an_unknown_language_is_not_made_up() -> None:
    content = write([Reference("x", title="Cold")], "pubmed-xml").content
    assert "<Language>und</Language>" in content
    assert read(content).references[0].language == ""
    assert "\nLA  -" not in write([Reference("x", title="Cold")], "nbib").content
