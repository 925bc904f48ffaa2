"""The shape of the code: small modules and functions, one name for one class."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ("references", "evidence", "webapp")
LONGEST_MODULE = 500
LONGEST_FUNCTION = 60


def modules() -> Iterator[Path]:
    for package in PACKAGES:
        yield from sorted((ROOT / package).rglob("*.py"))


def nodes(path: Path) -> Iterator[ast.AST]:
    yield from ast.walk(ast.parse(path.read_text("utf-8")))


def test_no_module_is_too_long_to_read() -> None:
    sizes = {path: len(path.read_text("utf-8").splitlines()) for path in modules()}
    assert len(sizes) > 100
    long = {str(p.relative_to(ROOT)): n for p, n in sizes.items() if n > LONGEST_MODULE}
    assert long == {}


def test_no_function_is_too_long_to_read() -> None:
    long = [
        f"{path.relative_to(ROOT)}:{node.lineno} {node.name}"
        for path in modules()
        for node in nodes(path)
        if isinstance(node, ast.FunctionDef)
        and (node.end_lineno or 0) - node.lineno + 1 > LONGEST_FUNCTION
    ]
    assert long == []


def test_no_two_classes_share_a_name() -> None:
    places = defaultdict(list)
    for path in modules():
        for node in nodes(path):
            if isinstance(node, ast.ClassDef):
                places[node.name].append(str(path.relative_to(ROOT)))
    shared = {name: where for name, where in places.items() if len(where) > 1}
    assert shared == {}


def test_nothing_is_kept_from_the_formatter() -> None:
    marked = [
        path
        for folder in (*PACKAGES, "tests", "bench")
        for path in sorted((ROOT / folder).rglob("*.py"))
        if "# fmt:" in path.read_text("utf-8") and path != Path(__file__)
    ]
    assert marked == []


def test_every_room_says_what_stands_in_it() -> None:
    silent = [
        str(path.relative_to(ROOT))
        for path in modules()
        if path.name == "__init__.py"
        and len(ast.get_docstring(ast.parse(path.read_text("utf-8"))) or "") < 40
    ]
    assert silent == []


def test_every_room_lists_what_stands_in_it_and_says_what_a_line_may_know() -> None:
    unlisted, lawless = [], []
    for path in modules():
        if path.name != "__init__.py" or "migrations" in path.parts:
            continue
        words = ast.get_docstring(ast.parse(path.read_text("utf-8"))) or ""
        if "line in here" not in words:
            lawless.append(str(path.relative_to(ROOT)))
        for child in sorted(path.parent.iterdir()):
            is_room = (child / "__init__.py").is_file()
            is_module = child.suffix == ".py" and not child.name.startswith("__")
            if (is_room or is_module) and not re.search(rf"\b{child.stem}\b", words):
                unlisted.append(str(child.relative_to(ROOT)))
    assert unlisted == []
    assert lawless == []


def test_importing_a_package_loads_no_heavy_library() -> None:
    heavy = ("flask", "whoosh", "numpy", "sqlalchemy", "lxml", "trafilatura", "pydantic")
    asked = f"import sys, references, evidence; print([m for m in {heavy!r} if m in sys.modules])"
    done = subprocess.run(
        [sys.executable, "-c", asked], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"
