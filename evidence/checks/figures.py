"""Numbers and intervals as English and French write them: "2,250", "0.49", "2 250", "0,49"."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

#: A space that stands between thousands in French.
_SPACE = "[ \u00a0\u202f\u2009]"
_NUMBER = {
    "en": r"[-−]?(?:\d{1,3}(?:,\d{3})+(?![\d,]*\d)|\d+)(?:\.\d+)?|[-−]?\.\d+",
    "fr": rf"[-−]?(?:\d{{1,3}}(?:{_SPACE}\d{{3}})+(?!\d)|\d+)(?:,\d+)?",
}
#: A number that is not part of a word ("L5", "COVID-19") and whose sign is not a hyphen.
_WHOLE = {
    "en": re.compile(rf"(?<![\w.%)−])(?<![^\W\d]-)(?:{_NUMBER['en']})(?!\w)"),
    "fr": re.compile(
        rf"(?<![\w,%)−])(?<![^\W\d]-)(?:{_NUMBER['fr']})(?!\.\d)(?=e\b|er\b|re\b|\W|$)"
    ),
}
#: What is no result: the probability of chance, how sure an interval is.
_NO_RESULT = re.compile(
    r"\bp\s*[=<>≤≥]\s*[\d.,]+|\b\d[\d.,]*\s*%\s*CI\b|\bIC\s*(?:à|de)?\s*\d[\d.,]*\s*%", re.I
)
#: What stands between the ends of an interval; a comma is part of a French number.
_ENDS = {
    "en": r"\s*%?\s*(?:to|[-–−,;])\s*",
    "fr": r"\s*%?\s*(?:à|et|[-–−;])\s*",
}
_CONFIDENCE = r"(?:\d[\d.,]*\s*%\s*)?(?:C[Rr]?I|IC)\b(?:\s*(?:à|de)?\s*\d[\d.,]*\s*%)?\s*[:,]?\s*"


def _interval(language: str) -> re.Pattern[str]:
    """A figure and the interval in brackets behind it, which says that it is one or ends there."""
    number, ends = _NUMBER[language], _ENDS[language]
    return re.compile(
        rf"(?<![\w.,−])(?<![^\W\d]-)(?P<value>{number})(?P<unit>[^()\[\]\d;]{{0,40}})[(\[]\s*"
        rf"(?:(?P<sure>{_CONFIDENCE})(?P<low>{number}){ends}(?P<high>{number})"
        rf"|(?P<least>{number}){ends}(?P<most>{number})(?=\s*%?\s*[,;)\]]))"
    )


_INTERVAL = {language: _interval(language) for language in _NUMBER}
_RANGE = {
    language: re.compile(rf"\s*({number}){_ENDS[language]}({number})\s*%?\s*")
    for language, number in _NUMBER.items()
}


@dataclass(frozen=True, slots=True)
class Estimate:
    """A figure with its interval."""

    value: float
    low: float
    high: float

    @property
    def is_within(self) -> bool:
        """Whether the figure lies between the ends of its interval."""
        return self.low <= self.value <= self.high


def to_number(written: str, language: str) -> float:
    """The value of a number as a language writes it."""
    plain = re.sub(_SPACE, "", written.replace("−", "-"))
    plain = plain.replace(",", "" if language == "en" else ".")
    return float(plain)


def numbers(text: str, language: str = "en") -> tuple[float, ...]:
    """The numbers of a text, with their signs, in order; those of a range are both positive."""
    return tuple(to_number(one, language) for one in _WHOLE[language].findall(text))


def results(value: str, language: str = "en") -> tuple[float, ...]:
    """The numbers of a figure but for probabilities of chance and levels of confidence."""
    return numbers(_NO_RESULT.sub("", value), language)


def interval(text: str, language: str = "en") -> tuple[float, float] | None:
    """The ends of an interval: "-0.3 to 1.2"; None for anything else."""
    ends = _RANGE[language].fullmatch(text)
    return (to_number(ends[1], language), to_number(ends[2], language)) if ends else None


def estimates(text: str, language: str = "en") -> Iterator[Estimate]:
    """The figures of a text that have an interval behind them: "0.49 (-0.3 to 1.2)".

    Two years are a period and no interval. Without "CI" the figure must stand right before it.
    """
    for found in _INTERVAL[language].finditer(text):
        low, high = found["low"] or found["least"], found["high"] or found["most"]
        ends = to_number(low, language), to_number(high, language)
        is_period = all(1900 <= end <= 2100 and end.is_integer() for end in ends)
        if not is_period and (found["sure"] or found["unit"].strip(" %\u00a0\u202f") == ""):
            yield Estimate(to_number(found["value"], language), *ends)
