"""Cutting a BibTeX file into entries, so that a broken one spoils itself and not the rest.

pybtex scans each piece; what it says of a broken one is put into a sentence that helps.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any, NamedTuple

from pybtex.database.input.bibtex import LowLevelParser, month_names
from pybtex.exceptions import PybtexError
from pybtex.utils import CaseInsensitiveDict

from references.errors import Message, Problem, message, problem_in
from references.formats.bibtex.salvage import salvaged

#: Where an entry can start. A file is cut there before it is parsed, so that an entry whose
#: braces do not close spoils itself and not the rest of the file.
_START = re.compile(r"^[ \t]*@[ \t]*[A-Za-z]+[ \t]*\n?[ \t]*[{(,]", re.MULTILINE)
#: Lines that may start an entry or be part of a value ("@" after a line break in an abstract).
_JOINED = 3
_NO_KEY = re.compile(
    r"(@\s*([A-Za-z]+)\s*[{(])(?=\s*(?:,|[A-Za-z][\w-]*\s*=))(\s*,)?", re.MULTILINE
)
_KEY_WITH_SPACES = re.compile(
    r"(@\s*([A-Za-z]+)\s*[{(]\s*)([^\s,{}=\"]+(?:[ \t]+[^\s,{}=\"]+)+)(?=\s*,)"
)
STANDIN = "no-key"
_LONGEST_MACRO = 20_000  # characters of an @string
_PLAIN_STRING = re.compile(
    r"\s*@string\s*\{\s*([A-Za-z][\w:.+/-]*)\s*=\s*\{([^{}%]{0,999})\}\s*\}\s*", re.I
)
_MOST_PARTS = 1_000  # of values, joined by "#", that pybtex is given
_NOT_ENTRIES = ("string", "preamble", "comment")

_Command = tuple[int, str, Any, Any]  # start, kind, key (or name), fields (or value)


class _Macros(CaseInsensitiveDict):  # type: ignore[misc]
    """@string definitions; a word that none defines stands for itself, and is noted.

    So is an overlong definition: thirty that each double the one before would fill any memory.
    """

    def __init__(self) -> None:
        super().__init__(month_names)
        self.undefined: list[str] = []
        self.too_long: list[str] = []

    def __setitem__(self, name: str, value: str) -> None:
        if len(value) > _LONGEST_MACRO:
            self.too_long.append(name)
            return
        super().__setitem__(name, value)

    def __getitem__(self, name: str) -> Any:
        try:
            return super().__getitem__(name)
        except KeyError:
            self.undefined.append(name)
            return name


class _Chunk:
    """A piece of a file that holds one entry, parsed."""

    def __init__(self, text: str, name: str, macros: _Macros) -> None:
        self.text = text
        self.errors: list[tuple[int, int, str, Message]] = []  # start, line in chunk, key, what
        self.commands: list[_Command] = []
        self.unclosed = False
        macros.undefined.clear()
        macros.too_long.clear()
        self.scanner = LowLevelParser(text, filename=name, macros=macros, handle_error=self._report)
        try:
            for kind, body in self.scanner:
                self.commands.append(
                    (self.scanner.command_start, kind, *body)
                    if len(body) == 2
                    else (self.scanner.command_start, kind, "", body)
                )
        except RecursionError:
            self.errors.append(
                (0, 1, "", message("the entry nests too deeply; simplify its braces"))
            )
        self.undefined = tuple(dict.fromkeys(macros.undefined))
        self.errors += [
            (
                0,
                1,
                long,
                message(
                    "the @string is longer than {most} characters; write it out",
                    most=_LONGEST_MACRO,
                ),
            )
            for long in macros.too_long
        ]

    def _report(self, error: PybtexError) -> None:
        scanner = self.scanner
        if re.match(r"@\s*comment\b", self.text[scanner.command_start or 0 :], re.IGNORECASE):
            return
        line = scanner.lineno
        if "premature" in str(error).lower():  # an unclosed entry is named by its first line
            self.unclosed = True
            line = self.text.count("\n", 0, scanner.command_start) + 1
        key = str(scanner.current_entry_key or "")
        self.errors.append((scanner.command_start, line, key, _explained(error, scanner)))


def _explained(error: PybtexError, scanner: LowLevelParser) -> Message:
    """What is wrong with an entry, and the mend, from what pybtex says."""
    lowered = str(error).lower()
    field = scanner.current_field_name
    if "premature" in lowered:
        return message("the entry is not closed; add the missing brace or quote")
    if "nested" in lowered or "unbalanced" in lowered:
        return message("a value has unbalanced braces; write as many closing as opening ones")
    if "entry key" in lowered:
        return message("the entry has no key; write one after the opening brace, and a comma")
    if "'}' expected" in lowered or "')' expected" in lowered:
        if not scanner.current_fields:
            return message(
                "a comma is missing after the key, or a brace or quote too many closes it"
            )
        return message(
            "a comma is missing after the field '{field}', or a brace or quote too many closes it",
            field=scanner.current_fields[-1][0],
        )
    if "'(' or '{' expected" in lowered:
        return message("the type of the entry is not followed by '{'; write @type{key, ...}")
    if "'=' expected" in lowered:
        return message(
            "the field '{field}' has no '='; write name = {{value}}, or add the brace that the "
            "field before it misses",
            field=field,
        )
    if "field value expected" in lowered:
        return message("the field '{field}' has no value; write one in braces", field=field)
    return message(
        "the entry cannot be read ({detail}); mend the commas, quotes and braces",
        detail=str(error).split("\n")[0].split(": ", 1)[-1],
    )


def _parsed(
    text: str, bounds: list[int], index: int, name: str, macros: _Macros
) -> tuple[_Chunk, int]:
    """The chunk at `bounds[index]`, and the index of the next one.

    A chunk that is not closed is tried together with the next ones: what seemed the
    start of an entry may have been a line of an abstract.
    """
    source = text[bounds[index] : bounds[index + 1]]
    first = _Chunk(source, name, macros)
    if first.errors:
        # BibTeX counts escaped braces too, but many programs do not when they write.
        named = source.replace(r"\{", r"\textbraceleft ").replace(r"\}", r"\textbraceright ")
        for other in (named, _without_comments(source), _joined_names(source)):
            if other == source:
                continue
            again = _Chunk(other, name, macros)
            if not again.errors:
                return again, index + 1
    if first.unclosed:
        for count in range(2, _JOINED + 1):
            if index + count >= len(bounds):
                break
            whole = _Chunk(text[bounds[index] : bounds[index + count]], name, macros)
            if not whole.errors and len(whole.commands) == 1:
                return whole, index + count
    return first, index + 1


_SPACED_NAME = re.compile(r"^([ \t]*[A-Za-z][\w-]*)((?: [\w-]+){1,3})(?=[ \t]*=[ \t]*[{\"])", re.M)


def _joined_names(chunk: str) -> str:
    """`chunk` with the names of fields that have spaces, as Scopus writes them, in one word."""
    return _SPACED_NAME.sub(lambda match: match[1] + match[2].replace(" ", "_"), chunk)


_MARK = re.compile(r"\\.|[{}\"]|%[^\n]*", re.S)


def _without_comments(chunk: str) -> str:
    """`chunk` without what follows a % on its line, where that is not in a value."""
    kept: list[str] = []
    position = depth = 0
    quoted = False
    for mark in _MARK.finditer(chunk):
        sign = mark[0][0]
        if sign in "{}":
            depth += 1 if sign == "{" else -1
        elif sign == '"' and depth == 1:
            quoted = not quoted
        elif sign == "%" and depth < 2 and not quoted:
            kept.append(chunk[position : mark.start()])
            position = mark.end()
    return "".join([*kept, chunk[position:]])


def with_keys(text: str) -> str:
    """Entries without a key get a stand-in, keys with spaces get underscores."""

    def stand_in(match: re.Match[str]) -> str:
        if match[2].lower() in _NOT_ENTRIES:
            return match[0]
        lines = "\n" * (match[3] or "").count("\n")
        return f"{match[1]}{STANDIN},{lines}"

    def joined(match: re.Match[str]) -> str:
        if match[2].lower() in _NOT_ENTRIES:
            return match[0]
        return match[1] + re.sub(r"[ \t]+", "_", match[3])

    return _KEY_WITH_SPACES.sub(joined, _NO_KEY.sub(stand_in, text))


class ScannedEntry(NamedTuple):
    """An entry as it stands in the file; `is_whole` is False when it was salvaged."""

    line: int
    kind: str
    key: str
    fields: list[tuple[str, list[str]]]
    is_whole: bool = True


def entries(
    text: str,
    name: str,
    rejected: list[Problem],
    remarks: list[Problem],
    *,
    salvaging: bool = False,
) -> Iterable[ScannedEntry]:
    """Each readable entry; the others are rejected.

    With `salvaging` a broken entry of which fields can be read is given, and remarked.
    """
    macros = _Macros()
    starts = [match.start() for match in _START.finditer(text)]
    bounds = [*starts, len(text)]
    line, position, index = 1, 0, 0
    while index < len(starts):
        line += text.count("\n", position, starts[index])
        position = starts[index]
        end = bounds[index + 1]
        if simple := _PLAIN_STRING.fullmatch(text, position, end):
            macros[simple[1]] = " ".join(simple[2].split())
            index += 1
            continue
        if text.count("#", position, end) > _MOST_PARTS:  # pybtex takes the square of their time
            chained = salvaged(text[position:end], macros)
            if chained is not None and chained.is_whole:
                index += 1
                yield ScannedEntry(line, chained.kind, chained.key, chained.fields)
                continue
        chunk, index = _parsed(text, bounds, index, name, macros)
        broken = {start for start, _, _, _ in chunk.errors}
        if chunk.errors:
            _, at, key, sentence = chunk.errors[0]
            named = "" if key == STANDIN else key
            is_alone = all(start in broken for start, *_ in chunk.commands)
            part = salvaged(chunk.text, macros) if salvaging and is_alone else None
            if part is not None and any(field.lower() == "title" for field, _ in part.fields):
                kept = message("{reason}; the fields that could be read are kept", reason=sentence)
                remarks.append(problem_in(name, line + at - 1, named, kept))
                yield ScannedEntry(line, part.kind, part.key, part.fields, is_whole=False)
            else:
                rejected.append(problem_in(name, line + at - 1, named, sentence))
        for start, kind, key, fields in chunk.commands:
            if start in broken or kind.lower() in _NOT_ENTRIES:
                continue
            at = line + chunk.text.count("\n", 0, start)
            if chunk.undefined:
                words = ", ".join(f"'{word}'" for word in chunk.undefined[:5])
                remarks.append(
                    problem_in(
                        name,
                        at,
                        key,
                        "no @string defines {words}; the words are kept as text, put them "
                        "in braces",
                        words=words,
                    )
                )
            yield ScannedEntry(at, kind, key, fields)
