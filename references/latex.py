"""LaTeX markup in BibTeX values to Unicode text, and back.

Decoding is pylatexenc's, with the repairs that real .bib files need (a bare `%` or a
lone `$` is a sign, not a comment or mathematics). Encoding escapes only what BibTeX and
LaTeX would read as markup: our files are Unicode.
"""

from __future__ import annotations

import functools
import re
from typing import Any

_MARKUP = re.compile(r"[\\{}$~%]|--|``|''")
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
_ESCAPE = re.compile("|".join(re.escape(sign) for sign in _ESCAPES))
_LIGATURES = re.compile(r"-(?=-)|`(?=`)|'(?=')|!(?=`)|\?(?=`)|<(?=<)|>(?=>)|,(?=,)")
# A brace pair that a sloppy file writes around plain text: case protection, no markup.


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

    Markup that cannot be parsed is returned as it stands rather than guessed at.
    """
    if not _MARKUP.search(value):
        return value
    source = _BARE.sub(r"\\%", value)
    if len(_DOLLAR.findall(source)) % 2:
        source = _DOLLAR.sub(r"\\$", source)
    try:
        text: str = _converter().latex_to_text(source)
    except Exception:  # pylatexenc raises many kinds; the raw value is still the value
        return value
    return text


def encode(text: str) -> str:
    """`text` as a BibTeX value that `decode` reads back unchanged."""
    escaped = _ESCAPE.sub(lambda match: _ESCAPES[match.group()], text)
    return _LIGATURES.sub(lambda match: match.group() + "{}", escaped)


def decode_address(value: str) -> str:
    """A DOI or web address with the escapes some tools add (`\\_`, `\\%`) removed."""
    if "\\" not in value and "{" not in value:
        return value
    return re.sub(r"\\([_%&#~{}$])", r"\1", value).replace("{", "").replace("}", "")
