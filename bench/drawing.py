"""The figures of a run as one drawing: time by number of documents, a panel a kind of search."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import matplotlib as mpl
from matplotlib.figure import Figure

PANELS = (
    ("short", "Short search (ms, p50)"),
    ("claim", "Sentence-long claim (ms, p50)"),
    ("struct", "Fields and facets (ms, p50)"),
    ("index_s", "Indexing (s)"),
)
#: Told apart by sign and line as well as by colour (Okabe and Ito's palette).
STYLES = {
    "evidence": ("#0072B2", "o", "-"),
    "sqlite-fts5": ("#D55E00", "s", "--"),
    "tantivy": ("#009E73", "^", "-."),
    "bm25s": ("#CC79A7", "D", ":"),
    "whoosh, stock": ("#555555", "x", "--"),
}


def draw(runs: dict[str, Any], path: Path) -> None:
    """Write the drawing as SVG; `runs` holds the figures of each size as `bench.run` keeps them."""
    mpl.rcParams.update({"svg.fonttype": "none", "svg.hashsalt": "evidence", "font.size": 10})
    sizes = sorted(runs, key=int)
    figure = Figure(figsize=(9, 6.4), layout="constrained")
    for axes, (key, title) in zip(figure.subplots(2, 2).flat, PANELS, strict=True):
        for name, (colour, marker, line) in STYLES.items():
            points = []
            for size in sizes:
                timing = {r["engine"]: r.get(key) for r in runs[size]["reports"]}.get(name)
                if timing is not None:
                    points.append(
                        (int(size), timing["p50"] if isinstance(timing, dict) else timing)
                    )
            if points:
                axes.plot(
                    *zip(*points, strict=True),
                    color=colour,
                    marker=marker,
                    linestyle=line,
                    label=name,
                )
        axes.set(xscale="log", yscale="log", title=title)
        axes.set_xticks([int(size) for size in sizes], [f"{int(size):,}" for size in sizes])
        axes.minorticks_off()
        axes.grid(alpha=0.3)
    figure.supxlabel("documents")
    handles, labels = figure.axes[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=len(labels), frameon=False)
    figure.savefig(path, format="svg", metadata={"Date": None})
