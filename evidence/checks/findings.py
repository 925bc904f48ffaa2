"""The figures of a record: within their interval, told once, with one sign."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import combinations

from evidence.checks.figures import Estimate, estimates, interval, results
from evidence.checks.rule import Fault, of_record, wrong
from evidence.knowledge import KnowledgeBase
from references.normalise import comparable_words
from references.record import Finding, Reference

_ASIDE = re.compile(r"\([^()]*\)")
#: Two numbers, one of them a fraction, are not the same by chance; nor are three.
_TELLING, _TELLING_WITH_FRACTION = 3, 2


def _with_intervals(finding: Finding) -> Iterator[Estimate]:
    """Every figure of a finding that has an interval, in both languages."""
    within = interval(finding.interval)
    figures = results(finding.value)
    if within and len(figures) == 1:
        yield Estimate(figures[0], *within)
    for language, words in (("en", finding), ("fr", finding.french)):
        for text in (words.value, words.text):
            yield from estimates(text, language)


@of_record
def intervals(_kb: KnowledgeBase, reference: Reference) -> Iterator[Fault]:
    """A figure that lies outside its own interval."""
    for finding in reference.findings:
        for estimate in dict.fromkeys(_with_intervals(finding)):
            if not estimate.is_within:
                yield wrong(
                    "finding",
                    "'{outcome}': {value} is not within {low} to {high}; compare with the source",
                    outcome=finding.outcome,
                    value=f"{estimate.value:g}",
                    low=f"{estimate.low:g}",
                    high=f"{estimate.high:g}",
                )


def is_telling(figures: tuple[float, ...]) -> bool:
    """Whether numbers are so particular that two results do not share them by chance."""
    enough = _TELLING_WITH_FRACTION if any(one % 1 for one in figures) else _TELLING
    return len({abs(one) for one in figures}) >= enough


def _same_words(a: str, b: str) -> bool:
    return comparable_words(a) == comparable_words(b)


def _same_time(a: str, b: str) -> bool:
    """Whether two times are one: "4 months (primary)" and "4 months" are."""
    return _same_words(_ASIDE.sub("", a), _ASIDE.sub("", b))


def _shared(a: tuple[float, ...], b: tuple[float, ...]) -> tuple[float, ...]:
    """Where all figures of `a` stand in a row in `b`, whatever their signs: those of `b`."""
    absolute = tuple(map(abs, a))
    rows = (b[start : start + len(a)] for start in range(len(b) - len(a) + 1))
    return next((row for row in rows if tuple(map(abs, row)) == absolute), ())


@of_record
def repeated(_kb: KnowledgeBase, reference: Reference) -> Iterator[Fault]:
    """The same finding twice, under one outcome or two; one that has both signs."""
    for one, other in combinations(reference.findings, 2):
        if not _same_time(one.timepoint, other.timepoint):
            continue
        a, b = sorted((results(one.value), results(other.value)), key=len)
        shared = _shared(a, b)
        same_outcome = _same_words(one.outcome, other.outcome)
        is_same = same_outcome and shared == b and (b or one.text == other.text)
        if not (is_telling(shared) or is_same):
            continue
        if a == shared:
            template = "'{outcome}' and '{other}' have the same figures at the same time; keep one"
        else:
            template = "'{outcome}' and '{other}' have the same figures with another sign; mend one"
        yield wrong("finding", template, outcome=one.outcome, other=other.outcome)
