"""The fields of an index that are not ranked: names, identifiers, concepts, beginnings of words."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from evidence.search.index.documents import CONCEPT_FACETS, NOTES
from evidence.search.index.matches import Matches, every, no_matches, union
from evidence.search.index.name_forms import name_parts
from evidence.search.index.schema import EXACT
from evidence.search.index.statistics import IndexStatistics
from evidence.search.language.analysis import STOP, analyzer, raw_tokens
from references.errors import Message, message
from references.normalise import fold

MAX_EXPANSION = 5000  # words that the beginnings in one query may stand for

_AND_OTHERS = re.compile(r"\bet\.? (?:al|coll)\b\.?", re.IGNORECASE)


@dataclass(slots=True)
class SearchEffort:
    """How many words one search may still expand to, and the notices it has given rise to."""

    notices: list[Message] = field(default_factory=list)
    words_left: int = field(default_factory=lambda: MAX_EXPANSION)

    def renew(self) -> None:
        """Start again: the query is looked up a second time, in another way."""
        self.words_left = MAX_EXPANSION


class FieldIndex:
    """One index by its fields. Safe to share between threads."""

    def __init__(self, statistics: IndexStatistics) -> None:
        self._statistics = statistics
        self._count = statistics.index.count

    def holds(self, name: str, value: str) -> bool:
        """Whether some reference has all of a value in a field."""
        matches = self.find(name, value, "en", SearchEffort())
        return matches is not None and bool(matches.mask.any())

    @property
    def languages(self) -> tuple[str, ...]:
        """The codes of the languages that references are written in."""
        return tuple(self._statistics.index.terms("language"))

    def find(self, name: str, text: str, language: str, effort: SearchEffort) -> Matches | None:
        """What has a value in a field; None when all words of the value are too common.

        Args:
            name: one of the names that `query.fields.FIELDS` gives.
            text: words or a value; a star at its end stands for any ending.
            language: of the query, "fr" or "en".
            effort: what the search may still look at.
        """
        if name in (*CONCEPT_FACETS, "comparator"):
            ids, _ = self._statistics.exact(name, text)
            return union(self._count, [(ids, np.zeros(len(ids)))])
        if name == "concept":
            return union(self._count, [self._statistics.concept(text)])
        if text.endswith("*"):
            return self.beginning(name, text[:-1], language, effort)
        if name in ("identifier", "language", "first", "family"):
            return self._with_any(name, [text])
        if name == "title":
            return every([self._title_word(raw, language) for raw in raw_tokens(text)])
        if name in NOTES:
            return every([self._note_word(name, raw) for raw in raw_tokens(text)])
        return every([self._name_word(name, word) for word in _telling(text)])

    def beginning(self, name: str, text: str, language: str, effort: SearchEffort) -> Matches:
        """What has a word that begins so, scored by the rarest of its words that do."""
        beginning = fold(text)
        if name == EXACT:
            token = analyzer(language).token(beginning)
            if token.joined or len(token.words) == 1:
                beginning = token.words[-1][1]  # beta-amyl for β-amyl, in one word
        if name != "identifier":
            beginning = "".join(c for c in beginning if c.isalnum() or c in ".-")
        left = effort.words_left
        terms = self._statistics.index.terms(name, beginning, left + 1)
        if len(terms) > left:
            effort.notices.append(
                message(
                    "Only the first {n} words that begin so were searched for; write more "
                    "letters before the star.",
                    n=MAX_EXPANSION,
                )
            )
        effort.words_left = max(0, left - len(terms))
        matches = no_matches(self._count)
        for term in terms[:left]:
            ids, gains = self._statistics.exact(name, term)
            matches.mask[ids] = True
            matches.scores[ids] = np.maximum(matches.scores[ids], gains)
        return matches

    def _with_any(self, name: str, terms: Sequence[str]) -> Matches:
        return union(self._count, (self._statistics.exact(name, term) for term in terms))

    def _name_word(self, name: str, word: str) -> Matches:
        """A word of a journal's name or of an author's; the initials of one are a word too."""
        plain = name_parts(word)[0]
        names = (name, "initials") if name == "author" else (name,)
        return union(self._count, (self._statistics.exact(one, plain) for one in names))

    def _note_word(self, name: str, raw: str) -> Matches | None:
        """A word of a note of ours, in either language; None for one of the small words."""
        stems = [analyzer(one).token(raw).stems for one in ("en", "fr")]
        if not all(stems):
            return None
        return self._with_any(name, list(dict.fromkeys(of[-1] for of in stems)))

    def _title_word(self, raw: str, language: str) -> Matches | None:
        """Titles with a word; a title in whose language it is too common need not have it."""
        tokens = {one: analyzer(one).token(raw) for one in ("en", "fr")}
        if not tokens[language].stems:
            return None
        stems = dict.fromkeys(stem for token in tokens.values() for stem in token.stems[-1:])
        mask, scores = self._with_any("title", list(stems))
        for one, token in tokens.items():
            if not token.stems:
                mask[self._statistics.titled_in(one)] = True
            elif token.joined and token.stems[:-1]:  # "CT-guided" is there as "CT guided" too
                parts = [self._with_any("title", [stem]).mask for stem in token.stems[:-1]]
                mask |= np.logical_and.reduce(parts)
        return Matches(mask, scores)


def _telling(text: str) -> list[str]:
    """The words of a name that tell it from others: no small words, no letter alone.

    All of them where there are no others.
    """
    words = raw_tokens(_AND_OTHERS.sub("", text))
    small = STOP["en"] | STOP["fr"]
    return [word for word in words if len(word) > 1 and word not in small] or words
