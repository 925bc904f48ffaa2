"""Which lines of a page are its text: what stands around it is left out, the text stays whole.

trafilatura finds where the text is. By itself it drops a heading here and a sentence there, and one
that comes and goes would look like a change of the page; so lines that read as text are kept too.
Measured on trafilatura's own evaluation set; see docs/anchors.md.
"""

from __future__ import annotations

import re
from functools import cache

from evidence.originals.lines import BULLET, count_words, tidy
from references.files import table

#: Marks at the end of a line while it is looked at: most of it is links; it stands in a part that
#: is around the text on most pages. Two characters for private use.
LINKED, AROUND = "\ue000", "\ue001"
_MARKS = str.maketrans("", "", LINKED + AROUND)
_ABOVE = 6  # lines above the first of the text in which its headings stand
_SHORT = 14  # words: a longer line is no label of what stands around a text
_LONG = 12  # words: a longer line is prose, whatever it ends with
_FEWEST = 5  # words of a sentence
_IN_SPITE = 20  # words: so long a line is text, wherever it stands
_DATE = re.compile(r"[\d\s.:/-]*\d[\s.:/-]\d[\d\s.:/-]*")
#: What heads the sources that a page prints, and what each of these holds.
_SOURCES = re.compile(
    r"\W*(?:notes? (?:et|and) |sources? (?:et|and) )?"
    r"(?:r[ée]f[ée]rences?|sources|bibliograph(?:ie|y))(?: \w+){0,2}\W*",
    re.I,
)
_YEAR = re.compile(r"\b(?:19|20)\d\d\b")
_ENDS = re.compile(r"[.!?…:»”\"]\s*$")


def unmarked(text: str) -> str:
    """A text without the marks of its lines."""
    return text.translate(_MARKS)


def compared(line: str) -> str:
    """A line as it compares between two extractions."""
    return "".join(re.findall(r"\w+", unmarked(line))).lower()


@cache
def _labels() -> re.Pattern[str]:
    phrases = (re.escape(phrase) for (phrase,) in table("evidence.originals", "around.tsv"))
    return re.compile(rf"\s*{BULLET}?\s*(?:{'|'.join(phrases)})(?!\w)", re.I)


def _is_label(line: str) -> bool:
    """True for a short line that begins as what stands around a text does, and for a bare date."""
    return bool(_DATE.fullmatch(line)) or (
        count_words(line) < _SHORT and bool(_labels().match(line))
    )


def _is_prose(line: str) -> bool:
    words = count_words(line)
    return words >= _LONG or (words >= _FEWEST and bool(_ENDS.search(line)))


def main_part(marked: str, is_main: bool, heads: set[str], extracted: str) -> str:
    """The text of a page.

    Args:
        marked: all its lines, with their marks; or those of the part it marks as its main one.
        is_main: whether it is that part: short lines of it are text, unless something says no.
        heads: its headings, as `compared` has them.
        extracted: its text as trafilatura finds it, "" for none.
    """
    lines = marked.splitlines()
    inside = _lines_in(lines, extracted)
    found = sum(count_words(unmarked(lines[at])) for at in inside)
    if not inside or found < 0.4 * count_words(extracted):
        if not is_main:
            return extracted or unmarked(marked)
        inside = []  # trafilatura took something else for the text
    kept = _kept(lines, is_main, heads, inside)
    if not kept:
        return unmarked(marked)
    return tidy(unmarked(line) for at, line in enumerate(lines) if at in kept or not compared(line))


def _kept(lines: list[str], is_main: bool, heads: set[str], inside: list[int]) -> set[int]:
    """The numbers of the lines that are text."""
    extracted = set(inside)
    first, last = (inside[0], inside[-1]) if inside else (0, len(lines))
    kept: set[int] = set()
    lonely: list[int] = []  # headings that count only with what follows them
    for at, line in enumerate(lines):
        words, key = unmarked(line), compared(line)
        if not key or _is_label(words):
            continue
        if at in extracted:
            kept.add(at)
        elif _is_beside(line, words):
            continue
        elif key in heads and at <= last and (is_main or first - _ABOVE <= at):
            lonely.append(at)
        elif at < last and (is_main or (at > first and _is_text(words))):
            kept.add(at)
    return kept | _followed(lonely, kept, lines) | _printed_sources(lines, first)


def _printed_sources(lines: list[str], first: int) -> set[int]:
    """The numbers of the lines that head and list the sources printed below a text.

    trafilatura drops such a list from pages that mark no main part.
    """
    lists: list[list[int]] = []  # a second heading, of a footer say, takes nothing from the first
    for at in range(first, len(lines)):
        line, words = lines[at], unmarked(lines[at])
        if AROUND in line or "©" in words or _is_label(words):
            continue
        if _SOURCES.fullmatch(words):
            lists.append([at])
        elif lists and lists[-1][-1] >= at - 2 and _is_cited(words):
            lists[-1].append(at)
    return {at for found in lists if len(found) > 1 for at in found}


def _is_cited(words: str) -> bool:
    return count_words(words) >= _FEWEST and bool(_YEAR.search(words))


def _is_text(words: str) -> bool:
    return _is_prose(words) or words.lstrip().startswith(BULLET) or " | " in words


def _is_beside(line: str, words: str) -> bool:
    """True for a line of links, or one of a part that is around the text on most pages."""
    return LINKED in line or (AROUND in line and count_words(words) < _IN_SPITE)


def _followed(heads: list[int], kept: set[int], lines: list[str]) -> set[int]:
    """The headings behind which text stands, at once or behind one more heading."""
    numbered = [at for at, line in enumerate(lines) if compared(line)]
    place = {at: index for index, at in enumerate(numbered)}
    text: set[int] = set()
    for at in reversed(heads):
        if any(after in kept or after in text for after in numbered[place[at] + 1 : place[at] + 3]):
            text.add(at)
    return text


def _lines_in(lines: list[str], extracted: str) -> list[int]:
    """The numbers of the lines that are among those of an extracted text, or a part of one."""
    kept = {compared(line) for line in extracted.splitlines()} - {""}
    all_kept = compared(extracted)
    return [
        at
        for at, key in enumerate(map(compared, lines))
        if key in kept or (len(key) >= 25 and key in all_kept)
    ]
