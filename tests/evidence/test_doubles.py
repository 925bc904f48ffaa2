"""Doubtful pairs: listed, decided once, known to imports, written into the files."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner

from evidence.claims.text import CitedSource, Text
from evidence.cli import cli
from evidence.journal import Entry, Journal
from evidence.knowledge import KnowledgeBase
from evidence.services.doubles import (
    candidates_of,
    decide,
    decisions_of,
    kept_decisions,
    open_pairs,
    write,
)
from references.errors import UserError
from references.intake.intake import take_in
from references.matching import Decided, PairDecision, PairDecisions, find_duplicates

BIB = """% what stands beside records stays

@article{moreau2019cold,
  author = {Moreau, Anne and Petit, Luc},
  title = {Cold for pain of the pelvis after childbirth},
  journal = {Rev Douleur},
  year = {2019},
}

@article{moreau2019coldb,
  author = {Moreau, Anne and Petit, Luc},
  title = {Cold for pain of the pelvis after childbirth},
  journal = {Rev Douleur},
  year = {2019},
  doi = {10.5555/cold},
  possibleduplicate = {moreau2019cold},
}
"""
AGAIN = """@article{other,
  author = {Moreau, Anne and Petit, Luc},
  title = {Cold for pain of the pelvis after childbirth},
  journal = {Rev Douleur},
  year = {2019},
  doi = {10.5555/cold},
  volume = {7},
}
"""


@pytest.fixture
def base(tmp_path: Path) -> Path:
    CliRunner().invoke(cli, ["init", str(tmp_path / "kb")], catch_exceptions=False)
    (tmp_path / "kb" / "references" / "two.bib").write_text(BIB, encoding="utf-8")
    return tmp_path / "kb"


@pytest.fixture
def journal(instance: Path) -> Iterator[Journal]:
    with Journal.open(instance) as opened:
        yield opened


def _decide(base: Path, journal: Journal, decided: Decided, relation: str = "") -> PairDecision:
    library = KnowledgeBase(base).library
    a, b = library["moreau2019coldb"], library["moreau2019cold"]
    return decide(journal, a, b, decided, "anne", "Anne Martin", relation, " They\nsay so. ")


def test_a_pair_waits_until_somebody_decides(base: Path, journal: Journal, instance: Path) -> None:
    library = KnowledgeBase(base).library
    (pair,) = open_pairs(library, (), PairDecisions())
    assert (pair.a.key, pair.b.key) == ("moreau2019coldb", "moreau2019cold")
    assert {"title", "authors", "year", "journal"} <= set(pair.pair.agree)
    made = _decide(base, journal, "different")
    assert (made.keys, made.reason) == (("moreau2019coldb", "moreau2019cold"), "They say so.")
    assert decisions_of(journal) == [made]
    assert not open_pairs(library, (), kept_decisions(instance))
    (event,) = journal.events("", "")
    assert (event.kind, event.by, event.person) == ("pair-decided", "anne", "Anne Martin")


def test_the_decision_is_known_under_other_keys_and_after_filling(
    base: Path, journal: Journal
) -> None:
    decisions = PairDecisions([_decide(base, journal, "different")])
    library = KnowledgeBase(base).library
    a, b = library["moreau2019coldb"], library["moreau2019cold"]
    filled = replace(a, key="x", volume="7", pages="1-9")  # known by its DOI
    assert decisions.about(replace(b, key="y"), filled)
    assert not decisions.about(a, replace(b, year=2020, volume="3"))  # another record
    third = replace(a, key="z", title="Heat for pain of the shoulder in swimmers")
    assert not decisions.about(a, third), "one DOI on two works tells neither"


@pytest.mark.parametrize(
    ("decided", "relation", "added", "merged", "doubtful"),
    [
        (None, "", 1, 0, 1),
        ("same", "", 0, 1, 0),
        ("different", "", 1, 0, 0),
        ("related", "comment-on", 1, 0, 0),
    ],
)
def test_an_import_does_not_ask_again(
    base: Path,
    journal: Journal,
    tmp_path: Path,
    decided: Decided | None,
    relation: str,
    added: int,
    merged: int,
    doubtful: int,
) -> None:
    decisions = PairDecisions([_decide(base, journal, decided, relation)] if decided else [])
    incoming = tmp_path / "again.bib"
    incoming.write_text(AGAIN, encoding="utf-8")
    library = [KnowledgeBase(base).library["moreau2019cold"]]
    intake = take_in([incoming], tmp_path / "to.bib", library, decisions=decisions)
    assert (len(intake.added), len(intake.merged)) == (added, merged)
    assert len(intake.doubtful) == doubtful


def test_two_works_lose_the_mark_and_nothing_else(base: Path, journal: Journal) -> None:
    decisions = PairDecisions([_decide(base, journal, "different")])
    file = base / "references" / "two.bib"
    changes = write(KnowledgeBase(base), (), decisions, dry_run=True)
    assert [one.done for one in changes] == ["unmarked"]
    assert file.read_text(encoding="utf-8") == BIB
    write(KnowledgeBase(base), (), decisions, dry_run=False)
    text = file.read_text(encoding="utf-8")
    assert text.startswith(BIB[: BIB.index("@article{moreau2019coldb")])
    assert "possibleduplicate" not in text
    before = KnowledgeBase(base).library["moreau2019coldb"]
    assert (before.doi, before.year, len(before.authors)) == ("10.5555/cold", 2019, 2)
    assert write(KnowledgeBase(base), (), decisions, dry_run=False) == []


def test_marks_of_both_records_go_at_once(base: Path, journal: Journal) -> None:
    file = base / "references" / "two.bib"
    back = "@article{moreau2019cold,\n  possibleduplicate = {moreau2019coldb},"
    file.write_text(BIB.replace("@article{moreau2019cold,", back, 1), "utf-8")
    decisions = PairDecisions([_decide(base, journal, "different")])
    write(KnowledgeBase(base), (), decisions, dry_run=False)
    assert "possibleduplicate" not in file.read_text("utf-8")


def test_related_records_say_how(base: Path, journal: Journal) -> None:
    decisions = PairDecisions([_decide(base, journal, "related", "comment-on")])
    write(KnowledgeBase(base), (), decisions, dry_run=False)
    library = KnowledgeBase(base).library
    (relation,) = library["moreau2019coldb"].related
    assert (relation.kind, relation.key) == ("comment-on", "moreau2019cold")
    assert "possibleduplicate" not in library["moreau2019coldb"].extra


def test_one_work_is_one_record_again(base: Path, journal: Journal) -> None:
    decisions = PairDecisions([_decide(base, journal, "same")])
    write(KnowledgeBase(base), (), decisions, dry_run=False)
    library = KnowledgeBase(base).library
    assert "moreau2019coldb" not in library
    assert library["moreau2019cold"].doi == "10.5555/cold"
    text = (base / "references" / "two.bib").read_text(encoding="utf-8")
    assert text.startswith("% what stands beside records stays\n\n@article{moreau2019cold,")


def test_what_others_name_stays(base: Path, journal: Journal) -> None:
    naming = "".join(
        f"@misc{{n{n}, title = {{A note about it}}, related = {{comment-on | {key}}},}}\n"
        for n, key in enumerate(("moreau2019cold", "moreau2019coldb"))
    )
    (base / "references" / "notes.bib").write_text(naming, encoding="utf-8")
    decisions = PairDecisions([_decide(base, journal, "same")])
    changes = write(KnowledgeBase(base), (), decisions, dry_run=False)
    assert [(one.key, one.done) for one in changes] == [("moreau2019coldb", "related")]
    (relation,) = KnowledgeBase(base).library["moreau2019coldb"].related
    assert (relation.kind, relation.key) == ("same-work", "moreau2019cold")


def test_a_candidate_that_is_there_already_goes(
    base: Path, journal: Journal, tmp_path: Path
) -> None:
    waiting = tmp_path / "candidates.bib"
    shutil.copy(base / "references" / "two.bib", waiting)
    waiting.write_text("@article" + BIB.split("@article")[2], encoding="utf-8")
    (base / "references" / "two.bib").write_text(BIB.split("@article{moreau2019coldb")[0], "utf-8")
    kb, candidates = KnowledgeBase(base), candidates_of(waiting)
    (pair,) = open_pairs(kb.library, candidates, PairDecisions())
    made = decide(journal, pair.a, pair.b, "same", "anne")
    write(kb, candidates, PairDecisions([made]), dry_run=False)
    assert candidates_of(waiting) == ()
    assert KnowledgeBase(base).library["moreau2019cold"].doi == "10.5555/cold"


def test_a_candidate_gives_way_to_the_record_of_the_library(
    base: Path, journal: Journal, tmp_path: Path
) -> None:
    waiting, two = tmp_path / "candidates.bib", base / "references" / "two.bib"
    first, second = (f"@article{part}" for part in BIB.split("@article")[1:])
    waiting.write_text(first, encoding="utf-8")
    two.write_text(second, encoding="utf-8")  # the library's is the one with the mark
    kb, candidates = KnowledgeBase(base), candidates_of(waiting)
    (pair,) = open_pairs(kb.library, candidates, PairDecisions())
    made = decide(journal, pair.a, pair.b, "same", "anne")
    write(kb, candidates, PairDecisions([made]), dry_run=False)
    assert candidates_of(waiting) == ()
    assert "moreau2019coldb" in KnowledgeBase(base).library


def _example(base: Path, **more: object) -> Text:
    return KnowledgeBase(base).texts["example"].model_copy(update=more)


@pytest.mark.parametrize("field", ["reference", "nearest"])
def test_what_is_found_for_a_cited_source_stays(base: Path, journal: Journal, field: str) -> None:
    decisions = PairDecisions([_decide(base, journal, "same")])
    found = "moreau2019coldb" if field == "reference" else ("moreau2019coldb",)
    source = CitedSource.model_validate({"cited": "Moreau", "status": "differs", field: found})
    text = _example(base, sources=(source,))
    write(KnowledgeBase(base), (), decisions, dry_run=False, texts=[text])
    library = KnowledgeBase(base).library
    assert [key for key in library if key.startswith("moreau")] == ["moreau2019coldb"]


def test_what_was_linked_at_the_desk_stays(base: Path, journal: Journal, instance: Path) -> None:
    _decide(base, journal, "same")
    claim = _example(base).claims[0]
    link = {"reference": "moreau2019coldb", "stance": "supports", "directness": {}}
    payload = {"link": {**link, "note": {"fr": "Un essai.", "en": "One trial."}}}
    event = Entry("anne", "link-added", "example", claim.id, claim.hash, payload)
    assert journal.record(event, claim).conflict is None
    arguments = ["--kb", str(base), "--instance", str(instance), "doubles", "apply"]
    done = CliRunner().invoke(cli, arguments, catch_exceptions=False)
    assert "moreau2019cold is gone" in done.output
    assert "moreau2019coldb" in KnowledgeBase(base).library


@pytest.mark.parametrize("decided", ["same", "related"])
def test_pairs_that_nothing_has_marked_are_written_too(
    base: Path, journal: Journal, decided: Decided
) -> None:
    file = base / "references" / "two.bib"
    file.write_text(BIB.replace("  possibleduplicate = {moreau2019cold},\n", ""), "utf-8")
    relation = "comment-on" if decided == "related" else ""
    decisions = PairDecisions([_decide(base, journal, decided, relation)])
    write(KnowledgeBase(base), (), decisions, dry_run=False)
    library = KnowledgeBase(base).library
    if decided == "same":
        assert find_duplicates(library.values()) == []
    else:
        (told,) = library["moreau2019coldb"].related
        assert (told.kind, told.key) == ("comment-on", "moreau2019cold")
    assert write(KnowledgeBase(base), (), decisions, dry_run=False) == []


def test_both_that_others_name_are_related_once(base: Path, journal: Journal) -> None:
    named = {"moreau2019cold", "moreau2019coldb"}
    sources = tuple(CitedSource(cited=key, status="verified", reference=key) for key in named)
    text = _example(base, sources=sources)
    library = KnowledgeBase(base).library
    a, b = library["moreau2019cold"], library["moreau2019coldb"]  # the mark is on the second
    decisions = PairDecisions([decide(journal, a, b, "same", "anne")])
    for changes in (1, 0):
        made = write(KnowledgeBase(base), (), decisions, dry_run=False, texts=[text])
        assert len(made) == changes


def test_a_relation_keeps_its_direction_when_a_key_was_changed(
    base: Path, journal: Journal
) -> None:
    decisions = PairDecisions([_decide(base, journal, "related", "comment-on")])
    file = base / "references" / "two.bib"
    file.write_text(BIB.replace("moreau2019coldb", "comment"), encoding="utf-8")
    write(KnowledgeBase(base), (), decisions, dry_run=False)
    library = KnowledgeBase(base).library
    assert [(one.kind, one.key) for one in library["comment"].related] == [
        ("comment-on", "moreau2019cold")
    ]
    assert library["moreau2019cold"].related == ()


def test_two_records_that_say_the_same_are_known_by_their_keys(
    base: Path, journal: Journal
) -> None:
    file = base / "references" / "two.bib"
    file.write_text(BIB.replace("  doi = {10.5555/cold},\n", ""), encoding="utf-8")
    library = KnowledgeBase(base).library
    decisions = PairDecisions([_decide(base, journal, "different")])
    assert open_pairs(library, (), decisions, everything=True) == []
    a, b = library["moreau2019coldb"], library["moreau2019cold"]
    assert decisions.about(b, replace(a, doi="10.5555/cold"))  # completed since
    assert not decisions.about(b, replace(a, title="Heat for pain of the shoulder in swimmers"))
    assert not decisions.about(b, replace(a, key="third"))
    changes = write(KnowledgeBase(base), (), decisions, dry_run=False)
    assert [(one.key, one.done) for one in changes] == [("moreau2019coldb", "unmarked")]


def test_a_decision_is_one_of_three_about_two(base: Path, journal: Journal) -> None:
    one = KnowledgeBase(base).library["moreau2019cold"]
    other = KnowledgeBase(base).library["moreau2019coldb"]
    with pytest.raises(UserError, match="name two"):
        decide(journal, one, one, "same", "anne")
    for decided, relation in (("related", ""), ("related", "cousin-of"), ("same", "comment-on")):
        with pytest.raises(UserError, match="what the first record is to the second"):
            decide(journal, one, other, decided, "anne", relation=relation)  # type: ignore[arg-type]
    assert journal.events() == []


def test_the_commands(base: Path, instance: Path) -> None:
    def run(*arguments: str) -> tuple[int, str]:
        at = ["--kb", str(base), "--instance", str(instance)]
        done = CliRunner().invoke(cli, [*at, "doubles", *arguments])
        return done.exit_code, done.output

    code, told = run("list")
    assert (code, "moreau2019coldb and moreau2019cold: " in told) == (1, True)
    assert run("list", "--all")[0] == 1
    code, told = run("decide", "moreau2019coldb", "moreau2019cold", "same", "--by", "anne")
    assert (code, "are one work" in told) == (0, True)
    assert run("list", "--all")[0] == 0
    assert "moreau2019coldb is gone" in run("apply", "--dry-run")[1]
    assert run("apply")[0] == 0
    assert find_duplicates(KnowledgeBase(base).library.values()) == []
