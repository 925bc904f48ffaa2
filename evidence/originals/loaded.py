"""A page as read, what can be wrong with one, and how large it may be."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from references.errors import Message, UserError, message

MAX_BYTES = 20_000_000  # of a file or an answer
MAX_CHARACTERS = 250_000  # of the text read from it: some 100 printed pages


class OriginalError(UserError):
    """A page that cannot be fetched or read; the sentence says why and what to do."""


@dataclass(frozen=True)
class FetchedPage:
    """A page as read: its plain text, where it came from, and the bytes that were read.

    `changes` counts the tracked changes of a Word file, which were all taken as accepted.
    """

    text: str
    source: str
    form: str
    title: str = ""
    language: str = ""
    raw: bytes = b""
    changes: int = 0

    @property
    def told(self) -> Message | None:
        """What whoever brought the page should know of how it was read."""
        if not self.changes:
            return None
        return message(
            "{count} tracked changes were read as accepted: the text is the one that Word shows "
            "with all of them accepted, without comments.",
            count=self.changes,
        )

    @property
    def sha256(self) -> str:
        """The hash of the plain text."""
        return hashlib.sha256(self.text.encode()).hexdigest()
