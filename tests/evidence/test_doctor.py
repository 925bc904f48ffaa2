"""Settings that are known and checked, and what `evidence doctor` says of a sick instance."""

from __future__ import annotations

import json
import os
import re
import sqlite3
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from evidence.doctor import examine
from evidence.environment import SETTINGS, refuse_wrong_settings, wrong_settings
from evidence.journal import Entry, Journal
from evidence.knowledge import KnowledgeBase
from evidence.search import build_index
from references.errors import SettingError

ROOT = Path(__file__).resolve().parents[2]


def said(**environ: str) -> list[str]:
    return [str(error) for error in wrong_settings(environ)]


# ---- settings -------------------------------------------------------------------------


def test_every_setting_of_the_code_is_known_and_told() -> None:
    table = set(re.findall(r"^\| `(EVIDENCE_\w+)`", (ROOT / "docs/settings.md").read_text(), re.M))
    assert table == set(SETTINGS)
    used: set[str] = set()
    for package in ("references", "evidence", "webapp"):
        for path in [*(ROOT / package).rglob("*.py"), *(ROOT / package).rglob("*.tsv")]:
            used |= set(re.findall(r"\bEVIDENCE_[A-Z_]+[A-Z]\b", path.read_text("utf-8")))
    assert used <= set(SETTINGS)


@pytest.mark.parametrize(
    ("name", "nearest"),
    [
        ("EVIDENCE_READNG", "EVIDENCE_READING"),
        ("EVIDENCE_TRUSTED_PROXY", "EVIDENCE_TRUSTED_PROXIES"),
        ("EVIDENCE_TIMEOUTS", "EVIDENCE_TIMEOUT"),
        ("EVIDENCE_JOURNAL_URI", "EVIDENCE_JOURNAL_URL"),
        ("EVIDENCE_SSOHEADER", "EVIDENCE_SSO_HEADER"),
    ],
)
def test_a_misspelt_setting_is_named_with_the_nearest(name: str, nearest: str) -> None:
    assert said(**{name: "1"}) == [f"There is no setting {name}; do you mean {nearest}?"]


def test_a_setting_like_no_other_is_named_without_a_guess() -> None:
    (sentence,) = said(EVIDENCE_XQZW="1")
    assert "EVIDENCE_XQZW" in sentence
    assert "do you mean" not in sentence


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("EVIDENCE_TIMEOUT", "abc"),
        ("EVIDENCE_TIMEOUT", "0"),
        ("EVIDENCE_TIMEOUT", "nan"),
        ("EVIDENCE_CACHE_HOURS", "-1"),
        ("EVIDENCE_OFFLINE", "ja"),
        ("EVIDENCE_READING", "nobody"),
        ("EVIDENCE_LANG", "de"),
        ("EVIDENCE_CONTACT", "me"),
        ("EVIDENCE_CROSSREF_URL", "ftp://example.org"),
        ("EVIDENCE_JOURNAL_URL", "mysql://user:secret@host/x"),
        ("EVIDENCE_RETRACTIONS", "/nowhere.csv"),
        ("EVIDENCE_TRUSTED_PROXIES", "proxy.example.org"),
        ("EVIDENCE_METRICS", "10.0.0.0/99"),
        ("EVIDENCE_METRICS_TOKEN", "short"),
        ("EVIDENCE_LOG_LEVEL", "loud"),
    ],
)
def test_a_value_that_cannot_be_is_refused_and_not_repeated(name: str, value: str) -> None:
    (sentence,) = said(**{name: value})
    assert sentence.startswith(f"{name} has a value it cannot have; ")
    assert "secret" not in sentence


def test_right_settings_and_those_of_others_are_passed_over() -> None:
    right = {
        "EVIDENCE_TIMEOUT": "2.5",
        "EVIDENCE_OFFLINE": "1",
        "EVIDENCE_READING": "members",
        "EVIDENCE_JOURNAL_URL": "postgresql+psycopg://u@h/n",
        "EVIDENCE_TRUSTED_PROXIES": "127.0.0.1, 10.0.0.0/8",
        "EVIDENCE_CONTACT": "",
        "OTHER_TIMEOUT": "abc",
    }
    assert said(**right) == []


def test_all_that_is_wrong_is_refused_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EVIDENCE_TIMEOUT", "abc")
    monkeypatch.setenv("EVIDENCE_READNG", "members")
    with pytest.raises(SettingError, match=r"EVIDENCE_READING\?.*EVIDENCE_TIMEOUT"):
        refuse_wrong_settings()


# ---- the doctor -----------------------------------------------------------------------


@pytest.fixture
def instance(tmp_path: Path) -> Path:
    folder = tmp_path / "instance"
    folder.mkdir()
    return folder


def states(kb: KnowledgeBase, instance: Path) -> dict[str, set[str]]:
    """Part -> the states that were found of it."""
    found: dict[str, set[str]] = {}
    for one in examine(kb, instance):
        found.setdefault(one.part, set()).add(one.state)
    return found


def test_a_sound_instance_is_well(small: KnowledgeBase, instance: Path) -> None:
    build_index(small, instance)
    found = states(small, instance)
    for part in ("settings", "base", "index", "journal", "clock"):
        assert found[part] == {"ok"}, part


def test_what_is_wrong_is_told_with_its_mend(
    small: KnowledgeBase, base: Path, instance: Path
) -> None:
    build_index(small, instance)
    claim = small.text("bain").claim("eases-pain")
    with Journal.open(instance) as journal:
        journal.record(Entry("anne", "comment", "bain", claim.id, "", {"words": "?"}), claim)
    assert states(small, instance)["accounts"] == {"warning"}
    with sqlite3.connect(instance / "journal.sqlite") as database:
        for (trigger,) in database.execute(
            "SELECT name FROM sqlite_master WHERE type = 'trigger'"
        ).fetchall():
            database.execute(f"DROP TRIGGER {trigger}")
        database.execute("UPDATE event SET payload = '{}'")
    assert states(small, instance)["journal"] == {"error"}
    library = base / "references" / "feet.bib"
    library.write_text(library.read_text("utf-8") + "\n@article{broken,", "utf-8")
    sick = KnowledgeBase(base)
    assert states(sick, instance)["base"] == {"error"}
    assert states(sick, instance)["index"] == {"warning"}
    future = time.time() + 86_400
    os.utime(library, (future, future))
    assert states(sick, instance)["clock"] == {"error"}
    for one in examine(sick, instance):
        assert one.state == "ok" or one.mend or "pip install" in str(one.told), one


@pytest.mark.parametrize("content", [b"", b"{", b"[1]", b'{"generation": "x"}'])
def test_an_index_of_any_state_ends_in_a_finding(
    small: KnowledgeBase, instance: Path, content: bytes
) -> None:
    build_index(small, instance)
    (current,) = (instance / "index").glob("*/current.json")
    current.write_bytes(content)
    assert states(small, instance)["index"] <= {"warning", "error"}


def test_an_instance_that_is_not_there_is_not_made(small: KnowledgeBase, tmp_path: Path) -> None:
    found = states(small, tmp_path / "none")
    assert found["disk"] == {"warning"}
    assert not (tmp_path / "none").exists()


def test_the_command(evidence: Callable[..., Any]) -> None:
    evidence("index")
    well = json.loads(evidence("doctor", "--json").stdout)
    assert well["status"] == "ok"
    assert {"settings", "disk", "index", "journal", "versions", "clock"} <= {
        one["part"] for one in well["findings"]
    }
    ill = evidence("doctor", "--json", code=1, env={"EVIDENCE_TIMEOUT": "abc"})
    assert json.loads(ill.stdout)["status"] == "error"
    told = evidence("doctor", code=1, env={"EVIDENCE_READNG": "members", "EVIDENCE_LANG": "fr"})
    assert "EVIDENCE_READING" in told.stdout
    assert "erreur" in told.stdout
