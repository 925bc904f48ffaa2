"""LaTeX markup in BibTeX values to Unicode text, and back.

Decoding is pylatexenc's, with the repairs that real .bib files need (a bare `%` or a
lone `$` is a character, not a comment or mathematics). Encoding escapes only what BibTeX and
LaTeX would read as markup: our files are Unicode.
"""

from __future__ import annotations

import functools
import re
import unicodedata
from collections.abc import Iterator
from typing import Any

from references.formats.formulas import raised
from references.formats.markup import plain

_MARKUP = re.compile(r"[\\{}$~%]|--|``|''|[!?]`")
_BARE = re.compile(r"(?<!\\)%")
_DOLLAR = re.compile(r"(?<!\\)\$")

_ESCAPES = {
    "\\": r"\textbackslash{}",
    "{": r"\textbraceleft{}",
    "}": r"\textbraceright{}",
    "$": r"\$",
    "&": r"\&",
    "%": r"\%",
    "#": r"\#",
    "_": r"\_",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "\u00a0": "~",
}
_ESCAPE = re.compile("|".join(re.escape(character) for character in _ESCAPES))
_LIGATURES = re.compile(r"-(?=-)|`(?=`)|'(?=')|!(?=`)|\?(?=`)|<(?=<)|>(?=>)|,(?=,)")


@functools.cache
def _converter() -> Any:
    from pylatexenc.latex2text import (
        LatexNodes2Text,
        MacroTextSpec,
        get_default_latex_context_db,
    )

    context = get_default_latex_context_db()
    context.add_context_category(
        "bibtex",
        prepend=True,
        macros=[
            MacroTextSpec("textbraceleft", "{"),
            MacroTextSpec("textbraceright", "}"),
            MacroTextSpec("textbackslash", "\\"),
            MacroTextSpec("textasciitilde", "~"),
            MacroTextSpec("textasciicircum", "^"),
            MacroTextSpec("textbar", "|"),
            # In BibTeX made from HTML by Mendeley and Crossref:
            *(MacroTextSpec(name, "<") for name in ("textless", "less")),
            *(MacroTextSpec(name, ">") for name in ("textgreater", "greater")),
            MacroTextSpec("mathsemicolon", ";"),
            MacroTextSpec("url", simplify_repl="%s"),
        ],
    )
    return LatexNodes2Text(
        latex_context=context,
        math_mode="text",
        strict_latex_spaces=True,
        keep_braced_groups=False,
    )


def decode(value: str) -> str:
    """The Unicode text of a BibTeX value: `{\\'e}` is é, `{CT}` is CT, `--` is an en dash.

    Markup that cannot be parsed is returned as it stands rather than guessed at. A long
    value is read piece by piece, because pylatexenc looks at every letter of it.
    """
    if not _MARKUP.search(value):
        return value
    if not _HARD.search(value) and _is_balanced(value):
        return _decode_simply(value)
    if _DOLLAR.search(value):
        return _decode_fully(value)
    return "".join(_decode_piece(piece) for piece in _pieces(value))


_SPACE = re.compile(r"(\s+)")
_OPEN_MACRO = re.compile(r"\\(?:[A-Za-z]+|.)?$")


def _pieces(value: str) -> Iterator[str]:
    """Parts of a value that mean the same apart: cut at spaces outside braces and macros."""
    waiting: list[str] = []
    depth = 0
    for part in _SPACE.split(value):
        depth += part.count("{") - part.count(r"\{") - part.count("}") + part.count(r"\}")
        waiting.append(part)
        if depth == 0 and not part.isspace() and not _OPEN_MACRO.search(part):
            yield "".join(waiting)
            waiting = []
    if waiting:
        yield "".join(waiting)


_SIMPLE = re.compile(r"\\([%&_#])|---|--|``|''|!`|\?`|[{}]")
_CHARACTERS = {"---": "—", "--": "–", "``": "“", "''": "”", "!`": "¡", "?`": "¿", "{": "", "}": ""}
_BRACE = re.compile(r"[{}]")
_HARD = re.compile(r"\\(?![%&_#])|[$~]|<<|>>|,,")


@functools.lru_cache(maxsize=20_000)
def _decode_piece(value: str) -> str:
    if not _MARKUP.search(value):
        return value
    if _HARD.search(value) or not _is_balanced(value):
        return _decode_fully(value)
    return _decode_simply(value)


def _decode_simply(value: str) -> str:
    """Escapes, dashes, quotes and balanced braces: what most values have, by one regex."""
    return _SIMPLE.sub(lambda match: match[1] or _CHARACTERS[match[0]], value)


def _is_balanced(value: str) -> bool:
    depth = 0
    for brace in _BRACE.findall(value):
        depth += 1 if brace == "{" else -1
        if depth < 0:
            return False
    return depth == 0


_AMPERSAND = re.compile(r"(?<!\\)&")
_ACCENTS = dict(zip("`'^~\"=.", "\u0300\u0301\u0302\u0303\u0308\u0304\u0307", strict=True))
#: Two accents on one letter without braces between them: `\~\^e`.
_STACKED = re.compile(r"\\([`'^~\"=.])\s*\\([`'^~\"=.])\s*(?:\{([A-Za-z])\}|([A-Za-z]))")
_MATH = re.compile(r"(?<!\\)\$[^$]+\$")
_SCRIPT = re.compile(r"([_^])\s*(?:\{([^{}\\]{1,80})\}|([A-Za-z0-9+-]))")
_TEXT_SCRIPT = re.compile(r"\\text(super|sub)script\s*\{([^{}\\]{1,80})\}")


def _stacked(match: re.Match[str]) -> str:
    outer, inner = _ACCENTS[match[1]], _ACCENTS[match[2]]
    return unicodedata.normalize("NFC", (match[3] or match[4]) + inner + outer)


def is_stacked(value: str) -> bool:
    """True for two accents on a letter without braces, which not every program reads."""
    return bool(_STACKED.search(value))


def _script(match: re.Match[str]) -> str:
    """A power or an index in Unicode, as it was where a character of it has none."""
    text = (match[2] or match[3]).strip()
    higher = raised(text, "sup" if match[1] == "^" else "sub")
    return f"{{}}{higher}" if higher not in (text, f"^{text}") else match[0]


def _with_scripts(source: str) -> str:
    """The source with powers and indices that have characters of their own as these."""
    source = _TEXT_SCRIPT.sub(
        lambda match: raised(match[2], "sup" if match[1] == "super" else "sub"), source
    )
    return _MATH.sub(lambda match: _SCRIPT.sub(_script, match[0]), source)


def _decode_fully(value: str) -> str:
    source = _AMPERSAND.sub(r"\\&", _BARE.sub(r"\\%", value))
    if len(_DOLLAR.findall(source)) % 2:
        source = _DOLLAR.sub(r"\\$", source)
    source = _STACKED.sub(_stacked, _with_scripts(source))
    try:
        text: str = _converter().latex_to_text(source)
    except Exception:  # pylatexenc raises many kinds; the raw value is still the value
        return value
    return unicodedata.normalize("NFC", text)


def text_of(value: str) -> str:
    """The text of a BibTeX value on one line, without the markup of LaTeX or of web pages."""
    return plain(decode(value))


def encode(text: str) -> str:
    """`text` as a BibTeX value that `decode` reads back unchanged."""
    escaped = _ESCAPE.sub(lambda match: _ESCAPES[match.group()], text)
    return _LIGATURES.sub(lambda match: match.group() + "{}", escaped)


def decode_address(value: str) -> str:
    """A DOI or web address with the escapes some tools add (`\\_`, `\\%`) removed."""
    if "\\" not in value and "{" not in value:
        return value
    return re.sub(r"\\([_%&#~{}$])", r"\1", value).replace("{", "").replace("}", "")
