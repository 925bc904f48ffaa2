"""Pain figures of studies that can honestly stand on one axis, and those that cannot.

A figure is drawn when its record says all of it: that it is pain on a scale from 0 to 10, and
either the pain before and after with a spread, or the change within a named group with its
interval; or a difference between groups with its unit, its interval and whom it favours
(`differences`). Nothing is converted, guessed or pooled.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from references.record import Finding, Reference
from webapp.pages.differences import PainDifference, difference_of, number_of

#: Scales that run from 0 to 10 by their definition, or that say so.
_SCALE = re.compile(r"\bNRS(?:-11)?\b|\bNPRS\b|\bVNRS\b|\bNRPS\b|\b0\s*[-\u2013]\s*10\b(?!0)")
_OUT_OF_TEN = re.compile(r"(?<=\d)\s*/\s*10\b")
_PAIN = re.compile(r"pain|\bNRS|\bNPRS|\bVNRS|\bVAS|\bNRPS", re.I)
_NUMBER = r"[-\u2212]?\d+(?:\.\d+)?"
_TO = r"(?:\s*(?:to|,|;|[-\u2013])\s*)"
_INTERVAL = rf"({_NUMBER}){_TO}({_NUMBER})"
_POINT = re.compile(
    rf"""^\s*(?P<mean>{_NUMBER})
    (?:\s*±\s*(?P<sd>\d+(?:\.\d+)?)
      |\s*[(\[]\s*(?:(?P<kind>95\s?%\s?CI|IQR|range)\s*:?\s*)?
        (?P<low>{_NUMBER}){_TO}(?P<high>{_NUMBER})\s*(?:;[^)\]]*)?[)\]])?
    (?:\s*\([^)]*\))?
    (?:\s*,?\s*[Pp]\s?[<=>].*)?\s*$""",
    re.X,
)
_RANGES = re.compile(rf"^\s*{_INTERVAL}\s*->\s*{_INTERVAL}\s*$")
_ARM = re.compile(
    rf"^\s*(?P<arm>[A-Za-z][A-Za-z +-]*?)\s+(?P<mean>{_NUMBER})\s*"
    rf"\(\s*95\s?%\s?CI\s+{_INTERVAL}\s*\)\s*$"
)
#: What makes a finding a figure of pain at all, drawn or not.
_CANDIDATE = re.compile(rf"{_NUMBER}[^;,]*->|±|\bCI\b|\bIQR\b|\[")
_NOT_A_SCORE = re.compile(
    r"\b(?:SMD|NNT|OR|RR|HR|ratio|Hedges|Cohen)\b|\b[gd] =|%\s*red|surviv|thresh|"
    r"pain[- ]free|degrees|indication",
    re.I,
)


@dataclass(frozen=True)
class Point:
    """A value with its spread; `kind` is "" where none was printed.

    A range that was printed without a middle has no value.
    """

    value: float | None
    low: float | None = None
    high: float | None = None
    kind: str = ""


@dataclass(frozen=True)
class PainFigure:
    """One finding: drawn as `points` (before first) or as a change, or not, and why not."""

    reference: Reference
    finding: Finding
    kind: Literal["levels", "change", "difference", "not-drawn"]
    points: tuple[Point, ...] = ()
    arm: str = ""
    why: str = ""  # a key of `NOT_DRAWN`
    difference: PainDifference | None = None


@dataclass(frozen=True)
class Forest:
    """The pain figures of some references, by how they can be shown."""

    levels: tuple[PainFigure, ...] = ()
    changes: tuple[PainFigure, ...] = ()
    differences: tuple[PainFigure, ...] = ()
    others: tuple[PainFigure, ...] = ()

    @property
    def is_drawn(self) -> bool:
        """True when at least one figure can be drawn."""
        return bool(self.levels or self.changes or self.differences)


def _point(text: str, kind_before: str) -> Point | None:
    """One value of a chain; an unlabelled interval has the kind named earlier in the chain."""
    match = _POINT.match(_OUT_OF_TEN.sub("", text))
    if match is None:
        return None
    value = number_of(match["mean"])
    if match["sd"]:
        spread = float(match["sd"])
        return Point(value, value - spread, value + spread, "±")
    if match["low"]:
        kind = re.sub(r"95\s?%\s?CI", "95 % CI", match["kind"] or kind_before)
        if not kind:
            return None
        low, high = number_of(match["low"]), number_of(match["high"])
        return Point(value, low, high, kind) if low <= value <= high else None
    return Point(value)


def _levels(value: str) -> tuple[Point, ...]:
    """The points of "before -> after, later", or nothing when any part is not plain."""
    if match := _RANGES.match(value):
        low, high, low2, high2 = (number_of(n) for n in match.groups())
        return (
            Point(None, low, high, "range"),
            Point(None, low2, high2, "range"),
        )
    before, arrow, after = value.partition("->")
    if not arrow:
        return ()
    points: list[Point] = []
    kind = ""
    for part in [before, *re.split(r"->|,(?![^(\[]*[)\]])|;(?![^(\[]*[)\]])", after)]:
        point = _point(part, kind)
        if point is None:
            return ()
        kind = point.kind or kind
        points.append(point)
    return tuple(points)


def _is_out_of_range(points: Iterable[Point]) -> bool:
    return any(p.value is not None and not 0 <= p.value <= 10 for p in points)


def figures_of(reference: Reference) -> list[PainFigure]:
    """The pain figures of a reference, drawn or not."""
    figures = []
    for finding in reference.findings:
        if difference := difference_of(reference, finding):
            point = Point(difference.value, difference.low, difference.high, "interval")
            figures.append(
                PainFigure(reference, finding, "difference", (point,), difference=difference)
            )
            continue
        words = f"{finding.outcome} {finding.value}"
        if (
            not _PAIN.search(finding.outcome)
            or not _CANDIDATE.search(finding.value)
            or _NOT_A_SCORE.search(words)
        ):
            continue
        figures.append(_figure(reference, finding))
    return figures


def _figure(reference: Reference, finding: Finding) -> PainFigure:
    value, outcome = finding.value, finding.outcome

    def not_drawn(why: str) -> PainFigure:
        return PainFigure(reference, finding, "not-drawn", why=why)

    if not (_SCALE.search(outcome) or _OUT_OF_TEN.search(value)):
        return not_drawn("scale")
    if "difference" in outcome or "difference" in value:
        return not_drawn("difference")
    if "change" in outcome:
        arms = [_ARM.match(part) for part in value.split(";")]
        if arms and all(arms):
            # Several groups of one study are rows of their own; `arm_figures` splits them.
            return PainFigure(reference, finding, "change")
        return not_drawn("groups")
    if " vs " in value:
        return not_drawn("groups")
    points = _levels(value)
    if len(points) < 2:
        return not_drawn("shape")
    if _is_out_of_range(points):
        return not_drawn("scale")
    if not any(point.kind for point in points):
        return not_drawn("interval")
    return PainFigure(reference, finding, "levels", points)


def _arms(figure: PainFigure) -> list[PainFigure]:
    """A change of several named groups as one figure for each."""
    figures = []
    for part in figure.finding.value.split(";"):
        match = _ARM.match(part)
        if match is None:
            continue
        low, high = number_of(match[3]), number_of(match[4])
        point = Point(number_of(match["mean"]), low, high, "95 % CI")
        figures.append(
            PainFigure(figure.reference, figure.finding, "change", (point,), match["arm"].strip())
        )
    return figures


def forest(references: Iterable[Reference]) -> Forest:
    """The pain figures of references, in their order."""
    levels: list[PainFigure] = []
    changes: list[PainFigure] = []
    differences: list[PainFigure] = []
    others: list[PainFigure] = []
    for reference in references:
        for figure in figures_of(reference):
            if figure.kind == "levels":
                levels.append(figure)
            elif figure.kind == "change":
                changes += _arms(figure)
            elif figure.kind == "difference":
                differences.append(figure)
            else:
                others.append(figure)
    return Forest(tuple(levels), tuple(changes), tuple(differences), tuple(others))
