"""Did you mean: the nearest word of the index or of the vocabulary, in both languages."""

from __future__ import annotations

from functools import cached_property
from itertools import chain

from evidence.search import query as q
from evidence.search import whoosh_index as wi
from evidence.search.analysis import analyzer, raw_tokens
from references.concepts import Vocabulary, fold

MAX_TERMS = 60_000  # words of the index that are compared with a mistyped one


class Speller:
    """Proposes spellings for words that nothing contains."""

    def __init__(self, index: wi.OpenIndex, vocabulary: Vocabulary) -> None:
        self._index = index
        self._vocabulary = vocabulary

    @cached_property
    def _terms(self) -> dict[str, str]:
        """Folded words of the vocabulary, as the vocabulary writes them.

        Variants are left out: common misspellings are among them.
        """
        found: dict[str, str] = {}
        for concept in self._vocabulary:
            for term in chain(concept.label.values(), *concept.synonyms.values()):
                for word in term.replace("-", " ").replace("’", " ").replace("'", " ").split():
                    bare = word.strip("(),.;:")
                    if len(bare) > 3 and not bare.isupper():
                        found.setdefault(fold(bare), bare.lower())
        return found

    def _known(self, word: str) -> bool:
        if any(self._index.frequency(name, word) for name in (wi.EXACT, "author", "journal")):
            return True
        if any(
            self._index.frequency(wi.RANKED, stem)
            for language in ("en", "fr")
            for stem in analyzer(language).token(word).stems
        ):
            return True
        return word in self._terms  # asked last: they are gathered when first needed

    def nearest(self, word: str) -> str | None:
        """The known word nearest to a folded one, or None when none is near.

        Words of the vocabulary that begin alike may be a step farther off: they are what is
        searched for here.
        """
        from rapidfuzz import process
        from rapidfuzz.distance import OSA, Prefix

        allowed = 1 if len(word) < 6 else 2
        candidates = dict.fromkeys(self._index.terms(wi.EXACT, word[:1], MAX_TERMS))
        if not any(char.isdigit() for char in word[:1]):
            candidates.update(dict.fromkeys(self._terms))
        if len(candidates) < MAX_TERMS:
            candidates.update(dict.fromkeys(self._index.terms(wi.EXACT, word[1:2], MAX_TERMS)))
        near = process.extract(
            word, list(candidates), scorer=OSA.distance, score_cutoff=allowed, limit=12
        )
        if len(word) > 6:
            alike = [term for term in self._terms if term.startswith(word[:3])]
            near += process.extract(
                word, alike, scorer=OSA.distance, score_cutoff=allowed + 1, limit=12
            )
        ranked = sorted(
            (
                distance - (term in self._terms),
                term not in self._terms,
                -Prefix.similarity(word, term),
                -self._index.frequency(wi.EXACT, term),
                term,
            )
            for term, distance, _ in near
            if term != word and not term.isdigit()
        )
        if not ranked:
            return None
        return self._terms.get(ranked[0][-1], ranked[0][-1])

    def suggest(self, text: str, node: q.Node, total: int) -> str | None:
        """The query with its unknown words replaced by near ones, or None."""
        words = [w for w in raw_tokens(_plain(node)) if len(w) > 3 and w.isalpha()]
        unknown = [word for word in dict.fromkeys(words) if not self._known(word)][:4]
        proposal = text
        for word in unknown:
            if (better := self.nearest(word)) is not None:
                proposal = _replace(proposal, word, better)
        return proposal if proposal != text else None


def _plain(node: q.Node) -> str:
    """The words of a query that were looked up as words."""
    match node:
        case q.Words(text) | q.Phrase(text):
            return text
        case q.Field(name, text) if name in ("title", "author", "journal"):
            return text.rstrip("*")
        case q.And(parts) | q.Or(parts):
            return " ".join(_plain(part) for part in parts)
        case q.Not(part):
            return _plain(part)
    return ""


def _replace(text: str, word: str, better: str) -> str:
    """`text` with each word that folds to `word` replaced."""
    found = [w for w in analyzer("en").words(text) if fold(w.text) == word]
    for place in reversed(found):
        text = text[: place.start] + better + text[place.end :]
    return text
