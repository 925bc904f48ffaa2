"""Where a large file of lines may be cut, so that no record is halved."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator

from references.errors import DataError, problem_in

PIECE = 1_000_000  # characters of a file that are read at once
MOST = 50_000_000  # characters of a record, or of what looks like one
_UNCLOSED = 5_000_000  # characters behind a brace that is never closed

#: Is told each line in turn; True when a record begins with it.
Rule = Callable[[str], bool]


def too_long(name: str, line: int) -> DataError:
    """What is raised where a record would fill any memory."""
    template = (
        "holds a record of more than {most} million characters; what stands before this line was "
        "read, mend the file from here on"
    )
    return DataError(problem_in(name, line, "", template, most=MOST // 1_000_000))


def pieces(lines: Iterable[str], begins: Rule, name: str) -> Iterator[tuple[int, str]]:
    """How many lines stand before each piece, and its text.

    Raises:
        DataError: no record begins for `MOST` characters.
    """
    held: list[str] = []
    size = start = 0
    for number, line in enumerate(lines):
        if begins(line) and size > PIECE:
            yield start, "\n".join([*held, ""])
            held, size, start = [], 0, number
        held.append(line)
        size += len(line) + 1
        if size > MOST:
            raise too_long(name, start + 1)
    yield start, "\n".join(held)


def rule(format: str, head: str) -> Rule:
    """Where records of a file in lines begin.

    Args:
        format: a name of `FORMATS`.
        head: how the file begins: programs differ in what their records begin with.
    """
    if format in _RULES:
        return _RULES[format](head)
    pattern = _BEGINS[format]
    return lambda line: bool(pattern.match(line))


#: The line with which a record begins, where that is all there is to know.
_BEGINS = {
    "enw": re.compile(r"%0 "),
    "refworks": re.compile(r"RT [A-Z]"),
    "isi": re.compile(r"PT [A-Z]\s*$"),
    "jsonl": re.compile(r"\{"),
}
_RIS_TAG = re.compile(r"^\s{0,3}([A-Z][A-Z0-9]) {1,2}-(?: |$)", re.M)
_MEDLINE_FIRST = re.compile(r"(?:PMID|PMCR?|OWN|STAT) {0,3}-")


class _Ris:
    """From TY to ER; where a file has other tags before TY, behind ER."""

    def __init__(self, head: str) -> None:
        tags = _RIS_TAG.findall(head)
        self._by_type = tags[:1] == ["TY"]
        self._has_ends = "ER" in tags
        self._ended = False

    def __call__(self, line: str) -> bool:
        match = _RIS_TAG.match(line.lstrip("\ufeff\u200b"))
        tag = match[1] if match else ""
        begins = tag == "TY" if self._by_type else bool(line.strip())
        may_cut = begins and (self._ended if self._has_ends else self._by_type)
        if tag == "ER":
            self._ended = True
        elif begins:
            self._ended = False
        return may_cut


class _Medline:
    """A tag that comes first, behind an empty line; PMID where a file has no empty lines."""

    def __init__(self, head: str) -> None:
        self._has_gaps = re.search(r"\n\s*\n(?:PMID|PMC|OWN|STAT)", head) is not None
        self._gap = True

    def __call__(self, line: str) -> bool:
        if self._has_gaps:
            begins = self._gap and _MEDLINE_FIRST.match(line) is not None
        else:
            begins = line.startswith("PMID")
        self._gap = not line.strip()
        return begins


class _Bibtex:
    """An `@` where all braces are closed, or long after some were not."""

    def __init__(self, head: str) -> None:
        self._depth = self._unclosed = 0

    def __call__(self, line: str) -> bool:
        begins = ENTRY.match(line) is not None
        may_cut = begins and (self._depth <= 0 or self._unclosed > _UNCLOSED)
        if may_cut:
            self._depth = self._unclosed = 0
        self._depth += line.count("{") - line.count("}")
        self._unclosed = self._unclosed + len(line) if self._depth > 0 else 0
        return may_cut


_RULES: dict[str, Callable[[str], Rule]] = {"ris": _Ris, "nbib": _Medline, "bibtex": _Bibtex}

# ---- what entries of BibTeX need of others -----------------------------------------------

ENTRY = re.compile(r"^[ \t]*@[ \t]*[A-Za-z]+[ \t]*[{(][ \t]*([^\s,{}=]*)", re.M)
_STRING = re.compile(r"^[ \t]*@string\b.*(?:\n(?![ \t]*@).*)*", re.I | re.M)
_NAMES = re.compile(r"(?:^|[\s,])(?:crossref|xdata)[ \t]*=[ \t]*[{\"]([^}\"]+)[}\"]", re.I | re.M)


def strings_of(text: str) -> str:
    """The @string definitions of a piece."""
    return "".join(f"{one.rstrip()}\n" for one in _STRING.findall(text))


def parents_of(texts: Callable[[], Iterable[str]]) -> str:
    """The entries that others name in `crossref` or `xdata`, behind the @string they may use.

    Args:
        texts: gives the pieces of the file; it is read once, and twice or more where entries
            take from others.
    """
    wanted: set[str] = set()
    found: dict[str, str] = {}
    strings: list[str] = []
    looked = -1
    while looked < len(wanted):
        looked = len(wanted)
        for text in texts():
            found |= _entries(text, wanted - found.keys())
            if looked == 0:
                strings.append(strings_of(text))
            for part in (*found.values(), text) if looked == 0 else found.values():
                for names in _NAMES.findall(part):
                    wanted |= {name.strip().lower() for name in names.split(",")}
    return "".join([*strings, *found.values()]) if found else ""


def _entries(text: str, keys: set[str]) -> dict[str, str]:
    """The entries of a text with these keys (in lower case), each closed by an empty line."""
    if not keys:
        return {}
    starts = list(ENTRY.finditer(text))
    ends = [match.start() for match in starts[1:]] + [len(text)] * bool(starts)
    return {
        match[1].lower(): f"{text[match.start() : end].rstrip()}\n"
        for match, end in zip(starts, ends, strict=True)
        if match[1].lower() in keys
    }
