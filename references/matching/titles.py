"""Titles: the same one, nearly the same one, the title of a notice.

Two titles are the same when only typography, spelling or a left-out subtitle sets them apart.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable

from rapidfuzz import fuzz

from references.normalise import comparable_words, joined_words
from references.notices import CONCERN, CORRECTION, RETRACTION

# ---- what is put before or behind the title of a work -----------------------------------

_OF_NOTICE = re.compile(
    r"^\W*(?:(?P<retraction>(?:article |paper |chapter |editorial |statement of |notice of )?"
    r"retract(?:ed|ion)(?: article| chapter| paper| note| notice)?"
    r"|withdrawn|withdrawal(?: notice)?|(?-i:REMOVED|TEMPORARY REMOVAL)"
    r"|(?:article )?r[ée]tract(?:ation|é|ée))"
    r"|(?P<concern>(?:editorial )?expression of concern)"
    r"|(?P<correction>erratum|errata|corrigend(?:um|a)|correction|author correction"
    r"|publisher correction))\b(?:\s+(?:to|of|for|in|on))?"
    r"(?:\s*[\]):.–—-]+\s*|\s+(?=[“\"«‘]))",
    re.I,
)
_KINDS = {"retraction": RETRACTION, "concern": CONCERN, "correction": CORRECTION}
_NOTICE_END = re.compile(
    r"\s*[\[(]\s*(?:retracted|withdrawn|retraction)[^\])]{0,30}[\])]\s*\.?$", re.I
)
_BRACKETS = re.compile(r"^\[(.*)\]\.?$")
#: What databases write where they have no title.
_NO_TITLE = re.compile(
    r"\W*(?:(?:title )?not available|no title(?: available)?|untitled)?\W*", re.I
)


def notice_of_title(title: str) -> tuple[str, str]:
    """The title without "RETRACTED:" and the like, and the kind of notice these words mean."""
    if match := _OF_NOTICE.match(title):
        rest = title[match.end() :].strip()
        return rest or title, _KINDS.get(match.lastgroup or "", "")
    if match := _NOTICE_END.search(title):
        return title[: match.start()].strip(), RETRACTION
    return title, ""


_OPENS_NOTICE = re.compile(
    r"\W*(?:retraction|notice|statement|erratum|corrig|correction|author correction|"
    r"publisher correction|expression|editorial)",
    re.I,
)


def is_title_of_notice(title: str) -> bool:
    """True for "Retraction: ..." and the like; not for the retracted work ("RETRACTED: ...")."""
    return bool(notice_of_title(title)[1]) and bool(_OPENS_NOTICE.match(title))


def clean_title(title: str) -> str:
    """A title without notice words, square brackets around it, and its last point."""
    title = notice_of_title(title)[0]
    if match := _BRACKETS.match(title.strip()):
        title = match.group(1)
    return re.sub(r"\s*\[[^\]]{0,40}\]\s*$", "", title).strip(" .")


def stated_titles(titles: Iterable[str]) -> list[str]:
    """The titles that are one: "[Not Available]" is none, nor is punctuation without a word."""
    return [
        title
        for title in titles
        if comparable_words(clean_title(title)) and not _NO_TITLE.fullmatch(title)
    ]


# ---- the same ---------------------------------------------------------------------------

_SUBTITLE = re.compile(r"\s*[:.?!–—]\s+|\s+-\s+|\s*[:–—]\s*")
#: They turn a title round and are no words. A minus stands before a number, "at -20 °C".
_TURNING = re.compile(r"[<>≤≥+±♂♀]|(?<!\w)(?<!\d\s)[-−–](?=\d)")


def beginnings(title: str) -> list[str]:
    """The title up to each place where a subtitle may begin."""
    return [title[: match.start()] for match in _SUBTITLE.finditer(title)]


def _heads(title: str) -> set[str]:
    return set(map(joined_words, beginnings(title)))


def same_title(one: str, other: str) -> bool:
    """True when two titles are the same but for typography or a left-out subtitle.

    A subtitle may be missing on either side when at least three words remain.
    """
    one, other = clean_title(one), clean_title(other)
    shorter, longer = sorted((one, other), key=lambda title: len(joined_words(title)))
    short, long = joined_words(shorter), joined_words(longer)
    return bool(short) and (
        short == long or (len(comparable_words(shorter)) >= 3 and short in _heads(longer))
    )


def is_head(title: str, longer: str) -> bool:
    """True when a title of three words or more is what stands before a subtitle of `longer`."""
    head, whole = clean_title(title), clean_title(longer)
    joined = joined_words(head)
    return (
        len(comparable_words(head)) >= 3
        and joined != joined_words(whole)
        and joined in _heads(whole)
    )


def fullest(titles: Collection[str]) -> list[str]:
    """The titles without those that are only the beginning of another one."""
    return [title for title in titles if not any(is_head(title, other) for other in titles)]


def wording(title: str) -> tuple[str, ...]:
    """What two titles have in common when typography alone sets them apart, to the letter.

    Its letters in one word, its numbers, and the characters that turn it round ("<", a minus):
    stricter than `same_title`, for merging two records on the strength of it.
    """
    words = comparable_words(title)
    numbers = re.findall(r"\d+", " ".join(words))
    turning = re.sub("[−–]", "-", "".join(_TURNING.findall(title)))
    return ("".join(words), *numbers, *turning) if words else ()


# ---- alike ------------------------------------------------------------------------------


def likeness_of_words(one: str, other: str) -> float:
    """How alike two texts of comparable words are, from 0 to 1.

    Normalised Indel similarity of the letters (rapidfuzz `ratio`), the words in their order or
    sorted (`token_sort_ratio`), whichever is higher.
    """
    return max(fuzz.ratio(one, other), fuzz.token_sort_ratio(one, other)) / 100


def title_similarity(one: str, other: str) -> float:
    """How alike two titles are, from 0 to 1 (`likeness_of_words`); 0 where one is missing."""
    first, second = (" ".join(comparable_words(clean_title(title))) for title in (one, other))
    return likeness_of_words(first, second) if first and second else 0.0
