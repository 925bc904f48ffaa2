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


def keep_abstracts(instance: Path, abstracts: Mapping[str, str]) -> None:
    """Keep abstracts by the keys of their references; those known already are not written again.

    Raises:
        SettingError: the instance cannot be written.
    """
    path, known = abstracts_file(instance), read_abstracts(instance)
    tidy = {key: " ".join(text.split())[:LONGEST] for key, text in abstracts.items()}
    lines = "".join(
        json.dumps({"key": key, "abstract": text}, ensure_ascii=False) + "\n"
        for key, text in tidy.items()
        if text and known.get(key) != text
    )
    if not lines:
        return
    try:
        with path.open("ab+") as file:
            end = file.seek(0, os.SEEK_END)
            if end and (file.seek(-1, os.SEEK_END), file.read(1))[1] != b"\n":
                lines = "\n" + lines  # a line that a crash cut short stays alone
            file.write(lines.encode())
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        raise SettingError(
            "Abstracts cannot be kept in {path} ({reason}); choose another instance folder.",
            path=path,
            reason=error,
        ) from error
