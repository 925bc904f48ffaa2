"""What stands around the text of printed pages: running lines, and what a browser prints with it.

A line is taken for furniture by where it stands and by what it says, never by one of these: the
rows of a table reach into the margins of a page too, and "3 sur 10" looks like a page number.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from evidence.originals.lines import count_words
from evidence.originals.pdf_layout import PrintedLine
from references.normalise import fold

#: Running lines and page numbers stand in this share of the height of a page, above and below.
_MARGIN = 0.14
#: What is set this much larger than the next largest of a page may be its title.
_LARGER = 1.12
_PROSE = 12  # words: so long a line above the title is no item of a menu
_OF_A_BAR = 150  # words in such lines that a cookie bar may have
_LONG = 90  # characters: so long a line is no row of buttons
_PAGE_NUMBER = re.compile(
    r"(?:page|p\.|–|-)?\s*\d{1,4}(?:\s*(?:/|sur|of|de)\s*\d{1,4})?\s*(?:–|-)?", re.IGNORECASE
)
_FIGURE = re.compile(r"\d{1,9}")
#: A line that ends in the number of its page: "Leaflet 7 – 1", "Leaflet 7 | page 1/2".
_ITS_PAGE = r"\s[–—|-]\s*(?:page\s*)?{}(?:\s?/\s?\d+)?$"
#: What browsers print above and below a page: when it was, and its address.
_PRINTED_AT = re.compile(
    r"\d{1,4}[/.-]\d{1,2}[/.-]\d{2,4},?\s+(?:à\s+)?\d{1,2}[:h]\d\d(?:\s?[AP]M)?", re.IGNORECASE
)
_OF_PAGES = re.compile(r"\d{1,4}\s?/\s?\d{1,4}")
_ADDRESS = re.compile(r"(?:https?|file)://\S+")
#: Where the file says that a browser made it.
_BROWSER = re.compile(rb"/Creator\s*\((?:Mozilla|Chromium|Google Chrome|Microsoft.{0,2}Edge)")
#: The buttons of a cookie bar, one or several on a line.
_BUTTONS = re.compile(
    r"(?:(?:"
    r"(?:tout|j'|je )?\s?(?:accepter?|refuser?)(?: tout| les cookies| et (?:continuer|fermer))?"
    r"|continuer sans accepter|(?:parametrer|personnaliser|gerer)(?: (?:mes|les|vos) \w{5,11})?"
    r"|(?:accept|reject|allow|decline)(?: all| only)?(?: necessary| essential)?(?: cookies)?"
    r"|(?:manage|customi[sz]e)(?: (?:my )?\w{5,11})?|cookie (?:settings|preferences|policy)"
    r")[\s|•·]*)+"
)


def without_furniture(
    pages: Sequence[tuple[list[PrintedLine], float]], raw: bytes
) -> Iterator[list[PrintedLine]]:
    """The lines of the text, page by page.

    Args:
        pages: the lines of each page, and its height in points.
        raw: the file, which may say that a browser printed it.
    """
    running = _running(pages)
    is_web = bool(_BROWSER.search(raw))
    texts: list[list[PrintedLine]] = []
    for number, (lines, height) in enumerate(pages, 1):
        around = _in_margins(lines, height, number, running)
        is_web = is_web or any(_PRINTED_AT.fullmatch(line.text) for line in around)
        texts.append([line for line in lines if line not in around])
    bar = {line for lines in texts for line in lines if _is_buttons(line.text)}
    if len(bar) < 2 and all(count_words(line.text) < 2 for line in bar):
        bar = set()  # a word of a text
    for number, lines in enumerate(texts, 1):
        if number == 1 and (is_web or bar):
            lines = _from_title_on(lines, bar)
        yield [line for line in lines if line not in bar]


def _is_buttons(text: str) -> bool:
    return len(text) < _LONG and bool(_BUTTONS.fullmatch(fold(text).replace("’", "'")))


def _is_in_margin(line: PrintedLine, height: float) -> bool:
    return line.bottom < _MARGIN * height or line.top > (1 - _MARGIN) * height


def _running(pages: Sequence[tuple[list[PrintedLine], float]]) -> set[tuple[int, PrintedLine]]:
    """The lines that several pages have in one place of the margin, each with its page.

    Two pages are enough: the same words at the same height, whose figures stay or count the pages.
    """
    chains: dict[tuple[str, int], list[list[tuple[int, PrintedLine]]]] = {}
    for number, (lines, height) in enumerate(pages, 1):
        for line in lines:
            if _is_in_margin(line, height):
                place = _FIGURE.sub("#", line.text.casefold()), round(line.bottom / 6)
                of_place = chains.setdefault(place, [])
                if not of_place or not _goes_with(of_place[-1][-1], (number, line)):
                    of_place.append([])
                of_place[-1].append((number, line))
    return {
        one
        for of_place in chains.values()
        for chain in of_place
        if len({number for number, _ in chain}) > max(1, len(pages) / 3)
        for one in chain
    }


def _goes_with(before: tuple[int, PrintedLine], now: tuple[int, PrintedLine]) -> bool:
    """True when each figure of two lines is the same, or as much more as pages lie between."""
    apart = now[0] - before[0]
    figures = (_FIGURE.findall(line.text) for _, line in (before, now))
    return all(int(b) - int(a) in (0, apart) for a, b in zip(*figures, strict=True))


def _in_margins(
    lines: Sequence[PrintedLine],
    height: float,
    number: int,
    running: set[tuple[int, PrintedLine]],
) -> set[PrintedLine]:
    """What stands around the text of one page.

    A page number or a running line with something else beside it is a cell of a table, unless it
    is the first or the last of the page.
    """
    inner = {line for line in lines if _is_in_margin(line, height)}
    highest = max((line.bottom for line in lines), default=0.0)
    lowest = min((line.top for line in lines), default=0.0)

    def is_taken(line: PrintedLine) -> bool:
        is_outermost = line.top > highest or line.bottom < lowest
        is_running = (number, line) in running
        if is_running and is_outermost:
            return True
        beside = [one for one in inner if one is not line and one.is_beside(line)]
        if not is_running and not _says_so(line.text, number):
            # The title or the address of a page that a browser printed.
            is_address = bool(_ADDRESS.fullmatch(line.text))
            mark = _OF_PAGES if is_address else _PRINTED_AT
            return (is_address or line.top > highest) and any(
                mark.fullmatch(one.text) for one in beside
            )
        its_own = rf"(?<!\d){number}(?!\d)|{_PRINTED_AT.pattern}"
        return (is_outermost and bool(re.search(its_own, line.text))) or all(
            (number, one) in running
            or _ADDRESS.fullmatch(one.text)
            or _PRINTED_AT.fullmatch(one.text)
            for one in beside
        )

    return {line for line in inner if is_taken(line)}


def _says_so(text: str, number: int) -> bool:
    """True for words that stand around a text only: a page number, the time of printing."""
    return bool(
        _PAGE_NUMBER.fullmatch(text)
        or _PRINTED_AT.fullmatch(text)
        or re.search(_ITS_PAGE.format(number), text, re.IGNORECASE)
    )


def _from_title_on(lines: list[PrintedLine], bar: set[PrintedLine]) -> list[PrintedLine]:
    """The lines of a printed web page without the bar and the menu above its title.

    The title is what is set largest; where sentences stand above that, it is none.
    """
    sizes = sorted({line.size for line in lines}, reverse=True)
    if len(sizes) < 2 or sizes[0] < _LARGER * sizes[1]:
        return lines
    top = max(line.top for line in lines if line.size == sizes[0])
    above = [line for line in lines if line.bottom >= top]
    prose = sum(words for line in above if (words := count_words(line.text)) >= _PROSE)
    is_allowed = _OF_A_BAR if bar.intersection(above) else 0
    return [line for line in lines if line.bottom < top] if prose <= is_allowed else lines
