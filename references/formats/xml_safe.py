"""XML from strangers: no entity of its own, no DTD, no address opened; truncated files salvaged."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from typing import Any

from references.errors import Problem, problem_in

_DECLARATION = re.compile(r"^\s*<\?xml[^>]*\?>", re.S)
_ENTITY = re.compile(r"<!ENTITY", re.I)
_DOCTYPE = re.compile(r"<!DOCTYPE", re.I)
#: Signs XML 1.0 forbids; a sloppy exporter writes them all the same.
_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")


def elements(
    text: str, tags: tuple[str, ...], roots: tuple[str, ...], name: str, problems: list[Problem]
) -> Iterator[tuple[Any, int]]:
    """Each complete element with one of these tags, and its line, as it is read.

    An element right inside another of them is left to it; one that was used is emptied. A
    file that declares entities is refused; one that breaks off gives what came before; one
    that holds none of the elements is of another kind unless its root is one of `roots` (an
    empty list of records). All three are told in `problems`.
    """
    from lxml import etree

    if _ENTITY.search(text):
        line = text.count("\n", 0, _ENTITY.search(text).start()) + 1  # type: ignore[union-attr]
        problems.append(
            problem_in(name, line, "", "the file declares XML entities, which bibliographic files "
                       "never do; it was not read, remove the <!ENTITY> lines")
        )  # fmt: skip
        return
    body = _FORBIDDEN.sub("", _DECLARATION.sub("", text, count=1).lstrip())
    offset = text.count("\n") - body.count("\n") if body else 0
    if not body:
        problems.append(problem_in(name, 1, "", "the file is empty"))
        return
    source = io.BytesIO(body.encode("utf-8", "replace"))
    parser = etree.iterparse(
        source, events=("end",), tag=tags, encoding="utf-8", resolve_entities=False,
        no_network=True, load_dtd=False, huge_tree=False, remove_comments=True, remove_pis=True,
    )  # fmt: skip
    count = 0
    try:
        for _, element in parser:
            count += 1
            parent = element.getparent()
            if parent is not None and parent.tag in tags:
                continue  # part of the element that comes next
            yield element, (element.sourceline or 0) + offset
            element.clear()
            while parent is not None and element.getprevious() is not None:
                del parent[0]
        if not count and local(parser.root) not in (*tags, *roots):
            problems.append(
                problem_in(name, (parser.root.sourceline or 1) + offset, "",
                           f"holds no record: the file is XML of another kind (its root is "
                           f"<{local(parser.root)}>); export it as PubMed XML, EndNote XML or RIS")
            )  # fmt: skip
    except etree.XMLSyntaxError as error:
        line = (error.lineno or 0) + offset
        reason = str(error.msg or error).split(", line")[0]
        problems.append(
            problem_in(name, line, "", f"is not well-formed XML from here on ({reason}); records "
                       "before this line were read, export the file again")
        )  # fmt: skip


def local(element: Any) -> str:
    """The tag of an element without its namespace."""
    tag = element.tag
    return tag.rpartition("}")[2] if isinstance(tag, str) else ""
