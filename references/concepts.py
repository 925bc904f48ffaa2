"""The vocabulary: concepts with French and English terms, found in queries and in claims.

A concept is looked up by its id, its MeSH id or any of its terms; case, accents, hyphens
and typography do not matter. `Vocabulary.find` recognises concepts in running text
by longest match.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable, Iterator, Sequence, Set
from dataclasses import dataclass, field

from references.errors import NotFound
from references.normalise import word_keys, words_of

FACETS = (
    "indication",
    "nerve",
    "intervention",
    "guidance",
    "outcome",
    "anatomy",
    "design",
    "population",
)
LANGUAGES = ("fr", "en")


@dataclass(frozen=True, slots=True)
class TermContext:
    """When words that may mean a concept do mean it: "saline" is a placebo beside a control group.

    `words` are terms of the concept. One of `needs` must stand in the sentence, in the heading
    above it or in the title of its page; none of `unless` within a few words of the term. Both
    are the beginnings of words.
    """

    words: tuple[str, ...]
    needs: tuple[str, ...] = ()
    unless: tuple[str, ...] = ()


#: Within so many words something else beside a term makes it mean something else.
BESIDE = 5


@dataclass(frozen=True, slots=True, eq=False)
class Concept:
    """One thing people write about: its terms in both languages and what it is a kind of.

    `variants` are words that lead to the concept without being names of it (misspellings,
    turns of phrase): found in texts and queries, not shown.
    `mesh` is a MeSH descriptor id ("D056650") or ""; `broader` holds concept ids.
    `note` explains the concept in plain words, by language. `context` tells where some of its
    terms mean it.
    """

    id: str
    facet: str
    label: dict[str, str]
    synonyms: dict[str, tuple[str, ...]] = field(default_factory=dict)
    variants: dict[str, tuple[str, ...]] = field(default_factory=dict)
    mesh: str = ""
    broader: tuple[str, ...] = ()
    note: dict[str, str] = field(default_factory=dict)
    context: tuple[TermContext, ...] = ()

    def names(self, language: str) -> tuple[str, ...]:
        """The label and the synonyms of one language, as shown to people."""
        return (self.label[language], *self.synonyms.get(language, ()))

    def terms(self, language: str | None = None) -> tuple[str, ...]:
        """Label, synonyms and variants, of one language or of both, each once."""
        terms: list[str] = []
        for lang in (language,) if language else LANGUAGES:
            terms += [self.label[lang], *self.synonyms.get(lang, ()), *self.variants.get(lang, ())]
        return tuple(dict.fromkeys(terms))


@dataclass(frozen=True, slots=True)
class Mention:
    """A concept found in a text: `text[start:end]` are the words that named it."""

    concept: Concept
    start: int
    end: int
    words: str


@functools.lru_cache(maxsize=65_536)  # all terms of a vocabulary: parts of one are made of them
def _key(term: str) -> tuple[str, ...]:
    return tuple(word_keys(term))


class Vocabulary:
    """All concepts, by id, by term and by what is broader or narrower."""

    def __init__(self, concepts: Iterable[Concept] = ()) -> None:
        self._concepts = {concept.id: concept for concept in concepts}
        # Words of a term -> the concepts they name, and in which languages they do.
        self._by_key: dict[tuple[str, ...], dict[Concept, set[str]]] = {}
        self._by_mesh: dict[str, Concept] = {}
        self._narrower: dict[str, list[str]] = {}
        self._contexts: dict[tuple[str, tuple[str, ...]], TermContext] = {}
        self._longest: dict[str, int] = {}  # first word of a term -> words of the longest one
        for concept in self._concepts.values():
            for language in LANGUAGES:
                for key in map(_key, concept.terms(language)):
                    if key:
                        named = self._by_key.setdefault(key, {})
                        named.setdefault(concept, set()).add(language)
                        self._longest[key[0]] = max(self._longest.get(key[0], 1), len(key))
            if concept.mesh:
                self._by_mesh.setdefault(concept.mesh, concept)
            for context in concept.context:
                for key in map(_key, context.words):
                    self._contexts[concept.id, key] = context
            for parent in concept.broader:
                self._narrower.setdefault(parent, []).append(concept.id)

    def __len__(self) -> int:
        return len(self._concepts)

    def __iter__(self) -> Iterator[Concept]:
        return iter(self._concepts.values())

    def __contains__(self, concept_id: object) -> bool:
        return concept_id in self._concepts

    def __getitem__(self, concept_id: str) -> Concept:
        try:
            return self._concepts[concept_id]
        except KeyError:
            raise NotFound(
                "No concept '{concept_id}' in the vocabulary; look for its id in "
                "references/vocabulary or search by its name.",
                concept_id=concept_id,
            ) from None

    def get(self, concept_id: str) -> Concept | None:
        """The concept of this id, or None."""
        return self._concepts.get(concept_id)

    def label(self, concept_id: str, language: str) -> str:
        """The label of a concept, or the id itself when the vocabulary has none."""
        concept = self._concepts.get(concept_id)
        return concept.label[language] if concept else concept_id

    def of_facet(self, facet: str) -> list[Concept]:
        """The concepts of one facet, in the order of the files."""
        return [concept for concept in self if concept.facet == facet]

    def resolve(self, term: str, facet: str | None = None) -> Concept | None:
        """The concept named by an id, a MeSH id or a term in either language, or None.

        A detail in parentheses ("intercostal nerves (T3-T8)") is left out when the whole
        names nothing.
        """
        if (concept := self._concepts.get(term)) and facet in (None, concept.facet):
            return concept
        if (concept := self._by_mesh.get(term)) and facet in (None, concept.facet):
            return concept
        for form in (term, re.sub(r"\s*\([^)]*\)", "", term)):
            for concept in self._by_key.get(_key(form), ()):
                if facet in (None, concept.facet):
                    return concept
        return None

    def narrower(self, concept_id: str) -> tuple[str, ...]:
        """The concept and all that is narrower, however deep (MeSH calls it "explode")."""
        reached: dict[str, None] = {}
        waiting = [concept_id]
        while waiting:
            current = waiting.pop(0)
            if current not in reached:
                reached[current] = None
                waiting.extend(self._narrower.get(current, ()))
        return tuple(reached)

    def broader(self, concept_id: str) -> tuple[str, ...]:
        """All that is broader than the concept, nearest first, without the concept itself."""
        reached: dict[str, None] = {}
        waiting = [*self[concept_id].broader]
        while waiting:
            current = waiting.pop(0)
            if current not in reached and current in self._concepts:
                reached[current] = None
                waiting.extend(self._concepts[current].broader)
        return tuple(reached)

    def shared_terms(self) -> Iterator[tuple[str, tuple[Concept, ...]]]:
        """Each term that leads to several concepts, as the last of them writes it, and those."""
        for key, named in self._by_key.items():
            if len(named) > 1:
                concepts = tuple(named)
                yield next(term for term in concepts[-1].terms() if _key(term) == key), concepts

    def may_name(self, keys: Set[str]) -> bool:
        """Whether a text whose `word_keys` are these may name a concept: false is certain."""
        return not self._longest.keys().isdisjoint(keys)

    def named_in(self, text: str, language: str | None = None) -> set[str]:
        """The ids of the concepts that `find` returns, without their places: much faster."""
        longest_of, by_key = self._longest, self._by_key
        if not longest_of:
            return set()
        keys = word_keys(text)
        named_ids: set[str] = set()
        covered = 0
        for position, word in enumerate(keys):
            if position < covered or word not in longest_of:
                continue
            for length in range(min(longest_of[word], len(keys) - position), 0, -1):
                named = by_key.get(tuple(keys[position : position + length]))
                ids = [
                    concept.id
                    for concept, languages in (named or {}).items()
                    if language is None or language in languages
                ]
                if ids:
                    named_ids.update(ids)
                    covered = position + length
                    break
        return named_ids

    def find(self, text: str, language: str | None = None) -> list[Mention]:
        """The concepts that a text names, longest match first, in order of appearance.

        With `language` only terms of that language count: without its accent "gêne" is the
        English "gene", and "main" is a hand in French only. Two concepts of different facets
        that share a term are both reported.
        """
        words = words_of(text)
        mentions: list[Mention] = []
        position = 0
        while position < len(words):
            longest = self._longest.get(words[position][0], 0)
            for length in range(min(longest, len(words) - position), 0, -1):
                key = tuple(word for word, _, _ in words[position : position + length])
                concepts = [
                    concept
                    for concept, languages in self._by_key.get(key, {}).items()
                    if language is None or language in languages
                ]
                if concepts:
                    start, end = words[position][1], words[position + length - 1][2]
                    mentions += [Mention(c, start, end, text[start:end]) for c in concepts]
                    position += length
                    break
            else:
                position += 1
        return mentions

    def named_here(self, text: str, language: str | None = None, around: str = "") -> list[Mention]:
        """The concepts that a sentence names, as `find`, without what its words mean elsewhere.

        Args:
            text: the sentence.
            language: that of the terms that count; None for both.
            around: the heading above it, the title of its page.
        """
        words = words_of(text)
        whole = _padded([*(word for word, _, _ in words), *word_keys(around)])
        return [m for m in self.find(text, language) if self._is_meant(m, words, whole)]

    def _is_meant(
        self, mention: Mention, words: Sequence[tuple[str, int, int]], whole: str
    ) -> bool:
        context = self._contexts.get((mention.concept.id, _key(mention.words)))
        if context is None:
            return True
        if context.needs and not _begins_in(context.needs, whole):
            return False
        first = sum(end <= mention.start for _, _, end in words)
        last = sum(start < mention.end for _, start, _ in words)
        before, after = words[max(0, first - BESIDE) : first], words[last : last + BESIDE]
        near = _padded([word for word, _, _ in (*before, *after)])
        return not _begins_in(context.unless, near)


def _padded(words: Sequence[str]) -> str:
    return " " + " ".join(words)


def _begins_in(beginnings: Iterable[str], padded: str) -> bool:
    """True when a word, or several, of a text begin so."""
    return any(f" {' '.join(word_keys(beginning))}" in padded for beginning in beginnings)
