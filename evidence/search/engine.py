"""The search engine: a plan is run, a claim is answered, whatever holds the index."""

from __future__ import annotations

import time
from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import reduce
from pathlib import Path

import numpy as np

from evidence.search.highlighting.marking import Marker
from evidence.search.highlighting.passages import Runs, highlight
from evidence.search.index.algebra import Exact, Sought
from evidence.search.index.lookup_fields import FieldIndex
from evidence.search.index.matches import Mask
from evidence.search.index.matching import matches_of
from evidence.search.index.reader import OpenIndex
from evidence.search.index.schema import Ids, Scores
from evidence.search.index.statistics import IndexStatistics
from evidence.search.protocol import Answer, Hit, Suggestion
from evidence.search.query import nodes
from evidence.search.query.plan import Plan, QueryReading, plan
from evidence.search.query.spelling import Speller
from evidence.search.ranking.evaluation import Evaluation, TreeEvaluator, Wanted, ranked
from evidence.search.ranking.facets import Choices, Facets, choices
from evidence.search.ranking.sorting import Orders
from evidence.search.ranking.suggest import Suggester, recognise
from evidence.search.ranking_parameters import DEFAULT, SearchParameters
from evidence.search.request import MAX_LIMIT, SearchRequest, Sort
from references.concepts import Vocabulary
from references.errors import Message, message
from references.record import Reference

RELAXED = message("No reference has all of these words; those with most of them are shown.")
FOLLOWED = message("Few references have all of these words; those with most of them are shown too.")
NOT_DIRECT = message(
    "The query names no condition, nerve or treatment to be direct to; "
    "the most relevant come first."
)


@dataclass(frozen=True, slots=True)
class SearchQuestion:
    """A search that was read: what is wanted, and of it what is chosen, before any is looked at."""

    plan: Plan
    reading: QueryReading
    wanted: Wanted
    chosen: Choices
    notices: tuple[Message, ...] = ()

    @property
    def start(self) -> int:
        """The place of the first result that is asked for."""
        return max(0, min(self.plan.request.offset, 1 << 30))

    @property
    def end(self) -> int:
        """The place behind the last."""
        return self.start + max(0, min(self.plan.request.limit, MAX_LIMIT))


@dataclass(frozen=True, slots=True)
class Found:
    """What an index has for a question.

    `statistics` has the documents that are looked at, those on the pages asked for among them:
    `before` come before all of these. Of them `mask` says which match and are chosen, and `scores`
    how well. `found` counts all that match, `total` those that are chosen, and `counts` what each
    further choice would leave.
    """

    statistics: IndexStatistics
    mask: Mask
    scores: Scores
    found: int
    total: int
    counts: Mapping[str, Mapping[str, int]]
    before: int = 0


def read(request: SearchRequest, statistics: IndexStatistics) -> SearchQuestion:
    """What a search asks of an index.

    Raises:
        SearchError: a filter has no sensible meaning.
    """
    fields = FieldIndex(statistics)
    return of_plan(plan(request, statistics, fields), statistics, fields)


def of_plan(query_plan: Plan, statistics: IndexStatistics, fields: FieldIndex) -> SearchQuestion:
    """What a plan asks of an index: where its first reading finds nothing, what the other does."""
    if query_plan.identifier:
        named = Wanted(Exact("identifier", query_plan.identifier), 1)
        return SearchQuestion(query_plan, query_plan.reading, named, {})
    evaluator = TreeEvaluator(statistics, fields)
    chosen = choices(query_plan.request, query_plan.filters)
    for reading in filter(None, (query_plan.reading, query_plan.otherwise)):
        how = Evaluation(query_plan.language, query_plan.request.expand)
        wanted = evaluator.wanted(reading.tree, how, reading.works)
        if query_plan.otherwise is None or statistics.how_many(wanted.every):
            break
    return SearchQuestion(query_plan, reading, wanted, chosen, tuple(how.effort.notices))


class RankingEngine(ABC):
    """What answers searches and claims alike, wherever the index is. Safe to share by threads."""

    name: str

    @property
    @abstractmethod
    def vocabulary(self) -> Vocabulary:
        """The vocabulary that the index was made with."""

    def health(self) -> str:
        """How what holds the index is: "ok", "degraded" or "unavailable"."""
        return "ok"

    @abstractmethod
    def close(self) -> None:
        """Free what is kept."""

    @abstractmethod
    def use_meaning(self, wanted: bool) -> None:
        """Whether nearness in meaning takes part where the index has it; it does at first."""

    @abstractmethod
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
        said the claim is about, named in it or not; `around` is the heading above it and the title
        of its page.
        """

    @abstractmethod
    def recognise(self, claim: str, around: str = "") -> dict[str, tuple[str, ...]]:
        """Concept ids of a claim: its population, intervention, outcome, design."""

    @abstractmethod
    def rank(self, claim: str, limit: int = 100) -> tuple[Suggestion, ...]:
        """The whole ranking for a claim, without reasons and even where nothing bears on it."""

    def records(self, keys: Iterable[str]) -> dict[str, Reference]:
        """References that an index holds and the library does not, by key; mostly none."""
        return {}

    @abstractmethod
    def search(self, request: SearchRequest) -> Answer:
        """Answer one search, whatever is typed.

        Raises:
            SearchError: a filter has no sensible meaning.
        """

    def answer(self, question: SearchQuestion, found: Found) -> Answer:
        """The answer to a question, from what an index has; its spelling and time are not told."""
        statistics, query_plan, reading = found.statistics, question.plan, question.reading
        if query_plan.identifier:
            return self._by_identifier(question, found)
        request, wanted = query_plan.request, question.wanted
        notices = [*reading.notices, *question.notices]
        if wanted.whole < found.found:
            notices.append(FOLLOWED if wanted.whole else RELAXED)
        orders, direct = Orders(statistics), None
        if request.sort == "directness":
            direct = orders.directness(reading.subjects)
            notices += [NOT_DIRECT] if direct is None else []
        end = question.end - found.before
        ordered = orders.first(found.mask, found.scores, request.sort, end, direct)
        if request.sort == "relevance" and not wanted.works and found.scores.any():
            ordered = orders.complete_first(ordered, found.mask, found.scores)
        return Answer(
            query=request.query,
            total=found.total,
            took_ms=0.0,
            results=self._hits(orders, ordered, question, found),
            facets=found.counts,
            concepts=reading.concepts,
            understood=(
                reading.understood if wanted.whole or not found.found else reading.alternatives
            ),
            notices=tuple(dict.fromkeys(notices)),
        )

    def meant(
        self, question: SearchQuestion, found: Found, statistics: IndexStatistics | None = None
    ) -> str | None:
        """The query as it may be meant; what was found by its name is spelt right."""
        if not question.plan.text or question.wanted.works or question.plan.identifier:
            return None
        seen = min(question.wanted.whole, found.total)
        speller = Speller(statistics or found.statistics)
        return speller.suggest(
            question.plan.text, question.reading.tree, seen, question.plan.language
        )

    def _hits(
        self, orders: Orders, ordered: Ids, question: SearchQuestion, found: Found
    ) -> tuple[Hit, ...]:
        """The results of an order from a place on, with the passages that show why."""
        statistics, query_plan, tree = found.statistics, question.plan, question.reading.tree
        mark = None
        if query_plan.request.highlight and not isinstance(tree, nodes.Everything):
            translation = statistics.translation if query_plan.request.expand else None
            mark = Marker(tree, query_plan.language, statistics.vocabulary, translation)
        start = question.start - found.before
        repeated = orders.repeated(ordered, start)
        hits = []
        for number in ordered[start:].tolist():
            passages: tuple[tuple[Runs, str], ...] = ()
            if mark is not None:
                parts = statistics.index.passages(number)
                passages = highlight(parts, mark, query_plan.request.reader)
            score = float(found.scores[number])
            hits.append(_hit(statistics, number, score, passages, repeated))
        return tuple(hits)

    def _by_identifier(self, question: SearchQuestion, found: Found) -> Answer:
        """The record with an identifier; only that it is not here is worth a notice."""
        numbers = np.flatnonzero(found.mask).tolist()
        hits = tuple(_hit(found.statistics, number, 1.0) for number in numbers)
        unknown = message(
            "No reference here has the identifier {name}.", name=question.plan.identifier
        )
        return Answer(
            query=question.plan.request.query,
            total=len(hits),
            took_ms=0.0,
            results=hits,
            facets=found.counts,
            notices=() if hits else (unknown,),
            redirect=hits[0].key if len(hits) == 1 else None,
        )


def _hit(
    statistics: IndexStatistics,
    number: int,
    score: float,
    passages: tuple[tuple[Runs, str], ...] = (),
    repeated: Mapping[int, int] | None = None,
) -> Hit:
    card = statistics.card(number)
    again = (repeated or {}).get(number)
    same_as = "" if again is None else statistics.card(again).key
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


class WhooshEngine(RankingEngine):
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
        self._facets = Facets(self.statistics)

    @property
    def vocabulary(self) -> Vocabulary:
        return self.statistics.vocabulary

    def close(self) -> None:
        self.statistics.close()
        self._facets.close()

    def use_meaning(self, wanted: bool) -> None:
        self.statistics.semantic = wanted

    # ---- claims ----

    def suggest(
        self,
        claim: str,
        limit: int = 10,
        sort: Sort = "relevance",
        concepts: Sequence[str] = (),
        around: str = "",
    ) -> tuple[Suggestion, ...]:
        return self.suggester.suggest(claim, min(limit, MAX_LIMIT), sort, concepts, around)

    def recognise(self, claim: str, around: str = "") -> dict[str, tuple[str, ...]]:
        return recognise(self.statistics, claim, around)

    def rank(self, claim: str, limit: int = 100) -> tuple[Suggestion, ...]:
        return self.suggester.rank(claim, limit)

    # ---- searches ----

    def search(self, request: SearchRequest) -> Answer:
        started = time.perf_counter()
        answer = self._answered(read(request, self.statistics))
        return replace(answer, took_ms=(time.perf_counter() - started) * 1000)

    def run(self, query_plan: Plan) -> Answer:
        """The answer to a search that was read; the time it took is not told."""
        return self._answered(of_plan(query_plan, self.statistics, self.fields))

    def _answered(self, question: SearchQuestion) -> Answer:
        found = self._find(question)
        return replace(self.answer(question, found), did_you_mean=self.meant(question, found))

    def _find(self, question: SearchQuestion) -> Found:
        """What this index has for a question, all of it looked at."""
        statistics, request = self.statistics, question.plan.request
        mask, scores = ranked(statistics, question.wanted)
        chosen = {name: self._mask(one) for name, one in question.chosen.items()}
        final = reduce(np.logical_and, chosen.values(), mask)
        counts = self._facets.counts(request, mask, chosen)
        found, total = int(np.count_nonzero(mask)), int(np.count_nonzero(final))
        return Found(statistics, final, scores, found, total, counts)

    def _mask(self, sought: Sought) -> Mask:
        return matches_of(self.statistics, sought).mask
