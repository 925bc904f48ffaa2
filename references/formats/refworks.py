"""RefWorks' tagged text: from RT on, a tag of two letters and its value a line."""

from __future__ import annotations

from references.formats import labelled
from references.formats.results import Reading


def read(text: str, name: str = "<text>") -> Reading:
    """The references of RefWorks' tagged text."""
    return labelled.read(text, name, labelled.REFWORKS)
