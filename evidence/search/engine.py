"""The search engine over one opened index: a plan is run, a claim is answered."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import reduce
from pathlib import Path

import numpy as np

from evidence.search.highlighting.marking import Marker
from evidence.search.highlighting.passages import Runs, highlight
from evidence.search.index.lookup_fields import FieldIndex
from evidence.search.index.matches import Matches
from evidence.search.index.reader import OpenIndex
from evidence.search.index.schema import Ids, Scores
from evidence.search.index.statistics import IndexStatistics
from evidence.search.protocol import Answer, Hit, Suggestion
from evidence.search.query import nodes
from evidence.search.query.plan import Plan, QueryReading, plan
from evidence.search.query.spelling import Speller
from evidence.search.ranking.evaluation import Evaluation, TreeEvaluator
from evidence.search.ranking.facets import Facets
from evidence.search.ranking.sorting import Orders
from evidence.search.ranking.suggest import Suggester, recognise
from evidence.search.ranking_parameters import DEFAULT, SearchParameters
from evidence.search.request import MAX_LIMIT, SearchRequest, Sort
from references.concepts import Vocabulary
from references.errors import message

RELAXED = message("No reference has all of these words; those with most of them are shown.")
FOLLOWED = message("Few references have all of these words; those with most of them are shown too.")
NOT_DIRECT = message(
    "The query names no condition, nerve or treatment to be direct to; "
    "the most relevant come first."
)


class WhooshEngine:
    """A search engine over one opened index. Safe to share between threads."""

    name = "whoosh"

    def __init__(
        self,
        index: OpenIndex,
        vocabulary: Vocabulary,
        folder: Path,
        parameters: SearchParameters = DEFAULT,
    ) -> None:
        self.statistics = IndexStatistics(index, vocabulary, folder, parameters)
        self.fields = FieldIndex(self.statistics)
        self.evaluator = TreeEvaluator(self.statistics, self.fields)
        self.suggester = Suggester(self.statistics)
        self._orders = Orders(self.statistics)
        self._facets = Facets(self.statistics)
        self._speller = Speller(index, vocabulary)

    def close(self) -> None:
        """Free what is kept."""
        self.statistics.close()
        self._facets.close()

    # ---- claims ----

    def suggest(
        self,
        claim: str,
        limit: int = 10,
        sort: Sort = "relevance",
        concepts: Sequence[str] = (),
        around: str = "",
    ) -> tuple[Suggestion, ...]:
        """References that bear on a claim in French or English; empty when none does.

        The `limit` most relevant ones, in the order asked for. `concepts` are those that somebody
        said the claim is about, named in it or not.
        """
        return self.suggester.suggest(claim, min(limit, MAX_LIMIT), sort, concepts, around)

    def recognise(self, claim: str, around: str = "") -> dict[str, tuple[str, ...]]:
        """Concept ids of a claim: its population, intervention, outcome, design."""
        return recognise(self.statistics, claim, around)

    def rank(self, claim: str, limit: int = 100) -> tuple[Suggestion, ...]:
        """The whole ranking for a claim, without reasons and even where nothing bears on it."""
        return self.suggester.rank(claim, limit)

    # ---- searches ----

    def search(self, request: SearchRequest) -> Answer:
        """Answer one search, whatever is typed.

        Raises:
            SearchError: a filter has no sensible meaning.
        """
        started = time.perf_counter()
        answer = self.run(plan(request, self.statistics, self.fields))
        return replace(answer, took_ms=(time.perf_counter() - started) * 1000)

    def run(self, query_plan: Plan) -> Answer:
        """The answer to a search that was read; the time it took is not told."""
        if query_plan.identifier:
            return self._by_identifier(query_plan)
        request, reading = query_plan.request, query_plan.reading
        choices = self._facets.choices(request, query_plan.filters)
        how = Evaluation(query_plan.language, request.expand)
        matches, named, whole = self._match(reading, how)
        if query_plan.otherwise is not None and not matches.mask.any():
            reading, how = query_plan.otherwise, Evaluation(query_plan.language, request.expand)
            matches, named, whole = self._match(reading, how)
        found = int(np.count_nonzero(matches.mask))
        notices = [*reading.notices, *how.effort.notices]
        if whole < found:
            notices.append(FOLLOWED if whole else RELAXED)
        final = reduce(np.logical_and, choices.values(), matches.mask)
        total = int(np.count_nonzero(final))
        direct = None
        if request.sort == "directness":
            direct = self._orders.directness(reading.subjects)
            notices += [NOT_DIRECT] if direct is None else []
        start, limit = max(0, min(request.offset, 1 << 30)), max(0, min(request.limit, MAX_LIMIT))
        ordered = self._orders.first(final, matches.scores, request.sort, start + limit, direct)
        if request.sort == "relevance" and not named and matches.scores.any():
            ordered = self._orders.complete_first(ordered, final, matches.scores)
        meant = None
        if query_plan.text and not named:  # what was found by its name is spelt right
            seen = min(whole, total)
            meant = self._speller.suggest(query_plan.text, reading.tree, seen, query_plan.language)
        return Answer(
            query=request.query,
            total=total,
            took_ms=0.0,
            results=self._hits(ordered, start, matches.scores, query_plan, reading.tree),
            facets=self._facets.counts(request, matches.mask, choices),
            did_you_mean=meant,
            concepts=reading.concepts,
            understood=reading.understood if whole or not found else reading.alternatives,
            notices=tuple(dict.fromkeys(notices)),
        )

    def _match(self, reading: QueryReading, how: Evaluation) -> tuple[Matches, bool, int]:
        """What a query names or matches; whether it names it; how many match all of it."""
        named = self.evaluator.with_named(reading.works, reading.tree, how)
        if named is not None:
            return named, True, int(np.count_nonzero(named.mask))
        matches, whole = self.evaluator.best_effort(reading.tree, how)
        return matches, False, whole

    def _hits(
        self, ordered: Ids, start: int, scores: Scores, query_plan: Plan, tree: nodes.Node
    ) -> tuple[Hit, ...]:
        """The results of an order from a place on, with the passages that show why."""
        mark = None
        if query_plan.request.highlight and not isinstance(tree, nodes.Everything):
            translation = self.statistics.translation if query_plan.request.expand else None
            mark = Marker(tree, query_plan.language, self.statistics.vocabulary, translation)
        repeated = self._orders.repeated(ordered, start)
        hits = []
        for number in ordered[start:].tolist():
            passages: tuple[tuple[Runs, str], ...] = ()
            if mark is not None:
                parts = self.statistics.passages(number)
                passages = highlight(parts, mark, query_plan.request.reader)
            hits.append(self._hit(number, float(scores[number]), passages, repeated))
        return tuple(hits)

    def _hit(
        self,
        number: int,
        score: float,
        passages: tuple[tuple[Runs, str], ...] = (),
        repeated: Mapping[int, int] | None = None,
    ) -> Hit:
        card = self.statistics.card(number)
        again = (repeated or {}).get(number)
        same_as = "" if again is None else self.statistics.card(again).key
        return Hit(
            card.key,
            score,
            card.title,
            card.year,
            card.design,
            tuple(card.concepts),
            tuple(runs for runs, _language in passages),
            same_as,
            tuple(language for _runs, language in passages),
        )

    def _by_identifier(self, query_plan: Plan) -> Answer:
        """The record with an identifier; only that it is not here is worth a notice."""
        ids, _ = self.statistics.exact("identifier", query_plan.identifier)
        hits = tuple(self._hit(number, 1.0) for number in ids.tolist())
        mask = np.zeros(self.statistics.index.count, dtype=bool)
        mask[ids] = True
        unknown = message(
            "No reference here has the identifier {name}.", name=query_plan.identifier
        )
        return Answer(
            query=query_plan.request.query,
            total=len(hits),
            took_ms=0.0,
            results=hits,
            facets=self._facets.counts(query_plan.request, mask, {}),
            notices=() if hits else (unknown,),
            redirect=hits[0].key if len(hits) == 1 else None,
        )
