"""What a query tree seeks, in the terms of the algebra, and how well each document answers it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from evidence.search.index.algebra import (
    NOTHING,
    AllOf,
    AllThere,
    AnyOf,
    BestOf,
    Between,
    Exact,
    Except,
    InConcept,
    InPlaces,
    Plain,
    Rare,
    Sought,
    Stem,
    Weighed,
    Within,
    all_known,
    any_known,
)
from evidence.search.index.lookup_fields import FieldIndex, SearchEffort
from evidence.search.index.matches import Matches, no_matches
from evidence.search.index.matching import matches_of
from evidence.search.index.name_forms import name_parts
from evidence.search.index.schema import EXACT
from evidence.search.index.statistics import IndexStatistics
from evidence.search.language.analysis import Token, Word, analyzer, placed
from evidence.search.query import nodes
from evidence.search.ranking.subjects import SubjectOrder, subjects_of
from references.errors import message
from references.normalise import fold

_YEAR = re.compile(r"(?:1[89]|20)\d\d")

ABBREVIATION = 6  # letters in capitals, at most, that may abbreviate a concept
FEW = 10  # documents that have all words of a search; with fewer, those with most follow
TOO_COMMON = message("These words are too common to search for; add a more telling one.")


@dataclass(frozen=True, slots=True)
class Evaluation:
    """How the words of a query are looked up.

    `language` is the query's; `expand` off means the words as typed only.
    """

    language: str
    expand: bool = True
    effort: SearchEffort = field(default_factory=SearchEffort)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a query wants, before any document is looked at.

    `sought` has all its words, or most of them; None where all are too common. `whole` is how many
    documents have all of them, `about` what the subjects of the query, `asked`, count beside its
    words. `works` find what the query names, the surest first; behind them its words decide,
    `offered`, of which a document need not have all.
    """

    sought: Sought | None
    whole: int = 0
    about: float = 1.0
    asked: tuple[tuple[str, ...], ...] = ()
    works: tuple[Sought, ...] = ()
    offered: tuple[Sought, ...] = ()

    @property
    def every(self) -> Sought:
        """All that is found, whatever the order."""
        return AnyOf((*self.works, self.sought or NOTHING))


def _is_loose(node: nodes.Node, how: Evaluation) -> bool:
    """Whether a query is words only, so that what has most of them may be meant as well."""
    leaves = list(nodes.leaves(node, excluded=True))
    if not how.expand or not all(isinstance(leaf, nodes.Words | nodes.Concepts) for leaf in leaves):
        return False
    return not any(_YEAR.search(leaf.text) for leaf in leaves if isinstance(leaf, nodes.Words))


class TreeEvaluator:
    """Evaluates query trees over one index. Safe to share between threads."""

    def __init__(self, statistics: IndexStatistics, fields: FieldIndex) -> None:
        self._statistics = statistics
        self._fields = fields

    # ---- what is wanted, before a document is looked at ----

    def wanted(self, node: nodes.Node, how: Evaluation, works: Sequence[nodes.Node] = ()) -> Wanted:
        """What a query names, `works` by `works`, or what matches its tree.

        Where little matches all of the tree, what matches most of it is wanted.
        """
        found = self._named(works, node, how)
        return self._most(node, how) if found is None else found

    def _named(
        self, works: Sequence[nodes.Node], node: nodes.Node, how: Evaluation
    ) -> Wanted | None:
        sought = [self.sought(work, how) for work in works]
        there = tuple(one for one in sought if one is not None and self._is_there(one))
        if not there:
            return None
        words = self.sought(node, how)
        offered = tuple(self._offered(node, how))
        found = Wanted(words, asked=subjects_of(node), works=there, offered=offered)
        return replace(found, whole=self._statistics.how_many(found.every))

    def _most(self, node: nodes.Node, how: Evaluation) -> Wanted:
        sought = self.sought(node, how)
        if sought is None:
            how.effort.notices.append(TOO_COMMON)
            return Wanted(None)
        asked = subjects_of(node)
        whole = self._statistics.how_many(sought)
        may_relax = isinstance(node, (nodes.Words, nodes.And)) and not (
            isinstance(node, nodes.And) and node.typed
        )
        strict = Wanted(sought, whole, asked=asked)
        if whole >= FEW or not may_relax or (whole and not _is_loose(node, how)):
            return strict
        how.effort.renew()
        parts = node.parts if isinstance(node, nodes.And) else (node,)
        most = self._most_of(parts, how)
        if most is None or not self._is_there(most):
            return strict
        return Wanted(most, whole, self._statistics.parameters.about_most, asked)

    def _is_there(self, sought: Sought) -> bool:
        return self._statistics.how_many(sought) > 0

    # ---- a tree in terms of the algebra ----

    def sought(self, node: nodes.Node, how: Evaluation) -> Sought | None:
        """What a tree seeks; None when all its words are too common to search for."""
        match node:
            case nodes.Everything():
                return AllThere()
            case nodes.Words(text):
                return all_known(self._words(text, how))
            case nodes.Concepts(ids, text):
                return self._concepts(ids, text, how)
            case nodes.Phrase(text, bylines):
                return self._phrase_or_byline(text, bylines, how)
            case nodes.Prefix(text):
                return self._fields.beginning(EXACT, text, how.language, how.effort)
            case nodes.Field(name, text):
                return self._fields.find(name, text, how.language, how.effort)
            case nodes.Range(name, low, high):
                return Between(name, low, high)
            case nodes.And(parts):
                return all_known([self.sought(part, how) for part in parts])
            case nodes.Or(parts):
                return any_known([self.sought(part, how) for part in parts])
            case nodes.Not(part):
                inside = self.sought(part, how)
                return None if inside is None else Except(inside)
        raise TypeError(f"not a query node: {node!r}")

    def _most_of(self, parts: Sequence[nodes.Node], how: Evaluation) -> Sought | None:
        """Most of the words, but every field, range and NOT."""
        fixed = [p for p in parts if isinstance(p, (nodes.Field, nodes.Range, nodes.Not))]
        free: list[Sought | None] = []
        for part in parts:
            if isinstance(part, nodes.Words):
                free += self._words(part.text, how)
            elif part not in fixed:
                free.append(self.sought(part, how))
        demands = [self.sought(part, how) for part in fixed]
        return all_known([all_known(free, self._statistics.parameters.most), *demands])

    def _offered(self, node: nodes.Node, how: Evaluation) -> Iterator[Sought]:
        """The words of a query, one by one, of which documents need not have all."""
        match node:
            case nodes.Words(text):
                yield from filter(None, self._words(text, how))
            case nodes.And(parts) | nodes.Or(parts):
                for part in parts:
                    yield from self._offered(part, how)
            case nodes.Not():
                return
            case _:
                if (sought := self.sought(node, how)) is not None:
                    yield sought

    def _concepts(self, ids: Sequence[str], text: str, how: Evaluation) -> Sought:
        named: list[Sought] = [InConcept(concept) for concept in ids]
        typed = all_known(self._words(text, how))
        if typed is not None:
            named.append(Weighed(typed, self._statistics.parameters.typed))
        return AnyOf(tuple(named))

    # ---- words ----

    def _words(self, text: str, how: Evaluation) -> list[Sought | None]:
        return [self._word(word, how) for word in analyzer(how.language).words(text)]

    def _word(self, word: Word, how: Evaluation) -> Sought | None:
        """One word of a query in any of its forms; None for a word too common to search."""
        raw = fold(word.text)
        token = analyzer(how.language).token(raw)
        if not token.stems:
            return None
        if self._abbreviates(word.text):
            return Exact(EXACT, raw)
        whole = token.stems[-1:] if token.joined else token.stems[:1] if token.width == 1 else ()
        forms = BestOf((*map(Stem, whole), *self._other_forms(raw, token, how)))
        whole_only = token.joined and len(token.stems) == 1  # its parts have no stem of their own
        if token.width > 1 and len(token.words) > 1 and not whole_only:
            return self._compound(raw, token, forms, how)
        return forms

    def _abbreviates(self, typed: str) -> bool:
        """Whether a word is the abbreviation of a concept: AINS is no plural of "aine"."""
        if not (typed.isalpha() and typed.isupper() and len(typed) <= ABBREVIATION):
            return False
        return any(one.start == 0 for one in self._statistics.vocabulary.find(typed))

    def _other_forms(self, raw: str, token: Token, how: Evaluation) -> Iterator[Sought]:
        """A word in the other language, as a name, as a year, and its translations."""
        statistics = self._statistics
        other = analyzer("fr" if how.language == "en" else "en")
        for stem in other.token(raw).stems[-1:]:
            if stem not in token.stems:
                yield Stem(stem)
        if name := name_parts(raw)[0]:
            yield Exact("author", name)
        if _YEAR.fullmatch(raw):  # said in the text, or when it appeared
            yield Rare(Between("year", int(raw), int(raw)))
        if how.expand and how.language == "fr":
            for stem, weight in statistics.translation.translate(raw):
                yield Weighed(Stem(stem), weight * statistics.parameters.translation)

    def _compound(self, raw: str, token: Token, forms: Sought, how: Evaluation) -> Sought:
        """A compound is there in one word or in all its parts, short ones side by side."""
        parts = tuple(map(Stem, token.stems[:-1] if token.joined else token.stems))
        together: tuple[Sought, ...] = parts
        # IL-6, CT-guided: only side by side do they mean it; a number may stand before its unit
        if min(len(part.stem) for part in parts) < 3 and not (
            raw[0].isdigit() and not token.joined
        ):
            together = (*parts, self._phrase(raw, how.language) or NOTHING)
        return Within(AnyOf((forms, Plain(AllOf(together)))), (forms, *parts))

    # ---- phrases ----

    def _phrase_or_byline(
        self, text: str, bylines: Sequence[nodes.Node], how: Evaluation
    ) -> Sought | None:
        """A phrase; where it stands nowhere, the works whose authors and year it is."""
        phrase = self._phrase(text, how.language)
        if phrase is None or self._is_there(phrase):
            return phrase
        for byline in bylines:
            works = self.sought(byline, how)
            if works is not None and self._is_there(works):
                return works
        if not placed(text, analyzer(how.language)):
            how.effort.notices.append(TOO_COMMON)
        return phrase

    @staticmethod
    def _phrase(text: str, language: str) -> Sought | None:
        """Where these words stand together, the small ones passed over.

        Which words are small depends on the language of the part they stand in: "plus" is one
        in French and none in English.
        """
        by_language = {one: tuple(placed(text, analyzer(one))) for one in ("en", "fr")}
        words = by_language[language] or by_language["en"] or by_language["fr"]
        if not words:
            return None
        places: Sought = InPlaces(words)
        if by_language["en"] != by_language["fr"]:
            places = AnyOf(tuple(InPlaces(own, one) for one, own in by_language.items() if own))
        stems = dict.fromkeys(analyzer(language).stem(word) for _, word in words)
        return Within(places, tuple(map(Stem, stems)))


def ranked(statistics: IndexStatistics, wanted: Wanted) -> Matches:
    """The documents of an index that a query wants, with scores that order them."""
    if wanted.sought is None:
        matches = no_matches(statistics.index.count)
    else:
        matches = SubjectOrder(statistics).by_subjects(
            wanted.asked, statistics.matches(wanted.sought), wanted.about
        )
    if not wanted.works:
        return matches
    offered = sum(
        (matches_of(statistics, one).scores for one in wanted.offered),
        np.zeros(statistics.index.count),
    )
    offered = offered * statistics.soundness
    mask, scores = matches
    step = 1.0 + float(max(scores.max(initial=0.0), offered.max(initial=0.0)))
    for place, work in enumerate(reversed(wanted.works), 1):
        named = matches_of(statistics, work).mask
        scores = np.where(named, place * step + offered, scores)
        mask = mask | named
    return Matches(mask, scores)
