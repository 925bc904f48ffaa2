"""Whether a passage is still read with the headings and the lead that it was read with.

The words of a passage may stand while the heading above them, or the sentence that announces
their list, turns them round. What stands above it now is compared by digests with what the
page said then (`evidence.anchoring.fingerprint`), so that numbers, capitals or the form of the page
change nothing, and that words which were on the page already, wherever it has been cut anew into
headings and sentences, raise no alarm.
"""

from __future__ import annotations

import re
from typing import Literal

from evidence.anchoring.fingerprint import (
    PageFingerprint,
    PassageFingerprint,
    digests_of_sentences,
    short_digest,
)
from evidence.anchoring.outline import Outline, OutlinePart
from evidence.anchoring.tokens import Passage
from references.normalise import fold

#: How a line begins that is no heading or lead of the text, though it stands as one.
_BY_THE_WAY = re.compile(
    r"\w+ez\b|(?:(?:a|bon a) (?:lire|voir|decouvrir|noter|retenir|savoir)|prendre|lire|voir|en "
    r"savoir|articles?|nos|notre|important|attention|rappel|remarque|note|publicite|sommaire|"
    r"imprimer|discover|read|see|share|print|download|related|our|book|call|good to know|remember|"
    r"advertisement)\b"
)
#: As many words are no coincidence where they stand inside another sentence.
_TELLING = 3

Turned = Literal["heading", "lead"]


def _is_by_the_way(line: str) -> bool:
    """True for a line that heads or announces nothing: a button, an advertisement, "Note:"."""
    words = fold(line).replace("’", "'")
    return len(words.split()) < 2 or bool(_BY_THE_WAY.match(words))


class SurroundingsThenAndNow:
    """What stands above passages on a page, compared with what stood above them before."""

    def __init__(self, before: PageFingerprint, outline: Outline) -> None:
        self._before = before
        self._lengths = {place: (length, digest) for place, length, digest in before.sentences}
        self._outline = outline
        self._page = outline.page
        self._now: dict[str, list[int]] = {}
        for place, _, digest in digests_of_sentences(outline):
            self._now.setdefault(digest, []).append(place)
        self._searched: dict[tuple[int, str], list[int]] = {}

    def turned(self, was: PassageFingerprint, passage: Passage) -> tuple[Turned, ...]:
        """What no longer stands above a passage as it did, or stands there newly."""
        above, lead = self._outline.above(passage), self._outline.lead(passage)
        known = was.above is not None
        turned: list[Turned] = []
        places = was.above or ()
        # The title of the page is told once, not at every claim.
        parents = [place for place in places[:-1] if place != self._before.title]
        if any(self._last(place, passage) < 0 for place in parents) or self._is_turned(
            places[-1] if places else -1, above[-1] if above else None, was.place, passage, known
        ):
            turned.append("heading")
        if self._is_turned(was.lead, lead, was.place, passage, known):
            turned.append("lead")
        return tuple(turned)

    @property
    def has_new_title(self) -> bool:
        """True when the title of the page before stands nowhere on the page now."""
        place = self._before.title
        end = len(self._page)
        return place is not None and self._last(place, Passage(end, end)) < 0

    def _is_turned(
        self, then: int, now: OutlinePart | None, place: int, passage: Passage, known: bool
    ) -> bool:
        """True when what stood nearest at `then` (-1 for nothing) is gone, or something else does.

        Args:
            now: what stands nearest now.
            place: where the passage stood.
            known: False when only the sentences of the page are known, not which one it was.
        """
        at = self._last(then, passage)
        if then in self._lengths and at < 0:
            return True
        if now is None or now.passage.first <= at:
            return False
        if not self._was_there(now):
            # Alone, a line put in is no heading or lead that turns anything: "Lire aussi".
            return not _is_by_the_way(now.sentence.text)
        return known and not self._stood_between(now, then, place)

    def _last(self, place: int, passage: Passage) -> int:
        """Where the sentence of a place on the page before stands last before a passage now."""
        if place not in self._lengths:
            return -1
        length, digest = self._lengths[place]
        places = self._now.get(digest) or self._search(length, digest)
        return max((at for at in places if at < passage.first), default=-1)

    def _search(self, length: int, digest: str) -> list[int]:
        """Where some words stand that are no sentence of the page any more."""
        key = length, digest
        if key not in self._searched:
            page = self._page
            self._searched[key] = [
                first
                for first in range(len(page) - length + 1)
                if short_digest(page.characters(Passage(first, first + length))) == digest
            ]
        return self._searched[key]

    def _was_there(self, part: OutlinePart) -> bool:
        """True for words of the page before; a heading may have been cut in two or three since."""
        parts, page = self._outline.parts, self._page
        at = parts.index(part)
        joined = (
            page.characters(Passage(first.passage.first, last.passage.last))
            for first in parts[max(0, at - 2) : at + 1]
            for last in parts[at : at + 3]
        )
        if any(short_digest(characters) in self._before.places for characters in joined):
            return True
        then = self._before.page
        is_telling = part.passage.last - part.passage.first >= _TELLING
        return is_telling and then is not None and bool(then.find(page.quote(part.passage)))

    def _stood_between(self, part: OutlinePart, then: int, place: int) -> bool:
        """True for words that stood between two places before, whatever they were taken for."""
        places = self._before.places.get(short_digest(self._page.characters(part.passage)), ())
        return not places or any(then < at < place for at in places)
