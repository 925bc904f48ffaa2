"""Find the claims of a text in a page that may have changed: found, moved, changed, missing.

Each claim is looked for word for word, then where it stood (between what still stands before
and after it), then anywhere; what belongs to other claims is left out. A page as it was
(`evidence.anchoring.fingerprint`) makes every changed word show; without it only the anchor's own
words can be compared, and order is that of the register.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence, Set
from functools import cached_property
from itertools import pairwise

from evidence.anchoring.anchor import (
    CHANGED_FROM,
    locate,
    locate_fuzzily,
    nearest,
    places,
    rivals,
    similarity,
)
from evidence.anchoring.fingerprint import (
    PageFingerprint,
    PassageFingerprint,
    digest,
    digests_of_sentences,
    is_edge_unchanged,
    short_digest,
)
from evidence.anchoring.located import Located, PassagePart, Status, missing
from evidence.anchoring.outline import outline_of
from evidence.anchoring.surroundings import SurroundingsThenAndNow, Turned
from evidence.anchoring.tokens import Passage, TokenisedPage
from evidence.claims.claim import Anchor, Claim

#: What resembles a passage this little must also stand where the passage stood.
_SURE = 0.8
#: In its old place a passage is still itself while this share of its words that matter is left.
_SHARE = 1 / 3
#: Elsewhere, a passage with fewer words that matter could be anything.
_TELLING = 3
#: With less than this share of its words standing it is another page.
_LEFT = 0.1
#: The similarity shown for a passage that changed never reaches 1.
_ALMOST = 0.99


# ---- order ----------------------------------------------------------------------------


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
    """The places of the digests that occur once."""
    places: dict[str, list[int]] = {}
    for place, its_digest in pairs:
        places.setdefault(its_digest, []).append(place)
    return {its_digest: where[0] for its_digest, where in places.items() if len(where) == 1}


def _kept_headings(
    before: PageFingerprint | None, page: TokenisedPage, order: Sequence[tuple[int, str]]
) -> list[tuple[int, int]]:
    """The headings that kept their order: (place before, place now)."""
    if before is None:
        return []
    old = _unique(before.headings)
    new = _unique((h.first, digest(page.characters(h))) for h in page.headings)
    both = sorted((old[same], new[same]) for same in old.keys() & new.keys())
    weights = []
    for index, (place, _) in enumerate(both):
        end = both[index + 1][0] if index + 1 < len(both) else 1 << 60
        weights.append(1 + sum(place <= at < end for at, _ in order))
    kept = _in_order([place for _, place in both], weights)
    return [pair for index, pair in enumerate(both) if index in kept]


def _moved(
    order: Sequence[tuple[int, str]],
    now: Mapping[str, int],
    headings: Sequence[tuple[int, int]],
    steady: Set[str] = frozenset(),
) -> set[str]:
    """The claims that left their place: out of order among the others, or under another heading.

    `order` holds (place before, claim). Headings that kept their order (`headings`) weigh more than
    all claims together: a claim that is out of order with them has moved, and not the headings. Of
    two items that changed places, the one that is now read with other words has moved, not the
    one that stands as it did (`steady`).
    """
    heavy = 2 * len(order) + 1
    rows = [(place, now[name], 2 if name in steady else 1, name) for place, name in order]
    rows += [(place, new_place, heavy, "") for place, new_place in headings]
    rows.sort(key=lambda row: (row[0], row[1]))
    kept = _in_order([row[1] for row in rows], [row[2] for row in rows])
    return {row[3] for index, row in enumerate(rows) if index not in kept and row[3]}


# ---- one claim ------------------------------------------------------------------------


def _same(
    anchor: Anchor,
    page: TokenisedPage,
    was: PassageFingerprint | None,
    before: PageFingerprint | None,
    claim_id: str,
) -> Passage | None:
    """The passage with all its words unchanged, as far as these are known."""
    if was is None:
        return locate(anchor, page)
    candidates = places(anchor, page)
    if before and before.page and claim_id in before.passages:
        # The anchor's words may match too little when an end moved into the passage.
        candidates += page.find(before.page.quote(before.passages[claim_id]))
    same = [one for one in candidates if digest(page.characters(one)) == was.digest]
    # The rest of the sentence tells most; then nearness.
    return min(
        same,
        key=lambda p: (not _is_firm(page, p, was, {}), abs(p.first - was.place)),
        default=None,
    )


def _is_firm(
    page: TokenisedPage, passage: Passage, was: PassageFingerprint, exact: Mapping[str, Passage]
) -> bool:
    """True when the rest of the sentence is as it was, too."""
    return is_edge_unchanged(page, passage, False, was.left, exact) and is_edge_unchanged(
        page, passage, True, was.right, exact
    )


def _shared(one: PassageFingerprint | None, other: PassageFingerprint | None) -> bool:
    """True unless the two passages are known to have stood apart."""
    if one is None or other is None:
        return False
    return one.place < other.place + other.length and other.place < one.place + one.length


def _telling(words: str) -> list[str]:
    """The words that matter: the longer ones, and figures."""
    return [word for word in words.split() if len(word) > 3 or word[0].isdigit()]


def _share(words: str, page: TokenisedPage, passage: Passage) -> float:
    """How many of the words that matter are left, from 0 to 1."""
    then = Counter(_telling(words) or words.split())
    now = Counter(page.tokens[passage.first : passage.last])
    return (then & now).total() / max(1, then.total())


class _PageSearch:
    """What is known while the claims of one page are looked for."""

    def __init__(
        self,
        claims: Sequence[Claim],
        text: str,
        before: PageFingerprint | None,
        language: str,
        translated: bool,
    ) -> None:
        self.outline = outline_of(text, language)
        self.page = self.outline.page
        self.before = before
        self.surroundings = SurroundingsThenAndNow(before, self.outline) if before else None
        self.translated = translated
        remembered = before.claims if before else {}
        self.known: dict[str, PassageFingerprint] = {
            claim.id: remembered[claim.id]
            for claim in claims
            if claim.id in remembered and remembered[claim.id].fits(claim.anchor)
        }
        #: Passages that stand word for word; the firm ones in a sentence that does, too.
        self.exact: dict[str, Passage] = {}
        for claim in claims:
            was = self.known.get(claim.id)
            if passage := _same(claim.anchor, self.page, was, before, claim.id):
                self.exact[claim.id] = passage
        self.firm = {
            name: passage
            for name, passage in self.exact.items()
            if name not in self.known or _is_firm(self.page, passage, self.known[name], self.exact)
        }
        standing = [(self.known[name].place, name) for name in self.firm if name in self.known]
        self.kept_headings = _kept_headings(before if self.known else None, self.page, standing)
        now = {name: passage.first for name, passage in self.firm.items()}
        out = _moved(sorted(standing), now, self.kept_headings)
        #: (place before, end before, place now, end now) of what kept its order.
        self.landmarks = [(place, place, new, new) for place, new in self.kept_headings]
        for place, name in standing:
            if name not in out:
                passage = self.firm[name]
                length = self.known[name].length
                self.landmarks.append((place, place + length, passage.first, passage.last))
        self.landmarks += self._sentences()

        # One or two words found in another place may be a coincidence.
        for name in [n for n in self.firm if self._is_bare(n) and not self.is_in_place(n)]:
            del self.firm[name]

    def _sentences(self) -> list[tuple[int, int, int, int]]:
        """The landmarks of the sentences that stand as they were, in their order."""
        if self.before is None or not self.known:
            return []
        then, now = list(self.before.sentences), list(digests_of_sentences(self.outline))
        old = _unique((place, its_digest) for place, _, its_digest in then)
        new = _unique((place, its_digest) for place, _, its_digest in now)
        ends = [{place: place + length for place, length, _ in rows} for rows in (then, now)]
        both = sorted((old[same], new[same]) for same in old.keys() & new.keys())
        weights = [ends[0][place] - place for place, _ in both]
        kept = _in_order([place for _, place in both], weights)
        landmarks = [pair for index, pair in enumerate(both) if index in kept]
        return [(was, ends[0][was], place, ends[1][place]) for was, place in landmarks]

    def _is_bare(self, claim_id: str) -> bool:
        """True for a passage of which nothing beside it tells whether it is the same."""
        was, passage = self.known.get(claim_id), self.exact[claim_id]
        if was is None or any(e.count or e.beyond for e in (was.left, was.right)):
            return False
        return not any(
            other and (other.last == passage.first or passage.last == other.first)
            for other in (self.exact.get(e.neighbour) for e in (was.left, was.right))
        )

    def slot(self, was: PassageFingerprint) -> tuple[int, int]:
        """The tokens between what stands before and what stands after an old passage."""
        begin = max((new for _, end, _, new in self.landmarks if end <= was.place), default=0)
        stop = was.place + was.length
        end = min(
            (new for place, _, new, _ in self.landmarks if place >= stop), default=len(self.page)
        )
        return begin, end

    def turned(self, claim_id: str, passage: Passage) -> tuple[Turned, ...]:
        """What a passage is read with, heading or lead, and was not."""
        if self.surroundings is None or claim_id not in self.known or self.translated:
            return ()
        return self.surroundings.turned(self.known[claim_id], passage)

    def old(self, claim_id: str) -> Passage | None:
        """The passage of a claim on the page as it was, when its words are known."""
        return (
            self.before.passages.get(claim_id) if self.before and claim_id in self.known else None
        )

    def words(self, claim: Claim) -> str:
        """The words of a passage as it was, "" when they are not known."""
        old = self.old(claim.id)
        return self.before.page.words(old) if old and self.before and self.before.page else ""

    def is_in_place(self, claim_id: str) -> bool:
        """True for words that stand between what stood before and after them."""
        first, last = self.slot(self.known[claim_id])
        return first <= self.exact[claim_id].first < max(first + 1, last)

    def fuzzy(self, claim: Claim) -> tuple[Passage | None, float]:
        """What the passage of a claim has become, or None, and the best similarity met."""
        if self.translated:
            return None, 0.0
        was, words = self.known.get(claim.id), self.words(claim)
        taken = [
            passage
            for name, passage in self.exact.items()
            if name != claim.id and not _shared(self.known.get(name), was)
        ]

        def best_in(
            first: int, last: int, taken: Sequence[Passage]
        ) -> tuple[Passage, float] | None:
            if first >= last:
                return None
            if words:
                return nearest(words, self.page, taken, first, last)
            return locate_fuzzily(claim.anchor, self.page, taken, first, last)

        # What stood on the page before, word for word, is another sentence, however alike.
        others = [*taken, *self.standing]
        there, anywhere = None, best_in(0, len(self.page), others)
        if was:
            first, last = self.slot(was)
            there = best_in(first, last, others)
            known = words or " ".join(
                TokenisedPage(f"{claim.anchor.start} {claim.anchor.end}").tokens
            )
            if there and there[1] < CHANGED_FROM and _share(known, self.page, there[0]) < _SHARE:
                there = None
            if len(_telling(known)) < _TELLING:
                anywhere = None
        best = max((one[1] for one in (there, anywhere) if one), default=0.0)
        if there and (anywhere is None or anywhere[1] < max(_SURE, there[1])):
            return there
        if anywhere and anywhere[1] >= CHANGED_FROM:
            return anywhere
        return None, best

    @cached_property
    def standing(self) -> list[Passage]:
        """The sentences that stood on the page before: they are no other."""
        if self.before is None:
            return []
        edges = [*self.page.stops, len(self.page)]
        pieces = [Passage(a, b) for a, b in pairwise(edges)]
        return [p for p in pieces if short_digest(self.page.characters(p)) in self.before.places]

    @cached_property
    def is_another_page(self) -> bool:
        """True when next to nothing of the page before stands on this one."""
        if self.before is None:
            return False
        now = {its_digest for _, _, its_digest in digests_of_sentences(self.outline)}
        then = self.before.sentences
        left = sum(length for _, length, its_digest in then if its_digest in now)
        return left < _LEFT * sum(length for _, length, _ in then)


def _rewritten(search: _PageSearch, claim: Claim) -> tuple[Passage | None, float]:
    """`_PageSearch.fuzzy`, never sure of words of which only a digest is known."""
    passage, score = search.fuzzy(claim)
    was = search.known.get(claim.id)
    if passage and was and not search.words(claim):
        length = passage.last - passage.first
        score = min(score, min(length, was.length) / max(length, was.length, 1))
    return passage, min(score, _ALMOST)


def anchor_claims(
    claims: Sequence[Claim],
    text: str,
    before: PageFingerprint | None = None,
    language: str = "fr",
    translated: bool = False,
) -> list[Located]:
    """Where each claim stands in a page, in the order given.

    `before` is the page as it was when the claims were written (`fingerprint_of`, or read from
    its kept form). With it, a change anywhere inside a passage shows, and order and sections are
    compared with those of that page; without it, with the register's own order.
    `language` splits its sentences. `translated` says that the page is in another language
    than the claims' anchors: only exact words count then, resemblance means nothing.
    """
    search = _PageSearch(claims, text, before, language, translated)
    known, exact = search.known, search.exact
    now: dict[str, Passage] = {}
    scores: dict[str, float] = {}
    strayed: set[str] = set()
    for claim in claims:
        passage, score = exact.get(claim.id), 1.0
        astray = claim.id not in search.firm and not (passage and search.is_in_place(claim.id))
        if astray:
            became, score = _rewritten(search, claim)
            if became or passage is None:
                exact.pop(claim.id, None)
                passage = became
            else:
                score = 1.0
                strayed.add(claim.id)
        scores[claim.id] = score
        if passage:
            now[claim.id] = passage
    order = [
        (known[claim.id].place if claim.id in known else index, claim.id)
        for index, claim in enumerate(claims)
        if claim.id in now and (claim.id in known or not known)
    ]
    steady = {name for name in search.firm & now.keys() if not search.turned(name, now[name])}
    moved = strayed | _moved(
        order, {name: p.first for name, p in now.items()}, search.kept_headings, steady
    )
    located = [
        _located(search, claim, now.get(claim.id), scores[claim.id], moved) for claim in claims
    ]
    if search.is_another_page and sum(one.status == "missing" for one in located) > len(claims) / 2:
        # A few words that this page happens to share are not what a claim has become.
        return [one if one.status != "changed" else one.gone() for one in located]
    return located


def _located(
    search: _PageSearch, claim: Claim, passage: Passage | None, score: float, moved: set[str]
) -> Located:
    """The status of one claim from the passage that was taken for it."""
    page, old = search.page, search.old(claim.id)
    was = search.before.page.quote(old) if old and search.before and search.before.page else ""
    out_of_place = claim.id in moved
    is_exact = claim.id in search.exact
    if passage is None or (out_of_place and not is_exact and score < _SURE):
        return missing(claim.id, score, was)
    start, end = page.span(passage)
    status: Status = "changed"
    after = page.quote(passage)
    turned: tuple[PassagePart, ...] = search.turned(claim.id, passage)
    if claim.id in search.firm:
        status = "moved" if out_of_place else "changed" if turned else "found"
        score = _ALMOST if status == "changed" else score
    else:
        turned = (*turned, "sentence")
    if claim.id not in search.firm and is_exact:
        # The words stand, the sentence around them says something else.
        sentence = page.sentence(passage)
        after = page.quote(sentence)
        length = sentence.last - sentence.first
        score = max(CHANGED_FROM, search.known[claim.id].length / max(1, length))
        if old and search.before and search.before.page:
            whole = search.before.page.sentence(old)
            was = search.before.page.quote(whole)
            score = similarity(search.before.page.words(whole), page, sentence)
        if out_of_place and score < _SURE:  # the same words in another sentence
            return missing(claim.id, score, was)
        score = min(score, _ALMOST)
    return Located(
        claim.id,
        status,
        score,
        start,
        end,
        out_of_place,
        was,
        after,
        rivals(claim.anchor, page),
        search.outline.around(passage),
        search.before.outline.around(old)
        if old and search.before and search.before.outline
        else None,
        turned,
        search.outline.calls(passage),
    )
