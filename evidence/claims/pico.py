"""Which part of a claim a concept speaks of, by its facet: decided here and nowhere else.

A claim is a question in the form PICO: in whom (population), what is done (intervention), what
comes of it (outcome), and here also how that was studied (design).
"""

from __future__ import annotations

from collections.abc import Iterable

#: The part of a claim that the concepts of a facet speak of.
PARTS = {
    "indication": "population",
    "population": "population",
    "nerve": "population",
    "anatomy": "population",
    "intervention": "intervention",
    "guidance": "intervention",
    "outcome": "outcome",
    "design": "design",
}
#: Facets that stand in the field of their part in a register. Of the others, a nerve is no
#: population and a way of guidance no treatment: they stand among the `concepts` of a claim.
_OWN_FIELD = ("indication", "population", "intervention", "outcome")


def field_of(facet: str) -> str:
    """The field of a register that a concept of a facet is written in when nobody says other."""
    return PARTS[facet] if facet in _OWN_FIELD else "concepts"


def by_part(concepts: Iterable[tuple[str, str]]) -> dict[str, tuple[str, ...]]:
    """Concepts given as (id, facet), by the part of a claim they speak of; every part is there."""
    parts: dict[str, dict[str, None]] = {part: {} for part in PARTS.values()}
    for concept, facet in concepts:
        parts[PARTS[facet]][concept] = None
    return {part: tuple(ids) for part, ids in parts.items()}
