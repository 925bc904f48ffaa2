"""Keys for references that have none: authorYEARword, as "ilfeld2023phantom"."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Container

from references.record import Reference

#: Words that tell nothing of a work, in the languages of our titles.
_TELLS_NOTHING = re.compile(
    "an?|and|are|as|at|by|can|des?|do(?:es)?|du|e[nt]|for|from|in|into|is|las?|les?|of|on|or|the|to"
    "|une?|with|without|after|before|between|during|effects?|study|using|use|via|versus|vs|its"
    "|their|new|how|what|when|why|eine?|der|die|das|und|el|los|una"
)
_TRANSLITERATED = str.maketrans({"ß": "ss", "æ": "ae", "œ": "oe", "ø": "o", "đ": "d", "ł": "l"})
_ANY_KEY = re.compile(r"^[^\s,{}\"#%~\\'()=]{1,120}$")


def ascii_word(text: str) -> str:
    """Lower-case ASCII letters and digits of a text; accents fall, other scripts too."""
    folded = unicodedata.normalize("NFKD", text.lower().translate(_TRANSLITERATED))
    return re.sub(r"[^a-z0-9]", "", folded)


def is_key(text: str) -> bool:
    """True when a text can be the key of an entry as it is."""
    return bool(_ANY_KEY.match(text))


def make_key(reference: Reference, taken: Container[str] = ()) -> str:
    """A key that is not `taken`: author, year, first telling word, then "b", "c"..., "2"..."""
    first = reference.authors[0] if reference.authors else None
    name = (first.family or first.literal.partition(" ")[0] or first.given) if first else ""
    author = ascii_word(name)
    words = [ascii_word(word) for word in re.split(r"[\s\-–—/:]+", reference.title)]
    telling = next(
        (word for word in words if len(word) > 2 and not _TELLS_NOTHING.fullmatch(word)), ""
    )
    year = str(reference.year) if reference.year else ""
    stem = f"{author[:30]}{year}{telling[:24]}"
    if not stem or stem == year:
        number = ascii_word(reference.doi) or reference.pmid
        stem = f"{stem or 'ref'}{number[:30]}" if number else stem or "ref"
    if stem[0].isdigit():
        stem = f"ref{stem}"
    if stem not in taken:
        return stem
    for letter in "bcdefghijklmnopqrstuvwxyz":
        if f"{stem}{letter}" not in taken:
            return f"{stem}{letter}"
    count = 2
    while f"{stem}-{count}" in taken:
        count += 1
    return f"{stem}-{count}"
