"""What people paste to get at one work: its title, its byline, a whole reference.

"Ilfeld et al. 2023", "(Ilfeld, 2023)", an entry of a reference list, a title: each names works
of the library. They are recognised by what the index holds (titles, names of authors, identifiers)
rather than by the form of the text, since forms are many. What is named comes first; what its
words find comes after it, so that a word which happens to be a name hides nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from evidence.search.index.documents import OPENING, plain_words
from evidence.search.query import parse as q
from evidence.search.query.identifiers import identifiers_in
from evidence.search.ranking.statistics import IndexStatistics

#: Words of a title from which on it names its work inside a longer text. Shorter ones
#: ("Cryoanalgesia") do so only beside their first author and their year.
LONG_TITLE = 6
LONGEST_NAME = 6  # words of one author's family name, or of a group's

_WORD = re.compile(r"[^\W_]+")
_YEAR = re.compile(r"((?:1[89]|20)\d\d)[a-z]?")
_TITLE_FIELD = re.compile(r"^(?:title|titre|ti): ?", re.IGNORECASE)
_JOINING = frozenset(["and", "et", "und", "y", "with", "avec"])
_OTHERS = frozenset(["al", "coll", "colleagues", "others", "collaborateurs", "collegues"])


class _Byline(NamedTuple):
    """Family names in their order, the years beside them, and whether it can only be a byline."""

    names: list[str]
    years: list[int]
    certain: bool


def named(text: str, node: q.Node, lookup: IndexStatistics) -> tuple[q.Node, ...]:
    """What a query names, the surest first: each node finds the works of one reading.

    `text` is the tidied query and `node` its tree. A query written in the query language (with
    fields, NOT, OR, stars) or between quotation marks names at most the works whose whole title
    or byline it is, and those whose title it has in its field; words beside a phrase or an
    operator, a work whose title is among them.
    """
    words = plain_words(_TITLE_FIELD.sub("", text)).split()
    titles = list(_titles_in(words, lookup))
    whole = [_work(title) for title in titles if title.size == len(words)]
    readings = [_any_of(whole)] if whole else []
    if (entitled := _entitled(node, lookup)) not in (node, *readings):
        readings.append(entitled)
    if begun := _begun(words, lookup):
        readings.append(_any_of(begun))
    kinds = _kinds(node)
    if kinds == {q.Phrase}:
        readings += of_byline(text, lookup)
    if (kinds and q.Words not in kinds) or not kinds <= _PASTED:
        return tuple(readings)
    if kinds <= {q.Words, q.Phrase}:
        readings += [q.Field("identifier", name) for name in identifiers_in(text)]
    readings += [_work(title) for title in titles if title.size >= LONG_TITLE]
    if not kinds <= {q.Words, q.Phrase}:
        return tuple(readings)
    byline = _byline(text, lookup)
    works = _works_of(byline)
    short = [title for title in titles if title.size < LONG_TITLE]
    if byline.years and works:
        _, by_the_first, _ = works
        readings += [q.And((_work(title), by_the_first)) for title in short]
    readings += filter(None, (_with_its_journal(words, title) for title in short))
    return (*readings, *works) if kinds == {q.Words} else tuple(readings)


def of_byline(text: str, lookup: IndexStatistics) -> tuple[q.Node, ...]:
    """The works that a phrase names which is a byline and nothing else: "Ilfeld et al. 2023"."""
    words = plain_words(text).split()
    if not words or not (_YEAR.fullmatch(words[-1]) or words[-1] in _OTHERS):
        return ()
    return tuple(_works_of(_byline(text, lookup)))


#: What a pasted text may be read as: capitals hold AND and OR, titles stand between quotation
#: marks.
_PASTED = frozenset({q.Words, q.Phrase, q.And, q.Or})


def _kinds(node: q.Node) -> set[type[q.Node]]:
    """The kinds of nodes a tree is made of, but for identifiers and what joins without a word."""
    match node:
        case q.And(parts, typed):
            own: set[type[q.Node]] = {q.And} if typed else set()
            return own.union(*map(_kinds, parts))
        case q.Or(parts):
            return {q.Or}.union(*map(_kinds, parts))
        case q.Field("identifier", _):
            return set()
    return {type(node)}


def _any_of(nodes: list[q.Node]) -> q.Node:
    return nodes[0] if len(nodes) == 1 else q.Or(tuple(nodes))


# ---- titles ---------------------------------------------------------------------------


class _Title(NamedTuple):
    """The title of a record as it stands in a text: its first word there, and how many."""

    key: str
    start: int
    size: int


def _work(title: _Title) -> q.Node:
    return q.Field("identifier", title.key)


def _titles_in(words: list[str], lookup: IndexStatistics) -> Iterator[_Title]:
    """The titles that stand among these words, the longest first."""
    found: dict[str, _Title] = {}
    for start in range(len(words)):
        for size in range(1, min(OPENING, len(words) - start) + 1):
            opening = " ".join(words[start : start + size])
            if not lookup.has("opening", opening):
                continue
            for number in lookup.exact("opening", opening)[0].tolist():
                card = lookup.card(number)
                title = plain_words(card.title).split()
                if words[start : start + len(title)] == title:
                    key = card.key
                    found[key] = _Title(key, start, len(title))
    yield from sorted(found.values(), key=lambda title: -title.size)


def _begun(words: list[str], lookup: IndexStatistics) -> list[q.Node]:
    """The works whose title goes on after these words, if they are enough to tell it."""
    if len(words) < LONG_TITLE:
        return []
    cards = map(lookup.card, lookup.exact("opening", " ".join(words[:OPENING]))[0].tolist())
    return [
        q.Field("identifier", card.key)
        for card in cards
        if plain_words(card.title).startswith(" ".join(words))
    ]


def _entitled(node: q.Node, lookup: IndexStatistics) -> q.Node:
    """The tree with works in place of their whole titles in the field of titles."""
    match node:
        case q.Field("title", text):
            words = plain_words(text).split()
            works = [
                _work(title) for title in _titles_in(words, lookup) if title.size == len(words)
            ]
            return _any_of(works) if works else node
        case q.And(parts, typed):
            return q.And(tuple(_entitled(part, lookup) for part in parts), typed)
    return node


def _with_its_journal(words: list[str], title: _Title) -> q.Node | None:
    """A work named by its title, its journal and its year, or by one of them; None when by less.

    Numbers beside them are volume, issue and pages.
    """
    others = words[: title.start] + words[title.start + title.size :]
    years = [int(match[1]) for word in others if (match := _YEAR.fullmatch(word))]
    journal = " ".join(word for word in others if not word.isdigit())
    if not years and not journal:
        return None
    work = _dated(_work(title), years)
    return q.And((work, q.Field("journal", journal))) if journal else work


# ---- bylines --------------------------------------------------------------------------


def _byline(text: str, lookup: IndexStatistics) -> _Byline:
    """The names at the beginning of a text, and every year in it."""
    typed = _WORD.findall(text)
    words = [plain_words(word) for word in typed]
    years = [int(match[1]) for word in words if (match := _YEAR.fullmatch(word))]
    at = 0
    while at < len(words) and words[at].isdigit():  # "[12] Ilfeld ...", "2023 Ilfeld"
        at += 1
    if unsigned := _unsigned(words[at:], lookup):
        return _Byline([unsigned], years, certain=True)
    names: list[str] = []
    certain = False
    while at < len(words) and not _YEAR.fullmatch(words[at]):
        if names and words[at] in _OTHERS:
            certain = True
            break
        if size := _name_at(words, at, lookup):
            names.append(" ".join(words[at : at + size]))
            at += size
            continue
        initials = len(typed[at]) <= 3 and typed[at].isupper()
        given = any(lookup.has(name, words[at]) for name in ("author", "initials"))
        if not (initials or given or words[at] in _JOINING):
            break
        certain = certain or (initials and bool(names))
        at += 1
    ends = at == len(words) or bool(_YEAR.fullmatch(words[at]))
    if not names or not (certain or (ends and years)):
        return _Byline([], years, certain=False)
    return _Byline(names, list(dict.fromkeys(years)), certain)


def _name_at(words: list[str], at: int, lookup: IndexStatistics) -> int:
    """How many words the longest name of an author takes that begins here; 0 for none."""
    for size in range(min(LONGEST_NAME, len(words) - at), 0, -1):
        name = " ".join(words[at : at + size])
        if len(name) > 1 and lookup.has("family", name):
            return size
    return 0


def _unsigned(words: list[str], lookup: IndexStatistics) -> str:
    """Who stands for the author where there is none: all words before the year, or nobody."""
    years = [place for place, word in enumerate(words) if _YEAR.fullmatch(word)]
    name = " ".join(words[: years[0]] if years else ())
    return name if name and lookup.has("first", name) else ""


def _dated(node: q.Node, years: list[int]) -> q.Node:
    if not years:
        return node
    return q.And((node, _any_of([q.Range("year", year, year) for year in years])))


def _works_of(byline: _Byline) -> list[q.Node]:
    """The works of these authors in these years: by the first of them, then by any."""
    if not byline.names:
        return []
    first = q.Field("first", byline.names[0])
    all_of_them = tuple(q.Field("family", name) for name in byline.names)
    readings: list[q.Node] = [q.And((first, *all_of_them)), first, q.And(all_of_them)]
    return [_dated(reading, byline.years) for reading in readings]
