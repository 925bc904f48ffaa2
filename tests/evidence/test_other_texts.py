"""The texts of other publishers: anchors that hold on a page of our own, claims that were read."""

from __future__ import annotations

import pytest

from evidence.anchoring.reanchor import anchor_claims
from evidence.claims.claim import Claim
from evidence.claims.text import Text
from evidence.knowledge import KnowledgeBase

OTHERS = ("morton-cryotherapie", "nevralgie-pudendale")


@pytest.fixture(scope="module", params=OTHERS)
def text(request: pytest.FixtureRequest, kb: KnowledgeBase) -> Text:
    return kb.text(request.param)


def sentence(claim: Claim) -> str:
    """A sentence of our own that holds the few words of the anchor, and no other of the page."""
    anchor = claim.anchor
    words = " (mots de chez nous) ".join(part for part in (anchor.start, anchor.end) if part)
    return f"On lit ici : {anchor.prefix} {words} {anchor.suffix} ; rien de plus."


def page_of(text: Text) -> str:
    """A page made of our own words around the anchors, in the order of the register."""
    parts = []
    for section in text.sections:
        parts.append(section.heading["fr"])
        parts.extend(sentence(claim) for claim in text.claims_of(section.id))
    return "\n\n".join(parts) + "\n"


def test_every_anchor_is_found_once_and_in_order(text: Text) -> None:
    located = anchor_claims(text.claims, page_of(text), None)
    assert [found.claim for found in located] == [claim.id for claim in text.claims]
    assert [f.claim for f in located if f.status != "found" or f.places != 1] == []
    starts = [found.start or 0 for found in located]
    assert starts == sorted(starts)


def test_an_anchor_quotes_a_few_words_only(text: Text) -> None:
    for claim in text.claims:
        for part in (claim.anchor.start, claim.anchor.end):
            assert len(part.split()) <= 7, claim.id


def test_every_claim_has_been_read_and_none_is_signed(text: Text) -> None:
    for claim in text.claims:
        assert "à évaluer" not in claim.rationale["fr"], claim.id
        assert claim.reviewed is None, claim.id
        if claim.kind in ("definition", "organisation"):
            assert claim.certainty == "none", claim.id


def test_the_publishers_differ(kb: KnowledgeBase) -> None:
    assert len({text.publisher for text in kb.texts.values()}) == len(kb.texts)
