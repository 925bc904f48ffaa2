"""When the literature appeared: references by year, and how many have a high level of evidence."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from references.record import Reference

#: Levels (Oxford 2011) whose studies are the darker part of a bar.
STRONG = (1, 2)


@dataclass(frozen=True)
class Year:
    """The references of one year; `strong` are those of level 1 or 2."""

    year: int
    references: int
    strong: int


def years_of(
    references: Iterable[Reference], level: Callable[[Reference], int | None]
) -> tuple[Year, ...]:
    """Every year from the first to the last with a reference, empty ones included.

    Args:
        references: those without a year are passed over.
        level: the level of evidence of a reference, as it is printed beside it; None for none.
    """
    dated = [(r.year, level(r)) for r in references if r.year]
    if not dated:
        return ()
    everything = Counter(year for year, _level in dated)
    strong = Counter(year for year, number in dated if number in STRONG)
    first, last = min(everything), max(everything)
    return tuple(Year(y, everything[y], strong[y]) for y in range(first, last + 1))
