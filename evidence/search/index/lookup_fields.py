"""The fields of an index that are not ranked: names, identifiers, concepts, beginnings of words."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from evidence.search.index.algebra import (
    AllOf,
    AnyOf,
    Beginning,
    Exact,
    InConcept,
    Plain,
    Sought,
    TitledIn,
    all_known,
)
from evidence.search.index.documents import CONCEPT_FACETS, NOTES
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

    def holds(self, name: str, value: str) -> bool:
        """Whether some reference has all of a value in a field."""
        sought = self.find(name, value, "en", SearchEffort())
        return sought is not None and self._statistics.how_many(sought) > 0

    @property
    def languages(self) -> tuple[str, ...]:
        """The codes of the languages that references are written in."""
        return tuple(self._statistics.values("language"))

    def find(self, name: str, text: str, language: str, effort: SearchEffort) -> Sought | None:
        """What has a value in a field; None when all words of the value are too common.

        Args:
            name: one of the names that `query.fields.FIELDS` gives.
            text: words or a value; a star at its end stands for any ending.
            language: of the query, "fr" or "en".
            effort: what the search may still look at.
        """
        if name in (*CONCEPT_FACETS, "comparator"):
            return Plain(Exact(name, text))
        if name == "concept":
            return InConcept(text)
        if text.endswith("*"):
            return self.beginning(name, text[:-1], language, effort)
        if name in ("identifier", "language", "first", "family"):
            return Exact(name, text)
        if name == "title":
            return all_known([self._title_word(raw, language) for raw in raw_tokens(text)])
        if name in NOTES:
            return all_known([self._note_word(name, raw) for raw in raw_tokens(text)])
        return all_known([self._name_word(name, word) for word in _telling(text)])

    def beginning(self, name: str, text: str, language: str, effort: SearchEffort) -> Sought:
        """What has a word that begins so."""
        beginning = fold(text)
        if name == EXACT:
            token = analyzer(language).token(beginning)
            if token.joined or len(token.words) == 1:
                beginning = token.words[-1][1]  # beta-amyl for β-amyl, in one word
        if name != "identifier":
            beginning = "".join(c for c in beginning if c.isalnum() or c in ".-")
        left = effort.words_left
        terms = self._statistics.expansions(name, beginning, left)
        if terms > left:
            effort.notices.append(
                message(
                    "Only the first {n} words that begin so were searched for; write more "
                    "letters before the star.",
                    n=MAX_EXPANSION,
                )
            )
        effort.words_left = max(0, left - terms)
        return Beginning(name, beginning, left)

    @staticmethod
    def _with_any(names: Sequence[str], terms: Sequence[str]) -> Sought:
        return AnyOf(tuple(Exact(name, term) for name in names for term in terms))

    def _name_word(self, name: str, word: str) -> Sought:
        """A word of a journal's name or of an author's; the initials of one are a word too."""
        plain = name_parts(word)[0]
        names = (name, "initials") if name == "author" else (name,)
        return self._with_any(names, [plain])

    def _note_word(self, name: str, raw: str) -> Sought | None:
        """A word of a note of ours, in either language; None for one of the small words."""
        stems = [analyzer(one).token(raw).stems for one in ("en", "fr")]
        if not all(stems):
            return None
        return self._with_any([name], list(dict.fromkeys(of[-1] for of in stems)))

    def _title_word(self, raw: str, language: str) -> Sought | None:
        """Titles with a word; a title in whose language it is too common need not have it."""
        tokens = {one: analyzer(one).token(raw) for one in ("en", "fr")}
        if not tokens[language].stems:
            return None
        stems = dict.fromkeys(stem for token in tokens.values() for stem in token.stems[-1:])
        ways: list[Sought] = [Exact("title", stem) for stem in stems]
        for one, token in tokens.items():
            if not token.stems:
                ways.append(TitledIn(one))
            elif token.joined and token.stems[:-1]:  # "CT-guided" is there as "CT guided" too
                parts = tuple(Exact("title", stem) for stem in token.stems[:-1])
                ways.append(Plain(AllOf(parts)))
        return AnyOf(tuple(ways))


def _telling(text: str) -> list[str]:
    """The words of a name that tell it from others: no small words, no letter alone.

    All of them where there are no others.
    """
    words = raw_tokens(_AND_OTHERS.sub("", text))
    small = STOP["en"] | STOP["fr"]
    return [word for word in words if len(word) > 1 and word not in small] or words
