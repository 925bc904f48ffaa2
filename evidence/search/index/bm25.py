"""BM25 (Robertson and Zaragoza, "The Probabilistic Relevance Framework", 2009), over arrays."""

from __future__ import annotations

from math import log

from evidence.search.index.schema import Scores


def idf(frequency: float, documents: int) -> float:
    """Inverse document frequency as Lucene computes it: positive for any term.

    Args:
        frequency: documents that have the term.
        documents: all documents.
    """
    return log(1 + (documents - frequency + 0.5) / (frequency + 0.5))


def norms(lengths: Scores, average: float, k1: float, b: float) -> Scores:
    """What the length of each document, in stems, adds to the denominator of its scores."""
    return k1 * (1 - b + b * lengths / average)


def scores(weights: Scores, norms_of: Scores, rarity: float, k1: float) -> Scores:
    """The score of a term in each document that has it.

    Args:
        weights: weighted occurrences of the term in each document.
        norms_of: `norms` of these documents.
        rarity: `idf` of the term.
        k1: see `SearchParameters`.
    """
    return rarity * (weights * (k1 + 1)) / (weights + norms_of)
