"""Every sentence that a person can meet is in the catalogue, in French as it is printed."""

from __future__ import annotations

import re
from pathlib import Path

import catalogue
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evidence.wording import typeset
from evidence.wording.catalogue import compile_catalogues


def test_every_sentence_is_translated_and_none_is_left_over() -> None:
    entries = {(m.id if isinstance(m.id, str) else m.id[0]): m for m in catalogue.french() if m.id}
    pages, templates = catalogue.page_messages(), set(catalogue.templates())
    assert len(pages) > 300
    assert len(templates) > 200
    used = pages | templates
    assert used - set(entries) == set(), "missing: see docs/webapp.md"
    others = {text for text, entry in entries.items() if entry.auto_comments}
    assert set(entries) - used - others == set(), "no longer used"
    for text, entry in entries.items():
        assert not entry.fuzzy, text
        strings = [entry.string] if isinstance(entry.string, str) else list(entry.string)
        assert all(strings), f"empty: {text}"
        for string in strings:
            if text not in others:  # a sentence of click or of the system
                assert catalogue.places(string) == catalogue.places(text), text


def test_french_typography_of_the_catalogue() -> None:
    for entry in catalogue.french():
        strings = [entry.string] if isinstance(entry.string, str) else list(entry.string)
        for string in strings if entry.id else ():
            assert not re.search(r"[ \u00a0][;!?»]", string), string
            assert not re.search(r"(?<!^)(?<![\u00a0\w\"’}>]):(?!\w)| :", string), string
            assert not re.search(r"\w'\w", string), string
            assert not re.search(r"« |«\u00a0", string), string


def test_catalogues_are_compiled_when_they_changed(tmp_path: Path) -> None:
    folder = tmp_path / "fr" / "LC_MESSAGES"
    folder.mkdir(parents=True)
    (folder / "messages.po").write_bytes(catalogue.FRENCH.read_bytes())
    assert compile_catalogues(tmp_path) == [folder / "messages.mo"]
    assert (folder / "messages.mo").read_bytes()[:4] == b"\xde\x12\x04\x95"
    assert compile_catalogues(tmp_path) == []


@pytest.mark.parametrize(
    ("written", "set_in_french"),
    [
        ("Est-ce vrai ?", "Est-ce vrai\u202f?"),
        ("Le froid : un geste ; bref !", "Le froid\u00a0: un geste\u202f; bref\u202f!"),
        ("« oui »", "«\u202foui\u202f»"),
        ("50,6 % des cas", "50,6\u202f% des cas"),
        ("l'effet", "l’effet"),
        ("8.5 -> 3.5", "8.5 → 3.5"),
        ("à 10:30, voir http://a.b", "à 10:30, voir http://a.b"),
    ],
)
def test_french_is_set_as_printed(written: str, set_in_french: str) -> None:
    assert typeset(written, "fr") == set_in_french


@given(st.text())
def test_setting_twice_changes_nothing_more(text: str) -> None:
    for language in ("fr", "en"):
        once = typeset(text, language)
        assert typeset(once, language) == once
