"""The same work twice: what two records are to each other, and one record made of two."""

from __future__ import annotations

from references.dedupe.compare import DOUBTFUL, KINDS, SAME, Pair
from references.dedupe.marks import MARK, doubts, marked, possible_duplicates, relation
from references.dedupe.matcher import Matcher, find_duplicates
from references.dedupe.merge import Conflict, Merged, merge
from references.dedupe.traits import wording

__all__ = [
    "DOUBTFUL",
    "KINDS",
    "MARK",
    "SAME",
    "Conflict",
    "Matcher",
    "Merged",
    "Pair",
    "doubts",
    "find_duplicates",
    "marked",
    "merge",
    "possible_duplicates",
    "relation",
    "wording",
]
