"""Whole searches, of every kind, against a plain evaluation of each document in turn."""

from __future__ import annotations

import random
import re
from collections.abc import Callable
from functools import lru_cache

import pytest

from evidence.knowledge import KnowledgeBase
from evidence.search.engine import WhooshEngine
from evidence.search.index import bm25
from evidence.search.index.name_forms import plain_words
from evidence.search.index.schema import EXACT, RANKED
from evidence.search.language.analysis import analyzer, raw_tokens
from evidence.search.ranking_parameters import DEFAULT
from evidence.search.request import SearchRequest

Scores = dict[int, float]  # of the documents that match


class Plain:
    """The query language over dictionaries: slow, and without any of the engine's arrays."""

    def __init__(self, engine: WhooshEngine) -> None:
        self.index = engine.statistics.index
        self.all = [n for n in range(self.index.count) if self.index.live[n]]
        self.years = engine.statistics.index.numbers("year").tolist()
        self.tokens = {
            n: [
                [w for raw in raw_tokens(text) for w in re.sub(r"['’]s$", "", raw).split("-")]
                for section in self.index.passages(n)
                for text in section[1:]
            ]
            for n in self.all
        }
        whole = set(self.index.postings("flag", "sound")[0].tolist())
        self.worth = {n: 1.0 if n in whole else DEFAULT.unsound for n in self.all}
        self.stem = lru_cache(maxsize=None)(self._stem)

    def _stem(self, stem: str) -> Scores:
        ids, weights = self.index.postings(RANKED, stem)
        rarity = bm25.idf(len(ids), len(self.all))
        lengths, average = self.index.lengths(), self.index.average
        return {  # Robertson and Zaragoza (2009), with their k1 of 1.2 and b of 0.75
            n: rarity * w * 2.2 / (w + 1.2 * (0.25 + 0.75 * float(lengths[n]) / average))
            for n, w in zip(ids.tolist(), weights.tolist(), strict=True)
        }

    def exact(self, name: str, term: str) -> Scores:
        ids = self.index.postings(name, term)[0].tolist()
        return dict.fromkeys(ids, bm25.idf(len(ids), len(self.all)))

    def stems(self, word: str) -> set[str]:
        return {s for x in ("en", "fr") for s in analyzer(x).token(word).stems}

    def word(self, word: str) -> Scores:
        found: Scores = {}
        for form in [*map(self.stem, self.stems(word)), self.exact("author", word)]:
            found |= {n: max(score, found.get(n, 0.0)) for n, score in form.items()}
        return found

    def title(self, word: str) -> Scores:
        return either([self.exact("title", stem) for stem in self.stems(word)])

    def beginning(self, text: str) -> Scores:
        begun = [term for term in self.index.terms(EXACT) if term.startswith(text)]
        found = {n for term in begun for n in self.exact(EXACT, term)}
        return dict.fromkeys(found, bm25.idf(len(found), len(self.all)))

    def phrase(self, words: list[str]) -> Scores:
        added = either([self.stem(s) for s in {analyzer("en").stem(word) for word in words}])
        size = len(words)
        return {
            n: added.get(n, 0.0)
            for n in self.all
            if any(part[i : i + size] == words for part in self.tokens[n] for i in range(len(part)))
        }

    def since(self, year: int) -> Scores:
        return {n: 0.0 for n in self.all if self.years[n] >= year}

    def without(self, scores: Scores) -> Scores:
        return {n: 0.0 for n in self.all if n not in scores}


def either(items: list[Scores]) -> Scores:
    found: Scores = {}
    for item in items:
        for n, score in item.items():
            found[n] = found.get(n, 0.0) + score
    return found


def both(first: Scores, second: Scores) -> Scores:
    return {n: score + second[n] for n, score in first.items() if n in second}


Made = tuple[str, Callable[[Plain], Scores]]


def _query(kind: int, words: list[str], pairs: list[list[str]], drawn: random.Random) -> Made:
    a, b, c = drawn.sample(words, 3)
    x, y = drawn.choice(pairs)
    year = drawn.randint(1985, 2022)
    many = drawn.sample(words, drawn.randint(4, 15))
    made: list[Made] = [
        (" OR ".join(many), lambda p: either([p.word(w) for w in many])),
        (f"{x} {y}", lambda p: both(p.word(x), p.word(y))),
        (f"{x} NOT {b}", lambda p: both(p.word(x), p.without(p.word(b)))),
        (f"({x} OR {b}) AND {y}", lambda p: both(either([p.word(x), p.word(b)]), p.word(y))),
        (f'"{x} {y}"', lambda p: p.phrase([x, y])),
        (f'"{x} {y}" OR {c}', lambda p: either([p.phrase([x, y]), p.word(c)])),
        (f"{a[:4]}*", lambda p: p.beginning(a[:4])),
        (f"{x} {y[:4]}*", lambda p: both(p.word(x), p.beginning(y[:4]))),
        (f"title:{a}", lambda p: p.title(a)),
        (f"title:{a} OR {b}", lambda p: either([p.title(a), p.word(b)])),
        (f"{x} year:{year}..", lambda p: both(p.word(x), p.since(year))),
        (
            f"-{a} year>={year} {x}",
            lambda p: both(both(p.without(p.word(a)), p.since(year)), p.word(x)),
        ),
    ]
    return made[kind % len(made)]


@pytest.mark.parametrize("seed", [1, 2])
def test_the_best_ten_of_every_kind_of_query_are_the_exhaustive_ones(
    engine: WhooshEngine, kb: KnowledgeBase, seed: int
) -> None:
    drawn = random.Random(seed)
    plain = Plain(engine)
    parts = [part for parts in plain.tokens.values() for part in parts]
    titles = {plain_words(engine.statistics.card(number).title) for number in plain.all}
    good = {
        w
        for w in engine.statistics.index.terms(EXACT)
        if w.isascii() and w.isalpha() and len(w) > 4
    }
    words = sorted(w for w in good if analyzer("fr").token(w).stems and plain.stem(w) is not None)
    pairs = [
        part[i : i + 2]
        for part in drawn.sample(parts, 900)
        for i in range(len(part) - 1)
        if part[i] in good and part[i + 1] in good and part[i] != part[i + 1]
        if engine.statistics.translation.language_of(" ".join(part[i : i + 2])) == "en"
    ]
    compared = 0
    for number in range(600):
        text, evaluate = _query(number, words, pairs, drawn)
        if engine.statistics.translation.language_of(text) != "en":
            continue
        expected = {n: score * plain.worth[n] for n, score in evaluate(plain).items()}
        answer = engine.search(SearchRequest(text, expand=False, highlight=False, facets=("year",)))
        if plain_words(text) in titles:
            continue  # the works of this title come first, whatever their scores
        if not expected:
            assert answer.understood is not None or answer.total == 0, text
            continue
        assert answer.total == len(expected), text
        assert sum(answer.facets["year"].values()) == sum(plain.years[n] > 0 for n in expected)
        number_of = {engine.statistics.card(n).key: n for n in expected}
        order = sorted(expected, key=lambda n: -expected[n])
        first, found = answer.results[0].key, answer.results[0].score
        if found < expected[order[0]] * (1 - 1e-9):  # a complete record leads an incomplete one
            assert kb.library[first].is_complete, text
            assert not kb.library[engine.statistics.card(order[0]).key].is_complete, text
            order.remove(number_of[first])
            order.insert(0, number_of[first])
        best = [expected[n] for n in order[:10]]
        assert [hit.score for hit in answer.results] == pytest.approx(best, rel=1e-9), text
        for hit in answer.results:
            assert expected[number_of[hit.key]] == pytest.approx(hit.score, rel=1e-9), text
        compared += 1
    assert compared > 300
