"""What `evidence journal apply` writes of claims, signatures, sources and data, and what it leaves.

Each register is written out here, before and after.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from journal_made import SAYS, THEN, claim, decided, event

from evidence.claims.claim import Claim, Review
from evidence.claims.text import CitedSource, Text, read_text
from evidence.journal import apply
from evidence.journal.apply import WrittenClaims, apply_states
from evidence.journal.event import JournalError
from evidence.journal.register_file import RegisterFile
from evidence.journal.state import ClaimState, Rules, Signature, sources_of, states_of
from evidence.journal.text_data import changed_text
from references.errors import DataError

REGISTER = """\
id: t
title:
  fr: mot
  en: word
language: fr
sections:
  - id: s
    heading:
      fr: mot
      en: word
  - id: u
    heading:
      fr: autre
      en: other
sources:
  - cited: Moreau 2020
    status: unchecked
  - cited: Petit 2021
    status: unchecked
  - cited: Durand 2022
    status: unchecked
claims:
  - id: one
    section: s
    anchor: {start: x}
    statement: {fr: mot, en: word}
    kind: efficacy
    verdict: mixed
    certainty: low
    rationale: {fr: mot, en: word}
    reviewed:
      by: Eva
      on: '2025-05-05'
      claim_hash: HASH
  - id: two
    section: s
    anchor: {start: y}
    statement: {fr: mot, en: word}
    kind: safety
    verdict: no-evidence-found
    certainty: none
    certainty_reasons: [no-studies]
    rationale: {fr: '[à évaluer]', en: '[to assess]'}
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A register whose first claim was reviewed as it stands."""
    path = tmp_path / "t.yaml"
    path.write_text(REGISTER.replace("HASH", "f" * 64), "utf-8")
    path.write_text(REGISTER.replace("HASH", read(path).claims[0].hash), "utf-8")
    return path


def read(path: Path) -> Text:
    text, problems = read_text(path)
    assert text, problems
    return text


def written(path: Path, *states: ClaimState, **more: Any) -> tuple[WrittenClaims, list[str]]:
    """What was written, and the lines that came (+) and went (-)."""
    text, before = read(path), path.read_text("utf-8").splitlines()
    done = apply_states(path, text, states, **more)
    after = path.read_text("utf-8").splitlines()
    came = [f"+{line}" for line in after if line not in before]
    return done, came + [f"-{line}" for line in before if line not in after]


def signed(of: Claim, *people: str, **more: Any) -> ClaimState:
    """A claim that these people signed."""
    signatures = tuple(
        Signature(event(n, "sign-off", by=one, person=one.title(), against=of.hash))
        for n, one in enumerate(people, 1)
    )
    return ClaimState(of.id, of, of, signatures=signatures, **more)


# ---- signatures -----------------------------------------------------------------------------


def test_a_signature_is_written_once_and_none_takes_none_away(path: Path) -> None:
    one = read(path).claims[0]
    assert one.reviewed
    assert written(path, ClaimState("one", one, one)) == (WrittenClaims("t", path), [])
    lapsed = replace(signed(one, "anne"), rules=Rules(signatures=2))
    assert written(path, lapsed)[1] == []
    done, lines = written(path, signed(one, "anne", "luc", "anne"))
    assert (done.signed, done.changed) == (("one",), ())
    assert lines == [
        '+      by: "Anne, Luc"',
        "+      on: '2026-01-01'",
        "-      by: Eva",
        "-      on: '2025-05-05'",
    ]
    assert read(path).claims[0].reviewed == Review(
        by="Anne, Luc", on=date(2026, 1, 1), claim_hash=one.hash
    )
    again = read(path).claims[0]
    assert written(path, signed(again, "anne", "luc"))[0].is_empty


def test_a_signature_is_dated_by_the_last_and_none_is_of_a_claim_that_is_gone() -> None:
    later = replace(signed(claim(), "anne", "luc"))
    last = later.signatures[-1].event
    later = replace(
        later,
        signatures=(
            later.signatures[0],
            Signature(replace(last, at=THEN.replace(month=3))),
        ),
    )
    review = apply._review(later)
    assert review is not None
    assert (review.by, review.on) == ("Anne, Luc", date(2026, 3, 1))
    assert apply._review(replace(later, claim=None)) is None
    assert apply._review(replace(later, signatures=())) is None
    assert apply._review(replace(later, rules=Rules(signatures=3))) is None


# ---- judgements -----------------------------------------------------------------------------


def test_a_first_judgement_without_reasons_leaves_no_place_of_them(path: Path) -> None:
    two = read(path).claims[1]
    assert not two.is_assessed
    judged = Claim.model_validate(
        {**two.model_dump(), "verdict": "mixed", "certainty": "low", "rationale": SAYS}
    )
    done, lines = written(path, ClaimState("two", two, judged))
    assert done.changed == ("two",)
    assert "-    certainty_reasons: [no-studies]" in lines
    assert "certainty_reasons" not in path.read_text("utf-8")
    assert read(path).claims[1] == judged


def test_reasons_that_were_given_stand_and_an_open_claim_keeps_its_place(path: Path) -> None:
    two = read(path).claims[1]
    more = {"verdict": "mixed", "certainty": "low", "rationale": SAYS}
    judged = Claim.model_validate(
        {**two.model_dump(), **more, "certainty_reasons": ["imprecision"]}
    )
    other = two.model_copy(update={"kind": "cause"})
    assert "certainty_reasons" in path.read_text("utf-8")
    _, lines = written(path, ClaimState("two", two, other))
    assert lines == ["+    kind: cause", "-    kind: safety"]
    now = read(path).claims[1]
    _, lines = written(path, ClaimState("two", now, judged))
    assert "+    certainty_reasons: [imprecision]" in lines
    assert "-    certainty_reasons: [no-studies]" in lines


# ---- claims that come -----------------------------------------------------------------------


def test_claims_come_where_they_are_told_also_beside_one_that_waits(path: Path) -> None:
    one, two = read(path).claims

    def new(name: str) -> ClaimState:
        return ClaimState(name, None, one.model_copy(update={"id": name, "reviewed": None}))

    def order() -> list[str]:
        return [one.id for one in read(path).claims]

    waits = ClaimState("one", one, None, pending=(event(),))
    done, _ = written(path, waits, new("half"), ClaimState("two", two, two), signed_only=True)
    assert (done.added, done.removed, order()) == (("half",), (), ["one", "half", "two"])
    one, half, two = read(path).claims
    gone = ClaimState("half", half, None)
    done, _ = written(path, ClaimState("one", one, one), gone, ClaimState("two", two, two))
    assert (done.removed, order()) == (("half",), ["one", "two"])
    done, _ = written(path, new("first"), *(ClaimState(c.id, c, c) for c in (one, two)))
    assert order() == ["one", "two", "first"], "no claim was told before it"
    assert ClaimState("none", None, None).claim is None
    assert written(path, ClaimState("none", None, None))[0].is_empty


def test_the_only_claim_may_go_and_another_come(path: Path) -> None:
    text = path.read_text("utf-8")
    path.write_text(text[: text.index("  - id: two")] + "# the end\n", "utf-8")
    (one,) = read(path).claims
    new = one.model_copy(update={"id": "new", "reviewed": None})
    gone = ClaimState("one", one, None)
    done, _ = written(path, gone, ClaimState("new", None, new), dry_run=True)
    assert (done.added, done.removed) == (("new",), ("one",))
    assert read(path).claims == (one,)
    written(path, gone, ClaimState("new", None, new))
    assert read(path).claims == (new,)
    (now,) = read(path).claims
    written(path, ClaimState("new", now, None))
    assert path.read_text("utf-8").endswith("claims: []\n# the end\n")


# ---- sources and data -----------------------------------------------------------------------


def test_each_source_that_was_found_is_written(path: Path) -> None:
    text = read(path)
    checked = [
        event(n, "source-checked", payload={"cited": cited, "status": status})
        for n, (cited, status) in enumerate(
            (("Petit 2021", "verified"), ("Durand 2022", "not-located")), 1
        )
    ]
    done = apply_states(path, text, [], sources_of(text, checked))
    assert done.sources == ("Petit 2021", "Durand 2022")
    assert [one.status for one in read(path).sources] == ["unchecked", "verified", "not-located"]


def test_data_of_a_text_as_they_stand(path: Path) -> None:
    text = read(path)

    def changed(**changes: Any) -> tuple[WrittenClaims, list[str]]:
        now = changed_text(read(path), [event(1, "text-changed", payload={"changes": changes})])
        done, lines = written(path, now=now, sources=now.sources)
        assert read(path) == now
        return done, lines

    assert changed() == (WrittenClaims("t", path), [])
    done, lines = changed(headings={"u": {"fr": "autre", "en": "another"}})
    assert (done.data, lines) == (("u",), ["+      en: another", "-      en: other"])
    done, lines = changed(title={"fr": "titre", "en": "word"}, publisher="CHU")
    assert (done.data, lines) == (
        ("title", "publisher"),
        ["+  fr: titre", "+publisher: CHU", "-  fr: mot"],
    )
    cited = [one.model_dump(mode="json") for one in text.sources]
    done, _ = changed(sources=cited[:2])
    assert (done.data, done.sources) == (("sources",), ())
    done, _ = changed(sources=[])
    assert read(path).sources == ()


def test_what_was_found_of_sources_that_are_listed_anew_is_written_with_them(path: Path) -> None:
    text = read(path)
    found = (
        CitedSource(cited="New 2023", status="verified"),
        text.sources[0].model_copy(update={"status": "differs"}),
    )
    now = text.model_copy(update={"sources": found})
    done = apply_states(path, text, [], found, now=now)
    assert (done.data, done.sources) == (("sources",), ())
    assert [(one.cited, one.status) for one in read(path).sources] == [
        ("New 2023", "verified"),
        ("Moreau 2020", "differs"),
    ]


# ---- what would not say what was decided ------------------------------------------------------


def test_a_result_is_read_before_it_is_written(path: Path) -> None:
    text = read(path)
    result = path.read_text("utf-8")
    hashes = {one.id: one.hash for one in text.claims}
    apply._prove(path, result, hashes)
    for expected in (
        {**hashes, "two": "x"},
        {"one": hashes["one"]},
        {**hashes, "two": "x", "z": "y"},
    ):
        with pytest.raises(JournalError, match=r"t\.yaml was not written: two"):
            apply._prove(path, result, expected)
    with pytest.raises(JournalError, match=r"was not written: one, two would not say"):
        apply._prove(path, result, {})
    with pytest.raises(DataError):
        apply._prove(path, result.replace("language: fr", "language: 7"), hashes)


def test_what_happened_as_it_is_told(path: Path) -> None:
    done = WrittenClaims("t", path, changed=("one",), data=("title",))
    assert not done.is_empty
    assert done.as_dict() == {
        **{"text": "t", "file": str(path), "changed": ["one"], "added": [], "removed": []},
        **{"signed": [], "sources": [], "data": ["title"]},
    }
    assert all(
        not WrittenClaims("t", path, **{kind: ("x",)}).is_empty
        for kind in ("changed", "added", "removed", "signed", "sources", "data")
    )
    assert WrittenClaims("t", path).is_empty


def test_claims_of_a_register_and_of_events_are_in_one_order(path: Path) -> None:
    text = read(path)
    one, after = decided(1, text.claims[0], "review", changes={"kind": "cause"})
    states = states_of(text, [replace(one, claim="one")]).values()
    done, lines = written(path, *states)
    assert done.changed == ("one",)
    assert lines == ["+    kind: cause", "-    kind: efficacy"]
    assert after is not None
    assert read(path).claims[0].hash == after.hash


# ---- lines ----------------------------------------------------------------------------------


def lines_of(tmp_path: Path, content: str) -> RegisterFile:
    (tmp_path / "r.yaml").write_text(content, "utf-8")
    return RegisterFile(tmp_path / "r.yaml")


@pytest.mark.parametrize(
    ("before", "key", "value", "after"),
    [
        # The first field of an entry keeps its dash, whatever it becomes.
        ("a:\n  - id: x  # why\n    b: 1\n", "id", "y", "a:\n  - id: y  # why\n    b: 1\n"),
        ("a:\n  - b: x\n", "b", ["y"], "a:\n  - b: [y]\n"),
        ("a:\n  - b:  # none\n", "b", "y", "a:\n  - b: y  # none\n"),
        (
            "a:\n  - id: x\n    b: >\n      c\n\n    d: 1\n",
            "b",
            None,
            "a:\n  - id: x\n\n    d: 1\n",
        ),
        ("a:\n  - id: x\n    b: 'c # d'\n", "b", "e", "a:\n  - id: x\n    b: e\n"),
        ("a:\n  - id: x\n", "b", {"c": "d"}, "a:\n  - id: x\n    b:\n      c: d\n"),
        (
            "a:\n  - id: x\n    b: 1  # one\n",
            "b",
            {"c": "d"},
            "a:\n  - id: x\n    b:\n      c: d\n",
        ),
        ("a:\n- id: x\n  # last\n", "b", "c", "a:\n- id: x\n  b: c\n  # last\n"),
    ],
)
def test_a_field_of_an_entry(tmp_path: Path, before: str, key: str, value: Any, after: str) -> None:
    file = lines_of(tmp_path, before)
    (entry,) = file.items("a")
    file.field(entry, key, value)
    assert file.result() == after


ALIASED = "a:\n  - id: &x one\n    b: 1\n  - id: two\n    c: *x\n    d: 1\n"


def test_an_alias_is_written_over_where_it_stands(tmp_path: Path) -> None:
    file = lines_of(tmp_path, ALIASED)
    file.field(file.items("a")[1], "c", "y")
    assert file.result() == ALIASED.replace("*x", "y")


def test_a_field_behind_an_alias_stands_in_its_own_entry(tmp_path: Path) -> None:
    file = lines_of(tmp_path, ALIASED.replace("    d: 1\n", ""))
    file.field(file.items("a")[1], "e", "z")
    assert file.result() == ALIASED.replace("d: 1", "e: z")


def test_fields_stand_in_the_order_of_claims(tmp_path: Path) -> None:
    file = lines_of(tmp_path, "claims:\n  - odd: 1\n    id: x\n    kind: cause\n    links: []\n")
    (entry,) = file.items("claims")
    file.field(entry, "verdict", "mixed")
    file.field(entry, "section", "s")
    file.field(entry, "unheard", "z")
    assert file.result() == (
        "claims:\n  - odd: 1\n    id: x\n    section: s\n    kind: cause\n    verdict: mixed\n"
        "    links: []\n    unheard: z\n"
    )


def test_items_are_those_of_a_list_under_that_key(tmp_path: Path) -> None:
    file = lines_of(tmp_path, "a: {b: 1}\nb: [1, 2]\nc:\n- 1\n")
    assert [len(file.items(key)) for key in "abcd"] == [0, 2, 1, 0]
    assert [file.key_line(key) for key in "abcd"] == [0, 1, 2, None]
    file.remove(file.items("c")[0])
    file.empty("c")
    assert file.result() == "a: {b: 1}\nb: [1, 2]\nc: []\n"
