"""The library as a map of questions: what was studied of which treatment, in which condition.

A cell is one question: an intervention (its column) in a condition, or with an outcome that was
reported (its row). Counted are its studies, by design; what they say of a claim is never counted,
since claims ask different things. Narrative reviews, guidelines, editorials and protocols are no
studies and stand apart. The questions that a text asks come first, whether anybody studied them
or not: an empty cell is often the most important one (3ie, "Evidence gap maps", 2016).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice

from evidence.appraisal.level import MECHANISM, OPINION, REVIEWS
from evidence.claims.text import Text
from evidence.parameters import Bounds
from evidence.studies import Studies
from references.concepts import Concept, Vocabulary
from references.record import DESIGNS, Reference

#: From how many people on a cell is drawn larger.
SIZES = (50, 200, 1000)
#: A concept with more than this part of what a map shows stands by its narrower ones ...
WIDE = 1 / 3
#: ... if these have at least this part of its studies.
COVERED = 0.8
#: A text asks about what this part of its claims is about.
ASKED = 0.25
#: Facets of the two sides of a map; an outcome is a symptom where nothing else names it.
SIDES = {"condition": "indication", "outcome": "outcome", "intervention": "intervention"}


@dataclass(frozen=True)
class MapFilter:
    """Which references a map is of; an empty value lets everything through.

    `condition`, `intervention` and `population` are concept ids and include what is narrower.
    """

    condition: str = ""
    intervention: str = ""
    population: str = ""
    design: str = ""
    years: Bounds = (None, None)

    def of(self, studies: Studies, library: Iterable[Reference]) -> frozenset[str]:
        """The keys of the references that pass."""
        since, until = self.years
        keys = frozenset(
            r.key
            for r in library
            if (not self.design or r.study.design == self.design)
            and (since is None or (r.year or 0) >= since)
            and (until is None or (r.year or until + 1) <= until)
        )
        for concept in filter(None, (self.condition, self.intervention, self.population)):
            keys &= studies.keys_of(concept)
        return keys


@dataclass(frozen=True)
class Cell:
    """One question and what answers it: `studies` and `others`, each best level first.

    `people` are those of the studies that state them, None where none does; `level` is the best
    one of the studies. `is_own` is true for a question of a text.
    """

    row: Concept
    column: Concept
    studies: tuple[Reference, ...]
    others: tuple[Reference, ...]
    people: int | None
    level: int | None
    is_own: bool

    @property
    def name(self) -> str:
        """What an address calls it."""
        return f"{self.row.id}~{self.column.id}"

    @property
    def designs(self) -> dict[str, int]:
        """How many studies each design has."""
        return _by_design(self.studies)

    @property
    def size(self) -> int:
        """How large it is drawn, 1 to 4; 0 where nobody says how many took part."""
        if self.people is None:
            return 0
        return 1 + sum(self.people >= least for least in SIZES)

    @property
    def is_shown(self) -> bool:
        """Whether there is anything to see in it."""
        return bool(self.studies or self.others or self.is_own)


@dataclass(frozen=True)
class MapRow:
    """A condition or outcome, with a cell for each intervention; `total` counts its references."""

    concept: Concept
    depth: int
    total: int
    cells: tuple[Cell, ...]


@dataclass(frozen=True)
class EvidenceMap:
    """The interventions and the rows; `left_out` counts rows and interventions not shown."""

    columns: tuple[Concept, ...]
    rows: tuple[MapRow, ...]
    left_out: tuple[int, int]

    def cell(self, name: str) -> Cell | None:
        """The cell of this name, if it is on the map."""
        return next((c for row in self.rows for c in row.cells if c.name == name), None)


def asked_by(text: Text) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The conditions and the interventions that a text asks about, those most spoken of first."""
    enough = ASKED * len(text.claims)

    def most(parts: Iterable[Sequence[str]]) -> tuple[str, ...]:
        counted = Counter(concept for part in parts for concept in set(part))
        return tuple(concept for concept, n in counted.most_common() if n >= enough)

    return most(c.population for c in text.claims), most(c.intervention for c in text.claims)


def people_of(studies: Iterable[Reference]) -> int | None:
    """How many people took part in the studies that say so; None where none does.

    Animals are no people. A review counts people whom its studies count too: the largest one
    speaks only where there is nothing else.
    """
    human = [r.study for r in studies if r.study.design not in MECHANISM]
    own = [s.participants for s in human if s.design not in REVIEWS and s.participants is not None]
    reviewed = [s.participants for s in human if s.design in REVIEWS and s.participants is not None]
    return sum(own) if own else max(reviewed, default=None)


def _by_design(references: Sequence[Reference]) -> dict[str, int]:
    counted = Counter(reference.study.design for reference in references)
    return {design: counted[design] for design in (*DESIGNS, "") if counted[design]}


class Cartographer:
    """Draws maps of one library.

    Args:
        studies: which references study what.
        vocabulary: the concepts.
        library: the references by key.
        texts: those whose questions come first.
    """

    def __init__(
        self,
        studies: Studies,
        vocabulary: Vocabulary,
        library: Mapping[str, Reference],
        texts: Iterable[Text] = (),
    ) -> None:
        self._studies = studies
        self._vocabulary = vocabulary
        self._library = library
        self._asked = [asked_by(text) for text in texts]

    def draw(
        self, wanted: MapFilter, side: str = "condition", most: tuple[int, int] | None = None
    ) -> EvidenceMap:
        """The map of what passes a filter.

        Args:
            wanted: the filter.
            side: what the rows are, "condition" or "outcome".
            most: how many rows and interventions at most, the most studied; None for all.
        """
        within = wanted.of(self._studies, self._library.values())
        columns = self._side("intervention", within, wanted.intervention)
        rows = self._side(side, within, wanted.condition if side == "condition" else "")
        treated = frozenset().union(*(self._keys("intervention", column) for column in columns))
        asked = {name for conditions, _interventions in self._asked for name in conditions}
        rows = {
            row: depth
            for row, depth in rows.items()
            if row.id in asked or self._keys(side, row) & within & treated
        }
        shown = most or (len(rows), len(columns))
        drawn = tuple(islice(columns, shown[1]))
        return EvidenceMap(
            drawn,
            tuple(
                MapRow(
                    row,
                    depth,
                    len(self._keys(side, row) & within),
                    tuple(self.cell(row, column, side, within) for column in drawn),
                )
                for row, depth in islice(rows.items(), shown[0])
            ),
            (max(len(rows) - shown[0], 0), max(len(columns) - shown[1], 0)),
        )

    def cell(self, row: Concept, column: Concept, side: str, within: frozenset[str]) -> Cell:
        """One question, answered by the references of these keys."""
        keys = self._keys(side, row) & self._keys("intervention", column) & within
        found = sorted((self._library[key] for key in keys), key=self._studies.by_level)
        studies = tuple(r for r in found if r.study.design not in OPINION)
        levels = [self._studies.level(r).number for r in studies]
        return Cell(
            row,
            column,
            studies,
            tuple(r for r in found if r.study.design in OPINION),
            people_of(studies),
            min((n for n in levels if n), default=None),
            side == "condition"
            and any(row.id in rows and column.id in columns for rows, columns in self._asked),
        )

    def groups(self, side: str) -> list[Concept]:
        """What a side of the whole map consists of, in the order of the map."""
        return list(self._side(side, frozenset(self._library), ""))

    def _keys(self, side: str, concept: Concept) -> frozenset[str]:
        known = self._studies.measuring if side == "outcome" else self._studies.keys_of
        return known(concept.id)

    def _side(self, side: str, within: frozenset[str], under: str) -> dict[Concept, int]:
        """The concepts of a side with their depth: what texts ask about, then the most studied.

        With `under` that concept and the narrower ones.
        """

        def count(concept: Concept) -> int:
            return len(self._keys(side, concept) & within)

        facets = ("outcome", "indication") if side == "outcome" else (SIDES[side],)
        candidates = [c for c in self._vocabulary if c.facet in facets and count(c)]
        if under:
            top = self._vocabulary[under]
            below = [concept for concept in candidates if under in concept.broader]
            return {top: 0, **dict.fromkeys(sorted(below, key=count, reverse=True), 1)}
        parts = self._parts(candidates, side, within)
        first = self._first(side)
        if side == "condition":  # what nobody studied is seen first
            first.sort(key=self._studied)
        return dict.fromkeys((*first, *sorted(parts, key=count, reverse=True)), 0)

    def _first(self, side: str) -> list[Concept]:
        """What texts ask about; of two that lie under each other the narrower one."""
        if side == "outcome":
            return []
        place = 0 if side == "condition" else 1
        names = {name for asked in self._asked for name in asked[place] if name in self._vocabulary}
        wider = {name for one in names for name in self._vocabulary.broader(one)}
        ordered = dict.fromkeys(name for asked in self._asked for name in asked[place])
        return [self._vocabulary[name] for name in ordered if name in names - wider]

    def _studied(self, condition: Concept) -> int:
        """How many references are on what texts ask about a condition."""
        treatments = {
            name for rows, columns in self._asked if condition.id in rows for name in columns
        }
        keys = frozenset().union(*map(self._studies.keys_of, treatments))
        return len(keys & self._studies.keys_of(condition.id))

    def _parts(
        self, candidates: list[Concept], side: str, within: frozenset[str]
    ) -> dict[Concept, None]:
        """The broadest of some concepts, but where one is nearly everything those under it."""
        ids = {concept.id for concept in candidates}

        def parts(concept: Concept) -> Iterator[Concept]:
            keys = self._keys(side, concept) & within
            narrower = [one for one in candidates if concept.id in one.broader]
            covered = frozenset().union(*(self._keys(side, c) & within for c in narrower))
            if len(keys) > WIDE * len(within) and len(covered) >= COVERED * len(keys):
                for one in narrower:
                    yield from parts(one)
            else:
                yield concept

        roots = [c for c in candidates if not ids.intersection(c.broader)]
        return dict.fromkeys(part for root in roots for part in parts(root))
