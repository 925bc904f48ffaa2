"""Dates and numbers as the Unicode CLDR writes them in French and in British English."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone

import pytest

from evidence.wording import dates


@pytest.mark.parametrize(
    ("day", "french", "english"),
    [
        (date(2026, 1, 1), "1 janvier 2026", "1 January 2026"),
        (date(2026, 8, 31), "31 août 2026", "31 August 2026"),
        (date(1999, 12, 24), "24 décembre 1999", "24 December 1999"),
        (None, "", ""),
    ],
)
def test_a_day(day: date | None, french: str, english: str) -> None:
    assert (dates.day(day, "fr"), dates.day(day, "en")) == (french, english)


def test_a_moment_is_told_in_utc() -> None:
    in_lima = datetime(2026, 11, 24, 23, 5, tzinfo=timezone(timedelta(hours=-5)))
    assert dates.moment(in_lima, "fr") == "25 novembre 2026, 04:05"
    assert dates.moment(in_lima.astimezone(UTC), "en") == "25 November 2026, 04:05"


@pytest.mark.parametrize(
    ("value", "french", "english"),
    [
        (0, "0", "0"),
        (-1234, "-1\u202f234", "-1,234"),
        (12345678, "12\u202f345\u202f678", "12,345,678"),
        (0.5, "0,5", "0.5"),
        (1234.25, "1\u202f234,25", "1,234.25"),
        (100.0, "100", "100"),
    ],
)
def test_a_number(value: float, french: str, english: str) -> None:
    assert (dates.number(value, "fr"), dates.number(value, "en")) == (french, english)
