"""Phrases against a plain evaluation: the tokens of every record, position by position."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from evidence.knowledge import KnowledgeBase
from evidence.search import open_engine
from evidence.search.engine import WhooshEngine
from evidence.search.index.documents import document_of
from evidence.search.language.analysis import analyzer, raw_tokens
from evidence.search.request import SearchRequest

Slots = list[set[str]]  # the words at each position; none where a small word stands

ENDS = ["the", "of", "in the", "la", "de la", "des", "plus", "with", "over", "on", ""]


def _slots(raws: list[str], language: str, *, whole: bool) -> Slots:
    """Tokens one position after another; `whole` keeps compounds written as one word too."""
    slots: Slots = []
    for raw in raws:
        token = analyzer(language).token(raw)
        here: Slots = [set() for _ in range(token.width)]
        for place, (offset, word) in enumerate(token.words):
            if whole or not (token.joined and place == len(token.words) - 1):
                here[offset].add(word)
        slots += here
    return slots


class Plain:
    """Every part of every record as a list of positions."""

    def __init__(self, kb: KnowledgeBase) -> None:
        self.parts: list[tuple[str, str, Slots]] = []  # key, language, positions
        self.at: dict[str, list[tuple[int, int]]] = defaultdict(list)  # word -> part, position
        for reference in kb.library.values():
            for language, _, raws in document_of(reference, kb.vocabulary).parts:
                slots = _slots(raws, language, whole=True)
                for place, words in enumerate(slots):
                    for word in words:
                        self.at[word].append((len(self.parts), place))
                self.parts.append((reference.key, language, slots))

    def find(self, phrase: str) -> set[str] | None:
        """Keys of the records with the phrase; None when all its words are too common."""
        found: set[str] = set()
        says_something = False
        for language in ("en", "fr"):
            wanted = _slots(raw_tokens(phrase), language, whole=False)
            while wanted and not wanted[0]:
                wanted.pop(0)
            if not wanted:
                continue
            says_something = True
            first = min(wanted[0])
            for number, place in self.at.get(first, ()):
                key, own, slots = self.parts[number]
                if own == language and all(
                    not words or (place + i < len(slots) and words <= slots[place + i])
                    for i, words in enumerate(wanted)
                ):
                    found.add(key)
        return found if says_something else None


@pytest.fixture(scope="module")
def plain(kb: KnowledgeBase) -> Plain:
    return Plain(kb)


def _phrases(engine: WhooshEngine, drawn: random.Random, count: int) -> Iterator[str]:
    """Words of records as they stand, some with small words put before or after; and none's."""
    texts = [
        text.replace('"', " ").split()
        for number in range(engine.statistics.index.count)
        for section in engine.statistics.index.passages(number)
        for text in filter(None, section[1:])
    ]
    for turn in range(count):
        words = drawn.choice(texts)
        begin = drawn.choice([0, drawn.randrange(len(words))])
        taken = words[begin : begin + drawn.randint(1, 6)]
        match turn % 4:
            case 1:
                taken = [drawn.choice(ENDS), *taken]
            case 2:
                taken = [drawn.choice(ENDS), *taken, drawn.choice(ENDS)]
            case 3:
                other = drawn.choice(texts)
                taken = [*taken[:2], *other[:2]]
        phrase = " ".join(word for word in taken if word)
        if raw_tokens(phrase):
            yield phrase


def _found(engine: WhooshEngine, query: str) -> set[str]:
    found: set[str] = set()
    while True:
        request = SearchRequest(
            query, limit=200, offset=len(found), facets=(), highlight=False, expand=False
        )
        answer = engine.search(request)
        found |= {hit.key for hit in answer.results}
        if len(found) >= answer.total:
            return found


def test_phrases_are_found_where_they_stand_and_nowhere_else(
    engine: WhooshEngine, plain: Plain
) -> None:
    phrases = list(_phrases(engine, random.Random(4), 1600))
    wrong = {
        phrase: found ^ expected
        for phrase in phrases
        if (found := _found(engine, f'"{phrase}"')) != (expected := plain.find(phrase) or set())
    }
    assert wrong == {}
    assert len(phrases) > 1500
    assert sum(not plain.find(phrase) for phrase in phrases) > 100


def test_phrases_that_are_left_out_leave_the_rest(
    engine: WhooshEngine, plain: Plain, kb: KnowledgeBase
) -> None:
    cold = _found(engine, "cryoablation")
    for phrase in _phrases(engine, random.Random(5), 150):
        with_it = plain.find(phrase)
        if with_it is not None:
            assert _found(engine, f'cryoablation -"{phrase}"') == cold - with_it, phrase
            assert _found(engine, f'NOT "{phrase}"') == set(kb.library) - with_it, phrase


def test_a_small_word_before_a_title_does_not_hide_it(
    engine: WhooshEngine, plain: Plain, kb: KnowledgeBase
) -> None:
    for small in ("the", "of the", "la", "de la"):
        for reference in kb.library.values():
            title = reference.title.translate(dict.fromkeys(map(ord, '"“”«»'), " "))
            phrase = f"{small} {' '.join(title.split()[:3])}"
            if expected := plain.find(phrase):  # else it may be a byline
                assert _found(engine, f'"{phrase}"') == expected, phrase


def test_the_intercostal_nerve_cryoablation(engine: WhooshEngine) -> None:
    found = _found(engine, '"the intercostal nerve cryoablation"')
    assert "chen2022oncology" in found  # its title begins "Intercostal nerve cryoablation"
    assert found == _found(engine, '"intercostal nerve cryoablation"')
    without = _found(engine, 'cryoablation -"the intercostal nerve cryoablation"')
    assert without == _found(engine, "cryoablation") - found


@pytest.mark.parametrize("query", ['"the of"', '"de la"', 'pain AND "the of"', "title:of"])
def test_a_phrase_of_small_words_says_that_they_are_too_common(
    engine: WhooshEngine, query: str
) -> None:
    answer = engine.search(SearchRequest(query))
    assert answer.total == 0
    assert list(map(str, answer.notices)) == [
        "These words are too common to search for; add a more telling one."
    ]


PLUS = """
@article{with, title = {Cryoanalgesia plus epidural in adults}, langid = {english}}
@article{against, title = {Cryoanalgesia versus epidural in adults}, langid = {english}}
@article{avec, title = {Cryoanalgésie plus péridurale chez les adultes}, langid = {french}}
"""


def test_what_is_small_in_one_language_counts_in_the_other(
    small_base: Callable[..., KnowledgeBase], tmp_path: Path
) -> None:
    """ "Plus" is a small word in French, and one that says something in English."""
    engine = open_engine(small_base(PLUS), tmp_path / "instance")
    assert _found(engine, '"cryoanalgesia plus epidural"') == {"with"}
    assert _found(engine, '"cryoanalgesia the epidural"') == {"with", "against"}
    assert _found(engine, '"cryoanalgésie plus péridurale"') == {"avec"}
    assert _found(engine, '"plus péridurale chez"') == {"avec"}
    assert _found(engine, '"epidural in adults"') == {"with", "against"}
    engine.close()
