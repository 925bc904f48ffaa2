"""Fit `evidence/anchoring/kinds.tsv`: which kind of claim what is seen in a sentence points to.

Multinomial logistic regression with a ridge penalty, on sentences labelled by hand; where two
kinds were written for a sentence, either is right (the likelihood of their sum). `python -m
bench.fit_kinds` prints the share of kinds right on the pages that were kept back and which kinds
are taken for which; with `--write` it puts the weights into the table.
"""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bench.labelled_pages import LEFT_OUT, NO_CLAIM, Page, measured, pages
from evidence.anchoring import kinds
from evidence.anchoring.cues import about
from evidence.anchoring.segment import sentences
from evidence.claims.claim import KINDS
from evidence.knowledge import KnowledgeBase
from references.concepts import Vocabulary

TABLE = Path(__file__).resolve().parent.parent / "evidence" / "anchoring" / "kinds.tsv"
#: The files that the table is fitted on; `blind_later` is not among them.
FITTED_ON = ("developed_on", "kept_back", "learned_from", "blind", "learned_later", "written")
BLIND = "blind_later"
#: How strongly weights are held near nothing.
RIDGE = 3.0
#: What was seen fewer times than this says nothing, nor do words and pairs seen in few sentences;
#: weights below the last are left out.
FEWEST, FEWEST_WORDS, LEAST = 2, 5, 0.15
STEPS, RATE = 600, 0.05

Numbers = NDArray[np.float64]


@dataclass(frozen=True)
class LabelledClaim:
    """A labelled claim: all that is seen, and the kinds that are right."""

    seen: frozenset[str]
    right: tuple[str, ...]


def rows(page: Page, vocabulary: Vocabulary) -> Iterator[LabelledClaim]:
    """The claims of a page, each after the one that was labelled before it."""
    labels = {line.text: line.label for line in page.lines}
    of_page, heading, before, opens = "condition", "", "", True
    for one in sentences(page.text, page.language, vocabulary):
        if one.form == "heading":
            of_page = about(one.text) if one.section == 1 else of_page
            heading, before = one.text if one.section > 1 else "", ""
            opens = opens and one.section == 1
            continue
        label = labels.get(" ".join(one.text.split()), LEFT_OUT)
        if label not in (LEFT_OUT, NO_CLAIM):
            place = kinds.WhereSaid(of_page, heading, before, opens, one.lead)
            right = tuple(label.split("/"))
            yield LabelledClaim(frozenset(kinds.seen(one.cues, one.text, place)), right)
            before = right[0]
        opens = False


def fitted(given: Sequence[LabelledClaim]) -> dict[str, dict[str, float]]:
    """The weights of all that was seen often enough, for each kind; Adam on the full batch."""
    times = Counter(name for row in given for name in row.seen)
    names = sorted(name for name, count in times.items() if count >= _fewest(name))
    seen = np.array([[name in row.seen for name in names] for row in given], dtype=float)
    right = np.array([[kind in row.right for kind in KINDS] for row in given], dtype=float)
    held = np.array([[0.0 if name == kinds.ALWAYS else RIDGE] for name in names])
    weights = np.zeros((len(names), len(KINDS)))
    mean, square = np.zeros_like(weights), np.zeros_like(weights)
    for step in range(1, STEPS + 1):
        slope = seen.T @ _error(seen @ weights, right) + held * weights
        mean = 0.9 * mean + 0.1 * slope
        square = 0.999 * square + 0.001 * slope**2
        weights -= RATE * (mean / (1 - 0.9**step)) / (np.sqrt(square / (1 - 0.999**step)) + 1e-8)
    return {
        name: {
            kind: float(w) for kind, w in zip(KINDS, row.round(1), strict=True) if abs(w) >= LEAST
        }
        for name, row in zip(names, weights, strict=True)
    }


def _fewest(name: str) -> int:
    is_rich = name.startswith("word ") or (name.startswith("says ") and " on a " in name)
    return FEWEST_WORDS if is_rich else FEWEST


def _error(sums: Numbers, right: Numbers) -> Numbers:
    """How far what is believed of each kind is from what would make the labels likelier."""
    believed = np.exp(sums - sums.max(axis=1, keepdims=True))
    believed /= believed.sum(axis=1, keepdims=True)
    both = believed * right
    error: Numbers = believed - both / both.sum(axis=1, keepdims=True)
    return error


def written(weights: dict[str, dict[str, float]]) -> None:
    """Put the weights into the table."""
    lines = ["\t".join(("seen", *KINDS))]
    for name, row in sorted(weights.items(), key=lambda item: (item[0] != kinds.ALWAYS, item[0])):
        if row:
            cells = (f"{row[kind]:g}" if kind in row else "" for kind in KINDS)
            lines.append("\t".join((name, *cells)))
    TABLE.write_text("\n".join(lines) + "\n", encoding="utf-8")


def main() -> None:
    """Fit and write when asked, then say how well it goes."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--write", action="store_true", help="put the weights into the table")
    is_written = parser.parse_args().write
    kb = KnowledgeBase()
    if is_written:
        given = [
            row for name in FITTED_ON for page in pages(name) for row in rows(page, kb.vocabulary)
        ]
        written(fitted(given))
        kinds.weights.cache_clear()
    for name in (*FITTED_ON, BLIND):
        score, _ = measured(pages(name), kb)
        print(f"{name}: {score.kinds:.3f} of {score.found}")
        if name == BLIND:
            for (right, taken), count in score.taken_for.most_common():
                print(f"{count:4} {right} taken for {taken}")


if __name__ == "__main__":
    main()
