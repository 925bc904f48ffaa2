"""Files of an index in mapped memory: nothing is copied, any thread may read.

This mends what of Whoosh's known faults touches us: opening a file copies all of it, and readers
share a file position (every read here names its own).
"""

from __future__ import annotations

import mmap
from array import array
from pathlib import Path
from typing import Any

from whoosh.filedb.filestore import FileStorage
from whoosh.filedb.structfile import StructFile


class _SequentialView:
    """A file-like view of mapped memory, for the few sequential reads Whoosh does."""

    def __init__(self, view: memoryview) -> None:
        self._view = view
        self._at = 0

    def read(self, size: int = -1) -> bytes:
        end = len(self._view) if size is None or size < 0 else self._at + size
        data = bytes(self._view[self._at : end])
        self._at += len(data)
        return data

    def readinto(self, target: Any) -> int:
        data = self.read(len(target))
        target[: len(data)] = data
        return len(data)

    def readline(self) -> bytes:
        rest = bytes(self._view[self._at :])
        return self.read(rest.find(b"\n") + 1 or len(rest))

    def seek(self, place: int, whence: int = 0) -> int:
        self._at = place + (0, self._at, len(self._view))[whence]
        return self._at

    def tell(self) -> int:
        return self._at


class MappedFile(StructFile):  # type: ignore[misc]
    """A file in mapped memory: nothing is copied, and `get` is safe in any thread."""

    def __init__(self, path: Path) -> None:
        with path.open("rb") as file:
            size = path.stat().st_size
            self.map = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) if size else b""
        self._view = memoryview(self.map)
        super().__init__(_SequentialView(self._view), name=str(path))
        self.is_real = False

    def get(self, position: int, length: int) -> bytes:
        return bytes(self._view[position : position + length])

    def get_array(self, position: int, typecode: str, length: int) -> Any:
        values = array(typecode)
        values.frombytes(self.get(position, length * values.itemsize))
        values.byteswap()  # Whoosh writes big-endian arrays
        return values

    def subset(self, position: int, length: int, name: str | None = None) -> Any:
        raise NotImplementedError("compound files are not written")

    def close(self) -> None:
        """Leave the memory to the arrays that still look at it."""
        self.is_closed = True


class MappedStorage(FileStorage):  # type: ignore[misc]
    """A folder whose files are opened as `MappedFile`."""

    def open_file(self, name: str, **options: Any) -> Any:
        return MappedFile(Path(self.folder) / name)
