"""From the bytes of a page to its plain text: HTML, plain text, Markdown, DOCX or PDF.

Whatever the form, the result is plain text in which a heading is a line of its own, a list item
begins with a bullet and blocks are set apart by an empty line.

Files come from strangers, and none of the libraries that read them bounds its memory or its
time: only `evidence.originals.child` calls this, in a process of its own (`load.read_bytes`).
"""

from __future__ import annotations

import codecs
import re
from pathlib import Path

from evidence.originals.loaded import MAX_CHARACTERS, FetchedPage, OriginalError

_SUFFIXES = {
    ".html": "html",
    ".htm": "html",
    ".xhtml": "html",
    ".txt": "text",
    ".text": "text",
    ".md": "markdown",
    ".markdown": "markdown",
    ".docx": "docx",
    ".pdf": "pdf",
}
_TYPES = {
    "text/html": "html",
    "application/xhtml+xml": "html",
    "text/plain": "text",
    "text/markdown": "markdown",
    "application/pdf": "pdf",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": "docx",
}
#: The marks of encodings in which Latin letters hold zero bytes.
_WIDE = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE, codecs.BOM_UTF32_BE)
#: An encoding that nobody declared is guessed from this many bytes.
_SAMPLE = 100_000


def convert(raw: bytes, name: str, content_type: str = "") -> FetchedPage:
    """The plain text of a page; its language and bytes are left to the caller.

    Raises:
        OriginalError: it has no text, too much of it, or is in no form we read.
    """
    form = _form_of(raw, name, content_type)
    text, title, *changes = _text_and_title(raw, form, content_type)
    if not re.search(r"\w", text):
        raise OriginalError(
            "{name} has no text that could be read; check that it is the page itself (a "
            "page drawn by scripts must be saved from the browser first).",
            name=name,
        )
    if len(text) > MAX_CHARACTERS:
        most = f"{MAX_CHARACTERS:,}".replace(",", "\u202f")  # read alike in both languages
        raise OriginalError(
            "{name} holds more than {most} characters; bring it in parts.", name=name, most=most
        )
    return FetchedPage(text, name, form, title, changes=sum(changes))


def _text_and_title(
    raw: bytes, form: str, content_type: str
) -> tuple[str, str] | tuple[str, str, int]:
    """Each reader is imported when it is needed: the process lives for one file."""
    if form == "docx":
        from evidence.originals.word import from_docx

        return from_docx(raw)
    if form == "pdf":
        from evidence.originals.pdf import from_pdf

        return from_pdf(raw)
    charset = re.search(r"charset=[\"']?([\w-]+)", content_type)
    page = _decode(raw, charset.group(1) if charset else None)
    if form == "html":
        from evidence.originals.html import from_html

        return from_html(page)
    if form == "markdown":
        from evidence.originals.html import from_markdown

        return from_markdown(page)
    return page.replace("\r\n", "\n").replace("\r", "\n"), ""


def _form_of(raw: bytes, name: str, content_type: str) -> str:
    """What the bytes are: by how they begin, then the content type, then the name."""
    if raw.startswith(b"%PDF-"):
        return "pdf"
    if raw.startswith(b"PK\x03\x04"):
        return "docx"
    if b"\0" in raw[:2048] and not raw.startswith(_WIDE):
        raise OriginalError(
            "{name} is not HTML, plain text, Markdown, DOCX or PDF; save the page in one of these.",
            name=name,
        )
    named = _SUFFIXES.get(Path(name).suffix.lower(), "")
    declared = _TYPES.get(content_type.partition(";")[0].strip().lower(), "")
    if named == "markdown" and declared in ("", "text"):
        return named
    if form := declared or named:
        return form
    start = raw[:2048].lstrip().lower()
    if start.startswith((b"<!doctype html", b"<html", b"<?xml")) or b"<body" in start:
        return "html"
    return "text"


def _decode(raw: bytes, charset: str | None) -> str:
    """Bytes as text: as declared, else UTF-8, else as an HTML page declares, else guessed."""
    declared = re.search(rb"<meta[^>]+charset=[\"']?([\w-]+)", raw[:4096], re.I)
    tried = [
        charset,
        "utf-8-sig",
        declared.group(1).decode("ascii", "replace") if declared else None,
    ]
    if raw.startswith((codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE)):
        tried.insert(0, "utf-32")
    elif raw.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        tried.insert(0, "utf-16")
    for name in tried:
        try:
            if name:
                return raw.decode(name)
        except (LookupError, UnicodeError):  # codecs such as "idna" raise the wider one
            continue
    from charset_normalizer import from_bytes

    best = from_bytes(raw[:_SAMPLE]).best()
    return raw.decode(best.encoding if best else "cp1252", "replace")
