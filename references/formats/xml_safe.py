"""XML from strangers: no entity of its own, no DTD, no address opened; truncated files salvaged."""

from __future__ import annotations

import codecs
import io
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Protocol

from references.errors import Problem, problem_in

_DECLARATION = re.compile(r"^\s*<\?xml[^>]*\?>", re.S)
_ENTITY = re.compile(r"<!ENTITY", re.I)
#: Characters that XML 1.0 forbids; a sloppy exporter writes them all the same.
FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_FORBIDDEN_BYTES = bytes(range(0x09)) + b"\x0b\x0c" + bytes(range(0x0E, 0x20))
#: How XML of strangers is parsed.
_SAFE: Any = {
    "encoding": "utf-8",
    "resolve_entities": False,
    "no_network": True,
    "load_dtd": False,
    "huge_tree": False,
    "remove_comments": True,
    "remove_pis": True,
}


_PROLOG = 1_000_000  # bytes in which a DOCTYPE with its entities must end


_LARGEST = 100_000_000  # bytes of one record


class Readable(Protocol):
    """What bytes are read from."""

    def read(self, size: int = -1, /) -> bytes:
        """At most `size` bytes; none at the end."""
        ...


class _TooLarge(Exception):
    """A record that would fill any memory."""


class _Clean:
    """A file without the bytes that XML forbids, and without end where no record ends."""

    def __init__(self, stream: Readable, begun: bytes = b"") -> None:
        self._stream = stream
        self._begun = begun
        self.since = 0  # bytes read since a record ended

    def read(self, size: int = -1) -> bytes:
        data, self._begun = self._begun or self._stream.read(size), b""
        self.since += len(data)
        if self.since > _LARGEST:
            raise _TooLarge
        clean = data.translate(None, _FORBIDDEN_BYTES)
        return clean if clean or not data else self.read(size)


def is_unicode_xml(path: Path) -> bool:
    """True for a file of XML in whole UTF-8: it can be read piece by piece, whatever its size."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        with path.open("rb") as stream:
            if not stream.read(8).removeprefix(codecs.BOM_UTF8).startswith(b"<"):
                return False
            stream.seek(0)
            while data := stream.read(1 << 20):
                decoder.decode(data)
            decoder.decode(b"", final=True)
    except (OSError, UnicodeDecodeError):
        return False
    return True


def elements(
    source: str | Path | Readable,
    tags: tuple[str, ...],
    roots: tuple[str, ...],
    name: str,
    problems: list[Problem],
) -> Iterator[tuple[Any, int]]:
    """Each complete element with one of these tags, and its line, as it is read.

    `source` is text, a file for which `is_unicode_xml` holds, or a stream of UTF-8 bytes.
    An element right inside another of them is left to it; one that was used is emptied. A
    file that declares entities is refused; one that breaks off gives what came before; one
    that holds none of the elements is of another kind unless its root is one of `roots` (an
    empty list of records). All three are told in `problems`.
    """
    if isinstance(source, Path):
        with source.open("rb") as stream:
            yield from elements(stream, tags, roots, name, problems)
        return
    if not isinstance(source, str):
        prolog = source.read(_PROLOG)
        if not _is_refused(prolog.decode("utf-8", "replace"), name, problems):
            yield from _parsed(_Clean(source, prolog), 0, tags, roots, name, problems)
        return
    if _is_refused(source, name, problems):
        return
    body = FORBIDDEN.sub("", _DECLARATION.sub("", source, count=1).lstrip())
    offset = source.count("\n") - body.count("\n") if body else 0
    if not body:
        problems.append(problem_in(name, 1, "", "the file is empty"))
        return
    data = io.BytesIO(body.encode("utf-8", "replace"))
    yield from _parsed(_Clean(data), offset, tags, roots, name, problems)


def _is_refused(text: str, name: str, problems: list[Problem]) -> bool:
    entity = _ENTITY.search(text)
    if entity is not None:
        line = text.count("\n", 0, entity.start()) + 1
        problems.append(
            problem_in(
                name,
                line,
                "",
                "the file declares XML entities, which bibliographic files "
                "never do; it was not read, remove the <!ENTITY> lines",
            )
        )
    return entity is not None


def _parsed(
    stream: _Clean,
    offset: int,
    tags: tuple[str, ...],
    roots: tuple[str, ...],
    name: str,
    problems: list[Problem],
) -> Iterator[tuple[Any, int]]:
    from lxml import etree

    parser = etree.iterparse(stream, events=("end",), tag=tags, **_SAFE)
    count = 0
    try:
        for _, element in parser:
            count += 1
            parent = element.getparent()
            if parent is not None and parent.tag in tags:
                continue  # part of the element that comes next
            yield element, (element.sourceline or 0) + offset
            stream.since = 0
            element.clear()
            while parent is not None and element.getprevious() is not None:
                del parent[0]
        if not count and local(parser.root) not in (*tags, *roots):
            problems.append(
                problem_in(
                    name,
                    (parser.root.sourceline or 1) + offset,
                    "",
                    "holds no record: the file is XML of another kind (its root is "
                    "<{root}>); export it as PubMed XML, EndNote XML or RIS",
                    root=local(parser.root),
                )
            )
    except _TooLarge:
        template = (
            "is too large or too deep for XML of records from here on; records before this line "
            "were read, export the file again"
        )
        problems.append(problem_in(name, 0, "", template))
    except etree.XMLSyntaxError as error:
        reason = str(error.msg or error).split(", line")[0]
        reason = re.sub(r"(?<= line )\d+", lambda number: str(int(number[0]) + offset), reason)
        template = (
            "is too large or too deep for XML of records from here on; records before this line "
            "were read, export the file again"
            if re.search(r"limit|depth|too long", reason, re.I)
            else "is not well-formed XML from here on ({reason}); records before this line were "
            "read, export the file again"
        )
        problems.append(problem_in(name, (error.lineno or 0) + offset, "", template, reason=reason))


def local(element: Any) -> str:
    """The tag of an element without its namespace."""
    tag = element.tag
    return tag.rpartition("}")[2] if isinstance(tag, str) else ""
