"""The words of the pages: every value has one, and French pages have no English ones."""

from __future__ import annotations

import re
from collections import Counter

from app_pages import TEXT
from bs4 import BeautifulSoup
from flask.testing import FlaskClient

from evidence.knowledge import KnowledgeBase
from references.record import DESIGNS, STATUSES
from webapp.wording import words


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
