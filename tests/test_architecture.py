"""The shape of the house: imports run one way, and the wheel carries its data."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent


def test_imports_run_one_way() -> None:
    done = subprocess.run(
        [Path(sys.executable).parent / "lint-imports", "--no-cache"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize(
    "words", [("ruff", "check", "."), ("ruff", "format", "--check", "."), ("mypy",)], ids=" ".join
)
def test_the_code_is_clean(words: tuple[str, ...]) -> None:
    done = subprocess.run(
        [sys.executable, "-m", *words], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-1000:]


def test_the_wheel_carries_corpus_vocabulary_texts_and_pages(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "pip", "wheel", "-q", "--no-deps", "-w", str(tmp_path), str(ROOT)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    (wheel,) = tmp_path.glob("*.whl")
    names = zipfile.ZipFile(wheel).namelist()
    for folder, ending in (
        ("references/corpus/", ".bib"),
        ("references/vocabulary/", ".yaml"),
        ("evidence/texts/", ".yaml"),
        ("evidence/", "kb.toml"),
        ("webapp/templates/", ".html"),
        ("webapp/static/", ".css"),
        ("evidence/wording/translations/", ".mo"),
        ("evidence/appraisal/", ".tsv"),
        ("evidence/checks/", ".tsv"),
        ("evidence/anchoring/", ".toml"),
        *((f"{package}/", "py.typed") for package in ("references", "evidence", "webapp")),
    ):
        shipped = {n for n in names if n.startswith(folder) and n.endswith(ending)}
        source = {str(p.relative_to(ROOT)) for p in (ROOT / folder).rglob(f"*{ending}")}
        assert source <= shipped, folder
        assert shipped, folder
    assert not [name for name in names if name.startswith(("tests/", "shared/"))]
