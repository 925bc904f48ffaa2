"""YAML files as people write them: safe, and with the booleans of YAML 1.2.

In YAML 1.1, which PyYAML reads, `on`, `no` and `y` are booleans: a key `on` or a country
code `no` would silently change. Here only `true` and `false` are.

A value that cannot be what it looks like (a 30th of February, a tag nobody knows) is a problem
with its line and its field; everything else of the file is read.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import yaml

from references.errors import Message, Problem, message, problem_in
from references.files import decoded

Location = tuple[str | int, ...]

#: Deeper files are a mistake, or an attempt to exhaust whoever reads them.
DEEPEST = 60
#: How many times larger than its text aliases may make a large document.
LARGE, TIMES = 20_000, 5
#: Numbers of more bits than this are mistakes or attacks.
LONGEST_NUMBER = 256

_TAG = "tag:yaml.org,2002:"
#: What a value is not, by the kind that its form promises.
_NO_SUCH = {
    f"{_TAG}timestamp": message("no date"),
    f"{_TAG}int": message("no whole number"),
    f"{_TAG}float": message("no number"),
    f"{_TAG}bool": message("no true or false"),
}
#: What PyYAML says where the sentence before it is missing.
_PLAINER = {
    "second occurrence": message("an anchor is written twice"),
    "but found another document": message("a second document begins here"),
}


class Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]
    """PyYAML's safe loader (the fast one where it is built) with YAML 1.2's booleans.

    `faults` are the nodes whose value could not be made, each with its line and the reason; in
    the document stand the words as they are written, None for lists and mappings.
    """

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.faults: list[tuple[yaml.Node, int, Message]] = []

    def construct_object(self, node: yaml.Node, deep: bool = False) -> Any:
        """The value of a node. PyYAML lets through whatever its constructors raise."""
        try:
            made = super().construct_object(node, deep=True)
            if isinstance(made, int) and made.bit_length() > LONGEST_NUMBER:
                raise ValueError
        except Exception as error:
            self.faults.append((node, _line(error, node), _reason(node, error)))
            made = node.value if isinstance(node, yaml.ScalarNode) else None
            self.recursive_objects.pop(node, None)
            self.constructed_objects[node] = made
        return made

    def construct_mapping(self, node: yaml.Node, deep: bool = False) -> Any:
        """A mapping; a key that is no word, or is written twice, is a fault."""
        seen = set()
        for key, _value in node.value if isinstance(node, yaml.MappingNode) else ():
            if not isinstance(key, yaml.ScalarNode) or key.tag == f"{_TAG}merge":
                continue
            name = key.value[:40]
            if (key.tag, key.value) in seen:
                why = message("the field '{name}' is written twice; remove one", name=name)
                self.faults.append((key, key.start_mark.line + 1, why))
            seen.add((key.tag, key.value))
            if not isinstance(self.construct_object(key), str):
                why = message(
                    "'{name}' is no name of a field; put it in quotes or remove it", name=name
                )
                self.faults.append((key, key.start_mark.line + 1, why))
        return super().construct_mapping(node, deep=True)


_BOOLEAN = f"{_TAG}bool"
Loader.yaml_implicit_resolvers = {
    first: [pair for pair in pairs if pair[0] != _BOOLEAN]
    for first, pairs in Loader.yaml_implicit_resolvers.items()
}
Loader.add_implicit_resolver(_BOOLEAN, re.compile(r"^(?:true|false)$"), list("tf"))


@dataclass(frozen=True)
class YamlDocument:
    """What a YAML file says: its value, and the values of it that could not be read.

    `faults` are the locations of those; `root` is the parsed file, None when it is empty or
    not YAML at all. `before` are the lines in front of it, where it is a part of a file.
    """

    value: Any = None
    root: yaml.Node | None = None
    problems: list[Problem] = field(default_factory=list)
    faults: frozenset[Location] = frozenset()
    before: int = 0

    def line_of(self, location: Location) -> int:
        """The line (from 1) of a value, or of the nearest one that encloses it."""
        return self.before + line_in(self.root, location)

    def field_of(self, location: Location) -> str:
        """A location in words people use: list items by their id or reference."""
        names: list[str] = []
        value = self.value
        for step in location:
            try:
                value = value[step]
            except (KeyError, IndexError, TypeError):
                value = None
            label = None
            if isinstance(step, int) and isinstance(value, dict):
                label = value.get("id") or value.get("reference")
            names.append(str(label if isinstance(label, str) else step))
        return ".".join(names)


def read_yaml(path: Path) -> YamlDocument:
    """The document of a YAML file (UTF-8); whatever is wrong with it becomes a problem."""
    try:
        text, wrong = decoded(path.read_bytes(), path)
    except OSError as error:
        why = message("cannot be read ({why}); check its name and permissions", why=error)
        return YamlDocument(problems=[problem_in(path, 0, "", why)])
    document = parse(text, str(path))
    return replace(document, problems=[*wrong, *document.problems])


def parse(text: str, name: str, before: int = 0) -> YamlDocument:
    """The document of YAML `text`; `name` is how problems call the file.

    `before` is the number of lines in front of it, where it is a part of a file.
    """

    def spoilt(line: int, why: Message) -> YamlDocument:
        return YamlDocument(problems=[problem_in(name, before + line, "", why)], before=before)

    try:
        loader = Loader(text)
        root = loader.get_single_node()
    except yaml.YAMLError as error:
        return spoilt(*_syntax(error, text, before))
    except RecursionError:
        return spoilt(1, message("the file nests too deeply; simplify it"))
    if root is None:
        return YamlDocument(before=before)
    if excess := _excess(root):
        node, why = excess
        return spoilt(node.start_mark.line + 1, why)
    document = YamlDocument(loader.construct_object(root), root, before=before)
    faults = [(_location_of(root, node), line, why) for node, line, why in loader.faults]
    problems = [
        problem_in(name, before + line, document.field_of(place), why)
        for place, line, why in faults
    ]
    return replace(document, problems=problems, faults=frozenset(place for place, *_ in faults))


def line_in(root: yaml.Node | None, location: Location) -> int:
    """The line (from 1) at which a value below `root`, or its nearest enclosing one, stands."""
    node, line = root, root.start_mark.line + 1 if root else 1
    for step in location:
        below = None
        if isinstance(node, yaml.MappingNode):
            for key, value in node.value:
                if key.value == str(step):
                    below, line = value, key.start_mark.line + 1
        elif isinstance(node, yaml.SequenceNode) and isinstance(step, int):
            below = node.value[step] if step < len(node.value) else None
            line = below.start_mark.line + 1 if below else line
        if below is None:
            break
        node = below
    return line


def _below(node: yaml.Node) -> list[tuple[str | int, yaml.Node]]:
    """What a list or a mapping holds, by place or by name: keys, which may be wrong too, first."""
    if isinstance(node, yaml.SequenceNode):
        return list(enumerate(node.value))
    if not isinstance(node, yaml.MappingNode):
        return []
    return [
        (str(key.value) if isinstance(key, yaml.ScalarNode) else "?", one)
        for key, value in node.value
        for one in (key, value)
    ]


def _location_of(root: yaml.Node, wanted: yaml.Node) -> Location:
    """Where a node stands below `root`."""
    waiting: list[tuple[yaml.Node, Location]] = [(root, ())]
    seen = set()
    while waiting:
        node, place = waiting.pop()
        if node is wanted:
            return place
        if id(node) not in seen:
            seen.add(id(node))
            waiting += [(below, (*place, name)) for name, below in _below(node)]
    return ()


def _excess(root: yaml.Node) -> tuple[yaml.Node, Message] | None:
    """Where a document contains itself, nests too deep, or grows without bound by its aliases."""
    measured: dict[int, tuple[int, int]] = {}  # nodes in all, aliases followed; levels
    within: set[int] = set()
    waiting = [root]
    while waiting:
        node = waiting[-1]
        below = [one for _name, one in _below(node)]
        if id(node) not in within:
            within.add(id(node))
            for one in below:
                if isinstance(one, yaml.ScalarNode):  # most are: they hold nothing
                    measured[id(one)] = 1, 1
                elif id(one) in within:
                    return one, message("the anchor stands within itself; write the value out")
                elif id(one) not in measured:
                    waiting.append(one)
            continue
        waiting.pop()
        within.discard(id(node))
        sizes = [measured[id(one)] for one in below]
        count = 1 + sum(size for size, _levels in sizes)
        levels = 1 + max((levels for _size, levels in sizes), default=0)
        measured[id(node)] = count, levels
        if levels > DEEPEST:
            return node, message("it nests more than {most} levels deep; simplify it", most=DEEPEST)
        if count > LARGE and count > TIMES * len(measured):
            return node, message("its aliases make it too large; write the values out")
    return None


def _line(error: Exception, node: yaml.Node) -> int:
    mark = getattr(error, "problem_mark", None) or node.start_mark
    return int(mark.line) + 1


def _syntax(error: yaml.YAMLError, text: str, before: int) -> tuple[int, Message]:
    """The line (from 1) where `text` stops being YAML, and why."""
    reason = getattr(error, "problem", None) or getattr(error, "reason", None)
    why = _PLAINER.get(str(reason)) or message(str(reason or "not YAML"))
    begun, mark = getattr(error, "context_mark", None), getattr(error, "problem_mark", None)
    if mark is None:
        mark_line = text.count("\n", 0, getattr(error, "position", 0)) + 1
    else:
        mark_line = mark.line + 1
    if mark and begun and begun.line < mark.line:
        why = message("{why}, in what begins in line {line}", why=why, line=before + begun.line + 1)
    return mark_line, message(
        "the file is not readable YAML ({why}); mend this line or one before", why=why
    )


def _reason(node: yaml.Node, error: Exception) -> Message:
    """What is wrong with a value, and the mend."""
    words = str(node.value)[:40] if isinstance(node, yaml.ScalarNode) else ""
    if words and (kind := _NO_SUCH.get(node.tag)):
        # Reasons of datetime are short and plain; what else is raised is not meant for people.
        is_plain = node.tag == f"{_TAG}timestamp" and isinstance(error, ValueError)
        if is_plain and len(str(error)) < 40:
            kind = message("{kind} ({why})", kind=kind, why=str(error))
        return message(
            "'{words}' is {kind}; mend it, or put it in quotes if it is text",
            words=words,
            kind=kind,
        )
    problem = str(getattr(error, "problem", None) or "")
    if "could not determine a constructor" in problem:
        return message(
            "the tag '{tag}' is not known here; remove it, or put the value in quotes",
            tag=node.tag.removeprefix(_TAG)[:60],
        )
    if "unhashable key" in problem:
        return message(
            "a name of a field is a word; put what begins with a bracket or a brace in quotes"
        )
    return message("{why}; mend the value", why=message(problem or "cannot be read"))
