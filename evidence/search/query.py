"""The query language: what is typed becomes a small tree, once, whatever is typed.

    words            nerf pudendal        all of them wanted; any, where no record has all
    phrase           "nerve block"
    operators        AND OR NOT (also ET OU SAUF), parentheses, -word
    beginnings       cryo*                three letters or more before the star
    fields           author:ilfeld title:freezing journal:pain doi:10.1000/x pmid:123 key:…
                     indication: nerve: guidance: design: concept: language:
    numbers          year:2015..2025 year>=2015 n>50

Parsing never fails for a slip that has an obvious meaning: an unclosed quote is closed, a
stray operator or parenthesis is passed over, and `Parsed.notices` says so. What has no
sensible meaning (`year:soon`, `ab*`) raises `SearchError` with one sentence that says what
to type. The size of a query is bounded before anything is looked at.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from difflib import get_close_matches

from evidence.search.protocol import MAX_QUERY
from references.concepts import Concept, Vocabulary, fold
from references.errors import UserError


class SearchError(UserError):
    """A query that cannot be read; its text says what to type instead."""


MAX_CLAUSES = 64
MAX_DEPTH = 20
MIN_PREFIX = 3

#: Every name a field answers to, in both languages.
FIELDS = {
    "author": "author", "auteur": "author", "au": "author",
    "title": "title", "titre": "title", "ti": "title",
    "journal": "journal", "revue": "journal",
    "year": "year", "annee": "year", "date": "year",
    "n": "participants", "participants": "participants",
    "design": "design", "plan": "design", "type": "design",
    "indication": "indication", "nerve": "nerve", "nerf": "nerve",
    "guidance": "guidance", "guidage": "guidance",
    "language": "language", "langue": "language", "lang": "language",
    "concept": "concept",
    "doi": "identifier", "pmid": "identifier", "pmcid": "identifier", "key": "identifier",
    "cle": "identifier",
}  # fmt: skip
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


_QUOTES = str.maketrans({"“": '"', "”": '"', "„": '"', "«": '"', "»": '"', "\u2033": '"'})
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")
_BREAK = re.compile(r"[\s()\"]")
_OPERATORS = {"AND": "AND", "ET": "AND", "&&": "AND", "OR": "OR", "OU": "OR", "||": "OR",
              "NOT": "NOT", "SAUF": "NOT"}  # fmt: skip
_FIELD = re.compile(r"([^\W\d_]+)(:|>=|<=|≥|≤|>|<|=)")
_TOKEN = re.compile(r'\s+|(?i:doi|pmid|pmcid|key|cl[eé]):[^\s"]+|[()]|"[^"]*"?|[^\s()"]+')
_SUFFIX = re.compile(r"(?:~\d*(?:/\d+)?|\^[\d.]*)$")
_DOI = re.compile(r"(?:https?://(?:dx\.)?doi\.org/|doi:\s*)?(10\.\d{4,9}/\S+)$", re.IGNORECASE)
_PMID = re.compile(r"(?:pmid:?\s*|https?://pubmed\.ncbi\.nlm\.nih\.gov/)(\d{1,9})/?$", re.I)
_PMCID = re.compile(r"(?:https?://\S+/)?(PMC\d{3,9})/?$", re.IGNORECASE)


def tidy(query: str) -> str:
    """The query with plain quotes and spaces, without control or direction signs.

    At most `MAX_QUERY` characters are looked at; it is cut between words.
    """
    cut = query[: MAX_QUERY + 1]
    if len(cut) > MAX_QUERY:
        cut = cut[:MAX_QUERY].rsplit(None, 1)[0] if _BREAK.search(cut) else cut[:MAX_QUERY]
    cut = cut.encode("utf-8", "replace").decode("utf-8")
    return " ".join(_CONTROL.sub(" ", cut).translate(_QUOTES).split())


def identifier(query: str) -> str | None:
    """The DOI, PMID or PMCID that a whole query consists of, in lower case, else None."""
    text = query.strip().rstrip(".")
    if text.endswith("*"):
        return None  # a beginning of one
    for pattern in (_DOI, _PMID, _PMCID):
        if match := pattern.match(text):
            return match.group(1).lower()
    return text if text.isascii() and text.isdigit() and 6 <= len(text) <= 8 else None


# ---- parsing --------------------------------------------------------------------------


@dataclass(slots=True)
class _Parser:
    """Recursive descent over the pieces of one query."""

    vocabulary: Vocabulary
    pieces: list[str]
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
            close_words()
            part = self.one()
            if part is not None:
                parts.append(part)
        close_words()
        if not parts:
            return None
        return parts[0] if len(parts) == 1 else And(tuple(parts), typed)

    def _is_plain(self, piece: str) -> bool:
        if piece[0] in '("' or "*" in piece or "?" in piece[:-1]:
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
            if len(piece) < 2 or piece[-1] != '"':
                self.note("A quotation mark was not closed; the phrase was taken to the end.")
            text = piece.strip('"').strip()
            return Phrase(text) if text else None
        if match := _FIELD.match(piece):
            return self._field(match.group(1), match.group(2), piece[match.end() :])
        return self._beginning(piece)

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
            raise SearchError(
                f"'{piece[:40]}' would match too much: write at least {MIN_PREFIX} letters "
                "before the star, as in cryo*."
            )
        return Prefix(beginning)

    # ---- fields ----

    def _value(self, rest: str) -> str:
        """The value after a field sign: what is attached, or the phrase or word after it."""
        if rest:
            # Lucene's ranges come apart at their spaces: year:[2015 TO 2020]
            if rest[0] in "[{" and rest[-1] not in "]}":
                while (piece := self.peek()) is not None:
                    self.at += 1
                    rest += " " + piece
                    if piece[-1] in "]}":
                        break
            return rest
        piece = self.peek()
        if piece is None or piece in "()":
            return ""
        self.at += 1
        return piece.strip('"').strip()

    def _field(self, written: str, sign: str, rest: str) -> Node | None:
        name = FIELDS.get(fold(written))
        numeric = name in NUMBERS
        if name is None or (sign != ":" and not numeric):
            whole = f"{written}{sign}{rest}"
            if name is None and sign == ":" and rest and not rest.startswith("//"):
                self.note(
                    f"There is no field '{written}'; its words were searched for instead. "
                    f"Fields are {SHOWN_FIELDS}."
                )
            return Words(whole.replace(":", " ").strip())
        if sign == ":" and not rest and self.peek() == "(" and not numeric:
            return self._field_group(name, written)
        value = self._value(rest)
        if not value:
            self.note(f"'{written}:' without a value was passed over.")
            return None
        if numeric:
            return self._number(name, written, sign, value)
        if name in CONCEPT_FIELDS:
            return self._concept(name, written, value)
        if name == "identifier":
            while value.endswith(")") and value.count(")") > value.count("("):
                value = value[:-1]  # it closes a group: brackets of a DOI come in pairs
                self.pieces.insert(self.at, ")")
            if value.endswith("*"):
                return Field(name, self._enough(written, value.lower()))
            return Field(name, identifier(value) or value.lower())
        if name == "language":
            return Field(name, _language(value))
        if value.endswith("*"):
            return Field(name, self._enough(written, value))
        return Field(name, value)

    @staticmethod
    def _enough(written: str, value: str) -> str:
        """A beginning with one star, when it has letters enough."""
        text = value.rstrip("*")
        if len(text) < MIN_PREFIX:
            raise SearchError(
                f"'{written}:{value[:40]}' would match too much: write at least "
                f"{MIN_PREFIX} letters before the star."
            )
        return text + "*"

    def _field_group(self, name: str, written: str) -> Node | None:
        """`title:(nerve OR nerf)`: the field is handed to each word of the group."""
        self.at += 1
        inside = self._group()
        return None if inside is None else self._inside(inside, name, written)

    def _inside(self, node: Node, name: str, written: str) -> Node:
        match node:
            case And(parts, typed):
                return And(tuple(self._inside(p, name, written) for p in parts), typed)
            case Or(parts):
                return Or(tuple(self._inside(p, name, written) for p in parts))
            case Not(part):
                return Not(self._inside(part, name, written))
            case Words(text) | Phrase(text) | Prefix(text):
                if name in CONCEPT_FIELDS:
                    return self._concept(name, written, text)
                if name == "language":
                    return Field(name, _language(text))
                return Field(name, text + "*" if isinstance(node, Prefix) else text)
        return node

    def _number(self, name: str, written: str, sign: str, value: str) -> Range:
        value = value.strip().strip("[]{}")
        if sign == ":" and (match := re.match(r"(>=|<=|≥|≤|>|<|=)(.*)$", value)):
            sign, value = match.group(1), match.group(2)
        ends = re.split(r"\.\.+|…|\s+TO\s+|(?<=\d)[-–—](?=\d|$)|^[-–—](?=\d)", value)
        example = "year:2015..2025 or year>=2015" if name == "year" else "n>50 or n:20..100"
        numbers = []
        for end in ends:
            text = end.strip().strip("*")
            if text and not (text.isascii() and text.isdigit() and len(text) <= 9):
                raise SearchError(
                    f"'{written}{sign}{value[:40]}' is not a number or a range; write {example}."
                )
            numbers.append(int(text) if text else None)
        if len(numbers) > 2 or all(number is None for number in numbers):
            raise SearchError(f"'{written}{sign}{value[:40]}' is not a range; write {example}.")
        if len(numbers) == 2:
            low, high = numbers
            if low is not None and high is not None and low > high:
                self.note(f"The range {low}..{high} was read as {high}..{low}.")
                low, high = high, low
            return Range(name, low, high)
        number = numbers[0]
        assert number is not None  # noqa: S101 - the case without any number raised above
        bounds: dict[str, tuple[int | None, int | None]] = {
            ">": (number + 1, None), ">=": (number, None), "≥": (number, None),
            "<": (None, number - 1), "<=": (None, number), "≤": (None, number),
        }  # fmt: skip
        return Range(name, *bounds.get(sign, (number, number)))

    def _concept(self, name: str, written: str, value: str) -> Concepts | Field:
        facet = None if name == "concept" else name
        found = resolve(self.vocabulary, value, facet)
        return Field(name, found)


def resolve(vocabulary: Vocabulary, value: str, facet: str | None) -> str:
    """The id of the concept that a value names, in a facet or in any.

    Raises:
        SearchError: no concept is called so; the sentence names the nearest ones.
    """
    from references.record import DESIGNS

    concept = vocabulary.resolve(value.strip(), facet)
    if concept is not None:
        return concept.id
    if facet in (None, "design") and value in DESIGNS:
        return value
    known = _offered(c for c in vocabulary if facet in (None, c.facet))
    near = get_close_matches(fold(value[:60]), known, n=3, cutoff=0.6)
    names = dict.fromkeys(known[term] for term in near)
    hint = f"; nearest: {', '.join(names)}" if near else ""
    if facet == "design" and not near:
        hint = f"; designs are {', '.join(DESIGNS)}"
    what = facet or "concept"
    raise SearchError(f"No {what} is called '{value[:60]}' in the vocabulary{hint}.")


def _offered(concepts: Iterable[Concept]) -> dict[str, str]:
    """Folded terms and the names to offer for them: misspellings are terms, but no names."""
    names: dict[str, str] = {}
    variants: dict[str, str] = {}
    for concept in concepts:
        for language, label in concept.label.items():
            names |= {fold(name): name for name in concept.names(language)}
            variants |= {fold(term): label for term in concept.variants.get(language, ())}
    return variants | names


_LANGUAGE_NAMES = {
    "english": "en", "anglais": "en", "french": "fr", "francais": "fr", "german": "de",
    "allemand": "de", "spanish": "es", "espagnol": "es", "italian": "it", "italien": "it",
}  # fmt: skip


def _language(value: str) -> str:
    folded = fold(value.strip())
    return _LANGUAGE_NAMES.get(folded, folded)


NOTHING = "Nothing in the query can be searched for; everything is listed."


def parse(query: str, vocabulary: Vocabulary) -> Parsed:
    """The tree of a query; concepts are not recognised yet (see `with_concepts`).

    Raises:
        SearchError: some part has no sensible meaning.
    """
    text = tidy(query)
    pieces = [piece for piece in _TOKEN.findall(text) if not piece.isspace()]
    if pieces and not any(sign.isalnum() or sign == "*" for sign in text):
        return Parsed(Everything(), text, (NOTHING,), rewritten=True)
    parser = _Parser(vocabulary, pieces)
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
    return Parsed(node, text, tuple(parser.notices), parser.rewritten)


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
