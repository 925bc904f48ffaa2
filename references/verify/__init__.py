"""Verification: does a cited work exist as cited, and what was published about it since?

A line in here may know records, what is the same (`references.matching`) and any `Source` by
its flags, never a service by its name; it writes to no file but what its caller stores.

- `check`: the check of one citation; `asking`: its questions; `choice`: which work is cited;
- `likeness`, `differences`: how a citation and a work agree, as a whole and field by field;
- `as_printed`: a printed string read beside a work; `wellformed`: what needs no network;
- `notice_search`, `watch`, `retractions`: what was published since;
- `local`: the library as a source; `result`: what a check answers;
- `fill`, `fixes`: a record completed from it, or put right.
"""

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
