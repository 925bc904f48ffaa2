"""What a claim's events make of it: who signed it and when, why it reads as it does, what was seen.

Values are those of docs/journal.md: a signature holds for 730 days, while nothing it stands on
changed.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from journal_made import SAYS, THEN, claim, decided, event, new_journal

from evidence.claims.claim import Claim, Link, Review
from evidence.claims.text import CitedSource, Text
from evidence.journal.event import DECISIONS, EVENT_KINDS, Entry, JournalError
from evidence.journal.merging import linked_reference
from evidence.journal.stage import stage_of
from evidence.journal.state import (
    ClaimState,
    Lapse,
    Rules,
    Signature,
    change,
    reference_digest,
    replay,
    signed_pages_of,
    signing_payload,
    sources_of,
    state_of,
    states_of,
    whole,
)
from evidence.journal.store import Journal
from evidence.journal.text_data import changed_text, dismissals
from references.record import Reference

TO_ASSESS = {"fr": "[à évaluer]", "en": "[to assess]"}
LIBRARY = {key: Reference(key, title=key, status="verified") for key in "ab"}


def unassessed() -> Claim:
    return claim(verdict=None, certainty=None, rationale=TO_ASSESS)


def signature(number: int, by: str, against: str, *lapses: Lapse, days: int = 0) -> Signature:
    signed = event(
        number,
        "sign-off",
        by=by,
        person=by.title(),
        against=against,
        at=THEN + timedelta(days=days),
    )
    return Signature(signed, lapses)


# ---- signatures -----------------------------------------------------------------------------


def test_the_review_is_of_all_who_signed_what_was_signed_last() -> None:
    old = Review(by="Eva", on=date(2025, 5, 5), claim_hash="f" * 64)
    bare = ClaimState("eases", claim(reviewed=old), claim())
    assert bare.review == old
    assert ClaimState("eases", None, claim()).review is None
    state = replace(
        bare,
        signatures=(
            signature(1, "zoe", "old"),
            signature(2, "anne", "new"),
            signature(3, "luc", "new", days=1),
            signature(4, "anne", "new", days=2),
        ),
    )
    assert state.review == Review(by="Anne, Luc", on=date(2026, 1, 3), claim_hash="new")


def test_who_signed_and_whose_signature_is_missing() -> None:
    gone = Lapse("claim-changed")
    two = Rules(signatures=2)

    def states(*signatures: Signature) -> list[tuple[bool, bool]]:
        of_one = ClaimState("eases", None, claim(), signatures=signatures)
        return [(s.signed, s.lapsed) for s in (of_one, replace(of_one, rules=two))]

    assert states() == [(False, False), (False, False)]
    anne, luc = signature(1, "anne", "x"), signature(2, "luc", "x")
    assert states(anne) == [(True, False), (False, False)]
    assert states(anne, luc) == [(True, False), (True, False)]
    assert states(replace(anne, lapses=(gone,))) == [(False, True), (False, True)]
    assert states(replace(anne, lapses=(gone,)), luc) == [(True, False), (False, True)]
    again = replace(signature(3, "anne", "x"), lapses=(gone,))
    assert states(anne, again) == [(True, False), (False, False)]
    of_both = ClaimState("eases", None, claim(), signatures=(anne, luc))
    assert of_both.signers == {"anne": "Anne", "luc": "Luc"}


def test_a_lapse_names_the_reference_and_all_of_them_are_told() -> None:
    first = claim(
        links=[Link(reference=key, stance="supports", note=SAYS) for key in ("a", "b", "c")]
    )
    payload = signing_payload(first, LIBRARY)
    signed = event(1, "sign-off", against=first.hash, payload=payload)
    changed = {"a": Reference("a", title="x"), "b": Reference("b", title="b", status="retracted")}
    state = state_of(
        "eases",
        first,
        [signed],
        changed,
        {"eases": ["page-changed", "lead-changed"]},
        Rules(valid_days=10),
        THEN + timedelta(days=10, seconds=1),
    )
    assert state.signatures[0].lapses == (
        Lapse("reference-changed", "a"),
        Lapse("reference-retracted", "b"),
        Lapse("page-changed"),
        Lapse("lead-changed"),
        Lapse("expired"),
    )
    assert not state.signatures[0].holds
    assert reference_digest(None) == ""
    assert len(reference_digest(LIBRARY["a"])) == 64


# ---- the reason -----------------------------------------------------------------------------


def review(number: int, reason: str = "", **changes: Any) -> Any:
    return event(number, "review", payload={"reason": reason, "changes": changes})


NOTE = event(5, "sign-off", payload={"note": "the trial is small"})


@pytest.mark.parametrize(
    ("events", "reason"),
    [
        ([], ""),
        ([review(1, "why", verdict="mixed")], "why"),
        ([review(1, "why", verdict="mixed"), review(2, kind="cause")], "why"),
        ([review(1, "why"), review(2, verdict="mixed")], ""),
        ([review(1, "why"), review(2, certainty="low")], ""),
        ([review(1, "why"), replace(review(2, "no"), accepted=False)], "why"),
        ([review(1, "why"), NOTE], "the trial is small"),
        ([NOTE, review(6, "why")], "why"),
        ([NOTE, event(6, "sign-off", payload={"note": ""})], "the trial is small"),
        ([NOTE, event(6, "comment", payload={"note": "x", "reason": "y"})], "the trial is small"),
        ([NOTE, event(6, "review", payload={})], "the trial is small"),
    ],
)
def test_the_reason_is_the_newest_that_was_given(events: list[Any], reason: str) -> None:
    assert ClaimState("eases", claim(), claim(), tuple(events)).reason == reason


def test_each_kind_of_event_says_what_it_says_and_no_other() -> None:
    says = {
        **{"to": "luc", "words": "w", "comment": "e0", "reason": "why", "note": "n"},
        **{"cited": "A", "status": "verified", "page": "p", "changes": {"url": "https://x.org/y"}},
    }
    text = Text.model_validate(
        {
            "id": "t",
            "title": SAYS,
            "language": "fr",
            "sections": [{"id": "s", "heading": SAYS}],
            "sources": [{"cited": "A", "status": "unchecked"}],
        }
    )
    first = claim()
    for kind in EVENT_KINDS:
        one = event(1, kind, against=first.hash, payload=says)
        state = state_of("eases", first, [replace(one, accepted=kind not in DECISIONS)])
        assert len(state.signatures) == (kind == "sign-off")
        assert state.assignee == ("luc" if kind == "assignment" else "")
        assert len(state.open_comments) == (kind == "comment")
        assert state.reason == ("n" if kind == "sign-off" else "")
        accepted = ClaimState("eases", first, first, (one,))
        assert accepted.reason == {"review": "why", "sign-off": "n"}.get(kind, "")
        assert signed_pages_of([one]) == ({"eases": "p"} if kind == "sign-off" else {})
        found = replace(one, payload={"cited": "A", "status": "verified"})
        checked = sources_of(text, [found])[0].status
        assert checked == ("verified" if kind == "source-checked" else "unchecked")
        assert bool(changed_text(text, [one]).url) == (kind == "text-changed")
        assert bool(dismissals([one])) == (kind == "sentence-dismissed")
        assert (stage_of([one]) is not None) == (kind == "stage")
        talk = event(0, "comment")
        open_ones = ClaimState("eases", first, first, (talk, one)).open_comments
        assert (talk in open_ones) == (kind != "comment-resolved")


# ---- first judgements -----------------------------------------------------------------------


def test_a_first_judgement_says_that_it_gives_no_reasons_for_the_certainty() -> None:
    first = unassessed()
    assert not first.is_assessed

    def asked(changes: Any, of: Claim | None = first, kind: Any = "review") -> Any:
        entry = Entry("anne", kind, "t", "eases", payload={"changes": changes, "reason": "-"})
        return whole(entry, of).payload["changes"]

    for name in ("verdict", "certainty", "rationale"):
        assert asked({name: "x"}) == {name: "x", "certainty_reasons": []}
    given = {"verdict": "mixed", "certainty_reasons": ["imprecision"]}
    assert asked(given) == given
    for changes, of, kind in (
        ({"kind": "cause"}, first, "review"),
        ({"verdict": "mixed"}, claim(), "review"),
        ({"verdict": "mixed"}, None, "review"),
        ({"verdict": "mixed"}, first, "comment"),
        ("verdict", first, "review"),
        (None, first, "review"),
    ):
        assert asked(changes, of, kind) == changes


def test_a_judgement_recorded_when_a_placeholder_stood_for_it_is_read_as_it_was() -> None:
    changes = {"rationale": SAYS.model_dump()}
    read = change(unassessed(), event(payload={"changes": changes}))
    assert read is not None
    assert (read.verdict, read.certainty) == ("no-evidence-found", "none")
    assert read.certainty_reasons == ("no-studies",)
    assert read.rationale == SAYS
    other = change(unassessed(), event(payload={"changes": {"kind": "cause"}}))
    assert other is not None
    assert not other.is_assessed
    assessed = change(claim(), event(payload={"changes": changes}))
    assert assessed is not None
    assert assessed.certainty_reasons == ()
    with pytest.raises(JournalError, match="without a verdict"):  # sent now, not recorded then
        change(unassessed(), Entry("anne", "review", "t", "eases", payload={"changes": changes}))


def test_what_a_decision_names_wrongly_is_told() -> None:
    wrong = {"changes": {"links": [], "id": "x", "kind": "cause"}}
    with pytest.raises(JournalError, match=r"cannot change id, links; it can change anchor, cav"):
        change(claim(), event(payload=wrong))
    other = claim("other").model_dump(mode="json")
    for payload in ({"claim": {**other, "kind": "x"}}, {"claim": {**other, "id": "A b"}}):
        with pytest.raises(JournalError, match=r"is not valid: (kind|id)"):
            change(None, event(kind="claim-added", payload=payload))
    with pytest.raises(JournalError, match="not valid: kind: "):  # the first of two
        change(claim(), event(payload={"changes": {"certainty": "sure", "kind": "x"}}))
    with pytest.raises(JournalError, match="'review' is not whole"):
        change(claim(), event(payload={"changes": 7}))


def test_the_reference_that_a_decision_about_a_link_names() -> None:
    assert linked_reference("link-added", {"link": {"reference": "a"}}) == "a"
    assert linked_reference("link-removed", {"reference": "b", "link": {"reference": "a"}}) == "b"
    assert linked_reference("link-added", {"reference": "b"}) is None
    assert linked_reference("link-added", {"link": "a"}) is None


# ---- decisions in a row ---------------------------------------------------------------------


def test_a_register_that_reads_as_twice_before_stands_at_the_last_of_these() -> None:
    first = claim()
    one, high = decided(1, first, "review", changes={"certainty": "high"})
    two, back = decided(2, high, "review", changes={"certainty": "low"})
    three, again = decided(3, back, "review", changes={"certainty": "high"})
    assert again == high
    four, last = decided(4, again, "review", changes={"verdict": "supported"})
    row = [one, two, three, four]
    assert replay(high, row) == (last, [four], [])
    assert replay(first, row) == (last, [three, four], [])
    late = replace(one, number=3, accepted=False)
    assert replay(last, [four, late, replace(late, number=2)])[2] == [
        replace(late, number=2),
        late,
    ]


def test_added_claims_stand_in_the_order_they_were_told(tmp_path: Path) -> None:
    text = Text.model_validate(
        {
            "id": "t",
            "title": SAYS,
            "language": "fr",
            "sections": [{"id": "s", "heading": SAYS}],
            "claims": [claim("one"), claim("two")],
            "sources": [{"cited": name, "status": "unchecked"} for name in ("A", "B", "C")],
        }
    )

    def added(number: int, name: str, after: str, kind: str = "claim-added") -> Any:
        plain = {"claim": claim(name).model_dump(mode="json"), "after": after}
        return event(number, kind, claim=name, result=claim(name).hash, payload=plain)

    events = [
        added(1, "three", "two"),
        added(2, "zero", ""),
        added(3, "half", "one"),
        added(4, "talk", "one", "comment"),
        event(5, "comment", claim="one"),
        event(6, "comment", claim=""),
    ]
    states = states_of(text, events, rules=Rules(valid_days=3))
    assert list(states) == ["one", "half", "two", "three", "zero", "talk"]
    assert [one.number for one in states["one"].events] == [5]
    assert all(one.rules.valid_days == 3 for one in states.values())
    assert states["one"].last == events[4]

    def checked(number: int, cited: str, status: str, kind: str = "source-checked") -> Any:
        return event(number, kind, claim="", payload={"cited": cited, "status": status})

    found = sources_of(
        text,
        [
            checked(1, "B", "differs"),
            checked(2, "none", "verified"),
            checked(3, "C", "verified", "comment"),
            checked(4, "B", "verified"),
        ],
    )
    assert [(one.cited, one.status) for one in found] == [
        ("A", "unchecked"),
        ("B", "verified"),
        ("C", "unchecked"),
    ]
    assert all(isinstance(one, CitedSource) for one in found)

    def data(number: int, changes: Any, **more: Any) -> Any:
        return event(number, "text-changed", claim="", payload={"changes": changes}, **more)

    now = changed_text(
        text,
        [
            data(1, {"url": "https://example.org/a", "headings": {"x": 1}}),
            data(2, {"url": "https://example.org/b"}, accepted=False),
            data(3, {"sources": 7}),
            data(4, {"publisher": "CHU"}),
            event(5, "comment", payload={"changes": {"publisher": "no"}}),
        ],
    )
    assert (now.url, now.publisher) == ("https://example.org/a", "CHU")
    assert (now.sections, now.sources, now.claims) == (text.sections, text.sources, text.claims)

    undone = [
        event(1, "sentence-dismissed", payload={"words": ["a  b", 7]}),
        event(2, "comment", payload={"words": "c"}),
        event(3, "sentence-dismissed", payload={"words": "d"}),
        event(4, "dismissal-undone", payload={"words": ["7", "never"]}),
    ]
    assert {words: one.number for words, one in dismissals(undone).items()} == {"a b": 1, "d": 3}


# ---- what the store makes of a decision -----------------------------------------------------


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Journal]:
    with new_journal(tmp_path) as opened:
        yield opened


def test_what_still_fits_is_recorded_against_what_stands(journal: Journal) -> None:
    first = claim()
    link = Link(reference="b", stance="qualifies", note=SAYS).model_dump(mode="json")
    journal.record(Entry("anne", "link-added", "t", "eases", first.hash, {"link": link}), first)
    second = claim(links=[*first.links, Link.model_validate(link)])
    fits = Entry("luc", "review", "t", "eases", first.hash, {"changes": {"kind": "safety"}})
    done = journal.record(fits, first)
    assert (done.conflict, done.event.against) == (None, second.hash)
    assert done.event.payload["seen"] == first.hash
    assert done.event.result == second.model_copy(update={"kind": "safety"}).hash
    assert journal.record(fits, first).event == done.event, "sent again it is the same"
    unseen = replace(fits, against="e" * 64, id="other")
    refused = journal.record(unseen, first)
    assert refused.conflict is not None
    assert (refused.event.accepted, refused.event.result) == (False, "e" * 64)
    assert [one.number for one in refused.conflict.since] == [1, 2]


def test_whoever_comes_second_is_told_of_what_came_after_what_they_saw(journal: Journal) -> None:
    states = [claim()]
    for changes in ({"certainty": "high"}, {"verdict": "supported"}, {"certainty": "moderate"}):
        now = states[-1]
        entry = Entry("anne", "review", "t", "eases", now.hash, {"changes": changes})
        assert journal.record(entry, claim()).conflict is None
        states.append(now.model_copy(update=changes))
    for seen, since in enumerate(([1, 2, 3], [2, 3], [3])):
        late = Entry("luc", "claim-removed", "t", "eases", states[seen].hash)
        conflict = journal.record(late, claim()).conflict
        assert conflict is not None
        assert (conflict.seen, conflict.current) == (states[seen], states[-1])
        assert [one.number for one in conflict.since] == since


def test_whoever_asks_first_is_asked_with_what_happened_to_it_before(journal: Journal) -> None:
    for claim_id in ("eases", "other"):
        journal.record(Entry("anne", "comment", "t", claim_id, payload={"words": claim_id}))
    seen: list[int] = []

    def where(before: Any) -> None:
        seen.extend(one.number for one in before)
        raise JournalError("it no longer belongs there")

    with pytest.raises(JournalError, match="no longer belongs"):
        journal.record(Entry("luc", "comment", "t", "other", payload={"words": "x"}), where=where)
    assert seen == [2]
    assert journal.head()[0] == 2


def test_an_instance_as_a_whole_has_events_of_no_text(journal: Journal) -> None:
    pair = Entry("anne", "pair-decided", "", payload={"same": True})
    assert journal.record(pair).event.text == ""
    with pytest.raises(JournalError, match="needs a person and a text"):
        journal.record(replace(pair, kind="comment", payload={"words": "x"}))
    with pytest.raises(JournalError, match="needs a person and a text"):
        journal.record(replace(pair, by=""))
    assert journal.head()[0] == 1
