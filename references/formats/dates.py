"""Dates of publication in any form, of which month and day may be missing."""

from __future__ import annotations

import re
from typing import NamedTuple

from references.formats.latex import decode
from references.formats.markup import plain
from references.normalise import whole_number, year_of
from references.record import Reference

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_FRENCH_MONTHS = ("janv", "fev", "mars", "avr", "mai", "juin", "juil", "aout", "sept")


class PartialDate(NamedTuple):
    """A date as far as it is known; a day is known only with its month."""

    year: int | None = None
    month: int | None = None
    day: int | None = None

    @property
    def iso(self) -> str:
        """ "2013-04-18", "2013-04", "2013" or ""."""
        return "-".join(f"{part:02d}" for part in self if part)


def checked(year: int | None, month: int | None = None, day: int | None = None) -> PartialDate:
    """A date without the parts that cannot be true."""
    if year is not None and not 1500 <= year <= 2100:
        year = None
    if month is not None and not 1 <= month <= 12:
        return PartialDate(year)
    return PartialDate(year, month, day if day is not None and 1 <= day <= 31 else None)


def date_of(value: str) -> PartialDate:
    """The date of "2013/04/18", "2013 Apr 18", "20130418", "2013-04", "JAN-FEB"."""
    text = plain(value)
    if compact := re.fullmatch(r"(\d{4})(\d\d)(\d\d)", text):
        return checked(*(int(part) for part in compact.groups()))
    year = year_of(text)
    rest = text.replace(str(year), " ", 1) if year else text
    if word := re.search(r"[^\W\d_]{3,}", rest):
        month = _month_of(word.group())
        day = re.search(r"(?<!\d)([0-3]?\d)(?!\d)", rest)
        return checked(year, month, int(day.group(1)) if day and month else None)
    numbers = [int(part) for part in re.findall(r"(?<!\d)\d{1,2}(?!\d)", rest)]
    return checked(year, *numbers[:2])


def _month_of(word: str) -> int | None:
    """The number of a month by its English or French name, which may be shortened."""
    start = word[:4].lower().replace("û", "u").replace("é", "e")
    for number, name in enumerate(_MONTHS, 1):
        if start.startswith(name):
            return number
    for number, name in enumerate(_FRENCH_MONTHS, 1):
        if start.startswith(name) or name.startswith(start):
            return number
    return None


def issued(reference: Reference) -> PartialDate:
    """The date of publication, as far as the record says."""
    year = reference.year
    if year is None:
        return PartialDate()
    whole = reference.as_read.get("date", "")
    if year_of(whole) == year and "/" not in whole:
        return PartialDate(year, *date_of(whole)[1:])
    named = plain(decode(reference.extra.get("month", "")))
    if not named:
        return PartialDate(year)
    number = whole_number(named)
    month = date_of(f"{year} {named}").month if number is None else checked(year, number).month
    day = reference.extra.get("day", "").strip("{}").strip()
    return checked(year, month, whole_number(day) if month else None)
