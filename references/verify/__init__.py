"""Verification: does a cited work exist as cited, and what was published about it since?"""

from __future__ import annotations

from references.verify import wellformed
from references.verify.check import Checker
from references.verify.local import LibrarySource, agreement
from references.verify.result import STATUSES, Check, Cited, cited_string
from references.verify.retractions import RetractionList, configured, read_retractions

__all__ = [
    "STATUSES",
    "Check",
    "Checker",
    "Cited",
    "LibrarySource",
    "RetractionList",
    "agreement",
    "cited_string",
    "configured",
    "read_retractions",
    "wellformed",
]
