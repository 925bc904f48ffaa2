"""Text as its language prints it."""

from __future__ import annotations

import re
from functools import lru_cache

_BEFORE = re.compile(r"[ \u00a0\u202f]+([;!?»]|%(?![\w(]))")
_COLON = re.compile(r"(?<=\w|\)|»)[ \u00a0\u202f]+:")
_OPENING = re.compile(r"«[ \u00a0\u202f]*")
_APOSTROPHE = re.compile(r"(?<=\w)'(?=\w)")
_ARROW = re.compile(r"\s*->\s*")
_FIGURE = re.compile(r"(?<=\d) (?=(?:%|mm|cm|mg|min|°C)\b|%)")


@lru_cache(maxsize=8192)
def typeset(text: str, language: str = "en") -> str:
    """A sentence of the data with the spaces and characters of its language.

    French puts a narrow no-break space before ; ! ? » and a no-break space before a colon
    (Imprimerie nationale); the files are written with plain spaces.
    """
    text = _APOSTROPHE.sub("’", _ARROW.sub(" → ", text))
    if language == "fr":
        text = _BEFORE.sub("\u202f\\1", text)
        text = _COLON.sub("\u00a0:", text)
        text = _OPENING.sub("«\u202f", text)
    return _FIGURE.sub("\u00a0", text)
