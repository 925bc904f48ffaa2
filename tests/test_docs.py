"""The documentation says what the program does; a page that goes stale fails here."""

from __future__ import annotations

import ast
import doctest
import importlib
import re
import subprocess
import sys
from pathlib import Path

import pytest

from references.formats.bibtex.fields import NAMES
from references.record import DESIGNS, STATUSES

ROOT = Path(__file__).resolve().parent.parent
PAGES = [
    ROOT / "README.md",
    ROOT / "CONTRIBUTING.md",
    ROOT / "references" / "README.md",
    *(ROOT / "docs").glob("*.md"),
]


def test_the_help_of_every_command_is_current() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "cogapp", "--check", "--diff", "docs/command-line.md"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, f"run 'make docs'\n{done.stdout[:2000]}{done.stderr}"


def test_the_man_pages_are_current(tmp_path: Path) -> None:
    subprocess.run([sys.executable, ROOT / "docs" / "manpages.py", tmp_path], check=True)
    made = {path.name: path.read_text(encoding="utf-8") for path in tmp_path.glob("*.1")}
    kept = {path.name: path.read_text(encoding="utf-8") for path in (ROOT / "docs/man").glob("*.1")}
    assert sorted(made) == sorted(kept), "run 'make docs'"
    assert [name for name in made if made[name] != kept[name]] == [], "run 'make docs'"
    assert "evidence-search(1)" in made["evidence.1"]


def test_every_setting_is_documented() -> None:
    named = set()
    for package in ("references", "evidence", "webapp"):
        for ending in ("*.py", "*.tsv"):
            for path in (ROOT / package).rglob(ending):
                named |= set(re.findall(r"\bEVIDENCE_[A-Z_]+\b", path.read_text(encoding="utf-8")))
    documented = (ROOT / "docs" / "settings.md").read_text(encoding="utf-8")
    assert {name for name in named if f"`{name}`" not in documented} == set()
    assert set(re.findall(r"`(EVIDENCE_[A-Z_]+)`", documented)) <= named


def test_every_field_design_and_status_of_a_reference_is_documented() -> None:
    page = (ROOT / "references" / "README.md").read_text(encoding="utf-8")
    written = {
        "indications": "indication",
        "interventions": "intervention",
        "comparators": "comparator",
        "nerves": "nerve",
        "findings": "finding",
        "findings_fr": "finding_fr",
    }
    fields = {written.get(name, name) for name in NAMES}
    assert {name for name in fields if f"`{name}`" not in page} == set()
    assert [name for name in (*DESIGNS, *STATUSES) if name not in page] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_between_pages_lead_somewhere(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    for target in re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", text):
        if not target.startswith(("http:", "https:", "mailto:")):
            assert (page.parent / target).exists(), f"{page.name} -> {target}"


#: Names that look like those of modules and are none: the group of entry points, units of systemd.
NO_MODULES = {"evidence.commands", "evidence.service", "evidence.env"}


def _stands(path: str) -> bool:
    return (ROOT / path).exists()


def _defines(path: Path, name: str) -> bool:
    """Whether a module gives a name at its top: defined, assigned or imported there."""
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        match node:
            case ast.FunctionDef(name=given) | ast.ClassDef(name=given):
                names = [given]
            case ast.Assign(targets=targets):
                names = [target.id for target in targets if isinstance(target, ast.Name)]
            case ast.AnnAssign(target=ast.Name(id=given)):
                names = [given]
            case ast.ImportFrom(names=imported):
                names = [one.asname or one.name for one in imported]
            case ast.If(body=[*_]) if "TYPE_CHECKING" in ast.unparse(node.test):
                names = [
                    one.name
                    for inner in node.body
                    if isinstance(inner, ast.ImportFrom)
                    for one in inner.names
                ]
            case _:
                names = []
        if name in names:
            return True
    return False


def _is_there(dotted: str) -> bool:
    """Whether a dotted name is a package, a module, or a name that one of them gives."""
    *folders, last = dotted.split(".")
    folder = ROOT.joinpath(*folders)
    if (folder / last).is_dir() or (folder / f"{last}.py").is_file():
        return True
    holders = (folder.with_suffix(".py"), folder / "__init__.py")
    return any(holder.is_file() and _defines(holder, last) for holder in holders)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_the_files_and_names_of_the_code_that_a_page_names_exist(page: Path) -> None:
    spans = re.findall(r"`([^`\n]+)`", page.read_text(encoding="utf-8"))
    files = re.compile(
        r"((?:references|evidence|webapp|bench|tests|docs)/[\w./-]*|[\w./-]+\.(?:py|tsv|js|css))"
        r"(?:: (\w+)(?:\(\))?)?"
    )
    for span in spans:
        if (named := files.fullmatch(span)) and span not in {"wsgi.py", "__init__.py"}:
            path, name = named.groups()
            assert _stands(path) or (page.parent / path).exists(), f"{page.name}: {span}"
            assert not name or _defines(ROOT / path, name), f"{page.name}: {span}"
        elif re.fullmatch(r"(references|evidence|webapp)(\.\w+)+(\(.*\))?", span):
            dotted = span.partition("(")[0]
            assert dotted in NO_MODULES or _is_there(dotted), f"{page.name}: {span}"


def test_the_modules_that_comments_and_docstrings_name_exist() -> None:
    wrong = []
    for package in ("references", "evidence", "webapp"):
        for path in (ROOT / package).rglob("*.py"):
            for dotted in re.findall(
                r"`((?:references|evidence|webapp)(?:\.\w+)+)`", path.read_text(encoding="utf-8")
            ):
                if dotted not in NO_MODULES and not _is_there(dotted):
                    wrong.append(f"{path.relative_to(ROOT)}: {dotted}")
    assert wrong == []


def test_every_dependency_has_its_reason() -> None:
    import tomllib

    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    wanted = [*project["project"]["dependencies"]]
    for extra in project["project"].get("optional-dependencies", {}).values():
        wanted += extra
    wanted += project["dependency-groups"]["dev"]
    page = (ROOT / "docs" / "dependencies.md").read_text(encoding="utf-8").lower()
    names = {re.split(r"[<>=~!\[; ]", entry)[0].lower() for entry in wanted}
    names -= {project["project"]["name"]}  # the extra "all" names the others
    assert {name for name in names if name not in page} == set()


def test_the_examples_of_the_python_api_give_what_they_say(instance: Path) -> None:
    page = (ROOT / "docs" / "python-api.md").read_text(encoding="utf-8")
    examples = re.findall(r"^```python\n(.*?)^```", page, re.DOTALL | re.MULTILINE)
    assert len(examples) >= 6
    names: dict[str, object] = {"instance": instance}
    runner = doctest.DocTestRunner(verbose=False)
    for number, example in enumerate(examples, 1):
        test = doctest.DocTestParser().get_doctest(example, names, f"example {number}", None, None)
        output: list[str] = []
        runner.run(test, out=output.append, clear_globs=False)
        names = test.globs
        assert runner.failures == 0, "".join(output)


@pytest.mark.parametrize("package", ["references", "evidence"])
def test_the_public_names_are_documented_and_cost_nothing_before_they_are_used(
    package: str,
) -> None:
    page = (ROOT / "docs" / "python-api.md").read_text(encoding="utf-8")
    names = importlib.import_module(package).__all__
    assert [name for name in names if f"`{name}" not in page] == []
    code = (
        f"import sys, {package}; print([m for m in sys.modules if m.startswith('{package}.')]); "
        f"print([getattr({package}, name).__name__ for name in {package}.__all__])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    before, loaded = done.stdout.splitlines()
    assert before == "[]"
    assert loaded == str(list(names))
