"""Write accepted decisions back into the YAML register, touching nothing else.

Only the lines of what changed are replaced; comments, order, quotes and every other line stay
as they are. The result is read again before it is written: a register that would not say
exactly what was decided is not written at all.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from ruamel.yaml.comments import CommentedMap

from evidence.claims.claim import Claim, Review
from evidence.claims.register import dump, plain, styled
from evidence.claims.text import CitedSource, Text, read_text
from evidence.journal.event import JournalError
from evidence.journal.state import ClaimState
from references.errors import DataError
from references.files import write_atomic

#: The order in which new fields are written.
_ORDER = tuple(Claim.model_fields)
_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass(frozen=True)
class WrittenClaims:
    """What was written into a register: claims by what happened to them."""

    text_id: str
    path: Path
    changed: tuple[str, ...] = ()
    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    signed: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()

    @property
    def is_empty(self) -> bool:
        """True when the register already said all of it."""
        return not (self.changed or self.added or self.removed or self.signed or self.sources)

    def as_dict(self) -> dict[str, Any]:
        """The form of `evidence journal apply --json`."""
        return {
            "text": self.text_id,
            "file": str(self.path),
            "changed": list(self.changed),
            "added": list(self.added),
            "removed": list(self.removed),
            "signed": list(self.signed),
            "sources": list(self.sources),
        }


def _lines(key: str, value: Any, indent: int) -> list[str]:
    rows = dump(CommentedMap({key: styled(value, key)})).splitlines()
    return [f"{' ' * indent}{row}\n" if row else "\n" for row in rows]


class _File:
    """A register as lines, and where in them its parts stand."""

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            self.text = path.read_text("utf-8")
        except OSError as error:
            raise JournalError(
                "{path} cannot be read ({strerror}).", path=path, strerror=error.strerror
            ) from error
        self.lines = self.text.splitlines(keepends=True)
        if self.lines and not self.lines[-1].endswith("\n"):
            self.lines[-1] += "\n"
        self.root: Any = yaml.compose("".join(self.lines), Loader=_LOADER)
        #: (first line, last line excluded, new lines); applied from the end.
        self.edits: list[tuple[int, int, list[str]]] = []

    def items(self, key: str) -> list[Any]:
        for name, value in self.root.value:
            if name.value == key and isinstance(value, yaml.SequenceNode):
                return list(value.value)
        return []

    def key_line(self, key: str) -> int | None:
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

    @staticmethod
    def _is_blank(line: str) -> bool:
        return not line.strip() or line.lstrip().startswith("#")

    def field(self, node: Any, key: str, value: Any) -> None:
        """Set a field of a mapping, or remove it with None."""
        if node.flow_style:
            raise JournalError(
                "{path}:{value}: the entry is written on one line in braces; write its "
                "fields on lines of their own, then apply again.",
                path=self.path,
                value=node.start_mark.line + 1,
            )
        indent = node.start_mark.column
        names = [name.value for name, _ in node.value]
        if key in names:
            name, old = node.value[names.index(key)]
            first, last = name.start_mark.line, max(self.end_of(old), name.start_mark.line + 1)
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
            at = node.value[names.index(before[-1] if before else names[-1])][1]
            line = max(self.end_of(at), at.start_mark.line + 1)
            self.edits.append((line, line, _lines(key, value, indent)))

    def update(self, node: Any, key: str, old: Any, new: Any) -> None:
        """Set a field, replacing only the part of it that differs."""
        value = next((v for n, v in node.value if n.value == key), None)
        block = value is not None and not getattr(value, "flow_style", True)
        if block and isinstance(old, dict) and isinstance(new, dict):
            for part in {**old, **new}:
                if old.get(part) != new.get(part):
                    self.field(value, part, new.get(part))
        elif block and key == "links" and isinstance(old, list) and new:
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

    def empty(self, key: str) -> None:
        """Say that a list whose items are all taken out holds nothing; a bare key is no list."""
        line = self.key_line(key)
        if line is not None:
            said = self.lines[line].rstrip("\n").replace(f"{key}:", f"{key}: []", 1)
            self.edits.append((line, line + 1, [f"{said}\n"]))

    def insert(self, line: int, value: Mapping[str, Any], indent: int) -> None:
        """Add an item to a list before a line."""
        rows = dump(styled([value])).splitlines()
        new = [f"{' ' * indent}{row}\n" if row else "\n" for row in rows]
        self.edits.append((line, line, new))

    def result(self) -> str:
        lines = list(self.lines)
        order = sorted(range(len(self.edits)), key=lambda i: (self.edits[i][0], i))
        for index in reversed(order):
            first, last, new = self.edits[index]
            lines[first:last] = new
        return "".join(lines)


def _id_of(node: Any) -> str:
    return next((str(v.value) for n, v in node.value if n.value == "id"), "")


def apply_states(
    path: Path,
    text: Text,
    states: Iterable[ClaimState],
    sources: Iterable[CitedSource] = (),
    signed_only: bool = False,
    dry_run: bool = False,
) -> WrittenClaims:
    """Write what was decided into the register at `path`; returns what changed.

    `text` is the text as read from that file. With `signed_only`, decisions wait until the
    claim is signed. `reviewed` is written for the claims whose signature holds.

    Raises:
        JournalError: the register cannot be changed in place, or changed since it was read.
        DataError: the result would not be a valid register.
    """
    file = _File(path)
    current, problems = read_text(path)
    if current is None:
        raise DataError(problems)
    if current != text:
        raise JournalError("{path} has changed meanwhile; run the command again.", path=path)
    nodes = {_id_of(node): node for node in file.items("claims")}
    registered = {claim.id: claim for claim in text.claims}
    changed, added, removed, signed = [], [], [], []
    expected = {claim.id: claim.hash for claim in text.claims}
    place = max((file.end_of(n) for n in nodes.values()), default=None)
    indent = next((n.start_mark.column - 2 for n in nodes.values()), 0)
    for state in states:
        name = state.claim_id
        node = nodes.get(name)
        if signed_only and not state.signed and state.pending:
            place = file.end_of(node) if node is not None else place
            continue
        if state.claim is None:
            if node is not None:
                file.remove(node)
                removed.append(name)
                expected.pop(name)
            continue
        expected[name] = state.claim.hash
        review = _review(state)
        if node is None:
            whole = plain(state.claim.model_copy(update={"reviewed": review}))
            if place is None:
                place = _start_list(file)
            file.insert(place, whole, max(indent, 0))
            added.append(name)
            continue
        place = file.end_of(node)
        old, new = plain(registered[name]), plain(state.claim)
        for key in _ORDER:
            if key not in ("id", "reviewed") and old.get(key) != new.get(key):
                file.update(node, key, old.get(key), new.get(key))
        if state.claim.hash != registered[name].hash:
            changed.append(name)
        before = registered[name].reviewed
        if review and (before is None or before != review):
            file.field(node, "reviewed", review.model_dump(mode="json"))
            signed.append(name)
    if removed and not expected:
        file.empty("claims")
    written_sources = []
    source_nodes = file.items("sources")
    for at, source in enumerate(sources):
        if at < len(text.sources) and source != text.sources[at]:
            old, new = plain(text.sources[at]), plain(source)
            for key in CitedSource.model_fields:
                if old.get(key) != new.get(key):
                    file.field(source_nodes[at], key, new.get(key))
            written_sources.append(source.cited)
    written = WrittenClaims(
        text.id,
        path,
        tuple(changed),
        tuple(added),
        tuple(removed),
        tuple(signed),
        tuple(written_sources),
    )
    if written.is_empty:
        return written
    result = file.result()
    _prove(path, result, expected)
    if not dry_run:
        write_atomic(path, result)
    return written


def _start_list(file: _File) -> int:
    """The line after a `claims:` that holds nothing, added when it is not there."""
    line = file.key_line("claims")
    if line is None:
        file.edits.append((len(file.lines), len(file.lines), ["claims:\n"]))
        return len(file.lines)
    file.edits.append((line, line + 1, ["claims:\n"]))
    return line + 1


def _review(state: ClaimState) -> Review | None:
    valid = [signature.event for signature in state.signatures if signature.holds]
    if not valid or state.claim is None or not state.signed:
        return None
    names = list(dict.fromkeys(event.person for event in valid))
    return Review(by=", ".join(names), on=valid[-1].at.date(), claim_hash=state.claim.hash)


def _prove(path: Path, result: str, expected: Mapping[str, str]) -> None:
    """Read the result as anybody would, and compare it with what was decided.

    Raises:
        DataError, JournalError: it is not that.
    """
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        trial = Path(folder) / path.name
        trial.write_text(result, "utf-8")
        text, problems = read_text(trial)
    if text is None:
        raise DataError(problems)
    found = {claim.id: claim.hash for claim in text.claims}
    if found != dict(expected):
        wrong = sorted(k for k in {*found, *expected} if found.get(k) != expected.get(k))
        raise JournalError(
            "{path} was not written: {names} would not say what was decided; edit these "
            "entries by hand.",
            path=path,
            names=", ".join(wrong),
        )
