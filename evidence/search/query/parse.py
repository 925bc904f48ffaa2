"""The query language: what is typed becomes a small tree, once, whatever is typed.

    words            nerf pudendal        all of them wanted; any, where no record has all
    phrase           "nerve block"
    operators        AND OR NOT (also ET OU SAUF), parentheses, -word
    beginnings       cryo*                three letters or more before the star
    fields           author:ilfeld title:freezing journal:pain doi:10.1000/x pmid:123 key:…
                     indication: nerve: guidance: design: concept: language:
    numbers          year:2015..2025 year>=2015 n>50

Parsing never fails: an unclosed quote is closed, a stray operator or parenthesis is passed
over, a beginning that is too short is a word, and `Parsed.notices` says so. The size of a query
is bounded before anything is looked at.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from evidence.search.query.fields import FIELDS, FieldReader, Holdings
from evidence.search.query.nodes import (
    And,
    Concepts,
    Everything,
    Node,
    Not,
    Or,
    Phrase,
    Words,
    any_of,
)
from evidence.search.query.pieces import FIELD, OPERATORS, Pieces, tidy
from evidence.search.query.tags import in_our_fields
from evidence.search.request import MAX_QUERY
from references.concepts import Vocabulary
from references.errors import Message, message

MAX_CLAUSES = 64
MAX_DEPTH = 20
NOTHING = message("Nothing in the query can be searched for; everything is listed.")


@dataclass(frozen=True, slots=True)
class Parsed:
    """A query that was read: its tree, the text that was read, and remarks for the user."""

    node: Node
    text: str
    notices: tuple[Message, ...] = ()
    rewritten: bool = False  # the tree is not what was literally typed
    spaced: bool = False  # a field is set off from its value by a space, as in a sentence


def parse(
    query: str,
    vocabulary: Vocabulary,
    holdings: Holdings,
    *,
    spaced_fields: bool = True,
) -> Parsed:
    """The tree of a query; concepts are not recognised yet (see `with_concepts`).

    `holdings` tells which values the fields of names have. Without `spaced_fields` a field that
    is set off from its value by a space is words. Nothing that can be typed is an error.
    """
    text = tidy(query)
    asked, tags = in_our_fields(text, FIELDS)
    pieces = Pieces(asked)
    if tags:
        pieces.remark(
            "Field tags of other databases were passed over: {tags}.", tags=" ".join(tags)
        )
    if pieces.all and not any(character.isalnum() or character == "*" for character in text):
        return Parsed(Everything(), text, (NOTHING,), rewritten=True)
    fields = FieldReader(pieces, vocabulary, holdings, spaced_fields)
    if len(query) > MAX_QUERY:
        pieces.remark("Only the first {n} characters were read.", n=MAX_QUERY)
    node = _Parser(pieces, fields).whole()
    return Parsed(node, text, tuple(pieces.notices), pieces.rewritten, fields.spaced)


class _Parser:
    """Recursive descent over the pieces of one query."""

    def __init__(self, pieces: Pieces, fields: FieldReader) -> None:
        self._pieces = pieces
        self._fields = fields
        self._depth = 0
        self._clauses = 0

    def whole(self) -> Node:
        """The whole query; parentheses that close nothing are passed over."""
        pieces = self._pieces
        parts = []
        while pieces.peek() is not None:
            before = pieces.at
            part = self._either()
            if part is not None:
                parts.append(part)
            if pieces.peek() == ")":
                pieces.at += 1
                pieces.remark("A closing parenthesis without an opening one was passed over.")
            elif pieces.at == before:
                pieces.at += 1
        if pieces.all and not parts:
            pieces.remark(NOTHING.template)
        if not parts:
            return Everything()
        return parts[0] if len(parts) == 1 else And(tuple(parts))

    def _either(self) -> Node | None:
        """Alternatives: `a OR b OR c`."""
        pieces = self._pieces
        parts: list[Node] = []
        while True:
            part = self._every()
            if part is not None:
                parts.append(part)
            if OPERATORS.get(pieces.peek() or "") != "OR":
                return any_of(parts) if parts else None
            pieces.at += 1
            if part is None or pieces.ends():
                pieces.remark("An OR without words on both sides was passed over.")

    def _every(self) -> Node | None:
        """What stands side by side or is joined by AND: all of it is wanted."""
        pieces = self._pieces
        parts: list[Node] = []
        words: list[str] = []
        typed = False

        def close_words() -> None:
            if words:
                parts.append(Words(" ".join(words)))
                words.clear()

        while (piece := pieces.peek()) is not None and piece != ")":
            operator = OPERATORS.get(piece)
            if operator == "OR":
                break
            if operator == "AND":
                if self._joins(bool(parts or words)):
                    close_words()
                    typed = True
                continue
            if self._clauses >= MAX_CLAUSES:
                pieces.at = len(pieces.all)
                pieces.remark("Only the first {n} words were searched for.", n=MAX_CLAUSES)
                break
            part = (operator is None and self._word(piece)) or self._one()
            if isinstance(part, Words):  # no field, or a group of words: words like the others
                words.append(part.text)
            elif part is not None:
                close_words()
                parts.append(part)
        close_words()
        if not parts:
            return None
        return parts[0] if len(parts) == 1 else And(tuple(parts), typed)

    def _joins(self, follows: bool) -> bool:
        """Whether an AND, which is passed, joins what it `follows` to something."""
        self._pieces.at += 1
        following = self._pieces.peek()
        if not follows or self._pieces.ends() or following in ("OR", "OU"):
            self._pieces.remark("An AND without words on both sides was passed over.")
            return False
        return OPERATORS.get(following or "") != "AND"

    def _word(self, piece: str) -> Words | None:
        """The next piece, if it is a plain word."""
        if not self._pieces.is_plain(piece):
            return None
        self._pieces.at += 1
        self._clauses += 1
        return Words(self._pieces.plain(piece))

    def _one(self) -> Node | None:
        """A group, a phrase, a field, a beginning of a word, or the negation of one."""
        pieces = self._pieces
        piece = pieces.all[pieces.at]
        pieces.at += 1
        if OPERATORS.get(piece) == "NOT" or piece == "-":
            return self._negation()
        if piece[0] == "-" and len(piece) > 1:
            pieces.at -= 1
            pieces.all[pieces.at] = piece[1:]
            return self._negation()
        if piece == "(":
            return self._group()
        self._clauses += 1
        if piece[0] == '"':
            text = pieces.unquoted(piece)
            return Phrase(text) if text else None
        if match := FIELD.match(piece):
            return self._fields.read(match[1], match[2], piece[match.end() :], self._group)
        return pieces.beginning(piece)

    def _negation(self) -> Node | None:
        pieces = self._pieces
        negative = True
        while (piece := pieces.peek()) is not None and OPERATORS.get(piece) == "NOT":
            negative = not negative
            pieces.at += 1
        if piece is None or piece == ")" or piece in OPERATORS:
            pieces.remark("A NOT without words after it was passed over.")
            return None
        part = self._word(piece) or self._one()
        return Not(part) if part is not None and negative else part

    def _group(self) -> Node | None:
        """What stands between parentheses, of which the first is passed already."""
        pieces = self._pieces
        if self._depth >= MAX_DEPTH:
            pieces.remark("Parentheses more than {n} deep were passed over.", n=MAX_DEPTH)
            return None
        self._depth += 1
        inside = self._either()
        self._depth -= 1
        if pieces.peek() == ")":
            pieces.at += 1
        else:
            pieces.remark("A parenthesis was not closed; it was closed at the end.")
        return inside


# ---- concepts -------------------------------------------------------------------------


def with_concepts(node: Node, vocabulary: Vocabulary, without: frozenset[str]) -> Node:
    """The tree with the concepts its words name in place of those words.

    Concepts in `without` are left as the words they are.
    """
    match node:
        case Words(text):
            parts = list(_split(text, vocabulary, without))
            return parts[0] if len(parts) == 1 else And(tuple(parts))
        case Phrase(text):
            for part in _split(text, vocabulary, without):
                if isinstance(part, Concepts) and part.text.strip() == text:
                    return Or((node, part))
            return node
        case And(wanted, typed):
            flat: list[Node] = []
            for part in wanted:
                new = with_concepts(part, vocabulary, without)
                flat += new.parts if isinstance(new, And) and not new.typed else (new,)
            return And(tuple(flat), typed)
        case Or(alternatives):
            return Or(tuple(with_concepts(part, vocabulary, without) for part in alternatives))
    return node  # what is excluded is the words as typed, not all that is narrower


def _split(text: str, vocabulary: Vocabulary, without: frozenset[str]) -> Iterator[Node]:
    done = 0
    spans: dict[tuple[int, int], list[str]] = {}
    for mention in vocabulary.find(text):
        if mention.concept.id not in without:
            spans.setdefault((mention.start, mention.end), []).append(mention.concept.id)
    for (start, end), ids in spans.items():
        if before := text[done:start].strip():
            yield Words(before)
        yield Concepts(tuple(ids), text[start:end])
        done = end
    if (rest := text[done:].strip()) or not spans:
        yield Words(rest or text)
