"""Which documents a query tree matches, and how well, as arrays over all documents."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from evidence.search.index import bm25
from evidence.search.index.lookup_fields import FieldIndex, SearchEffort
from evidence.search.index.matches import Matches, either, every, no_matches, union, without_score
from evidence.search.index.name_forms import name_parts
from evidence.search.index.schema import EXACT, Ids, Scores
from evidence.search.index.statistics import IndexStatistics
from evidence.search.language.analysis import PlacedWords, Token, Word, analyzer, placed
from evidence.search.query import nodes
from evidence.search.ranking.subjects import SubjectOrder
from references.errors import message
from references.normalise import fold

_YEAR = re.compile(r"(?:1[89]|20)\d\d")

ABBREVIATION = 6  # letters in capitals, at most, that may abbreviate a concept
FEW = 10  # documents that have all words of a search; with fewer, those with most follow
TOO_COMMON = message("These words are too common to search for; add a more telling one.")


@dataclass(frozen=True, slots=True)
class Evaluation:
    """How the words of a query are looked up.

    `language` is the query's; `expand` off means the words as typed only; with `relax` most of
    the words are enough.
    """

    language: str
    expand: bool = True
    relax: bool = False
    effort: SearchEffort = field(default_factory=SearchEffort)


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
        self._subjects = SubjectOrder(statistics)
        self._index = statistics.index
        self._count = statistics.index.count

    def best_effort(self, node: nodes.Node, how: Evaluation) -> tuple[Matches, int]:
        """What a tree matches, where that is little with what matches most of it.

        Returns:
            The matches, and how many of them match all of it.
        """
        matches = self._ordered(node, self.evaluate(node, how))
        if matches is None:
            how.effort.notices.append(TOO_COMMON)
            return no_matches(self._count), 0
        whole = int(np.count_nonzero(matches.mask))
        may_relax = isinstance(node, (nodes.Words, nodes.And)) and not (
            isinstance(node, nodes.And) and node.typed
        )
        if whole >= FEW or not may_relax or (whole and not _is_loose(node, how)):
            return matches, whole
        how.effort.renew()
        parts = node.parts if isinstance(node, nodes.And) else (node,)
        most = self._join(parts, replace(how, relax=True))
        looser = self._ordered(node, most, self._statistics.parameters.about_most)
        if looser is None or not looser.mask.any():
            return matches, whole
        return looser, whole

    def with_named(
        self, works: Sequence[nodes.Node], node: nodes.Node, how: Evaluation
    ) -> Matches | None:
        """What a query names, `works` by `works`, and behind it what has all its words.

        None when it names nothing here.
        """
        matches = (self.evaluate(work, how) for work in works)
        masks = [item.mask for item in matches if item is not None and item.mask.any()]
        if not masks:
            return None
        offered = self._offered(node, how) * self._statistics.soundness
        mask, scores = self._ordered(node, self.evaluate(node, how)) or no_matches(self._count)
        step = 1.0 + float(max(scores.max(initial=0.0), offered.max(initial=0.0)))
        for place, named in enumerate(reversed(masks), 1):
            scores = np.where(named, place * step + offered, scores)
            mask = mask | named
        return Matches(mask, scores)

    def _ordered(
        self, node: nodes.Node, matches: Matches | None, weight: float = 1.0
    ) -> Matches | None:
        return None if matches is None else self._subjects.ordered(node, matches, weight)

    def evaluate(self, node: nodes.Node, how: Evaluation) -> Matches | None:
        """What a tree matches; None when all its words are too common to search for."""
        match node:
            case nodes.Everything():
                return without_score(self._index.live.copy())
            case nodes.Words(text):
                return every(self._words(text, how), most=self._enough(how))
            case nodes.Concepts(ids, text):
                return self._concepts(ids, text, how)
            case nodes.Phrase(text, bylines):
                return self._phrase_or_byline(text, bylines, how)
            case nodes.Prefix(text):
                return self._fields.beginning(EXACT, text, how.language, how.effort)
            case nodes.Field(name, text):
                return self._fields.find(name, text, how.language, how.effort)
            case nodes.Range():
                return self._range(node)
            case nodes.And(parts, typed):
                return self._join(parts, replace(how, relax=how.relax and not typed))
            case nodes.Or(parts):
                return either([self.evaluate(part, how) for part in parts])
            case nodes.Not(part):
                inside = self.evaluate(part, replace(how, relax=False))
                return None if inside is None else without_score(self._index.live & ~inside.mask)
        raise TypeError(f"not a query node: {node!r}")

    def _join(self, parts: Sequence[nodes.Node], how: Evaluation) -> Matches | None:
        """All parts; when relaxing, most of the words but every field, range and NOT."""
        strict = replace(how, relax=False)
        if not how.relax:
            return every([self.evaluate(part, strict) for part in parts])
        fixed = [p for p in parts if isinstance(p, (nodes.Field, nodes.Range, nodes.Not))]
        free: list[Matches | None] = []
        for part in parts:
            if isinstance(part, nodes.Words):
                free += self._words(part.text, strict)
            elif part not in fixed:
                free.append(self.evaluate(part, strict))
        demands = [self.evaluate(part, strict) for part in fixed]
        return every([every(free, most=self._enough(how)), *demands])

    def _enough(self, how: Evaluation) -> float:
        return self._statistics.parameters.most if how.relax else 1.0

    def _offered(self, node: nodes.Node, how: Evaluation) -> Scores:
        """The summed score of a query's words in documents that need not have all of them."""
        offered = np.zeros(self._count)
        match node:
            case nodes.Words(text):
                items = self._words(text, how)
            case nodes.And(parts) | nodes.Or(parts):
                return sum((self._offered(part, how) for part in parts), offered)
            case nodes.Not():
                items = []
            case _:
                items = [self.evaluate(node, how)]
        return sum((item.scores for item in items if item), offered)

    def _range(self, node: nodes.Range) -> Matches:
        values = self._statistics.numbers(node.name)
        mask = self._index.live & (values > 0)
        if node.low is not None:
            mask &= values >= node.low
        if node.high is not None:
            mask &= values <= node.high
        return without_score(mask)

    def _concepts(self, ids: Sequence[str], text: str, how: Evaluation) -> Matches:
        mask, scores = union(self._count, map(self._statistics.concept, ids))
        typed = every(self._words(text, how))
        if typed is not None:
            mask |= typed.mask
            scores += self._statistics.parameters.typed * typed.scores
        return Matches(mask, scores)

    # ---- words ----

    def _words(self, text: str, how: Evaluation) -> list[Matches | None]:
        return [self._word(word, how) for word in analyzer(how.language).words(text)]

    def _word(self, word: Word, how: Evaluation) -> Matches | None:
        """One word of a query in any of its forms; None for a word too common to search."""
        raw = fold(word.text)
        token = analyzer(how.language).token(raw)
        if not token.stems:
            return None
        if self._abbreviates(word.text):
            return union(self._count, [self._statistics.exact(EXACT, raw)])
        whole = token.stems[-1:] if token.joined else token.stems[:1] if token.width == 1 else ()
        matches = union(self._count, map(self._statistics.term, whole))
        for ids, gains in self._other_forms(raw, token, how):
            matches.mask[ids] = True
            matches.scores[ids] = np.maximum(matches.scores[ids], gains)
        whole_only = token.joined and len(token.stems) == 1  # its parts have no stem of their own
        if token.width > 1 and len(token.words) > 1 and not whole_only:
            return self._compound(raw, token, matches, how)
        return matches

    def _abbreviates(self, typed: str) -> bool:
        """Whether a word is the abbreviation of a concept: AINS is no plural of "aine"."""
        if not (typed.isalpha() and typed.isupper() and len(typed) <= ABBREVIATION):
            return False
        return any(one.start == 0 for one in self._statistics.vocabulary.find(typed))

    def _other_forms(self, raw: str, token: Token, how: Evaluation) -> Iterator[tuple[Ids, Scores]]:
        """A word in the other language, as a name, as a year, and its translations."""
        statistics = self._statistics
        other = analyzer("fr" if how.language == "en" else "en")
        for stem in other.token(raw).stems[-1:]:
            if stem not in token.stems:
                yield statistics.term(stem)
        if name := name_parts(raw)[0]:
            yield statistics.exact("author", name)
        if _YEAR.fullmatch(raw):  # said in the text, or when it appeared
            appeared = np.flatnonzero(self._index.live & (statistics.numbers("year") == int(raw)))
            yield appeared, np.full(len(appeared), bm25.idf(len(appeared), self._count))
        if how.expand and how.language == "fr":
            for stem, weight in statistics.translation.translate(raw):
                ids, gains = statistics.term(stem)
                yield ids, gains * (weight * statistics.parameters.translation)

    def _compound(self, raw: str, token: Token, matches: Matches, how: Evaluation) -> Matches:
        """A compound is there in one word or in all its parts, short ones side by side."""
        mask, scores = matches
        parts = token.stems[:-1] if token.joined else token.stems
        together = np.ones(self._count, dtype=bool)
        # IL-6, CT-guided: only side by side do they mean it; a number may stand before its unit
        if min(map(len, parts)) < 3 and not (raw[0].isdigit() and not token.joined):
            phrase = self.phrase(raw, how.language)
            together = phrase.mask.copy() if phrase else ~together
        for stem in parts:
            part = union(self._count, [self._statistics.term(stem)])
            together &= part.mask
            scores += part.scores
        mask |= together
        scores[~mask] = 0.0
        return Matches(mask, scores)

    # ---- phrases ----

    def _phrase_or_byline(
        self, text: str, bylines: Sequence[nodes.Node], how: Evaluation
    ) -> Matches | None:
        """A phrase; where it stands nowhere, the works whose authors and year it is."""
        phrase = self.phrase(text, how.language)
        if phrase is None or phrase.mask.any():
            return phrase
        for byline in bylines:
            works = self.evaluate(byline, how)
            if works is not None and works.mask.any():
                return works
        if not placed(text, analyzer(how.language)):
            how.effort.notices.append(TOO_COMMON)
        return phrase

    def phrase(self, text: str, language: str) -> Matches | None:
        """Where these words stand together, the small ones passed over.

        Which words are small depends on the language of the part they stand in: "plus" is one
        in French and none in English.
        """
        by_language = {one: placed(text, analyzer(one)) for one in ("en", "fr")}
        words = by_language[language] or by_language["en"] or by_language["fr"]
        if not words:
            return None
        mask, scores = no_matches(self._count)
        if by_language["en"] == by_language["fr"]:
            mask[self._places(words) >> 20] = True
        else:
            for one, own in by_language.items():
                places = self._places(own)
                mask[places[self._statistics.stand_in(one, places)] >> 20] = True
        mask &= self._index.live
        for stem in dict.fromkeys(analyzer(language).stem(word) for _, word in words):
            ids, gains = self._statistics.term(stem)
            scores[ids] += gains
        scores[~mask] = 0.0
        return Matches(mask, scores)

    def _places(self, words: PlacedWords) -> Ids:
        """Where the first of the words stands with all the others at their distances from it."""
        index = self._index
        begin = min((offset for offset, _ in words), default=0)  # small words may stand before it
        rarest_first = sorted(words, key=lambda word: index.frequency(EXACT, word[1]))
        starts: Ids | None = None
        for offset, word in rarest_first:
            places = index.positions(EXACT, word) - (offset - begin)
            starts = places if starts is None else np.intersect1d(starts, places)
            if not len(starts):
                break
        return np.zeros(0, dtype=np.int64) if starts is None else starts
