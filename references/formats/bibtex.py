"""BibTeX and BibLaTeX as an exchange format; `references.bibtex` reads and writes them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from references.formats import bibtex_file
from references.formats.reading import Reading, WrittenFile, unique_keys
from references.record import Reference

NAME = "bibtex"


def read(text: str, name: str = "<text>") -> Reading:
    """The entries of BibTeX text, each with what it takes from its `crossref` and `xdata`.

    Entries without a key, or with the key of another, are read.
    """
    found = bibtex_file.read_text(text, name, keyless=True)
    references = tuple(bibtex_file.standing_alone(reference) for reference in found.references)
    return Reading(references, found.rejected, found.remarks, NAME)


def write(references: Iterable[Reference]) -> WrittenFile:
    """BibTeX; it has a field for everything. Each entry stands alone."""
    items = tuple(references)
    return WrittenFile(
        bibtex_file.write_text(
            replace(bibtex_file.standing_alone(reference), key=key)
            for reference, key in unique_keys(items)
        ),
        (),
    )
