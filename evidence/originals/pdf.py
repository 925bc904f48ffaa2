"""The text of a PDF: its lines as pdfminer finds them, put in order by `pdf_layout`."""

from __future__ import annotations

import io
import re
from collections import Counter
from collections.abc import Iterator
from typing import Any

from evidence.originals.lines import count_words, tidy
from evidence.originals.loaded import OriginalError
from evidence.originals.pdf_layout import PrintedLine, text_lines

MAX_PAGES = 500
#: Running lines and page numbers stand in this share of the height of a page, above and below.
_MARGIN = 0.14
_PAGE_NUMBER = re.compile(
    r"(?:page|p\.|–|-)?\s*\d{1,4}(?:\s*(?:/|sur|of|de)\s*\d{1,4})?\s*(?:–|-)?", re.IGNORECASE
)
#: A line that ends in the number of its page: "Leaflet 7 – 1", "Leaflet 7 | page 1/2".
_ITS_PAGE = r"\s[–—|-]\s*(?:page\s*)?{}(?:\s?/\s?\d+)?$"


def from_pdf(raw: bytes) -> tuple[str, str]:
    """The text of a PDF; its title is not asked for, as hardly any file says a true one.

    Raises:
        OriginalError: it is damaged, protected, or holds pictures of text only.
    """
    import logging

    logging.getLogger("pdfminer").setLevel(logging.ERROR)
    try:
        pages = list(_pages(raw))
    except (MemoryError, ImportError):  # for the process that reads to tell
        raise
    except Exception as error:  # pdfminer raises what its parsers meet
        raise OriginalError(
            "The file is not a readable PDF (damaged or protected); save or print it to PDF again."
        ) from error
    if sum(count_words(line.text) for lines, _ in pages for line in lines) < 3:
        raise OriginalError(
            "The PDF has no text, only pictures of it; run text recognition (OCR) on it first."
        )
    return tidy(text_lines(list(_without_furniture(pages)))), ""


def _pages(raw: bytes) -> Iterator[tuple[list[PrintedLine], float]]:
    """The lines of each page, and its height in points."""
    from pdfminer.high_level import extract_pages
    from pdfminer.layout import LAParams

    layout = LAParams(boxes_flow=None)
    for page in extract_pages(io.BytesIO(raw), maxpages=MAX_PAGES, laparams=layout):
        yield list(_lines_of(page)), page.height


def _lines_of(element: Any) -> Iterator[PrintedLine]:
    from pdfminer.layout import LTChar, LTFigure, LTTextBox, LTTextLine

    for child in element:
        if isinstance(child, LTTextLine):
            text = re.sub(r" {2,}", " ", child.get_text()).strip()
            sizes = Counter(round(one.size, 1) for one in child if isinstance(one, LTChar))
            if text and sizes:
                yield PrintedLine(text, child.x0, child.x1, child.y0, child.y1, max(sizes))
        elif isinstance(child, LTTextBox | LTFigure):
            yield from _lines_of(child)


def _without_furniture(
    pages: list[tuple[list[PrintedLine], float]],
) -> Iterator[list[PrintedLine]]:
    """Pages without page numbers, and without the lines that several have in one place.

    Two pages are enough: the same words, whatever their figures, at the same height of the margin.
    """

    def place(line: PrintedLine) -> tuple[str, int]:
        return re.sub(r"\d+", "#", line.text.casefold()), round(line.bottom / 6)

    def is_in_margin(line: PrintedLine, height: float) -> bool:
        return line.bottom < _MARGIN * height or line.top > (1 - _MARGIN) * height

    seen = Counter(
        place(line) for lines, height in pages for line in lines if is_in_margin(line, height)
    )
    for number, (lines, height) in enumerate(pages, 1):
        yield [
            line
            for line in lines
            if not is_in_margin(line, height)
            or not (
                _PAGE_NUMBER.fullmatch(line.text)
                or seen[place(line)] > max(1, len(pages) / 3)
                or re.search(_ITS_PAGE.format(number), line.text, re.IGNORECASE)
            )
        ]
