"""`/map`: which treatment was studied in which condition, or for which outcome, and when.

The page puts `evidence.evidence_map` into an address: what is filtered, whose questions come
first, which cell is open. An open cell lists its studies in the row below it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import Any

from flask import Blueprint, Response, abort, render_template, request, url_for

from evidence.appraisal.level import OPINION
from evidence.claims.claim import KINDS, Claim
from evidence.claims.text import Text
from evidence.evidence_map import SIZES, Cartographer, Cell, EvidenceMap, MapFilter
from references.concepts import Concept
from references.normalise import whole_number
from references.record import DESIGNS, Reference
from webapp.exports.downloads import csv_table
from webapp.http.error_pages import Missing
from webapp.lookups import text_or_404
from webapp.pages.timeline import Year, years_of
from webapp.site import site, standing
from webapp.wording.gettext import gettext as _
from webapp.wording.language import chosen_language

blueprint = Blueprint("evidencemap", __name__)

MOST = (14, 11)  # rows and interventions shown at first
RADII = (7, 9, 13, 17, 22)  # of a cell by its size, in pixels
CLAIMS = 4  # claims told of an open cell


@dataclass(frozen=True)
class MapAddress:
    """What an address says of a map. Concepts are ids; an empty value says nothing."""

    text: str = ""
    by: str = "condition"
    under: str = ""
    intervention: str = ""
    design: str = ""
    population: str = ""
    since: int | None = None
    until: int | None = None
    rows: str = ""
    cell: str = ""

    @classmethod
    def asked(cls) -> MapAddress:
        """As this address says; 404 for what nothing here is called, 400 for no year."""
        values = {name: request.args.get(name, "").strip() for name in cls.__annotations__}
        return cls(
            text=text_or_404(values["text"]).id if values["text"] else "",
            by="outcome" if values["by"] == "outcome" else "condition",
            under=_concept(values["under"], "indication"),
            intervention=_concept(values["intervention"], "intervention"),
            design=_concept(values["design"], "design"),
            population=_concept(values["population"], "population"),
            since=_year(values["since"]),
            until=_year(values["until"]),
            rows="all" if values["rows"] == "all" else "",
            cell=values["cell"][:200],
        )

    @property
    def filter(self) -> MapFilter:
        """Which references it is of."""
        return MapFilter(
            condition=self.under,
            intervention=self.intervention,
            population=self.population,
            design=self.design,
            years=(self.since, self.until),
        )

    @property
    def is_narrowed(self) -> bool:
        """Whether it is of a part of the library."""
        return self.filter != MapFilter()

    def parameters(self, **changes: str | None) -> dict[str, Any]:
        """The parameters of the address, with changes; what says nothing is left out."""
        values = {**asdict(self), "by": self.by if self.by == "outcome" else "", **changes}
        return {name: value for name, value in values.items() if value}

    def address(self, **changes: str | None) -> str:
        """The address of this map with changes; an open cell is closed unless one is named."""
        return url_for("evidencemap.evidence_map", **self.parameters(**{"cell": None, **changes}))


def _concept(value: str, facet: str) -> str:
    """The id of the concept that an id or a name leads to; "" for nothing."""
    if not value:
        return ""
    concept = site().kb.vocabulary.resolve(value, facet)
    if concept is None:
        raise Missing(
            _("The vocabulary has no concept “%(id)s” of this kind.", id=value[:80]),
            [(_("Evidence map"), url_for("evidencemap.evidence_map"))],
        )
    return concept.id


def _year(value: str) -> int | None:
    return (whole_number(value) or abort(400)) if value else None


@dataclass(frozen=True)
class DrawnMap:
    """The map that an address asks for, and what a page tells beside it."""

    asked: MapAddress

    @cached_property
    def _hand(self) -> Cartographer:
        public = standing().public
        texts = [public[self.asked.text]] if self.asked.text else public.values()
        return Cartographer(site().studies, site().kb.vocabulary, site().kb.library, texts)

    @cached_property
    def map(self) -> EvidenceMap:
        """The rows and interventions shown."""
        return self.whole if self.asked.rows == "all" else self._drawn(MOST)

    @cached_property
    def whole(self) -> EvidenceMap:
        """The map with every row and intervention."""
        return self._drawn(None)

    def _drawn(self, most: tuple[int, int] | None) -> EvidenceMap:
        return self._hand.draw(self.asked.filter, self.asked.by, most)

    @cached_property
    def references(self) -> list[Reference]:
        """What the map is of."""
        library = site().kb.library
        return [library[key] for key in self.asked.filter.of(site().studies, library.values())]

    @property
    def years(self) -> tuple[Year, ...]:
        """The same by year."""
        return years_of(self.references, lambda one: site().studies.level(one).number)

    def groups(self, side: str) -> list[Concept]:
        """What a side may be narrowed to."""
        return self._hand.groups(side)

    @cached_property
    def open(self) -> Cell | None:
        """The cell that the address opens; 404 for one that is not on the map."""
        if not self.asked.cell:
            return None
        cell = self.map.cell(self.asked.cell)
        if cell is None:
            raise Missing(
                _("There is no cell “%(id)s” on this map.", id=self.asked.cell[:80]),
                [(_("Evidence map"), self.asked.address())],
            )
        return cell

    def claims(self, cell: Cell) -> list[tuple[Text, Claim]]:
        """The judged claims about a question, those on what the treatment does first."""
        narrower = site().kb.vocabulary.narrower
        rows, columns = set(narrower(cell.row.id)), set(narrower(cell.column.id))
        found = [
            (text, claim)
            for text, claim in standing().claims()
            if columns.intersection(claim.intervention)
            and rows.intersection(claim.outcome if self.asked.by == "outcome" else claim.population)
        ]
        return sorted(found, key=lambda pair: _FIRST.index(pair[1].kind))

    def near(self, cell: Cell) -> list[Cell]:
        """Where the treatment was studied in something broader, nearest first."""
        vocabulary = site().kb.vocabulary
        within = frozenset(reference.key for reference in self.references)
        wider = (
            self._hand.cell(vocabulary[name], cell.column, self.asked.by, within)
            for name in vocabulary.broader(cell.row.id)
        )
        return [one for one in wider if one.studies]

    def narrower(self, row: Concept) -> int:
        """How many conditions of a row have studies of their own."""
        studied = site().studies.studied("indication")
        return sum(row.id in concept.broader for concept in studied)


#: What a question about a treatment is asked for, first; then the other kinds.
_FIRST = [*("efficacy", "safety", "indication", "durability"), *KINDS]


@blueprint.get("/map")
def evidence_map() -> str:
    """The map; `under` shows one condition and those narrower, `rows=all` all there is."""
    asked = MapAddress.asked()
    drawn = DrawnMap(asked)
    vocabulary = site().kb.vocabulary
    return render_template(
        "map.html",
        asked=asked,
        drawn=drawn,
        map=drawn.map,
        under=vocabulary.get(asked.under),
        text=standing().public[asked.text] if asked.text else None,
        texts=standing().public.values(),
        populations=site().studies.studied("population"),
        sizes=SIZES,
        radii=RADII,
        shown_claims=CLAIMS,
        undated=sum(1 for r in drawn.references if not r.year),
    )


@blueprint.get("/map.csv")
def evidence_map_csv() -> Response:
    """The whole map as a table, one line a question; the questions of texts even when empty."""
    drawn = DrawnMap(MapAddress.asked())
    language = chosen_language()
    rows = (
        (
            row.concept.id,
            row.concept.label[language],
            cell.column.id,
            cell.column.label[language],
            len(cell.studies),
            "" if cell.people is None else cell.people,
            cell.level or "",
            *(cell.designs.get(design, 0) for design in _COUNTED),
            len(cell.others),
            "yes" if cell.is_own else "",
            " ".join(reference.key for reference in (*cell.studies, *cell.others)),
        )
        for row in drawn.whole.rows
        for cell in row.cells
        if cell.is_shown
    )
    side = drawn.asked.by
    head = (side, f"{side}_label", "intervention", "intervention_label", "studies", "participants")
    told = ("best_level", *_COUNTED, "other_publications", "asked_by_a_text", "references")
    return csv_table([*head, *told], rows, "map")


_COUNTED = [design for design in DESIGNS if design not in OPINION]


@blueprint.get("/map/years.csv")
def years_csv() -> Response:
    """The figures of the timeline as a table."""
    years: Iterable[Year] = DrawnMap(MapAddress.asked()).years
    rows = ((year.year, year.references, year.strong) for year in years)
    return csv_table(("year", "references", "level_1_or_2"), rows, "years")
