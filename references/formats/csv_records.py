"""Tables that databases and programs export, told by their headers: PubMed, Scopus, Embase...

The headers stand in `csv_columns.tsv`. Web of Science heads a table with its tags, and Embase may
write a field a line.
"""

from __future__ import annotations

import csv
import re
from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from typing import Any

from references.errors import Problem, problem_in
from references.formats.dates import PartialDate, date_of
from references.formats.field_values import as_extra, doi_of, language, pages_of, source_of
from references.formats.json_items import from_first_to_last
from references.formats.markup import plain
from references.formats.names import read_names, write_authors
from references.formats.publication_types import type_named
from references.formats.tables import Fields, reference_from, rows
from references.identifiers import isbn_of, issn_of, pmcid_of, pmid_of
from references.normalise import whole_number, year_of
from references.record import Place, Reference, Study

NAME = "csv"
_FIELD_OF = {header: field for field, header in rows("csv_columns.tsv")}
_ORDER = {header: order for order, header in enumerate(_FIELD_OF)}
_DELIMITERS = ",;\t|"
_LONGEST_CELL = 10_000_000  # characters; the library's own limit is less than some abstracts
csv.field_size_limit(_LONGEST_CELL)
_MOST_LINES = 1_000  # of one cell
_MOST_BEFORE = 4  # lines before the headers
_MOST_WRONG = 10_000  # rows one after the other that are no references
TAGS = frozenset(("TI", "AU", "SO", "PY"))  # of a table from Web of Science
_LISTS = ("indications", "interventions", "population", "comparators", "nerves", "guidance")
_TEXTS = ("design", "arms", "device", "comparison", "followup", "harms", "relevance")
#: The place of an article in PubMed's citation: "J Cold. 2020 Mar;1(3):1-9. doi: ...".
_PLACE = re.compile(
    r"\d{4}[^;.:]*;(?P<volume>[^(:;.]*)(?:\((?P<number>[^)]*)\))?(?::(?P<pages>[^.;]+))?"
)
_NUMBER_BEHIND = re.compile(r"\s*\(\d+\)")  # Scopus's number of an author, behind the name

Row = Mapping[str, str]


def _header(cells: list[str]) -> list[str]:
    return [" ".join(cell.strip("\ufeff \t").lower().split()) for cell in cells]


def headed(line: str) -> tuple[str, list[str]]:
    """The delimiter and the headers of the first line of a table."""
    delimiter = max(_DELIMITERS, key=line.count)
    return delimiter, _of_line(line, delimiter)


def _of_line(line: str, delimiter: str = ",") -> list[str]:
    """The cells of a line; none where it cannot be one of a table."""
    try:
        return next(iter(csv.reader([line], delimiter=delimiter)), [])
    except csv.Error:
        return []


def before_headers(head: str) -> int:
    """How many lines stand before the headers of a table: "sep=;", the name of the database."""
    lines = head.split("\n", _MOST_BEFORE + 1)[: _MOST_BEFORE + 1]
    return next((number for number, line in enumerate(lines) if _has_headers(line)), 0)


def _has_headers(line: str) -> bool:
    _, cells = headed(line)
    known = {_FIELD_OF[name] for name in _header(cells) if name in _FIELD_OF}
    return len(TAGS & set(cells)) > 2 or ("title" in known and len(known) > 1)


def is_table(head: str) -> bool:
    """True for a text that begins like a table of references."""
    lines = head.lstrip("\ufeff\n ").split("\n", _MOST_BEFORE + 1)
    return any(map(_has_headers, lines[: _MOST_BEFORE + 1])) or _is_upright(lines)


def _is_upright(lines: list[str]) -> bool:
    """True where each line holds one field, its name first, as Embase can write it."""
    cells = map(_of_line, lines[:4])
    names = {_FIELD_OF.get(name) for row in cells for name in _header(row[:1])}
    return "title" in names and len(names - {None}) > 1


def _cells(
    lines: Iterable[str], head: str, name: str, problems: list[Problem]
) -> Iterator[tuple[int, Row]]:
    """The line and the fields of each row."""
    first = head.lstrip("\ufeff\n ").split("\n", _MOST_BEFORE + 1)
    before = before_headers(head)
    upright = not before and _is_upright(first)
    delimiter, headers = (",", []) if upright else headed(head.split("\n")[before])
    table = rows_of(lines, delimiter, len(headers), name, problems, before)
    yield from _upright(table) if upright else _flat(table)


def rows_of(
    lines: Iterable[str],
    delimiter: str,
    width: int,
    name: str,
    problems: list[Problem],
    before: int = 0,
) -> Iterator[tuple[int, list[str]]]:
    """The rows of a table, empty ones too, each with the line in which it ends.

    Programs write quotes that open a cell and are never closed (Web of Science quotes nothing);
    up to the next one all rows would be one. So lines are only joined where that gives a row of
    the table's width.

    Args:
        lines: of the table, without their ends.
        delimiter: what stands between cells.
        width: how many cells a row has; 0 when nobody knows.
        name: of the file in problems.
        problems: gets what cannot be read.
        before: how many lines stand before the headers.
    """
    rows = _Rows(islice(lines, before, None), delimiter, width)
    rows.line = before
    while True:
        try:
            row = rows.next()
        except csv.Error as error:
            template = "is no row of a table ({detail}); mend the line"
            problems.append(problem_in(name, rows.line, "", template, detail=error))
            continue
        if row is None:
            return
        yield rows.line, row


class _Rows:
    """Rows put together of lines; `line` is the number of the last one taken."""

    def __init__(self, lines: Iterable[str], delimiter: str, width: int) -> None:
        self._lines = iter(lines)
        self._waiting: deque[str] = deque()
        self._delimiter = delimiter
        self._width = width
        self.line = 0

    def next(self) -> list[str] | None:
        """The next row; None at the end.

        Raises:
            csv.Error: the line is none of a table.
        """
        line = self._take()
        if line is None:
            return None
        if '"' not in line:
            return line.split(self._delimiter)
        bare = [_bare(cell) for cell in line.split(self._delimiter)]
        try:
            cells = self._parsed(line)
        except csv.Error as error:
            whole = self._joined(line) if "end of data" in str(error) else None
            if whole is not None:
                return whole
            return bare if self._fits(bare) else self._parsed(line, strict=False)
        return bare if self._fits(bare) and not self._fits(cells) else cells

    def _take(self) -> str | None:
        line = self._waiting.popleft() if self._waiting else next(self._lines, None)
        self.line += line is not None
        return line

    def _fits(self, cells: list[str]) -> bool:
        """True for a row as wide as the table, but for a delimiter at its end."""
        return len(cells) == self._width or (len(cells) == self._width + 1 and not cells[-1])

    def _parsed(self, text: str, strict: bool = True) -> list[str]:
        lines = text.splitlines(keepends=True)
        return next(csv.reader(lines, delimiter=self._delimiter, strict=strict), [])

    def _joined(self, line: str) -> list[str] | None:
        """The row that begins in a line and goes on in the next ones; None when there is none."""
        taken: list[str] = []
        text, size = [line], len(line)
        while len(taken) < _MOST_LINES and size < _LONGEST_CELL:
            more = self._take()
            if more is None:
                break
            taken.append(more)
            if self._delimiter == "\t" and self._width > 1 and more.count("\t") >= self._width - 1:
                break  # a row of its own: cells hold no tabs
            text.append(more)
            size += len(more)
            if '"' not in more:
                continue
            try:
                cells = self._parsed("\n".join(text))
            except csv.Error as error:
                if "end of data" in str(error):
                    continue
                break
            if not self._width or self._fits(cells):
                return cells
            break
        self._waiting.extendleft(reversed(taken))
        self.line -= len(taken)
        return None


def _bare(cell: str) -> str:
    """A cell without the quotes around it."""
    quoted = len(cell) > 1 and cell[0] == cell[-1] == '"'
    return cell[1:-1].replace('""', '"') if quoted else cell


def _flat(table: Iterable[tuple[int, list[str]]]) -> Iterator[tuple[int, Row]]:
    headers: list[str] = []
    for line, cells in table:
        if not any(cell.strip() for cell in cells):
            continue
        if not headers:
            headers = _header(cells)
            continue
        named = dict(zip(headers, map(_unquoted, cells), strict=False))
        yield line, _row(named)


def _upright(table: Iterable[tuple[int, list[str]]]) -> Iterator[tuple[int, Row]]:
    """Records of which each line holds a field: its name, then its values."""
    named: dict[str, str] = {}
    start = 0
    for line, cells in table:
        header = (_header(cells[:1]) or [""])[0]
        if named and (not header or (header in named and header == "title")):
            yield start, _row(named)
            named = {}
        if header:
            start = start if named else line
            named[header] = "; ".join(cell for cell in cells[1:] if cell.strip())
    if named:
        yield start, _row(named)


def _unquoted(cell: str) -> str:
    """A cell without the apostrophe that makes text of what looks like a formula."""
    return cell[1:] if re.match(r"'[=+\-@]", cell) else cell.strip()


def _row(named: Mapping[str, str]) -> Row:
    known: dict[str, str] = {}
    for header in sorted(named.keys() & _FIELD_OF.keys(), key=lambda name: _ORDER[name]):
        if value := named[header].strip():
            known.setdefault(_FIELD_OF[header], value)
    return known


def _text(field: str) -> Any:
    return lambda row: plain(row.get(field, ""))


def _extra(field: str) -> Any:
    return lambda row: as_extra(plain(row.get(field, "")))


def _names(value: str) -> list[str]:
    names = _NUMBER_BEHIND.sub("", plain(value)).strip(" ;")
    # PubMed ends its list with a full stop; other dots are those of initials.
    names = names.rstrip(".") if names.count(".") == 1 and "," in names else names
    return re.sub("(?:…|[.]{3})$", "; others", names).split(";")  # a list that Scholar cut off


def _cited(row: Row, part: str) -> str:
    """A part of the place that a citation or a source tells."""
    for field in ("citation", "source"):
        if place := _PLACE.search(row.get(field, "")):
            return plain(place[part] or "")
    return str(getattr(source_of(plain(row.get("source", ""))), part))


def _journal(row: Row) -> str:
    """The journal; `source` names it, or the database that the row is from."""
    source = "" if "eid" in row else source_of(plain(row.get("source", ""))).journal
    return plain(row.get("journal", "")) or source


def _pages(row: Row) -> str:
    pages = row.get("pages") or from_first_to_last(row.get("first", ""), row.get("last", ""))
    return pages_of(pages) or pages_of(row.get("eid", "")) or pages_of(_cited(row, "pages"))


def _date(row: Row) -> PartialDate:
    date = date_of(row.get("date", ""))
    year = year_of(row.get("year", "")) or date.year or year_of(row.get("citation", ""))
    return date if date.year == year else PartialDate(year)


def _keywords(row: Row) -> tuple[str, ...]:
    value = row.get("keywords", "")
    words = value.split(";" if ";" in value else ",")
    return tuple(dict.fromkeys(word for part in words if (word := plain(part))))


def _study(row: Row) -> Study:
    said: dict[str, Any] = {name: row.get(name, "") for name in _TEXTS}
    said |= {name: tuple(filter(None, row.get(name, "").split("; "))) for name in _LISTS}
    return Study(**said, participants=whole_number(row.get("participants", "")))


_FIELDS: Fields[Row] = {
    "key": lambda row: row.get("key", "") if " " not in row.get("key", "") else "",
    "type": lambda row: type_named(row.get("type", "")),
    "title": _text("title"),
    "authors": lambda row: read_names(_names(row.get("authors", "")))[0],
    "more_authors": lambda row: read_names(_names(row.get("authors", "")))[1],
    "journal": _journal,
    "volume": lambda row: plain(row.get("volume", "")) or _cited(row, "volume"),
    "number": lambda row: plain(row.get("number", "")) or _cited(row, "number"),
    "pages": _pages,
    "doi": lambda row: doi_of(row.get("doi", "")),
    "pmid": lambda row: pmid_of(row.get("pmid", "").removesuffix(".0")),
    "pmcid": lambda row: pmcid_of(row.get("pmcid", "")),
    "issn": lambda row: issn_of(_hyphened(row.get("issn", ""))),
    "eissn": lambda row: issn_of(_hyphened(row.get("eissn", ""))),
    "isbn": lambda row: isbn_of(row.get("isbn", "")),
    "publisher": _text("publisher"),
    "language": lambda row: language(row.get("language", "").partition(";")[0]),
    "url": lambda row: plain(row.get("url", "")).partition("; ")[0],
    "abstract": _text("abstract"),
    "keywords": _keywords,
    "status": _text("status"),
    "added": _text("added"),
    "study": _study,
    "date": _date,
    "eid": lambda row: as_extra(pages_of(row.get("eid", ""))),
    "editor": lambda row: write_authors(read_names(_names(row.get("editor", "")))[0]),
    **{
        field: _extra(field)
        for field in (
            *("shortjournal", "address", "series", "edition", "note", "eventtitle", "affiliation"),
            *("wos-ut", "scopus-eid", "embase-id", "accession"),
        )
    },
}


def _hyphened(issn: str) -> str:
    """An ISSN with its hyphen, which Scopus leaves out; zeros that a spreadsheet took away too."""
    digits = issn.strip().rjust(8, "0") if issn.strip() else ""
    return f"{digits[:4]}-{digits[4:]}" if re.fullmatch(r"\d{7}[\dXx]", digits) else issn


def records(
    lines: Iterable[str], head: str, name: str, problems: list[Problem]
) -> Iterator[Reference]:
    """The references of a table; a row without title and identifier is no reference.

    Args:
        lines: of the file, without their ends.
        head: how the file begins: five lines of it.
        name: of the file.
        problems: gets the rows that are none.
    """
    in_a_row = 0
    for line, row in _cells(lines, head, name, problems):
        if {"title", "doi", "pmid"} & row.keys():
            in_a_row = 0
            yield reference_from(row, _FIELDS, Place(name, line))
            continue
        in_a_row += 1
        if in_a_row > _MOST_WRONG:
            sentence = "is no table of references from here on; save it again"
            problems.append(problem_in(name, line, "", sentence))
            return
        sentence = "the row has no title, DOI or PubMed number"
        problems.append(problem_in(name, line, "", sentence))
