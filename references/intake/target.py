"""The .bib file that is added to: what it holds beside its records stays as it is."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from pathlib import Path

from references.errors import DataError, problem_in
from references.files import read_bytes, replacing
from references.formats.bibtex import read_text
from references.formats.results import Reading


def read_target(path: Path) -> tuple[str, Reading]:
    """The text and the records of the file to write to; nothing for a new file.

    Raises:
        DataError: the file is not UTF-8 text.
    """
    if not path.exists():
        return "", Reading(())
    content = read_bytes(path)
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise DataError(
            problem_in(path, line, "", "the file to add to is not UTF-8 text; save it as UTF-8")
        ) from error
    text = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    return text, read_text(text, str(path))


def _end_of_entry(text: str, start: int) -> int:
    """Where the entry that starts at `start` ends, just behind its closing brace."""
    opening = re.compile(r"[{(]").search(text, start)
    if opening is None:
        return start
    depth = 0
    for position in range(opening.start(), len(text)):
        character = text[position]
        depth += (character == "{") - (character == "}")
        if depth == 0 and (character == "}" or (opening.group() == "(" and character == ")")):
            return position + 1
    return start


def _replaced(text: str, changes: Mapping[int, str]) -> str:
    """`text` with the entries that start in these lines written anew, all else as it was."""
    starts = [0]
    for line in text.split("\n"):
        starts.append(starts[-1] + len(line) + 1)
    parts, position = [], 0
    for number, entry in sorted(changes.items()):
        start = text.find("@", starts[number - 1])
        end = _end_of_entry(text, start)
        if start < position or end <= start:
            continue
        parts += [text[position:start], entry.strip()]
        position = end if entry else end + len(text[end:]) - len(text[end:].lstrip("\n"))
    return "".join([*parts, text[position:]])


def write_target(
    target: Path, text: str, changed: Mapping[int, str], added: Iterable[str] = ()
) -> None:
    """Write the file with some entries in place of others, and more at its end.

    Args:
        target: the file.
        text: what it holds.
        changed: BibTeX by the line in which the entry starts that it replaces; "" removes it.
        added: BibTeX of the entries to add, read one after the other.

    Raises:
        SettingError: the file cannot be written.
    """
    text = _replaced(text, changed) if changed else text
    gap = "" if not text else "\n" if text.endswith("\n") else "\n\n"
    with replacing(target) as stream:
        stream.write(text.encode("utf-8"))
        for entry in added:
            stream.write((gap + entry).encode("utf-8"))
            gap = "\n"
