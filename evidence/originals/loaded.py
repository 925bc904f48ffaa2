"""A page as read, what can be wrong with one, and how large it may be."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from references.errors import UserError

MAX_BYTES = 20_000_000  # of a file or an answer
MAX_CHARACTERS = 250_000  # of the text read from it: some 100 printed pages


class OriginalError(UserError):
    """A page that cannot be fetched or read; the sentence says why and what to do."""


@dataclass(frozen=True)
class FetchedPage:
    """A page as read: its plain text, where it came from, and the bytes that were read."""

    text: str
    source: str
    form: str
    title: str = ""
    language: str = ""
    raw: bytes = b""

    @property
    def sha256(self) -> str:
        """The hash of the plain text."""
        return hashlib.sha256(self.text.encode()).hexdigest()
