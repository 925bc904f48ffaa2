"""The text of a PDF: its lines as pdfminer finds them, without what stands around it
(`pdf_around`), put in order by `pdf_layout`."""

from __future__ import annotations

import io
import re
from collections import Counter
from collections.abc import Iterator
from typing import Any

from evidence.originals.lines import count_words, tidy
from evidence.originals.loaded import OriginalError
from evidence.originals.pdf_around import without_furniture
from evidence.originals.pdf_layout import PrintedLine, text_lines

MAX_PAGES = 500


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
    return tidy(text_lines(list(without_furniture(pages, raw)))), ""


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
