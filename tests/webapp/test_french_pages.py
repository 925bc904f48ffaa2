"""How much of a French page is English, outside titles and names: less than one word in twenty.

A part that says it is English is English. One that says nothing is read by the language guesser
that also reads pages brought to an instance, so that forgetting the mark hides nothing.
"""

from __future__ import annotations

import random
import re
from collections import Counter
from functools import cache
from typing import cast

import pytest
from app_pages import TEXT, Page
from bs4 import BeautifulSoup, NavigableString, PageElement, Tag

from evidence.knowledge import KnowledgeBase
from evidence.studies import Studies

#: Titles of works, names of people, journals and devices, addresses, keys: they have no French.
NAMES = (
    "h1 > [lang]",
    ".study-title",
    ".citation",
    ".authors",
    ".where",
    ".hit-by",
    ".hit h3",
    "[translate=no]",
    ".places",
    "a[href^='/references/']",
    "code",
    ".crumbs",
    ".also [lang]",
    ".other-language",
    ".unverified",
)
#: What ends a sentence or a cell; below it, the words belong together.
_BLOCKS = {
    "p",
    "li",
    "td",
    "th",
    "dd",
    "dt",
    "h1",
    "h2",
    "h3",
    "h4",
    "figcaption",
    "summary",
    "div",
}
_WORD = re.compile(r"[^\W\d_]{2,}")
#: Fewer words than this say too little to a guesser.
ENOUGH = 6


@cache
def _reads_english(words: str) -> bool:
    import py3langid

    py3langid.set_languages(["en", "fr"])
    return cast(str, py3langid.classify(words)[0]) == "en"


def _block(node: PageElement) -> Tag:
    parents = (parent for parent in node.parents if parent.name in _BLOCKS | {"body"})
    return next(parents)


def _language(node: PageElement) -> str:
    marked = (str(parent["lang"]) for parent in node.parents if parent.get("lang"))
    return next(marked, "fr")


def english_words(page: BeautifulSoup) -> tuple[Counter[str], int]:
    """The English parts of a page by their first words, with how many words; and all words."""
    body = page.main
    assert body is not None
    for unread in body.select(", ".join((*NAMES, "script", "style", "svg"))):
        unread.decompose()
    said: dict[tuple[int, str], list[str]] = {}
    for node in body.find_all(string=True):
        assert isinstance(node, NavigableString)
        if words := _WORD.findall(node):
            said.setdefault((id(_block(node)), _language(node)), []).extend(words)
    english: Counter[str] = Counter()
    for (_place, language), words in said.items():
        text = " ".join(words)
        if language == "en" or (len(words) >= ENOUGH and _reads_english(text)):
            english[text[:80]] += len(words)
    return english, sum(map(len, said.values()))


def addresses(kb: KnowledgeBase, kind: str) -> list[str]:
    """Pages of a kind, always the same ones."""
    chosen = random.Random(f"{kind} 20261130")
    studies = Studies(kb)
    if kind == "concept":
        concepts = sorted(kb.vocabulary, key=lambda one: -studies.count(one.id))
        return [f"/indications/{one.id}" for one in (*concepts[:4], *chosen.sample(concepts, 10))]
    if kind == "reference":
        return [f"/references/{key}" for key in chosen.sample(sorted(kb.library), 12)]
    if kind == "claim":
        claims = [
            f"/texts/{text.id}/claims/{claim.id}"
            for text in kb.texts.values()
            for claim in text.claims
            if claim.is_assessed
        ]
        return chosen.sample(claims, 8)
    if kind == "search":
        words = ("névralgie pudendale", "cryoneurolyse", "vulvodynie traitement", "pneumothorax")
        return ["/search", *(f"/search?q={one}" for one in words)]
    return ["/", f"/texts/{TEXT}", "/map", "/guide", "/indications/", f"/sources/{TEXT}"]


@pytest.mark.parametrize("kind", ["concept", "reference", "claim", "search", "frame"])
def test_less_than_one_word_in_twenty_of_a_french_page_is_english(
    page: Page, kb: KnowledgeBase, kind: str
) -> None:
    english: Counter[str] = Counter()
    total = 0
    for address in addresses(kb, kind):
        parts, words = english_words(page(address, "fr"))
        english += parts
        total += words
    assert total > 1000
    assert english.total() / total < 0.05, (english.total(), total, english.most_common(12))


def test_what_is_counted() -> None:
    page = BeautifulSoup(
        "<body><main><p>La douleur a baissé de moitié chez les femmes traitées.</p>"
        '<p lang="en">Pain was halved.</p>'
        "<p>The pain of the women who were treated was halved after one year.</p>"
        '<span class="study-title" lang="en">Cold for the pudendal nerve</span></main></body>',
        "lxml",
    )
    english, total = english_words(page)
    assert (english.total(), total) == (3 + 13, 9 + 3 + 13)
