"""The same work twice: what two records are to each other, and one record made of two."""

from __future__ import annotations

from references.matching.compare import DOUBTFUL, KINDS, SAME, Pair
from references.matching.marks import MARK, doubts, marked, possible_duplicates, relation
from references.matching.matcher import Matcher, find_duplicates
from references.matching.merge import FieldConflict, Merged, merge
from references.matching.titles import wording

__all__ = [
    "DOUBTFUL",
    "KINDS",
    "MARK",
    "SAME",
    "FieldConflict",
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
