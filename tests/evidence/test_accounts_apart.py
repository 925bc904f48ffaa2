"""What is done to one account, place, session or document is done to no other.

Each stands between two others by name, so that a comparison that takes in more than it should is
seen. Passwords at the limits of docs/security.md.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

import pytest
from argon2 import PasswordHasher, extract_parameters
from journal_made import new_journal
from sqlalchemy import text

from evidence.journal import passwords
from evidence.journal.accounts import Accounts
from evidence.journal.attempts import token_of
from evidence.journal.documents import Documents
from evidence.journal.event import Entry
from evidence.journal.passwords import AccountError, Throttled, check_password
from evidence.journal.store import Journal

PASSWORD = "quatre mots bien choisis"
NOW = 1_800_000_000.0


def cheap(passes: int = 1) -> PasswordHasher:
    return PasswordHasher(time_cost=passes, memory_cost=8, parallelism=1)


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Journal]:
    with new_journal(tmp_path) as opened:
        yield opened


@pytest.fixture
def people(journal: Journal, monkeypatch: pytest.MonkeyPatch) -> Accounts:
    """Three accounts whose passwords are hashed at no cost."""
    hasher = cheap()
    monkeypatch.setattr(passwords, "_hasher", lambda: hasher)
    made = Accounts(journal)
    for name, role in (("anne", "administrator"), ("luc", "editor"), ("zoe", "editor")):
        made.add(name, role, PASSWORD, name.title())
    return made


def fail(people: Accounts, name: str, address: str, now: float = NOW, device: str = "") -> int:
    """Give a wrong password; seconds to wait, 0 when it was compared."""
    try:
        assert people.authenticate(name, "a wrong password", address, now, device) is None
    except Throttled as error:
        return error.seconds
    return 0


def attempts(journal: Journal) -> dict[tuple[str, str], tuple[int, float, float]]:
    with journal.reading() as connection:
        return {
            (row.name, row.address): (row.failures, row.failed, row.succeeded)
            for row in connection.execute(text("SELECT * FROM attempt"))
        }


# ---- accounts -----------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["anne", "luc", "zoe"])
def test_a_change_of_one_account_is_none_of_the_others(
    people: Accounts, journal: Journal, name: str
) -> None:
    people.add("aaron", "administrator", PASSWORD)
    before = {one.name: one for one in people.all()}
    people.disable(name)
    people.add("eve", "reader", PASSWORD)
    after = {one.name: one for one in people.all()}
    assert after.pop("eve").role == "reader"
    assert after.pop(name).disabled
    assert after == {key: one for key, one in before.items() if key != name}
    assert [one.name for one in people.all()] == ["aaron", "anne", "eve", "luc", "zoe"]
    assert people.get(name) != before[name]
    assert journal.verify().ok


def test_an_administrator_who_cannot_sign_in_keeps_no_accounts(people: Accounts) -> None:
    people.add("eve", "administrator", PASSWORD)
    people.disable("eve")
    with pytest.raises(AccountError, match="only administrator"):
        people.disable("anne")
    people.disable("luc")  # no administrator: nothing hangs on it


def test_who_changed_an_account_is_named_as_far_as_there_is_room(
    people: Accounts, journal: Journal
) -> None:
    people.add("eve", "reader", PASSWORD, by="x" * 81)
    people.disable("eve", by="luc")
    assert [one.by for one in journal.events()[-2:]] == ["x" * 80, "luc"]
    changes = [one.payload["change"] for one in journal.events()]
    assert changes == ["made", "made", "made", "made", "closed"]


def test_a_password_hashed_with_less_work_is_hashed_anew_when_it_is_given(
    people: Accounts, journal: Journal, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stored() -> dict[str, str]:
        with journal.reading() as connection:
            return dict(connection.execute(text("SELECT name, password FROM account")).all())

    before, hasher = stored(), cheap(passes=2)
    monkeypatch.setattr(passwords, "_hasher", lambda: hasher)
    for _ in range(2):
        luc = people.authenticate("luc", PASSWORD, "here", NOW)
        assert luc is not None
        assert luc.version == 1, "its sessions go on"
    after = stored()
    assert {name for name in after if after[name] != before[name]} == {"luc"}
    assert extract_parameters(after["luc"]).time_cost == 2
    last = journal.events()[3:]
    assert [(one.by, one.payload["account"], one.payload["change"]) for one in last] == [
        ("luc", "luc", "password")
    ]
    assert journal.verify().ok


# ---- sessions -----------------------------------------------------------------------------


def test_one_session_begins_and_ends_and_the_others_go_on(people: Accounts) -> None:
    accounts = people.all()
    tokens = [people.begin_session(one, NOW + n) for n, one in enumerate(accounts * 2)]
    assert len(set(tokens)) == 6
    assert all(len(token) == 43 for token in tokens), "32 bytes that nobody guesses"
    assert [people.of_session(one, NOW + 9) for one in tokens] == accounts * 2
    people.end_session(tokens[2])
    left = [people.of_session(one, NOW + 9) for one in tokens]
    assert left == [*accounts[:2], None, *accounts]
    people.disable("luc")
    assert [one and one.name for one in (people.of_session(t, NOW + 9) for t in tokens)] == [
        *("anne", None, None),
        *("anne", None, "zoe"),
    ]


def test_sessions_that_are_over_are_not_kept(people: Accounts, journal: Journal) -> None:
    anne = people.all()[0]
    for later in (0.0, 12 * 3600.0 - 1, 12 * 3600.0 + 1):
        people.begin_session(anne, NOW + later)
    with journal.reading() as connection:
        since = connection.execute(text("SELECT since - :now FROM session"), {"now": NOW})
        assert sorted(since.scalars()) == [12 * 3600.0 - 1, 12 * 3600.0 + 1]


def test_a_session_of_now(people: Accounts) -> None:
    anne = people.authenticate("anne", PASSWORD, "here")
    assert anne is not None
    assert people.of_session(people.begin_session(anne)) == anne


# ---- attempts -----------------------------------------------------------------------------


def test_an_attempt_counts_for_its_name_from_its_address(
    people: Accounts, journal: Journal
) -> None:
    every = [(name, address) for name in ("anne", "luc", "zoe") for address in "abc"]
    for name, address in every:
        fail(people, name, address)
    fail(people, "luc", "b")
    counts = {key: failures for key, (failures, _, _) in attempts(journal).items()}
    assert counts == dict.fromkeys(every, 1) | {("luc", "b"): 2}
    assert people.authenticate("luc", PASSWORD, "b", NOW) is not None
    once = (1, NOW, 0.0)
    assert attempts(journal) == dict.fromkeys(every, once) | {("luc", "b"): (0, 0.0, NOW)}
    fail(people, "luc", "b", NOW + 1)
    assert attempts(journal)["luc", "b"] == (1, NOW + 1, NOW), "it is known from before"
    people.add("luc", "editor", PASSWORD, replace=True)
    assert attempts(journal) == {key: once for key in every if key[0] != "luc"}


def test_long_names_and_addresses_are_counted_as_far_as_there_is_room(
    people: Accounts, journal: Journal
) -> None:
    fail(people, "n" * 90, "a" * 90)
    assert list(attempts(journal)) == [("n" * 80, "a" * 80)]


def test_a_browser_is_known_by_the_name_it_signed_in_as(people: Accounts, journal: Journal) -> None:
    token = f"device {hashlib.sha256(b'mine').hexdigest()[:40]}"
    assert (token_of("mine"), token_of("")) == (token, "")
    for name in ("anne", "zoe"):
        assert people.authenticate(name, PASSWORD, "home", NOW, "mine") is not None
    fail(people, "luc", "home", NOW, "mine")
    assert ("luc", "home") in attempts(journal)
    assert ("luc", token) not in attempts(journal)
    fail(people, "anne", "home", NOW, "mine")
    assert attempts(journal)["anne", token] == (1, NOW, NOW)
    assert attempts(journal)["anne", "home"] == (0, 0.0, NOW)


def test_many_tries_of_a_name_or_from_an_address_slow_no_other(people: Accounts) -> None:
    assert [fail(people, "luc", f"a{n}") for n in range(51)] == [0] * 50 + [1]
    assert [fail(people, name, f"b-{name}") for name in ("anne", "zoe")] == [0, 0]
    assert [fail(people, f"u{n}", "hospital") for n in range(31)] == [0] * 30 + [1]
    assert [fail(people, "anne", place) for place in ("clinic", "ward")] == [0, 0]


def test_only_what_happened_after_now_is_moved_when_a_clock_is_set_back(
    people: Accounts, journal: Journal
) -> None:
    for name, moment in (("anne", NOW), ("luc", NOW + 900), ("zoe", NOW + 600)):
        fail(people, name, name, moment)
    assert {name: failed for (name, _), (_, failed, _) in attempts(journal).items()} == {
        "anne": NOW,
        "luc": NOW + 600,
        "zoe": NOW + 600,
    }


def test_what_was_tried_an_hour_ago_from_an_address_is_forgotten(people: Accounts) -> None:
    for n in range(30):
        fail(people, f"u{n}", "hospital", NOW + (3599.9 if n == 29 else 0.0))
    assert fail(people, "v", "hospital", NOW + 3599.95) == 1
    assert fail(people, "v", "hospital", NOW + 3600.0) == 0


def test_seconds_are_told_in_whole_and_never_as_none() -> None:
    assert [Throttled(one).seconds for one in (0.1, 1.4, 2.6)] == [1, 1, 3]


# ---- passwords ----------------------------------------------------------------------------

#: Of 72 characters, the last of which makes it hard enough to guess.
_JUST_ENOUGH = ("bonjour" * 10)[:69] + "Zq7"


@pytest.mark.parametrize(
    ("password", "is_fit"),
    [
        ("bdacebacedb", False),  # 11 characters
        ("bdacebacedba", True),
        ("bdacbacdbadcacbd", False),  # of four letters
        ("bdacbacdbadcacbe", True),
        ("Éloïse Bôtrézkwt", False),  # the person's name
        ("éloïsebôtrézkwt", False),
        (_JUST_ENOUGH, True),
        (_JUST_ENOUGH[:71], False),
        (("azerty" * 12)[:71] + "xQ7wXk3vPz", False),  # what follows is not looked at
        (("azerty" * 12)[:71] + "x", False),
        ("각낙닥락막박삭악작착" * 8, True),  # letters that fall into three parts each
    ],
)
def test_passwords_at_the_limits(password: str, is_fit: bool) -> None:
    if is_fit:
        check_password(password, "eloise", "Éloïse Bôtrézkwt")
        return
    with pytest.raises(AccountError):
        check_password(password, "eloise", "Éloïse Bôtrézkwt")


def test_the_whole_of_a_long_password_is_compared(monkeypatch: pytest.MonkeyPatch) -> None:
    hasher = cheap()
    monkeypatch.setattr(passwords, "_hasher", lambda: hasher)
    longest = "x" * 200
    stored = passwords.hashed(longest)
    assert passwords.matches(stored, longest)
    assert not passwords.matches(stored, longest + "x")
    assert not passwords.matches(stored, longest[:-1])
    assert passwords.matches(passwords.hashed("ﬁn"), "fin"), "however it was typed"
    assert not passwords.matches(None, longest)
    assert not passwords.matches("no hash at all", longest)
    assert not passwords.is_outdated(stored)


def test_the_hash_of_nobody_takes_the_work_of_anybodys(monkeypatch: pytest.MonkeyPatch) -> None:
    hasher = PasswordHasher(time_cost=2, memory_cost=24, parallelism=3)
    monkeypatch.setattr(passwords, "_hasher", lambda: hasher)
    assert extract_parameters(passwords._nobodys()) == extract_parameters(hasher.hash("x"))


def test_two_passwords_are_worked_out_at_once_and_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(passwords, "PATIENCE", 0.0)
    for _ in range(2):  # places that were left are free again
        with passwords._turn(), passwords._turn():
            with pytest.raises(Throttled):
                passwords.hashed("x")
            with pytest.raises(Throttled):
                passwords.matches(None, "x")


# ---- documents ----------------------------------------------------------------------------


def test_a_document_is_apart_from_those_beside_it(journal: Journal) -> None:
    documents = Documents(journal)
    places = [(kind, owner, name) for kind in "abc" for owner in "abc" for name in "abc"]
    for kind, owner, name in places:
        documents.put(kind, name, f"{kind}{owner}{name}".encode(), 0, owner)
    before = documents.put("b", "b", b"new", None, "b")
    assert before.revision == 10
    bodies = {place: "".join(place).encode() for place in places} | {("b", "b", "b"): b"new"}

    def there() -> dict[tuple[str, str, str], bytes]:
        found = [one for kind in "abc" for owner in "abc" for one in documents.all(kind, owner)]
        assert [(one.owner, one.name) for kind in "abc" for one in documents.list(kind)] == [
            (one.owner, one.name) for one in found
        ]
        return {(one.kind, one.owner, one.name): one.body for one in found}

    assert there() == bodies
    assert documents.delete("b", "b", "b", expected=10)
    del bodies["b", "b", "b"]
    assert there() == bodies
    assert [documents.stamp(kind) for kind in "abcd"] == [9, 11, 9, 0]
    documents.put("b", "b", b"", None)
    documents.put("a", "b", b"", None)
    documents.delete_all("b", ["b", "none"])
    assert documents.get("b", "b") is None
    assert documents.get("a", "b") is not None
    assert documents.change("a", "b", lambda old: old + b"x").body == b"x"
    assert documents.change("a", "b", lambda old: old + b"y").body == b"xy"
    assert documents.change("a", "b", lambda old: old + b"z", owner="z").body == b"z"


# ---- events -------------------------------------------------------------------------------


def test_events_of_a_text_and_of_a_claim_are_apart(journal: Journal) -> None:
    for text_id in "abc":
        for claim_id in "abc":
            payload = {"words": text_id + claim_id}
            journal.record(Entry("anne", "comment", text_id, claim_id, payload=payload))

    def words(**asked: object) -> list[str]:
        return [one.payload["words"] for one in journal.events(**asked)]  # type: ignore[arg-type]

    assert words(text_id="b") == ["ba", "bb", "bc"]
    assert words(text_id="b", claim_id="b") == ["bb"]
    assert words(claim_id="b") == ["ab", "bb", "cb"]
    assert words(after=4, limit=2) == ["bb", "bc"]
    assert words(text_id="") == []
    middle = journal.events()[4]
    again = Entry("anne", "comment", "b", "b", payload={"words": "bb"}, id=middle.id)
    assert journal.record(again).event == middle
