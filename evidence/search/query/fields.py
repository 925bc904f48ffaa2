"""Fields of a query: a name, a colon or a comparison, and a value that the field can have.

A word before a colon is a field only when what follows is a value of that field; else both are
words, since titles are full of colons, and the answer says so.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from itertools import takewhile
from typing import Protocol

from evidence.parameters import bounds
from evidence.search.index.documents import CONCEPT_FACETS
from evidence.search.language.analysis import STOP
from evidence.search.query.nodes import Field, Node, Phrase, Prefix, Range, Words, mapped
from evidence.search.query.pieces import MIN_PREFIX, OPERATORS, Pieces
from evidence.search.query.values import concept_of, language_of, nearest
from references.concepts import Vocabulary
from references.errors import message
from references.identifiers import whole_identifier
from references.normalise import fold


class Holdings(Protocol):
    """What the library holds, as far as reading a query needs it."""

    def holds(self, name: str, value: str) -> bool:
        """Whether some reference has all of a value in a field."""
        ...

    @property
    def languages(self) -> tuple[str, ...]:
        """The codes of the languages that references are written in."""
        ...


MAX_VALUE = 6  # words of a concept's name that stands behind its field without quotation marks

#: Every name a field answers to, in both languages.
FIELDS = {
    name: field
    for field, names in {
        "author": "author auteur au",
        "title": "title titre ti",
        "journal": "journal revue",
        "year": "year annee date",
        "participants": "n participants",
        "design": "design plan type",
        "indication": "indication",
        "nerve": "nerve nerf",
        "intervention": "intervention traitement",
        "comparator": "comparator comparateur",
        "population": "population",
        "guidance": "guidance guidage",
        "language": "language langue lang",
        "concept": "concept",
        "identifier": "doi pmid pmcid key cle",
        "relevance": "relevance pertinence",
        "provenance": "provenance",
    }.items()
    for name in names.split()
}
NUMBERS = ("year", "participants")
#: Fields that take concepts, and the facet of these; None for any.
CONCEPT_FIELDS = {
    **dict(zip(CONCEPT_FACETS, CONCEPT_FACETS, strict=True)),
    "comparator": "intervention",
    "concept": None,
}
OFFERED_FIELDS = message(
    "author, title, journal, year, design, indication, nerve, intervention, comparator, "
    "population, guidance, concept, language, relevance, provenance, doi, pmid, key, n"
)
_PLAIN_WORD = re.compile(r"\w[\w'’-]*")


class FieldReader:
    """Reads the fields of one query."""

    def __init__(
        self, pieces: Pieces, vocabulary: Vocabulary, holdings: Holdings, spaced_fields: bool
    ) -> None:
        """Without `spaced_fields`, one that a space sets off from its value is words."""
        self._pieces = pieces
        self._vocabulary = vocabulary
        self._holdings = holdings
        self._spaced_fields = spaced_fields
        self.spaced = False  # there was a field that a space sets off from its value

    def read(
        self, written: str, comparison: str, rest: str, group: Callable[[], Node | None]
    ) -> Node | None:
        """A field with its value; words, where the name is no field or the value none of its.

        Args:
            written: the name as typed.
            comparison: the colon, or >, <=, ....
            rest: what is attached to it, maybe nothing.
            group: reads the parentheses that come next.
        """
        pieces = self._pieces
        name = FIELDS.get(fold(written))
        if name is None or (comparison != ":" and name not in NUMBERS):
            if name is None and comparison == ":" and rest and not rest.startswith("//"):
                pieces.remark(
                    "There is no field '{name}'; its words were searched for instead. "
                    "Fields are {names}.",
                    name=written,
                    names=OFFERED_FIELDS,
                )
            return self._as_words(written, comparison, rest)
        if comparison == ":" and not rest and pieces.peek() == "(":
            pieces.at += 1
            inside = group()
            return None if inside is None else self._of_group(inside, name, written)
        begin = pieces.at
        quoted = (rest or pieces.peek() or "").startswith('"')
        value = self._value(rest)
        if not value:
            pieces.at = begin + bool(quoted and not rest)
            pieces.remark("'{name}:' without a value was passed over.", name=written)
            return None
        node = self._valued(name, comparison, value, attached=bool(rest), quoted=quoted)
        typed = f"{written}{comparison}{'' if rest else ' '}{value[:40]}"
        if node is None:
            pieces.at = begin
            self._refuse(name, typed, value)
            return self._as_words("" if rest else written, comparison, rest)
        if not rest:
            self.spaced = True
            if not self._spaced_fields:
                pieces.at = begin
                pieces.remark(
                    "'{value}' was read as words: with it as a field nothing is found.",
                    value=typed,
                )
                return Words(written)
        return node

    def _value(self, rest: str) -> str:
        """The value of a field: what is attached, or the phrase or word that comes next."""
        pieces = self._pieces
        if not rest:
            piece = pieces.peek()
            if piece is None or piece in "()" or piece in OPERATORS:
                return ""
            pieces.at += 1
            rest = piece
        if rest[0] == '"':
            return pieces.unquoted(rest)
        if rest[0] in "[{" and rest[-1] not in "]}":
            # Lucene's ranges come apart at their spaces: year:[2015 TO 2020]
            while (piece := pieces.peek()) is not None:
                pieces.at += 1
                rest += " " + piece
                if piece[-1] in "]}":
                    break
        return rest

    def _as_words(self, written: str, comparison: str, rest: str) -> Node | None:
        """What looked like a field, as the words it consists of."""
        if rest.startswith('"'):
            self._pieces.all.insert(self._pieces.at, rest)
            return Words(written) if written else None
        if not written and "*" in rest:
            return self._pieces.beginning(rest)
        whole = f"{written}{comparison}{rest}" if written else rest
        return Words(whole.replace(":", " ").strip())

    def _refuse(self, name: str, typed: str, value: str) -> None:
        """Say why a field was read as words."""
        remark = self._pieces.remark
        if name == "year":
            remark(
                "'{value}' was read as words: it is not a year or a range of years, as in "
                "year:2015..2025 or year>=2015.",
                value=typed,
            )
        elif name == "participants":
            remark(
                "'{value}' was read as words: it is not a number or a range, as in n>50 or "
                "n:20..100.",
                value=typed,
            )
        elif name == "language" and self._holdings.languages:
            remark(
                "'{value}' was read as words; languages here are {names}.",
                value=typed,
                names=self._holdings.languages,
            )
        elif near := self._near(name, value):
            remark(
                "'{value}' was read as words: the field has no such value; nearest: {near}.",
                value=typed,
                near=near,
            )
        else:
            remark("'{value}' was read as words: the field has no such value.", value=typed)

    def _near(self, name: str, value: str) -> tuple[str, ...]:
        if name not in CONCEPT_FIELDS:
            return ()
        return nearest(self._vocabulary, value, CONCEPT_FIELDS[name])

    def _valued(
        self, name: str, comparison: str, value: str, *, attached: bool = True, quoted: bool = True
    ) -> Node | None:
        """The node of a field and its value, or None when the field has no such value.

        Words behind one that is not `quoted` may belong to the value. Any word may be one of a
        title, so whoever writes `title:word` without a space, `attached`, means the field.
        """
        if name in NUMBERS:
            return self._number(name, comparison, value)
        if name in CONCEPT_FIELDS:
            concept = self._concept(CONCEPT_FIELDS[name], value, quoted)
            return None if concept is None else Field(name, concept)
        if name == "identifier":
            return self._identifier(value)
        if name == "language":
            value = language_of(value)
        elif value.endswith("*"):
            value = self._beginning_in(value)
        elif _is_small(value) and not quoted and (name == "journal" or not attached):
            return None
        meant = name == "title" and attached
        return Field(name, value) if meant or self._holdings.holds(name, value) else None

    def _concept(self, facet: str | None, value: str, quoted: bool) -> str | None:
        """The concept that a value names, with as many of the next words as belong to its name."""
        pieces = self._pieces
        following: list[str] = []
        if not quoted:
            ahead = pieces.all[pieces.at : pieces.at + MAX_VALUE]
            following = list(
                takewhile(lambda p: p not in OPERATORS and _PLAIN_WORD.fullmatch(p), ahead)
            )
        for size in range(len(following), -1, -1):
            concept = concept_of(self._vocabulary, " ".join([value, *following[:size]]), facet)
            if concept is not None:
                pieces.at += size
                return concept
        return None

    def _identifier(self, value: str) -> Node | None:
        pieces = self._pieces
        closing = ""
        while value.endswith(")") and value.count(")") > value.count("("):
            value = value[:-1]  # it closes a group: the brackets of a DOI come in pairs
            closing += ")"
        known = whole_identifier(value)
        value = value.lower()
        if value.endswith("*"):
            value = self._beginning_in(value)
        if known is None and not self._holdings.holds("identifier", value):
            return None
        pieces.all[pieces.at : pieces.at] = list(closing)
        return Field("identifier", known or value)

    def _beginning_in(self, value: str) -> str:
        """A beginning with one star, or the word alone when it has too few letters."""
        text = value.rstrip("*")
        if len(text) >= MIN_PREFIX:
            return text + "*"
        self._pieces.too_short(value)
        return text

    def _number(self, name: str, comparison: str, value: str) -> Range | None:
        ends = bounds(name, comparison, value)
        if ends is None:
            return None
        low, high = ends
        if low is not None and high is not None and low > high:
            self._pieces.remark(
                "The range {low}..{high} was read as {high}..{low}.", low=low, high=high
            )
            low, high = high, low
        return Range(name, low, high)

    # ---- title:(nerve OR nerf) ----

    def _of_group(self, inside: Node, name: str, written: str) -> Node:
        """A field before a group is handed to each word of the group."""

        def handed_to(leaf: Node) -> Node:
            if not isinstance(leaf, Words | Phrase | Prefix):
                return leaf
            value = leaf.text + "*" if isinstance(leaf, Prefix) else leaf.text
            valued = self._valued(name, ":", value)
            if valued is None:
                self._refuse(name, f"{written}:{value[:40]}", value)
            return valued or leaf

        node = mapped(inside, handed_to)
        return Words(f"{written} {node.text}") if isinstance(node, Words) else node


def _is_small(word: str) -> bool:
    """Whether a word is one that every text has, or a letter."""
    plain = fold(word).strip(".,;:")
    return len(plain) < 2 or any(plain in small for small in STOP.values())
