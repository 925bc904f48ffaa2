"""The mix of requests that a hospital's site gets, made from a knowledge base with a fixed seed.

What is asked for how often is that of the review of safety and load: readers of a text, with a
claim opened beside it or not, 20 %; claims 15 %; references 18 %; searches 28 %; the rest
indications, map, feeds, exports, programs and static files. Half in French, half in English.
Half of the searches are drawn from fifty that many people make, half are new ones, of words,
concepts, filters, orders and later pages. A fifth of all is asked again by a browser that has it.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import ClassVar
from urllib.parse import urlencode

from evidence.knowledge import KnowledgeBase

#: Of a hundred requests, how many are of each kind.
SHARES = {
    "reader": 12,
    "reader-claim": 8,
    "claim": 15,
    "reference": 18,
    "search": 28,
    "indication": 4,
    "home": 2,
    "map": 1,
    "feed": 3,
    "export": 3,
    "api": 4,
    "static": 2,
}
#: Of a hundred requests, how many come from a browser that has the page already.
AGAIN = 20
_ORDERS = ("newest", "level", "directness")
_WORD = re.compile(r"[^\W\d_]{4,}")


@dataclass(frozen=True, slots=True)
class Request:
    """One request: its kind, its address, the language of its reader, whether it is a repeat."""

    kind: str
    path: str
    language: str
    again: bool


class Mix:
    """Requests for a base, the same for the same seed."""

    def __init__(self, kb: KnowledgeBase, seed: int = 15) -> None:
        self._drawn = random.Random(seed)
        texts = [text for text in kb.texts.values() if any(c.is_assessed for c in text.claims)]
        self._texts = [text.id for text in texts]
        self._claims = [
            (text.id, claim.id, claim.verdict)
            for text in texts
            for claim in text.claims
            if claim.is_assessed
        ]
        self._keys = list(kb.library)
        self._titles = [words for r in kb.library.values() if (words := _WORD.findall(r.title))]
        self._concepts = {
            facet: [concept.id for concept in kb.vocabulary.of_facet(facet)]
            for facet in ("indication", "nerve", "intervention")
        }
        self._labels = [
            label
            for facet in self._concepts.values()
            for name in facet
            for label in (kb.vocabulary.label(name, "fr"), kb.vocabulary.label(name, "en"))
        ]
        self._usual = [self._new_search() for _ in range(50)]

    def requests(self, count: int) -> Iterator[Request]:
        """So many requests in the order they come."""
        kinds = self._drawn.choices(list(SHARES), list(SHARES.values()), k=count)
        for kind in kinds:
            yield Request(
                kind,
                self._paths[kind](self),
                self._drawn.choice(("fr", "en")),
                self._drawn.randrange(100) < AGAIN,
            )

    def _new_search(self) -> str:
        draw = self._drawn
        words = draw.choice(self._titles)
        query = draw.choice(
            (
                " ".join(draw.sample(words, min(len(words), draw.randint(1, 3)))),
                draw.choice(self._labels),
                f"{draw.choice(self._labels)} {draw.choice(words)}",
            )
        )
        asked = {"q": query}
        if draw.randrange(100) < 25:
            facet = draw.choice(list(self._concepts))
            asked[facet] = draw.choice(self._concepts[facet])
        if draw.randrange(100) < 15:
            asked["sort"] = draw.choice(_ORDERS)
        if draw.randrange(100) < 10:
            asked["year"] = f"{draw.randint(1990, 2015)}..2025"
        if draw.randrange(100) < 10:
            asked["offset"] = "20"
        return "/search?" + urlencode(asked)

    def _search(self) -> str:
        return self._drawn.choice(self._usual) if self._drawn.random() < 0.5 else self._new_search()

    def _reader(self) -> str:
        path = f"/texts/{self._drawn.choice(self._texts)}"
        verdict = self._drawn.choice(self._claims)[2]
        return f"{path}?verdict={verdict}" if self._drawn.random() < 0.2 else path

    def _reader_with_claim(self) -> str:
        text, claim, _verdict = self._drawn.choice(self._claims)
        return f"/texts/{text}?claim={claim}"

    def _claim(self) -> str:
        text, claim, _verdict = self._drawn.choice(self._claims)
        return f"/texts/{text}/claims/{claim}"

    def _reference(self) -> str:
        return f"/references/{self._drawn.choice(self._keys)}"

    def _indication(self) -> str:
        return f"/indications/{self._drawn.choice(self._concepts['indication'])}"

    def _feed(self) -> str:
        text = f"/feeds/texts/{self._drawn.choice(self._texts)}"
        search = "/feeds/search?" + urlencode({"q": self._drawn.choice(self._labels)})
        return self._drawn.choice((text, f"{text}/evidence", search))

    def _export(self) -> str:
        text, claim, _verdict = self._drawn.choice(self._claims)
        form = self._drawn.choice(("bib", "ris"))
        return self._drawn.choice(
            (
                f"/references/{self._drawn.choice(self._keys)}.{form}",
                f"/texts/{text}/claims/{claim}/findings.csv",
                "/search.csv?" + urlencode({"q": self._drawn.choice(self._labels)}),
            )
        )

    def _api(self) -> str:
        text, claim, _verdict = self._drawn.choice(self._claims)
        return "/api/v1" + self._drawn.choice(
            (
                f"/texts/{text}/claims/{claim}",
                f"/references/{self._drawn.choice(self._keys)}",
                "/search?" + urlencode({"q": self._drawn.choice(self._labels)}),
            )
        )

    _paths: ClassVar[dict[str, Callable[[Mix], str]]] = {
        "reader": _reader,
        "reader-claim": _reader_with_claim,
        "claim": _claim,
        "reference": _reference,
        "search": _search,
        "indication": _indication,
        "home": lambda _self: "/",
        "map": lambda _self: "/map",
        "feed": _feed,
        "export": _export,
        "api": _api,
        "static": lambda _self: "/static/style.css",
    }
