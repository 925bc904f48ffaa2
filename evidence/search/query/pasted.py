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

from evidence.search.index.name_forms import OPENING, plain_words
from evidence.search.index.statistics import IndexStatistics
from evidence.search.query.nodes import And, Field, Node, Or, Phrase, Range, Words, any_of, mapped
from references.identifiers import unescaped

#: Words of a title from which on it names its work inside a longer text. Shorter ones
#: ("Cryoanalgesia") do so only beside their first author and their year.
LONG_TITLE = 6
LONGEST_NAME = 6  # words of one author's family name, or of a group's

_WORD = re.compile(r"[^\W_]+")
_YEAR = re.compile(r"((?:1[89]|20)\d\d)[a-z]?")
_TITLE_FIELD = re.compile(r"^(?:title|titre|ti): ?", re.IGNORECASE)
#: Without one of these a text names no identifier, and need not be read as a reference.
_HINT = re.compile(r"10\.\d{4}|10%2e|\bpm(?:c\s?)?id\b|\bpmc\d|pubmed", re.IGNORECASE)
_JOINING = frozenset(["and", "et", "und", "y", "with", "avec"])
_OTHERS = frozenset(["al", "coll", "colleagues", "others", "collaborateurs", "collegues"])


class _Byline(NamedTuple):
    """Family names in their order, the years beside them, and whether it can only be a byline."""

    names: list[str]
    years: list[int]
    certain: bool


def named_works(text: str, node: Node, statistics: IndexStatistics) -> tuple[Node, ...]:
    """What a query names, the surest first: each node finds the works of one reading.

    `text` is the tidied query and `node` its tree. A query written in the query language (with
    fields, NOT, OR, stars) or between quotation marks names at most the works whose whole title
    or byline it is, and those whose title it has in its field; words beside a phrase or an
    operator, a work whose title is among them.
    """
    words = plain_words(_TITLE_FIELD.sub("", text)).split()
    titles = list(_titles_in(words, statistics))
    whole = [_work(title) for title in titles if title.size == len(words)]
    readings = [any_of(whole)] if whole else []
    if (entitled := _entitled(node, statistics)) not in (node, *readings):
        readings.append(entitled)
    if begun := _begun(words, statistics):
        readings.append(any_of(begun))
    kinds = _kinds(node)
    if kinds == {Phrase}:
        readings += of_byline(text, statistics)
    if (kinds and Words not in kinds) or not kinds <= _PASTED:
        return tuple(readings)
    if kinds <= {Words, Phrase}:
        readings += [Field("identifier", name) for name in _identifiers_in(text)]
    readings += [_work(title) for title in titles if title.size >= LONG_TITLE]
    if not kinds <= {Words, Phrase}:
        return tuple(readings)
    byline = _byline(text, statistics)
    works = _works_of(byline)
    short = [title for title in titles if title.size < LONG_TITLE]
    if byline.years and works:
        _, by_the_first, _ = works
        readings += [And((_work(title), by_the_first)) for title in short]
    readings += filter(None, (_with_its_journal(words, title) for title in short))
    return (*readings, *works) if kinds == {Words} else tuple(readings)


def _identifiers_in(text: str) -> tuple[str, ...]:
    """The identifiers that a printed reference names among its words, in lower case."""
    if not _HINT.search(text):
        return ()
    from references.formats.printed import parse

    cited = parse(unescaped(text))
    return tuple(name.lower() for name in (cited.doi, cited.pmid, cited.pmcid) if name)


def with_bylines(node: Node, statistics: IndexStatistics) -> Node:
    """The tree with the works beside each phrase that is the byline of some."""

    def changed(leaf: Node) -> Node:
        if not isinstance(leaf, Phrase):
            return leaf
        return Phrase(leaf.text, of_byline(leaf.text, statistics))

    return mapped(node, changed)


def of_byline(text: str, statistics: IndexStatistics) -> tuple[Node, ...]:
    """The works that a phrase names which is a byline and nothing else: "Ilfeld et al. 2023"."""
    words = plain_words(text).split()
    if not words or not (_YEAR.fullmatch(words[-1]) or words[-1] in _OTHERS):
        return ()
    return tuple(_works_of(_byline(text, statistics)))


#: What a pasted text may be read as: capitals hold AND and OR, titles stand between quotation
#: marks.
_PASTED = frozenset({Words, Phrase, And, Or})


def _kinds(node: Node) -> set[type[Node]]:
    """The kinds of nodes a tree is made of, but for identifiers and what joins without a word."""
    match node:
        case And(parts, typed):
            own: set[type[Node]] = {And} if typed else set()
            return own.union(*map(_kinds, parts))
        case Or(parts):
            return {Or}.union(*map(_kinds, parts))
        case Field("identifier", _):
            return set()
    return {type(node)}


# ---- titles ---------------------------------------------------------------------------


class _Title(NamedTuple):
    """The title of a record as it stands in a text: its first word there, and how many."""

    key: str
    start: int
    size: int


def _work(title: _Title) -> Node:
    return Field("identifier", title.key)


def _titles_in(words: list[str], statistics: IndexStatistics) -> Iterator[_Title]:
    """The titles that stand among these words, the longest first."""
    by_key: dict[str, _Title] = {}
    for start in range(len(words)):
        for size in range(1, min(OPENING, len(words) - start) + 1):
            opening = " ".join(words[start : start + size])
            if not statistics.has("opening", opening):
                continue
            for card in statistics.cards("opening", opening):
                title = plain_words(card.title).split()
                if words[start : start + len(title)] == title:
                    by_key[card.key] = _Title(card.key, start, len(title))
    yield from sorted(by_key.values(), key=lambda title: -title.size)


def _begun(words: list[str], statistics: IndexStatistics) -> list[Node]:
    """The works whose title goes on after these words, if they are enough to tell it."""
    if len(words) < LONG_TITLE:
        return []
    cards = statistics.cards("opening", " ".join(words[:OPENING]))
    return [
        Field("identifier", card.key)
        for card in cards
        if plain_words(card.title).startswith(" ".join(words))
    ]


def _entitled(node: Node, statistics: IndexStatistics) -> Node:
    """The tree with works in place of their whole titles in the field of titles."""
    match node:
        case Field("title", text):
            words = plain_words(text).split()
            works = [
                _work(title) for title in _titles_in(words, statistics) if title.size == len(words)
            ]
            return any_of(works) if works else node
        case And(parts, typed):
            return And(tuple(_entitled(part, statistics) for part in parts), typed)
    return node


def _with_its_journal(words: list[str], title: _Title) -> Node | None:
    """A work named by its title, its journal and its year, or by one of them; None when by less.

    Numbers beside them are volume, issue and pages.
    """
    others = words[: title.start] + words[title.start + title.size :]
    years = [int(match[1]) for word in others if (match := _YEAR.fullmatch(word))]
    journal = " ".join(word for word in others if not word.isdigit())
    if not years and not journal:
        return None
    work = _dated(_work(title), years)
    return And((work, Field("journal", journal))) if journal else work


# ---- bylines --------------------------------------------------------------------------


def _byline(text: str, statistics: IndexStatistics) -> _Byline:
    """The names at the beginning of a text, and every year in it."""
    typed = _WORD.findall(text)
    words = [plain_words(word) for word in typed]
    years = [int(match[1]) for word in words if (match := _YEAR.fullmatch(word))]
    at = 0
    while at < len(words) and words[at].isdigit():  # "[12] Ilfeld ...", "2023 Ilfeld"
        at += 1
    if unsigned := _unsigned(words[at:], statistics):
        return _Byline([unsigned], years, certain=True)
    names: list[str] = []
    certain = False
    while at < len(words) and not _YEAR.fullmatch(words[at]):
        if names and words[at] in _OTHERS:
            certain = True
            break
        if size := _name_at(words, at, statistics):
            names.append(" ".join(words[at : at + size]))
            at += size
            continue
        initials = len(typed[at]) <= 3 and typed[at].isupper()
        given = any(statistics.has(name, words[at]) for name in ("author", "initials"))
        if not (initials or given or words[at] in _JOINING):
            break
        certain = certain or (initials and bool(names))
        at += 1
    ends = at == len(words) or bool(_YEAR.fullmatch(words[at]))
    if not names or not (certain or (ends and years)):
        return _Byline([], years, certain=False)
    return _Byline(names, list(dict.fromkeys(years)), certain)


def _name_at(words: list[str], at: int, statistics: IndexStatistics) -> int:
    """How many words the longest name of an author takes that begins here; 0 for none."""
    for size in range(min(LONGEST_NAME, len(words) - at), 0, -1):
        name = " ".join(words[at : at + size])
        if len(name) > 1 and statistics.has("family", name):
            return size
    return 0


def _unsigned(words: list[str], statistics: IndexStatistics) -> str:
    """Who stands for the author where there is none: all words before the year, or nobody."""
    years = [place for place, word in enumerate(words) if _YEAR.fullmatch(word)]
    name = " ".join(words[: years[0]] if years else ())
    return name if name and statistics.has("first", name) else ""


def _dated(node: Node, years: list[int]) -> Node:
    if not years:
        return node
    return And((node, any_of([Range("year", year, year) for year in years])))


def _works_of(byline: _Byline) -> list[Node]:
    """The works of these authors in these years: by the first of them, then by any."""
    if not byline.names:
        return []
    first = Field("first", byline.names[0])
    all_of_them = tuple(Field("family", name) for name in byline.names)
    readings: list[Node] = [And((first, *all_of_them)), first, And(all_of_them)]
    return [_dated(reading, byline.years) for reading in readings]
