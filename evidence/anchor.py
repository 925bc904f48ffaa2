"""Find the passages that claims are about, in a page that may have changed.

A page is read as a row of *tokens* whose form does not depend on typography: case, accents,
ligatures, quotes, apostrophes, hyphens, soft hyphens, kinds of space, bullets and end
punctuation leave no trace in them, while words, figures, decimal signs, ranges, minus signs
and signs such as % or < do. Two passages with the same tokens are the same passage.

An anchor is used as the W3C Web Annotation model means a TextQuoteSelector
(https://www.w3.org/TR/annotation-model/#text-quote-selector): looked for exactly first, its
prefix and suffix deciding between several places; then, when the page has changed, fuzzily
with rapidfuzz's partial alignment. Offsets count characters of the page as given.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from functools import cached_property
from typing import Any, Literal
from urllib.parse import quote

from rapidfuzz import fuzz
from rapidfuzz.distance import Indel

from evidence.claim import Anchor, Claim

Status = Literal["found", "moved", "changed", "missing"]

#: Below this similarity a passage counts as missing, not as changed. Measured on the first
#: text (docs/anchors.md): what resembles a removed sentence elsewhere on its page reaches 0.61.
CHANGED_FROM = 0.65
#: A passage from `start` to `end` longer than this many tokens is two coincidences.
LONGEST = 400
#: Neighbouring signs compared with a prefix or suffix never exceed this.
_CONTEXT = 120
#: Up to so many tokens put between two passages of one sentence are seen as put there.
_SEAM = 20
#: What resembles a passage this little must also stand where the passage stood.
_SURE = 0.8

_EXPAND = {"œ": "oe", "æ": "ae", "ß": "ss", "ø": "o", "đ": "d", "ł": "l", "×": "x", "−": "-"}
_DASH = "\\-\u2010-\u2015\u2212"
_TOKEN = re.compile(
    rf"""
      [^\W\d_]+                                  # a word
    | \d+(?:[.,]\d+)*                            # a figure, with its decimal sign
    | (?<=\d)\ ?[{_DASH}]\ ?(?=\d)               # a range: 24-48
    | (?<=[ (\[=<>≤≥,:])[{_DASH}](?=\d)          # a minus sign: at -20 °C
    | [%‰±<>≤≥=+/~≈]
    """,
    re.VERBOSE,
)
_OPENERS = frozenset(
    ("le", "la", "les", "l", "un", "une", "des", "du", "ce", "cet", "cette", "ces", "il", "elle",
     "ils", "elles", "on", "nous", "vous", "the", "a", "an", "it", "this", "these", "they", "we",
     "you")
)  # fmt: skip
_BREAK = re.compile(r"[.!?;:\n•·()]")
_STOP = re.compile(r"[.!?;\n•·]")


def _fold(text: str) -> tuple[str, list[int]]:
    """The text without what typography varies, and for each sign its place in the original."""
    signs: list[str] = []
    places: list[int] = []
    previous = ""
    for place, sign in enumerate(text):
        if sign in "\u2028\u2029\v\f\r\x85":
            sign = "\n"
        category = unicodedata.category(sign)
        if category in ("Cf", "Mn", "Me") or sign == "\u00ad":
            continue  # soft hyphens, zero-width signs, accents written apart
        if category == "Zs" or sign == "\t":
            form = " "
        else:
            lower = sign.casefold()
            form = _EXPAND.get(lower) or unicodedata.normalize("NFKD", lower)
        for part in form:
            if unicodedata.combining(part):
                continue
            part = _EXPAND.get(part, part)
            if part == " " and previous == " ":
                continue
            for letter in part:
                signs.append(letter)
                places.append(place)
                previous = letter
    return "".join(signs), places


@dataclass(frozen=True)
class Passage:
    """A part of a page: tokens `first` up to `last` (excluded)."""

    first: int
    last: int

    def overlaps(self, other: Passage) -> bool:
        """True when the two share a token."""
        return self.first < other.last and other.first < self.last


class Page:
    """A text cut into tokens; built once, asked often."""

    def __init__(self, text: str) -> None:
        self.text = text
        folded, places = _fold(text)
        self.tokens: list[str] = []
        self._starts: list[int] = []
        self._ends: list[int] = []
        breaks: list[int] = []
        stops: list[int] = []
        end = 0
        for match in _TOKEN.finditer(folded):
            form = match.group().strip()
            if form[0].isdigit():
                form = form.replace(",", ".")
            elif not form.isalnum() and re.match(f"[{_DASH}]", form):
                form = "-"
            if not self.tokens or _BREAK.search(folded, end, match.start()):
                breaks.append(len(self.tokens))
                if _STOP.search(folded, end, match.start()):
                    stops.append(len(self.tokens))
            end = match.end()
            self.tokens.append(form)
            self._starts.append(places[match.start()])
            self._ends.append(places[end - 1] + 1)
        #: Tokens at which a sentence, an item, a line or a parenthesis begins.
        self.breaks = breaks
        #: Those at which a sentence, an item or a line begins.
        self.stops = stops
        self._offsets = [0]
        for token in self.tokens:
            self._offsets.append(self._offsets[-1] + len(token))
        self._signs = "".join(self.tokens)

    def __len__(self) -> int:
        return len(self.tokens)

    def words(self, passage: Passage) -> str:
        """The tokens of a passage, with one space between."""
        return " ".join(self.tokens[passage.first : passage.last])

    def signs(self, passage: Passage) -> str:
        """The tokens of a passage run together: equal for the same passage retyped."""
        return self._signs[self._offsets[passage.first] : self._offsets[passage.last]]

    def span(self, passage: Passage) -> tuple[int, int]:
        """Where a passage stands in the original text, accents written apart included."""
        start, end = self._starts[passage.first], self._ends[passage.last - 1]
        while end < len(self.text) and unicodedata.category(self.text[end]) in ("Mn", "Me"):
            end += 1
        return start, end

    def passage_at(self, start: int, end: int) -> Passage:
        """The passage of the tokens that a span of the original touches."""
        return Passage(bisect_right(self._ends, start), bisect_left(self._starts, end))

    def quote(self, passage: Passage) -> str:
        """The passage as the page writes it."""
        start, end = self.span(passage)
        return self.text[start:end]

    def begins_sentence(self, token: int) -> bool:
        """True for an article or pronoun with a capital: "La", "It"; never inside a sentence."""
        return (
            token < len(self)
            and self.tokens[token] in _OPENERS
            and self.text[self._starts[token]].isupper()
        )

    def find(self, phrase: str, first: int = 0, last: int | None = None) -> list[Passage]:
        """Every place where a phrase stands, whole words only, in order."""
        needle = "".join(Page(phrase).tokens)
        if not needle:
            return []
        stop = self._offsets[len(self) if last is None else min(last, len(self))]
        found = []
        at = self._signs.find(needle, self._offsets[min(first, len(self))], stop)
        while at >= 0:
            begin = bisect_left(self._offsets, at)
            end = bisect_left(self._offsets, at + len(needle))
            if self._offsets[begin] == at and self._offsets[end] == at + len(needle):
                found.append(Passage(begin, end))
            at = self._signs.find(needle, at + 1, stop)
        return found

    @cached_property
    def headings(self) -> list[Passage]:
        """Lines that head a section: short, alone, without end punctuation, no list items."""
        found = []
        at = 0
        for line in self.text.splitlines(keepends=True):
            plain = line.strip()
            if (
                0 < len(plain) <= 120
                and plain[0].isalnum()
                and not plain.endswith((".", ";", ",", ":"))
                and len(passage := self._line(at, at + len(line))) > 0
            ):
                found.append(Passage(passage[0], passage[-1] + 1))
            at += len(line)
        return found

    def _line(self, start: int, end: int) -> range:
        return range(bisect_left(self._starts, start), bisect_left(self._starts, end))


# ---- one anchor -----------------------------------------------------------------------


def _context(anchor: Anchor, page: Page, passage: Passage) -> float:
    """How well the words around a passage agree with prefix and suffix, from 0 to 1."""
    scores = []
    for words, before in ((anchor.prefix, True), (anchor.suffix, False)):
        needle = "".join(Page(words).tokens)[:_CONTEXT] if words else ""
        if not needle:
            continue
        around = (
            page.signs(Passage(max(0, passage.first - _CONTEXT), passage.first))[-len(needle) :]
            if before
            else page.signs(Passage(passage.last, min(len(page), passage.last + _CONTEXT)))
        )[: len(needle)]
        scores.append(fuzz.ratio(needle, around) / 100)
    return sum(scores) / len(scores) if scores else 1.0


def places(anchor: Anchor, page: Page) -> list[Passage]:
    """Every passage of the page that runs from the anchor's `start` to its next `end`."""
    found = []
    for start in page.find(anchor.start):
        if not anchor.end:
            found.append(start)
        elif ends := page.find(anchor.end, start.last, start.last + LONGEST):
            found.append(Passage(start.first, ends[0].last))
    return found


def locate(anchor: Anchor, page: Page, near: int | None = None) -> Passage | None:
    """The passage of an anchor as its words stand in the page, or None when they do not.

    Of several places the one with the right prefix and suffix is taken, then the one nearest
    to token `near`, then the first, which is what a browser takes for a text fragment.
    """
    found = places(anchor, page)
    if not found:
        return None
    return min(
        found,
        key=lambda passage: (
            -round(_context(anchor, page, passage), 2),
            abs(passage.first - near) if near is not None else passage.first,
        ),
    )


def _rivals(anchor: Anchor, page: Page) -> int:
    """How many places of the page an anchor points at equally well."""
    found = places(anchor, page)
    if len(found) < 2:
        return len(found)
    scores = [round(_context(anchor, page, passage), 2) for passage in found]
    return scores.count(max(scores))


def _similarity(words: str, page: Page, passage: Passage) -> float:
    return fuzz.ratio(words, page.words(passage)) / 100


def _nearest(
    words: str, page: Page, taken: Sequence[Passage], first: int = 0, last: int | None = None
) -> tuple[Passage, float] | None:
    """The passage most like some words, outside what is taken, with its similarity."""
    last = len(page) if last is None else min(last, len(page))
    tokens = page.tokens[first:last]
    for passage in taken:
        for index in range(max(passage.first, first), min(passage.last, last)):
            tokens[index - first] = "\0" * len(page.tokens[index])
    hay = " ".join(tokens)
    if not words or not hay.strip("\0 "):
        return None
    alignment = fuzz.partial_ratio_alignment(words, hay) if len(words) <= len(hay) else None
    begin, end = (alignment.dest_start, alignment.dest_end) if alignment else (0, len(hay))
    offsets = [0]
    for token in tokens:
        offsets.append(offsets[-1] + len(token) + 1)
    low = first + max(0, bisect_right(offsets, begin) - 1)
    high = first + max(1, bisect_left(offsets, end))
    low, high = min(low, last - 1), min(high, last)

    def free(passage: Passage) -> bool:
        return not any(passage.overlaps(other) for other in taken)

    # The window of equal length, and the whole sentences or items it touches.
    begins = {low, max((b for b in page.breaks if first <= b <= low), default=low)}
    begins |= {b for b in page.breaks if low <= b < high}
    ends = {high, min((b for b in page.breaks if high <= b <= last), default=last)}
    ends |= {b for b in page.breaks if low < b <= high}
    windows = [Passage(b, e) for b in begins for e in ends if b < e]
    scored = [(_similarity(words, page, window), window) for window in windows if free(window)]
    if not scored:
        return None
    score, best = max(scored, key=lambda item: (item[0], item[1].last - item[1].first))
    return best, score


def locate_fuzzily(
    anchor: Anchor, page: Page, words: str = "", taken: Sequence[Passage] = ()
) -> tuple[Passage, float] | None:
    """The passage most like what the anchor pointed at, with a similarity from 0 to 1.

    `words` are those of the passage as it was (`Page.words`); without them only the anchor's
    own are known. Places in `taken` belong to other claims. Similarity is rapidfuzz's
    normalised indel ratio over folded words.
    """
    if words:
        return _nearest(words, page, taken)
    start_words = " ".join(Page(anchor.start).tokens)
    exact = [p for p in page.find(anchor.start) if not any(p.overlaps(t) for t in taken)]
    start = (exact[0], 1.0) if exact else _nearest(start_words, page, taken)
    if not anchor.end:
        return start
    end_words = " ".join(Page(anchor.end).tokens)
    after = start[0].last if start and start[1] >= CHANGED_FROM else 0
    stop = after + LONGEST // 4 if after else None
    ends = [p for p in page.find(anchor.end, after, stop)
            if not any(p.overlaps(t) for t in taken)]  # fmt: skip
    end = (ends[0], 1.0) if ends else _nearest(end_words, page, taken, after, stop)
    good = [found for found in (start, end) if found and found[1] >= CHANGED_FROM]
    weights = (len(start_words), len(end_words))
    score = sum(
        weight * (found[1] if found else 0.0)
        for weight, found in zip(weights, (start, end), strict=True)
    ) / sum(weights)
    if start and end and len(good) == 2:
        return Passage(start[0].first, max(start[0].last, end[0].last)), score
    if not good or good[0][1] < 0.85 or good[0][0].last - good[0][0].first < 3:
        return None
    # One end is left: what remains of the passage is the sentence or item around it.
    kept = good[0][0]
    begin = max((b for b in page.breaks if b <= kept.first), default=0)
    finish = min((b for b in page.breaks if b >= kept.last), default=len(page))
    if kept == (start[0] if start else None):
        begin = kept.first
    else:
        finish = kept.last
    return Passage(begin, finish), max(score, CHANGED_FROM)


def anchor_for(page: Page, passage: Passage) -> Anchor:
    """The shortest anchor of a few words that points at a passage and nothing else.

    Up to eight words are quoted whole; longer passages by their first and last words, more
    of them, then with what stands before and after, until the page has no other such place.
    """
    count = passage.last - passage.first

    def words(first: int, last: int) -> str:
        return " ".join(page.quote(Passage(first, last)).split())

    def beside(size: int) -> tuple[str, str]:
        first, last = passage.first, passage.last
        before = words(max(0, first - size), first) if first else ""
        return before, words(last, min(len(page), last + size)) if last < len(page) else ""

    made = Anchor(start=words(passage.first, passage.last))
    for size in (0, 3, 6):
        prefix, suffix = beside(size) if size else ("", "")
        ends = [(4, 3), (6, 4), (8, 6)] if count > 8 else [(count, 0)]
        for head, tail in ends:
            whole = not tail or head + tail >= count
            made = Anchor(
                start=words(passage.first, passage.last if whole else passage.first + head),
                end="" if whole else words(passage.last - tail, passage.last),
                prefix=prefix,
                suffix=suffix,
            )
            if locate(made, page) == passage and _rivals(made, page) == 1:
                return made
    return made


def text_fragment(anchor: Anchor) -> str:
    """The fragment that makes a browser scroll to the passage, "#:~:text=...".

    Written as https://wicg.github.io/scroll-to-text-fragment/ asks: every sign but letters,
    digits, "_", "." and "~" is percent-encoded, hyphens and commas included.
    """

    def encoded(words: str) -> str:
        return quote(" ".join(words.split()), safe="").replace("-", "%2D")

    parts = [encoded(anchor.start)]
    if anchor.prefix:
        parts.insert(0, f"{encoded(anchor.prefix)}-")
    if anchor.end:
        parts.append(encoded(anchor.end))
    if anchor.suffix:
        parts.append(f"-{encoded(anchor.suffix)}")
    return f"#:~:text={','.join(parts)}"


# ---- all claims of a text -------------------------------------------------------------


@dataclass(frozen=True)
class Edge:
    """The rest of the sentence on one side of a passage, up to the passage of another claim.

    `count` tokens with this `digest`; `beyond` is the digest of the token after them, ""
    where the passage of another claim, `neighbour`, begins.
    """

    count: int
    digest: str
    beyond: str
    neighbour: str = ""


@dataclass(frozen=True)
class Trace:
    """What is remembered of a passage without keeping its words.

    `place` is the number of its first token, `length` counts its tokens, `digest` is the
    SHA-256 of its signs (`Page.signs`), `anchor` the digest of the anchor that found it.
    """

    place: int
    length: int
    digest: str
    anchor: str
    left: Edge
    right: Edge

    def fits(self, anchor: Anchor) -> bool:
        """True when it was this anchor that found the passage."""
        return self.anchor == _anchor_digest(anchor)


@dataclass(frozen=True)
class Before:
    """The page as it was: the passage of each claim, and where its headings stood.

    With `page` the words are known; without it only their traces are, which is enough to
    tell that a passage changed or moved, not what it was.
    """

    claims: dict[str, Trace] = field(default_factory=dict)
    headings: tuple[tuple[int, str], ...] = ()
    page: Page | None = None
    passages: dict[str, Passage] = field(default_factory=dict)

    def as_dict(self) -> dict[str, Any]:
        """The JSON form kept beside a register: figures and digests, no words."""
        return {
            "claims": {name: asdict(trace) for name, trace in self.claims.items()},
            "headings": [{"place": place, "digest": digest} for place, digest in self.headings],
        }

    @classmethod
    def from_dict(cls, plain: dict[str, Any]) -> Before:
        """Read what `as_dict` wrote.

        Raises:
            KeyError, TypeError, ValueError: it is something else.
        """
        return cls(
            {
                str(name): Trace(
                    int(t["place"]),
                    int(t["length"]),
                    str(t["digest"]),
                    str(t["anchor"]),
                    Edge(**t["left"]),
                    Edge(**t["right"]),
                )
                for name, t in plain["claims"].items()
            },
            tuple((int(h["place"]), str(h["digest"])) for h in plain["headings"]),
        )


def _digest(signs: str) -> str:
    return hashlib.sha256(signs.encode()).hexdigest()


def _anchor_digest(anchor: Anchor) -> str:
    return _digest("\0".join((anchor.start, anchor.end, anchor.prefix, anchor.suffix)))


def _beside(page: Page, passage: Passage, right: bool, count: int) -> list[str]:
    """The tokens that stand next to a passage, nearest first."""
    if right:
        return page.tokens[passage.last : passage.last + count]
    return page.tokens[max(0, passage.first - count) : passage.first][::-1]


def _to_stop(page: Page, passage: Passage, right: bool) -> int:
    """How many tokens lie between a passage and the next stop on one side."""
    if right:
        at = bisect_left(page.stops, passage.last)
        return (page.stops[at] if at < len(page.stops) else len(page)) - passage.last
    return passage.first - page.stops[bisect_right(page.stops, passage.first) - 1]


def _gap(passage: Passage, other: Passage, right: bool) -> int:
    """Tokens between a passage and another one on one side; below zero when they overlap."""
    return other.first - passage.last if right else passage.first - other.last


def _edge(page: Page, passage: Passage, right: bool, others: Mapping[str, Passage]) -> Edge:
    count = _to_stop(page, passage, right)
    free, neighbour = count, ""
    for name, other in others.items():
        inside = passage.first <= other.first and other.last <= passage.last
        gap = _gap(passage, other, right)
        if not inside and -(other.last - other.first) < gap < free:
            free, neighbour = max(0, gap), name if gap >= 0 else ""
    beyond = _beside(page, passage, right, count + 1)[count:]
    return Edge(
        free,
        _digest("".join(_beside(page, passage, right, free)))[:16],
        "" if free < count else _digest("".join(beyond))[:16],
        neighbour,
    )


def _edge_kept(
    page: Page, passage: Passage, right: bool, edge: Edge, exact: Mapping[str, Passage]
) -> bool:
    """True when the rest of the sentence on one side is as it was.

    Stops alone prove nothing: a page wrapped anew has other lines.
    """
    if _digest("".join(_beside(page, passage, right, edge.count)))[:16] != edge.digest:
        return False
    if edge.neighbour in exact:  # words put between two claims belong to neither passage
        gap = _gap(passage, exact[edge.neighbour], right)
        if edge.count < gap <= edge.count + _SEAM:
            return False
    if not edge.beyond or _to_stop(page, passage, right) <= edge.count:
        return True
    first = passage.last + edge.count if right else passage.first - edge.count
    if page.begins_sentence(first):  # though the one before lost its stop
        return True
    beyond = _beside(page, passage, right, edge.count + 1)[edge.count :]
    return _digest("".join(beyond))[:16] == edge.beyond


def _sentence(page: Page, passage: Passage) -> Passage:
    return Passage(
        passage.first - _to_stop(page, passage, False), passage.last + _to_stop(page, passage, True)
    )


def remember(claims: Iterable[Claim], text: str) -> Before:
    """The page as it is now, to compare a later one with."""
    page = Page(text)
    passages = {
        claim.id: passage for claim in claims if (passage := locate(claim.anchor, page)) is not None
    }
    anchors = {claim.id: claim.anchor for claim in claims}
    return Before(
        {
            name: Trace(
                passage.first,
                passage.last - passage.first,
                _digest(page.signs(passage)),
                _anchor_digest(anchors[name]),
                _edge(page, passage, False, passages),
                _edge(page, passage, True, passages),
            )
            for name, passage in passages.items()
        },
        tuple((heading.first, _digest(page.signs(heading))) for heading in page.headings),
        page,
        passages,
    )


@dataclass(frozen=True)
class Located:
    """Where a claim stands in a page; `start` and `end` count characters, None if missing.

    `before` and `after` are the passage as it was and as it is, where they are known.
    `moved` also holds for a passage that changed as well. `places` counts the places the
    anchor points at equally well: more than one asks for a prefix or a suffix.
    """

    claim: str
    status: Status
    similarity: float
    start: int | None = None
    end: int | None = None
    moved: bool = False
    before: str = ""
    after: str = ""
    places: int = 1

    def as_dict(self) -> dict[str, Any]:
        """The form of `evidence text anchor --json`."""
        return {
            "id": self.claim,
            "status": self.status,
            "similarity": round(self.similarity, 4),
            "start": self.start,
            "end": self.end,
            "moved": self.moved,
        }


def _in_order(places: Sequence[int], weights: Sequence[int]) -> set[int]:
    """The indexes of the heaviest subsequence whose places do not decrease."""
    best: list[tuple[int, int]] = []  # weight of the best row ending here, the one before
    for index, place in enumerate(places):
        options = [(best[i][0], i) for i in range(index) if places[i] <= place]
        weight, previous = max(options, key=lambda o: o[0], default=(0, -1))
        best.append((weight + weights[index], previous))
    kept: set[int] = set()
    index = max(range(len(best)), key=lambda i: best[i][0], default=-1)
    while index >= 0:
        kept.add(index)
        index = best[index][1]
    return kept


def _unique(pairs: Iterable[tuple[int, str]]) -> dict[str, int]:
    found: dict[str, list[int]] = {}
    for place, digest in pairs:
        found.setdefault(digest, []).append(place)
    return {digest: where[0] for digest, where in found.items() if len(where) == 1}


def _moved(order: Sequence[tuple[int, str]], now: dict[str, int], before: Before | None,
           page: Page) -> set[str]:  # fmt: skip
    """The claims that left their place: out of order among the others, or under another heading.

    `order` holds (place before, claim); headings that kept their order hold the frame.
    """
    frame: list[tuple[int, int]] = []  # place before, place now
    if before and before.headings:
        old = _unique(before.headings)
        new = _unique((h.first, _digest(page.signs(h))) for h in page.headings)
        both = sorted((old[digest], new[digest]) for digest in old.keys() & new.keys())
        weights = []
        for index, (place, _) in enumerate(both):
            end = both[index + 1][0] if index + 1 < len(both) else 1 << 60
            weights.append(1 + sum(place <= at < end for at, _ in order))
        kept = _in_order([place for _, place in both], weights)
        frame = [pair for index, pair in enumerate(both) if index in kept]
    heavy = len(order) + 1
    rows = [(place, now[name], 1, name) for place, name in order]
    rows += [(place, new_place, heavy, "") for place, new_place in frame]
    rows.sort(key=lambda row: (row[0], row[1]))
    kept = _in_order([row[1] for row in rows], [row[2] for row in rows])
    return {row[3] for index, row in enumerate(rows) if index not in kept and row[3]}


def anchor_claims(
    claims: Sequence[Claim], text: str, before: Before | None = None, translated: bool = False
) -> list[Located]:
    """Where each claim stands in a page, in the order given.

    `before` is the page as it was when the claims were written (`remember`, or read from
    its kept form). With it, a change anywhere inside a passage shows, and order and sections
    are compared with those of that page; without it, with the register's own order.
    `translated` says that the page is in another language than the claims' anchors: only
    exact words count then, resemblance between languages means nothing.
    """
    page = Page(text)
    now: dict[str, Passage] = {}
    exact: dict[str, Passage] = {}
    similarity: dict[str, float] = {}
    known: dict[str, Trace] = {}
    for claim in claims:
        trace = before.claims.get(claim.id) if before else None
        if trace and trace.fits(claim.anchor):
            known[claim.id] = trace
    for claim in claims:
        trace = known.get(claim.id)
        passage = _same(claim.anchor, page, trace, before, claim.id)
        if passage:
            now[claim.id] = exact[claim.id] = passage
            similarity[claim.id] = 1.0
    for claim in claims:
        if claim.id in exact:
            continue
        trace = known.get(claim.id)
        taken = [
            passage
            for name, passage in exact.items()
            if not _shared(known.get(name), trace)
        ]  # fmt: skip
        words = (
            before.page.words(before.passages[claim.id])
            if trace and before and before.page and claim.id in before.passages
            else ""
        )
        found = None if translated else locate_fuzzily(claim.anchor, page, words, taken)
        if words and not translated and before and (found is None or found[1] < CHANGED_FROM):
            found = _in_its_sentence(claim.id, page, before, exact) or found
        if not words and trace and found:
            length = found[0].last - found[0].first
            ratio = min(length, trace.length) / max(length, trace.length, 1)
            found = found[0], min(found[1], max(ratio, CHANGED_FROM), 0.99)
        if found and found[1] >= CHANGED_FROM:
            now[claim.id], similarity[claim.id] = found[0], min(found[1], 0.9999)
        else:
            similarity[claim.id] = found[1] if found else 0.0
    order = [
        (known[claim.id].place if claim.id in known else index, claim.id)
        for index, claim in enumerate(claims)
        if claim.id in now and (claim.id in known or not known)
    ]
    frame = before if known else None
    moved = _moved(order, {name: p.first for name, p in now.items()}, frame, page)
    located = []
    for claim in claims:
        old = before.passages.get(claim.id) if before and claim.id in known else None
        was = before.page.quote(old) if before and before.page and old else ""
        out_of_place = claim.id in moved and claim.id not in exact
        if claim.id not in now or (out_of_place and similarity[claim.id] < _SURE):
            located.append(Located(claim.id, "missing", similarity[claim.id], before=was))
            continue
        passage = now[claim.id]
        start, end = page.span(passage)
        after, score = text[start:end], similarity[claim.id]
        status: Status = "changed"
        if claim.id in exact:
            status = "moved" if claim.id in moved else "found"
            trace = known.get(claim.id)
            if trace and not (
                _edge_kept(page, passage, False, trace.left, exact)
                and _edge_kept(page, passage, True, trace.right, exact)
            ):
                # The words stand, the sentence around them says something else.
                sentence = _sentence(page, passage)
                status, after = "changed", page.quote(sentence)
                score = trace.length / max(1, sentence.last - sentence.first)
                if before and before.page and old:
                    whole = _sentence(before.page, old)
                    was = before.page.quote(whole)
                    score = fuzz.ratio(before.page.words(whole), page.words(sentence)) / 100
                if claim.id in moved and score < _SURE:  # the same words, said of something else
                    located.append(Located(claim.id, "missing", score, before=was))
                    continue
                score = min(max(score, CHANGED_FROM), 0.9999)
        located.append(
            Located(claim.id, status, score, start, end, claim.id in moved, was, after,
                    _rivals(claim.anchor, page))
        )  # fmt: skip
    return located


def _in_its_sentence(
    claim_id: str, page: Page, before: Before, exact: dict[str, Passage]
) -> tuple[Passage, float] | None:
    """A short passage that changed much, found by the sentence that still stands around it."""
    if before.page is None:
        return None
    old = before.passages[claim_id]
    sentence = _sentence(before.page, old)
    if sentence == old:
        return None
    taken = [
        passage
        for name, passage in exact.items()
        if not (name in before.passages and before.passages[name].overlaps(sentence))
    ]
    found = _nearest(before.page.words(sentence), page, taken)
    if found is None or found[1] < CHANGED_FROM:
        return None
    then = before.page.tokens[sentence.first : sentence.last]
    now = page.tokens[found[0].first : found[0].last]
    first, last = old.first - sentence.first, old.last - sentence.first
    begin, end = None, 0
    for step in Indel.opcodes(then, now):
        if step.tag == "equal":  # words of the passage that stand
            low = max(step.src_start, first)
            high = min(step.src_end, last)
            if low < high:
                shift = step.dest_start - step.src_start
                begin = low + shift if begin is None else begin
                end = high + shift
        elif step.tag == "insert" and first <= step.src_start <= last:
            begin = step.dest_start if begin is None else begin
            end = step.dest_end
    if begin is None or not set(now[begin:end]) & set(then[first:last]):
        return None
    passage = Passage(found[0].first + begin, found[0].first + end)
    words = before.page.words(old)
    return passage, max(_similarity(words, page, passage), CHANGED_FROM)


def _same(anchor: Anchor, page: Page, trace: Trace | None, before: Before | None,
          claim_id: str) -> Passage | None:  # fmt: skip
    """The passage with all its words unchanged, as far as these are known."""
    if trace is None:
        return locate(anchor, page)
    found = places(anchor, page)
    if before and before.page and claim_id in before.passages:
        # The anchor's words may match too little when an end moved into the passage.
        found += page.find(before.page.quote(before.passages[claim_id]))
    same = [passage for passage in found if _digest(page.signs(passage)) == trace.digest]
    if not same:
        return None
    # The rest of the sentence tells most; then prefix and suffix, if they agree; then nearness.
    return min(
        same,
        key=lambda p: (
            not _edge_kept(page, p, False, trace.left, {})
            or not _edge_kept(page, p, True, trace.right, {}),
            _context(anchor, page, p) < 0.9,
            abs(p.first - trace.place),
        ),
    )


def _shared(one: Trace | None, other: Trace | None) -> bool:
    """True unless the two passages are known to have stood apart."""
    if one is None or other is None:
        return False
    return one.place < other.place + other.length and other.place < one.place + one.length
