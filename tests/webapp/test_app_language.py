"""The French catalogue is whole, and French is set as it is printed."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import pytest
from app_pages import TEXT
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po
from bs4 import BeautifulSoup
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st

import webapp
from evidence.knowledge import KnowledgeBase
from references.record import DESIGNS, STATUSES
from webapp.wording import words
from webapp.wording.language import compile_catalogues, typeset

APP = Path(webapp.__file__).parent
CATALOGUE = APP / "translations" / "fr" / "LC_MESSAGES" / "messages.po"
_PLACE = re.compile(r"%\(\w+\)s|%%")


def _used() -> set[str]:
    """Every message of the code and the templates."""
    keywords = {
        "_": None,
        "gettext": None,
        "ngettext": (1, 2),
        "lazy_gettext": None,
    }
    methods = [("**.py", "python"), ("templates/**.html", "jinja2")]
    found = set()
    for _file, _line, message, _comments, _context in extract_from_dir(
        str(APP), methods, keywords=keywords
    ):
        found.add(message if isinstance(message, str) else message[0])
    return found


def test_every_message_is_translated_and_none_is_left_over() -> None:
    with CATALOGUE.open("rb") as stream:
        catalogue = read_po(stream, locale="fr")
    entries = {(m.id if isinstance(m.id, str) else m.id[0]): m for m in catalogue if m.id}
    used = _used()
    assert len(used) > 300
    assert used - set(entries) == set(), "missing: see docs/webapp.md for the commands"
    assert set(entries) - used == set(), "no longer used"
    for message, entry in entries.items():
        assert not entry.fuzzy, message
        strings = [entry.string] if isinstance(entry.string, str) else list(entry.string)
        assert all(strings), f"empty: {message}"
        for string in strings:
            wanted = _PLACE.findall(message)
            assert sorted(set(_PLACE.findall(string))) == sorted(set(wanted)), message


def test_french_typography_of_the_catalogue() -> None:
    with CATALOGUE.open("rb") as stream:
        catalogue = read_po(stream, locale="fr")
    for entry in catalogue:
        strings = [entry.string] if isinstance(entry.string, str) else list(entry.string)
        for string in strings if entry.id else ():
            assert not re.search(r"[ \u00a0][;!?»]", string), string
            assert not re.search(r"(?<!^)(?<![\u00a0\w\"’]):(?!\w)| :", string), string
            assert not re.search(r"\w'\w", string), string
            assert not re.search(r"« |«\u00a0", string), string


def test_catalogues_are_compiled_when_they_changed(tmp_path: Path) -> None:
    folder = tmp_path / "fr" / "LC_MESSAGES"
    folder.mkdir(parents=True)
    (folder / "messages.po").write_bytes(CATALOGUE.read_bytes())
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


def test_every_value_of_the_data_has_a_word(kb: KnowledgeBase) -> None:
    assert set(words.DESIGNS) == set(DESIGNS)
    assert set(words.REFERENCE_STATUSES) == set(STATUSES)
    languages = {r.language for r in kb.library.values() if r.language}
    assert languages <= set(words.LANGUAGE_NAMES)
    fields = Counter(name for r in kb.library.values() for name in r.unverified)
    often = {name for name, n in fields.items() if n > 1}
    assert often <= set(words.FIELDS), often - set(words.FIELDS)


def test_no_english_word_of_the_frame_is_left_on_french_pages(client: FlaskClient) -> None:
    english = {"the", "and", "with", "which", "studies", "claims", "from", "this", "found"}
    for address in ("/", f"/texts/{TEXT}", "/guide", "/accessibility", "/indications/", "/nothing"):
        answer = client.get(address, headers={"Accept-Language": "fr"})
        soup = BeautifulSoup(answer.data, "lxml")
        for foreign in soup.select("main [lang]"):
            foreign.decompose()
        left = english & set(re.findall(r"[a-z]+", soup.select_one("main").text.lower()))
        assert not left, f"{address}: {left}"
