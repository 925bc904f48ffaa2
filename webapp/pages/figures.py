"""Pain figures beside claims and indications: a plot of what can be drawn, all as a table.

`/texts/<id>/claims/<claim>/figures.csv` and `/indications/<concept>/figures.csv` give the data.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from flask import Blueprint, Flask, Response

from evidence.wording.results import Said
from references.record import Reference
from webapp.exports.downloads import csv_table
from webapp.lookups import claim_or_404, concept_or_404, readable_or_404
from webapp.pages.painfigures import Forest, PainFigure, Point, forest
from webapp.pages.texts import evidence_of
from webapp.site import site
from webapp.wording.gettext import lazy_gettext as _
from webapp.wording.language import chosen_language
from webapp.wording.words import concept_label

blueprint = Blueprint("figures", __name__)

#: Why a figure of pain is not drawn.
NOT_DRAWN = {
    "scale": _("the record does not say that the scale runs from 0 to 10"),
    "difference": _("a difference between groups: its sign does not say which one it favours"),
    "groups": _("the groups are not named"),
    "interval": _("no interval or range is given"),
    "shape": _("more than pain is in the figure"),
}
#: What is printed beside a figure, by the name that `painfigures` gives it.
SPREADS = {"95 % CI": _("95 % CI"), "IQR": _("interquartile range"), "range": _("range")}
LEVELS = (0.0, 10.0)
CHANGES = (-10.0, 2.0)


def _arm_name(arm: str) -> Said:
    """A group of a study: as the vocabulary names it, else in the words of the record."""
    concept = site().kb.vocabulary.resolve(arm)
    return Said(concept_label(concept.id), chosen_language()) if concept else Said(arm, "en")


def place(value: float, axis: tuple[float, float]) -> str:
    """Where a value stands on an axis, in per cent; what lies outside stands at its end."""
    low, high = axis
    inside = min(max(value, low), high)
    return f"{100 * (inside - low) / (high - low):.2f}%"


def span(point: Point, axis: tuple[float, float]) -> tuple[str, str] | None:
    """The ends of a spread on an axis, or None without one."""
    if point.low is None or point.high is None:
        return None
    return place(point.low, axis), place(point.high, axis)


_HEADER = [
    "reference",
    "outcome",
    "time",
    "as_printed",
    "shown_as",
    "group",
    "position",
    "value",
    "low",
    "high",
    "spread",
    "why_not_drawn",
]


def _rows(plots: Forest) -> Iterator[tuple[object, ...]]:
    """A row a point that is drawn, then a row a figure that is not."""

    def start(figure: PainFigure) -> tuple[str, ...]:
        finding = figure.finding
        what = (finding.outcome, finding.timepoint, finding.value)
        return figure.reference.key, *what, figure.kind

    for figure in (*plots.levels, *plots.changes):
        for position, point in enumerate(figure.points):
            numbers = ("" if n is None else f"{n:g}" for n in (point.value, point.low, point.high))
            yield *start(figure), figure.arm, position, *numbers, point.kind, ""
    for figure in plots.others:
        yield *start(figure), "", "", "", "", "", "", figure.why


def _figures(references: Iterable[Reference], name: str) -> Response:
    return csv_table(_HEADER, _rows(forest(references)), f"{name}-figures")


@blueprint.get("/texts/<text_id>/claims/<claim_id>/figures.csv")
def of_claim(text_id: str, claim_id: str) -> Response:
    """The pain figures of the studies linked to a claim."""
    claim = claim_or_404(readable_or_404(text_id), claim_id)
    return _figures((reference for _link, reference in evidence_of(claim) if reference), claim.id)


@blueprint.get("/indications/<concept_id>/figures.csv")
def of_concept(concept_id: str) -> Response:
    """The pain figures of the studies of a concept."""
    concept = concept_or_404(concept_id)
    return _figures(site().studies.of(concept.id), concept.id)


def install(app: Flask) -> None:
    """Give the templates the figures."""
    app.jinja_env.globals.update(
        forest=forest,
        NOT_DRAWN=NOT_DRAWN,
        SPREADS=SPREADS,
        arm_name=_arm_name,
        LEVELS_AXIS=LEVELS,
        CHANGES_AXIS=CHANGES,
        place=place,
        span=span,
    )
