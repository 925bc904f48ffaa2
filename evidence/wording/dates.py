"""Dates, times and numbers in the manner of a language.

Two languages need two lists of months; the data of all languages (Babel) weighs 36 MB.
"""

from __future__ import annotations

from datetime import UTC, date, datetime

_MONTHS = {
    "en": "January February March April May June July August September October November December",
    "fr": "janvier février mars avril mai juin juillet août septembre octobre novembre décembre",
}


def day(value: date | None, language: str) -> str:
    """A date in words: "24 novembre 2026", "24 November 2026"; "" for none."""
    if value is None:
        return ""
    return f"{value.day} {_MONTHS[language].split()[value.month - 1]} {value.year}"


def moment(value: datetime, language: str) -> str:
    """A time in UTC, with its date: "24 November 2026, 14:05"; one without a zone is in UTC."""
    in_utc = value.astimezone(UTC) if value.tzinfo else value
    return f"{day(in_utc.date(), language)}, {in_utc:%H:%M}"


def number(value: float, language: str) -> str:
    """A number with its thousands set apart: "12,345.5", "12\u202f345,5"."""
    written = f"{value:,.3f}".rstrip("0").rstrip(".") if isinstance(value, float) else f"{value:,}"
    if language == "fr":
        written = written.replace(",", "\u202f").replace(".", ",")
    return written
