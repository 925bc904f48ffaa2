"""Measure loading and searching a cluster, beside Whoosh: seconds and bytes a record, latencies.

    EVIDENCE_SEARCH_URL=http://127.0.0.1:9200/bench python -m bench.scale [--counts 10000 100000]
        [--processes 2] [--shards 1] [--whoosh 100000] [--output docs/scale.md]

Records are real ones of the shared folder, repeated under new numbers with their sentences
shuffled where more are asked for. They are loaded as `evidence load --new` does, beside the bundled
library and with its vocabulary. Searches are those of `bench.run`, on the wall's clock, after one
round that is not counted. Whoosh indexes and answers the same in a process of its own.
"""

from __future__ import annotations

import argparse
import gc
import gzip
import json
import os
import platform
import random
import re
import resource
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import islice
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from bench.records import Record, Workload, records, workload
from evidence.knowledge import KnowledgeBase
from evidence.search import open_engine
from evidence.search.engine import WhooshEngine
from evidence.search.index import writer
from evidence.search.index.documents import Document, document_of
from evidence.search.index.reader import OpenIndex
from evidence.search.opensearch.address import ClusterAddress, address_of
from evidence.search.opensearch.client import client
from evidence.search.opensearch.load import load
from evidence.search.request import SearchRequest

MARK = "<!-- figures: written by make bench-scale -->"
_REAL = 50_000  # records that are not repeated
_IN_FILE = 10_000
_ROWS = {
    "load (ms a record, wall)": "load_ms",
    "load (ms a record, processor, Python)": "load_cpu_ms",
    "peak memory of a process that loads (MB)": "load_mb",
    "on disk (bytes a record)": "bytes",
    "short (ms)": "short",
    "claim, with reasons (ms)": "claim",
    "structured (ms)": "structured",
    "page: all facets and passages (ms)": "page",
    "peak memory of a process that searches (MB)": "search_mb",
}


def many(count: int, shared: Path | None) -> Iterator[Record]:
    """So many records, one after the other: memory does not grow with their number."""
    base, _ = records(min(count, _REAL), shared)
    yield from base
    for number in range(len(base), count):
        one = base[number % len(base)]
        sentences = re.split(r"(?<=[.!?])\s+", one.abstract)
        random.Random(number).shuffle(sentences)
        yield replace(one, key=f"r{number}", abstract=" ".join(sentences))


def write_files(folder: Path, count: int, shared: Path | None) -> list[Path]:
    """The records as gzipped JSON Lines, under PubMed numbers of their own."""
    drawn = enumerate(many(count, shared))
    paths: list[Path] = []
    while batch := list(islice(drawn, _IN_FILE)):
        paths.append(folder / f"part{len(paths):05}.jsonl.gz")
        with gzip.open(paths[-1], "wt", encoding="utf-8", compresslevel=3) as stream:
            for number, record in batch:
                stream.write(_line(number, record))
    return paths


def _line(number: int, record: Record) -> str:
    said = {
        "key": record.key,
        "pmid": str(900_000_000 + number),
        "title": record.title,
        "abstract": record.abstract,
        "year": record.year,
        "language": "en",
        "study": {"design": record.kind},
    }
    return json.dumps(said, ensure_ascii=False) + "\n"


def _asked(query: Any) -> SearchRequest:
    """A structured query of the workload as it is typed."""
    words = query.words
    text = {
        "phrase-facets": f'"{" ".join(words)}"',
        "fields": f"title:{words[0]} AND {words[-1]}",
        "boolean": f"({words[0]} OR {words[min(1, len(words) - 1)]}) NOT {words[-1]}",
    }.get(query.kind, " OR ".join(words))
    facets = ("year", "design") if query.wants_facets else ()
    years = query.years if query.wants_facets else (None, None)
    return SearchRequest(text, limit=10, facets=facets, highlight=False, years=years)


def latencies(engine: Any, asked: Workload, rounds: int = 2) -> dict[str, str]:
    """p50 / p95 / p99 of each kind of query, in milliseconds."""
    kinds: dict[str, list[Callable[[], Any]]] = {
        "short": [
            lambda q=q: engine.search(SearchRequest(q, limit=10, facets=(), highlight=False))
            for q in asked.short
        ],
        "claim": [lambda q=q: engine.suggest(q, 10) for q in asked.claims],
        "structured": [lambda q=q: engine.search(_asked(q)) for q in asked.structured],
        "page": [lambda q=q: engine.search(SearchRequest(q, limit=10)) for q in asked.short],
    }
    gc.collect()
    gc.freeze()  # as a server does: the records made here are not its own
    found = {}
    for kind, calls in kinds.items():
        times = []
        for turn in range(rounds + 1):
            for call in calls:
                started = time.perf_counter()
                call()
                if turn:
                    times.append(1000 * (time.perf_counter() - started))
        cuts = statistics.quantiles(times, n=100, method="inclusive")
        found[kind] = " / ".join(f"{cuts[at - 1]:.3g}" for at in (50, 95, 99))
    return found


def _peak(who: int) -> float:
    return resource.getrusage(who).ru_maxrss / 1024


def measure_cluster(
    count: int, shared: Path | None, address: ClusterAddress, processes: int, shards: int
) -> dict[str, Any]:
    """Load so many records into a new index, search it, and say what that took."""
    kb = KnowledgeBase()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        files = write_files(folder, count, shared)
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        result = load(kb, folder, address, files, anew=True, processes=processes, shards=shards)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        seconds = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        connection = client(address, 600)
        connection.post(f"{result.index}/_forcemerge", max_num_segments=1, patience=3600.0)
        stats = connection.get(f"{result.index}/_stats/store")["_all"]["primaries"]["store"]
        with_engine = open_engine(kb, folder, engine="opensearch")
        measured = latencies(with_engine, workload(list(many(min(count, 2_000), shared))))
        return {
            "load_ms": f"{1000 * result.seconds / count:.3g}",
            "load_cpu_ms": f"{1000 * seconds / count:.3g}",
            "load_mb": f"{_peak(resource.RUSAGE_CHILDREN):.0f}",
            "bytes": f"{stats['size_in_bytes'] / result.documents:.0f}",
            "search_mb": f"{_peak(resource.RUSAGE_SELF):.0f}",
            **measured,
        }


def measure_whoosh(count: int, shared: Path | None) -> dict[str, Any]:
    """The same on this machine alone."""
    vocabulary = KnowledgeBase().vocabulary
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)

        def documents() -> Iterator[tuple[Document, str]]:
            return ((document_of(one.reference(), vocabulary), "") for one in many(count, shared))

        started, cpu = time.monotonic(), time.process_time()
        writer.create(folder, documents())
        seconds, cpu = time.monotonic() - started, time.process_time() - cpu
        peak = _peak(resource.RUSAGE_SELF)
        size = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
        engine = WhooshEngine(OpenIndex(folder), vocabulary, folder)
        measured = latencies(engine, workload(list(many(min(count, 2_000), shared))))
        return {
            "load_ms": f"{1000 * seconds / count:.3g}",
            "load_cpu_ms": f"{1000 * cpu / count:.3g}",
            "load_mb": f"{peak:.0f}",
            "bytes": f"{size / count:.0f}",
            "search_mb": "",
            **measured,
        }


def _in_a_process(count: int, shared: Path | None) -> dict[str, Any]:
    with get_context("spawn").Pool(1) as pool:
        return pool.apply(measure_whoosh, (count, shared))


def table(found: dict[str, dict[str, Any]], nodes: int) -> str:
    """The figures as Markdown."""
    load_now = os.getloadavg()[0]
    head = (
        f"- {os.cpu_count()} cores, {platform.system()}, Python {platform.python_version()}; "
        f"{nodes} node(s); load of the machine at the end: {load_now:.1f}\n"
        "- latencies are p50 / p95 / p99\n\n"
    )
    names = list(found)
    lines = ["|  | " + " | ".join(names) + " |", "|---" * (len(names) + 1) + "|"]
    for label, row in _ROWS.items():
        lines.append(f"| {label} | " + " | ".join(found[name][row] or "-" for name in names) + " |")
    return head + "\n".join(lines) + "\n"


def main() -> None:
    """Measure what the arguments name."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--counts", type=int, nargs="+", default=[10_000])
    parser.add_argument("--shared", type=Path)
    parser.add_argument("--processes", type=int, default=max(1, (os.cpu_count() or 2) - 1))
    parser.add_argument("--shards", type=int, default=1)
    parser.add_argument("--whoosh", type=int, default=200_000, help="the most it is asked to hold")
    parser.add_argument("--output", type=Path)
    given = parser.parse_args()
    address = address_of()
    if address is None:
        parser.error("set EVIDENCE_SEARCH_URL to a cluster that holds nothing else")
    nodes = client(address).get("_cluster/health")["number_of_data_nodes"]
    found: dict[str, dict[str, Any]] = {}
    for count in given.counts:
        found[f"OpenSearch {count:,}"] = measure_cluster(
            count, given.shared, address, given.processes, given.shards
        )
        if count <= given.whoosh:
            found[f"Whoosh {count:,}"] = _in_a_process(count, given.shared)
        text = table(found, nodes)
        print(text, flush=True)
        if given.output:
            page = given.output.read_text(encoding="utf-8")
            before, mark, rest = page.partition(MARK)
            _, end, after = rest.partition("<!-- end of figures -->")
            given.output.write_text(f"{before}{mark}\n\n{text}\n{end}{after}", encoding="utf-8")


if __name__ == "__main__":
    main()
