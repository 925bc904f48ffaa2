"""Fit the weights of `evidence/anchoring/cues.toml` on sentences labelled by hand.

Logistic regression with a ridge penalty; a cue that speaks for a claim never weighs less than
nothing, one that speaks against it never more (projected gradient). `python -m bench.fit_claims`
prints recall and precision of each half fitted on the other, and with `--write` puts the weights
fitted on all into the table.
"""

from __future__ import annotations

import argparse
import json
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from bench.labelled_pages import LEFT_OUT, NO_CLAIM, pages
from evidence.anchoring import cues
from evidence.anchoring.segment import sentences
from evidence.knowledge import KnowledgeBase
from references.concepts import Vocabulary

ROOT = Path(__file__).resolve().parent.parent
TABLE = ROOT / "evidence" / "anchoring" / "cues.toml"
STATEMENTS = ROOT / "tests" / "evidence" / "search" / "statements.json"
#: So many of the unanswered statements speak of a visit, the others of other fields of medicine.
VISITS = 40
#: Instructions of care among them, which are claims.
_CARE = re.compile(r"breakfast|shower|cream|must not drive|loose clothes|lie on")
#: How strongly weights are held near nothing.
RIDGE = 1.0
STEPS, RATE = 6000, 0.5
#: Where the shape of a sentence says it all, whatever the sentences at hand.
FIXED = {
    "imperative": -1.5,
    "navigation": -2.5,
    "addressed": -1.2,
    "row-alone": -4.0,
    "under-sources": -3.0,
    "question": -4.0,
    "lead": -3.0,
}

Row = tuple[dict[str, float], bool]


def rows_of_pages(vocabulary: Vocabulary) -> Iterator[Row]:
    """The labelled sentences of the pages that the table was developed on."""
    for page in pages("developed_on"):
        labels = {line.text: line.label for line in page.lines}
        for one in sentences(page.text, page.language, vocabulary):
            label = labels.get(" ".join(one.text.split()), LEFT_OUT)
            if one.cues and label != LEFT_OUT:
                yield shares(one.cues), label != NO_CLAIM


def rows_of_statements(vocabulary: Vocabulary) -> Iterator[Row]:
    """Sentences of leaflets, in both languages: claims, and what a visit is like."""
    read = json.loads(STATEMENTS.read_text(encoding="utf-8"))
    visits = [pair for pair in read["unanswered"][:VISITS] if not _CARE.search(pair[1])]
    for pairs, is_claim in ((read["answered"], True), (visits, False)):
        for text in (words for pair in pairs for words in pair):
            yield shares(cues.cues_of(text, vocabulary)), is_claim


def shares(seen: Sequence[cues.Cue]) -> dict[str, float]:
    """How much of its weight each cue counts here."""
    return {
        c.name: 0.5 if c.where == "lead" else 1.0
        for c in seen
        if c.where != "heading" or c.name == "heading"
    }


def fitted(rows: Sequence[Row]) -> tuple[float, dict[str, float]]:
    """The start and the weight of every cue, for some labelled sentences."""
    rules = cues.table().rules
    names = [name for name in rules if name not in FIXED]
    seen = np.array([[row.get(name, 0.0) for name in names] for row, _ in rows])
    known = np.array(
        [sum(FIXED.get(name, 0.0) * share for name, share in row.items()) for row, _ in rows]
    )
    is_claim = np.array([claim for _, claim in rows], dtype=float)
    signs = np.array([1.0 if rules[name].speaks_for else -1.0 for name in names])
    weights, start = np.zeros(len(names)), 0.0
    for _ in range(STEPS):
        error = 1 / (1 + np.exp(-(start + known + seen @ weights))) - is_claim
        start -= RATE * float(error.mean())
        weights -= RATE * (seen.T @ error / len(rows) + RIDGE * weights / len(rows))
        weights = np.where(weights * signs > 0, weights, 0.0)
    found = dict(zip(names, weights.round(2).tolist(), strict=True)) | FIXED
    return round(start, 2), found


def measured(rows: Sequence[Row], start: float, weights: dict[str, float]) -> tuple[float, float]:
    """Recall and precision at the bound that the program uses."""
    odds = [start + sum(weights[name] * share for name, share in row.items()) for row, _ in rows]
    taken = [1 / (1 + np.exp(-value)) >= cues.CLAIM_FROM for value in odds]
    both = sum(claim and chosen for chosen, (_, claim) in zip(taken, rows, strict=True))
    return both / sum(claim for _, claim in rows), both / sum(taken)


def written(start: float, weights: dict[str, float]) -> None:
    """Put the weights into the table; everything else in it stays as it is."""
    text = TABLE.read_text(encoding="utf-8")
    text = re.sub(r"^start = .*$", f"start = {start}", text, flags=re.MULTILINE)
    for name, weight in weights.items():
        text = re.sub(
            rf'(name = "{name}"\nsign = "[+-]"\nweight = )\S+', rf"\g<1>{weight + 0.0}", text
        )
    TABLE.write_text(text, encoding="utf-8")


def main() -> None:
    """Fit, print, and write when asked."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--write", action="store_true", help="put the weights into the table")
    vocabulary = KnowledgeBase().vocabulary
    is_written = parser.parse_args().write
    rows = [*rows_of_pages(vocabulary), *rows_of_statements(vocabulary)]
    halves = rows[::2], rows[1::2]
    for here, there in (halves, halves[::-1]):
        recall, precision = measured(there, *fitted(here))
        print(f"fitted on one half, measured on the other: {recall:.3f} {precision:.3f}")
    start, weights = fitted(rows)
    if is_written:
        written(start, weights)
    recall, precision = measured(rows, start, weights)
    print(f"all: {recall:.3f} {precision:.3f}", *(f"{n} {w}" for n, w in weights.items()), sep="\n")


if __name__ == "__main__":
    main()
