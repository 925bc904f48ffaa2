"""The text of a DOCX document as Word shows it with all changes accepted, without comments.

The XML is walked in the order of the document: python-docx's own lists hold only the direct
children, and so neither tracked insertions nor content controls, text boxes or tables in cells.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator
from typing import Any, NamedTuple

from evidence.originals.lines import BULLET, tidy
from evidence.originals.loaded import OriginalError

MAX_UNPACKED = 200_000_000  # bytes of all parts, pictures included
#: The two ways in which a DOCX file may be packed (ECMA-376, part 2). The others that zip knows
#: unpack a hundred bytes to gigabytes before anybody can look.
_PACKED = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)

_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_MATH_TEXT = "{http://schemas.openxmlformats.org/officeDocument/2006/math}t"
_ALTERNATIVES = "{http://schemas.openxmlformats.org/markup-compatibility/2006}AlternateContent"
_CHANGES = frozenset(f"{_W}{name}" for name in ("ins", "del", "moveFrom", "moveTo"))
#: What Word does not print: deleted and moved words, the codes of fields, properties.
_SKIPPED_NAMES = """
del moveFrom delText delInstrText instrText rt pPr rPr tblPr tblGrid trPr tcPr sdtPr sdtEndPr sectPr
"""
_SKIPPED = frozenset(f"{_W}{name}" for name in _SKIPPED_NAMES.split())
_CHARACTERS = {
    f"{_W}tab": "\t",
    f"{_W}ptab": "\t",
    f"{_W}br": "\n",
    f"{_W}cr": "\n",
    f"{_W}noBreakHyphen": "-",
}
#: Signs of the font Symbol, by their place in it: "≥" is F0B3 in a Word file.
_SYMBOLS = dict(
    zip(
        b"DFGLPQSWYabcdefghijklmnopqrstuwxyz\xa3\xa5\xab\xac\xad\xae\xaf\xb0\xb1\xb2\xb3\xb4"
        b"\xb7\xb8\xb9\xbb\xd6\x2d",
        "ΔΦΓΛΠΘΣΩΨαβχδεφγηιϕκλμνοπθρστυωξψζ≤∞↔←↑→↓°±″≥×•÷≠≈√−",
        strict=True,
    )
)
_NOTES = {f"{_W}footnoteReference": "footnotes", f"{_W}endnoteReference": "endnotes"}
_SIGN = f"{_W}sym"
_OFF = ("0", "false", "off")


class WordText(NamedTuple):
    """What a document says; `changes` counts the places that were under review."""

    text: str
    title: str
    changes: int


def from_docx(raw: bytes) -> WordText:
    """The text of a DOCX document, its title, and how many changes wait in it to be accepted.

    Raises:
        OriginalError: it is damaged, or unpacks to more than it should.
    """
    try:
        _check_size(raw)
        return _read(raw)
    except (OriginalError, MemoryError):
        raise
    except Exception as error:  # python-docx lets errors of zipfile, lxml and its own through
        raise OriginalError(
            "The file is not a readable DOCX document; open it in a word processor and save it."
        ) from error


def _check_size(raw: bytes) -> None:
    with zipfile.ZipFile(io.BytesIO(raw)) as archive:
        parts = archive.infolist()
    if any(part.compress_type not in _PACKED for part in parts):
        raise zipfile.BadZipFile
    if sum(part.file_size for part in parts) > MAX_UNPACKED:
        raise OriginalError(
            "The DOCX file unpacks to more than 200 MB; save it without its pictures."
        )


def _read(raw: bytes) -> WordText:
    import docx

    document = docx.Document(io.BytesIO(raw))
    # Looked up once: python-docx goes through all styles for every paragraph.
    styles = {style.style_id: (style.name or "").lower() for style in document.styles}
    writer = _Writer(styles)
    body = document.element.body
    lines = writer.blocks(body)
    notes = _notes(document)
    for number, note in enumerate(writer.called, 1):
        if note in notes:
            lines += ["", *_numbered(number, writer.blocks(notes[note])), ""]
    changes = sum(1 for element in body.iter(*_CHANGES))
    return WordText(tidy(lines), (document.core_properties.title or "").strip(), changes)


def _numbered(number: int, lines: list[str]) -> list[str]:
    """The lines of a note, its number before the first that has words."""
    words = [line for line in lines if line.strip()]
    return [f"{number}. {words[0].strip()}", *words[1:]] if words else []


def _notes(document: Any) -> dict[tuple[str, str], Any]:
    """The footnotes and endnotes of a document by kind and number."""
    from lxml import etree

    notes = {}
    for relation in document.part.rels.values():
        kind = relation.reltype.rpartition("/")[2]
        if kind in _NOTES.values() and not relation.is_external:
            # No entity is resolved and no address opened, as python-docx has it for its parts.
            parser = etree.XMLParser(resolve_entities=False, no_network=True)
            for note in etree.fromstring(relation.target_part.blob, parser):
                notes[kind, note.get(f"{_W}id", "")] = note
    return notes


class _Writer:
    """Writes blocks of a document as lines, and keeps the notes that they call, in order."""

    def __init__(self, styles: dict[str, str]) -> None:
        self._styles = styles
        self.called: list[tuple[str, str]] = []

    def blocks(self, container: Any) -> list[str]:
        """The lines of the paragraphs and tables in an element, in the order of the document."""
        lines: list[str] = []
        running = ""  # words of a paragraph whose end is deleted: the next one goes on
        for block in _blocks_in(container):
            if block.tag == f"{_W}tbl":
                lines += self._rows(block)
                continue
            words, boxes = self._words(block)
            running += words
            if _is_on(block.find(f"{_W}pPr/{_W}rPr/{_W}del")):
                continue
            lines += self._paragraph(block, running.strip())
            running = ""
            for box in boxes:
                lines += self.blocks(box)
        return [*lines, running] if running else lines

    def _paragraph(self, block: Any, words: str) -> list[str]:
        return [f"{BULLET} {words}"] if self._is_item(block) else ["", *words.split("\n"), ""]

    def _words(self, paragraph: Any) -> tuple[str, list[Any]]:
        """The words of a paragraph, and the text boxes that are anchored in it."""
        words: list[str] = []
        boxes: list[Any] = []
        for element in _inline(paragraph):
            if element.tag == f"{_W}txbxContent":
                boxes.append(element)
            elif element.tag in _CHARACTERS:
                words.append(_CHARACTERS[element.tag])
            elif element.tag == _SIGN:
                words.append(_sign(element))
            elif element.tag in _NOTES:
                self.called.append((_NOTES[element.tag], element.get(f"{_W}id", "")))
                words.append(f"[{len(self.called)}]")  # as in pages
            else:
                words.append(element.text or "")
        return "".join(words), boxes

    def _rows(self, table: Any) -> Iterator[str]:
        """A line for each row; a cell that spans several columns or rows stands in each once.

        A cell that holds a table lays out the page: its blocks are written as such.
        """
        above: dict[int, str] = {}
        for row in _rows_in(table):
            cells = list(_blocks_in(row, f"{_W}tc"))
            if any(next(cell.iter(f"{_W}tbl"), None) is not None for cell in cells):
                for cell in cells:
                    yield from ["", *self.blocks(cell)]
                continue
            words, column = [], 0
            for cell in cells:
                merged = cell.find(f"{_W}tcPr/{_W}vMerge")
                goes_on = merged is not None and merged.get(f"{_W}val") != "restart"
                if not goes_on:
                    above[column] = " ".join(" ".join(self.blocks(cell)).split())
                words.append(above.get(column, ""))
                column += _span(cell)
            yield ""
            yield " | ".join(filter(None, words))

    def _is_item(self, paragraph: Any) -> bool:
        if paragraph.find(f"{_W}pPr/{_W}numPr") is not None:
            return True
        style = paragraph.find(f"{_W}pPr/{_W}pStyle")
        name = "" if style is None else self._styles.get(style.get(f"{_W}val"), "")
        return name.startswith("list")


def _is_on(element: Any | None) -> bool:
    """True for a property that is there and not switched off."""
    return element is not None and element.get(f"{_W}val") not in _OFF


def _sign(element: Any) -> str:
    """The character of a sign in the font Symbol; "" for the pictures of other fonts."""
    code = element.get(f"{_W}char", "")
    is_symbol = element.get(f"{_W}font", "").lower().startswith("symbol")
    is_code = is_symbol and re.fullmatch("[0-9A-Fa-f]{1,4}", code)
    return _SYMBOLS.get(int(code, 16) & 0xFF, "") if is_code else ""


def _span(cell: Any) -> int:
    span = cell.find(f"{_W}tcPr/{_W}gridSpan")
    return int(span.get(f"{_W}val", "1")) if span is not None else 1


def _rows_in(table: Any) -> Iterator[Any]:
    for row in _blocks_in(table, f"{_W}tr"):
        if not _is_on(row.find(f"{_W}trPr/{_W}del")):
            yield row


def _blocks_in(container: Any, *tags: str) -> Iterator[Any]:
    """The paragraphs and tables (or the elements of these tags) in an element, also within others
    that print nothing of their own: content controls, insertions, custom XML."""
    return _walk(container, tags or (f"{_W}p", f"{_W}tbl"))


def _inline(paragraph: Any) -> Iterator[Any]:
    """What a paragraph prints: words, characters, calls of notes, text boxes; nothing hidden."""
    return _walk(
        paragraph, (f"{_W}t", _MATH_TEXT, _SIGN, f"{_W}txbxContent", *_CHARACTERS, *_NOTES)
    )


def _walk(container: Any, wanted: tuple[str, ...]) -> Iterator[Any]:
    """Elements of the wanted tags, in order; not those inside of one, nor in what is not printed.

    Not by a function that calls itself: files made by programs nest deeply.
    """
    waiting = [iter(container)]
    while waiting:
        element = next(waiting[-1], None)
        if element is None:
            waiting.pop()
        elif element.tag in wanted:
            yield element
        elif (
            element.tag in _SKIPPED
            or not isinstance(element.tag, str)
            or (element.tag == f"{_W}r" and _is_on(element.find(f"{_W}rPr/{_W}vanish")))
        ):
            continue
        elif element.tag == _ALTERNATIVES:
            # The same in the words of newer and of older programs: the first is for newer ones.
            waiting.append(iter(list(element)[:1]))
        else:
            waiting.append(iter(element))
