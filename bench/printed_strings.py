"""Printed references to fit a reader on, each piece with what it is.

No style is copied: every string draws a style of its own (how names, years, titles, journals and
places are written, in which order, and what stands between them), so that a reader learns what
styles have in common. What is printed are the works of the library, their parts mixed: the title
of one under the authors of another. `bench.fit_printed` fits on them.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

from bench.printed_parts import KINDS, Parts, Piece, Pieces, Style, words


class Printer(Parts):
    """Draws references and prints each in a style of its own."""

    def __iter__(self) -> Iterator[Pieces]:
        while True:
            yield self.drawn()

    def drawn(self) -> Pieces:
        """One printed reference."""
        style = self._style()
        kind = self._one(KINDS)
        pieces = self._noisy(getattr(self, f"_{kind}")(style))
        return _tidied(pieces)

    # ---- kinds of works ---------------------------------------------------------------

    def _article(self, style: Style) -> Pieces:
        year = self._year()
        names = self._names(style)
        title = self._title(style)
        journal = self._journal(style)
        place = self._place(style, year)
        told = "{Y}" in style.place and self._maybe(0.8)  # the place gives the year
        dated = [] if told else self._dated(style, year)
        if style.date_place == "first":
            head = [*names, *dated, *title] if self._maybe(0.93) else [*title, *names, *dated]
            parts = [*head, *journal, *place]
        elif style.date_place == "last":
            parts = [*names, *title, *journal, *place, Piece(self._one([", ", " ", ". "]), "date")]
            parts += dated
        elif self._maybe(0.04):
            parts = [*title, *names, *journal, *dated, *place]
        elif self._maybe(0.02):
            volume = [Piece(self._volume(), "volume"), Piece(" ", "among-numbers")]
            pages = [Piece(self._range(style), "pages"), Piece(" ", "among-numbers")]
            parts = [*names, *title, *volume, *journal, *pages, *dated]
        else:
            parts = [*names, *title, *journal, *dated, *place]
        return [*self._label(style), *parts, *self._tail(style)]

    def _short(self, style: Style) -> Pieces:
        """An article without its title, as physics and footnotes print it."""
        year = self._year()
        parts = [*self._names(style), *self._journal(style), *self._place(style, year)]
        return [*self._label(style), *parts, *self._dated(style, year), *self._tail(style)]

    def _forthcoming(self, style: Style) -> Pieces:
        year = self._year()
        parts = [*self._names(style), *self._title(style), *self._journal(style)]
        soon = Piece(self._one(words.forthcoming), "note")
        dated = self._dated(style, year)
        number = []
        if self._maybe(0.4):
            number = [Piece(self._one([":", ", ", "; "]), "among-numbers"), self._article_number()]
        ending = [soon, *dated, *number] if self._maybe(0.6) else [*dated, *number, soon]
        return [*self._label(style), *parts, *ending, *self._tail(style)]

    def _chapter(self, style: Style) -> Pieces:
        year = self._year()
        book = [
            Piece(self._one(["In: ", "In ", "in: ", "Dans : ", "dans ", "in "]), "book"),
            Piece(self._title_text(3, 9), "book"),
        ]
        editors = [
            Piece(
                ", ".join(self._name_text(style) for _ in range(self._number(1, 3)))
                + self._one([", editors", " (Eds.)", ", eds", " (ed.)", ", éditeurs", " (dir.)"]),
                "editor",
            )
        ]
        if self._maybe(0.5):
            middle = [book[0], *editors, Piece(self._one([". ", ", "]), "editor"), book[1]]
        else:
            middle = [*book, Piece(self._one([", ", ". "]), "book"), *editors]
        pages = [
            Piece(self._one([", ", ". ", " (", "; "]), "among-numbers"),
            Piece(self._one(["pp. ", "p. ", "", "pages "]), "among-numbers"),
            Piece(self._range(style), "pages"),
            Piece(self._one([". ", ") ", ", "]), "among-numbers"),
        ]
        dated = self._dated(style, year)
        names, title = self._names(style), self._title(style)
        if style.date_place == "first":
            parts = [*names, *dated, *title, *middle, *pages, *self._publisher()]
        else:
            parts = [*names, *title, *middle, Piece(". ", "editor"), *self._publisher()]
            parts += [*dated, *pages] if self._maybe(0.6) else [*pages, *dated]
        return [*self._label(style), *parts, *self._tail(style)]

    def _book(self, style: Style) -> Pieces:
        year = self._year()
        names, title = self._names(style), self._title(style, 2, 9)
        dated = self._dated(style, year)
        edition = [Piece(self._one(words.editions), "note")] if self._maybe(0.3) else []
        if style.date_place == "first":
            parts = [*names, *dated, *title, *edition, *self._publisher()]
        else:
            parts = [*names, *title, *edition, *self._publisher(), *dated]
        return [*self._label(style), *parts, *self._tail(style)]

    def _meeting(self, style: Style) -> Pieces:
        year = self._year()
        book = [
            Piece(self._one(["In ", "In: ", "in ", "In: ", "", "Presented at "]), "book"),
            Piece(self._one(words.meetings).format(field=self._one(words.fields)), "book"),
            Piece(self._one([", ", ". ", "; "]), "book"),
        ]
        names, title, dated = self._names(style), self._title(style), self._dated(style, year)
        pages = []
        if self._maybe(0.7):
            pages = [
                Piece(self._one(["pp. ", "pages ", "p. ", ""]), "among-numbers"),
                Piece(self._range(style), "pages"),
                Piece(self._one([". ", ", "]), "among-numbers"),
            ]
        if style.date_place == "first":
            parts = [*names, *dated, *title, *book, *pages, *self._publisher(0.4)]
        else:
            parts = [*names, *title, *book, *pages, *self._publisher(0.4), *dated]
        return [*self._label(style), *parts, *self._tail(style)]

    def _report(self, style: Style) -> Pieces:
        """A report, a leaflet, a page of the web, a thesis: often without a person."""
        year = self._year()
        signed = self._one([self._group, self._group, self._group, self._names, self._nobody])
        names = signed(style)
        title, dated = self._title(style, 2, 12), self._dated(style, year)
        kind = [Piece(self._one(words.genres), "note")] if self._maybe(0.5) else []
        if style.date_place == "first":
            parts = [*names, *dated, *title, *kind, *self._publisher(0.5)]
        else:
            parts = [*names, *title, *kind, *self._publisher(0.7), *dated]
        return [*self._label(style), *parts, *self._tail(style), *self._web()]

    # ---- what goes wrong --------------------------------------------------------------

    def _noisy(self, pieces: Pieces) -> Pieces:
        way = self._draw.random()
        if way < 0.06:
            return [Piece(_plain(piece.text), piece.label) for piece in pieces]
        if way < 0.09:  # torn at the end of a line
            return [
                Piece(re.sub(r"(?<=[a-z]{3})(?=[a-z]{4})", "- ", p.text, count=1), p.label)
                if p.label in ("title", "family") and self._maybe(0.3)
                else p
                for p in pieces
            ]
        if way < 0.12:  # spaces lost behind marks
            return [Piece(re.sub(r"(?<=[.,;:]) ", "", p.text), p.label) for p in pieces]
        if way < 0.15:  # spaces before marks, as French print has them
            return [Piece(re.sub(r"(?<=\w)([;:])", r" \1", p.text), p.label) for p in pieces]
        if way < 0.18:
            return [
                Piece(re.sub(r"[.,] $", " ", p.text), p.label) if self._maybe(0.3) else p
                for p in pieces
            ]
        return pieces


def _plain(text: str) -> str:
    flat = unicodedata.normalize("NFKD", text)
    return "".join(sign for sign in flat if not unicodedata.combining(sign))


def _tidied(pieces: Pieces) -> Pieces:
    """Without empty pieces, double spaces, and marks doubled where two pieces meet."""
    tidy: Pieces = []
    for text, label in pieces:
        part = re.sub(r"\s+", " ", text)
        before = tidy[-1].text if tidy else " "
        if before[-1:] == " ":
            part = part.lstrip()
            if part[:1] in ".,;" and part[:1]:
                part = part[1:].lstrip()
        elif before[-1:] in ".,;:" and part[:1] == before[-1:]:
            part = part[1:]
        if part:
            tidy.append(Piece(part, label))
    return tidy
