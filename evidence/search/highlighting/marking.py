"""Where in a text the words, phrases and concepts of a query stand."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache

from evidence.search.analysis import Analyzer, analyzer, raw_tokens, tokens_with_places
from evidence.search.index.documents import CONCEPT_FACETS
from evidence.search.query import parse as q
from evidence.search.ranking.translation import Bridge
from references.concepts import Vocabulary
from references.normalise import fold

Span = tuple[int, int]
#: The words of a phrase, each with its offset from the first.
PlacedWords = list[tuple[int, str]]


def placed(text: str, analyze: Analyzer) -> PlacedWords:
    """The words of a phrase with their offsets, as the index keeps positions."""
    found = []
    place = 0
    for raw in raw_tokens(text):
        token = analyze.token(raw)
        whole = raw.replace("-", "")
        found += [
            (place + offset, word)
            for offset, word in token.words
            if word and (token.width == 1 or len(word) < len(whole))
        ]
        place += token.width
    return found


class _Fits(dict[str, bool]):
    """Folded token -> whether it is one that was searched; each is looked at once."""

    def __init__(self, stems: dict[str, set[str]], prefixes: tuple[str, ...]) -> None:
        super().__init__()
        self._tests = [(analyzer(language).token, wanted) for language, wanted in stems.items()]
        self._prefixes = prefixes

    def __missing__(self, raw: str) -> bool:
        fits = self[raw] = raw.startswith(self._prefixes) or not all(
            wanted.isdisjoint(token(raw).stems) for token, wanted in self._tests
        )
        return fits


@lru_cache(maxsize=64)
def _part(vocabulary: Vocabulary, ids: frozenset[str]) -> Vocabulary:
    """Some concepts of a vocabulary: finding these few in a text is much faster."""
    return Vocabulary(vocabulary[name] for name in ids)


def marker(
    node: q.Node, language: str, vocabulary: Vocabulary, bridge: Bridge | None
) -> Callable[[str], list[Span]]:
    """A function that finds in a text the spans that a query matched.

    A phrase is marked where it stands as a phrase, a word wherever one of its forms stands,
    a concept wherever it or something narrower is named. `bridge` translates the words of a
    French query; None when only the words as typed were searched.
    """
    stems: dict[str, set[str]] = {"en": set(), "fr": set()}
    prefixes: list[str] = []
    phrases: list[PlacedWords] = []
    ids: set[str] = set()

    def gather(part: q.Node) -> None:
        match part:
            case q.Words(text) | q.Field("title", text):
                add(text)
            case q.Phrase(text):
                for tongue in stems:  # small words of one may count in the other
                    if (words := placed(text, analyzer(tongue))) not in phrases:
                        phrases.append(words)
            case q.Concepts(concepts, text):
                add(text)
                for concept in concepts:
                    ids.update(vocabulary.narrower(concept))
            case q.Prefix(text):
                prefixes.extend({fold(text), fold(text).replace("-", "")})
            case q.Field(name, text) if name == "concept" or name in CONCEPT_FACETS:
                ids.update(vocabulary.narrower(text))
            case q.And(parts) | q.Or(parts):
                for child in parts:
                    gather(child)

    def add(text: str) -> None:
        for raw in raw_tokens(text):
            if not analyzer(language).token(raw).stems:
                continue
            for tongue, wanted in stems.items():
                wanted.update(analyzer(tongue).token(raw).stems)
            if bridge is not None and language == "fr":
                stems["en"].update(stem for stem, _ in bridge.translate(raw))

    gather(node)
    fits = _Fits(stems, tuple(prefixes))
    named = _part(vocabulary, frozenset(filter(vocabulary.get, ids)))
    first_words = {phrase[0][1] for phrase in phrases if phrase}

    def spans(text: str) -> list[Span]:
        found: list[Span] = []
        raws = raw_tokens(text)
        if any(map(fits.__getitem__, raws)):
            found += [(start, end) for raw, start, end in tokens_with_places(text) if fits[raw]]
        if any(word in fold(text) for word in first_words):
            found += _phrase_spans(text, phrases)
        if named.named_in(text):
            found += [(mention.start, mention.end) for mention in named.find(text)]
        return found

    return spans


def _phrase_spans(text: str, phrases: Iterable[PlacedWords]) -> Iterator[Span]:
    """Where in a text phrases stand, from their first word to their last."""
    ends: dict[tuple[int, str], Span] = {}
    for language in ("en", "fr"):  # as the index: each part of a record in its own language
        place = 0
        for raw, start, end in tokens_with_places(text):
            token = analyzer(language).token(raw)
            for offset, word in token.words:
                ends.setdefault((place + offset, word), (start, end))
            place += token.width
    for phrase in phrases:
        if not phrase:
            continue
        (shift, word), *others = phrase
        for place, first in [place for place in ends if place[1] == word]:
            rest = [ends.get((place + offset - shift, other)) for offset, other in others]
            if None not in rest:
                start, end = ends[place, first]
                yield start, max([end, *(span[1] for span in rest if span)])
