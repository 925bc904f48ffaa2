"""Who sees a text: moved at the desk and by commands, by those who may, told to whoever asks."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner
from desk_site import make_accounts, person, soup
from small_base import KEYS
from surfaces import World, ask, make_world, run

from evidence.cli import cli
from evidence.journal import Entry, Journal
from evidence.journal.stage import digest
from evidence.knowledge import KnowledgeBase
from evidence.standing import Assembler
from references.errors import UserError
from webapp import create_app

TEXT = f"""id: bain
title: {{fr: Le bain froid, en: The cold bath}}
language: fr
sections:
- {{id: short, heading: {{fr: En bref, en: In short}}}}
claims:
- id: calms
  section: short
  anchor: {{start: Le bain froid}}
  statement: {{fr: Le bain calme., en: The bath calms.}}
  kind: efficacy
  verdict: mixed
  certainty: low
  rationale: {{fr: Deux essais., en: Two trials.}}
  links:
  - {{reference: {KEYS[0]}, stance: qualifies, note: {{fr: Une note., en: A note.}}}}
"""
PAGE = """# Le bain chaud

Le bain chaud diminue la douleur chez 80 % des patients pendant six mois.
"""
AT = "/desk/texts/chaud/state"


@pytest.fixture
def here(few: Path, tmp_path: Path) -> World:
    """A base with one text, and one that was brought, private, whose claim is decided."""
    made = make_world(few, tmp_path, TEXT)
    make_accounts(made.instance)
    brought = TEXT.replace("bain\n", "chaud\n", 1).replace("froid", "chaud").replace("cold", "hot")
    (made.instance / "texts").mkdir()
    (made.instance / "texts" / "chaud.yaml").write_text(brought, "utf-8")
    return made


def words(where: World, *given: str) -> tuple[str, str]:
    """What a command prints, and what it says beside it."""
    place = ["--kb", str(where.base), "--instance", str(where.instance)]
    done = CliRunner().invoke(cli, [*given, *place])
    assert done.exit_code == 0, done.output
    return done.stdout, done.stderr


def refusal(where: World, *given: str) -> str:
    """The sentence with which a command refuses what it is asked."""
    place = ["--kb", str(where.base), "--instance", str(where.instance)]
    done = CliRunner().invoke(cli, [*given, *place])
    assert isinstance(done.exception, UserError), done.output
    return str(done.exception)


def test_an_approver_publishes_in_the_name_they_choose(here: World) -> None:
    editor, approver = person(here.app, "editor"), person(here.app, "approver")
    assert not editor.get(AT).select("#publish")
    sent = {"to": "published", "seen": "private", "shown": "x"}
    assert editor.post(AT, sent).status_code == 403
    assert ask(here.app, "/texts/chaud").status_code == 404
    form = approver.fields(AT, "/state")
    assert form["shown"] == "Dr Approver"
    assert approver.post(AT, form | {"shown": "Claire Martin"}).status_code == 303
    page = ask(here.app, "/texts/chaud").text
    today = datetime.now(UTC).date()
    day = f"{today.day} {today:%B %Y}"
    assert f"Published on {day} by Claire Martin." in page
    assert "Dr Approver" not in page
    told = ask(here.app, "/api/v1/texts/chaud").get_json()
    assert (told["published_here"], told["published_by"]) == (today.isoformat(), "Claire Martin")
    listed = {row["text"]: row for row in run(here, "text", "list")}
    assert listed["chaud"]["state"] == "published"
    # One that is part of the base was published with it, on no day and by nobody here.
    assert "Published on" not in ask(here.app, "/texts/bain").text


def test_who_comes_second_is_told_and_changes_nothing(here: World) -> None:
    approver = person(here.app, "approver")
    late = approver.fields(AT, "/state")
    run(here, "text", "archive", "chaud")
    answer = approver.post(AT, late)
    assert answer.status_code == 409
    assert "Somebody changed the state" in soup(answer).select_one("#errors").text
    assert ask(here.app, "/texts/chaud").status_code == 404


def test_a_review_link_ends_by_a_new_one_by_hand_and_by_time(here: World) -> None:
    editor = person(here.app, "editor")
    sent = {"to": "in-review", "seen": "private", "days": "7"}
    assert editor.post(AT, sent).status_code == 303
    shown = editor.get(AT).select_one(".break a")["href"]
    first = re.search(r"/review/([\w-]{43})$", str(shown)).group(1)
    assert ask(here.app, f"/review/{first}").status_code == 200
    # Who made it sees it; the journal and other people do not.
    assert not person(here.app, "approver").get(AT).select(".break a")
    exported, _said = words(here, "journal", "export", "--text", "chaud")
    assert first not in exported
    assert digest(first) in exported
    second = run(here, "text", "review", "chaud")["link"]
    assert ask(here.app, f"/review/{first}").status_code == 404
    assert ask(here.app, second).status_code == 200
    run(here, "text", "private", "chaud")
    assert ask(here.app, second).status_code == 404
    over = (datetime.now(UTC) - timedelta(minutes=1)).isoformat()
    payload = {"stage": "in-review", "link": digest("old"), "until": over}
    with Journal.open(here.instance) as journal:
        journal.record(Entry("ada", "stage", "chaud", payload=payload))
    expired = ask(here.app, "/review/old")
    assert expired.status_code == 410
    assert "expired" in expired.text
    assert "calms" not in expired.text


def test_a_review_link_opens_its_text_where_reading_is_for_members(
    here: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    link = run(here, "text", "review", "chaud", "--days", "3")["link"]
    monkeypatch.setenv("EVIDENCE_READING", "members")
    app = create_app(KnowledgeBase(here.base, here.instance), here.instance)
    assert "The bath calms." in ask(app, link).text
    assert "The bath calms." not in ask(app, "/texts/bain").text


def test_deleting_says_what_it_means_and_asks_for_the_id(here: World) -> None:
    run(here, "text", "publish", "chaud")
    administrator = person(here.app, "administrator")
    told = administrator.get(AT).select_one("#delete").text
    assert "1 file of this server" in told
    assert "1 entry of the journal" in told
    sent = {"to": "deleted", "seen": "published"}
    assert person(here.app, "approver").post(AT, sent | {"typed": "chaud"}).status_code == 403
    assert administrator.post(AT, sent | {"typed": "bain"}).status_code == 422
    assert ask(here.app, "/texts/chaud").status_code == 200
    assert administrator.post(AT, sent | {"typed": "chaud"}).status_code == 303
    assert not (here.instance / "texts" / "chaud.yaml").exists()
    for path in ("/texts/chaud", "/texts/chaud/claims/calms", "/api/v1/texts/chaud"):
        assert ask(here.app, path).status_code == 410
    assert "deleted" in ask(here.app, "/texts/chaud").text
    assert run(here, "journal", "verify")["ok"] is True
    exported, _said = words(here, "journal", "export", "--text", "chaud")
    stages = [json.loads(line)["payload"]["stage"] for line in exported.splitlines()]
    assert stages == ["published", "deleted"]
    page = here.base / "page.md"
    page.write_text(PAGE, "utf-8")
    assert "another --id" in refusal(here, "text", "draft", str(page), "--id", "chaud")


def test_a_text_of_the_base_keeps_its_register_and_is_shown_no_more(here: World) -> None:
    assert "--confirm bain" in refusal(here, "text", "delete", "bain")
    _out, said = words(here, "text", "delete", "bain", "--confirm", "bain")
    assert "stays in the knowledge base" in said
    assert (here.base / "texts" / "bain.yaml").exists()
    assert ask(here.app, "/texts/bain").status_code == 410
    assert [row["text"] for row in run(here, "text", "list")] == ["chaud"]


@pytest.mark.parametrize(
    ("way", "refused"),
    [
        (("publish",), "review"),
        (("publish",), "publish"),
        ((), "withdraw"),
        (("archive",), "withdraw"),
        (("publish", "withdraw"), "withdraw"),
    ],
)
def test_what_makes_no_sense_is_refused(here: World, way: tuple[str, ...], refused: str) -> None:
    for step in way:
        run(here, "text", step, "chaud")
    assert "chaud" in refusal(here, "text", refused, "chaud")


def test_a_withdrawn_text_stays_so_while_the_journal_is_away(here: World) -> None:
    run(here, "text", "withdraw", "bain", "--reason", "The page was taken down.")
    for path in here.instance.glob("journal.sqlite*"):
        path.unlink()
    (here.instance / "journal.sqlite").write_bytes(b"this is no database" * 100)
    standing = Assembler(KnowledgeBase(here.base, here.instance), here.instance).now()
    assert standing.journal_error
    assert not standing.public
    app = create_app(KnowledgeBase(here.base, here.instance), here.instance)
    assert "The bath calms." not in ask(app, "/texts/bain").text


def test_a_withdrawn_text_stays_so_where_the_journal_is_not_found(here: World) -> None:
    """As when a command is run without EVIDENCE_JOURNAL_URL: nothing is shown, nor forgotten."""
    run(here, "text", "withdraw", "bain", "--reason", "The page was taken down.")
    away = here.instance / "elsewhere"
    away.mkdir()
    for path in here.instance.glob("journal.sqlite*"):
        path.rename(away / path.name)
    for _ in range(2):
        standing = Assembler(KnowledgeBase(here.base, here.instance), here.instance).now()
        assert "bain" not in standing.public
    for path in away.iterdir():
        path.rename(here.instance / path.name)
    assert (
        ask(create_app(here.app.extensions["site"].kb, here.instance), "/texts/bain").status_code
        == 410
    )


def test_a_review_link_stands_in_no_log_and_on_no_paper(
    here: World, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    link = run(here, "text", "review", "chaud")["link"]
    secret = link.rpartition("/")[2]
    page = ask(here.app, link)
    assert page.status_code == 200
    assert secret not in (page.select_one(".sheet").text if hasattr(page, "select_one") else "")

    def fails(*_: object, **__: object) -> None:
        raise RuntimeError("a fault of ours")

    monkeypatch.setattr("webapp.pages.review.render_template", fails)
    assert ask(here.app, link).status_code == 500
    assert "incident" in caplog.text
    assert secret not in "\n".join(
        record.getMessage() for record in caplog.records if record.name == "webapp.http.error_pages"
    )


def test_texts_from_before_there_were_states_are_private_and_named(here: World) -> None:
    _out, said = words(here, "text", "list")
    assert "evidence text publish ID" in said
    assert "chaud" in said
    home = person(here.app, "approver").get("/desk")
    assert "1 text was brought here before texts had a state" in home.text
    run(here, "text", "publish", "chaud")
    assert "publish ID" not in words(here, "text", "list")[1]
    assert ask(here.app, "/texts/chaud/claims/calms").status_code == 200


def test_a_drafted_text_is_at_the_desk_at_once_and_private(here: World) -> None:
    page = here.base / "page.md"
    page.write_text(PAGE, "utf-8")
    other = create_app(KnowledgeBase(here.base, here.instance), here.instance)
    before = sorted((here.base / "texts").iterdir())
    made = run(here, "text", "draft", str(page), "--id", "tiede", "--no-suggest")
    assert Path(made["file"]) == here.instance / "texts" / "tiede.yaml"
    assert sorted((here.base / "texts").iterdir()) == before
    for app in (here.app, other):
        assert "Private" in person(app, "editor").get("/desk/texts/tiede").text
        assert ask(app, "/texts/tiede").status_code == 404
    claims = run(here, "claims", "--text", "tiede")
    assert {(row["verdict"], row["assessed"]) for row in claims} == {(None, False)}


def test_a_register_may_begin_private_in_a_base(here: World) -> None:
    path = here.base / "texts" / "bain.yaml"
    path.write_text(path.read_text("utf-8") + "state: private\n", "utf-8")
    assert ask(here.app, "/texts/bain").status_code == 404
    run(here, "text", "publish", "bain")
    assert ask(here.app, "/texts/bain").status_code == 200
