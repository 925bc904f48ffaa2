"""What the search of a published site finds on a page, and by which words.

Pagefind reads what bears its attributes. A claim is found by its statement in both languages, the
names of its concepts, its reason, and what lay people say who ask about it.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from lxml import html

from evidence.claim_search import lay_words
from evidence.claims.claim import Claim, Link
from evidence.claims.text import Text
from evidence.wording import LANGUAGES
from evidence.wording.terms import heading, name
from references.concepts import Vocabulary
from references.record import Reference
from webapp.wording.words import judged

KINDS = ("claim", "reference")  # values of the filter `kind`


def mark_reference(
    tree: Any,
    reference: Reference,
    concepts: Iterable[str],
    links: Iterable[Link],
    vocabulary: Vocabulary,
    language: str,
) -> None:
    """Mark the page of a reference, with the terms of both languages and the filters.

    Args:
        tree: the page.
        reference: what it is of.
        concepts: the ids of what it studies.
        links: those of claims to it.
        vocabulary: the concepts.
        language: of the page.
    """
    main = tree.find(".//main")
    main.set("data-pagefind-body", "")
    for part in tree.find_class("crumbs"):
        part.set("data-pagefind-ignore", "")
    own = tuple(concepts)
    wider = dict.fromkeys(c for one in own for c in (one, *vocabulary.broader(one)))
    facets = [("kind", "reference"), *((vocabulary[c].facet, c) for c in wider)]
    facets += [("stance", link.stance) for link in links]
    if reference.year:
        facets.append(("year", str(reference.year)))
    marks = [("filter", f"{facet}:{value}") for facet, value in dict.fromkeys(facets)]
    marks.append(("sort", f"year:{reference.year or 0}"))
    marks.append(("meta", f"byline:{reference.byline_in(language)}"))
    _add(main, marks, [(", ".join(term for c in own for term in vocabulary[c].terms()), "0.5")])


def mark_claim(tree: Any, text: Text, claim: Claim, vocabulary: Vocabulary, language: str) -> None:
    """Mark the page of a claim: found by its own words, not by the studies it lists.

    Args:
        tree: the page.
        text: whose claim it is.
        claim: what it is of.
        vocabulary: the concepts.
        language: of the page.
    """
    found = html.Element("div", {"hidden": "", "data-pagefind-body": ""})
    tree.find(".//main").append(found)
    marks = [
        ("filter", "kind:claim"),
        ("meta", f"title:{claim.statement[language]}"),
        ("meta", f"verdict:{heading('verdict', claim.judgement, language)}"),
        ("meta", f"mark:{judged(claim).mark}"),
        ("meta", f"text:{text.title[language]}"),
    ]
    if claim.certainty and claim.verdict != "not-checkable":
        marks.append(("meta", f"certainty:{name('certainty', claim.certainty, language)}"))
    concepts = (c for c in claim.all_concepts if c in vocabulary)
    _add(
        found,
        marks,
        [
            *((claim.statement[one], "10") for one in LANGUAGES),
            (", ".join(term for c in concepts for term in vocabulary[c].terms()), "2"),
            *((" ".join(lay_words(claim, one)), "3") for one in LANGUAGES),
            (claim.rationale[language] if claim.rationale else "", "0.5"),
        ],
    )


def _add(to: Any, marks: Iterable[tuple[str, str]], words: Iterable[tuple[str, str]]) -> None:
    for kind, value in marks:
        to.append(html.Element("span", {"hidden": "", f"data-pagefind-{kind}": value}))
    for said, weight in words:
        line = html.Element("p", {"hidden": "", "data-pagefind-weight": weight})
        line.text = said
        to.append(line)
