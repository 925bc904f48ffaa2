"""What two records are to each other: one work, perhaps one work, related, or nothing.

Merging two works into one removes evidence in silence, so it takes a proof: an identifier that
both give, or the same title word for word with the same pages, and nothing that contradicts
(type, authors, year, journal, volume, another identifier). What is likely and not proved is
*doubtful*: both records stay, and a person decides. Two publications of one study (preprint
and article, abstract and article, protocol and results, a review and its update) are
*related*.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from rapidfuzz.fuzz import ratio

from references.matching.journals import may_be_same_journal
from references.matching.numbers import same_issue, same_pages
from references.matching.people import shares_authors
from references.matching.titles import likeness_of_words
from references.matching.traits import Traits

SAME = "same"
DOUBTFUL = "doubtful"
#: What two records are to each other. "same" may be merged, nothing else.
KINDS = (
    SAME,
    DOUBTFUL,  # perhaps the same: a person has to look
    "preprint",  # a preprint and the article it became
    "conference-abstract",  # a meeting abstract and the article
    "registration",  # the entry of a trial in a register, and its publication
    "protocol",  # a protocol and its results
    "update",  # a review or guideline and a later version of it
    "notice",  # a correction, retraction or reply, and what it is about
    "other-type",  # a thesis, report, book, data set or patent, and what has the same title
    "copublication",  # the same text published in two places
    "companion",  # nearly the same title in another place: parts, two populations
)

#: How near two titles are. The same but for typography; the same without a subtitle; alike
#: but for a word or a slip; near enough to look at when everything else agrees.
EXACT, CUT, ALIKE, NEAR, OTHER = 4, 3, 2, 1, 0
_ALIKE, _NEAR = 0.9, 0.8  # likeness of the letters, from 0 to 1
_FAR = 50  # of 100: titles whose letters agree in less, as they are written, are not alike
_SURE = 10  # letters at an end of a title that must agree for it to be the other, shortened
_TELLING = 4  # words of a title; shorter ones ("Editorial", "Vulvodynia") many works share
_PROOF = 2  # of authors, year, journal and volume, that must agree beside title and pages

_PLACE = ("journal", "volume", "number", "pages")
_IDENTIFIERS = frozenset({"doi", "pmid", "pmcid", "registration"})
#: Databases call one work by these in turn: proceedings and book series are journals to some.
_PAPERS = frozenset({"article", "conference paper", "chapter"})
_VERSION = re.compile(r"[/.]v\d{1,2}$|(?<=\d)v\d{1,2}$")  # of a preprint, in its DOI


@dataclass(frozen=True, slots=True)
class Pair:
    """Two records and what they are to each other: one of `KINDS`.

    `agree` and `differ` name what both records give: "title", "authors", "pages", "doi"...
    """

    key_a: str
    key_b: str
    kind: str
    agree: tuple[str, ...]
    differ: tuple[str, ...]

    @property
    def why(self) -> str:
        """In words: "title, authors, year agree; pages differ"."""
        given = {*self.agree, *self.differ}
        parts = [_listed(self.agree, "agree")] if self.agree else []
        parts += [_listed(self.differ, "differ")] if self.differ else []
        if not given & {"pages", "isbn", *_IDENTIFIERS}:
            parts.append("no identifier and no pages that both give")
        return "; ".join(parts)

    def as_dict(self) -> dict[str, Any]:
        """JSON-ready."""
        return {
            "a": self.key_a,
            "b": self.key_b,
            "kind": self.kind,
            "agree": list(self.agree),
            "differ": list(self.differ),
        }


def _listed(names: tuple[str, ...], verb: str) -> str:
    """Fields and a verb: "title, year agree", but "title agrees"."""
    one = len(names) == 1 and names[0] not in ("authors", "pages")
    return f"{', '.join(names)} {verb}{'s' if one else ''}"


# ---- field by field -------------------------------------------------------------------


def _is_cut(a: str, b: str) -> bool:
    """True when one title is nearly the beginning or the end of the other."""
    begins, ends = a[:_SURE] == b[:_SURE], a[-_SURE:] == b[-_SURE:]
    if not (begins or ends):
        return False
    short, long = sorted((a, b), key=len)
    size = len(short)
    return size >= 25 and (
        (begins and ratio(short, long[:size]) >= 97) or (ends and ratio(short, long[-size:]) >= 97)
    )


def _titles(a: Traits, b: Traits) -> int | None:
    """How near two titles are; None when one is missing."""
    if not a.wording or not b.wording:
        return None
    if a.wording == b.wording:
        return EXACT
    if a.wording in b.beginnings or b.wording in a.beginnings:
        return CUT
    # Letters that have little in common are not worth the sorting of their words
    alike = likeness_of_words(a.title, b.title) if ratio(a.title, b.title) >= _FAR else 0.0
    if alike >= _ALIKE or _is_cut(a.title, b.title):
        return ALIKE
    return NEAR if alike >= _NEAR else OTHER


#: Fields that agree in more than one spelling.
_SAME = {"journal": may_be_same_journal, "pages": same_pages, "number": same_issue}


def _years_apart(a: Traits, b: Traits) -> int:
    return abs(a.year - b.year) if a.year and b.year else 0


def _fields(a: Traits, b: Traits) -> dict[str, bool]:
    """Whether they agree, for each field that both records give.

    A year that differs by one is left out: the article was online before it was printed.
    """
    agree = {name: value == b.ids[name] for name, value in a.ids.items() if name in b.ids}
    if not agree.get("isbn", True):
        del agree["isbn"]  # a paperback has an ISBN of its own
    if a.authors and b.authors:
        agree["authors"] = shares_authors(a.authors, b.authors)
    if a.year and b.year and _years_apart(a, b) != 1:
        agree["year"] = a.year == b.year
    for name, is_same in _SAME.items():
        mine, other = getattr(a, name), getattr(b, name)
        if mine and other:
            agree[name] = mine == other or is_same(mine, other)
    if a.volume and b.volume:
        agree["volume"] = a.volume == b.volume
    return agree


# ---- what they are --------------------------------------------------------------------


def _other_form(a: Traits, b: Traits, identified: bool) -> bool:
    """True for a thesis and an article, a book and a chapter, a data set and an article.

    An identifier settles whether a report is an article of a series.
    """
    forms = {a.form, b.form}
    return (
        len(forms) == 2
        and "" not in forms
        and not forms <= (_PAPERS | {"report"} if identified else _PAPERS)
    )


def _versions(a: Traits, b: Traits) -> bool:
    """True for two versions of one Cochrane review, or of one preprint."""
    dois = a.ids.get("doi", ""), b.ids.get("doi", "")
    if a.cochrane and a.cochrane == b.cochrane:
        return dois[0] != dois[1] if all(dois) else _years_apart(a, b) > 1
    return dois[0] != dois[1] and _VERSION.sub("", dois[0]) == _VERSION.sub("", dois[1])


def _relation(a: Traits, b: Traits) -> str:
    """What relates two records whose titles and authors are alike, if something does."""
    for kind, differs in (
        ("update", _versions(a, b)),
        ("notice", a.is_notice != b.is_notice),
        ("preprint", a.is_preprint != b.is_preprint),
        ("registration", ("registration" in a.ids) != ("registration" in b.ids)),
        ("protocol", a.is_protocol != b.is_protocol),
        ("conference-abstract", a.is_abstract != b.is_abstract),
        ("update", a.is_update != b.is_update and a.year != b.year),
        ("other-type", _other_form(a, b, identified=False)),
    ):
        if differs:
            return kind
    return ""


def _is_generic(a: Traits, b: Traits) -> bool:
    return min(len(a.words), len(b.words)) < _TELLING


def _same_place(fields: Mapping[str, bool]) -> bool:
    """True when volume and pages agree, and the journal as far as it is known."""
    return bool(fields.get("pages") and fields.get("volume")) and fields.get("journal", True)


def _is_proved(a: Traits, b: Traits, title: int, fields: Mapping[str, bool]) -> bool:
    """True when title and pages show that two records are one work, and nothing contradicts.

    A title without its subtitle is not the same title: then all that names a place must agree,
    the last page too, for a reply may begin on the page of what it answers. What many works
    are called ("Vulvodynia", "Letter to the editor") needs its authors.
    """
    if not fields.get("pages") or not all(fields.values()):
        return False
    if _years_apart(a, b) == 1 and not (fields.get("volume") and fields.get("journal")):
        return False
    support = sum(name in fields for name in ("authors", "year", "journal", "volume"))
    if title == CUT:
        is_range = "-" in a.pages and "-" in b.pages
        named = {"authors", "year", "volume"} <= fields.keys()
        return is_range and named and a.numbers == b.numbers
    if _is_generic(a, b) or a.is_notice:
        return title == EXACT and "authors" in fields and support > _PROOF
    return title == EXACT and support >= _PROOF


def _with_identifier(a: Traits, b: Traits, title: int | None, fields: Mapping[str, bool]) -> str:
    """What two records with an identifier in common are.

    One DOI may stand for a supplement of abstracts, and identifiers are copied wrongly: the
    title must be the same, or the place when the number is one that only a work has.
    """
    if fields.get("registration"):
        return SAME  # a register has two titles for one entry, the brief and the official
    alike = title is None or title >= ALIKE
    if a.is_notice != b.is_notice:
        return "notice" if alike else ""
    differ = {name for name, agrees in fields.items() if not agrees}
    is_published = bool(a.volume) != bool(b.volume)
    if (
        differ.intersection(_IDENTIFIERS)
        or _other_form(a, b, identified=True)
        or (a.is_preprint != b.is_preprint and is_published)
    ):
        return DOUBTFUL if alike or fields.get("authors") else ""
    if title is None:
        return DOUBTFUL if differ else SAME
    is_part = title == CUT and a.numbers != b.numbers and not fields.get("pages")
    if title in (EXACT, CUT) and not is_part:
        doubts = {"authors", "pages"} if _is_generic(a, b) else {"authors"}
        return DOUBTFUL if differ & doubts else SAME
    is_listed = fields.get("pmid") or fields.get("pmcid")
    if is_listed and fields.get("pages") and not differ & {"authors", "volume"}:
        return SAME
    if title == OTHER and ("pages" in differ or not fields.get("authors")):
        return ""  # two abstracts of one supplement
    return DOUBTFUL


def _without_identifier(a: Traits, b: Traits, title: int, fields: Mapping[str, bool]) -> str:
    """What two records without an identifier in common are."""
    place, authors = _same_place(fields), fields.get("authors")
    relation = _relation(a, b)
    if relation == "update" and a.cochrane and a.cochrane == b.cochrane:
        return relation  # by whatever authors, under whatever title
    recognised = title == EXACT if authors is None else authors and title >= ALIKE
    numbered = a.numbers == b.numbers or title in (EXACT, CUT)
    stands = relation in ("notice", "update") or not (place and title == EXACT)
    if relation and recognised and numbered and stands:
        return relation
    if any(fields.get(name) is False for name in _IDENTIFIERS):
        return _with_other_identifiers(a, b, title, fields)
    if _is_proved(a, b, title, fields) and not _other_form(a, b, identified=False):
        return SAME
    return _perhaps(a, b, title, fields)


def _with_other_identifiers(a: Traits, b: Traits, title: int, fields: Mapping[str, bool]) -> str:
    """What two records are whose identifiers differ: never one, however alike."""
    if title >= CUT and _same_place(fields):
        return DOUBTFUL
    if title == EXACT and fields.get("authors") and not _is_generic(a, b):
        return "copublication" if _years_apart(a, b) < 2 else "update"
    return ""


def _perhaps(a: Traits, b: Traits, title: int, fields: Mapping[str, bool]) -> str:
    """What two records are that nothing proves to be one work."""
    authors = fields.get("authors")
    if _same_place(fields) and (title >= NEAR or authors):
        return DOUBTFUL
    if authors is False or title < NEAR:
        return ""
    if title == NEAR:
        return "companion" if authors and fields.get("year") and fields.get("journal") else ""
    elsewhere = {name for name in _PLACE if fields.get(name) is False}
    if title == EXACT and not elsewhere >= {"volume", "pages"}:
        supported = fields.get("year") or fields.get("journal")
        return DOUBTFUL if authors or (supported and not _is_generic(a, b)) else ""
    if not authors:
        return ""
    if title == EXACT and _years_apart(a, b) > 1:
        return "update"
    if title == EXACT and "journal" in elsewhere:
        return "copublication"
    if a.numbers != b.numbers or elsewhere:
        is_near = "journal" not in elsewhere and _years_apart(a, b) < 2
        return "companion" if is_near else ""
    return DOUBTFUL


def _shares_place_or_review(a: Traits, b: Traits) -> bool:
    """True for one place, or two versions of a review, whatever the titles are."""
    return bool(a.cochrane and a.cochrane == b.cochrane) or bool(
        a.volume and a.page and (a.volume, a.page) == (b.volume, b.page)
    )


def compare(a: Traits, b: Traits) -> Pair | None:
    """What two records are to each other; None when nothing joins them."""
    is_identified = not a.ids.items().isdisjoint(b.ids.items())
    title = _titles(a, b)
    if not (title or is_identified or _shares_place_or_review(a, b)):
        return None
    fields = _fields(a, b)
    if is_identified:
        kind = _with_identifier(a, b, title, fields)
    else:
        kind = _without_identifier(a, b, title or OTHER, fields)
    if not kind:
        return None
    named = {"title": title >= CUT} if title is not None else {}
    fields = {**named, **fields}
    return Pair(
        a.key,
        b.key,
        kind,
        tuple(name for name, agrees in fields.items() if agrees),
        tuple(name for name, agrees in fields.items() if not agrees),
    )
