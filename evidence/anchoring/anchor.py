"""Find the passage that an anchor points at, and make anchors that point at one place.

An anchor is used as the W3C Web Annotation model means a TextQuoteSelector
(https://www.w3.org/TR/annotation-model/#text-quote-selector): looked for exactly first, its
prefix and suffix deciding between several places; then, when the page has changed, fuzzily
with rapidfuzz's partial alignment. Similarity is rapidfuzz's normalised indel ratio over the
words of `evidence.anchoring.tokens`.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from urllib.parse import quote

from rapidfuzz import fuzz

from evidence.anchoring.tokens import Passage, TokenisedPage, characters_of
from evidence.claims.claim import Anchor

#: Below this similarity a passage counts as missing, not as changed. Measured on the first
#: text (docs/anchors.md): what resembles a removed sentence elsewhere on its page reaches 0.61.
CHANGED_FROM = 0.65
#: A passage from `start` to `end` longer than this many tokens is two coincidences.
LONGEST = 400
#: Neighbouring characters compared with a prefix or suffix never exceed this.
_CONTEXT = 120


def _context(anchor: Anchor, page: TokenisedPage, passage: Passage) -> float:
    """How well the words around a passage agree with prefix and suffix, from 0 to 1."""
    scores = []
    for words, right in ((anchor.prefix, False), (anchor.suffix, True)):
        if needle := characters_of(words):
            needle = needle[:_CONTEXT] if right else needle[-_CONTEXT:]
            scores.append(fuzz.ratio(needle, page.beside(passage, right, len(needle))) / 100)
    return sum(scores) / len(scores) if scores else 1.0


def places(anchor: Anchor, page: TokenisedPage) -> list[Passage]:
    """Every passage of the page that runs from the anchor's `start` to its next `end`."""
    passages = []
    for start in page.find(anchor.start):
        if not anchor.end:
            passages.append(start)
        elif ends := page.find(anchor.end, start.last, start.last + LONGEST):
            passages.append(Passage(start.first, ends[0].last))
    return passages


def locate(anchor: Anchor, page: TokenisedPage) -> Passage | None:
    """The passage of an anchor as its words stand in the page, or None when they do not.

    Of several places the one with the right prefix and suffix is taken, then the first, which is
    what a browser takes for a text fragment.
    """
    return min(
        places(anchor, page),
        key=lambda passage: (-round(_context(anchor, page, passage), 2), passage.first),
        default=None,
    )


def rivals(anchor: Anchor, page: TokenisedPage) -> int:
    """How many places of the page an anchor points at equally well."""
    passages = places(anchor, page)
    if len(passages) < 2:
        return len(passages)
    scores = [round(_context(anchor, page, passage), 2) for passage in passages]
    return scores.count(max(scores))


def similarity(words: str, page: TokenisedPage, passage: Passage) -> float:
    """How much a passage resembles some words (`TokenisedPage.words`), from 0 to 1."""
    return fuzz.ratio(words, page.words(passage)) / 100


def nearest(
    words: str,
    page: TokenisedPage,
    taken: Sequence[Passage] = (),
    first: int = 0,
    last: int | None = None,
) -> tuple[Passage, float] | None:
    """The passage most like some words, outside what is taken, with its similarity.

    It lies between the tokens `first` and `last` (excluded) and is the best of the window of
    equal length and of the whole sentences or items that this window touches.
    """
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

    same = set(words.split())
    begins = {low, max((b for b in page.breaks if first <= b <= low), default=low)}
    begins |= {b for b in page.breaks if low <= b < high}
    ends = {high, min((b for b in page.breaks if high <= b <= last), default=last)}
    ends |= {b for b in page.breaks if low < b <= high}
    begins.add(next((at for at in range(low, high) if page.tokens[at] in same), low))
    windows = [Passage(b, e) for b in begins for e in ends if b < e]
    scored = [
        (similarity(words, page, window), window)
        for window in windows
        if not any(window.overlaps(other) for other in taken)
    ]
    if not scored:
        return None
    score, best = max(scored, key=lambda item: (item[0], item[1].last - item[1].first))
    return best, score


def locate_fuzzily(
    anchor: Anchor,
    page: TokenisedPage,
    taken: Sequence[Passage] = (),
    first: int = 0,
    last: int | None = None,
) -> tuple[Passage, float] | None:
    """The passage most like what an anchor's own words point at, with a similarity from 0 to 1.

    Places in `taken` belong to other claims; the passage lies between the tokens `first` and
    `last` (excluded).
    """

    def best(words: str, first: int, last: int | None) -> tuple[Passage, float] | None:
        exact = [p for p in page.find(words, first, last) if not any(map(p.overlaps, taken))]
        folded = " ".join(TokenisedPage(words).tokens)
        return (exact[0], 1.0) if exact else nearest(folded, page, taken, first, last)

    start = best(anchor.start, first, last)
    if not anchor.end:
        return start
    after, stop = first, last
    if start and start[1] >= CHANGED_FROM:
        after = start[0].last
        stop = min(after + LONGEST // 4, len(page) if last is None else last)
    end = best(anchor.end, after, stop)
    good = [part for part in (start, end) if part and part[1] >= CHANGED_FROM]
    weights = (len(anchor.start), len(anchor.end))
    score = sum(
        weight * (part[1] if part else 0.0)
        for weight, part in zip(weights, (start, end), strict=True)
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


def anchor_for(page: TokenisedPage, passage: Passage) -> Anchor:
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
        after = words(last, min(len(page), last + size)) if last < len(page) else ""
        return before, after

    tried = []
    for size in (0, 3, 6):
        prefix, suffix = beside(size) if size else ("", "")
        ends = [(4, 3), (6, 4), (8, 6)] if count > 8 else [(count, 0)]
        for head, tail in ends:
            left, right = passage.first + head, passage.last - tail
            whole = not tail or left >= right
            made = Anchor(
                start=words(passage.first, passage.last if whole else left),
                end="" if whole else words(right, passage.last),
                prefix=prefix,
                suffix=suffix,
            )
            tried.append(made)
    # Where all these words cannot tell it apart, fewer cannot: a page may say one thing often.
    if rivals(tried[-1], page) > 1:
        return tried[-1]
    for made in tried:
        if locate(made, page) == passage and rivals(made, page) == 1:
            return made
    return tried[-1]


def text_fragment(anchor: Anchor) -> str:
    """The fragment that makes a browser scroll to the passage, "#:~:text=...".

    Written as https://wicg.github.io/scroll-to-text-fragment/ asks: every character but letters,
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
