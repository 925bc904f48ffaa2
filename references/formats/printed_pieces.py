"""The fields of a printed reference from its labelled pieces."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise

from references.formats.printed_names import OTHERS, split_particle
from references.formats.printed_patterns import CAPITALS, YEAR
from references.formats.printed_tagger import Span
from references.record import Author

#: What only introduces a journal or a book.
_IN = re.compile(r"^(?:in|dans)\b\s*[:,]?\s+(?=\S)", re.I)
_SUFFIX = re.compile(r"[,\s]*\b(Jr|Sr|II|III|IV|2nd|3rd)\b\.?")
_QUOTES = (("“", "”"), ("‘", "’"), ("«", "»"), ("„", "“"), ('"', '"'), ("'", "'"))


_BODY = ("title", "journal", "book", "volume")


class PrintedPieces:
    """A printed reference in labelled pieces, and what they say."""

    def __init__(self, text: str, spans: Sequence[Span]) -> None:
        self._text = text
        self._spans = list(spans)

    def _of(self, span: Span) -> str:
        return " ".join(self._text[span.start : span.end].split())

    def _texts(self, *labels: str) -> list[str]:
        return [self._of(span) for span in self._spans if span.label in labels]

    def _first(self, label: str) -> str:
        return next(iter(self._texts(label)), "").strip(" .,;:")

    def _longest(self, label: str) -> str:
        return max(self._texts(label), key=len, default="")

    def body_before(self, place: int) -> bool:
        """True when title or journal begins before this place of the text."""
        return any(span.label in _BODY and span.start < place for span in self._spans)

    def begin_body(self, place: int) -> None:
        """Let nothing before this place of the text be part of title, journal or volume."""
        self._spans = [
            span._replace(start=max(span.start, min(place, span.end)))
            if span.label in _BODY
            else span
            for span in self._spans
        ]

    def families_before(self, place: int) -> list[str]:
        """The family names before this place of the text, in small letters."""
        named = [s for s in self._spans if s.label == "family" and s.start < place]
        return [self._of(span).strip(" .,;").casefold() for span in named]

    def names_behind(self, place: int) -> bool:
        """True when a name stands behind this place of the text."""
        return any(s.label in ("family", "group") and s.start >= place for s in self._spans)

    @property
    def title(self) -> str:
        """The title without the marks around it."""
        text = re.sub(r"\s*\[[JMCDAZ](?:/OL)?\]\s*$", "", self._longest("title"))
        text = re.sub(
            r"(?<=[”»\"’“'])[\s,.]*(?:in|dans)\s*:?$",
            "",
            text.strip(" ,;:/–-(").lstrip("._—"),
            flags=re.I,
        )
        return _unquoted(re.sub(r"(?<!\b[A-Z])\.+$", "", text))

    @property
    def journal(self) -> str:
        """The journal, or the book that the work is part of."""
        text = self._longest("journal") or self._longest("book")
        return _IN.sub("", text.strip(" .,;:/–-")).strip(' .,;:([“”"«»')

    @property
    def publisher(self) -> str:
        """The publisher without its town: "HAS" of "Saint-Denis : HAS"."""
        return self._first("publisher").rpartition(":")[2].strip(" ,;(")

    @property
    def volume(self) -> str:
        return self._first("volume")

    @property
    def issue(self) -> str:
        return self._first("issue").strip("()")

    @property
    def pages(self) -> str:
        return self._first("pages")

    @property
    def year(self) -> int | None:
        years = re.findall(rf"(?<!\d){YEAR}(?!\d)", " ".join(self._texts("date")))
        return int(years[0]) if years else None

    @property
    def others(self) -> bool:
        """True when the names end in "et al."."""
        return bool(OTHERS.search(" ".join(self._texts("among-names"))))

    @property
    def authors(self) -> tuple[Author, ...]:
        """Persons and groups in their order."""
        parts = [s for s in self._spans if s.label in ("family", "given", "group")]
        authors: list[Author] = []
        taken: set[int] = set()
        for place, span in enumerate(parts):
            if place in taken:
                continue
            if span.label == "group":
                authors.append(Author(literal=self._of(span).strip(" .,;:")))
                continue
            partner = self._partner(parts, place, taken)
            if partner is not None:
                taken.add(partner)
            pair = [span] if partner is None else [span, parts[partner]]
            named = {part.label: self._of(part) for part in pair}
            if "family" in named:
                authors.append(_person(named["family"], named.get("given", "")))
        return tuple(authors)

    def _partner(self, parts: list[Span], place: int, taken: set[int]) -> int | None:
        """Which of the next parts makes one name with this one, if any."""
        after = place + 1
        if after >= len(parts) or {parts[place].label, parts[after].label} != {"family", "given"}:
            return None
        # "Smith, J. Doe": the given name belongs to what it stands closer to
        contested = parts[place].label == "family" and [
            part.label for part in parts[after + 1 : after + 2]
        ] == ["family"]
        return None if contested and self._closer(parts, after) else after

    def _closer(self, parts: list[Span], place: int) -> bool:
        """True when a given name stands closer to the next family name than to the one before."""
        before, after = (
            self._text[one.end : other.start].strip()
            for one, other in pairwise(parts[place - 1 : place + 2])
        )
        return bool(before) and not after


def _unquoted(text: str) -> str:
    """A title without the quotation marks that stand around all of it, or around half of it."""
    text = re.sub(r"([“«”»])\1", r"\1", text.strip())
    for opening, closing in _QUOTES:
        if text[:1] == opening and closing not in text[1:-1]:
            text = text[1:].strip()
        if text[-1:] == closing and opening not in text[:-1]:
            text = text[:-1].strip(" ,")
    return re.sub(r"^``|''$", "", text).rstrip(".") if not text.endswith("...") else text


def _person(family: str, given: str) -> Author:
    suffix = ""
    if match := _SUFFIX.search(given):
        given, suffix = given[: match.start()] + given[match.end() :], match[1]
    given = " ".join(given.replace(".", " ").replace(",", " ").split())
    if re.fullmatch(rf"[{CAPITALS}]{{2,5}}", given):
        given = " ".join(given)
    particle, family = split_particle(family.strip(" .,;"))
    if len(family) > 3 and family.isupper():
        family = family.title()
    return Author(family=family, given=given, particle=particle, suffix=suffix)
