"""The words of the pages: every value has one, and French pages have no English ones."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import get_args

import pytest
from app_pages import TEXT
from bs4 import BeautifulSoup
from flask.testing import FlaskClient

from evidence.claims.claim import (
    Certainty,
    CertaintyReason,
    Kind,
    SourceStatus,
    Stance,
    Verdict,
)
from evidence.journal.accounts import Role
from evidence.journal.event import EventKind
from evidence.journal.state import LapseReason
from evidence.knowledge import KnowledgeBase
from evidence.report import report_of
from evidence.wording.terms import terms
from references.concepts import FACETS
from references.record import DESIGNS, STATUSES
from references.verify.result import STATUSES as CHECKED


def test_every_value_of_the_library_has_a_word(kb: KnowledgeBase) -> None:
    languages = {r.language for r in kb.library.values() if r.language}
    assert languages <= set(terms("language"))
    fields = Counter(name for r in kb.library.values() for name in r.unverified)
    often = {name for name, n in fields.items() if n > 1}
    assert often <= set(terms("field"))
    for design in DESIGNS:
        for language in ("fr", "en"):
            assert kb.vocabulary[design].label[language]
            assert kb.vocabulary[design].note[language], design


#: Kinds of terms, and every value that the data can have of it.
VALUES: dict[str, tuple[str, ...]] = {
    "verdict": get_args(Verdict),
    "certainty": get_args(Certainty),
    "certainty-reason": get_args(CertaintyReason),
    "stance": get_args(Stance),
    "source-status": (*get_args(SourceStatus), *CHECKED),
    "reference-status": STATUSES,
    "claim-kind": get_args(Kind),
    "facet": (*FACETS, "year", "language", "stance"),
    "event": get_args(EventKind),
    "lapse": get_args(LapseReason),
    "role": get_args(Role),
}


@pytest.mark.parametrize("kind", VALUES)
def test_every_value_is_named_in_both_languages(kind: str) -> None:
    for value in VALUES[kind]:
        term = terms(kind)[value]
        assert all(term.names.values()), value
        assert all(term.meanings.values()) == any(term.meanings.values()), value
        assert term.heading("fr")[0].isupper(), value


@pytest.mark.parametrize("language", ["fr", "en"])
def test_page_report_and_command_call_a_thing_by_one_name(
    client: FlaskClient, kb: KnowledgeBase, instance: Path, language: str
) -> None:
    def plain(words: Iterable[str]) -> set[str]:
        return {" ".join(one.split()).casefold() for one in words}

    def words_of(address: str, selector: str) -> set[str]:
        page = BeautifulSoup(client.get(f"{address}?lang={language}").data, "lxml")
        return plain(one.text for one in page.select(selector))

    report = report_of(kb, TEXT, instance, language)
    guide = words_of("/guide", "dt")
    named = {word for _name, word, _count, _meaning in report.verdicts}
    for claim in report.claims:
        named |= {*claim.reasons, *(stance for stance, _ in claim.evidence)}
        named |= {claim.certainty_word} - {""}
    named |= {word for one in report.references for word in (one.design, one.level) if word}
    assert len(named) > 25
    assert plain(named) <= guide
    statuses = words_of(f"/sources/{TEXT}", ".verdict")
    assert plain(source.status_word for source in report.sources) <= statuses
    meanings = words_of("/guide", "#verdict dd")
    assert plain(meaning for *_, meaning in report.verdicts) <= meanings


def test_no_english_word_of_the_frame_is_left_on_french_pages(client: FlaskClient) -> None:
    english = {"the", "and", "with", "which", "studies", "claims", "from", "this", "found"}
    for address in ("/", f"/texts/{TEXT}", "/guide", "/accessibility", "/indications/", "/nothing"):
        answer = client.get(address, headers={"Accept-Language": "fr"})
        soup = BeautifulSoup(answer.data, "lxml")
        for foreign in soup.select("main [lang]"):
            foreign.decompose()
        left = english & set(re.findall(r"[a-z]+", soup.select_one("main").text.lower()))
        assert not left, f"{address}: {left}"
