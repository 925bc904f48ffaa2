"""BibTeX as other programs write it: inheritance, identifiers in other words, broken entries."""

from __future__ import annotations

from dataclasses import replace

from references.formats import read, write
from references.formats.bibtex import read_text, write_text
from references.record import Author

FILE = """\
@article{part, title = {A gnat}, crossref = {whole}}

@inbook{chapter, title = {Chapter one}, crossref = {Book}, doi = {10.1000/one}}

@incollection{other, title = {Other}, xdata = {series1, place}}

@article{pubmed, title = {Cold}, eprint = {25511381}, eprinttype = {pubmed}}

@article{whole, journal = {Journal of Gnats}, year = 1986, volume = 41, number = 7, note = {all}}

@book{book, author = {Doe, Jane}, title = {The Book}, date = {2001-05-03}, doi = {10.1000/all}}

@xdata{series1, publisher = {Press}, xdata = {place}}

@xdata{place, location = {Paris}, xdata = {series1}}
"""


def test_entries_take_what_they_lack_from_crossref_and_xdata() -> None:
    found = {reference.key: reference for reference in read_text(FILE).references}
    part, chapter, other = found["part"], found["chapter"], found["other"]
    assert (part.journal, part.year, part.volume, part.number) == (
        "Journal of Gnats",
        1986,
        "41",
        "7",
    )
    assert "note" not in part.extra
    assert (chapter.title, chapter.journal, chapter.year) == ("Chapter one", "The Book", 2001)
    assert chapter.authors == (Author(family="Doe", given="Jane"),)
    assert chapter.doi == "10.1000/one"
    assert (other.publisher, other.extra["location"]) == ("Press", "Paris")
    assert found["pubmed"].pmid == "25511381"


def test_what_another_entry_says_is_not_written_into_this_one() -> None:
    once = write_text(read_text(FILE).references)
    assert once.count("Journal of Gnats") == once.count("Doe, Jane") == once.count("Paris") == 1
    assert "pmid" not in once
    assert write_text(read_text(once).references) == once


def test_an_exported_entry_stands_alone() -> None:
    references = read_text(FILE).references[:4]
    content = write(references, "bibtex").content
    assert isinstance(content, str)
    assert read(content, "bibtex").references == references
    assert content.count("Journal of Gnats") == content.count("Doe, Jane") == 1
    assert "pmid = {25511381}" in content


def test_entries_that_name_each_other_in_crowds_are_read_at_once() -> None:
    crowd = "\n".join(
        f"@xdata{{x{i}, xdata = {{{','.join(f'x{j}' for j in range(60))}}}, note = {{n}}}}"
        for i in range(60)
    )
    assert len(read_text(crowd).references) == 60


def test_strings_that_double_each_other_are_refused() -> None:
    bomb = "@string{s0 = {0123456789}}\n" + "".join(
        f"@string{{s{n} = s{n - 1} # s{n - 1}}}\n" for n in range(1, 40)
    )
    found = read_text(bomb + "@article{a, title = s39}\n@article{b, title = s3}\n", "x.bib")
    assert [reference.key for reference in found.references] == ["a", "b"]
    assert found.references[1].title == "0123456789" * 8
    assert "x.bib:12 [s11]: the @string is longer" in str(found.rejected[0])


def test_words_in_comparator_are_its_older_form_and_make_room_for_concepts() -> None:
    old = "@article{a2020b, title = {T}, comparator = {82 control women}}"
    (reference,) = read_text(old).references
    assert reference.study.comparison == "82 control women"
    assert reference.study.comparators == ()
    assert "comparator = {82 control women}" in write_text([reference])
    study = replace(reference.study, comparators=("placebo", "usual-care"))
    written = write_text([replace(reference, study=study)])
    assert "comparator = {placebo, usual-care}" in written
    assert "comparison = {82 control women}" in written


def test_french_words_that_do_not_match_are_kept_and_remarked() -> None:
    entry = (
        "@article{a2020b, title = {T}, finding = {pain | | 3 | ;; sleep | | 4 |}, "
        "finding_fr = {douleur | | |}}"
    )
    reading = read_text(entry)
    (reference,) = reading.references
    assert [finding.words("fr").outcome for finding in reference.findings] == ["pain", "sleep"]
    assert reference.extra["finding_fr"] == "douleur | | |"
    (remark,) = reading.remarks
    assert remark.field == "a2020b.finding_fr"
    assert "finding_fr = {douleur | | |}" in write_text([reference])
