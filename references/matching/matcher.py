"""Pairs among many records, found without comparing each with each."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from references.matching.compare import DOUBTFUL, SAME, Pair, compare
from references.matching.decisions import PairDecisions
from references.matching.traits import Traits, blocks, traits
from references.record import Reference

_CROWDED = 60  # a block with more records says too little
_TELLING = ("doi", "pmid", "pmcid", "registration", "isbn", "cochrane", "start")


class Matcher:
    """Records looked up one by one: the incremental form, for importing.

    A few hundred bytes a record beside the references themselves.
    """

    def __init__(
        self, references: Iterable[Reference] = (), decisions: PairDecisions | None = None
    ) -> None:
        """`decisions` of a person stand above what the records say."""
        self._decisions = decisions or PairDecisions()
        self._records: list[Traits] = []
        self._index: dict[str, int] = {}
        # The hash of what is shared, to the records that share it: mostly one.
        self._blocks: dict[int, int | list[int]] = {}
        self._last: tuple[Reference, Traits] | None = None
        for reference in references:
            self.add(reference)

    def add(self, reference: Reference) -> None:
        """Make a record known under its key, in place of what was known under it.

        A record that was completed has to be added again: what it says now may contradict
        the next one.
        """
        record = self._prepared(reference)
        index = self._index.setdefault(record.key, len(self._records))
        if index < len(self._records):
            self._records[index] = record
        else:
            self._records.append(record)
        for block in {hash(block) for block in blocks(record)}:
            there = self._blocks.get(block)
            if there is None:
                self._blocks[block] = index
            elif isinstance(there, list):
                there.append(index)
            elif there != index:
                self._blocks[block] = [there, index]

    def _prepared(self, reference: Reference) -> Traits:
        """Prepared once for looking up and adding."""
        if self._last is None or self._last[0] is not reference:
            self._last = (reference, traits(reference))
        return self._last[1]

    def matches(self, reference: Reference) -> list[Pair]:
        """The known records that are the same work, perhaps the same or related, in this order."""
        record = self._prepared(reference)
        candidates: set[int] = set()
        for block in blocks(record):
            sharing = self._blocks.get(hash(block))
            if sharing is None:
                continue
            if isinstance(sharing, int):
                candidates.add(sharing)
            elif len(sharing) <= _CROWDED or block.startswith(_TELLING):
                candidates.update(sharing[-5 * _CROWDED :])
        pairs = [pair for i in candidates if (pair := self._compare(self._records[i], record))]
        pairs.sort(key=_rank)
        return pairs

    def _compare(self, known: Traits, record: Traits) -> Pair | None:
        """What two records are to each other: as a person decided, else as they say."""
        pair = compare(known, record)
        decision = self._decisions.about(known, record) if self._decisions else None
        if pair is None or decision is None:
            return pair
        return replace(pair, kind=SAME) if decision.decided == "same" else None

    def same(self, reference: Reference) -> Pair | None:
        """The known record that is the same work, if there is one."""
        return next((pair for pair in self.matches(reference) if pair.kind == SAME), None)


def _rank(pair: Pair) -> tuple[int, int, str]:
    """The surest first: by kind, then by how much more agrees than differs."""
    kind = (SAME, DOUBTFUL).index(pair.kind) if pair.kind in (SAME, DOUBTFUL) else 2
    return kind, len(pair.differ) - len(pair.agree), pair.key_a


def find_duplicates(
    references: Iterable[Reference], decisions: PairDecisions | None = None
) -> list[Pair]:
    """All pairs of records that are the same work or related, in the order of the records."""
    matcher = Matcher(decisions=decisions)
    pairs: list[Pair] = []
    for reference in references:
        pairs += matcher.matches(reference)
        matcher.add(reference)
    return pairs


def pair_of(a: Reference, b: Reference) -> Pair | None:
    """What two records say that they are to each other; None when nothing joins them."""
    return compare(traits(a), traits(b))
