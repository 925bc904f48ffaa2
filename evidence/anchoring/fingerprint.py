"""What is remembered of a page: where its claims stood and how its sentences read, as digests.

Kept beside a register without one word of the page (`drift.write_fingerprint`), it is enough to
tell that a passage or the rest of its sentence changed, that it moved, and that a sentence is new.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from functools import cached_property
from typing import Any

from pydantic import TypeAdapter

from evidence.anchoring.anchor import locate
from evidence.anchoring.outline import Outline, outline_of
from evidence.anchoring.tokens import Passage, TokenisedPage
from evidence.claims.claim import Anchor, Claim

#: Words inserted between two passages of one sentence are recognised as an insertion up to this
#: many characters; more than that is other text.
_SEAM = 120
#: How many characters after a sentence are remembered, to tell whether the next one still follows.
_BEYOND = 6
#: Fewer words than this before an article with a capital are an insertion, not a sentence.
_LEAST = 5


@dataclass(frozen=True)
class Edge:
    """The rest of the sentence on one side of a passage, up to the passage of another claim.

    `count` characters with this `digest`; `beyond` is the digest of the characters after them,
    "" where the passage of another claim, `neighbour`, begins.
    """

    count: int
    digest: str
    beyond: str
    neighbour: str = ""


@dataclass(frozen=True)
class PassageFingerprint:
    """What is remembered of a passage without keeping its words.

    `place` is the number of its first token, `length` counts its tokens, `digest` is the
    SHA-256 of its characters (`TokenisedPage.characters`), `anchor` the digest of the anchor that
    picked it out. `above` are the places of the headings above it and `lead` that of what announces
    it, -1 for nothing; both are places of `PageFingerprint.sentences`, and `above` is None in a
    form kept before surroundings were.
    """

    place: int
    length: int
    digest: str
    anchor: str
    left: Edge
    right: Edge
    above: tuple[int, ...] | None = None
    lead: int = -1

    def fits(self, anchor: Anchor) -> bool:
        """True when it was this anchor that picked the passage out."""
        return self.anchor == _anchor_digest(anchor)


#: Reads the passages of a kept form.
_PASSAGES = TypeAdapter(dict[str, PassageFingerprint])


@dataclass(frozen=True)
class PageFingerprint:
    """The page as it was: the passage of each claim, its headings (first token, digest) and its
    sentences (first token, number of tokens, digest).

    With `outline` the words are known; without it only their digests are, which is enough to
    tell that a passage changed or moved, not what it was.
    """

    claims: dict[str, PassageFingerprint] = field(default_factory=dict)
    headings: tuple[tuple[int, str], ...] = ()
    sentences: tuple[tuple[int, int, str], ...] = ()
    outline: Outline | None = None
    passages: dict[str, Passage] = field(default_factory=dict)

    @property
    def page(self) -> TokenisedPage | None:
        """The page with its words, where they are known."""
        return self.outline.page if self.outline else None

    def as_dict(self) -> dict[str, Any]:
        """The JSON form kept beside a register: figures and digests, no words."""
        return {
            "claims": {name: asdict(fingerprint) for name, fingerprint in self.claims.items()},
            "headings": [{"place": place, "digest": digest} for place, digest in self.headings],
            "sentences": [list(row) for row in self.sentences],
        }

    @classmethod
    def from_dict(cls, plain: dict[str, Any]) -> PageFingerprint:
        """Read what `as_dict` wrote.

        Raises:
            KeyError, TypeError, ValueError: it is something else.
        """
        return cls(
            _PASSAGES.validate_python(plain["claims"]),
            tuple((int(h["place"]), str(h["digest"])) for h in plain["headings"]),
            tuple((int(a), int(b), str(digest)) for a, b, digest in plain["sentences"]),
        )

    @property
    def title(self) -> int | None:
        """The place of the heading that the page begins with, None where it begins otherwise."""
        first = self.sentences[0][0] if self.sentences else None
        return first if any(place == first for place, _ in self.headings) else None

    @cached_property
    def places(self) -> dict[str, tuple[int, ...]]:
        """Where sentences stood, by their digest."""
        places: dict[str, tuple[int, ...]] = {}
        for place, _, its_digest in self.sentences:
            places[its_digest] = (*places.get(its_digest, ()), place)
        return places

    def has(self, sentence: str) -> bool:
        """True when the page had this sentence or heading, whatever its typography."""
        characters = "".join(TokenisedPage(sentence).tokens)
        if self.page is not None and characters in self.page.characters(Passage(0, len(self.page))):
            return True
        return short_digest(characters) in self.places


def digest(characters: str) -> str:
    """The SHA-256 of some characters, in hexadecimal."""
    return hashlib.sha256(characters.encode()).hexdigest()


def short_digest(characters: str) -> str:
    """The first 64 bits of the same, where many are kept."""
    return digest(characters)[:16]


def _anchor_digest(anchor: Anchor) -> str:
    return digest("\0".join((anchor.start, anchor.end, anchor.prefix, anchor.suffix)))


def _to_stop(page: TokenisedPage, passage: Passage, right: bool) -> int:
    """How many characters lie between a passage and the next stop on one side."""
    sentence = page.sentence(passage)
    if right:
        return page.distance(passage.last, sentence.last)
    return page.distance(sentence.first, passage.first)


def _gap(page: TokenisedPage, passage: Passage, other: Passage, right: bool) -> int:
    """Characters between a passage and another one on one side; below zero when they overlap."""
    if right:
        return page.distance(passage.last, other.first)
    return page.distance(other.last, passage.first)


def _edge(
    page: TokenisedPage, passage: Passage, right: bool, others: Mapping[str, Passage]
) -> Edge:
    count = _to_stop(page, passage, right)
    free, neighbour = count, ""
    for name, other in others.items():
        inside = passage.first <= other.first and other.last <= passage.last
        gap = _gap(page, passage, other, right)
        if not inside and -page.distance(other.first, other.last) < gap < free:
            free, neighbour = max(0, gap), name if gap >= 0 else ""
    beyond = "" if free < count else short_digest(_beyond(page, passage, right, count))
    return Edge(free, short_digest(page.beside(passage, right, free)), beyond, neighbour)


def _beyond(page: TokenisedPage, passage: Passage, right: bool, count: int) -> str:
    """The characters that follow the next `count` ones on one side of a passage."""
    row = page.beside(passage, right, count + _BEYOND)
    return row[count:] if right else row[: max(0, len(row) - count)]


def is_edge_unchanged(
    page: TokenisedPage, passage: Passage, right: bool, edge: Edge, exact: Mapping[str, Passage]
) -> bool:
    """True when the rest of the sentence on one side is as it was.

    Stops alone prove nothing: a page wrapped anew has other lines. `exact` are the passages
    that stand word for word; one of them may be the edge's neighbour.
    """
    if short_digest(page.beside(passage, right, edge.count)) != edge.digest:
        return False
    if edge.neighbour in exact:  # words put between two claims belong to neither passage
        gap = _gap(page, passage, exact[edge.neighbour], right)
        if edge.count < gap <= edge.count + _SEAM:
            return False
    if not edge.beyond or _to_stop(page, passage, right) <= edge.count:
        return True
    if _sentence_ends_there(page, passage, right, edge.count):
        return True
    return short_digest(_beyond(page, passage, right, edge.count)) == edge.beyond


def _sentence_ends_there(page: TokenisedPage, passage: Passage, right: bool, count: int) -> bool:
    """True when a sentence begins `count` characters away though the one before lost its stop."""
    token = page.token_beside(passage, right, count)
    if right:
        return page.begins_sentence(token)
    before = token - page.sentence(Passage(token, token)).first
    return page.begins_sentence(token) and before >= _LEAST


def digests_of_sentences(outline: Outline) -> Iterator[tuple[int, int, str]]:
    """First token, number of tokens and digest of each sentence, item and heading of a page."""
    for part in outline.parts:
        first, last = part.passage.first, part.passage.last
        yield first, last - first, short_digest(outline.page.characters(part.passage))


def fingerprint_of(claims: Iterable[Claim], text: str, language: str = "fr") -> PageFingerprint:
    """The page as it is now, to compare a later one with; `language` splits its sentences."""
    outline = outline_of(text, language)
    page = outline.page
    passages = {
        claim.id: passage for claim in claims if (passage := locate(claim.anchor, page)) is not None
    }
    anchors = {claim.id: claim.anchor for claim in claims}
    return PageFingerprint(
        {
            name: PassageFingerprint(
                passage.first,
                passage.last - passage.first,
                digest(page.characters(passage)),
                _anchor_digest(anchors[name]),
                _edge(page, passage, False, passages),
                _edge(page, passage, True, passages),
                tuple(one.passage.first for one in outline.above(passage)),
                lead.passage.first if (lead := outline.lead(passage)) else -1,
            )
            for name, passage in passages.items()
        },
        tuple((heading.first, digest(page.characters(heading))) for heading in page.headings),
        tuple(digests_of_sentences(outline)),
        outline,
        passages,
    )
