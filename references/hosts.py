"""What kind of place an address is: PubMed, a publisher, a registry, any web page.

Readers are told this of the pages on which the facts of a record were seen. `hosts.tsv` has a line
a host, with its kind; a host stands for those below it, and the longest that fits decides.
"""

from __future__ import annotations

import re
from functools import cache, lru_cache
from pathlib import Path
from urllib.parse import urlsplit

TABLE = Path(__file__).parent / "hosts.tsv"

#: Kinds of places, as the table has them; the last two are what stands in no line.
KINDS = (
    "pubmed",
    "pmc",
    "publisher",
    "registry",
    "registry-copy",
    "regulator",
    "society",
    "preprint",
    "index",
    "catalogue",
    "repository",
    "copy",
    "page",  # a page of which no more is known
    "unkept",  # a source whose address was not kept
)


#: A host, those below it, and all their pages.
_WITHIN = r"(?:.*\.)?{}(?:/.*)?"


@cache
def _patterns() -> list[tuple[re.Pattern[str], str]]:
    """The lines of the table, the longest host first."""
    lines = TABLE.read_text("utf-8").splitlines()
    rows = [line.split("\t") for line in lines if line and not line.startswith("#")]
    rows.sort(key=lambda row: -len(row[0]))
    return [(re.compile(_WITHIN.format(_written(host))), kind) for host, kind in rows]


def _written(host: str) -> str:
    return "[^/]*".join(map(re.escape, host.split("*")))


@lru_cache(maxsize=4096)
def _kind(where: str) -> str:
    return next((kind for pattern, kind in _patterns() if pattern.fullmatch(where)), "page")


def is_address(text: str) -> bool:
    """Whether a browser could open it."""
    return text.startswith(("https://", "http://"))


def seen_at(address: str) -> str:
    """The kind of place that an address leads to: one of `KINDS`."""
    if not is_address(address):
        return "unkept"
    try:
        parts = urlsplit(address)
        host = (parts.hostname or "").rstrip(".")
    except ValueError:  # an address that no browser would open
        return "page"
    return _kind(f"{host}/{parts.path.strip('/')}".lower())
