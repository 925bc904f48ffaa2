"""Files of tagged lines (RIS, MEDLINE, ISI): one value a line, records one after the other.

Own scanner, because the libraries for these formats (rispy, nbib) drop a last record that
is not closed, keep only the first of repeated lines, and cannot say in which line a mistake is.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from references.errors import Problem, problem_in
from references.formats.markup import plain


class Record:
    """The lines of one record: (tag, value) in order, a value on several lines joined."""

    def __init__(
        self, line: int, entries: Iterable[tuple[str, str]] = (), closed: bool = False
    ) -> None:
        self.line = line
        self.closed = closed
        self._entries = list(entries)
        self._more: list[str] = []  # lines of the last value, joined when it is asked for
        self._index: dict[str, list[str]] = {}
        self._indexed = -1

    @property
    def entries(self) -> list[tuple[str, str]]:
        """The tags and values; a scanner appends to them."""
        if self._more:
            tag, value = self._entries[-1]
            self._entries[-1] = (tag, "".join([value, *self._more]).strip())
            self._more = []
            self._indexed = -1
        return self._entries

    @property
    def last_tag(self) -> str:
        """The tag that a line without one continues; "" in a record without lines."""
        return self._entries[-1][0] if self._entries else ""

    def values(self, *tags: str) -> list[str]:
        """All values of these tags, in the order of the file, empty ones left out."""
        there = [tag for tag in tags if tag in self._by_tag]
        if len(there) < 2:  # nearly always: a reader asks for many tags, a record has few
            return list(self._by_tag[there[0]]) if there else []
        return [value for tag, value in self.entries if tag in there and value]

    def first(self, *tags: str) -> str:
        """The first value of the first of these tags that has one."""
        return next((self._by_tag[tag][0] for tag in tags if tag in self._by_tag), "")

    def plains(self, *tags: str) -> list[str]:
        """What `values` gives, without tags and entities."""
        return [text for value in self.values(*tags) if (text := plain(value))]

    def has(self, *tags: str) -> bool:
        """True when one of the tags has a value."""
        return any(tag in self._by_tag for tag in tags)

    @property
    def _by_tag(self) -> dict[str, list[str]]:
        """The values of each tag, empty ones left out; made anew when the record has grown."""
        entries = self.entries
        if self._indexed != len(entries):
            self._index = {}
            for tag, value in entries:
                if value:
                    self._index.setdefault(tag, []).append(value)
            self._indexed = len(entries)
        return self._index

    @property
    def tags(self) -> list[str]:
        """The tags, each once, in order."""
        return list(dict.fromkeys(tag for tag, _ in self.entries))

    def extend(self, text: str, between: str = " ") -> None:
        """Continue the last value with one more line."""
        if self._entries and text:
            self._more.append(between + text)


def lines_of(text: str) -> Iterator[str]:
    """The lines, one at a time: a list of them would take as much memory again."""
    start = 0
    while (end := text.find("\n", start)) >= 0:
        yield text[start:end]
        start = end + 1
    yield text[start:]


_RIS = re.compile(r"^([A-Z][A-Z0-9]|DOI)(  ?)[-–—](?: (.*)|(\S.*)|\s*)$")
_EMPTY = re.compile(r"^[A-Z][A-Z0-9] {1,2}-$")
#: What stands between records of Cochrane's text and of Ovid's: "Record #1 of 2", "<1>".
_BETWEEN = re.compile(r"(?:Record #\d+ of \d+|<\d+>)\s*$")
_COCHRANE = re.compile(r"([A-Z]{2,3}): (?=\S)")
_UNSEEN_START = "\ufeff\u200b \t"


def ris_records(text: str) -> Iterator[Record]:
    """The records of RIS text: from TY to ER, or to the next TY when ER is missing.

    Where the first record of a file does not begin with TY, no record need do so: what stands
    between two ER is one. Elsewhere tagged lines behind ER belong to the record before them, as
    Ovid writes them, unless they hold a title.
    """
    scanner = _RisScanner()
    is_cochrane = text.lstrip(_UNSEEN_START + "\n").startswith("Record #")
    headed = False
    for number, line in enumerate(lines_of(text), 1):
        line = line.rstrip().replace("\x0c", "").lstrip(_UNSEEN_START)
        if _BETWEEN.match(line):
            if headed:
                yield from scanner.take(number, "ER  - ")
            headed, line = True, "TY  - JOUR"
        elif is_cochrane:
            line = _COCHRANE.sub(r"\1  - ", line, count=1) if _COCHRANE.match(line) else line
        yield from scanner.take(number, line)
    if headed:
        yield from scanner.take(0, "ER  - ")
    yield from scanner.rest()


class _RisScanner:
    """Puts tagged lines together to records, each given when the next one has begun."""

    def __init__(self) -> None:
        self._record: Record | None = None
        self._has_type = self._has_fields = False
        self._waiting: Record | None = None  # may get the lines behind its ER
        self._narrow = False  # this file writes "TY - JOUR", with one space
        self._begins_with_type: bool | None = None

    def take(self, number: int, line: str) -> Iterator[Record]:
        match = _RIS.match(line)
        if match and len(match[2]) == 1 and match[1] != "TY" and not self._narrow:
            match = match if _EMPTY.match(line) else None
        if match is None:
            self._continue(line)
            return
        tag, value = match[1], (match[3] or match[4] or "").strip()
        if self._begins_with_type is None:
            self._begins_with_type = tag == "TY"
        if tag == "ER":
            yield from self._finish(closed=True)
            return
        if tag == "TY":
            self._narrow = self._narrow or len(match[2]) == 1
            # Lines before their TY are of its record where the file has them so.
            if self._has_fields and (self._has_type or self._begins_with_type):
                yield from self._finish(closed=not self._has_type)
        if self._record is None:
            self._record = Record(number)
        self._has_type = self._has_type or tag == "TY"
        self._has_fields = self._has_fields or tag != "TY"
        self._record.entries.append((tag, value))

    def rest(self) -> Iterator[Record]:
        yield from self._finish(closed=not self._has_type)
        if self._waiting is not None:
            yield self._waiting

    def _continue(self, line: str) -> None:
        """A line without a tag goes on with the value above it; outside records it says nothing."""
        if self._record is None or not line:
            return
        if self._begins_with_type and not self._has_type:
            return  # the search that Ovid prints behind a record
        if self._record.last_tag == "KW":  # EndNote: a keyword a line
            self._record.entries.append(("KW", line))
        else:
            self._record.extend(line)

    def _finish(self, closed: bool) -> Iterator[Record]:
        record, self._record = self._record, None
        self._has_type = self._has_fields = False
        if record is None:
            return
        record.closed = closed
        waiting = self._waiting
        is_rest = not record.has("TY", "TI", "T1", "CT", "BT", "AU", "A1", "DO", "PY", "Y1")
        if self._begins_with_type and waiting and is_rest:
            waiting.entries.extend(record.entries)
            return
        if waiting is not None:
            yield waiting
        self._waiting = record


def joined(records: Iterable[Record], title_tags: tuple[str, ...]) -> Iterator[Record]:
    """Records whose parts a stray TY line had split put together again.

    An unclosed record followed by one without a title of its own is one record.
    """
    waiting: Record | None = None
    for record in records:
        if waiting is not None:
            if not waiting.closed and not record.has(*title_tags) and waiting.has(*title_tags):
                waiting.entries.extend(record.entries)
                waiting.closed = record.closed
                continue
            yield waiting
        waiting = record
    if waiting is not None:
        yield waiting


_MEDLINE = re.compile(r"^([A-Z][A-Z0-9]{1,4}) {0,3}-(?: ?)(.*)$")
_FIRST = ("PMID", "PMCR", "PMC", "OWN", "STAT")  # tags with which a record can begin


def medline_records(text: str, name: str, remarks: list[Problem]) -> Iterator[Record]:
    """The records of MEDLINE text: blocks of lines, a new one at an empty line or PMID."""
    record: Record | None = None
    seen: set[str] = set()
    gap = False
    for number, line in enumerate(lines_of(text), 1):
        line = line.rstrip().lstrip("\ufeff\u200b")
        if not line:
            gap = True
            continue
        match = _MEDLINE.match(line)
        if match is None:
            if line[:1] in " \t" and record is not None:
                record.extend(line.strip())
            elif record is not None:
                remarks.append(
                    problem_in(
                        name,
                        number,
                        record.first("PMID"),
                        "'{line}' is not of the form 'TAG - value'; the line was passed over",
                        line=line[:40],
                    )
                )
            gap = False
            continue
        tag, value = match[1], match[2].strip()
        again = tag in _FIRST and record is not None and (tag in seen or "TI" in seen)
        if record is None or (again and (gap or tag == "PMID")):
            seen = set()
            if record is not None:
                yield record
            record = Record(number)
        record.entries.append((tag, value))
        seen.add(tag)
        gap = False
    if record is not None:
        yield record


_ISI = re.compile(r"^([A-Z][A-Z0-9])(?: (.*))?$")


def isi_records(text: str) -> Iterator[Record]:
    """The records of ISI (Web of Science) text: from PT to ER; list items on lines of their own.

    Items of a list are separated by newlines in the value.
    """
    record: Record | None = None
    for number, line in enumerate(lines_of(text), 1):
        line = line.rstrip().lstrip("\ufeff\u200b")
        match = _ISI.match(line)
        if match is None:
            if record is not None:
                record.extend(line.strip(), "\n")
            continue
        tag, value = match[1], (match[2] or "").strip()
        if tag == "PT":
            if record is not None:
                yield record
            record = Record(number, [(tag, value)])
        elif tag == "ER" and record is not None:
            record.closed = True
            yield record
            record = None
        elif record is not None and tag != "EF":
            record.entries.append((tag, value))
    if record is not None:
        yield record
