"""Writing an index: documents go in, one segment comes out."""

from __future__ import annotations

import gc
import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from whoosh import index
from whoosh.filedb.filestore import FileStorage
from whoosh.writing import SegmentWriter

from evidence.search.index.codec import ArrayCodec
from evidence.search.index.documents import Document
from evidence.search.index.postings import PostingsBuilder
from evidence.search.index.schema import (
    CARD,
    DIGEST,
    PARTICIPANTS,
    PASSAGES,
    RANKED,
    YEAR,
    new_schema,
)


class IndexWriter(SegmentWriter):  # type: ignore[misc]
    """Adds `Document`s to an index; `commit` makes them one segment."""

    def __init__(self, ix: Any) -> None:
        super().__init__(ix, codec=ArrayCodec(), compound=False)
        self.pool = PostingsBuilder()

    def add(self, document: Document, digest: str = "") -> None:
        """Index one document; `digest` tells later whether its reference has changed."""
        number, pool, out = self.docnum, self.pool, self.perdocwriter
        out.start_doc(number)
        length = pool.texts.add(number, document.parts)
        out.add_field(RANKED, self.schema[RANKED], None, length)
        pool["concept"].add(number, document.concepts)
        for names in (document.names, document.facets):
            for name, values in names.items():
                if values:
                    pool[name].add(number, dict.fromkeys(values, 1.0))
        card = json.dumps(document.card, ensure_ascii=False, separators=(",", ":"))
        for name, value in (
            (CARD, card.encode()),
            (PASSAGES, document.passages.encode()),
            (DIGEST, digest.ljust(24)[:24].encode()),
            (YEAR, document.year),
            (PARTICIPANTS, document.participants),
        ):
            out.add_column_value(name, self.schema[name].column_type, value)
        out.finish_doc()
        self._added = True
        self.docnum += 1


@contextmanager
def _writing(ix: Any) -> Iterator[IndexWriter]:
    """A writer that commits at the end, or leaves the index as it was when anything fails.

    Python's cycle collector is off: it took a third of the time and finds nothing here.
    """
    writer = IndexWriter(ix)
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield writer
        writer.commit(merge=False)
    except BaseException:
        if not writer.is_closed:
            writer.cancel()
        raise
    finally:
        if was_on:
            gc.enable()


def create(folder: Path, documents: Iterable[tuple[Document, str]]) -> int:
    """Write a new index into an empty folder; returns the number of documents."""
    storage = FileStorage(str(folder))
    with _writing(index.FileIndex.create(storage, new_schema(), "MAIN")) as writer:
        for document, digest in documents:
            writer.add(document, digest)
        return int(writer.docnum)


def change(folder: Path, removed: Iterable[int], added: Iterable[tuple[Document, str]]) -> None:
    """Remove documents by number and add others, as one new segment."""
    with _writing(index.FileIndex(FileStorage(str(folder)), indexname="MAIN")) as writer:
        for number in removed:
            writer.delete_document(number)
        for document, digest in added:
            writer.add(document, digest)
