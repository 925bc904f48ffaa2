"""Abstracts fetched from services. They belong to their publishers: the instance keeps them,
the packages never do.

One JSON object {"key", "abstract"} a line, appended; the last line of a key counts. The
index reads the same file.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path

from evidence.search.index.documents import abstracts_file, read_abstracts
from references.errors import SettingError

#: Longer ones are no abstracts.
LONGEST = 20_000


class Abstracts:
    """The abstracts of an instance, by key."""

    def __init__(self, instance: Path) -> None:
        self._path = abstracts_file(instance)
        self._known = dict(read_abstracts(instance))

    def get(self, key: str) -> str:
        """The abstract of a reference, or ""."""
        return self._known.get(key, "")

    def put(self, key: str, abstract: str) -> None:
        """Keep the abstract of a reference.

        Raises:
            SettingError: the instance cannot be written.
        """
        self.put_all({key: abstract})

    def put_all(self, abstracts: Mapping[str, str]) -> None:
        """Keep several abstracts; those known already are not written again."""
        fresh = {
            key: " ".join(text.split())[:LONGEST] for key, text in abstracts.items() if text.strip()
        }
        fresh = {key: text for key, text in fresh.items() if self._known.get(key) != text}
        if not fresh:
            return
        lines = "".join(
            json.dumps({"key": key, "abstract": text}, ensure_ascii=False) + "\n"
            for key, text in fresh.items()
        )
        try:
            with self._path.open("ab+") as file:
                end = file.seek(0, os.SEEK_END)
                if end and (file.seek(-1, os.SEEK_END), file.read(1))[1] != b"\n":
                    lines = "\n" + lines  # a line that a crash cut short stays alone
                file.write(lines.encode())
                file.flush()
                os.fsync(file.fileno())
        except OSError as error:
            raise SettingError(
                "Abstracts cannot be kept in {path} ({reason}); choose another instance folder.",
                path=self._path,
                reason=error,
            ) from error
        self._known |= fresh
