"""The parts of printed references, each drawn and written in the style of its string."""

from __future__ import annotations

import random
import re
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import NamedTuple, TypeVar

from references.record import Author, Reference

#: What a piece can be.
LABELS = (
    "family",
    "given",
    "group",
    "among-names",  # what stands between two names, and "et al."
    "title",
    "journal",
    "book",
    "date",
    "volume",
    "issue",
    "pages",
    "among-numbers",  # "vol.", brackets
    "editor",
    "publisher",
    "note",
    "label",
)


class Piece(NamedTuple):
    """A part of a printed reference and its label, one of `LABELS`."""

    text: str
    label: str


Pieces = list[Piece]
words = SimpleNamespace(
    **tomllib.loads(Path(__file__).with_name("printed_words.toml").read_text(encoding="utf-8"))
)
KINDS = [kind for kind, share in words.kinds.items() for _ in range(share)]
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Style:
    """How one string is printed; each choice is drawn once."""

    name: str
    joined: str
    last: str
    others: str
    most: int
    after_names: str
    date: str
    date_place: str
    quotes: tuple[str, str]
    after_title: str
    before_journal: str
    after_journal: str
    place: str
    dash: str
    label: str
    tail: str
    given_in_full: bool


class Parts:
    """Draws names, titles, journals, years and places from the works of a library."""

    def __init__(self, references: Sequence[Reference], seed: int) -> None:
        self._draw = random.Random(seed)
        self._works = [r for r in references if r.title and r.authors]
        self._authors = [a for r in self._works for a in r.authors if a.family]
        self._groups = [a.literal for r in self._works for a in r.authors if a.literal]
        self._given = [a.given for a in self._authors if re.search("[a-z]{2}", a.given)]
        self._journals = sorted({r.journal for r in self._works if r.journal})

    # ---- drawing ----------------------------------------------------------------------

    def _one(self, choices: Sequence[T]) -> T:
        return self._draw.choice(choices)

    def _maybe(self, share: float) -> bool:
        return self._draw.random() < share

    def _number(self, low: int, high: int) -> int:
        return self._draw.randint(low, high)

    def _style(self) -> Style:
        """Choices that go together in some family of styles, three times in four; else any."""
        any_of_them = (
            words.names,
            words.joined,
            words.last,
            words.after_names,
            words.dates,
            ("first", "place", "place", "last"),
            words.quotes,
            words.after_title,
            words.after_journal,
        )
        choices = any_of_them if self._maybe(0.25) else self._one(words.families)
        name, joined, last, after_names, date, date_place, quotes, after_title, after = map(
            self._one, choices
        )
        return Style(
            name=name,
            joined=joined,
            last=last,
            others=self._one(words.others),
            most=self._one([1, 1, 3, 3, 6, 6, 10, 99, 99, 99]),
            after_names=after_names,
            date=date,
            date_place=date_place,
            quotes=quotes,
            after_title=after_title,
            before_journal=self._one(words.before_journal),
            after_journal=after,
            place=self._one(words.places),
            dash=self._one(["-", "-", "–", "–", "—", " - ", " – ", "--", "‐", "−"]),
            label=self._one(words.numbered) if self._maybe(0.35) else "",
            tail=self._one(words.tails) if self._maybe(0.45) else "",
            given_in_full=self._maybe(0.5),
        )

    # ---- parts ------------------------------------------------------------------------

    def _label(self, style: Style) -> Pieces:
        text = style.label.format(n=self._number(1, 250))
        return [Piece(text, "label")] if text else []

    def _year(self) -> int:
        return self._number(1950, 2026) if self._maybe(0.95) else self._number(1850, 1949)

    def _names(self, style: Style) -> Pieces:
        if self._maybe(0.03):
            return self._group(style)
        count = min(self._one([1, 1, 2, 2, 3, 3, 4, 5, 6, 7, 8, 10, 14]), 20)
        shown = min(count, style.most)
        pieces: Pieces = []
        for number in range(shown):
            if number:
                ends = number == count - 1
                pieces.append(Piece(style.last if ends else style.joined, "among-names"))
            form = style.name
            if number and form in words.turned_first:
                form = words.turned_first[form]
            pieces += self._name(style, form)
        if self._maybe(0.04):
            joint = self._one([", ", "; ", " and ", "; for the ", " on behalf of the "])
            pieces += [Piece(joint, "among-names"), Piece(self._group_text(), "group")]
        elif shown < count:
            pieces.append(Piece(style.others, "among-names"))
            if "…" in style.others or ". . ." in style.others:
                pieces += self._name(style, style.name)
        return [*pieces, Piece(self._closing(pieces, style), "among-names")]

    def _closing(self, pieces: Pieces, style: Style) -> str:
        """What ends the names: a point is not printed twice."""
        ends = pieces[-1].text.rstrip()[-1:]
        return style.after_names[1:] if ends == style.after_names[:1] == "." else style.after_names

    def _group_text(self) -> str:
        if self._groups and self._maybe(0.4):
            return self._one(self._groups)
        kind = self._one(words.groups)
        return kind.format(field=self._one(words.fields), place=self._one(words.towns))

    def _group(self, style: Style) -> Pieces:
        return [Piece(self._group_text(), "group"), Piece(style.after_names, "among-names")]

    def _nobody(self, style: Style) -> Pieces:
        return []

    def _person(self) -> Author:
        author = self._one(self._authors)
        family = author.family
        if self._maybe(0.06):
            family = f"{family}{self._one(['-', ' '])}{self._one(self._authors).family}"
        particle = author.particle
        if not particle and self._maybe(0.03):
            particle = self._one(words.particles)
        given = self._one(self._given)
        if self._maybe(0.3):
            given = f"{given.split()[0]} {self._one(words.capitals)}{self._one(['', '.'])}"
        elif self._maybe(0.2):
            given = f"{given.split()[0]}{self._one([' ', ' ', '-'])}{self._one(self._given)}"
        suffix = self._one(["Jr", "III", "2nd", "Sr"]) if self._maybe(0.02) else ""
        return Author(family, given, particle, suffix)

    def _name(self, style: Style, form: str) -> Pieces:
        author = self._person()
        family = f"{author.particle} {author.family}".strip()
        if "FAMILY" in form:
            family = family.upper()
        given = author.given
        signs = author.initials[: self._number(1, 3)] or "A"
        if self._maybe(0.01):
            signs = "".join(self._one(words.capitals) for _ in range(5))
        parts = {
            "F": Piece(family, "family"),
            "I": Piece(signs, "given"),
            "i": Piece(" ".join(f"{s}." for s in signs), "given"),
            "d": Piece("".join(f"{s}." for s in signs), "given"),
            "h": Piece("-".join(f"{s}." for s in signs), "given"),
            "s": Piece(" ".join(signs), "given"),
            "G": Piece(given if style.given_in_full else given.split()[0], "given"),
            "?": Piece(f" {author.suffix}" if author.suffix else "", "given"),
        }
        marks = form.replace("FAMILY", "F")
        return [parts[m] if m in parts else Piece(m, "among-names") for m in marks]

    def _name_text(self, style: Style) -> str:
        return "".join(piece.text for piece in self._name(style, style.name))

    def _title_text(self, least: int = 1, most: int = 40) -> str:
        title = self._one(self._works).title.strip(" .")
        if self._maybe(0.28):
            count = self._number(max(least, 1), self._one([3, 8]))
            title = " ".join(title.split()[:count]).rstrip(" ,;:(-–")
        if self._maybe(0.06):
            other = self._one(self._works).title.strip(" .")
            title = f"{title}{self._one(['? ', '. ', ': ', ' - ', ' – ', '! '])}{other}"
        title = " ".join(title.split()[:most])
        if self._maybe(0.03):
            title = re.sub(r"^(\S+ \S+)", self._one(["“\\1”", '"\\1"', "‘\\1’", "« \\1 »"]), title)
        way = self._draw.random()
        if way < 0.35:
            title = _sentence_case(title)
        elif way < 0.55:
            title = _title_case(title)
        elif way < 0.57:
            title = title.upper()
        return title

    def _title(self, style: Style, least: int = 1, most: int = 40) -> Pieces:
        opening, closing = style.quotes
        text = self._title_text(least, most)
        after = style.after_title
        if text[-1:] in "?!" and after[:1] in ".,":
            after = after[1:]
        if closing and after[:1] in ".," and self._maybe(0.5):
            return [Piece(f"{opening}{text}{after[:1]}{closing}{after[1:] or ' '}", "title")]
        note = Piece(self._one(words.media), "note") if self._maybe(0.07) else Piece("", "note")
        return [Piece(f"{opening}{text}{closing}", "title"), note, Piece(after, "title")]

    def _journal(self, style: Style) -> Pieces:
        way = self._draw.random()
        if way < 0.5:
            name = self._one(self._journals)
        else:
            name = self._one(words.journals).format(
                field=self._one(words.fields), other=self._one(words.fields)
            )
        if self._maybe(0.5):
            name = _abbreviated(name, dotted=self._maybe(0.5))
        if self._maybe(0.04):
            name = f"{name} ({self._one(words.towns)})"
        if self._maybe(0.03):
            name = name.upper()
        if self._maybe(0.02):
            name = name[:1].lower() + name[1:]
        if self._maybe(0.03):
            name = f"{name}, {self._one(words.publishers)}"
        if self._maybe(0.02) and not style.quotes[0]:
            name = f"«{name}»"
        return [
            Piece(style.before_journal, "journal"),
            Piece(name, "journal"),
            Piece(style.after_journal, "journal"),
        ]

    def _dated(self, style: Style, year: int) -> Pieces:
        if self._maybe(0.02):
            return [Piece(self._one(["(in press). ", "(n.d.). ", "(s.d.) "]), "date")]
        if self._maybe(0.02):
            return []
        text = style.date.format(
            y=year, month=self._one(words.months), day=self._number(1, 30), letter=self._one("abc")
        )
        return [Piece(text, "date")]

    def _article_number(self) -> Piece:
        number = self._number(10, 999999)
        form = self._one(["e{}", "{}", "{}", "E{}", "f{}", "Article {}", "Art. {}", "S{}", "zsa{}"])
        return Piece(form.format(number), "pages")

    def _range(self, style: Style) -> str:
        first = self._number(1, 3000)
        last = first + self._number(1, 40)
        before = self._one(["", "", "", "", "", "", "S", "e", "R"])
        shown = str(last)
        if self._maybe(0.4):
            shared = next(
                (i for i, (a, b) in enumerate(zip(str(first), shown, strict=False)) if a != b), 0
            )
            shown = shown[shared:] if len(str(first)) == len(shown) else shown
        if self._maybe(0.2):
            return f"{before}{first if self._maybe(0.7) else self._number(1, 200000)}"
        if self._maybe(0.02):
            return f"{first}.e1{style.dash}{self._one([f'{first}.', ''])}e{self._number(2, 12)}"
        if self._maybe(0.01):
            year, number = self._number(10, 26), self._number(10000, 99999)
            return f"S{first}-{last}({year}){number}-{self._number(1, 9)}"
        return f"{before}{first}{style.dash}{before if self._maybe(0.7) else ''}{shown}"

    def _place(self, style: Style, year: int) -> Pieces:
        """Volume, issue and pages: "{V}", "{I}", "{P}" of the form, its words between them."""
        values = {
            "V": Piece(self._volume(), "volume"),
            "I": Piece(self._issue(), "issue"),
            "P": Piece(self._range(style), "pages")
            if self._maybe(0.85)
            else self._article_number(),
            "Y": Piece(str(year), "date"),
        }
        form = style.place
        if self._maybe(0.03):
            form = self._one(["{V}", "{P}", "{V}({I})", "n° {I}", ", {P}"])
        pieces: Pieces = []
        for part in re.split(r"(\{[VIPY]\})", form):
            if part[:1] == "{":
                pieces.append(values[part[1]])
            elif part:
                pieces.append(Piece(part, "among-numbers"))
        return [*pieces, Piece(self._one(["", "", ".", ". "]), "among-numbers")]

    def _volume(self) -> str:
        number = self._number(1, 60) if self._maybe(0.75) else self._number(61, 400)
        if self._maybe(0.06):
            return f"{number}{self._one(words.after_volume)}"
        if self._maybe(0.03):
            return f"{self._one('ABCDE')}{number}"
        if self._maybe(0.02):
            return self._one(["II", "IV", "VI", "IX", "XII", "XIV", "XXIII", "LII"])
        return str(self._number(1990, 2026)) if self._maybe(0.01) else str(number)

    def _issue(self) -> str:
        number = self._number(1, 12) if self._maybe(0.85) else self._number(13, 300)
        if self._maybe(0.12):
            return self._one(words.parts).format(n=self._number(1, 4), i=number)
        return str(number)

    def _publisher(self, share: float = 0.85) -> Pieces:
        if not self._maybe(share):
            return []
        house, town = self._one(words.publishers), self._one(words.towns)
        form = self._one(["{t}: {h}", "{t} : {h}", "{h}, {t}", "{h}", "({t}: {h}", "{t}, {h}"])
        end = self._one([". ", ", ", "; ", " ; ", ": "])
        return [Piece(form.format(t=town, h=house) + end, "publisher")]

    def _web(self) -> Pieces:
        if not self._maybe(0.5):
            return []
        return [Piece(f" {self._one(words.before_address)}", "note")]

    def _tail(self, style: Style) -> Pieces:
        text = style.tail.format(
            n=self._number(10**6, 4 * 10**7),
            y=self._number(2005, 2026),
            month=self._one(words.months),
            d=self._number(1, 30),
        )
        return [Piece(f" {text}", "note")] if text else []


def _sentence_case(title: str) -> str:
    return " ".join(
        word.lower() if place and word[1:].islower() else word
        for place, word in enumerate(title.split())
    )


def _title_case(title: str) -> str:
    return " ".join(
        word[:1].upper() + word[1:] if len(word) > 3 or not place else word
        for place, word in enumerate(title.split())
    )


def _abbreviated(name: str, *, dotted: bool) -> str:
    shown = []
    for word in re.split(r"[\s:]+", name):
        if word.lower() in words.left_out:
            continue
        short = words.short.get(word.lower(), "")
        if not short and len(word) > 8:
            short = re.sub(r"[aeiouyé]+$", "", word[:6])
        shown.append(f"{short}." if short and dotted else short or word)
    return " ".join(shown) or name
