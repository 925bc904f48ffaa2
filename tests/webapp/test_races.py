"""Two people at once, over the wire, at a server of two processes: one wins, the other is told."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from desk_site import make_accounts, soup
from running import Running, serving, somebody, until
from surfaces import make_world
from test_signing import DESK, TEXT

from evidence.journal import Event, Journal
from evidence.journal.accounts import Accounts

PEOPLE = ("editor", "approver", "administrator", "second")
ROUNDS = 5


@pytest.fixture(scope="module")
def site(few: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Running, Path]]:
    """A text of three decided claims that two people have to sign, at two processes."""
    made = make_world(few, tmp_path_factory.mktemp("races"), TEXT)
    with (made.base / "kb.toml").open("a", encoding="utf-8") as stream:
        stream.write("\n[signing]\nsignatures = 2\n")
    make_accounts(made.instance)
    with Journal.open(made.instance) as journal:
        Accounts(journal).add("second", "approver", "quatre mots bien choisis", "Dr Second")
    with serving(made.base, made.instance, "--workers", "2") as running:
        until(lambda: len(running.children) == 2)
        yield running, made.instance


def at_once(*doing: Callable[[], Any]) -> list[Any]:
    """What each gives, all begun at the same moment."""
    ready = threading.Barrier(len(doing))

    def begin(one: Callable[[], Any]) -> Any:
        ready.wait()
        return one()

    with ThreadPoolExecutor(len(doing)) as pool:
        return list(pool.map(begin, doing))


def events(instance: Path, kind: str, claim: str = "") -> list[Event]:
    """What the journal has of a kind, its chain being whole."""
    with Journal.open(instance) as journal:
        assert journal.verify().ok
        return [one for one in journal.events("bain", claim) if one.kind == kind]


def test_of_two_decisions_on_one_claim_one_counts_and_no_word_is_lost(
    site: tuple[Running, Path],
) -> None:
    running, instance = site
    at = f"{DESK}/claims/refroidit"
    people = [somebody(running.port, name) for name in PEOPLE]
    fresh = people[0]  # whose form holds no words that were told to have come second
    for turn in range(ROUNDS):
        against = fresh.fields(at, "/decide")["against"]
        words = [f"The bath cools, says number {n} in turn {turn}." for n in range(len(people))]
        forms = [
            one.fields(at, "/decide") | {"against": against, "statement_en": said, "reason": "Why."}
            for one, said in zip(people, words, strict=True)
        ]
        answers = at_once(
            *(
                lambda one=one, form=form: one.post(f"{at}/decide", form)
                for one, form in zip(people, forms, strict=True)
            )
        )
        codes = [answer.status_code for answer in answers]
        assert sorted(codes) == [303, 409, 409, 409]
        for answer, said in zip(answers, words, strict=True):
            if answer.status_code == 409:
                assert said in soup(answer).text, "the words of who came second"
        winner, fresh = words[codes.index(303)], people[codes.index(303)]
        assert winner in people[0].get(at).text
        made = events(instance, "review", "refroidit")[-len(people) :]
        kept = {event.payload["changes"]["statement"]["en"]: event.accepted for event in made}
        assert kept == {said: said == winner for said in words}


def test_two_signatures_at_once_both_hold_and_one_person_signs_once(
    site: tuple[Running, Path],
) -> None:
    running, instance = site
    at = f"{DESK}/claims/dure"
    signing = [somebody(running.port, name) for name in ("approver", "approver", "second")]
    forms = [one.fields(at, "/sign") for one in signing]
    answers = at_once(
        *(
            lambda one=one, form=form: one.post(f"{at}/sign", form)
            for one, form in zip(signing, forms, strict=True)
        )
    )
    assert answers[2].status_code == 303
    assert {answer.status_code for answer in answers} <= {303, 422}
    page = signing[0].get(at)
    assert "2 of 2 signatures" in page.select_one("#signature").text
    assert len(page.select("#signature .signatures li")) == 2
    signed = [one.by for one in events(instance, "sign-off", "dure") if one.accepted]
    assert sorted(signed) == ["approver", "second"]


def test_a_decision_and_a_signature_at_once_never_sign_what_was_not_seen(
    site: tuple[Running, Path],
) -> None:
    running, instance = site
    at = f"{DESK}/claims/termine"
    editor, approver = (somebody(running.port, name) for name in ("editor", "approver"))
    for turn in range(ROUNDS):
        decided = editor.fields(at, "/decide") | {"statement_en": f"It ends in turn {turn}."}
        signed = approver.fields(at, "/sign")
        at_once(
            lambda form=decided: editor.post(f"{at}/decide", form | {"reason": "Plainer."}),
            lambda form=signed: approver.post(f"{at}/sign", form),
        )
        made = events(instance, "sign-off", "termine")[-1]
        assert made.against == signed["against"]
        newest = events(instance, "review", "termine")[-1]
        assert newest.accepted
        assert made.accepted == (made.number < newest.number)
        assert "0 of 2 signatures" in editor.get(at).select_one("#signature").text


def test_of_two_who_publish_at_once_one_does_and_the_other_is_told(
    site: tuple[Running, Path],
) -> None:
    running, instance = site
    state = f"{DESK}/state"
    people = [somebody(running.port, name) for name in PEOPLE[1:]]
    for turn, to in enumerate(("withdrawn", "published") * 2):
        seen = people[0].get(state).select_one("[name=seen]")["value"]
        before = len(events(instance, "stage"))
        forms = [
            {"to": to, "seen": seen, "reason": f"Said by number {n} in turn {turn}."}
            for n in range(len(people))
        ]
        answers = at_once(
            *(
                lambda one=one, form=form: one.post(state, form)
                for one, form in zip(people, forms, strict=True)
            )
        )
        codes = [answer.status_code for answer in answers]
        assert sorted(codes) == [303, 409, 409]
        for answer, form in zip(answers, forms, strict=True):
            if answer.status_code == 409:
                assert "changed the state of" in soup(answer).select_one("#errors").text
                assert form["reason"] in answer.get_data() or to == "withdrawn"
        after = events(instance, "stage")[before:]
        assert [one.payload["reason"] for one in after] == [forms[codes.index(303)]["reason"]]
