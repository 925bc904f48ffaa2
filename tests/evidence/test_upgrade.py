"""An instance of an earlier release goes on: its journal, its accounts, its signatures.

`tests/data/upgrade` was written by the release whose journal had schema 0001 (30 November 2026): a
base of one text, and the journal as SQL, with an account, a decision with its reason, a comment and
a signature.
"""

from __future__ import annotations

import shutil
import sqlite3
from pathlib import Path

import pytest

from evidence.journal import Entry, Journal
from evidence.journal.accounts import Accounts
from evidence.knowledge import KnowledgeBase
from evidence.report import report_of
from evidence.standing import Assembler

DATA = Path(__file__).resolve().parent.parent / "data" / "upgrade"
#: The head that the earlier release printed.
HEAD = "341e5142c987f69407e97ba86c6a3d33251c3fcae50e1fbcd728962cf845c390"


@pytest.fixture
def old(tmp_path: Path) -> Path:
    """The instance as the earlier release left it."""
    instance = tmp_path / "instance"
    instance.mkdir()
    with sqlite3.connect(instance / "journal.sqlite") as database:
        database.executescript((DATA / "journal-0001.sql").read_text("utf-8"))
    return instance


@pytest.fixture
def old_base(tmp_path: Path) -> KnowledgeBase:
    return KnowledgeBase(Path(shutil.copytree(DATA, tmp_path / "base")))


def test_its_journal_verifies_with_the_head_it_had(old: Path) -> None:
    with Journal.open(old) as journal:
        found = journal.verify(HEAD)
        assert found.ok, found.problem
        assert [event.kind for event in journal.events("bain")] == ["review", "comment", "sign-off"]


def test_its_signature_still_holds(old: Path, old_base: KnowledgeBase) -> None:
    assert old_base.problems == []
    assembler = Assembler(old_base, old)
    standing = assembler.now().text("bain")
    claim = standing.text.claim("eases-pain")
    assert claim.certainty == "moderate"
    state = standing.states["eases-pain"]
    assert [one.lapses for one in state.signatures] == [()]
    assert standing.is_signed(claim)
    assert state.reason == "Un seul essai."
    assembler.close()
    made = report_of(old_base, "bain", old)
    assert made.signed == 1


def test_its_accounts_sign_in_and_go_on(old: Path, old_base: KnowledgeBase) -> None:
    with Journal.open(old) as journal:
        account = Accounts(journal).authenticate(
            "anne", "correct horse battery staple", "127.0.0.1"
        )
        assert (account.person, account.role) == ("Dr Anne Moreau", "approver")
        claim = old_base.text("bain").claim("lasts-minutes")
        entry = Entry("anne", "comment", "bain", claim.id, "", {"words": "Oui."}, "Dr Anne Moreau")
        journal.record(entry, claim)
        assert journal.verify(HEAD).ok
    with sqlite3.connect(old / "journal.sqlite") as database:
        (version,) = database.execute("SELECT version_num FROM alembic_version").fetchone()
    assert version > "0001"
