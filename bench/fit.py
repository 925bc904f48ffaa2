"""Fit the parameters of ranking to judged searches: ours, or those of another library.

    python -m bench.fit [--shared DIR] [--base DIR] [--set FOLDER ...] [--statements FILE ...]
                        [--every N] [--only NAME ...] [--semantic] [--rounds N] [--output FILE]

Ranking: a bounded coordinate search. Each parameter in turn is made a fifth smaller and a fifth
larger, and what makes the mean nDCG@10 of all sets better is kept; when nothing does, the step is
halved. A set is a folder in BEIR layout, with a corpus of its own or judged on the references of
the base. Scope: a logistic regression over `Coverage` of statements that the base answers or does
not (JSON: {"answered": [["fr", "en"], ...], "unanswered": [...]}), its start shifted so that one
answered statement in thirty is lost. Without --set and --statements: ours.

The table that is printed has each parameter before and after. --output writes those that changed
as TOML: put its table [search] into kb.toml, or name the file with EVIDENCE_SEARCH_PARAMETERS.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import astuple, fields, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt

from evidence.instance import instance_folder
from evidence.knowledge import KnowledgeBase
from evidence.search.engine import WhooshEngine
from evidence.search.evaluate import corpus_documents, measure, read_judgements, read_queries
from evidence.search.index import embeddings, writer
from evidence.search.index.documents import Document, document_of
from evidence.search.index.reader import OpenIndex
from evidence.search.ranking.claim_query import read_claim
from evidence.search.ranking.scope import Coverage, coverage, evidence_score
from evidence.search.ranking.suggest import score
from evidence.search.ranking_parameters import SearchParameters, read_parameters

ROOT = Path(__file__).resolve().parent.parent
SETS = (
    "dev-judgements",
    "judgements/scifact-train",
    "judgements/french-to-english",
    "judgements/citing-sentences",
)
STATEMENTS = ROOT / "tests" / "evidence" / "search" / "statements.json"

#: What is fitted to rankings, and between which values.
BOUNDS = {
    "title": (1.0, 4.0),
    "keywords": (0.5, 3.0),
    "concept_in_study": (1.0, 6.0),
    "concept_in_comparator": (0.0, 3.0),
    "concept_in_findings": (0.5, 4.0),
    "concept_in_harms": (0.5, 4.0),
    "concept_in_passing": (0.1, 1.7),
    "concept_in_title": (0.1, 3.0),
    "concept_in_keywords": (0.1, 3.0),
    "concept_in_abstract": (0.0, 1.5),
    "narrower": (0.3, 1.0),
    "k1": (0.6, 2.4),
    "b": (0.3, 1.0),
    "concept_boost": (0.5, 3.0),
    "concept_k": (0.25, 4.0),
    "concepts_fr": (1.0, 4.0),
    "concepts_en": (0.5, 3.0),
    "subject": (0.75, 2.0),
    "background": (0.1, 1.2),
    "recorded": (0.0, 2.0),
    "feedback": (0.1, 1.2),
}
#: In place of some of them, and besides, where meaning takes part.
WITH_MEANING = {
    "concepts_fr_with_meaning": (1.0, 4.0),
    "concepts_en_with_meaning": (0.5, 3.0),
    "meaning": (0.5, 3.0),
    "meaning_of_few": (0.05, 1.0),
    "multilingual_fr": (0.1, 1.0),
    "multilingual_en": (0.1, 1.0),
}
STEP = 0.2  # of its value, by which a parameter is moved at first
SMALLEST = 0.05
GAIN = 0.0005  # of the mean nDCG@10: less is chance
LOST = 1 / 30  # of answered statements that may be taken for unanswered

Floats = npt.NDArray[np.float64]


class JudgedSet:
    """A set with its index open: other parameters cost no more than its rankings."""

    def __init__(self, folder: Path, kb: KnowledgeBase, work: Path, every: int) -> None:
        self.name = folder.name
        self._folder, self._kb, self._work = folder, kb, work
        self._judgements = read_judgements(folder)
        self._queries = read_queries(folder)[::every]
        self._made_with: list[float] = []
        self._built = 0

    def _documents(self, parameters: SearchParameters) -> Iterator[tuple[Document, str]]:
        if (self._folder / "corpus.jsonl").exists():
            yield from corpus_documents(self._folder, self._kb.vocabulary, parameters)
            return
        for reference in self._kb.library.values():
            yield document_of(reference, self._kb.vocabulary, parameters=parameters), ""

    def engine(self, parameters: SearchParameters, semantic: bool) -> WhooshEngine:
        """The engine with these parameters; the index is made anew where they ask for it."""
        if self._made_with != parameters.of_documents:
            self._built += 1
            self._made_with = parameters.of_documents
            folder = self._work / f"{self.name}-{self._built}"
            folder.mkdir()
            writer.create(folder, self._documents(parameters))
            self._index, self._place = OpenIndex(folder), folder
            if semantic:
                index = self._index
                texts = [embeddings.text_of(index.passages(n)) for n in range(index.count)]
                vectors = embeddings.VectorCache(instance_folder()).vectors(texts)
                embeddings.write_matrix(folder, vectors)
        engine = WhooshEngine(self._index, self._kb.vocabulary, self._place, parameters)
        engine.statistics.semantic = semantic
        return engine

    def ndcg(self, parameters: SearchParameters, semantic: bool) -> float:
        """The mean nDCG@10 of its searches."""
        engine = self.engine(parameters, semantic)
        return float(measure(engine, self._queries, self._judgements, 10)["ndcg@10"])


def coordinate_search(
    mean: Callable[[SearchParameters], float],
    start: SearchParameters,
    bounds: dict[str, tuple[float, float]],
    rounds: int,
) -> SearchParameters:
    """The best parameters found from a start by moving one at a time, within bounds."""
    best, reached, step = start, mean(start), STEP
    for _ in range(rounds):
        before = best
        for name, (low, high) in bounds.items():
            now = getattr(best, name)
            for value in (now * (1 - step), now * (1 + step)):
                moved = replace(best, **{name: round(min(high, max(low, value)), 4)})
                if moved != best and (ndcg := mean(moved)) > reached + GAIN:
                    best, reached = moved, ndcg
                    sys.stderr.write(f"{name} {now:g} -> {getattr(best, name):g}: {ndcg:.4f}\n")
                    break
        if best == before:
            step /= 2
            if step < SMALLEST:
                break
    return best


# ---- scope ----------------------------------------------------------------------------


def read_statements(paths: Sequence[Path]) -> tuple[list[str], list[bool]]:
    """Statements in either language, and whether each is answered."""
    texts: list[str] = []
    answered: list[bool] = []
    for path in paths:
        lists = json.loads(path.read_text(encoding="utf-8"))
        for name in ("answered", "unanswered"):
            for pair in lists[name]:
                texts += pair
                answered += [name == "answered"] * len(pair)
    return texts, answered


def evidence_of(engine: WhooshEngine, text: str) -> tuple[Coverage, float | None]:
    """What decides whether a statement is answered: its coverage, and the nearest cosine."""
    statistics = engine.statistics
    claim = read_claim(statistics, text)
    covers = coverage(statistics, claim, score(statistics, claim))
    near = statistics.nearness(text, claim.language)
    return covers, None if near is None else float(near.max())


def logistic(rows: Floats, answered: npt.NDArray[np.bool_], ridge: float = 0.5) -> Floats:
    """Weights of a logistic regression by Newton's method; the first is that of the constant.

    `ridge` holds the others near 0: half of it times their squares is added to the loss.
    """
    table = np.hstack((np.ones((len(rows), 1)), rows))
    weights = np.zeros(table.shape[1])
    penalty = np.diag([0.0] + [ridge] * rows.shape[1])
    for _ in range(50):
        share = 1 / (1 + np.exp(-table @ weights))
        slope = table.T @ (answered - share) - penalty @ weights
        curve = (table * (share * (1 - share))[:, None]).T @ table + penalty
        move = np.linalg.solve(curve, slope)
        weights += move
        if float(np.abs(move).max()) < 1e-8:
            break
    weights[0] = _start((rows @ weights[1:])[answered])
    return weights


def _start(odds: Floats) -> float:
    """The constant that loses one in thirty answered statements, given their odds without it."""
    return -float(np.sort(odds)[int(LOST * len(odds))]) + 1e-9


def fit_scope(
    engine: WhooshEngine, texts: Sequence[str], answered: Sequence[bool]
) -> SearchParameters:
    """The parameters of an engine with the decision fitted anew."""
    seen = [evidence_of(engine, text) for text in texts]
    rows = np.array(
        [(*astuple(covers), *(() if near is None else (near,))) for covers, near in seen]
    )
    is_answered = np.array(answered, dtype=bool)
    weights = logistic(rows, is_answered).round(2)
    weights[0] = math.ceil(100 * _start((rows @ weights[1:])[is_answered])) / 100
    suffix = "_with_meaning" if engine.statistics.has_meaning else ""
    names = [f"scope_{name}{suffix}" for name in ("start", *(f.name for f in fields(Coverage)))]
    names += ["scope_nearest"] if suffix else []
    return replace(engine.statistics.parameters, **dict(zip(names, weights.tolist(), strict=True)))


def scope_rates(
    engine: WhooshEngine, texts: Sequence[str], answered: Sequence[bool]
) -> tuple[float, float]:
    """The share of answered statements that are kept, and of others that are recognised."""
    kept: dict[bool, list[bool]] = {True: [], False: []}
    for text, right in zip(texts, answered, strict=True):
        decided = evidence_score(engine.statistics.parameters, *evidence_of(engine, text)) > 0
        kept[right].append(decided == right)
    return sum(kept[True]) / len(kept[True]), sum(kept[False]) / len(kept[False])


# ---- the command ----------------------------------------------------------------------


def table(before: SearchParameters, after: SearchParameters, names: Sequence[str]) -> str:
    """The parameters before and after, one a line."""
    lines = [f"{'parameter':30} {'before':>8} {'after':>8}"]
    lines += [f"{n:30} {getattr(before, n):8g} {getattr(after, n):8g}" for n in names]
    return "\n".join(lines)


def as_toml(before: SearchParameters, after: SearchParameters) -> str:
    """The table [search] with the parameters that changed."""
    changed = [f.name for f in fields(after) if getattr(before, f.name) != getattr(after, f.name)]
    return "\n".join(["[search]", *(f"{name} = {getattr(after, name)}" for name in changed)]) + "\n"


def _given() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--shared", type=Path, default=os.environ.get("EVIDENCE_SHARED"))
    parser.add_argument("--base", type=Path, help="the folder of the knowledge base")
    parser.add_argument("--set", type=Path, action="append", default=[])
    parser.add_argument("--statements", type=Path, action="append", default=[])
    parser.add_argument("--every", type=int, default=1, help="take every Nth search of a set")
    parser.add_argument("--only", action="append", default=[], help="a parameter to fit")
    parser.add_argument("--semantic", action="store_true", help="with nearness in meaning")
    parser.add_argument("--rounds", type=int, default=10)
    parser.add_argument("--output", type=Path)
    return parser.parse_args()


def main() -> None:
    """Fit, print what changed and write it."""
    given = _given()
    shared = Path(given.shared) if given.shared else ROOT.parent / "shared"
    kb = KnowledgeBase(given.base)
    start = read_parameters(kb.settings, kb.folder / "kb.toml")
    bounds = {**BOUNDS, **(WITH_MEANING if given.semantic else {})}
    bounds = {name: ends for name, ends in bounds.items() if not given.only or name in given.only}
    with tempfile.TemporaryDirectory(prefix="evidence-fit-") as name:
        folders = given.set or [shared / place for place in SETS]
        sets = [JudgedSet(folder, kb, Path(name), given.every) for folder in folders]

        def mean(parameters: SearchParameters) -> float:
            return sum(one.ndcg(parameters, given.semantic) for one in sets) / len(sets)

        best = coordinate_search(mean, start, bounds, given.rounds)
        sys.stdout.write(f"{table(start, best, list(bounds))}\n\nset, nDCG@10 before and after\n")
        for one in sets:
            before, after = (one.ndcg(p, given.semantic) for p in (start, best))
            sys.stdout.write(f"{one.name:30} {before:8.4f} {after:8.4f}\n")
        if given.statements or not given.set:
            best = _scope(sets[0], best, given)
    if given.output:
        given.output.write_text(as_toml(start, best), encoding="utf-8")


def _scope(
    base: JudgedSet, parameters: SearchParameters, given: argparse.Namespace
) -> SearchParameters:
    """Fit the decision on the statements given, on the base that the first set is judged on."""
    texts, answered = read_statements(given.statements or [STATEMENTS])
    engine = base.engine(parameters, given.semantic)
    fitted = fit_scope(engine, texts, answered)
    names = [f.name for f in fields(fitted) if f.name.startswith("scope_")]
    names = [name for name in names if getattr(parameters, name) != getattr(fitted, name)]
    sys.stdout.write(f"\n{table(parameters, fitted, names)}\n\nkept, recognised\n")
    for label, one in (("before", parameters), ("after", fitted)):
        kept, recognised = scope_rates(base.engine(one, given.semantic), texts, answered)
        sys.stdout.write(f"{label:30} {kept:8.3f} {recognised:8.3f}\n")
    return fitted


if __name__ == "__main__":
    main()
