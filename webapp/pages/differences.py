"""Differences of pain between groups: read as printed, with the side that the record names.

The sign of a difference says nothing by itself. A record that says whom the result favours turns
it, so that less than zero is less pain with the treatment; one that shows no difference is turned
as another result of the same outcome, else left as printed and marked so.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from references.record import Finding, Reference

#: Units by what a record calls them: those on one axis mean the same.
_UNITS = (
    ("smd", re.compile(r"\bSMD\b|Cohen|Hedges", re.I)),
    ("0-100", re.compile(r"0\s*[-\u2013]\s*100\b")),
    ("0-10", re.compile(r"0\s*[-\u2013]\s*10\b(?!0)|\bV?NRS\b|\bNPRS\b|VAS, cm")),
    ("unstated", re.compile(r"^W?MD$")),
)
UNITS = ("0-10", "0-100", "unstated", "smd")
#: When the pain was: after an operation or an injury, or lasting.
COURSES = ("acute", "chronic", "")

_SIDES = ("intervention", "comparator", "neither")
_PAIN = re.compile(r"pain|\bNRS|\bNPRS|\bVNRS|\bVAS", re.I)
_NO_DIFFERENCE = re.compile(r"reduction|relief|indication|prevalen|surviv|thresh|muscle", re.I)
_NUMBER = r"[-\u2212+]?\d+(?:\.\d+)?"
_INTERVAL = re.compile(rf"({_NUMBER})\s*(?:to|,|;|\u2013|-)\s*({_NUMBER})\s*$")
_NAMED = re.compile(rf"(?:difference|\b[SW]?MD|\b[dg]\s*=)\s*(?:of\s*)?=?\s*({_NUMBER})", re.I)
_FIRST = re.compile(rf"(?<![\w.])({_NUMBER})")


@dataclass(frozen=True, slots=True)
class PainDifference:
    """A difference between groups; below zero is less pain with the treatment.

    `turned` is False where the record does not tell which sign favours which side.
    """

    unit: str
    value: float
    low: float
    high: float
    turned: bool = True

    @property
    def crosses_zero(self) -> bool:
        """True when the interval holds "no difference"."""
        return self.low <= 0 <= self.high


def number_of(text: str) -> float:
    """A printed number; a minus sign may be a typographer's."""
    return float(text.replace("\u2212", "-"))


def _printed(finding: Finding) -> PainDifference | None:
    """A difference as its record prints it, not turned yet."""
    unit = next((name for name, words in _UNITS if words.search(finding.unit)), None)
    interval = _INTERVAL.search(finding.interval)
    named = _NAMED.search(finding.value) or _FIRST.search(finding.value)
    if unit is None or interval is None or named is None:
        return None
    value, low, high = (number_of(n) for n in (named[1], interval[1], interval[2]))
    if not low <= value <= high:
        return None
    return PainDifference(unit, value, low, high, turned=False)


def _is_difference(finding: Finding) -> bool:
    return (
        finding.favours in _SIDES
        and bool(_PAIN.search(finding.outcome))
        and not _NO_DIFFERENCE.search(finding.outcome)
        and "change from baseline" not in finding.unit
    )


def _sign(finding: Finding, printed: PainDifference) -> int:
    """1 where less than zero favours the treatment, -1 where more does, 0 where nothing tells."""
    wanted = {"intervention": -1, "comparator": 1}.get(finding.favours)
    if wanted is None or printed.value == 0:
        return 0
    return 1 if (printed.value < 0) == (wanted < 0) else -1


def difference_of(reference: Reference, finding: Finding) -> PainDifference | None:
    """The difference between groups that a finding of pain prints, on the side it favours."""
    printed = _printed(finding) if _is_difference(finding) else None
    if printed is None:
        return None
    sign = _sign(finding, printed) or _sign_of_others(reference, finding)
    if sign >= 0:
        return PainDifference(printed.unit, printed.value, printed.low, printed.high, bool(sign))
    return PainDifference(printed.unit, -printed.value, -printed.high, -printed.low)


def _sign_of_others(reference: Reference, finding: Finding) -> int:
    """What the sign means in other results of the same outcome."""
    for other in reference.findings:
        if other.outcome == finding.outcome and _is_difference(other):
            printed = _printed(other)
            if printed and (sign := _sign(other, printed)):
                return sign
    return 0
