"""Is it the same? Titles, people, journals, numbers; two records that are one work.

A line in here may know records and how they are written (`references.record`, `normalise`,
`identifiers`, `formats`), and nothing of services or of the status of a citation.

- `titles`, `people`, `journals`, `numbers`: one notion each, for verification and doubles alike;
- `traits`, `compare`, `matcher`: what two records are to each other, and pairs among many;
- `decisions`: what a person decided about two records;
- `merge`, `marks`: one record made of two, and the mark of a doubt.
"""

from __future__ import annotations

from references.matching.compare import DOUBTFUL, KINDS, SAME, Pair
from references.matching.decisions import DECIDED, Decided, PairDecision, PairDecisions
from references.matching.marks import MARK, doubts, marked, possible_duplicates, relation
from references.matching.matcher import Matcher, find_duplicates, pair_of
from references.matching.merge import FieldConflict, Merged, merge
from references.matching.titles import wording

__all__ = [
    "DECIDED",
    "DOUBTFUL",
    "KINDS",
    "MARK",
    "SAME",
    "Decided",
    "FieldConflict",
    "Matcher",
    "Merged",
    "Pair",
    "PairDecision",
    "PairDecisions",
    "doubts",
    "find_duplicates",
    "marked",
    "merge",
    "pair_of",
    "possible_duplicates",
    "relation",
    "wording",
]
