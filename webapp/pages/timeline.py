"""When the literature appeared: references by year, and how many compare or gather trials."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from references.record import Reference

#: Designs that compare by chance or gather such studies: the darker part of a bar.
STRONG = ("systematic-review", "meta-analysis", "rct")


@dataclass(frozen=True)
class Year:
    """The references of one year."""

    year: int
    references: int
    strong: int


def years_of(references: Iterable[Reference]) -> tuple[Year, ...]:
    """Every year from the first to the last with a reference, empty ones included."""
    dated = [(r.year, r.study.design) for r in references if r.year]
    if not dated:
        return ()
    everything = Counter(year for year, _design in dated)
    strong = Counter(year for year, design in dated if design in STRONG)
    first, last = min(everything), max(everything)
    return tuple(Year(y, everything[y], strong[y]) for y in range(first, last + 1))
