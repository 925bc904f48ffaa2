"""Measure our engine and its peers in one run; write docs/performance.md and its figures.

    python -m bench.run [--sizes 1000 10000 50000] [--peers sqlite-fts5 tantivy ...]
                        [--clock wall|cpu] [--output FILE]

Latencies are of warm rounds after one that is not counted; "first use" empties what the
engine keeps before each query. Every engine runs in a process of its own, so that peak memory
is its own. On a machine that others use at the same time the processor's clock tells more
than the wall's: searches and index times are then the time of this process alone, while
updates, which wait for disks and threads, stay on the wall's.
"""

from __future__ import annotations

import argparse
import gc
import json
import os
import platform
import resource
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

from bench.drawing import draw
from bench.engines import ENGINES, Engine, Ours, StockWhoosh
from bench.records import Record, records, workload

ROOT = Path(__file__).resolve().parent.parent


def _peak() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def _now() -> float:
    try:
        text = Path("/proc/self/status").read_text()
        return int(text.split("VmRSS:")[1].split()[0]) / 1024
    except (OSError, IndexError):
        return _peak()


def _percentiles(times: Sequence[float]) -> dict[str, float]:
    ordered = sorted(times)
    return {
        f"p{int(share * 100)}": round(ordered[min(len(ordered) - 1, int(share * len(ordered)))], 3)
        for share in (0.5, 0.95, 0.99)
    }


Clock = Callable[[], float]  # seconds

#: For one search in its thread, and for all threads of the process.
CLOCKS: dict[str, tuple[Clock, Clock]] = {
    "wall": (time.perf_counter, time.perf_counter),
    "cpu": (time.thread_time, time.process_time),
}


def _latency(
    ask: Callable[[Any], Any],
    queries: Sequence[Any],
    rounds: int,
    clock: Clock,
    before: Callable[[], None] | None = None,
) -> dict[str, float]:
    """Milliseconds of a search, after one round that is not counted."""
    times = []
    for round_number in range(rounds + 1):
        for query in queries:
            if before is not None:
                before()
            started = clock()
            ask(query)
            if round_number:
                times.append((clock() - started) * 1000)
    return _percentiles(times)


def _timed(work: Callable[[], Any], clock: Clock = time.perf_counter) -> float:
    started = clock()
    work()
    return clock() - started


def _readers_and_writer(
    engine: Ours, queries: Sequence[str], extra: list[Record]
) -> dict[str, Any]:
    """Eight threads search while one adds: how slow, and does any answer go wrong?"""
    expected = {query: engine.short(query) for query in queries}
    keys = {record.key for record in extra}
    times: list[float] = []
    wrong: list[str] = []
    stop = threading.Event()

    def read() -> None:
        while not stop.is_set():
            for query in queries:
                started = time.perf_counter()
                found = engine.short(query)
                times.append((time.perf_counter() - started) * 1000)
                if set(found) - keys - set(expected[query]) and not set(found) & keys:
                    wrong.append(query)

    threads = [threading.Thread(target=read) for _ in range(8)]
    for thread in threads:
        thread.start()
    for record in extra:
        engine.update([record])
    stop.set()
    for thread in threads:
        thread.join()
    return {**_percentiles(times), "queries": len(times), "wrong": len(wrong)}


def measure(
    kind: type[Engine], size: int, shared: Path | None, rounds: int, clock: str
) -> dict[str, Any]:
    """All figures of one engine at one size."""
    of_thread, of_process = CLOCKS[clock]
    documents, _ = records(size + 140, shared) if size + 140 <= 50_000 else records(size, shared)
    work = workload(documents)
    extra = [
        Record(f"extra{i}", r.title, r.abstract, r.year, r.kind)
        for i, r in enumerate(documents[-140:])
    ]
    documents = documents[:size]
    gc.collect()
    before = _now()
    with tempfile.TemporaryDirectory(prefix="evidence-bench-") as name:
        folder = Path(name) / "index"
        folder.mkdir()
        engine = kind(folder)
        report: dict[str, Any] = {"engine": kind.name, "documents": size}
        report["index_s"] = round(_timed(lambda: engine.build(documents), of_process), 3)
        report["index_peak_mb"] = round(_peak() - before)
        report["size_mb"] = round(sum(p.stat().st_size for p in folder.rglob("*")) / 1e6, 1)
        engine.open()
        report["open_ms"] = round(min(_timed(engine.open, of_thread) for _ in range(5)) * 1000, 2)
        first = _timed(lambda: engine.claim(work.claims[0]), of_thread)
        report["first_ms"] = round(first * 1000, 2)
        turns = 1 if kind is StockWhoosh else rounds

        def latency(ask: Callable[[Any], Any], queries: Sequence[Any]) -> dict[str, float]:
            return _latency(ask, queries, turns, of_thread)

        report["short"] = latency(engine.short, work.short)
        report["claim"] = latency(engine.claim, work.claims)
        if engine.structured(work.structured[0]) is not None:
            report["struct"] = latency(engine.structured, work.structured)
        if isinstance(engine, Ours):
            for name, ask, queries in (
                ("short", engine.short, work.short),
                ("claim", engine.claim, work.claims),
            ):
                report[f"{name}_first_use"] = _latency(ask, queries, 1, of_thread, engine.forget)
            report["search"] = latency(engine.search, work.short)
            report["suggest"] = latency(engine.suggest, work.claims)
        if kind.update is not Engine.update:
            ones = [_timed(lambda r=r: engine.update([r])) for r in extra[:9]]  # type: ignore[misc]
            report["update_1_ms"] = round(sorted(ones)[len(ones) // 2] * 1000, 2)
            report["update_100_ms"] = round(_timed(lambda: engine.update(extra[9:109])) * 1000, 1)
        report["peak_mb"] = round(_peak() - before)
        if isinstance(engine, Ours):
            shutil.rmtree(folder)
            folder.mkdir()
            engine.build(documents[:1000])
            engine.open()
            report["readers"] = _readers_and_writer(engine, work.short[:10], extra[109:117])
    return report


# ---- the report -----------------------------------------------------------------------

_ROWS = (
    ("index_s", "index (s)"),
    ("index_peak_mb", "peak memory of indexing (MB)"),
    ("size_mb", "size (MB)"),
    ("open_ms", "open (ms)"),
    ("first_ms", "first claim (ms)"),
    ("short", "short (ms)"),
    ("claim", "claim (ms)"),
    ("struct", "structured (ms)"),
    ("short_first_use", "short, empty cache (ms)"),
    ("claim_first_use", "claim, empty cache (ms)"),
    ("search", "short, all facets and passages (ms)"),
    ("suggest", "claim, with reasons (ms)"),
    ("update_1_ms", "add 1 (ms)"),
    ("update_100_ms", "add 100 (ms)"),
    ("peak_mb", "peak memory of all (MB)"),
)


#: Figures of ours that are held against another of the peers'.
_AGAINST = {
    "claim_first_use": "claim",
    "short_first_use": "short",
    "suggest": "claim",
    "search": "short",
}


def _cell(value: Any) -> str:
    if value is None:
        return "-"
    if isinstance(value, dict):
        return " / ".join(f"{value[p]:.3g}" for p in ("p50", "p95", "p99"))
    return f"{value:g}"


def _ratio(ours: Any, theirs: Any, percentile: str = "p50") -> str:
    if ours is None or theirs is None:
        return "-"
    if isinstance(ours, dict):
        ours, theirs = ours[percentile], theirs[percentile]
    return f"{ours / theirs:.2f}" if theirs else "-"


def _machine(clock: str) -> list[str]:
    model = ""
    try:
        for line in Path("/proc/cpuinfo").read_text().splitlines():
            if line.startswith("model name"):
                model = line.split(":", 1)[1].strip()
                break
    except OSError:
        pass
    names = ("whoosh3", "numpy", "PyStemmer", "tantivy", "bm25s")
    versions = []
    for name in names:
        try:
            versions.append(f"{name} {version(name)}")
        except ModuleNotFoundError:
            continue
    import sqlite3

    load = os.getloadavg()[0] if hasattr(os, "getloadavg") else 0.0
    return [
        f"- {os.cpu_count()} cores ({model or platform.machine()}), Python "
        f"{platform.python_version()}, {platform.system()}; load when the run began: {load:.1f}; "
        f"{'the clock on the wall' if clock == 'wall' else 'processor time'}",
        f"- {', '.join(versions)}, SQLite {sqlite3.sqlite_version}",
    ]


def render(runs: dict[str, Any]) -> str:
    """The tables of docs/performance.md, from the figures of each size."""
    lines = []
    for size, run in sorted(runs.items(), key=lambda item: int(item[0])):
        found = {r["engine"]: r for r in run["reports"]}
        ours = found["evidence"]
        peers = [n for n in found if n != "evidence"]
        lines += [f"### {int(size):,} documents", "", *run["machine"], f"- {run['source']}", ""]
        lines += ["Latencies are p50 / p95 / p99.", ""]
        lines += _table(
            ["", *found],
            [[label, *(_cell(r.get(key)) for r in found.values())] for key, label in _ROWS],
        )
        rows = [(label, key, _AGAINST.get(key, key), "p50") for key, label in _ROWS] + [
            (f"{key}, p95", key, key, "p95") for key in ("short", "claim", "struct")
        ]
        cells = [
            [label, *(_ratio(ours.get(key), found[n].get(theirs), share) for n in peers)]
            for label, key, theirs, share in rows
        ]
        lines += ["Ours divided by the peer's (p50 where there are percentiles):", ""]
        lines += _table(["", *peers], [row for row in cells if set(row[1:]) != {"-"}])
        if "readers" in ours:
            r = ours["readers"]
            lines += [
                f"Eight readers with one writer (1,000 documents): {r['queries']} searches, "
                f"{r['wrong']} wrong, {_cell(r)} ms.",
                "",
            ]
    return "\n".join(lines)


def _table(head: list[str], rows: list[list[str]]) -> list[str]:
    lines = ["| " + " | ".join(head) + " |", "|---" * len(head) + "|"]
    return [*lines, *("| " + " | ".join(row) + " |" for row in rows), ""]


MARK = "<!-- figures: written by make bench -->"


def _write(page: Path, runs: dict[str, Any]) -> None:
    """The figures, their tables below the mark of the page, and their drawing."""
    figures = page.with_suffix(".json")
    figures.write_text(json.dumps(runs, indent=1) + "\n", encoding="utf-8")
    image = page.parent / "images" / f"{page.stem}.svg"
    image.parent.mkdir(exist_ok=True)
    draw(runs, image)
    text = page.read_text(encoding="utf-8") if page.exists() else MARK
    shown = "![Time of a search by the number of documents, for each engine]"
    page.write_text(
        f"{text.split(MARK)[0]}{MARK}\n\n{shown}(images/{image.name})\n\n{render(runs)}",
        encoding="utf-8",
    )


def main() -> None:
    """Run each engine at each size in its own process; what other sizes gave before is kept."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", type=int, nargs="+", default=[1000, 10_000])
    parser.add_argument("--peers", nargs="+", default=[e.name for e in ENGINES])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--clock", choices=CLOCKS, default="wall")
    parser.add_argument("--shared", type=Path, default=os.environ.get("EVIDENCE_SHARED"))
    parser.add_argument("--output", type=Path, default=ROOT / "docs" / "performance.md")
    parser.add_argument("--one", help=argparse.SUPPRESS)
    given = parser.parse_args()
    shared = Path(given.shared) if given.shared else ROOT.parent / "shared"
    if given.one:
        kind = next(e for e in ENGINES if e.name == given.one)
        found = measure(kind, given.sizes[0], shared, given.rounds, given.clock)
        sys.stdout.write(json.dumps(found))
        return
    figures = given.output.with_suffix(".json")
    runs = json.loads(figures.read_text(encoding="utf-8")) if figures.exists() else {}
    _, source = records(1, shared)
    for size in given.sizes:
        run: dict[str, Any] = {"machine": _machine(given.clock), "source": source, "reports": []}
        for kind in ENGINES:
            if kind.name not in {*given.peers, "evidence"}:
                continue
            command = [
                sys.executable,
                "-m",
                "bench.run",
                "--one",
                kind.name,
                "--sizes",
                str(size),
                "--rounds",
                str(given.rounds),
                "--shared",
                str(shared),
                "--clock",
                given.clock,
            ]
            done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT)  # noqa: S603
            if done.returncode:
                reason = done.stderr.strip().splitlines()[-1:] or ["no reason given"]
                sys.stderr.write(f"{kind.name} at {size}: left out ({reason[0]})\n")
                continue
            run["reports"].append(json.loads(done.stdout))
            sys.stderr.write(f"{kind.name} at {size}: done\n")
        if any(report["engine"] == "evidence" for report in run["reports"]):
            runs[str(size)] = run
            _write(given.output, runs)
    sys.stdout.write(render(runs) + "\n")


if __name__ == "__main__":
    main()
