"""EndNote's tagged text (`.enw`), which Google Scholar and publishers hand out too."""

from __future__ import annotations

from references.formats import labelled
from references.formats.results import Reading


def read(text: str, name: str = "<text>") -> Reading:
    """The references of EndNote's tagged text."""
    return labelled.read(text, name, labelled.ENDNOTE)
