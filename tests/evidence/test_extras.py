"""The core works without any extra; what needs one says in a sentence how to bring it."""

from __future__ import annotations

import importlib.metadata
import json
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import get_args

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from evidence.extras import EXTRAS, Extra, MissingExtra, missing, require
from evidence.originals.load import read_bytes

ROOT = Path(__file__).resolve().parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
#: A program in which no package of an extra can be imported.
BARE = f"""
import sys
sys.modules |= dict.fromkeys({[name for names, _ in EXTRAS.values() for name in names]})
from evidence.cli import main
main(sys.argv[1:])
"""


def bare(*words: object, code: int = 0) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(
        [sys.executable, "-c", BARE, *map(str, words)], capture_output=True, text=True, check=False
    )
    assert done.returncode == code, done.stderr
    return done


@pytest.mark.parametrize("extra", get_args(Extra))
def test_an_extra_brings_the_modules_it_is_asked_for(extra: Extra) -> None:
    lines = PROJECT["optional-dependencies"][extra]
    brought = {canonicalize_name(Requirement(line).name) for line in lines}
    carriers = importlib.metadata.packages_distributions()
    modules, _ = EXTRAS[extra]
    for module in modules:
        # What carries a module comes with the package that the extra names (pagefind[bin]).
        names = {canonicalize_name(name) for name in carriers[module]}
        assert names & brought or any(module.startswith(name) for name in brought), module
    assert f"pip install 'evidence-base[{extra}]'" in str(missing(extra))
    require(extra)  # the tests run with all of them


def test_all_brings_every_extra() -> None:
    (line,) = PROJECT["optional-dependencies"]["all"]
    assert Requirement(line).extras == set(get_args(Extra))
    assert set(PROJECT["optional-dependencies"]) == {*get_args(Extra), "all"}


def test_the_core_checks_searches_and_reports(base: Path, instance: Path, tmp_path: Path) -> None:
    places = ("--kb", base, "--instance", instance)
    bare("check", *places)
    found = json.loads(bare("search", "cold bath", "--json", *places).stdout)
    assert found["results"][0]["key"] == "moreau2020"
    for form in ("html", "docx", "csv", "json"):
        bare("report", "bain", "--format", form, "--output", tmp_path / form, *places)
        assert (tmp_path / form).stat().st_size > 500


@pytest.mark.parametrize(
    ("words", "extra"),
    [
        (("report", "bain", "--format", "pdf", "--output", "r.pdf"), "pdf"),
        (("evaluate", "."), "evaluate"),
        (("publish", "public"), "publish"),
    ],
)
def test_a_command_without_its_extra_says_how_to_bring_it(
    words: tuple[str, ...], extra: Extra, base: Path, instance: Path, tmp_path: Path
) -> None:
    done = subprocess.run(
        [sys.executable, "-c", BARE, *words, "--kb", base, "--instance", instance],
        cwd=tmp_path,
        env={"PYTHONPATH": str(ROOT), "PATH": ""},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert done.stderr.strip() == str(missing(extra))
    assert not (tmp_path / "r.pdf").exists()


def test_a_page_whose_reader_is_not_installed_says_how_to_bring_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "pdfminer").mkdir()
    gone = "raise ModuleNotFoundError(\"No module named 'pdfminer'\")"
    (tmp_path / "pdfminer" / "__init__.py").write_text(gone, "utf-8")
    monkeypatch.syspath_prepend(tmp_path)  # the process that reads the page inherits it
    with pytest.raises(MissingExtra, match=r"evidence-base\[originals\]"):
        read_bytes(b"%PDF-1.4", "page.pdf")
