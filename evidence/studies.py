"""Which references study which concept, counted with the narrower concepts."""

from __future__ import annotations

import heapq
import math
from collections import defaultdict
from functools import cached_property

from evidence.appraisal.level import Level, level, level_order
from evidence.knowledge import KnowledgeBase
from references.concepts import Concept, Vocabulary
from references.matching import possible_duplicates
from references.record import Reference


class Studies:
    """The references of a knowledge base by concept, and those near a given one."""

    def __init__(self, kb: KnowledgeBase) -> None:
        self._kb = kb
        self._levels: dict[tuple[str, str], Level] = {}

    def level(self, reference: Reference, kind: str = "efficacy") -> Level:
        """The Oxford 2011 level of a reference for a kind of claim, worked out once."""
        question = (reference.key, kind)
        if question not in self._levels:
            self._levels[question] = level(reference, kind)
        return self._levels[question]

    def by_level(self, reference: Reference, kind: str = "efficacy") -> tuple[int, int, str]:
        """Sorting key of `level_order`, from the level worked out before."""
        return level_order(reference, kind, self.level(reference, kind))

    def concepts_of(self, reference: Reference) -> tuple[str, ...]:
        """The concept ids of a reference that the vocabulary knows, each once."""
        concepts = map(self._kb.vocabulary.resolve, reference.study.concepts)
        return tuple(dict.fromkeys(concept.id for concept in concepts if concept))

    @cached_property
    def _named(self) -> dict[str, set[str]]:
        """Keys by the concepts that the references name themselves."""
        named: dict[str, set[str]] = defaultdict(set)
        for key, reference in self._kb.library.items():
            for concept in self.concepts_of(reference):
                named[concept].add(key)
        return dict(named)

    @cached_property
    def _keys(self) -> dict[str, frozenset[str]]:
        vocabulary = self._kb.vocabulary
        return {
            concept.id: frozenset().union(
                *(self._named.get(narrower, set()) for narrower in vocabulary.narrower(concept.id))
            )
            for concept in vocabulary
        }

    def keys_of(self, concept_id: str) -> frozenset[str]:
        """Keys of the references that study the concept or a narrower one."""
        return self._keys.get(concept_id, frozenset())

    @cached_property
    def _measured(self) -> dict[str, frozenset[str]]:
        """Keys by outcome: what the findings of a reference are about, and its harms."""
        vocabulary = self._kb.vocabulary
        measured: dict[str, set[str]] = defaultdict(set)
        for key, reference in self._kb.library.items():
            for outcome in _outcomes_of(reference, vocabulary):
                for concept in (outcome, *vocabulary.broader(outcome)):
                    measured[concept].add(key)
        return {concept: frozenset(keys) for concept, keys in measured.items()}

    def measuring(self, concept_id: str) -> frozenset[str]:
        """Keys of the references that report an outcome or a narrower one."""
        return self._measured.get(concept_id, frozenset())

    def count(self, concept_id: str) -> int:
        """How many references study the concept or a narrower one."""
        return len(self.keys_of(concept_id))

    def studied(self, facet: str) -> list[Concept]:
        """The concepts of a facet that some reference studies, in the order of the vocabulary."""
        return [one for one in self._kb.vocabulary.of_facet(facet) if self.count(one.id)]

    def of(self, concept_id: str) -> list[Reference]:
        """The references that study a concept: best level first, then newest, then by key."""
        library = self._kb.library
        return sorted((library[key] for key in self.keys_of(concept_id)), key=self.by_level)

    @cached_property
    def _doubts(self) -> dict[str, set[str]]:
        """Keys of references that may be one work, each way."""
        doubts: dict[str, set[str]] = defaultdict(set)
        for key, reference in self._kb.library.items():
            for other in possible_duplicates(reference):
                if other in self._kb.library and other != key:
                    doubts[key].add(other)
                    doubts[other].add(key)
        return dict(doubts)

    def possible_duplicates(self, key: str) -> list[Reference]:
        """References that may be the same work as one, while nobody has decided; by key."""
        return [self._kb.library[other] for other in sorted(self._doubts.get(key, ()))]

    def related(self, key: str, limit: int = 6) -> list[tuple[Reference, list[Concept]]]:
        """References that share concepts with one, most telling first, and what they share.

        A shared concept weighs log(N / n), N being all references and n those that name it
        (inverse document frequency; Spärck Jones, J Doc 1972): rare ones tell more.
        The design is left out: two trials are not related for being trials.
        """
        library, vocabulary = self._kb.library, self._kb.vocabulary
        if key not in library:  # only an index holds it
            return []
        scores: dict[str, float] = defaultdict(float)
        shared: dict[str, list[Concept]] = defaultdict(list)
        for concept_id in self.concepts_of(library[key]):
            concept = vocabulary[concept_id]
            if concept.facet == "design":
                continue
            keys = self._named[concept_id]
            weight = math.log(len(library) / len(keys))
            for other in keys - {key}:
                scores[other] += weight
                shared[other].append(concept)
        least = min(heapq.nlargest(limit, scores.values()), default=0.0)
        best = [other for other in scores if scores[other] >= least]  # levels decide among equals
        best.sort(key=lambda other: (-scores[other], self.by_level(library[other])))
        return [(library[other], shared[other]) for other in best[:limit]]


def _outcomes_of(reference: Reference, vocabulary: Vocabulary) -> set[str]:
    """The outcomes that a reference reports; a symptom is one where nothing else is named."""
    found: set[str] = set()
    for facets, said in (
        *((("outcome", "indication"), finding.outcome) for finding in reference.findings),
        *((("outcome",), harm.event) for harm in reference.harms),
    ):
        named = [vocabulary[one] for one in vocabulary.named_in(said, "en")]
        for facet in facets:
            if ids := {concept.id for concept in named if concept.facet == facet}:
                found |= ids
                break
    return found
