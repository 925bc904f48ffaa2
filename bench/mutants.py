"""Do the tests notice small faults? `make mutants`: a sample of mutants a package, by cosmic-ray.

    python -m bench.mutants evidence/appraisal --sample 40 --seed 11

Everything happens in a copy of the checkout. Cosmic-ray lists every mutant of the package (another
operator, another number, `not`, a branch that is never taken ...); so many of them are drawn with
a fixed seed, and the tests of the package must fail for each.
"""

from __future__ import annotations

import argparse
import random
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
#: Package -> the tests that belong to it, as pytest takes them.
PACKAGES = {
    "evidence/appraisal": ["tests/evidence/test_appraise.py", "tests/evidence/test_harms.py"],
    "evidence/journal": [
        "tests/evidence/test_journal.py",
        "tests/evidence/test_apply.py",
        "tests/evidence/test_accounts.py",
        "tests/evidence/test_archive.py",
        "tests/evidence/test_database.py",
        "-k",
        "not postgresql and not at_once and not killed and not burst",
    ],
    "references/matching": [
        "tests/references/test_verify_units.py",
        "tests/references/test_ground.py",
        "tests/references/test_dedupe.py",
        "tests/references/test_verify.py",
    ],
    "references/verify": [
        "tests/references/test_verify_units.py",
        "tests/references/test_printed_sample.py",
        "tests/references/test_verify.py",
        "tests/references/test_verify_hard.py",
    ],
    "evidence/search/ranking": [
        "tests/evidence/search/test_suggest.py",
        "tests/evidence/search/test_scorer.py",
        "tests/evidence/search/test_engine.py",
    ],
    "references/formats": [
        "tests/references/test_format_samples.py",
        "tests/references/test_cite.py",
        "tests/references/test_printed_sample.py",
        "tests/references/test_formats.py",
        "tests/references/test_bibtex_files.py",
    ],
}
#: Operators that change what a program means; the others change annotations or decorators.
_IGNORED = ("core/RemoveDecorator", "core/ExceptionReplacer", "core/Variable")
#: Joins types in annotations (`int | None`), which nothing evaluates.
_OF_TYPES = "core/ReplaceBinaryOperator_BitOr_"


@dataclass(frozen=True, order=True)
class Mutant:
    """One small change of a file, as cosmic-ray names it."""

    path: Path
    line: int
    column: int
    operator: str
    occurrence: int

    @property
    def place(self) -> tuple[Path, int, int, str]:
        """Where it is and of what kind; one of a kind a place is enough."""
        return self.path, self.line, self.column, self.operator.partition("_")[0]


def _counts(operator: str) -> bool:
    """Whether an operator makes faults that a test could notice."""
    if operator.startswith((*_IGNORED, _OF_TYPES)):
        return False
    before, _, after = operator.rpartition("_")
    # `==` as `is` is no fault where strings and small numbers are one object.
    return after not in ("Is", "IsNot") or before.endswith(("_Is", "_IsNot"))


def mutants(package: Path, draw: random.Random) -> list[Mutant]:
    """One mutant of every place and kind of the files of a package."""
    from cosmic_ray.ast import ast_nodes, get_ast
    from cosmic_ray.plugins import get_operator, operator_names

    names = [name for name in sorted(operator_names()) if _counts(name)]
    by_place: dict[tuple[Path, int, int, str], list[Mutant]] = {}
    for path in sorted(package.rglob("*.py")):
        nodes = list(ast_nodes(get_ast(path.read_text("utf-8"))))
        for name in names:
            operator = get_operator(name)()
            starts = (start for node in nodes for start, _ in operator.mutation_positions(node))
            for occurrence, (line, column) in enumerate(starts):
                mutant = Mutant(path, line, column, name, occurrence)
                by_place.setdefault(mutant.place, []).append(mutant)
    return [draw.choice(those) for those in by_place.values()]


def _run(folder: Path, tests: list[str], seconds: float | None) -> bool:
    """Whether the tests pass; running out of time is a failure too."""
    words = [sys.executable, "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider", *tests]
    try:
        done = subprocess.run(  # noqa: S603
            words, cwd=folder, capture_output=True, timeout=seconds, check=False
        )
    except subprocess.TimeoutExpired:
        return False
    return done.returncode == 0


def measure(folder: Path, name: str, sample: int, seed: int) -> tuple[int, list[str]]:
    """How many mutants of a package were tried, and those that no test noticed."""
    from cosmic_ray.mutating import mutate_code
    from cosmic_ray.plugins import get_operator

    tests = PACKAGES[name]
    started = time.monotonic()
    if not _run(folder, tests, None):
        raise SystemExit(f"{name}: the tests fail as it is")
    patience = 60 + 5 * (time.monotonic() - started)
    draw = random.Random(seed)
    every = mutants(folder / name, draw)
    drawn = draw.sample(every, min(sample, len(every)))
    survivors = []
    for mutant in drawn:
        original = mutant.path.read_text("utf-8")
        changed = mutate_code(original, get_operator(mutant.operator)(), mutant.occurrence)
        try:
            mutant.path.write_text(changed, "utf-8")
            passed = _run(folder, tests, patience)
        finally:
            mutant.path.write_text(original, "utf-8")
        place = f"{mutant.path.relative_to(folder)}:{mutant.line}:{mutant.column}"
        print(f"{'SURVIVED' if passed else 'killed  '}  {place}  {mutant.operator}", flush=True)
        if passed:
            survivors.append(f"{place} {mutant.operator}")
    return len(drawn), survivors


def main() -> None:
    """Measure the packages asked for, or all, and print a score for each."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("packages", nargs="*", default=list(PACKAGES), metavar="PACKAGE")
    parser.add_argument("--sample", type=int, default=40)
    parser.add_argument("--seed", type=int, default=11)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="mutants-") as place:
        folder = Path(place) / "copy"
        left_out = shutil.ignore_patterns(".git", ".venv", ".*_cache", "__pycache__", "build")
        shutil.copytree(ROOT, folder, ignore=left_out)
        for name in asked.packages:
            tried, survivors = measure(folder, name, asked.sample, asked.seed)
            killed = tried - len(survivors)
            print(f"{name}: {killed} of {tried} killed ({killed / tried:.0%})", flush=True)


if __name__ == "__main__":
    main()
