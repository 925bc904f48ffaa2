"""The tree that a query is read into, and what can be told from it alone."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass


class Node:
    """A part of a query."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Everything(Node):
    """All references."""


@dataclass(frozen=True, slots=True)
class Words(Node):
    """Words in a row as typed."""

    text: str


@dataclass(frozen=True, slots=True)
class Phrase(Node):
    """Words that stand together, as written.

    `bylines` are the works whose authors and year these words are, the surest first: what is
    found where the phrase stands nowhere.
    """

    text: str
    bylines: tuple[Node, ...] = ()


@dataclass(frozen=True, slots=True)
class Prefix(Node):
    """Words that begin so."""

    text: str


@dataclass(frozen=True, slots=True)
class Concepts(Node):
    """One of these concepts, or what is narrower; `text` is how the query named it."""

    ids: tuple[str, ...]
    text: str


@dataclass(frozen=True, slots=True)
class Field(Node):
    """Words, or a value, in one field."""

    name: str
    text: str


@dataclass(frozen=True, slots=True)
class Range(Node):
    """A number between two bounds, both included; None is open."""

    name: str
    low: int | None
    high: int | None


@dataclass(frozen=True, slots=True)
class And(Node):
    """All of these. `typed` when an operator asked for it, so that it is never relaxed."""

    parts: tuple[Node, ...]
    typed: bool = False


@dataclass(frozen=True, slots=True)
class Or(Node):
    """At least one of these."""

    parts: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Not(Node):
    """Everything but this."""

    part: Node


def any_of(nodes: list[Node]) -> Node:
    """One node for several alternatives."""
    return nodes[0] if len(nodes) == 1 else Or(tuple(nodes))


def mapped(node: Node, change: Callable[[Node], Node]) -> Node:
    """The tree with each of its leaves changed."""
    match node:
        case And(parts, typed):
            return And(tuple(mapped(part, change) for part in parts), typed)
        case Or(parts):
            return Or(tuple(mapped(part, change) for part in parts))
        case Not(part):
            return Not(mapped(part, change))
    return change(node)


def leaves(node: Node, *, excluded: bool = False) -> Iterator[Node]:
    """The parts of a tree that have no parts, in order; those under a NOT only if asked for."""
    match node:
        case And(parts) | Or(parts):
            for part in parts:
                yield from leaves(part, excluded=excluded)
        case Not(part):
            if excluded:
                yield from leaves(part, excluded=excluded)
        case _:
            yield node


def concepts_in(node: Node) -> tuple[str, ...]:
    """The ids of all concepts that words of a query named, in order, each once."""
    named = (leaf.ids for leaf in leaves(node, excluded=True) if isinstance(leaf, Concepts))
    return tuple(dict.fromkeys(concept for ids in named for concept in ids))


def describe(node: Node) -> str:
    """The tree in words, as the query language writes it."""
    match node:
        case Everything():
            return "*"
        case Words(text) | Concepts(_, text):
            return text
        case Phrase(text):
            return f'"{text}"'
        case Prefix(text):
            return f"{text}*"
        case Field(name, text):
            return f'{name}:"{text}"' if " " in text else f"{name}:{text}"
        case Range(name, low, high):
            written = "n" if name == "participants" else name
            if low == high:
                return f"{written}:{low}"
            return f"{written}:{'' if low is None else low}..{'' if high is None else high}"
        case And(parts):
            return " AND ".join(_bracketed(part) for part in parts)
        case Or(parts):
            return " OR ".join(_bracketed(part) for part in parts)
        case Not(part):
            return f"NOT {_bracketed(part)}"
    return ""


def _bracketed(node: Node) -> str:
    text = describe(node)
    return f"({text})" if isinstance(node, (And, Or)) else text
