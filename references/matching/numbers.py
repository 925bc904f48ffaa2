"""Volume, issue and pages: the same numbers, however they are written."""

from __future__ import annotations

import re

from references.normalise import fold, page_range

_LABEL = re.compile(r"^(?:vol(?:ume)?|no|issue|n°)\.?\s*")
_SUPPLEMENT = re.compile(r"suppl(?:ement)?\.?")
_SPACE = re.compile(r"[\s.]+|(?<!\d)0+(?=\d)")
#: What stands before the number of an article or a page: "e123" is article 123.
_ARTICLE = re.compile(r"^(?:e|article|art\.?|p\.?)\s*0*|^0+")


def number_key(value: str) -> str:
    """A volume or an issue in the form in which two are compared: "Vol. 012 Suppl 1" is 12s1."""
    bare = _SUPPLEMENT.sub("s", _LABEL.sub("", fold(value).strip()))
    return _SPACE.sub("", bare).replace("–", "-")


def same_issue(one: str, other: str) -> bool:
    """False for two issues without a number in common ("3", "4"); "5" is "5-6" or "Suppl 5"."""
    numbers, others = set(re.findall(r"\d+", one)), set(re.findall(r"\d+", other))
    return not numbers or not others or bool(numbers & others)


def same_pages(one: str, other: str) -> bool:
    """True when two page statements agree as far as both go.

    A first page alone agrees with any range that begins there; "e123" is article 123.
    """
    (first, last), (other_first, other_last) = page_range(one), page_range(other)
    if _bare(first) != _bare(other_first):
        return False
    return (
        not last
        or not other_last
        or _bare(last) == _bare(other_last)
        or other_last == other_first
        or last == first
    )


def _bare(page: str) -> str:
    return _ARTICLE.sub("", page)


def first_page_digits(pages: str) -> str:
    """The digits of the first page, for finding records that may share it."""
    return "".join(re.findall(r"\d+", pages)[:1]).lstrip("0")
