"""What the tests of the app share: the text they read, and what a page is to them."""

from __future__ import annotations

from collections.abc import Callable

from bs4 import BeautifulSoup

from evidence.claims.claim import Claim, Link
from evidence.knowledge import KnowledgeBase

TEXT = "vulvodynie-cryoneurolyse"
Page = Callable[..., BeautifulSoup]


def uses_of(kb: KnowledgeBase, key: str) -> list[tuple[Claim, Link]]:
    """Where the registers link a reference."""
    return [
        (claim, link)
        for text in kb.texts.values()
        for claim in text.claims
        for link in claim.links
        if link.reference == key
    ]
