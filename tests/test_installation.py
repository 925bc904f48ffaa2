"""What `make serve` installs is what the features need: driven with the pip that Python brings.

The suite itself runs with a newer pip and the development group, and would not notice that a
package is missing from what a newcomer gets.
"""

from __future__ import annotations

import ast
import ctypes.util
import importlib.metadata
import io
import json
import os
import shutil
import socket
import subprocess
import sys
import time
import tomllib
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import docx
import pytest
import weasyprint
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parent.parent
CODE = ("references", "evidence", "webapp")
#: The extras that `make serve` installs.
SERVED = ("originals", "pdf", "publish", "metrics")
TEXT = "vulvodynie-cryoneurolyse"
#: A page as content systems write them: comments, no marked main part.
PAGE = """<!doctype html><html lang="fr"><!-- head --><head><title>Le froid</title></head><body>
<!-- wp:list --><ul><li><a href="/">Accueil</a></li></ul><!-- /wp:list -->
<!--[if IE]><p>Changez de navigateur.</p><![endif]-->
<div><h1>La cryoneurolyse</h1><!-- wp:paragraph -->
<p>La cryoneurolyse diminue la douleur chez la majorité des patientes pendant plusieurs mois.</p>
<p>Une ecchymose au point de ponction est possible ; elle disparaît en quelques jours.</p>
<p>Le geste se fait en ambulatoire, sous anesthésie locale et sous contrôle du scanner.</p></div>
</body></html>"""
SENTENCE = "La cryoneurolyse diminue la douleur"


class Installed:
    """The programs of a virtual environment, with an instance of their own."""

    def __init__(self, venv: Path, instance: Path) -> None:
        self.venv = venv
        self.program = venv / "bin" / "evidence"
        # Nothing of the environment that runs the tests, nor of a `make` around it.
        kept = {n: v for n, v in os.environ.items() if not n.startswith(("MAKE", "MFLAGS", "PY"))}
        self.environment = kept | {"EVIDENCE_INSTANCE": str(instance), "LC_ALL": "C.UTF-8"}
        self.environment.pop("VIRTUAL_ENV", None)

    def run(self, *words: str | Path, code: int = 0) -> str:
        done = subprocess.run(
            [self.program, *words],
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == code, f"{words}: {done.stdout[-500:]}{done.stderr[-2000:]}"
        return done.stdout


@pytest.fixture(scope="session")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Installed:
    """The environment that `make serve` makes, by the Makefile itself."""
    if shutil.which("make") is None:
        pytest.skip("make is not installed")
    folder = tmp_path_factory.mktemp("installed")
    made = Installed(folder / "venv", folder / "instance")
    done = subprocess.run(
        ["make", f"VENV={made.venv}", f"{made.venv}/.installed"],
        cwd=ROOT,
        env=made.environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-1000:] + done.stderr[-3000:]
    return made


@pytest.fixture(scope="session")
def pages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The same page as HTML, DOCX and PDF."""
    folder = tmp_path_factory.mktemp("pages")
    document = docx.Document()
    for line in (SENTENCE + " chez la majorité des patientes.", "Une ecchymose est possible."):
        document.add_paragraph(line)
    stream = io.BytesIO()
    document.save(stream)
    content = {
        "html": PAGE.encode(),
        "docx": stream.getvalue(),
        "pdf": weasyprint.HTML(string=PAGE).write_pdf(),
    }
    found = {form: folder / f"page.{form}" for form in content}
    for form, path in found.items():
        path.write_bytes(content[form])
    return found


@pytest.mark.parametrize("form", ["html", "docx", "pdf"])
def test_pages_are_loaded_compared_and_drafted(
    installed: Installed, pages: dict[str, Path], form: str, tmp_path: Path
) -> None:
    words = ("text", "load", TEXT, pages[form], "--json")
    assert json.loads(installed.run(*words, code=1))["stored"] is False  # it is another page
    loaded = json.loads(installed.run(*words, "--accept"))
    assert (loaded["stored"], loaded["form"]) == (True, form)
    compared = json.loads(installed.run("text", "anchor", TEXT, pages[form], "--json", code=1))
    assert len(compared["claims"]) > 20
    register = tmp_path / "froid.yaml"
    installed.run("text", "draft", pages[form], "--id", f"froid-{form}", "--output", register)
    assert SENTENCE in register.read_text("utf-8")


def test_reports_are_written(installed: Installed, tmp_path: Path) -> None:
    installed.run("report", TEXT, "--output", tmp_path / "report.html")
    assert "<h1" in (tmp_path / "report.html").read_text("utf-8")
    installed.run("report", TEXT, "--format", "docx", "--output", tmp_path / "report.docx")
    assert any("cryo" in p.text for p in docx.Document(tmp_path / "report.docx").paragraphs)
    if ctypes.util.find_library("pango-1.0"):
        installed.run("report", TEXT, "--format", "pdf", "--output", tmp_path / "report.pdf")
        assert (tmp_path / "report.pdf").read_bytes().startswith(b"%PDF-")


def test_the_library_is_checked_indexed_and_searched(installed: Installed) -> None:
    installed.run("check")
    installed.run("index")
    assert "pudend" in installed.run("search", "névralgie pudendale").lower()


def test_a_shell_of_make_finds_the_commands_and_the_same_instance(
    installed: Installed, tmp_path: Path
) -> None:
    done = subprocess.run(
        ["make", f"VENV={installed.venv}", "shell"],
        cwd=ROOT,
        env=installed.environment | {"SHELL": "/bin/sh"},
        input='command -v evidence; echo "on $EVIDENCE_INSTANCE"; evidence user list --json',
        capture_output=True,
        text=True,
        check=True,
    )
    said = done.stdout.splitlines()
    assert str(installed.program) in said
    assert f"on {installed.environment['EVIDENCE_INSTANCE']}" in said
    assert said[-1] == "[]"


def test_the_demonstration_needs_nothing_else(installed: Installed, tmp_path: Path) -> None:
    made = json.loads(installed.run("demo", "--folder", tmp_path / "d", "--no-serve", "--json"))
    assert made["pages"] > 100
    assert (Path(made["published"]) / "texts" / made["text"] / "index.html").is_file()


@pytest.fixture
def served(installed: Installed) -> Iterator[str]:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    server = subprocess.Popen(
        [installed.program, "serve", "--port", str(port)],
        env=installed.environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    yield f"http://127.0.0.1:{port}"
    server.terminate()
    server.wait()


def test_pages_are_served(served: str) -> None:
    for place in ("/", f"/texts/{TEXT}", "/search?q=douleur"):
        assert _answer(served + place).status == 200


def _answer(url: str) -> Any:
    """The answer of a server that may still be starting."""
    for _ in range(300):
        try:
            return urllib.request.urlopen(url)
        except urllib.error.URLError as error:
            if not isinstance(error.reason, ConnectionRefusedError):
                raise
            time.sleep(0.2)
    raise AssertionError("the server does not start")


# ---- what is imported is named, and what is named is there ----------------------------


def _distributions(venv: Path) -> dict[str, importlib.metadata.Distribution]:
    places = [str(path) for path in venv.glob("lib/python*/site-packages")]
    return {
        canonicalize_name(found.metadata["Name"]): found
        for found in importlib.metadata.distributions(path=places)
    }


def test_all_that_the_dependencies_ask_for_is_installed(installed: Installed) -> None:
    there = _distributions(installed.venv)
    seen: set[tuple[str, str]] = set()
    missing = []
    todo = [("evidence-base", extra) for extra in ("", *SERVED)]
    while todo:
        name, extra = todo.pop()
        for line in there[name].requires or ():
            asked = Requirement(line)
            # An extra has one name however it is written (PEP 685); pip before 23.3 thought not.
            written = {extra, extra.replace("-", "_")}
            marker = asked.marker
            if marker and not any(marker.evaluate({"extra": one}) for one in written):
                continue
            other = canonicalize_name(asked.name)
            if other not in there:
                missing.append(f"{name} asks for {line}")
                continue
            for one in ("", *map(canonicalize_name, asked.extras)):
                if (other, one) not in seen:
                    seen.add((other, one))
                    todo.append((other, one))
    assert ("trafilatura", "") in seen
    assert not missing


#: Modules that need the package of an extra and are themselves imported only where it is used.
OF_EXTRAS = {"evidence/journal/postgresql.py"}


def _imported() -> dict[str, set[tuple[str, bool]]]:
    """Each foreign module that the code imports: in which files, and whether for every use."""
    found: dict[str, set[tuple[str, bool]]] = {}
    for path in (path for part in CODE for path in (ROOT / part).rglob("*.py")):
        tree = ast.parse(path.read_text("utf-8"))
        at_once = set(map(id, tree.body))
        for node in ast.walk(tree):
            if isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom) and node.module:
                names = [node.module]
            else:
                continue
            for top in {name.partition(".")[0] for name in names}:
                if top not in (*sys.stdlib_module_names, *CODE, "_typeshed"):
                    place = str(path.relative_to(ROOT)), id(node) in at_once
                    found.setdefault(top, set()).add(place)
    return found


def test_modules_of_extras_are_imported_when_they_are_needed() -> None:
    for path in (path for part in CODE for path in (ROOT / part).rglob("*.py")):
        for node in ast.parse(path.read_text("utf-8")).body:
            if isinstance(node, ast.ImportFrom) and node.module:
                place = f"{node.module.replace('.', '/')}.py"
                assert place not in OF_EXTRAS, f"{path.relative_to(ROOT)} imports {place} at once"


def test_all_that_is_imported_is_named_as_a_dependency() -> None:
    document = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    project, building = document["project"], document["build-system"]["requires"]
    needed, optional = (
        {canonicalize_name(Requirement(line).name) for line in lines}
        for lines in (
            project["dependencies"],
            # What the build needs compiles the catalogues of a checkout, where it is there.
            [line for lines in project["optional-dependencies"].values() for line in lines]
            + building,
        )
    )
    carriers = importlib.metadata.packages_distributions()
    imported = _imported()
    assert len(imported) > 30
    for module, places in imported.items():
        names = {canonicalize_name(name) for name in carriers.get(module, ())}
        for place, at_once in places:
            allowed = needed if at_once and place not in OF_EXTRAS else needed | optional
            assert names & allowed, f"{place} imports {module}, which pyproject.toml does not name"
