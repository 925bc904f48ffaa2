"""The vocabulary: concepts with French and English terms, found in queries and in claims.

A concept is looked up by its id, its MeSH id or any of its terms; case, accents, hyphens
and typographic signs do not matter. `Vocabulary.find` recognises concepts in running text
by longest match.
"""

from __future__ import annotations

import functools
import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from references.errors import NotFound

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


@dataclass(frozen=True, slots=True, eq=False)
class Concept:
    """One thing people write about: its terms in both languages and what it is a kind of.

    `variants` are words that lead to the concept without being names of it (misspellings,
    turns of phrase): found in texts and queries, not shown.
    `mesh` is a MeSH descriptor id ("D056650") or ""; `broader` holds concept ids.
    `note` explains the concept in plain words, by language.
    """

    id: str
    facet: str
    label: dict[str, str]
    synonyms: dict[str, tuple[str, ...]] = field(default_factory=dict)
    variants: dict[str, tuple[str, ...]] = field(default_factory=dict)
    mesh: str = ""
    broader: tuple[str, ...] = ()
    note: dict[str, str] = field(default_factory=dict)

    def names(self, language: str) -> tuple[str, ...]:
        """The label and the synonyms of one language, as shown to people."""
        return (self.label[language], *self.synonyms.get(language, ()))

    def terms(self, language: str | None = None) -> tuple[str, ...]:
        """Label, synonyms and variants, of one language or of both, each once."""
        found: list[str] = []
        for lang in (language,) if language else LANGUAGES:
            found += [self.label[lang], *self.synonyms.get(lang, ()), *self.variants.get(lang, ())]
        return tuple(dict.fromkeys(found))


@dataclass(frozen=True, slots=True)
class Mention:
    """A concept found in a text: `text[start:end]` are the words that named it."""

    concept: Concept
    start: int
    end: int
    words: str


_NOT_ASCII = re.compile(r"[^\x00-\x7f]+")
#: Letters that Unicode does not take apart, by what people type who have no such key.
_LETTERS = str.maketrans({"œ": "oe", "æ": "ae", "þ": "th"}) | str.maketrans("øłđðħŧı", "olddhti")
#: Signs that print nothing and stand inside words: soft hyphens, joiners, marks of direction.
_UNSEEN = re.compile("[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")


@functools.lru_cache(maxsize=16384)
def _fold_run(signs: str) -> str:
    decomposed = unicodedata.normalize("NFKD", signs).casefold()
    decomposed = unicodedata.normalize("NFKD", _UNSEEN.sub("", decomposed)).translate(_LETTERS)
    return "".join(sign for sign in decomposed if not unicodedata.combining(sign))


def fold(text: str) -> str:
    """Lower case without accents, ligatures, strokes or unseen signs.

    One character may become two (œ -> oe) or none (a soft hyphen).
    """
    text = text.lower()
    return text if text.isascii() else _NOT_ASCII.sub(lambda run: _fold_run(run[0]), text)


_WORD = re.compile(r"[^\W_]+")
_VOWEL = re.compile("[aeiouy]")


def _stem(word: str) -> str:
    """A word without its plural ending: enough to match terms, too little to confuse them.

    A word without vowels is an abbreviation: CRPS is not several CRP.
    """
    if not _VOWEL.search(word):
        return word
    if len(word) > 4 and word.endswith("ies"):
        return word[:-3] + "y"
    if len(word) > 4 and word.endswith(("aux", "eux")):
        return word[:-1]
    if len(word) > 3 and word.endswith(("s", "x")) and not word.endswith(("ss", "us", "is")):
        return word[:-1]
    return word


@functools.lru_cache(maxsize=65536)
def _word_key(word: str) -> str:
    return _stem(fold(word))


def words_of(text: str) -> list[tuple[str, int, int]]:
    """The folded, singular words of a text, each with its place."""
    return [(_word_key(m.group()), m.start(), m.end()) for m in _WORD.finditer(text)]


@functools.lru_cache(maxsize=8192)
def _key(term: str) -> tuple[str, ...]:
    return tuple(map(_word_key, _WORD.findall(term)))


class Vocabulary:
    """All concepts, by id, by term and by what is broader or narrower."""

    def __init__(self, concepts: Iterable[Concept] = ()) -> None:
        self._concepts = {concept.id: concept for concept in concepts}
        # Words of a term -> the concepts they name, and in which languages they do.
        self._by_key: dict[tuple[str, ...], dict[Concept, set[str]]] = {}
        self._by_mesh: dict[str, Concept] = {}
        self._narrower: dict[str, list[str]] = {}
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
        found: dict[str, None] = {}
        waiting = [concept_id]
        while waiting:
            current = waiting.pop(0)
            if current not in found:
                found[current] = None
                waiting.extend(self._narrower.get(current, ()))
        return tuple(found)

    def broader(self, concept_id: str) -> tuple[str, ...]:
        """All that is broader than the concept, nearest first, without the concept itself."""
        found: dict[str, None] = {}
        waiting = [*self[concept_id].broader]
        while waiting:
            current = waiting.pop(0)
            if current not in found and current in self._concepts:
                found[current] = None
                waiting.extend(self._concepts[current].broader)
        return tuple(found)

    def named_in(self, text: str, language: str | None = None) -> set[str]:
        """The ids of the concepts that `find` finds, without their places: much faster."""
        longest_of, by_key = self._longest, self._by_key
        if not longest_of:
            return set()
        keys = [_word_key(word) for word in _WORD.findall(text)]
        found: set[str] = set()
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
                    found.update(ids)
                    covered = position + length
                    break
        return found

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
