"""Where in a text the words, phrases and concepts of a query stand."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import lru_cache

from evidence.search.index.documents import CONCEPT_FACETS
from evidence.search.language.analysis import (
    PlacedWords,
    analyzer,
    placed,
    raw_tokens,
    tokens_with_places,
)
from evidence.search.language.translation import QueryTranslation
from evidence.search.query import nodes
from references.concepts import Vocabulary
from references.normalise import fold, word_keys

Span = tuple[int, int]  # characters of a text: the first, and the one after the last


class _Fits(dict[str, bool]):
    """Folded token -> whether it is one that was searched; each is looked at once."""

    def __init__(self, stems: dict[str, set[str]], prefixes: tuple[str, ...]) -> None:
        super().__init__()
        self._wanted = [(name, wanted) for name, wanted in stems.items() if wanted]
        self._tests = [(analyzer(name).token, wanted) for name, wanted in self._wanted]
        self._prefixes = prefixes

    def __missing__(self, raw: str) -> bool:
        fits = bool(self._prefixes) and raw.startswith(self._prefixes)
        for token, wanted in self._tests:
            fits = fits or not wanted.isdisjoint(token(raw).stems)
        self[raw] = fits
        return fits

    def any_in(self, text: str) -> bool:
        """Whether a text has any of them: most texts have none, and are looked at no closer."""
        if any(not wanted.isdisjoint(_stems(text, name)) for name, wanted in self._wanted):
            return True
        return bool(self._prefixes) and any(raw.startswith(self._prefixes) for raw in _raw(text))


@lru_cache(maxsize=256)
def _part(vocabulary: Vocabulary, ids: frozenset[str]) -> Vocabulary:
    """Some concepts of a vocabulary: finding these few in a text is much faster."""
    return Vocabulary(vocabulary[name] for name in ids)


@lru_cache(maxsize=8192)  # the texts of a library are looked at by every search
def _raw(text: str) -> frozenset[str]:
    return frozenset(raw_tokens(text))


@lru_cache(maxsize=2 * 8192)
def _stems(text: str, language: str) -> frozenset[str]:
    token = analyzer(language).token
    return frozenset(stem for raw in _raw(text) for stem in token(raw).stems)


@lru_cache(maxsize=8192)
def _keys(text: str) -> frozenset[str]:
    return frozenset(word_keys(text))


class Marker:
    """Finds in a text the spans that a query matched.

    A phrase is marked where it stands as a phrase, a word wherever one of its forms stands,
    a concept wherever it or something narrower is named. What is excluded is not marked.
    """

    def __init__(
        self,
        tree: nodes.Node,
        language: str,
        vocabulary: Vocabulary,
        translation: QueryTranslation | None,
    ) -> None:
        """`translation` is for the words of a French query; None when those typed are meant."""
        self._language = language
        self._translation = translation if language == "fr" else None
        self._stems: dict[str, set[str]] = {"en": set(), "fr": set()}
        self._phrases: list[PlacedWords] = []
        prefixes: list[str] = []
        ids: set[str] = set()
        for leaf in nodes.leaves(tree):
            match leaf:
                case nodes.Words(text) | nodes.Field("title", text):
                    self._add_words(text)
                case nodes.Phrase(text):
                    words = [placed(text, analyzer(one)) for one in ("en", "fr")]
                    self._phrases += [p for p in words if p and p not in self._phrases]
                case nodes.Concepts(concepts, text):
                    self._add_words(text)
                    ids.update(n for concept in concepts for n in vocabulary.narrower(concept))
                case nodes.Prefix(text):
                    prefixes += [fold(text), fold(text).replace("-", "")]
                case nodes.Field(name, text) if name in ("concept", "comparator", *CONCEPT_FACETS):
                    ids.update(vocabulary.narrower(text))
        self._fits = _Fits(self._stems, tuple(prefixes))
        self._named = _part(vocabulary, frozenset(filter(vocabulary.get, ids)))
        self._first_words = {phrase[0][1] for phrase in self._phrases}

    def _add_words(self, text: str) -> None:
        for raw in raw_tokens(text):
            if not analyzer(self._language).token(raw).stems:
                continue
            # A stop word of one language may be a word that counts in the other.
            for language, wanted in self._stems.items():
                wanted.update(analyzer(language).token(raw).stems)
            if self._translation is not None:
                self._stems["en"].update(stem for stem, _ in self._translation.translate(raw))

    def __call__(self, text: str) -> list[Span]:
        """The spans of a text, in no order; some may overlap."""
        fits = self._fits
        spans: list[Span] = []
        if fits.any_in(text):
            spans += [(start, end) for raw, start, end in tokens_with_places(text) if fits[raw]]
        if any(word in fold(text) for word in self._first_words):
            spans += _phrase_spans(text, self._phrases)
        if self._named.may_name(_keys(text)) and self._named.named_in(text):
            spans += [(mention.start, mention.end) for mention in self._named.find(text)]
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
    for (shift, word), *others in phrases:
        for place, first in [place for place in ends if place[1] == word]:
            rest = [ends.get((place + offset - shift, other)) for offset, other in others]
            if None not in rest:
                start, end = ends[place, first]
                yield start, max([end, *(span[1] for span in rest if span)])
