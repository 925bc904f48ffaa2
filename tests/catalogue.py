"""Every sentence of the three packages that needs French, and what the catalogue has of them.

Run it to see what is missing and what is no longer used:

    python tests/catalogue.py
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

from evidence.wording.catalogue import CATALOGUES

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ("references", "evidence", "webapp")
FRENCH = CATALOGUES / "fr" / "LC_MESSAGES" / "messages.po"

#: Calls whose first text is a sentence for a person; classes of errors are added to them.
_CALLS = {"Message", "message", "problem_in", "render", "translate", "translated"} | {
    "counted",
    "explained",
    "note",
    "phrase",
    "_explain",
    "remark",
    "say",
    "wrong",
    "wrong_use",
}
#: Calls of `webapp.wording.gettext`, in code and templates.
_PAGE_CALLS = dict.fromkeys(("_", "gettext", "lazy_gettext"), None) | dict.fromkeys(
    ("ngettext", "plural"), (1, 2)
)
_PLACE = re.compile(r"%\(\w+\)s|%%|\{\w[^{}]*\}")


@cache
def _trees() -> dict[Path, ast.Module]:
    files = (path for package in PACKAGES for path in sorted((ROOT / package).rglob("*.py")))
    return {path: ast.parse(path.read_text("utf-8")) for path in files}


def _name(node: ast.expr) -> str:
    if isinstance(node, ast.Name):
        return node.id
    return node.attr if isinstance(node, ast.Attribute) else ""


@cache
def errors() -> frozenset[str]:
    """`UserError` and every class made of it, by name."""
    found = {"UserError"}
    classes = [n for t in _trees().values() for n in ast.walk(t) if isinstance(n, ast.ClassDef)]
    while more := {c.name for c in classes if found & {_name(b) for b in c.bases}} - found:
        found |= more
    return frozenset(found)


def _texts(node: ast.expr, names: Mapping[str, list[str]]) -> Iterator[str]:
    """The texts that an argument can be: itself, one of two, or what a name was given."""
    if isinstance(node, ast.IfExp):
        yield from _texts(node.body, names)
        yield from _texts(node.orelse, names)
    elif isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
    elif isinstance(node, ast.Name):
        yield from names.get(node.id, ())


def _assigned(tree: ast.AST) -> dict[str, list[str]]:
    """The texts that each name is given somewhere in a module or a function."""
    names: dict[str, list[str]] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            names.setdefault(node.targets[0].id, []).extend(_texts(node.value, {}))
    return names


def _calls() -> Iterator[tuple[str, ast.Call, Mapping[str, list[str]]]]:
    """Every call that is given a sentence, with its place and what the names there are."""
    wanted = _CALLS | errors()
    for path, tree in _trees().items():
        names = _assigned(tree)
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and _name(node.func) in wanted:
                yield f"{path.relative_to(ROOT)}:{node.lineno}", node, names


def templates() -> dict[str, str]:
    """The templates of messages, errors and problems, each with a place where it stands."""
    found: dict[str, str] = {}
    for place, node, names in _calls():
        # A problem is told its file, line and field first, an error of a service its name.
        for argument in node.args:
            words = [t for t in _texts(argument, names) if " " in t or (t and len(node.args) == 1)]
            for text in words:
                found.setdefault(text, place)
            if words:
                break
    return found


def made_while_running() -> set[str]:
    """Places where a sentence is put together from parts: nobody could translate it."""
    return {
        place
        for place, node, _names in _calls()
        for argument in node.args
        for part in ast.walk(argument)
        if isinstance(part, ast.JoinedStr | ast.BinOp)
        and any(isinstance(p, ast.Constant) and " " in str(p.value) for p in ast.walk(part))
    }


@cache
def page_messages() -> frozenset[str]:
    """The messages of the pages: those of their code and of their templates."""
    methods = [("**.py", "python"), ("templates/**.html", "jinja2")]
    return frozenset(
        message if isinstance(message, str) else message[0]
        for _file, _line, message, _comments, _context in extract_from_dir(
            str(ROOT / "webapp"), methods, keywords=_PAGE_CALLS
        )
    )


def french() -> Catalog:
    """The French catalogue."""
    with FRENCH.open("rb") as stream:
        return read_po(stream, locale="fr")


def places(text: str) -> list[str]:
    """The places for values in a message, each once."""
    return sorted(set(_PLACE.findall(text)))


if __name__ == "__main__":
    entries = {(m.id if isinstance(m.id, str) else m.id[0]): m for m in french() if m.id}
    used = {**dict.fromkeys(page_messages(), "webapp"), **templates()}
    for text, place in used.items():
        if text not in entries:
            print(f"missing\t{place}\t{text!r}")
    for text, entry in entries.items():
        if text not in used and not entry.auto_comments:  # those are of click, parsers ...
            print(f"unused\t\t{text!r}")
