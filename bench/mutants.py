"""Do the tests notice small faults? `make mutants`: a sample of mutants a package, by cosmic-ray.

    python -m bench.mutants evidence/appraisal --sample 40 --seed 11 12

Everything happens in a copy of the checkout. Cosmic-ray lists every mutant of the package (another
operator, another number, `not`, a branch that is never taken ...); so many of them are drawn with
each fixed seed, and the tests of the package must fail for each: quick ones first, the slow ones
only where those notice nothing.
"""

from __future__ import annotations

import argparse
import compileall
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True, slots=True)
class Tests:
    """The tests that belong to a package, as pytest takes them.

    `quick` are unit tests that need no fixture of `tests/conftest.py` and take a second or two in
    all: they come first, and a mutant that they kill costs no more. `slow` is for the rest.
    """

    quick: tuple[str, ...]
    slow: tuple[str, ...]


#: Leaves out the tests that read every bundled text or record.
_WITHOUT_THE_BASE = ("-k", "not sources_of_the_first_text and not corpus and not bundled")
PACKAGES = {
    "evidence/appraisal": Tests(
        (
            "tests/evidence/test_appraisal_units.py",
            "tests/evidence/test_appraisal_rows.py",
            "tests/evidence/test_appraise.py",
            "tests/evidence/test_harms.py",
            "tests/evidence/test_outcomes.py",
            "-k",
            "not bundled and not concepts_that_exist and not of_the_treatment"
            " and not tested_is_asked and not taken_out and not a_new_record and not left_out",
        ),
        (
            "tests/evidence/test_appraise.py",
            "tests/evidence/test_harms.py",
            "-k",
            "any_body or of_the_treatment or tested_is_asked or concepts_that_exist",
        ),
    ),
    "evidence/journal": Tests(
        (
            "tests/evidence/test_journal_units.py",
            "tests/evidence/test_accounts_apart.py",
            "tests/evidence/test_claim_states.py",
            "tests/evidence/test_register_lines.py",
            "tests/evidence/test_text_stages.py",
            "tests/evidence/test_journal_tables.py",
            "tests/evidence/test_journal_waits.py",
            "tests/evidence/test_backup_parts.py",
            "tests/evidence/test_text_data.py",
            "tests/evidence/test_documents.py",
            "tests/evidence/test_shared_files.py",
            "tests/evidence/test_database.py",
            "-k",
            "not postgresql and not at_once and not says_nothing and not random_bytes",
        ),
        (
            "tests/evidence/test_journal.py",
            "tests/evidence/test_apply.py",
            "tests/evidence/test_database.py",
            "tests/evidence/test_archive.py",
            "tests/evidence/test_accounts.py",
            "-k",
            "not postgresql and not at_once and not killed and not burst and not says_nothing"
            " and not guess and not same_moment",
        ),
    ),
    "references/matching": Tests(
        (
            "tests/references/test_matching_units.py",
            "tests/references/test_verify_units.py",
            "tests/references/test_ground.py",
            "tests/references/test_dedupe.py",
            "-k",
            "not labelled_sets",
        ),
        ("tests/references/test_verify.py", *_WITHOUT_THE_BASE),
    ),
    "references/verify": Tests(
        (
            "tests/references/test_verify_steps.py",
            "tests/references/test_verify_units.py",
            "tests/references/test_notices_watched.py",
            "tests/references/test_ground.py",
            "tests/references/test_verify_fixes.py",
        ),
        (
            "tests/references/test_verify_books.py",
            "tests/references/test_verify_hard.py",
            "tests/references/test_verify.py",
            *_WITHOUT_THE_BASE,
        ),
    ),
    "references/formats": Tests(
        (
            "tests/references/test_format_units.py",
            "tests/references/test_format_samples.py",
            "tests/references/test_printed_sample.py",
            "tests/references/test_printed_forms.py",
            "tests/references/test_vancouver.py",
            "tests/references/test_bibliography.py",
            "tests/references/test_bibtex_files.py",
            "tests/references/test_formats.py",
            "tests/references/test_cite.py",
            "tests/references/test_citation.py",
            "tests/references/test_what_databases_export.py",
            "-k",
            "not whole_corpus and not labelled_strings and not of_the_first_text"
            " and not long_input",
        ),
        (
            "tests/references/test_formats.py",
            "tests/references/test_bibtex_properties.py",
            "tests/references/test_citation.py",
            "tests/references/test_streams.py",
            "tests/references/test_corpus.py",
        ),
    ),
    "evidence/search/ranking": Tests(
        (
            "tests/evidence/search/test_ranking_units.py",
            "tests/evidence/search/test_ranking_of_pages.py",
            "tests/evidence/search/test_ranking_parameters.py",
            "-k",
            "not make_the_index_anew and not library_of_its_own",
        ),
        (
            "tests/evidence/search/test_subjects.py",
            "tests/evidence/search/test_suggest.py",
            "tests/evidence/search/test_engine.py",
        ),
    ),
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


def mutants(package: Path) -> list[list[Mutant]]:
    """The mutants of the files of a package, those of one place and kind together."""
    from cosmic_ray.ast import ast_nodes, get_ast
    from cosmic_ray.plugins import get_operator, operator_names

    operators = {name: get_operator(name)() for name in sorted(operator_names()) if _counts(name)}
    by_place: dict[tuple[Path, int, int, str], list[Mutant]] = {}
    for path in sorted(package.rglob("*.py")):
        text = path.read_text("utf-8")
        nodes, lines = list(ast_nodes(get_ast(text))), text.splitlines()
        for name, operator in operators.items():
            starts = (start for node in nodes for start, _ in operator.mutation_positions(node))
            for occurrence, (line, column) in enumerate(starts):
                if lines[line - 1].lstrip().startswith("@"):
                    continue  # the size of a cache
                mutant = Mutant(path, line, column, name, occurrence)
                by_place.setdefault(mutant.place, []).append(mutant)
    return list(by_place.values())


def _run(folder: Path, tests: tuple[str, ...], seconds: float | None, bare: bool) -> bool:
    """Whether the tests pass; running out of time is a failure too."""
    words = [sys.executable, "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider", *tests]
    surroundings = {**os.environ, "PYTHONPATH": str(folder)}
    if seconds is not None:  # what is compiled stays that of the unchanged files
        surroundings["PYTHONDONTWRITEBYTECODE"] = "1"
    if bare:
        words += ["--noconftest", "-o", "pythonpath=tests"]
        words += ["-p", "_hypothesis_pytestplugin", "-m", "not hypothesis"]
        surroundings["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
    try:
        done = subprocess.run(  # noqa: S603
            words, cwd=folder, capture_output=True, timeout=seconds, check=False, env=surroundings
        )
    except subprocess.TimeoutExpired:
        return False
    return done.returncode == 0


class Patience:
    """The tests of a package, and how long they may take before a mutant counts as killed."""

    def __init__(self, folder: Path, tests: Tests, quick: bool) -> None:
        self._folder = folder
        self._lists = [(tests.quick, True)] if quick else [(tests.quick, True), (tests.slow, False)]
        self._seconds = []
        for words, bare in self._lists:
            started = time.monotonic()
            if not _run(folder, words, None, bare):
                raise SystemExit(f"the tests fail as it is: {' '.join(words)}")
            self._seconds.append(20 + 4 * (time.monotonic() - started))

    def notices(self) -> bool:
        """Whether a test fails now; the slow ones run only when all quick ones pass."""
        return not all(
            _run(self._folder, words, seconds, bare)
            for (words, bare), seconds in zip(self._lists, self._seconds, strict=True)
        )


def measure(
    folder: Path, name: str, sample: int, seeds: list[int], quick: bool
) -> tuple[int, list[str]]:
    """How many mutants of a package were tried, and those that no test noticed."""
    from cosmic_ray.mutating import mutate_code
    from cosmic_ray.plugins import get_operator

    tests = Patience(folder, PACKAGES[name], quick)
    by_place = mutants(folder / name)
    drawn: dict[Mutant, int] = {}
    for seed in seeds:
        draw = random.Random(seed)
        every = [draw.choice(those) for those in by_place]
        drawn |= dict.fromkeys(draw.sample(every, min(sample, len(every))), seed)
    survivors = []
    for mutant, seed in drawn.items():
        original, status = mutant.path.read_text("utf-8"), mutant.path.stat()
        changed = mutate_code(original, get_operator(mutant.operator)(), mutant.occurrence)
        try:
            mutant.path.write_text(changed, "utf-8")
            passed = not tests.notices()
        finally:
            mutant.path.write_text(original, "utf-8")
            os.utime(mutant.path, ns=(status.st_atime_ns, status.st_mtime_ns))
        place = f"{mutant.path.relative_to(folder)}:{mutant.line}:{mutant.column}"
        word = "SURVIVED" if passed else "killed  "
        print(f"{word}  {place}  {mutant.operator}  (seed {seed})", flush=True)
        if passed:
            survivors.append(f"{place} {mutant.operator}")
    return len(drawn), survivors


def main() -> None:
    """Measure the packages asked for, or all, and print a score for each."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("packages", nargs="*", default=list(PACKAGES), metavar="PACKAGE")
    parser.add_argument("--sample", type=int, default=13, help="mutants a package and seed")
    parser.add_argument("--seed", type=int, nargs="+", default=[11, 12], dest="seeds")
    parser.add_argument("--quick", action="store_true", help="run the quick tests only")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="mutants-") as place:
        folder = Path(place) / "copy"
        left_out = shutil.ignore_patterns(".git", ".venv", ".*_cache", "__pycache__", "build")
        shutil.copytree(ROOT, folder, ignore=left_out)
        compileall.compile_dir(folder, quiet=1, maxlevels=10)
        for name in asked.packages:
            tried, survivors = measure(folder, name, asked.sample, asked.seeds, asked.quick)
            killed = tried - len(survivors)
            print(f"{name}: {killed} of {tried} killed ({killed / tried:.0%})", flush=True)


if __name__ == "__main__":
    main()
