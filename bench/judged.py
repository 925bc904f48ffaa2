"""The judged searches as one table, written into docs/search.md (`make evaluate`).

python -m bench.judged [--shared DIR] [--semantic | --no-semantic]
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
from pathlib import Path
from typing import Any

from evidence.instance import instance_folder
from evidence.knowledge import KnowledgeBase
from evidence.search import open_engine
from evidence.search.evaluate import evaluate
from evidence.search.index import embeddings

ROOT = Path(__file__).resolve().parent.parent
MARK = "<!-- judged: written by make evaluate -->"
FOLDERS = (
    ("our references", "dev-judgements"),
    ("SciFact (train)", "judgements/scifact-train"),
    ("French to English", "judgements/french-to-english"),
    ("citing sentences", "judgements/citing-sentences"),
)


def _rows(name: str, report: dict[str, Any], kind: str) -> list[str]:
    def row(label: str, values: dict[str, Any]) -> str:
        cells = [values.get(m, "") for m in ("ndcg@10", "recall@10", "recall@100", "mrr@10")]
        figures = " | ".join(f"{c:.3f}" if isinstance(c, float) else str(c) for c in cells)
        time = values.get("ms_per_query", {}).get("p50", "")
        return f"| {label} | {kind} | {values['queries']} | {figures} | {time} |"

    rows = [row(name, report)]
    rows += [row(f"&nbsp;&nbsp;{group}", v) for group, v in report.get("groups", {}).items()]
    return rows


def main() -> None:
    """Evaluate every folder and write the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--shared", type=Path, default=os.environ.get("EVIDENCE_SHARED"))
    parser.add_argument("--semantic", action=argparse.BooleanOptionalAction, default=None)
    given = parser.parse_args()
    shared = Path(given.shared) if given.shared else ROOT.parent / "shared"
    if not shared.is_dir():
        sys.exit(f"The judged searches are not in {shared}; name their folder with --shared DIR.")
    kb = KnowledgeBase()
    ways = [False, True] if embeddings.is_installed() else [False]
    if given.semantic is not None:
        ways = [given.semantic]
    lines = [
        "| set | meaning | queries | nDCG@10 | recall@10 | recall@100 | MRR@10 | ms (p50) |",
        "|---|---|---|---|---|---|---|---|",
    ]
    facts = (shared / "facts" / "references.jsonl").read_text(encoding="utf-8")
    judged = {json.loads(line)["key"] for line in facts.splitlines() if line.strip()}
    vectors = embeddings.VectorCache(instance_folder())
    with tempfile.TemporaryDirectory() as folder:
        engine = open_engine(kb, folder)
        for name, place in FOLDERS:
            for way in ways:
                engine.statistics.semantic = way
                kept = vectors if way else None
                report = evaluate(shared / place, kb.vocabulary, engine, vectors=kept, among=judged)
                lines += _rows(name, report, "with" if way else "without")
                sys.stderr.write(f"{lines[-1]}\n")
    table = "\n".join(lines)
    page = ROOT / "docs" / "search.md"
    text = page.read_text(encoding="utf-8")
    if text.count(MARK) == 2:
        before, _, rest = text.partition(MARK)
        after = rest.partition(MARK)[2]
        page.write_text(f"{before}{MARK}\n\n{table}\n\n{MARK}{after}", encoding="utf-8")
    sys.stdout.write(table + "\n")


if __name__ == "__main__":
    main()
