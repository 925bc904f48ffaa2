"""The text of a DOCX document."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from typing import Any

from evidence.originals.lines import BULLET, tidy
from evidence.originals.loaded import OriginalError

MAX_UNPACKED = 200_000_000  # bytes of all parts, pictures included
#: The two ways in which a DOCX file may be packed (ECMA-376, part 2). The others that zip knows
#: unpack a hundred bytes to gigabytes before anybody can look.
_PACKED = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)


def from_docx(raw: bytes) -> tuple[str, str]:
    """The text of a DOCX document and its title.

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


def _read(raw: bytes) -> tuple[str, str]:
    import docx
    from docx.table import Table
    from docx.text.paragraph import Paragraph

    document = docx.Document(io.BytesIO(raw))
    # Looked up once: python-docx goes through all styles for every paragraph.
    styles = {style.style_id: (style.name or "").lower() for style in document.styles}
    lines: list[str] = []
    for block in document.iter_inner_content():
        if isinstance(block, Table):
            lines += _rows(block)
        elif isinstance(block, Paragraph):
            words = block.text.strip()
            if _is_item(block, styles):
                lines.append(f"{BULLET} {words}")
            else:
                lines += ["", *words.split("\n"), ""]
    return tidy(lines), (document.core_properties.title or "").strip()


def _rows(table: Any) -> Iterator[str]:
    """A line for each row; a cell that spans several columns stands in it once."""
    for row in table.rows:
        cells = dict.fromkeys(" ".join(cell.text.split()) for cell in row.cells)
        yield ""
        yield " | ".join(cell for cell in cells if cell)


def _is_item(paragraph: Any, styles: dict[str, str]) -> bool:
    from docx.oxml.ns import qn

    properties = paragraph._p.find(qn("w:pPr"))
    if properties is not None and properties.find(qn("w:numPr")) is not None:
        return True
    return styles.get(paragraph._p.style or "", "").startswith("list")
