"""Atomic writes: a reader sees the old file or the new one, never half of one."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from references.errors import SettingError


def write_atomic(path: Path, content: str | bytes, durable: bool = True) -> None:
    """Write `content` to `path` through a temporary file in the same folder.

    The data reaches the disk before the name does, so a crash or a power cut leaves
    the old file. An existing file keeps its permissions. Without `durable` the disk is not
    waited for: for thousands of files that can be made again.

    Raises:
        SettingError: the folder or the file cannot be written.
    """
    data = content.encode("utf-8") if isinstance(content, str) else content
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        mode = path.stat().st_mode & 0o777 if path.exists() else 0o644
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        try:
            with os.fdopen(handle, "wb") as stream:
                stream.write(data)
                if durable:
                    stream.flush()
                    os.fsync(stream.fileno())
            os.chmod(name, mode)
            os.replace(name, path)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise
    except OSError as error:
        raise SettingError(
            f"Cannot write {path}: {error.strerror or error}. "
            "Choose another place or change the permissions of its folder."
        ) from error
