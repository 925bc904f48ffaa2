"""References for a claim: its concepts and its words, weighed together, with the reasons.

A claim is a sentence: each of its words counts where it occurs, and none is required. Words count
by BM25, in English as they are and in French also through `QueryTranslation`; concepts count
whatever words named them and in whatever language. A claim of several sentences is asked as a
whole and sentence by sentence, so that the longest one does not drown the others. What the best
references have in common is asked for as well (`Feedback`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from evidence.claims.pico import by_part
from evidence.search.index.algebra import (
    AnyOf,
    BestOf,
    Exact,
    InConcept,
    Sought,
    Stem,
    Weighed,
)
from evidence.search.index.documents import CONCEPT_FACETS
from evidence.search.index.schema import Ids, Scores
from evidence.search.index.statistics import IndexStatistics
from evidence.search.protocol import Reason, Suggestion
from evidence.search.ranking.claim_query import ClaimQuery, QueryTerm, read_claim
from evidence.search.ranking.feedback import Feedback
from evidence.search.ranking.scope import has_evidence
from evidence.search.ranking.sorting import Orders, best, together
from evidence.search.ranking.subjects import SubjectOrder
from evidence.search.request import Sort

MAX_CLAIM = 4000  # characters
MAX_SENTENCES = 12
MAX_REASONS = 8  # concepts and words given for one suggestion
_SENTENCE = re.compile(r"(?<=[^\W\d])[.!?]+\s+(?=[«\"]?\s?[A-ZÀ-Ý])|;\s+|\n+")


def score(statistics: IndexStatistics, claim: ClaimQuery) -> Scores:
    """The agreement of every document with a claim, 0 where there is none."""
    scores = np.zeros(statistics.index.count)
    for term in claim.words:
        if len(term.forms) == 1:
            ((stem, weight),) = term.forms.items()
            ids, gains = statistics.term(stem)
            scores[ids] += gains if weight == 1.0 else gains * weight
            continue
        best_form = np.zeros(statistics.index.count)
        for stem, weight in term.forms.items():
            ids, gains = statistics.term(stem)
            best_form[ids] = np.maximum(best_form[ids], gains * weight)
        scores += best_form
    for concept, weight in claim.concepts.items():
        for ids, gains in (statistics.concept(concept), statistics.recorded(concept)):
            scores[ids] += gains * weight
    return scores


def sought_of(statistics: IndexStatistics, claim: ClaimQuery) -> Sought:
    """What a claim seeks, in the terms of the algebra: scores are those of `score`."""
    parts: list[Sought] = [
        BestOf(tuple(Weighed(Stem(stem), weight) for stem, weight in term.forms.items()))
        for term in claim.words
    ]
    fitted = statistics.parameters
    for concept, weight in claim.concepts.items():
        parts.append(Weighed(InConcept(concept), weight))
        known = statistics.vocabulary.get(concept)
        if known is not None and known.facet in CONCEPT_FACETS:
            counts = fitted.concept_boost * fitted.recorded * weight
            parts.append(Weighed(Exact(known.facet, concept), counts))
    return AnyOf(tuple(parts))


def _reasons(
    statistics: IndexStatistics, claim: ClaimQuery, numbers: Sequence[int]
) -> dict[int, list[Reason]]:
    """Why each of some documents agrees with a claim, strongest reason first."""
    wanted = np.array(sorted(numbers), dtype=np.int64)
    strongest: dict[int, dict[tuple[str, str], Reason]] = {number: {} for number in numbers}

    def add(ids: Ids, gains: Scores, make: Reason) -> None:
        places = np.searchsorted(ids, wanted)
        for number, place in zip(wanted.tolist(), places.tolist(), strict=True):
            if place < len(ids) and ids[place] == number:
                weight = round(float(gains[place]) * make.weight, 3)
                known = strongest[number].get((make.kind, make.what))
                if known is None or known.weight < weight:
                    reason = Reason(make.kind, make.what, weight)
                    strongest[number][make.kind, make.what] = reason

    for concept, weight in claim.concepts.items():
        add(*statistics.concept(concept), Reason("concept", concept, weight))
    for term in claim.words:
        for stem, weight in term.forms.items():
            add(*statistics.term(stem), Reason("words", term.word, weight))
    return {
        number: sorted(reasons.values(), key=lambda reason: -reason.weight)
        for number, reasons in strongest.items()
    }


# ---- answers --------------------------------------------------------------------------


def _best(statistics: IndexStatistics, scores: Scores, limit: int) -> Ids:
    documents = np.flatnonzero((scores > 0) & statistics.index.live)
    return best(documents, scores[documents], limit)


def with_meaning(
    statistics: IndexStatistics, claim: ClaimQuery, scores: Scores, near: Scores | None
) -> Scores:
    """The scores with nearness in meaning added, where the index has it.

    Scores are divided by the best one and the cosine is added (relative score fusion);
    reciprocal rank fusion did worse on every development set (docs/search.md).
    """
    if near is None:
        return scores
    fitted = statistics.parameters
    weight = fitted.meaning if len(claim.words) > fitted.few else fitted.meaning_of_few
    return scores / (scores.max(initial=0.0) or 1.0) + weight * np.maximum(near, 0.0)


@dataclass(frozen=True, slots=True)
class _Ranking:
    """How every document fits one claim, or one sentence of it."""

    claim: ClaimQuery
    words: Scores  # agreement in words and concepts
    near: Scores | None  # nearness in meaning
    scores: Scores  # all together
    profile: Scores | None  # what the best have in common, by concept


def sentences(claim: str) -> list[str]:
    """The sentences of a claim that say something; none when there is only one."""
    pieces = [piece.strip() for piece in _SENTENCE.split(claim)]
    pieces = [piece for piece in pieces if len(piece.split()) > 3][:MAX_SENTENCES]
    return pieces if len(pieces) > 1 else []


def _together(whole: _Ranking, rankings: list[_Ranking]) -> tuple[Scores, Ids | None]:
    """The scores of a claim with those of its sentences; for each document its best sentence."""
    if not rankings:
        return whole.scores, None
    each = np.stack(
        [ranking.scores / (ranking.scores.max(initial=0.0) or 1.0) for ranking in rankings]
    )
    highest = whole.scores.max(initial=0.0) or 1.0
    return (whole.scores + highest * each.max(axis=0)) / 2, each.argmax(axis=0)


class Suggester:
    """References for claims, from one index. Safe to share between threads."""

    def __init__(self, statistics: IndexStatistics) -> None:
        self._statistics = statistics
        self._feedback = Feedback(statistics)
        self._orders = Orders(statistics)
        self._subjects = SubjectOrder(statistics)

    def _ranking(self, sentence: str, concepts: Sequence[str] = (), around: str = "") -> _Ranking:
        statistics = self._statistics
        claim = read_claim(statistics, sentence, concepts, around)
        words = score(statistics, claim)
        near = statistics.nearness(sentence, claim.language)
        scores = with_meaning(statistics, claim, words, near)
        head = _best(statistics, scores, statistics.parameters.head)
        profile = self._feedback.profile(head, scores[head]) if len(head) else None
        if profile is not None:
            documents, gains = self._feedback.gains(head, scores[head], profile)
            scores = scores.copy()
            scores[documents] += gains
        if claim.subjects:
            scores = self._of_subjects(claim, scores)
        if claim.title:
            scores = self._of_title(claim, claim.title, scores)
        return _Ranking(claim, words, near, scores, profile)

    def fillings(
        self, sentence: str, concepts: Sequence[str] = (), around: str = ""
    ) -> Iterator[tuple[tuple[str, str], int]]:
        """Facets and concepts whose first documents fill a short head, and how many of each."""
        claim = read_claim(self._statistics, sentence, concepts, around)
        words = score(self._statistics, claim)
        head = _best(self._statistics, words, self._statistics.parameters.head)
        profile = self._feedback.profile(head, words[head]) if len(head) else None
        if profile is not None:
            yield from self._feedback.fillings(len(head), profile)

    def _of_subjects(self, claim: ClaimQuery, scores: Scores) -> Scores:
        """The scores where a page says what a claim is about: studies of that come first.

        What names none of it has nothing to do with the claim, however alike their words.
        """
        statistics, asked = self._statistics, claim.subjects
        named = np.zeros(len(scores), dtype=bool)
        for concept in asked:
            named[statistics.concept(concept)[0]] = True
        shares = self._subjects.shares((concept,) for concept in asked)
        if shares is not None:
            weight = statistics.parameters.about * float(scores.max(initial=0.0))
            scores = scores + shares * (weight / len(asked))
        return np.where(named, scores, 0.0)

    def _of_title(self, claim: ClaimQuery, title: QueryTerm, scores: Scores) -> Scores:
        """The scores where a page names no condition: studies that have the word of its title.

        Where a treatment is named and no study of it has the word, the treatment says enough.
        Where nothing is, the library knows nothing of what the page is about.
        """
        named = np.zeros(len(scores), dtype=bool)
        for stem in title.forms:
            named[self._statistics.term(stem)[0]] = True
        if claim.subjects and not scores[named].any():
            return scores
        return np.where(named, scores, 0.0)

    def rank(self, claim: str, limit: int = 100) -> tuple[Suggestion, ...]:
        """The best documents for a claim, without reasons."""
        claim = claim[:MAX_CLAIM]
        rankings = [self._ranking(sentence) for sentence in sentences(claim)]
        scores, _ = _together(self._ranking(claim), rankings)
        return tuple(
            Suggestion(self._statistics.card(number).key, float(scores[number]))
            for number in _best(self._statistics, scores, limit).tolist()
        )

    def suggest(
        self,
        claim: str,
        limit: int = 10,
        sort: Sort = "relevance",
        concepts: Sequence[str] = (),
        around: str = "",
    ) -> tuple[Suggestion, ...]:
        """References that bear on a claim, in the order asked for; empty when none does.

        `concepts` are those it is about, named in it or not; `around` is the heading above it and
        the title of its page.
        """
        statistics = self._statistics
        claim = claim[:MAX_CLAIM]
        parts = sentences(claim)
        whole = self._ranking(claim, concepts, around)
        rankings = [self._ranking(part, concepts, around) for part in parts]
        if not any(
            has_evidence(statistics, one.claim, one.words, one.near) for one in (whole, *rankings)
        ):
            return ()
        scores, part_of = _together(whole, rankings)
        ordered = _best(statistics, scores, limit)
        if sort != "relevance":
            chosen = np.zeros(statistics.index.count, dtype=bool)
            chosen[ordered] = True
            direct = self._orders.directness(whole.claim.concepts)
            ordered = self._orders.first(chosen, scores, sort, limit, direct)
        repeated = self._orders.repeated(ordered)
        numbers = together(ordered.tolist(), repeated)
        reasons = self._all_reasons(whole, numbers)
        return tuple(
            Suggestion(
                statistics.card(number).key,
                float(scores[number]),
                reasons[number],
                "" if part_of is None else parts[int(part_of[number])],
                statistics.card(repeated[number]).key if number in repeated else "",
            )
            for number in numbers
        )

    def _all_reasons(self, whole: _Ranking, numbers: list[int]) -> dict[int, tuple[Reason, ...]]:
        """Concepts and words, meaning, and what each of some documents shares with the best."""
        reasons = _reasons(self._statistics, whole.claim, numbers)
        shared = self._feedback.shared(whole.profile, numbers)
        complete = {}
        for number, common in zip(numbers, shared, strict=True):
            why = reasons[number][:MAX_REASONS]
            if whole.near is not None:
                why.append(Reason("meaning", "", round(float(whole.near[number]), 3)))
            if common is not None and all(reason.what != common[0] for reason in why):
                why.append(Reason("related", common[0], round(common[1], 3)))
            complete[number] = tuple(why)
        return complete


def recognise(
    statistics: IndexStatistics, claim: str, around: str = ""
) -> dict[str, tuple[str, ...]]:
    """The concepts of a claim by what they say: population, intervention, outcome, design."""
    claim = claim[:MAX_CLAIM]
    language = statistics.translation.language_of(claim)
    mentions = statistics.vocabulary.named_here(claim, language, around)
    return by_part((mention.concept.id, mention.concept.facet) for mention in mentions)
