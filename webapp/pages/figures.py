"""Pain figures beside claims and indications: a plot of what can be drawn, all as a table.

`/texts/<id>/claims/<claim>/figures.csv` and `/indications/<concept>/figures.csv` give the data,
`figures-<name>.svg` beside them one plot as a picture.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from flask import Blueprint, Flask, Response, abort, render_template, url_for

from evidence.wording.results import Said, result_of
from references.record import Reference
from webapp.exports.downloads import csv_table
from webapp.lookups import claim_or_404, concept_or_404, readable_or_404
from webapp.pages.differences import COURSES, UNITS
from webapp.pages.painfigures import Forest, PainFigure, Point, forest
from webapp.pages.texts import evidence_of
from webapp.site import site
from webapp.wording.display import byline, localised
from webapp.wording.gettext import gettext as _
from webapp.wording.gettext import lazy_gettext, ngettext, number
from webapp.wording.language import chosen_language
from webapp.wording.words import concept_label

blueprint = Blueprint("figures", __name__)

#: Why a figure of pain is not drawn.
NOT_DRAWN = {
    "scale": lazy_gettext("the record does not say that the scale runs from 0 to 10"),
    "difference": lazy_gettext(
        "a difference between groups: the record does not say which one it favours"
    ),
    "groups": lazy_gettext("the groups are not named"),
    "interval": lazy_gettext("no interval or range is given"),
    "shape": lazy_gettext("more than pain is in the figure"),
}
LEVELS = (0.0, 10.0)
CHANGES = (-10.0, 2.0)
_ACUTE = r"\bacute|early|post-?operative|\bhours?\b|\bday [1-7]\b"
_LASTING = r"chronic|persistent|long-term"


@dataclass(frozen=True)
class Drawing:
    """One plot: what it shows, on which axis, row by row.

    `name` is its place in an address; `left` and `right` say what lies on each side of zero.
    """

    name: str
    title: str
    caption: str
    unit: str
    axis: tuple[float, float]
    ticks: tuple[float, ...]
    rows: tuple[PainFigure, ...]
    left: str = ""
    right: str = ""


def drawings(references: Iterable[Reference]) -> list[Drawing]:
    """The plots of some references: differences first, one axis a unit and course."""
    return drawings_of(forest(references))


def drawings_of(found: Forest) -> list[Drawing]:
    """The plots of figures that were read before."""
    plots = list(_differences(found.differences))
    if found.changes:
        plots.append(_changes(found.changes))
    if found.levels:
        plots.append(_levels(found.levels))
    return plots


def course_of(figure: PainFigure) -> str:
    """Whether a figure is of acute or of lasting pain, by its words, else by what was studied."""
    words = f"{figure.finding.outcome} {figure.finding.timepoint}"
    if re.search(_LASTING, words, re.I):
        return "chronic"
    if re.search(_ACUTE, words, re.I):
        return "acute"
    vocabulary, studied = site().kb.vocabulary, set(figure.reference.study.indications)
    chronic = studied.intersection(vocabulary.narrower("chronic-pain"))
    acute = studied.intersection({*vocabulary.narrower("acute-pain"), "postoperative-pain"})
    if bool(chronic) == bool(acute):
        return ""
    return "chronic" if chronic else "acute"


def _differences(figures: tuple[PainFigure, ...]) -> Iterator[Drawing]:
    """Differences between groups: a plot a unit and a course of pain."""
    units = {
        "0-10": _("points of 10"),
        "0-100": _("points of 100"),
        "unstated": _("points of a scale that the record does not state"),
        "smd": _("standard deviations"),
    }
    courses = {
        "acute": _("Acute pain"),
        "chronic": _("Lasting pain"),
        "": _("Pain, acute or lasting: not recorded"),
    }
    for course in COURSES:
        for unit in UNITS:
            rows = tuple(
                figure
                for figure in figures
                if figure.difference
                and figure.difference.unit == unit
                and course_of(figure) == course
            )
            if not rows:
                continue
            axis, ticks = _even_axis(rows)
            yield Drawing(
                name=f"difference-{unit}-{course or 'unsaid'}",
                title=f"{courses[course]}{_(': ')}{_stated(rows, units[unit])}",
                caption=_difference_caption(rows),
                unit=units[unit],
                axis=axis,
                ticks=ticks,
                rows=rows,
                left=_("favours the treatment"),
                right=_("favours the control"),
            )


def _difference_caption(rows: tuple[PainFigure, ...]) -> str:
    caption = _("Difference between groups, each with its interval.")
    if all(row.difference and row.difference.turned for row in rows):
        return caption
    return f"{caption} " + _(
        "Hollow: the record does not say which sign favours which side, so it stands as printed."
    )


def _even_axis(rows: tuple[PainFigure, ...]) -> tuple[tuple[float, float], tuple[float, ...]]:
    """An axis with zero in its middle that holds every interval, and its ticks."""
    furthest = max(abs(end or 0) for row in rows for p in row.points for end in (p.low, p.high))
    unit = 10 ** math.floor(math.log10(furthest)) if furthest else 1
    half = next(step * unit for step in (1, 2, 4, 6, 8, 10) if step * unit >= furthest)
    return (-half, half), tuple(half * part for part in (-1, -0.5, 0, 0.5, 1))


def _stated(rows: tuple[PainFigure, ...], unit: str) -> str:
    """What differences amount to, in a sentence that is the title of their plot."""
    values = [d.value for row in rows if (d := row.difference) and (d.turned or not d.crosses_zero)]
    open_ended = sum(row.difference.crosses_zero for row in rows if row.difference)
    if open_ended == len(rows):
        return ngettext(
            "no difference shown in %(num)s comparison",
            "no difference shown in %(num)s comparisons",
            len(rows),
        )
    least, most = number(abs(max(values))), number(abs(min(values)))
    if min(values) >= 0:
        words = _("no less pain with the treatment")
    elif len(values) == 1:
        words = _("%(most)s %(unit)s less with the treatment", most=most, unit=unit)
    elif max(values) < 0:
        words = _(
            "%(least)s to %(most)s %(unit)s less with the treatment",
            least=least,
            most=most,
            unit=unit,
        )
    else:
        words = _(
            "from %(most)s %(unit)s less to %(least)s more with the treatment",
            least=least,
            most=most,
            unit=unit,
        )
    if open_ended:
        words += _("; ") + ngettext(
            "%(num)s interval of %(all)s includes no difference",
            "%(num)s intervals of %(all)s include no difference",
            open_ended,
            all=len(rows),
        )
    return words


def _changes(rows: tuple[PainFigure, ...]) -> Drawing:
    values = sorted(row.points[0].value or 0 for row in rows)
    return Drawing(
        name="change",
        title=_(
            "Within a group, pain changes by %(first)s to %(last)s points of 10",
            first=number(values[0]),
            last=number(values[-1]),
        ),
        caption=_(
            "Each square is a group of a study with its interval. A change within a group also "
            "holds what would have happened without treatment."
        ),
        unit=_("Change, points of 10"),
        axis=CHANGES,
        ticks=(-10, -8, -6, -4, -2, 0, 2),
        rows=rows,
    )


def _levels(rows: tuple[PainFigure, ...]) -> Drawing:
    def ends(place: int) -> str:
        values = sorted(v for row in rows if (v := row.points[place].value) is not None)
        if not values:
            return _("not stated")
        if values[0] == values[-1]:
            return number(values[0])
        return _("%(low)s to %(high)s", low=number(values[0]), high=number(values[-1]))

    return Drawing(
        name="levels",
        title=_(
            "Without a control group, pain goes from %(before)s to %(after)s points of 10",
            before=ends(0),
            after=ends(-1),
        ),
        caption=_(
            "Pain before (open circle) and after (filled squares), 0 to 10; the bars are what was "
            "printed beside it: ±, interval or range."
        ),
        unit=_("Pain, 0 to 10"),
        axis=LEVELS,
        ticks=(0, 2, 4, 6, 8, 10),
        rows=rows,
    )


def arm_name(arm: str) -> Said:
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


_HEADER = (
    *("reference", "outcome", "time", "as_printed", "shown_as", "group", "position"),
    *("value", "low", "high", "spread", "why_not_drawn", "unit", "course", "favours"),
)


def _rows(plots: Forest) -> Iterator[tuple[object, ...]]:
    """A row a point that is drawn, then a row a figure that is not.

    A difference is written as it is drawn: less than zero is less pain with the treatment.
    """

    def start(figure: PainFigure) -> tuple[str, ...]:
        finding = figure.finding
        what = (finding.outcome, finding.timepoint, finding.value)
        return figure.reference.key, *what, figure.kind

    for figure in (*plots.differences, *plots.levels, *plots.changes):
        unit = figure.difference.unit if figure.difference else "0-10"
        end = ("", unit, course_of(figure), figure.finding.favours)
        for position, point in enumerate(figure.points):
            numbers = ("" if n is None else f"{n:g}" for n in (point.value, point.low, point.high))
            yield *start(figure), figure.arm, position, *numbers, point.kind, *end
    for figure in plots.others:
        yield *start(figure), *("",) * 6, figure.why, "", "", figure.finding.favours


def _of_claim(text_id: str, claim_id: str) -> list[Reference]:
    claim = claim_or_404(readable_or_404(text_id), claim_id)
    return [reference for _link, reference in evidence_of(claim) if reference]


@blueprint.get("/texts/<text_id>/claims/<claim_id>/figures.csv")
def of_claim(text_id: str, claim_id: str) -> Response:
    """The pain figures of the studies linked to a claim."""
    return csv_table(_HEADER, _rows(forest(_of_claim(text_id, claim_id))), f"{claim_id}-figures")


@blueprint.get("/indications/<concept_id>/figures.csv")
def of_concept(concept_id: str) -> Response:
    """The pain figures of the studies of a concept."""
    concept = concept_or_404(concept_id)
    found = forest(site().studies.of(concept.id))
    return csv_table(_HEADER, _rows(found), f"{concept.id}-figures")


def _picture(references: Iterable[Reference], name: str, subject: str, source: str) -> Response:
    drawing = next((one for one in drawings(references) if one.name == name), None)
    if drawing is None:
        abort(404)
    page = render_template("figure.svg", drawing=drawing, subject=subject, source=source)
    return Response(page, content_type="image/svg+xml; charset=utf-8")


@blueprint.get("/texts/<text_id>/claims/<claim_id>/figures-<name>.svg")
def picture_of_claim(text_id: str, claim_id: str, name: str) -> Response:
    """One plot of a claim as a picture that says where it comes from."""
    claim = claim_or_404(readable_or_404(text_id), claim_id)
    source = url_for("texts.claim", text_id=text_id, claim_id=claim_id, _external=True)
    return _picture(_of_claim(text_id, claim_id), name, localised(claim.statement), source)


@blueprint.get("/indications/<concept_id>/figures-<name>.svg")
def picture_of_concept(concept_id: str, name: str) -> Response:
    """One plot of a concept as a picture that says where it comes from."""
    concept = concept_or_404(concept_id)
    source = url_for("indications.concept", concept_id=concept.id, _external=True)
    return _picture(site().studies.of(concept.id), name, concept_label(concept.id), source)


def row_words(figure: PainFigure) -> tuple[str, str, str]:
    """A row of a picture: the study, what it measured and when, and the figure as printed."""
    result = result_of(figure.finding, chosen_language())
    arm = arm_name(figure.arm).text if figure.arm else ""
    who = ", ".join(filter(None, (byline(figure.reference), arm)))
    what = ", ".join(filter(None, (result.outcome.text, result.timepoint.text)))
    if figure.arm:
        point = figure.points[0]
        if point.value is not None and point.low is not None and point.high is not None:
            low, high = number(point.low), number(point.high)
            return who, what, f"{number(point.value)} [{low}; {high}]"
    return who, what, result.figures


def install(app: Flask) -> None:
    """Give the templates the figures."""
    app.jinja_env.globals.update(
        forest=forest,
        drawings_of=drawings_of,
        row_words=row_words,
        NOT_DRAWN=NOT_DRAWN,
        arm_name=arm_name,
        place=place,
        span=span,
    )
