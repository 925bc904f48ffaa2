"""Pain figures beside claims and indications: a plot of what can be drawn, all as a table.

`/texts/<id>/claims/<claim>/figures.csv` and `/indications/<concept>/figures.csv` give the data.
"""

from __future__ import annotations

import csv
import io

from flask import Blueprint, Flask, Response

from webapp.pages.evidence_map import table
from webapp.pages.indications import concept_or_404
from webapp.pages.painfigures import Forest, PainFigure, Point, forest
from webapp.pages.texts import claim_or_404, evidence_of, readable_or_404
from webapp.site import site
from webapp.wording.phrases import lazy_gettext as _

blueprint = Blueprint("figures", __name__)

#: Why a figure of pain is not drawn.
NOT_DRAWN = {
    "scale": _("the record does not say that the scale runs from 0 to 10"),
    "difference": _("a difference between groups: its sign does not say which one it favours"),
    "groups": _("the groups are not named"),
    "interval": _("no interval or range is given"),
    "shape": _("more than pain is in the figure"),
}
LEVELS = (0.0, 10.0)
CHANGES = (-10.0, 2.0)


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


def _csv(found: Forest) -> str:
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(
        [
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
    )

    def start(figure: PainFigure) -> list[str]:
        finding = figure.finding
        return [
            figure.reference.key,
            finding.outcome,
            finding.timepoint,
            finding.value,
            figure.kind,
        ]

    for figure in (*found.levels, *found.changes):
        for position, point in enumerate(figure.points):
            numbers = [point.value, point.low, point.high]
            writer.writerow(
                [
                    *start(figure),
                    figure.arm,
                    position,
                    *("" if n is None else f"{n:g}" for n in numbers),
                    point.kind,
                    "",
                ]
            )
    for figure in found.others:
        writer.writerow([*start(figure), "", "", "", "", "", "", figure.why])
    return out.getvalue()


@blueprint.get("/texts/<text_id>/claims/<claim_id>/figures.csv")
def of_claim(text_id: str, claim_id: str) -> Response:
    """The pain figures of the studies linked to a claim."""
    claim = claim_or_404(readable_or_404(text_id), claim_id)
    found = forest(reference for _link, reference in evidence_of(claim) if reference)
    return table(_csv(found), f"{claim.id}-figures")


@blueprint.get("/indications/<concept_id>/figures.csv")
def of_concept(concept_id: str) -> Response:
    """The pain figures of the studies of a concept."""
    concept = concept_or_404(concept_id)
    if isinstance(concept, Response):
        return concept
    return table(_csv(forest(site().studies.of(concept.id))), f"{concept.id}-figures")  # type: ignore[union-attr]


def install(app: Flask) -> None:
    """Give the templates the figures."""
    app.jinja_env.globals.update(
        forest=forest,
        NOT_DRAWN=NOT_DRAWN,
        LEVELS_AXIS=LEVELS,
        CHANGES_AXIS=CHANGES,
        place=place,
        span=span,
    )
