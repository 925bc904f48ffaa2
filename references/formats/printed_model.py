"""A linear-chain conditional random field that was fitted elsewhere: the likeliest labels.

`bench/fit_printed.py` fits one with CRFsuite and writes it down as `FittedTagger.read` reads it.
Finding the likeliest labels takes a few lines (the algorithm of Viterbi), for which no compiled
library has to be installed with the product.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

Weights = npt.NDArray[np.float64]


class FittedTagger:
    """Labels, what speaks for each of them, and which one follows which.

    `weights` has a row for each feature and `transitions` one for each label before, both with a
    column for each label.
    """

    def __init__(
        self, labels: Sequence[str], rows: dict[str, int], weights: Weights, transitions: Weights
    ) -> None:
        self._labels, self._rows = labels, rows
        self._weights, self._transitions = weights, transitions

    @classmethod
    def read(cls, path: Path) -> FittedTagger:
        """The model of a file: gzipped JSON with `labels`, `transitions` and `features`.

        `transitions` has a row for each label; a feature has pairs of a label's place and a weight.
        """
        told = json.loads(gzip.decompress(path.read_bytes()))
        weights = np.zeros((len(told["features"]), len(told["labels"])))
        for row, pairs in enumerate(told["features"].values()):
            for label, weight in pairs:
                weights[row, label] = weight
        rows = {name: row for row, name in enumerate(told["features"])}
        return cls(told["labels"], rows, weights, np.array(told["transitions"]))

    def tag(self, features: Sequence[Sequence[str]]) -> list[str]:
        """The likeliest sequence of labels for tokens with these features."""
        best, came_from = np.zeros(len(self._labels)), []
        for place, names in enumerate(features):
            rows = [self._rows[name] for name in names if name in self._rows]
            here = self._weights[rows].sum(axis=0)
            if place:
                paths = best[:, None] + self._transitions
                came_from.append(paths.argmax(axis=0))
                here = here + paths.max(axis=0)
            best = here
        if not features:
            return []
        found = [int(best.argmax())]
        for before in reversed(came_from):
            found.append(int(before[found[-1]]))
        return [self._labels[label] for label in reversed(found)]
