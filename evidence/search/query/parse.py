"""The query language: what is typed becomes a small tree, once, whatever is typed.

    words            nerf pudendal        all of them wanted; any, where no record has all
    phrase           "nerve block"
    operators        AND OR NOT (also ET OU SAUF), parentheses, -word
    beginnings       cryo*                three letters or more before the star
    fields           author:ilfeld title:freezing journal:pain doi:10.1000/x pmid:123 key:…
                     indication: nerve: guidance: design: concept: language:
    numbers          year:2015..2025 year>=2015 n>50

Parsing never fails: an unclosed quote is closed, a stray operator or parenthesis is passed
over, a beginning that is too short is a word, and `Parsed.notices` says so. A word before a
colon is a field only when what follows is a value of that field; else both are words, since
titles are full of colons. The size of a query is bounded before anything is looked at.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import takewhile
from typing import Protocol

from evidence.parameters import bounds
from evidence.search.analysis import STOP
from evidence.search.query.identifiers import identifier
from evidence.search.query.values import concept_of, language_of, nearest
from evidence.search.request import MAX_QUERY
from references.concepts import Vocabulary, fold
from references.errors import UserError
from references.record import DESIGNS


class SearchError(UserError):
    """A filter that means nothing; its text says what to choose instead."""


class Holdings(Protocol):
    """What the library holds, as far as reading a query needs it."""

    def holds(self, name: str, value: str) -> bool:
        """Whether some reference has all of a value in a field."""
        ...

    @property
    def languages(self) -> tuple[str, ...]:
        """The codes of the languages that references are written in."""
        ...


class _AnyHoldings:
    """Takes every value for one that is there."""

    languages: tuple[str, ...] = ()

    def holds(self, name: str, value: str) -> bool:
        return bool(value)


MAX_CLAUSES = 64
MAX_DEPTH = 20
MIN_PREFIX = 3
MAX_VALUE = 6  # words of a concept's name that stands behind its field without quotation marks

#: Every name a field answers to, in both languages.
FIELDS = {
    "author": "author",
    "auteur": "author",
    "au": "author",
    "title": "title",
    "titre": "title",
    "ti": "title",
    "journal": "journal",
    "revue": "journal",
    "year": "year",
    "annee": "year",
    "date": "year",
    "n": "participants",
    "participants": "participants",
    "design": "design",
    "plan": "design",
    "type": "design",
    "indication": "indication",
    "nerve": "nerve",
    "nerf": "nerve",
    "guidance": "guidance",
    "guidage": "guidance",
    "language": "language",
    "langue": "language",
    "lang": "language",
    "concept": "concept",
    "doi": "identifier",
    "pmid": "identifier",
    "pmcid": "identifier",
    "key": "identifier",
    "cle": "identifier",
}
NUMBERS = ("year", "participants")
CONCEPT_FIELDS = ("design", "indication", "nerve", "guidance", "concept")
SHOWN_FIELDS = (
    "author, title, journal, year, design, indication, nerve, guidance, concept, language, "
    "doi, pmid, key, n"
)


class Node:
    """A part of a query."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Everything(Node):
    """All references."""


@dataclass(frozen=True, slots=True)
class Words(Node):
    """Words in a row as typed: `text[start:end]` of the cleaned query."""

    text: str


@dataclass(frozen=True, slots=True)
class Phrase(Node):
    """Words that stand together, as written."""

    text: str


@dataclass(frozen=True, slots=True)
class Prefix(Node):
    """Words that begin so."""

    text: str


@dataclass(frozen=True, slots=True)
class Concepts(Node):
    """One of these concepts, or what is narrower; `text` is how the query named it."""

    ids: tuple[str, ...]
    text: str


@dataclass(frozen=True, slots=True)
class Field(Node):
    """Words, or a value, in one field."""

    name: str
    text: str


@dataclass(frozen=True, slots=True)
class Range(Node):
    """A number between two bounds, both included; None is open."""

    name: str
    low: int | None
    high: int | None


@dataclass(frozen=True, slots=True)
class And(Node):
    """All of these. `typed` when an operator asked for it, so that it is never relaxed."""

    parts: tuple[Node, ...]
    typed: bool = False


@dataclass(frozen=True, slots=True)
class Or(Node):
    """At least one of these."""

    parts: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Not(Node):
    """Everything but this."""

    part: Node


@dataclass(frozen=True, slots=True)
class Parsed:
    """A query that was read: its tree, the text that was read, and remarks for the user."""

    node: Node
    text: str
    notices: tuple[str, ...] = ()
    rewritten: bool = False  # the tree is not what was literally typed
    spaced: bool = False  # a field is set off from its value by a space, as in a sentence


_QUOTES = str.maketrans({"“": '"', "”": '"', "„": '"', "«": '"', "»": '"', "\u2033": '"'})
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")
_UNSEEN = re.compile(r"[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")
_BREAK = re.compile(r"[\s()\"]")
_OPERATORS = {
    "AND": "AND",
    "ET": "AND",
    "&&": "AND",
    "OR": "OR",
    "OU": "OR",
    "||": "OR",
    "NOT": "NOT",
    "SAUF": "NOT",
}
_FIELD = re.compile(r"([^\W\d_]+)(:|>=|<=|≥|≤|>|<|=)")
#: Spaces; an identifier with its field; a quoted value with its field; a parenthesis; a phrase;
#: anything else up to one of these.
_TOKEN = re.compile(
    r'\s+|(?i:doi|pmid|pmcid|key|cl[eé]):[^\s"]+|[^\W\d_]+:"[^"]*"?|[()]|"[^"]*"?|[^\s()"]+'
)
_SUFFIX = re.compile(r"(?:~\d*(?:/\d+)?|\^[\d.]*)$")
_WILD = re.compile(r"\*|\?(?=\w)")  # "blocks?:" asks a question, "bl?ck" has a wildcard
_PLAIN_WORD = re.compile(r"\w[\w'’-]*")


def tidy(query: str) -> str:
    """The query with plain quotes and spaces, without control or direction signs.

    At most `MAX_QUERY` characters are looked at; it is cut between words.
    """
    cut = query[: MAX_QUERY + 1]
    if len(cut) > MAX_QUERY:
        cut = cut[:MAX_QUERY].rsplit(None, 1)[0] if _BREAK.search(cut) else cut[:MAX_QUERY]
    cut = cut.encode("utf-8", "replace").decode("utf-8")
    return " ".join(_UNSEEN.sub("", _CONTROL.sub(" ", cut)).translate(_QUOTES).split())


# ---- parsing --------------------------------------------------------------------------


@dataclass(slots=True)
class _Parser:
    """Recursive descent over the pieces of one query."""

    vocabulary: Vocabulary
    holdings: Holdings
    pieces: list[str]
    spaced_fields: bool = True  # `author: ilfeld` is one too
    spaced: bool = False  # there was one
    at: int = 0
    depth: int = 0
    clauses: int = 0
    rewritten: bool = False
    notices: dict[str, None] = field(default_factory=dict)

    def note(self, message: str) -> None:
        self.notices[message] = None
        self.rewritten = True

    def peek(self) -> str | None:
        return self.pieces[self.at] if self.at < len(self.pieces) else None

    def either(self) -> Node | None:
        """Alternatives: `a OR b OR c`."""
        parts: list[Node] = []
        while True:
            part = self.every()
            if part is not None:
                parts.append(part)
            piece = self.peek()
            if piece is None or _OPERATORS.get(piece) != "OR":
                break
            if part is None:
                self.note("An OR without words on both sides was passed over.")
            self.at += 1
            following = self.peek()
            if following is None or following == ")":
                self.note("An OR without words on both sides was passed over.")
        if not parts:
            return None
        return parts[0] if len(parts) == 1 else Or(tuple(parts))

    def every(self) -> Node | None:
        """What stands side by side or is joined by AND: all of it is wanted."""
        parts: list[Node] = []
        words: list[str] = []
        typed = False

        def close_words() -> None:
            if words:
                parts.append(Words(" ".join(words)))
                words.clear()

        while (piece := self.peek()) is not None and piece != ")":
            operator = _OPERATORS.get(piece)
            if operator == "OR":
                break
            if operator == "AND":
                self.at += 1
                following = self.peek()
                if not (parts or words) or following is None or following in (")", "OR", "OU"):
                    self.note("An AND without words on both sides was passed over.")
                elif _OPERATORS.get(following) != "AND":
                    close_words()
                    typed = True
                continue
            if self.clauses >= MAX_CLAUSES:
                self.at = len(self.pieces)
                self.note(f"Only the first {MAX_CLAUSES} words were searched for.")
                break
            if operator is None and self._is_plain(piece):
                self.at += 1
                self.clauses += 1
                words.append(self._plain(piece))
                continue
            part = self.one()
            if isinstance(part, Words):  # no field, or a group of words: words like the others
                words.append(part.text)
            elif part is not None:
                close_words()
                parts.append(part)
        close_words()
        if not parts:
            return None
        return parts[0] if len(parts) == 1 else And(tuple(parts), typed)

    def _is_plain(self, piece: str) -> bool:
        if piece[0] in '("' or _WILD.search(piece):
            return False
        if piece[0] == "-" and len(piece) > 1 and (piece[1].isalpha() or piece[1] == '"'):
            return False
        if piece == "-" and self.at + 1 < len(self.pieces):
            return self.pieces[self.at + 1][0] not in '("'
        return _FIELD.match(piece) is None

    def _plain(self, piece: str) -> str:
        if piece == "TO" and self.at > 1 and self.pieces[self.at - 2][0] in "[{":
            self.note(
                "Ranges are for years and numbers, as in year:2015..2025; the brackets were "
                "passed over."
            )
        bare = _SUFFIX.sub("", piece)
        if bare != piece:
            self.note("Marks for fuzzy search and weights (~ and ^) are not used here.")
        return bare.lstrip("+")

    def one(self) -> Node | None:
        """A group, a phrase, a field, a beginning of a word, or the negation of one."""
        piece = self.pieces[self.at]
        self.at += 1
        if _OPERATORS.get(piece) == "NOT" or piece == "-":
            return self._negation()
        if piece[0] == "-" and len(piece) > 1:
            self.at -= 1
            self.pieces[self.at] = piece[1:]
            return self._negation()
        if piece == "(":
            return self._group()
        self.clauses += 1
        if piece[0] == '"':
            text = self._unquoted(piece)
            return Phrase(text) if text else None
        if match := _FIELD.match(piece):
            return self._field(match.group(1), match.group(2), piece[match.end() :])
        return self._beginning(piece)

    def _unquoted(self, piece: str) -> str:
        if len(piece) < 2 or piece[-1] != '"':
            self.note("A quotation mark was not closed; the phrase was taken to the end.")
        return piece.strip('"').strip()

    def _negation(self) -> Node | None:
        sign = True
        while (piece := self.peek()) is not None and _OPERATORS.get(piece) == "NOT":
            sign = not sign
            self.at += 1
        if piece is None or piece == ")" or piece in _OPERATORS:
            self.note("A NOT without words after it was passed over.")
            return None
        if self._is_plain(piece):
            self.at += 1
            self.clauses += 1
            part: Node | None = Words(self._plain(piece))
        else:
            part = self.one()
        if part is None:
            return None
        return Not(part) if sign else part

    def _group(self) -> Node | None:
        if self.depth >= MAX_DEPTH:
            self.note(f"Parentheses more than {MAX_DEPTH} deep were passed over.")
            return None
        self.depth += 1
        inside = self.either()
        self.depth -= 1
        if self.peek() == ")":
            self.at += 1
        else:
            self.note("A parenthesis was not closed; it was closed at the end.")
        return inside

    def _beginning(self, piece: str) -> Node | None:
        text = piece.lstrip("*?")
        star = re.search(r"[*?]", text)
        if not text:
            self.note("A star alone stands for everything.")
            return Everything()
        if text != piece:
            self.note("A star works at the end of a word only; one in front was passed over.")
        if star is None:
            return Words(self._plain(text))
        if text[star.start() :].strip("*?"):
            self.note("A star works at the end of a word only; what followed was left out.")
        beginning = text[: star.start()]
        folded = "".join(sign for sign in fold(beginning) if sign.isalnum())
        if len(folded) < MIN_PREFIX:
            self._too_short(piece)
            return Words(beginning)
        return Prefix(beginning)

    def _too_short(self, typed: str) -> None:
        self.note(
            f"'{typed[:40]}' would match too much and was read as a word: write at least "
            f"{MIN_PREFIX} letters before the star, as in cryo*."
        )

    # ---- fields ----

    def _field(self, written: str, sign: str, rest: str) -> Node | None:
        """A field with its value; words, where the name is no field or the value none of its."""
        name = FIELDS.get(fold(written))
        if name is None or (sign != ":" and name not in NUMBERS):
            if name is None and sign == ":" and rest and not rest.startswith("//"):
                self.note(
                    f"There is no field '{written}'; its words were searched for instead. "
                    f"Fields are {SHOWN_FIELDS}."
                )
            return self._words_of(written, sign, rest)
        if sign == ":" and not rest and self.peek() == "(":
            return self._field_group(name, written)
        begin = self.at
        quoted = (rest or self.peek() or "").startswith('"')
        value = self._value(rest)
        if not value:
            self.at = begin + bool(quoted and not rest)
            self.note(f"'{written}:' without a value was passed over.")
            return None
        node = self._valued(name, sign, value, attached=bool(rest), quoted=quoted)
        if node is not None and not rest:
            self.spaced = True
            if not self.spaced_fields:
                self.at = begin
                self.note(
                    f"'{written}{sign} {value[:40]}' was read as words: with it as a field nothing "
                    "is found."
                )
                return Words(written)
        if node is None:
            self.at = begin
            self._refuse(name, f"{written}{sign}" if rest else f"{written}{sign} ", value)
            return self._words_of("" if rest else written, sign, rest)
        return node

    def _value(self, rest: str) -> str:
        """The value after a field sign: what is attached, or the phrase or word after it."""
        if not rest:
            piece = self.peek()
            if piece is None or piece in "()" or piece in _OPERATORS:
                return ""
            self.at += 1
            rest = piece
        if rest[0] == '"':
            return self._unquoted(rest)
        if rest[0] in "[{" and rest[-1] not in "]}":
            # Lucene's ranges come apart at their spaces: year:[2015 TO 2020]
            while (piece := self.peek()) is not None:
                self.at += 1
                rest += " " + piece
                if piece[-1] in "]}":
                    break
        return rest

    def _words_of(self, written: str, sign: str, rest: str) -> Node | None:
        """What looked like a field, as the words it consists of."""
        if rest.startswith('"'):
            self.pieces.insert(self.at, rest)
            return Words(written) if written else None
        if not written and "*" in rest:
            return self._beginning(rest)
        whole = f"{written}{sign}{rest}" if written else rest
        return Words(whole.replace(":", " ").strip())

    def _refuse(self, name: str, field_and_sign: str, value: str) -> None:
        """Say why a field was read as words."""
        typed = f"{field_and_sign}{value[:40]}"
        if name == "year":
            self.note(
                f"'{typed}' was read as words: it is not a year or a range of years, as in "
                "year:2015..2025 or year>=2015."
            )
        elif name == "participants":
            self.note(
                f"'{typed}' was read as words: it is not a number or a range, as in n>50 or "
                "n:20..100."
            )
        elif name == "language" and self.holdings.languages:
            known = ", ".join(self.holdings.languages)
            self.note(f"'{typed}' was read as words; languages here are {known}.")
        elif near := ", ".join(self._near(name, value)):
            self.note(f"'{typed}' was read as words: the field has no such value; nearest: {near}.")
        else:
            self.note(f"'{typed}' was read as words: the field has no such value.")

    def _near(self, name: str, value: str) -> list[str]:
        if name not in CONCEPT_FIELDS:
            return []
        return nearest(self.vocabulary, value, None if name == "concept" else name)

    def _valued(
        self, name: str, sign: str, value: str, *, attached: bool = True, quoted: bool = True
    ) -> Node | None:
        """The node of a field and its value, or None when the field has no such value.

        Words behind one that is not `quoted` may belong to the value. Any word may be one of a
        title, so whoever writes `title:word` without a space, `attached`, means the field.
        """
        if name in NUMBERS:
            return self._number(name, sign, value)
        if name in CONCEPT_FIELDS:
            found = self._concept(None if name == "concept" else name, value, quoted)
            return None if found is None else Field(name, found)
        if name == "identifier":
            return self._identifier(value)
        if name == "language":
            value = language_of(value)
        elif value.endswith("*"):
            value = self._beginning_in(name, value)
        elif _is_small(value) and not quoted and (name == "journal" or not attached):
            return None
        meant = name == "title" and attached
        return Field(name, value) if meant or self.holdings.holds(name, value) else None

    def _concept(self, facet: str | None, value: str, quoted: bool) -> str | None:
        """The concept that a value names, with as many of the next words as belong to its name."""
        following: list[str] = []
        if not quoted:
            ahead = self.pieces[self.at : self.at + MAX_VALUE]
            following = list(
                takewhile(lambda p: p not in _OPERATORS and _PLAIN_WORD.fullmatch(p), ahead)
            )
        for size in range(len(following), -1, -1):
            found = concept_of(self.vocabulary, " ".join([value, *following[:size]]), facet)
            if found is not None:
                self.at += size
                return found
        return None

    def _identifier(self, value: str) -> Node | None:
        closing = ""
        while value.endswith(")") and value.count(")") > value.count("("):
            value = value[:-1]  # it closes a group: brackets of a DOI come in pairs
            closing += ")"
        named = identifier(value)
        value = value.lower()
        if value.endswith("*"):
            value = self._beginning_in("identifier", value)
        if named is None and not self.holdings.holds("identifier", value):
            return None
        self.pieces[self.at : self.at] = list(closing)
        return Field("identifier", named or value)

    def _beginning_in(self, name: str, value: str) -> str:
        """A beginning with one star, or the word alone when it has too few letters."""
        text = value.rstrip("*")
        if len(text) >= MIN_PREFIX:
            return text + "*"
        self._too_short(value)
        return text

    def _field_group(self, name: str, written: str) -> Node | None:
        """`title:(nerve OR nerf)`: the field is handed to each word of the group."""
        self.at += 1
        inside = self._group()
        if inside is None:
            return None
        found = self._inside(inside, name, written)
        return Words(f"{written} {found.text}") if isinstance(found, Words) else found

    def _inside(self, node: Node, name: str, written: str) -> Node:
        match node:
            case And(parts, typed):
                return And(tuple(self._inside(p, name, written) for p in parts), typed)
            case Or(parts):
                return Or(tuple(self._inside(p, name, written) for p in parts))
            case Not(part):
                return Not(self._inside(part, name, written))
            case Words(text) | Phrase(text) | Prefix(text):
                value = text + "*" if isinstance(node, Prefix) else text
                found = self._valued(name, ":", value)
                if found is None:
                    self._refuse(name, f"{written}:", value)
                return found or node
        return node

    def _number(self, name: str, sign: str, value: str) -> Range | None:
        found = bounds(name, sign, value)
        if found is None:
            return None
        low, high = found
        if low is not None and high is not None and low > high:
            self.note(f"The range {low}..{high} was read as {high}..{low}.")
            low, high = high, low
        return Range(name, low, high)


def _is_small(word: str) -> bool:
    """Whether a word is one that every text has, or a letter."""
    plain = fold(word).strip(".,;:")
    return len(plain) < 2 or any(plain in small for small in STOP.values())


def resolve(vocabulary: Vocabulary, value: str, facet: str | None) -> str:
    """The id of the concept that a value names, in a facet or in any.

    Raises:
        SearchError: no concept is called so; the sentence names the nearest ones.
    """
    found = concept_of(vocabulary, value, facet)
    if found is not None:
        return found
    near = nearest(vocabulary, value, facet)
    hint = f"; nearest: {', '.join(near)}" if near else ""
    if facet == "design" and not near:
        hint = f"; designs are {', '.join(DESIGNS)}"
    what = facet or "concept"
    raise SearchError(
        "No {what} is called '{value}' in the vocabulary{hint}.",
        what=what,
        value=value[:60],
        hint=hint,
    )


NOTHING = "Nothing in the query can be searched for; everything is listed."


def parse(
    query: str,
    vocabulary: Vocabulary,
    holdings: Holdings | None = None,
    *,
    spaced_fields: bool = True,
) -> Parsed:
    """The tree of a query; concepts are not recognised yet (see `with_concepts`).

    `holdings` tells which values the fields of names have; without it every value is taken for
    one. Without `spaced_fields` a field that is set off from its value by a space is words.
    Nothing that can be typed is an error.
    """
    text = tidy(query)
    pieces = [piece for piece in _TOKEN.findall(text) if not piece.isspace()]
    if pieces and not any(sign.isalnum() or sign == "*" for sign in text):
        return Parsed(Everything(), text, (NOTHING,), rewritten=True)
    parser = _Parser(vocabulary, holdings or _AnyHoldings(), pieces, spaced_fields)
    if len(query) > MAX_QUERY:
        parser.note(f"Only the first {MAX_QUERY} characters were read.")
    parts = []
    while parser.peek() is not None:
        before = parser.at
        part = parser.either()
        if part is not None:
            parts.append(part)
        if parser.peek() == ")":
            parser.at += 1
            parser.note("A closing parenthesis without an opening one was passed over.")
        elif parser.at == before:
            parser.at += 1
    node: Node = Everything()
    if len(parts) == 1:
        node = parts[0]
    elif parts:
        node = And(tuple(parts))
    elif pieces:
        parser.note(NOTHING)
    return Parsed(node, text, tuple(parser.notices), parser.rewritten, parser.spaced)


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
        case And(parts_, typed):
            found: list[Node] = []
            for part in parts_:
                new = with_concepts(part, vocabulary, without)
                if isinstance(new, And) and not new.typed:
                    found.extend(new.parts)
                else:
                    found.append(new)
            return And(tuple(found), typed)
        case Or(parts_):
            return Or(tuple(with_concepts(part, vocabulary, without) for part in parts_))
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


def has_words(node: Node) -> bool:
    """Whether words stand beside what else a tree asks for."""
    match node:
        case Words():
            return True
        case And(parts) | Or(parts):
            return any(map(has_words, parts))
    return False


def concepts_in(node: Node) -> tuple[str, ...]:
    """The ids of all concepts in a tree, in order, each once."""
    found: dict[str, None] = {}

    def walk(part: Node) -> None:
        match part:
            case Concepts(ids, _):
                found.update(dict.fromkeys(ids))
            case And(parts) | Or(parts):
                for child in parts:
                    walk(child)
            case Not(child):
                walk(child)

    walk(node)
    return tuple(found)


def describe(node: Node) -> str:
    """The tree in words, as the query language writes it."""
    match node:
        case Everything():
            return "everything"
        case Words(text):
            return text
        case Phrase(text):
            return f'"{text}"'
        case Prefix(text):
            return f"{text}*"
        case Concepts(_, text):
            return text
        case Field(name, text):
            return f'{name}:"{text}"' if " " in text else f"{name}:{text}"
        case Range(name, low, high):
            shown = "n" if name == "participants" else name
            if low == high:
                return f"{shown}:{low}"
            return f"{shown}:{'' if low is None else low}..{'' if high is None else high}"
        case And(parts):
            return " AND ".join(_bracketed(part) for part in parts)
        case Or(parts):
            return " OR ".join(_bracketed(part) for part in parts)
        case Not(part):
            return f"NOT {_bracketed(part)}"
    return ""


def _bracketed(node: Node) -> str:
    text = describe(node)
    return f"({text})" if isinstance(node, (And, Or)) else text
