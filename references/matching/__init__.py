"""Is it the same? Titles, people, journals, numbers; two records that are one work.

A line in here may know records and how they are written (`references.record`, `normalise`,
`identifiers`, `formats`), and nothing of services or of the status of a citation.

- `titles`, `people`, `journals`, `numbers`: one notion each, for verification and doubles alike;
- `traits`, `compare`, `matcher`: what two records are to each other, and pairs among many;
- `merge`, `marks`: one record made of two, and the mark of a doubt.
"""

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
