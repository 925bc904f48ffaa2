"""The question of a claim, put to PubMed and to Europe PMC."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

import pytest

from evidence.knowledge import KnowledgeBase
from evidence.search.beyond import look_beyond


def test_the_page_says_what_is_asked_about_and_the_kind_what_is_asked(kb: KnowledgeBase) -> None:
    found = look_beyond(
        "On ne sait pas bien d'où il vient.", kb.vocabulary, "Canal carpien", "cause"
    )
    assert found is not None
    assert '"carpal tunnel syndrome"[MeSH Terms]' in found.pubmed
    assert '"risk factors"[Title/Abstract]' in found.pubmed
    assert " AND " in found.europe_pmc
    address = urlsplit(found.pubmed_address)
    assert address.hostname == "pubmed.ncbi.nlm.nih.gov"
    assert parse_qs(address.query) == {"term": [found.pubmed]}
    assert parse_qs(urlsplit(found.europe_pmc_address).query) == {"query": [found.europe_pmc]}


def test_a_claim_without_a_concept_is_asked_in_english_words(kb: KnowledgeBase) -> None:
    found = look_beyond("La thrombocytopathie empire.", kb.vocabulary)
    assert found is not None
    assert "thrombocytopath" in found.pubmed


def test_nothing_to_ask_is_no_question(kb: KnowledgeBase) -> None:
    assert look_beyond("Oui.", kb.vocabulary) is None


@pytest.mark.parametrize(
    ("claim", "around", "asked", "not_asked"),
    [
        # the title's own word, where no concept stands for it
        ("One dose is advised from 60 on.", "Shingles vaccine. Who", ["vaccine"], []),
        # what the page is about, not only what the claim speaks of by the way
        ("Blood sugar may rise in diabetes.", "Shoulder injections. Risks", ["shoulder"], []),
        # what is narrower, without what it is a kind of
        (
            "Anti-inflammatory drugs work less well.",
            "Shoulder injections. Choices",
            ["NSAIDs"],
            ["drug treatment"],
        ),
        # nothing twice: the concept has the words of the title
        (
            "Huit personnes sur dix l'auront.",
            "Le mal de dos : lombalgie. Qui ?",
            ["low back"],
            ['"back"'],
        ),
        ("On se lève dans les deux heures.", "La cimentoplastie. Suites", ["cementoplasty"], []),
    ],
)
def test_the_title_of_the_page_is_asked_for(
    claim: str, around: str, asked: list[str], not_asked: list[str], kb: KnowledgeBase
) -> None:
    beyond = look_beyond(claim, kb.vocabulary, around)
    assert beyond
    for query in (beyond.pubmed, beyond.europe_pmc):
        assert all(words in query for words in asked), query
        assert not any(words in query for words in not_asked), query
