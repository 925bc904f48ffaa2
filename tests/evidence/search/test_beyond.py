"""The question of a claim, put to PubMed and to Europe PMC."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

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
