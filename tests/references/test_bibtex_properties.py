"""Properties of BibTeX, LaTeX and names: whatever is written is read back as it was."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import example, given
from hypothesis import strategies as st
from reference_strategies import authors, persons, references, texts

from references.formats.bibtex import read_text, write_text
from references.formats.latex import decode, encode
from references.formats.names import read_authors, write_authors
from references.record import Author, Finding, Reference


@given(texts)
@example("100 % of {a} \\b $x_1^2$ ~ & # -- --- `` '' !` ?` << >> \" @")
@example("é ñ ø œ ß č Å \u0301 ﬁ 中文 العربية")
@example("\\'e \\c{c} {\\\"o}")
def test_latex_round_trip(text: str) -> None:
    assert " ".join(decode(encode(text)).split()) == text


@given(texts)
def test_encoded_text_has_balanced_braces(text: str) -> None:
    depth = 0
    for sign in encode(text):
        depth += (sign == "{") - (sign == "}")
        assert depth >= 0
    assert depth == 0


@given(persons)
@example(Author(family="and", given="And"))
@example(Author(family="de la Cruz", given="juan"))
@example(Author(family="others"))
@example(Author(family="Smith, Jones", given="A, B"))
def test_one_name_round_trip(author: Author) -> None:
    assert read_authors(write_authors((author,), False)) == ((author,), False)


@given(authors, st.booleans())
def test_author_list_round_trip(names: tuple[Author, ...], more: bool) -> None:
    assert read_authors(write_authors(names, more)) == (names, more)


@given(references)
@example(
    Reference("a2020b", findings=(Finding("@a", "", "", ""), Finding("@b{c", "", "", "@d{e,")))
)
def test_any_reference_round_trips(reference: Reference) -> None:
    found = read_text(write_text([reference]))
    assert found.problems == ()
    assert found.references == (reference,)


@given(references)
def test_writing_again_changes_nothing(reference: Reference) -> None:
    once = write_text([reference])
    assert write_text(read_text(once).references) == once


@given(references, texts.filter(bool))
def test_a_change_is_written_and_nothing_else(reference: Reference, title: str) -> None:
    (read,) = read_text(write_text([reference])).references
    changed = replace(read, title=title)
    (again,) = read_text(write_text([changed])).references
    assert again == replace(reference, title=title)


@given(st.text(max_size=300))
@example("@article{")
@example("@article{a,title={")
@example("@")
@example("@{}" * 50)
@example("@article{a, title = {{{{{{{{{{{{}")
@example("@string{a = b # c}")
def test_any_text_is_read_without_an_error(text: str) -> None:
    for problem in read_text(text, "x.bib").problems:
        assert problem.line >= 1
        assert problem.message


@given(st.lists(references, min_size=2, max_size=4, unique_by=lambda r: r.key), st.data())
def test_a_broken_entry_spoils_only_itself(items: list[Reference], data: st.DataObject) -> None:
    parts = [write_text([item]) for item in items]
    broken = data.draw(st.integers(0, len(parts) - 1))
    parts[broken] = "@article{broken2020,\n    title = {never closed\n}\n\n"
    found = read_text("\n".join(parts))
    assert found.references == tuple(r for i, r in enumerate(items) if i != broken)
    (problem,) = found.rejected
    assert problem.field == "broken2020"
    assert "not closed" in str(problem.message)
    assert problem.line == "\n".join(parts).split("@article{broken2020")[0].count("\n") + 1
