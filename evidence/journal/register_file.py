"""A register as lines that can be changed one by one, everything else left as it is."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml
from ruamel.yaml.comments import CommentedMap

from evidence.claims.claim import Claim
from evidence.claims.register import dump, styled
from evidence.journal.event import JournalError

#: The order in which new fields are written.
_ORDER = tuple(Claim.model_fields)
_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def _lines(key: str, value: Any, indent: int) -> list[str]:
    rows = dump(CommentedMap({key: styled(value, key)})).splitlines()
    return [f"{' ' * indent}{row}\n" if row else "\n" for row in rows]


class RegisterFile:
    """A register as lines, and where in them its parts stand."""

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            self.text = path.read_text("utf-8")
        except OSError as error:
            raise JournalError(
                "{path} cannot be read ({reason}).", path=path, reason=error
            ) from error
        self.lines = self.text.splitlines(keepends=True)
        if self.lines and not self.lines[-1].endswith("\n"):
            self.lines[-1] += "\n"
        self.root: Any = yaml.compose("".join(self.lines), Loader=_LOADER)
        #: (first line, last line excluded, new lines); applied from the end.
        self.edits: list[tuple[int, int, list[str]]] = []

    def items(self, key: str) -> list[Any]:
        """The nodes of the list under a key of the file."""
        for name, value in self.root.value:
            if name.value == key and isinstance(value, yaml.SequenceNode):
                return list(value.value)
        return []

    def key_line(self, key: str) -> int | None:
        """The line of a key of the file, from 0; None when it is not there."""
        return next((n.start_mark.line for n, _ in self.root.value if n.value == key), None)

    def end_of(self, node: Any) -> int:
        """The line after the last line of a value, comments and empty lines after it left out."""
        ends_on_next = (
            node.style in ("|", ">")
            if isinstance(node, yaml.ScalarNode)
            else not node.flow_style  # a block ends where the next thing begins
        )
        end = node.end_mark.line + (0 if ends_on_next else 1)
        start = node.start_mark.line
        while end > start + 1 and self._is_blank(self.lines[end - 1]):
            end -= 1
        return int(end)

    def _after(self, name: Any, value: Any) -> int:
        """The line after a field; the value of an alias stands where its anchor does, before."""
        return max(self.end_of(value), int(name.start_mark.line) + 1)

    @staticmethod
    def _is_blank(line: str) -> bool:
        return not line.strip() or line.lstrip().startswith("#")

    def field(self, node: Any, key: str, value: Any) -> None:
        """Set a field of a mapping, or remove it with None."""
        if node.flow_style:
            raise JournalError(
                "{path}:{line}: the entry is written on one line in braces; write its "
                "fields on lines of their own, then apply again.",
                path=self.path,
                line=node.start_mark.line + 1,
            )
        indent = node.start_mark.column
        names = [name.value for name, _ in node.value]
        if key in names:
            name, old = node.value[names.index(key)]
            first, last = name.start_mark.line, self._after(name, old)
            new = [] if value is None else _lines(key, value, indent)
            if new and names.index(key) == 0:  # "- id: x": the dash stays
                new[0] = self.lines[first][:indent] + new[0][indent:]
            if len(new) == 1 and last == first + 1 and not isinstance(value, dict | list):
                new = [new[0].rstrip("\n") + self._comment(old) + "\n"]
            self.edits.append((first, last, new))
        elif value is not None:
            before = (
                [n for n in names if n in _ORDER and _ORDER.index(n) < _ORDER.index(key)]
                if (key in _ORDER)
                else names
            )
            line = self._after(*node.value[names.index(before[-1] if before else names[-1])])
            self.edits.append((line, line, _lines(key, value, indent)))

    def update(self, node: Any, key: str, old: Any, new: Any) -> None:
        """Set a field, replacing only the part of it that differs."""
        value = next((v for n, v in node.value if n.value == key), None)
        block = getattr(value, "flow_style", None) is False
        if block and isinstance(old, dict) and isinstance(new, dict):
            for part in {**old, **new}:
                if old.get(part) != new.get(part):
                    self.field(value, part, new.get(part))
        elif block and key == "links" and new:
            self._links(value, old, new)
        else:
            self.field(node, key, new)

    def _links(self, node: Any, old: list[Any], new: list[Any]) -> None:
        items = dict(zip((link["reference"] for link in old), node.value, strict=True))
        wanted = {link["reference"]: link for link in new}
        for link in old:
            item, then = items[link["reference"]], wanted.get(link["reference"])
            if then is None:
                self.remove(item)
                continue
            for key in {**link, **then}:
                if link.get(key) != then.get(key):
                    self.update(item, key, link.get(key), then.get(key))
        end, indent = self.end_of(node.value[-1]), node.value[0].start_mark.column - 2
        for link in new:
            if link["reference"] not in items:
                self.insert(end, link, indent)

    def _comment(self, node: Any) -> str:
        """The comment at the end of a value's line, with the space before it."""
        rest = self.lines[node.end_mark.line][node.end_mark.column :].rstrip("\n")
        return rest if rest.lstrip().startswith("#") else ""

    def remove(self, node: Any) -> None:
        """Take an item of a list out."""
        self.edits.append((node.start_mark.line, self.end_of(node), []))

    def start_list(self, key: str) -> int:
        """The line after a `key:` that holds nothing, which is added when it is not there."""
        line = self.key_line(key)
        if line is None:
            self.edits.append((len(self.lines), len(self.lines), [f"{key}:\n"]))
            return len(self.lines)
        self.edits.append((line, line + 1, [f"{key}:\n"]))
        return line + 1

    def empty(self, key: str) -> None:
        """Say that a list whose items are all taken out holds nothing; a bare key is no list."""
        line = self.key_line(key)
        if line is not None:
            emptied = self.lines[line].replace(f"{key}:", f"{key}: []", 1)
            self.edits.append((line, line + 1, [emptied]))

    def insert(self, line: int, value: Mapping[str, Any], indent: int) -> None:
        """Add an item to a list before a line."""
        rows = dump(styled([value])).splitlines()
        new = [f"{' ' * indent}{row}\n" if row else "\n" for row in rows]
        self.edits.append((line, line, new))

    def result(self) -> str:
        """The text of the file with every edit made."""
        lines = list(self.lines)
        order = sorted(range(len(self.edits)), key=lambda i: (self.edits[i][0], i))
        for index in reversed(order):
            first, last, new = self.edits[index]
            lines[first:last] = new
        return "".join(lines)
