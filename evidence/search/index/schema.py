"""What the index holds: its fields, and which of them is for what. Whoosh's schema.

Every import of Whoosh is in this room. Written against whoosh3 3.54.0; only calls that Whoosh
2.7.4 has as well are used, so either can be installed.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt
import whoosh
from whoosh import columns, fields, formats, index
from whoosh.util.numeric import byte_to_length, length_to_byte

from evidence.search.index.documents import CONCEPT_FACETS, NOTES

#: Change it when fields, weights or the layout of a block change: older indexes are rebuilt.
SCHEMA = 19

RANKED = "all"  # the one field that is scored: weighted stems of every part
TITLE = "title"  # stems of the title
EXACT = "exact"  # words as written, folded, with positions: phrases, prefixes, spelling
#: Stand in EXACT where a part of a record begins, by the language it was analysed in. No word
#: contains such a character.
PART_MARKS = {"en": "\x02en", "fr": "\x02fr"}
CARD = "card"
PASSAGES = "passages"
DIGEST = "digest"
YEAR = "year"
PARTICIPANTS = "participants"

#: Whoosh's own release: an index written with another one is made anew.
RELEASE = f"whoosh {whoosh.versionstring()}"

#: What Whoosh raises when a folder holds no index it can read.
Unreadable: type[Exception] = index.IndexError

Ids = npt.NDArray[np.int64]
Scores = npt.NDArray[np.float64]


@lru_cache(maxsize=4096)
def kept_length(stems: int) -> int:
    """A length in stems as an index keeps it: in one byte, so that long ones are rounded."""
    return int(byte_to_length(length_to_byte(stems)))


class Terms(fields.FieldType):  # type: ignore[misc]
    """A field whose terms are prepared by `documents`; the writer hands them over whole."""

    def __init__(self, *, ranked: bool = False) -> None:
        super().__init__(analyzer=None, format=formats.Frequency(), scorable=ranked)

    def index(self, value: Any, **options: Any) -> Iterator[Any]:
        raise NotImplementedError("documents are added by IndexWriter.add")


NAME_FIELDS = (
    *("author", "family", "initials", "first"),  # of all authors; what the first is called
    *("opening", "journal", "identifier", "work", "about", "titled", "comparator", "level", *NOTES),
)
FACET_FIELDS = (
    *(f"{name}{own}" for name in CONCEPT_FACETS for own in ("", "_own")),
    *("language", "flag"),
)


def new_schema() -> Any:
    """Whoosh's schema of a new index."""
    columns_of = {
        CARD: columns.VarBytesColumn(),
        PASSAGES: columns.CompressedBytesColumn(level=1),
        DIGEST: columns.FixedBytesColumn(24),
        YEAR: columns.NumericColumn("H"),
        PARTICIPANTS: columns.NumericColumn("I"),
    }
    schema = fields.Schema()
    schema.add(RANKED, Terms(ranked=True))
    schema.add(EXACT, Terms())
    for name in (TITLE, "concept", *NAME_FIELDS, *FACET_FIELDS):
        schema.add(name, Terms())
    for name, column in columns_of.items():
        schema.add(name, fields.COLUMN(column))
    return schema
