"""The documentation says what the program does; a page that goes stale fails here."""

from __future__ import annotations

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
        for path in (ROOT / package).rglob("*.py"):
            named |= set(re.findall(r"\bEVIDENCE_[A-Z_]+\b", path.read_text(encoding="utf-8")))
    documented = (ROOT / "docs" / "settings.md").read_text(encoding="utf-8")
    assert {name for name in named if f"`{name}`" not in documented} == set()
    assert set(re.findall(r"`(EVIDENCE_[A-Z_]+)`", documented)) <= named


def test_every_field_design_and_status_of_a_reference_is_documented() -> None:
    page = (ROOT / "references" / "README.md").read_text(encoding="utf-8")
    plural = {"indications": "indication", "nerves": "nerve", "findings": "finding"}
    fields = {plural.get(name, name) for name in NAMES}
    assert {name for name in fields if f"`{name}`" not in page} == set()
    assert [name for name in (*DESIGNS, *STATUSES) if name not in page] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_between_pages_lead_somewhere(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    for target in re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", text):
        if not target.startswith(("http:", "https:", "mailto:")):
            assert (page.parent / target).exists(), f"{page.name} -> {target}"


def test_every_dependency_has_its_reason() -> None:
    import tomllib

    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    wanted = [*project["project"]["dependencies"]]
    for extra in project["project"].get("optional-dependencies", {}).values():
        wanted += extra
    wanted += project["dependency-groups"]["dev"]
    page = (ROOT / "docs" / "dependencies.md").read_text(encoding="utf-8").lower()
    names = {re.split(r"[<>=~!\[; ]", entry)[0].lower() for entry in wanted}
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
