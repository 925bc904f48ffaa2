"""`/map`: what has been studied, indication by design, and when.

A bubble's area is the number of studies; participants are beside it. Its direction is taken
from the links of these studies to claims, and from nothing else: studies that no claim is
linked to have none.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from flask import Blueprint, Response, render_template, request, url_for

from evidence.claims.claim import STANCES
from references.concepts import Concept
from references.normalise import fold
from references.record import DESIGNS, Reference
from webapp.exports.downloads import csv_table
from webapp.http import caching
from webapp.http.error_pages import Missing
from webapp.pages.timeline import Year, years_of
from webapp.site import site, standing
from webapp.wording.gettext import gettext as _
from webapp.wording.language import chosen_language
from webapp.wording.words import STANCES as STANCE_WORDS
from webapp.wording.words import wordings

blueprint = Blueprint("evidencemap", __name__)
caching.declare(blueprint, kept=True)

ROWS = 18  # indications shown at first
RADIUS = 21  # of the largest bubble, in pixels
#: A concept that covers more than this part of the library is shown by its narrower ones.
WIDE = 1 / 3

DIRECTIONS = wordings("direction", in_sentence=True)


@dataclass(frozen=True)
class Cell:
    """The studies of one design in one indication."""

    design: str
    references: tuple[Reference, ...]
    participants: int  # of the studies that state them
    unknown: int  # studies that do not
    stances: dict[str, int]  # studies by stance; one study may have several
    direction: str
    radius: float

    @property
    def studies(self) -> int:
        """How many studies."""
        return len(self.references)

    @property
    def linked(self) -> str:
        """The stances in words, for those who do not see the mark."""
        return ", ".join(
            f"{count} {STANCE_WORDS[stance].name}"
            for stance, count in self.stances.items()
            if count
        )


@dataclass(frozen=True)
class MapRow:
    """One indication: its studies of each design, None where there is none."""

    concept: Concept
    depth: int
    total: int
    narrower: int  # how many narrower indications have studies
    cells: tuple[Cell | None, ...]


@dataclass(frozen=True)
class Map:
    """The designs that occur, in order, and the indications."""

    designs: tuple[str, ...]
    rows: tuple[MapRow, ...]
    left_out: int


def direction_of(references: Sequence[Reference]) -> tuple[str, dict[str, int]]:
    """What linked studies say of the claims they are linked to, and how many say which.

    Background links say nothing; without another link the direction is "not-rated".
    """
    uses_of = standing().uses_of
    counts: Counter[str] = Counter()
    for reference in references:
        counts.update({link.stance for _text, _claim, link in uses_of(reference.key)})
    telling = [s for s in STANCES if s != "background" and counts[s]]
    direction = telling[0] if len(telling) == 1 else "mixed" if telling else "not-rated"
    return direction, {stance: counts[stance] for stance in STANCES}


def _children(concept_id: str) -> list[Concept]:
    return [c for c in site().studies.studied("indication") if concept_id in c.broader]


def _by_count(concepts: list[Concept]) -> list[Concept]:
    count, language = site().studies.count, chosen_language()
    return sorted(concepts, key=lambda c: (-count(c.id), fold(c.label[language])))


def _concepts(under: Concept | None) -> list[tuple[Concept, int]]:
    """The indications of the map with their depth, most studied first."""
    if under:
        return [(under, 0), *((c, 1) for c in _by_count(_children(under.id)))]
    studied = site().studies.studied("indication")
    ids = {concept.id for concept in studied}
    rows: list[tuple[Concept, int]] = []
    for root in _by_count([c for c in studied if not ids.intersection(c.broader)]):
        children = _children(root.id)
        if children and site().studies.count(root.id) > WIDE * len(site().kb.library):
            rows += [(child, 0) for child in _by_count(children)]
        else:
            rows.append((root, 0))
    return sorted(rows, key=lambda pair: -site().studies.count(pair[0].id))


def _wide() -> list[Concept]:
    """The concepts that the whole map leaves out, since they cover nearly all of it."""
    enough = WIDE * len(site().kb.library)
    return [
        c
        for c in site().studies.studied("indication")
        if not any(b in site().kb.vocabulary for b in c.broader)
        and site().studies.count(c.id) > enough
        and _children(c.id)
    ]


def _stamp() -> str:
    """What a map follows from: the library, and the claims its references are linked to."""
    return f"{site().fingerprint}-{standing().stamp}"


@lru_cache(maxsize=64)
def _map(stamp: str, language: str, under: str, everything: bool) -> Map:
    studies = site().studies
    concepts = _concepts(site().kb.vocabulary.get(under) if under else None)
    drawn = concepts
    if not everything and len(concepts) > ROWS:
        largest = sorted(concepts, key=lambda pair: -studies.count(pair[0].id))[:ROWS]
        drawn = [pair for pair in concepts if pair in largest]
    groups = [(concept, depth, _by_design(studies.of(concept.id))) for concept, depth in drawn]
    designs = tuple(d for d in (*DESIGNS, "") if any(d in group for _c, _d, group in groups))
    top = max((len(refs) for _c, _d, group in groups for refs in group.values()), default=1)
    rows = tuple(
        MapRow(
            concept,
            depth,
            studies.count(concept.id),
            len(_children(concept.id)),
            tuple(_cell(d, group[d], top) if d in group else None for d in designs),
        )
        for concept, depth, group in groups
    )
    return Map(designs, rows, len(concepts) - len(drawn))


def column_of(design: str) -> str:
    """The column of a design: a meta-analysis stands with the systematic reviews.

    A search for a design finds the narrower ones too; so does the bubble that leads to it.
    """
    vocabulary = site().kb.vocabulary
    wider = [d for d in vocabulary.broader(design) if d in DESIGNS] if design in vocabulary else []
    return wider[-1] if wider else design


def _by_design(references: list[Reference]) -> dict[str, list[Reference]]:
    group: dict[str, list[Reference]] = {}
    for reference in references:
        group.setdefault(column_of(reference.study.design), []).append(reference)
    return group


def _cell(design: str, references: list[Reference], top: int) -> Cell:
    known = [r.study.participants for r in references if r.study.participants is not None]
    direction, stances = direction_of(references)
    return Cell(
        design,
        tuple(references),
        sum(known),
        len(references) - len(known),
        stances,
        direction,
        round(max(3.5, RADIUS * math.sqrt(len(references) / top)), 1),
    )


def _asked() -> Concept | None:
    under = request.args.get("under", "")
    if not under:
        return None
    concept = site().kb.vocabulary.get(under)
    if concept is None or concept.facet != "indication":
        raise Missing(
            _("The vocabulary has no indication “%(id)s”.", id=under[:80]),
            [(_("Evidence map"), url_for("evidencemap.evidence_map"))],
        )
    return concept


@blueprint.get("/map")
def evidence_map() -> str:
    """The map; `under` shows one indication and those narrower, `rows=all` every row."""
    under = _asked()
    everything = request.args.get("rows") == "all"
    within = site().studies.of(under.id) if under else list(site().kb.library.values())
    return render_template(
        "map.html",
        under=under,
        map=_map(_stamp(), chosen_language(), under.id if under else "", everything),
        everything=everything,
        wide=[] if under else _wide(),
        directions=DIRECTIONS,
        included={d: column_of(d) for d in DESIGNS if column_of(d) != d},
        years=_years(within),
        undated=sum(1 for r in within if not r.year),
    )


@blueprint.get("/map.csv")
def evidence_map_csv() -> Response:
    """The figures of the whole map as a table, one line a bubble."""
    under = _asked()
    studied = ["indication", "label", "design", "studies", "participants", "studies_without_number"]
    language = chosen_language()
    rows = (
        (
            row.concept.id,
            row.concept.label[language],
            cell.design,
            cell.studies,
            cell.participants,
            cell.unknown,
            *cell.stances.values(),
            cell.direction,
            " ".join(reference.key for reference in cell.references),
        )
        for row in _map(_stamp(), language, under.id if under else "", True).rows
        for cell in row.cells
        if cell
    )
    return csv_table([*studied, *STANCES, "direction", "references"], rows, "map")


@blueprint.get("/map/years.csv")
def years_csv() -> Response:
    """The figures of the timeline as a table."""
    under = _asked()
    within = site().studies.of(under.id) if under else list(site().kb.library.values())
    rows = ((year.year, year.references, year.strong) for year in _years(within))
    return csv_table(("year", "references", "level_1_or_2"), rows, "years")


def _years(references: Iterable[Reference]) -> tuple[Year, ...]:
    return years_of(references, lambda reference: site().studies.level(reference).number)
