"""The text of a PDF: its paragraphs whole, without what every page repeats."""

from __future__ import annotations

import io
import re

from evidence.originals.lines import count_words, tidy
from evidence.originals.loaded import OriginalError

MAX_PAGES = 500


def from_pdf(raw: bytes) -> tuple[str, str]:
    """The text of a PDF; its title is not asked for, as hardly any file says a true one.

    Raises:
        OriginalError: it is damaged, protected, or holds pictures of text only.
    """
    import logging

    from pdfminer.high_level import extract_text
    from pdfminer.layout import LAParams

    logging.getLogger("pdfminer").setLevel(logging.ERROR)
    try:
        text = extract_text(io.BytesIO(raw), maxpages=MAX_PAGES, laparams=LAParams())
    except MemoryError:
        raise
    except Exception as error:  # pdfminer raises what its parsers meet
        raise OriginalError(
            "The file is not a readable PDF (damaged or protected); save or print it to PDF again."
        ) from error
    if count_words(text) < 3:
        raise OriginalError(
            "The PDF has no text, only pictures of it; run text recognition (OCR) on it first."
        )
    return tidy(_unwrap(_without_furniture(text))), ""


def _without_furniture(text: str) -> str:
    """Pages without page numbers and without the first or last line that most of them share."""
    pages = [page.strip("\n").split("\n") for page in text.split("\f") if page.strip()]

    def plain(line: str) -> str:
        return re.sub(r"\d+", "#", " ".join(line.split()))

    for edge in (0, -1):
        for _ in range(2):
            if len(pages) < 3:
                break
            seen = [plain(page[edge]) for page in pages if page]
            common = {line for line in seen if line and seen.count(line) > len(pages) / 2}
            for page in pages:
                while page and (plain(page[edge]) in common or not page[edge].strip()):
                    page.pop(edge)
    whole = ""
    for page in pages:
        body = re.sub(r"\n\s*(?:page\s*)?\d{1,4}(?:\s*/\s*\d+)?\s*$", "", "\n".join(page)).strip()
        runs_on = whole and not whole.endswith((".", "!", "?", ":", ";")) and body[:1].islower()
        whole += ("\n" if runs_on else "\n\n") + body
    return whole


def _unwrap(text: str) -> list[str]:
    """The lines of a PDF as paragraphs; a word cut at a line's end is whole again."""
    lines: list[str] = []
    text = re.sub(r"(\w)[-\u00ad\u2010]\n(?=[a-zà-ÿ])", "\\1\u00ad", text)
    for raw in text.split("\n"):
        line = re.sub(r"^\s*[•·◦▪●■\uf0b7–]\s*", "• ", raw).strip()
        if re.fullmatch(r"\d{1,2}[.)]", line):
            continue  # the numbers of a list, set apart from its items
        before = lines[-1] if lines else ""
        if before.startswith("•") and before.endswith(";") and line[:1].islower():
            line = f"• {line}"  # the bullets stood in a column of their own
        continues = (
            before
            and line
            and not line.startswith("•")
            and (
                line[0].islower()
                or (len(before) > 60 and not before.endswith((".", ":", "!", "?", ";")))
            )
            and not before.endswith((".", "!", "?", ":", ";"))
        )
        if continues:
            lines[-1] = f"{before} {line}"
        else:
            lines.append(line)
    return [line.replace("\u00ad", "") for line in lines]
