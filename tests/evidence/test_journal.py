"""The journal on SQLite and on a real PostgreSQL: nothing lost, nothing overwritten, no tampering
unseen, alive after being killed."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from journal_states import claim_state, claim_states
from postgresql_server import PostgreSQL
from sqlalchemy import create_engine, text
from sqlalchemy.exc import DBAPIError

from evidence.claims.claim import Claim
from evidence.journal import (
    Entry,
    Journal,
    JournalError,
    JournalUnavailable,
    Rules,
    signing_payload,
)
from evidence.journal.event import canonical, event_hash
from evidence.journal.state import signed_pages_of, state_of
from evidence.knowledge import KnowledgeBase
from evidence.originals.load import read_bytes
from evidence.originals.versions import Originals
from evidence.settings import read_settings
from evidence.standing import Assembler, StandingText
from references.library import Library

WRITERS, EACH = 4, 15


@pytest.fixture(scope="session")
def postgresql() -> Iterator[str]:
    """The address of a PostgreSQL server that lives as long as the tests."""
    pytest.importorskip("psycopg")
    server = PostgreSQL.made()
    if server is None:
        pytest.skip("PostgreSQL is not here and cannot be installed (apt-get install postgresql)")
    server.start()
    try:
        yield server.address
    finally:
        server.remove()


@pytest.fixture(params=["sqlite", "postgresql"])
def address(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of an empty database of either kind."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'journal.sqlite'}"
    server = str(request.getfixturevalue("postgresql"))
    name = f"j{uuid.uuid4().hex[:12]}"
    engine = create_engine(f"{server}postgres", isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    engine.dispose()
    return server + name


@pytest.fixture
def journal(address: str) -> Iterator[Journal]:
    with Journal(address) as opened:
        yield opened


@pytest.fixture
def claim(small: KnowledgeBase) -> Claim:
    return small.text("bain").claim("eases-pain")


def review(claim: Claim, by: str = "anne", **changes: Any) -> Entry:
    return Entry(by, "review", "bain", claim.id, claim.hash, {"changes": changes, "reason": "-"})


def note(words: str, by: str = "anne", claim: str = "eases-pain") -> Entry:
    return Entry(by, "comment", "bain", claim, payload={"words": words})


# ---- deciding -------------------------------------------------------------------------


def test_an_empty_journal_verifies(journal: Journal) -> None:
    assert journal.verify().ok
    assert journal.events() == []
    assert journal.head()[0] == 0


def test_decisions_build_on_each_other(journal: Journal, small: KnowledgeBase) -> None:
    claim = small.text("bain").claim("eases-pain")
    first = journal.record(review(claim, certainty="low"), claim)
    assert first.conflict is None
    assert first.event.result != claim.hash
    state = claim_state(journal, small.text("bain"), claim.id)
    assert state.claim is not None
    assert (state.claim.certainty, state.claim.verdict) == ("low", "supported")
    assert state.hash == first.event.result
    link = {"reference": "durand2021", "stance": "qualifies", "note": {"fr": "-", "en": "-"}}
    journal.record(Entry("luc", "link-added", "bain", claim.id, state.hash, {"link": link}), claim)
    state = claim_state(journal, small.text("bain"), claim.id)
    assert state.claim is not None
    assert [one.reference for one in state.claim.links] == ["moreau2020", "durand2021"]
    journal.record(
        Entry("luc", "link-removed", "bain", claim.id, state.hash, {"reference": "moreau2020"}),
        claim,
    )
    state = claim_state(journal, small.text("bain"), claim.id)
    assert state.claim is not None
    assert [one.reference for one in state.claim.links] == ["durand2021"]
    assert len(state.pending) == 3
    assert state.stale == ()
    assert journal.verify().events == 3


def test_the_second_editor_is_told_and_sees_both_versions(
    journal: Journal, small: KnowledgeBase
) -> None:
    claim = small.text("bain").claim("eases-pain")
    journal.record(review(claim, "anne", certainty="moderate"), claim)
    second = journal.record(review(claim, "luc", verdict="mixed"), claim)
    assert not second.event.accepted
    conflict = second.conflict
    assert conflict is not None
    assert conflict.seen == claim
    assert conflict.current is not None
    assert conflict.yours is not None
    assert (conflict.current.certainty, conflict.current.verdict) == ("moderate", "supported")
    assert (conflict.yours.certainty, conflict.yours.verdict) == ("high", "mixed")
    assert [event.by for event in conflict.since] == ["anne"]
    state = claim_state(journal, small.text("bain"), claim.id)
    assert state.claim == conflict.current
    assert [event.by for event in state.stale] == ["luc"]


def test_the_same_submission_twice_is_one_event(journal: Journal, claim: Claim) -> None:
    entry = review(claim, certainty="low")
    first, again = journal.record(entry, claim), journal.record(entry, claim)
    assert first.event == again.event
    assert journal.head()[0] == 1


def test_claims_are_added_and_removed_in_their_place(
    journal: Journal, small: KnowledgeBase
) -> None:
    page = small.text("bain")
    first = page.claims[0]
    new = first.model_copy(update={"id": "new-one", "links": ()})
    added = {"claim": new.model_dump(mode="json"), "after": first.id}
    journal.record(Entry("anne", "claim-added", "bain", "new-one", "", added))
    journal.record(
        Entry("anne", "claim-removed", "bain", page.claims[1].id, page.claims[1].hash, {}),
        page.claims[1],
    )
    states = claim_states(journal, page)
    assert list(states) == ["eases-pain", "new-one", "lasts-minutes", "effect-lasts-weeks"]
    assert states["lasts-minutes"].claim is None
    current = StandingText(page, small, tuple(journal.events())).text
    assert [one.id for one in current.claims] == ["eases-pain", "new-one", "effect-lasts-weeks"]


def test_a_register_edited_elsewhere_makes_earlier_decisions_stale(
    journal: Journal, claim: Claim
) -> None:
    journal.record(review(claim, certainty="low"), claim)
    edited = claim.model_copy(update={"verdict": "mixed"})
    state = state_of(claim.id, edited, journal.events())
    assert state.claim == edited
    assert len(state.stale) == 1
    written = claim.model_copy(update={"certainty": "low"})
    state = state_of(claim.id, written, journal.events())
    assert (state.claim, state.pending, state.stale) == (written, (), ())


def test_a_source_that_was_checked_changes_the_text(journal: Journal, small: KnowledgeBase) -> None:
    page = small.text("bain")
    checked = {"cited": page.sources[0].cited, "status": "retracted", "reference": "moreau2020"}
    journal.record(Entry("anne", "source-checked", "bain", payload=checked))
    assert StandingText(page, small, tuple(journal.events())).text.sources[0].status == "retracted"
    assert page.sources[0].status == "differs"


def test_comments_are_open_until_resolved_and_claims_are_assigned(
    journal: Journal, small: KnowledgeBase
) -> None:
    said = journal.record(note("Voir la méta-analyse ?")).event
    journal.record(note("Oui.", "luc"))
    journal.record(Entry("anne", "assignment", "bain", "eases-pain", payload={"to": "luc"}))
    journal.record(
        Entry("luc", "comment-resolved", "bain", "eases-pain", payload={"comment": said.id})
    )
    state = claim_state(journal, small.text("bain"), "eases-pain")
    assert [event.payload["words"] for event in state.open_comments] == ["Oui."]
    assert state.assignee == "luc"


@pytest.mark.parametrize(
    ("entry", "says"),
    [
        (lambda c: replace(review(c), kind="erase"), "no kind of event"),
        (lambda c: review(c, verdict="perhaps"), "not valid: verdict"),
        (lambda c: review(c, id="other"), "cannot change id"),
        (lambda c: review(c, links=[]), "cannot change links"),
        (lambda c: replace(review(c), claim=""), "needs the claim"),
        (lambda c: replace(review(c), payload={}), "not whole"),
        (lambda c: note("  "), "empty"),
        (lambda c: note("x" * 200_000), "more than 100,000"),
        (lambda c: note("a\0b"), "plain text"),
        (lambda c: note("\ud800"), "plain text"),
        (lambda c: replace(note("x"), by=" "), "needs a person"),
        (lambda c: replace(review(c), kind="link-removed", payload={"reference": "x"}), "no link"),
    ],
)
def test_what_cannot_be_recorded_is_said(
    journal: Journal, claim: Claim, entry: Callable[[Claim], Entry], says: str
) -> None:
    with pytest.raises(JournalError, match=says):
        journal.record(entry(claim), claim)
    assert journal.head()[0] == 0


# ---- signing --------------------------------------------------------------------------


def sign(journal: Journal, kb: KnowledgeBase, by: str = "anne", page: str = "") -> None:
    claim = claim_state(journal, kb.text("bain"), "eases-pain").claim
    assert claim is not None
    payload = signing_payload(claim, kb.library, page)
    entry = Entry(by, "sign-off", "bain", claim.id, claim.hash, payload, person=f"Dr {by}")
    assert journal.record(entry, kb.text("bain").claim("eases-pain")).conflict is None


def reasons(journal: Journal, kb: KnowledgeBase, **more: Any) -> list[tuple[str, str]]:
    library = more.pop("library", kb.library)
    state = claim_state(journal, kb.text("bain"), "eases-pain", library, **more)
    return [(lapse.reason, lapse.what) for lapse in state.signatures[-1].lapses]


def test_a_signature_holds_until_something_it_stands_on_changes(
    journal: Journal, small: KnowledgeBase
) -> None:
    sign(journal, small)
    state = claim_state(journal, small.text("bain"), "eases-pain", small.library)
    assert (state.signed, state.lapsed) == (True, False)
    assert state.signatures[0].event.person == "Dr anne"
    assert reasons(journal, small, drift={"eases-pain": []}) == []
    for reason in ("page-changed", "heading-changed", "lead-changed"):
        assert reasons(journal, small, drift={"eases-pain": [reason]}) == [(reason, "")]

    def with_status(status: str) -> Library:
        rows = [
            replace(r, status=status) if r.key == "moreau2020" else r
            for r in small.library.values()
        ]
        return Library(rows)

    assert reasons(journal, small, library=with_status("retracted")) == [
        ("reference-retracted", "moreau2020")
    ]
    assert reasons(journal, small, library=with_status("corrected")) == [
        ("reference-changed", "moreau2020")
    ]
    later = datetime.now(UTC) + timedelta(days=31)
    claim = small.text("bain").claim("eases-pain")
    old = state_of(
        claim.id, claim, journal.events(), small.library, rules=Rules(valid_days=30), now=later
    )
    assert [lapse.reason for lapse in old.signatures[0].lapses] == ["expired"]
    assert old.lapsed
    journal.record(review(claim, "luc", certainty="low"), claim)
    assert reasons(journal, small) == [("claim-changed", "")]


def test_a_second_signature_is_another_person(journal: Journal, small: KnowledgeBase) -> None:
    two = Rules(signatures=2)

    def signed() -> bool:
        return claim_state(
            journal, small.text("bain"), "eases-pain", small.library, rules=two
        ).signed

    sign(journal, small, "anne")
    sign(journal, small, "anne")
    assert not signed()
    sign(journal, small, "luc")
    assert signed()


def test_signing_what_is_no_longer_current_is_refused_and_kept(
    journal: Journal, small: KnowledgeBase
) -> None:
    claim = small.text("bain").claim("eases-pain")
    journal.record(review(claim, certainty="low"), claim)
    late = Entry("luc", "sign-off", "bain", claim.id, claim.hash, signing_payload(claim, {}))
    recorded = journal.record(late, claim)
    assert recorded.conflict is not None
    assert not recorded.event.accepted
    assert claim_state(journal, small.text("bain"), claim.id).signatures == ()


def test_the_page_of_the_last_signature_is_remembered(
    journal: Journal, small: KnowledgeBase
) -> None:
    sign(journal, small, page="a" * 64)
    sign(journal, small, page="b" * 64)
    assert signed_pages_of(journal.events("bain")) == {"eases-pain": "b" * 64}
    claim = small.text("bain").claim("lasts-minutes")
    payload = signing_payload(claim, small.library, "c" * 64)
    late = Entry("luc", "sign-off", "bain", claim.id, "another state", payload)
    assert not journal.record(late, claim).event.accepted
    assert list(signed_pages_of(journal.events("bain"))) == ["eases-pain"]


def test_a_signature_lapses_by_the_page_it_was_given_on(
    small: KnowledgeBase, instance: Path, page: Path
) -> None:
    """The last page signed is what counts: not the newest, not the first."""
    name, other = "effect-lasts-weeks", "lasts-minutes"
    first = page.read_text("utf-8")
    originals = Originals(instance)

    def load(text: str) -> None:
        originals.add("bain", read_bytes(text.encode(), "a.txt"))

    def sign_on_the_newest(claim_id: str) -> None:
        standing = Assembler(small, instance).now().text("bain")
        claim = standing.text.claim(claim_id)
        payload = signing_payload(claim, small.library, standing.page_hash)
        entry = Entry("anne", "sign-off", "bain", claim.id, claim.hash, payload)
        with Journal.open(instance) as journal:
            assert journal.record(entry, claim).event.accepted

    def lapsed() -> dict[str, list[str]]:
        states = Assembler(small, instance).now().text("bain").states
        return {
            one: [lapse.reason for lapse in states[one].signatures[-1].lapses]
            for one in (name, other)
        }

    load(first)
    sign_on_the_newest(name)
    sign_on_the_newest(other)
    assert lapsed() == {name: [], other: []}
    changed = first.replace("durer plusieurs", "durer parfois plusieurs")
    load(changed)
    assert lapsed() == {name: ["page-changed"], other: []}
    sign_on_the_newest(name)
    assert lapsed() == {name: [], other: []}
    load(changed.replace("20 à 30 minutes", "deux heures"))
    assert lapsed() == {name: [], other: ["page-changed"]}
    load(first + "\nUne phrase de plus.")
    assert lapsed() == {name: ["page-changed"], other: []}


@pytest.mark.parametrize("value", ["0", "-1", '"two"', "true", "1.5"])
def test_rules_that_make_no_sense_are_named(tmp_path: Path, value: str) -> None:
    file = tmp_path / "kb.toml"
    file.write_text(f"[signing]\nvalid_days = {value}\nsignatures = 2\n")
    settings, problems = read_settings(file)
    assert [problem.field for problem in problems] == ["signing.valid_days"]
    assert Rules.of(settings) == Rules(730, 2)


# ---- many at once, and killed ---------------------------------------------------------


def _write(address: str, base: str, writer: int) -> list[int]:
    """One editor: comments, and decisions tried again until they are accepted."""
    kb = KnowledgeBase(base)
    page = kb.text("bain")
    conflicts = 0
    with Journal(address) as journal:
        for number in range(EACH):
            claim = page.claims[number % 3]
            if number % 5 == 0:
                journal.record(note(f"{writer}-{number}", f"w{writer}", claim.id))
                continue
            while True:
                state = claim_state(journal, page, claim.id)
                assert state.claim is not None
                words = f"{writer}-{number}"
                changes = {"rationale": {"fr": words, "en": words}}
                entry = Entry(
                    f"w{writer}", "review", "bain", claim.id, state.hash, {"changes": changes}
                )
                if journal.record(entry, claim).conflict is None:
                    break
                conflicts += 1
    return [writer, conflicts]


def test_editors_at_once_lose_nothing(address: str, base: Path) -> None:
    with ProcessPoolExecutor(WRITERS, mp_context=get_context("spawn")) as pool:
        done = list(pool.map(_write, [address] * WRITERS, [str(base)] * WRITERS, range(WRITERS)))
    assert [row[0] for row in done] == list(range(WRITERS))
    with Journal(address) as journal:
        events = journal.events()
        checked = journal.verify()
        page = KnowledgeBase(base).text("bain")
        states = claim_states(journal, page)
    assert checked.ok, checked.problem
    assert [event.number for event in events] == list(range(1, len(events) + 1))
    accepted = [e for e in events if e.accepted]
    words = [
        e.payload["words"] if e.kind == "comment" else e.payload["changes"]["rationale"]["fr"]
        for e in accepted
    ]
    assert sorted(words) == sorted(f"{w}-{n}" for w in range(WRITERS) for n in range(EACH))
    assert len(events) - len(accepted) == sum(row[1] for row in done)
    for claim_id, state in states.items():
        last = [e for e in accepted if e.claim == claim_id and e.kind == "review"][-1]
        assert state.hash == last.result
        assert len(state.stale) == sum(not e.accepted for e in events if e.claim == claim_id)


KILLED = """
import sys, uuid
from evidence.journal import Entry, Journal
from evidence.journal.state import states_of
from evidence.knowledge import KnowledgeBase
address, base = sys.argv[1:]
kb = KnowledgeBase(base)
page = kb.text("bain")
claim = page.claims[0]
link = {"reference": "durand2021", "stance": "supports", "note": {"fr": "-", "en": "-"}}
with Journal(address) as journal:
    print("open", flush=True)
    for number in range(10_000):
        state = states_of(page, journal.events("bain"))[claim.id]
        kinds = [
            ("comment", {"words": "x" * 20_000}),
            ("review", {"changes": {"certainty": ["low", "moderate"][number % 2]}}),
            ("link-added", {"link": link}),
            ("link-removed", {"reference": "durand2021"}),
            ("sign-off", {"references": {}, "page": ""}),
            ("assignment", {"to": "k"}),
            ("comment-resolved", {"comment": "none"}),
            ("source-checked", {"cited": "x", "status": "not-located"}),
            ("applied", {"file": "bain.yaml"}),
            ("claim-removed", {"reason": "-"}),
            ("claim-added", {"claim": claim.model_dump(mode="json"), "after": ""}),
        ]
        kind, payload = kinds[number % len(kinds)]
        journal.record(Entry("k", kind, "bain", claim.id, state.hash, payload), claim)
        print(number + 1, flush=True)
"""


def test_killed_in_the_middle_of_writes(address: str, base: Path) -> None:
    told = 0
    for delay in (0.0, 0.013, 0.05, 0.11, 0.2, 0.31):
        process = subprocess.Popen(
            [sys.executable, "-c", KILLED, address, str(base)],
            stdout=subprocess.PIPE,
            text=True,
        )
        assert process.stdout is not None
        assert process.stdout.readline() == "open\n"
        time.sleep(delay)
        process.send_signal(signal.SIGKILL)
        lines = process.stdout.read().splitlines()
        process.wait()
        told += int(lines[-1]) if lines and lines[-1].isdigit() else 0
        with Journal(address) as journal:
            checked = journal.verify()
            assert checked.ok, checked.problem
            # What was reported as written is there; at most one more was written unreported.
            assert told <= checked.events <= told + 1
            told = checked.events
            journal.record(note("still writable"))
            told += 1


def test_the_file_of_a_journal_is_its_owners_alone(tmp_path: Path) -> None:
    old = os.umask(0o022)
    try:
        with Journal.open(tmp_path) as journal:
            journal.record(note("a note"))
            modes = {p.name: p.stat().st_mode & 0o777 for p in tmp_path.iterdir()}
    finally:
        os.umask(old)
    assert "journal.sqlite" in modes
    assert set(modes.values()) == {0o600}, modes


def test_two_processes_may_make_the_tables_at_once(address: str) -> None:
    script = "import sys; from evidence.journal import Journal; Journal(sys.argv[1]).close()"
    running = [
        subprocess.Popen([sys.executable, "-c", script, address], stderr=subprocess.PIPE, text=True)
        for _ in range(4)
    ]
    assert [(p.communicate()[1], p.returncode) for p in running] == [("", 0)] * 4


# ---- tampering ------------------------------------------------------------------------


@pytest.fixture
def filled(journal: Journal, claim: Claim) -> Journal:
    for number in range(5):
        journal.record(note(f"Note {number}"))
    return journal


def execute(journal: Journal, *statements: str) -> None:
    with journal.engine.connect() as connection:
        for statement in statements:
            connection.exec_driver_sql(statement)
        connection.commit()


def without_triggers(journal: Journal) -> None:
    if journal.backend == "sqlite":
        execute(journal, "DROP TRIGGER event_no_update", "DROP TRIGGER event_no_delete")
    else:
        execute(journal, "DROP TRIGGER event_append_only ON event")


@pytest.mark.parametrize(
    "statement", ["UPDATE event SET person = 'Eve'", "DELETE FROM event WHERE number = 2"]
)
def test_the_database_itself_refuses_changes(filled: Journal, statement: str) -> None:
    with pytest.raises(DBAPIError, match="append-only"):
        execute(filled, statement)
    assert filled.verify().events == 5


@pytest.mark.parametrize(
    ("statement", "broken", "says"),
    [
        ("UPDATE event SET person = 'Eve' WHERE number = 3", 3, "altered"),
        ('UPDATE event SET payload = \'{"words":"No"}\' WHERE number = 1', 1, "altered"),
        ("UPDATE event SET at = '2020-01-01T00:00:00+00:00' WHERE number = 5", 5, "altered"),
        ("DELETE FROM event WHERE number = 2", 3, "event 2 is missing"),
        ("DELETE FROM event WHERE number = 5", None, "head says 5"),
        ("DELETE FROM event WHERE number = 1", 2, "event 1 is missing"),
    ],
)
def test_tampering_shows(filled: Journal, statement: str, broken: int | None, says: str) -> None:
    without_triggers(filled)
    execute(filled, statement)
    found = filled.verify()
    assert (found.ok, found.broken) == (False, broken)
    assert says in str(found.problem)


def test_a_rehashed_event_breaks_the_chain_and_a_cut_end_shows_by_its_noted_head(
    filled: Journal,
) -> None:
    noted = filled.head()[1]
    without_triggers(filled)
    row = next(row for row in filled.rows() if row["number"] == 2)
    row["person"] = "Eve"
    execute(
        filled,
        f"UPDATE event SET person = 'Eve', hash = '{event_hash(row)}' WHERE number = 2",
    )
    assert filled.verify().broken == 3
    execute(filled, "DELETE FROM event WHERE number > 1")
    first = next(filled.rows())
    execute(filled, f"UPDATE head SET number = 1, hash = '{first['hash']}'")
    assert filled.verify().ok
    cut = filled.verify(noted)
    assert (cut.ok, "noted earlier" in str(cut.problem)) == (False, True)


def test_a_journal_of_a_newer_program_is_left_alone(address: str) -> None:
    with Journal(address) as journal:
        execute(journal, "UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(JournalUnavailable, match="newer version"):
        Journal(address).head()


@pytest.mark.parametrize(
    ("address", "says"),
    [
        ("nonsense", "not an address of a database"),
        ("mysql://a@b/c", "write sqlite"),
        ("sqlite:////nowhere/at/all.sqlite", "cannot be used"),
        ("postgresql://evidence@127.0.0.1:1/none", "check that the database runs"),
    ],
)
def test_a_wrong_address_is_one_sentence(address: str, says: str) -> None:
    with pytest.raises(JournalUnavailable, match=says):
        Journal(address).head()


def test_a_file_that_is_no_journal_is_said(tmp_path: Path) -> None:
    (tmp_path / "journal.sqlite").write_bytes(b"not a database" * 100)
    with pytest.raises(JournalUnavailable, match="not a database"):
        Journal.open(tmp_path).head()


plain = st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(max_size=20)
names = st.text(max_size=8)
json_values = st.recursive(
    plain, lambda v: st.lists(v, max_size=4) | st.dictionaries(names, v, max_size=4), max_leaves=12
)


@given(st.dictionaries(st.text(max_size=8), json_values, max_size=5))
def test_canonical_json_has_one_spelling(value: dict[str, Any]) -> None:
    plain = canonical(value)
    assert json.loads(plain) == value
    assert canonical(dict(reversed(value.items()))) == plain
