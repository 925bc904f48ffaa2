"""A printed source that was located, taken into the library of an instance."""

from __future__ import annotations

from pathlib import Path

import pytest

from evidence.journal import Journal
from evidence.knowledge import KnowledgeBase
from evidence.search.index.documents import read_abstracts
from evidence.services.doubles import decide
from evidence.services.taking import NotLocated, Taken, take, take_indexed
from references.formats.bibtex import read_file
from references.matching import Decided
from references.record import Author, Reference
from references.sources.work import Work
from references.verify import Check

ADDRESS = "https://example.org/works/77"


def located(status: str = "verified", **more: str) -> Check:
    """What a service answered on a printed source."""
    record = Reference(
        "77",
        title="Cold water and the feet of postmen",
        authors=(Author("Hale", "Tom"), Author("Ode", "Rita")),
        year=2019,
        journal="Foot Notes",
        volume="4",
        pages="11-19",
        doi="10.5555/feet.77",
        **more,
    )
    return Check("Hale T, Ode R. Cold water.", status, (Work("crossref", "77", ADDRESS, record),))


def test_the_record_is_what_the_service_answered(base: Path, tmp_path: Path) -> None:
    kb = KnowledgeBase(base, tmp_path / "instance")
    before = (base / "references" / "feet.bib").read_bytes()
    taken = take(kb, located())
    assert (taken.key, taken.is_new) == ("hale2019cold", True)
    record = kb.library[taken.key]
    assert (record.title, record.year, record.doi) == (
        "Cold water and the feet of postmen",
        2019,
        "10.5555/feet.77",
    )
    assert [one.address for one in record.provenance] == [ADDRESS]
    assert "doi" in record.provenance[0].seen
    assert record.added
    assert not record.findings
    assert (base / "references" / "feet.bib").read_bytes() == before
    kept = read_file(tmp_path / "instance" / "references" / "taken.bib")
    assert [one.key for one in kept.references] == [taken.key]


def test_taken_twice_it_is_there_once_and_other_processes_see_it(
    base: Path, tmp_path: Path
) -> None:
    kb, other = (KnowledgeBase(base, tmp_path / "instance") for _ in range(2))
    assert len(other.library) == 2
    stamp = other.library_fingerprint()
    first = take(kb, located())
    assert take(kb, located()) == type(first)(first.key, False)
    other.read_texts_again()
    assert len(other.library) == 3
    assert other.library_fingerprint() != stamp


NEARLY = """@article{hale2019,
  author = {Hale, Tom and Ode, Rita},
  title = {Cold water and the feet of postmen},
  journal = {Foot Notes},
  year = {2019},
}
"""


@pytest.mark.parametrize(
    ("decided", "is_new", "marked"),
    [(None, True, True), ("different", True, False), ("same", False, False)],
)
def test_what_was_decided_about_two_records_is_not_asked_again(
    base: Path, tmp_path: Path, decided: Decided | None, is_new: bool, marked: bool
) -> None:
    (base / "references" / "nearly.bib").write_text(NEARLY, "utf-8")
    kb = KnowledgeBase(base, tmp_path / "instance")
    if decided:
        (tmp_path / "instance").mkdir(exist_ok=True)
        with Journal.open(tmp_path / "instance") as journal:
            record = located().works[0].reference
            decide(journal, record, kb.library["hale2019"], decided, "anne")
    taken = take(kb, located())
    assert taken.is_new == is_new
    assert ("possibleduplicate" in kb.library[taken.key].extra) == marked


def test_a_record_of_the_index_keeps_its_abstract_beside_the_library(
    base: Path, tmp_path: Path
) -> None:
    instance = tmp_path / "instance"
    kb = KnowledgeBase(base, instance)
    record = Reference(
        "pmid-77", title="Cold water", year=2019, pmid="77", abstract="Forty postmen froze."
    )
    assert take_indexed(kb, record) == Taken("pmid-77", True)
    assert kb.library["pmid-77"].abstract == ""  # it belongs to its publisher
    assert read_abstracts(instance) == {"pmid-77": "Forty postmen froze."}


def test_a_work_of_the_library_is_named(base: Path, tmp_path: Path) -> None:
    kb = KnowledgeBase(base, tmp_path / "instance")
    own = Work("library", "moreau2020", "", kb.library["moreau2020"])
    assert take(kb, Check("x", "differs", (own,))).key == "moreau2020"
    assert not (tmp_path / "instance" / "references").exists()


@pytest.mark.parametrize("status", ["not-located", "unchecked", "retracted", "several-candidates"])
def test_what_was_not_located_is_not_taken(base: Path, tmp_path: Path, status: str) -> None:
    kb = KnowledgeBase(base, tmp_path / "instance")
    with pytest.raises(NotLocated, match="could not be located"):
        take(kb, located(status))
    assert len(kb.library) == 2
