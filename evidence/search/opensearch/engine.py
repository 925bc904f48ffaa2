"""The search engine over an index in a cluster: the cluster finds candidates, we rank them."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from functools import reduce
from typing import Any, TypeVar

import numpy as np

from evidence.search.engine import Found, RankingEngine, SearchQuestion, read
from evidence.search.index.algebra import InConcept, Sought
from evidence.search.index.matching import matches_of
from evidence.search.language.translation import QueryTranslation
from evidence.search.opensearch.candidates import Candidates, CandidateStatistics, FoundRow
from evidence.search.opensearch.client import Client
from evidence.search.opensearch.knowledge import Asking, Knowledge
from evidence.search.opensearch.lists import WINDOW, Lists, counts_in, placed_in
from evidence.search.opensearch.loaded import records
from evidence.search.opensearch.mapping import KEY
from evidence.search.opensearch.terms import ALL, scoring
from evidence.search.protocol import Answer, Suggestion
from evidence.search.ranking.claim_query import ClaimQuery, read_claim
from evidence.search.ranking.evaluation import ranked
from evidence.search.ranking.suggest import MAX_CLAIM, Suggester, recognise, sentences, sought_of
from evidence.search.ranking_parameters import DEFAULT, SearchParameters
from evidence.search.request import MAX_LIMIT, SearchRequest, Sort
from references.concepts import Vocabulary
from references.record import Reference

Result = TypeVar("Result")


class OpenSearchEngine(RankingEngine):
    """A search engine over one index in a cluster. Safe to share between threads."""

    name = "opensearch"

    def __init__(
        self,
        client: Client,
        index: str,
        vocabulary: Vocabulary,
        parameters: SearchParameters = DEFAULT,
    ) -> None:
        self.knowledge = Knowledge(client, index)
        self._vocabulary = vocabulary
        self.parameters = parameters
        self._semantic = True
        self._translation = QueryTranslation(vocabulary, lambda stem: False, lambda word: False)

    @property
    def vocabulary(self) -> Vocabulary:
        return self._vocabulary

    def close(self) -> None:
        self.knowledge.client.close()

    def use_meaning(self, wanted: bool) -> None:
        self._semantic = wanted

    def records(self, keys: Iterable[str]) -> dict[str, Reference]:
        """References that were loaded from files and are not in the library, by key.

        Raises:
            ClusterDown: the cluster does not answer.
        """
        return records(self.knowledge.client, self.knowledge.index, keys)

    def health(self) -> str:
        told = self.knowledge.client.get(f"_cluster/health/{self.knowledge.index}")
        return {"green": "ok", "yellow": "degraded"}.get(told["status"], "unavailable")

    def one_score(self) -> tuple[float, float]:
        """The score of one document for one of its concepts: by our formula, and the cluster's."""
        bodies = [Lists(self._statistics(self._asking())).body(ALL, 1)]
        _, found = self._listed(bodies)
        concepts = [name for one in found for name in one.row["concepts"]]
        if not concepts:
            return 0.0, 0.0
        asking, sought = self._asking(), InConcept(concepts[0])
        body = self._settled(asking, lambda s: Lists(s).body(scoring(sought, s), 1))
        (answer,), best = self._listed([body])
        candidates = Candidates(best, asking)
        ours = asking.settled(
            lambda: matches_of(self._statistics(asking, None, candidates), sought).scores.max()
        )
        return float(ours), _best(answer)

    def _asking(self) -> Asking:
        asking = Asking(self.knowledge)
        asking.statistics = self._statistics(asking)
        return asking

    def _statistics(
        self, asking: Asking, lists: Lists | None = None, found: Candidates | None = None
    ) -> CandidateStatistics:
        names = lists.names if lists else None
        statistics = CandidateStatistics(
            asking, self._vocabulary, self.parameters, self._translation, found, names
        )
        statistics.semantic = self._semantic
        return statistics

    def _settled(self, asking: Asking, read: Callable[[CandidateStatistics], Result]) -> Result:
        """What is read without looking at a document."""
        return asking.settled(lambda: read(self._statistics(asking)))

    def _listed(self, bodies: Sequence[Any]) -> tuple[list[Any], list[FoundRow]]:
        """The answers to some lists, and all documents in them."""
        answers = self.knowledge.searches(bodies)
        return answers, [FoundRow(hit) for one in answers for hit in one["hits"]["hits"]]

    # ---- searches ----

    def search(self, request: SearchRequest) -> Answer:
        """Answer one search, whatever is typed.

        Raises:
            SearchError: a filter has no sensible meaning.
            ClusterDown: the cluster does not answer, or not from all of its shards.
        """
        started = time.perf_counter()
        asking = self._asking()
        question = self._settled(asking, lambda statistics: read(request, statistics))
        lists, candidates, main = self._candidates(question, asking)

        def answered() -> Answer:
            statistics = self._statistics(asking, lists, candidates)
            found = _found(question, statistics, main, candidates)
            meant = self.meant(question, found)
            return replace(self.answer(question, found), did_you_mean=meant)

        try:
            answer = asking.settled(answered)
        finally:
            candidates.forget()
        return replace(answer, took_ms=(time.perf_counter() - started) * 1000)

    def _candidates(
        self, question: SearchQuestion, asking: Asking
    ) -> tuple[Lists, Candidates, Any]:
        """The documents that are ranked for a question, and the answer to its list."""
        wanted, others = question.wanted, self.knowledge.measures.most_others
        sought = (wanted.sought, *wanted.works, *wanted.offered, *question.chosen.values())
        placed = dict.fromkeys(part for one in sought for part in placed_in(one))
        names = {one: f"part {number}" for number, one in enumerate(placed)}

        def first(statistics: CandidateStatistics) -> tuple[Lists, list[Any]]:
            lists = Lists(statistics, names)
            bodies = [lists.head(lists.by_words(question))]
            if wanted.works:
                bodies.append(lists.head(lists.offered(question)))
            return lists, bodies

        lists, bodies = self._settled(asking, first)
        answers, found = self._listed(bodies)
        best = max(_best(answer) for answer in answers)

        def second(statistics: CandidateStatistics) -> list[Any]:
            lists = Lists(statistics, names)
            query = lists.by_subjects(question, _best(answers[0]), others)
            ranked_here = [lists.head(query)]
            if wanted.works:
                step = 10 + 2 * (1 + len(wanted.asked)) * max(best, 1.0)
                query = lists.named_first(question, query, step)
            elif question.plan.request.sort == "relevance":
                ranked_here.append(lists.lead(question, query))
            main = lists.main(question, query, by_score=best > 0 or bool(wanted.works))
            return [main, *ranked_here]

        answers, more = self._listed(self._settled(asking, second))
        return lists, Candidates([*found, *more], asking), answers[0]

    # ---- claims ----

    def suggest(
        self,
        claim: str,
        limit: int = 10,
        sort: Sort = "relevance",
        concepts: Sequence[str] = (),
        around: str = "",
    ) -> tuple[Suggestion, ...]:
        limit = min(limit, MAX_LIMIT)
        return self._of_claim(
            claim,
            concepts,
            around,
            lambda suggester: suggester.suggest(claim, limit, sort, concepts, around),
        )

    def rank(self, claim: str, limit: int = 100) -> tuple[Suggestion, ...]:
        return self._of_claim(claim, (), "", lambda suggester: suggester.rank(claim, limit))

    def recognise(self, claim: str, around: str = "") -> dict[str, tuple[str, ...]]:
        return self._settled(
            self._asking(), lambda statistics: recognise(statistics, claim, around)
        )

    def _of_claim(
        self,
        claim: str,
        concepts: Sequence[str],
        around: str,
        asked: Callable[[Suggester], Result],
    ) -> Result:
        """What is asked of the references that may bear on a claim."""
        asking = self._asking()
        parts = [claim[:MAX_CLAIM], *sentences(claim[:MAX_CLAIM])]
        claims = self._settled(
            asking, lambda statistics: [read_claim(statistics, p, concepts, around) for p in parts]
        )
        found, short = self._for_claims(parts, claims, asking)
        candidates = Candidates(found, asking)
        if short:
            candidates = self._filled(candidates, found, asking, parts, concepts, around)
        try:
            return asking.settled(
                lambda: asked(Suggester(self._statistics(asking, None, candidates)))
            )
        finally:
            candidates.forget()

    def _for_claims(
        self, parts: Sequence[str], claims: Sequence[ClaimQuery], asking: Asking
    ) -> tuple[list[FoundRow], bool]:
        """The best by words of each sentence, and by meaning; whether any of them has few."""

        def first(statistics: CandidateStatistics) -> list[Any]:
            lists = _for_claims(statistics)
            bodies = [lists.of_claim(sought_of(statistics, claim)) for claim in claims]
            if statistics.has_meaning:
                bodies.append(lists.keyed(self._nearest(parts, claims)))
            return bodies

        answers, found = self._listed(self._settled(asking, first))
        answers = answers[: len(claims)]
        best = [_best(answer) * (1 + self.parameters.feedback) for answer in answers]
        others = self.knowledge.measures.most_others

        def second(statistics: CandidateStatistics) -> list[Any]:
            lists = _for_claims(statistics)
            return [
                lists.of_subjects(sought_of(statistics, one), one.subjects, title, score, others)
                for one, score in zip(claims, best, strict=True)
                for title in _narrowed(one)
            ]

        _, more = self._listed(self._settled(asking, second))
        short = any(len(one["hits"]["hits"]) < self.parameters.head for one in answers)
        return [*found, *more], short

    def _nearest(self, parts: Sequence[str], claims: Sequence[ClaimQuery]) -> list[str]:
        """The keys of what of the library is nearest in meaning to any of some sentences."""
        fitted = self.parameters
        shares = {"fr": fitted.multilingual_fr, "en": fitted.multilingual_en}
        found = (
            self.knowledge.nearest(part, shares[claim.language])
            for part, claim in zip(parts, claims, strict=True)
        )
        return list(dict.fromkeys(key for keys in found for key in keys))

    def _filled(
        self,
        candidates: Candidates,
        found: Iterable[FoundRow],
        asking: Asking,
        parts: Sequence[str],
        concepts: Sequence[str],
        around: str,
    ) -> Candidates:
        """The same with documents about what the best have in common, where few match."""

        def wanted(statistics: CandidateStatistics) -> list[Any]:
            lists, suggester = _for_claims(statistics), Suggester(statistics)
            asked: dict[tuple[str, str], int] = {}
            for part in parts:
                for (name, concept), size in suggester.fillings(part, concepts, around):
                    asked[name, concept] = max(size, asked.get((name, concept), 0))
            return [lists.first_of(*pair, size) for pair, size in asked.items()]

        bodies = asking.settled(lambda: wanted(self._statistics(asking, None, candidates)))
        candidates.forget()
        _, more = self._listed(bodies)
        return Candidates([*found, *more], asking)


def _for_claims(statistics: CandidateStatistics) -> Lists:
    return Lists(statistics, with_meaning=statistics.has_meaning)


def _narrowed(claim: ClaimQuery) -> list[tuple[str, ...]]:
    """The stems of which one is wanted beside the subjects of a claim, for each of its lists."""
    lists: list[tuple[str, ...]] = [()] if claim.subjects else []
    return [*lists, tuple(claim.title.forms)] if claim.title else lists


def _best(answer: Any) -> float:
    """The score of the first of a list that goes by it."""
    hits = answer["hits"]["hits"]
    return float(hits[0]["sort"][0]) if hits else 0.0


def _found(
    question: SearchQuestion, statistics: CandidateStatistics, main: Any, candidates: Candidates
) -> Found:
    """What the cluster has for a question, and of it what was fetched."""
    mask, scores = ranked(statistics, question.wanted)
    chosen: Iterable[Sought] = question.chosen.values()
    mask = reduce(np.logical_and, [matches_of(statistics, one).mask for one in chosen], mask)
    before = 0
    if question.end > WINDOW:  # the page alone: what comes before it is not here
        before = question.start
        page = {hit["fields"][KEY][0] for hit in main["hits"]["hits"]}
        mask = mask & np.array([one.key in page for one in candidates.all], dtype=bool)
    return Found(
        statistics,
        mask,
        scores,
        found=main["aggregations"]["found"]["doc_count"],
        total=main["hits"]["total"]["value"],
        counts=counts_in(main, question, statistics),
        before=before,
    )
