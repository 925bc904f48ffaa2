"""The journal in small: events and their chain, what decisions make of a claim, who may sign in,
and lines of a register that are replaced.

Waits follow docs/accounts: doubling from the fifth failure, never over a quarter of an hour.
The chain is checked with SHA-256 over JSON written here, not by the code that made it.
"""

from __future__ import annotations

import hashlib
import io
import json
import tarfile
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from argon2 import PasswordHasher
from journal_made import SAYS, THEN, claim, decided, event, new_journal
from sqlalchemy import text as sql

from evidence.claims.claim import Claim, Link
from evidence.claims.text import CitedSource, Text, read_text
from evidence.journal import archive, passwords
from evidence.journal.accounts import (
    Account,
    AccountError,
    Accounts,
    Throttled,
    check_password,
    may,
)
from evidence.journal.apply import WrittenClaims, apply_states
from evidence.journal.database import Cooldown
from evidence.journal.event import (
    Entry,
    Event,
    JournalError,
    JournalUnavailable,
    canonical,
    event_hash,
    read_row,
    write_row,
)
from evidence.journal.merging import still_fits
from evidence.journal.register_file import RegisterFile
from evidence.journal.stage import stage_of
from evidence.journal.state import (
    ClaimState,
    LapseReason,
    Rules,
    Signature,
    change,
    claim_at,
    reference_digest,
    replay,
    signed_pages_of,
    signing_payload,
    sources_of,
    state_of,
    states_of,
    versions_of,
)
from evidence.journal.store import Journal
from references.errors import DataError, NotFound, message
from references.record import Reference

# ---- events -----------------------------------------------------------------------------


def row(**more: Any) -> dict[str, Any]:
    plain = event(payload={"b": 1, "a": "é"}).as_dict()
    return {**write_row(plain), **more}


def test_an_event_is_hashed_with_all_it_says_and_the_one_before() -> None:
    stored = row(previous="0" * 64)
    by_hand = json.dumps(
        [
            *(1, "e1", "2026-01-01T00:00:00+00:00", "anne", "Dr Anne", "review", "t", "eases"),
            *("", "", True, '{"a":"é","b":1}', "0" * 64),
        ],
        ensure_ascii=False,
        separators=(",", ":"),
    )
    assert event_hash(stored) == hashlib.sha256(by_hand.encode()).hexdigest()
    assert event_hash({**stored, "accepted": 1}) == event_hash(stored)  # as SQLite has it
    assert event_hash({**stored, "accepted": False}) != event_hash(stored)
    assert canonical({"b": 1, "a": "é"}) == '{"a":"é","b":1}'


def test_a_row_comes_back_as_the_event_it_was() -> None:
    assert read_row(row(accepted=1)) == event(payload={"b": 1, "a": "é"})
    assert read_row(row()).is_decision
    assert not read_row(row(kind="comment")).is_decision
    for damaged in ({"payload": "["}, {"payload": "[]"}, {"kind": "odd"}, {"at": "soon"}):
        with pytest.raises(JournalUnavailable, match="Event 1 of the journal is damaged"):
            read_row(row(**damaged))


# ---- what decisions make of a claim -------------------------------------------------------


def test_each_kind_of_decision() -> None:
    first = claim()
    _, reviewed = decided(1, first, "review", changes={"certainty": "high"})
    assert reviewed is not None
    assert (reviewed.certainty, reviewed.verdict) == ("high", "mixed")
    link = Link(reference="b", stance="qualifies", note=SAYS).model_dump(mode="json")
    _, linked = decided(1, first, "link-added", link=link)
    assert linked is not None
    assert [one.reference for one in linked.links] == ["a", "b"]
    _, turned = decided(1, linked, "link-added", link={**link, "reference": "a"})
    assert turned is not None
    assert [(one.reference, one.stance) for one in turned.links] == [
        ("a", "qualifies"),
        ("b", "qualifies"),
    ]
    _, less = decided(1, linked, "link-removed", reference="a")
    assert less is not None
    assert [one.reference for one in less.links] == ["b"]
    assert decided(1, first, "claim-removed")[1] is None
    _, added = decided(1, None, "claim-added", claim=first.model_dump(mode="json"))
    assert added == first


@pytest.mark.parametrize(
    ("kind", "payload", "says"),
    [
        ("review", {"changes": {"id": "x"}}, "cannot change id"),
        ("review", {"changes": {"links": []}}, "cannot change links"),
        ("review", {"changes": {"certainty": "sure"}}, "is not valid: certainty"),
        ("review", {}, "is not whole"),
        ("link-removed", {"reference": "zz"}, "has no link to 'zz'"),
        ("link-added", {"link": {}}, "is not valid"),
    ],
)
def test_a_decision_that_does_not_fit(kind: str, payload: dict[str, Any], says: str) -> None:
    with pytest.raises(JournalError, match=says):
        change(claim(), event(kind=kind, payload=payload))


def test_a_decision_on_no_claim() -> None:
    with pytest.raises(JournalError, match="There is no claim 'eases' in 't'"):
        change(None, event(kind="review", payload={"changes": {}}))
    other = claim("other").model_dump(mode="json")
    with pytest.raises(JournalError, match="is called 'other', the event 'eases'"):
        change(None, event(kind="claim-added", payload={"claim": other}))


def test_decisions_in_a_row_and_those_made_too_late() -> None:
    first = claim()
    one, second = decided(1, first, "review", changes={"certainty": "high"})
    two, third = decided(2, second, "review", changes={"verdict": "supported"})
    late, _ = decided(3, first, "review", changes={"verdict": "contradicted"})
    refused = replace(late, number=4, accepted=False)
    assert replay(first, [one, two]) == (third, [one, two], [])
    assert replay(second, [one, two]) == (third, [two], [])  # the register has the first
    assert replay(third, [one, two]) == (third, [], [])
    assert replay(first, [one, two, late, refused]) == (third, [one, two], [late, refused])
    elsewhere = claim(verdict="contradicted")
    assert replay(elsewhere, [one, two]) == (elsewhere, [], [one, two])
    removed, _ = decided(3, third, "claim-removed")
    again, _ = decided(4, None, "claim-added", claim=first.model_dump(mode="json"))
    assert replay(first, [one, two, removed]) == (None, [one, two, removed], [])
    assert replay(first, [one, two, removed, again])[0] == first
    broken = replace(one, payload={"changes": {"certainty": "sure"}})
    assert replay(first, [broken]) == (first, [], [broken])
    comment = event(9, "comment")
    assert replay(first, [comment]) == (first, [], [])


LIBRARY = {"a": Reference("a", title="A study", status="verified")}


def signed(first: Claim, number: int = 5, **more: Any) -> Event:
    payload = signing_payload(first, LIBRARY, page="p1")
    return event(number, "sign-off", against=first.hash, payload=payload, **more)


@pytest.mark.parametrize(
    ("library", "drift", "days", "lapses"),
    [
        (LIBRARY, {}, 730, []),
        (LIBRARY, {}, 731, ["expired"]),
        (LIBRARY, {"eases": ["page-changed"]}, 1, ["page-changed"]),
        (LIBRARY, {"eases": ["heading-changed"]}, 1, ["heading-changed"]),
        (LIBRARY, {"eases": []}, 1, []),
        (LIBRARY, {"other": ["lead-changed"]}, 1, []),
        ({}, {}, 1, ["reference-changed"]),
        ({"a": Reference("a", title="Another")}, {}, 1, ["reference-changed"]),
        (
            {"a": Reference("a", title="A study", status="retracted")},
            {},
            1,
            ["reference-retracted"],
        ),
    ],
)
def test_how_a_signature_lapses(
    library: dict[str, Reference],
    drift: dict[str, list[LapseReason]],
    days: int,
    lapses: list[str],
) -> None:
    first = claim()
    now = THEN + timedelta(days=days)
    state = state_of("eases", first, [signed(first)], library, drift, None, now)
    assert [lapse.reason for lapse in state.signatures[0].lapses] == lapses
    assert (state.signed, state.lapsed) == (not lapses, bool(lapses))


def test_a_signature_on_a_claim_that_changed_and_one_that_was_not_accepted() -> None:
    first = claim()
    one, second = decided(1, first, "review", changes={"certainty": "high"})
    state = state_of("eases", first, [signed(first), one], LIBRARY, now=THEN)
    assert [lapse.reason for lapse in state.signatures[0].lapses] == ["claim-changed"]
    assert second is not None
    assert state.hash == second.hash
    refused = state_of("eases", first, [signed(first, accepted=False)], LIBRARY, now=THEN)
    assert (refused.signatures, refused.signed, refused.lapsed) == ((), False, False)
    gone = state_of("eases", None, [signed(first)], LIBRARY, now=THEN)
    assert gone.hash == ""
    assert not gone.signed


def test_two_signatures_are_of_two_people() -> None:
    first, rules = claim(), Rules(signatures=2)
    one, same, other = signed(first, 5), signed(first, 6), signed(first, 7, by="luc")
    assert not state_of("eases", first, [one, same], LIBRARY, rules=rules, now=THEN).signed
    assert state_of("eases", first, [one, other], LIBRARY, rules=rules, now=THEN).signed
    assert Rules.of({}) == Rules(730, 1)
    assert Rules.of({"signing": {"valid_days": 30}}).valid_days == 30
    assert Signature(one).holds


def test_who_a_claim_is_for_and_what_was_said() -> None:
    events = (
        event(1, "assignment", payload={"to": "anne"}),
        event(2, "comment", payload={"words": "a"}),
        event(3, "comment", payload={"words": "b"}),
        event(4, "comment-resolved", payload={"comment": "e2"}),
        event(5, "assignment", payload={"to": ""}),
    )
    state = ClaimState("eases", None, None, events)
    assert state.assignee == ""
    assert replace(state, events=events[:4]).assignee == "anne"
    assert [one.number for one in state.open_comments] == [3]
    assert state.last == events[-1]
    bare = ClaimState("eases", None, None)
    assert (bare.assignee, bare.last, bare.open_comments) == ("", None, ())


def test_what_a_signature_stands_on() -> None:
    passage = {"headings": ["Effects"], "lead": "These occur:", "sentence": "a bruise."}
    payload = signing_payload(claim(), LIBRARY, "p", {"verdict": "mixed"}, "why", passage)
    assert payload == {
        "references": {"a": reference_digest(LIBRARY["a"])},
        "page": "p",
        "passage": passage,
        "proposal": {"verdict": "mixed"},
        "note": "why",
    }
    assert signing_payload(claim(), {})["references"] == {"a": ""}
    assert reference_digest(Reference("a", title="x")) != reference_digest(
        Reference("a", title="y")
    )


def text_of(*claims: Claim, **more: Any) -> Text:
    fields = {
        "id": "t",
        "title": SAYS,
        "language": "fr",
        "sections": [{"id": "s", "heading": SAYS}],
    }
    return Text(claims=claims, **{**fields, **more})


def test_the_claims_of_a_text_in_the_order_of_the_page() -> None:
    first, last = claim("first"), claim("last")

    def added(number: int, name: str, after: str) -> Event:
        plain = claim(name).model_dump(mode="json")
        result = claim(name).hash
        return event(
            number,
            "claim-added",
            claim=name,
            result=result,
            payload={"claim": plain, "after": after},
        )

    events = [
        added(1, "middle", "first"),
        added(2, "end", "nowhere"),
        event(3, "comment", claim=""),
        event(4, "comment", claim="gone"),
    ]
    states = states_of(text_of(first, last), events)
    assert list(states) == ["first", "middle", "last", "end", "gone"]
    assert states["middle"].claim == claim("middle")
    assert states["gone"].claim is None
    assert states["first"].registered == first
    assert states["middle"].registered is None


def test_versions_of_a_claim() -> None:
    first = claim()
    one, second = decided(1, first, "review", changes={"certainty": "high"})
    state = state_of("eases", first, [one], now=THEN)
    assert list(versions_of(state)) == [first, second]
    assert claim_at(state, first.hash) == first
    assert claim_at(state, "none") is None
    added, _ = decided(1, None, "claim-added", claim=first.model_dump(mode="json"))
    removed, _ = decided(2, first, "claim-removed")
    assert list(versions_of(state_of("eases", first, [removed], now=THEN))) == [first]
    # Added and removed since: the register says as much without it.
    assert list(versions_of(state_of("eases", None, [added, removed], now=THEN))) == []


def test_sources_and_pages_that_events_tell_of() -> None:
    cited = CitedSource(cited="Moreau 2020", status="unchecked")
    other = CitedSource(cited="Petit 2021", status="unchecked")
    checked = event(
        1, "source-checked", payload={"cited": "Moreau 2020", "status": "verified", "odd": 1}
    )
    found = sources_of(text_of(sources=(cited, other)), [checked, event(2, "comment")])
    assert [one.status for one in found] == ["verified", "unchecked"]
    first = claim()
    assert signed_pages_of([signed(first)]) == {"eases": "p1"}
    assert signed_pages_of([signed(first, accepted=False), event(1, "comment")]) == {}
    unread = replace(signed(first), payload={"page": ""})
    assert signed_pages_of([unread]) == {}


# ---- the store --------------------------------------------------------------------------


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Journal]:
    with new_journal(tmp_path) as opened:
        yield opened


def entry(kind: Any = "comment", **more: Any) -> Entry:
    fields: dict[str, Any] = {
        "by": "anne",
        "text": "t",
        "claim": "eases",
        "payload": {"words": "x"},
    }
    return Entry(kind=kind, **{**fields, **more})


def test_events_are_kept_in_order_and_found_again(journal: Journal) -> None:
    first = journal.record(entry(person="Dr Anne")).event
    second = journal.record(entry(text="u", claim="")).event
    assert (first.number, first.previous, first.person) == (1, "0" * 64, "Dr Anne")
    assert (second.number, second.previous, second.person) == (2, first.hash, "anne")
    assert journal.record(entry(id=first.id)).event == first
    assert [e.number for e in journal.events()] == [1, 2]
    assert [e.number for e in journal.events("t")] == [1]
    assert [e.number for e in journal.events("u", "")] == [2]
    assert [e.number for e in journal.events(after=1)] == [2]
    assert [e.number for e in journal.events(limit=1)] == [1]
    third = journal.record(entry()).event
    assert [e.number for e in journal.events(after=2)] == [3]
    assert [e.number for e in journal.events("t", "eases")] == [1, 3]
    assert journal.head() == (3, third.hash)
    assert journal.text_heads() == {"t": third.hash, "u": second.hash}
    assert [r["number"] for r in journal.rows()] == [1, 2, 3]
    whole = journal.verify(first.hash)
    assert (whole.ok, whole.events, whole.head, whole.broken) == (True, 3, third.hash, None)
    assert whole.as_dict()["problem"] == ""
    cut = journal.verify("f" * 64)
    assert (cut.ok, str(cut.problem)) == (
        False,
        "the head ffffffffffff noted earlier is not in the chain",
    )


def test_no_column_may_be_empty_and_an_event_is_there_once(journal: Journal) -> None:
    with journal.engine.connect() as connection:
        for table, keys in (
            ("event", ["number"]),
            ("head", ["id"]),
            ("account", ["name"]),
            ("attempt", ["name", "address"]),
        ):
            rows = connection.execute(sql(f"PRAGMA table_info({table})")).mappings().all()
            assert [one["name"] for one in rows if not one["notnull"]] == []
            assert [one["name"] for one in rows if one["pk"]] == keys
        start = connection.execute(sql("SELECT id, number FROM head")).one()
    assert tuple(start) == (1, 0)
    journal.record(entry())
    others = "at, by, person, kind, text, claim, against, result, accepted, payload, previous"
    for again in (f"9, id, {others}, 'x'", f"9, 'x', {others}, hash"):
        twice = sql(f"INSERT INTO event SELECT {again} FROM event")
        with (
            pytest.raises(JournalUnavailable, match=r"UNIQUE|append-only"),
            journal.writing() as connection,
        ):
            connection.execute(twice)


@pytest.mark.parametrize(
    ("damage", "broken", "says"),
    [
        ("UPDATE event SET claim = 'x' WHERE number = 2", 2, "event 2 was altered"),
        ("DELETE FROM event WHERE number = 1", 2, "event 1 is missing"),
        ("UPDATE event SET previous = 'x' WHERE number = 2", 2, "does not follow"),
        ("DELETE FROM event WHERE number = 3", None, "ends with event 2, its head says 3"),
        ("UPDATE head SET hash = 'x'", None, "ends with event 3"),
        ("DELETE FROM head", None, "is not recorded"),
    ],
)
def test_tampering_is_seen(journal: Journal, damage: str, broken: int | None, says: str) -> None:
    for _ in range(3):
        journal.record(entry())
    with journal.engine.connect() as connection:
        names = "SELECT name FROM sqlite_master WHERE type = 'trigger'"
        triggers = [name for (name,) in connection.execute(sql(names))]
        assert triggers
        for name in triggers:
            connection.execute(sql(f'DROP TRIGGER "{name}"'))
        connection.execute(sql(damage))
        connection.commit()
    found = journal.verify()
    assert (found.ok, found.broken) == (False, broken)
    assert says in str(found.problem)


@pytest.mark.parametrize(
    ("more", "says"),
    [
        ({"kind": "odd"}, "is no kind of event"),
        ({"by": "x" * 81}, "'by' of the event is too long"),
        ({"text": "a\0"}, "'text' of the event is too long or not text"),
        ({"by": " "}, "needs a person and a text"),
        ({"text": ""}, "needs a person and a text"),
        ({"person": "x" * 201}, "longer than 200"),
        ({"kind": "review", "claim": ""}, "needs the claim"),
        ({"kind": "sign-off", "claim": ""}, "needs the claim"),
        ({"payload": {"words": " "}}, "comment is empty"),
        ({"payload": {"words": {1}}}, "not plain text"),
        ({"payload": {"words": "\ud800"}}, "not plain text"),
        ({"payload": {"words": "a\0"}}, "NUL"),
        ({"payload": {"words": "x" * 100_000}}, "more than 100,000"),
    ],
)
def test_what_is_not_recorded(journal: Journal, more: dict[str, Any], says: str) -> None:
    with pytest.raises(JournalError, match=says):
        journal.record(entry(**more))
    assert journal.head()[0] == 0


def test_what_is_just_short_enough_is_recorded(journal: Journal) -> None:
    words = "x" * (100_000 - len('{"words":""}'))
    longest = entry(by="x" * 80, person="y" * 200, id="z" * 36, payload={"words": words})
    assert journal.record(longest).event.person == "y" * 200
    assert journal.record(entry(payload={"words": r"\u0000"})).event.number == 2


def review(first: Claim, by: str = "anne", **changes: Any) -> Entry:
    return Entry(by, "review", "t", first.id, first.hash, {"changes": changes})


def test_whoever_decides_second_is_told(journal: Journal) -> None:
    first = claim()
    done = journal.record(review(first, certainty="high"), first)
    assert (done.conflict, done.event.accepted) == (None, True)
    second = claim(certainty="high")
    assert done.event.result == second.hash
    late = journal.record(review(first, "luc", verdict="supported"), first)
    assert not late.event.accepted
    assert late.event.result == first.hash
    conflict = late.conflict
    assert conflict is not None
    assert (conflict.seen, conflict.current) == (first, second)
    assert conflict.yours == claim(verdict="supported")
    assert [one.number for one in conflict.since] == [1]
    unknown = journal.record(replace(review(first, verdict="mixed"), against="f" * 64), first)
    assert unknown.conflict is not None
    assert (unknown.conflict.seen, unknown.conflict.yours) == (None, second)
    assert [one.number for one in unknown.conflict.since] == [1]
    wrong = journal.record(review(first, certainty="sure"), first)
    assert wrong.conflict is not None
    assert wrong.conflict.yours is None
    sign = journal.record(Entry("luc", "sign-off", "t", first.id, first.hash), first)
    assert sign.conflict is not None
    assert sign.conflict.yours == first
    ok = journal.record(Entry("luc", "sign-off", "t", first.id, second.hash), first)
    assert (ok.conflict, ok.event.result) == (None, second.hash)
    gone = journal.record(Entry("anne", "claim-removed", "t", first.id, second.hash, {}), first)
    assert (gone.event.accepted, gone.event.result) == (True, "")
    with pytest.raises(JournalError, match="no claim 'eases' to sign"):
        journal.record(Entry("luc", "sign-off", "t", first.id, ""), first)


# ---- rest after a failure -----------------------------------------------------------------


def test_after_a_failure_one_asks_and_the_others_wait() -> None:
    now = [100.0]
    rest = Cooldown(5.0, lambda: now[0])
    rest.check()
    rest.begin(message("away"))
    assert rest.failures == 1
    for moment in (100.0, 104.9):
        now[0] = moment
        with pytest.raises(JournalUnavailable, match="away"):
            rest.check()
    now[0] = 105.0
    rest.check()  # the first who comes
    with pytest.raises(JournalUnavailable, match="away"):
        rest.check()
    rest.end()
    rest.check()


def test_an_address_that_is_no_database() -> None:
    for address, says in (
        ("mysql://x", "names 'mysql'"),
        ("nonsense", "is not an address of a database"),
    ):
        with pytest.raises(JournalUnavailable, match=says):
            Journal(address)
    assert Journal("sqlite:///x").backend == "sqlite"


def test_a_file_that_is_gone_is_not_made_anew(tmp_path: Path) -> None:
    with Journal.open(tmp_path) as opened:
        opened.record(entry())
        path = Path(str(opened.url.database))
        assert path.stat().st_mode & 0o777 == 0o600
        path.rename(tmp_path / "kept")
        with pytest.raises(JournalUnavailable, match="is gone"):
            opened.head()
        (tmp_path / "kept").rename(path)
    with Journal.open(tmp_path) as again:
        assert again.head()[0] == 1


# ---- accounts ---------------------------------------------------------------------------

PASSWORD = "quatre mots bien choisis"
NOW = 1_800_000_000.0
DAY = 86_400.0


@pytest.fixture
def people(journal: Journal, monkeypatch: pytest.MonkeyPatch) -> Accounts:
    """Accounts whose passwords are hashed at no cost."""
    cheap = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    nobody = cheap.hash("nobody")
    monkeypatch.setattr(passwords, "_hasher", lambda: cheap)
    monkeypatch.setattr(passwords, "_nobodys", lambda: nobody)
    made = Accounts(journal)
    made.add("anne", "administrator", PASSWORD, " Dr  Anne ")
    return made


def test_an_account_as_it_is_made_and_changed(people: Accounts) -> None:
    assert not people.is_empty
    anne = people.get("ANNE")
    assert anne is not None
    assert (anne.name, anne.person, anne.role) == ("anne", "Dr Anne", "administrator")
    assert (anne.disabled, anne.version) == (False, 1)
    luc = people.add(" Luc ", "editor", PASSWORD)
    assert (luc.name, luc.person) == ("luc", "luc")
    assert [one.name for one in people.all()] == ["anne", "luc"]
    with pytest.raises(AccountError, match="already"):
        people.add("luc", "reader", PASSWORD)
    again = people.add("luc", "administrator", PASSWORD, replace=True)
    assert (again.version, again.role) == (2, "administrator")
    assert people.get("nobody") is None
    closed = people.disable("luc")
    assert (closed.disabled, closed.version) == (True, 3)
    assert people.get("luc") == closed
    with pytest.raises(AccountError, match="only administrator"):
        people.disable("anne")
    with pytest.raises(AccountError, match="only administrator"):
        people.add("anne", "editor", PASSWORD, replace=True)
    assert people.add("anne", "administrator", PASSWORD, replace=True).version == 2
    with pytest.raises(NotFound, match="no account 'eva'"):
        people.disable("eva")
    assert people.authenticate("luc", PASSWORD, "here", NOW) is None


@pytest.mark.parametrize(
    ("name", "role", "person", "says"),
    [
        ("x", "editor", "", "2 to 80"),
        ("x" * 81, "editor", "", "2 to 80"),
        ("a b", "editor", "", "2 to 80"),
        ("luc", "boss", "", "no role"),
        ("luc", "editor", "x" * 201, "longer than 200"),
    ],
)
def test_names_that_are_none(
    people: Accounts, name: str, role: str, person: str, says: str
) -> None:
    with pytest.raises(AccountError, match=says):
        people.add(name, role, PASSWORD, person)


def test_names_at_the_limit(people: Accounts) -> None:
    assert people.add("x" * 80, "editor", PASSWORD, "y" * 200).person == "y" * 200
    assert people.add("a.b_c-d@e", "reader", PASSWORD).role == "reader"
    assert people.add("xy", "reader", PASSWORD).name == "xy"


@pytest.mark.parametrize(
    ("password", "is_fit"),
    [
        ("abcdefghijk", False),
        ("zwei drei vier f" * 12 + "ünf sech", True),
        ("zwei drei vier f" * 12 + "ünf sechs", False),
        ("abcdabcdabcd", False),
        ("Anne.Moreau.Dr", False),
        ("Dr Anne Moreau", False),
    ],
)
def test_passwords(password: str, is_fit: bool) -> None:
    if is_fit:
        check_password(password, "anne.moreau.dr", "Dr Anne Moreau")
        return
    with pytest.raises(AccountError):
        check_password(password, "anne.moreau.dr", "Dr Anne Moreau")


def test_another_password_ends_sessions(people: Accounts) -> None:
    anne = people.get("anne")
    assert anne is not None
    changed = people.change_password(anne, "cinq autres mots choisis")
    assert changed.version == 2
    assert people.authenticate("anne", PASSWORD, "here", NOW) is None
    assert people.authenticate("anne", "cinq autres mots choisis", "here", NOW) == changed
    for stale in (anne, replace(changed, name="eva"), Account("x", "x", "reader", False, 1, THEN)):
        with pytest.raises(AccountError, match="changed meanwhile"):
            people.change_password(stale, "six autres mots choisis")


def wait(people: Accounts, name: str, address: str, now: float, **more: str) -> int:
    """Seconds that an attempt with a wrong password has to wait; 0 when it was compared."""
    try:
        assert people.authenticate(name, "a wrong password", address, now, **more) is None
    except Throttled as error:
        return error.seconds
    return 0


def test_waiting_doubles_after_five_tries_and_ends_after_an_hour(people: Accounts) -> None:
    assert [wait(people, "anne", "here", NOW) for _ in range(6)] == [0, 0, 0, 0, 0, 1]
    assert wait(people, "anne", "here", NOW + 0.9) == 1
    assert wait(people, "anne", "here", NOW + 1) == 0  # the sixth failure
    assert wait(people, "anne", "here", NOW + 1) == 2
    assert wait(people, "anne", "here", NOW + 3) == 0
    assert wait(people, "anne", "here", NOW + 3) == 4
    assert wait(people, "luc", "here", NOW + 3) == 0  # another name
    assert wait(people, "anne", "there", NOW + 3) == 0  # from elsewhere
    assert wait(people, "anne", "here", NOW) == 4  # a clock set back: no longer than the delay
    assert wait(people, "anne", "here", NOW + 3604) == 0
    assert wait(people, "anne", "here", NOW + 3604) == 0  # counted anew


def test_nobody_waits_longer_than_a_quarter_of_an_hour(people: Accounts) -> None:
    now = NOW
    for _ in range(16):
        seconds = wait(people, "anne", "here", now)
        now += seconds
        if seconds:
            assert wait(people, "anne", "here", now) == 0
    assert wait(people, "anne", "here", now) == 900


def test_the_right_password_forgets_failures(people: Accounts) -> None:
    for _ in range(4):
        wait(people, "anne", "here", NOW)
    assert people.authenticate("anne", PASSWORD, "here", NOW) is not None
    assert [wait(people, "anne", "here", NOW) for _ in range(6)] == [0, 0, 0, 0, 0, 1]
    with pytest.raises(Throttled, match="in 1 seconds"):
        people.authenticate("anne", PASSWORD, "here", NOW)
    people.add("anne", "administrator", PASSWORD, replace=True)
    assert people.authenticate("anne", PASSWORD, "here", NOW) is not None


def test_an_address_that_tries_many_names_waits_but_for_who_signed_in_from_it(
    people: Accounts,
) -> None:
    assert people.authenticate("anne", PASSWORD, "hospital", NOW) is not None
    assert [wait(people, f"u{n}", "hospital", NOW) for n in range(30)] == [0] * 30
    assert wait(people, "u30", "hospital", NOW) == 1
    assert people.authenticate("anne", PASSWORD, "hospital", NOW) is not None
    late = NOW + 91 * DAY  # known for ninety days
    for n in range(30):
        wait(people, f"v{n}", "hospital", late)
    assert wait(people, "anne", "hospital", late) == 1


def test_a_name_that_many_addresses_try_waits_where_it_is_not_known(people: Accounts) -> None:
    assert people.authenticate("anne", PASSWORD, "home", NOW) is not None
    assert [wait(people, "anne", f"a{n}", NOW) for n in range(50)] == [0] * 50
    assert wait(people, "anne", "a50", NOW) == 1
    assert people.authenticate("anne", PASSWORD, "home", NOW) is not None


def test_a_browser_that_signed_in_before_is_counted_by_itself(people: Accounts) -> None:
    assert people.authenticate("anne", PASSWORD, "ward", NOW, "mine") is not None
    for n in range(31):
        wait(people, f"u{n}", "ward", NOW)
    for _ in range(6):
        wait(people, "anne", "ward", NOW)
    assert wait(people, "anne", "ward", NOW) > 0
    assert people.authenticate("anne", PASSWORD, "ward", NOW, "mine") is not None
    assert wait(people, "anne", "ward", NOW, device="other") > 0


# ---- lines of a register ------------------------------------------------------------------

REGISTER = """\
# our register
id: t
title: {fr: mot, en: word}
language: fr
sections:
  - id: s
    heading: {fr: mot, en: word}
sources:
  - cited: Moreau 2020   # as printed
    status: unchecked
claims:
  - id: eases
    section: s
    anchor:
      start: x
    statement:
      fr: mot
      en: word
    kind: efficacy
    verdict: mixed  # for now
    certainty: low
    rationale:
      fr: mot
      en: word
    links:
      - reference: a
        stance: supports
        note:
          fr: mot
          en: word

# the end
"""


def apply(
    tmp_path: Path, *events: Event, register: str = REGISTER, **more: Any
) -> tuple[WrittenClaims, list[str], list[str]]:
    """What was written, and the lines that came and went."""
    path = tmp_path / "t.yaml"
    path.write_text(register, "utf-8")
    text, problems = read_text(path)
    assert problems == []
    assert text is not None
    states = [replace(s, rules=Rules()) for s in states_of(text, events, LIBRARY).values()]
    done = apply_states(path, text, states, sources_of(text, events), **more)
    before, after = register.splitlines(), path.read_text("utf-8").splitlines()
    return done, [x for x in after if x not in before], [x for x in before if x not in after]


def registered(tmp_path: Path, register: str = REGISTER) -> Claim:
    path = tmp_path / "r.yaml"
    path.write_text(register, "utf-8")
    text, _ = read_text(path)
    assert text is not None
    return text.claims[0]


def test_only_the_lines_of_what_changed_are_replaced(tmp_path: Path) -> None:
    first = registered(tmp_path)
    one, second = decided(1, first, "review", changes={"verdict": "supported"})
    done, new, old = apply(tmp_path, one)
    assert done.changed == ("eases",)
    assert (new, old) == (["    verdict: supported  # for now"], ["    verdict: mixed  # for now"])
    two, _ = decided(2, second, "review", changes={"statement": {"fr": "mot", "en": "term"}})
    assert apply(tmp_path, one, two)[1:] == (
        ["      en: term", "    verdict: supported  # for now"],
        ["    verdict: mixed  # for now"],
    )
    link = Link(reference="b", stance="qualifies", note=SAYS).model_dump(mode="json")
    linked, _ = decided(1, first, "link-added", link=link)
    done, new, old = apply(tmp_path, linked)
    assert new[:2] == ["      - reference: b", "        stance: qualifies"]
    assert old == []
    caveats, _ = decided(1, first, "review", changes={"caveats": {"fr": "c", "en": "d"}})
    after = (apply(tmp_path, caveats), (tmp_path / "t.yaml").read_text("utf-8"))[1]
    assert after.index("rationale:") < after.index("caveats:") < after.index("links:")


def test_a_remark_beside_what_stays_is_kept(tmp_path: Path) -> None:
    remarked = REGISTER.replace("      fr: mot\n", "      fr: mot  # said so\n", 1)
    first = registered(tmp_path, remarked)
    changes = {"statement": {"fr": "mot", "en": "term"}}
    one, _ = decided(1, first, "review", changes=changes)
    _, new, old = apply(tmp_path, one, register=remarked)
    assert (new, old) == (["      en: term"], [])
    path = tmp_path / "t.yaml"
    path.write_text(REGISTER, "utf-8")
    file = RegisterFile(path)
    (source,) = file.items("sources")
    file.field(source, "cited", "Moreau 2021")
    file.field(source, "reference", "moreau2021")
    lines = file.result().splitlines()
    assert '  - cited: "Moreau 2021"   # as printed' in lines
    assert lines[lines.index("    status: unchecked") + 1] == "    reference: moreau2021"


def test_claims_that_come_and_go(tmp_path: Path) -> None:
    first = registered(tmp_path)
    removed, _ = decided(1, first, "claim-removed")
    done, new, _ = apply(tmp_path, removed)
    assert (done.removed, new) == (("eases",), ["claims: []"])
    plain = claim("next").model_dump(mode="json")
    added = event(
        1,
        "claim-added",
        claim="next",
        result=claim("next").hash,
        payload={"claim": plain, "after": "eases"},
    )
    done, new, old = apply(tmp_path, added)
    assert (done.added, old) == (("next",), [])
    assert "  - id: next" in new
    text = (tmp_path / "t.yaml").read_text("utf-8")
    assert text.index("id: next") < text.index("# the end")
    assert not done.is_empty
    assert done.as_dict()["added"] == ["next"]
    bare = REGISTER[: REGISTER.index("claims:")]
    done, new, _ = apply(tmp_path, added, register=bare)
    assert (done.added, new[:2]) == (("next",), ["claims:", "- id: next"])


def test_what_waits_for_a_signature_and_what_is_only_told(tmp_path: Path) -> None:
    first = registered(tmp_path)
    one, second = decided(1, first, "review", changes={"verdict": "supported"})
    assert second is not None
    assert apply(tmp_path, one, signed_only=True)[0].is_empty
    now = datetime.now(UTC)
    sign = replace(signed(second, 2), at=now)
    done, new, _ = apply(tmp_path, one, sign, signed_only=True)
    assert (done.changed, done.signed) == (("eases",), ("eases",))
    assert '      by: "Dr Anne"' in new
    assert f"      on: '{now.date()}'" in new
    assert apply(tmp_path, one, dry_run=True)[1:] == ([], [])
    assert apply(tmp_path, one, dry_run=True)[0].changed == ("eases",)
    assert apply(tmp_path)[0].is_empty


def test_cited_sources_that_were_looked_for(tmp_path: Path) -> None:
    checked = event(1, "source-checked", payload={"cited": "Moreau 2020", "status": "not-located"})
    done, new, old = apply(tmp_path, checked)
    assert done.sources == ("Moreau 2020",)
    assert (new, old) == (["    status: not-located"], ["    status: unchecked"])


def test_a_register_that_cannot_be_changed_in_place(tmp_path: Path) -> None:
    path = tmp_path / "t.yaml"
    path.write_text(REGISTER, "utf-8")
    text, _ = read_text(path)
    assert text is not None
    path.write_text(REGISTER.replace("verdict: mixed", "verdict: supported"), "utf-8")
    with pytest.raises(JournalError, match="has changed meanwhile"):
        apply_states(path, text, [])
    path.write_text("id: [", "utf-8")
    with pytest.raises(DataError):
        apply_states(path, text, [])
    with pytest.raises(JournalError, match="cannot be read"):
        RegisterFile(tmp_path / "none.yaml")
    path.write_text("sources:\n  - {cited: a, status: unchecked}\nb: 1", "utf-8")
    file = RegisterFile(path)
    with pytest.raises(JournalError, match=r"t\.yaml:2: the entry is written on one line"):
        file.field(file.items("sources")[0], "status", "verified")
    assert file.lines[-1] == "b: 1\n"
    assert file.items("b") == []
    assert (file.key_line("b"), file.key_line("c")) == (2, None)


# ---- backups ----------------------------------------------------------------------------


def test_a_backup_brings_everything_back(
    people: Accounts, journal: Journal, tmp_path: Path
) -> None:
    instance, target = tmp_path / "old", tmp_path / "b.tar.gz"
    (instance / "texts").mkdir(parents=True)
    (instance / "texts" / "t.yaml").write_text("x")
    (instance / "texts" / ".hidden").write_text("x")
    (instance / "index").mkdir()
    (instance / "index" / "big").write_text("x")
    (instance / "candidates.bib").write_text("y")
    for n in range(3):
        journal.record(entry(payload={"words": f"line\u2028{n}"}))
    assert all("\u2028" not in line for line in archive.lines(journal))
    manifest = archive.backup(journal, instance, target)
    assert (manifest["events"], manifest["accounts"], manifest["files"]) == (4, 1, 2)
    assert manifest["head"] == journal.head()[1]
    assert target.stat().st_mode & 0o777 == 0o600
    new = tmp_path / "new"
    new.mkdir()
    with Journal.open(new) as empty:
        assert archive.restore(empty, new, target) == manifest
        assert empty.verify(manifest["head"]).ok
        assert empty.events() == journal.events()
        assert [one.name for one in Accounts(empty).all()] == ["anne"]
        assert (new / "texts" / "t.yaml").read_text() == "x"
        assert not (new / "index").exists()
        with pytest.raises(JournalError, match="is not empty"):
            archive.restore(empty, new, target)


def repacked(source: Path, target: Path, **changed: bytes | None) -> Path:
    """A backup with members changed (None: left out); names with "__" for "." and "/"."""
    with tarfile.open(source) as old, tarfile.open(target, "w:gz") as new:
        for info in old.getmembers():
            name = info.name.replace(".", "__")
            stream = old.extractfile(info)
            data = changed[name] if name in changed else stream.read() if stream else b""
            if data is not None:
                info.size = len(data)
                new.addfile(info, io.BytesIO(data))
    return target


def test_a_damaged_backup_is_refused(journal: Journal, tmp_path: Path) -> None:
    for _ in range(2):
        journal.record(entry())
    source, target = tmp_path / "b.tar.gz", tmp_path / "c.tar.gz"
    manifest = archive.backup(journal, tmp_path / "none", source)
    rows = "".join(archive.lines(journal)).encode()
    cases: list[tuple[dict[str, Any], str]] = [
        ({"journal__jsonl": rows.replace(b'"x"', b'"y"')}, "event 1 does not verify"),
        ({"journal__jsonl": rows[rows.index(b"\n") + 1 :]}, "event 1 does not verify"),
        ({"journal__jsonl": rows[: rows.index(b"\n") + 1]}, "not the one of its manifest"),
        ({"journal__jsonl": None}, "has no journal.jsonl"),
        ({"manifest__json": None}, "has no manifest.json"),
        ({"manifest__json": b"[]"}, "no fields in its manifest"),
        (
            {"manifest__json": json.dumps({**manifest, "format": archive.FORMAT + 1}).encode()},
            "newer version",
        ),
        ({"manifest__json": b"{"}, "damaged backup"),
    ]
    new = tmp_path / "new"
    new.mkdir()
    with Journal.open(new) as empty:
        for changed, says in cases:
            with pytest.raises(JournalError, match=says):
                archive.restore(empty, new, repacked(source, target, **changed))
        target.write_bytes(b"nonsense")
        with pytest.raises(JournalError, match="not a readable backup"):
            archive.restore(empty, new, target)
        assert empty.head()[0] == 0
    assert date.fromisoformat(manifest["made"][:10])


# ---- the stage of a text, sessions, what each role may do --------------------------------


def test_the_newest_entry_about_it_makes_the_stage() -> None:
    assert stage_of([]) is None
    assert stage_of([event(1, "review")]) is None
    went = [
        event(1, "stage", payload={"stage": "private"}),
        event(2, "stage", payload={"stage": "in-review", "until": "2026-02-01T00:00:00+00:00"}),
        event(3, "stage", payload={"stage": "published", "shown": "A. M.", "reason": "ready"}),
        event(4, "comment", payload={"words": "-"}),
    ]
    stages = [stage_of(went[:end]) for end in (1, 2, 4)]
    assert [one and one.name for one in stages] == ["private", "in-review", "published"]
    assert stages[1] is not None
    assert stages[1].until == datetime(2026, 2, 1, tzinfo=UTC)
    assert stages[2] is not None
    assert (stages[2].shown, stages[2].reason, stages[2].until) == ("A. M.", "ready", None)
    unknown = stage_of([event(1, "stage", payload={"stage": "nowhere"})])
    assert unknown is not None
    assert unknown.name == "private", "what cannot be read is shown to nobody"


def test_a_session_lasts_twelve_hours_and_ends_with_its_account(people: Accounts) -> None:
    anne = people.get("anne")
    assert anne is not None
    token = people.begin_session(anne, NOW)
    for later in (-299.0, 0.0, 12 * 3600 - 1.0):
        assert people.of_session(token, NOW + later) == anne
    for later in (-301.0, -300.0, 12 * 3600 + 1.0):  # a clock set back more than five minutes; over
        assert people.of_session(token, NOW + later) is None
    assert people.of_session("another token", NOW) is None
    people.end_session(token)
    assert people.of_session(token, NOW) is None
    luc = people.add("luc", "editor", PASSWORD)
    closed, stale = people.begin_session(luc, NOW), people.begin_session(anne, NOW)
    people.disable("luc")
    people.change_password(anne, "cinq autres mots choisis")
    assert people.of_session(closed, NOW) is None
    assert people.of_session(stale, NOW) is None


def test_an_unknown_role_may_do_nothing_and_an_unknown_action_is_a_mistake() -> None:
    assert may("administrator", "review")
    assert not may("reader", "review")
    assert not may("boss", "review")
    with pytest.raises(ValueError, match="unknown action"):
        may("administrator", "fly")


@pytest.mark.parametrize("before", ["", "# a line\n"])
def test_a_list_that_is_filled_or_emptied_on_any_line(tmp_path: Path, before: str) -> None:
    path = tmp_path / "t.yaml"
    path.write_text(f"{before}claims:\nafter: 1\n", "utf-8")
    filled = RegisterFile(path)
    filled.insert(filled.start_list("claims"), {"id": "a"}, 2)
    assert filled.result() == f"{before}claims:\n  - id: a\nafter: 1\n"
    emptied = RegisterFile(path)
    emptied.empty("claims")
    emptied.empty("nothing")
    assert emptied.result() == f"{before}claims: []\nafter: 1\n"
    new = RegisterFile(path)
    new.insert(new.start_list("sources"), {"id": "a"}, 0)
    assert new.result() == f"{before}claims:\nafter: 1\nsources:\n- id: a\n"


def test_what_a_backup_holds_only_its_owner_may_read(journal: Journal, tmp_path: Path) -> None:
    (tmp_path / "texts").mkdir()
    (tmp_path / "texts" / "t.yaml").write_text("x")
    archive.backup(journal, tmp_path, tmp_path / "b.tar.gz")
    with tarfile.open(tmp_path / "b.tar.gz") as packed:
        modes = {member.name: member.mode for member in packed.getmembers()}
    assert {modes[name] for name in modes if name.startswith(("accounts", "journal"))} == {0o600}


# ---- waiting and forgetting to the second -----------------------------------------------------


def test_nobody_has_an_account_at_first(journal: Journal) -> None:
    assert Accounts(journal).is_empty


def test_a_failure_is_forgotten_after_exactly_an_hour(people: Accounts) -> None:
    for address, later, waits in (("a", 3599.0, [0, 2]), ("b", 3600.0, [0, 0, 0, 0, 0, 1])):
        assert [wait(people, "anne", address, NOW) for _ in range(5)] == [0] * 5
        assert [wait(people, "anne", address, NOW + later) for _ in waits] == waits


def test_what_others_tried_holds_nobody_up_for_more_than_ten_seconds(people: Accounts) -> None:
    now, waits = NOW, []
    for n in range(36):
        seconds = wait(people, f"u{n}", "hospital", now)
        if n >= 30:
            waits.append(seconds)
            now += seconds
            assert wait(people, f"u{n}", "hospital", now) == 0
    assert waits == [1, 2, 4, 8, 10, 10]


def test_a_place_is_known_for_exactly_ninety_days(people: Accounts, journal: Journal) -> None:
    def remembered() -> set[tuple[str, str]]:
        with journal.reading() as connection:
            rows = connection.execute(sql("SELECT name, address FROM attempt"))
            return {(name, address[:6]) for name, address in rows}

    assert people.authenticate("anne", PASSWORD, "ward", NOW, "mine") is not None
    wait(people, "luc", "home", NOW)
    wait(people, "eva", "away", NOW + 3600)
    assert remembered() == {("anne", "ward"), ("anne", "device"), ("luc", "home"), ("eva", "away")}
    wait(people, "eva", "away", NOW + 3601)
    assert ("luc", "home") not in remembered()
    late = NOW + 90 * DAY
    for n in range(31):
        wait(people, f"u{n}", "ward", late)
    assert [wait(people, "anne", "ward", late) for _ in range(6)] == [0, 0, 0, 0, 0, 1]
    assert wait(people, "anne", "ward", late, device="mine") == 0
    wait(people, "eva", "away", late + 3601)
    assert remembered() == {("eva", "away")}, "known longer ago than ninety days"


@pytest.mark.parametrize(
    ("action", "least"),
    [
        ("read", "reader"),
        *((one, "editor") for one in ("comment", "assign", "link", "review", "check-source")),
        *((one, "editor") for one in ("load", "draft", "report", "send-for-review")),
        *((one, "approver") for one in ("sign", "remove-claim", "resolve", "publish")),
        *((one, "administrator") for one in ("accounts", "apply", "backup", "delete-text")),
    ],
)
def test_who_may_do_what(action: str, least: str) -> None:
    """The table of docs/journal.md: each role may do what the one before it may."""
    roles = ["reader", "editor", "approver", "administrator"]
    assert [role for role in roles if may(role, action)] == roles[roles.index(least) :]


# ---- sent twice, and decisions on what changed meanwhile --------------------------------------


def test_a_signature_sent_twice_is_one_until_something_is_decided(journal: Journal) -> None:
    first = claim()
    sign = Entry("luc", "sign-off", "t", "eases", first.hash, {"note": "x"})

    def number(one: Entry) -> int:
        return journal.record(
            replace(one, id=one.id[:30] + str(journal.head()[0])), first
        ).event.number

    assert [number(sign), number(sign)] == [1, 1]
    assert number(replace(sign, by="eva")) == 2
    assert number(replace(sign, payload={"note": "y"})) == 3
    assert number(entry()) == 4  # a comment decides nothing
    assert number(sign) == 1
    assert number(review(first, certainty="high")) == 5
    assert number(review(claim(certainty="high"), certainty="low")) == 6
    assert number(sign) == 7, "the claim reads the same again, but was decided anew"


def test_a_form_sent_again_with_other_words_corrects_itself(journal: Journal) -> None:
    first = claim()

    def sent(by: str = "anne", name: str = "form", **changes: Any) -> Any:
        return journal.record(replace(review(first, by, **changes), id=name), first)

    one = sent(certainty="high").event
    again = sent(certainty="high")
    assert (again.event, again.conflict) == (one, None)
    other = sent(verdict="supported")
    assert other.conflict is None
    assert (other.event.number, other.event.accepted) == (2, True)
    assert other.event.id != "form"
    assert other.event.result == claim(certainty="high", verdict="supported").hash
    late = sent("luc", "late", verdict="contradicted")
    told = sent("luc", "late", verdict="contradicted")
    assert late.conflict is not None
    assert (told.event, told.conflict) == (late.event, late.conflict)
    assert [one.number for one in told.conflict.since] == [1, 2]
    second = sent("eva", "later", verdict="contradicted")
    assert [one.number for one in second.conflict.since] == [1, 2], "what was refused is no state"
    third = sent(verdict="partly-supported")  # others came between
    assert third.conflict is not None
    assert not third.event.accepted


_OTHER = Link(reference="b", stance="supports", note=SAYS)
_TURNED = claim().links[0].model_copy(update={"stance": "contradicts"})


@pytest.mark.parametrize(
    ("kind", "payload", "now", "fits"),
    [
        ("review", {"changes": {"statement": SAYS}}, {"verdict": "supported"}, True),
        ("review", {"changes": {"kind": "safety"}}, {"kind": "cause"}, False),
        ("review", {"changes": {"verdict": "supported"}}, {"certainty": "high"}, False),
        ("review", {"changes": {"rationale": SAYS}}, {"links": [_OTHER]}, False),
        ("review", {"changes": {"caveats": SAYS}}, {"kind": "cause"}, True),
        ("review", {"changes": {}}, {}, False),
        ("review", {"changes": "x"}, {}, False),
        ("review", {}, {}, False),
        ("claim-removed", {"changes": {"kind": "safety"}}, {}, False),
        ("link-added", {"link": {"reference": "b"}}, {"verdict": "supported"}, True),
        ("link-added", {"link": {"reference": "b"}}, {"links": [_OTHER]}, False),
        ("link-removed", {"reference": "a"}, {"verdict": "supported"}, True),
        ("link-removed", {"reference": "a"}, {"links": [_TURNED]}, False),
    ],
)
def test_what_still_fits_a_claim_that_changed(
    kind: Any, payload: dict[str, Any], now: dict[str, Any], fits: bool
) -> None:
    """docs/journal.md: additions do not contradict each other, a judgement needs what it saw."""
    decision = Entry("anne", kind, "t", "eases", payload=payload)
    assert still_fits(decision, claim(), claim(**now)) is fits
    assert not still_fits(decision, None, claim(**now))
    assert not still_fits(decision, claim(), None)


def test_the_pulse_is_the_last_event_and_how_often_documents_changed(journal: Journal) -> None:
    assert journal.pulse() == ("0" * 64, {})
    last = journal.record(entry()).event
    assert journal.pulse() == (last.hash, {})


# ---- what stands where in a register ----------------------------------------------------------

LISTED = """\
claims:
  - id: one
    statement:
      fr: |
        mot

    # of two
    links:
      - reference: a
        stance: supports

      - reference: b
        stance: qualifies  # in part
  - id: two
    kind: >
      folded

# the end
sections: [{id: s}]
"""


def rewritten(tmp_path: Path, *edits: Any) -> tuple[list[str], list[str]]:
    """The lines that come and go when the first and the second claim are edited."""
    path = tmp_path / "t.yaml"
    path.write_text(LISTED, "utf-8")
    file = RegisterFile(path)
    one, two = file.items("claims")
    for edit in edits:
        edit(file, one, two)
    before, after = LISTED.splitlines(), file.result().splitlines()
    return [x for x in after if x not in before], [x for x in before if x not in after]


_A, _B, _C = ({"reference": key, "stance": "supports"} for key in "abc")
_B = {**_B, "stance": "qualifies"}


@pytest.mark.parametrize(
    ("edit", "came", "went"),
    [
        (
            lambda f, one, _: f.update(one, "links", [_A, _B], [_B]),
            [],
            ["      - reference: a", "        stance: supports"],
        ),
        (
            lambda f, one, _: f.update(
                one, "links", [_A, _B], [_A, {**_B, "stance": "background"}]
            ),
            ["        stance: background  # in part"],
            ["        stance: qualifies  # in part"],
        ),
        (
            lambda f, one, _: f.update(one, "links", [_A, _B], [_A, _B, _C]),
            ["      - reference: c"],
            [],
        ),
        (lambda f, one, _: f.update(one, "links", [_A, _B], [_A, _B]), [], []),
        (
            lambda f, one, _: f.update(
                one, "statement", {"fr": "mot"}, {"fr": "mot", "en": "word"}
            ),
            ["      en: word"],
            [],
        ),
        (
            lambda f, one, _: f.update(one, "statement", {"fr": "mot"}, {"fr": "autre"}),
            ["      fr: autre"],
            ["      fr: |", "        mot"],
        ),
        (
            lambda f, _, two: f.update(two, "kind", "folded", "safety"),
            ["    kind: safety"],
            ["    kind: >", "      folded"],
        ),
        (lambda f, _, two: f.field(two, "kind", None), [], ["    kind: >", "      folded"]),
        (lambda f, _, two: f.field(two, "id", "three"), ["  - id: three"], ["  - id: two"]),
        (lambda f, _, two: f.field(two, "unheard", None), [], []),
        (lambda f, _, two: f.field(two, "verdict", "mixed"), ["    verdict: mixed"], []),
        (lambda f, _, two: f.field(two, "unheard", "x"), ["    unheard: x"], []),
        (lambda f, _, two: f.remove(two), [], ["  - id: two", "    kind: >", "      folded"]),
    ],
)
def test_an_edit_replaces_its_own_lines(
    tmp_path: Path, edit: Any, came: list[str], went: list[str]
) -> None:
    assert rewritten(tmp_path, edit) == (came, went)


def test_new_lines_stand_where_their_field_belongs(tmp_path: Path) -> None:
    path = tmp_path / "t.yaml"
    path.write_text(LISTED, "utf-8")
    file = RegisterFile(path)
    one, two = file.items("claims")
    assert (file.end_of(one), file.end_of(two), file.key_line("sections")) == (13, 16, 18)
    file.field(one, "kind", "safety")  # behind the statement, before its empty line
    file.field(two, "section", "s")  # behind the id
    file.update(one, "links", [_A, _B], [_A, _B, _C])
    lines = file.result().splitlines()
    assert lines[5:7] == ["    kind: safety", ""]
    assert lines[lines.index("  - id: two") + 1] == "    section: s"
    at = lines.index("      - reference: c")
    assert lines[at - 1 : at + 3] == [
        "        stance: qualifies  # in part",
        "      - reference: c",
        "        stance: supports",
        "  - id: two",
    ]
