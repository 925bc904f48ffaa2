"""The same work twice: identifiers first, then fields weighed together.

Pairs are looked for in blocks of records that share an identifier, a piece of the title or a
place in a journal. A pair is scored by adding points for and against, field by field, in the
manner of Fellegi and Sunter (1969, doi 10.1080/01621459.1969.10501049); the points and the
threshold were chosen on labelled sets (docs/formats.md tells precision and recall). Two
publications of one study (preprint and article, abstract and article, protocol and results, a
review and its update) are *related*, never the same.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, fields, replace
from functools import lru_cache
from typing import Any

from rapidfuzz.fuzz import ratio, token_sort_ratio

from references.formats.kinds import is_preprint
from references.record import Author, Provenance, Reference, Study

#: What two records are to each other. "same" may be merged, nothing else.
SAME = "same"
KINDS = (
    SAME,
    "preprint",  # a preprint and the article it became
    "conference-abstract",  # a meeting abstract and the article
    "protocol",  # a protocol and its results
    "update",  # a review or guideline and a later version of it
    "notice",  # a correction, retraction or reply, and what it is about
    "copublication",  # the same text published in two places
)
THRESHOLD = 6.5  # points from which two records are the same work
_RELATED = 5.0  # points from title and authors from which they are related
_CROWDED = 60  # a block with more records says too little
_NAMES_ENOUGH = 3
_TELLING = 5  # of the longest words of a title, whose pairs make blocks
_SURE = 10  # letters at an end of a title that must agree for it to be the other, shortened
_NUMBERS = ("doi", "pmid", "pmcid")

_PREPRINT_DOI = re.compile(
    r"^10\.(?:1101/(?:\d{6}$|\d{4}\.\d\d\.\d\d)|21203/rs|48550/arxiv|20944/preprints|2139/ssrn|"
    r"31219/osf|31234/osf|26434/chemrxiv|22541/au|36227/techrxiv|64898/)",
    re.I,
)
_PREPRINT_PLACE = re.compile(
    r"\b(?:preprint|medrxiv|biorxiv|arxiv|research square|ssrn|osf preprints|authorea)\b", re.I
)
_NOTICE = re.compile(
    r"^(?:\W*)(?:erratum|errata|corrigend\w+|correction|retract\w+|withdrawn|expression of concern|"
    r"addendum|reply|author'?s?'? (?:reply|response)|response|comments?|letter|re|editorial)"
    r"\b(?:\s*(?:to|on|for|of|by|from)\b|\s*[:.\-–—\[(])|\(vol\.? [^()]*\)\W*$",
    re.I,
)
_PROTOCOL = re.compile(
    r"\bprotocol\b|\bstudy design and rationale\b|\brationale and design\b", re.I
)
_ABSTRACT = re.compile(
    r"^\W*(?:abstract\s*(?:no\.?\s*)?[:#\d]|\(?[A-Z]{0,3}-?\d{1,4}[.:)]\s)|\bmeeting abstract\b|"
    r"\bconference abstract\b",
    re.I,
)
_ABSTRACT_NUMBER = re.compile(r"^\W*abstract\s*(?:no\.?)?\s*[\w-]{1,8}\s*[:.\-–—]\s*", re.I)
_COCHRANE = re.compile(r"^(10\.1002/14651858\.[a-z]{2}\d+)(?:\.pub(\d+))?$", re.I)
_VERSION = re.compile(r"[/.]v\d{1,2}$|(?<=\d)v\d{1,2}$")  # of a preprint, in its DOI
_PART = re.compile(
    r"\b(?:part|volume|chapter|study|trial|phase|grade|type|section)\s+([ivx]+|\d+|[a-d])\b"
)
_EDITION = re.compile(r"\b(?:update|updated|revision|revised)\b")
_WORD = re.compile(r"[^\W_]+")
_SMALL = frozenset(
    {
        *("a", "an", "and", "at", "by", "for", "from", "in", "of", "on", "or", "the", "to", "with"),
        *("de", "des", "du", "et", "la", "le", "les", "und", "der", "die", "das"),
    }
)


def simple(text: str) -> str:
    """Lower case without accents, marks and double spaces; other scripts stay."""
    if text.isascii():
        return " ".join(_WORD.findall(text.lower()))
    folded = unicodedata.normalize("NFKD", text.casefold())
    return " ".join(_WORD.findall("".join(c for c in folded if not unicodedata.combining(c))))


@dataclass(frozen=True, slots=True)
class Pair:
    """Two records that are the same work or related.

    `score` is in points (see the module); `reasons` name the fields that speak for and
    against ("doi same", "pages differ").
    """

    key_a: str
    key_b: str
    kind: str
    score: float
    reasons: tuple[str, ...]

    def as_dict(self) -> dict[str, Any]:
        """JSON-ready."""
        return {"a": self.key_a, "b": self.key_b, "kind": self.kind,
                "score": round(self.score, 2), "reasons": list(self.reasons)}  # fmt: skip


@dataclass(slots=True)
class _Record:
    """What is compared of a reference, prepared once."""

    key: str
    title: str
    sorted_title: str
    words: tuple[str, ...]
    families: tuple[str, ...]
    more: bool
    year: int | None
    volume: str
    number: str
    page: str
    journal: str
    initials: str
    doi: str
    pmid: str
    pmcid: str
    isbn: str
    kind: str
    preprint: bool
    protocol: bool
    abstract: bool
    notice: bool
    numbers: tuple[str, ...] = ()
    updates: bool = False


_PAGE = re.compile(r"^(?:article|art\.?|pp?\.)?\s*([a-z]*)0*(\d.*)$")


def _first_page(pages: str) -> str:
    """The first page, "e1521" or "1271", without leading zeros."""
    first = pages.split("-")[0].split(",")[0].strip().lower()
    match = _PAGE.match(first)
    return match[1] + match[2] if match else ""


def _family(author: Author) -> str:
    """The family name in one word; "" for what can only be an initial."""
    name = simple(author.family or author.literal).replace(" ", "")
    return name if len(name) > 1 or not name.isascii() else ""


def _initials(journal: str) -> str:
    """The first letters of a journal's words: what a title and its abbreviation share."""
    return "".join(word[0] for word in journal.split() if word not in _SMALL)


def _journal(name: str) -> str:
    """A journal's name without its place, subtitle and article."""
    return simple(re.sub(r"\(.*?\)|\[.*?\]|[:=].*", "", name)).removeprefix("the ")


def _prepare(reference: Reference) -> _Record:
    raw = reference.title
    title = simple(_ABSTRACT_NUMBER.sub("", raw))
    if raw.startswith("["):
        title = (
            simple(re.sub(r"^\[[^\]]*(?:not shown|title)[^\]]*\]", "", raw, flags=re.I)) or title
        )
    journal = _journal(reference.journal)
    doi = reference.doi.casefold().strip()
    said = f"{reference.journal} {reference.publisher}"
    pubtype = reference.extra.get("pubtype", "").casefold()
    page = _first_page(reference.pages)
    return _Record(
        key=reference.key,
        title=title,
        sorted_title=" ".join(sorted(title.split())),
        words=tuple(title.split()),
        families=tuple(name for author in reference.authors[:30] if (name := _family(author))),
        more=reference.more_authors,
        year=reference.year,
        volume=simple(reference.volume),
        number=simple(reference.number),
        page=page,
        journal=journal,
        initials=_initials(journal),
        doi=doi,
        pmid=reference.pmid,
        pmcid=reference.pmcid.upper(),
        isbn=reference.isbn,
        kind=reference.type,
        preprint=is_preprint(reference) or bool(_PREPRINT_DOI.match(doi))
        or bool(_PREPRINT_PLACE.search(said)),
        protocol=reference.study.design == "protocol" or bool(_PROTOCOL.search(raw)),
        abstract=bool(_ABSTRACT.search(raw)) or "meeting abstract" in pubtype
        or "conference abstract" in reference.publisher.casefold()
        or reference.type in ("inproceedings", "conference")
        or ("suppl" in f"{reference.number} {reference.volume}".casefold()
            and "-" not in reference.pages),
        notice=bool(_NOTICE.search(raw)) or "retraction of publication" in pubtype
        or "published erratum" in pubtype,
        numbers=tuple(sorted({*re.findall(r"\d+", title), *_PART.findall(title)})),
        updates=bool(_EDITION.search(title)),
    )  # fmt: skip


def _blocks(record: _Record) -> Iterator[str]:
    """What a record shares with another one that may be the same work."""
    if record.doi:
        yield f"doi {record.doi}"
        if match := _COCHRANE.match(record.doi):
            yield f"cochrane {match[1]}"
    if record.pmid:
        yield f"pmid {record.pmid}"
    if record.pmcid:
        yield f"pmcid {record.pmcid}"
    compact = "".join(record.words)
    if compact:
        yield f"start {compact[:28]}"
        yield f"end {compact[-28:]}"
    telling = sorted({w for w in record.words if len(w) > 4}, key=lambda w: (-len(w), w))[:_TELLING]
    for index, first in enumerate(telling):
        for second in telling[index + 1 :]:
            yield f"words {first} {second}"
    if record.page and record.volume:
        yield f"place {record.volume} {record.page} {record.year or ''}"
        yield f"place {record.volume} {record.page} {record.initials[:2]}"
    if record.families and record.year:
        yield f"author {record.families[0]} {record.year} {record.page}"


class _Weigh:
    """Points for and against, with the reasons."""

    def __init__(self) -> None:
        self.points = 0.0
        self.reasons: list[str] = []

    def add(self, points: float, reason: str) -> None:
        self.points += points
        self.reasons.append(reason)


def _likeness(a: _Record, b: _Record) -> float:
    """How alike two titles are, from 0 to 1, whatever the order of their words."""
    if a.title == b.title:
        return 1.0
    as_written: float = ratio(a.title, b.title)
    if as_written < 50:
        return as_written / 100
    return float(max(as_written, ratio(a.sorted_title, b.sorted_title))) / 100


def _is_cut(a: str, b: str) -> bool:
    """True when one title is the other without its subtitle or its beginning."""
    short, long = (a, b) if len(a) <= len(b) else (b, a)
    if len(short) < 25:
        return False
    return (short[:_SURE] == long[:_SURE] and ratio(short, long[: len(short)]) >= 97) or (
        short[-_SURE:] == long[-_SURE:] and ratio(short, long[-len(short) :]) >= 97
    )


def _says_something_else(a: _Record, b: _Record) -> bool:
    """True when each title has a telling word that the other has not even misspelt."""
    mine = [word for word in set(a.words) - set(b.words) if len(word) > 3]
    other = [word for word in set(b.words) - set(a.words) if len(word) > 3]

    def foreign(words: list[str], to: list[str]) -> bool:
        joined = "".join(to)
        return any(
            word not in joined and all(ratio(word, known) < 70 for known in to) for word in words
        )

    return foreign(mine, other) and foreign(other, mine)


def _title_points(a: _Record, b: _Record, weigh: _Weigh) -> float:
    """Points of the titles; returns their likeness from 0 to 1."""
    if not a.title or not b.title:
        return 0.0
    alike = _likeness(a, b)
    telling = min(len(a.words), len(b.words))
    if alike < 0.9 and _is_cut(a.title, b.title):
        weigh.add(3.0, "title shortened")
        return 0.9
    if alike >= 0.97:
        weigh.add(6.0 if telling > 5 else 4.5 if telling > 3 else 2.5, "title same")
    elif alike >= 0.9:
        weigh.add(4.5 if telling > 3 else 1.5, "title alike")
    elif alike >= 0.8:
        weigh.add(2.0, "title alike")
    elif alike >= 0.65:
        weigh.add(-1.0, "title differs")
    else:
        weigh.add(-5.0, "title differs")
    if 0.8 <= alike < 0.97 and _says_something_else(a, b):
        weigh.add(-3.0, "words in the title differ")
    return alike


def _author_points(a: _Record, b: _Record, weigh: _Weigh) -> float:
    """Points of the authors; returns the share of the shorter list found in the longer."""
    if not a.families or not b.families:
        return 0.0
    shorter, longer = sorted((a.families, b.families), key=len)
    names = set(longer)
    found = sum(
        1
        for name in shorter[:8]
        if name in names or any(ratio(name, other) >= 85 for other in longer)
    ) / min(len(shorter), 8)
    first, other_first = a.families[0], b.families[0]
    if first in other_first or other_first in first or ratio(first, other_first) >= 85:
        weigh.add(2.0, "first author same")
    elif found < 0.5:
        weigh.add(-4.0, "authors differ")
        return found
    else:
        weigh.add(-0.5, "first author differs")
    if min(len(shorter), len(longer)) >= _NAMES_ENOUGH:
        if found >= 0.8:
            weigh.add(1.0, "authors same")
        elif found < 0.4:
            weigh.add(-2.0, "authors differ")
    return found


def _same_journal(a: _Record, b: _Record) -> bool | None:
    return _same_journal_name(a.journal, b.journal) if a.journal and b.journal else None


@lru_cache(maxsize=50_000)
def _same_journal_name(first: str, second: str) -> bool:
    if first == second or token_sort_ratio(first, second) >= 88:
        return True
    words, others = first.split(), second.split()
    if _initials(first) and _initials(first) == _initials(second):
        return True
    short, long = sorted((words, others), key=lambda w: len(" ".join(w)))
    position = 0
    for word in short:  # an abbreviation: the beginnings of the words, in order
        while position < len(long) and not long[position].startswith(word[: max(2, len(word) - 1)]):
            position += 1
        if position == len(long):
            return False
        position += 1
    return True


def _detail_points(a: _Record, b: _Record, weigh: _Weigh) -> None:
    if a.year and b.year:
        apart = abs(a.year - b.year)
        if apart == 0:
            weigh.add(1.0, "year same")
        elif apart == 1:
            weigh.add(-0.2, "year differs by one")
        else:
            weigh.add(-2.0 if apart == 2 else -4.0, "year differs")
    journal = _same_journal(a, b)
    if journal is not None:
        weigh.add(*((1.0, "journal same") if journal else (-2.0, "journal differs")))
    if a.volume and b.volume:
        weigh.add(*((1.0, "volume same") if a.volume == b.volume else (-2.0, "volume differs")))
    if a.page and b.page:
        if a.page == b.page:
            weigh.add(2.0, "pages same")
        elif len(a.page) == len(b.page) and a.page[:1].isdigit() == b.page[:1].isdigit():
            weigh.add(-3.0, "pages differ")
        else:
            weigh.add(-1.0, "pages differ")
    if a.number and b.number and a.number != b.number:
        weigh.add(-0.5, "number differs")


def _years_apart(a: _Record, b: _Record) -> int:
    return abs(a.year - b.year) if a.year and b.year else 0


def _relation(a: _Record, b: _Record) -> str:
    """What relates two records whose titles and authors are alike, if something does."""
    cochrane = _COCHRANE.match(a.doi), _COCHRANE.match(b.doi)
    if cochrane[0] and cochrane[1] and cochrane[0][1].lower() == cochrane[1][1].lower():
        return "update" if a.doi != b.doi else ""
    if "cochrane" in a.journal and "cochrane" in b.journal and _years_apart(a, b) > 1:
        return "update"  # a new version keeps the number of the review as its page
    if a.doi != b.doi and _VERSION.sub("", a.doi) == _VERSION.sub("", b.doi):
        return "update"
    if a.notice != b.notice:
        return "notice"
    if a.preprint != b.preprint:
        return "preprint"
    if a.protocol != b.protocol:
        return "protocol"
    if a.abstract != b.abstract:
        return "conference-abstract"
    if a.updates != b.updates and a.year != b.year:
        return "update"
    return ""


def _compare(a: _Record, b: _Record) -> tuple[str, float, tuple[str, ...]] | None:
    """Kind, points and reasons for two records; None when nothing joins them."""
    joined = (
        (a.doi and a.doi == b.doi)
        or (a.pmid and a.pmid == b.pmid)
        or (a.pmcid and a.pmcid == b.pmcid)
    )
    if not joined and _likeness(a, b) < 0.65 and not _is_cut(a.title, b.title):
        return None
    weigh = _Weigh()
    title = _title_points(a, b, weigh)
    authors = _author_points(a, b, weigh)
    core = weigh.points
    _detail_points(a, b, weigh)
    relation = _relation(a, b)
    both = [name for name in _NUMBERS if getattr(a, name) and getattr(b, name)]
    same_ids = [name for name in both if getattr(a, name) == getattr(b, name)]
    other_ids = [name for name in both if name not in same_ids]
    if same_ids:
        # One DOI may stand for a whole supplement of abstracts: something else must agree.
        agrees = title >= 0.6 or not (a.title and b.title) or (authors >= 0.5 and weigh.points > -6)
        if agrees and relation != "notice":
            for name in same_ids:
                weigh.reasons.insert(0, f"{name} same")
            return SAME, max(weigh.points, 0.0) + 10.0, tuple(weigh.reasons)
        if title < 0.6:
            return None
    is_part = "title shortened" in weigh.reasons and (
        set(a.numbers) <= set(b.numbers) or set(b.numbers) <= set(a.numbers)
    )
    if a.numbers != b.numbers and not is_part and not same_ids:
        weigh.add(-4.0, "numbers in the title differ")
        if relation != "notice" and (
            not set(a.numbers) & set(b.numbers) or len(a.numbers) == len(b.numbers)
        ):
            core -= 3.0
    place = "pages same" in weigh.reasons and "volume same" in weigh.reasons
    if (
        relation
        and core >= _RELATED
        and (relation in ("notice", "update") or not (place and title >= 0.9))
    ):
        return relation, core, tuple(weigh.reasons)
    if other_ids and not (place and title >= 0.9):
        for name in other_ids:
            weigh.add(-5.0, f"{name} differs")
        if core >= _RELATED + 2 and a.title == b.title and authors >= 0.5 and len(a.words) > 4:
            apart = abs((a.year or 0) - (b.year or 0)) if a.year and b.year else 0
            return ("copublication" if apart < 2 else "update"), core, tuple(weigh.reasons)
        return None
    if weigh.points >= THRESHOLD and title >= 0.8 and _joined(a, b, weigh.reasons, title):
        return SAME, weigh.points, tuple(weigh.reasons)
    return None


def _joined(a: _Record, b: _Record, reasons: list[str], title: float) -> bool:
    """A title alone is not enough: something beside it must agree."""
    support = {"first author same", "pages same", "year same", "journal same"} & set(reasons)
    if "first author same" in support or "pages same" in support:
        return True
    if "authors differ" in reasons:
        support -= {"year same"}
    return title >= 0.97 and len(a.words) > 5 and len(support) >= 1


class Matcher:
    """Records looked up one by one: the incremental form, for importing.

    A few hundred bytes a record beside the references themselves.
    """

    def __init__(self, references: Iterable[Reference] = ()) -> None:
        self._records: list[_Record] = []
        # The hash of what is shared, to the record or the records: most have but one.
        self._blocks: dict[int, int | list[int]] = {}
        self._last: tuple[Reference, _Record] | None = None
        for reference in references:
            self.add(reference)

    def add(self, reference: Reference) -> None:
        """Make a record known under its key."""
        self._add(self._prepared(reference))

    def _prepared(self, reference: Reference) -> _Record:
        """Prepared once for looking up and adding."""
        if self._last is None or self._last[0] is not reference:
            self._last = (reference, _prepare(reference))
        return self._last[1]

    def _add(self, record: _Record) -> None:
        index = len(self._records)
        self._records.append(record)
        for block in {hash(block) for block in _blocks(record)}:
            there = self._blocks.get(block)
            if there is None:
                self._blocks[block] = index
            elif isinstance(there, list):
                there.append(index)
            else:
                self._blocks[block] = [there, index]

    def matches(self, reference: Reference) -> list[Pair]:
        """The known records that are the same work or related, the surest first."""
        return self._matches(self._prepared(reference))

    def same(self, reference: Reference) -> Pair | None:
        """The known record that is the same work, if there is one."""
        return next((pair for pair in self.matches(reference) if pair.kind == SAME), None)

    def _matches(self, record: _Record) -> list[Pair]:
        candidates: set[int] = set()
        for block in _blocks(record):
            found = self._blocks.get(hash(block))
            if found is None:
                continue
            if isinstance(found, int):
                candidates.add(found)
            elif len(found) <= _CROWDED or block.startswith(("doi", "pmid", "pmcid", "start")):
                candidates.update(found[-5 * _CROWDED :])
        pairs = []
        for index in candidates:
            known = self._records[index]
            if result := _compare(known, record):
                pairs.append(Pair(known.key, record.key, *result))
        pairs.sort(key=lambda pair: (pair.kind != SAME, -pair.score, pair.key_a))
        return pairs


def find_duplicates(references: Iterable[Reference]) -> list[Pair]:
    """All pairs of records that are the same work or related, in the order of the records."""
    matcher = Matcher()
    pairs: list[Pair] = []
    for reference in references:
        record = _prepare(reference)
        pairs += matcher._matches(record)
        matcher._add(record)
    return pairs


# ---- merging --------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Conflict:
    """A field on which two records of one work disagree; the first record's value stands."""

    field: str
    kept: str
    other: str


@dataclass(frozen=True, slots=True)
class Merged:
    """One record made of two, the fields taken from the second, and where they disagree."""

    reference: Reference
    filled: tuple[str, ...]
    conflicts: tuple[Conflict, ...]


_GRAVE = ("retracted", "expression-of-concern", "corrected")
_FILLED = (
    "title", "authors", "year", "journal", "volume", "number", "pages", "doi", "pmid", "pmcid",
    "issn", "isbn", "publisher", "language", "url", "abstract",
)  # fmt: skip
_COMPARED = ("title", "authors", "year", "journal", "volume", "pages", "doi", "pmid", "pmcid")


def _shown(value: Any) -> str:
    if isinstance(value, tuple):
        return "; ".join(author.sort_name for author in value)
    return "" if value is None else str(value)


def _agree(name: str, mine: Any, other: Any) -> bool:
    if name == "authors":
        first = [_family(author) for author in mine]
        second = [_family(author) for author in other]
        count = min(len(first), len(second))
        return all(ratio(x, y) >= 80 for x, y in zip(first[:count], second[:count], strict=True))
    if name == "pages":
        return _first_page(mine) == _first_page(other)
    if name == "doi":
        return bool(mine.casefold() == other.casefold())
    if name == "journal":
        return _same_journal_name(_journal(mine), _journal(other))
    if name == "title":
        first_title, second_title = simple(mine), simple(other)
        return (
            first_title in second_title
            or second_title in first_title
            or ratio(first_title, second_title) >= 95
        )
    return simple(str(mine)) == simple(str(other))


def merge(a: Reference, b: Reference) -> Merged:
    """`a` completed with what `b` knows beside it.

    Nothing that `a` says is overwritten, but for a title in brackets, which stands for one
    that no source showed, and for an author list that "and others" cuts short. Provenance of
    both is kept, in order. Where they disagree is told.
    """
    changes: dict[str, Any] = {}
    filled: list[str] = []
    conflicts: list[Conflict] = []
    for name in _FILLED:
        mine, other = getattr(a, name), getattr(b, name)
        if not other:
            continue
        is_standin = name == "title" and mine.startswith("[") and not other.startswith("[")
        is_cut = (
            name == "authors"
            and a.more_authors
            and len(other) > len(mine)
            and _agree(name, mine, other)
        )
        if not mine or is_standin or is_cut:
            changes[name] = other
            filled.append(name)
        elif name in _COMPARED and not _agree(name, mine, other):
            conflicts.append(Conflict(name, _shown(mine), _shown(other)))
    if "authors" in filled:
        changes["more_authors"] = b.more_authors
    study = {
        entry.name: getattr(b.study, entry.name)
        for entry in fields(Study)
        if not getattr(a.study, entry.name) and getattr(b.study, entry.name)
    }
    if study:
        changes["study"] = replace(a.study, **study)
        filled += study
    provenance = _both_provenances(a, b)
    if provenance != a.provenance:
        changes["provenance"] = provenance
        filled.append("provenance")
    for name in ("keywords", "findings"):
        added = tuple(item for item in getattr(b, name) if item not in getattr(a, name))
        if added:
            changes[name] = (*getattr(a, name), *added)
            filled.append(name)
    extra = {name: value for name, value in b.extra.items() if name not in a.extra}
    if extra:
        changes["extra"] = {**a.extra, **extra}
        filled += extra
    if b.status in _GRAVE and a.status not in _GRAVE:
        changes["status"] = b.status
        filled.append("status")
    unverified = _still_unverified(a.unverified, filled)
    if unverified != dict(a.unverified):
        changes["unverified"] = unverified
    return Merged(replace(a, **changes), tuple(filled), tuple(conflicts))


def _both_provenances(a: Reference, b: Reference) -> tuple[Provenance, ...]:
    """Sources of both records; what two sources at one address show is put together."""
    found = {source.address: source for source in a.provenance}
    for source in b.provenance:
        known = found.get(source.address)
        if known is None:
            found[source.address] = source
            continue
        seen = known.seen.split(", ")
        new = [part for part in source.seen.split(", ") if part and part not in seen]
        if new:
            found[source.address] = replace(known, seen=", ".join([*filter(None, seen), *new]))
    if len(found) == len(a.provenance) or len({s.address for s in a.provenance}) == len(
        a.provenance
    ):
        return tuple(found.values())
    return (*a.provenance, *(s for s in b.provenance if s not in a.provenance))


def _still_unverified(unverified: Mapping[str, str], filled: list[str]) -> dict[str, str]:
    return {name: value for name, value in unverified.items() if name not in filled}
